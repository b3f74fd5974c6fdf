/* signal - calibrated images, stacks of frames (t, y, x) and 4-D scans: in .hspy, EMD 1.0, HDF5, TIFF.
 *
 * An array of up to five dimensions in C order. Its leading "navigate" axes number items (probe positions,
 * frames), the others are one item (a pattern, an image). Items are numbered in C order of the navigation
 * axes. Data pass as float, item by item, so that a scan never has to fit into memory. A .hspy file is what
 * HyperSpy and pyxem open (lazily too), EMD 1.0 what py4DSTEM opens; TIFF is 32-bit float with ImageJ's
 * calibration.
 *
 * Units are texts in files: "nm", "s", "1/Å" (k = 1/d, not 2 pi/d), "mrad", "px"; signal_axis_as reads the
 * spellings that occur ("nm^-1", "$A^{-1}$", "[n_m]", ...). */
#ifndef BASE_SIGNAL_H
#define BASE_SIGNAL_H

#include "base/h5.h"

#define SIGNAL_PER_ANGSTROM "1/\xc3\x85"

struct signal_axis {
    const char *name, *units; /* "x", "nm"; units "" or "px": not calibrated */
    int64_t size;
    double scale, offset; /* coordinate of index i: offset + i scale */
    bool navigate;
};

struct signal_shape {
    int n_dims;
    struct signal_axis axis[H5_MAX_DIMS]; /* slowest first; navigation axes come before the others */
    const char *signal_type;              /* "electron_diffraction", "" for images */
    const char *title, *quantity;         /* what; of which kind and unit: "intensity", "counts" */
    const char *note;                     /* free text (the deck entry that made it); NULL or "": none */
    double beam_keV;                      /* 0: not known */
    enum h5_type type;                    /* how numbers are stored */
};

enum signal_unit { SIGNAL_NM, SIGNAL_PER_A, SIGNAL_S, SIGNAL_MRAD, SIGNAL_CELSIUS };

struct signal;

/* Local. Number of navigation axes; of items; of numbers in one item. */
int signal_navigation(const struct signal_shape *shape);
int64_t signal_items(const struct signal_shape *shape);
int64_t signal_item_size(const struct signal_shape *shape);
/* Local. Scale and offset of an axis in another unit; false when its units are of another kind or not given.
 */
bool signal_axis_as(const struct signal_axis *axis, enum signal_unit unit, double *scale, double *offset);

/* Collective. A new .hspy file (EMD 1.0 where the name ends in .emd); every rank then writes items of its
 * own. ERR_CREATE, ERR_WRITE. */
int signal_create(const struct comm *comm, const char *path, const struct signal_shape *shape,
                  struct signal **signal) MUST_CHECK;
/* Local. Items [first, first + n), without the other ranks. */
int signal_write(struct signal *signal, int64_t first, int64_t n, const float *data) MUST_CHECK;
/* Collective. keep: every item must have been written once (ERR_INTERNAL); the file gets its name. Otherwise,
 * and after reading, keep = false. Accepts NULL. */
int signal_close(struct signal **signal, bool keep) MUST_CHECK;

/* Collective. Open for reading: .hspy; EMD 1.0 and 0.2; any dataset as "file.h5::/path" (axes from their
 * neighbours dim0.. or axis-0.. if there are any, else uncalibrated, all but the last two navigate); TIFF.
 * Afterwards each rank reads by itself. Texts of the shape belong to the signal. ERR_INPUT. */
int signal_open(const struct comm *comm, const char *path, struct signal **signal) MUST_CHECK;
/* Local. */
const struct signal_shape *signal_shape(const struct signal *signal);
const char *signal_path(const struct signal *signal);
/* Local. Items [first, first + n): n * signal_item_size numbers. The second: only rows [row, row + n_rows) of
 * the first dimension of an item. */
int signal_read(struct signal *signal, int64_t first, int64_t n, float *data) MUST_CHECK;
int signal_read_rows(struct signal *signal, int64_t first, int64_t n, int64_t row, int64_t n_rows,
                     float *data) MUST_CHECK;
/* Local. Whether the name looks like one of these files: .hspy .emd .tif .tiff, or has "::". */
bool signal_is_file(const char *path);

/* Collective. Whole arrays that every rank holds alike, for other programs: EMD 1.0 (any dimensions) and TIFF
 * (an image or a stack). ERR_CREATE, ERR_WRITE. */
int signal_put_emd(const struct comm *comm, const char *path, const struct signal_shape *shape,
                   const float *data) MUST_CHECK;
int signal_put_tiff(const struct comm *comm, const char *path, const struct signal_shape *shape,
                    const float *data) MUST_CHECK;
/* Collective. A signal file as another one, item by item (TIFF: an image or a stack, whole in memory); *n
 * items. */
int signal_copy(const struct comm *comm, const char *in, const char *out, int64_t *n) MUST_CHECK;

#endif
