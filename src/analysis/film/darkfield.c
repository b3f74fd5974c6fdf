/* darkfield - spline shares of each atom on a fine grid, one FFT a frame, the aperture's modes on the image's
 * grid.
 *
 * Contributions are rounded to a common quantum before they are added, so that the sum over atoms and ranks
 * is exact in any order. Rejected: sums over atoms for each mode of the aperture (thousands of modes). */
#include "analysis/film/darkfield.h"
#include "base/fft.h"
#include "base/mem.h"

#include <fftw3.h>
#include <math.h>
#include <string.h>

#define FINE 0.7 /* A */

struct darkfield {
    struct darkfield_options o;
    struct box box;
    int axis[3]; /* of the box: image x, image y, beam */
    int64_t fx, fy, nx, ny;
    double lx, ly, k[3], quantum;
    fftw_complex *fine, *image;
    struct fft *forward, *back; /* of the fine grid, of the image */
};

double darkfield_wavelength(double volts) {
    /* h c / sqrt(E (E + 2 m c^2)), eV and A (CODATA 2018) */
    return 12398.419843 / sqrt(volts * (volts + 2 * 510998.95));
}

static int64_t even_size(double n) {
    for (int64_t m = 2 * (int64_t)ceil(0.5 * n);; m += 2) {
        int64_t r = m;
        for (int p = 2; p <= 5; p = p == 2 ? 3 : p + 2)
            while (r % p == 0) r /= p;
        if (r == 1) return m;
    }
}

int darkfield_create(const struct darkfield_options *o, const struct box *box, struct darkfield **darkfield) {
    struct darkfield *d = NULL;
    double radius = o->aperture / o->wavelength;
    *darkfield = NULL;
    if (o->pixel > 0.5 / radius)
        FAIL(ERR_INPUT,
             "pixels of %g A are too large for the aperture, which resolves %g A; take smaller ones",
             o->pixel, 1 / radius);
    if (o->k >= 1 / o->wavelength) FAIL(ERR_INPUT, "k = %g 1/A is beyond the sphere of reflection", o->k);
    TRY(MEM_NEW(d, 1));
    d->o = *o;
    d->box = *box;
    for (int a = 0; a < 3; a++) d->axis[a] = (o->beam + 1 + a) % 3;
    d->lx = box->len[d->axis[0]];
    d->ly = box->len[d->axis[1]];
    d->nx = 2 * (int64_t)llround(0.5 * d->lx / o->pixel); /* any even size: pixels stay square */
    d->ny = 2 * (int64_t)llround(0.5 * d->ly / o->pixel);
    if (d->nx < 2) d->nx = 2;
    if (d->ny < 2) d->ny = 2;
    d->fx = even_size(fmax(d->lx / FINE, (double)d->nx));
    d->fy = even_size(fmax(d->ly / FINE, (double)d->ny));
    d->k[0] = o->k * cos(o->azimuth);
    d->k[1] = o->k * sin(o->azimuth);
    d->k[2] = 1 / o->wavelength - sqrt(1 / (o->wavelength * o->wavelength) - o->k * o->k);
    d->fine = fftw_alloc_complex((size_t)(d->fx * d->fy));
    d->image = fftw_alloc_complex((size_t)(d->nx * d->ny));
    if (!d->fine || !d->image) {
        darkfield_destroy(&d);
        FAIL(ERR_MEMORY, "no memory for an image");
    }
    int e = fft_create(d->fy, d->fx, false, &d->forward);
    if (!e) e = fft_create(d->ny, d->nx, false, &d->back);
    if (e) {
        darkfield_destroy(&d);
        return e;
    }
    *darkfield = d;
    return ERR_OK;
}

void darkfield_destroy(struct darkfield **darkfield) {
    struct darkfield *d = *darkfield;
    if (!d) return;
    fft_destroy(&d->forward);
    fft_destroy(&d->back);
    fftw_free(d->fine);
    fftw_free(d->image);
    mem_free(darkfield);
}

void darkfield_size(const struct darkfield *d, int64_t *ny, int64_t *nx, double *dy, double *dx) {
    *ny = d->ny;
    *nx = d->nx;
    *dy = d->ly / (double)d->ny;
    *dx = d->lx / (double)d->nx;
}

const double *darkfield_wave(const struct darkfield *d) {
    return &d->image[0][0];
}

static int64_t wrap(int64_t k, int64_t n) {
    k %= n;
    return k < 0 ? k + n : k;
}

/* **Local.** Weights of the cubic B-spline for a place t in [0, 1) between the second and third of 4 points.
 */
static void spline(double t, double w[4]) {
    w[0] = (1 - t) * (1 - t) * (1 - t) / 6;
    w[1] = (4 - 6 * t * t + 3 * t * t * t) / 6;
    w[2] = (1 + 3 * t + 3 * t * t - 3 * t * t * t) / 6;
    w[3] = t * t * t / 6;
}

/* **Local.** Shares of an atom's wave on the sixteen points around it. */
static void add_atom(struct darkfield *d, const double r[3], double f) {
    double x = r[0] / d->lx * (double)d->fx, y = r[1] / d->ly * (double)d->fy, wx[4], wy[4];
    double phase = 2 * M_PI * (d->k[0] * r[0] + d->k[1] * r[1] + d->k[2] * r[2]);
    double re = f * cos(phase), im = f * sin(phase);
    spline(x - floor(x), wx);
    spline(y - floor(y), wy);
    for (int b = 0; b < 4; b++)
        for (int a = 0; a < 4; a++) {
            int64_t row = wrap((int64_t)floor(y) + b - 1, d->fy),
                    column = wrap((int64_t)floor(x) + a - 1, d->fx);
            fftw_complex *to = d->fine + row * d->fx + column;
            (*to)[0] += comm_round(wx[a] * wy[b] * re, d->quantum);
            (*to)[1] += comm_round(wx[a] * wy[b] * im, d->quantum);
        }
}

static void scatter(struct darkfield *d, const struct frame *frame) {
    double middle = d->box.lo[d->axis[2]] + 0.5 * d->box.len[d->axis[2]], most = 0;
    for (int s = 0; s < frame->species.n; s++) most = fmax(most, fabs(d->o.amplitude[s]));
    d->quantum = comm_quantum(16 * frame->n_global + 16, most);
    memset(d->fine, 0, (size_t)(d->fx * d->fy) * sizeof *d->fine);
    for (int i = 0; i < frame->n; i++) {
        double r[3];
        for (int a = 0; a < 3; a++) r[a] = frame->x[i][d->axis[a]] - d->box.lo[d->axis[a]];
        double z = frame->x[i][d->axis[2]] - middle;
        if (d->o.thickness > 0 && fabs(z) > 0.5 * d->o.thickness) continue;
        add_atom(d, r, d->o.amplitude[frame->type[i]]);
    }
}

static double sinc(double x) {
    return fabs(x) < 1e-8 ? 1 : sin(M_PI * x) / (M_PI * x);
}

/* **Local.** Modes inside the aperture, without the spline, moved, onto the image's grid. */
static void filter(struct darkfield *d, const double shift[2]) {
    double radius = d->o.aperture / d->o.wavelength;
    memset(d->image, 0, (size_t)(d->nx * d->ny) * sizeof *d->image);
    for (int64_t y = 0; y < d->ny; y++)
        for (int64_t x = 0; x < d->nx; x++) {
            int64_t my = y < d->ny / 2 ? y : y - d->ny, mx = x < d->nx / 2 ? x : x - d->nx;
            /* relative to K: the atoms' waves carry exp(2 pi i K r) */
            double qx = (double)mx / d->lx, qy = (double)my / d->ly;
            if (hypot(qx, qy) > radius) continue;
            double w = pow(sinc((double)mx / (double)d->fx) * sinc((double)my / (double)d->fy), -4);
            double phase = -2 * M_PI * (qy * shift[0] + qx * shift[1]), c = w * cos(phase),
                   s = w * sin(phase);
            const double *from = d->fine[wrap(my, d->fy) * d->fx + wrap(mx, d->fx)];
            double *to = d->image[y * d->nx + x];
            to[0] = c * from[0] - s * from[1];
            to[1] = c * from[1] + s * from[0];
        }
}

static int same_box(const struct darkfield *d, const struct frame *frame) {
    for (int a = 0; a < 2; a++)
        if (fabs(frame->box.len[d->axis[a]] / d->box.len[d->axis[a]] - 1) > 1e-6)
            FAIL(ERR_INPUT, "the box changes along the film; hold the volume (nvt) while it is taken");
    return ERR_OK;
}

int darkfield_compute(const struct comm *comm, struct darkfield *d, const struct frame *frame,
                      const double shift[2], float *image) {
    double norm = 1 / ((double)d->fx * (double)d->fy);
    TRY_ALL(comm, same_box(d, frame));
    scatter(d, frame);
    comm_sum(comm, &d->fine[0][0], (int)(2 * d->fx * d->fy)); /* multiples of the quantum: exact */
    fft_forward(d->forward, d->fine);
    filter(d, shift);
    fft_back(d->back, d->image);
    for (int64_t p = 0; p < d->nx * d->ny; p++)
        image[p] = (float)((d->image[p][0] * d->image[p][0] + d->image[p][1] * d->image[p][1]) * norm);
    return ERR_OK;
}
