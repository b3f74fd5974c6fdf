/* mold_lattice_report - the deck's `mold.lattice:`: pores x vacancy fractions x replicas over ranks, growth
 * beside Eq. 2 of liu2023 (docs/references.bib), exponents with errors, composition along the wire. */
#ifndef KMC_MOLD_LATTICE_REPORT_H
#define KMC_MOLD_LATTICE_REPORT_H

#include "base/deck.h"
#include "base/results.h"

extern const struct deck_row mold_lattice_report_rows[]; /* prefix "mold.lattice" */

/* Collective. Checks that rows cannot express; mistakes to the deck. */
int mold_lattice_report_check(const struct comm *comm, struct deck *deck) MUST_CHECK;
/* Collective. Run all replicas; the same tables on any number of ranks. ERR_TIME when stopped, ERR_INTERNAL
 * when an atom is lost. */
int mold_lattice_report_run(struct deck *deck, struct results *out) MUST_CHECK;

#endif
