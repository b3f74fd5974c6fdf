/* mold_lattice - kinetic Monte Carlo of atoms in the interface of a pore, without assuming Eq. 2 of liu2023
 * (in docs/references.bib).
 *
 * The annulus is a lattice of `around` x L sites (square or triangular), nearly full. An atom next to a
 * vacancy hops into it with its element's rate times exp(+-e / 2) along the pore, e = p Omega h / (L kT) the
 * work of the pressure gradient over one column. At the root a reservoir of the glass's composition, at the
 * tip the pile of what has arrived, both with the vacancy fraction of equilibrium; an atom that leaves over
 * the tip is laid down there, and `per_column` of them make the wire one column longer. Atoms of the layer
 * change places with the core of their column at a rate; viscous flow moves the core on by columns. Every
 * atom is counted.
 *
 * For one element and any vacancy fraction c this process has the current of Eq. 2 with the collective D_I =
 * h^2 Gamma b c (1 - c) (b bonds per site to the next column), and L^2 = L0^2 + 2 (around / per_column) (p
 * Omega / kT) D_I t. The tracer diffusivity is smaller by the correlation factor. Lengths are in columns,
 * times in 1 / the rate of the first element's bond. */
#ifndef KMC_MOLD_LATTICE_H
#define KMC_MOLD_LATTICE_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define MOLD_LATTICE_ELEMENTS 8

enum mold_lattice_kind { MOLD_LATTICE_SQUARE, MOLD_LATTICE_TRIANGULAR };

struct mold_lattice_options {
    enum mold_lattice_kind kind;
    int around, per_column, columns; /* sites around, atoms of a column with its core, columns at the start */
    int n_elements;
    double fraction[MOLD_LATTICE_ELEMENTS], rate[MOLD_LATTICE_ELEMENTS]; /* of the glass; per bond */
    double vacancies;                                                    /* fraction of the layer */
    double drive;                                                        /* p Omega / kT */
    double exchange;  /* places per site of the layer and time */
    double advection; /* viscous growth: dL/dt = advection / L */
    double time;
    int samples; /* of L(t), at equal steps of time */
    uint64_t seed, id;
};

struct mold_lattice {
    int columns, n_elements;
    double *length;   /* [samples]: L at time (k + 1) / samples */
    int64_t *content; /* [columns * n_elements]: atoms of each column, layer and core */
    int64_t in[MOLD_LATTICE_ELEMENTS],
        out[MOLD_LATTICE_ELEMENTS]; /* over the root, from and to the reservoir */
    int64_t start[MOLD_LATTICE_ELEMENTS], end[MOLD_LATTICE_ELEMENTS]; /* atoms in the wire */
    int64_t crossed[MOLD_LATTICE_ELEMENTS];                           /* net, over the tip */
    int64_t events, hops;
    double steepest; /* largest e: must stay well below 1 */
};

/* Local. Run one replica; numbers are keyed by (seed, id, event), so ranks do not matter. *out is the
 * caller's to destroy. ERR_INPUT: nonsense options; ERR_TIME: asked to stop. */
int mold_lattice_run(const struct mold_lattice_options *o, struct mold_lattice *out) MUST_CHECK;
void mold_lattice_destroy(struct mold_lattice *l);
/* Local. Collective D_I in columns^2 per time for equal rates of one; L after a time by Eq. 2. */
double mold_lattice_diffusivity(const struct mold_lattice_options *o);
double mold_lattice_length(const struct mold_lattice_options *o, double time);
/* Local. Correlation factor: mean square displacement of the atoms of an n x n torus with one vacancy after
 * `hops` hops, over that of as many uncorrelated ones. One window; average several ids. */
int mold_lattice_correlation(enum mold_lattice_kind kind, int n, int64_t hops, uint64_t seed, uint64_t id,
                             double *factor) MUST_CHECK;

#endif
