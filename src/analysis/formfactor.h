/* formfactor - how strongly atoms and potentials scatter electrons.
 *
 * f_e(k): electron scattering factor of the isolated neutral atom in A; k = 1/d = 2 sin(theta)/lambda in 1/A
 * (Q = 2 pi k). The potential projected along the beam is v(r) = FORMFACTOR_VOLT FT^-1[f_e](r) in V A, and
 * sigma v is the phase it gives an electron, so that FT[sigma v](k) = gamma lambda f_e(k).
 * Parametrisations: Lobato and Van Dyck 2014 (lobato2014 in docs/references.bib), Kirkland 2010
 * (kirkland2010). */
#ifndef ANALYSIS_FORMFACTOR_H
#define ANALYSIS_FORMFACTOR_H

#include "atoms/species.h"

#define FORMFACTOR_ELEMENTS 103
#define FORMFACTOR_VOLT 47.877647305682395 /* h^2 / (2 pi m e), V A^2, CODATA 2018 */

enum formfactor_table { FORMFACTOR_LOBATO, FORMFACTOR_KIRKLAND };

extern const double formfactor_lobato[FORMFACTOR_ELEMENTS][10];
extern const double formfactor_kirkland[FORMFACTOR_ELEMENTS][12];

/* An electron of a beam. */
struct formfactor_electron {
    double volt;   /* V */
    double lambda; /* A */
    double sigma;  /* rad / (V A) */
    double gamma, beta;
};
/* Local. The electron accelerated by `volt` V (CODATA 2018). */
struct formfactor_electron formfactor_electron(double volt);

/* Local. f_e in A of the element with atomic number 1 .. 103 at k (1/A). */
double formfactor_at(enum formfactor_table table, int number, double k);
/* Local. Projected potential of one atom in V A at distance r > 0 (A) from its axis (Bessel functions: GSL).
 */
double formfactor_projected(enum formfactor_table table, int number, double r);
/* Local. Every species is an element that the tables hold. ERR_INPUT names the first that is not. */
int formfactor_check(const struct species *species) MUST_CHECK;

#endif
