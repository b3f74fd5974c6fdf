/* plan_pass - pass `plan`: how long, how many frames and what dose a film needs, and the bias to expect. */
#ifndef FILM_PLAN_PASS_H
#define FILM_PLAN_PASS_H

#include "analysis/pass.h"

extern const struct pass_kind plan_pass;
extern const struct deck_row plan_pass_rows[];

#endif
