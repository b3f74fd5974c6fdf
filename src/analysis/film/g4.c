/* g4 - rings by FFT: one transform of a pair of frames (real and imaginary part) serves all rings.
 *
 * Frames are padded so that nothing wraps; a mask divides each ring by the pixels it holds. Sums are kept per
 * origin and tile, and added exactly, so that any number of ranks gives the same bits and the bootstrap needs
 * no second pass. Rejected: sums over pairs of pixels (800 per pixel at 4 nm), the correlation theorem on the
 * product alone (no tiles, hence no error). */
#include "analysis/film/g4.h"
#include "analysis/film/g4_fit.h"
#include "base/fft.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/stop.h"

#include <fftw3.h>
#include <math.h>
#include <string.h>

#define EDGE 4 /* tiles along each axis */
#define TILES (EDGE * EDGE)

struct rings {
    int64_t ny, nx, py, px; /* image, padded */
    int n_r;
    float **kernel; /* [n_r] transform of a ring, real because a ring is symmetric; / (py px) */
    float **share;  /* [n_r][ny * nx] 1 / pixels of the mask in the ring around a pixel, 0: none */
    double *r;
    const uint8_t *mask;
    fftwf_complex *wave, *sum;
    struct fft *fft;
};

static int64_t good_size(int64_t n) {
    for (;; n++) {
        int64_t r = n;
        for (int p = 2; p <= 7; p = p == 2 ? 3 : p + 2)
            while (r % p == 0) r /= p;
        if (r == 1) return n;
    }
}

/* **Local.** Sums over the ring d of what was transformed last, into rings->sum. */
static void ring_sum(struct rings *g, int d) {
    const float *k = g->kernel[d];
    for (int64_t i = 0; i < g->py * g->px; i++) {
        g->sum[i][0] = g->wave[i][0] * k[i];
        g->sum[i][1] = g->wave[i][1] * k[i];
    }
    fft_back(g->fft, g->sum);
}

/* **Local.** Put a pair of images under the mask and transform it. */
static void transform(struct rings *g, const float *a, const float *b) {
    memset(g->wave, 0, (size_t)(g->py * g->px) * sizeof *g->wave);
    for (int64_t y = 0; y < g->ny; y++)
        for (int64_t x = 0; x < g->nx; x++) {
            int64_t k = y * g->nx + x;
            if (g->mask && !g->mask[k]) continue;
            g->wave[y * g->px + x][0] = a ? a[k] : 1;
            g->wave[y * g->px + x][1] = b ? b[k] : 0;
        }
    fft_forward(g->fft, g->wave);
}

static void rings_free(struct rings *g) {
    for (int d = 0; d < g->n_r; d++) {
        if (g->kernel) mem_free(&g->kernel[d]);
        if (g->share) mem_free(&g->share[d]);
    }
    mem_free(&g->kernel);
    mem_free(&g->share);
    mem_free(&g->r);
    fftwf_free(g->wave);
    fftwf_free(g->sum);
    fft_destroy(&g->fft);
}

/* **Local.** Ring d: offsets whose length rounds to d pixels. */
static int make_ring(struct rings *g, int d, double pixel) {
    int64_t n = 0;
    double mean = 0, norm = 1 / (double)(g->py * g->px);
    TRY(MEM_NEW(g->kernel[d], g->py * g->px));
    TRY(MEM_NEW(g->share[d], g->ny * g->nx));
    memset(g->wave, 0, (size_t)(g->py * g->px) * sizeof *g->wave);
    for (int y = -d - 1; y <= d + 1; y++)
        for (int x = -d - 1; x <= d + 1; x++) {
            if ((int)lround(hypot(x, y)) != d) continue;
            g->wave[(y + g->py) % g->py * g->px + (x + g->px) % g->px][0] = 1;
            mean += hypot(x, y);
            n++;
        }
    g->r[d] = pixel * mean / (double)n;
    fft_forward(g->fft, g->wave);
    for (int64_t i = 0; i < g->py * g->px; i++) g->kernel[d][i] = (float)(g->wave[i][0] * norm);
    transform(g, NULL, NULL);
    ring_sum(g, d);
    for (int64_t y = 0; y < g->ny; y++)
        for (int64_t x = 0; x < g->nx; x++) {
            float there = g->sum[y * g->px + x][0];
            bool used = !g->mask || g->mask[y * g->nx + x];
            g->share[d][y * g->nx + x] = used && there > 0.5f ? 1 / roundf(there) : 0;
        }
    return ERR_OK;
}

static int rings_create(struct rings *g, int64_t ny, int64_t nx, double pixel, double longest,
                        const uint8_t *mask) {
    *g = (struct rings){.ny = ny, .nx = nx, .mask = mask};
    g->n_r = (int)floor(longest / pixel) + 1;
    if (g->n_r < 5) FAIL(ERR_INPUT, "g4 up to %g nm has fewer than 5 rings of %g nm", longest, pixel);
    if (g->n_r > ny || g->n_r > nx) FAIL(ERR_INPUT, "g4 up to %g nm: the image is smaller", longest);
    g->py = good_size(ny + g->n_r);
    g->px = good_size(nx + g->n_r);
    size_t n = (size_t)(g->py * g->px);
    g->wave = fftwf_alloc_complex(n);
    g->sum = fftwf_alloc_complex(n);
    if (!g->wave || !g->sum) FAIL(ERR_MEMORY, "no memory for images of %zu pixels", n);
    TRY(fft_create(g->py, g->px, true, &g->fft));
    TRY(MEM_NEW(g->kernel, g->n_r));
    TRY(MEM_NEW(g->share, g->n_r));
    TRY(MEM_NEW(g->r, g->n_r));
    for (int d = 0; d < g->n_r; d++) TRY(make_ring(g, d, pixel));
    return ERR_OK;
}

/* --- sums of one origin: [lag][tile][field][ring] */

enum { FOUR, FOUR_P, NEAR_1, NEAR_2, RING_1, RING_2, COUNT, N_FIELDS };

struct job {
    const struct g4_options *o;
    struct series *series;
    struct rings rings;
    float *frame[G4_LAGS + 1], *product[G4_LAGS];
    float *first_ring; /* ring means of the frame at t */
    int *tile;
    double *sums;
    int64_t width, n_mine, *mine;
};

static double *at(const struct job *j, double *sums, int lag, int tile, int field) {
    return sums + ((lag * TILES + tile) * N_FIELDS + field) * j->rings.n_r;
}

/* **Local.** Ring means of the pair transformed last: adds to the sums of lag k of frame pair (0, k). */
static void add_ring(struct job *j, int k, int d, const float *ring_t, const float *ring_late, double *sums) {
    const struct rings *g = &j->rings;
    double cell[TILES][6] = {{0}};
    const float *near_t = j->frame[0], *near_late = j->frame[k + 1], *share = g->share[d];
    for (int64_t p = 0; p < g->ny * g->nx; p++) {
        if (share[p] == 0) continue;
        double *c = cell[j->tile[p]], a = near_t[p], b = near_late[p];
        c[0] += a * b * ring_t[p] * ring_late[p];
        c[1] += a;
        c[2] += b;
        c[3] += ring_t[p];
        c[4] += ring_late[p];
        c[5] += 1;
    }
    static const int field[6] = {FOUR, NEAR_1, NEAR_2, RING_1, RING_2, COUNT};
    for (int t = 0; t < TILES; t++)
        for (int f = 0; f < 6; f++) at(j, sums, k, t, field[f])[d] += cell[t][f];
}

static void means(const struct job *j, int d, int part, float *out) {
    const struct rings *g = &j->rings;
    for (int64_t y = 0; y < g->ny; y++)
        for (int64_t x = 0; x < g->nx; x++)
            out[y * g->nx + x] = g->sum[y * g->px + x][part] * g->share[d][y * g->nx + x];
}

/* **Local.** Rings of the frames: the frame at t with the first late one, then late ones in pairs. */
static void rings_of_frames(struct job *j, float *work, double *sums) {
    struct rings *g = &j->rings;
    int64_t n = g->ny * g->nx;
    transform(g, j->frame[0], j->frame[1]);
    for (int d = 0; d < g->n_r; d++) {
        ring_sum(g, d);
        means(j, d, 0, j->first_ring + d * n);
        means(j, d, 1, work);
        add_ring(j, 0, d, j->first_ring + d * n, work, sums);
    }
    for (int k = 1; k < j->o->n_lags; k += 2) {
        bool both = k + 1 < j->o->n_lags;
        transform(g, j->frame[k + 1], both ? j->frame[k + 2] : NULL);
        for (int d = 0; d < g->n_r; d++) {
            ring_sum(g, d);
            for (int part = 0; part <= both; part++) {
                means(j, d, part, work);
                add_ring(j, k + part, d, j->first_ring + d * n, work, sums);
            }
        }
    }
}

/* **Local.** Rings of the products I(t) I(t + dt). */
static void rings_of_products(struct job *j, float *work, double *sums) {
    struct rings *g = &j->rings;
    int64_t n = g->ny * g->nx;
    for (int k = 0; k < j->o->n_lags; k++)
        for (int64_t p = 0; p < n; p++) j->product[k][p] = j->frame[0][p] * j->frame[k + 1][p];
    for (int k = 0; k < j->o->n_lags; k += 2) {
        bool both = k + 1 < j->o->n_lags;
        transform(g, j->product[k], both ? j->product[k + 1] : NULL);
        for (int d = 0; d < g->n_r; d++) {
            ring_sum(g, d);
            for (int part = 0; part <= both; part++) {
                double cell[TILES] = {0};
                means(j, d, part, work);
                for (int64_t p = 0; p < n; p++) cell[j->tile[p]] += (double)j->product[k + part][p] * work[p];
                for (int t = 0; t < TILES; t++) at(j, sums, k + part, t, FOUR_P)[d] += cell[t];
            }
        }
    }
}

static int prepare(struct job *j, const struct comm *comm) {
    const struct g4_options *o = j->o;
    struct series *s = j->series;
    int64_t n = s->ny * s->nx, longest = 0;
    for (int k = 0; k < o->n_lags; k++) longest = o->lag[k] > longest ? o->lag[k] : longest;
    if (o->lag[0] < 1 || longest >= s->n_t)
        FAIL(ERR_INPUT, "g4 at %lld frames does not fit a film of %lld frames", (long long)longest,
             (long long)s->n_t);
    TRY(rings_create(&j->rings, s->ny, s->nx, s->pixel, o->longest, o->mask));
    int64_t there = s->n_t - longest, total = there < o->n_origins ? there : o->n_origins;
    TRY(MEM_NEW(j->mine, total / comm->size + 1));
    for (int64_t k = comm->rank; k < total; k += comm->size) j->mine[j->n_mine++] = k * there / total;
    for (int k = 0; k <= o->n_lags; k++) TRY(MEM_NEW(j->frame[k], n));
    for (int k = 0; k < o->n_lags; k++) TRY(MEM_NEW(j->product[k], n));
    TRY(MEM_NEW(j->first_ring, n * j->rings.n_r));
    TRY(MEM_NEW(j->tile, n));
    for (int64_t p = 0; p < n; p++)
        j->tile[p] = (int)(p / s->nx * EDGE / s->ny * EDGE + p % s->nx * EDGE / s->nx);
    j->width = (int64_t)o->n_lags * TILES * N_FIELDS * j->rings.n_r;
    return MEM_NEW(j->sums, j->n_mine * j->width);
}

/* **Local.** Each frame over its mean, which keeps single precision far from its ends. */
static void scale(const struct job *j, float *frame) {
    double sum = 0;
    int64_t n = j->rings.ny * j->rings.nx;
    for (int64_t p = 0; p < n; p++) sum += frame[p];
    for (int64_t p = 0; p < n && sum > 0; p++) frame[p] *= (float)((double)n / sum);
}

static int over_origins(struct job *j, const struct comm *comm) {
    int64_t n = j->series->ny * j->series->nx, turns = j->n_mine;
    float *work = NULL, *image = NULL;
    int e = ERR_OK;
    comm_max_i64(comm, &turns, 1); /* frames come by a Collective call */
    TRY_ALL_TO(comm, out, MEM_NEW(work, n));
    TRY_ALL_TO(comm, out, MEM_NEW(image, n * (j->o->n_lags + 1)));
    for (int64_t m = 0; m < turns; m++) {
        bool busy = m < j->n_mine;
        int64_t t[G4_LAGS + 1] = {busy ? j->mine[m] : 0};
        int stop = stop_wanted() ? ERR_TIME : ERR_OK;
        for (int k = 0; k < j->o->n_lags; k++) t[k + 1] = t[0] + j->o->lag[k];
        if (stop)
            stop = err_set(ERR_TIME, __FILE__, __LINE__, "stopped (%s) within g4", stop_text(stop_wanted()));
        TRY_ALL_TO(comm, out, stop);
        TRY_TO(out, series_frames(comm, j->series, busy ? j->o->n_lags + 1 : 0, t, image));
        if (!busy) continue;
        for (int k = 0; k <= j->o->n_lags; k++) {
            memcpy(j->frame[k], image + k * n, (size_t)n * sizeof *image);
            scale(j, j->frame[k]);
        }
        rings_of_frames(j, work, j->sums + m * j->width);
        rings_of_products(j, work, j->sums + m * j->width);
        if (!j->o->quiet) log_progress_at((double)(m + 1), "frame %lld", (long long)t[0]);
    }
out:
    mem_free(&work);
    mem_free(&image);
    return e;
}

/* --- curves from sums of tiles, each tile counted weight[tile] times */

static void curve_of(const struct job *j, double *sums, int reading, const double *weight, double *out) {
    for (int k = 0; k < j->o->n_lags; k++)
        for (int d = 0; d < j->rings.n_r; d++) {
            double s[N_FIELDS] = {0};
            for (int t = 0; t < TILES; t++)
                for (int f = 0; f < N_FIELDS; f++) s[f] += weight[t] * at(j, sums, k, t, f)[d];
            double n3 = s[COUNT] * s[COUNT] * s[COUNT], four = s[reading == G4_RING ? FOUR : FOUR_P];
            out[k * j->rings.n_r + d] = four * n3 / (s[NEAR_1] * s[NEAR_2] * s[RING_1] * s[RING_2]);
        }
}

struct of_job {
    struct job *j;
    double *sums;
    int reading;
};

static void of_tiles(void *state, const double *weight, double *curve) {
    struct of_job *s = state;
    curve_of(s->j, s->sums, s->reading, weight, curve);
}

static int finish(struct job *j, const struct comm *comm, struct g4_result *res) {
    const struct g4_options *o = j->o;
    double *sums = NULL;
    int e = ERR_OK;
    TRY_ALL_TO(comm, out, MEM_NEW(sums, j->width));
    comm_sum_exact(comm, j->sums, j->n_mine, (int)j->width, (int)j->width, sums);
    res->n_r = j->rings.n_r;
    res->n_lags = o->n_lags;
    memcpy(res->lag, o->lag, sizeof res->lag);
    int64_t all = j->n_mine;
    comm_sum_i64(comm, &all, 1);
    res->n_origins = (int)all;
    if (!res->r) TRY_ALL_TO(comm, out, MEM_NEW(res->r, res->n_r));
    memcpy(res->r, j->rings.r, (size_t)res->n_r * sizeof *res->r);
    for (int reading = G4_RING; reading <= G4_PRODUCT; reading++) {
        struct of_job of = {j, sums, reading};
        struct g4_fit_bootstrap b = {.n_tiles = TILES,
                                     .n_r = res->n_r,
                                     .n_curves = o->n_lags,
                                     .r = res->r,
                                     .from = o->from,
                                     .resamples = o->resamples,
                                     .seed = o->seed,
                                     .curves = of_tiles,
                                     .state = &of};
        TRY_ALL_TO(comm, out, MEM_NEW(res->curve[reading], o->n_lags * res->n_r));
        TRY_ALL_TO(comm, out, MEM_NEW(res->error[reading], o->n_lags * res->n_r));
        TRY_ALL_TO(
            comm, out,
            g4_fit_run(&b, res->curve[reading], res->error[reading], &res->one[reading], &res->two[reading]));
    }
out:
    mem_free(&sums);
    return e;
}

static void job_free(struct job *j) {
    rings_free(&j->rings);
    for (int k = 0; k <= G4_LAGS; k++) mem_free(&j->frame[k]);
    for (int k = 0; k < G4_LAGS; k++) mem_free(&j->product[k]);
    mem_free(&j->first_ring);
    mem_free(&j->tile);
    mem_free(&j->sums);
    mem_free(&j->mine);
}

int g4_compute(const struct comm *comm, struct series *series, const struct g4_options *options,
               struct g4_result *result) {
    struct job j = {.o = options, .series = series};
    int e = ERR_OK;
    TRY_ALL_TO(comm, out, prepare(&j, comm));
    if (!options->quiet) log_progress_begin("g4", (double)j.n_mine);
    TRY_TO(out, over_origins(&j, comm));
    if (!options->quiet) log_progress_end();
    TRY_TO(out, finish(&j, comm, result));
out:
    job_free(&j);
    return e;
}

void g4_free(struct g4_result *res) {
    mem_free(&res->r);
    for (int k = 0; k < G4_READINGS; k++) {
        mem_free(&res->curve[k]);
        mem_free(&res->error[k]);
    }
}

/* --- the covariance of ln tau between halves */

struct of_maps {
    struct rings rings; /* of the late map */
    const double *early;
    const int *tile;
    double *sums; /* [tile][ring]: early * ring sum of late, pixels of the ring */
    double *count;
};

static void of_covariance(void *state, const double *weight, double *curve) {
    struct of_maps *s = state;
    for (int d = 0; d < s->rings.n_r; d++) {
        double sum = 0, n = 0;
        for (int t = 0; t < TILES; t++) {
            sum += weight[t] * s->sums[t * s->rings.n_r + d];
            n += weight[t] * s->count[t * s->rings.n_r + d];
        }
        curve[d] = n > 0 ? sum / n : NAN;
    }
}

static int map_sums(struct of_maps *s, const float *late, int64_t n) {
    struct rings *g = &s->rings;
    TRY(MEM_NEW(s->sums, TILES * g->n_r));
    TRY(MEM_NEW(s->count, TILES * g->n_r));
    transform(g, late, NULL);
    for (int d = 0; d < g->n_r; d++) {
        ring_sum(g, d);
        for (int64_t p = 0; p < n; p++) {
            if (g->share[d][p] == 0) continue;
            int cell = s->tile[p] * g->n_r + d;
            s->sums[cell] += s->early[p] * g->sum[p / g->nx * g->px + p % g->nx][0];
            s->count[cell] += 1 / g->share[d][p];
        }
    }
    return ERR_OK;
}

/* **Local.** Deviations of ln tau from their mean where both maps have one. */
static int deviations(const struct ecm_map *early, const struct ecm_map *late, const uint8_t *mask, int64_t n,
                      double *a, float *b, uint8_t *both) {
    double mean_a = 0, mean_b = 0, count = 0;
    for (int64_t p = 0; p < n; p++) {
        both[p] = early->status[p] == KWW_OK && late->status[p] == KWW_OK && (!mask || mask[p]);
        if (!both[p]) continue;
        mean_a += log(early->tau[p]);
        mean_b += log(late->tau[p]);
        count++;
    }
    if (count < 20) FAIL(ERR_PHYSICS, "the halves of the film have %g relaxation times in common", count);
    for (int64_t p = 0; p < n; p++) {
        a[p] = both[p] ? log(early->tau[p]) - mean_a / count : 0;
        b[p] = both[p] ? (float)(log(late->tau[p]) - mean_b / count) : 0;
    }
    return ERR_OK;
}

int g4_maps(const struct ecm_map *early, const struct ecm_map *late, int64_t ny, int64_t nx, double pixel,
            const struct g4_options *o, struct g4_result *res) {
    int64_t n = ny * nx;
    struct of_maps s = {0};
    double *a = NULL;
    float *b = NULL;
    uint8_t *both = NULL;
    int *tile = NULL, e = ERR_OK;
    TRY_TO(out, MEM_NEW(a, n));
    TRY_TO(out, MEM_NEW(b, n));
    TRY_TO(out, MEM_NEW(both, n));
    TRY_TO(out, MEM_NEW(tile, n));
    TRY_TO(out, deviations(early, late, o->mask, n, a, b, both));
    for (int64_t p = 0; p < n; p++) tile[p] = (int)(p / nx * EDGE / ny * EDGE + p % nx * EDGE / nx);
    TRY_TO(out, rings_create(&s.rings, ny, nx, pixel, o->longest, both));
    s.early = a;
    s.tile = tile;
    TRY_TO(out, map_sums(&s, b, n));
    res->n_r = s.rings.n_r;
    if (!res->r) TRY_TO(out, MEM_NEW(res->r, res->n_r));
    memcpy(res->r, s.rings.r, (size_t)res->n_r * sizeof *res->r);
    TRY_TO(out, MEM_NEW(res->curve[G4_MAPS], res->n_r));
    TRY_TO(out, MEM_NEW(res->error[G4_MAPS], res->n_r));
    struct g4_fit_bootstrap boot = {.n_tiles = TILES,
                                    .n_r = res->n_r,
                                    .n_curves = 1,
                                    .r = res->r,
                                    .from = 0,
                                    .resamples = o->resamples,
                                    .seed = o->seed,
                                    .curves = of_covariance,
                                    .state = &s};
    TRY_TO(out, g4_fit_run(&boot, res->curve[G4_MAPS], res->error[G4_MAPS], &res->one[G4_MAPS],
                           &res->two[G4_MAPS]));
out:
    rings_free(&s.rings);
    mem_free(&s.sums);
    mem_free(&s.count);
    mem_free(&a);
    mem_free(&b);
    mem_free(&both);
    mem_free(&tile);
    return e;
}
