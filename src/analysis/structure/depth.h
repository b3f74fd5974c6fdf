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
struct depth_mark {
    double x[3];
    int64_t group;
};
/* Collective. Distance of this rank's n points to the nearest of all ranks' m marks of another group than the
 * point's, over periodic boundaries; INFINITY where there is none. */
int depth_nearest(const struct comm *comm, const struct box *box, int64_t m, const struct depth_mark *mark,
                  int64_t n, const struct depth_mark *point, double *distance) MUST_CHECK;

#endif
