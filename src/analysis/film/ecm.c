/* ecm - blocks of pixels over ranks; maps are summed together at the end (each pixel is one rank's).
 *
 * The correlation is that of I - <I>, from which the sums of Eq. 4 follow with prefix sums: single precision
 * is then enough. Rejected: direct sums at 50 lags (twice as slow, and the bins hold fewer pairs). */
#include "analysis/film/ecm.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/stop.h"

#include <fftw3.h>
#include <math.h>
#include <string.h>

/* --- one pixel */

struct ecm_lags {
    int64_t n, m, longest;
    int n_bins;
    int64_t *first; /* [n_bins + 1] lags of bin b: first[b] .. first[b + 1] - 1 */
    double *time;
    float *x;
    fftwf_complex *f;
    fftwf_plan forward, back;
    double *sum; /* prefix sums of I - <I> */
};

static int64_t good_size(int64_t n) {
    for (n += n % 2;; n += 2) {
        int64_t r = n;
        for (int p = 2; p <= 5; p = p == 2 ? 3 : p + 2)
            while (r % p == 0) r /= p;
        if (r == 1) return n;
    }
}

/* **Local.** Edges of the bins: 1, 2, 3, ... then spaced evenly in the logarithm. */
static int make_bins(struct ecm_lags *l, int wanted, double frame_time) {
    TRY(MEM_NEW(l->first, wanted + 2));
    TRY(MEM_NEW(l->time, wanted + 1));
    double ratio = pow((double)l->longest, 1.0 / wanted);
    int64_t lag = 1;
    for (int b = 0; b < wanted && lag <= l->longest; b++) {
        l->first[l->n_bins] = lag;
        int64_t next = (int64_t)llround(pow(ratio, b + 1));
        while (next <= lag && b + 1 < wanted) next = (int64_t)llround(pow(ratio, ++b + 1));
        if (next <= lag) next = lag + 1;
        if (next > l->longest + 1) next = l->longest + 1;
        l->time[l->n_bins++] = frame_time * 0.5 * (double)(lag + next - 1);
        lag = next;
    }
    l->first[l->n_bins] = lag;
    return ERR_OK;
}

int ecm_lags_create(int64_t n, double frame_time, double lag_share, int n_lags, struct ecm_lags **lags) {
    struct ecm_lags *l = NULL;
    *lags = NULL;
    TRY(MEM_NEW(l, 1));
    l->n = n;
    l->longest = (int64_t)(lag_share * (double)n);
    if (l->longest > n - 2) l->longest = n - 2;
    l->m = good_size(n + l->longest + 1);
    int e = l->longest < 4
                ? err_set(ERR_INPUT, __FILE__, __LINE__, "%lld frames are too few: lags reach only %lld",
                          (long long)n, (long long)l->longest)
                : make_bins(l, n_lags, frame_time);
    if (!e) e = MEM_NEW(l->sum, n + 1);
    l->x = fftwf_alloc_real((size_t)l->m);
    l->f = fftwf_alloc_complex((size_t)l->m / 2 + 1);
    if (!e && (!l->x || !l->f)) e = err_set(ERR_MEMORY, __FILE__, __LINE__, "no memory for a transform");
    if (!e) {
        l->forward = fftwf_plan_dft_r2c_1d((int)l->m, l->x, l->f, FFTW_ESTIMATE);
        l->back = fftwf_plan_dft_c2r_1d((int)l->m, l->f, l->x, FFTW_ESTIMATE);
    }
    if (e) ecm_lags_destroy(&l);
    *lags = l;
    return e;
}

void ecm_lags_destroy(struct ecm_lags **lags) {
    struct ecm_lags *l = *lags;
    if (!l) return;
    if (l->forward) fftwf_destroy_plan(l->forward);
    if (l->back) fftwf_destroy_plan(l->back);
    fftwf_free(l->x);
    fftwf_free(l->f);
    mem_free(&l->first);
    mem_free(&l->time);
    mem_free(&l->sum);
    mem_free(lags);
}

int ecm_lags_count(const struct ecm_lags *lags) {
    return lags->n_bins;
}

const double *ecm_lags_time(const struct ecm_lags *lags) {
    return lags->time;
}

/* **Local.** g2 - 1 at lag p, from the correlation of d = I - mean: sum I I' = sum d d' + mean (sum d + sum
 * d') + (N - p) mean^2. */
static double g2_at(const struct ecm_lags *l, int64_t p, double mean) {
    double n = (double)(l->n - p), dd = l->x[p] / (double)l->m;
    double early = l->sum[l->n - p], late = l->sum[l->n] - l->sum[p];
    double top = n * (dd + mean * (early + late) + n * mean * mean);
    return top / ((early + n * mean) * (late + n * mean)) - 1;
}

int ecm_lags_g2(struct ecm_lags *l, const float *i, double *g2, double *at_zero, double *mean) {
    double sum = 0;
    bool constant = true;
    for (int64_t t = 0; t < l->n; t++) {
        sum += i[t];
        constant &= i[t] == i[0];
    }
    *at_zero = NAN;
    *mean = sum / (double)l->n;
    if (!isfinite(sum)) return KWW_NOT_A_NUMBER;
    if (constant) return KWW_CONSTANT;
    if (*mean <= 0) return KWW_DARK;
    for (int64_t t = 0; t < l->n; t++) {
        l->x[t] = (float)(i[t] - *mean);
        l->sum[t + 1] = l->sum[t] + l->x[t];
    }
    memset(l->x + l->n, 0, (size_t)(l->m - l->n) * sizeof *l->x);
    fftwf_execute(l->forward);
    for (int64_t k = 0; k <= l->m / 2; k++) {
        l->f[k][0] = l->f[k][0] * l->f[k][0] + l->f[k][1] * l->f[k][1];
        l->f[k][1] = 0;
    }
    fftwf_execute(l->back);
    *at_zero = g2_at(l, 0, *mean);
    for (int b = 0; b < l->n_bins; b++) {
        double total = 0;
        for (int64_t p = l->first[b]; p < l->first[b + 1]; p++) total += g2_at(l, p, *mean);
        g2[b] = total / (double)(l->first[b + 1] - l->first[b]);
    }
    return KWW_OK;
}

/* --- all pixels */

struct job {
    const struct ecm_options *o;
    struct series *series;
    struct ecm_map *map;
    struct ecm_lags **lags; /* [segments] */
    struct kww **kww;
    double **sums; /* [segments][my blocks][n_lags + 1]: g2 - 1 summed over fitted pixels, and their number */
    double *curve;
    int64_t my_blocks;
    struct series_block block;
};

static int map_create(struct ecm_map *m, const struct series *s, const struct ecm_segment *segment,
                      const struct ecm_lags *l) {
    int64_t n = s->ny * s->nx;
    *m = (struct ecm_map){.segment = *segment, .n_lags = ecm_lags_count(l), .n_pixels = n};
    double **all[] = {&m->tau,       &m->beta,       &m->amplitude, &m->r2,
                      &m->tau_error, &m->beta_error, &m->mean,      &m->excess};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) TRY(MEM_NEW(*all[k], n));
    TRY(MEM_NEW(m->status, n));
    TRY(MEM_NEW(m->lag, m->n_lags));
    TRY(MEM_NEW(m->g2, m->n_lags));
    memcpy(m->lag, ecm_lags_time(l), (size_t)m->n_lags * sizeof *m->lag);
    return ERR_OK;
}

void ecm_free(struct ecm_map *m) {
    double **all[] = {&m->tau,        &m->beta, &m->amplitude, &m->r2,  &m->tau_error,
                      &m->beta_error, &m->mean, &m->excess,    &m->lag, &m->g2};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) mem_free(all[k]);
    mem_free(&m->status);
}

static int prepare(struct job *j, const struct comm *comm) {
    const struct ecm_options *o = j->o;
    int64_t longest = 0;
    j->my_blocks = (j->series->n_blocks - comm->rank + comm->size - 1) / comm->size;
    TRY(MEM_NEW(j->lags, o->n_segments));
    TRY(MEM_NEW(j->kww, o->n_segments));
    TRY(MEM_NEW(j->sums, o->n_segments));
    for (int k = 0; k < o->n_segments; k++) {
        const struct ecm_segment *s = &o->segment[k];
        if (s->first < 0 || s->n < 8 || s->first + s->n > j->series->n_t)
            FAIL(ERR_INPUT, "a segment of %lld frames from frame %lld does not fit a film of %lld",
                 (long long)s->n, (long long)s->first, (long long)j->series->n_t);
        TRY(ecm_lags_create(s->n, j->series->frame_time, o->lag_share, o->n_lags, &j->lags[k]));
        int n = ecm_lags_count(j->lags[k]);
        TRY(kww_create(n, ecm_lags_time(j->lags[k]), o->convention, (double)s->n * j->series->frame_time,
                       &j->kww[k]));
        TRY(MEM_NEW(j->sums[k], j->my_blocks * (n + 1)));
        TRY(map_create(&j->map[k], j->series, s, j->lags[k]));
        if (n > longest) longest = n;
    }
    TRY(MEM_NEW(j->curve, longest));
    return MEM_NEW(j->block.i, series_block_pixels(j->series) * j->series->n_t);
}

static void job_free(struct job *j) {
    for (int k = 0; k < j->o->n_segments; k++) {
        if (j->lags) ecm_lags_destroy(&j->lags[k]);
        if (j->kww) kww_destroy(&j->kww[k]);
        if (j->sums) mem_free(&j->sums[k]);
    }
    mem_free(&j->lags);
    mem_free(&j->kww);
    mem_free(&j->sums);
    mem_free(&j->curve);
    mem_free(&j->block.i);
}

static int one_pixel(struct job *j, int k, int64_t mine, int64_t pixel, const float *i) {
    struct ecm_map *m = &j->map[k];
    struct kww_fit fit = {.curve = {NAN, NAN, NAN}, .error = {NAN, NAN, NAN}, .r2 = NAN};
    double at_zero = NAN;
    double *sum = j->sums[k] + mine * (m->n_lags + 1);
    if (j->o->mask && !j->o->mask[pixel]) fit.status = KWW_MASKED;
    else fit.status = ecm_lags_g2(j->lags[k], i + m->segment.first, j->curve, &at_zero, &m->mean[pixel]);
    if (fit.status == KWW_OK) TRY(kww_compute(j->kww[k], j->curve, &fit));
    bool good = fit.status == KWW_OK;
    m->status[pixel] = (uint8_t)fit.status;
    m->tau[pixel] = good ? fit.curve.tau : NAN;
    m->beta[pixel] = good ? fit.curve.beta : NAN;
    m->amplitude[pixel] = good ? fit.curve.amplitude : NAN;
    m->tau_error[pixel] = fit.error.tau;
    m->beta_error[pixel] = fit.error.beta;
    m->r2[pixel] = fit.r2;
    m->excess[pixel] = good ? at_zero - fit.curve.amplitude : NAN;
    for (int b = 0; good && b < m->n_lags; b++) sum[b] += j->curve[b];
    sum[m->n_lags] += good;
    return ERR_OK;
}

static int one_block(struct job *j, int64_t mine, int64_t b) {
    TRY(series_read(j->series, b, &j->block));
    for (int p = 0; p < j->block.h * j->block.w; p++) {
        int64_t pixel = (j->block.y0 + p / j->block.w) * j->series->nx + j->block.x0 + p % j->block.w;
        for (int k = 0; k < j->o->n_segments; k++)
            TRY(one_pixel(j, k, mine, pixel, j->block.i + p * j->series->n_t));
    }
    return ERR_OK;
}

/* **Local.** Blocks of this rank; a wish to stop is an error here and becomes everyone's. */
static int my_blocks(struct job *j, const struct comm *comm) {
    for (int64_t k = 0; k < j->my_blocks; k++) {
        if (stop_wanted()) FAIL(ERR_TIME, "stopped (%s) within the fits of pixels", stop_text(stop_wanted()));
        TRY(one_block(j, k, comm->rank + k * comm->size));
        if (!j->o->quiet) log_progress_at((double)(k + 1), "block %lld", (long long)k + 1);
    }
    return ERR_OK;
}

/* **Collective.** Maps whole on every rank, the averaged curve and its fit. */
static int combine(struct job *j, const struct comm *comm, int k) {
    struct ecm_map *m = &j->map[k];
    int n = (int)m->n_pixels;
    double *all[] = {m->tau, m->beta, m->amplitude, m->r2, m->tau_error, m->beta_error, m->mean, m->excess};
    double *sum = NULL;
    int64_t *status = NULL;
    int e = ERR_OK;
    if (comm->size > 1)
        for (size_t a = 0; a < sizeof all / sizeof *all; a++) comm_sum(comm, all[a], n);
    TRY_ALL_TO(comm, out, MEM_NEW(sum, m->n_lags + 1));
    TRY_ALL_TO(comm, out, MEM_NEW(status, n));
    for (int p = 0; p < n; p++) status[p] = m->status[p];
    comm_sum_i64(comm, status, n);
    for (int p = 0; p < n; p++) {
        m->status[p] = (uint8_t)status[p];
        m->n_masked += status[p] == KWW_MASKED;
        m->n_failed += status[p] != KWW_MASKED && status[p] != KWW_OK;
    }
    comm_sum_exact(comm, j->sums[k], j->my_blocks, m->n_lags + 1, m->n_lags + 1, sum);
    for (int b = 0; b < m->n_lags; b++) m->g2[b] = sum[b] / fmax(1, sum[m->n_lags]);
    if (sum[m->n_lags] > 0) TRY_ALL_TO(comm, out, kww_compute(j->kww[k], m->g2, &m->average));
    else m->average = (struct kww_fit){.curve = {NAN, NAN, NAN}, .status = KWW_NO_CONTRAST};
out:
    mem_free(&sum);
    mem_free(&status);
    return e;
}

int ecm_compute(const struct comm *comm, struct series *series, const struct ecm_options *options,
                struct ecm_map *maps) {
    struct job j = {.o = options, .series = series, .map = maps};
    int e = ERR_OK;
    memset(maps, 0, (size_t)options->n_segments * sizeof *maps);
    TRY_ALL_TO(comm, out, prepare(&j, comm));
    if (!options->quiet) log_progress_begin("pixels", (double)j.my_blocks);
    TRY_ALL_TO(comm, out, my_blocks(&j, comm));
    if (!options->quiet) log_progress_end();
    for (int k = 0; k < options->n_segments; k++) TRY_TO(out, combine(&j, comm, k));
out:
    job_free(&j);
    for (int k = 0; e && k < options->n_segments; k++) ecm_free(&maps[k]);
    return e;
}
