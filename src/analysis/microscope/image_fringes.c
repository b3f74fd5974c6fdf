/* image_fringes - Gabor filters as products in Fourier space: one Gaussian at each k of a half plane.
 *
 * The filters lie one standard deviation apart on rings one standard deviation wide, so that a lattice
 * between them loses at most a quarter of its power. Rejected: transforms of tiles (fringes on an edge are
 * lost, and where they are is known only to a tile); local variance of the band (contrast is not order). */
#include "analysis/microscope/image_fringes.h"
#include "base/fft.h"
#include "base/mem.h"

#include <math.h>
#include <string.h>

struct plane {
    int ny, nx;
    double step[2], sigma; /* sigma: of the Gaussian in k */
    struct fft *fft;
    double (*spectrum)[2], (*wave)[2];
};

/* Full width at half maximum of a window whose Gaussian in k has the standard deviation 1. */
static double width_of_one(void) {
    return 2 * sqrt(2 * log(2)) / (2 * M_PI);
}

double image_fringes_narrowest(const double range[2]) {
    return width_of_one() / fmin(range[0] / 2, range[1] - range[0]);
}

static double wave_number(int i, int n, double step) {
    return (i > n / 2 ? i - n : i) / (n * step);
}

static int open_plane(const double *image, int ny, int nx, const double step[2], double width,
                      struct plane *p) {
    int64_t n = (int64_t)ny * nx;
    double mean = 0;
    *p = (struct plane){ny, nx, {step[0], step[1]}, width_of_one() / width, NULL, NULL, NULL};
    TRY(MEM_NEW(p->spectrum, n));
    TRY(MEM_NEW(p->wave, n));
    TRY(fft_create(ny, nx, false, &p->fft));
    for (int64_t i = 0; i < n; i++) mean += image[i] / (double)n;
    for (int64_t i = 0; i < n; i++) p->spectrum[i][0] = image[i] - mean;
    fft_forward(p->fft, p->spectrum);
    return ERR_OK;
}

static void close_plane(struct plane *p) {
    fft_destroy(&p->fft);
    mem_free(&p->spectrum);
    mem_free(&p->wave);
}

/* The spectrum under a Gaussian at k, transformed back. */
static void filter(struct plane *p, const double k[2]) {
    int64_t n = (int64_t)p->ny * p->nx;
    for (int j = 0; j < p->ny; j++) {
        double dy = (wave_number(j, p->ny, p->step[0]) - k[1]) / p->sigma;
        for (int i = 0; i < p->nx; i++) {
            int64_t at = (int64_t)j * p->nx + i;
            double dx = (wave_number(i, p->nx, p->step[1]) - k[0]) / p->sigma,
                   w = exp(-(dx * dx + dy * dy) / 2) / (double)n;
            p->wave[at][0] = w * p->spectrum[at][0];
            p->wave[at][1] = w * p->spectrum[at][1];
        }
    }
    fft_back(p->fft, p->wave);
}

/* All directions of one |k|: strength becomes the largest of what it was and what is found here. */
static int ring(struct plane *p, double k, int directions, double *highest, double *strength) {
    int64_t n = (int64_t)p->ny * p->nx;
    double sum = 0;
    memset(highest, 0, (size_t)n * sizeof *highest);
    for (int m = 0; m < directions; m++) {
        double phi = M_PI * m / directions, at[2] = {k * cos(phi), k * sin(phi)};
        filter(p, at);
        for (int64_t i = 0; i < n; i++) {
            double power = p->wave[i][0] * p->wave[i][0] + p->wave[i][1] * p->wave[i][1];
            highest[i] = fmax(highest[i], power);
            sum += power;
        }
    }
    double mean = sum / ((double)directions * (double)n);
    for (int64_t i = 0; i < n && mean > 0; i++) strength[i] = fmax(strength[i], highest[i] / mean);
    return ERR_OK;
}

int image_fringes_make(const double *image, int ny, int nx, const double step[2], const double range[2],
                       double width, double *strength, double *chance) {
    struct plane p;
    double *highest = NULL;
    int all = 0;
    int e = open_plane(image, ny, nx, step, width, &p);
    int rings = (int)floor((range[1] - range[0]) / p.sigma * (1 + 1e-9));
    if (!e && width < image_fringes_narrowest(range) * (1 - 1e-9))
        e = err_set(ERR_INPUT, __FILE__, __LINE__,
                    "a window of %.3g is too narrow for fringes of k = %.3g to %.3g", width, range[0],
                    range[1]);
    if (!e && range[1] > 0.5 / fmax(step[0], step[1]))
        e = err_set(ERR_INPUT, __FILE__, __LINE__, "pixels of %.3g do not show fringes of k = %.3g",
                    fmax(step[0], step[1]), range[1]);
    if (!e) e = MEM_NEW(highest, (int64_t)ny * nx);
    if (!e) memset(strength, 0, (size_t)ny * (size_t)nx * sizeof *strength);
    for (int r = 0; r < rings && !e; r++) {
        double k = range[0] + (r + 0.5) * (range[1] - range[0]) / rings;
        int directions = (int)ceil(M_PI * k / p.sigma);
        all += directions;
        e = ring(&p, k, directions, highest, strength);
    }
    *chance = -log(1 - pow(0.99, 1.0 / (all ? all : 1)));
    mem_free(&highest);
    close_plane(&p);
    return e;
}

int image_fringes_blur(double *image, int ny, int nx, const double step[2], double width) {
    struct plane p;
    double mean = 0;
    int64_t n = (int64_t)ny * nx;
    for (int64_t i = 0; i < n; i++) mean += image[i] / (double)n;
    int e = open_plane(image, ny, nx, step, width, &p);
    if (!e) filter(&p, (double[]){0, 0});
    for (int64_t i = 0; i < n && !e; i++) image[i] = mean + p.wave[i][0];
    close_plane(&p);
    return e;
}
