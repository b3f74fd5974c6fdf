/* pass - the list of passes: one line each. */
#include "analysis/pass.h"
#include "analysis/microscope/diffraction_pass.h"
#include "analysis/microscope/spots_pass.h"
#include "analysis/microscope/symmetry_pass.h"
#include "analysis/structure/rdf_pass.h"
#include "analysis/structure/voronoi_pass.h"

#include <string.h>

const struct pass_kind *const pass_kinds[] = {&rdf_pass,      &voronoi_pass, &diffraction_pass,
                                              &symmetry_pass, &spots_pass,   NULL};

const struct pass_kind *pass_find(const char *name) {
    for (int k = 0; pass_kinds[k]; k++)
        if (strcmp(pass_kinds[k]->name, name) == 0) return pass_kinds[k];
    return NULL;
}
