/* front_melt - a thin part melts below the melting point of the thick one: what was crystalline in the slices
 * of its class is glass again, grains lose that volume, and crystals beside it are sources at the border,
 * which arrive when the class moves again. Voxels next to the part that only a front from inside it was about
 * to take are given back, and offered to their crystalline neighbours outside. */
#include "kmc/front_state.h"

#include <math.h>

/* A grain loses a cell; `signal` and `largest` follow in `recount`. */
static void lose(struct front *f, uint32_t source, double volume) {
    f->grain[f->source[source & ~VOXELS_TAKEN].grain].volume -= volume;
    f->n_taken--;
}

static void recount(struct front *f) {
    f->signal = f->largest = 0;
    for (int64_t g = 0; g < f->n_grains; g++) {
        double volume = fmax(0, f->grain[g].volume);
        if (!f->grain[g].visible) continue;
        f->signal += pow(volume, f->power);
        f->largest = fmax(f->largest, volume);
    }
}

/* All cells of a slice; *promised: volume of those that a front had reached or was about to. */
static void clear_slice(struct front *f, int k, double *promised) {
    struct voxels *v = f->voxels;
    struct skin *skin = f->skin;
    for (int j = 0; j < v->n[1]; j++)
        for (int i = 0; i < v->n[0]; i++) {
            uint32_t handle = voxels_find(v, i, j, k);
            if (handle == UINT32_MAX) continue;
            uint32_t source = v->source[handle];
            if (source == 0 || source == VOXELS_OUTSIDE) continue;
            double volume = front_core_volume(v, (const int[3]){i, j, k});
            *promised += volume;
            v->source[handle] = 0;
            if (!(source & VOXELS_TAKEN)) continue;
            v->brick[handle >> 9].n_glass++;
            lose(f, source, volume);
        }
    for (int64_t p = skin->first[k]; p < skin->first[k + 1]; p++) {
        if (skin->source[p] == 0) continue;
        *promised += skin->volume[k];
        if (skin->source[p] & VOXELS_TAKEN) lose(f, skin->source[p], skin->volume[k]);
        skin->source[p] = 0;
        skin->s[p] = INFINITY;
    }
}

/* --- cells beside the part: promises that came out of it */

static int offer_again(struct front *f, const int at[3], uint32_t handle) {
    struct voxels *v = f->voxels;
    for (int m = 0; m < 6; m++) {
        int from[3] = {at[0], at[1], at[2]};
        from[m >> 1] += m & 1 ? 1 : -1;
        if (!voxels_wrap(v, m >> 1, &from[m >> 1])) continue;
        uint32_t near = voxels_find(v, from[0], from[1], from[2]), source;
        if (near == UINT32_MAX || v->source[near] == VOXELS_OUTSIDE || !(v->source[near] & VOXELS_TAKEN))
            continue;
        source = v->source[near] & ~VOXELS_TAKEN;
        double s = front_ray_core(f, &f->source[source], at);
        if (isnan(s)) {
            double x[3];
            voxels_centre(v, from, x);
            TRY(front_add_source(f, x, front_time_core(f, near), class_at(f, from[2]),
                                 f->source[source].grain, &source));
            s = front_ray_core(f, &f->source[source], at);
        }
        if (!isnan(s)) TRY(front_offer_core(f, handle, at, source, s));
    }
    return ERR_OK;
}

static int slice_of(const struct front *f, const struct front_source *source) {
    return (int)((source->x[2] - f->voxels->origin[2]) / f->voxels->h[2]);
}

/* Whether a promise stands: a crystalline neighbour has its source, or it began in this very slice. */
static bool stands_core(const struct front *f, const int at[3], uint32_t source) {
    const struct voxels *v = f->voxels;
    if (slice_of(f, &f->source[source]) == at[2]) return true;
    for (int m = 0; m < 6; m++) {
        int from[3] = {at[0], at[1], at[2]};
        from[m >> 1] += m & 1 ? 1 : -1;
        if (!voxels_wrap(v, m >> 1, &from[m >> 1])) continue;
        uint32_t near = voxels_find(v, from[0], from[1], from[2]);
        if (near != UINT32_MAX && v->source[near] == (source | VOXELS_TAKEN)) return true;
    }
    return false;
}

static int review_core(struct front *f, int k) {
    struct voxels *v = f->voxels;
    struct front_queue *q = &f->queue[class_at(f, k)];
    for (int j = 0; j < v->n[1]; j++)
        for (int i = 0; i < v->n[0]; i++) {
            int at[3] = {i, j, k};
            uint32_t handle = voxels_find(v, i, j, k);
            if (handle == UINT32_MAX || v->source[handle] == 0 || v->source[handle] & VOXELS_TAKEN) continue;
            if (stands_core(f, at, v->source[handle])) continue;
            front_deposit(q, arrival_of(f, handle, at), -front_core_volume(v, at));
            v->source[handle] = 0;
            TRY(offer_again(f, at, handle));
        }
    return ERR_OK;
}

static int review_skin(struct front *f, int k) {
    struct skin *skin = f->skin;
    struct front_queue *q = &f->queue[f->speeds.n_classes + class_at(f, k)];
    for (int64_t p = skin->first[k]; p < skin->first[k + 1]; p++) {
        uint32_t source = skin->source[p];
        int64_t next[4];
        int n = skin_neighbours(skin, p, next);
        double centre[3];
        if (source == 0 || source & VOXELS_TAKEN) continue;
        bool stands = slice_of(f, &f->source[source]) == k;
        for (int m = 0; m < n; m++) stands |= skin->source[next[m]] == (source | VOXELS_TAKEN);
        if (stands) continue;
        front_deposit(q, skin->s[p], -skin->volume[k]);
        skin->source[p] = 0;
        skin->s[p] = INFINITY;
        skin_centre(skin, p, centre);
        for (int m = 0; m < n; m++) {
            if (!(skin->source[next[m]] & VOXELS_TAKEN)) continue;
            source = skin->source[next[m]] & ~VOXELS_TAKEN;
            double s = front_ray_skin(f, &f->source[source], centre);
            if (!isnan(s)) TRY(front_offer_skin(f, p, k, source, s));
        }
    }
    return ERR_OK;
}

/* --- crystals beside the part reach into it */

static int border_core(struct front *f, int k, int beyond, double t) {
    struct voxels *v = f->voxels;
    for (int j = 0; j < v->n[1]; j++)
        for (int i = 0; i < v->n[0]; i++) {
            int at[3] = {i, j, beyond}, to[3] = {i, j, k};
            uint32_t from = voxels_find(v, i, j, beyond), source, own;
            if (from == UINT32_MAX || !voxels_kind(v, i, j, beyond) || !voxels_kind(v, i, j, k)) continue;
            source = v->source[from];
            if (!(source & VOXELS_TAKEN)) continue;
            double x[3];
            voxels_centre(v, at, x);
            TRY(front_add_source(f, x, t, class_at(f, beyond), f->source[source & ~VOXELS_TAKEN].grain,
                                 &own));
            double s = front_ray_core(f, &f->source[own], to);
            if (!isnan(s)) TRY(front_offer_core(f, voxels_touch(v, i, j, k), to, own, s));
        }
    return ERR_OK;
}

static int border_skin(struct front *f, int k, int beyond, double t) {
    struct skin *skin = f->skin;
    for (int64_t p = skin->first[beyond]; p < skin->first[beyond + 1]; p++) {
        if (!(skin->source[p] & VOXELS_TAKEN)) continue;
        double x[3], centre[3];
        int64_t next[4];
        uint32_t own, grain = f->source[skin->source[p] & ~VOXELS_TAKEN].grain;
        skin_centre(skin, p, x);
        TRY(front_add_source(f, x, t, f->speeds.n_classes + class_at(f, beyond), grain, &own));
        int n = skin_neighbours(skin, p, next);
        for (int m = 0; m < n; m++) {
            if (skin_row(skin, next[m]) != k) continue;
            skin_centre(skin, next[m], centre);
            double s = front_ray_skin(f, &f->source[own], centre);
            if (!isnan(s)) TRY(front_offer_skin(f, next[m], k, own, s));
        }
    }
    return ERR_OK;
}

int front_melt(struct front *f, int class, double t) {
    const struct voxels *v = f->voxels;
    double gone = 0; /* of the crystalline volume: all that was promised but for what had not come yet */
    f->time = fmax(f->time, t);
    for (int layer = 0; layer < 2; layer++) {
        struct front_queue *q = &f->queue[class + layer * f->speeds.n_classes];
        gone -= q->pending;
        empty(q);
    }
    for (int k = 0; k < v->n[2]; k++)
        if (class_at(f, k) == class) clear_slice(f, k, &gone);
    f->volume = fmax(0, f->volume - gone);
    recount(f);
    for (int k = 0; k < v->n[2]; k++)
        for (int step = -1; step <= 1 && class_at(f, k) == class; step += 2) {
            int beyond = k + step;
            if (!voxels_wrap(v, 2, &beyond) || class_at(f, beyond) == class) continue;
            TRY(review_core(f, beyond));
            TRY(review_skin(f, beyond));
            TRY(border_core(f, k, beyond, t));
            TRY(border_skin(f, k, beyond, t));
        }
    return ERR_OK;
}
