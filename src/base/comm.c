/* comm - thin wrappers, so that the rest of the program names what it wants and not how MPI spells it.
 *
 * Exact sums: numbers are scaled by a power of two fixed by the largest magnitude over all ranks (one MAX
 * reduction), cut into four 24-bit digits held in int64 accumulators, and added as integers: associative, so
 * the result has the same bits on any number of ranks and in any order. 2^39 terms fit before a digit can
 * overflow. Rejected: MPI_SUM on doubles (order depends on the ranks), Kahan (smaller error, same
 * dependence). Rejected too: starting alone without Open MPI's daemon (ess_singleton_isolated, 0.3 s less a
 * command): two such processes that start at once meet in one session folder, and one in some hundred dies.
 */
#include "base/comm.h"
#include "base/mem.h"

#include <gsl/gsl_errno.h>
#include <limits.h>
#include <math.h>
#include <string.h>

int comm_init(int *argc, char ***argv, struct comm *comm) {
    MPI_Init(argc, argv);
    gsl_set_error_handler_off();
    comm->mpi = MPI_COMM_WORLD;
    MPI_Comm_rank(comm->mpi, &comm->rank);
    MPI_Comm_size(comm->mpi, &comm->size);
    return ERR_OK;
}

void comm_finalize(void) {
    MPI_Finalize();
}

struct comm comm_self(void) {
    return (struct comm){MPI_COMM_SELF, 0, 1};
}

int comm_split(const struct comm *comm, int colour, struct comm *out) {
    MPI_Comm_split(comm->mpi, colour, comm->rank, &out->mpi);
    MPI_Comm_rank(out->mpi, &out->rank);
    MPI_Comm_size(out->mpi, &out->size);
    return ERR_OK;
}

void comm_free(struct comm *comm) {
    if (comm->mpi != MPI_COMM_NULL && comm->mpi != MPI_COMM_WORLD && comm->mpi != MPI_COMM_SELF)
        MPI_Comm_free(&comm->mpi);
    comm->mpi = MPI_COMM_NULL;
}

void comm_sum(const struct comm *comm, double *x, int n) {
    if (comm->size > 1) MPI_Allreduce(MPI_IN_PLACE, x, n, MPI_DOUBLE, MPI_SUM, comm->mpi);
}

void comm_sum_i64(const struct comm *comm, int64_t *x, int n) {
    if (comm->size > 1) MPI_Allreduce(MPI_IN_PLACE, x, n, MPI_INT64_T, MPI_SUM, comm->mpi);
}

void comm_max(const struct comm *comm, double *x, int n) {
    if (comm->size > 1) MPI_Allreduce(MPI_IN_PLACE, x, n, MPI_DOUBLE, MPI_MAX, comm->mpi);
}

void comm_min(const struct comm *comm, double *x, int n) {
    if (comm->size > 1) MPI_Allreduce(MPI_IN_PLACE, x, n, MPI_DOUBLE, MPI_MIN, comm->mpi);
}

void comm_max_i64(const struct comm *comm, int64_t *x, int n) {
    if (comm->size > 1) MPI_Allreduce(MPI_IN_PLACE, x, n, MPI_INT64_T, MPI_MAX, comm->mpi);
}

#define COLUMNS 64 /* that share their two reductions */
#define DIGITS 4
#define DIGIT_BITS 24
#define ROWS ((int64_t)1 << 28)
#define ROUND 0x1.8p52 /* added and taken off again: the nearest whole number */

/* **Local.** Digits of rows [from, to): whole numbers below 2^53 while there are at most ROWS rows, so that
 * doubles add them exactly. */
static void add_digits(const double *x, int64_t from, int64_t to, int stride, int width, const double *scale,
                       int64_t digit[DIGITS][COLUMNS]) {
    double sum[DIGITS][COLUMNS] = {{0}};
    for (int64_t i = from; i < to; i++)
        for (int c = 0; c < width; c++) {
            double rest = x[i * stride + c] * scale[c];
            for (int d = 0; d < DIGITS; d++) {
                double whole = (rest + ROUND) - ROUND;
                sum[d][c] += whole;
                rest = (rest - whole) * (double)(1 << DIGIT_BITS);
            }
        }
    for (int d = 0; d < DIGITS; d++)
        for (int c = 0; c < width; c++)
            if (scale[c] > 0) digit[d][c] += (int64_t)sum[d][c];
}

/* **Collective.** comm_sum_exact for at most COLUMNS columns. */
static void sum_columns(const struct comm *comm, const double *x, int64_t n, int stride, int width,
                        double *sum) {
    double big[COLUMNS] = {0}, scale[COLUMNS] = {0};
    int64_t digit[DIGITS][COLUMNS] = {{0}};
    int exponent[COLUMNS] = {0};
    for (int64_t i = 0; i < n; i++)
        for (int c = 0; c < width; c++) {
            double size = fabs(x[i * stride + c]);
            big[c] = size > big[c] ? size : big[c];
        }
    comm_max(comm, big, width);
    for (int c = 0; c < width; c++) {
        if (big[c] == 0 || !isfinite(big[c])) continue;
        frexp(big[c], &exponent[c]); /* |x| < 2^exponent: the first digit holds DIGIT_BITS bits below that */
        scale[c] = ldexp(1.0, DIGIT_BITS - exponent[c]);
    }
    for (int64_t i = 0; i < n; i += ROWS)
        add_digits(x, i, n - i < ROWS ? n : i + ROWS, stride, width, scale, digit);
    comm_sum_i64(comm, digit[0], DIGITS * COLUMNS);
    for (int c = 0; c < width; c++) {
        sum[c] = scale[c] > 0 ? 0 : big[c];
        for (int d = DIGITS - 1; d >= 0 && scale[c] > 0; d--)
            sum[c] += ldexp((double)digit[d][c], exponent[c] - DIGIT_BITS * (d + 1));
    }
}

void comm_sum_exact(const struct comm *comm, const double *x, int64_t n, int stride, int width, double *sum) {
    for (int c = 0; c < width; c += COLUMNS)
        sum_columns(comm, x + c, n, stride, width - c < COLUMNS ? width - c : COLUMNS, sum + c);
}

static void step_op(void *in, void *inout, int *n, MPI_Datatype *type) {
    (void)type;
    const struct comm_step *a = in;
    struct comm_step *b = inout;
    for (int k = 0; k < *n; k++) {
        for (int i = 0; i < COMM_SUMS; i++) b[k].sum[i] += a[k].sum[i];
        for (int i = 0; i < COMM_MAXIMA; i++)
            if (!(a[k].max[i] <= b[k].max[i])) b[k].max[i] = a[k].max[i]; /* NaN wins */
    }
}

static MPI_Op step_mpi_op = MPI_OP_NULL;
static MPI_Datatype step_mpi_type = MPI_DATATYPE_NULL;

void comm_reduce_step(const struct comm *comm, struct comm_step *step) {
    if (comm->size == 1) return;
    if (step_mpi_op == MPI_OP_NULL) {
        MPI_Op_create(step_op, 1, &step_mpi_op);
        MPI_Type_contiguous(sizeof *step / sizeof(double), MPI_DOUBLE, &step_mpi_type);
        MPI_Type_commit(&step_mpi_type);
    }
    MPI_Allreduce(MPI_IN_PLACE, step, 1, step_mpi_type, step_mpi_op, comm->mpi);
}

double comm_quantum(int64_t n, double bound) {
    int exponent;
    frexp((double)(n > 0 ? n : 1) * bound, &exponent); /* n bound < 2^exponent */
    return ldexp(1.0, exponent - 52);
}

int64_t comm_scan_before(const struct comm *comm, int64_t x) {
    int64_t before = 0;
    MPI_Exscan(&x, &before, 1, MPI_INT64_T, MPI_SUM, comm->mpi);
    return comm->rank == 0 ? 0 : before;
}

void comm_bcast(const struct comm *comm, void *p, size_t bytes) {
    for (size_t done = 0; done < bytes; done += INT_MAX / 2) {
        size_t left = bytes - done;
        MPI_Bcast((char *)p + done, (int)(left < INT_MAX / 2 ? left : INT_MAX / 2), MPI_BYTE, 0, comm->mpi);
    }
}

int comm_bcast_string(const struct comm *comm, char **s) {
    int64_t len = comm->rank == 0 ? (int64_t)strlen(*s) : 0;
    comm_bcast(comm, &len, sizeof len);
    int e = comm->rank == 0 ? ERR_OK : MEM_NEW(*s, len + 1);
    TRY_ALL(comm, e);
    comm_bcast(comm, *s, (size_t)len);
    return ERR_OK;
}

void comm_gather_i64(const struct comm *comm, int64_t x, int64_t *out) {
    MPI_Allgather(&x, 1, MPI_INT64_T, out, 1, MPI_INT64_T, comm->mpi);
}

static int exchange_counts(const struct comm *comm, const int64_t *count_to, int **work) {
    int *w = NULL; /* four tables: send counts, send starts, receive counts, receive starts */
    TRY(mem_agree(comm, &w, MEM_NEW(w, 4 * comm->size)));
    int *n_send = w, *at_send = w + comm->size, *n_recv = w + 2 * comm->size, *at_recv = w + 3 * comm->size;
    int64_t at = 0;
    int e = ERR_OK;
    for (int r = 0; r < comm->size; r++) {
        if (at + count_to[r] > INT_MAX)
            e = err_set(ERR_MEMORY, __FILE__, __LINE__,
                        "more than 2^31 items leave one rank; use more ranks");
        n_send[r] = (int)count_to[r];
        at_send[r] = (int)at;
        at += count_to[r];
    }
    e = err_agree(comm, e);
    if (e) {
        mem_free(&w);
        return e;
    }
    MPI_Alltoall(n_send, 1, MPI_INT, n_recv, 1, MPI_INT, comm->mpi);
    at = 0;
    for (int r = 0; r < comm->size; r++) {
        at_recv[r] = (int)at;
        at += n_recv[r];
    }
    *work = w;
    return ERR_OK;
}

int comm_exchange(const struct comm *comm, const void *send, const int64_t *count_to, size_t bytes,
                  void *recv, int64_t *n_recv) {
    int *w = NULL, last = comm->size - 1;
    TRY(exchange_counts(comm, count_to, &w));
    int *n_send = w, *at_send = w + comm->size, *n_in = w + 2 * comm->size, *at_in = w + 3 * comm->size;
    *n_recv = (int64_t)at_in[last] + n_in[last];
    int e = err_agree(comm, mem_new(recv, (size_t)*n_recv, bytes, __FILE__, __LINE__));
    if (!e) {
        MPI_Datatype item;
        MPI_Type_contiguous((int)bytes, MPI_BYTE, &item);
        MPI_Type_commit(&item);
        MPI_Alltoallv(send, n_send, at_send, item, *(void **)recv, n_in, at_in, item, comm->mpi);
        MPI_Type_free(&item);
    }
    mem_free(&w);
    return e;
}

int comm_gather_items(const struct comm *comm, const void *send, int64_t n, size_t bytes, void *recv,
                      int64_t *n_recv) {
    int *count = NULL, *at = NULL;
    int64_t *each = NULL;
    int e = MEM_NEW(count, comm->size);
    if (!e) e = MEM_NEW(at, comm->size);
    if (!e) e = MEM_NEW(each, comm->size);
    TRY_ALL_TO(comm, out, e);
    comm_gather_i64(comm, n, each);
    *n_recv = 0;
    for (int r = 0; r < comm->size; r++) {
        if (*n_recv + each[r] > INT_MAX)
            TRY_TO(out, err_set(ERR_MEMORY, __FILE__, __LINE__, "more than 2^31 items for each rank"));
        count[r] = (int)each[r];
        at[r] = (int)*n_recv;
        *n_recv += each[r];
    }
    TRY_ALL_TO(comm, out, mem_new(recv, (size_t)*n_recv, bytes, __FILE__, __LINE__));
    MPI_Datatype item;
    MPI_Type_contiguous((int)bytes, MPI_BYTE, &item);
    MPI_Type_commit(&item);
    MPI_Allgatherv(send, (int)n, item, *(void **)recv, count, at, item, comm->mpi);
    MPI_Type_free(&item);
out:
    mem_free(&count);
    mem_free(&at);
    mem_free(&each);
    return e;
}

void comm_counter_open(const struct comm *comm, struct comm_counter *counter) {
    *counter = (struct comm_counter){.shared = comm->size > 1};
    if (!counter->shared) return;
    MPI_Win_allocate(comm->rank == 0 ? (MPI_Aint)sizeof(int64_t) : 0, sizeof(int64_t), MPI_INFO_NULL,
                     comm->mpi, &counter->value, &counter->window);
    if (comm->rank == 0) *counter->value = 0;
    MPI_Barrier(comm->mpi);
    MPI_Win_lock_all(0, counter->window);
}

void comm_counter_close(struct comm_counter *counter) {
    if (!counter->shared) return;
    MPI_Win_unlock_all(counter->window);
    MPI_Win_free(&counter->window);
    counter->shared = false;
}

int64_t comm_counter_next(struct comm_counter *counter) {
    const int64_t one = 1;
    int64_t got;
    if (!counter->shared) return counter->own++;
    MPI_Fetch_and_op(&one, &got, MPI_INT64_T, 0, 0, MPI_SUM, counter->window);
    MPI_Win_flush(0, counter->window);
    return got;
}

void comm_barrier(const struct comm *comm) {
    MPI_Barrier(comm->mpi);
}

double comm_time(void) {
    return MPI_Wtime();
}
