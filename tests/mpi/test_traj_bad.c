/* ranks: 1 3
 * Malformed trajectories: refused with the file, the line, what is wrong and what to do, on every rank alike.
 */
#include "atoms/traj.h"
#include "base/h5.h"
#include "tap.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

static char folder[512];

#define XYZ_HEAD "Lattice=\"9 0 0 0 9 0 0 0 9\" Properties=species:S:1:pos:R:3\n"
#define DATA_HEAD \
    "title\n\n2 atoms\n1 atom types\n\n0 9 xlo xhi\n0 9 ylo yhi\n0 9 zlo zhi\n\nMasses\n\n1 63.546\n\n"
#define DUMP_HEAD "ITEM: TIMESTEP\n0\nITEM: NUMBER OF ATOMS\n2\nITEM: BOX BOUNDS pp pp pp\n0 9\n0 9\n0 9\n"

/* message: after "PATH" */
static const struct {
    const char *file, *names, *content, *message;
} bad[] = {
    {"empty.xyz", NULL, "", ": is empty"},
    {"prose.txt", NULL, "Once upon a time\n",
     ": is no trajectory that can be read (H5MD, extended XYZ, LAMMPS data or dump)"},
    {"short.xyz", NULL, "3\n" XYZ_HEAD "Cu 1 2 3\nCu 1 2 4\n",
     ":5: the file ends before its last atom; it is incomplete"},
    {"count.xyz", NULL, "1\n" XYZ_HEAD "Cu 1 2 3\nCu 1 2 4\n",
     ":4: number of atoms: 'Cu' is not a whole number"},
    {"negative.xyz", NULL, "0\n\n", ": holds no atoms"},
    {"nan.xyz", NULL, "1\n" XYZ_HEAD "Cu 1 nan 3\n",
     ":3: y is nan; the run that wrote it blew up, or the file is damaged"},
    {"word.xyz", NULL, "1\n" XYZ_HEAD "Cu 1 2,5 3\n", ":3: y: '2,5' is not a number"},
    {"line.xyz", NULL, "1\n" XYZ_HEAD "Cu 1 2\n", ":3: the line ends before z"},
    {"tilted.xyz", NULL, "1\nLattice=\"9 0 0 1 9 0 0 0 9\" Properties=species:S:1:pos:R:3\nCu 1 2 3\n",
     ":2: Lattice is not orthogonal; only boxes with edges along x, y, z are read: cut an orthogonal cell "
     "first"},
    {"flat.xyz", NULL, "1\nLattice=\"9 0 0 0 0 0 0 0 9\"\nCu 1 2 3\n", ":2: Lattice: edge y is 0"},
    {"lattice.xyz", NULL, "1\nLattice=\"9 0 0 0 9\"\nCu 1 2 3\n", ":2: the line ends before Lattice"},
    {"pbc.xyz", NULL, "1\nLattice=\"9 0 0 0 9 0 0 0 9\" pbc=\"T T\"\nCu 1 2 3\n",
     ":2: pbc=\"T T\" is not three of T and F"},
    {"properties.xyz", NULL, "1\nProperties=species:S:1:pos\nCu 1 2 3\n",
     ":2: Properties is not NAME:TYPE:COLUMNS:NAME:TYPE:COLUMNS..."},
    {"nopos.xyz", NULL, "1\nProperties=species:S:1:vel:R:3\nCu 1 2 3\n", ":2: Properties has no pos:R:3"},
    {"ids.xyz", NULL, "2\nProperties=species:S:1:pos:R:3:id:I:1\nCu 1 2 3 5\nCu 4 5 6 5\n",
     ": atom id 5 occurs twice in a frame"},
    {"frames.xyz", NULL, "1\n" XYZ_HEAD "Cu 1 2 3\n2\n" XYZ_HEAD "Cu 1 2 3\nCu 4 5 6\n",
     ":7: frame 1 ends here with 2 atoms, the first has 1; split the file"},
    {"names.xyz", "Pt P", "1\n" XYZ_HEAD "Cu 1 2 3\n",
     ":3: species 'Cu' is not among the names that were given"},
    {"damaged.xyz.gz", NULL, "\x1f\x8b\x08\x00rubbish that is not deflate",
     ":1: cannot be unpacked (invalid block type); the file is damaged or incomplete: copy it again"},
    {"few.data", NULL, DATA_HEAD "Atoms\n\n1 1 1 2 3\n",
     ":17: the file ends before its last atom; it is incomplete"},
    {"fewer.data", NULL, DATA_HEAD "Atoms\n\n1 1 1 2 3\n\nVelocities\n\n1 0 0 0\n2 0 0 0\n",
     ":17: the section has 1 atoms, the header says 2"},
    {"many.data", NULL, DATA_HEAD "Atoms\n\n1 1 1 2 3\n2 1 4 5 6\n3 1 7 8 8\n",
     ":18: '3 1 7 8 8' after as many lines as the header says; is its number wrong?"},
    {"none.data", NULL, DATA_HEAD, ":13: the file ends without an Atoms section; is it a LAMMPS data file?"},
    {"box.data", NULL, "t\n\n1 atoms\n1 atom types\n0 9 xlo xhi\n\nAtoms\n\n1 1 1 2 3\n",
     ":8: no line 'ylo yhi' before the atoms"},
    {"tilted.data", NULL,
     "t\n\n1 atoms\n1 atom types\n0 9 xlo xhi\n0 9 ylo yhi\n0 9 zlo zhi\n1 0 0 xy xz yz\n",
     ":8: the box is triclinic; only orthogonal boxes are read: in LAMMPS, use change_box all ortho and "
     "write the file "
     "again"},
    {"style.data", NULL, DATA_HEAD "Atoms # full\n\n1 1 1 0 1 2 3\n2 1 1 0 1 2 3\n",
     ":15: atom style 'full' is not read; write the file with atom_style atomic"},
    {"width.data", NULL, DATA_HEAD "Atoms\n\n1 1 1 2 3 0 0 0 9\n2 1 4 5 6\n",
     ":16: ' 9' is too much on the line of an atom; is the atom style atomic?"},
    {"type.data", NULL, DATA_HEAD "Atoms\n\n1 1 1 2 3\n2 2 4 5 6\n",
     ":17: atom type 2 has no element; name the types in order: --names \"Cu Zr\""},
    {"mass.data", "Zr", DATA_HEAD "Atoms\n\n1 1 1 2 3\n2 1 4 5 6\n",
     ":15: type 1 is called Zr but has mass 63.546 (Zr: 91.224); are the names in the right order?"},
    {"heavy.data", NULL,
     "t\n\n1 atoms\n1 atom types\n0 9 xlo xhi\n0 9 ylo yhi\n0 9 zlo zhi\n\nMasses\n\n1 500\n\nAtoms\n\n1 1 1 "
     "2 3\n",
     ":14: type 1 of mass 500 is no element of its own; name the types in order: --names \"Cu Zr\""},
    {"bonds.data", NULL, "t\n\n1 atoms\n3 bonds\n",
     ":4: bonds and angles are not read; write the file with atom_style atomic"},
    {"orphan.data", NULL, DATA_HEAD "Atoms\n\n1 1 1 2 3\n2 1 4 5 6\n\nVelocities\n\n1 0 0 0\n3 0 0 0\n",
     ":22: atom 3 has a velocity but no position"},
    {"twice.data", NULL, DATA_HEAD "Atoms\n\n1 1 1 2 3\n2 1 4 5 6\n\nVelocities\n\n1 0 0 0\n1 0 0 0\n",
     ":22: atom 1 has two velocities"},
    {"short.dump", NULL, DUMP_HEAD "ITEM: ATOMS id element x y z\n1 Cu 1 2 3\n",
     ":11: the file ends before its last atom; it is incomplete"},
    {"more.dump", NULL, DUMP_HEAD "ITEM: ATOMS id element x y z\n1 Cu 1 2 3\n2 Cu 1 2 4\n3 Cu 1 2 5\n",
     ":12: '3 Cu 1 2 5' where 'ITEM: TIMESTEP' belongs"},
    {"next.dump", NULL, DUMP_HEAD "ITEM: ATOMS id element x y z\n1 Cu 1 2 3\n" DUMP_HEAD,
     ":11: the frame has 1 atoms, its header says 2"},
    {"tilted.dump", NULL,
     "ITEM: TIMESTEP\n0\nITEM: NUMBER OF ATOMS\n1\nITEM: BOX BOUNDS xy xz yz pp pp pp\n0 9 1\n0 9 0\n0 9 "
     "0\nITEM: ATOMS id "
     "element x y z\n1 Cu 1 2 3\n",
     ":5: the box is triclinic; only orthogonal boxes are read: in LAMMPS, use change_box all ortho and "
     "write the dump again"},
    {"nox.dump", NULL, DUMP_HEAD "ITEM: ATOMS id element vx vy vz\n1 Cu 1 2 3\n2 Cu 1 2 3\n",
     ":9: no x y z (or xs ys zs, xu yu zu, xsu ysu zsu) among the columns"},
    {"noname.dump", NULL, DUMP_HEAD "ITEM: ATOMS id x y z\n1 1 2 3\n2 1 2 3\n",
     ":9: neither 'element' nor 'type' among the columns"},
    {"types.dump", NULL, DUMP_HEAD "ITEM: ATOMS id type x y z\n1 1 1 2 3\n2 1 1 2 3\n",
     ":10: atom type 1 has no element; name the types in order: --names \"Cu Zr\""},
    {"ids.dump", NULL, DUMP_HEAD "ITEM: ATOMS id element x y z\n7 Cu 1 2 3\n7 Cu 1 2 4\n",
     ": atom id 7 occurs twice in a frame"},
    {"items.dump", NULL, "ITEM: TIMESTEP\n0\nITEM: BOX BOUNDS pp pp pp\n",
     ":3: 'ITEM: BOX BOUNDS pp pp pp' where 'ITEM: NUMBER OF ATOMS' belongs"},
    {"inf.dump", NULL, DUMP_HEAD "ITEM: ATOMS id element x y z\n1 Cu 1 2 3\n2 Cu inf 2 4\n",
     ":11: x is inf; the run that wrote it blew up, or the file is damaged"},
};

static int open_and_read(const char *path, const char *names) {
    struct traj *traj = NULL;
    struct frame frame;
    int fields;
    frame_init(&frame);
    int e = traj_open(&tap_comm, path, NULL, names, &traj);
    for (int64_t k = 0; !e && k < traj_frames(traj); k++) e = traj_read(traj, k, &frame, &fields);
    traj_close(&traj);
    frame_destroy(&frame);
    return e;
}

static void expect(const char *path, const char *names, const char *message, const char *what) {
    int e = open_and_read(path, names);
    size_t n = strlen(path);
    int right =
        e == ERR_INPUT && strncmp(err_message(), path, n) == 0 && strcmp(err_message() + n, message) == 0;
    if (!right && tap_comm.rank == 0)
        printf("# got %d '%s'\n# want '%s%s'\n", e, err_message(), path, message);
    tap_ok(right, what);
    err_clear();
}

/* Rank 0 writes a text: not synced as real outputs are. */
static void put(const char *path, const char *content) {
    if (tap_comm.rank == 0) {
        FILE *file = fopen(path, "wb");
        if (!file || fputs(content, file) < 0 || fclose(file)) tap_failed++;
    }
    comm_barrier(&tap_comm);
}

static void test_text(void) {
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        char path[700];
        snprintf(path, sizeof path, "%s/%s", folder, bad[k].file);
        put(path, bad[k].content);
        if (strcmp(bad[k].file, "damaged.xyz.gz") == 0 && tap_comm.rank == 0) { /* it holds a NUL */
            FILE *file = fopen(path, "wb");
            fwrite("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xff\xff\xff\xff", 1, 14, file);
            fclose(file);
        }
        comm_barrier(&tap_comm);
        expect(path, bad[k].names, bad[k].message, bad[k].file);
        comm_barrier(&tap_comm);
        if (tap_comm.rank == 0) unlink(path);
    }
}

/* A .gz cut in its middle, as an interrupted copy leaves it. */
static void test_cut_gz(void) {
    char path[700];
    snprintf(path, sizeof path, "%s/cut.xyz.gz", folder);
    if (tap_comm.rank == 0) {
        gzFile gz = gzopen(path, "wb");
        gzprintf(gz, "2000\n\n");
        for (int i = 0; i < 2000; i++) gzprintf(gz, "Cu %d %d %d\n", i, 7 * i % 1999, 13 * i % 1999);
        gzclose(gz);
        tap_failed += truncate(path, 4000) != 0;
    }
    comm_barrier(&tap_comm);
    int e = open_and_read(path, NULL);
    tap_ok(e == ERR_INPUT &&
               strstr(err_message(), "cannot be unpacked (unexpected end of file); the file is damaged or "
                                     "incomplete: copy it again"),
           "a .gz that was cut");
    err_clear();
    comm_barrier(&tap_comm);
    if (tap_comm.rank == 0) unlink(path);
}

enum fault { NO_GROUP, NO_POSITION, NO_FRAMES, SHAPE, NAN_X, TYPES, UNIT, TILT, REPEATED, N_FAULTS };

/* An H5MD file of two atoms and one frame with one fault. */
static int write_h5md(const char *path, enum fault fault) {
    struct h5 *h5 = NULL;
    const int64_t two = 2, frame[2] = {2, 3}, edges[2] = {3, 3}, flat[2] = {3, 2};
    double x[6] = {1, 2, 3, 4, 5, 6}, box[9] = {9, 0, 0, 0, 9, 0, 0, 0, 9};
    const int64_t species[2] = {fault == TYPES ? 1 : 29, fault == TYPES ? 2 : 40},
                  id[2] = {4, fault == REPEATED ? 4 : 5};
    int e = h5_create(&tap_comm, path, &h5);
    int64_t all = tap_comm.rank == 0 ? 2 : 0;
    if (fault == NAN_X) x[4] = 0 / (double)(x[4] - 5);
    if (fault == TILT) box[3] = 1;
    if (!e && fault != NO_GROUP) e = h5_group(h5, "/particles/p");
    if (!e && fault > NO_POSITION && fault != SHAPE)
        e = h5_series_create(h5, "/particles/p/position/value", H5_F64, 2, frame, 0,
                             fault == UNIT ? "furlong" : "nm", "x");
    if (!e && fault == SHAPE) e = h5_write(h5, "/particles/p/position/value", H5_F64, 2, flat, x, "nm", "x");
    if (!e && fault > SHAPE) e = h5_series_append(h5, "/particles/p/position/value", 0, all, x);
    if (!e && fault > SHAPE) e = h5_write(h5, "/particles/p/species", H5_I64, 1, &two, species, "", "s");
    if (!e && fault > SHAPE) e = h5_write(h5, "/particles/p/id", H5_I64, 1, &two, id, "", "i");
    if (!e && fault > SHAPE) e = h5_write(h5, "/particles/p/box/edges", H5_F64, 2, edges, box, "nm", "b");
    int closed = h5_close(&h5, !e);
    return e ? e : closed;
}

static void test_h5md(void) {
    static const char *const message[N_FAULTS] = {
        [NO_GROUP] = ": has no group /particles, so it holds no trajectory",
        [NO_POSITION] = ": '/particles/p' has no positions",
        [NO_FRAMES] = ": stage 'p' has no frames",
        [SHAPE] = ": '/particles/p/position/value' is not an array of frames of N x 3 positions",
        [NAN_X] = ": '/particles/p/position/value', frame 0, atom 2: is not a number; the run that wrote it "
                  "blew up",
        [TYPES] = ": species are numbers (1) without names; name them in order: --names \"Cu Zr\"",
        [UNIT] = ": '/particles/p/position/value' has the unit 'furlong', which is not known here; convert "
                 "it first",
        [TILT] = ": the box is not orthogonal; cut an orthogonal cell first",
        [REPEATED] = ": '/particles/p/id', frame 0: atom id 4 occurs twice"};
    char path[700];
    snprintf(path, sizeof path, "%s/bad.h5", folder);
    for (int fault = 0; fault < N_FAULTS; fault++) {
        tap_pass(write_h5md(path, (enum fault)fault), "writes a faulty H5MD");
        expect(path, NULL, message[fault], message[fault]);
    }
    /* and the same file without a fault is read */
    tap_pass(write_h5md(path, N_FAULTS), "writes a good H5MD");
    tap_pass(open_and_read(path, NULL), "reads it");
    tap_pass(write_h5md(path, TYPES), "writes types");
    tap_pass(open_and_read(path, "Cu Zr"), "reads types with names");
    comm_barrier(&tap_comm);
    if (tap_comm.rank == 0) unlink(path);
}

/* What is unusual but right. */
static void test_good(void) {
    static const struct {
        const char *file, *names, *content;
        double x, v; /* of the first atom, x axis */
        int image, periodic;
    } good[] = {
        {"plain.xyz", NULL, "2\nno box here\nCu 1 2 3\nZr 4 5 6\n", 1, 0, 0, 0},
        {"blank.xyz", NULL, "\n2\r\n\r\nCu 1 2 3\r\nZr 4 5 6\r\n\n\n", 1, 0, 0, 0},
        {"z.xyz", NULL,
         "2\nLattice='9 0 0 0 9 0 0 0 9' Properties=Z:I:1:pos:R:3:tag:I:1\n29 10 2 3 1\n40 4 5 6 2", 1, 0, 1,
         1},
        {"scaled.dump", NULL,
         DUMP_HEAD "ITEM: ATOMS id element xs ys zs\n2 Zr 0.5 0.5 0.5\n1 Cu 0.5 0.25 0\n", 4.5, 0, 0, 1},
        {"unwrapped.dump", "Cu Zr",
         DUMP_HEAD "ITEM: ATOMS id type xu yu zu vx vy vz\n1 1 -5 1 1 7 8 9\n9 2 5 1 1 0 0 0\n", 4, 7, -1, 1},
        {"images.dump", NULL,
         "ITEM: UNITS\nmetal\nITEM: TIME\n0.5\n" DUMP_HEAD
         "ITEM: ATOMS element x y z ix iy iz c_1\nCu 1 2 3 2 0 0 8\nZr 1 2 4 0 0 0 8\n",
         1, 0, 2, 1},
        {"velocities.data", "Cu",
         DATA_HEAD
         "Atoms # charge\n\n20 1 0.5 1 2 3 1 0 0\n10 1 -0.5 4 5 6\n\nVelocities\n\n20 1 0 0\n10 2 0 0\n",
         4, 2, 0, 1},
    };
    for (size_t k = 0; k < sizeof good / sizeof *good; k++) {
        char path[700];
        struct traj *traj = NULL;
        struct frame frame;
        int fields, right = 1;
        frame_init(&frame);
        snprintf(path, sizeof path, "%s/%s", folder, good[k].file);
        put(path, good[k].content);
        int e = traj_open(&tap_comm, path, NULL, good[k].names, &traj);
        if (!e) e = traj_read(traj, 0, &frame, &fields);
        if (!tap_pass(e, good[k].file)) {
            for (int i = 0; i < frame.n; i++)
                if (frame.id[i] == 1)
                    right = frame.x[i][0] == good[k].x && frame.v[i][0] == good[k].v &&
                            frame.image[i][0] == good[k].image &&
                            frame.box.periodic[0] == (good[k].periodic == 1);
            tap_ok(right, "  with its position, velocity, image");
        }
        traj_close(&traj);
        frame_destroy(&frame);
        comm_barrier(&tap_comm);
        if (tap_comm.rank == 0) unlink(path);
    }
}

int main(int argc, char **argv) {
    tap_begin(&argc, &argv);
    if (tap_comm.rank == 0) {
        const char *tmp = getenv("TMPDIR");
        snprintf(folder, sizeof folder, "%s/vitrine-bad-XXXXXX", tmp ? tmp : "/tmp");
        if (!mkdtemp(folder)) return 1;
    }
    comm_bcast(&tap_comm, folder, sizeof folder);
    test_text();
    test_cut_gz();
    test_h5md();
    test_good();
    comm_barrier(&tap_comm);
    if (tap_comm.rank == 0) tap_failed += rmdir(folder) != 0;
    return tap_end();
}
