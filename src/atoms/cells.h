/* cells - linked cells over local atoms and ghosts, on one grid that all ranks share.
 *
 * The grid is anchored to the corner of the box (the last cells may stick out: images of atoms are atoms like
 * others), so that the cell of an atom, and the order of atoms inside it (by id), do not depend on the
 * decomposition. Only the cells over this rank's atoms and ghosts are stored: vacuum costs nothing. */
#ifndef ATOMS_CELLS_H
#define ATOMS_CELLS_H

#include "atoms/frame.h"

struct cells {
    double anchor[3];       /* corner of global cell (0,0,0), A */
    double lo[3], width[3]; /* corner of stored cell (0,0,0); cell edge, A */
    double inv[3];          /* 1 / width */
    int n[3];               /* stored cells per axis; index = (cx * n[1] + cy) * n[2] + cz */
    int64_t origin[3];      /* global index of stored cell (0,0,0) */
    int64_t *start;         /* [n0*n1*n2 + 1]: atoms of cell c are row[start[c]] .. row[start[c+1]-1] */
    int *row;               /* rows of the frame (local and ghost), by cell, then by id, then by position */
    int *cell;              /* scratch: cell of each row */
    int64_t n_cells, capacity_cells, capacity_rows;
};

/* Local. Zero the struct; free its arrays. */
void cells_init(struct cells *cells);
void cells_destroy(struct cells *cells);
/* Local. Bin all rows [0, n + n_ghost) into cells at least min_width wide.
 */
int cells_build(struct cells *cells, const struct frame *frame, double min_width) MUST_CHECK;
/* Local. Global index along one axis of a coordinate. */
static inline int64_t cells_index(const struct cells *c, int axis, double x) {
    double s = (x - c->anchor[axis]) * c->inv[axis];
    int64_t k = (int64_t)s;
    return k - (s < (double)k);
}
/* Local. Cell of a position, clamped to the stored range. */
static inline int64_t cells_of(const struct cells *c, const double x[3]) {
    int64_t k[3];
    for (int a = 0; a < 3; a++) {
        int64_t s = cells_index(c, a, x[a]) - c->origin[a];
        k[a] = s < 0 ? 0 : s >= c->n[a] ? c->n[a] - 1 : s;
    }
    return (k[0] * c->n[1] + k[1]) * c->n[2] + k[2];
}
/* Local. Reorder the local atoms of a frame without ghosts along the cells (then by id): neighbours in space
 * become neighbours in memory. */
int cells_sort(struct cells *cells, struct frame *frame, double min_width) MUST_CHECK;

#endif
