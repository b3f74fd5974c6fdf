/* front - crystals growing through a glass: every voxel turns crystalline when the front of a grain reaches
 * its centre.
 *
 * With s(t) = int u dt, the reduced length of a speed, a front that left x0 at s0 reaches x at s0 + |x - x0|,
 * whatever the temperature did meanwhile. A voxel keeps the earliest such arrival and the source it came
 * from, and hands the source on to its neighbours: distances are Euclidean (along geodesics in the
 * near-surface layer), the lattice does not show. Where layer and core meet, the arrival in one is a source
 * in the other (Huygens).
 *
 * Speeds: one class per range of local diameter, each with the core's velocity and the layer's lateral
 * velocity as a hazard (base unit nm). Rays that cross classes are timed piece by piece; where the line of
 * sight leaves the specimen, or crosses many classes, the last voxel becomes a source of its own.
 *
 * Voxels leave buckets of a quarter edge in order; an arrival is exact, only the choice between two sources
 * that arrive within a quarter edge may go to the second. Units: nm, s. */
#ifndef KMC_FRONT_H
#define KMC_FRONT_H

#include "kmc/hazard.h"
#include "kmc/skin.h"

/* FRONT_LAYER: of the bulk's rate, inside the near-surface layer. */
enum front_birth { FRONT_SURFACE, FRONT_BULK, FRONT_INTERFACE, FRONT_SITE, FRONT_LAYER };

struct front_grain {
    double time;   /* of its nucleus, s */
    double volume; /* nm^3, whole voxels and patches */
    float x[3];    /* nm */
    float turn[4]; /* orientation, unit quaternion */
    uint8_t birth;
    bool visible; /* counts in `signal` */
};

/* Speeds; read only, shared by replicas. */
struct front_speeds {
    int n_classes;
    const int *class_of;         /* [slices of the voxels] */
    struct hazard *const *core;  /* [n_classes] */
    struct hazard *const *layer; /* [n_classes]; NULL: as core */
};

struct front_queue;
struct front_source;

struct front {
    struct voxels *voxels;
    struct skin *skin;
    struct front_speeds speeds;
    int n_queues;
    float *arrival; /* of voxels, by handle, in the reduced length of their class; NULL: one class */
    struct front_queue *queue; /* core of each class, then layer of each class */
    uint32_t *order;           /* a bucket's voxels in the order of memory */
    int64_t room_order;
    int block_bits, n_blocks; /* blocks of handles, by which they are ordered */
    int64_t *block;           /* [n_blocks + 1] */
    struct front_source *source;
    int64_t n_sources, room_sources;
    struct front_grain *grain;
    int64_t n_grains, room_grains;
    int64_t n_cells, n_taken; /* voxels and patches; those crystalline */
    int64_t n_events;         /* attachments so far */
    double volume, total;     /* crystalline up to the last steps, all; nm^3: see front_volume */
    double power, signal;     /* sum of volume^power over visible grains */
    double largest;           /* volume of the largest visible grain, nm^3 */
    double time;              /* of the last step, s */
};

/* Local. The caller owns; voxels and skin are its state and must outlive it. */
int front_create(struct voxels *voxels, struct skin *skin, const struct front_speeds *speeds,
                 struct front **front) MUST_CHECK;
void front_destroy(struct front **front);
/* Local. All glass, at time t. Grains are kept when `keep` (after melting they count no more). */
void front_clear(struct front *front, double t, bool keep);
/* Local. The slices of one class of speeds are liquid from time t on (as long as the class stands still);
 * what is crystalline beside them grows in again once it moves. */
int front_melt(struct front *front, int class, double t) MUST_CHECK;
/* Local. A grain with its nucleus at x in the core, or at q on the skin (layer, and core right under it when
 * there is no layer), at time t >= the last step. */
int front_seed_core(struct front *front, const double x[3], double t,
                    const struct front_grain *grain) MUST_CHECK;
int front_seed_skin(struct front *front, const double q[3], double t,
                    const struct front_grain *grain) MUST_CHECK;
/* Local. Whether a front has passed the point by time t. */
bool front_covers_core(const struct front *front, const double x[3], double t);
bool front_covers_skin(const struct front *front, const double q[3], double t);
/* Local. Crystalline volume at time t between the last and the next step, nm^3; a voxel turns crystalline
 * while the front crosses it. */
double front_volume(const struct front *front, double t);
/* Local. Time of the next step (INFINITY: nothing grows), and that step. */
double front_next(const struct front *front);
int front_step(struct front *front) MUST_CHECK;
/* Local. Time at which a crystalline voxel or patch was reached, s; its grain; INFINITY and -1 for glass. */
double front_time_core(const struct front *front, uint32_t handle);
double front_time_skin(const struct front *front, int64_t patch);
int64_t front_grain_core(const struct front *front, uint32_t handle);
int64_t front_grain_skin(const struct front *front, int64_t patch);
double front_bytes(const struct front *front);

#endif
