/* ranks: 1 2 4
 * Bond order: perfect crystals and the icosahedron, structures by common neighbours, one nucleus in a glass,
 * two grains, percolation, the same bits on any number of ranks; depth below surfaces against all pairs. */
#include "glass.h"
#include "tap.h"

#include "analysis/structure/depth.h"
#include "analysis/structure/order.h"

#include <stdlib.h>

static const struct order_options usual = {0, 0.7, 7, 0.9};

static void begin(struct frame *f, double x, double y, double z, bool periodic) {
    frame_init(f);
    glass_species(f);
    f->box = (struct box){{0, 0, 0}, {x, y, z}, {periodic, periodic, periodic}};
}

static int put(struct frame *f, double x, double y, double z) {
    TRY(frame_reserve(f, f->n + 1));
    f->x[f->n][0] = x;
    f->x[f->n][1] = y;
    f->x[f->n][2] = z;
    f->type[f->n] = 0;
    f->id[f->n] = ++f->n_global;
    f->n++;
    return ERR_OK;
}

struct crystal {
    const char *what;
    double edge[3];
    int repeat[3], n;
    double basis[4][3];
    enum order_structure structure;
    int neighbours;
    double q4, q6, w4, w6;
};

/* q and w: Mickel et al., J. Chem. Phys. 138 (2013) 044501, table I, and Steinhardt et al. 1983, fig. 2 */
static const struct crystal crystals[] = {
    {"fcc",
     {1, 1, 1},
     {5, 5, 5},
     4,
     {{0, 0, 0}, {0, .5, .5}, {.5, 0, .5}, {.5, .5, 0}},
     ORDER_FCC,
     12,
     0.190941,
     0.574524,
     -0.159317,
     -0.013161},
    {"hcp",
     {0.7071067811865476, 1.224744871391589, 1.1547005383792515},
     {7, 4, 4},
     4,
     {{0, 0, 0}, {.5, .5, 0}, {.5, .8333333333333334, .5}, {0, .3333333333333333, .5}},
     ORDER_HCP,
     12,
     0.097222,
     0.484762,
     0.134097,
     -0.012442},
    {"bcc",
     {.8, .8, .8},
     {6, 6, 6},
     2,
     {{0, 0, 0}, {.5, .5, .5}},
     ORDER_BCC,
     14,
     0.036370,
     0.510688,
     0.159317,
     0.013161},
};

static int build(const struct crystal *c, double a, struct frame *f) {
    begin(f, a * c->edge[0] * c->repeat[0], a * c->edge[1] * c->repeat[1], a * c->edge[2] * c->repeat[2],
          true);
    for (int i = 0; i < c->repeat[0]; i++)
        for (int j = 0; j < c->repeat[1]; j++)
            for (int k = 0; k < c->repeat[2]; k++)
                for (int b = 0; b < c->n; b++)
                    TRY(put(f, a * c->edge[0] * (i + c->basis[b][0]) + 0.3,
                            a * c->edge[1] * (j + c->basis[b][1]) + 0.2,
                            a * c->edge[2] * (k + c->basis[b][2]) + 0.1));
    return ERR_OK;
}

static bool near(double x, double y) {
    return fabs(x - y) < 2e-6;
}

static void perfect(const struct crystal *c) {
    struct frame f;
    struct order_options o = usual;
    struct order_atom *atoms = NULL;
    struct order_summary sum = {0};
    char text[160];
    int right = build(c, 3.6, &f) == ERR_OK, structure = 1, values = 1;
    if (tap_comm.rank > 0) f.n = 0;
    right = right && order_cutoff(&tap_comm, &f, &o.cutoff) == ERR_OK;
    right = right && !tap_pass(order_compute(&tap_comm, &f, &o, &atoms, &sum), c->what);
    for (int i = 0; right && i < f.n; i++) {
        const struct order_atom *a = &atoms[i];
        structure = structure && a->structure == (int)c->structure && a->neighbours == c->neighbours &&
                    a->crystal && a->bonds == c->neighbours && a->cluster == 1 && a->grain == 1;
        values = values && near(a->q[0], c->q4) && near(a->q[1], c->q6) && near(a->w[0], c->w4) &&
                 near(a->w[1], c->w6);
        /* all neighbours alike (hcp: of two kinds, with q_4m of either sign) */
        if (c->structure != ORDER_HCP)
            values = values && near(a->averaged[0], c->q4) && near(a->averaged[1], c->q6);
    }
    if (right && f.n && !values)
        printf("# %.6f %.6f %.6f %.6f; %.6f %.6f\n", atoms[0].q[0], atoms[0].q[1], atoms[0].w[0],
               atoms[0].w[1], atoms[0].averaged[0], atoms[0].averaged[1]);
    snprintf(text, sizeof text, "%s: every atom is, with %d neighbours, in one grain", c->what,
             c->neighbours);
    tap_ok(right && structure, text);
    snprintf(text, sizeof text, "%s: q and w", c->what);
    tap_ok(right && values, text);
    snprintf(text, sizeof text, "%s: one cluster, through the box along all axes", c->what);
    tap_ok(right && sum.clusters == 1 && sum.largest == f.n_global && sum.wraps == 7 &&
               sum.largest_grain == f.n_global,
           text);
    mem_free(&atoms);
    order_free(&sum);
    frame_destroy(&f);
}

/* 13 atoms: q4 = 0, q6 = 0.663325, w6 = -0.169754 (Steinhardt et al. 1983) */
static void icosahedron(void) {
    struct frame f;
    struct order_options o = usual;
    struct order_atom *atoms = NULL;
    struct order_summary sum = {0};
    double g = (1 + sqrt(5)) / 2, r = 2.6 / sqrt(1 + g * g);
    begin(&f, 20, 20, 20, false);
    int right = put(&f, 10, 10, 10) == ERR_OK, found = 0;
    for (int k = 0; k < 12 && right; k++) {
        double u = k & 1 ? 1 : -1, v = k & 2 ? g : -g, d[3] = {0};
        d[k / 4] = 0;
        d[(k / 4 + 1) % 3] = u;
        d[(k / 4 + 2) % 3] = v;
        right = put(&f, 10 + r * d[0], 10 + r * d[1], 10 + r * d[2]) == ERR_OK;
    }
    if (tap_comm.rank > 0) f.n = 0;
    o.cutoff = 3.2;
    right = right && order_compute(&tap_comm, &f, &o, &atoms, &sum) == ERR_OK;
    for (int i = 0; right && i < f.n; i++)
        if (f.id[i] == 1)
            found = atoms[i].structure == ORDER_ICOSAHEDRAL && fabs(atoms[i].q[0]) < 1e-6 &&
                    near(atoms[i].q[1], 0.663325) && near(atoms[i].w[1], -0.169754);
    int64_t all = found;
    comm_sum_i64(&tap_comm, &all, 1);
    tap_ok(right && all == 1, "icosahedron: structure, q and w of its centre");
    mem_free(&atoms);
    order_free(&sum);
    frame_destroy(&f);
}

/* fcc on both sides of z = 0 and of the boundary, one side turned about z; atoms closer than 2 A removed. */
static int two_grains(double degrees, struct frame *f, int64_t inside[2]) {
    double a = 3.6, edge = 12 * a, c = cos(degrees * M_PI / 180), s = sin(degrees * M_PI / 180);
    static const double basis[4][3] = {{0, 0, 0}, {0, .5, .5}, {.5, 0, .5}, {.5, .5, 0}};
    begin(f, edge, edge, edge, false);
    inside[0] = inside[1] = 0;
    for (int i = -9; i < 9; i++)
        for (int j = -9; j < 9; j++)
            for (int k = 0; k < 12; k++)
                for (int b = 0; b < 4; b++) {
                    double x = a * (i + basis[b][0]), y = a * (j + basis[b][1]), z = a * (k + basis[b][2]);
                    int up = z >= edge / 2;
                    double u = up ? c * x - s * y : x, v = up ? s * x + c * y : y;
                    if (fabs(u) > edge / 2 || fabs(v) > edge / 2) continue;
                    inside[up]++;
                    TRY(put(f, u + edge / 2, v + edge / 2, z));
                }
    return ERR_OK;
}

static void grains(double degrees, int want) {
    struct frame f;
    struct order_options o = usual;
    struct order_atom *atoms = NULL;
    struct order_summary sum = {0};
    int64_t inside[2];
    char text[160];
    int right = two_grains(degrees, &f, inside) == ERR_OK;
    if (tap_comm.rank > 0) f.n = 0;
    o.cutoff = 3.07;
    right = right && order_compute(&tap_comm, &f, &o, &atoms, &sum) == ERR_OK;
    int64_t big = 0;
    for (int64_t k = 0; right && tap_comm.rank == 0 && k < sum.grains; k++) big += sum.grain_size[k] > 500;
    comm_bcast(&tap_comm, &big, sizeof big);
    if (tap_comm.rank == 0)
        printf("# %g degrees: %lld large grains, the largest %lld of %lld\n", degrees, (long long)big,
               (long long)sum.largest_grain, (long long)f.n_global);
    snprintf(text, sizeof text, "two crystals %g degrees apart: %d grain%s in one cluster", degrees, want,
             want > 1 ? "s" : "");
    tap_ok(right && big == want && sum.largest > f.n_global / 2, text);
    mem_free(&atoms);
    order_free(&sum);
    frame_destroy(&f);
}

/* A ball of fcc in a packing: the nucleus is found, the glass is not crystalline. */
static void nucleus(const struct frame *glass) {
    struct frame f, one;
    struct order_options o = usual;
    struct order_atom *atoms = NULL, *alone = NULL;
    struct order_summary sum = {0}, sum_alone = {0};
    struct comm self = comm_self();
    static const double basis[4][3] = {{0, 0, 0}, {0, .5, .5}, {.5, 0, .5}, {.5, .5, 0}};
    double r = 10, a = 3.9, middle = glass->box.len[0] / 2;
    begin(&f, glass->box.len[0], glass->box.len[1], glass->box.len[2], true);
    int right = 1, inside = 0;
    for (int i = 0; i < glass->n && right; i++) {
        double d2 = 0;
        for (int c = 0; c < 3; c++) d2 += (glass->x[i][c] - middle) * (glass->x[i][c] - middle);
        if (d2 > (r + 1.5) * (r + 1.5))
            right = put(&f, glass->x[i][0], glass->x[i][1], glass->x[i][2]) == ERR_OK;
    }
    for (int k = 0; k < 6 * 6 * 6 * 4 && right; k++) {
        int cell = k / 4, at[3] = {cell / 36 - 3, cell / 6 % 6 - 3, cell % 6 - 3};
        double d[3], d2 = 0;
        for (int c = 0; c < 3; c++) {
            d[c] = a * (at[c] + basis[k % 4][c]);
            d2 += d[c] * d[c];
        }
        if (d2 > r * r) continue;
        inside++;
        right = put(&f, middle + d[0], middle + d[1], middle + d[2]) == ERR_OK;
    }
    frame_init(&one);
    right = right && frame_copy(&one, &f) == ERR_OK;
    if (tap_comm.rank > 0) f.n = 0;
    o.cutoff = 3.35;
    right = right && !tap_pass(order_compute(&tap_comm, &f, &o, &atoms, &sum), "a nucleus in a glass");
    right = right && order_compute(&self, &one, &o, &alone, &sum_alone) == ERR_OK;
    int same = right;
    for (int i = 0; same && i < f.n; i++) {
        int k = 0;
        while (one.id[k] != f.id[i]) k++;
        same = !memcmp(&atoms[i], &alone[k], sizeof *alone);
    }
    if (tap_comm.rank == 0)
        printf("# largest cluster %lld, second %lld, ball of %d\n", (long long)sum.largest,
               (long long)(sum.clusters > 1 ? sum.size[1] : 0), inside);
    tap_ok(right && sum.largest > 0.5 * inside && sum.largest < 1.3 * inside && sum.wraps == 0,
           "the largest cluster is the nucleus");
    tap_ok(same && sum.clusters == sum_alone.clusters, "the same bits as on one rank");
    mem_free(&atoms);
    mem_free(&alone);
    order_free(&sum);
    order_free(&sum_alone);
    frame_destroy(&f);
    frame_destroy(&one);
}

/* Distances to marks by buckets and by all pairs. */
static void depths(bool periodic) {
    enum { MARKS = 300, POINTS = 2000 };
    static struct depth_mark mark[MARKS], point[POINTS];
    static double distance[POINTS];
    struct box box = {{-3, 1, 0}, {30, 40, 25}, {periodic, periodic, true}};
    double worst = 0;
    for (int k = 0; k < MARKS + POINTS; k++) {
        double u[4];
        rng_uniform(2, RNG_TEST, (uint64_t)k, 0, u);
        rng_uniform(2, RNG_TEST, (uint64_t)k, 1, u + 2);
        for (int a = 0; a < 3; a++)
            (k < MARKS ? &mark[k] : &point[k - MARKS])->x[a] =
                box.lo[a] + box.len[a] * (k < MARKS            ? 0.3 + 0.3 * u[a]
                                          : periodic || a == 2 ? u[a]
                                                               : 3 * u[a] - 1);
    }
    for (int k = 0; k < MARKS + POINTS; k++) /* a third of the marks are of a point's own group: not for it */
        (k < MARKS ? &mark[k] : &point[k - MARKS])->group = k % 3;
    int64_t m = tap_comm.rank == 0 ? MARKS : 0;
    int right = depth_nearest(&tap_comm, &box, m, mark, POINTS, point, distance) == ERR_OK;
    for (int p = 0; right && p < POINTS; p++) {
        double best = INFINITY;
        for (int k = 0; k < MARKS; k++) {
            double d[3];
            if (mark[k].group == point[p].group) continue;
            for (int a = 0; a < 3; a++) d[a] = mark[k].x[a] - point[p].x[a];
            box_nearest(&box, d);
            best = fmin(best, sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]));
        }
        worst = fmax(worst, fabs(best - distance[p]));
    }
    tap_ok(right && worst < 1e-12, periodic ? "distances to marks over boundaries, as by all pairs"
                                            : "distances to marks in an open box, as by all pairs");
}

int main(int argc, char **argv) {
    struct frame glass;
    tap_begin(&argc, &argv);
    for (size_t k = 0; k < sizeof crystals / sizeof *crystals; k++) perfect(&crystals[k]);
    icosahedron();
    grains(20, 2);
    grains(2, 1);
    if (!tap_pass(glass_make(3000, 60, 1, 3, &glass), "a packing of 3,000 atoms")) nucleus(&glass);
    frame_destroy(&glass);
    depths(true);
    depths(false);
    return tap_end();
}
