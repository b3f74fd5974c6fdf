/* pass - the list of passes and of their deck rows: one line each, in the order of the manual. */
#include "analysis/pass.h"
#include "analysis/analysis.h"
#include "analysis/film/compare_pass.h"
#include "analysis/film/darkfield_deck.h"
#include "analysis/film/ecm_pass.h"
#include "analysis/film/onset_pass.h"
#include "analysis/film/plan_pass.h"
#include "analysis/film/series_pass.h"
#include "analysis/film/study.h"
#include "analysis/film/synthetic_pass.h"
#include "analysis/film/theory_pass.h"
#include "analysis/microscope/diffraction_deck.h"
#include "analysis/microscope/diffraction_pass.h"
#include "analysis/microscope/image_deck.h"
#include "analysis/microscope/image_pass.h"
#include "analysis/microscope/pattern.h"
#include "analysis/microscope/spots_pass.h"
#include "analysis/microscope/symmetry_deck.h"
#include "analysis/microscope/symmetry_pass.h"
#include "analysis/structure/clusters_pass.h"
#include "analysis/structure/contrast_pass.h"
#include "analysis/structure/order_pass.h"
#include "analysis/structure/dynamics_pass.h"
#include "analysis/structure/fourpoint_pass.h"
#include "analysis/structure/profile_pass.h"
#include "analysis/structure/pore_pass.h"
#include "analysis/structure/rdf_pass.h"
#include "analysis/structure/voronoi_pass.h"

#include <string.h>

/* clang-format off */
const struct pass_kind *const pass_kinds[] = {
    &rdf_pass,
    &voronoi_pass,
    &order_pass,
    &profile_pass,
    &clusters_pass,
    &contrast_pass,
    &diffraction_pass,
    &symmetry_pass,
    &spots_pass,
    &image_pass,
    &ecm_pass,
    &synthetic_pass,
    &series_pass,
    &compare_pass,
    &theory_pass,
    &plan_pass,
    &onset_pass,
    &dynamics_pass,
    &fourpoint_pass,
    &pore_pass,
    NULL};

const struct deck_table pass_tables[] = {
    {"", analysis_rows, NULL},
    {"analysis[]", rdf_pass_rows, NULL},
    {"analysis[]", voronoi_pass_rows, NULL},
    {"analysis[]", order_pass_rows, NULL},
    {"analysis[]", profile_pass_rows, NULL},
    {"analysis[]", clusters_pass_rows, NULL},
    {"analysis[]", contrast_pass_rows, NULL},
    {"analysis[]", diffraction_deck_rows, NULL},
    {"analysis[]", pattern_rows, NULL},
    {"analysis[]", symmetry_deck_rows, NULL},
    {"analysis[]", spots_pass_rows, NULL},
    {"analysis[]", image_deck_rows, NULL},
    {"analysis[]", ecm_pass_rows, NULL},
    {"analysis[]", synthetic_pass_rows, NULL},
    {"analysis[]", study_rows, NULL},
    {"analysis[]", darkfield_deck_rows, NULL},
    {"analysis[]", series_pass_rows, NULL},
    {"analysis[]", compare_pass_rows, NULL},
    {"analysis[]", theory_pass_rows, NULL},
    {"analysis[]", plan_pass_rows, NULL},
    {"analysis[]", onset_pass_rows, NULL},
    {"analysis[]", dynamics_pass_rows, NULL},
    {"analysis[]", fourpoint_pass_rows, NULL},
    {"analysis[]", pore_pass_rows, NULL},
    {NULL, NULL, NULL}};
/* clang-format on */

const struct pass_kind *pass_find(const char *name) {
    for (int k = 0; pass_kinds[k]; k++)
        if (strcmp(pass_kinds[k]->name, name) == 0) return pass_kinds[k];
    return NULL;
}
