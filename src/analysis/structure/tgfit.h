/* tgfit - the glass transition from volume against temperature on cooling: where two straight lines cross.
 *
 *     V = a_g + b_g T for T <= glass_max,  V = a_l + b_l T for liquid_min <= T <= liquid_max,
 *     Tg = (a_l - a_g) / (b_g - b_l).
 *
 * Records of a run are correlated in time, so each range is cut into blocks of neighbouring temperatures and
 * the lines go through the block means; the error of Tg follows from the covariance of both fits (delta
 * method). The kink depends on the ranges (physics: supercooled liquids are not straight), so they are keys
 * and are written beside the result. T in K (or reduced), V in any unit. */
#ifndef ANALYSIS_STRUCTURE_TGFIT_H
#define ANALYSIS_STRUCTURE_TGFIT_H

#include "base/deck.h"

#define TGFIT_BLOCKS 10 /* per line */

struct tgfit_ranges {
    double glass_max, liquid_min, liquid_max;
};

struct tgfit_line {
    double a, b;   /* V = a + b T */
    double cov[3]; /* var a, cov a b, var b */
    double t_mean; /* mean temperature of the records used */
    int64_t n_records;
    int n_blocks;
};

struct tgfit {
    double tg, error;
    struct tgfit_line glass, liquid;
    double expansion_glass, expansion_liquid; /* linear: b / (3 V) at t_mean, 1/K */
};

/* Rows glass_max, liquid_min, liquid_max, to be put below any section; reading them (section "" = top). */
extern const struct deck_row tgfit_rows[];
void tgfit_ranges_read(const struct deck *deck, const char *section, struct tgfit_ranges *ranges);
/* Local. n records in any order; NAN among them are skipped. ERR_INPUT: fewer than 3 blocks of records in a
 * range, or no kink (the lines are parallel, or cross outside [0, liquid_max]). */
int tgfit_compute(const double *t, const double *v, int64_t n, const struct tgfit_ranges *ranges,
                  struct tgfit *fit) MUST_CHECK;

#endif
