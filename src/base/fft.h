/* fft - two-dimensional complex transforms in place, [ny][nx], whose numbers are the same on every rank, in
 * every run and at every address.
 *
 * Forward: exp(-2 pi i k x); no factors in either direction. Single or double precision. */
#ifndef BASE_FFT_H
#define BASE_FFT_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct fft;

/* Local. Plans and buffers for arrays of one size. ERR_MEMORY. */
int fft_create(int64_t ny, int64_t nx, bool single, struct fft **fft) MUST_CHECK;
/* Local. Accepts NULL. */
void fft_destroy(struct fft **fft);
/* Local. ny nx pairs of real and imaginary part, float or double as created. */
void fft_forward(struct fft *fft, void *data);
void fft_back(struct fft *fft, void *data);

#endif
