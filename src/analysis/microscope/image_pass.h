/* image_pass - images: detectors on a scan of patterns, and pictures straight from atoms.
 *
 * From a scan (base/signal): adf, bf, dark_field. From frames: haadf (incoherent), columns (thickness,
 * density, composition), hrtem. Writes /analysis/LABEL/..., NAME.LABEL.hspy (one image per frame;
 * NAME.image.hspy without a label), TIFF and EMD when asked, and table `image`; docs/symmetry.md. */
#ifndef ANALYSIS_MICROSCOPE_IMAGE_PASS_H
#define ANALYSIS_MICROSCOPE_IMAGE_PASS_H

#include "analysis/pass.h"

extern const struct pass_kind image_pass;

#endif
