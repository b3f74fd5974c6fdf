/* manual - all three forms come from the deck schema; the frame of the man page is here. */
#include "cli/manual.h"
#include "base/deck.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/prov.h"
#include "cli/args.h"
#include "cli/schema.h"

#define USAGE "vitrine describe [SECTION[.KEY]] [--markdown | --man]"

static const char man_head[] =
    ".TH VITRINE 1 \"\" \"vitrine %s\" \"User Commands\"\n"
    ".SH NAME\nvitrine \\- metallic glasses and nanorods, atom by atom, and as a microscope sees them\n"
    ".SH SYNOPSIS\n"
    ".B vitrine run\n.I DECK\n[\\-\\-set KEY=VALUE]... [\\-\\-restart FILE|auto] [\\-\\-dry\\-run] "
    "[\\-\\-walltime TIME] "
    "[\\-\\-stop\\-file FILE] [\\-\\-simd SET]\n.br\n"
    ".B vitrine check\n.I DECK\n.br\n.B vitrine describe\n[SECTION[.KEY]]\n.br\n"
    ".B vitrine analyze\n.I PASS FILE...\n[\\-\\-set KEY=VALUE]...\n.br\n.B vitrine show\n.I FILE\n.br\n"
    ".B vitrine convert\n.I IN OUT\n.br\n.B vitrine version\n[\\-\\-full]\n"
    ".SH DESCRIPTION\nRuns the input deck DECK (restricted YAML). On several cores: mpirun \\-n 4 vitrine "
    "run DECK.\n"
    "Results go to out/NAME. SIGUSR1, a wall-time limit or a stop file end a run with a checkpoint and "
    "status 75; the same "
    "command with \\-\\-restart goes on; auto takes what an earlier run of the deck left, if anything.\n"
    ".SH EXIT STATUS\n0 done, 64 usage, 65 deck, 66 input, 70 physics, 71 memory, 73/74 output, 75 out of "
    "wall time.\n"
    ".SH ENVIRONMENT\n.TP\n.B VITRINE_POTENTIALS\nfolders, separated by colons, where potential files are "
    "sought.\n"
    ".SH DECK KEYS\n";

int manual_verb(const struct comm *comm, int argc, char **argv) {
    int markdown = 0, man = 0, n = 0;
    const char *key = "";
    const struct args_option options[] = {
        {.name = "--markdown", .on = &markdown}, {.name = "--man", .on = &man}, {.name = NULL}};
    char *text = NULL;
    (void)comm;
    TRY(args_parse(argc, argv, options, &key, 1, &n, USAGE));
    if (markdown) TRY(deck_markdown(schema_tables(), &text));
    else if (man) TRY(deck_roff(schema_tables(), &text));
    else TRY(deck_describe(schema_tables(), n ? key : "", &text));
    if (man) {
        char *head = NULL;
        int e = mem_sprintf(&head, man_head, prov_version());
        if (!e) log_note("%s%s", head, text);
        mem_free(&head);
        mem_free(&text);
        return e;
    }
    log_note("%s", text);
    mem_free(&text);
    return ERR_OK;
}
