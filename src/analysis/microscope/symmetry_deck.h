/* symmetry_deck - the keys of pass symmetry. */
#ifndef ANALYSIS_MICROSCOPE_SYMMETRY_DECK_H
#define ANALYSIS_MICROSCOPE_SYMMETRY_DECK_H

#include "base/deck.h"

extern const struct deck_row symmetry_deck_rows[];

#endif
