/* profile - sums over bins and blocks, and ratios of them with errors.
 *
 * Terms are rounded to a quantum of their column, so that sums are the same bits on any number of ranks. */
#ifndef ANALYSIS_STRUCTURE_PROFILE_H
#define ANALYSIS_STRUCTURE_PROFILE_H

#include "base/comm.h"

#include <stdint.h>

struct profile {
    int n_blocks, width; /* columns of numbers */
    int64_t n_bins;
    double *sum; /* [n_blocks][n_bins][width] */
};

struct profile_term {
    int64_t bin;
    int block;
};

/* Local. */
int profile_init(struct profile *profile, int n_blocks, int width) MUST_CHECK;
void profile_free(struct profile *profile);
/* Collective. Add n terms of `width` numbers each to bin and block at[k]; bins grow as needed. */
int profile_add(const struct comm *comm, struct profile *profile, int64_t n, const struct profile_term *at,
                const double *value) MUST_CHECK;
/* Local. Sum of a column in a bin over blocks. */
double profile_sum(const struct profile *profile, int64_t bin, int column);
/* Local. Sum of column a over sum of column b in a bin, and its error from the blocks (NAN: fewer than 2 hold
 * anything). */
double profile_ratio(const struct profile *profile, int64_t bin, int a, int b, double *error);

#endif
