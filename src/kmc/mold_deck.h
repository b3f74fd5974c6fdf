/* mold_deck - rows of the deck's `mold:` section, its checks, and the section as plain numbers. */
#ifndef KMC_MOLD_DECK_H
#define KMC_MOLD_DECK_H

#include "atoms/species.h"
#include "base/deck.h"
#include "kmc/mold_composition.h"
#include "kmc/mold_fit.h"
#include "kmc/mold_length.h"

extern const struct deck_row mold_deck_rows[]; /* prefix "" */

/* A wire whose composition is asked for. */
struct mold_deck_wire {
    double diameter;
    struct mold_length_press press; /* start: of the print */
    int fast, slow;                 /* elements */
    double tip;                     /* measured fast / (fast + slow); NAN: mobilities are given */
    double mobility[SPECIES_MAX];
    bool exchanges;
};

struct mold_deck {
    struct mold_material material;
    struct species species;
    double fraction[SPECIES_MAX];
    enum mold_length_law law;
    bool capillary;
    double shear, aspect, time; /* shear_diameter, print_aspect, reference molding time */
    double range[2];            /* temperatures that the parameters were fitted to; NAN: unknown */
    bool anchored;              /* interface from one d_c: */
    struct mold_fit_point anchor;
    bool fits;
    bool vary[MOLD_FIT_PARAMETERS];
    struct mold_fit_point *point;
    int n_points;
    struct mold_length_press *press; /* conditions; start unused (aspect) */
    int n_presses;
    double *diameter, *times;
    int n_diameters, n_times;
    struct mold_deck_wire *wire;
    int n_wires;
    double tau0, tau_temperature, c0, width; /* crystallisation; tau0 INFINITY without */
};

/* Collective. Checks that rows cannot express; mistakes to the deck. */
int mold_deck_check(const struct comm *comm, struct deck *deck) MUST_CHECK;
/* Collective. A checked deck's numbers (by mem, mold_deck_destroy). */
int mold_deck_read(const struct comm *comm, struct deck *deck, struct mold_deck *s) MUST_CHECK;
void mold_deck_destroy(struct mold_deck *s);
/* Local. Put the interface's prefactor right where one d_c gives it (again after a fit of the viscosity). */
void mold_deck_anchor(struct mold_deck *s);

#endif
