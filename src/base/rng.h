/* rng - random numbers that belong to a thing, not to a rank.
 *
 * Philox4x32-10 (Random123; salmon2011 in docs/references.bib): a counter-based generator. A number is a pure
 * function of (seed, purpose, id, step), so an atom gets the same velocity and the same Langevin kick on any
 * number of ranks and after any restart. */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stdint.h>

/* What the numbers are for: streams never overlap. Append only; the order is part of every result. */
enum rng_purpose {
    RNG_VELOCITY = 1,
    RNG_LANGEVIN,
    RNG_BUSSI,
    RNG_ALLOY,
    RNG_BUILD,
    RNG_KMC,
    RNG_NOISE,
    RNG_TEST,
    RNG_FILM,  /* speckle of synthetic films */
    RNG_FIELD, /* their maps of relaxation times */
    RNG_PHONON /* Einstein displacements of frozen phonons */
};

/* Local. Four independent 32-bit numbers of (seed, purpose, id, step). */
void rng_bits(uint64_t seed, enum rng_purpose purpose, uint64_t id, uint64_t step, uint32_t out[4]);
/* Local. Two uniform numbers in (0, 1), 53 bits each; never 0 or 1. */
void rng_uniform(uint64_t seed, enum rng_purpose purpose, uint64_t id, uint64_t step, double out[2]);
/* Local. n standard normal numbers (n <= 4; Box-Muller; uses steps 2*step and 2*step+1 of the stream). */
void rng_normal(uint64_t seed, enum rng_purpose purpose, uint64_t id, uint64_t step, int n, double *out);
/* Local. A Poisson deviate of mean mu: the quantile of the first uniform number of (seed, purpose, id, step).
 */
double rng_poisson(uint64_t seed, enum rng_purpose purpose, uint64_t id, uint64_t step, double mu);

#endif
