/* ranks: 1 2
 * Memory fails on the last rank, once, at each allocation of a run in turn: every rank gets ERR_MEMORY (none
 * hangs), and all memory is given back. First the engine alone, then a whole run with its files, a restart
 * and the joining of parts. */
#include "scene.h"
#include "tap.h"
#include "base/log.h"
#include "base/stop.h"
#include "md/md.h"
#include "md/output.h"

#include <dirent.h>
#include <math.h>
#include <signal.h>
#include <time.h>

static const char eam[] =
    "material: {composition: {Cu: 0.5, Zr: 0.5}}\npotential: {kind: zhou, cutoff: 5 A}\n"
    "build: {kind: random_alloy, lattice: fcc, lattice_constant: 4.05 A, n_atoms: 108}\n"
    "md:\n  time_step: 2 fs\n  stages:\n    - {name: s, ensemble: npt, temperature: 300 K, steps: 3}\n";
static const char run_deck[] =
    "output: {dir: %s}\nunits: lj\nmaterial: {composition: {A: 0.8, B: 0.2}}\n"
    "potential: {kind: lj, epsilon: {A-A: 1, A-B: 1.5, B-B: 0.5}, sigma: {A-A: 1, A-B: 0.8, B-B: 0.88}}\n"
    "build: {kind: random_alloy, lattice: fcc, density: 1.2, n_atoms: 256}\n"
    "md:\n  time_step: 0.002\n  thermo_every: 1\n  trajectory: {every: 1}\n  checkpoint_every: %s\n  "
    "stages:\n"
    "    - {name: s, ensemble: nvt, temperature: 0.5, steps: 2}\n"
    "    - {name: cut, build: {kind: rod, diameter: 4}}\n"
    "    - {name: t, ensemble: nve, steps: 2}\n";

static char dir[128], text[1200];
static const char *restart;

static int engine(void) {
    struct scene s;
    int e = scene_open(&tap_comm, eam, 300, &s);
    for (int k = 0; k < 3 && !e; k++) e = integrate_step(&s.integrate, &s.system, k, k == 2, 0);
    scene_close(&s);
    return e;
}

static int whole_run(void) {
    struct deck *deck = NULL;
    struct md_options options = {"test", restart, NULL};
    int e = deck_open_text(&tap_comm, "run.yml", text, schema_tables(), NULL, 0, &deck);
    if (!e) e = md_run(&tap_comm, deck, &options);
    deck_close(&deck);
    cite_clear();
    return e;
}

static void empty_dir(void) {
    char path[512];
    DIR *folder = tap_comm.rank == 0 ? opendir(dir) : NULL;
    for (struct dirent *entry = folder ? readdir(folder) : NULL; entry; entry = readdir(folder)) {
        snprintf(path, sizeof path, "%s/%s", dir, entry->d_name);
        unlink(path);
    }
    if (folder) closedir(folder);
    MPI_Barrier(tap_comm.mpi);
}

/* Fail allocation k of body() for k = first, first + stride, ... until it succeeds or `seconds` are over. */
static void inject(const char *what, int (*body)(void), int first, int stride, double seconds) {
    int64_t blocks = mem_blocks();
    int right = 1, finished = 0, k = first;
    double from = comm_time();
    for (; !finished && right; k += stride) {
        double past = comm_time() - from;
        comm_max(&tap_comm, &past, 1);
        if (past > seconds) break;
        if (body == whole_run && !restart) empty_dir();
        if (tap_comm.rank == tap_comm.size - 1) mem_fail_after(k);
        int code = body(), range[2];
        mem_fail_after(-1);
        int mine[2] = {code, -code};
        MPI_Allreduce(mine, range, 2, MPI_INT, MPI_MAX, tap_comm.mpi);
        finished = range[0] == ERR_OK;
        right = range[0] == -range[1] && (code == ERR_OK || code == ERR_MEMORY) && mem_blocks() == blocks &&
                (code == ERR_OK || *err_message());
        if (!right)
            printf("# rank %d: allocation %d: code %d (%s, %s), %lld blocks\n", tap_comm.rank, k, code,
                   err_message(), err_place(), (long long)(mem_blocks() - blocks));
        MPI_Allreduce(MPI_IN_PLACE, &right, 1, MPI_INT, MPI_MIN, tap_comm.mpi);
        err_clear();
    }
    if (tap_comm.rank == 0)
        printf("# %s: %d allocations, %s, %.1f s\n", what, k, finished ? "all" : "not all",
               comm_time() - from);
    tap_ok(right && k > first + 20 * stride, what);
}

int main(int argc, char **argv) {
    char path[200];
    tap_begin(&argc, &argv);
    log_init(&tap_comm, true);
    inject("engine", engine, 0, 1, 3);
    if (tap_comm.rank == 0) snprintf(dir, sizeof dir, "/tmp/vitrine-memory-XXXXXX");
    if (tap_comm.rank == 0 && !mkdtemp(dir)) dir[0] = 0;
    comm_bcast(&tap_comm, dir, sizeof dir);
    int every = getenv("VITRINE_LONG") ? 1 : 7;
    snprintf(text, sizeof text, run_deck, dir, "0 s");
    inject("a whole run", whole_run, 0, every, every == 1 ? 200 : 4);
    empty_dir();
    snprintf(text, sizeof text, run_deck, dir, "1 h");
    snprintf(path, sizeof path, "%s/run.checkpoint.h5", dir);
    stop_init(0, 0, "/");
    tap_ok(whole_run() == ERR_TIME, "a stop after one step leaves a checkpoint");
    stop_finish();
    err_clear();
    restart = path;
    inject("a restart", whole_run, 0, every, every == 1 ? 200 : 3);
    empty_dir();
    if (tap_comm.rank == 0) rmdir(dir);
    return tap_end();
}
