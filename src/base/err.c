/* err - the stored message is a growing string, so that a deck with fifty mistakes reports all fifty.
 * Agreement: MPI_Allreduce(MAXLOC) on (code, rank), then a broadcast of the message from the winning rank. */
#include "base/err.h"
#include "base/comm.h"

#include <mpi.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *message; /* malloc'ed by hand: mem reports its errors through here */
static char place[128];

static const int status_of[] = {
#define ERR_ROW(code, status, text) status,
    ERR_LIST(ERR_ROW)
#undef ERR_ROW
};
static const char *const text_of[] = {
#define ERR_ROW(code, status, text) text,
    ERR_LIST(ERR_ROW)
#undef ERR_ROW
};

static char *format(const char *fmt, va_list ap) {
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    char *s = malloc((size_t)n + 1);
    if (s) vsnprintf(s, (size_t)n + 1, fmt, ap);
    return s;
}

int err_set(int code, const char *file, int line, const char *fmt, ...) {
    if (message) return code;
    va_list ap;
    va_start(ap, fmt);
    message = format(fmt, ap);
    va_end(ap);
    const char *base = strstr(file, "src/");
    snprintf(place, sizeof place, "%s:%d", base ? base + 4 : file, line);
    return code;
}

int err_context(int code, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    char *front = format(fmt, ap);
    va_end(ap);
    if (!front) return code;
    const char *old = message ? message : "";
    size_t n = strlen(front) + strlen(old) + 3;
    char *both = malloc(n);
    if (both) {
        snprintf(both, n, "%s: %s", front, old);
        free(message);
        message = both;
    }
    free(front);
    return code;
}

int err_agree(const struct comm *comm, int code) {
    struct {
        int code, rank;
    } mine = {code, comm->rank}, worst;
    MPI_Allreduce(&mine, &worst, 1, MPI_2INT, MPI_MAXLOC, comm->mpi);
    if (worst.code == ERR_OK) return ERR_OK;
    int len = comm->rank == worst.rank ? (int)strlen(err_message()) + 1 : 0;
    MPI_Bcast(&len, 1, MPI_INT, worst.rank, comm->mpi);
    if (comm->rank != worst.rank) {
        free(message);
        message = calloc((size_t)len, 1);
    }
    if (len > 1 || message) {
        char none = 0;
        MPI_Bcast(message ? message : &none, message ? len : 1, MPI_CHAR, worst.rank, comm->mpi);
    } else {
        char none = 0;
        MPI_Bcast(&none, 1, MPI_CHAR, worst.rank, comm->mpi);
    }
    MPI_Bcast(place, sizeof place, MPI_CHAR, worst.rank, comm->mpi);
    return worst.code;
}

const char *err_message(void) {
    return message ? message : "";
}

const char *err_place(void) {
    return place;
}

int err_status(int code) {
    return code >= 0 && code < ERR_COUNT ? status_of[code] : 70;
}

const char *err_text(int code) {
    return code >= 0 && code < ERR_COUNT ? text_of[code] : "unknown error";
}

void err_clear(void) {
    free(message);
    message = NULL;
    place[0] = 0;
}
