/* Every instruction set against the plain kernel, fast tables against the potentials' own functions, lists
 * against all pairs. Norm: largest |dF| over rms |F|. */
#include "md_fixture.h"

struct answer {
    int n;
    double (*f)[4], energy, virial[6];
};

static struct answer ask(struct fixture *t, struct pot *pot, const char *kernel, double inner, int want) {
    must(kernel_choose(kernel));
    fixture_lists(t, pot, 0.8, inner);
    fixture_forces(t, pot, want);
    struct answer a = {.n = t->frame.n, .energy = t->result.energy};
    assert_int_equal(t->result.bad_atom, 0);
    must(MEM_NEW(a.f, a.n + 1));
    for (int i = 0; i < a.n; i++) memcpy(a.f[i], t->frame.f[i], sizeof a.f[i]);
    memcpy(a.virial, t->result.virial, sizeof a.virial);
    return a;
}

static const int wants[] = {
    POT_FORCES, POT_ENERGY, POT_DIAGONAL, POT_ENERGY | POT_DIAGONAL, POT_VIRIAL, POT_ENERGY | POT_VIRIAL};
#define WANTS 6

static double rms(const struct answer *a) {
    double sum = 0;
    for (int i = 0; i < a->n; i++)
        for (int c = 0; c < 3; c++) sum += a->f[i][c] * a->f[i][c];
    return a->n ? sqrt(sum / a->n) : 1;
}

/* Largest force difference over rms force; energies and virials must agree as well when asked for. */
static double compare(const struct answer *a, const struct answer *b, int want, double tolerance) {
    double most = 0, scale = rms(a), W = 1;
    assert_int_equal(a->n, b->n);
    for (int i = 0; i < a->n; i++) {
        for (int c = 0; c < 3; c++) most = fmax(most, fabs(a->f[i][c] - b->f[i][c]));
        if (want & POT_ENERGY)
            assert_double_equal(a->f[i][3], b->f[i][3], tolerance * (10 + fabs(a->f[i][3])));
    }
    for (int c = 0; c < 6; c++) W += fabs(a->virial[c]);
    if (want & POT_ENERGY)
        assert_double_equal(a->energy, b->energy, tolerance * (10 * a->n + fabs(a->energy)));
    int components = (want & POT_VIRIAL) == POT_VIRIAL ? 6 : want & POT_DIAGONAL ? 3 : 0;
    for (int c = 0; c < components; c++) assert_double_equal(a->virial[c], b->virial[c], tolerance * W);
    return scale > 0 ? most / scale : most;
}

static int can(const char *kernel) {
    int e = kernel_choose(kernel);
    err_clear();
    if (e) print_message("# SKIP kernel %s does not run on this processor\n", kernel);
    return !e;
}

/* All kernels, single and dual lists, all combinations of what is wanted, against plain with everything. */
static void all_kernels(struct fixture *t, struct pot *pot) {
    static const char *const kernels[] = {"plain", "avx2", "avx512"};
    for (double inner = 0; inner < 0.5; inner += 0.3) {
        struct answer oracle = ask(t, pot, "plain", 0, POT_ENERGY | POT_VIRIAL);
        for (int k = 0; k < 3; k++) {
            if (!can(kernels[k])) continue;
            struct answer all = ask(t, pot, kernels[k], inner, POT_ENERGY | POT_VIRIAL);
            for (int w = 0; w < WANTS; w++) {
                const int want = wants[w];
                struct answer a = ask(t, pot, kernels[k], inner, want);
                /* asking for energies or virials changes no bit of the forces */
                for (int i = 0; i < a.n; i++) assert_memory_equal(a.f[i], all.f[i], 3 * sizeof(double));
                double d = compare(&oracle, &a, want, 1e-12);
                if (!(d < 1e-12))
                    fail_msg("kernel %s, want %d, inner %g: forces off by %g", kernels[k], want, inner, d);
                mem_free(&a.f);
            }
            mem_free(&all.f);
        }
        mem_free(&oracle.f);
    }
    must(kernel_choose("auto"));
}

static const struct pot_eam_options fast = {.table_rows = 2000}, exact = {.table_rows = 2000, .exact = 1},
                                    thrifty = {.table_rows = 2000, .slopes = POT_EAM_RECOMPUTE},
                                    light = {.table_rows = 2000, .slopes = POT_EAM_SINGLE},
                                    single_pairs = {.table_rows = 2000, .mixed = 1};

/* Slopes in single precision: forces to 1e-7, energies as ever. */
static void all_singles(struct fixture *t, struct pot *pot, struct pot *single) {
    static const char *const kernels[] = {"plain", "avx2", "avx512"};
    struct answer oracle = ask(t, pot, "plain", 0, POT_ENERGY | POT_VIRIAL);
    for (int k = 0; k < 3; k++)
        for (int w = 0; w < WANTS && can(kernels[k]); w++) {
            const int want = wants[w];
            struct answer a = ask(t, single, kernels[k], 0.3, want);
            double d = compare(&oracle, &a, want, 1e-7);
            if (!(d < 1e-7 && d > 1e-13))
                fail_msg("kernel %s, want %d: forces off by %g", kernels[k], want, d);
            mem_free(&a.f);
        }
    mem_free(&oracle.f);
    must(kernel_choose("auto"));
}

/* Mixed precision: forces to what single rows and distances give (1e-5 covers a few hundred roundings of 6e-8
 * of terms that partly cancel), energies and virials those of double precision to the bit, and forces the
 * same whatever is asked for. */
static void all_mixed(struct fixture *t, struct pot *pot, struct pot *mixed) {
    for (int k = 0; k < 2 && can(k ? "avx512" : "avx2"); k++) {
        const char *kernel = k ? "avx512" : "avx2";
        struct answer oracle = ask(t, pot, kernel, 0.3, POT_ENERGY | POT_VIRIAL),
                      all = ask(t, mixed, kernel, 0.3, POT_ENERGY | POT_VIRIAL);
        for (int w = 0; w < WANTS; w++) {
            const int want = wants[w];
            struct answer a = ask(t, mixed, kernel, 0.3, want);
            for (int i = 0; i < a.n; i++) assert_memory_equal(a.f[i], all.f[i], 3 * sizeof(double));
            double d = compare(&oracle, &a, want, 1e-13);
            if (!(d < 1e-5 && d > 1e-9)) fail_msg("mixed, want %d: forces off by %g", want, d);
            mem_free(&a.f);
        }
        mem_free(&all.f);
        mem_free(&oracle.f);
    }
    must(kernel_choose("auto"));
}

static void kernels_lj(void **state) {
    (void)state;
    struct species one = fixture_species("A", true), two = fixture_species("A B", true);
    /* odd sizes, one atom, none */
    const int sizes[] = {0, 1, 2, 7, 61, 333};
    for (int k = 0; k < 6; k++)
        for (int shift = 0; shift < 3; shift++) {
            struct pot *pot = fixture_lj(&one, 1.1, 0.97, 2.5, (enum pot_lj_shift)shift);
            struct fixture t;
            fixture_random(&t, &one, sizes[k], (double[3]){7.3, 6.1, 9.7}, 0.8, 7);
            all_kernels(&t, pot);
            fixture_destroy(&t);
            pot_destroy(&pot);
        }
    struct pot *pot = fixture_ka(&two);
    struct fixture t;
    fixture_random(&t, &two, 401, (double[3]){7.3, 7.1, 8.7}, 0.75, 8);
    all_kernels(&t, pot);
    fixture_destroy(&t);
    pot_destroy(&pot);
    assert_int_equal(mem_blocks(), 0);
}

/* Atoms on corners of cells and faces of the box, and a cutoff that coincides with shells of the crystal:
 * which pairs are inside must not depend on the kernel. */
static void kernels_coincident(void **state) {
    (void)state;
    struct species one = fixture_species("A", true), s = fixture_species("Cu Zr", false);
    const double sc[1][3] = {{0, 0, 0}}, cell[3] = {1.25, 1.25, 1.25};
    struct fixture t;
    for (int shift = 0; shift < 3; shift++) {
        struct pot *pot = fixture_lj(&one, 1, 1, 2.5, (enum pot_lj_shift)shift);
        fixture_crystal(&t, &one, cell, (int[3]){6, 5, 7}, 1, sc, NULL);
        /* one atom off its site, so that forces are not all zero */
        t.frame.x[17][0] += 0.0625;
        all_kernels(&t, pot);
        fixture_destroy(&t);
        pot_destroy(&pot);
    }
    const double b2[2][3] = {{0, 0, 0}, {.5, .5, .5}}, edge[3] = {3, 3, 3};
    struct pot *pot =
        fixture_zhou(&s, 9, fast); /* third multiple of the cell edge, where the functions jump */
    fixture_crystal(&t, &s, edge, (int[3]){4, 5, 4}, 2, b2, (int[]){0, 1});
    t.frame.x[11][1] += 0.125;
    all_kernels(&t, pot);
    fixture_destroy(&t);
    pot_destroy(&pot);
    assert_int_equal(mem_blocks(), 0);
}

static void kernels_zhou(void **state) {
    (void)state;
    const char *const mixtures[] = {"Cu", "Cu Zr", "Pt Cu Ni"};
    for (int k = 0; k < 3; k++) {
        struct species s = fixture_species(mixtures[k], false);
        struct fixture t;
        fixture_random(&t, &s, 203, (double[3]){13.7, 16.1, 14.9}, 1.9, 11);
        struct pot *pot = fixture_zhou(&s, 7.5, fast), *lean = fixture_zhou(&s, 7.5, thrifty);
        struct pot *single = fixture_zhou(&s, 7.5, light), *mixed = fixture_zhou(&s, 7.5, single_pairs);
        all_kernels(&t, pot);
        all_kernels(&t, lean);
        all_singles(&t, pot, single);
        all_mixed(&t, pot, mixed);
        struct answer a = ask(&t, pot, "plain", 0, POT_ENERGY | POT_VIRIAL),
                      b = ask(&t, lean, "auto", 0, POT_ENERGY | POT_VIRIAL);
        assert_true(compare(&a, &b, POT_ENERGY | POT_VIRIAL, 1e-12) < 1e-12);
        mem_free(&a.f);
        mem_free(&b.f);
        fixture_destroy(&t);
        pot_destroy(&pot);
        pot_destroy(&lean);
        pot_destroy(&single);
        pot_destroy(&mixed);
    }
    assert_int_equal(mem_blocks(), 0);
}

/* Files: kernels against plain; tables against the file's own spline (bounds: what the speed goals promise).
 */
static void kernels_files(void **state) {
    (void)state;
    const struct {
        const char *file, *species;
        double length, closest, table_error;
    } row[] = {{"Cu_u3.eam", "Cu", 13.4, 2.0, 1e-5},
               {"CuNi.eam.alloy", "Ni Cu", 13.1, 2.0, 1e-4},
               {"NiAlH_jea.eam.fs", "Al H Ni", 13.9, 1.8, 1e-4},
               {"CuZr_mm.eam.fs", "Zr Cu", 15.6, 2.1, 1e-4}};
    for (int k = 0; k < 4; k++) {
        char path[256];
        snprintf(path, sizeof path, LAMMPS_POTENTIALS "%s", row[k].file);
        if (!fixture_have(path)) continue;
        struct species s = fixture_species(row[k].species, false);
        struct fixture t;
        fixture_random(&t, &s, 179, (double[3]){row[k].length, row[k].length + 0.3, row[k].length - 0.4},
                       row[k].closest, (uint64_t)k);
        struct pot *pot = fixture_eam(&s, path, fast), *own = fixture_eam(&s, path, exact);
        struct pot *mixed = fixture_eam(&s, path, single_pairs);
        all_kernels(&t, pot);
        all_mixed(&t, pot, mixed);
        pot_destroy(&mixed);
        struct answer a = ask(&t, own, "auto", 0, POT_ENERGY | POT_VIRIAL),
                      b = ask(&t, pot, "auto", 0, POT_ENERGY | POT_VIRIAL);
        double d = 0;
        for (int i = 0; i < a.n; i++)
            for (int c = 0; c < 3; c++) d += (a.f[i][c] - b.f[i][c]) * (a.f[i][c] - b.f[i][c]);
        d = sqrt(d / a.n) / rms(&a);
        print_message("# %s: tables of 2000 rows off by %.2e of the rms force\n", row[k].file, d);
        assert_true(d < row[k].table_error);
        mem_free(&a.f);
        mem_free(&b.f);
        fixture_destroy(&t);
        pot_destroy(&pot);
        pot_destroy(&own);
    }
    assert_int_equal(mem_blocks(), 0);
}

/* Lists of every kernel against all pairs; dual lists hold what single ones with the inner skin hold. */
static void lists(void **state) {
    (void)state;
    static const char *const kernels[] = {"plain", "avx2", "avx512"};
    struct species s = fixture_species("A B", true);
    struct pot *pot = fixture_ka(&s);
    struct fixture t;
    fixture_random(&t, &s, 317, (double[3]){8.3, 4.1, 9.7}, 0.7, 3);
    for (int k = 0; k < 6; k++) {
        if (!can(kernels[k / 2])) continue;
        double margin = k % 2 ? 0.2 : 0.5;
        must(kernel_choose(kernels[k / 2]));
        fixture_lists(&t, pot, 0.5, k % 2 ? 0.2 : 0);
        const struct list_zone *z = &t.list.near_zone;
        for (int i = 0; i < t.frame.n; i++) {
            int64_t e = z->start[i];
            for (int b = 0; b < 2; b++) {
                double range = pot_cutoff(pot, t.frame.type[i], b) + margin;
                int due = 0, seen = 0;
                for (int j = 0; j < t.list.pad; j++) {
                    double r2 = 0;
                    for (int c = 0; c < 3; c++)
                        r2 += (t.frame.x[j][c] - t.frame.x[i][c]) * (t.frame.x[j][c] - t.frame.x[i][c]);
                    due += j != i && t.frame.type[j] == b && r2 < range * range;
                }
                for (int m = 0; m < LIST_BLOCK * z->blocks[2 * i + b]; m++, e++) {
                    int j = z->j[e];
                    if (j == t.list.pad) continue;
                    assert_int_equal(t.frame.type[j], b);
                    double r2 = 0;
                    for (int c = 0; c < 3; c++)
                        r2 += (t.frame.x[j][c] - t.frame.x[i][c]) * (t.frame.x[j][c] - t.frame.x[i][c]);
                    seen += r2 < range * range;
                    for (int64_t q = z->start[i]; q < e; q++) assert_int_not_equal(z->j[q], j);
                }
                assert_int_equal(seen, due);
            }
        }
    }
    must(kernel_choose("auto"));
    fixture_destroy(&t);
    pot_destroy(&pot);
    assert_int_equal(mem_blocks(), 0);
}

/* Atoms too close, densities beyond the table: named, and forces finite. */
static void complaints(void **state) {
    (void)state;
    static const char *const kernels[] = {"plain", "avx2", "avx512"};
    struct species one = fixture_species("A", true), cu = fixture_species("Cu", false);
    for (int k = 0; k < 3; k++) {
        if (!can(kernels[k])) continue;
        for (int what = 0; what < 2; what++) {
            struct pot *pot = what ? fixture_zhou(&cu, 9, fast) : fixture_lj(&one, 1, 1, 2.5, POT_LJ_ENERGY);
            struct fixture t;
            fixture_init(&t, what ? &cu : &one, (double[3]){20, 20, 20}, true);
            for (int i = 0; i < 9; i++) fixture_add(&t, 2 * i, 1, 1, 0);
            fixture_add(&t, 4.2, 1, 1, 0); /* id 10, at 0.2 from id 3 */
            must(kernel_choose(kernels[k]));
            fixture_lists(&t, pot, 0.3, 0);
            fixture_forces(&t, pot, POT_ENERGY);
            assert_true(t.result.bad_atom == 3 || t.result.bad_atom == 10);
            assert_non_null(strstr(t.result.bad_why, "closer than"));
            for (int i = 0; i < t.frame.n; i++)
                for (int c = 0; c < 4; c++) assert_true(isfinite(t.frame.f[i][c]));
            fixture_destroy(&t);
            pot_destroy(&pot);
        }
    }
    must(kernel_choose("auto"));
    if (fixture_have(LAMMPS_POTENTIALS "Cu_u3.eam")) {
        struct pot *pot = fixture_eam(&cu, LAMMPS_POTENTIALS "Cu_u3.eam", fast);
        const double fcc[4][3] = {{0, 0, 0}, {0, .5, .5}, {.5, 0, .5}, {.5, .5, 0}}, cell[3] = {2, 2, 2};
        struct fixture t;
        fixture_crystal(&t, &cu, cell, (int[3]){3, 3, 3}, 4, fcc, NULL);
        fixture_energy(&t, pot);
        assert_true(t.result.bad_atom > 0);
        assert_non_null(strstr(t.result.bad_why, "density"));
        fixture_destroy(&t);
        pot_destroy(&pot);
    }
    assert_int_equal(kernel_choose("sse"), ERR_USAGE);
    assert_string_equal(err_message(), "--simd sse: choose auto, avx512, avx2 or plain");
    err_clear();
}

/* Above 100,000 atoms Lennard-Jones asks for rows ahead. */
static void many_atoms(void **state) {
    (void)state;
    struct species s = fixture_species("A", true);
    const double b4[4][3] = {{0, 0, 0}, {0, .5, .5}, {.5, 0, .5}, {.5, .5, 0}}, edge[3] = {1.7, 1.7, 1.7};
    struct fixture t;
    struct pot *pot = fixture_lj(&s, 1, 1, 2.5, POT_LJ_NONE);
    fixture_crystal(&t, &s, edge, (int[3]){30, 30, 29}, 4, b4, NULL);
    assert_true(t.frame.n > 100000);
    for (int i = 0; i < t.frame.n; i++) {
        double u[2];
        rng_uniform(7, RNG_TEST, (uint64_t)i, 0, u);
        for (int a = 0; a < 2; a++) t.frame.x[i][a] += 0.1 * u[a];
    }
    struct answer oracle = ask(&t, pot, "plain", 0, POT_FORCES);
    for (int k = 0; k < 2 && can(k ? "avx512" : "avx2"); k++) {
        struct answer a = ask(&t, pot, k ? "avx512" : "avx2", 0, POT_FORCES);
        assert_true(compare(&oracle, &a, POT_FORCES, 1e-12) < 1e-12);
        mem_free(&a.f);
    }
    mem_free(&oracle.f);
    must(kernel_choose("auto"));
    fixture_destroy(&t);
    pot_destroy(&pot);
    assert_int_equal(mem_blocks(), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(kernels_lj),   cmocka_unit_test(kernels_coincident),
                                       cmocka_unit_test(kernels_zhou), cmocka_unit_test(kernels_files),
                                       cmocka_unit_test(lists),        cmocka_unit_test(complaints),
                                       cmocka_unit_test(many_atoms)};
    struct comm comm;
    if (comm_init(NULL, NULL, &comm)) return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_finalize();
    return failed;
}
