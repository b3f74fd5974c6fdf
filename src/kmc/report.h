/* report - tables of an ensemble: Tc against diameter, its spread with censoring, the diameter of the
 * minimum, the shape's stability.
 *
 * A replica that shows nothing by the end of its schedule is censored there. Medians and quantiles are those
 * of the Kaplan-Meier estimate (kaplan1958); means and standard deviations are of the replicas that
 * crystallised. */
#ifndef KMC_REPORT_H
#define KMC_REPORT_H

#include "base/results.h"
#include "kmc/setup.h"

struct report_quantiles {
    int64_t n, n_seen;
    double mean, sd, median, low, high; /* low, high: 16 and 84 %; nan where censoring hides them */
};

/* Local. Of n temperatures, nan = censored at the end of the schedule; x is sorted in place (nan last). */
void report_quantiles(double *x, int64_t n, struct report_quantiles *q);
/* Local. Mann-Kendall test that y falls as x rises: one-sided probability under no trend (normal
 * approximation). */
double report_falls(const double *x, const double *y, int n);
/* Local. Scale (pi/sqrt 6) kT^2/E of the first-nucleus temperature at T (K), E from d ln(rate)/dT; K. */
double report_ceiling(const struct material *material, const struct profile *profile, double T);
/* Collective. Tables tc, spread, stability; scalars. */
int report_write(const struct setup *setup, struct results *out) MUST_CHECK;

#endif
