/* pot_kim - a model of OpenKIM through the KIM API: kind kim. The model computes; here are its neighbours,
 * and the way back for the forces that it puts on ghosts. The kind is in the grammar of decks on every
 * machine; a program built without KIM refuses it and says what to install. */
#ifndef MD_POT_KIM_H
#define MD_POT_KIM_H

#include "md/pot.h"

extern const struct pot_kind pot_kim;
extern const struct deck_row pot_kim_rows[];

/* Local. State from an installed model; *state stays NULL where *mistake says why it cannot be used (by mem).
 * Without KIM the mistake is that. */
int pot_kim_init(const char *model, const struct species *species, void **state, char **mistake) MUST_CHECK;

#endif
