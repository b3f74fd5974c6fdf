/* ecm - correlation in time of every pixel of a film and the stretched exponential through it.
 *
 * g2 by the symmetrised estimator (zhang2018, Eq. 4), exactly 1 for a constant:
 *
 *     g2(p) = (N - p) sum_i I(i) I(i + p) / [sum_{i < N - p} I(i)  sum_{i >= p} I(i)]
 *
 * at all lags by one FFT a pixel, then averaged over lags in logarithmic bins (lag 0, which holds the shot
 * noise, is left out), then fitted (kww). Several segments of the film (whole, halves, windows) are done in
 * one reading. A pixel that has no tau says why (kww_status); its maps hold NAN. Times in s. */
#ifndef FILM_ECM_H
#define FILM_ECM_H

#include "analysis/kww.h"
#include "analysis/film/series.h"

struct ecm_segment {
    int64_t first, n; /* frames */
};
struct ecm_options {
    enum kww_convention convention;
    double lag_share; /* longest lag over the segment's length */
    int n_lags;       /* bins wanted; fewer where neighbouring bins fall on one lag */
    int n_segments;
    const struct ecm_segment *segment;
    const uint8_t *mask; /* [ny * nx], 0: leave out; NULL: all */
    bool quiet;          /* no progress line */
};

/* What one segment gives; arrays [ny * nx], whole on every rank. */
struct ecm_map {
    struct ecm_segment segment;
    double *tau, *beta, *amplitude, *r2, *tau_error, *beta_error;
    double *mean, *excess; /* mean intensity; g2(0) - 1 minus the fitted amplitude: shot noise, 1 / counts */
    uint8_t *status;
    int n_lags;
    double *lag, *g2; /* [n_lags]: mean lag of a bin, s; g2 - 1 averaged over fitted pixels */
    int64_t n_pixels, n_masked, n_failed;
    struct kww_fit average; /* of the averaged curve (voigt2023) */
};

/* Collective. maps[n_segments] (ecm_free each). ERR_INPUT: a segment too short, a film with no pixel. */
int ecm_compute(const struct comm *comm, struct series *series, const struct ecm_options *options,
                struct ecm_map *maps) MUST_CHECK;
void ecm_free(struct ecm_map *map);

/* Lags and transforms of segments of n frames. */
struct ecm_lags;
/* Local. */
int ecm_lags_create(int64_t n, double frame_time, double lag_share, int n_lags,
                    struct ecm_lags **lags) MUST_CHECK;
void ecm_lags_destroy(struct ecm_lags **lags);
int ecm_lags_count(const struct ecm_lags *lags);
const double *ecm_lags_time(const struct ecm_lags *lags);
/* Local. g2 - 1 of one pixel in the bins, and at lag 0; a kww_status when it has none. */
int ecm_lags_g2(struct ecm_lags *lags, const float *i, double *g2, double *at_zero, double *mean);

#endif
