/* movie_deck - section kmc.microscope of a deck. */
#ifndef KMC_MOVIE_DECK_H
#define KMC_MOVIE_DECK_H

#include "base/deck.h"
#include "kmc/movie.h"
#include "kmc/schedule.h"

extern const struct deck_row movie_deck_rows[]; /* prefix "" */

/* Local. The rules; mistakes to the deck (those of movie_deck_frames for each schedule too). false: no series
 * are wanted. */
bool movie_deck_read(struct deck *deck, int n_schedules, struct schedule *const *schedules,
                     struct movie_rules *rules);
/* Local. Frames of the series along that schedule: their number, time of the first (s). NULL when that works,
 * otherwise what is wrong. */
const char *movie_deck_frames(const struct movie_rules *rules, const struct schedule *schedule, int64_t *n,
                              double *first);

#endif
