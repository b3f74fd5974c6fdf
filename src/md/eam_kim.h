/* eam_kim - the tables inside embedded-atom models of OpenKIM, for the vector kernels and for other programs.
 *
 * Models of the driver EAM_Dynamo publish their tables as parameters; written as setfl (eam_write) they are
 * what the model computes, many times faster. Without KIM any model is refused, with what to install. */
#ifndef MD_EAM_KIM_H
#define MD_EAM_KIM_H

#include "md/eam_file.h"

/* Local. The tables of an installed model, all its elements, in eV and A (masses are those of the elements).
 * *mistake (by mem): why there are none and what to do; then nothing is to be destroyed, nor after an error
 * (ERR_MEMORY). */
int eam_kim_read(const char *model, struct eam_file *file, char **mistake) MUST_CHECK;

#endif
