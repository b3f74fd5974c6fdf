/* rng - Philox4x32-10 from Random123 (librandom123-dev). Counter = (id, step), key = (seed folded with
 * purpose). The key words are mixed by multiplication so that seeds 1 and 2 of one purpose never equal seeds
 * of another. */
#include "base/rng.h"

#include <Random123/philox.h>
#include <gsl/gsl_cdf.h>
#include <math.h>

void rng_bits(uint64_t seed, enum rng_purpose purpose, uint64_t id, uint64_t step, uint32_t out[4]) {
    uint64_t mixed = seed * UINT64_C(0x9E3779B97F4A7C15) + (uint64_t)purpose * UINT64_C(0xD1B54A32D192ED03);
    philox4x32_ctr_t ctr = {{(uint32_t)id, (uint32_t)(id >> 32), (uint32_t)step, (uint32_t)(step >> 32)}};
    philox4x32_key_t key = {{(uint32_t)mixed, (uint32_t)(mixed >> 32)}};
    philox4x32_ctr_t r = philox4x32(ctr, key);
    for (int k = 0; k < 4; k++) out[k] = r.v[k];
}

static double unit_interval(uint32_t a, uint32_t b) {
    uint64_t bits = ((uint64_t)a << 32 | b) >> 11; /* 53 bits */
    return ((double)bits + 0.5) * 0x1p-53;
}

void rng_uniform(uint64_t seed, enum rng_purpose purpose, uint64_t id, uint64_t step, double out[2]) {
    uint32_t u[4];
    rng_bits(seed, purpose, id, step, u);
    out[0] = unit_interval(u[0], u[1]);
    out[1] = unit_interval(u[2], u[3]);
}

void rng_normal(uint64_t seed, enum rng_purpose purpose, uint64_t id, uint64_t step, int n, double *out) {
    for (int pair = 0; 2 * pair < n; pair++) {
        double u[2];
        rng_uniform(seed, purpose, id, 2 * step + (uint64_t)pair, u);
        double radius = sqrt(-2 * log(u[0])), angle = 2 * M_PI * u[1];
        out[2 * pair] = radius * cos(angle);
        if (2 * pair + 1 < n) out[2 * pair + 1] = radius * sin(angle);
    }
}

double rng_poisson(uint64_t seed, enum rng_purpose purpose, uint64_t id, uint64_t step, double mu) {
    double u[2];
    if (mu <= 0) return 0;
    rng_uniform(seed, purpose, id, step, u);
    double k = floor(fmax(0, mu + sqrt(mu) * gsl_cdf_ugaussian_Pinv(u[0]))); /* near; then exactly */
    while (k > 0 && gsl_cdf_poisson_P((unsigned)k - 1, mu) >= u[0]) k--;
    while (gsl_cdf_poisson_P((unsigned)k, mu) < u[0]) k++;
    return k;
}
