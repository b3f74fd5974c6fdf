/* front_ask - what has been covered, when, and by which grain. A point is covered when any source known to
 * its cell or to the neighbours of the cell has reached the point itself, not the cell's centre: nuclei are
 * refused exactly there. */
#include "kmc/front_state.h"

bool front_covers_core(const struct front *f, const double x[3], double t) {
    const struct voxels *v = f->voxels;
    int at[3];
    if (!voxels_at(v, x, at)) return false;
    for (int m = -1; m < 6; m++) {
        int to[3] = {at[0], at[1], at[2]};
        if (m >= 0) to[m / 2] += m % 2 ? 1 : -1;
        if (m >= 0 && !voxels_wrap(v, m / 2, &to[m / 2])) continue;
        uint32_t handle = voxels_find(v, to[0], to[1], to[2]);
        if (handle == UINT32_MAX) continue;
        uint32_t source = v->source[handle];
        if (source == 0 || source == VOXELS_OUTSIDE) continue;
        const struct front_source *from = &f->source[source & ~VOXELS_TAKEN];
        double s = f->speeds.n_classes == 1 ? from->s0 + distance(v, from->x, x)
                   : m < 0                  ? arrival_of(f, handle, at)
                                            : INFINITY;
        if (s <= reduced(&f->queue[class_at(f, at[2])], t)) return true;
    }
    return false;
}

bool front_covers_skin(const struct front *f, const double q[3], double t) {
    const struct skin *skin = f->skin;
    int slice = skin_slice(skin, q);
    int64_t near[5];
    if (f->voxels->profile->kind == PROFILE_ROD) near[0] = skin_patch_rod(skin, slice, q[0]);
    else
        near[0] = skin_patch_film(skin, q[2] > 0.5, (int)(q[0] / f->voxels->h[0]) % f->voxels->n[0],
                                  (int)(q[1] / f->voxels->h[1]) % f->voxels->n[1]);
    int n = 1 + skin_neighbours(skin, near[0], near + 1);
    double now = reduced(&f->queue[f->speeds.n_classes + class_at(f, slice)], t);
    for (int k = 0; k < n; k++) {
        uint32_t source = skin->source[near[k]];
        if (source == 0) continue;
        const struct front_source *from = &f->source[source & ~VOXELS_TAKEN];
        if (front_ray_skin(f, from, q) <= now) return true; /* false for nan */
    }
    return false;
}

double front_volume(const struct front *f, double t) {
    double sum = f->volume;
    for (int k = 0; k < f->n_queues; k++) {
        const struct front_queue *q = &f->queue[k];
        if (!q->active) continue;
        double part = reduced(q, t) / q->width - (double)q->bucket;
        sum += fmin(fmax(part, 0), 1) * q->volume[q->bucket % RING];
    }
    return sum;
}

double front_time_core(const struct front *f, uint32_t handle) {
    uint32_t source = f->voxels->source[handle];
    if (!(source & VOXELS_TAKEN) || source == VOXELS_OUTSIDE) return INFINITY;
    int at[3];
    voxels_place(f->voxels, handle, at);
    return when(&f->queue[class_at(f, at[2])], arrival_of(f, handle, at));
}

double front_time_skin(const struct front *f, int64_t patch) {
    if (!(f->skin->source[patch] & VOXELS_TAKEN)) return INFINITY;
    double q[3];
    skin_centre(f->skin, patch, q);
    int class = class_at(f, skin_slice(f->skin, q));
    return when(&f->queue[f->speeds.n_classes + class], f->skin->s[patch]);
}

int64_t front_grain_core(const struct front *f, uint32_t handle) {
    uint32_t source = f->voxels->source[handle];
    if (!(source & VOXELS_TAKEN) || source == VOXELS_OUTSIDE) return -1;
    return f->source[source & ~VOXELS_TAKEN].grain;
}

int64_t front_grain_skin(const struct front *f, int64_t patch) {
    uint32_t source = f->skin->source[patch];
    return source & VOXELS_TAKEN ? (int64_t)f->source[source & ~VOXELS_TAKEN].grain : -1;
}

double front_bytes(const struct front *f) {
    double lists = 0;
    for (int k = 0; k < f->n_queues; k++)
        for (int m = 0; m < RING; m++) lists += 4.0 * (double)f->queue[k].ring[m].room;
    double timed = f->arrival ? 4.0 * VOXELS_PER_BRICK * f->voxels->n_slots : 0;
    return voxels_bytes(f->voxels) + timed + 4.0 * (double)f->room_order + 12.0 * (double)f->skin->n + lists +
           (double)f->room_sources * sizeof(struct front_source) + (double)f->room_grains * sizeof *f->grain;
}
