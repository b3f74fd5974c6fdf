/* signal_file - what the signal*.c files share and nobody else includes. */
#ifndef BASE_SIGNAL_FILE_H
#define BASE_SIGNAL_FILE_H

#include "base/signal.h"

struct signal_tiff; /* an open TIFF (signal_tiff.c) */

#define SIGNAL_TEXTS (2 * H5_MAX_DIMS + 8)

struct signal {
    struct comm comm;
    struct comm self; /* reading: each rank alone */
    struct signal_shape shape;
    char *path;
    char *text[SIGNAL_TEXTS]; /* texts of the shape, by mem */
    int n_texts;
    struct h5 *h5;
    struct h5_items *items;
    struct signal_tiff *tiff;
    bool writing;
    int64_t written; /* items by this rank */
};

/* Local. Keep a copy of a text until the signal is closed. */
int signal_file_keep(struct signal *signal, const char *text, const char **kept) MUST_CHECK;
/* Local. Fill shape and items of an HDF5 file (inside: path in it, or NULL). */
int signal_hdf_open(struct signal *signal, const char *file, const char *inside) MUST_CHECK;
/* Collective. Groups, attributes and empty items of a new .hspy, or EMD 1.0. */
int signal_hdf_create(struct signal *signal) MUST_CHECK;
int signal_hdf_create_emd(struct signal *signal) MUST_CHECK;
/* Local. */
bool signal_tiff_is(const char *path);
int signal_tiff_open(struct signal *signal) MUST_CHECK;
int signal_tiff_read(struct signal_tiff *tiff, int64_t page, int64_t row, int64_t n_rows,
                     float *data) MUST_CHECK;
void signal_tiff_close(struct signal_tiff **tiff);

#endif
