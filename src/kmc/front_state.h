/* front_state - what the parts of `front` share: queues, sources, distances. Not for others. */
#ifndef KMC_FRONT_STATE_H
#define KMC_FRONT_STATE_H

#include "kmc/front.h"

#include <math.h>

#define RING 64

struct front_list {
    uint32_t *item;
    int64_t n, room;
};

struct front_queue {
    const struct hazard *path;
    double width, per_width, base, t_close; /* buckets are `width` wide, 1 / per_width */
    int64_t bucket, n_items;
    bool active, layer;
    struct front_list ring[RING];
    double volume[RING], pending;
};

struct front_source {
    double x[3]; /* core: place; layer: skin coordinates */
    double s0, t0;
    uint32_t grain;
    int32_t queue;
};

/* Reduced length of a speed since the base, and back. Arrivals count from a base near the first nucleus, so
 * that single precision holds them. */
static inline double reduced(const struct front_queue *q, double t) {
    return hazard_at(q->path, t) - q->base;
}

static inline double when(const struct front_queue *q, double s) {
    return hazard_time(q->path, s + q->base);
}

static inline int class_at(const struct front *f, int slice) {
    return f->speeds.n_classes > 1 ? f->speeds.class_of[slice] : 0;
}

/* Bucket of a reduced length. */
static inline int64_t bucket_of(const struct front_queue *q, double s) {
    return (int64_t)(s * q->per_width);
}

static inline double gap(const struct voxels *v, int axis, double d) {
    return d > v->half[axis] ? d - v->period[axis] : d < -v->half[axis] ? d + v->period[axis] : d;
}

static inline double distance(const struct voxels *v, const double a[3], const double b[3]) {
    double x = gap(v, 0, a[0] - b[0]), y = gap(v, 1, a[1] - b[1]), z = gap(v, 2, a[2] - b[2]);
    return sqrt(x * x + y * y + z * z);
}

/* Arrival at a voxel of its source (it must have one): in one class of speeds the source says it. */
static inline double arrival_of(const struct front *f, uint32_t handle, const int at[3]) {
    if (f->arrival) return f->arrival[handle];
    const struct front_source *source = &f->source[f->voxels->source[handle] & ~VOXELS_TAKEN];
    double x[3];
    voxels_centre(f->voxels, at, x);
    return source->s0 + distance(f->voxels, source->x, x);
}

/* Nothing waits in a queue any more. */
static inline void empty(struct front_queue *q) {
    for (int m = 0; m < RING; m++) {
        q->ring[m].n = 0;
        q->volume[m] = 0;
    }
    q->n_items = 0;
    q->pending = 0;
    q->active = false;
    q->t_close = INFINITY;
}

/* Local. A source at x (layer: q) in the class of a queue at time t. Offers of a source to a voxel
 * (UINT32_MAX: none) and to a patch of the layer, arriving at s. Volume of a voxel, nm^3. */
int front_add_source(struct front *f, const double x[3], double t, int queue, uint32_t grain,
                     uint32_t *index) MUST_CHECK;
int front_offer_core(struct front *f, uint32_t handle, const int at[3], uint32_t source, double s) MUST_CHECK;
int front_offer_skin(struct front *f, int64_t patch, int slice, uint32_t source, double s) MUST_CHECK;
/* Local. Lets a volume turn crystalline around s; negative: takes that back. */
void front_deposit(struct front_queue *q, double s, double volume);
double front_core_volume(const struct voxels *v, const int at[3]);

/* Local. Arrival of a source at voxel `at`, at a point q of the skin, in the reduced length of the class
 * there; nan when no straight ray reaches it and the last cell must become a source of its own. */
double front_ray_core(const struct front *front, const struct front_source *source, const int at[3]);
double front_ray_skin(const struct front *front, const struct front_source *source, const double q[3]);

#endif
