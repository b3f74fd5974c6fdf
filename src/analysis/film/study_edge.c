/* study_edge - means of lines along the wire average the speckle away; the right direction makes them differ
 * most.
 *
 * The direction is searched in steps of one degree, then of a fiftieth. Rejected: moments of the bright
 * pixels, which the image's own corners turn. A bent wire is to be cut into straight pieces. */
#include "analysis/film/study_edge.h"
#include "base/mem.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#define FEW 8 /* pixels: too few for a line */

struct lines {
    int64_t ny, nx, n; /* n: lines */
    double sine, cosine, first;
    double *mean, *place, *count, *sorted; /* place: mean of the pixels' places across */
};

/* **Local.** Places across and along the wire of pixel k, in pixels; centres are at i + 1/2. */
static double across(const struct lines *l, int64_t k) {
    double x = (double)(k % l->nx) + 0.5, y = (double)(k / l->nx) + 0.5;
    return x * l->cosine - y * l->sine;
}

static double along(const struct lines *l, int64_t k) {
    double x = (double)(k % l->nx) + 0.5, y = (double)(k / l->nx) + 0.5;
    return x * l->sine + y * l->cosine;
}

/* **Local.** Means of lines in a direction; how much they differ, as a share of the variance of all pixels.
 */
static double differ(struct lines *l, const double *image, double angle) {
    double sum = 0, all = 0, between = 0;
    int64_t n = l->ny * l->nx;
    l->sine = sin(angle);
    l->cosine = cos(angle);
    l->first = floor(fmin(0, (double)l->nx * l->cosine) - fmax(0, (double)l->ny * l->sine));
    memset(l->mean, 0, (size_t)l->n * sizeof *l->mean);
    memset(l->place, 0, (size_t)l->n * sizeof *l->place);
    memset(l->count, 0, (size_t)l->n * sizeof *l->count);
    for (int64_t k = 0; k < n; k++) {
        double u = across(l, k);
        int64_t b = (int64_t)floor(u - l->first);
        l->mean[b] += image[k];
        l->place[b] += u;
        l->count[b]++;
        sum += image[k] / (double)n;
    }
    for (int64_t b = 0; b < l->n; b++) {
        if (l->count[b] < FEW) continue;
        l->mean[b] /= l->count[b];
        l->place[b] /= l->count[b];
        between += l->count[b] * pow(l->mean[b] - sum, 2);
        all += l->count[b];
    }
    return between / all;
}

static double find_angle(struct lines *l, const double *image) {
    double best = 0, most = -1;
    for (int pass = 0; pass < 2; pass++) {
        double centre = best, step = M_PI / 180 * (pass ? 0.02 : 1);
        for (int k = pass ? -75 : -90; k <= (pass ? 75 : 89); k++) {
            double d = differ(l, image, centre + k * step);
            if (d > most) most = d, best = centre + k * step;
        }
    }
    return best;
}

/* **Local.** Where the means pass `half` between two lines. */
static double passes(const struct lines *l, int64_t low, int64_t high, double half) {
    double w = (half - l->mean[low]) / (l->mean[high] - l->mean[low]);
    return l->place[low] + w * (l->place[high] - l->place[low]);
}

/* **Local.** Edges a < b across the wire, pixels; false: none. */
static bool find_edges(struct lines *l, double *a, double *b, double level[2]) {
    int64_t first = -1, last = -1, m = 0;
    for (int64_t k = 0; k < l->n; k++) {
        if (l->count[k] < FEW) continue;
        if (first < 0) first = k;
        last = k;
        l->sorted[m++] = l->mean[k];
    }
    if (m < 3) return false;
    gsl_sort(l->sorted, 1, (size_t)m);
    double in = gsl_stats_quantile_from_sorted_data(l->sorted, 1, (size_t)m, 0.75);
    double away = gsl_stats_quantile_from_sorted_data(l->sorted, 1, (size_t)m, 0.05),
           half = 0.5 * (in + away);
    double x = 0.5 * ((double)l->nx * l->cosine - (double)l->ny * l->sine); /* the image's middle */
    int64_t middle = (int64_t)floor(x - l->first), left = middle, right = middle;
    level[0] = away;
    level[1] = in;
    while (left > first && l->mean[left] >= half) left--;
    while (right < last && l->mean[right] >= half) right++;
    if (!(away < 0.8 * in) || l->mean[middle] < half || l->mean[left] >= half || l->mean[right] >= half)
        return false;
    *a = passes(l, left, left + 1, half);
    *b = passes(l, right, right - 1, half);
    return true;
}

static void fill(const struct lines *l, double pixel, double a, double b, double *depth, uint8_t *band) {
    int64_t n = l->ny * l->nx;
    double low = INFINITY, high = -INFINITY;
    for (int64_t k = 0; k < n; k++) {
        double u = across(l, k);
        depth[k] = pixel * fmin(u - a, b - u);
        if (depth[k] < 0) continue;
        low = fmin(low, along(l, k));
        high = fmax(high, along(l, k));
    }
    for (int64_t k = 0; k < n; k++) {
        double v = STUDY_EDGE_BANDS * (along(l, k) - low + 0.5) / (high - low + 1);
        band[k] = (uint8_t)fmin(STUDY_EDGE_BANDS - 1, fmax(0, floor(v)));
    }
}

int study_edge_depth(const double *mean, int64_t ny, int64_t nx, double pixel, double *angle, double *depth,
                     uint8_t *band) {
    struct lines l = {.ny = ny, .nx = nx, .n = ny + nx + 4};
    double a = NAN, b = NAN, level[2] = {NAN, NAN};
    int e = ERR_OK;
    TRY_TO(out, MEM_NEW(l.mean, l.n));
    TRY_TO(out, MEM_NEW(l.place, l.n));
    TRY_TO(out, MEM_NEW(l.count, l.n));
    TRY_TO(out, MEM_NEW(l.sorted, l.n));
    if (isnan(*angle)) *angle = find_angle(&l, mean);
    (void)differ(&l, mean, *angle);
    if (!find_edges(&l, &a, &b, level)) {
        e = err_set(ERR_INPUT, __FILE__, __LINE__,
                    "no wire with both edges in the image (lines at %.3g degrees from y go from %.3g to "
                    "%.3g); cut the "
                    "film, give wire_angle, or say edge: none",
                    *angle * 180 / M_PI, level[0], level[1]);
        goto out;
    }
    fill(&l, pixel, a, b, depth, band);
out:
    mem_free(&l.mean);
    mem_free(&l.place);
    mem_free(&l.count);
    mem_free(&l.sorted);
    return e;
}
