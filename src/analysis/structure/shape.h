/* shape - bodies that fill only a part of their box: size, volume, and the share of pairs that a finite body
 * lacks.
 *
 * gamma(r) is the volume in which both ends of a vector of length r lie inside the body, over the body's
 * volume, averaged over directions (guinier1955): a uniform body has g(r) = gamma(r), so g / gamma goes to 1.
 * Rod: cylinder of radius R along its periodic axis (length infinite) or of length L. Sizes that are not
 * given come from the second moments of the atoms: R^2 = 2 <x^2 + y^2>, L^2 = 12 <z^2>; sphere R^2 = 5/3
 * <r^2>. Lengths in A. */
#ifndef ANALYSIS_STRUCTURE_SHAPE_H
#define ANALYSIS_STRUCTURE_SHAPE_H

#include "atoms/frame.h"

enum shape_kind { SHAPE_BOX, SHAPE_ROD, SHAPE_SPHERE };
#define SHAPE_CHOICES "box|rod|sphere"

struct shape {
    enum shape_kind kind;
    int axis;         /* of a rod */
    bool endless;     /* periodic along the axis */
    double radius;    /* A */
    double length;    /* of a rod; endless: of the box */
    double centre[3]; /* centre of mass by number, A; along endless axes meaningless */
};

/* Collective. Size and place of the body in a frame; diameter > 0: given. Atoms must not be cut by periodic
 * boundaries across the axis. ERR_INPUT: a body in a box that is periodic where it should end. */
int shape_find(const struct comm *comm, const struct frame *frame, enum shape_kind kind, double diameter,
               struct shape *shape) MUST_CHECK;
/* Local. Volume, A^3; gamma at r. Both NAN for a box. */
double shape_volume(const struct shape *shape);
double shape_gamma(const struct shape *shape, double r);
/* Local. The rod's axis: the one periodic axis, or the longest. */
int shape_axis(const struct box *box);

#endif
