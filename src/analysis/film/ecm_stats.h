/* ecm_stats - what the maps of a film say in a few numbers: medians, the log-normal, the layer at the edge.
 *
 * Numbers are of the core: pixels whose tau was found, deeper than `core` below the wire's edge. Errors are
 * one standard deviation by a jackknife over square blocks of the image, so that neighbours that share a tau
 * do not count twice. Times in s, lengths in nm. */
#ifndef FILM_ECM_STATS_H
#define FILM_ECM_STATS_H

#include "analysis/film/ecm.h"

/* u[]: ln tau_median, squared width of ln tau, mean beta, ln mean amplitude. */
enum { ECM_STATS_TAU, ECM_STATS_WIDTH, ECM_STATS_BETA, ECM_STATS_CONTRAST, ECM_STATS_COUNT };
struct ecm_stats {
    double u[ECM_STATS_COUNT], error[ECM_STATS_COUNT];
    double covariance[ECM_STATS_COUNT][ECM_STATS_COUNT];
    int64_t n;                                   /* pixels counted */
    double failed, mean_tau, above_mean, excess; /* shares of the core; median of the shot noise excess */
    double fit_centre, fit_width;                /* of the log-normal through the histogram */
};

/* Local. depth[ny * nx] in nm (NULL: all is core). ERR_PHYSICS when fewer than 20 pixels have a tau. */
int ecm_stats_compute(const struct ecm_map *map, int64_t ny, int64_t nx, const double *depth, double core,
                      struct ecm_stats *stats) MUST_CHECK;

/* Histogram of ln tau in bins of 0.1 and the Gaussian fitted to it (GSL). */
struct ecm_stats_histogram {
    int n;
    double *log_tau, *count; /* middles */
    double centre, width, height;
};
/* Local. */
int ecm_stats_histogram(int64_t n, const double *log_tau, struct ecm_stats_histogram *h) MUST_CHECK;
void ecm_stats_histogram_free(struct ecm_stats_histogram *h);

/* Median of ln tau against depth below the edge, and the step through it:
 * ln tau = bulk - (bulk - surface) erfc((d - thickness) / blur) / 2. */
struct ecm_stats_profile {
    int n;
    double *depth, *log_tau, *error;
    int64_t *count;
    double bulk, surface, thickness, blur; /* NAN where there is no edge */
    double thickness_error, ratio, ratio_error;
};
/* Local. Bins of one pixel down to `deepest` nm. Errors of the step by a jackknife over the eight bands
 * 0 .. 7 along the wire (a layer is long: pixels along it share their tau), that of the thickness not below
 * bin / sqrt(12). */
int ecm_stats_profile(const struct ecm_map *map, int64_t ny, int64_t nx, const double *depth,
                      const uint8_t *band, double bin, double deepest,
                      struct ecm_stats_profile *p) MUST_CHECK;
void ecm_stats_profile_free(struct ecm_stats_profile *p);

/* Local. Pearson's r of ln tau of two maps where both have one; the number of such pixels in *n. */
double ecm_stats_agree(const struct ecm_map *a, const struct ecm_map *b, int64_t *n);

#endif
