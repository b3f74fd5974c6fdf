/* hazard - cells on which a cubic Hermite polynomial of H(t), with the rates as slopes, is good to 1e-8.
 *
 * Between two nodes of a ramp H grows nearly exponentially; a cubic through both ends with the right slopes
 * errs by x^3/384 of its increase where x is the change of ln r over the cell, hence about 3000 cells for a
 * rate that grows over 30 decades. Nodes come from 5-point Gauss-Legendre (gsl_integration_glfixed), good to
 * rounding on such a cell. The inverse is a bisection over nodes and Newton steps on one cubic. Cost: 1e4
 * rate calls to build, below 0.1 us to look up. Rejected: quadrature at each look-up (100 rate calls), a
 * table in ln H (empty where the rate is 0), time steps. */
#include "kmc/hazard.h"
#include "base/mem.h"

#include <float.h>
#include <gsl/gsl_integration.h>
#include <math.h>

#define FIRST 16 /* cells of a ramp before halving */
#define POINTS 5
#define DEPTH 40 /* halvings at most */

struct cell {
    double t, H;   /* at its begin */
    double r0, r1; /* slopes at both ends, seen from inside */
};

struct hazard {
    struct cell *cell; /* n, and one more that is the end */
    int n, room;
};

struct build {
    struct hazard *h;
    const struct schedule_segment *g;
    hazard_rate rate;
    const void *context;
    gsl_integration_glfixed_table *rule;
    double bad; /* temperature at which the rate is no rate; nan: none */
};

static double temperature_of(const struct schedule_segment *g, double t) {
    double T = g->T0 + g->rate * (t - g->t0);
    return fmin(fmax(T, fmin(g->T0, g->T1)), fmax(g->T0, g->T1));
}

static double rate_at(struct build *b, double t) {
    double T = temperature_of(b->g, t), r = b->rate(b->context, T);
    if (r >= 0 && isfinite(r)) return r;
    b->bad = T;
    return 0;
}

static double integral(struct build *b, double t0, double t1) {
    double sum = 0;
    for (size_t i = 0; i < b->rule->n; i++) {
        double t, w;
        gsl_integration_glfixed_point(t0, t1, i, &t, &w, b->rule);
        sum += w * rate_at(b, t);
    }
    return sum;
}

/* Cubic Hermite of a cell of length dt and increase dH, x in [0, 1]. */
static double hermite(double dt, double dH, double r0, double r1, double x) {
    double a = dt * r0, c = dt * r1;
    return x * (a + x * (3 * dH - 2 * a - c + x * (a + c - 2 * dH)));
}

static int push(struct hazard *h, struct cell c) {
    if (h->n + 1 >= h->room) {
        int more = h->room ? 2 * h->room : 256;
        TRY(MEM_GROW(h->cell, h->room, more));
        h->room = more;
    }
    h->cell[h->n++] = c;
    return ERR_OK;
}

/* The cell [t0, t1] whose H begins at *H and grows by about `whole`, halved until it is good. */
static int refine(struct build *b, double t0, double t1, double whole, int depth, double *H) {
    double mid = 0.5 * (t0 + t1), dt = t1 - t0, inside = 1e-9 * dt;
    double first = integral(b, t0, mid), second = integral(b, mid, t1), all = first + second;
    double r0 = rate_at(b, t0 + inside), r1 = rate_at(b, t1 - inside);
    if (!isnan(b->bad)) return ERR_OK;
    double error = fabs(hermite(dt, all, r0, r1, 0.5) - first);
    error = fmax(error, fabs(whole - all));
    double slope = all / dt; /* monotone (Fritsch-Carlson): slopes at most three times the mean */
    bool monotone = r0 <= 3 * slope && r1 <= 3 * slope;
    /* near a melting point the rate vanishes and the rounding of t and T is all that is left to see */
    double rounding = DBL_EPSILON * (t1 + temperature_of(b->g, t1) / fabs(b->g->rate));
    double noise = 4 * fabs(r1 - r0) * rounding;
    bool good = all < HAZARD_NOTHING || (error <= HAZARD_TOLERANCE * all + noise && monotone);
    if (good || depth == DEPTH || !(mid > t0 && mid < t1)) {
        if (!monotone) r0 = fmin(r0, 3 * slope), r1 = fmin(r1, 3 * slope);
        TRY(push(b->h, (struct cell){t0, *H, r0, r1}));
        *H += all;
        return ERR_OK;
    }
    TRY(refine(b, t0, mid, first, depth + 1, H));
    return refine(b, mid, t1, second, depth + 1, H);
}

/* One segment, cut where T passes a break. */
static int one_segment(struct build *b, const double *breaks, int n_breaks, double *H) {
    const struct schedule_segment *g = b->g;
    double t = g->t0;
    if (g->rate == 0) {
        double r = rate_at(b, g->t0);
        TRY(push(b->h, (struct cell){g->t0, *H, r, r}));
        *H += r * (g->t1 - g->t0);
        return ERR_OK;
    }
    while (t < g->t1) {
        double end = g->t1;
        for (int k = 0; k < n_breaks; k++) {
            double at = g->t0 + (breaks[k] - g->T0) / g->rate;
            if (at > t && at < end) end = at;
        }
        for (int i = 0; i < FIRST; i++) {
            double t0 = t + (end - t) * i / FIRST, t1 = i + 1 < FIRST ? t + (end - t) * (i + 1) / FIRST : end;
            TRY(refine(b, t0, t1, integral(b, t0, t1), 0, H));
        }
        t = end;
    }
    return ERR_OK;
}

int hazard_create(const struct schedule *schedule, hazard_rate rate, const void *context,
                  const double *breaks, int n_breaks, struct hazard **hazard) {
    struct build b = {.rate = rate, .context = context, .bad = NAN};
    double H = 0;
    int e;
    *hazard = NULL;
    TRY(MEM_NEW(*hazard, 1));
    b.h = *hazard;
    b.rule = gsl_integration_glfixed_table_alloc(POINTS);
    e = b.rule ? ERR_OK : err_set(ERR_MEMORY, __FILE__, __LINE__, "no memory for a quadrature rule");
    for (int k = 0; k < schedule->n && !e; k++) {
        b.g = &schedule->segment[k];
        e = one_segment(&b, breaks, n_breaks, &H);
        if (!e && !isnan(b.bad))
            e = err_set(ERR_PHYSICS, __FILE__, __LINE__,
                        "a rate is negative or not finite at %.6g K, which the schedule %s reaches", b.bad,
                        schedule->name);
    }
    if (!e) e = push(b.h, (struct cell){schedule_end(schedule), H, 0, 0});
    if (!e) b.h->n--;
    if (b.rule) gsl_integration_glfixed_table_free(b.rule);
    if (e) hazard_destroy(hazard);
    return e;
}

void hazard_destroy(struct hazard **hazard) {
    if (!*hazard) return;
    mem_free(&(*hazard)->cell);
    mem_free(hazard);
}

static double inside(const struct cell *c, double x) {
    return c->H + hermite(c[1].t - c->t, c[1].H - c->H, c->r0, c->r1, x);
}

double hazard_at(const struct hazard *hazard, double t) {
    const struct cell *c = hazard->cell;
    int low = 0, high = hazard->n;
    if (t <= c[0].t) return 0;
    if (t >= c[high].t) return c[high].H;
    while (high - low > 1) {
        int mid = (low + high) / 2;
        if (c[mid].t <= t) low = mid;
        else high = mid;
    }
    double x = (t - c[low].t) / (c[high].t - c[low].t);
    return fmin(inside(&c[low], x), c[high].H);
}

double hazard_time(const struct hazard *hazard, double H) {
    const struct cell *c = hazard->cell;
    int low = 0, high = hazard->n;
    if (!(H <= c[high].H)) return INFINITY;
    if (H <= 0) return c[0].t;
    while (high - low > 1) { /* c[low].H < H <= c[high].H */
        int mid = (low + high) / 2;
        if (c[mid].H < H) low = mid;
        else high = mid;
    }
    c += low;
    double dt = c[1].t - c->t, dH = c[1].H - c->H, want = H - c->H;
    double a = 0, b = 1, x = want / dH;
    for (int k = 0; k < 60; k++) {
        double f = hermite(dt, dH, c->r0, c->r1, x) - want;
        if (f < 0) a = x;
        else b = x;
        double p = dt * c->r0, q = dt * c->r1;
        double slope = p + x * (2 * (3 * dH - 2 * p - q) + 3 * x * (p + q - 2 * dH));
        double next = slope > 0 ? x - f / slope : 0.5 * (a + b);
        if (!(next > a && next < b)) next = 0.5 * (a + b);
        if (fabs(next - x) <= 1e-15) break;
        x = next;
    }
    return c->t + dt * x;
}

double hazard_total(const struct hazard *hazard) {
    return hazard->cell[hazard->n].H;
}

int hazard_cells(const struct hazard *hazard) {
    return hazard->n;
}
