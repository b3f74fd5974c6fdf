/* lab - what an experiment needs: a material and the schedules of a deck, read and checked together. */
#ifndef KMC_LAB_H
#define KMC_LAB_H

#include "base/results.h"
#include "kmc/material.h"
#include "kmc/schedule.h"

struct lab {
    struct material material;
    int n_schedules;
    struct schedule **schedule;
};

/* Collective. Sections kmc.material and kmc.schedules; diameters (nm, n of them) are those at which rates
 * must be finite. Faults become deck mistakes: ask deck_verdict before using what was read. The caller
 * clears. */
int lab_read(const struct comm *comm, struct deck *deck, int n, const double *diameters,
             struct lab *lab) MUST_CHECK;
void lab_clear(struct lab *lab);
/* Local. Index of a schedule by name, -1 when there is none. */
int lab_schedule(const struct lab *lab, const char *name);
/* Collective. Table kmc_parameters: each number that acts, with its provenance: measured, literature, fitted
 * to which points, ... A number of the deck without a word about it is `unstated`. */
int lab_provenance(const struct lab *lab, const struct deck *deck, struct results *out) MUST_CHECK;
/* Local. Provenance of one parameter: kind and source. */
void lab_origin(const struct deck *deck, const struct material_parameter *p, const char **kind,
                const char **from);

#endif
