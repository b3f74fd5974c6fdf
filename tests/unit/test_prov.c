/* Provenance, the hash of a deck, and the list of references. */
#include "base/cite.h"
#include "base/h5.h"
#include "base/mem.h"
#include "base/prov.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static struct comm comm;

static void test_hash(void **state) {
    (void)state;
    char out[17];
    prov_hash("", out); /* test vectors of the FNV authors (RFC draft eastlake-fnv, appendix C) */
    assert_string_equal(out, "cbf29ce484222325");
    prov_hash("a", out);
    assert_string_equal(out, "af63dc4c8601ec8c");
    prov_hash("foobar", out);
    assert_string_equal(out, "85944171f73967e8");
}

static void test_text(void **state) {
    (void)state;
    char *text = NULL;
    assert_int_equal(prov_text(&text), ERR_OK);
    assert_non_null(strstr(text, prov_version()));
    assert_non_null(strstr(text, prov_commit()));
    const char *const parts[] = {"\ncompiler ", "\nMPI ",      "\nHDF5 1.", "\nGSL 2.",
                                 "\nFFTW ",     "\nlibfyaml ", "\nzlib 1.", "\nKIM "};
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++) assert_non_null(strstr(text, parts[k]));
    mem_free(&text);
}

static void test_file(void **state) {
    (void)state;
    char path[] = "/tmp/vitrine-prov-XXXXXX", *text = NULL, hash[17];
    int64_t ranks = 0;
    struct h5 *h5 = NULL;
    close(mkstemp(path));
    cite_use("salmon2011");
    cite_use("tiesinga2021");
    cite_use("salmon2011");
    assert_int_equal(cite_count(), 2);
    assert_string_equal(cite_key(1), "tiesinga2021");
    assert_null(cite_key(2));
    assert_int_equal(h5_create(&comm, path, &h5), ERR_OK);
    assert_int_equal(prov_write(&comm, h5, "vitrine run a.yml", "seed: 1\n", NULL), ERR_OK);
    assert_int_equal(cite_write(&comm, h5), ERR_OK);
    assert_int_equal(h5_close(&h5, true), ERR_OK);
    cite_clear();
    assert_int_equal(h5_open(&comm, path, &h5), ERR_OK);
    assert_int_equal(h5_read_attr_text(h5, "/vitrine/provenance", "deck_hash", &text), ERR_OK);
    prov_hash("seed: 1\n", hash);
    assert_string_equal(text, hash);
    mem_free(&text);
    assert_int_equal(h5_read_attr_text(h5, "/vitrine/provenance", "date", &text), ERR_OK);
    assert_int_equal(strlen(text), 20); /* 2024-01-31T12:00:00Z */
    mem_free(&text);
    assert_int_equal(h5_read_attr_i64(h5, "/vitrine/provenance", "ranks", &ranks, 1), ERR_OK);
    assert_int_equal(ranks, 1);
    assert_int_equal(h5_read_text(h5, "/vitrine/deck", &text), ERR_OK);
    assert_string_equal(text, "seed: 1\n");
    mem_free(&text);
    assert_false(h5_exists(h5, "/vitrine/effective"));
    assert_int_equal(h5_read_text(h5, "/vitrine/citations", &text), ERR_OK);
    assert_string_equal(text, "salmon2011\ntiesinga2021\n");
    mem_free(&text);
    assert_int_equal(h5_close(&h5, false), ERR_OK);
    unlink(path);
    assert_int_equal(mem_blocks(), 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_hash), cmocka_unit_test(test_text),
                                       cmocka_unit_test(test_file)};
    if (comm_init(&argc, &argv, &comm)) return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_finalize();
    return failed;
}
