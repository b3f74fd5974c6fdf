/* ranks: 1 2 4
 * Pair distribution functions: against O(N^2) with all periodic images, the ideal gas, the shells of fcc,
 * blocks of frames, refusals. */
#include "tap.h"

#include "analysis/structure/rdf.h"
#include "base/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void begin(struct frame *f, double x, double y, double z) {
    frame_init(f);
    f->box = (struct box){{-1, 0, 2}, {x, y, z}, {true, true, true}};
    f->species.n = 2;
    strcpy(f->species.name[0], "Cu");
    strcpy(f->species.name[1], "Zr");
    f->species.radius[0] = 1.28;
    f->species.radius[1] = 1.60;
}

static int put(struct frame *f, int type, double x, double y, double z) {
    TRY(frame_reserve(f, f->n + 1));
    f->x[f->n][0] = x;
    f->x[f->n][1] = y;
    f->x[f->n][2] = z;
    f->type[f->n] = type;
    f->id[f->n] = ++f->n_global;
    f->n++;
    return ERR_OK;
}

static int gas(struct frame *f, int n, double edge, uint64_t seed) {
    begin(f, edge, edge + 1, edge + 2);
    for (uint64_t k = 0; f->n < n; k++) {
        double u[4];
        rng_uniform(seed, RNG_TEST, k, 0, u);
        rng_uniform(seed, RNG_TEST, k, 1, u + 2);
        TRY(put(f, u[3] < 0.3, u[0] * edge, u[1] * (edge + 1), u[2] * (edge + 2)));
    }
    return ERR_OK;
}

static void on_rank_0(struct frame *f) {
    if (tap_comm.rank > 0) f->n = 0;
}

/* Ordered pairs (a, b) per bin, images within +-2 boxes. */
static void brute(const struct frame *f, double r_max, int nb, double *count) {
    memset(count, 0, sizeof *count * 4 * (size_t)nb);
    for (int i = 0; i < f->n; i++)
        for (int j = 0; j < f->n; j++)
            for (int image = 0; image < 27; image++) {
                if (i == j && image == 13) continue;
                int m[3] = {image / 9 - 1, image / 3 % 3 - 1, image % 3 - 1};
                double d2 = 0;
                for (int a = 0; a < 3; a++) {
                    double d = f->x[j][a] - f->x[i][a] + m[a] * f->box.len[a];
                    d2 += d * d;
                }
                int bin = (int)(sqrt(d2) / r_max * nb);
                if (bin < nb) count[(f->type[i] * 2 + f->type[j]) * nb + bin]++;
            }
}

static void against_brute_force(double r_max, const char *what) {
    enum { NB = 50 };
    struct frame f;
    struct rdf *rdf = NULL;
    struct rdf_result res;
    static double count[4 * NB];
    int64_t n_of[2] = {0};
    int right = gas(&f, 500, 12, 5) == ERR_OK;
    for (int i = 0; i < f.n; i++) n_of[f.type[i]]++;
    brute(&f, r_max, NB, count);
    on_rank_0(&f);
    struct rdf_options o = {.r_max = r_max, .n_bins = NB, .n_frames = 1};
    right = right && rdf_create(&o, &rdf) == ERR_OK;
    if (!right || tap_pass(rdf_add(&tap_comm, rdf, &f), what) || rdf_finish(rdf, &res)) {
        tap_ok(0, what);
        return;
    }
    double worst = 0, sum[4] = {0}, volume = 12 * 13 * 14.0;
    for (int b = 0; b < NB; b++) {
        double in = r_max * b / NB, out = r_max * (b + 1) / NB,
               shell = 4 * M_PI / 3 * (out * out * out - in * in * in);
        double all = 0;
        for (int ab = 0; ab < 4; ab++) {
            all += count[ab * NB + b];
            sum[ab] += count[ab * NB + b];
            worst = fmax(worst, fabs(res.running[ab * NB + b] - sum[ab] / (double)n_of[ab / 2]));
        }
        double g[4] = {all / (500.0 * 499), count[b] / (double)(n_of[0] * (n_of[0] - 1)),
                       count[NB + b] / (double)(n_of[0] * n_of[1]),
                       count[3 * NB + b] / (double)(n_of[1] * (n_of[1] - 1))};
        for (int c = 0; c < 4; c++) worst = fmax(worst, fabs(res.g[c * NB + b] - g[c] * volume / shell));
    }
    tap_ok(worst < 1e-11, "g and running coordination equal those of O(N^2)");
    tap_ok(res.filled && fabs(res.volume / volume - 1) < 1e-14, "the volume is the box");
    rdf_destroy(&rdf);
    frame_destroy(&f);
}

/* Uncorrelated pairs: each bin's count is Poisson; chi^2 of 40 bins exceeds 86 with probability 3e-5. */
static void ideal_gas(void) {
    enum { NB = 40 };
    struct frame f;
    struct rdf *rdf = NULL;
    struct rdf_result res;
    int right = gas(&f, 2000, 20, 9) == ERR_OK;
    on_rank_0(&f);
    struct rdf_options o = {.r_max = 8, .n_bins = NB, .n_frames = 1};
    right = right && rdf_create(&o, &rdf) == ERR_OK && rdf_add(&tap_comm, rdf, &f) == ERR_OK &&
            rdf_finish(rdf, &res) == ERR_OK;
    double chi2 = 0, last = 0;
    for (int b = 0; right && b < NB; b++) {
        double d = (res.g[b] - 1) / (res.error[b] > 0 ? res.error[b] : 1);
        if (b < 3) continue; /* too few pairs for a Gaussian */
        chi2 += d * d;
        last = res.g[b];
    }
    tap_ok(right && chi2 < 86 && chi2 > 12 && fabs(last - 1) < 0.05,
           "an ideal gas has g = 1 within its error");
    rdf_destroy(&rdf);
    frame_destroy(&f);
}

static int fcc(struct frame *f, double a, int n) {
    static const double basis[4][3] = {{0, 0, 0}, {0, .5, .5}, {.5, 0, .5}, {.5, .5, 0}};
    begin(f, n * a, n * a, n * a);
    for (int c = 0; c < n * n * n; c++)
        for (int b = 0; b < 4; b++)
            TRY(put(f, 0, a * (c / n / n + basis[b][0]), a * (c / n % n + basis[b][1]),
                    a * (c % n + basis[b][2])));
    return ERR_OK;
}

/* fcc: 12 neighbours at a/sqrt 2, 6 at a, 24 at a sqrt 1.5, 12 at a sqrt 2 */
static void shells(void) {
    enum { NB = 300 };
    static const double at[] = {0.7071067811865476, 1, 1.224744871391589, 1.4142135623730951};
    static const int sums[] = {12, 18, 42, 54};
    struct frame f;
    struct rdf *rdf = NULL;
    struct rdf_result res;
    double a = 3.6;
    int right = fcc(&f, a, 4) == ERR_OK;
    on_rank_0(&f);
    struct rdf_options o = {.r_max = 6, .n_bins = NB, .n_frames = 1};
    right = right && rdf_create(&o, &rdf) == ERR_OK && rdf_add(&tap_comm, rdf, &f) == ERR_OK &&
            rdf_finish(rdf, &res) == ERR_OK;
    for (int k = 0; right && k < 4; k++) {
        int bin =
            (int)(at[k] * a / 6 * NB); /* the shell may fall on either side of a bin's edge by rounding */
        right = fabs(res.running[bin + 1] - sums[k]) < 1e-9 &&
                fabs(res.running[bin - 2] - (k ? sums[k - 1] : 0)) < 1e-9;
    }
    tap_ok(right, "fcc shells of 12, 6, 24, 12");
    tap_ok(right && fabs(res.peak[0].r - at[0] * a) < 0.021 && fabs(res.peak[0].coordination - 12) < 1e-9,
           "fcc first peak within a bin, coordination 12");
    tap_ok(right && isnan(res.peak[3].r), "no peak where there are no atoms");
    rdf_destroy(&rdf);
    frame_destroy(&f);
}

/* A slab in a box of which it fills a third: g far out is 3 and more unless the volume is given, then
 * about 1. */
static void slab(double volume, int filled, const char *what) {
    struct frame f;
    struct rdf *rdf = NULL;
    struct rdf_result res;
    struct rdf_options o = {.r_max = 4, .n_bins = 40, .n_frames = 1, .volume = volume};
    int right = gas(&f, 2000, 20, 9) == ERR_OK;
    f.box.len[0] = 60;
    on_rank_0(&f);
    right = right && rdf_create(&o, &rdf) == ERR_OK && rdf_add(&tap_comm, rdf, &f) == ERR_OK &&
            rdf_finish(rdf, &res) == ERR_OK;
    tap_ok(right && res.filled == filled, what);
    rdf_destroy(&rdf);
    frame_destroy(&f);
}

/* Eight frames of different gases: error from blocks agrees with the error from counts (ratio 1 +- 0.27 a
 * bin, its mean over 30 bins within 0.25 but for 1e-6) and the mean of g is that of the frames. */
static void blocks(void) {
    enum { NB = 40 };
    struct rdf *rdf = NULL;
    struct rdf_result res;
    struct rdf_options o = {.r_max = 6, .n_bins = NB, .n_frames = 8};
    int right = rdf_create(&o, &rdf) == ERR_OK;
    for (uint64_t k = 0; k < 8 && right; k++) {
        struct frame f;
        right = gas(&f, 500, 14, 20 + k) == ERR_OK;
        on_rank_0(&f);
        right = right && rdf_add(&tap_comm, rdf, &f) == ERR_OK;
        frame_destroy(&f);
    }
    right = right && rdf_finish(rdf, &res) == ERR_OK && res.error_from == RDF_FROM_BLOCKS;
    double ratio = 0;
    for (int b = 10; right && b < NB; b++) {
        double out = 6.0 * (b + 1) / NB, in = 6.0 * b / NB;
        double pairs = 8 * 500 * 499 / 2.0 * 4 * M_PI / 3 * (out * out * out - in * in * in) / (14 * 15 * 16);
        ratio += res.error[b] * sqrt(pairs) / 30;
    }
    tap_ok(right && fabs(ratio - 1) < 0.25, "errors from blocks of frames equal those of counting");
    rdf_destroy(&rdf);
}

/* A Gaussian on a flat ground, by its closed form: vertex and height as put in. */
static void peak_of_known_curve(void) {
    enum { NB = 200 };
    static double r[NB], g[NB], error[NB];
    struct rdf_peak p;
    for (int b = 0; b < NB; b++) {
        r[b] = (b + 0.5) * 0.04;
        double near = exp(-0.5 * pow((r[b] - 2.573) / 0.15, 2)), far = exp(-0.5 * pow((r[b] - 4.4) / 0.4, 2));
        g[b] = 3 * near + 1.5 * far + (r[b] > 5 ? 1 : 0.02 * sin(40 * r[b]));
        error[b] = 0.02;
    }
    rdf_find_peak(NB, r, g, error, &p);
    tap_ok(fabs(p.r - 2.573) < 0.01 && fabs(p.height - 3) < 0.05 && p.r_error > 0 && p.r_error < 0.01,
           "the first peak of a known curve");
    tap_ok(p.minimum > 3.0 && p.minimum < 3.5, "the minimum behind it");
}

static void refused(struct rdf_options o, struct frame *f, int code, const char *part, const char *what) {
    struct rdf *rdf = NULL;
    int e = rdf_create(&o, &rdf);
    if (!e) e = rdf_add(&tap_comm, rdf, f);
    tap_ok(e == code && strstr(err_message(), part), what);
    err_clear();
    rdf_destroy(&rdf);
}

static void refusals(void) {
    struct frame f;
    struct rdf_options o = {.r_max = 12.5, .n_bins = 20, .n_frames = 1};
    int right =
        gas(&f, 100, 12, 5) == ERR_OK && put(&f, 0, f.x[0][0] + 12, f.x[0][1], f.x[0][2] + 0.001) == ERR_OK;
    tap_ok(right, "a gas with one atom twice");
    on_rank_0(&f);
    refused(o, &f, ERR_DECK, "r_max 12.5 is beyond the shortest periodic edge 12",
            "r_max beyond the box is refused");
    o.r_max = 4;
    refused(o, &f, ERR_INPUT, "closer than 0.01", "the same atom twice across the boundary is refused");
    for (int i = 0; i < f.n; i++)
        if (f.id[i] == 7) f.x[i][1] = INFINITY;
    refused(o, &f, ERR_INPUT, "atom 7 has a position that is not a number",
            "an infinite position is refused");
    frame_destroy(&f);
    struct rdf *rdf = NULL;
    struct rdf_result res;
    int e = rdf_create(&o, &rdf);
    if (!e) e = rdf_finish(rdf, &res);
    tap_ok(e == ERR_INPUT && strstr(err_message(), "no frame"), "no frames, no g(r)");
    err_clear();
    rdf_destroy(&rdf);
}

int main(int argc, char **argv) {
    tap_begin(&argc, &argv);
    against_brute_force(5.5, "500 atoms, r_max below half the box");
    against_brute_force(11.5, "500 atoms, r_max near the box");
    ideal_gas();
    shells();
    slab(0, 0, "a slab does not fill its box: flagged");
    slab(20 * 21 * 22, 1, "with the volume it fills: not flagged");
    blocks();
    peak_of_known_curve();
    refusals();
    return tap_end();
}
