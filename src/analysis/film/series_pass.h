/* series_pass - pass `darkfield`: a film of tilted dark-field images from a trajectory. */
#ifndef FILM_SERIES_PASS_H
#define FILM_SERIES_PASS_H

#include "analysis/pass.h"

extern const struct pass_kind series_pass;
extern const struct deck_row series_pass_rows[];

#endif
