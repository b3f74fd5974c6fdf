/* select_linear - the oracle of select: the same draw by walking over all weights. For tests and the bench.
 */
#ifndef KMC_SELECT_LINEAR_H
#define KMC_SELECT_LINEAR_H

#include <stdint.h>

/* Local. Sum of n weights; the item at which the running sum passes u times it, u in (0, 1). O(n). */
double select_linear_total(const double *weight, int64_t n);
int64_t select_linear_draw(const double *weight, int64_t n, double u);

#endif
