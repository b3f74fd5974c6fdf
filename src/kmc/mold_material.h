/* mold_material - viscosity, relaxation and the two diffusivities of a metallic glass in a mold.
 *
 * liu2023 in docs/references.bib (eqs. 1 - 3). Inside: A, ps, eV, K, as everywhere; viscosity eV ps / A^3,
 * diffusivity A^2 / ps, pressure eV / A^3.
 *
 *   eta(T)   = eta0 exp[D* T0 / (T - T0)]                 above the kinetic glass transition (VFT)
 *            = eta(Tg) exp[(E_g / k)(1 / T - 1 / Tg)]     below it; Tg: relaxation time = molding time
 *   tau_B(T) = kappa eta0 exp[D* T0 / (T - T0)]           of the liquid in equilibrium
 *   D_I(T)   = D_I0 exp(-Q_I / kT)                        interface, collective
 *   D_SER(T) = kT / (c pi R eta)                          Stokes-Einstein; D_B above its breakdown
 *   D_B(T)   = D_SER(T_b) exp[-(Q_B / k)(1 / T - 1 / T_b)] below it; T_b: where D_SER has the slope Q_B
 *   tau_I(T) = tau_B D_B / D_I                            the only form that makes the interface faster */
#ifndef KMC_MOLD_MATERIAL_H
#define KMC_MOLD_MATERIAL_H

#include "base/err.h"

struct mold_material {
    double eta0, fragility, t0; /* VFT: eta0, D*, T0 */
    double e_glass;             /* E_g */
    double kappa;               /* tau_B / eta, A^3 / eV */
    double d_interface0, q_interface;
    double delta_omega; /* thickness of the interface times the volume of an atom, A^4 */
    double q_bulk;
    double stokes, radius;   /* c and R of Stokes-Einstein */
    double omega;            /* volume of an atom */
    double tension, wetting; /* surface energy, eV / A^2; cosine of the contact angle */
};

/* Local. Viscosity of the liquid in equilibrium; of what is molded for the time t (glass below its Tg). */
double mold_material_liquid(const struct mold_material *m, double temperature);
double mold_material_viscosity(const struct mold_material *m, double temperature, double t);
/* Local. Relaxation times in equilibrium, bulk and interface; of the glass frozen in at Tg(t). */
double mold_material_relaxation(const struct mold_material *m, double temperature);
double mold_material_relaxation_interface(const struct mold_material *m, double temperature);
double mold_material_relaxation_molded(const struct mold_material *m, double temperature, double t);
/* Local. Diffusivities. */
double mold_material_interface(const struct mold_material *m, double temperature);
double mold_material_bulk(const struct mold_material *m, double temperature);
/* Local. Temperatures where the relaxation time of the bulk, of the interface is t; where Stokes-Einstein
 * breaks down. NAN: nowhere. */
double mold_material_transition(const struct mold_material *m, double t);
double mold_material_transition_interface(const struct mold_material *m, double t);
double mold_material_breakdown(const struct mold_material *m);

#endif
