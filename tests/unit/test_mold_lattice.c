/* Atoms in the interface of a pore: correlation factors, Eq. 2 of Liu et al. 2023, conservation, no
 * segregation for equal rates, its sign for unequal ones, viscous flow. Seeds are fixed; where a bound is k
 * standard errors of n replicas the false alarm of a new seed is given. */
#include "base/comm.h"
#include "base/mem.h"
#include "kmc/mold_lattice.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define MOST 64

struct mean {
    double mean, error;
};

static struct mean mean_of(const double *x, int n) {
    double sum = 0, square = 0;
    for (int k = 0; k < n; k++) sum += x[k] / n;
    for (int k = 0; k < n; k++) square += (x[k] - sum) * (x[k] - sum);
    return (struct mean){sum, sqrt(square / n / (n - 1))};
}

/* Exact correlation factors of vacancy diffusion in two dimensions: 0.46694 (square, 1 / (pi - 1)), 0.56006
 * (triangular). 20 windows, 4.5 standard errors: false alarm 2e-4 each. The torus adds less than 1e-4. */
static void test_correlation(void **state) {
    (void)state;
    const double exact[] = {1 / (M_PI - 1), 0.56006};
    for (int kind = 0; kind < 2; kind++) {
        double f[20];
        for (int k = 0; k < 20; k++)
            assert_int_equal(
                mold_lattice_correlation((enum mold_lattice_kind)kind, 128, 500000, 1, (uint64_t)k, &f[k]),
                ERR_OK);
        struct mean m = mean_of(f, 20);
        assert_true(m.error < 0.002);
        if (!(fabs(m.mean - exact[kind]) < 4.5 * m.error))
            fail_msg("%.5f +- %.5f, not %.5f", m.mean, m.error, exact[kind]);
    }
}

/* One element in a pore; the time at which Eq. 2 gives `columns` more. */
static struct mold_lattice_options pore(enum mold_lattice_kind kind, int around, int per_column,
                                        double vacancies) {
    struct mold_lattice_options o = {.kind = kind,
                                     .around = around,
                                     .per_column = per_column,
                                     .columns = 17,
                                     .n_elements = 1,
                                     .fraction = {1},
                                     .rate = {1},
                                     .vacancies = vacancies,
                                     .drive = 3.2,
                                     .samples = 8,
                                     .seed = 3};
    double l0 = o.columns + 1;
    o.time = 3 * l0 * l0 / (2.0 * around / per_column * o.drive * mold_lattice_diffusivity(&o));
    return o;
}

static double gain(const struct mold_lattice *l, int k, double l0) {
    return l->length[k] * l->length[k] - l0 * l0;
}

/* **Local.** Gains of n replicas over Eq. 2's at the end; gain at sample k of the first to *half. */
static struct mean gains(struct mold_lattice_options o, int n, struct mean *exponent) {
    double x[MOST], t[MOST];
    double l0 = o.columns + 1, due = pow(mold_lattice_length(&o, o.time), 2) - l0 * l0;
    for (int k = 0; k < n; k++) {
        struct mold_lattice l;
        o.id = (uint64_t)k;
        assert_int_equal(mold_lattice_run(&o, &l), ERR_OK);
        assert_int_equal(l.start[0] + l.in[0] - l.out[0], l.end[0]);
        x[k] = gain(&l, o.samples - 1, l0) / due;
        t[k] = 0.5 * log(gain(&l, o.samples - 1, l0) / gain(&l, o.samples / 4 - 1, l0)) / log(4);
        mold_lattice_destroy(&l);
    }
    if (exponent) *exponent = mean_of(t, n);
    return mean_of(x, n);
}

/* The current through a wire that does not grow (its columns hold far more than arrives) is that of the
 * lattice gas between equal reservoirs, exactly: 2 sinh(e / 2) b c (1 - c) a bond. 40 replicas, 4.5 standard
 * errors: false alarm 1e-4 each. */
static void test_current(void **state) {
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        struct mold_lattice_options o = pore((enum mold_lattice_kind)kind, 16, 20000, 0.04);
        double x[40];
        o.columns = 15;
        o.time = 2000;
        for (int k = 0; k < 40; k++) {
            struct mold_lattice l;
            o.id = (uint64_t)k;
            assert_int_equal(mold_lattice_run(&o, &l), ERR_OK);
            x[k] = (double)l.crossed[0] /
                   (o.around * 2 * sinh(3.2 / 16 / 2) * mold_lattice_diffusivity(&o) * o.time);
            mold_lattice_destroy(&l);
        }
        struct mean m = mean_of(x, 40);
        if (!(fabs(m.mean - 1) < 4.5 * m.error && m.error < 0.02))
            fail_msg("current %.4f +- %.4f", m.mean, m.error);
    }
}

/* Eq. 2 in growing wires with the collective diffusivity of the lattice: amplitude, L ~ t^1/2, d^-1/2 (a pore
 * twice as wide: twice the sites, four times the atoms), D^1/2, each within 2 % and two standard errors
 * (growth by whole columns adds about one atom in `per_column` * L to the amplitude, nothing to the
 * exponents). */
static void test_eq2(void **state) {
    (void)state;
    struct mean t, narrow, wide, dense;
    narrow = gains(pore(MOLD_LATTICE_SQUARE, 16, 40, 0.02), 16, &t);
    wide = gains(pore(MOLD_LATTICE_SQUARE, 32, 160, 0.02), 4, NULL);
    dense = gains(pore(MOLD_LATTICE_SQUARE, 16, 40, 0.08), 16, NULL);
    const struct mean all[] = {narrow, wide, dense};
    for (int k = 0; k < 3; k++)
        if (!(fabs(all[k].mean - 1) < 0.02 + 2 * all[k].error && all[k].error < 0.02))
            fail_msg("%d: gain %.4f +- %.4f of Eq. 2", k, all[k].mean, all[k].error);
    assert_true(fabs(t.mean - 0.5) < 0.01 + 2 * t.error && t.error < 0.01);
    /* gains are over Eq. 2's: exponent = its exponent + half the slope of what is left */
    double doubled = log(2), ratio = log(0.08 * 0.92 / (0.02 * 0.98));
    double d = -0.5 + 0.5 * log(wide.mean / narrow.mean) / doubled,
           d_error = 0.5 * hypot(wide.error, narrow.error) / doubled;
    double c = 0.5 + 0.5 * log(dense.mean / narrow.mean) / ratio,
           c_error = 0.5 * hypot(dense.error, narrow.error) / ratio;
    if (!(fabs(d + 0.5) < 0.01 + 2 * d_error && d_error < 0.02)) fail_msg("L ~ d^(%.4f +- %.4f)", d, d_error);
    if (!(fabs(c - 0.5) < 0.01 + 2 * c_error && c_error < 0.01)) fail_msg("L ~ D^(%.4f +- %.4f)", c, c_error);
}

/* **Local.** Fraction of element 0 in the outer half less that in the inner half, over replicas. */
static struct mean tilt(double rate0, double rate1, double exchange, double advection) {
    double x[6];
    for (int k = 0; k < 6; k++) {
        struct mold_lattice l;
        struct mold_lattice_options o = pore(MOLD_LATTICE_SQUARE, 16, 40, 0.02);
        o.n_elements = 2;
        o.fraction[0] = 0.6;
        o.fraction[1] = 0.4;
        o.rate[0] = rate0;
        o.rate[1] = rate1;
        o.exchange = exchange;
        o.advection = advection;
        o.id = (uint64_t)(100 + k);
        assert_int_equal(mold_lattice_run(&o, &l), ERR_OK);
        double half[2][2] = {{0}};
        for (int z = 0; z < l.columns; z++)
            for (int i = 0; i < 2; i++) half[2 * z >= l.columns][i] += (double)l.content[2 * z + i];
        for (int i = 0; i < 2; i++) assert_int_equal(l.start[i] + l.in[i] - l.out[i], l.end[i]);
        x[k] = half[1][0] / (half[1][0] + half[1][1]) - half[0][0] / (half[0][0] + half[0][1]);
        mold_lattice_destroy(&l);
    }
    return mean_of(x, 6);
}

/* Equal rates: no gradient, with and without exchange and flow (|t| < 6.9 with 5 degrees of freedom: false
 * alarm 1e-3 each). Unequal rates: the faster element goes to the tip whichever it is (the sign is not put in
 * anywhere). */
static void test_segregation(void **state) {
    (void)state;
    struct mean none = tilt(1, 1, 0, 0), mixed = tilt(1, 1, 0.01, 0.01), first = tilt(3, 1, 0.002, 0),
                second = tilt(1, 3, 0.002, 0);
    assert_true(fabs(none.mean) < 6.9 * none.error && none.error < 0.02);
    assert_true(fabs(mixed.mean) < 6.9 * mixed.error && mixed.error < 0.02);
    assert_true(first.mean > 0.03 && first.mean > 6.9 * first.error);
    assert_true(second.mean < -0.03 && -second.mean > 6.9 * second.error);
}

/* Viscous flow alone adds 2 A t to L^2; with hops both gains add. */
static void test_flow(void **state) {
    (void)state;
    struct mold_lattice_options o = pore(MOLD_LATTICE_SQUARE, 16, 40, 0.02);
    o.advection = 324 / o.time;
    struct mean m = gains(o, 8, NULL);
    assert_true(fabs(m.mean - 1) < 4.5 * m.error + 0.02); /* the core moves by whole columns */
}

/* The same replica twice is the same wire; another id is another one. A wire that is pressed too gently
 * shrinks. */
static void test_keys(void **state) {
    (void)state;
    struct mold_lattice a, b, c;
    struct mold_lattice_options o = pore(MOLD_LATTICE_TRIANGULAR, 12, 20, 0.05);
    assert_int_equal(mold_lattice_run(&o, &a), ERR_OK);
    assert_int_equal(mold_lattice_run(&o, &b), ERR_OK);
    o.id = 1;
    assert_int_equal(mold_lattice_run(&o, &c), ERR_OK);
    assert_true(a.columns == b.columns && a.events == b.events && a.events != c.events);
    assert_memory_equal(a.length, b.length, 8 * sizeof *a.length);
    assert_memory_equal(a.content, b.content, (size_t)a.columns * sizeof *a.content);
    mold_lattice_destroy(&a);
    mold_lattice_destroy(&b);
    mold_lattice_destroy(&c);
    o.around = 2;
    assert_int_equal(mold_lattice_run(&o, &a), ERR_INPUT);
    err_clear();
}

static int balanced(void **state) {
    (void)state;
    return mem_blocks() == 0 ? 0 : -1;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test_teardown(test_correlation, balanced),
                                       cmocka_unit_test_teardown(test_current, balanced),
                                       cmocka_unit_test_teardown(test_eq2, balanced),
                                       cmocka_unit_test_teardown(test_segregation, balanced),
                                       cmocka_unit_test_teardown(test_flow, balanced),
                                       cmocka_unit_test_teardown(test_keys, balanced)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
