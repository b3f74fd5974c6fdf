/* mold_length - both laws integrate to a square root because each flow is its conductance over L.
 *
 * The maximum of d_c is searched on the curve (a scan, then golden section): Brent's parabolas gain nothing
 * at a kink, and setting it to the glass transition would make a result of an assumption (it is there only
 * while E_g < Q_I). */
#include "kmc/mold_length.h"
#include "base/unit.h"

#include <math.h>

#define SCAN 400

double mold_length_pressure(const struct mold_material *m, const struct mold_length_press *press, double d) {
    return press->pressure + (press->capillary ? 4 * m->tension * m->wetting / d : 0);
}

double mold_length_gain_collective(const struct mold_material *m, const struct mold_length_press *press,
                                   double d) {
    return mold_length_pressure(m, press, d) * d * d /
           (32 * mold_material_viscosity(m, press->temperature, press->time));
}

double mold_length_gain_individual(const struct mold_material *m, const struct mold_length_press *press,
                                   double d) {
    return 8 * m->delta_omega * mold_material_interface(m, press->temperature) *
           mold_length_pressure(m, press, d) / (d * UNIT_KB * press->temperature);
}

double mold_length_crossover(const struct mold_material *m, double temperature, double t) {
    return cbrt(256 * m->delta_omega * mold_material_interface(m, temperature) *
                mold_material_viscosity(m, temperature, t) / (UNIT_KB * temperature));
}

struct mold_length mold_length_compute(const struct mold_material *m, const struct mold_length_press *press,
                                       double d, enum mold_length_law law, double shear) {
    double l0 = press->start, collective = mold_length_gain_collective(m, press, d) * press->time,
           individual = mold_length_gain_individual(m, press, d) * press->time;
    if (!(mold_length_pressure(m, press, d) > 0))
        return (struct mold_length){l0, l0, l0, 0, MOLD_LENGTH_NONE};
    bool flows = collective >= individual;
    double gain = law == MOLD_LENGTH_BOTH ? collective + individual : flows ? collective : individual;
    struct mold_length out = {.length = sqrt(l0 * l0 + gain),
                              .collective = sqrt(l0 * l0 + collective),
                              .individual = sqrt(l0 * l0 + individual)};
    out.share = law == MOLD_LENGTH_BOTH ? collective / gain : flows;
    out.field = flows ? MOLD_LENGTH_COLLECTIVE : MOLD_LENGTH_INDIVIDUAL;
    if (flows && d > shear &&
        mold_material_relaxation_molded(m, press->temperature, press->time) > press->time)
        out.field = MOLD_LENGTH_SHEAR;
    return out;
}

double mold_length_peak(const struct mold_material *m, double t, double lo, double hi, double *dc) {
    const double golden = (sqrt(5) - 1) / 2;
    double step = (hi - lo) / SCAN, best = -1;
    int at = 0;
    for (int k = 0; k <= SCAN; k++) {
        double x = mold_length_crossover(m, lo + k * step, t);
        if (x > best) {
            best = x;
            at = k;
        }
    }
    *dc = best;
    if (at == 0 || at == SCAN) return NAN;
    double a = lo + (at - 1) * step, b = lo + (at + 1) * step;
    while (b - a > 1e-6) {
        double x = b - golden * (b - a), y = a + golden * (b - a);
        if (mold_length_crossover(m, x, t) > mold_length_crossover(m, y, t)) b = y;
        else a = x;
    }
    *dc = mold_length_crossover(m, (a + b) / 2, t);
    return (a + b) / 2;
}

const char *mold_length_name(enum mold_length_field field) {
    static const char *const names[] = {"collective", "individual", "shear", "none"};
    return names[field];
}
