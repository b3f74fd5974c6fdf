/* tally - sums of non-negative numbers that are the same however the terms are spread over ranks.
 *
 * Fixed point with 2^-80 as its unit in 128 bits: terms below 2^20, up to 2^26 of them. */
#ifndef ANALYSIS_MICROSCOPE_TALLY_H
#define ANALYSIS_MICROSCOPE_TALLY_H

#include "base/comm.h"

struct tally {
    int64_t n;
    unsigned __int128 *sum;
};

/* Local. n sums of 0. */
int tally_create(struct tally *tally, int64_t n) MUST_CHECK;
void tally_destroy(struct tally *tally);
/* Local. sum[i] += x, 0 <= x < 2^20. */
static inline void tally_add(struct tally *tally, int64_t i, double x) {
    tally->sum[i] += (unsigned __int128)(x * 0x1p80);
}
/* Collective. The sums over all ranks, on all ranks. */
int tally_total(const struct comm *comm, const struct tally *tally, double *total) MUST_CHECK;

#endif
