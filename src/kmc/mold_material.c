/* mold_material - closed forms; the two temperatures that have none are bracketed and found by Brent's
 * method.
 *
 * "D_B follows Stokes-Einstein from T_b on" is read as tangency: the apparent activation energy of kT / eta,
 * k T^2 d ln(kT / eta) / dT = kT + k B T^2 / (T - T0)^2, equals Q_B at T_b. Rejected: a free prefactor (D_B
 * and D_SER then cross twice, or nowhere). */
#include "kmc/mold_material.h"
#include "base/unit.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_roots.h>
#include <math.h>

#define HIGHEST 3.0 /* search up to this multiple of T0 */

static double vft(const struct mold_material *m, double temperature) {
    return m->fragility * m->t0 / (temperature - m->t0);
}

double mold_material_liquid(const struct mold_material *m, double temperature) {
    return temperature > m->t0 ? m->eta0 * exp(vft(m, temperature)) : INFINITY;
}

double mold_material_relaxation(const struct mold_material *m, double temperature) {
    return m->kappa * mold_material_liquid(m, temperature);
}

double mold_material_transition(const struct mold_material *m, double t) {
    double x = log(t / (m->kappa * m->eta0));
    return x > 0 ? m->t0 + m->fragility * m->t0 / x : NAN;
}

double mold_material_viscosity(const struct mold_material *m, double temperature, double t) {
    double tg = mold_material_transition(m, t);
    if (!(temperature < tg)) return mold_material_liquid(m, temperature);
    return mold_material_liquid(m, tg) * exp(m->e_glass / UNIT_KB * (1 / temperature - 1 / tg));
}

double mold_material_relaxation_molded(const struct mold_material *m, double temperature, double t) {
    return m->kappa * mold_material_viscosity(m, temperature, t);
}

double mold_material_interface(const struct mold_material *m, double temperature) {
    return m->d_interface0 * exp(-m->q_interface / (UNIT_KB * temperature));
}

static double stokes_einstein(const struct mold_material *m, double temperature) {
    return UNIT_KB * temperature / (m->stokes * M_PI * m->radius * mold_material_liquid(m, temperature));
}

double mold_material_bulk(const struct mold_material *m, double temperature) {
    double tb = mold_material_breakdown(m);
    if (temperature >= tb) return stokes_einstein(m, temperature);
    return stokes_einstein(m, tb) * exp(-m->q_bulk / UNIT_KB * (1 / temperature - 1 / tb));
}

double mold_material_relaxation_interface(const struct mold_material *m, double temperature) {
    return mold_material_relaxation(m, temperature) * mold_material_bulk(m, temperature) /
           mold_material_interface(m, temperature);
}

struct search {
    const struct mold_material *m;
    double target, breakdown; /* log time; so that the breakdown is found once */
};

/* **Local.** Apparent activation energy of D_SER less Q_B. */
static double slope(double temperature, void *p) {
    const struct mold_material *m = ((struct search *)p)->m;
    double x = temperature / (temperature - m->t0);
    return UNIT_KB * temperature + UNIT_KB * m->fragility * m->t0 * x * x - m->q_bulk;
}

static double interface_time(double temperature, void *p) {
    const struct search *s = p;
    const struct mold_material *m = s->m;
    double tb = s->breakdown, bulk;
    if (temperature >= tb) bulk = log(stokes_einstein(m, temperature));
    else bulk = log(stokes_einstein(m, tb)) - m->q_bulk / UNIT_KB * (1 / temperature - 1 / tb);
    return log(m->kappa * m->eta0) + vft(m, temperature) + bulk - log(m->d_interface0) +
           m->q_interface / (UNIT_KB * temperature) - s->target;
}

/* **Local.** The root of f between just above T0 and HIGHEST T0; NAN when there is none. */
static double root_of(const struct mold_material *m, double (*f)(double, void *), struct search *s) {
    double lo = m->t0 * (1 + 1e-6), hi = HIGHEST * m->t0;
    gsl_function g = {f, s};
    double at_lo = f(lo, s), at_hi = f(hi, s);
    if (!(at_lo > 0 && at_hi < 0)) return NAN;
    gsl_root_fsolver *solver = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);
    if (!solver) return NAN;
    double root = NAN;
    int status = gsl_root_fsolver_set(solver, &g, lo, hi);
    for (int k = 0; k < 200 && !status; k++) {
        status = gsl_root_fsolver_iterate(solver);
        root = gsl_root_fsolver_root(solver);
        if (gsl_root_fsolver_x_upper(solver) - gsl_root_fsolver_x_lower(solver) < 1e-10 * root) break;
    }
    gsl_root_fsolver_free(solver);
    return status ? NAN : root;
}

double mold_material_breakdown(const struct mold_material *m) {
    struct search s = {m, 0, 0};
    return root_of(m, slope, &s);
}

double mold_material_transition_interface(const struct mold_material *m, double t) {
    struct search s = {m, log(t), mold_material_breakdown(m)};
    return isnan(s.breakdown) ? NAN : root_of(m, interface_time, &s);
}
