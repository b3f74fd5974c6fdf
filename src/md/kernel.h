/* kernel - the inner loops, once per instruction set: avx512, avx2, plain.
 *
 * The plain one is written to be read and is the oracle of the others, which are one source compiled twice
 * (kernel_vec.h). Chosen at start-up by the machine, or by --simd. Rows, lists and tables as in frame.h,
 * list.h and eam_table.h; d = x_j - x_i, and g = dE/d(r^2) of a pair, so that the force on i is 2 sum g d and
 * the virial W = - sum over directed pairs of g d d. f[i] is overwritten by lj and eam_density and added to
 * by eam_force; f[i].w gets the pair energy of the atom when want says so (else 0). */
#ifndef MD_KERNEL_H
#define MD_KERNEL_H

#include "md/eam_table.h"
#include "md/list.h"

struct kernel_lj_pair {
    double cut2, min2;   /* cutoff and closest distance allowed, squared */
    double p12, p6;      /* 4 eps sigma^12, 4 eps sigma^6 */
    double shift, slope; /* E += shift + slope r */
};

/* What all loops take. */
struct kernel_atoms {
    int n, n_species;
    double (*x)[4], (*f)[4];
    const int32_t *type;
    const struct list *list;
    int want;            /* enum pot_want */
    double quantum;      /* of exact sums of virials, eV; 0: plain sums */
    double virial[6];    /* [out] added to when asked for */
    double (*stress)[6]; /* plain only: with the virial, each atom's share is added here; NULL: nobody asks */
    int close;           /* [out] a row with a neighbour closer than min2, else -1 */
};

struct kernel_lj {
    struct kernel_atoms atoms;
    const struct kernel_lj_pair *pair; /* [n_species^2] */
    int force_shift;                   /* some slope is not 0 */
};

/* eam_density leaves rho_i in x[i].w; eam_force wants dF/drho there, ghosts included. */
struct kernel_eam {
    struct kernel_atoms atoms;
    const struct eam_table *table;
    const struct eam_model
        *model; /* plain only: use the model's own functions instead of rows when not NULL */
    double
        *slope; /* density slopes of the near zone, d rho_i / d(r^2); NULL: eam_force computes them again */
    float *single,
        *single_other;   /* the same two in single precision instead (then slope and slope_other are NULL) */
    double *slope_other; /* d rho_j / d(r^2), for pairs whose density is not symmetric; NULL when there are
                            none */
    double *work;        /* kernel_work(list) doubles of scratch */
};

/* Doubles of scratch that a pass over a list needs. */
static inline int64_t kernel_work(const struct list *list) {
    return 6 * ((int64_t)list->most + 16 * LIST_BLOCK) + 64;
}

/* Up to 16 consecutive candidates: bit m of mask says that candidate first + m counts. */
struct kernel_chunk {
    int32_t first;
    uint32_t mask;
};

/* Of chunks of candidates those within sqrt(cut2) of a box (its middle and half its edges). */
struct kernel_sift {
    const float *x, *y, *z; /* candidates, with room for 16 more */
    const int32_t *row;
    const struct kernel_chunk *chunk;
    int n_chunks;
    float middle[3], half[3], cut2;
    float *to[3]; /* [out] room for 16 more */
    int32_t *to_row;
    int n; /* [out] */
};

/* One atom against n candidates (a multiple of 16): near rows to near[], those beyond near2 but below cut2 to
 * far[]. */
struct kernel_select {
    const float *x, *y, *z;
    const int32_t *row;
    int n, self; /* self: own row, left out */
    float at[3], near2, cut2;
    int32_t *near, *far; /* [out] room for 16 more */
    int n_near, n_far;   /* [out] */
};

/* Atoms from .. to - 1: zones near and far out of the outer list, padded, behind their ends. */
struct kernel_prune {
    const float (*x)[4]; /* rows in single precision */
    const int32_t *type;
    int from, to, n_species, pad;
    const struct list_zone *outer;
    struct list_zone *near, *far;
    const float *near2, *cut2; /* [n_species^2] */
};

struct kernel {
    const char *name;
    int width;
    void (*lj)(struct kernel_lj *);
    void (*eam_density)(struct kernel_eam *);
    void (*eam_force)(struct kernel_eam *);
    void (*sift)(struct kernel_sift *);
    void (*select)(struct kernel_select *);
    void (*prune)(struct kernel_prune *);
};

extern const struct kernel kernel_plain;
#if defined(__x86_64__)
extern const struct kernel kernel_avx2, kernel_avx512;
#endif

/* Local. Choose by name: auto, avx512, avx2, plain. ERR_USAGE when this machine cannot run it. */
int kernel_choose(const char *name) MUST_CHECK;
/* Local. The one chosen (auto before any choice). */
const struct kernel *kernel_now(void);

#endif
