/* ranks: 1 2 3 4 8
 * Decomposition, migration, halo, cells and overlaps against O(N^2) with periodic images, for boxes smaller
 * than the range, rods in vacuum, empty ranks. */
#include "tap.h"

#include "atoms/cells.h"
#include "atoms/halo.h"
#include "atoms/overlap.h"
#include "base/rng.h"

#include <math.h>
#include <string.h>

struct scene {
    const char *what;
    int64_t n;
    double len[3], fill[3]; /* box; part of it that holds atoms */
    bool periodic[3];
    double range;
};

static const struct scene scenes[] = {
    {"bulk", 600, {12, 11, 13}, {1, 1, 1}, {1, 1, 1}, 2.5},
    {"box smaller than the range", 40, {3, 4, 5}, {1, 1, 1}, {1, 1, 1}, 4.2},
    {"rod in vacuum", 500, {60, 60, 20}, {.1, .1, 1}, {0, 0, 1}, 2.5},
    {"off-axis rod in a periodic box", 500, {60, 60, 20}, {.1, .12, 1}, {1, 1, 1}, 2.5},
    {"fewer atoms than ranks", 3, {9, 9, 9}, {1, 1, 1}, {1, 1, 0}, 3},
    {"one atom and its images", 1, {2, 2, 2}, {1, 1, 1}, {1, 1, 1}, 4.5},
};

static void position(const struct scene *s, int64_t id, double x[3]) {
    double u[4];
    rng_uniform(1, RNG_TEST, (uint64_t)id, 0, u);
    rng_uniform(1, RNG_TEST, (uint64_t)id, 1, u + 2);
    for (int a = 0; a < 3; a++) x[a] = u[a] * s->len[a] * s->fill[a] - 1; /* below lo = 0: wrapping matters */
}

static int fill(const struct scene *s, struct frame *f) {
    frame_init(f);
    f->n_global = s->n;
    f->species.n = 1;
    f->species.mass[0] = 1;
    memcpy(f->box.len, s->len, sizeof s->len);
    memcpy(f->box.periodic, s->periodic, sizeof s->periodic);
    TRY(frame_reserve(f, s->n));
    for (int64_t id = 1; id <= s->n; id++) {
        if (id % tap_comm.size != tap_comm.rank) continue;
        position(s, id, f->x[f->n]);
        f->id[f->n++] = id;
    }
    return ERR_OK;
}

/* Neighbours of atom id within range, images included; sum over them of distance and id. */
static void brute(const struct scene *s, int64_t id, double *count, double *sum) {
    double x[3], y[3];
    position(s, id, x);
    *count = *sum = 0;
    int m[3];
    for (int a = 0; a < 3; a++) m[a] = s->periodic[a] ? (int)ceil(s->range / s->len[a]) + 1 : 0;
    for (int64_t j = 1; j <= s->n; j++) {
        position(s, j, y);
        for (int p = -m[0]; p <= m[0]; p++)
            for (int q = -m[1]; q <= m[1]; q++)
                for (int r = -m[2]; r <= m[2]; r++) {
                    if (j == id && !p && !q && !r) continue;
                    double d[3] = {y[0] - x[0] + p * s->len[0], y[1] - x[1] + q * s->len[1],
                                   y[2] - x[2] + r * s->len[2]};
                    double d2 = d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
                    if (d2 >= s->range * s->range) continue;
                    *count += 1;
                    *sum += sqrt(d2) * (double)j;
                }
    }
}

static void by_cells(const struct scene *s, const struct frame *f, const struct cells *c, int i,
                     double *count, double *sum) {
    *count = *sum = 0;
    int64_t here = cells_of(c, f->x[i]);
    int64_t k[3] = {here / c->n[2] / c->n[1], here / c->n[2] % c->n[1], here % c->n[2]};
    for (int64_t a = k[0] - 1; a <= k[0] + 1; a++)
        for (int64_t b = k[1] - 1; b <= k[1] + 1; b++)
            for (int64_t d = k[2] - 1; d <= k[2] + 1; d++) {
                if (a < 0 || b < 0 || d < 0 || a >= c->n[0] || b >= c->n[1] || d >= c->n[2]) continue;
                int64_t cell = (a * c->n[1] + b) * c->n[2] + d;
                for (int64_t m = c->start[cell]; m < c->start[cell + 1]; m++) {
                    int j = c->row[m];
                    double r2 = 0;
                    for (int x = 0; x < 3; x++) r2 += pow(f->x[i][x] - f->x[j][x], 2);
                    if (j == i || r2 >= s->range * s->range) continue;
                    *count += 1;
                    *sum += sqrt(r2) * (double)f->id[j];
                }
            }
}

static void neighbours(const struct scene *s, const struct frame *f, const struct cells *c) {
    char what[120];
    int right = 1;
    double total = f->n, digest = 0;
    for (int i = 0; i < f->n; i++) {
        double want[2], got[2];
        brute(s, f->id[i], &want[0], &want[1]);
        by_cells(s, f, c, i, &got[0], &got[1]);
        if (want[0] != got[0] || fabs(want[1] - got[1]) > 1e-9 * (1 + want[1])) right = 0;
        digest += (double)f->id[i];
    }
    comm_sum(&tap_comm, &total, 1);
    comm_sum(&tap_comm, &digest, 1);
    snprintf(what, sizeof what, "%s: neighbours through the halo equal O(N^2)", s->what);
    tap_ok(right, what);
    snprintf(what, sizeof what, "%s: no atom lost or doubled", s->what);
    tap_ok(total == (double)s->n && digest == (double)(s->n * (s->n + 1) / 2), what);
}

static void pack_back(const struct frame *f, const void *user, int first, int n, double *out) {
    (void)user;
    for (int k = 0; k < n; k++) {
        out[2 * k] = 1;
        out[2 * k + 1] = (double)f->id[first + k];
    }
}

static void add_back(struct frame *f, void *user, const int *rows, int n, const double *in) {
    double(*sum)[2] = user;
    (void)f;
    for (int k = 0; k < n; k++)
        for (int c = 0; c < 2; c++) sum[rows[k]][c] += in[2 * k + c];
}

/* Every ghost sends back a 1 and its id: none is lost, and each meets the atom that it is a copy of. */
static void reverse(const struct scene *s, struct frame *f, struct halo *halo) {
    char what[120];
    double(*sum)[2] = NULL, ghosts = f->n_ghost, back = 0;
    if (tap_pass(MEM_NEW(sum, f->n), "room")) return;
    struct halo_back data = {2, pack_back, add_back, sum};
    halo_reverse(halo, f, &data);
    int right = 1;
    for (int i = 0; i < f->n; i++) {
        right &= sum[i][1] == sum[i][0] * (double)f->id[i];
        back += sum[i][0];
    }
    comm_sum(&tap_comm, &ghosts, 1);
    comm_sum(&tap_comm, &back, 1);
    snprintf(what, sizeof what, "%s: what ghosts send back reaches their owners", s->what);
    tap_ok(right && back == ghosts, what);
    mem_free(&sum);
}

static void closest(const struct scene *s, const struct frame *f) {
    struct overlap o;
    double limit = s->range / 2, n = 0, best = INFINITY;
    char what[120];
    if (tap_pass(overlap_find(&tap_comm, f, limit, &o), "overlaps looked for")) return;
    for (int64_t i = 1; i <= s->n && s->n > 3; i++)
        for (int64_t j = i + 1; j <= s->n; j++) {
            double x[3], y[3], d[3];
            position(s, i, x);
            position(s, j, y);
            for (int a = 0; a < 3; a++) {
                d[a] = y[a] - x[a];
                if (s->periodic[a]) d[a] -= s->len[a] * nearbyint(d[a] / s->len[a]);
            }
            double r = sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
            n += r < limit;
            best = fmin(best, r);
        }
    snprintf(what, sizeof what, "%s: closest pair and number of overlaps equal O(N^2)", s->what);
    if (s->n > 100) tap_ok((double)o.n_pairs == n && fabs(o.closest - best) < 1e-12, what);
}

static void balance(const struct scene *s, const struct frame *f) {
    char what[120];
    snprintf(what, sizeof what, "%s: at most 5 %% + 2 atoms over the mean on a rank", s->what);
    tap_ok(f->n <= 1.05 * (double)s->n / tap_comm.size + 2, what);
}

static void select_odd(const struct scene *s, struct frame *f) {
    uint8_t *keep = NULL;
    int64_t first;
    if (tap_pass(MEM_NEW(keep, f->n), "room")) return;
    for (int i = 0; i < f->n; i++) keep[i] = f->id[i] % 2 == 1;
    tap_pass(frame_select(&tap_comm, f, keep), "odd ids selected");
    tap_pass(frame_by_id(&tap_comm, f, &first), "ordered by id");
    int right = f->n_global == (s->n + 1) / 2;
    for (int i = 0; i < f->n; i++) {
        double x[3], y[3];
        position(s, 2 * f->id[i] - 1, x);
        for (int a = 0; a < 3; a++) {
            y[a] = f->x[i][a] + f->image[i][a] * f->box.len[a];
            right &= fabs(x[a] - y[a]) < 1e-12;
        }
    }
    tap_ok(right, "ids renumbered in order; positions and images kept");
    mem_free(&keep);
}

int main(int argc, char **argv) {
    tap_begin(&argc, &argv);
    for (size_t k = 0; k < sizeof scenes / sizeof *scenes; k++) {
        const struct scene *s = &scenes[k];
        struct frame f;
        struct domain domain;
        struct cells cells;
        struct halo *halo = NULL;
        domain_init(&domain);
        cells_init(&cells);
        tap_pass(fill(s, &f), s->what);
        tap_pass(domain_cut(&tap_comm, &domain, &f, NULL), "cut");
        tap_pass(domain_migrate(&tap_comm, &domain, &f), "migrate");
        tap_pass(cells_sort(&cells, &f, s->range), "sort");
        tap_pass(halo_create(&tap_comm, &halo), "halo");
        tap_pass(halo_build(halo, &domain, &f, s->range), "ghosts");
        tap_pass(cells_build(&cells, &f, s->range), "cells");
        neighbours(s, &f, &cells);
        reverse(s, &f, halo);
        if (s->n > 100) balance(s, &f);
        closest(s, &f);
        select_odd(s, &f);
        halo_destroy(&halo);
        cells_destroy(&cells);
        domain_destroy(&domain);
        frame_destroy(&f);
    }
    return tap_end();
}
