/* mold_fit - what measured temperatures, times and crossovers say about a glass, and what they cannot say.
 *
 * Least squares over observations of any kind (each with its error) for chosen parameters of mold_material;
 * the covariance, which parameters are over-, exactly or under-determined, and each observation predicted
 * from the others. Internal units; errors of what ranges over decades (d_c, viscosity, time) are relative. */
#ifndef KMC_MOLD_FIT_H
#define KMC_MOLD_FIT_H

#include "kmc/mold_material.h"

#include <stdbool.h>

enum mold_fit_kind {
    MOLD_FIT_DC,                   /* diameter where the mechanisms cross, at a temperature, after a time */
    MOLD_FIT_VISCOSITY,            /* at a temperature */
    MOLD_FIT_RELAXATION_TIME,      /* of the bulk at a temperature */
    MOLD_FIT_BULK_TRANSITION,      /* temperature where the bulk relaxes in a time */
    MOLD_FIT_INTERFACE_TRANSITION, /* the same for the interface */
    MOLD_FIT_BREAKDOWN,            /* temperature of the Stokes-Einstein breakdown */
    MOLD_FIT_INTERFACE_ACTIVATION, /* Q_I */
    MOLD_FIT_BULK_ACTIVATION,      /* Q_B */
    MOLD_FIT_PREFACTOR,            /* eta0 */
    MOLD_FIT_GLASS_ACTIVATION,     /* E_g */
    MOLD_FIT_MOBILITY,             /* delta Omega D_I at a temperature, A^6 / ps */
    MOLD_FIT_KINDS
};
enum mold_fit_parameter {
    MOLD_FIT_ETA0, /* logarithms of what is positive over decades: eta0, kappa, delta Omega, D_I0 */
    MOLD_FIT_FRAGILITY,
    MOLD_FIT_T0,
    MOLD_FIT_E_GLASS,
    MOLD_FIT_KAPPA,
    MOLD_FIT_DELTA_OMEGA,
    MOLD_FIT_D_INTERFACE0,
    MOLD_FIT_Q_INTERFACE,
    MOLD_FIT_Q_BULK,
    MOLD_FIT_PARAMETERS
};
enum mold_fit_state { MOLD_FIT_HELD, MOLD_FIT_OVER, MOLD_FIT_EXACT, MOLD_FIT_UNDER };

struct mold_fit_point {
    enum mold_fit_kind kind;
    double temperature, time;          /* where (not used by every kind) */
    double value, error;               /* error: relative for the kinds of which mold_fit_relative is true */
    double fitted;                     /* [out] by the fit to all */
    double predicted, predicted_error; /* [out] from the others; NAN: they do not determine it */
};

struct mold_fit {
    bool vary[MOLD_FIT_PARAMETERS];                                /* [in] */
    double value[MOLD_FIT_PARAMETERS], error[MOLD_FIT_PARAMETERS]; /* [out] logarithms as above */
    double cov[MOLD_FIT_PARAMETERS][MOLD_FIT_PARAMETERS];          /* [out] 0 for held ones */
    enum mold_fit_state state[MOLD_FIT_PARAMETERS];                /* [out] */
    int n_varied, rank, n_points;                                  /* freedom: n_points - rank */
    double chi2;
};

/* Local. Fit m (in: the start and what is held; out: the result). Predictions from the others refit n times.
 * ERR_INPUT: an observation cannot be computed, or the fit does not converge. */
int mold_fit_compute(struct mold_material *m, struct mold_fit_point *points, int n,
                     struct mold_fit *fit) MUST_CHECK;
/* Local. What the material says for an observation; NAN: it has no such temperature. */
double mold_fit_model(const struct mold_material *m, const struct mold_fit_point *point);
/* Local. Names for decks (without mobility, which comes from tables of lengths) and tables:
 * "dc|viscosity|...", "eta0|D*|..."; "over", "exact", "under", "held". */
#define MOLD_FIT_KIND_NAMES                                                                             \
    "dc|viscosity|relaxation_time|bulk_transition|interface_transition|breakdown|interface_activation|" \
    "bulk_activation|prefactor|glass_activation"
const char *mold_fit_parameter_name(enum mold_fit_parameter p);
const char *mold_fit_kind_name(enum mold_fit_kind kind);
const char *mold_fit_state_name(enum mold_fit_state state);
bool mold_fit_relative(enum mold_fit_kind kind);
/* Local. Whether a parameter is kept as a logarithm. */
bool mold_fit_logarithm(enum mold_fit_parameter p);

#endif
