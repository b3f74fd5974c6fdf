/* What happens in parts of a rod: nuclei inside the near-surface layer, thin parts that melt before thick
 * ones, and nucleation that starts anew after melting. */
#include "base/mem.h"
#include "kmc/meanfield.h"
#include "kmc/sample.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define RUNS 1000
/* sqrt(n) D > 1.949 happens with probability 2 sum (-1)^(k-1) exp(-2 k^2 1.949^2) = 0.001 by chance */
#define KS_LIMIT 1.949

static int rising(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* sqrt(n) D of probabilities that should be uniform. */
static double ks(double *p, int n) {
    double d = 0;
    qsort(p, (size_t)n, sizeof *p, rising);
    for (int k = 0; k < n; k++) d = fmax(d, fmax(p[k] - (double)k / n, (double)(k + 1) / n - p[k]));
    return sqrt(n) * d;
}

/* Nothing nucleates, nothing grows, no confinement. */
static void still(struct material *m) {
    material_default(m);
    m->confined = false;
    m->surface.kind = m->bulk.kind = m->interface.kind = MATERIAL_NONE;
    m->lateral.kind = m->inward.kind = MATERIAL_NONE;
}

static struct sample *rod(double d, double length, const struct material *m, const struct schedule *s,
                          double edge) {
    struct profile p;
    struct sample *sample = NULL;
    double zero = 0;
    assert_int_equal(profile_rod(&p, length, true, 1, &zero, &d), ERR_OK);
    assert_int_equal(sample_create(&p, s, m, edge, &sample), ERR_OK);
    return sample;
}

/* Times after `from` of the first nucleus since then. */
struct first {
    double from, time;
    const struct front_grain *grain;
};

static bool first_since(void *context, const struct front *front, double t) {
    struct first *c = context;
    (void)t;
    if (!front->n_grains || front->grain[front->n_grains - 1].time < c->from) return false;
    c->grain = &front->grain[front->n_grains - 1];
    c->time = c->grain->time;
    return true;
}

static void first_nucleus(struct sample *s, uint64_t key, struct first *c) {
    struct crystal_watch watch = {.context = c, .step = first_since};
    bool stopped;
    assert_int_equal(crystal_reset(s->crystal, 1, key), ERR_OK);
    assert_int_equal(crystal_run(s->crystal, INFINITY, &watch, &stopped), ERR_OK);
    assert_true(stopped);
}

/* Classical theory in the bulk, attempts 20 times faster in a layer of 1 nm of a rod of 20 nm (19 % of its
 * volume): the first nucleus comes by 1 - exp[-(V_core + 20 V_layer) I t], the mean field counts the same; a
 * part 20 V_layer / (V_core + 20 V_layer) = 0.824 lies in the layer, at depths evenly spread over it (4
 * sigma each). Without the switch none does. */
static void test_layer(void **state) {
    (void)state;
    static double p[RUNS];
    struct schedule_piece hold = {NAN, NAN, 1e9, false};
    struct schedule *schedule = NULL;
    struct material m;
    still(&m);
    m.layer_energy = NAN; /* the ratio, 20, at all temperatures */
    m.bulk.kind = MATERIAL_THEORY;
    m.interface_energy *= cbrt(25 / material_barrier(&m, 515, INFINITY));
    assert_int_equal(schedule_create("hold", 515, 0, 1, &hold, &schedule), ERR_OK);
    double I = material_bulk_rate(&m, 515, 20), core = M_PI_4 * 18 * 18 * 30,
           layer = M_PI_4 * (400 - 324) * 30;
    assert_true(fabs(material_layer_rate(&m, 515, 20) / I - 20) < 1e-9);
    struct meanfield_sample field = {.diameter = 20, .length = 30, .threshold = 0.02};
    struct meanfield *mf = NULL;
    assert_int_equal(meanfield_create(&m, schedule, &field, &mf), ERR_OK);
    struct sample *s = rod(20, 30, &m, schedule, 2);
    double inside = 0, depth = 0, share = 20 * layer / (core + 20 * layer);
    for (int k = 0; k < RUNS; k++) {
        struct first c = {0};
        first_nucleus(s, (uint64_t)k, &c);
        double N = (core + 20 * layer) * I * c.time;
        assert_true(fabs(meanfield_nuclei(mf, c.time) / N - 1) < 1e-6);
        p[k] = -expm1(-N);
        double r = hypot(c.grain->x[0], c.grain->x[1]);
        assert_true(c.grain->birth != FRONT_LAYER || (r > 9 - 1e-5 && r < 10 + 1e-5));
        inside += c.grain->birth == FRONT_LAYER;
        if (c.grain->birth == FRONT_LAYER) depth += 10 - r;
    }
    double D = ks(p, RUNS);
    printf("# layer: sqrt(n) D = %.3f, %.3f in the layer (%.3f), mean depth %.3f nm\n", D, inside / RUNS,
           share, depth / inside);
    assert_true(D < KS_LIMIT);
    assert_true(fabs(inside / RUNS - share) < 4 * sqrt(share * (1 - share) / RUNS));
    assert_true(fabs(depth / inside - 0.5) < 4 * sqrt(1 / 12.0 / inside));
    sample_destroy(&s);
    meanfield_destroy(&mf);
    m.layer_nucleates = false;
    s = rod(20, 30, &m, schedule, 2);
    assert_int_equal(s->n_channels, 1);
    assert_int_equal(s->channel[0].birth, FRONT_BULK);
    sample_destroy(&s);
    schedule_destroy(&schedule);
    assert_int_equal(mem_blocks(), 0);
}

/* Half of the rods nucleate in a first hold; all melt, are quenched and held again: from then on the first
 * nucleus comes by 1 - exp(-H) in all of them, whether or not they had one before (a Poisson process has no
 * memory). */
static void test_after_melting(void **state) {
    (void)state;
    static double p[RUNS];
    struct material m;
    still(&m);
    m.surface =
        (struct material_nucleation){.kind = MATERIAL_GIVEN,
                                     .given = {CURVE_ARRHENIUS, .value = 1e-6, .at = 500, .energy = 0},
                                     .potency = 1};
    double area = M_PI * 20 * 30, seconds = log(2) / (area * 1e-6);
    struct schedule_piece piece[4] = {
        {NAN, NAN, seconds, false}, {900, 1e9, NAN, false}, {500, 1e9, NAN, false}, {NAN, NAN, 1e9, false}};
    struct schedule *schedule = NULL;
    assert_int_equal(schedule_create("cycle", 500, 0, 4, piece, &schedule), ERR_OK);
    struct sample *s = rod(20, 30, &m, schedule, 2);
    assert_int_equal(s->n_melts, 1);
    for (int k = 0; k < RUNS; k++) {
        struct first c = {.from = s->melt[0].t};
        first_nucleus(s, (uint64_t)k, &c);
        p[k] = -expm1(-area * 1e-6 * (c.time - c.from));
    }
    double D = ks(p, RUNS);
    printf("# after melting: sqrt(n) D = %.3f\n", D);
    assert_true(D < KS_LIMIT);
    sample_destroy(&s);
    schedule_destroy(&schedule);
    assert_int_equal(mem_blocks(), 0);
}

/* A rod 30 nm thick with an end of 8 nm, one crystal throughout. Gibbs-Thomson: T_m = 795 K (1 - 0.1674 nm /
 * d), so that 785 K melts what is thinner than 13.3 nm (z > 47.6 nm) and nothing else. The thick crystal
 * grows in again when it is cooled: at 600 K, with the layer's velocity there, to the tip in the time that 52
 * nm take (5 %: classes are 4 % wide). */
static void test_thin_melts(void **state) {
    (void)state;
    struct schedule_piece piece[5] = {{600, 1, NAN, false},
                                      {785, 1000, NAN, false},
                                      {NAN, NAN, 10, false},
                                      {600, 1e6, NAN, false},
                                      {NAN, NAN, 5000, false}};
    struct schedule *schedule = NULL;
    struct sample *s = NULL;
    struct profile p;
    struct material m;
    struct front_grain grain = {.visible = true};
    double z[4] = {0, 40, 50, 100}, d[4] = {30, 30, 8, 8}, x[3] = {0.3, 0.2, 20};
    bool stopped;
    still(&m);
    m.gibbs_thomson = true;
    m.lateral.kind = m.inward.kind = MATERIAL_GIVEN;
    assert_int_equal(profile_rod(&p, 100, false, 4, z, d), ERR_OK);
    assert_int_equal(schedule_create("part", 500, 0, 5, piece, &schedule), ERR_OK);
    assert_int_equal(sample_create(&p, schedule, &m, 0.5, &s), ERR_OK);
    assert_int_equal(crystal_reset(s->crystal, 1, 1), ERR_OK);
    struct front *f = (struct front *)crystal_front(s->crystal);
    assert_int_equal(front_seed_core(f, x, 0, &grain), ERR_OK);
    double hot = 100 + 0.185, cold = hot + 10 + 185e-6;
    assert_int_equal(crystal_run(s->crystal, 100, NULL, &stopped), ERR_OK);
    assert_true(f->n_taken == f->n_cells);
    assert_true(fabs(f->grain[0].volume / f->total - 1) < 1e-9);
    assert_int_equal(crystal_run(s->crystal, hot + 9, NULL, &stopped), ERR_OK);
    /* thick part and the flank down to 13.3 nm: cylinder and frustum */
    double R = 15, r = 13.31 / 2, solid = M_PI * R * R * 40 + M_PI / 3 * 7.6 * (R * R + R * r + r * r);
    printf("# %.0f nm^3 left of %.0f, expected %.0f\n", front_volume(f, hot + 9), f->total, solid);
    assert_true(fabs(front_volume(f, hot + 9) / solid - 1) < 0.02);
    /* but for voxels of the border that the front half crosses */
    assert_true(fabs(f->grain[0].volume / front_volume(f, hot + 9) - 1) < 3e-3);
    assert_true(fabs(f->signal / f->grain[0].volume - 1) < 1e-9);
    for (int k = 0; k < s->voxels->n[2]; k++) {
        uint32_t axis = voxels_find(s->voxels, s->voxels->n[0] / 2, s->voxels->n[1] / 2, k);
        double at = (k + 0.5) * s->voxels->h[2];
        if (fabs(at - 47.6) > 0.6) assert_true(isfinite(front_time_core(f, axis)) == (at < 47.6));
    }
    assert_int_equal(crystal_run(s->crystal, INFINITY, NULL, &stopped), ERR_OK);
    assert_true(f->n_grains == 1 && f->n_taken == f->n_cells);
    assert_true(fabs(f->volume / f->total - 1) < 1e-9 && fabs(f->grain[0].volume / f->total - 1) < 1e-9);
    double took = front_time_skin(f, s->skin->n - 1) - cold, u = material_growth_layer(&m, 600, 8);
    printf("# tip after %.3f s, %.3f expected\n", took, (100 - 0.25 - 47.6) / u);
    assert_true(fabs(took / ((100 - 0.25 - 47.6) / u) - 1) < 0.05);
    sample_destroy(&s);
    schedule_destroy(&schedule);
    assert_int_equal(mem_blocks(), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_layer), cmocka_unit_test(test_after_melting),
                                       cmocka_unit_test(test_thin_melts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
