/* spots - maxima against the statistics of their own ring.
 *
 * Rejected: template matching with the probe's disc (needs its image; the blur does most of its work), a
 * threshold for the whole pattern (the rings of a glass are brighter than spots further out), medians over
 * sectors (too few pixels).
 */
#include "analysis/microscope/spots.h"
#include "base/mem.h"

#include <gsl/gsl_linalg.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <stdlib.h>
#include <math.h>
#include <string.h>

/* --- smoothing --- */

/* **Local.** Separable Gaussian; beyond the edges the pattern is taken as its edge. */
static int blur(const struct polar_geometry *g, const float *image, double sigma, float *out) {
    int reach = (int)ceil(4 * sigma), nx = g->nx, ny = g->ny;
    double *w = NULL, sum = 0;
    float *half = NULL;
    memcpy(out, image, (size_t)nx * (size_t)ny * sizeof *out);
    if (!(sigma > 0)) return ERR_OK;
    int e = MEM_NEW(w, reach + 1);
    if (!e) e = MEM_NEW(half, (int64_t)nx * ny);
    for (int d = 0; d <= reach && !e; d++) {
        w[d] = exp(-d * d / (2 * sigma * sigma));
        sum += d ? 2 * w[d] : w[d];
    }
    for (int along = 0; along < 2 && !e; along++) {
        const float *from = along ? half : image;
        float *to = along ? out : half;
        for (int y = 0; y < ny; y++)
            for (int x = 0; x < nx; x++) {
                double v = 0;
                for (int d = -reach; d <= reach; d++) {
                    int xx = along ? x : x + d, yy = along ? y + d : y;
                    xx = xx < 0 ? 0 : xx >= nx ? nx - 1 : xx;
                    yy = yy < 0 ? 0 : yy >= ny ? ny - 1 : yy;
                    v += w[d < 0 ? -d : d] * from[(int64_t)yy * nx + xx];
                }
                to[(int64_t)y * nx + x] = (float)(v / sum);
            }
    }
    mem_free(&w);
    mem_free(&half);
    return e;
}

/* --- statistics of rings one pixel wide --- */

struct rings {
    int n;
    double step, *median, *scatter;
};

static int ring_of(const struct polar_geometry *g, const struct rings *r, int64_t i, double *k, double *phi) {
    polar_where(g, (double)(i % g->nx), (double)(i / g->nx), k, phi);
    int ring = (int)(*k / r->step);
    return ring < r->n ? ring : -1;
}

static int measure_rings(const struct polar_geometry *g, const float *image, struct rings *r) {
    int64_t n = (int64_t)g->nx * g->ny, *start = NULL, *fill = NULL;
    double *value = NULL, k, phi;
    r->step = fmin(fabs(g->pixel[0]), fabs(g->pixel[1]));
    r->n = (int)(polar_reach(g) / r->step) + 1;
    int e = MEM_NEW(start, r->n + 1);
    if (!e) e = MEM_NEW(fill, r->n);
    if (!e) e = MEM_NEW(value, n);
    if (!e) e = MEM_NEW(r->median, r->n);
    if (!e) e = MEM_NEW(r->scatter, r->n);
    for (int64_t i = 0; i < n && !e; i++) {
        int ring = g->bad && g->bad[i] ? -1 : ring_of(g, r, i, &k, &phi);
        if (ring >= 0) start[ring + 1]++;
    }
    for (int m = 0; m < r->n && !e; m++) start[m + 1] += start[m];
    for (int64_t i = 0; i < n && !e; i++) {
        int ring = g->bad && g->bad[i] ? -1 : ring_of(g, r, i, &k, &phi);
        if (ring >= 0) value[start[ring] + fill[ring]++] = image[i];
    }
    for (int m = 0; m < r->n && !e; m++) {
        size_t count = (size_t)(start[m + 1] - start[m]);
        double *v = value + start[m];
        if (!count) continue;
        gsl_sort(v, 1, count);
        r->median[m] = gsl_stats_median_from_sorted_data(v, 1, count);
        for (size_t j = 0; j < count; j++) v[j] = fabs(v[j] - r->median[m]);
        gsl_sort(v, 1, count);
        r->scatter[m] = 1.4826 * gsl_stats_median_from_sorted_data(v, 1, count);
    }
    mem_free(&start);
    mem_free(&fill);
    mem_free(&value);
    return e;
}

/* --- maxima --- */

static bool is_top(const float *p, int nx) {
    for (int dy = -1; dy <= 1; dy++)
        for (int dx = -1; dx <= 1; dx++) {
            float other = p[dy * nx + dx];
            if ((dx || dy) && (dy < 0 || (dy == 0 && dx < 0) ? other >= *p : other > *p)) return false;
        }
    return true;
}

/* **Local.** Top of the least-squares paraboloid through log I of 3 x 3 pixels; stays within a pixel of the
 * middle. */
static void refine(const float *p, int nx, double *dx, double *dy) {
    double f[3][3], least = INFINITY;
    for (int j = 0; j < 3; j++)
        for (int i = 0; i < 3; i++) least = fmin(least, p[(j - 1) * nx + i - 1]);
    for (int j = 0; j < 3; j++)
        for (int i = 0; i < 3; i++) {
            double v = p[(j - 1) * nx + i - 1];
            f[j][i] = least > 0 ? log(v) : v;
        }
    double sx = 0, sy = 0, sxx = 0, syy = 0, sxy = (f[0][0] + f[2][2] - f[0][2] - f[2][0]) / 4;
    for (int j = 0; j < 3; j++) {
        sx += (f[j][2] - f[j][0]) / 6;
        sy += (f[2][j] - f[0][j]) / 6;
        sxx += (f[j][0] - 2 * f[j][1] + f[j][2]) / 3;
        syy += (f[0][j] - 2 * f[1][j] + f[2][j]) / 3;
    }
    double det = sxx * syy - sxy * sxy;
    *dx = *dy = 0;
    if (!(det > 0 && sxx < 0)) return;
    double x = -(syy * sx - sxy * sy) / det, y = -(sxx * sy - sxy * sx) / det;
    if (fabs(x) <= 1 && fabs(y) <= 1) {
        *dx = x;
        *dy = y;
    }
}

static int by_height(const void *a, const void *b) {
    const struct spot *p = a, *q = b;
    if (p->height != q->height) return p->height < q->height ? 1 : -1;
    return p->y != q->y ? (p->y > q->y) - (p->y < q->y) : (p->x > q->x) - (p->x < q->x);
}

/* **Local.** Of spots that are too near each other the higher one stays. */
static int thin(struct spot *spots, int n, double apart) {
    int kept = 0;
    for (int i = 0; i < n; i++) {
        bool near = false;
        for (int j = 0; j < kept && !near; j++)
            near = hypot(spots[i].x - spots[j].x, spots[i].y - spots[j].y) < apart;
        if (!near) spots[kept++] = spots[i];
    }
    return kept;
}

static int collect(const struct polar_geometry *g, const float *image, const struct spots_options *o,
                   const struct rings *r, struct spot **spots, int *n) {
    int room = 0;
    for (int y = 1; y + 1 < g->ny; y++)
        for (int x = 1; x + 1 < g->nx; x++) {
            int64_t i = (int64_t)y * g->nx + x;
            double k, phi;
            if (!is_top(image + i, g->nx) || (g->bad && g->bad[i])) continue;
            int ring = ring_of(g, r, i, &k, &phi);
            if (ring < 0 || k < o->k_min || k > o->k_max) continue;
            double above = image[i] - r->median[ring];
            if (!(above > 0) || above < o->sharpness * r->scatter[ring]) continue;
            if (*n == room) {
                TRY(MEM_GROW(*spots, room, 2 * room + 32));
                room = 2 * room + 32;
            }
            struct spot *s = &(*spots)[(*n)++];
            double dx, dy;
            refine(image + i, g->nx, &dx, &dy);
            *s = (struct spot){.x = x + dx, .y = y + dy, .height = above};
            s->sharp = r->scatter[ring] > 0 ? above / r->scatter[ring] : INFINITY;
            polar_where(g, s->x, s->y, &s->k, &s->phi);
        }
    return ERR_OK;
}

int spots_find(const struct polar_geometry *geometry, const float *image, const struct spots_options *options,
               struct spot **spots, int *n) {
    float *smooth = NULL;
    struct rings r = {0};
    *spots = NULL;
    *n = 0;
    int e = MEM_NEW(smooth, (int64_t)geometry->nx * geometry->ny);
    if (!e) e = blur(geometry, image, options->blur, smooth);
    if (!e) e = measure_rings(geometry, smooth, &r);
    if (!e) e = collect(geometry, smooth, options, &r, spots, n);
    if (!e && *n) {
        qsort(*spots, (size_t)*n, sizeof **spots, by_height);
        *n = thin(*spots, *n, options->apart);
    }
    mem_free(&smooth);
    mem_free(&r.median);
    mem_free(&r.scatter);
    if (e) mem_free(spots);
    return e;
}

/* --- ellipse --- */

#define SECTORS 72
#define PER 10 /* points of a sector */

/* **Local.** The ring's radius in each sector; NAN where the maximum is at an end of the range. */
static void sector_tops(const double *rings, const struct polar_geometry *g, const bool *valid, double *top) {
    const int per = PER;
    for (int s = 0; s < SECTORS; s++) {
        double best = -INFINITY, mean[3] = {0};
        int at = -1;
        top[s] = NAN;
        for (int k = 0; k < g->n_k; k++) {
            double sum = 0;
            bool good = true;
            for (int j = s * per; j < (s + 1) * per; j++) {
                good = good && valid[(int64_t)k * g->n_phi + j];
                sum += rings[(int64_t)k * g->n_phi + j];
            }
            if (good && sum > best) best = sum, at = k;
        }
        if (at < 1 || at + 1 >= g->n_k) continue;
        for (int c = 0; c < 3; c++)
            for (int j = s * per; j < (s + 1) * per; j++) {
                if (!valid[(int64_t)(at - 1 + c) * g->n_phi + j]) mean[c] = NAN;
                mean[c] += rings[(int64_t)(at - 1 + c) * g->n_phi + j];
            }
        double bend = mean[0] - 2 * mean[1] + mean[2];
        if (bend < 0) top[s] = g->k_first + (at + (mean[0] - mean[2]) / (2 * bend)) * g->k_step;
    }
}

/* **Local.** r0, c, s of r0 + c cos 2phi + s sin 2phi: least squares. */
static int fit_second(const double *top, double fit[3], int *used) {
    double a[9] = {0}, b[3] = {0};
    *used = 0;
    for (int s = 0; s < SECTORS; s++) {
        double phi = 2 * M_PI * (s * PER + (PER - 1) / 2.0) / (SECTORS * PER), row[3] = {1, cos(2 * phi), sin(2 * phi)};
        if (!isfinite(top[s])) continue;
        ++*used;
        for (int i = 0; i < 3; i++) {
            b[i] += row[i] * top[s];
            for (int j = 0; j < 3; j++) a[3 * i + j] += row[i] * row[j];
        }
    }
    if (*used < SECTORS / 3)
        FAIL(ERR_PHYSICS, "no ring: only %d of %d directions have a maximum in the range", *used, SECTORS);
    gsl_matrix_view m = gsl_matrix_view_array(a, 3, 3);
    gsl_vector_view v = gsl_vector_view_array(b, 3), x = gsl_vector_view_array(fit, 3);
    if (gsl_linalg_cholesky_decomp1(&m.matrix) || gsl_linalg_cholesky_solve(&m.matrix, &v.vector, &x.vector))
        FAIL(ERR_PHYSICS, "no ring: its directions do not determine an ellipse");
    return ERR_OK;
}

int spots_ellipse(const struct polar_geometry *geometry, const float *image, double k_lo, double k_hi,
                  double *ratio, double *angle, double *radius) {
    struct polar_geometry g = *geometry;
    struct polar *polar = NULL;
    double *rings = NULL, top[SECTORS], fit[3];
    int used, e;
    g.ratio = 1;
    g.angle = 0;
    g.k_step = fmin(fabs(g.pixel[0]), fabs(g.pixel[1]));
    g.k_first = k_lo;
    g.n_k = (int)((k_hi - k_lo) / g.k_step) + 1;
    g.n_phi = PER * SECTORS;
    if (g.n_k < 4) FAIL(ERR_INPUT, "an ellipse needs a range of at least four pixels");
    TRY(polar_create(&g, &polar));
    e = MEM_NEW(rings, (int64_t)g.n_k * g.n_phi);
    if (!e) {
        polar_unwrap(polar, image, rings);
        sector_tops(rings, &g, polar_valid(polar), top);
        e = fit_second(top, fit, &used);
    }
    if (!e) {
        double ecc = hypot(fit[1], fit[2]) / fit[0];
        *ratio = (1 + ecc) / (1 - ecc);
        *angle = atan2(fit[2], fit[1]) / 2;
        *radius = fit[0];
    }
    mem_free(&rings);
    polar_destroy(&polar);
    return e;
}
