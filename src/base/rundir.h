/* rundir - the folder of a run: where results go, how they are named, and what says whose they are.
 *
 * Results are DIR/NAME.SUFFIX: DIR from `output: {dir: ...}`, else out/NAME; NAME the deck's name without
 * .yml. */
#ifndef BASE_RUNDIR_H
#define BASE_RUNDIR_H

#include "base/deck.h"
#include "base/h5.h"

struct rundir {
    const struct comm *comm;
    struct deck *deck;
    const char *command; /* for /vitrine/provenance */
    char *dir, *stem;
    bool claimed; /* on rank 0, until rundir_close */
};

/* Collective. Make the folder and lock these results for this process until rundir_close; after an error call
 * that too. ERR_CREATE, also when another program writes them. */
int rundir_open(struct rundir *at, const struct comm *comm, struct deck *deck,
                const char *command) MUST_CHECK;
/* Local. Free; accepts a zeroed struct. */
void rundir_close(struct rundir *at);
/* Local. "DIR/NAME.SUFFIX", by mem. */
int rundir_path(const struct rundir *at, const char *suffix, char **path) MUST_CHECK;
/* Collective. The hash of all that a run's numbers depend on (deck_identity): a restart must have the same.
 */
int rundir_hash(const struct rundir *at, char hash[17]) MUST_CHECK;
/* Collective. NAME.effective.yml. */
int rundir_effective(const struct rundir *at) MUST_CHECK;
/* Collective. Whether NAME.h5 is the complete result of a run with this hash. */
int rundir_complete(const struct rundir *at, bool *complete) MUST_CHECK;
/* Collective. Deck, effective deck, provenance and citations into a result file. */
int rundir_identity(const struct rundir *at, struct h5 *h5) MUST_CHECK;
/* Collective. NAME.h5 for adding, or, with anew, a new one with the identity of this run. */
int rundir_h5(const struct rundir *at, bool anew, struct h5 **h5) MUST_CHECK;

#endif
