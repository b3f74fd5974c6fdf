/* build_cluster - one cluster of known order: alone in vacuum, or put into a glass in place of its atoms.
 *
 * Motifs in frames of their own (lengths in bonds): icosahedron with vertices (0, 1, g) and permutations, g
 * the golden mean (five-fold axes [0, 1, g], three-fold [1, 1, 1], two-fold [0, 0, 1]), grown by Mackay
 * shells; bcc and fcc with cubic axes; Frank-Kasper Z14, Z15, Z16; and stretched bcc with Voronoi index
 * <0,4,4,5>. A cluster can also be cut out of a file around one atom. */
#ifndef ATOMS_BUILD_CLUSTER_H
#define ATOMS_BUILD_CLUSTER_H

#include "atoms/build.h"

extern const struct build_kind build_cluster_kind;

/* Local. Sites of a motif around its centre, nearest distance 1 (0445: mean of the nearest
 * eight), the centre first; by mem, *n of them.
 * ERR_DECK: no such motif, or shells > 1 for one that has a single shell. */
int build_cluster_sites(const char *motif, int shells, double (**sites)[3], int *n) MUST_CHECK;
/* Local. Turn the sites so that `axis` of the motif's frame points along z, then by `spin` (rad) about z. */
void build_cluster_turn(double (*sites)[3], int n, const double axis[3], double spin);

#endif
