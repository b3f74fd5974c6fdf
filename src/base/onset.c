/* onset - a least-squares line (gsl_fit_linear) from the last passage of `low` before `high` is reached, up
 * to `high` or to where the rise stalls (slope over a few values below a third of the steepest so far, by
 * more than the noise: the skin of a rod is crystalline, its core is not yet); the background is the mean of
 * the first half of what lies before. Levels are judged on a running mean when there is noise, the line is
 * fitted to the values themselves. Rejected: broken-line regression over everything (the rise is no straight
 * line as a whole). */
#include "base/onset.h"

#include <gsl/gsl_fit.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>

#define SPAN 4 /* values of a local slope */
#define STALL (1.0 / 3)
#define SMOOTH 5    /* values of the running mean ... */
#define QUIET 0.01  /* ... that noise above this part of the change asks for */
#define EARLY 20    /* the level at the start: of the first 1/20 */
#define CERTAIN 5.0 /* a change is this many standard deviations of the running mean */

struct trace {
    const double *t, *value;
    int64_t n;
    double start, sign; /* y = sign (value - start) */
    int width;          /* of the running mean */
};

/* **Local.** Change at k. */
static double change(const struct trace *y, int64_t k) {
    int64_t half = y->width / 2, a = k > half ? k - half : 0, b = k + half < y->n ? k + half : y->n - 1;
    double sum = 0;
    for (int64_t m = a; m <= b; m++) sum += y->value[m];
    return y->sign * (sum / (double)(b - a + 1) - y->start);
}

/* **Local.** Standard deviation of one value, from second differences: a straight rise adds nothing. */
static double noise_of(const struct trace *y) {
    double sum = 0;
    for (int64_t k = 1; k + 1 < y->n; k++)
        sum += pow(y->value[k - 1] - 2 * y->value[k] + y->value[k + 1], 2) / 6;
    return sqrt(sum / (double)(y->n - 2));
}

/* **Local.** Largest change from the start, signed. */
static double largest(const struct trace *y) {
    double most = 0;
    for (int64_t k = 0; k < y->n; k++) {
        double c = change(y, k);
        if (fabs(c) > fabs(most)) most = c;
    }
    return most;
}

/* **Local.** The level at the start and the largest change from it; false when noise explains it. */
static bool find_full(struct trace *y, double *full) {
    int64_t early = y->n / EARLY > 3 ? y->n / EARLY : 3;
    if (y->n < 2 * early) return false;
    y->start = gsl_stats_mean(y->value, 1, (size_t)early);
    double noise = noise_of(y);
    if (noise > QUIET * fabs(largest(y))) y->width = SMOOTH;
    double most = largest(y);
    *full = fabs(most);
    y->sign = most < 0 ? -1 : 1;
    return *full > CERTAIN * noise * sqrt(1.0 / y->width + 1.0 / (double)early) && *full > 0;
}

/* **Local.** Last value of the rise that begins at `first` and ends at `last` at the latest. */
static int64_t stall(const struct trace *y, int64_t first, int64_t last, double noise) {
    double steepest = 0;
    for (int64_t k = first; k + SPAN <= last; k++) {
        double step = y->t[k + SPAN] - y->t[k], error = 3 * M_SQRT2 * noise / step;
        double slope = y->sign * (y->value[k + SPAN] - y->value[k]) / step;
        steepest = fmax(steepest, slope - error);
        if (slope + error < STALL * steepest) return k + SPAN / 2;
    }
    return last;
}

/* **Local.** Where the line through values [first, last] meets the background, with its error: that of the
 * line and of the mean of `quiet` values. */
static void meet(const struct trace *y, int64_t quiet, struct onset *o) {
    double c0, c1, c00, c01, c11, sum;
    const double *t = y->t, *value = y->value;
    if (o->last - o->first < 2) { /* it took less than three values: the line through its two ends */
        int64_t a = o->first > 0 ? o->first - 1 : 0, b = o->last > a ? o->last : a + 1;
        o->t = t[o->first];
        o->error = b < y->n ? t[b] - t[a] : NAN;
        if (b >= y->n || !(y->sign * (value[b] - value[a]) > 0)) return;
        o->slope = (value[b] - value[a]) / (t[b] - t[a]);
        o->t = t[b] - (value[b] - o->background) / o->slope;
        return;
    }
    gsl_fit_linear(t + o->first, 1, value + o->first, 1, (size_t)(o->last - o->first + 1), &c0, &c1, &c00,
                   &c01, &c11, &sum);
    if (!(y->sign * c1 > 0)) return;
    o->slope = c1;
    o->t = (o->background - c0) / c1;
    double mean = quiet > 0 ? o->noise * o->noise / (double)quiet : 0;
    o->error = sqrt(fmax(0, c00 + 2 * o->t * c01 + o->t * o->t * c11 + mean)) / fabs(c1);
}

bool onset_find(const double *t, const double *value, int64_t n, const struct onset_rules *rules,
                struct onset *o) {
    struct trace y = {t, value, n, 0, 1, 1};
    *o = (struct onset){.t = NAN, .error = NAN, .full = rules->full};
    if (isnan(rules->full) && !find_full(&y, &o->full)) return false;
    for (o->last = 0; o->last < n && change(&y, o->last) < rules->high * o->full;) o->last++;
    if (o->last == n) return false;
    for (o->first = o->last; o->first > 0 && change(&y, o->first - 1) >= rules->low * o->full;) o->first--;
    int64_t quiet = o->first / 2 > 0 ? o->first / 2 : o->first;
    if (quiet > 0) o->background = gsl_stats_mean(value, 1, (size_t)quiet);
    if (quiet > 1) o->noise = gsl_stats_sd_m(value, 1, (size_t)quiet, o->background);
    o->last = stall(&y, o->first, o->last, o->noise);
    o->full *= y.sign;
    meet(&y, quiet, o);
    return isfinite(o->t);
}
