/* select - an item drawn with a probability proportional to its weight, at a cost that does not grow with
 * their number.
 *
 * Composition-rejection (slepoy2008): items lie in classes by the binary exponent of their weight; a class
 * counts with (number of items) x (upper bound 2^k of their weights); the item drawn uniformly from the class
 * is accepted with weight / 2^k, at least 1/2. A draw that is not accepted is a *null event* of the Poisson
 * process whose rate is select_bound: the caller lets its time pass and draws again, and the process is exact
 * (thinning). */
#ifndef KMC_SELECT_H
#define KMC_SELECT_H

#include "base/err.h"

#include <stdint.h>

struct select;

/* Local. For items 0 .. n-1, all of weight 0 at first; 16 bytes an item, and 4 where it has a weight. The
 * caller owns. */
int select_create(int64_t n, struct select **select) MUST_CHECK;
void select_destroy(struct select **select);
/* Local. All weights 0 again. */
void select_clear(struct select *select);
/* Local. Give an item its weight >= 0 (0: it is never drawn). O(1). */
int select_set(struct select *select, int64_t item, double weight) MUST_CHECK;
double select_weight(const struct select *select, int64_t item);
/* Local. Sum of n_k 2^k over the classes: the rate at which draws must be made, per unit of weight. */
double select_bound(const struct select *select);
/* Local. u, v uniform in (0, 1): an item, or -1 for a null event. */
int64_t select_draw(const struct select *select, double u, double v);

#endif
