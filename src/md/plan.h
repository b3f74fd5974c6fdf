/* plan - what a run will need, from its deck and its potential: memory, disk. Kept honest by
 * tests/script/test_plan.sh, which compares with runs. */
#ifndef MD_PLAN_H
#define MD_PLAN_H

#include "md/md.h"
#include "md/stage.h"
#include "md/system.h"

/* Local. Bytes that the largest of `ranks` ranks will count at once (mem_peak); fraction: atoms of each
 * species. */
double plan_bytes(const struct system *system, const struct md_plan *plan, const double fraction[SPECIES_MAX],
                  int ranks);
/* Local. Bytes of the frames and the record of one stage with n atoms. */
double plan_disk(const struct deck *deck, const struct stage *stage, double n);
/* Local. Fewest ranks, at least `ranks`, on which none needs more than `limit` bytes. */
int plan_ranks(const struct system *system, const struct md_plan *plan, const double fraction[SPECIES_MAX],
               int ranks, double limit);
/* Local. Fit the run into md.memory: kept pair derivatives go first, then comes a mistake in the deck. Fills
 * plan->bytes and plan->recompute. */
void plan_fit(struct deck *deck, struct system *system, const struct species *species, struct md_plan *plan,
              int ranks);

#endif
