/* symmetry - one transform per ring for everything that has no mask; least squares where there is one.
 *
 * The mask is the same for every pattern, so each masked ring keeps the pseudo-inverse of its design matrix
 * (1, cos n phi, sin n phi at the valid angles) from a singular value decomposition: a fit is a matrix times
 * a vector. Rejected: dividing the autocorrelation by the number of pairs and transforming that (pyxem's
 * masked path): with 20 of 180 angles masked its n = 4 loses half of the signal even after the mean is
 * subtracted, because unequal weights of lags mix the harmonics; iterative filling of the gap (no better than
 * the fit, and slower). Transforms are planned with FFTW_ESTIMATE: the same bits on every machine of a kind
 * and every day. */
#include "analysis/microscope/symmetry.h"
#include "base/mem.h"

#include <fftw3.h>
#include <gsl/gsl_linalg.h>
#include <math.h>
#include <string.h>

struct ring {
    int n_valid;
    double condition;
    double *inverse; /* [2 harmonics + 1][n_phi]; NULL: no masked point */
};

struct symmetry {
    struct symmetry_setup o;
    bool *valid;
    struct ring *ring;
    int n_half;              /* n_phi / 2 + 1 */
    double *work;            /* [n_k][n_phi] */
    double (*wave)[2];       /* [n_k][n_half] */
    double (*mask_wave)[2];  /* the same of the mask, where there is one */
    double *pairs;           /* [n_k][n_phi] valid pairs at each lag */
    double *mean;            /* [n_k] */
    double (*harmonic)[2];   /* [n_k][harmonics + 1] */
    double *spectrum;        /* [n_k][n_half] */
    double *pearson;         /* [n_phi] */
    double *range_pairs;     /* [n_phi] */
    double *lag, *count;     /* [n_phi] */
    double (*one)[2];        /* [n_half] */
    fftw_plan forward, back; /* all rings; one */
};

/* --- preparation --- */

static int count_harmonics(const struct symmetry *s) {
    return 2 * s->o.harmonics + 1;
}

/* **Local.** Rows: valid angles; columns: 1, cos, sin, ... */
static void design(const struct symmetry *s, const bool *valid, gsl_matrix *m) {
    size_t row = 0;
    for (int j = 0; j < s->o.n_phi; j++) {
        if (!valid[j]) continue;
        gsl_matrix_set(m, row, 0, 1);
        for (int n = 1; n <= s->o.harmonics; n++) {
            double angle = 2 * M_PI * (double)((int64_t)n * j % s->o.n_phi) / s->o.n_phi;
            gsl_matrix_set(m, row, (size_t)(2 * n - 1), cos(angle));
            gsl_matrix_set(m, row, (size_t)(2 * n), sin(angle));
        }
        row++;
    }
}

/* **Local.** inverse = V S^-1 U^T, scattered over all angles (0 at masked ones). */
static int invert(const struct symmetry *s, struct ring *r, const bool *valid) {
    size_t n = (size_t)r->n_valid, m = (size_t)count_harmonics(s);
    gsl_matrix *u = gsl_matrix_alloc(n, m), *v = gsl_matrix_alloc(m, m);
    gsl_vector *d = gsl_vector_alloc(m), *w = gsl_vector_alloc(m);
    int e = u && v && d && w
                ? MEM_NEW(r->inverse, m * (size_t)s->o.n_phi)
                : err_set(ERR_MEMORY, __FILE__, __LINE__, "no memory for a fit of %zu angles", n);
    if (!e) {
        design(s, valid, u);
        if (gsl_linalg_SV_decomp(u, v, d, w))
            e = err_set(ERR_INTERNAL, __FILE__, __LINE__, "a mask's design matrix cannot be decomposed");
    }
    if (!e) {
        double least = gsl_vector_get(d, m - 1);
        r->condition = least > 0 ? gsl_vector_get(d, 0) / least : INFINITY;
        for (size_t a = 0; a < m && isfinite(r->condition); a++) {
            size_t row = 0;
            for (int j = 0; j < s->o.n_phi; j++) {
                if (!valid[j]) continue;
                double sum = 0;
                for (size_t c = 0; c < m; c++)
                    sum += gsl_matrix_get(v, a, c) * gsl_matrix_get(u, row, c) / gsl_vector_get(d, c);
                r->inverse[a * (size_t)s->o.n_phi + (size_t)j] = sum;
                row++;
            }
        }
    }
    gsl_matrix_free(u);
    gsl_matrix_free(v);
    gsl_vector_free(d);
    gsl_vector_free(w);
    return e;
}

static bool same_mask(const bool *a, const bool *b, int n) {
    return memcmp(a, b, (size_t)n * sizeof *a) == 0;
}

static int prepare_ring(struct symmetry *s, int k) {
    struct ring *r = &s->ring[k];
    int n_phi = s->o.n_phi;
    const bool *valid = s->valid + (int64_t)k * n_phi;
    for (int j = 0; j < n_phi; j++) r->n_valid += valid[j];
    r->condition = 1;
    if (r->n_valid == n_phi) return ERR_OK;
    r->condition = INFINITY;
    if (r->n_valid < count_harmonics(s)) return ERR_OK;
    if (k > 0 && s->ring[k - 1].inverse && same_mask(valid, valid - n_phi, n_phi)) {
        r->condition = s->ring[k - 1].condition;
        int64_t n = (int64_t)count_harmonics(s) * n_phi;
        TRY(MEM_NEW(r->inverse, n));
        memcpy(r->inverse, s->ring[k - 1].inverse, (size_t)n * sizeof *r->inverse);
        return ERR_OK;
    }
    return invert(s, r, valid);
}

/* **Local.** Transforms of the masks, and how many valid pairs each lag has. */
static void count_pairs(struct symmetry *s) {
    int64_t n = (int64_t)s->o.n_k * s->o.n_phi;
    for (int64_t i = 0; i < n; i++) s->work[i] = s->valid[i];
    fftw_execute(s->forward);
    memcpy(s->mask_wave, s->wave, (size_t)s->o.n_k * (size_t)s->n_half * sizeof *s->wave);
    for (int k = 0; k < s->o.n_k; k++) {
        double *pairs = s->pairs + (int64_t)k * s->o.n_phi;
        for (int m = 0; m < s->n_half; m++) {
            const double *w = s->wave[(int64_t)k * s->n_half + m];
            s->one[m][0] = w[0] * w[0] + w[1] * w[1];
            s->one[m][1] = 0;
        }
        fftw_execute_dft_c2r(s->back, s->one, pairs);
        for (int j = 0; j < s->o.n_phi; j++) {
            pairs[j] = round(pairs[j] / s->o.n_phi);
            if (k >= s->o.first && k < s->o.end) s->range_pairs[j] += pairs[j];
        }
    }
}

static int prepare(struct symmetry *s, const bool *valid) {
    int n_k = s->o.n_k, n_phi = s->o.n_phi;
    int64_t points = (int64_t)n_k * n_phi, waves = (int64_t)n_k * s->n_half;
    TRY(MEM_NEW(s->valid, points));
    memcpy(s->valid, valid, (size_t)points * sizeof *valid);
    TRY(MEM_NEW(s->ring, n_k));
    TRY(MEM_NEW(s->work, points));
    TRY(MEM_NEW(s->wave, waves));
    TRY(MEM_NEW(s->mask_wave, waves));
    TRY(MEM_NEW(s->pairs, points));
    TRY(MEM_NEW(s->mean, n_k));
    TRY(MEM_NEW(s->harmonic, (int64_t)n_k * (s->o.harmonics + 1)));
    TRY(MEM_NEW(s->spectrum, waves));
    TRY(MEM_NEW(s->pearson, n_phi));
    TRY(MEM_NEW(s->range_pairs, n_phi));
    TRY(MEM_NEW(s->lag, n_phi));
    TRY(MEM_NEW(s->count, n_phi));
    TRY(MEM_NEW(s->one, s->n_half));
    s->forward = fftw_plan_many_dft_r2c(1, &n_phi, n_k, s->work, NULL, 1, n_phi, s->wave, NULL, 1, s->n_half,
                                        FFTW_ESTIMATE);
    s->back = fftw_plan_dft_c2r_1d(n_phi, s->one, s->pearson, FFTW_ESTIMATE);
    if (!s->forward || !s->back) FAIL(ERR_INTERNAL, "FFTW made no plan for %d angles", n_phi);
    for (int k = 0; k < n_k; k++) TRY(prepare_ring(s, k));
    count_pairs(s);
    return ERR_OK;
}

int symmetry_create(const struct symmetry_setup *setup, struct symmetry **symmetry) {
    *symmetry = NULL;
    if (setup->n_phi < 2 * setup->harmonics + 2)
        FAIL(ERR_INPUT, "%d angles do not resolve %d harmonics; ask for at least %d angles", setup->n_phi,
             setup->harmonics, 2 * setup->harmonics + 2);
    TRY(MEM_NEW(*symmetry, 1));
    (*symmetry)->o = *setup;
    (*symmetry)->o.valid = NULL;
    (*symmetry)->n_half = setup->n_phi / 2 + 1;
    int e = prepare(*symmetry, setup->valid);
    if (e) symmetry_destroy(symmetry);
    return e;
}

void symmetry_destroy(struct symmetry **symmetry) {
    struct symmetry *s = *symmetry;
    if (!s) return;
    for (int k = 0; s->ring && k < s->o.n_k; k++) mem_free(&s->ring[k].inverse);
    if (s->forward) fftw_destroy_plan(s->forward);
    if (s->back) fftw_destroy_plan(s->back);
    mem_free(&s->valid);
    mem_free(&s->ring);
    mem_free(&s->work);
    mem_free(&s->wave);
    mem_free(&s->mask_wave);
    mem_free(&s->pairs);
    mem_free(&s->mean);
    mem_free(&s->harmonic);
    mem_free(&s->spectrum);
    mem_free(&s->pearson);
    mem_free(&s->range_pairs);
    mem_free(&s->lag);
    mem_free(&s->count);
    mem_free(&s->one);
    mem_free(symmetry);
}

double symmetry_condition(const struct symmetry *symmetry, int k) {
    return symmetry->ring[k].condition;
}

/* --- one pattern --- */

/* **Local.** work = I minus the mean of its ring's valid points, 0 at the others. */
static void subtract(struct symmetry *s, const double *rings) {
    int n_phi = s->o.n_phi;
    for (int k = 0; k < s->o.n_k; k++) {
        const double *in = rings + (int64_t)k * n_phi;
        const bool *valid = s->valid + (int64_t)k * n_phi;
        double *out = s->work + (int64_t)k * n_phi, sum = 0;
        for (int j = 0; j < n_phi; j++) sum += valid[j] ? in[j] : 0;
        s->mean[k] = s->ring[k].n_valid ? sum / s->ring[k].n_valid : 0;
        for (int j = 0; j < n_phi; j++) out[j] = valid[j] ? in[j] - s->mean[k] : 0;
    }
}

/* **Local.** I_n of a ring: from the transform, or from the fit to I - mean. */
static void set_harmonics(struct symmetry *s, int k) {
    const struct ring *r = &s->ring[k];
    int n_phi = s->o.n_phi, top = s->o.harmonics;
    double(*h)[2] = s->harmonic + (int64_t)k * (top + 1);
    if (!r->inverse && r->n_valid == n_phi) {
        for (int n = 0; n <= top; n++)
            for (int c = 0; c < 2; c++) h[n][c] = s->wave[(int64_t)k * s->n_half + n][c] / n_phi;
        h[0][0] = s->mean[k];
        h[0][1] = 0;
        return;
    }
    bool known = r->inverse && r->condition <= SYMMETRY_CONDITION;
    const double *x = s->work + (int64_t)k * n_phi;
    for (int a = 0; a < 2 * top + 1; a++) {
        double sum = 0;
        for (int j = 0; j < n_phi && known; j++) sum += r->inverse[(int64_t)a * n_phi + j] * x[j];
        if (!known) sum = NAN;
        if (a == 0) h[0][0] = sum + s->mean[k];
        else
            h[(a + 1) / 2][a % 2 ? 0 : 1] =
                a % 2 ? sum / 2 : -sum / 2; /* a cos + b sin: I_n = (a - i b) / 2 */
    }
    h[0][1] = 0;
}

static void set_spectrum(struct symmetry *s, int k) {
    double m = s->mean[k], scale = m != 0 ? 1 / (m * m) : NAN;
    for (int n = 0; n < s->n_half; n++) {
        const double *w = s->wave[(int64_t)k * s->n_half + n];
        s->spectrum[(int64_t)k * s->n_half + n] = (w[0] * w[0] + w[1] * w[1]) * scale;
    }
}

/* **Local.** p(D) of the whole range: every ring's transform with the range's mean subtracted instead of its
 * own. */
static void set_pearson_whole(struct symmetry *s) {
    double sum = 0, n = 0;
    for (int k = s->o.first; k < s->o.end; k++) {
        sum += s->mean[k] * s->ring[k].n_valid;
        n += s->ring[k].n_valid;
    }
    double mean = n > 0 ? sum / n : 0;
    memset(s->one, 0, (size_t)s->n_half * sizeof *s->one);
    for (int k = s->o.first; k < s->o.end; k++)
        for (int m = 0; m < s->n_half; m++) {
            const double *w = s->wave[(int64_t)k * s->n_half + m],
                         *q = s->mask_wave[(int64_t)k * s->n_half + m];
            double re = w[0] + (s->mean[k] - mean) * q[0], im = w[1] + (s->mean[k] - mean) * q[1];
            s->one[m][0] += re * re + im * im;
        }
    fftw_execute_dft_c2r(s->back, s->one, s->pearson);
    double zero = s->range_pairs[0] > 0 ? s->pearson[0] / s->range_pairs[0] : NAN;
    for (int j = 0; j < s->o.n_phi; j++)
        s->pearson[j] = s->range_pairs[j] > 0 ? s->pearson[j] / s->range_pairs[j] / zero : NAN;
}

/* **Local.** Add a ring's autocorrelation over its value at 0 to `sum` (FFTW's scale n_phi). */
static void add_ring(struct symmetry *s, int k, double *sum, double *count) {
    const double *pairs = s->pairs + (int64_t)k * s->o.n_phi;
    for (int m = 0; m < s->n_half; m++) {
        const double *w = s->wave[(int64_t)k * s->n_half + m];
        s->one[m][0] = w[0] * w[0] + w[1] * w[1];
        s->one[m][1] = 0;
    }
    fftw_execute_dft_c2r(s->back, s->one, s->lag);
    if (!(s->lag[0] > 0)) return;
    for (int j = 0; j < s->o.n_phi; j++) {
        if (!(pairs[j] > 0)) continue;
        sum[j] += s->lag[j] / pairs[j] / (s->lag[0] / pairs[0]);
        count[j]++;
    }
}

/* **Local.** The mean of the rings' own p(D). */
static void set_pearson_rings(struct symmetry *s) {
    memset(s->pearson, 0, (size_t)s->o.n_phi * sizeof *s->pearson);
    memset(s->count, 0, (size_t)s->o.n_phi * sizeof *s->count);
    for (int k = s->o.first; k < s->o.end; k++) add_ring(s, k, s->pearson, s->count);
    for (int j = 0; j < s->o.n_phi; j++) s->pearson[j] = s->count[j] > 0 ? s->pearson[j] / s->count[j] : NAN;
}

void symmetry_analyse(struct symmetry *symmetry, const double *rings) {
    subtract(symmetry, rings);
    fftw_execute(symmetry->forward); /* leaves `work` as it is: one-dimensional r2c keeps its input */
    for (int k = 0; k < symmetry->o.n_k; k++) {
        set_harmonics(symmetry, k);
        set_spectrum(symmetry, k);
    }
    if (symmetry->o.whole) set_pearson_whole(symmetry);
    else set_pearson_rings(symmetry);
}

const double (*symmetry_harmonics(const struct symmetry *symmetry, int k))[2] {
    return (const double(*)[2])(symmetry->harmonic + (int64_t)k * (symmetry->o.harmonics + 1));
}

void symmetry_weight(const struct symmetry *symmetry, int k, int n, int j, double weight[2]) {
    const struct ring *r = &symmetry->ring[k];
    int n_phi = symmetry->o.n_phi;
    double angle = 2 * M_PI * (double)((int64_t)n * j % n_phi) / n_phi;
    if (!r->inverse && r->n_valid == n_phi) {
        weight[0] = cos(angle) / n_phi;
        weight[1] = -sin(angle) / n_phi;
        return;
    }
    bool known = r->inverse && r->condition <= SYMMETRY_CONDITION;
    const double *row = known ? r->inverse + (int64_t)(n ? 2 * n - 1 : 0) * n_phi : NULL;
    weight[0] = known ? (n ? row[j] / 2 : row[j]) : NAN;
    weight[1] = known ? (n ? -row[n_phi + j] / 2 : 0) : NAN;
}

const double *symmetry_spectrum(const struct symmetry *symmetry, int k) {
    return symmetry->spectrum + (int64_t)k * symmetry->n_half;
}

const double *symmetry_pearson(const struct symmetry *symmetry) {
    return symmetry->pearson;
}

static int common(int a, int b) {
    return b ? common(b, a % b) : a;
}

double symmetry_coefficient(const struct symmetry *symmetry, int n) {
    const double *p = symmetry->pearson;
    int n_phi = symmetry->o.n_phi, angles = 0;
    double step = 2 * M_PI / n_phi, half = symmetry->o.angular_range / 2, sum = 0;
    for (int j = 1; j < n; j++) {
        if (common(j, n) != 1) continue;
        double at = 2 * M_PI * j / n, part = 0;
        int count = 0;
        for (int i = (int)ceil((at - half) / step - 1e-9); i <= (int)floor((at + half) / step + 1e-9);
             i++, count++)
            part += p[((i % n_phi) + n_phi) % n_phi];
        if (count == 0) { /* a range narrower than the step: between the two nearest */
            int i = (int)floor(at / step);
            double u = at / step - i;
            part = (1 - u) * p[i % n_phi] + u * p[(i + 1) % n_phi];
            count = 1;
        }
        sum += part / count;
        angles++;
    }
    return angles ? sum / angles : NAN;
}

/* --- averages --- */

void symmetry_correlation(struct symmetry *symmetry, int k, const double *spectrum, double *c) {
    const double *pairs = symmetry->pairs + (int64_t)k * symmetry->o.n_phi;
    for (int m = 0; m < symmetry->n_half; m++) {
        symmetry->one[m][0] = spectrum[m] / symmetry->o.n_phi;
        symmetry->one[m][1] = 0;
    }
    fftw_execute_dft_c2r(symmetry->back, symmetry->one, c);
    for (int j = 0; j < symmetry->o.n_phi; j++) c[j] = pairs[j] > 0 ? c[j] / pairs[j] : NAN;
}

double symmetry_in(enum symmetry_convention convention, double power) {
    return convention == SYMMETRY_POWER       ? power
           : convention == SYMMETRY_AMPLITUDE ? 2 * power
                                              : power * power;
}

const char *symmetry_name(enum symmetry_convention convention) {
    static const char *const names[] = {"power: |I_n|^2/|I_0|^2", "amplitude: 2|I_n|^2/|I_0|^2",
                                        "squared: (|I_n|^2/|I_0|^2)^2"};
    return names[convention];
}
