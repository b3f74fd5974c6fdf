/* The virial of each atom: its sum, what a strained crystal must have, and that asking for it moves nothing.
 */
#include "md_fixture.h"

static const double fcc[4][3] = {{0, 0, 0}, {0, .5, .5}, {.5, 0, .5}, {.5, .5, 0}};

static struct pot *table(const struct species *s, const char *file) {
    char path[256];
    snprintf(path, sizeof path, LAMMPS_POTENTIALS "%s", file);
    return fixture_have(path) ? fixture_eam(s, path, (struct pot_eam_options){.table_rows = 2000}) : NULL;
}

/* Shares add up to the virial of the fast loops; each atom's mirror image in no other atom: pairs are shared
 * evenly, so a pair of atoms alone has equal halves. */
static void sums(void **state) {
    (void)state;
    const struct {
        const char *species, *file;
        double length, closest;
    } row[] = {{"A B", NULL, 5.5, 0.8},
               {"Cu Zr", "CuZr_mm.eam.fs", 12, 2.1},
               {"H Ni Al", "NiAlH_jea.eam.fs", 12, 1.8}}; /* densities that differ by species */
    for (size_t k = 0; k < sizeof row / sizeof *row; k++) {
        struct species s = fixture_species(row[k].species, !row[k].file);
        struct pot *pot = row[k].file ? table(&s, row[k].file) : fixture_ka(&s);
        struct fixture t;
        struct pot_result r;
        double(*stress)[6] = NULL, (*f)[4] = NULL, all[6] = {0}, size = 0, most = 0;
        if (!pot) continue;
        fixture_random(&t, &s, 80, (double[3]){row[k].length, row[k].length, 1.1 * row[k].length},
                       row[k].closest, 11);
        fixture_energy(&t, pot);
        must(MEM_NEW(stress, t.frame.n));
        must(MEM_NEW(f, t.frame.n));
        memcpy(f, t.frame.f, (size_t)t.frame.n * sizeof *f);
        must(pot_compute_stress(pot, &t.frame, t.halo, &t.list, stress, &r));
        for (int i = 0; i < t.frame.n; i++)
            for (int c = 0; c < 6; c++) {
                all[c] += stress[i][c];
                size += fabs(stress[i][c]);
                if (c < 3) most = fmax(most, fabs(f[i][c]));
                if (c < 3) assert_double_equal(t.frame.f[i][c], f[i][c], 1e-11 * (1 + most));
            }
        for (int c = 0; c < 6; c++) assert_double_equal(all[c], t.result.virial[c], 1e-12 * size);
        mem_free(&stress);
        mem_free(&f);
        pot_destroy(&pot);
        fixture_destroy(&t);
    }
    assert_int_equal(mem_blocks(), 0);
}

/* Energy per atom of fcc Cu with edges a (1 + e); the stress (eV/A^3, xx yy zz) of each atom when asked for.
 */
static double strained(struct pot *pot, const struct species *s, double a, const double e[3],
                       double *stress) {
    struct fixture t;
    struct pot_result r;
    double cell[3] = {a * (1 + e[0]), a * (1 + e[1]), a * (1 + e[2])}, (*w)[6] = NULL;
    fixture_crystal(&t, s, cell, (int[3]){3, 4, 5}, 4, fcc, NULL);
    double E = fixture_energy(&t, pot) / t.frame.n, volume = box_volume(&t.frame.box) / t.frame.n;
    must(MEM_NEW(w, t.frame.n));
    must(pot_compute_stress(pot, &t.frame, t.halo, &t.list, w, &r));
    for (int i = 0; i < t.frame.n && stress; i++)
        for (int c = 0; c < 6; c++) {
            assert_double_equal(w[i][c], c < 3 ? w[0][c] : 0, 1e-11); /* uniform, no shear */
            if (c < 3) stress[c] = -w[0][c] / volume;
        }
    mem_free(&w);
    fixture_destroy(&t);
    return E;
}

/* fcc Cu under a known strain: each atom's stress is the derivative of the energy, and its change with strain
 * the elastic constants. */
static void crystal(void **state) {
    (void)state;
    struct species s = fixture_species("Cu", false);
    struct pot *pot = fixture_zhou(&s, 9, (struct pot_eam_options){.table_rows = 2000});
    const double a = 3.614960, e[3] = {0.012, -0.004, 0.007}, h = 1e-4; /* zero-pressure lattice constant */
    double stress[3], up[3], down[3];
    strained(pot, &s, a, e, stress);
    double volume = a * a * a / 4 * (1 + e[0]) * (1 + e[1]) * (1 + e[2]);
    for (int c = 0; c < 3; c++) {
        double more[3] = {e[0], e[1], e[2]}, less[3] = {e[0], e[1], e[2]};
        more[c] += h;
        less[c] -= h;
        /* d/d(ln edge) = (1 + e) d/de */
        double slope =
            (strained(pot, &s, a, more, NULL) - strained(pot, &s, a, less, NULL)) / (2 * h) * (1 + e[c]);
        print_message("# axis %c: %.6f GPa, finite difference %.6f\n", "xyz"[c], stress[c] * UNIT_GPA,
                      slope / volume * UNIT_GPA);
        assert_double_equal(stress[c], slope / volume, 2e-6); /* tables: 1e-6 of forces; h^2 */
    }
    strained(pot, &s, a, (double[3]){h, 0, 0}, up);
    strained(pot, &s, a, (double[3]){-h, 0, 0}, down);
    /* C11 169.6, C12 122.1 GPa of these functions at this cutoff: from energies, by a separate program */
    assert_double_equal((up[0] - down[0]) / (2 * h) * UNIT_GPA, 169.6, 0.5);
    assert_double_equal((up[1] - down[1]) / (2 * h) * UNIT_GPA, 122.1, 0.5);
    pot_destroy(&pot);
    assert_int_equal(mem_blocks(), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(sums), cmocka_unit_test(crystal)};
    struct comm comm;
    if (comm_init(NULL, NULL, &comm)) return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_finalize();
    return failed;
}
