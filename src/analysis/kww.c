/* kww - Levenberg-Marquardt (GSL multifit_nlinear) in (A, ln tau, ln beta), with the analytic Jacobian.
 *
 * Logarithms keep tau and beta positive without bounds. The start is read off the curve: A from the first
 * lags, tau where it has fallen by e^-c, beta from the time of an earlier level; five steps are typical.
 * Rejected: a line through ln(-ln((g2-1)/A)), which fails at the first negative point, and weights by the
 * number of pairs, which make little of the tail that decides beta. One workspace serves all pixels. */
#include "analysis/kww.h"
#include "base/mem.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_multifit_nlinear.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>
#include <stdbool.h>

#define BETA_MIN 0.05
#define BETA_MAX 3.0
#define STEPS 60

struct kww {
    int n;
    double *t, *log_t;
    double c, longest;
    const double *y;
    enum kww_convention convention;
    gsl_multifit_nlinear_workspace *work;
    gsl_multifit_nlinear_fdf fdf;
    gsl_matrix *covar;
};

double kww_factor(enum kww_convention convention) {
    return convention == KWW_FIELD ? 2 : 1;
}

double kww_value(const struct kww_curve *curve, enum kww_convention convention, double t) {
    return curve->amplitude * exp(-kww_factor(convention) * pow(t / curve->tau, curve->beta));
}

void kww_convert(struct kww_curve *curve, struct kww_curve *error, enum kww_convention from,
                 enum kww_convention to) {
    double ratio = log(kww_factor(to) / kww_factor(from)); /* tau_to = tau_from (c_to / c_from)^(1/beta) */
    double scale = exp(ratio / curve->beta);
    if (error) {
        double from_tau = error->tau * scale;
        double from_beta = curve->tau * scale * ratio / (curve->beta * curve->beta) * error->beta;
        error->tau = hypot(from_tau, from_beta);
    }
    curve->tau *= scale;
}

double kww_mean_time(double tau, double beta) {
    return tau / beta * gsl_sf_gamma(1 / beta);
}

const char *kww_status_text(int status) {
#define TEXT(code, text) text,
    static const char *const texts[] = {KWW_STATUS_LIST(TEXT)};
#undef TEXT
    return status >= 0 && status < KWW_STATUS_COUNT ? texts[status] : "unknown";
}

/* **Local.** Residuals A e^-cu - y, u = (t / tau)^beta. */
static int residual(const gsl_vector *x, void *params, gsl_vector *f) {
    const struct kww *k = params;
    double a = gsl_vector_get(x, 0), log_tau = gsl_vector_get(x, 1), beta = exp(gsl_vector_get(x, 2));
    for (int i = 0; i < k->n; i++)
        gsl_vector_set(f, (size_t)i, a * exp(-k->c * exp(beta * (k->log_t[i] - log_tau))) - k->y[i]);
    return GSL_SUCCESS;
}

/* **Local.** d/dA = e^-cu; d/dln tau = A e^-cu c u beta; d/dln beta = -A e^-cu c u beta ln(t / tau). */
static int jacobian(const gsl_vector *x, void *params, gsl_matrix *j) {
    const struct kww *k = params;
    double a = gsl_vector_get(x, 0), log_tau = gsl_vector_get(x, 1), beta = exp(gsl_vector_get(x, 2));
    for (int i = 0; i < k->n; i++) {
        double l = k->log_t[i] - log_tau, u = exp(beta * l), e = exp(-k->c * u);
        double slope = u < 700 ? a * e * k->c * u * beta : 0;
        gsl_matrix_set(j, (size_t)i, 0, e);
        gsl_matrix_set(j, (size_t)i, 1, slope);
        gsl_matrix_set(j, (size_t)i, 2, -slope * l);
    }
    return GSL_SUCCESS;
}

int kww_create(int n, const double *t, enum kww_convention convention, double longest, struct kww **kww) {
    struct kww *k = NULL;
    int e = ERR_OK;
    if (n < 4) FAIL(ERR_INPUT, "a stretched exponential needs at least 4 lags, there are %d", n);
    TRY(MEM_NEW(k, 1));
    k->n = n;
    k->c = kww_factor(convention);
    k->convention = convention;
    k->longest = longest;
    TRY_TO(out, MEM_NEW(k->t, n));
    TRY_TO(out, MEM_NEW(k->log_t, n));
    for (int i = 0; i < n; i++) {
        k->t[i] = t[i];
        k->log_t[i] = log(t[i]);
    }
    gsl_multifit_nlinear_parameters p = gsl_multifit_nlinear_default_parameters();
    p.trs = gsl_multifit_nlinear_trs_lm;
    p.solver = gsl_multifit_nlinear_solver_cholesky;
    k->work = gsl_multifit_nlinear_alloc(gsl_multifit_nlinear_trust, &p, (size_t)n, 3);
    k->covar = gsl_matrix_alloc(3, 3);
    if (!k->work || !k->covar)
        TRY_TO(out, err_set(ERR_MEMORY, __FILE__, __LINE__, "no memory for a fit of %d lags", n));
    k->fdf = (gsl_multifit_nlinear_fdf){.f = residual, .df = jacobian, .n = (size_t)n, .p = 3, .params = k};
out:
    if (e) kww_destroy(&k);
    *kww = k;
    return e;
}

void kww_destroy(struct kww **kww) {
    struct kww *k = *kww;
    if (!k) return;
    if (k->work) gsl_multifit_nlinear_free(k->work);
    if (k->covar) gsl_matrix_free(k->covar);
    mem_free(&k->t);
    mem_free(&k->log_t);
    mem_free(kww);
}

/* **Local.** First time at which y falls below `level`, between lags by a line in ln t; the last lag if
 * never. */
static double falls_below(const struct kww *k, const double *y, double level) {
    for (int i = 0; i < k->n; i++) {
        if (y[i] >= level) continue;
        if (i == 0) return k->t[0];
        double w = (y[i - 1] - level) / (y[i - 1] - y[i]);
        return exp(k->log_t[i - 1] + w * (k->log_t[i] - k->log_t[i - 1]));
    }
    return k->t[k->n - 1];
}

static double clip(double x, double lo, double hi) {
    return x < lo ? lo : x > hi ? hi : x;
}

static void start(const struct kww *k, const double *y, double first[3]) {
    double top = fmax(y[0], fmax(y[1], y[2]));
    double late = falls_below(k, y, top * exp(-k->c)), early = falls_below(k, y, top * exp(-0.3 * k->c));
    double beta = late > early * 1.01 ? log(1 / 0.3) / log(late / early) : 1;
    first[0] = top;
    first[1] = log(late);
    first[2] = log(clip(beta, 0.2, 1.5));
}

static int verdict(const struct kww *k, const struct kww_fit *fit) {
    const struct kww_curve *c = &fit->curve;
    if (!isfinite(c->amplitude) || !isfinite(c->tau) || !isfinite(c->beta)) return KWW_DIVERGED;
    if (c->amplitude <= 0) return KWW_NO_CONTRAST;
    if (c->beta < BETA_MIN || c->beta > BETA_MAX) return KWW_BETA;
    if (c->tau < 0.5 * k->t[0]) return KWW_TOO_FAST;
    if (c->tau > k->longest) return KWW_TOO_SLOW;
    return KWW_OK;
}

int kww_compute(struct kww *k, const double *y, struct kww_fit *fit) {
    double x0[3], mean = 0, spread = 0, chi2;
    int info;
    *fit = (struct kww_fit){.curve = {NAN, NAN, NAN}, .error = {NAN, NAN, NAN}, .r2 = NAN};
    for (int i = 0; i < k->n; i++) {
        if (!isfinite(y[i])) {
            fit->status = KWW_NOT_A_NUMBER;
            return ERR_OK;
        }
        mean += y[i] / k->n;
    }
    for (int i = 0; i < k->n; i++) spread += (y[i] - mean) * (y[i] - mean);
    bool flat = spread <= 1e-24 * k->n * mean * mean; /* rounding of the mean */
    fit->status = flat ? KWW_CONSTANT : KWW_NO_CONTRAST;
    if (flat || fmax(y[0], fmax(y[1], y[2])) <= 0) return ERR_OK;
    start(k, y, x0);
    k->y = y;
    gsl_vector_view x = gsl_vector_view_array(x0, 3);
    if (gsl_multifit_nlinear_init(&x.vector, &k->fdf, k->work))
        FAIL(ERR_INTERNAL, "GSL refuses to start a fit (A %g, ln tau %g, ln beta %g)", x0[0], x0[1], x0[2]);
    int e = gsl_multifit_nlinear_driver(STEPS, 1e-7, 1e-9, 0, NULL, NULL, &info, k->work);
    const gsl_vector *found = gsl_multifit_nlinear_position(k->work), *f;
    fit->curve = (struct kww_curve){gsl_vector_get(found, 0), exp(gsl_vector_get(found, 1)),
                                    exp(gsl_vector_get(found, 2))};
    fit->iterations = (int)gsl_multifit_nlinear_niter(k->work);
    fit->status = e && e != GSL_ENOPROG ? KWW_DIVERGED : verdict(k, fit);
    if (fit->status != KWW_OK) return ERR_OK;
    f = gsl_multifit_nlinear_residual(k->work);
    gsl_blas_ddot(f, f, &chi2);
    fit->r2 = 1 - chi2 / spread;
    gsl_multifit_nlinear_covar(gsl_multifit_nlinear_jac(k->work), 0, k->covar);
    double var = chi2 / fmax(1, k->n - 3);
    fit->error = (struct kww_curve){sqrt(var * gsl_matrix_get(k->covar, 0, 0)),
                                    fit->curve.tau * sqrt(var * gsl_matrix_get(k->covar, 1, 1)),
                                    fit->curve.beta * sqrt(var * gsl_matrix_get(k->covar, 2, 2))};
    return ERR_OK;
}
