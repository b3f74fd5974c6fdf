/* pot_lj - parameters to kernel constants. With full lists each pair is met twice, once for each atom. */
#include "md/pot_lj.h"
#include "base/cite.h"
#include "base/mem.h"
#include "md/kernel.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define CLOSEST 0.3 /* sigma: (1/0.3)^12 is 2e6 eps, no trajectory gets there with a sound time step */

#define INSIDE 1e-13 /* a pair at the cutoff is outside, however its distance is rounded */

struct lj {
    int n, force_shift;
    struct pot_lj_parameters parameters;
    struct kernel_lj_pair pair[SPECIES_MAX * SPECIES_MAX];
};

const struct deck_row pot_lj_rows[] = {
    {.type = DECK_TABLE,
     .path = "epsilon",
     .dim = UNIT_ENERGY,
     .value = DECK_REQUIRED,
     .bounds = "(0 eV, inf)",
     .when = "kind=lj",
     .help = "Well depth of each pair of species, as {A-A: 1, A-B: 1.5, B-B: 0.5}."},
    {.type = DECK_TABLE,
     .path = "sigma",
     .dim = UNIT_LENGTH,
     .value = DECK_REQUIRED,
     .bounds = "(0 A, inf)",
     .when = "kind=lj",
     .help = "Distance of zero energy of each pair of species."},
    {.type = DECK_TABLE,
     .path = "cutoff",
     .dim = UNIT_LENGTH,
     .value = DECK_OPTIONAL,
     .bounds = "(0 A, inf)",
     .when = "kind=lj",
     .help = "Cutoff of each pair of species; pairs not named use cutoff_sigma."},
    {.type = DECK_REAL,
     .path = "cutoff_sigma",
     .dim = UNIT_NONE,
     .value = "2.5",
     .bounds = "[1, 20]",
     .when = "kind=lj",
     .help = "Cutoff as a multiple of the pair's sigma."},
    {.type = DECK_CHOICE,
     .path = "shift",
     .value = "energy",
     .choices = "none|energy|force",
     .when = "kind=lj",
     .help = "What is made continuous at the cutoff: nothing, the energy, or energy and force."},
    {.type = DECK_CHOICE,
     .path = "mixing",
     .value = "none",
     .choices = "none|lorentz_berthelot",
     .when = "kind=lj",
     .help = "Unlike pairs that are not named: refused, or sigma by the arithmetic and epsilon by the "
             "geometric mean."},
    {.type = DECK_END}};

int pot_lj_init(const struct pot_lj_parameters *parameters, int n, void **state) {
    struct lj *lj = NULL;
    TRY(MEM_NEW(lj, 1));
    lj->n = n;
    lj->parameters = *parameters;
    lj->force_shift = parameters->shift == POT_LJ_FORCE;
    for (int a = 0; a < n; a++)
        for (int b = 0; b < n; b++) {
            double eps = parameters->epsilon[a][b], sigma = parameters->sigma[a][b],
                   rc = parameters->cutoff[a][b];
            double s6 = pow(sigma, 6), q = s6 / pow(rc, 6);
            double at_cut = 4 * eps * (q * q - q), slope = 4 * eps * (-12 * q * q + 6 * q) / rc;
            struct kernel_lj_pair *p = &lj->pair[a * n + b];
            *p = (struct kernel_lj_pair){
                .cut2 = rc * rc * (1 - INSIDE), .p12 = 4 * eps * s6 * s6, .p6 = 4 * eps * s6};
            p->min2 = CLOSEST * CLOSEST * sigma * sigma;
            if (parameters->shift != POT_LJ_NONE) p->shift = -at_cut;
            if (parameters->shift == POT_LJ_FORCE) {
                p->shift += rc * slope;
                p->slope = -slope;
            }
        }
    *state = lj;
    return ERR_OK;
}

/* Local. Value of pair (a, b) in a table of the deck: 1 found, 0 not. Unknown and repeated pairs are
 * mistakes. */
static int pair_names(struct deck *deck, const char *path, int k, const struct species *species, int *a,
                      int *b) {
    const char *key = deck_key_at(deck, k, "%s", path), *dash = strchr(key, '-');
    char first[SPECIES_NAME] = "";
    *a = *b = -1;
    if (dash && (size_t)(dash - key) < sizeof first) {
        memcpy(first, key, (size_t)(dash - key));
        *a = species_find(species, first);
        *b = species_find(species, dash + 1);
    } else if (!dash) {
        *a = *b = species_find(species, key);
    }
    if (*a >= 0 && *b >= 0) return 1;
    char at[256];
    snprintf(at, sizeof at, "%s.%s", path, key);
    deck_mistake(deck, at, "'%s' is no pair of this material's species; write it as %s-%s", key,
                 species->name[0], species->name[species->n - 1]);
    return 0;
}

static void read_table(struct deck *deck, const char *path, const struct species *species,
                       double value[SPECIES_MAX][SPECIES_MAX]) {
    for (int k = 0; k < deck_count(deck, "%s", path); k++) {
        int a, b;
        if (!pair_names(deck, path, k, species, &a, &b)) continue;
        double x = deck_real_at(deck, k, "%s", path);
        if (value[a][b] > 0 && value[a][b] != x)
            deck_mistake(deck, path, "pair %s-%s is given twice with different values", species->name[a],
                         species->name[b]);
        value[a][b] = value[b][a] = x;
    }
}

/* Local. Fill or refuse pairs without value. Returns whether all are there. */
static int complete(struct deck *deck, const char *path, const struct species *species, int mix,
                    int geometric, double value[SPECIES_MAX][SPECIES_MAX]) {
    int right = 1;
    for (int a = 0; a < species->n; a++)
        for (int b = 0; b <= a; b++) {
            if (value[a][b] > 0) continue;
            double p = value[a][a], q = value[b][b];
            if (mix && a != b && p > 0 && q > 0) {
                value[a][b] = value[b][a] = geometric ? sqrt(p * q) : 0.5 * (p + q);
                continue;
            }
            right = 0;
            deck_mistake(deck, path, "pair %s-%s is missing; give it%s", species->name[b], species->name[a],
                         a == b ? "" : " or choose mixing: lorentz_berthelot");
        }
    return right;
}

static int create(const struct comm *comm, struct deck *deck, const struct species *species, void **state) {
    struct pot_lj_parameters p = {0};
    int mix = deck_choice(deck, "potential.mixing") == 1;
    read_table(deck, "potential.epsilon", species, p.epsilon);
    read_table(deck, "potential.sigma", species, p.sigma);
    if (deck_has(deck, "potential.cutoff")) read_table(deck, "potential.cutoff", species, p.cutoff);
    int right = complete(deck, "potential.epsilon", species, mix, 1, p.epsilon);
    right &= complete(deck, "potential.sigma", species, mix, 0, p.sigma);
    if (!right) return ERR_OK;
    double multiple = deck_real(deck, "potential.cutoff_sigma");
    for (int a = 0; a < species->n; a++)
        for (int b = 0; b < species->n; b++)
            if (!(p.cutoff[a][b] > 0)) p.cutoff[a][b] = multiple * p.sigma[a][b];
    p.shift = (enum pot_lj_shift)deck_choice(deck, "potential.shift");
    cite_use("lennardjones1924");
    return err_agree(comm, pot_lj_init(&p, species->n, state));
}

static void destroy(void *state) {
    mem_free(&state);
}

static double cutoff(const void *state, int a, int b, double *near) {
    const struct lj *lj = state;
    return *near = lj->parameters.cutoff[a][b];
}

static int compute(void *state, struct frame *frame, struct halo *halo, struct list *list, int want,
                   struct pot_result *result) {
    struct lj *lj = state;
    (void)halo;
    struct kernel_lj k = {.pair = lj->pair, .force_shift = lj->force_shift};
    k.atoms = (struct kernel_atoms){.n = frame->n, .n_species = lj->n, .x = frame->x, .f = frame->f};
    k.atoms.type = frame->type;
    k.atoms.list = list;
    k.atoms.want = want;
    k.atoms.quantum = result->quantum;
    k.atoms.stress = result->stress;
    k.atoms.close = -1;
    (result->stress ? &kernel_plain : kernel_now())->lj(&k);
    for (int c = 0; c < 6; c++) result->virial[c] = want & POT_VIRIAL ? k.atoms.virial[c] : 0;
    if (k.atoms.close >= 0) {
        result->bad_atom = frame->id[k.atoms.close];
        result->bad_why = "a neighbour is closer than 0.3 sigma";
    }
    return ERR_OK;
}

static int describe(const void *state, char **text) {
    const struct lj *lj = state;
    static const char *const shifts[] = {"cut without shift", "energy-shifted", "force-shifted"};
    double least = INFINITY, most = 0;
    for (int a = 0; a < lj->n; a++)
        for (int b = 0; b < lj->n; b++) {
            least = fmin(least, lj->parameters.cutoff[a][b]);
            most = fmax(most, lj->parameters.cutoff[a][b]);
        }
    return mem_sprintf(text, "potential: Lennard-Jones, %d species, cutoff %g to %g, %s; kernel %s", lj->n,
                       least, most, shifts[lj->parameters.shift], kernel_now()->name);
}

static double bytes_per_entry(const void *state) {
    (void)state;
    return 0;
}

const struct pot_kind pot_lj = {"lj",     pot_lj_rows,     create, destroy, cutoff, compute,
                                describe, bytes_per_entry, NULL,   NULL,    NULL};
