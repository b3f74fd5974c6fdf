/* polar - diffraction patterns on rings: I(k_x, k_y) -> I(k, phi).
 *
 * Rings k = k_first + i k_step, angles phi = 2 pi j / n_phi from the k_x axis towards the k_y axis. A
 * distorted pattern (stigmation, tilted camera) is unwrapped along ellipses: `ratio` of the long to the short
 * axis, long axis at `angle`. Points that touch a bad pixel, or lie outside the pattern, are marked invalid;
 * which ones is the same for every pattern. k in 1/A, angles in rad. */
#ifndef ANALYSIS_MICROSCOPE_POLAR_H
#define ANALYSIS_MICROSCOPE_POLAR_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct polar_geometry {
    int nx, ny;          /* pixels of a pattern */
    double centre[2];    /* of the direct beam: x, y in pixels (pixel centres at whole numbers) */
    double pixel[2];     /* 1/A along x, y; may be negative (axes that run backwards) */
    double ratio, angle; /* of the ellipses; 1, 0: circles */
    double k_first, k_step;
    int n_k, n_phi;
    const bool *bad; /* [ny][nx]; NULL: every pixel is good; not kept */
};

struct polar;

/* Local. ERR_INPUT: no ring has a valid point. */
int polar_create(const struct polar_geometry *geometry, struct polar **polar) MUST_CHECK;
void polar_destroy(struct polar **polar);
const struct polar_geometry *polar_geometry(const struct polar *polar);
/* Local. [n_k][n_phi]: whether the point is valid. */
const bool *polar_valid(const struct polar *polar);
/* Local. rings[n_k][n_phi] by bilinear interpolation of image[ny][nx]; invalid points are 0. */
void polar_unwrap(const struct polar *polar, const float *image, double *rings);
/* Local. The four pixels that point j of ring k is read from, and their shares; false: an invalid point. */
bool polar_taps(const struct polar *polar, int k, int j, int64_t at[4], double share[4]);
/* Local. Where a point of ring k and angle phi lies, in pixels. */
void polar_place(const struct polar_geometry *geometry, double k, double phi, double *x, double *y);
/* Local. The inverse: k and phi of a place in pixels. */
void polar_where(const struct polar_geometry *geometry, double x, double y, double *k, double *phi);
/* Local. The largest k whose ring lies within the pattern. */
double polar_reach(const struct polar_geometry *geometry);

#endif
