/* pore_pass - deck entry `pass: pore`: a glass on its way into a pore along z. */
#ifndef ANALYSIS_STRUCTURE_PORE_PASS_H
#define ANALYSIS_STRUCTURE_PORE_PASS_H

#include "analysis/pass.h"

extern const struct pass_kind pore_pass;
extern const struct deck_row pore_pass_rows[];

#endif
