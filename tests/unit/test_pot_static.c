/* Energies and virials of crystals and of one published configuration against known numbers. */
#include "md_fixture.h"

static const double fcc[4][3] = {{0, 0, 0}, {0, .5, .5}, {.5, 0, .5}, {.5, .5, 0}};

/* Origin: lattice sums by a separate program (60-digit shells); E_pair and Press of LAMMPS' melt benchmark at
 * step 0 are -6.7733681 and -5.0197073 (T 1.44). */
static void lj_fcc(void **state) {
    (void)state;
    struct species s = fixture_species("A", true);
    const struct {
        double rho, cutoff, E;
        enum pot_lj_shift shift;
    } row[] = {{0.8442, 2.5, -6.7733680533, POT_LJ_NONE},
               {0.8442, 2.5, -6.3328119926, POT_LJ_ENERGY},
               {0.8442, 3.0, -6.9361630975, POT_LJ_NONE},
               {1.0, 2.5, -7.7615881398, POT_LJ_NONE},
               {0.96, 4.0, -8.0382243088, POT_LJ_NONE}};
    for (size_t k = 0; k < sizeof row / sizeof *row; k++) {
        struct pot *pot = fixture_lj(&s, 1, 1, row[k].cutoff, row[k].shift);
        double a = cbrt(4 / row[k].rho), cell[3] = {a, a, a};
        struct fixture t;
        fixture_crystal(&t, &s, cell, (int[3]){3, 4, 5}, 4, fcc, NULL);
        double E = fixture_energy(&t, pot), *W = t.result.virial;
        assert_double_equal(E / t.frame.n, row[k].E, 1e-9);
        if (k == 0) {
            double P = (W[0] + W[1] + W[2]) / (3 * box_volume(&t.frame.box));
            assert_double_equal(P, -6.2353172701, 1e-8);
            assert_double_equal(P + 0.8442 * 1.44 * (1 - 1.0 / 32000), -5.0197073,
                                1e-6); /* 3N-3 as LAMMPS counts */
        }
        fixture_destroy(&t);
        pot_destroy(&pot);
    }
    assert_int_equal(mem_blocks(), 0);
}

/* Origin: NIST Standard Reference Simulation Website, LJ configuration 4 (30 atoms, L = 8): U and W at
 * cutoffs 3 and 4, full digits for U(3) from its repository; linear-force-shifted U -15.001, W -43.096. */
static void lj_nist(void **state) {
    (void)state;
    struct species s = fixture_species("A", true);
    const struct {
        double cutoff, U, W, tolerance;
        enum pot_lj_shift shift;
    } row[] = {{3, -16.790321304625856, -46.24919674630891, 1e-12, POT_LJ_NONE},
               {4, -17.06045322027088, -47.86882819107236, 1e-12, POT_LJ_NONE},
               {3, -15.001, -43.096, 5e-4, POT_LJ_FORCE}};
    for (size_t k = 0; k < sizeof row / sizeof *row; k++) {
        struct pot *pot = fixture_lj(&s, 1, 1, row[k].cutoff, row[k].shift);
        struct fixture t;
        fixture_init(&t, &s, (double[3]){8, 8, 8}, true);
        FILE *f = fopen("tests/data/nist_lj_config4.txt", "r");
        assert_non_null(f);
        double x[3];
        int n, id;
        assert_int_equal(fscanf(f, "%d %*[^\n]", &n), 1);
        while (fscanf(f, "%d %lf %lf %lf", &id, &x[0], &x[1], &x[2]) == 4)
            fixture_add(&t, x[0], x[1], x[2], 0);
        fclose(f);
        assert_int_equal(t.frame.n, 30);
        double U = fixture_energy(&t, pot), *W = t.result.virial;
        assert_double_equal(U, row[k].U, row[k].tolerance * fabs(U));
        assert_double_equal(W[0] + W[1] + W[2], row[k].W, row[k].tolerance * 50);
        fixture_destroy(&t);
        pot_destroy(&pot);
    }
}

/* Origin: formulas of zhou2004 evaluated by a separate program (Python, double precision). */
static void zhou_pairs(void **state) {
    (void)state;
    struct species s = fixture_species("Cu Zr Pt Ni", false);
    struct eam_model m;
    must(eam_model_from_zhou(&s, 9, &m));
    const struct {
        int a, b; /* b < 0: density of a */
        double at[3];
    } row[] = {{0, 0, {-0.1288412004, -0.1665221479, -0.0466651775}},
               {1, 1, {1.0243236660, -0.1263350881, -0.1546301460}},
               {0, 1, {-0.0835368939, -0.3529599498, -0.1398836312}},
               {2, 2, {0.1076960432, -0.1997289093, -0.1239423382}},
               {2, 3, {-0.1477240825, -0.2352438400, -0.0873127495}},
               {0, -1, {1.7098123600, 0.7323368264, 0.1324705027}},
               {1, -1, {6.0554392610, 2.9673997916, 0.7125853360}},
               {2, -1, {3.3886111953, 1.7105630846, 0.4357307449}}};
    for (size_t k = 0; k < sizeof row / sizeof *row; k++)
        for (int r = 0; r < 3; r++) {
            const double at[3] = {2.5, 3, 4};
            double v, d;
            if (row[k].b < 0) eam_model_density(&m, 0, row[k].a, at[r], &v, &d);
            else eam_model_pair(&m, row[k].a, row[k].b, at[r], &v, &d);
            assert_double_equal(v, row[k].at[r], 1e-10);
        }
    eam_model_destroy(&m);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(lj_fcc), cmocka_unit_test(lj_nist),
                                       cmocka_unit_test(zhou_pairs)};
    struct comm comm;
    if (comm_init(NULL, NULL, &comm)) return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_finalize();
    return failed;
}
