/* LAMMPS as an oracle: energy, virial and forces of random configurations.
 *
 * Recorded: tests/data/lammps_NAME.txt, written by tests/data/make_lammps.sh with LAMMPS 29 Sep 2021
 * (Debian). Live: the same cases with other configurations when `lmp` is on the PATH. Bounds: 1e-10 of the
 * largest force for Lennard-Jones, 1e-6 eV/A for tables read with the files' own splines. */
#include "md_fixture.h"

struct oracle {
    const char *name, *species, *style, *coefficients, *file; /* LAMMPS' own words; file: EAM table */
    double length, closest;
    int n;
};

static const struct oracle cases[] = {
    {"lj", "A", "lj/cut 2.5", "pair_coeff 1 1 1.0 1.0 2.5", NULL, 4.4, 0.85, 60},
    {"ka", "A B", "lj/cut 2.5",
     "pair_coeff 1 1 1.0 1.0 2.5\npair_coeff 1 2 1.5 0.8 2.0\npair_coeff 2 2 0.5 0.88 2.2\npair_modify shift "
     "yes",
     NULL, 4.2, 0.78, 60},
    {"funcfl", "Cu", "eam", "pair_coeff * * %s", "Cu_u3.eam", 9.2, 2.1, 60},
    {"alloy", "Cu Ni", "eam/alloy", "pair_coeff * * %s Cu Ni", "CuNi.eam.alloy", 9.2, 2.1, 60},
    {"fs", "Cu Zr", "eam/fs", "pair_coeff * * %s Cu Zr", "CuZr_mm.eam.fs", 10.4, 2.1, 60},
    {"fs3", "H Ni Al", "eam/fs", "pair_coeff * * %s H Ni Al", "NiAlH_jea.eam.fs", 9.4, 1.8, 60},
};
#define N_CASES (int)(sizeof cases / sizeof *cases)

static void potential_path(const struct oracle *o, char *path, size_t size) {
    snprintf(path, size, LAMMPS_POTENTIALS "%s", o->file ? o->file : "");
}

static struct pot *our_potential(const struct oracle *o, const struct species *s) {
    char path[256];
    if (!strcmp(o->name, "lj")) return fixture_lj(s, 1, 1, 2.5, POT_LJ_NONE);
    if (!strcmp(o->name, "ka")) return fixture_ka(s);
    potential_path(o, path, sizeof path);
    return fixture_eam(s, path, (struct pot_eam_options){.table_rows = 2000, .exact = 1});
}

/* Record: box, energy, virial (xx yy zz xy xz yz), then type x y z fx fy fz. */
static void write_input(const struct oracle *o, const struct fixture *t, const char *dir) {
    char path[512], table[256], coefficients[512];
    snprintf(path, sizeof path, "%s/data", dir);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f, "made by test_pot_lammps\n\n%d atoms\n%d atom types\n", t->frame.n, t->frame.species.n);
    for (int a = 0; a < 3; a++) fprintf(f, "0 %.17g %clo %chi\n", t->frame.box.len[a], "xyz"[a], "xyz"[a]);
    fprintf(f, "\nMasses\n\n");
    for (int s = 0; s < t->frame.species.n; s++) fprintf(f, "%d %.17g\n", s + 1, t->frame.species.mass[s]);
    fprintf(f, "\nAtoms # atomic\n\n");
    for (int i = 0; i < t->frame.n; i++)
        fprintf(f, "%d %d %.17g %.17g %.17g\n", i + 1, t->frame.type[i] + 1, t->frame.x[i][0],
                t->frame.x[i][1], t->frame.x[i][2]);
    fclose(f);
    snprintf(path, sizeof path, "%s/in", dir);
    f = fopen(path, "w");
    assert_non_null(f);
    potential_path(o, table, sizeof table);
    snprintf(coefficients, sizeof coefficients, o->coefficients, table);
    /* LAMMPS' pressure times volume: its unit conversion is taken out by nktv2p itself, not by a number of
     * ours */
    fprintf(
        f,
        "units %s\natom_style atomic\nread_data %s/data\npair_style %s\n%s\nneighbor 0.3 bin\n"
        "compute p all pressure NULL virial\nthermo_style custom step pe vol c_p[1] c_p[2] c_p[3] c_p[4] "
        "c_p[5] c_p[6]\nthermo_modify norm no\n"
        "dump d all custom 1 %s/dump type x y z fx fy fz\ndump_modify d sort id format float %%.17g\nrun 0\n"
        "print \"energy $(pe:%%.17g)\" file %s/totals\n"
        "print \"virial $(c_p[1]*vol:%%.17g) $(c_p[2]*vol:%%.17g) $(c_p[3]*vol:%%.17g) $(c_p[4]*vol:%%.17g) "
        "$(c_p[5]*vol:%%.17g) $(c_p[6]*vol:%%.17g)\" append %s/totals\n",
        o->file ? "metal" : "lj", dir, o->style, coefficients, dir, dir, dir);
    fclose(f);
}

static int run_lammps(const struct oracle *o, uint64_t seed, const char *dir, const char *record) {
    struct species s = fixture_species(o->species, !o->file);
    struct fixture t;
    char command[2048];
    fixture_random(&t, &s, o->n, (double[3]){o->length, 1.07 * o->length, 1.13 * o->length}, o->closest,
                   seed);
    write_input(o, &t, dir);
    snprintf(command, sizeof command,
             "env -i PATH=\"$PATH\" HOME=/tmp lmp -in %s/in -log none -screen %s/screen", dir, dir);
    int e = system(command);
    if (!e) {
        snprintf(command, sizeof command,
                 "{ echo box %.17g %.17g %.17g; cat %s/totals; sed '1,/ITEM: ATOMS/d' %s/dump; } > %s",
                 t.frame.box.len[0], t.frame.box.len[1], t.frame.box.len[2], dir, dir, record);
        e = system(command);
    }
    fixture_destroy(&t);
    return e;
}

/* Our answer to a record. */
static void check_record(const struct oracle *o, const char *record) {
    struct species s = fixture_species(o->species, !o->file);
    struct fixture t;
    double len[3], E, W[6], x[3], (*f)[3] = NULL, most = 0, worst = 0;
    int type, n = 0;
    FILE *in = fopen(record, "r");
    if (!in) fail_msg("%s is missing; tests/data/make_lammps.sh writes it", record);
    assert_int_equal(fscanf(in, " box %lf %lf %lf energy %lf virial", &len[0], &len[1], &len[2], &E), 4);
    for (int c = 0; c < 6; c++) assert_int_equal(fscanf(in, "%lf", &W[c]), 1);
    fixture_init(&t, &s, len, true);
    must(MEM_NEW(f, o->n));
    while (n < o->n && fscanf(in, "%d %lf %lf %lf %lf %lf %lf", &type, &x[0], &x[1], &x[2], &f[n][0],
                              &f[n][1], &f[n][2]) == 7)
        fixture_add(&t, x[0], x[1], x[2], type - 1), n++;
    fclose(in);
    assert_int_equal(n, o->n);
    struct pot *pot = our_potential(o, &s);
    double mine = fixture_energy(&t, pot);
    for (int i = 0; i < n; i++)
        for (int c = 0; c < 3; c++) {
            most = fmax(most, fabs(f[i][c]));
            worst = fmax(worst, fabs(t.frame.f[i][c] - f[i][c]));
        }
    /* metal: LAMMPS counts 1.6021765e6 bar for 1 eV/A^3 */
    double unit = o->file ? 1.6021765e6 : 1, bound = o->file ? 1e-6 : 1e-10 * most, Wmax = 0;
    for (int c = 0; c < 6; c++) Wmax = fmax(Wmax, fabs(W[c] / unit));
    print_message("# %s: forces within %.1e of %.1f, energy within %.1e of %.1f\n", o->name, worst, most,
                  fabs(mine - E), E);
    assert_true(worst < bound);
    assert_double_equal(mine, E, (o->file ? 1e-9 : 1e-10) * fabs(E));
    for (int c = 0; c < 6; c++)
        assert_double_equal(t.result.virial[c], W[c] / unit, (o->file ? 1e-7 : 1e-10) * Wmax);
    mem_free(&f);
    pot_destroy(&pot);
    fixture_destroy(&t);
}

static void recorded(void **state) {
    (void)state;
    int skipped = 0;
    for (int k = 0; k < N_CASES; k++) {
        char record[256], path[256];
        potential_path(&cases[k], path, sizeof path);
        if (cases[k].file && !fixture_have(path)) {
            skipped++;
            continue;
        }
        snprintf(record, sizeof record, "tests/data/lammps_%s.txt", cases[k].name);
        check_record(&cases[k], record);
    }
    if (skipped == N_CASES) skip();
    assert_int_equal(mem_blocks(), 0);
}

static void live(void **state) {
    (void)state;
    if (system("command -v lmp >/dev/null 2>&1")) {
        print_message("# SKIP lmp is not on the PATH\n");
        skip();
    }
    char dir[] = "/tmp/vitrine-lammps-XXXXXX", record[300], command[300];
    assert_non_null(mkdtemp(dir));
    snprintf(record, sizeof record, "%s/record", dir);
    for (int k = 0; k < N_CASES; k++) {
        char path[256];
        potential_path(&cases[k], path, sizeof path);
        if (cases[k].file && !fixture_have(path)) continue;
        assert_int_equal(run_lammps(&cases[k], 1000 + (uint64_t)k, dir, record), 0);
        check_record(&cases[k], record);
    }
    snprintf(command, sizeof command, "rm -r %s", dir);
    assert_int_equal(system(command), 0);
}

/* VITRINE_RECORD=DIR: write the records instead of testing. */
static int record_all(const char *to) {
    char dir[] = "/tmp/vitrine-lammps-XXXXXX", record[512];
    if (!mkdtemp(dir)) return 1;
    for (int k = 0; k < N_CASES; k++) {
        snprintf(record, sizeof record, "%s/lammps_%s.txt", to, cases[k].name);
        if (run_lammps(&cases[k], 1 + (uint64_t)k, dir, record)) return 1;
    }
    snprintf(record, sizeof record, "rm -r %s", dir);
    return system(record);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(recorded), cmocka_unit_test(live)};
    struct comm comm;
    if (comm_init(NULL, NULL, &comm)) return 1;
    int failed = getenv("VITRINE_RECORD") ? record_all(getenv("VITRINE_RECORD"))
                                          : cmocka_run_group_tests(tests, NULL, NULL);
    comm_finalize();
    return failed;
}
