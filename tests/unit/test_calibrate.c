/* test_calibrate - the fit finds parameters that made the data, its covariance is that of the normal
 * equations, and it says what the data cannot determine. */
#include "base/mem.h"
#include "kmc/calibrate.h"

#include <gsl/gsl_errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define C 273.15
#define NEAR(a, b, eps)                                                               \
    do {                                                                              \
        double a_ = (a), b_ = (b);                                                    \
        if (!(fabs(a_ - b_) <= (eps))) fail_msg("%s = %.15g, not %.15g", #a, a_, b_); \
    } while (0)

/* y = ln A - E x, an Arrhenius law in its logarithm: the covariance of a straight line is known */
struct line {
    int n;
    const double *x, *y;
    double sigma;
    int copies; /* of the prefactor: 2 makes their difference undetermined */
};

static int line_residuals(void *context, const double *p, double *r) {
    const struct line *l = context;
    for (int i = 0; i < l->n; i++)
        r[i] = (p[0] + (l->copies == 2 ? p[2] : 0) - p[1] * l->x[i] - l->y[i]) / l->sigma;
    return ERR_OK;
}

static void known_covariance(void **state) {
    (void)state;
    double x[10], y[10], s1 = 0, sx = 0, sxx = 0, step[2] = {1e-3, 1e-3}, start[2] = {0, 0};
    struct line l = {10, x, y, 0.2, 1};
    for (int i = 0; i < 10; i++) {
        x[i] = 1 + 0.3 * i, y[i] = 4 - 1.7 * x[i];
        s1 += 1 / 0.04, sx += x[i] / 0.04, sxx += x[i] * x[i] / 0.04;
    }
    struct calibrate_problem p = {
        .n = 2, .n_residuals = 10, .residuals = line_residuals, .context = &l, .step = step};
    struct calibrate_fit f;
    assert_int_equal(calibrate_fit(&p, start, 50, &f), 0);
    double det = s1 * sxx - sx * sx; /* normal equations of a straight line */
    assert_true(f.converged);
    NEAR(f.x[0], 4, 1e-6);
    NEAR(f.x[1], 1.7, 1e-6);
    NEAR(f.covariance[0] / (sxx / det), 1, 1e-6);
    NEAR(f.covariance[3] / (s1 / det), 1, 1e-6);
    NEAR(f.covariance[1] / (sx / det), 1, 1e-6);
    NEAR(f.chi2, 0, 1e-9);
    NEAR(f.singular[0] * f.singular[1], sqrt(det),
         1e-4); /* J^T J has the determinant of the normal equations */
    calibrate_fit_free(&f);
}

static void undetermined(void **state) {
    (void)state;
    double x[10], y[10], step[3] = {1e-3, 1e-3, 1e-3}, start[3] = {0, 0, 0};
    struct line l = {10, x, y, 0.2, 2};
    for (int i = 0; i < 10; i++) x[i] = 1 + 0.3 * i, y[i] = 4 - 1.7 * x[i];
    struct calibrate_problem p = {
        .n = 3, .n_residuals = 10, .residuals = line_residuals, .context = &l, .step = step};
    struct calibrate_fit f;
    assert_int_equal(calibrate_fit(&p, start, 50, &f), 0);
    assert_true(f.singular[2] < 1e-8 * f.singular[0]);
    /* the direction p0 - p2 */
    NEAR(fabs(f.direction[6]), sqrt(0.5), 1e-6);
    NEAR(f.direction[6] + f.direction[8], 0, 1e-6);
    NEAR(f.direction[7], 0, 1e-6);
    NEAR(f.x[0] + f.x[2], 4, 1e-6);
    NEAR(f.x[1], 1.7, 1e-6);
    calibrate_fit_free(&f);
}

static int prior_residuals(void *context, const double *p, double *r) {
    const struct line *l = context;
    line_residuals(context, p, r);
    r[l->n] = (p[2] - 1) / 0.5;
    return ERR_OK;
}

/* A prior on one of two copies gives it an error (0.5), but the data still do not know it. */
static void prior_is_no_data(void **state) {
    (void)state;
    double x[10], y[10], step[3] = {1e-3, 1e-3, 1e-3}, start[3] = {0, 0, 0};
    struct line l = {10, x, y, 0.2, 2};
    for (int i = 0; i < 10; i++) x[i] = 1 + 0.3 * i, y[i] = 4 - 1.7 * x[i];
    struct calibrate_problem p = {
        .n = 3, .n_residuals = 11, .n_data = 10, .residuals = prior_residuals, .context = &l, .step = step};
    struct calibrate_fit f;
    assert_int_equal(calibrate_fit(&p, start, 50, &f), 0);
    NEAR(f.x[2], 1, 1e-6);
    NEAR(f.x[0], 3, 1e-6);
    NEAR(f.error[2], 0.5, 1e-6);
    assert_true(f.singular[2] < 1e-8 * f.singular[0]);
    calibrate_fit_free(&f);
}

static void too_few(void **state) {
    (void)state;
    double x[1] = {1}, y[1] = {1}, step[2] = {1e-3, 1e-3}, start[2] = {0, 0};
    struct line l = {1, x, y, 1, 1};
    struct calibrate_problem p = {
        .n = 2, .n_residuals = 1, .residuals = line_residuals, .context = &l, .step = step};
    struct calibrate_fit f;
    assert_int_equal(calibrate_fit(&p, start, 5, &f), ERR_INPUT);
    assert_non_null(strstr(err_message(), "2 numbers cannot be fitted to 1 points"));
    err_clear();
}

/* --- the whole model: points made by a material are fitted from another */
struct synthetic {
    const struct schedule *schedule;
    struct points_view view;
    const double *d, *value;
    int n;
    double sigma;
};

static int tc(const struct synthetic *s, const struct material *m, double d, double *value) {
    struct points_row r = {.quantity = POINTS_TC, .d = d, .experiment = 0, .relation = '=', .sigma = 1};
    struct schedule *list[] = {(struct schedule *)s->schedule};
    return points_model(&r, m, list, &s->view, 0, value, NULL);
}

static void numbers_to(struct material *m, const double *x) {
    material_default(m);
    m->surface.given.value = exp(x[0]);
    m->confinement_length = exp(x[1]);
    m->inward.given.value = exp(x[2]);
}

static int synthetic_residuals(void *context, const double *x, double *r) {
    const struct synthetic *s = context;
    struct material m;
    numbers_to(&m, x);
    for (int i = 0; i < s->n; i++) {
        double value;
        TRY(tc(s, &m, s->d[i], &value));
        r[i] = (value - s->value[i]) / s->sigma;
    }
    return ERR_OK;
}

static void synthetic_points(void **state) {
    (void)state;
    static const double d[] = {8, 12, 30, 150, 330, 1000};
    const double truth[3] = {log(3e-4), log(11), log(0.2)}, start[3] = {log(1e-4), log(12), log(0.3)};
    const double step[3] = {1e-3, 1e-3, 1e-3};
    double value[6];
    const struct schedule_piece p[] = {{.T = 350 + C, .rate = 0.67, .duration = NAN}};
    struct schedule *s;
    struct material m;
    assert_int_equal(schedule_create("ramp", 170 + C, 0, 1, p, &s), 0);
    struct synthetic data = {s, {300, 0.02}, d, value, 6, 1.5};
    numbers_to(&m, truth);
    for (int i = 0; i < 6; i++) assert_int_equal(tc(&data, &m, d[i], &value[i]), 0);
    struct calibrate_problem problem = {
        .n = 3, .n_residuals = 6, .residuals = synthetic_residuals, .context = &data, .step = step};
    struct calibrate_fit f;
    assert_int_equal(calibrate_fit(&problem, start, 60, &f), 0);
    assert_true(f.converged);
    for (int k = 0; k < 3; k++) NEAR(f.x[k], truth[k], 0.02);
    /* noise of one sigma on one point moves the result by what the covariance says: within 4 errors of the
     * truth */
    value[2] += 1.5;
    struct calibrate_fit g;
    assert_int_equal(calibrate_fit(&problem, start, 60, &g), 0);
    for (int k = 0; k < 3; k++) {
        assert_true(fabs(g.x[k] - truth[k]) < 4 * g.error[k]);
        NEAR(g.error[k] / f.error[k], 1, 0.2);
    }
    assert_true(fabs(g.x[0] - truth[0]) > 1e-3); /* the point does count */
    calibrate_fit_free(&f);
    calibrate_fit_free(&g);
    schedule_destroy(&s);
}

/* A row that fails names the offset: a glass that needs to be 10 K cooler is told so. */
static void reconciling(void **state) {
    (void)state;
    const struct schedule_piece p[] = {{.T = 500, .rate = 100, .duration = NAN},
                                       {.T = NAN, .rate = NAN, .duration = 600}};
    struct schedule *s;
    struct material m;
    double offset, slower, at, value;
    material_default(&m);
    assert_int_equal(schedule_create("hold", 300, 0, 2, p, &s), 0);
    struct schedule *list[] = {s};
    struct points_view view = {300, 0.02};
    struct points_row r = {
        .quantity = POINTS_DETECTED, .d = 42, .experiment = 0, .relation = '<', .value = 0.5, .sigma = 0.05};
    assert_int_equal(points_model(&r, &m, list, &view, 0, &value, NULL), 0);
    assert_true(value > 0.99);
    assert_int_equal(points_reconcile(&r, &m, list, &view, &offset, &slower), 0);
    assert_true(offset < -5 && slower > 2);
    assert_int_equal(points_model(&r, &m, list, &view, offset, &at, NULL), 0);
    NEAR(at, 0.5, 0.01);
    m.mobility = 1 / slower;
    assert_int_equal(points_model(&r, &m, list, &view, 0, &at, NULL), 0);
    NEAR(at, 0.5, 0.01);
    r.value = 2; /* holds: nothing to reconcile */
    assert_int_equal(points_reconcile(&r, &m, list, &view, &offset, &slower), 0);
    NEAR(offset, 0, 0);
    NEAR(slower, 1, 0);
    schedule_destroy(&s);
}

static int balance(void **state) {
    (void)state;
    assert_int_equal(mem_blocks(), 0);
    return 0;
}

int main(void) {
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {cmocka_unit_test(known_covariance), cmocka_unit_test(undetermined),
                                       cmocka_unit_test(prior_is_no_data), cmocka_unit_test(too_few),
                                       cmocka_unit_test(synthetic_points), cmocka_unit_test(reconciling)};
    return cmocka_run_group_tests(tests, NULL, balance);
}
