/* kim_model - an installed model of OpenKIM: found, opened, asked what it can do. Without KIM there is only
 * kim_model_missing.
 *
 * Units asked for: A, eV, e, K, ps. What KIM or the model has to say goes into messages here, never into
 * KIM's own kim.log. */
#ifndef MD_KIM_MODEL_H
#define MD_KIM_MODEL_H

#include "atoms/species.h"

#include <stdbool.h>
#include <stdint.h>

struct KIM_Model;
struct KIM_ComputeArguments;

enum kim_output { KIM_ENERGY, KIM_FORCES, KIM_ATOM_ENERGY, KIM_VIRIAL, KIM_ATOM_VIRIAL, KIM_OUTPUTS };

struct kim_model {
    struct KIM_Model *model;
    struct KIM_ComputeArguments *arguments;
    char *name, *driver, *doi; /* driver, doi: "" where the model's papers do not say */
    int code[SPECIES_MAX];     /* the model's number of each species */
    double range;              /* A: influence distance, and no less than any cutoff of a neighbour list */
    bool can[KIM_OUTPUTS], must[KIM_OUTPUTS];
};

/* Local. What a program without KIM says of any model (by mem). */
int kim_model_missing(const char *name, char **mistake) MUST_CHECK;
/* Local. Open a model for these species. *mistake (by mem): why it cannot be used and what to do; then the
 * struct is closed again. */
int kim_model_open(const char *name, const struct species *species, struct kim_model *model,
                   char **mistake) MUST_CHECK;
void kim_model_close(struct kim_model *model);
/* What the model reads: rows of three coordinates (A), the model's number of each one's species, 1 for local
 * rows and 0 for ghosts; the neighbours of local row i are row[first[i]] .. row[first[i + 1] - 1]. */
struct kim_input {
    int rows, n; /* with ghosts; local */
    const double *x;
    const int *code, *local;
    const int64_t *first;
    const int *row;
};

/* Local. What the next computes read; `input` stays the caller's. */
void kim_model_input(struct kim_model *model, struct kim_input *input);
/* Local. Where the model shall put an output (NULL: nowhere). */
void kim_model_bind(struct kim_model *model, enum kim_output output, double *to);
/* Local. Compute; false with *why (static) in the model's own words. */
bool kim_model_compute(struct kim_model *model, const char **why);

#endif
