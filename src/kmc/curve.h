/* curve - a positive quantity against temperature: Arrhenius, Vogel-Fulcher-Tammann, or a table.
 *
 *     arrhenius   y = value exp[-(energy / k)(1/T - 1/at)]
 *     vft         y = value exp[+-strength zero / (T - zero)]       (+: viscosity, relaxation time)
 *     table       ln y interpolated in 1/T, monotone between points (Steffen), never extrapolated
 *
 * Units: T and `at`, `zero` in K, energy in eV, y as the user of the curve says. */
#ifndef KMC_CURVE_H
#define KMC_CURVE_H

#include "base/err.h"

#include <stdbool.h>

enum curve_kind { CURVE_NONE, CURVE_ARRHENIUS, CURVE_VFT, CURVE_TABLE };

struct curve_points;
struct curve {
    enum curve_kind kind;
    double value, at, energy; /* arrhenius; energy < 0 for what falls on heating (viscosity) */
    double strength, zero;    /* vft, with value as prefactor */
    struct curve_points *points;
};

/* Local. y(T); 0 for none, nan outside a table. */
double curve_value(const struct curve *curve, double T);
/* Local. The temperatures (K) that the curve covers: a table's ends, (zero, inf) for VFT, (0, inf). */
void curve_range(const struct curve *curve, double *low, double *high);
/* Local. Make it a table of n >= 2 points, T rising, y > 0 (logarithmic) or of any sign (linear: y
 * interpolated in T). ERR_INPUT says which point is wrong. curve_clear frees. */
int curve_set_points(struct curve *curve, int n, const double *T, const double *y,
                     bool logarithmic) MUST_CHECK;
void curve_clear(struct curve *curve);

#endif
