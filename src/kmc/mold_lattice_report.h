/* mold_lattice_report - the deck's `mold.lattice:`: what the wires say: growth beside Eq. 2 of liu2023
 * (docs/references.bib), exponents with errors, composition along the wire, correlation factor. */
#ifndef KMC_MOLD_LATTICE_REPORT_H
#define KMC_MOLD_LATTICE_REPORT_H

#include "base/deck.h"
#include "base/results.h"
#include "kmc/mold_lattice_tasks.h"

extern const struct deck_row mold_lattice_report_rows[]; /* prefix "mold.lattice" */

/* Collective. Checks that rows cannot express; mistakes to the deck. */
int mold_lattice_report_check(const struct comm *comm, struct deck *deck) MUST_CHECK;
/* Collective. Tables and scalars from the records of all wires. */
int mold_lattice_report_write(struct deck *deck, const struct mold_lattice_tasks *tasks,
                              struct results *out) MUST_CHECK;

#endif
