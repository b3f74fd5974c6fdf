/* md_fixture - atoms in a box with domain, halo, cells and lists on one rank, for tests of potentials. */
#ifndef TESTS_MD_FIXTURE_H
#define TESTS_MD_FIXTURE_H

#include "atoms/cells.h"
#include "atoms/halo.h"
#include "base/mem.h"
#include "base/rng.h"
#include "md/kernel.h"
#include "md/list.h"
#include "md/pot.h"
#include "md/pot_eam.h"
#include "md/pot_lj.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <setjmp.h>
#include <cmocka.h>

#define LAMMPS_POTENTIALS "/usr/share/lammps/potentials/"

struct fixture {
    struct comm comm;
    struct frame frame;
    struct domain domain;
    struct halo *halo;
    struct cells cells;
    struct list list;
    struct pot_result result;
};

static inline void must(int code) {
    if (code) fail_msg("%s (%s)", err_message(), err_place());
}

#define assert_double_equal(a, b, tolerance) check_double(a, b, tolerance, __FILE__, __LINE__)
static inline void check_double(double a, double b, double tolerance, const char *file, int line) {
    if (!(fabs(a - b) <= tolerance)) {
        print_message("# %.16g is not %.16g within %.3g\n", a, b, tolerance);
        _fail(file, line);
    }
}

static inline void fixture_init(struct fixture *t, const struct species *species, const double len[3],
                                bool periodic) {
    memset(t, 0, sizeof *t);
    t->comm = comm_self();
    frame_init(&t->frame);
    domain_init(&t->domain);
    cells_init(&t->cells);
    list_init(&t->list);
    must(halo_create(&t->comm, &t->halo));
    t->frame.species = *species;
    t->frame.filled = 1;
    for (int a = 0; a < 3; a++) {
        t->frame.box.len[a] = len[a];
        t->frame.box.periodic[a] = periodic;
    }
}

static inline void fixture_add(struct fixture *t, double x, double y, double z, int type) {
    struct frame *f = &t->frame;
    must(frame_reserve(f, f->n + 1));
    int i = f->n++;
    f->x[i][0] = x, f->x[i][1] = y, f->x[i][2] = z;
    f->type[i] = type;
    f->id[i] = ++f->n_global;
}

static inline void fixture_destroy(struct fixture *t) {
    list_destroy(&t->list);
    cells_destroy(&t->cells);
    halo_destroy(&t->halo);
    domain_destroy(&t->domain);
    frame_destroy(&t->frame);
}

/* Ghosts and lists for the present positions. Rows stay in id order (one rank, no sort). */
static inline void fixture_lists(struct fixture *t, struct pot *pot, double skin, double inner) {
    double range = pot_cutoff_max(pot) + skin;
    pot_set_list(pot, &t->list, skin, inner);
    must(domain_cut(&t->comm, &t->domain, &t->frame, NULL));
    must(domain_migrate(&t->comm, &t->domain, &t->frame));
    must(halo_build(t->halo, &t->domain, &t->frame, range));
    must(cells_build(&t->cells, &t->frame, range));
    must(list_build(&t->list, &t->frame, &t->cells));
    must(list_prune(&t->list, &t->frame));
}

/* Forces at the present positions with the present lists. */
static inline void fixture_forces(struct fixture *t, struct pot *pot, int want) {
    halo_forward(t->halo, &t->frame, &halo_positions);
    must(pot_compute(pot, &t->frame, t->halo, &t->list, want, &t->result));
}

/* Everything anew: energy of the present positions and box. */
static inline double fixture_energy(struct fixture *t, struct pot *pot) {
    fixture_lists(t, pot, 0.3, 0);
    fixture_forces(t, pot, POT_ENERGY | POT_VIRIAL);
    return t->result.energy;
}

static inline struct species fixture_species(const char *names, bool model) {
    struct species s = {0};
    char name[8];
    int n = 0;
    while (sscanf(names, " %7s%n", name, &n) == 1) {
        must(species_add(&s, name, model));
        names += n;
    }
    return s;
}

/* n atoms at random in a periodic box, no pair closer than `closest`; species in turn. */
static inline void fixture_random(struct fixture *t, const struct species *species, int n,
                                  const double len[3], double closest, uint64_t seed) {
    fixture_init(t, species, len, true);
    uint64_t tries = 0;
    while (t->frame.n < n) {
        double u[2], w[2];
        rng_uniform(seed, RNG_TEST, tries, 0, u);
        rng_uniform(seed, RNG_TEST, tries++, 1, w);
        double x[3] = {u[0] * len[0], u[1] * len[1], w[0] * len[2]};
        int near = 0;
        for (int i = 0; i < t->frame.n && !near; i++) {
            double d[3];
            for (int a = 0; a < 3; a++) d[a] = x[a] - t->frame.x[i][a];
            box_nearest(&t->frame.box, d);
            near = d[0] * d[0] + d[1] * d[1] + d[2] * d[2] < closest * closest;
        }
        if (!near) fixture_add(t, x[0], x[1], x[2], t->frame.n % species->n);
        if (tries > 100000000u) fail_msg("no room for %d atoms", n);
    }
}

/* Crystal of `cells` unit cells: basis in fractions of the orthogonal cell, one type each. */
static inline void fixture_crystal(struct fixture *t, const struct species *species, const double cell[3],
                                   const int cells[3], int n_basis, const double (*basis)[3],
                                   const int *types) {
    double len[3] = {cell[0] * cells[0], cell[1] * cells[1], cell[2] * cells[2]};
    fixture_init(t, species, len, true);
    for (int x = 0; x < cells[0]; x++)
        for (int y = 0; y < cells[1]; y++)
            for (int z = 0; z < cells[2]; z++)
                for (int b = 0; b < n_basis; b++)
                    fixture_add(t, (x + basis[b][0]) * cell[0], (y + basis[b][1]) * cell[1],
                                (z + basis[b][2]) * cell[2], types ? types[b] : 0);
}

static inline struct pot *fixture_lj(const struct species *s, double epsilon, double sigma, double cutoff,
                                     enum pot_lj_shift shift) {
    struct pot_lj_parameters p = {.shift = shift};
    for (int a = 0; a < s->n; a++)
        for (int b = 0; b < s->n; b++)
            p.epsilon[a][b] = epsilon, p.sigma[a][b] = sigma, p.cutoff[a][b] = cutoff;
    void *state = NULL;
    struct pot *pot = NULL;
    must(pot_lj_init(&p, s->n, &state));
    must(pot_adopt(&pot_lj, state, s, &pot));
    return pot;
}

/* Kob and Andersen's mixture, cutoff 2.5 sigma_ab, energy-shifted. */
static inline struct pot *fixture_ka(const struct species *s) {
    struct pot_lj_parameters p = {.shift = POT_LJ_ENERGY};
    double eps[2][2] = {{1, 1.5}, {1.5, 0.5}}, sigma[2][2] = {{1, 0.8}, {0.8, 0.88}};
    for (int a = 0; a < 2; a++)
        for (int b = 0; b < 2; b++)
            p.epsilon[a][b] = eps[a][b], p.sigma[a][b] = sigma[a][b], p.cutoff[a][b] = 2.5 * sigma[a][b];
    void *state = NULL;
    struct pot *pot = NULL;
    must(pot_lj_init(&p, s->n, &state));
    must(pot_adopt(&pot_lj, state, s, &pot));
    return pot;
}

static inline struct pot *fixture_eam(const struct species *s, const char *path,
                                      struct pot_eam_options options) {
    struct comm comm = comm_self();
    struct eam_file file;
    struct eam_model model;
    void *state = NULL;
    struct pot *pot = NULL;
    must(eam_file_read(&comm, path, &file));
    must(eam_model_from_file(&file, path, s, &model));
    eam_file_destroy(&file);
    must(pot_eam_init(&model, options, &state));
    must(pot_adopt(&pot_eam, state, s, &pot));
    return pot;
}

static inline struct pot *fixture_zhou(const struct species *s, double cutoff,
                                       struct pot_eam_options options) {
    struct eam_model model;
    void *state = NULL;
    struct pot *pot = NULL;
    must(eam_model_from_zhou(s, cutoff, &model));
    must(pot_eam_init(&model, options, &state));
    must(pot_adopt(&pot_eam_zhou, state, s, &pot));
    return pot;
}

/* Whether a file of lammps-data is here; says so when not. */
static inline int fixture_have(const char *path) {
    if (access(path, R_OK) == 0) return 1;
    print_message("# SKIP %s is not installed (Debian: lammps-data)\n", path);
    return 0;
}

#endif
