/* replica - one run of a sample from glass to verdict, and what is kept of it. */
#ifndef KMC_REPLICA_H
#define KMC_REPLICA_H

#include "kmc/detect.h"
#include "kmc/sample.h"

/* All numbers are doubles, so that a record travels and is stored as one array. */
#define REPLICA_FIELDS(X)                                                       \
    X(tc, "C", "temperature of crystallisation by the deck's criterion")        \
    X(tc_intercept, "C", "background meets the line through the rise")          \
    X(tc_first_spot, "C", "first grain in Bragg position that is large enough") \
    X(tc_fraction, "C", "crystalline volume reaches the deck's fraction")       \
    X(tc_as_published, "C", "first spot above 35 nm, intercept below")          \
    X(tc_time, "s", "time at which the crystalline fraction is reached")        \
    X(first_time, "s", "time of the first nucleus")                             \
    X(first_C, "C", "temperature of the first nucleus")                         \
    X(first_x, "nm", "place of the first nucleus")                              \
    X(first_y, "nm", "place of the first nucleus")                              \
    X(first_z, "nm", "place of the first nucleus along the axis")               \
    X(n_grains, "", "grains when the replica stopped")                          \
    X(fraction, "", "crystalline fraction when it stopped")                     \
    X(end_time, "s", "time at which it stopped")                                \
    X(n_events, "", "attachments and draws of nuclei")                          \
    X(finished, "", "1: done")

struct replica {
#define REPLICA_FIELD(name, unit, what) double name;
    REPLICA_FIELDS(REPLICA_FIELD)
#undef REPLICA_FIELD
};
#define REPLICA_N ((int)(sizeof(struct replica) / sizeof(double)))

/* Local. Replica number `index` with the random numbers of (seed, key of the sample, index). detect keeps its
 * trace, the sample its crystal, until the next. until: last time, s (INFINITY: the whole history). pieces:
 * the history is run in so many parts, which changes nothing. */
int replica_run(struct sample *sample, struct detect *detect, const struct detect_rules *rules, uint64_t seed,
                int64_t index, int pieces, struct replica *out) MUST_CHECK;

#endif
