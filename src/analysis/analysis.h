/* analysis - the deck's `analysis:` list, and running its passes over a trajectory frame by frame.
 *
 *     analysis:
 *       - {pass: voronoi, name: bulk, of: quench, frames: last}
 *
 * Entries run in their order. A pass that fails stops the list; what the passes before it found is kept. */
#ifndef ANALYSIS_ANALYSIS_H
#define ANALYSIS_ANALYSIS_H

#include "analysis/pass.h"

/* Tables of the `analysis` section, to be put into a schema; ends with rows == NULL. */
extern const struct deck_table analysis_tables[];

/* Where a list reads and writes. */
struct analysis_place {
    const char *source; /* trajectory (any format), or what passes that read files read */
    const char *target; /* HDF5 file that results are added to; made when absent; may be the source itself */
    const char *dir, *stem; /* tables become DIR/STEM[.LABEL].TABLE.tsv; DIR exists */
    const char *command;    /* for /vitrine/provenance of a new target; NULL: leave provenance alone */
};

/* Local, on every rank alike. What rows cannot check: labels distinct and given where a pass occurs twice,
 * frames well formed, `of` one of the n stages (NULL: not checked). Mistakes go to deck_mistake. */
void analysis_check(struct deck *deck, const char *const *stages, int n_stages);
/* Collective. All entries in order. scalars may be NULL; the caller frees them (results_scalars_free). */
int analysis_run(const struct comm *comm, const struct deck *deck, const struct analysis_place *place,
                 struct results_scalars *scalars) MUST_CHECK;

/* Frames first, first + step, ... (count of them). */
struct analysis_frames {
    int64_t first, step, count;
};
/* Local. "last", "all", "7", "-2", or a slice "a:b:c" as Python's, of n frames. ERR_DECK: nonsense, or no
 * frame. */
int analysis_frames_parse(const char *text, int64_t n, struct analysis_frames *frames) MUST_CHECK;

#endif
