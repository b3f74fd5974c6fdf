/* symmetry - angular correlation and angular power of patterns on rings.
 *
 *     C(k, D) = (<I(k,phi) I(k,phi+D)> - <I>^2) / <I>^2          Voigt 2023, Eq. 1
 *     I_n(k)  = <I(k,phi) exp(-i n phi)>,   C(k, D) = 2 sum_n |I_n|^2 / I_0^2 cos(n D)
 *     p(D)    = (<I I'> - m^2) / (<I^2> - m^2)   Pearson: of each ring, averaged over the range; or of the
 * whole range at once, m its mean (then the radial profile counts, too) S_n     = mean of p over D = 2 pi j /
 * n, j coprime to n, each +- angular_range / 2
 *
 * (voigt2023 in docs/references.bib, huang2022 in docs/references.bib.)
 *
 * Three numbers go by the name of angular power; for I = 1 + a cos(n phi) they are
 *     power      |I_n|^2 / I_0^2         a^2 / 4    (the complex Fourier coefficient of C: C^(k,n))
 *     amplitude  2 |I_n|^2 / I_0^2       a^2 / 2    (C = sum amplitude cos(n D))
 *     squared    (|I_n|^2 / I_0^2)^2     a^4 / 16   (the square of the coefficient of C, as in pyxem)
 *
 * Masked points: I_0 .. I_H are fitted by least squares to the points left. A ring whose fit is
 * ill-conditioned (condition number above SYMMETRY_CONDITION) gives NAN. C and p then average over the pairs
 * of valid points, the mean of the valid points subtracted first. */
#ifndef ANALYSIS_MICROSCOPE_SYMMETRY_H
#define ANALYSIS_MICROSCOPE_SYMMETRY_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define SYMMETRY_CONDITION 30.0

enum symmetry_convention { SYMMETRY_POWER, SYMMETRY_AMPLITUDE, SYMMETRY_SQUARED };

struct symmetry_setup {
    int n_k, n_phi;
    const bool *valid;    /* [n_k][n_phi], copied */
    int harmonics;        /* highest n of a fit, < n_phi / 2 */
    int first, end;       /* rings of the range for p, S_n */
    double angular_range; /* rad, of S_n */
    bool whole;           /* p of the whole range at once */
};

struct symmetry;

/* Local. ERR_INPUT: more harmonics than angles. */
int symmetry_create(const struct symmetry_setup *setup, struct symmetry **symmetry) MUST_CHECK;
void symmetry_destroy(struct symmetry **symmetry);
/* Local. Condition number of ring k's fit: 1 without masked points, INFINITY without enough points. */
double symmetry_condition(const struct symmetry *symmetry, int k);

/* Local. Analyse rings[n_k][n_phi]; the results below are of the latest call and belong to `symmetry`. */
void symmetry_analyse(struct symmetry *symmetry, const double *rings);
/* I_n of ring k, n <= harmonics: real and imaginary part (I_0 in the first of n = 0); NAN where not known. */
const double (*symmetry_harmonics(const struct symmetry *symmetry, int k))[2];
/* Local. What the point j of ring k weighs in I_n: I_n = sum_j weight I(j); NAN where I_n is not known. */
void symmetry_weight(const struct symmetry *symmetry, int k, int n, int j, double weight[2]);
/* |FT of (I - <I>) over valid points|^2 / <I>^2 of ring k, n_phi / 2 + 1 numbers: what C is made of. */
const double *symmetry_spectrum(const struct symmetry *symmetry, int k);
/* p(D) of the range, n_phi numbers; S_n, NAN without pairs. */
const double *symmetry_pearson(const struct symmetry *symmetry);
double symmetry_coefficient(const struct symmetry *symmetry, int n);

/* Local. C(k, D), n_phi numbers, from a spectrum averaged over patterns; NAN at lags without pairs. */
void symmetry_correlation(struct symmetry *symmetry, int k, const double *spectrum, double *c);
/* Local. A convention's number from |I_n|^2 / I_0^2; its name. */
double symmetry_in(enum symmetry_convention convention, double power);
const char *symmetry_name(enum symmetry_convention convention);

#endif
