/* kim_here - whether tests can use models of OpenKIM on this machine, and if not, why. */
#ifndef TESTS_KIM_HERE_H
#define TESTS_KIM_HERE_H

#include "base/mem.h"
#include "md/pot_kim.h"

#include <stdio.h>
#include <string.h>

#define KIM_2007 "EAM_Dynamo_MendelevSordeletKramer_2007_CuZr__MO_120596890176_005"
#define KIM_2019 "EAM_Dynamo_MendelevSunZhang_2019_CuZr__MO_609260676108_000"
#define KIM_2009 "EAM_Dynamo_MendelevKramerOtt_2009_CuZr__MO_600021860456_005"
#define KIM_FENICR "EAM_Dynamo_MendelevBorovikov_2020_FeNiCr__MO_922363340570_000" /* eam/fs */
#define KIM_FEC \
    "EAM_Dynamo_HepburnAckland_2008_FeC__MO_143977152728_005" /* rho of C at Fe is not that of Fe at C */
#define KIM_NIALH "EAM_Dynamo_AngeloMoodyBaskes_1995_NiAlH__MO_418978237058_005" /* eam/alloy */
#define KIM_SW "SW_StillingerWeber_1985_Si__MO_405512056662_005"                 /* three-body */
#define KIM_TERSOFF "Tersoff_LAMMPS_Tersoff_1988T3_Si__MO_186459956893_003"

/* A potential of this model for these species, or NULL and in *absent why there is none on this machine. Any
 * other refusal is an error (*wrong). */
static inline struct pot *kim_here(const char *model, const struct species *species, const char **absent,
                                   int *wrong) {
    void *state = NULL;
    char *why = NULL;
    struct pot *pot = NULL;
    *absent = NULL;
    *wrong = pot_kim_init(model, species, &state, &why);
    if (!*wrong && state) *wrong = pot_adopt(&pot_kim, state, species, &pot);
    if (why && strstr(why, "was built without KIM"))
        *absent = "built without KIM (Debian: libkim-api-dev, openkim-models)";
    else if (why && (strstr(why, "no models of OpenKIM are installed") || strstr(why, "no installed model")))
        *absent = "the model is not installed (Debian: openkim-models)";
    else if (why) *wrong = err_set(ERR_INPUT, __FILE__, __LINE__, "%s", why);
    mem_free(&why);
    return pot;
}

#endif
