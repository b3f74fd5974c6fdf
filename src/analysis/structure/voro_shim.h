/* voro_shim - one Voronoi cell of Voro++ 0.4.6 behind a C interface; the only C++ of the program.
 *
 * The cell starts as a cube about its atom at the origin and is cut by planes (rycroft2009). Neighbour
 * search, order of the cuts and the proof of completeness are voronoi.c's; here are only the polyhedron and
 * its measures. Lengths in the caller's unit; Voro++ takes vertices within 1e-11 of a plane as on it. */
#ifndef ANALYSIS_STRUCTURE_VORO_SHIM_H
#define ANALYSIS_STRUCTURE_VORO_SHIM_H

#ifdef __cplusplus
extern "C" {
#endif

struct voro_shim;

enum voro_shim_want { VORO_SHIM_AREAS = 1, VORO_SHIM_EDGES = 2 };

/* Faces in Voro++'s order; arrays belong to the shim and last until its next call. */
struct voro_shim_measure {
    double volume;
    int n_faces;
    const int *neighbour; /* [n_faces] id given to voro_shim_cut; negative: a wall of the first cube */
    const int *order;     /* [n_faces] edges of the face */
    const double *area;   /* [n_faces], NULL unless asked */
    const double *edge;   /* lengths of the edges, face after face (sum of order), NULL unless asked */
};

/* Local. Make and free the cell (its memory grows as Voro++ needs); 0, or 1 when there is no memory. */
int voro_shim_create(struct voro_shim **shim);
void voro_shim_destroy(struct voro_shim **shim);
/* Local. Begin a cell: a cube of half edge `half` about the origin. */
void voro_shim_begin(struct voro_shim *shim, double half);
/* Local. Cut off what lies beyond x.d = rsq / 2; rsq = d.d for a plain cell, d.d + R_i^2 - R_j^2 for a
 * radical one. 0: nothing of the cell is left; negative: no memory. */
int voro_shim_cut(struct voro_shim *shim, const double d[3], double rsq, int id);
/* Local. Square of the distance of the farthest vertex. */
double voro_shim_reach2(struct voro_shim *shim);
/* Local. Measure the cell; 0, or 1 when there is no memory. */
int voro_shim_take(struct voro_shim *shim, int want, struct voro_shim_measure *measure);

#ifdef __cplusplus
}
#endif

#endif
