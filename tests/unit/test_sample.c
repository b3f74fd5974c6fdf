/* Lattices whose weights add up, at every size; Tc that does not depend on the voxel; melting that clears;
 * sites that are used up; profiles and edges that are refused. */
#include "base/mem.h"
#include "kmc/replica.h"
#include "kmc/report.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct material material;
static const struct detect_rules rules = {DETECT_FRACTION, DETECT_VOLUME, 0.02, 1, 0, 0.05, 0.3, 0.5, 30,
                                          0.0175,          false};

static struct schedule *heating(double to_C) {
    struct schedule_piece piece[2] = {{170 + 273.15, NAN, 0.1, false}, {to_C + 273.15, 0.67, NAN, false}};
    struct schedule *s = NULL;
    assert_int_equal(schedule_create("sohn", 298.15, 0, 2, piece, &s), ERR_OK);
    return s;
}

static void rod(struct profile *p, double d, double length) {
    double zero = 0;
    assert_int_equal(profile_rod(p, length, true, 1, &zero, &d), ERR_OK);
}

/* Exact volume and area of cylinders and cones. */
static void test_weights(void **state) {
    (void)state;
    static const double d[] = {4, 6, 9.7, 25, 60}, edge[] = {0.5, 0.7, 1, 2, 4};
    for (int k = 0; k < 5; k++) {
        struct profile p;
        struct voxels *v = NULL;
        struct skin *s = NULL;
        rod(&p, d[k], 20);
        assert_int_equal(voxels_create(&p, edge[k], 1, &v), ERR_OK);
        assert_int_equal(skin_create(v, &s), ERR_OK);
        double core = M_PI_4 * pow(d[k] - 2, 2) * 20, sum = 0;
        for (int z = 0; z < v->n[2]; z++)
            for (int y = 0; y < v->n[1]; y++)
                for (int x = 0; x < v->n[0]; x++) sum += voxels_weight(v, x, y, z);
        assert_true(fabs(sum / core - 1) < 1e-12 && fabs(v->volume / core - 1) < 1e-12);
        assert_true(fabs(s->total_area / (M_PI * d[k] * 20) - 1) < 1e-12);
        assert_true(fabs((s->total_volume + sum) / (M_PI_4 * d[k] * d[k] * 20) - 1) < 1e-12);
        assert_true(voxels_bytes(v) / (double)(v->n_bricks[0] * v->n_bricks[1] * v->n_bricks[2] * 512) < 24);
        skin_destroy(&s);
        voxels_destroy(&v);
        profile_clear(&p);
    }
    struct profile p;
    struct voxels *v = NULL;
    struct skin *s = NULL;
    double z[2] = {0, 100}, w[2] = {10, 30};
    assert_int_equal(profile_rod(&p, 100, false, 2, z, w), ERR_OK);
    assert_int_equal(voxels_create(&p, 1, 0, &v), ERR_OK);
    assert_int_equal(skin_create(v, &s), ERR_OK);
    /* cone frustum: pi h (R^2 + R r + r^2) / 3; pi (R + r) slant. Slices as cylinders: second order in the
     * slope */
    assert_true(fabs(v->volume / (M_PI * 100 * (225 + 75 + 25) / 3) - 1) < 1e-4);
    assert_true(fabs(s->total_area / (M_PI * 20 * sqrt(1e4 + 100)) - 1) < 1e-4);
    skin_destroy(&s);
    voxels_destroy(&v);
    profile_clear(&p);
    assert_int_equal(mem_blocks(), 0);
}

static void run(double d, double edge, double length, int n, uint64_t seed, struct report_quantiles *q) {
    static double x[400];
    struct schedule *schedule = heating(350);
    struct sample *sample = NULL;
    struct detect *detect = NULL;
    struct profile p;
    rod(&p, d, length);
    assert_int_equal(sample_create(&p, schedule, &material, edge, &sample), ERR_OK);
    assert_int_equal(detect_create(&rules, schedule, d, crystal_front(sample->crystal)->total, &detect),
                     ERR_OK);
    for (int k = 0; k < n; k++) {
        struct replica r;
        assert_int_equal(replica_run(sample, detect, &rules, seed, k, 1, &r), ERR_OK);
        x[k] = r.tc_fraction;
    }
    report_quantiles(x, n, q);
    detect_destroy(&detect);
    sample_destroy(&sample);
    schedule_destroy(&schedule);
}

/* 0.5 against 1 nm from 6 nm on, against 2 nm from 30 nm on: below max(1 K, 2 standard errors). */
static void test_edges(void **state) {
    (void)state;
    static const struct {
        double d, fine, coarse, length;
        int n;
    } pair[] = {{6, 0.5, 1, 150, 60}, {8, 0.5, 1, 150, 100}, {25, 0.5, 1, 100, 40},
                {38, 1, 2, 100, 40},  {150, 1, 2, 60, 4},    {330, 2, 4, 60, 4}};
    for (int k = 0; k < 6; k++) {
        struct report_quantiles a, b;
        run(pair[k].d, pair[k].fine, pair[k].length, pair[k].n, 1, &a);
        run(pair[k].d, pair[k].coarse, pair[k].length, pair[k].n, 2, &b);
        double error = sqrt((a.sd * a.sd + b.sd * b.sd) / pair[k].n);
        printf("# %g nm: Tc %.3f C at %g nm, %.3f C at %g nm voxels; error %.3f K\n", pair[k].d, a.mean,
               pair[k].fine, b.mean, pair[k].coarse, error);
        assert_true(fabs(a.mean - b.mean) < fmax(1, 2 * error));
    }
    assert_int_equal(mem_blocks(), 0);
}

/* Heat through the melting point, quench: grains are gone, and the rod is glass again. */
static void test_melting(void **state) {
    (void)state;
    struct schedule_piece piece[3] = {{600, 1, NAN, false}, {900, 100, NAN, false}, {300, 1e10, NAN, false}};
    struct schedule *schedule = NULL;
    struct sample *sample = NULL;
    struct profile p;
    bool stopped;
    rod(&p, 30, 40);
    assert_int_equal(schedule_create("melt", 450, 0, 3, piece, &schedule), ERR_OK);
    assert_int_equal(sample_create(&p, schedule, &material, 2, &sample), ERR_OK);
    assert_int_equal(sample->n_melts, 1);
    assert_int_equal(crystal_reset(sample->crystal, 1, 1), ERR_OK);
    assert_int_equal(crystal_run(sample->crystal, sample->melt[0].t - 1e-6, NULL, &stopped), ERR_OK);
    const struct front *f = crystal_front(sample->crystal);
    assert_true(front_volume(f, sample->melt[0].t - 1e-6) > 0.99 * f->total && f->n_grains > 0);
    int64_t before = f->n_grains;
    assert_int_equal(crystal_run(sample->crystal, INFINITY, NULL, &stopped), ERR_OK);
    assert_true(f->n_grains == before); /* too fast a quench for a nucleus: 0.007 expected */
    assert_true(f->volume == 0 && f->n_taken == 0);
    sample_destroy(&sample);
    schedule_destroy(&schedule);
    assert_int_equal(mem_blocks(), 0);
}

/* A finite density of sites: their number is Poisson (4 sigma), and no site is used twice. */
static void test_sites(void **state) {
    (void)state;
    struct material few = material;
    struct schedule *schedule = heating(300);
    struct sample *sample = NULL;
    struct profile p;
    double sum = 0, mean = 200 * M_PI * 20 * 2e-3;
    bool stopped;
    few.surface.finite = true;
    few.surface.density = 2e-3;
    few.lateral.given.value = few.inward.given.value = 1e-12; /* nothing grows: all sites fire */
    rod(&p, 20, 200);
    assert_int_equal(sample_create(&p, schedule, &few, 2, &sample), ERR_OK);
    for (int k = 0; k < 40; k++) {
        assert_int_equal(crystal_reset(sample->crystal, 1, (uint64_t)k), ERR_OK);
        assert_int_equal(crystal_run(sample->crystal, INFINITY, NULL, &stopped), ERR_OK);
        sum += (double)crystal_front(sample->crystal)->n_grains;
    }
    printf("# %.2f sites used, %.2f there\n", sum / 40, mean);
    assert_true(fabs(sum / 40 - mean) < 4 * sqrt(mean / 40));
    sample_destroy(&sample);
    schedule_destroy(&schedule);
    assert_int_equal(mem_blocks(), 0);
}

/* A cone crystallises from its thick end; below 5 nm it does not. */
static void test_taper(void **state) {
    (void)state;
    struct schedule *schedule = heating(350);
    struct sample *sample = NULL;
    struct profile p;
    double z[2] = {0, 200}, d[2] = {25, 3};
    bool stopped;
    int64_t thick = 0, thick_taken = 0, thin_taken = 0;
    assert_int_equal(profile_rod(&p, 200, false, 2, z, d), ERR_OK);
    assert_int_equal(sample_create(&p, schedule, &material, 0.5, &sample), ERR_OK);
    assert_int_equal(crystal_reset(sample->crystal, 1, 1), ERR_OK);
    assert_int_equal(crystal_run(sample->crystal, INFINITY, NULL, &stopped), ERR_OK);
    const struct front *f = crystal_front(sample->crystal);
    for (int64_t k = 0; k < sample->skin->n; k++) {
        double q[3];
        skin_centre(sample->skin, k, q);
        double local = profile_diameter(&sample->profile, q[2]);
        bool taken = isfinite(front_time_skin(f, k));
        if (local > 12) {
            thick++;
            thick_taken += taken;
        }
        if (local < 4.5) thin_taken += taken;
    }
    assert_true(thick > 1000 && thick_taken == thick && thin_taken == 0);
    for (int64_t g = 0; g < f->n_grains && g < 5; g++)
        assert_true(profile_diameter(&sample->profile, f->grain[g].x[2]) > 10);
    sample_destroy(&sample);
    schedule_destroy(&schedule);
    assert_int_equal(mem_blocks(), 0);
}

/* --- fast layer against catalytic surface (zhang2018, Discussion) */

#define FIRSTS 600

static bool nucleated(void *context, const struct front *front, double t) {
    (void)context;
    (void)t;
    return front->n_grains > 0;
}

static int rising(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Times of first nuclei in rods held at 515 K, sorted. */
static void firsts(const struct material *m, uint64_t seed, double *t) {
    struct schedule_piece piece = {NAN, NAN, 1e9, false};
    struct crystal_watch watch = {.step = nucleated};
    struct schedule *schedule = NULL;
    struct sample *sample = NULL;
    struct profile p;
    bool stopped;
    rod(&p, 20, 20);
    assert_int_equal(schedule_create("hold", 515, 0, 1, &piece, &schedule), ERR_OK);
    assert_int_equal(sample_create(&p, schedule, m, 2, &sample), ERR_OK);
    for (int k = 0; k < FIRSTS; k++) {
        assert_int_equal(crystal_reset(sample->crystal, seed, (uint64_t)k), ERR_OK);
        assert_int_equal(crystal_run(sample->crystal, INFINITY, &watch, &stopped), ERR_OK);
        assert_true(stopped);
        t[k] = crystal_front(sample->crystal)->grain[0].time;
    }
    qsort(t, FIRSTS, sizeof *t, rising);
    sample_destroy(&sample);
    schedule_destroy(&schedule);
}

/* Kolmogorov-Smirnov of two samples: sqrt(n/2) D. */
static double two_samples(const double *a, const double *b) {
    double d = 0;
    for (int i = 0, j = 0; i < FIRSTS && j < FIRSTS;) {
        if (a[i] < b[j]) i++;
        else j++;
        d = fmax(d, abs(i - j) / (double)FIRSTS);
    }
    return sqrt(FIRSTS / 2.0) * d;
}

/* A layer with viscosity / 20 and 5.07 times the sites nucleates like a catalytic surface of f = 0.5 when the
 * barrier is ln(20 * 5.07) / 0.5 = 9.24 kT, of f = 0.80 when it is 23.6 kT; at f = 0.4 and 0.6 the two differ
 * by a factor 2.5 in rate. 1.95: false alarm 0.001; a factor 2.5 gives D = 0.31, sqrt(n/2) D = 5.5. */
static void test_layer_or_catalyst(void **state) {
    (void)state;
    static double fast[FIRSTS], other[FIRSTS];
    static const struct {
        double barrier, f;
        bool same;
    } cases[] = {{9.24, 0.5, true}, {9.24, 0.4, false}, {9.24, 0.6, false}, {23.6, 0.8043, true}};
    for (int k = 0; k < 4; k++) {
        struct material layer = material, catalyst;
        layer.confined = false;
        layer.layer_energy = NAN; /* the same ratio at all temperatures */
        layer.interface_energy *= cbrt(cases[k].barrier / material_barrier(&layer, 515, INFINITY));
        layer.surface = (struct material_nucleation){
            .kind = MATERIAL_THEORY, .sites = 5.07 * 10, .potency = 1, .in_layer = true};
        catalyst = layer;
        catalyst.surface.sites = 10;
        catalyst.surface.potency = cases[k].f;
        catalyst.surface.in_layer = false;
        assert_true(fabs(material_barrier(&layer, 515, INFINITY) / cases[k].barrier - 1) < 1e-6);
        firsts(&layer, 1, fast);
        firsts(&catalyst, 2, other);
        double D = two_samples(fast, other);
        printf("# barrier %g kT, f = %g: sqrt(n/2) D = %.2f, medians %.3g and %.3g s\n", cases[k].barrier,
               cases[k].f, D, fast[FIRSTS / 2], other[FIRSTS / 2]);
        assert_true(cases[k].same ? D < 1.95 : D > 3);
    }
    assert_int_equal(mem_blocks(), 0);
}

static void test_refusals(void **state) {
    (void)state;
    struct profile p;
    struct voxels *v = NULL;
    double z[3] = {0, 10, 10}, d[3] = {5, 5, 6}, zero = 0, thin = 4;
    assert_int_equal(profile_rod(&p, 20, false, 3, z, d), ERR_INPUT);
    assert_non_null(strstr(err_message(), "point 3"));
    err_clear();
    assert_int_equal(profile_rod(&p, 20, true, 1, &zero, &thin), ERR_OK);
    assert_int_equal(voxels_create(&p, 2, 1, &v), ERR_INPUT);
    assert_non_null(strstr(err_message(), "0.8 nm would do"));
    err_clear();
    assert_int_equal(voxels_create(&p, voxels_coarsest(&p, 1), 1, &v), ERR_OK);
    voxels_destroy(&v);
    profile_clear(&p);
    assert_int_equal(mem_blocks(), 0);
}

int main(void) {
    material_default(&material);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_weights), cmocka_unit_test(test_edges),
        cmocka_unit_test(test_melting), cmocka_unit_test(test_sites),
        cmocka_unit_test(test_taper),   cmocka_unit_test(test_layer_or_catalyst),
        cmocka_unit_test(test_refusals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
