/* fourpoint - overlaps are whole numbers, so their sums over ranks are exact; for the few origins of S4 and
 * g4 a bit an atom and lag is kept, since where chi4 peaks is known at the end; S4 by sums over shells of
 * wave vectors, g4 by all pairs of a few origins (a neighbour list would reach only a few neighbours, and the
 * correlation is looked for beyond). */
#include "analysis/structure/fourpoint.h"
#include "base/log.h"
#include "base/mem.h"

#include <gsl/gsl_fit.h>
#include <math.h>
#include <string.h>

#define BLOCKS 5
#define PAIRS_MAX 4e9

void fourpoint_variance(const int64_t *q, int64_t n, double count, int blocks, double *mean, double *chi4,
                        double *error) {
    double sum = 0, square = 0, of_blocks = 0, of_squares = 0;
    for (int64_t t = 0; t < n; t++) sum += (double)q[t];
    *mean = sum / (double)n;
    for (int64_t t = 0; t < n; t++) square += ((double)q[t] - *mean) * ((double)q[t] - *mean);
    *chi4 = square / (double)n / count;
    *error = NAN;
    if (n < 2 * blocks) return;
    for (int b = 0; b < blocks; b++) { /* jackknife: without block b */
        int64_t from = n * b / blocks, to = n * (b + 1) / blocks, m = n - (to - from);
        double s = 0, s2 = 0;
        for (int64_t t = 0; t < n; t++) {
            if (t >= from && t < to) continue;
            double d = (double)q[t] - *mean;
            s += d, s2 += d * d;
        }
        double v = (s2 - s * s / (double)m) / (double)m / count;
        of_blocks += v, of_squares += v * v;
    }
    *error = sqrt(fmax(0, (of_squares - of_blocks * of_blocks / blocks) * (blocks - 1) / blocks));
}

/* **Local.** The lags, with that of `at` behind them. */
static int make_lags(const struct motion *m, struct fourpoint *p) {
    int64_t *lag = NULL, at = (int64_t)llround(p->o.at / m->dt);
    TRY(motion_lags(m, m->keep.share, p->o.per_decade, &lag, &p->n_lags));
    p->n_all = p->n_lags + (p->o.at > 0);
    int e = MEM_NEW(p->lag, p->n_all);
    if (!e) memcpy(p->lag, lag, (size_t)p->n_lags * sizeof *lag);
    mem_free(&lag);
    TRY(e);
    if (p->o.at > 0) p->lag[p->n_lags] = at;
    if (p->o.at > 0 && (at < 1 || at > m->longest))
        FAIL(ERR_INPUT, "time %g of S4 and g4 is outside the lags (%g to %g)", p->o.at, m->dt,
             m->dt * (double)m->longest);
    return ERR_OK;
}

/* **Local.** Origins of S4 and g4, evenly among those that have every lag. */
static int make_origins(const struct motion *m, struct fourpoint *p) {
    int64_t there = motion_origins(m, m->longest);
    p->n_origins = (int)(there < p->o.origins ? there : p->o.origins);
    p->bytes = (p->n_all + 7) / 8;
    TRY(MEM_NEW(p->origin, p->n_origins));
    for (int k = 0; k < p->n_origins; k++) p->origin[k] = there * k / p->n_origins * m->stride;
    TRY(MEM_NEW(p->place, (int64_t)p->n_origins * m->n));
    return MEM_NEW(p->overlapped, (int64_t)p->n_origins * m->n * p->bytes);
}

static int allocate(const struct motion *m, struct fourpoint *p) {
    TRY(make_lags(m, p));
    TRY(make_origins(m, p));
    TRY(MEM_NEW(p->time, p->n_all));
    for (int l = 0; l < p->n_all; l++) p->time[l] = (double)p->lag[l] * m->dt;
    TRY(MEM_NEW(p->sum, p->n_all));
    for (int l = 0; l < p->n_all; l++) TRY(MEM_NEW(p->sum[l], p->n_groups * motion_origins(m, p->lag[l])));
    TRY(MEM_NEW(p->overlap, p->n_groups * p->n_lags));
    TRY(MEM_NEW(p->chi4, p->n_groups * p->n_lags));
    TRY(MEM_NEW(p->chi4_error, p->n_groups * p->n_lags));
    TRY(MEM_NEW(p->peak, p->n_groups));
    return MEM_NEW(p->peak_time, p->n_groups);
}

int fourpoint_begin(const struct motion *m, const struct fourpoint_options *o, struct fourpoint *p) {
    *p = (struct fourpoint){.n_groups = m->n_groups, .o = *o};
    TRY_ALL(m->comm, allocate(m, p));
    if (p->origin[0] == 0) memcpy(p->place, motion_frame(m, 0), (size_t)m->n * sizeof *p->place);
    return ERR_OK;
}

static int origin_at(const struct fourpoint *p, int64_t t) {
    for (int k = 0; k < p->n_origins; k++)
        if (p->origin[k] == t) return k;
    return -1;
}

/* **Local.** Overlaps over one lag, which ends with the newest frame. */
static void add_lag(const struct motion *m, struct fourpoint *p, int l, int64_t t0) {
    const float(*from)[3] = motion_frame(m, t0), (*to)[3] = motion_frame(m, m->n_frames - 1);
    int64_t n = motion_origins(m, p->lag[l]), *q = p->sum[l] + t0 / m->stride;
    int k = origin_at(p, t0);
    double a2 = p->o.a * p->o.a;
    for (int i = 0; i < m->n; i++) {
        if (motion_moved(from, to, i) >= a2) continue;
        for (int g = 0; g < p->n_groups; g++) q[g * n] += m->member[g * m->n + i];
        if (k >= 0) p->overlapped[((int64_t)k * m->n + i) * p->bytes + l / 8] |= (uint8_t)(1 << l % 8);
    }
}

void fourpoint_add(const struct motion *m, struct fourpoint *p) {
    int64_t t = m->n_frames - 1;
    int k = origin_at(p, t);
    if (k >= 0) memcpy(p->place + (int64_t)k * m->n, motion_frame(m, t), (size_t)m->n * sizeof *p->place);
    for (int l = 0; l < p->n_all; l++)
        if (t >= p->lag[l] && (t - p->lag[l]) % m->stride == 0) add_lag(m, p, l, t - p->lag[l]);
}

/* **Collective.** Mean and variance of Q over the origins of each lag; the peaks. */
static void overlaps(const struct motion *m, struct fourpoint *p) {
    for (int l = 0; l < p->n_lags; l++) {
        int64_t n = motion_origins(m, p->lag[l]);
        comm_sum_i64(m->comm, p->sum[l], (int)(n * p->n_groups));
        for (int g = 0; g < p->n_groups; g++) {
            int k = g * p->n_lags + l;
            double count = (double)m->count[g], mean;
            fourpoint_variance(p->sum[l] + g * n, n, count, BLOCKS, &mean, &p->chi4[k], &p->chi4_error[k]);
            p->overlap[k] = mean / count;
        }
    }
    for (int g = 0; g < p->n_groups; g++) {
        p->peak[g] = -1;
        for (int l = 0; l < p->n_lags; l++) {
            if (p->chi4[g * p->n_lags + l] <= p->peak[g]) continue;
            p->peak[g] = p->chi4[g * p->n_lags + l];
            p->peak_time[g] = p->time[l];
            if (g == 0) p->at = l;
        }
    }
    if (p->o.at > 0) p->at = p->n_lags;
}

/* **Local.** Which atoms overlapped at the lag of S4 and g4, from origin k on. */
static void slow(const struct motion *m, const struct fourpoint *p, int k, uint8_t *w) {
    for (int i = 0; i < m->n; i++)
        w[i] = p->overlapped[((int64_t)k * m->n + i) * p->bytes + p->at / 8] >> p->at % 8 & 1;
}

/* --- S4 */

/* **Local.** Shells of width 2 pi / L of the box up to q_max. */
static int shells(const struct motion *m, double q_max, double (**q)[3], int **shell, int *n, double *width) {
    int reach[3];
    double shortest = fmin(m->box.len[0], fmin(m->box.len[1], m->box.len[2]));
    *width = 2 * M_PI / shortest;
    int64_t room = 1;
    for (int a = 0; a < 3; a++) {
        reach[a] = (int)floor(q_max * m->box.len[a] / (2 * M_PI));
        room *= 2 * reach[a] + 1;
    }
    *n = 0;
    TRY(MEM_NEW(*q, room));
    TRY(MEM_NEW(*shell, room));
    for (int x = 0; x <= reach[0]; x++)
        for (int y = x ? -reach[1] : 0; y <= reach[1]; y++)
            for (int z = x || y ? -reach[2] : 1; z <= reach[2]; z++) {
                double v[3] = {2 * M_PI * x / m->box.len[0], 2 * M_PI * y / m->box.len[1],
                               2 * M_PI * z / m->box.len[2]};
                double length = sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
                if (length > q_max) continue;
                memcpy((*q)[*n], v, sizeof v);
                (*shell)[(*n)++] = (int)lround(length / *width) - 1;
            }
    return ERR_OK;
}

/* **Local.** 1 / S4 = (1 + (q xi)^2) / S0: a line in q^2. */
static void ornstein_zernike(struct fourpoint *p, double fit_q, double *x, double *y) {
    int n = 0;
    double c0, c1, v00, v01, v11, chi2;
    p->s0 = p->xi4 = p->xi4_error = NAN;
    for (int k = 0; k < p->n_q; k++) {
        if (fit_q > 0 ? p->q[k] > fit_q : n == 6) break;
        if (!(p->s4[k] > 0)) continue;
        x[n] = p->q[k] * p->q[k];
        y[n++] = 1 / p->s4[k];
    }
    if (n < 3 || gsl_fit_linear(x, 1, y, 1, (size_t)n, &c0, &c1, &v00, &v01, &v11, &chi2)) return;
    if (c0 <= 0 || c1 <= 0) return; /* no length: S4 does not rise to small q */
    p->s0 = 1 / c0;
    p->xi4 = sqrt(c1 / c0);
    p->xi4_error = 0.5 * p->xi4 * sqrt(v11 / (c1 * c1) + v00 / (c0 * c0) - 2 * v01 / (c0 * c1));
}

static int s4_of(const struct motion *m, struct fourpoint *p, uint8_t *w) {
    double(*q)[3] = NULL, *sum = NULL, *mean = NULL, *square = NULL, *x = NULL, width, *count = NULL;
    int *shell = NULL, n = 0, n_shells = 0, e = ERR_OK;
    TRY_ALL_TO(m->comm, out, shells(m, p->o.q_max, &q, &shell, &n, &width));
    for (int k = 0; k < n; k++) n_shells = shell[k] + 1 > n_shells ? shell[k] + 1 : n_shells;
    TRY_ALL_TO(m->comm, out, MEM_NEW(sum, 2 * n + 2));
    TRY_ALL_TO(m->comm, out, MEM_NEW(mean, n_shells + 1));
    TRY_ALL_TO(m->comm, out, MEM_NEW(square, n_shells + 1));
    TRY_ALL_TO(m->comm, out, MEM_NEW(count, 2 * (n_shells + 1)));
    TRY_ALL_TO(m->comm, out, MEM_NEW(x, 2 * (n_shells + 1)));
    TRY_ALL_TO(m->comm, out, MEM_NEW(p->q, n_shells + 1));
    TRY_ALL_TO(m->comm, out, MEM_NEW(p->s4, n_shells + 1));
    TRY_ALL_TO(m->comm, out, MEM_NEW(p->s4_error, n_shells + 1));
    for (int k = 0; k < n; k++) {
        count[shell[k]]++;
        p->q[shell[k]] += sqrt(q[k][0] * q[k][0] + q[k][1] * q[k][1] + q[k][2] * q[k][2]);
    }
    for (int k = 0; k < p->n_origins; k++) {
        slow(m, p, k, w);
        TRY_TO(out, motion_density(m, (const float(*)[3])(p->place + (int64_t)k * m->n), w, n,
                                   (const double(*)[3])q, sum));
        memset(x, 0, (size_t)n_shells * sizeof *x);
        for (int j = 0; j < n; j++)
            x[shell[j]] += (sum[2 * j] * sum[2 * j] + sum[2 * j + 1] * sum[2 * j + 1]) / (double)m->n_global;
        for (int s = 0; s < n_shells; s++) {
            double v = count[s] > 0 ? x[s] / count[s] : 0;
            mean[s] += v / p->n_origins;
            square[s] += v * v / p->n_origins;
        }
    }
    for (int s = 0; s < n_shells; s++) {
        if (count[s] == 0) continue;
        p->q[p->n_q] = p->q[s] / count[s];
        p->s4[p->n_q] = mean[s];
        p->s4_error[p->n_q++] = sqrt(fmax(0, square[s] - mean[s] * mean[s]) / fmax(1, p->n_origins - 1));
    }
    ornstein_zernike(p, p->o.fit_q, x, x + n_shells + 1);
out:
    mem_free(&q);
    mem_free(&shell);
    mem_free(&sum);
    mem_free(&mean);
    mem_free(&square);
    mem_free(&count);
    mem_free(&x);
    return e;
}

/* --- g4 */

/* **Local.** Pairs of this rank's atoms with all others: histogram of all pairs and of slow ones. */
static void count_pairs(const struct motion *m, int64_t first, const double (*x)[4], double r_max, int bins,
                        int64_t *all, int64_t *slow_pairs) {
    for (int64_t i = first; i < first + m->n; i++)
        for (int64_t j = 0; j < m->n_global; j++) {
            if (i == j) continue;
            double d[3] = {x[j][0] - x[i][0], x[j][1] - x[i][1], x[j][2] - x[i][2]};
            box_nearest(&m->box, d);
            double r = sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
            if (r >= r_max) continue;
            int b = (int)(r / r_max * bins);
            all[b]++;
            slow_pairs[b] += x[i][3] > 0.5 && x[j][3] > 0.5;
        }
}

static int g4_of(const struct motion *m, struct fourpoint *p, uint8_t *w) {
    const struct fourpoint_options *o = &p->o;
    double(*x)[4] = NULL, n2 = (double)m->n_global * (double)m->n_global, volume = box_volume(&m->box);
    int64_t *counts = NULL, first = frame_block(m->n_global, m->comm->size, m->comm->rank);
    int e = ERR_OK, origins = (int)fmin(p->n_origins, fmax(1, PAIRS_MAX / n2));
    if (n2 > 10 * PAIRS_MAX) {
        log_warn("g4(r) is left out: %lld atoms make too many pairs", (long long)m->n_global);
        return ERR_OK;
    }
    TRY_ALL_TO(m->comm, out, MEM_NEW(x, m->n_global));
    TRY_ALL_TO(m->comm, out, MEM_NEW(counts, 2 * o->bins));
    TRY_ALL_TO(m->comm, out, MEM_NEW(p->r, o->bins));
    TRY_ALL_TO(m->comm, out, MEM_NEW(p->g4, o->bins));
    TRY_ALL_TO(m->comm, out, MEM_NEW(p->g, o->bins));
    for (int k = 0; k < origins; k++) {
        int j = (int)((int64_t)p->n_origins * k / origins);
        slow(m, p, j, w);
        memset(x, 0, (size_t)m->n_global * sizeof *x);
        for (int i = 0; i < m->n; i++) {
            motion_at(m, (const float(*)[3])(p->place + (int64_t)j * m->n), i, x[first + i]);
            x[first + i][3] = w[i];
        }
        comm_sum(m->comm, &x[0][0], (int)(4 * m->n_global)); /* one term each: exact */
        count_pairs(m, first, (const double(*)[4])x, o->r_max, o->bins, counts, counts + o->bins);
    }
    comm_sum_i64(m->comm, counts, 2 * o->bins);
    p->n_r = o->bins;
    for (int b = 0; b < o->bins; b++) {
        double in = o->r_max * b / o->bins, out_r = o->r_max * (b + 1) / o->bins;
        double shell = 4 * M_PI / 3 * (pow(out_r, 3) - pow(in, 3)), norm = volume / (n2 * shell * origins);
        p->r[b] = 0.5 * (in + out_r);
        p->g[b] = norm * (double)counts[b];
        p->g4[b] = norm * (double)counts[o->bins + b];
    }
out:
    mem_free(&x);
    mem_free(&counts);
    return e;
}

int fourpoint_compute(const struct motion *m, struct fourpoint *p) {
    uint8_t *w = NULL;
    int e = ERR_OK;
    bool periodic = m->box.periodic[0] && m->box.periodic[1] && m->box.periodic[2];
    TRY(motion_complete(m));
    TRY_ALL_TO(m->comm, out, MEM_NEW(w, m->n));
    overlaps(m, p);
    p->s0 = p->xi4 = p->xi4_error = NAN;
    if (periodic) TRY_TO(out, s4_of(m, p, w));
    else log_warn("S4(q) is left out: the box is not periodic");
    TRY_TO(out, g4_of(m, p, w));
out:
    mem_free(&w);
    return e;
}

void fourpoint_free(struct fourpoint *p) {
    for (int l = 0; p->sum && l < p->n_all; l++) mem_free(&p->sum[l]);
    void *all[] = {&p->origin,  &p->place,    &p->overlapped, &p->sum,  &p->lag,       &p->time,
                   &p->overlap, &p->chi4,     &p->chi4_error, &p->peak, &p->peak_time, &p->q,
                   &p->s4,      &p->s4_error, &p->r,          &p->g4,   &p->g};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) mem_free((void **)all[k]);
}
