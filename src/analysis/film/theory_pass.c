/* theory_pass - numbers from the deck or from a table `ecm`, fits beside the paper's. */
#include "analysis/film/theory.h"
#include "analysis/film/theory_pass.h"
#include "base/cite.h"
#include "base/mem.h"
#include "base/table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define ME .when = "pass=theory"

const struct deck_row theory_pass_rows[] = {
    {.type = DECK_FILE,
     .path = "table",
     ME,
     .help = "A table `ecm` (NAME.ecm.tsv) whose columns temperature_K, tau_median_s, xi_nm and their errors "
             "are fitted. The surface is then tau_median / surface_ratio. Absent: the lists below."},
    {.type = DECK_REALS,
     .path = "temperature",
     .dim = UNIT_TEMPERATURE,
     .choices = "2..",
     ME,
     .help = "Of each point."},
    {.type = DECK_REALS,
     .path = "tau_bulk",
     .dim = UNIT_TIME,
     .choices = "2..",
     .bounds = "(0 s, inf)",
     ME,
     .help = "Relaxation times in the bulk."},
    {.type = DECK_REALS,
     .path = "tau_bulk_error",
     .dim = UNIT_TIME,
     .choices = "2..",
     .bounds = "(0 s, inf)",
     ME,
     .help = "Their standard errors. Absent: no chi-square."},
    {.type = DECK_REALS,
     .path = "tau_surface",
     .dim = UNIT_TIME,
     .choices = "2..",
     .bounds = "(0 s, inf)",
     ME,
     .help = "Relaxation times in the surface layer."},
    {.type = DECK_REALS,
     .path = "length",
     .dim = UNIT_LENGTH,
     .choices = "2..",
     .bounds = "(0 nm, inf)",
     ME,
     .help = "Correlation lengths xi."},
    {.type = DECK_REALS,
     .path = "length_error",
     .dim = UNIT_LENGTH,
     .choices = "2..",
     .bounds = "(0 nm, inf)",
     ME,
     .help = "Their standard errors."},
    {.type = DECK_REAL,
     .path = "radius",
     .dim = UNIT_LENGTH,
     .value = "0.5 nm",
     .bounds = "(0 nm, inf)",
     ME,
     .help = "Hydrodynamic radius R of the viscosity 3 k T tau / (4 pi R^3) (Debye-Stokes-Einstein)."},
    {.type = DECK_END}};

enum { TEMPERATURE, TAU, TAU_ERROR, SURFACE, XI, XI_ERROR, N_COLUMNS };
static const struct {
    const char *key, *column;
    double unit;
} columns[N_COLUMNS] = {{"temperature", "temperature_K", 1},
                        {"tau_bulk", "tau_median_s", 1e-12},
                        {"tau_bulk_error", "tau_median_error_s", 1e-12},
                        {"tau_surface", "surface_ratio", 1e-12},
                        {"length", "xi_nm", 0.1},
                        {"length_error", "xi_error_nm", 0.1}};

struct state {
    struct results *out;
    int n;
    double *column[N_COLUMNS]; /* NULL: not given */
    double radius;
};

static int check(const struct comm *comm, struct deck *deck, const char *at) {
    char path[80], *found = NULL;
    snprintf(path, sizeof path, "%s.table", at);
    if (deck_has(deck, "%s", path)) {
        TRY(deck_file(comm, deck, path, &found));
        mem_free(&found);
        return ERR_OK;
    }
    if (!deck_has(deck, "%s.temperature", at) || !deck_has(deck, "%s.tau_bulk", at)) {
        deck_mistake(deck, at, "give table: FILE, or temperature: and tau_bulk:");
        return ERR_OK;
    }
    int n = deck_count(deck, "%s.temperature", at);
    for (int k = 1; k < N_COLUMNS; k++) {
        snprintf(path, sizeof path, "%s.%s", at, columns[k].key);
        if (deck_has(deck, "%s", path) && deck_count(deck, "%s", path) != n)
            deck_mistake(deck, path, "%d values for %d temperatures", deck_count(deck, "%s", path), n);
    }
    return ERR_OK;
}

static int from_lists(struct state *s, const struct deck *deck, const char *at) {
    s->n = deck_count(deck, "%s.temperature", at);
    for (int k = 0; k < N_COLUMNS; k++) {
        if (!deck_has(deck, "%s.%s", at, columns[k].key)) continue;
        TRY(MEM_NEW(s->column[k], s->n));
        for (int m = 0; m < s->n; m++)
            s->column[k][m] = columns[k].unit * deck_real_at(deck, m, "%s.%s", at, columns[k].key);
    }
    return ERR_OK;
}

static int from_table(struct state *s, const char *path) {
    struct table *table = NULL;
    int place[N_COLUMNS], e = ERR_OK;
    TRY(table_read(s->out->comm, path, &table));
    s->n = table->n_rows;
    for (int k = 0; k < N_COLUMNS; k++) place[k] = table_column(table, columns[k].column);
    if (place[TEMPERATURE] < 0 || place[TAU] < 0)
        TRY_TO(out, err_set(ERR_INPUT, __FILE__, __LINE__, "%s has no columns temperature_K and tau_median_s",
                            path));
    for (int k = 0; k < N_COLUMNS; k++) {
        if (place[k] < 0) continue;
        TRY_ALL_TO(s->out->comm, out, MEM_NEW(s->column[k], s->n));
        for (int m = 0; m < s->n; m++) s->column[k][m] = table_number(table, m, place[k]);
    }
    for (int m = 0; place[SURFACE] >= 0 && m < s->n; m++)
        s->column[SURFACE][m] = s->column[TAU][m] / s->column[SURFACE][m];
out:
    table_destroy(&table);
    return e;
}

static int create(const struct pass_setup *setup, void **state) {
    struct state *s = NULL;
    TRY(mem_agree(setup->comm, &s, MEM_NEW(s, 1)));
    *state = s;
    s->out = setup->out;
    s->radius = 0.1 * deck_real(setup->deck, "%s.radius", setup->at);
    cite_use("zhang2018");
    const char *table = deck_found(setup->deck, "%s.table", setup->at);
    if (table) return from_table(s, table);
    TRY_ALL(setup->comm, from_lists(s, setup->deck, setup->at));
    return ERR_OK;
}

static int usable(const struct state *s, const double *x) {
    int n = 0;
    for (int k = 0; x && k < s->n; k++) n += isfinite(x[k]) && x[k] > 0;
    return n >= 2;
}

/* What the paper gives: 3.7 and 1.7 eV (Fig. 2f), reduced chi-squares; slopes of ln tau between its end
 * points (523 K: 20 s, 0.82 nm; 507 K: 350 s, 1.41 nm). */
static const double paper_slope[] = {3.7, 4.85, 5.28, 0.203}, paper_chi2[] = {NAN, 0.914, 0.905, 0.961};

static int add_fit(struct state *s, struct tsv *tsv, const char *where, enum theory_model model,
                   const double *tau, const double *tau_error, double paper) {
    struct theory_points p = {s->n,      s->column[TEMPERATURE], tau, model ? s->column[XI] : NULL,
                              tau_error, s->column[XI_ERROR]};
    struct theory_fit fit;
    TRY(theory_compute(model, &p, &fit));
    TRY(tsv_add(tsv, theory_name(model), where, fit.slope, fit.error, theory_unit(model), fit.intercept,
                fit.chi2, (int64_t)fit.n, paper, paper_chi2[model]));
    return results_scalar(s->out, fit.slope, fit.error, theory_unit(model), "%s_%s", theory_name(model),
                          where);
}

static int fits(struct state *s, struct tsv **tsv) {
    double *const *c = s->column;
    TRY(tsv_create("theory:t where:t slope:r slope_error:r slope_unit:t intercept:r chi2_reduced:r points:i "
                   "paper_slope:r paper_chi2_reduced:r",
                   tsv));
    TRY(add_fit(s, *tsv, "bulk", THEORY_ARRHENIUS, c[TAU], c[TAU_ERROR], paper_slope[0]));
    if (usable(s, c[SURFACE])) TRY(add_fit(s, *tsv, "surface", THEORY_ARRHENIUS, c[SURFACE], NULL, 1.7));
    for (int m = THEORY_ADAM_GIBBS; m < THEORY_MODELS && usable(s, c[XI]); m++)
        TRY(add_fit(s, *tsv, "bulk", (enum theory_model)m, c[TAU], c[TAU_ERROR], paper_slope[m]));
    return ERR_OK;
}

static int points(struct state *s, struct tsv **tsv) {
    TRY(tsv_create("temperature_K:r tau_s:r tau_surface_s:r xi_nm:r viscosity_Pa_s:r", tsv));
    for (int k = 0; k < s->n; k++) {
        double t = s->column[TEMPERATURE][k], tau = s->column[TAU][k];
        TRY(tsv_add(*tsv, t, tau, s->column[SURFACE] ? s->column[SURFACE][k] : NAN,
                    s->column[XI] ? s->column[XI][k] : NAN, theory_viscosity(t, tau, s->radius)));
    }
    return ERR_OK;
}

static int finish(void *state) {
    struct state *s = state;
    struct tsv *lines = NULL, *values = NULL;
    int e = ERR_OK;
    TRY_ALL_TO(s->out->comm, out, fits(s, &lines));
    TRY_ALL_TO(s->out->comm, out, points(s, &values));
    TRY_TO(out, results_table(s->out, "theory", lines));
    TRY_TO(out, results_table(s->out, "theory_points", values));
out:
    tsv_destroy(&lines);
    tsv_destroy(&values);
    return e;
}

static void destroy(void *state) {
    struct state *s = state;
    if (!s) return;
    for (int k = 0; k < N_COLUMNS; k++) mem_free(&s->column[k]);
    mem_free(&s);
}

const struct pass_kind theory_pass = {.name = "theory",
                                      .input = PASS_NOTHING,
                                      .rows = theory_pass_rows,
                                      .check = check,
                                      .create = create,
                                      .finish = finish,
                                      .destroy = destroy};
