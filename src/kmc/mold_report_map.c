/* mold_report_map - map of mechanisms, wires along their length, the processing window, tables of lengths. */
#include "kmc/mold_report.h"
#include "kmc/mold_table.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/unit.h"

#include <math.h>
#include <string.h>

#define CELLS 400        /* along a wire */
#define WINDOW_CELLS 100 /* along the many wires of a window */
#define LONGEST (1e9 * MOLD_REPORT_SECOND)
#define RELAXATION_ERROR 0.01 /* relative, of the relaxation time that the deck gives */

static int map_table(const struct deck *deck, const struct mold_deck *s, struct tsv **tsv) {
    int n = (int)deck_int(deck, "mold.map.points");
    double t0 = deck_real_at(deck, 0, "mold.map.temperatures"),
           t1 = deck_real_at(deck, 1, "mold.map.temperatures"),
           d0 = deck_real_at(deck, 0, "mold.map.diameters"), d1 = deck_real_at(deck, 1, "mold.map.diameters");
    TRY(tsv_create("temperature_C:r diameter_nm:r length_nm:r mechanism:t dc_nm:r share_collective:r", tsv));
    for (int a = 0; a < n; a++)
        for (int b = 0; b < n; b++) {
            struct mold_length_press p = {.temperature = t0 + (t1 - t0) * a / (n - 1),
                                          .time = s->time,
                                          .pressure = deck_real(deck, "mold.map.pressure"),
                                          .capillary = s->capillary};
            double d = d0 * pow(d1 / d0, (double)b / (n - 1));
            p.start = s->aspect * d;
            struct mold_length l = mold_length_compute(&s->material, &p, d, s->law, s->shear),
                               both = mold_length_compute(&s->material, &p, d, MOLD_LENGTH_BOTH, s->shear);
            TRY(tsv_add(*tsv, mold_report_celsius(p.temperature), d / 10, l.length / 10,
                        mold_length_name(l.field),
                        mold_length_crossover(&s->material, p.temperature, p.time) / 10, both.share));
        }
    return ERR_OK;
}

int mold_report_map(const struct deck *deck, const struct mold_deck *s, struct results *out) {
    struct tsv *tsv = NULL;
    for (int k = 0; k < 2; k++) mold_report_range(s, "map", deck_real_at(deck, k, "mold.map.temperatures"));
    return mold_report_put(out, "map", &tsv, map_table(deck, s, &tsv));
}

/* **Local.** What mold_composition needs for a wire pressed like this. */
static struct mold_composition_options options_of(const struct mold_deck *s, const struct mold_deck_wire *w,
                                                  const struct mold_length_press *press, double d,
                                                  int cells) {
    const struct mold_material *m = &s->material;
    struct mold_length l = mold_length_compute(m, press, d, s->law, s->shear);
    double bulk = mold_material_bulk(m, press->temperature);
    return (struct mold_composition_options){
        .n_elements = s->species.n,
        .fraction = s->fraction,
        .mobility = w->mobility,
        .start = press->start,
        .length = l.length,
        .time = press->time,
        .share = l.share,
        .exchange = w->exchanges ? mold_composition_exchange(d, bulk) : 0,
        .cells = cells,
        .fast = w->fast,
        .slow = w->slow,
        .tau0 = isfinite(s->tau0) ? s->tau0 * mold_material_bulk(m, s->tau_temperature) / bulk : INFINITY,
        .c0 = s->c0,
        .width = s->width};
}

static int wire_columns(const struct mold_deck *s, char **columns) {
    struct text text = {0};
    text_add(&text, "z_nm:r");
    for (int i = 0; i < s->species.n; i++) text_add(&text, " %s:r", s->species.name[i]);
    text_add(&text, " metal_fraction:r spent_s:r crystallised:r diameter_nm:r temperature_C:r");
    return text_take(&text, columns);
}

static int wire_rows(const struct mold_deck *s, const struct mold_deck_wire *w,
                     const struct mold_composition *c, struct tsv *tsv) {
    int n = s->species.n;
    double row[SPECIES_MAX + 6];
    for (int k = 0; k < c->n; k++) {
        const double *x = c->fraction + (size_t)k * n;
        row[0] = c->z[k] / 10;
        memcpy(row + 1, x, (size_t)n * sizeof *x);
        row[n + 1] = x[w->fast] / (x[w->fast] + x[w->slow]);
        row[n + 2] = c->spent[k] / MOLD_REPORT_SECOND;
        row[n + 3] = c->consumed[k];
        row[n + 4] = w->diameter / 10;
        row[n + 5] = mold_report_celsius(w->press.temperature);
        TRY(tsv_add_reals(tsv, row));
    }
    return ERR_OK;
}

static int wire_scalars(const struct mold_deck *s, const struct mold_deck_wire *w,
                        const struct mold_composition *c, double length, struct results *out) {
    double d = w->diameter / 10, f = s->fraction[w->fast], sl = s->fraction[w->slow];
    TRY(results_scalar(out, c->root, NAN, "", "root_fraction_%.4gnm", d));
    TRY(results_scalar(out, c->tip, NAN, "", "tip_fraction_%.4gnm", d));
    TRY(results_scalar(out, length / 10, NAN, "nm", "wire_%.4gnm_nm", d));
    TRY(results_scalar(out, c->amorphous / 10, NAN, "nm", "amorphous_%.4gnm_nm", d));
    TRY(results_scalar(out, w->mobility[w->fast] / w->mobility[w->slow], NAN, "", "mobility_ratio_%.4gnm",
                       d));
    if (!isnan(w->tip))
        TRY(results_scalar(out, mold_composition_ratio(f / (f + sl), w->tip), NAN, "",
                           "mobility_ratio_no_exchange_%.4gnm", d));
    return ERR_OK;
}

/* **Local.** One wire: mobilities if they are asked for, then rows. */
static int one_wire(struct mold_deck *s, struct mold_deck_wire *w, struct tsv *tsv, struct results *out) {
    struct mold_composition c = {0};
    struct mold_composition_options o = options_of(s, w, &w->press, w->diameter, CELLS);
    mold_report_range(s, "composition", w->press.temperature);
    if (!isnan(w->tip)) {
        double ratio;
        TRY(mold_composition_solve(&o, w->mobility, w->tip, &ratio));
        if (isnan(ratio))
            FAIL(ERR_INPUT,
                 "no ratio of mobilities below 1000 gives %.3g %s at the tip of the %.3g nm wire (%.0f %% of "
                 "its "
                 "growth is viscous); correct tip, or give mobility",
                 w->tip, s->species.name[w->fast], w->diameter / 10, 100 * o.share);
        mold_composition_mobility(&o, ratio, w->mobility);
    }
    int e = mold_composition_compute(&o, &c);
    if (!e) e = wire_rows(s, w, &c, tsv);
    if (!e) e = wire_scalars(s, w, &c, o.length, out);
    log_note("wire of %.3g nm: %.0f nm long, %s/(%s+%s) %.4f at the root, %.4f at the tip; mobility ratio "
             "%.3g; exchange %.3g "
             "times; amorphous for %.0f nm",
             w->diameter / 10, o.length / 10, s->species.name[w->fast], s->species.name[w->fast],
             s->species.name[w->slow], c.root, c.tip, w->mobility[w->fast] / w->mobility[w->slow],
             o.exchange * o.time, c.amorphous / 10);
    mold_composition_destroy(&c);
    return e;
}

int mold_report_composition(struct mold_deck *s, struct results *out) {
    struct tsv *tsv = NULL;
    char *columns = NULL;
    if (s->n_wires == 0) return ERR_OK;
    int e = wire_columns(s, &columns);
    if (!e) e = tsv_create(columns, &tsv);
    for (int k = 0; k < s->n_wires && !e; k++) e = one_wire(s, &s->wire[k], tsv, out);
    mem_free(&columns);
    return mold_report_put(out, "composition", &tsv, e);
}

/* **Local.** Molding time that gives the length: grows until it does (eta depends on the time below Tg), then
 * halves. */
static double time_for(const struct mold_deck *s, struct mold_length_press p, double d, double length) {
    double lo = 0, hi = MOLD_REPORT_SECOND;
    for (; hi < LONGEST; hi *= 2) {
        p.time = hi;
        if (mold_length_compute(&s->material, &p, d, s->law, s->shear).length >= length) break;
        lo = hi;
    }
    if (hi >= LONGEST) return NAN;
    for (int k = 0; k < 60; k++) {
        p.time = (lo + hi) / 2;
        if (mold_length_compute(&s->material, &p, d, s->law, s->shear).length >= length) hi = p.time;
        else lo = p.time;
    }
    return hi;
}

static int window_table(const struct deck *deck, const struct mold_deck *s, struct tsv **tsv) {
    double d = deck_real(deck, "mold.window.diameter"), length = deck_real(deck, "mold.window.length"),
           t0 = deck_real_at(deck, 0, "mold.window.temperatures"),
           t1 = deck_real_at(deck, 1, "mold.window.temperatures");
    int n = (int)deck_int(deck, "mold.window.points");
    TRY(tsv_create(
        "temperature_C:r pressure_GPa:r time_s:r mechanism:t root_fraction:r tip_fraction:r amorphous_nm:r "
        "amorphous:i",
        tsv));
    for (int b = 0; b < deck_count(deck, "mold.window.pressures"); b++)
        for (int a = 0; a < n; a++) {
            struct mold_composition c = {0};
            struct mold_length_press p = {.temperature = t0 + (t1 - t0) * a / (n - 1),
                                          .pressure = deck_real_at(deck, b, "mold.window.pressures"),
                                          .start = s->aspect * d,
                                          .capillary = s->capillary};
            p.time = time_for(s, p, d, length);
            if (isnan(p.time)) continue;
            struct mold_composition_options o = options_of(s, &s->wire[0], &p, d, WINDOW_CELLS);
            TRY(mold_composition_compute(&o, &c));
            const char *name =
                mold_length_name(mold_length_compute(&s->material, &p, d, s->law, s->shear).field);
            int e = tsv_add(*tsv, mold_report_celsius(p.temperature), p.pressure * UNIT_GPA,
                            p.time / MOLD_REPORT_SECOND, name, c.root, c.tip, c.amorphous / 10,
                            (int64_t)(c.amorphous >= o.length * (1 - 1e-9)));
            mold_composition_destroy(&c);
            TRY(e);
        }
    return ERR_OK;
}

int mold_report_window(const struct deck *deck, const struct mold_deck *s, struct results *out) {
    struct tsv *tsv = NULL;
    for (int k = 0; k < 2; k++)
        mold_report_range(s, "window", deck_real_at(deck, k, "mold.window.temperatures"));
    return mold_report_put(out, "window", &tsv, window_table(deck, s, &tsv));
}

static int group_table(const struct mold_table *t, struct tsv **tsv) {
    TRY(tsv_create(
        "temperature_C:r pressure_GPa:r time_s:r n_collective:i n_individual:i viscosity_Pa_s:r "
        "viscosity_relative_error:r mobility_m6_per_s:r mobility_relative_error:r correlation:r dc_nm:r "
        "dc_relative_error:r chi2:r slope_wide:r slope_wide_error:r slope_narrow:r slope_narrow_error:r "
        "determined:t",
        tsv));
    for (int k = 0; k < t->n_groups; k++) {
        const struct mold_table_group *g = &t->group[k];
        const char *state = isnan(g->dc) ? isnan(g->eta_error) ? "viscosity under (lower bound)"
                                                               : "mobility under (upper bound)"
                            : g->n == 2  ? "exact"
                                         : "over";
        TRY(tsv_add(*tsv, mold_report_celsius(g->temperature), g->pressure * UNIT_GPA,
                    g->time / MOLD_REPORT_SECOND, (int64_t)g->n_collective, (int64_t)g->n_individual,
                    g->eta * MOLD_REPORT_PA_S, g->eta_error, g->mobility * 1e-60 * MOLD_REPORT_SECOND,
                    g->mobility_error, g->correlation, g->dc / 10, g->dc_error, g->chi2, g->slope_wide,
                    g->slope_wide_error, g->slope_narrow, g->slope_narrow_error, state));
    }
    return ERR_OK;
}

/* L / sqrt(p t) against d / sqrt(eta): one line of slope one for all conditions while the flow is collective.
 */
static int master_table(const struct mold_table *t, struct tsv **tsv) {
    TRY(tsv_create(
        "temperature_C:r diameter_nm:r length_nm:r fitted_nm:r x_nm_per_sqrt_Pa_s:r y_nm_per_sqrt_Pa_s:r "
        "line_nm_per_sqrt_Pa_s:r",
        tsv));
    for (int k = 0; k < t->n; k++) {
        const struct mold_table_row *r = &t->row[k];
        const struct mold_table_group *g = &t->group[r->group];
        double pt = r->pressure * UNIT_GPA * 1e9 * r->time / MOLD_REPORT_SECOND,
               x = r->diameter / 10 / sqrt(g->eta * MOLD_REPORT_PA_S);
        TRY(tsv_add(*tsv, mold_report_celsius(r->temperature), r->diameter / 10, r->length / 10,
                    r->fitted / 10, x, sqrt(r->length * r->length - r->start * r->start) / 10 / sqrt(pt),
                    x / sqrt(32)));
    }
    return ERR_OK;
}

/* **Collective.** One fit over all conditions to the viscosities and mobilities found in each. Tables of
 * lengths say nothing about the relaxation time, but where the viscosity turns Arrhenius hangs on it: the one
 * the deck gives stays what it is while the viscosity changes. */
static int fit_groups(const struct deck *deck, const struct mold_table *t, const struct mold_deck *s,
                      struct results *out) {
    struct mold_fit fit = {0};
    struct mold_fit_point *point = NULL;
    struct mold_material m = s->material;
    int n = 0;
    const char *const names[] = {"table_observations", "table_parameters", "table_covariance"};
    for (int k = 0; k < deck_count(deck, "mold.table.vary"); k++)
        for (int p = 0; p < MOLD_FIT_PARAMETERS; p++)
            fit.vary[p] |= strcmp(deck_text_at(deck, k, "mold.table.vary"),
                                  mold_fit_parameter_name((enum mold_fit_parameter)p)) == 0;
    fit.vary[MOLD_FIT_KAPPA] = true;
    TRY(mem_agree(out->comm, &point, MEM_NEW(point, 2 * t->n_groups + 1)));
    point[n++] = (struct mold_fit_point){MOLD_FIT_RELAXATION_TIME,
                                         deck_real(deck, "mold.relaxation.temperature"),
                                         0,
                                         deck_real(deck, "mold.relaxation.time"),
                                         RELAXATION_ERROR,
                                         .fitted = NAN};
    for (int k = 0; k < t->n_groups; k++) {
        const struct mold_table_group *g = &t->group[k];
        if (!isnan(g->eta_error))
            point[n++] = (struct mold_fit_point){MOLD_FIT_VISCOSITY, g->temperature, g->time, g->eta,
                                                 g->eta_error,       .fitted = NAN};
        if (!isnan(g->mobility_error))
            point[n++] = (struct mold_fit_point){MOLD_FIT_MOBILITY, g->temperature,    g->time,
                                                 g->mobility,       g->mobility_error, .fitted = NAN};
    }
    int e = err_agree(out->comm, mold_fit_compute(&m, point, n, &fit));
    if (!e) e = mold_report_put_fit(&fit, point, n, out, "table_fit", names);
    mem_free(&point);
    return e;
}

int mold_report_table(const struct deck *deck, const char *path, const struct mold_deck *s,
                      struct results *out) {
    struct mold_table t;
    struct tsv *tsv = NULL;
    TRY(mold_table_read(out->comm, path, false, deck_real(deck, "mold.table.error"), &t));
    int e = err_agree(out->comm, mold_table_compute(&t, &s->material, s->capillary, s->law, UNIT_KB));
    if (!e) e = mold_report_put(out, "analysis", &tsv, group_table(&t, &tsv));
    if (!e) e = mold_report_put(out, "master", &tsv, master_table(&t, &tsv));
    if (!e && deck_has(deck, "mold.table.vary")) e = fit_groups(deck, &t, s, out);
    for (int k = 0; k < t.n_groups && !e; k++) {
        const struct mold_table_group *g = &t.group[k];
        e = err_agree(out->comm, results_scalar(out, g->dc / 10, g->dc_error * g->dc / 10, "nm",
                                                "table_dc_%.4gC_nm", mold_report_celsius(g->temperature)));
    }
    mold_table_destroy(&t);
    return e;
}
