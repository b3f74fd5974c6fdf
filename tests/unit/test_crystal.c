/* Nucleation and growth against what is exact: Kolmogorov-Johnson-Mehl-Avrami, grain density, Poisson-Voronoi grains,
 * one-dimensional rods, velocities of fronts in every direction, first-nucleus times. */
#include "base/mem.h"
#include "kmc/crystal.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define MOST 4096

/* A specimen with given rates along a schedule. */
struct bed {
    struct profile profile;
    struct schedule *schedule;
    struct voxels *voxels;
    struct skin *skin;
    struct hazard *growth, *layer, *nucleation[2];
    struct crystal_channel channel[2];
    int *class_of;
    struct crystal *crystal;
    struct crystal_rates rates;
};

static double constant(const void *context, double T) {
    (void)T;
    return *(const double *)context;
}

static void hold(struct bed *b, double duration) {
    struct schedule_piece piece = {NAN, NAN, duration, false};
    assert_int_equal(schedule_create("hold", 500, 0, 1, &piece, &b->schedule), ERR_OK);
}

static void lay(struct bed *b, double edge, double layer, hazard_rate rate, const void *u, const void *u_layer) {
    assert_int_equal(voxels_create(&b->profile, edge, layer, &b->voxels), ERR_OK);
    assert_int_equal(skin_create(b->voxels, &b->skin), ERR_OK);
    assert_int_equal(hazard_create(b->schedule, rate, u, NULL, 0, &b->growth), ERR_OK);
    if (u_layer) assert_int_equal(hazard_create(b->schedule, rate, u_layer, NULL, 0, &b->layer), ERR_OK);
    assert_int_equal(MEM_NEW(b->class_of, b->voxels->n[2]), ERR_OK);
    b->rates = (struct crystal_rates){
        .speeds = {1, b->class_of, &b->growth, u_layer ? &b->layer : NULL}, .channel = b->channel, .end = INFINITY};
}

static void nucleate(struct bed *b, enum front_birth birth, hazard_rate rate, const void *value, double density) {
    int k = b->rates.n_channels++;
    assert_int_equal(hazard_create(b->schedule, rate, value, NULL, 0, &b->nucleation[k]), ERR_OK);
    b->channel[k] = (struct crystal_channel){birth, b->nucleation[k], density};
}

static void ready(struct bed *b, uint64_t key) {
    if (!b->crystal)
        assert_int_equal(crystal_create(b->voxels, b->skin, &b->rates, &b->crystal), ERR_OK);
    assert_int_equal(crystal_reset(b->crystal, 1, key), ERR_OK);
}

static void clear(struct bed *b) {
    crystal_destroy(&b->crystal);
    skin_destroy(&b->skin);
    voxels_destroy(&b->voxels);
    hazard_destroy(&b->growth);
    hazard_destroy(&b->layer);
    for (int k = 0; k < 2; k++) hazard_destroy(&b->nucleation[k]);
    schedule_destroy(&b->schedule);
    profile_clear(&b->profile);
    mem_free(&b->class_of);
    memset(b, 0, sizeof *b);
}

static void run(struct bed *b, double until, const struct crystal_watch *watch) {
    bool stopped;
    assert_int_equal(crystal_run(b->crystal, until, watch, &stopped), ERR_OK);
}

/* Largest difference between X(t) and a law, looked at after every step. */
struct course {
    double (*law)(const struct course *c, double t);
    double rate, u;
    double t[MOST], sum[MOST]; /* X at fixed times, over runs */
    int n, at, runs;
    double last_t, last_X;
};

static bool follow(void *context, const struct front *front, double t) {
    struct course *c = context;
    double X = front_volume(front, t) / front->total;
    while (c->at < c->n && c->t[c->at] <= t) {
        double w = t > c->last_t ? (c->t[c->at] - c->last_t) / (t - c->last_t) : 1;
        c->sum[c->at++] += c->last_X + w * (X - c->last_X);
    }
    c->last_t = t;
    c->last_X = X;
    return false;
}

static double worst(struct course *c) {
    double most = 0;
    for (int k = 0; k < c->n; k++) most = fmax(most, fabs(c->sum[k] / c->runs - c->law(c, c->t[k])));
    return most;
}

static void follow_runs(struct bed *b, struct course *c, int runs, double until, int64_t *grains) {
    struct crystal_watch watch = {.context = c, .step = follow};
    *grains = 0;
    for (c->runs = 0; c->runs < runs; c->runs++) {
        c->at = 0;
        c->last_t = c->last_X = 0;
        ready(b, (uint64_t)c->runs + 1);
        run(b, until, &watch);
        for (; c->at < c->n; c->at++) c->sum[c->at] += c->last_X;
        *grains += crystal_front(b->crystal)->n_grains;
    }
}

static void times(struct course *c, int n, double until) {
    c->n = n;
    for (int k = 0; k < n; k++) c->t[k] = until * (k + 1) / n;
}

static double avrami3(const struct course *c, double t) {
    return 1 - exp(-M_PI / 3 * c->rate * pow(c->u, 3) * pow(t, 4)); /* Kolmogorov 1937 */
}

/* X(t) of a bulk at constant rates, and its final grain density 0.8960 (I/u)^(3/4): a law of large numbers over
 * ~5000 grains; X scatters by ~0.5/sqrt(5000) = 0.007 at one time in one run, 0.0035 over four. */
static void test_bulk(void **state) {
    (void)state;
    struct bed b = {0};
    double I = 2.7e-5, u = 1;
    struct course c = {.law = avrami3, .rate = I, .u = u};
    int64_t grains;
    profile_bulk(&b.profile, 160, 0);
    hold(&b, 100);
    lay(&b, 1.25, 0, constant, &u, NULL);
    nucleate(&b, FRONT_BULK, constant, &I, 0);
    times(&c, 50, 25);
    follow_runs(&b, &c, 4, 100, &grains);
    double density = (double)grains / 4 / pow(160, 3), expected = 0.8960 * pow(I / u, 0.75);
    printf("# X off by %.4f at most, %lld grains, density / law = %.4f\n", worst(&c), (long long)grains, density / expected);
    assert_true(worst(&c) < 0.01);
    assert_true(fabs(density / expected - 1) < 0.03);
    assert_true(fabs(crystal_front(b.crystal)->volume / pow(160, 3) - 1) < 1e-9);
    clear(&b);
    assert_int_equal(mem_blocks(), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_bulk)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
