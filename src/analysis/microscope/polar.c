/* polar - bilinear interpolation with places and weights computed once.
 *
 * Four reads per point and nothing else in the loop over patterns. Interpolation weakens the n-th harmonic of
 * a ring of radius r pixels by about 1 - n^2 / (6 r^2) in amplitude; both that and the pixels' own size are
 * alike for all orientations. Rejected: sorting pixels into polar bins (empty bins near the centre,
 * correlated noise where they are split), cubic interpolation (four times the reads; it rings at edges of
 * masks). */
#include "analysis/microscope/polar.h"
#include "base/mem.h"

#include <math.h>

struct tap {
    int32_t at; /* of the upper left pixel; -1: invalid */
    float u, v; /* fractions towards right and down */
};

struct polar {
    struct polar_geometry g;
    struct tap *tap;
    bool *valid;
};

void polar_place(const struct polar_geometry *g, double k, double phi, double *x, double *y) {
    double c = cos(g->angle), s = sin(g->angle), stretch = sqrt(g->ratio);
    double along = k * cos(phi - g->angle) * stretch, across = k * sin(phi - g->angle) / stretch;
    *x = g->centre[0] + (along * c - across * s) / g->pixel[0];
    *y = g->centre[1] + (along * s + across * c) / g->pixel[1];
}

void polar_where(const struct polar_geometry *g, double x, double y, double *k, double *phi) {
    double c = cos(g->angle), s = sin(g->angle), stretch = sqrt(g->ratio);
    double kx = (x - g->centre[0]) * g->pixel[0], ky = (y - g->centre[1]) * g->pixel[1];
    double along = (kx * c + ky * s) / stretch, across = (ky * c - kx * s) * stretch;
    *k = hypot(along, across);
    *phi = atan2(across, along) + g->angle;
}

double polar_reach(const struct polar_geometry *g) {
    double reach = fmin(fmin(g->centre[0], g->nx - 1 - g->centre[0]) * fabs(g->pixel[0]),
                        fmin(g->centre[1], g->ny - 1 - g->centre[1]) * fabs(g->pixel[1]));
    return reach / sqrt(fmax(g->ratio, 1 / g->ratio));
}

/* **Local.** A point counts only where all pixels that weigh in it are good. */
static void set_tap(struct polar *p, int ring, int j) {
    const struct polar_geometry *g = &p->g;
    double x, y;
    int64_t i = (int64_t)ring * g->n_phi + j;
    polar_place(g, g->k_first + ring * g->k_step, 2 * M_PI * j / g->n_phi, &x, &y);
    p->tap[i].at = -1;
    if (!(x >= 0 && y >= 0 && x <= g->nx - 1 && y <= g->ny - 1)) return;
    int x0 = (int)fmin(floor(x), g->nx - 2), y0 = (int)fmin(floor(y), g->ny - 2);
    double u = x - x0, v = y - y0;
    for (int c = 0; c < 4 && g->bad; c++) {
        double w = (c & 1 ? u : 1 - u) * (c & 2 ? v : 1 - v);
        if (w > 1e-9 && g->bad[(int64_t)(y0 + (c >> 1)) * g->nx + x0 + (c & 1)]) return;
    }
    p->tap[i] = (struct tap){y0 * g->nx + x0, (float)u, (float)v};
    p->valid[i] = true;
}

int polar_create(const struct polar_geometry *geometry, struct polar **polar) {
    struct polar *p = NULL;
    bool any = false;
    int64_t n = (int64_t)geometry->n_k * geometry->n_phi;
    TRY(MEM_NEW(*polar, 1));
    p = *polar;
    p->g = *geometry;
    int e = MEM_NEW(p->tap, n);
    if (!e) e = MEM_NEW(p->valid, n);
    for (int k = 0; k < p->g.n_k && !e; k++)
        for (int j = 0; j < p->g.n_phi; j++) set_tap(p, k, j);
    for (int64_t i = 0; i < n && !e; i++) any |= p->valid[i];
    p->g.bad = NULL;
    if (!e && !any)
        e = err_set(ERR_INPUT, __FILE__, __LINE__,
                    "no ring between %.4g and %.4g 1/A has a usable pixel; check centre, mask and k range",
                    p->g.k_first, p->g.k_first + (p->g.n_k - 1) * p->g.k_step);
    if (e) polar_destroy(polar);
    return e;
}

void polar_destroy(struct polar **polar) {
    if (!*polar) return;
    mem_free(&(*polar)->tap);
    mem_free(&(*polar)->valid);
    mem_free(polar);
}

const struct polar_geometry *polar_geometry(const struct polar *polar) {
    return &polar->g;
}

const bool *polar_valid(const struct polar *polar) {
    return polar->valid;
}

void polar_unwrap(const struct polar *polar, const float *image, double *rings) {
    int64_t n = (int64_t)polar->g.n_k * polar->g.n_phi, nx = polar->g.nx;
    for (int64_t i = 0; i < n; i++) {
        const struct tap *t = &polar->tap[i];
        if (t->at < 0) {
            rings[i] = 0;
            continue;
        }
        const float *p = image + t->at;
        double u = t->u, v = t->v;
        double top = p[0] + u * (p[1] - p[0]), low = p[nx] + u * (p[nx + 1] - p[nx]);
        rings[i] = top + v * (low - top);
    }
}

bool polar_taps(const struct polar *polar, int k, int j, int64_t at[4], double share[4]) {
    const struct tap *t = &polar->tap[(int64_t)k * polar->g.n_phi + j];
    for (int c = 0; c < 4 && t->at >= 0; c++) {
        at[c] = t->at + (c & 1) + (int64_t)(c >> 1) * polar->g.nx;
        share[c] = (double)(c & 1 ? t->u : 1 - t->u) * (double)(c & 2 ? t->v : 1 - t->v);
    }
    return t->at >= 0;
}
