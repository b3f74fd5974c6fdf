/* voronoi_pass - the pass `voronoi`: cells of all atoms, how frequent their indices and classes are,
 * densities of clusters, networks of icosahedra.
 *
 * Tables `index` (species, <n3,n4,n5,n6>, count, fraction of the species' counted cells), `cells` (per
 * species: counted, open, empty; means), `classes` (shares, volumes, densities of the classes of classes.h),
 * `network` and `network_sizes` (clusters of linked polyhedra in each frame). Per atom and frame under
 * /analysis/LABEL: volume, coordination, index (n3 to n6), beyond, faces, flag, class, density, network;
 * NAME[.LABEL].voronoi.xyz. docs/structure.md teaches them. */
#ifndef ANALYSIS_STRUCTURE_VORONOI_PASS_H
#define ANALYSIS_STRUCTURE_VORONOI_PASS_H

#include "analysis/pass.h"

extern const struct pass_kind voronoi_pass;
extern const struct deck_row voronoi_pass_rows[];

#endif
