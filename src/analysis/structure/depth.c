/* depth - marks of all ranks on every rank, in buckets about as wide as marks are apart; shells of buckets
 * are searched outwards until none farther can be nearer. Surfaces are few atoms beside the whole. */
#include "analysis/structure/depth.h"
#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct grid {
    const struct box *box;
    double lo[3], width[3];
    int n[3];
    int64_t *start;          /* [cells + 1] */
    struct depth_mark *mark; /* by cell */
    int64_t n_marks;
};

static int64_t cell_of(const struct grid *g, const double x[3], int k[3]) {
    for (int a = 0; a < 3; a++) {
        double s = floor((x[a] - g->lo[a]) / g->width[a]);
        k[a] = s < 0 ? 0 : s >= g->n[a] ? g->n[a] - 1 : (int)s;
    }
    return ((int64_t)k[0] * g->n[1] + k[1]) * g->n[2] + k[2];
}

/* The box along periodic axes, the extent of marks along open ones. */
static int make_grid(const struct box *box, int64_t n, const struct depth_mark *mark, struct grid *g) {
    double hi[3], volume = 1;
    *g = (struct grid){.box = box, .n_marks = n};
    for (int a = 0; a < 3; a++) {
        g->lo[a] = box->periodic[a] ? box->lo[a] : INFINITY;
        hi[a] = box->periodic[a] ? box->lo[a] + box->len[a] : -INFINITY;
        for (int64_t k = 0; k < n && !box->periodic[a]; k++) {
            g->lo[a] = fmin(g->lo[a], mark[k].x[a]);
            hi[a] = fmax(hi[a], mark[k].x[a]);
        }
        volume *= fmax(hi[a] - g->lo[a], 1);
    }
    double width = fmax(cbrt(2 * volume / (double)n), 1e-3);
    for (int a = 0; a < 3; a++) {
        g->n[a] = (int)fmax(1, fmin(512, floor((hi[a] - g->lo[a]) / width)));
        g->width[a] = fmax(hi[a] - g->lo[a], 1e-3) / g->n[a];
    }
    int64_t cells = (int64_t)g->n[0] * g->n[1] * g->n[2];
    int k[3];
    TRY(MEM_NEW(g->start, cells + 2));
    TRY(MEM_NEW(g->mark, n));
    for (int64_t m = 0; m < n; m++) g->start[cell_of(g, mark[m].x, k) + 2]++;
    for (int64_t c = 0; c < cells; c++) g->start[c + 2] += g->start[c + 1];
    for (int64_t m = 0; m < n; m++) g->mark[g->start[cell_of(g, mark[m].x, k) + 1]++] = mark[m];
    return ERR_OK;
}

static double in_cell(const struct grid *g, int64_t cell, const struct depth_mark *p, double best2) {
    for (int64_t m = g->start[cell]; m < g->start[cell + 1]; m++) {
        const double *x = g->mark[m].x;
        double d[3] = {x[0] - p->x[0], x[1] - p->x[1], x[2] - p->x[2]};
        if (g->mark[m].group == p->group) continue;
        box_nearest(g->box, d);
        best2 = fmin(best2, d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
    }
    return best2;
}

/* Index of a bucket along one axis; -1: outside, or met already on the other way around. */
static int bucket(const struct grid *g, int a, int at, int step) {
    int k = at + step, n = g->n[a];
    if (!g->box->periodic[a]) return k < 0 || k >= n ? -1 : k;
    if (step < -((n - 1) / 2) || step > n / 2) return -1;
    return ((k % n) + n) % n;
}

static double nearest(const struct grid *g, const struct depth_mark *p) {
    const double *x = p->x;
    int at[3], most = g->n[0] + g->n[1] + g->n[2];
    double best2 = INFINITY, least = fmin(g->width[0], fmin(g->width[1], g->width[2]));
    double outside2 = 0; /* of the grid, along open axes */
    cell_of(g, x, at);
    for (int a = 0; a < 3; a++) {
        double d = fmax(0, fmax(g->lo[a] - x[a], x[a] - g->lo[a] - g->n[a] * g->width[a]));
        if (!g->box->periodic[a]) outside2 += d * d;
    }
    for (int shell = 0; shell <= most; shell++) {
        double inner = fmax(0, shell - 1) * least;
        if (best2 < inner * inner + outside2) break;
        for (int i = -shell; i <= shell; i++)
            for (int j = -shell; j <= shell; j++) {
                bool face = abs(i) == shell || abs(j) == shell;
                for (int k = -shell; k <= shell; k += face || shell == 0 ? 1 : 2 * shell) {
                    int cx = bucket(g, 0, at[0], i), cy = bucket(g, 1, at[1], j), cz = bucket(g, 2, at[2], k);
                    if (cx < 0 || cy < 0 || cz < 0) continue;
                    best2 = in_cell(g, ((int64_t)cx * g->n[1] + cy) * g->n[2] + cz, p, best2);
                }
            }
    }
    return sqrt(best2);
}

/* **Collective.** All ranks' marks on every rank, in the order of ranks. */
static int share_marks(const struct comm *comm, int64_t m, const struct depth_mark *mark,
                       struct depth_mark **all, int64_t *n) {
    int64_t *count = NULL;
    int e = ERR_OK;
    TRY_ALL_TO(comm, out, MEM_NEW(count, comm->size));
    count[0] = m;
    TRY_TO(out, comm_exchange(comm, mark, count, sizeof *mark, all, n));
    comm_bcast(comm, n, sizeof *n);
    if (comm->rank > 0) mem_free(all);
    TRY_ALL_TO(comm, out, comm->rank > 0 ? MEM_NEW(*all, *n) : ERR_OK);
    comm_bcast(comm, *all, sizeof **all * (size_t)*n);
out:
    mem_free(&count);
    return e;
}

int depth_nearest(const struct comm *comm, const struct box *box, int64_t m, const struct depth_mark *mark,
                  int64_t n, const struct depth_mark *point, double *distance) {
    struct depth_mark *all = NULL;
    struct grid g = {0};
    int64_t n_all = 0;
    int e = ERR_OK;
    TRY_TO(out, share_marks(comm, m, mark, &all, &n_all));
    if (n_all) TRY_ALL_TO(comm, out, make_grid(box, n_all, all, &g));
    for (int64_t k = 0; k < n; k++) distance[k] = n_all ? nearest(&g, &point[k]) : INFINITY;
out:
    mem_free(&all);
    mem_free(&g.start);
    mem_free(&g.mark);
    return e;
}

int depth_compute(const struct comm *comm, const struct frame *frame, const struct voronoi_cell *cells,
                  double **depth, int64_t *n_surface) {
    struct depth_mark *mark = NULL, *point = NULL;
    int64_t m = 0;
    int e = ERR_OK;
    *depth = NULL;
    TRY_ALL_TO(comm, out, MEM_NEW(mark, frame->n));
    TRY_ALL_TO(comm, out, MEM_NEW(point, frame->n));
    TRY_ALL_TO(comm, out, MEM_NEW(*depth, frame->n));
    for (int i = 0; i < frame->n; i++) {
        point[i] = (struct depth_mark){{frame->x[i][0], frame->x[i][1], frame->x[i][2]}, 0};
        if (cells[i].flag != VORONOI_OPEN) continue;
        mark[m] = point[i];
        mark[m++].group = 1;
    }
    TRY_TO(out, depth_nearest(comm, &frame->box, m, mark, frame->n, point, *depth));
    *n_surface = m;
    comm_sum_i64(comm, n_surface, 1);
out:
    mem_free(&mark);
    mem_free(&point);
    if (e) mem_free(depth);
    return e;
}
