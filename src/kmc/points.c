/* points - the model behind each sort of measured point, smooth in the parameters as far as the physics is.
 *
 * A fit needs a number also where a rod of the trial parameters would not crystallise in time; the ramp is
 * then carried on to the melting point, which is where the prolonged experiment would have gone. Rejected: a
 * penalty (no slope). */
#include "kmc/points.h"
#include "base/mem.h"

#include <math.h>
#include <string.h>

#define C 273.15

const char *const points_names[POINTS_QUANTITIES] = {
    "tc_C", "tc_low_C", "tc_difference_K", "d_minimum_nm", "detected", "growth_nm_per_s", "growth_ratio"};

static int find(const char *word, const char *const *names, int n) {
    for (int k = 0; k < n; k++)
        if (strcmp(word, names[k]) == 0) return k;
    return -1;
}

static int parse_row(const struct table *t, int k, const int *column, int n_schedules,
                     struct schedule *const *schedules, struct points_row *r) {
    const char *relation = table_text(t, k, column[5]), *role = table_text(t, k, column[8]);
    int q = find(table_text(t, k, column[1]), points_names, POINTS_QUANTITIES);
    *r = (struct points_row){.schedule = table_text(t, k, column[0]),
                             .experiment = -1,
                             .d = table_number(t, k, column[2]),
                             .d2 = table_number(t, k, column[3]),
                             .at = table_number(t, k, column[4]) + C,
                             .relation = relation[0],
                             .value = table_number(t, k, column[6]),
                             .sigma = table_number(t, k, column[7]),
                             .fitted = strcmp(role, "fit") == 0,
                             .role = role,
                             .provenance = table_text(t, k, column[9]),
                             .place = table_text(t, k, column[10])};
#define BAD(...) FAIL(ERR_INPUT, __VA_ARGS__)
    if (q < 0) BAD("%s, row %d: unknown quantity '%s'", t->file, k + 1, table_text(t, k, column[1]));
    r->quantity = (enum points_quantity)q;
    bool growth = q == POINTS_GROWTH || q == POINTS_GROWTH_RATIO;
    if (!r->fitted && strcmp(role, "held_out") != 0 && strcmp(role, "implied") != 0)
        BAD("%s, row %d: role is fit, held_out or implied, not '%s'", t->file, k + 1, role);
    if (!strchr("=<>", relation[0]) || strlen(relation) != 1)
        BAD("%s, row %d: relation is =, < or >, not '%s'", t->file, k + 1, relation);
    if (!(r->sigma > 0) || !isfinite(r->value))
        BAD("%s, row %d: needs a value and a sigma above 0", t->file, k + 1);
    if (!(r->d > 0) && q != POINTS_D_MINIMUM) BAD("%s, row %d: needs a diameter_nm above 0", t->file, k + 1);
    if ((q == POINTS_TC_DIFFERENCE || q == POINTS_GROWTH_RATIO) && !(r->d2 > 0))
        BAD("%s, row %d: needs a diameter2_nm above 0", t->file, k + 1);
    if (growth && !(r->at > 0)) BAD("%s, row %d: needs the temperature at_C", t->file, k + 1);
    for (int i = 0; i < n_schedules && !growth; i++)
        if (strcmp(schedules[i]->name, r->schedule) == 0) r->experiment = i;
    if (!growth && r->experiment < 0)
        BAD("%s, row %d: no schedule of the deck is called '%s'", t->file, k + 1, r->schedule);
#undef BAD
    return ERR_OK;
}

static int parse(const struct table *t, int n_schedules, struct schedule *const *schedules,
                 struct points *p) {
    static const char *const names[] = {"schedule", "quantity",   "diameter_nm", "diameter2_nm",
                                        "at_C",     "relation",   "value",       "sigma",
                                        "role",     "provenance", "place"};
    int column[11];
    for (int c = 0; c < 11; c++)
        if ((column[c] = table_column(t, names[c])) < 0)
            FAIL(ERR_INPUT, "%s: no column '%s'", t->file, names[c]);
    TRY(MEM_NEW(p->row, t->n_rows));
    p->n = t->n_rows;
    for (int k = 0; k < t->n_rows; k++) TRY(parse_row(t, k, column, n_schedules, schedules, &p->row[k]));
    return ERR_OK;
}

int points_read(const struct comm *comm, const char *path, int n_schedules, struct schedule *const *schedules,
                struct points *points) {
    *points = (struct points){0};
    TRY(table_read(comm, path, &points->table));
    int e = err_agree(comm, parse(points->table, n_schedules, schedules, points));
    if (e) points_clear(points);
    return e;
}

void points_clear(struct points *points) {
    mem_free(&points->row);
    table_destroy(&points->table);
    points->n = 0;
}

/* Detection temperature (C, as reported) at probability p, or the probability at the end (p = nan). */
static int detection(const struct material *m, const struct schedule *s, const struct points_view *view,
                     double d, double p, double *value) {
    struct meanfield_sample sample = {.diameter = d, .length = view->field, .threshold = view->threshold};
    struct meanfield *mf;
    TRY(meanfield_create(m, s, &sample, &mf));
    if (isnan(p)) *value = meanfield_detected(mf, meanfield_end(mf));
    else {
        double t = meanfield_detection_time(mf, p);
        *value = isfinite(t) ? schedule_nominal(s, t) - C : NAN;
    }
    meanfield_destroy(&mf);
    return ERR_OK;
}

static int critical(const struct material *m, struct schedule *const *schedules, const struct points_row *r,
                    const struct points_view *view, double shift, double d, double p, double *value,
                    bool *prolonged) {
    struct schedule *s;
    double low, high;
    TRY(schedule_changed(schedules[r->experiment], shift, NAN, &s));
    int e = detection(m, s, view, d, p, value);
    schedule_range(s, &low, &high);
    schedule_destroy(&s);
    double melt = material_melting(m, d) - 0.5;
    if (e || !isnan(*value) || high >= melt) return e;
    if (prolonged) *prolonged = true;
    TRY(schedule_changed(schedules[r->experiment], shift, melt, &s));
    e = detection(m, s, view, d, p, value);
    schedule_destroy(&s);
    return e;
}

/* Golden section in ln d: tc(d) has one minimum. */
static int minimum(const struct material *m, struct schedule *const *schedules, const struct points_row *r,
                   const struct points_view *view, double shift, double *value) {
    const double g = 0.618033988749895;
    double a = log(4), b = log(200), x1 = b - g * (b - a), x2 = a + g * (b - a), f1, f2;
    TRY(critical(m, schedules, r, view, shift, exp(x1), 0.5, &f1, NULL));
    TRY(critical(m, schedules, r, view, shift, exp(x2), 0.5, &f2, NULL));
    while (b - a > 1e-3) {
        if (f1 < f2) {
            b = x2, x2 = x1, f2 = f1, x1 = b - g * (b - a);
            TRY(critical(m, schedules, r, view, shift, exp(x1), 0.5, &f1, NULL));
        } else {
            a = x1, x1 = x2, f1 = f2, x2 = a + g * (b - a);
            TRY(critical(m, schedules, r, view, shift, exp(x2), 0.5, &f2, NULL));
        }
    }
    *value = exp(0.5 * (a + b));
    return ERR_OK;
}

static double front(const struct material *m, double T, double d) {
    return fmax(material_growth_layer(m, T, d), material_growth(m, T, d));
}

int points_model(const struct points_row *row, const struct material *m, struct schedule *const *schedules,
                 const struct points_view *view, double shift, double *value, bool *prolonged) {
    struct schedule *s;
    double other;
    int e;
    if (prolonged) *prolonged = false;
    switch (row->quantity) {
    case POINTS_TC:
        return critical(m, schedules, row, view, shift, row->d, 0.5, value, prolonged);
    case POINTS_TC_LOW:
        return critical(m, schedules, row, view, shift, row->d, 0.05, value, prolonged);
    case POINTS_TC_DIFFERENCE:
        TRY(critical(m, schedules, row, view, shift, row->d, 0.5, value, prolonged));
        TRY(critical(m, schedules, row, view, shift, row->d2, 0.5, &other, prolonged));
        *value -= other;
        return ERR_OK;
    case POINTS_D_MINIMUM:
        return minimum(m, schedules, row, view, shift, value);
    case POINTS_DETECTED:
        TRY(schedule_changed(schedules[row->experiment], shift, NAN, &s));
        e = detection(m, s, view, row->d, NAN, value);
        schedule_destroy(&s);
        return e;
    case POINTS_GROWTH:
        *value = front(m, row->at + shift, row->d);
        return ERR_OK;
    default:
        *value = front(m, row->at + shift, row->d) / front(m, row->at + shift, row->d2);
        return ERR_OK;
    }
}

double points_residual(const struct points_row *row, double model) {
    double r = (model - row->value) / row->sigma;
    if (row->quantity == POINTS_GROWTH ||
        row->quantity == POINTS_GROWTH_RATIO) /* a factor, not a difference */
        r = log(model / row->value) * row->value / row->sigma;
    if (isnan(r)) r = row->relation == '>' ? 0 : 1e3; /* never crystallises */
    if (row->relation == '<') return fmax(r, 0);
    if (row->relation == '>') return fmin(r, 0);
    return r;
}

/* What has to vanish for reconciliation: model - value. */
static int gap(const struct points_row *row, const struct material *m, struct schedule *const *schedules,
               const struct points_view *view, double shift, double slower, double *out) {
    struct material scaled = *m; /* shares tables, which nobody frees here */
    scaled.mobility /= slower;
    TRY(points_model(row, &scaled, schedules, view, shift, out, NULL));
    *out -= row->value;
    bool late = row->quantity == POINTS_TC || row->quantity == POINTS_TC_LOW; /* never: later than anything */
    if (isnan(*out) && late) *out = 1e6;
    return ERR_OK;
}

/* Root by bisection of the gap in the offset (K), or in ln(slower). */
static int root(const struct points_row *row, const struct material *m, struct schedule *const *schedules,
                const struct points_view *view, bool by_offset, double a, double b, double *x) {
    double fa, fb, f;
    TRY(gap(row, m, schedules, view, by_offset ? a : 0, by_offset ? 1 : exp(a), &fa));
    TRY(gap(row, m, schedules, view, by_offset ? b : 0, by_offset ? 1 : exp(b), &fb));
    *x = NAN;
    if (!(fa * fb <= 0)) return ERR_OK;
    for (int k = 0; k < 24; k++) {
        double mid = 0.5 * (a + b);
        TRY(gap(row, m, schedules, view, by_offset ? mid : 0, by_offset ? 1 : exp(mid), &f));
        if ((f <= 0) == (fa <= 0)) a = mid;
        else b = mid;
    }
    *x = 0.5 * (a + b);
    return ERR_OK;
}

int points_reconcile(const struct points_row *row, const struct material *m,
                     struct schedule *const *schedules, const struct points_view *view, double *offset,
                     double *slower) {
    double model;
    *offset = 0, *slower = 1;
    TRY(points_model(row, m, schedules, view, 0, &model, NULL));
    double miss = points_residual(row, model);
    if (miss == 0 || (row->relation == '=' && fabs(miss) <= 1)) return ERR_OK;
    TRY(root(row, m, schedules, view, true, -120, 120, offset));
    TRY(root(row, m, schedules, view, false, -20, 20, slower));
    *slower = exp(*slower);
    return ERR_OK;
}
