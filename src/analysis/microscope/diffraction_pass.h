/* diffraction_pass - pass diffraction: patterns of a specimen to NAME[.LABEL].hspy, their azimuthal averages
 * to table `profile`. */
#ifndef ANALYSIS_MICROSCOPE_DIFFRACTION_PASS_H
#define ANALYSIS_MICROSCOPE_DIFFRACTION_PASS_H

#include "analysis/pass.h"

extern const struct pass_kind diffraction_pass;

#endif
