/* The virtual microscope: wavelength, extinction distances beside scattering factors, how spots grow with a
 * grain (N^2, N^(4/3), N), images of a block whose history is known. */
#include "analysis/formfactor.h"
#include "base/mem.h"
#include "base/rng.h"
#include "kmc/movie.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct optics_rules rules = {.lattice = 0.39,
                                    .extinction = 20,
                                    .absorption = 50,
                                    .dark_k = 4.441,
                                    .aperture = 0.5,
                                    .azimuth = NAN,
                                    .halo = 4.5,
                                    .halo_width = 0.4};

/* 200 kV: 2.50793 pm (CODATA constants; the microscope room's own). Extinction distances go as 1/f(g): the
 * ratios of platinum, from Lobato's scattering factors. */
static void test_numbers(void **state) {
    (void)state;
    static const double h2[] = {3, 4, 8, 11};
    static const int first[] = {0, 8, 14, 26};
    struct optics_beam beam[OPTICS_BEAMS];
    float turn[4] = {0, 0, 0, 1};
    assert_true(fabs(optics_wavelength(200e3) / 0.00250793405 - 1) < 1e-6);
    assert_true(fabs(optics_wavelength(200e3) * 10 / formfactor_electron(200e3).lambda - 1) < 1e-6);
    rules.wavelength = optics_wavelength(200e3);
    optics_beams(&rules, turn, beam);
    double f111 = formfactor_at(FORMFACTOR_LOBATO, 78, sqrt(3) / 3.924);
    for (int k = 0; k < 4; k++) {
        double ratio = beam[0].inverse / beam[first[k]].inverse;
        double expected = f111 / formfactor_at(FORMFACTOR_LOBATO, 78, sqrt(h2[k]) / 3.924);
        printf("# family %d: xi/xi(111) %.3f, from scattering factors %.3f\n", k, ratio, expected);
        assert_true(fabs(ratio / expected - 1) < 1e-3);
        double g = hypot(beam[first[k]].across, beam[first[k]].along);
        assert_true(g <= sqrt(h2[k]) / 0.39 + 1e-5);
    }
    /* unturned, (0 0 2) lies along the columns, off Bragg by g^2 lambda / 2 */
    int found = 0;
    for (int k = 8; k < 14; k++)
        if (beam[k].along > 5) {
            assert_true(fabs(beam[k].deviation + rules.wavelength / 2 * pow(2 / 0.39, 2)) < 1e-6);
            found++;
        }
    assert_int_equal(found, 1);
}

static struct optics_pattern pattern(int64_t n) {
    struct optics_pattern p = {n, 20.0 / (double)n, 1e-6, NULL};
    assert_int_equal(MEM_NEW(p.intensity, n * n), ERR_OK);
    return p;
}

static void measure(const struct optics_pattern *p, double *peak, double *sum) {
    *peak = *sum = 0;
    for (int64_t k = 0; k < p->n * p->n; k++) {
        *peak = fmax(*peak, p->intensity[k]);
        *sum += p->intensity[k];
    }
}

/* A grain eight times as large: 64 times the peak (pixels much finer than the peak), 16 times the sum of the
 * spot, on Bragg; 8 times in the mean over orientations, which is optics_mean_loss per volume (standard error
 * given by the sample itself, 4 of them: false alarm 6e-5, fixed seed). */
static void test_coherence(void **state) {
    (void)state;
    struct optics_beam on = {0.37f, 0.21f, 0, 0.05f}; /* some spot near the middle, on Bragg */
    double peak[2], spot[2], mean[2], error[2];
    for (int k = 0; k < 2; k++) {
        double volume = k ? 8 * 40 : 40;
        struct optics_pattern p = pattern(1600);
        optics_add_grain(&rules, &on, 1, volume, &p);
        measure(&p, &peak[k], &spot[k]);
        mem_free(&p.intensity);
        double sum = 0, square = 0;
        p = pattern(40);
        for (int m = 0; m < 4000; m++) {
            struct optics_beam beam[OPTICS_BEAMS];
            double q[4], length, most, all;
            float turn[4];
            rng_normal(3, RNG_TEST, (uint64_t)m, (uint64_t)k, 4, q);
            length = sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);
            for (int i = 0; i < 4; i++) turn[i] = (float)(q[i] / length);
            optics_beams(&rules, turn, beam);
            memset(p.intensity, 0, (size_t)(p.n * p.n) * sizeof *p.intensity);
            optics_add_grain(&rules, beam, OPTICS_BEAMS, volume, &p);
            measure(&p, &most, &all);
            sum += all / volume;
            square += pow(all / volume, 2);
        }
        mem_free(&p.intensity);
        mean[k] = sum / 4000;
        error[k] = sqrt((square / 4000 - mean[k] * mean[k]) / 4000);
        printf("# %g nm3: mean over orientations %.5f +- %.5f per nm, expected %.5f\n", volume, mean[k],
               error[k], optics_mean_loss(&rules));
        assert_true(fabs(mean[k] - optics_mean_loss(&rules)) < 4 * error[k]);
        assert_true(error[k] < 0.05 * mean[k]);
    }
    printf("# exponents: peak %.3f, spot %.3f\n", log(peak[1] / peak[0]) / log(8),
           log(spot[1] / spot[0]) / log(8));
    assert_true(fabs(log(peak[1] / peak[0]) / log(8) - 2) < 0.01);
    assert_true(fabs(log(spot[1] / spot[0]) / log(8) - 4.0 / 3) < 1e-3);
    assert_int_equal(mem_blocks(), 0);
}

/* Thin crystal in two beams loses, in the mean over orientations, what optics_mean_loss says; sin^2 at Bragg.
 */
static void test_two_beams(void **state) {
    (void)state;
    struct optics_beam on = {0, 4.44f, 0, 0.05f};
    assert_true(fabs(optics_direct(&on, 1, 7) - pow(cos(M_PI * 7 / 20), 2)) < 1e-6);
    double sum = 0, square = 0, t = 0.4;
    for (int m = 0; m < 20000; m++) {
        struct optics_beam beam[OPTICS_BEAMS];
        double q[4], length;
        float turn[4];
        rng_normal(4, RNG_TEST, (uint64_t)m, 0, 4, q);
        length = sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);
        for (int i = 0; i < 4; i++) turn[i] = (float)(q[i] / length);
        optics_beams(&rules, turn, beam);
        double loss = (1 - optics_direct(beam, OPTICS_BEAMS, t)) / t;
        sum += loss / 20000;
        square += loss * loss / 20000;
    }
    double error = sqrt((square - sum * sum) / 20000);
    printf("# thin crystal loses %.5f +- %.5f per nm, expected %.5f\n", sum, error, optics_mean_loss(&rules));
    /* the rocking curve of 0.4 nm is as wide as g: 10 % of its integral lies beyond s = g */
    assert_true(fabs(sum / optics_mean_loss(&rules) - 1) < 0.12);
}

/* A block 6 x 4 x 8 voxels of 1 nm as a film, beam along z: one grain from t = 10 on in the half x >= 3. */
static void test_movie(void **state) {
    (void)state;
    struct movie_rules r = {.wanted = {true, true, true},
                            .optics = rules,
                            .margin = 2,
                            .support = 3,
                            .pattern = 64,
                            .k_max = 10,
                            .blur = 0.03,
                            .two_beam = false};
    struct grainmap map = {{6, 4, 8}, {1, 1, 1}, {0, 0, 0}, NULL, NULL};
    struct front_grain grain = {.turn = {0, 0, 0, 1}};
    struct front front = {.grain = &grain, .n_grains = 1};
    struct movie *m = NULL;
    float counts[4096];
    assert_int_equal(MEM_NEW(map.grain, 192), ERR_OK);
    assert_int_equal(MEM_NEW(map.time, 192), ERR_OK);
    for (int k = 0; k < 192; k++) {
        bool crystal = k % 6 >= 3;
        map.grain[k] = crystal ? 0 : -1;
        map.time[k] = crystal ? 10 : INFINITY;
    }
    assert_int_equal(movie_create(&r, &map, false, &front, &m), ERR_OK);
    mem_free(&map.grain);
    mem_free(&map.time);
    assert_true(m->rows == 8 && m->columns == 6);
    movie_frame(m, 9.5);
    double glass = exp(-(8.0 + 3) / 50), support = exp(-3.0 / 50);
    assert_true(fabs(m->image[0][3 * 6 + 1] - glass) < 1e-6 && fabs(m->image[0][0] - support) < 1e-6);
    assert_true(fabs(m->signal[MOVIE_BRIGHT_FIELD] - (glass / support - 1)) < 1e-6);
    assert_true(m->signal[MOVIE_VOLUME] == 0 && m->signal[MOVIE_AVERAGE] == 0);
    movie_frame(m, 10);
    double crystal = glass * exp(-8 * optics_mean_loss(&rules));
    assert_true(fabs(m->image[0][3 * 6 + 4] - crystal) < 1e-6 && fabs(m->image[0][3 * 6 + 1] - glass) < 1e-6);
    assert_true(fabs(m->signal[MOVIE_BRIGHT_FIELD] - ((glass + crystal) / 2 / support - 1)) < 1e-6);
    assert_true(m->signal[MOVIE_VOLUME] == 0.5 && m->signal[MOVIE_AVERAGE] > 0);
    /* counts: mean of 24 pixels that see 1000 exp(-11/50), 4 standard errors (6e-5, fixed seed) */
    r.dose = 1000;
    movie_frame(m, 9.9);
    movie_expose(m, MOVIE_BRIGHT, 1, 7, counts);
    double sum = 0;
    for (int row = 2; row < 6; row++)
        for (int c = 0; c < 3; c++) sum += counts[row * 6 + c];
    assert_true(counts[0] == floor(counts[0]));
    assert_true(fabs(sum - 12000 * glass) < 4 * sqrt(12000 * glass));
    movie_destroy(&m);
    assert_int_equal(mem_blocks(), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_numbers), cmocka_unit_test(test_coherence),
                                       cmocka_unit_test(test_two_beams), cmocka_unit_test(test_movie)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
