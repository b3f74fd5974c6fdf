/* compare_pass - pass `film_dynamics`: tau of images beside that of F(k,t) and F_s(k,t) of the same columns.
 */
#ifndef FILM_COMPARE_PASS_H
#define FILM_COMPARE_PASS_H

#include "analysis/pass.h"

extern const struct pass_kind compare_pass;
extern const struct deck_row compare_pass_rows[];

#endif
