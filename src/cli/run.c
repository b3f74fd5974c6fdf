/* run - a deck's sections in their order: build (alone) or md, kmc.rates, kmc.shape, analysis; then the
 * summary.
 *
 * Each section is a row of one table: what checks it, what says its needs, what runs it. */
#include "cli/run.h"
#include "analysis/analysis.h"
#include "atoms/build.h"
#include "atoms/traj.h"
#include "base/cite.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/stop.h"
#include "cli/args.h"
#include "cli/schema.h"
#include "cli/summary.h"
#include "kmc/calibrate.h"
#include "kmc/kmc.h"
#include "kmc/rates.h"
#include "md/md.h"
#include "md/output.h"
#include "md/stage.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

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
    bool anew; /* no section before this one made NAME.h5 */
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

/* --- what each section needs before it runs: mistakes are added to the deck */

static int check_atoms(const struct comm *comm, struct deck *deck, struct md_plan *plan) {
    memset(plan, 0, sizeof *plan);
    if (deck_has(deck, "md")) return md_check(comm, deck, plan);
    if (deck_has(deck, "build")) {
        struct species species;
        TRY(build_species(comm, deck, &species));
        build_check(deck, "build", &species, plan->box, &plan->n_atoms);
    }
    return ERR_OK;
}

static int check_analysis(const struct comm *comm, struct deck *deck) {
    const char *stages[256];
    int n = 0;
    (void)comm;
    if (deck_has(deck, "md"))
        for (int k = 0; k < stage_count(deck) && n < 256; k++)
            stages[n++] = deck_text(deck, "md.stages[%d].name", k);
    else stages[n++] = "build";
    analysis_check(deck, stages, n);
    return ERR_OK;
}

static int check_kmc(const struct comm *comm, struct deck *deck) {
    return kmc_check(comm, deck, NULL);
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
    if (!e) e = rundir_effective(&output.at, hash, false);
    if (!e) e = output_fresh(&output, hash);
    if (!e) e = rundir_effective(&output.at, hash, true);
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

static int analyse(const struct comm *comm, struct deck *deck, const char *command,
                   struct results_scalars *scalars) {
    struct rundir at;
    char *h5 = NULL;
    int e = rundir_open(&at, comm, deck, command);
    if (!e) e = err_agree(comm, rundir_path(&at, "h5", &h5));
    if (!e) {
        struct analysis_place place = {h5, h5, at.dir, at.stem, NULL};
        e = analysis_run(comm, deck, &place, scalars);
    }
    mem_free(&h5);
    rundir_close(&at);
    return e;
}

static int run_atoms(const struct comm *comm, struct deck *deck, const struct options *o,
                     struct results_scalars *scalars) {
    (void)scalars; /* the summary reads them from the file */
    struct md_options md = {o->command, o->restart, o->simd};
    return deck_has(deck, "md") ? md_run(comm, deck, &md) : build_only(comm, deck, o->command);
}

static int run_rates(const struct comm *comm, struct deck *deck, const struct options *o,
                     struct results_scalars *scalars) {
    return rates_run(comm, deck, o->command, o->anew, scalars);
}

static int run_kmc(const struct comm *comm, struct deck *deck, const struct options *o,
                   struct results_scalars *scalars) {
    struct kmc_options kmc = {o->command, o->restart, o->anew};
    return kmc_run(comm, deck, &kmc, scalars);
}

static int run_analysis(const struct comm *comm, struct deck *deck, const struct options *o,
                        struct results_scalars *scalars) {
    return analyse(comm, deck, o->command, scalars);
}

/* The sections in the order in which they run. A checkpoint named NAME.MARK.checkpoint.h5 restarts the
 * section with that mark; those before it are done then. */
static const struct section {
    const char *name, *or_name; /* either key of the deck asks for it */
    const char *mark;
    int (*check)(const struct comm *, struct deck *);
    int (*run)(const struct comm *, struct deck *, const struct options *, struct results_scalars *);
} sections[] = {
    {"md", "build", NULL, NULL, run_atoms}, /* its check makes the plan and comes last */
    {"kmc.rates", NULL, NULL, rates_check, run_rates},
    {"kmc.shape", NULL, "kmc", check_kmc, run_kmc},
    {"analysis", NULL, NULL, check_analysis, run_analysis},
};
#define N_SECTIONS ((int)(sizeof sections / sizeof sections[0]))

static bool asked(const struct deck *deck, const struct section *s) {
    return deck_has(deck, "%s", s->name) || (s->or_name && deck_has(deck, "%s", s->or_name));
}

/* All checks that need no running. */
static int check_deck(const struct comm *comm, struct deck *deck, struct md_plan *plan) {
    bool any = deck_has(deck, "kmc.calibrate");
    if (any) TRY(calibrate_check(comm, deck));
    for (int k = 0; k < N_SECTIONS; k++) {
        if (!asked(deck, &sections[k])) continue;
        any |= strcmp(sections[k].name, "analysis") != 0;
        if (sections[k].check) TRY(sections[k].check(comm, deck));
    }
    if (!any) deck_mistake(deck, "output", "the deck does nothing: give build: and md:, or kmc:");
    TRY(check_atoms(comm, deck, plan));
    return deck_verdict(deck);
}

/* First section that a restart from this checkpoint runs. */
static int restart_at(const char *restart) {
    for (int k = 0; restart && k < N_SECTIONS; k++) {
        char end[64];
        if (!sections[k].mark) continue;
        int n = snprintf(end, sizeof end, ".%s.checkpoint.h5", sections[k].mark);
        size_t length = strlen(restart);
        if (length >= (size_t)n && strcmp(restart + length - (size_t)n, end) == 0) return k;
    }
    return 0;
}

static int run_sections(const struct comm *comm, struct deck *deck, const struct options *o) {
    struct results_scalars scalars = {0};
    int e = ERR_OK, first = restart_at(o->restart), n_asked = 0;
    for (int k = 0; k < N_SECTIONS && !e; k++) {
        struct options own = *o;
        if (!asked(deck, &sections[k])) continue;
        own.anew = n_asked++ == 0;
        if (k != first) own.restart = NULL;
        if (k >= first) e = sections[k].run(comm, deck, &own, &scalars);
    }
    if (n_asked == 0) FAIL(ERR_USAGE, "this deck only fits: vitrine calibrate %s", deck_name(deck));
    if (!e) e = summary_write(comm, deck, &scalars);
    results_scalars_free(&scalars);
    return e;
}

static void estimate_kmc(const struct kmc_plan *plan, double speed, int ranks) {
    log_note("replicas       %lld, the largest specimen has %.3g voxels and patches",
             (long long)plan->replicas, plan->cells);
    log_note("memory         %.3g MB on each rank at most", plan->bytes / 1e6);
    if (isfinite(speed))
        log_note("wall time      at most %.3g min (%.3g M events/s measured here)",
                 plan->events / speed / ranks / 60, speed / 1e6);
}

static void estimate(const struct md_plan *plan, double speed, int ranks) {
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
    if (!e) e = deck_open(comm, o.deck, schema_tables(), o.sets, o.n_sets, &deck);
    if (!e) e = check_deck(comm, deck, &plan);
    if (!e && o.dry_run) {
        if (plan.n_atoms > 0) estimate(&plan, NAN, comm->size);
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
    TRY(deck_open(comm, path, schema_tables(), sets, n_sets, &deck));
    int e = check_deck(comm, deck, &plan);
    if (!e && deck_has(deck, "md")) e = measure(comm, deck, path, &plan, sets, n_sets, &speed);
    if (!e && plan.n_atoms > 0) estimate(&plan, speed, comm->size);
    if (!e && deck_has(deck, "kmc.shape")) {
        struct kmc_plan kmc;
        e = kmc_check(comm, deck, &kmc);
        if (!e) e = err_agree(comm, kmc_measure(&speed));
        if (!e) estimate_kmc(&kmc, speed, comm->size);
    }
    if (!e) log_note("%s is fine", path);
    deck_close(&deck);
    return e;
}
