/* setup - the deck's `kmc` section read and checked: material, schedules, rows of the ensemble, rules of
 * detection. */
#ifndef KMC_SETUP_H
#define KMC_SETUP_H

#include "base/deck.h"
#include "kmc/cause.h"
#include "kmc/movie.h"

extern const struct deck_row setup_rows[]; /* prefix ""; kmc, kmc.material, kmc.schedules: see rates.h */

struct setup {
    struct material material;
    int n_schedules;
    struct schedule **schedule;
    struct ensemble ensemble;
    struct cause_set causes;
    int64_t n_details; /* replicas of each row that are followed to the end and written in full */
    double map_edge;   /* nm; 0: as the voxels; < 0: no maps */
    int64_t n_bootstrap;
    bool filmed; /* series of the first replica of each row */
    struct movie_rules movie;
};

/* Collective. Everything from the deck; mistakes are added to it (ask deck_verdict), and *setup is then
 * incomplete. The caller clears. */
int setup_read(const struct comm *comm, struct deck *deck, struct setup *setup) MUST_CHECK;
void setup_clear(struct setup *setup);

#endif
