/* build - making atoms: crystals, random alloys, rods, copies, files.
 *
 * Used in two places of a deck: the section `build:` (from nothing or a file) and a stage with `build:`
 * (changes the atoms that are there: cut a rod, replicate). A new builder is one file pair and one line in
 * build_kinds (build.c). */
#ifndef ATOMS_BUILD_H
#define ATOMS_BUILD_H

#include "atoms/frame.h"
#include "base/deck.h"

struct build_kind {
    const char *name;
    bool from_nothing, changes; /* may stand in `build:`; may stand in a stage */
    const struct deck_row *rows;
    /* Local, every rank alike. Check keys below `path` ("build" or "md.stages[2].build"); mistakes to
     * deck_mistake. len: the box edges expected before (A), updated to those expected after; n: atoms
     * expected, likewise. */
    void (*check)(struct deck *deck, const char *path, const struct species *species, double len[3],
                  double *n);
    /* Collective. Make or change the frame. */
    int (*run)(const struct comm *comm, struct deck *deck, const char *path, struct frame *frame);
};

extern const struct build_kind *const build_kinds[]; /* ends with NULL */
extern const struct deck_row build_material_rows[];  /* prefix "" */
extern const struct deck_row build_rows[]; /* `kind` itself; prefixes "build", "md.stages[].build" */

/* Collective. Species of the deck's `material` (or of the file that `build` reads). Mistakes to deck_mistake.
 */
int build_species(const struct comm *comm, struct deck *deck, struct species *species) MUST_CHECK;
/* Local. Check one build section; see build_kind.check. */
void build_check(struct deck *deck, const char *path, const struct species *species, double len[3],
                 double *n);
/* Collective. Run one build section; a new frame gets the species, box and ids 1 .. n. */
int build_run(const struct comm *comm, struct deck *deck, const char *path, const struct species *species,
              struct frame *frame) MUST_CHECK;
/* Collective. Refuse atoms closer than half the smallest radius sum (ERR_PHYSICS, names the pair). */
int build_overlaps(const struct comm *comm, const struct frame *frame) MUST_CHECK;
/* Local. Counts per species for n atoms of the deck's composition, by largest remainder. */
void build_counts(const struct deck *deck, const struct species *species, int64_t n,
                  int64_t counts[SPECIES_MAX]);

#endif
