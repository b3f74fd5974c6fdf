/* clusters_pass - the pass `clusters`: neighbourhoods of atoms of a chosen Voronoi index as small structures.
 *
 * NAME[.LABEL].clusters.xyz holds one small structure a frame, the centre first, at the origin; the mean of
 * all, turned onto each other (align.h), is in NAME[.LABEL].cluster_mean.xyz and the table cluster_mean:
 * place, rms spread and share of each species at every site. */
#ifndef ANALYSIS_STRUCTURE_CLUSTERS_PASS_H
#define ANALYSIS_STRUCTURE_CLUSTERS_PASS_H

#include "analysis/pass.h"

extern const struct pass_kind clusters_pass;
extern const struct deck_row clusters_pass_rows[];

#endif
