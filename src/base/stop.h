/* stop - why a run should end early: SIGUSR1, SIGTERM, SIGINT, --walltime, SLURM_JOB_END_TIME, a stop file.
 *
 * Handlers only set a flag. stop_wanted is Local and cheap; ranks agree through the loop's own reduction (the
 * largest reason wins), then all write a checkpoint and leave with ERR_TIME (75). */
#ifndef BASE_STOP_H
#define BASE_STOP_H

#include "base/err.h"

enum stop_reason { STOP_NONE, STOP_FILE, STOP_WALLTIME, STOP_USR1, STOP_TERM, STOP_INT };

/* Local. Install handlers; walltime_s counts from the start of the process (<= 0: none; SLURM_JOB_END_TIME is
 * read too); the run stops when less than margin_s is left. stop_file: path looked for once a second (NULL:
 * none). */
void stop_init(double walltime_s, double margin_s, const char *stop_file);
/* Local. The reason on this rank, STOP_NONE to go on. */
enum stop_reason stop_wanted(void);
/* Local. "SIGUSR1", "wall time", ... */
const char *stop_text(enum stop_reason reason);
/* Local. Restore handlers, forget the stop file. */
void stop_finish(void);

#endif
