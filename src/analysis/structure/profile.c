/* profile - every rank sums its own terms, rounded; one reduction over all bins. */
#include "analysis/structure/profile.h"
#include "base/mem.h"

#include <math.h>
#include <string.h>

int profile_init(struct profile *p, int n_blocks, int width) {
    *p = (struct profile){.n_blocks = n_blocks, .width = width};
    return ERR_OK;
}

void profile_free(struct profile *p) {
    mem_free(&p->sum);
    memset(p, 0, sizeof *p);
}

static double *cell(const struct profile *p, int64_t bin, int block) {
    return p->sum + (block * p->n_bins + bin) * p->width;
}

static int grow(struct profile *p, int64_t n_bins) {
    struct profile more = *p;
    more.n_bins = n_bins;
    more.sum = NULL;
    if (n_bins <= p->n_bins) return ERR_OK;
    TRY(MEM_NEW(more.sum, p->n_blocks * n_bins * p->width));
    for (int b = 0; b < p->n_blocks && p->n_bins; b++)
        memcpy(cell(&more, 0, b), cell(p, 0, b), sizeof(double) * (size_t)(p->n_bins * p->width));
    mem_free(&p->sum);
    *p = more;
    return ERR_OK;
}

int profile_add(const struct comm *comm, struct profile *p, int64_t n, const struct profile_term *at,
                const double *value) {
    double *sum = NULL, *quantum = NULL;
    int64_t most = 0, n_all = n;
    int w = p->width, e = ERR_OK;
    for (int64_t k = 0; k < n; k++)
        if (at[k].bin + 1 > most) most = at[k].bin + 1;
    comm_max_i64(comm, &most, 1);
    comm_sum_i64(comm, &n_all, 1);
    TRY_ALL_TO(comm, out, grow(p, most));
    int64_t size = p->n_blocks * p->n_bins * w;
    TRY_ALL_TO(comm, out, MEM_NEW(sum, size));
    TRY_ALL_TO(comm, out, MEM_NEW(quantum, w));
    for (int64_t k = 0; k < n; k++)
        for (int c = 0; c < w; c++) quantum[c] = fmax(quantum[c], fabs(value[k * w + c]));
    comm_max(comm, quantum, w);
    for (int c = 0; c < w; c++)
        quantum[c] = comm_quantum(n_all > 0 ? n_all : 1, quantum[c] > 0 ? quantum[c] : 1);
    for (int64_t k = 0; k < n; k++) {
        double *to = sum + (at[k].block * p->n_bins + at[k].bin) * w;
        for (int c = 0; c < w; c++) to[c] += comm_round(value[k * w + c], quantum[c]);
    }
    for (int64_t k = 0; k < size; k += 1 << 20) {
        int part = (int)(size - k < 1 << 20 ? size - k : 1 << 20);
        comm_sum(comm, sum + k, part);
    }
    for (int64_t k = 0; k < size; k++) p->sum[k] += sum[k];
out:
    mem_free(&sum);
    mem_free(&quantum);
    return e;
}

double profile_sum(const struct profile *p, int64_t bin, int column) {
    double sum = 0;
    for (int b = 0; b < p->n_blocks; b++) sum += cell(p, bin, b)[column];
    return sum;
}

double profile_ratio(const struct profile *p, int64_t bin, int a, int b, double *error) {
    double mean = 0, spread = 0, down = profile_sum(p, bin, b);
    int n = 0;
    for (int k = 0; k < p->n_blocks; k++)
        if (cell(p, bin, k)[b] > 0) {
            mean += cell(p, bin, k)[a] / cell(p, bin, k)[b];
            n++;
        }
    for (int k = 0; k < p->n_blocks; k++)
        if (cell(p, bin, k)[b] > 0) {
            double d = cell(p, bin, k)[a] / cell(p, bin, k)[b] - mean / n;
            spread += d * d;
        }
    *error = n > 1 ? sqrt(spread / (n - 1) / n) : NAN;
    return down > 0 ? profile_sum(p, bin, a) / down : NAN;
}
