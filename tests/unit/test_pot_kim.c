/* Models of OpenKIM: Mendelev's Cu-Zr tables against our own splines of the same table, forces and virials
 * against differences of the energy, lists of every kind, what is refused. Skipped, with the reason, where
 * KIM or its models are not installed. */
#include "derivative.h"
#include "kim_here.h"
#include "md/eam_kim.h"
#include "md/eam_write.h"

#include <unistd.h>

static const double box[3] = {12, 12.5, 13};

static struct pot *model(const char *name, const struct species *s) {
    int wrong;
    const char *absent;
    struct pot *pot = kim_here(name, s, &absent, &wrong);
    must(wrong);
    if (absent) print_message("# SKIP %s: %s\n", name, absent);
    return pot;
}

static double rms(const struct fixture *t, const double (*a)[4], const double (*b)[4]) {
    double sum = 0;
    for (int i = 0; i < t->frame.n; i++)
        for (int c = 0; c < 3; c++) {
            double d = a[i][c] - (b ? b[i][c] : 0);
            sum += d * d;
        }
    return sqrt(sum / t->frame.n);
}

/* The 2007 model is CuZr_mm.eam.fs, on the same cubic splines: LAMMPS' and ours agree to 1e-6 eV/A, and here
 * both sides keep 16 digits of them. */
static void same_table(void **state) {
    (void)state;
    struct species s = fixture_species("Zr Cu", false); /* not in the model's order */
    struct pot *kim = model(KIM_2007, &s), *own;
    if (!kim) skip();
    if (!fixture_have(LAMMPS_POTENTIALS "CuZr_mm.eam.fs")) {
        pot_destroy(&kim);
        skip();
    }
    own = fixture_eam(&s, LAMMPS_POTENTIALS "CuZr_mm.eam.fs",
                      (struct pot_eam_options){.table_rows = 2000, .exact = 1});
    struct fixture t;
    struct pot_result r;
    double(*f)[4] = NULL, (*w)[6] = NULL, (*v)[6] = NULL, W[6], most = 0, worst = 0, E;
    fixture_random(&t, &s, 100, box, 2.1, 5);
    must(MEM_NEW(f, t.frame.n));
    must(MEM_NEW(w, t.frame.n));
    must(MEM_NEW(v, t.frame.n));
    E = fixture_energy(&t, own);
    memcpy(f, t.frame.f, (size_t)t.frame.n * sizeof *f);
    memcpy(W, t.result.virial, sizeof W);
    must(pot_compute_stress(own, &t.frame, t.halo, &t.list, w, &r));
    double E_kim = fixture_energy(&t, kim), force = rms(&t, f, NULL), off = rms(&t, f, t.frame.f);
    print_message("# energy %.12g, KIM's %.12g eV; rms force %.3g, off by %.2e eV/A\n", E, E_kim, force, off);
    assert_double_equal(E, E_kim, 1e-10 * fabs(E));
    assert_true(off <= 1e-10 * force);
    for (int i = 0; i < t.frame.n; i++) assert_double_equal(f[i][3], t.frame.f[i][3], 1e-9);
    for (int c = 0; c < 6; c++) most = fmax(most, fabs(W[c]));
    for (int c = 0; c < 6; c++) assert_double_equal(W[c], t.result.virial[c], 1e-10 * most);
    must(pot_compute_stress(kim, &t.frame, t.halo, &t.list, v, &r));
    for (int i = 0; i < t.frame.n; i++)
        for (int c = 0; c < 6; c++) worst = fmax(worst, fabs(v[i][c] - w[i][c]));
    print_message("# virial up to %.4g eV; shares of atoms off by %.2e eV\n", most, worst);
    assert_true(worst <= 1e-9 * most);
    mem_free(&f);
    mem_free(&w);
    mem_free(&v);
    pot_destroy(&own);
    pot_destroy(&kim);
    fixture_destroy(&t);
    assert_int_equal(mem_blocks(), 0);
}

/* The tables taken out of a model, written as a file and read again. */
static struct pot *from_tables(const char *name, const struct species *s, int exact) {
    struct eam_file file;
    char *mistake = NULL, *text = NULL, path[] = "/tmp/test_pot_kim_XXXXXX";
    must(eam_kim_read(name, &file, &mistake));
    assert_null(mistake);
    must(eam_write_text(&file, EAM_FS, name, &text));
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    mem_free(&text);
    eam_file_destroy(&file);
    struct pot *pot = fixture_eam(s, path, (struct pot_eam_options){.table_rows = 2000, .exact = exact});
    unlink(path);
    return pot;
}

/* What is taken out of a model is what the model computes: on the same splines to rounding, for three elements
 * (Fe-Ni-Cr, Ni-Al-H), too, and for densities that depend on both (Fe-C). */
static void tables(void **state) {
    (void)state;
    static const char *const row[][2] = {{KIM_2007, "Zr Cu"}, {KIM_2009, "Cu Zr"},
                                         {KIM_2019, "Zr Cu"}, {KIM_FENICR, "Cr Fe Ni"},
                                         {KIM_FEC, "C Fe"},   {KIM_NIALH, "Al Ni H"}};
    int here = 0;
    for (int k = 0; k < 6; k++) {
        struct species s = fixture_species(row[k][1], false);
        struct pot *kim = model(row[k][0], &s);
        if (!kim) continue;
        here++;
        struct pot *own = from_tables(row[k][0], &s, 1);
        struct fixture t;
        double(*f)[4] = NULL;
        fixture_random(&t, &s, 100, box, 2.1, 8);
        must(MEM_NEW(f, t.frame.n));
        double E_kim = fixture_energy(&t, kim);
        memcpy(f, t.frame.f, (size_t)t.frame.n * sizeof *f);
        double E = fixture_energy(&t, own), force = rms(&t, f, NULL), off = rms(&t, f, t.frame.f);
        print_message("# %s: energy %.12g, from its tables %.12g eV; rms force %.3g, off by %.2e eV/A\n",
                      row[k][0], E_kim, E, force, off);
        assert_double_equal(E, E_kim, 1e-9 * fabs(E));
        assert_true(off <= 1e-9 * force);
        mem_free(&f);
        pot_destroy(&kim);
        pot_destroy(&own);
        fixture_destroy(&t);
    }
    assert_int_equal(mem_blocks(), 0);
    if (!here) skip();
}

/* Pairs, densities and angles: forces on ghosts of different kinds. */
static void derivatives(void **state) {
    (void)state;
    const struct {
        const char *model, *species;
        double length, closest;
    } row[] = {{KIM_2007, "Zr Cu", 9.9, 2.2}, {KIM_2019, "Cu Zr", 9.9, 2.2}, {KIM_SW, "Si", 10, 2.1}};
    int here = 0;
    for (int k = 0; k < 3; k++) {
        struct species s = fixture_species(row[k].species, false);
        struct pot *pot = model(row[k].model, &s);
        if (!pot) continue;
        struct fixture t;
        double length = row[k].length;
        here++;
        fixture_random(&t, &s, 50, (double[3]){length, 1.05 * length, 1.11 * length}, row[k].closest, 1);
        check_forces(&t, pot, 3e-5 * row[k].closest);
        check_virial(&t, pot, 1e-5, 1);
        for (int a = 0; a < 3; a++) t.frame.box.periodic[a] = false;
        check_virial(&t, pot, 1e-5, 0);
        print_message("# %s\n", row[k].model);
        fixture_destroy(&t);
        pot_destroy(&pot);
    }
    assert_int_equal(mem_blocks(), 0);
    if (!here) skip();
}

/* Wider lists, pruned lists, energies asked for or not: the same forces. A sum of 50 terms in another order:
 * 1e-13. */
static void lists(void **state) {
    (void)state;
    struct species s = fixture_species("Cu Zr", false);
    struct pot *pot = model(KIM_2019, &s);
    if (!pot) skip();
    struct fixture t;
    double(*f)[4] = NULL;
    fixture_random(&t, &s, 100, box, 2.1, 6);
    must(MEM_NEW(f, t.frame.n));
    fixture_energy(&t, pot);
    memcpy(f, t.frame.f, (size_t)t.frame.n * sizeof *f);
    double force = rms(&t, f, NULL);
    const double skin[3][2] = {{0, 0}, {1, 0}, {1, 0.4}};
    for (int k = 0; k < 3; k++) {
        fixture_lists(&t, pot, skin[k][0], skin[k][1]);
        fixture_forces(&t, pot, POT_FORCES);
        assert_true(rms(&t, f, t.frame.f) <= 1e-13 * force);
        assert_double_equal(t.frame.f[0][3], 0, 0); /* not asked for */
        assert_double_equal(t.result.virial[0], 0, 0);
    }
    mem_free(&f);
    pot_destroy(&pot);
    fixture_destroy(&t);
    assert_int_equal(mem_blocks(), 0);
}

static void refuse(const char *name, const char *species, const char *words) {
    struct species s = fixture_species(species, false);
    void *made = NULL;
    char *why = NULL;
    must(pot_kim_init(name, &s, &made, &why));
    assert_null(made);
    assert_non_null(why);
    if (!strstr(why, words)) fail_msg("'%s' lacks '%s'", why, words);
    mem_free(&why);
}

static void refused(void **state) {
    (void)state;
    struct species s = fixture_species("Cu Zr", false);
    struct pot *pot = model(KIM_2019, &s);
    if (!pot) {
        refuse(KIM_2019, "Cu Zr", "install");
        skip();
    }
    pot_destroy(&pot);
    refuse(KIM_2019, "Cu Zr Al", "does not know Al; it has Cu, Zr");
    refuse("EAM_Dynamo_MendelevSunZhang_2019_CuZr", "Zr Cu", "did you mean '" KIM_2019 "'?");
    refuse("nothing of the kind", "Zr Cu", KIM_2019);
    refuse(KIM_TERSOFF, "Si", "asks for the neighbours of ghost atoms");
    refuse("EAM_Dynamo__MD_120291908751_005", "Cu", "is a modelDriver of OpenKIM");
    assert_int_equal(mem_blocks(), 0);
}

/* Each allocation fails once, while a model is opened, refused, computes: an error, and nothing kept. */
static void memory(void **state) {
    (void)state;
    static const char *const name[] = {KIM_2019, "nothing of the kind"};
    struct species s = fixture_species("Cu Zr", false);
    struct pot *pot = model(KIM_2019, &s);
    if (!pot) skip();
    int64_t before = mem_blocks();
    for (int k = 0; k < 2; k++)
        for (int64_t n = 0;; n++) {
            void *made = NULL;
            char *why = NULL;
            mem_fail_after(n);
            int e = pot_kim_init(name[k], &s, &made, &why);
            mem_fail_after(-1);
            assert_true(e == ERR_OK || e == ERR_MEMORY);
            err_clear();
            if (made) pot_kim.destroy(made);
            mem_free(&why);
            assert_int_equal(mem_blocks(), before);
            if (!e) break;
        }
    struct fixture t;
    fixture_random(&t, &s, 30, box, 2.1, 7);
    fixture_lists(&t, pot, 0.3, 0);
    int failures = 0;
    for (int64_t n = 0;; n++) {
        mem_fail_after(n);
        int e = pot_compute(pot, &t.frame, t.halo, &t.list, POT_ENERGY, &t.result);
        mem_fail_after(-1);
        assert_true(e == ERR_OK || e == ERR_MEMORY);
        err_clear();
        if (!e) break;
        failures++;
    }
    assert_true(failures > 0);
    double E = t.result.energy;
    assert_double_equal(fixture_energy(&t, pot), E, 1e-12 * fabs(E));
    pot_destroy(&pot);
    fixture_destroy(&t);
    assert_int_equal(mem_blocks(), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(same_table),  cmocka_unit_test(tables),
                                       cmocka_unit_test(derivatives), cmocka_unit_test(lists),
                                       cmocka_unit_test(refused),     cmocka_unit_test(memory)};
    struct comm comm;
    if (comm_init(NULL, NULL, &comm)) return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_finalize();
    return failed;
}
