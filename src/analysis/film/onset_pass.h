/* onset_pass - pass `onset`: when a film, measured or computed, shows crystals. */
#ifndef FILM_ONSET_PASS_H
#define FILM_ONSET_PASS_H

#include "analysis/pass.h"

extern const struct pass_kind onset_pass;
extern const struct deck_row onset_pass_rows[];

#endif
