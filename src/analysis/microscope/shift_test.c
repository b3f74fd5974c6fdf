/* shift_test - direct sums for each shift: a thousand shifts of ten thousand pixels take 20 ms.
 *
 * Random numbers are keyed by (seed, stream, shift): the same shifts on any number of ranks. Rejected: the
 * t-test of r (wrong by orders of magnitude for correlated pixels), shuffling pixels (destroys the
 * correlation of the mask), all cross-correlations by FFT (the number of shifts is small). */
#include "analysis/microscope/shift_test.h"
#include "base/mem.h"
#include "base/rng.h"

#include <gsl/gsl_sort.h>
#include <math.h>
#include <string.h>

#define STREAM 0x7368696674000000u /* "shift": apart from other users of RNG_NOISE */

struct moved {
    double r, overlap;
};

struct field {
    const double *map;
    const bool *mask, *rich;
    int ny, nx;
    int64_t n_rich;
};

/* **Local.** Agreement with the mask moved by (dy, dx). */
static struct moved agree(const struct field *f, int dy, int dx) {
    double n = 0, sum = 0, square = 0, in = 0, in_sum = 0, in_rich = 0;
    for (int y = 0; y < f->ny; y++) {
        const bool *mask = f->mask + (int64_t)((y + dy) % f->ny) * f->nx;
        for (int x = 0; x < f->nx; x++) {
            int64_t i = (int64_t)y * f->nx + x;
            double v = f->map[i];
            if (isnan(v)) continue;
            bool m = mask[x + dx < f->nx ? x + dx : x + dx - f->nx];
            n++;
            sum += v;
            square += v * v;
            in += m;
            in_sum += m ? v : 0;
            in_rich += m && f->rich[i];
        }
    }
    double var = (square / n - sum / n * sum / n) * (in / n - in / n * in / n);
    double r = var > 0 ? (in_sum / n - sum / n * in / n) / sqrt(var) : 0;
    return (struct moved){r, f->n_rich ? in_rich / (double)f->n_rich : 0};
}

/* **Local.** Mark the highest `share` of the usable pixels. */
static int mark_rich(const double *map, int64_t n, double share, bool *rich, int64_t *n_rich) {
    double *sorted = NULL;
    size_t usable = 0;
    TRY(MEM_NEW(sorted, n));
    for (int64_t i = 0; i < n; i++)
        if (!isnan(map[i])) sorted[usable++] = map[i];
    gsl_sort(sorted, 1, usable);
    double from = usable ? sorted[(size_t)((1 - share) * (double)(usable - 1))] : INFINITY;
    *n_rich = 0;
    for (int64_t i = 0; i < n; i++) {
        rich[i] = map[i] > from; /* false for NAN */
        *n_rich += rich[i];
    }
    mem_free(&sorted);
    return ERR_OK;
}

static void describe(const double *map, const bool *mask, int64_t n, struct shift_test_result *out) {
    double count[2] = {0}, sum[2] = {0};
    for (int64_t i = 0; i < n; i++) {
        if (isnan(map[i])) continue;
        count[mask[i]]++;
        sum[mask[i]] += map[i];
    }
    out->share = count[1] / (count[0] + count[1]);
    out->inside = sum[1] / count[1];
    out->outside = sum[0] / count[0];
}

int shift_test_run(const double *map, const bool *mask, int ny, int nx, double rich, int n_shifts,
                   uint64_t seed, uint64_t stream, struct shift_test_result *result) {
    int64_t n = (int64_t)ny * nx, most = n - 1;
    bool *marked = NULL;
    double mean = 0, usable = 0, *scaled = NULL;
    *result = (struct shift_test_result){0};
    describe(map, mask, n, result);
    if (!(result->share > 0 && result->share < 1))
        FAIL(ERR_INPUT, "the interface mask covers %s of the scan; it must divide it in two",
             result->share > 0 ? "all" : "nothing");
    if (most < 1) FAIL(ERR_INPUT, "a scan of one position cannot be compared with a mask");
    int e = MEM_NEW(marked, n);
    if (!e) e = MEM_NEW(scaled, n); /* about their mean: sums of squares keep their digits */
    if (!e) e = mark_rich(map, n, rich, marked, &result->n_rich);
    if (e) goto out;
    for (int64_t i = 0; i < n; i++) {
        mean += isnan(map[i]) ? 0 : map[i];
        usable += !isnan(map[i]);
    }
    for (int64_t i = 0; i < n; i++) scaled[i] = map[i] - mean / usable;
    struct field f = {scaled, mask, marked, ny, nx, result->n_rich};
    struct moved here = agree(&f, 0, 0);
    int64_t better_r = 0, better_overlap = 0;
    for (int k = 0; k < n_shifts; k++) {
        double u[2];
        rng_uniform(seed, RNG_NOISE, STREAM + stream, (uint64_t)k, u);
        int64_t shift = 1 + (int64_t)(u[0] * (double)most);
        struct moved m = agree(&f, (int)(shift / nx), (int)(shift % nx));
        better_r += m.r >= here.r - 1e-12;
        better_overlap += m.overlap >= here.overlap - 1e-12;
    }
    result->r = here.r;
    result->overlap = here.overlap;
    result->p_r = (1 + (double)better_r) / (1 + n_shifts);
    result->p_overlap = (1 + (double)better_overlap) / (1 + n_shifts);
out:
    mem_free(&marked);
    mem_free(&scaled);
    return e;
}
