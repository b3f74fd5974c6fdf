/* rates_mobility - how fast each column of a rod rearranges, as a field that films are made of.
 *
 * A column that crosses the near-surface layer decays by two times; its one time is where the mean of both
 * decays over the column has fallen to 1/e. Mobility is the bulk's time, unconfined, over that. Rejected: the
 * mean of the rates (a fast layer of a tenth of the column would decide), the mean of the times (it would not
 * be seen). */
#include "base/mem.h"
#include "kmc/rates.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_roots.h>
#include <math.h>
#include <stdio.h>

struct column {
    double share, layer, core; /* of the column in the layer; mobilities */
};

static double decay(double log_t, void *data) {
    const struct column *c = data;
    double t = exp(log_t);
    return c->share * exp(-t * c->layer) + (1 - c->share) * exp(-t * c->core) - exp(-1);
}

/* **Local.** 1/e time of a column; the root lies between those of its parts. */
static int column_time(struct column *c, double *time) {
    double low = -log(fmax(c->layer, c->core)), high = -log(fmin(c->layer, c->core));
    gsl_function f = {decay, c};
    *time = exp(c->share >= 0.5 ? -log(c->layer) : -log(c->core));
    if (c->share <= 0 || c->share >= 1 || high - low < 1e-9) return ERR_OK;
    gsl_root_fsolver *s = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);
    if (!s) FAIL(ERR_MEMORY, "no memory for a root");
    int e = gsl_root_fsolver_set(s, &f, low, high);
    for (int k = 0; k < 100 && !e && high - low > 1e-10; k++) {
        e = gsl_root_fsolver_iterate(s);
        low = gsl_root_fsolver_x_lower(s);
        high = gsl_root_fsolver_x_upper(s);
    }
    *time = exp(gsl_root_fsolver_root(s));
    gsl_root_fsolver_free(s);
    if (e) FAIL(ERR_INTERNAL, "the time of a column: %s", gsl_strerror(e));
    return ERR_OK;
}

/* **Local.** Share in the layer of the column at u from the axis of a rod. */
static double layer_share(double radius, double layer, double u) {
    double half = sqrt(fmax(0, radius * radius - u * u)), inside = radius - layer;
    if (fabs(u) >= inside) return 1;
    return 1 - sqrt(inside * inside - u * u) / half;
}

/* **Local.** Mobility along a row across the rod; NAN beside it. */
static int across(const struct material *m, const struct rates_mobility *o, double d, double *row) {
    struct column c = {.core = material_confinement(m, d)};
    c.layer = c.core * material_attempts_layer(m, o->temperature) / material_attempts(m, o->temperature);
    for (int64_t x = 0; x < o->size[1]; x++) {
        double u = ((double)x + 0.5 - 0.5 * (double)o->size[1]) * o->pixel, time;
        row[x] = NAN;
        if (fabs(u) >= 0.5 * d) continue;
        c.share = m->layer > 0 ? layer_share(0.5 * d, m->layer, u) : 0;
        TRY(column_time(&c, &time));
        row[x] = 1 / time;
    }
    return ERR_OK;
}

static int one_rod(const struct lab *lab, const struct rates_mobility *o, double d, struct results *out,
                   struct tsv *tsv, double *map) {
    const struct material *m = &lab->material;
    char name[48];
    double bulk = 1 / material_attempts(m, o->temperature), edge = NAN, middle = NAN;
    TRY_ALL(out->comm, across(m, o, d, map));
    for (int64_t x = 0; x < o->size[1]; x++) {
        if (isnan(map[x])) continue;
        if (isnan(edge)) edge = map[x];
        if (x == o->size[1] / 2) middle = map[x];
    }
    for (int64_t k = o->size[1]; k < o->size[0] * o->size[1]; k++) map[k] = map[k - o->size[1]];
    snprintf(name, sizeof name, "mobility_%gnm", d);
    TRY(results_array(
        out, name, H5_F64, 2, o->size, map, "",
        "[y][x]: bulk relaxation time over that of the column of a rod along y (where its mean decay "
        "is 1/e); nan beside the rod"));
    return err_agree(out->comm,
                     tsv_add(tsv, d, o->temperature - 273.15, bulk, material_confinement(m, d), m->layer,
                             material_attempts_layer(m, o->temperature) * bulk, bulk / middle, bulk / edge));
}

int rates_mobility_write(const struct lab *lab, const struct rates_options *o, struct results *out) {
    struct tsv *tsv = NULL;
    double *map = NULL;
    int e = ERR_OK;
    TRY_ALL_TO(out->comm, out, MEM_NEW(map, o->mobility.size[0] * o->mobility.size[1]));
    TRY_ALL_TO(out->comm, out,
               tsv_create("diameter_nm:r temperature_C:r tau_bulk_s:r confinement:r layer_nm:r layer_ratio:r "
                          "tau_middle_s:r tau_edge_s:r",
                          &tsv));
    for (int k = 0; k < o->n_diameters; k++)
        if (isfinite(o->diameter[k])) TRY_TO(out, one_rod(lab, &o->mobility, o->diameter[k], out, tsv, map));
    TRY_TO(out, results_table(out, "rates_mobility", tsv));
out:
    tsv_destroy(&tsv);
    mem_free(&map);
    return e;
}
