/* g4_fit - variable projection: a scan of ln xi, then Brent's method in the best bracket. */
#include "analysis/film/g4_fit.h"
#include "base/mem.h"
#include "base/rng.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_min.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <string.h>

#define SCAN 48

struct fit {
    int n_curves, n_r;
    const double *r, *curve;
    double from;
    double amplitude, floor; /* of the first curve, at the last xi asked for */
};

/* **Local.** Squares that are left at ln xi with the best c and a of each curve. */
static double left_over(double log_xi, void *params) {
    struct fit *f = params;
    double xi = exp(log_xi), total = 0;
    for (int k = 0; k < f->n_curves; k++) {
        double n = 0, se = 0, see = 0, sy = 0, sye = 0, syy = 0;
        for (int d = 0; d < f->n_r; d++) {
            double y = f->curve[k * f->n_r + d], e = exp(-f->r[d] / xi);
            if (f->r[d] < f->from || !isfinite(y)) continue;
            n++, se += e, see += e * e, sy += y, sye += y * e, syy += y * y;
        }
        double det = n * see - se * se, a = det > 0 ? (n * sye - se * sy) / det : 0, c = (sy - a * se) / n;
        if (k == 0) f->amplitude = a, f->floor = c;
        total += syy - c * sy - a * sye;
    }
    return total;
}

struct g4_length g4_fit_exponential(int n_curves, int n_r, const double *r, const double *curve,
                                    double from) {
    struct fit f = {n_curves, n_r, r, curve, from, 0, 0};
    struct g4_length none = {NAN, NAN, NAN, NAN, NAN, NAN};
    double low = log(0.25 * (r[1] - r[0])), high = log(3 * r[n_r - 1]), step = (high - low) / SCAN;
    int best = 0;
    double least = INFINITY;
    for (int k = 0; k <= SCAN; k++) {
        double v = left_over(low + k * step, &f);
        if (v < least) least = v, best = k;
    }
    if (best == 0 || best == SCAN) return none;
    gsl_function g = {left_over, &f};
    gsl_min_fminimizer *m = gsl_min_fminimizer_alloc(gsl_min_fminimizer_brent);
    if (!m) return none;
    double x = low + best * step, xi = NAN;
    if (!gsl_min_fminimizer_set(m, &g, x, x - step, x + step))
        for (int k = 0; k < 60 && gsl_min_fminimizer_x_upper(m) - gsl_min_fminimizer_x_lower(m) > 1e-6; k++)
            if (gsl_min_fminimizer_iterate(m)) break;
    xi = gsl_min_fminimizer_x_minimum(m);
    gsl_min_fminimizer_free(m);
    (void)left_over(xi, &f);
    if (f.amplitude <= 0) return none;
    return (struct g4_length){exp(xi), NAN, f.amplitude, f.floor, NAN, NAN};
}

static int spread(double *xi, int n, struct g4_length *length) {
    int good = 0;
    for (int k = 0; k < n; k++)
        if (isfinite(xi[k])) xi[good++] = xi[k];
    if (good < n / 2 || good < 3) return ERR_OK; /* the length is not determined: error stays NAN */
    gsl_sort(xi, 1, (size_t)good);
    length->low = gsl_stats_quantile_from_sorted_data(xi, 1, (size_t)good, 0.1587);
    length->high = gsl_stats_quantile_from_sorted_data(xi, 1, (size_t)good, 0.8413);
    length->error = 0.5 * (length->high - length->low);
    return ERR_OK;
}

int g4_fit_run(const struct g4_fit_bootstrap *b, double *curve, double *error, struct g4_length *one,
               struct g4_length *all) {
    int n = b->n_curves * b->n_r, e = ERR_OK;
    double *weight = NULL, *again = NULL, *sum = NULL, *xi = NULL;
    TRY_TO(out, MEM_NEW(weight, b->n_tiles));
    TRY_TO(out, MEM_NEW(again, n));
    TRY_TO(out, MEM_NEW(sum, 2 * n));
    TRY_TO(out, MEM_NEW(xi, 2 * b->resamples));
    for (int t = 0; t < b->n_tiles; t++) weight[t] = 1;
    b->curves(b->state, weight, curve);
    *one = g4_fit_exponential(1, b->n_r, b->r, curve, b->from);
    *all = g4_fit_exponential(b->n_curves, b->n_r, b->r, curve, b->from);
    for (int k = 0; k < b->resamples; k++) {
        memset(weight, 0, (size_t)b->n_tiles * sizeof *weight);
        for (int t = 0; t < b->n_tiles; t++) {
            double u[2];
            rng_uniform(b->seed, RNG_FIELD, UINT64_MAX - (uint64_t)k, (uint64_t)t, u);
            weight[(int)(u[0] * b->n_tiles)]++;
        }
        b->curves(b->state, weight, again);
        for (int d = 0; d < n; d++) {
            sum[d] += again[d] - curve[d];
            sum[n + d] += (again[d] - curve[d]) * (again[d] - curve[d]);
        }
        xi[k] = g4_fit_exponential(1, b->n_r, b->r, again, b->from).xi;
        xi[b->resamples + k] = g4_fit_exponential(b->n_curves, b->n_r, b->r, again, b->from).xi;
    }
    for (int d = 0; d < n && b->resamples > 1; d++)
        error[d] = sqrt(fmax(0, sum[n + d] - sum[d] * sum[d] / b->resamples) / (b->resamples - 1));
    TRY_TO(out, spread(xi, b->resamples, one));
    TRY_TO(out, spread(xi + b->resamples, b->resamples, all));
out:
    mem_free(&weight);
    mem_free(&again);
    mem_free(&sum);
    mem_free(&xi);
    return e;
}
