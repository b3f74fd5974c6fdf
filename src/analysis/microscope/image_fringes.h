/* image_fringes - where in an image lattice fringes are, and the image as a wider probe would see it.
 *
 * Around each pixel a window of full width at half maximum `width` looks at every k of the range; the
 * strength is the largest power found, over the mean power of all windows at that |k|. Without order a power
 * is exponentially distributed about that mean: the largest of n directions and rings is above `chance`
 * (returned) in less than 1 % of the pixels. Lengths in one unit, k in its inverse; periodic images. */
#ifndef ANALYSIS_MICROSCOPE_IMAGE_FRINGES_H
#define ANALYSIS_MICROSCOPE_IMAGE_FRINGES_H

#include "base/err.h"

/* Local. strength[ny][nx] of image[ny][nx], pixels of step[0] along y and step[1] along x. ERR_INPUT: the
 * window is too narrow, or the pixels are too coarse for the range. */
int image_fringes_make(const double *image, int ny, int nx, const double step[2], const double range[2],
                       double width, double *strength, double *chance) MUST_CHECK;
/* Local. The narrowest window that tells the k of a range apart from each other and from the mean. */
double image_fringes_narrowest(const double range[2]);
/* Local. image blurred by a Gaussian of full width at half maximum `width`, in place. */
int image_fringes_blur(double *image, int ny, int nx, const double step[2], double width) MUST_CHECK;

#endif
