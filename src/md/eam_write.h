/* eam_write - EAM tables for other programs: any file that can be read, or the built-in elements, as setfl.
 *
 * Numbers have 17 digits, so that a table read and written again is the same table, knot by knot. */
#ifndef MD_EAM_WRITE_H
#define MD_EAM_WRITE_H

#include "md/eam_file.h"

/* Local. The elements `names` ("Cu Zr", in this order; NULL: all) of a table. ERR_USAGE: an element that it
 * has not. The caller destroys *out. */
int eam_write_select(const struct eam_file *in, const char *path, const char *names,
                     struct eam_file *out) MUST_CHECK;
/* Local. The built-in elements `names` tabulated in alloy form at `points` knots of r in [0, cutoff] (A) and
 * of rho in [0, 5 times the largest equilibrium density]. ERR_USAGE names the elements that exist. */
int eam_write_zhou(const char *names, double cutoff, int points, struct eam_file *out) MUST_CHECK;
/* Local. The text of a file in `format` (EAM_ALLOY or EAM_FS), by mem; `source` says in its head where the
 * table comes from. ERR_USAGE: an fs table cannot be said in alloy form. */
int eam_write_text(const struct eam_file *file, enum eam_format format, const char *source,
                   char **text) MUST_CHECK;

#endif
