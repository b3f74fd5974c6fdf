/* compare - one trajectory looked at twice: the tilted dark-field film it makes, and the motion of its atoms.
 *
 * For each of several directions of the scattering vector K, and for columns at the same depth below the edge
 * of a wire, all at the same times t and over all time origins:
 *
 *   images  g2(t) - 1 of the intensities (zhang2018, Eq. 4), mean over pixels: A exp[-2 (t/tau)^beta]
 *   pooled  the same with sums over all pixels of the columns before they are divided: not biased by the mean
 * of a pixel over a short film, but by columns whose mean intensity differs wave    f(t) = <psi(0)* psi(t)> /
 * <|psi|^2> of the same images before the square: the coherent function of the column, averaged over the
 * aperture's modes about K; g2 - 1 = f^2 where speckle is Gaussian (Siegert) F       <rho_K(0)* rho_K(t)> /
 * <|rho_K|^2>, rho_K = sum_j f_j exp(2 pi i K r_j): coherent, K alone, all columns F_s     <cos 2 pi K
 * [r_j(t) - r_j(0)]>: the self part, of the atoms of the same columns
 *
 * f, F and F_s are fitted with exp[-(t/tau)^beta], so all tau are relaxation times of the field (convention
 * `field`); the time of the intensities in the plain convention is 2^(-1/beta) tau. Lengths in A, k = 1 / d.
 */
#ifndef FILM_COMPARE_H
#define FILM_COMPARE_H

#include "analysis/film/darkfield.h"
#include "analysis/kww.h"
#include "analysis/motion.h"

enum compare_what {
    COMPARE_IMAGES,
    COMPARE_POOLED,
    COMPARE_WAVE,
    COMPARE_COHERENT,
    COMPARE_SELF,
    COMPARE_COUNT
};

struct compare_options {
    struct darkfield_options optics; /* of the first direction */
    int directions;                  /* of K, evenly over half a circle */
    struct motion_layers layers;     /* axis of the wire, in the image plane; -1: no columns apart */
    double share;                    /* longest lag over the trajectory */
    int per_decade;
};

/* One curve and what it says. */
struct compare_curve {
    double *f;          /* [n_lags]; NULL where there is none (F of columns) */
    double contrast;    /* of images: g2(0) - 1 */
    double at_1_e;      /* time at which the field's function falls to 1/e; NAN: not within the lags */
    struct kww_fit fit; /* tau of the field */
    double tau_error;   /* standard error over directions; NAN for one */
};

struct compare {
    const struct comm *comm;
    struct compare_options o;
    struct motion *motion;
    struct darkfield **view; /* [directions] */
    int64_t n_frames, n;     /* frames so far; pixels */
    float *image, *wave;     /* [direction][room][n], [..][n][2] */
    /* after compare_compute */
    int n_groups, n_lags; /* 0: all columns; then layers from the edge */
    int64_t *lag;
    double *time;
    struct compare_curve *curve; /* [COMPARE_COUNT][n_groups] */
};

/* Collective. Room for n_frames frames. */
int compare_create(const struct comm *comm, const struct compare_options *options, int64_t n_frames,
                   struct compare **compare) MUST_CHECK;
void compare_destroy(struct compare **compare);
/* Collective. Add a frame, which is reordered. */
int compare_add(struct compare *compare, struct frame *frame) MUST_CHECK;
/* Collective. After the last frame: curves and fits, the same bits on any number of ranks. */
int compare_compute(struct compare *compare) MUST_CHECK;

#endif
