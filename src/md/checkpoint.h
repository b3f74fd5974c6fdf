/* checkpoint - the whole state of a run in one HDF5 file, readable on any number of ranks.
 *
 * Besides positions it holds those of the last list build: the lists are made again exactly, and the run goes
 * on with the same bits, on any number of ranks. */
#ifndef MD_CHECKPOINT_H
#define MD_CHECKPOINT_H

#include "md/integrate.h"

struct checkpoint {
    int64_t stage, done; /* stage index and steps done in it */
    int64_t n_parts;     /* trajectory parts that belong to this state */
    int64_t draws;       /* velocity draws so far */
    double wall_s;       /* wall time spent */
};

/* Collective. Write NAME.checkpoint.h5 (complete or absent). hash: of the effective deck. Velocities must be
 * flushed. */
int checkpoint_write(const struct system *system, const struct integrate *in, const struct checkpoint *state,
                     const char *hash, const char *path) MUST_CHECK;
/* Collective. Read into a created system (potential present) and integrate struct; lists are restored.
 * ERR_INPUT when the file is not a checkpoint of a deck with this hash. in->stage must be set by the caller
 * before integrate_resume. */
int checkpoint_read(struct system *system, struct integrate *in, struct checkpoint *state, const char *hash,
                    const char *path) MUST_CHECK;
/* Collective. Whether the file is a checkpoint of a deck with this hash; false too for a file that cannot be
 * read. */
int checkpoint_made_by(const struct comm *comm, const char *path, const char *hash, bool *same) MUST_CHECK;

#endif
