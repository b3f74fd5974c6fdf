/* Scattering factors, projected potentials and electron constants against numbers computed elsewhere.
 *
 * Origins: electron constants by CODATA 2018 formulas in a separate script; f_e and mean inner potentials
 * from abTEM's parametrisation files (abTEM 1.0.9, commit 3c5c1d6: lobato.json, kirkland.json); projected
 * potentials from the same files with scipy's Bessel functions. All digits given there are asserted. */
#include "analysis/formfactor.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define LOB FORMFACTOR_LOBATO
#define KIR FORMFACTOR_KIRKLAND

static void near(double x, double expected, double within) {
    if (!(fabs(x - expected) <= within)) print_error("%.12g instead of %.12g\n", x, expected);
    assert_true(fabs(x - expected) <= within);
}

static void test_electron(void **state) {
    (void)state;
    const double row[][5] = {{60, 4.866061, 1.135691e-3, 1.1174171, 0.446225},
                             {80, 4.175716, 1.008707e-3, 1.1565561, 0.502399},
                             {100, 3.701437, 0.924396e-3, 1.1956951, 0.548221},
                             {200, 2.507934, 0.728840e-3, 1.3913902, 0.695314},
                             {300, 1.968749, 0.652616e-3, 1.5870854, 0.776525}};
    for (int k = 0; k < 5; k++) {
        struct formfactor_electron e = formfactor_electron(row[k][0] * 1e3);
        near(e.lambda * 100, row[k][1], 0.51e-6);
        near(e.sigma, row[k][2], 0.51e-9);
        near(e.gamma, row[k][3], 0.51e-7);
        near(e.beta, row[k][4], 0.51e-6);
        /* sigma h^2 / (2 pi m e) = gamma lambda; and the other standard form, 2 pi / (lambda V) (m c^2 + e V)
         * / (2 m c^2 + e V) */
        double other = 2 * M_PI / (e.lambda * e.volt) * (510998.95 + e.volt) / (2 * 510998.95 + e.volt);
        near(e.sigma / other, 1, 1e-9);
    }
    near(formfactor_electron(200e3).gamma * formfactor_electron(200e3).lambda, 0.0348951, 0.6e-7);
}

static void test_factors(void **state) {
    (void)state;
    const struct {
        const char *el;
        double lobato[3], kirkland[3];
    } row[] = {{"C", {2.50970, 1.16916, 0.41280}, {2.51136, 1.17004, 0.41270}},
               {"Al", {5.88983, 1.73704, 0.69921}, {5.89194, 1.73544, 0.70059}},
               {"Si", {5.83600, 1.96771, 0.74291}, {5.81428, 1.96583, 0.74228}},
               {"P", {5.56750, 2.16835, 0.79762}, {5.49757, 2.16867, 0.79732}},
               {"Ni", {6.56490, 2.93211, 1.44551}, {6.55723, 2.91231, 1.44079}},
               {"Cu", {5.60100, 2.79456, 1.46822}, {5.58066, 2.80108, 1.46428}},
               {"Zr", {12.17880, 4.16097, 1.82689}, {12.18949, 4.16301, 1.82936}},
               {"Pd", {7.58160, 4.49625, 2.13054}, {7.58460, 4.48596, 2.14215}},
               {"Pt", {11.17810, 5.99890, 3.03014}, {10.80659, 5.99522, 3.03429}},
               {"Au", {10.57580, 6.04021, 3.06550}, {10.55335, 6.03458, 3.07081}}};
    for (size_t r = 0; r < sizeof row / sizeof *row; r++)
        for (int k = 0; k < 3; k++) {
            near(formfactor_at(LOB, species_number(row[r].el), 0.5 * k), row[r].lobato[k], 0.51e-5);
            near(formfactor_at(KIR, species_number(row[r].el), 0.5 * k), row[r].kirkland[k], 0.51e-5);
        }
}

static void test_projected(void **state) {
    (void)state;
    const struct {
        const char *el;
        enum formfactor_table table;
        double v[3]; /* V A at 0.1, 0.5, 1.0 A */
    } row[] = {{"P", KIR, {438.4, 78.50, 16.71}},    {"Ni", KIR, {686.6, 75.28, 17.01}},
               {"Cu", KIR, {681.4, 61.75, 12.06}},   {"Zr", KIR, {937.1, 139.61, 36.21}},
               {"Pt", KIR, {1442.4, 134.70, 20.19}}, {"Si", KIR, {413.5, 76.12, 19.65}},
               {"Au", KIR, {1452.2, 132.04, 18.52}}, {"Cu", LOB, {682.7, 61.76, 12.24}},
               {"Zr", LOB, {936.0, 139.06, 36.37}},  {"Pt", LOB, {1444.1, 136.75, 21.68}},
               {"P", LOB, {439.1, 79.03, 17.10}},    {"Ni", LOB, {689.9, 76.15, 17.05}}};
    const double at[] = {0.1, 0.5, 1.0}, within[] = {0.051, 0.0051, 0.0051};
    for (size_t r = 0; r < sizeof row / sizeof *row; r++)
        for (int k = 0; k < 3; k++)
            near(formfactor_projected(row[r].table, species_number(row[r].el), at[k]), row[r].v[k],
                 within[k]);
}

/* V0 = FORMFACTOR_VOLT f_e(0) n of isolated atoms, cubic lattice constants (A) of the room-temperature
 * crystals */
static void test_inner_potential(void **state) {
    (void)state;
    const struct {
        const char *el;
        double a;
        int atoms;
        double lobato, kirkland;
    } row[] = {{"Cu", 3.6149, 4, 22.71, 22.63}, {"Al", 4.0495, 4, 16.99, 16.99},
               {"Ni", 3.5240, 4, 28.73, 28.70}, {"Au", 4.0782, 4, 29.86, 29.80},
               {"Pt", 3.9242, 4, 35.43, 34.25}, {"Si", 5.4310, 8, 13.95, 13.90}};
    for (size_t r = 0; r < sizeof row / sizeof *row; r++) {
        double n = row[r].atoms / pow(row[r].a, 3);
        near(FORMFACTOR_VOLT * formfactor_at(LOB, species_number(row[r].el), 0) * n, row[r].lobato, 0.011);
        near(FORMFACTOR_VOLT * formfactor_at(KIR, species_number(row[r].el), 0) * n, row[r].kirkland, 0.011);
    }
}

/* The projected potential is the Hankel transform of f_e: integral of 2 pi r v = FORMFACTOR_VOLT f_e(0). */
static void test_transform(void **state) {
    (void)state;
    for (int table = LOB; table <= KIR; table++)
        for (int z = 1; z <= FORMFACTOR_ELEMENTS; z += 17) {
            double sum = 0, dt = 0.002;
            for (double t = -16 + dt / 2; t < 4; t += dt) { /* r = exp(t) */
                double r = exp(t);
                sum += 2 * M_PI * r * r * formfactor_projected(table, z, r) * dt;
            }
            near(sum / (FORMFACTOR_VOLT * formfactor_at(table, z, 0)), 1, 2e-5);
        }
}

static void test_unknown(void **state) {
    (void)state;
    struct species s = {0};
    assert_int_equal(species_add(&s, "Zr", 0), ERR_OK);
    assert_int_equal(formfactor_check(&s), ERR_OK);
    assert_int_equal(species_add(&s, "A", 1), ERR_OK);
    assert_int_equal(formfactor_check(&s), ERR_INPUT);
    assert_non_null(strstr(err_message(), "'A' is no element"));
    err_clear();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_electron),  cmocka_unit_test(test_factors),
        cmocka_unit_test(test_projected), cmocka_unit_test(test_inner_potential),
        cmocka_unit_test(test_transform), cmocka_unit_test(test_unknown)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
