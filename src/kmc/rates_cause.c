/* rates_cause - one cause off at a time, with everything else as it is.
 *
 * off(surface): no nucleation on the surface; off(confinement): M(d) = 1; off(starvation): no scatter of
 * numbers, every rod has the mean fraction of an endless one (KJMA); off(Gibbs-Thomson): T_m(d) = T_m, or on
 * where the deck has it off. Causes are not additive, so shares need not sum to 100 %. */
#include "kmc/rates.h"

#include <math.h>

enum cause { ALL, NO_SURFACE, NO_CONFINEMENT, NO_STARVATION, GIBBS_THOMSON, CAUSES };

static int median(const struct lab *lab, const struct rates_options *o, double d, enum cause off,
                  double *tc) {
    struct schedule *s;
    struct material m = lab->material; /* shares tables, which nobody frees here */
    struct meanfield_sample sample = rates_sample(o, d);
    struct meanfield *mf;
    *tc = NAN;
    if (off == NO_SURFACE) m.surface.kind = MATERIAL_NONE;
    if (off == NO_SURFACE && m.bulk.kind == MATERIAL_NONE) return ERR_OK; /* nothing left to nucleate */
    if (off == NO_CONFINEMENT) m.confined = false;
    if (off == GIBBS_THOMSON) m.gibbs_thomson = !m.gibbs_thomson;
    TRY(schedule_changed(lab->schedule[o->schedule], 0, material_melting(&m, d) - 0.5, &s));
    int e = meanfield_create(&m, s, &sample, &mf);
    if (e) schedule_destroy(&s);
    TRY(e);
    double t =
        off == NO_STARVATION ? meanfield_fraction_time(mf, o->threshold) : meanfield_detection_time(mf, 0.5);
    if (isfinite(t)) *tc = schedule_nominal(s, t) - 273.15;
    meanfield_destroy(&mf);
    schedule_destroy(&s);
    return ERR_OK;
}

int rates_cause_table(const struct lab *lab, const struct rates_options *o, struct tsv **tsv) {
    bool with = lab->material.gibbs_thomson;
    TRY(tsv_create(with ? "diameter_nm:r tc_C:r tc_no_surface_C:r tc_no_confinement_C:r tc_no_starvation_C:r "
                          "tc_without_gibbs_thomson_C:r"
                        : "diameter_nm:r tc_C:r tc_no_surface_C:r tc_no_confinement_C:r tc_no_starvation_C:r "
                          "tc_with_gibbs_thomson_C:r",
                   tsv));
    for (int k = 0; k < o->n_diameters; k++) {
        double row[1 + CAUSES] = {o->diameter[k]};
        for (int c = 0; c < CAUSES; c++) TRY(median(lab, o, o->diameter[k], (enum cause)c, &row[1 + c]));
        TRY(tsv_add_reals(*tsv, row));
    }
    return ERR_OK;
}

int rates_cause_share(const struct lab *lab, const struct rates_options *o, double thin, double thick,
                      double *confinement, double *starvation) {
    double a[CAUSES], b[CAUSES];
    for (int c = 0; c < CAUSES; c++) {
        TRY(median(lab, o, thin, (enum cause)c, &a[c]));
        TRY(median(lab, o, thick, (enum cause)c, &b[c]));
    }
    double rise = a[ALL] - b[ALL];
    *confinement = 100 * (1 - (a[NO_CONFINEMENT] - b[NO_CONFINEMENT]) / rise);
    *starvation = 100 * (1 - (a[NO_STARVATION] - b[NO_STARVATION]) / rise);
    return ERR_OK;
}

/* The layer's rate N_layer nu_layer exp(-W*) equals the surface's N nu exp(-f W*) at f = 1 - ln(ratio n)/W*,
 * W* in kT. ratio and n are those of the material: layer_ratio and the sites of the layer's thickness over
 * those of its first layer of atoms, 5.07 in Zhang 2018. */
int rates_cause_layer(const struct lab *lab, struct tsv **tsv) {
    const double sites = 5.07, ratio = lab->material.layer_ratio;
    TRY(tsv_create("barrier_kT:r T_C:r potency_of_equal_rate:r", tsv));
    for (int k = 0; k <= 120; k++) {
        double W = 5 + 0.5 * k, low = 200, high = lab->material.melting - 1, T;
        for (int i = 0; i < 60; i++) { /* W*(T)/kT of this material rises with T */
            T = 0.5 * (low + high);
            if (material_barrier(&lab->material, T, INFINITY) < W) low = T;
            else high = T;
        }
        bool found = fabs(material_barrier(&lab->material, T, INFINITY) - W) < 1e-3;
        double row[3] = {W, found ? T - 273.15 : NAN, 1 - log(ratio * sites) / W};
        TRY(tsv_add_reals(*tsv, row));
    }
    return ERR_OK;
}
