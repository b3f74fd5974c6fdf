/* study_edge - where a wire along y ends, from the mean of each column. */
#ifndef FILM_STUDY_EDGE_H
#define FILM_STUDY_EDGE_H

#include "base/err.h"

#include <stdint.h>

/* Local. mean[ny * nx]; depth[ny * nx] becomes the distance below the nearer edge in nm, negative outside.
 * Edges where the mean of the columns passes half between its levels inside and outside, between pixels by a
 * line. ERR_INPUT: no wire in the image. */
int study_edge_depth(const double *mean, int64_t ny, int64_t nx, double pixel, double *depth) MUST_CHECK;

#endif
