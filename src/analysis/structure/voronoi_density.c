/* voronoi_density - mass over volume of an atom and its neighbours: the density of a cluster, not of a cell
 * (a small atom's own cell is always dense).
 *
 * Neighbours are kept by id while cells are made; their volumes, known only when all cells are, are fetched
 * by id. Also keeps the atoms of polyhedra for the network. */
#include "analysis/structure/fetch.h"
#include "analysis/structure/voronoi_state.h"
#include "base/mem.h"

#include <math.h>
#include <string.h>

static int more_ids(struct voronoi_state_lists *l, int n) {
    if (l->n + n <= l->capacity) return ERR_OK;
    int64_t more = l->capacity + l->capacity / 2 + 16 * n;
    TRY(MEM_GROW(l->id, l->n, more));
    l->capacity = more;
    return ERR_OK;
}

static int keep_polyhedron(struct voronoi_state_lists *l, const struct frame *frame, int i,
                           const struct voronoi_faces *faces) {
    if (l->n_member + faces->n + 1 > l->capacity_member) {
        int64_t more = l->capacity_member + l->capacity_member / 2 + 64 * (faces->n + 1);
        TRY(MEM_GROW(l->member, l->n_member, more));
        l->capacity_member = more;
    }
    l->member[l->n_member++] = (struct network_member){frame->id[i], i, {0}};
    for (int f = 0; f < faces->n; f++) {
        struct network_member m = {frame->id[faces->row[f]], i, {0}};
        if (!faces->order[f]) continue;
        for (int a = 0; a < 3; a++) m.d[a] = (float)(frame->x[faces->row[f]][a] - frame->x[i][a]);
        l->member[l->n_member++] = m;
    }
    return ERR_OK;
}

int voronoi_density_visit(void *user, const struct frame *frame, int i, const struct voronoi_cell *cell,
                          const struct voronoi_faces *faces) {
    struct voronoi_state *s = user;
    struct voronoi_state_lists *l = &s->lists;
    if (!l->start) {
        TRY(MEM_NEW(l->start, frame->n));
        TRY(MEM_NEW(l->count, frame->n));
        TRY(more_ids(l, 15 * frame->n));
    }
    TRY(more_ids(l, faces->n));
    l->start[i] = l->n;
    for (int f = 0; f < faces->n; f++)
        if (faces->order[f]) l->id[l->n++] = frame->id[faces->row[f]];
    l->count[i] = (int32_t)(l->n - l->start[i]);
    bool same = s->network && cell->beyond == 0 && !memcmp(cell->n, s->centre, sizeof s->centre);
    return same ? keep_polyhedron(l, frame, i, faces) : ERR_OK;
}

int voronoi_density_compute(const struct comm *comm, const struct voronoi_state *s, const struct frame *frame,
                            const struct voronoi_cell *cells, double **density) {
    const struct voronoi_state_lists *l = &s->lists;
    double(*own)[2] = NULL, (*around)[2] = NULL;
    double unit = s->out->lj ? 1 : UNIT_GCM3;
    int e = ERR_OK;
    TRY_ALL_TO(comm, out, MEM_NEW(own, frame->n));
    TRY_ALL_TO(comm, out, MEM_NEW(around, l->n));
    TRY_ALL_TO(comm, out, MEM_NEW(*density, frame->n));
    for (int i = 0; i < frame->n; i++) {
        own[i][0] = frame->species.mass[frame->type[i]];
        own[i][1] = cells[i].volume; /* NAN: open; 0: no cell */
    }
    TRY_TO(out, fetch_by_id(comm, frame->n_global, frame->n, frame->id, 2, own[0], l->n, l->id, around[0]));
    for (int i = 0; i < frame->n; i++) {
        double mass = own[i][0], volume = own[i][1];
        for (int k = 0; l->start && k < l->count[i]; k++) {
            mass += around[l->start[i] + k][0];
            volume += around[l->start[i] + k][1];
        }
        (*density)[i] = cells[i].flag == VORONOI_CLOSED ? mass / volume * unit : NAN;
    }
out:
    mem_free(&own);
    mem_free(&around);
    if (e) mem_free(density);
    return e;
}

void voronoi_density_forget(struct voronoi_state_lists *l) {
    mem_free(&l->id);
    mem_free(&l->start);
    mem_free(&l->count);
    mem_free(&l->member);
    memset(l, 0, sizeof *l);
}
