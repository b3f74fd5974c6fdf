/* sq - partial and weighted structure factors, from the atoms and from g(r).
 *
 *     S_ab(Q) = <sum_i in a, j in b cos Q.(r_i - r_j)> / sqrt(N_a N_b)            (Ashcroft-Langreth, direct)
 *             = delta_ab + 4 pi rho sqrt(c_a c_b) int r^2 (g_ab - 1) sin(Qr)/(Qr) M(r) dr       (from g)
 *     S_w(Q)  = 1 + sum_ab c_a c_b w_a w_b (A_ab - 1) / <w>^2,  S_ab = delta_ab + sqrt(c_a c_b) (A_ab - 1)
 *
 * (faber1965; ashcroft1967), w = 1 (number), scattering lengths of neutrons, form factors of electrons at Q.
 * Direct: Q are vectors that fit the periodic box, at most so many in a bin, chosen by a fixed rule; Q and -Q
 * count once. From g: M = sin(pi r / R) / (pi r / R) of lorch1969, which tames the end of g at R and widens
 * peaks by about 5.4 / R. Q = 2 pi / d in 1/A (or 1/sigma). The same bits on any number of ranks. */
#ifndef ANALYSIS_STRUCTURE_SQ_H
#define ANALYSIS_STRUCTURE_SQ_H

#include "atoms/frame.h"

struct sq_options {
    double q_max, q_step; /* bins [k, k + 1) q_step */
    int n_vectors;        /* at most, in each bin of a frame */
};

struct sq; /* sums of the direct way, opaque */

/* Curves: 0 number-weighted total, then pairs in the order of rdf_curve. [n_curves][n_bins] by mem. */
struct sq_result {
    int n_bins, n_curves, n_species;
    double *q;     /* [n_bins] direct: mean |Q| of the vectors used, NAN without; from g: middles */
    double *s;     /* NAN: no vector */
    double *error; /* direct: spread over vectors and frames / sqrt of their number; NULL from g */
    double *neutron, *electron; /* [n_bins]; NAN where an element has no weight */
    int64_t *n;                 /* direct: vectors used; NULL from g */
};

int sq_create(const struct sq_options *options, struct sq **sq) MUST_CHECK;
void sq_destroy(struct sq **sq);
/* Collective. Add one frame. ERR_INPUT: the box is not periodic along all axes. */
int sq_add(const struct comm *comm, struct sq *sq, const struct frame *frame) MUST_CHECK;
/* Local, the same on every rank. */
int sq_finish(const struct sq *sq, const struct species *species, const int64_t *counts,
              struct sq_result *result) MUST_CHECK;
/* Local. From partial g[n_curves][n_bins] at r (equal steps); rho: atoms per A^3; window: Lorch's. */
int sq_from_g(const struct sq_options *options, const struct species *species, const int64_t *counts,
              double rho, int n_r, const double *r, const double *g, bool window,
              struct sq_result *result) MUST_CHECK;
void sq_free(struct sq_result *result);

#endif
