/* eam_spline - the cubic spline that eam/alloy, eam/fs and funcfl files are meant to be read with.
 *
 * Knots 0, d, 2d, ... (n of them). Between knots a cubic Hermite polynomial whose slopes are the five-point
 * central differences of the values (three-point next to the ends, one-sided at the ends), the convention of
 * LAMMPS' pair styles eam, so that forces agree with theirs to rounding. Beyond the last knot value
 * and slope stay; below 0 the first interval goes on. */
#ifndef MD_EAM_SPLINE_H
#define MD_EAM_SPLINE_H

#include "base/err.h"

struct eam_spline {
    int n;            /* knots */
    double step, inv; /* d and 1 / d */
    double (*c)[4];   /* [n - 1] interval k: c0 + c1 p + c2 p^2 + c3 p^3, p = x / d - k in [0, 1] */
};

/* Local. Spline through n >= 5 values; the caller destroys it. */
int eam_spline_init(struct eam_spline *spline, const double *values, int n, double step) MUST_CHECK;
void eam_spline_destroy(struct eam_spline *spline);

/* Local. Value and derivative. */
static inline void eam_spline_at(const struct eam_spline *s, double x, double *value, double *slope) {
    double u = x * s->inv;
    int k = u < 0 ? 0 : u < s->n - 2 ? (int)u : s->n - 2;
    double p = u - k;
    if (p > 1) p = 1;
    const double *c = s->c[k];
    *value = ((c[3] * p + c[2]) * p + c[1]) * p + c[0];
    *slope = ((3 * c[3] * p + 2 * c[2]) * p + c[1]) * s->inv;
}

#endif
