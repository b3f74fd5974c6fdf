/* sections - a deck's sections in their order: build (alone) or md, kmc, mold, analysis; then the summary. */
#ifndef CLI_SECTIONS_H
#define CLI_SECTIONS_H

#include "md/md.h"

#define SECTIONS_AUTO "auto" /* restart: from what an earlier run of this deck left, if anything */

struct sections_options {
    const char *command; /* for provenance */
    const char *restart; /* checkpoint, complete result, SECTIONS_AUTO, or NULL */
    const char *simd;    /* instruction set of the force kernels, or NULL */
};

/* Collective. All checks that need no running, of all rooms; ERR_DECK with every mistake. */
int sections_check(const struct comm *comm, struct deck *deck, struct md_plan *plan) MUST_CHECK;
/* Collective. Run them. ERR_TIME says how to go on. */
int sections_run(const struct comm *comm, struct deck *deck,
                 const struct sections_options *options) MUST_CHECK;

#endif
