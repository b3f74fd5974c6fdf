/* darkfield - tilted dark-field images of atoms, kinematic: the speckle that a trajectory makes.
 *
 * The beam is tilted so that what is scattered by K leaves along the optic axis; the objective aperture of
 * half-angle alpha around it forms the image:
 *
 *     psi(r) = sum_j f_j exp(2 pi i K . r_j) a(r - r_j),  I = |psi|^2,
 *
 * a the transform of the disc |q| < alpha / lambda, K = (k cos phi, k sin phi, 1/lambda - sqrt(1/lambda^2 -
 * k^2)). Summed on a grid finer than 1 A (cubic splines, divided out in Fourier space), filtered there. The
 * whole column contributes: thickness through the real atoms. Lengths in A, k = 1 / d. */
#ifndef FILM_DARKFIELD_H
#define FILM_DARKFIELD_H

#include "atoms/frame.h"

struct darkfield_options {
    int beam;                      /* 0, 1, 2: axis; the image's x and y are the next two */
    double k, azimuth;             /* 1/A, rad */
    double aperture, wavelength;   /* rad, A */
    double pixel;                  /* A, about: edges are divided evenly */
    double thickness;              /* A, a layer in the middle; 0: everything */
    double amplitude[SPECIES_MAX]; /* f of each species */
};

struct darkfield;

/* Local. For frames with this box. ERR_INPUT: pixels too large for the aperture. */
int darkfield_create(const struct darkfield_options *options, const struct box *box,
                     struct darkfield **darkfield) MUST_CHECK;
void darkfield_destroy(struct darkfield **darkfield);
/* Local. Size of an image and of its pixels (A). */
void darkfield_size(const struct darkfield *darkfield, int64_t *ny, int64_t *nx, double *dy, double *dx);
/* Collective. Intensities [ny][nx] of a frame, the image moved by shift (y, x) in A; the same bits on any
 * number of ranks. ERR_INPUT: another box than at the start. */
int darkfield_compute(const struct comm *comm, struct darkfield *darkfield, const struct frame *frame,
                      const double shift[2], float *image) MUST_CHECK;
/* Local. The wave psi of the image computed last, [ny][nx][2] (real, imaginary part); the darkfield's own. */
const double *darkfield_wave(const struct darkfield *darkfield);
/* Local. Relativistic wavelength in A of electrons of so many volts. */
double darkfield_wavelength(double volts);

#endif
