/* overlap - atoms that sit on top of each other, found before they blow up a run. */
#ifndef ATOMS_OVERLAP_H
#define ATOMS_OVERLAP_H

#include "atoms/frame.h"

struct overlap {
    int64_t n_pairs; /* closer than the limit, over all ranks */
    int64_t id[2];   /* the closest pair, by id; 0 when there is none */
    double closest;  /* its distance, A */
};

/* Collective. Pairs closer than `limit` (A) across ranks and periodic images; O(N). The frame is not changed.
 */
int overlap_find(const struct comm *comm, const struct frame *frame, double limit,
                 struct overlap *overlap) MUST_CHECK;

#endif
