/* darkfield_deck - keys of the optics, shared by the passes darkfield and film_dynamics. */
#ifndef FILM_DARKFIELD_DECK_H
#define FILM_DARKFIELD_DECK_H

#include "analysis/film/darkfield.h"
#include "base/deck.h"

extern const struct deck_row darkfield_deck_rows[];
/* Local. Options from an entry of the deck, but for the amplitudes. */
struct darkfield_options darkfield_deck_read(const struct deck *deck, const char *at);
/* Local. Amplitudes: those of the deck, atomic numbers otherwise. ERR_INPUT: a species that is not there. */
int darkfield_deck_amplitudes(const struct deck *deck, const char *at, const struct species *species,
                              struct darkfield_options *options) MUST_CHECK;

#endif
