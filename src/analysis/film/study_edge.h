/* study_edge - where a straight wire ends, in any direction in the image. */
#ifndef FILM_STUDY_EDGE_H
#define FILM_STUDY_EDGE_H

#include "base/err.h"

#include <stdint.h>

#define STUDY_EDGE_BANDS 8

/* Local. mean[ny * nx]. *angle: direction of the wire from the image's y axis towards x, rad; NAN asks for
 * the one along which the image varies least, and is replaced by it (-pi/2 .. pi/2). depth[ny * nx] becomes
 * the distance below the nearer edge in nm, negative outside; band[ny * nx] the eighth of the image along the
 * wire, 0 .. 7. Edges where the mean of lines along the wire, one pixel apart, passes half between its levels
 * inside and outside. ERR_INPUT: no wire in the image. */
int study_edge_depth(const double *mean, int64_t ny, int64_t nx, double pixel, double *angle, double *depth,
                     uint8_t *band) MUST_CHECK;

#endif
