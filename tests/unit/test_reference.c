/* The table of references: the quickstart's rows are the statistics of the four recorded LAMMPS runs, and
 * every source says how the number is known. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "cli/reference.h"

#include <stdio.h>
#include <string.h>

#define QUANTITIES 6

static void recorded(void **state) {
    (void)state;
    static const char *const names[QUANTITIES] = {"density_g_cm3", "Tg_K",          "g_CuCu_peak_A",
                                                  "g_CuZr_peak_A", "g_ZrZr_peak_A", "cu_0_0_12_0_fraction"};
    static const char *const systems[] = {REFERENCE_QUICKSTART};
    double v[4][QUANTITIES];
    FILE *f = fopen("tests/data/quickstart_lammps.tsv", "r");
    assert_non_null(f);
    assert_int_not_equal(fscanf(f, "%*[^\n]\n"), EOF);
    for (int k = 0; k < 4; k++)
        assert_int_equal(fscanf(f, "%*d %lf %lf %lf %lf %lf %lf", &v[k][0], &v[k][1], &v[k][2], &v[k][3],
                                &v[k][4], &v[k][5]),
                         6);
    fclose(f);
    for (int q = 0; q < QUANTITIES; q++) {
        double mean = 0, square = 0;
        for (int k = 0; k < 4; k++) mean += v[k][q] / 4;
        for (int k = 0; k < 4; k++) square += pow(v[k][q] - mean, 2);
        double sd = sqrt(square / 3), reach = 3.182 * sqrt(1.25) * sd; /* Student's t, 3 degrees, 97.5 % */
        const struct reference *r = reference_find(names[q], systems, 1, 0);
        assert_non_null(r);
        assert_true(fabs(r->value - mean) < 1e-5 * mean);
        assert_true(fabs(r->error - sd) < 0.01 * sd);
        assert_true(fabs(r->low - (mean - reach)) < 0.02 * reach);
        assert_true(fabs(r->high - (mean + reach)) < 0.02 * reach);
    }
}

static void sources(void **state) {
    (void)state;
    for (const struct reference *r = reference_table; r->quantity; r++) {
        const char *last = strrchr(r->source, ' ');
        assert_non_null(last);
        assert_true(!strcmp(last, " read") || !strcmp(last, " recalled") || !strcmp(last, " computed"));
        if (isfinite(r->low) && isfinite(r->high)) assert_true(r->low < r->high);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(recorded), cmocka_unit_test(sources)};
    return cmocka_run_group_tests_name("reference", tests, NULL, NULL);
}
