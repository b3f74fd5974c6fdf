/* movie_write - series of one row to files, and what each says about Tc. */
#ifndef KMC_MOVIE_WRITE_H
#define KMC_MOVIE_WRITE_H

#include "kmc/detect.h"
#include "kmc/movie.h"

struct movie_tables {
    struct tsv *frames, *signals; /* rank 0 */
};

/* Local. Empty tables. */
int movie_write_begin(struct movie_tables *tables) MUST_CHECK;
/* Collective. NAME.LABEL.KIND.hspy of what rank 0's sample (its crystal as it is now) went through, frames to
 * the tables. seed: of the noise. ERR_TIME: stopped. */
int movie_write_row(struct results *out, const struct movie_rules *rules, const struct detect_rules *detect,
                    const struct schedule *schedule, const struct sample *sample, double diameter,
                    const char *label, uint64_t seed, struct movie_tables *tables) MUST_CHECK;
/* Collective. Tables microscope (frames) and signals (Tc of each); frees them. */
int movie_write_end(struct results *out, struct movie_tables *tables, bool keep) MUST_CHECK;

#endif
