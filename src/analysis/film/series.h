/* series - a time series of images that is read pixel by pixel (all times of a block of pixels) and frame by
 * frame, and need not be in memory as a whole.
 *
 * Backends: an array that every rank holds, a synthetic film that is computed when asked for (and may be kept
 * as counts, spread over ranks), a file. Pixels are rows y, columns x; index y * nx + x. Frame time in s,
 * pixel size in nm. The blocks and their order do not depend on the number of ranks; block b belongs to rank
 * b % size. */
#ifndef FILM_SERIES_H
#define FILM_SERIES_H

#include "base/comm.h"

#include <stdbool.h>
#include <stdint.h>

/* All times of h x w pixels: i[(y * w + x) * n_t + t]. */
struct series_block {
    int64_t y0, x0;
    int h, w;
    float *i;
};

/* What a backend can do. state is its own. */
struct series_source {
    /* Local. Blocks in all; block b with its intensities (room for the largest block). */
    int64_t (*blocks)(const void *state);
    int (*size)(const void *state, int64_t b, struct series_block *block);
    int (*read)(void *state, int64_t b, struct series_block *block);
    /* Local. One frame, or NULL when only blocks can be had. */
    int (*frame)(void *state, int64_t t, float *image);
    void (*destroy)(void *state);
};

struct series {
    int64_t n_t, ny, nx;
    double frame_time, pixel; /* s, nm */
    const struct series_source *source;
    void *state;
    /* kept counts of this rank's blocks, when asked for */
    bool keep;
    uint16_t **kept; /* [blocks] */
    int64_t n_blocks;
    double keep_scale; /* intensity = count * scale */
};

/* Local. An array [t][y][x] that stays the caller's; memory: bytes that a block may take. */
int series_create_array(struct series *s, const float *i, int64_t n_t, int64_t ny, int64_t nx,
                        double frame_time, double pixel, int64_t memory) MUST_CHECK;
/* Local. Any backend; takes `state`. */
int series_create(struct series *s, const struct series_source *source, void *state) MUST_CHECK;
void series_destroy(struct series *s);
/* Local. Keep the intensities of blocks that are read, as counts of `scale` each (saturating at 65535). */
int series_keep(struct series *s, double scale) MUST_CHECK;
/* Local. Largest number of pixels of a block. */
int64_t series_block_pixels(const struct series *s);
/* Local. Block b of this rank into block->i; computed, read, or from what was kept. */
int series_read(struct series *s, int64_t b, struct series_block *block) MUST_CHECK;
/* Collective. Mean over time of each pixel, [ny * nx], the same on every rank. */
int series_mean(const struct comm *comm, struct series *s, double *mean) MUST_CHECK;
/* Collective. Frames t[0..n) of this rank (n may differ between ranks) to image[n][ny * nx]. ERR_INTERNAL
 * when frames cannot be had (a computed film that was not kept). */
int series_frames(const struct comm *comm, struct series *s, int n, const int64_t *t,
                  float *image) MUST_CHECK;

#endif
