/* Composition-rejection against the linear oracle: the same frequencies, the right rate, exact after updates.
 */
#include "base/mem.h"
#include "base/rng.h"
#include "kmc/select.h"
#include "kmc/select_linear.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#define N 64
#define DRAWS 400000

/* Weights over nine decades, some zero, one exactly a power of two. */
static double weight_of(int k) {
    return k % 7 == 3 ? 0 : k == 8 ? 0.25 : pow(10, -4 + 9.0 * ((k * 37) % N) / N) * (1 + 0.013 * k);
}

static double chi2(const int64_t *count, const double *weight, double total, int64_t draws, int *cells) {
    double sum = 0, rest = 0, rest_count = 0;
    *cells = 0;
    for (int k = 0; k < N; k++) {
        double expected = weight[k] / total * (double)draws;
        if (expected < 10) {
            rest += expected;
            rest_count += (double)count[k];
            continue;
        }
        sum += pow((double)count[k] - expected, 2) / expected;
        ++*cells;
    }
    if (rest > 0) sum += pow(rest_count - rest, 2) / rest;
    return sum;
}

static void draw_both(struct select *s, const double *weight, uint64_t seed) {
    int64_t fast[N] = {0}, slow[N] = {0}, accepted = 0;
    int cells;
    double total = select_linear_total(weight, N);
    for (int64_t m = 0; m < DRAWS; m++) {
        double u[4];
        rng_uniform(seed, RNG_TEST, (uint64_t)m, 0, u);
        rng_uniform(seed, RNG_TEST, (uint64_t)m, 1, u + 2);
        int64_t k = select_draw(s, u[0], u[1]);
        if (k >= 0) {
            fast[k]++;
            accepted++;
        }
        slow[select_linear_draw(weight, N, u[2])]++;
    }
    for (int k = 0; k < N; k++)
        if (weight[k] == 0) assert_true(fast[k] == 0 && slow[k] == 0);
    /* each of these is above its limit by chance with probability 1e-4 */
    double x = chi2(fast, weight, total, accepted, &cells), y = chi2(slow, weight, total, DRAWS, &cells);
    double limit = gsl_cdf_chisq_Pinv(1 - 1e-4, cells);
    printf("# chi2 %.1f (linear %.1f), limit %.1f, %d cells\n", x, y, limit, cells);
    assert_true(x < limit && y < limit);
    /* accepted draws per draw: total over bound, binomial, 4 sigma: 6e-5 */
    double p = total / select_bound(s);
    assert_true(p >= 0.5 && p <= 1);
    assert_true(fabs((double)accepted / DRAWS - p) < 4 * sqrt(p * (1 - p) / DRAWS) + 1e-12);
}

static void test_frequencies(void **state) {
    (void)state;
    struct select *s = NULL;
    double weight[N];
    assert_int_equal(select_create(N, &s), ERR_OK);
    assert_true(select_bound(s) == 0 && select_draw(s, 0.3, 0.3) == -1);
    for (int k = 0; k < N; k++) {
        weight[k] = weight_of(k);
        assert_int_equal(select_set(s, k, weight[k]), ERR_OK);
    }
    draw_both(s, weight, 1);
    for (int k = 0; k < N; k += 2) { /* move, remove, put back */
        weight[k] = k % 4 ? 0 : weight[k] * 3.7;
        assert_int_equal(select_set(s, k, weight[k]), ERR_OK);
        assert_true(select_weight(s, k) == weight[k]);
    }
    draw_both(s, weight, 2);
    select_clear(s);
    assert_true(select_bound(s) == 0);
    assert_int_equal(select_set(s, 5, 2), ERR_OK);
    assert_true(select_draw(s, 0.9, 0.9) == 5 && select_bound(s) == 2);
    select_destroy(&s);
    assert_int_equal(mem_blocks(), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_frequencies)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
