/* voronoi - cells cut by neighbours in order of distance until no farther atom can reach them.
 *
 * A plane of neighbour j lies at (d^2 + R_i^2 - R_j^2) / 2d from atom i (R = 0: plain), so with c = max(0,
 * R_max^2 - R_i^2) no atom farther than D(r) = r + sqrt(r^2 + c) can cut a cell whose farthest vertex is at
 * r. Neighbours are cut in order (distance, id, vector), the same on any number of ranks, and cutting stops
 * at D: the cell is then complete, proved from the ghosts at hand. Cells not complete wait for a wider halo;
 * at D(surface) those left reach farther than `surface`: what is beyond could only shorten vertices that stay
 * beyond, so they are open, whatever lies farther out.
 *
 * Rejected: Voro++'s containers (see voro_shim.cc); Delaunay dual (faster without volumes, but areas are
 * needed for the filter). Cost: about 30 planes tried for 14 faces, 80,000 cells a second. */
#include "analysis/structure/voronoi.h"
#include "analysis/space.h"
#include "analysis/structure/voro_shim.h"
#include "base/mem.h"

#include <math.h>
#include <string.h>

#define TOO_CLOSE 0.01 /* A: the same atom twice */
#define CHECK_AFTER 14 /* planes before the farthest vertex is first looked at */
#define BUCKETS 32
#define NEAR 0.7 /* of the limit: what is searched first */

double voronoi_surface(const struct species *species) {
    double largest = 0;
    for (int s = 0; s < species->n; s++) largest = fmax(largest, species->radius[s]);
    return 3.5 * largest;
}

void voronoi_radii(const struct species *species, struct voronoi_options *options) {
    options->radical = true;
    memcpy(options->radius, species->radius, sizeof options->radius);
}

/* **Local.** Farthest atom that can cut a cell reaching r. */
static double last_cutter(double r, double c) {
    return r + sqrt(r * r + c);
}

struct worker {
    const struct voronoi_options *options;
    const struct space *space;
    struct voro_shim *shim;
    struct space_near *near, *sorted;
    int64_t capacity, capacity_sorted;
    double radius2_max;
    int *order; /* edges that count, of the faces of one cell */
    int n_order;
};

static int earlier(const struct space_near *a, const struct space_near *b, const int64_t *id) {
    if (a->d2 != b->d2) return a->d2 < b->d2;
    if (id[a->row] != id[b->row]) return id[a->row] < id[b->row];
    for (int k = 0; k < 3; k++)
        if (a->d[k] != b->d[k]) return a->d[k] < b->d[k];
    return 0;
}

/* **Local.** Sort by (distance, id, vector): equal shares of d^2 into buckets, then insertion. */
static int sort_near(struct worker *w, int64_t n, double from, double to) {
    if (n > w->capacity_sorted) {
        mem_free(&w->sorted);
        TRY(MEM_NEW(w->sorted, 2 * n));
        w->capacity_sorted = 2 * n;
    }
    int64_t at[BUCKETS + 1] = {0};
    double least = from * from, scale = BUCKETS / (to * to - least);
    for (int64_t k = 0; k < n; k++) {
        int b = (int)((w->near[k].d2 - least) * scale);
        at[(b < BUCKETS ? b : BUCKETS - 1) + 1]++;
    }
    for (int b = 0; b < BUCKETS; b++) at[b + 1] += at[b];
    for (int64_t k = 0; k < n; k++) {
        int b = (int)((w->near[k].d2 - least) * scale);
        w->sorted[at[b < BUCKETS ? b : BUCKETS - 1]++] = w->near[k];
    }
    const int64_t *id = w->space->frame->id;
    for (int64_t k = 1; k < n; k++) {
        struct space_near one = w->sorted[k];
        int64_t m = k;
        for (; m > 0 && earlier(&one, &w->sorted[m - 1], id); m--) w->sorted[m] = w->sorted[m - 1];
        w->sorted[m] = one;
    }
    return ERR_OK;
}

/* **Local.** Edges of each face that are long enough by the filter's rule. */
static void count_edges(const struct voronoi_options *o, const struct voro_shim_measure *m, int *order) {
    const double *edge = m->edge;
    for (int f = 0; f < m->n_faces; edge += m->order[f++]) {
        double least = o->min_edge, around = 0;
        if (o->filter == VORONOI_FILTER_PYSCAL) {
            for (int k = 0; k < m->order[f]; k++) around += edge[k];
            least = o->min_edge_fraction * around;
        }
        bool equal = o->filter == VORONOI_FILTER_EDGE || o->filter == VORONOI_FILTER_OVITO ||
                     (o->filter == VORONOI_FILTER_LAMMPS && least == 0); /* its 0 means no threshold */
        order[f] = 0;
        for (int k = 0; k < m->order[f]; k++) order[f] += equal ? edge[k] >= least : edge[k] > least;
    }
}

/* **Local.** Whether a face is large enough by the filter's rule. */
static bool large(const struct voronoi_options *o, double area, double all) {
    switch (o->filter) {
    case VORONOI_FILTER_AREA_FRACTION:
        return area >= o->min_area_fraction * all;
    case VORONOI_FILTER_OVITO:
        return area > fmax(o->min_area, o->min_area_fraction * all);
    case VORONOI_FILTER_PYSCAL:
        return area > o->min_area_fraction * all;
    case VORONOI_FILTER_LAMMPS:
        return area > o->min_area;
    default:
        return true;
    }
}

static const int wanted[] = {[VORONOI_FILTER_NONE] = 0,
                             [VORONOI_FILTER_AREA_FRACTION] = VORO_SHIM_AREAS,
                             [VORONOI_FILTER_EDGE] = VORO_SHIM_EDGES,
                             [VORONOI_FILTER_OVITO] = VORO_SHIM_AREAS | VORO_SHIM_EDGES,
                             [VORONOI_FILTER_PYSCAL] = VORO_SHIM_AREAS | VORO_SHIM_EDGES,
                             [VORONOI_FILTER_LAMMPS] = VORO_SHIM_AREAS | VORO_SHIM_EDGES};

/* **Local.** Set w->order and the coordination by the filter. */
static void filter_faces(struct worker *w, const struct voro_shim_measure *m, struct voronoi_cell *cell) {
    const struct voronoi_options *o = w->options;
    int *order = w->order, want = wanted[o->filter], n_large = 0;
    double all = 0;
    memcpy(order, m->order, sizeof *order * (size_t)m->n_faces);
    if (want & VORO_SHIM_EDGES) count_edges(o, m, order);
    for (int f = 0; f < m->n_faces && want & VORO_SHIM_AREAS; f++) all += m->area[f];
    for (int f = 0; f < m->n_faces; f++) {
        bool keep = !(want & VORO_SHIM_AREAS) || large(o, m->area[f], all);
        n_large += keep;
        if (order[f] < 3 || (!keep && o->filter != VORONOI_FILTER_LAMMPS)) order[f] = 0;
        cell->coordination += order[f] > 0;
    }
    if (o->filter == VORONOI_FILTER_PYSCAL) cell->coordination = (int16_t)m->n_faces;
    if (o->filter == VORONOI_FILTER_LAMMPS) cell->coordination = (int16_t)n_large;
}

/* **Local.** Volume and filtered index of the finished cell of local atom i. */
static int take_cell(struct worker *w, int i, struct voronoi_cell *cell) {
    const struct voronoi_options *o = w->options;
    const struct frame *frame = w->space->frame;
    struct voro_shim_measure m;
    int want = wanted[o->filter] | (o->visit && o->areas ? VORO_SHIM_AREAS : 0);
    if (voro_shim_take(w->shim, want, &m)) FAIL(ERR_MEMORY, "no memory for a Voronoi cell");
    if (m.n_faces > INT16_MAX) FAIL(ERR_PHYSICS, "a Voronoi cell has %d faces", m.n_faces);
    if (m.n_faces > w->n_order) {
        mem_free(&w->order);
        TRY(MEM_NEW(w->order, 2 * m.n_faces));
        w->n_order = 2 * m.n_faces;
    }
    *cell = (struct voronoi_cell){.volume = m.volume, .faces = (int16_t)m.n_faces, .flag = VORONOI_CLOSED};
    filter_faces(w, &m, cell);
    for (int f = 0; f < m.n_faces; f++) {
        int edges = w->order[f];
        if (edges >= 3 && edges <= 6) cell->n[edges - 3]++;
        cell->beyond += edges > 6;
        cell->self |= frame->id[m.neighbour[f]] == frame->id[i];
    }
    if (!o->visit) return ERR_OK;
    return o->visit(o->user, frame, i, cell,
                    &(struct voronoi_faces){m.n_faces, m.neighbour, w->order, m.area});
}

/* Where a cell stands. */
struct progress {
    double ri, c;  /* the atom's radius; see last_cutter */
    double reach;  /* farthest vertex */
    int64_t tried; /* planes */
    bool complete, empty;
};

/* **Local.** Go on with the cell of local atom i: atoms at distances within [from, to). */
static int cut_shell(struct worker *w, int i, double from, double to, struct progress *p) {
    const struct frame *frame = w->space->frame;
    const struct voronoi_options *o = w->options;
    int64_t n = 0, m = 0;
    TRY(space_near(w->space, i, to, &w->near, &w->capacity, &n));
    for (int64_t k = 0; k < n && from > 0; k++)
        if (w->near[k].d2 >= from * from) w->near[m++] = w->near[k];
    if (from > 0) n = m;
    TRY(sort_near(w, n, from, to));
    for (int64_t k = 0; k < n; k++, p->tried++) {
        const struct space_near *j = &w->sorted[k];
        if (j->d2 < TOO_CLOSE * TOO_CLOSE)
            FAIL(ERR_INPUT, "atoms %lld and %lld are %.3g apart, closer than 0.01; remove one of them",
                 (long long)frame->id[i], (long long)frame->id[j->row], sqrt(j->d2));
        if (p->tried >= CHECK_AFTER && p->tried % 2 == 0) {
            p->reach = sqrt(voro_shim_reach2(w->shim));
            p->complete = sqrt(j->d2) > last_cutter(p->reach, p->c);
            if (p->complete) return ERR_OK;
        }
        double rj = o->radical ? o->radius[frame->type[j->row]] : 0;
        int left = voro_shim_cut(w->shim, j->d, j->d2 + p->ri * p->ri - rj * rj, j->row);
        if (left < 0) FAIL(ERR_MEMORY, "no memory for a Voronoi cell");
        p->empty = !left;
        if (p->empty) return ERR_OK;
    }
    p->reach = sqrt(voro_shim_reach2(w->shim));
    p->complete = last_cutter(p->reach, p->c) <= to;
    return ERR_OK;
}

/* **Local.** Cell of local atom i from what lies within `limit`; *done = 0 when a wider halo is needed. Most
 * cells need half of that: the near half is searched first. At the last limit what is not complete is open.
 */
static int one_cell(struct worker *w, int i, double limit, bool last, struct voronoi_cell *cell,
                    uint8_t *done) {
    const struct voronoi_options *o = w->options;
    double near = NEAR * limit;
    struct progress p = {.reach = 2 * sqrt(3) * o->surface};
    p.ri = o->radical ? o->radius[w->space->frame->type[i]] : 0;
    p.c = fmax(0, w->radius2_max - p.ri * p.ri);
    voro_shim_begin(w->shim, 2 * o->surface);
    TRY(cut_shell(w, i, 0, near, &p));
    if (!p.complete && !p.empty) TRY(cut_shell(w, i, near, limit, &p));
    *done = p.complete || p.empty || last;
    if (p.empty) *cell = (struct voronoi_cell){.flag = VORONOI_NONE};
    else if (*done && p.reach > o->surface)
        *cell = (struct voronoi_cell){.volume = NAN, .flag = VORONOI_OPEN};
    else if (*done) return take_cell(w, i, cell);
    return ERR_OK;
}

static int check_options(const struct frame *frame, const struct voronoi_options *o) {
    for (int s = 0; o->radical && s < frame->species.n; s++)
        if (!(o->radius[s] > 0) || !isfinite(o->radius[s]))
            FAIL(ERR_INPUT,
                 "no radius is known for species %s; name its element, or in the pass voronoi give it: "
                 "radii: {%s: ...}, or "
                 "tessellation: plain",
                 frame->species.name[s], frame->species.name[s]);
    for (int i = 0; i < frame->n; i++)
        for (int a = 0; a < 3; a++)
            if (!isfinite(frame->x[i][a]))
                FAIL(ERR_INPUT, "atom %lld has a position that is not a number", (long long)frame->id[i]);
    return ERR_OK;
}

/* **Local.** One round: cells not done yet, from ghosts within `limit`. */
static int round_of_cells(struct worker *w, double limit, bool last, struct voronoi_cell *cells,
                          uint8_t *done, int64_t *n_left) {
    *n_left = 0;
    for (int i = 0; i < w->space->frame->n; i++) {
        if (done[i]) continue;
        TRY(one_cell(w, i, limit, last, &cells[i], &done[i]));
        *n_left += !done[i];
    }
    return ERR_OK;
}

int voronoi_compute(const struct comm *comm, struct frame *frame, const struct voronoi_options *options,
                    struct voronoi_cell **cells) {
    static const double share[] = {0.62, 0.8, 1.0}; /* of `surface`: halos tried */
    struct space space = {0};
    struct worker w = {.options = options, .space = &space};
    uint8_t *done = NULL;
    int e = ERR_OK;
    *cells = NULL;
    TRY_ALL(comm, check_options(frame, options));
    TRY(space_open(comm, &space, frame));
    double small = INFINITY;
    for (int s = 0; options->radical && s < frame->species.n; s++) {
        w.radius2_max = fmax(w.radius2_max, options->radius[s] * options->radius[s]);
        small = fmin(small, options->radius[s] * options->radius[s]);
    }
    double c = options->radical ? w.radius2_max - small : 0;
    TRY_ALL_TO(comm, out, voro_shim_create(&w.shim) ? ERR_MEMORY : ERR_OK);
    TRY_ALL_TO(comm, out, MEM_NEW(*cells, frame->n));
    TRY_ALL_TO(comm, out, MEM_NEW(done, frame->n));
    for (int k = 0; k < 3; k++) {
        double limit = last_cutter(share[k] * options->surface, c);
        int64_t left = 0;
        TRY_TO(out, space_reach(&space, comm, limit, 3));
        TRY_ALL_TO(comm, out, round_of_cells(&w, limit, k == 2, *cells, done, &left));
        comm_sum_i64(comm, &left, 1);
        if (!left) break;
    }
out:
    voro_shim_destroy(&w.shim);
    mem_free(&w.near);
    mem_free(&w.sorted);
    mem_free(&w.order);
    mem_free(&done);
    space_close(&space);
    if (e) mem_free(cells);
    return e;
}
