/* pot_eam - embedded atoms: kind eam (tables from a file) and kind zhou (built-in formulas). Equations in
 * eam_model.h. */
#ifndef MD_POT_EAM_H
#define MD_POT_EAM_H

#include "md/eam_model.h"
#include "md/pot.h"

/* Density slopes of each pair between the two passes: in double or single precision, or computed again. */
enum pot_eam_slopes { POT_EAM_KEEP, POT_EAM_SINGLE, POT_EAM_RECOMPUTE };

struct pot_eam_options {
    int table_rows; /* intervals per pair of species */
    int exact;      /* the model's own functions (plain loops) instead of rows */
    enum pot_eam_slopes slopes;
    int mixed; /* pair forces in single precision (then slopes are single, too) */
};

extern const struct pot_kind pot_eam, pot_eam_zhou;
extern const struct deck_row pot_eam_rows[];

/* Local. State from a model, which it takes over (also when it fails); destroyed by pot_eam.destroy. */
int pot_eam_init(struct eam_model *model, struct pot_eam_options options, void **state) MUST_CHECK;
/* Local. Error of the rows against the model: rms over distances (weight r^2, from where a pair repels with 1
 * eV on) of the pair force at constant embedding slopes, over its rms. */
double pot_eam_table_error(const void *state);

#endif
