/* run - the command lines of run and check; what a run will need, estimated or measured. */
#include "cli/run.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/stop.h"
#include "cli/args.h"
#include "cli/schema.h"
#include "cli/sections.h"
#include "kmc/kmc.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define USAGE                                                                                    \
    "vitrine run DECK [--set KEY=VALUE]... [--restart FILE|auto] [--dry-run] [--walltime TIME] " \
    "[--stop-file "                                                                              \
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

static void estimate_kmc(const struct kmc_plan *plan, double speed, int ranks) {
    log_note("replicas       %lld, the largest specimen has %.3g voxels and patches",
             (long long)plan->replicas, plan->cells);
    log_note("memory         %.3g MB on each rank at most", plan->bytes / 1e6);
    if (isfinite(speed))
        log_note("wall time      at most %.3g min (%.3g M events/s measured here)",
                 plan->events / speed / ranks / 60, speed / 1e6);
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
    if (!e) e = sections_check(comm, deck, &plan);
    if (!e && o.dry_run) {
        estimate(&plan, NAN, comm->size);
        log_note("%s is fine", o.deck);
    } else if (!e) {
        stop_init(walltime, WALLTIME_MARGIN, o.stop_file);
        struct sections_options options = {o.command, o.restart, o.simd};
        e = sections_run(comm, deck, &options);
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
    int e = sections_check(comm, deck, &plan);
    if (!e && deck_has(deck, "md")) e = measure(comm, deck, path, &plan, sets, n_sets, &speed);
    if (!e) estimate(&plan, speed, comm->size);
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
