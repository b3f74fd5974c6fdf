/* ecm_stats - medians, a Gaussian through the histogram of ln tau, an error-function step at the edge.
 *
 * The width is that of the fitted Gaussian: a few wild fits in the wings, which short series have, then weigh
 * little. Rejected: moments (one pixel at tau = series doubles the width). */
#include "analysis/film/ecm_stats.h"
#include "base/mem.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_multifit_nlinear.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <string.h>

#define BIN 0.1  /* of ln tau */
#define BLOCKS 8 /* jackknife blocks along each axis */
#define BOTH_MIN 20

/* --- least squares with a numerical derivative: small, smooth, a handful of points */

struct curve {
    int n;
    const double *x, *y, *w;
    double (*value)(const double *p, double x);
};

static int curve_residual(const gsl_vector *p, void *params, gsl_vector *f) {
    const struct curve *c = params;
    for (int i = 0; i < c->n; i++)
        gsl_vector_set(f, (size_t)i, (c->value(p->data, c->x[i]) - c->y[i]) * (c->w ? c->w[i] : 1));
    return GSL_SUCCESS;
}

/* **Local.** Fit in place; covariance n_p x n_p scaled by the scatter. False when it does not converge. */
static bool curve_fit(struct curve *c, int n_p, double *p, double *covariance) {
    if (c->n <= n_p) return false;
    gsl_multifit_nlinear_parameters par = gsl_multifit_nlinear_default_parameters();
    gsl_multifit_nlinear_workspace *w =
        gsl_multifit_nlinear_alloc(gsl_multifit_nlinear_trust, &par, (size_t)c->n, (size_t)n_p);
    gsl_multifit_nlinear_fdf fdf = {.f = curve_residual, .n = (size_t)c->n, .p = (size_t)n_p, .params = c};
    gsl_vector_view start = gsl_vector_view_array(p, (size_t)n_p);
    int info, e = w ? gsl_multifit_nlinear_init(&start.vector, &fdf, w) : GSL_ENOMEM;
    if (!e) e = gsl_multifit_nlinear_driver(200, 1e-9, 1e-9, 0, NULL, NULL, &info, w);
    if (!e || e == GSL_ENOPROG) {
        e = 0;
        const gsl_vector *found = gsl_multifit_nlinear_position(w), *f = gsl_multifit_nlinear_residual(w);
        double chi2 = 0;
        for (size_t i = 0; i < f->size; i++) chi2 += gsl_vector_get(f, i) * gsl_vector_get(f, i);
        for (int k = 0; k < n_p; k++) p[k] = gsl_vector_get(found, (size_t)k);
        gsl_matrix_view cov = gsl_matrix_view_array(covariance, (size_t)n_p, (size_t)n_p);
        gsl_multifit_nlinear_covar(gsl_multifit_nlinear_jac(w), 0, &cov.matrix);
        gsl_matrix_scale(&cov.matrix, chi2 / (c->n - n_p));
    }
    if (w) gsl_multifit_nlinear_free(w);
    return !e;
}

/* --- histogram */

static double gauss(const double *p, double x) {
    double z = (x - p[1]) / p[2];
    return p[0] * exp(-0.5 * z * z);
}

int ecm_stats_histogram(int64_t n, const double *log_tau, struct ecm_stats_histogram *h) {
    double low, high, covariance[9];
    *h = (struct ecm_stats_histogram){0};
    if (n < BOTH_MIN) FAIL(ERR_PHYSICS, "%lld relaxation times make no histogram", (long long)n);
    gsl_stats_minmax(&low, &high, log_tau, 1, (size_t)n);
    low = BIN * floor(low / BIN);
    h->n = (int)floor((high - low) / BIN) + 1;
    TRY(MEM_NEW(h->log_tau, h->n));
    TRY(MEM_NEW(h->count, h->n));
    for (int b = 0; b < h->n; b++) h->log_tau[b] = low + (b + 0.5) * BIN;
    for (int64_t k = 0; k < n; k++) h->count[(int)((log_tau[k] - low) / BIN)]++;
    double mean = gsl_stats_mean(log_tau, 1, (size_t)n), sd = gsl_stats_sd(log_tau, 1, (size_t)n);
    double p[3] = {(double)n * BIN / (sd + BIN) / sqrt(2 * M_PI), mean, sd + 0.3 * BIN};
    struct curve c = {h->n, h->log_tau, h->count, NULL, gauss};
    bool fits = sd > 0.5 * BIN && curve_fit(&c, 3, p, covariance) && p[2] != 0 && fabs(p[1] - mean) < 3 * sd;
    h->height = fits ? p[0] : NAN;
    h->centre = fits ? p[1] : mean;
    /* Sheppard: a bin of width w adds w^2 / 12 to the square of the width */
    h->width = fits ? sqrt(fmax(0, p[2] * p[2] - BIN * BIN / 12)) : sd;
    return ERR_OK;
}

void ecm_stats_histogram_free(struct ecm_stats_histogram *h) {
    mem_free(&h->log_tau);
    mem_free(&h->count);
}

/* --- numbers of the core */

struct sample {
    int64_t n;
    double *log_tau, *beta, *amplitude, *excess, *work;
    int *block;
};

static void sample_free(struct sample *s) {
    mem_free(&s->log_tau);
    mem_free(&s->beta);
    mem_free(&s->amplitude);
    mem_free(&s->excess);
    mem_free(&s->work);
    mem_free(&s->block);
}

static int collect(const struct ecm_map *m, int64_t ny, int64_t nx, const double *depth, double core,
                   struct sample *s, struct ecm_stats *stats) {
    int64_t n = ny * nx, of_core = 0;
    TRY(MEM_NEW(s->log_tau, n));
    TRY(MEM_NEW(s->beta, n));
    TRY(MEM_NEW(s->amplitude, n));
    TRY(MEM_NEW(s->excess, n));
    TRY(MEM_NEW(s->work, n));
    TRY(MEM_NEW(s->block, n));
    for (int64_t k = 0; k < n; k++) {
        if (m->status[k] == KWW_MASKED || (depth && !(depth[k] >= core))) continue;
        of_core++;
        if (m->status[k] != KWW_OK) continue;
        s->log_tau[s->n] = log(m->tau[k]);
        s->beta[s->n] = m->beta[k];
        s->amplitude[s->n] = m->amplitude[k];
        s->excess[s->n] = m->excess[k];
        s->block[s->n++] = (int)(k / nx * BLOCKS / ny * BLOCKS + k % nx * BLOCKS / nx);
    }
    stats->failed = of_core ? 1 - (double)s->n / (double)of_core : NAN;
    if (s->n < BOTH_MIN)
        FAIL(ERR_PHYSICS,
             "only %lld of %lld pixels have a relaxation time: is the film long enough, is there "
             "contrast?",
             (long long)s->n, (long long)of_core);
    return ERR_OK;
}

/* **Local.** u of the sample without block `left_out` (-1: of all); false when too little is left. */
static int numbers_of(struct sample *s, int left_out, double u[ECM_STATS_COUNT]) {
    int64_t n = 0;
    double beta = 0, amplitude = 0;
    struct ecm_stats_histogram h;
    for (int64_t k = 0; k < s->n; k++) {
        if (s->block[k] == left_out) continue;
        s->work[n++] = s->log_tau[k];
        beta += s->beta[k];
        amplitude += s->amplitude[k];
    }
    int e = ecm_stats_histogram(n, s->work, &h);
    if (!e) {
        gsl_sort(s->work, 1, (size_t)n);
        u[ECM_STATS_TAU] = gsl_stats_median_from_sorted_data(s->work, 1, (size_t)n);
        u[ECM_STATS_WIDTH] = h.width * h.width;
        u[ECM_STATS_BETA] = beta / (double)n;
        u[ECM_STATS_CONTRAST] = log(amplitude / (double)n);
    }
    ecm_stats_histogram_free(&h);
    return e;
}

static int jackknife(struct sample *s, struct ecm_stats *stats) {
    double u[ECM_STATS_COUNT], sum[ECM_STATS_COUNT] = {0}, square[ECM_STATS_COUNT][ECM_STATS_COUNT] = {{0}};
    int64_t there[BLOCKS * BLOCKS] = {0};
    int n = 0;
    for (int64_t k = 0; k < s->n; k++) there[s->block[k]]++;
    for (int b = 0; b < BLOCKS * BLOCKS; b++) {
        if (!there[b] || s->n - there[b] < BOTH_MIN) continue;
        TRY(numbers_of(s, b, u));
        n++;
        for (int k = 0; k < ECM_STATS_COUNT; k++) {
            sum[k] += u[k] - stats->u[k];
            for (int l = 0; l < ECM_STATS_COUNT; l++)
                square[k][l] += (u[k] - stats->u[k]) * (u[l] - stats->u[l]);
        }
    }
    for (int k = 0; k < ECM_STATS_COUNT; k++) {
        for (int l = 0; l < ECM_STATS_COUNT; l++)
            stats->covariance[k][l] = n > 1 ? (square[k][l] - sum[k] * sum[l] / n) * (n - 1) / n : NAN;
        stats->error[k] = sqrt(stats->covariance[k][k]);
    }
    return ERR_OK;
}

static void share_above(struct sample *s, struct ecm_stats *stats) {
    double mean = 0;
    int64_t above = 0;
    for (int64_t k = 0; k < s->n; k++) mean += exp(s->log_tau[k]) / (double)s->n;
    for (int64_t k = 0; k < s->n; k++) above += exp(s->log_tau[k]) > mean;
    stats->mean_tau = mean;
    stats->above_mean = (double)above / (double)s->n;
    gsl_sort(s->excess, 1, (size_t)s->n);
    stats->excess = gsl_stats_median_from_sorted_data(s->excess, 1, (size_t)s->n);
}

int ecm_stats_compute(const struct ecm_map *map, int64_t ny, int64_t nx, const double *depth, double core,
                      struct ecm_stats *stats) {
    struct sample s = {0};
    struct ecm_stats_histogram h = {0};
    int e = ERR_OK;
    *stats = (struct ecm_stats){0};
    TRY_TO(out, collect(map, ny, nx, depth, core, &s, stats));
    stats->n = s.n;
    TRY_TO(out, numbers_of(&s, -1, stats->u));
    TRY_TO(out, ecm_stats_histogram(s.n, s.log_tau, &h));
    stats->fit_centre = h.centre;
    stats->fit_width = h.width;
    TRY_TO(out, jackknife(&s, stats));
    share_above(&s, stats);
out:
    ecm_stats_histogram_free(&h);
    sample_free(&s);
    return e;
}

/* --- the edge */

static double step(const double *p, double d) {
    return p[0] - 0.5 * (p[0] - p[1]) * erfc((d - p[2]) / (fabs(p[3]) + 1e-9));
}

struct edge {
    const struct ecm_map *map;
    int64_t ny, nx;
    const double *depth;
    const uint8_t *band;
    double bin, deepest;
    double *work, *x, *y;
};

/* **Local.** Medians of the bins without band `left_out` along the wire (-1: all). */
static void fill_profile(const struct edge *g, int left_out, struct ecm_stats_profile *p) {
    const struct ecm_map *m = g->map;
    for (int b = 0; b < p->n; b++) {
        int64_t n = 0;
        for (int64_t k = 0; k < g->ny * g->nx; k++)
            if (m->status[k] == KWW_OK && g->depth[k] >= b * g->bin && g->depth[k] < (b + 1) * g->bin &&
                g->depth[k] < g->deepest && g->band[k] != left_out)
                g->work[n++] = log(m->tau[k]);
        p->depth[b] = (b + 0.5) * g->bin;
        p->count[b] = n;
        p->log_tau[b] = p->error[b] = NAN;
        if (n < 4) continue;
        gsl_sort(g->work, 1, (size_t)n);
        p->log_tau[b] = gsl_stats_median_from_sorted_data(g->work, 1, (size_t)n);
        p->error[b] = 1.2533 * gsl_stats_sd(g->work, 1, (size_t)n) / sqrt((double)n); /* of a median */
    }
}

/* **Local.** The step through the bins that hold pixels; the start is at the middle of the rise. */
static void fit_step(const struct edge *g, struct ecm_stats_profile *p) {
    struct curve c = {0, g->x, g->y, NULL, step};
    double covariance[16], q[4], *x = g->x, *y = g->y;
    for (int b = 0; b < p->n; b++)
        if (isfinite(p->log_tau[b])) {
            x[c.n] = p->depth[b];
            y[c.n++] = p->log_tau[b];
        }
    p->bulk = p->surface = p->thickness = p->blur = p->thickness_error = p->ratio = p->ratio_error = NAN;
    if (c.n < 8) return;
    q[0] = gsl_stats_mean(y + c.n / 2, 1, (size_t)(c.n - c.n / 2));
    q[1] = gsl_stats_mean(y, 1, 2);
    int b = 0;
    while (b < c.n - 1 && (y[b] - q[1]) / (q[0] - q[1]) < 0.5) b++;
    q[2] = x[b] - 0.5 * g->bin;
    q[3] = 0.5 * g->bin;
    if (!curve_fit(&c, 4, q, covariance) || q[2] < 0 || q[2] > x[c.n - 1]) return;
    p->bulk = q[0];
    p->surface = q[1];
    p->thickness = q[2];
    p->blur = fabs(q[3]);
    p->ratio = exp(q[0] - q[1]);
}

static void step_errors(const struct edge *g, struct ecm_stats_profile *p) {
    struct ecm_stats_profile part = *p, whole = *p;
    double thick = 0, ratio = 0, square_t = 0, square_r = 0;
    int n = 0;
    if (!isfinite(p->ratio)) return;
    for (int k = 0; k < BLOCKS; k++) { /* arrays are shared and filled again at the end */
        fill_profile(g, k, &part);
        fit_step(g, &part);
        if (!isfinite(part.ratio)) continue;
        double dt = part.thickness - whole.thickness, dr = log(part.ratio / whole.ratio);
        thick += dt, square_t += dt * dt, ratio += dr, square_r += dr * dr;
        n++;
    }
    fill_profile(g, -1, p);
    double scale = (n - 1.0) / n;
    p->thickness_error = n > 3 ? hypot(sqrt(scale * (square_t - thick * thick / n)), g->bin / sqrt(12)) : NAN;
    p->ratio_error = n > 3 ? p->ratio * sqrt(scale * (square_r - ratio * ratio / n)) : NAN;
}

int ecm_stats_profile(const struct ecm_map *map, int64_t ny, int64_t nx, const double *depth,
                      const uint8_t *band, double bin, double deepest, struct ecm_stats_profile *p) {
    struct edge g = {map, ny, nx, depth, band, bin, deepest, NULL, NULL, NULL};
    int e = ERR_OK;
    *p = (struct ecm_stats_profile){.n = (int)ceil(deepest / bin)};
    TRY_TO(out, MEM_NEW(p->depth, p->n));
    TRY_TO(out, MEM_NEW(p->log_tau, p->n));
    TRY_TO(out, MEM_NEW(p->error, p->n));
    TRY_TO(out, MEM_NEW(p->count, p->n));
    TRY_TO(out, MEM_NEW(g.work, ny * nx));
    TRY_TO(out, MEM_NEW(g.x, p->n));
    TRY_TO(out, MEM_NEW(g.y, p->n));
    fill_profile(&g, -1, p);
    fit_step(&g, p);
    step_errors(&g, p);
out:
    mem_free(&g.work);
    mem_free(&g.x);
    mem_free(&g.y);
    return e;
}

void ecm_stats_profile_free(struct ecm_stats_profile *p) {
    mem_free(&p->depth);
    mem_free(&p->log_tau);
    mem_free(&p->error);
    mem_free(&p->count);
}

double ecm_stats_agree(const struct ecm_map *a, const struct ecm_map *b, int64_t *n) {
    double sa = 0, sb = 0, aa = 0, bb = 0, ab = 0;
    *n = 0;
    for (int64_t k = 0; k < a->n_pixels; k++) {
        if (a->status[k] != KWW_OK || b->status[k] != KWW_OK) continue;
        double x = log(a->tau[k]), y = log(b->tau[k]);
        sa += x, sb += y, aa += x * x, bb += y * y, ab += x * y;
        (*n)++;
    }
    double m = (double)*n;
    return *n > 2 ? (ab - sa * sb / m) / sqrt((aa - sa * sa / m) * (bb - sb * sb / m)) : NAN;
}
