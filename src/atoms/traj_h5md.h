/* traj_h5md - H5MD 1.1 (debuyl2014 in docs/references.bib): stages of a run as groups /particles/NAME.
 *
 * Layout: docs/format.md. Positions A, time ps, velocities A/ps, forces kJ/mol/A (what MDAnalysis converts);
 * model species (units: lj) have units "". The box begins at 0 in the file; its lower corner is kept in
 * box/origin. */
#ifndef ATOMS_TRAJ_H5MD_H
#define ATOMS_TRAJ_H5MD_H

#include "atoms/traj_format.h"
#include "base/h5.h"

/* Collective. Make /particles/GROUP for the frame's atoms, without frames, and /h5md when it is absent.
 * fields: TRAJ_V, TRAJ_F, TRAJ_IMAGE, TRAJ_SINGLE. The frame is not changed. */
int traj_h5md_begin(struct h5 *h5, const char *group, const struct frame *frame, int fields,
                    int deflate) MUST_CHECK;
/* Collective. Append a frame with the fields that the group has; ids are 1 .. n_global (ERR_INTERNAL
 * otherwise). */
int traj_h5md_append(struct h5 *h5, const char *group, const struct frame *frame) MUST_CHECK;

/* Collective. For traj.c: find the group, its frames and species; read a frame. */
int traj_h5md_open(struct traj *traj) MUST_CHECK;
int traj_h5md_read(struct traj *traj, int64_t k, struct frame *frame, int *fields) MUST_CHECK;

#endif
