/* build_rod - change the atoms that are there: cut a rod along z, replicate the box. */
#ifndef ATOMS_BUILD_ROD_H
#define ATOMS_BUILD_ROD_H

#include "atoms/build.h"

extern const struct build_kind build_rod_kind;
extern const struct build_kind build_rod_replicate;

/* Local. Radius (A) of a rod at height z (A) above its lower end; length L; taper is linear from diameter to
 * end_diameter; the neck is a cosine dip of length neck_length at mid-height. */
struct build_rod_shape {
    double diameter, end_diameter, neck_diameter, neck_length, length;
};
double build_rod_radius(const struct build_rod_shape *shape, double z);
/* Local. Volume of the rod, A^3 (GSL quadrature, 1e-10 relative). */
double build_rod_volume(const struct build_rod_shape *shape);

#endif
