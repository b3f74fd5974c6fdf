/* Domains and lattice fringes of images whose spectra are known; where the fringes are. */
#include "analysis/microscope/image_fringes.h"
#include "analysis/microscope/image_texture.h"
#include "base/mem.h"
#include "base/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#define NX 120
#define NY 96

static double image[NX * NY];

static struct image_texture texture(void) {
    static const double step[2] = {0.5, 0.4}, range[2] = {0.3, 0.8};
    struct image_texture t;
    assert_int_equal(image_texture_make(image, NY, NX, step, 12, range, &t), ERR_OK);
    return t;
}

/* Waves of amplitude 3 and 1 with 2 and 24 periods: variances 9 : 1, of which that of 2 periods in 48 (24
 * long) counts as a domain; the other has k = 24 / 48 = 0.5, and nothing
 * else is on its ring but noise of 1e-5 (without any, rounding alone would make the rings). */
static void test_waves(void **state) {
    (void)state;
    for (int i = 0; i < NX * NY; i++) {
        double z[1];
        rng_normal(7, RNG_TEST, (uint64_t)i, 0, 1, z);
        image[i] = 1e-5 * z[0] + 5 + 3 * cos(2 * M_PI * 2 * (i / NX) / NY) +
                   cos(2 * M_PI * 24 * (i % NX) / NX + 0.3);
    }
    struct image_texture t = texture();
    assert_true(fabs(t.domains - 0.9) < 1e-6);
    assert_true(fabs(hypot(t.k[0], t.k[1]) - 0.5) < 1e-12);
    assert_true(t.fringes > 1e6);
}

/* White noise: a pixel of the spectrum is exponential about its ring's mean, the strongest of N lies at ln N
 * +- a few (Gumbel: above ln N + 7 once in 1100; the seed is fixed). Domains: the share of the waves of the
 * half plane that are longer than 12: pi (48 / 12)^2 of 120 x 96 = 0.4 %. With a weak lattice (1/7 of the
 * noise's deviation) hidden in it: amplitude^2 N / 4 over the noise = 0.02 * 11520 / 4 = 58 times the mean,
 * and a few because of the noise's own part. */
static void test_noise(void **state) {
    (void)state;
    for (int lattice = 0; lattice < 2; lattice++) {
        for (int i = 0; i < NX * NY; i++) {
            double z[1];
            rng_normal(7, RNG_TEST, (uint64_t)i, 0, 1, z);
            image[i] =
                z[0] + (lattice ? 0.1414 * cos(2 * M_PI * (20.0 * (i % NX) / NX + 12.0 * (i / NX) / NY)) : 0);
        }
        struct image_texture t = texture();
        printf("# noise%s: domains %.4f, strongest %.1f, by chance %.1f\n", lattice ? " and a lattice" : "",
               t.domains, t.fringes, t.by_chance);
        assert_true(t.domains < 0.012);
        if (lattice)
            assert_true(t.fringes > 35 && fabs(hypot(t.k[0], t.k[1]) - hypot(20 / 48.0, 12 / 48.0)) < 1e-12);
        else assert_true(t.fringes < t.by_chance + 7 && t.fringes > t.by_chance - 3);
    }
}

/* Fringes of k = 0.5 in the left half of the image, in noise of as much variance: nearly every window there
 * finds them, and of those in the right half, farther than a window from the left, chance finds less than the
 * 1 % of image_fringes.h (the windows overlap, so that fewer than all of them count). */
static void test_where(void **state) {
    static const double step[2] = {0.5, 0.5}, range[2] = {0.3, 0.7};
    static double strength[NX * NY];
    double chance, share[2] = {0}, count[2] = {0};
    (void)state;
    for (int lattice = 0; lattice < 2; lattice++) {
        for (int i = 0; i < NX * NY; i++) {
            double z[1], x = 0.5 * (i % NX), y = 0.5 * (i / NX);
            rng_normal(8, RNG_TEST, (uint64_t)i, 0, 1, z);
            image[i] =
                z[0] + (lattice && i % NX < NX / 2 ? sqrt(2) * cos(2 * M_PI * (0.4 * x + 0.3 * y)) : 0);
        }
        assert_int_equal(image_fringes_make(image, NY, NX, step, range, 8, strength, &chance), ERR_OK);
        for (int side = 0; side < 2; side++) share[side] = count[side] = 0;
        for (int i = 0; i < NX * NY; i++) {
            int x = i % NX % (NX / 2);
            if (x < 16 || x >= NX / 2 - 16) continue;
            count[i % NX >= NX / 2]++;
            share[i % NX >= NX / 2] += strength[i] > chance;
        }
        printf("# fringes%s: found in %.3f of the left, %.4f of the right\n", lattice ? "" : " (none)",
               share[0] / count[0], share[1] / count[1]);
        if (lattice) assert_true(share[0] / count[0] > 0.95);
        else assert_true(share[0] / count[0] < 0.03);
        assert_true(share[1] / count[1] < 0.03);
    }
    assert_int_equal(image_fringes_make(image, NY, NX, step, range, 1, strength, &chance), ERR_INPUT);
    err_clear();
    static const double beyond[2] = {0.3, 1.2};
    assert_int_equal(image_fringes_make(image, NY, NX, step, beyond, 8, strength, &chance), ERR_INPUT);
    err_clear();
}

/* A Gaussian of full width f takes exp(-(pi f k)^2 / (4 ln 2)) of a wave; the mean stays. */
static void test_blur(void **state) {
    static const double step[2] = {0.5, 0.5};
    double k = 6 / (NX * 0.5), f = 4, want = exp(-pow(M_PI * f * k, 2) / (4 * log(2)));
    (void)state;
    for (int i = 0; i < NX * NY; i++) image[i] = 3 + cos(2 * M_PI * 6 * (i % NX) / NX);
    assert_int_equal(image_fringes_blur(image, NY, NX, step, f), ERR_OK);
    for (int i = 0; i < NX * NY; i++)
        assert_true(fabs(image[i] - 3 - want * cos(2 * M_PI * 6 * (i % NX) / NX)) < 1e-12);
}

static int balanced(void **state) {
    (void)state;
    return mem_blocks() != 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_waves, balanced), cmocka_unit_test_teardown(test_noise, balanced),
        cmocka_unit_test_teardown(test_where, balanced), cmocka_unit_test_teardown(test_blur, balanced)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
