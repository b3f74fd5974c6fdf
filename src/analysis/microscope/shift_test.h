/* shift_test - does a map follow a mask more than chance allows?
 *
 * Pixels of a map are correlated, so the significance of their correlation with a mask comes from the data:
 * the mask is moved by random whole shifts with wrap-around (no shift twice as likely as another; the
 * identity left out), and p = (1 + number of shifts that agree at least as well) / (1 + number of shifts). p
 * is uniform when map and mask have nothing to do with each other and the map looks alike everywhere (a Monte
 * Carlo test; one-sided: large values inside the mask). Two measures: Pearson's r, and the overlap, the share
 * of the map's highest pixels that lie in the mask. */
#ifndef ANALYSIS_MICROSCOPE_SHIFT_TEST_H
#define ANALYSIS_MICROSCOPE_SHIFT_TEST_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct shift_test_result {
    double share;              /* of the usable pixels that lie in the mask */
    double inside, outside;    /* means of the map */
    double r, p_r;             /* Pearson; its p-value */
    double overlap, p_overlap; /* share of the highest pixels in the mask; by chance: share */
    int64_t n_rich;            /* how many pixels are the highest */
};

/* Local. map[ny][nx] (NAN: not usable), mask[ny][nx]; rich: fraction of highest pixels; `stream`
 * distinguishes tests of one seed. ERR_INPUT: the mask is empty or full, or there is no shift. */
int shift_test_run(const double *map, const bool *mask, int ny, int nx, double rich, int n_shifts,
                   uint64_t seed, uint64_t stream, struct shift_test_result *result) MUST_CHECK;

#endif
