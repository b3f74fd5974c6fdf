/* run - the verbs `run` and `check`. */
#ifndef CLI_RUN_H
#define CLI_RUN_H

#include "base/comm.h"

/* Collective. vitrine run DECK [--set K=V]... [--restart FILE] [--dry-run] [--walltime T] [--stop-file FILE]
 * [--simd S] */
int run_verb(const struct comm *comm, int argc, char **argv) MUST_CHECK;
/* Collective. vitrine check DECK [--set K=V]... */
int run_check_verb(const struct comm *comm, int argc, char **argv) MUST_CHECK;

#endif
