/* build_lattice - crystals (fcc, bcc, sc, hcp, b2, l12, c15) and random alloys on lattice sites with exact
 * counts. */
#ifndef ATOMS_BUILD_LATTICE_H
#define ATOMS_BUILD_LATTICE_H

#include "atoms/build.h"

extern const struct build_kind build_lattice_crystal;
extern const struct build_kind build_lattice_alloy;

struct build_lattice_cell {
    const char *name;
    int n_sites, n_sublattices;
    double edge[3];          /* in units of a (hcp: third in units of c) */
    const double (*site)[3]; /* fractions of the edges */
    const int *sublattice;   /* of each site */
};
/* Local. The orthogonal unit cell of a structure; NULL for an unknown name. */
const struct build_lattice_cell *build_lattice_find(const char *name);
/* Local. One of 0 .. n-1 for each k of 0 .. n-1, without repetition: a shuffle that needs no memory. */
uint64_t build_lattice_shuffled(uint64_t seed, uint64_t k, uint64_t n);
/* Collective. A block of cells[0] x cells[1] x cells[2] unit cells, a (A), c/a for hcp; species by
 * sublattice; the ids run along z fastest; ranks hold equal shares of ids. Tests and builders use it without
 * a deck. */
int build_lattice_block(const struct comm *comm, const struct build_lattice_cell *cell,
                        const int64_t cells[3], double a, double c_over_a, const int *species_of_sublattice,
                        struct frame *frame) MUST_CHECK;

#endif
