/* Reading EAM tables: the three formats, and every way a file is refused, with its message. */
#include "md_fixture.h"

#include <glob.h>

/* A small table as text; n_rho = 6, n_r = 7. Values are arbitrary but distinct. */
static char *small(int elements, int fs) {
    static char text[20000];
    static const char *const names[] = {"Cu", "Zr"};
    static const double masses[] = {63.546, 91.224};
    int n = sprintf(text, "one\ntwo\nthree\n%d", elements);
    for (int a = 0; a < elements; a++) n += sprintf(text + n, " %s", names[a]);
    n += sprintf(text + n, "\n6 0.5 7 0.5 3.5\n");
    for (int a = 0; a < elements; a++) {
        n += sprintf(text + n, "%d %g 3.6 fcc\n", a ? 40 : 29, masses[a]);
        for (int k = 0; k < 6; k++) n += sprintf(text + n, "%g\n", -1 - a - 0.1 * k);
        for (int b = 0; b < (fs ? elements : 1); b++)
            for (int k = 0; k < 7; k++) n += sprintf(text + n, "%g ", 100.0 * a + 10 * b + k);
        n += sprintf(text + n, "\n");
    }
    for (int p = 0; p < elements * (elements + 1) / 2; p++)
        for (int k = 0; k < 7; k++)
            n += sprintf(text + n, "%g%c", 1000 * (p + 1) + 1.0 * k, k == 6 ? '\n' : ' ');
    return text;
}

/* Published tables comment their element lines ("29 63.546 3.6 fcc # ..."); LAMMPS reads them. */
static void comments(void **state) {
    (void)state;
    struct eam_file f;
    char text[21000], *at = text;
    for (const char *p = small(2, 0); *p; p++) {
        *at++ = *p;
        if (p[1] == '\n' && !strncmp(p - 2, "fcc", 3)) at += sprintf(at, " # 12 more words, 3.6 A");
    }
    *at = 0;
    assert_non_null(strstr(text, "fcc # 12"));
    must(eam_file_parse(text, "t", &f));
    assert_int_equal(f.format, EAM_ALLOY);
    assert_string_equal(f.lattice[1], "fcc");
    assert_double_equal(f.embed[6 + 2], -2.2, 1e-15);
    assert_double_equal(f.rphi[2 * 7 + 6], 3006, 0);
    eam_file_destroy(&f);
}

static void formats(void **state) {
    (void)state;
    struct eam_file f;
    must(eam_file_parse(small(2, 0), "t", &f));
    assert_int_equal(f.format, EAM_ALLOY);
    assert_int_equal(f.n, 2);
    assert_string_equal(f.name[1], "Zr");
    assert_int_equal(f.line[0], 6);
    assert_double_equal(f.mass[1], 91.224, 0);
    assert_double_equal(f.embed[6 + 2], -2.2, 1e-15);
    assert_double_equal(f.density[7 + 3], 103, 0);
    assert_double_equal(f.rphi[2 * 7 + 6], 3006, 0);
    eam_file_destroy(&f);
    must(eam_file_parse(small(2, 1), "t", &f));
    assert_int_equal(f.format, EAM_FS);
    assert_double_equal(f.density[3 * 7 + 1], 111, 0);
    /* density at Cu (0) from Zr (1): block of Zr, function of Cu = 100 + r index; species in reverse order */
    struct species s = fixture_species("Zr Cu", false);
    struct eam_model m;
    must(eam_model_from_file(&f, "t", &s, &m));
    double v, d;
    eam_model_density(&m, 1, 0, 1.5, &v, &d);
    assert_double_equal(v, 103, 1e-12);
    eam_model_density(&m, 0, 1, 1.5, &v, &d);
    assert_double_equal(v, 13, 1e-12);
    assert_false(eam_model_symmetric(&m, 0, 1));
    eam_model_embed(&m, 1, 0.5, &v, &d);
    assert_double_equal(v, -1.1, 1e-12);
    eam_model_embed(&m, 1, 4.5, &v, &d); /* 2 beyond the end of the table: goes on with its last slope */
    assert_double_equal(v, -1.5 - 2 * 0.2, 1e-12);
    eam_model_pair(&m, 0, 1, 1, &v, &d);
    assert_double_equal(v, 2002, 1e-9);
    eam_model_pair(&m, 0, 1, 3.5, &v, &d);
    assert_double_equal(v, 0, 0);
    eam_model_destroy(&m);
    eam_file_destroy(&f);
    must(eam_file_parse(small(1, 0), "t", &f));
    assert_int_equal(f.format, EAM_ALLOY);
    eam_file_destroy(&f);
    assert_int_equal(mem_blocks(), 0);
}

static void refused(int code, const char *message) {
    assert_int_equal(code, ERR_INPUT);
    assert_string_equal(err_message(), message);
    err_clear();
    assert_int_equal(mem_blocks(), 0);
}

/* The text with `from` replaced by `to` at its first place. */
static char *with(char *text, const char *from, const char *to) {
    static char out[20000];
    char *at = strstr(text, from);
    assert_non_null(at);
    sprintf(out, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    return out;
}

static void messages(void **state) {
    (void)state;
    struct eam_file f;
    refused(eam_file_parse("hello\nworld\n", "t", &f),
            "t:4: this is no EAM table: neither setfl (line 4: the number of elements and their names) nor "
            "funcfl (line 3: "
            "n_rho d_rho n_r d_r cutoff)");
    char *text = small(2, 0);
    text[strlen(text) - 12] = 0;
    refused(eam_file_parse(text, "t", &f),
            "t:5: after this header an eam/alloy file has 55 words and an eam/fs file 69, but "
            "this one has 53: it is truncated; fetch it again");
    text = small(2, 1);
    text[strlen(text) - 12] = 0;
    refused(eam_file_parse(text, "a.eam.fs", &f),
            "a.eam.fs:5: after this header an eam/alloy file has 55 words and an eam/fs "
            "file 69, but this one has 67: it is truncated; fetch it again");
    refused(
        eam_file_parse(with(small(1, 0), "-1.2\n", "-1.2x\n"), "t", &f),
        "t:9: '-1.2x' is not a number (reading the embedding function); correct the file or fetch it again");
    refused(
        eam_file_parse(with(small(1, 0), "-1.2\n", "nan\n"), "t", &f),
        "t:9: 'nan' is not a number (reading the embedding function); correct the file or fetch it again");
    refused(eam_file_parse(with(small(1, 0), "6 0.5 7", "4 0.5 7"), "t", &f),
            "t:5: n_rho is 4, it should be a whole number of points from 5 to 1e+07");
    refused(eam_file_parse(with(small(1, 0), "6 0.5 7", "6 -0.5 7"), "t", &f),
            "t:5: d_rho is -0.5, it should be positive");
    refused(eam_file_parse(with(small(1, 0), "0.5 3.5", "0.5 5.5"), "t", &f),
            "t:5: the cutoff 5.5 A lies beyond the table of r, which ends at 3.5 A; the header is wrong");
    refused(eam_file_parse(with(small(1, 0), "63.546", "0"), "t", &f),
            "t:6: a mass is 0, it should be positive");
    struct comm comm = comm_self();
    refused(eam_file_read(&comm, "tests/data/absent.eam", &f),
            "tests/data/absent.eam: cannot open: No such file or directory");
}

static void species_mistakes(void **state) {
    (void)state;
    struct eam_file f;
    struct eam_model m;
    struct species s = fixture_species("Cu Al", false);
    must(eam_file_parse(small(2, 0), "t", &f));
    int e = eam_model_from_file(&f, "t", &s, &m);
    eam_file_destroy(&f);
    refused(e, "t has no element Al (it has: Cu Zr); choose a potential that knows all species");
    s = fixture_species("Cu", false);
    must(eam_file_parse(with(small(2, 0), "2 Cu Zr", "2 Zr Cu"), "t", &f));
    e = eam_model_from_file(&f, "t", &s, &m);
    eam_file_destroy(&f);
    refused(e, "t:14: Cu has mass 91.224 here but Cu weighs 63.546 g/mol: swapped element names? Correct the "
               "names in the "
               "table or take another file");
    s = fixture_species("Cu P", false);
    refused(eam_model_from_zhou(&s, 9, &m),
            "no built-in potential for P; there are: Cu Ag Au Ni Pd Pt Al Fe Mg Co Ti Zr; or "
            "give a table with kind: eam");
}

/* Each table of lammps-data that pair styles eam, eam/alloy and eam/fs read: recognised, and as its name
 * says. */
static void lammps_data(void **state) {
    (void)state;
    struct comm comm = comm_self();
    static const char *const patterns[] = {"*.eam", "*.eam.alloy", "*.eam.fs"};
    int n = 0;
    for (int k = 0; k < 3; k++) {
        glob_t g;
        char pattern[256];
        snprintf(pattern, sizeof pattern, LAMMPS_POTENTIALS "%s", patterns[k]);
        if (glob(pattern, 0, NULL, &g)) continue;
        for (size_t m = 0; m < g.gl_pathc; m++, n++) {
            struct eam_file f;
            must(eam_file_read(&comm, g.gl_pathv[m], &f));
            if (f.n > 1) assert_int_equal(f.format, k);
            assert_int_equal(f.format == EAM_FUNCFL, k == EAM_FUNCFL);
            eam_file_destroy(&f);
        }
        globfree(&g);
    }
    if (!n) {
        fixture_have(LAMMPS_POTENTIALS);
        skip();
    }
    assert_int_equal(mem_blocks(), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(formats), cmocka_unit_test(comments),
                                       cmocka_unit_test(messages), cmocka_unit_test(species_mistakes),
                                       cmocka_unit_test(lammps_data)};
    struct comm comm;
    if (comm_init(NULL, NULL, &comm)) return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_finalize();
    return failed;
}
