/* analyze - vitrine analyze PASS FILE... [--set K=V]...: one pass on trajectories of any format.
 *
 * Keys are those of an entry of the deck's `analysis:` list (--set bins=300), and output.dir, seed, units.
 * Results of each FILE go to output.dir (default out/STEM) under the name of its stem: STEM[.LABEL].TABLE.tsv
 * and STEM.h5. A file that is an input, or that holds a run, is left as it is: the HDF5 results then go to
 * STEM.LABEL.h5. */
#ifndef CLI_ANALYZE_H
#define CLI_ANALYZE_H

#include "base/comm.h"

/* Collective. argv[0] is the verb, the words after it follow. */
int analyze_run(const struct comm *comm, int argc, char **argv) MUST_CHECK;

#endif
