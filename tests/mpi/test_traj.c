/* ranks: 1 2 3 4
 * Trajectories: every format gives back what was written, on as many ranks or on one; ids in order, fields,
 * images, boxes that do not begin at 0, ranks without atoms. "write FOLDER" makes the files that
 * tests/script/test_readers.sh opens with other programs. */
#include "atoms/traj.h"
#include "atoms/traj_h5md.h"
#include "base/rng.h"
#include "tap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[512];

/* Something between -1 and 1 that depends on atom, axis and frame only. */
static double number(int64_t id, int axis, int64_t frame, int what) {
    uint64_t h =
        (uint64_t)(id * 1000003 + axis * 7919 + frame * 104729 + what * 1299709) * 0x9e3779b97f4a7c15u;
    return (double)(h >> 11) * 0x1p-52 - 1;
}

/* n atoms of frame k. Atoms live on the ranks in an order that is not that of ids; rank 1 has none. */
static int make_frame(const struct comm *comm, int64_t n, int64_t k, struct frame *frame) {
    frame->box = (struct box){{-3, 0, 5}, {20 + (double)k, 30, 40}, {true, true, false}};
    frame->n_global = n;
    frame->step = 1000 * k;
    frame->time = 0.5 * (double)k;
    frame->n = 0;
    frame->species = (struct species){0};
    TRY(species_add(&frame->species, "Zr", 0));
    TRY(species_add(&frame->species, "Cu", 0));
    TRY(frame_reserve(frame, n));
    for (int64_t id = n; id >= 1; id--) {
        int owner = (int)((uint64_t)id * 2654435761u % (unsigned)comm->size);
        if (owner == 1) owner = 0;
        if (owner != comm->rank) continue;
        int i = frame->n++;
        for (int a = 0; a < 3; a++) {
            frame->x[i][a] = frame->box.lo[a] + frame->box.len[a] * 0.5 * (1 + 0.999 * number(id, a, k, 0));
            frame->v[i][a] = 5 * number(id, a, k, 1);
            frame->f[i][a] = 2 * number(id, a, k, 2);
            frame->image[i][a] = frame->box.periodic[a] ? (int)(3 * number(id, a, k, 3)) : 0;
        }
        frame->id[i] = id;
        frame->type[i] = (int)(id % 2);
    }
    return ERR_OK;
}

static int write_file(const struct comm *comm, const char *path, int64_t n, int64_t frames, int fields,
                      int deflate) {
    struct traj_writer *writer = NULL;
    struct frame frame;
    frame_init(&frame);
    int e = traj_create(comm, path, fields, deflate, &writer);
    for (int64_t k = 0; k < frames && !e; k++) {
        e = err_agree(comm, make_frame(comm, n, k, &frame));
        if (!e) e = traj_write(writer, &frame);
    }
    frame_destroy(&frame);
    int finished = traj_finish(&writer, !e);
    return e ? e : finished;
}

static bool close_to(double a, double b, double tolerance) {
    return fabs(a - b) <= tolerance * (1 + fabs(b));
}

/* Whether a frame that was read is frame k; time and pbc only where the format holds them. */
static bool same(const struct comm *comm, const struct frame *f, int64_t n, int64_t k, int fields,
                 double tolerance, bool data) {
    bool right = f->n_global == n && f->species.n == 2 && (data || f->step == 1000 * k);
    right = right && (!(fields & TRAJ_TIME) || f->time == 0.5 * (double)k);
    const double lo[3] = {-3, 0, 5}, len[3] = {20 + (double)k, 30, 40};
    for (int a = 0; a < 3; a++)
        right = right && close_to(f->box.lo[a], lo[a], 1e-12) && close_to(f->box.len[a], len[a], 1e-12) &&
                (data || f->box.periodic[a] == (a < 2));
    int64_t first = n * comm->rank / comm->size, last = n * (comm->rank + 1) / comm->size;
    right = right && f->n == last - first;
    for (int i = 0; i < f->n && right; i++) {
        int64_t id = first + i + 1;
        right = f->id[i] == id && strcmp(f->species.name[f->type[i]], id % 2 ? "Cu" : "Zr") == 0;
        for (int a = 0; a < 3 && right; a++) {
            double x = lo[a] + len[a] * 0.5 * (1 + 0.999 * number(id, a, k, 0));
            right = close_to(f->x[i][a], x, tolerance);
            if (fields & TRAJ_V) right = right && close_to(f->v[i][a], 5 * number(id, a, k, 1), tolerance);
            if (fields & TRAJ_F) right = right && close_to(f->f[i][a], 2 * number(id, a, k, 2), tolerance);
            if (fields & TRAJ_IMAGE)
                right = right && f->image[i][a] == (a < 2 ? (int)(3 * number(id, a, k, 3)) : 0);
        }
        if (!right)
            printf("# rank %d: atom %lld of frame %lld differs\n", comm->rank, (long long)id, (long long)k);
    }
    return right;
}

static int read_file(const struct comm *comm, const char *path, int64_t n, int64_t frames, int want,
                     double tolerance, bool data, bool *right) {
    struct traj *traj = NULL;
    struct frame frame;
    int fields;
    frame_init(&frame);
    *right = true;
    int e = traj_open(comm, path, NULL, NULL, &traj);
    if (!e) *right = traj_frames(traj) == frames && traj_atoms(traj) == n;
    for (int64_t k = frames - 1; k >= 0 && !e; k--) { /* backwards: frames are found, not passed */
        e = traj_read(traj, k, &frame, &fields);
        if (e) break;
        *right = *right && fields == want && same(comm, &frame, n, k, fields, tolerance, data);
        if (fields != want && comm->rank == 0) printf("# fields %d, want %d\n", fields, want);
    }
    frame_destroy(&frame);
    traj_close(&traj);
    return e;
}

static void test_round_trips(void) {
    static const struct {
        const char *name;
        int write, read, deflate;
        int64_t frames;
        double tolerance;
    } cases[] = {
        {"a.h5", TRAJ_V | TRAJ_F | TRAJ_IMAGE, TRAJ_V | TRAJ_F | TRAJ_IMAGE | TRAJ_TIME, 0, 3, 1e-15},
        {"packed.h5md", TRAJ_V, TRAJ_V | TRAJ_TIME, 4, 2, 1e-15},
        {"single.h5", TRAJ_V | TRAJ_SINGLE, TRAJ_V | TRAJ_TIME, 0, 2, 1e-6},
        {"a.xyz", TRAJ_V | TRAJ_F | TRAJ_IMAGE, TRAJ_V | TRAJ_F | TRAJ_IMAGE | TRAJ_TIME, 0, 3, 1e-11},
        {"a.extxyz.gz", 0, TRAJ_TIME, 0, 2, 1e-11},
        {"a.data", TRAJ_V | TRAJ_IMAGE, TRAJ_V | TRAJ_IMAGE, 0, 1, 1e-15},
        {"a.lmp.gz", 0, TRAJ_IMAGE, 0, 1, 1e-15},
        {"a.dump", TRAJ_V | TRAJ_F | TRAJ_IMAGE, TRAJ_V | TRAJ_F | TRAJ_IMAGE, 0, 3, 1e-11},
        {"a.lammpstrj.gz", 0, 0, 0, 2, 1e-11}};
    struct comm self = comm_self();
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        char path[700], what[200];
        bool right, data = strstr(cases[c].name, ".data") || strstr(cases[c].name, ".lmp");
        int64_t n = c == 3 || c == 5 || c == 0 ? 20011 : 101; /* more than a block, and few */
        snprintf(path, sizeof path, "%s/%s", folder, cases[c].name);
        snprintf(what, sizeof what, "%s: written", cases[c].name);
        if (tap_pass(write_file(&tap_comm, path, n, cases[c].frames, cases[c].write, cases[c].deflate), what))
            continue;
        snprintf(what, sizeof what, "%s: read", cases[c].name);
        int e =
            read_file(&tap_comm, path, n, cases[c].frames, cases[c].read, cases[c].tolerance, data, &right);
        if (!tap_pass(e, what)) tap_ok(right, "  as it was written");
        e = read_file(&self, path, n, cases[c].frames, cases[c].read, cases[c].tolerance, data, &right);
        snprintf(what, sizeof what, "%s: read by one rank", cases[c].name);
        if (!tap_pass(e, what)) tap_ok(right, "  one rank reads what all wrote");
        comm_barrier(&tap_comm);
        if (tap_comm.rank == 0) unlink(path);
        e = tap_comm.rank == 0 ? write_file(&self, path, 5, 1, cases[c].write, cases[c].deflate) : ERR_OK;
        snprintf(what, sizeof what, "%s: written by one rank", cases[c].name);
        if (tap_pass(e, what)) continue;
        e = read_file(&tap_comm, path, 5, 1, cases[c].read, cases[c].tolerance, data, &right);
        snprintf(what, sizeof what, "%s: 5 atoms read by all", cases[c].name);
        if (!tap_pass(e, what)) tap_ok(right, "  all ranks read what one wrote");
        comm_barrier(&tap_comm);
        if (tap_comm.rank == 0) unlink(path);
    }
}

/* Two stages with different numbers of atoms in one file, as a run writes them. */
static void test_stages(void) {
    char path[700];
    struct h5 *h5 = NULL;
    struct frame frame;
    frame_init(&frame);
    snprintf(path, sizeof path, "%s/run.h5", folder);
    int e = h5_create(&tap_comm, path, &h5);
    static const char *const stage[] = {"quench", "cut"}; /* the last by order is not the last by name */
    for (int s = 0; s < 2 && !e; s++) {
        e = err_agree(&tap_comm, make_frame(&tap_comm, s ? 30 : 70, 0, &frame));
        if (!e) e = traj_h5md_begin(h5, stage[s], &frame, TRAJ_V, 0);
        for (int64_t k = 0; k < 2 + s && !e; k++) {
            e = err_agree(&tap_comm, make_frame(&tap_comm, s ? 30 : 70, k, &frame));
            if (!e) e = traj_h5md_append(h5, stage[s], &frame);
        }
    }
    int closed = h5_close(&h5, !e);
    tap_pass(e ? e : closed, "writes two stages");
    for (int s = 0; s < 3; s++) {
        struct traj *traj = NULL;
        int fields;
        tap_pass(traj_open(&tap_comm, path, s < 2 ? stage[s] : NULL, NULL, &traj), "opens a stage");
        tap_ok(strcmp(traj_group(traj), stage[s < 2 ? s : 1]) == 0, "the stage asked for, or the last");
        tap_ok(traj_frames(traj) == (s ? 3 : 2) && traj_atoms(traj) == (s ? 30 : 70),
               "frames and atoms of the stage");
        tap_pass(traj_read(traj, 1, &frame, &fields), "reads it");
        tap_ok(same(&tap_comm, &frame, s ? 30 : 70, 1, fields, 1e-15, false), "as it was written");
        tap_ok(frame.species.mass[0] == 91.224 && strcmp(frame.species.name[0], "Zr") == 0,
               "species in their order");
        traj_close(&traj);
    }
    struct traj *traj = NULL;
    e = traj_open(&tap_comm, path, "none", NULL, &traj);
    tap_ok(e == ERR_INPUT && strstr(err_message(), "has no stage 'none'; it has cut quench"),
           "a stage that is not there");
    err_clear();
    frame_destroy(&frame);
    comm_barrier(&tap_comm);
    if (tap_comm.rank == 0) unlink(path);
}

static void test_refused(void) {
    struct traj_writer *writer = NULL;
    char path[700];
    snprintf(path, sizeof path, "%s/a.pdb", folder);
    tap_ok(traj_create(&tap_comm, path, 0, 0, &writer) == ERR_USAGE && !writer,
           "a name that tells no format");
    err_clear();
    snprintf(path, sizeof path, "%s/two.data", folder);
    tap_ok(write_file(&tap_comm, path, 10, 2, 0, 0) == ERR_USAGE, "two frames into a data file");
    comm_barrier(&tap_comm);
    tap_ok(access(path, F_OK) != 0, "no half-written file is left");
    err_clear();
    snprintf(path, sizeof path, "%s/no/such/a.xyz", folder);
    tap_ok(write_file(&tap_comm, path, 10, 2, 0, 0) == ERR_CREATE, "a folder that does not exist");
    err_clear();
    struct traj *traj = NULL;
    tap_ok(traj_open(&tap_comm, path, NULL, NULL, &traj) == ERR_INPUT && !traj, "a file that does not exist");
    err_clear();
}

/* Files for other programs. */
static int write_samples(const char *where) {
    static const char *const name[] = {"s.h5", "s.xyz", "s.data", "s.dump"};
    int e = ERR_OK;
    for (int k = 0; k < 4 && !e; k++) {
        char path[700];
        snprintf(path, sizeof path, "%s/%s", where, name[k]);
        e = write_file(&tap_comm, path, 50, k == 2 ? 1 : 2, TRAJ_V | TRAJ_F | TRAJ_IMAGE, 0);
    }
    if (e) printf("%s\n", err_message());
    comm_finalize();
    return e != ERR_OK;
}

int main(int argc, char **argv) {
    tap_begin(&argc, &argv);
    if (argc == 3 && strcmp(argv[1], "write") == 0) return write_samples(argv[2]);
    if (tap_comm.rank == 0) {
        const char *tmp = getenv("TMPDIR");
        snprintf(folder, sizeof folder, "%s/vitrine-traj-XXXXXX", tmp ? tmp : "/tmp");
        if (!mkdtemp(folder)) return 1;
    }
    comm_bcast(&tap_comm, folder, sizeof folder);
    test_round_trips();
    test_stages();
    test_refused();
    comm_barrier(&tap_comm);
    if (tap_comm.rank == 0) tap_failed += rmdir(folder) != 0;
    return tap_end();
}
