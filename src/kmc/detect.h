/* detect - when an experiment says "crystalline": four criteria on what a microscope sees.
 *
 *     fraction      the crystalline volume reaches a part of the field of view
 *     intercept     (I_s - I_b)/I_b, from frames: the constant background meets the straight line through the
 * rise (sohn2015, Eq. 1) first_spot    a grain in Bragg position has grown to a visible volume as_published
 * first_spot above 35 nm, intercept below: what the paper did
 *
 * The intensity of grains: `volume` (N: average over orientations), `spot` (N^(4/3): sum over the spot of a
 * compact grain on Bragg), `peak` (N^2: its peak height). For the last two only grains in Bragg position
 * count. Units: s, K inside, C in results. */
#ifndef KMC_DETECT_H
#define KMC_DETECT_H

#include "kmc/front.h"

enum detect_criterion { DETECT_FRACTION, DETECT_INTERCEPT, DETECT_FIRST_SPOT, DETECT_AS_PUBLISHED };
enum detect_signal { DETECT_VOLUME, DETECT_SPOT, DETECT_PEAK };

#define DETECT_CHANGE 35.0 /* nm: the paper changed its criterion here */

struct detect_rules {
    enum detect_criterion criterion;
    enum detect_signal signal;
    double fraction;    /* of the volume */
    double contrast;    /* (I_s - I_b)/I_b when all is crystalline */
    double noise;       /* standard deviation of the relative intensity of a frame */
    double low, high;   /* parts of the full rise between which the line is fitted */
    double frame;       /* s between frames */
    double spot_volume; /* nm^3 */
    double tolerance;   /* rad off Bragg that still shows a spot */
    bool to_the_end;    /* go on after all criteria are met */
};

/* Temperatures as the experiment reports them, C; nan: never. */
struct detect_result {
    double fraction, intercept, first_spot, as_published, tc;
    double fraction_time; /* s */
};

struct detect;

/* Local. For one specimen (diameter nm, whose volume is total nm^3). The caller owns. */
int detect_create(const struct detect_rules *rules, const struct schedule *schedule, double diameter,
                  double total, struct detect **detect) MUST_CHECK;
void detect_destroy(struct detect **detect);
/* Local. Forget the last replica; noise of (seed, key). */
void detect_begin(struct detect *detect, uint64_t seed, uint64_t key);
/* Local. The volume (nm^3), the signal of grains and the largest grain at time t; true when nothing more need
 * be known. */
bool detect_step(struct detect *detect, const struct front *front, double t);
/* Local. Whether a grain of that orientation is in Bragg position: {111} or {200} within the tolerance of
 * standing along the beam (x). */
bool detect_visible(const struct detect_rules *rules, const float turn[4]);
double detect_power(const struct detect_rules *rules);
/* Local. Verdicts after the last step. ERR_MEMORY. */
int detect_finish(struct detect *detect, struct detect_result *result) MUST_CHECK;
/* Local. Relative intensity of the frames so far: time t (s), value; owned by detect. */
int64_t detect_trace(const struct detect *detect, const double **t, const double **value);

#endif
