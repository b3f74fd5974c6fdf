/* summary - NAME.summary.tsv: what a run found beside reference values and literature bands. */
#ifndef CLI_SUMMARY_H
#define CLI_SUMMARY_H

#include "base/results.h"
#include "base/deck.h"

/* Collective. Table of the run's scalars (atoms, density, Tg of ramps, scalars of passes) with references;
 * printed too. */
int summary_write(const struct comm *comm, struct deck *deck,
                  const struct results_scalars *scalars) MUST_CHECK;

#endif
