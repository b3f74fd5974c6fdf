/* test_meanfield - survival and KJMA against closed forms; geometry against limits; the first parameter set's
 * table. */
#include "base/mem.h"
#include "base/unit.h"
#include "kmc/meanfield.h"

#include <gsl/gsl_errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define C 273.15
/* cmocka's own comparison rounds to float */
#define NEAR(a, b, eps)                                                               \
    do {                                                                              \
        double a_ = (a), b_ = (b);                                                    \
        if (!(fabs(a_ - b_) <= (eps))) fail_msg("%s = %.15g, not %.15g", #a, a_, b_); \
    } while (0)

static struct schedule *hold(double T, double duration) {
    const struct schedule_piece p = {.T = NAN, .rate = NAN, .duration = duration};
    struct schedule *s;
    assert_int_equal(schedule_create("hold", T, 0, 1, &p, &s), 0);
    return s;
}

static struct schedule *ramp(double from, double to, double rate) {
    const struct schedule_piece p = {.T = to, .rate = rate, .duration = NAN};
    struct schedule *s;
    assert_int_equal(schedule_create("ramp", from, 0, 1, &p, &s), 0);
    return s;
}

/* Everything off but what a test switches on; rates that do not depend on T. */
static void bare(struct material *m) {
    material_default(m);
    m->surface.kind = MATERIAL_NONE;
    m->confined = false;
    m->layer = 0;
    m->limit.kind = CURVE_NONE;
    m->inward = (struct material_growth){MATERIAL_GIVEN, {CURVE_ARRHENIUS, .value = 0.5, .at = 500}, 1};
}

/* X = 1 - exp(-(pi/3) I u^3 t^4) (Kolmogorov 1937), bulk, constant rates */
static void bulk_constant_rates(void **state) {
    (void)state;
    struct material m;
    const double I = 2e-6, u = 0.5;
    bare(&m);
    m.bulk = (struct material_nucleation){
        .kind = MATERIAL_GIVEN, .given = {CURVE_ARRHENIUS, .value = I, .at = 500}, .potency = 1};
    struct schedule *s = hold(500, 100);
    struct meanfield_sample sample = {.diameter = INFINITY, .volume = 1e6, .threshold = 0.02};
    struct meanfield *mf;
    assert_int_equal(meanfield_create(&m, s, &sample, &mf), 0);
    for (double t = 5; t < 100; t += 2.3)
        NEAR(meanfield_fraction(mf, t), -expm1(-M_PI / 3 * I * u * u * u * pow(t, 4)), 1e-6);
    for (double t = 1e-3; t < 100; t *= 1.7) /* the exponent is 4 from the first moment */
        NEAR(-log1p(-meanfield_fraction(mf, t)) / (M_PI / 3 * I * u * u * u * pow(t, 4)), 1,
             t < 1 ? 0.1 : 1e-3);
    NEAR(meanfield_nuclei(mf, 10), 1e6 * I * 10, 1e-6);
    NEAR(meanfield_first_time(mf, 0.5), log(2) / (1e6 * I), 1e-6);
    meanfield_destroy(&mf);
    schedule_destroy(&s);
}

/* Heating from 440 K: the same double integral with u(T(t)) by brute force (Simpson on 4000 intervals, twice)
 */
static double arrhenius(double v, double E, double T) {
    return v * exp(-E / UNIT_KB * (1 / T - 1 / 500.0));
}
static double brute(double I, double EI, double u, double Eu, double rate, double t_end) {
    enum { N = 4000 };
    static double s[N + 1];
    double dt = t_end / N, sum = 0;
    s[0] = 0;
    for (int i = 1; i <= N; i++) { /* Simpson with the midpoint */
        double a = 440 + rate * dt * (i - 1), b = 440 + rate * dt * i;
        s[i] = s[i - 1] +
               dt / 6 * (arrhenius(u, Eu, a) + 4 * arrhenius(u, Eu, 0.5 * (a + b)) + arrhenius(u, Eu, b));
    }
    for (int i = 0; i <= N; i++)
        sum += (i == 0 || i == N ? 1
                : i % 2          ? 4
                                 : 2) *
               dt / 3 * arrhenius(I, EI, 440 + rate * dt * i) * 4 * M_PI / 3 * pow(s[N] - s[i], 3);
    return -expm1(-sum);
}

static void bulk_ramp(void **state) {
    (void)state;
    struct material m;
    bare(&m);
    m.bulk = (struct material_nucleation){.kind = MATERIAL_GIVEN,
                                          .given = {CURVE_ARRHENIUS, .value = 1e-7, .at = 500, .energy = 2},
                                          .potency = 1};
    m.inward.given = (struct curve){CURVE_ARRHENIUS, .value = 0.3, .at = 500, .energy = 1.7};
    struct schedule *s = ramp(440, 560, 0.67);
    struct meanfield_sample sample = {.diameter = INFINITY, .volume = 1e6, .threshold = 0.02};
    struct meanfield *mf;
    assert_int_equal(meanfield_create(&m, s, &sample, &mf), 0);
    for (double t = 80; t < 175; t += 13)
        NEAR(meanfield_fraction(mf, t), brute(1e-7, 2, 0.3, 1.7, 0.67, t), 2e-4);
    meanfield_destroy(&mf);
    schedule_destroy(&s);
}

/* A thin rod fills along its axis: X = 1 - exp(-I_L u t^2) with I_L = pi d I_s; wider growth than the
 * diameter */
static void thin_rod(void **state) {
    (void)state;
    struct material m;
    bare(&m);
    m.layer = 1;
    m.surface = (struct material_nucleation){
        .kind = MATERIAL_GIVEN, .given = {CURVE_ARRHENIUS, .value = 1e-7, .at = 500}, .potency = 1};
    m.lateral = (struct material_growth){MATERIAL_GIVEN, {CURVE_ARRHENIUS, .value = 1, .at = 500}, 1};
    struct schedule *s = hold(500, 4000);
    struct meanfield_sample sample = {.diameter = 2, .length = 1e5, .threshold = 0.02};
    struct meanfield *mf;
    assert_int_equal(meanfield_create(&m, s, &sample, &mf), 0);
    for (double t = 200; t < 4000; t += 190)
        NEAR(meanfield_fraction(mf, t), -expm1(-M_PI * 2 * 1e-7 * t * t),
             2e-3); /* 1 - (d/t)^2/... of sides */
    meanfield_destroy(&mf);
    schedule_destroy(&s);
}

/* The same rod with ends, 2000 nm long: the mean over z of 1 - exp(-I_L int [min(z, s) + min(L - z, s)] dt)
 * by brute force; the mean field averages in the exponent, which costs 0.02 at most here. */
static void rod_with_ends(void **state) {
    (void)state;
    struct material m;
    bare(&m);
    m.layer = 1;
    m.surface = (struct material_nucleation){
        .kind = MATERIAL_GIVEN, .given = {CURVE_ARRHENIUS, .value = 1e-7, .at = 500}, .potency = 1};
    m.lateral = (struct material_growth){MATERIAL_GIVEN, {CURVE_ARRHENIUS, .value = 1, .at = 500}, 1};
    struct schedule *s = hold(500, 3000);
    const double length = 2000;
    struct meanfield_sample sample = {.diameter = 2, .length = length, .ends = true, .threshold = 0.02};
    struct meanfield *mf;
    assert_int_equal(meanfield_create(&m, s, &sample, &mf), 0);
    for (double t = 300; t < 3000; t += 600) {
        double mean = 0;
        for (int i = 0; i < 400; i++) {
            double z = length * (i + 0.5) / 400, side[2] = {z, length - z}, reach = 0;
            for (int k = 0; k < 2; k++) /* int_0^t min(side, s) ds */
                reach += t < side[k] ? t * t / 2 : side[k] * side[k] / 2 + side[k] * (t - side[k]);
            mean -= expm1(-M_PI * 2 * 1e-7 * reach) / 400;
        }
        NEAR(meanfield_fraction(mf, t), mean, 0.02);
        assert_true(meanfield_fraction(mf, t) < -expm1(-M_PI * 2 * 1e-7 * t * t) - 0.001); /* ends do count */
    }
    meanfield_destroy(&mf);
    schedule_destroy(&s);
}

/* First nucleus of an Arrhenius rate on a ramp is Gumbel: sd (pi/sqrt 6) kT^2/E; ten times the length shifts
 * it by
 * -(kT^2/E) ln 10. E/kT = 80 makes the corrections of order 2 kT/E = 2.5 %. */
static void gumbel(void **state) {
    (void)state;
    struct material m;
    bare(&m);
    const double E = 3.5;
    m.surface =
        (struct material_nucleation){.kind = MATERIAL_GIVEN,
                                     .given = {CURVE_ARRHENIUS, .value = 1e-6, .at = 510, .energy = E},
                                     .potency = 1};
    struct schedule *s = ramp(430, 620, 0.67);
    double T[2];
    struct meanfield_result r;
    for (int k = 0; k < 2; k++) {
        struct meanfield_sample sample = {.diameter = 20, .length = k ? 3000 : 300, .threshold = 0.5};
        struct meanfield *mf;
        assert_int_equal(meanfield_create(&m, s, &sample, &mf), 0);
        T[k] = schedule_temperature(s, meanfield_first_time(mf, 0.5));
        if (k == 0) assert_int_equal(meanfield_summary(mf, &r), 0);
        meanfield_destroy(&mf);
    }
    double width = UNIT_KB * T[0] * T[1] / E; /* exact in 1/T: T0 T1, not T^2 */
    NEAR((T[1] - T[0]) / (-width * log(10)), 1, 0.03);
    double slope = E / (UNIT_KB * T[0] * T[0]) * (1 + 2 * UNIT_KB * T[0] / E); /* of ln int r dt */
    NEAR(r.first_sd_K / (M_PI / sqrt(6) / slope), 1, 0.03); /* kT^2 is lower in the early tail */
    schedule_destroy(&s);
}

/* No clock decides: twice all rates at twice the heating rate is the same curve. */
static void time_scales_out(void **state) {
    (void)state;
    struct material m;
    material_default(&m);
    struct schedule *slow = ramp(440, 620, 0.67), *fast = ramp(440, 620, 6.7);
    struct meanfield_sample sample = {.diameter = 25, .length = 300, .threshold = 0.02};
    struct meanfield *a, *b;
    assert_int_equal(meanfield_create(&m, slow, &sample, &a), 0);
    struct material m10 = m;
    m10.mobility = 10;
    assert_int_equal(meanfield_create(&m10, fast, &sample, &b), 0);
    NEAR(meanfield_detection_time(b, 0.5) * 10, meanfield_detection_time(a, 0.5), 1e-4);
    meanfield_destroy(&a);
    meanfield_destroy(&b);
    schedule_destroy(&slow);
    schedule_destroy(&fast);
}

static void geometry(void **state) {
    (void)state;
    const double far[2] = {INFINITY, INFINITY}, near[2] = {0, INFINITY};
    NEAR(meanfield_spread_area(100, 7, far), M_PI * 49, 1e-9);            /* a disc */
    NEAR(meanfield_spread_area(10, 500, far) / (2 * 500 * 10), 1, 1e-4);  /* a band, both ways */
    NEAR(meanfield_spread_area(100, 7, near), M_PI * 49 / 2, 1e-3);       /* at an end: half */
    NEAR(meanfield_reach_volume(10, 0, 4, far), 4 * M_PI / 3 * 64, 1e-3); /* inside the rod: a sphere */
    NEAR(meanfield_reach_volume(10, 10, 1e-3, far) / (2 * M_PI / 3 * 1e-9), 1,
         1e-3);                                                                 /* on its surface: half */
    NEAR(meanfield_reach_volume(1, 0.5, 300, far) / (2 * M_PI * 300), 1, 1e-4); /* long since across */
    NEAR(meanfield_reach_area(10, 0, 10.5, far), 2 * M_PI * 10 * 2 * sqrt(10.5 * 10.5 - 100),
         1e-6);                                                    /* from the axis */
    NEAR(meanfield_reach_area(10, 9, 0.9, far), 0, 0);             /* not yet */
    NEAR(meanfield_reach_area(1000, 999, 3, far), M_PI * 8, 0.05); /* flat: pi (s^2 - x^2) */
    double all = 0;
    for (int k = 0; k < MEANFIELD_RINGS; k++) {
        double w, r = meanfield_ring(k, &w);
        all += w;
        NEAR(meanfield_ring_volume(5, k, 4) / meanfield_reach_volume(5, 5 * r, 4, far), 1, 1e-3);
    }
    NEAR(all, 1, 1e-12);
}

/* P(sum < 1): marks above 1: none may come; marks of 0.6: one may; many small ones: normal */
static void compound(void **state) {
    (void)state;
    double n[] = {1.3, 0.4}, big[] = {1.5, 2}, half[] = {0.6, 0.6}, many = 1000, small = 1e-3;
    NEAR(meanfield_compound(2, n, big), exp(-1.7), 1e-12);
    NEAR(meanfield_compound(2, n, half), exp(-1.7) * 2.7, 1e-9);
    NEAR(meanfield_compound(1, &many, &small), 0.5, 0.02);
    many = 900; /* mean 0.9, sd sqrt(900) 1e-3: 3.33 sd below */
    NEAR(meanfield_compound(1, &many, &small), 0.99957, 2e-4);
}

/* The first parameter set: temperatures in C of a crude model of its own (voxel sums, 60 replicas, 2 % of 300
 * nm), which quotes whole degrees; its sd is +-10 %. Thinner than 7 nm its voxels count. */
static void first_set(void **state) {
    (void)state;
    static const double d[] = {7, 8, 10, 13, 17, 20, 25, 30, 38, 50, 80, 150, 330, 1000};
    static const double tc[] = {292, 268, 246, 236, 232, 231, 230, 231, 231, 233, 235, 239, 274, 287};
    static const double sd[] = {3.6, 3.7, 2.5, 2.2, 2.1, 1.7, 1.4, 1.0, 1.2, 1.0, 0.7, 0.4, 0.05, 0.05};
    struct material m;
    material_default(&m);
    m.confinement_length = 12;
    m.limit.value = 250;
    m.limit.energy = 0.4;
    const struct schedule_piece p[] = {{.T = 170 + C, .rate = 1450, .duration = NAN},
                                       {.T = 350 + C, .rate = 0.67, .duration = NAN}};
    struct schedule *s;
    assert_int_equal(schedule_create("sohn", 25 + C, 0, 2, p, &s), 0);
    for (int k = 0; k < 14; k++) {
        struct meanfield_sample sample = {.diameter = d[k], .length = 300, .threshold = 0.02};
        struct meanfield *mf;
        struct meanfield_result r;
        assert_int_equal(meanfield_create(&m, s, &sample, &mf), 0);
        assert_int_equal(meanfield_summary(mf, &r), 0);
        NEAR(r.tc_mean_C, tc[k], 1.5);
        NEAR(r.tc_sd_K, sd[k], 0.1 + 0.2 * sd[k]);
        NEAR(r.censored, 0, 1e-3);
        meanfield_destroy(&mf);
    }
    struct meanfield_sample thin = {.diameter = 5, .length = 300, .threshold = 0.02};
    struct meanfield *mf;
    assert_int_equal(meanfield_create(&m, s, &thin, &mf), 0);
    NEAR(meanfield_detected(mf, meanfield_end(mf)), 0, 0.05);
    meanfield_destroy(&mf);
    schedule_destroy(&s);
}

/* The built-in (second) set against what Sohn et al. 2015 say (docs/kmc_rates.md has the places): the band
 * and the order of each diameter, most 6 nm rods crystalline by 350 C, none of 5 nm, the minimum between 20
 * and 30 nm. */
static void second_set(void **state) {
    (void)state;
    enum { D5, D6, D10, D17, D25, D38, D50, D150, D1000, N };
    static const double d[N] = {5, 6, 10, 17, 25, 38, 50, 150, 1000};
    double tc[N], never[N];
    struct material m;
    material_default(&m);
    const struct schedule_piece p[] = {{.T = 170 + C, .rate = 1450, .duration = NAN},
                                       {.T = 350 + C, .rate = 0.67, .duration = NAN}};
    struct schedule *s;
    assert_int_equal(schedule_create("sohn", 25 + C, 0, 2, p, &s), 0);
    for (int k = 0; k < N; k++) {
        struct meanfield_sample sample = {.diameter = d[k], .length = 300, .threshold = 0.02};
        struct meanfield *mf;
        struct meanfield_result r;
        assert_int_equal(meanfield_create(&m, s, &sample, &mf), 0);
        assert_int_equal(meanfield_summary(mf, &r), 0);
        tc[k] = r.tc_median_C;
        never[k] = r.censored;
        meanfield_destroy(&mf);
    }
    assert_true(never[D5] > 0.95);
    NEAR(tc[D6], 340, 15);
    assert_true(never[D6] < 0.1);
    NEAR(tc[D150], 240, 10);
    assert_true(tc[D10] > tc[D17] && tc[D17] > tc[D25] && tc[D25] < tc[D38] && tc[D38] < tc[D50]);
    assert_true(tc[D50] < tc[D150] && tc[D150] < tc[D1000] && tc[D1000] < 290);
    schedule_destroy(&s);
}

/* A layer that makes no nuclei: those of the bulk are born in the core alone, and what they fill early,
 * before the layer or one another is met, is the extended volume of the core's; a layer that does (and a
 * given law, the same there) changes nothing. */
static void layer_without_nuclei(void **state) {
    (void)state;
    struct material m;
    bare(&m);
    m.layer = 2;
    m.bulk = (struct material_nucleation){
        .kind = MATERIAL_GIVEN, .given = {CURVE_ARRHENIUS, .value = 1e-5, .at = 500}, .potency = 1};
    m.inward = m.lateral =
        (struct material_growth){MATERIAL_GIVEN, {CURVE_ARRHENIUS, .value = 1, .at = 500}, 1};
    m.limit.kind = CURVE_NONE;
    struct schedule *s = hold(500, 100);
    struct meanfield_sample sample = {.diameter = 20, .length = 300, .threshold = 0.02};
    double core = M_PI * 64 * 300, rod = M_PI * 100 * 300;
    for (int nucleates = 0; nucleates < 2; nucleates++) {
        struct meanfield *mf;
        double t = 0.5, volume = nucleates ? rod : core;
        m.layer_nucleates = nucleates;
        assert_int_equal(meanfield_create(&m, s, &sample, &mf), 0);
        NEAR(meanfield_nuclei(mf, 10) / (1e-5 * volume * 10), 1, 1e-6);
        /* grains of up to 0.5 nm: those within 0.5 nm of the rod's surface are cut, a few % without the layer
         */
        NEAR(meanfield_fraction(mf, t) / (volume / rod * M_PI / 3 * 1e-5 * pow(t, 4)), 1,
             0.03);
        NEAR(meanfield_detected(mf, 100), 1, 1e-6);
        meanfield_destroy(&mf);
    }
    m.layer = 10; /* all layer: nothing can begin */
    m.layer_nucleates = false;
    struct meanfield *mf;
    assert_int_equal(meanfield_create(&m, s, &sample, &mf), 0);
    NEAR(meanfield_nuclei(mf, 100), 0, 0);
    NEAR(meanfield_fraction(mf, 100), 0, 0);
    meanfield_destroy(&mf);
    schedule_destroy(&s);
}

/* Finite sites are used up: no more nuclei than sites, the same start as continuous nucleation. */
static void sites_are_used_up(void **state) {
    (void)state;
    struct material m;
    bare(&m);
    m.surface = (struct material_nucleation){.kind = MATERIAL_GIVEN,
                                             .given = {CURVE_ARRHENIUS, .value = 1e-4, .at = 500},
                                             .potency = 1,
                                             .finite = true,
                                             .density = 1e-3};
    struct schedule *s = hold(500, 1000);
    struct meanfield_sample sample = {.diameter = 20, .length = 300, .threshold = 0.02};
    struct meanfield *mf;
    double area = M_PI * 20 * 300;
    assert_int_equal(meanfield_create(&m, s, &sample, &mf), 0);
    NEAR(meanfield_nuclei(mf, 0.1) / (area * 1e-4 * 0.1), 1, 0.01);
    NEAR(meanfield_nuclei(mf, 1000), area * 1e-3, 1e-6);
    NEAR(meanfield_nuclei(mf, 10), area * 1e-3 * -expm1(-1), 1e-6);
    meanfield_destroy(&mf);
    m.surface.spread = 0.1; /* some sites are better: the start is faster, the end the same */
    assert_int_equal(meanfield_create(&m, s, &sample, &mf), 0);
    assert_true(meanfield_nuclei(mf, 0.1) > area * 1e-4 * 0.1);
    assert_true(meanfield_nuclei(mf, 1000) < area * 1e-3 + 1e-9);
    meanfield_destroy(&mf);
    schedule_destroy(&s);
}

/* Melting clears: only what comes after the last time above T_m counts. */
static void melting_clears(void **state) {
    (void)state;
    struct material m;
    bare(&m);
    m.melting = 600;
    m.surface = (struct material_nucleation){
        .kind = MATERIAL_GIVEN, .given = {CURVE_ARRHENIUS, .value = 1e-6, .at = 500}, .potency = 1};
    const struct schedule_piece p[] = {{.T = NAN, .rate = NAN, .duration = 1e4},
                                       {.T = 700, .rate = 100, .duration = NAN},
                                       {.T = 500, .rate = 100, .duration = NAN},
                                       {.T = NAN, .rate = NAN, .duration = 50}};
    struct schedule *s;
    assert_int_equal(schedule_create("cycle", 500, 0, 4, p, &s), 0);
    struct meanfield_sample sample = {.diameter = 20, .length = 300, .threshold = 0.02};
    struct meanfield *mf;
    assert_int_equal(meanfield_create(&m, s, &sample, &mf), 0);
    NEAR(meanfield_begin(mf), 1e4 + 3, 1e-6);
    NEAR(meanfield_nuclei(mf, meanfield_end(mf)), M_PI * 20 * 300 * 1e-6 * 51, 1e-6);
    meanfield_destroy(&mf);
    schedule_destroy(&s);
}

static int balance(void **state) {
    (void)state;
    assert_int_equal(mem_blocks(), 0);
    return 0;
}

int main(void) {
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {cmocka_unit_test(bulk_constant_rates),
                                       cmocka_unit_test(bulk_ramp),
                                       cmocka_unit_test(thin_rod),
                                       cmocka_unit_test(rod_with_ends),
                                       cmocka_unit_test(gumbel),
                                       cmocka_unit_test(time_scales_out),
                                       cmocka_unit_test(geometry),
                                       cmocka_unit_test(compound),
                                       cmocka_unit_test(first_set),
                                       cmocka_unit_test(second_set),
                                       cmocka_unit_test(layer_without_nuclei),
                                       cmocka_unit_test(sites_are_used_up),
                                       cmocka_unit_test(melting_clears)};
    return cmocka_run_group_tests(tests, NULL, balance);
}
