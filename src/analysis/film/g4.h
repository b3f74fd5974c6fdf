/* g4 - four-point correlation of a film and the length it decays over.
 *
 *     g4(dt, dr) = <I(t,r) I(t+dt,r) I(t,r+dr) I(t+dt,r+dr)> / [<I(t,r)> <I(t+dt,r)> <I(t,r+dr)>
 * <I(t+dt,r+dr)>]
 *
 * means over t and r (zhang2018, Eq. 3 with sums made means). The azimuthal average over |dr| has two
 * readings, and both are computed:
 *   ring     each frame is averaged over the ring at distance dr, then the four factors are multiplied (the
 *            paper's words);
 *   product  the product of the four is averaged over the ring.
 * A third length needs no film but two maps: `maps`, the covariance of ln tau at r in one half of the film
 * and at r + dr in the other. Speckle and noise of the halves know nothing of each other, so nothing but
 * the pattern of tau itself is left in it; it presumes that the pattern outlives half the film.
 * xi is that of c + a exp(-r / xi), c and a free, one xi for all dt in the two-dimensional fit. Errors by
 * bootstrap over tiles of the image. Lengths in nm. */
#ifndef FILM_G4_H
#define FILM_G4_H

#include "analysis/film/ecm.h"

#define G4_LAGS 3
enum g4_reading { G4_RING, G4_PRODUCT, G4_MAPS, G4_READINGS };

struct g4_options {
    int n_lags;           /* 1 .. G4_LAGS */
    int64_t lag[G4_LAGS]; /* dt in frames; the first is that of the one-dimensional fit */
    int n_origins;        /* at most so many times t, evenly spread */
    double longest, from; /* rings up to, fits from this distance, nm */
    int resamples;        /* of the bootstrap */
    uint64_t seed;
    const uint8_t *mask; /* [ny * nx], 0: leave out; NULL: all */
    bool quiet;
};

struct g4_length {
    double xi, error; /* the fit; NAN when nothing decays */
    double amplitude, floor;
    double low, high; /* 16 % and 84 % of the bootstrap */
};

struct g4_result {
    int n_r, n_lags, n_origins;
    int64_t lag[G4_LAGS];       /* dt in frames */
    double *r;                  /* [n_r] mean radius of a ring, from 0 */
    double *curve[G4_READINGS]; /* [n_lags][n_r] (maps: [n_r]); NULL when not computed */
    double *error[G4_READINGS]; /* bootstrap */
    struct g4_length one[G4_READINGS], two[G4_READINGS]; /* fit at the first dt; at all dt together */
};

/* Collective. G4_RING and G4_PRODUCT of a film whose frames can be had. */
int g4_compute(const struct comm *comm, struct series *series, const struct g4_options *options,
               struct g4_result *result) MUST_CHECK;
/* Local. G4_MAPS, added to a result that may be zeroed before. */
int g4_maps(const struct ecm_map *early, const struct ecm_map *late, int64_t ny, int64_t nx, double pixel,
            const struct g4_options *options, struct g4_result *result) MUST_CHECK;
void g4_free(struct g4_result *result);

#endif
