/* comm - every MPI call outside atoms/halo, atoms/domain and base/h5.
 *
 * One rank is the serial program. Sums of real numbers that must not depend on the number of ranks go through
 * comm_sum_exact (integer accumulators); plain comm_sum is for numbers that are only printed. */
#ifndef BASE_COMM_H
#define BASE_COMM_H

#include "base/err.h"

#include <mpi.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct comm {
    MPI_Comm mpi;
    int rank, size;
};

/* Collective. MPI_Init (once per process), GSL's and MPI's own error handlers off; comm = all ranks. */
int comm_init(int *argc, char ***argv, struct comm *comm) MUST_CHECK;
/* Collective. MPI_Finalize. */
void comm_finalize(void);
/* Local. A communicator of this rank alone: tests, and work done by rank 0 for all. */
struct comm comm_self(void);
/* Collective. A communicator of its own (same ranks), or of the ranks that give the same colour. */
int comm_split(const struct comm *comm, int colour, struct comm *out) MUST_CHECK;
void comm_free(struct comm *comm);

/* Collective, in place, n numbers, the same result on every rank. */
void comm_sum(const struct comm *comm, double *x, int n);
void comm_sum_i64(const struct comm *comm, int64_t *x, int n);
void comm_max(const struct comm *comm, double *x, int n);
void comm_min(const struct comm *comm, double *x, int n);
void comm_max_i64(const struct comm *comm, int64_t *x, int n);
/* Collective. sum[c] over all ranks and i < n of x[i*stride + c], c < width: the same bits however the
 * numbers are spread over ranks. Scaled integers: relative error 2^-80 of the largest |x|. Two reductions for
 * up to 64 columns. */
void comm_sum_exact(const struct comm *comm, const double *x, int64_t n, int stride, int width, double *sum);
/* The one reduction of a time step: sums and maxima in one message. Sums are exact, hence the same on any
 * number of ranks, when every term was rounded by comm_round with the same quantum. */
#define COMM_SUMS 20
#define COMM_MAXIMA 5
struct comm_step {
    double sum[COMM_SUMS], max[COMM_MAXIMA];
};
/* Collective, in place. */
void comm_reduce_step(const struct comm *comm, struct comm_step *step);
/* Local. Quantum for sums of n terms below `bound` in magnitude: any partial sum is then exact. */
double comm_quantum(int64_t n, double bound);
/* Local. x rounded to a multiple of quantum (exact for |x| < 2^51 quantum). */
static inline double comm_round(double x, double quantum) {
    double shift = quantum * 0x1.8p52;
    return (x + shift) - shift;
}
/* Collective. Sum of the values of lower ranks (0 on rank 0). */
int64_t comm_scan_before(const struct comm *comm, int64_t x);
/* Collective. Rank 0's bytes to everyone; a NUL-terminated string (allocated by mem on ranks > 0). */
void comm_bcast(const struct comm *comm, void *p, size_t bytes);
int comm_bcast_string(const struct comm *comm, char **s) MUST_CHECK;
/* Collective. out[r] = value of rank r (out holds comm->size numbers). */
void comm_gather_i64(const struct comm *comm, int64_t x, int64_t *out);
/* Collective. Items of `bytes` each: send[count_to[0]+...] ordered by destination rank; *recv is allocated by
 * mem (the caller frees), ordered by source rank then by their order there; *n_recv items. ERR_MEMORY on any
 * rank is all's. */
int comm_exchange(const struct comm *comm, const void *send, const int64_t *count_to, size_t bytes,
                  void *recv, int64_t *n_recv) MUST_CHECK;
/* Collective. Every rank's n items of `bytes` on every rank, in rank order: *recv by mem (the caller frees),
 * *n_recv items. */
int comm_gather_items(const struct comm *comm, const void *send, int64_t n, size_t bytes, void *recv,
                      int64_t *n_recv) MUST_CHECK;
/* A counter that ranks share, 0, 1, 2, ...: pieces of work for whoever is free. One-sided: on one node
 * without waiting, between nodes when rank 0 next calls MPI at the latest. */
struct comm_counter {
    MPI_Win window;
    int64_t *value; /* on rank 0 */
    int64_t own;    /* of one rank alone */
    bool shared;
};
/* Collective. */
void comm_counter_open(const struct comm *comm, struct comm_counter *counter);
void comm_counter_close(struct comm_counter *counter);
/* Local. The next number that no rank has had. */
int64_t comm_counter_next(struct comm_counter *counter);
/* Collective. Barrier; wall clock in seconds (Local). */
void comm_barrier(const struct comm *comm);
double comm_time(void);

#endif
