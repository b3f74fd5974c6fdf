/* interface_map - counts of atoms under discs: whole numbers, the same on any number of ranks. Periodic axes
 * wrap. */
#include "analysis/microscope/interface_map.h"
#include "base/mem.h"

#include <math.h>

struct counts {
    const struct interface_map_grid *g;
    double edge[2], radius; /* edge: period, 0 where there is none */
    int64_t *all, *marked;
};

/* **Local.** Positions along one axis within the radius of u (shifted by a period); [first, last]. */
static void reach(const struct counts *c, int a, double u, int *first, int *last) {
    double lo = (u - c->radius - c->g->from[a]) / c->g->step[a],
           hi = (u + c->radius - c->g->from[a]) / c->g->step[a];
    int n = a ? c->g->ny : c->g->nx;
    *first = (int)fmax(0, ceil(fmin(lo, hi)));
    *last = (int)fmin(n - 1, floor(fmax(lo, hi)));
}

static void count_image(const struct counts *c, double x, double y, bool marked) {
    int x0, x1, y0, y1;
    reach(c, 0, x, &x0, &x1);
    reach(c, 1, y, &y0, &y1);
    for (int j = y0; j <= y1; j++)
        for (int i = x0; i <= x1; i++) {
            double dx = c->g->from[0] + i * c->g->step[0] - x, dy = c->g->from[1] + j * c->g->step[1] - y;
            if (dx * dx + dy * dy > c->radius * c->radius) continue;
            c->all[(int64_t)j * c->g->nx + i]++;
            c->marked[(int64_t)j * c->g->nx + i] += marked;
        }
}

static void count_atom(const struct counts *c, const double at[2], bool marked) {
    for (int m = -1; m <= 1; m++)
        for (int k = -1; k <= 1; k++) {
            if ((m && !(c->edge[0] > 0)) || (k && !(c->edge[1] > 0))) continue;
            count_image(c, at[0] + m * c->edge[0], at[1] + k * c->edge[1], marked);
        }
}

int interface_map_make(const struct comm *comm, const struct frame *frame, int beam,
                       const struct interface_map_grid *grid, double radius, double *map) {
    const int axis[2] = {(beam + 1) % 3, (beam + 2) % 3};
    int64_t n = (int64_t)grid->nx * grid->ny;
    struct counts c = {.g = grid, .radius = radius};
    if (!frame_grouped(comm, frame))
        FAIL(ERR_INPUT,
             "the atoms have no groups, so there are no interfaces; build: {kind: nanoglass} makes them");
    int e = MEM_NEW(c.all, n);
    if (!e) e = MEM_NEW(c.marked, n);
    e = err_agree(comm, e);
    for (int a = 0; a < 2; a++) c.edge[a] = frame->box.periodic[axis[a]] ? frame->box.len[axis[a]] : 0;
    for (int i = 0; i < frame->n && !e; i++) {
        double x[3] = {frame->x[i][0], frame->x[i][1], frame->x[i][2]};
        int image[3];
        box_wrap(&frame->box, x, image);
        double at[2] = {x[axis[0]] - frame->box.lo[axis[0]], x[axis[1]] - frame->box.lo[axis[1]]};
        count_atom(&c, at, frame->group[i] < 0);
    }
    for (int64_t i = 0; i < n && !e; i += 1 << 24) {
        int part = (int)(n - i < 1 << 24 ? n - i : 1 << 24);
        comm_sum_i64(comm, c.all + i, part);
        comm_sum_i64(comm, c.marked + i, part);
    }
    for (int64_t i = 0; i < n && !e; i++) map[i] = c.all[i] ? (double)c.marked[i] / (double)c.all[i] : 0;
    mem_free(&c.all);
    mem_free(&c.marked);
    return e;
}
