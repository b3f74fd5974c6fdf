/* eam_kim - parameters of a model by name, laid out as the file they came from.
 *
 * The driver keeps F of each element, r phi of the pairs (a, b >= a), and a density for each pair (neighbour,
 * centre) or, where the centre makes no difference, for each neighbour. That the tables and the
 * model are one potential is a test (tests/unit/test_pot_kim.c), not a promise of the driver. */
#include "md/eam_kim.h"
#include "base/mem.h"
#include "md/kim_model.h"

#ifdef HAVE_KIM

#include <KIM_SimulatorHeaders.h>
#include <math.h>
#include <string.h>

struct tables {
    int at[6], extent[6]; /* of the parameters below */
};

static const char *const names[6] = {"cutoff",        "deltaRho", "deltaR",
                                     "embeddingData", "rPhiData", "densityData"};
enum { CUTOFF, D_RHO, D_R, EMBED, RPHI, DENSITY };

/* Local. Where the parameters are; false when one is missing. */
static bool find(const struct kim_model *m, struct tables *t) {
    int n, found = 0;
    KIM_Model_GetNumberOfParameters(m->model, &n);
    for (int p = 0; p < n; p++) {
        KIM_DataType type;
        const char *name, *what;
        int extent;
        if (KIM_Model_GetParameterMetadata(m->model, p, &type, &extent, &name, &what)) return false;
        for (int k = 0; k < 6; k++)
            if (strcmp(name, names[k]) == 0 && KIM_DataType_Equal(type, KIM_DATA_TYPE_Double)) {
                t->at[k] = p;
                t->extent[k] = extent;
                found |= 1 << k;
            }
    }
    return found == 0x3f;
}

/* Local. NAN where the model does not tell. */
static double parameter(const struct kim_model *m, const struct tables *t, int which, int64_t k) {
    double x = 0;
    if (KIM_Model_GetParameterDouble(m->model, t->at[which], (int)k, &x)) return NAN;
    return x;
}

/* Local. Names of the elements in the order of the model's codes. */
static int elements(const struct kim_model *m, struct eam_file *f) {
    int n, known, code;
    KIM_SpeciesName name;
    KIM_SPECIES_NAME_GetNumberOfSpeciesNames(&n);
    for (int pass = 0; pass < 2; pass++) {
        for (int k = 0; k < n; k++) {
            if (KIM_SPECIES_NAME_GetSpeciesName(k, &name) ||
                KIM_Model_GetSpeciesSupportAndCode(m->model, name, &known, &code) || !known)
                continue;
            if (pass == 0) f->n++;
            else if (code >= 0 && code < f->n && !f->name[code])
                TRY(mem_strdup(&f->name[code], KIM_SpeciesName_ToString(name)));
        }
        if (pass == 0) TRY(MEM_NEW(f->name, f->n));
    }
    return ERR_OK;
}

static int copy(const struct kim_model *m, const struct tables *t, struct eam_file *f) {
    int64_t row = f->n_r, n = f->n, centres = f->format == EAM_FS ? n : 1;
    for (int a = 0; a < f->n; a++) {
        f->number[a] = species_number(f->name[a]);
        f->mass[a] = species_mass(f->number[a]);
        TRY(mem_strdup(&f->lattice[a], "fcc"));
        for (int k = 0; k < f->n_rho; k++)
            f->embed[(int64_t)a * f->n_rho + k] = parameter(m, t, EMBED, (int64_t)a * f->n_rho + k);
        for (int b = 0; b < centres; b++)
            for (int k = 0; k < f->n_r; k++)
                f->density[(a * centres + b) * row + k] =
                    parameter(m, t, DENSITY, (a * centres + b) * row + k);
        for (int b = 0; b <= a; b++)
            for (int k = 0; k < f->n_r; k++)
                f->rphi[((int64_t)a * (a + 1) / 2 + b) * row + k] =
                    parameter(m, t, RPHI, (b * n - (int64_t)b * (b + 1) / 2 + a) * row + k);
    }
    return ERR_OK;
}

/* Local. Whether the model told all of n numbers. */
static bool told(const double *x, int64_t n) {
    for (int64_t k = 0; k < n; k++)
        if (!isfinite(x[k])) return false;
    return true;
}

static int read_model(const struct kim_model *m, struct eam_file *f, char **mistake) {
    struct tables t = {{0}, {0}};
    if (!find(m, &t))
        return mem_sprintf(mistake,
                           "the model %s (driver %s) has no tables to take out; only those of EAM_Dynamo do",
                           m->name, m->driver[0] ? m->driver : "its own");
    TRY(elements(m, f));
    int64_t n = f->n, pairs = n * (n + 1) / 2;
    f->n_rho = (int)(t.extent[EMBED] / n);
    f->n_r = (int)(t.extent[RPHI] / pairs);
    f->format = n > 1 && t.extent[DENSITY] == n * n * f->n_r ? EAM_FS : EAM_ALLOY;
    bool whole = n * f->n_rho == t.extent[EMBED] && pairs * f->n_r == t.extent[RPHI] &&
                 (f->format == EAM_FS ? n * n : n) * f->n_r == t.extent[DENSITY];
    for (int a = 0; a < f->n; a++) whole &= f->name[a] != NULL && species_number(f->name[a]) > 0;
    if (!whole)
        return mem_sprintf(mistake, "the tables of the model %s are not laid out as those of EAM_Dynamo",
                           m->name);
    f->cutoff = parameter(m, &t, CUTOFF, 0);
    f->d_rho = parameter(m, &t, D_RHO, 0);
    f->d_r = parameter(m, &t, D_R, 0);
    f->rho_max = (f->n_rho - 1) * f->d_rho;
    TRY(eam_file_allocate(f));
    TRY(copy(m, &t, f));
    if (told(f->embed, t.extent[EMBED]) && told(f->rphi, t.extent[RPHI]) &&
        told(f->density, t.extent[DENSITY]) && isfinite(f->cutoff + f->d_rho + f->d_r))
        return ERR_OK;
    return mem_sprintf(mistake, "the model %s does not tell all numbers of its tables", m->name);
}

int eam_kim_read(const char *model, struct eam_file *file, char **mistake) {
    struct species none = {0};
    struct kim_model m;
    *file = (struct eam_file){0};
    TRY(kim_model_open(model, &none, &m, mistake));
    if (*mistake) return ERR_OK;
    int e = read_model(&m, file, mistake);
    kim_model_close(&m);
    if (e || *mistake) eam_file_destroy(file);
    return e;
}

#else

int eam_kim_read(const char *model, struct eam_file *file, char **mistake) {
    *file = (struct eam_file){0};
    return kim_model_missing(model, mistake);
}

#endif
