/* list - full neighbour lists, in segments by species of the neighbour, padded for the vector kernels.
 *
 * Each atom's list holds every neighbour (local or ghost row) within cutoff(a, b) + skin, so that its force is summed by
 * its owner alone. Order inside a segment: cells in a fixed order, then ids - the same on any number of ranks. */
#ifndef MD_LIST_H
#define MD_LIST_H

#include "atoms/cells.h"

struct list {
    int n, n_species;
    double range[SPECIES_MAX][SPECIES_MAX]; /* cutoff + skin, A */
    int64_t *start; /* [n * n_species + 1] first entry of segment (i, s) = start[i*n_species + s]; multiples of 8 */
    int32_t *count; /* [n * n_species] entries in use of each segment (the rest of the last 8 repeats a far row) */
    int32_t *j;     /* rows */
    int64_t n_entries, capacity, capacity_atoms;
};

void list_init(struct list *list);
void list_destroy(struct list *list);
/* Local. Build for frame (local and ghost rows) from cells whose width is at least the largest range. */
int list_build(struct list *list, const struct frame *frame, const struct cells *cells) MUST_CHECK;
/* Local. Bytes held. */
int64_t list_bytes(const struct list *list);

#endif
