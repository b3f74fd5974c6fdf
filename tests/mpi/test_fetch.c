/* ranks: 1 2 4
 * Values by id across ranks: each id's own, wherever it lives, asked for once or often. Expected: what was
 * put there. */
#include "tap.h"

#include "analysis/structure/fetch.h"

#define N 1000

int main(int argc, char **argv) {
    tap_begin(&argc, &argv);
    int64_t n = 0, id[N], want[2 * N];
    double value[2 * N], out[4 * N];
    for (int64_t i = 1; i <= N; i++) { /* scattered over ranks, not in order */
        int64_t one = i * 387 % 1009;
        if (one > N || one % tap_comm.size != tap_comm.rank) continue;
        id[n] = one;
        value[2 * n] = (double)one;
        value[2 * n++ + 1] = -0.5 * (double)one;
    }
    int64_t total = n;
    comm_sum_i64(&tap_comm, &total, 1);
    for (int64_t k = 0; k < 2 * N; k++) want[k] = -1;
    int64_t m = 0;
    for (int64_t i = 1; i <= N; i++) { /* every id that somebody has, twice */
        int64_t one = i * 387 % 1009;
        if (one > N) continue;
        want[m++] = one;
        want[m++] = one;
    }
    tap_pass(fetch_by_id(&tap_comm, N, n, id, 2, value, m, want, out), "values are fetched");
    int wrong = 0;
    for (int64_t k = 0; k < m; k++)
        wrong += out[2 * k] != (double)want[k] || out[2 * k + 1] != -0.5 * (double)want[k];
    tap_ok(m == 2 * total && m > N, "all that somebody has was asked for");
    tap_ok(wrong == 0, "each is that of its id");
    return tap_end();
}
