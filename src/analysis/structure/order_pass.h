/* order_pass - the pass `order`: bond order, crystallinity, structures, grains (order.h). */
#ifndef ANALYSIS_STRUCTURE_ORDER_PASS_H
#define ANALYSIS_STRUCTURE_ORDER_PASS_H

#include "analysis/pass.h"

extern const struct pass_kind order_pass;
extern const struct deck_row order_pass_rows[];

#endif
