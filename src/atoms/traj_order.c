/* traj_order - ids of a file made 1 .. n_global. Rank 0 sorts all (id, row) pairs, 16 bytes an atom: files
 * whose ids are out of order or have gaps are read rarely, and their text passes through rank 0 anyway. */
#include "atoms/traj_format.h"
#include "base/mem.h"

#include <stdlib.h>

struct pair {
    int64_t id, row;
};

static int by_id(const void *a, const void *b) {
    const struct pair *p = a, *q = b;
    if (p->id != q->id) return p->id < q->id ? -1 : 1;
    return p->row < q->row ? -1 : p->row > q->row;
}

static bool in_order(const struct comm *comm, int64_t n_global, int64_t first, int n, const int64_t *ids) {
    int64_t wrong = 0, total = n;
    for (int i = 0; i < n && !wrong; i++) wrong = ids[i] != first + i + 1;
    comm_max_i64(comm, &wrong, 1);
    comm_sum_i64(comm, &total, 1);
    return !wrong && total == n_global;
}

/* Local, rank 0. rank_of[row] = place of the row's id in order; finds a repeated id. */
static int sort_pairs(struct pair *pairs, int64_t n, int64_t *rank_of, int64_t *repeated, int64_t *bad,
                      int64_t **sorted) {
    qsort(pairs, (size_t)n, sizeof *pairs, by_id);
    for (int64_t k = 1; k < n; k++)
        if (pairs[k].id == pairs[k - 1].id) {
            *repeated = pairs[k].row;
            *bad = pairs[k].id;
            return ERR_OK;
        }
    for (int64_t k = 0; k < n; k++) rank_of[pairs[k].row] = k + 1;
    if (sorted)
        for (int64_t k = 0; k < n; k++) (*sorted)[k] = pairs[k].id;
    return ERR_OK;
}

int traj_order(const struct comm *comm, int64_t n_global, int64_t first, int n, int64_t *ids, bool *moved,
               int64_t *repeated, int64_t *bad, int64_t **sorted) {
    struct pair *mine = NULL, *all = NULL;
    int64_t *rank_of = NULL, *count = NULL, *n_of = NULL, *back = NULL, n_all = 0, found[2] = {-1, 0};
    bool root = comm->rank == 0;
    *moved = !in_order(comm, n_global, first, n, ids);
    int e = sorted && root ? MEM_NEW(*sorted, n_global) : ERR_OK;
    if (!e) e = MEM_NEW(mine, n);
    if (!e) e = MEM_NEW(count, comm->size);
    if (!e) e = MEM_NEW(n_of, comm->size);
    if (!e && root) e = MEM_NEW(rank_of, n_global);
    TRY_ALL_TO(comm, out, e);
    if (!*moved) {
        for (int64_t k = 0; sorted && root && k < n_global; k++) (*sorted)[k] = k + 1;
        goto out;
    }
    for (int i = 0; i < n; i++) mine[i] = (struct pair){ids[i], first + i};
    count[0] = n;
    TRY_TO(out, comm_exchange(comm, mine, count, sizeof *mine, &all, &n_all));
    if (root) e = sort_pairs(all, n_all, rank_of, &found[0], &found[1], sorted);
    TRY_ALL_TO(comm, out, e);
    comm_bcast(comm, found, sizeof found);
    *repeated = found[0];
    *bad = found[1];
    if (found[0] >= 0) {
        e = ERR_INPUT;
        goto out;
    }
    comm_gather_i64(comm, n, n_of);
    for (int r = 0; r < comm->size; r++) count[r] = root ? n_of[r] : 0;
    int64_t n_back;
    TRY_TO(out, comm_exchange(comm, rank_of, count, sizeof *rank_of, &back, &n_back));
    for (int i = 0; i < n; i++) ids[i] = back[i];
out:
    mem_free(&mine);
    mem_free(&all);
    mem_free(&rank_of);
    mem_free(&count);
    mem_free(&n_of);
    mem_free(&back);
    return e;
}
