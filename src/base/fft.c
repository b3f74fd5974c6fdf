/* fft - rows one by one, columns eight at a time through a buffer that stays in the cache.
 *
 * FFTW's plans by estimate are the same everywhere, but its two-dimensional ones are bad: columns of a power
 * of two collide in the cache. Its measured plans are good, but another run or another rank may measure
 * another algorithm and get other last bits (rejected; handing wisdom around would mend ranks, not runs).
 * One-dimensional plans by estimate are good enough (`build/bench/tem`). Milliseconds a transform, single
 * precision, estimate / measure / this: 256^2 1.4 / 0.18 / 0.19, 512^2 12 / 0.74 / 0.80, 600 x 540 1.7 / 1.1
 * / 1.3, 1024^2 47 / 4.0 / 5.1. */
#include "base/fft.h"
#include "base/mem.h"

#include <fftw3.h>
#include <string.h>

#define WIDTH 8

struct fft {
    int ny, nx;
    bool single;
    void *in, *out; /* WIDTH columns or one row */
    fftwf_plan row_f[2], column_f[2];
    fftw_plan row_d[2], column_d[2];
};

static const int sign[2] = {FFTW_FORWARD, FFTW_BACKWARD};

static bool plan_single(struct fft *f, int s) {
    f->row_f[s] = fftwf_plan_dft_1d(f->nx, f->in, f->out, sign[s], FFTW_ESTIMATE);
    f->column_f[s] = fftwf_plan_many_dft(1, &f->ny, WIDTH, f->in, NULL, WIDTH, 1, f->out, NULL, 1, f->ny,
                                         sign[s], FFTW_ESTIMATE);
    return f->row_f[s] && f->column_f[s];
}

static bool plan_double(struct fft *f, int s) {
    f->row_d[s] = fftw_plan_dft_1d(f->nx, f->in, f->out, sign[s], FFTW_ESTIMATE);
    f->column_d[s] = fftw_plan_many_dft(1, &f->ny, WIDTH, f->in, NULL, WIDTH, 1, f->out, NULL, 1, f->ny,
                                        sign[s], FFTW_ESTIMATE);
    return f->row_d[s] && f->column_d[s];
}

int fft_create(int64_t ny, int64_t nx, bool single, struct fft **fft) {
    struct fft *f = NULL;
    *fft = NULL;
    TRY(MEM_NEW(f, 1));
    f->ny = (int)ny;
    f->nx = (int)nx;
    f->single = single;
    size_t n = (size_t)(WIDTH * ny > nx ? WIDTH * ny : nx);
    f->in = single ? (void *)fftwf_alloc_complex(n) : fftw_alloc_complex(n);
    f->out = single ? (void *)fftwf_alloc_complex(n) : fftw_alloc_complex(n);
    bool good = f->in && f->out;
    if (good) memset(f->in, 0, n * (single ? sizeof(fftwf_complex) : sizeof(fftw_complex)));
    for (int s = 0; s < 2 && good; s++) good = single ? plan_single(f, s) : plan_double(f, s);
    if (!good) {
        fft_destroy(&f);
        FAIL(ERR_MEMORY, "no transform of %lld x %lld numbers could be planned", (long long)ny,
             (long long)nx);
    }
    *fft = f;
    return ERR_OK;
}

void fft_destroy(struct fft **fft) {
    struct fft *f = *fft;
    if (!f) return;
    for (int s = 0; s < 2; s++) {
        if (f->row_f[s]) fftwf_destroy_plan(f->row_f[s]);
        if (f->column_f[s]) fftwf_destroy_plan(f->column_f[s]);
        if (f->row_d[s]) fftw_destroy_plan(f->row_d[s]);
        if (f->column_d[s]) fftw_destroy_plan(f->column_d[s]);
    }
    (f->single ? fftwf_free : fftw_free)(f->in);
    (f->single ? fftwf_free : fftw_free)(f->out);
    mem_free(fft);
}

#define TRANSFORM(name, number, execute, row, column)                                                       \
    static void name(struct fft *f, number *data, int s) {                                                  \
        number *in = f->in, *out = f->out;                                                                  \
        size_t nx = (size_t)f->nx, ny = (size_t)f->ny;                                                      \
        for (size_t y = 0; y < ny; y++) {                                                                   \
            memcpy(in, data + y * nx, nx * sizeof *in);                                                     \
            execute(f->row[s]);                                                                             \
            memcpy(data + y * nx, out, nx * sizeof *in);                                                    \
        }                                                                                                   \
        for (size_t x = 0; x < nx; x += WIDTH) {                                                            \
            size_t w = nx - x < WIDTH ? nx - x : WIDTH;                                                     \
            for (size_t y = 0; y < ny; y++) memcpy(in + y * WIDTH, data + y * nx + x, w * sizeof *in);      \
            execute(f->column[s]);                                                                          \
            for (size_t y = 0; y < ny; y++)                                                                 \
                for (size_t c = 0; c < w; c++) memcpy(data + y * nx + x + c, out + c * ny + y, sizeof *in); \
        }                                                                                                   \
    }
TRANSFORM(single_transform, fftwf_complex, fftwf_execute, row_f, column_f)
TRANSFORM(double_transform, fftw_complex, fftw_execute, row_d, column_d)

static void transform(struct fft *f, void *data, int s) {
    if (f->single) single_transform(f, data, s);
    else double_transform(f, data, s);
}

void fft_forward(struct fft *fft, void *data) {
    transform(fft, data, 0);
}

void fft_back(struct fft *fft, void *data) {
    transform(fft, data, 1);
}
