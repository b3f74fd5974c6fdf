/* The list of passes in a deck: choices of frames, labels, stages; reference numbers and summaries. */
#include "analysis/analysis.h"
#include "cli/reference.h"
#include "base/mem.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

/* expected: what Python gives for range(n)[text] */
static void test_frames(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t n, first, step, count;
    } good[] = {{"last", 5, 4, 1, 1},  {"all", 5, 0, 1, 5},  {"0", 5, 0, 1, 1},      {"-2", 5, 3, 1, 1},
                {"1:4", 5, 1, 1, 3},   {"::2", 5, 0, 2, 3},  {"1::2", 5, 1, 2, 2},   {"-3:", 5, 2, 1, 3},
                {":-1:3", 5, 0, 3, 2}, {":100", 5, 0, 1, 5}, {"-100:2", 5, 0, 1, 2}, {"last", 1, 0, 1, 1}};
    for (size_t k = 0; k < sizeof good / sizeof *good; k++) {
        struct analysis_frames f;
        assert_int_equal(analysis_frames_parse(good[k].text, good[k].n, &f), ERR_OK);
        assert_int_equal(f.first, good[k].first);
        assert_int_equal(f.step, good[k].step);
        assert_int_equal(f.count, good[k].count);
    }
    static const char *const bad[] = {"5",       "-6",  "3:3",  "4:2", "",      "a",
                                      "1:2:3:4", "::0", "::-1", "1.5", "last:", "9e99"};
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        struct analysis_frames f;
        assert_int_equal(analysis_frames_parse(bad[k], 5, &f), ERR_DECK);
        assert_non_null(strstr(err_message(), "frames: '"));
        err_clear();
    }
    struct analysis_frames f;
    assert_int_equal(analysis_frames_parse("last", 0, &f), ERR_DECK);
    err_clear();
}

static void mistake(const char *list, const char *text) {
    static const char *const stages[] = {"melt", "quench"};
    struct comm comm = comm_self();
    struct deck *deck = NULL;
    int e = deck_open_text(&comm, "a.yml", list, pass_tables, NULL, 0, &deck);
    if (!e) {
        e = analysis_check(&comm, deck, stages, 2);
        if (!e) e = deck_verdict(deck);
    }
    assert_int_equal(e, text ? ERR_DECK : ERR_OK);
    if (text && !strstr(err_message(), text)) fail_msg("%s lacks: %s", err_message(), text);
    err_clear();
    deck_close(&deck);
}

static void test_list(void **state) {
    (void)state;
    mistake("analysis:\n  - {pass: rdf}\n  - {pass: voronoi, of: quench, frames: all}\n", NULL);
    mistake("analysis:\n  - {pass: rdf, name: a}\n  - {pass: rdf, name: b}\n", NULL);
    mistake("analysis:\n  - {pass: rdf}\n  - {pass: rdf}\n",
            "a.yml:3:12: error: pass rdf occurs twice; give each a name:");
    mistake("analysis:\n  - {pass: rdf}\n  - {pass: rdf, name: b}\n", NULL);
    mistake("analysis:\n  - {pass: rdf, name: b}\n  - {pass: rdf}\n",
            "pass rdf occurs twice; give each a name:");
    mistake("analysis:\n  - {pass: rdf, name: a}\n  - {pass: voronoi, name: a}\n",
            "the name 'a' is taken by an earlier pass; choose another");
    mistake("analysis:\n  - {pass: rdf, name: a.b}\n",
            "'a.b' becomes part of file names; use letters, digits, - and _");
    mistake("analysis:\n  - {pass: rdf, of: quensh}\n",
            "no stage is called 'quensh'; did you mean 'quench'?");
    mistake("analysis:\n  - {pass: rdf, frames: fisrt}\n",
            "'fisrt' needs last, all, a number, or a slice first:end:step with a positive step");
    mistake("analysis:\n  - {pass: rfd}\n", "'rfd' is no 'pass'");
    mistake("analysis:\n  - {pass: rdf, tessellation: plain}\n",
            "'tessellation' belongs to pass: voronoi; here pass is rdf");
    mistake("analysis:\n  - {pass: voronoi, min_edge: 1 A}\n",
            "'min_edge' belongs to filter: edge");
    mistake("analysis:\n  - {pass: rdf, bins: 3}\n", "bins");
}

/* the word list in pass.h is that of the descriptors */
static void test_passes(void **state) {
    (void)state;
    char all[256] = "";
    for (int k = 0; pass_kinds[k]; k++) {
        if (k) strcat(all, "|");
        strcat(all, pass_kinds[k]->name);
        assert_ptr_equal(pass_find(pass_kinds[k]->name), pass_kinds[k]);
    }
    assert_string_equal(all, PASS_CHOICES);
    assert_null(pass_find("none"));
}

static void test_references(void **state) {
    (void)state;
    static const char *const ending[] = {"; read", "; recalled", "; computed"};
    for (const struct reference *r = reference_table; r->quantity; r++) {
        int ends = 0;
        for (int k = 0; k < 3; k++) {
            size_t n = strlen(r->source), m = strlen(ending[k]);
            ends += n > m && !strcmp(r->source + n - m, ending[k]);
        }
        assert_int_equal(ends, 1);
        if (!isnan(r->low)) assert_true(r->low < r->high);
        if (!isnan(r->value) && !isnan(r->low)) assert_true(r->low <= r->value && r->value <= r->high);
    }
}

static void test_summary(void **state) {
    (void)state;
    static const char *const systems[] = {REFERENCE_MENDELEV2009, REFERENCE_CU64ZR36};
    struct results_scalars s = {0};
    struct tsv *tsv = NULL;
    char *text = NULL;
    assert_int_equal(results_scalars_add(&s, "run", "Tg_K", 760, 12, "K"), ERR_OK);
    assert_int_equal(results_scalars_add(&s, "rdf", "unheard_of", 1, NAN, ""), ERR_OK);
    assert_int_equal(results_scalars_add(&s, "rod", "Tg_K", 700, 12, "K"), ERR_OK);
    assert_int_equal(reference_summary(&s, systems, 2, &tsv), ERR_OK);
    assert_int_equal(tsv_rows(tsv), 4); /* Tg beside two references, the others beside none */
    assert_int_equal(tsv_show(tsv, &text), ERR_OK);
    assert_non_null(strstr(text, "recalled"));
    assert_non_null(strstr(text, "rod.Tg_K"));
    assert_non_null(strstr(text, "no reference; computed"));
    assert_non_null(results_scalars_find(&s, NULL, "Tg_K"));
    assert_null(results_scalars_find(&s, "rdf", "Tg_K"));
    mem_free(&text);
    tsv_destroy(&tsv);
    results_scalars_free(&s);
}

static int balance(void **state) {
    (void)state;
    return mem_blocks() != 0;
}

int main(int argc, char **argv) {
    struct comm comm;
    if (comm_init(&argc, &argv, &comm)) return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_frames, balance), cmocka_unit_test_teardown(test_list, balance),
        cmocka_unit_test_teardown(test_passes, balance), cmocka_unit_test_teardown(test_references, balance),
        cmocka_unit_test_teardown(test_summary, balance)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_finalize();
    return failed;
}
