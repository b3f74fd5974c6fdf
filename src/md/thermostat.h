/* thermostat - Nose-Hoover chains, stochastic velocity rescaling, Langevin kicks.
 *
 * martyna1996, bussi2007 and leimkuhler2013 in docs/references.bib. Energies in eV, times in ps. */
#ifndef MD_THERMOSTAT_H
#define MD_THERMOSTAT_H

#include "atoms/frame.h"

#include <stdint.h>

#define THERMOSTAT_CHAIN 3

/* A chain on `dof` degrees of freedom: masses q, velocities v, positions eta. */
struct thermostat_chain {
    double dof, tau, v[THERMOSTAT_CHAIN], eta[THERMOSTAT_CHAIN];
};

/* Local. Half a step (h = dt/2) of the chain on twice the kinetic energy two_k; returns the factor for
 * velocities. */
double thermostat_chain_half(struct thermostat_chain *chain, double two_k, double kt, double h);
/* Local. Energy stored in the chain (part of the conserved quantity). */
double thermostat_chain_energy(const struct thermostat_chain *chain, double kt);
/* Local. Bussi's factor for velocities over a whole step, with the kinetic energy k; random numbers of this
 * step. */
double thermostat_bussi(uint64_t seed, uint64_t step, double k, double dof, double kt, double dt, double tau);
/* Local. The Ornstein-Uhlenbeck part of BAOAB on rows [0, n): v = c v + sqrt((1 - c^2) kT / m) R, R keyed by
 * (id, step). */
void thermostat_langevin(struct frame *frame, uint64_t seed, uint64_t step, double kt, double mvv, double dt,
                         double tau);

#endif
