/* traj_sort - one rank places rows directly; several sort rows by target (counting) and exchange ids to learn
 * the places. */
#include "atoms/traj_sort.h"
#include "base/mem.h"

#include <string.h>

#define AHEAD 24 /* rows fetched ahead of use: ids lie at random in memory */

/* Local. Ids within bounds, counted by target. */
static int count_targets(const struct frame *frame, int size, int64_t *count) {
    for (int i = 0; i < frame->n; i++) {
        int64_t id = frame->id[i];
        if (id < 1 || id > frame->n_global)
            FAIL(ERR_INTERNAL, "atom id %lld is not within 1 to %lld", (long long)id,
                 (long long)frame->n_global);
        if (size > 1) count[frame_block_owner(id - 1, frame->n_global, size)]++;
    }
    return ERR_OK;
}

/* Local. Each place of the block is met once. */
static int check_places(const struct traj_sort *s, const int64_t *ids, int64_t n_ids) {
    uint8_t *met = NULL;
    int e = ERR_OK;
    if (n_ids != s->n) FAIL(ERR_INTERNAL, "%lld atoms of %d are there", (long long)n_ids, s->n);
    TRY(MEM_NEW(met, s->n));
    for (int k = 0; k < s->n && !e; k++) {
        int64_t place = ids[k] - 1 - s->first;
        if (met[place]++)
            e = err_set(ERR_INTERNAL, __FILE__, __LINE__, "atom id %lld is there twice", (long long)ids[k]);
        if (s->place) s->place[k] = (int)place;
    }
    mem_free(&met);
    return e;
}

static int make_plan(struct traj_sort *s, const struct frame *frame) {
    const struct comm *comm = s->comm;
    int64_t *send = NULL, *got = NULL, *at = NULL, n_got;
    int e = MEM_NEW(send, frame->n);
    if (!e) e = MEM_NEW(at, comm->size);
    if (!e) e = MEM_NEW(s->order, frame->n);
    if (!e) e = MEM_NEW(s->place, s->n);
    TRY_ALL_TO(comm, out, e);
    for (int r = 1; r < comm->size; r++) at[r] = at[r - 1] + s->count[r - 1];
    for (int i = 0; i < frame->n; i++) {
        int64_t k = at[frame_block_owner(frame->id[i] - 1, frame->n_global, comm->size)]++;
        s->order[k] = i;
        send[k] = frame->id[i];
    }
    TRY_TO(out, comm_exchange(comm, send, s->count, sizeof *send, &got, &n_got));
    e = err_agree(comm, check_places(s, got, n_got));
out:
    mem_free(&send);
    mem_free(&got);
    mem_free(&at);
    return e;
}

int traj_sort_create(const struct comm *comm, const struct frame *frame, struct traj_sort *s) {
    memset(s, 0, sizeof *s);
    s->comm = comm;
    s->first = frame_block(frame->n_global, comm->size, comm->rank);
    s->n = (int)(frame_block(frame->n_global, comm->size, comm->rank + 1) - s->first);
    int e = MEM_NEW(s->count, comm->size);
    if (!e) e = count_targets(frame, comm->size, s->count);
    if (!e && comm->size == 1) e = check_places(s, frame->id, frame->n);
    e = err_agree(comm, e);
    if (!e && comm->size > 1) e = make_plan(s, frame);
    if (e) traj_sort_destroy(s);
    return e;
}

void traj_sort_destroy(struct traj_sort *s) {
    mem_free(&s->order);
    mem_free(&s->place);
    mem_free(&s->count);
}

int traj_sort_apply(const struct traj_sort *s, const struct frame *frame, size_t bytes,
                    void (*pack)(const struct frame *frame, int row, const void *user, void *item),
                    const void *user, void *out) {
    char *send = NULL, *got = NULL, *to = out;
    int64_t n_got = 0;
    if (s->comm->size == 1) {
        for (int i = 0; i < frame->n; i++) {
            if (i + AHEAD < frame->n) __builtin_prefetch(to + (size_t)(frame->id[i + AHEAD] - 1) * bytes, 1);
            pack(frame, i, user, to + (size_t)(frame->id[i] - 1) * bytes);
        }
        return ERR_OK;
    }
    TRY(mem_agree(s->comm, &send, MEM_NEW(send, (size_t)frame->n * bytes)));
    for (int k = 0; k < frame->n; k++) {
        if (k + AHEAD < frame->n) __builtin_prefetch(frame->x[s->order[k + AHEAD]]);
        pack(frame, s->order[k], user, send + (size_t)k * bytes);
    }
    int e = comm_exchange(s->comm, send, s->count, bytes, &got, &n_got);
    for (int64_t k = 0; k < n_got && !e; k++) {
        if (k + AHEAD < n_got) __builtin_prefetch(to + (size_t)s->place[k + AHEAD] * bytes, 1);
        memcpy(to + (size_t)s->place[k] * bytes, got + (size_t)k * bytes, bytes);
    }
    mem_free(&send);
    mem_free(&got);
    return e;
}
