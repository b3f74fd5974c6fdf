/* study - everything that is measured on one film, and the tables that several films share.
 *
 * Maps (ecm), numbers of the core beside those without the bias of a short film (ecm_stats, ecm_bias), halves
 * and windows, the layer at a wire's edge, spatial correlation (g4). Tables, one row or several a film:
 *   ecm            the numbers: NAME corrected, NAME_raw as fitted, NAME_true of synthetic films
 *   ecm_checks     convention, halves, averaged curve, shares, lengths by each reading
 *   ecm_curve      averaged g2 - 1 and its fit          ecm_histogram   of ln tau, and the log-normal
 *   ecm_profile    tau against depth below the edge     ecm_g4          curves of each reading
 * Maps go to GROUP/FILM. Times in s, lengths in nm. */
#ifndef FILM_STUDY_H
#define FILM_STUDY_H

#include "analysis/film/ecm_bias.h"
#include "analysis/film/g4.h"
#include "base/deck.h"
#include "base/results.h"

struct study_options {
    enum kww_convention convention;
    double lag_share;
    int n_lags;
    bool wire;         /* find the edges of a wire, and measure its layer */
    double wire_angle; /* rad, from y towards x; NAN: find it */
    double core;
    int64_t fiducial[4]; /* y0, y1, x0, x1: pixels left out; all 0: none */
    bool halves, correct, g4;
    int windows;
    double window_share;
    int64_t correct_pixels, memory;
    int correct_steps, correct_films, origins;
    double g4_range;
    double dose;
    uint64_t seed;
};

/* What is known of a synthetic film; its median, width, length and layer follow from its map. */
struct study_truth {
    const double *log_tau; /* [ny * nx], field convention; NULL: not a synthetic film */
    double beta;
};

struct study; /* the tables */

/* Deck rows of the options, for an entry with `pass: ecm` or `pass: synthetic`. */
extern const struct deck_row study_rows[];
/* Local. Options from an entry of the deck. */
int study_read(const struct deck *deck, const char *at, struct study_options *o) MUST_CHECK;
/* Local, on every rank alike. Mistakes that rows cannot see. */
void study_check(struct deck *deck, const char *at);

/* Collective. The results outlive the study. */
int study_create(struct results *out, const struct study_options *options, struct study **study) MUST_CHECK;
void study_destroy(struct study **study);
/* Collective. Measure a film and add its rows. truth may be NULL. */
int study_film(struct study *study, struct series *series, const char *name, double temperature,
               const struct study_truth *truth) MUST_CHECK;
/* Collective. Write the tables. */
int study_write(struct study *study) MUST_CHECK;

#endif
