/* manual - the verb `describe`: the keys of decks for a terminal, as Markdown, as a man page. */
#ifndef CLI_MANUAL_H
#define CLI_MANUAL_H

#include "base/comm.h"

/* Collective. vitrine describe [SECTION[.KEY]] [--markdown | --man] */
int manual_verb(const struct comm *comm, int argc, char **argv) MUST_CHECK;

#endif
