/* main - the verb table; the only place that prints an error and picks the exit status. */
#include "base/cite.h"
#include "base/comm.h"
#include "base/deck.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/prov.h"
#include "cli/analyze.h"
#include "cli/args.h"
#include "cli/calibrate.h"
#include "cli/convert.h"
#include "cli/manual.h"
#include "cli/run.h"
#include "cli/show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int version_verb(const struct comm *comm, int argc, char **argv) {
    int full = 0, n;
    const char *word;
    const struct args_option options[] = {{.name = "--full", .on = &full}, {.name = NULL}};
    (void)comm;
    TRY(args_parse(argc, argv, options, &word, 0, &n, "vitrine version [--full]"));
    char *text = NULL;
    if (full) TRY(prov_text(&text));
    log_note("vitrine %s (%s)%s%s", prov_version(), prov_commit(), text ? "\n" : "", text ? text : "");
    mem_free(&text);
    return ERR_OK;
}

static int help_verb(const struct comm *comm, int argc, char **argv);

static const struct {
    const char *name;
    int (*run)(const struct comm *, int, char **);
    const char *what;
} verbs[] = {
    {"run", run_verb, "DECK: run a deck; --set KEY=VALUE, --restart FILE|auto, --dry-run, --walltime TIME"},
    {"check", run_check_verb, "DECK: find mistakes; estimate atoms, memory, time, disk"},
    {"describe", manual_verb, "[SECTION[.KEY]]: the manual of deck keys"},
    {"analyze", analyze_run, "PASS FILE...: one pass on any trajectory"},
    {"calibrate", calibrate_verb, "DECK: fit numbers of kmc.material to measured points"},
    {"show", show_run, "FILE: what is in a file"},
    {"convert", convert_run, "IN OUT: between H5MD, extended XYZ, LAMMPS data and dump; potentials to setfl"},
    {"version", version_verb, "[--full]: version, commit, compiler, libraries"},
    {"help", help_verb, "this text"},
};
#define N_VERBS ((int)(sizeof verbs / sizeof *verbs))

static int help_verb(const struct comm *comm, int argc, char **argv) {
    (void)comm, (void)argc, (void)argv;
    log_note("vitrine - metallic glasses and nanorods, atom by atom, and as a microscope sees them\n");
    for (int k = 0; k < N_VERBS; k++) log_note("  vitrine %-9s %s", verbs[k].name, verbs[k].what);
    log_note("\nOn several cores: mpirun -n 4 vitrine run DECK. Decks to start from are in inputs/.");
    return ERR_OK;
}

static int dispatch(const struct comm *comm, int argc, char **argv) {
    if (argc < 2) return help_verb(comm, argc, argv);
    const char *names[N_VERBS], *word = argv[1];
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) word = "help";
    if (strcmp(word, "--version") == 0) word = "version";
    for (int k = 0; k < N_VERBS; k++) {
        names[k] = verbs[k].name;
        if (strcmp(word, verbs[k].name) == 0) return verbs[k].run(comm, argc - 1, argv + 1);
    }
    const char *near = deck_nearest(word, names, N_VERBS);
    if (near) FAIL(ERR_USAGE, "unknown command '%s'; did you mean '%s'?", word, near);
    FAIL(ERR_USAGE, "unknown command '%s'; vitrine help lists them", word);
}

static void report(int code) {
    const char *text = err_message();
    if (code == ERR_OK) return;
    fflush(stdout);
    if (!*text) text = err_text(code);
    if (strstr(text, ": error: ")) fprintf(stderr, "%s%s", text, text[strlen(text) - 1] == '\n' ? "" : "\n");
    else fprintf(stderr, "vitrine: %s: %s\n", code == ERR_TIME ? "stopped" : "error", text);
    if (code == ERR_INTERNAL) fprintf(stderr, "vitrine: this is a bug; it was noticed at %s\n", err_place());
}

int main(int argc, char **argv) {
    struct comm comm;
    if (comm_init(&argc, &argv, &comm)) return EXIT_FAILURE;
    log_init(&comm, false);
    int code = err_agree(&comm, dispatch(&comm, argc, argv));
    log_progress_end();
    if (comm.rank == 0) report(code);
    cite_clear();
    int status = err_status(code);
    if (mem_blocks() != 0 && getenv("VITRINE_STRICT")) {
        fprintf(stderr, "vitrine: rank %d: %lld blocks of memory not returned\n", comm.rank,
                (long long)mem_blocks());
        if (!status) status = 70;
    }
    comm_finalize();
    return status;
}
