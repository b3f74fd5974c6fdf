/* fetch - ids that are not here are asked for once each, through a directory spread over ranks by blocks of
 * ids: owners put their values there, askers get answers in the order of their questions. Rejected: carrying
 * the values with the ghosts (a Voronoi cell is done before its neighbours are, from halos of several
 * widths). */
#include "analysis/structure/fetch.h"
#include "atoms/frame.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static int by_value(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

struct here {
    int64_t id, row;
};

/* Who is here: sorted by id, and in slots by a hash of it (id 0: free), because a search by halves waits
 * for memory at every step. */
struct index {
    struct here *list, *slot;
    int64_t n, mask;
};

static int64_t slot_of(const struct index *x, int64_t id) {
    return (int64_t)((uint64_t)id * UINT64_C(0x9E3779B97F4A7C15) >> 20) & x->mask;
}

static int64_t find(const struct index *x, int64_t id) {
    int64_t guess = x->n ? id - x->list[0].id : -1; /* one rank has them all in a row */
    if (guess >= 0 && guess < x->n && x->list[guess].id == id) return x->list[guess].row;
    int64_t k = slot_of(x, id);
    while (x->slot[k].id && x->slot[k].id != id) k = (k + 1) & x->mask;
    return x->slot[k].id ? x->slot[k].row : -1;
}

static int index_make(int64_t n, const int64_t *id, struct index *x) {
    TRY(MEM_NEW(x->list, n));
    x->n = n;
    for (int64_t k = 0; k < n; k++) x->list[k] = (struct here){id[k], k};
    qsort(x->list, (size_t)n, sizeof *x->list, by_value); /* the id comes first */
    for (x->mask = 1; x->mask < 2 * n; x->mask = 2 * x->mask + 1) {}
    TRY(MEM_NEW(x->slot, x->mask + 1));
    for (int64_t k = 0; k < n; k++) {
        int64_t at = slot_of(x, id[k]);
        while (x->slot[at].id) at = (at + 1) & x->mask;
        x->slot[at] = (struct here){id[k], k};
    }
    return ERR_OK;
}

/* **Local.** Wanted ids that are not here, sorted, each once; they are sorted by directory rank, too. */
static int missing(const struct index *here, int64_t n_want, const int64_t *want, int64_t **ask,
                   int64_t *n_ask) {
    int64_t m = 0, u = 0;
    TRY(MEM_NEW(*ask, n_want));
    for (int64_t k = 0; k < n_want; k++)
        if (find(here, want[k]) < 0) (*ask)[m++] = want[k];
    qsort(*ask, (size_t)m, sizeof **ask, by_value);
    for (int64_t k = 0; k < m; k++)
        if (k == 0 || (*ask)[k] != (*ask)[k - 1]) (*ask)[u++] = (*ask)[k];
    *n_ask = u;
    return ERR_OK;
}

/* **Collective.** Every atom's values into the directory: table[row - first]. */
static int publish(const struct comm *comm, int64_t n_global, int64_t n, int width, const double *value,
                   const struct here *list, double **table) {
    size_t bytes = sizeof(double) * (size_t)(width + 1);
    double *send = NULL, *recv = NULL;
    int64_t *count = NULL, n_recv = 0, first = frame_block(n_global, comm->size, comm->rank);
    int e = ERR_OK;
    TRY_ALL_TO(comm, out, MEM_NEW(send, n * (width + 1)));
    TRY_ALL_TO(comm, out, MEM_NEW(count, comm->size));
    for (int64_t k = 0; k < n; k++) { /* list is sorted by id, hence by directory rank */
        send[k * (width + 1)] = (double)list[k].id;
        memcpy(&send[k * (width + 1) + 1], &value[list[k].row * width], sizeof(double) * (size_t)width);
        count[frame_block_owner(list[k].id - 1, n_global, comm->size)]++;
    }
    TRY_TO(out, comm_exchange(comm, send, count, bytes, &recv, &n_recv));
    TRY_ALL_TO(comm, out,
               MEM_NEW(*table, (frame_block(n_global, comm->size, comm->rank + 1) - first) * width));
    for (int64_t k = 0; k < n_recv; k++)
        memcpy(&(*table)[((int64_t)recv[k * (width + 1)] - 1 - first) * width], &recv[k * (width + 1) + 1],
               sizeof(double) * (size_t)width);
out:
    mem_free(&send);
    mem_free(&recv);
    mem_free(&count);
    return e;
}

/* **Collective.** Questions to the directory and answers back, in the order of ask[]. */
static int ask_directory(const struct comm *comm, int64_t n_global, int width, const double *table,
                         const int64_t *ask, int64_t n_ask, double **answer) {
    int64_t *count = NULL, *back = NULL, *from = NULL, *asked = NULL, n_asked = 0, n_answer = 0;
    int64_t first = frame_block(n_global, comm->size, comm->rank), at = 0;
    double *reply = NULL;
    int e = ERR_OK;
    TRY_ALL_TO(comm, out, MEM_NEW(count, comm->size));
    TRY_ALL_TO(comm, out, MEM_NEW(back, comm->size));
    TRY_ALL_TO(comm, out, MEM_NEW(from, comm->size));
    for (int64_t k = 0; k < n_ask; k++) count[frame_block_owner(ask[k] - 1, n_global, comm->size)]++;
    for (int64_t k = 0; k < comm->size; k++) from[k] = 1;
    TRY_TO(out, comm_exchange(comm, count, from, sizeof *count, &asked, &n_asked));
    memcpy(back, asked, sizeof *back * (size_t)comm->size);
    mem_free(&asked);
    TRY_TO(out, comm_exchange(comm, ask, count, sizeof *ask, &asked, &n_asked));
    TRY_ALL_TO(comm, out, MEM_NEW(reply, n_asked * width));
    for (at = 0; at < n_asked; at++)
        memcpy(&reply[at * width], &table[(asked[at] - 1 - first) * width], sizeof(double) * (size_t)width);
    TRY_TO(out, comm_exchange(comm, reply, back, sizeof *reply * (size_t)width, answer, &n_answer));
    if (n_answer != n_ask) e = err_set(ERR_INTERNAL, __FILE__, __LINE__, "answers are missing");
out:
    mem_free(&count);
    mem_free(&back);
    mem_free(&from);
    mem_free(&asked);
    mem_free(&reply);
    return e;
}

int fetch_by_id(const struct comm *comm, int64_t n_global, int64_t n, const int64_t *id, int width,
                const double *value, int64_t n_want, const int64_t *want, double *out) {
    struct index here = {0};
    int64_t *ask = NULL, n_ask = 0, most;
    double *table = NULL, *answer = NULL;
    int e = ERR_OK;
    TRY_ALL_TO(comm, done, index_make(n, id, &here));
    TRY_ALL_TO(comm, done, missing(&here, n_want, want, &ask, &n_ask));
    most = n_ask;
    comm_max_i64(comm, &most, 1);
    if (most) {
        TRY_TO(done, publish(comm, n_global, n, width, value, here.list, &table));
        TRY_TO(done, ask_directory(comm, n_global, width, table, ask, n_ask, &answer));
    }
    for (int64_t k = 0; k < n_want; k++) {
        int64_t row = find(&here, want[k]);
        const double *from = value + row * width;
        if (row < 0) {
            const int64_t *p = bsearch(&want[k], ask, (size_t)n_ask, sizeof *ask, by_value);
            from = answer + (p - ask) * width;
        }
        memcpy(out + k * width, from, sizeof(double) * (size_t)width);
    }
done:
    mem_free(&here.list);
    mem_free(&here.slot);
    mem_free(&ask);
    mem_free(&table);
    mem_free(&answer);
    return e;
}
