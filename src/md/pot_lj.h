/* pot_lj - Lennard-Jones between any species: E = 4 eps [(sigma/r)^12 - (sigma/r)^6], cut at r_c, and
 * shift: none; energy (E - E(r_c)); force (E - E(r_c) - (r - r_c) E'(r_c)). */
#ifndef MD_POT_LJ_H
#define MD_POT_LJ_H

#include "md/pot.h"

enum pot_lj_shift { POT_LJ_NONE, POT_LJ_ENERGY, POT_LJ_FORCE };

struct pot_lj_parameters {
    double epsilon[SPECIES_MAX][SPECIES_MAX], sigma[SPECIES_MAX][SPECIES_MAX],
        cutoff[SPECIES_MAX][SPECIES_MAX];
    enum pot_lj_shift shift;
};

extern const struct pot_kind pot_lj;
extern const struct deck_row pot_lj_rows[];

/* Local. State from parameters (symmetric tables for n species); destroyed by pot_lj.destroy. */
int pot_lj_init(const struct pot_lj_parameters *parameters, int n, void **state) MUST_CHECK;

#endif
