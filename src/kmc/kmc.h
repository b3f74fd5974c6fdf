/* kmc - the kinetics room: its deck section, and a run from shapes and schedules to tables.
 *
 *     kmc:
 *       shape: {kind: rod, diameters: [6 nm, 25 nm, 150 nm]}
 *       schedules: [{name: sohn, start: 170 C, segments: [{to: 350 C, rate: 0.67 K/s}]}]
 *       replicas: 200
 */
#ifndef KMC_KMC_H
#define KMC_KMC_H

#include "base/deck.h"
#include "base/results.h"

struct kmc_plan {  /* what a run will need, from the deck alone */
    double cells;  /* voxels and patches of the largest specimen */
    double events; /* of all replicas, at most */
    double bytes;  /* memory of a rank */
    int64_t replicas;
};

struct kmc_options {
    const char *command; /* for provenance */
    const char *restart; /* checkpoint of a kmc run or NULL */
    bool anew;           /* NAME.h5 does not exist yet */
};

/* Collective. Check all of kmc (files are read); mistakes are added to the deck: ask deck_verdict. plan may
 * be NULL. */
int kmc_check(const struct comm *comm, struct deck *deck, struct kmc_plan *plan) MUST_CHECK;
/* Local. Events per second of this core, measured in a moment. */
int kmc_measure(double *speed) MUST_CHECK;
/* Collective. Run it; results go to NAME.h5 and tables; scalars for the summary. ERR_TIME after a checkpoint.
 */
int kmc_run(const struct comm *comm, struct deck *deck, const struct kmc_options *options,
            struct results_scalars *scalars) MUST_CHECK;

#endif
