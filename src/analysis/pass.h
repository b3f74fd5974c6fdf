/* pass - what the driver knows of an analysis pass, and what a pass may use to write its results.
 *
 * A pass is one file pair: a const descriptor (name, deck rows, functions) and opaque state; one line in
 * pass_kinds (pass.c) and its name in PASS_CHOICES make it known. A pass is created, fed frame by frame (one
 * is in memory at a time; it may spread, sort and add ghosts to the frame as it likes), finished, destroyed.
 * Passes that read images get files instead of frames, passes that compute from nothing get neither.
 *
 * Results: tables NAME[.LABEL].TABLE.tsv and /tables/[LABEL.]TABLE, arrays under /analysis/LABEL, other files
 * NAME[.LABEL].SUFFIX, and scalars, from which the runner makes NAME.summary.tsv. */
#ifndef ANALYSIS_PASS_H
#define ANALYSIS_PASS_H

#include "atoms/frame.h"
#include "base/deck.h"
#include "base/h5.h"
#include "base/tsv.h"

#include <stdio.h>

#define PASS_CHOICES "rdf|voronoi"

enum pass_input { PASS_FRAMES, PASS_FILE, PASS_NOTHING };

/* A result that is one number; error and value NAN when unknown. */
struct pass_scalar {
    char *label, *name; /* label of the pass; "g_CuCu_peak_A" */
    double value, error;
    const char *unit; /* "" = dimensionless; a literal */
};
struct pass_scalars {
    struct pass_scalar *s;
    int n, capacity;
};

/* Where results go. */
struct pass_output {
    const struct comm *comm;
    struct h5 *h5; /* open for adding; NULL: no HDF5 */
    char *group;   /* "/analysis/LABEL" */
    char *label;   /* given by the user, or the pass's name */
    char *front;   /* "DIR/NAME" or "DIR/NAME.LABEL": what file names begin with; NULL: no files */
    bool named;    /* the user gave a label */
    bool lj;       /* reduced units */
    struct pass_scalars *scalars; /* NULL: not kept */
};

struct pass_setup {
    const struct comm *comm;
    const struct deck *deck;
    const char *at;   /* the entry's path in the deck: "analysis[2]"; deck_real(deck, "%s.r_max", at) */
    int64_t n_frames; /* how many frames will come */
    struct pass_output *out;
};

struct pass_kind {
    const char *name;
    enum pass_input input;
    int fields;                  /* PASS_FRAMES: TRAJ_* that a file must have */
    const struct deck_row *rows; /* keys of an entry, each with .when = "pass=NAME" */
    /* Collective. */
    int (*create)(const struct pass_setup *setup, void **state);
    int (*frame)(void *state, struct frame *frame);
    int (*file)(void *state, const char *path);
    int (*finish)(void *state);
    /* Local; accepts a NULL state. */
    void (*destroy)(void *state);
};

extern const struct pass_kind *const pass_kinds[]; /* ends with NULL */
/* Local. NULL when there is none of that name. */
const struct pass_kind *pass_find(const char *name);

/* Local. Set up an output; label NULL: the pass's name, and file names without it; dir NULL: no files. */
int pass_output_init(struct pass_output *out, const struct comm *comm, struct h5 *h5, const char *dir,
                     const char *stem, const char *pass, const char *label, bool lj,
                     struct pass_scalars *scalars) MUST_CHECK;
void pass_output_destroy(struct pass_output *out);
/* Local. "A", or "sigma" in reduced units: for column names and unit attributes. */
const char *pass_length(const struct pass_output *out);

/* Local; the same numbers on every rank. Append a scalar (unit a literal); results of a run that no pass
 * gives. */
int pass_scalars_add(struct pass_scalars *scalars, const char *label, const char *name, double value,
                     double error, const char *unit) MUST_CHECK;
/* Local; the same numbers on every rank. Keep a scalar; `unit` a literal; the name is printf-like. */
int pass_scalar(struct pass_output *out, double value, double error, const char *unit, const char *name, ...)
    __attribute__((format(printf, 5, 6))) MUST_CHECK;
/* Local. The first scalar of that name (label NULL: of any pass), or NULL. */
const struct pass_scalar *pass_scalars_find(const struct pass_scalars *scalars, const char *label,
                                            const char *name);
void pass_scalars_free(struct pass_scalars *scalars);

/* Collective. Rank 0's table to NAME[.LABEL].TABLE.tsv and to /tables. */
int pass_table(struct pass_output *out, const char *table, const struct tsv *tsv) MUST_CHECK;
/* Local. "/analysis/LABEL/NAME", by mem. */
int pass_dataset(const struct pass_output *out, const char *name, char **path) MUST_CHECK;
/* Collective. An array that every rank holds alike to /analysis/LABEL/NAME; nothing without HDF5. */
int pass_array(struct pass_output *out, const char *name, enum h5_type type, int n_dims, const int64_t *dims,
               const void *data, const char *unit, const char *what) MUST_CHECK;
/* Collective. An attribute of /analysis/LABEL; nothing without HDF5. */
int pass_note_text(struct pass_output *out, const char *name, const char *text) MUST_CHECK;
int pass_note_real(struct pass_output *out, const char *name, double value) MUST_CHECK;

/* Collective. Per-atom results back into blocks in id order (frame_by_id's): this rank gives n items of
 * `bytes` for atoms id[]; *rows (by mem, the caller frees) are those of global rows [*first, *first +
 * *n_rows). */
int pass_rows(const struct comm *comm, int64_t n_global, int n, const int64_t *id, const void *items,
              size_t bytes, void *rows, int64_t *first, int64_t *n_rows) MUST_CHECK;

/* A text file written by rank 0 as frames come: complete (renamed at the end) or absent. */
struct pass_text {
    const struct comm *comm;
    FILE *file; /* rank 0 */
    char *path, *partial;
};
/* Collective. NAME[.LABEL].SUFFIX. ERR_CREATE. */
int pass_text_open(struct pass_output *out, const char *suffix, struct pass_text *text) MUST_CHECK;
/* Collective. Append each rank's bytes in rank order. ERR_WRITE. */
int pass_text_put(struct pass_text *text, const char *bytes, int64_t n) MUST_CHECK;
/* Collective. Rename into place (keep) or remove. Accepts a zeroed struct. */
int pass_text_close(struct pass_text *text, bool keep) MUST_CHECK;
/* Local. Give up: remove the partial file. */
void pass_text_drop(struct pass_text *text);

#endif
