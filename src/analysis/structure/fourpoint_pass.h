/* fourpoint_pass - pass `g4`: overlap, chi4, S4 and g4 of particles. */
#ifndef STRUCTURE_FOURPOINT_PASS_H
#define STRUCTURE_FOURPOINT_PASS_H

#include "analysis/pass.h"

extern const struct pass_kind fourpoint_pass;
extern const struct deck_row fourpoint_pass_rows[];

#endif
