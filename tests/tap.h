/* tap - MPI tests: every rank calls tap_ok; the verdict is agreed (all ranks must be right) and rank 0 prints
 * it. */
#ifndef TESTS_TAP_H
#define TESTS_TAP_H

#include "base/comm.h"
#include "base/mem.h"

#include <stdio.h>

static struct comm tap_comm;
static int tap_count, tap_failed;

static inline void tap_ok(int right, const char *what) {
    int all;
    MPI_Allreduce(&right, &all, 1, MPI_INT, MPI_MIN, tap_comm.mpi);
    if (tap_comm.rank == 0) printf("%s %d - %s\n", all ? "ok" : "not ok", ++tap_count, what);
    tap_failed += !all;
    fflush(stdout);
}

/* An error code that should be 0: prints the message when it is not. */
static inline int tap_pass(int code, const char *what) {
    if (code) printf("# rank %d: %s (%s)\n", tap_comm.rank, err_message(), err_place());
    tap_ok(code == ERR_OK, what);
    err_clear();
    return code;
}

static inline void tap_begin(int *argc, char ***argv) {
    if (comm_init(argc, argv, &tap_comm)) _Exit(1);
}

/* Ends the program: memory must balance. */
static inline int tap_end(void) {
    tap_ok(mem_blocks() == 0, "memory balances");
    if (tap_comm.rank == 0) printf("1..%d\n", tap_count);
    comm_finalize();
    return tap_failed ? 1 : 0;
}

#endif
