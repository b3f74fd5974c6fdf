/* ecm_bias - synthetic twins of a film: independent pixels, so that a few thousand say as much as an image.
 *
 * The truth of a twin is that of its own pixels, not of the distribution they were drawn from, which takes
 * most of the sampling noise out of the difference. Fixed-point steps u - bias(theta) converge because the
 * bias moves less than theta does; the width enters as its square, which noise adds to, and may not fall
 * below 0. Rejected: a formula for the bias (it depends on beta, width, dose and lags together). */
#include "analysis/film/ecm_bias.h"
#include "analysis/film/synthetic.h"
#include "base/mem.h"

#include <gsl/gsl_linalg.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <gsl/gsl_permutation.h>
#include <math.h>
#include <string.h>

enum { N_U = ECM_STATS_COUNT };
#define FAR 3.0 /* standard deviations off: no synthetic film looks like this one */

static struct synthetic_spec twin_of(const struct ecm_bias_options *o, const double *theta) {
    double contrast = fmin(1, exp(theta[ECM_STATS_CONTRAST])), tau = exp(theta[ECM_STATS_TAU]);
    double beta = fmin(1, fmax(0.1, theta[ECM_STATS_BETA]));
    /* films are made with the relaxation time of the field */
    struct kww_curve c = {1, tau, beta};
    kww_convert(&c, NULL, o->ecm->convention, KWW_FIELD);
    int64_t edge = (int64_t)ceil(sqrt((double)o->pixels));
    return (struct synthetic_spec){.n_t = o->n_t,
                                   .ny = edge,
                                   .nx = edge,
                                   .frame_time = o->frame_time,
                                   .pixel = 1,
                                   .tau = c.tau,
                                   .sigma = sqrt(fmax(0, theta[ECM_STATS_WIDTH])),
                                   .beta = beta,
                                   .section = SYNTHETIC_FILM,
                                   .ratio = 1,
                                   .background = 1 / sqrt(contrast) - 1,
                                   .dose = o->dose,
                                   .independent = true,
                                   .seed = o->seed};
}

/* **Local.** The truth of a twin, in the film's convention. */
static int truth_of(const struct synthetic *s, const struct ecm_bias_options *o,
                    const struct synthetic_spec *spec, double truth[N_U]) {
    int64_t n = spec->ny * spec->nx;
    double *sorted = NULL;
    TRY(MEM_NEW(sorted, n));
    memcpy(sorted, synthetic_log_tau(s), (size_t)n * sizeof *sorted);
    gsl_sort(sorted, 1, (size_t)n);
    struct kww_curve c = {1, exp(gsl_stats_median_from_sorted_data(sorted, 1, (size_t)n)), spec->beta};
    kww_convert(&c, NULL, KWW_FIELD, o->ecm->convention);
    truth[ECM_STATS_TAU] = log(c.tau);
    truth[ECM_STATS_WIDTH] = gsl_stats_variance(sorted, 1, (size_t)n);
    truth[ECM_STATS_BETA] = spec->beta;
    truth[ECM_STATS_CONTRAST] = -2 * log1p(spec->background);
    mem_free(&sorted);
    return ERR_OK;
}

int ecm_bias_at(const struct comm *comm, const struct ecm_bias_options *o, const double *theta, double *bias,
                double *error) {
    struct synthetic_spec spec = twin_of(o, theta);
    struct synthetic *s = NULL;
    struct series series = {0};
    struct ecm_map map = {0};
    struct ecm_stats stats;
    double truth[N_U];
    struct ecm_segment all = {0, o->n_t};
    struct ecm_options options = *o->ecm;
    int e = ERR_OK;
    options.n_segments = 1;
    options.segment = &all;
    options.mask = NULL;
    options.quiet = true;
    TRY_ALL_TO(comm, out, synthetic_create(&spec, o->memory / 8, &s));
    TRY_ALL_TO(comm, out, truth_of(s, o, &spec, truth));
    TRY_ALL_TO(comm, out, synthetic_series(&s, &series));
    TRY_TO(out, ecm_compute(comm, &series, &options, &map));
    TRY_ALL_TO(comm, out, ecm_stats_compute(&map, spec.ny, spec.nx, NULL, 0, &stats));
    for (int k = 0; k < N_U; k++) {
        bias[k] = stats.u[k] - truth[k];
        error[k] = stats.error[k];
    }
out:
    ecm_free(&map);
    series_destroy(&series);
    synthetic_destroy(&s);
    return e;
}

/* **Local.** Inside what a twin can be. */
static void confine(double theta[N_U]) {
    theta[ECM_STATS_WIDTH] = fmax(0, theta[ECM_STATS_WIDTH]);
    theta[ECM_STATS_BETA] = fmin(1, fmax(0.1, theta[ECM_STATS_BETA]));
    theta[ECM_STATS_CONTRAST] = fmin(0, theta[ECM_STATS_CONTRAST]);
}

/* **Collective.** d u_raw / d theta by steps of theta, with the same random numbers. */
static int slopes(const struct comm *comm, const struct ecm_bias_options *o, const double *theta,
                  const double *bias, double j[N_U * N_U]) {
    static const double steps[N_U] = {0.2, 0.1, -0.1, -0.2};
    for (int k = 0; k < N_U; k++) {
        double moved[N_U], there[N_U], error[N_U];
        memcpy(moved, theta, sizeof moved);
        moved[k] += steps[k];
        confine(moved);
        if (fabs(moved[k] - theta[k]) < 0.01) moved[k] = theta[k] - steps[k]; /* at an end: the other way */
        double by = moved[k] - theta[k];
        TRY(ecm_bias_at(comm, o, moved, there, error));
        for (int l = 0; l < N_U; l++) j[l * N_U + k] = (l == k) + (there[l] - bias[l]) / by;
    }
    return ERR_OK;
}

/* **Local.** The inverse of j; false when there is none. */
static bool invert(const double *j, double *inverse) {
    double copy[N_U * N_U];
    int sign;
    size_t order[N_U];
    memcpy(copy, j, sizeof copy);
    gsl_permutation p = {.size = N_U, .data = order};
    gsl_matrix_view a = gsl_matrix_view_array(copy, N_U, N_U), b = gsl_matrix_view_array(inverse, N_U, N_U);
    if (gsl_linalg_LU_decomp(&a.matrix, &p, &sign) || gsl_linalg_LU_invert(&a.matrix, &p, &b.matrix))
        return false;
    for (int k = 0; k < N_U * N_U; k++)
        if (!isfinite(inverse[k]) || fabs(inverse[k]) > 30) return false; /* no response to speak of */
    return true;
}

/* **Local.** Standard errors of theta from the covariance of the film's numbers and the twins' errors. */
static void carry(const struct ecm_stats *raw, const double *twin_error, const double *inverse,
                  double error[N_U]) {
    for (int k = 0; k < N_U; k++) {
        double v = 0;
        for (int l = 0; l < N_U; l++)
            for (int m = 0; m < N_U; m++) {
                double c = raw->covariance[l][m] + (l == m ? twin_error[l] * twin_error[l] : 0);
                v += inverse[k * N_U + l] * inverse[k * N_U + m] * c;
            }
        error[k] = sqrt(v);
    }
}

/* **Local.** What is missing at theta, u - u_raw(theta), and how much that is where theta is free to move. */
static double missing(const struct ecm_stats *raw, const double *theta, const double *bias,
                      const double *twin_error, double miss[N_U]) {
    double left = 0;
    for (int k = 0; k < N_U; k++) {
        miss[k] = raw->u[k] - bias[k] - theta[k];
        bool at_end = (k == ECM_STATS_WIDTH && theta[k] <= 0 && miss[k] < 0) ||
                      (k == ECM_STATS_CONTRAST && theta[k] >= 0 && miss[k] > 0) ||
                      (k == ECM_STATS_BETA && theta[k] >= 1 && miss[k] > 0);
        if (!at_end) left = fmax(left, fabs(miss[k]) / hypot(raw->error[k], twin_error[k]));
    }
    return left;
}

static void step_by(const double *inverse, const double *miss, double theta[N_U]) {
    for (int k = 0; k < N_U; k++)
        for (int l = 0; l < N_U; l++) theta[k] += inverse[k * N_U + l] * miss[l];
    confine(theta);
}

/* **Collective.** The bias at theta as the mean of several films with other random numbers. */
static int mean_bias(const struct comm *comm, const struct ecm_bias_options *o, const double *theta,
                     double *bias, double *error) {
    double b[N_U], e[N_U];
    memset(bias, 0, N_U * sizeof *bias);
    memset(error, 0, N_U * sizeof *error);
    for (int k = 0; k < o->films; k++) {
        struct ecm_bias_options other = *o;
        other.seed += 104729 * (uint64_t)(k + 1);
        TRY(ecm_bias_at(comm, &other, theta, b, e));
        for (int l = 0; l < N_U; l++) {
            bias[l] += b[l] / o->films;
            error[l] += e[l] * e[l] / (o->films * o->films);
        }
    }
    for (int l = 0; l < N_U; l++) error[l] = sqrt(error[l]);
    return ERR_OK;
}

static void identity(double *inverse) {
    for (int k = 0; k < N_U * N_U; k++) inverse[k] = k % (N_U + 1) == 0;
}

/* The place of least miss so far, and what was found there. */
struct best {
    double u[N_U], miss[N_U], bias[N_U], twin_error[N_U], left;
};

/* **Collective.** Steps from the best place, halved while they lead to worse ones; the response is measured
 * at the third and used from there. */
static int search(const struct comm *comm, const struct ecm_bias_options *o, const struct ecm_stats *raw,
                  struct best *b, double *inverse, bool *known) {
    struct best here = {.left = INFINITY};
    double part = 1, j[N_U * N_U];
    *b = here;
    *known = false;
    identity(inverse);
    memcpy(here.u, raw->u, sizeof here.u);
    confine(here.u);
    for (int step = 0; step <= o->steps; step++) {
        TRY(ecm_bias_at(comm, o, here.u, here.bias, here.twin_error));
        here.left = missing(raw, here.u, here.bias, here.twin_error, here.miss);
        part = here.left < b->left ? 1 : 0.5 * part;
        if (here.left < b->left) *b = here;
        if (!*known && (step >= 2 || step == o->steps)) {
            TRY(slopes(comm, o, b->u, b->bias, j));
            *known = invert(j, inverse);
            if (!*known) identity(inverse);
        }
        if (*known && b->left < 0.1) break;
        double by[N_U];
        for (int k = 0; k < N_U; k++) by[k] = part * b->miss[k];
        memcpy(here.u, b->u, sizeof here.u);
        step_by(inverse, by, here.u);
    }
    return ERR_OK;
}

int ecm_bias_correct(const struct comm *comm, const struct ecm_bias_options *o, const struct ecm_stats *raw,
                     struct ecm_bias *result) {
    struct best b;
    double inverse[N_U * N_U];
    bool known;
    TRY(search(comm, o, raw, &b, inverse, &known));
    *result = (struct ecm_bias){.left = b.left, .found = known && b.left < FAR};
    if (!result->found) {
        for (int k = 0; k < N_U; k++) result->u[k] = result->error[k] = result->bias[k] = NAN;
        return ERR_OK;
    }
    if (o->films > 0) {
        TRY(mean_bias(comm, o, b.u, b.bias, b.twin_error));
        (void)missing(raw, b.u, b.bias, b.twin_error, b.miss);
        step_by(inverse, b.miss, b.u);
    }
    memcpy(result->u, b.u, sizeof b.u);
    memcpy(result->bias, b.bias, sizeof b.bias);
    carry(raw, b.twin_error, inverse, result->error);
    return ERR_OK;
}
