/* rates_diagram - time-temperature-transformation, continuous heating and cooling, critical rates.
 *
 * Each point is a schedule of its own and one mean field. The critical rate is that at which half of the rods
 * are seen to crystallise on the way between `low` and the melting point; it is sought by bisection in its
 * logarithm, because detection against rate is a step that Newton's method misses. Heating starts from a
 * glass without nuclei: those of the quench before are not carried over, so the asymmetry of the two rates is
 * that of nucleation and growth alone. */
#include "kmc/rates.h"

#include <math.h>

#define LONGEST 1e7 /* s: where an isothermal diagram stops */
#define HALVINGS 16

static int hold(double T, double duration, struct schedule **s) {
    const struct schedule_piece p = {.T = NAN, .rate = NAN, .duration = duration};
    return schedule_create("hold", T, 0, 1, &p, s);
}

static int ramp(double from, double to, double rate, struct schedule **s) {
    const struct schedule_piece p = {.T = to, .rate = rate, .duration = NAN};
    return schedule_create(to > from ? "heating" : "cooling", from, 0, 1, &p, s);
}

static double melting(const struct lab *lab, double d) {
    return material_melting(&lab->material, d) - 0.5;
}

static double finite_or_nan(double t) {
    return isfinite(t) ? t : NAN;
}

int rates_diagram_ttt(const struct lab *lab, const struct rates_options *o, struct tsv **tsv) {
    TRY(tsv_create(
        "diameter_nm:r T_C:r first_nucleus_s:r detected_s:r fraction_1_s:r fraction_50_s:r fraction_99_s:r",
        tsv));
    for (int k = 0; k < o->n_diameters; k++)
        for (double T = o->T_low; T <= fmin(o->T_high, melting(lab, o->diameter[k])); T += o->T_step) {
            struct meanfield_sample sample = rates_sample(o, o->diameter[k]);
            struct schedule *s;
            struct meanfield *mf = NULL;
            double row[7] = {o->diameter[k], T - 273.15};
            TRY(hold(T, LONGEST, &s));
            int e = meanfield_create(&lab->material, s, &sample, &mf);
            if (!e) {
                row[2] = finite_or_nan(meanfield_first_time(mf, 0.5));
                row[3] = finite_or_nan(meanfield_detection_time(mf, 0.5));
                row[4] = finite_or_nan(meanfield_fraction_time(mf, 0.01));
                row[5] = finite_or_nan(meanfield_fraction_time(mf, 0.5));
                row[6] = finite_or_nan(meanfield_fraction_time(mf, 0.99));
                e = tsv_add_reals(*tsv, row);
            }
            meanfield_destroy(&mf);
            schedule_destroy(&s);
            TRY(e);
        }
    return ERR_OK;
}

/* One ramp of one rod: temperatures (C) of the median first nucleus, of detection and of 50 and 99 %. */
static int one_ramp(const struct lab *lab, const struct rates_options *o, double d, double from, double to,
                    double rate, double out[4]) {
    struct meanfield_sample sample = rates_sample(o, d);
    struct schedule *s;
    struct meanfield *mf = NULL;
    TRY(ramp(from, to, rate, &s));
    int e = meanfield_create(&lab->material, s, &sample, &mf);
    if (!e) {
        double t[4] = {meanfield_first_time(mf, 0.5), meanfield_detection_time(mf, 0.5),
                       meanfield_fraction_time(mf, 0.5), meanfield_fraction_time(mf, 0.99)};
        for (int i = 0; i < 4; i++) out[i] = isfinite(t[i]) ? schedule_temperature(s, t[i]) - 273.15 : NAN;
    }
    meanfield_destroy(&mf);
    schedule_destroy(&s);
    return e;
}

int rates_diagram_heating(const struct lab *lab, const struct rates_options *o, struct tsv **tsv) {
    TRY(tsv_create(
        "diameter_nm:r rate_K_per_s:r first_nucleus_C:r detected_C:r fraction_50_C:r fraction_99_C:r", tsv));
    for (int k = 0; k < o->n_diameters; k++)
        for (int h = 0; h < 2 * o->n_heating; h++) { /* then the same rates downward */
            bool up = h < o->n_heating;
            double rate = o->heating[h % o->n_heating], melt = melting(lab, o->diameter[k]);
            double row[6] = {o->diameter[k], up ? rate : -rate};
            if (melt <= o->T_low) continue;
            TRY(one_ramp(lab, o, o->diameter[k], up ? o->T_low : melt, up ? melt : o->T_low, rate, row + 2));
            TRY(tsv_add_reals(*tsv, row));
        }
    return ERR_OK;
}

static int seen(const struct lab *lab, const struct rates_options *o, double d, bool up, double rate,
                double *p) {
    struct meanfield_sample sample = rates_sample(o, d);
    struct schedule *s;
    struct meanfield *mf = NULL;
    double melt = melting(lab, d);
    TRY(ramp(up ? o->T_low : melt, up ? melt : o->T_low, rate, &s));
    int e = meanfield_create(&lab->material, s, &sample, &mf);
    if (!e) *p = meanfield_detected(mf, meanfield_end(mf));
    meanfield_destroy(&mf);
    schedule_destroy(&s);
    return e;
}

/* nan: not between 1e-6 and 1e12 K/s, which is to say never, or always. */
static int critical(const struct lab *lab, const struct rates_options *o, double d, bool up, double *rate) {
    double low = log(1e-6), high = log(1e12), p;
    *rate = NAN;
    TRY(seen(lab, o, d, up, exp(low), &p));
    if (p < 0.5) return ERR_OK;
    TRY(seen(lab, o, d, up, exp(high), &p));
    if (p >= 0.5) return ERR_OK;
    for (int k = 0; k < HALVINGS; k++) {
        double mid = 0.5 * (low + high);
        TRY(seen(lab, o, d, up, exp(mid), &p));
        if (p >= 0.5) low = mid;
        else high = mid;
    }
    *rate = exp(0.5 * (low + high));
    return ERR_OK;
}

int rates_diagram_critical(const struct lab *lab, const struct rates_options *o, struct tsv **tsv) {
    TRY(tsv_create("diameter_nm:r critical_heating_K_per_s:r critical_cooling_K_per_s:r ratio:r melting_C:r",
                   tsv));
    for (int k = 0; k < o->n_diameters; k++) {
        double row[5] = {o->diameter[k], NAN, NAN, NAN,
                         material_melting(&lab->material, o->diameter[k]) - 273.15};
        if (melting(lab, o->diameter[k]) > o->T_low) {
            TRY(critical(lab, o, o->diameter[k], true, &row[1]));
            TRY(critical(lab, o, o->diameter[k], false, &row[2]));
            row[3] = row[1] / row[2];
        }
        TRY(tsv_add_reals(*tsv, row));
    }
    return ERR_OK;
}
