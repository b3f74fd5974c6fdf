/* convert - frames stream from one file into the other; one is in memory. What the input has, the output
 * gets. */
#include "cli/convert.h"
#include "atoms/traj.h"
#include "base/deck.h"
#include "base/log.h"
#include "base/unit.h"
#include "cli/args.h"

#include <string.h>

#define USAGE                                                                                              \
    "vitrine convert IN OUT [--group STAGE] [--frames all|first|last|N] [--names \"Cu Zr\"] [--time-step " \
    "\"2 fs\"] "                                                                                           \
    "[--deflate 1..9] [--single]"

struct job {
    const char *in, *out, *group, *frames, *names, *time_step, *deflate;
    int single;
    double dt; /* ps; 0: times as the file says */
    int level; /* of deflate */
    int64_t first, last;
};

static int parse(int argc, char **argv, struct job *job) {
    const char *words[2], *why;
    int n;
    long long level = 0;
    const struct args_option options[] = {{.name = "--group", .value = &job->group},
                                          {.name = "--frames", .value = &job->frames},
                                          {.name = "--names", .value = &job->names},
                                          {.name = "--time-step", .value = &job->time_step},
                                          {.name = "--deflate", .value = &job->deflate},
                                          {.name = "--single", .on = &job->single},
                                          {.name = NULL}};
    TRY(args_parse(argc, argv, options, words, 2, &n, USAGE));
    if (n < 2) FAIL(ERR_USAGE, "an input and an output are needed\nusage: " USAGE);
    job->in = words[0];
    job->out = words[1];
    if (job->time_step && unit_parse(job->time_step, UNIT_TIME, false, &job->dt, &why))
        FAIL(ERR_USAGE, "--time-step %s: %s", job->time_step, why);
    if (job->deflate && (unit_parse_int(job->deflate, &level, &why) || level < 0 || level > 9))
        FAIL(ERR_USAGE, "--deflate %s: a whole number from 0 to 9", job->deflate);
    job->level = (int)level;
    return ERR_OK;
}

static bool ends(const char *s, const char *end) {
    size_t n = strlen(s), m = strlen(end);
    return n > m && strcmp(s + n - m, end) == 0;
}

/* Local. First and last frame; a data file takes the last unless told otherwise. */
static int choose_frames(struct job *job, int64_t n) {
    const char *what = job->frames, *why;
    long long k;
    bool data = ends(job->out, ".data") || ends(job->out, ".lmp") || ends(job->out, ".data.gz") ||
                ends(job->out, ".lmp.gz");
    if (!what) what = data ? "last" : "all";
    job->first = 0;
    job->last = n - 1;
    if (strcmp(what, "all") == 0) return ERR_OK;
    if (strcmp(what, "last") == 0) job->first = n - 1;
    else if (strcmp(what, "first") == 0) job->last = 0;
    else if (unit_parse_int(what, &k, &why))
        FAIL(ERR_USAGE, "--frames %s: say all, first, last or a number", what);
    else if (k < 0 || k >= n)
        FAIL(ERR_USAGE, "--frames %lld: %s has frames 0 to %lld", k, job->in, (long long)n - 1);
    else job->first = job->last = k;
    return ERR_OK;
}

static int copy(const struct comm *comm, const struct job *job, struct traj *traj) {
    struct traj_writer *writer = NULL;
    struct frame frame;
    int fields, e = ERR_OK;
    bool timeless = false;
    frame_init(&frame);
    log_progress_begin("convert", (double)(job->last - job->first + 1));
    for (int64_t k = job->first; k <= job->last && !e; k++) {
        TRY_TO(out, traj_read(traj, k, &frame, &fields));
        if (!(fields & TRAJ_TIME) && job->dt > 0) frame.time = job->dt * (double)frame.step;
        else if (!(fields & TRAJ_TIME)) timeless = true;
        if (!writer) {
            int keep = fields | (job->single ? TRAJ_SINGLE : 0);
            TRY_TO(out, traj_create(comm, job->out, keep, job->level, &writer));
        }
        e = traj_write(writer, &frame);
        log_progress_at((double)(k - job->first + 1), "frame %lld", (long long)k);
    }
out:
    log_progress_end();
    frame_destroy(&frame);
    int finished = traj_finish(&writer, !e);
    if (!e && !finished && timeless && job->last > job->first)
        log_warn("%s does not say its times, they are 0 in %s; give --time-step \"1 fs\" to count them from "
                 "the steps",
                 job->in, job->out);
    return e ? e : finished;
}

int convert_run(const struct comm *comm, int argc, char **argv) {
    struct job job = {0};
    struct traj *traj = NULL;
    TRY(parse(argc, argv, &job));
    int e = traj_open(comm, job.in, job.group, job.names, &traj);
    if (!e) e = choose_frames(&job, traj_frames(traj));
    if (!e) e = copy(comm, &job, traj);
    if (!e)
        log_note("%s -> %s: %lld frame%s of %lld atoms%s%s", job.in, job.out,
                 (long long)(job.last - job.first + 1), job.last > job.first ? "s" : "",
                 (long long)traj_atoms(traj), traj_group(traj)[0] ? ", stage " : "", traj_group(traj));
    traj_close(&traj);
    return e;
}
