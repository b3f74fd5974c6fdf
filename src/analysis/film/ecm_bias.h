/* ecm_bias - what a short film does to tau, its width and beta, and the values without it.
 *
 * A film of N tau is normalised by means over N tau, and its slowest pixels have seen no decay: tau comes out
 * too short, beta too large, and equal pixels scatter. The numbers u of a film (ecm_stats) are therefore
 * compared with those of synthetic films of independent pixels with the same frames, dose and contrast, whose
 * truth is known: u_raw(theta) = theta + bias(theta). Solved for theta by iteration; the error is that of the
 * film and of the synthetic films, carried through the inverse of du_raw / dtheta (finite differences with
 * the same random numbers). */
#ifndef FILM_ECM_BIAS_H
#define FILM_ECM_BIAS_H

#include "analysis/film/ecm_stats.h"

#include <stdbool.h>

struct ecm_bias_options {
    int64_t n_t;
    double frame_time, dose; /* counts a pixel and frame; 0: no shot noise */
    int64_t pixels;          /* of a synthetic film */
    int steps;               /* iterations */
    int films;               /* so many at the end, with other random numbers: their mean bias counts */
    int64_t memory;
    uint64_t seed;
    const struct ecm_options *ecm; /* convention, lags */
};

struct ecm_bias {
    bool found; /* some synthetic film looks like this one; otherwise all is NAN */
    double u[ECM_STATS_COUNT], error[ECM_STATS_COUNT]; /* corrected */
    double bias[ECM_STATS_COUNT];                      /* raw - true of the synthetic films */
    double left;                                       /* largest |u_raw(theta) - u| in units of its error */
};

/* Collective. raw: the numbers of a film. */
int ecm_bias_correct(const struct comm *comm, const struct ecm_bias_options *options,
                     const struct ecm_stats *raw, struct ecm_bias *bias) MUST_CHECK;
/* Collective. The bias alone at theta, with its error: raw numbers of a film made with theta minus its truth.
 */
int ecm_bias_at(const struct comm *comm, const struct ecm_bias_options *options, const double *theta,
                double *bias, double *error) MUST_CHECK;

#endif
