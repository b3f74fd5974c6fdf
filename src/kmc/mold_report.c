/* mold_report - from internal units to what a person reads; physics is elsewhere. */
#include "kmc/mold_report.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/unit.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define M2_S 1e-8     /* A^2 / ps in m^2 / s */
#define CURVE 121     /* temperatures of table relaxation */
#define AROUND 150.0  /* K below and above the reference transition, where no map says otherwise */
#define GROWTH 12     /* times of table growth */
#define UNLIKELY 1e-3 /* chance of a chi2 that deserves a warning */

int mold_report_put(struct results *out, const char *name, struct tsv **tsv, int e) {
    e = err_agree(out->comm, e);
    if (!e) e = results_table(out, name, *tsv);
    tsv_destroy(tsv);
    return e;
}

/* Value of an observation in table units, with the unit. */
static double shown(enum mold_fit_kind kind, double x, const char **unit) {
    switch (kind) {
    case MOLD_FIT_DC:
        *unit = "nm";
        return x / 10;
    case MOLD_FIT_VISCOSITY:
    case MOLD_FIT_PREFACTOR:
        *unit = "Pa s";
        return x * MOLD_REPORT_PA_S;
    case MOLD_FIT_RELAXATION_TIME:
        *unit = "s";
        return x / MOLD_REPORT_SECOND;
    case MOLD_FIT_BULK_TRANSITION:
    case MOLD_FIT_INTERFACE_TRANSITION:
    case MOLD_FIT_BREAKDOWN:
        *unit = "C";
        return mold_report_celsius(x);
    case MOLD_FIT_MOBILITY:
        *unit = "m6/s";
        return x * 1e-60 * MOLD_REPORT_SECOND;
    default:
        *unit = "eV";
        return x;
    }
}

/* Parameter in table units. */
static double parameter_shown(enum mold_fit_parameter p, double x, const char **unit) {
    switch (p) {
    case MOLD_FIT_ETA0:
        *unit = "Pa s";
        return x * MOLD_REPORT_PA_S;
    case MOLD_FIT_T0:
        *unit = "K";
        return x;
    case MOLD_FIT_KAPPA:
        *unit = "1/Pa";
        return x / (MOLD_REPORT_SECOND * MOLD_REPORT_PA_S);
    case MOLD_FIT_DELTA_OMEGA:
        *unit = "m4";
        return x * 1e-40;
    case MOLD_FIT_D_INTERFACE0:
        *unit = "m2/s";
        return x * M2_S;
    case MOLD_FIT_FRAGILITY:
        *unit = "";
        return x;
    default:
        *unit = "eV";
        return x;
    }
}

static int observations(const struct mold_fit_point *point, int n, struct tsv **tsv) {
    TRY(tsv_create(
        "kind:t temperature_C:r time_s:r unit:t measured:r error:r fitted:r residual_sigma:r predicted:r "
        "predicted_error:r",
        tsv));
    for (int k = 0; k < n; k++) {
        const struct mold_fit_point *p = &point[k];
        const char *unit;
        bool relative = mold_fit_relative(p->kind);
        double value = shown(p->kind, p->value, &unit), fitted = shown(p->kind, p->fitted, &unit),
               residual = relative ? log(p->fitted / p->value) / p->error : (p->fitted - p->value) / p->error;
        double size = relative ? shown(p->kind, p->predicted, &unit) / p->predicted : 1;
        TRY(tsv_add(*tsv, mold_fit_kind_name(p->kind),
                    p->temperature > 0 ? mold_report_celsius(p->temperature) : NAN,
                    p->time > 0 ? p->time / MOLD_REPORT_SECOND : NAN, unit, value,
                    relative ? p->error * value : p->error, fitted, residual,
                    shown(p->kind, p->predicted, &unit), p->predicted_error * size));
    }
    return ERR_OK;
}

static int parameters(const struct mold_fit *fit, struct tsv **tsv) {
    TRY(tsv_create("parameter:t value:r error:r unit:t determined:t", tsv));
    for (int p = 0; p < MOLD_FIT_PARAMETERS; p++) {
        const char *unit;
        bool logarithm = mold_fit_logarithm((enum mold_fit_parameter)p);
        double x = logarithm ? exp(fit->value[p]) : fit->value[p];
        double value = parameter_shown((enum mold_fit_parameter)p, x, &unit);
        TRY(tsv_add(*tsv, mold_fit_parameter_name((enum mold_fit_parameter)p), value,
                    logarithm ? value * fit->error[p] : fit->error[p], unit,
                    mold_fit_state_name(fit->state[p])));
    }
    return ERR_OK;
}

/* **Local.** How good the fit is: a line, two numbers, and a warning where chance would not do that. */
static int judge(const struct mold_fit *fit, const char *name, struct results *out) {
    int under = 0, exact = 0, freedom = fit->n_points - fit->rank;
    for (int p = 0; p < MOLD_FIT_PARAMETERS; p++) {
        under += fit->state[p] == MOLD_FIT_UNDER;
        exact += fit->state[p] == MOLD_FIT_EXACT;
    }
    log_note("%s: %d observations, %d parameters, rank %d: %d degrees of freedom; chi2 %.3g; %d exactly "
             "determined, %d under-determined",
             name, fit->n_points, fit->n_varied, fit->rank, freedom, fit->chi2, exact, under);
    if (freedom > 0 && gsl_cdf_chisq_Q(fit->chi2, freedom) < UNLIKELY)
        log_warn(
            "%s: chi2 is %.3g with %d degrees of freedom: this glass does not make these observations (or "
            "their errors are larger, or the fit began too far away): do not use its parameters",
            name, fit->chi2, freedom);
    TRY(results_scalar(out, fit->chi2, NAN, "", "%s_chi2", name));
    return results_scalar(out, freedom, NAN, "", "%s_degrees_of_freedom", name);
}

int mold_report_put_fit(const struct mold_fit *fit, const struct mold_fit_point *point, int n,
                        struct results *out, const char *name, const char *const names[3]) {
    struct tsv *tsv = NULL;
    const int64_t dims[] = {MOLD_FIT_PARAMETERS, MOLD_FIT_PARAMETERS};
    TRY_ALL(out->comm, judge(fit, name, out));
    TRY(mold_report_put(out, names[0], &tsv, observations(point, n, &tsv)));
    TRY(mold_report_put(out, names[1], &tsv, parameters(fit, &tsv)));
    return results_array(
        out, names[2], H5_F64, 2, dims, fit->cov, "",
        "covariance; order of table parameters; natural logarithms (A, ps, eV) of eta0, tau_over_eta, "
        "delta_Omega, D_I0");
}

int mold_report_fit(struct mold_deck *s, struct results *out) {
    struct mold_fit fit = {0};
    memcpy(fit.vary, s->vary, sizeof fit.vary);
    TRY_ALL(out->comm, mold_fit_compute(&s->material, s->point, s->n_points, &fit));
    if (!s->vary[MOLD_FIT_D_INTERFACE0] && !s->vary[MOLD_FIT_DELTA_OMEGA]) mold_deck_anchor(s);
    const char *const names[] = {"observations", "parameters", "covariance"};
    return mold_report_put_fit(&fit, s->point, s->n_points, out, "fit", names);
}

static int dc_row(const struct mold_deck *s, struct tsv *tsv, double temperature, double time,
                  const struct mold_fit_point *p) {
    double dc = mold_length_crossover(&s->material, temperature, time);
    return tsv_add(tsv, mold_report_celsius(temperature), dc / 10, p ? p->value / 10 : NAN,
                   p ? dc / p->value - 1 : NAN, time / MOLD_REPORT_SECOND, p ? p->predicted / 10 : NAN,
                   p ? p->predicted_error / 10 : NAN);
}

static int dc_table(const struct mold_deck *s, struct tsv **tsv) {
    TRY(tsv_create(
        "temperature_C:r dc_nm:r dc_measured_nm:r residual:r time_s:r predicted_nm:r predicted_error_nm:r",
        tsv));
    if (s->anchored) {
        struct mold_fit_point p = s->anchor;
        p.predicted = p.predicted_error = NAN;
        TRY(dc_row(s, *tsv, p.temperature, p.time, &p));
    }
    for (int k = 0; k < s->n_points; k++)
        if (s->point[k].kind == MOLD_FIT_DC)
            TRY(dc_row(s, *tsv, s->point[k].temperature, s->point[k].time, &s->point[k]));
    for (int c = 0; c < s->n_presses; c++) {
        const struct mold_length_press *p = &s->press[c];
        bool seen = s->anchored && p->temperature == s->anchor.temperature && p->time == s->anchor.time;
        for (int k = 0; k < s->n_points; k++)
            seen |= s->point[k].kind == MOLD_FIT_DC && s->point[k].temperature == p->temperature &&
                    s->point[k].time == p->time;
        if (!seen) TRY(dc_row(s, *tsv, p->temperature, p->time, NULL));
    }
    return ERR_OK;
}

void mold_report_range(const struct mold_deck *s, const char *what, double temperature) {
    if (!(s->range[0] <= s->range[1]) ||
        (temperature >= s->range[0] - 1e-9 && temperature <= s->range[1] + 1e-9))
        return;
    log_warn("%s at %.4g C is an extrapolation: the glass was fitted from %.4g to %.4g C", what,
             mold_report_celsius(temperature), mold_report_celsius(s->range[0]),
             mold_report_celsius(s->range[1]));
}

int mold_report_dc(const struct mold_deck *s, struct results *out) {
    struct tsv *tsv = NULL;
    TRY(mold_report_put(out, "dc", &tsv, dc_table(s, &tsv)));
    for (int c = 0; c < s->n_presses; c++) {
        const struct mold_length_press *p = &s->press[c];
        double dc = mold_length_crossover(&s->material, p->temperature, p->time);
        char what[64];
        snprintf(what, sizeof what, "conditions[%d]: d_c = %.3g nm", c, dc / 10);
        mold_report_range(s, what, p->temperature);
        TRY_ALL(out->comm,
                results_scalar(out, dc / 10, NAN, "nm", "dc_%.4gC_nm", mold_report_celsius(p->temperature)));
    }
    if (s->anchored) {
        double product = pow(s->anchor.value, 3) * UNIT_KB * s->anchor.temperature / 256;
        TRY_ALL(out->comm, results_scalar(out, product * 1.602176634e-19 * 1e-30, NAN, "J m3",
                                          "delta_Omega_D_eta_J_m3"));
        log_note(
            "one d_c fixes the product delta Omega D_I eta = %.3g J m^3; lengths rest on the viscosity given",
            product * 1.602176634e-49);
    }
    return ERR_OK;
}

static int length_table(const struct mold_deck *s, struct tsv **tsv) {
    TRY(tsv_create(
        "diameter_nm:r temperature_C:r length_nm:r mechanism:t pressure_GPa:r time_s:r collective_nm:r "
        "individual_nm:r dc_nm:r",
        tsv));
    for (int c = 0; c < s->n_presses; c++)
        for (int k = 0; k < s->n_diameters; k++) {
            struct mold_length_press p = s->press[c];
            double d = s->diameter[k];
            p.start = s->aspect * d;
            struct mold_length l = mold_length_compute(&s->material, &p, d, s->law, s->shear);
            TRY(tsv_add(*tsv, d / 10, mold_report_celsius(p.temperature), l.length / 10,
                        mold_length_name(l.field), p.pressure * UNIT_GPA, p.time / MOLD_REPORT_SECOND,
                        l.collective / 10, l.individual / 10,
                        mold_length_crossover(&s->material, p.temperature, p.time) / 10));
        }
    return ERR_OK;
}

/* **Local.** L(t) of every condition in pores of d_c / 2, d_c and 2 d_c, over three decades to its end. The
 * glass branch is that of a molding of this length: a shorter one leaves a glass that is hotter and flows
 * faster. */
static int growth_table(const struct mold_deck *s, struct tsv **tsv) {
    TRY(tsv_create(
        "time_s:r diameter_nm:r temperature_C:r pressure_GPa:r length_nm:r mechanism:t collective_nm:r "
        "individual_nm:r",
        tsv));
    for (int c = 0; c < s->n_presses; c++)
        for (int k = -1; k <= 1; k++)
            for (int t = 0; t <= GROWTH; t++) {
                struct mold_length_press p = s->press[c];
                double d = ldexp(mold_length_crossover(&s->material, p.temperature, p.time), k);
                p.start = s->aspect * d;
                p.time *= pow(10, 3.0 * t / GROWTH - 3);
                struct mold_length l = mold_length_compute(&s->material, &p, d, s->law, s->shear);
                TRY(tsv_add(*tsv, p.time / MOLD_REPORT_SECOND, d / 10, mold_report_celsius(p.temperature),
                            p.pressure * UNIT_GPA, l.length / 10, mold_length_name(l.field),
                            l.collective / 10, l.individual / 10));
            }
    return ERR_OK;
}

int mold_report_length(const struct mold_deck *s, struct results *out) {
    struct tsv *tsv = NULL;
    if (s->n_presses == 0) return ERR_OK;
    TRY(mold_report_put(out, "length", &tsv, length_table(s, &tsv)));
    return mold_report_put(out, "growth", &tsv, growth_table(s, &tsv));
}

static int relaxation_table(const struct mold_deck *s, struct tsv **tsv) {
    const struct mold_material *m = &s->material;
    double tg = mold_material_transition(m, s->time), lo = fmax(tg - AROUND, m->t0 + 1), hi = tg + AROUND;
    TRY(tsv_create("temperature_C:r viscosity_Pa_s:r tau_bulk_s:r tau_interface_s:r D_bulk_m2_per_s:r "
                   "D_stokes_einstein_m2_per_s:r D_interface_m2_per_s:r dc_nm:r",
                   tsv));
    for (int k = 0; k < CURVE; k++) {
        double t = lo + (hi - lo) * k / (CURVE - 1);
        TRY(tsv_add(*tsv, mold_report_celsius(t), mold_material_viscosity(m, t, s->time) * MOLD_REPORT_PA_S,
                    mold_material_relaxation(m, t) / MOLD_REPORT_SECOND,
                    mold_material_relaxation_interface(m, t) / MOLD_REPORT_SECOND,
                    mold_material_bulk(m, t) * M2_S,
                    UNIT_KB * t / (m->stokes * M_PI * m->radius * mold_material_liquid(m, t)) * M2_S,
                    mold_material_interface(m, t) * M2_S, mold_length_crossover(m, t, s->time) / 10));
    }
    return ERR_OK;
}

static int transition_table(const struct mold_deck *s, struct tsv **tsv) {
    TRY(tsv_create("time_s:r bulk_Tg_C:r interface_Tg_C:r dc_max_C:r dc_max_nm:r", tsv));
    for (int k = 0; k < s->n_times; k++) {
        double t = s->times[k], tg = mold_material_transition(&s->material, t), dc;
        double at = mold_length_peak(&s->material, t, tg - AROUND, tg + AROUND, &dc);
        TRY(tsv_add(*tsv, t / MOLD_REPORT_SECOND, mold_report_celsius(tg),
                    mold_report_celsius(mold_material_transition_interface(&s->material, t)),
                    mold_report_celsius(at), isnan(at) ? NAN : dc / 10));
    }
    return ERR_OK;
}

int mold_report_times(const struct mold_deck *s, struct results *out) {
    struct tsv *tsv = NULL;
    const struct mold_material *m = &s->material;
    double tg = mold_material_transition(m, s->time), dc;
    if (isnan(tg) || isnan(mold_material_breakdown(m)))
        log_warn("the glass has no kinetic glass transition or no Stokes-Einstein breakdown with these "
                 "parameters");
    TRY(mold_report_put(out, "relaxation", &tsv, relaxation_table(s, &tsv)));
    TRY(mold_report_put(out, "transitions", &tsv, transition_table(s, &tsv)));
    double at = mold_length_peak(m, s->time, tg - AROUND, tg + AROUND, &dc);
    if (isnan(at))
        log_warn("d_c has no maximum within %g K of the glass transition: E_g = %.3g eV is not below Q_I = "
                 "%.3g eV",
                 AROUND, m->e_glass, m->q_interface);
    TRY_ALL(out->comm, results_scalar(out, mold_report_celsius(tg), NAN, "C", "bulk_Tg_C"));
    TRY_ALL(out->comm,
            results_scalar(out, mold_report_celsius(mold_material_transition_interface(m, s->time)), NAN, "C",
                           "interface_Tg_C"));
    TRY_ALL(out->comm,
            results_scalar(out, mold_report_celsius(mold_material_breakdown(m)), NAN, "C", "breakdown_C"));
    TRY_ALL(out->comm, results_scalar(out, mold_report_celsius(at), NAN, "C", "dc_max_C"));
    return err_agree(out->comm, results_scalar(out, isnan(at) ? NAN : dc / 10, NAN, "nm", "dc_max_nm"));
}
