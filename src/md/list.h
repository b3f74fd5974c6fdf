/* list - full neighbour lists, in segments by species of the neighbour, padded for the vector kernels.
 *
 * Each atom's list holds every neighbour (local or ghost row), so that its force is summed by its owner
 * alone. Order inside a segment: cells in a fixed order, then ids - the same on any number of ranks.
 *
 * Two zones: near (within near[a][b] + margin: all functions of the potential) and far (from there to
 * cut[a][b] + margin: pair energy alone; empty where near == cut). margin is the skin, or, with dual lists,
 * the smaller inner skin: then an outer list with the whole skin is built from cells and list_prune makes the
 * zones from it, more often and cheaper. Valid while no atom is more than skin / 2 from where it was for
 * list_build, and inner / 2 for list_prune. */
#ifndef MD_LIST_H
#define MD_LIST_H

#include "atoms/cells.h"

#define LIST_CELLS 0.75 /* width of the cells that lists are built from fastest, in ranges */
#define LIST_BLOCK 8    /* entries per block; segments are whole blocks */
#define LIST_AHEAD 320  /* entries that kernels look ahead, also behind the end of a zone */
#define LIST_FAR 1e9    /* where the padding row is, A: out of any reach, and squares stay finite */

/* Entries of atom i begin at j[start[i]]: blocks[i * n_species + s] blocks of species s in turn. Atoms follow
 * each other in the order of cells. Empty places hold the row n + n_ghost, which list_build and pot_compute
 * put at LIST_FAR. */
struct list_zone {
    int64_t *start;
    uint16_t *blocks;
    int32_t *j;
    int64_t used, capacity, capacity_atoms; /* entries; atoms */
};

struct kernel_chunk;

struct list {
    int n, n_species;
    double near[SPECIES_MAX][SPECIES_MAX], cut[SPECIES_MAX][SPECIES_MAX]; /* A, near <= cut */
    double skin, inner; /* inner < skin: dual lists; inner >= skin or 0: single */
    struct list_zone near_zone, far_zone, outer_zone;
    int most; /* entries of the longest list (near + far) */
    int pad;  /* the padding row */
    /* candidates: all rows by species, then cell, in single precision from the corner of the box */
    float *candidate[3];
    int32_t *row;
    int32_t *first;             /* [n_species][n_cells + 1] into them */
    struct kernel_chunk *chunk; /* those around one cell, of one species */
    float *around[3];           /* what is left of them, by species */
    int32_t *around_row;
    int around_first[SPECIES_MAX], around_count[SPECIES_MAX];
    int64_t capacity_rows, capacity_first, capacity_chunk, capacity_around;
    float (*rounded)[4]; /* rows for pruning */
    int64_t capacity_rounded;
    double margin; /* above what single precision loses, A */
};

/* Local. Zero; free. Reaches and skins are set by pot_set_list. */
void list_init(struct list *list);
void list_destroy(struct list *list);
/* Local. Build for frame (local and ghost rows) from cells at least a third as wide as the largest cut + skin
 * (LIST_CELLS is fastest). Dual lists have no zones before list_prune. */
int list_build(struct list *list, struct frame *frame, const struct cells *cells) MUST_CHECK;
/* Local. Make the zones anew from the outer list for the present positions; nothing to do for single lists.
 */
int list_prune(struct list *list, const struct frame *frame) MUST_CHECK;
/* Local. Whether lists are dual. */
static inline int list_dual(const struct list *list) {
    return list->inner > 0 && list->inner < list->skin;
}
/* Local, for kernels. Close the segment of `count` entries written behind the end of a zone: whole blocks. */
static inline void list_zone_close(struct list_zone *zone, uint16_t *blocks, int count, int pad) {
    int32_t *end = zone->j + zone->used + count;
    int full = (count + LIST_BLOCK - 1) / LIST_BLOCK;
    for (int k = 0; k < LIST_BLOCK; k++) end[k] = pad;
    zone->used += full * LIST_BLOCK;
    *blocks = (uint16_t)full;
}
/* Local. Padding behind the last entry, which kernels load or fetch ahead. */
static inline void list_zone_end(struct list_zone *zone, int pad) {
    for (int k = 0; k < LIST_AHEAD + LIST_BLOCK; k++) zone->j[zone->used + k] = pad;
}
/* Local. Bytes held. */
int64_t list_bytes(const struct list *list);

#endif
