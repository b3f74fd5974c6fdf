/* cause - which cause does what: the rods of an ensemble again, each time with one cause changed.
 *
 *     surface        no nucleation on the surface
 *     confinement    M(d) = 1
 *     starvation     an endless rod: nuclei never lack, every part of it has the mean of all
 *     gibbs_thomson  T_m(d) on where the material has it off, off where it is on
 * A variant of the same shape runs on the same random numbers as its main row, so that errors of differences
 * come from pairs. Causes are not additive: shares need not sum to 100 %. */
#ifndef KMC_CAUSE_H
#define KMC_CAUSE_H

#include "base/deck.h"
#include "base/results.h"
#include "kmc/ensemble.h"

enum cause { CAUSE_SURFACE, CAUSE_CONFINEMENT, CAUSE_STARVATION, CAUSE_GIBBS_THOMSON, CAUSE_KINDS };

struct cause_set {
    int n;
    enum cause kind[CAUSE_KINDS];
    struct material material[CAUSE_KINDS]; /* share the tables of the main one */
    double endless;                        /* length of an endless rod over the field of view */
    double between[2];                     /* nm */
};

/* Local. Key kmc.causes; mistakes to the deck. */
void cause_read(struct deck *deck, const struct material *material, struct cause_set *set);
/* Local. Fills rows [n_main, n_main (1 + n)) of the ensemble. */
int cause_rows(const struct cause_set *set, struct ensemble *ensemble) MUST_CHECK;
/* Local. What is changed in that row: "none", "surface", ... */
const char *cause_name(const struct cause_set *set, const struct ensemble *ensemble, int row);
/* Collective. Table causes; shares of the rise between two diameters, with errors, as scalars. */
int cause_write(int64_t n_bootstrap, const struct cause_set *set, const struct ensemble *ensemble,
                struct results *out) MUST_CHECK;

#endif
