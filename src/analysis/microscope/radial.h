/* radial - radial profiles of patterns, their background and their peaks.
 *
 *     I(k): mean over the pixels of a ring (along ellipses), a pixel being shared by the two nearest rings
 *     background: straight lines in log I over log k between anchors, which the user places where nothing
 * peaks peaks: sum of Gaussians h exp(-4 ln 2 (Q - Q0)^2 / FWHM^2), least squares; Q = 2 pi k in 1/A */
#ifndef ANALYSIS_MICROSCOPE_RADIAL_H
#define ANALYSIS_MICROSCOPE_RADIAL_H

#include "analysis/microscope/polar.h"

/* Local. sum[n_k] += intensity of the pixels near each ring, weight[n_k] += how many (both may start at
 * anything). */
void radial_add(const struct polar_geometry *geometry, const float *image, double *sum, double *weight);

/* Local. intensity -= background through n_anchors anchors; background[n] is set. ERR_INPUT: fewer than 2
 * anchors inside, or intensities there that are not positive. */
int radial_background(const double *k, double *intensity, int n, const double *anchor, int n_anchors,
                      double *background) MUST_CHECK;

struct radial_peak {
    double q, q_error, fwhm, fwhm_error, height, height_error; /* errors: one standard deviation of the fit */
};
/* Local. Fit n_peaks peaks, which start at peak[].q, to q[n], intensity[n]. ERR_PHYSICS: no convergence. */
int radial_fit(const double *q, const double *intensity, int n, struct radial_peak *peak,
               int n_peaks) MUST_CHECK;
/* Local. Places of at most `most` maxima and shoulders of a profile smoothed over `width` (in q), highest
 * first: where the second derivative is lowest and the height is above `level` of the highest. Returns how
 * many, in order of q. */
int radial_maxima(const double *q, const double *intensity, int n, double width, double level,
                  struct radial_peak *peak, int most);

#endif
