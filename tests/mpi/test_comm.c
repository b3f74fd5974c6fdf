/* ranks: 1 2 3 8
 * Exact sums of more columns than share a reduction, rows dealt out over ranks. Expected values are
 * arithmetic: (c + 1) 2^-(c mod 40) N (N + 1) / 2 for the rows (c + 1) (i + 1) 2^-(c mod 40), and (N - 2)
 * 2^-20 where rows of 2^50 and -2^50 cancel, which sums of doubles lose. */
#include "tap.h"

#include <math.h>

#define N 1000
#define WIDTH 150
#define STRIDE 160
#define CANCELS 70
#define ZERO 71
#define INFINITE 140

static double value(int i, int c) {
    if (c == CANCELS) return i < 2 ? (i ? -1 : 1) * 0x1p50 : 0x1p-20;
    if (c == ZERO) return 0;
    if (c == INFINITE && i == 7) return INFINITY;
    return (c + 1) * (i + 1) * ldexp(1, -(c % 40));
}

static double expected(int c) {
    if (c == CANCELS) return (N - 2) * 0x1p-20;
    if (c == ZERO) return 0;
    if (c == INFINITE) return INFINITY;
    return (c + 1) * ldexp(1, -(c % 40)) * (N * (N + 1) / 2);
}

int main(int argc, char **argv) {
    tap_begin(&argc, &argv);
    double(*x)[STRIDE] = NULL, sum[WIDTH + 1];
    int n = 0, right = 1;
    if (!tap_pass(MEM_NEW(x, N), "room")) {
        for (int i = tap_comm.rank; i < N; i += tap_comm.size, n++)
            for (int c = 0; c < STRIDE; c++) x[n][c] = c < WIDTH ? value(i, c) : NAN;
        sum[WIDTH] = 12345;
        comm_sum_exact(&tap_comm, x[0], n, STRIDE, WIDTH, sum);
        for (int c = 0; c < WIDTH; c++) {
            if (sum[c] == expected(c)) continue;
            right = 0;
            printf("# rank %d: column %d: %.17g, expected %.17g\n", tap_comm.rank, c, sum[c], expected(c));
        }
        tap_ok(right, "each column has its sum to the last bit");
        tap_ok(sum[WIDTH] == 12345, "and nothing is written behind them");
    }
    mem_free(&x);
    return tap_end();
}
