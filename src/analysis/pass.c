/* pass - the list of passes: one line each. */
#include "analysis/pass.h"
#include "analysis/film/ecm_pass.h"
#include "analysis/film/plan_pass.h"
#include "analysis/film/synthetic_pass.h"
#include "analysis/film/theory_pass.h"
#include "analysis/structure/dynamics_pass.h"
#include "analysis/structure/fourpoint_pass.h"
#include "analysis/structure/rdf_pass.h"
#include "analysis/structure/voronoi_pass.h"

#include <string.h>

const struct pass_kind *const pass_kinds[] = {&rdf_pass,       &voronoi_pass,   &ecm_pass,
                                              &synthetic_pass, &theory_pass,    &plan_pass,
                                              &dynamics_pass,  &fourpoint_pass, NULL};

const struct pass_kind *pass_find(const char *name) {
    for (int k = 0; pass_kinds[k]; k++)
        if (strcmp(pass_kinds[k]->name, name) == 0) return pass_kinds[k];
    return NULL;
}
