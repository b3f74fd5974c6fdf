/* theory - relaxation times and lengths against theories of the glass transition, as straight lines.
 *
 *   Arrhenius     ln tau = a + E / (k T)                      E in eV
 *   Adam-Gibbs    ln tau = a + b xi                           b in 1/nm
 *   IMCT          ln tau = a + z ln xi                        z a number
 *   RFOT          ln tau = a + b xi / (k T)                   b in eV/nm
 *
 * (zhang2018, Fig. 4.) Least squares; with errors of ln tau and xi the weights are 1 / (error of ln tau^2 +
 * (slope error of x)^2), and chi-square over the degrees of freedom is given; without, the slope's error is
 * from the scatter. Times in s, lengths in nm, temperatures in K. */
#ifndef FILM_THEORY_H
#define FILM_THEORY_H

#include "base/err.h"

enum theory_model { THEORY_ARRHENIUS, THEORY_ADAM_GIBBS, THEORY_IMCT, THEORY_RFOT, THEORY_MODELS };

struct theory_points {
    int n;
    const double *temperature, *tau, *xi; /* xi NULL for Arrhenius */
    const double *tau_error, *xi_error;   /* NULL: not known */
};
struct theory_fit {
    double slope, error, intercept;
    double chi2; /* reduced; NAN without errors or degrees of freedom */
    int n;
};

/* Local. Points with a number that is not positive or not finite are left out; ERR_INPUT with fewer than 2.
 */
int theory_compute(enum theory_model model, const struct theory_points *points,
                   struct theory_fit *fit) MUST_CHECK;
const char *theory_name(enum theory_model model);
const char *theory_unit(enum theory_model model); /* of the slope */
/* Local. Debye-Stokes-Einstein: eta = 3 k T tau / (4 pi R^3) in Pa s, R in nm. */
double theory_viscosity(double temperature, double tau, double radius);

#endif
