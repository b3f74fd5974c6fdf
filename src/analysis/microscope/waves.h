/* waves - the engines that turn atoms and a probe into patterns, in single or double precision.
 *
 * The unit of work is a tile: a rectangle of the specimen, its projected potential in slices, and the probes
 * whose windows lie in it. A window and its tile share the pixel; a window as large as its tile is periodic.
 *
 *     kinematic    psi1(k) = FT[i sigma v(r) psi0(r)]: one transform per pattern; with `curvature` one per
 *                  slice, each with the depth phase exp(-i pi lambda (t - z) k^2)
 *     multislice   psi(r) <- P * (exp(i sigma v_j) psi), slice by slice (cowley1957; kirkland2010)
 *     prism        the same by linearity from the plane waves inside the aperture (ophus2017): equal to
 *                  multislice to rounding; with interpolation f every f-th of them along both axes, each
 *                  probe cut out of a square that is 1/f of the box wide
 *
 * Intensities are fractions of the incident beam in one pixel of the pattern. Patterns reach half_x, half_y
 * pixels to each side of the centre, (2 half_y + 1) x (2 half_x + 1) numbers, rows along y. Frequencies
 * beyond two thirds of the grid's (waves_limit) are cut from potential, transmission and wave. Lengths in A.
 */
#ifndef ANALYSIS_MICROSCOPE_WAVES_H
#define ANALYSIS_MICROSCOPE_WAVES_H

#include "analysis/microscope/probe.h"

#include <stdbool.h>
#include <stdint.h>

enum waves_engine { WAVES_KINEMATIC, WAVES_MULTISLICE, WAVES_PRISM };

struct waves_grid {
    int nx, ny;    /* pixels */
    double dx, dy; /* A */
};

struct waves_setup {
    enum waves_engine engine;
    struct waves_grid window;
    int tile_nx, tile_ny; /* pixels of a tile, at least those of the window */
    struct probe probe;
    enum formfactor_table table;
    const struct species *species;
    double b_factor[SPECIES_MAX]; /* A^2: f is multiplied by exp(-B k^2 / 4) */
    bool curvature;               /* kinematic: Ewald sphere */
    bool unlimited, still;        /* tests: no band limit; no propagation */
    int interpolation;            /* prism: f > 1, divides nx and ny; 0, 1: none */
    int half_x, half_y;
    int n_probes;      /* at most so many in a call */
    int64_t max_bytes; /* for the slices held at once; at least one slice is held */
};

/* The atoms of a tile, sorted by slice. */
struct waves_slab {
    int n_slices;
    double dz;
    const int64_t *start; /* slice s holds atoms [start[s], start[s + 1]) */
    const double (*x)[2]; /* A from the tile's corner; periodic */
    const int *type;
    int64_t serial; /* another number for other atoms (prism keeps its matrix as long as it is the same) */
};

/* A probe: its window's corner in pixels of the tile, its place in A from that corner. */
struct waves_place {
    int x, y;
    double at[2];
};

struct waves;
struct waves_kind {
    const char *name;
    /* Local. State for many tiles: plans (FFTW_ESTIMATE: the same on every rank and every day), buffers. */
    int (*create)(const struct waves_setup *setup, struct waves **waves);
    /* Local. Add weight * pattern of each probe to out[p][2 half_y + 1][2 half_x + 1]. */
    int (*add)(struct waves *waves, const struct waves_slab *slab, const struct waves_place *place, int n,
               double weight, double *out);
    /* Local. The wave that leaves the specimen, psi(k) of the pattern's pixels, sum |psi|^2 = 1 without cuts;
     * multislice, one probe (n_probes >= 1). */
    int (*leave)(struct waves *waves, const struct waves_slab *slab, const struct waves_place *place,
                 double (*amplitude)[2]);
    void (*destroy)(struct waves **waves);
};
extern const struct waves_kind waves_float, waves_double;

/* Local. The largest |k| (1/A) that survives the band limit: two thirds of the coarser axis' Nyquist. */
double waves_limit(const struct waves_grid *grid);
/* Local. The largest half width of a pattern along an axis of n pixels of width d. */
int waves_half(const struct waves_grid *grid, int axis);
/* Local. Width of a pattern's pixel along an axis, 1/A: 1 / window, f / box with interpolation. */
double waves_pixel(const struct waves_setup *setup, int axis);
/* Local. Prism with interpolation: pixels along an axis of the square cut around a probe, wide enough for the
 * pattern. */
int waves_crop(const struct waves_setup *setup, int axis);
/* Local. The next n' >= n that is even and has no prime factor but 2, 3 and 5. */
int waves_friendly(double n);
/* Local. Bytes that the state of one rank takes at most. */
double waves_bytes(const struct waves_setup *setup, int n_slices, bool single);

#endif
