/* space - the atoms of one frame spread over ranks by place, with as many ghosts as a pass asks for.
 *
 * A pass that looks at neighbourhoods opens the frame (bricks of nearly equal numbers of atoms, each atom on
 * the rank whose brick holds it), asks for ghosts within a range, and may ask for more later. Rows of
 * neighbours come from cells. Vectors between an atom and a ghost have the same bits on any number of ranks.
 * Lengths in A. */
#ifndef ANALYSIS_SPACE_H
#define ANALYSIS_SPACE_H

#include "atoms/cells.h"
#include "atoms/domain.h"
#include "atoms/halo.h"

struct space {
    struct frame *frame; /* the caller's */
    struct domain domain;
    struct halo *halo;
    struct cells cells;
    double range; /* ghosts reach this far */
};

/* Collective. Spread the frame's atoms by place. The frame stays the caller's and must outlive the space. */
int space_open(const struct comm *comm, struct space *space, struct frame *frame) MUST_CHECK;
/* Local. Free everything but the frame; accepts a zeroed struct. */
void space_close(struct space *space);
/* Collective. Ghosts of everything within `range` of this rank's atoms, and cells over atoms and ghosts that
 * are range / fineness wide. */
int space_reach(struct space *space, const struct comm *comm, double range, int fineness) MUST_CHECK;

struct space_near {
    int row;
    double d2, d[3]; /* d = x_row - x_i, d2 its square */
};
/* Local. The rows (not i itself) closer than `limit` <= space->range to local atom i, in the order of the
 * cells. *near has room for *capacity entries and grows; *n of them are set. */
int space_near(const struct space *space, int i, double limit, struct space_near **near, int64_t *capacity,
               int64_t *n) MUST_CHECK;

#endif
