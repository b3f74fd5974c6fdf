/* kmc - from the deck to tables: ensemble, report, then the replicas that are written in full. */
#include "kmc/kmc.h"
#include "base/cite.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rundir.h"
#include "kmc/details.h"
#include "kmc/report.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void fill_plan(const struct setup *s, struct kmc_plan *plan) {
    const struct ensemble *e = &s->ensemble;
    memset(plan, 0, sizeof *plan);
    plan->replicas = e->n_rows * e->n_replicas;
    double grains = 0; /* at most one a cell */
    for (int k = 0; k < e->n_rows; k++) {
        double cells, bytes;
        if (e->row[k].profile.length <= 0) continue;
        sample_estimate(&e->row[k].profile, e->row[k].edge, s->material.layer, &cells, &bytes);
        plan->cells = fmax(plan->cells, cells);
        plan->bytes = fmax(plan->bytes, bytes);
        plan->events += cells * (double)e->n_replicas;
        grains += (double)e->n_replicas * fmin((double)e->n_kept, cells);
    }
    plan->bytes += (double)plan->replicas * sizeof(struct replica) + grains * sizeof(struct grainlist_grain);
}

int kmc_check(const struct comm *comm, struct deck *deck, struct kmc_plan *plan) {
    struct setup setup;
    int e = setup_read(comm, deck, &setup);
    if (!e && plan) fill_plan(&setup, plan);
    setup_clear(&setup);
    return e;
}

/* A small bulk that crystallises at constant rates. */
static double nothing_changes(const void *context, double T) {
    (void)T;
    return *(const double *)context;
}

int kmc_measure(double *speed) {
    struct profile profile;
    struct schedule *schedule = NULL;
    struct voxels *voxels = NULL;
    struct skin *skin = NULL;
    struct hazard *growth = NULL, *birth = NULL;
    struct crystal *crystal = NULL;
    struct schedule_piece hold = {NAN, NAN, 1e4, false};
    double u = 1, rate = 1e-4;
    int e, class = 0;
    bool stopped;
    profile_bulk(&profile, 100, 0);
    TRY_TO(done, schedule_create("hold", 500, 0, 1, &hold, &schedule));
    TRY_TO(done, voxels_create(&profile, 1, 0, &voxels));
    TRY_TO(done, skin_create(voxels, &skin));
    TRY_TO(done, hazard_create(schedule, nothing_changes, &u, NULL, 0, &growth));
    TRY_TO(done, hazard_create(schedule, nothing_changes, &rate, NULL, 0, &birth));
    struct crystal_channel channel = {FRONT_BULK, birth, 0};
    struct crystal_rates rates = {
        .speeds = {1, &class, &growth, NULL}, .n_channels = 1, .channel = &channel, .end = INFINITY};
    TRY_TO(done, crystal_create(voxels, skin, &rates, &crystal));
    TRY_TO(done, crystal_reset(crystal, 1, 1));
    double begin = comm_time();
    TRY_TO(done, crystal_run(crystal, INFINITY, NULL, &stopped));
    *speed = (double)crystal_front(crystal)->n_events / (comm_time() - begin);
done:
    crystal_destroy(&crystal);
    hazard_destroy(&growth);
    hazard_destroy(&birth);
    skin_destroy(&skin);
    voxels_destroy(&voxels);
    schedule_destroy(&schedule);
    return e;
}

/* Rods in which nothing can happen are named. */
static int say_idle(const struct ensemble *e) {
    int64_t idle = 0;
    for (int k = 0; k < e->n_main; k++) {
        bool any = false;
        for (int64_t r = 0; r < e->n_replicas && !any; r++)
            any = e->record[k * e->n_replicas + r].n_grains > 0;
        if (any) continue;
        idle++;
        log_warn("%s, %.4g nm: no crystal nucleates by the end of the schedule in any of %lld replicas",
                 e->row[k].schedule->name, e->row[k].diameter, (long long)e->n_replicas);
    }
    if (idle == e->n_main) log_note("nothing can happen at these temperatures with these rates");
    return ERR_OK;
}

static int write_records(const struct setup *s, struct results *out) {
    const struct ensemble *e = &s->ensemble;
    static const struct {
        const char *name, *unit, *what;
    } field[] = {
#define REPLICA_ROW(name, unit, what) {#name, unit, what},
        REPLICA_FIELDS(REPLICA_ROW)
#undef REPLICA_ROW
    };
    int64_t n = e->n_rows * e->n_replicas, dims[2] = {e->n_rows, e->n_replicas};
    double *x = NULL, *d = NULL;
    const char **name = NULL, **cause = NULL;
    char path[64];
    int code = MEM_NEW(x, n);
    if (!code) code = MEM_NEW(d, e->n_rows);
    if (!code) code = MEM_NEW(name, e->n_rows);
    if (!code) code = MEM_NEW(cause, e->n_rows);
    code = err_agree(out->comm, code);
    for (int k = 0; k < REPLICA_N && !code; k++) {
        for (int64_t m = 0; m < n; m++) x[m] = ((const double *)&e->record[m])[k];
        snprintf(path, sizeof path, "replicas/%s", field[k].name);
        code = results_array(out, path, H5_F64, 2, dims, x, field[k].unit, field[k].what);
    }
    for (int k = 0; k < e->n_rows && !code; k++) {
        d[k] = isfinite(e->row[k].diameter) ? e->row[k].diameter : NAN;
        name[k] = e->row[k].schedule->name;
        cause[k] = cause_name(&s->causes, e, k);
    }
    if (!code)
        code =
            results_array(out, "replicas/diameter", H5_F64, 1, dims, d, "nm", "widest diameter of each row");
    if (!code)
        code = h5_write_texts(out->h5, "/kmc/replicas/schedule", name, e->n_rows, "schedule of each row");
    if (!code && e->n_kept) code = grainlist_write(out->comm, out->h5, "/kmc/replicas/grains", n, &e->grains);
    if (!code && s->causes.n)
        code =
            h5_write_texts(out->h5, "/kmc/replicas/cause", cause, e->n_rows, "what is changed in each row");
    mem_free(&x);
    mem_free(&d);
    mem_free(&name);
    mem_free(&cause);
    return code;
}

static int prepare(struct setup *s, const struct rundir *at, const struct kmc_options *o, char hash[17],
                   char **checkpoint) {
    struct ensemble *e = &s->ensemble;
    TRY(rundir_hash(at, hash));
    TRY(rundir_effective(at));
    TRY(mem_agree(at->comm, checkpoint, rundir_path(at, "kmc.checkpoint.h5", checkpoint)));
    TRY_ALL(at->comm, MEM_NEW(e->record, e->n_rows * e->n_replicas));
    e->checkpoint = *checkpoint;
    e->hash = hash;
    return o->restart ? ensemble_resume(e, o->restart) : ERR_OK;
}

static int write_all(const struct comm *comm, struct setup *s, const struct rundir *at, bool anew,
                     struct results_scalars *scalars) {
    struct results out = {0};
    struct h5 *h5 = NULL;
    int e = rundir_h5(at, anew, &h5);
    if (!e)
        e = err_agree(comm, results_init(&out, comm, h5, "", at->dir, at->stem, "kmc", NULL, false, scalars));
    if (!e) e = write_records(s, &out);
    if (!e) e = report_write(s, &out);
    if (!e) e = details_write(s, &out);
    results_destroy(&out);
    if (h5) {
        int closed = h5_close(&h5, e == ERR_OK);
        if (!e) e = closed;
    }
    return e;
}

int kmc_run(const struct comm *comm, struct deck *deck, const struct kmc_options *options,
            struct results_scalars *scalars) {
    struct setup setup;
    struct rundir at = {0};
    char hash[17], *checkpoint = NULL;
    int e = setup_read(comm, deck, &setup);
    if (!e) e = deck_verdict(deck);
    cite_use("sohn2015");
    cite_use("slepoy2008");
    cite_use("kaplan1958");
    if (!e) e = rundir_open(&at, comm, deck, options->command);
    if (!e) e = prepare(&setup, &at, options, hash, &checkpoint);
    if (!e) e = ensemble_run(&setup.ensemble);
    if (!e) e = say_idle(&setup.ensemble);
    if (!e) e = write_all(comm, &setup, &at, options->anew, scalars);
    if (!e && comm->rank == 0) unlink(checkpoint);
    mem_free(&checkpoint);
    rundir_close(&at);
    setup_clear(&setup);
    return e;
}
