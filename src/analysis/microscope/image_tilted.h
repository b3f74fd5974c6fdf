/* image_tilted - a film in tilted dark field: the beam tilted by -k, an exit wave, an objective aperture at
 * k, counts.
 *
 * Frames are collected, one a rank, and imaged together. Image (nm, px), film to NAME.LABEL.hspy
 * (filmstrip.h). Keys of an entry with image: tilted_dark_field (image_deck.h). */
#ifndef ANALYSIS_MICROSCOPE_IMAGE_TILTED_H
#define ANALYSIS_MICROSCOPE_IMAGE_TILTED_H

#include "analysis/microscope/projection.h"
#include "analysis/pass.h"

struct image_tilted;

/* Local. Mistakes of the entry `at` that rows cannot see: what the aperture asks of pixels and grid. */
void image_tilted_check(struct deck *deck, const char *at);
/* Collective. */
int image_tilted_create(const struct pass_setup *setup, struct image_tilted **film) MUST_CHECK;
void image_tilted_destroy(struct image_tilted **film);
/* Collective. A frame at `time` (ps), whose specimen is taken. n images [ny][nx] are ready (often none), the
 * film's own until the next call: fractions of the beam, before counting. ERR_INPUT: the box changes. */
int image_tilted_add(struct image_tilted *film, double time, struct specimen *specimen, int *n,
                     const double **images) MUST_CHECK;
/* Local. Size of an image and its pixels (nm), y and x, once a frame is there. */
void image_tilted_size(const struct image_tilted *film, int size[2], double step[2]);
/* Collective. After the last frame. */
int image_tilted_close(struct image_tilted *film) MUST_CHECK;

#endif
