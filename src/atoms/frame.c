/* frame - arrays of atoms and the moves that keep them together: grow, permute, migrate, order by id.
 *
 * Migration packs an atom into one packet (positions, velocities, forces, id, type, images, group, and the
 * stress where that is known) and sends all packets in one exchange. Atoms that stay are compacted in place.
 * Rejected: one array per exchange (more messages), raw struct images in files (see traj). */
#include "atoms/frame.h"
#include "base/mem.h"

#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct packet {
    double x[4], v[4], f[4];
    int64_t id;
    int32_t type, image[3], group;
    double stress[6]; /* last: not sent where it is not known */
};

static size_t packet_size(const struct frame *frame) {
    return frame->stress ? sizeof(struct packet) : offsetof(struct packet, stress);
}

void frame_init(struct frame *frame) {
    memset(frame, 0, sizeof *frame);
    frame->filled = 1;
}

void frame_destroy(struct frame *frame) {
    mem_free(&frame->x);
    mem_free(&frame->v);
    mem_free(&frame->f);
    mem_free(&frame->id);
    mem_free(&frame->type);
    mem_free(&frame->image);
    mem_free(&frame->stress);
    mem_free(&frame->group);
    frame->capacity = frame->capacity_ghost = frame->n = frame->n_ghost = 0;
}

static int64_t grown(int64_t have, int64_t want) {
    int64_t more = have ? have + have / 16 : 0;
    return more > want ? more : want;
}

int frame_reserve_ghosts(struct frame *frame, int64_t total) {
    if (total <= frame->capacity_ghost) return ERR_OK;
    int64_t c = grown(frame->capacity_ghost, total), keep = frame->n + frame->n_ghost;
    if (c > INT_MAX - 64) FAIL(ERR_MEMORY, "more than 2^31 atoms on one rank; use more ranks");
    TRY(MEM_GROW(frame->x, keep, c));
    TRY(MEM_GROW(frame->type, keep, c));
    TRY(MEM_GROW(frame->id, keep, c));
    frame->capacity_ghost = (int)c;
    return ERR_OK;
}

int frame_reserve(struct frame *frame, int64_t capacity) {
    TRY(frame_reserve_ghosts(frame, capacity));
    if (capacity <= frame->capacity) return ERR_OK;
    int64_t c = grown(frame->capacity, capacity);
    TRY(MEM_GROW(frame->v, frame->n, c));
    TRY(MEM_GROW(frame->f, frame->n, c));
    TRY(MEM_GROW(frame->image, frame->n, c));
    TRY(MEM_GROW(frame->group, frame->n, c));
    if (frame->stress) TRY(MEM_GROW(frame->stress, frame->n, c));
    frame->capacity = (int)c;
    return frame_reserve_ghosts(frame, c);
}

int frame_stress(struct frame *frame, bool known) {
    mem_free(&frame->stress);
    return known ? MEM_NEW(frame->stress, frame->capacity) : ERR_OK;
}

int frame_copy(struct frame *dst, const struct frame *src) {
    dst->n = dst->n_ghost = 0;
    TRY(frame_stress(dst, src->stress != NULL));
    TRY(frame_reserve(dst, src->n));
    size_t n = (size_t)src->n;
    if (n) {
        memcpy(dst->x, src->x, n * sizeof *src->x);
        memcpy(dst->v, src->v, n * sizeof *src->v);
        memcpy(dst->f, src->f, n * sizeof *src->f);
        memcpy(dst->id, src->id, n * sizeof *src->id);
        memcpy(dst->type, src->type, n * sizeof *src->type);
        memcpy(dst->image, src->image, n * sizeof *src->image);
        memcpy(dst->group, src->group, n * sizeof *src->group);
        if (src->stress) memcpy(dst->stress, src->stress, n * sizeof *src->stress);
    }
    dst->n = src->n;
    dst->box = src->box;
    dst->species = src->species;
    dst->n_global = src->n_global;
    dst->step = src->step;
    dst->time = src->time;
    dst->filled = src->filled;
    return ERR_OK;
}

static void pack(const struct frame *frame, int i, struct packet *p) {
    memcpy(p->x, frame->x[i], sizeof p->x);
    memcpy(p->v, frame->v[i], sizeof p->v);
    memcpy(p->f, frame->f[i], sizeof p->f);
    memcpy(p->image, frame->image[i], sizeof p->image);
    p->id = frame->id[i];
    p->type = frame->type[i];
    p->group = frame->group[i];
    if (frame->stress) memcpy(p->stress, frame->stress[i], sizeof p->stress);
}

static void unpack(struct frame *frame, int i, const struct packet *p) {
    memcpy(frame->x[i], p->x, sizeof p->x);
    memcpy(frame->v[i], p->v, sizeof p->v);
    memcpy(frame->f[i], p->f, sizeof p->f);
    memcpy(frame->image[i], p->image, sizeof p->image);
    frame->id[i] = p->id;
    frame->type[i] = p->type;
    frame->group[i] = p->group;
    if (frame->stress) memcpy(frame->stress[i], p->stress, sizeof p->stress);
}

static void move_down(struct frame *frame, int from, int to) {
    if (from == to) return;
    struct packet p;
    pack(frame, from, &p);
    unpack(frame, to, &p);
}

#define BIT(set, k) ((set)[(k) >> 6] & (UINT64_C(1) << ((k)&63)))
#define SET(set, k) ((set)[(k) >> 6] |= UINT64_C(1) << ((k)&63))

/* Fill row k from order[k], that one from its own source, and so on, until the chain leaves the new rows or
 * closes. */
static void follow(struct frame *frame, const int *order, int n_new, int k, uint64_t *done) {
    struct packet first;
    int start = k;
    pack(frame, start, &first);
    for (;;) {
        int from = order[k];
        SET(done, k);
        if (from == start) break;
        move_down(frame, from, k);
        if (from >= n_new) return;
        k = from;
    }
    unpack(frame, k, &first);
}

/* In place, chain after chain: chains that begin at rows nobody reads first, circles after them. */
static int permute_large(struct frame *frame, const int *order, int n_new) {
    uint64_t *read = NULL, *done = NULL;
    size_t words = (size_t)frame->n / 64 + 1;
    int e = ERR_OK;
    TRY_TO(out, MEM_NEW(read, words));
    TRY_TO(out, MEM_NEW(done, words));
    for (int k = 0; k < n_new; k++)
        if (order[k] != k) SET(read, order[k]);
        else SET(done, k);
    for (int circles = 0; circles < 2; circles++)
        for (int k = 0; k < n_new; k++)
            if (!BIT(done, k) && (circles || !BIT(read, k))) follow(frame, order, n_new, k, done);
out:
    mem_free(&read);
    mem_free(&done);
    return e;
}

static inline __attribute__((always_inline)) void permute_array(void *array, size_t size, const int *order,
                                                                int n, char *copy) {
    if (!array) return;
    for (int k = 0; k < n; k++)
        memcpy(copy + (size_t)k * size, (char *)array + (size_t)order[k] * size, size);
    memcpy(array, copy, (size_t)n * size);
}

/* One array after the other through a copy: rows are nearly in order, and are read as they come. Chains visit
 * them at random (256,000 atoms: 2.5 times as slow), but a copy of even one array would be the largest
 * moment of a large run's memory. */
int frame_permute(struct frame *frame, const int *order, int n_new) {
    if (frame->n > FRAME_LARGE) {
        TRY(permute_large(frame, order, n_new));
    } else {
        char *copy = NULL;
        TRY(MEM_NEW(copy, (size_t)n_new * (frame->stress ? sizeof *frame->stress : sizeof *frame->x)));
        permute_array(frame->x, sizeof *frame->x, order, n_new, copy);
        permute_array(frame->v, sizeof *frame->v, order, n_new, copy);
        permute_array(frame->f, sizeof *frame->f, order, n_new, copy);
        permute_array(frame->id, sizeof *frame->id, order, n_new, copy);
        permute_array(frame->type, sizeof *frame->type, order, n_new, copy);
        permute_array(frame->image, sizeof *frame->image, order, n_new, copy);
        permute_array(frame->group, sizeof *frame->group, order, n_new, copy);
        permute_array(frame->stress, sizeof *frame->stress, order, n_new, copy);
        mem_free(&copy);
    }
    frame->n = n_new;
    frame->n_ghost = 0;
    return ERR_OK;
}

int frame_migrate(const struct comm *comm, struct frame *frame, const int *target) {
    frame->n_ghost = 0;
    if (comm->size == 1) return ERR_OK;
    int64_t *count = NULL, *at = NULL, n_recv = 0, n_out = 0;
    char *out = NULL, *in = NULL;
    size_t size = packet_size(frame);
    int e = ERR_OK;
    for (int i = 0; i < frame->n; i++) n_out += target[i] != comm->rank;
    TRY_ALL_TO(comm, done, MEM_NEW(count, comm->size));
    TRY_ALL_TO(comm, done, MEM_NEW(at, comm->size + 1));
    TRY_ALL_TO(comm, done, MEM_NEW(out, (size_t)n_out * size));
    for (int i = 0; i < frame->n; i++)
        if (target[i] != comm->rank) count[target[i]]++;
    for (int r = 0; r < comm->size; r++) at[r + 1] = at[r] + count[r];
    int stay = 0;
    for (int i = 0; i < frame->n; i++) {
        if (target[i] != comm->rank)
            pack(frame, i, (struct packet *)(void *)(out + (size_t)at[target[i]]++ * size));
        else move_down(frame, i, stay++);
    }
    frame->n = stay;
    TRY_TO(done, comm_exchange(comm, out, count, size, &in, &n_recv));
    TRY_ALL_TO(comm, done, frame_reserve(frame, frame->n + n_recv));
    for (int64_t k = 0; k < n_recv; k++)
        unpack(frame, frame->n++, (const struct packet *)(const void *)(in + (size_t)k * size));
done:
    mem_free(&count);
    mem_free(&at);
    mem_free(&out);
    mem_free(&in);
    return e;
}

struct id_row {
    int64_t id;
    int row;
};

static int by_id(const void *a, const void *b) {
    int64_t x = ((const struct id_row *)a)->id, y = ((const struct id_row *)b)->id;
    return (x > y) - (x < y);
}

static int sort_by_id(struct frame *frame) {
    struct id_row *key = NULL;
    int *order = NULL;
    int e = ERR_OK;
    TRY_TO(done, MEM_NEW(key, frame->n));
    TRY_TO(done, MEM_NEW(order, frame->n));
    for (int i = 0; i < frame->n; i++) key[i] = (struct id_row){frame->id[i], i};
    qsort(key, (size_t)frame->n, sizeof *key, by_id);
    for (int i = 0; i < frame->n; i++) order[i] = key[i].row;
    TRY_TO(done, frame_permute(frame, order, frame->n));
done:
    mem_free(&key);
    mem_free(&order);
    return e;
}

int64_t frame_block(int64_t n_global, int size, int rank) {
    return (int64_t)((__int128)rank * n_global / size);
}

int frame_block_owner(int64_t row, int64_t n_global, int size) {
    int r = (int)((double)row / (double)n_global * size); /* rounding may be one off either way */
    if (r >= size) r = size - 1;
    while (r > 0 && row < frame_block(n_global, size, r)) r--;
    while (r < size - 1 && row >= frame_block(n_global, size, r + 1)) r++;
    return r;
}

static int check_ids(const struct frame *frame, int64_t first) {
    for (int i = 0; i < frame->n; i++)
        if (frame->id[i] != first + i + 1)
            FAIL(ERR_INTERNAL, "atom ids are not 1 to %lld: found %lld where %lld belongs",
                 (long long)frame->n_global, (long long)frame->id[i], (long long)(first + i + 1));
    return ERR_OK;
}

int frame_by_id(const struct comm *comm, struct frame *frame, int64_t *first) {
    int *target = NULL;
    int e = ERR_OK;
    int64_t n = frame->n_global;
    TRY_ALL_TO(comm, done, MEM_NEW(target, frame->n));
    int bad = ERR_OK;
    for (int i = 0; i < frame->n && !bad; i++) {
        if (frame->id[i] < 1 || frame->id[i] > n)
            bad = err_set(ERR_INTERNAL, __FILE__, __LINE__, "atom id %lld is not within 1 to %lld",
                          (long long)frame->id[i], (long long)n);
        else target[i] = frame_block_owner(frame->id[i] - 1, n, comm->size);
    }
    TRY_ALL_TO(comm, done, bad);
    TRY_TO(done, frame_migrate(comm, frame, target));
    TRY_ALL_TO(comm, done, sort_by_id(frame));
    *first = frame_block(n, comm->size, comm->rank);
    int64_t last = frame_block(n, comm->size, comm->rank + 1);
    bad = check_ids(frame, *first);
    if (!bad && frame->n != last - *first)
        bad = err_set(ERR_INTERNAL, __FILE__, __LINE__, "%lld atoms lost",
                      (long long)(last - *first - frame->n));
    TRY_ALL_TO(comm, done, bad);
done:
    mem_free(&target);
    return e;
}

int frame_select(const struct comm *comm, struct frame *frame, const uint8_t *keep) {
    int *order = NULL;
    int e = ERR_OK, n = 0;
    int64_t first, before, total;
    struct frame ordered;
    frame_init(&ordered);
    TRY_ALL_TO(comm, done, frame_copy(&ordered, frame));
    for (int i = 0; i < frame->n; i++) ordered.f[i][3] = keep[i];
    TRY_TO(done, frame_by_id(comm, &ordered, &first));
    TRY_ALL_TO(comm, done, MEM_NEW(order, ordered.n));
    for (int i = 0; i < ordered.n; i++)
        if (ordered.f[i][3] != 0) order[n++] = i;
    TRY_ALL_TO(comm, done, frame_permute(&ordered, order, n));
    before = comm_scan_before(comm, n);
    total = n;
    comm_sum_i64(comm, &total, 1);
    for (int i = 0; i < n; i++) {
        ordered.id[i] = before + i + 1;
        ordered.f[i][3] = 0;
    }
    ordered.n_global = total;
    frame_destroy(frame);
    *frame = ordered;
    frame_init(&ordered);
done:
    frame_destroy(&ordered);
    mem_free(&order);
    return e;
}

bool frame_grouped(const struct comm *comm, const struct frame *frame) {
    int64_t any = 0;
    for (int i = 0; i < frame->n; i++) any |= frame->group[i] != 0;
    comm_max_i64(comm, &any, 1);
    return any != 0;
}

void frame_count(const struct comm *comm, const struct frame *frame, int64_t counts[SPECIES_MAX]) {
    memset(counts, 0, SPECIES_MAX * sizeof *counts);
    for (int i = 0; i < frame->n; i++) counts[frame->type[i]]++;
    comm_sum_i64(comm, counts, SPECIES_MAX);
}

double frame_density(const struct comm *comm, const struct frame *frame) {
    int64_t counts[SPECIES_MAX];
    frame_count(comm, frame, counts);
    double mass = 0;
    for (int s = 0; s < frame->species.n; s++) mass += (double)counts[s] * frame->species.mass[s];
    return mass / box_volume(&frame->box) * 1.66053906660;
}
