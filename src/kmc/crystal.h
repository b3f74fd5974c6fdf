/* crystal - nucleation and growth in one specimen along one temperature history: the events of the Monte
 * Carlo.
 *
 * Channels are Poisson processes whose rate per unit of weight (area, volume, site) depends on time through
 * T(t): with H(t) its integral and B the sum of upper bounds of the weights, the next draw comes where H has
 * grown by -ln(U) / B. No time step. A draw that lands on a crystal, outside, or on a part whose local rate
 * is lower than the channel's (rejected with the ratio) is a null event. What is found crystalline is taken
 * off the list by the draw that finds it, so that B changes only at draws, and waiting times stay exact.
 *
 * Random numbers are those of (seed, key, channel, draw): identical on any rank. Units: nm, s. */
#ifndef KMC_CRYSTAL_H
#define KMC_CRYSTAL_H

#include "kmc/front.h"

struct crystal_channel {
    enum front_birth birth;
    const struct hazard *hazard; /* of the largest rate over the classes, per nm^2, nm^3 or site */
    double density;              /* FRONT_SITE: sites per nm^2 of this channel */
};

/* The schedule passes a melting point: of a class of speeds, or of everything (class -1). */
struct crystal_melt {
    double t;
    int class;
};

/* What a specimen may do; read only, shared by replicas. */
struct crystal_rates {
    struct front_speeds speeds;
    int n_channels;
    const struct crystal_channel *channel;
    /* rate of the channel in a class over that of its hazard at time t, in [0, 1]; NULL: 1 */
    double (*ratio)(const void *context, int channel, int class, double t);
    const void *context;
    double begin, end; /* s; end may be INFINITY */
    int n_melts;
    const struct crystal_melt *melt; /* times rising */
};

/* Called after a nucleus and after each step of a front. */
struct crystal_watch {
    void *context;
    bool (*visible)(void *context, const float turn[4]);              /* NULL: none is */
    bool (*step)(void *context, const struct front *front, double t); /* true: stop here */
    double power;                                                     /* of grain volumes in front->signal */
};

struct crystal;

/* Local. The caller owns. voxels and skin are the crystal's to change. */
int crystal_create(struct voxels *voxels, struct skin *skin, const struct crystal_rates *rates,
                   struct crystal **crystal) MUST_CHECK;
void crystal_destroy(struct crystal **crystal);
/* Local. All glass at rates.begin, random numbers of (seed, key). */
int crystal_reset(struct crystal *crystal, uint64_t seed, uint64_t key) MUST_CHECK;
/* Local. Go on to time `until`, or until the watch stops it (*stopped) or nothing can happen any more. */
int crystal_run(struct crystal *crystal, double until, const struct crystal_watch *watch,
                bool *stopped) MUST_CHECK;
const struct front *crystal_front(const struct crystal *crystal);
/* Local. Draws so far, null ones included. */
int64_t crystal_draws(const struct crystal *crystal);

#endif
