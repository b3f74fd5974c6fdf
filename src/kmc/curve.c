/* curve - closed forms, or GSL's Steffen interpolation of ln y in -1/T: it never overshoots between points,
 * so a rate cannot turn up between two measured ones. Rejected: cubic splines, which do. */
#include "kmc/curve.h"
#include "base/mem.h"
#include "base/unit.h"

#include <gsl/gsl_interp.h>
#include <math.h>

struct curve_points {
    int n;
    double *x, *y; /* -1/T and ln y, or T and y */
    bool logarithmic;
    gsl_interp *interp;
};

static double table_value(const struct curve_points *p, double T) {
    double x = p->logarithmic ? -1 / T : T, y;
    double low = p->x[0], high = p->x[p->n - 1],
           slack = 1e-12 * (fabs(low) + fabs(high)); /* C to K and back */
    if (!(x >= low - slack && x <= high + slack)) return NAN;
    x = fmin(fmax(x, low), high);
    if (gsl_interp_eval_e(p->interp, p->x, p->y, x, NULL, &y)) return NAN;
    return p->logarithmic ? exp(y) : y;
}

double curve_value(const struct curve *curve, double T) {
    switch (curve->kind) {
    case CURVE_ARRHENIUS:
        return curve->value * exp(-curve->energy / UNIT_KB * (1 / T - 1 / curve->at));
    case CURVE_VFT:
        return T > curve->zero ? curve->value * exp(curve->strength * curve->zero / (T - curve->zero))
                               : INFINITY;
    case CURVE_TABLE:
        return table_value(curve->points, T);
    default:
        return 0;
    }
}

void curve_range(const struct curve *curve, double *low, double *high) {
    const struct curve_points *p = curve->points;
    *low = curve->kind == CURVE_VFT ? curve->zero : 0;
    *high = INFINITY;
    if (curve->kind != CURVE_TABLE) return;
    *low = p->logarithmic ? -1 / p->x[0] : p->x[0];
    *high = p->logarithmic ? -1 / p->x[p->n - 1] : p->x[p->n - 1];
}

int curve_set_points(struct curve *curve, int n, const double *T, const double *y, bool logarithmic) {
    if (n < 2) FAIL(ERR_INPUT, "a table needs two points at least");
    for (int i = 0; i < n; i++) {
        if (!(T[i] > 0) || !isfinite(T[i]))
            FAIL(ERR_INPUT, "point %d: its temperature is not above 0 K", i + 1);
        if (i && !(T[i] > T[i - 1])) FAIL(ERR_INPUT, "point %d: temperatures must rise", i + 1);
        if (!isfinite(y[i]) || (logarithmic && !(y[i] > 0)))
            FAIL(ERR_INPUT, "point %d: its value %g is not %s", i + 1, y[i],
                 logarithmic ? "positive" : "finite");
    }
    curve_clear(curve);
    curve->kind = CURVE_TABLE;
    TRY(MEM_NEW(curve->points, 1));
    struct curve_points *p = curve->points;
    p->n = n, p->logarithmic = logarithmic;
    TRY(MEM_NEW(p->x, n));
    TRY(MEM_NEW(p->y, n));
    for (int i = 0; i < n; i++) {
        p->x[i] = logarithmic ? -1 / T[i] : T[i];
        p->y[i] = logarithmic ? log(y[i]) : y[i];
    }
    p->interp = gsl_interp_alloc(n > 2 ? gsl_interp_steffen : gsl_interp_linear, (size_t)n);
    if (!p->interp) FAIL(ERR_MEMORY, "no memory for a table of %d points", n);
    if (gsl_interp_init(p->interp, p->x, p->y, (size_t)n))
        FAIL(ERR_INPUT, "these points cannot be interpolated");
    return ERR_OK;
}

void curve_clear(struct curve *curve) {
    if (!curve->points) return;
    if (curve->points->interp) gsl_interp_free(curve->points->interp);
    mem_free(&curve->points->x);
    mem_free(&curve->points->y);
    mem_free(&curve->points);
}
