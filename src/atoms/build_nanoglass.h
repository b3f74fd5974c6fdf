/* build_nanoglass - a columnar nanoglass: columns along z, cut from one glass, turned and shifted against
 * each other, in a box that is periodic along all axes.
 *
 * Between neighbouring columns a gap is left; an MD stage under pressure closes it and relaxes the interfaces
 * (ritter2011). Each atom's group is its column, k = 1, 2, ...; -k marks atoms within `interface` of the wall
 * of their column. Lengths in A. */
#ifndef ATOMS_BUILD_NANOGLASS_H
#define ATOMS_BUILD_NANOGLASS_H

#include "atoms/build.h"

extern const struct build_kind build_nanoglass_kind;

struct build_nanoglass_columns {
    int n;             /* columns */
    double edge[2];    /* of the box, A */
    double (*seed)[2]; /* [n] axes of the columns, A from the corner of the box */
};
/* Local. Axes of across[0] x across[1] columns of the given diameter (regular: hexagons of that width;
 * otherwise Voronoi cells of as many random seeds on the same area). seed by mem. */
int build_nanoglass_plan(bool regular, double diameter, const int across[2], uint64_t seed,
                         struct build_nanoglass_columns *columns) MUST_CHECK;
/* Local. Column of a place (periodic), 0-based, and its distance to the column's wall, A. */
int build_nanoglass_column(const struct build_nanoglass_columns *columns, const double x[2], double *wall);

#endif
