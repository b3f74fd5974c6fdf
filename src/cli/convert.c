/* convert - frames stream from one file into the other; one is in memory. What the input has, the output
 * gets. An output named .eam.alloy, .eam.fs or .setfl is a potential: an EAM table read and written again,
 * where the input is the word zhou, the built-in elements tabulated, and of kim:MODEL what that model of
 * OpenKIM computes from. Scans and images (base/signal)
 * become such. */
#include "cli/convert.h"
#include "atoms/traj.h"
#include "base/deck.h"
#include "base/h5.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/signal.h"
#include "base/unit.h"
#include "cli/args.h"
#include "md/eam_kim.h"
#include "md/eam_write.h"

#include <string.h>

#define USAGE                                                                                              \
    "vitrine convert IN OUT [--group STAGE] [--frames all|first|last|N] [--names \"Cu Zr\"] [--time-step " \
    "\"2 fs\"] "                                                                                           \
    "[--deflate 1..9] [--single]\n"                                                                        \
    "       vitrine convert TABLE|zhou|kim:MODEL OUT.eam.alloy|OUT.eam.fs|OUT.setfl [--names \"Cu Zr\"] "  \
    "[--cutoff "                                                                                           \
    "\"9 A\"] "                                                                                            \
    "[--points 10000]\n"                                                                                   \
    "       vitrine convert SCAN|STACK|IMAGE OUT.hspy|OUT.emd|OUT.tif"

#define ZHOU_CUTOFF 9.0 /* A, as `kind: zhou` */
#define ZHOU_POINTS 10000

struct job {
    const char *in, *out, *group, *frames, *names, *time_step, *deflate, *cutoff, *points;
    int single;
    long long n_points;
    double r_cut; /* A */
    double dt;    /* ps; 0: times as the file says */
    int level;    /* of deflate */
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
                                          {.name = "--cutoff", .value = &job->cutoff},
                                          {.name = "--points", .value = &job->points},
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
    job->r_cut = ZHOU_CUTOFF;
    job->n_points = ZHOU_POINTS;
    if (job->cutoff && (unit_parse(job->cutoff, UNIT_LENGTH, false, &job->r_cut, &why) || job->r_cut <= 0))
        FAIL(ERR_USAGE, "--cutoff %s: a length such as \"9 A\"", job->cutoff);
    if (job->points &&
        (unit_parse_int(job->points, &job->n_points, &why) || job->n_points < 100 || job->n_points > 1000000))
        FAIL(ERR_USAGE, "--points %s: a whole number from 100 to 1000000", job->points);
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

/* Collective. The table of a file or of a model of OpenKIM, and where it is from (by mem). */
static int read_potential(const struct comm *comm, const char *from, struct eam_file *in, char **source) {
    if (strncmp(from, "kim:", 4) == 0) {
        char *mistake = NULL;
        int e = eam_kim_read(from + 4, in, &mistake);
        if (!e && mistake) e = err_set(ERR_USAGE, __FILE__, __LINE__, "%s", mistake);
        mem_free(&mistake);
        TRY_ALL(comm, e);
        return err_agree(comm, mem_sprintf(source, "OpenKIM %s", from + 4));
    }
    TRY(eam_file_read(comm, from, in));
    const char *slash = strrchr(from, '/');
    return err_agree(comm, mem_sprintf(source, "from %s (%s)", slash ? slash + 1 : from,
                                       eam_file_format_name(in->format)));
}

/* Collective. An EAM table from a table, from a model or from the built-in elements. */
static int convert_potential(const struct comm *comm, const struct job *job) {
    enum eam_format format = ends(job->out, ".fs") ? EAM_FS : EAM_ALLOY;
    struct eam_file in = {0}, out = {0};
    char *text = NULL, *source = NULL;
    int e = ERR_OK;
    if (strcmp(job->in, "zhou") == 0) {
        TRY_ALL_TO(comm, done,
                   eam_write_zhou(job->names ? job->names : "", job->r_cut, (int)job->n_points, &out));
        TRY_ALL_TO(comm, done,
                   mem_sprintf(&source, "Zhou, Johnson and Wadley, Phys. Rev. B 69 (2004) 144113"));
    } else {
        TRY_TO(done, read_potential(comm, job->in, &in, &source));
        if (job->cutoff || job->points)
            TRY_TO(done, err_set(ERR_USAGE, __FILE__, __LINE__,
                                 "--cutoff and --points are for zhou; a table keeps its own"));
        TRY_ALL_TO(comm, done, eam_write_select(&in, job->in, job->names, &out));
    }
    TRY_ALL_TO(comm, done, eam_write_text(&out, format, source, &text));
    TRY_TO(done, h5_put_text(comm, job->out, text));
    log_note("%s -> %s: %s, %d element%s", job->in, job->out, eam_file_format_name(format), out.n,
             out.n > 1 ? "s" : "");
done:
    eam_file_destroy(&in);
    eam_file_destroy(&out);
    mem_free(&text);
    mem_free(&source);
    return e;
}

/* Collective. */
static int convert_signal(const struct comm *comm, const struct job *job) {
    int64_t n = 0;
    TRY(signal_copy(comm, job->in, job->out, &n));
    log_note("%s -> %s: %lld pattern%s or image%s", job->in, job->out, (long long)n, n == 1 ? "" : "s",
             n == 1 ? "" : "s");
    return ERR_OK;
}

int convert_run(const struct comm *comm, int argc, char **argv) {
    struct job job = {0};
    struct traj *traj = NULL;
    TRY(parse(argc, argv, &job));
    if (ends(job.out, ".eam.alloy") || ends(job.out, ".eam.fs") || ends(job.out, ".setfl"))
        return convert_potential(comm, &job);
    if (signal_is_file(job.out)) return convert_signal(comm, &job);
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
