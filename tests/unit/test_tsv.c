/* Tables: text, HDF5, terminal, refused columns and texts. */
#include "base/h5.h"
#include "base/mem.h"
#include "base/tsv.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static char folder[256];
static struct comm comm;

static struct tsv *example(void) {
    struct tsv *t = NULL;
    assert_int_equal(tsv_create("step:i temperature_K:r  species:t", &t), ERR_OK);
    assert_int_equal(tsv_add(t, (int64_t)5000000000, 1.0 / 3, "Cu"), ERR_OK);
    assert_int_equal(tsv_add(t, (int64_t)-1, -NAN, "Zr Al"), ERR_OK);
    assert_int_equal(tsv_add(t, (int64_t)0, 1e-300, ""), ERR_OK);
    assert_int_equal(tsv_rows(t), 3);
    return t;
}

static void test_file(void **state) {
    (void)state;
    struct tsv *t = example();
    char path[300], text[400] = "";
    snprintf(path, sizeof path, "%s/a.tsv", folder);
    assert_int_equal(tsv_write(&comm, t, path), ERR_OK);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    text[fread(text, 1, sizeof text - 1, f)] = 0;
    fclose(f);
    /* the rules of docs/format.md: %.12g, nan, tabs */
    assert_string_equal(
        text, "step\ttemperature_K\tspecies\n5000000000\t0.333333333333\tCu\n-1\tnan\tZr Al\n0\t1e-300\t\n");
    tsv_destroy(&t);
    unlink(path);
}

static void test_reals(void **state) {
    (void)state;
    struct tsv *t = NULL;
    char *text = NULL;
    double row[] = {0.5, 2};
    assert_int_equal(tsv_create("r_A:r g:r", &t), ERR_OK);
    assert_int_equal(tsv_add_reals(t, row), ERR_OK);
    assert_int_equal(tsv_rows(t), 1);
    assert_int_equal(tsv_show(t, &text), ERR_OK);
    assert_non_null(strstr(text, "0.5"));
    mem_free(&text);
    tsv_destroy(&t);
    t = example();
    assert_int_equal(tsv_add_reals(t, row), ERR_INTERNAL);
    assert_non_null(strstr(err_message(), "column step is not real"));
    err_clear();
    tsv_destroy(&t);
}

static void test_h5(void **state) {
    (void)state;
    struct tsv *t = example();
    struct h5 *h5 = NULL;
    char path[300], *unit = NULL;
    double temperature[3];
    int64_t step[3];
    snprintf(path, sizeof path, "%s/a.h5", folder);
    assert_int_equal(h5_create(&comm, path, &h5), ERR_OK);
    assert_int_equal(tsv_write_h5(&comm, t, h5, "/tables/summary"), ERR_OK);
    assert_int_equal(h5_close(&h5, true), ERR_OK);
    assert_int_equal(h5_open(&comm, path, &h5), ERR_OK);
    assert_int_equal(h5_read(h5, "/tables/summary/temperature_K", H5_F64, temperature), ERR_OK);
    assert_true(temperature[0] == 1.0 / 3 && isnan(temperature[1]));
    assert_int_equal(h5_read(h5, "/tables/summary/step", H5_I64, step), ERR_OK);
    assert_true(step[0] == 5000000000);
    assert_int_equal(h5_read_attr_text(h5, "/tables/summary/temperature_K", "unit", &unit), ERR_OK);
    assert_string_equal(unit, "K");
    mem_free(&unit);
    assert_true(h5_exists(h5, "/tables/summary/species"));
    assert_int_equal(h5_close(&h5, false), ERR_OK);
    tsv_destroy(&t);
    unlink(path);
}

static void test_show(void **state) {
    (void)state;
    struct tsv *t = example();
    char *text = NULL;
    assert_int_equal(tsv_show(t, &text), ERR_OK);
    assert_string_equal(text, "      step   temperature_K  species\n5000000000  0.333333333333  Cu\n"
                              "        -1             nan  Zr Al\n         0          1e-300  \n");
    mem_free(&text);
    tsv_destroy(&t);
}

static void test_refused(void **state) {
    (void)state;
    struct tsv *t = NULL;
    assert_int_equal(tsv_create("step", &t), ERR_INTERNAL);
    err_clear();
    assert_int_equal(tsv_create("step:x", &t), ERR_INTERNAL);
    err_clear();
    assert_int_equal(tsv_create("", &t), ERR_INTERNAL);
    err_clear();
    assert_null(t);
    assert_int_equal(tsv_create("a:t b:t", &t), ERR_OK);
    assert_int_equal(tsv_add(t, "fine", "not\tfine"), ERR_INTERNAL);
    assert_string_equal(err_message(), "column b: a text with a tab or line end");
    err_clear();
    assert_int_equal(tsv_rows(t), 0);
    assert_int_equal(tsv_write(&comm, t, "/no/such/folder/x.tsv"), ERR_CREATE);
    err_clear();
    assert_int_equal(tsv_write(&comm, t, "/dev/full/x.tsv"), ERR_CREATE);
    err_clear();
    tsv_destroy(&t);
    tsv_destroy(&t);
    assert_int_equal(mem_blocks(), 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_file), cmocka_unit_test(test_reals),
                                       cmocka_unit_test(test_h5), cmocka_unit_test(test_show),
                                       cmocka_unit_test(test_refused)};
    if (comm_init(&argc, &argv, &comm)) return 1;
    const char *tmp = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/vitrine-tsv-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(folder)) return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rmdir(folder);
    comm_finalize();
    return failed;
}
