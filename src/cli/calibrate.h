/* calibrate - vitrine calibrate DECK [--set K=V]...: fit numbers of kmc.material to measured points
 * (kmc/calibrate.h).
 */
#ifndef CLI_CALIBRATE_H
#define CLI_CALIBRATE_H

#include "base/comm.h"

/* Collective. argv[0] is the verb, the words after it follow. */
int calibrate_verb(const struct comm *comm, int argc, char **argv) MUST_CHECK;

#endif
