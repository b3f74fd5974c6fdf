/* h5 - HDF5 files that are complete or absent, with unit and description on every dataset.
 *
 * A file is written as PATH.partial, flushed, synced and renamed by h5_close(keep = true). Before each
 * collective write the bytes are reserved on disk by rank 0 (posix_fallocate) and the verdict agreed, because
 * parallel HDF5 1.10 must never meet a full disk inside a write (ERR_WRITE, status 74). HDF5's error stack
 * goes into our message. All functions are Collective unless they say Local; every rank gets the same
 * verdict. Paths are absolute ("/a/b"); missing groups are made. Attribute texts are variable-length UTF-8
 * (what MDAnalysis and HyperSpy want); text datasets are fixed-length UTF-8, because parallel HDF5 cannot
 * write variable-length datasets. Functions are spread over h5.c, h5_attr.c, h5_names.c, h5_write.c,
 * h5_read.c and h5_items.c. */
#ifndef BASE_H5_H
#define BASE_H5_H

#include "base/comm.h"

#include <stdbool.h>
#include <stdint.h>

enum h5_type { H5_F64, H5_F32, H5_I64, H5_I32, H5_U8, H5_I16 };
#define H5_MAX_DIMS 5

struct h5; /* an open file */

/* Collective. Create (truncating an old PATH.partial), open for reading, open an existing file for adding.
 * ERR_CREATE, ERR_INPUT. On adding, the file is copied to PATH.partial first, so that a kill never harms the
 * original. */
int h5_create(const struct comm *comm, const char *path, struct h5 **h5) MUST_CHECK;
int h5_open(const struct comm *comm, const char *path, struct h5 **h5) MUST_CHECK;
int h5_append(const struct comm *comm, const char *path, struct h5 **h5) MUST_CHECK;
/* Collective. keep: flush, sync, rename into place; otherwise the partial file is removed. NULL is accepted.
 */
int h5_close(struct h5 **h5, bool keep) MUST_CHECK;
/* Local. The name it has or will have; its ranks. */
const char *h5_path(const struct h5 *h5);
const struct comm *h5_comm(const struct h5 *h5);

/* Collective. Attributes of a group or dataset; every rank passes the same values. */
int h5_attr_text(struct h5 *h5, const char *object, const char *name, const char *text) MUST_CHECK;
int h5_attr_i64(struct h5 *h5, const char *object, const char *name, const int64_t *v, int n) MUST_CHECK;
int h5_attr_i32(struct h5 *h5, const char *object, const char *name, const int32_t *v, int n) MUST_CHECK;
int h5_attr_f64(struct h5 *h5, const char *object, const char *name, const double *v, int n) MUST_CHECK;
int h5_attr_texts(struct h5 *h5, const char *object, const char *name, const char *const *v,
                  int n) MUST_CHECK;
/* A truth value as h5py and HyperSpy write it (enumeration FALSE, TRUE); reading takes whole numbers too. */
int h5_attr_bool(struct h5 *h5, const char *object, const char *name, bool value) MUST_CHECK;
int h5_read_attr_bool(struct h5 *h5, const char *object, const char *name, bool *value) MUST_CHECK;
/* Fixed-length, NUL-terminated ASCII, as H5MD wants its own marks; n < 0: one scalar. */
int h5_attr_fixed(struct h5 *h5, const char *object, const char *name, const char *const *v,
                  int n) MUST_CHECK;
bool h5_has_attr(struct h5 *h5, const char *object, const char *name);
int h5_group(struct h5 *h5, const char *path) MUST_CHECK;
int h5_link(struct h5 *h5, const char *existing, const char *link) MUST_CHECK; /* hard link */
bool h5_exists(struct h5 *h5, const char *path);
/* Take a dataset or a group with all below it out of the file; nothing when it is absent. Space is not given
 * back. */
int h5_remove(struct h5 *h5, const char *path) MUST_CHECK;

/* Collective. A whole array that every rank holds alike (rank 0's is written). unit "" = dimensionless. */
int h5_write(struct h5 *h5, const char *path, enum h5_type type, int n_dims, const int64_t *dims,
             const void *data, const char *unit, const char *what) MUST_CHECK;
int h5_write_text(struct h5 *h5, const char *path, const char *text, const char *what) MUST_CHECK;
/* Collective. Rank 0's n texts as a dataset [n] (n < 0: one scalar). */
int h5_write_texts(struct h5 *h5, const char *path, const char *const *v, int64_t n,
                   const char *what) MUST_CHECK;
/* Collective. Rows distributed over ranks: this rank holds n_rows rows from global row `first`; dims[0] is
 * the global number of rows; deflate 0 = none, 1-9 = chunked and compressed. */
int h5_write_rows(struct h5 *h5, const char *path, enum h5_type type, int n_dims, const int64_t *dims,
                  int64_t first, int64_t n_rows, const void *data, int deflate, const char *unit,
                  const char *what) MUST_CHECK;
/* Collective. One-dimensional rows of 32-bit whole numbers whose type is an HDF5 enumeration: names[k] means
 * values[k]. Reading: h5_read_rows gives the numbers; h5_read_names the names in the order they were given
 * (*n = 0: not an enumeration), *names and *values by mem. */
int h5_write_named(struct h5 *h5, const char *path, const char *const *names, const int32_t *values,
                   int n_names, int64_t n_global, int64_t first, int64_t n_rows, const int32_t *data,
                   int deflate, const char *what) MUST_CHECK;
int h5_read_names(struct h5 *h5, const char *path, int *n, char ***names, int64_t **values) MUST_CHECK;
/* Collective. Time series: make an empty dataset [0][dims...] that grows in its first dimension (chunked; one
 * chunk is a frame or a part of one), then append one frame: each rank gives rows of dims[0] (n_dims 0: a
 * scalar per frame, rank 0's is taken). */
int h5_series_create(struct h5 *h5, const char *path, enum h5_type type, int n_dims, const int64_t *dims,
                     int deflate, const char *unit, const char *what) MUST_CHECK;
int h5_series_append(struct h5 *h5, const char *path, int64_t first, int64_t n_rows,
                     const void *data) MUST_CHECK;

/* Collective. Shape and type class of a dataset (n_dims 0 for a scalar); ERR_INPUT when it is absent. */
int h5_shape(struct h5 *h5, const char *path, int *n_dims, int64_t dims[H5_MAX_DIMS]) MUST_CHECK;
/* Collective. The type that holds a dataset's numbers as they are stored; ERR_INPUT when it is absent or not
 * numbers. */
int h5_type(struct h5 *h5, const char *path, enum h5_type *type) MUST_CHECK;
/* Collective. Whether the path is a dataset (false: a group, or nothing). */
bool h5_is_dataset(struct h5 *h5, const char *path);
/* Collective. Read a whole array on every rank into data (caller's, converted to `type`); read rows [first,
 * first + n_rows) of dimension `dim` (0: rows; 1: rows of frame `frame` of a series) each rank its own range.
 */
int h5_read(struct h5 *h5, const char *path, enum h5_type type, void *data) MUST_CHECK;
int h5_read_rows(struct h5 *h5, const char *path, enum h5_type type, int64_t first, int64_t n_rows,
                 void *data) MUST_CHECK;
int h5_read_frame(struct h5 *h5, const char *path, enum h5_type type, int64_t frame, int64_t first,
                  int64_t n_rows, void *data) MUST_CHECK;
int h5_read_text(struct h5 *h5, const char *path, char **text) MUST_CHECK; /* by mem */
int h5_read_attr_f64(struct h5 *h5, const char *object, const char *name, double *v, int n) MUST_CHECK;
int h5_read_attr_i64(struct h5 *h5, const char *object, const char *name, int64_t *v, int n) MUST_CHECK;
int h5_read_attr_text(struct h5 *h5, const char *object, const char *name,
                      char **text) MUST_CHECK; /* by mem */
/* Collective. An attribute of n texts: same[k] = whether text k is `word`; an attribute of one text stands
 * for all n. */
int h5_read_attr_words(struct h5 *h5, const char *object, const char *name, const char *word, bool *same,
                       int n) MUST_CHECK;
/* Collective. Names of the members of a group, in name order: *names by mem, one block, freed by one
 * mem_free. */
int h5_members(struct h5 *h5, const char *group, int *n, char ***names) MUST_CHECK;

/* Arrays of items (h5_items.c): the leading n_leading of n_dims dimensions number patterns or frames, the
 * others are one item; items are numbered in C order. */
struct h5_items;
/* Collective. Make one (one chunk an item, all reserved at once) or open any dataset of numbers. */
int h5_items_create(struct h5 *h5, const char *path, enum h5_type type, int n_dims, const int64_t *dims,
                    int n_leading, const char *unit, const char *what, struct h5_items **items) MUST_CHECK;
int h5_items_open(struct h5 *h5, const char *path, int n_leading, struct h5_items **items) MUST_CHECK;
/* Collective. Before h5_close; accepts NULL. */
void h5_items_close(struct h5_items **items);
/* Local. Items [first, first + n), without the other ranks; reading takes rows [row, row + n_rows) of the
 * first dimension of an item. Numbers are converted to and from float. */
int h5_items_write(struct h5_items *items, int64_t first, int64_t n, const float *data) MUST_CHECK;
int h5_items_read(struct h5_items *items, int64_t first, int64_t n, int64_t row, int64_t n_rows,
                  float *data) MUST_CHECK;

/* Collective. Any other output file, complete or absent: rank 0 writes `text` beside and renames. */
int h5_put_text(const struct comm *comm, const char *path, const char *text) MUST_CHECK;

/* Local, for other writers of one rank: an empty PATH.partial (by mem); then synced and renamed. ERR_CREATE,
 * ERR_WRITE. */
int h5_partial(const char *path, char **partial) MUST_CHECK;
int h5_settle(const char *partial, const char *path) MUST_CHECK;

#endif
