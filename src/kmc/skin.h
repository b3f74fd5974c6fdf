/* skin - the free surface of a rod or film, with the near-surface layer under it, as patches of edge ~ h.
 *
 * Patches tile the surface without gaps: their areas add up to it, their layer volumes to the layer's. A
 * front in the layer runs along geodesics of the unrolled surface, so that the lattice of patches never
 * shows. Points of the skin have their own coordinates q: rod (angle, arc length of the profile, z); film (x,
 * y, side 0 or 1). Bulk has no skin. Units: nm, rad. */
#ifndef KMC_SKIN_H
#define KMC_SKIN_H

#include "kmc/voxels.h"

struct skin {
    const struct voxels *voxels;
    int64_t n;      /* patches */
    int n_rows;     /* rod: slices along z, those of the voxels; film: 2 sides x n[1] */
    int *around;    /* [n_rows]: patches of a row */
    int64_t *first; /* [n_rows + 1] */
    double *arc;    /* [n_rows]: rod: arc length at the middle of the slice */
    double arc_length;
    double *area, *volume; /* [n_rows]: of one patch, nm^2, nm^3 of layer */
    double *s;             /* [n]: arrival, reduced length of the layer */
    uint32_t *source;      /* [n]: as in voxels_brick */
    double total_area, total_volume;
};

int skin_create(const struct voxels *voxels, struct skin **skin) MUST_CHECK;
void skin_destroy(struct skin **skin);
void skin_clear(struct skin *skin);

/* Local. Row of a patch; its centre; a point in it from u, v in (0, 1). */
int skin_row(const struct skin *skin, int64_t patch);
void skin_centre(const struct skin *skin, int64_t patch, double q[3]);
void skin_point(const struct skin *skin, int64_t patch, double u, double v, double q[3]);
/* Local. Distance along the surface, nm; infinite between two sides of a film. */
double skin_distance(const struct skin *skin, const double a[3], const double b[3]);
/* Local. Up to 4 patches that share an edge; how many. */
int skin_neighbours(const struct skin *skin, int64_t patch, int64_t out[4]);
/* Local. Patch at angle (rod) of slice k; at column (i, j) of a side (film). */
int64_t skin_patch_rod(const struct skin *skin, int k, double angle);
int64_t skin_patch_film(const struct skin *skin, int side, int i, int j);
/* Local. Place in space of q, at depth nm below the surface. */
void skin_place(const struct skin *skin, const double q[3], double depth, double x[3]);
/* Local. Slice (rod) in which q lies: for its speed class. */
int skin_slice(const struct skin *skin, const double q[3]);

#endif
