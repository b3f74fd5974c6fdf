/* symmetry_pass - angular symmetry of the patterns of a scan: spectra, maps of n, comparison with an
 * interface mask.
 *
 * Reads a 4-D scan (base/signal). Writes tables `symmetry` (one line per n), `angular_power` (per k and n)
 * and `angular_correlation`; maps under /analysis/LABEL/maps/nN and /analysis/LABEL/huang/nN;
 * docs/symmetry.md. */
#ifndef ANALYSIS_MICROSCOPE_SYMMETRY_PASS_H
#define ANALYSIS_MICROSCOPE_SYMMETRY_PASS_H

#include "analysis/pass.h"

extern const struct pass_kind symmetry_pass;

#endif
