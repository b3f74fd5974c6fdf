/* meanfield_times - when a growing probability or fraction reaches a level, and what a table shows of it.
 *
 * Bisection after a scan: detection probabilities are monotone but flat at both ends, where Newton's method
 * leaves the window. */
#include "kmc/meanfield.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_roots.h>
#include <math.h>

#define SCAN 24
#define STEPS 100
#define NEARLY 1e-9 /* of the window */

typedef double (*growing)(const struct meanfield *mf, double t);

static double born(const struct meanfield *mf, double t) {
    return -expm1(-meanfield_nuclei(mf, t));
}

struct crossing {
    const struct meanfield *mf;
    growing f;
    double level;
};

static double above(double t, void *context) {
    const struct crossing *c = context;
    return c->f(c->mf, t) - c->level;
}

/* Where f passes the level between a (below) and b (not below). */
static double refined(const struct meanfield *mf, growing f, double level, double a, double b) {
    struct crossing c = {mf, f, level};
    gsl_function g = {above, &c};
    double close = NEARLY * (meanfield_end(mf) - meanfield_begin(mf));
    if (f(mf, a) >= level) return a;
    gsl_root_fsolver *brent = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);
    if (!brent || gsl_root_fsolver_set(brent, &g, a, b)) {
        if (brent) gsl_root_fsolver_free(brent);
        return NAN;
    }
    for (int k = 0; k < STEPS && gsl_root_fsolver_iterate(brent) == GSL_SUCCESS; k++) {
        a = gsl_root_fsolver_x_lower(brent), b = gsl_root_fsolver_x_upper(brent);
        if (b - a < close) break;
    }
    double t = gsl_root_fsolver_root(brent);
    gsl_root_fsolver_free(brent);
    return t;
}

static double first(const struct meanfield *mf, growing f, double level) {
    double low = meanfield_begin(mf), high = meanfield_end(mf), a = low, b = high;
    if (!(f(mf, high) >= level)) {
        int k = SCAN; /* may have passed it and come back, at the end of a rounding */
        while (k > 0 && !(f(mf, low + (high - low) * k / SCAN) >= level)) k--;
        if (k == 0) return INFINITY;
        b = low + (high - low) * k / SCAN;
    }
    return refined(mf, f, level, a, b);
}

double meanfield_first_time(const struct meanfield *mf, double p) {
    return first(mf, born, p);
}

double meanfield_fraction_time(const struct meanfield *mf, double x) {
    return first(mf, meanfield_fraction, x);
}

double meanfield_detection_time(const struct meanfield *mf, double p) {
    return first(mf, meanfield_detected, p);
}
