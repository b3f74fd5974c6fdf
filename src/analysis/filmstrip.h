/* filmstrip - images of one size, one a frame, exposed and written as they come to a .hspy file that pass ecm
 * reads.
 *
 * Axes: time (s), y, x (nm). Counts are Poisson numbers of a dose, keyed by (seed, frame, pixel); dose 0
 * leaves intensities over the mean of the first image. The first image waits until the second tells the time
 * between them. Times in ps, pixels in A. */
#ifndef ANALYSIS_FILMSTRIP_H
#define ANALYSIS_FILMSTRIP_H

#include "base/results.h"

struct filmstrip_options {
    const char *suffix, *title; /* file NAME.SUFFIX.hspy where the pass has no name of its own */
    int64_t n_frames, ny, nx;
    double dy, dx;
    double dose; /* mean counts a pixel of the first image; 0: no noise */
    uint64_t seed;
};

struct filmstrip;

/* Collective. ERR_INPUT: fewer than two frames, no folder to write to. */
int filmstrip_create(struct results *out, const struct filmstrip_options *options,
                     struct filmstrip **film) MUST_CHECK;
void filmstrip_destroy(struct filmstrip **film);
/* Collective. The next image [ny][nx], the same on every rank; it is overwritten. ERR_INPUT: frames are not
 * evenly spaced in time; the first image is dark. */
int filmstrip_add(struct filmstrip *film, double time, float *image) MUST_CHECK;
/* Collective. After the last image. ERR_INPUT: times did not grow. */
int filmstrip_close(struct filmstrip *film) MUST_CHECK;

#endif
