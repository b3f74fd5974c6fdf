/* domain - which rank owns which part of space, and moving atoms there.
 *
 * Recursive bisection: the atoms' bounding box (box, along periodic axes) is halved along its longest edge so
 * that the two groups of ranks get atoms (or work, by weights) in proportion, then each half again, until
 * every rank has one brick. Cuts come from global histograms of integers, so they are the same on every rank.
 * A rod is cut across its axis wherever it lies; with more ranks than atoms some bricks stay empty. Bricks
 * reach to infinity along edges that are not periodic. */
#ifndef ATOMS_DOMAIN_H
#define ATOMS_DOMAIN_H

#include "atoms/frame.h"

struct domain {
    double (*lo)[3], (*hi)[3]; /* [size] bricks in fractions of the box; +-infinity at open edges */
    int size;
};

/* Local. Zero; free. */
void domain_init(struct domain *domain);
void domain_destroy(struct domain *domain);
/* Collective. Cut space anew for the atoms as they are (wrapped positions not needed), so that ranks get
 * equal sums of weight (one number per local atom, >= 1; NULL: all 1). */
int domain_cut(const struct comm *comm, struct domain *domain, const struct frame *frame,
               const int32_t *weight) MUST_CHECK;
/* Collective. Wrap local atoms into the box and send each to the rank whose brick holds it. */
int domain_migrate(const struct comm *comm, const struct domain *domain, struct frame *frame) MUST_CHECK;

#endif
