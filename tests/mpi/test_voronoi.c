/* ranks: 1 2 4
 * Voronoi cells: crystals with known indices, volumes against the box, Euler's relation, free surfaces, empty
 * cells, the same bits as on one rank, and the voro++ program where it is installed. */
#include "tap.h"

#include "analysis/structure/voronoi.h"
#include "base/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void begin(struct frame *f, double x, double y, double z, int periodic) {
    frame_init(f);
    f->box = (struct box){{0, 0, 0}, {x, y, z}, {periodic, periodic, periodic}};
    f->species.n = 2;
    strcpy(f->species.name[0], "Cu");
    strcpy(f->species.name[1], "Zr");
    f->species.radius[0] = 1.28; /* Goldschmidt, A */
    f->species.radius[1] = 1.60;
}

static int put(struct frame *f, int type, double x, double y, double z) {
    TRY(frame_reserve(f, f->n + 1));
    f->x[f->n][0] = x;
    f->x[f->n][1] = y;
    f->x[f->n][2] = z;
    f->type[f->n] = type;
    f->id[f->n] = ++f->n_global;
    f->n++;
    return ERR_OK;
}

/* Only rank 0 keeps the atoms: voronoi_compute spreads them. */
static void on_rank_0(const struct comm *comm, struct frame *f) {
    if (comm->rank > 0) f->n = 0;
}

struct lattice {
    const char *what;
    double edge[3]; /* of the repeated cell, in units of a */
    int repeat[3];
    int n;
    double basis[24][3];
    int type[24];
    int index[2][4]; /* <n3,n4,n5,n6> of Cu, of Zr */
};

/* indices: geometry of the Wigner-Seitz cells; C15 (Laves) by Frank and Kasper 1958: Z12 and Z16 */
static const struct lattice lattices[] = {
    {"fcc <0,12,0,0>",
     {1, 1, 1},
     {4, 4, 4},
     4,
     {{0, 0, 0}, {0, .5, .5}, {.5, 0, .5}, {.5, .5, 0}},
     {0},
     {{0, 12, 0, 0}}},
    {"hcp <0,12,0,0>",
     {0.7071067811865476, 1.224744871391589, 1.1547005383792515},
     {5, 3, 3},
     4,
     {{0, 0, 0}, {.5, .5, 0}, {.5, .8333333333333334, .5}, {0, .3333333333333333, .5}},
     {0},
     {{0, 12, 0, 0}}},
    {"bcc <0,6,0,8>", {.8, .8, .8}, {5, 4, 4}, 2, {{0, 0, 0}, {.5, .5, .5}}, {0}, {{0, 6, 0, 8}}},
    {"B2 <0,6,0,8>",
     {.8, .8, .8},
     {5, 4, 4},
     2,
     {{0, 0, 0}, {.5, .5, .5}},
     {0, 1},
     {{0, 6, 0, 8}, {0, 6, 0, 8}}},
    {"C15 Cu <0,0,12,0>, Zr <0,0,12,4>",
     {2, 2, 2},
     {2, 2, 2},
     24,
     {{0, 0, 0},          {0, .5, .5},        {.5, 0, .5},        {.5, .5, 0},        {.25, .25, .25},
      {.25, .75, .75},    {.75, .25, .75},    {.75, .75, .25},    {.625, .625, .625}, {.625, .125, .125},
      {.125, .625, .125}, {.125, .125, .625}, {.625, .875, .875}, {.625, .375, .375}, {.125, .875, .375},
      {.125, .375, .875}, {.875, .625, .875}, {.875, .125, .375}, {.375, .625, .375}, {.375, .125, .875},
      {.875, .875, .625}, {.875, .375, .125}, {.375, .875, .125}, {.375, .375, .625}},
     {1, 1, 1, 1, 1, 1, 1, 1},
     {{0, 0, 12, 0}, {0, 0, 12, 4}}}};

/* noise: random displacements of +-noise; 0 none */
static int build(const struct lattice *l, double a, double noise, struct frame *f) {
    begin(f, a * l->edge[0] * l->repeat[0], a * l->edge[1] * l->repeat[1], a * l->edge[2] * l->repeat[2], 1);
    for (int i = 0; i < l->repeat[0]; i++)
        for (int j = 0; j < l->repeat[1]; j++)
            for (int k = 0; k < l->repeat[2]; k++)
                for (int b = 0; b < l->n; b++) {
                    double u[4];
                    rng_uniform(7, RNG_TEST, (uint64_t)f->n_global, 0, u);
                    rng_uniform(7, RNG_TEST, (uint64_t)f->n_global, 1, u + 2);
                    TRY(put(f, l->type[b],
                            a * l->edge[0] * (i + l->basis[b][0]) + noise * (2 * u[0] - 1) + 0.3,
                            a * l->edge[1] * (j + l->basis[b][1]) + noise * (2 * u[1] - 1) + 0.2,
                            a * l->edge[2] * (k + l->basis[b][2]) + noise * (2 * u[2] - 1) + 0.1));
                }
    return ERR_OK;
}

static struct voronoi_options options_of(const struct frame *f, int radical) {
    struct voronoi_options o = {.radical = radical, .surface = 6};
    memcpy(o.radius, f->species.radius, sizeof o.radius);
    return o;
}

static int has_index(const struct voronoi_cell *c, const int n[4]) {
    return c->flag == VORONOI_CLOSED && c->n[0] == n[0] && c->n[1] == n[1] && c->n[2] == n[2] &&
           c->n[3] == n[3] && c->beyond == 0 && c->coordination == n[0] + n[1] + n[2] + n[3];
}

static double volume_sum(const struct frame *f, const struct voronoi_cell *cells) {
    double *v = NULL, sum = 0;
    if (MEM_NEW(v, f->n)) return NAN;
    for (int i = 0; i < f->n; i++) v[i] = cells[i].volume;
    comm_sum_exact(&tap_comm, v, f->n, 1, 1, &sum);
    mem_free(&v);
    return sum;
}

static void crystal(const struct lattice *l, int radical, double noise, enum voronoi_filter filter,
                    const char *what) {
    struct frame f;
    struct voronoi_cell *cells = NULL;
    char text[200];
    int right = build(l, 3.6, noise, &f) == ERR_OK;
    struct voronoi_options o = options_of(&f, radical);
    o.filter = filter;
    o.min_edge = 0.1;
    o.min_area_fraction = 0.01;
    on_rank_0(&tap_comm, &f);
    if (voronoi_compute(&tap_comm, &f, &o, &cells)) {
        tap_pass(1, l->what);
    } else {
        for (int i = 0; i < f.n; i++)
            right =
                right && (filter == VORONOI_FILTER_AREA_FRACTION ? cells[i].coordination == 12
                                                                 : has_index(&cells[i], l->index[f.type[i]]));
        right = right && fabs(volume_sum(&f, cells) / box_volume(&f.box) - 1) < 1e-10;
        /* all sites of these lattices are alike where radii do not count */
        bool alike = l->n < 24 && !(radical && l->type[1]); /* not C15, not B2 */
        for (int i = 0; i < f.n && alike; i++)
            right = right && fabs(cells[i].volume * (double)f.n_global / box_volume(&f.box) - 1) <
                                 (noise > 0 ? 1e-5 : 1e-10);
    }
    snprintf(text, sizeof text, "%s%s, volumes fill the box", l->what, what);
    tap_ok(right, text);
    mem_free(&cells);
    frame_destroy(&f);
}

/* 13 atoms: a centre whose cell is the regular dodecahedron, V = 10 r^3 sqrt(130 - 58 sqrt 5) of inradius r
 * (solid geometry), r = half the distance; 12 atoms at a surface, flagged and without a volume. */
static void icosahedron(void) {
    const double golden = (1 + sqrt(5)) / 2, d = 2.5, r = d / 2, k = d / sqrt(1 + golden * golden);
    struct frame f;
    struct voronoi_cell *cells = NULL;
    begin(&f, 20, 20, 20, 0);
    int right = put(&f, 0, 10, 10, 10) == ERR_OK;
    for (int a = 0; right && a < 3; a++)
        for (int sign = 0; right && sign < 4; sign++) {
            double x[3] = {10, 10, 10};
            x[a] += sign & 1 ? k : -k;
            x[(a + 1) % 3] += sign & 2 ? k * golden : -k * golden;
            right = put(&f, 0, x[0], x[1], x[2]) == ERR_OK;
        }
    struct voronoi_options o = options_of(&f, 1);
    on_rank_0(&tap_comm, &f);
    right = right && !tap_pass(voronoi_compute(&tap_comm, &f, &o, &cells), "cells of an icosahedron");
    for (int i = 0; right && i < f.n; i++) {
        if (f.id[i] > 1) right = cells[i].flag == VORONOI_OPEN && isnan(cells[i].volume);
        else
            right = has_index(&cells[i], (int[]){0, 0, 12, 0}) &&
                    fabs(cells[i].volume / (10 * r * r * r * sqrt(130 - 58 * sqrt(5))) - 1) < 1e-10;
    }
    tap_ok(right, "an icosahedron alone: <0,0,12,0>, a dodecahedron; its shell is open");
    mem_free(&cells);
    frame_destroy(&f);
}

/* Random atoms at least `apart` from each other. */
static int random_atoms(struct frame *f, int n, double edge, double apart) {
    begin(f, edge, edge, edge, 1);
    for (uint64_t t = 0; f->n < n; t++) {
        double u[4];
        rng_uniform(3, RNG_TEST, t, 0, u);
        rng_uniform(3, RNG_TEST, t, 1, u + 2);
        int free_place = 1;
        for (int i = 0; i < f->n && free_place; i++) {
            double d[3];
            for (int a = 0; a < 3; a++) d[a] = u[a] * edge - f->x[i][a];
            box_nearest(&f->box, d);
            free_place = d[0] * d[0] + d[1] * d[1] + d[2] * d[2] > apart * apart;
        }
        if (free_place) TRY(put(f, u[3] < 0.36, u[0] * edge, u[1] * edge, u[2] * edge));
    }
    return ERR_OK;
}

/* Bits as one rank computes them; Euler; volumes. */
static void same_as_serial(int radical) {
    struct frame f, one;
    struct voronoi_cell *cells = NULL, *alone = NULL;
    struct comm self = comm_self();
    int right = random_atoms(&f, 800, 24, 1.9) == ERR_OK && random_atoms(&one, 800, 24, 1.9) == ERR_OK;
    struct voronoi_options o = options_of(&f, radical);
    on_rank_0(&tap_comm, &f);
    int e = voronoi_compute(&tap_comm, &f, &o, &cells);
    tap_pass(e, radical ? "radical cells of 800 random atoms" : "plain cells of 800 random atoms");
    right = right && !e && voronoi_compute(&self, &one, &o, &alone) == ERR_OK;
    int euler = right, equal = right;
    for (int i = 0; right && i < f.n; i++) {
        const struct voronoi_cell *c = &cells[i];
        int sum = 3 * c->n[0] + 2 * c->n[1] + c->n[2];
        euler = euler && (c->beyond > 0 ? sum > 12 : sum == 12) &&
                c->faces == c->coordination; /* sum (6-k) n_k = 12 */
        int k = 0;
        while (one.id[k] != f.id[i]) k++;
        equal = equal && !memcmp(c, &alone[k], sizeof *c);
    }
    tap_ok(right && fabs(volume_sum(&f, cells) / box_volume(&f.box) - 1) < 1e-10,
           "volumes fill the box to 1e-10");
    tap_ok(euler, "sum (6 - k) n_k = 12 in every cell");
    tap_ok(equal, "the same bits as on one rank");
    mem_free(&cells);
    mem_free(&alone);
    frame_destroy(&f);
    frame_destroy(&one);
}

/* A block of fcc in vacuum: cells of atoms with all 12 neighbours are closed, all others open. */
static void free_surface(int periodic, const char *what) {
    struct frame f;
    struct voronoi_cell *cells = NULL;
    const struct lattice *l = &lattices[0];
    int right = build(l, 3.6, 0, &f) == ERR_OK;
    double a = 3.6;
    int64_t inside = 0, counted[2] = {0};
    for (int i = 0; i < f.n; i++) {
        int n = 0;
        for (int j = 0; j < f.n; j++) {
            double d2 = 0;
            for (int c = 0; c < 3; c++) d2 += (f.x[i][c] - f.x[j][c]) * (f.x[i][c] - f.x[j][c]);
            n += j != i && d2 < 0.6 * a * a;
        }
        inside += n == 12;
    }
    for (int c = 0; c < 3; c++) {
        f.box.periodic[c] = periodic;
        f.box.len[c] = 60;
    }
    struct voronoi_options o = options_of(&f, 1);
    on_rank_0(&tap_comm, &f);
    right = right && !tap_pass(voronoi_compute(&tap_comm, &f, &o, &cells), "cells of a block in vacuum");
    for (int i = 0; right && i < f.n; i++) {
        counted[cells[i].flag == VORONOI_OPEN]++;
        if (cells[i].flag == VORONOI_CLOSED) right = has_index(&cells[i], l->index[0]);
        else right = isnan(cells[i].volume) && cells[i].coordination == 0;
    }
    comm_sum_i64(&tap_comm, counted, 2);
    tap_ok(right && inside > 0 && counted[0] == inside && counted[1] == f.n_global - inside, what);
    mem_free(&cells);
    frame_destroy(&f);
}

/* A small atom 1 A from a large one: its side of the power plane lies beyond its other neighbours. Worked out
 * by hand: plane at (1 + 0.01 - 9) / 2 = -4 A from it on one side, (49 + 0.01 - 9) / 14 = 2.9 A on the other.
 */
static void empty_cell(void) {
    struct frame f;
    struct voronoi_cell *cells = NULL;
    begin(&f, 8, 8, 8, 1);
    int right = put(&f, 1, 1, 1, 1) == ERR_OK && put(&f, 0, 2, 1, 1) == ERR_OK;
    struct voronoi_options o = options_of(&f, 1);
    o.radius[0] = 0.1;
    o.radius[1] = 3;
    o.surface = 10;
    on_rank_0(&tap_comm, &f);
    right = right && !tap_pass(voronoi_compute(&tap_comm, &f, &o, &cells), "a box of two atoms");
    for (int i = 0; right && i < f.n; i++) {
        if (f.type[i] == 0) right = cells[i].flag == VORONOI_NONE && cells[i].volume == 0;
        else
            right =
                fabs(cells[i].volume - 512) < 1e-9 && cells[i].coordination == 6; /* the cube of the box */
    }
    tap_ok(right, "an atom without a cell is flagged, its neighbour fills the box");
    mem_free(&cells);
    frame_destroy(&f);
}

static void refusals(void) {
    struct frame f;
    struct voronoi_cell *cells = NULL;
    begin(&f, 20, 20, 20, 1);
    int right = put(&f, 0, 0.001, 1, 1) == ERR_OK && put(&f, 0, 10, 1, 1) == ERR_OK &&
                put(&f, 1, 19.999, 1, 1) == ERR_OK;
    struct voronoi_options o = options_of(&f, 1);
    on_rank_0(&tap_comm, &f);
    int e = voronoi_compute(&tap_comm, &f, &o, &cells);
    const char *m = err_message();
    tap_ok(right && e == ERR_INPUT && strstr(m, "closer than 0.01") && strchr(m, '1') && strchr(m, '3') &&
               !cells,
           "atoms on top of each other across the boundary are named");
    err_clear();
    for (int i = 0; i < f.n; i++)
        if (f.id[i] == 3) f.x[i][0] = NAN;
    e = voronoi_compute(&tap_comm, &f, &o, &cells);
    tap_ok(e == ERR_INPUT && strstr(err_message(), "atom 3 has a position that is not a number"),
           "NaN is named");
    err_clear();
    for (int i = 0; i < f.n; i++)
        if (f.id[i] == 3) f.x[i][0] = 5;
    o.radius[1] = 0;
    e = voronoi_compute(&tap_comm, &f, &o, &cells);
    tap_ok(e == ERR_INPUT && strstr(err_message(), "no radius is known for species Zr"),
           "an unknown radius is named");
    err_clear();
    frame_destroy(&f);
}

/* voro++ prints the volume with 6 digits and the numbers of faces with 0, 1, 2, ... edges. */
static int read_voropp(const char *path, const struct frame *f, const struct voronoi_cell *cells,
                       int *n_read) {
    FILE *in = fopen(path, "r");
    char line[4096];
    int right = in != NULL;
    *n_read = 0;
    while (right && fgets(line, sizeof line, in)) {
        char *p = line;
        long id = strtol(p, &p, 10);
        double volume = strtod(p, &p);
        int n[64] = {0}, k = 0;
        for (char *q = p; k < 64; k++, p = q) {
            n[k] = (int)strtol(p, &q, 10);
            if (q == p) break;
        }
        int i = 0;
        while (f->id[i] != id) i++;
        right = has_index(&cells[i], n + 3) || cells[i].beyond > 0;
        right = right && cells[i].n[0] == n[3] && cells[i].n[1] == n[4] && cells[i].n[2] == n[5] &&
                cells[i].n[3] == n[6];
        right = right && fabs(cells[i].volume / volume - 1) < 1e-5;
        (*n_read)++;
    }
    if (in) fclose(in);
    return right;
}

static void beside_voropp(int radical, const char *what) {
    struct comm self = comm_self();
    struct frame f;
    struct voronoi_cell *cells = NULL;
    char dir[] = "/tmp/vitrine-test-XXXXXX", path[64], command[512];
    int right = mkdtemp(dir) != NULL && random_atoms(&f, 2000, 34, 1.9) == ERR_OK, n_read = 0;
    struct voronoi_options o = options_of(&f, radical);
    right = right && voronoi_compute(&self, &f, &o, &cells) == ERR_OK;
    snprintf(path, sizeof path, "%s/points", dir);
    FILE *out = fopen(path, "w");
    for (int i = 0; i < f.n; i++)
        fprintf(out, "%lld %.17g %.17g %.17g %.17g\n", (long long)f.id[i], f.x[i][0], f.x[i][1], f.x[i][2],
                o.radius[f.type[i]]);
    fclose(out);
    if (!radical)
        snprintf(command, sizeof command, "cut -d' ' -f1-4 %s > %s.4; mv %s.4 %s", path, path, path, path);
    if (!radical) right = right && system(command) == 0;
    snprintf(command, sizeof command, "voro++ -p %s -c '%%i %%v %%A' 0 34 0 34 0 34 %s", radical ? "-r" : "",
             path);
    right = right && system(command) == 0;
    snprintf(path, sizeof path, "%s/points.vol", dir);
    right = right && read_voropp(path, &f, cells, &n_read) && n_read == 2000;
    tap_ok(right, what);
    unlink(path);
    snprintf(path, sizeof path, "%s/points", dir);
    unlink(path);
    rmdir(dir);
    mem_free(&cells);
    frame_destroy(&f);
}

int main(int argc, char **argv) {
    tap_begin(&argc, &argv);
    for (size_t k = 0; k < sizeof lattices / sizeof *lattices; k++)
        crystal(&lattices[k], 1, 0, VORONOI_FILTER_NONE, "");
    crystal(&lattices[2], 0, 0, VORONOI_FILTER_NONE, " (plain)");
    crystal(&lattices[4], 0, 0, VORONOI_FILTER_NONE, " (plain)");
    crystal(&lattices[0], 1, 1e-6, VORONOI_FILTER_AREA_FRACTION,
            " with noise, small areas left out: 12 faces");
    for (size_t k = 0; k < sizeof lattices / sizeof *lattices; k++) {
        crystal(&lattices[k], 1, 1e-6, VORONOI_FILTER_EDGE, " with noise, short edges left out");
        crystal(&lattices[k], 1, 1e-6, VORONOI_FILTER_OVITO, " with noise, by the rule of OVITO");
    }
    icosahedron();
    crystal(&lattices[2], 1, 1e-6, VORONOI_FILTER_NONE, " with noise (no vertex is degenerate)");
    same_as_serial(1);
    same_as_serial(0);
    free_surface(0, "a block in the open: closed inside, open at the surface");
    free_surface(1, "a block in a large periodic box: the same");
    empty_cell();
    refusals();
    if (tap_comm.size == 1) {
        if (system("command -v voro++ >/dev/null 2>&1") == 0) {
            beside_voropp(1, "2,000 radical cells equal those of the voro++ program");
            beside_voropp(0, "2,000 plain cells equal those of the voro++ program");
        } else
            printf("ok %d - cells beside the voro++ program # SKIP voro++ is not installed\n", ++tap_count);
    }
    return tap_end();
}
