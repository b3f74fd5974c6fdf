/* results - the ways out for what a room computes: tables, arrays, scalars, text files.
 *
 * Tables go to NAME[.LABEL].TABLE.tsv and /tables/[LABEL.]TABLE, arrays under a group of the HDF5 file, other
 * files to NAME[.LABEL].SUFFIX; scalars are kept, and the runner makes NAME.summary.tsv of them. */
#ifndef BASE_RESULTS_H
#define BASE_RESULTS_H

#include "base/h5.h"
#include "base/tsv.h"

#include <stdio.h>

/* A result that is one number; error and value NAN when unknown. */
struct results_scalar {
    char *label, *name; /* label of the pass; "g_CuCu_peak_A" */
    double value, error;
    const char *unit; /* "" = dimensionless; a literal */
};
struct results_scalars {
    struct results_scalar *s;
    int n, capacity;
};

/* Where results go. */
struct results {
    const struct comm *comm;
    struct h5 *h5; /* open for adding; NULL: no HDF5 */
    char *group;   /* "/analysis/LABEL", "/kmc" */
    char *label;   /* given by the user, or the pass's or section's name */
    char *front;   /* "DIR/NAME" or "DIR/NAME.LABEL": what file names begin with; NULL: no files */
    bool named;    /* the user gave a label */
    bool lj;       /* reduced units */
    struct results_scalars *scalars; /* NULL: not kept */
};

/* Local. Set up the ways out. Arrays go under ROOT/LABEL (root "/analysis"; "" for a section of its own,
 * "/kmc"); label NULL: `name` stands for it, and file names go without; dir NULL: no files. */
int results_init(struct results *out, const struct comm *comm, struct h5 *h5, const char *root,
                 const char *dir, const char *stem, const char *name, const char *label, bool lj,
                 struct results_scalars *scalars) MUST_CHECK;
void results_destroy(struct results *out);
/* Local. "A", or "sigma" in reduced units: for column names and unit attributes. */
const char *results_length(const struct results *out);

/* Local; the same numbers on every rank. Append a scalar (unit a literal); results of a run that no pass
 * gives. */
int results_scalars_add(struct results_scalars *scalars, const char *label, const char *name, double value,
                        double error, const char *unit) MUST_CHECK;
/* Local; the same numbers on every rank. Keep a scalar; `unit` a literal; the name is printf-like. */
int results_scalar(struct results *out, double value, double error, const char *unit, const char *name, ...)
    __attribute__((format(printf, 5, 6))) MUST_CHECK;
/* Local. The first scalar of that name (label NULL: of any pass), or NULL. */
const struct results_scalar *results_scalars_find(const struct results_scalars *scalars, const char *label,
                                                  const char *name);
void results_scalars_free(struct results_scalars *scalars);

/* Collective. Rank 0's table to NAME[.LABEL].TABLE.tsv and to /tables. */
int results_table(struct results *out, const char *table, const struct tsv *tsv) MUST_CHECK;
/* Local. "GROUP/NAME", by mem. */
int results_dataset(const struct results *out, const char *name, char **path) MUST_CHECK;
/* Collective. An array that every rank holds alike to GROUP/NAME; nothing without HDF5. */
int results_array(struct results *out, const char *name, enum h5_type type, int n_dims, const int64_t *dims,
                  const void *data, const char *unit, const char *what) MUST_CHECK;
/* Collective. An attribute of GROUP; nothing without HDF5. */
int results_note_text(struct results *out, const char *name, const char *text) MUST_CHECK;
int results_note_real(struct results *out, const char *name, double value) MUST_CHECK;

/* Collective. Per-atom results back into blocks in id order (frame_by_id's): this rank gives n items of
 * `bytes` for atoms id[]; *rows (by mem, the caller frees) are those of global rows [*first, *first +
 * *n_rows). */
int results_rows(const struct comm *comm, int64_t n_global, int n, const int64_t *id, const void *items,
                 size_t bytes, void *rows, int64_t *first, int64_t *n_rows) MUST_CHECK;

/* A text file written by rank 0 as frames come: complete (renamed at the end) or absent. */
struct results_text {
    const struct comm *comm;
    FILE *file; /* rank 0 */
    char *path, *partial;
};
/* Collective. NAME[.LABEL].SUFFIX. ERR_CREATE. */
int results_text_open(struct results *out, const char *suffix, struct results_text *text) MUST_CHECK;
/* Collective. Append each rank's bytes in rank order. ERR_WRITE. */
int results_text_put(struct results_text *text, const char *bytes, int64_t n) MUST_CHECK;
/* Collective. Rename into place (keep) or remove. Accepts a zeroed struct. */
int results_text_close(struct results_text *text, bool keep) MUST_CHECK;
/* Local. Give up: remove the partial file. */
void results_text_drop(struct results_text *text);

#endif
