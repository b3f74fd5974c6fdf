/* traj_xyz - extended XYZ, as ASE, OVITO and QUIP read and write it; plain XYZ is read too (no box).
 *
 * Second line: Lattice="ax ay az bx by bz cx cy cz" (A) Properties=species:S:1:pos:R:3:... pbc="T T F"
 * Origin="x y z" Time=ps Step=n. Columns understood: species, pos, vel (A/ps), momenta (ASE's units), forces
 * (eV/A), id, image, Z. */
#ifndef ATOMS_TRAJ_XYZ_H
#define ATOMS_TRAJ_XYZ_H

#include "atoms/traj_text.h"

extern const struct traj_format traj_xyz_format;

/* Collective. Append a frame in id order. fields: TRAJ_V, TRAJ_F, TRAJ_IMAGE. */
int traj_xyz_write(struct traj_output *output, const struct frame *frame, int fields) MUST_CHECK;

#endif
