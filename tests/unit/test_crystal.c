/* Nucleation and growth against what is exact: Kolmogorov-Johnson-Mehl-Avrami, grain density, one-dimensional
 * rods, velocities of fronts in every direction, first-nucleus times. */
#include "base/mem.h"
#include "kmc/crystal.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
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

static void lay(struct bed *b, double edge, double layer, hazard_rate rate, const void *u,
                const void *u_layer) {
    assert_int_equal(voxels_create(&b->profile, edge, layer, &b->voxels), ERR_OK);
    assert_int_equal(skin_create(b->voxels, &b->skin), ERR_OK);
    assert_int_equal(hazard_create(b->schedule, rate, u, NULL, 0, &b->growth), ERR_OK);
    if (u_layer) assert_int_equal(hazard_create(b->schedule, rate, u_layer, NULL, 0, &b->layer), ERR_OK);
    assert_int_equal(MEM_NEW(b->class_of, b->voxels->n[2]), ERR_OK);
    b->rates = (struct crystal_rates){.speeds = {1, b->class_of, &b->growth, u_layer ? &b->layer : NULL},
                                      .channel = b->channel,
                                      .end = INFINITY};
}

static void nucleate(struct bed *b, enum front_birth birth, hazard_rate rate, const void *value,
                     double density) {
    int k = b->rates.n_channels++;
    assert_int_equal(hazard_create(b->schedule, rate, value, NULL, 0, &b->nucleation[k]), ERR_OK);
    b->channel[k] = (struct crystal_channel){birth, b->nucleation[k], density};
}

static void ready(struct bed *b, uint64_t key) {
    if (!b->crystal) assert_int_equal(crystal_create(b->voxels, b->skin, &b->rates, &b->crystal), ERR_OK);
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
    const struct hazard *I, *s; /* where rates change */
    double t[MOST], sum[MOST];  /* X at fixed times, over runs */
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

/* X(t) of a bulk at constant rates, and its final grain density 0.8960 (I/u)^(3/4): a law of large numbers
 * over ~5000 grains; X scatters by ~0.5/sqrt(5000) = 0.007 at one time in one run, 0.0035 over four. */
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
    printf("# X off by %.4f at most, %lld grains, density / law = %.4f\n", worst(&c), (long long)grains,
           density / expected);
    assert_true(worst(&c) < 0.01);
    assert_true(fabs(density / expected - 1) < 0.03);
    assert_true(fabs(crystal_front(b.crystal)->volume / pow(160, 3) - 1) < 1e-9);
    clear(&b);
    assert_int_equal(mem_blocks(), 0);
}

/* On a ramp: extended volume int I(t') (4 pi/3) [s(t) - s(t')]^3 dt', s = int u dt, by trapezoids. */
static double arrhenius(const void *context, double T) {
    const double *c = context;
    return c[0] * exp(-c[1] * (1 / T - 1 / 500.0));
}

static double avrami_ramp(const struct course *c, double t) {
    enum { N = 2000 };
    double sum = 0, before = 0, s = hazard_at(c->s, t);
    for (int k = 1; k <= N; k++) {
        double at = t * k / N, born = hazard_at(c->I, at);
        sum += (born - before) * pow(s - hazard_at(c->s, t * (k - 0.5) / N), 3);
        before = born;
    }
    return -expm1(-4 * M_PI / 3 * sum);
}

/* Both rates grow a hundredfold and more while the bulk fills: nothing fitted. Four runs of about 4000
 * grains, as above. */
static void test_bulk_ramp(void **state) {
    (void)state;
    struct bed b = {0};
    double u[2] = {0.02, 20000}, I[2] = {6e-7, 24000};
    struct schedule_piece ramp = {620, 0.67, NAN, false};
    struct course c = {.law = avrami_ramp};
    int64_t grains;
    profile_bulk(&b.profile, 160, 0);
    assert_int_equal(schedule_create("ramp", 480, 0, 1, &ramp, &b.schedule), ERR_OK);
    lay(&b, 1.25, 0, arrhenius, u, NULL);
    nucleate(&b, FRONT_BULK, arrhenius, I, 0);
    c.I = b.nucleation[0];
    c.s = b.growth;
    times(&c, 50, 120);
    assert_true(avrami_ramp(&c, 60) < 0.05 && avrami_ramp(&c, 120) > 0.95); /* that is where it happens */
    follow_runs(&b, &c, 4, INFINITY, &grains);
    printf("# ramp: X off by %.4f at most, %lld grains\n", worst(&c), (long long)grains);
    assert_true(worst(&c) < 0.01);
    clear(&b);
    assert_int_equal(mem_blocks(), 0);
}

/* --- thin rod: X = 1 - exp(-I_L u t^2), I_L nuclei per length; half of each grain's front goes either way */

static double avrami1(const struct course *c, double t) {
    return 1 - exp(-c->rate * c->u * t * t);
}

/* 20,000 nm hold ~0.886 sqrt(I_L / u) L = 250 grains (Meijering 1953: sqrt(pi/4 I/u)); X scatters by
 * ~0.5/sqrt(250 runs); six runs: 0.013, law needs grains long against the diameter: t of a rod's width is
 * 1/40 of the time scale. */
static void test_thin_rod(void **state) {
    (void)state;
    struct bed b = {0};
    double zero = 0, d = 6, u = 1, L = 20000, I_line = 2e-4, I = I_line / (M_PI * d);
    struct course c = {.law = avrami1, .rate = I_line, .u = u};
    int64_t grains;
    assert_int_equal(profile_rod(&b.profile, L, true, 1, &zero, &d), ERR_OK);
    hold(&b, 1000);
    lay(&b, 1, 0, constant, &u, NULL);
    nucleate(&b, FRONT_SURFACE, constant, &I, 0);
    times(&c, 50, 250);
    follow_runs(&b, &c, 10, 1000, &grains);
    double density = (double)grains / 10 / L, expected = sqrt(M_PI / 4 * I_line / u);
    printf("# thin rod: X off by %.4f at most, grains per length / law = %.4f\n", worst(&c),
           density / expected);
    assert_true(worst(&c) < 0.025);
    assert_true(fabs(density / expected - 1) < 0.1);
    clear(&b);
    assert_int_equal(mem_blocks(), 0);
}

/* --- velocities: a nucleus in the middle of a bulk; fronts along [100], [110], [111] at t = r / u */

static double seed_radius(struct bed *b, const double centre[3], const double direction[3], double t) {
    const struct front *f = crystal_front(b->crystal);
    double length =
        sqrt(direction[0] * direction[0] + direction[1] * direction[1] + direction[2] * direction[2]);
    for (double r = 0;; r += 0.05) {
        double x[3];
        for (int a = 0; a < 3; a++) x[a] = centre[a] + r * direction[a] / length;
        int at[3];
        if (!voxels_at(b->voxels, x, at)) return r;
        uint32_t h = voxels_find(b->voxels, at[0], at[1], at[2]);
        if (h == UINT32_MAX || !(front_time_core(f, h) <= t)) return r;
    }
}

static void test_sphere(void **state) {
    (void)state;
    static const double direction[3][3] = {{1, 0, 0}, {1, 1, 0}, {1, 1, 1}};
    static const double edges[4] = {0.5, 1, 2, 4};
    for (int k = 0; k < 4; k++) {
        struct bed b = {0};
        double u = 2, h = edges[k], centre[3] = {40.3 * h, 39.9 * h, 40.1 * h}, r[3], t = 30 * h / u;
        struct front_grain grain = {0};
        profile_bulk(&b.profile, 80 * h, 0);
        hold(&b, 1000);
        lay(&b, h, 0, constant, &u, NULL);
        ready(&b, 1);
        struct front *f = (struct front *)crystal_front(b.crystal);
        assert_int_equal(front_seed_core(f, centre, 0, &grain), ERR_OK);
        run(&b, t, NULL);
        double exact = 4 * M_PI / 3 * pow(u * t, 3);
        assert_true(fabs(front_volume(f, t) / exact - 1) < 0.01); /* 3 % of the radius would be 9 % */
        for (int m = 0; m < 3; m++) {
            /* mean over both senses: the nucleus does not lie on a voxel's centre */
            double back[3] = {-direction[m][0], -direction[m][1], -direction[m][2]};
            r[m] = (seed_radius(&b, centre, direction[m], t) + seed_radius(&b, centre, back, t)) / 2;
            assert_true(fabs(r[m] / (u * t) - 1) < 0.03);
        }
        assert_true(fabs(r[0] / r[2] - 1) < 0.05 && fabs(r[1] / r[2] - 1) < 0.05 &&
                    fabs(r[0] / r[1] - 1) < 0.05);
        clear(&b);
    }
    assert_int_equal(mem_blocks(), 0);
}

/* Across the periodic faces of a lattice of 45^3 voxels (no whole number of bricks of 8): the ball of one
 * nucleus is whole wherever the nucleus lies. 1 %: voxels miss 0.3 % of a ball of 18 edges. */
static void test_seam(void **state) {
    (void)state;
    for (int k = 0; k < 5; k++) {
        struct bed b = {0};
        double u = 1, t = 18, x[3];
        struct front_grain grain = {0};
        profile_bulk(&b.profile, 45, 0);
        hold(&b, 1000);
        lay(&b, 1, 0, constant, &u, NULL);
        ready(&b, 1);
        for (int a = 0; a < 3; a++) x[a] = k == 4 || k == a ? 36.2 : 22.4;
        struct front *f = (struct front *)crystal_front(b.crystal);
        assert_int_equal(front_seed_core(f, x, 0, &grain), ERR_OK);
        run(&b, t, NULL);
        assert_true(fabs(front_volume(f, t) / (4 * M_PI / 3 * pow(t, 3)) - 1) < 0.01);
        clear(&b);
    }
    assert_int_equal(mem_blocks(), 0);
}

/* A flat front through a film: all surface sites at once, core reached from both sides at u; on a ramp of
 * rates. */
static void test_flat(void **state) {
    (void)state;
    struct bed b = {0};
    double u[2] = {0.3, 20000}, fast[2] = {300, 20000}, I[2] = {1, 0};
    struct schedule_piece ramp = {560, 0.67, NAN, false};
    profile_film(&b.profile, 24, 60, 0);
    assert_int_equal(schedule_create("ramp", 500, 0, 1, &ramp, &b.schedule), ERR_OK);
    lay(&b, 1, 1, arrhenius, u, fast);
    nucleate(&b, FRONT_SURFACE, arrhenius, I, 0);
    ready(&b, 3);
    run(&b, INFINITY, NULL);
    const struct front *f = crystal_front(b.crystal);
    double t0 = 0, worst_depth = 0;
    for (int64_t p = 0; p < b.skin->n; p++) t0 = fmax(t0, front_time_skin(f, p));
    assert_true(t0 < 2);
    for (int k = 2; k < 29; k++) { /* depth below the layer of voxel k's centre: k + 1/2 */
        uint32_t h = voxels_find(b.voxels, 11, 13, k);
        double depth = hazard_at(b.growth, front_time_core(f, h)) - hazard_at(b.growth, t0);
        worst_depth = fmax(worst_depth, fabs(depth / (k + 0.5) - 1));
    }
    printf("# flat front: velocity off by %.4f at most\n", worst_depth);
    assert_true(worst_depth < 0.03);
    uint32_t h = voxels_find(b.voxels, 11, 13, 27);
    uint32_t near = voxels_find(b.voxels, 11, 13, 7);
    double path = hazard_at(b.growth, front_time_core(f, h)) - hazard_at(b.growth, front_time_core(f, near));
    assert_true(fabs(path / 20 - 1) < 0.01);
    clear(&b);
    assert_int_equal(mem_blocks(), 0);
}

/* --- first nucleus in a ramp: 1 - exp(-integral), Kolmogorov-Smirnov */

static bool first_only(void *context, const struct front *front, double t) {
    (void)context;
    (void)t;
    return front->n_grains > 0;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

#define RUNS 2000
/* sqrt(n) D > 1.949 happens with probability 2 sum (-1)^(k-1) exp(-2 k^2 1.949^2) = 0.001 by chance */
#define KS_LIMIT 1.949

static double ks(double *p, int n) {
    double d = 0;
    qsort(p, (size_t)n, sizeof *p, by_size);
    for (int k = 0; k < n; k++) d = fmax(d, fmax(p[k] - (double)k / n, (double)(k + 1) / n - p[k]));
    return sqrt(n) * d;
}

static void first_times(struct bed *b, double *t, int n) {
    struct crystal_watch watch = {.step = first_only};
    for (int k = 0; k < n; k++) {
        ready(b, 1000 + (uint64_t)k);
        run(b, INFINITY, &watch);
        assert_true(crystal_front(b->crystal)->n_grains > 0);
        t[k] = crystal_front(b->crystal)->grain[0].time;
    }
}

static void test_first(void **state) {
    (void)state;
    static double t[RUNS], p[RUNS], mean[2];
    double d = 20, zero = 0, u[2] = {1e-3, 0}, Is[2] = {1e-7, 23000}, Ib[2] = {3e-8, 23000};
    struct schedule_piece ramp = {900, 0.67, NAN, false};
    for (int which = 0; which < 4; which++) { /* surface, bulk, both, both in a rod ten times as long */
        struct bed b = {0};
        assert_int_equal(profile_rod(&b.profile, which == 3 ? 300 : 30, true, 1, &zero, &d), ERR_OK);
        assert_int_equal(schedule_create("ramp", 450, 0, 1, &ramp, &b.schedule), ERR_OK);
        lay(&b, 2, 0, arrhenius, u, NULL);
        if (which != 1) nucleate(&b, FRONT_SURFACE, arrhenius, Is, 0);
        if (which != 0) nucleate(&b, FRONT_BULK, arrhenius, Ib, 0);
        first_times(&b, t, which == 3 ? 300 : RUNS);
        int n = which == 3 ? 300 : RUNS;
        for (int k = 0; k < n; k++) {
            double H = 0;
            if (which != 1) H += b.skin->total_area * hazard_at(b.nucleation[0], t[k]);
            if (which != 0) H += b.voxels->volume * hazard_at(b.nucleation[which != 1], t[k]);
            p[k] = 1 - exp(-H);
            if (which >= 2) mean[which - 2] += schedule_temperature(b.schedule, t[k]) / n;
        }
        assert_true(fabs(b.skin->total_area / (M_PI * d * b.profile.length) - 1) < 1e-9);
        assert_true(fabs(b.voxels->volume / (M_PI_4 * d * d * b.profile.length) - 1) < 1e-9);
        double D = ks(p, n);
        printf("# first nucleus, case %d: sqrt(n) D = %.3f\n", which, D);
        assert_true(D < KS_LIMIT);
        clear(&b);
    }
    /* Gumbel: ten times the length comes (kT^2/E) ln 10 earlier; T^2 taken at the middle. sd of one: pi/sqrt
     * 6 kT^2/E */
    double T = (mean[0] + mean[1]) / 2, scale = T * T / 23000, shift = mean[0] - mean[1];
    double error = M_PI / sqrt(6) * scale * sqrt(1.0 / 300 + 1.0 / RUNS);
    printf("# tenfold length: %.3f K earlier, law %.3f, error %.3f\n", shift, scale * log(10), error);
    assert_true(fabs(shift - scale * log(10)) < 4 * error);
    assert_int_equal(mem_blocks(), 0);
}

/* --- a history cut in pieces, the same bits */

static void test_pieces(void **state) {
    (void)state;
    double d = 20, zero = 0, u[2] = {0.05, 20000}, fast[2] = {0.2, 20000}, I[2] = {1e-4, 23000};
    uint64_t hash[2] = {0, 0};
    for (int cut = 0; cut < 2; cut++) {
        struct bed b = {0};
        struct schedule_piece piece[100];
        int n = cut ? 100 : 1;
        for (int k = 0; k < n; k++)
            piece[k] = (struct schedule_piece){500 + 60.0 * (k + 1) / n, 0.67, NAN, false};
        assert_int_equal(profile_rod(&b.profile, 100, true, 1, &zero, &d), ERR_OK);
        assert_int_equal(schedule_create("ramp", 500, 0, n, piece, &b.schedule), ERR_OK);
        lay(&b, 1, 1, arrhenius, u, fast);
        nucleate(&b, FRONT_SURFACE, arrhenius, I, 0);
        ready(&b, 7);
        double end = schedule_end(b.schedule);
        for (int k = 1; k <= n; k++) run(&b, k == n ? INFINITY : end * k / n, NULL);
        const struct front *f = crystal_front(b.crystal);
        assert_true(f->n_grains > 10);
        for (int64_t g = 0; g < f->n_grains; g++) {
            uint64_t bits[2];
            memcpy(bits, &f->grain[g].time, 8);
            memcpy(bits + 1, &f->grain[g].volume, 8);
            hash[cut] = (hash[cut] * UINT64_C(1099511628211)) ^ bits[0] ^ (bits[1] << 1);
        }
        hash[cut] ^= (uint64_t)f->n_events << 32;
        clear(&b);
    }
    assert_true(hash[0] == hash[1]);
    assert_int_equal(mem_blocks(), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_bulk),     cmocka_unit_test(test_bulk_ramp),
                                       cmocka_unit_test(test_thin_rod), cmocka_unit_test(test_sphere),
                                       cmocka_unit_test(test_seam),     cmocka_unit_test(test_flat),
                                       cmocka_unit_test(test_first),    cmocka_unit_test(test_pieces)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
