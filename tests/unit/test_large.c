/* Arithmetic of 1e10 atoms on 20,000 ranks, without the atoms: blocks of ids, builders' shares, shuffles,
 * cuts of space, quanta of exact sums. A rank of many is played by a communicator whose rank and size are set
 * by hand. */
#include "atoms/build_lattice.h"
#include "atoms/domain.h"
#include "base/mem.h"
#include "base/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

static struct comm played(int rank, int size) {
    struct comm comm = comm_self();
    comm.rank = rank;
    comm.size = size;
    return comm;
}

/* Blocks follow each other without gap, differ by one at most, and each row's owner holds it. */
static void test_blocks(void **state) {
    (void)state;
    const int64_t n[] = {INT64_C(10000000000), INT64_C(1000000000000), INT64_C(9007199254740993), 7};
    const int size[] = {20000, 99991, 1, 3};
    for (int a = 0; a < 4; a++)
        for (int b = 0; b < 4; b++) {
            assert_int_equal(frame_block(n[a], size[b], 0), 0);
            assert_int_equal(frame_block(n[a], size[b], size[b]), n[a]);
            for (int r = 0; r < size[b]; r++) {
                int64_t first = frame_block(n[a], size[b], r), next = frame_block(n[a], size[b], r + 1);
                assert_in_range(next - first, n[a] / size[b], n[a] / size[b] + 1);
                if (next == first) continue;
                if (frame_block_owner(first, n[a], size[b]) != r ||
                    frame_block_owner(next - 1, n[a], size[b]) != r)
                    fail_msg("rows %lld to %lld belong to rank %d of %d", (long long)first,
                             (long long)next - 1, r, size[b]);
            }
        }
}

/* 1358^3 cells of 4 atoms: each rank's atoms are those of its block of ids, at the sites they name. */
static void test_lattice(void **state) {
    (void)state;
    const int64_t edge = 1358, cells[3] = {edge, edge, edge}, n = 4 * edge * edge * edge;
    const int size = 20000, ranks[] = {0, 1, 9999, 19999}, type_of[1] = {0};
    assert_true(n > INT64_C(10000000000));
    for (int k = 0; k < 4; k++) {
        struct comm comm = played(ranks[k], size);
        struct frame frame;
        frame_init(&frame);
        frame.species.n = 1;
        assert_int_equal(build_lattice_block(&comm, build_lattice_find("fcc"), cells, 4, 1, type_of, &frame),
                         ERR_OK);
        assert_int_equal(frame.n_global, n);
        assert_int_equal(frame.n, frame_block(n, size, ranks[k] + 1) - frame_block(n, size, ranks[k]));
        for (int i = 0; i < frame.n; i += 1009) {
            int64_t row = frame_block(n, size, ranks[k]) + i, unit = row / 4;
            if (frame.id[i] != row + 1)
                fail_msg("row %lld has id %lld", (long long)row, (long long)frame.id[i]);
            int64_t at[3] = {unit / edge / edge, unit / edge % edge, unit % edge}; /* z fastest */
            for (int a = 0; a < 3; a++)
                if (floor((frame.x[i][a] + 0.5) / 4) < (double)at[a] ||
                    frame.x[i][a] > 4.0 * (double)at[a] + 3.99)
                    fail_msg("atom %lld is not in its cell", (long long)row + 1);
        }
        frame_destroy(&frame);
    }
}

static int compare(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* All of a small shuffle; of a large one, 100,000 in a row: no two alike, half of them in the upper half (4
 * sigma). */
static void test_shuffle(void **state) {
    (void)state;
    enum { MANY = 100000 };
    const uint64_t n[] = {1, 2, 1000, MANY, UINT64_C(10000000000), UINT64_C(1000000000000)};
    uint64_t *out = NULL;
    assert_int_equal(MEM_NEW(out, MANY), ERR_OK);
    for (int a = 0; a < 6; a++) {
        uint64_t count = n[a] < MANY ? n[a] : MANY, from = n[a] - count;
        int64_t upper = 0;
        for (uint64_t k = 0; k < count; k++) {
            out[k] = build_lattice_shuffled(1, from + k, n[a]);
            if (out[k] >= n[a])
                fail_msg("%llu of %llu", (unsigned long long)out[k], (unsigned long long)n[a]);
            upper += out[k] >= n[a] / 2;
        }
        qsort(out, count, sizeof *out, compare);
        for (uint64_t k = 1; k < count; k++) assert_true(out[k] != out[k - 1]);
        if (n[a] > MANY) assert_in_range(upper, MANY / 2 - 632, MANY / 2 + 632); /* 4 sqrt(MANY) / 2 */
    }
    mem_free(&out);
}

/* 20,000 places that weigh 500,000 each are cut for 48 ranks: bricks tile the box and carry equal shares. */
static void test_cuts(void **state) {
    (void)state;
    enum { PLACES = 20000, WEIGHT = 500000, RANKS = 48 };
    struct comm comm = played(0, RANKS);
    struct frame frame;
    struct domain domain;
    int32_t *weight = NULL;
    frame_init(&frame);
    domain_init(&domain);
    assert_int_equal(frame_reserve(&frame, PLACES), ERR_OK);
    assert_int_equal(MEM_NEW(weight, PLACES), ERR_OK);
    frame.n = PLACES;
    frame.n_global = (int64_t)PLACES * WEIGHT;
    for (int a = 0; a < 3; a++) {
        frame.box.len[a] = 5000;
        frame.box.periodic[a] = true;
    }
    for (int i = 0; i < PLACES; i++) {
        double u[4];
        rng_uniform(1, RNG_TEST, (uint64_t)i, 0, u);
        rng_uniform(1, RNG_TEST, (uint64_t)i, 1, u + 2);
        for (int a = 0; a < 3; a++) frame.x[i][a] = u[a] * 5000;
        weight[i] = WEIGHT;
    }
    assert_int_equal(domain_cut(&comm, &domain, &frame, weight), ERR_OK);
    double volume = 0;
    for (int r = 0; r < RANKS; r++) {
        double brick = 1, held = 0;
        for (int a = 0; a < 3; a++) brick *= domain.hi[r][a] - domain.lo[r][a];
        volume += brick;
        for (int i = 0; i < PLACES; i++) {
            int in = 1;
            for (int a = 0; a < 3; a++)
                in &= frame.x[i][a] / 5000 >= domain.lo[r][a] && frame.x[i][a] / 5000 < domain.hi[r][a];
            held += in * (double)WEIGHT;
        }
        /* a cut misses by half a bin of its histogram at most; 5 % is where the program would cut anew */
        if (fabs(held * RANKS / ((double)PLACES * WEIGHT) - 1) > 0.05) fail_msg("rank %d holds %g", r, held);
    }
    assert_true(fabs(volume - 1) < 1e-12);
    mem_free(&weight);
    domain_destroy(&domain);
    frame_destroy(&frame);
}

/* A sum of 1e10 terms below 256 eV, each a multiple of the quantum, is exact in a double: below 2^53 quanta.
 */
static void test_quantum(void **state) {
    (void)state;
    const int64_t n = INT64_C(10000000000);
    double quantum = comm_quantum(n, 256);
    assert_true((double)n * 256 / quantum <= 0x1p53);
    assert_true(quantum < 1e-3); /* eV: rounding adds sqrt(n) quantum / 4 = 24 eV to a sum of 3e10 */
    double most = (double)n * 256;
    assert_true(most + quantum > most);
}

int main(int argc, char **argv) {
    struct comm comm;
    if (comm_init(&argc, &argv, &comm)) return 70;
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_blocks), cmocka_unit_test(test_lattice),
                                       cmocka_unit_test(test_shuffle), cmocka_unit_test(test_cuts),
                                       cmocka_unit_test(test_quantum)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_finalize();
    return failed;
}
