/* eam_table - an embedded-atom potential as rows that force kernels read.
 *
 * Per pair of species (a, b) the functions of r^2 are cut into equal intervals; a row holds one interval as
 * cubic polynomials c0 + c1 s + c2 s^2 + c3 s^3, s = r^2 - (start of the interval): Hermite cubics through
 * values and slopes of the model, so that forces are exact derivatives of the tabulated energy and no square
 * root is needed. near[k] = {density at a from b: c0..c3, pair energy: c0..c3}, 64 bytes, one cache line
 *   far[k]  = {pair energy: c0..c3}, for pairs out of reach of the density
 *   other[k] = {density at b from a: c0..c3} where it is another function
 * Row `rows` is zero: pairs at or beyond the cutoff read it, and kernels need no branch. Below r_min the
 * functions go on with their last slope: finite, and such pairs are reported. */
#ifndef MD_EAM_TABLE_H
#define MD_EAM_TABLE_H

#include "md/eam_model.h"

#define EAM_TABLE_R_MIN 0.5 /* A */

struct eam_pair {
    double near_cut, cut;   /* reach of the densities (either way); of everything, A */
    double inv, step, rows; /* intervals per A^2, A^2 per interval, number of intervals */
    double (*near)[8], (*far)[4], (*other)[4];
};

struct eam_table {
    int n, n_rows;
    struct eam_pair *pair; /* [n * n], a * n + b */
    double cutoff;
};

/* Local. Tables with n_rows intervals per pair. The caller destroys. */
int eam_table_init(struct eam_table *table, const struct eam_model *model, int n_rows) MUST_CHECK;
void eam_table_destroy(struct eam_table *table);
int64_t eam_table_bytes(const struct eam_table *table);
/* Local. Reaches of a pair from its functions alone (|f| < 1e-13, |f'| < 1e-11 beyond). */
void eam_table_reach(const struct eam_model *model, int a, int b, double *near_cut, double *cut);

/* Local. Row and offset in it of a squared distance. */
static inline int eam_table_row(const struct eam_pair *p, double r2, double *s) {
    double u = r2 * p->inv;
    if (!(u < p->rows)) u = p->rows;
    int k = (int)u;
    *s = r2 - k * p->step;
    return k;
}
static inline double eam_table_value(const double c[4], double s) {
    return ((c[3] * s + c[2]) * s + c[1]) * s + c[0];
}
/* d/d(r^2) */
static inline double eam_table_slope(const double c[4], double s) {
    return (3 * c[3] * s + 2 * c[2]) * s + c[1];
}

#endif
