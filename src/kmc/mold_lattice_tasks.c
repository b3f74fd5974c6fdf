/* mold_lattice_tasks - tasks by a shared counter; a record is a row of doubles, so that a sum of zeros and
 * one row brings those of all ranks together exactly, and a checkpoint is one array. Numbers are keyed by
 * what a wire is, never by its place in the list. Rejected: checkpoints within a wire (a wire takes seconds;
 * its lattice would be most of the file). */
#include "kmc/mold_lattice_tasks.h"
#include "atoms/build.h"
#include "base/h5.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/stop.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#define BINS MOLD_LATTICE_TASKS_BINS
#define TORUS 128      /* edge of the lattice for the correlation factor ... */
#define WINDOW 2000000 /* ... and hops of a window */

static uint64_t hash_of(const double *x, int n, uint64_t replica) {
    uint64_t h = UINT64_C(1469598103934665603) ^ replica;
    for (int k = 0; k < n; k++) {
        uint64_t bits;
        memcpy(&bits, &x[k], sizeof bits);
        for (int b = 0; b < 8; b++) h = (h ^ ((bits >> (8 * b)) & 255)) * UINT64_C(1099511628211);
    }
    return h;
}

int mold_lattice_tasks_read(const struct comm *comm, struct deck *deck, struct mold_lattice_tasks *p) {
    const char *at = "mold.lattice";
    struct mold_lattice_options *o = &p->o;
    memset(p, 0, sizeof *p);
    TRY(build_species(comm, deck, &p->species));
    o->kind = (enum mold_lattice_kind)deck_choice(deck, "%s.kind", at);
    p->spacing = deck_real(deck, "%s.spacing", at);
    p->column = o->kind == MOLD_LATTICE_SQUARE ? p->spacing : p->spacing * sqrt(3) / 2;
    p->omega = deck_real(deck, "mold.atomic_volume");
    p->kt = UNIT_KB * deck_real(deck, "%s.temperature", at);
    p->pressure = deck_real(deck, "%s.pressure", at);
    p->start = deck_real(deck, "%s.length", at);
    p->eta = deck_has(deck, "%s.viscosity", at) ? deck_real(deck, "%s.viscosity", at) : INFINITY;
    p->n_d = deck_count(deck, "%s.diameters", at);
    p->n_c = deck_count(deck, "%s.vacancies", at);
    p->replicas = (int)deck_int(deck, "%s.replicas", at);
    p->wires = p->n_d * p->n_c * p->replicas;
    p->windows = (int)deck_int(deck, "%s.correlation_windows", at);
    o->n_elements = p->species.n;
    for (int i = 0; i < p->species.n && i < MOLD_LATTICE_ELEMENTS; i++) {
        o->fraction[i] = deck_real_at(deck, i, "material.composition");
        o->rate[i] = 1;
    }
    for (int k = 0; deck_has(deck, "%s.rates", at) && k < deck_count(deck, "%s.rates", at); k++) {
        int i = species_find(&p->species, deck_key_at(deck, k, "%s.rates", at));
        if (i >= 0 && i < MOLD_LATTICE_ELEMENTS) o->rate[i] = deck_real_at(deck, k, "%s.rates", at);
    }
    o->vacancies = deck_real_at(deck, 0, "%s.vacancies", at);
    o->drive = p->pressure * p->omega / p->kt;
    p->per_second =
        deck_real(deck, "%s.diffusivity", at) / (p->column * p->column * mold_lattice_diffusivity(o));
    o->exchange = deck_real(deck, "%s.exchange", at) / p->per_second;
    o->time = deck_real(deck, "%s.time", at) * p->per_second;
    o->samples = (int)deck_int(deck, "%s.samples", at);
    o->seed = (uint64_t)deck_int(deck, "seed");
    p->width = TASK_LENGTHS + o->samples + (BINS + 1) * o->n_elements;
    return ERR_OK;
}

void mold_lattice_tasks_free(struct mold_lattice_tasks *p) {
    mem_free(&p->record);
}

struct mold_lattice_options
mold_lattice_tasks_options(const struct deck *deck, const struct mold_lattice_tasks *p, int a, int b, int r) {
    struct mold_lattice_options o = p->o;
    double d = deck_real_at(deck, a, "mold.lattice.diameters");
    o.vacancies = deck_real_at(deck, b, "mold.lattice.vacancies");
    o.around = (int)nearbyint(M_PI * d / p->spacing);
    o.per_column = (int)nearbyint(M_PI / 4 * d * d * p->column / p->omega);
    o.columns = (int)nearbyint(p->start / p->column) - 1;
    o.advection =
        isfinite(p->eta) ? p->pressure * d * d / (32 * p->eta * p->column * p->column) / p->per_second : 0;
    const double key[] = {d, o.vacancies, p->kt, p->pressure, p->start, o.time};
    o.id = hash_of(key, 6, (uint64_t)r);
    return o;
}

static double *row(const struct mold_lattice_tasks *p, int task) {
    return p->record + (size_t)task * (size_t)p->width;
}

const double *mold_lattice_tasks_record(const struct mold_lattice_tasks *p, int wire) {
    return row(p, wire);
}

const double *mold_lattice_tasks_lengths(const struct mold_lattice_tasks *p, int wire) {
    return row(p, wire) + TASK_LENGTHS;
}

const double *mold_lattice_tasks_bins(const struct mold_lattice_tasks *p, int wire) {
    return row(p, wire) + TASK_LENGTHS + p->o.samples;
}

const double *mold_lattice_tasks_crossed(const struct mold_lattice_tasks *p, int wire) {
    return row(p, wire) + TASK_LENGTHS + p->o.samples + BINS * p->o.n_elements;
}

static int one_wire(const struct deck *deck, const struct mold_lattice_tasks *p, int task, double *to) {
    int n = p->o.n_elements;
    struct mold_lattice l;
    struct mold_lattice_options o = mold_lattice_tasks_options(
        deck, p, task / p->replicas / p->n_c, task / p->replicas % p->n_c, task % p->replicas);
    TRY(mold_lattice_run(&o, &l));
    double *length = to + TASK_LENGTHS, *bins = length + o.samples, *crossed = bins + BINS * n;
    for (int k = 0; k < o.samples; k++) length[k] = l.length[k] * p->column;
    for (int z = 0; z < l.columns; z++)
        for (int i = 0; i < n; i++) bins[(z * BINS / l.columns) * n + i] += (double)l.content[z * n + i];
    for (int i = 0; i < n; i++) crossed[i] = (double)l.crossed[i];
    for (int i = 0; i < n; i++) to[TASK_LOST] += fabs((double)(l.start[i] + l.in[i] - l.out[i] - l.end[i]));
    to[TASK_FINAL] = length[o.samples - 1];
    to[TASK_STEEPEST] = l.steepest;
    to[TASK_EVENTS] = (double)l.events;
    to[TASK_DONE] = 1;
    mold_lattice_destroy(&l);
    return ERR_OK;
}

static int one_window(const struct mold_lattice_tasks *p, int task, double *to) {
    TRY(mold_lattice_correlation(p->o.kind, TORUS, WINDOW, p->o.seed, (uint64_t)(task - p->wires),
                                 &to[TASK_FINAL]));
    to[TASK_DONE] = 1;
    return ERR_OK;
}

/* **Local.** A wire that is stopped half way is left for later. */
static int work(const struct deck *deck, const struct mold_lattice_tasks *p, struct comm_counter *counter,
                const int *list, int n, double *fresh) {
    double begin = comm_time(), round = deck_real(deck, "mold.lattice.checkpoint");
    int all = p->wires + p->windows;
    while (comm_time() - begin < round && stop_wanted() == STOP_NONE) {
        int64_t k = comm_counter_next(counter);
        if (k >= n) break;
        double *to = fresh + (size_t)list[k] * (size_t)p->width;
        log_progress_at(all - n + (double)k, list[k] < p->wires ? "wire %d of %d" : "window %d of %d",
                        list[k] < p->wires ? list[k] + 1 : list[k] - p->wires + 1,
                        list[k] < p->wires ? p->wires : p->windows);
        int e = list[k] < p->wires ? one_wire(deck, p, list[k], to) : one_window(p, list[k], to);
        if (e == ERR_TIME) {
            err_clear();
            break;
        }
        TRY(e);
    }
    return ERR_OK;
}

static int write_checkpoint(const struct mold_lattice_tasks *p, const struct comm *comm, const char *path,
                            const char *hash) {
    struct h5 *h5 = NULL;
    int64_t dims[2] = {p->wires + p->windows, p->width};
    int e = h5_create(comm, path, &h5);
    if (!e)
        e = h5_write(
            h5, "/mold/records", H5_F64, 2, dims, p->record, "",
            "records of wires and windows: done, L, atoms lost, events, bias, L(t), content, over the tip");
    if (!e) e = h5_attr_text(h5, "/mold", "deck_hash", hash);
    if (h5) {
        int closed = h5_close(&h5, e == ERR_OK);
        if (!e) e = closed;
    }
    return e;
}

static int resume(struct mold_lattice_tasks *p, const struct comm *comm, const char *path, const char *hash) {
    struct h5 *h5 = NULL;
    char *made_by = NULL;
    int64_t dims[H5_MAX_DIMS];
    int n_dims = 0, e = h5_open(comm, path, &h5);
    if (!e && !h5_exists(h5, "/mold/records"))
        e = err_set(ERR_INPUT, __FILE__, __LINE__, "%s is not a checkpoint of a lattice", path);
    if (!e) e = h5_read_attr_text(h5, "/mold", "deck_hash", &made_by);
    if (!e && strcmp(made_by, hash) != 0)
        e = err_set(
            ERR_INPUT, __FILE__, __LINE__,
            "%s was made by another deck (or other settings); give the same deck, or begin anew without "
            "--restart",
            path);
    if (!e) e = h5_shape(h5, "/mold/records", &n_dims, dims);
    if (!e && (n_dims != 2 || dims[0] != p->wires + p->windows || dims[1] != p->width))
        e = err_set(ERR_INPUT, __FILE__, __LINE__, "%s holds another number of wires", path);
    if (!e) e = h5_read(h5, "/mold/records", H5_F64, p->record);
    mem_free(&made_by);
    if (h5) {
        int closed = h5_close(&h5, false);
        if (!e) e = closed;
    }
    return e;
}

/* **Collective.** One round: *left tasks are to be done after it. */
static int round_of(struct deck *deck, const struct comm *comm, struct mold_lattice_tasks *p, int *left) {
    struct comm_counter counter;
    int all = p->wires + p->windows, n = 0, *list = NULL;
    size_t whole = (size_t)all * (size_t)p->width;
    double *fresh = NULL;
    int e = MEM_NEW(list, all);
    if (!e) e = MEM_NEW(fresh, whole);
    TRY_ALL_TO(comm, done, e);
    for (int k = 0; k < all; k++)
        if (row(p, k)[TASK_DONE] < 0.5) list[n++] = k;
    *left = n;
    if (n == 0) goto done;
    comm_counter_open(comm, &counter);
    e = err_agree(comm, work(deck, p, &counter, list, n, fresh));
    comm_counter_close(&counter);
    if (e) goto done;
    comm_sum(comm, fresh, (int)whole);
    for (size_t k = 0; k < whole; k++) p->record[k] += fresh[k];
    *left = 0;
    for (int k = 0; k < all; k++) *left += row(p, k)[TASK_DONE] < 0.5;
done:
    mem_free(&list);
    mem_free(&fresh);
    return e;
}

static int rounds(struct deck *deck, const struct comm *comm, struct mold_lattice_tasks *p, const char *path,
                  const char *hash) {
    int left = 1, all = p->wires + p->windows;
    while (left > 0) {
        TRY(round_of(deck, comm, p, &left));
        TRY(write_checkpoint(p, comm, path, hash));
        int64_t reason = stop_wanted();
        comm_max_i64(comm, &reason, 1);
        if (reason != STOP_NONE && left > 0)
            FAIL(ERR_TIME, "stopped by %s after %d of %d wires and windows; %sgo on with --restart %s",
                 stop_text((enum stop_reason)reason), all - left, all,
                 reason == STOP_FILE ? "remove the file and " : "", path);
    }
    double lost = 0;
    for (int k = 0; k < p->wires; k++) lost += row(p, k)[TASK_LOST];
    if (lost > 0) FAIL(ERR_INTERNAL, "the lattice lost or made %.0f atoms", lost);
    return ERR_OK;
}

int mold_lattice_tasks_run(struct deck *deck, const struct rundir *at, const char *restart,
                           struct mold_lattice_tasks *p) {
    const struct comm *comm = at->comm;
    char hash[17], *path = NULL;
    int e = rundir_hash(at, hash);
    if (!e) e = mem_agree(comm, &p->record, MEM_NEW(p->record, (p->wires + p->windows) * p->width));
    if (!e) e = mem_agree(comm, &path, rundir_path(at, "mold.checkpoint.h5", &path));
    if (!e && restart) e = resume(p, comm, restart, hash);
    log_progress_begin("lattice", p->wires + p->windows);
    if (!e) e = rounds(deck, comm, p, path, hash);
    log_progress_end();
    mem_free(&path);
    return e;
}

int mold_lattice_tasks_over(const struct rundir *at) {
    char *path = NULL;
    TRY(rundir_path(at, "mold.checkpoint.h5", &path));
    unlink(path);
    mem_free(&path);
    return ERR_OK;
}
