/* order - bond order of each atom: Steinhardt's q_l and w_l, averaged ones, crystalline bonds, common
 * neighbours.
 *
 *     q_lm(i) = mean over neighbours j of Y_lm(r_ij),  q_l = sqrt(4 pi/(2l+1) sum_m |q_lm|^2)
 * (steinhardt1983) w_l = sum_{m1+m2+m3=0} (l l l; m1 m2 m3) q_lm1 q_lm2 q_lm3 / (sum_m |q_lm|^2)^(3/2)
 *     averaged: q_lm(i) first averaged over i and its neighbours                                (lechner2008)
 *     bond i-j: s_ij = Re sum_m q_6m(i) q*_6m(j) / (|q_6(i)| |q_6(j)|) > bond                  (tenwolde1995)
 *
 * Neighbours are closer than one cutoff; an atom with at least `bonds` such bonds is crystalline. The
 * structure (fcc, hcp, bcc, icosahedral) comes from common neighbours among the nearest 12 or 14 with a
 * cutoff of its own for each atom (stukowski2012). Grains: crystalline neighbours whose averaged q_6m point
 * the same way (coherence) belong together, whatever the structure: no template. Lengths in A (or sigma).
 * The same bits on any number of ranks. */
#ifndef ANALYSIS_STRUCTURE_ORDER_H
#define ANALYSIS_STRUCTURE_ORDER_H

#include "atoms/frame.h"

enum order_structure { ORDER_OTHER, ORDER_FCC, ORDER_HCP, ORDER_BCC, ORDER_ICOSAHEDRAL, ORDER_STRUCTURES };

struct order_options {
    double cutoff;    /* A */
    double bond;      /* s_ij above this is a crystalline bond */
    int bonds;        /* so many make an atom crystalline */
    double coherence; /* of averaged q_6m, above which neighbours belong to one grain */
};

struct order_atom {
    double q[2], w[2]; /* l = 4, 6 */
    double averaged[2], w_averaged[2];
    int16_t neighbours, bonds;
    int8_t structure;       /* enum order_structure */
    int8_t crystal;         /* 1: crystalline */
    int32_t cluster, grain; /* 1 = the largest; 0: not crystalline */
};

struct order_summary {
    int64_t clusters, grains;   /* of one atom or more */
    int64_t *size, *grain_size; /* largest first; by mem; on rank 0 only */
    int64_t largest, largest_grain;
    uint8_t wraps; /* bit a: a cluster percolates along axis a */
};

/* Local. "fcc", ... */
const char *order_name(int structure);
/* Collective. 1.2071 times the mean distance of the 12 nearest atoms: between the first and second shell of
 * close packing, behind the second of bcc. ERR_INPUT: fewer than 13 atoms nearby anywhere. */
int order_cutoff(const struct comm *comm, struct frame *frame, double *cutoff) MUST_CHECK;
/* Collective. The frame is spread over ranks by place; *atoms (by mem) has one entry for each local row. */
int order_compute(const struct comm *comm, struct frame *frame, const struct order_options *options,
                  struct order_atom **atoms, struct order_summary *summary) MUST_CHECK;
void order_free(struct order_summary *summary);

#endif
