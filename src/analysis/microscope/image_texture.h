/* image_texture - two numbers of an image's power spectrum: domains, and lattice fringes.
 *
 * domains: share of the variance in waves longer than a length. A featureless image of a glass has little of
 * it; one with darker interfaces or denser domains has much.
 * fringes: the strongest pixel of the spectrum within a range of k, over the mean of its ring (one pixel
 * wide). Without order each pixel is exponentially distributed about that mean, so that the strongest of N
 * is near ln N (`by_chance`); a lattice lies far above. */
#ifndef ANALYSIS_MICROSCOPE_IMAGE_TEXTURE_H
#define ANALYSIS_MICROSCOPE_IMAGE_TEXTURE_H

#include "base/err.h"

struct image_texture {
    double domains, fringes, by_chance;
    double k[2]; /* of the strongest pixel: along x and y, in units of 1 / step */
};

/* Local. Of image[ny][nx], pixels of step[0] along y and step[1] along x; waves longer than `length`, k from
 * range[0] to range[1] in the same unit. NAN where the image has no such wave. */
int image_texture_make(const double *image, int ny, int nx, const double step[2], double length,
                       const double range[2], struct image_texture *texture) MUST_CHECK;

#endif
