/* theory_pass - pass `theory`: tau(T) and xi(T) against Arrhenius, Adam-Gibbs, IMCT and RFOT. */
#ifndef FILM_THEORY_PASS_H
#define FILM_THEORY_PASS_H

#include "analysis/pass.h"

extern const struct pass_kind theory_pass;
extern const struct deck_row theory_pass_rows[];

#endif
