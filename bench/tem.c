/* tem - milliseconds per pattern of the diffraction engines beside the floor of their Fourier transforms.
 *
 *     build/bench/tem        lines: case, ours, floor (ms)
 * Floor of a slice: two 2-D transforms planned by measurement and two complex products, in the same
 * precision; of an image's transform (base/fft): FFTW's, planned by measurement; of a kinematic pattern: one
 * real transform and one product. A glass-like random specimen of 0.0575 atoms per A^3. Least of several
 * runs, CPU time of one core. */
#define _GNU_SOURCE
#include "analysis/microscope/waves.h"
#include "base/fft.h"
#include "base/mem.h"
#include "base/rng.h"

#include <fftw3.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

static void must(int e) {
    if (!e) return;
    fprintf(stderr, "%s\n", err_message());
    exit(1);
}

#define LEAST(var, times, ...)                 \
    do {                                       \
        var = INFINITY;                        \
        for (int k_ = 0; k_ < (times); k_++) { \
            double from_ = now();              \
            __VA_ARGS__;                       \
            var = fmin(var, now() - from_);    \
        }                                      \
    } while (0)

#define FLOOR(name, REAL, X)                                                                   \
    static double name(int n) {                                                                \
        X(complex) *a = X(alloc_complex)((size_t)n * n), *t = X(alloc_complex)((size_t)n * n); \
        X(plan) f = X(plan_dft_2d)(n, n, a, a, FFTW_FORWARD, FFTW_MEASURE);                    \
        X(plan) b = X(plan_dft_2d)(n, n, a, a, FFTW_BACKWARD, FFTW_MEASURE);                   \
        for (int i = 0; i < n * n; i++) {                                                      \
            a[i][0] = (REAL)(i % 7);                                                           \
            a[i][1] = 0;                                                                       \
            t[i][0] = (REAL)(1.0 / n);                                                         \
            t[i][1] = 0;                                                                       \
        }                                                                                      \
        double best;                                                                           \
        LEAST(best, 40, {                                                                      \
            X(execute)(f);                                                                     \
            for (int p = 0; p < 2; p++) {                                                      \
                for (int i = 0; i < n * n; i++) {                                              \
                    REAL re = a[i][0] * t[i][0] - a[i][1] * t[i][1];                           \
                    a[i][1] = a[i][0] * t[i][1] + a[i][1] * t[i][0];                           \
                    a[i][0] = re;                                                              \
                }                                                                              \
                if (!p) X(execute)(b);                                                         \
            }                                                                                  \
        });                                                                                    \
        X(destroy_plan)(f);                                                                    \
        X(destroy_plan)(b);                                                                    \
        X(free)(a);                                                                            \
        X(free)(t);                                                                            \
        return best;                                                                           \
    }
#define SINGLE(x) fftwf_##x
#define DOUBLE(x) fftw_##x
__attribute__((optimize("O3"), target_clones("avx512f", "avx2", "default")))
FLOOR(floor_single, float, SINGLE)
    __attribute__((optimize("O3"), target_clones("avx512f", "avx2", "default")))
    FLOOR(floor_double, double, DOUBLE)

        static double floor_real(int n) {
    float *r = fftwf_alloc_real((size_t)n * n);
    fftwf_complex *c = fftwf_alloc_complex((size_t)n * (n / 2 + 1));
    fftwf_plan f = fftwf_plan_dft_r2c_2d(n, n, r, c, FFTW_MEASURE);
    double best;
    for (int i = 0; i < n * n; i++) r[i] = (float)(i % 5);
    LEAST(best, 40, {
        for (int i = 0; i < n * n; i++) r[i] *= 0.999f;
        fftwf_execute(f);
    });
    fftwf_destroy_plan(f);
    fftwf_free(r);
    fftwf_free(c);
    return best;
}

/* One transform of an image in single precision: ours, FFTW's by measurement. */
static void image_transform(int n) {
    struct fft *fft = NULL;
    fftwf_complex *a = fftwf_alloc_complex((size_t)n * n);
    fftwf_plan f = fftwf_plan_dft_2d(n, n, a, a, FFTW_FORWARD, FFTW_MEASURE);
    double ours, theirs;
    must(fft_create(n, n, true, &fft));
    memset(a, 0, (size_t)n * n * sizeof *a);
    LEAST(ours, 20, fft_forward(fft, a));
    LEAST(theirs, 20, fftwf_execute(f));
    printf("image_transform_%d\t%.4g\t%.4g\t%.3f\n", n, ours, theirs, ours / theirs);
    fft_destroy(&fft);
    fftwf_destroy_plan(f);
    fftwf_free(a);
}

static struct species metals;
static struct waves_slab slab;
static int64_t *start;
static double (*x)[2];
static int *type;

static void fill(double edge, int slices, double dz) {
    int n = (int)(0.0575 * edge * edge * dz * slices);
    mem_free(&x);
    mem_free(&type);
    mem_free(&start);
    must(MEM_NEW(x, n));
    must(MEM_NEW(type, n));
    must(MEM_NEW(start, slices + 1));
    for (int i = 0; i < n; i++) {
        rng_uniform(1, RNG_TEST, (uint64_t)i, 0, x[i]);
        for (int a = 0; a < 2; a++) x[i][a] *= edge;
        type[i] = i % 3 == 0;
    }
    for (int s = 0; s <= slices; s++) start[s] = (int64_t)n * s / slices;
    slab = (struct waves_slab){slices, dz, start, (const double(*)[2])x, type, slab.serial + 1};
}

/* Milliseconds per pattern once the slices are made, and for making them. */
static double engine(const struct waves_kind *kind, enum waves_engine what, int n, int slices, double *made) {
    double edge = 50, best;
    struct waves_setup o = {.engine = what,
                            .window = {n, n, edge / n, edge / n},
                            .tile_nx = n,
                            .tile_ny = n,
                            .species = &metals,
                            .n_probes = 4,
                            .max_bytes = (int64_t)1 << 31};
    struct waves *w;
    struct waves_place place[4];
    o.probe.electron = formfactor_electron(200e3);
    o.probe.semi_angle = 2e-3;
    o.half_x = o.half_y = waves_half(&o.window, 0);
    double *out = NULL;
    must(MEM_NEW(out, 4 * (int64_t)n * n));
    for (int p = 0; p < 4; p++) place[p] = (struct waves_place){0, 0, {20 + p, 25}};
    fill(edge, slices, 2);
    must(kind->create(&o, &w));
    double from = now();
    must(kind->add(w, &slab, place, 1, 1, out));
    *made = now() - from;
    LEAST(best, n > 300 ? 5 : 12, must(kind->add(w, &slab, place, 4, 1, out)));
    kind->destroy(&w);
    mem_free(&out);
    *made -= best / 4;
    return best / 4;
}

int main(void) {
    const int slices = 25;
    double made;
    must(species_add(&metals, "Cu", 0));
    must(species_add(&metals, "Zr", 0));
    printf("case\tours_ms\tfloor_ms\tratio\n");
    for (int n = 256; n <= 512; n *= 2)
        for (int d = 0; d < 2; d++) {
            double t = engine(d ? &waves_double : &waves_float, WAVES_MULTISLICE, n, slices, &made);
            double f = slices * (d ? floor_double(n) : floor_single(n));
            printf("multislice_%d_25_%s\t%.4g\t%.4g\t%.3f\n", n, d ? "double" : "single", t, f, t / f);
            printf("slices_%d_25_%s\t%.4g\t%.4g\t%.3f\n", n, d ? "double" : "single", made, f, made / f);
        }
    for (int n = 256; n <= 512; n *= 2) {
        double t = engine(&waves_float, WAVES_KINEMATIC, n, slices, &made), f = floor_real(n);
        printf("kinematic_%d\t%.4g\t%.4g\t%.3f\n", n, t, f, t / f);
        t = engine(&waves_float, WAVES_PRISM, n, slices, &made);
        printf("prism_%d\t%.4g\tnan\tnan\n", n, t);
        printf("prism_matrix_%d\t%.4g\tnan\tnan\n", n, made);
    }
    for (int n = 256; n <= 1024; n *= 2) image_transform(n);
    mem_free(&x);
    mem_free(&type);
    mem_free(&start);
    return 0;
}
