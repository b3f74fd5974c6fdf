/* calibrate - the deck's side of a fit: which numbers, which points, what is printed.
 *
 * Leave-one-out: the fit is repeated without each point, from the full fit's result, and the left-out point
 * predicted. Every rank computes the same numbers, so nothing has to be agreed. */
#include "kmc/calibrate.h"
#include "base/cite.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rundir.h"
#include "base/stop.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const struct deck_row calibrate_rows[] = {
    {DECK_FILE, "data", .value = DECK_REQUIRED,
     .help = "Measured points, a TSV file (columns: docs/kmc_rates.md)."},
    {DECK_TEXTS, "fit", .value = DECK_REQUIRED, .choices = "1..",
     .help = "Numbers of kmc.material to fit: surface.rate, confinement.length, ..."},
    {DECK_TEXTS, "offsets", .choices = "1..",
     .help = "Schedules whose temperature offset is fitted too, as a nuisance."},
    {DECK_REAL, "offset_error", .dim = UNIT_TEMPERATURE, .value = "5 K", .bounds = "(0 K, 200 K)",
     .help = "How far an offset may be from the deck's, one standard deviation."},
    {DECK_LIST, "priors", .help = "Fitted numbers that were measured: kept near the deck's value."},
    {DECK_TEXT, "priors[].key", .value = DECK_REQUIRED, .help = "One of `fit`."},
    {DECK_REAL, "priors[].error", .value = DECK_REQUIRED, .bounds = "(0, inf)",
     .help =
         "Standard deviation in the unit of docs/kmc_rates.md; relative for numbers varied as logarithms."},
    {DECK_REAL, "field_of_view", .dim = UNIT_LENGTH, .value = "300 nm", .bounds = "(0 nm, inf)",
     .help = "Length of rod that is watched."},
    {DECK_REAL, "threshold", .value = "0.02", .bounds = "(0, 1)",
     .help = "Crystalline volume fraction in the field of view that is seen."},
    {DECK_INT, "iterations", .value = "40", .bounds = "[1, 10000]", .help = "Steps of the fit at most."},
    {DECK_BOOL, "leave_one_out", .value = "true", .help = "Fit again without each point and predict it."},
    {DECK_END}};

struct calibration {
    const struct comm *comm;
    struct deck *deck;
    struct lab lab;
    struct points points;
    struct points_view view;
    int n, n_numbers; /* fitted: numbers first, then offsets */
    const struct material_parameter **parameter;
    int *experiment;      /* of each offset */
    double *start, *step; /* [n] */
    double *prior, *sd;   /* [n]; sd nan: no prior */
    int left_out;         /* row of points, -1: none */
    int rows, n_residuals;
};

/* --- reading */
static int read_numbers(struct calibration *c) {
    struct deck *deck = c->deck;
    for (int k = 0; k < deck_count(deck, "kmc.calibrate.fit"); k++) {
        const char *name = deck_text_at(deck, k, "kmc.calibrate.fit");
        const struct material_parameter *p = material_find(name);
        bool twice = false;
        for (int i = 0; i < c->n; i++) twice |= c->parameter[i] == p;
        if (!p || twice || !material_acts(&c->lab.material, p)) {
            deck_mistake(deck, "kmc.calibrate.fit",
                         !p ? "no number of a material is called '%s'"
                         : twice
                             ? "'%s' is there twice"
                             : "'%s' does nothing with the switches of kmc.material: nothing could fit it",
                         name);
            continue;
        }
        double v = *material_number(&c->lab.material, p);
        if (p->logarithmic && !(v > 0)) {
            deck_mistake(deck, "kmc.calibrate.fit", "'%s' must begin above 0", name);
            continue;
        }
        c->parameter[c->n] = p;
        c->start[c->n] = p->logarithmic ? log(v) : v;
        c->step[c->n] = 1e-3;
        c->sd[c->n++] = NAN;
    }
    c->n_numbers = c->n;
    return ERR_OK;
}

static void read_offsets(struct calibration *c) {
    for (int k = 0; k < deck_count(c->deck, "kmc.calibrate.offsets"); k++) {
        const char *name = deck_text_at(c->deck, k, "kmc.calibrate.offsets");
        int experiment = lab_schedule(&c->lab, name);
        bool seen = false;
        for (int i = 0; i < c->points.n; i++)
            seen |= c->points.row[i].fitted && c->points.row[i].experiment == experiment;
        if (experiment < 0 || !seen) {
            deck_mistake(c->deck, "kmc.calibrate.offsets",
                         experiment < 0 ? "no entry of kmc.schedules is called '%s'"
                                        : "no fitted point belongs to schedule '%s'",
                         name);
            continue;
        }
        c->experiment[c->n - c->n_numbers] = experiment;
        c->start[c->n] = 0;
        c->prior[c->n] = 0;
        c->sd[c->n] = deck_real(c->deck, "kmc.calibrate.offset_error");
        c->step[c->n++] = 0.02;
    }
}

static void read_priors(struct calibration *c) {
    for (int k = 0; k < deck_count(c->deck, "kmc.calibrate.priors"); k++) {
        const char *name = deck_text(c->deck, "kmc.calibrate.priors[%d].key", k);
        char key[64];
        int at = -1;
        for (int i = 0; i < c->n_numbers; i++)
            if (strcmp(c->parameter[i]->name, name) == 0) at = i;
        snprintf(key, sizeof key, "kmc.calibrate.priors[%d].key", k);
        if (at < 0) {
            deck_mistake(c->deck, key, "'%s' is not among the numbers to fit", name);
            continue;
        }
        c->prior[at] = c->start[at];
        c->sd[at] = deck_real(c->deck, "kmc.calibrate.priors[%d].error", k) /
                    (c->parameter[at]->logarithmic ? 1 : fabs(c->parameter[at]->to_deck));
    }
}

static int read_points(struct calibration *c) {
    char *path = NULL;
    for (int k = 0; k < c->lab.n_schedules; k++)
        if (!c->lab.schedule[k]) return ERR_OK;
    TRY(deck_file(c->comm, c->deck, "kmc.calibrate.data", &path));
    if (!path) return ERR_OK;
    int e = points_read(c->comm, path, c->lab.n_schedules, c->lab.schedule, &c->points);
    if (e == ERR_INPUT) {
        deck_mistake(c->deck, "kmc.calibrate.data", "%s", err_message());
        err_clear();
        e = ERR_OK;
    }
    mem_free(&path);
    return e;
}

static int read_all(struct calibration *c) {
    const double diameters[] = {4, 25, 1000};
    int most = deck_count(c->deck, "kmc.calibrate.fit") + deck_count(c->deck, "kmc.calibrate.offsets");
    c->left_out = -1;
    TRY(lab_read(c->comm, c->deck, 3, diameters, &c->lab));
    int e = MEM_NEW(c->parameter, most);
    if (!e) e = MEM_NEW(c->experiment, most);
    if (!e) e = MEM_NEW(c->start, most);
    if (!e) e = MEM_NEW(c->step, most);
    if (!e) e = MEM_NEW(c->prior, most);
    if (!e) e = MEM_NEW(c->sd, most);
    TRY(err_agree(c->comm, e));
    TRY(read_points(c));
    TRY(read_numbers(c));
    read_offsets(c);
    read_priors(c);
    c->view = (struct points_view){deck_real(c->deck, "kmc.calibrate.field_of_view") / 10,
                                   deck_real(c->deck, "kmc.calibrate.threshold")};
    for (int k = 0; k < c->points.n; k++) c->rows += c->points.row[k].fitted;
    if (c->points.n && !c->rows) deck_mistake(c->deck, "kmc.calibrate.data", "no row has the role `fit`");
    c->n_residuals = c->rows;
    for (int k = 0; k < c->n; k++) c->n_residuals += !isnan(c->sd[k]);
    if (c->points.n && c->n_residuals < c->n)
        deck_mistake(c->deck, "kmc.calibrate.fit",
                     "%d numbers and offsets cannot be fitted to %d points and priors; "
                     "fit fewer, or add priors",
                     c->n, c->n_residuals);
    return ERR_OK;
}

static void drop(struct calibration *c) {
    points_clear(&c->points);
    lab_clear(&c->lab);
    mem_free(&c->parameter);
    mem_free(&c->experiment);
    mem_free(&c->start);
    mem_free(&c->step);
    mem_free(&c->prior);
    mem_free(&c->sd);
}

int calibrate_check(const struct comm *comm, struct deck *deck) {
    struct calibration c = {.comm = comm, .deck = deck};
    int e = read_all(&c);
    drop(&c);
    return e;
}

/* --- the model */
static void put(const struct calibration *c, const double *x, struct material *m) {
    *m = c->lab.material; /* shares tables, which nobody frees here */
    for (int k = 0; k < c->n_numbers; k++)
        *material_number(m, c->parameter[k]) = c->parameter[k]->logarithmic ? exp(x[k]) : x[k];
}

static double shift_of(const struct calibration *c, const double *x, const struct points_row *r) {
    for (int k = c->n_numbers; k < c->n; k++)
        if (c->experiment[k - c->n_numbers] == r->experiment) return x[k];
    return 0;
}

static int residuals(void *context, const double *x, double *out) {
    struct calibration *c = context;
    struct material m;
    int n = 0;
    put(c, x, &m);
    for (int k = 0; k < c->points.n; k++) {
        const struct points_row *r = &c->points.row[k];
        double model;
        if (!r->fitted || k == c->left_out) continue;
        TRY(points_model(r, &m, c->lab.schedule, &c->view, shift_of(c, x, r), &model, NULL));
        out[n++] = points_residual(r, model);
    }
    for (int k = 0; k < c->n; k++)
        if (!isnan(c->sd[k])) out[n++] = (x[k] - c->prior[k]) / c->sd[k];
    return ERR_OK;
}

static int fit(struct calibration *c, const double *start, int iterations, struct calibrate_fit *f) {
    struct calibrate_problem problem = {.n = c->n,
                                        .n_residuals = c->n_residuals - (c->left_out >= 0),
                                        .n_data = c->rows - (c->left_out >= 0),
                                        .residuals = residuals,
                                        .context = c,
                                        .step = c->step};
    return calibrate_fit(&problem, start, iterations, f);
}

/* --- tables */
static double shown(const struct calibration *c, int k, double x) {
    if (k >= c->n_numbers) return x;
    const struct material_parameter *p = c->parameter[k];
    return (p->logarithmic ? exp(x) : x) * p->to_deck + p->shift;
}

static const char *name_of(const struct calibration *c, int k) {
    return k < c->n_numbers ? c->parameter[k]->name : c->lab.schedule[c->experiment[k - c->n_numbers]]->name;
}

static int number_table(const struct calibration *c, const struct calibrate_fit *f, struct tsv **tsv) {
    TRY(tsv_create("name:t sort:t start:r value:r error:r error_factor:r prior_error:r unit:t determined:t",
                   tsv));
    for (int k = 0; k < c->n; k++) {
        bool number = k < c->n_numbers, logarithmic = number && c->parameter[k]->logarithmic;
        double e = f->error[k], v = shown(c, k, f->x[k]), lost = 0;
        for (int d = 0; d < f->n; d++) /* share of this number in directions that the data do not determine */
            if (f->singular[d] < 1) lost += pow(f->direction[d * f->n + k], 2);
        TRY(tsv_add(*tsv, name_of(c, k), number ? "number" : "offset", shown(c, k, c->start[k]), v,
                    logarithmic ? v * e : e * (number ? fabs(c->parameter[k]->to_deck) : 1),
                    logarithmic ? exp(e) : NAN, c->sd[k], number ? c->parameter[k]->unit : "K",
                    lost < 0.1   ? "yes"
                    : lost > 0.9 ? "no"
                                 : "partly"));
    }
    return ERR_OK;
}

static int correlation_table(const struct calibration *c, const struct calibrate_fit *f, struct tsv **tsv) {
    TRY(tsv_create("name:t other:t covariance:r correlation:r", tsv));
    for (int a = 0; a < f->n; a++)
        for (int b = a; b < f->n; b++) {
            double v = f->covariance[a * f->n + b];
            TRY(tsv_add(*tsv, name_of(c, a), name_of(c, b), v, v / (f->error[a] * f->error[b])));
        }
    return ERR_OK;
}

static int direction_table(const struct calibration *c, const struct calibrate_fit *f, struct tsv **tsv) {
    TRY(tsv_create("direction:i singular_value:r determined:t name:t component:r", tsv));
    for (int k = 0; k < f->n; k++)
        for (int a = 0; a < f->n; a++)
            TRY(tsv_add(*tsv, (int64_t)(k + 1), f->singular[k], f->singular[k] >= 1 ? "yes" : "no",
                        name_of(c, a), f->direction[k * f->n + a]));
    return ERR_OK;
}

/* The point that a fit without it predicts. */
static int predict(struct calibration *c, const struct calibrate_fit *full, int row, int iterations,
                   double *model) {
    struct calibrate_fit f;
    struct material m;
    const struct points_row *r = &c->points.row[row];
    *model = NAN;
    if (c->n_residuals - 1 < c->n) return ERR_OK; /* cannot be left out */
    c->left_out = row;
    int e = fit(c, full->x, iterations, &f);
    c->left_out = -1;
    TRY(e);
    put(c, f.x, &m);
    e = points_model(r, &m, c->lab.schedule, &c->view, shift_of(c, f.x, r), model, NULL);
    calibrate_fit_free(&f);
    return e;
}

static int point_table(struct calibration *c, const struct calibrate_fit *f, int iterations,
                       struct tsv **tsv) {
    bool leave = deck_bool(c->deck, "kmc.calibrate.leave_one_out");
    struct material m;
    put(c, f->x, &m);
    TRY(tsv_create(
        "role:t schedule:t quantity:t diameter_nm:r diameter2_nm:r at_C:r relation:t value:r sigma:r "
        "before:r model:r misses_sigma:r holds:t left_out_model:r left_out_misses_sigma:r "
        "offset_needed_K:r slower_needed:r provenance:t place:t",
        tsv));
    log_progress_begin("leaving points out", c->points.n);
    for (int k = 0; k < c->points.n; k++) {
        const struct points_row *r = &c->points.row[k];
        const char relation[2] = {r->relation, 0};
        double before, model, without = NAN, offset = NAN, slower = NAN, shift = shift_of(c, f->x, r);
        TRY(points_model(r, &c->lab.material, c->lab.schedule, &c->view, 0, &before, NULL));
        TRY(points_model(r, &m, c->lab.schedule, &c->view, shift, &model, NULL));
        if (r->fitted && leave) TRY(predict(c, f, k, iterations, &without));
        if (!r->fitted) TRY(points_reconcile(r, &m, c->lab.schedule, &c->view, &offset, &slower));
        double miss = points_residual(r, model);
        TRY(tsv_add(*tsv, r->role, r->schedule, points_names[r->quantity], r->d, r->d2, r->at - 273.15,
                    relation, r->value, r->sigma, before, model, miss,
                    (r->relation == '=' ? fabs(miss) <= 1 : miss == 0) ? "yes" : "no", without,
                    isnan(without) ? NAN : points_residual(r, without), offset, slower, r->provenance,
                    r->place));
        log_progress_at(k + 1, "%s", points_names[r->quantity]);
        if (stop_wanted()) FAIL(ERR_TIME, "stopped while leaving points out");
    }
    log_progress_end();
    return ERR_OK;
}

static int show(const struct calibration *c, const char *name, int made, struct tsv **tsv,
                struct results *out) {
    char *text = NULL;
    int e = err_agree(c->comm, made);
    if (!e) e = results_table(out, name, *tsv);
    if (!e) e = err_agree(c->comm, tsv_show(*tsv, &text));
    if (!e) log_note("%s\n%s", name, text);
    mem_free(&text);
    tsv_destroy(tsv);
    return e;
}

static int report(struct calibration *c, const struct calibrate_fit *f, int iterations, struct results *out) {
    struct tsv *tsv = NULL;
    int free = 0, failed = 0;
    TRY(show(c, "calibrate_numbers", number_table(c, f, &tsv), &tsv, out));
    TRY(show(c, "calibrate_directions", direction_table(c, f, &tsv), &tsv, out));
    TRY(show(c, "calibrate_covariance", correlation_table(c, f, &tsv), &tsv, out));
    TRY(show(c, "calibrate_points", point_table(c, f, iterations, &tsv), &tsv, out));
    for (int k = 0; k < f->n; k++) free += f->singular[k] < 1;
    struct material m;
    put(c, f->x, &m);
    for (int k = 0; k < c->points.n; k++) {
        const struct points_row *r = &c->points.row[k];
        double model;
        if (strcmp(r->role, "held_out") != 0) continue;
        TRY(points_model(r, &m, c->lab.schedule, &c->view, shift_of(c, f->x, r), &model, NULL));
        failed +=
            points_residual(r, model) != 0 && !(r->relation == '=' && fabs(points_residual(r, model)) <= 1);
    }
    log_note("chi2 = %.4g with %d points, %d priors, %d fitted; %s after %d steps", f->chi2, c->rows,
             c->n_residuals - c->rows, c->n, f->converged ? "converged" : "NOT converged", f->iterations);
    log_note(
        "%d of %d directions are not determined by the data; %d held-out rows fail: see calibrate_points",
        free, f->n, failed);
    TRY_ALL(c->comm, results_scalar(out, f->chi2, NAN, "", "calibrate_chi2"));
    TRY_ALL(c->comm, results_scalar(out, free, NAN, "", "calibrate_undetermined_directions"));
    return err_agree(c->comm, results_scalar(out, failed, NAN, "", "calibrate_held_out_failed"));
}

static int work(struct calibration *c, struct results *out) {
    struct calibrate_fit f = {0};
    int iterations = (int)deck_int(c->deck, "kmc.calibrate.iterations");
    int e = lab_provenance(&c->lab, c->deck, out);
    if (!e) e = err_agree(c->comm, fit(c, c->start, iterations, &f));
    if (!e) e = report(c, &f, iterations, out);
    calibrate_fit_free(&f);
    return e;
}

int calibrate_run(const struct comm *comm, struct deck *deck, const char *command,
                  struct results_scalars *scalars) {
    struct calibration c = {.comm = comm, .deck = deck};
    struct rundir at = {0};
    struct results out = {0};
    struct h5 *h5 = NULL;
    cite_use("sohn2015");
    cite_use("zhang2018");
    int e = read_all(&c);
    if (!e) e = deck_verdict(deck);
    if (!e) e = rundir_open(&at, comm, deck, command);
    if (!e) e = rundir_effective(&at);
    if (!e) e = rundir_h5(&at, true, &h5);
    if (!e)
        e = err_agree(comm, results_init(&out, comm, h5, "", at.dir, at.stem, "kmc", NULL, false, scalars));
    if (!e) e = work(&c, &out);
    if (h5) {
        int closed = h5_close(&h5, e == ERR_OK);
        if (!e) e = closed;
    }
    results_destroy(&out);
    rundir_close(&at);
    drop(&c);
    return e;
}
