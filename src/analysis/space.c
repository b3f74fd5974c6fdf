/* space - domain, halo and cells in one hand.
 *
 * A search looks at whole columns of cells along z, whose rows are contiguous. Cells half or a third as wide
 * as the range waste less than cells as wide as it (searched volume 27 range^3 at fineness 1, 15.6 at 2, 12.7
 * at 3; the sphere itself has 4.2). Rejected: neighbour lists kept for all atoms (a pass looks at each
 * neighbourhood once). */
#include "analysis/space.h"
#include "base/mem.h"

#include <string.h>

int space_open(const struct comm *comm, struct space *space, struct frame *frame) {
    memset(space, 0, sizeof *space);
    space->frame = frame;
    domain_init(&space->domain);
    cells_init(&space->cells);
    int e = halo_create(comm, &space->halo);
    if (!e) e = domain_cut(comm, &space->domain, frame, NULL);
    if (!e) e = domain_migrate(comm, &space->domain, frame);
    if (e) space_close(space);
    return e;
}

void space_close(struct space *space) {
    if (!space->frame) return;
    domain_destroy(&space->domain);
    cells_destroy(&space->cells);
    halo_destroy(&space->halo);
    space->frame->n_ghost = 0;
    memset(space, 0, sizeof *space);
}

int space_reach(struct space *space, const struct comm *comm, double range, int fineness) {
    TRY(halo_build(space->halo, &space->domain, space->frame, range));
    TRY_ALL(comm, cells_build(&space->cells, space->frame, range / fineness));
    space->range = range;
    for (int a = 0; a < 3; a++) space->around[a] = (int)ceil(range / space->cells.width[a]);
    return ERR_OK;
}

int space_near(const struct space *space, int i, double limit, struct space_near **near, int64_t *capacity,
               int64_t *n) {
    const struct cells *c = &space->cells;
    double(*x)[4] = space->frame->x, limit2 = limit * limit;
    const double *xi = x[i];
    int lo[3], hi[3];
    int64_t cell = cells_of(c, xi);
    int at[3] = {(int)(cell / c->n[2] / c->n[1]), (int)(cell / c->n[2] % c->n[1]), (int)(cell % c->n[2])};
    for (int a = 0; a < 3; a++) {
        lo[a] = at[a] - space->around[a] < 0 ? 0 : at[a] - space->around[a];
        hi[a] = at[a] + space->around[a] >= c->n[a] ? c->n[a] - 1 : at[a] + space->around[a];
    }
    *n = 0;
    for (int cx = lo[0]; cx <= hi[0]; cx++)
        for (int cy = lo[1]; cy <= hi[1]; cy++) {
            int64_t column = ((int64_t)cx * c->n[1] + cy) * c->n[2];
            int64_t first = c->start[column + lo[2]], end = c->start[column + hi[2] + 1];
            if (*n + end - first > *capacity) {
                int64_t more = 2 * (*n + end - first);
                TRY(MEM_GROW(*near, *capacity, more));
                *capacity = more;
            }
            struct space_near *out = *near + *n;
            for (int64_t k = first; k < end; k++) {
                int j = c->row[k];
                double dx = x[j][0] - xi[0], dy = x[j][1] - xi[1], dz = x[j][2] - xi[2];
                double d2 = dx * dx + dy * dy + dz * dz;
                if (d2 >= limit2 || j == i) continue;
                *out++ = (struct space_near){j, d2, {dx, dy, dz}};
            }
            *n = out - *near;
        }
    return ERR_OK;
}
