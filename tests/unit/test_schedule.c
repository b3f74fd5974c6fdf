/* test_schedule - histories cut into pieces are the same bits; hazards and their inverse against closed
 * forms. */
#include "base/comm.h"
#include "base/mem.h"
#include "base/unit.h"
#include "kmc/hazard.h"
#include "kmc/material.h"
#include "kmc/schedule.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_sf_expint.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define C 273.15
/* cmocka's own comparison rounds to float */
#define NEAR(a, b, eps)                                                               \
    do {                                                                              \
        double a_ = (a), b_ = (b);                                                    \
        if (!(fabs(a_ - b_) <= (eps))) fail_msg("%s = %.15g, not %.15g", #a, a_, b_); \
    } while (0)

/* room temperature to 170 C at 1450 K/s, then 0.67 K/s to 350 C (Sohn 2015, Methods), hold, quench; n pieces
 * each */
static struct schedule *sohn(int n) {
    struct schedule_piece *p = NULL;
    struct schedule *s = NULL;
    assert_int_equal(MEM_NEW(p, 4 * n), 0);
    for (int i = 0; i < n; i++) {
        double x = (i + 1.0) / n;
        p[i] = (struct schedule_piece){.T = 25 + C + 145 * x, .rate = 1450, .duration = NAN};
        p[n + i] = (struct schedule_piece){.T = 170 + C + 180 * x, .rate = 0.67, .duration = NAN};
        p[2 * n + i] = (struct schedule_piece){.T = NAN, .rate = NAN, .duration = 77.7 / n};
        p[3 * n + i] = (struct schedule_piece){.T = 350 + C - 300 * x, .rate = NAN, .duration = 33.3 / n};
    }
    assert_int_equal(schedule_create("sohn", 25 + C, 0, 4 * n, p, &s), 0);
    mem_free(&p);
    return s;
}

static double given_rate(const void *context, double T) {
    return material_surface_rate(context, T, 20);
}

static void cut_into_pieces(void **state) {
    (void)state;
    struct material m;
    material_default(&m);
    struct schedule *one = sohn(1), *many;
    struct hazard *a, *b;
    assert_int_equal(one->n, 4);
    assert_int_equal(hazard_create(one, given_rate, &m, NULL, 0, &a), 0);
    const int pieces[] = {2, 7, 100};
    for (int k = 0; k < 3; k++) {
        many = sohn(pieces[k]);
        assert_int_equal(many->n, 4);
        assert_int_equal(schedule_hash(one), schedule_hash(many));
        for (int g = 0; g < 4; g++) {
            assert_memory_equal(&one->segment[g].t0, &many->segment[g].t0, 5 * sizeof(double));
        }
        assert_int_equal(hazard_create(many, given_rate, &m, NULL, 0, &b), 0);
        for (int i = 1; i < 50; i++) {
            double H = hazard_total(a) * i / 50, ta = hazard_time(a, H), tb = hazard_time(b, H);
            assert_memory_equal(&ta, &tb, sizeof ta);
        }
        hazard_destroy(&b);
        schedule_destroy(&many);
    }
    hazard_destroy(&a);
    schedule_destroy(&one);
}

static void temperatures(void **state) {
    (void)state;
    struct schedule *s = sohn(3);
    NEAR(schedule_temperature(s, 0), 25 + C, 1e-12);
    NEAR(schedule_temperature(s, 0.1), 170 + C, 1e-9);
    NEAR(schedule_temperature(s, 0.1 + 100), 237 + C, 1e-9);
    double low, high;
    schedule_range(s, &low, &high);
    NEAR(low, 25 + C, 1e-9);
    NEAR(high, 350 + C, 1e-9);
    /* 300 C is passed upward 130/0.67 s after 170 C, downward 50/300 of the way through the quench */
    NEAR(schedule_crossing(s, 300 + C, -INFINITY, true), 0.1 + 130 / 0.67, 1e-8);
    NEAR(schedule_crossing(s, 300 + C, 0, false), schedule_end(s) - 33.3 * 250 / 300, 1e-8);
    assert_true(isinf(schedule_crossing(s, 400 + C, -INFINITY, true)));
    assert_true(isinf(schedule_crossing(s, 300 + C, schedule_end(s), true)));
    schedule_destroy(&s);
}

static void offset_spares_the_mould(void **state) {
    (void)state;
    const struct schedule_piece p[] = {{.T = 533, .rate = 10, .duration = NAN, .mould = true},
                                       {.T = NAN, .rate = NAN, .duration = 30, .mould = true},
                                       {.T = 300, .rate = 10, .duration = NAN, .mould = true},
                                       {.T = 500, .rate = 1, .duration = NAN}};
    struct schedule *s;
    assert_int_equal(schedule_create("moulded", 300, -5, 4, p, &s), 0);
    NEAR(schedule_temperature(s, 30), 533, 1e-9);
    NEAR(s->start, 23.3 * 2 + 30, 1e-9);
    NEAR(schedule_temperature(s, s->start + 100), 395, 1e-9);
    NEAR(schedule_nominal(s, s->start + 100), 400, 1e-9);
    NEAR(schedule_nominal(s, 30), 533, 1e-9);
    schedule_destroy(&s);
}

static void refused(void **state) {
    (void)state;
    struct schedule *s;
    const struct schedule_piece backwards = {.T = 400, .rate = NAN, .duration = -1};
    const struct schedule_piece negative = {.T = 400, .rate = -1, .duration = NAN};
    const struct schedule_piece both = {.T = 400, .rate = 1, .duration = 1};
    const struct schedule_piece late[] = {{.T = 400, .rate = 1, .duration = NAN},
                                          {.T = 500, .rate = 1, .duration = NAN, .mould = true}};
    const struct schedule_piece empty = {.T = 300, .rate = 1, .duration = NAN};
    const struct {
        const struct schedule_piece *p;
        int n;
        const char *text;
    } bad[] = {{&backwards, 1, "backwards"},
               {&negative, 1, "not positive"},
               {&both, 1, "a rate or a duration"},
               {late, 2, "mould comes first"},
               {&empty, 1, "nothing happens"}};
    for (int k = 0; k < 5; k++) {
        assert_int_equal(schedule_create("x", 300, 0, bad[k].n, bad[k].p, &s), ERR_INPUT);
        assert_non_null(strstr(err_message(), bad[k].text));
        assert_null(s);
        err_clear();
    }
}

/* Arrhenius rate, 1/s at 550 K, on a ramp: int exp(-E/kT) dT = T exp(-x) - (E/k) E1(x), x = E/kT (exponential
 * integral) */
static double arrhenius(const void *context, double T) {
    return exp(-*(const double *)context / UNIT_KB * (1 / T - 1 / 550.0));
}
static double antiderivative(double E, double T) {
    double x = E / (UNIT_KB * T);
    return (T * exp(-x) - E / UNIT_KB * gsl_sf_expint_E1(x)) * exp(E / (UNIT_KB * 550));
}

static void ramp_integral(void **state) {
    (void)state;
    const double energies[] = {0.4, 1.7, 3.7};
    const struct schedule_piece p = {.T = 620, .rate = 0.67, .duration = NAN};
    struct schedule *s;
    struct hazard *h;
    assert_int_equal(schedule_create("ramp", 440, 0, 1, &p, &s), 0);
    for (int k = 0; k < 3; k++) {
        double E = energies[k];
        assert_int_equal(hazard_create(s, arrhenius, &E, NULL, 0, &h), 0);
        for (int i = 1; i <= 300; i++) {
            double t = schedule_end(s) * i / 300, T = 440 + 0.67 * t;
            double exact = (antiderivative(E, T) - antiderivative(E, 440)) / 0.67;
            NEAR(hazard_at(h, t) / exact, 1, HAZARD_TOLERANCE);
            if (i < 300) NEAR(hazard_time(h, hazard_at(h, t)), t, 1e-7);
        }
        assert_true(isinf(hazard_time(h, 1.001 * hazard_total(h))));
        assert_true(hazard_cells(h) < 5000);
        hazard_destroy(&h);
    }
    schedule_destroy(&s);
}

static double step_rate(const void *context, double T) {
    (void)context;
    return T < 500 ? 2 : 0;
}

static void jump_and_hold(void **state) {
    (void)state;
    const struct schedule_piece p[] = {{.T = 550, .rate = 1, .duration = NAN},
                                       {.T = NAN, .rate = NAN, .duration = 10},
                                       {.T = 450, .rate = 1, .duration = NAN}};
    const double at = 500;
    struct schedule *s;
    struct hazard *h;
    assert_int_equal(schedule_create("over", 450, 0, 3, p, &s), 0);
    assert_int_equal(hazard_create(s, step_rate, NULL, &at, 1, &h), 0);
    NEAR(hazard_at(h, 50), 100, 1e-9); /* 50 s at 2/s, then nothing above 500 K */
    NEAR(hazard_at(h, 160), 100, 1e-9);
    NEAR(hazard_total(h), 200, 1e-9);
    NEAR(hazard_time(h, 99), 49.5, 1e-9);
    NEAR(hazard_time(h, 101), 160.5, 1e-9);
    hazard_destroy(&h);
    schedule_destroy(&s);
}

static double negative_rate(const void *context, double T) {
    (void)context;
    return 500 - T;
}

static void bad_rate(void **state) {
    (void)state;
    const struct schedule_piece p = {.T = 550, .rate = 1, .duration = NAN};
    struct schedule *s;
    struct hazard *h;
    assert_int_equal(schedule_create("bad", 450, 0, 1, &p, &s), 0);
    assert_int_equal(hazard_create(s, negative_rate, NULL, NULL, 0, &h), ERR_PHYSICS);
    assert_non_null(strstr(err_message(), "negative or not finite"));
    assert_null(h);
    err_clear();
    schedule_destroy(&s);
}

static int balance(void **state) {
    (void)state;
    assert_int_equal(mem_blocks(), 0);
    return 0;
}

int main(void) {
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {cmocka_unit_test(cut_into_pieces),
                                       cmocka_unit_test(temperatures),
                                       cmocka_unit_test(offset_spares_the_mould),
                                       cmocka_unit_test(refused),
                                       cmocka_unit_test(ramp_integral),
                                       cmocka_unit_test(jump_and_hold),
                                       cmocka_unit_test(bad_rate)};
    return cmocka_run_group_tests(tests, NULL, balance);
}
