/* image_turns - images of successive frames, made by the ranks in turns.
 *
 * Every frame is gathered on all ranks anyway; frame i is kept and imaged by rank i % size, and once each
 * rank has one, all work at the same time and hand their images round in the order of the frames. An image
 * does not depend on the rank that makes it. */
#ifndef ANALYSIS_MICROSCOPE_IMAGE_TURNS_H
#define ANALYSIS_MICROSCOPE_IMAGE_TURNS_H

#include "analysis/microscope/image_atoms.h"
#include "analysis/microscope/image_interfaces.h"

struct image_turns_made { /* on every rank; [ny][nx] */
    double *image;
    double *fringed, *walls; /* NULL unless compared with interfaces; 1 and 0 */
    struct image_interfaces_result found;
};
struct image_turns {
    const struct comm *comm;
    const struct deck *deck;
    const char *at;
    void *state; /* of `take` */
    int (*take)(void *state, const struct image_turns_made *made);
    struct projection_grid first; /* of the first frame, once one was added */
    /* the rest by image_turns_add */
    int64_t seen, done;
    struct specimen mine;
    struct projection_grid grid;
    double *walls;
};

/* Collective. Takes the atoms of a frame; calls `take` for each image once there is one for each rank.
 * ERR_INPUT: another box than before. */
int image_turns_add(struct image_turns *turns, struct frame *frame) MUST_CHECK;
/* Collective. Makes and hands out what is left. */
int image_turns_finish(struct image_turns *turns) MUST_CHECK;
/* Local. */
void image_turns_free(struct image_turns *turns);

#endif
