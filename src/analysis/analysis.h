/* analysis - the deck's `analysis:` list, and running its passes over a trajectory frame by frame.
 *
 *     analysis:
 *       - {pass: voronoi, name: bulk, of: quench, frames: last}
 *
 * Entries run in their order. A pass that fails stops the list; what the passes before it found is kept. `of`
 * of passes that read images names a file (FILE::/dataset within an HDF5 file) or an earlier entry that
 * writes NAME.LABEL.hspy. A deck without build and md reads files only: `of` then names a trajectory, too. */
#ifndef ANALYSIS_ANALYSIS_H
#define ANALYSIS_ANALYSIS_H

#include "analysis/pass.h"

extern const struct deck_row analysis_rows[]; /* the keys of every pass */

/* Where a list reads and writes. */
struct analysis_place {
    const char
        *source; /* trajectory (any format) or signal of entries whose `of` names no other; may be NULL */
    const char *target; /* HDF5 file that results are added to; made when absent; may be the source itself */
    const char *dir, *stem; /* tables become DIR/STEM[.LABEL].TABLE.tsv; DIR exists */
    bool anew;              /* the target is written afresh even if it is there */
    const char *command;    /* for /vitrine/provenance of a new target; NULL: leave provenance alone */
};

/* Collective. What rows cannot check: labels distinct and given where a pass occurs twice, frames well
 * formed, `of` one of the n stages, an earlier entry or a file that is there (stages NULL: the source is
 * given and `of` not checked), and what passes check themselves. Mistakes go to deck_mistake. */
int analysis_check(const struct comm *comm, struct deck *deck, const char *const *stages,
                   int n_stages) MUST_CHECK;
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
