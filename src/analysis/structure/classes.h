/* classes - what a Voronoi index is called: icosahedron, Frank-Kasper, icosahedron-like, mixed, crystal-like.
 *
 * One table names every class. With three faces at each corner and no triangles 2 n4 + n5 = 12 (Euler), so
 * cells of metals fall into families (n4, n5) = (0,12), (1,10), (2,8): icosahedron-like; (3,6): mixed;
 * (4,4), (5,2), (6,0): crystal-like, any n6 (hwang2012); the perfect fcc and hcp cell is <0,12,0,0>. */
#ifndef ANALYSIS_STRUCTURE_CLASSES_H
#define ANALYSIS_STRUCTURE_CLASSES_H

#include "base/deck.h"

#include <stdint.h>

enum classes_class {
    CLASSES_ICOSAHEDRON,
    CLASSES_FRANK_KASPER,
    CLASSES_ICOSAHEDRON_LIKE,
    CLASSES_MIXED,
    CLASSES_CRYSTAL_LIKE,
    CLASSES_OTHER,
    CLASSES_COUNT
};

/* Local. "icosahedron", "frank_kasper", ...: names in tables. */
const char *classes_name(int k);
/* Local. Class of <n3,n4,n5,n6> with `beyond` faces of more than six edges. */
enum classes_class classes_of(const int16_t n[4], int beyond);
/* Local. "<0,0,12,0>" to numbers; 0 when it is no index. */
int classes_parse(const char *text, int16_t n[4]);
/* Local. A mistake of the deck where the text of AT.KEY is no index. */
void classes_check(struct deck *deck, const char *at, const char *key);

#endif
