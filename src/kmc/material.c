/* material - closed forms, evaluated anew at each call; whoever needs them often tabulates along a schedule
 * (hazard).
 *
 * Attempts: nu = kT/(3 pi a^3 eta), a jump of Stokes-Einstein diffusion, or nu = 1/tau. In the near-surface
 * layer nu_layer = ratio nu(layer_at) exp[-(E/k)(1/T - 1/layer_at)], or ratio nu(T) without an energy of its
 * own. Theory of nucleation: I = N nu exp(-f W* / kT) (kelton2010); growth: u = c a nu [1 -
 * exp(-dmu/kT)]. Rejected: the Zeldovich factor and its like, which no datum here can tell from N. */
#include "kmc/material.h"
#include "base/unit.h"

#include <math.h>

double material_confinement(const struct material *m, double d) {
    if (!m->confined || isinf(d)) return m->mobility;
    if (m->confinement_table.kind == CURVE_TABLE) {
        double low, high;
        curve_range(&m->confinement_table, &low, &high);
        return m->mobility * curve_value(&m->confinement_table, fmin(d, high));
    }
    return m->mobility * exp(-pow(m->confinement_length / d, m->confinement_power));
}

double material_melting(const struct material *m, double d) {
    if (!m->gibbs_thomson || isinf(d)) return m->melting;
    return m->melting * (1 - 2 * m->gibbs_thomson_energy * m->atomic_volume / (m->fusion_heat * d));
}

/* Driving force per atom with melting point Tm. */
static double driving(const struct material *m, double T, double Tm) {
    double linear = m->fusion_heat * (Tm - T) / Tm;
    switch (m->driving) {
    case MATERIAL_THOMPSON_SPAEPEN:
        return linear * 2 * T / (Tm + T);
    case MATERIAL_HOFFMAN:
        return linear * T / Tm;
    case MATERIAL_DG_TABLE: /* a lower melting point lowers it by dS (Tm_bulk - Tm) */
        return curve_value(&m->driving_table, T) - m->fusion_heat * (m->melting - Tm) / m->melting;
    default:
        return linear;
    }
}

double material_driving_force(const struct material *m, double T, double d) {
    return driving(m, T, material_melting(m, d));
}

/* W*(T) in eV for a driving force dmu (eV per atom). */
static double barrier(const struct material *m, double dmu) {
    if (!(dmu > 0)) return INFINITY;
    double dg = dmu / m->atomic_volume;
    if (!m->diffuse)
        return 16 * M_PI / 3 * m->interface_energy * m->interface_energy * m->interface_energy / (dg * dg);
    double x = dmu / m->fusion_heat, q = sqrt(fmax(0, 1 - x)), w = m->diffuse_width;
    double psi = 2 * (1 + q) / (x * x * x) - (3 + 2 * q) / (x * x) + 1 / x;
    return 4 * M_PI / 3 * w * w * w * dg * psi;
}

double material_barrier(const struct material *m, double T, double d) {
    return barrier(m, material_driving_force(m, T, d)) / (UNIT_KB * T);
}

double material_attempts(const struct material *m, double T) {
    if (m->relaxation.kind != CURVE_NONE) return 1 / curve_value(&m->relaxation, T);
    /* Pa s = 1e-27 J s / nm^3; k in J/K */
    double k = UNIT_KB * 1.602176634e-19, eta = curve_value(&m->viscosity, T) * 1e-27;
    return k * T / (3 * M_PI * m->jump * m->jump * m->jump * eta);
}

double material_attempts_layer(const struct material *m, double T) {
    if (isnan(m->layer_energy)) return m->layer_ratio * material_attempts(m, T);
    return m->layer_ratio * material_attempts(m, m->layer_at) *
           exp(-m->layer_energy / UNIT_KB * (1 / T - 1 / m->layer_at));
}

double material_potency(double contact_angle) {
    double c = cos(contact_angle);
    return (2 + c) * (1 - c) * (1 - c) / 4;
}

/* What Gibbs-Thomson makes of a rate given for the bulk melting point: the change of f W* / kT. */
static double changed_barrier(const struct material *m, double T, double d, double f) {
    if (!m->gibbs_thomson || isinf(d)) return 1;
    return exp(-f * (material_barrier(m, T, d) - material_barrier(m, T, INFINITY)));
}

static double nucleation(const struct material *m, const struct material_nucleation *n, double T, double d,
                         double f, bool in_layer) {
    if (n->kind == MATERIAL_NONE || T >= material_melting(m, d)) return 0;
    double mobility = material_confinement(m, d);
    if (n->kind != MATERIAL_THEORY)
        return mobility * curve_value(&n->given, T) * changed_barrier(m, T, d, n->potency) *
               (f == n->potency ? 1 : exp(-(f - n->potency) * material_barrier(m, T, d)));
    double nu = in_layer ? material_attempts_layer(m, T) : material_attempts(m, T);
    return mobility * n->sites * nu * exp(-f * material_barrier(m, T, d));
}

double material_bulk_rate(const struct material *m, double T, double d) {
    return nucleation(m, &m->bulk, T, d, m->bulk.potency, m->bulk.in_layer);
}

double material_layer_rate(const struct material *m, double T, double d) {
    if (!m->layer_nucleates || !(m->layer > 0)) return 0;
    double bulk = material_bulk_rate(m, T, d);
    return fmax(bulk, nucleation(m, &m->bulk, T, d, m->bulk.potency, true));
}

double material_surface_rate(const struct material *m, double T, double d) {
    return nucleation(m, &m->surface, T, d, m->surface.potency, m->surface.in_layer);
}

double material_interface_rate(const struct material *m, double T, double d) {
    return nucleation(m, &m->interface, T, d, m->interface.potency, m->interface.in_layer);
}

double material_site_rate(const struct material *m, double T, double d, double f) {
    return nucleation(m, &m->surface, T, d, fmax(f, 0), m->surface.in_layer) / m->surface.density;
}

/* 1/u = 1/u_i + 1/u_D, both times M(d). */
static double growth(const struct material *m, const struct material_growth *g, double nu, double T,
                     double d) {
    if (g->kind == MATERIAL_NONE || T >= material_melting(m, d)) return 0;
    double kT = UNIT_KB * T, u;
    if (g->kind == MATERIAL_THEORY)
        u = g->factor * m->jump * nu * -expm1(-material_driving_force(m, T, d) / kT);
    else {
        u = curve_value(&g->given, T);
        if (m->gibbs_thomson && !isinf(d))
            u *= expm1(-material_driving_force(m, T, d) / kT) /
                 expm1(-material_driving_force(m, T, INFINITY) / kT);
    }
    if (m->limit.kind != CURVE_NONE && u > 0) u = 1 / (1 / u + 1 / curve_value(&m->limit, T));
    return material_confinement(m, d) * u;
}

double material_growth(const struct material *m, double T, double d) {
    double nu = m->inward.kind == MATERIAL_THEORY ? material_attempts(m, T) : 0;
    return growth(m, &m->inward, nu, T, d);
}

double material_growth_layer(const struct material *m, double T, double d) {
    double nu = m->lateral.kind == MATERIAL_THEORY ? material_attempts_layer(m, T) : 0;
    return growth(m, &m->lateral, nu, T, d);
}

double material_rayleigh_plateau(const struct material *m, double T, double d) {
    /* Pa s nm / (J/m^2) = 1e-9 s; sigma: 1 eV/nm^2 = 0.1602176634 J/m^2 */
    double gamma = m->surface_tension * 0.1602176634;
    return 6 * curve_value(&m->viscosity, T) / material_confinement(m, d) * (d / 2) * 1e-9 / gamma;
}

void material_clear(struct material *m) {
    struct curve *all[] = {&m->driving_table, &m->viscosity,        &m->relaxation,   &m->bulk.given,
                           &m->surface.given, &m->interface.given,  &m->inward.given, &m->lateral.given,
                           &m->limit,         &m->confinement_table};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) curve_clear(all[k]);
    *m = (struct material){0};
}
