/* rates_trace - what a calorimeter would see, and the two analyses that are made of it.
 *
 * Kissinger: ln(q / Tp^2) against 1/Tp, Tp the temperature of the fastest transformation at heating rate q;
 * the slope is -E/k (kissinger1957), by gsl_fit_linear. Local Avrami exponent: n = d ln[-ln(1 - X)] / d ln t
 * of a hold. The heat flow is dh/Omega dX/dt, without the heat capacity of the sample. */
#include "base/unit.h"
#include "kmc/rates.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_fit.h>
#include <gsl/gsl_min.h>
#include <math.h>

#include "base/mem.h"

#define SCAN 200
#define POINTS 60 /* of a trace */

static double slower(double t, void *context) {
    return -meanfield_fraction_rate(context, t);
}

/* Time of the fastest transformation: scan, then Brent's minimum. nan: nothing transforms. */
static double peak(struct meanfield *mf) {
    double a = meanfield_begin(mf), b = meanfield_end(mf), best = NAN, most = 0;
    for (int i = 1; i < SCAN; i++) {
        double t = a + (b - a) * i / SCAN, r = meanfield_fraction_rate(mf, t);
        if (r > most) best = t, most = r;
    }
    if (isnan(best)) return NAN;
    double low = fmax(a, best - (b - a) / SCAN), high = fmin(b, best + (b - a) / SCAN);
    gsl_function f = {slower, mf};
    gsl_min_fminimizer *brent = gsl_min_fminimizer_alloc(gsl_min_fminimizer_brent);
    if (brent && gsl_min_fminimizer_set(brent, &f, best, low, high) == GSL_SUCCESS)
        for (int k = 0; k < 40 && gsl_min_fminimizer_iterate(brent) == GSL_SUCCESS; k++)
            best = gsl_min_fminimizer_x_minimum(brent);
    if (brent) gsl_min_fminimizer_free(brent);
    return best;
}

static int peak_of(const struct lab *lab, const struct rates_options *o, double d, double rate, double *T) {
    struct meanfield_sample sample = rates_sample(o, d);
    const struct schedule_piece p = {
        .T = material_melting(&lab->material, d) - 0.5, .rate = rate, .duration = NAN};
    struct schedule *s;
    struct meanfield *mf = NULL;
    TRY(schedule_create("heating", o->T_low, 0, 1, &p, &s));
    int e = meanfield_create(&lab->material, s, &sample, &mf);
    if (!e) {
        bool whole =
            meanfield_fraction(mf, meanfield_end(mf)) > 0.5; /* else the melting point cuts the peak off */
        double t = whole ? peak(mf) : NAN;
        *T = isnan(t) ? NAN : schedule_temperature(s, t);
    }
    meanfield_destroy(&mf);
    schedule_destroy(&s);
    return e;
}

int rates_trace_kissinger(const struct lab *lab, const struct rates_options *o, struct tsv **tsv) {
    double *x = NULL, *y = NULL, *T = NULL;
    int e = tsv_create("diameter_nm:r rate_K_per_s:r peak_C:r kissinger_energy_eV:r error_eV:r", tsv);
    if (!e) e = MEM_NEW(x, o->n_heating);
    if (!e) e = MEM_NEW(y, o->n_heating);
    if (!e) e = MEM_NEW(T, o->n_heating);
    for (int k = 0; k < o->n_diameters && !e; k++) {
        double c0, c1, v00, v01, v11, chi2;
        int n = 0;
        for (int h = 0; h < o->n_heating && !e; h++) {
            e = peak_of(lab, o, o->diameter[k], o->heating[h], &T[h]);
            if (e || isnan(T[h])) continue;
            x[n] = 1 / (UNIT_KB * T[h]), y[n++] = log(o->heating[h] / (T[h] * T[h]));
        }
        bool fits = !e && n >= 3 && !gsl_fit_linear(x, 1, y, 1, (size_t)n, &c0, &c1, &v00, &v01, &v11, &chi2);
        for (int h = 0; h < o->n_heating && !e; h++) {
            double row[5] = {o->diameter[k], o->heating[h], T[h] - 273.15, fits ? -c1 : NAN,
                             fits ? sqrt(v11) : NAN};
            e = tsv_add_reals(*tsv, row);
        }
    }
    mem_free(&x);
    mem_free(&y);
    mem_free(&T);
    return e;
}

static double avrami(const struct meanfield *mf, double t) {
    return log(-log1p(-meanfield_fraction(mf, t)));
}

int rates_trace_avrami(const struct lab *lab, const struct rates_options *o, struct tsv **tsv) {
    TRY(tsv_create("diameter_nm:r T_C:r t_s:r fraction:r exponent:r", tsv));
    for (int k = 0; k < o->n_diameters; k++)
        for (double T = o->T_low;
             T <= fmin(o->T_high, material_melting(&lab->material, o->diameter[k]) - 0.5); T += o->T_step) {
            struct meanfield_sample sample = rates_sample(o, o->diameter[k]);
            const struct schedule_piece p = {.T = NAN, .rate = NAN, .duration = 1e7};
            struct schedule *s;
            struct meanfield *mf = NULL;
            TRY(schedule_create("hold", T, 0, 1, &p, &s));
            int e = meanfield_create(&lab->material, s, &sample, &mf);
            double a = e ? INFINITY : meanfield_fraction_time(mf, 0.01);
            double b = e ? INFINITY : meanfield_fraction_time(mf, 0.98);
            for (int i = 0; i <= 12 && isfinite(a) && isfinite(b) && !e; i++) {
                double t = a * pow(b / a, i / 12.0), h = 0.01;
                double n = (avrami(mf, t * exp(h)) - avrami(mf, t * exp(-h))) / (2 * h);
                double row[5] = {o->diameter[k], T - 273.15, t, meanfield_fraction(mf, t), n};
                e = tsv_add_reals(*tsv, row);
            }
            meanfield_destroy(&mf);
            schedule_destroy(&s);
            TRY(e);
        }
    return ERR_OK;
}

int rates_trace_heat_flow(const struct lab *lab, const struct rates_options *o, struct tsv **tsv) {
    const struct schedule *s = lab->schedule[o->schedule];
    const struct material *m = &lab->material;
    double heat =
        m->fusion_heat * 1.602176634e-19 / (m->atomic_volume * 1e-27) * 1e-6; /* eV, nm^3 to J/cm^3 */
    TRY(tsv_create("diameter_nm:r t_s:r T_C:r fraction:r heat_flow_W_per_cm3:r", tsv));
    for (int k = 0; k < o->n_diameters; k++) {
        struct meanfield_sample sample = rates_sample(o, o->diameter[k]);
        struct meanfield *mf;
        int e = meanfield_create(m, s, &sample, &mf);
        double a = e ? 0 : fmin(meanfield_fraction_time(mf, 1e-4), meanfield_end(mf));
        double b = e ? 0 : fmin(meanfield_fraction_time(mf, 0.999), meanfield_end(mf));
        for (int i = 0; i <= POINTS && a < b && !e; i++) {
            double t = a + (b - a) * i / POINTS;
            double row[5] = {o->diameter[k], t, schedule_nominal(s, t) - 273.15, meanfield_fraction(mf, t),
                             heat * meanfield_fraction_rate(mf, t)};
            e = tsv_add_reals(*tsv, row);
        }
        meanfield_destroy(&mf);
        TRY(e);
    }
    return ERR_OK;
}
