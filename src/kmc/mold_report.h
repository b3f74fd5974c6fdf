/* mold_report - tables of the continuum level; temperatures in C, lengths in nm, times in s. */
#ifndef KMC_MOLD_REPORT_H
#define KMC_MOLD_REPORT_H

#include "base/results.h"
#include "kmc/mold_deck.h"

#define MOLD_REPORT_SECOND 1e12            /* ps */
#define MOLD_REPORT_PA_S (1e-3 * UNIT_GPA) /* eV ps / A^3 in Pa s */

static inline double mold_report_celsius(double kelvin) {
    return kelvin - 273.15;
}
/* Collective. Write rank 0's table and drop it; e: how making it went on this rank. */
int mold_report_put(struct results *out, const char *name, struct tsv **tsv, int e) MUST_CHECK;
/* Collective. Fit as the deck asks: tables observations (each fitted and predicted from the others),
 * parameters (value, error, how well determined), covariance. Changes s->material. */
int mold_report_fit(struct mold_deck *s, struct results *out) MUST_CHECK;
/* Collective. Tables of a fit by their names; covariance of the parameters as fitted; NAME_chi2 and
 * NAME_degrees_of_freedom. Warns where chi2 is too large for chance. */
int mold_report_put_fit(const struct mold_fit *fit, const struct mold_fit_point *point, int n,
                        struct results *out, const char *name, const char *const names[3]) MUST_CHECK;
/* Local. Warn when a temperature (K) lies outside those that the glass was fitted to. */
void mold_report_range(const struct mold_deck *s, const char *what, double temperature);
/* Collective. d_c of observations and conditions beside what was measured. */
int mold_report_dc(const struct mold_deck *s, struct results *out) MUST_CHECK;
/* Collective. L(d) and L(t) of every condition. */
int mold_report_length(const struct mold_deck *s, struct results *out) MUST_CHECK;
/* Collective. Relaxation times and diffusivities against temperature; glass transitions and the maximum of
 * d_c against molding time. */
int mold_report_times(const struct mold_deck *s, struct results *out) MUST_CHECK;
/* Collective. The deformation-mechanism map. */
int mold_report_map(const struct deck *deck, const struct mold_deck *s, struct results *out) MUST_CHECK;
/* Collective. Composition and crystallisation of the wires; s->wire gets the mobilities found. */
int mold_report_composition(struct mold_deck *s, struct results *out) MUST_CHECK;
/* Collective. The processing window. */
int mold_report_window(const struct deck *deck, const struct mold_deck *s, struct results *out) MUST_CHECK;
/* Collective. The analysis of the table at `path`. */
int mold_report_table(const struct deck *deck, const char *path, const struct mold_deck *s,
                      struct results *out) MUST_CHECK;

#endif
