/* output - what a run leaves: parts of a trajectory, one per checkpoint interval, joined into NAME.h5 at the
 * end.
 *
 * NAME.part-NNNN.h5 holds frames (/particles/STAGE) and records (/observables/STAGE) since the last
 * checkpoint; it is closed, synced and renamed before the checkpoint that counts it. A killed run loses at
 * most the open part. */
#ifndef MD_OUTPUT_H
#define MD_OUTPUT_H

#include "md/record.h"
#include "md/system.h"
#include "base/rundir.h"

struct output {
    struct rundir at;     /* where and whose */
    struct h5 *part;      /* open, or NULL */
    int64_t n_parts;      /* closed ones */
    const char *stage;    /* name of the present stage, NULL between stages */
    bool started;         /* its group exists in the open part */
    struct record record; /* rows of the present stage in the open part */
    int fields, deflate;
    bool lj;
};

/* Collective. Make output.dir. ERR_CREATE. */
int output_open(struct output *output, const struct comm *comm, struct deck *deck,
                const char *command) MUST_CHECK;
/* Collective. A run from the beginning: an old checkpoint of this very deck (hash) is not overwritten
 * (ERR_CREATE says how to go on); one of another deck, parts and half-written files are removed. Complete
 * results stay until replaced. */
int output_fresh(struct output *output, const char *hash) MUST_CHECK;
/* Collective. Remove parts numbered n_parts and higher (frames after the checkpoint) and half-written files;
 * keep: also make sure that the others are there (ERR_INPUT). */
int output_drop_parts(struct output *output, int64_t n_parts) MUST_CHECK;
int output_keep_parts(struct output *output, int64_t n_parts) MUST_CHECK;
/* Local. Name the stage that frames and rows belong to from now on; Collective: write its rows at its end. */
void output_stage(struct output *output, const char *name);
int output_stage_end(struct output *output) MUST_CHECK;
/* Collective. Append a frame of the present stage. */
int output_frame(struct output *output, const struct frame *frame) MUST_CHECK;
/* Collective. Close the open part, so that a checkpoint may count it. */
int output_close_part(struct output *output) MUST_CHECK;
/* Collective. Join the parts into NAME.h5 with deck and provenance, write NAME.thermo.tsv, remove parts. */
int output_finish(struct output *output) MUST_CHECK;
/* Local. Drop what is open; free. */
void output_destroy(struct output *output);
/* Collective. A last frame for the post-mortem: NAME.crash.xyz. */
int output_crash(struct output *output, const struct frame *frame) MUST_CHECK;

#endif
