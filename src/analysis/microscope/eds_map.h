/* eds_map - what an X-ray map of the columns shows: counts of each element with their noise, and whether they
 * say more than a flat composition does.
 *
 * Every atom sends the same number of counts on average (yields are taken out, as with k factors; no
 * absorption, no background). Counts of element t in a column: Poisson of mean (counts of the map) n_t / (all
 * atoms). Its share of a column's counts is the map. chi2 is sum_columns (c_t - p C)^2 / (p (1 - p) C) per
 * degree of freedom, C all counts of the column, p the element's share of the map's: 1 where the composition
 * is flat, 1 + (counts per atom) where atoms are mixed at random, more where there are domains. */
#ifndef ANALYSIS_MICROSCOPE_EDS_MAP_H
#define ANALYSIS_MICROSCOPE_EDS_MAP_H

#include "analysis/microscope/projection.h"

/* Local. share[ny nx] of element `type` of n_types; NAN where a column gave no count. */
int eds_map_make(const struct projection_columns *columns, int n_types, int type, double counts,
                 uint64_t seed, double *share, double *chi2) MUST_CHECK;

#endif
