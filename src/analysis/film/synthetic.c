/* synthetic - spectra of the stretched exponential, noise filtered in space, one FFT a pixel.
 *
 * A tile of pixels is made at a time: noise of the tile and a margin for a chunk of frequencies, filtered
 * along x and y, until all frequencies of the tile's pixels are there; then each pixel gets its spectrum and
 * its transform. tau is rounded to steps of 1 % so that spectra are shared; the truth is the rounded field.
 * Rejected: walking E in time (a stretched exponential has no short memory), sums of a few exponentials (the
 * correlation is then not the stated one), moving atoms (that is the tilted dark field of a trajectory).
 * Cost a pixel: 4 n_t normal numbers times the margin's share, one complex FFT of 2 n_t. */
#include "analysis/film/synthetic.h"
#include "base/fft.h"
#include "base/mem.h"
#include "base/rng.h"

#include <fftw3.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <string.h>

#define CHUNK 64 /* frequencies filtered at a time */
#define MAX_TAPS 64
#define LEVEL 0.01 /* step of ln tau */
#define TILE_MAX 64
#define LANES 16
typedef float lanes __attribute__((vector_size(LANES * sizeof(float))));

struct synthetic {
    struct synthetic_spec spec;
    int64_t m; /* length of the transform */
    int tile;  /* edge of a tile, pixels */
    int64_t tiles_y, tiles_x;
    double *log_tau, *depth, *fast; /* truth; share of the column in the fast layer */
    float **spectra;                /* [levels], made when asked for: sqrt(S / M), m / 2 + 1 numbers */
    int64_t first_level, n_levels;
    float tap[2 * MAX_TAPS + 1];
    int taps; /* on each side */
    fftwf_plan plan;
    fftwf_complex *field, *noise, *along_x; /* tile's pixels; chunk with margins; chunk filtered along x */
    fftwf_complex *one;                     /* one pixel */
    double *correlation;                    /* m, for spectra */
    fftw_plan spectrum_plan;
};

/* --- gsl_rng over Philox, so that GSL draws the counts and the key decides them */

struct keyed {
    uint64_t seed, id, step;
    uint32_t word[4];
    int used;
};

static unsigned long keyed_get(void *state) {
    struct keyed *k = state;
    if (k->used == 4) {
        rng_bits(k->seed, RNG_NOISE, k->id, k->step++, k->word);
        k->used = 0;
    }
    return k->word[k->used++];
}

static double keyed_double(void *state) {
    return ((double)keyed_get(state) + 0.5) * 0x1p-32;
}

static void keyed_set(void *state, unsigned long seed) {
    (void)state, (void)seed;
}

static const gsl_rng_type keyed_type = {.name = "philox",
                                        .max = 0xFFFFFFFFUL,
                                        .min = 0,
                                        .size = sizeof(struct keyed),
                                        .set = keyed_set,
                                        .get = keyed_get,
                                        .get_double = keyed_double};

/* **Local.** A Poisson number of mean mu. GSL's goes through gamma numbers (200 ns); from mu = 10 on this is
 * Hoermann's transformed rejection PTRS (hormann1993), exact as well and six times as fast. */
static double counts(gsl_rng *rng, double mu) {
    if (mu < 10) return gsl_ran_poisson(rng, mu);
    double b = 0.931 + 2.53 * sqrt(mu), a = -0.059 + 0.02483 * b, log_mu = 0;
    double inverse = 1.1239 + 1.1328 / (b - 3.4), v_r = 0.9277 - 3.6224 / (b - 2);
    for (;;) {
        double u = gsl_rng_uniform(rng) - 0.5, v = gsl_rng_uniform(rng), s = 0.5 - fabs(u);
        double k = floor((2 * a / s + b) * u + mu + 0.43);
        if (s >= 0.07 && v <= v_r) return k;
        if (k < 0 || (s < 0.013 && v > s)) continue;
        if (log_mu == 0) log_mu = log(mu);
        if (log(v * inverse / (a / (s * s) + b)) <= k * log_mu - mu - lgamma(k + 1)) return k;
    }
}

/* --- the truth */

static int64_t good_size(int64_t n) {
    for (;; n++) {
        int64_t r = n;
        for (int p = 2; p <= 7; p = p == 2 ? 3 : p + 2)
            while (r % p == 0) r /= p;
        if (r == 1) return n;
    }
}

/* **Local.** Standard Gaussian field with covariance exp(-r / xi) on a periodic grid larger than the image,
 * by the square root of the covariance in Fourier space. */
static int gaussian_field(const struct synthetic_spec *p, double *out) {
    int64_t gy = good_size(p->ny + (int64_t)ceil(8 * p->xi / p->pixel));
    int64_t gx = good_size(p->nx + (int64_t)ceil(8 * p->xi / p->pixel)), n = gy * gx;
    fftw_complex *a = NULL, *noise = NULL;
    struct fft *fft = NULL;
    int e = MEM_NEW(a, n);
    if (!e) e = MEM_NEW(noise, n);
    if (!e) e = fft_create(gy, gx, false, &fft);
    for (int64_t y = 0; y < gy && !e; y++)
        for (int64_t x = 0; x < gx; x++) {
            double dy = (double)(y < gy - y ? y : gy - y), dx = (double)(x < gx - x ? x : gx - x);
            double r = hypot(dx, dy) * p->pixel;
            a[y * gx + x][0] = p->xi > 0 ? exp(-r / p->xi) : r == 0;
            rng_normal(p->seed, RNG_FIELD, (uint64_t)y << 32 | (uint64_t)x, 0, 1, &noise[y * gx + x][0]);
        }
    if (!e) {
        fft_forward(fft, noise);
        fft_forward(fft, a);
        for (int64_t k = 0; k < n; k++)
            for (int c = 0; c < 2; c++) noise[k][c] *= sqrt(fmax(0, a[k][0])) / (double)n;
        fft_back(fft, noise);
    }
    for (int64_t y = 0; y < p->ny && !e; y++)
        for (int64_t x = 0; x < p->nx; x++) out[y * p->nx + x] = noise[y * gx + x][0];
    fft_destroy(&fft);
    mem_free(&a);
    mem_free(&noise);
    return e;
}

/* **Local.** Share of the column at distance d from the edge of a wire that lies in the layer. */
static double layer_share(const struct synthetic_spec *p, double d) {
    double r = 0.5 * p->width;
    if (d <= p->layer) return 1;
    if (p->section == SYNTHETIC_SLAB) return 0;
    if (p->section == SYNTHETIC_RECTANGLE) return fmin(1, 2 * p->layer / p->width); /* top and bottom */
    double half = sqrt(fmax(0, r * r - (r - d) * (r - d)));
    double inner = sqrt(fmax(0, (r - p->layer) * (r - p->layer) - (r - d) * (r - d)));
    return half > 0 ? 1 - inner / half : 1;
}

static int make_truth(struct synthetic *s) {
    const struct synthetic_spec *p = &s->spec;
    int64_t n = p->ny * p->nx;
    TRY(MEM_NEW(s->log_tau, n));
    TRY(MEM_NEW(s->depth, n));
    TRY(MEM_NEW(s->fast, n));
    TRY(gaussian_field(p, s->log_tau));
    double low = INFINITY, high = -INFINITY;
    for (int64_t k = 0; k < n; k++) {
        double x = ((double)(k % p->nx) + 0.5) * p->pixel, middle = 0.5 * (double)p->nx * p->pixel;
        s->depth[k] = p->section == SYNTHETIC_FILM ? INFINITY : 0.5 * p->width - fabs(x - middle);
        double slower = p->mobility && !isnan(p->mobility[k]) ? -log(p->mobility[k]) : 0;
        if (p->mobility && isnan(p->mobility[k])) s->depth[k] = -1;
        s->log_tau[k] = LEVEL * round((log(p->tau) + slower + p->sigma * s->log_tau[k]) / LEVEL);
        s->fast[k] = p->section == SYNTHETIC_FILM || p->ratio == 1 || p->layer <= 0 ? 0
                     : s->depth[k] < 0                                              ? 0
                                       : layer_share(p, s->depth[k]);
        low = fmin(low, s->log_tau[k]);
        high = fmax(high, s->log_tau[k]);
    }
    double shift = round(log(p->ratio) / LEVEL);
    s->first_level = (int64_t)llround(low / LEVEL - fmax(0, shift));
    s->n_levels = (int64_t)llround(high / LEVEL - fmin(0, shift)) - s->first_level + 1;
    TRY(MEM_NEW(s->spectra, s->n_levels));
    for (int64_t k = 0; k < n; k++) { /* what is in the field, said as one time: that of the larger share */
        if (s->fast[k] >= 0.5) s->log_tau[k] -= LEVEL * shift;
        if (s->depth[k] < 0) s->log_tau[k] = NAN;
    }
    return ERR_OK;
}

/* --- spectra */

/* **Local.** sqrt(S / M) of a level of tau. */
static int spectrum_of(struct synthetic *s, int64_t level, const float **out) {
    int64_t k = level - s->first_level, half = s->m / 2;
    if (k < 0 || k >= s->n_levels) FAIL(ERR_INTERNAL, "level %lld of tau is not there", (long long)level);
    *out = s->spectra[k];
    if (*out) return ERR_OK;
    TRY(MEM_NEW(s->spectra[k], half + 1));
    double tau = exp(LEVEL * (double)level), negative = 0, total = 0;
    for (int64_t i = 0; i <= half; i++)
        s->correlation[i] = exp(-pow((double)i * s->spec.frame_time / tau, s->spec.beta));
    fftw_execute_r2r(s->spectrum_plan, s->correlation, s->correlation);
    for (int64_t i = 0; i <= half; i++) {
        double v = s->correlation[i] / (double)s->m;
        if (v < 0) negative -= v;
        total += fabs(v);
        s->spectra[k][i] = (float)sqrt(fmax(0, v));
    }
    if (negative > 1e-4 * total)
        FAIL(ERR_INPUT,
             "no film has beta %g and tau %g s at %g s a frame for %lld frames; take beta <= 1 or a longer "
             "film",
             s->spec.beta, tau, s->spec.frame_time, (long long)s->spec.n_t);
    *out = s->spectra[k];
    return ERR_OK;
}

/* --- tiles */

static void gauss_taps(struct synthetic *s) {
    double width = s->spec.speckle / s->spec.pixel / (2 * sqrt(2 * log(2))), sum = 0;
    s->taps = s->spec.independent || width <= 0 ? 0 : (int)ceil(3.5 * width);
    if (s->taps > MAX_TAPS) s->taps = MAX_TAPS;
    for (int k = -s->taps; k <= s->taps; k++) {
        double v = s->taps ? exp(-0.5 * k * k / (width * width)) : 1;
        s->tap[k + s->taps] = (float)v;
        sum += v * v;
    }
    for (int k = 0; k <= 2 * s->taps; k++) s->tap[k] /= (float)sqrt(sum);
}

/* **Local.** Complex normal numbers of variance 1 for frequencies [k0, k0 + n) of pixel (y, x), n even. */
static void white(const struct synthetic *s, int64_t y, int64_t x, int64_t k0, int n, fftwf_complex *out) {
    uint64_t id = (uint64_t)(uint32_t)(y + MAX_TAPS) << 32 | (uint32_t)(x + MAX_TAPS);
    for (int k = 0; k < n; k += 2) {
        uint32_t u[4];
        rng_bits(s->spec.seed, RNG_FILM, id, (uint64_t)(k0 + k) / 2, u);
        for (int h = 0; h < 2; h++) {
            float radius = sqrtf(-logf(((float)u[2 * h] + 0.5f) * 0x1p-32f));
            float angle = (float)(2 * M_PI * 0x1p-32) * (float)u[2 * h + 1];
            out[k + h][0] = radius * cosf(angle);
            out[k + h][1] = radius * sinf(angle);
        }
    }
}

/* **Local.** out[n] = sum over taps of tap[k] in[k * stride + i]; sixteen sums at a time stay in registers.
 */
static void filter(const struct synthetic *s, const float *restrict in, int64_t stride, int n,
                   float *restrict out) {
    int i = 0;
    for (; i + LANES <= n; i += LANES) {
        lanes sum = {0}, x;
        for (int k = 0; k <= 2 * s->taps; k++) {
            memcpy(&x, in + k * stride + i, sizeof x);
            sum += s->tap[k] * x;
        }
        memcpy(out + i, &sum, sizeof sum);
    }
    for (; i < n; i++) {
        out[i] = 0;
        for (int k = 0; k <= 2 * s->taps; k++) out[i] += s->tap[k] * in[k * stride + i];
    }
}

/* **Local.** Frequencies [k0, k0 + n) of the tile's pixels. */
static void chunk_of(struct synthetic *s, const struct series_block *b, int64_t k0, int n) {
    int t = s->taps, wide = b->w + 2 * t, high = b->h + 2 * t;
    for (int y = 0; y < high; y++)
        for (int x = 0; x < wide; x++)
            white(s, b->y0 + y - t, b->x0 + x - t, k0, n, s->noise + (y * wide + x) * CHUNK);
    for (int y = 0; y < high; y++)
        for (int x = 0; x < b->w; x++)
            filter(s, (const float *)(s->noise + (y * wide + x) * CHUNK), 2 * CHUNK, 2 * n,
                   (float *)(s->along_x + (y * b->w + x) * CHUNK));
    for (int y = 0; y < b->h; y++)
        for (int x = 0; x < b->w; x++)
            filter(s, (const float *)(s->along_x + (y * b->w + x) * CHUNK), (int64_t)2 * CHUNK * b->w, 2 * n,
                   (float *)(s->field + ((int64_t)y * b->w + x) * s->m + k0));
}

static int64_t level_of(double log_tau) {
    return (int64_t)llround(log_tau / LEVEL);
}

/* **Local.** Fourier amplitudes of a pixel: noise times the square root of its spectrum. */
static int colour(struct synthetic *s, int64_t pixel, const fftwf_complex *in) {
    int64_t half = s->m / 2, shift = level_of(log(s->spec.ratio));
    const float *slow, *fast = NULL;
    float share = (float)s->fast[pixel];
    if (isnan(s->log_tau[pixel])) FAIL(ERR_INTERNAL, "a pixel outside the wire has no spectrum");
    int64_t level = level_of(s->log_tau[pixel]) + (share >= 0.5f ? shift : 0);
    TRY(spectrum_of(s, level, &slow));
    if (share > 0) TRY(spectrum_of(s, level - shift, &fast));
    for (int64_t k = 0; k < s->m; k++) {
        int64_t f = k <= half ? k : s->m - k;
        float a = slow[f];
        if (fast) a = sqrtf((1 - share) * a * a + share * fast[f] * fast[f]);
        s->one[k][0] = a * in[k][0];
        s->one[k][1] = a * in[k][1];
    }
    fftwf_execute(s->plan);
    return ERR_OK;
}

/* **Local.** The frame of a stationary film that a film whose tau grows shows at frame t. */
static int64_t aged(const struct synthetic_spec *p, int64_t t) {
    if (p->ageing == 0) return t;
    double share = (double)t / (double)p->n_t;
    return (int64_t)((double)p->n_t * log1p(p->ageing * share) / p->ageing);
}

/* **Local.** Counts of a pixel whose field is e[n_t] (NULL: beside the wire). */
static void intensity(const struct synthetic *s, int64_t pixel, const fftwf_complex *e, gsl_rng *rng,
                      float *out) {
    const struct synthetic_spec *p = &s->spec;
    struct keyed *key = rng->state;
    *key = (struct keyed){.seed = p->seed, .id = (uint64_t)pixel, .used = 4};
    for (int64_t t = 0; t < p->n_t; t++) {
        double v = p->dark;
        if (e)
            v = ((double)e[t][0] * e[t][0] + (double)e[t][1] * e[t][1] + p->background) / (1 + p->background);
        out[t] = p->dose > 0 ? (float)counts(rng, p->dose * v) : (float)v;
    }
}

/* **Local.** The field of a pixel, from its noise to frames, in place. */
static int field_of(struct synthetic *s, int64_t pixel, fftwf_complex *noise) {
    TRY(colour(s, pixel, noise));
    for (int64_t t = 0; t < s->spec.n_t; t++) memcpy(noise[t], s->one[aged(&s->spec, t)], sizeof noise[t]);
    return ERR_OK;
}

/* --- drift: what a pixel sees at time t lies between pixels of the specimen */

/* **Local.** Pixels of the specimen that have passed pixel 0 at frame t, y and x. */
static double moved(const struct synthetic_spec *p, int axis, int64_t t) {
    return p->drift[axis] * p->frame_time * (double)t / p->pixel;
}

/* **Local.** The specimen's pixels that a block sees in the course of the film. */
static struct series_block seen_by(const struct synthetic *s, const struct series_block *b) {
    const struct synthetic_spec *p = &s->spec;
    struct series_block r = *b;
    if (p->drift[0] == 0 && p->drift[1] == 0) return r;
    double y = moved(p, 0, p->n_t - 1), x = moved(p, 1, p->n_t - 1);
    r.y0 += (int64_t)floor(-fmax(0, y)) - 1;
    r.x0 += (int64_t)floor(-fmax(0, x)) - 1;
    r.h = (int)(b->y0 + b->h + (int64_t)ceil(-fmin(0, y)) + 2 - r.y0);
    r.w = (int)(b->x0 + b->w + (int64_t)ceil(-fmin(0, x)) + 2 - r.x0);
    return r;
}

/* **Local.** Cubic weights (Keys, a = -1/2) of four neighbours at share t between the middle two. */
static void cubic(double t, double w[4]) {
    w[0] = t * (-0.5 + t * (1 - 0.5 * t));
    w[1] = 1 + t * t * (-2.5 + 1.5 * t);
    w[2] = t * (0.5 + t * (2 - 1.5 * t));
    w[3] = t * t * (-0.5 + 0.5 * t);
}

/* **Local.** The field that pixel (y, x) of the image sees, from the specimen's pixels, into s->one. */
static void drifted(struct synthetic *s, const struct series_block *r, int64_t y, int64_t x) {
    for (int64_t t = 0; t < s->spec.n_t; t++) {
        double v = (double)y - moved(&s->spec, 0, t), u = (double)x - moved(&s->spec, 1, t), wy[4], wx[4];
        double re = 0, im = 0;
        int64_t row = (int64_t)floor(v) - 1 - r->y0, column = (int64_t)floor(u) - 1 - r->x0;
        cubic(v - floor(v), wy);
        cubic(u - floor(u), wx);
        for (int j = 0; j < 4; j++)
            for (int i = 0; i < 4; i++) {
                const float *e = s->field[((row + j) * r->w + column + i) * s->m + t];
                re += wy[j] * wx[i] * e[0];
                im += wy[j] * wx[i] * e[1];
            }
        s->one[t][0] = (float)re;
        s->one[t][1] = (float)im;
    }
}

static int64_t tiles(const void *state) {
    const struct synthetic *s = state;
    return s->tiles_y * s->tiles_x;
}

static int tile_size(const void *state, int64_t b, struct series_block *block) {
    const struct synthetic *s = state;
    block->y0 = b / s->tiles_x * s->tile;
    block->x0 = b % s->tiles_x * s->tile;
    int64_t h = s->spec.ny - block->y0, w = s->spec.nx - block->x0;
    block->h = (int)(h < s->tile ? h : s->tile);
    block->w = (int)(w < s->tile ? w : s->tile);
    return ERR_OK;
}

/* **Local.** The specimen's pixel at (y, x) as one of the image: beyond its sides, the nearest. */
static int64_t nearest(const struct synthetic_spec *p, int64_t y, int64_t x) {
    y = y < 0 ? 0 : y >= p->ny ? p->ny - 1 : y;
    x = x < 0 ? 0 : x >= p->nx ? p->nx - 1 : x;
    return y * p->nx + x;
}

static int tile_read(void *state, int64_t b, struct series_block *block) {
    struct synthetic *s = state;
    const struct synthetic_spec *p = &s->spec;
    TRY(tile_size(s, b, block));
    struct series_block seen = seen_by(s, block);
    bool still = seen.h == block->h;
    for (int64_t k = 0; k < s->m; k += CHUNK)
        chunk_of(s, &seen, k, (int)(s->m - k < CHUNK ? s->m - k : CHUNK));
    for (int64_t k = 0; k < (int64_t)seen.h * seen.w; k++) {
        int64_t pixel = nearest(p, seen.y0 + k / seen.w, seen.x0 + k % seen.w);
        if (s->depth[pixel] >= 0) TRY(field_of(s, pixel, s->field + k * s->m));
    }
    gsl_rng *rng = gsl_rng_alloc(&keyed_type);
    if (!rng) FAIL(ERR_MEMORY, "no memory for random numbers");
    for (int k = 0; k < block->h * block->w; k++) {
        int64_t y = block->y0 + k / block->w, x = block->x0 + k % block->w, pixel = y * p->nx + x;
        const fftwf_complex *e = still ? s->field + k * s->m : s->one;
        if (s->depth[pixel] < 0) e = NULL;
        else if (!still) drifted(s, &seen, y, x);
        intensity(s, pixel, e, rng, block->i + k * p->n_t);
    }
    gsl_rng_free(rng);
    return ERR_OK;
}

static void destroy(void *state) {
    struct synthetic *s = state;
    synthetic_destroy(&s);
}

static const struct series_source source = {
    .blocks = tiles, .size = tile_size, .read = tile_read, .destroy = destroy};

/* --- life */

static int check(const struct synthetic_spec *p) {
    if (p->n_t < 8 || p->ny < 1 || p->nx < 1) FAIL(ERR_INPUT, "a film needs 8 frames and a pixel at least");
    if (!(p->frame_time > 0 && p->pixel > 0 && p->tau > 0 && p->beta > 0 && p->sigma >= 0 && p->ratio > 0))
        FAIL(ERR_INPUT, "frame time, pixel, tau, beta and ratio must be positive");
    if (p->section != SYNTHETIC_FILM && (p->drift[0] != 0 || p->drift[1] != 0))
        FAIL(ERR_INPUT, "a wire does not drift here; take a film");
    for (int64_t k = 0; p->mobility && k < p->ny * p->nx; k++)
        if (!isnan(p->mobility[k]) && !(p->mobility[k] > 1e-12 && p->mobility[k] < 1e12))
            FAIL(ERR_INPUT, "the mobility at pixel (%lld, %lld) is %g", (long long)(k / p->nx),
                 (long long)(k % p->nx), p->mobility[k]);
    if (p->section != SYNTHETIC_FILM && !(p->width > 2 * p->layer))
        FAIL(ERR_INPUT, "a wire of %g nm has no room for a layer of %g nm on both sides", p->width, p->layer);
    return ERR_OK;
}

static int allocate(struct synthetic *s, int64_t memory) {
    int64_t a_pixel = s->m * (int64_t)sizeof(fftwf_complex) + s->spec.n_t * (int64_t)sizeof(float);
    struct series_block seen;
    for (s->tile = TILE_MAX;; s->tile--) {
        seen = seen_by(s, &(struct series_block){.h = s->tile, .w = s->tile});
        if (s->tile <= 4 || (int64_t)seen.h * seen.w * a_pixel <= memory) break;
    }
    if (seen.h > 20 * TILE_MAX || seen.w > 20 * TILE_MAX)
        FAIL(ERR_INPUT, "a drift of %d x %d pixels over the film is too far", seen.h - s->tile,
             seen.w - s->tile);
    s->tiles_y = (s->spec.ny + s->tile - 1) / s->tile;
    s->tiles_x = (s->spec.nx + s->tile - 1) / s->tile;
    size_t wide = (size_t)(seen.w + 2 * s->taps), high = (size_t)(seen.h + 2 * s->taps);
    s->field = fftwf_alloc_complex((size_t)seen.h * (size_t)seen.w * (size_t)s->m);
    s->noise = fftwf_alloc_complex(wide * high * CHUNK);
    s->along_x = fftwf_alloc_complex(high * (size_t)seen.w * CHUNK);
    s->one = fftwf_alloc_complex((size_t)s->m);
    s->correlation = fftw_alloc_real((size_t)s->m / 2 + 1);
    if (!s->field || !s->noise || !s->along_x || !s->one || !s->correlation)
        FAIL(ERR_MEMORY, "no memory for %d x %d pixels of %lld frames", s->tile, s->tile,
             (long long)s->spec.n_t);
    s->plan = fftwf_plan_dft_1d((int)s->m, s->one, s->one, FFTW_BACKWARD, FFTW_ESTIMATE);
    s->spectrum_plan =
        fftw_plan_r2r_1d((int)s->m / 2 + 1, s->correlation, s->correlation, FFTW_REDFT00, FFTW_ESTIMATE);
    return ERR_OK;
}

int synthetic_create(const struct synthetic_spec *spec, int64_t memory, struct synthetic **synthetic) {
    struct synthetic *s = NULL;
    *synthetic = NULL;
    TRY(check(spec));
    TRY(MEM_NEW(s, 1));
    s->spec = *spec;
    for (s->m = good_size(2 * spec->n_t); s->m % 2; s->m = good_size(s->m + 1)) continue;
    gauss_taps(s);
    int e = allocate(s, memory);
    if (!e) e = make_truth(s);
    if (e) synthetic_destroy(&s);
    *synthetic = s;
    return e;
}

void synthetic_destroy(struct synthetic **synthetic) {
    struct synthetic *s = *synthetic;
    if (!s) return;
    for (int64_t k = 0; s->spectra && k < s->n_levels; k++) mem_free(&s->spectra[k]);
    mem_free(&s->spectra);
    mem_free(&s->log_tau);
    mem_free(&s->depth);
    mem_free(&s->fast);
    if (s->plan) fftwf_destroy_plan(s->plan);
    if (s->spectrum_plan) fftw_destroy_plan(s->spectrum_plan);
    fftwf_free(s->field);
    fftwf_free(s->noise);
    fftwf_free(s->along_x);
    fftwf_free(s->one);
    fftw_free(s->correlation);
    mem_free(synthetic);
}

int synthetic_series(struct synthetic **synthetic, struct series *series) {
    struct synthetic *s = *synthetic;
    *series = (struct series){.n_t = s->spec.n_t,
                              .ny = s->spec.ny,
                              .nx = s->spec.nx,
                              .frame_time = s->spec.frame_time,
                              .pixel = s->spec.pixel};
    *synthetic = NULL;
    return series_create(series, &source, s);
}

const double *synthetic_log_tau(const struct synthetic *synthetic) {
    return synthetic->log_tau;
}

const double *synthetic_depth(const struct synthetic *synthetic) {
    return synthetic->depth;
}
