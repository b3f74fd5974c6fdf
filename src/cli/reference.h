/* reference - the one table of reference numbers: what others measured or computed, and under which
 * conditions.
 *
 * Feeds NAME.summary.tsv, `vitrine validate` and plots. A number says where it comes from, and its source
 * text ends in read (in the paper), recalled (from memory of the literature, not read again: a soft band) or
 * computed (by a program that is named). Units are part of the quantity's name; the exit status of a run
 * never depends on a band. */
#ifndef CLI_REFERENCE_H
#define CLI_REFERENCE_H

#include "base/results.h"

struct reference {
    const char *quantity; /* "g_CuCu_peak_A" */
    const char *system;   /* material and conditions, one of REFERENCE_* */
    double value, error;  /* NAN: only a band */
    const char *unit;
    double low, high; /* the band in which an honest repetition falls; NAN: none */
    const char *source;
};

#define REFERENCE_QUICKSTART                                                      \
    "Cu64Zr36, CuZr_mm.eam.fs, 1e13 K/s" /* the protocol of inputs/quickstart.yml \
                                          */
#define REFERENCE_CU64ZR36 "Cu64Zr36, literature"
#define REFERENCE_MENDELEV2009 "Cu64.5Zr35.5, Mendelev 2009, 1e13 K/s, 500 atoms"
#define REFERENCE_NI45 "Ni45Pd35P16B4, nanomolding"
#define REFERENCE_ZR46 "Zr46Cu46Al8, nanomolding"
#define REFERENCE_PD43 "Pd43Ni10Cu27P20, nanomolding"
#define REFERENCE_SOHN "Pt57.5Cu14.7Ni5.3P22.5 rods, 0.67 K/s"
#define REFERENCE_KOB_ANDERSEN "Kob-Andersen 80:20, rho 1.2, T 2.0"

extern const struct reference reference_table[]; /* ends with quantity == NULL */

/* Local. The k-th reference (k = 0, 1, ...) of a quantity in one of the n systems, in the order of the
 * systems; NULL when there are no more. References without a number and without a band are passed over. */
const struct reference *reference_find(const char *quantity, const char *const *systems, int n_systems,
                                       int k);
/* Local. Rows "quantity value error unit low high source" of a summary: for each scalar one row per
 * reference, with the reference's band; a scalar without reference has one row, band nan, source "no
 * reference; computed". The caller destroys *tsv. */
int reference_summary(const struct results_scalars *scalars, const char *const *systems, int n_systems,
                      struct tsv **tsv) MUST_CHECK;

#endif
