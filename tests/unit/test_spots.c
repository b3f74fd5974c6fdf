/* Spots and profiles of rendered patterns: places to a fraction of a pixel, ellipses, peaks, zone axes. */
#include "analysis/microscope/radial.h"
#include "analysis/microscope/spots.h"
#include "base/mem.h"
#include "base/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define SIDE 200

static const struct polar_geometry flat = {
    .nx = SIDE, .ny = SIDE, .centre = {99.6, 100.2}, .pixel = {0.01, 0.01}, .ratio = 1};

/* A smooth ring and background, spots of standard deviation 1.5 px at (k, phi), noise of `noise`. */
static float *render(const struct polar_geometry *g, const double (*spot)[2], int n, double noise) {
    float *image = NULL;
    assert_int_equal(MEM_NEW(image, SIDE * SIDE), ERR_OK);
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            double k, phi, z[1], v;
            polar_where(g, x, y, &k, &phi);
            v = 10 * exp(-pow((k - 0.4) / 0.06, 2) / 2) + 5 * exp(-3 * k);
            for (int i = 0; i < n; i++) {
                double sx, sy;
                polar_place(g, spot[i][0], spot[i][1], &sx, &sy);
                v += 40 * exp(-(pow(x - sx, 2) + pow(y - sy, 2)) / (2 * 1.5 * 1.5));
            }
            rng_normal(2, RNG_TEST, 0, (uint64_t)(y * SIDE + x), 1, z);
            image[y * SIDE + x] = (float)(v + noise * z[0]);
        }
    return image;
}

/* Six spots off the pixel grid. Without noise the paraboloid through log I errs by the slope of the
 * background under the spot: below 0.05 px here; noise of 1 % of the height adds 0.02 px. */
static void test_places(void **state) {
    (void)state;
    const double where[6][2] = {{0.40, 0.1},  {0.41, 1.2}, {0.39, 2.27},
                                {0.40, -0.9}, {0.55, 0.6}, {0.62, -2.2}};
    struct spots_options o = {0.3, 0.8, 0.7, 8, 4};
    double worst = 0;
    for (int noisy = 0; noisy < 2; noisy++) {
        float *image = render(&flat, where, 6, noisy ? 0.4 : 0);
        struct spot *spots = NULL;
        int n;
        assert_int_equal(spots_find(&flat, image, &o, &spots, &n), ERR_OK);
        assert_int_equal(n, 6);
        for (int i = 0; i < 6; i++) {
            double x, y, best = INFINITY;
            polar_place(&flat, where[i][0], where[i][1], &x, &y);
            for (int j = 0; j < n; j++) best = fmin(best, hypot(spots[j].x - x, spots[j].y - y));
            worst = fmax(worst, best);
            assert_true(best < (noisy ? 0.15 : 0.05));
        }
        printf("# six spots%s: at most %.3f px off\n", noisy ? " with noise" : "", worst);
        mem_free(&spots);
        mem_free(&image);
    }
}

/* A ring stretched by 1.04 along 0.6 rad. */
static void test_ellipse(void **state) {
    (void)state;
    struct polar_geometry g = flat;
    double ratio, angle, radius;
    g.ratio = 1.04;
    g.angle = 0.6;
    float *image = render(&g, NULL, 0, 0.05);
    assert_int_equal(spots_ellipse(&flat, image, 0.3, 0.5, &ratio, &angle, &radius), ERR_OK);
    printf("# ellipse: ratio %.4f (1.04), angle %.3f (0.6), radius %.4f\n", ratio, angle, radius);
    assert_true(fabs(ratio - 1.04) < 2e-3 && fabs(angle - 0.6) < 0.02 && fabs(radius - 0.4) < 4e-3);
    assert_int_equal(spots_ellipse(&flat, image, 0.7, 0.9, &ratio, &angle, &radius), ERR_PHYSICS);
    mem_free(&image);
}

/* Three Gaussians on 3 k^-2: what is put in comes out (exact up to the rings' interpolation). */
static void test_profile(void **state) {
    (void)state;
    enum { N = 180 };
    double k[N], q[N], intensity[N], background[N];
    const double put[3][3] = {
        {2.57, 0.9, 10}, {4.5, 0.7, 3}, {5.28, 0.8, 2}}; /* Q, FWHM, height: as Zhu 2017 has them */
    for (int i = 0; i < N; i++) {
        k[i] = 0.1 + 0.006 * i;
        q[i] = 2 * M_PI * k[i];
        intensity[i] = 3 / (k[i] * k[i]);
        for (int p = 0; p < 3; p++)
            intensity[i] += put[p][2] * exp(-4 * M_LN2 * pow((q[i] - put[p][0]) / put[p][1], 2));
    }
    const double anchor[2] = {0.12, 1.15}, bad[2] = {0.12, 3};
    assert_int_equal(radial_background(k, intensity, N, bad, 2, background), ERR_INPUT);
    err_clear();
    assert_int_equal(radial_background(k, intensity, N, anchor, 2, background), ERR_OK);
    /* the foot of the last peak at the second anchor: exp(-4 ln 2 (1.95 / 0.8)^2) < 1e-6 */
    assert_true(fabs(background[50] * k[50] * k[50] / 3 - 1) < 1e-5);
    struct radial_peak peak[3] = {{.q = 2.4}, {.q = 4.4}, {.q = 5.4}};
    assert_int_equal(radial_fit(q + 20, intensity + 20, N - 20, peak, 3), ERR_OK);
    for (int p = 0; p < 3; p++) {
        assert_true(fabs(peak[p].q - put[p][0]) < 1e-4);
        assert_true(fabs(peak[p].fwhm - put[p][1]) < 1e-3);
        assert_true(fabs(peak[p].height - put[p][2]) < 1e-3);
        assert_true(peak[p].q_error < 0.01);
    }
    struct radial_peak found[5];
    int n = radial_maxima(q + 20, intensity + 20, N - 20, 0.4, 0.05, found, 5);
    assert_int_equal(n, 3); /* the shoulder, too */
    for (int p = 0; p < 3; p++) assert_true(fabs(found[p].q - put[p][0]) < 0.15);
}

/* The radial mean of a pattern that depends on k alone is that function. */
static void test_rings(void **state) {
    (void)state;
    struct polar_geometry g = flat;
    double sum[60] = {0}, weight[60] = {0};
    g.ratio = 1.05;
    g.angle = 0.3;
    g.k_first = 0.2;
    g.k_step = 0.01;
    g.n_k = 60;
    float *image = render(&g, NULL, 0, 0);
    radial_add(&g, image, sum, weight);
    for (int i = 1; i < 59; i++) {
        double k = 0.2 + 0.01 * i, want = 10 * exp(-pow((k - 0.4) / 0.06, 2) / 2) + 5 * exp(-3 * k);
        /* triangular averaging over one pixel to each side: curvature / 12 px^2, at the ring's top 0.2 % */
        assert_true(fabs(sum[i] / weight[i] - want) < 0.01 * want + 0.02);
    }
    mem_free(&image);
}

static double best_motif(const struct spot *spots, int n, char name[24], struct spots_match *best) {
    struct spots_motif motif;
    *best = (struct spots_match){.score = -1};
    for (int i = 0; spots_motif_get(i, &motif); i++) {
        struct spots_match m = spots_compare(&motif, spots, n, 0.03);
        if (m.score <= best->score) continue;
        *best = m;
        strcpy(name, motif.name);
    }
    return best->score;
}

/* Numbers of vectors and angles known from the lattices: fcc <001>: {200} x 4 and {220} x 4 (within twice the
 * shortest: {400} x 4, too); a five-fold axis has ten two-fold vectors 36 degrees apart. Each motif, turned
 * and scaled, finds itself (or one of the same figure); a spot missing and one too many lower the score as
 * defined. */
static void test_motifs(void **state) {
    (void)state;
    struct spots_motif motif;
    struct spot spots[SPOTS_MOTIF_MOST + 1];
    int n_motifs = 0, five = 0;
    assert_true(spots_motif_get(0, &motif));
    assert_string_equal(motif.name, "fcc 001");
    assert_int_equal(motif.n, 12);
    for (int i = 0; spots_motif_get(i, &motif); i++) {
        struct spots_match m;
        char name[24];
        n_motifs++;
        assert_true(motif.n > 0 && motif.n < SPOTS_MOTIF_MOST);
        for (int j = 0; j < motif.n; j++) {
            double phi = atan2(motif.g[j][1], motif.g[j][0]) + 0.3;
            spots[j] = (struct spot){.k = 0.35 * hypot(motif.g[j][0], motif.g[j][1]), .phi = phi};
        }
        double score = best_motif(spots, motif.n, name, &m);
        assert_true(score > 0.999);
        assert_true(m.rms < 1e-9);
        m = spots_compare(&motif, spots, motif.n, 0.03);
        assert_true(fabs(m.scale - 0.35) < 1e-9 && m.explained == motif.n && m.expected == motif.n);
        m = spots_compare(&motif, spots, motif.n - 1, 0.03);
        assert_true(m.score > 0.6 && m.score < 1);
        if (!strcmp(motif.name, "ico 5")) {
            five = 1;
            assert_int_equal(motif.n, 10);
            for (int j = 0; j < 10; j++) {
                double turn =
                    fmod(atan2(motif.g[j][1], motif.g[j][0]) - atan2(motif.g[0][1], motif.g[0][0]) + 4 * M_PI,
                         M_PI / 5);
                assert_true(fmin(turn, M_PI / 5 - turn) < 1e-9);
            }
        }
    }
    assert_int_equal(n_motifs, 13);
    assert_true(five);
    /* along fcc <011> the angle of (200) and (111) is 54.74 degrees, their lengths 1.1547: only <011> has it
     */
    assert_true(spots_motif_get(1, &motif));
    assert_string_equal(motif.name, "fcc 011");
    const double known[4][2] = {
        {1, 0}, {1, M_PI}, {2 / sqrt(3), acos(1 / sqrt(3))}, {2 / sqrt(3), acos(1 / sqrt(3)) + M_PI}};
    for (int j = 0; j < 4; j++) spots[j] = (struct spot){.k = 0.4 * known[j][0], .phi = known[j][1] + 1.1};
    struct spots_match m = spots_compare(&motif, spots, 4, 0.01);
    assert_int_equal(m.explained, 4);
}

static int balanced(void **state) {
    (void)state;
    err_clear();
    return mem_blocks() != 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_places, balanced), cmocka_unit_test_teardown(test_ellipse, balanced),
        cmocka_unit_test_teardown(test_profile, balanced), cmocka_unit_test_teardown(test_rings, balanced),
        cmocka_unit_test_teardown(test_motifs, balanced)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
