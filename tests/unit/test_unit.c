/* unit: values from the SI prefixes and CODATA 2018; exact messages; text and value are inverse. */
#include "base/unit.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static double good(const char *text, enum unit_dim dim) {
    double x = NAN;
    const char *why = "";
    if (unit_parse(text, dim, false, &x, &why)) fail_msg("'%s' refused: %s", text, why);
    return x;
}

static void bad(const char *text, enum unit_dim dim, bool lj, const char *expected) {
    double x = 7;
    const char *why = "";
    assert_int_equal(unit_parse(text, dim, lj, &x, &why), ERR_DECK);
    assert_string_equal(why, expected);
}

/* A unit that differs by a power of ten gives the double nearest to the decimal number. */
static void test_powers_of_ten(void **state) {
    (void)state;
    assert_true(good("2 fs", UNIT_TIME) == 0.002);
    assert_true(good("2fs", UNIT_TIME) == 0.002);
    assert_true(good("  2.5 nm ", UNIT_LENGTH) == 25);
    assert_true(good("0.3 nm", UNIT_LENGTH) == 3);
    assert_true(good("1e12 K/s", UNIT_HEATING_RATE) == 1);
    assert_true(good("5 eV", UNIT_ENERGY) == 5);
    assert_true(good("5eV", UNIT_ENERGY) == 5);
    assert_true(good("1e3meV", UNIT_ENERGY) == 1);
    assert_true(good("300 kV", UNIT_VOLTAGE) == 300000);
    assert_true(good("1.5 GB", UNIT_BYTES) == 1.5e9);
    assert_true(good("2 GiB", UNIT_BYTES) == 2147483648.0);
    assert_true(good("10 m/s", UNIT_VELOCITY) == 0.1);
    assert_true(good("1e8 1/s", UNIT_STRAIN_RATE) == 1e-4);
    assert_true(good("4.6e-17 m2/s", UNIT_DIFFUSIVITY) == 4.6e-9); /* 1e20 A2 / 1e12 ps */
    assert_true(good("-.5 A", UNIT_LENGTH) == -0.5);
    assert_true(good("0.64", UNIT_NONE) == 0.64);
}

static void close_to(double x, double expected, double tolerance) {
    if (!(fabs(x - expected) <= tolerance)) fail_msg("%.17g, expected %.17g", x, expected);
}

static void test_other_factors(void **state) {
    (void)state;
    assert_true(good("25 C", UNIT_TEMPERATURE) == 298.15);
    assert_true(good("1 eV/A^3", UNIT_PRESSURE) == 1);
    close_to(good("160.2176634 GPa", UNIT_PRESSURE), 1, 1e-15); /* CODATA 2018, by UNIT_GPA */
    close_to(good("1 bar", UNIT_PRESSURE), 1e-4 / UNIT_GPA, 1e-20);
    close_to(good("180 deg", UNIT_ANGLE), M_PI, 1e-15);
    close_to(good("1 h", UNIT_DURATION), 3600, 0);
    close_to(good("60 K/min", UNIT_HEATING_RATE), 1e-12, 1e-27);
    close_to(good("96.48533212331 kJ/mol", UNIT_ENERGY), 1, 1e-13); /* F = N_A e, CODATA 2018 */
    close_to(good("16.02176634 J/m2", UNIT_SURFACE_ENERGY), 1, 1e-15);
    close_to(good("1.6605390666 g/cm3", UNIT_DENSITY), 1, 1e-15);
}

static void test_pasted_signs(void **state) {
    (void)state;
    assert_true(good("3 \xc3\x85", UNIT_LENGTH) == 3);
    assert_true(good("2 \xc2\xb5s", UNIT_TIME) == 2e6);
    assert_true(good("0 \xc2\xb0"
                     "C",
                     UNIT_TEMPERATURE) == 273.15);
    assert_true(good("3 nm\xc2\xb2", UNIT_AREA) == 300);
}

static void test_messages(void **state) {
    (void)state;
    bad("2.5", UNIT_LENGTH, false, "needs a unit of length; did you mean '2.5 nm' or '2.5 A'?");
    bad("8", UNIT_MASS, false, "needs a unit of mass; did you mean '8 g/mol'?");
    bad("2 K", UNIT_TIME, false, "'2 K' is a temperature; needs a time such as '2 fs'");
    bad("2 fs", UNIT_NONE, false, "'2 fs' is a time; needs a plain number such as '2'");
    bad("2 nn", UNIT_LENGTH, false,
        "unknown unit 'nn'; did you mean '2 nm'? It needs a length such as '2 nm'");
    bad("2 parsec", UNIT_LENGTH, false,
        "'2 parsec' is not a number with a known unit; needs a length such as '2 nm'");
    bad("fast", UNIT_TIME, false, "'fast' is not a number; needs a time such as '1 fs'");
    bad("", UNIT_TIME, false, "'' is not a number; needs a time such as '1 fs'");
    bad("nan", UNIT_NONE, false, "'nan' is not a number; needs a plain number such as '1'");
    bad("inf", UNIT_NONE, false, "'inf' is not a number; needs a plain number such as '1'");
    bad("0x10", UNIT_NONE, false,
        "'0x10' is not a number with a known unit; needs a plain number such as '0'");
    bad("1e999", UNIT_NONE, false,
        "'1e999' is too large, too small or too long for a number; needs a plain number such as '1'");
    bad("1e308 m", UNIT_LENGTH, false,
        "'1e308 m' is too large, too small or too long for a number; needs a length such as '1 nm'");
    bad("1e-999 fs", UNIT_TIME, false,
        "'1e-999 fs' is too large, too small or too long for a number; needs a time such as '1 fs'");
    bad("2 fs", UNIT_TIME, true,
        "'2 fs' has a unit, but with 'units: lj' numbers are reduced; needs a plain number such as '2'");
}

static void test_reduced(void **state) {
    (void)state;
    double x;
    const char *why;
    assert_int_equal(unit_parse("0.005", UNIT_TIME, true, &x, &why), ERR_OK);
    assert_true(x == 0.005);
    /* wall clock, memory and angles have no reduced form */
    assert_int_equal(unit_parse("2 h", UNIT_DURATION, true, &x, &why), ERR_OK);
    assert_true(x == 7200);
    bad("2", UNIT_DURATION, true, "needs a unit of duration; did you mean '2 h' or '2 min'?");
}

static void whole(const char *text, long long expected) {
    long long x = -99;
    const char *why;
    assert_int_equal(unit_parse_int(text, &x, &why), ERR_OK);
    assert_true(x == expected);
}

static void no_whole(const char *text) {
    long long x;
    const char *why;
    assert_int_equal(unit_parse_int(text, &x, &why), ERR_DECK);
    assert_non_null(strstr(why, "needs a whole number"));
}

static void test_whole_numbers(void **state) {
    (void)state;
    whole("5000000000", 5000000000LL); /* a 32-bit reader made 705032704 of this */
    whole("1e6", 1000000);
    whole("1.5e3", 1500);
    whole("-7", -7);
    whole("2.0", 2);
    whole("100e-2", 1);
    whole("0e99999", 0);
    whole("9223372036854775807", INT64_MAX);
    whole("-9223372036854775808", INT64_MIN);
    no_whole("9223372036854775808");
    no_whole("1e19");
    no_whole("1e-1");
    no_whole("2.5");
    no_whole("1e99999999999999999999");
    no_whole("12 atoms");
    no_whole("");
    no_whole("0x10");
}

static void test_format_known(void **state) {
    (void)state;
    char s[64];
    struct {
        double x;
        enum unit_dim dim;
        const char *text;
    } rows[] = {{0.002, UNIT_TIME, "0.002 ps"},      {25, UNIT_LENGTH, "25 A"},
                {1, UNIT_HEATING_RATE, "1e12 K/s"},  {2000, UNIT_TEMPERATURE, "2000 K"},
                {0, UNIT_PRESSURE, "0 GPa"},         {0.64, UNIT_NONE, "0.64"},
                {1e-7, UNIT_NONE, "1e-7"},           {1.5e9, UNIT_BYTES, "1500 MB"},
                {123456789, UNIT_NONE, "123456789"}, {-0.5, UNIT_NONE, "-0.5"},
                {1e22, UNIT_NONE, "1e22"},           {0.1 + 0.2, UNIT_NONE, "0.30000000000000004"},
                {300e3, UNIT_VOLTAGE, "300 kV"},     {63.546, UNIT_MASS, "63.546 g/mol"}};
    for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
        unit_format(rows[k].x, rows[k].dim, false, s);
        assert_string_equal(s, rows[k].text);
    }
    unit_format(0.005, UNIT_TIME, true, s);
    assert_string_equal(s, "0.005");
    unit_format(good("1 GPa", UNIT_PRESSURE), UNIT_PRESSURE, false, s);
    assert_string_equal(s, "1 GPa");
    unit_format(good("25 C", UNIT_TEMPERATURE), UNIT_TEMPERATURE, false, s);
    assert_string_equal(s, "298.15 K");
    unit_format(good("90 deg", UNIT_ANGLE), UNIT_ANGLE, false, s);
    assert_string_equal(s, "90 deg");
}

/* Every dimension, 4000 values over 60 decades each: what is written reads back to the same bits. No random
 * source: a Weyl sequence (golden ratio) covers the mantissas. */
static void test_round_trip(void **state) {
    (void)state;
    for (int d = 0; d < UNIT_COUNT; d++)
        for (int lj = 0; lj < 2; lj++)
            for (int k = 0; k < 4000; k++) {
                double u = fmod(k * 0.6180339887498949, 1.0), x = (1 + u) * pow(10, k % 60 - 30), back = 0;
                if (d == UNIT_TEMPERATURE && x < 1e-3) continue;
                if (k & 1) x = -x;
                char s[64];
                const char *why = "";
                unit_format(x, (enum unit_dim)d, lj, s);
                if (unit_parse(s, (enum unit_dim)d, lj, &back, &why) || back != x)
                    fail_msg("%s: %.17g became '%s' and then %.17g (%s)", unit_name((enum unit_dim)d), x, s,
                             back, why);
            }
}

/* Each accepted unit of each dimension is accepted, and each table of names is complete. */
static void test_names(void **state) {
    (void)state;
    for (int d = 1; d < UNIT_COUNT; d++) {
        char list[256], text[64], *save = NULL;
        assert_non_null(unit_name((enum unit_dim)d));
        assert_non_null(strstr(unit_accepted((enum unit_dim)d), unit_canonical((enum unit_dim)d)));
        if (d == UNIT_VISCOSITY) continue; /* its units hold spaces */
        snprintf(list, sizeof list, "%s", unit_accepted((enum unit_dim)d));
        for (char *w = strtok_r(list, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
            snprintf(text, sizeof text, "3 %s", w);
            assert_true(good(text, (enum unit_dim)d) > 0);
        }
    }
    assert_true(good("1 Pa s", UNIT_VISCOSITY) > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_powers_of_ten), cmocka_unit_test(test_other_factors),
        cmocka_unit_test(test_pasted_signs),  cmocka_unit_test(test_messages),
        cmocka_unit_test(test_reduced),       cmocka_unit_test(test_whole_numbers),
        cmocka_unit_test(test_format_known),  cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
