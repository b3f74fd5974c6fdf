/* kim_model - what can be wrong with a model is found when it is opened, before anything runs.
 *
 * Which species a model has is in the papers that come with it (kimspec.edn), read here for two keys and a
 * list; opening each of several hundred models to ask would take their parameters apart for nothing.
 * Rejected: models that want neighbours of ghosts (ghosts of ghosts, a second range), energies and forces
 * through ProcessDEDrTerm (a call for each pair), simulator models (they are input for LAMMPS, not
 * functions). */
#ifdef HAVE_KIM
#include "md/kim_model.h"
#include "base/deck.h"
#include "base/mem.h"

#include <KIM_Collections.h>
#include <KIM_Log.h>
#include <KIM_SimulatorHeaders.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define NAMED 6 /* models that a message lists */

static char last_words[400]; /* KIM's first complaint since it was emptied */

/* KIM writes "time * number * level * object * file:line * text\n". */
static int listen(const char *entry) {
    const char *text = entry, *next;
    if (last_words[0]) return 0;
    for (int k = 0; k < 5 && (next = strstr(text, " * ")); k++) text = next + 3;
    snprintf(last_words, sizeof last_words, "%.*s", (int)strcspn(text, "\n"), text);
    return 0;
}

static void quiet_begin(void) {
    last_words[0] = 0;
    KIM_Log_PushDefaultVerbosity(KIM_LOG_VERBOSITY_error);
    KIM_Log_PushDefaultPrintFunction(KIM_LANGUAGE_NAME_c, (KIM_Function *)listen);
}

static void quiet_end(void) {
    KIM_Log_PopDefaultPrintFunction();
    KIM_Log_PopDefaultVerbosity();
}

/* --- the papers of a model */

/* Local. kimspec.edn of an item, owned by the collections; "" when there is none. */
static const char *papers(KIM_Collections *all, const char *name) {
    int n = 0, text;
    const char *file, *string;
    unsigned length;
    const unsigned char *raw;
    if (KIM_Collections_CacheListOfItemMetadataFiles(all, KIM_COLLECTION_ITEM_TYPE_portableModel, name, &n))
        return "";
    for (int k = 0; k < n; k++)
        if (!KIM_Collections_GetItemMetadataFile(all, k, &file, &length, &raw, &text, &string) && text &&
            strcmp(file, "kimspec.edn") == 0)
            return string;
    return "";
}

/* Local. The text of a key at the start of a line, `"key" "value"`; "" when it is not there. By mem. */
static int value_of(const char *spec, const char *key, char **value) {
    char quoted[64];
    snprintf(quoted, sizeof quoted, "\"%s\" \"", key);
    for (const char *at = spec; (at = strstr(at, quoted)); at++) {
        const char *from = at + strlen(quoted);
        if (at - spec >= 2 && at[-2] != '\n' && at[-1] != '{') continue; /* a key of something within */
        return mem_strndup(value, from, strcspn(from, "\""));
    }
    return mem_strdup(value, "");
}

/* Local. Whether the list of a model's species holds all of these. */
static bool holds(const char *spec, const struct species *species) {
    const char *from = strstr(spec, "\"species\" ["), *to = from ? strchr(from, ']') : NULL;
    for (int t = 0; t < species->n && to; t++) {
        char quoted[SPECIES_NAME + 2];
        snprintf(quoted, sizeof quoted, "\"%.*s\"", SPECIES_NAME - 1, species->name[t]);
        const char *at = strstr(from + 10, quoted);
        if (!at || at > to) return false;
    }
    return to != NULL;
}

static int add(char **text, const char *more) {
    char *longer = NULL;
    TRY(mem_sprintf(&longer, "%s%s%s", *text ? *text : "", *text ? ", " : "", more));
    mem_free(text);
    *text = longer;
    return ERR_OK;
}

/* Local. The deck's species as "Cu, Zr". */
static int names_of(const struct species *species, char **text) {
    *text = NULL;
    for (int t = 0; t < species->n; t++) TRY(add(text, species->name[t]));
    return ERR_OK;
}

/* Local. Installed models that hold all the species, a few by name; *nearest: the one whose name is most like
 * the word, or NULL. By mem. */
static int installed(KIM_Collections *all, const char *word, const struct species *species, int *n_models,
                     char **fit, char **nearest) {
    const char **name = NULL;
    int n = 0, n_fit = 0;
    *fit = *nearest = NULL;
    if (KIM_Collections_CacheListOfItemNamesByType(all, KIM_COLLECTION_ITEM_TYPE_portableModel, &n)) n = 0;
    *n_models = n;
    TRY(MEM_NEW(name, n));
    int e = ERR_OK;
    for (int k = 0; k < n; k++)
        if (KIM_Collections_GetItemNameByType(all, k, &name[k])) name[k] = "";
    const char *near = deck_nearest(word, name, n);
    if (near) e = mem_strdup(nearest, near);
    for (int k = 0; k < n && !e; k++)
        if (holds(papers(all, name[k]), species) && ++n_fit <= NAMED) e = add(fit, name[k]);
    if (!e && n_fit > NAMED) {
        char more[80];
        snprintf(more, sizeof more, "%d more", n_fit - NAMED);
        e = add(fit, more);
    }
    mem_free(&name);
    return e;
}

/* Local. What to say of a name that KIM does not know. */
static int unknown(KIM_Collections *all, const char *name, const struct species *species, char **mistake) {
    char *fit = NULL, *nearest = NULL, *wanted = NULL;
    int n = 0, e = names_of(species, &wanted);
    if (!e) e = installed(all, name, species, &n, &fit, &nearest);
    if (!e && n == 0)
        e = mem_sprintf(
            mistake,
            "no models of OpenKIM are installed here; install the package openkim-models (Debian, "
            "Ubuntu), or this one by `kim-api-collections-management install user %s`",
            name);
    else if (!e)
        e = mem_sprintf(mistake,
                        "no installed model of OpenKIM is called '%s'%s%s%s Installed with %s: %s "
                        "(kim-api-collections-management list shows all)",
                        name, nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : ".",
                        wanted, fit ? fit : "none");
    mem_free(&fit);
    mem_free(&nearest);
    mem_free(&wanted);
    return e;
}

/* Local. Whether the name is that of a model that can be opened; else *mistake. Driver and doi of the model.
 */
static int look_up(const char *name, const struct species *species, struct kim_model *m, char **mistake) {
    KIM_Collections *all = NULL;
    KIM_CollectionItemType type;
    if (KIM_Collections_Create(&all))
        return mem_sprintf(mistake, "KIM cannot look for its models: %s", last_words);
    int e = ERR_OK;
    if (KIM_Collections_GetItemType(all, name, &type)) e = unknown(all, name, species, mistake);
    else if (KIM_CollectionItemType_NotEqual(type, KIM_COLLECTION_ITEM_TYPE_portableModel))
        e = mem_sprintf(mistake,
                        "'%s' is a %s of OpenKIM, and only portable models can be computed here; take "
                        "one whose number begins with MO_",
                        name, KIM_CollectionItemType_ToString(type));
    else {
        const char *spec = papers(all, name);
        e = value_of(spec, "model-driver", &m->driver);
        if (!e) e = value_of(spec, "doi", &m->doi);
    }
    KIM_Collections_Destroy(&all);
    return e;
}

/* --- what a model can do */

static int match_species(struct kim_model *m, const struct species *species, char **mistake) {
    int n, known, code, e = ERR_OK;
    char *has = NULL, *lacks = NULL;
    for (int t = 0; t < species->n && !e; t++) {
        KIM_SpeciesName name = KIM_SpeciesName_FromString(species->name[t]);
        known = 0;
        if (!KIM_SpeciesName_Known(name) ||
            KIM_Model_GetSpeciesSupportAndCode(m->model, name, &known, &m->code[t]) || !known)
            e = add(&lacks, species->name[t]);
    }
    KIM_SPECIES_NAME_GetNumberOfSpeciesNames(&n);
    for (int k = 0; k < n && lacks && !e; k++) {
        KIM_SpeciesName name;
        if (!KIM_SPECIES_NAME_GetSpeciesName(k, &name) &&
            !KIM_Model_GetSpeciesSupportAndCode(m->model, name, &known, &code) && known)
            e = add(&has, KIM_SpeciesName_ToString(name));
    }
    if (!e && lacks)
        e = mem_sprintf(mistake, "the model %s does not know %s; it has %s", m->name, lacks,
                        has ? has : "no species");
    mem_free(&has);
    mem_free(&lacks);
    return e;
}

/* Local. Routines that the model insists on: those of every compute, and none besides. */
static int check_routines(const struct kim_model *m, char **mistake) {
    static const char *const mine[] = {"Create",  "ComputeArgumentsCreate",  "Compute",
                                       "Refresh", "ComputeArgumentsDestroy", "Destroy"};
    int n, present, required;
    KIM_MODEL_ROUTINE_NAME_GetNumberOfModelRoutineNames(&n);
    for (int k = 0; k < n; k++) {
        KIM_ModelRoutineName name;
        bool known = false;
        if (KIM_MODEL_ROUTINE_NAME_GetModelRoutineName(k, &name) ||
            KIM_Model_IsRoutinePresent(m->model, name, &present, &required) || !present || !required)
            continue;
        const char *text = KIM_ModelRoutineName_ToString(name);
        for (size_t j = 0; j < sizeof mine / sizeof *mine; j++) known |= strcmp(text, mine[j]) == 0;
        if (!known)
            return mem_sprintf(mistake, "the model %s insists on its routine %s, which is not used here",
                               m->name, text);
    }
    return ERR_OK;
}

/* Local. Range, and whose neighbours the model asks for. */
static int check_lists(struct kim_model *m, char **mistake) {
    int n;
    const double *cutoffs;
    const int *locals_only;
    KIM_Model_GetInfluenceDistance(m->model, &m->range);
    KIM_Model_GetNeighborListPointers(m->model, &n, &cutoffs, &locals_only);
    for (int k = 0; k < n; k++) {
        m->range = fmax(m->range, cutoffs[k]);
        if (!locals_only[k])
            return mem_sprintf(
                mistake,
                "the model %s asks for the neighbours of ghost atoms, which are not kept here; "
                "take another",
                m->name);
    }
    if (!(m->range > 0) || !isfinite(m->range))
        return mem_sprintf(mistake, "the model %s has the range %g A", m->name, m->range);
    return ERR_OK;
}

static KIM_ComputeArgumentName output_name(enum kim_output output) {
    switch (output) {
    case KIM_ENERGY:
        return KIM_COMPUTE_ARGUMENT_NAME_partialEnergy;
    case KIM_FORCES:
        return KIM_COMPUTE_ARGUMENT_NAME_partialForces;
    case KIM_ATOM_ENERGY:
        return KIM_COMPUTE_ARGUMENT_NAME_partialParticleEnergy;
    case KIM_VIRIAL:
        return KIM_COMPUTE_ARGUMENT_NAME_partialVirial;
    default:
        return KIM_COMPUTE_ARGUMENT_NAME_partialParticleVirial;
    }
}

/* Local. Outputs that the model has, and that it insists on; callbacks that it insists on. */
static int check_arguments(struct kim_model *m, char **mistake) {
    int n;
    KIM_SupportStatus status;
    for (int k = 0; k < KIM_OUTPUTS; k++) {
        if (KIM_ComputeArguments_GetArgumentSupportStatus(m->arguments, output_name((enum kim_output)k),
                                                          &status))
            continue;
        m->must[k] = KIM_SupportStatus_Equal(status, KIM_SUPPORT_STATUS_required);
        m->can[k] = m->must[k] || KIM_SupportStatus_Equal(status, KIM_SUPPORT_STATUS_optional);
    }
    if (!m->can[KIM_FORCES] || !m->can[KIM_ATOM_ENERGY])
        return mem_sprintf(mistake, "the model %s does not give %s%s%s, which every run here needs", m->name,
                           m->can[KIM_FORCES] ? "" : "forces",
                           m->can[KIM_FORCES] || m->can[KIM_ATOM_ENERGY] ? "" : " and ",
                           m->can[KIM_ATOM_ENERGY] ? "" : "the energy of each atom");
    KIM_COMPUTE_CALLBACK_NAME_GetNumberOfComputeCallbackNames(&n);
    for (int k = 0; k < n; k++) {
        KIM_ComputeCallbackName name;
        if (!KIM_COMPUTE_CALLBACK_NAME_GetComputeCallbackName(k, &name) &&
            !KIM_ComputeArguments_GetCallbackSupportStatus(m->arguments, name, &status) &&
            KIM_SupportStatus_Equal(status, KIM_SUPPORT_STATUS_required))
            return mem_sprintf(mistake, "the model %s insists on the callback %s, which is not made here",
                               m->name, KIM_ComputeCallbackName_ToString(name));
    }
    return ERR_OK;
}

static int open_found(struct kim_model *m, const struct species *species, char **mistake) {
    int accepted = 0;
    if (KIM_Model_Create(KIM_NUMBERING_zeroBased, KIM_LENGTH_UNIT_A, KIM_ENERGY_UNIT_eV, KIM_CHARGE_UNIT_e,
                         KIM_TEMPERATURE_UNIT_K, KIM_TIME_UNIT_ps, m->name, &accepted, &m->model))
        return mem_sprintf(mistake, "KIM cannot load the model %s: %s", m->name, last_words);
    if (!accepted)
        return mem_sprintf(mistake, "the model %s cannot work in A, eV, e, K and ps; take another", m->name);
    TRY(match_species(m, species, mistake));
    if (!*mistake) TRY(check_routines(m, mistake));
    if (!*mistake) TRY(check_lists(m, mistake));
    if (*mistake) return ERR_OK;
    if (KIM_Model_ComputeArgumentsCreate(m->model, &m->arguments))
        return mem_sprintf(mistake, "KIM cannot prepare the model %s: %s", m->name, last_words);
    return check_arguments(m, mistake);
}

int kim_model_open(const char *name, const struct species *species, struct kim_model *model, char **mistake) {
    *model = (struct kim_model){0};
    *mistake = NULL;
    quiet_begin();
    int e = mem_strdup(&model->name, name);
    if (!e) e = look_up(name, species, model, mistake);
    last_words[0] = 0;
    if (!e && !*mistake) e = open_found(model, species, mistake);
    quiet_end();
    if (e || *mistake) kim_model_close(model);
    return e;
}

void kim_model_close(struct kim_model *m) {
    if (m->arguments && KIM_Model_ComputeArgumentsDestroy(m->model, &m->arguments)) m->arguments = NULL;
    if (m->model) KIM_Model_Destroy(&m->model);
    mem_free(&m->name);
    mem_free(&m->driver);
    mem_free(&m->doi);
    *m = (struct kim_model){0};
}

static int neighbours(void *data, int lists, const double *cutoffs, int list, int particle, int *n,
                      const int **rows) {
    const struct kim_input *input = data;
    (void)lists, (void)cutoffs, (void)list; /* one list serves all: models test distances themselves */
    if (particle < 0 || particle >= input->n) return 1;
    *n = (int)(input->first[particle + 1] - input->first[particle]);
    *rows = input->row + input->first[particle];
    return 0;
}

void kim_model_input(struct kim_model *m, struct kim_input *input) {
    KIM_ComputeArguments *a = m->arguments;
    KIM_ComputeArguments_SetArgumentPointerInteger(a, KIM_COMPUTE_ARGUMENT_NAME_numberOfParticles,
                                                   &input->rows);
    KIM_ComputeArguments_SetArgumentPointerInteger(a, KIM_COMPUTE_ARGUMENT_NAME_particleSpeciesCodes,
                                                   input->code);
    KIM_ComputeArguments_SetArgumentPointerInteger(a, KIM_COMPUTE_ARGUMENT_NAME_particleContributing,
                                                   input->local);
    KIM_ComputeArguments_SetArgumentPointerDouble(a, KIM_COMPUTE_ARGUMENT_NAME_coordinates, input->x);
    KIM_ComputeArguments_SetCallbackPointer(a, KIM_COMPUTE_CALLBACK_NAME_GetNeighborList, KIM_LANGUAGE_NAME_c,
                                            (KIM_Function *)neighbours, input);
}

void kim_model_bind(struct kim_model *m, enum kim_output output, double *to) {
    if (m->can[output]) KIM_ComputeArguments_SetArgumentPointerDouble(m->arguments, output_name(output), to);
}

bool kim_model_compute(struct kim_model *m, const char **why) {
    last_words[0] = 0;
    if (!KIM_Model_Compute(m->model, m->arguments)) return true;
    *why = last_words[0] ? last_words : "it does not say why";
    return false;
}

#else
#include "md/kim_model.h"
#include "base/mem.h"

int kim_model_missing(const char *name, char **mistake) {
    return mem_sprintf(
        mistake,
        "this program was built without KIM, which the model %s needs; install libkim-api-dev and "
        "openkim-models (make deps-kim), then `make` again",
        name);
}
#endif
