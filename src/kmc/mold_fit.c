/* mold_fit - Levenberg-Marquardt (GSL) on residuals in units of the errors; what is determined is read from
 * the singular values of the Jacobian.
 *
 * Directions that the data leave open make the normal equations singular, so each parameter has one more row,
 * a pull to its start that is 10^4 times weaker than a sensible step: it decides open directions and nothing
 * else. A parameter is under-determined when it has a part in an open direction, exactly determined when
 * leaving out one observation opens it or makes its error ten times larger, else over-determined. Rejected:
 * printing large errors and letting the reader guess. */
#include "kmc/mold_fit.h"
#include "kmc/mold_length.h"
#include "base/mem.h"
#include "base/unit.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_multifit_nlinear.h>
#include <math.h>
#include <string.h>

#define PULL 1e-4  /* of the rows that decide open directions */
#define OPEN 1e-6  /* singular values below this times the largest are zero */
#define PART 1e-3  /* a parameter is open when its part in an open direction is larger */
#define LOOSE 10.0 /* an error that grows this much without one observation: nothing checks that one */
#define STEP 1e-5  /* of central differences, in units of `scale` */
#define BAD 1e6    /* residual of what cannot be computed */
#define ITERATIONS 500

/* a sensible step of each parameter: a factor e, one unit of D*, 10 K, 0.1 eV */
static const double scale[MOLD_FIT_PARAMETERS] = {1, 1, 10, 0.1, 1, 1, 1, 0.1, 0.1};

const char *mold_fit_parameter_name(enum mold_fit_parameter p) {
    static const char *const names[] = {"eta0",        "fragility", "T0",  "E_glass", "tau_over_eta",
                                        "delta_Omega", "D_I0",      "Q_I", "Q_B"};
    return names[p];
}

const char *mold_fit_kind_name(enum mold_fit_kind kind) {
    static const char *const names[] = {"dc",
                                        "viscosity",
                                        "relaxation_time",
                                        "bulk_transition",
                                        "interface_transition",
                                        "breakdown",
                                        "interface_activation",
                                        "bulk_activation",
                                        "prefactor",
                                        "glass_activation",
                                        "mobility"};
    return names[kind];
}

const char *mold_fit_state_name(enum mold_fit_state state) {
    static const char *const names[] = {"held", "over", "exact", "under"};
    return names[state];
}

bool mold_fit_relative(enum mold_fit_kind kind) {
    return kind == MOLD_FIT_DC || kind == MOLD_FIT_VISCOSITY || kind == MOLD_FIT_RELAXATION_TIME ||
           kind == MOLD_FIT_PREFACTOR || kind == MOLD_FIT_MOBILITY;
}

bool mold_fit_logarithm(enum mold_fit_parameter p) {
    return p == MOLD_FIT_ETA0 || p == MOLD_FIT_KAPPA || p == MOLD_FIT_DELTA_OMEGA ||
           p == MOLD_FIT_D_INTERFACE0;
}

static double *place(struct mold_material *m, enum mold_fit_parameter p) {
    double *const places[] = {&m->eta0,        &m->fragility,    &m->t0,          &m->e_glass, &m->kappa,
                              &m->delta_omega, &m->d_interface0, &m->q_interface, &m->q_bulk};
    return places[p];
}

double mold_fit_model(const struct mold_material *m, const struct mold_fit_point *p) {
    switch (p->kind) {
    case MOLD_FIT_DC:
        return mold_length_crossover(m, p->temperature, p->time);
    case MOLD_FIT_VISCOSITY:
        return mold_material_viscosity(m, p->temperature, p->time);
    case MOLD_FIT_RELAXATION_TIME:
        return mold_material_relaxation(m, p->temperature);
    case MOLD_FIT_BULK_TRANSITION:
        return mold_material_transition(m, p->time);
    case MOLD_FIT_INTERFACE_TRANSITION:
        return mold_material_transition_interface(m, p->time);
    case MOLD_FIT_BREAKDOWN:
        return mold_material_breakdown(m);
    case MOLD_FIT_INTERFACE_ACTIVATION:
        return m->q_interface;
    case MOLD_FIT_BULK_ACTIVATION:
        return m->q_bulk;
    case MOLD_FIT_PREFACTOR:
        return m->eta0;
    case MOLD_FIT_GLASS_ACTIVATION:
        return m->e_glass;
    case MOLD_FIT_MOBILITY:
        return m->delta_omega * mold_material_interface(m, p->temperature);
    default:
        return NAN;
    }
}

/* With `middle` the logarithms are those of eta and D_I at that temperature instead of their prefactors,
 * which hardly depend on the other parameters: the minimiser then goes straight. */
struct problem {
    struct mold_material m; /* held values; where the fit starts */
    double middle;          /* K; 0: prefactors */
    bool vary[MOLD_FIT_PARAMETERS];
    const struct mold_fit_point *points;
    int n, skip; /* observation left out, or -1 */
    int n_varied, which[MOLD_FIT_PARAMETERS];
    double start[MOLD_FIT_PARAMETERS];
};

/* **Local.** Prefactors from values at the middle temperature (sign 1), or the other way (-1). */
static void shift(const struct problem *q, struct mold_material *m, int sign) {
    if (q->middle == 0) return;
    double kt = UNIT_KB * q->middle;
    if (q->vary[MOLD_FIT_ETA0] && m->t0 < q->middle)
        m->eta0 *= exp(-sign * m->fragility * m->t0 / (q->middle - m->t0));
    if (q->vary[MOLD_FIT_D_INTERFACE0]) m->d_interface0 *= exp(sign * m->q_interface / kt);
    else if (q->vary[MOLD_FIT_DELTA_OMEGA])
        m->delta_omega *= exp(sign * (m->q_interface - q->m.q_interface) / kt);
}

/* **Local.** x of a material. */
static void place_at(const struct problem *q, struct mold_material m, gsl_vector *x) {
    shift(q, &m, -1);
    for (int k = 0; k < q->n_varied; k++) {
        enum mold_fit_parameter p = (enum mold_fit_parameter)q->which[k];
        double v = *place(&m, p);
        gsl_vector_set(x, (size_t)k, (mold_fit_logarithm(p) ? log(v) : v) / scale[p]);
    }
}

/* **Local.** The material at x, in units of `scale`. */
static struct mold_material material_at(const struct problem *q, const gsl_vector *x) {
    struct mold_material m = q->m;
    for (int k = 0; k < q->n_varied; k++) {
        enum mold_fit_parameter p = (enum mold_fit_parameter)q->which[k];
        double v = gsl_vector_get(x, (size_t)k) * scale[p];
        *place(&m, p) = mold_fit_logarithm(p) ? exp(v) : v;
    }
    shift(q, &m, 1);
    return m;
}

static double residual(const struct mold_material *m, const struct mold_fit_point *p) {
    double model = mold_fit_model(m, p);
    double r = mold_fit_relative(p->kind) ? log(model / p->value) / p->error : (model - p->value) / p->error;
    return isfinite(r) ? r : BAD;
}

static int residuals(const gsl_vector *x, void *params, gsl_vector *f) {
    const struct problem *q = params;
    struct mold_material m = material_at(q, x);
    for (int k = 0; k < q->n; k++)
        gsl_vector_set(f, (size_t)k, k == q->skip ? 0 : residual(&m, &q->points[k]));
    for (int k = 0; k < q->n_varied; k++)
        gsl_vector_set(f, (size_t)(q->n + k), PULL * (gsl_vector_get(x, (size_t)k) - q->start[k]));
    return GSL_SUCCESS;
}

/* **Local.** Where the observations are: the mean of their temperatures, above T0; 0 when they have none. */
static double middle_of(const struct problem *q) {
    double sum = 0;
    int n = 0;
    for (int k = 0; k < q->n; k++)
        if (q->points[k].temperature > q->m.t0 * 1.1) {
            sum += q->points[k].temperature;
            n++;
        }
    return n > 0 ? sum / n : 0;
}

/* **Local.** Minimise from q->m; x (n_varied), of prefactors, on return. */
static int minimise(struct problem *q, gsl_vector *x) {
    gsl_multifit_nlinear_parameters options = gsl_multifit_nlinear_default_parameters();
    options.trs = gsl_multifit_nlinear_trs_lmaccel; /* follows the bent valley of D* and T0 */
    options.scale = gsl_multifit_nlinear_scale_levenberg;
    options.solver = gsl_multifit_nlinear_solver_svd;
    options.fdtype = GSL_MULTIFIT_NLINEAR_CTRDIFF;
    options.h_df = STEP;
    gsl_multifit_nlinear_fdf fdf = {
        .f = residuals, .n = (size_t)(q->n + q->n_varied), .p = (size_t)q->n_varied, .params = q};
    gsl_multifit_nlinear_workspace *w =
        gsl_multifit_nlinear_alloc(gsl_multifit_nlinear_trust, &options, fdf.n, fdf.p);
    if (!w) FAIL(ERR_MEMORY, "no memory for the fit");
    q->middle = middle_of(q);
    place_at(q, q->m, x);
    for (int k = 0; k < q->n_varied; k++) q->start[k] = gsl_vector_get(x, (size_t)k);
    int info = 0, status = gsl_multifit_nlinear_init(x, &fdf, w);
    if (!status) status = gsl_multifit_nlinear_driver(ITERATIONS, 1e-10, 1e-12, 0, NULL, NULL, &info, w);
    struct mold_material m = material_at(q, gsl_multifit_nlinear_position(w));
    gsl_multifit_nlinear_free(w);
    q->middle = 0;
    place_at(q, m, x);
    /* "no progress" is convergence to rounding, which a fit without residuals reaches */
    if (status && status != GSL_ENOPROG)
        FAIL(ERR_INPUT,
             "the fit of the material does not converge (%s); start nearer, or give more observations",
             gsl_strerror(status));
    return ERR_OK;
}

/* **Local.** Jacobian of the observations alone at x; rows of the left-out one are zero. */
static void jacobian(struct problem *q, const gsl_vector *x, gsl_matrix *j) {
    gsl_vector *y = gsl_vector_alloc(x->size);
    for (int c = 0; c < q->n_varied; c++) {
        struct mold_material side[2];
        for (int s = 0; s < 2; s++) {
            gsl_vector_memcpy(y, x);
            gsl_vector_set(y, (size_t)c, gsl_vector_get(x, (size_t)c) + (s ? STEP : -STEP));
            side[s] = material_at(q, y);
        }
        for (int r = 0; r < (int)j->size1; r++) {
            double d = 0;
            if (r < q->n && r != q->skip)
                d = (residual(&side[1], &q->points[r]) - residual(&side[0], &q->points[r])) / (2 * STEP);
            gsl_matrix_set(j, (size_t)r, (size_t)c, d);
        }
    }
    gsl_vector_free(y);
}

/* What the Jacobian says: rank, open parameters, covariance of the closed directions. */
struct analysis {
    int rank;
    bool open[MOLD_FIT_PARAMETERS];
    double cov[MOLD_FIT_PARAMETERS][MOLD_FIT_PARAMETERS];
    double null[MOLD_FIT_PARAMETERS][MOLD_FIT_PARAMETERS]; /* null[d]: open direction d */
};

static void analyse(struct problem *q, const gsl_vector *x, struct analysis *a) {
    size_t p = (size_t)q->n_varied, rows = (size_t)q->n > p ? (size_t)q->n : p;
    gsl_matrix *j = gsl_matrix_alloc(rows, p), *v = gsl_matrix_alloc(p, p);
    gsl_vector *s = gsl_vector_alloc(p), *work = gsl_vector_alloc(p);
    memset(a, 0, sizeof *a);
    jacobian(q, x, j);
    gsl_linalg_SV_decomp(j, v, s, work);
    double top = gsl_vector_get(s, 0);
    int n_open = 0;
    for (size_t d = 0; d < p; d++) {
        double sd = gsl_vector_get(s, d);
        bool closed = sd > OPEN * top && top > 0;
        a->rank += closed;
        for (size_t k = 0; k < p; k++) {
            double vk = gsl_matrix_get(v, k, d);
            if (!closed) {
                a->null[n_open][k] = vk;
                a->open[k] |= fabs(vk) > PART;
                continue;
            }
            for (size_t l = 0; l < p; l++) a->cov[k][l] += vk * gsl_matrix_get(v, l, d) / (sd * sd);
        }
        n_open += !closed;
    }
    gsl_matrix_free(j);
    gsl_matrix_free(v);
    gsl_vector_free(s);
    gsl_vector_free(work);
}

/* **Local.** Gradient of an observation's residual at x; its variance, NAN when an open direction changes it.
 */
static double variance_of(struct problem *q, const gsl_vector *x, int point, const struct analysis *a) {
    int n = q->n, skip = q->skip;
    double g[MOLD_FIT_PARAMETERS], size = 0, variance = 0;
    gsl_matrix *j = gsl_matrix_alloc(1, (size_t)q->n_varied);
    const struct mold_fit_point *all = q->points;
    q->points += point;
    q->n = 1;
    q->skip = -1;
    jacobian(q, x, j);
    q->points = all;
    q->n = n;
    q->skip = skip;
    for (int k = 0; k < q->n_varied; k++) {
        g[k] = gsl_matrix_get(j, 0, (size_t)k);
        size += g[k] * g[k];
    }
    gsl_matrix_free(j);
    for (int d = 0; d < q->n_varied - a->rank; d++) {
        double along = 0;
        for (int k = 0; k < q->n_varied; k++) along += g[k] * a->null[d][k];
        if (fabs(along) > PART * sqrt(size)) return NAN;
    }
    for (int k = 0; k < q->n_varied; k++)
        for (int l = 0; l < q->n_varied; l++) variance += g[k] * a->cov[k][l] * g[l];
    return variance;
}

/* **Local.** Each observation from the others; parameters that one observation alone closes are exact. */
static int leave_out(struct problem *q, const gsl_vector *best, struct mold_fit_point *points,
                     struct mold_fit *fit) {
    gsl_vector *x = gsl_vector_alloc((size_t)q->n_varied);
    int e = ERR_OK;
    for (int k = 0; k < q->n && !e; k++) {
        struct analysis a;
        points[k].predicted = points[k].predicted_error = NAN;
        q->skip = k;
        analyse(q, best, &a);
        for (int c = 0; c < q->n_varied; c++)
            if (fit->state[q->which[c]] == MOLD_FIT_OVER &&
                (a.open[c] || sqrt(a.cov[c][c]) * scale[q->which[c]] > LOOSE * fit->error[q->which[c]]))
                fit->state[q->which[c]] = MOLD_FIT_EXACT;
        if (isnan(variance_of(q, best, k, &a))) continue;
        e = minimise(q, x);
        if (e) break;
        analyse(q, x, &a);
        struct mold_material m = material_at(q, x);
        points[k].predicted = mold_fit_model(&m, &points[k]);
        points[k].predicted_error = sqrt(variance_of(q, x, k, &a)) * points[k].error;
        if (mold_fit_relative(points[k].kind)) points[k].predicted_error *= points[k].predicted;
    }
    q->skip = -1;
    gsl_vector_free(x);
    return e;
}

static void report(struct problem *q, const gsl_vector *x, struct mold_fit *fit) {
    struct analysis a;
    analyse(q, x, &a);
    fit->rank = a.rank;
    for (int k = 0; k < q->n_varied; k++) {
        int p = q->which[k];
        fit->state[p] = a.open[k] ? MOLD_FIT_UNDER : MOLD_FIT_OVER;
        fit->error[p] = a.open[k] ? NAN : sqrt(a.cov[k][k]) * scale[p];
        for (int l = 0; l < q->n_varied; l++)
            fit->cov[p][q->which[l]] =
                a.open[k] || a.open[l] ? NAN : a.cov[k][l] * scale[p] * scale[q->which[l]];
    }
}

int mold_fit_compute(struct mold_material *m, struct mold_fit_point *points, int n, struct mold_fit *fit) {
    struct problem q = {.m = *m, .points = points, .n = n, .skip = -1};
    int e = ERR_OK;
    memset(fit->error, 0, sizeof fit->error);
    memset(fit->cov, 0, sizeof fit->cov);
    memset(fit->state, 0, sizeof fit->state);
    for (int p = 0; p < MOLD_FIT_PARAMETERS; p++) {
        double v = *place(m, (enum mold_fit_parameter)p);
        if (mold_fit_logarithm((enum mold_fit_parameter)p)) v = log(v);
        fit->value[p] = v;
        q.vary[p] = fit->vary[p];
        if (!fit->vary[p]) continue;
        q.which[q.n_varied++] = p;
    }
    fit->n_varied = q.n_varied;
    fit->n_points = n;
    if (q.n_varied == 0 || n == 0) FAIL(ERR_INPUT, "nothing to fit: no parameter varies, or no observation");
    gsl_vector *x = gsl_vector_alloc((size_t)q.n_varied);
    if (!x) FAIL(ERR_MEMORY, "no memory for the fit");
    TRY_TO(done, minimise(&q, x));
    *m = material_at(&q, x);
    fit->chi2 = 0;
    for (int k = 0; k < n; k++) {
        points[k].fitted = mold_fit_model(m, &points[k]);
        fit->chi2 += pow(residual(m, &points[k]), 2);
    }
    report(&q, x, fit);
    for (int k = 0; k < q.n_varied; k++)
        fit->value[q.which[k]] = gsl_vector_get(x, (size_t)k) * scale[q.which[k]];
    e = leave_out(&q, x, points, fit);
done:
    gsl_vector_free(x);
    return e;
}
