/* F = -dE/dx and W = -dE/dstrain by central differences with one Richardson step, for every potential and
 * every kernel that runs here. Bound: 1e-7 of the rms force, of the largest virial component. Pairs within
 * the step of a cutoff where the energy jumps are avoided by the choice of the configuration. */
#include "derivative.h"

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
