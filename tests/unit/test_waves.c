/* The diffraction engines against closed forms. All expected numbers are analytic; tolerances are those of
 * the precision in use. Random arrangements have fixed seeds (Philox) and are only used in identities that
 * hold for any arrangement: no false alarms. */
#include "analysis/microscope/waves.h"
#include "base/mem.h"
#include "base/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MOST 4000

static struct species metals;
static double atom_x[MOST][2];
static int atom_type[MOST];
static int64_t start[MOST];
static int64_t serial;

static void near(double x, double expected, double within) {
    if (!(fabs(x - expected) <= within))
        print_error("%.12g instead of %.12g (+- %.3g)\n", x, expected, within);
    assert_true(fabs(x - expected) <= within);
}

static struct waves_setup setup_of(enum waves_engine engine, int n, double edge) {
    if (!metals.n) {
        assert_int_equal(species_add(&metals, "Cu", 0), ERR_OK);
        assert_int_equal(species_add(&metals, "Zr", 0), ERR_OK);
    }
    struct waves_setup o = {.engine = engine,
                            .window = {n, n, edge / n, edge / n},
                            .tile_nx = n,
                            .tile_ny = n,
                            .probe.electron = formfactor_electron(200e3),
                            .species = &metals,
                            .n_probes = 8,
                            .max_bytes = 1 << 28};
    o.half_x = o.half_y = waves_half(&o.window, 0);
    return o;
}

static struct waves_slab slab_of(int n_slices, double dz) {
    return (struct waves_slab){n_slices, dz, start, (const double(*)[2])atom_x, atom_type, ++serial};
}

/* n atoms at random places of a square of that edge, equal shares in the slices. */
static struct waves_slab random_slab(int n, int n_slices, double dz, double lo, double hi) {
    for (int i = 0; i < n; i++) {
        double r[2];
        rng_uniform(7, RNG_TEST, (uint64_t)i, 0, r);
        for (int a = 0; a < 2; a++) atom_x[i][a] = lo + (hi - lo) * r[a];
        atom_type[i] = i % 3 == 0;
    }
    for (int s = 0; s <= n_slices; s++) start[s] = (int64_t)n * s / n_slices;
    return slab_of(n_slices, dz);
}

static void run(const struct waves_kind *kind, const struct waves_setup *o, const struct waves_slab *slab,
                const struct waves_place *place, int n, double *out) {
    struct waves *w = NULL;
    memset(out, 0, (size_t)(n * (2 * o->half_x + 1) * (2 * o->half_y + 1)) * sizeof *out);
    assert_int_equal(kind->create(o, &w), ERR_OK);
    assert_int_equal(kind->add(w, slab, place, n, 1, out), ERR_OK);
    kind->destroy(&w);
    assert_int_equal(mem_blocks(), 0);
}

static double pattern[4][260 * 260];

static double pixel(const struct waves_setup *o, const double *p, int i, int j) {
    return p[(j + o->half_y) * (2 * o->half_x + 1) + i + o->half_x];
}

static double total(const struct waves_setup *o, const double *p) {
    double sum = 0;
    for (int i = 0; i < (2 * o->half_x + 1) * (2 * o->half_y + 1); i++) sum += p[i];
    return sum;
}

static double distance(const struct waves_setup *o, const double *p, const double *q) {
    double d = 0, sum = 0;
    for (int i = 0; i < (2 * o->half_x + 1) * (2 * o->half_y + 1); i++) {
        d += fabs(p[i] - q[i]);
        sum += fabs(p[i]);
    }
    return d / sum;
}

/* FT[sigma v](k) = gamma lambda f_e(k): one atom anywhere between pixels under a plane wave. */
static void test_weak_phase(void **state) {
    (void)state;
    const double at[][2] = {{3.1, 4.7}, {5.0, 5.0}, {0.013, 9.99}};
    for (int table = FORMFACTOR_LOBATO; table <= FORMFACTOR_KIRKLAND; table++)
        for (int m = 0; m < 3; m++)
            for (int type = 0; type < 2; type++) {
                double edge = 10;
                struct waves_setup o = setup_of(WAVES_KINEMATIC, 128, edge);
                struct waves_place place = {0};
                o.table = table;
                memcpy(atom_x[0], at[m], sizeof at[m]);
                atom_type[0] = type;
                start[0] = 0;
                start[1] = 1;
                struct waves_slab slab = slab_of(1, 2);
                double limit = waves_limit(&o.window), worst[2] = {0};
                run(&waves_double, &o, &slab, &place, 1, pattern[0]);
                run(&waves_float, &o, &slab, &place, 1, pattern[1]);
                for (int i = -o.half_x; i <= o.half_x; i++)
                    for (int j = -o.half_y; j <= o.half_y; j++) {
                        double k = hypot(i, j) / edge;
                        if (k > 0.999 * limit) continue;
                        double f = o.probe.electron.gamma * o.probe.electron.lambda / (edge * edge) *
                                   formfactor_at(table, metals.number[type], k);
                        for (int p = 0; p < 2; p++)
                            worst[p] = fmax(worst[p], fabs(sqrt(pixel(&o, pattern[p], i, j)) / f - 1));
                    }
                if (worst[0] > 1e-5 || worst[1] > 1e-4) print_error("errors %g %g\n", worst[0], worst[1]);
                assert_true(worst[0] < 1e-5 && worst[1] < 1e-4);
            }
}

/* A strong atom: |FT[exp(i sigma v) - 1]|^2 with sigma v from Bessel functions, compared at small k, where
 * the pole at the nucleus, which no grid resolves, carries little. */
static void test_strong_phase(void **state) {
    (void)state;
    double edge = 10, worst = 0;
    struct waves_setup o = setup_of(WAVES_MULTISLICE, 1024, edge);
    struct waves_place place = {0};
    o.half_x = o.half_y = 30;
    atom_x[0][0] = atom_x[0][1] = 5;
    atom_type[0] = 1;
    start[0] = 0;
    start[1] = 1;
    struct waves_slab slab = slab_of(1, 2);
    static double big[61 * 61];
    run(&waves_double, &o, &slab, &place, 1, big);
    for (int i = 5; i <= 30; i += 5) {
        double k = i / edge, re = 0, im = 0, dt = 0.001;
        for (double t = -14; t < log(4.9); t += dt) { /* Hankel transform, r = exp(t) */
            double r = exp(t),
                   v = o.probe.electron.sigma * formfactor_projected(FORMFACTOR_LOBATO, metals.number[1], r);
            double w = 2 * M_PI * r * r * j0(2 * M_PI * k * r) * dt;
            re += w * (cos(v) - 1);
            im += w * sin(v);
        }
        double expected = (re * re + im * im) / pow(edge, 4);
        worst = fmax(worst, fabs(pixel(&o, big, i, 0) / expected - 1));
    }
    if (worst > 0.005) print_error("worst %g\n", worst);
    assert_true(worst < 0.005);
}

/* sum |psi|^2 stays 1 when nothing is cut (an odd grid has no Nyquist row, so the pattern holds every pixel).
 */
static void test_unitarity(void **state) {
    (void)state;
    struct waves_setup o = setup_of(WAVES_MULTISLICE, 135, 16);
    struct waves_place place = {0, 0, {8, 7.3}};
    o.unlimited = true;
    o.half_x = o.half_y = 67;
    o.probe.semi_angle = 5e-3;
    o.probe.defocus = 30;
    struct waves_slab slab = random_slab(400, 20, 2, 0, 16);
    run(&waves_double, &o, &slab, &place, 1, pattern[0]);
    near(total(&o, pattern[0]), 1, 1e-13);
    run(&waves_float, &o, &slab, &place, 1, pattern[0]);
    near(total(&o, pattern[0]), 1, 1e-5);
}

/* With the band limit, what is lost is what went beyond it, and vacuum loses nothing. */
static void test_vacuum(void **state) {
    (void)state;
    struct waves_setup o = setup_of(WAVES_MULTISLICE, 128, 16);
    struct waves_place place = {0, 0, {8, 8}};
    o.probe.semi_angle = 8e-3;
    memset(start, 0, sizeof start);
    struct waves_slab slab = slab_of(30, 2);
    run(&waves_double, &o, &slab, &place, 1, pattern[0]);
    near(total(&o, pattern[0]), 1, 1e-13);
    double edge = o.probe.semi_angle / o.probe.electron.lambda;
    for (int i = 0; i < 30; i++) /* outside the disc there is nothing */
        if (i / 16. > edge + 0.5 / 16) near(pixel(&o, pattern[0], i, 0), 0, 1e-25);
}

/* N vacuum slices focus as a defocus of N dz does: an atom layer below them, seen by a probe that is focused
 * on it, gives the pattern of the layer alone. */
static void test_fresnel(void **state) {
    (void)state;
    struct waves_setup o = setup_of(WAVES_MULTISLICE, 128, 16);
    struct waves_place place = {0, 0, {8, 8.2}};
    struct waves_slab alone = random_slab(60, 1, 2, 0, 16);
    int n = 25;
    o.probe.semi_angle = 9e-3;
    run(&waves_double, &o, &alone, &place, 1, pattern[0]);
    for (int s = 0; s <= n; s++) start[s] = 0;
    start[n + 1] = 60;
    struct waves_slab below = slab_of(n + 1, 2);
    run(&waves_double, &o, &below, &place, 1, pattern[1]);
    assert_true(distance(&o, pattern[0], pattern[1]) > 0.01); /* out of focus it differs */
    o.probe.defocus = 2.0 * n;
    run(&waves_double, &o, &below, &place, 1, pattern[1]);
    near(distance(&o, pattern[0], pattern[1]), 0, 1e-12);
}

/* A tilted beam is displaced by the depth times the tilt. */
static void test_tilt(void **state) {
    (void)state;
    struct waves_setup o = setup_of(WAVES_MULTISLICE, 128, 16);
    struct waves_place place = {0, 0, {8, 8}};
    struct waves_slab alone = random_slab(60, 1, 2, 4, 12);
    int n = 50;
    o.probe.semi_angle = 9e-3;
    run(&waves_double, &o, &alone, &place, 1, pattern[0]);
    for (int s = 0; s <= n; s++) start[s] = 0;
    start[n + 1] = 60;
    struct waves_slab below = slab_of(n + 1, 2);
    o.probe.defocus = 2.0 * n;
    o.probe.tilt[0] = 10e-3;
    o.probe.tilt[1] = -4e-3;
    place.at[0] -= 2.0 * n * 10e-3;
    place.at[1] += 2.0 * n * 4e-3;
    run(&waves_double, &o, &below, &place, 1, pattern[1]);
    near(distance(&o, pattern[0], pattern[1]), 0, 1e-12);
}

/* N times the same slice without propagation is one slice of N times the phase. */
static void test_equal_slices(void **state) {
    (void)state;
    struct waves_setup o = setup_of(WAVES_MULTISLICE, 81, 12);
    struct waves_place place = {0, 0, {6, 6}};
    int n = 5, atoms = 30;
    o.unlimited = o.still = true;
    o.half_x = o.half_y = 40;
    o.probe.semi_angle = 6e-3;
    random_slab(atoms, 1, 2, 0, 12);
    for (int s = 1; s < n; s++) {
        memcpy(atom_x[s * atoms], atom_x[0], (size_t)atoms * sizeof *atom_x);
        memcpy(atom_type + s * atoms, atom_type, (size_t)atoms * sizeof *atom_type);
    }
    for (int s = 0; s <= n; s++) start[s] = (int64_t)s * atoms;
    struct waves_slab many = slab_of(n, 2);
    run(&waves_double, &o, &many, &place, 1, pattern[0]);
    start[1] = (int64_t)n * atoms;
    struct waves_slab one = slab_of(1, 2);
    run(&waves_double, &o, &one, &place, 1, pattern[1]);
    near(distance(&o, pattern[0], pattern[1]), 0, 1e-12);
}

/* Slices made in portions, waves waiting in between: the same bits. */
static void test_portions(void **state) {
    (void)state;
    struct waves_setup o = setup_of(WAVES_MULTISLICE, 64, 12);
    struct waves_place place[3] = {{0, 0, {6, 6}}, {0, 0, {5, 6.5}}, {0, 0, {7, 4}}};
    o.probe.semi_angle = 6e-3;
    struct waves_slab slab = random_slab(200, 9, 2, 0, 12);
    int64_t size = (2 * o.half_x + 1) * (2 * o.half_y + 1);
    run(&waves_float, &o, &slab, place, 3, pattern[0]);
    o.max_bytes = 2 * 64 * 64 * 8;
    run(&waves_float, &o, &slab, place, 3, pattern[1]);
    assert_memory_equal(pattern[0], pattern[1], 3 * size * (int64_t)sizeof(double));
    assert_true(total(&o, pattern[0]) > 0.9);
}

static void test_prism(void **state) {
    (void)state;
    struct waves_setup o = setup_of(WAVES_MULTISLICE, 96, 18);
    struct waves_place place[2] = {{0, 0, {9, 9}}, {0, 0, {3.21, 14.7}}};
    o.probe.semi_angle = 4e-3;
    o.probe.defocus = 40;
    struct waves_slab slab = random_slab(300, 12, 2, 0, 18);
    run(&waves_double, &o, &slab, place, 2, pattern[0]);
    o.engine = WAVES_PRISM;
    run(&waves_double, &o, &slab, place, 2, pattern[1]);
    near(distance(&o, pattern[0], pattern[1]), 0, 1e-13);
    run(&waves_float, &o, &slab, place, 2, pattern[2]);
    near(distance(&o, pattern[0], pattern[2]), 0, 2e-5);
    o.engine = WAVES_MULTISLICE;
    run(&waves_float, &o, &slab, place, 2, pattern[2]);
    near(distance(&o, pattern[0], pattern[2]), 0, 2e-5);
}

/* Prism with interpolation beside multislice of a window of that size, cut around the probe: in vacuum and in
 * one slice the two are the same thing (but for frequencies that one of them cuts before the square and the
 * other after); in many slices they differ by waves that leave the square, which one has wrapped round. */
static void test_interpolation(void **state) {
    (void)state;
    const struct {
        int slices, atoms;
        double within;
    } cases[] = {{1, 0, 1e-13}, {1, 400, 2e-3}, {10, 200, 2e-3}};
    for (int c = 0; c < 3; c++) {
        struct waves_setup cut = setup_of(WAVES_MULTISLICE, 72, 18), all = setup_of(WAVES_PRISM, 144, 36);
        /* the probe stands in the middle of the square, and between pixels */
        struct waves_place in = {40, 24, {9.04, 8.95}}, at = {0, 0, {40 * 0.25 + 9.04, 24 * 0.25 + 8.95}};
        struct waves_slab slab = random_slab(cases[c].atoms, cases[c].slices, 2, 0, 36);
        cut.probe.semi_angle = all.probe.semi_angle = 8e-3;
        cut.tile_nx = cut.tile_ny = 144;
        all.interpolation = 2;
        all.half_x = all.half_y = cut.half_x;
        run(&waves_double, &cut, &slab, &in, 1, pattern[0]);
        run(&waves_double, &all, &slab, &at, 1, pattern[1]);
        print_message("%d slices: %.2g apart, sum %.6f\n", cases[c].slices,
                      distance(&cut, pattern[0], pattern[1]), total(&cut, pattern[1]));
        near(distance(&cut, pattern[0], pattern[1]), 0, cases[c].within);
        if (!cases[c].atoms) near(total(&cut, pattern[1]), 1, 1e-12);
        run(&waves_float, &all, &slab, &at, 1, pattern[2]);
        near(distance(&cut, pattern[1], pattern[2]), 0, 2e-5);
    }
}

/* A window cut from a larger tile sees the same cluster. */
static void test_window(void **state) {
    (void)state;
    for (int engine = WAVES_KINEMATIC; engine <= WAVES_MULTISLICE; engine++) {
        struct waves_setup o = setup_of(engine, 128, 32);
        struct waves_place place = {0, 0, {16, 16}};
        o.probe.semi_angle = 4e-3;
        struct waves_slab slab = random_slab(80, 4, 2, 12, 20);
        run(&waves_double, &o, &slab, &place, 1, pattern[0]);
        o.tile_nx = 200;
        o.tile_ny = 160;
        place.x = 61;
        place.y = 17;
        for (int i = 0; i < 80; i++) {
            atom_x[i][0] += 61 * 0.25;
            atom_x[i][1] += 17 * 0.25;
        }
        slab.serial = ++serial;
        run(&waves_double, &o, &slab, &place, 1, pattern[1]);
        /* potentials reach further in a larger tile, and the cut at the band limit rings */
        near(distance(&o, pattern[0], pattern[1]), 0, 2e-3);
    }
}

/* Angular power |I_n|^2 of a ring of pixels near radius r, by interpolation along the circle. */
static double power(const struct waves_setup *o, const double *p, double r, int n) {
    double re = 0, im = 0;
    int m = 720;
    for (int s = 0; s < m; s++) {
        double phi = 2 * M_PI * s / m, x = r * cos(phi), y = r * sin(phi);
        int i = (int)floor(x), j = (int)floor(y);
        double u = x - i, v = y - j;
        double a = (1 - u) * (1 - v) * pixel(o, p, i, j) + u * (1 - v) * pixel(o, p, i + 1, j) +
                   (1 - u) * v * pixel(o, p, i, j + 1) + u * v * pixel(o, p, i + 1, j + 1);
        re += a * cos(n * phi);
        im += a * sin(n * phi);
    }
    return (re * re + im * im) / ((double)m * m);
}

/* A five-fold ring of atoms: thin, flat and in focus it has I(-k) = I(k) to the last bit and shows at n = 10,
 * not at n = 5; curvature, defocus and multiple scattering each bring n = 5. */
static void test_five_fold(void **state) {
    (void)state;
    struct waves_setup o = setup_of(WAVES_KINEMATIC, 128, 20);
    struct waves_place place = {0, 0, {10.13, 9.91}};
    o.probe.semi_angle = 4e-3;
    for (int i = 0; i < 10; i++) { /* two pentagons, the lower one larger: no inversion centre in depth */
        double phi = 2 * M_PI * i / 5 + 0.1, r = i < 5 ? 2.3 : 3.9;
        atom_x[i][0] = 10.13 + r * cos(phi);
        atom_x[i][1] = 9.91 + r * sin(phi);
        atom_type[i] = 1;
    }
    start[0] = 0;
    for (int s = 1; s < 20; s++) start[s] = 5;
    start[20] = 10;
    struct waves_slab slab = slab_of(20, 2);
    run(&waves_float, &o, &slab, &place, 1, pattern[0]);
    for (int i = -o.half_x; i <= o.half_x; i++)
        for (int j = -o.half_y; j <= o.half_y; j++)
            assert_true(pixel(&o, pattern[0], i, j) == pixel(&o, pattern[0], -i, -j));
    double r = 0.45 * 20; /* near the first maximum */
    double zero = power(&o, pattern[0], r, 0);
    assert_true(power(&o, pattern[0], r, 5) < 1e-28 * zero);
    assert_true(power(&o, pattern[0], r, 10) > 1e-3 * zero);
    assert_true(power(&o, pattern[0], r, 8) < 0.05 * power(&o, pattern[0], r, 10));

    o.curvature = true;
    run(&waves_double, &o, &slab, &place, 1, pattern[1]);
    assert_true(power(&o, pattern[1], r, 5) > 1e-6 * zero);
    o.curvature = false;
    o.probe.defocus = 400;
    run(&waves_double, &o, &slab, &place, 1, pattern[1]);
    assert_true(power(&o, pattern[1], r, 5) > 1e-6 * zero);
    o.probe.defocus = 0;
    o.engine = WAVES_MULTISLICE;
    run(&waves_double, &o, &slab, &place, 1, pattern[1]);
    assert_true(power(&o, pattern[1], r, 5) > 1e-6 * power(&o, pattern[1], r, 0));
}

/* Ewald sphere by depth phase against the sum written out: two atoms one above the other under a plane wave
 * interfere as |f1 exp(-i pi lambda d k^2) + f2|^2. */
static void test_curvature(void **state) {
    (void)state;
    struct waves_setup o = setup_of(WAVES_KINEMATIC, 128, 10);
    struct waves_place place = {0};
    o.curvature = true;
    atom_x[0][0] = atom_x[1][0] = 4.3;
    atom_x[0][1] = atom_x[1][1] = 6.1;
    atom_type[0] = 0;
    atom_type[1] = 1;
    int n = 16;
    start[0] = 0;
    for (int s = 1; s < n; s++) start[s] = 1;
    start[n] = 2;
    struct waves_slab slab = slab_of(n, 2.5);
    run(&waves_double, &o, &slab, &place, 1, pattern[0]);
    double worst = 0, depth = (n - 1) * 2.5, scale = o.probe.electron.gamma * o.probe.electron.lambda / 100;
    for (int i = 0; i <= 30; i++)
        for (int j = -20; j <= 20; j++) {
            double k = hypot(i, j) / 10, c = cos(M_PI * o.probe.electron.lambda * depth * k * k);
            double f = scale * formfactor_at(FORMFACTOR_LOBATO, 29, k);
            double g = scale * formfactor_at(FORMFACTOR_LOBATO, 40, k);
            worst = fmax(worst, fabs(pixel(&o, pattern[0], i, j) - (f * f + g * g + 2 * f * g * c)) /
                                    (f * f + g * g));
        }
    if (worst > 1e-5) print_error("worst %g\n", worst);
    assert_true(worst < 1e-5);
}

/* A crystal of one element seen along z: places by rows of cells, slices by depth. */
static struct waves_slab crystal(const double (*site)[3], int n_sites, const int *type, double a, int cells,
                                 int deep, int n_slices) {
    double thickness = a * deep, dz = thickness / n_slices;
    int n = 0;
    for (int s = 0; s < n_slices; s++) {
        start[s] = n;
        for (int z = 0; z < deep; z++)
            for (int m = 0; m < n_sites; m++) {
                double depth = (z + site[m][2] + 0.13) * a;
                if ((int)(depth / dz) != s) continue;
                for (int x = 0; x < cells; x++)
                    for (int y = 0; y < cells; y++) {
                        assert_true(n < MOST);
                        atom_x[n][0] = (x + site[m][0] + 0.07) * a;
                        atom_x[n][1] = (y + site[m][1] + 0.21) * a;
                        atom_type[n++] = type[m];
                    }
            }
    }
    start[n_slices] = n;
    return slab_of(n_slices, dz);
}

static const double fcc[][3] = {{0, 0, 0}, {0, .5, .5}, {.5, 0, .5}, {.5, .5, 0}};
static const double bcc[][3] = {{0, 0, 0}, {.5, .5, .5}};
static const int all_cu[] = {0, 0, 0, 0}, all_zr[] = {1, 1}, in_b2[] = {0, 1};

/* [001] patterns: fcc shows h, k both even; bcc shows h + k even; B2 shows h + k odd weakly, with (f1 - f2)^2
 * (first layer of reciprocal space). Forbidden spots below 1e-6 of the strongest, and spots only at cells'
 * multiples. */
static void test_zone_axes(void **state) {
    (void)state;
    const struct {
        const double (*site)[3];
        int n;
        const int *type;
        double a;
        int rule;
    } row[] = {{fcc, 4, all_cu, 3.6149, 0}, {bcc, 2, all_zr, 3.57, 1}, {bcc, 2, in_b2, 3.26, 2}};
    int cells = 5;
    for (int r = 0; r < 3; r++) {
        struct waves_setup o = setup_of(WAVES_KINEMATIC, 128, row[r].a * cells);
        struct waves_place place = {0};
        struct waves_slab slab = crystal(row[r].site, row[r].n, row[r].type, row[r].a, cells, 3, 6);
        run(&waves_float, &o, &slab, &place, 1, pattern[0]);
        double strongest = pixel(&o, pattern[0], row[r].rule ? cells : 2 * cells, row[r].rule ? cells : 0);
        for (int i = -o.half_x; i <= o.half_x; i++)
            for (int j = -o.half_y; j <= o.half_y; j++) {
                double v = pixel(&o, pattern[0], i, j) / strongest;
                int h = i / cells, k = j / cells;
                if (hypot(i, j) > 0.95 * o.half_x) continue;
                if (i % cells || j % cells) {
                    assert_true(v < 1e-6);
                    continue;
                }
                bool allowed = row[r].rule == 0 ? h % 2 == 0 && k % 2 == 0 : (h + k) % 2 == 0;
                if (allowed) assert_true(v > 1e-4);
                else if (row[r].rule < 2) assert_true(v < 1e-6);
                else {
                    double g = hypot(h, k) / row[r].a, f1 = formfactor_at(FORMFACTOR_LOBATO, 29, g),
                           f2 = formfactor_at(FORMFACTOR_LOBATO, 40, g);
                    double s = M_SQRT2 / row[r].a, strong = formfactor_at(FORMFACTOR_LOBATO, 29, s) +
                                                            formfactor_at(FORMFACTOR_LOBATO, 40, s);
                    near(v, pow((f1 - f2) / strong, 2), 1e-4 * v + 1e-6);
                }
            }
    }
}

/* Cu [001], 14.5 A, slices of 2.07 A against half of it: strong beams within 1 %. */
static void test_slice_thickness(void **state) {
    (void)state;
    int cells = 4;
    struct waves_setup o = setup_of(WAVES_MULTISLICE, 128, 3.6149 * cells);
    struct waves_place place = {0};
    struct waves_slab slab = crystal(fcc, 4, all_cu, 3.6149, cells, 4, 7);
    run(&waves_double, &o, &slab, &place, 1, pattern[0]);
    slab = crystal(fcc, 4, all_cu, 3.6149, cells, 4, 14);
    run(&waves_double, &o, &slab, &place, 1, pattern[1]);
    int strong = 0;
    for (int h = -2; h <= 2; h += 2)
        for (int k = -2; k <= 2; k += 2) {
            double p = pixel(&o, pattern[0], h * cells, k * cells);
            if (p < 1e-3) continue;
            near(pixel(&o, pattern[1], h * cells, k * cells), p, 0.01 * p);
            strong++;
        }
    assert_true(strong == 9);
    assert_true(distance(&o, pattern[0], pattern[1]) > 1e-9);
    assert_true(total(&o, pattern[0]) > 0.99);
}

/* Thin, weak: multislice outside the direct beam tends to the kinematic pattern. */
static void test_born(void **state) {
    (void)state;
    struct waves_setup o = setup_of(WAVES_KINEMATIC, 128, 20);
    struct waves_place place = {0, 0, {10, 10}};
    o.probe.semi_angle = 2e-3;
    o.probe.electron = formfactor_electron(300e3);
    struct waves_slab slab = random_slab(12, 1, 2, 5, 15);
    double sum = 0, d = 0;
    for (int i = 0; i < 12; i++) atom_type[i] = 0;
    run(&waves_double, &o, &slab, &place, 1, pattern[0]);
    o.engine = WAVES_MULTISLICE;
    slab.serial = ++serial;
    run(&waves_double, &o, &slab, &place, 1, pattern[1]);
    for (int i = -o.half_x; i <= o.half_x; i++)
        for (int j = -o.half_y; j <= o.half_y; j++) {
            if (hypot(i, j) < 5 || hypot(i, j) > 20) continue;
            sum += pixel(&o, pattern[0], i, j);
            d += fabs(pixel(&o, pattern[0], i, j) - pixel(&o, pattern[1], i, j));
        }
    if (d / sum > 0.1) print_error("differs by %g\n", d / sum);
    assert_true(d / sum < 0.1 && d / sum > 1e-4);
}

/* Ring against structure factor: an icosahedron of 13 atoms, turned 400 ways (fixed seed), under a plane
 * wave. The mean of |psi(k)|^2 / (gamma lambda / A)^2 / (N f^2) is Debye's S(Q) = (1/N) sum sin(Q r) / (Q r);
 * the first peak lies within 0.01 1/A of its. 400 turns leave 2 % of noise on a pixel of the ring; the shift
 * is fitted to the 600 pixels of Q = 2 to 4 and seeds are fixed, so nothing can fail by chance. The raw peak,
 * not divided by f^2, is printed. */
static void test_ring(void **state) {
    (void)state;
    const double edge = 24, bond = 2.7, g = 1.6180339887498949;
    double site[13][3] = {{0}}, norm = sqrt(1 + g * g), peak[2] = {0}, at[2] = {0};
    int n = 1, turns = 400;
    for (int a = 0; a < 3; a++)
        for (int c = 0; c < 4; c++, n++) {
            site[n][(a + 1) % 3] = (c & 1 ? 1 : -1) * bond / norm;
            site[n][(a + 2) % 3] = (c & 2 ? g : -g) * bond / norm;
        }
    struct waves_setup o = setup_of(WAVES_KINEMATIC, 96, edge);
    struct waves_place place = {0};
    struct waves *w = NULL;
    o.half_x = o.half_y = 26;
    memset(pattern[0], 0, sizeof pattern[0]);
    assert_int_equal(waves_float.create(&o, &w), ERR_OK);
    start[0] = 0;
    start[1] = 13;
    for (int t = 0; t < turns; t++) {
        double q[4], r = 0;
        rng_normal(11, RNG_TEST, (uint64_t)t, 0, 4, q);
        for (int a = 0; a < 4; a++) r += q[a] * q[a];
        for (int a = 0; a < 4; a++) q[a] /= sqrt(r);
        for (int i = 0; i < 13; i++) {
            const double *x = site[i];
            atom_x[i][0] = edge / 2 + (1 - 2 * (q[2] * q[2] + q[3] * q[3])) * x[0] +
                           2 * (q[1] * q[2] - q[0] * q[3]) * x[1] + 2 * (q[1] * q[3] + q[0] * q[2]) * x[2];
            atom_x[i][1] = edge / 2 + 2 * (q[1] * q[2] + q[0] * q[3]) * x[0] +
                           (1 - 2 * (q[1] * q[1] + q[3] * q[3])) * x[1] +
                           2 * (q[2] * q[3] - q[0] * q[1]) * x[2];
            atom_type[i] = 0;
        }
        struct waves_slab slab = slab_of(1, 2);
        assert_int_equal(waves_float.add(w, &slab, &place, 1, 1.0 / turns, pattern[0]), ERR_OK);
    }
    waves_float.destroy(&w);
    double scale = pow(edge * edge / (o.probe.electron.gamma * o.probe.electron.lambda), 2) / 13, up = 0,
           down = 0;
    double curve[4001];
    for (int m = 0; m <= 4000; m++) {
        double Q = m * 0.0015, f = formfactor_at(FORMFACTOR_LOBATO, 29, Q / (2 * M_PI));
        curve[m] = 0;
        for (int i = 0; i < 13; i++)
            for (int j = 0; j < 13; j++) {
                double r =
                    hypot(hypot(site[i][0] - site[j][0], site[i][1] - site[j][1]), site[i][2] - site[j][2]);
                curve[m] += (Q * r > 0 ? sin(Q * r) / (Q * r) : 1) / 13;
            }
        for (int raw = 0; raw < 2; raw++)
            if (Q > 2 && Q < 4 && curve[m] * (raw ? f * f : 1) > peak[raw]) {
                peak[raw] = curve[m] * (raw ? f * f : 1);
                at[raw] = Q;
            }
    }
    for (int i = -26; i <= 26; i++)
        for (int j = -26; j <= 26; j++) {
            double k = hypot(i, j) / edge, Q = 2 * M_PI * k, f = formfactor_at(FORMFACTOR_LOBATO, 29, k);
            int m = (int)(Q / 0.0015 + 0.5);
            if (Q < 2 || Q > 4) continue;
            double slope = (curve[m + 20] - curve[m - 20]) / 0.06;
            up += (pixel(&o, pattern[0], i, j) * scale / (f * f) - curve[m]) * slope;
            down += slope * slope;
        }
    print_message("first peak of S(Q) %.3f 1/A, ring shifted by %.4f; not divided by f^2 it lies at %.3f\n",
                  at[0], -up / down, at[1]);
    assert_true(fabs(up / down) < 0.01);
    assert_true(at[0] - at[1] > 0.02);
}

/* FWHM of the sampled probe in real space: 0.5145 lambda / alpha, within the softness of its edge. */
static void test_probe(void **state) {
    (void)state;
    struct probe p = {.electron = formfactor_electron(300e3)};
    p.semi_angle = probe_angle(&p.electron, 10);
    near(p.semi_angle * 1e3, 1.01291, 1e-4); /* 0.514497 * 0.01968749 / 10 */
    near(probe_fwhm(&p), 10, 1e-12);
    struct probe_beams b;
    assert_int_equal(probe_sample(&p, 200, 200, &b), ERR_OK);
    double half = 0, peak = 0;
    for (double r = 0; r < 20; r += 0.01) {
        double re = 0;
        for (int n = 0; n < b.n; n++) re += b.c[n][0] * cos(2 * M_PI * b.i[n] * r / 200);
        if (r == 0) peak = re * re;
        if (re * re > peak / 2) half = r;
    }
    near(2 * half, 10, 0.15);
    probe_free(&b);
    assert_int_equal(mem_blocks(), 0);
    assert_int_equal(waves_friendly(241), 250);
    assert_int_equal(waves_friendly(256), 256);
    assert_int_equal(waves_friendly(7), 8);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_weak_phase),
                                       cmocka_unit_test(test_strong_phase),
                                       cmocka_unit_test(test_unitarity),
                                       cmocka_unit_test(test_vacuum),
                                       cmocka_unit_test(test_fresnel),
                                       cmocka_unit_test(test_tilt),
                                       cmocka_unit_test(test_equal_slices),
                                       cmocka_unit_test(test_portions),
                                       cmocka_unit_test(test_prism),
                                       cmocka_unit_test(test_interpolation),
                                       cmocka_unit_test(test_window),
                                       cmocka_unit_test(test_five_fold),
                                       cmocka_unit_test(test_curvature),
                                       cmocka_unit_test(test_zone_axes),
                                       cmocka_unit_test(test_slice_thickness),
                                       cmocka_unit_test(test_born),
                                       cmocka_unit_test(test_ring),
                                       cmocka_unit_test(test_probe)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
