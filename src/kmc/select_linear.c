/* select_linear - Gillespie's direct method as written in 1976: no structure that could be wrong. */
#include "kmc/select_linear.h"

double select_linear_total(const double *weight, int64_t n) {
    double sum = 0;
    for (int64_t k = 0; k < n; k++) sum += weight[k];
    return sum;
}

int64_t select_linear_draw(const double *weight, int64_t n, double u) {
    double at = u * select_linear_total(weight, n);
    int64_t last = -1;
    for (int64_t k = 0; k < n; k++) {
        if (weight[k] <= 0) continue;
        last = k;
        if (at < weight[k]) return k;
        at -= weight[k];
    }
    return last;
}
