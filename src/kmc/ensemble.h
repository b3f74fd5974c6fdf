/* ensemble - rows (a shape under a schedule) times replicas, over ranks.
 *
 * Replicas go one by one to whichever rank is free, costly rows first; each has its own random numbers, so
 * that the records are the same on any number of ranks. Every `round` seconds of wall time ranks meet,
 * records and grain lists are exchanged and checkpointed; a run that is stopped or killed goes on from there
 * and repeats no finished replica. */
#ifndef KMC_ENSEMBLE_H
#define KMC_ENSEMBLE_H

#include "base/comm.h"
#include "kmc/grainlist.h"
#include "kmc/replica.h"

struct ensemble_row {
    struct profile profile; /* owned */
    const struct schedule *schedule;
    const struct material *material;
    int of;          /* main row of which this is a variant (kmc/cause); its own number for a main row */
    double diameter; /* nm, widest */
    double edge;     /* nm; 0: default */
};

struct ensemble {
    const struct comm *comm;
    struct detect_rules rules;
    uint64_t seed;
    int n_rows, n_main; /* the main rows, those of table tc, come first */
    int64_t n_replicas;
    struct ensemble_row *row;
    struct replica *record;  /* [n_rows * n_replicas]; owned */
    int64_t n_kept;          /* grains of each replica that are kept: the earliest */
    struct grainlist grains; /* rank 0: of the replicas that have a record; owned */
    double round;            /* s */
    const char *checkpoint;  /* file */
    const char *hash;        /* of the effective deck */
};

/* Local. A copy of a row's shape as a sample; the caller destroys. */
int ensemble_sample(const struct ensemble *ensemble, int row, struct sample **sample) MUST_CHECK;
/* Collective. All replicas that have no record yet. ERR_TIME after a checkpoint when it must stop. */
int ensemble_run(struct ensemble *ensemble) MUST_CHECK;
/* Collective. Records of a checkpoint made by a deck with the same hash; ERR_INPUT when it is another's. */
int ensemble_resume(struct ensemble *ensemble, const char *path) MUST_CHECK;
/* Local. Frees rows and records. */
void ensemble_clear(struct ensemble *ensemble);

#endif
