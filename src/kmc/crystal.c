/* crystal - nucleation by hazard inversion per channel, growth by fronts; whichever comes first.
 *
 * Composition: channels, then weight classes inside a channel (select); rejection: null events. Bulk nuclei
 * are drawn brick by brick (a brick counts with 512 times the heaviest voxel), interface nuclei column by
 * column, so that no list has an entry per voxel. Rejected: a propensity per voxel in a sum tree, as SPPARKS
 * keeps it - 160 bytes and a walk of log2 N cache misses per event for rates that are the same over whole
 * classes of voxels. */
#include "kmc/crystal.h"
#include "base/mem.h"
#include "base/rng.h"
#include "kmc/select.h"

#include <math.h>
#include <string.h>

#define DRAW_STEPS 4 /* counter values a draw may use */
#define FACE M_PI_4  /* area of a random plane over that of its staircase of voxel faces, columns along z */

struct site {
    double q[3];
};

struct channel {
    struct select *items;
    struct site *site;
    int64_t n_sites, room;
    uint64_t id, step; /* random stream */
    double H, t_next;
};

struct crystal {
    struct voxels *voxels;
    struct skin *skin;
    struct crystal_rates rates;
    struct front *front;
    struct channel *channel;
    double *face; /* [columns]: area of interface along a column, nm^2; NULL: none */
    uint64_t seed, key;
    double time;
    int melted; /* melts behind us */
    int64_t n_draws;
};

static uint64_t mix(uint64_t a, uint64_t b) {
    uint64_t x = a ^ (b + UINT64_C(0x9E3779B97F4A7C15) + (a << 6) + (a >> 2));
    x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
    return x ^ x >> 31;
}

/* --- columns: a Voronoi pattern of random centres, its boundaries as faces between voxels */

static int pattern(struct crystal *c) {
    const struct voxels *v = c->voxels;
    const struct profile *p = v->profile;
    int64_t n_columns = (int64_t)v->n[0] * v->n[1];
    int n = (int)fmax(1, round(p->lateral * p->lateral / (M_PI_4 * p->column * p->column)));
    int32_t *of = NULL;
    double *centre = NULL;
    int e;
    TRY_TO(done, MEM_NEW(centre, 2 * n));
    TRY_TO(done, MEM_NEW(of, n_columns));
    for (int k = 0; k < n; k++) {
        rng_uniform(c->seed, RNG_KMC, mix(c->key, 1000), (uint64_t)k, centre + 2 * k);
        for (int a = 0; a < 2; a++) centre[2 * k + a] *= p->lateral;
    }
    for (int64_t m = 0; m < n_columns; m++) {
        double best = INFINITY;
        for (int k = 0; k < n; k++) {
            double x = ((double)(m % v->n[0]) + 0.5) * v->h[0] - centre[2 * k];
            double y = ((double)(m / v->n[0]) + 0.5) * v->h[1] - centre[2 * k + 1];
            x -= p->lateral * rint(x / p->lateral);
            y -= p->lateral * rint(y / p->lateral);
            if (x * x + y * y < best) {
                best = x * x + y * y;
                of[m] = k;
            }
        }
    }
    for (int64_t m = 0; m < n_columns; m++) {
        int64_t i = m % v->n[0], j = m / v->n[0];
        int64_t right = j * v->n[0] + (i + 1) % v->n[0], up = (j + 1) % v->n[1] * v->n[0] + i;
        double height = v->n[2] * v->h[2];
        c->face[m] = FACE * height * ((of[right] != of[m]) * v->h[1] + (of[up] != of[m]) * v->h[0]);
    }
done:
    mem_free(&centre);
    mem_free(&of);
    return e;
}

/* --- channels */

static int64_t n_bricks(const struct voxels *v) {
    return (int64_t)v->n_bricks[0] * v->n_bricks[1] * v->n_bricks[2];
}

int crystal_create(struct voxels *voxels, struct skin *skin, const struct crystal_rates *rates,
                   struct crystal **crystal) {
    struct crystal *c = NULL;
    int e;
    TRY(MEM_NEW(c, 1));
    c->voxels = voxels;
    c->skin = skin;
    c->rates = *rates;
    TRY_TO(fail, MEM_NEW(c->channel, rates->n_channels));
    for (int k = 0; k < rates->n_channels; k++) {
        enum front_birth birth = rates->channel[k].birth;
        int64_t n = birth == FRONT_SURFACE || birth == FRONT_LAYER ? skin->n
                    : birth == FRONT_BULK                          ? n_bricks(voxels)
                    : birth == FRONT_INTERFACE                     ? (int64_t)voxels->n[0] * voxels->n[1]
                                                                   : 0;
        if (birth != FRONT_SITE) TRY_TO(fail, select_create(n, &c->channel[k].items));
        if (birth == FRONT_INTERFACE && !c->face) TRY_TO(fail, MEM_NEW(c->face, n));
    }
    TRY_TO(fail, front_create(voxels, skin, &rates->speeds, &c->front));
    *crystal = c;
    return ERR_OK;
fail:
    crystal_destroy(&c);
    return e;
}

void crystal_destroy(struct crystal **crystal) {
    struct crystal *c = *crystal;
    if (!c) return;
    for (int k = 0; c->channel && k < c->rates.n_channels; k++) {
        select_destroy(&c->channel[k].items);
        mem_free(&c->channel[k].site);
    }
    mem_free(&c->channel);
    mem_free(&c->face);
    front_destroy(&c->front);
    mem_free(crystal);
}

/* A Poisson number of sites on the surface, one after the other at exponential gaps of area. */
static int draw_sites(struct crystal *c, struct channel *ch, double density) {
    const struct skin *skin = c->skin;
    double at = 0, below = 0;
    int row = 0;
    ch->n_sites = 0;
    for (uint64_t k = 0;; k++) {
        double u[4];
        rng_uniform(c->seed, RNG_KMC, mix(ch->id, 1), 2 * k, u);
        rng_uniform(c->seed, RNG_KMC, mix(ch->id, 1), 2 * k + 1, u + 2);
        at += -log(u[0]) / density;
        if (!(at < skin->total_area)) break;
        while (row < skin->n_rows - 1 && at >= below + skin->area[row] * skin->around[row])
            below += skin->area[row] * skin->around[row], row++;
        if (ch->n_sites == ch->room) {
            int64_t more = ch->room ? 2 * ch->room : 64;
            TRY(MEM_GROW(ch->site, ch->room, more));
            ch->room = more;
        }
        int64_t patch = skin->first[row] + (int64_t)(u[1] * skin->around[row]);
        skin_point(skin, patch, u[2], u[3], ch->site[ch->n_sites++].q);
    }
    select_destroy(&ch->items);
    TRY(select_create(ch->n_sites, &ch->items));
    return ERR_OK;
}

/* All items of a channel that have weight in the glass. */
static int fill(struct crystal *c, int k) {
    struct channel *ch = &c->channel[k];
    const struct skin *skin = c->skin;
    const struct voxels *v = c->voxels;
    const double *weight;
    select_clear(ch->items);
    switch (c->rates.channel[k].birth) {
    case FRONT_SURFACE:
    case FRONT_LAYER:
        weight = c->rates.channel[k].birth == FRONT_LAYER ? skin->volume : skin->area;
        for (int row = 0; row < skin->n_rows; row++)
            for (int m = 0; m < skin->around[row]; m++)
                TRY(select_set(ch->items, skin->first[row] + m, weight[row]));
        break;
    case FRONT_BULK:
        for (int64_t b = 0; b < n_bricks(v); b++)
            if (v->inside[b]) TRY(select_set(ch->items, b, v->heaviest * VOXELS_PER_BRICK));
        break;
    case FRONT_INTERFACE:
        for (int64_t m = 0; m < (int64_t)v->n[0] * v->n[1]; m++) TRY(select_set(ch->items, m, c->face[m]));
        break;
    case FRONT_SITE:
        for (int64_t m = 0; m < ch->n_sites; m++) TRY(select_set(ch->items, m, 1));
        break;
    }
    return ERR_OK;
}

/* When the channel draws next, from H on. */
static void aim(struct crystal *c, int k) {
    struct channel *ch = &c->channel[k];
    double bound = select_bound(ch->items), u[2];
    rng_uniform(c->seed, RNG_KMC, ch->id, ch->step * DRAW_STEPS, u);
    ch->H += -log(u[0]) / bound;
    ch->t_next = bound > 0 ? hazard_time(c->rates.channel[k].hazard, ch->H) : INFINITY;
}

static int start(struct crystal *c, double t) {
    for (int k = 0; k < c->rates.n_channels; k++) {
        TRY(fill(c, k));
        c->channel[k].H = hazard_at(c->rates.channel[k].hazard, t);
        aim(c, k);
    }
    return ERR_OK;
}

int crystal_reset(struct crystal *c, uint64_t seed, uint64_t key) {
    c->seed = seed;
    c->key = key;
    c->time = c->rates.begin;
    c->melted = 0;
    c->n_draws = 0;
    front_clear(c->front, c->time, false);
    if (c->face) TRY(pattern(c));
    for (int k = 0; k < c->rates.n_channels; k++) {
        struct channel *ch = &c->channel[k];
        ch->id = mix(key, (uint64_t)k);
        ch->step = 0;
        if (c->rates.channel[k].birth == FRONT_SITE) TRY(draw_sites(c, ch, c->rates.channel[k].density));
    }
    return start(c, c->time);
}

/* --- nuclei */

/* A uniform orientation (Shoemake 1992). */
static void orient(const double u[3], float turn[4]) {
    double a = sqrt(1 - u[0]), b = sqrt(u[0]);
    turn[0] = (float)(a * sin(2 * M_PI * u[1]));
    turn[1] = (float)(a * cos(2 * M_PI * u[1]));
    turn[2] = (float)(b * sin(2 * M_PI * u[2]));
    turn[3] = (float)(b * cos(2 * M_PI * u[2]));
}

static bool kept(const struct crystal *c, int k, int slice, double t, double u) {
    if (!c->rates.ratio || c->rates.speeds.n_classes == 1) return true;
    return u < c->rates.ratio(c->rates.context, k, c->rates.speeds.class_of[slice], t);
}

struct draw {
    double u[8]; /* u[0] made the waiting time */
    double t;
    struct front_grain grain;
};

static int skin_nucleus(struct crystal *c, int k, const double q[3], struct draw *d) {
    double x[3];
    if (!kept(c, k, skin_slice(c->skin, q), d->t, d->u[7])) return ERR_OK;
    bool deep = c->rates.channel[k].birth == FRONT_LAYER; /* anywhere in the thickness of the layer */
    skin_place(c->skin, q, deep ? d->u[6] * c->voxels->layer : 0, x);
    for (int a = 0; a < 3; a++) d->grain.x[a] = (float)x[a];
    return front_seed_skin(c->front, q, d->t, &d->grain);
}

static int surface_draw(struct crystal *c, int k, int64_t patch, struct draw *d) {
    double q[3];
    skin_point(c->skin, patch, d->u[3], d->u[4], q);
    if (!front_covers_skin(c->front, q, d->t)) return skin_nucleus(c, k, q, d);
    if (c->skin->source[patch] & VOXELS_TAKEN) return select_set(c->channel[k].items, patch, 0);
    return ERR_OK;
}

static int site_draw(struct crystal *c, int k, int64_t site, struct draw *d) {
    const double *q = c->channel[k].site[site].q;
    bool covered = front_covers_skin(c->front, q, d->t);
    bool used = covered || kept(c, k, skin_slice(c->skin, q), d->t, d->u[7]);
    if (used) TRY(select_set(c->channel[k].items, site, 0));
    if (covered || !used) return ERR_OK;
    d->u[7] = 0; /* kept already */
    return skin_nucleus(c, k, q, d);
}

static int core_nucleus(struct crystal *c, int k, const int at[3], struct draw *d) {
    double x[3];
    if (!kept(c, k, at[2], d->t, d->u[7])) return ERR_OK;
    for (int a = 0; a < 3; a++) x[a] = c->voxels->origin[a] + (at[a] + d->u[3 + a]) * c->voxels->h[a];
    if (front_covers_core(c->front, x, d->t)) return ERR_OK;
    for (int a = 0; a < 3; a++) d->grain.x[a] = (float)x[a];
    return front_seed_core(c->front, x, d->t, &d->grain);
}

static int bulk_draw(struct crystal *c, int k, int64_t brick, struct draw *d) {
    const struct voxels *v = c->voxels;
    uint32_t slot = v->slot[brick]; /* not 0: only bricks with voxels have a weight */
    if (v->brick[slot - 1].made && v->brick[slot - 1].n_glass == 0)
        return select_set(c->channel[k].items, brick, 0);
    int m = (int)(d->u[2] * VOXELS_PER_BRICK), at[3];
    at[0] = (int)(brick % v->n_bricks[0]) * 8 + (m & 7);
    at[1] = (int)(brick / v->n_bricks[0] % v->n_bricks[1]) * 8 + (m >> 3 & 7);
    at[2] = (int)(brick / v->n_bricks[0] / v->n_bricks[1]) * 8 + (m >> 6);
    if (at[0] >= v->n[0] || at[1] >= v->n[1] || at[2] >= v->n[2]) return ERR_OK;
    if (d->u[6] * v->heaviest >= voxels_weight(v, at[0], at[1], at[2])) return ERR_OK;
    return core_nucleus(c, k, at, d);
}

static int interface_draw(struct crystal *c, int k, int64_t column, struct draw *d) {
    const struct voxels *v = c->voxels;
    int at[3] = {(int)(column % v->n[0]), (int)(column / v->n[0]), (int)(d->u[2] * v->n[2])};
    return core_nucleus(c, k, at, d);
}

static int draw(struct crystal *c, int k, const struct crystal_watch *watch) {
    struct channel *ch = &c->channel[k];
    struct draw d = {.t = ch->t_next};
    double turn[4], pick[2];
    for (int m = 0; m < 3; m++)
        rng_uniform(c->seed, RNG_KMC, ch->id, ch->step * DRAW_STEPS + (uint64_t)m, d.u + 2 * m);
    rng_uniform(c->seed, RNG_KMC, mix(ch->id, 2), 2 * ch->step, d.u + 6);
    rng_uniform(c->seed, RNG_KMC, mix(ch->id, 2), 2 * ch->step + 1, turn);
    rng_uniform(c->seed, RNG_KMC, mix(ch->id, 3), 2 * ch->step, turn + 2);
    rng_uniform(c->seed, RNG_KMC, mix(ch->id, 3), 2 * ch->step + 1, pick);
    ch->step++;
    c->n_draws++;
    d.grain.time = d.t;
    d.grain.birth = (uint8_t)c->rates.channel[k].birth;
    orient(turn, d.grain.turn);
    d.grain.visible = watch && watch->visible && watch->visible(watch->context, d.grain.turn);
    int64_t item = select_draw(ch->items, d.u[1], pick[0]);
    if (item >= 0) switch (c->rates.channel[k].birth) {
        case FRONT_SURFACE:
        case FRONT_LAYER:
            TRY(surface_draw(c, k, item, &d));
            break;
        case FRONT_BULK:
            TRY(bulk_draw(c, k, item, &d));
            break;
        case FRONT_INTERFACE:
            TRY(interface_draw(c, k, item, &d));
            break;
        case FRONT_SITE:
            TRY(site_draw(c, k, item, &d));
            break;
        }
    aim(c, k);
    return ERR_OK;
}

/* --- what comes first */

int crystal_run(struct crystal *c, double until, const struct crystal_watch *watch, bool *stopped) {
    *stopped = false;
    if (watch && watch->power > 0) c->front->power = watch->power;
    while (!*stopped) {
        bool full = c->front->n_taken == c->front->n_cells;
        double growth = front_next(c->front), nucleus = INFINITY, melt = INFINITY;
        int which = -1;
        for (int k = 0; k < c->rates.n_channels && !full; k++)
            if (c->channel[k].t_next < nucleus) nucleus = c->channel[which = k].t_next;
        if (c->melted < c->rates.n_melts) melt = c->rates.melt[c->melted].t;
        double next = fmin(growth, fmin(nucleus, melt));
        if (next > until || !(next < INFINITY)) break;
        c->time = next;
        if (melt <= next) {
            int class = c->rates.melt[c->melted++].class;
            if (class < 0) front_clear(c->front, next, true);
            else TRY(front_melt(c->front, class, next));
            /* new waiting times need new random numbers: the old ones are known to exceed what has passed */
            for (int k = 0; k < c->rates.n_channels; k++) c->channel[k].step++;
            TRY(start(c, next));
        } else if (nucleus <= next) TRY(draw(c, which, watch));
        else TRY(front_step(c->front));
        if (watch && watch->step) *stopped = watch->step(watch->context, c->front, next);
    }
    if (!*stopped && until < INFINITY) c->time = until;
    return ERR_OK;
}

const struct front *crystal_front(const struct crystal *c) {
    return c->front;
}

int64_t crystal_draws(const struct crystal *c) {
    return c->n_draws;
}
