/* Rows rearranged in place against the definition: new row k = old row order[k], in every array. */
#include "atoms/frame.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* Every number of row i follows from its id. */
static void mark(struct frame *f, int i, int64_t id) {
    f->id[i] = id;
    f->type[i] = (int32_t)(id % 7);
    f->group[i] = (int32_t)(id % 11);
    for (int a = 0; a < 4; a++) {
        f->x[i][a] = (double)id + 0.1 * a;
        f->v[i][a] = (double)id + 0.2 * a;
        f->f[i][a] = (double)id + 0.3 * a;
        if (a < 3) f->image[i][a] = (int32_t)(3 * id + a);
    }
}

static int is_marked(const struct frame *f, int i, int64_t id) {
    int right = f->id[i] == id && f->type[i] == id % 7 && f->group[i] == id % 11;
    for (int a = 0; a < 4; a++)
        right &= f->x[i][a] == (double)id + 0.1 * a && f->v[i][a] == (double)id + 0.2 * a &&
                 f->f[i][a] == (double)id + 0.3 * a && (a > 2 || f->image[i][a] == 3 * id + a);
    return right;
}

static void check(const int *order, int n, int n_new) {
    struct frame f;
    frame_init(&f);
    assert_int_equal(frame_reserve(&f, n), ERR_OK);
    f.n = n;
    f.n_ghost = 0;
    for (int i = 0; i < n; i++) mark(&f, i, i + 1);
    assert_int_equal(frame_permute(&f, order, n_new), ERR_OK);
    assert_int_equal(f.n, n_new);
    for (int k = 0; k < n_new; k++)
        if (!is_marked(&f, k, order[k] + 1))
            fail_msg("row %d of %d is not old row %d of %d", k, n_new, order[k], n);
    frame_destroy(&f);
}

static void shuffle(int *order, int n) {
    for (int k = 0; k < n; k++) order[k] = k;
    for (int k = n - 1; k > 0; k--) {
        int m = rand() % (k + 1), swap = order[k];
        order[k] = order[m];
        order[m] = swap;
    }
}

static void test_small(void **state) {
    (void)state;
    check((const int[]){0}, 1, 1);
    check((const int[]){0, 1, 2}, 3, 3); /* nothing moves */
    check((const int[]){2, 0, 1}, 3, 3); /* one circle */
    check((const int[]){1, 0, 2}, 3, 3);
    check((const int[]){2}, 3, 1); /* open chains */
    check((const int[]){3, 0}, 5, 2);
    check((const int[]){1, 2, 4}, 5, 3);
    check((const int[]){0}, 4, 0);
}

static void test_random(void **state) {
    (void)state;
    int order[500];
    srand(1);
    for (int trial = 0; trial < 300; trial++) {
        int n = 1 + rand() % 500, n_new = rand() % (n + 1);
        shuffle(order, n);
        check(order, n, trial % 3 ? n : n_new);
    }
}

/* Large frames are permuted in place. */
static void test_large(void **state) {
    (void)state;
    enum { N = FRAME_LARGE + 1000 };
    int *order = malloc(N * sizeof *order);
    assert_non_null(order);
    for (int k = 0; k < N; k++) order[k] = (k + 7) % N;
    check(order, N, N);
    check(order, N, N / 3);
    shuffle(order, N);
    check(order, N, N);
    check(order, N, N - 500);
    free(order);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_small), cmocka_unit_test(test_random),
                                       cmocka_unit_test(test_large)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
