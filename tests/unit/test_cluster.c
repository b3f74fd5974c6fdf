/* Ideal clusters: numbers of atoms, distances, symmetry axes. Counts of Mackay icosahedra: 10 m^2 + 2 atoms
 * in shell m (Mackay 1962); of Frank-Kasper shells and of <0,4,4,5>: their names. The Voronoi indices
 * themselves are tested by tests/script/test_cluster.sh. */
#include "atoms/build_cluster.h"
#include "base/mem.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static double length(const double x[3]) {
    return sqrt(x[0] * x[0] + x[1] * x[1] + x[2] * x[2]);
}

static void test_counts(void **state) {
    (void)state;
    const struct {
        const char *motif;
        int shells, n;
    } row[] = {{"icosahedron", 1, 13},
               {"icosahedron", 2, 55},
               {"icosahedron", 3, 147},
               {"bcc", 1, 15},
               {"fcc", 1, 13},
               {"fcc", 2, 55},
               {"0445", 1, 14},
               {"frank_kasper_14", 1, 15},
               {"frank_kasper_15", 1, 16},
               {"frank_kasper_16", 1, 17}};
    for (size_t r = 0; r < sizeof row / sizeof *row; r++) {
        double(*x)[3];
        int n;
        assert_int_equal(build_cluster_sites(row[r].motif, row[r].shells, &x, &n), ERR_OK);
        assert_int_equal(n, row[r].n);
        double nearest = INFINITY, closest = INFINITY;
        assert_true(length(x[0]) == 0);
        for (int i = 1; i < n; i++) nearest = fmin(nearest, length(x[i]));
        for (int i = 0; i < n; i++)
            for (int j = 0; j < i; j++) {
                double d[3] = {x[i][0] - x[j][0], x[i][1] - x[j][1], x[i][2] - x[j][2]};
                closest = fmin(closest, length(d));
            }
        assert_true(fabs(nearest - 1) < (strcmp(row[r].motif, "0445") ? 2e-6 : 0.08));
        assert_true(closest > 0.7);
        mem_free(&x);
    }
    double(*x)[3];
    int n;
    assert_int_equal(build_cluster_sites("fk", 1, &x, &n), ERR_DECK);
    err_clear();
    assert_int_equal(build_cluster_sites("0445", 2, &x, &n), ERR_DECK);
    err_clear();
    assert_int_equal(mem_blocks(), 0);
}

/* |mean of exp(i n phi)| of the projected sites off the axis, each weighted by its distance from it. */
static double symmetry(double (*x)[3], int n, int fold) {
    double re = 0, im = 0, sum = 0;
    for (int i = 0; i < n; i++) {
        double r = hypot(x[i][0], x[i][1]), phi = atan2(x[i][1], x[i][0]);
        re += r * cos(fold * phi);
        im += r * sin(fold * phi);
        sum += r;
    }
    return hypot(re, im) / sum;
}

static void test_axes(void **state) {
    (void)state;
    const struct {
        const char *motif;
        double axis[3];
        int fold, not ;
    } row[] = {{"icosahedron", {0, 1, 1.6180339887498949}, 10, 6},
               {"icosahedron", {1, 1, 1}, 6, 10},
               {"icosahedron", {1.6180339887498949, 0, 1}, 10, 4},
               {"icosahedron", {0, 0, 1}, 2, 5},
               {"bcc", {0, 0, 1}, 4, 6},
               {"bcc", {1, 1, 1}, 6, 4},
               {"fcc", {1, 1, 1}, 6, 4},
               {"frank_kasper_14", {0, 0, 1}, 12, 4},
               {"frank_kasper_15", {0, 0, 1}, 3, 4},
               {"frank_kasper_16", {1, 1, 1}, 3, 4}};
    for (size_t r = 0; r < sizeof row / sizeof *row; r++) {
        double(*x)[3], spun;
        int n;
        assert_int_equal(build_cluster_sites(row[r].motif, 1, &x, &n), ERR_OK);
        double before = 0, after = 0;
        for (int i = 0; i < n; i++) before += length(x[i]);
        build_cluster_turn(x, n, row[r].axis, 0.3);
        for (int i = 0; i < n; i++) after += length(x[i]);
        assert_true(fabs(after - before) < 1e-9);
        spun = symmetry(x, n, row[r].fold);
        if (spun < 0.05 || symmetry(x, n, row[r].not ) > 1e-5)
            print_error("%s: %g %g\n", row[r].motif, spun, symmetry(x, n, row[r].not ));
        assert_true(spun > 0.05);
        assert_true(symmetry(x, n, row[r].not ) < 1e-5);
        mem_free(&x);
    }
    assert_int_equal(mem_blocks(), 0);
}

/* A right turn: handedness and the direction of axis. */
static void test_turn(void **state) {
    (void)state;
    double x[4][3] = {{1, 2, 2}, {1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    const double axis[3] = {1, 2, 2}, along[3] = {0, 0, 1};
    build_cluster_turn(x, 4, axis, 0.7);
    assert_true(fabs(x[0][0]) + fabs(x[0][1]) < 1e-12 && fabs(x[0][2] - 3) < 1e-12);
    double det = x[1][0] * (x[2][1] * x[3][2] - x[2][2] * x[3][1]) -
                 x[1][1] * (x[2][0] * x[3][2] - x[2][2] * x[3][0]) +
                 x[1][2] * (x[2][0] * x[3][1] - x[2][1] * x[3][0]);
    assert_true(fabs(det - 1) < 1e-12);
    double y[2][3] = {{1, 0, 0}, {0, 0, 1}};
    build_cluster_turn(y, 2, along, 0);
    assert_true(fabs(y[0][0] - 1) < 1e-12 && fabs(y[1][2] - 1) < 1e-12);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_counts), cmocka_unit_test(test_axes),
                                       cmocka_unit_test(test_turn)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
