/* diffraction_deck - the keys of pass diffraction, and the scan they mean for a given specimen. */
#ifndef ANALYSIS_MICROSCOPE_DIFFRACTION_DECK_H
#define ANALYSIS_MICROSCOPE_DIFFRACTION_DECK_H

#include "analysis/microscope/scan.h"
#include "base/deck.h"

extern const struct deck_row diffraction_deck_rows[];

/* Collective. Mistakes that need no specimen go to deck_mistake. */
int diffraction_deck_check(const struct comm *comm, struct deck *deck, const char *at);
/* Local. Axis of the beam, 0 to 2; depth of the layer looked at (0: all). */
int diffraction_deck_beam(const struct deck *deck, const char *at);
double diffraction_deck_thickness(const struct deck *deck, const char *at);
/* Local. The scan over a specimen, planned. ERR_DECK: the probe does not fit its window, the scan leaves the
 * specimen, the grid does not reach k_max; ERR_INPUT: an unknown element. The species must outlive it. */
int diffraction_deck_scan(const struct deck *deck, const char *at, const struct specimen *specimen,
                          struct scan *scan) MUST_CHECK;

#endif
