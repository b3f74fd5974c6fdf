/* traj - trajectory files of any format behind one interface.
 *
 * Formats: H5MD (.h5, .h5md; parallel), extended XYZ (.xyz, .extxyz), LAMMPS data (.data, .lmp), LAMMPS dump
 * (.dump, .lammpstrj), each of the text ones also as .gz. The format is told from the name on writing and
 * from the content on reading. Text formats are read and written by rank 0 in blocks and distributed. Frames
 * stream: one is in memory. */
#ifndef ATOMS_TRAJ_H
#define ATOMS_TRAJ_H

#include "atoms/frame.h"

struct traj;
struct h5;

/* What a reader found in a frame; what a writer is to write. TRAJ_TIME: the file says the time (dumps and
 * data files do not; the time is 0 then). TRAJ_SINGLE (H5MD writers): 32-bit positions, velocities and
 * forces. TRAJ_GROUP is written wherever an atom has a group other than 0; TRAJ_STRESS
 * where frames know the stress of their atoms (frame.h). */
enum traj_field {
    TRAJ_V = 1,
    TRAJ_F = 2,
    TRAJ_IMAGE = 4,
    TRAJ_TIME = 8,
    TRAJ_SINGLE = 16,
    TRAJ_GROUP = 32,
    TRAJ_STRESS = 64
};

/* Collective. Open for reading; group selects a stage in H5MD (NULL: the last). ERR_INPUT names file, line
 * and what is wrong (truncated, NaN, unknown type, repeated ids, not the same number of atoms, ...). LAMMPS
 * files without element names take them from masses, or from `names` ("Cu Zr", NULL: none). */
int traj_open(const struct comm *comm, const char *path, const char *group, const char *names,
              struct traj **traj) MUST_CHECK;
/* Local. Whether the content of a readable file looks like that of a trajectory (any HDF5 file does). */
bool traj_recognise(const char *path);
/* Local. Number of frames (the file was scanned once and frame offsets kept); of atoms, the same in every
 * frame; the format's name; the H5MD stage that is read ("" in other files). */
int64_t traj_frames(const struct traj *traj);
int64_t traj_atoms(const struct traj *traj);
const char *traj_format_name(const struct traj *traj);
const char *traj_group(const struct traj *traj);
/* Collective. Read frame k into an initialised frame, distributed in id order blocks (frame_by_id layout).
 * fields [out]: TRAJ_* present. ids are made 1 .. n in file order when the file has none; other ids are
 * sorted and renumbered. */
int traj_read(struct traj *traj, int64_t k, struct frame *frame, int *fields) MUST_CHECK;
void traj_close(struct traj **traj);
/* Collective. One line for `show`: format, atoms, frames, species, box, fields (by mem). Reads the last
 * frame. */
int traj_describe(struct traj *traj, char **text) MUST_CHECK;

/* Collective. A writer: complete or absent. fields: TRAJ_* to write. deflate for H5MD only. */
struct traj_writer;
int traj_create(const struct comm *comm, const char *path, int fields, int deflate,
                struct traj_writer **writer) MUST_CHECK;
/* Collective. Append one frame (not modified; a copy in id order is made inside). */
int traj_write(struct traj_writer *writer, const struct frame *frame) MUST_CHECK;
/* Collective. Finish: keep renames into place. */
int traj_finish(struct traj_writer **writer, bool keep) MUST_CHECK;

#endif
