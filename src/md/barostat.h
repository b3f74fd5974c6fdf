/* barostat - a box that breathes, after Martyna, Tobias and Klein (martyna1994 in docs/references.bib).
 *
 * Isotropic (one strain rate), independent edges (three), or the rod axis alone. Pressure in eV/A^3; the
 * volume that the target pressure acts on is that of the matter (box volume * frame.filled). */
#ifndef MD_BAROSTAT_H
#define MD_BAROSTAT_H

#include "atoms/box.h"
#include "md/stage.h"
#include "md/thermostat.h"

struct barostat {
    bool on, move[3]; /* axes that breathe */
    bool isotropic;
    double mass;    /* eV ps^2 */
    double rate[3]; /* d ln(len) / dt, 1/ps */
    double pressure, tau;
    struct thermostat_chain chain;
};

/* Local. For a stage with dof degrees of freedom at kT; off for nve and nvt. */
void barostat_init(struct barostat *barostat, const struct stage *stage, double dof, double kt);
/* Local. Half a kick of the strain rates: kin[a] = sum m v_a^2, vir[a] diagonal virial (eV), volume of the
 * matter. */
void barostat_kick(struct barostat *barostat, const double kin[3], const double vir[3], double volume,
                   double dof, double h);
/* Local. Friction on velocities along axis a: rate_a + sum(rate) / dof. */
double barostat_friction(const struct barostat *barostat, int a, double dof);
/* Local. Kinetic energy of the strain rates (twice); all rates times s. */
double barostat_two_k(const struct barostat *barostat);
void barostat_scale(struct barostat *barostat, double s);
/* Local. Langevin bath for the strain rates (with stochastic thermostats), keyed by the step. */
void barostat_langevin(struct barostat *barostat, uint64_t seed, uint64_t step, double kt, double dt);
/* Local. Energy of box and chain: 1/2 W rate^2 + P V + chain. */
double barostat_energy(const struct barostat *barostat, double volume, double kt);

#endif
