/* log - what the user reads while a run works: lines, warnings, and a progress line with speed and time left.
 *
 * Only rank 0 writes. On a terminal the progress line is rewritten in place; in a batch file it becomes a
 * plain line at most every 30 s. Notes go to stdout, warnings to stderr. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

struct comm;

/* Local. Say which rank writes (rank 0 of comm); quiet silences notes and progress, not warnings. */
void log_init(const struct comm *comm, bool quiet);
/* Local; call on every rank, rank 0 prints. One line each, newline added. */
void log_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Local. Progress of a task: begin names it, at reports done of total with free text, end clears the line.
 * Cheap to call every step: it looks at the clock at most ten times a second. */
void log_progress_begin(const char *what, double total);
void log_progress_at(double done, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_progress_end(void);
/* Local. Whether log_progress_at would print now (to avoid computing what it shows). */
bool log_progress_due(void);

#endif
