/* profile - the outer shape of what crystallises: a rod d(z), a film, or a piece of bulk.
 *
 *     rod   d(z) piecewise linear along its axis z in [0, length]: straight, taper, neck, or traced on an
 * image film  lateral x lateral x thickness, two free surfaces bulk  a periodic cube of edge lateral, no
 * surface
 *
 * Film and bulk may be made of columns along z: a Voronoi pattern of random centres whose boundaries are
 * internal interfaces. A straight rod is periodic along z unless it has free ends: it stands for a field of
 * view on a longer rod. Units: nm. */
#ifndef KMC_PROFILE_H
#define KMC_PROFILE_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum profile_kind { PROFILE_ROD, PROFILE_FILM, PROFILE_BULK };

struct profile {
    enum profile_kind kind;
    double length;   /* rod: along z; film: thickness; bulk: edge */
    double lateral;  /* film, bulk: edge along x and y */
    bool periodic_z; /* bulk always; rod when it stands for a longer one */
    double column;   /* mean diameter of columns, 0: none */
    int n;           /* rod: points of d(z) */
    double *z, *d;
};

/* Local. z rising from 0, d > 0; n = 1: straight of that length. Copies. ERR_INPUT names the wrong point. */
int profile_rod(struct profile *p, double length, bool periodic, int n, const double *z,
                const double *d) MUST_CHECK;
/* Local. Thick ends of diameter d, a neck of diameter d_neck and length l_neck in the middle, conical flanks
 * of length l_flank on both sides of it. */
int profile_neck(struct profile *p, double length, double d, double d_neck, double l_neck,
                 double l_flank) MUST_CHECK;
void profile_film(struct profile *p, double lateral, double thickness, double column);
void profile_bulk(struct profile *p, double edge, double column);
void profile_clear(struct profile *p);

/* Local. Diameter at z of a rod; INFINITY of bulk, thickness of a film. Largest and smallest along it. */
double profile_diameter(const struct profile *p, double z);
double profile_widest(const struct profile *p);
double profile_thinnest(const struct profile *p);
/* Local. A hash of the canonical shape (lengths to 1e-6 nm): part of the key of a replica. */
uint64_t profile_hash(const struct profile *p);

#endif
