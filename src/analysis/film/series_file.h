/* series_file - a film in a file: .hspy, EMD, any HDF5 dataset ("file.h5::/path"), multi-page TIFF.
 *
 * Axes (t, y, x): one navigation axis, then two. Frame time and pixel size come from the file's axes or from
 * the caller. A frame that is missing (all NaN) is refused by number; single NaN pixels are left to ecm. */
#ifndef FILM_SERIES_FILE_H
#define FILM_SERIES_FILE_H

#include "analysis/film/series.h"

/* Collective. frame_time s and pixel nm, 0: from the file (ERR_INPUT when it does not say); memory: bytes a
 * block may take. */
int series_file_open(const struct comm *comm, const char *path, double frame_time, double pixel,
                     int64_t memory, struct series *series) MUST_CHECK;
/* Collective. A film whose frames can be had, as NAME.hspy; `what` becomes its title. */
int series_file_write(const struct comm *comm, struct series *series, const char *path,
                      const char *what) MUST_CHECK;

#endif
