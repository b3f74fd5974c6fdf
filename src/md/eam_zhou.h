/* eam_zhou - the embedded-atom potentials of Zhou, Johnson and Wadley in their own formulas (zhou2004, eqs.
 * 1-7).
 *
 *   f(r)   = f_e exp(-beta (r/r_e - 1)) / (1 + (r/r_e - lambda)^20)
 *   phi(r) = A exp(-alpha (r/r_e - 1)) / (1 + (r/r_e - kappa)^20) - B exp(-beta (r/r_e - 1)) / (1 + (r/r_e -
 * lambda)^20) phi_ab = 1/2 (f_b/f_a phi_aa + f_a/f_b phi_bb) F(rho) in three pieces that meet at rho_l = l
 * rho_e (l = 0.85, Pt 0.25) and rho_h = 1.15 rho_e. Units: eV, A. The unlike pairs come from the mixing rule
 * alone: they were not fitted to alloys. */
#ifndef MD_EAM_ZHOU_H
#define MD_EAM_ZHOU_H

struct eam_zhou {
    const char *name;
    double re, fe, rho_e, rho_s, alpha, beta, A, B, kappa, lambda;
    double Fn[4], F[4], F3_high, eta, Fe; /* F[3] below rho_e, F3_high above */
    double low, high;                     /* pieces meet at low * rho_e and high * rho_e */
};

/* Local. Parameters of an element, NULL when it has none; the k-th element, NULL behind the last. */
const struct eam_zhou *eam_zhou_find(const char *symbol);
const struct eam_zhou *eam_zhou_at(int k);
/* Local. Value and derivative with respect to r (rho). */
void eam_zhou_density(const struct eam_zhou *z, double r, double *value, double *slope);
void eam_zhou_pair(const struct eam_zhou *a, const struct eam_zhou *b, double r, double *value,
                   double *slope);
void eam_zhou_embed(const struct eam_zhou *z, double rho, double *value, double *slope);

#endif
