/* rdf_peak - where the first peak of a curve is.
 *
 * Found on the curve smoothed twice with weights 1/4 1/2 1/4 (a single bin of noise is no peak), then refined
 * by a parabola fitted to the unsmoothed bins around the top that are above 0.9 of it (at least three),
 * weighted with their errors; the errors of vertex and height come from the covariance of the fit. Rejected:
 * the highest bin (resolution of a bin), Gaussians (the peaks of glasses are lopsided). */
#include "analysis/structure/rdf.h"

#include <math.h>

#define TOP 0.9   /* share of the height that belongs to the top */
#define LEAST 0.6 /* a first peak has at least this share of the highest */

static double smooth(const double *g, int n, int b) {
    static const double weight[] = {1, 4, 6, 4, 1};
    double sum = 0, norm = 0;
    for (int k = -2; k <= 2; k++)
        if (b + k >= 0 && b + k < n) {
            sum += weight[k + 2] * g[b + k];
            norm += weight[k + 2];
        }
    return sum / norm;
}

/* First top that reaches LEAST of the highest and behind which the curve falls by a tenth; -1: none. */
static int find_top(int n, const double *g) {
    double highest = 0;
    for (int b = 0; b < n; b++) highest = fmax(highest, smooth(g, n, b));
    int top = -1;
    double height = 0;
    for (int b = 0; b < n; b++) {
        double s = smooth(g, n, b);
        if (s > height && s >= LEAST * highest) {
            height = s;
            top = b;
        }
        if (top >= 0 && s < 0.9 * height) return top;
    }
    return -1;
}

/* Weighted least squares of y = p0 + p1 u + p2 u^2; cov = inverse of the normal matrix. 0 when it is
 * singular. */
static int fit_parabola(int n, const double *u, const double *y, const double *w, double p[3],
                        double cov[3][3]) {
    double s[5] = {0}, t[3] = {0};
    for (int k = 0; k < n; k++) {
        double power = w[k];
        for (int m = 0; m < 5; m++, power *= u[k]) {
            s[m] += power;
            if (m < 3) t[m] += power * y[k];
        }
    }
    double m[3][3] = {{s[0], s[1], s[2]}, {s[1], s[2], s[3]}, {s[2], s[3], s[4]}};
    double det = 0;
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            int a = (i + 1) % 3, b = (i + 2) % 3, c = (j + 1) % 3, d = (j + 2) % 3;
            cov[j][i] = m[a][c] * m[b][d] - m[a][d] * m[b][c];
        }
    for (int j = 0; j < 3; j++) det += m[0][j] * cov[j][0];
    if (!(fabs(det) > 0)) return 0;
    for (int i = 0; i < 3; i++) {
        p[i] = 0;
        for (int j = 0; j < 3; j++) {
            cov[i][j] /= det;
            p[i] += cov[i][j] * t[j];
        }
    }
    return p[2] < 0;
}

#define POINTS 64

static void refine(int n, const double *r, const double *g, const double *error, int top,
                   struct rdf_peak *peak) {
    double width = n > 1 ? r[1] - r[0] : r[0], u[POINTS], y[POINTS], w[POINTS], p[3], cov[3][3];
    int lo = top, hi = top, count = 0;
    while (lo > 0 && (g[lo - 1] > TOP * g[top] || lo == top) && top - lo < POINTS / 2 - 1) lo--;
    while (hi < n - 1 && (g[hi + 1] > TOP * g[top] || hi == top) && hi - top < POINTS / 2 - 1) hi++;
    double typical = error ? error[top] : 1;
    for (int b = lo; b <= hi; b++, count++) {
        double sigma = error && error[b] > 0 ? error[b] : typical;
        u[count] = b - top;
        y[count] = g[b];
        w[count] = sigma > 0 ? 1 / (sigma * sigma) : 1;
    }
    peak->r = r[top];
    peak->height = g[top];
    peak->r_error = width / sqrt(12);
    peak->height_error = error ? error[top] : NAN;
    if (count < 3 || !fit_parabola(count, u, y, w, p, cov)) return;
    double at = -p[1] / (2 * p[2]);
    if (at < u[0] || at > u[count - 1]) return;
    peak->r = r[top] + at * width;
    peak->height = p[0] - p[1] * p[1] / (4 * p[2]);
    double d1 = -1 / (2 * p[2]), d2 = p[1] / (2 * p[2] * p[2]), h[3] = {1, at, at * at};
    if (!error) return;
    peak->r_error =
        width * sqrt(fmax(0, d1 * d1 * cov[1][1] + 2 * d1 * d2 * cov[1][2] + d2 * d2 * cov[2][2]));
    double variance = 0;
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) variance += h[i] * h[j] * cov[i][j];
    peak->height_error = sqrt(fmax(0, variance));
}

void rdf_find_peak(int n, const double *r, const double *g, const double *error, struct rdf_peak *peak) {
    *peak = (struct rdf_peak){NAN, NAN, NAN, NAN, NAN, NAN};
    int top = find_top(n, g);
    if (top < 0) return;
    for (int b = top - 2 > 0 ? top - 2 : 0; b <= top + 2 && b < n; b++) /* the unsmoothed top is near */
        if (g[b] > g[top]) top = b;
    refine(n, r, g, error, top, peak);
    int lowest = top;
    for (int b = top; b < n && r[b] < 2 * r[top]; b++)
        if (smooth(g, n, b) < smooth(g, n, lowest)) lowest = b;
    if (lowest < n - 2) peak->minimum = r[lowest];
}
