/* mold_length - how far a glass gets into a pore: collective flow, atoms along the interface, or both.
 *
 * liu2023, eqs. 1 - 3, with the driving pressure p' = p + 4 gamma cos(theta) / d (capillary term, when on):
 *
 *   collective   L^2 = L0^2 + p' t d^2 / (32 eta)                 (viscous: L ~ d)
 *   individual   L^2 = L0^2 + 8 delta D_I p' Omega t / (d kT)      (interface creep: L ~ d^-1/2)
 *   both at once L^2 = L0^2 + the sum of both gains (the two flows add; each slows down as 1 / L)
 *   d_c = [256 Omega delta eta D_I / (kT)]^(1/3)                   where the two gains are equal
 *
 * Fastest-wins has its kink at d_c. With both at once L is sqrt 2 higher there, has its minimum at 2^(-1/3)
 * d_c = 0.794 d_c, and the two asymptotes cross at d_c: the d_c that the paper reads from two straight lines
 * is this one in either case. */
#ifndef KMC_MOLD_LENGTH_H
#define KMC_MOLD_LENGTH_H

#include "kmc/mold_material.h"

#include <stdbool.h>

enum mold_length_law { MOLD_LENGTH_FASTEST, MOLD_LENGTH_BOTH };
enum mold_length_field {
    MOLD_LENGTH_COLLECTIVE,
    MOLD_LENGTH_INDIVIDUAL,
    MOLD_LENGTH_SHEAR,
    MOLD_LENGTH_NONE
};

/* One molding. */
struct mold_length_press {
    double temperature, pressure, time;
    double start;   /* L0: depth of the print that was there before */
    bool capillary; /* add 4 gamma cos(theta) / d to the pressure */
};

struct mold_length {
    double length;                 /* by the law asked for */
    double collective, individual; /* L of one mechanism alone */
    double share;                  /* of the gain in L^2 that is collective (0 or 1 with fastest-wins) */
    enum mold_length_field field;
};

/* Local. Length in a pore of diameter d. Pressure that does not overcome the capillary term: length = start,
 * field NONE. Beyond `shear` (A; INFINITY: never) a glass that cannot relax within the molding time is taken
 * to localise shear. */
struct mold_length mold_length_compute(const struct mold_material *m, const struct mold_length_press *press,
                                       double d, enum mold_length_law law, double shear);
/* Local. Driving pressure in a pore of diameter d. */
double mold_length_pressure(const struct mold_material *m, const struct mold_length_press *press, double d);
/* Local. Gains in L^2 per unit of time, A^2 / ps: viscous, along the interface. */
double mold_length_gain_collective(const struct mold_material *m, const struct mold_length_press *press,
                                   double d);
double mold_length_gain_individual(const struct mold_material *m, const struct mold_length_press *press,
                                   double d);
/* Local. d_c at a temperature for molding time t. */
double mold_length_crossover(const struct mold_material *m, double temperature, double t);
/* Local. Temperature between lo and hi where d_c is largest for molding time t (golden section on the curve
 * itself), and d_c there. NAN when d_c is largest at an end. */
double mold_length_peak(const struct mold_material *m, double t, double lo, double hi, double *dc);
/* Local. "collective", "individual", "shear", "none". */
const char *mold_length_name(enum mold_length_field field);

#endif
