/* kernel_mixed - embedded-atom forces with pairs in single precision, for `precision: mixed`.
 *
 * Positions are integers, multiples of KERNEL_MIXED_STEP modulo 2^32: differences of near atoms are exact
 * however large the box, and lose nothing to its size. Distances, table rows and pair forces are single, what
 * an atom gets from its neighbours is summed in eight single lanes and then in double precision; densities,
 * embedding, integration, energies and virials are double. Lists, rows and what each call leaves are those of
 * kernel.h; only forces are computed (of f[i] the fourth lane stays). */
#ifndef MD_KERNEL_MIXED_H
#define MD_KERNEL_MIXED_H

#include "md/kernel.h"

#define KERNEL_MIXED_STEP 0x1p-26 /* A: the box may have any size, reaches stay below 2^31 of them, 32 A */

struct kernel_mixed;

/* What to tell who asks for it where it does not run. */
#define KERNEL_MIXED_REFUSED \
    "mixed needs AVX2, which this processor has not or --simd plain forbids; use precision: double"

/* Local. Whether this processor, and the kernel chosen, can. */
bool kernel_mixed_runs(void);
/* Local. The table is copied. */
int kernel_mixed_create(const struct eam_table *table, struct kernel_mixed **mixed) MUST_CHECK;
void kernel_mixed_destroy(struct kernel_mixed **mixed);
/* Local. Take over the positions of all rows up to list->pad. */
int kernel_mixed_positions(struct kernel_mixed *mixed, const struct kernel_atoms *atoms) MUST_CHECK;
/* Local. As kernel->eam_density; slopes go to k->single and k->single_other. */
void kernel_mixed_density(struct kernel_mixed *mixed, struct kernel_eam *k);
/* Local. As kernel->eam_force, with dF/drho from x[.].w of all rows. */
void kernel_mixed_force(struct kernel_mixed *mixed, struct kernel_eam *k);

#endif
