/* motion - where each atom went: unwrapped positions, and the groups that averages are over.
 *
 * Atoms are spread over ranks by id and stay there for all frames, 12 bytes an atom and frame that is kept;
 * everything that follows one atom is then local, for all time origins at once. Kept are all frames, or
 * (motion_keep) the newest and the time origins of the longest lag before it, as many as fit into a memory:
 * pairs of frames are then looked at when the later one comes. Frames must be evenly spaced in time.
 * Displacements are followed through the nearest image from frame to frame (an atom may move up to half a box
 * between two frames). Lengths in A (or sigma), times in ps (or reduced). */
#ifndef ANALYSIS_MOTION_H
#define ANALYSIS_MOTION_H

#include "atoms/frame.h"
#include "base/deck.h"

#define MOTION_NAME 24

/* What is looked at, for a trajectory that need not fit into memory. */
struct motion_keep {
    double share;    /* longest lag over the trajectory */
    int64_t origins; /* at most so many time origins, evenly spread; 0: every frame */
    double memory;   /* bytes of all ranks together; fewer origins are taken where they do not fit */
};

struct motion {
    const struct comm *comm;
    int64_t n_frames, room; /* frames so far, frames expected */
    int n;                  /* atoms of this rank */
    int64_t n_global;
    struct box box; /* of the first frame */
    struct species species;
    int32_t *type;   /* [n] */
    double (*x0)[3]; /* [n] first frame, as the file has it */
    float (*d)[3];   /* [slot][n] displacement since then, less that of the centre of mass: motion_frame */
    double (*last)[3];
    /* what is kept: every stride-th frame for `longest` frames, in `slots` slots, and the newest. 0 slots:
     * all */
    struct motion_keep keep;
    int64_t stride, longest, slots;
    float (*newest)[3];
    double time0, dt; /* first time; spacing */
    /* groups: 0 = all, then species, then layers */
    int n_groups;
    char (*name)[MOTION_NAME];
    uint8_t *member; /* [n_groups][n] */
    int64_t *count;  /* [n_groups] over all ranks */
};

/* A surface that layers are counted from. */
struct motion_layers {
    int axis;     /* -1: no layers; 0, 1, 2: the axis of a rod */
    double width; /* thickness of a layer */
    int n;        /* layers; the last holds all that is deeper */
};

/* Local. The keys layer_axis, layer_width and layers of an entry of `analysis`. */
struct motion_layers motion_layers_read(const struct deck *deck, const char *at);

/* Collective. Room for n_frames frames. ERR_INPUT: the first frame has no atoms. */
int motion_create(const struct comm *comm, int64_t n_frames, struct motion **motion) MUST_CHECK;
void motion_destroy(struct motion **motion);
/* Local. The keys lag_range, origins and memory of an entry of `analysis`. */
struct motion_keep motion_keep_read(const struct deck *deck, const char *at);
/* Local. Before the first frame: keep only what lags up to `share` need. */
void motion_keep(struct motion *motion, const struct motion_keep *keep);
/* Collective. Add a frame, which is reordered. ERR_INPUT: other atoms than before, uneven times. */
int motion_add(struct motion *motion, struct frame *frame) MUST_CHECK;
/* Collective. After the first frame: groups of species (if there are two) and layers. */
int motion_group(struct motion *motion, const struct motion_layers *layers) MUST_CHECK;
/* Local. ERR_INPUT: fewer frames came than were said to. */
int motion_complete(const struct motion *motion) MUST_CHECK;
/* Local. Lags in frames, logarithmically spaced from 1 to share * n_frames, `per_decade` of them at most; by
 * mem, *n of them. */
int motion_lags(const struct motion *motion, double share, int per_decade, int64_t **lag, int *n) MUST_CHECK;
/* Local. Displacements [n] of frame t: any while all are kept; else the newest, or a time origin (a multiple
 * of stride) at most `longest` before it. */
static inline const float (*motion_frame(const struct motion *m, int64_t t))[3] {
    if (m->slots == 0) return (const float(*)[3])(m->d + t * m->n);
    if (t == m->n_frames - 1) return (const float(*)[3])m->newest;
    return (const float(*)[3])(m->d + t / m->stride % m->slots * m->n);
}
/* Local. Position of atom i when displaced by d[i] (not wrapped). */
static inline void motion_at(const struct motion *m, const float (*d)[3], int i, double x[3]) {
    for (int a = 0; a < 3; a++) x[a] = m->x0[i][a] + d[i][a];
}
/* Local. Square of the displacement of atom i between two frames. */
static inline double motion_moved(const float (*from)[3], const float (*to)[3], int i) {
    double x = (double)to[i][0] - from[i][0], y = (double)to[i][1] - from[i][1],
           z = (double)to[i][2] - from[i][2];
    return x * x + y * y + z * z;
}
/* Local. Time origins of a lag: multiples of stride, both frames in the trajectory. */
static inline int64_t motion_origins(const struct motion *m, int64_t lag) {
    return (m->room - lag - 1) / m->stride + 1;
}
/* Local. At most `most` wave vectors of length near k: of the box along periodic axes (within 5 % of k, or
 * the nearest there are), evenly over a half sphere otherwise. by mem. */
int motion_waves(const struct motion *motion, double k, int most, double (**q)[3], int *n) MUST_CHECK;
/* Collective. Sum over atoms, displaced by d, of w_i exp(i q x_i) for n_q vectors: out[2 * n_q], the same
 * bits on any number of ranks. weight NULL: 1. */
int motion_density(const struct motion *motion, const float (*d)[3], const uint8_t *weight, int n_q,
                   const double (*q)[3], double *out) MUST_CHECK;

#endif
