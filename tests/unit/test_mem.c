/* Counted memory: zeroed, aligned, kept when it grows; large blocks move their pages instead of being copied.
 */
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#define MB ((int64_t)1 << 20)

static int64_t sum(const int64_t *p, int64_t from, int64_t to) {
    int64_t s = 0;
    for (int64_t i = from; i < to; i++) s |= p[i];
    return s;
}

static void test_new(void **state) {
    (void)state;
    int64_t blocks = mem_blocks(), bytes = mem_bytes();
    const int64_t sizes[] = {0, 1, 1000, 3 * MB / 8, MB, 3 * MB}; /* the last two are mapped */
    for (int k = 0; k < 6; k++) {
        int64_t *p = NULL;
        assert_int_equal(MEM_NEW(p, sizes[k]), ERR_OK);
        assert_int_equal((uintptr_t)p % 64, 0);
        assert_int_equal(mem_bytes() - bytes, 8 * sizes[k]);
        assert_int_equal(sum(p, 0, sizes[k]), 0);
        for (int64_t i = 0; i < sizes[k]; i++) p[i] = i + 1;
        mem_free(&p);
        assert_null(p);
    }
    assert_int_equal(mem_blocks(), blocks);
    assert_int_equal(mem_bytes(), bytes);
}

/* From malloc to an own mapping, on to larger ones several times, down, and up again: what is not kept is
 * zero. */
static void test_grow(void **state) {
    (void)state;
    const int64_t sizes[] = {1000, 2 * MB / 8, MB, 3 * MB + 5, 6 * MB, 4 * MB + 77, 9 * MB, 1000, MB};
    int64_t *p = NULL, had = 0, bytes = mem_bytes();
    for (int k = 0; k < 9; k++) {
        int64_t keep = had < sizes[k] ? had : sizes[k];
        keep -= keep / 10; /* the last tenth is let go */
        assert_int_equal(MEM_GROW(p, keep, sizes[k]), ERR_OK);
        assert_int_equal((uintptr_t)p % 64, 0);
        for (int64_t i = 0; i < keep; i++)
            if (p[i] != i + 1)
                fail_msg("element %lld is lost at size %lld", (long long)i, (long long)sizes[k]);
        assert_int_equal(sum(p, keep, sizes[k]), 0);
        for (int64_t i = 0; i < sizes[k]; i++) p[i] = i + 1;
        had = sizes[k];
        assert_int_equal(mem_bytes() - bytes, 8 * had);
    }
    mem_free(&p);
    assert_int_equal(mem_bytes(), bytes);
}

/* A block of 160 MiB that grows to 192 never counts twice. */
static void test_peak(void **state) {
    (void)state;
    double *p = NULL;
    assert_int_equal(MEM_NEW(p, 20 * MB), ERR_OK); /* 160 MiB: above all earlier peaks */
    int64_t before = mem_peak();
    assert_int_equal(MEM_GROW(p, 20 * MB, 24 * MB), ERR_OK);
    assert_int_equal(mem_peak(), before + 32 * MB);
    mem_free(&p);
}

static void test_refusal(void **state) {
    (void)state;
    int64_t *p = NULL, blocks = mem_blocks();
    assert_int_equal(MEM_NEW(p, MB), ERR_OK);
    p[MB - 1] = 7;
    mem_fail_after(0);
    assert_int_equal(MEM_GROW(p, MB, 2 * MB), ERR_MEMORY);
    assert_int_equal(p[MB - 1], 7); /* still there */
    assert_int_equal(MEM_GROW(p, MB, 2 * MB), ERR_OK);
    mem_free(&p);
    assert_int_equal(MEM_NEW(p, SIZE_MAX / 16), ERR_MEMORY);
    assert_int_equal(MEM_NEW(p, SIZE_MAX / 4), ERR_MEMORY);
    assert_null(p);
    err_clear();
    assert_int_equal(mem_blocks(), blocks);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_new), cmocka_unit_test(test_grow),
                                       cmocka_unit_test(test_peak), cmocka_unit_test(test_refusal)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
