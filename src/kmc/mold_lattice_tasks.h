/* mold_lattice_tasks - the wires of `mold.lattice:` (pores x vacancy fractions x replicas) and the windows of
 * its correlation factor, over ranks, with a checkpoint.
 *
 * Each task has its own random numbers, so that records are the same on any number of ranks and after a
 * restart. Every `mold.lattice.checkpoint` of wall time ranks meet, records are exchanged and written; a run
 * that is stopped or killed goes on from there and repeats no finished task. */
#ifndef KMC_MOLD_LATTICE_TASKS_H
#define KMC_MOLD_LATTICE_TASKS_H

#include "base/deck.h"
#include "base/rundir.h"
#include "atoms/species.h"
#include "kmc/mold_lattice.h"

#define MOLD_LATTICE_TASKS_BINS 20 /* along the wire */

struct mold_lattice_tasks {
    struct mold_lattice_options o; /* all but around, per_column, columns, vacancies, advection, id */
    int n_d, n_c, replicas, wires, windows;
    double spacing, column, omega, kt, pressure, start, eta; /* eta INFINITY: no flow */
    double per_second; /* the lattice's unit of time is 1 / this (per ps) */
    struct species species;
    int64_t width;  /* numbers of a record */
    double *record; /* [(wires + windows) * width]: owned */
};

/* What a record begins with; then `samples` lengths (A), BINS x elements atoms along the wire, net atoms of
 * each element over the tip. A window of the correlation factor has it in place of the length. */
enum mold_lattice_tasks_record { TASK_DONE, TASK_FINAL, TASK_LOST, TASK_EVENTS, TASK_STEEPEST, TASK_LENGTHS };

/* Collective. The deck's numbers; no record yet. */
int mold_lattice_tasks_read(const struct comm *comm, struct deck *deck,
                            struct mold_lattice_tasks *tasks) MUST_CHECK;
void mold_lattice_tasks_free(struct mold_lattice_tasks *tasks);
/* Local. Options of pore a, vacancy fraction b, replica r. */
struct mold_lattice_options mold_lattice_tasks_options(const struct deck *deck,
                                                       const struct mold_lattice_tasks *tasks, int a, int b,
                                                       int r);
/* Local. Records of a wire: its numbers, lengths, atoms [BINS][elements], atoms over the tip. */
const double *mold_lattice_tasks_record(const struct mold_lattice_tasks *tasks, int wire);
const double *mold_lattice_tasks_lengths(const struct mold_lattice_tasks *tasks, int wire);
const double *mold_lattice_tasks_bins(const struct mold_lattice_tasks *tasks, int wire);
const double *mold_lattice_tasks_crossed(const struct mold_lattice_tasks *tasks, int wire);
/* Collective. All tasks that have no record. restart: a checkpoint of the same deck, or NULL. ERR_TIME after
 * a checkpoint when it must stop; ERR_INPUT: another deck's checkpoint; ERR_INTERNAL: an atom was lost. */
int mold_lattice_tasks_run(struct deck *deck, const struct rundir *at, const char *restart,
                           struct mold_lattice_tasks *tasks) MUST_CHECK;
/* Local, rank 0. The checkpoint is no longer needed. */
int mold_lattice_tasks_over(const struct rundir *at) MUST_CHECK;

#endif
