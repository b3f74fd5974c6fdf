/* mold_table - two parameters per condition (logarithms of viscosity and of mobility), weighted least squares
 * in ln L.
 *
 * With fastest-wins each row belongs to one mechanism and the fit is a weighted mean per side; all n + 1
 * splits of the rows by diameter are tried, so no start can trap it. With both at once that split is the
 * start of a Levenberg-Marquardt fit (GSL). A side without rows leaves its parameter open: the value given is
 * then the bound that the other side sets, and its error is nan. */
#include "kmc/mold_table.h"
#include "base/mem.h"
#include "base/unit.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_fit.h>
#include <gsl/gsl_multifit_nlinear.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS 7
#define UNKNOWN 3.0 /* a relative error above this is no measurement */
#define BEYOND 1.26 /* rows this factor away from d_c count for the slopes: 2^(1/3) */

static const struct column {
    const char *name;
    enum unit_dim dim;
    bool needed;
} columns[COLUMNS] = {{"diameter", UNIT_LENGTH, true},   {"temperature", UNIT_TEMPERATURE, true},
                      {"pressure", UNIT_PRESSURE, true}, {"time", UNIT_TIME, true},
                      {"length", UNIT_LENGTH, true},     {"length_error", UNIT_LENGTH, false},
                      {"start", UNIT_LENGTH, false}};

/* **Local.** Which of our columns a name "NAME_UNIT" is, -1 for others; its unit. */
static int column_of(const char *name, bool lj, const char **unit) {
    for (int c = COLUMNS - 1; c >= 0; c--) {
        size_t n = strlen(columns[c].name);
        if (strncmp(name, columns[c].name, n) != 0) continue;
        if (lj && name[n] == 0) return c;
        double x;
        char one[64];
        const char *why;
        if (lj || name[n] != '_') continue;
        snprintf(one, sizeof one, "1 %s", name + n + 1);
        if (unit_parse(one, columns[c].dim, false, &x, &why)) continue;
        *unit = name + n + 1;
        return c;
    }
    return -1;
}

struct reader {
    int of[64], n; /* column of the file: ours, or -1 */
    char unit[64][16];
};

static int read_header(char *line, bool lj, const char *path, struct reader *r) {
    bool seen[COLUMNS] = {false};
    for (char *rest = line, *cell; (cell = strsep(&rest, "\t"));) {
        const char *unit = "";
        if (r->n == 64) FAIL(ERR_INPUT, "%s: more than 64 columns", path);
        int c = column_of(cell, lj, &unit);
        if (c >= 0 && seen[c]) FAIL(ERR_INPUT, "%s: two columns are a %s", path, columns[c].name);
        if (c >= 0) seen[c] = true;
        snprintf(r->unit[r->n], sizeof r->unit[0], "%s", unit);
        r->of[r->n++] = c;
    }
    for (int c = 0; c < COLUMNS; c++)
        if (columns[c].needed && !seen[c])
            FAIL(ERR_INPUT, "%s: no column %s; its first line must name the columns, such as %s%s", path,
                 columns[c].name, columns[c].name,
                 lj       ? ""
                 : c == 1 ? "_C"
                 : c == 2 ? "_GPa"
                 : c == 3 ? "_s"
                          : "_nm");
    return ERR_OK;
}

static int read_row(char *line, bool lj, const char *path, int number, const struct reader *r,
                    double *value) {
    int k = 0;
    for (char *rest = line, *cell; (cell = strsep(&rest, "\t")); k++) {
        if (k >= r->n) FAIL(ERR_INPUT, "%s:%d: more cells than the first line has names", path, number);
        if (r->of[k] < 0) continue;
        char text[96];
        const char *why;
        if (strcmp(cell, "nan") == 0) continue;
        snprintf(text, sizeof text, "%.60s %s", cell, r->unit[k]);
        if (unit_parse(text, columns[r->of[k]].dim, lj, &value[r->of[k]], &why))
            FAIL(ERR_INPUT, "%s:%d: %s: %s", path, number, columns[r->of[k]].name, why);
    }
    if (k < r->n) FAIL(ERR_INPUT, "%s:%d: fewer cells than the first line has names", path, number);
    for (int c = 0; c < 5; c++)
        if (!(value[c] > 0)) FAIL(ERR_INPUT, "%s:%d: %s must be positive", path, number, columns[c].name);
    return ERR_OK;
}

static int parse(FILE *file, const char *path, bool lj, double error, struct mold_table *table) {
    struct reader reader = {0};
    char *line = NULL;
    size_t room = 0;
    int e = ERR_OK, number = 0, capacity = 0;
    while (!e && getline(&line, &room, file) >= 0) {
        line[strcspn(line, "\r\n")] = 0;
        number++;
        if (!*line) continue;
        if (reader.n == 0) {
            e = read_header(line, lj, path, &reader);
            continue;
        }
        double v[COLUMNS] = {NAN, NAN, NAN, NAN, NAN, NAN, 0};
        e = read_row(line, lj, path, number, &reader, v);
        if (!e && table->n == capacity) {
            e = MEM_GROW(table->row, capacity, 2 * capacity + 16);
            if (!e) capacity = 2 * capacity + 16;
        }
        if (e) break;
        if (!(v[6] < v[4])) {
            e = err_set(ERR_INPUT, __FILE__, __LINE__, "%s:%d: the start is not shorter than the length",
                        path, number);
            break;
        }
        table->row[table->n++] = (struct mold_table_row){
            v[0], v[1], v[2], v[3], v[4], v[5] > 0 ? v[5] : error * v[4], v[6], 0, NAN};
    }
    free(line);
    if (!e && table->n == 0) e = err_set(ERR_INPUT, __FILE__, __LINE__, "%s: no rows", path);
    return e;
}

static int read_here(const char *path, bool lj, double error, struct mold_table *table) {
    FILE *file = fopen(path, "r");
    if (!file) FAIL(ERR_INPUT, "cannot open %s", path);
    int e = parse(file, path, lj, error, table);
    fclose(file);
    return e;
}

int mold_table_read(const struct comm *comm, const char *path, bool lj, double error,
                    struct mold_table *table) {
    memset(table, 0, sizeof *table);
    int e = err_agree(comm, comm->rank == 0 ? read_here(path, lj, error, table) : ERR_OK);
    if (e) {
        mold_table_destroy(table);
        return e;
    }
    comm_bcast(comm, &table->n, sizeof table->n);
    e = mem_agree(comm, &table->row, comm->rank == 0 ? ERR_OK : MEM_NEW(table->row, table->n));
    if (!e) comm_bcast(comm, table->row, (size_t)table->n * sizeof *table->row);
    return e;
}

void mold_table_destroy(struct mold_table *table) {
    mem_free(&table->row);
    mem_free(&table->group);
    memset(table, 0, sizeof *table);
}

/* A group's rows as logarithms: gain y = ln[(L^2 - L0^2) / (p' t)] of mechanism a = ln(1 / (32 eta)) + 2 ln
 * d, or b = ln(8 X / kT) - ln d; weight of y. */
struct data {
    int n;
    double *x, *y, *w; /* ln d, y, 1 / variance of y */
    enum mold_length_law law;
};

static double logsum(double a, double b) {
    double top = fmax(a, b);
    return top + log1p(exp(fmin(a, b) - top));
}

static double model(const struct data *s, double a, double b, double x) {
    double flow = a + 2 * x, creep = b - x;
    return s->law == MOLD_LENGTH_BOTH ? logsum(flow, creep) : fmax(flow, creep);
}

static double chi2_of(const struct data *s, double a, double b) {
    double sum = 0;
    for (int k = 0; k < s->n; k++) sum += s->w[k] * pow(s->y[k] - model(s, a, b, s->x[k]), 2);
    return sum;
}

/* **Local.** The best split into narrow (x <= *edge) and wide; an empty side gets its bound. */
static void split(const struct data *s, double *a, double *b, double *edge) {
    double best = INFINITY;
    for (int cut = -1; cut < s->n; cut++) {
        double wa = 0, wb = 0, sa = 0, sb = 0, ta = INFINITY, tb = INFINITY,
               lowest = cut < 0 ? -INFINITY : s->x[cut];
        for (int k = 0; k < s->n; k++) {
            if (s->x[k] > lowest) {
                wa += s->w[k];
                sa += s->w[k] * (s->y[k] - 2 * s->x[k]);
            } else {
                wb += s->w[k];
                sb += s->w[k] * (s->y[k] + s->x[k]);
            }
            ta = fmin(ta, s->y[k] - 2 * s->x[k]);
            tb = fmin(tb, s->y[k] + s->x[k]);
        }
        double ka = wa > 0 ? sa / wa : ta, kb = wb > 0 ? sb / wb : tb, c = chi2_of(s, ka, kb);
        if (c < best - 1e-9) { /* ties, as of one row alone, to flow */
            best = c;
            *a = ka;
            *b = kb;
            *edge = lowest;
        }
    }
}

static int residuals(const gsl_vector *v, void *params, gsl_vector *f) {
    const struct data *s = params;
    for (int k = 0; k < s->n; k++)
        gsl_vector_set(f, (size_t)k,
                       sqrt(s->w[k]) *
                           (model(s, gsl_vector_get(v, 0), gsl_vector_get(v, 1), s->x[k]) - s->y[k]));
    return GSL_SUCCESS;
}

/* **Local.** Both at once: minimise from the split; covariance of a and b. */
static int fit_both(struct data *s, double *a, double *b, double cov[3]) {
    gsl_multifit_nlinear_parameters options = gsl_multifit_nlinear_default_parameters();
    options.fdtype = GSL_MULTIFIT_NLINEAR_CTRDIFF;
    gsl_multifit_nlinear_fdf fdf = {.f = residuals, .n = (size_t)s->n, .p = 2, .params = s};
    gsl_multifit_nlinear_workspace *w =
        gsl_multifit_nlinear_alloc(gsl_multifit_nlinear_trust, &options, fdf.n, 2);
    gsl_vector *x = gsl_vector_alloc(2);
    gsl_matrix *c = gsl_matrix_alloc(2, 2);
    int info, status = GSL_ENOMEM;
    if (w && x && c) {
        gsl_vector_set(x, 0, *a);
        gsl_vector_set(x, 1, *b);
        status = gsl_multifit_nlinear_init(x, &fdf, w);
        if (!status) status = gsl_multifit_nlinear_driver(200, 1e-10, 1e-12, 0, NULL, NULL, &info, w);
        if (status == GSL_ENOPROG) status = GSL_SUCCESS; /* converged to rounding */
        *a = gsl_vector_get(gsl_multifit_nlinear_position(w), 0);
        *b = gsl_vector_get(gsl_multifit_nlinear_position(w), 1);
        if (!status) status = gsl_multifit_nlinear_covar(gsl_multifit_nlinear_jac(w), 0, c);
        cov[0] = gsl_matrix_get(c, 0, 0);
        cov[1] = gsl_matrix_get(c, 1, 1);
        cov[2] = gsl_matrix_get(c, 0, 1);
    }
    gsl_multifit_nlinear_free(w);
    gsl_vector_free(x);
    gsl_matrix_free(c);
    if (status)
        FAIL(ERR_INPUT, "the fit of a condition's lengths does not converge (%s)", gsl_strerror(status));
    return ERR_OK;
}

static void slopes(const struct data *s, const double *log_l, const double *w, double log_dc,
                   struct mold_table_group *g) {
    double *const slope[] = {&g->slope_narrow, &g->slope_wide}, *const error[] = {&g->slope_narrow_error,
                                                                                  &g->slope_wide_error};
    for (int wide = 0; wide < 2; wide++) {
        double m = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
        int n = 0;
        *slope[wide] = *error[wide] = NAN;
        for (int k = 0; k < s->n; k++) {
            double away = (s->x[k] - log_dc) * (wide ? 1 : -1);
            if (!(away >= log(BEYOND)) && isfinite(log_dc)) continue;
            if (!isfinite(log_dc) && wide != (g->n_collective > 0)) continue;
            n++;
            m += w[k];
            sx += w[k] * s->x[k];
            sy += w[k] * log_l[k];
        }
        if (n < 2) continue;
        for (int k = 0; k < s->n; k++) {
            double away = (s->x[k] - log_dc) * (wide ? 1 : -1);
            if (!(away >= log(BEYOND)) && isfinite(log_dc)) continue;
            sxx += w[k] * pow(s->x[k] - sx / m, 2);
            sxy += w[k] * (s->x[k] - sx / m) * (log_l[k] - sy / m);
        }
        if (!(sxx > 0)) continue;
        *slope[wide] = sxy / sxx;
        *error[wide] = sqrt(1 / sxx);
    }
}

/* **Local.** Numbers of a group from a, b and their covariance. */
static void conclude(const struct data *s, double a, double b, const double both[3], double edge, double kt,
                     struct mold_table_group *g) {
    double cov[3] = {0, 0, 0};
    g->eta = exp(-a) / 32;
    g->mobility = exp(b) * kt / 8;
    g->chi2 = chi2_of(s, a, b);
    for (int k = 0; k < s->n; k++) {
        bool wide = s->law == MOLD_LENGTH_BOTH ? a + 2 * s->x[k] >= b - s->x[k] : s->x[k] > edge;
        g->n_collective += wide;
        g->n_individual += !wide;
        cov[wide ? 0 : 1] += s->w[k];
    }
    for (int c = 0; c < 2; c++) cov[c] = cov[c] > 0 ? 1 / cov[c] : NAN;
    if (s->law == MOLD_LENGTH_BOTH && s->n > 1) memcpy(cov, both, sizeof cov);
    if (g->n_collective == 0 || cov[0] > UNKNOWN * UNKNOWN) cov[0] = NAN;
    if (g->n_individual == 0 || cov[1] > UNKNOWN * UNKNOWN) cov[1] = NAN;
    g->eta_error = sqrt(cov[0]);
    g->mobility_error = sqrt(cov[1]);
    g->correlation = -cov[2] / sqrt(cov[0] * cov[1]);
    bool known = isfinite(cov[0]) && isfinite(cov[1]);
    g->dc = known ? exp((b - a) / 3) : NAN;
    g->dc_error = known ? sqrt(cov[0] + cov[1] - 2 * cov[2]) / 3 : NAN;
}

static int fit_group(struct mold_table *table, int index, const struct mold_material *m, bool capillary,
                     enum mold_length_law law, double kb) {
    struct mold_table_group *g = &table->group[index];
    struct data s = {.law = law};
    double *log_l = NULL, *w = NULL, a = 0, b = 0, edge = 0, cov[3] = {NAN, NAN, NAN};
    int e = ERR_OK;
    TRY_TO(done, MEM_NEW(s.x, g->n));
    TRY_TO(done, MEM_NEW(s.y, g->n));
    TRY_TO(done, MEM_NEW(s.w, g->n));
    TRY_TO(done, MEM_NEW(log_l, g->n));
    TRY_TO(done, MEM_NEW(w, g->n));
    for (int k = 0; k < table->n; k++) {
        const struct mold_table_row *r = &table->row[k];
        if (r->group != index) continue;
        double p = r->pressure + (capillary ? 4 * m->tension * m->wetting / r->diameter : 0),
               gain = r->length * r->length - r->start * r->start;
        if (!(p > 0)) {
            e = err_set(ERR_INPUT, __FILE__, __LINE__, "the capillary term exceeds the pressure at d = %.6g",
                        r->diameter);
            goto done;
        }
        s.x[s.n] = log(r->diameter);
        s.y[s.n] = log(gain / (p * r->time));
        s.w[s.n] = pow(gain / (2 * r->length * r->error), 2); /* dy = 2 L dL / gain */
        log_l[s.n] = log(r->length);
        w[s.n++] = pow(r->length / r->error, 2);
    }
    split(&s, &a, &b, &edge);
    if (law == MOLD_LENGTH_BOTH && s.n > 1) TRY_TO(done, fit_both(&s, &a, &b, cov));
    conclude(&s, a, b, cov, edge, kb * g->temperature, g);
    slopes(&s, log_l, w, log(g->dc), g);
    for (int k = 0; k < table->n; k++) {
        struct mold_table_row *r = &table->row[k];
        if (r->group != index) continue;
        double p = r->pressure + (capillary ? 4 * m->tension * m->wetting / r->diameter : 0);
        r->fitted = sqrt(r->start * r->start + p * r->time * exp(model(&s, a, b, log(r->diameter))));
    }
done:
    mem_free(&s.x);
    mem_free(&s.y);
    mem_free(&s.w);
    mem_free(&log_l);
    mem_free(&w);
    return e;
}

int mold_table_compute(struct mold_table *table, const struct mold_material *m, bool capillary,
                       enum mold_length_law law, double kb) {
    mem_free(&table->group);
    table->n_groups = 0;
    TRY(MEM_NEW(table->group, table->n));
    for (int k = 0; k < table->n; k++) {
        struct mold_table_row *r = &table->row[k];
        int g = 0;
        while (g < table->n_groups &&
               (table->group[g].temperature != r->temperature || table->group[g].pressure != r->pressure ||
                table->group[g].time != r->time))
            g++;
        if (g == table->n_groups)
            table->group[table->n_groups++] =
                (struct mold_table_group){r->temperature, r->pressure, r->time, .n = 0};
        r->group = g;
        table->group[g].n++;
    }
    for (int g = 0; g < table->n_groups; g++) TRY(fit_group(table, g, m, capillary, law, kb));
    return ERR_OK;
}
