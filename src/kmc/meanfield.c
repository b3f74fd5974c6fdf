/* meanfield - the extended number of grains at a few points of the cross-section, tabulated once along the
 * schedule.
 *
 * For each point Lambda(t) = int I(t') K(s(t) - s(t')) dt' by adaptive Gauss-Kronrod quadrature
 * (gsl_integration_qag) at some hundred times, ln Lambda kept as a monotone (Steffen) interpolation; all else
 * are look-ups: a curve costs milliseconds. Points: the layer, and depths below it reached since, so that a
 * sharp front in a thick rod is resolved; or rings, where grains are spheres.
 *
 * Detection: fluctuations of the number of grains act like a factor c on all Lambda. c*(t) is the factor that
 * makes the expected fraction equal to the threshold; the field of view is seen when its extended volume
 * exceeds c* times the expected one. With many grains c* = 1 there, with few it is the volume of the single
 * grains. Rejected: one normal spread for all diameters (wrong for starved rods), Monte Carlo (that is the
 * other half of this room). */
#include "kmc/meanfield.h"
#include "base/mem.h"
#include "base/unit.h"
#include "kmc/hazard.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_interp.h>
#include <math.h>

#define SORTS 12 /* potencies of a distribution of sites */
#define RINGS MEANFIELD_RINGS
#define DEPTHS 16   /* points in depth, where the layer feeds a front */
#define TIMES 96    /* of a table, per segment */
#define MARKS 64    /* ages of grains in a detection probability */
#define EARLY 1e-9  /* of a hold: where its logarithmic places begin */
#define NEVER 1e-9  /* expected number of bulk nuclei that is as good as none */
#define TINY 1e-290 /* below it a number of grains is none */

struct curve_in_time {
    double *x, *y; /* place along the history (place()), ln Lambda */
    int n;
    gsl_interp *interp;
};

struct meanfield {
    const struct material *m;
    const struct schedule *schedule;
    struct meanfield_sample sample;
    double begin, end, volume, area; /* s, nm^3, nm^2 */
    double T_m;
    bool layered;
    int n_sorts;
    double sort_weight[SORTS], sort_potency[SORTS];
    struct hazard *surface[SORTS], *extra, *bulk, *lateral, *inward; /* extra: see extra_of */
    double core; /* nm: radius within which the bulk nucleates */
    int n_rings; /* of the core, and one of a layer that does not nucleate */
    double ring_r[RINGS + 1], ring_weight[RINGS + 1]; /* weights of volume, sum 1 (without a layer) */
    struct curve_in_time surface_table[RINGS + 1],
        bulk_table[RINGS + 1]; /* layered: surface_table[0] is the layer's */
    gsl_integration_workspace *work;
};

/* --- rates along the schedule */
struct rate_context {
    const struct material *m;
    double d, potency;
    bool given;
};

static double surface_of(const void *context, double T) {
    const struct rate_context *c = context;
    return c->given ? material_surface_rate(c->m, T, c->d) : material_site_rate(c->m, T, c->d, c->potency);
}
static double bulk_of(const void *context, double T) {
    const struct rate_context *c = context;
    return material_bulk_rate(c->m, T, c->d);
}
/* Nuclei per surface area that the layer makes beyond those of as much bulk. */
static double extra_rate(const struct material *m, double T, double d) {
    double R = d / 2, inner = fmax(0, R - m->layer), thick = (R * R - inner * inner) / d;
    return thick * fmax(0, material_layer_rate(m, T, d) - material_bulk_rate(m, T, d));
}
static double extra_of(const void *context, double T) {
    const struct rate_context *c = context;
    return extra_rate(c->m, T, c->d);
}
static double lateral_of(const void *context, double T) {
    const struct rate_context *c = context;
    return material_growth_layer(c->m, T, c->d);
}
static double inward_of(const void *context, double T) {
    const struct rate_context *c = context;
    return material_growth(c->m, T, c->d);
}

static double since(const struct meanfield *mf, const struct hazard *h, double t) {
    return hazard_at(h, t) - hazard_at(h, mf->begin);
}

/* Nuclei per nm^2 by t, and their rate. */
static double surface_count(const struct meanfield *mf, double t) {
    double sum = 0, extra = mf->extra ? since(mf, mf->extra, t) : 0;
    if (!mf->surface[0]) return extra;
    if (!mf->m->surface.finite) return since(mf, mf->surface[0], t) + extra;
    for (int k = 0; k < mf->n_sorts; k++) sum -= mf->sort_weight[k] * expm1(-since(mf, mf->surface[k], t));
    return mf->m->surface.density * sum + extra;
}

static double surface_rate(const struct meanfield *mf, double t) {
    const struct material *m = mf->m;
    double T = schedule_temperature(mf->schedule, t), d = mf->sample.diameter, sum = 0;
    double extra = mf->extra ? extra_rate(m, T, d) : 0;
    if (!mf->surface[0]) return extra;
    if (!m->surface.finite) return material_surface_rate(m, T, d) + extra;
    for (int k = 0; k < mf->n_sorts; k++)
        sum += mf->sort_weight[k] * material_site_rate(m, T, d, mf->sort_potency[k]) *
               exp(-since(mf, mf->surface[k], t));
    return m->surface.density * sum + extra;
}

static double bulk_rate(const struct meanfield *mf, double t) {
    return material_bulk_rate(mf->m, schedule_temperature(mf->schedule, t), mf->sample.diameter);
}

/* Both ends seen from the middle of the field of view; a rod with ends is averaged over its length elsewhere.
 */
static void distances(const struct meanfield *mf, double x, double z[2]) {
    z[0] = z[1] = INFINITY;
    if (mf->sample.ends) z[0] = x * mf->sample.length, z[1] = (1 - x) * mf->sample.length;
}

/* Mean over the length of a kernel that knows ends: 8-point Gauss-Legendre over half the rod. */
static double along(const struct meanfield *mf,
                    double (*kernel)(const struct meanfield *, double, double, const double *), double r,
                    double s) {
    static const double x[4] = {0.0694318442029737, 0.3300094782075719, 0.6699905217924281,
                                0.9305681557970263};
    static const double w[4] = {0.1739274225687269, 0.3260725774312731, 0.3260725774312731,
                                0.1739274225687269};
    double z[2], sum = 0;
    distances(mf, 0.5, z);
    if (!mf->sample.ends) return kernel(mf, r, s, z);
    double reach = fmin(1, 2 * s / mf->sample.length); /* only points nearer than s to an end differ */
    for (int i = 0; i < 4; i++) {
        distances(mf, 0.5 * reach * x[i], z);
        sum += reach * w[i] * kernel(mf, r, s, z);
    }
    distances(mf, 0.5, z);
    return sum + (1 - reach) * (reach < 1 ? kernel(mf, r, s, z) : 0);
}

static double spread_kernel(const struct meanfield *mf, double r, double s, const double *z) {
    (void)r;
    return s > 0 ? meanfield_spread_area(M_PI * mf->sample.diameter, s, z) : 0;
}
static double area_kernel(const struct meanfield *mf, double r, double s, const double *z) {
    return meanfield_reach_area(mf->sample.diameter / 2, r, s, z);
}
static double volume_kernel(const struct meanfield *mf, double r, double s, const double *z) {
    return meanfield_reach_volume(mf->core, r, s, z);
}

/* --- Lambda(t) */
enum what { SPREAD, SURFACE, BULK };
struct integrand {
    const struct meanfield *mf;
    enum what what;
    int ring;
    double r, s; /* its radius; growth by t */
};

static double one_birth(double t, void *context) {
    const struct integrand *c = context;
    const struct meanfield *mf = c->mf;
    if (c->what == SPREAD)
        return surface_rate(mf, t) * along(mf, spread_kernel, 0, c->s - hazard_at(mf->lateral, t));
    double s = c->s - hazard_at(mf->inward, t);
    if (c->what == SURFACE) return surface_rate(mf, t) * along(mf, area_kernel, c->r, s);
    if (!mf->sample.ends && !isinf(mf->sample.diameter) && c->ring < RINGS)
        return bulk_rate(mf, t) * meanfield_ring_volume(mf->core, c->ring, s);
    return bulk_rate(mf, t) * along(mf, volume_kernel, c->r, s);
}

static double extended(struct meanfield *mf, enum what what, int ring, double t) {
    struct integrand c = {mf, what, ring, mf->ring_r[ring],
                          hazard_at(what == SPREAD ? mf->lateral : mf->inward, t)};
    gsl_function f = {one_birth, &c};
    double sum = 0;
    for (int k = 0; k < mf->schedule->n; k++) {
        const struct schedule_segment *g = &mf->schedule->segment[k];
        double a = fmax(g->t0, mf->begin), b = fmin(g->t1, t), part, error;
        if (b <= a) continue;
        /* what a poor round-off leaves is still the best estimate: the code is not an error here */
        (void)gsl_integration_qag(&f, a, b, 0, what == BULK ? 1e-5 : 1e-7, 200, GSL_INTEG_GAUSS21, mf->work,
                                  &part, &error);
        sum += part;
    }
    return sum;
}

/* Where t lies along the history: segment k gives k to k + 1, linear in t on a ramp; in its logarithm on a
 * hold, where Lambda is a power of t. */
static double place(const struct meanfield *mf, double t) {
    int low = 0, high = mf->schedule->n - 1;
    while (low < high) {
        int mid = (low + high) / 2;
        if (t <= mf->schedule->segment[mid].t1) high = mid;
        else low = mid + 1;
    }
    const struct schedule_segment *g = &mf->schedule->segment[low];
    double a = fmax(g->t0, mf->begin), b = fmin(g->t1, mf->end), x = (t - a) / (b - a);
    if (!(x > 0)) return low;
    return low + (x >= 1 ? 1 : g->rate == 0 ? log1p(x / EARLY) / log1p(1 / EARLY) : x);
}

static int tabulate(struct meanfield *mf, enum what what, int ring, struct curve_in_time *c) {
    int n_segments = mf->schedule->n, per = n_segments <= 8 ? TIMES : TIMES * 8 / n_segments + 8;
    TRY(MEM_NEW(c->x, n_segments * per + 1));
    TRY(MEM_NEW(c->y, n_segments * per + 1));
    for (int k = 0; k < n_segments; k++) {
        const struct schedule_segment *g = &mf->schedule->segment[k];
        double a = fmax(g->t0, mf->begin), b = fmin(g->t1, mf->end);
        if (b <= a) continue;
        for (int i = c->n ? 1 : 0; i <= per; i++) {
            double u = (double)i / per, x = g->rate == 0 ? EARLY * expm1(u * log1p(1 / EARLY)) : u;
            if (c->n && !(k + u > c->x[c->n - 1])) continue; /* the end of the segment before */
            c->x[c->n] = k + u;
            c->y[c->n++] = log(fmax(extended(mf, what, ring, i == per ? b : a + (b - a) * x), TINY));
        }
    }
    if (c->n < 3)
        FAIL(ERR_PHYSICS, "schedule %s: the sample is never below its melting point", mf->schedule->name);
    c->interp = gsl_interp_alloc(gsl_interp_steffen, (size_t)c->n);
    if (!c->interp) FAIL(ERR_MEMORY, "no memory for a table of %d times", c->n);
    if (gsl_interp_init(c->interp, c->x, c->y, (size_t)c->n)) FAIL(ERR_INTERNAL, "times do not rise");
    return ERR_OK;
}

static double lambda_at(const struct meanfield *mf, const struct curve_in_time *c, double t) {
    double y, x;
    if (!c->interp || t <= mf->begin) return 0;
    x = fmin(place(mf, t), c->x[c->n - 1]);
    int k = (int)gsl_interp_bsearch(c->x, x, 0, (size_t)c->n - 1);
    if (c->y[k] <= log(TINY) + 1) { /* none at the last time */
        double part = (x - c->x[k]) / (c->x[k + 1] - c->x[k]);
        return c->y[k + 1] <= log(TINY) + 1 ? 0 : part * part * exp(c->y[k + 1]);
    }
    if (gsl_interp_eval_e(c->interp, c->x, c->y, x, NULL, &y)) return NAN;
    return exp(y);
}

/* --- making */
static int sites(struct meanfield *mf, struct rate_context *c) {
    const struct material *m = mf->m;
    double total = 0;
    mf->n_sorts = m->surface.finite && m->surface.spread > 0 ? SORTS : 1;
    for (int k = 0; k < mf->n_sorts; k++) { /* sorts of equal share of a normal distribution, cut at 0 */
        double share = (k + 0.5) / mf->n_sorts;
        double shift = mf->n_sorts > 1 ? m->surface.spread * gsl_cdf_ugaussian_Pinv(share) : 0;
        mf->sort_potency[k] = fmax(0, m->surface.potency + shift);
        mf->sort_weight[k] = 1;
        total += mf->sort_weight[k];
    }
    for (int k = 0; k < mf->n_sorts; k++) {
        mf->sort_weight[k] /= total;
        c->given = !m->surface.finite;
        c->potency = mf->sort_potency[k];
        TRY(hazard_create(mf->schedule, surface_of, c, &mf->T_m, 1, &mf->surface[k]));
    }
    return ERR_OK;
}

static int rates(struct meanfield *mf) {
    const struct material *m = mf->m;
    struct rate_context c = {m, mf->sample.diameter, 1, true};
    bool rod = !isinf(mf->sample.diameter);
    if (rod && m->surface.kind != MATERIAL_NONE) TRY(sites(mf, &c));
    if (m->bulk.kind != MATERIAL_NONE && mf->core > 0)
        TRY(hazard_create(mf->schedule, bulk_of, &c, &mf->T_m, 1, &mf->bulk));
    if (rod && mf->layered && m->layer_nucleates && mf->bulk)
        TRY(hazard_create(mf->schedule, extra_of, &c, &mf->T_m, 1, &mf->extra));
    if (mf->extra && mf->area * since(mf, mf->extra, mf->end) < NEVER) hazard_destroy(&mf->extra);
    if (mf->bulk && mf->volume * since(mf, mf->bulk, mf->end) < NEVER) hazard_destroy(&mf->bulk);
    if (mf->layered) TRY(hazard_create(mf->schedule, lateral_of, &c, &mf->T_m, 1, &mf->lateral));
    return hazard_create(mf->schedule, inward_of, &c, &mf->T_m, 1, &mf->inward);
}

/* Rings of Gauss-Legendre in the core's r, with their share of the volume; the middle of a layer without
 * nuclei.
 */
static void rings(struct meanfield *mf) {
    double R = mf->sample.diameter / 2, share = mf->core * mf->core / (R * R);
    mf->n_rings = 1;
    mf->ring_weight[0] = 1;
    if (isinf(R)) return;
    mf->n_rings = RINGS;
    for (int k = 0; k < RINGS; k++) {
        mf->ring_r[k] = mf->core * meanfield_ring(k, &mf->ring_weight[k]);
        mf->ring_weight[k] *= share;
    }
    if (mf->core == R) return;
    mf->ring_r[mf->n_rings] = (R + mf->core) / 2;
    mf->ring_weight[mf->n_rings++] = 1 - share;
}

/* Whether anything begins at the surface. */
static bool surfaces(const struct meanfield *mf) {
    return mf->surface[0] || mf->extra;
}

static int tables(struct meanfield *mf) {
    if (mf->layered && surfaces(mf)) TRY(tabulate(mf, SPREAD, 0, &mf->surface_table[0]));
    for (int k = 0; k < mf->n_rings; k++) {
        if (!mf->layered && mf->surface[0]) TRY(tabulate(mf, SURFACE, k, &mf->surface_table[k]));
        if (mf->bulk) TRY(tabulate(mf, BULK, k, &mf->bulk_table[k]));
    }
    return ERR_OK;
}

static void window(struct meanfield *mf) {
    const struct schedule *s = mf->schedule;
    mf->end = schedule_end(s);
    if (schedule_temperature(s, mf->end) >= mf->T_m) { /* ends molten: what counts is before that */
        double t = -INFINITY, up;
        while (isfinite(up = schedule_crossing(s, mf->T_m, t, true))) mf->end = fmax(up, 0), t = up;
    }
    for (double t = -INFINITY, down; (down = schedule_crossing(s, mf->T_m, t, false)) < mf->end; t = down)
        mf->begin = down;
}

int meanfield_create(const struct material *material, const struct schedule *schedule,
                     const struct meanfield_sample *sample, struct meanfield **out) {
    struct meanfield *mf;
    bool bulk = isinf(sample->diameter);
    *out = NULL;
    TRY(MEM_NEW(mf, 1));
    mf->m = material, mf->schedule = schedule, mf->sample = *sample;
    mf->T_m = material_melting(material, sample->diameter);
    bool inside = material->layer_nucleates && material->bulk.kind == MATERIAL_THEORY;
    mf->layered = !bulk && material->layer > 0 && (material->surface.kind != MATERIAL_NONE || inside);
    mf->core = sample->diameter / 2;
    if (!bulk && !material->layer_nucleates) mf->core = fmax(0, mf->core - material->layer);
    mf->volume = bulk ? sample->volume : M_PI * mf->core * mf->core * sample->length;
    mf->area = bulk ? 0 : M_PI * sample->diameter * sample->length;
    window(mf);
    int e = ERR_OK;
    mf->work = gsl_integration_workspace_alloc(200);
    if (!mf->work) e = err_set(ERR_MEMORY, __FILE__, __LINE__, "no memory for quadrature");
    if (!e) e = rates(mf);
    rings(mf);
    if (!e) e = tables(mf);
    if (e) meanfield_destroy(&mf);
    *out = mf;
    return e;
}

static void clear(struct curve_in_time *c) {
    mem_free(&c->x);
    mem_free(&c->y);
    if (c->interp) gsl_interp_free(c->interp);
}

void meanfield_destroy(struct meanfield **out) {
    struct meanfield *mf = *out;
    if (!mf) return;
    for (int k = 0; k < SORTS; k++) hazard_destroy(&mf->surface[k]);
    for (int k = 0; k <= RINGS; k++) clear(&mf->surface_table[k]), clear(&mf->bulk_table[k]);
    hazard_destroy(&mf->extra);
    hazard_destroy(&mf->bulk);
    hazard_destroy(&mf->lateral);
    hazard_destroy(&mf->inward);
    if (mf->work) gsl_integration_workspace_free(mf->work);
    mem_free(out);
}

double meanfield_begin(const struct meanfield *mf) {
    return mf->begin;
}

double meanfield_end(const struct meanfield *mf) {
    return mf->end;
}

double meanfield_nuclei(const struct meanfield *mf, double t) {
    t = fmin(fmax(t, mf->begin), mf->end);
    return mf->area * surface_count(mf, t) + (mf->bulk ? mf->volume * since(mf, mf->bulk, t) : 0);
}

/* --- points of the sample at t: weights and extended numbers */
struct points {
    int n;
    double w[RINGS + DEPTHS + 1], lambda[RINGS + DEPTHS + 1];
};

static void add(struct points *p, double w, double lambda) {
    p->w[p->n] = w, p->lambda[p->n++] = lambda;
}

static double bulk_at(const struct meanfield *mf, double r, double t) {
    int k = 0;
    if (!mf->bulk) return 0;
    while (k + 1 < mf->n_rings && mf->ring_r[k + 1] < r) k++;
    if (k + 1 == mf->n_rings || r <= mf->ring_r[0]) return lambda_at(mf, &mf->bulk_table[k], t);
    double x = (r - mf->ring_r[k]) / (mf->ring_r[k + 1] - mf->ring_r[k]);
    return (1 - x) * lambda_at(mf, &mf->bulk_table[k], t) + x * lambda_at(mf, &mf->bulk_table[k + 1], t);
}

/* The layer, then depths of the range that the front can have reached, then the rest with bulk grains only.
 */
static void layered_points(const struct meanfield *mf, double t, struct points *p) {
    double R = mf->sample.diameter / 2, inner = fmax(0, R - mf->m->layer), s = hazard_at(mf->inward, t);
    double deepest = fmin(inner, s - hazard_at(mf->inward, mf->begin));
    add(p, 1 - inner * inner / (R * R), lambda_at(mf, &mf->surface_table[0], t) + bulk_at(mf, R, t));
    for (int i = 0; i < DEPTHS && deepest > 0;
         i++) { /* midpoints in sqrt-spaced depths: dense at the surface */
        double x0 = deepest * i * i / (DEPTHS * DEPTHS),
               x1 = deepest * (i + 1.0) * (i + 1.0) / (DEPTHS * DEPTHS);
        double r0 = inner - x0, r1 = inner - x1, x = 0.5 * (x0 + x1);
        double covered = hazard_time(mf->inward, s - x);
        double lambda = covered < INFINITY ? lambda_at(mf, &mf->surface_table[0], covered) : 0;
        add(p, (r0 * r0 - r1 * r1) / (R * R), lambda + bulk_at(mf, inner - x, t));
    }
    if (deepest < inner) {
        double rest = inner - deepest;
        add(p, rest * rest / (R * R), bulk_at(mf, rest * M_SQRT1_2, t));
    }
}

static void points_at(const struct meanfield *mf, double t, struct points *p) {
    p->n = 0;
    if (mf->layered) {
        layered_points(mf, t, p);
        return;
    }
    for (int k = 0; k < mf->n_rings; k++)
        add(p, mf->ring_weight[k],
            lambda_at(mf, &mf->surface_table[k], t) + lambda_at(mf, &mf->bulk_table[k], t));
}

static double fraction_of(const struct points *p, double c) {
    double x = 0;
    for (int k = 0; k < p->n; k++) x -= p->w[k] * expm1(-c * p->lambda[k]);
    return x;
}

double meanfield_fraction(const struct meanfield *mf, double t) {
    struct points p;
    points_at(mf, fmin(fmax(t, mf->begin), mf->end), &p);
    return fraction_of(&p, 1);
}

double meanfield_fraction_rate(const struct meanfield *mf, double t) {
    double h = 1e-4 * (mf->end - mf->begin), a = fmax(t - h, mf->begin), b = fmin(t + h, mf->end);
    return (meanfield_fraction(mf, b) - meanfield_fraction(mf, a)) / (b - a);
}

/* Factor on all extended numbers that makes the fraction equal to the threshold; INFINITY: none does. */
static double factor_of(const struct points *p, double threshold) {
    double low = -60, high = 60; /* ln c */
    if (fraction_of(p, exp(high)) < threshold) return INFINITY;
    if (fraction_of(p, exp(low)) > threshold) return 0;
    for (int k = 0; k < 60; k++) {
        double mid = 0.5 * (low + high);
        if (fraction_of(p, exp(mid)) < threshold) low = mid;
        else high = mid;
    }
    return exp(high);
}

/* Volume at t of a surface grain born at t0: the patch of the layer and what lies below it, or a cut sphere.
 */
static double surface_grain(const struct meanfield *mf, double t0, double t) {
    const double none[2] = {INFINITY, INFINITY};
    double R = mf->sample.diameter / 2, inner = fmax(0, R - mf->m->layer);
    double s = hazard_at(mf->inward, t);
    if (!mf->layered) return meanfield_reach_volume(R, R, s - hazard_at(mf->inward, t0), none);
    double l0 = hazard_at(mf->lateral, t0), path = hazard_at(mf->lateral, t) - l0, sum = 0, before = 0;
    for (int i = 1; i <= 8 && path > 0; i++) { /* rings of the patch, each as deep as its age allows */
        double out = path * i / 8, area = meanfield_spread_area(2 * M_PI * R, out, none);
        double age = hazard_time(mf->lateral, l0 + path * (i - 0.5) / 8);
        double depth = age < INFINITY ? fmin(inner, fmax(0, s - hazard_at(mf->inward, age))) : 0;
        double r = inner - depth;
        sum += (area - before) * (R * R - r * r) / (2 * R); /* volume under a unit of surface */
        before = area;
    }
    return sum;
}

/* Mean over places of birth in the core of what a grain fills of the rod. */
static double bulk_grain(const struct meanfield *mf, double t0, double t) {
    const double none[2] = {INFINITY, INFINITY};
    double s = hazard_at(mf->inward, t) - hazard_at(mf->inward, t0), R = mf->sample.diameter / 2, sum = 0;
    if (isinf(R)) return 4 * M_PI / 3 * s * s * s;
    for (int k = 0; k < RINGS; k++)
        sum += mf->ring_weight[k] * R * R / (mf->core * mf->core) *
               (mf->core == R ? meanfield_ring_volume(R, k, s)
                              : meanfield_reach_volume(R, mf->ring_r[k], s, none));
    return sum;
}

/* Numbers and volumes of grains by age: births between times of equal growth. */
static int grains(const struct meanfield *mf, const struct hazard *by, bool surface, double t, double *number,
                  double *mark) {
    double s = hazard_at(by, t), s0 = hazard_at(by, mf->begin), late = t, v_late = 0, n_late, n_begin = 0;
    int n = 0;
    n_late = surface ? mf->area * surface_count(mf, t) : mf->volume * since(mf, mf->bulk, t);
    for (int i = 1; i <= MARKS; i++) {
        double x = (double)i / MARKS;
        double early = i < MARKS ? fmin(late, hazard_time(by, s - (s - s0) * x * x)) : mf->begin;
        double v = surface ? surface_grain(mf, early, t) : bulk_grain(mf, early, t);
        double born = i < MARKS ? (surface ? mf->area * surface_count(mf, early)
                                           : mf->volume * since(mf, mf->bulk, early))
                                : n_begin;
        number[n] = n_late - born, mark[n++] = 0.5 * (v + v_late);
        late = early, v_late = v, n_late = born;
    }
    return n;
}

double meanfield_detected(const struct meanfield *mf, double t) {
    struct points p;
    double number[2 * MARKS], mark[2 * MARKS], all = 0;
    int n = 0;
    t = fmin(fmax(t, mf->begin), mf->end);
    points_at(mf, t, &p);
    double c = factor_of(&p, mf->sample.threshold);
    if (isinf(c)) return 0;
    if (surfaces(mf)) n += grains(mf, mf->layered ? mf->lateral : mf->inward, true, t, number, mark);
    if (mf->bulk) n += grains(mf, mf->inward, false, t, number + n, mark + n);
    for (int k = 0; k < n; k++) all += number[k] * mark[k];
    if (!(all > 0)) return 0;
    for (int k = 0; k < n; k++) mark[k] /= c * all;
    return 1 - meanfield_compound(n, number, mark);
}

/* --- summary */
static double celsius(const struct meanfield *mf, double t) {
    return isfinite(t) ? schedule_nominal(mf->schedule, t) - 273.15 : NAN;
}

/* Mean and sd of the reported temperature between the first and the last quantile of a growing probability.
 */
static void moments(const struct meanfield *mf, double (*f)(const struct meanfield *, double), double t0,
                    double t1, double *mean, double *sd) {
    enum { CELLS = 64 };
    double before = f(mf, t0), sum = 0, m1 = 0, m2 = 0;
    double T0 = celsius(mf, t0); /* keeps the squares small */
    for (int i = 1; i <= CELLS; i++) {
        double t = t0 + (t1 - t0) * i / CELLS, now = f(mf, t);
        double x = celsius(mf, t0 + (t1 - t0) * (i - 0.5) / CELLS) - T0, share = fmax(0, now - before);
        sum += share, m1 += share * x, m2 += share * x * x;
        before = fmax(now, before);
    }
    *mean = T0, *sd = 0; /* all at once, within what a clock resolves */
    if (!(sum > 0)) return;
    *mean = T0 + m1 / sum;
    *sd = sqrt(fmax(0, m2 / sum - m1 * m1 / (sum * sum)));
}

static double born_by(const struct meanfield *mf, double t) {
    return -expm1(-meanfield_nuclei(mf, t));
}

static double rod_hazard(const struct meanfield *mf, double T) {
    const struct material *m = mf->m;
    double d = mf->sample.diameter;
    return (mf->area > 0 ? mf->area * (material_surface_rate(m, T, d) + extra_rate(m, T, d)) : 0) +
           mf->volume * material_bulk_rate(m, T, d);
}

int meanfield_summary(const struct meanfield *mf, struct meanfield_result *r) {
    double detected = meanfield_detected(mf, mf->end), any = born_by(mf, mf->end), mean, T;
    *r = (struct meanfield_result){NAN, NAN, NAN, NAN, NAN, NAN, NAN, 1 - detected, NAN, NAN, NAN};
    r->first_median_C = celsius(mf, meanfield_first_time(mf, 0.5));
    if (any > 1e-6)
        moments(mf, born_by, meanfield_first_time(mf, 1e-5 * any), meanfield_first_time(mf, (1 - 1e-6) * any),
                &mean, &r->first_sd_K);
    r->tc_fraction_C = celsius(mf, meanfield_fraction_time(mf, mf->sample.threshold));
    double t = meanfield_detection_time(mf, 0.5);
    r->tc_median_C = celsius(mf, t);
    r->tc_low_C = celsius(mf, meanfield_detection_time(mf, 0.16));
    r->tc_high_C = celsius(mf, meanfield_detection_time(mf, 0.84));
    if (detected > 1e-6)
        moments(mf, meanfield_detected, meanfield_detection_time(mf, 1e-5 * detected),
                meanfield_detection_time(mf, (1 - 1e-6) * detected), &r->tc_mean_C, &r->tc_sd_K);
    T = schedule_temperature(mf->schedule, fmin(t, mf->end));
    double slope = log(rod_hazard(mf, T + 0.01) / rod_hazard(mf, T - 0.01)) / 0.02; /* E/kT^2 */
    r->gumbel_K = M_PI / sqrt(6) / slope;
    if (isinf(mf->sample.diameter)) return ERR_OK;
    r->rayleigh_plateau = 0; /* midpoints: it grows as slowly as the viscosity lets it */
    double stop = fmin(t, mf->end);
    for (int i = 0; i < 2000; i++) {
        double x = mf->begin + (stop - mf->begin) * (i + 0.5) / 2000;
        r->rayleigh_plateau +=
            (stop - mf->begin) / 2000 /
            material_rayleigh_plateau(mf->m, schedule_temperature(mf->schedule, x), mf->sample.diameter);
    }
    return ERR_OK;
}
