/* log - progress is linear extrapolation of the last two minutes' speed, so that an ETA follows a load
 * change. */
#define _POSIX_C_SOURCE 200809L
#include "base/log.h"
#include "base/comm.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define HISTORY 64
#define TERMINAL_EVERY 0.2
#define BATCH_EVERY 30.0

static struct {
    bool writes, quiet, terminal, shown;
    char what[64];
    double total, started, last;
    double when[HISTORY], done[HISTORY];
    int n;
} state = {.writes = true};

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Whether a person watches. Open MPI's mpirun gives each rank a terminal of its own and copies what is
 * written there, so under mpirun it is mpirun's output that counts. */
static bool watched(void) {
    if (!isatty(STDOUT_FILENO)) return false;
    if (!getenv("OMPI_COMM_WORLD_RANK")) return true;
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/fd/1", (long)getppid());
    int fd = open(path, O_WRONLY | O_NOCTTY | O_APPEND);
    if (fd < 0) return false;
    bool terminal = isatty(fd);
    close(fd);
    return terminal;
}

void log_init(const struct comm *comm, bool quiet) {
    state.writes = comm->rank == 0;
    state.quiet = quiet;
    state.terminal = watched();
}

static void clear_line(void) {
    if (state.shown && state.terminal) printf("\r\033[K");
    state.shown = false;
}

void log_note(const char *fmt, ...) {
    if (!state.writes || state.quiet) return;
    clear_line();
    va_list ap;
    va_start(ap, fmt);
    vprintf(fmt, ap);
    va_end(ap);
    putchar('\n');
    fflush(stdout);
}

void log_warn(const char *fmt, ...) {
    if (!state.writes) return;
    clear_line();
    fflush(stdout);
    va_list ap;
    va_start(ap, fmt);
    fputs("vitrine: warning: ", stderr);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
}

void log_progress_begin(const char *what, double total) {
    snprintf(state.what, sizeof state.what, "%s", what);
    state.total = total;
    state.started = state.last = now();
    state.n = 0;
}

bool log_progress_due(void) {
    if (!state.writes || state.quiet) return false;
    return now() - state.last >= (state.terminal ? TERMINAL_EVERY : BATCH_EVERY);
}

static void format_time(char out[32], double seconds) {
    long s = (long)(seconds + 0.5);
    if (s >= 3600) snprintf(out, 32, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
    else snprintf(out, 32, "%ld:%02ld", s / 60, s % 60);
}

void log_progress_at(double done, const char *fmt, ...) {
    if (!log_progress_due()) return;
    double t = now();
    if (state.n == HISTORY) {
        memmove(state.when, state.when + 1, (HISTORY - 1) * sizeof *state.when);
        memmove(state.done, state.done + 1, (HISTORY - 1) * sizeof *state.done);
        state.n--;
    }
    state.when[state.n] = t;
    state.done[state.n++] = done;
    int first = 0;
    while (first + 1 < state.n && t - state.when[first] > 120) first++;
    double span = state.n > 1 ? t - state.when[first] : t - state.started;
    double moved = state.n > 1 ? done - state.done[first] : done;
    char eta[32] = "?", text[160];
    if (moved > 0) format_time(eta, (state.total - done) * span / moved);
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (state.terminal) printf("\r\033[K");
    printf("%s %3.0f %%  %s  ETA %s", state.what, state.total > 0 ? 100 * done / state.total : 100, text,
           eta);
    if (!state.terminal) putchar('\n');
    fflush(stdout);
    state.shown = state.terminal;
    state.last = t;
}

void log_progress_end(void) {
    if (state.writes) clear_line();
    fflush(stdout);
}
