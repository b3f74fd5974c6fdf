/* halo - one message per partner rank, whatever the decomposition.
 *
 * At a rebuild each rank looks at every other brick under every periodic shift: its atoms within `range` of
 * that brick (Euclidean distance, so corners stay small) go there. Bricks of recursive bisection have no
 * fixed neighbours, a brick may be thinner than the range, and a small box may need several images of one
 * atom; all are the same case here. Messages go out at once and do not wait for each other. Rejected:
 * six staged exchanges x, y, z (fewer messages in a full 3-D grid, but a grid is needed, each stage waits for
 * the one before, and a thin brick needs several rounds); work on interior rows while messages travel (the
 * force pass in two parts costs 50 % more, because slopes are then read with gaps: two ranks of 32,000 Cu-Zr
 * atoms 1.77 times one instead of 1.90). Cost of the plan: ranks x shifts box tests at each rebuild. */
#include "atoms/halo.h"
#include "base/mem.h"

#include <math.h>
#include <mpi.h>
#include <string.h>

#define WIDTH_MAX 4

struct part { /* rows first .. first + n of the send list, to one rank under one shift */
    int rank, first, n;
    int shift[3]; /* box lengths */
};

struct halo {
    struct comm comm;
    struct part *part;
    int n_part, capacity_part;
    int *row; /* send list */
    int64_t n_row, capacity_row;
    int *n_to, *n_from, *at_to, *at_from; /* [size] rows per rank and where they start */
    double *out, *in;
    int64_t capacity_out, capacity_in;
    int *scratch; /* four lists of rows while a plan is made */
    int64_t capacity_scratch;
    MPI_Request *request;
    int n_request;
};

int halo_create(const struct comm *comm, struct halo **out) {
    struct halo *h = NULL;
    TRY(mem_agree(comm, &h, MEM_NEW(h, 1)));
    h->comm = *comm;
    *out = h;
    size_t p = (size_t)comm->size;
    int e = MEM_NEW(h->n_to, 4 * p);
    if (!e) {
        h->n_from = h->n_to + p;
        h->at_to = h->n_from + p;
        h->at_from = h->at_to + p;
        e = MEM_NEW(h->request, 2 * p);
    }
    return err_agree(comm, e);
}

void halo_destroy(struct halo **halo) {
    struct halo *h = *halo;
    if (!h) return;
    mem_free(&h->part);
    mem_free(&h->row);
    mem_free(&h->n_to);
    mem_free(&h->out);
    mem_free(&h->in);
    mem_free(&h->scratch);
    mem_free(&h->request);
    mem_free(halo);
}

static int add_row(struct halo *h, int row) {
    if (h->n_row == h->capacity_row) {
        int64_t c = h->capacity_row + h->capacity_row / 2 + 1024;
        TRY(MEM_GROW(h->row, h->n_row, c));
        h->capacity_row = c;
    }
    h->row[h->n_row++] = row;
    return ERR_OK;
}

static int add_part(struct halo *h, struct part part) {
    if (h->n_part == h->capacity_part) {
        int c = h->capacity_part + h->capacity_part / 2 + 32;
        TRY(MEM_GROW(h->part, h->n_part, c));
        h->capacity_part = c;
    }
    h->part[h->n_part++] = part;
    return ERR_OK;
}

/* Of rows[0..n), those whose coordinate a, moved, lies within range of [lo, hi]. */
static int filter(const struct frame *frame, const int *rows, int n, int a, double move, double lo, double hi,
                  int *out) {
    int m = 0;
    for (int k = 0; k < n; k++) {
        double x = frame->x[rows[k]][a] + move;
        out[m] = rows[k];
        m += x >= lo && x <= hi;
    }
    return m;
}

/* Rows of mine among `rows` that, moved, come within range of the brick lo..hi (A): Euclidean distance, so
 * corners are round. */
static int choose_rows(struct halo *h, const struct frame *frame, const int *rows, int n, const double lo[3],
                       const double hi[3], const double move[3], double range) {
    for (int k = 0; k < n; k++) {
        const double *at = frame->x[rows[k]];
        double r2 = 0;
        for (int a = 0; a < 3; a++) {
            double x = at[a] + move[a];
            double d = x < lo[a] ? lo[a] - x : x > hi[a] ? x - hi[a] : 0;
            r2 += d * d;
        }
        if (r2 <= range * range) TRY(add_row(h, rows[k]));
    }
    return ERR_OK;
}

/* Shifts n along one axis for which [my_lo, my_hi] + n len meets [lo - range, hi + range]. */
static void shift_range(const struct box *box, int a, double my_lo, double my_hi, double lo, double hi,
                        double range, int *from, int *to) {
    *from = *to = 0;
    if (!box->periodic[a]) return;
    *from = (int)ceil((lo - range - my_hi) / box->len[a]);
    *to = (int)floor((hi + range - my_lo) / box->len[a]);
}

/* Extent of my atoms: tighter than my brick, and right for atoms on open sides. */
static void extent(const struct frame *frame, double lo[3], double hi[3]) {
    for (int a = 0; a < 3; a++) {
        lo[a] = INFINITY;
        hi[a] = -INFINITY;
    }
    for (int i = 0; i < frame->n; i++)
        for (int a = 0; a < 3; a++) {
            if (frame->x[i][a] < lo[a]) lo[a] = frame->x[i][a];
            if (frame->x[i][a] > hi[a]) hi[a] = frame->x[i][a];
        }
}

/* Send list for one rank: all shifts that bring my atoms near its brick. */
static int plan_rank(struct halo *h, const struct domain *domain, const struct frame *frame, int rank,
                     const double my_lo[3], const double my_hi[3], double range) {
    double lo[3], hi[3];
    int from[3], to[3], n[3];
    for (int a = 0; a < 3; a++) {
        lo[a] = frame->box.lo[a] + domain->lo[rank][a] * frame->box.len[a];
        hi[a] = frame->box.lo[a] + domain->hi[rank][a] * frame->box.len[a];
        shift_range(&frame->box, a, my_lo[a], my_hi[a], lo[a], hi[a], range, &from[a], &to[a]);
        if (!frame->box.periodic[a] && (my_lo[a] > hi[a] + range || my_hi[a] < lo[a] - range)) return ERR_OK;
    }
    /* one axis after the other: most rows are far from most bricks along the first */
    int *all = h->scratch, *in_x = all + frame->n, *in_y = in_x + frame->n, *in_z = in_y + frame->n;
    double move[3];
    for (n[0] = from[0]; n[0] <= to[0]; n[0]++) {
        move[0] = n[0] * frame->box.len[0];
        int nx = filter(frame, all, frame->n, 0, move[0], lo[0] - range, hi[0] + range, in_x);
        for (n[1] = from[1]; n[1] <= to[1] && nx; n[1]++) {
            move[1] = n[1] * frame->box.len[1];
            int ny = filter(frame, in_x, nx, 1, move[1], lo[1] - range, hi[1] + range, in_y);
            for (n[2] = from[2]; n[2] <= to[2] && ny; n[2]++) {
                if (rank == h->comm.rank && !n[0] && !n[1] && !n[2]) continue;
                move[2] = n[2] * frame->box.len[2];
                int nz = filter(frame, in_y, ny, 2, move[2], lo[2] - range, hi[2] + range, in_z);
                int64_t first = h->n_row;
                TRY(choose_rows(h, frame, in_z, nz, lo, hi, move, range));
                if (h->n_row == first) continue;
                TRY(add_part(h,
                             (struct part){rank, (int)first, (int)(h->n_row - first), {n[0], n[1], n[2]}}));
            }
        }
    }
    return ERR_OK;
}

static int plan(struct halo *h, const struct domain *domain, const struct frame *frame, double range) {
    double lo[3], hi[3];
    h->n_part = 0;
    h->n_row = 0;
    if (frame->n > h->capacity_scratch) {
        mem_free(&h->scratch);
        h->capacity_scratch = 0;
        TRY(MEM_NEW(h->scratch, 4 * ((size_t)frame->n + (size_t)frame->n / 16)));
        h->capacity_scratch = frame->n + frame->n / 16;
    }
    for (int i = 0; i < frame->n; i++) h->scratch[i] = i;
    extent(frame, lo, hi);
    for (int r = 0; r < h->comm.size; r++) {
        int64_t before = h->n_row;
        h->at_to[r] = (int)before;
        if (frame->n) TRY(plan_rank(h, domain, frame, r, lo, hi, range));
        h->n_to[r] = (int)(h->n_row - before);
    }
    if (h->n_row > INT32_MAX / WIDTH_MAX)
        FAIL(ERR_MEMORY, "more than 5e8 ghost atoms leave one rank; use more ranks");
    return ERR_OK;
}

static int reserve(struct halo *h, struct frame *frame, int64_t n_in) {
    TRY(frame_reserve_ghosts(frame, frame->n + n_in + 1)); /* one more: the padding row of the lists */
    if (WIDTH_MAX * h->n_row > h->capacity_out) {
        mem_free(&h->out);
        h->capacity_out = 0;
        TRY(MEM_NEW(h->out, WIDTH_MAX * h->n_row * 9 / 8));
        h->capacity_out = WIDTH_MAX * h->n_row * 9 / 8;
    }
    if (n_in == h->n_to[h->comm.rank]) n_in = 0; /* all from myself: they go from out to the frame */
    if (WIDTH_MAX * n_in > h->capacity_in) {
        mem_free(&h->in);
        h->capacity_in = 0;
        TRY(MEM_NEW(h->in, WIDTH_MAX * n_in * 9 / 8));
        h->capacity_in = WIDTH_MAX * n_in * 9 / 8;
    }
    return ERR_OK;
}

static void pack_identity(const struct frame *frame, const void *user, const int *rows, int n,
                          const double shift[3], double *out) {
    (void)user, (void)shift;
    for (int k = 0; k < n; k++) {
        out[2 * k] = (double)frame->id[rows[k]]; /* exact below 2^53 */
        out[2 * k + 1] = frame->type[rows[k]];
    }
}

static void unpack_identity(struct frame *frame, void *user, int first, int n, const double *in) {
    (void)user;
    for (int k = 0; k < n; k++) {
        frame->id[first + k] = (int64_t)in[2 * k];
        frame->type[first + k] = (int32_t)in[2 * k + 1];
        frame->x[first + k][3] = 0;
    }
}

int halo_build(struct halo *h, const struct domain *domain, struct frame *frame, double range) {
    static const struct halo_data identity = {2, pack_identity, unpack_identity, NULL};
    frame->n_ghost = 0;
    TRY_ALL(&h->comm, plan(h, domain, frame, range));
    MPI_Alltoall(h->n_to, 1, MPI_INT, h->n_from, 1, MPI_INT, h->comm.mpi);
    int64_t n_in = 0;
    for (int r = 0; r < h->comm.size; r++) {
        h->at_from[r] = (int)n_in;
        n_in += h->n_from[r];
    }
    if (frame->n > FRAME_LARGE) { /* scratch of the plan: cheaper to get again than to hold */
        mem_free(&h->scratch);
        h->capacity_scratch = 0;
    }
    TRY_ALL(&h->comm, reserve(h, frame, n_in));
    frame->n_ghost = (int)n_in;
    halo_forward(h, frame, &identity);
    halo_forward(h, frame, &halo_positions);
    return ERR_OK;
}

void halo_forward(struct halo *h, struct frame *frame, const struct halo_data *data) {
    int w = data->width, me = h->comm.rank;
    h->n_request = 0;
    for (int r = 0; r < h->comm.size; r++)
        if (r != me && h->n_from[r])
            MPI_Irecv(h->in + (size_t)w * (size_t)h->at_from[r], w * h->n_from[r], MPI_DOUBLE, r, w,
                      h->comm.mpi, &h->request[h->n_request++]);
    for (int p = 0; p < h->n_part; p++) {
        const struct part *part = &h->part[p];
        double shift[3];
        for (int a = 0; a < 3; a++) shift[a] = part->shift[a] * frame->box.len[a];
        data->pack(frame, data->user, h->row + part->first, part->n, shift,
                   h->out + (size_t)w * (size_t)part->first);
    }
    for (int r = 0; r < h->comm.size; r++)
        if (r != me && h->n_to[r])
            MPI_Isend(h->out + (size_t)w * (size_t)h->at_to[r], w * h->n_to[r], MPI_DOUBLE, r, w, h->comm.mpi,
                      &h->request[h->n_request++]);
    if (h->n_to[me])
        data->unpack(frame, data->user, frame->n + h->at_from[me], h->n_to[me],
                     h->out + (size_t)w * (size_t)h->at_to[me]);
    MPI_Waitall(h->n_request, h->request, MPI_STATUSES_IGNORE);
    for (int r = 0; r < h->comm.size; r++)
        if (r != me && h->n_from[r])
            data->unpack(frame, data->user, frame->n + h->at_from[r], h->n_from[r],
                         h->in + (size_t)w * (size_t)h->at_from[r]);
}

/* The buffers of halo_forward with their parts exchanged: `in` is sent, `out` receives. */
void halo_reverse(struct halo *h, struct frame *frame, const struct halo_back *data) {
    int w = data->width, me = h->comm.rank, tag = WIDTH_MAX + w;
    h->n_request = 0;
    for (int r = 0; r < h->comm.size; r++)
        if (r != me && h->n_to[r])
            MPI_Irecv(h->out + (size_t)w * (size_t)h->at_to[r], w * h->n_to[r], MPI_DOUBLE, r, tag,
                      h->comm.mpi, &h->request[h->n_request++]);
    for (int r = 0; r < h->comm.size; r++) {
        if (!h->n_from[r]) continue;
        double *to =
            r == me ? h->out + (size_t)w * (size_t)h->at_to[me] : h->in + (size_t)w * (size_t)h->at_from[r];
        data->pack(frame, data->user, frame->n + h->at_from[r], h->n_from[r], to);
        if (r != me)
            MPI_Isend(to, w * h->n_from[r], MPI_DOUBLE, r, tag, h->comm.mpi, &h->request[h->n_request++]);
    }
    MPI_Waitall(h->n_request, h->request, MPI_STATUSES_IGNORE);
    for (int r = 0; r < h->comm.size; r++)
        if (h->n_to[r])
            data->add(frame, data->user, h->row + h->at_to[r], h->n_to[r],
                      h->out + (size_t)w * (size_t)h->at_to[r]);
}

static void pack_positions(const struct frame *frame, const void *user, const int *rows, int n,
                           const double shift[3], double *out) {
    (void)user;
    for (int k = 0; k < n; k++)
        for (int a = 0; a < 3; a++) out[3 * k + a] = frame->x[rows[k]][a] + shift[a];
}

static void unpack_positions(struct frame *frame, void *user, int first, int n, const double *in) {
    (void)user;
    for (int k = 0; k < n; k++)
        for (int a = 0; a < 3; a++) frame->x[first + k][a] = in[3 * k + a];
}

static void pack_scratch(const struct frame *frame, const void *user, const int *rows, int n,
                         const double shift[3], double *out) {
    (void)user, (void)shift;
    for (int k = 0; k < n; k++) out[k] = frame->x[rows[k]][3];
}

static void unpack_scratch(struct frame *frame, void *user, int first, int n, const double *in) {
    (void)user;
    for (int k = 0; k < n; k++) frame->x[first + k][3] = in[k];
}

const struct halo_data halo_positions = {3, pack_positions, unpack_positions, NULL};
const struct halo_data halo_scratch = {1, pack_scratch, unpack_scratch, NULL};

int64_t halo_bytes(const struct halo *h) {
    return (h->n_row - h->n_to[h->comm.rank]) * 3 * (int64_t)sizeof(double);
}

int halo_partners(const struct halo *h) {
    int n = 0;
    for (int r = 0; r < h->comm.size; r++) n += r != h->comm.rank && (h->n_to[r] || h->n_from[r]);
    return n;
}
