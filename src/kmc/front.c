/* front - first arrival by handing on sources: a vector distance transform (Danielsson 1980) in the order of
 * time.
 *
 * Why not stochastic attachment: rates by neighbour count make fronts whose speed depends on direction by 10
 * to 30 % and on roughness, and must be calibrated for each lattice and voxel size, while u(T) is a measured
 * velocity of a front of many atoms. Why not fast marching: its first-order solution shows the lattice (5 %
 * near a nucleus) and needs one speed at one time; with s(t) per speed the temperature history is exact.
 * Nuclei stay a Poisson process; all scatter comes from them.
 *
 * Order: buckets in s of width h/4 per speed class, a ring of arrays. Insert and remove are O(1) and an array
 * of handles is read forward, so that the cost of an event does not grow with the lattice; a heap costs log N
 * and a cache miss per level. A bucket is sorted by blocks of memory before it is walked: front voxels of
 * thousands of grains lie anywhere, and waiting for memory was 85 % of an event at 1e7 voxels (bench/kmc.c).
 * Tried there, without gain: asking for memory 4 to 128 voxels ahead (a bucket out of order touches more
 * memory than the bus can bring, whenever it is asked for), huge pages (base/mem gives them anyway), blocks
 * of one brick or of 64. What did gain: half the memory (in one class of speeds the source says when a voxel
 * was reached), and looking at six neighbours at once before any decision. The crystalline volume that is
 * seen between steps grows linearly while a front crosses a voxel. */
#include "kmc/front.h"
#include "base/mem.h"
#include "kmc/front_state.h"

#include <math.h>
#include <string.h>

#define PER_EDGE 4        /* buckets per voxel edge */
#define BLOCK_BITS 12     /* handles of a block: 2^3 bricks, 16 kB */
#define MOST_BLOCKS 16384 /* more would leave the second-level cache while they are counted */
#define FEW_BLOCKS 64     /* in that cache anyway */

int front_create(struct voxels *voxels, struct skin *skin, const struct front_speeds *speeds,
                 struct front **front) {
    struct front *f = NULL;
    int e;
    TRY(MEM_NEW(f, 1));
    f->voxels = voxels;
    f->skin = skin;
    f->speeds = *speeds;
    f->n_queues = 2 * speeds->n_classes;
    f->n_cells = voxels->n_voxels + skin->n;
    f->total = voxels->volume + skin->total_volume;
    f->power = 1;
    TRY_TO(fail, MEM_NEW(f->queue, f->n_queues));
    for (int k = 0; k < f->n_queues; k++) {
        struct front_queue *q = &f->queue[k];
        q->layer = k >= speeds->n_classes;
        q->path = q->layer && speeds->layer ? speeds->layer[k - speeds->n_classes]
                                            : speeds->core[k % speeds->n_classes];
        q->width = cbrt(voxels->h[0] * voxels->h[1] * voxels->h[2]) / PER_EDGE;
        q->per_width = 1 / q->width;
    }
    f->block_bits = BLOCK_BITS;
    while ((f->n_blocks = (int)(((int64_t)voxels->n_slots << 9 >> f->block_bits) + 1)) > MOST_BLOCKS)
        f->block_bits++;
    if (speeds->n_classes > 1) TRY_TO(fail, MEM_NEW(f->arrival, (int64_t)voxels->n_slots * VOXELS_PER_BRICK));
    TRY_TO(fail, MEM_NEW(f->block, f->n_blocks + 1));
    front_clear(f, 0, false);
    *front = f;
    return ERR_OK;
fail:
    front_destroy(&f);
    return e;
}

void front_destroy(struct front **front) {
    struct front *f = *front;
    if (!f) return;
    for (int k = 0; f->queue && k < f->n_queues; k++)
        for (int m = 0; m < RING; m++) mem_free(&f->queue[k].ring[m].item);
    mem_free(&f->queue);
    mem_free(&f->arrival);
    mem_free(&f->order);
    mem_free(&f->block);
    mem_free(&f->source);
    mem_free(&f->grain);
    mem_free(front);
}

void front_clear(struct front *f, double t, bool keep) {
    voxels_clear(f->voxels);
    skin_clear(f->skin);
    for (int k = 0; k < f->n_queues; k++) empty(&f->queue[k]);
    f->n_sources = 1; /* 0 means none */
    if (!keep) {
        f->n_grains = 0;
        f->n_events = 0;
    }
    for (int64_t g = 0; g < f->n_grains; g++) f->grain[g].visible = false;
    f->n_taken = 0;
    f->volume = f->signal = f->largest = 0;
    f->time = t;
}

/* --- queues */

static void aim(struct front_queue *q) {
    q->t_close = when(q, (double)(q->bucket + 1) * q->width);
}

static int push(struct front *f, int which, uint32_t item, double s) {
    struct front_queue *q = &f->queue[which];
    if (!q->active) {
        q->active = true;
        q->bucket = bucket_of(q, reduced(q, f->time));
        aim(q);
    }
    int64_t b = bucket_of(q, s);
    if (b < q->bucket) b = q->bucket;
    if (b > q->bucket + RING - 1) b = q->bucket + RING - 1; /* put back when its turn comes too early */
    struct front_list *list = &q->ring[b % RING];
    if (list->n == list->room) {
        int64_t more = list->room ? 2 * list->room : 64;
        TRY(MEM_GROW(list->item, list->room, more));
        list->room = more;
    }
    list->item[list->n++] = item;
    q->n_items++;
    return ERR_OK;
}

/* The volume of a voxel reached at s turns crystalline evenly between s - h/2 and s + h/2; what of it lies
 * behind does so at once. Taking back an earlier promise: a negative volume. */
void front_deposit(struct front_queue *q, double s, double volume) {
    double from = s * q->per_width - 0.5 * PER_EDGE - (double)q->bucket;
    int first = (int)from - (from < (int)from);
    double share = volume / PER_EDGE, part = share * (first + 1 - from);
    q->pending += volume;
    for (int k = first; k <= first + PER_EDGE; k++) {
        int at = k < 0 ? 0 : k < RING ? k : RING - 1;
        q->volume[(uint64_t)(q->bucket + at) % RING] += k == first             ? part
                                                        : k < first + PER_EDGE ? share
                                                                               : share - part;
    }
}

/* --- sources and grains */

int front_add_source(struct front *f, const double x[3], double t, int queue, uint32_t grain,
                     uint32_t *index) {
    if (f->n_sources >= f->room_sources) {
        int64_t more = f->room_sources ? 2 * f->room_sources : 1024;
        TRY(MEM_GROW(f->source, f->room_sources, more));
        f->room_sources = more;
    }
    if (f->n_sources >= (int64_t)VOXELS_TAKEN - 1) FAIL(ERR_PHYSICS, "too many fronts (2e9)");
    if (f->n_sources == 1) /* nothing counts from the old base any more */
        for (int k = 0; k < f->n_queues; k++) f->queue[k].base = hazard_at(f->queue[k].path, t);
    *index = (uint32_t)f->n_sources++;
    f->source[*index] =
        (struct front_source){{x[0], x[1], x[2]}, reduced(&f->queue[queue], t), t, grain, queue};
    return ERR_OK;
}

static int add_grain(struct front *f, const struct front_grain *grain, uint32_t *index) {
    if (f->n_grains == f->room_grains) {
        int64_t more = f->room_grains ? 2 * f->room_grains : 256;
        TRY(MEM_GROW(f->grain, f->room_grains, more));
        f->room_grains = more;
    }
    *index = (uint32_t)f->n_grains++;
    f->grain[*index] = *grain;
    return ERR_OK;
}

/* --- offers: a source reaches for a cell */

double front_core_volume(const struct voxels *v, const int at[3]) {
    if (v->profile->kind == PROFILE_BULK) return v->w_inside[0];
    return voxels_weight(v, at[0], at[1], at[2]);
}

int front_offer_core(struct front *f, uint32_t handle, const int at[3], uint32_t source, double s) {
    if (handle == UINT32_MAX) return ERR_OK; /* no voxel there */
    uint32_t there = f->voxels->source[handle];
    if (there & VOXELS_TAKEN) return ERR_OK;
    double before = there ? arrival_of(f, handle, at) : INFINITY;
    if (f->arrival) s = (float)s;
    if (!(s < before)) return ERR_OK;
    struct front_queue *q = &f->queue[class_at(f, at[2])];
    double volume = front_core_volume(f->voxels, at);
    f->voxels->source[handle] = source;
    if (f->arrival) f->arrival[handle] = (float)s;
    TRY(push(f, (int)(q - f->queue), handle, s));
    if (there) front_deposit(q, before, -volume);
    front_deposit(q, s, volume);
    return ERR_OK;
}

int front_offer_skin(struct front *f, int64_t patch, int slice, uint32_t source, double s) {
    struct skin *skin = f->skin;
    if (skin->source[patch] & VOXELS_TAKEN || !(s < skin->s[patch])) return ERR_OK;
    struct front_queue *q = &f->queue[f->speeds.n_classes + class_at(f, slice)];
    double volume = skin->volume[skin_row(skin, patch)], before = skin->s[patch];
    bool promised = skin->source[patch] != 0;
    skin->s[patch] = s;
    skin->source[patch] = source;
    TRY(push(f, (int)(q - f->queue), (uint32_t)patch, s));
    if (promised) front_deposit(q, before, -volume);
    front_deposit(q, s, volume);
    return ERR_OK;
}

/* --- from layer to core and back */

/* A patch of the skin was reached at time t: the core voxels whose nearest surface point lies in it start
 * there. */
static int enter_core(struct front *f, int i, int j, int k, const double q[3], double t, uint32_t grain) {
    struct voxels *v = f->voxels;
    uint32_t handle = voxels_touch(v, i, j, k), source;
    if (v->source[handle] & VOXELS_TAKEN) return ERR_OK;
    double x[3];
    int at[3] = {i, j, k};
    skin_place(f->skin, q, v->layer, x);
    TRY(front_add_source(f, x, t, class_at(f, k), grain, &source));
    double s = f->source[source].s0, c[3];
    voxels_centre(v, at, c);
    s += distance(v, x, c);
    int64_t before = f->queue[class_at(f, k)].n_items;
    TRY(front_offer_core(f, handle, at, source, s));
    if (f->queue[class_at(f, k)].n_items == before) f->n_sources--; /* not wanted */
    return ERR_OK;
}

static int dive(struct front *f, int64_t patch, double t, uint32_t grain) {
    struct voxels *v = f->voxels;
    const struct skin *skin = f->skin;
    int row = skin_row(skin, patch), many = skin->around[row], k = (int)(patch - skin->first[row]);
    double q[3];
    if (v->profile->kind == PROFILE_FILM) {
        int side = row / v->n[1], j = row % v->n[1];
        skin_centre(skin, patch, q);
        return v->volume > 0 ? enter_core(f, k, j, side ? v->n[2] - 1 : 0, q, t, grain) : ERR_OK;
    }
    const struct voxels_slice *shape = &v->shape[v->shape_of[row]];
    double from = 2 * M_PI * k / many, to = 2 * M_PI * (k + 1) / many;
    int64_t low = 0, high = shape->n_boundary;
    while (low < high) {
        int64_t middle = (low + high) / 2;
        if (shape->foot_angle[middle] < from) low = middle + 1;
        else high = middle;
    }
    for (int64_t m = low; m < shape->n_boundary && shape->foot_angle[m] < to; m++) {
        q[0] = shape->foot_angle[m];
        q[1] = skin->arc[row];
        q[2] = (row + 0.5) * v->h[2];
        TRY(enter_core(f, shape->foot_x[m], shape->foot_y[m], row, q, t, grain));
    }
    return ERR_OK;
}

/* A boundary voxel was reached: so is, a little later, the skin above it. */
static int surface_at(struct front *f, const int at[3], int side, uint32_t from, double s) {
    struct voxels *v = f->voxels;
    struct skin *skin = f->skin;
    double x[3], q[3], foot[3];
    voxels_centre(v, at, x);
    int64_t patch;
    if (side < 0) {
        q[0] = atan2(x[1], x[0]);
        if (q[0] < 0) q[0] += 2 * M_PI;
        q[1] = skin->arc[at[2]];
        q[2] = x[2];
        patch = skin_patch_rod(skin, at[2], q[0]);
    } else {
        q[0] = x[0];
        q[1] = x[1];
        q[2] = side;
        patch = skin_patch_film(skin, side, at[0], at[1]);
    }
    if (skin->source[patch] & VOXELS_TAKEN) return ERR_OK;
    int class = class_at(f, at[2]);
    skin_place(skin, q, v->layer, foot);
    const struct front_source *origin = &f->source[from];
    double s_foot =
        f->speeds.n_classes == 1 ? origin->s0 + distance(v, origin->x, foot) : s + distance(v, x, foot);
    double t = when(&f->queue[class], s_foot), centre[3];
    if (!(t < INFINITY)) return ERR_OK;
    uint32_t source;
    TRY(front_add_source(f, q, t, f->speeds.n_classes + class, origin->grain, &source));
    skin_centre(skin, patch, centre);
    return front_offer_skin(f, patch, at[2], source, f->source[source].s0 + skin_distance(skin, q, centre));
}

/* --- a cell turns crystalline */

static void grow(struct front *f, uint32_t source, double volume) {
    struct front_grain *g = &f->grain[f->source[source].grain];
    f->n_taken++;
    f->n_events++;
    if (g->visible) {
        if (f->power == 1) f->signal += volume;
        else f->signal += pow(g->volume + volume, f->power) - pow(g->volume, f->power);
    }
    g->volume += volume;
    if (g->visible && g->volume > f->largest) f->largest = g->volume;
}

/* The voxel as a source of its own (once per voxel). */
static int renew(struct front *f, int queue, const double x[3], double s, uint32_t from, uint32_t *own) {
    if (*own) return ERR_OK;
    double t = when(&f->queue[queue], s);
    return front_add_source(f, x, t, queue, f->source[from].grain, own);
}

/* Arrival of a source at voxel `to`, by a straight ray; or by one from the voxel `at`, reached at s, which
 * then becomes a source of its own (*own). */
static int arrive(struct front *f, const int at[3], const int to[3], double s, uint32_t source, uint32_t *own,
                  uint32_t *by, double *arrival) {
    *arrival = front_ray_core(f, &f->source[source], to);
    *by = source;
    if (!isnan(*arrival)) return ERR_OK;
    double x[3];
    voxels_centre(f->voxels, at, x);
    TRY(renew(f, class_at(f, at[2]), x, s, source, own));
    *by = *own;
    *arrival = front_ray_core(f, &f->source[*own], to);
    return ERR_OK;
}

/* Handle of the neighbour of a voxel along `axis`; UINT32_MAX: none. */
static inline uint32_t neighbour(struct voxels *v, uint32_t handle, const int at[3], int axis, int step) {
    int local = at[axis] & 7, to[3] = {at[0], at[1], at[2]};
    to[axis] += step;
    if (step > 0 ? local < 7 && to[axis] < v->n[axis] : local > 0)
        return handle + (uint32_t)(step * (1 << 3 * axis));
    return voxels_wrap(v, axis, &to[axis]) ? voxels_touch(v, to[0], to[1], to[2]) : UINT32_MAX;
}

/* The six sources are looked at together, so that waiting for memory overlaps. */
static int hand_on(struct front *f, const int at[3], uint32_t handle, uint32_t source, double s) {
    struct voxels *v = f->voxels;
    uint32_t own = 0, next[6], wanted = 0;
#pragma GCC unroll 6
    for (int m = 0; m < 6; m++) {
        next[m] = neighbour(v, handle, at, m >> 1, m & 1 ? 1 : -1);
        uint32_t there = next[m] == UINT32_MAX ? VOXELS_OUTSIDE : v->source[next[m]];
        wanted |= (uint32_t)(!(there & VOXELS_TAKEN) && there != source) << m;
    }
    for (; wanted; wanted &= wanted - 1) {
        int m = __builtin_ctz(wanted), to[3] = {at[0], at[1], at[2]};
        uint32_t by = source;
        double arrival;
        to[m >> 1] += m & 1 ? 1 : -1;
        (void)voxels_wrap(v, m >> 1, &to[m >> 1]);
        TRY(arrive(f, at, to, s, source, &own, &by, &arrival));
        if (!isnan(arrival))
            TRY(front_offer_core(f, next[m], to, by, arrival)); /* nan: the schedule ends before */
    }
    return ERR_OK;
}

static int take_core(struct front *f, struct front_queue *q, uint32_t handle) {
    struct voxels *v = f->voxels;
    uint32_t source = v->source[handle];
    if (source == 0 || source & VOXELS_TAKEN) return ERR_OK; /* taken back (melting), or came twice */
    int at[3];
    voxels_place(v, handle, at);
    double s = arrival_of(f, handle, at);
    if (bucket_of(q, s) > q->bucket) return push(f, (int)(q - f->queue), handle, s);
    v->source[handle] = source | VOXELS_TAKEN;
    v->brick[handle >> 9].n_glass--;
    grow(f, source, front_core_volume(v, at));
    TRY(hand_on(f, at, handle, source, s));
    if (v->profile->kind == PROFILE_ROD && voxels_kind(v, at[0], at[1], at[2]) == 2)
        TRY(surface_at(f, at, -1, source, s));
    if (v->profile->kind == PROFILE_FILM) {
        if (at[2] == 0) TRY(surface_at(f, at, 0, source, s));
        if (at[2] == v->n[2] - 1) TRY(surface_at(f, at, 1, source, s));
    }
    return ERR_OK;
}

static int take_skin(struct front *f, struct front_queue *q, uint32_t patch) {
    struct skin *skin = f->skin;
    uint32_t source = skin->source[patch], own = 0;
    if (source == 0 || source & VOXELS_TAKEN) return ERR_OK;
    double s = skin->s[patch], here[3], there[3];
    if (bucket_of(q, s) > q->bucket) return push(f, (int)(q - f->queue), patch, s);
    skin->source[patch] = source | VOXELS_TAKEN;
    grow(f, source, skin->volume[skin_row(skin, patch)]);
    int64_t next[4];
    int n = skin_neighbours(skin, patch, next);
    for (int k = 0; k < n; k++) {
        if (skin->source[next[k]] & VOXELS_TAKEN || skin->source[next[k]] == source) continue;
        skin_centre(skin, next[k], there);
        double arrival = front_ray_skin(f, &f->source[source], there);
        uint32_t by = source;
        if (isnan(arrival)) {
            skin_centre(skin, patch, here);
            TRY(renew(f, (int)(q - f->queue), here, s, source, &own));
            by = own;
            arrival = front_ray_skin(f, &f->source[own], there);
            if (isnan(arrival)) continue;
        }
        TRY(front_offer_skin(f, next[k], skin_slice(skin, there), by, arrival));
    }
    return dive(f, patch, when(q, s), f->source[source].grain);
}

/* --- seeds */

int front_seed_core(struct front *f, const double x[3], double t, const struct front_grain *grain) {
    struct voxels *v = f->voxels;
    uint32_t g, source;
    int at[3], to[3];
    f->time = fmax(f->time, t);
    if (!voxels_at(v, x, at))
        FAIL(ERR_INTERNAL, "a nucleus at (%g, %g, %g) nm lies outside", x[0], x[1], x[2]);
    TRY(add_grain(f, grain, &g));
    TRY(front_add_source(f, x, t, class_at(f, at[2]), g, &source));
    for (int m = 0; m < 27; m++) { /* the voxel and those around it, some of which may be nearer */
        to[0] = at[0] + m % 3 - 1;
        to[1] = at[1] + m / 3 % 3 - 1;
        to[2] = at[2] + m / 9 - 1;
        if (!voxels_wrap(v, 0, &to[0]) || !voxels_wrap(v, 1, &to[1]) || !voxels_wrap(v, 2, &to[2])) continue;
        double s = front_ray_core(f, &f->source[source], to);
        if (!isnan(s)) TRY(front_offer_core(f, voxels_touch(v, to[0], to[1], to[2]), to, source, s));
    }
    return ERR_OK;
}

/* Without a layer the nucleus reaches straight into the core. */
static int seed_below(struct front *f, const double q[3], double t, uint32_t g) {
    struct voxels *v = f->voxels;
    double x[3];
    int at[3], to[3];
    uint32_t source;
    skin_place(f->skin, q, 1e-9 * v->h[0], x);
    if (!voxels_at(v, x, at)) return ERR_OK;
    TRY(front_add_source(f, x, t, class_at(f, at[2]), g, &source));
    for (int m = 0; m < 125; m++) {
        to[0] = at[0] + m % 5 - 2;
        to[1] = at[1] + m / 5 % 5 - 2;
        to[2] = at[2] + m / 25 - 2;
        if (!voxels_wrap(v, 0, &to[0]) || !voxels_wrap(v, 1, &to[1]) || !voxels_wrap(v, 2, &to[2])) continue;
        if (!voxels_kind(v, to[0], to[1], to[2])) continue;
        double s = front_ray_core(f, &f->source[source], to);
        if (!isnan(s)) TRY(front_offer_core(f, voxels_touch(v, to[0], to[1], to[2]), to, source, s));
    }
    return ERR_OK;
}

int front_seed_skin(struct front *f, const double q[3], double t, const struct front_grain *grain) {
    struct skin *skin = f->skin;
    uint32_t g, source;
    int64_t near[5];
    int slice = skin_slice(skin, q);
    f->time = fmax(f->time, t);
    TRY(add_grain(f, grain, &g));
    TRY(front_add_source(f, q, t, f->speeds.n_classes + class_at(f, slice), g, &source));
    if (f->voxels->profile->kind == PROFILE_ROD) near[0] = skin_patch_rod(skin, slice, q[0]);
    else
        near[0] = skin_patch_film(skin, q[2] > 0.5, (int)(q[0] / f->voxels->h[0]) % f->voxels->n[0],
                                  (int)(q[1] / f->voxels->h[1]) % f->voxels->n[1]);
    int n = 1 + skin_neighbours(skin, near[0], near + 1);
    for (int k = 0; k < n; k++) {
        double centre[3];
        skin_centre(skin, near[k], centre);
        double s = front_ray_skin(f, &f->source[source], centre);
        if (!isnan(s)) TRY(front_offer_skin(f, near[k], skin_slice(skin, centre), source, s));
    }
    return f->voxels->layer > 0 ? ERR_OK : seed_below(f, q, t, g);
}

double front_next(const struct front *f) {
    double t = INFINITY;
    for (int k = 0; k < f->n_queues; k++)
        if (f->queue[k].active && f->queue[k].t_close < t) t = f->queue[k].t_close;
    return t;
}

/* The voxels of a bucket by block of memory (a counting sort), so that each block is brought into cache once.
 */
static int order(struct front *f, const struct front_list *list) {
    if (f->room_order < list->n) {
        TRY(MEM_GROW(f->order, 0, list->room));
        f->room_order = list->room;
    }
    memset(f->block, 0, ((size_t)f->n_blocks + 1) * sizeof *f->block);
    for (int64_t k = 0; k < list->n; k++) f->block[(list->item[k] >> f->block_bits) + 1]++;
    for (int b = 0; b < f->n_blocks; b++) f->block[b + 1] += f->block[b];
    for (int64_t k = 0; k < list->n; k++)
        f->order[f->block[list->item[k] >> f->block_bits]++] = list->item[k];
    memcpy(list->item, f->order, (size_t)list->n * sizeof *list->item);
    return ERR_OK;
}

int front_step(struct front *f) {
    struct front_queue *q = NULL;
    for (int k = 0; k < f->n_queues; k++)
        if (f->queue[k].active && (!q || f->queue[k].t_close < q->t_close)) q = &f->queue[k];
    if (!q) return ERR_OK;
    f->time = fmax(f->time, q->t_close);
    int place = (int)(q->bucket % RING);
    struct front_list *list = &q->ring[place];
    if (!q->layer && f->n_blocks >= FEW_BLOCKS && list->n >= f->n_blocks) TRY(order(f, list));
    for (int64_t k = 0; k < list->n; k++) {
        if (q->layer) TRY(take_skin(f, q, list->item[k]));
        else TRY(take_core(f, q, list->item[k]));
    }
    q->n_items -= list->n;
    list->n = 0;
    f->volume += q->volume[place];
    q->pending -= q->volume[place];
    q->volume[place] = 0;
    q->bucket++;
    if (q->n_items == 0 && q->pending < 1e-9 * f->total) {
        f->volume += q->pending;
        for (int m = 0; m < RING; m++) q->volume[m] = 0;
        q->pending = 0;
        q->active = false;
        q->t_close = INFINITY;
    } else aim(q);
    return ERR_OK;
}
