/* meanfield_reach - how much of a cylinder lies within a distance, and sums of random grain volumes.
 *
 * Areas and volumes are one closed integration (chord, lens) and one 32-point Gauss-Legendre rule in an
 * angle, which takes the square root at the end of the range with it. Rejected: averaging over the sample
 * first, which would average inside an exponential. */
#include "kmc/meanfield.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_interp.h>
#include <math.h>

#define POINTS 32
#define BINS 256

/* 16 positive nodes of the 32-point rule */
static void node(int i, double *x, double *w) {
    static gsl_integration_glfixed_table *rule;
    if (!rule) rule = gsl_integration_glfixed_table_alloc(POINTS);
    if (rule) gsl_integration_glfixed_point(-1, 1, (size_t)i, x, w, rule);
    else *x = 0, *w = 0;
}

static double clip(double half, const double z[2]) {
    return fmin(half, z[0]) + fmin(half, z[1]);
}

double meanfield_spread_area(double c, double s, const double z[2]) {
    double y = fmin(s, c / 2), top = asin(y / s), sum = 0;
    if (!(s > 0)) return 0;
    if (isinf(z[0]) && isinf(z[1])) return 2 * (y * sqrt(fmax(0, s * s - y * y)) + s * s * top);
    for (int i = 0; i < POINTS; i++) {
        double x, w;
        node(i, &x, &w);
        double a = 0.5 * top * (x + 1);
        sum += w * s * cos(a) * clip(s * cos(a), z);
    }
    return top * sum; /* twice, for y < 0 */
}

double meanfield_reach_area(double R, double r, double s, const double z[2]) {
    if (s <= R - r) return 0;
    double cosine = r > 0 ? (R * R + r * r - s * s) / (2 * R * r) : -1, sum = 0;
    double top = cosine <= -1 ? M_PI : acos(fmin(cosine, 1));
    for (int i = 0; i < POINTS; i++) {
        double x, w;
        node(i, &x, &w);
        double phi = top * sin(0.25 * M_PI * (x + 1)),
               weight = 0.25 * M_PI * top * cos(0.25 * M_PI * (x + 1));
        double left = s * s - (R * R + r * r - 2 * R * r * cos(phi));
        sum += w * weight * clip(sqrt(fmax(0, left)), z);
    }
    return 2 * R * sum;
}

/* Area common to discs of radii R and b whose centres are r apart. */
static double lens(double R, double b, double r) {
    if (b <= 0) return 0;
    if (r + b <= R) return M_PI * b * b;
    if (r + R <= b) return M_PI * R * R;
    if (r >= R + b) return 0;
    double u = (r * r + b * b - R * R) / (2 * r * b), v = (r * r + R * R - b * b) / (2 * r * R);
    double k = (-r + b + R) * (r + b - R) * (r - b + R) * (r + b + R);
    return b * b * acos(fmin(1, fmax(-1, u))) + R * R * acos(fmin(1, fmax(-1, v))) - 0.5 * sqrt(fmax(0, k));
}

/* One side of the point, up to the end at z. */
static double half_volume(double R, double r, double s, double z) {
    double top = asin(fmin(1, z / s)), whole = 0,
           sum = 0; /* z' = s sin a; up to `whole` the disc covers the rod */
    if (s > R + r) whole = fmin(top, acos((R + r) / s));
    for (int i = 0; i < POINTS; i++) {
        double x, w;
        node(i, &x, &w);
        double a = whole + 0.5 * (top - whole) * (x + 1);
        sum += w * lens(R, s * cos(a), r) * s * cos(a);
    }
    return M_PI * R * R * s * sin(whole) + 0.5 * (top - whole) * sum;
}

double meanfield_reach_volume(double R, double r, double s, const double z[2]) {
    if (!(s > 0)) return 0;
    if (isinf(R)) return 4 * M_PI / 3 * s * s * s;
    double one = half_volume(R, r, s, z[0]);
    return one + (z[1] == z[0] ? one : half_volume(R, r, s, z[1]));
}

#define RATIOS 256

/* Bound that both limits share: a whole sphere, and a length of rod. */
static double about(double R, double s) {
    return 1 / (1 / (4 * M_PI / 3 * s * s * s) + 1 / (2 * M_PI * R * R * s));
}

/* V depends on s/R and r/R alone, and the rings are the same for all rods: V over `about`, against s/(R + s),
 * once. A smooth spline, because adaptive quadrature would hunt the kinks of a piecewise linear one. */
double meanfield_ring_volume(double R, int ring, double s) {
    static double u[RATIOS + 1], ratio[MEANFIELD_RINGS][RATIOS + 1];
    static gsl_interp *spline[MEANFIELD_RINGS];
    const double z[2] = {INFINITY, INFINITY};
    if (!(s > 0)) return 0;
    if (!spline[ring]) {
        for (int i = 0; i <= RATIOS; i++) {
            u[i] = (double)i / RATIOS;
            double v = fmin(fmax(i, 1e-3), RATIOS - 1e-2) / RATIOS, x = v / (1 - v);
            ratio[ring][i] = meanfield_reach_volume(1, meanfield_ring(ring, NULL), x, z) / about(1, x);
        }
        spline[ring] = gsl_interp_alloc(gsl_interp_cspline, RATIOS + 1); /* kept for the whole run */
        if (!spline[ring]) return meanfield_reach_volume(R, R * meanfield_ring(ring, NULL), s, z);
        gsl_interp_init(spline[ring], u, ratio[ring], RATIOS + 1);
    }
    return about(R, s) * gsl_interp_eval(spline[ring], u, ratio[ring], s / (R + s), NULL);
}

double meanfield_ring(int ring, double *weight) {
    static gsl_integration_glfixed_table *rule;
    double r = 0, w = 0;
    if (!rule) rule = gsl_integration_glfixed_table_alloc(MEANFIELD_RINGS);
    if (rule) gsl_integration_glfixed_point(0, 1, (size_t)ring, &r, &w, rule);
    if (weight) *weight = 2 * r * w;
    return r;
}

/* Grains above a bin count in bins (their mean kept by sharing between neighbours); smaller ones are many,
 * and only their mean and variance matter. */
double meanfield_compound(int n, const double *number, const double *mark) {
    double lambda[BINS + 1] = {0}, g[BINS + 1], none = 0, big = 0, mean = 0, variance = 0, p = 0;
    for (int i = 0; i < n; i++) {
        double v = mark[i] * BINS;
        if (!(number[i] > 0) || !(v > 0)) continue;
        if (v >= BINS) big += number[i];
        else if (v < 1) mean += number[i] * v, variance += number[i] * v * v;
        else {
            int k = (int)v;
            lambda[k] += number[i] * (k + 1 - v);
            lambda[k + 1] += number[i] * (v - k);
        }
    }
    for (int k = 1; k <= BINS; k++) none += lambda[k];
    if (none > 600) { /* so many that the sum is normal */
        for (int k = 1; k <= BINS; k++) mean += lambda[k] * k, variance += lambda[k] * k * k;
        return exp(-big) * gsl_cdf_ugaussian_P((BINS - mean) / sqrt(variance));
    }
    g[0] = exp(-none);
    for (int k = 1; k < BINS; k++) {
        double sum = 0;
        for (int j = 1; j <= k; j++) sum += j * lambda[j] * g[k - j];
        g[k] = sum / k;
    }
    for (int k = 0; k < BINS; k++) {
        double room = BINS - k - mean;
        if (variance > 0) p += g[k] * gsl_cdf_ugaussian_P(room / sqrt(variance));
        else if (room > 0) p += g[k];
    }
    return exp(-big) * p;
}
