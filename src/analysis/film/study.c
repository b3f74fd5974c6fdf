/* study - one film after the other through maps, numbers, correction, edge and space; rows as they come. */
#include "analysis/film/study.h"
#include "analysis/film/study_edge.h"
#include "analysis/film/synthetic.h"
#include "base/cite.h"
#include "base/log.h"
#include "base/mem.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { T_ECM, T_CHECKS, T_CURVE, T_HISTOGRAM, T_PROFILE, T_G4, N_TABLES };
static const char *const table_name[N_TABLES] = {"ecm",           "ecm_checks",  "ecm_curve",
                                                 "ecm_histogram", "ecm_profile", "ecm_g4"};
static const char *const table_columns[N_TABLES] = {
    "film:t temperature_K:r convention:t tau_median_s:r tau_median_s_raw:r tau_median_s_true:r "
    "tau_median_error_s:r tau_sigma_ln:r tau_sigma_ln_raw:r tau_sigma_ln_true:r tau_sigma_ln_error:r "
    "beta_mean:r beta_mean_raw:r beta_mean_true:r beta_mean_error:r xi_nm:r xi_nm_raw:r xi_nm_true:r "
    "xi_error_nm:r xi_error_nm_raw:r xi_error_nm_true:r surface_thickness_nm:r surface_thickness_nm_raw:r "
    "surface_thickness_nm_true:r surface_thickness_error_nm:r surface_ratio:r surface_ratio_raw:r "
    "surface_ratio_true:r surface_ratio_error:r failed_fraction:r failed_fraction_raw:r "
    "failed_fraction_true:r",
    "film:t frames:i length_tau:r pixels:i amplitude_mean:r shot_noise:r tau_of_mean_curve_s:r "
    "beta_of_mean_curve:r tau_mean_s:r share_above_mean:r halves_tau_ratio:r halves_tau_ratio_error:r "
    "stationary:t halves_r:r correction_left:r xi_ring_nm:r xi_ring_error_nm:r xi_ring_2d_nm:r "
    "xi_product_nm:r xi_product_error_nm:r xi_product_2d_nm:r xi_maps_nm:r xi_maps_error_nm:r "
    "pattern_sigmas:r wire_angle_degrees:r tau_field_s:r tau_field_error_s:r tau_plain_s:r "
    "tau_plain_error_s:r",
    "film:t lag_s:r g2_minus_1:r fit:r",
    "film:t ln_tau:r pixels:i log_normal:r",
    "film:t depth_nm:r tau_s:r tau_low_s:r tau_high_s:r pixels:i fit_s:r",
    "film:t reading:t dt_s:r r_nm:r g4:r error:r"};
static const char *const reading_name[G4_READINGS] = {"ring", "product", "maps"};

/* Shortest length over raw tau: half a tau shows 5.6 (beta 1), 8.3 (0.6); one 6.4, 9.7. */
#define SHORTEST 5
#define STATIONARY 0.04 /* halves differ by less (voigt2023) */

struct study {
    struct results *out;
    struct study_options o;
    struct tsv *table[N_TABLES];
    int64_t n_films;
};

/* What is found on one film. */
struct found {
    const char *name;
    struct series *series;
    const struct study_truth *truth;
    double temperature;
    uint8_t *mask, *core; /* [ny * nx]: looked at; of these, deep enough */
    double *depth;        /* NULL: no edge */
    double angle;         /* of the wire, rad from y */
    uint8_t *band;        /* eighths along it */
    int n_segments, windows_from;
    struct ecm_segment *segment;
    struct ecm_map *map;
    struct ecm_options ecm;
    struct ecm_stats raw;
    struct ecm_bias bias;
    struct ecm_stats_profile profile;
    struct g4_result g4;
    double tau_true, sigma_true; /* in the film's convention, of the core's pixels */
    double thickness_true, ratio_true, xi_true;
    double ratio, ratio_error; /* corrected */
    double xi, xi_error;
    double halves_ratio, halves_error, halves_r;
};

int study_create(struct results *out, const struct study_options *options, struct study **study) {
    struct study *s = NULL;
    TRY_ALL(out->comm, MEM_NEW(s, 1));
    s->out = out;
    s->o = *options;
    int e = ERR_OK;
    for (int k = 0; k < N_TABLES && !e; k++) e = tsv_create(table_columns[k], &s->table[k]);
    e = err_agree(out->comm, e);
    if (e) study_destroy(&s);
    *study = s;
    cite_use("zhang2018");
    if (options->convention == KWW_PLAIN) cite_use("voigt2023");
    return e;
}

void study_destroy(struct study **study) {
    struct study *s = *study;
    if (!s) return;
    for (int k = 0; k < N_TABLES; k++) tsv_destroy(&s->table[k]);
    mem_free(study);
}

/* --- steps */

static void block_out(const struct study_options *o, int64_t ny, int64_t nx, uint8_t *mask) {
    const int64_t *f = o->fiducial;
    for (int64_t y = f[0]; y < f[1] && y < ny; y++)
        for (int64_t x = f[2]; x < f[3] && x < nx; x++) mask[y * nx + x] = 0;
}

static int make_mask(struct study *s, struct found *f) {
    const struct comm *comm = s->out->comm;
    struct series *film = f->series;
    int64_t n = film->ny * film->nx;
    double *mean = NULL;
    int e = ERR_OK;
    TRY_ALL(comm, MEM_NEW(f->mask, n));
    memset(f->mask, 1, (size_t)n);
    if (s->o.wire) {
        TRY_ALL_TO(comm, out, MEM_NEW(f->depth, n));
        TRY_ALL_TO(comm, out, MEM_NEW(mean, n));
        TRY_TO(out, series_mean(comm, film, mean));
        TRY_ALL_TO(comm, out, MEM_NEW(f->band, n));
        f->angle = s->o.wire_angle;
        TRY_ALL_TO(comm, out,
                   study_edge_depth(mean, film->ny, film->nx, film->pixel, &f->angle, f->depth, f->band));
        for (int64_t k = 0; k < n; k++) f->mask[k] = f->depth[k] >= 0;
    }
    block_out(&s->o, film->ny, film->nx, f->mask);
    TRY_ALL_TO(comm, out, MEM_NEW(f->core, n));
    for (int64_t k = 0; k < n; k++) f->core[k] = f->mask[k] && (!f->depth || f->depth[k] >= s->o.core);
out:
    mem_free(&mean);
    return e;
}

static int make_segments(struct study *s, struct found *f) {
    int64_t n = f->series->n_t, k = 0, window = (int64_t)(s->o.window_share * (double)n);
    f->windows_from = s->o.halves ? 3 : 1;
    f->n_segments = f->windows_from + s->o.windows;
    TRY(MEM_NEW(f->segment, f->n_segments));
    TRY(MEM_NEW(f->map, f->n_segments));
    f->segment[k++] = (struct ecm_segment){0, n};
    if (s->o.halves) {
        f->segment[k++] = (struct ecm_segment){0, n / 2};
        f->segment[k++] = (struct ecm_segment){n - n / 2, n / 2};
    }
    for (int w = 0; w < s->o.windows; w++)
        f->segment[k++] =
            (struct ecm_segment){s->o.windows > 1 ? w * (n - window) / (s->o.windows - 1) : 0, window};
    return ERR_OK;
}

static struct ecm_bias_options bias_options(const struct study *s, const struct found *f) {
    const struct series *film = f->series;
    int64_t pixels = (int64_t)fmin((double)s->o.correct_pixels, fmax(256, 16e6 / (double)film->n_t));
    return (struct ecm_bias_options){.n_t = film->n_t,
                                     .frame_time = film->frame_time,
                                     .dose = s->o.dose,
                                     .pixels = pixels,
                                     .steps = s->o.correct_steps,
                                     .films = s->o.correct_films,
                                     .memory = s->o.memory,
                                     .seed = s->o.seed + 1000003,
                                     .ecm = &f->ecm};
}

/* **Collective.** tau(bulk) / tau(layer) without the bias, which is smaller where tau is shorter. */
static int correct_ratio(struct study *s, struct found *f, const struct ecm_bias_options *o) {
    const struct ecm_stats_profile *p = &f->profile;
    double theta[ECM_STATS_COUNT], bias[ECM_STATS_COUNT] = {0}, error[ECM_STATS_COUNT];
    f->ratio = f->ratio_error = NAN;
    if (!isfinite(p->ratio)) return ERR_OK;
    memcpy(theta, f->bias.u, sizeof theta);
    for (int k = 0; k < 2; k++) {
        theta[ECM_STATS_TAU] = p->surface - bias[ECM_STATS_TAU];
        TRY(ecm_bias_at(s->out->comm, o, theta, bias, error));
    }
    f->ratio = exp(p->bulk - f->bias.bias[ECM_STATS_TAU] - p->surface + bias[ECM_STATS_TAU]);
    f->ratio_error = f->ratio * hypot(p->ratio_error / p->ratio, error[ECM_STATS_TAU]);
    return ERR_OK;
}

static int correct(struct study *s, struct found *f) {
    struct ecm_bias_options o = bias_options(s, f);
    for (int k = 0; k < ECM_STATS_COUNT; k++) f->bias.u[k] = f->bias.error[k] = NAN;
    f->bias.left = f->ratio = f->ratio_error = NAN;
    if (!s->o.correct) return ERR_OK;
    log_note("%s: taking the bias of %lld frames away", f->name, (long long)o.n_t);
    TRY(ecm_bias_correct(s->out->comm, &o, &f->raw, &f->bias));
    if (!f->bias.found) {
        log_warn("%s: no synthetic film has the numbers of this one (off by %.1f standard deviations): not a "
                 "stretched exponential, or too short; corrected columns are nan",
                 f->name, f->bias.left);
        return ERR_OK;
    }
    if (f->bias.left > 1)
        log_warn("%s: the correction is not finished (off by %.1f standard deviations); raise correct_steps",
                 f->name, f->bias.left);
    return correct_ratio(s, f, &o);
}

/* **Local.** A map that holds a field of ln tau as if it had been measured. */
static int map_of(const double *log_tau, int64_t n, struct ecm_map *m) {
    TRY(MEM_NEW(m->tau, n));
    TRY(MEM_NEW(m->status, n));
    for (int64_t k = 0; k < n; k++) m->tau[k] = exp(log_tau[k]);
    return ERR_OK;
}

/* **Collective.** Measured over true length of a synthetic twin with the film's numbers and about its xi. */
static int twin_ratio(struct study *s, struct found *f, double xi, double *ratio, double *error) {
    const struct comm *comm = s->out->comm;
    const struct series *film = f->series;
    const double *u = f->bias.u;
    struct kww_curve c = {1, exp(u[ECM_STATS_TAU]), fmin(1, u[ECM_STATS_BETA])};
    kww_convert(&c, NULL, s->o.convention, KWW_FIELD);
    int64_t edge = 128;
    struct synthetic_spec spec = {.n_t = film->n_t,
                                  .ny = edge,
                                  .nx = edge,
                                  .frame_time = film->frame_time,
                                  .pixel = film->pixel,
                                  .tau = c.tau,
                                  .sigma = sqrt(u[ECM_STATS_WIDTH]),
                                  .beta = c.beta,
                                  .xi = xi,
                                  .section = SYNTHETIC_FILM,
                                  .ratio = 1,
                                  .speckle = 3 * film->pixel,
                                  .background = 1 / sqrt(fmin(1, exp(u[ECM_STATS_CONTRAST]))) - 1,
                                  .dose = s->o.dose,
                                  .seed = s->o.seed + 2000003};
    struct synthetic *twin = NULL;
    struct series series = {0};
    struct ecm_map half[2], truth = {0};
    struct g4_result measured = {0}, made = {0};
    struct ecm_options o = f->ecm;
    struct g4_options g = {
        .n_lags = 1, .longest = s->o.g4_range, .resamples = 50, .seed = s->o.seed, .quiet = true};
    int e = ERR_OK;
    memset(half, 0, sizeof half);
    o.n_segments = 2;
    o.segment = f->segment + 1;
    o.mask = NULL;
    o.quiet = true;
    TRY_ALL_TO(comm, out, synthetic_create(&spec, s->o.memory / 2, &twin));
    TRY_ALL_TO(comm, out, map_of(synthetic_log_tau(twin), edge * edge, &truth));
    TRY_ALL_TO(comm, out, synthetic_series(&twin, &series));
    TRY_TO(out, ecm_compute(comm, &series, &o, half));
    TRY_ALL_TO(comm, out, g4_maps(&half[0], &half[1], edge, edge, film->pixel, &g, &measured));
    TRY_ALL_TO(comm, out, g4_maps(&truth, &truth, edge, edge, film->pixel, &g, &made));
    *ratio = measured.one[G4_MAPS].xi / made.one[G4_MAPS].xi;
    /* the sample is the same: what is left is the noise of the halves, of which the bootstrap sees more */
    *error = sqrt(fmax(0, pow(measured.one[G4_MAPS].error, 2) - pow(made.one[G4_MAPS].error, 2))) /
             made.one[G4_MAPS].xi;
out:
    g4_free(&measured);
    g4_free(&made);
    ecm_free(&half[0]);
    ecm_free(&half[1]);
    ecm_free(&truth);
    series_destroy(&series);
    synthetic_destroy(&twin);
    return e;
}

static int in_space(struct study *s, struct found *f) {
    const struct comm *comm = s->out->comm;
    const struct series *film = f->series;
    int64_t dt = (int64_t)llround(exp(f->raw.u[ECM_STATS_TAU]) / film->frame_time), n = film->n_t;
    struct g4_options o = {.n_lags = 3,
                           .n_origins = s->o.origins,
                           .longest = s->o.g4_range,
                           .from = 0.5 * film->pixel,
                           .resamples = 200,
                           .seed = s->o.seed,
                           .mask = f->core};
    f->xi = f->xi_error = NAN;
    for (int k = 0; k < G4_READINGS; k++)
        f->g4.one[k] = f->g4.two[k] = (struct g4_length){NAN, NAN, NAN, NAN, NAN, NAN};
    if (!s->o.g4) return ERR_OK;
    o.lag[0] = dt < 1 ? 1 : dt > n / 3 ? n / 3 : dt;
    o.lag[1] = o.lag[0] / 2 < 1 ? 1 : o.lag[0] / 2;
    o.lag[2] = 2 * o.lag[0];
    TRY(g4_compute(comm, f->series, &o, &f->g4));
    if (!s->o.halves) return ERR_OK;
    TRY_ALL(comm, g4_maps(&f->map[1], &f->map[2], film->ny, film->nx, film->pixel, &o, &f->g4));
    const struct g4_length *maps = &f->g4.one[G4_MAPS];
    if (!f->bias.found || !isfinite(maps->xi) || !isfinite(maps->error)) return ERR_OK;
    double ratio = NAN, error = NAN;
    TRY(twin_ratio(s, f, maps->xi, &ratio, &error));
    f->xi = maps->xi / ratio;
    f->xi_error = f->xi * hypot(maps->error / maps->xi, error / ratio);
    return ERR_OK;
}

/* **Local.** The layer that this film got: the profile of its true map. */
static int edge_of_truth(struct study *s, struct found *f) {
    const struct series *film = f->series;
    int64_t n = film->ny * film->nx;
    struct ecm_map m = {0};
    struct ecm_stats_profile p = {0};
    int e = ERR_OK;
    TRY_TO(out, map_of(f->truth->log_tau, n, &m));
    for (int64_t k = 0; k < n; k++) m.status[k] = f->mask[k] && isfinite(m.tau[k]) ? KWW_OK : KWW_MASKED;
    TRY_TO(out, ecm_stats_profile(&m, film->ny, film->nx, f->depth, f->band, film->pixel,
                                  fmax(6, 3 * s->o.core), &p));
    f->thickness_true = p.thickness;
    f->ratio_true = p.ratio;
out:
    ecm_free(&m);
    ecm_stats_profile_free(&p);
    return e;
}

/* **Local.** The length of this film's own pattern, by the same reading: an image holds a few hundred
 * patches. */
static int length_of_truth(struct study *s, struct found *f) {
    const struct series *film = f->series;
    struct ecm_map m = {0};
    struct g4_result made = {0};
    struct g4_options o = {.n_lags = 1,
                           .longest = s->o.g4_range,
                           .resamples = 3,
                           .seed = s->o.seed,
                           .mask = f->core,
                           .quiet = true};
    int e = ERR_OK;
    TRY_TO(out, map_of(f->truth->log_tau, film->ny * film->nx, &m));
    TRY_TO(out, g4_maps(&m, &m, film->ny, film->nx, film->pixel, &o, &made));
    f->xi_true = made.one[G4_MAPS].xi;
out:
    g4_free(&made);
    ecm_free(&m);
    return e;
}

/* **Local.** Median and width of the truth in the core, in the film's convention. */
static int of_truth(struct study *s, struct found *f) {
    int64_t n = f->series->ny * f->series->nx, m = 0;
    double *sorted = NULL;
    f->tau_true = f->sigma_true = f->thickness_true = f->ratio_true = f->xi_true = NAN;
    if (!f->truth || !f->truth->log_tau) return ERR_OK;
    TRY(MEM_NEW(sorted, n));
    for (int64_t k = 0; k < n; k++)
        if (f->mask[k] && isfinite(f->truth->log_tau[k]) && (!f->depth || f->depth[k] >= s->o.core))
            sorted[m++] = f->truth->log_tau[k];
    if (m > 1) {
        gsl_sort(sorted, 1, (size_t)m);
        struct kww_curve c = {1, exp(gsl_stats_median_from_sorted_data(sorted, 1, (size_t)m)),
                              f->truth->beta};
        kww_convert(&c, NULL, KWW_FIELD, s->o.convention);
        f->tau_true = c.tau;
        f->sigma_true = gsl_stats_sd(sorted, 1, (size_t)m);
    }
    mem_free(&sorted);
    if (s->o.g4 && f->sigma_true > 0) TRY(length_of_truth(s, f));
    return f->depth ? edge_of_truth(s, f) : ERR_OK;
}

static void compare_halves(const struct study *s, struct found *f) {
    int64_t n;
    f->halves_ratio = f->halves_error = f->halves_r = NAN;
    if (!s->o.halves) return;
    const struct kww_fit *a = &f->map[1].average, *b = &f->map[2].average;
    f->halves_ratio = b->curve.tau / a->curve.tau;
    f->halves_error = f->halves_ratio * hypot(f->raw.error[ECM_STATS_TAU], f->raw.error[ECM_STATS_TAU]);
    f->halves_r = ecm_stats_agree(&f->map[1], &f->map[2], &n);
}

/* --- rows */

static int add_numbers(struct study *s, const struct found *f) {
    const double *u = f->bias.u, *r = f->raw.u, *e = f->bias.error;
    const struct study_truth *t = f->truth;
    const struct ecm_stats_profile *p = &f->profile;
    double none = NAN, tau = exp(u[ECM_STATS_TAU]), sigma = sqrt(u[ECM_STATS_WIDTH]);
    /* near 0 the width's error is that of the square root's upper end */
    double sigma_error = sigma > 0 ? fmin(0.5 * e[ECM_STATS_WIDTH] / sigma, sqrt(e[ECM_STATS_WIDTH]))
                                   : sqrt(e[ECM_STATS_WIDTH]);
    if (isnan(sigma)) sigma_error = none;
    return tsv_add(s->table[T_ECM], f->name, f->temperature, s->o.convention == KWW_FIELD ? "field" : "plain",
                   tau, exp(r[ECM_STATS_TAU]), f->tau_true, tau * e[ECM_STATS_TAU], sigma,
                   sqrt(r[ECM_STATS_WIDTH]), f->sigma_true, sigma_error, u[ECM_STATS_BETA], r[ECM_STATS_BETA],
                   t ? t->beta : none, e[ECM_STATS_BETA], f->xi, f->g4.one[G4_RING].xi, f->xi_true,
                   f->xi_error, f->g4.one[G4_RING].error, t ? 0.0 : none, p->thickness, p->thickness,
                   f->thickness_true, p->thickness_error, f->ratio, p->ratio, f->ratio_true, f->ratio_error,
                   f->raw.failed, f->raw.failed, t ? 0.0 : none);
}

/* **Local.** The median's tau with its error in a convention: corrected where a correction is asked for. */
static void tau_in(const struct study *s, const struct found *f, enum kww_convention to, double tau[2]) {
    const double *u = s->o.correct ? f->bias.u : f->raw.u, *e = s->o.correct ? f->bias.error : f->raw.error;
    struct kww_curve c = {1, exp(u[ECM_STATS_TAU]), u[ECM_STATS_BETA]},
                     error = {0, c.tau * e[ECM_STATS_TAU], e[ECM_STATS_BETA]};
    kww_convert(&c, &error, s->o.convention, to);
    tau[0] = c.tau, tau[1] = error.tau;
}

static int add_checks(struct study *s, const struct found *f) {
    double tau[2][2];
    for (int c = 0; c < 2; c++) tau_in(s, f, (enum kww_convention)c, tau[c]);
    const struct ecm_map *m = &f->map[0];
    const struct g4_length *one = f->g4.one, *two = f->g4.two;
    const double *maps = f->g4.curve[G4_MAPS], *error = f->g4.error[G4_MAPS];
    double length = (double)f->series->n_t * f->series->frame_time / exp(f->raw.u[ECM_STATS_TAU]);
    const char *stationary = isnan(f->halves_ratio)                   ? "unknown"
                             : fabs(f->halves_ratio - 1) < STATIONARY ? "yes"
                                                                      : "no";
    return tsv_add(s->table[T_CHECKS], f->name, f->series->n_t, length, f->raw.n,
                   exp(f->raw.u[ECM_STATS_CONTRAST]), f->raw.excess, m->average.curve.tau,
                   m->average.curve.beta, f->raw.mean_tau, f->raw.above_mean, f->halves_ratio,
                   f->halves_error, stationary, f->halves_r, f->bias.left, one[G4_RING].xi,
                   one[G4_RING].error, two[G4_RING].xi, one[G4_PRODUCT].xi, one[G4_PRODUCT].error,
                   two[G4_PRODUCT].xi, one[G4_MAPS].xi, one[G4_MAPS].error, maps ? maps[2] / error[2] : NAN,
                   f->depth ? f->angle * 180 / M_PI : NAN, tau[KWW_FIELD][0], tau[KWW_FIELD][1],
                   tau[KWW_PLAIN][0], tau[KWW_PLAIN][1]);
}

static int add_curves(struct study *s, const struct found *f) {
    const struct ecm_map *m = &f->map[0];
    const struct ecm_stats_profile *p = &f->profile;
    for (int b = 0; b < m->n_lags; b++)
        TRY(tsv_add(s->table[T_CURVE], f->name, m->lag[b], m->g2[b],
                    kww_value(&m->average.curve, s->o.convention, m->lag[b])));
    for (int b = 0; b < p->n; b++) {
        double x = (p->depth[b] - p->thickness) / (p->blur + 1e-9);
        TRY(tsv_add(s->table[T_PROFILE], f->name, p->depth[b], exp(p->log_tau[b]),
                    exp(p->log_tau[b] - p->error[b]), exp(p->log_tau[b] + p->error[b]), p->count[b],
                    exp(p->bulk - 0.5 * (p->bulk - p->surface) * erfc(x))));
    }
    for (int reading = 0; reading < G4_READINGS; reading++)
        for (int k = 0; f->g4.curve[reading] && k < (reading == G4_MAPS ? 1 : f->g4.n_lags); k++)
            for (int d = 0; d < f->g4.n_r; d++)
                TRY(tsv_add(s->table[T_G4], f->name, reading_name[reading],
                            reading == G4_MAPS ? NAN : (double)f->g4.lag[k] * f->series->frame_time,
                            f->g4.r[d], f->g4.curve[reading][k * f->g4.n_r + d],
                            f->g4.error[reading][k * f->g4.n_r + d]));
    return ERR_OK;
}

static int add_histogram(struct study *s, const struct found *f) {
    const struct ecm_map *m = &f->map[0];
    struct ecm_stats_histogram h = {0};
    double *log_tau = NULL;
    int64_t n = 0;
    int e = ERR_OK;
    TRY(MEM_NEW(log_tau, m->n_pixels));
    for (int64_t k = 0; k < m->n_pixels; k++)
        if (m->status[k] == KWW_OK && (!f->depth || f->depth[k] >= s->o.core)) log_tau[n++] = log(m->tau[k]);
    TRY_TO(out, ecm_stats_histogram(n, log_tau, &h));
    for (int b = 0; b < h.n; b++) {
        double z = (h.log_tau[b] - h.centre) / h.width;
        TRY_TO(out, tsv_add(s->table[T_HISTOGRAM], f->name, h.log_tau[b], (int64_t)h.count[b],
                            h.height * exp(-0.5 * z * z)));
    }
out:
    ecm_stats_histogram_free(&h);
    mem_free(&log_tau);
    return e;
}

static int put_map(struct study *s, const struct found *f, const char *part, const char *name,
                   const double *x, const char *unit, const char *what) {
    char *path = NULL;
    int64_t dims[] = {f->series->ny, f->series->nx};
    TRY_ALL(s->out->comm, mem_sprintf(&path, "%s/%s%s", f->name, part, name));
    int e = results_array(s->out, path, H5_F64, 2, dims, x, unit, what);
    mem_free(&path);
    return e;
}

static int put_segment(struct study *s, const struct found *f, const char *part, const struct ecm_map *m) {
    char *path = NULL;
    int64_t dims[] = {f->series->ny, f->series->nx};
    bool field = s->o.convention == KWW_FIELD;
    TRY(put_map(s, f, part, "tau", m->tau, "s",
                field ? "relaxation time, g2 - 1 = A exp[-2 (t/tau)^beta]; nan: see status"
                      : "relaxation time, g2 - 1 = A exp[-(t/tau)^beta]; nan: see status"));
    TRY(put_map(s, f, part, "beta", m->beta, "", "stretching exponent; nan: see status"));
    TRY(put_map(s, f, part, "amplitude", m->amplitude, "", "A of the fit; nan: see status"));
    TRY(put_map(s, f, part, "quality", m->r2, "", "1 - residual / variance of the curve"));
    TRY(put_map(s, f, part, "tau_error", m->tau_error, "s", "standard error of tau from the fit"));
    TRY_ALL(s->out->comm, mem_sprintf(&path, "%s/%sstatus", f->name, part));
    int e = results_array(s->out, path, H5_U8, 2, dims, m->status, "",
                          "0 fitted, 1 masked, 2 constant, 3 NaN, 4 no contrast, 5 diverged, 6 too fast, 7 "
                          "too slow, 8 beta, 9 dark");
    mem_free(&path);
    return e;
}

static int put_maps(struct study *s, const struct found *f) {
    int64_t n = f->series->ny * f->series->nx;
    double *above = NULL;
    int e = ERR_OK;
    TRY_TO(out, put_segment(s, f, "", &f->map[0]));
    TRY_TO(out, put_map(s, f, "", "mean", f->map[0].mean, "", "mean intensity"));
    TRY_ALL_TO(s->out->comm, out, MEM_NEW(above, n));
    for (int64_t k = 0; k < n; k++)
        above[k] = f->map[0].status[k] == KWW_OK ? f->map[0].tau[k] > f->raw.mean_tau : NAN;
    TRY_TO(out,
           put_map(s, f, "", "above_mean", above, "", "1 where tau is above its mean (voigt2023, Fig. 4b)"));
    if (f->truth && f->truth->log_tau)
        TRY_TO(out, put_map(s, f, "", "ln_tau_true", f->truth->log_tau, "ln s",
                            "ln of the relaxation time of the field that the film was made with"));
    if (f->depth) TRY_TO(out, put_map(s, f, "", "depth", f->depth, "nm", "depth below the wire's edge"));
    if (s->o.halves) {
        TRY_TO(out, put_segment(s, f, "half1/", &f->map[1]));
        TRY_TO(out, put_segment(s, f, "half2/", &f->map[2]));
    }
    for (int w = 0; w < s->o.windows; w++) {
        char part[32];
        snprintf(part, sizeof part, "window%d/", w + 1);
        TRY_TO(out, put_segment(s, f, part, &f->map[f->windows_from + w]));
    }
out:
    mem_free(&above);
    return e;
}

static int keep_scalars(struct study *s, const struct found *f) {
    const double *u = f->bias.u, *r = f->raw.u, *e = f->bias.error;
    TRY(results_scalar(s->out, exp(r[ECM_STATS_TAU]), exp(r[ECM_STATS_TAU]) * f->raw.error[ECM_STATS_TAU],
                       "s", "%s_tau_median_raw_s", f->name));
    if (isfinite(u[0]))
        TRY(results_scalar(s->out, exp(u[ECM_STATS_TAU]), exp(u[ECM_STATS_TAU]) * e[ECM_STATS_TAU], "s",
                           "%s_tau_median_s", f->name));
    if (isfinite(f->xi)) TRY(results_scalar(s->out, f->xi, f->xi_error, "nm", "%s_xi_nm", f->name));
    return ERR_OK;
}

static int measure(struct study *s, struct found *f) {
    const struct comm *comm = s->out->comm;
    struct series *film = f->series;
    if (!film->source->frame && (s->o.g4 || s->o.wire))
        TRY_ALL(comm, series_keep(film, s->o.dose > 0 ? 1 : 1e-3));
    TRY(make_mask(s, f));
    TRY_ALL(comm, make_segments(s, f));
    f->ecm = (struct ecm_options){.convention = s->o.convention,
                                  .lag_share = s->o.lag_share,
                                  .n_lags = s->o.n_lags,
                                  .n_segments = f->n_segments,
                                  .segment = f->segment,
                                  .mask = f->mask};
    TRY(ecm_compute(comm, film, &f->ecm, f->map));
    TRY_ALL(comm, ecm_stats_compute(&f->map[0], film->ny, film->nx, f->depth, s->o.core, &f->raw));
    double length = (double)film->n_t * film->frame_time / exp(f->raw.u[ECM_STATS_TAU]);
    if (length < SHORTEST)
        FAIL(ERR_PHYSICS,
             "%s: the film looks %.2g relaxation times long, as films shorter than tau do; nothing can be "
             "said",
             f->name, length);
    if (length < 2 * SHORTEST)
        log_warn(
            "%s: the film looks %.2g relaxation times long, as films of one or two do; take a longer one",
            f->name, length);
    if (length < 40 && !s->o.correct)
        log_warn("%s: %.3g relaxation times long: tau is too short and beta too large by more than their "
                 "errors; say correct: true",
                 f->name, length);
    if (f->depth)
        TRY_ALL(comm, ecm_stats_profile(&f->map[0], film->ny, film->nx, f->depth, f->band, film->pixel,
                                        fmax(6, 3 * s->o.core), &f->profile));
    else f->profile.thickness = f->profile.thickness_error = f->profile.ratio = NAN;
    TRY(correct(s, f));
    TRY(in_space(s, f));
    TRY_ALL(comm, of_truth(s, f));
    compare_halves(s, f);
    return ERR_OK;
}

static void found_free(struct found *f) {
    for (int k = 0; f->map && k < f->n_segments; k++) ecm_free(&f->map[k]);
    mem_free(&f->map);
    mem_free(&f->segment);
    mem_free(&f->mask);
    mem_free(&f->core);
    mem_free(&f->depth);
    mem_free(&f->band);
    ecm_stats_profile_free(&f->profile);
    g4_free(&f->g4);
}

int study_film(struct study *s, struct series *series, const char *name, double temperature,
               const struct study_truth *truth) {
    const struct comm *comm = s->out->comm;
    struct found f = {.name = name, .series = series, .truth = truth, .temperature = temperature};
    int e = ERR_OK;
    TRY_TO(out, measure(s, &f));
    TRY_ALL_TO(comm, out, add_numbers(s, &f));
    TRY_ALL_TO(comm, out, add_checks(s, &f));
    TRY_ALL_TO(comm, out, add_curves(s, &f));
    TRY_ALL_TO(comm, out, add_histogram(s, &f));
    TRY_ALL_TO(comm, out, keep_scalars(s, &f));
    TRY_TO(out, put_maps(s, &f));
    s->n_films++;
out:
    found_free(&f);
    return e;
}

int study_write(struct study *s) {
    for (int k = 0; k < N_TABLES; k++)
        if (tsv_rows(s->table[k])) TRY(results_table(s->out, table_name[k], s->table[k]));
    return ERR_OK;
}
