/* contrast_pass - the pass `contrast`: are regions rich in icosahedra denser, and would a microscope see it?
 *
 * Local: density of clusters (an atom and its Voronoi neighbours) around icosahedral centres (icosahedron,
 * Frank-Kasper, icosahedron-like) beside crystal-like ones; and of cubes, the tenth of them richest in
 * icosahedral centres beside the tenth richest in crystal-like ones. Projected along z with a Gaussian probe:
 * rms of the mass in the probe, as it is and scaled to a given thickness t as sqrt(L_z / t), which is the
 * null of a homogeneous glass: independent slices; and the contrast between the tenths of probe positions
 * again. zhu2017 measured 9.2 +- 1.5 % between regions of a 28 nm thick Zr53Cu36Al11 film: that number stands
 * in the table for comparison. */
#ifndef ANALYSIS_STRUCTURE_CONTRAST_PASS_H
#define ANALYSIS_STRUCTURE_CONTRAST_PASS_H

#include "analysis/pass.h"

extern const struct pass_kind contrast_pass;
extern const struct deck_row contrast_pass_rows[];

#endif
