/* The kink of two lines: exact, noisy with a stated error, correlated noise, refusals. */
#include "analysis/structure/tgfit.h"
#include "base/mem.h"
#include "base/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define N 1700

static const struct tgfit_ranges ranges = {600, 1100, 1700};
static double t[N], v[N];

/* V = 15.8 (1 + 3e-5 (T - 750)) below 750, slope 6e-5 above: the kink is at 750 by construction. */
static void kink(double noise, double memory, uint64_t seed) {
    double drift = 0;
    for (int i = 0; i < N; i++) {
        double z;
        rng_normal(seed, RNG_TEST, (uint64_t)i, 0, 1, &z);
        drift = memory * drift + sqrt(1 - memory * memory) * z;
        t[i] = 2000 - i;
        v[i] = 15.8 * (1 + (t[i] < 750 ? 3e-5 : 6e-5) * (t[i] - 750)) + noise * drift;
    }
}

static void test_exact(void **state) {
    (void)state;
    struct tgfit fit;
    kink(0, 0, 1);
    v[3] = NAN; /* skipped */
    assert_int_equal(tgfit_compute(t, v, N, &ranges, &fit), ERR_OK);
    assert_true(fabs(fit.tg - 750) < 1e-6);
    assert_true(fit.error < 1e-3);
    assert_true(fabs(fit.glass.b - 15.8 * 3e-5) < 1e-12 && fabs(fit.liquid.b - 15.8 * 6e-5) < 1e-12);
    /* linear expansion = a third of dV/dT / V, V at the mean temperature 450.5 of the glass's records
     * 301..600 */
    assert_true(fabs(fit.expansion_glass - 1e-5 / (1 + 3e-5 * (450.5 - 750))) < 1e-10);
    assert_int_equal(fit.glass.n_records, 300);
}

/* 200 noisy runs, white and correlated over 10 records: the errors must cover what happened. Mean of (Tg -
 * 750)^2 / error^2 for t-distributed blocks is below 2 and above 0.5, and their
 * mean within 4 K (its own scatter is 0.9 K), with a false alarm below 1e-4. */
static void test_error(void **state) {
    (void)state;
    for (int correlated = 0; correlated < 2; correlated++) {
        double sum = 0, mean = 0;
        for (uint64_t seed = 1; seed <= 200; seed++) {
            struct tgfit fit;
            kink(0.005, correlated ? 0.9 : 0, seed);
            assert_int_equal(tgfit_compute(t, v, N, &ranges, &fit), ERR_OK);
            double d = (fit.tg - 750) / fit.error;
            sum += d * d / 200;
            mean += (fit.tg - 750) / 200;
        }
        assert_true(sum > 0.5 && sum < 2);
        assert_true(fabs(mean) < 4);
    }
}

static void refused(int64_t n, const char *part) {
    struct tgfit fit;
    assert_int_equal(tgfit_compute(t, v, n, &ranges, &fit), ERR_INPUT);
    assert_non_null(strstr(err_message(), part));
    assert_true(isnan(fit.tg) || fit.tg != 0);
    err_clear();
}

static void test_refusals(void **state) {
    (void)state;
    kink(0, 0, 1);
    refused(1200, "0 records between 0 and 600 for the glass's line");
    refused(0, "0 records");
    for (int i = 0; i < N; i++) v[i] = 15 + 1e-3 * t[i];
    refused(N, "do not cross");
    for (int i = 0; i < N; i++) v[i] = 15 + 1e-3 * t[i] * t[i] * 1e-3;
    v[0] = 15; /* a parabola does cross */
    struct tgfit fit;
    assert_int_equal(tgfit_compute(t, v, N, &ranges, &fit), ERR_OK);
}

static void test_rows(void **state) {
    (void)state;
    static const struct deck_table schema[] = {{.prefix = "tg", .rows = tgfit_rows}, {.prefix = NULL}};
    struct comm comm = comm_self();
    struct deck *deck = NULL;
    struct tgfit_ranges r;
    int e = deck_open_text(&comm, "a.yml", "tg: {glass_max: 500 K}\n", schema, NULL, 0, &deck);
    assert_int_equal(e, ERR_OK);
    tgfit_ranges_read(deck, "tg", &r);
    assert_true(r.glass_max == 500 && r.liquid_min == 1100 && r.liquid_max == 1700);
    deck_close(&deck);
}

static int balance(void **state) {
    (void)state;
    return mem_blocks() != 0;
}

int main(int argc, char **argv) {
    struct comm comm;
    if (comm_init(&argc, &argv, &comm)) return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_exact, balance), cmocka_unit_test_teardown(test_error, balance),
        cmocka_unit_test_teardown(test_refusals, balance), cmocka_unit_test_teardown(test_rows, balance)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_finalize();
    return failed;
}
