/* Nanomolding, continuum level: Liu et al. 2023 (liu2023), closed forms of its equations, and the analysis of
 * tables made with known parameters. */
#include "base/comm.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/unit.h"
#include "kmc/mold_composition.h"
#include "kmc/mold_fit.h"
#include "kmc/mold_length.h"
#include "kmc/mold_table.h"

#include <gsl/gsl_errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define S 1e12                /* ps */
#define PA_S (1e3 / UNIT_GPA) /* eV ps / A^3 */
#define GPA (1 / UNIT_GPA)    /* eV / A^3 */
#define C(t) ((t) + 273.15)

static struct comm self;

static void close_to(double x, double expected, double relative) {
    if (!(fabs(x - expected) <= relative * fabs(expected))) fail_msg("%.10g, expected %.10g", x, expected);
}

/* One of the two sets that meet the paper's numbers (derived from tau_B(317 C) = 76 s, tau_B(288 C) = 36000 s
 * and the tangency of Stokes-Einstein at 408 C; eta(287 C) = 1e12 Pa s). */
static struct mold_material nickel(void) {
    struct mold_material m = {.eta0 = 3.45e-5 * PA_S,
                              .fragility = 13.52,
                              .t0 = 412.9,
                              .e_glass = 1.016,
                              .d_interface0 = 1.4e-3 * 1e8,
                              .q_interface = 1.58,
                              .delta_omega = 2.5 * 12.6,
                              .q_bulk = 3.16,
                              .stokes = 6,
                              .radius = 1.3,
                              .omega = 12.6};
    m.kappa = 76 * S / mold_material_liquid(&m, C(317));
    return m;
}

static const struct mold_fit_point seeds[] = {
    {MOLD_FIT_DC, C(317), 300 * S, 190, 0.1, 0, 0, 0},
    {MOLD_FIT_DC, C(307), 900 * S, 310, 0.1, 0, 0, 0},
    {MOLD_FIT_DC, C(297), 36000 * S, 620, 0.1, 0, 0, 0},
    {MOLD_FIT_DC, C(287), 36000 * S, 970, 0.1, 0, 0, 0},
    {MOLD_FIT_DC, C(267), 36000 * S, 850, 0.1, 0, 0, 0},
    {MOLD_FIT_RELAXATION_TIME, C(317), 0, 76 * S, 0.1, 0, 0, 0},
    {MOLD_FIT_BULK_TRANSITION, 0, 36000 * S, C(288), 1, 0, 0, 0},
    {MOLD_FIT_INTERFACE_TRANSITION, 0, 36000 * S, C(254), 2, 0, 0, 0},
    {MOLD_FIT_BREAKDOWN, 0, 0, C(408), 3, 0, 0, 0},
    {MOLD_FIT_INTERFACE_ACTIVATION, 0, 0, 1.58, 0.05, 0, 0, 0},
    {MOLD_FIT_BULK_ACTIVATION, 0, 0, 3.16, 0.1, 0, 0, 0},
    {MOLD_FIT_VISCOSITY, C(287), 36000 * S, 1e12 * PA_S, 0.3, 0, 0, 0},
    {MOLD_FIT_PREFACTOR, 0, 0, 4e-5 * PA_S, 0.2, 0, 0, 0}};
#define N_SEEDS (int)(sizeof seeds / sizeof *seeds)

/* The rows of the table on d_c: all observations of the paper in one fit. d_c within the 10 % to
 * which a kink can be read; at 297 C a smooth VFT lies below the 62 nm measured (52 nm by the derivation
 * above, 56 in this fit, which that point pulls up). Predicted from the others: the paper's value within two
 * of the stated errors. */
static void test_fit(void **state) {
    (void)state;
    struct mold_material m = nickel();
    struct mold_fit_point p[N_SEEDS];
    struct mold_fit fit = {0};
    memcpy(p, seeds, sizeof seeds);
    for (int k = 0; k < MOLD_FIT_PARAMETERS; k++) fit.vary[k] = true;
    assert_int_equal(mold_fit_compute(&m, p, N_SEEDS, &fit), ERR_OK);
    assert_int_equal(fit.n_points - fit.rank, 4); /* 13 observations, 9 parameters, none open */
    assert_true(fit.chi2 < 9.49);                 /* 95 % of chi^2 with 4 degrees of freedom */
    for (int k = 0; k < 5; k++) close_to(p[k].fitted, p[k].value, 0.105);
    assert_true(p[2].fitted < 590 && p[2].predicted < 560);
    for (int k = 0; k < N_SEEDS; k++) {
        if (isnan(p[k].predicted)) continue;
        double error = mold_fit_relative(p[k].kind) ? p[k].error * p[k].value : p[k].error;
        if (fabs(p[k].predicted - p[k].value) > 2 * hypot(error, p[k].predicted_error))
            fail_msg("%s: predicted %g +- %g, measured %g +- %g", mold_fit_kind_name(p[k].kind),
                     p[k].predicted, p[k].predicted_error, p[k].value, error);
    }
    /* the interface transition is the only observation of delta against D_I: exact, not predictable */
    assert_true(isnan(p[7].predicted) && fit.state[MOLD_FIT_D_INTERFACE0] == MOLD_FIT_EXACT);
    assert_int_equal(fit.state[MOLD_FIT_E_GLASS], MOLD_FIT_EXACT); /* one d_c in the glass */
    assert_int_equal(fit.state[MOLD_FIT_T0], MOLD_FIT_OVER);
    /* breakdown from the others: 408 C within 3 K (the issue), 288 C within 3 K */
    assert_true(fabs(p[8].predicted - C(408)) < 3 && fabs(p[6].predicted - C(288)) < 3);
    /* delta Omega = 2.8e-39 ... 3.4e-39 m^4 by hand for R = 1.24 ... 1.37 A; its error here is a factor e^1.4
     */
    close_to(log(m.delta_omega * 1e-40), log(3e-39), 0.01);
}

/* Without the prefactor, the two absolute scales (eta and eta0) hang on one number each; without any
 * viscosity the scale of eta is open and is said to be. */
static void test_open(void **state) {
    (void)state;
    struct mold_material m = nickel();
    struct mold_fit_point p[N_SEEDS];
    struct mold_fit fit = {0};
    memcpy(p, seeds, sizeof seeds);
    for (int k = 0; k < MOLD_FIT_PARAMETERS; k++) fit.vary[k] = true;
    assert_int_equal(mold_fit_compute(&m, p, N_SEEDS - 2, &fit), ERR_OK); /* no viscosity at all */
    assert_int_equal(fit.rank, 8);
    assert_int_equal(fit.state[MOLD_FIT_ETA0], MOLD_FIT_UNDER);
    assert_int_equal(fit.state[MOLD_FIT_KAPPA], MOLD_FIT_UNDER);
    assert_true(isnan(fit.error[MOLD_FIT_ETA0]));
    assert_int_equal(fit.state[MOLD_FIT_T0], MOLD_FIT_EXACT); /* the breakdown alone pins the curvature */
    assert_true(fabs(m.t0 - 415) < 15);
}

/* The four d_c from 317 to 287 C alone, with Q_I, eta0 = 4e-5 Pa s, eta(287 C) held: T0 = 417 K, D*
 * = 13.0, and 3.16 eV is the slope of Stokes-Einstein at 408 C (derived independently from the paper; its own
 * 408 C is not used). Molding times so long that all four are liquid. */
static void test_four(void **state) {
    (void)state;
    struct mold_material m = nickel();
    struct mold_fit_point p[] = {seeds[0], seeds[1], seeds[2], seeds[3], seeds[11]};
    struct mold_fit fit = {0};
    m.eta0 = 4e-5 * PA_S;
    for (int k = 0; k < 5; k++) p[k].time = 1e30 * S;
    p[4].error = 1e-4;
    fit.vary[MOLD_FIT_FRAGILITY] = fit.vary[MOLD_FIT_T0] = fit.vary[MOLD_FIT_DELTA_OMEGA] = true;
    assert_int_equal(mold_fit_compute(&m, p, 5, &fit), ERR_OK);
    assert_true(fabs(m.t0 - 417.3) < 1.5 && fabs(m.fragility - 13.0) < 0.25);
    assert_true(fit.error[MOLD_FIT_T0] > 1.5); /* so the tolerance is not above the error of 10 % on d_c */
    assert_true(fabs(mold_material_breakdown(&m) - C(408)) < 1);
}

/* Derived values of the paper's material (a table made by hand from the same constraints, digits as given
 * there). */
static void test_material(void **state) {
    (void)state;
    struct mold_material m = nickel();
    close_to(mold_material_transition(&m, 36000 * S), C(288), 0.001);
    close_to(mold_material_liquid(&m, C(317)) / PA_S, 1.6e9, 0.06);
    close_to(mold_material_liquid(&m, C(307)) / PA_S, 1.1e10, 0.1);
    close_to(mold_material_liquid(&m, C(287)) / PA_S, 1e12, 0.1);
    assert_true(fabs(mold_material_breakdown(&m) - C(408)) < 3);
    close_to(mold_material_bulk(&m, C(317)) * 1e-8, 2.5e-20, 0.1); /* m^2 / s */
    close_to(mold_material_bulk(&m, C(408)) * 1e-8, 1.0e-16, 0.1);
    close_to(mold_material_interface(&m, C(317)) * 1e-8, 4.6e-17, 0.03);
    assert_true(fabs(mold_material_transition_interface(&m, 36000 * S) - C(254)) < 2);
    /* tau_I = tau_B D_B / D_I, so that the interface is the faster one */
    double tau = mold_material_relaxation(&m, C(300)), ti = mold_material_relaxation_interface(&m, C(300));
    close_to(ti, tau * mold_material_bulk(&m, C(300)) / mold_material_interface(&m, C(300)), 1e-9);
    assert_true(ti < tau / 1000);
    /* continuous at the kinetic transition, Arrhenius with E_g below it */
    double tg = mold_material_transition(&m, 36000 * S), t = 36000 * S;
    close_to(mold_material_viscosity(&m, tg - 1e-9, t), mold_material_viscosity(&m, tg + 1e-9, t), 1e-6);
    double slope = log(mold_material_viscosity(&m, 500, t) / mold_material_viscosity(&m, 510, t)) /
                   (1 / 500.0 - 1 / 510.0) * UNIT_KB;
    close_to(slope, 1.016, 1e-9);
}

/* The maximum of d_c lies at the kinetic glass transition while E_g < Q_I, near 287 C for 36000 s, and moves
 * with the molding time; with E_g above Q_I there is none. */
static void test_peak(void **state) {
    (void)state;
    struct mold_material m = nickel();
    double dc, before = 1e9;
    for (double t = 1; t <= 1.1e6; t *= 10) {
        double tg = mold_material_transition(&m, t * S),
               at = mold_length_peak(&m, t * S, tg - 100, tg + 100, &dc);
        assert_true(fabs(at - tg) < 0.01 && at < before);
        before = at;
    }
    double at = mold_length_peak(&m, 36000 * S, 500, 620, &dc);
    assert_true(fabs(at - C(287)) < 2 && fabs(dc - 1000) < 100);
    m.e_glass = 2;
    assert_true(isnan(mold_length_peak(&m, 36000 * S, 500, 620, &dc)));
    /* d_c(100 C) for the two E_g that 85 nm at 267 C and "< 10 nm at 100 C" ask for (derived: 15.8 and 9.5
     * nm, at d_c(287 C) = 97 nm) */
    m = nickel();
    double a =
        mold_length_crossover(&m, C(100), 36000 * S) / mold_length_crossover(&m, C(287), 36000 * S) * 97;
    m.e_glass = 0.87;
    double b =
        mold_length_crossover(&m, C(100), 36000 * S) / mold_length_crossover(&m, C(287), 36000 * S) * 97;
    close_to(a, 15.8, 0.1);
    close_to(b, 9.5, 0.1);
}

static double slope_at(const struct mold_material *m, const struct mold_length_press *p, double d,
                       enum mold_length_law law) {
    double h = 1e-4, up = mold_length_compute(m, p, d * exp(h), law, INFINITY).length,
           down = mold_length_compute(m, p, d * exp(-h), law, INFINITY).length;
    return log(up / down) / (2 * h);
}

/* L^2 = A d^2 + B / d: sqrt 2 at d_c, minimum at 2^(-1/3) d_c, slopes (x - 1/2) / (x + 1) with x = (d /
 * d_c)^3. */
static void test_laws(void **state) {
    (void)state;
    struct mold_material m = nickel();
    struct mold_length_press p = {.temperature = C(297), .pressure = 1.25 * GPA, .time = 36000 * S};
    double dc = mold_length_crossover(&m, p.temperature, p.time);
    struct mold_length one = mold_length_compute(&m, &p, dc, MOLD_LENGTH_FASTEST, INFINITY),
                       two = mold_length_compute(&m, &p, dc, MOLD_LENGTH_BOTH, INFINITY);
    close_to(two.length / one.length, sqrt(2), 1e-9);
    close_to(one.collective, one.individual, 1e-9);
    close_to(slope_at(&m, &p, 2 * dc, MOLD_LENGTH_BOTH), 7.5 / 9, 1e-6);
    close_to(slope_at(&m, &p, dc / 2, MOLD_LENGTH_BOTH), -0.375 / 1.125, 1e-6);
    assert_true(fabs(slope_at(&m, &p, cbrt(0.5) * dc, MOLD_LENGTH_BOTH)) < 1e-6);
    close_to(slope_at(&m, &p, 2 * dc, MOLD_LENGTH_FASTEST), 1, 1e-9);
    close_to(slope_at(&m, &p, dc / 2, MOLD_LENGTH_FASTEST), -0.5, 1e-9);
    /* L / d = sqrt(p t / (32 eta)) = 4.0 at 297 C (derived with eta = 9e10 Pa s), so 248 nm at 62 nm */
    close_to(one.length / dc, 4.0, 0.05);
    assert_int_equal(mold_length_compute(&m, &p, 2 * dc, MOLD_LENGTH_FASTEST, INFINITY).field,
                     MOLD_LENGTH_COLLECTIVE);
    assert_int_equal(mold_length_compute(&m, &p, dc / 2, MOLD_LENGTH_FASTEST, INFINITY).field,
                     MOLD_LENGTH_INDIVIDUAL);
    /* the print adds in squares */
    p.start = 100;
    close_to(mold_length_compute(&m, &p, dc, MOLD_LENGTH_FASTEST, INFINITY).length, hypot(one.length, 100),
             1e-12);
    /* shear only where the glass cannot relax, and only in wide pores */
    p.temperature = C(250);
    assert_int_equal(mold_length_compute(&m, &p, 3000, MOLD_LENGTH_FASTEST, 2500).field, MOLD_LENGTH_SHEAR);
    assert_int_equal(mold_length_compute(&m, &p, 2000, MOLD_LENGTH_FASTEST, 2500).field,
                     MOLD_LENGTH_COLLECTIVE);
    p.temperature = C(310);
    assert_int_equal(mold_length_compute(&m, &p, 3000, MOLD_LENGTH_FASTEST, 2500).field,
                     MOLD_LENGTH_COLLECTIVE);
}

/* 4 gamma / d is 0.4 GPa for 1 J/m^2 and 10 nm (eq. 1); a mold that is not wetted needs more than that. */
static void test_capillary(void **state) {
    (void)state;
    struct mold_material m = nickel();
    struct mold_length_press p = {
        .temperature = C(297), .pressure = 1 * GPA, .time = 36000 * S, .capillary = true};
    m.tension = 1 / 16.02176634;
    m.wetting = 1;
    close_to(mold_length_pressure(&m, &p, 100), 1.4 * GPA, 1e-9);
    m.wetting = -1;
    close_to(mold_length_pressure(&m, &p, 100), 0.6 * GPA, 1e-9);
    p.pressure = 0.3 * GPA;
    assert_int_equal(mold_length_compute(&m, &p, 100, MOLD_LENGTH_FASTEST, INFINITY).field, MOLD_LENGTH_NONE);
}

/* One d_c fixes delta Omega D_I eta = d_c^3 kT / 256: 6.5e-44 (Zr, 120 nm, 420 C), 3.8e-45 J m^3 (Pd, 50 nm,
 * 290 C). */
static void test_product(void **state) {
    (void)state;
    const double d[] = {1200, 500}, t[] = {C(420), C(290)}, product[] = {6.5e-44, 3.8e-45};
    for (int k = 0; k < 2; k++) {
        struct mold_material m = nickel();
        double found = m.delta_omega * mold_material_interface(&m, t[k]) *
                       mold_material_viscosity(&m, t[k], 900 * S),
               dc = mold_length_crossover(&m, t[k], 900 * S);
        close_to(found * pow(d[k] / dc, 3) * 1.602176634e-49, product[k], 0.01);
    }
}

static double glass[] = {0.45, 0.35, 0.16, 0.04};

static struct mold_composition_options wire(double *mobility, double exchange, double share) {
    return (struct mold_composition_options){.n_elements = 4,
                                             .fraction = glass,
                                             .mobility = mobility,
                                             .start = 100,
                                             .length = 4000,
                                             .time = 36000,
                                             .share = share,
                                             .exchange = exchange,
                                             .cells = 400,
                                             .fast = 0,
                                             .slow = 1,
                                             .tau0 = INFINITY,
                                             .width = 1};
}

/* Ni 0.5625 of the metals at the root, 0.80 at the tip of the 20 nm wire. Without exchange the deposit has
 * the current's composition: r = (0.8 / 0.2) / (0.45 / 0.35) = 28 / 9. With exchange less is needed. Equal
 * mobilities: no gradient; a purely viscous wire is uniform; every element is conserved; the slow element
 * gathers where it should. */
static void test_composition(void **state) {
    (void)state;
    double m[4], r;
    struct mold_composition c;
    close_to(mold_composition_ratio(0.5625, 0.8), 28.0 / 9, 1e-12);
    close_to(mold_composition_current(0.5625, 28.0 / 9), 0.8, 1e-12);
    struct mold_composition_options o = wire(m, 0, 0);
    assert_int_equal(mold_composition_solve(&o, m, 0.8, &r), ERR_OK);
    close_to(r, 28.0 / 9, 1e-6);
    o = wire(m, 5.8 / 36000, 0);
    assert_int_equal(mold_composition_solve(&o, m, 0.8, &r), ERR_OK);
    assert_true(r > 1.2 && r < 1.6);
    mold_composition_mobility(&o, r, m);
    assert_int_equal(mold_composition_compute(&o, &c), ERR_OK);
    close_to(c.tip, 0.8, 1e-6);
    close_to(c.root, 0.5625, 0.01);
    assert_true(c.imbalance < 1e-12);
    for (int k = 1; k < c.n; k++) /* the metal fraction rises all the way */
        assert_true(c.fraction[4 * k] / c.fraction[4 * k + 1] >
                    c.fraction[4 * k - 4] / c.fraction[4 * k - 3] * (1 - 1e-9));
    mold_composition_destroy(&c);
    mold_composition_mobility(&o, 1 / r, m); /* the other element faster: the gradient turns round */
    assert_int_equal(mold_composition_compute(&o, &c), ERR_OK);
    assert_true(c.tip < 0.5);
    mold_composition_destroy(&c);
    for (int k = 0; k < 4; k++) m[k] = 1;
    assert_int_equal(mold_composition_compute(&o, &c), ERR_OK);
    close_to(c.tip, 0.5625, 1e-12);
    mold_composition_destroy(&c);
    mold_composition_mobility(&o, 3, m);
    o.share = 1;
    assert_int_equal(mold_composition_compute(&o, &c), ERR_OK);
    close_to(c.tip, 0.5625, 1e-12);
    mold_composition_destroy(&c);
}

/* Crystalline where the time spent exceeds tau_cry of the local composition: everywhere behind the last tau
 * of growth, nowhere in a wire of the glass's composition. Without exchange a place laid down at t has spent
 * 36000 - t, and L^2 ~ t: with tau = 9000 places below L (27000 / 36000)^1/2 are crystalline. */
static void test_crystallisation(void **state) {
    (void)state;
    double m[4];
    struct mold_composition c;
    struct mold_composition_options o = wire(m, 0, 0);
    o.start = 1;
    o.tau0 = 9000;
    o.c0 = 0.8;
    o.width = 0.04; /* at 0.5625 e^5.9 times slower */
    mold_composition_mobility(&o, 28.0 / 9, m);
    assert_int_equal(mold_composition_compute(&o, &c), ERR_OK);
    double last = 0;
    for (int k = 0; k < c.n; k++)
        if (c.consumed[k] >= 1) last = c.z[k];
    close_to(last, 4000 * sqrt(0.75), 0.01);
    assert_true(c.amorphous < 50); /* the print alone */
    mold_composition_destroy(&c);
    o.share = 1;
    assert_int_equal(mold_composition_compute(&o, &c), ERR_OK);
    close_to(c.amorphous, 4000, 1e-3);
    mold_composition_destroy(&c);
}

/* A table with known viscosity and mobility and 3 % noise: both come back within four errors (false alarm
 * 1e-3 in all), d_c too, slopes are +1 and -1/2; the laws are told apart by chi^2. */
static void test_table(void **state) {
    (void)state;
    struct mold_material m = nickel();
    for (int law = 0; law < 2; law++) {
        struct mold_table t = {0};
        t.n = 20;
        assert_int_equal(MEM_NEW(t.row, t.n), ERR_OK);
        double temperature = C(297), time = 36000 * S, dc = mold_length_crossover(&m, temperature, time);
        for (int k = 0; k < t.n; k++) {
            struct mold_length_press p = {
                .temperature = temperature, .pressure = 1.25 * GPA, .time = time, .start = 20};
            double z, d = dc / 4 * pow(16, k / 19.0),
                      l = mold_length_compute(&m, &p, d, (enum mold_length_law)law, INFINITY).length;
            rng_normal(7, RNG_TEST, (uint64_t)k, (uint64_t)law, 1, &z);
            t.row[k] = (struct mold_table_row){d,        temperature, p.pressure, time, l * (1 + 0.03 * z),
                                               0.03 * l, 20,          0,          0};
        }
        assert_int_equal(mold_table_compute(&t, &m, false, (enum mold_length_law)law, UNIT_KB), ERR_OK);
        assert_int_equal(t.n_groups, 1);
        struct mold_table_group *g = &t.group[0];
        double eta = mold_material_viscosity(&m, temperature, time),
               x = m.delta_omega * mold_material_interface(&m, temperature);
        assert_true(g->eta_error < 0.04 && g->mobility_error < 0.04);
        assert_true(fabs(log(g->eta / eta)) < 4 * g->eta_error);
        assert_true(fabs(log(g->mobility / x)) < 4 * g->mobility_error);
        assert_true(fabs(log(g->dc / dc)) < 4 * g->dc_error);
        assert_true(g->chi2 < 42.3); /* 99.9 % of chi^2 with 18 degrees of freedom */
        if (law == MOLD_LENGTH_FASTEST) {
            assert_true(fabs(g->slope_wide - 1) < 4 * g->slope_wide_error);
            assert_true(fabs(g->slope_narrow + 0.5) < 4 * g->slope_narrow_error);
            assert_int_equal(mold_table_compute(&t, &m, false, MOLD_LENGTH_BOTH, UNIT_KB), ERR_OK);
            assert_true(t.group[0].chi2 > 60); /* the wrong law does not fit */
        }
        mold_table_destroy(&t);
    }
}

/* All pores wide: the viscosity is measured, the mobility has a bound only, and d_c none. */
static void test_one_sided(void **state) {
    (void)state;
    struct mold_material m = nickel();
    struct mold_table t = {.n = 3};
    struct mold_length_press p = {.temperature = C(327), .pressure = 1 * GPA, .time = 300 * S};
    assert_int_equal(MEM_NEW(t.row, t.n), ERR_OK);
    for (int k = 0; k < 3; k++) {
        double d = 500 * (k + 1), l = mold_length_compute(&m, &p, d, MOLD_LENGTH_FASTEST, INFINITY).length;
        t.row[k] = (struct mold_table_row){d, p.temperature, p.pressure, p.time, l, 0.1 * l, 0, 0, 0};
    }
    assert_int_equal(mold_table_compute(&t, &m, false, MOLD_LENGTH_FASTEST, UNIT_KB), ERR_OK);
    close_to(t.group[0].eta, mold_material_viscosity(&m, p.temperature, p.time), 1e-9);
    assert_true(isnan(t.group[0].mobility_error) && isnan(t.group[0].dc) && t.group[0].n_individual == 0);
    assert_true(t.group[0].mobility > m.delta_omega * mold_material_interface(&m, p.temperature));
    close_to(t.group[0].slope_wide, 1, 1e-9);
    mold_table_destroy(&t);
}

static const char *written(const char *text) {
    static char path[] = "/tmp/vitrine_mold_XXXXXX";
    strcpy(path + sizeof path - 7, "XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    return path;
}

static void test_read(void **state) {
    (void)state;
    struct mold_table t;
    const char *path = written("note\tdiameter_nm\ttemperature_C\tpressure_GPa\ttime_s\tlength_um\n"
                               "a\t20\t297\t1.25\t36000\t0.4\n");
    assert_int_equal(mold_table_read(&self, path, false, 0.1, &t), ERR_OK);
    assert_true(t.n == 1 && t.row[0].diameter == 200 && t.row[0].temperature == C(297) &&
                t.row[0].length == 4000);
    close_to(t.row[0].error, 400, 1e-12);
    mold_table_destroy(&t);
    unlink(path);
    const struct {
        const char *text, *says;
    } bad[] = {
        {"diameter_nm\ttemperature_C\n", "no column pressure"},
        {"diameter_nm\ttemperature_C\tpressure_GPa\ttime_s\tlength_nm\n20\t297\t0\t1\t1\n",
         ":2: pressure must be"},
        {"diameter_nm\ttemperature_C\tpressure_GPa\ttime_s\tlength_nm\n20\t297\t1\t1\n", ":2: fewer cells"},
        {"diameter_nm\ttemperature_C\tpressure_GPa\ttime_s\tlength_nm\nwide\t297\t1\t1\t1\n",
         ":2: diameter: "},
        {"diameter_nm\ttemperature_C\tpressure_GPa\ttime_s\tlength_nm\n", "no rows"}};
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        path = written(bad[k].text);
        err_clear();
        assert_int_equal(mold_table_read(&self, path, false, 0.1, &t), ERR_INPUT);
        if (!strstr(err_message(), bad[k].says)) fail_msg("'%s' lacks '%s'", err_message(), bad[k].says);
        unlink(path);
    }
    err_clear();
}

static int setup(void **state) {
    (void)state;
    gsl_set_error_handler_off();
    self = comm_self();
    return 0;
}

static int balanced(void **state) {
    (void)state;
    return mem_blocks() == 0 ? 0 : -1;
}

int main(int argc, char **argv) {
    struct comm all;
    if (comm_init(&argc, &argv, &all)) return 1;
    const struct CMUnitTest tests[] = {cmocka_unit_test_teardown(test_fit, balanced),
                                       cmocka_unit_test_teardown(test_open, balanced),
                                       cmocka_unit_test_teardown(test_four, balanced),
                                       cmocka_unit_test_teardown(test_material, balanced),
                                       cmocka_unit_test_teardown(test_peak, balanced),
                                       cmocka_unit_test_teardown(test_laws, balanced),
                                       cmocka_unit_test_teardown(test_capillary, balanced),
                                       cmocka_unit_test_teardown(test_product, balanced),
                                       cmocka_unit_test_teardown(test_composition, balanced),
                                       cmocka_unit_test_teardown(test_crystallisation, balanced),
                                       cmocka_unit_test_teardown(test_table, balanced),
                                       cmocka_unit_test_teardown(test_one_sided, balanced),
                                       cmocka_unit_test_teardown(test_read, balanced)};
    int failed = cmocka_run_group_tests(tests, setup, NULL);
    comm_finalize();
    return failed;
}
