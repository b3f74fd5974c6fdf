/* sections - each section is a row of one table: what checks it, what runs it.
 *
 * A check reads only what the schema found clean (deck_clean), so that one run shows the mistakes of all
 * rooms. A section that needs no atoms works alone or behind md; the first that runs makes NAME.h5, the
 * others add to it. */
#include "cli/sections.h"
#include "analysis/analysis.h"
#include "atoms/build.h"
#include "atoms/traj.h"
#include "base/cite.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rundir.h"
#include "cli/summary.h"
#include "kmc/calibrate.h"
#include "kmc/kmc.h"
#include "kmc/mold.h"
#include "kmc/rates.h"
#include "md/output.h"
#include "md/stage.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct job {
    const struct comm *comm;
    struct deck *deck;
    const struct sections_options *options;
    const char *restart; /* for the section that it belongs to, or NULL */
    bool anew;           /* no section before this one made NAME.h5 */
    struct results_scalars *scalars;
};

/* --- checks: mistakes are added to the deck */

static int check_atoms(const struct comm *comm, struct deck *deck, struct md_plan *plan) {
    if (deck_has(deck, "md")) return md_check(comm, deck, plan);
    if (!deck_has(deck, "build") || !deck_clean(deck, "material") || !deck_clean(deck, "build"))
        return ERR_OK;
    struct species species;
    TRY(build_species(comm, deck, &species));
    build_check(deck, "build", &species, plan->box, &plan->n_atoms);
    return ERR_OK;
}

static int check_analysis(const struct comm *comm, struct deck *deck) {
    const char *stages[256];
    int n = 0;
    bool md = deck_has(deck, "md");
    if (!deck_clean(deck, "analysis") || (md && !deck_clean(deck, "md.stages"))) return ERR_OK;
    for (int k = 0; md && k < stage_count(deck) && n < 256; k++)
        stages[n++] = deck_text(deck, "md.stages[%d].name", k);
    if (!md && deck_has(deck, "build")) stages[n++] = "build";
    return analysis_check(comm, deck, stages, n);
}

static int check_kmc(const struct comm *comm, struct deck *deck) {
    return deck_clean(deck, "kmc") ? kmc_check(comm, deck, NULL) : ERR_OK;
}

static int check_mold(const struct comm *comm, struct deck *deck) {
    return deck_clean(deck, "mold") ? mold_check(comm, deck) : ERR_OK;
}

static int check_rates(const struct comm *comm, struct deck *deck) {
    return deck_clean(deck, "kmc") ? rates_check(comm, deck) : ERR_OK;
}

/* --- runs */

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

static int run_atoms(const struct job *j) {
    struct md_options md = {j->options->command, j->restart, j->options->simd};
    return deck_has(j->deck, "md") ? md_run(j->comm, j->deck, &md)
                                   : build_only(j->comm, j->deck, j->options->command);
}

static int run_rates(const struct job *j) {
    return rates_run(j->comm, j->deck, j->options->command, j->anew, j->scalars);
}

static int run_kmc(const struct job *j) {
    struct kmc_options kmc = {j->options->command, j->restart, j->anew};
    return kmc_run(j->comm, j->deck, &kmc, j->scalars);
}

static int run_mold(const struct job *j) {
    struct mold_options mold = {j->options->command, j->restart, j->anew};
    return mold_run(j->comm, j->deck, &mold, j->scalars);
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

static int run_analysis(const struct job *j) {
    return analyse(j->comm, j->deck, j->options->command, j->anew, j->scalars);
}

/* --- the table */

/* In the order in which they run. NAME.MARK.checkpoint.h5 restarts the section with that mark; those before
 * it are done then. */
static const struct section {
    const char *name, *or_name; /* either key of the deck asks for it */
    const char *mark;
    int (*check)(const struct comm *, struct deck *);
    int (*run)(const struct job *);
} sections[] = {
    {"md", "build", NULL, NULL, run_atoms}, /* its check makes the plan and comes last */
    {"kmc.rates", NULL, NULL, check_rates, run_rates},
    {"kmc.shape", NULL, "kmc", check_kmc, run_kmc},
    {"mold", NULL, "mold", check_mold, run_mold},
    {"analysis", NULL, NULL, check_analysis, run_analysis},
};
#define N_SECTIONS ((int)(sizeof sections / sizeof sections[0]))

static bool asked(const struct deck *deck, const struct section *s) {
    return deck_has(deck, "%s", s->name) || (s->or_name && deck_has(deck, "%s", s->or_name));
}

int sections_check(const struct comm *comm, struct deck *deck, struct md_plan *plan) {
    bool fits = deck_has(deck, "kmc.calibrate"), any = fits, misspelt = false;
    memset(plan, 0, sizeof *plan);
    if (!deck_clean(deck, "units") || !deck_clean(deck, "seed")) return deck_verdict(deck);
    if (fits && deck_clean(deck, "kmc")) TRY(calibrate_check(comm, deck));
    for (int k = 0; k < N_SECTIONS; k++) {
        misspelt |= !deck_clean(deck, sections[k].name);
        if (!asked(deck, &sections[k])) continue;
        any = true;
        if (sections[k].check) TRY(sections[k].check(comm, deck));
    }
    if (!any && !misspelt)
        deck_mistake(deck, "output",
                     "the deck does nothing: give build: and md:, or kmc:, or mold:, or analysis: of files");
    TRY(check_atoms(comm, deck, plan));
    return deck_verdict(deck);
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

/* First section that a restart from this checkpoint runs. */
static int restart_at(const struct comm *comm, struct deck *deck, const char *restart, int *first) {
    bool over = false;
    *first = 0;
    for (int k = 0; restart && k < N_SECTIONS; k++) {
        char end[64];
        if (!sections[k].mark) continue;
        int n = snprintf(end, sizeof end, ".%s.checkpoint.h5", sections[k].mark);
        size_t length = strlen(restart);
        if (length >= (size_t)n && strcmp(restart + length - (size_t)n, end) == 0) *first = k;
    }
    if (restart && !asked(deck, &sections[*first]))
        FAIL(ERR_INPUT,
             "--restart %s: by its name that is no checkpoint of a section of this deck (NAME.checkpoint.h5 of md, "
             "NAME.kmc.checkpoint.h5, NAME.mold.checkpoint.h5); give the file that the stopped run named",
             restart);
    if (restart && *first == 0 && asked(deck, &sections[0])) TRY(run_over(comm, deck, restart, &over));
    if (over) *first = 1;
    return ERR_OK;
}

/* Local. "DIR/NAME[.MARK].checkpoint.h5", or "DIR/NAME.h5" when checkpoint is false; by mem. */
static int left_path(const struct rundir *at, const char *mark, bool checkpoint, char **path) {
    mem_free(path);
    return mem_sprintf(path, "%s/%s%s%s%s.h5", at->dir, at->stem, mark ? "." : "", mark ? mark : "",
                       checkpoint ? ".checkpoint" : "");
}

/* Local, rank 0. What --restart auto finds: the checkpoint of the section that came last, else a result of
 * atoms; "" when there is nothing. */
static int find_left(const struct rundir *at, bool atoms, char **path) {
    for (int k = N_SECTIONS - 1; k >= 0; k--) {
        if (k && !sections[k].mark) continue;
        TRY(left_path(at, sections[k].mark, true, path));
        if (access(*path, F_OK) == 0) return ERR_OK;
    }
    TRY(left_path(at, NULL, false, path));
    if (!atoms || access(*path, F_OK)) **path = 0;
    return ERR_OK;
}

/* Collective. The file that a run goes on from, by mem; NULL: none. */
static int find_restart(const struct comm *comm, struct deck *deck, const char *asked_for, char **path) {
    struct rundir at;
    bool complete = true;
    *path = NULL;
    if (!asked_for || strcmp(asked_for, SECTIONS_AUTO))
        return mem_agree(comm, path, asked_for ? mem_strdup(path, asked_for) : ERR_OK);
    int e = rundir_open(&at, comm, deck, "");
    if (!e) e = err_agree(comm, comm->rank == 0 ? find_left(&at, asked(deck, &sections[0]), path) : ERR_OK);
    if (!e) e = comm_bcast_string(comm, path);
    size_t n = !e ? strlen(*path) : 0, m = strlen(".checkpoint.h5");
    if (n && (n < m || strcmp(*path + n - m, ".checkpoint.h5"))) e = rundir_complete(&at, &complete);
    if (*path && (!complete || !**path)) mem_free(path);
    rundir_close(&at);
    if (e) mem_free(path);
    else if (*path) log_note("going on from %s", *path);
    else log_note("nothing to go on from: from the beginning");
    return e;
}

int sections_run(const struct comm *comm, struct deck *deck, const struct sections_options *options) {
    struct results_scalars scalars = {0};
    char *restart = NULL;
    int first, n_asked = 0;
    TRY(find_restart(comm, deck, options->restart, &restart));
    int e = restart_at(comm, deck, restart, &first);
    for (int k = 0; k < N_SECTIONS && !e; k++) {
        if (!asked(deck, &sections[k])) continue;
        struct job job = {comm, deck, options, k == first ? restart : NULL, n_asked++ == 0, &scalars};
        if (k >= first) e = sections[k].run(&job);
    }
    if (!e && n_asked == 0)
        e = err_set(ERR_USAGE, __FILE__, __LINE__, "this deck only fits: vitrine calibrate %s",
                    deck_name(deck));
    if (!e) e = summary_write(comm, deck, &scalars);
    results_scalars_free(&scalars);
    mem_free(&restart);
    return e;
}
