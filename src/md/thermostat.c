/* thermostat - scalars only, except Langevin. The chain is propagated with the third-order Suzuki-Yoshida
 * weights, so that its conserved quantity stays flat at the time steps people use; Bussi's gamma variate is
 * drawn by Marsaglia and Tsang's rejection from numbered Philox draws: a restart or another number of ranks
 * repeats it. */
#include "md/thermostat.h"
#include "base/rng.h"

#include <math.h>

double thermostat_chain_half(struct thermostat_chain *c, double two_k, double kt, double h) {
    static const double weight[3] = {1.3512071919596578, -1.7024143839193153, 1.3512071919596578};
    const int last = THERMOSTAT_CHAIN - 1;
    double q[THERMOSTAT_CHAIN], scale = 1;
    for (int k = 0; k <= last; k++) q[k] = (k == 0 ? c->dof : 1) * kt * c->tau * c->tau;
    for (int s = 0; s < 3; s++) {
        double d = weight[s] * h;
        c->v[last] += (q[last - 1] * c->v[last - 1] * c->v[last - 1] - kt) / q[last] * d / 2;
        for (int k = last - 1; k >= 0; k--) {
            double a = exp(-c->v[k + 1] * d / 4);
            double g = k ? (q[k - 1] * c->v[k - 1] * c->v[k - 1] - kt) / q[k]
                         : (two_k * scale * scale - c->dof * kt) / q[0];
            c->v[k] = (c->v[k] * a + g * d / 2) * a;
        }
        scale *= exp(-c->v[0] * d);
        for (int k = 0; k <= last; k++) c->eta[k] += c->v[k] * d;
        for (int k = 0; k < last; k++) {
            double a = exp(-c->v[k + 1] * d / 4);
            double g = k ? (q[k - 1] * c->v[k - 1] * c->v[k - 1] - kt) / q[k]
                         : (two_k * scale * scale - c->dof * kt) / q[0];
            c->v[k] = (c->v[k] * a + g * d / 2) * a;
        }
        c->v[last] += (q[last - 1] * c->v[last - 1] * c->v[last - 1] - kt) / q[last] * d / 2;
    }
    return scale;
}

double thermostat_chain_energy(const struct thermostat_chain *c, double kt) {
    double e = 0;
    for (int k = 0; k < THERMOSTAT_CHAIN; k++) {
        double dof = k == 0 ? c->dof : 1, q = dof * kt * c->tau * c->tau;
        e += 0.5 * q * c->v[k] * c->v[k] + dof * kt * c->eta[k];
    }
    return e;
}

/* Gamma(shape, 1), shape >= 1; draws are numbered so that each (step, attempt) has its own. */
static double gamma_variate(uint64_t seed, uint64_t step, double shape) {
    double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (uint64_t attempt = 1;; attempt++) {
        double z, u[2];
        rng_normal(seed, RNG_BUSSI, 2 * attempt, step, 1, &z);
        rng_uniform(seed, RNG_BUSSI, 2 * attempt + 1, 2 * step, u);
        double v = pow(1 + c * z, 3);
        if (v > 0 && log(u[0]) < 0.5 * z * z + d - d * v + d * log(v)) return d * v;
    }
}

double thermostat_bussi(uint64_t seed, uint64_t step, double k, double dof, double kt, double dt,
                        double tau) {
    double r, c = exp(-dt / tau), target = 0.5 * dof * kt;
    rng_normal(seed, RNG_BUSSI, 0, step, 1, &r);
    double squares = r * r + (dof > 3 ? 2 * gamma_variate(seed, step, (dof - 1) / 2) : 0);
    double f = target / (dof * k);
    double alpha2 = c + f * (1 - c) * squares + 2 * r * sqrt(c * f * (1 - c));
    double alpha = sqrt(fmax(alpha2, 0));
    return r + sqrt(c / (f * (1 - c))) < 0 ? -alpha : alpha;
}

void thermostat_langevin(struct frame *frame, uint64_t seed, uint64_t step, double kt, double mvv, double dt,
                         double tau) {
    double c = exp(-dt / tau), width[SPECIES_MAX];
    for (int s = 0; s < frame->species.n; s++)
        width[s] = sqrt((1 - c * c) * kt / (frame->species.mass[s] * mvv));
    for (int i = 0; i < frame->n; i++) {
        double r[3];
        rng_normal(seed, RNG_LANGEVIN, (uint64_t)frame->id[i], step, 3, r);
        for (int a = 0; a < 3; a++) frame->v[i][a] = c * frame->v[i][a] + width[frame->type[i]] * r[a];
    }
}
