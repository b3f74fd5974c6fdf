/* report - every replica of a row is censored at the same temperature, so that Kaplan-Meier is the empirical
 * distribution with its upper part missing: quantiles below the censored fraction are unbiased, the others
 * unknown (nan), never replaced by the end of the schedule. */
#include "kmc/report.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rng.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define KELVIN 273.15
#define LEVEL 0.95
#define BALL_STEPS 1000

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    if (isnan(x) || isnan(y)) return isnan(x) - isnan(y);
    return (x > y) - (x < y);
}

static double quantile(const double *x, int64_t n, int64_t seen, double p) {
    double at = p * (double)n - 0.5;
    int64_t k = (int64_t)floor(at);
    if (k < 0) k = 0;
    if (k + 1 >= seen) return k < seen && (double)seen >= p * (double)n ? x[seen - 1] : NAN;
    double part = fmax(0, at - (double)k);
    return x[k] + part * (x[k + 1] - x[k]);
}

void report_quantiles(double *x, int64_t n, struct report_quantiles *q) {
    qsort(x, (size_t)n, sizeof *x, ascending);
    *q = (struct report_quantiles){.n = n};
    double sum = 0, square = 0;
    while (q->n_seen < n && !isnan(x[q->n_seen])) sum += x[q->n_seen++];
    q->mean = q->n_seen ? sum / (double)q->n_seen : NAN;
    for (int64_t k = 0; k < q->n_seen; k++) square += pow(x[k] - q->mean, 2);
    q->sd = q->n_seen > 1 ? sqrt(square / (double)(q->n_seen - 1)) : NAN;
    q->median = quantile(x, n, q->n_seen, 0.5);
    q->low = quantile(x, n, q->n_seen, 0.158655);
    q->high = quantile(x, n, q->n_seen, 0.841345);
}

double report_falls(const double *x, const double *y, int n) {
    double s = 0;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < i; j++) {
            double a = (x[i] - x[j]) * (y[i] - y[j]);
            s += (a > 0) - (a < 0);
        }
    double variance = n * (n - 1.0) * (2.0 * n + 5) / 18;
    if (n < 4) return NAN;
    return gsl_cdf_ugaussian_P((s + (s < 0 ? 1 : s > 0 ? -1 : 0)) / sqrt(variance));
}

static double nucleation(const struct material *m, const struct profile *p, double T) {
    double d = profile_widest(p), rate = 0, layer = fmin(m->layer, d / 2);
    double bulk = material_bulk_rate(m, T, d), inside = material_layer_rate(m, T, d), core = d / 2 - layer;
    if (p->kind == PROFILE_ROD)
        rate += material_surface_rate(m, T, d) * M_PI * d + bulk * M_PI * core * core +
                inside * M_PI * layer * (d - layer);
    else if (p->kind == PROFILE_FILM)
        rate += 2 * material_surface_rate(m, T, d) + bulk * 2 * core + inside * 2 * layer;
    else rate += bulk;
    if (p->column > 0) rate += material_interface_rate(m, T, d);
    return rate;
}

double report_ceiling(const struct material *m, const struct profile *p, double T) {
    double a = nucleation(m, p, T * 0.999), b = nucleation(m, p, T * 1.001);
    double slope = log(b / a) / (0.002 * T); /* = E / kT^2 */
    return slope > 0 ? M_PI / sqrt(6) / slope : NAN;
}

/* --- one column of the records of a row */

static int column(const struct ensemble *e, int row, size_t offset, double *x, struct report_quantiles *q) {
    for (int64_t r = 0; r < e->n_replicas; r++)
        x[r] = *(const double *)((const char *)&e->record[row * e->n_replicas + r] + offset);
    report_quantiles(x, e->n_replicas, q);
    return ERR_OK;
}

static int table_tc(const struct setup *s, struct results *out, double *x) {
    const struct ensemble *e = &s->ensemble;
    struct tsv *tsv = NULL;
    int code;
    TRY(tsv_create("diameter_nm:r schedule:t n:i tc_C:r tc_sd_C:r tc_median_C:r tc_intercept_C:r "
                   "tc_first_spot_C:r tc_fraction_C:r tc_as_published_C:r censored_fraction:r",
                   &tsv));
    for (int k = 0; k < e->n_main; k++) {
        struct report_quantiles tc, q[4];
        static const size_t of[4] = {
            offsetof(struct replica, tc_intercept), offsetof(struct replica, tc_first_spot),
            offsetof(struct replica, tc_fraction), offsetof(struct replica, tc_as_published)};
        for (int c = 0; c < 4; c++) column(e, k, of[c], x, &q[c]);
        column(e, k, offsetof(struct replica, tc), x, &tc);
        code = tsv_add(tsv, isfinite(e->row[k].diameter) ? e->row[k].diameter : NAN, e->row[k].schedule->name,
                       e->n_replicas, tc.mean, tc.sd, tc.median, q[0].mean, q[1].mean, q[2].mean, q[3].mean,
                       1 - (double)tc.n_seen / (double)tc.n);
        if (code) goto done;
    }
    code = results_table(out, "tc", tsv);
    if (!code && out->comm->rank == 0) {
        char *text = NULL;
        code = tsv_show(tsv, &text);
        if (!code) log_note("\n%s", text);
        mem_free(&text);
    }
    code = err_agree(out->comm, code);
done:
    tsv_destroy(&tsv);
    return code;
}

/* Viscous Rayleigh-Plateau times that passed by time t: trapezoids over each segment. */
static double balled(const struct setup *s, int row, double t) {
    const struct ensemble_row *r = &s->ensemble.row[row];
    double d = profile_thinnest(&r->profile), sum = 0;
    for (int k = 0; k < r->schedule->n; k++) {
        const struct schedule_segment *g = &r->schedule->segment[k];
        double end = fmin(t, g->t1), before = 0;
        for (int m = 0; m <= BALL_STEPS && end > g->t0; m++) {
            double T = g->T0 + (end - g->t0) * g->rate * m / BALL_STEPS;
            double now = 1 / material_rayleigh_plateau(&s->material, T, d);
            if (m && isfinite(now)) sum += (before + now) / 2 * (end - g->t0) / BALL_STEPS;
            before = isfinite(now) ? now : 0;
        }
    }
    return sum;
}

static int table_spread(const struct setup *s, struct results *out, double *x) {
    const struct ensemble *e = &s->ensemble;
    struct tsv *tsv = NULL;
    int code;
    TRY(tsv_create(
        "diameter_nm:r schedule:t n:i n_seen:i tc_16_C:r tc_50_C:r tc_84_C:r half_width_K:r sd_K:r "
        "sd_first_nucleus_K:r ceiling_K:r first_nucleus_C:r rayleigh_plateau_s:r "
        "rayleigh_plateau_times:r balls_up:t",
        &tsv));
    for (int k = 0; k < e->n_main; k++) {
        struct report_quantiles tc, first, when;
        const struct ensemble_row *r = &e->row[k];
        column(e, k, offsetof(struct replica, first_C), x, &first);
        column(e, k, offsetof(struct replica, tc_time), x, &when);
        column(e, k, offsetof(struct replica, tc), x, &tc);
        double T = when.n_seen ? schedule_temperature(r->schedule, when.mean) : NAN, times = NAN;
        bool rod = r->profile.kind == PROFILE_ROD;
        if (rod && when.n_seen) times = balled(s, k, when.mean);
        code = tsv_add(tsv, isfinite(r->diameter) ? r->diameter : NAN, r->schedule->name, e->n_replicas,
                       tc.n_seen, tc.low, tc.median, tc.high, (tc.high - tc.low) / 2, tc.sd, first.sd,
                       isnan(T) ? NAN : report_ceiling(&s->material, &r->profile, T), first.median,
                       rod && !isnan(T)
                           ? material_rayleigh_plateau(&s->material, T, profile_thinnest(&r->profile))
                           : NAN,
                       times,
                       isnan(times) ? "-"
                       : times > 1  ? "yes"
                                    : "no");
        if (code) goto done;
        if (times > 1)
            log_warn("%s, %.4g nm: a free liquid rod would have balled up before it crystallises (%.3g "
                     "Rayleigh-Plateau times); a support or a skin must have held it",
                     r->schedule->name, r->diameter, times);
    }
    code = results_table(out, "spread", tsv);
done:
    tsv_destroy(&tsv);
    return code;
}

/* --- the minimum of Tc(d) */

static double resampled(const struct ensemble *e, int row, uint64_t b) {
    double sum = 0;
    int64_t seen = 0, n = e->n_replicas;
    uint32_t bits[4];
    for (int64_t r = 0; r < n; r++) {
        if (r % 4 == 0)
            rng_bits(e->seed, RNG_KMC, (uint64_t)row + (UINT64_C(1) << 60), b << 32 | (uint64_t)r, bits);
        int64_t pick = (int64_t)(((uint64_t)bits[r % 4] * (uint64_t)n) >> 32);
        double tc = e->record[row * n + pick].tc;
        if (isnan(tc)) continue;
        sum += tc;
        seen++;
    }
    return 2 * seen >= n ? sum / (double)seen : INFINITY;
}

static int lowest(const struct setup *s, const struct schedule *schedule, struct results *out) {
    const struct ensemble *e = &s->ensemble;
    double *d = NULL, best_d = NAN;
    int rows = 0;
    TRY_ALL(out->comm, MEM_NEW(d, s->n_bootstrap + 1));
    for (int64_t b = 0; b < s->n_bootstrap; b++) {
        double best = INFINITY;
        rows = 0;
        for (int k = 0; k < e->n_main; k++) {
            if (e->row[k].schedule != schedule) continue;
            double tc = resampled(e, k, (uint64_t)b);
            rows++;
            if (!(tc < best)) continue;
            best = tc;
            best_d = e->row[k].diameter;
        }
        d[b] = isfinite(best) ? best_d : NAN;
    }
    struct report_quantiles q;
    report_quantiles(d, s->n_bootstrap, &q);
    int code = ERR_OK;
    if (rows > 2 && q.n_seen == s->n_bootstrap && q.n_seen > 0) {
        int64_t low = (int64_t)((1 - LEVEL) / 2 * (double)q.n_seen), high = q.n_seen - 1 - low;
        log_note("%s: lowest Tc at d = %.4g nm; 95 %% of %lld bootstrap samples: %.4g to %.4g nm",
                 schedule->name, q.median, (long long)q.n_seen, d[low], d[high]);
        code = results_scalar(out, q.median, q.sd, "nm", "%s_d_minimum_nm", schedule->name);
        if (!code) code = results_scalar(out, d[low], NAN, "nm", "%s_d_minimum_low_nm", schedule->name);
        if (!code) code = results_scalar(out, d[high], NAN, "nm", "%s_d_minimum_high_nm", schedule->name);
    }
    mem_free(&d);
    return err_agree(out->comm, code);
}

/* How far each diameter lies above the lowest mean of rows in which most rods crystallised. */
static int rises(const struct setup *s, const struct schedule *schedule, struct results *out, double *x) {
    const struct ensemble *e = &s->ensemble;
    struct report_quantiles q, least = {.mean = INFINITY};
    int best = -1, code = ERR_OK;
    for (int k = 0; k < e->n_main; k++) {
        if (e->row[k].schedule != schedule) continue;
        column(e, k, offsetof(struct replica, tc), x, &q);
        if (2 * q.n_seen < q.n || !(q.mean < least.mean)) continue;
        least = q;
        best = k;
    }
    double error = least.sd / sqrt((double)least.n_seen);
    for (int k = 0; k < e->n_main && best >= 0 && !code; k++) {
        double d = e->row[k].diameter;
        if (e->row[k].schedule != schedule || k == best || !isfinite(d)) continue;
        column(e, k, offsetof(struct replica, tc), x, &q);
        if (2 * q.n_seen < q.n) continue;
        code = results_scalar(out, q.mean - least.mean, hypot(q.sd / sqrt((double)q.n_seen), error), "K",
                              "%s_%.4gnm_above_lowest_K", schedule->name, d);
    }
    return err_agree(out->comm, code);
}

/* Does the spread grow as d falls? Over rods with at least half their replicas seen. */
static int trend(const struct setup *s, const struct schedule *schedule, struct results *out, double *x) {
    const struct ensemble *e = &s->ensemble;
    double *d = NULL, *sd = NULL;
    int n = 0, code;
    TRY_ALL(out->comm, MEM_NEW(d, 2 * e->n_main));
    sd = d + e->n_main;
    for (int k = 0; k < e->n_main; k++) {
        struct report_quantiles q;
        if (e->row[k].schedule != schedule) continue;
        column(e, k, offsetof(struct replica, tc), x, &q);
        if (2 * q.n_seen < q.n || q.n < 3) continue;
        d[n] = e->row[k].diameter;
        sd[n++] = isnan(q.high) ? q.sd : (q.high - q.low) / 2;
    }
    double p = report_falls(d, sd, n);
    mem_free(&d);
    if (isnan(p)) return ERR_OK;
    log_note("%s: scatter of Tc grows as d falls: p = %.3g (Mann-Kendall over %d diameters)", schedule->name,
             p, n);
    code = results_scalar(out, p, NAN, "", "%s_scatter_trend_p", schedule->name);
    return err_agree(out->comm, code);
}

/* What a change of criterion at 35 nm does: both criteria for the rod next above it. */
static int jump(const struct setup *s, const struct schedule *schedule, struct results *out, double *x) {
    const struct ensemble *e = &s->ensemble;
    int best = -1;
    for (int k = 0; k < e->n_main; k++)
        if (e->row[k].schedule == schedule && e->row[k].diameter > DETECT_CHANGE &&
            (best < 0 || e->row[k].diameter < e->row[best].diameter))
            best = k;
    if (best < 0 || !isfinite(e->row[best].diameter)) return ERR_OK;
    struct report_quantiles spot, bend;
    column(e, best, offsetof(struct replica, tc_first_spot), x, &spot);
    column(e, best, offsetof(struct replica, tc_intercept), x, &bend);
    if (!spot.n_seen || !bend.n_seen) return ERR_OK;
    log_note("%s: first spot minus intercept at %.4g nm: %+.3g K, the jump of tc_as_published_C at 35 nm",
             schedule->name, e->row[best].diameter, spot.mean - bend.mean);
    return err_agree(out->comm,
                     results_scalar(out, spot.mean - bend.mean, NAN, "K", "%s_jump_35nm_K", schedule->name));
}

int report_write(const struct setup *s, struct results *out) {
    const struct ensemble *e = &s->ensemble;
    double *x = NULL;
    TRY_ALL(out->comm, MEM_NEW(x, e->n_replicas));
    int code = table_tc(s, out, x);
    if (!code) code = table_spread(s, out, x);
    if (!code && s->causes.n) code = cause_write(s->n_bootstrap, &s->causes, e, out);
    for (int m = 0; m < s->n_schedules && !code; m++) {
        code = lowest(s, s->schedule[m], out);
        if (!code) code = rises(s, s->schedule[m], out, x);
        if (!code) code = trend(s, s->schedule[m], out, x);
        if (!code) code = jump(s, s->schedule[m], out, x);
    }
    for (int k = 0; k < e->n_main && !code; k++) {
        struct report_quantiles q;
        column(e, k, offsetof(struct replica, tc), x, &q);
        code =
            results_scalar(out, q.mean, q.sd / sqrt((double)q.n_seen), "C", "%s_%.4gnm_tc_C",
                           e->row[k].schedule->name, isfinite(e->row[k].diameter) ? e->row[k].diameter : 0);
        if (!code)
            code = results_scalar(out, 1 - (double)q.n_seen / (double)q.n, NAN, "", "%s_%.4gnm_censored",
                                  e->row[k].schedule->name,
                                  isfinite(e->row[k].diameter) ? e->row[k].diameter : 0);
        code = err_agree(out->comm, code);
    }
    mem_free(&x);
    return code;
}
