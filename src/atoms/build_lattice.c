/* build_lattice - orthogonal unit cells, and random alloys with exact counts on any number of ranks.
 *
 * A random alloy is a permutation of the sites: site k gets number p(k), and the first N_A numbers are
 * species A, the next N_B species B; numbers beyond N are vacancies. p is a four-round Feistel network of
 * Philox numbers with cycle walking (Black and Rogaway 2002; black2002 in docs/references.bib): a bijection
 * that any rank evaluates for its own sites, so counts are exact and the alloy is the same on any number of
 * ranks. Rejected: a shuffled global array (memory), drawing each site by probability (counts fluctuate).
 *
 * hcp is the orthogonal cell a x sqrt(3) a x c with four atoms. C15 (MgCu2): sublattice 0 on 8a, 1 on 16d. */
#include "atoms/build_lattice.h"
#include "base/mem.h"
#include "base/rng.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double at_sc[][3] = {{0, 0, 0}};
static const double at_bcc[][3] = {{0, 0, 0}, {.5, .5, .5}};
static const double at_fcc[][3] = {{0, 0, 0}, {0, .5, .5}, {.5, 0, .5}, {.5, .5, 0}};
static const double at_hcp[][3] = {{0, 0, 0}, {.5, .5, 0}, {.5, 5. / 6, .5}, {0, 1. / 3, .5}};
#define FCC4(x, y, z)                                      \
    {x, y, z}, {x, y + .5, z + .5}, {x + .5, y, z + .5}, { \
        x + .5, y + .5, z                                  \
    }
static const double at_c15[][3] = {FCC4(0, 0, 0),          FCC4(.25, .25, .25),    FCC4(.625, .625, .625),
                                   FCC4(.625, .875, .875), FCC4(.875, .625, .875), FCC4(.875, .875, .625)};
static const int one[] = {0, 0, 0, 0};
static const int in_b2[] = {0, 1};
static const int in_l12[] = {0, 1, 1, 1};
static const int in_c15[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};

static const struct build_lattice_cell lattices[] = {
    {"fcc", 4, 1, {1, 1, 1}, at_fcc, one},    {"bcc", 2, 1, {1, 1, 1}, at_bcc, one},
    {"sc", 1, 1, {1, 1, 1}, at_sc, one},      {"hcp", 4, 1, {1, 1.7320508075688772, 1}, at_hcp, one},
    {"b2", 2, 2, {1, 1, 1}, at_bcc, in_b2},   {"l12", 4, 2, {1, 1, 1}, at_fcc, in_l12},
    {"c15", 24, 2, {1, 1, 1}, at_c15, in_c15}};

const struct build_lattice_cell *build_lattice_find(const char *name) {
    for (size_t k = 0; k < sizeof lattices / sizeof *lattices; k++)
        if (strcmp(lattices[k].name, name) == 0) return &lattices[k];
    return NULL;
}

#define LATTICE_ROWS(names)                                                                                \
    {DECK_CHOICE, "lattice", .value = "fcc", .choices = names, .help = "Structure of the sites."},         \
        {DECK_REAL, "lattice_constant", .dim = UNIT_LENGTH, .bounds = "(0 A, 20 A]",                       \
         .help =                                                                                           \
             "Edge a of the cubic cell (hcp: a). Default: from `density`, else from the metallic radii."}, \
        {DECK_REAL, "density", .dim = UNIT_DENSITY, .bounds = "(0 g/cm3, 50 g/cm3]",                       \
         .help = "Instead of lattice_constant: mass density; in `units: lj` the number density."},         \
        {DECK_REAL,                                                                                        \
         "c_over_a",                                                                                       \
         .value = "1.6329931618554521",                                                                    \
         .bounds = "(0.5, 5)",                                                                             \
         .when = "lattice=hcp",                                                                            \
         .help = "Axial ratio of hcp; default: ideal."},                                                   \
        {DECK_INTS, "cells", .bounds = "[1, 100000]", .choices = "3",                                      \
         .help = "Unit cells along x, y, z (hcp: the orthogonal cell a, sqrt(3) a, c)."},                  \
        {DECK_REAL,                                                                                        \
         "vacuum",                                                                                         \
         .dim = UNIT_LENGTH,                                                                               \
         .value = "0 A",                                                                                   \
         .bounds = "[0 A, inf)",                                                                           \
         .help = "Empty margin on each open side."},                                                       \
    {                                                                                                      \
        DECK_TEXT, "periodic", .value = "xyz", .help = "Periodic axes: any of x, y, z, or none."           \
    }

static const struct deck_row crystal_rows[] = {LATTICE_ROWS("fcc|bcc|sc|hcp|b2|l12|c15"),
                                               {DECK_TEXTS, "sites", .choices = "1..",
                                                .help =
                                                    "Element of each sublattice (b2, l12: corner then centre "
                                                    "or faces; c15: 8a then 16d). Default: the order of "
                                                    "the material."},
                                               {DECK_END}};
static const struct deck_row alloy_rows[] = {
    LATTICE_ROWS("fcc|bcc|sc|hcp"),
    {DECK_INT, "n_atoms", .bounds = "[1, 1e12]",
     .help =
         "Number of atoms, on the most cubic block of cells that holds them; sites left over stay empty."},
    {DECK_END}};

/* ---- geometry from a deck section */
struct plan {
    const struct build_lattice_cell *cell;
    int64_t cells[3], n_sites, n_atoms;
    double a, c_over_a, vacuum;
    bool periodic[3];
};

/* The most cubic nx, ny, nz with at least n sites, fewest empty. */
static void cubic_block(const struct build_lattice_cell *cell, double c_over_a, int64_t n, int64_t out[3]) {
    double edge[3], want = (double)n / cell->n_sites, volume = 1, best = INFINITY;
    bool hcp = strcmp(cell->name, "hcp") == 0;
    for (int a = 0; a < 3; a++) {
        edge[a] = cell->edge[a] * (hcp && a == 2 ? c_over_a : 1);
        volume *= edge[a];
    }
    double side = cbrt(want * volume);
    for (int64_t p = -1; p <= 2; p++)
        for (int64_t q = -1; q <= 2; q++) {
            int64_t m[3];
            m[0] = (int64_t)fmax(1, floor(side / edge[0]) + (double)p);
            m[1] = (int64_t)fmax(1, floor(side / edge[1]) + (double)q);
            m[2] = (int64_t)fmax(1, ceil(want / (double)(m[0] * m[1]) - 1e-9));
            double longest = 0, shortest = INFINITY;
            for (int a = 0; a < 3; a++) {
                longest = fmax(longest, (double)m[a] * edge[a]);
                shortest = fmin(shortest, (double)m[a] * edge[a]);
            }
            double empty = (double)(m[0] * m[1] * m[2]) / want - 1, cost = empty + (longest / shortest - 1);
            if (cost < best - 1e-12) {
                best = cost;
                memcpy(out, m, sizeof m);
            }
        }
}

static double mean_of(const struct deck *deck, const struct species *species, const double *per_species) {
    int64_t counts[SPECIES_MAX], n = 1000000;
    double sum = 0;
    build_counts(deck, species, n, counts);
    for (int s = 0; s < species->n; s++) sum += (double)counts[s] * per_species[s];
    return sum / (double)n;
}

static double edge_of_volume(const struct plan *p, double volume_per_atom) {
    double v = volume_per_atom * p->cell->n_sites;
    bool hcp = strcmp(p->cell->name, "hcp") == 0;
    return cbrt(v / (p->cell->edge[0] * p->cell->edge[1] * p->cell->edge[2] * (hcp ? p->c_over_a : 1)));
}

static void plan_make(const struct deck *deck, const char *path, const struct species *species,
                      struct plan *p) {
    p->cell = build_lattice_find(deck_text(deck, "%s.lattice", path));
    p->c_over_a = deck_has(deck, "%s.c_over_a", path) ? deck_real(deck, "%s.c_over_a", path) : 1;
    p->vacuum = deck_real(deck, "%s.vacuum", path);
    const char *axes = deck_text(deck, "%s.periodic", path);
    for (int a = 0; a < 3; a++) p->periodic[a] = strcmp(axes, "none") && strchr(axes, "xyz"[a]);
    int64_t n = deck_has(deck, "%s.n_atoms", path) ? deck_int(deck, "%s.n_atoms", path) : 0;
    if (deck_has(deck, "%s.cells", path))
        for (int a = 0; a < 3; a++) p->cells[a] = deck_int_at(deck, a, "%s.cells", path);
    else cubic_block(p->cell, p->c_over_a, n ? n : p->cell->n_sites, p->cells);
    p->n_sites = p->cells[0] * p->cells[1] * p->cells[2] * p->cell->n_sites;
    p->n_atoms = n ? n : p->n_sites;
    double share = (double)p->n_atoms / (double)p->n_sites; /* vacancies */
    if (deck_has(deck, "%s.lattice_constant", path)) p->a = deck_real(deck, "%s.lattice_constant", path);
    else if (deck_has(deck, "%s.density", path)) {
        double d = deck_real(deck, "%s.density", path);
        double volume =
            deck_lj(deck) ? 1 / d : mean_of(deck, species, species->mass) / d; /* d in g/mol/A^3 */
        p->a = edge_of_volume(p, volume * share);
    } else { /* touching spheres of the metallic radii, fcc packing 0.74 */
        double r = mean_of(deck, species, species->radius);
        p->a = edge_of_volume(p, 4 * M_SQRT2 * r * r * r);
    }
}

static void check_common(struct deck *deck, const char *path, const struct species *species, double len[3],
                         double *n) {
    char key[256];
    if (deck_given(deck, "%s.lattice_constant", path) && deck_given(deck, "%s.density", path)) {
        snprintf(key, sizeof key, "%s.density", path);
        deck_mistake(deck, key, "give lattice_constant or density, not both");
    }
    const char *axes = deck_text(deck, "%s.periodic", path);
    if (strcmp(axes, "none") && strspn(axes, "xyz") != strlen(axes)) {
        snprintf(key, sizeof key, "%s.periodic", path);
        deck_mistake(deck, key, "'%s' is not made of x, y, z; write for instance xyz, z or none", axes);
    }
    if (species->n == 0) return;
    struct plan p;
    plan_make(deck, path, species, &p);
    *n = (double)p.n_atoms;
    for (int a = 0; a < 3; a++) len[a] = (double)p.cells[a] * p.cell->edge[a] * p.a;
    if (strcmp(p.cell->name, "hcp") == 0) len[2] *= p.c_over_a;
}

static void alloy_check(struct deck *deck, const char *path, const struct species *species, double len[3],
                        double *n) {
    bool cells = deck_has(deck, "%s.cells", path), atoms = deck_has(deck, "%s.n_atoms", path);
    char key[256];
    snprintf(key, sizeof key, "%s.n_atoms", path);
    if (!cells && !atoms) deck_mistake(deck, path, "needs n_atoms or cells");
    else check_common(deck, path, species, len, n);
    if (cells && atoms && species->n && *n > len[0] * 1e18) deck_mistake(deck, key, "too many atoms");
    struct plan p;
    if ((cells || atoms) && species->n) {
        plan_make(deck, path, species, &p);
        if (p.n_atoms > p.n_sites)
            deck_mistake(deck, key, "%lld atoms do not fit on the %lld sites of `cells`; make cells larger",
                         (long long)p.n_atoms, (long long)p.n_sites);
    }
    if (deck_has(deck, "material.counts") && species->n) {
        double sum = 0;
        for (int k = 0; k < deck_count(deck, "material.counts"); k++)
            sum += deck_real_at(deck, k, "material.counts");
        if ((cells || atoms) && sum != (double)p.n_atoms)
            deck_mistake(deck, "material.counts", "the counts add up to %.0f, but %lld atoms are built", sum,
                         (long long)p.n_atoms);
    }
}

static int site_species(const struct deck *deck, const char *path, const struct species *species,
                        int sublattice) {
    if (!deck_has(deck, "%s.sites", path)) return sublattice < species->n ? sublattice : -1;
    if (sublattice >= deck_count(deck, "%s.sites", path)) return -1;
    return species_find(species, deck_text_at(deck, sublattice, "%s.sites", path));
}

static void crystal_check(struct deck *deck, const char *path, const struct species *species, double len[3],
                          double *n) {
    char key[256];
    if (!deck_has(deck, "%s.cells", path)) {
        deck_mistake(deck, path, "needs cells: [nx, ny, nz]");
        return;
    }
    check_common(deck, path, species, len, n);
    const struct build_lattice_cell *cell = build_lattice_find(deck_text(deck, "%s.lattice", path));
    snprintf(key, sizeof key, "%s.sites", path);
    for (int s = 0; s < cell->n_sublattices && species->n; s++)
        if (site_species(deck, path, species, s) < 0) {
            deck_mistake(
                deck, key,
                "%s has %d kinds of sites; name an element of the material for each, such as sites: [%s, %s]",
                cell->name, cell->n_sublattices, species->name[0], species->name[species->n - 1]);
            return;
        }
}

/* ---- making atoms */
static void set_box(struct frame *frame, const struct plan *p) {
    bool hcp = strcmp(p->cell->name, "hcp") == 0;
    frame->filled = 1;
    for (int a = 0; a < 3; a++) {
        double edge = (double)p->cells[a] * p->cell->edge[a] * p->a * (hcp && a == 2 ? p->c_over_a : 1);
        double margin = p->periodic[a] ? 0 : p->vacuum;
        frame->box.lo[a] = -margin;
        frame->box.len[a] = edge + 2 * margin;
        frame->box.periodic[a] = p->periodic[a];
        frame->filled *= edge / frame->box.len[a];
    }
}

static void site_position(const struct plan *p, int64_t k, double x[3], int *sublattice) {
    int64_t unit = k / p->cell->n_sites, s = k % p->cell->n_sites;
    int64_t c[3] = {unit / p->cells[2] / p->cells[1], unit / p->cells[2] % p->cells[1], unit % p->cells[2]};
    bool hcp = strcmp(p->cell->name, "hcp") == 0;
    for (int a = 0; a < 3; a++) {
        double f = p->cell->site[s][a];
        x[a] = ((double)c[a] + (f >= 1 ? f - 1 : f)) * p->cell->edge[a] * p->a *
               (hcp && a == 2 ? p->c_over_a : 1);
    }
    *sublattice = p->cell->sublattice[s];
}

uint64_t build_lattice_shuffled(uint64_t seed, uint64_t k, uint64_t n) {
    int bits = 2;
    while (bits < 62 && (UINT64_C(1) << bits) < n) bits += 2;
    uint64_t half = (UINT64_C(1) << (bits / 2)) - 1;
    do {
        uint64_t left = k >> (bits / 2), right = k & half;
        for (uint64_t round = 0; round < 4; round++) {
            uint32_t r[4];
            rng_bits(seed, RNG_ALLOY, right, round, r);
            uint64_t mixed = left ^ ((((uint64_t)r[0] << 32) | r[1]) & half);
            left = right;
            right = mixed;
        }
        k = left << (bits / 2) | right;
    } while (k >= n);
    return k;
}

static int add_atom(struct frame *frame, const double x[3], int64_t id, int type) {
    if (frame->n == frame->capacity) TRY(frame_reserve(frame, frame->n + frame->n / 4 + 1024));
    int i = frame->n++;
    memcpy(frame->x[i], x, 3 * sizeof *x);
    frame->x[i][3] = 0;
    memset(frame->v[i], 0, sizeof frame->v[i]);
    memset(frame->f[i], 0, sizeof frame->f[i]);
    memset(frame->image[i], 0, sizeof frame->image[i]);
    frame->id[i] = id;
    frame->type[i] = type;
    return ERR_OK;
}

static int fill_crystal(const struct comm *comm, const struct plan *p, const int *type_of,
                        struct frame *frame) {
    int64_t from = frame_block(p->n_sites, comm->size, comm->rank);
    int64_t to = frame_block(p->n_sites, comm->size, comm->rank + 1);
    TRY(frame_reserve(frame, to - from));
    for (int64_t k = from; k < to; k++) {
        double x[3];
        int sub;
        site_position(p, k, x, &sub);
        TRY(add_atom(frame, x, k + 1, type_of[sub]));
    }
    return ERR_OK;
}

static int fill_alloy(const struct comm *comm, const struct plan *p, uint64_t seed, const int64_t *counts,
                      int n_species, struct frame *frame) {
    int64_t from = frame_block(p->n_sites, comm->size, comm->rank);
    int64_t to = frame_block(p->n_sites, comm->size, comm->rank + 1);
    TRY(frame_reserve(frame, to - from));
    for (int64_t k = from; k < to; k++) {
        double x[3];
        int sub, type = 0;
        int64_t number = (int64_t)build_lattice_shuffled(seed, (uint64_t)k, (uint64_t)p->n_sites),
                upto = counts[0];
        if (number >= p->n_atoms) continue;
        while (type + 1 < n_species && number >= upto) upto += counts[++type];
        site_position(p, k, x, &sub);
        TRY(add_atom(frame, x, p->n_atoms == p->n_sites ? k + 1 : number + 1, type));
    }
    return ERR_OK;
}

static int crystal_run(const struct comm *comm, struct deck *deck, const char *path, struct frame *frame) {
    struct plan p;
    int type_of[2];
    plan_make(deck, path, &frame->species, &p);
    for (int s = 0; s < p.cell->n_sublattices; s++) type_of[s] = site_species(deck, path, &frame->species, s);
    set_box(frame, &p);
    frame->n_global = p.n_sites;
    TRY_ALL(comm, fill_crystal(comm, &p, type_of, frame));
    return ERR_OK;
}

static int alloy_run(const struct comm *comm, struct deck *deck, const char *path, struct frame *frame) {
    struct plan p;
    int64_t counts[SPECIES_MAX];
    plan_make(deck, path, &frame->species, &p);
    build_counts(deck, &frame->species, p.n_atoms, counts);
    set_box(frame, &p);
    frame->n_global = p.n_atoms;
    TRY_ALL(comm, fill_alloy(comm, &p, (uint64_t)deck_int(deck, "seed"), counts, frame->species.n, frame));
    return ERR_OK;
}

int build_lattice_block(const struct comm *comm, const struct build_lattice_cell *cell,
                        const int64_t cells[3], double a, double c_over_a, const int *species_of_sublattice,
                        struct frame *frame) {
    struct plan p = {cell, {cells[0], cells[1], cells[2]}, 0, 0, a, c_over_a, 0, {true, true, true}};
    p.n_sites = p.n_atoms = cells[0] * cells[1] * cells[2] * cell->n_sites;
    set_box(frame, &p);
    frame->n_global = p.n_sites;
    TRY_ALL(comm, fill_crystal(comm, &p, species_of_sublattice, frame));
    return ERR_OK;
}

const struct build_kind build_lattice_crystal = {"crystal",    true,          false,
                                                 crystal_rows, crystal_check, crystal_run};
const struct build_kind build_lattice_alloy = {"random_alloy", true,        false,
                                               alloy_rows,     alloy_check, alloy_run};
