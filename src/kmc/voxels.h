/* voxels - the core of a specimen (all but the near-surface layer) as a lattice of cells of edge h.
 *
 * A voxel is there when its centre lies inside. Its volume weight is h^3, but for voxels at the boundary of a
 * slice, which share what the slice's exact volume lacks or has too much; the sum over voxels is the exact
 * volume. State: the source the front came from (which says when), 4 bytes a voxel, kept in bricks of 8^3
 * that are made when something first happens in them. A handle (slot << 9 | place in the brick) names a
 * voxel; slots follow space (Morton order inside blocks of 8^3 bricks), so that handles sorted are places
 * sorted.
 *
 * Units: nm. Rods have their axis at x = y = 0 and z in [0, length]; film and bulk begin at 0. */
#ifndef KMC_VOXELS_H
#define KMC_VOXELS_H

#include "kmc/profile.h"

#define VOXELS_BRICK 8
#define VOXELS_PER_BRICK 512
#define VOXELS_TAKEN UINT32_C(0x80000000)   /* flag in `source`: crystalline */
#define VOXELS_OUTSIDE UINT32_C(0xFFFFFFFF) /* in `source`: not part of the specimen */

struct voxels_brick {
    int32_t at[3]; /* in bricks */
    uint16_t n_glass, made;
};

/* Slices of (nearly) the same radius share which columns are inside. */
struct voxels_slice {
    double radius;   /* of the core, nm */
    uint8_t *column; /* [n[0] * n[1]]: 0 outside, 1 inside, 2 at the boundary */
    int64_t n_inside, n_boundary;
    int *foot_x, *foot_y; /* boundary columns by angle: positions in the lattice */
    double *foot_angle;   /* in [0, 2 pi), rising */
};

struct voxels {
    const struct profile *profile;
    double layer; /* thickness taken off at the surface */
    int n[3], n_bricks[3];
    double h[3], origin[3]; /* centre of voxel (i, j, k) = origin + (i + 1/2) h */
    bool periodic[3];
    double period[3], half[3]; /* nm; half of it, INFINITY where not periodic */
    int64_t n_voxels;          /* in the specimen */
    int n_shapes;
    struct voxels_slice *shape;
    int *shape_of;                 /* [n[2]] */
    double *w_inside, *w_boundary; /* [n[2]]: volume of a voxel, nm^3 */
    double *radius;                /* [n[2]]: of the whole specimen at the slice; film, bulk: 0 */
    double volume, heaviest;       /* nm^3: of all; of one voxel */
    uint32_t *slot;                /* [bricks]: slot + 1; 0: no voxel of the specimen in it */
    struct voxels_brick *brick;    /* [slots] */
    uint32_t *source;              /* [slots * 512], by handle: 0 untouched, else source of `front` + flag;
                                      pages come when first touched */
    uint32_t n_slots;
    uint16_t *inside; /* [bricks]: voxels of the specimen in each */
};

/* Local. ERR_INPUT when the edge is too coarse for the thinnest part; the message says what edge would do.
 * The profile must outlive the lattice. */
int voxels_create(const struct profile *profile, double edge, double layer,
                  struct voxels **voxels) MUST_CHECK;
void voxels_destroy(struct voxels **voxels);
/* Local. Everything glass again; bricks are kept for the next replica. */
void voxels_clear(struct voxels *voxels);

/* Local. Kind of cell (0 outside, 1 inside, 2 boundary) and volume of voxel (i, j, k), indices within bounds.
 */
int voxels_kind(const struct voxels *v, int i, int j, int k);
double voxels_weight(const struct voxels *v, int i, int j, int k);
/* Local. Wraps an index where periodic; false when it is off the lattice. */
static inline bool voxels_wrap(const struct voxels *v, int axis, int *i) {
    if ((unsigned)*i < (unsigned)v->n[axis]) return true;
    if (!v->periodic[axis]) return false;
    *i += *i < 0 ? v->n[axis] : -v->n[axis];
    return (unsigned)*i < (unsigned)v->n[axis];
}
/* Local. Gives every voxel of a brick its first state. */
void voxels_make(struct voxels *v, uint32_t slot);
static inline uint32_t voxels_handle(const struct voxels *v, int i, int j, int k) {
    int64_t b = ((int64_t)(k >> 3) * v->n_bricks[1] + (j >> 3)) * v->n_bricks[0] + (i >> 3);
    uint32_t slot = v->slot[b];
    if (!slot) return UINT32_MAX;
    return (slot - 1) << 9 | (uint32_t)((k & 7) << 6 | (j & 7) << 3 | (i & 7));
}
/* Local. Handle of voxel (i, j, k), its brick made when it was not; UINT32_MAX when the brick holds no voxel
 * of the specimen. */
static inline uint32_t voxels_touch(struct voxels *v, int i, int j, int k) {
    uint32_t handle = voxels_handle(v, i, j, k);
    if (handle != UINT32_MAX && !v->brick[handle >> 9].made) voxels_make(v, handle >> 9);
    return handle;
}
/* Local. The same, or UINT32_MAX when nothing has happened in its brick. */
static inline uint32_t voxels_find(const struct voxels *v, int i, int j, int k) {
    uint32_t handle = voxels_handle(v, i, j, k);
    return handle != UINT32_MAX && v->brick[handle >> 9].made ? handle : UINT32_MAX;
}
static inline void voxels_place(const struct voxels *v, uint32_t handle, int at[3]) {
    const struct voxels_brick *b = &v->brick[handle >> 9];
    at[0] = b->at[0] * 8 + (int)(handle & 7);
    at[1] = b->at[1] * 8 + (int)(handle >> 3 & 7);
    at[2] = b->at[2] * 8 + (int)(handle >> 6 & 7);
}
static inline void voxels_centre(const struct voxels *v, const int at[3], double x[3]) {
    for (int a = 0; a < 3; a++) x[a] = v->origin[a] + (at[a] + 0.5) * v->h[a];
}
/* Local. Indices of the cell that holds x (wrapped); false outside the lattice. */
bool voxels_at(const struct voxels *v, const double x[3], int at[3]);
/* Local. Largest edge that voxels_create takes for this profile and layer. */
double voxels_coarsest(const struct profile *profile, double layer);
/* Local. Bytes when everything is touched. */
double voxels_bytes(const struct voxels *v);

#endif
