/* Angular symmetry: rings with known harmonics, masks, rendered patterns turned and stretched, speckle, shift
 * test. */
#include "analysis/microscope/polar.h"
#include "analysis/microscope/shift_test.h"
#include "analysis/microscope/shot_noise.h"
#include "analysis/microscope/symmetry.h"
#include "base/mem.h"
#include "base/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define N_PHI 360
#define TOP 12

static double uniform(int64_t k) {
    double u[2];
    rng_uniform(11, RNG_TEST, (uint64_t)k, 0, u);
    return u[0];
}

static struct symmetry *make_one(int n_k, const bool *valid, double range, bool whole) {
    struct symmetry *s = NULL;
    struct symmetry_setup o = {n_k, N_PHI, valid, TOP, 0, n_k, range, whole};
    assert_int_equal(symmetry_create(&o, &s), ERR_OK);
    return s;
}

static struct symmetry *make(int n_k, const bool *valid, double range) {
    return make_one(n_k, valid, range, false);
}

/* Two rings 2 + cos(4 phi) and 6 + 3 cos(4 phi): each ring's p is cos(4 D). Of both at once: mean 4, variance
 * (2^2 + 2^2)/2 + (1/2 + 9/2)/2 = 6.5, of which 4 is the rings' difference: p = (4 + 2.5 cos(4 D)) / 6.5. */
static void test_pearson(void **state) {
    (void)state;
    bool valid[2 * N_PHI];
    double rings[2 * N_PHI];
    memset(valid, 1, sizeof valid);
    for (int j = 0; j < N_PHI; j++) {
        rings[j] = 2 + cos(8 * M_PI * j / N_PHI);
        rings[N_PHI + j] = 6 + 3 * cos(8 * M_PI * j / N_PHI);
    }
    for (int whole = 0; whole < 2; whole++) {
        struct symmetry *s = make_one(2, valid, 0, whole);
        symmetry_analyse(s, rings);
        for (int j = 0; j < N_PHI; j++) {
            double c = cos(8 * M_PI * j / N_PHI);
            assert_true(fabs(symmetry_pearson(s)[j] - (whole ? (4 + 2.5 * c) / 6.5 : c)) < 1e-12);
        }
        symmetry_destroy(&s);
    }
}

/* I = 1 + a cos(n phi + d): C(D) = a^2/2 cos(n D); power a^2/4, amplitude a^2/2, squared a^4/16; p = cos(n
 * D). By hand from the definitions in symmetry.h. */
static void test_conventions(void **state) {
    (void)state;
    bool valid[N_PHI];
    double ring[N_PHI], c[N_PHI], a = 0.3;
    memset(valid, 1, sizeof valid);
    for (int n = 1; n <= TOP; n++) {
        struct symmetry *s = make(1, valid, 0);
        for (int j = 0; j < N_PHI; j++) ring[j] = 5 * (1 + a * cos(2 * M_PI * n * j / N_PHI + 0.7));
        symmetry_analyse(s, ring);
        symmetry_correlation(s, 0, symmetry_spectrum(s, 0), c);
        for (int j = 0; j < N_PHI; j++) {
            double angle = 2 * M_PI * n * j / N_PHI;
            assert_true(fabs(c[j] - a * a / 2 * cos(angle)) < 1e-13);
            assert_true(fabs(symmetry_pearson(s)[j] - cos(angle)) < 1e-12);
        }
        const double(*h)[2] = symmetry_harmonics(s, 0);
        for (int m = 1; m <= TOP; m++) {
            double power = (h[m][0] * h[m][0] + h[m][1] * h[m][1]) / (h[0][0] * h[0][0]);
            assert_true(fabs(symmetry_in(SYMMETRY_POWER, power) - (m == n ? a * a / 4 : 0)) < 1e-14);
            assert_true(fabs(symmetry_in(SYMMETRY_AMPLITUDE, power) - (m == n ? a * a / 2 : 0)) < 1e-14);
            assert_true(fabs(symmetry_in(SYMMETRY_SQUARED, power) - (m == n ? pow(a, 4) / 16 : 0)) < 1e-14);
        }
        /* p = 1 at all multiples of 2 pi / n */
        if (n > 1) assert_true(fabs(symmetry_coefficient(s, n) - 1) < (N_PHI % n ? 1e-2 : 1e-12));
        symmetry_destroy(&s);
    }
}

/* A ring of every harmonic up to 12. */
static void random_ring(int64_t seed, double *ring, double true_power[TOP + 1]) {
    for (int j = 0; j < N_PHI; j++) ring[j] = 3;
    for (int n = 1; n <= TOP; n++) {
        double a = 0.5 * uniform(100 * seed + n), d = 2 * M_PI * uniform(100 * seed + 50 + n);
        for (int j = 0; j < N_PHI; j++) ring[j] += a * cos(2 * M_PI * n * j / N_PHI + d);
        true_power[n] = a * a / 4 / 9;
    }
}

/* What pyxem's masked path gives: lags divided by their numbers of pairs, then transformed (the mean
 * subtracted first). */
static double by_masked_correlation(struct symmetry *s, int n) {
    double c[N_PHI], sum = 0;
    symmetry_correlation(s, 0, symmetry_spectrum(s, 0), c);
    for (int j = 0; j < N_PHI; j++) sum += c[j] * cos(2 * M_PI * n * j / N_PHI) / N_PHI;
    return sum;
}

/* Exact by least squares where the condition number is below 30; beside it the error of the other route. */
static void test_masks(void **state) {
    (void)state;
    static const int gaps[][2] = {{20, 1}, {10, 2}, {40, 1}, {25, 2}, {60, 1}, {90, 1}};
    int fitted = 0, refused = 0;
    for (size_t g = 0; g < sizeof gaps / sizeof *gaps; g++) {
        bool valid[N_PHI];
        double ring[N_PHI], power[TOP + 1], worst = 0, other = 0;
        for (int j = 0; j < N_PHI; j++) valid[j] = j % (N_PHI / gaps[g][1]) >= gaps[g][0];
        struct symmetry *s = make(1, valid, 0.1);
        double condition = symmetry_condition(s, 0);
        for (int t = 0; t < 20; t++) {
            random_ring(t, ring, power);
            for (int j = 0; j < N_PHI; j++)
                if (!valid[j]) ring[j] = 1e3;
            symmetry_analyse(s, ring);
            const double(*h)[2] = symmetry_harmonics(s, 0);
            double top = 0;
            for (int n = 1; n <= TOP; n++) top = fmax(top, power[n]);
            for (int n = 1; n <= TOP; n++) {
                double got = (h[n][0] * h[n][0] + h[n][1] * h[n][1]) / (h[0][0] * h[0][0]);
                if (condition > SYMMETRY_CONDITION) assert_true(isnan(got));
                else worst = fmax(worst, fabs(got - power[n]) / power[n]);
                other = fmax(other, fabs(by_masked_correlation(s, n) - power[n]) / top);
            }
        }
        if (condition <= SYMMETRY_CONDITION) {
            fitted++;
            assert_true(worst < 1e-10);
        } else refused++;
        printf("# %d x %d of 360 masked: condition %.3g, least squares %.1e, masked correlation %.2g of the "
               "largest\n",
               gaps[g][1], gaps[g][0], condition, worst, other);
        symmetry_destroy(&s);
    }
    assert_true(fitted >= 3 && refused >= 1);
    bool few[N_PHI] = {[3] = true, [200] = true};
    struct symmetry *s = make(1, few, 0.1);
    assert_true(isinf(symmetry_condition(s, 0)));
    symmetry_destroy(&s);
}

/* A pattern: a ring at 0.4 1/A with harmonics 2, 4, 5, 6, 10, turned by `angle`; stretched. */
static void render(const struct polar_geometry *g, double angle, float *image) {
    for (int y = 0; y < g->ny; y++)
        for (int x = 0; x < g->nx; x++) {
            double k, phi;
            polar_where(g, x, y, &k, &phi);
            phi -= angle;
            double ring = exp(-pow((k - 0.4) / 0.08, 2) / 2);
            image[y * g->nx + x] =
                (float)(ring * (1 + 0.2 * cos(2 * phi) + 0.3 * cos(4 * phi) + 0.2 * cos(5 * phi) +
                                0.25 * cos(6 * phi) + 0.2 * cos(10 * phi)));
        }
}

static void powers(const struct polar_geometry *g, const float *image, double out[TOP + 1]) {
    struct polar *polar = NULL;
    assert_int_equal(polar_create(g, &polar), ERR_OK);
    double *rings = NULL;
    assert_int_equal(MEM_NEW(rings, g->n_k * g->n_phi), ERR_OK);
    struct symmetry *s = make(g->n_k, polar_valid(polar), 0.1);
    polar_unwrap(polar, image, rings);
    symmetry_analyse(s, rings);
    const double(*h)[2] = symmetry_harmonics(s, 0);
    for (int n = 0; n <= TOP; n++) out[n] = hypot(h[n][0], h[n][1]);
    symmetry_destroy(&s);
    polar_destroy(&polar);
    mem_free(&rings);
}

/* |I_n| does not change when the specimen turns: bilinear interpolation at r = 92 px leaves n^2 / (6 r^2) =
 * 0.3 % at n = 10, of which less than a third depends on the angle. */
static void test_rotation(void **state) {
    (void)state;
    float *image = NULL;
    struct polar_geometry g = {.nx = 256,
                               .ny = 256,
                               .centre = {127.3, 128.1},
                               .pixel = {0.005, 0.005},
                               .ratio = 1,
                               .k_first = 0.46,
                               .k_step = 0.005,
                               .n_k = 1,
                               .n_phi = N_PHI};
    double first[TOP + 1], turned[TOP + 1], worst = 0;
    assert_int_equal(MEM_NEW(image, 256 * 256), ERR_OK);
    render(&g, 0, image);
    powers(&g, image, first);
    assert_true(fabs(first[4] / first[0] - 0.15) < 1e-3);
    assert_true(fabs(first[5] / first[0] - 0.1) < 1e-3);
    assert_true(first[3] / first[0] < 1e-4);
    for (int t = 1; t < 12; t++) {
        render(&g, 0.13 * t, image);
        powers(&g, image, turned);
        for (int n = 0; n <= TOP; n++)
            if (first[n] > 0.01 * first[0]) worst = fmax(worst, fabs(turned[n] / first[n] - 1));
    }
    printf("# |I_n| of a turned pattern: at most %.1e off\n", worst);
    assert_true(worst < 1e-3);
    mem_free(&image);
}

/* An ellipse of ratio 1.06 makes a false n = 2 and loses the others; unwrapped along ellipses it is as
 * before. */
static void test_ellipse(void **state) {
    (void)state;
    float *image = NULL;
    struct polar_geometry g = {.nx = 256,
                               .ny = 240,
                               .centre = {127.3, 118.1},
                               .pixel = {0.005, 0.0052},
                               .ratio = 1.06,
                               .angle = 0.5,
                               .k_first = 0.46,
                               .k_step = 0.005,
                               .n_k = 1,
                               .n_phi = N_PHI};
    double right[TOP + 1], wrong[TOP + 1], x, y, k, phi;
    assert_int_equal(MEM_NEW(image, 256 * 240), ERR_OK);
    render(&g, 0, image);
    powers(&g, image, right);
    assert_true(fabs(right[2] / right[0] - 0.1) < 1e-3 && fabs(right[4] / right[0] - 0.15) < 1e-3);
    g.ratio = 1;
    powers(&g, image, wrong);
    assert_true(fabs(wrong[2] / wrong[0] - 0.1) > 0.02);
    g.ratio = 1.06;
    polar_place(&g, 0.37, 2.1, &x, &y);
    polar_where(&g, x, y, &k, &phi);
    assert_true(fabs(k - 0.37) < 1e-12 && fabs(phi - 2.1) < 1e-12);
    mem_free(&image);
}

/* Speckle: |a smooth random amplitude on half a turn|^2, the same at phi and phi + pi. */
static void speckle(uint64_t id, double *ring) {
    double wave[N_PHI / 2] = {0};
    for (int n = -20; n <= 20; n++) {
        double z[2];
        rng_normal(3, RNG_TEST, id, (uint64_t)(n + 20), 2, z);
        for (int j = 0; j < N_PHI / 2; j++)
            wave[j] += z[0] * cos(4 * M_PI * n * j / N_PHI) - z[1] * sin(4 * M_PI * n * j / N_PHI);
    }
    for (int j = 0; j < N_PHI; j++) ring[j] = pow(wave[j % (N_PHI / 2)], 2);
}

/* An interface that is only less dense: three quarters of the intensity, counting noise (Gaussian, variance =
 * counts, some 50 a point). Its power by n over that of the rest is 1 for every even n: 600 rings of each
 * side leave 1 / sqrt(300) = 5.8 % on each ratio, 2.6 % on the mean of the five other n; the limit of 0.35 on
 * the difference is 5.5 standard errors, that of 0.12 on the mean ratio 5: false alarm below 1e-6. */
static void test_density(void **state) {
    (void)state;
    enum { RINGS = 60, TURNS = 10 };
    static double rings[RINGS * N_PHI];
    static bool valid[RINGS * N_PHI];
    double power[2][TOP + 1] = {{0}}, others = 0;
    memset(valid, 1, sizeof valid);
    struct symmetry *s = make(RINGS, valid, 0.1);
    for (int side = 0; side < 2; side++)
        for (int turn = 0; turn < TURNS; turn++) {
            for (int k = 0; k < RINGS; k++) {
                uint64_t id = (uint64_t)(100000 + side * 10000 + turn * 100 + k);
                double *ring = rings + k * N_PHI;
                speckle(id, ring);
                for (int j = 0; j < N_PHI; j++) {
                    double z[1], counts = 1.2 * (side ? 0.75 : 1) * ring[j];
                    rng_normal(3, RNG_TEST, id, (uint64_t)(100 + j), 1, z);
                    ring[j] = counts + sqrt(counts) * z[0];
                }
            }
            symmetry_analyse(s, rings);
            for (int k = 0; k < RINGS; k++) {
                const double(*h)[2] = symmetry_harmonics(s, k);
                for (int n = 2; n <= TOP; n += 2)
                    power[side][n] += (h[n][0] * h[n][0] + h[n][1] * h[n][1]) / (h[0][0] * h[0][0]);
            }
        }
    for (int n = 2; n <= TOP; n += 2)
        if (n != 4) others += power[1][n] / power[0][n] / 5;
    double four = power[1][4] / power[0][4];
    printf("# less dense interface: power of n = 4 %.3f of the rest's, of the other even n %.3f\n", four,
           others);
    assert_true(fabs(four - others) < 0.35);
    assert_true(fabs((four + 5 * others) / 6 - 1) < 0.12);
    symmetry_destroy(&s);
}

/* Speckle: intensity of many random waves on a ring, the same at phi and phi + pi (Friedel): even n only. The
 * mean of M patterns has |I_n|^2 / I_0^2 that falls as 1 / M. Over 60 rings and 6 values of n the mean at M =
 * 64 has a standard error of 1 / sqrt(360) = 5 %, at M = 1 the same: the exponent ln(ratio) / ln 64 has
 * 0.018; +- 0.08 is 4.4 sigma: false alarm 1e-5. */
static void test_speckle(void **state) {
    (void)state;
    enum { RINGS = 60, MOST = 64 };
    static double sum[RINGS * N_PHI], one[RINGS * N_PHI];
    static bool valid[RINGS * N_PHI];
    double floor_of[2] = {0}, odd = 0;
    memset(valid, 1, sizeof valid);
    memset(sum, 0, sizeof sum);
    struct symmetry *s = make(RINGS, valid, 0.1);
    for (int m = 0; m < MOST; m++) {
        for (int k = 0; k < RINGS; k++) speckle((uint64_t)(m * 100 + k), one + k * N_PHI);
        for (int i = 0; i < RINGS * N_PHI; i++) sum[i] += one[i];
        if (m > 0 && m < MOST - 1) continue;
        symmetry_analyse(s, sum);
        for (int k = 0; k < RINGS; k++) {
            const double(*h)[2] = symmetry_harmonics(s, k);
            for (int n = 1; n <= TOP; n++) {
                double power = (h[n][0] * h[n][0] + h[n][1] * h[n][1]) / (h[0][0] * h[0][0]);
                if (n % 2) odd = fmax(odd, power);
                else floor_of[m > 0] += power / (RINGS * TOP / 2.0);
            }
        }
    }
    double exponent = log(floor_of[1] / floor_of[0]) / log(MOST);
    printf("# floor of even n: %.4f of one pattern, %.5f of the mean of 64: exponent %.3f\n", floor_of[0],
           floor_of[1], exponent);
    assert_true(odd < 1e-25);
    assert_true(fabs(exponent + 1) < 0.08);
    symmetry_destroy(&s);
}

/* A number of Poisson's distribution, by counting arrivals (small means). */
static float counted(uint64_t id, uint64_t pixel, double mean) {
    double u[2], product = 1, limit = exp(-mean);
    int n = -1;
    for (uint64_t t = 0; product > limit; t++, n++) {
        rng_uniform(5, RNG_TEST, id << 20 | pixel, t, u);
        product *= u[0];
    }
    return (float)n;
}

/* Counts add gain / (counts of the ring's mean) to |I_n|^2 / I_0^2, and the gain is right with and without
 * masked pixels: 400 patterns of 2 counts a pixel with an amplitude of 0.3 at n = 4 (less n^2 / (6 r^2) = 0.4
 * %). One ring's power has a standard deviation of its noise (exponential) at n = 6, 1/20 of that on the
 * mean: the limit of 0.25 is 5 of them; at n = 4 it is sqrt(2 * 0.0225 * 0.004 / 400) = 0.00067, the limit
 * 0.0034. False alarm 1e-6 each. */
static void test_shot_noise(void **state) {
    (void)state;
    enum { PIXELS = 64, PATTERNS = 400 };
    static float image[PIXELS * PIXELS];
    static bool bad[PIXELS * PIXELS];
    double gain[TOP + 1], rings[N_PHI];
    for (int i = 0; i < PIXELS * PIXELS; i++) bad[i] = i / PIXELS < 32 && i % PIXELS >= 31 && i % PIXELS < 34;
    for (int masked = 0; masked < 2; masked++) {
        double power[TOP + 1] = {0}, noise[TOP + 1] = {0};
        struct polar_geometry g = {.nx = PIXELS,
                                   .ny = PIXELS,
                                   .centre = {31.5, 31.5},
                                   .pixel = {0.02, 0.02},
                                   .ratio = 1,
                                   .k_first = 0.52,
                                   .k_step = 0.02,
                                   .n_k = 1,
                                   .n_phi = N_PHI,
                                   .bad = masked ? bad : NULL};
        struct polar *polar = NULL;
        assert_int_equal(polar_create(&g, &polar), ERR_OK);
        struct symmetry *s = make(1, polar_valid(polar), 0.1);
        assert_int_equal(shot_noise_rings(polar, s, TOP, gain), ERR_OK);
        for (uint64_t m = 0; m < PATTERNS; m++) {
            for (int i = 0; i < PIXELS * PIXELS; i++) {
                double k, phi;
                polar_where(&g, i % PIXELS, i / PIXELS, &k, &phi);
                image[i] = fabs(k - 0.52) > 0.06 ? 0 : counted(m, (uint64_t)i, 2 * (1 + 0.3 * cos(4 * phi)));
            }
            polar_unwrap(polar, image, rings);
            symmetry_analyse(s, rings);
            const double(*h)[2] = symmetry_harmonics(s, 0);
            for (int n = 1; n <= TOP; n++) {
                power[n] += (h[n][0] * h[n][0] + h[n][1] * h[n][1]) / (h[0][0] * h[0][0]) / PATTERNS;
                noise[n] += gain[n] / h[0][0] / PATTERNS;
            }
        }
        printf("# %s: power of n = 4 %.5f, of n = 6 %.5f; noise %.5f; gain times points of a pixel %.2f\n",
               masked ? "masked" : "whole", power[4], power[6], noise[6], gain[6] * 2 * M_PI * 26);
        assert_true(fabs(power[4] - noise[4] - 0.0225) < 0.0034);
        assert_true(power[4] - 0.0225 > 0); /* not subtracted it is too much */
        assert_true(fabs(power[6] / noise[6] - 1) < 0.25);
        symmetry_destroy(&s);
        polar_destroy(&polar);
    }
}

#define SIDE 32

/* A periodic random field, correlated over about 3 pixels. */
static void field(uint64_t id, double *map) {
    static double white[SIDE * SIDE];
    for (int i = 0; i < SIDE * SIDE; i++) {
        double z[1];
        rng_normal(5, RNG_TEST, id, (uint64_t)i, 1, z);
        white[i] = z[0];
    }
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            double sum = 0;
            for (int dy = -4; dy <= 4; dy++)
                for (int dx = -4; dx <= 4; dx++)
                    sum += white[(y + dy + SIDE) % SIDE * SIDE + (x + dx + SIDE) % SIDE] *
                           exp(-(dx * dx + dy * dy) / 6.0);
            map[y * SIDE + x] = sum;
        }
}

/* On a field that knows nothing of the mask the p-values are uniform. Kolmogorov-Smirnov with 400 fields: D
 * above 1.95 / sqrt(400) = 0.0975 has probability 1e-3 (asymptotic law), for each of two measures; the
 * p-values are multiples of 1/200, which adds at most 0.005. A field with the mask added is found: p = 1/200.
 */
static void test_shifts(void **state) {
    (void)state;
    enum { FIELDS = 400 };
    static double map[SIDE * SIDE];
    static bool mask[SIDE * SIDE];
    int below[2][201] = {{0}};
    double d[2] = {0};
    struct shift_test_result r;
    for (int i = 0; i < SIDE * SIDE; i++) mask[i] = i / SIDE < 6 || (i % SIDE > 9 && i % SIDE < 14);
    for (int f = 0; f < FIELDS; f++) {
        field((uint64_t)f, map);
        assert_int_equal(shift_test_run(map, mask, SIDE, SIDE, 0.2, 199, 1, (uint64_t)f, &r), ERR_OK);
        below[0][(int)lround(r.p_r * 200)]++;
        below[1][(int)lround(r.p_overlap * 200)]++;
    }
    for (int c = 0; c < 2; c++) {
        double sum = 0;
        for (int k = 1; k <= 200; k++) {
            sum += (double)below[c][k] / FIELDS;
            d[c] = fmax(d[c], fabs(sum - k / 200.0));
        }
    }
    printf("# p-values of 400 fields: Kolmogorov-Smirnov D %.3f (r), %.3f (overlap); limit 0.1025\n", d[0],
           d[1]);
    assert_true(d[0] < 0.1025);
    assert_true(d[1] < 0.1025); /* ties of the overlap make p larger, never smaller */
    for (int i = 0; i < SIDE * SIDE; i++) map[i] += mask[i] ? 12 : 0;
    map[3] = NAN;
    assert_int_equal(shift_test_run(map, mask, SIDE, SIDE, 0.2, 199, 1, 0, &r), ERR_OK);
    printf("# with the mask added: r %.2f, p %.3f; overlap %.2f of %.2f, p %.3f\n", r.r, r.p_r, r.overlap,
           r.share, r.p_overlap);
    assert_true(r.p_r < 0.0051 && r.p_overlap < 0.0051 && r.overlap > r.share && r.inside > r.outside);
    memset(mask, 0, sizeof mask);
    assert_int_equal(shift_test_run(map, mask, SIDE, SIDE, 0.2, 199, 1, 0, &r), ERR_INPUT);
}

static int balanced(void **state) {
    (void)state;
    err_clear();
    return mem_blocks() != 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test_teardown(test_conventions, balanced),
                                       cmocka_unit_test_teardown(test_pearson, balanced),
                                       cmocka_unit_test_teardown(test_masks, balanced),
                                       cmocka_unit_test_teardown(test_rotation, balanced),
                                       cmocka_unit_test_teardown(test_ellipse, balanced),
                                       cmocka_unit_test_teardown(test_speckle, balanced),
                                       cmocka_unit_test_teardown(test_shot_noise, balanced),
                                       cmocka_unit_test_teardown(test_density, balanced),
                                       cmocka_unit_test_teardown(test_shifts, balanced)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
