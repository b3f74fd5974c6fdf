/* formfactor - closed forms of two parametrisations and their Hankel transforms.
 *
 * Lobato: f = sum a (2 + b k^2) / (1 + b k^2)^2, v = V 2 pi sum (a / b) [K0(g) + (g / 2) K1(g)], g = 2 pi r /
 * sqrt(b). Kirkland: f = sum a / (k^2 + b) + sum c exp(-d k^2), v = V [2 pi sum a K0(2 pi r sqrt(b)) + pi sum
 * (c / d) exp(-pi^2 r^2 / d)]. Lobato's form has the right limits at small and large angles (Mott-Bethe) and
 * is the default. Rejected: Doyle-Turner and Peng (sums of Gaussians: wrong beyond 2 to 6 1/A). */
#include "analysis/formfactor.h"

#include <gsl/gsl_sf_bessel.h>
#include <math.h>

#define REST 510998.95     /* m c^2 / e, V */
#define H_C 12398.41984332 /* h c / e, V A */

struct formfactor_electron formfactor_electron(double volt) {
    struct formfactor_electron e = {.volt = volt};
    e.gamma = 1 + volt / REST;
    e.beta = sqrt(1 - 1 / (e.gamma * e.gamma));
    e.lambda = H_C / sqrt(volt * (2 * REST + volt));
    e.sigma = e.gamma * e.lambda / FORMFACTOR_VOLT;
    return e;
}

double formfactor_at(enum formfactor_table table, int number, double k) {
    double f = 0, k2 = k * k;
    if (table == FORMFACTOR_LOBATO) {
        const double *a = formfactor_lobato[number - 1], *b = a + 5;
        for (int i = 0; i < 5; i++) {
            double x = b[i] * k2;
            f += a[i] * (2 + x) / ((1 + x) * (1 + x));
        }
        return f;
    }
    const double *a = formfactor_kirkland[number - 1], *b = a + 3, *c = a + 6, *d = a + 9;
    for (int i = 0; i < 3; i++) f += a[i] / (k2 + b[i]) + c[i] * exp(-d[i] * k2);
    return f;
}

/* K_n(x), 0 where it underflows. */
static double bessel_k(int n, double x) {
    if (x > 600) return 0;
    return n ? gsl_sf_bessel_K1(x) : gsl_sf_bessel_K0(x);
}

double formfactor_projected(enum formfactor_table table, int number, double r) {
    double v = 0;
    if (table == FORMFACTOR_LOBATO) {
        const double *a = formfactor_lobato[number - 1], *b = a + 5;
        for (int i = 0; i < 5; i++) {
            double g = 2 * M_PI * r / sqrt(b[i]);
            v += a[i] / b[i] * (bessel_k(0, g) + g / 2 * bessel_k(1, g));
        }
        return FORMFACTOR_VOLT * 2 * M_PI * v;
    }
    const double *a = formfactor_kirkland[number - 1], *b = a + 3, *c = a + 6, *d = a + 9;
    for (int i = 0; i < 3; i++)
        v += 2 * M_PI * a[i] * bessel_k(0, 2 * M_PI * r * sqrt(b[i])) +
             M_PI * c[i] / d[i] * exp(-M_PI * M_PI * r * r / d[i]);
    return FORMFACTOR_VOLT * v;
}

int formfactor_check(const struct species *species) {
    for (int s = 0; s < species->n; s++)
        if (species->number[s] < 1 || species->number[s] > FORMFACTOR_ELEMENTS)
            FAIL(ERR_INPUT,
                 "'%s' is no element with a scattering factor (H to Lr); name the elements of the atom types",
                 species->name[s]);
    return ERR_OK;
}
