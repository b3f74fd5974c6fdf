/* align - laying clusters of atoms on top of each other: rotation, mirror image, and which atom is which.
 *
 * A cluster is n vectors from its centre. Clusters of one Voronoi index have as many atoms but in any order
 * and orientation, and may be mirror images of each other. Lengths in A. */
#ifndef ANALYSIS_STRUCTURE_ALIGN_H
#define ANALYSIS_STRUCTURE_ALIGN_H

#include "base/err.h"

/* Local. Turn (and mirror, where that fits better) x[n] onto ref[n]; order[k]: which of x lies on ref[k];
 * moved[k] = turned x[order[k]]. *rms over the n atoms, A. */
int align_cluster(int n, double (*ref)[3], double (*x)[3], double (*moved)[3], int *order,
                  double *rms) MUST_CHECK;
/* Local. The rotation (row k of r times x_k-th coordinates; det = +1, or -1 allowed with mirror) that brings
 * x[k] onto ref[k] with the least squares (kabsch1976). */
int align_rotation(int n, double (*ref)[3], double (*x)[3], const int *order, int mirror,
                   double r[3][3]) MUST_CHECK;

#endif
