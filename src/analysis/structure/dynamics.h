/* dynamics - how atoms move: mean squared displacement, self and coherent intermediate scattering.
 *
 *   msd(t)   = <|r(t) - r(0)|^2>            alpha2(t) = 3 <r^4> / (5 <r^2>^2) - 1
 *   F_s(k,t) = <sin(k r) / (k r)>, r = |r(t) - r(0)| (isotropic average; hansen2013)
 *   F(k,t)   = <rho_k(t) rho_-k(0)> / <|rho_k|^2>, rho_k = sum_j exp(i k r_j), over wave vectors near k
 *
 * averaged over all time origins. Relaxation times: where F falls to 1/e, and the stretched exponential
 * through it. A coherent and an incoherent time differ by de Gennes narrowing: near the first peak of S(k)
 * the coherent one is longer. */
#ifndef STRUCTURE_DYNAMICS_H
#define STRUCTURE_DYNAMICS_H

#include "analysis/kww.h"
#include "analysis/motion.h"

struct dynamics_options {
    double k;       /* 1/A, 2 pi / d */
    int per_decade; /* lags */
    int waves;      /* wave vectors of F(k,t) */
};

struct dynamics_relaxation {
    double at_1_e;      /* F falls to 1/e of its value at 0; NAN: not within the trajectory */
    struct kww_fit fit; /* plain convention, c = 1 */
};

struct dynamics {
    int n_lags, n_groups;
    int64_t *lag;
    double *time;
    double *msd, *alpha2, *self; /* [group][lag] */
    double *coherent;            /* [lag], of all atoms */
    double structure;            /* S(k): <|rho_k|^2> / N */
    int n_waves;
    struct dynamics_relaxation *of_self; /* [group] */
    struct dynamics_relaxation of_coherent;
    /* sums so far: of each atom of this rank and lag; of each frame and wave */
    struct dynamics_options o;
    double *terms, *rho, (*q)[3];
};

/* Collective. After the first frame and motion_group: what lags and waves there are. */
int dynamics_begin(const struct motion *motion, const struct dynamics_options *options,
                   struct dynamics *dynamics) MUST_CHECK;
/* Collective. After each frame, the first too: what ends with it. */
int dynamics_add(const struct motion *motion, struct dynamics *dynamics) MUST_CHECK;
/* Collective. After the last frame: curves and fits. */
int dynamics_compute(const struct motion *motion, struct dynamics *dynamics) MUST_CHECK;
void dynamics_free(struct dynamics *dynamics);

#endif
