/* convert - the verb `vitrine convert IN OUT`: a trajectory into another format. */
#ifndef CLI_CONVERT_H
#define CLI_CONVERT_H

#include "base/comm.h"

/* Collective. convert IN OUT [--group STAGE] [--frames all|first|last|N] [--names "Cu Zr"] [--time-step "2
 * fs"]
 * [--deflate 1..9] [--single]; argv[0] is the verb. */
int convert_run(const struct comm *comm, int argc, char **argv) MUST_CHECK;

#endif
