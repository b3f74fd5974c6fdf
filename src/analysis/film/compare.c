/* compare - images and waves kept for all frames, then sums over pairs of frames.
 *
 * Directions are spread over ranks for what is summed over pixels, atoms for what is summed over atoms; the
 * terms of atoms are rounded to a common quantum, so that sums are exact. The phases of an atom are computed
 * once a frame, and cos(a - b) is made of them. Rejected: F_s as sin(kr)/(kr), which is the mean over all
 * directions of K, when the images know some directions only. */
#include "analysis/film/compare.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/stop.h"

#include <gsl/gsl_sort.h>
#include <math.h>
#include <string.h>

#define SURFACE 0.995 /* of the atoms lie within the wire's half width */

int compare_create(const struct comm *comm, const struct compare_options *o, int64_t n_frames,
                   struct compare **compare) {
    struct compare *c = NULL;
    *compare = NULL;
    TRY_ALL(comm, MEM_NEW(c, 1));
    c->comm = comm;
    c->o = *o;
    int e = err_agree(comm, MEM_NEW(c->view, o->directions));
    if (!e) e = motion_create(comm, n_frames, &c->motion);
    if (e) compare_destroy(&c);
    *compare = c;
    return e;
}

void compare_destroy(struct compare **compare) {
    struct compare *c = *compare;
    if (!c) return;
    for (int a = 0; c->view && a < c->o.directions; a++) darkfield_destroy(&c->view[a]);
    for (int k = 0; c->curve && k < COMPARE_COUNT * c->n_groups; k++) mem_free(&c->curve[k].f);
    mem_free(&c->view);
    mem_free(&c->curve);
    mem_free(&c->image);
    mem_free(&c->wave);
    mem_free(&c->lag);
    mem_free(&c->time);
    motion_destroy(&c->motion);
    mem_free(compare);
}

/* **Local.** */
static int begin(struct compare *c, const struct frame *frame) {
    int64_t ny, nx;
    double dy, dx;
    for (int a = 0; a < c->o.directions; a++) {
        struct darkfield_options o = c->o.optics;
        o.azimuth += M_PI * a / c->o.directions;
        TRY(darkfield_create(&o, &frame->box, &c->view[a]));
    }
    darkfield_size(c->view[0], &ny, &nx, &dy, &dx);
    c->n = ny * nx;
    TRY(MEM_NEW(c->image, c->o.directions * c->motion->room * c->n));
    return MEM_NEW(c->wave, 2 * c->o.directions * c->motion->room * c->n);
}

static int64_t offset(const struct compare *c, int direction, int64_t t) {
    return (direction * c->motion->room + t) * c->n;
}

int compare_add(struct compare *c, struct frame *frame) {
    static const double still[2] = {0, 0};
    if (!c->image) TRY_ALL(c->comm, begin(c, frame));
    if (c->n_frames >= c->motion->room) FAIL(ERR_INTERNAL, "more frames than were said to come");
    for (int a = 0; a < c->o.directions; a++) {
        int64_t at = offset(c, a, c->n_frames);
        TRY(darkfield_compute(c->comm, c->view[a], frame, still, c->image + at));
        const double *psi = darkfield_wave(c->view[a]);
        for (int64_t k = 0; k < 2 * c->n; k++) c->wave[2 * at + k] = (float)psi[k];
    }
    c->n_frames++;
    return motion_add(c->motion, frame);
}

/* --- columns */

struct columns {
    /* across the wire, then along it: axis of the box, middle, half length; INFINITY where nothing ends */
    int axis[2];
    double centre[2], half[2];
    int *of_atom, *of_pixel; /* layer; -1: outside */
    int64_t *atoms, *pixels; /* [n_groups] */
};

static void columns_free(struct columns *s) {
    mem_free(&s->of_atom);
    mem_free(&s->of_pixel);
    mem_free(&s->atoms);
    mem_free(&s->pixels);
}

/* **Local.** Layer below the nearest edge of a column at u across, v along the wire. */
static int layer_at(const struct compare *c, const struct columns *s, double u, double v) {
    if (c->o.layers.axis < 0) return 0;
    double depth = fmin(s->half[0] - fabs(u - s->centre[0]), s->half[1] - fabs(v - s->centre[1]));
    return depth >= 0 ? (int)fmin(c->o.layers.n - 1, depth / c->o.layers.width) : -1;
}

/* **Collective.** Middle and half length of the wire along an axis in the first frame. */
static int find_wire(const struct compare *c, struct columns *s, int k) {
    const struct motion *m = c->motion;
    double sum[3], *u = NULL;
    int64_t first = frame_block(m->n_global, m->comm->size, m->comm->rank);
    comm_sum_exact(m->comm, &m->x0[0][0], m->n, 3, 3, sum);
    s->centre[k] = sum[s->axis[k]] / (double)m->n_global;
    TRY_ALL(m->comm, MEM_NEW(u, m->n_global));
    for (int i = 0; i < m->n; i++) u[first + i] = fabs(m->x0[i][s->axis[k]] - s->centre[k]);
    comm_sum(m->comm, u, (int)m->n_global); /* one term each: exact */
    gsl_sort(u, 1, (size_t)m->n_global);
    s->half[k] = u[(int64_t)(SURFACE * (double)(m->n_global - 1))];
    mem_free(&u);
    return ERR_OK;
}

/* **Collective.** */
static int make_columns(struct compare *c, struct columns *s) {
    const struct motion *m = c->motion;
    int beam = c->o.optics.beam, image_x = (beam + 1) % 3;
    int64_t ny, nx;
    double dy, dx;
    bool wire = c->o.layers.axis >= 0;
    c->n_groups = 1 + (wire ? c->o.layers.n : 0);
    *s = (struct columns){.axis = {image_x, (beam + 2) % 3}, .half = {INFINITY, INFINITY}};
    if (wire && c->o.layers.axis == image_x) s->axis[0] = (beam + 2) % 3, s->axis[1] = image_x;
    TRY_ALL(c->comm, MEM_NEW(s->of_atom, m->n));
    TRY_ALL(c->comm, MEM_NEW(s->of_pixel, c->n));
    TRY_ALL(c->comm, MEM_NEW(s->atoms, c->n_groups));
    TRY_ALL(c->comm, MEM_NEW(s->pixels, c->n_groups));
    if (wire) TRY(find_wire(c, s, 0));
    if (wire && !m->box.periodic[s->axis[1]]) TRY(find_wire(c, s, 1));
    darkfield_size(c->view[0], &ny, &nx, &dy, &dx);
    for (int i = 0; i < m->n; i++) {
        s->of_atom[i] = layer_at(c, s, m->x0[i][s->axis[0]], m->x0[i][s->axis[1]]);
        if (wire && s->of_atom[i] >= 0) s->atoms[1 + s->of_atom[i]]++;
    }
    comm_sum_i64(c->comm, s->atoms, c->n_groups);
    s->atoms[0] = m->n_global;
    for (int64_t p = 0; p < c->n; p++) {
        double at[3] = {0};
        at[image_x] = m->box.lo[image_x] + (double)(p % nx) * dx;
        at[(beam + 2) % 3] = m->box.lo[(beam + 2) % 3] + (double)(p / nx) * dy;
        s->of_pixel[p] = layer_at(c, s, at[s->axis[0]], at[s->axis[1]]);
        if (s->of_pixel[p] < 0) continue;
        s->pixels[0]++;
        if (wire) s->pixels[1 + s->of_pixel[p]]++;
    }
    for (int g = 0; g < c->n_groups; g++)
        if (!s->atoms[g] || !s->pixels[g])
            FAIL(ERR_INPUT, "layer %d of the wire holds no %s; take fewer or thicker layers", g,
                 s->atoms[g] ? "pixel" : "atom");
    return ERR_OK;
}

/* --- pixels: g2 - 1 and the wave's correlation, [direction][group][lag] */

struct sums {
    double *images, *pooled, *wave, *coherent, *self; /* coherent: [direction][lag] */
    double *contrast, *pooled_contrast;               /* [direction][group] g2(0) - 1 */
};

struct norms {
    double *wave, *early, *late; /* [direction][group][lag] */
    double *mean;                /* [direction][group] */
};

static void of_pixel(const struct compare *c, const struct columns *s, int a, int64_t p, struct sums *out,
                     struct norms *norm) {
    const float *image = c->image + offset(c, a, 0) + p, *wave = c->wave + 2 * (offset(c, a, 0) + p);
    double sum = 0, square = 0;
    for (int64_t t = 0; t < c->n_frames; t++) {
        sum += image[t * c->n];
        square += (double)image[t * c->n] * image[t * c->n];
    }
    for (int k = 0; k < (c->n_groups > 1 ? 2 : 1); k++) {
        int at = a * c->n_groups + (k ? 1 + s->of_pixel[p] : 0);
        out->contrast[at] += (double)c->n_frames * square / (sum * sum) - 1;
        out->pooled_contrast[at] += square;
        norm->mean[at] += sum;
    }
    for (int l = 0; l < c->n_lags; l++) {
        double both = 0, early = 0, late = 0, w = 0, w0 = 0, n = (double)(c->n_frames - c->lag[l]);
        for (int64_t t = 0; t + c->lag[l] < c->n_frames; t++) {
            int64_t i = t * c->n, j = (t + c->lag[l]) * c->n;
            both += (double)image[i] * image[j];
            early += image[i];
            late += image[j];
            w += (double)wave[2 * i] * wave[2 * j] + (double)wave[2 * i + 1] * wave[2 * j + 1];
            w0 += 0.5 * ((double)wave[2 * i] * wave[2 * i] + (double)wave[2 * i + 1] * wave[2 * i + 1] +
                         (double)wave[2 * j] * wave[2 * j] + (double)wave[2 * j + 1] * wave[2 * j + 1]);
        }
        for (int k = 0; k < (c->n_groups > 1 ? 2 : 1); k++) {
            int64_t at = ((int64_t)a * c->n_groups + (k ? 1 + s->of_pixel[p] : 0)) * c->n_lags + l;
            out->images[at] += n * both / (early * late) - 1;
            out->pooled[at] += both;
            norm->early[at] += early;
            norm->late[at] += late;
            out->wave[at] += w;
            norm->wave[at] += w0;
        }
    }
}

/* **Local.** Sums of this rank's directions become the curves. */
static void divide(const struct compare *c, const struct columns *s, const struct norms *norm,
                   struct sums *out) {
    for (int k = 0; k < c->o.directions * c->n_groups; k++) {
        if (k / c->n_groups % c->comm->size != c->comm->rank) continue;
        double pixels = (double)s->pixels[k % c->n_groups], n = pixels * (double)c->n_frames;
        out->contrast[k] /= pixels;
        out->pooled_contrast[k] = n * out->pooled_contrast[k] / (norm->mean[k] * norm->mean[k]) - 1;
        for (int l = 0; l < c->n_lags; l++) {
            int at = k * c->n_lags + l;
            double pairs = pixels * (double)(c->n_frames - c->lag[l]);
            out->images[at] /= pixels;
            out->pooled[at] = pairs * out->pooled[at] / (norm->early[at] * norm->late[at]) - 1;
            out->wave[at] /= norm->wave[at];
        }
    }
}

/* **Collective.** */
static int over_pixels(struct compare *c, const struct columns *s, struct sums *out) {
    int few = c->o.directions * c->n_groups, many = few * c->n_lags, e = ERR_OK;
    struct norms norm = {NULL, NULL, NULL, NULL};
    TRY_ALL_TO(c->comm, out, MEM_NEW(norm.wave, many));
    TRY_ALL_TO(c->comm, out, MEM_NEW(norm.early, many));
    TRY_ALL_TO(c->comm, out, MEM_NEW(norm.late, many));
    TRY_ALL_TO(c->comm, out, MEM_NEW(norm.mean, few));
    for (int a = c->comm->rank; a < c->o.directions; a += c->comm->size)
        for (int64_t p = 0; p < c->n; p++)
            if (s->of_pixel[p] >= 0) of_pixel(c, s, a, p, out, &norm);
    divide(c, s, &norm, out);
    comm_sum(c->comm, out->contrast, few); /* a direction is one rank's: exact */
    comm_sum(c->comm, out->pooled_contrast, few);
    comm_sum(c->comm, out->images, many);
    comm_sum(c->comm, out->pooled, many);
    comm_sum(c->comm, out->wave, many);
out:
    mem_free(&norm.wave);
    mem_free(&norm.early);
    mem_free(&norm.late);
    mem_free(&norm.mean);
    return e;
}

/* --- atoms */

/* **Local.** K of a direction, 2 pi / d, in the axes of the box. */
static void wave_vector(const struct compare *c, int a, double k[3]) {
    const struct darkfield_options *o = &c->o.optics;
    double phi = o->azimuth + M_PI * a / c->o.directions, l = 1 / o->wavelength;
    k[(o->beam + 1) % 3] = 2 * M_PI * o->k * cos(phi);
    k[(o->beam + 2) % 3] = 2 * M_PI * o->k * sin(phi);
    k[o->beam] = 2 * M_PI * (l - sqrt(l * l - o->k * o->k));
}

/* **Local.** Adds an atom's phase to rho[2 * n_frames] and its self part to self[groups][lags]. */
static void of_atom(const struct compare *c, const struct columns *s, int i, const double k[3], double *phase,
                    double *rho, double *self) {
    const struct motion *m = c->motion;
    double weight = c->o.optics.amplitude[m->type[i]], most = 0;
    for (int q = 0; q < m->species.n; q++) most = fmax(most, fabs(c->o.optics.amplitude[q]));
    double whole = comm_quantum(m->n_global + 1, most), one = comm_quantum(m->n_global + 1, 1);
    for (int64_t t = 0; t < c->n_frames; t++) {
        double x[3];
        motion_at(m, motion_frame(m, t), i, x);
        double angle = k[0] * x[0] + k[1] * x[1] + k[2] * x[2];
        phase[2 * t] = cos(angle);
        phase[2 * t + 1] = sin(angle);
        rho[2 * t] += comm_round(weight * phase[2 * t], whole);
        rho[2 * t + 1] += comm_round(weight * phase[2 * t + 1], whole);
    }
    for (int l = 0; l < c->n_lags; l++) {
        int64_t far = 2 * c->lag[l], n = 2 * c->n_frames - far;
        double sum = 0;
        for (int64_t t = 0; t < n; t++) sum += phase[t] * phase[t + far];
        double term = comm_round(2 * sum / (double)n, one);
        self[l] += term;
        if (c->n_groups > 1 && s->of_atom[i] >= 0) self[(1 + s->of_atom[i]) * c->n_lags + l] += term;
    }
}

static void correlate_rho(const struct compare *c, const double *rho, double *out) {
    for (int l = 0; l < c->n_lags; l++) {
        double both = 0, zero = 0;
        int64_t far = 2 * c->lag[l];
        for (int64_t t = 0; t + far < 2 * c->n_frames; t++) {
            both += rho[t] * rho[t + far];
            zero += 0.5 * (rho[t] * rho[t] + rho[t + far] * rho[t + far]);
        }
        out[l] = both / zero;
    }
}

/* **Collective.** */
static int over_atoms(struct compare *c, const struct columns *s, struct sums *out) {
    double *phase = NULL, *rho = NULL;
    int width = c->n_groups * c->n_lags, e = ERR_OK;
    TRY_ALL_TO(c->comm, out, MEM_NEW(phase, 2 * c->n_frames));
    TRY_ALL_TO(c->comm, out, MEM_NEW(rho, 2 * c->n_frames));
    log_progress_begin("atoms", c->o.directions);
    for (int a = 0; a < c->o.directions; a++) {
        double k[3], *self = out->self + (int64_t)a * width;
        wave_vector(c, a, k);
        memset(rho, 0, (size_t)(2 * c->n_frames) * sizeof *rho);
        for (int i = 0; i < c->motion->n; i++) of_atom(c, s, i, k, phase, rho, self);
        comm_sum(c->comm, rho, (int)(2 * c->n_frames)); /* multiples of a quantum: exact */
        comm_sum(c->comm, self, width);
        for (int g = 0; g < c->n_groups; g++)
            for (int l = 0; l < c->n_lags; l++) self[g * c->n_lags + l] /= (double)s->atoms[g];
        correlate_rho(c, rho, out->coherent + (int64_t)a * c->n_lags);
        int stop = stop_wanted()
                       ? err_set(ERR_TIME, __FILE__, __LINE__, "stopped (%s) within the motion of atoms",
                                 stop_text(stop_wanted()))
                       : ERR_OK;
        TRY_ALL_TO(c->comm, out, stop);
        log_progress_at(a + 1, "direction %d", a + 1);
    }
    log_progress_end();
out:
    mem_free(&phase);
    mem_free(&rho);
    return e;
}

/* --- fits */

/* **Local.** Time at which the field's function falls to 1/e: that of the curve, of images the root of curve
 * / contrast. */
static double falls_to_1_e(const struct compare *c, enum compare_what what, const struct compare_curve *y) {
    double level = exp(-1), before = 1, t0 = 0.5 * c->time[0];
    for (int l = 0; l < c->n_lags; l++) {
        double f = what <= COMPARE_POOLED ? sqrt(fmax(0, y->f[l] / y->contrast)) : y->f[l];
        if (f < level) return t0 * pow(c->time[l] / t0, (before - level) / (before - f));
        before = f;
        t0 = c->time[l];
    }
    return NAN;
}

/* **Local.** Mean over directions of f[direction][stride], its fit, and the scatter of the directions' tau.
 */
static int fit_curve(struct compare *c, enum compare_what what, const double *f, int64_t stride,
                     struct compare_curve *out) {
    struct kww *kww = NULL;
    struct kww_fit one;
    int d = c->o.directions, found = 0, e = ERR_OK;
    double mean = 0, square = 0, longest = 100 * (double)c->n_frames * c->motion->dt;
    out->tau_error = NAN;
    TRY(MEM_NEW(out->f, c->n_lags));
    TRY(kww_create(c->n_lags, c->time, what <= COMPARE_POOLED ? KWW_FIELD : KWW_PLAIN, longest, &kww));
    for (int a = 0; a < d; a++) {
        for (int l = 0; l < c->n_lags; l++) out->f[l] += f[a * stride + l] / d;
        TRY_TO(out, kww_compute(kww, f + a * stride, &one));
        if (one.status != KWW_OK) continue;
        mean += log(one.curve.tau);
        square += pow(log(one.curve.tau), 2);
        found++;
    }
    TRY_TO(out, kww_compute(kww, out->f, &out->fit));
    out->at_1_e = falls_to_1_e(c, what, out);
    if (found > 1 && found == d && out->fit.status == KWW_OK)
        out->tau_error = out->fit.curve.tau * sqrt(fmax(0, square / d - mean * mean / d / d) / (d - 1.0));
out:
    kww_destroy(&kww);
    return e;
}

static int fit_all(struct compare *c, const struct sums *s) {
    int64_t wide = (int64_t)c->n_groups * c->n_lags;
    for (int g = 0; g < c->n_groups; g++) {
        struct compare_curve *images = &c->curve[COMPARE_IMAGES * c->n_groups + g];
        struct compare_curve *pooled = &c->curve[COMPARE_POOLED * c->n_groups + g];
        for (int a = 0; a < c->o.directions; a++) {
            images->contrast += s->contrast[a * c->n_groups + g] / c->o.directions;
            pooled->contrast += s->pooled_contrast[a * c->n_groups + g] / c->o.directions;
        }
        TRY(fit_curve(c, COMPARE_IMAGES, s->images + g * c->n_lags, wide, images));
        TRY(fit_curve(c, COMPARE_POOLED, s->pooled + g * c->n_lags, wide, pooled));
        TRY(fit_curve(c, COMPARE_WAVE, s->wave + g * c->n_lags, wide,
                      &c->curve[COMPARE_WAVE * c->n_groups + g]));
        TRY(fit_curve(c, COMPARE_SELF, s->self + g * c->n_lags, wide,
                      &c->curve[COMPARE_SELF * c->n_groups + g]));
    }
    return fit_curve(c, COMPARE_COHERENT, s->coherent, c->n_lags, &c->curve[COMPARE_COHERENT * c->n_groups]);
}

static int lags(struct compare *c) {
    TRY(motion_lags(c->motion, c->o.share, c->o.per_decade, &c->lag, &c->n_lags));
    TRY(MEM_NEW(c->time, c->n_lags));
    for (int l = 0; l < c->n_lags; l++) c->time[l] = (double)c->lag[l] * c->motion->dt;
    return ERR_OK;
}

int compare_compute(struct compare *c) {
    struct columns columns = {0};
    struct sums s = {0};
    int e = ERR_OK;
    if (c->n_frames < 16)
        FAIL(ERR_INPUT, "%lld frames are too few for dynamics; say frames: all", (long long)c->n_frames);
    TRY_TO(out, make_columns(c, &columns));
    TRY_ALL_TO(c->comm, out, lags(c));
    int64_t width = (int64_t)c->o.directions * c->n_groups * c->n_lags;
    TRY_ALL_TO(c->comm, out, MEM_NEW(s.images, width));
    TRY_ALL_TO(c->comm, out, MEM_NEW(s.pooled, width));
    TRY_ALL_TO(c->comm, out, MEM_NEW(s.wave, width));
    TRY_ALL_TO(c->comm, out, MEM_NEW(s.self, width));
    TRY_ALL_TO(c->comm, out, MEM_NEW(s.contrast, c->o.directions * c->n_groups));
    TRY_ALL_TO(c->comm, out, MEM_NEW(s.pooled_contrast, c->o.directions * c->n_groups));
    TRY_ALL_TO(c->comm, out, MEM_NEW(s.coherent, c->o.directions * c->n_lags));
    TRY_ALL_TO(c->comm, out, MEM_NEW(c->curve, COMPARE_COUNT * c->n_groups));
    TRY_TO(out, over_pixels(c, &columns, &s));
    TRY_TO(out, over_atoms(c, &columns, &s));
    TRY_ALL_TO(c->comm, out, fit_all(c, &s));
out:
    columns_free(&columns);
    mem_free(&s.images);
    mem_free(&s.wave);
    mem_free(&s.self);
    mem_free(&s.contrast);
    mem_free(&s.pooled);
    mem_free(&s.pooled_contrast);
    mem_free(&s.coherent);
    return e;
}
