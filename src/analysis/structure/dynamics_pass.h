/* dynamics_pass - pass `dynamics`: mean squared displacement, F_s, F and relaxation times. */
#ifndef STRUCTURE_DYNAMICS_PASS_H
#define STRUCTURE_DYNAMICS_PASS_H

#include "analysis/pass.h"

extern const struct pass_kind dynamics_pass;
extern const struct deck_row dynamics_pass_rows[];

#endif
