/* The intercept of background and rise: exact on straight lines, rising and falling; where the rise stalls;
 * found again in noise within the error that it states. */
#include "base/mem.h"
#include "base/onset.h"
#include "base/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#define N 400

static double t[N], value[N];

static void ramp(double background, double slope, double sign) {
    for (int k = 0; k < N; k++) {
        t[k] = 0.5 * k;
        value[k] = background + sign * (k < 100 ? 0 : fmin(1, slope * (k - 100)));
    }
}

/* A rise of slope 0.05 per frame from frame 100 (t = 50) on: the intercept is where it starts, exactly. */
static void test_lines(void **state) {
    (void)state;
    struct onset o;
    struct onset_rules given = {0.05, 0.5, 1}, found = {0.05, 0.5, NAN};
    ramp(0, 0.05, 1);
    assert_true(onset_find(t, value, N, &given, &o) && fabs(o.t - 50) < 1e-9 && fabs(o.slope - 0.1) < 1e-9);
    assert_false(onset_find(t, value, 100, &given, &o));
    assert_true(isnan(o.t));
    assert_false(onset_find(t, value, 100, &found, &o));
    for (int sign = -1; sign <= 1; sign += 2) {
        ramp(-0.3, 0.05, sign);
        assert_true(onset_find(t, value, N, &found, &o));
        assert_true(fabs(o.t - 50) < 1e-9 && fabs(o.full - sign) < 1e-9 && fabs(o.background + 0.3) < 1e-12);
    }
    ramp(0, 0.05, 1);
    for (int k = 110; k < N; k++) value[k] = 0.5 + 0.001 * (k - 110); /* stalls half way */
    assert_true(onset_find(t, value, N, &(struct onset_rules){0.05, 0.55, 1}, &o));
    assert_true(fabs(o.t - 50) < 0.5);
    assert_int_equal(mem_blocks(), 0);
}

/* 300 films with Gaussian noise of 4 % of the rise: (found - true)/error has mean 0 and standard deviation 1.
 * The ends of the line are chosen by the noise, which biases it: |mean| < 0.4 and 0.8 < sd < 1.5 are what it
 * does, far from the limits (3 standard errors of 300 are 0.17); fixed seed. In noise alone nothing is found
 * in 99 of 100 films at least: 80 values of the running mean at 5 sigma (binomial, false alarm below 1e-4).
 */
static void test_noise(void **state) {
    (void)state;
    struct onset o;
    struct onset_rules rules = {0.1, 0.6, NAN};
    double sum = 0, square = 0;
    int alarms = 0;
    for (int film = 0; film < 300; film++) {
        double z, pull;
        ramp(-0.2, 0.01, 1);
        for (int k = 0; k < N; k++) {
            rng_normal(5, RNG_TEST, (uint64_t)film, (uint64_t)k, 1, &z);
            value[k] += 0.04 * z;
        }
        assert_true(onset_find(t, value, N, &rules, &o));
        pull = (o.t - 50) / o.error;
        sum += pull;
        square += pull * pull;
        alarms += onset_find(t, value, 95, &rules, &o);
    }
    double mean = sum / 300, sd = sqrt(square / 300 - mean * mean);
    printf("# pull: mean %.2f, standard deviation %.2f; false alarms %d of 300\n", mean, sd, alarms);
    assert_true(fabs(mean) < 0.4 && sd > 0.8 && sd < 1.5 && alarms <= 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_lines), cmocka_unit_test(test_noise)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
