/* eds_map - Poisson counts keyed by column and element: the same on every rank.
 *
 * Rejected: ionisation cross-sections and fluorescence yields (they are divided out again by k factors and
 * change the noise only as the number of counts does), spreading of the beam (a column is wider). */
#include "analysis/microscope/eds_map.h"
#include "base/mem.h"
#include "base/rng.h"

#include <math.h>

/* **Local.** Atoms of an element in a column. */
static double atoms_of(const struct projection_columns *c, int type, int64_t cell) {
    double volume = c->thickness[cell] * c->dx * c->dy;
    return volume > 0 ? c->fraction[type][cell] * c->number_density[cell] * volume : 0;
}

/* **Local.** Counts of the element and of all in each column. */
static void draw(const struct projection_columns *c, int n_types, int type, double yield, uint64_t seed,
                 double *mine, double *all) {
    for (int64_t i = 0; i < (int64_t)c->nx * c->ny; i++) {
        mine[i] = all[i] = 0;
        for (int t = 0; t < n_types; t++) {
            double mu = yield * atoms_of(c, t, i);
            double n = mu > 0 ? rng_poisson(seed, RNG_NOISE, (uint64_t)i, (uint64_t)t, mu) : 0;
            all[i] += n;
            if (t == type) mine[i] = n;
        }
    }
}

int eds_map_make(const struct projection_columns *c, int n_types, int type, double counts, uint64_t seed,
                 double *share, double *chi2) {
    int64_t n = (int64_t)c->nx * c->ny, used = 0;
    double atoms = 0, sum = 0, total = 0, *all = NULL;
    TRY(MEM_NEW(all, n));
    for (int64_t i = 0; i < n; i++)
        for (int t = 0; t < n_types; t++) atoms += atoms_of(c, t, i);
    draw(c, n_types, type, counts / atoms, seed, share, all);
    for (int64_t i = 0; i < n; i++) {
        sum += share[i];
        total += all[i];
    }
    double p = sum / total;
    *chi2 = 0;
    for (int64_t i = 0; i < n; i++) {
        if (all[i] > 0) {
            *chi2 += pow(share[i] - p * all[i], 2) / (p * (1 - p) * all[i]);
            used++;
        }
        share[i] = all[i] > 0 ? share[i] / all[i] : NAN;
    }
    *chi2 = p > 0 && p < 1 && used > 1 ? *chi2 / (double)(used - 1) : NAN;
    mem_free(&all);
    return ERR_OK;
}
