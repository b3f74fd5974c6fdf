/* image_interfaces - whether an image from atoms, and the lattice fringes in it, follow the interfaces of a
 * nanoglass.
 *
 * The mask: pixels around which more than half of the atoms under a disc are interface atoms
 * (interface_map.h). Compared with it by random toroidal shifts (shift_test.h): the image blurred to `width`,
 * and where its fringes are stronger than chance (image_fringes.h). Lengths in A. */
#ifndef ANALYSIS_MICROSCOPE_IMAGE_INTERFACES_H
#define ANALYSIS_MICROSCOPE_IMAGE_INTERFACES_H

#include "analysis/microscope/shift_test.h"
#include "atoms/frame.h"

struct image_interfaces {
    int beam, nx, ny;
    double step[2], width, range[2]; /* step: y, x; range: of k, 1/A */
    uint64_t seed, stream;
};
struct image_interfaces_result {
    struct shift_test_result image, fringes; /* fringes: map of 1 where there are some, 0 elsewhere */
    double fringed;                          /* share of all pixels */
};

/* Collective; `image`[ny][nx] is the same on all ranks. strength[ny][nx]: of fringes, in units of `chance`.
 * ERR_INPUT: the atoms have no groups. r is NAN where there are no fringes at all. */
int image_interfaces_make(const struct comm *comm, const struct frame *frame, const double *image,
                          const struct image_interfaces *how, double *strength,
                          struct image_interfaces_result *result) MUST_CHECK;

#endif
