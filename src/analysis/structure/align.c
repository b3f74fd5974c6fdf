/* align - every ordered pair of atoms is tried for one pair of the reference; atoms are then matched
 * greedily, nearest first, and the rotation refined by least squares (singular values from GSL), a few times.
 *
 * n (n - 1) trials of n^2 each: for 12 to 16 atoms a tenth of a millisecond. Rejected: matching by invariants
 * (clusters of a glass are too distorted), all permutations. */
#include "analysis/structure/align.h"
#include "base/mem.h"

#include <gsl/gsl_linalg.h>
#include <math.h>
#include <string.h>

#define ROUNDS 4

static double dot(const double a[3], const double b[3]) {
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static void cross(const double a[3], const double b[3], double c[3]) {
    c[0] = a[1] * b[2] - a[2] * b[1];
    c[1] = a[2] * b[0] - a[0] * b[2];
    c[2] = a[0] * b[1] - a[1] * b[0];
}

static void turn(double r[3][3], const double x[3], double out[3]) {
    for (int a = 0; a < 3; a++) out[a] = dot(r[a], x);
}

/* Orthonormal axes: along u, towards v, and across; rows. 0: parallel. */
static int axes(const double u[3], const double v[3], double e[3][3]) {
    double lu = sqrt(dot(u, u)), w[3], lw;
    for (int a = 0; a < 3; a++) e[0][a] = u[a] / lu;
    double along = dot(e[0], v);
    for (int a = 0; a < 3; a++) w[a] = v[a] - along * e[0][a];
    lw = sqrt(dot(w, w));
    if (!(lu > 0) || !(lw > 1e-6)) return 0;
    for (int a = 0; a < 3; a++) e[1][a] = w[a] / lw;
    cross(e[0], e[1], e[2]);
    return 1;
}

/* Match turned atoms to the reference, nearest pairs first; sum of squares. taken: n flags of each. */
static double match(int n, double (*ref)[3], double (*x)[3], double r[3][3], int *order, double (*y)[3],
                    char *taken) {
    double sum = 0;
    memset(taken, 0, 2 * (size_t)n);
    for (int k = 0; k < n; k++) turn(r, x[k], y[k]);
    for (int round = 0; round < n; round++) {
        double best = INFINITY;
        int to = -1, from = -1;
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n && !taken[i]; j++) {
                double d[3] = {ref[i][0] - y[j][0], ref[i][1] - y[j][1], ref[i][2] - y[j][2]}, d2 = dot(d, d);
                if (taken[n + j] || d2 >= best) continue;
                best = d2;
                to = i;
                from = j;
            }
        taken[to] = taken[n + from] = 1;
        order[to] = from;
        sum += best;
    }
    return sum;
}

int align_rotation(int n, double (*ref)[3], double (*x)[3], const int *order, int mirror, double r[3][3]) {
    double h[9] = {0}, v[9], s[3], w[3];
    gsl_matrix_view a = gsl_matrix_view_array(h, 3, 3), vm = gsl_matrix_view_array(v, 3, 3);
    gsl_vector_view sv = gsl_vector_view_array(s, 3), wv = gsl_vector_view_array(w, 3);
    for (int k = 0; k < n; k++)
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++) h[3 * i + j] += ref[k][i] * x[order[k]][j];
    if (gsl_linalg_SV_decomp(&a.matrix, &vm.matrix, &sv.vector, &wv.vector))
        FAIL(ERR_PHYSICS, "two clusters cannot be laid on each other");
    for (int i = 0; i < 3; i++) /* U V^T; h holds U now */
        for (int j = 0; j < 3; j++)
            r[i][j] = h[3 * i] * v[3 * j] + h[3 * i + 1] * v[3 * j + 1] + h[3 * i + 2] * v[3 * j + 2];
    double c[3];
    cross(r[0], r[1], c);
    if ((dot(c, r[2]) < 0) != mirror) /* the other handedness: turn the weakest direction over */
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++) r[i][j] -= 2 * h[3 * i + 2] * v[3 * j + 2];
    return ERR_OK;
}

/* From a trial rotation: match, refine. */
static int refine(int n, double (*ref)[3], double (*x)[3], int mirror, double r[3][3], int *order,
                  double (*y)[3], char *taken, double *sum) {
    for (int k = 0; k < ROUNDS; k++) {
        TRY(align_rotation(n, ref, x, order, mirror, r));
        *sum = match(n, ref, x, r, order, y, taken);
    }
    return ERR_OK;
}

/* The atom of ref nearest to its first, as the second of the pair that is tried. */
static int partner(int n, double (*ref)[3]) {
    int best = 1;
    double least = INFINITY;
    for (int k = 1; k < n; k++) {
        double d[3] = {ref[k][0] - ref[0][0], ref[k][1] - ref[0][1], ref[k][2] - ref[0][2]};
        if (dot(d, d) < least) {
            least = dot(d, d);
            best = k;
        }
    }
    return best;
}

int align_cluster(int n, double (*ref)[3], double (*x)[3], double (*moved)[3], int *order, double *rms) {
    double(*y)[3] = NULL, er[3][3], ex[3][3], r[3][3], best = INFINITY;
    char *taken = NULL;
    int *trial = NULL, e = ERR_OK;
    if (n < 3) FAIL(ERR_INPUT, "a cluster of %d atoms has no orientation", n);
    TRY_TO(out, MEM_NEW(y, n));
    TRY_TO(out, MEM_NEW(taken, 2 * n));
    TRY_TO(out, MEM_NEW(trial, n));
    if (!axes(ref[0], ref[partner(n, ref)], er)) {
        e = err_set(ERR_INPUT, __FILE__, __LINE__, "the reference cluster is flat");
        goto out;
    }
    for (int t = 0; t < 2 * n * n; t++) {
        int i = t / 2 / n, j = t / 2 % n, mirror = t % 2;
        if (i == j || !axes(x[i], x[j], ex)) continue;
        for (int a = 0; a < 3; a++)
            for (int b = 0; b < 3; b++)
                r[a][b] = er[0][a] * ex[0][b] + er[1][a] * ex[1][b] + (mirror ? -1 : 1) * er[2][a] * ex[2][b];
        double sum = match(n, ref, x, r, trial, y, taken);
        if (sum > 2 * best) continue; /* far from the best so far: not worth refining */
        TRY_TO(out, refine(n, ref, x, mirror, r, trial, y, taken, &sum));
        if (sum >= best * (1 - 1e-12)) continue;
        best = sum;
        memcpy(order, trial, sizeof *order * (size_t)n);
        for (int k = 0; k < n; k++) memcpy(moved[k], y[trial[k]], sizeof *moved);
    }
    *rms = sqrt(best / n);
out:
    mem_free(&y);
    mem_free(&taken);
    mem_free(&trial);
    return e;
}
