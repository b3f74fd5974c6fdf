/* probe - the wave that falls on the specimen.
 *
 *     psi(k) = A(k) exp(-i chi(k)) exp(-2 pi i k x0),  chi = pi lambda k^2 (Cs lambda^2 k^2 / 2 - defocus)
 *
 * (Kirkland 2010, kirkland2010 in docs/references.bib). A is 1 inside the aperture k < alpha / lambda, with
 * an edge one pixel of the reciprocal grid wide; sum |psi(k)|^2 = 1. A positive defocus (underfocus) puts the
 * crossover that far below the plane of reference. A semi-angle of 0 is a plane wave. Lengths in A, angles in
 * rad. */
#ifndef ANALYSIS_MICROSCOPE_PROBE_H
#define ANALYSIS_MICROSCOPE_PROBE_H

#include "analysis/formfactor.h"

#include <stdbool.h>

struct probe {
    struct formfactor_electron electron;
    double semi_angle, defocus, cs;
    double tilt[2]; /* of the beam against z, along x and y */
};

/* A sampled aperture: reciprocal pixels (i, j), |i| < nx / 2, with their complex amplitudes. */
struct probe_beams {
    int n, *i, *j;
    double (*c)[2];
    bool even; /* amplitudes are real and c(-i, -j) = c(i, j): the wave in real space is real */
};

/* Local. Full width at half maximum of the in-focus, aberration-free spot: 0.5145 lambda / alpha; and the
 * semi-angle that makes it. */
double probe_fwhm(const struct probe *probe);
double probe_angle(const struct formfactor_electron *electron, double fwhm);
/* Local. Edge of the smallest window that holds the probe over a specimen of that thickness: 2.5 FWHM and the
 * widths that defocus, Cs and the depth add. 0 for a plane wave. */
double probe_room(const struct probe *probe, double thickness);
/* Local. Sample the probe on the reciprocal grid of a window of lx x ly. */
int probe_sample(const struct probe *probe, double lx, double ly, struct probe_beams *beams) MUST_CHECK;
void probe_free(struct probe_beams *beams);

#endif
