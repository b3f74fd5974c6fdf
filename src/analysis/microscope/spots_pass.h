/* spots_pass - integrated patterns, their profiles and spots: of a whole scan, and of its bright and dark
 * regions.
 *
 * Reads a scan (base/signal). Writes tables `radial_profile`, `radial_peaks`, `spots`, `spot_angles`,
 * `spot_match`, and the integrated patterns under /analysis/LABEL; docs/symmetry.md. Q = 2 pi k. */
#ifndef ANALYSIS_MICROSCOPE_SPOTS_PASS_H
#define ANALYSIS_MICROSCOPE_SPOTS_PASS_H

#include "analysis/pass.h"

extern const struct deck_row spots_pass_rows[];
extern const struct pass_kind spots_pass;

#endif
