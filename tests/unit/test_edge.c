/* A straight wire in an image: its direction, its edges and the depth below them, in every direction. */
#include "analysis/film/study_edge.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define NY 120
#define NX 96
#define WIDE 40.0 /* pixels */
#define PIXEL 0.25

static double image[NY * NX], depth[NY * NX];
static uint8_t band[NY * NX];

/* **Local.** Signed distance below the nearer edge, pixels, of a wire through (cx, cy). */
static double truth(int k, double angle, double offset) {
    double x = k % NX + 0.5 - 0.5 * NX, y = k / NX + 0.5 - 0.5 * NY;
    return 0.5 * WIDE - fabs(x * cos(angle) - y * sin(angle) - offset);
}

static void draw(double angle, double offset) {
    for (int k = 0; k < NY * NX; k++) {
        double z, in = fmin(1, fmax(0, 0.5 + truth(k, angle, offset)));
        rng_normal(1, RNG_TEST, (uint64_t)k, 0, 1, &z);
        image[k] = 0.1 + 0.9 * in + 0.1 * in * z;
    }
}

/* Noise of 0.1 a pixel on lines of some 100 pixels: edges are off by some 0.02 pixel; the direction by 0.02 /
 * 100 rad. */
static void test_directions(void **state) {
    static const double degrees[] = {0, 30, -52, 90, 45};
    (void)state;
    for (size_t j = 0; j < sizeof degrees / sizeof *degrees; j++) {
        double angle = degrees[j] * M_PI / 180, found = NAN, worst = 0;
        draw(angle, 3.3);
        assert_int_equal(study_edge_depth(image, NY, NX, PIXEL, &found, depth, band), ERR_OK);
        double turn = remainder(found - angle, M_PI); /* a wire has no head */
        assert_true(fabs(turn) < 0.3 * M_PI / 180);
        assert_int_equal(study_edge_depth(image, NY, NX, PIXEL, &angle, depth, band), ERR_OK);
        for (int k = 0; k < NY * NX; k++) worst = fmax(worst, fabs(depth[k] / PIXEL - truth(k, angle, 3.3)));
        print_message("# %g: found %.3f deg off, depth %.3f pixels off\n", degrees[j], turn * 180 / M_PI,
                      worst);
        assert_true(worst < 0.25);
    }
}

/* Bands cut the wire into eighths of its length. */
static void test_bands(void **state) {
    double up = 0, across = 0.5 * M_PI;
    (void)state;
    draw(up, 0);
    assert_int_equal(study_edge_depth(image, NY, NX, PIXEL, &up, depth, band), ERR_OK);
    for (int y = 0; y < NY; y++) assert_int_equal(band[y * NX + NX / 2], y * 8 / NY);
    draw(across, 0);
    assert_int_equal(study_edge_depth(image, NY, NX, PIXEL, &across, depth, band), ERR_OK);
    for (int x = 0; x < NX; x++) assert_int_equal(band[NY / 2 * NX + x], x * 8 / NX);
}

static void test_none(void **state) {
    double angle = NAN;
    (void)state;
    for (int k = 0; k < NY * NX; k++) image[k] = 1;
    assert_int_equal(study_edge_depth(image, NY, NX, PIXEL, &angle, depth, band), ERR_INPUT);
    err_clear();
    draw(0, 0); /* looked at in the wrong direction, it has no edge */
    angle = 0.5 * M_PI;
    assert_int_equal(study_edge_depth(image, NY, NX, PIXEL, &angle, depth, band), ERR_INPUT);
    assert_non_null(strstr(err_message(), "wire_angle"));
    err_clear();
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_directions), cmocka_unit_test(test_bands),
                                       cmocka_unit_test(test_none)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return failed || mem_blocks() != 0;
}
