/* h5_file - what the h5_*.c files share and nobody else includes: the open file, and how HDF5 failures become
 * ours. */
#ifndef BASE_H5_FILE_H
#define BASE_H5_FILE_H

#include "base/h5.h"

#include <hdf5.h>

struct h5_file_series { /* a growing dataset kept open between appends */
    struct h5_file_series *next;
    char *path;
    hid_t set;
    enum h5_type type;
    int n_dims; /* without the frame dimension */
    hsize_t dims[H5_MAX_DIMS];
    hsize_t frames, frames_in_chunk;
    int64_t chunk_bytes; /* of all chunks that a frame touches */
};

struct h5 {
    struct comm comm;
    hid_t file;
    hid_t collective;     /* transfer property list of this file's driver */
    char *path, *partial; /* partial is NULL when only reading */
    int64_t end;          /* upper bound of the end of allocation */
    int64_t reserved;     /* bytes of the file known to fit on the disk; both the same on every rank */
    struct h5_file_series *series;
};

/* Local. Sizes and HDF5 types. */
hid_t h5_file_type_native(enum h5_type type);
hid_t h5_file_type_stored(enum h5_type type);
size_t h5_file_type_bytes(enum h5_type type);
/* Local. The type of an open dataset; false when it does not hold numbers. */
bool h5_file_class(hid_t set, enum h5_type *type);
/* Local. ERR_WRITE or ERR_INPUT with the path, what was tried and HDF5's deepest complaint. */
int h5_file_failed(const struct h5 *h5, const char *doing, const char *object) MUST_CHECK;
/* Local. Forget a complaint of HDF5 that was expected. */
void h5_file_forgive(void);
/* Collective. Make sure `bytes` more, and room for metadata, fit on the disk: ERR_WRITE on every rank if not.
 */
int h5_file_reserve(struct h5 *h5, int64_t bytes) MUST_CHECK;
/* Collective. Link creation list that makes missing groups (the caller closes it). */
hid_t h5_file_links(void);
/* Collective. unit and description attributes of an open object. */
int h5_file_label(hid_t object, const char *unit, const char *what) MUST_CHECK;
/* Collective. h5_write_rows for any type. */
int h5_file_write_rows(struct h5 *h5, const char *path, hid_t stored, hid_t native, int64_t bytes_per_row,
                       int n_dims, const int64_t *dims, int64_t first, int64_t n_rows, const void *data,
                       int deflate, const char *unit, const char *what) MUST_CHECK;
/* Local. Close the datasets kept open by h5_series_append. */
void h5_file_forget_series(struct h5 *h5);

#endif
