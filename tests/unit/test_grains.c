/* Site saturation: all nuclei come first, then all grains grow alike, so that they are the Voronoi cells of a
 * Poisson process. Each grain is compared with the cell that Voro++ makes of the same nuclei; the statistics
 * with those of the literature (Okabe et al., Spatial Tessellations, 2nd ed. 2000, table 5.5.2): variance of
 * the volume 0.179 of the squared mean, 15.535 faces. */
#include "analysis/structure/voro_shim.h"
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

#define EDGE 160.0 /* nm: 2048 grains of 12.6 nm a cube */
#define DENSITY 5e-4
#define CUBES 4

static double early(const void *context, double T) {
    return T < 510 ? *(const double *)context : 0;
}
static double late(const void *context, double T) {
    return T > 510 ? *(const double *)context : 0;
}

struct bed {
    struct profile profile;
    struct schedule *schedule;
    struct voxels *voxels;
    struct skin *skin;
    struct hazard *growth, *birth;
    struct crystal_channel channel;
    struct crystal *crystal;
};

/* Nuclei come in 10 s at 500 K, grains grow at 520 K. */
static void make(struct bed *b) {
    static const int class = 0;
    static const double I = DENSITY / 10, u = 1;
    struct schedule_piece pieces[3] = {
        {NAN, NAN, 10, false}, {520, 1e6, NAN, false}, {NAN, NAN, 1000, false}};
    memset(b, 0, sizeof *b);
    profile_bulk(&b->profile, EDGE, 0);
    assert_int_equal(schedule_create("pulse", 500, 0, 3, pieces, &b->schedule), ERR_OK);
    assert_int_equal(voxels_create(&b->profile, 1, 0, &b->voxels), ERR_OK);
    assert_int_equal(skin_create(b->voxels, &b->skin), ERR_OK);
    assert_int_equal(hazard_create(b->schedule, late, &u, NULL, 0, &b->growth), ERR_OK);
    assert_int_equal(hazard_create(b->schedule, early, &I, NULL, 0, &b->birth), ERR_OK);
    b->channel = (struct crystal_channel){FRONT_BULK, b->birth, 0};
    struct crystal_rates rates = {
        .speeds = {1, &class, &b->growth, NULL}, .n_channels = 1, .channel = &b->channel, .end = INFINITY};
    assert_int_equal(crystal_create(b->voxels, b->skin, &rates, &b->crystal), ERR_OK);
}

static void clear(struct bed *b) {
    crystal_destroy(&b->crystal);
    hazard_destroy(&b->growth);
    hazard_destroy(&b->birth);
    skin_destroy(&b->skin);
    voxels_destroy(&b->voxels);
    schedule_destroy(&b->schedule);
}

/* Which grains touch across a face between voxels, [n * n]. */
static void contacts(const struct bed *b, int64_t n, uint8_t *touch) {
    const struct voxels *v = b->voxels;
    const struct front *f = crystal_front(b->crystal);
    for (int k = 0; k < v->n[2]; k++)
        for (int j = 0; j < v->n[1]; j++)
            for (int i = 0; i < v->n[0]; i++) {
                int64_t g = front_grain_core(f, voxels_find(v, i, j, k));
                int next[3][3] = {
                    {(i + 1) % v->n[0], j, k}, {i, (j + 1) % v->n[1], k}, {i, j, (k + 1) % v->n[2]}};
                for (int m = 0; m < 3; m++) {
                    int64_t o = front_grain_core(f, voxels_find(v, next[m][0], next[m][1], next[m][2]));
                    if (o != g) touch[g * n + o] = touch[o * n + g] = 1;
                }
            }
}

struct near {
    double d[3], r2;
    int id;
};

static int nearer(const void *a, const void *b) {
    double x = ((const struct near *)a)->r2, y = ((const struct near *)b)->r2;
    return (x > y) - (x < y);
}

/* The exact cell of grain g. */
static void cell(struct voro_shim *shim, const struct front *f, int64_t g, struct near *near,
                 struct voro_shim_measure *m) {
    int n = 0;
    for (int64_t o = 0; o < f->n_grains; o++) {
        if (o == g) continue;
        struct near *c = &near[n++];
        c->id = (int)o;
        c->r2 = 0;
        for (int a = 0; a < 3; a++) {
            double d = (double)f->grain[o].x[a] - (double)f->grain[g].x[a];
            c->d[a] = d - EDGE * rint(d / EDGE);
            c->r2 += c->d[a] * c->d[a];
        }
    }
    qsort(near, (size_t)n, sizeof *near, nearer);
    voro_shim_begin(shim, EDGE / 2);
    for (int k = 0; k < n && near[k].r2 < 4 * voro_shim_reach2(shim); k++)
        assert_true(voro_shim_cut(shim, near[k].d, near[k].r2, near[k].id) == 1);
    assert_int_equal(voro_shim_take(shim, VORO_SHIM_AREAS, m), 0);
}

struct sums {
    double n, square, square_cells, faces, seen, wrong, off, worst;
};

static void compare(const struct bed *b, struct sums *s) {
    const struct front *f = crystal_front(b->crystal);
    int64_t n = f->n_grains;
    struct voro_shim *shim = NULL;
    struct near *near = NULL;
    uint8_t *touch = NULL;
    double mean = pow(EDGE, 3) / (double)n;
    assert_int_equal(voro_shim_create(&shim), 0);
    assert_int_equal(MEM_NEW(near, n), ERR_OK);
    assert_int_equal(MEM_NEW(touch, n * n), ERR_OK);
    contacts(b, n, touch);
    for (int64_t g = 0; g < n; g++) {
        struct voro_shim_measure m;
        cell(shim, f, g, near, &m);
        double off = fabs(f->grain[g].volume - m.volume) / mean;
        s->off += off;
        s->worst = fmax(s->worst, off);
        s->square += pow(f->grain[g].volume / mean - 1, 2);
        s->square_cells += pow(m.volume / mean - 1, 2);
        s->faces += m.n_faces;
        for (int k = 0; k < m.n_faces; k++) {
            uint8_t *t = &touch[g * n + m.neighbour[k]];
            s->seen += *t > 0;
            if (m.area[k] > 9) assert_true(*t > 0); /* 3 voxels by 3 cannot be missed */
            *t = 0;
        }
        for (int64_t o = 0; o < n; o++) s->wrong += touch[g * n + o];
    }
    s->n += (double)n;
    mem_free(&touch);
    mem_free(&near);
    voro_shim_destroy(&shim);
}

/* ~8200 grains. Volumes: per cent of a mean volume of 2000 voxels by what voxels resolve. Variance: its
 * standard error 0.179 sqrt((2 + 6/5.59)/n) (volumes follow a gamma law of shape 1/0.179);
 * faces: 3.32/sqrt(n) (variance 11.05 of Okabe); four of each. Voxels of 1 nm miss faces smaller than a few
 * of them: at most 3 %. */
static void test_saturation(void **state) {
    (void)state;
    struct bed b;
    struct sums s = {0};
    bool stopped;
    make(&b);
    for (uint64_t key = 1; key <= CUBES; key++) {
        assert_int_equal(crystal_reset(b.crystal, 1, key), ERR_OK);
        assert_int_equal(crystal_run(b.crystal, INFINITY, NULL, &stopped), ERR_OK);
        assert_true(fabs(crystal_front(b.crystal)->volume / pow(EDGE, 3) - 1) < 1e-9);
        compare(&b, &s);
    }
    double variance = s.square / s.n, cells = s.square_cells / s.n, faces = s.faces / s.n;
    double expected = CUBES * DENSITY * pow(EDGE, 3);
    double e_variance = 0.179 * sqrt((2 + 6 / 5.59) / s.n), e_faces = 3.32 / sqrt(s.n);
    printf(
        "# %g grains: volume variance %.4f (cells %.4f) +- %.4f, faces %.3f +- %.3f (voxels see %.3f, %.3f "
        "wrong); volumes off by %.4f in the mean, %.4f at most\n",
        s.n, variance, cells, e_variance, faces, e_faces, s.seen / s.n, s.wrong / s.n, s.off / s.n, s.worst);
    assert_true(fabs(s.n - expected) < 4 * sqrt(expected));
    assert_true(s.off / s.n < 0.01 && s.worst < 0.05);
    assert_true(fabs(variance - 0.179) < 4 * e_variance);
    assert_true(fabs(faces - 15.535) < 4 * e_faces);
    assert_true(s.seen / s.faces > 0.97 && s.wrong / s.faces < 0.01);
    clear(&b);
    assert_int_equal(mem_blocks(), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_saturation)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
