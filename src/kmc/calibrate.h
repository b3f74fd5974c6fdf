/* calibrate - fit named numbers of a material to measured points, and say what the points cannot determine.
 *
 * Levenberg-Marquardt (gsl_multifit_nlinear) on (model - value)/sigma of the rows with role `fit`; positive
 * numbers vary as logarithms. Temperature offsets of experiments are nuisance parameters with a prior of
 * their own; priors on numbers keep measured energies near what was measured. Results: values with the
 * covariance (J^T J)^-1, the correlation of each with the others, leave-one-out residuals, and the singular
 * values of J: a direction whose singular value is below 1 changes the points by less than their errors over
 * a unit step (a factor e, or 1 of its unit), so the data do not determine it. Rows with role `held_out` are
 * never fitted; all rows are printed, with the offset that would reconcile those that fail. */
#ifndef KMC_CALIBRATE_H
#define KMC_CALIBRATE_H

#include "kmc/lab.h"
#include "kmc/points.h"

extern const struct deck_row calibrate_rows[]; /* prefix "kmc.calibrate" */

/* Collective. Mistakes to the deck; and the work of `vitrine calibrate DECK`. */
int calibrate_check(const struct comm *comm, struct deck *deck) MUST_CHECK;
int calibrate_run(const struct comm *comm, struct deck *deck, const char *command,
                  struct results_scalars *scalars) MUST_CHECK;

/* The fit itself: residuals of parameters x[n], n_residuals of them. */
struct calibrate_problem {
    int n, n_residuals;
    int n_data; /* the first of them are data, the others priors; 0: all are data */
    int (*residuals)(void *context, const double *x, double *r);
    void *context;
    const double *step; /* for differences, per parameter */
};
struct calibrate_fit {
    int n, n_residuals;
    double *x, *error;  /* [n] */
    double *covariance; /* [n * n] */
    double *residual;   /* [n_residuals] */
    double *singular;   /* [n], descending, of the data alone */
    double *direction;  /* [n * n]: row k belongs to singular[k] */
    double chi2;
    int iterations;
    bool converged;
};
/* Local. From x0; all of *fit by mem (calibrate_fit_free). ERR_PHYSICS: residuals not finite at the start. */
int calibrate_fit(const struct calibrate_problem *problem, const double *x0, int iterations,
                  struct calibrate_fit *fit) MUST_CHECK;
void calibrate_fit_free(struct calibrate_fit *fit);

#endif
