/* rdf_pass - the pass `rdf`: partial pair distribution functions averaged over frames.
 *
 * Tables `rdf` (r_A, g_total, g_AB per pair, their standard errors, running coordination numbers n_AB: B
 * around A) and `rdf_peaks` (per curve: first peak's position and height with errors, first minimum,
 * coordination up to it); the same arrays under /analysis/LABEL. Scalars g_AB_peak_A, g_AB_peak_height,
 * AB_coordination. */
#ifndef ANALYSIS_STRUCTURE_RDF_PASS_H
#define ANALYSIS_STRUCTURE_RDF_PASS_H

#include "analysis/pass.h"

extern const struct pass_kind rdf_pass;
extern const struct deck_row rdf_pass_rows[];

#endif
