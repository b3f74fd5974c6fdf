/* kernels - nanoseconds per atom of each phase of a step, on one rank.
 *
 *     build/bench/kernels CASE [SIMD [SKIN INNER [CELLS]]]     CASE: lj cu cuzr ka
 * The start is an fcc lattice that a few hundred plain time steps melt (lj, ka, cuzr) or warm (cu). Medians
 * of 15. */
#define _GNU_SOURCE
#include "md_fixture.h"

#include <time.h>

struct setting {
    const char *name, *species;
    double edge, skin, inner, mass, speed, dt; /* lattice constant; initial speed per component; step */
    int warm;
    const char *file;
};

/* metal: A, ps; mass in eV ps^2 / A^2 */
static const struct setting settings[] = {
    {"lj", "A", 1.6795962, 0.3, 0, 1, 1.2, 0.005, 200, NULL},
    {"ka", "A B", 1.4938016, 0.3, 0, 1, 1.2, 0.004, 200, NULL},
    {"cu", "Cu", 3.615, 1.0, 0.5, 63.55 * UNIT_MVV, 4.5, 0.005, 60, "Cu_u3.eam"},
    {"cuzr", "Cu Zr", 4.0735, 1.0, 0.3, 73 * UNIT_MVV, 6, 0.002, 300, "CuZr_mm.eam.fs"},
};

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

static int ascending(const void *a, const void *b) {
    double d = *(const double *)a - *(const double *)b;
    return (d > 0) - (d < 0);
}

#define REPEAT 15
#define MEDIAN(what, ...)                                                          \
    do {                                                                           \
        double t_[REPEAT];                                                         \
        for (int k_ = 0; k_ < REPEAT; k_++) {                                      \
            double from_ = now();                                                  \
            __VA_ARGS__;                                                           \
            t_[k_] = (now() - from_) / t.frame.n;                                  \
        }                                                                          \
        qsort(t_, REPEAT, sizeof *t_, ascending);                                  \
        printf("%-24s %8.1f ns/atom (least %.1f)\n", what, t_[REPEAT / 2], t_[0]); \
    } while (0)

static void rebuild(struct fixture *t, struct pot *pot, double skin, double inner) {
    double range = pot_cutoff_max(pot) + skin;
    pot_set_list(pot, &t->list, skin, inner);
    must(domain_migrate(&t->comm, &t->domain, &t->frame));
    must(cells_sort(&t->cells, &t->frame, LIST_CELLS * range));
    must(halo_build(t->halo, &t->domain, &t->frame, range));
    must(cells_build(&t->cells, &t->frame, LIST_CELLS * range));
    must(list_build(&t->list, &t->frame, &t->cells));
    must(list_prune(&t->list, &t->frame));
}

static void melt(struct fixture *t, struct pot *pot, const struct setting *s) {
    struct frame *f = &t->frame;
    for (int i = 0; i < f->n; i++) rng_normal(5, RNG_TEST, (uint64_t)i, 9, 3, f->v[i]);
    for (int i = 0; i < f->n; i++)
        for (int c = 0; c < 3; c++) f->v[i][c] *= s->speed;
    for (int step = 0; step < s->warm; step++) {
        if (step % 5 == 0) rebuild(t, pot, s->skin, 0);
        fixture_forces(t, pot, POT_FORCES);
        for (int i = 0; i < f->n; i++)
            for (int c = 0; c < 3; c++) {
                f->v[i][c] += s->dt * f->f[i][c] / s->mass;
                f->x[i][c] += s->dt * f->v[i][c];
            }
    }
    if (t->result.bad_atom) printf("atom %lld: %s\n", (long long)t->result.bad_atom, t->result.bad_why);
}

/* rms force error of tables of different sizes against the file's own spline */
static void accuracy(struct fixture *t, const struct species *species, const char *path) {
    int n = t->frame.n;
    double(*f)[4] = NULL, size = 0;
    must(MEM_NEW(f, n));
    struct pot *own = fixture_eam(species, path, (struct pot_eam_options){.table_rows = 2000, .exact = 1});
    fixture_forces(t, own, 0);
    memcpy(f, t->frame.f, sizeof *f * (size_t)n);
    for (int i = 0; i < n; i++)
        for (int c = 0; c < 3; c++) size += f[i][c] * f[i][c];
    pot_destroy(&own);
    for (int rows = 250; rows <= 8000; rows *= 2) {
        struct pot *pot = fixture_eam(species, path, (struct pot_eam_options){.table_rows = rows});
        fixture_forces(t, pot, 0);
        double sum = 0, most = 0;
        for (int i = 0; i < n; i++)
            for (int c = 0; c < 3; c++) {
                double d = t->frame.f[i][c] - f[i][c];
                sum += d * d;
                most = fmax(most, fabs(d));
            }
        printf("%5d rows: force error %.1e of the rms force, largest %.1e\n", rows, sqrt(sum / size),
               most / sqrt(size / n));
        pot_destroy(&pot);
    }
    mem_free(&f);
}

static void eam_phases(struct fixture t, struct pot *pot, const struct species *species, const char *path) {
    struct comm comm = comm_self();
    struct eam_file file;
    struct eam_model model;
    struct eam_table table;
    must(eam_file_read(&comm, path, &file));
    must(eam_model_from_file(&file, path, species, &model));
    eam_file_destroy(&file);
    must(eam_table_init(&table, &model, 2000));
    struct kernel_eam k = {.table = &table};
    must(MEM_NEW(k.slope, t.list.near_zone.used + 8));
    for (int p = 0; p < table.n * table.n && !k.slope_other; p++)
        if (table.pair[p].other) must(MEM_NEW(k.slope_other, t.list.near_zone.used + 8));
    must(MEM_NEW(k.work, kernel_work(&t.list)));
    k.atoms = (struct kernel_atoms){.n = t.frame.n, .n_species = species->n, .x = t.frame.x, .f = t.frame.f};
    k.atoms.type = t.frame.type;
    k.atoms.list = &t.list;
    MEDIAN("density", kernel_now()->eam_density(&k));
    MEDIAN("force", kernel_now()->eam_force(&k));
    k.atoms.want = POT_DIAGONAL;
    MEDIAN("density, pressures", kernel_now()->eam_density(&k));
    MEDIAN("force, pressures", kernel_now()->eam_force(&k));
    double *slope = k.slope, *slope_other = k.slope_other;
    k.slope = k.slope_other = NULL;
    k.atoms.want = 0;
    MEDIAN("force, recomputed", kernel_now()->eam_force(&k));
    k.slope = slope, k.slope_other = slope_other;
    MEDIAN("halo, w", halo_forward(t.halo, &t.frame, &halo_scratch));
    must(pot_compute(pot, &t.frame, t.halo, &t.list, 0, &t.result));
    mem_free(&k.slope);
    mem_free(&k.slope_other);
    mem_free(&k.work);
    eam_table_destroy(&table);
    eam_model_destroy(&model);
}

static struct pot *make_pot(const struct setting *s, const struct species *species, const char *path,
                            int mixed) {
    if (s->file)
        return fixture_eam(species, path, (struct pot_eam_options){.table_rows = 2000, .mixed = mixed});
    return species->n > 1 ? fixture_ka(species) : fixture_lj(species, 1, 1, 2.5, POT_LJ_NONE);
}

static void measure(const struct setting *s, double skin, double inner, int cells) {
    struct species species = fixture_species(s->species, !s->file);
    const double fcc[4][3] = {{0, 0, 0}, {0, .5, .5}, {.5, 0, .5}, {.5, .5, 0}};
    struct fixture t;
    char path[256];
    snprintf(path, sizeof path, LAMMPS_POTENTIALS "%s", s->file ? s->file : "");
    struct pot *pot = make_pot(s, &species, path, 0);
    fixture_crystal(&t, &species, (double[3]){s->edge, s->edge, s->edge}, (int[3]){cells, cells, cells}, 4,
                    fcc, NULL);
    double share = s->file ? 0.36 : 0.2, u[2];
    for (int i = 0; species.n > 1 && i < t.frame.n; i++) {
        rng_uniform(3, RNG_ALLOY, (uint64_t)i, 0, u);
        t.frame.type[i] = u[0] < share;
    }
    must(domain_cut(&t.comm, &t.domain, &t.frame, NULL));
    melt(&t, pot, s);
    rebuild(&t, pot, skin, inner);
    double pairs = (double)t.list.near_zone.used / t.frame.n, far = (double)t.list.far_zone.used / t.frame.n;
    printf("%s: %d atoms, kernel %s, skin %g, inner %g; entries an atom %.1f near, %.1f far, %.1f outer\n",
           s->name, t.frame.n, kernel_now()->name, skin, inner, pairs, far,
           (double)t.list.outer_zone.used / t.frame.n);
    double range = pot_cutoff_max(pot) + skin;
    fixture_forces(&t, pot, POT_ENERGY);
    printf("energy %.9g an atom\n", t.result.energy / t.frame.n);
    MEDIAN("forces", must(pot_compute(pot, &t.frame, t.halo, &t.list, 0, &t.result)));
    MEDIAN("forces, pressures", must(pot_compute(pot, &t.frame, t.halo, &t.list, POT_DIAGONAL, &t.result)));
    MEDIAN("forces, energy, virial",
           must(pot_compute(pot, &t.frame, t.halo, &t.list, POT_ENERGY | POT_VIRIAL, &t.result)));
    if (s->file && kernel_now() != &kernel_plain) {
        struct pot *mixed = make_pot(s, &species, path, 1);
        MEDIAN("forces, mixed", must(pot_compute(mixed, &t.frame, t.halo, &t.list, 0, &t.result)));
        pot_destroy(&mixed);
    }
    if (s->file) accuracy(&t, &species, path);
    if (s->file) eam_phases(t, pot, &species, path);
    MEDIAN("halo, positions", halo_forward(t.halo, &t.frame, &halo_positions));
    if (list_dual(&t.list)) MEDIAN("prune", must(list_prune(&t.list, &t.frame)));
    MEDIAN("list", must(list_build(&t.list, &t.frame, &t.cells)));
    MEDIAN("cells", must(cells_build(&t.cells, &t.frame, LIST_CELLS * range)));
    MEDIAN("halo, build", must(halo_build(t.halo, &t.domain, &t.frame, range)));
    MEDIAN("migrate", must(domain_migrate(&t.comm, &t.domain, &t.frame)));
    MEDIAN("sort", must(cells_sort(&t.cells, &t.frame, LIST_CELLS * range)));
    printf("list %.0f bytes an atom, all %.0f (peak %.0f)\n", (double)list_bytes(&t.list) / t.frame.n,
           (double)mem_bytes() / t.frame.n, (double)mem_peak() / t.frame.n);
    pot_destroy(&pot);
    fixture_destroy(&t);
}

int main(int argc, char **argv) {
    struct comm comm;
    if (comm_init(NULL, NULL, &comm)) return 1;
    must(kernel_choose(argc > 2 ? argv[2] : "auto"));
    for (size_t k = 0; k < sizeof settings / sizeof *settings; k++) {
        const struct setting *s = &settings[k];
        if (argc > 1 && strcmp(argv[1], s->name) && strcmp(argv[1], "all")) continue;
        measure(s, argc > 4 ? strtod(argv[3], NULL) : s->skin, argc > 4 ? strtod(argv[4], NULL) : s->inner,
                argc > 5 ? (int)strtol(argv[5], NULL, 10) : 20);
    }
    comm_finalize();
    return 0;
}
