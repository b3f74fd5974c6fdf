/* ensemble - work by a shared counter (comm_counter): no master rank, no fixed shares. Rejected: static
 * shares (rows differ by a factor 1000 in cost), results sent one by one (a round of some seconds costs
 * nothing and is where ranks agree on stopping and write the checkpoint). */
#include "kmc/ensemble.h"
#include "base/h5.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/stop.h"

#include <math.h>
#include <string.h>

struct job {
    double cost;
    int row;
};

struct found {
    int64_t index;
    struct replica record;
};

struct worker {
    struct ensemble *e;
    int row; /* of the sample at hand */
    struct sample *sample;
    struct detect *detect;
    struct found *found;
    int64_t n_found, room;
    struct grainlist grains; /* of the replicas found */
};

int ensemble_sample(const struct ensemble *e, int row, struct sample **sample) {
    const struct ensemble_row *r = &e->row[row];
    struct profile copy = r->profile;
    copy.z = copy.d = NULL;
    int code = MEM_NEW(copy.z, copy.n);
    if (!code) code = MEM_NEW(copy.d, copy.n);
    if (code) {
        profile_clear(&copy);
        return code;
    }
    for (int k = 0; k < copy.n; k++) {
        copy.z[k] = r->profile.z[k];
        copy.d[k] = r->profile.d[k];
    }
    return sample_create(&copy, r->schedule, r->material, r->edge, sample);
}

static void put_down(struct worker *w) {
    sample_destroy(&w->sample);
    detect_destroy(&w->detect);
    w->row = -1;
}

static int take_up(struct worker *w, int row) {
    if (w->row == row) return ERR_OK;
    put_down(w);
    TRY(ensemble_sample(w->e, row, &w->sample));
    w->row = row;
    return detect_create(&w->e->rules, w->e->row[row].schedule, w->sample->diameter,
                         crystal_front(w->sample->crystal)->total, &w->detect);
}

static int one(struct worker *w, int64_t index) {
    if (w->n_found == w->room) {
        int64_t more = w->room ? 2 * w->room : 64;
        TRY(MEM_GROW(w->found, w->room, more));
        w->room = more;
    }
    TRY(take_up(w, (int)(index / w->e->n_replicas)));
    struct found *f = &w->found[w->n_found];
    TRY(replica_run(w->sample, w->detect, &w->e->rules, w->e->seed, index % w->e->n_replicas, 1, &f->record));
    TRY(grainlist_add(&w->grains, index, crystal_front(w->sample->crystal), w->e->n_kept));
    f->index = index;
    w->n_found++;
    return ERR_OK;
}

/* --- order of work */

static double cost_of(const struct ensemble *e, int row) {
    double cells, bytes;
    const struct ensemble_row *r = &e->row[row];
    sample_estimate(&r->profile, r->edge, r->material->layer, &cells, &bytes);
    return cells;
}

static int pending(const struct ensemble *e, int64_t **list, int64_t *n) {
    struct job *job = NULL;
    int64_t count = 0;
    TRY(MEM_NEW(job, e->n_rows));
    for (int k = 0; k < e->n_rows; k++) {
        struct job now = {cost_of(e, k), k};
        int m = k;
        for (; m > 0 && job[m - 1].cost < now.cost; m--) job[m] = job[m - 1];
        job[m] = now;
    }
    int code = MEM_NEW(*list, e->n_rows * e->n_replicas);
    for (int k = 0; k < e->n_rows && !code; k++)
        for (int64_t r = 0; r < e->n_replicas; r++) {
            int64_t index = job[k].row * e->n_replicas + r;
            if (e->record[index].finished < 0.5) (*list)[count++] = index;
        }
    *n = count;
    mem_free(&job);
    return code;
}

/* --- one round */

static int work(struct worker *w, struct comm_counter *counter, const int64_t *list, int64_t n,
                int64_t before) {
    double begin = comm_time();
    while (comm_time() - begin < w->e->round && stop_wanted() == STOP_NONE) {
        int64_t k = comm_counter_next(counter);
        if (k >= n) break;
        TRY(one(w, list[k]));
        const struct ensemble_row *r = &w->e->row[w->row];
        log_progress_at((double)(before + k), "%s, %.4g nm", r->schedule->name, r->diameter);
    }
    return ERR_OK;
}

static int share(struct worker *w) {
    struct ensemble *all = w->e;
    int64_t *count_to = NULL, n_came = 0;
    struct found *came = NULL;
    int e = ERR_OK;
    TRY_ALL_TO(all->comm, done, MEM_NEW(count_to, all->comm->size));
    count_to[0] = w->n_found;
    TRY_TO(done, comm_exchange(all->comm, w->found, count_to, sizeof *w->found, &came, &n_came));
    for (int64_t k = 0; k < n_came; k++) all->record[came[k].index] = came[k].record;
    comm_bcast(all->comm, all->record, (size_t)(all->n_rows * all->n_replicas) * sizeof *all->record);
    TRY_TO(done, grainlist_share(all->comm, &w->grains, &all->grains));
    w->n_found = 0;
done:
    mem_free(&came);
    mem_free(&count_to);
    return e;
}

static int write_checkpoint(const struct ensemble *e) {
    struct h5 *h5 = NULL;
    int64_t dims[2] = {e->n_rows * e->n_replicas, REPLICA_N};
    int code = h5_create(e->comm, e->checkpoint, &h5);
    if (!code)
        code = h5_write(h5, "/kmc/records", H5_F64, 2, dims, e->record, "",
                        "records of replicas, row after row");
    if (!code) code = h5_attr_text(h5, "/kmc", "deck_hash", e->hash);
    if (!code) code = grainlist_write(e->comm, h5, "/kmc/grains", dims[0], &e->grains);
    if (h5) {
        int closed = h5_close(&h5, code == ERR_OK);
        if (!code) code = closed;
    }
    return code;
}

int ensemble_resume(struct ensemble *e, const char *path) {
    struct h5 *h5 = NULL;
    char *hash = NULL;
    int64_t dims[H5_MAX_DIMS];
    int n_dims = 0, code = h5_open(e->comm, path, &h5);
    if (!code && !h5_exists(h5, "/kmc/records"))
        code = err_set(ERR_INPUT, __FILE__, __LINE__, "%s is not a checkpoint of a kmc run", path);
    if (!code) code = h5_read_attr_text(h5, "/kmc", "deck_hash", &hash);
    if (!code && strcmp(hash, e->hash) != 0)
        code = err_set(
            ERR_INPUT, __FILE__, __LINE__,
            "%s was made by another deck (or other settings); give the same deck, or begin anew without "
            "--restart",
            path);
    if (!code) code = h5_shape(h5, "/kmc/records", &n_dims, dims);
    if (!code && (n_dims != 2 || dims[0] != e->n_rows * e->n_replicas || dims[1] != REPLICA_N))
        code = err_set(ERR_INPUT, __FILE__, __LINE__, "%s holds another number of replicas", path);
    if (!code) code = h5_read(h5, "/kmc/records", H5_F64, e->record);
    if (!code) code = grainlist_read(e->comm, h5, "/kmc/grains", dims[0], &e->grains);
    mem_free(&hash);
    if (h5) {
        int closed = h5_close(&h5, false);
        if (!code) code = closed;
    }
    return code;
}

static int rounds(struct worker *w) {
    struct ensemble *e = w->e;
    for (;;) {
        int64_t *list = NULL, n = 0, reason;
        struct comm_counter counter;
        int64_t all = e->n_rows * e->n_replicas;
        TRY_ALL(e->comm, pending(e, &list, &n));
        if (n == 0) {
            mem_free(&list);
            return ERR_OK;
        }
        comm_counter_open(e->comm, &counter);
        int code = err_agree(e->comm, work(w, &counter, list, n, all - n));
        comm_counter_close(&counter);
        mem_free(&list);
        if (!code) code = share(w);
        if (!code) code = write_checkpoint(e);
        TRY(code);
        reason = stop_wanted();
        comm_max_i64(e->comm, &reason, 1);
        int64_t left = 0;
        for (int64_t k = 0; k < all; k++) left += e->record[k].finished < 0.5;
        if (reason != STOP_NONE && left)
            FAIL(ERR_TIME, "stopped by %s after %lld of %lld replicas; %sgo on with --restart %s",
                 stop_text((enum stop_reason)reason), (long long)(all - left), (long long)all,
                 reason == STOP_FILE ? "remove the file and " : "", e->checkpoint);
    }
}

int ensemble_run(struct ensemble *e) {
    struct worker w = {.e = e, .row = -1};
    log_progress_begin("kmc", (double)e->n_rows * (double)e->n_replicas);
    int code = rounds(&w);
    log_progress_end();
    put_down(&w);
    mem_free(&w.found);
    grainlist_clear(&w.grains);
    return code;
}

void ensemble_clear(struct ensemble *e) {
    for (int k = 0; e->row && k < e->n_rows; k++) profile_clear(&e->row[k].profile);
    mem_free(&e->row);
    mem_free(&e->record);
    grainlist_clear(&e->grains);
}
