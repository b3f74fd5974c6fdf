/* traj_sort - rows whose place is on their own rank go there directly; the others are sorted by target
 * (counting), and ids are exchanged to learn their places. */
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

/* Local. Each place of the block is met once, by rows that stay (ids of the frame) and by those that arrive.
 */
static int check_places(const struct traj_sort *s, const struct frame *frame, const int64_t *ids,
                        int64_t n_ids) {
    uint8_t *met = NULL;
    int stay = frame->n - s->n_leave, e = ERR_OK;
    if (n_ids + stay != s->n) FAIL(ERR_INTERNAL, "%lld atoms of %d are there", (long long)n_ids + stay, s->n);
    TRY(MEM_NEW(met, s->n));
    for (int k = 0; k < s->n && !e; k++) {
        int64_t id = k < stay ? frame->id[s->order ? s->order[s->n_leave + k] : k] : ids[k - stay];
        if (met[id - 1 - s->first]++)
            e = err_set(ERR_INTERNAL, __FILE__, __LINE__, "atom id %lld is there twice", (long long)id);
        if (k >= stay) s->place[k - stay] = (int)(id - 1 - s->first);
    }
    mem_free(&met);
    return e;
}

static int make_plan(struct traj_sort *s, const struct frame *frame) {
    const struct comm *comm = s->comm;
    int64_t *send = NULL, *got = NULL, *at = NULL, n_got;
    s->n_leave = frame->n - (int)s->count[comm->rank];
    s->count[comm->rank] = 0;
    int e = MEM_NEW(send, s->n_leave);
    if (!e) e = MEM_NEW(at, comm->size);
    if (!e) e = MEM_NEW(s->order, frame->n);
    if (!e) e = MEM_NEW(s->place, s->n);
    if (!e) e = MEM_NEW(s->send, (int64_t)s->n_leave * TRAJ_SORT_ITEM);
    TRY_ALL_TO(comm, out, e);
    for (int r = 1; r < comm->size; r++) at[r] = at[r - 1] + s->count[r - 1];
    at[comm->rank] = s->n_leave;
    for (int i = 0; i < frame->n; i++) {
        int64_t k = at[frame_block_owner(frame->id[i] - 1, frame->n_global, comm->size)]++;
        s->order[k] = i;
        if (k < s->n_leave) send[k] = frame->id[i];
    }
    TRY_TO(out, comm_exchange(comm, send, s->count, sizeof *send, &got, &n_got));
    e = err_agree(comm, check_places(s, frame, got, n_got));
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
    if (!e && comm->size == 1) e = check_places(s, frame, NULL, 0);
    e = err_agree(comm, e);
    if (!e && comm->size > 1) e = make_plan(s, frame);
    if (e) traj_sort_destroy(s);
    return e;
}

void traj_sort_destroy(struct traj_sort *s) {
    mem_free(&s->order);
    mem_free(&s->place);
    mem_free(&s->count);
    mem_free(&s->send);
}

int traj_sort_apply(const struct traj_sort *s, const struct frame *frame, size_t bytes,
                    void (*pack)(const struct frame *frame, int row, const void *user, void *item),
                    const void *user, void *out) {
    char *got = NULL, *to = out;
    int64_t n_got = 0;
    const int *leave = s->order, *stay = s->order ? s->order + s->n_leave : NULL;
    int n_stay = frame->n - s->n_leave, e = ERR_OK;
    if (bytes > TRAJ_SORT_ITEM) FAIL(ERR_INTERNAL, "items of %zu bytes are too large", bytes);
    for (int k = 0; k < s->n_leave; k++) {
        if (k + AHEAD < s->n_leave) __builtin_prefetch(frame->x[leave[k + AHEAD]]);
        pack(frame, leave[k], user, s->send + (size_t)k * bytes);
    }
    if (s->comm->size > 1) e = comm_exchange(s->comm, s->send, s->count, bytes, &got, &n_got);
    for (int k = 0; k < n_stay && !e; k++) {
        int row = stay ? stay[k] : k, next = k + AHEAD < n_stay ? (stay ? stay[k + AHEAD] : k + AHEAD) : row;
        __builtin_prefetch(to + (size_t)(frame->id[next] - 1 - s->first) * bytes, 1);
        pack(frame, row, user, to + (size_t)(frame->id[row] - 1 - s->first) * bytes);
    }
    for (int64_t k = 0; k < n_got && !e; k++) {
        if (k + AHEAD < n_got) __builtin_prefetch(to + (size_t)s->place[k + AHEAD] * bytes, 1);
        memcpy(to + (size_t)s->place[k] * bytes, got + (size_t)k * bytes, bytes);
    }
    mem_free(&got);
    return e;
}
