/* calibrate - the verb: one deck, one fit; a deck without the section says what is missing. */
#include "cli/calibrate.h"
#include "base/log.h"
#include "base/stop.h"
#include "cli/args.h"
#include "cli/schema.h"
#include "kmc/calibrate.h"

#define USAGE "vitrine calibrate DECK [--set KEY=VALUE]..."

int calibrate_verb(const struct comm *comm, int argc, char **argv) {
    const char *path = NULL, *sets[ARGS_MAX];
    int n_sets = 0, n = 0;
    const struct args_option options[] = {{.name = "--set", .list = sets, .n_list = &n_sets}, {.name = NULL}};
    struct deck *deck = NULL;
    struct results_scalars scalars = {0};
    TRY(args_parse(argc, argv, options, &path, 1, &n, USAGE));
    if (n != 1) FAIL(ERR_USAGE, "which deck?\nusage: " USAGE);
    TRY(deck_open(comm, path, schema_tables(), sets, n_sets, &deck));
    int e = ERR_OK;
    if (!deck_has(deck, "kmc.calibrate"))
        deck_mistake(deck, "kmc", "nothing to calibrate: give kmc.calibrate with data: and fit:");
    else e = calibrate_check(comm, deck);
    if (!e) e = deck_verdict(deck);
    if (!e) {
        stop_init(0, 0, NULL);
        e = calibrate_run(comm, deck, "vitrine calibrate", &scalars);
        stop_finish();
    }
    for (int k = 0; k < scalars.n && !e; k++)
        log_note("%-36s %.6g %s", scalars.s[k].name, scalars.s[k].value, scalars.s[k].unit);
    results_scalars_free(&scalars);
    deck_close(&deck);
    return e;
}
