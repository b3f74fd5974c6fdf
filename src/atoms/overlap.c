/* overlap - cells as wide as atoms are apart, at least the limit (narrower ones are empty, and clearing them
 * took longer than the search), over a copy of the atoms with their halo; each pair is counted by the owner
 * of its lower id (self images by their owner). The copy costs memory once, at the start of a run, and
 * frees the caller from having a halo. */
#include "atoms/overlap.h"
#include "atoms/cells.h"
#include "atoms/halo.h"

#include <math.h>
#include <string.h>

static void look(const struct frame *frame, const struct cells *cells, int i, double limit,
                 struct overlap *o) {
    int64_t here = cells_of(cells, frame->x[i]);
    int64_t c[3] = {here / cells->n[2] / cells->n[1], here / cells->n[2] % cells->n[1], here % cells->n[2]};
    for (int64_t a = c[0] - 1; a <= c[0] + 1; a++)
        for (int64_t b = c[1] - 1; b <= c[1] + 1; b++)
            for (int64_t d = c[2] - 1; d <= c[2] + 1; d++) {
                if (a < 0 || b < 0 || d < 0 || a >= cells->n[0] || b >= cells->n[1] || d >= cells->n[2])
                    continue;
                int64_t cell = (a * cells->n[1] + b) * cells->n[2] + d;
                for (int64_t k = cells->start[cell]; k < cells->start[cell + 1]; k++) {
                    int j = cells->row[k];
                    if (j == i || frame->id[j] < frame->id[i]) continue;
                    double r2 = 0;
                    for (int x = 0; x < 3; x++) r2 += pow(frame->x[i][x] - frame->x[j][x], 2);
                    if (r2 >= limit * limit) continue;
                    o->n_pairs++;
                    if (sqrt(r2) >= o->closest) continue;
                    o->closest = sqrt(r2);
                    o->id[0] = frame->id[i];
                    o->id[1] = frame->id[j];
                }
            }
}

static int collect(const struct comm *comm, struct overlap *o) {
    struct {
        double d;
        int rank;
    } mine = {o->closest, comm->rank}, best;
    comm_sum_i64(comm, &o->n_pairs, 1);
    MPI_Allreduce(&mine, &best, 1, MPI_DOUBLE_INT, MPI_MINLOC, comm->mpi);
    MPI_Bcast(o->id, 2, MPI_INT64_T, best.rank, comm->mpi);
    o->closest = best.d;
    return ERR_OK;
}

int overlap_find(const struct comm *comm, const struct frame *frame, double limit, struct overlap *overlap) {
    struct frame copy;
    struct domain domain;
    struct cells cells;
    struct halo *halo = NULL;
    int e = ERR_OK;
    memset(overlap, 0, sizeof *overlap);
    overlap->closest = INFINITY;
    frame_init(&copy);
    domain_init(&domain);
    cells_init(&cells);
    TRY_ALL_TO(comm, done, frame_copy(&copy, frame));
    TRY_TO(done, domain_cut(comm, &domain, &copy, NULL));
    TRY_TO(done, domain_migrate(comm, &domain, &copy));
    TRY_TO(done, halo_create(comm, &halo));
    TRY_TO(done, halo_build(halo, &domain, &copy, limit));
    const double *len = copy.box.len;
    double apart = cbrt(len[0] * len[1] * len[2] / (double)(copy.n_global + 1));
    TRY_ALL_TO(comm, done, cells_build(&cells, &copy, fmax(limit, apart)));
    for (int i = 0; i < copy.n; i++) look(&copy, &cells, i, limit, overlap);
    e = collect(comm, overlap);
done:
    halo_destroy(&halo);
    cells_destroy(&cells);
    domain_destroy(&domain);
    frame_destroy(&copy);
    return e;
}
