/* kww - the stretched exponential of electron correlation microscopy and its fit to one correlation curve.
 *
 *     g2(t) - 1 = A exp[-c (t / tau)^beta]
 *
 * Two conventions of c are in use, and both are named in every result: c = 2 (zhang2018, Eq. 2: tau is the
 * relaxation time of the field, because g2 - 1 is its square), and c = 1 (voigt2023). The same decay has
 * tau_plain = 2^(-1/beta) tau_field. Times in any unit, the same for lags and tau. */
#ifndef ANALYSIS_KWW_H
#define ANALYSIS_KWW_H

#include "base/err.h"

enum kww_convention { KWW_FIELD, KWW_PLAIN }; /* c = 2, c = 1 */
#define KWW_CHOICES "field|plain"

/* Why a curve has no tau. Maps hold these numbers; a failed pixel holds NAN, never a filled value. */
#define KWW_STATUS_LIST(X)                              \
    X(OK, "fitted")                                     \
    X(MASKED, "outside the mask")                       \
    X(CONSTANT, "the pixel does not change")            \
    X(NOT_A_NUMBER, "a frame holds NaN or an infinity") \
    X(NO_CONTRAST, "no correlation above the noise")    \
    X(DIVERGED, "the fit does not converge")            \
    X(TOO_FAST, "tau is shorter than half a frame")     \
    X(TOO_SLOW, "tau is longer than the series")        \
    X(BETA, "beta is outside 0.05 .. 3")                \
    X(DARK, "the mean intensity is not positive")
#define KWW_ENUM(code, text) KWW_##code,
enum kww_status { KWW_STATUS_LIST(KWW_ENUM) KWW_STATUS_COUNT };
#undef KWW_ENUM

struct kww_curve {
    double amplitude, tau, beta;
};
struct kww_fit {
    struct kww_curve curve, error; /* errors: one standard deviation, from the scatter about the curve */
    double r2;                     /* 1 - residual / variance of the curve */
    int status, iterations;
};

struct kww; /* workspace for curves with the same lags */

/* Local. n >= 4 lags t > 0, ascending; `longest`: the series' length, tau beyond it fails. */
int kww_create(int n, const double *t, enum kww_convention convention, double longest,
               struct kww **kww) MUST_CHECK;
void kww_destroy(struct kww **kww);
/* Local. Fit y[n] = g2 - 1. Never fails but by status; ERR_INTERNAL when GSL refuses to start. */
int kww_compute(struct kww *kww, const double *y, struct kww_fit *fit) MUST_CHECK;

/* Local. The value of the curve. */
double kww_value(const struct kww_curve *curve, enum kww_convention convention, double t);
/* Local. The same decay in the other convention; tau_error and beta_error one standard deviation (their
 * correlation taken as zero) become that of the new tau. error may be NULL. */
void kww_convert(struct kww_curve *curve, struct kww_curve *error, enum kww_convention from,
                 enum kww_convention to);
/* Local. <tau> = tau / beta Gamma(1 / beta), the area under exp[-(t / tau)^beta]. */
double kww_mean_time(double tau, double beta);
const char *kww_status_text(int status);
double kww_factor(enum kww_convention convention);

#endif
