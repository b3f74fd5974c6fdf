/* shot_noise - what counting adds to angular power.
 *
 * I_n of a ring is a weighted sum of pixels, I_n = sum_p w_p I_p. Counts of Poisson's distribution, g of them
 * a unit of intensity, give |I_n|^2 an extra sum_p |w_p|^2 I_p / g, whatever the ring looks like. With I_p
 * the ring's mean this is gain I_0 / g; in |I_n|^2 / I_0^2 it is gain / (g I_0). The gain follows from the
 * interpolation and, on masked rings, from the fit; it is near 1 / (1.5 times the pixels along the ring). */
#ifndef ANALYSIS_MICROSCOPE_SHOT_NOISE_H
#define ANALYSIS_MICROSCOPE_SHOT_NOISE_H

#include "analysis/microscope/polar.h"
#include "analysis/microscope/symmetry.h"

/* Local. gain[k][top + 1] of each ring, n = 0 .. top; NAN where the ring's harmonics are not known. */
int shot_noise_rings(const struct polar *polar, const struct symmetry *symmetry, int top,
                     double *gain) MUST_CHECK;
/* Local. gain[top + 1] of the sum of rings first .. end - 1, each times its k, over the sum of the k. */
int shot_noise_pool(const struct polar *polar, const struct symmetry *symmetry, int top, int first, int end,
                    double *gain) MUST_CHECK;

#endif
