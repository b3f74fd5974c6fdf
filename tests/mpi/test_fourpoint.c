/* ranks: 1 2 4
 * Particles whose dynamics is known: random walkers against their analytic overlap, chi4, S4, g4, scattering
 * functions; chi4 and the displacement against sums written out; layers; refusals. */
#include "tap.h"

#include "analysis/structure/dynamics.h"
#include "analysis/structure/fourpoint.h"
#include "base/rng.h"

#include <math.h>
#include <string.h>

enum { N = 400, FRAMES = 200 };
#define BOX 12.0
#define D 0.02 /* diffusion constant, frames 1 apart */

static double x[N][3];

static int walk_frame(struct frame *f, int t, int lo, int hi) {
    frame_init(f);
    f->box = (struct box){{0, 0, 0}, {BOX, BOX, BOX}, {true, true, true}};
    f->species.n = 2;
    strcpy(f->species.name[0], "A");
    strcpy(f->species.name[1], "B");
    f->time = 5 + t;
    f->n_global = N;
    for (int i = 0; i < N; i++) {
        double z[4];
        rng_normal(4, RNG_TEST, (uint64_t)i, (uint64_t)t, 3, z);
        for (int a = 0; a < 3; a++) {
            double u[2];
            rng_uniform(4, RNG_TEST, (uint64_t)(N + i), (uint64_t)a, u);
            x[i][a] = t ? x[i][a] + sqrt(2 * D) * z[a] : BOX * u[0];
        }
        if (i < lo || i >= hi) continue;
        TRY(frame_reserve(f, f->n + 1));
        for (int a = 0; a < 3; a++) f->x[f->n][a] = x[i][a] - BOX * floor(x[i][a] / BOX);
        f->type[f->n] = i % 4 == 0;
        f->id[f->n++] = i + 1;
    }
    return ERR_OK;
}

/* **Collective.** Random walkers, given in any distribution, through dynamics (y) or four points (p). */
static int walkers(const struct comm *comm, const struct motion_keep *keep, struct motion **m,
                   const struct dynamics_options *o, struct dynamics *y, const struct fourpoint_options *f4,
                   struct fourpoint *p) {
    struct motion_layers none = {.axis = -1};
    TRY(motion_create(comm, FRAMES, m));
    motion_keep(*m, keep);
    for (int t = 0; t < FRAMES; t++) {
        struct frame f;
        int e = err_agree(comm,
                          walk_frame(&f, t, N * comm->rank / comm->size, N * (comm->rank + 1) / comm->size));
        if (!e) e = motion_add(*m, &f);
        frame_destroy(&f);
        if (!e && t == 0) e = motion_group(*m, &none);
        if (!e && y && t == 0) e = dynamics_begin(*m, o, y);
        if (!e && y) e = dynamics_add(*m, y);
        if (!e && p && t == 1) e = fourpoint_begin(*m, f4, p);
        if (!e && p && t > 0) fourpoint_add(*m, p);
        TRY(e);
    }
    if (y) TRY(dynamics_compute(*m, y));
    return p ? fourpoint_compute(*m, p) : ERR_OK;
}

static int dynamics_of(const struct comm *comm, struct motion_keep keep, struct motion **m,
                       const struct dynamics_options *o, struct dynamics *y) {
    return walkers(comm, &keep, m, o, y, NULL, NULL);
}

static int fourpoint_of(const struct comm *comm, struct motion_keep keep, struct motion **m,
                        const struct fourpoint_options *o, struct fourpoint *p) {
    return walkers(comm, &keep, m, NULL, NULL, o, p);
}

#define KEEP(part) ((struct motion_keep){.share = (part), .memory = 1e9})

/* P(|r| < a) of a three-dimensional walker after t. */
static double inside(double a, double t) {
    return erf(a / (2 * sqrt(D * t))) - a / sqrt(M_PI * D * t) * exp(-a * a / (4 * D * t));
}

/* Independent walkers: Q/N = p, chi4 = p (1 - p) (a binomial), S4(q) = p at all q (random places), g4 = p^2.
 * Errors: p from 400 atoms and > 100 origins of which some 10 are independent at the longest lag: 0.01; chi4
 * from the blocks; g4 twice that of p, 2.5 %; bounds are 4 of these with the seed fixed. */
static void test_walkers(void) {
    struct motion *m = NULL;
    struct fourpoint_options o = {
        .a = 0.6, .per_decade = 6, .at = 6, .q_max = 3.2, .r_max = 5, .bins = 10, .origins = 40};
    struct fourpoint p;
    double worst_q = 0, worst_chi = 0, s4 = 0, g4 = 0;
    if (tap_pass(fourpoint_of(&tap_comm, KEEP(0.3), &m, &o, &p), "overlap of random walkers")) return;
    for (int l = 0; l < p.n_lags; l++) {
        double w = inside(0.6, p.time[l]);
        worst_q = fmax(worst_q, fabs(p.overlap[l] - w));
        worst_chi = fmax(worst_chi, fabs(p.chi4[l] - w * (1 - w)) / p.chi4_error[l]);
    }
    double w = inside(0.6, 6);
    for (int k = 0; k < p.n_q; k++) s4 += p.s4[k] / p.n_q;
    for (int b = 4; b < p.n_r; b++) g4 += p.g4[b] / (p.n_r - 4);
    tap_ok(worst_q < 0.04, "Q is erf(a / 2 sqrt(Dt)) - a / sqrt(pi D t) exp(-a^2 / 4 D t)");
    tap_ok(worst_chi < 5, "chi4 is p (1 - p)");
    tap_ok(p.n_q > 3 && fabs(s4 / w - 1) < 0.1, "S4 is p at every q");
    tap_ok(fabs(g4 / (w * w) - 1) < 0.1, "g4 is p^2");
    tap_ok(p.n_groups == 3 && m->count[1] == 300 && m->count[2] == 100, "groups of both species");
    fourpoint_free(&p);
    motion_destroy(&m);
}

/* msd = 6 D t, F_s = exp(-k^2 D t), F(k,t) the same for independent walkers; tau = 1 / (k^2 D), beta = 1. */
static void test_scattering(void) {
    struct motion *m = NULL;
    struct dynamics_options o = {.k = 2.2, .per_decade = 8, .waves = 16};
    struct dynamics y;
    double worst_msd = 0, worst_f = 0;
    if (tap_pass(dynamics_of(&tap_comm, KEEP(0.3), &m, &o, &y), "scattering of random walkers")) return;
    for (int l = 0; l < y.n_lags; l++) {
        worst_msd = fmax(worst_msd, fabs(y.msd[l] / (6 * D * y.time[l]) - 1));
        worst_f = fmax(worst_f, fabs(y.self[l] - exp(-2.2 * 2.2 * D * y.time[l])));
    }
    double tau = 1 / (2.2 * 2.2 * D);
    tap_ok(worst_msd < 0.06, "msd is 6 D t"); /* 400 atoms x some 6 independent spans: 2 % */
    tap_ok(worst_f < 0.04, "F_s is exp(-k^2 D t)");
    tap_ok(fabs(y.of_self[0].at_1_e / tau - 1) < 0.1 && fabs(y.of_self[0].fit.curve.tau / tau - 1) < 0.1,
           "tau is 1 / (k^2 D)");
    tap_ok(fabs(y.of_self[0].fit.curve.beta - 1) < 0.1, "beta is 1");
    tap_ok(fabs(y.structure - 1) < 0.25, "S(k) of random places is 1"); /* 32 numbers, partly renewed */
    tap_ok(fabs(y.of_coherent.at_1_e / tau - 1) < 0.5,
           "the coherent time is the same"); /* 16 waves, 20 spans */
    dynamics_free(&y);
    motion_destroy(&m);
}

/* One lag written out: all walkers on this rank, walked again. */
static void test_direct(void) {
    struct motion *m = NULL;
    static double path[FRAMES][N][3];
    struct fourpoint_options o = {.a = 0.5, .per_decade = 3, .q_max = 1, .r_max = 2, .bins = 5, .origins = 2};
    struct fourpoint p;
    double q[FRAMES], mean = 0, var = 0, drift[FRAMES][3] = {{0}}, msd = 0;
    for (int t = 0; t < FRAMES; t++) {
        struct frame f;
        if (walk_frame(&f, t, 0, 0)) return;
        frame_destroy(&f);
        memcpy(path[t], x, sizeof x);
        for (int i = 0; i < N; i++)
            for (int a = 0; a < 3; a++) drift[t][a] += (x[i][a] - path[0][i][a]) / N;
    }
    if (tap_pass(fourpoint_of(&tap_comm, KEEP(0.2), &m, &o, &p), "chi4 once more")) return;
    int l = p.n_lags - 1, lag = (int)p.lag[l], n = FRAMES - lag;
    for (int t = 0; t < n; t++) {
        q[t] = 0;
        for (int i = 0; i < N; i++) {
            double r2 = 0;
            for (int a = 0; a < 3; a++) {
                double d = path[t + lag][i][a] - drift[t + lag][a] - path[t][i][a] + drift[t][a];
                r2 += d * d;
            }
            q[t] += r2 < 0.25;
            msd += r2 / ((double)n * N);
        }
        mean += q[t] / n;
    }
    for (int t = 0; t < n; t++) var += (q[t] - mean) * (q[t] - mean) / n / N;
    tap_ok(lag > 10 && fabs(p.overlap[l] - mean / N) < 1e-4 && fabs(p.chi4[l] / var - 1) < 1e-2,
           "chi4 is the variance of Q written out");
    fourpoint_free(&p);
    motion_destroy(&m);
    struct dynamics_options d = {.k = 1, .per_decade = 3, .waves = 2};
    struct dynamics y;
    if (tap_pass(dynamics_of(&tap_comm, KEEP(0.2), &m, &d, &y), "displacements once more")) return;
    tap_ok(y.lag[y.n_lags - 1] == lag && fabs(y.msd[y.n_lags - 1] / msd - 1) < 1e-5,
           "msd is its mean written out");
    dynamics_free(&y);
    motion_destroy(&m);
}

/* The same on any number of ranks, with all time origins and with every seventh. */
static void test_same_bits(struct motion_keep keep, int64_t stride) {
    struct comm self = comm_self();
    struct motion *m[4] = {NULL};
    struct dynamics_options o = {.k = 2.2, .per_decade = 4, .waves = 5};
    struct fourpoint_options f = {
        .a = 0.6, .per_decade = 4, .q_max = 1.2, .r_max = 3, .bins = 6, .origins = 3};
    struct dynamics a = {0}, b = {0};
    struct fourpoint p = {0}, q = {0};
    tap_pass(dynamics_of(&tap_comm, keep, &m[0], &o, &a), "by all ranks");
    tap_pass(dynamics_of(&self, keep, &m[1], &o, &b), "by one rank");
    size_t n = (size_t)a.n_lags * sizeof(double);
    tap_ok(m[0]->stride == stride && m[0]->slots <= m[0]->longest / stride + 1, "time origins as asked");
    tap_ok(!memcmp(a.msd, b.msd, n) && !memcmp(a.self, b.self, n) && !memcmp(a.coherent, b.coherent, n),
           "the same bits on any number of ranks");
    tap_pass(fourpoint_of(&tap_comm, keep, &m[2], &f, &p), "four points by all ranks");
    tap_pass(fourpoint_of(&self, keep, &m[3], &f, &q), "by one rank");
    tap_ok(!memcmp(p.chi4, q.chi4, (size_t)p.n_lags * sizeof(double)) &&
               !memcmp(p.s4, q.s4, (size_t)p.n_q * sizeof(double)) && !memcmp(p.g4, q.g4, 6 * sizeof(double)),
           "the same bits, too");
    dynamics_free(&a);
    dynamics_free(&b);
    fourpoint_free(&p);
    fourpoint_free(&q);
    for (int k = 0; k < 4; k++) motion_destroy(&m[k]);
}

/* Every third frame a time origin, all kept against a ring: Q of each origin is the sum over atoms written
 * out, and the msd is that of every third origin. */
static void test_thinned(void) {
    struct motion *thin = NULL, *all = NULL;
    struct motion_keep third = {.share = 0.3, .memory = 1e9, .origins = FRAMES / 3}, whole = {0};
    struct dynamics_options o = {.k = 2.2, .per_decade = 4, .waves = 5};
    struct dynamics y;
    double worst = 0;
    if (tap_pass(dynamics_of(&tap_comm, third, &thin, &o, &y), "every third frame an origin")) return;
    if (tap_pass(walkers(&tap_comm, &whole, &all, NULL, NULL, NULL, NULL), "all frames kept")) return;
    for (int l = 0; l < y.n_lags; l++) {
        double sum = 0, n = 0;
        for (int64_t t = 0; t + y.lag[l] < FRAMES; t += 3, n++)
            for (int i = 0; i < all->n; i++)
                sum += motion_moved(motion_frame(all, t), motion_frame(all, t + y.lag[l]), i);
        comm_sum(&tap_comm, &sum, 1);
        worst = fmax(worst, fabs(y.msd[l] / (sum / n / N) - 1));
    }
    tap_ok(thin->stride == 3 && thin->slots < FRAMES / 6, "a ring of time origins");
    tap_ok(worst < 1e-12, "holds what the lags need");
    dynamics_free(&y);
    motion_destroy(&thin);
    motion_destroy(&all);
}

/* A disc of atoms: layers hold what lies within their depth below the surface. */
static void test_layers(void) {
    struct motion *m = NULL;
    struct motion_layers rod = {.axis = 2, .width = 1, .n = 3};
    int e = motion_create(&tap_comm, 4, &m), n = 0; /* all frames are kept */
    for (int t = 0; t < 4 && !e; t++) {
        struct frame f;
        frame_init(&f);
        f.box = (struct box){{-10, -10, 0}, {20, 20, 5}, {false, false, true}};
        f.species.n = 1;
        f.time = t;
        n = 0;
        for (int y = -16; y <= 16 && !e; y++)
            for (int z = -16; z <= 16 && !e; z++) {
                if (hypot(y, z) > 16) continue;
                n++;
                if (n % tap_comm.size != tap_comm.rank) continue;
                e = frame_reserve(&f, f.n + 1);
                f.x[f.n][0] = 0.25 * y, f.x[f.n][1] = 0.25 * z, f.x[f.n][2] = 1;
                f.id[f.n++] = n;
            }
        f.n_global = n;
        e = err_agree(&tap_comm, e);
        if (!e) e = motion_add(m, &f);
        frame_destroy(&f);
    }
    if (!e) e = motion_group(m, &rod);
    /* radius 4 A: shares of the area are (16 - 9) / 16, (9 - 4) / 16, 4 / 16, to the atoms on the rims */
    tap_ok(!e && m->n_groups == 4 && fabs(m->count[1] / (double)n - 7.0 / 16) < 0.05 &&
               fabs(m->count[2] / (double)n - 5.0 / 16) < 0.05 &&
               m->count[1] + m->count[2] + m->count[3] == n,
           "layers below the surface of a rod");
    motion_destroy(&m);
}

static void test_refusals(void) {
    struct motion *m = NULL;
    struct motion_layers none = {.axis = -1};
    int e = motion_create(&tap_comm, 9, &m);
    static const int times[] = {0, 1, 3};
    for (int k = 0; k < 3 && !e; k++) {
        struct frame f;
        int w = walk_frame(&f, 0, N * tap_comm.rank / tap_comm.size, N * (tap_comm.rank + 1) / tap_comm.size);
        f.time = times[k];
        e = w ? w : motion_add(m, &f);
        frame_destroy(&f);
    }
    tap_ok(e == ERR_INPUT && strstr(err_message(), "evenly"), "uneven times are refused");
    err_clear();
    tap_ok(motion_complete(m) == ERR_INPUT, "a trajectory that ends early is refused");
    err_clear();
    motion_destroy(&m);
    if (!motion_create(&tap_comm, 3, &m))
        tap_ok(motion_group(m, &none) == ERR_INPUT, "three frames are too few");
    err_clear();
    motion_destroy(&m);
    static const int64_t q[] = {4, 6, 4, 6};
    double mean, chi4, error;
    fourpoint_variance(q, 4, 10, 5, &mean, &chi4, &error);
    tap_ok(mean == 5 && fabs(chi4 - 0.1) < 1e-15 && isnan(error),
           "population variance over N; no error from 4 origins");
}

int main(int argc, char **argv) {
    tap_begin(&argc, &argv);
    test_walkers();
    test_scattering();
    test_direct();
    test_same_bits(KEEP(0.3), 1);
    /* lags up to 59 frames, room for 9 beside the newest: 59 / 9 + 1 */
    test_same_bits((struct motion_keep){.share = 0.3, .memory = 10.0 * 12 * N}, 7);
    test_thinned();
    test_layers();
    test_refusals();
    return tap_end();
}
