/* system - atoms with what moves them: decomposition, halo, lists, potential; forces on request, rebuilds
 * when due.
 *
 * A list is good while no pair can have come closer than the skin allows. With the box scaled by c since the
 * build and the largest displacement d (in the scaled frame), that is (cutoff + skin) * min(c) - 2 d >=
 * cutoff. Displacements are counted from the places that lists were made for, which lie ahead of the atoms
 * (see forecast). */
#ifndef MD_SYSTEM_H
#define MD_SYSTEM_H

#include "atoms/cells.h"
#include "atoms/halo.h"
#include "md/list.h"
#include "md/pot.h"
#include "md/wall.h"

struct system {
    struct comm comm;
    struct frame frame;
    struct domain domain;
    struct cells cells;
    struct list list;
    struct halo *halo;
    struct pot *pot;
    bool lj;
    double kb, mvv;     /* k_B (eV/K or 1); (g/mol)(A/ps)^2 in eV (or 1) */
    double skin, inner; /* A; inner: of the pruned lists, 0 = single lists (see list.h) */
    uint64_t seed;
    double (*x0)[3];         /* places the lists were made for, [frame.n] */
    double (*x1)[3];         /* those of the zones, at the last pruning; NULL with single lists */
    double len0[3], len1[3]; /* boxes then */
    int capacity_x0;
    bool stale, stale_prune; /* lists must be rebuilt, or pruned, before the next forces */
    bool moving; /* f holds the forces of these atoms, from the last step: motion can be forecast */
    int64_t n_builds, n_prunes, n_cuts, last_cut;
    double quantum;           /* of exact sums, eV */
    struct pot_result result; /* of the last system_forces, this rank's share */
    struct wall wall;         /* molds, pistons, fixed atoms; zeroed where there are none */
    bool walled;
    int failed; /* code of a Local failure in it: agreed at the next reduction */
};

/* Collective. Empty system from the deck (potential, skin, seed); frame is filled by a builder afterwards. */
int system_create(const struct comm *comm, struct deck *deck, const struct species *species,
                  struct system *system) MUST_CHECK;
void system_destroy(struct system *system);
/* Collective. New decomposition by the cost of each atom's list, atoms to their ranks, sort, ghosts, lists.
 * Call after atoms changed. */
int system_cut(struct system *system) MUST_CHECK;
/* Collective. Atoms to their ranks, sort, ghosts, lists; cuts anew when a rank has 5 % more work than the
 * mean (at most every 20 rebuilds). */
int system_rebuild(struct system *system) MUST_CHECK;
/* Local. Give the memory of the lists back, before atoms are built or files joined; the next forces make them
 * anew. */
void system_release(struct system *system);
/* Collective. Exact continuation after a restart: frame.x holds the places of the last build (box len0),
 * frame.f the present positions, the fourth lanes of x, v, f the places of the last pruning (box len1). Lists
 * are made as they were. */
int system_restore(struct system *system, const double len0[3], const double len1[3]) MUST_CHECK;
/* Collective. Forces at the present positions; rebuilds or refreshes ghosts first. want: POT_* flags.
 * Potentials' complaints become ERR_PHYSICS on every rank at the next reduction (see thermo). */
int system_forces(struct system *system, int want) MUST_CHECK;
/* Collective. The stress of each atom of the present step into frame.stress, from velocities and virials;
 * forces, sums and lists stay as they are. The push of walls is no part of it. */
int system_stress(struct system *system) MUST_CHECK;
/* Collective. Largest over mean work of a rank, predicted from the lists. */
double system_imbalance(const struct system *system);
/* Local. Whether the lists survive a displacement of `moved` (A) since the build, the zones one of
 * `moved_pruned` since the pruning, at the present box; sets stale, stale_prune. */
void system_age(struct system *system, double moved, double moved_pruned);
/* Local. Mass of an atom of species s in eV ps^2 / A^2 (force / that = acceleration). */
static inline double system_inertia(const struct system *s, int type) {
    return s->frame.species.mass[type] * s->mvv;
}

#endif
