/* traj_lammps - LAMMPS data files (atom styles atomic and charge) and text dumps, orthogonal boxes, units
 * metal.
 *
 * Data: one frame; species from comments ("1 63.546 # Cu"), from masses, or named by the caller. Dump:
 * columns id, type, element, x y z (xs, xu, xsu), vx vy vz, fx fy fz, ix iy iz in any order. Dumps hold no
 * time. */
#ifndef ATOMS_TRAJ_LAMMPS_H
#define ATOMS_TRAJ_LAMMPS_H

#include "atoms/traj_text.h"

extern const struct traj_format traj_lammps_data_format, traj_lammps_dump_format;

/* Local, rank 0. Species of a dump in the order of its types, from its first frame. */
int traj_lammps_dump_species(struct traj *traj) MUST_CHECK;
/* Collective. One frame in id order. */
int traj_lammps_write_data(struct traj_output *output, const struct frame *frame, int fields) MUST_CHECK;
int traj_lammps_write_dump(struct traj_output *output, const struct frame *frame, int fields) MUST_CHECK;

#endif
