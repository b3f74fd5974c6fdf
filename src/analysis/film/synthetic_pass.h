/* synthetic_pass - pass `synthetic`: films with known answer, measured like any other. */
#ifndef FILM_SYNTHETIC_PASS_H
#define FILM_SYNTHETIC_PASS_H

#include "analysis/pass.h"

extern const struct pass_kind synthetic_pass;
extern const struct deck_row synthetic_pass_rows[];

#endif
