/* hazard - the integral of a rate along a temperature history, H(t) = int_0^t r(T(t')) dt', and its inverse.
 *
 * An inhomogeneous Poisson process of rate r has its next event, after one at t0, where H(t) = H(t0) - ln(U):
 * no time step enters. With r = growth velocity the same object is the reduced length s(t) = int u dt and its
 * inverse the arrival time. Holds are exact; ramps are a monotone cubic Hermite table whose cells were halved
 * until it agrees with 5-point Gauss-Legendre quadrature to HAZARD_TOLERANCE of the cell's own increase;
 * tables are summed from quadrature, so that errors do not add up. Units: s, and whatever r dt gives. */
#ifndef KMC_HAZARD_H
#define KMC_HAZARD_H

#include "kmc/schedule.h"

#define HAZARD_TOLERANCE 1e-8 /* relative to the increase in a cell ... */
#define HAZARD_NOTHING 1e-40  /* ... unless that is smaller than this, which nobody waits for */

struct hazard;

/* A rate against true temperature (K); must be finite and >= 0. */
typedef double (*hazard_rate)(const void *context, double T);

/* Local. breaks: n temperatures (K) at which the rate jumps or has a kink (melting point); may be NULL.
 * ERR_PHYSICS: the rate is negative or not finite, with T. The caller owns *hazard. */
int hazard_create(const struct schedule *schedule, hazard_rate rate, const void *context,
                  const double *breaks, int n_breaks, struct hazard **hazard) MUST_CHECK;
void hazard_destroy(struct hazard **hazard);
/* Local. H(t); t beyond the end counts as the end. */
double hazard_at(const struct hazard *hazard, double t);
/* Local. The first t with H(t) = H, INFINITY when the schedule ends before. */
double hazard_time(const struct hazard *hazard, double H);
/* Local. H at the end of the schedule; number of cells. */
double hazard_total(const struct hazard *hazard);
int hazard_cells(const struct hazard *hazard);

#endif
