/* Pictures from atoms: transfer of a weak phase, cross-sections, incoherent sums, columns. */
#include "analysis/microscope/eds_map.h"
#include "base/mem.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static void weak_wave(double (*wave)[2], int n, double e, int order) {
    for (int i = 0; i < n * n; i++) {
        double phase = e * cos(2 * M_PI * order * (i % n) / n);
        wave[i][0] = cos(phase);
        wave[i][1] = sin(phase);
    }
}

/* Weak phase e cos(2 pi k x): I = 1 + 2 e sin(chi) E cos(2 pi k x), first order in e (Kirkland 2010, ch. 3).
 */
static void test_transfer(void **state) {
    (void)state;
    enum { N = 64 };
    static double image[N * N], wave[N * N][2];
    struct projection_grid g = {N, N, 0.5, 0.5};
    const double e = 1e-5;
    for (int order = 1; order < 20; order++) {
        struct projection_lens lens = {
            .lambda = 0.0197, .defocus = 300, .cs = 5e6, .spread = 40, .angle = 1e-4};
        double k = order / (N * 0.5), l = lens.lambda;
        double chi = M_PI * l * k * k * (lens.cs * l * l * k * k / 2 - lens.defocus);
        double slope = M_PI * lens.angle * (lens.cs * l * l * k * k * k - lens.defocus * k);
        double envelope = exp(-pow(M_PI * l * lens.spread * k * k, 2) / 2 - slope * slope), sum = 0;
        weak_wave(wave, N, e, order);
        assert_int_equal(projection_hrtem(&g, &lens, wave, image), ERR_OK);
        for (int i = 0; i < N * N; i++) sum += image[i] * cos(2 * M_PI * order * (i % N) / N) * 2 / (N * N);
        assert_true(fabs(sum / (2 * e) - sin(chi) * envelope) < 1e-4);
        lens.aperture = 0.9 * k * l;
        weak_wave(wave, N, e, order);
        assert_int_equal(projection_hrtem(&g, &lens, wave, image), ERR_OK);
        for (int i = 0; i < N * N; i++) assert_true(fabs(image[i] - 1) < 1e-9);
    }
}

/* A block of fcc, n^3 cells of edge a, half Cu half Zr by layers. */
static void block(struct specimen *s, int n, double a) {
    static const double base[4][3] = {
        {0.25, 0.25, 0.25}, {0.75, 0.75, 0.25}, {0.75, 0.25, 0.75}, {0.25, 0.75, 0.75}};
    *s = (struct specimen){
        .n = 4L * n * n * n, .edge = {n * a, n * a}, .thickness = n * a, .periodic = {true, true}};
    assert_int_equal(species_add(&s->species, "Cu", 0), ERR_OK);
    assert_int_equal(species_add(&s->species, "Zr", 0), ERR_OK);
    assert_int_equal(MEM_NEW(s->x, s->n), ERR_OK);
    assert_int_equal(MEM_NEW(s->type, s->n), ERR_OK);
    for (int64_t i = 0; i < s->n; i++) {
        int64_t c = i / 4, cell[3] = {c % n, c / n % n, c / n / n};
        for (int k = 0; k < 3; k++) s->x[i][k] = a * ((double)cell[k] + base[i % 4][k]);
        s->type[i] = (int32_t)(i % 4 > 1);
    }
}

/* One slice is a phase object: the same image when the aperture lies within the band limit. Vacuum stays 1.
 */
static void test_exit(void **state) {
    (void)state;
    struct formfactor_electron el = formfactor_electron(300e3);
    struct projection_lens lens = {.lambda = el.lambda, .defocus = 400, .cs = 1e7, .aperture = 0.02};
    double none[SPECIES_MAX] = {0}, most = 0, least = INFINITY, *image[2] = {NULL, NULL}, (*wave)[2] = NULL;
    struct specimen s;
    block(&s, 3, 4.0);
    struct projection_grid g = projection_plan(&s, 0.2);
    for (int k = 0; k < 2; k++) {
        assert_int_equal(MEM_NEW(image[k], g.nx * g.ny), ERR_OK);
        assert_int_equal(projection_exit(&s, &g, &el, FORMFACTOR_LOBATO, none, NULL, k ? 100 : 0, &wave),
                         ERR_OK);
        assert_int_equal(projection_hrtem(&g, &lens, wave, image[k]), ERR_OK);
        mem_free(&wave);
    }
    for (int i = 0; i < g.nx * g.ny; i++) {
        assert_true(fabs(image[0][i] - image[1][i]) < 1e-11);
        most = fmax(most, image[0][i]);
        least = fmin(least, image[0][i]);
    }
    assert_true(most > least + 0.05);
    s.n = 0;
    assert_int_equal(projection_exit(&s, &g, &el, FORMFACTOR_LOBATO, none, NULL, 2, &wave), ERR_OK);
    assert_int_equal(projection_hrtem(&g, &lens, wave, image[0]), ERR_OK);
    for (int i = 0; i < g.nx * g.ny; i++) assert_true(fabs(image[0][i] - 1) < 1e-12);
    mem_free(&wave);
    for (int k = 0; k < 2; k++) mem_free(&image[k]);
    specimen_destroy(&s);
    assert_int_equal(mem_blocks(), 0);
}

/* Weak phase e [cos(2 pi k1 x) + cos(2 pi k2 x) + cos(2 pi k3 x)], k1 and k2 inside the aperture: psi = i e /
 * 2 [exp(2 pi i k1 x) + exp(2 pi i k2 x)], so I = e^2 / 2 [1 + cos 2 pi (k2 - k1) (x - shift)], to first
 * order in e.
 */
static void test_darkfield(void **state) {
    (void)state;
    enum { N = 64, ORDER = 12 };
    static double image[N * N], wave[N * N][2];
    struct projection_grid g = {N, N, 0.5, 0.5};
    struct projection_lens lens = {.lambda = 0.0197};
    struct projection_aperture a = {.k = {(ORDER + 0.6) / 32.0, 0}, .radius = 1.5 / 32, .shift = {2, 3.3}};
    const double e = 1e-5;
    assert_int_equal(projection_aperture_plan(&g, 4, &a), ERR_OK);
    assert_true(a.nx == 8 && a.ny == 8);
    for (int i = 0; i < N * N; i++) {
        double u = 2 * M_PI * (i % N) / N;
        wave[i][0] = 1;
        wave[i][1] = e * (cos(ORDER * u) + cos((ORDER + 1) * u) + cos((ORDER + 4) * u));
    }
    assert_int_equal(projection_darkfield(&g, &lens, &a, wave, image), ERR_OK);
    for (int i = 0; i < a.nx * a.ny; i++) {
        double x = i % a.nx * 4.0, expected = e * e / 2 * (1 + cos(2 * M_PI / 32 * (x - 3.3)));
        assert_true(fabs(image[i] - expected) < 1e-6 * e * e);
    }
    assert_int_equal(projection_aperture_plan(&g, 12, &a), ERR_INPUT); /* resolves 21 A: pixels up to 10.7 */
    a.k[0] = 0.65;                                                     /* beyond two thirds of 1 / A */
    assert_int_equal(projection_aperture_plan(&g, 4, &a), ERR_INPUT);
    err_clear();
    assert_int_equal(mem_blocks(), 0);
}

/* The cross-section is the integral of its definition (midpoint rule, 2e5 steps); the image holds exactly the
 * sum of all atoms' weights; one atom is a Gaussian: its value at half of fwhm from the top is half (bilinear
 * spreading at fwhm / 20 widens it by 0.1 %). */
static void test_incoherent(void **state) {
    (void)state;
    struct formfactor_electron el = formfactor_electron(300e3);
    double sum = 0, weight[SPECIES_MAX] = {0}, *image = NULL;
    enum { STEPS = 200000 };
    double lo = 0.06 / el.lambda, hi = 0.2 / el.lambda;
    for (int i = 0; i < STEPS; i++) {
        double k = lo + (hi - lo) * (i + 0.5) / STEPS, f = formfactor_at(FORMFACTOR_LOBATO, 40, k);
        sum += f * f * 2 * M_PI * k * (hi - lo) / STEPS;
    }
    sum *= pow(el.gamma * el.lambda, 2);
    weight[0] = projection_cross_section(&el, FORMFACTOR_LOBATO, 29, 0.06, 0.2);
    weight[1] = projection_cross_section(&el, FORMFACTOR_LOBATO, 40, 0.06, 0.2);
    assert_true(fabs(weight[1] / sum - 1) < 1e-8);
    /* between Z^1.5 and Z^2 (40 / 29): HAADF's Z contrast */
    assert_true(weight[1] / weight[0] > pow(40 / 29.0, 1.5) && weight[1] / weight[0] < pow(40 / 29.0, 2));
    struct specimen s;
    block(&s, 4, 4);
    struct projection_grid g = projection_plan(&s, 0.1);
    assert_int_equal(MEM_NEW(image, g.nx * g.ny), ERR_OK);
    assert_int_equal(projection_incoherent(&s, &g, weight, 2, image), ERR_OK);
    sum = 0;
    for (int i = 0; i < g.nx * g.ny; i++) sum += image[i] * g.dx * g.dy;
    assert_true(fabs(sum / (128 * weight[0] + 128 * weight[1]) - 1) < 1e-12);
    memset(image, 0, (size_t)(g.nx * g.ny) * sizeof *image);
    s.n = 1;
    s.x[0][0] = 80 * g.dx;
    s.x[0][1] = 80 * g.dy;
    assert_int_equal(projection_incoherent(&s, &g, weight, 20 * g.dx, image), ERR_OK);
    assert_true(fabs(image[80 * g.nx + 90] / image[80 * g.nx + 80] - 0.5) < 3e-3);
    mem_free(&image);
    specimen_destroy(&s);
}

/* The mean of the projected phase is gamma lambda sum f(0) / area (physics: FT[sigma v](0) = gamma lambda
 * f_e(0)). */
static void test_phase(void **state) {
    (void)state;
    struct formfactor_electron el = formfactor_electron(300e3);
    struct specimen s;
    double b[SPECIES_MAX] = {0}, *phase = NULL, mean = 0;
    block(&s, 3, 4);
    struct projection_grid g = projection_plan(&s, 0.2);
    assert_int_equal(projection_phase(&s, &g, &el, FORMFACTOR_LOBATO, b, &phase), ERR_OK);
    for (int i = 0; i < g.nx * g.ny; i++) mean += phase[i] / (g.nx * g.ny);
    double f = 54 * (formfactor_at(FORMFACTOR_LOBATO, 29, 0) + formfactor_at(FORMFACTOR_LOBATO, 40, 0));
    assert_true(fabs(mean / (el.gamma * el.lambda * f / (12.0 * 12.0)) - 1) < 1e-6);
    mem_free(&phase);
    specimen_destroy(&s);
}

/* n^3 cells of 4 atoms per 64 A^3: thickness 4 n, density 1/16 A^-3, half of each element in whole columns;
 * with the middle third of the depth taken out the thickness is two thirds. */
static void test_columns(void **state) {
    (void)state;
    struct specimen s;
    struct projection_columns c;
    block(&s, 9, 4);
    for (int hollow = 0; hollow < 2; hollow++) {
        double share = hollow ? 2.0 / 3 : 1;
        int64_t kept = 0;
        for (int64_t i = 0; i < s.n; i++) {
            if (hollow && s.x[i][2] > 12 && s.x[i][2] < 24) continue;
            memmove(s.x[kept], s.x[i], sizeof s.x[i]);
            s.type[kept++] = s.type[i];
        }
        s.n = kept;
        assert_int_equal(projection_columns_make(&s, 8, 5, &c), ERR_OK);
        assert_int_equal(c.nx, 4); /* 36 A hold four columns of 9 A */
        for (int i = 0; i < 16; i++) {
            /* a piece gets the cube root of 16 A^3 = 2.52 A for its ends; planes 2 A apart would give 2;
             * columns of 9 A cut cells (2 or 3 planes), which moves it by 10 % of that */
            assert_true(fabs(c.thickness[i] - (36 * share + 0.52 * (1 + hollow))) < 0.3 * (1 + hollow));
            assert_true(fabs(c.fraction[0][i] + c.fraction[1][i] - 1) < 1e-12);
        }
        double mean = 0;
        for (int i = 0; i < 16; i++) mean += c.number_density[i] * c.thickness[i] / 16 / (36 * share);
        assert_true(fabs(mean * 16 - 1) < 1e-9); /* atoms per area do not depend on the depth */
        projection_columns_free(&c);
    }
    specimen_destroy(&s);
}

static int balanced(void **state) {
    (void)state;
    err_clear();
    return mem_blocks() != 0;
}

/* 60 x 60 columns of 40 atoms: flat composition gives chi2 of 1 (3599 degrees of freedom: standard deviation
 * 0.0236; five of them are a false alarm in 2e6), two halves of 40 and 60 % give 1 + counts per column *
 * 0.1^2 / 0.25, and the shares' mean is the composition within five standard errors. */
static void test_eds(void **state) {
    (void)state;
    enum { N = 60 };
    struct projection_columns c = {.nx = N, .ny = N, .dx = 2, .dy = 2};
    static double thickness[N * N], density[N * N], part[2][N * N], share[N * N];
    const double counts = 100.0 * N * N;
    c.thickness = thickness;
    c.number_density = density;
    for (int t = 0; t < 2; t++) c.fraction[t] = part[t];
    for (int halves = 0; halves < 2; halves++) {
        double chi2, mean = 0;
        for (int i = 0; i < N * N; i++) {
            thickness[i] = 200;
            density[i] = 40 / (200 * 4.0);
            part[0][i] = !halves ? 0.5 : i % N < N / 2 ? 0.4 : 0.6;
            part[1][i] = 1 - part[0][i];
        }
        assert_int_equal(eds_map_make(&c, 2, 0, counts, 1, share, &chi2), ERR_OK);
        for (int i = 0; i < N * N; i++) mean += share[i] / (N * N);
        print_message("EDS: chi2 %.3f, mean %.4f\n", chi2, mean);
        assert_true(fabs(mean - 0.5) < 5 * 0.5 / sqrt(counts));
        if (!halves) assert_true(fabs(chi2 - 1) < 5 * 0.0236);
        else assert_true(fabs(chi2 - 5) < 0.5);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test_teardown(test_transfer, balanced),
                                       cmocka_unit_test_teardown(test_exit, balanced),
                                       cmocka_unit_test_teardown(test_darkfield, balanced),
                                       cmocka_unit_test_teardown(test_incoherent, balanced),
                                       cmocka_unit_test_teardown(test_phase, balanced),
                                       cmocka_unit_test_teardown(test_columns, balanced),
                                       cmocka_unit_test_teardown(test_eds, balanced)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
