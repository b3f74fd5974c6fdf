/* The stretched exponential: exact recovery, conventions, refusals; lines of the theories. */
#include "analysis/film/theory.h"
#include "analysis/kww.h"
#include "base/mem.h"
#include "base/rng.h"

#include <gsl/gsl_errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define N 40

static double t[N], y[N];

static void lags(void) {
    for (int i = 0; i < N; i++) t[i] = 0.01 * pow(10, 3.5 * i / (N - 1));
}

static struct kww_fit fit_of(enum kww_convention convention, double longest) {
    struct kww *k = NULL;
    struct kww_fit fit;
    assert_int_equal(kww_create(N, t, convention, longest, &k), ERR_OK);
    assert_int_equal(kww_compute(k, y, &fit), ERR_OK);
    kww_destroy(&k);
    return fit;
}

/* Curves made with A, tau, beta come back to the tolerance of the fit, over beta of zhang2018 (0.2 .. 1). */
static void test_exact(void **state) {
    (void)state;
    lags();
    for (double beta = 0.25; beta <= 1.01; beta += 0.15) {
        struct kww_curve c = {0.8, 1.7, beta};
        for (int i = 0; i < N; i++) y[i] = kww_value(&c, KWW_FIELD, t[i]);
        struct kww_fit f = fit_of(KWW_FIELD, 100);
        assert_int_equal(f.status, KWW_OK);
        assert_true(fabs(f.curve.tau / 1.7 - 1) < 1e-5 && fabs(f.curve.beta / beta - 1) < 1e-5);
        assert_true(fabs(f.curve.amplitude / 0.8 - 1) < 1e-5 && f.r2 > 1 - 1e-9);
        assert_true(f.iterations < 30);
    }
}

/* Gaussian noise of 0.01: the estimates scatter as their errors say. Mean of z^2 over 200 fits is 1 with a
 * standard deviation of 0.1; bounds of 0.5 and 1.6: false alarm below 1e-5. */
static void test_errors(void **state) {
    (void)state;
    struct kww_curve c = {1, 2, 0.6};
    double sum = 0;
    lags();
    for (int k = 0; k < 200; k++) {
        for (int i = 0; i < N; i++) {
            double z;
            rng_normal(5, RNG_TEST, (uint64_t)k, (uint64_t)i, 1, &z);
            y[i] = kww_value(&c, KWW_FIELD, t[i]) + 0.01 * z;
        }
        struct kww_fit f = fit_of(KWW_FIELD, 100);
        assert_int_equal(f.status, KWW_OK);
        sum += pow((f.curve.tau - 2) / f.error.tau, 2) / 200;
    }
    assert_true(sum > 0.5 && sum < 1.6);
}

/* voigt2023: 739 s at beta 0.63 without the factor 2 is 2221 s with it; <tau> = 1046 s (arithmetic). There
 * and back is exact; the fit in either convention gives the converted numbers. */
static void test_conventions(void **state) {
    (void)state;
    struct kww_curve c = {1, 739, 0.63}, error = {0, 1, 0.01};
    kww_convert(&c, &error, KWW_PLAIN, KWW_FIELD);
    assert_true(fabs(c.tau - 2221) < 1);
    /* d tau / d beta = -tau ln 2 / beta^2 * d beta, and the error of tau scaled by 3.00: by hand */
    double by_hand = hypot(1 * pow(2, 1 / 0.63), c.tau * log(2) / (0.63 * 0.63) * 0.01);
    assert_true(fabs(error.tau / by_hand - 1) < 1e-12);
    kww_convert(&c, NULL, KWW_FIELD, KWW_PLAIN);
    assert_true(fabs(c.tau - 739) < 1e-9);
    assert_true(fabs(kww_mean_time(739, 0.63) - 1046) < 2);
    lags();
    struct kww_curve field = {1, 1, 0.5};
    for (int i = 0; i < N; i++) y[i] = kww_value(&field, KWW_FIELD, t[i]);
    assert_true(fabs(fit_of(KWW_PLAIN, 100).curve.tau - 0.25) < 1e-5); /* 2^(-1/0.5) */
}

static void test_refusals(void **state) {
    (void)state;
    struct kww *k = NULL;
    lags();
    for (int i = 0; i < N; i++) y[i] = 0.3;
    assert_int_equal(fit_of(KWW_FIELD, 100).status, KWW_CONSTANT);
    y[3] = NAN;
    assert_int_equal(fit_of(KWW_FIELD, 100).status, KWW_NOT_A_NUMBER);
    for (int i = 0; i < N; i++) y[i] = -0.1 - 0.001 * i;
    assert_int_equal(fit_of(KWW_FIELD, 100).status, KWW_NO_CONTRAST);
    struct kww_curve slow = {1, 50, 0.6};
    for (int i = 0; i < N; i++) y[i] = kww_value(&slow, KWW_FIELD, t[i]);
    struct kww_fit f = fit_of(KWW_FIELD, 20);
    assert_int_equal(f.status, KWW_TOO_SLOW);
    assert_int_equal(kww_create(3, t, KWW_FIELD, 1, &k), ERR_INPUT);
    assert_null(k);
    err_clear();
    assert_string_equal(kww_status_text(KWW_MASKED), "outside the mask");
}

/* zhang2018's end points, 20 s and 0.82 nm at 523 K, 350 s and 1.41 nm at 507 K: slopes by arithmetic. */
static void test_theory(void **state) {
    (void)state;
    static const double temperature[] = {507, 523}, tau[] = {350, 20}, xi[] = {1.41, 0.82},
                        surface[] = {20, 6.08};
    struct theory_points p = {2, temperature, tau, xi, NULL, NULL};
    struct theory_fit f;
    static const double expected[] = {4.09, 4.85, 5.28, 0.203}, within[] = {0.005, 0.005, 0.005, 0.0005};
    for (int m = 0; m < THEORY_MODELS; m++) {
        assert_int_equal(theory_compute((enum theory_model)m, &p, &f), ERR_OK);
        assert_true(fabs(f.slope - expected[m]) < within[m]);
        assert_true(isnan(f.error) && isnan(f.chi2));
    }
    p.tau = surface; /* 20 s at 507 K and 1.7 eV give 6.08 s at 523 K */
    assert_int_equal(theory_compute(THEORY_ARRHENIUS, &p, &f), ERR_OK);
    assert_true(fabs(f.slope - 1.70) < 0.005);
    /* Debye-Stokes-Einstein with R = 0.5 nm at 507 K, 350 s: 3 k T tau / (4 pi R^3) = 4.68e9 Pa s */
    assert_true(fabs(theory_viscosity(507, 350, 0.5) / 4.68e9 - 1) < 0.001);
}

/* Five temperatures on one Arrhenius line: 3.7 eV comes back; with errors chi-square is 0, and errors twice
 * as large double the slope's error. */
static void test_theory_errors(void **state) {
    (void)state;
    double temperature[5], tau[5], error[5];
    for (int k = 0; k < 5; k++) {
        temperature[k] = 507 + 4 * k;
        tau[k] = 350 * exp(3.7 / 8.617333262e-5 * (1 / temperature[k] - 1 / 507.0));
        error[k] = 0.05 * tau[k];
    }
    struct theory_points p = {5, temperature, tau, NULL, error, NULL};
    struct theory_fit f, g;
    assert_int_equal(theory_compute(THEORY_ARRHENIUS, &p, &f), ERR_OK);
    assert_true(fabs(f.slope - 3.7) < 1e-9 && f.chi2 < 1e-9);
    for (int k = 0; k < 5; k++) error[k] *= 2;
    assert_int_equal(theory_compute(THEORY_ARRHENIUS, &p, &g), ERR_OK);
    assert_true(fabs(g.error / f.error - 2) < 1e-9);
    assert_int_equal(theory_compute(THEORY_IMCT, &p, &g), ERR_INPUT); /* no lengths */
    err_clear();
}

int main(void) {
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exact),    cmocka_unit_test(test_errors), cmocka_unit_test(test_conventions),
        cmocka_unit_test(test_refusals), cmocka_unit_test(test_theory), cmocka_unit_test(test_theory_errors)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return failed || mem_blocks() != 0;
}
