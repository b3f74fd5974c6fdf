/* depth - how far below a free surface each atom lies.
 *
 * Surface atoms are those whose Voronoi cell is open (voronoi.h); the depth of any other is its distance to
 * the nearest of them, over periodic boundaries. Lengths in A. */
#ifndef ANALYSIS_STRUCTURE_DEPTH_H
#define ANALYSIS_STRUCTURE_DEPTH_H

#include "analysis/structure/voronoi.h"

/* Collective. depth[i] (by mem) for each local row of a frame that voronoi_compute has spread, with its
 * cells; 0 at the surface, INFINITY for all where there is none. *n_surface: surface atoms on all ranks. */
int depth_compute(const struct comm *comm, const struct frame *frame, const struct voronoi_cell *cells,
                  double **depth, int64_t *n_surface) MUST_CHECK;
/* Collective. Distance of this rank's n points to the nearest of all ranks' m marks, over periodic
 * boundaries; INFINITY where there is no mark. */
int depth_nearest(const struct comm *comm, const struct box *box, int64_t m, double (*mark)[3], int64_t n,
                  double (*point)[3], double *distance) MUST_CHECK;

#endif
