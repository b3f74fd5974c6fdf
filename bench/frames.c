/* frames - what writing large frames costs: H5MD frames appended, closed and synced, beside the plain speed
 * of the same disk (dd conv=fsync of as many bytes). Atoms lie in memory as the engine keeps a glass:
 * numbered along a lattice, ordered by cells; or, with `stirred`, in an order that has nothing to do with
 * their numbers (a liquid after long diffusion).
 *
 *     mpirun -n 2 build/bench/frames FILE [EDGE [FRAMES [stirred]]]      EDGE^3 atoms, 100 by default */
#include "atoms/traj.h"
#include "atoms/traj_h5md.h"
#include "base/h5.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CELL 3 /* lattice points along a cell: 27 atoms */

/* The n-th atom of the lattice in the order of cells. */
static int64_t next_in_cells(int64_t edge, int64_t at[6]) {
    int64_t id = ((at[0] * CELL + at[3]) * edge + at[1] * CELL + at[4]) * edge + at[2] * CELL + at[5] + 1;
    for (int d = 5; d >= 0; d--) {
        int64_t from = d < 3 ? 0 : at[d - 3] * CELL, cells = (edge + CELL - 1) / CELL;
        int64_t end = d < 3 ? cells : edge - from < CELL ? edge - from : CELL;
        if (++at[d] < end) break;
        at[d] = 0;
    }
    return id;
}

static int fill(const struct comm *comm, int64_t edge, bool stirred, struct frame *frame) {
    frame_init(frame);
    int64_t n = edge * edge * edge, at[6] = {0};
    int64_t from = comm->rank * n / comm->size, to = (comm->rank + 1) * n / comm->size;
    TRY_ALL(comm, frame_reserve(frame, to - from));
    TRY(species_add(&frame->species, "Cu", false));
    frame->n_global = n;
    for (int a = 0; a < 3; a++) {
        frame->box.len[a] = 2.3 * (double)edge;
        frame->box.periodic[a] = true;
    }
    for (int64_t k = 0; k < to; k++) {
        int64_t id = next_in_cells(edge, at);
        if (k < from) continue;
        if (stirred) id = (id - 1) * 7919 % n + 1; /* 7919 is prime: each number once */
        int i = frame->n++;
        int64_t place[3] = {(id - 1) % edge, (id - 1) / edge % edge, (id - 1) / edge / edge};
        frame->id[i] = id;
        for (int a = 0; a < 3; a++) frame->x[i][a] = 2.3 * ((double)place[a] + 0.5);
    }
    return ERR_OK;
}

static int write_frames(const struct comm *comm, const char *path, struct frame *frame, int frames) {
    struct h5 *h5 = NULL;
    if (comm->rank == 0) unlink(path); /* replacing a file would pay for giving back the old one's pages */
    comm_barrier(comm);
    double from = comm_time();
    TRY(h5_create(comm, path, &h5));
    TRY(traj_h5md_begin(h5, "run", frame, TRAJ_IMAGE, 0));
    double began = comm_time() - from;
    from = comm_time();
    for (int k = 0; k < frames; k++) TRY(traj_h5md_append(h5, "run", frame));
    double appended = comm_time() - from;
    from = comm_time();
    TRY(h5_close(&h5, true));
    double closed = comm_time() - from, bytes = (double)frame->n_global * (20 + 36.0 * frames);
    if (comm->rank == 0)
        printf("%lld atoms, %d frames, %d ranks: begin %.3g s, %.3g s a frame, close and sync %.3g s: %.4g "
               "MB/s\n",
               (long long)frame->n_global, frames, comm->size, began, appended / frames, closed,
               bytes / 1e6 / (began + appended + closed));
    return ERR_OK;
}

static void disk_speed(const char *path, double bytes) {
    char command[600];
    snprintf(command, sizeof command, "dd if=/dev/zero of='%s' bs=1M count=%d conv=fsync 2>&1 | tail -1",
             path, (int)(bytes / 1048576));
    fflush(stdout);
    if (system(command)) printf("dd failed\n");
}

int main(int argc, char **argv) {
    struct comm comm;
    struct frame frame;
    if (comm_init(&argc, &argv, &comm)) return 70;
    const char *path = argc > 1 ? argv[1] : "frames.h5";
    int64_t edge = argc > 2 ? strtoll(argv[2], NULL, 10) : 100, n = edge * edge * edge;
    int frames = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 5;
    int e = fill(&comm, edge, argc > 4 && strcmp(argv[4], "stirred") == 0, &frame);
    for (int k = 0; k < 3 && !e; k++) e = write_frames(&comm, path, &frame, frames);
    if (e) fprintf(stderr, "%s\n", err_message());
    comm_barrier(&comm);
    if (comm.rank == 0) disk_speed(path, (double)n * (20 + 36.0 * frames));
    if (comm.rank == 0) unlink(path);
    frame_destroy(&frame);
    comm_finalize();
    return e ? 70 : 0;
}
