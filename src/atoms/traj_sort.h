/* traj_sort - per-atom data in blocks in id order (frame_by_id's layout) without copying or moving the frame.
 *
 * A plan is made from the ids once per frame; then each quantity is packed, sent and placed by itself, so
 * that memory beyond the frame is a few times one quantity, not a second frame. */
#ifndef ATOMS_TRAJ_SORT_H
#define ATOMS_TRAJ_SORT_H

#include "atoms/frame.h"

#define TRAJ_SORT_ITEM 48 /* most bytes of an item: six doubles */

struct traj_sort {
    const struct comm *comm;
    int64_t first; /* 0-based global row of the first of this rank's block */
    int n;         /* rows of the block */
    int *order;    /* [frame->n] local rows: those that leave, by the rank they go to, then those that stay */
    int n_leave;   /* of them */
    int *place;    /* [n] where the k-th row that arrives belongs */
    int64_t *count; /* [size] rows that leave for each rank */
    char *send;     /* room for what leaves, up to TRAJ_SORT_ITEM bytes an atom */
};

/* Collective. ERR_INTERNAL when ids are not 1 .. n_global, each once. The frame must not change until
 * destroy. */
int traj_sort_create(const struct comm *comm, const struct frame *frame, struct traj_sort *sort) MUST_CHECK;
void traj_sort_destroy(struct traj_sort *sort);
/* Collective. out[n] items of `bytes` (at most TRAJ_SORT_ITEM) each, in id order; pack writes the item of a
 * local row. */
int traj_sort_apply(const struct traj_sort *sort, const struct frame *frame, size_t bytes,
                    void (*pack)(const struct frame *frame, int row, const void *user, void *item),
                    const void *user, void *out) MUST_CHECK;

#endif
