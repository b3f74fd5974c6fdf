/* image_deck - the keys of pass image. */
#ifndef ANALYSIS_MICROSCOPE_IMAGE_DECK_H
#define ANALYSIS_MICROSCOPE_IMAGE_DECK_H

#include "base/deck.h"

extern const struct deck_row image_deck_rows[];

#endif
