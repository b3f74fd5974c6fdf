/* F = -dE/dx and W = -dE/dstrain by central differences with one Richardson step, for every potential and
 * every kernel that runs here. Bound: 1e-7 of the rms force, of the largest virial component. Pairs within
 * the step of a cutoff where the energy jumps are avoided by the choice of the configuration. */
#include "md_fixture.h"

/* Whether no pair of the configuration lies within `margin` of its cutoff. */
static int clear_of_cutoff(struct fixture *t, struct pot *pot, double margin) {
    fixture_lists(t, pot, 0.3, 0);
    for (int i = 0; i < t->frame.n; i++)
        for (int j = 0; j < t->list.pad; j++) {
            double r2 = 0;
            for (int c = 0; c < 3; c++)
                r2 += (t->frame.x[j][c] - t->frame.x[i][c]) * (t->frame.x[j][c] - t->frame.x[i][c]);
            if (fabs(sqrt(r2) - pot_cutoff(pot, t->frame.type[i], t->frame.type[j])) < margin) return 0;
        }
    return 1;
}

typedef void deform(struct fixture *t, double e, int a, int b);

static void move_atom(struct fixture *t, double e, int i, int c) {
    t->frame.x[i][c] += e;
}

/* Along axis a: box and atoms. */
static void stretch(struct fixture *t, double e, int a, int b) {
    (void)b;
    t->frame.box.len[a] *= 1 + e;
    for (int i = 0; i < t->frame.n; i++) t->frame.x[i][a] *= 1 + e;
}

static void shear(struct fixture *t, double e, int a, int b) {
    for (int i = 0; i < t->frame.n; i++) t->frame.x[i][a] += e * t->frame.x[i][b];
}

static double energy_at(struct fixture *t, struct pot *pot, deform *how, double e, int a, int b) {
    struct frame *f = &t->frame;
    double(*x)[4] = NULL, len = f->box.len[a % 3];
    must(MEM_NEW(x, f->n));
    memcpy(x, f->x, sizeof *x * (size_t)f->n);
    how(t, e, a, b);
    double E = fixture_energy(t, pot);
    memcpy(f->x, x, sizeof *x * (size_t)f->n);
    if (how == stretch) f->box.len[a] = len;
    mem_free(&x);
    return E;
}

static double slope(struct fixture *t, struct pot *pot, deform *how, double h, int a, int b) {
    double d[2];
    for (int k = 0; k < 2; k++, h /= 2)
        d[k] = (energy_at(t, pot, how, h, a, b) - energy_at(t, pot, how, -h, a, b)) / (2 * h);
    return (4 * d[1] - d[0]) / 3;
}

static void check_forces(struct fixture *t, struct pot *pot, double h) {
    fixture_energy(t, pot);
    int n = t->frame.n;
    double(*f)[4] = NULL, sum = 0, worst = 0;
    must(MEM_NEW(f, n));
    memcpy(f, t->frame.f, sizeof *f * (size_t)n);
    for (int i = 0; i < n; i++)
        for (int c = 0; c < 3; c++) sum += f[i][c] * f[i][c] / n;
    for (int k = 0; k < 6; k++) {
        int i = k * (n - 1) / 5;
        for (int c = 0; c < 3; c++) worst = fmax(worst, fabs(slope(t, pot, move_atom, h, i, c) + f[i][c]));
    }
    mem_free(&f);
    if (!(worst < 1e-7 * sqrt(sum))) fail_msg("F off from -dE/dx by %g of the rms force", worst / sqrt(sum));
}

static void check_virial(struct fixture *t, struct pot *pot, double h, int periodic) {
    fixture_energy(t, pot);
    double W[6], most = 0;
    memcpy(W, t->result.virial, sizeof W);
    for (int c = 0; c < 6; c++) most = fmax(most, fabs(W[c]));
    for (int c = 0; c < 6; c++) {
        static const int first[6] = {0, 1, 2, 0, 0, 1}, second[6] = {0, 1, 2, 1, 2, 2};
        if (periodic && c > 2) break;
        double d = slope(t, pot, periodic ? stretch : shear, h, first[c], second[c]);
        if (!(fabs(d + W[c]) < 1e-7 * most)) fail_msg("virial %d is %.10g, -dE/dstrain %.10g", c, W[c], -d);
    }
}

/* A random periodic configuration and a random cluster. */
static void check(const char *what, const struct species *s, struct pot *pot, double length, double closest) {
    static const char *const kernels[] = {"plain", "avx2", "avx512"};
    double h = 3e-5 * closest, e = 1e-5;
    for (int k = 0; k < 3; k++) {
        if (kernel_choose(kernels[k])) {
            err_clear();
            continue;
        }
        for (uint64_t seed = 1;; seed++) {
            struct fixture t;
            fixture_random(&t, s, 50, (double[3]){length, 1.05 * length, 1.11 * length}, closest, seed);
            if (!clear_of_cutoff(&t, pot, 2.1 * fmax(h, e * length))) {
                fixture_destroy(&t);
                continue;
            }
            check_forces(&t, pot, h);
            check_virial(&t, pot, e, 1);
            for (int a = 0; a < 3; a++) t.frame.box.periodic[a] = false;
            check_virial(&t, pot, e, 0);
            fixture_destroy(&t);
            break;
        }
    }
    must(kernel_choose("auto"));
    print_message("# %s\n", what);
}

static void lj(void **state) {
    (void)state;
    struct species one = fixture_species("A", true), two = fixture_species("A B", true);
    static const char *const names[] = {"lj, no shift", "lj, energy", "lj, force"};
    for (int shift = 0; shift < 3; shift++) {
        struct pot *pot = fixture_lj(&one, 1, 1, 2.5, (enum pot_lj_shift)shift);
        check(names[shift], &one, pot, 4, 0.85);
        pot_destroy(&pot);
    }
    struct pot *pot = fixture_ka(&two);
    check("Kob-Andersen", &two, pot, 3.9, 0.78);
    pot_destroy(&pot);
}

static void eam(void **state) {
    (void)state;
    const struct {
        const char *file, *species;
        double length, closest;
    } row[] = {{NULL, "Cu", 8.7, 2.1},
               {NULL, "Pt Cu Ni", 8.9, 2.1},
               {"Cu_u3.eam", "Cu", 8.7, 2.1},
               {"CuNi.eam.alloy", "Ni Cu", 8.7, 2.1},
               {"NiAlH_jea.eam.fs", "Al H Ni", 9, 1.8},
               {"CuZr_mm.eam.fs", "Zr Cu", 9.9, 2.2}};
    for (int k = 0; k < 6; k++)
        for (int how = 0; how < 3; how++) {
            struct pot_eam_options options = {
                .table_rows = 2000, .exact = how == 1, .slopes = how == 2 ? POT_EAM_RECOMPUTE : POT_EAM_KEEP};
            struct species s = fixture_species(row[k].species, false);
            char path[256], what[300];
            struct pot *pot;
            snprintf(path, sizeof path, LAMMPS_POTENTIALS "%s", row[k].file ? row[k].file : "");
            if (row[k].file && !fixture_have(path)) continue;
            pot = row[k].file ? fixture_eam(&s, path, options) : fixture_zhou(&s, 9, options);
            snprintf(what, sizeof what, "%s %s%s", row[k].file ? row[k].file : "zhou", row[k].species,
                     how == 1   ? ", own functions"
                     : how == 2 ? ", slopes computed again"
                                : "");
            check(what, &s, pot, row[k].length, row[k].closest);
            pot_destroy(&pot);
        }
    assert_int_equal(mem_blocks(), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(lj), cmocka_unit_test(eam)};
    struct comm comm;
    if (comm_init(NULL, NULL, &comm)) return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_finalize();
    return failed;
}
