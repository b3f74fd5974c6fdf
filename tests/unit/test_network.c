/* Clusters of linked nodes against a plain search, percolation, shared atoms of polyhedra; names of Voronoi
 * indices. */
#include "analysis/structure/align.h"
#include "analysis/structure/classes.h"
#include "analysis/structure/network.h"
#include "base/mem.h"
#include "base/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct box box = {{0, 0, 0}, {10, 10, 10}, {true, true, true}};

static double uniform(uint64_t k, uint64_t m) {
    double u[2];
    rng_uniform(5, RNG_TEST, k, m, u);
    return u[0];
}

/* Random links of 200 nodes: the same groups as flooding finds; sizes fall; labels by lowest node where
 * equal. */
static void test_groups(void **state) {
    (void)state;
    enum { N = 200, LINKS = 150 };
    struct network_link links[LINKS] = {{0}};
    struct network_clusters c;
    int colour[N];
    for (int k = 0; k < LINKS; k++)
        links[k] = (struct network_link){
            (int32_t)(N * uniform((uint64_t)k, 0)), (int32_t)(N * uniform((uint64_t)k, 1)), {0}, 1};
    for (int k = 0; k < N; k++) colour[k] = k;
    for (int changed = 1; changed;) {
        changed = 0;
        for (int k = 0; k < LINKS; k++) {
            int *a = &colour[links[k].a], *b = &colour[links[k].b], low = *a < *b ? *a : *b;
            changed |= *a != *b;
            *a = *b = low;
        }
    }
    assert_int_equal(network_find(N, links, LINKS, 1, &c), ERR_OK);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) assert_int_equal(colour[i] == colour[j], c.label[i] == c.label[j]);
    int64_t sum = 0;
    for (int64_t k = 0; k < c.n; k++) {
        assert_true(k == 0 || c.size[k] <= c.size[k - 1]);
        assert_int_equal(c.wraps[k], 0);
        sum += c.size[k];
    }
    assert_int_equal(sum, N);
    network_destroy(&c);
    assert_int_equal(network_find(N, links, LINKS, 2, &c), ERR_OK); /* no link is that strong */
    assert_int_equal(c.n, N);
    network_destroy(&c);
    assert_int_equal(mem_blocks(), 0);
}

/* A ring of five nodes that goes once around y, a ring that comes back, a node linked to its own image along
 * z. */
static void test_percolation(void **state) {
    (void)state;
    struct network_link links[] = {{0, 1, {0}, 1}, {1, 2, {0}, 1},        {2, 3, {0}, 1},
                                   {3, 4, {0}, 1}, {4, 0, {0, 1, 0}, 1},  {5, 6, {1, 0, 0}, 1},
                                   {6, 7, {0}, 1}, {7, 5, {-1, 0, 0}, 1}, {8, 8, {0, 0, 1}, 1}};
    struct network_clusters c;
    assert_int_equal(network_find(9, links, 9, 1, &c), ERR_OK);
    assert_int_equal(c.n, 3);
    assert_int_equal(c.size[0], 5);
    assert_int_equal(c.wraps[0], 2); /* along y */
    assert_int_equal(c.wraps[1], 0); /* 5, 6, 7: there and back */
    assert_int_equal(c.wraps[2], 4); /* along z */
    network_destroy(&c);
    assert_int_equal(mem_blocks(), 0);
}

static struct network_member member(int64_t atom, int32_t centre, float x, float y, float z) {
    return (struct network_member){atom, centre, {x, y, z}};
}

/* Centres 0 and 1 share two atoms; 1 and 2 share one, over the boundary; 3 is a neighbour of 0. */
static void test_shared(void **state) {
    (void)state;
    double x[4][3] = {{1, 1, 1}, {3, 1, 1}, {9, 1, 1}, {1, 2, 1}};
    struct network_member m[] = {member(100, 0, 0, 0, 0),  member(101, 1, 0, 0, 0), member(102, 2, 0, 0, 0),
                                 member(103, 3, 0, 0, 0),  member(5, 0, 1, 1, 0),   member(5, 1, -1, 1, 0),
                                 member(6, 0, 1, -1, 0),   member(6, 1, -1, -1, 0), member(7, 1, -2.9f, 0, 1),
                                 member(7, 2, 1.1f, 0, 1), member(103, 0, 0, 1, 0), member(100, 3, 0, -1, 0)};
    struct network_link *links = NULL;
    int64_t n = 0;
    int seen = 0;
    assert_int_equal(network_connect(&box, x, m, sizeof m / sizeof *m, &links, &n), ERR_OK);
    assert_int_equal(n, 3);
    for (int64_t k = 0; k < n; k++) {
        const struct network_link *l = &links[k];
        if (l->a == 0 && l->b == 1) seen += l->share == NETWORK_EDGE && l->shift[0] == 0;
        /* 2 at 9 is reached from 1 at 3 across the boundary at 0: its image lies at -1 */
        if (l->a == 1 && l->b == 2) seen += l->share == NETWORK_VERTEX && l->shift[0] == -1;
        if (l->a == 0 && l->b == 3) seen += l->share == NETWORK_VOLUME;
    }
    assert_int_equal(seen, 3);
    mem_free(&links);
    assert_int_equal(mem_blocks(), 0);
}

static void test_classes(void **state) {
    (void)state;
    const struct {
        const char *index;
        int beyond;
        const char *name;
    } known[] = {{"<0,0,12,0>", 0, "icosahedron"},
                 {"<0,0,12,4>", 0, "frank_kasper"},
                 {"<0,0,12,1>", 0, "icosahedron_like"},
                 {"<0,1,10,2>", 0, "icosahedron_like"},
                 {"<0,2,8,2>", 0, "icosahedron_like"},
                 {"<0,3,6,4>", 0, "mixed"},
                 {"<0,4,4,5>", 0, "crystal_like"},
                 {"<0,4,4,6>", 0, "crystal_like"},
                 {"<0,6,0,8>", 0, "crystal_like"},
                 {"<0,12,0,0>", 0, "crystal_like"},
                 {"<1,3,5,3>", 0, "other"},
                 {"<0,4,4,5>", 1, "other"}};
    int16_t n[4];
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        assert_true(classes_parse(known[k].index, n));
        assert_string_equal(classes_name((int)classes_of(n, known[k].beyond)), known[k].name);
    }
    assert_true(classes_parse(" <0, 0,12, 0> ", n) && n[2] == 12);
    assert_false(classes_parse("<0,0,12>", n));
    assert_false(classes_parse("<0,0,12,0", n));
    assert_false(classes_parse("0,0,12,0", n));
    assert_false(classes_parse("<0,0,-1,0>", n));
    assert_false(classes_parse("<0,0,12,0>x", n));
}

/* A cluster of 13 turned by a known rotation, its atoms in another order, perhaps mirrored, with noise: found
 * again. */
static void test_align(void **state) {
    (void)state;
    enum { N = 13 };
    for (int trial = 0; trial < 20; trial++) {
        double ref[N][3], x[N][3], moved[N][3], rms, noise = trial % 3 == 2 ? 0.1 : 0;
        int order[N], mirror = trial % 2;
        double t = 6 * uniform((uint64_t)trial, 50), c = cos(t), s = sin(t);
        for (int k = 0; k < N; k++) { /* on a sphere, as neighbours are */
            double z = 2 * (k + 0.5) / N - 1, p = 2.4 * k + 0.3 * uniform((uint64_t)k, 60 + (uint64_t)trial);
            double v[3] = {2.7 * sqrt(1 - z * z) * cos(p), 2.7 * sqrt(1 - z * z) * sin(p), 2.7 * z};
            memcpy(ref[k], v, sizeof v);
        }
        for (int k = 0; k < N; k++) {
            const double *v = ref[(5 * k + trial) % N];
            double w[3] = {c * v[0] - s * v[1], s * v[0] + c * v[1], mirror ? -v[2] : v[2]};
            double y[3] = {w[0], c * w[1] - s * w[2], s * w[1] + c * w[2]};
            for (int a = 0; a < 3; a++)
                x[k][a] = y[a] + noise * (2 * uniform((uint64_t)(100 * k + a), (uint64_t)trial) - 1);
        }
        assert_int_equal(align_cluster(N, ref, x, moved, order, &rms), ERR_OK);
        if (noise == 0) assert_true(rms < 1e-7);
        else
            assert_true(
                rms <
                0.13); /* sqrt(3) 0.1 / sqrt(3) = 0.1, with 39 numbers +- 8 %, less what the fit takes away */
        for (int k = 0; k < N; k++) assert_int_equal((5 * order[k] + trial) % N, k);
    }
    assert_int_equal(mem_blocks(), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_groups), cmocka_unit_test(test_percolation),
                                       cmocka_unit_test(test_shared), cmocka_unit_test(test_classes),
                                       cmocka_unit_test(test_align)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
