/* grainlist - the grains of every replica of an ensemble: when and where they began, by which channel, how
 * they are turned, how large they became.
 *
 * A list is bounded: of each replica the earliest `limit` grains are kept (a thick rod may have millions), in
 * the order of their birth; how many there were is in the replica's record. Rank 0 holds the list of the
 * ensemble; in files it is flat arrays, replica after replica, and the offset of each replica. Units: nm, s.
 */
#ifndef KMC_GRAINLIST_H
#define KMC_GRAINLIST_H

#include "base/h5.h"
#include "kmc/front.h"

struct grainlist_grain {
    int64_t index; /* of the replica in the ensemble */
    int64_t order; /* of its birth within the replica, 0, 1, ... */
    double time;   /* s */
    float place[3], turn[4], volume;
    uint8_t birth; /* enum front_birth */
};

struct grainlist {
    struct grainlist_grain *grain;
    int64_t n, room;
};

void grainlist_clear(struct grainlist *list);
/* Local. The earliest `limit` grains of replica `index`, whose front has come to its end. */
int grainlist_add(struct grainlist *list, int64_t index, const struct front *front, int64_t limit) MUST_CHECK;
/* Collective. Every rank's `found` goes to rank 0's `all`, which is put in order; `found` is empty then. */
int grainlist_share(const struct comm *comm, struct grainlist *found, struct grainlist *all) MUST_CHECK;
/* Collective. Rank 0's list as arrays under `group`: offset [n_replicas + 1], time, place, orientation,
 * volume, birth. */
int grainlist_write(const struct comm *comm, struct h5 *h5, const char *group, int64_t n_replicas,
                    const struct grainlist *all) MUST_CHECK;
/* Collective. What grainlist_write wrote, to rank 0; ERR_INPUT when it is not there or of another number of
 * replicas. */
int grainlist_read(const struct comm *comm, struct h5 *h5, const char *group, int64_t n_replicas,
                   struct grainlist *all) MUST_CHECK;

#endif
