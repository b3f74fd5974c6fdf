/* eam_model - an embedded-atom potential as functions, whatever it came from: splines of a file, or Zhou's
 * formulas.
 *
 *   E = sum_i [ F_a(rho_i) + 1/2 sum_j phi_ab(r_ij) ],   rho_i = sum_j rho_ab(r_ij),   a, b = species of i, j
 * rho_ab is the density at an atom of species a from a neighbour of species b. Nothing reaches the cutoff:
 * functions are zero from there on, even when they jump. Units: eV, A. */
#ifndef MD_EAM_MODEL_H
#define MD_EAM_MODEL_H

#include "atoms/species.h"
#include "md/eam_file.h"
#include "md/eam_spline.h"
#include "md/eam_zhou.h"

struct eam_model {
    int n;
    double cutoff;
    /* from a file: splines shared between pairs, [index] into `spline` */
    struct eam_spline *spline;
    int n_splines;
    int embed[SPECIES_MAX], density[SPECIES_MAX][SPECIES_MAX], rphi[SPECIES_MAX][SPECIES_MAX];
    double rho_max[SPECIES_MAX];              /* end of F; infinity for formulas */
    const struct eam_zhou *zhou[SPECIES_MAX]; /* set when formulas */
};

/* Local. From a file for these species, matched by symbol. ERR_INPUT: element not in the file; masses that
 * differ by more than 0.5 % (swapped names). The caller destroys. */
int eam_model_from_file(const struct eam_file *file, const char *path, const struct species *species,
                        struct eam_model *model) MUST_CHECK;
/* Local. Zhou's elements; ERR_INPUT names those that exist. */
int eam_model_from_zhou(const struct species *species, double cutoff, struct eam_model *model) MUST_CHECK;
void eam_model_destroy(struct eam_model *model);

/* Local. Value and derivative. embed: beyond the table F goes on with its last slope. */
void eam_model_embed(const struct eam_model *m, int a, double rho, double *value, double *slope);
void eam_model_density(const struct eam_model *m, int a, int b, double r, double *value, double *slope);
void eam_model_pair(const struct eam_model *m, int a, int b, double r, double *value, double *slope);
/* Local. Whether rho_ab and rho_ba are one function. */
int eam_model_symmetric(const struct eam_model *m, int a, int b);

#endif
