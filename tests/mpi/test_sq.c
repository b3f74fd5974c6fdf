/* ranks: 1 2 4
 * Structure factors: against sums over all atoms, g(r) of 4,000 atoms and its transform, an ideal gas, fcc
 * reflections, the same bits on any number of ranks; finite bodies: gamma, and g(r) of a gas in a rod and a
 * sphere; weights. */
#include "glass.h"
#include "tap.h"

#include "analysis/structure/rdf.h"
#include "analysis/structure/sq.h"
#include "analysis/structure/weights.h"

#include <complex.h>

static int keep(const struct frame *all, struct frame *f) {
    frame_init(f);
    TRY(frame_copy(f, all));
    if (tap_comm.rank > 0) f->n = 0;
    return ERR_OK;
}

static int direct(const struct comm *comm, const struct frame *f, const struct sq_options *o,
                  struct sq_result *res) {
    struct sq *sq = NULL;
    int64_t counts[SPECIES_MAX];
    frame_count(comm, f, counts);
    int e = sq_create(o, &sq);
    if (!e) e = sq_add(comm, sq, f);
    if (!e) e = sq_finish(sq, &f->species, counts, res);
    sq_destroy(&sq);
    return e;
}

/* Every vector of the first bins, atom by atom, without tables. */
static void against_sums(const struct frame *glass) {
    struct frame f;
    struct sq_result res = {0};
    struct sq_options o = {1.2, 0.1, 100000};
    int right =
        keep(glass, &f) == ERR_OK && !tap_pass(direct(&tap_comm, &f, &o, &res), "S(Q) of 4,000 atoms");
    double worst = 0, unit = 2 * M_PI / glass->box.len[0];
    int64_t count[2] = {0}, used = 0;
    for (int i = 0; i < glass->n; i++) count[glass->type[i]]++;
    for (int b = 0; right && tap_comm.rank == 0 && b < 12; b++) {
        double sum[4] = {0};
        int64_t n = 0;
        int top = (int)((b + 1) * 0.1 / unit) + 1;
        for (int h = -top; h <= top; h++)
            for (int k = -top; k <= top; k++)
                for (int l = -top; l <= top; l++) {
                    double q = unit * sqrt((double)(h * h + k * k + l * l));
                    if (q < b * 0.1 || q >= (b + 1) * 0.1 || q == 0) continue;
                    if (h < 0 || (h == 0 && (k < 0 || (k == 0 && l < 0)))) continue;
                    double complex rho[2] = {0};
                    for (int i = 0; i < glass->n; i++)
                        rho[glass->type[i]] +=
                            cexp(I * unit * (h * glass->x[i][0] + k * glass->x[i][1] + l * glass->x[i][2]));
                    for (int c = 0; c < 4; c++) {
                        int p = c == 3, r = c > 1; /* total, CuCu, CuZr, ZrZr */
                        double complex u = c ? rho[p] : rho[0] + rho[1], v = c ? rho[r] : u;
                        double norm = c ? sqrt((double)count[p] * (double)count[r]) : glass->n;
                        sum[c] += creal(u * conj(v)) / norm;
                    }
                    n++;
                }
        right = n == res.n[b];
        used += n;
        for (int c = 0; c < 4 && n; c++) worst = fmax(worst, fabs(sum[c] / (double)n - res.s[c * 12 + b]));
    }
    tap_ok(right && (tap_comm.rank > 0 || used > 100), "every vector of a shell is met once");
    tap_ok(worst < 1e-9, "total and partial S(Q) as sums over all atoms");
    /* Faber-Ziman by hand: S_n = 1 + sum c_a c_b b_a b_b (A_ab - 1) / <b>^2 */
    double c[2] = {(double)count[0] / glass->n, (double)count[1] / glass->n},
           w[2] = {7.718, 7.16}; /* Sears 1992, fm */
    double mean = c[0] * w[0] + c[1] * w[1], s = 1;
    for (int a = 0; right && a < 2; a++)
        for (int b = 0; b < 2; b++) {
            double partial = res.s[rdf_curve(2, a, b) * 12 + 11],
                   faber = 1 + (partial - (a == b)) / sqrt(c[a] * c[b]);
            s += c[a] * c[b] * w[a] * w[b] * (faber - 1) / (mean * mean);
        }
    tap_ok(right && fabs(s - res.neutron[11]) < 1e-12, "neutron weights as Faber and Ziman combine them");
    sq_free(&res);
    frame_destroy(&f);
}

/* The vectors are the same on any number of ranks, and sums are exact. */
static void same_bits(const struct frame *glass) {
    struct frame f, alone;
    struct sq_result res = {0}, one = {0};
    struct comm self = comm_self();
    struct sq_options o = {6, 0.2, 40};
    frame_init(&alone);
    int right = keep(glass, &f) == ERR_OK && frame_copy(&alone, glass) == ERR_OK;
    right = right && direct(&tap_comm, &f, &o, &res) == ERR_OK && direct(&self, &alone, &o, &one) == ERR_OK;
    tap_ok(right && !memcmp(res.s, one.s, sizeof *one.s * (size_t)(one.n_bins * one.n_curves)) &&
               res.n[29] == 40,
           "the same bits as on one rank");
    sq_free(&res);
    sq_free(&one);
    frame_destroy(&f);
    frame_destroy(&alone);
}

/* Both ways to S(Q) of the same packing. The transform is blurred by its window (5.4 / r_max = 0.25 1/A), the
 * direct way scatters by vectors: compared over 0.6 wide steps of Q, where 3 bins of 300 vectors leave an
 * error of about 0.03 at the main peak and less elsewhere; bound 0.15. */
static void both_ways(const struct frame *glass) {
    struct frame f;
    struct sq_result a = {0}, b = {0};
    struct rdf_options ro = {.r_max = glass->box.len[0] / 2, .n_bins = 400, .n_frames = 1};
    struct rdf *rdf = NULL;
    struct rdf_result g;
    struct sq_options o = {12, 0.2, 300};
    double worst = 0;
    int right = keep(glass, &f) == ERR_OK && direct(&tap_comm, &f, &o, &a) == ERR_OK;
    right = right && rdf_create(&ro, &rdf) == ERR_OK && rdf_add(&tap_comm, rdf, &f) == ERR_OK &&
            rdf_finish(rdf, &g) == ERR_OK;
    right = right && sq_from_g(&o, &f.species, g.counts, f.n_global / box_volume(&f.box), g.n_bins, g.r, g.g,
                               true, &b) == ERR_OK;
    for (int c = 0; right && c < 4; c++)
        for (int k = 6; k + 3 <= 60; k += 3) {
            double d = 0;
            for (int m = 0; m < 3; m++) d += (a.s[c * 60 + k + m] - b.s[c * 60 + k + m]) / 3;
            worst = fmax(worst, fabs(d));
        }
    if (tap_comm.rank == 0) printf("# largest difference %.3f\n", worst);
    tap_ok(right && worst < 0.15, "S(Q) from g(r) and direct agree");
    rdf_destroy(&rdf);
    sq_free(&a);
    sq_free(&b);
    frame_destroy(&f);
}

/* 8,000 random points: S = 1 with an error of 1/sqrt(200 vectors) = 0.071 a bin; mean of 40 bins: 0.011.
 * Bound 0.06: 5 errors, a false alarm in 10^6. */
static void ideal_gas(void) {
    struct frame f;
    struct sq_result res = {0};
    struct sq_options o = {10, 0.2, 200};
    double mean = 0;
    int right = glass_make(8000, 0, 1, 9, &f) == ERR_OK;
    if (tap_comm.rank > 0) f.n = 0;
    right = right && direct(&tap_comm, &f, &o, &res) == ERR_OK;
    for (int b = 10; right && b < 50; b++) mean += res.s[b] / 40;
    tap_ok(right && fabs(mean - 1) < 0.06, "an ideal gas has S = 1");
    sq_free(&res);
    frame_destroy(&f);
}

/* fcc: |F|^2 / N = N for unmixed indices, 0 for mixed: (100) none, (111) all. a = 4, 5 cells. */
static void fcc(void) {
    static const double basis[4][3] = {{0, 0, 0}, {0, .5, .5}, {.5, 0, .5}, {.5, .5, 0}};
    struct frame f;
    struct sq_result res = {0};
    struct sq_options o = {3, 0.005, 100000};
    frame_init(&f);
    glass_species(&f);
    f.box = (struct box){{0, 0, 0}, {20, 20, 20}, {true, true, true}};
    int right = frame_reserve(&f, 500) == ERR_OK;
    for (int i = 0; right && i < 500; i++) {
        int cell = i / 4, at[3] = {cell / 25, cell / 5 % 5, cell % 5};
        for (int a = 0; a < 3; a++) f.x[i][a] = 4 * (at[a] + basis[i % 4][a]) + 0.1;
        f.id[i] = i + 1;
    }
    f.n = tap_comm.rank ? 0 : 500;
    f.n_global = 500;
    right = right && direct(&tap_comm, &f, &o, &res) == ERR_OK;
    double q111 = 2 * M_PI / 4 * sqrt(3), q100 = 2 * M_PI / 4, peak = 0, none = 0;
    for (int b = 0; right && b < 600; b++) {
        if (res.n[b] && fabs(res.q[b] - q111) < 1e-9) peak = res.s[b];
        if (res.n[b] && fabs(res.q[b] - q100) < 1e-9) none = res.s[b] + 1;
    }
    /* |Q| = sqrt(75) 2 pi / 20 has vectors (5,5,5) (7,5,1) and (1,5,7)..: 4 of 4 + 24 + 12 half-space vectors
     */
    tap_ok(right && fabs(peak - 500.0 * 4 / 28) < 1e-6,
           "fcc: (111) alone among the vectors of its length scatters, with N");
    tap_ok(right && fabs(none - 1) < 1e-9, "fcc: (100) is extinct");
    sq_free(&res);
    frame_destroy(&f);
}

/* Ordered pairs of each curve and bin, by all N^2 distances to nearest images along periodic axes. */
static void all_pairs(const struct frame *f, double r_max, int nb, double *pairs) {
    for (int i = 0; i < f->n; i++)
        for (int j = 0; j < i; j++) {
            double d2 = 0;
            for (int a = 0; a < 3; a++) {
                double d = f->x[j][a] - f->x[i][a];
                if (f->box.periodic[a]) d -= f->box.len[a] * floor(d / f->box.len[a] + 0.5);
                d2 += d * d;
            }
            if (d2 >= r_max * r_max) continue;
            int bin = (int)(sqrt(d2) / r_max * nb), p = f->type[i] < f->type[j] ? f->type[i] : f->type[j],
                q = f->type[i] + f->type[j] - p;
            pairs[bin] += 2;
            pairs[rdf_curve(2, p, q) * nb + bin] += p == q ? 2 : 1;
        }
}

/* Share of vectors of length r that stay inside an endless rod: overlap of two discs, averaged over
 * directions in 100,000 steps (guinier1955). */
static double share_inside(double radius, double r) {
    double sum = 0;
    for (int k = 0; k < 100000; k++) {
        double angle = (k + 0.5) * M_PI / 2 / 100000, t = r * sin(angle) / (2 * radius);
        if (t < 1) sum += 2 / M_PI * (acos(t) - t * sqrt(1 - t * t)) * sin(angle);
    }
    return sum * M_PI / 2 / 100000;
}

/* The packing itself, or two copies of it on top of each other cut to a rod of 18 A: 5,100 atoms. */
static int body(const struct frame *glass, bool rod, double radius, struct frame *f) {
    frame_init(f);
    if (!rod) return frame_copy(f, glass);
    glass_species(f);
    f->box = glass->box;
    f->box.len[2] *= 2;
    f->box.periodic[0] = f->box.periodic[1] = false;
    TRY(frame_reserve(f, 2 * glass->n));
    for (int k = 0; k < 2 * glass->n; k++) {
        const double *x = glass->x[k % glass->n];
        double from = f->box.len[0] / 2;
        if (hypot(x[0] - from, x[1] - from) >= radius) continue;
        for (int a = 0; a < 3; a++) f->x[f->n][a] = x[a] + (a == 2 && k >= glass->n ? glass->box.len[2] : 0);
        f->type[f->n] = glass->type[k % glass->n];
        f->id[f->n] = f->n + 1;
        f->n++;
    }
    f->n_global = f->n;
    return ERR_OK;
}

/* Partial g(r) of 4,000 atoms, and of a rod with its correction, as from all N^2 distances. */
static void against_pairs(const struct frame *glass, bool rod, const char *what) {
    enum { NB = 190 };
    static double pairs[4 * NB];
    const double radius = 18, r_max = 19;
    struct frame f;
    struct rdf *rdf = NULL;
    struct rdf_result g;
    struct rdf_options o = {.r_max = r_max, .n_bins = NB, .n_frames = 1};
    if (rod) o.shape = SHAPE_ROD, o.diameter = 2 * radius;
    int right = body(glass, rod, radius, &f) == ERR_OK;
    double n[2] = {0}, worst = 0, volume = rod ? M_PI * radius * radius * f.box.len[2] : box_volume(&f.box);
    for (int i = 0; i < f.n; i++) n[f.type[i]]++;
    memset(pairs, 0, sizeof pairs);
    all_pairs(&f, r_max, NB, pairs);
    right = right && f.n >= 4000;
    if (tap_comm.rank > 0) f.n = 0;
    right = right && rdf_create(&o, &rdf) == ERR_OK && !tap_pass(rdf_add(&tap_comm, rdf, &f), what);
    right = right && rdf_finish(rdf, &g) == ERR_OK;
    double all = n[0] + n[1], of[4] = {all * (all - 1), n[0] * (n[0] - 1), n[0] * n[1], n[1] * (n[1] - 1)};
    for (int b = 0; right && b < NB; b++) {
        double in = r_max * b / NB, out = r_max * (b + 1) / NB;
        double shell = 4 * M_PI / 3 * (out * out * out - in * in * in);
        double gamma = rod && pairs[b] > 0 ? share_inside(radius, (in + out) / 2) : 1;
        for (int c = 0; c < 4; c++)
            worst = fmax(worst, fabs(g.g[c * NB + b] - pairs[c * NB + b] * volume / (of[c] * shell * gamma)));
    }
    if (tap_comm.rank == 0) printf("# largest difference %.1e\n", worst);
    tap_ok(right && worst < 1e-7, what); /* shares by two quadratures; a pair more is 1e-5 */
    rdf_destroy(&rdf);
    frame_destroy(&f);
}

/* --- bodies */

static void gammas(void) {
    /* sphere: 1 - 3t/2 + t^3/2 (Guinier and Fournet 1955), t = r / 2R; endless rod: slope at 0 is -S/4V =
     * -1/(2R) */
    struct shape ball = {.kind = SHAPE_SPHERE, .radius = 10},
                 rod = {.kind = SHAPE_ROD, .endless = true, .radius = 10};
    struct shape rest = {.kind = SHAPE_ROD, .radius = 10, .length = 40};
    tap_ok(fabs(shape_gamma(&ball, 10) - (1 - 0.75 + 0.0625)) < 1e-12 && shape_gamma(&ball, 21) == 0,
           "gamma of a sphere");
    tap_ok(fabs((1 - shape_gamma(&rod, 0.01)) / 0.01 - 1 / 20.0) < 1e-4,
           "gamma of a rod falls by surface over 4 volumes");
    /* finite rod: S / 4V = (2 pi R L + 2 pi R^2) / (4 pi R^2 L) = 1/(2R) + 1/(2L) */
    tap_ok(fabs((1 - shape_gamma(&rest, 0.01)) / 0.01 - (1 / 20.0 + 1 / 80.0)) < 1e-4, "its ends count");
    tap_ok(shape_gamma(&rod, 60) > 0 && shape_gamma(&rod, 60) < 0.1, "far along a rod few pairs are left");
}

/* 12,000 points in a body: g = 1 after the correction. Each of 10 bins from 4 to 16 A holds more than 30,000
 * pairs: error 0.6 % and that of the volume from moments 0.7 %; bound 4 %. */
static void gas_in(enum shape_kind kind, const char *what) {
    struct frame f;
    struct rdf *rdf = NULL;
    struct rdf_result g;
    struct rdf_options o = {.r_max = 16, .n_bins = 12, .shape = kind, .n_frames = 1};
    double worst = 0, edge = 60, r = 18;
    frame_init(&f);
    glass_species(&f);
    bool rod = kind == SHAPE_ROD;
    f.box = (struct box){{-5, 0, 3}, {edge, edge, edge}, {false, false, rod}};
    int right = frame_reserve(&f, 12000) == ERR_OK;
    for (uint64_t k = 0; right && f.n < 12000; k++) {
        double u[4], d[3], d2 = 0;
        rng_uniform(11, RNG_TEST, k, 0, u);
        rng_uniform(11, RNG_TEST, k, 1, u + 2);
        for (int a = 0; a < 3; a++) {
            d[a] = u[a] - 0.5;
            f.x[f.n][a] = f.box.lo[a] + (rod && a == 2 ? edge * u[a] : edge / 2 + 2 * r * d[a]);
            d2 += rod && a == 2 ? 0 : 4 * d[a] * d[a];
        }
        f.type[f.n] = u[3] < 0.3;
        f.id[f.n] = f.n + 1;
        f.n += d2 < 1;
    }
    f.n_global = 12000;
    if (tap_comm.rank > 0) f.n = 0;
    right = right && rdf_create(&o, &rdf) == ERR_OK && !tap_pass(rdf_add(&tap_comm, rdf, &f), what);
    right = right && rdf_finish(rdf, &g) == ERR_OK;
    for (int b = 3; right && b < 12; b++) worst = fmax(worst, fabs(g.g[b] - 1));
    if (right && tap_comm.rank == 0)
        printf("# diameter %.3f, largest |g - 1| %.4f\n", 2 * g.shape.radius, worst);
    tap_ok(right && worst < 0.04 && fabs(g.shape.radius / r - 1) < 0.02 && g.filled, what);
    rdf_destroy(&rdf);
    frame_destroy(&f);
}

int main(int argc, char **argv) {
    struct frame glass;
    tap_begin(&argc, &argv);
    if (tap_pass(glass_make(4000, 60, 1, 1, &glass), "a packing of 4,000 atoms")) return 1;
    against_sums(&glass);
    same_bits(&glass);
    both_ways(&glass);
    against_pairs(&glass, false, "partial g(r) of 4,000 atoms as from all distances");
    against_pairs(&glass, true, "partial g(r) of a rod, corrected, as from all distances");
    frame_destroy(&glass);
    ideal_gas();
    fcc();
    gammas();
    gas_in(SHAPE_ROD, "a gas in a rod has g = 1");
    gas_in(SHAPE_SPHERE, "a gas in a sphere has g = 1");
    /* f_e(0) = 2 sum a = 5.60100 (Cu), 12.17880 (Zr); f_e(0.5 1/A) = 2.79456, 4.16097 A (Lobato and Van Dyck
     * 2014) */
    tap_ok(fabs(weights_electron("Cu", 0) - 5.60100) < 1e-5 &&
               fabs(weights_electron("Zr", 0) - 12.17880) < 1e-5 &&
               fabs(weights_electron("Cu", M_PI) - 2.79456) < 1e-5 &&
               fabs(weights_electron("Zr", M_PI) - 4.16097) < 1e-5,
           "electron weights");
    tap_ok(isnan(weights_neutron("Xx")) && weights_neutron("Ni") == 10.3, "neutron weights");
    return tap_end();
}
