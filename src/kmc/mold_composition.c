/* mold_composition - cells that ride with the core; one new cell at the tip per step, upwind along the layer.
 *
 * The layer holds little (4 delta / d of the section) and is taken as steady: d f_i / dz = -k (s_i - c_i) /
 * V, V the speed at which the deposit grows. Implicit upwind per cell leaves one unknown, M = sum m s, found
 * by Newton's method; what leaves the layer enters the core, so every element is conserved to rounding.
 * Diffusion along the core is left out: (2 D_B t)^1/2 is 14 nm where the wire has 440 (the paper's 20 nm
 * pore). Rejected: fixed cells in the frame of the mold, which smear the profile by the plug's motion. */
#include "kmc/mold_composition.h"
#include "base/mem.h"

#include <gsl/gsl_sf_bessel.h>
#include <math.h>
#include <string.h>

#define MOST 16
#define TIP 0.1      /* the tip is the mean over this part of the length */
#define SUBSTEP 0.05 /* largest k dt */

double mold_composition_current(double c0, double ratio) {
    return ratio * c0 / (ratio * c0 + 1 - c0);
}

double mold_composition_ratio(double c0, double tip) {
    return tip * (1 - c0) / ((1 - tip) * c0);
}

double mold_composition_exchange(double d, double diffusivity) {
    double j = gsl_sf_bessel_zero_J0(1) * 2 / d;
    return j * j * diffusivity;
}

/* The growing wire: cells [0, n) from the root; those of the print and of the plug have the glass's
 * composition. */
struct wire {
    int n;
    double h;
    double *c; /* [n * n_elements], cell 0 at the root */
    double *born, *consumed;
    double pending; /* length of plug not yet made a cell at the root */
    double in[MOST];
};

/* **Local.** f of one cell from f of the cell before: V f + k h M f / m = V f_before + k h c with sum f = 1.
 */
static void pass_cell(int n, const double *m, double v, double kh, const double *before, const double *c,
                      double *f) {
    double big = 0, small = INFINITY;
    for (int i = 0; i < n; i++) {
        big = fmax(big, m[i]);
        small = fmin(small, m[i]);
    }
    double lo = small, hi = big, mean = 0;
    for (int i = 0; i < n; i++) mean += before[i] / m[i];
    mean = 1 / mean;
    for (int step = 0; step < 60; step++) {
        double sum = -1, slope = 0;
        for (int i = 0; i < n; i++) {
            double below = v + kh * mean / m[i];
            f[i] = (v * before[i] + kh * c[i]) / below;
            sum += f[i];
            slope -= f[i] * (kh / m[i]) / below;
        }
        if (sum > 0) lo = mean;
        else hi = mean;
        if (fabs(sum) < 1e-14 || slope == 0) break;
        double next = mean - sum / slope;
        mean = next > lo && next < hi ? next : (lo + hi) / 2;
    }
}

/* **Local.** Exchange over dt along the wire with deposit speed v; f of the last cell to the tip. */
static void flow(const struct mold_composition_options *o, struct wire *w, double v, double dt, double *f) {
    int n = o->n_elements;
    double kh = o->exchange * w->h, total = 0, before[MOST], next[MOST];
    for (int i = 0; i < n; i++) total += o->mobility[i] * o->fraction[i];
    for (int i = 0; i < n; i++) f[i] = o->mobility[i] * o->fraction[i] / total;
    for (int i = 0; i < n; i++) w->in[i] += v * dt * f[i];
    if (kh == 0) return;
    for (int k = 0; k < w->n; k++) {
        double *c = w->c + (size_t)k * n;
        memcpy(before, f, sizeof before);
        pass_cell(n, o->mobility, v, kh, before, c, next);
        for (int i = 0; i < n; i++) {
            double left = v * (before[i] - next[i]) * dt; /* left the layer for the core */
            c[i] += left / w->h;
            f[i] = next[i];
        }
    }
}

static double fast_part(const struct mold_composition_options *o, const double *c) {
    if (o->fast < 0 || o->slow < 0) return 0;
    double both = c[o->fast] + c[o->slow];
    return both > 0 ? c[o->fast] / both : 0;
}

static void age(const struct mold_composition_options *o, struct wire *w, double dt) {
    if (!isfinite(o->tau0)) return;
    for (int k = 0; k < w->n; k++)
        w->consumed[k] +=
            dt / (o->tau0 * exp(-(fast_part(o, w->c + (size_t)k * o->n_elements) - o->c0) / o->width));
}

static void insert_root(const struct mold_composition_options *o, struct wire *w, double born) {
    int n = o->n_elements;
    memmove(w->c + n, w->c, (size_t)w->n * n * sizeof *w->c);
    memmove(w->born + 1, w->born, (size_t)w->n * sizeof *w->born);
    memmove(w->consumed + 1, w->consumed, (size_t)w->n * sizeof *w->consumed);
    memcpy(w->c, o->fraction, (size_t)n * sizeof *w->c);
    w->born[0] = born;
    w->consumed[0] = 0;
    w->n++;
    for (int i = 0; i < n; i++) w->in[i] += w->h * o->fraction[i];
}

static void add_tip(const struct mold_composition_options *o, struct wire *w, const double *f, double born) {
    memcpy(w->c + (size_t)w->n * o->n_elements, f, (size_t)o->n_elements * sizeof *f);
    w->born[w->n] = born;
    w->consumed[w->n] = 0;
    w->n++;
}

/* **Local.** Grow by one cell of deposit and as much plug as goes with it; from length l to l2 between t and
 * t + dt. */
static void grow(const struct mold_composition_options *o, struct wire *w, double t, double dt,
                 double deposit, double plug) {
    int parts = (int)fmax(1, ceil(o->exchange * dt / SUBSTEP));
    double f[MOST] = {0}, sum[MOST] = {0};
    for (int s = 0; s < parts && deposit > 0; s++) {
        flow(o, w, deposit / dt, dt / parts, f);
        for (int i = 0; i < o->n_elements; i++) sum[i] += f[i] / parts;
    }
    age(o, w, dt);
    w->pending += plug;
    while (w->pending >= w->h * (1 - 1e-9)) {
        insert_root(o, w, t + dt);
        w->pending -= w->h;
    }
    if (deposit > 0) add_tip(o, w, sum, t + dt);
}

static int wire_create(const struct mold_composition_options *o, struct wire *w) {
    size_t most = (size_t)(o->cells * (1 + o->start / fmax(o->length - o->start, 1e-300)) + 8);
    w->h = (o->length - o->start) / o->cells;
    TRY(MEM_NEW(w->c, most * (size_t)o->n_elements));
    TRY(MEM_NEW(w->born, most));
    TRY(MEM_NEW(w->consumed, most));
    for (double z = w->h; z <= o->start * (1 + 1e-9); z += w->h) insert_root(o, w, 0);
    return ERR_OK;
}

static void wire_grow(const struct mold_composition_options *o, struct wire *w) {
    double gain = o->length * o->length - o->start * o->start, l = o->start, t = 0;
    int steps = o->cells;
    for (int k = 0; k < steps; k++) {
        /* deposit is a whole cell, or nothing with pure flow; the plug takes its share */
        double part = 1 - o->share, next = o->start + (o->length - o->start) * (k + 1) / steps;
        double t2 = o->time * (next * next - o->start * o->start) / gain, step = next - l;
        double due = part * (k + 1), done = floor(part * k + 1e-9);
        double whole = floor(due + 1e-9) - done; /* 0 or 1 cells at the tip */
        grow(o, w, t, t2 - t, whole * w->h, step - whole * w->h < 0 ? 0 : step - whole * w->h);
        l = next;
        t = t2;
    }
}

static double tip_of(const struct mold_composition_options *o, const struct wire *w) {
    int n = (int)fmax(1, TIP * w->n);
    double c[MOST] = {0};
    for (int k = w->n - n; k < w->n; k++)
        for (int i = 0; i < o->n_elements; i++) c[i] += w->c[(size_t)k * o->n_elements + i];
    return fast_part(o, c);
}

static int conclude(const struct mold_composition_options *o, struct wire *w, struct mold_composition *out) {
    int n = o->n_elements;
    memset(out, 0, sizeof *out);
    out->n = w->n;
    out->n_elements = n;
    TRY(MEM_NEW(out->z, w->n));
    TRY(MEM_NEW(out->spent, w->n));
    out->fraction = w->c;
    out->consumed = w->consumed;
    w->c = w->consumed = NULL;
    out->amorphous = w->n * w->h;
    for (int k = w->n - 1; k >= 0; k--) {
        out->z[k] = (k + 0.5) * w->h;
        out->spent[k] = o->time - w->born[k];
        if (out->consumed[k] >= 1) out->amorphous = k * w->h;
    }
    for (int i = 0; i < n; i++) {
        double held = 0;
        for (int k = 0; k < w->n; k++) held += w->h * out->fraction[(size_t)k * n + i];
        if (held > 0) out->imbalance = fmax(out->imbalance, fabs(w->in[i] - held) / held);
    }
    return ERR_OK;
}

int mold_composition_compute(const struct mold_composition_options *o, struct mold_composition *out) {
    struct wire w = {0};
    memset(out, 0, sizeof *out);
    if (o->n_elements > MOST) FAIL(ERR_INPUT, "more than %d elements in a wire", MOST);
    if (!(o->length > o->start)) FAIL(ERR_INPUT, "the wire does not grow: its length is that of the print");
    int e = wire_create(o, &w);
    if (!e) {
        wire_grow(o, &w);
        double root = fast_part(o, w.c), tip = tip_of(o, &w);
        e = conclude(o, &w, out);
        out->root = root;
        out->tip = tip;
    }
    mem_free(&w.c);
    mem_free(&w.born);
    mem_free(&w.consumed);
    if (e) mold_composition_destroy(out);
    return e;
}

void mold_composition_destroy(struct mold_composition *c) {
    mem_free(&c->z);
    mem_free(&c->fraction);
    mem_free(&c->consumed);
    mem_free(&c->spent);
    memset(c, 0, sizeof *c);
}

void mold_composition_mobility(const struct mold_composition_options *o, double ratio, double *mobility) {
    double a = o->fraction[o->fast], b = o->fraction[o->slow], mean = (a * ratio + b) / (a + b);
    for (int i = 0; i < o->n_elements; i++) mobility[i] = i == o->fast ? ratio : i == o->slow ? 1 : mean;
}

int mold_composition_solve(struct mold_composition_options *o, double *mobility, double tip, double *ratio) {
    double lo = 0, hi = log(1000);
    struct mold_composition c;
    o->mobility = mobility;
    *ratio = NAN;
    for (int k = 0; k < 40; k++) {
        double x = k == 0 ? hi : (lo + hi) / 2;
        mold_composition_mobility(o, exp(x), mobility);
        TRY(mold_composition_compute(o, &c));
        double found = c.tip;
        mold_composition_destroy(&c);
        if (k == 0 && found < tip) return ERR_OK;
        if (found < tip) lo = x;
        else hi = x;
    }
    *ratio = exp((lo + hi) / 2);
    return ERR_OK;
}
