/* motion - where each atom went: unwrapped positions of all frames, and the groups that averages are over.
 *
 * Atoms are spread over ranks by id and stay there for all frames, 12 bytes an atom and frame; everything
 * that follows one atom is then local, for all time origins at once. Frames must be evenly spaced in time.
 * Displacements are followed through the nearest image from frame to frame (an atom may move up to half a box
 * between two frames). Lengths in A (or sigma), times in ps (or reduced). */
#ifndef ANALYSIS_MOTION_H
#define ANALYSIS_MOTION_H

#include "atoms/frame.h"
#include "base/deck.h"

#define MOTION_NAME 24

struct motion {
    const struct comm *comm;
    int64_t n_frames, room; /* frames so far, frames expected */
    int n;                  /* atoms of this rank */
    int64_t n_global;
    struct box box; /* of the first frame */
    struct species species;
    int32_t *type;   /* [n] */
    double (*x0)[3]; /* [n] first frame, as the file has it */
    float (*d)[3];   /* [n_frames][n] displacement since then, less that of the centre of mass */
    double (*last)[3];
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
/* Collective. Add a frame, which is reordered. ERR_INPUT: other atoms than before, uneven times. */
int motion_add(struct motion *motion, struct frame *frame) MUST_CHECK;
/* Collective. After the last frame: groups of species (if there are two) and layers. */
int motion_group(struct motion *motion, const struct motion_layers *layers) MUST_CHECK;
/* Local. Lags in frames, logarithmically spaced from 1 to share * n_frames, `per_decade` of them at most; by
 * mem, *n of them. */
int motion_lags(const struct motion *motion, double share, int per_decade, int64_t **lag, int *n) MUST_CHECK;
/* Local. Position of atom i at frame t (not wrapped). */
static inline void motion_at(const struct motion *m, int64_t t, int i, double x[3]) {
    const float *d = m->d[t * m->n + i];
    for (int a = 0; a < 3; a++) x[a] = m->x0[i][a] + d[a];
}
/* Local. Square of the displacement of atom i between frames. */
static inline double motion_moved(const struct motion *m, int64_t from, int64_t to, int i) {
    const float *a = m->d[from * m->n + i], *b = m->d[to * m->n + i];
    double x = (double)b[0] - a[0], y = (double)b[1] - a[1], z = (double)b[2] - a[2];
    return x * x + y * y + z * z;
}
/* Local. At most `most` wave vectors of length near k: of the box along periodic axes (within 5 % of k, or
 * the nearest there are), evenly over a half sphere otherwise. by mem. */
int motion_waves(const struct motion *motion, double k, int most, double (**q)[3], int *n) MUST_CHECK;
/* Collective. Sum over atoms of w_i exp(i q x_i(t)) for n_q vectors: out[2 * n_q], the same bits on any
 * number of ranks. weight NULL: 1. */
int motion_density(const struct motion *motion, int64_t t, const uint8_t *weight, int n_q,
                   const double (*q)[3], double *out) MUST_CHECK;

#endif
