/* fourpoint - how dynamics is correlated: overlap, chi4, S4, g4 of particles.
 *
 *   Q(t)    = sum_j w_j, w_j = 1 where |r_j(t) - r_j(0)| < a, else 0           (lacevic2003)
 *   chi4(t) = (<Q^2> - <Q>^2) / N, over time origins of one run: in NVT and NVE smaller than chi4 of the full
 *             ensemble by (k T^2 / c_v)(dQ/dT)^2 and more (berthier2005); nothing is added here
 *   S4(q,t) = <|sum_j w_j exp(i q r_j(0))|^2> / N, fitted at small q by S0 / (1 + (q xi4)^2)
 *   g4(r,t) = V / N^2 <sum_{i != j} w_i w_j delta(r - |r_i(0) - r_j(0)|)>, which tends to <Q/N>^2
 */
#ifndef STRUCTURE_FOURPOINT_H
#define STRUCTURE_FOURPOINT_H

#include "analysis/motion.h"

struct fourpoint_options {
    double a; /* reach of the overlap */
    int per_decade;
    double at;         /* time of S4 and g4, no longer than the longest lag; 0: the peak of chi4 */
    double q_max;      /* S4 up to here */
    double fit_q;      /* Ornstein-Zernike fit up to here; 0: the six smallest shells */
    double r_max;      /* g4 up to here, bins of r_max / bins */
    int bins, origins; /* origins of S4 and g4, evenly spread */
};

struct fourpoint {
    int n_lags, n_groups;
    int64_t *lag;
    double *time;
    double *overlap, *chi4, *chi4_error; /* [group][lag]: <Q>/N, chi4, error from blocks of origins */
    double *peak, *peak_time;            /* [group] */
    int64_t at;                          /* which lag what follows is of */
    int n_q;                             /* shells; 0: the box is not periodic */
    double *q, *s4, *s4_error;
    double s0, xi4, xi4_error;
    int n_r;            /* 0: too many atoms for the pairs */
    double *r, *g4, *g; /* g: of all atoms, the same way */
    /* sums so far. Lags: those above, then that of `at` where it is given */
    struct fourpoint_options o;
    int n_all, n_origins, bytes;
    int64_t **sum;       /* [lag][group][origin]: overlap */
    int64_t *origin;     /* [n_origins] frames of S4 and g4 */
    float (*place)[3];   /* [n_origins][n] displacements there */
    uint8_t *overlapped; /* [n_origins][n][bytes]: bit of a lag: the atom is within a of where it was */
};

/* Collective. After the second frame and motion_group: what is to be summed. ERR_INPUT: time `at` beyond the
 * longest lag. */
int fourpoint_begin(const struct motion *motion, const struct fourpoint_options *options,
                    struct fourpoint *fourpoint) MUST_CHECK;
/* Local. After each frame from the second on: what ends with it. */
void fourpoint_add(const struct motion *motion, struct fourpoint *fourpoint);
/* Collective. After the last frame. */
int fourpoint_compute(const struct motion *motion, struct fourpoint *fourpoint) MUST_CHECK;
void fourpoint_free(struct fourpoint *fourpoint);
/* Local. Mean and population variance / N of whole numbers, and the error of the latter from `blocks` blocks.
 */
void fourpoint_variance(const int64_t *q, int64_t n, double count, int blocks, double *mean, double *chi4,
                        double *error);

#endif
