/* frames - what writing large frames costs: atoms in random order over the ranks, H5MD frames appended and closed, beside
 * the plain speed of the same disk (dd conv=fsync of as many bytes).
 *
 *     mpirun -n 2 build/bench/frames FILE [ATOMS [FRAMES]] */
#include "atoms/traj.h"
#include "atoms/traj_h5md.h"
#include "base/h5.h"
#include "base/mem.h"
#include "base/rng.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int fill(const struct comm *comm, int64_t n, struct frame *frame) {
    frame_init(frame);
    int64_t from = comm->rank * n / comm->size, to = (comm->rank + 1) * n / comm->size;
    TRY_ALL(comm, frame_reserve(frame, to - from));
    TRY(species_add(&frame->species, "Cu", false));
    frame->n_global = n;
    for (int a = 0; a < 3; a++) {
        frame->box.len[a] = cbrt((double)n * 12);
        frame->box.periodic[a] = true;
    }
    for (int64_t k = from; k < to; k++) { /* ids far from each other: as bricks of space hold them */
        int i = frame->n++;
        frame->id[i] = (k * 7919) % n + 1;
        for (int a = 0; a < 3; a++) frame->x[i][a] = frame->box.len[a] * fmod((double)(frame->id[i] * (3 + 2 * a)) * 0.618034, 1);
    }
    return ERR_OK;
}

static int write_frames(const struct comm *comm, const char *path, struct frame *frame, int frames) {
    struct h5 *h5 = NULL;
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
        printf("%lld atoms, %d frames, %d ranks: begin %.3g s, %.3g s a frame, close and sync %.3g s: %.4g MB/s\n",
               (long long)frame->n_global, frames, comm->size, began, appended / frames, closed,
               bytes / 1e6 / (began + appended + closed));
    return ERR_OK;
}

static void disk_speed(const char *path, double bytes) {
    char command[600];
    snprintf(command, sizeof command, "dd if=/dev/zero of='%s' bs=1M count=%d conv=fsync 2>&1 | tail -1", path,
             (int)(bytes / 1048576));
    fflush(stdout);
    if (system(command)) printf("dd failed\n");
}

int main(int argc, char **argv) {
    struct comm comm;
    struct frame frame;
    if (comm_init(&argc, &argv, &comm)) return 70;
    const char *path = argc > 1 ? argv[1] : "frames.h5";
    int64_t n = argc > 2 ? strtoll(argv[2], NULL, 10) : 1000003;
    int frames = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 5;
    int e = fill(&comm, n, &frame);
    for (int k = 0; k < 2 && !e; k++) e = write_frames(&comm, path, &frame, frames);
    if (e) fprintf(stderr, "%s\n", err_message());
    comm_barrier(&comm);
    if (comm.rank == 0) disk_speed(path, (double)n * (20 + 36.0 * frames));
    if (comm.rank == 0) unlink(path);
    frame_destroy(&frame);
    comm_finalize();
    return e ? 70 : 0;
}
