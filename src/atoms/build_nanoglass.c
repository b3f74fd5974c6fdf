/* build_nanoglass - a place belongs to the column whose axis is nearest; the wall towards another axis is the
 * plane halfway.
 *
 * Each column has its own rigid motion of the glass: a turn about z, perhaps half a turn about x, a shift;
 * all of them keep the period along z. Or it only slides along z where it is in a glass as wide as the film,
 * so that no two share atoms. Every rank moves the glass atoms it has, with as many periodic copies as reach
 * into the column. Ids go column by column in the order of the glass's ids, the same on any number of ranks.
 * Seeds of Voronoi columns are each the best of ten candidates (farthest from the others), which keeps
 * diameters alike. Rejected: packing spheres and sintering them (granular, not columnar films). */
#include "atoms/build_nanoglass.h"
#include "base/cite.h"
#include "base/mem.h"
#include "base/rng.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct deck_row rows[] = {
    {DECK_CHOICE, "columns", .value = "voronoi", .choices = "voronoi|regular",
     .help = "voronoi: cells of random seeds, unlike in size; regular: hexagons."},
    {DECK_REAL, "diameter", .dim = UNIT_LENGTH, .value = DECK_REQUIRED, .bounds = "(0 A, inf)",
     .help = "Of a column: width of the hexagons; Voronoi cells have the same mean area. The glass must be "
             "as wide."},
    {DECK_INTS, "across", .value = "[2, 2]", .bounds = "[1, 1000]", .choices = "2",
     .help = "Columns along x and y; the second even with regular columns. The box becomes diameter * "
             "across[0] by "
             "0.866 * diameter * across[1]."},
    {DECK_REAL, "gap", .dim = UNIT_LENGTH, .value = "2 A; lj 0.8", .bounds = "[0 A, inf)",
     .help = "Left between columns; press it shut in the next stage (ensemble npt)."},
    {DECK_REAL, "interface", .dim = UNIT_LENGTH, .value = "5 A; lj 2", .bounds = "[0 A, inf)",
     .help = "Atoms this close to the wall of their column are marked as interface (group -k)."},
    {DECK_BOOL, "turn", .value = "true",
     .help = "Turn and shift each column by random amounts; false: one glass, only cut, in a box of as many "
             "whole periods of the glass as come nearest."},
    {DECK_BOOL, "slide", .value = "false",
     .help =
         "With turn: false: shift each column along z by an amount unlike those of the columns around it. "
         "In a glass as wide as the film the columns then share no atoms: for statistics."},
    {DECK_REAL, "dilute", .value = "0", .bounds = "[0, 1)",
     .help = "Share of the atoms marked as interface that is left out, at random. With turn: false and "
             "gap: 0 A: "
             "a specimen whose interfaces are of lower density and nothing else."},
    {DECK_END}};

static double unit(uint64_t seed, uint64_t k, int which) {
    double u[2];
    rng_uniform(seed, RNG_BUILD, UINT64_C(0x6E616E6F00000000) + k, (uint64_t)which, u);
    return u[0];
}

static double between2(const double edge[2], const double a[2], const double b[2]) {
    double sum = 0;
    for (int k = 0; k < 2; k++) {
        double d = b[k] - a[k];
        d -= edge[k] * nearbyint(d / edge[k]);
        sum += d * d;
    }
    return sum;
}

int build_nanoglass_plan(bool regular, double diameter, const int across[2], uint64_t seed,
                         struct build_nanoglass_columns *c) {
    enum { CANDIDATES = 10 };
    *c = (struct build_nanoglass_columns){.n = across[0] * across[1]};
    c->edge[0] = diameter * across[0];
    c->edge[1] = diameter * across[1] * sqrt(3) / 2;
    TRY(MEM_NEW(c->seed, c->n));
    for (int k = 0; k < c->n; k++) {
        double best = -1;
        if (regular) {
            int row = k / across[0];
            c->seed[k][0] = diameter * (k % across[0] + (row % 2 ? 0.75 : 0.25));
            c->seed[k][1] = diameter * sqrt(3) / 2 * (row + 0.5);
            continue;
        }
        for (int t = 0; t < CANDIDATES; t++) {
            double x[2] = {c->edge[0] * unit(seed, (uint64_t)k, 2 * t),
                           c->edge[1] * unit(seed, (uint64_t)k, 2 * t + 1)};
            double nearest = INFINITY;
            for (int j = 0; j < k; j++) nearest = fmin(nearest, between2(c->edge, x, c->seed[j]));
            if (nearest > best) {
                best = nearest;
                memcpy(c->seed[k], x, sizeof x);
            }
        }
    }
    return ERR_OK;
}

/* Wall of column `own` (vector d from its axis to the place) towards the axes of column k and its images. */
static double wall_towards(const struct build_nanoglass_columns *c, int own, int k, const double d[2]) {
    double least = INFINITY;
    for (int i = -1; i <= 1; i++)
        for (int j = -1; j <= 1; j++) {
            double s[2];
            int image[2] = {i, j};
            for (int a = 0; a < 2; a++) {
                s[a] = c->seed[k][a] - c->seed[own][a];
                s[a] += c->edge[a] * (image[a] - nearbyint(s[a] / c->edge[a]));
            }
            double len = hypot(s[0], s[1]);
            if (len > 0) least = fmin(least, len / 2 - (d[0] * s[0] + d[1] * s[1]) / len);
        }
    return least;
}

int build_nanoglass_column(const struct build_nanoglass_columns *c, const double x[2], double *wall) {
    int own = 0;
    double best = INFINITY, d[2];
    for (int k = 0; k < c->n; k++) {
        double d2 = between2(c->edge, c->seed[k], x);
        if (d2 < best) {
            best = d2;
            own = k;
        }
    }
    for (int a = 0; a < 2; a++) {
        d[a] = x[a] - c->seed[own][a];
        d[a] -= c->edge[a] * nearbyint(d[a] / c->edge[a]);
    }
    *wall = INFINITY;
    for (int k = 0; k < c->n; k++) *wall = fmin(*wall, wall_towards(c, own, k, d));
    return own;
}

/* --- check */

static void check(struct deck *deck, const char *path, const struct species *species, double len[3],
                  double *n) {
    char key[256];
    (void)species;
    double diameter = deck_real(deck, "%s.diameter", path);
    int64_t nx = deck_int_at(deck, 0, "%s.across", path), ny = deck_int_at(deck, 1, "%s.across", path);
    snprintf(key, sizeof key, "%s.across", path);
    if (deck_choice(deck, "%s.columns", path) == 1 && ny % 2)
        deck_mistake(deck, key, "%lld rows of hexagons do not fit a periodic box; give an even number",
                     (long long)ny);
    snprintf(key, sizeof key, "%s.diameter", path);
    if (diameter > 1.1 * fmin(len[0], len[1]))
        deck_mistake(
            deck, key,
            "a column (%.4g nm) is wider than the glass it is cut from (about %.4g nm) and would repeat "
            "itself; build more atoms or thinner columns",
            diameter / 10, fmin(len[0], len[1]) / 10);
    snprintf(key, sizeof key, "%s.slide", path);
    if (deck_bool(deck, "%s", key) && deck_bool(deck, "%s.turn", path))
        deck_mistake(deck, key, "columns that are turned are shifted anyway; give turn: false too");
    snprintf(key, sizeof key, "%s.gap", path);
    if (deck_real(deck, "%s.gap", path) > diameter / 2)
        deck_mistake(deck, key, "the gap leaves less than half of a column of %.4g nm", diameter / 10);
    double area = len[0] * len[1];
    len[0] = diameter * (double)nx;
    len[1] = diameter * (double)ny * sqrt(3) / 2;
    if (area > 0 && area < 1e58) *n *= len[0] * len[1] / area; /* not known of files before they are read */
}

/* --- run */

struct motion { /* of the glass into a column: x' = turn (x + shift), and half a turn about x */
    double cos, sin, shift[3];
    bool flip;
};

struct cut {
    const struct build_nanoglass_columns *columns;
    const struct frame *glass;
    struct frame *made;
    double gap, interface, dilute;
    uint64_t seed;
    bool slide;
};

static struct motion turned(uint64_t seed, int k, const struct box *box) {
    struct motion m = {1, 0, {0}, false};
    double angle = 2 * M_PI * unit(seed, (uint64_t)k, 100);
    m.cos = cos(angle);
    m.sin = sin(angle);
    m.flip = unit(seed, (uint64_t)k, 101) < 0.5;
    for (int a = 0; a < 3; a++) m.shift[a] = box->len[a] * unit(seed, (uint64_t)k, 102 + a);
    return m;
}

/* One glass: column k stays where it is in it, but for a shift along z: of ten candidates the one farthest
 * from the shifts of the columns around it, so that no glass goes on beyond its wall. */
static struct motion in_place(const struct cut *c, bool slide, int k, double *shifts) {
    const struct build_nanoglass_columns *plan = c->columns;
    double high = c->glass->box.len[2], best = -1;
    struct motion m = {1, 0, {-plan->seed[k][0], -plan->seed[k][1], 0}, false};
    double around = 4 * plan->edge[0] * plan->edge[1] / plan->n; /* within two diameters, roughly */
    for (int t = 0; slide && t < 10; t++) {
        double z = high * unit(c->seed, (uint64_t)k, 110 + t), nearest = high;
        for (int j = 0; j < k; j++) {
            double apart = fabs(z - shifts[j]);
            if (between2(plan->edge, plan->seed[j], plan->seed[k]) < around)
                nearest = fmin(nearest, fmin(apart, high - apart));
        }
        if (nearest <= best) continue;
        best = nearest;
        m.shift[2] = shifts[k] = z;
    }
    return m;
}

static void move(const struct motion *m, const double in[3], double out[3]) {
    double x = in[0], y = m->flip ? -in[1] : in[1];
    out[0] = m->cos * x - m->sin * y;
    out[1] = m->sin * x + m->cos * y;
    out[2] = m->flip ? -in[2] : in[2];
}

/* Whether this copy of a glass atom is one of those left out at an interface. */
static bool left_out(const struct cut *c, int64_t id, int k, const int copy[2]) {
    double u[2];
    if (c->dilute <= 0) return false;
    rng_uniform(c->seed, RNG_BUILD, UINT64_C(0x64696C7500000000) + (uint64_t)k,
                (uint64_t)id << 24 | (uint64_t)(copy[0] + 2048) << 12 | (uint64_t)(copy[1] + 2048), u);
    return u[0] < c->dilute;
}

/* A copy of glass atom i at `x` (relative to the axis of column k), where that is inside the column. */
static int keep_copy(struct cut *c, int i, int k, const int copy[2], const double x[3], const double v[3]) {
    const struct build_nanoglass_columns *plan = c->columns;
    struct frame *f = c->made;
    double place[2] = {plan->seed[k][0] + x[0], plan->seed[k][1] + x[1]}, wall;
    if (between2(plan->edge, plan->seed[k], place) < (x[0] * x[0] + x[1] * x[1]) * (1 - 1e-12)) return ERR_OK;
    if (build_nanoglass_column(plan, place, &wall) != k || wall < c->gap / 2) return ERR_OK;
    bool marked = wall < c->gap / 2 + c->interface;
    if (marked && left_out(c, c->glass->id[i], k, copy)) return ERR_OK;
    TRY(frame_reserve(f, f->n + 1));
    int n = f->n++;
    memset(f->f[n], 0, sizeof f->f[n]);
    memset(f->image[n], 0, sizeof f->image[n]);
    for (int a = 0; a < 3; a++) {
        f->x[n][a] = f->box.lo[a] + (a < 2 ? place[a] : x[a]);
        f->v[n][a] = v[a];
    }
    f->x[n][3] = f->v[n][3] = 0;
    f->type[n] = c->glass->type[i];
    f->group[n] = marked ? -(k + 1) : k + 1;
    box_wrap(&f->box, f->x[n], f->image[n]);
    memset(f->image[n], 0, sizeof f->image[n]);
    return ERR_OK;
}

/* **Local.** Column k out of this rank's glass. */
static int cut_column(struct cut *c, int k, const struct motion *m, double reach) {
    const struct frame *g = c->glass;
    const struct box *box = &g->box;
    for (int i = 0; i < g->n; i++) {
        double u[3], x[3], v[3];
        int images[2];
        for (int a = 0; a < 3; a++) { /* the axis at the corner of the glass */
            u[a] = g->x[i][a] - box->lo[a] + m->shift[a];
            u[a] -= box->len[a] * floor(u[a] / box->len[a]);
            if (a < 2) images[a] = (int)ceil(reach / box->len[a]);
        }
        move(m, g->v[i], v);
        for (int p = -images[0] - 1; p <= images[0]; p++)
            for (int q = -images[1] - 1; q <= images[1]; q++) {
                double w[3] = {u[0] + p * box->len[0], u[1] + q * box->len[1], u[2]};
                if (w[0] * w[0] + w[1] * w[1] > reach * reach) continue;
                move(m, w, x);
                TRY(keep_copy(c, i, k, (int[]){p, q}, x, v));
            }
    }
    return ERR_OK;
}

/* The corner of a column farthest from its axis lies no farther than half the box's diagonal. */
static double reach_of(const struct build_nanoglass_columns *c) {
    return 0.5 * hypot(c->edge[0], c->edge[1]);
}

static int cut_all(const struct comm *comm, struct cut *c, bool turn, double *shifts) {
    int64_t total = 0;
    for (int k = 0; k < c->columns->n; k++) {
        struct motion m = turn ? turned(c->seed, k, &c->glass->box) : in_place(c, c->slide, k, shifts);
        int first = c->made->n;
        TRY_ALL(comm, cut_column(c, k, &m, reach_of(c->columns)));
        int64_t here = c->made->n - first, before = comm_scan_before(comm, here), all = here;
        comm_sum_i64(comm, &all, 1);
        for (int64_t i = 0; i < here; i++) c->made->id[first + i] = total + before + i + 1;
        total += all;
    }
    c->made->n_global = total;
    return ERR_OK;
}

/* One glass goes through the box's faces without a seam only where the box holds whole periods of it. */
static void whole_periods(struct build_nanoglass_columns *c, const struct box *glass) {
    for (int a = 0; a < 2; a++) {
        double edge = glass->len[a] * fmax(1, nearbyint(c->edge[a] / glass->len[a]));
        for (int k = 0; k < c->n; k++) c->seed[k][a] *= edge / c->edge[a];
        c->edge[a] = edge;
    }
}

static int check_fit(const struct frame *frame, double diameter) {
    const struct box *box = &frame->box;
    for (int a = 0; a < 3; a++)
        if (!box->periodic[a])
            FAIL(ERR_DECK, "a nanoglass is cut from a glass that is periodic along all axes; %c is open",
                 "xyz"[a]);
    if (diameter > fmin(box->len[0], box->len[1]))
        FAIL(ERR_DECK,
             "a column of %.4g nm is wider than the glass, which is now %.4g nm wide, and would repeat "
             "itself; "
             "build more atoms or thinner columns",
             diameter / 10, fmin(box->len[0], box->len[1]) / 10);
    return ERR_OK;
}

static int run(const struct comm *comm, struct deck *deck, const char *path, struct frame *frame) {
    double diameter = deck_real(deck, "%s.diameter", path);
    int across[2] = {(int)deck_int_at(deck, 0, "%s.across", path),
                     (int)deck_int_at(deck, 1, "%s.across", path)};
    uint64_t seed = (uint64_t)deck_int(deck, "seed");
    bool regular = deck_choice(deck, "%s.columns", path) == 1, turn = deck_bool(deck, "%s.turn", path);
    struct build_nanoglass_columns plan = {0};
    struct frame made;
    struct cut cut = {&plan,
                      frame,
                      &made,
                      deck_real(deck, "%s.gap", path),
                      deck_real(deck, "%s.interface", path),
                      deck_real(deck, "%s.dilute", path),
                      seed,
                      deck_bool(deck, "%s.slide", path)};
    double *shifts = NULL;
    int64_t first;
    int e = ERR_OK;
    TRY(check_fit(frame, diameter));
    frame_init(&made);
    TRY_ALL_TO(comm, out, build_nanoglass_plan(regular, diameter, across, seed, &plan));
    if (!turn) whole_periods(&plan, &frame->box);
    TRY_TO(out, frame_by_id(comm, frame, &first));
    made.box = frame->box;
    for (int a = 0; a < 2; a++) made.box.len[a] = plan.edge[a];
    made.species = frame->species;
    made.step = frame->step;
    made.time = frame->time;
    TRY_ALL_TO(comm, out, MEM_NEW(shifts, plan.n));
    TRY_TO(out, cut_all(comm, &cut, turn, shifts));
    frame_destroy(frame);
    *frame = made;
    frame_init(&made);
    cite_use("ritter2011");
out:
    frame_destroy(&made);
    mem_free(&shifts);
    mem_free(&plan.seed);
    return e;
}

const struct build_kind build_nanoglass_kind = {"nanoglass", false, true, rows, check, run};
