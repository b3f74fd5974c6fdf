/* Two-dimensional transforms: against sums written out (to rounding), there and back, the same bits at other
 * addresses and in other plans, sizes that no buffer of eight columns divides. */
#include "base/fft.h"
#include "base/mem.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NY 12
#define NX 21
typedef double pair[2];

static double value(int i) {
    return sin(1.7 * i) + 0.3 * cos(0.01 * i * i);
}

static void test_sums(void **state) {
    (void)state;
    struct fft *fft = NULL;
    pair data[NY * NX];
    for (int i = 0; i < NY * NX; i++) data[i][0] = value(i), data[i][1] = value(i + 5);
    assert_int_equal(fft_create(NY, NX, false, &fft), ERR_OK);
    fft_forward(fft, data);
    for (int ky = 0; ky < NY; ky++)
        for (int kx = 0; kx < NX; kx++) {
            double re = 0, im = 0;
            for (int y = 0; y < NY; y++)
                for (int x = 0; x < NX; x++) {
                    double p = -2 * M_PI * ((double)(kx * x) / NX + (double)(ky * y) / NY);
                    double a = value(y * NX + x), b = value(y * NX + x + 5);
                    re += a * cos(p) - b * sin(p);
                    im += a * sin(p) + b * cos(p);
                }
            assert_true(fabs(data[ky * NX + kx][0] - re) < 1e-11 && fabs(data[ky * NX + kx][1] - im) < 1e-11);
        }
    fft_back(fft, data);
    for (int i = 0; i < NY * NX; i++) assert_true(fabs(data[i][0] / (NY * NX) - value(i)) < 1e-14);
    fft_destroy(&fft);
    assert_int_equal(mem_blocks(), 0);
}

static void test_address(void **state) {
    (void)state;
    const int n = 256 * 48;
    struct fft *fft[2] = {NULL, NULL};
    float *room = NULL, *first = NULL;
    assert_int_equal(MEM_NEW(room, 2 * n + 16), ERR_OK);
    assert_int_equal(MEM_NEW(first, 2 * n), ERR_OK);
    for (int k = 0; k < 2; k++) assert_int_equal(fft_create(256, 48, true, &fft[k]), ERR_OK);
    for (int shift = 0; shift < 16; shift += 2) { /* complex numbers from every place of a cache line */
        for (int i = 0; i < 2 * n; i++) room[shift + i] = (float)value(i);
        fft_forward(fft[shift / 2 % 2], room + shift);
        if (shift == 0) memcpy(first, room, 2 * (size_t)n * sizeof *first);
        assert_memory_equal(first, room + shift, 2 * (size_t)n * sizeof *first);
    }
    for (int k = 0; k < 2; k++) fft_destroy(&fft[k]);
    mem_free(&room);
    mem_free(&first);
    assert_int_equal(mem_blocks(), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sums), cmocka_unit_test(test_address)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
