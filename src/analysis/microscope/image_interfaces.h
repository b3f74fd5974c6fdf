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
    struct shift_test_result image, fringes; /* fringes: map of 1 and 0 */
    double fringed;                          /* share of all pixels */
};

/* Collective. mask[ny][nx]: 1 at interfaces, 0 elsewhere. ERR_INPUT: the atoms have no groups. */
int image_interfaces_mask(const struct comm *comm, const struct frame *frame,
                          const struct image_interfaces *how, double *mask) MUST_CHECK;
/* Local. fringed[ny][nx]: 1 where `image`[ny][nx] has fringes, 0 elsewhere. */
int image_interfaces_compare(const double *image, const struct image_interfaces *how, const double *mask,
                             double *fringed, struct image_interfaces_result *result) MUST_CHECK;

#endif
