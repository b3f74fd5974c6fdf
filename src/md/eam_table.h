/* eam_table - an embedded-atom potential as rows that force kernels read.
 *
 * Per pair of species (a, b) the functions of r^2 are cut into intervals; a row holds one interval as cubic
 * polynomials c0 + c1 s + c2 s^2 + c3 s^3, s = r^2 - (start of the interval): Hermite cubics through values
 * and slopes of the model, so that forces are exact derivatives of the tabulated energy and no square root is
 * needed.
 *
 * near[k] = {density at a from b: c0..c3, pair energy: c0, c1, 2 c2, 3 c3}: 64 bytes, one cache line. The
 * density at b from a, where it is another function, is in the rows of the pair (b, a), which have the same
 * intervals.
 *
 * brief[k] = {density c0, density c1 | c2, density c3 | pair 3 c3, pair c1 | 2 c2}: what forces need, in half
 * as much, the two numbers of a | in one double: the upper one is the double itself, the lower one its low
 * half moved up. near holds the same numbers, so that loops which read one or the other agree bit for bit.
 *
 * far[k] = {pair energy: c0, c1, 2 c2, 3 c3}: the same again, for pairs beyond the reach of the densities.
 *
 * Intervals have one width below eam_grid.origin and a larger one above: functions are steep where atoms
 * nearly touch. The last row is zero: pairs at or beyond the cutoff read it, and kernels need no branch.
 * Below r_min the functions go on with their last slope: finite, and such pairs are reported. */
#ifndef MD_EAM_TABLE_H
#define MD_EAM_TABLE_H

#include "md/eam_model.h"

#define EAM_TABLE_R_MIN 0.5    /* A */
#define EAM_TABLE_INSIDE 1e-13 /* of the cutoff squared */

/* Row u(r2) = base + e inv + min(e, 0) inv_extra, e = r2 - origin; start of row k: e = m step + min(m, 0)
 * step_extra, m = k - base. Rows 0 .. rows - 1, and the zero row. */
struct eam_grid {
    double origin, base, inv, inv_extra, step, step_extra, rows;
};

struct eam_pair {
    double near_cut, cut; /* reach of the densities (either way); of everything, A */
    double (*near)[8], (*brief)[4], (*far)[4];
    const double (*other)[8],
        (*other_brief)[4]; /* rows of the pair (b, a) where densities differ, else NULL */
    int owner;             /* near, brief and far are this pair's own */
};

struct eam_table {
    int n, n_rows;
    struct eam_grid grid;  /* one for all pairs: kernels find rows before they look at species */
    struct eam_pair *pair; /* [n * n], a * n + b */
    double cutoff;
};

/* Local. Tables with about 0.7 n_rows intervals (see eam_table.c for their widths). The caller destroys. */
int eam_table_init(struct eam_table *table, const struct eam_model *model, int n_rows) MUST_CHECK;
void eam_table_destroy(struct eam_table *table);
int64_t eam_table_bytes(const struct eam_table *table);
/* Local. Reaches of a pair from its functions alone (|f| < 1e-13, |f'| < 1e-11 beyond). */
void eam_table_reach(const struct eam_model *model, int a, int b, double *near_cut, double *cut);

/* Local. Row and offset in it of a squared distance. */
static inline int eam_table_row(const struct eam_grid *g, double r2, double *s) {
    double e = r2 - g->origin, low = e < 0 ? e : 0, u = g->base + e * g->inv + low * g->inv_extra;
    int k = u < g->rows ? (int)u : (int)g->rows;
    double m = k - g->base;
    *s = e - m * g->step - (m < 0 ? m : 0) * g->step_extra;
    return k;
}
/* Value and d/d(r^2) of a density row, of a pair energy row. */
static inline double eam_table_density(const double c[4], double s, double *slope) {
    *slope = (3 * c[3] * s + 2 * c[2]) * s + c[1];
    return ((c[3] * s + c[2]) * s + c[1]) * s + c[0];
}
static inline double eam_table_pair(const double c[4], double s, double *slope) {
    *slope = (c[3] * s + c[2]) * s + c[1];
    return ((c[3] * (1.0 / 3) * s + c[2] * 0.5) * s + c[1]) * s + c[0];
}

#endif
