/* profile_pass - the pass `profile`: what changes with place.
 *
 * Bins along the distance from a rod's axis (radius), below free surfaces (depth), from the interfaces
 * between groups of atoms (interface: the columns of build: nanoglass), or along x, y, z. In each bin:
 * number and mass density, composition, volume of Voronoi cells in all and per species, shares of the classes
 * of classes.h, coordination, five-fold share, and mobility (mean squared displacement between successive
 * frames that were chosen). Errors: spread of block means over sqrt(blocks); blocks are runs of frames (10,
 * where there are at least 4 frames), else 8 slices of the sample across the profile. Lengths in A. */
#ifndef ANALYSIS_STRUCTURE_PROFILE_PASS_H
#define ANALYSIS_STRUCTURE_PROFILE_PASS_H

#include "analysis/pass.h"

extern const struct pass_kind profile_pass;
extern const struct deck_row profile_pass_rows[];

#endif
