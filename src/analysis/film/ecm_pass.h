/* ecm_pass - pass `ecm`: electron correlation microscopy of a film in a file. */
#ifndef FILM_ECM_PASS_H
#define FILM_ECM_PASS_H

#include "analysis/pass.h"

extern const struct pass_kind ecm_pass;
extern const struct deck_row ecm_pass_rows[];

#endif
