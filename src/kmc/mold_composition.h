/* mold_composition - what the wire is made of along its length, and where it crystallises.
 *
 * The wire grows from its print (length L0, composition of the glass) as mold_length says. A share of each
 * step is viscous: the core moves on as a plug of the glass. The rest travels along the interface: the
 * current of element i is f_i = m_i s_i / sum_j m_j s_j of the whole (m: relative mobility, s: composition of
 * the layer), because one pressure gradient drives all; it is laid down at the tip. On its way the layer
 * exchanges with the core at the rate k. The reservoir holds the layer at the glass's composition at the
 * root.
 *
 * Without exchange (k = 0) the whole deposit has f of the glass: for two elements tip c / (1 - c) = r c0 / (1
 * - c0). Exchange keeps the slow element back, so the tip can become richer than f and the root stays at c0.
 *
 * Crystallisation: tau_cry(c, T) = tau_0 exp[-(c - c_0) / w] D_B(T_0) / D_B(T); a place is crystalline when
 * the time it has spent, weighed by 1 / tau_cry of what it was then, reaches one (Liu 2023, fig. 4c). */
#ifndef KMC_MOLD_COMPOSITION_H
#define KMC_MOLD_COMPOSITION_H

#include "base/err.h"

#include <stdbool.h>

struct mold_composition_options {
    int n_elements;
    const double *fraction, *mobility; /* of the glass; relative */
    double start, length;              /* L0, final length */
    double time, share;                /* molding time; share of the growth in L^2 that is viscous */
    double exchange;                   /* k, 1 / time; 0: none */
    int cells;                         /* along the grown length */
    int fast, slow;                    /* the two metals by which composition is normalised; -1: none */
    double tau0, c0, width;            /* crystallisation at this temperature; tau0 INFINITY: never */
};

struct mold_composition {
    int n, n_elements;
    double *z;        /* middle of each cell from the root */
    double *fraction; /* [n * n_elements] */
    double *consumed; /* time spent over tau_cry, [n] */
    double *spent;    /* time since the place was laid down or the molding began, [n] */
    double root, tip; /* fast / (fast + slow) of the first place; over the last tenth */
    double amorphous; /* length from the root to the first crystalline place */
    double imbalance; /* largest |in - held| / held of an element: conservation, rounding */
};

/* Local. Grow the wire. *out is the caller's to destroy. */
int mold_composition_compute(const struct mold_composition_options *o,
                             struct mold_composition *out) MUST_CHECK;
void mold_composition_destroy(struct mold_composition *c);
/* Local. f of the glass in fast / (fast + slow): what the tip has without exchange; the ratio of mobilities
 * that a tip composition then needs. */
double mold_composition_current(double c0, double ratio);
double mold_composition_ratio(double c0, double tip);
/* Local. The ratio that gives this tip in the grown wire (the fast element's mobility is ratio times the slow
 * one's, all others move with the fraction-weighted mean of the two; `mobility` of o is work space). NAN:
 * none between 1 and 1000. */
int mold_composition_solve(struct mold_composition_options *o, double *mobility, double tip,
                           double *ratio) MUST_CHECK;
/* Local. mobility[] for a ratio, as described. */
void mold_composition_mobility(const struct mold_composition_options *o, double ratio, double *mobility);
/* Local. Rate of exchange between a core of diameter d and its skin by bulk diffusion D: (2 j01 / d)^2 D with
 * the first zero j01 of J0, the slowest mode of a cylinder. */
double mold_composition_exchange(double d, double diffusivity);

#endif
