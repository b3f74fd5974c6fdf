/* pass - what the driver knows of an analysis pass, and what a pass may use to write its results.
 *
 * A pass is one file pair: a const descriptor (name, deck rows, functions) and opaque state; one line in
 * pass_kinds (pass.c) and its name in PASS_CHOICES make it known. A pass is created, fed frame by frame (one
 * is in memory at a time; it may spread, sort and add ghosts to the frame as it likes), finished, destroyed.
 * Passes that read images get the name of a signal file (base/signal) instead of frames, passes that compute
 * from nothing get neither.
 *
 * Results: tables NAME[.LABEL].TABLE.tsv and /tables/[LABEL.]TABLE, arrays under /analysis/LABEL, other files
 * NAME[.LABEL].SUFFIX, and scalars, from which the runner makes NAME.summary.tsv. */
#ifndef ANALYSIS_PASS_H
#define ANALYSIS_PASS_H

#include "atoms/frame.h"
#include "base/deck.h"
#include "base/results.h"

/* clang-format off */
#define PASS_CHOICES \
    "rdf" \
    "|voronoi" \
    "|order" \
    "|profile" \
    "|clusters" \
    "|contrast" \
    "|diffraction" \
    "|symmetry" \
    "|spots" \
    "|image" \
    "|ecm" \
    "|synthetic" \
    "|darkfield" \
    "|film_dynamics" \
    "|theory" \
    "|plan" \
    "|onset" \
    "|dynamics" \
    "|g4" \
    "" \
    "|pore"
#define PASS_HELP "What to measure." \
    " rdf: pair distribution functions and structure factors." \
    " voronoi: cells and their indices." \
    " order: bond order, crystallinity, grains." \
    " profile: density, composition, volumes, classes and mobility against place." \
    " clusters: neighbourhoods of one Voronoi index as small structures, and their mean." \
    " contrast: density of icosahedral and crystal-like regions, local and projected." \
    " diffraction: simulated electron diffraction." \
    " symmetry: angular symmetry of diffraction patterns." \
    " spots: profiles and spots of diffraction patterns." \
    " image: detectors on scans; HAADF, HRTEM, thickness and composition from atoms." \
    " ecm: electron correlation microscopy of a film." \
    " synthetic: films with known answer." \
    " darkfield: a film of tilted dark-field images of a trajectory." \
    " film_dynamics: the same film beside the scattering functions of its atoms." \
    " theory: tau(T) and xi(T) against theories of the glass transition." \
    " plan: how long a film must be." \
    " onset: when a film, measured or computed, shows crystals." \
    " dynamics: displacements and scattering functions of atoms." \
    " g4: overlap, chi4, S4 and g4 of atoms." \
    ""
/* clang-format on */

/* PASS_EITHER: a signal file (base/signal) where `of` names one, frames otherwise. */
enum pass_input { PASS_FRAMES, PASS_FILE, PASS_NOTHING, PASS_EITHER };

struct pass_setup {
    const struct comm *comm;
    const struct deck *deck;
    const char *at;   /* the entry's path in the deck: "analysis[2]"; deck_real(deck, "%s.r_max", at) */
    int64_t n_frames; /* how many frames will come */
    struct results *out;
};

struct pass_kind {
    const char *name;
    enum pass_input input;
    int fields;                  /* PASS_FRAMES: TRAJ_* that a file must have */
    const struct deck_row *rows; /* keys of an entry, each with .when = "pass=NAME" */
    /* Collective; NULL: nothing to check. What rows cannot check, before anything runs: other files that the
     * entry names (deck_file; deck_found gives them to create), keys that exclude each other. Mistakes go to
     * deck_mistake. */
    int (*check)(const struct comm *comm, struct deck *deck, const char *at);
    /* Collective. frame and file: what input says. */
    int (*create)(const struct pass_setup *setup, void **state);
    int (*frame)(void *state, struct frame *frame);
    int (*file)(void *state, const char *path);
    int (*finish)(void *state);
    /* Local; accepts a NULL state. */
    void (*destroy)(void *state);
};

extern const struct pass_kind *const pass_kinds[]; /* ends with NULL */
/* Tables of the `analysis` section, to be put into a schema; ends with rows == NULL. */
extern const struct deck_table pass_tables[];
/* Local. NULL when there is none of that name. */
const struct pass_kind *pass_find(const char *name);

#endif
