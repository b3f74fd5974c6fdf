/* eam_spline - Hermite cubic with difference slopes.
 * A natural (C2) spline through the same points would be smoother, but published EAM files were fitted and
 * tested with this one; with another the lattice constants move in the sixth digit. */
#include "md/eam_spline.h"
#include "base/mem.h"

/* Local. Slope times step at knot k. */
static double slope_at(const double *f, int n, int k) {
    if (k == 0) return f[1] - f[0];
    if (k == n - 1) return f[n - 1] - f[n - 2];
    if (k == 1 || k == n - 2) return 0.5 * (f[k + 1] - f[k - 1]);
    return ((f[k - 2] - f[k + 2]) + 8 * (f[k + 1] - f[k - 1])) / 12;
}

int eam_spline_init(struct eam_spline *spline, const double *values, int n, double step) {
    *spline = (struct eam_spline){.n = n, .step = step, .inv = 1 / step};
    if (n < 5) FAIL(ERR_INTERNAL, "a spline needs at least 5 values, got %d", n);
    TRY(MEM_NEW(spline->c, n - 1));
    for (int k = 0; k < n - 1; k++) {
        double a = slope_at(values, n, k), b = slope_at(values, n, k + 1), rise = values[k + 1] - values[k];
        double *c = spline->c[k];
        c[0] = values[k];
        c[1] = a;
        c[2] = 3 * rise - 2 * a - b;
        c[3] = a + b - 2 * rise;
    }
    return ERR_OK;
}

void eam_spline_destroy(struct eam_spline *spline) {
    mem_free(&spline->c);
    spline->n = 0;
}
