/* cluster - clusters of atoms that are spread over ranks, by bonds between them. */
#ifndef ANALYSIS_STRUCTURE_CLUSTER_H
#define ANALYSIS_STRUCTURE_CLUSTER_H

#include "analysis/structure/network.h"

/* One atom that may belong to clusters; a bond from this rank's atom `a` to any other. */
struct cluster_node {
    int64_t id;
    double x[3];
    int32_t row;
};
struct cluster_bond {
    int64_t a, b; /* ids, a < b; each bond on one rank alone */
    float d[3];   /* x_b - x_a, A */
    int32_t share;
};

struct cluster_sizes {
    int64_t n, largest; /* on every rank */
    uint8_t wraps;
    int64_t *size; /* [n] largest first, by mem, on rank 0 only */
};

/* Collective. Label the nodes for each of n_levels thresholds of `share`: label[level][row] = 1 for the
 * largest cluster, ...; rows of atoms that are no nodes are left alone. Gathered on rank 0. */
int cluster_find(const struct comm *comm, const struct box *box, int n_nodes,
                 const struct cluster_node *nodes, int64_t n_bonds, const struct cluster_bond *bonds,
                 int n_levels, const int *least, int32_t *const *label,
                 struct cluster_sizes *sizes) MUST_CHECK;

#endif
