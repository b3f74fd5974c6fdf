/* shot_noise - the weight of every pixel in I_n, squared and summed.
 *
 * Neighbouring points of a ring share pixels, so the usual 1 / (number of angles) is wrong by whatever the
 * ring is over-sampled; weights are therefore laid out on the pattern's pixels. Done once for a scan.
 * Rejected: estimating the noise from odd n (multiple scattering has them, too), splitting counts at random
 * in two halves (adds noise to what is to be measured). */
#include "analysis/microscope/shot_noise.h"
#include "base/mem.h"

#include <math.h>

/* **Local.** Adds scale times the weights of I_n of ring k to re, im [ny][nx]. False: they are not known. */
static bool lay(const struct polar *polar, const struct symmetry *symmetry, int k, int n, double scale,
                double *re, double *im) {
    const struct polar_geometry *g = polar_geometry(polar);
    for (int j = 0; j < g->n_phi; j++) {
        double weight[2], share[4];
        int64_t at[4];
        if (!polar_taps(polar, k, j, at, share)) continue;
        symmetry_weight(symmetry, k, n, j, weight);
        if (!isfinite(weight[0])) return false;
        for (int c = 0; c < 4; c++) {
            re[at[c]] += scale * weight[0] * share[c];
            im[at[c]] += scale * weight[1] * share[c];
        }
    }
    return true;
}

/* **Local.** Sum of squares of rings first .. end - 1 together. */
static double gain_of(const struct polar *polar, const struct symmetry *symmetry, int n, int first, int end,
                      double *re, double *im) {
    const struct polar_geometry *g = polar_geometry(polar);
    int64_t pixels = (int64_t)g->nx * g->ny;
    double all = 0, sum = 0;
    for (int64_t i = 0; i < pixels; i++) re[i] = im[i] = 0;
    for (int k = first; k < end; k++) {
        double weight = g->k_first + k * g->k_step;
        if (symmetry_condition(symmetry, k) > SYMMETRY_CONDITION) continue;
        if (!lay(polar, symmetry, k, n, weight, re, im)) return NAN;
        all += weight;
    }
    for (int64_t i = 0; i < pixels; i++) sum += re[i] * re[i] + im[i] * im[i];
    return all > 0 ? sum / (all * all) : NAN;
}

static int planes(const struct polar *polar, double **re, double **im) {
    const struct polar_geometry *g = polar_geometry(polar);
    TRY(MEM_NEW(*re, (int64_t)g->nx * g->ny));
    return MEM_NEW(*im, (int64_t)g->nx * g->ny);
}

int shot_noise_rings(const struct polar *polar, const struct symmetry *symmetry, int top, double *gain) {
    double *re = NULL, *im = NULL;
    int n_k = polar_geometry(polar)->n_k, e = planes(polar, &re, &im);
    for (int k = 0; k < n_k && !e; k++)
        for (int n = 0; n <= top; n++)
            gain[k * (top + 1) + n] = gain_of(polar, symmetry, n, k, k + 1, re, im);
    mem_free(&re);
    mem_free(&im);
    return e;
}

int shot_noise_pool(const struct polar *polar, const struct symmetry *symmetry, int top, int first, int end,
                    double *gain) {
    double *re = NULL, *im = NULL;
    int e = planes(polar, &re, &im);
    for (int n = 0; n <= top && !e; n++) gain[n] = gain_of(polar, symmetry, n, first, end, re, im);
    mem_free(&re);
    mem_free(&im);
    return e;
}
