/* voxels - bricks of 8^3 keep a voxel and most of its neighbours within a few kilobytes, so that a front
 * moving through 1e8 voxels finds them in cache (two rows of a brick are one cache line); 4 bytes a voxel,
 * and none where nothing has happened (memory of untouched bricks is reserved, never used). Bricks lie in
 * memory as in space: 8^3 of them (64^3 voxels) are a huge page, inside which they follow a Morton curve, so
 * that `front` can walk its buckets in the order of memory. Slots in the order of first touch, as they were
 * before, put neighbouring bricks anywhere: 250 ns per event at 1e7 voxels, 85 % of it waiting for memory.
 *
 * Rejected: one flat array (a front touches three planes far apart); a hash of voxels (24 bytes and more
 * each); cells cut by the surface with their own centroid (the sum rule over boundary voxels does the same
 * for the volume, and the surface itself is the business of `skin`). */
#include "kmc/voxels.h"
#include "base/mem.h"

#include <math.h>
#include <string.h>

#define FEWEST_ACROSS 5.0 /* voxels across the thinnest part */
#define SHARE 0.02        /* slices whose radii agree to this part of an edge share a shape */

double voxels_coarsest(const struct profile *p, double layer) {
    if (p->kind == PROFILE_BULK) return p->length / FEWEST_ACROSS;
    double thin = profile_thinnest(p), core = thin - 2 * layer;
    double edge = thin / FEWEST_ACROSS;
    /* a core, where there is one, must hold voxel centres: four columns around the axis of a rod, one plane
     * of a film */
    double fit = p->kind == PROFILE_ROD ? core / 1.5 : core;
    return core > 0 && fit < edge ? fit : edge;
}

/* --- shapes of slices */

static int boundary_column(const struct voxels_slice *s, const int n[3], int i, int j) {
    if (i == 0 || j == 0 || i == n[0] - 1 || j == n[1] - 1) return 1;
    const uint8_t *c = s->column + (int64_t)j * n[0] + i;
    return !c[-1] || !c[1] || !c[-n[0]] || !c[n[0]];
}

static int sort_feet(struct voxels_slice *s) {
    /* insertion into buckets by angle would do; boundaries are short: shell sort on three arrays */
    for (int64_t gap = s->n_boundary / 2; gap > 0; gap /= 2)
        for (int64_t k = gap; k < s->n_boundary; k++)
            for (int64_t m = k; m >= gap && s->foot_angle[m - gap] > s->foot_angle[m]; m -= gap) {
                double a = s->foot_angle[m];
                int x = s->foot_x[m], y = s->foot_y[m];
                s->foot_angle[m] = s->foot_angle[m - gap];
                s->foot_x[m] = s->foot_x[m - gap];
                s->foot_y[m] = s->foot_y[m - gap];
                s->foot_angle[m - gap] = a;
                s->foot_x[m - gap] = x;
                s->foot_y[m - gap] = y;
            }
    return ERR_OK;
}

static int make_shape(const struct voxels *v, double radius, struct voxels_slice *s) {
    int64_t n_columns = (int64_t)v->n[0] * v->n[1];
    bool rod = v->profile->kind == PROFILE_ROD;
    *s = (struct voxels_slice){.radius = radius};
    TRY(MEM_NEW(s->column, n_columns));
    for (int j = 0; j < v->n[1]; j++)
        for (int i = 0; i < v->n[0]; i++) {
            double x = v->origin[0] + (i + 0.5) * v->h[0], y = v->origin[1] + (j + 0.5) * v->h[1];
            bool in = !rod || x * x + y * y <= radius * radius;
            s->column[(int64_t)j * v->n[0] + i] = in;
            s->n_inside += in;
        }
    if (!rod) return ERR_OK;
    for (int j = 0; j < v->n[1]; j++)
        for (int i = 0; i < v->n[0]; i++)
            if (s->column[(int64_t)j * v->n[0] + i] && boundary_column(s, v->n, i, j)) {
                s->column[(int64_t)j * v->n[0] + i] = 2;
                s->n_boundary++;
            }
    TRY(MEM_NEW(s->foot_x, s->n_boundary));
    TRY(MEM_NEW(s->foot_y, s->n_boundary));
    TRY(MEM_NEW(s->foot_angle, s->n_boundary));
    int64_t m = 0;
    for (int j = 0; j < v->n[1]; j++)
        for (int i = 0; i < v->n[0]; i++)
            if (s->column[(int64_t)j * v->n[0] + i] == 2) {
                double a = atan2(v->origin[1] + (j + 0.5) * v->h[1], v->origin[0] + (i + 0.5) * v->h[0]);
                s->foot_x[m] = i;
                s->foot_y[m] = j;
                s->foot_angle[m++] = a < 0 ? a + 2 * M_PI : a;
            }
    return sort_feet(s);
}

static int shape_for(struct voxels *v, double radius, int *shape) {
    double q = SHARE * v->h[0], rounded = v->profile->n > 1 ? round(radius / q) * q : radius;
    for (int k = v->n_shapes - 1; k >= 0; k--)
        if (v->shape[k].radius == rounded) {
            *shape = k;
            return ERR_OK;
        }
    TRY(MEM_GROW(v->shape, v->n_shapes, v->n_shapes + 1));
    *shape = v->n_shapes++;
    return make_shape(v, rounded, &v->shape[*shape]);
}

/* Volume weights of a slice: the exact volume is shared out. */
static void weigh(struct voxels *v, int k, double volume) {
    const struct voxels_slice *s = &v->shape[v->shape_of[k]];
    double full = v->h[0] * v->h[1] * v->h[2];
    int64_t inner = s->n_inside - s->n_boundary;
    v->w_inside[k] = v->w_boundary[k] = s->n_inside ? volume / (double)s->n_inside : 0;
    if (s->n_boundary == 0) return;
    double rest = (volume - (double)inner * full) / (double)s->n_boundary;
    if (rest > 0.25 * full && rest < 4 * full) {
        v->w_inside[k] = full;
        v->w_boundary[k] = rest;
    }
}

static int slices(struct voxels *v) {
    const struct profile *p = v->profile;
    for (int k = 0; k < v->n[2]; k++) {
        double z = v->origin[2] + (k + 0.5) * v->h[2], volume;
        v->radius[k] = p->kind == PROFILE_ROD ? profile_diameter(p, z) / 2 : 0;
        double core = p->kind == PROFILE_ROD ? fmax(0, v->radius[k] - v->layer) : 0;
        TRY(shape_for(v, core, &v->shape_of[k]));
        volume = p->kind == PROFILE_ROD ? M_PI * core * core * v->h[2] : p->lateral * p->lateral * v->h[2];
        weigh(v, k, volume);
        v->n_voxels += v->shape[v->shape_of[k]].n_inside;
        if (v->shape[v->shape_of[k]].n_inside) v->volume += volume;
        v->heaviest = fmax(v->heaviest, fmax(v->w_inside[k], v->w_boundary[k]));
    }
    return ERR_OK;
}

/* How many voxels of the specimen each brick holds. */
static void count_inside(struct voxels *v) {
    for (int k = 0; k < v->n[2]; k++) {
        const struct voxels_slice *s = &v->shape[v->shape_of[k]];
        for (int j = 0; j < v->n[1]; j++)
            for (int i = 0; i < v->n[0]; i++)
                v->inside[((int64_t)(k >> 3) * v->n_bricks[1] + (j >> 3)) * v->n_bricks[0] + (i >> 3)] +=
                    s->column[(int64_t)j * v->n[0] + i] != 0;
    }
}

/* Bits 0, 3, 6 of a number below 512, as 0, 1, 2. */
static int third_bits(int m) {
    return (m & 1) | (m >> 2 & 2) | (m >> 4 & 4);
}

/* Slots of the bricks that hold a voxel, block by block; in the first round only their number. */
static void number(struct voxels *v, bool count_only) {
    uint32_t n = 0;
    const int *bricks = v->n_bricks;
    int blocks[3];
    for (int a = 0; a < 3; a++) blocks[a] = (bricks[a] + 7) / 8;
    for (int64_t c = 0; c < (int64_t)blocks[0] * blocks[1] * blocks[2]; c++)
        for (int m = 0; m < 512; m++) {
            int at[3] = {(int)(c % blocks[0]) * 8 + third_bits(m),
                         (int)(c / blocks[0] % blocks[1]) * 8 + third_bits(m >> 1),
                         (int)(c / blocks[0] / blocks[1]) * 8 + third_bits(m >> 2)};
            if (at[0] >= bricks[0] || at[1] >= bricks[1] || at[2] >= bricks[2]) continue;
            int64_t b = ((int64_t)at[2] * bricks[1] + at[1]) * bricks[0] + at[0];
            if (!v->inside[b]) continue;
            if (!count_only) {
                v->slot[b] = n + 1;
                memcpy(v->brick[n].at, at, sizeof at);
            }
            n++;
        }
    v->n_slots = n;
}

static void lay_out(struct voxels *v, double edge) {
    const struct profile *p = v->profile;
    double low[3] = {0, 0, 0}, high[3] = {p->lateral, p->lateral, p->length};
    if (p->kind == PROFILE_ROD) {
        double r = fmax(profile_widest(p) / 2 - v->layer, edge);
        int half = (int)ceil(r / edge);
        for (int a = 0; a < 2; a++) {
            high[a] = half * edge;
            low[a] = -high[a];
        }
    } else if (p->kind == PROFILE_FILM) {
        low[2] = v->layer;
        high[2] = fmax(p->length - v->layer, low[2]);
    }
    for (int a = 0; a < 3; a++) {
        v->n[a] = (int)fmax(1, round((high[a] - low[a]) / edge));
        v->h[a] = (high[a] - low[a]) / v->n[a];
        v->origin[a] = low[a];
        v->periodic[a] = a < 2 ? p->kind != PROFILE_ROD : p->periodic_z;
        v->period[a] = v->n[a] * v->h[a];
        v->half[a] = v->periodic[a] ? v->period[a] / 2 : INFINITY;
        v->n_bricks[a] = (v->n[a] + 7) / 8;
    }
}

int voxels_create(const struct profile *profile, double edge, double layer, struct voxels **voxels) {
    struct voxels *v = NULL;
    int e = ERR_OK;
    double coarsest = voxels_coarsest(profile, layer);
    if (edge > coarsest * (1 + 1e-9))
        FAIL(ERR_INPUT,
             "voxels of %g nm are too coarse for a part %g nm thick with a layer of %g nm; %.3g nm would do",
             edge, profile_thinnest(profile), layer, coarsest);
    TRY(MEM_NEW(v, 1));
    v->profile = profile;
    v->layer = layer;
    lay_out(v, edge);
    int64_t n_bricks = (int64_t)v->n_bricks[0] * v->n_bricks[1] * v->n_bricks[2];
    if (n_bricks >= (int64_t)1 << 23) {
        e = err_set(ERR_INPUT, __FILE__, __LINE__,
                    "%.3g voxels are more than a handle can name (4e9); use a larger voxel edge",
                    (double)n_bricks * VOXELS_PER_BRICK);
        goto fail;
    }
    TRY_TO(fail, MEM_NEW(v->shape_of, v->n[2]));
    TRY_TO(fail, MEM_NEW(v->w_inside, v->n[2]));
    TRY_TO(fail, MEM_NEW(v->w_boundary, v->n[2]));
    TRY_TO(fail, MEM_NEW(v->radius, v->n[2]));
    TRY_TO(fail, MEM_NEW(v->slot, n_bricks));
    TRY_TO(fail, MEM_NEW(v->inside, n_bricks));
    TRY_TO(fail, slices(v));
    count_inside(v);
    number(v, true);
    TRY_TO(fail, MEM_NEW(v->brick, v->n_slots));
    TRY_TO(fail, MEM_NEW(v->source, (int64_t)v->n_slots * VOXELS_PER_BRICK));
    number(v, false);
    *voxels = v;
    return ERR_OK;
fail:
    voxels_destroy(&v);
    return e;
}

void voxels_destroy(struct voxels **voxels) {
    struct voxels *v = *voxels;
    if (!v) return;
    for (int k = 0; k < v->n_shapes; k++) {
        mem_free(&v->shape[k].column);
        mem_free(&v->shape[k].foot_x);
        mem_free(&v->shape[k].foot_y);
        mem_free(&v->shape[k].foot_angle);
    }
    mem_free(&v->shape);
    mem_free(&v->shape_of);
    mem_free(&v->w_inside);
    mem_free(&v->w_boundary);
    mem_free(&v->radius);
    mem_free(&v->slot);
    mem_free(&v->inside);
    mem_free(&v->brick);
    mem_free(&v->source);
    mem_free(voxels);
}

void voxels_clear(struct voxels *v) {
    for (uint32_t k = 0; k < v->n_slots; k++) v->brick[k].made = 0;
}

int voxels_kind(const struct voxels *v, int i, int j, int k) {
    return v->shape[v->shape_of[k]].column[(int64_t)j * v->n[0] + i];
}

double voxels_weight(const struct voxels *v, int i, int j, int k) {
    int kind = voxels_kind(v, i, j, k);
    return kind == 2 ? v->w_boundary[k] : kind ? v->w_inside[k] : 0;
}

void voxels_make(struct voxels *v, uint32_t slot) {
    struct voxels_brick *brick = &v->brick[slot];
    int x0 = brick->at[0] * 8, y0 = brick->at[1] * 8, z0 = brick->at[2] * 8;
    brick->made = 1;
    brick->n_glass = 0;
    for (int m = 0; m < VOXELS_PER_BRICK; m++) {
        int x = x0 + (m & 7), y = y0 + (m >> 3 & 7), z = z0 + (m >> 6);
        bool in = x < v->n[0] && y < v->n[1] && z < v->n[2] && voxels_kind(v, x, y, z);
        v->source[(size_t)slot << 9 | (size_t)m] = in ? 0 : VOXELS_OUTSIDE;
        brick->n_glass += in;
    }
}

bool voxels_at(const struct voxels *v, const double x[3], int at[3]) {
    for (int a = 0; a < 3; a++) {
        at[a] = (int)floor((x[a] - v->origin[a]) / v->h[a]);
        if (!v->periodic[a] && at[a] == v->n[a] && x[a] <= v->origin[a] + v->n[a] * v->h[a]) at[a]--;
        if (!voxels_wrap(v, a, &at[a])) return false;
    }
    return true;
}

double voxels_bytes(const struct voxels *v) {
    double bricks = (double)v->n_bricks[0] * v->n_bricks[1] * v->n_bricks[2];
    double shapes = (double)v->n_shapes * v->n[0] * v->n[1];
    return (double)v->n_slots * (VOXELS_PER_BRICK * sizeof *v->source + sizeof(struct voxels_brick)) +
           bricks * (sizeof(uint32_t) + sizeof(uint16_t)) + shapes;
}
