/* run - a deck's sections in their order: build (alone), md, analysis, summary. */
#include "cli/run.h"
#include "analysis/analysis.h"
#include "atoms/build.h"
#include "atoms/traj.h"
#include "base/cite.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rundir.h"
#include "base/stop.h"
#include "cli/args.h"
#include "cli/schema.h"
#include "cli/summary.h"
#include "md/md.h"
#include "md/output.h"
#include "md/stage.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define USAGE                                                                                            \
    "vitrine run DECK [--set KEY=VALUE]... [--restart FILE] [--dry-run] [--walltime TIME] [--stop-file " \
    "FILE] [--simd SET]"
#define CHECK_USAGE "vitrine check DECK [--set KEY=VALUE]..."
#define SAMPLE 200000.0      /* atoms a rank whose speed stands for that of more */
#define WALLTIME_MARGIN 30.0 /* s kept for the checkpoint */

struct options {
    const char *deck, *restart, *walltime, *stop_file, *simd;
    const char *sets[ARGS_MAX];
    int n_sets, dry_run;
    char *command;
};

static int join_words(int argc, char **argv, char **out) {
    size_t n = strlen("vitrine") + 1;
    for (int k = 0; k < argc; k++) n += strlen(argv[k]) + 1;
    TRY(MEM_NEW(*out, n));
    strcpy(*out, "vitrine");
    for (int k = 0; k < argc; k++) {
        strcat(*out, " ");
        strcat(*out, argv[k]);
    }
    return ERR_OK;
}

static int parse(int argc, char **argv, struct options *o) {
    const struct args_option options[] = {{.name = "--set", .list = o->sets, .n_list = &o->n_sets},
                                          {.name = "--restart", .value = &o->restart},
                                          {.name = "--walltime", .value = &o->walltime},
                                          {.name = "--stop-file", .value = &o->stop_file},
                                          {.name = "--simd", .value = &o->simd},
                                          {.name = "--dry-run", .on = &o->dry_run},
                                          {.name = NULL}};
    int n;
    TRY(args_parse(argc, argv, options, &o->deck, 1, &n, USAGE));
    if (n != 1) FAIL(ERR_USAGE, "which deck?\nusage: " USAGE);
    return join_words(argc, argv, &o->command);
}

/* All checks that need no running, each on what the schema found clean: one run shows all mistakes. */
static int check_deck(const struct comm *comm, struct deck *deck, struct md_plan *plan) {
    const char *stages[256];
    int n = 0;
    bool md = deck_has(deck, "md"), build = deck_has(deck, "build");
    memset(plan, 0, sizeof *plan);
    if (!deck_clean(deck, "units") || !deck_clean(deck, "seed")) return deck_verdict(deck);
    if (!md && !build && !deck_has(deck, "analysis") && deck_clean(deck, "md") && deck_clean(deck, "build"))
        deck_mistake(deck, "output", "the deck does nothing: give build: and md:, or analysis: of files");
    bool staged = !md || deck_clean(deck, "md.stages");
    if (md && staged)
        for (int k = 0; k < stage_count(deck) && n < 256; k++)
            stages[n++] = deck_text(deck, "md.stages[%d].name", k);
    if (build && !md) stages[n++] = "build";
    if (deck_has(deck, "analysis") && deck_clean(deck, "analysis") && staged)
        TRY(analysis_check(comm, deck, stages, n));
    if (md) return md_check(comm, deck, plan);
    if (build && deck_clean(deck, "material") && deck_clean(deck, "build")) {
        struct species species;
        TRY(build_species(comm, deck, &species));
        build_check(deck, "build", &species, plan->box, &plan->n_atoms);
    }
    return deck_verdict(deck);
}

/* A deck with `build` alone: make the atoms and write them. */
static int build_only(const struct comm *comm, struct deck *deck, const char *command) {
    struct output output;
    struct species species;
    struct frame frame;
    struct traj_writer *writer = NULL;
    char *path = NULL, hash[17];
    frame_init(&frame);
    int e = output_open(&output, comm, deck, command);
    if (!e) e = rundir_hash(&output.at, hash);
    if (!e) e = output_fresh(&output, hash);
    if (!e) e = rundir_effective(&output.at);
    if (!e) e = build_species(comm, deck, &species);
    if (!e) e = build_run(comm, deck, "build", &species, &frame);
    output_stage(&output, "build");
    if (!e) e = output_frame(&output, &frame);
    if (!e) e = output_finish(&output);
    if (!e) e = err_agree(comm, rundir_path(&output.at, "xyz", &path));
    if (!e) e = traj_create(comm, path, 0, 0, &writer);
    if (!e) e = traj_write(writer, &frame);
    if (writer) {
        int closed = traj_finish(&writer, e == ERR_OK);
        if (!e) e = closed;
    }
    if (!e) log_note("%lld atoms in %s", (long long)frame.n_global, path);
    mem_free(&path);
    frame_destroy(&frame);
    output_destroy(&output);
    return e;
}

/* Local. How to resume, behind why it stopped. */
static int go_on(const char *h5) {
    char *why = NULL;
    TRY(mem_strdup(&why, err_message()));
    err_clear();
    int e = err_set(ERR_TIME, __FILE__, __LINE__, "%s; go on with --restart %s", why, h5);
    mem_free(&why);
    return e;
}

/* alone: no atoms were made; the passes read files. */
static int analyse(const struct comm *comm, struct deck *deck, const char *command, bool alone,
                   struct results_scalars *scalars) {
    struct rundir at;
    char *h5 = NULL;
    int e = rundir_open(&at, comm, deck, command);
    if (!e) e = err_agree(comm, rundir_path(&at, "h5", &h5));
    if (!e && alone) e = rundir_effective(&at);
    if (!e) {
        struct analysis_place place = {alone ? NULL : h5, h5, at.dir, at.stem, alone, alone ? command : NULL};
        e = analysis_run(comm, deck, &place, scalars);
        if (e == ERR_TIME) e = go_on(h5);
    }
    mem_free(&h5);
    rundir_close(&at);
    return e;
}

/* Collective. Whether the run itself is over (it was stopped in its analysis, or its analysis has changed):
 * --restart names NAME.h5, or the checkpoint that its completion removed. */
static int run_over(const struct comm *comm, struct deck *deck, const char *restart, bool *over) {
    struct rundir at;
    char *final = NULL;
    *over = false;
    TRY(rundir_open(&at, comm, deck, ""));
    int e = err_agree(comm, rundir_path(&at, "h5", &final));
    int64_t other = !e && comm->rank == 0 && access(restart, F_OK) == 0 && strcmp(restart, final);
    comm_max_i64(comm, &other, 1);
    if (!e && !other) e = rundir_complete(&at, over);
    if (!e && *over) log_note("%s is complete; on with its analysis", final);
    mem_free(&final);
    rundir_close(&at);
    return e;
}

static int run_sections(const struct comm *comm, struct deck *deck, const struct options *o) {
    struct md_options md = {o->command, o->restart, o->simd};
    struct results_scalars scalars = {0};
    bool alone = !deck_has(deck, "md") && !deck_has(deck, "build"), over = false;
    int e = o->restart && !alone ? run_over(comm, deck, o->restart, &over) : ERR_OK;
    if (!e && !over && deck_has(deck, "md")) e = md_run(comm, deck, &md);
    else if (!e && !over && !alone) e = build_only(comm, deck, o->command);
    if (!e && deck_has(deck, "analysis")) e = analyse(comm, deck, o->command, alone, &scalars);
    if (!e) e = summary_write(comm, deck, &scalars);
    results_scalars_free(&scalars);
    return e;
}

static void estimate(const struct md_plan *plan, double speed, int ranks) {
    if (plan->n_atoms == 0) return; /* passes on files */
    log_note("atoms          %.0f (at most %.0f)", plan->n_atoms, plan->n_most);
    log_note("steps          %lld", (long long)plan->n_steps);
    if (plan->bytes > 0)
        log_note("memory         %.3g MB on %s%s", plan->bytes / 1e6, ranks > 1 ? "each rank" : "1 rank",
                 plan->recompute ? ", with pair derivatives computed twice" : "");
    log_note("disk           %.3g MB of frames and records", plan->disk / 1e6);
    if (isfinite(speed))
        log_note("wall time      %.3g min (%.3g Matom-step/s measured here)", plan->atom_steps / speed / 60,
                 speed / 1e6);
}

int run_verb(const struct comm *comm, int argc, char **argv) {
    struct options o = {0};
    struct deck *deck = NULL;
    struct md_plan plan;
    double walltime = 0;
    const char *why;
    int e = parse(argc, argv, &o);
    if (!e && o.walltime && unit_parse(o.walltime, UNIT_DURATION, false, &walltime, &why))
        e = err_set(ERR_USAGE, __FILE__, __LINE__, "--walltime %s: %s", o.walltime, why);
    if (!e) e = deck_read(comm, o.deck, schema_tables(), o.sets, o.n_sets, &deck);
    if (!e) e = check_deck(comm, deck, &plan);
    if (!e && o.dry_run) {
        estimate(&plan, NAN, comm->size);
        log_note("%s is fine", o.deck);
    } else if (!e) {
        stop_init(walltime, WALLTIME_MARGIN, o.stop_file);
        e = run_sections(comm, deck, &o);
        stop_finish();
    }
    deck_close(&deck);
    mem_free(&o.command);
    return e;
}

/* Local. Settings that make fewer atoms of the same kind; how many settings, 0 where the deck does not say
 * how many atoms. */
static int smaller(const struct deck *deck, double n, double want, char text[2][160], const char *sets[]) {
    double ratio = 1, scale = cbrt(n / want);
    int count = 0;
    if (deck_has(deck, "material.counts")) return 0;
    if (deck_has(deck, "build.cells")) {
        long cells[3];
        for (int a = 0; a < 3; a++) {
            double had = (double)deck_int_at(deck, a, "build.cells");
            cells[a] = (long)fmax(1, floor(had / scale));
            ratio *= (double)cells[a] / had;
        }
        snprintf(text[count], 160, "build.cells=[%ld, %ld, %ld]", cells[0], cells[1], cells[2]);
        sets[count] = text[count];
        count++;
    } else ratio = want / n;
    if (deck_has(deck, "build.n_atoms")) {
        snprintf(text[count], 160, "build.n_atoms=%ld",
                 (long)floor(ratio * (double)deck_int(deck, "build.n_atoms")));
        sets[count] = text[count];
        count++;
    }
    return count;
}

/* Collective. Speed of the deck's atoms, or of fewer of them where all would take long to build. */
static int measure(const struct comm *comm, struct deck *deck, const char *path, const struct md_plan *plan,
                   const char *sets[ARGS_MAX], int n_sets, double *speed) {
    double most = SAMPLE * comm->size;
    char text[2][160];
    struct deck *small = NULL;
    *speed = NAN;
    if (plan->n_atoms > 0 && plan->n_atoms <= 1.5 * most) return md_measure(comm, deck, speed);
    int more = plan->n_atoms > 0 && n_sets + 2 <= ARGS_MAX
                   ? smaller(deck, plan->n_atoms, most, text, sets + n_sets)
                   : 0;
    if (more == 0) return ERR_OK;
    TRY(deck_open(comm, path, schema_tables(), sets, n_sets + more, &small));
    int e = md_measure(comm, small, speed);
    deck_close(&small);
    return e;
}

int run_check_verb(const struct comm *comm, int argc, char **argv) {
    const char *path = NULL, *sets[ARGS_MAX];
    int n_sets = 0, n = 0;
    const struct args_option options[] = {{.name = "--set", .list = sets, .n_list = &n_sets}, {.name = NULL}};
    struct deck *deck = NULL;
    struct md_plan plan;
    double speed = NAN;
    TRY(args_parse(argc, argv, options, &path, 1, &n, CHECK_USAGE));
    if (n != 1) FAIL(ERR_USAGE, "which deck?\nusage: " CHECK_USAGE);
    TRY(deck_read(comm, path, schema_tables(), sets, n_sets, &deck));
    int e = check_deck(comm, deck, &plan);
    if (!e && deck_has(deck, "md")) e = measure(comm, deck, path, &plan, sets, n_sets, &speed);
    if (!e) {
        estimate(&plan, speed, comm->size);
        log_note("%s is fine", path);
    }
    deck_close(&deck);
    return e;
}
