/* velocity - initial velocities, and the removal of drift and rotation. Same bits on any number of ranks. */
#ifndef MD_VELOCITY_H
#define MD_VELOCITY_H

#include "md/system.h"

/* Collective. Draw velocities from (seed, atom id), remove the total momentum, scale to the temperature
 * exactly for `dof` degrees of freedom. `draw` tells repeated draws apart. temperature 0: at rest. */
int velocity_draw(struct system *system, double temperature, double dof, uint64_t draw) MUST_CHECK;
/* Collective. Zero total momentum; where the box is open across two or three axes, also the angular momentum
 * about the remaining axis or all axes (a free rod neither flies nor rolls). */
int velocity_still(struct system *system, bool rotation) MUST_CHECK;

#endif
