/* order_cna - structure of an atom from common neighbours, with a cutoff of its own (stukowski2012). */
#ifndef ANALYSIS_STRUCTURE_ORDER_CNA_H
#define ANALYSIS_STRUCTURE_ORDER_CNA_H

#include "analysis/structure/order.h"

#define ORDER_CNA_MOST 14

/* Local. d: vectors to the n nearest neighbours in order of distance (at least 14 are looked at for bcc, 12
 * for the others). fcc: twelve pairs 421; hcp: six 421, six 422; icosahedral: twelve 555; bcc: eight 666, six
 * 444. */
enum order_structure order_cna_find(int n, double (*d)[3]);

#endif
