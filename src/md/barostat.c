/* barostat - scalars only. W = (dof + 3) kT tau^2, a third of that for each independent edge; G_a = kin_a +
 * vir_a - P V + tr(kin) / dof. Rejected: Berendsen (no ensemble), Parrinello-Rahman with shear (boxes stay
 * orthogonal here). */
#include "md/barostat.h"
#include "base/rng.h"

#include <math.h>
#include <string.h>

void barostat_init(struct barostat *b, const struct stage *stage, double dof, double kt) {
    memset(b, 0, sizeof *b);
    b->on = stage->ensemble == STAGE_NPT;
    if (!b->on) return;
    b->isotropic = stage->axes == STAGE_ISOTROPIC;
    for (int a = 0; a < 3; a++) b->move[a] = stage->axes != STAGE_Z || a == 2;
    b->pressure = stage->pressure;
    b->tau = stage->barostat_time;
    b->mass = (dof + 3) * kt * b->tau * b->tau / (b->isotropic ? 1 : 3);
    b->chain.dof = stage->axes == STAGE_INDEPENDENT ? 3 : 1;
    b->chain.tau = b->tau;
}

void barostat_kick(struct barostat *b, const double kin[3], const double vir[3], double volume, double dof,
                   double h) {
    double g[3], share = (kin[0] + kin[1] + kin[2]) / dof;
    for (int a = 0; a < 3; a++) g[a] = kin[a] + vir[a] - b->pressure * volume + share;
    for (int a = 0; a < 3; a++)
        if (b->move[a]) b->rate[a] += h * (b->isotropic ? g[0] + g[1] + g[2] : g[a]) / b->mass;
}

double barostat_friction(const struct barostat *b, int a, double dof) {
    return b->rate[a] + (b->rate[0] + b->rate[1] + b->rate[2]) / dof;
}

double barostat_two_k(const struct barostat *b) {
    if (b->isotropic) return b->mass * b->rate[0] * b->rate[0];
    double sum = 0;
    for (int a = 0; a < 3; a++) sum += b->mass * b->rate[a] * b->rate[a];
    return sum;
}

void barostat_scale(struct barostat *b, double s) {
    for (int a = 0; a < 3; a++) b->rate[a] *= s;
}

void barostat_langevin(struct barostat *b, uint64_t seed, uint64_t step, double kt, double dt) {
    double r[3], c = exp(-dt / b->tau), width = sqrt((1 - c * c) * kt / b->mass);
    rng_normal(seed, RNG_LANGEVIN, 0, step, 3, r);
    for (int a = 0; a < 3; a++)
        if (b->move[a]) b->rate[a] = c * b->rate[a] + width * r[b->isotropic ? 0 : a];
}

double barostat_energy(const struct barostat *b, double volume, double kt) {
    return 0.5 * barostat_two_k(b) + b->pressure * volume + thermostat_chain_energy(&b->chain, kt);
}
