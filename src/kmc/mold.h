/* mold - nanomolding: the deck's `mold:` section on its two levels, continuum and lattice. */
#ifndef KMC_MOLD_H
#define KMC_MOLD_H

#include "base/deck.h"
#include "base/results.h"

extern const struct deck_table mold_tables[]; /* ends with rows == NULL */

/* Collective. Checks that need no running; mistakes are added to the deck. */
int mold_check(const struct comm *comm, struct deck *deck) MUST_CHECK;
struct mold_options {
    const char *command;
    const char *restart; /* checkpoint of a lattice or NULL */
    bool anew;           /* the section starts NAME.h5 */
};

/* Collective. Run the section; tables and HDF5 go to output.dir. ERR_TIME after a checkpoint. */
int mold_run(const struct comm *comm, struct deck *deck, const struct mold_options *options,
             struct results_scalars *scalars) MUST_CHECK;

#endif
