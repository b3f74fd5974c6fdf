/* voronoi_pass - the pass `voronoi`: cells of every frame, shares of indices, per-atom files.
 *
 * Tables `index` (species, index, count, fraction of the counted cells of that species; all frames together)
 * and `cells` (per species: cells counted, open, empty; mean coordination and volume; share of five-edged
 * faces). Per atom and frame under /analysis/LABEL: volume, coordination, index (n3 to n6), beyond, faces,
 * flag; NAME[.LABEL].voronoi.xyz. */
#ifndef ANALYSIS_STRUCTURE_VORONOI_PASS_H
#define ANALYSIS_STRUCTURE_VORONOI_PASS_H

#include "analysis/pass.h"

extern const struct pass_kind voronoi_pass;
extern const struct deck_row voronoi_pass_rows[];

#endif
