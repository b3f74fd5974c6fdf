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

/* --- crystals at zero pressure */

struct crystal {
    struct species species;
    int n, types[32];
    double basis[32][3], cell[3];
};

/* Energy per atom and pressures (eV/A^3) of the crystal with its cell stretched by 1 + e[a]. */
static double crystal_energy(const struct crystal *c, struct pot *pot, const double e[3], double P[3]) {
    struct fixture t;
    double cell[3];
    for (int a = 0; a < 3; a++) cell[a] = c->cell[a] * (1 + e[a]);
    fixture_crystal(&t, &c->species, cell, (int[3]){1, 1, 1}, c->n, (const double(*)[3])c->basis, c->types);
    double E = fixture_energy(&t, pot) / c->n;
    for (int a = 0; a < 3; a++) P[a] = t.result.virial[a] / box_volume(&t.frame.box);
    fixture_destroy(&t);
    return E;
}

/* Cell of zero pressure: Newton on (P_xx = P_yy, P_zz), or on P alone for cubic crystals. Returns E per atom.
 */
static double crystal_relax(struct crystal *c, struct pot *pot, int cubic) {
    const double h = 1e-5, none[3] = {0, 0, 0};
    double E = 0;
    for (int turn = 0; turn < 12; turn++) {
        double P[3], up[3], down[3], J[2][2], d[2];
        E = crystal_energy(c, pot, none, P);
        double r[2] = {cubic ? (P[0] + P[1] + P[2]) / 3 : (P[0] + P[1]) / 2, P[2]};
        for (int k = 0; k < 2; k++) {
            double e[3] = {k == 0 ? h : 0, k == 0 ? h : 0, k == 1 || cubic ? h : 0},
                   m[3] = {-e[0], -e[1], -e[2]};
            crystal_energy(c, pot, e, up);
            crystal_energy(c, pot, m, down);
            J[0][k] = ((up[0] + up[1]) - (down[0] + down[1])) / (4 * h);
            J[1][k] = (up[2] - down[2]) / (2 * h);
        }
        if (cubic) {
            d[0] = d[1] = -r[0] / J[0][0];
        } else {
            double det = J[0][0] * J[1][1] - J[0][1] * J[1][0];
            d[0] = -(J[1][1] * r[0] - J[0][1] * r[1]) / det;
            d[1] = -(J[0][0] * r[1] - J[1][0] * r[0]) / det;
        }
        for (int a = 0; a < 3; a++) c->cell[a] *= 1 + fmax(-0.02, fmin(0.02, d[a == 2]));
        if (fabs(d[0]) + fabs(d[1]) < 1e-10) break;
    }
    return E;
}

static struct crystal crystal(const char *species, const char *kind, double a) {
    static const double f[4][3] = {{0, 0, 0}, {0, .5, .5}, {.5, 0, .5}, {.5, .5, 0}};
    struct crystal c = {.species = fixture_species(species, false), .cell = {a, a, a}};
    if (!strcmp(kind, "fcc")) {
        c.n = 4;
        memcpy(c.basis, f, sizeof f);
    } else if (!strcmp(kind, "fcc rotated")) { /* axes [110], [-110], [001] */
        c.n = 2;
        c.basis[1][0] = c.basis[1][1] = c.basis[1][2] = 0.5;
        c.cell[0] = c.cell[1] = a / sqrt(2);
    } else if (!strcmp(kind, "bcc") || !strcmp(kind, "b2")) {
        c.n = 2;
        c.basis[1][0] = c.basis[1][1] = c.basis[1][2] = 0.5;
        c.types[1] = !strcmp(kind, "b2");
    } else if (!strcmp(kind, "hcp")) {
        static const double h[4][3] = {{0, 0, 0}, {.5, .5, 0}, {.5, 5. / 6, .5}, {0, 1. / 3, .5}};
        c.n = 4;
        memcpy(c.basis, h, sizeof h);
        c.cell[1] = a * sqrt(3);
        c.cell[2] = a * 1.62;
    } else { /* C15: type 0 on the tetrahedra, type 1 on the diamond sites */
        static const double tetrahedron[4][3] = {{5, 5, 5}, {5, 7, 7}, {7, 5, 7}, {7, 7, 5}};
        for (int k = 0; k < 6; k++)
            for (int m = 0; m < 4; m++, c.n++)
                for (int x = 0; x < 3; x++) {
                    double at = (k < 2 ? 2.0 * k : tetrahedron[k - 2][x]) / 8 + f[m][x];
                    c.basis[c.n][x] = at - floor(at);
                    c.types[c.n] = k < 2;
                }
    }
    return c;
}

#define GPA 160.2176634

/* Origin: the formulas and parameters of zhou2004 at a cutoff of 9 A, lattice sums by a separate Python
 * program: a, E, B, C11, C12, C44 (GPa; digits as listed there). */
static void zhou_fcc(void **state) {
    (void)state;
    const struct {
        const char *name;
        double a, E, B, C11, C12, C44;
    } row[] = {{"Cu", 3.614960, -3.539995, 138.0, 169.6, 122.1, 75.7},
               {"Ag", 4.089643, -2.850000, 104.0, 124.4, 93.8, 46.2},
               {"Au", 4.080053, -3.930005, 167.0, 186.4, 157.3, 42.1},
               {"Ni", 3.519619, -4.449997, 180.5, 246.8, 147.3, 124.9},
               {"Pd", 3.890356, -3.909996, 195.0, 233.8, 175.7, 71.2},
               {"Pt", 3.920081, -5.769997, 283.0, 347.1, 250.9, 76.5},
               {"Al", 4.050199, -3.580003, 75.9, 106.8, 60.5, 28.3}};
    const double h = 1e-4;
    for (size_t k = 0; k < sizeof row / sizeof *row; k++)
        for (int exact = 0; exact < 2; exact++) {
            struct crystal c = crystal(row[k].name, "fcc", row[k].a * 1.003);
            struct pot *pot =
                fixture_zhou(&c.species, 9, (struct pot_eam_options){.table_rows = 2000, .exact = exact});
            /* fast tables: second derivatives are piecewise linear */
            double cell = exact ? 1.1e-6 : 1e-5, energy = exact ? 1.1e-6 : 2e-6, modulus = exact ? 0.11 : 0.6;
            double E = crystal_relax(&c, pot, 1), up[3], down[3];
            assert_double_equal(c.cell[0], row[k].a, cell);
            assert_double_equal(E, row[k].E, energy);
            crystal_energy(&c, pot, (double[3]){h, 0, 0}, up);
            crystal_energy(&c, pot, (double[3]){-h, 0, 0}, down);
            double C11 = (down[0] - up[0]) / (2 * h) * GPA, C12 = (down[1] - up[1]) / (2 * h) * GPA;
            assert_double_equal(C11, row[k].C11, modulus);
            assert_double_equal(C12, row[k].C12, modulus);
            assert_double_equal((C11 + 2 * C12) / 3, row[k].B, modulus);
            struct crystal r = crystal(row[k].name, "fcc rotated", c.cell[0]);
            crystal_energy(&r, pot, (double[3]){h, -h, 0}, up);
            crystal_energy(&r, pot, (double[3]){-h, h, 0}, down);
            assert_double_equal((down[0] - up[0]) / (4 * h) * GPA, row[k].C44, modulus);
            pot_destroy(&pot);
        }
}

static void check_crystal(const char *species, const char *kind, struct pot *pot, double a, double ratio,
                          double E, double tolerance) {
    struct crystal c = crystal(species, kind, a * 1.002);
    double mine = crystal_relax(&c, pot, ratio == 0);
    assert_double_equal(c.cell[0], a, tolerance);
    if (ratio > 0) assert_double_equal(c.cell[2] / c.cell[0], ratio, tolerance);
    assert_double_equal(mine, E, tolerance);
    pot_destroy(&pot);
}

/* Origin: as zhou_fcc. Fe at a cutoff of 5.55 A. */
static void zhou_others(void **state) {
    (void)state;
    const struct pot_eam_options exact = {.table_rows = 2000, .exact = 1};
    const struct {
        const char *species, *kind;
        double a, ratio, E, cutoff;
    } row[] = {
        {"Zr", "hcp", 3.207819, 1.621824, -6.360246, 9}, {"Ti", "hcp", 2.940185, 1.623137, -4.870175, 9},
        {"Mg", "hcp", 3.199179, 1.628683, -1.550020, 9}, {"Co", "hcp", 2.511702, 1.622574, -4.410220, 9},
        {"Fe", "bcc", 2.865952, 0, -4.289998, 5.55},     {"Cu Zr", "b2", 3.190126, 0, -5.727599, 9},
        {"Pt Cu", "b2", 2.920817, 0, -4.809171, 9},      {"Pt Ni", "b2", 2.909653, 0, -5.259724, 9},
        {"Pd Ni", "b2", 2.987780, 0, -4.088065, 9},      {"Cu Ni", "b2", 2.893072, 0, -3.896260, 9}};
    for (size_t k = 0; k < sizeof row / sizeof *row; k++) {
        struct species s = fixture_species(row[k].species, false);
        struct pot *pot = fixture_zhou(&s, row[k].cutoff, exact);
        check_crystal(row[k].species, row[k].kind, pot, row[k].a, row[k].ratio, row[k].E, 2e-6);
    }
    assert_int_equal(mem_blocks(), 0);
}

/* Origin: LAMMPS 29 Sep 2021 (Debian), pair_style eam/fs, CuZr_mm.eam.fs, two minimisations to 1e-12 with fix
 * box/relax (iso 0; hcp: aniso 0 couple xy; vmax 1e-4), sites at symmetric positions; 9 digits of lx / cells
 * and pe. */
static void mendelev(void **state) {
    (void)state;
    const char *path = LAMMPS_POTENTIALS "CuZr_mm.eam.fs";
    if (!fixture_have(path)) skip();
    const struct {
        const char *species, *kind;
        double a, ratio, E;
    } row[] = {{"Cu", "fcc", 14.556340493 / 4, 0, -3.2831162320},
               {"Zr", "hcp", 16.101492391 / 5, 15.645621051 / 3 / (16.101492391 / 5), -6.4692658947},
               {"Cu Zr", "b2", 16.184644778 / 5, 0, -5.0153221025},
               {"Cu Zr", "c15", 21.320826075 / 3, 0, -4.5516281183}};
    for (int fast = 0; fast < 2; fast++)
        for (size_t k = 0; k < sizeof row / sizeof *row; k++) {
            struct species s = fixture_species(row[k].species, false);
            struct pot *pot =
                fixture_eam(&s, path, (struct pot_eam_options){.table_rows = 2000, .exact = !fast});
            check_crystal(row[k].species, row[k].kind, pot, row[k].a, row[k].ratio, row[k].E,
                          fast ? 2e-5 : 2e-7);
        }
    assert_int_equal(mem_blocks(), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(lj_fcc),      cmocka_unit_test(lj_nist),
                                       cmocka_unit_test(zhou_pairs),  cmocka_unit_test(zhou_fcc),
                                       cmocka_unit_test(zhou_others), cmocka_unit_test(mendelev)};
    struct comm comm;
    if (comm_init(NULL, NULL, &comm)) return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_finalize();
    return failed;
}
