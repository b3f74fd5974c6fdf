/* show - the verb `vitrine show FILE`: what is in a file, in a screenful. */
#ifndef CLI_SHOW_H
#define CLI_SHOW_H

#include "base/comm.h"

/* Collective. Any file of ours or of those that are read: HDF5 (stages, observables, tables, provenance),
 * trajectories, TSV tables, EAM tables. argv[0] is the verb. Only rank 0 works. */
int show_run(const struct comm *comm, int argc, char **argv) MUST_CHECK;

#endif
