/* scan - many probes over one specimen: tiles, ranks, files.
 *
 * Probes stand at from + i u + j v. They are cut into tiles of neighbouring probes by a rule that does not
 * know the number of ranks; ranks take tiles from a shared counter, and each pattern is written where it
 * belongs as soon as its tile is done, so a scan needs no more memory than one tile. Sums over patterns are
 * exact (tally): any number of ranks gives the same bits. Lengths in A. */
#ifndef ANALYSIS_MICROSCOPE_SCAN_H
#define ANALYSIS_MICROSCOPE_SCAN_H

#include "analysis/microscope/specimen.h"
#include "base/signal.h"

struct scan {
    struct waves_setup waves; /* tile_nx, tile_ny, n_probes: set by scan_plan */
    bool single;              /* precision */
    bool whole;               /* the window is the box: periodic, one tile */
    double from[2], u[2], v[2];
    int64_t nu, nv;
    double slice;
    uint64_t seed;
    int configurations;               /* Einstein displacements per frame */
    double displacement[SPECIES_MAX]; /* rms along each axis, A; all 0: none */
    /* set by scan_plan */
    int bu, bv; /* probes of a tile along u and v */
    int64_t tiles_u, tiles_v;
};

/* Azimuthal averages of all patterns. */
struct scan_result {
    int n_rings;
    double ring; /* 1/A between rings; ring r holds |k| within half a ring of r * ring */
    int64_t *pixels;
    double *intensity; /* mean over patterns of the mean over the ring */
    double *sd;        /* standard deviation over patterns of the mean over the ring */
    double *variance;  /* mean over patterns of <I^2> / <I>^2 - 1 within the ring */
    double *mean;      /* the mean pattern, (2 half_y + 1) x (2 half_x + 1) */
};

/* Local. Choose the tiles. */
void scan_plan(struct scan *scan);
/* Local. Bytes a rank takes at most: engine, patterns of a tile, specimens. */
double scan_bytes(const struct scan *scan, const struct specimen *specimens, int n);
/* Collective. All patterns, each the mean over specimens (frames) and configurations, into the signal (items
 * j nu + i). The caller frees the result (scan_free). ERR_TIME when a stop is wanted. */
int scan_run(const struct comm *comm, const struct scan *scan, const struct specimen *specimens, int n,
             struct signal *signal, struct scan_result *result) MUST_CHECK;
void scan_free(struct scan_result *result);

#endif
