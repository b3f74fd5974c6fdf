/* build_file - atoms from a trajectory file of any format that traj reads. */
#ifndef ATOMS_BUILD_FILE_H
#define ATOMS_BUILD_FILE_H

#include "atoms/build.h"

extern const struct build_kind build_file_kind;
/* Local. Index of the frame that `build` asks for, of n in the file. */
int64_t build_file_index(const struct deck *deck, int64_t n);
/* Local. Renumber types as in `wanted`, by name. ERR_DECK: an element that `wanted` lacks. */
int build_file_match(struct frame *frame, const struct species *wanted) MUST_CHECK;

#endif
