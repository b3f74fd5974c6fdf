/* pattern - scans of diffraction patterns as passes read them: axes checked, centre, distortion, bad pixels.
 *
 * A scan is a signal (base/signal) of patterns with at most two navigation axes, whose last two axes are wave
 * numbers (or angles, with the beam's energy); files without calibration need `pixel`. Items are shared out
 * over ranks in blocks whose number does not depend on the number of ranks, so that sums over blocks are the
 * same on any. */
#ifndef ANALYSIS_MICROSCOPE_PATTERN_H
#define ANALYSIS_MICROSCOPE_PATTERN_H

#include "analysis/microscope/polar.h"
#include "analysis/pass.h"
#include "base/signal.h"

/* Keys that passes on patterns share. */
extern const struct deck_row pattern_rows[];

struct pattern {
    const struct comm *comm;
    struct signal *signal;
    int64_t items, size;            /* patterns; pixels of one */
    int ny, nx;                     /* of the scan: 1 for missing axes */
    double step[2];                 /* nm along y, x of the scan; NAN when not calibrated */
    struct polar_geometry geometry; /* k_first, k_step, n_k, n_phi not set; bad points to the next */
    bool *bad;                      /* by mem; NULL: none */
};

/* Collective. Look for the files that the shared keys, and one other, name; or for earlier entries of that
 * name. */
int pattern_check(const struct comm *comm, struct deck *deck, const char *at, const char *other) MUST_CHECK;
/* Collective. ERR_INPUT names what is wrong with the axes. */
int pattern_open(const struct results *out, const struct deck *deck, const char *at, const char *path,
                 struct pattern *pattern) MUST_CHECK;
void pattern_close(struct pattern *pattern);
/* Local. The file that a key names: what was found, or what the earlier entry of that name writes; by mem. */
int pattern_source(const struct results *out, const struct deck *deck, const char *at, const char *key,
                   char **path) MUST_CHECK;
/* Collective. A map of the scan's size, [items], from the signal file that a key names. ERR_INPUT names both
 * sizes. */
int pattern_map(const struct pattern *pattern, const struct results *out, const struct deck *deck,
                const char *at, const char *key, float **map) MUST_CHECK;
/* Local. The blocks of items: block b holds [first, end). This rank does blocks rank, rank + size, ... */
#define PATTERN_BLOCKS 64
void pattern_block(const struct pattern *pattern, int b, int64_t *first, int64_t *end);
/* Collective. Each rank's map is 0 where it did not work: add them up. */
void pattern_gather(const struct pattern *pattern, double *map, int64_t n);
/* Local. Shape of maps of this scan: axes of the navigation, n_first maps in front when n_first > 0. */
void pattern_shape(const struct pattern *pattern, int64_t n_first, const char *title,
                   struct signal_shape *shape);

#endif
