/* front_ray - arrival along straight rays. In one speed class it is s0 plus the distance; a ray through
 * several classes is timed from wall to wall of the slices, exactly for that ray. Refraction is left out: it
 * is of second order in the change of speed across a class (4 %). */
#include "kmc/front_state.h"

#define MOST_CLASSES 6 /* crossed by a ray before it starts anew */

struct ray {
    int k0, k1;    /* slices of its ends */
    double z0, z1; /* nm */
    double length;
    int base;                /* 0: core queues; n_classes: layer queues */
    const double *from, *to; /* core: to test the line of sight; NULL: none */
};

static bool blocked(const struct voxels *v, const struct ray *r, double part, int slice) {
    if (!r->from) return false;
    double x = r->from[0] + part * (r->to[0] - r->from[0]), y = r->from[1] + part * (r->to[1] - r->from[1]);
    double core = v->radius[slice] - v->layer + 0.75 * v->h[0];
    return x * x + y * y > core * core;
}

/* Arrival in the reduced length of the class at the end; INFINITY when it must start anew. */
static double trace(const struct front *f, const struct front_source *source, const struct ray *r) {
    const struct voxels *v = f->voxels;
    int step = r->k1 > r->k0 ? 1 : -1, class = class_at(f, r->k0), crossed = 0;
    double t = source->t0, done = 0, span = r->z1 - r->z0;
    double s = reduced(&f->queue[r->base + class], t);
    for (int k = r->k0; k != r->k1; k += step) {
        double wall = v->origin[2] + (step > 0 ? k + 1 : k) * v->h[2];
        double part = fabs(span) > 0 ? (wall - r->z0) / span : 0;
        if (blocked(v, r, part, k)) return INFINITY;
        int next = class_at(f, k + step);
        if (next == class) continue;
        if (++crossed > MOST_CLASSES) return INFINITY;
        t = when(&f->queue[r->base + class], s + (part - done) * r->length);
        if (!(t < INFINITY)) return INFINITY;
        done = part;
        class = next;
        s = reduced(&f->queue[r->base + class], t);
    }
    return s + (1 - done) * r->length;
}

double front_ray_core(const struct front *f, const struct front_source *source, const int at[3]) {
    const struct voxels *v = f->voxels;
    double x[3];
    voxels_centre(v, at, x);
    double d = distance(v, source->x, x);
    if (f->speeds.n_classes == 1) return source->s0 + d;
    int k0 = (int)((source->x[2] - v->origin[2]) / v->h[2]);
    k0 = k0 < 0 ? 0 : k0 >= v->n[2] ? v->n[2] - 1 : k0;
    struct ray r = {k0, at[2], source->x[2], x[2], d, 0, source->x, x};
    double s = trace(f, source, &r);
    return s < INFINITY ? s : NAN;
}

double front_ray_skin(const struct front *f, const struct front_source *source, const double q[3]) {
    const struct skin *skin = f->skin;
    double d = skin_distance(skin, source->x, q);
    if (f->speeds.n_classes == 1) return source->s0 + d;
    struct ray r = {skin_slice(skin, source->x),
                    skin_slice(skin, q),
                    source->x[2],
                    q[2],
                    d,
                    f->speeds.n_classes,
                    NULL,
                    NULL};
    double s = trace(f, source, &r);
    return s < INFINITY ? s : NAN;
}
