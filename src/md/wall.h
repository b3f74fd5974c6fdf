/* wall - a mold with a pore, a piston that presses on the atoms, and atoms that are held where they are.
 *
 * The mold fills z in [surface, surface + depth] outside the pore's radius, about the middle of the box;
 * without a pore it is a plate. Its walls, the pore's rim and the piston act through the distance h to the
 * nearest point of the body: E = 4 epsilon [(sigma / h)^12 - (sigma / h)^6], cut off and shifted to zero at
 * `cutoff` (at 2^(1/6) sigma it only repels: a rigid wall). The distance to a convex rim is smooth, so forces
 * are. A smooth wall lets the
 * liquid slip, so that nothing but its inertia holds it back: `rough` gives the pore rings, h less rough
 * sin^2 (pi z / period), which hold it.
 *
 * The piston is a plane below the atoms with a mass, driven up by pressure times the box's section, down by
 * the atoms, and damped; its energy, 1/2 m v^2 - push z + what the damping took, belongs to the conserved
 * quantity. Fixed atoms keep zero velocity; they act on others. Energies eV, lengths A (or
 * reduced). */
#ifndef MD_WALL_H
#define MD_WALL_H

#include "atoms/frame.h"
#include "base/deck.h"

#include <stdbool.h>

struct wall {
    bool mold, pore;
    double surface, depth, radius, rough, period;
    double centre[2];
    double sigma, epsilon, cutoff, shift;
    bool piston;
    double place, speed;        /* of the piston */
    double push, mass, damping; /* pressure times section; eV ps^2 / A^2; 1 / ps */
    double taken;               /* energy that the damping took, eV */
    double force;               /* of the atoms on the piston at the last sum, all ranks */
    double local_force, energy; /* this rank's, exact sums */
    int64_t *fixed;             /* ids, sorted; the same on every rank */
    int64_t n_fixed;
    uint8_t *mask; /* [frame.n]: row is fixed */
    int capacity;
    int64_t masked_at; /* list build the mask belongs to; -1: none */
    int64_t bad_atom;  /* id of an atom inside a wall, 0 */
};

/* Rows of `wall` and `fixed` in a stage; prefixes "md.stages[].wall", "md.stages[].fixed". */
extern const struct deck_row wall_rows[], wall_fixed_rows[];

/* Local, every rank alike. Whether stage k has a wall or fixed atoms; checks that rows cannot express. */
bool wall_wanted(const struct deck *deck, int stage);
void wall_check(struct deck *deck, int stage, const struct species *species);
/* Collective. The wall of stage k, over what `wall` was before (a piston goes on from where it is unless the
 * deck places it anew). resting: only atoms at rest become fixed (after a restart). Fixed atoms are stopped.
 */
int wall_begin(struct wall *wall, const struct comm *comm, struct deck *deck, int stage, struct frame *frame,
               double mvv, bool resting) MUST_CHECK;
void wall_end(struct wall *wall);
/* Local. Add the walls' forces and energies to local atoms, take those of fixed atoms away; `build`: number
 * of the list build, by which rows stay in place. ERR_MEMORY. */
int wall_forces(struct wall *wall, struct frame *frame, int64_t build, double quantum) MUST_CHECK;
/* Local. Velocities of fixed atoms to zero (after random kicks). */
void wall_hold(const struct wall *wall, struct frame *frame);
/* Local. Half a kick of the piston with the force of the last sum, the first or the second of a step (the
 * damping lies outside of both); its drift. */
void wall_kick(struct wall *wall, double half, bool first);
void wall_drift(struct wall *wall, double dt);
/* Local. Energy of the piston, 0 where there is none; the atoms' share of a wall is in their own. */
double wall_energy(const struct wall *wall);

#endif
