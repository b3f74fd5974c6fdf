/* drift - how a film moves, by cross-correlation with sub-pixel peaks, and the film without that.
 *
 * Speckle forgets itself within tau, so frames are compared only over short times: every n-th frame (key)
 * with the key before, the frames between with their key; shifts of keys add up. The peak of the correlation
 * of mean-free frames under a Hann window is refined by a parabola in each direction. Shifts in pixels, (y,
 * x): frame t shows at r what frame 0 showed at r - shift[t]. */
#ifndef FILM_DRIFT_H
#define FILM_DRIFT_H

#include "analysis/film/series.h"

/* Collective. shift[n_t][2] of a film whose frames can be had; the same on every rank. */
int drift_measure(const struct comm *comm, struct series *film, int64_t every, double (*shift)[2]) MUST_CHECK;
/* Collective. The film with shifts taken off (Fourier interpolation), cropped to what all frames show: an
 * array [n_t][*ny][*nx] on every rank, by mem. ERR_INPUT: it takes more than `memory` bytes, or nothing is
 * left. */
int drift_correct(const struct comm *comm, struct series *film, const double (*shift)[2], int64_t memory,
                  float **image, int64_t *ny, int64_t *nx) MUST_CHECK;

struct drift_mover; /* transforms for one size of image */
/* Local. Move an image by (dy, dx) pixels: what was at r is at r + d; edges wrap. */
int drift_mover_create(int64_t ny, int64_t nx, struct drift_mover **mover) MUST_CHECK;
void drift_mover_destroy(struct drift_mover **mover);
void drift_mover_move(struct drift_mover *mover, const float *in, double dy, double dx, float *out);
/* Local. By how much b is moved against a. */
void drift_mover_compare(struct drift_mover *mover, const float *a, const float *b, double shift[2]);

#endif
