/* grainlist - grains travel to rank 0 as they are found and are sorted by (replica, order of birth), so that
 * the arrays do not depend on who found them. Rejected: lists on every rank, as the records have (no rank but
 * the one that writes needs them), variable-length datasets (parallel HDF5 cannot write them). */
#include "kmc/grainlist.h"
#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void grainlist_clear(struct grainlist *list) {
    mem_free(&list->grain);
    list->n = list->room = 0;
}

static int make_room(struct grainlist *list, int64_t more) {
    if (list->n + more <= list->room) return ERR_OK;
    int64_t room = list->n + more > 2 * list->room ? list->n + more : 2 * list->room;
    TRY(MEM_GROW(list->grain, list->room, room));
    list->room = room;
    return ERR_OK;
}

int grainlist_add(struct grainlist *list, int64_t index, const struct front *front, int64_t limit) {
    int64_t n = front->n_grains < limit ? front->n_grains : limit;
    TRY(make_room(list, n));
    for (int64_t k = 0; k < n; k++) {
        const struct front_grain *g = &front->grain[k];
        struct grainlist_grain *to = &list->grain[list->n++];
        memset(to, 0, sizeof *to); /* what travels holds no stray bytes */
        to->index = index;
        to->order = k;
        to->time = g->time;
        memcpy(to->place, g->x, sizeof to->place);
        memcpy(to->turn, g->turn, sizeof to->turn);
        to->volume = (float)g->volume;
        to->birth = g->birth;
    }
    return ERR_OK;
}

static int in_order(const void *a, const void *b) {
    const struct grainlist_grain *x = a, *y = b;
    if (x->index != y->index) return x->index < y->index ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

int grainlist_share(const struct comm *comm, struct grainlist *found, struct grainlist *all) {
    int64_t *count_to = NULL, n_came = 0;
    struct grainlist_grain *came = NULL;
    int e = ERR_OK;
    TRY_ALL_TO(comm, done, MEM_NEW(count_to, comm->size));
    count_to[0] = found->n;
    TRY_TO(done, comm_exchange(comm, found->grain, count_to, sizeof *came, &came, &n_came));
    TRY_ALL_TO(comm, done, make_room(all, n_came));
    if (n_came) memcpy(all->grain + all->n, came, (size_t)n_came * sizeof *came);
    all->n += n_came;
    if (all->n) qsort(all->grain, (size_t)all->n, sizeof *all->grain, in_order);
    found->n = 0;
done:
    mem_free(&came);
    mem_free(&count_to);
    return e;
}

/* --- files: one array per field */

enum { TIME, PLACE, TURN, VOLUME, BIRTH, FIELDS };
static const struct {
    const char *name;
    enum h5_type type;
    size_t at, bytes; /* in struct grainlist_grain */
    int width;
    const char *unit, *what;
} fields[FIELDS] = {
    [TIME] = {"time", H5_F64, offsetof(struct grainlist_grain, time), 8, 1, "s", "time of the nucleus"},
    [PLACE] = {"place", H5_F32, offsetof(struct grainlist_grain, place), 12, 3, "nm",
               "place of the nucleus, x, y, z"},
    [TURN] = {"orientation", H5_F32, offsetof(struct grainlist_grain, turn), 16, 4, "",
              "unit quaternion (x, y, z, w)"},
    [VOLUME] = {"volume", H5_F32, offsetof(struct grainlist_grain, volume), 4, 1, "nm3",
                "volume when the replica stopped, whole voxels"},
    [BIRTH] = {"birth", H5_U8, offsetof(struct grainlist_grain, birth), 1, 1, "",
               "0 surface, 1 bulk, 2 interface, 3 surface site, 4 bulk inside the near-surface layer"}};

static void path_of(char path[256], const char *group, const char *name) {
    snprintf(path, 256, "%.200s/%.40s", group, name);
}

static int write_offsets(const struct comm *comm, struct h5 *h5, const char *group, int64_t n_replicas,
                         const struct grainlist *all) {
    int64_t *offset = NULL, dims[1] = {n_replicas + 1};
    char path[256];
    TRY_ALL(comm, MEM_NEW(offset, n_replicas + 1));
    for (int64_t k = 0; comm->rank == 0 && k < all->n; k++) offset[all->grain[k].index + 1]++;
    for (int64_t k = 0; k < n_replicas; k++) offset[k + 1] += offset[k];
    path_of(path, group, "offset");
    int e = h5_write(h5, path, H5_I64, 1, dims, offset, "",
                     "the grains of replica k, rows counted through, are offset[k] up to offset[k + 1]");
    mem_free(&offset);
    return e;
}

int grainlist_write(const struct comm *comm, struct h5 *h5, const char *group, int64_t n_replicas,
                    const struct grainlist *all) {
    int64_t dims[2] = {all->n, 1};
    char *x = NULL, path[256];
    comm_bcast(comm, dims, sizeof dims);
    TRY_ALL(comm, comm->rank == 0 ? MEM_NEW(x, 16 * all->n) : ERR_OK);
    int e = write_offsets(comm, h5, group, n_replicas, all);
    for (int f = 0; f < FIELDS && !e; f++) {
        for (int64_t k = 0; comm->rank == 0 && k < all->n; k++)
            memcpy(x + (size_t)k * fields[f].bytes, (const char *)&all->grain[k] + fields[f].at,
                   fields[f].bytes);
        path_of(path, group, fields[f].name);
        dims[1] = fields[f].width;
        e = h5_write(h5, path, fields[f].type, fields[f].width > 1 ? 2 : 1, dims, x, fields[f].unit,
                     fields[f].what);
    }
    mem_free(&x);
    return e;
}

/* Offsets on every rank: whole, rising, for as many replicas. */
static int read_offsets(struct h5 *h5, const char *group, int64_t n_replicas, int64_t *offset) {
    int64_t dims[H5_MAX_DIMS];
    int n_dims;
    char path[256];
    path_of(path, group, "offset");
    TRY(h5_shape(h5, path, &n_dims, dims));
    if (n_dims != 1 || dims[0] != n_replicas + 1)
        FAIL(ERR_INPUT, "%s holds the grains of another number of replicas", path);
    TRY(h5_read(h5, path, H5_I64, offset));
    bool good = offset[0] == 0;
    for (int64_t k = 0; k < n_replicas; k++) good = good && offset[k + 1] >= offset[k];
    if (!good) FAIL(ERR_INPUT, "%s does not rise from 0", path);
    return ERR_OK;
}

static int read_field(const struct comm *comm, struct h5 *h5, const char *group, int f, int64_t n,
                      struct grainlist_grain *grain, char *x) {
    int64_t dims[H5_MAX_DIMS];
    int n_dims;
    char path[256];
    path_of(path, group, fields[f].name);
    TRY(h5_shape(h5, path, &n_dims, dims));
    if (n_dims != (fields[f].width > 1 ? 2 : 1) || dims[0] != n ||
        (n_dims == 2 && dims[1] != fields[f].width))
        FAIL(ERR_INPUT, "%s has another shape than its offsets say", path);
    if (n) TRY(h5_read_rows(h5, path, fields[f].type, 0, comm->rank == 0 ? n : 0, x));
    for (int64_t k = 0; comm->rank == 0 && k < n; k++)
        memcpy((char *)&grain[k] + fields[f].at, x + (size_t)k * fields[f].bytes, fields[f].bytes);
    return ERR_OK;
}

int grainlist_read(const struct comm *comm, struct h5 *h5, const char *group, int64_t n_replicas,
                   struct grainlist *all) {
    int64_t *offset = NULL;
    char *x = NULL;
    int e = ERR_OK;
    grainlist_clear(all);
    TRY_ALL(comm, MEM_NEW(offset, n_replicas + 1));
    TRY_TO(done, read_offsets(h5, group, n_replicas, offset));
    int64_t n = offset[n_replicas];
    TRY_ALL_TO(comm, done, comm->rank == 0 ? make_room(all, n) : ERR_OK);
    TRY_ALL_TO(comm, done, comm->rank == 0 ? MEM_NEW(x, 16 * n) : ERR_OK);
    for (int f = 0; f < FIELDS; f++) TRY_TO(done, read_field(comm, h5, group, f, n, all->grain, x));
    if (comm->rank == 0) all->n = n;
    for (int64_t r = 0; comm->rank == 0 && r < n_replicas; r++)
        for (int64_t k = offset[r]; k < offset[r + 1]; k++) {
            all->grain[k].index = r;
            all->grain[k].order = k - offset[r];
        }
done:
    mem_free(&offset);
    mem_free(&x);
    return e;
}
