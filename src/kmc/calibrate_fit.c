/* calibrate_fit - Levenberg-Marquardt and the singular values of the Jacobian, by GSL.
 *
 * The Jacobian is of central differences with a step per parameter: the model's own noise (quadrature, root
 * finding, about 1e-7 K) is far below what such a step changes, GSL's own step of 1e-8 would drown in it.
 * Directions that the data leave free get no finite error: the covariance uses the pseudo-inverse above 1e-10
 * of the largest singular value, and those directions are reported. Rejected: simplex search (no covariance),
 * Monte Carlo sampling (the model costs 20 ms a row). */
#include "base/mem.h"
#include "kmc/calibrate.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_multifit_nlinear.h>
#include <math.h>
#include <string.h>

struct bridge {
    const struct calibrate_problem *problem;
    double *x, *up, *down; /* scratch */
    int failed;
};

static int call(struct bridge *b, const gsl_vector *x, int moved, double by, double *r) {
    for (int k = 0; k < b->problem->n; k++) b->x[k] = gsl_vector_get(x, (size_t)k) + (k == moved ? by : 0);
    int e = b->problem->residuals(b->problem->context, b->x, r);
    for (int k = 0; k < b->problem->n_residuals && !e; k++)
        if (!isfinite(r[k])) return GSL_EDOM;
    if (e) b->failed = e;
    return e ? GSL_EFAILED : GSL_SUCCESS;
}

static int value(const gsl_vector *x, void *context, gsl_vector *f) {
    struct bridge *b = context;
    int status = call(b, x, -1, 0, b->up);
    for (int k = 0; k < b->problem->n_residuals && !status; k++) gsl_vector_set(f, (size_t)k, b->up[k]);
    return status;
}

static int slopes(const gsl_vector *x, void *context, gsl_matrix *J) {
    struct bridge *b = context;
    for (int p = 0; p < b->problem->n; p++) {
        double h = b->problem->step[p];
        if (call(b, x, p, h, b->up) || call(b, x, p, -h, b->down)) return GSL_EFAILED;
        for (int k = 0; k < b->problem->n_residuals; k++)
            gsl_matrix_set(J, (size_t)k, (size_t)p, (b->up[k] - b->down[k]) / (2 * h));
    }
    return GSL_SUCCESS;
}

/* Singular values and directions (columns of V) of the first `rows` rows of J. */
static int decompose(const gsl_matrix *J, size_t rows, gsl_vector *S, gsl_matrix *V) {
    size_t n = J->size2, tall = rows > n ? rows : n; /* GSL wants rows >= columns */
    gsl_matrix *U = gsl_matrix_calloc(tall, n);
    gsl_vector *work = gsl_vector_alloc(n);
    int e = U && work ? ERR_OK : err_set(ERR_MEMORY, __FILE__, __LINE__, "no memory for a fit");
    for (size_t k = 0; k < rows && !e; k++)
        for (size_t p = 0; p < n; p++) gsl_matrix_set(U, k, p, gsl_matrix_get(J, k, p));
    if (!e && gsl_linalg_SV_decomp(U, V, S, work))
        e = err_set(ERR_PHYSICS, __FILE__, __LINE__, "the Jacobian of the fit has no singular values");
    gsl_matrix_free(U), gsl_vector_free(work);
    return e;
}

/* Covariance from all rows, above the round-off of the largest singular value; directions from the data
 * alone. */
static int analyse(const gsl_matrix *J, size_t n_data, struct calibrate_fit *fit) {
    size_t n = J->size2;
    gsl_matrix *V = gsl_matrix_alloc(n, n);
    gsl_vector *S = gsl_vector_alloc(n);
    int e = V && S ? ERR_OK : err_set(ERR_MEMORY, __FILE__, __LINE__, "no memory for a fit");
    if (!e) e = decompose(J, J->size1, S, V);
    for (size_t a = 0; a < n && !e; a++) {
        for (size_t b = 0; b < n; b++) {
            double sum = 0;
            for (size_t k = 0; k < n; k++) {
                double s = gsl_vector_get(S, k);
                if (s > 1e-10 * gsl_vector_get(S, 0))
                    sum += gsl_matrix_get(V, a, k) * gsl_matrix_get(V, b, k) / (s * s);
            }
            fit->covariance[a * n + b] = sum;
        }
        fit->error[a] = sqrt(fit->covariance[a * n + a]);
    }
    if (!e) e = decompose(J, n_data, S, V);
    for (size_t a = 0; a < n && !e; a++) {
        fit->singular[a] = gsl_vector_get(S, a);
        for (size_t b = 0; b < n; b++) fit->direction[a * n + b] = gsl_matrix_get(V, b, a);
    }
    gsl_matrix_free(V), gsl_vector_free(S);
    return e;
}

static int minimise(struct bridge *b, const double *x0, int iterations, struct calibrate_fit *fit) {
    size_t n = (size_t)fit->n, m = (size_t)fit->n_residuals;
    gsl_multifit_nlinear_parameters par = gsl_multifit_nlinear_default_parameters();
    par.solver = gsl_multifit_nlinear_solver_svd; /* J may be singular */
    gsl_multifit_nlinear_workspace *w = gsl_multifit_nlinear_alloc(gsl_multifit_nlinear_trust, &par, m, n);
    gsl_multifit_nlinear_fdf fdf = {value, slopes, NULL, m, n, b, 0, 0, 0};
    gsl_vector_const_view start = gsl_vector_const_view_array(x0, n);
    int info = 0, e = ERR_OK;
    if (!w) FAIL(ERR_MEMORY, "no memory for a fit");
    if (gsl_multifit_nlinear_init(&start.vector, &fdf, w)) {
        e = b->failed ? b->failed
                      : err_set(ERR_PHYSICS, __FILE__, __LINE__,
                                "the model gives no finite value at the parameters that the fit starts from");
    } else {
        int status = gsl_multifit_nlinear_driver((size_t)iterations, 1e-6, 1e-8, 1e-8, NULL, NULL, &info, w);
        fit->converged = status == GSL_SUCCESS || status == GSL_ENOPROG;
        fit->iterations = (int)gsl_multifit_nlinear_niter(w);
        e = b->failed;
    }
    if (!e) {
        gsl_vector *f = gsl_multifit_nlinear_residual(w), *x = gsl_multifit_nlinear_position(w);
        for (size_t p = 0; p < n; p++) fit->x[p] = gsl_vector_get(x, p);
        for (size_t k = 0; k < m; k++)
            fit->residual[k] = gsl_vector_get(f, k), fit->chi2 += pow(fit->residual[k], 2);
        e = analyse(gsl_multifit_nlinear_jac(w),
                    (size_t)(b->problem->n_data ? b->problem->n_data : fit->n_residuals), fit);
    }
    gsl_multifit_nlinear_free(w);
    return e;
}

int calibrate_fit(const struct calibrate_problem *problem, const double *x0, int iterations,
                  struct calibrate_fit *fit) {
    struct bridge b = {.problem = problem};
    int n = problem->n, m = problem->n_residuals;
    *fit = (struct calibrate_fit){.n = n, .n_residuals = m};
    if (m < n)
        FAIL(ERR_INPUT, "%d numbers cannot be fitted to %d points and priors; fit fewer, or add priors", n,
             m);
    int e = MEM_NEW(b.x, n);
    if (!e) e = MEM_NEW(b.up, m);
    if (!e) e = MEM_NEW(b.down, m);
    if (!e) e = MEM_NEW(fit->x, n);
    if (!e) e = MEM_NEW(fit->error, n);
    if (!e) e = MEM_NEW(fit->covariance, n * n);
    if (!e) e = MEM_NEW(fit->residual, m);
    if (!e) e = MEM_NEW(fit->singular, n);
    if (!e) e = MEM_NEW(fit->direction, n * n);
    if (!e) e = minimise(&b, x0, iterations, fit);
    mem_free(&b.x);
    mem_free(&b.up);
    mem_free(&b.down);
    if (e) calibrate_fit_free(fit);
    return e;
}

void calibrate_fit_free(struct calibrate_fit *fit) {
    mem_free(&fit->x);
    mem_free(&fit->error);
    mem_free(&fit->covariance);
    mem_free(&fit->residual);
    mem_free(&fit->singular);
    mem_free(&fit->direction);
    *fit = (struct calibrate_fit){0};
}
