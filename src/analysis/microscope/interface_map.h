/* interface_map - where the interfaces of a nanoglass are, as a probe sees them.
 *
 * Each position gets the share of interface atoms (builder's group < 0, atoms/build_nanoglass) among the
 * atoms under a disc around it. A shift test needs such a mask on the positions of the scan. Lengths in A,
 * from the box's corner. */
#ifndef ANALYSIS_MICROSCOPE_INTERFACE_MAP_H
#define ANALYSIS_MICROSCOPE_INTERFACE_MAP_H

#include "atoms/frame.h"

struct interface_map_grid {
    int nx, ny;
    double from[2], step[2]; /* of position (0, 0); between positions; x, y of the image */
};

/* Collective. map[ny][nx]; beam: the axis looked along, the image's x and y are the next two. ERR_INPUT: no
 * atom has a group. */
int interface_map_make(const struct comm *comm, const struct frame *frame, int beam,
                       const struct interface_map_grid *grid, double radius, double *map) MUST_CHECK;

#endif
