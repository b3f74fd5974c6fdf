/* output - a run without a checkpoint has one part, which is completed and renamed; with several, frames are
 * copied one by one into NAME.h5 through the trajectory reader, so memory stays that of one frame. Frames
 * keep their stored precision. */
#define _GNU_SOURCE
#include "md/output.h"
#include "md/checkpoint.h"
#include "md/stage.h"
#include "atoms/traj.h"
#include "atoms/traj_h5md.h"
#include "base/h5.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/tsv.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int part_path(const struct output *o, int64_t number, char **path) {
    return mem_sprintf(path, "%s/%s.part-%04lld.h5", o->at.dir, o->at.stem, (long long)number);
}

/* Local. The number in a name like NAME.part-0012.h5, perhaps with .partial behind; -1: another name. */
static int64_t part_number(const struct output *o, const char *name) {
    size_t n = strlen(o->at.stem);
    char *end;
    if (strncmp(name, o->at.stem, n) || strncmp(name + n, ".part-", 6)) return -1;
    long long number = strtoll(name + n + 6, &end, 10);
    return strcmp(end, ".h5") && strcmp(end, ".h5.partial") ? -1 : (int64_t)number;
}

/* Local. A file of ours that a killed run left half-written. */
static bool half_written(const struct output *o, const char *name) {
    static const char *const ours[] = {".h5",         ".checkpoint.h5", ".effective.yml",
                                       ".thermo.tsv", ".summary.tsv",   ".crash.xyz"};
    size_t n = strlen(o->at.stem);
    if (strncmp(name, o->at.stem, n)) return false;
    for (size_t k = 0; k < sizeof ours / sizeof *ours; k++) {
        size_t m = strlen(ours[k]);
        if (strncmp(name + n, ours[k], m) == 0 && strcmp(name + n + m, ".partial") == 0) return true;
    }
    return false;
}

/* Local. Gaps in the numbers do not matter. */
static int remove_parts(const struct output *o, int64_t from) {
    DIR *folder = opendir(o->at.dir);
    if (!folder) return ERR_OK; /* nothing there */
    int e = ERR_OK;
    for (struct dirent *entry = readdir(folder); entry && !e; entry = readdir(folder)) {
        char *path = NULL;
        if (part_number(o, entry->d_name) < from && !half_written(o, entry->d_name)) continue;
        e = mem_sprintf(&path, "%s/%s", o->at.dir, entry->d_name);
        if (!e) unlink(path);
        mem_free(&path);
    }
    closedir(folder);
    return e;
}

int output_drop_parts(struct output *o, int64_t n_parts) {
    o->n_parts = n_parts;
    return err_agree(o->at.comm, o->at.comm->rank == 0 ? remove_parts(o, n_parts) : ERR_OK);
}

static int find_parts(const struct output *o, int64_t n_parts) {
    for (int64_t k = 0; k < n_parts; k++) {
        char *path = NULL;
        TRY(part_path(o, k, &path));
        int e = ERR_OK;
        if (access(path, R_OK))
            e = err_set(ERR_INPUT, __FILE__, __LINE__,
                        "the restart needs %s, which belongs to the checkpoint: %s; put it back, or begin "
                        "anew without --restart",
                        path, strerror(errno));
        mem_free(&path);
        TRY(e);
    }
    return ERR_OK;
}

int output_keep_parts(struct output *o, int64_t n_parts) {
    TRY_ALL(o->at.comm, o->at.comm->rank == 0 ? find_parts(o, n_parts) : ERR_OK);
    return output_drop_parts(o, n_parts);
}

/* Local, rank 0. */
static bool there(const struct output *o, const char *suffix, char **path) {
    if (rundir_path(&o->at, suffix, path)) return false;
    return access(*path, F_OK) == 0;
}

int output_fresh(struct output *o, const char *hash) {
    char *checkpoint = NULL, *results = NULL;
    bool unfinished = o->at.comm->rank == 0 && there(o, "checkpoint.h5", &checkpoint), same = false;
    int64_t found = unfinished;
    int e = ERR_OK;
    comm_max_i64(o->at.comm, &found, 1);
    mem_free(&checkpoint);
    TRY(mem_agree(o->at.comm, &checkpoint, rundir_path(&o->at, "checkpoint.h5", &checkpoint)));
    if (found) TRY_TO(done, checkpoint_made_by(o->at.comm, checkpoint, hash, &same));
    if (same) {
        e = err_set(ERR_CREATE, __FILE__, __LINE__,
                    "%s is the checkpoint of an unfinished run of this very deck: go on with --restart %s, "
                    "or remove it to begin anew",
                    checkpoint, checkpoint);
        goto done;
    }
    if (found) {
        log_note("%s and its parts, of an unfinished run of another deck, are removed", checkpoint);
        if (o->at.comm->rank == 0) unlink(checkpoint);
    }
    TRY_TO(done, output_drop_parts(o, 0));
    if (o->at.comm->rank == 0 && there(o, "h5", &results))
        log_note("%s and its tables are of an earlier run; they are replaced when this one is complete",
                 results);
done:
    mem_free(&checkpoint);
    mem_free(&results);
    return e;
}

int output_open(struct output *o, const struct comm *comm, struct deck *deck, const char *command) {
    memset(o, 0, sizeof *o);
    o->lj = deck_lj(deck);
    o->fields = TRAJ_IMAGE;
    if (deck_has(deck, "md")) { /* a deck may do nothing but build */
        if (deck_bool(deck, "md.trajectory.velocity")) o->fields |= TRAJ_V;
        if (deck_bool(deck, "md.trajectory.force")) o->fields |= TRAJ_F;
        if (deck_bool(deck, "md.trajectory.stress")) o->fields |= TRAJ_STRESS;
        if (deck_choice(deck, "md.trajectory.precision") == 1) o->fields |= TRAJ_SINGLE;
        o->deflate = (int)deck_int(deck, "md.trajectory.deflate");
    }
    return rundir_open(&o->at, comm, deck, command);
}

void output_destroy(struct output *o) {
    if (o->part && h5_close(&o->part, false)) err_clear();
    record_destroy(&o->record);
    rundir_close(&o->at);
}

static int need_part(struct output *o) {
    char *path = NULL;
    if (o->part) return ERR_OK;
    TRY(mem_agree(o->at.comm, &path, part_path(o, o->n_parts, &path)));
    int e = h5_create(o->at.comm, path, &o->part);
    mem_free(&path);
    o->started = false;
    return e;
}

void output_stage(struct output *o, const char *name) {
    o->stage = name;
    o->started = false;
    o->record.n = 0;
}

int output_stage_end(struct output *o) {
    if (!o->stage || o->record.n == 0) return ERR_OK;
    TRY(need_part(o));
    TRY(record_write(&o->record, o->part, o->stage, o->lj));
    o->record.n = 0;
    return ERR_OK;
}

int output_frame(struct output *o, const struct frame *frame) {
    TRY(need_part(o));
    if (!o->started) TRY(traj_h5md_begin(o->part, o->stage, frame, o->fields, o->deflate));
    o->started = true;
    return traj_h5md_append(o->part, o->stage, frame);
}

int output_close_part(struct output *o) {
    TRY(output_stage_end(o));
    if (!o->part) return ERR_OK;
    TRY(h5_close(&o->part, true));
    o->n_parts++;
    o->started = false;
    return ERR_OK;
}

/* ---- the end of a run */
static int copy_frames(struct output *o, const char *part, struct h5 *from, struct h5 *to,
                       const char *stage) {
    char group[400];
    struct traj *traj = NULL;
    struct frame frame;
    int e = ERR_OK, fields;
    snprintf(group, sizeof group, "/particles/%s", stage);
    if (!h5_exists(from, group)) return ERR_OK;
    frame_init(&frame);
    TRY_TO(done, traj_open(o->at.comm, part, stage, NULL, &traj));
    for (int64_t k = 0; k < traj_frames(traj); k++) {
        TRY_TO(done, traj_read(traj, k, &frame, &fields));
        if (!h5_exists(to, group)) TRY_TO(done, traj_h5md_begin(to, stage, &frame, o->fields, o->deflate));
        TRY_TO(done, traj_h5md_append(to, stage, &frame));
    }
done:
    traj_close(&traj);
    frame_destroy(&frame);
    return e;
}

/* One stage from all parts: its frames, then its record in one piece. */
static int join_stage(struct output *o, struct h5 *to, const char *stage) {
    struct record record = {0};
    int e = ERR_OK;
    for (int64_t k = 0; k < o->n_parts && !e; k++) {
        char *path = NULL;
        struct h5 *from = NULL;
        TRY_TO(done, mem_agree(o->at.comm, &path, part_path(o, k, &path)));
        e = h5_open(o->at.comm, path, &from);
        if (!e) e = copy_frames(o, path, from, to, stage);
        if (!e) e = err_agree(o->at.comm, record_read(&record, from, stage, o->lj));
        if (from && h5_close(&from, false)) err_clear();
        mem_free(&path);
    }
    if (!e) e = record_write(&record, to, stage, o->lj);
done:
    record_destroy(&record);
    return e;
}

static int join(struct output *o, const char *final) {
    struct h5 *to = NULL;
    int e = ERR_OK;
    TRY(h5_create(o->at.comm, final, &to));
    for (int k = 0; k < stage_count(o->at.deck); k++)
        TRY_TO(done, join_stage(o, to, deck_text(o->at.deck, "md.stages[%d].name", k)));
    TRY_TO(done, rundir_identity(&o->at, to));
done:;
    int closed = h5_close(&to, e == ERR_OK);
    return e ? e : closed;
}

static int rename_part(const struct output *o, const char *final) {
    char *path = NULL;
    if (o->at.comm->rank) return ERR_OK;
    TRY(part_path(o, 0, &path));
    int code = rename(path, final)
                   ? err_set(ERR_WRITE, __FILE__, __LINE__, "cannot rename %s: %s", path, strerror(errno))
                   : ERR_OK;
    mem_free(&path);
    return code;
}

static int thermo_table(struct output *o, const char *final) {
    bool piston = false;
    char *columns = NULL, *path = NULL;
    struct tsv *tsv = NULL;
    struct h5 *h5 = NULL;
    int e = ERR_OK;
    for (int k = 0; k < stage_count(o->at.deck); k++)
        piston = piston || deck_has(o->at.deck, "md.stages[%d].wall.pressure", k);
    TRY_ALL_TO(o->at.comm, done, record_tsv_columns(o->lj, piston, &columns));
    TRY_ALL_TO(o->at.comm, done, tsv_create(columns, &tsv));
    TRY_ALL_TO(o->at.comm, done, rundir_path(&o->at, "thermo.tsv", &path));
    TRY_TO(done, h5_open(o->at.comm, final, &h5));
    for (int k = 0; k < stage_count(o->at.deck); k++) {
        const char *stage = deck_text(o->at.deck, "md.stages[%d].name", k);
        struct record record = {0};
        e = record_read(&record, h5, stage, o->lj);
        if (!e) e = record_tsv_add(&record, stage, tsv);
        record_destroy(&record);
        TRY_ALL_TO(o->at.comm, done, e);
    }
    TRY_TO(done, tsv_write(o->at.comm, tsv, path));
done:
    if (h5 && h5_close(&h5, false)) err_clear();
    tsv_destroy(&tsv);
    mem_free(&columns);
    mem_free(&path);
    return e;
}

int output_finish(struct output *o) {
    char *final = NULL, *checkpoint = NULL;
    int e = ERR_OK;
    TRY(output_stage_end(o));
    TRY_ALL_TO(o->at.comm, done, rundir_path(&o->at, "h5", &final));
    TRY_ALL_TO(o->at.comm, done, rundir_path(&o->at, "checkpoint.h5", &checkpoint));
    if (o->n_parts == 0) {
        TRY_TO(done, need_part(o));
        TRY_TO(done, rundir_identity(&o->at, o->part));
        TRY_TO(done, output_close_part(o));
        TRY_ALL_TO(o->at.comm, done, rename_part(o, final));
    } else {
        TRY_TO(done, output_close_part(o));
        log_note("joining %lld parts into %s", (long long)o->n_parts, final);
        TRY_TO(done, join(o, final));
    }
    TRY_TO(done, thermo_table(o, final));
    if (o->at.comm->rank == 0) {
        unlink(checkpoint); /* first: never a checkpoint without its parts */
        e = remove_parts(o, 0);
    }
    e = err_agree(o->at.comm, e);
done:
    mem_free(&final);
    mem_free(&checkpoint);
    return e;
}

int output_crash(struct output *o, const struct frame *frame) {
    char *path = NULL;
    struct traj_writer *writer = NULL;
    TRY(mem_agree(o->at.comm, &path, rundir_path(&o->at, "crash.xyz", &path)));
    int e = traj_create(o->at.comm, path, TRAJ_V, 0, &writer);
    if (!e) e = traj_write(writer, frame);
    if (writer) {
        int closed = traj_finish(&writer, e == ERR_OK);
        if (!e) e = closed;
    }
    if (!e) log_note("the last state is in %s", path);
    mem_free(&path);
    return e;
}
