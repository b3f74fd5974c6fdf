/* md - the molecular-dynamics room: its deck section, and a run from builder to files. */
#ifndef MD_MD_H
#define MD_MD_H

#include "atoms/species.h"
#include "base/comm.h"
#include "base/deck.h"

#include <stdbool.h>

extern const struct deck_row md_rows[];           /* prefix "" */
extern const struct deck_row md_potential_rows[]; /* prefix "potential" */

struct md_plan {            /* what a run will need, from the deck alone */
    double n_atoms, box[3]; /* at the first stage; A */
    double n_most;          /* atoms in the largest stage */
    int64_t n_steps;
    double atom_steps;
    double fixed;   /* bytes of a rank without atoms: tables */
    double bytes;   /* memory of the largest rank */
    bool recompute; /* pair derivatives are computed twice to stay within md.memory */
    double disk;    /* bytes of trajectory and records */
};

struct md_options {
    const char *command; /* for provenance */
    const char *restart; /* checkpoint file or NULL */
    const char *simd;    /* overrides md.simd, or NULL */
};

/* Collective. Check all of build, md, potential (files are read); mistakes are added to the deck. plan may be
 * NULL. */
int md_check(const struct comm *comm, struct deck *deck, struct md_plan *plan) MUST_CHECK;
/* Collective. Atom-steps per second on these ranks, measured on the atoms that `build` makes, at the mean
 * temperature of the run. */
int md_measure(const struct comm *comm, struct deck *deck, double *speed) MUST_CHECK;
/* Collective. Run all stages; files go to output.dir. ERR_TIME after a checkpoint, ERR_PHYSICS after a crash
 * frame. */
int md_run(const struct comm *comm, struct deck *deck, const struct md_options *options) MUST_CHECK;

#endif
