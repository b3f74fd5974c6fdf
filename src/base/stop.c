/* stop - handlers set one flag; a second SIGINT kills as usual, so that an impatient user is not locked in.
 * The stop file is looked for at most once a second, by stat. */
#define _GNU_SOURCE
#include "base/stop.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define N_SIGNALS 3
static const int signals[N_SIGNALS] = {SIGUSR1, SIGTERM, SIGINT};
static struct sigaction before[N_SIGNALS];
static volatile sig_atomic_t caught;
static struct {
    bool installed;
    double deadline; /* of the monotonic clock, s; 0 = none */
    double looked;   /* when the stop file was last looked for */
    enum stop_reason found;
    char file[4096];
} state;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void handle(int number) {
    int reason = number == SIGUSR1 ? STOP_USR1 : number == SIGTERM ? STOP_TERM : STOP_INT;
    if (reason > caught) caught = reason;
    if (number == SIGINT) signal(SIGINT, SIG_DFL);
}

/* Seconds since this process was started: its start time in clock ticks after boot is field 22 of
 * /proc/self/stat. */
static double age(void) {
    char text[1024];
    FILE *file = fopen("/proc/self/stat", "r");
    if (!file) return 0;
    size_t n = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[n] = 0;
    const char *p = text;
    for (const char *q = text; *q; q++)
        if (*q == ')') p = q; /* the name may hold blanks and brackets */
    int field = 2;
    for (; *p && field < 22; p++) field += *p == ' ';
    struct timespec boot;
    if (field < 22 || clock_gettime(CLOCK_BOOTTIME, &boot)) return 0;
    double seconds = (double)boot.tv_sec - strtod(p, NULL) / (double)sysconf(_SC_CLK_TCK);
    return seconds > 0 ? seconds : 0;
}

void stop_init(double walltime_s, double margin_s, const char *stop_file) {
    stop_finish();
    caught = STOP_NONE;
    state.found = STOP_NONE;
    state.deadline = state.looked = 0;
    if (walltime_s > 0) state.deadline = now() + walltime_s - age() - margin_s;
    const char *end = getenv("SLURM_JOB_END_TIME"); /* seconds since 1970 */
    if (end && *end) {
        double deadline = now() + strtod(end, NULL) - (double)time(NULL) - margin_s;
        if (state.deadline == 0 || deadline < state.deadline) state.deadline = deadline;
    }
    snprintf(state.file, sizeof state.file, "%s", stop_file ? stop_file : "");
    struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    for (int k = 0; k < N_SIGNALS; k++) sigaction(signals[k], &action, &before[k]);
    state.installed = true;
}

enum stop_reason stop_wanted(void) {
    if (caught) return (enum stop_reason)caught;
    if (state.found) return state.found;
    if (!state.installed || (state.deadline == 0 && !state.file[0])) return STOP_NONE;
    double t = now();
    struct stat st;
    if (state.deadline != 0 && t >= state.deadline) state.found = STOP_WALLTIME;
    else if (state.file[0] && t - state.looked >= 1) {
        state.looked = t;
        if (stat(state.file, &st) == 0) state.found = STOP_FILE;
    }
    return state.found;
}

const char *stop_text(enum stop_reason reason) {
    switch (reason) {
    case STOP_NONE:
        return "no reason";
    case STOP_FILE:
        return "stop file";
    case STOP_WALLTIME:
        return "wall time";
    case STOP_USR1:
        return "SIGUSR1";
    case STOP_TERM:
        return "SIGTERM";
    case STOP_INT:
        return "SIGINT";
    }
    return "unknown reason";
}

void stop_finish(void) {
    if (state.installed)
        for (int k = 0; k < N_SIGNALS; k++) sigaction(signals[k], &before[k], NULL);
    state.installed = false;
    state.file[0] = 0;
    state.deadline = 0;
    state.found = STOP_NONE;
    caught = STOP_NONE;
}
