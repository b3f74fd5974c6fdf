/* sq - the direct way: powers of exp(2 pi i x / L) tabulated for a block of atoms, then one product for each
 * vector and atom.
 *
 * Terms are rounded to a common quantum, so that sums are exact in any order. Rejected: FFT of a density on a
 * grid (needs a correction for the grid, and only periodic boxes with few vectors are wanted here), Debye's
 * sum over all pairs (N^2). */
#include "analysis/structure/sq.h"
#include "analysis/structure/rdf.h"
#include "analysis/structure/weights.h"
#include "base/mem.h"
#include "base/rng.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK 256 /* atoms whose powers are tabulated at a time */

struct vector {
    int32_t h[3];
    int32_t bin;
    double q;
};

struct sq {
    struct sq_options options;
    int n_bins, n_species, n_curves;
    double *sum, *sum2; /* [n_curves][n_bins] over vectors and frames */
    double *q;          /* [n_bins] */
    int64_t *n;
};

int sq_create(const struct sq_options *options, struct sq **sq) {
    TRY(MEM_NEW(*sq, 1));
    (*sq)->options = *options;
    (*sq)->n_bins = (int)ceil(options->q_max / options->q_step - 1e-9);
    return ERR_OK;
}

void sq_destroy(struct sq **sq) {
    if (!*sq) return;
    mem_free(&(*sq)->sum);
    mem_free(&(*sq)->sum2);
    mem_free(&(*sq)->q);
    mem_free(&(*sq)->n);
    mem_free(sq);
}

/* --- vectors */

static int by_vector(const void *a, const void *b) {
    const struct vector *x = a, *y = b;
    if (x->bin != y->bin) return x->bin < y->bin ? -1 : 1;
    return memcmp(x->h, y->h, sizeof x->h);
}

/* One of each pair h, -h: the first number that is not zero is positive. */
static void canonical(int32_t h[3]) {
    int sign = h[0] ? h[0] : h[1] ? h[1] : h[2];
    for (int a = 0; a < 3 && sign < 0; a++) h[a] = -h[a];
}

static double length_of(const int32_t h[3], const double unit[3]) {
    double q2 = 0;
    for (int a = 0; a < 3; a++) q2 += h[a] * unit[a] * h[a] * unit[a];
    return sqrt(q2);
}

struct set {
    struct vector *v;
    int64_t n, capacity;
};

static int put(struct set *set, const int32_t h[3], int bin, double q) {
    if (set->n == set->capacity) {
        int64_t more = set->capacity ? 2 * set->capacity : 1024;
        TRY(MEM_GROW(set->v, set->capacity, more));
        set->capacity = more;
    }
    set->v[set->n] = (struct vector){{h[0], h[1], h[2]}, bin, q};
    canonical(set->v[set->n++].h);
    return ERR_OK;
}

static int64_t unique(struct vector *v, int64_t n) {
    int64_t m = 0;
    if (!n) return 0;
    qsort(v, (size_t)n, sizeof *v, by_vector);
    for (int64_t k = 0; k < n; k++)
        if (m == 0 || by_vector(&v[m - 1], &v[k])) v[m++] = v[k];
    return m;
}

/* All vectors of a shell. */
static int whole_shell(const double unit[3], double lo, double hi, int bin, struct set *set) {
    int h[3], top[3];
    for (int a = 0; a < 3; a++) top[a] = (int)(hi / unit[a]);
    for (h[0] = 0; h[0] <= top[0]; h[0]++)
        for (h[1] = -top[1]; h[1] <= top[1]; h[1]++)
            for (h[2] = -top[2]; h[2] <= top[2]; h[2]++) {
                double q = length_of(h, unit);
                if (q >= lo && q < hi && q > 0) TRY(put(set, h, bin, q));
            }
    return ERR_OK;
}

/* Vectors near random directions: fixed numbers of (bin, try). */
static int some_of_shell(const double unit[3], double lo, double hi, int bin, int want, struct set *set) {
    for (int k = 0; k < 4 * want; k++) {
        double u[4];
        int32_t h[3];
        rng_uniform(1, RNG_NOISE, (uint64_t)bin, (uint64_t)(2 * k), u);
        rng_uniform(1, RNG_NOISE, (uint64_t)bin, (uint64_t)(2 * k + 1), u + 2);
        double q = lo + (hi - lo) * u[2], z = 2 * u[0] - 1, s = sqrt(1 - z * z), p = 2 * M_PI * u[1];
        double d[3] = {s * cos(p), s * sin(p), z};
        for (int a = 0; a < 3; a++) h[a] = (int32_t)nearbyint(q * d[a] / unit[a]);
        q = length_of(h, unit);
        if (q >= lo && q < hi) TRY(put(set, h, bin, q));
    }
    return ERR_OK;
}

/* At most n_vectors of each bin, the same on every rank. */
static int choose(const struct sq *sq, const double unit[3], struct set *set) {
    double dq = sq->options.q_step, cell = unit[0] * unit[1] * unit[2];
    int most = sq->options.n_vectors;
    for (int b = 0; b < sq->n_bins; b++) {
        int64_t first = set->n;
        double lo = b * dq, hi = lo + dq, expected = 2 * M_PI / 3 * (hi * hi * hi - lo * lo * lo) / cell;
        if (expected < 4 * most) TRY(whole_shell(unit, lo, hi, b, set));
        else TRY(some_of_shell(unit, lo, hi, b, most, set));
        int64_t n = unique(set->v + first, set->n - first);
        if (n > most) { /* evenly through the sorted list */
            for (int64_t k = 0; k < most; k++) set->v[first + k] = set->v[first + k * n / most];
            n = most;
        }
        set->n = first + n;
    }
    return ERR_OK;
}

/* --- sums */

/* **Local.** rho[v][species] of this rank's atoms, terms rounded to `quantum`. */
static int densities(const struct frame *frame, const struct set *set, const double unit[3], int ns,
                     double quantum, double (*rho)[2]) {
    int top[3] = {0};
    double complex *power[3] = {NULL};
    int e = ERR_OK;
    for (int64_t v = 0; v < set->n; v++)
        for (int a = 0; a < 3; a++)
            if (abs(set->v[v].h[a]) > top[a]) top[a] = abs(set->v[v].h[a]);
    for (int a = 0; a < 3; a++) TRY_TO(out, MEM_NEW(power[a], (int64_t)BLOCK * (2 * top[a] + 1)));
    for (int first = 0; first < frame->n; first += BLOCK) {
        int count = frame->n - first < BLOCK ? frame->n - first : BLOCK;
        for (int a = 0; a < 3; a++) /* power[h + top][atom] */
            for (int h = -top[a]; h <= top[a]; h++)
                for (int i = 0; i < count; i++)
                    power[a][(int64_t)(h + top[a]) * BLOCK + i] =
                        cexp(I * (h * unit[a] * (frame->x[first + i][a] - frame->box.lo[a])));
        for (int64_t v = 0; v < set->n; v++) {
            const int32_t *h = set->v[v].h;
            const double complex *p[3];
            for (int a = 0; a < 3; a++) p[a] = power[a] + (int64_t)(h[a] + top[a]) * BLOCK;
            for (int i = 0; i < count; i++) {
                double *to = rho[v * ns + frame->type[first + i]];
                double xr = creal(p[0][i]), xi = cimag(p[0][i]), yr = creal(p[1][i]), yi = cimag(p[1][i]);
                double zr = creal(p[2][i]), zi = cimag(p[2][i]), r = xr * yr - xi * yi, j = xr * yi + xi * yr;
                to[0] += comm_round(r * zr - j * zi, quantum);
                to[1] += comm_round(r * zi + j * zr, quantum);
            }
        }
    }
out:
    for (int a = 0; a < 3; a++) mem_free(&power[a]);
    return e;
}

static int prepare(struct sq *sq, const struct frame *frame) {
    sq->n_species = frame->species.n;
    sq->n_curves = 1 + sq->n_species * (sq->n_species + 1) / 2;
    TRY(MEM_NEW(sq->sum, sq->n_curves * sq->n_bins));
    TRY(MEM_NEW(sq->sum2, sq->n_curves * sq->n_bins));
    TRY(MEM_NEW(sq->q, sq->n_bins));
    return MEM_NEW(sq->n, sq->n_bins);
}

static void note(struct sq *sq, int curve, int bin, double s) {
    sq->sum[curve * sq->n_bins + bin] += s;
    sq->sum2[curve * sq->n_bins + bin] += s * s;
}

int sq_add(const struct comm *comm, struct sq *sq, const struct frame *frame) {
    struct set set = {0};
    double(*rho)[2] = NULL, unit[3];
    int64_t count[SPECIES_MAX];
    int e = ERR_OK, ns = frame->species.n;
    for (int a = 0; a < 3; a++) {
        if (!frame->box.periodic[a])
            FAIL(ERR_INPUT,
                 "the direct structure factor needs a box that is periodic along all axes; %c is open: take "
                 "structure_factor: from_g",
                 "xyz"[a]);
        unit[a] = 2 * M_PI / frame->box.len[a];
    }
    if (!sq->sum) TRY_ALL(comm, prepare(sq, frame));
    frame_count(comm, frame, count);
    TRY_ALL_TO(comm, out, choose(sq, unit, &set));
    TRY_ALL_TO(comm, out, MEM_NEW(rho, set.n * ns));
    TRY_ALL_TO(comm, out, densities(frame, &set, unit, ns, comm_quantum(frame->n_global, 1), rho));
    for (int64_t v = 0; v < set.n; v += 1000)
        comm_sum(comm, rho[v * ns], (int)((set.n - v < 1000 ? set.n - v : 1000) * ns * 2));
    for (int64_t v = 0; v < set.n; v++) {
        double all[2] = {0};
        int bin = set.v[v].bin;
        for (int a = 0; a < ns; a++) {
            const double *p = rho[v * ns + a];
            all[0] += p[0];
            all[1] += p[1];
            for (int b = a; b < ns; b++) {
                const double *q = rho[v * ns + b];
                double norm = sqrt((double)count[a] * (double)count[b]);
                if (norm > 0) note(sq, rdf_curve(ns, a, b), bin, (p[0] * q[0] + p[1] * q[1]) / norm);
            }
        }
        note(sq, 0, bin, (all[0] * all[0] + all[1] * all[1]) / (double)frame->n_global);
        sq->q[bin] += set.v[v].q;
        sq->n[bin]++;
    }
out:
    mem_free(&rho);
    mem_free(&set.v);
    return e;
}

/* --- results */

static int make_result(int nb, int ns, bool direct, struct sq_result *res) {
    *res = (struct sq_result){.n_bins = nb, .n_species = ns, .n_curves = 1 + ns * (ns + 1) / 2};
    TRY(MEM_NEW(res->q, nb));
    TRY(MEM_NEW(res->s, res->n_curves * nb));
    TRY(MEM_NEW(res->neutron, nb));
    TRY(MEM_NEW(res->electron, nb));
    if (!direct) return ERR_OK;
    TRY(MEM_NEW(res->error, res->n_curves * nb));
    return MEM_NEW(res->n, nb);
}

void sq_free(struct sq_result *res) {
    mem_free(&res->q);
    mem_free(&res->s);
    mem_free(&res->error);
    mem_free(&res->neutron);
    mem_free(&res->electron);
    mem_free(&res->n);
}

/* Faber-Ziman total of bin b with weights w. */
static double weighted(const struct sq_result *res, const double *c, const double *w, int b) {
    int ns = res->n_species;
    double sum = 0, mean = 0, self = 0;
    for (int i = 0; i < ns; i++) {
        mean += c[i] * w[i];
        self += c[i] * w[i] * w[i];
        for (int j = 0; j < ns; j++)
            if (c[i] > 0 && c[j] > 0)
                sum += sqrt(c[i] * c[j]) * w[i] * w[j] * res->s[rdf_curve(ns, i, j) * res->n_bins + b];
    }
    return 1 + (sum - self) / (mean * mean);
}

static void weigh(const struct species *species, const int64_t *counts, struct sq_result *res) {
    double c[SPECIES_MAX], w[SPECIES_MAX], one[SPECIES_MAX], all = 0;
    for (int t = 0; t < species->n; t++) all += (double)counts[t];
    for (int t = 0; t < species->n; t++) {
        c[t] = (double)counts[t] / all;
        one[t] = 1;
    }
    for (int b = 0; b < res->n_bins; b++) {
        if (!res->n) res->s[b] = weighted(res, c, one, b);
        for (int t = 0; t < species->n; t++) w[t] = weights_neutron(species->name[t]);
        res->neutron[b] = weighted(res, c, w, b);
        for (int t = 0; t < species->n; t++) w[t] = weights_electron(species->name[t], res->q[b]);
        res->electron[b] = weighted(res, c, w, b);
    }
}

int sq_finish(const struct sq *sq, const struct species *species, const int64_t *counts,
              struct sq_result *res) {
    int nb = sq->n_bins;
    int e = make_result(nb, sq->n_species, true, res);
    for (int b = 0; b < nb && !e; b++) {
        double n = (double)sq->n[b];
        res->n[b] = sq->n[b];
        res->q[b] = n > 0 ? sq->q[b] / n : NAN;
        for (int c = 0; c < sq->n_curves; c++) {
            double mean = n > 0 ? sq->sum[c * nb + b] / n : NAN;
            res->s[c * nb + b] = mean;
            res->error[c * nb + b] =
                n > 1 ? sqrt(fmax(0, sq->sum2[c * nb + b] / n - mean * mean) / (n - 1)) : NAN;
        }
    }
    if (!e) weigh(species, counts, res);
    else sq_free(res);
    return e;
}

/* Integral of r^2 sin(Qr)/(Qr) from 0 to r: a bin is integrated as a whole. */
static double ball(double q, double r) {
    return (sin(q * r) - q * r * cos(q * r)) / (q * q * q);
}

int sq_from_g(const struct sq_options *options, const struct species *species, const int64_t *counts,
              double rho, int n_r, const double *r, const double *g, bool window, struct sq_result *res) {
    int ns = species->n, nb = (int)ceil(options->q_max / options->q_step - 1e-9);
    double step = n_r > 1 ? r[1] - r[0] : 2 * r[0], end = n_r * step, all = 0;
    int e = make_result(nb, ns, false, res);
    if (e) {
        sq_free(res);
        return e;
    }
    for (int t = 0; t < ns; t++) all += (double)counts[t];
    for (int b = 0; b < nb; b++) {
        double q = res->q[b] = (b + 0.5) * options->q_step;
        for (int i = 0; i < ns; i++)
            for (int j = i; j < ns; j++) {
                int curve = rdf_curve(ns, i, j);
                double sum = 0, c = sqrt((double)counts[i] * (double)counts[j]) / all;
                for (int k = 0; k < n_r; k++) {
                    double m = window ? sin(M_PI * r[k] / end) / (M_PI * r[k] / end) : 1;
                    sum += (g[curve * n_r + k] - 1) * m * (ball(q, (k + 1) * step) - ball(q, k * step));
                }
                res->s[curve * nb + b] = (i == j) + 4 * M_PI * rho * c * sum;
            }
    }
    weigh(species, counts, res);
    return ERR_OK;
}
