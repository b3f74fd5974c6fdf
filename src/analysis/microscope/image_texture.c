/* image_texture - one transform of the image, without a window.
 *
 * Images of periodic specimens are periodic, and a window would spread the strongest pixel. The mean of a
 * ring leaves its strongest pixel out, so that a single crystal does not hide itself. Rejected:
 * autocorrelation functions (the same information, harder to give as one number). */
#include "analysis/microscope/image_texture.h"
#include "base/fft.h"
#include "base/mem.h"

#include <math.h>
#include <string.h>

struct rings {
    int n;
    double width, *sum, *count, *top;
};

/* **Local.** The half of the spectrum with kx >= 0: wave[ny][nx / 2 + 1]. */
static int spectrum(const double *image, int ny, int nx, double (**wave)[2]) {
    int64_t n = (int64_t)ny * nx, half = nx / 2 + 1;
    struct fft *fft = NULL;
    double mean = 0;
    TRY(MEM_NEW(*wave, n));
    TRY(fft_create(ny, nx, false, &fft));
    for (int64_t i = 0; i < n; i++) mean += image[i] / (double)n;
    for (int64_t i = 0; i < n; i++) (*wave)[i][0] = image[i] - mean;
    fft_forward(fft, *wave);
    for (int64_t y = 1; y < ny; y++) memmove(*wave + y * half, *wave + y * nx, (size_t)half * sizeof **wave);
    fft_destroy(&fft);
    return ERR_OK;
}

static double wave_number(int i, int n, double step) {
    return (i > n / 2 ? i - n : i) / (n * step);
}

static void add_up(double (*wave)[2], int ny, int nx, const double step[2], double length,
                   const double range[2], struct rings *r, struct image_texture *t) {
    double all = 0, slow = 0;
    for (int j = 0; j < ny; j++)
        for (int i = 0; i <= nx / 2; i++) {
            const double *w = wave[(int64_t)j * (nx / 2 + 1) + i];
            double ky = wave_number(j, ny, step[0]), kx = i / (nx * step[1]), k = hypot(kx, ky);
            double power = w[0] * w[0] + w[1] * w[1], twice = i && 2 * i != nx ? 2 : 1;
            all += twice * power;
            if (k * length < 1) slow += twice * power;
            int ring = (int)(k / r->width);
            if (k < range[0] || k > range[1] || ring >= r->n || (i == 0 && j > ny / 2)) continue;
            r->sum[ring] += power;
            r->count[ring]++;
            r->top[ring] = fmax(r->top[ring], power);
        }
    t->domains = all > 0 ? slow / all : NAN;
}

static void strongest(double (*wave)[2], int ny, int nx, const double step[2], const struct rings *r,
                      struct image_texture *t) {
    double places = 0, best = 0;
    int at = -1;
    for (int k = 0; k < r->n; k++) {
        places += r->count[k];
        double mean = r->count[k] > 1 ? (r->sum[k] - r->top[k]) / (r->count[k] - 1) : 0;
        if (!(mean > 0) || r->top[k] / mean <= best) continue;
        best = r->top[k] / mean;
        at = k;
    }
    if (at < 0) return;
    t->fringes = best;
    t->by_chance = log(places);
    for (int j = 0; j < ny; j++)
        for (int i = 0; i <= nx / 2; i++) {
            const double *w = wave[(int64_t)j * (nx / 2 + 1) + i];
            if (w[0] * w[0] + w[1] * w[1] != r->top[at]) continue;
            t->k[0] = i / (nx * step[1]);
            t->k[1] = wave_number(j, ny, step[0]);
        }
}

int image_texture_make(const double *image, int ny, int nx, const double step[2], double length,
                       const double range[2], struct image_texture *texture) {
    double(*wave)[2] = NULL;
    struct rings r = {0};
    *texture = (struct image_texture){NAN, NAN, NAN, {NAN, NAN}};
    int e = spectrum(image, ny, nx, &wave);
    r.width = fmax(1 / (ny * step[0]), 1 / (nx * step[1]));
    r.n = (int)(range[1] / r.width) + 1;
    if (!e) e = MEM_NEW(r.sum, r.n);
    if (!e) e = MEM_NEW(r.count, r.n);
    if (!e) e = MEM_NEW(r.top, r.n);
    if (!e) {
        add_up(wave, ny, nx, step, length, range, &r, texture);
        strongest(wave, ny, nx, step, &r, texture);
    }
    mem_free(&wave);
    mem_free(&r.sum);
    mem_free(&r.count);
    mem_free(&r.top);
    return e;
}
