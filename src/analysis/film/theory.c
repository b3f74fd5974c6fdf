/* theory - four straight lines through GSL's weighted least squares. */
#include "analysis/film/theory.h"
#include "base/mem.h"
#include "base/unit.h"

#include <gsl/gsl_fit.h>
#include <math.h>

#define K_JOULE 1.380649e-23

static const char *const names[] = {"arrhenius", "adam-gibbs", "imct", "rfot"};
static const char *const units[] = {"eV", "1/nm", "", "eV/nm"};

const char *theory_name(enum theory_model model) {
    return names[model];
}

const char *theory_unit(enum theory_model model) {
    return units[model];
}

double theory_viscosity(double temperature, double tau, double radius) {
    return 3 * K_JOULE * temperature * tau / (4 * M_PI * pow(1e-9 * radius, 3));
}

/* **Local.** Abscissa of a point and its derivative by xi. */
static double abscissa(enum theory_model model, double t, double xi, double *slope) {
    double kt = UNIT_KB * t;
    *slope = model == THEORY_ARRHENIUS    ? 0
             : model == THEORY_ADAM_GIBBS ? 1
             : model == THEORY_IMCT       ? 1 / xi
                                          : 1 / kt;
    return model == THEORY_ARRHENIUS    ? 1 / kt
           : model == THEORY_ADAM_GIBBS ? xi
           : model == THEORY_IMCT       ? log(xi)
                                        : xi / kt;
}

static int fit_line(const struct theory_points *p, int n, const double *x, const double *y, const double *dx,
                    const double *dy, double *w, struct theory_fit *fit) {
    double c00, c01, c11, chi2;
    if (gsl_fit_linear(x, 1, y, 1, (size_t)n, &fit->intercept, &fit->slope, &c00, &c01, &c11, &chi2))
        FAIL(ERR_INTERNAL, "a line through %d points failed", n);
    fit->error = n > 2 ? sqrt(c11) : NAN;
    fit->chi2 = NAN;
    for (int round = 0; p->tau_error && round < 4; round++) { /* errors of x enter through the slope */
        for (int k = 0; k < n; k++) w[k] = 1 / (dy[k] * dy[k] + pow(fit->slope * dx[k], 2));
        if (gsl_fit_wlinear(x, 1, w, 1, y, 1, (size_t)n, &fit->intercept, &fit->slope, &c00, &c01, &c11,
                            &chi2))
            FAIL(ERR_INTERNAL, "a weighted line through %d points failed", n);
        fit->error = sqrt(c11);
        fit->chi2 = n > 2 ? chi2 / (n - 2) : NAN;
    }
    return ERR_OK;
}

int theory_compute(enum theory_model model, const struct theory_points *p, struct theory_fit *fit) {
    double *work = NULL;
    int n = 0;
    *fit = (struct theory_fit){0};
    if (model != THEORY_ARRHENIUS && !p->xi) FAIL(ERR_INPUT, "%s needs lengths xi", names[model]);
    TRY(MEM_NEW(work, 5 * p->n));
    double *x = work, *y = x + p->n, *dx = y + p->n, *dy = dx + p->n, *w = dy + p->n;
    for (int k = 0; k < p->n; k++) {
        double xi = model == THEORY_ARRHENIUS ? 1 : p->xi[k], slope;
        if (!(p->tau[k] > 0 && xi > 0 && p->temperature[k] > 0) || !isfinite(p->tau[k] * xi)) continue;
        x[n] = abscissa(model, p->temperature[k], xi, &slope);
        y[n] = log(p->tau[k]);
        dy[n] = p->tau_error ? p->tau_error[k] / p->tau[k] : 0;
        dx[n] = p->xi_error && model != THEORY_ARRHENIUS ? slope * p->xi_error[k] : 0;
        n++;
    }
    int e = n < 2 ? err_set(ERR_INPUT, __FILE__, __LINE__, "%s: a line needs two points, there are %d",
                            names[model], n)
                  : fit_line(p, n, x, y, dx, dy, w, fit);
    fit->n = n;
    mem_free(&work);
    return e;
}
