/* image_atoms - an image from atoms alone: HAADF or HRTEM as the deck's entry `at` asks. Lengths in A. */
#ifndef ANALYSIS_MICROSCOPE_IMAGE_ATOMS_H
#define ANALYSIS_MICROSCOPE_IMAGE_ATOMS_H

#include "analysis/microscope/projection.h"
#include "base/deck.h"

/* Local. image[ny][nx], which must be zero. ERR_INPUT: an element without scattering factors. */
int image_atoms_make(const struct deck *deck, const char *at, const struct specimen *specimen,
                     const struct projection_grid *grid, double *image) MUST_CHECK;

#endif
