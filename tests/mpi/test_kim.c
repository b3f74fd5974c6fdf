/* ranks: 1 2 3 4 8
 * Models of OpenKIM on several ranks: rank 0 also runs the whole system alone, and all compare: in the bulk,
 * in a bar whose bricks are thinner than the range, in a rod in vacuum with empty ranks, at constant
 * pressure. Sums over ranks have another order: the forces of one pass agree to 1e-12 of their size, and
 * after 25 steps, which make differences grow (exponent of some 10 a ps), to 1e-10. Energy is conserved, with
 * the error of velocity Verlet: a quarter at half the time step (1 and 2 ranks). */
#include "kim_here.h"
#include "scene.h"
#include "tap.h"

#include <math.h>

#define POTENTIAL \
    "material: {composition: {Cu: 0.64, Zr: 0.36}}\npotential: {kind: kim, model: " KIM_2019 "}\n"
#define STEPS "md:\n  time_step: 2 fs\n  stages:\n    - {name: s, %s, steps: 25}\n"

static const char bulk[] =
    POTENTIAL "build: {kind: random_alloy, lattice: fcc, lattice_constant: 4.05 A, n_atoms: 256}\n" STEPS;
static const char bar[] = POTENTIAL
    "build: {kind: random_alloy, lattice: fcc, lattice_constant: 4.05 A, cells: [2, 2, 12]}\n" STEPS;
static const char rod[] = POTENTIAL
    "build: {kind: random_alloy, lattice: fcc, lattice_constant: 4.05 A, cells: [1, 1, 9], periodic: z, "
    "vacuum: 40 A}\n" STEPS;

static const char nve[] =
    POTENTIAL "build: {kind: random_alloy, lattice: fcc, lattice_constant: 4.05 A, n_atoms: 256}\n"
              "md:\n  time_step: %d fs\n  stages:\n    - {name: s, ensemble: nve, duration: 0.1 ps}\n";

/* Positions and forces by id on every rank, [6 n_global]. */
static void collect(struct scene *s, double *all) {
    struct frame *f = &s->system.frame;
    memset(all, 0, (size_t)f->n_global * 6 * sizeof *all);
    for (int i = 0; i < f->n; i++)
        for (int a = 0; a < 3; a++) {
            all[6 * (f->id[i] - 1) + a] = f->x[i][a] + f->image[i][a] * f->box.len[a];
            all[6 * (f->id[i] - 1) + 3 + a] = f->f[i][a];
        }
    comm_sum(&s->system.comm, all, (int)(f->n_global * 6));
}

struct outcome {
    double *first, *last; /* after no and after 25 steps */
    double virial[6];
};

static int run(const struct comm *comm, const char *text, struct outcome *out) {
    struct scene s;
    int e = scene_open(comm, text, 600, &s);
    if (!e) e = MEM_NEW(out->first, 6 * s.system.frame.n_global);
    if (!e) e = MEM_NEW(out->last, 6 * s.system.frame.n_global);
    if (!e) e = system_forces(&s.system, POT_ENERGY | POT_VIRIAL);
    if (!e) e = s.system.failed;
    if (!e) {
        collect(&s, out->first);
        memcpy(out->virial, s.system.result.virial, sizeof out->virial);
        comm_sum(comm, out->virial, 6);
    }
    for (int k = 0; k < 25 && !e; k++) e = integrate_step(&s.integrate, &s.system, k, k == 24, 0);
    if (!e) {
        integrate_flush(&s.integrate, &s.system);
        collect(&s, out->last);
    }
    scene_close(&s);
    return e;
}

/* Largest difference of positions (A) and of forces in units of their rms. */
static void differ(const double *a, const double *b, int64_t n, double *x, double *f) {
    double rms = 0;
    *x = *f = 0;
    for (int64_t k = 0; k < 6 * n; k++) {
        double d = fabs(a[k] - b[k]);
        if (k % 6 < 3) *x = fmax(*x, d);
        else *f = fmax(*f, d), rms += b[k] * b[k] / (double)n;
    }
    *f /= sqrt(rms);
}

static void compare(const char *what, const char *pattern, const char *ensemble, int64_t n) {
    char text[1200], label[200];
    struct outcome together = {0}, alone = {0};
    struct comm self = comm_self();
    double x = 0, f = 0, v = 0, most = 0;
    snprintf(text, sizeof text, pattern, ensemble);
    snprintf(label, sizeof label, "%s, %s", what, ensemble);
    int e = run(&tap_comm, text, &together);
    if (!e && tap_comm.rank == 0) e = run(&self, text, &alone);
    if (!e && tap_comm.rank > 0) e = MEM_NEW(alone.first, 6 * n);
    if (!e && tap_comm.rank > 0) e = MEM_NEW(alone.last, 6 * n);
    e = err_agree(&tap_comm, e);
    if (!tap_pass(e, label)) {
        comm_bcast(&tap_comm, alone.first, 6 * (size_t)n * sizeof *alone.first);
        comm_bcast(&tap_comm, alone.last, 6 * (size_t)n * sizeof *alone.last);
        comm_bcast(&tap_comm, alone.virial, sizeof alone.virial);
        differ(together.first, alone.first, n, &x, &f);
        for (int c = 0; c < 6; c++) {
            v = fmax(v, fabs(together.virial[c] - alone.virial[c]));
            most = fmax(most, fabs(alone.virial[c]));
        }
        if (tap_comm.rank == 0) printf("# first pass: forces %.1e, virial %.1e\n", f, v / most);
        snprintf(label, sizeof label, "%s, %s: forces and virial as alone", what, ensemble);
        tap_ok(f <= 1e-12 && v <= 1e-11 * most, label);
        differ(together.last, alone.last, n, &x, &f);
        if (tap_comm.rank == 0) printf("# 25 steps: positions %.1e A, forces %.1e\n", x, f);
        snprintf(label, sizeof label, "%s, %s: as alone after 25 steps", what, ensemble);
        tap_ok(x <= 1e-10 && f <= 1e-10, label);
    }
    mem_free(&together.first);
    mem_free(&together.last);
    mem_free(&alone.first);
    mem_free(&alone.last);
}

/* Change of the total energy from 0.02 to 0.1 ps, eV. */
static int drift(int fs, double *change) {
    char text[1200];
    struct scene s;
    double at[2] = {0};
    int n = 100 / fs;
    snprintf(text, sizeof text, nve, fs);
    int e = scene_open(&tap_comm, text, 600, &s);
    for (int k = 1; k <= n && !e; k++) {
        e = integrate_step(&s.integrate, &s.system, k - 1, k == n / 5 || k == n, 0);
        integrate_flush(&s.integrate, &s.system);
        if (k == n / 5) at[0] = scene_energy(&s);
        if (k == n) at[1] = scene_energy(&s);
    }
    *change = at[1] - at[0];
    scene_close(&s);
    return e;
}

static void conserve(void) {
    double two, one;
    int e = drift(2, &two);
    if (!e) e = drift(1, &one);
    if (tap_pass(e, "nve at 2 fs and 1 fs")) return;
    if (tap_comm.rank == 0) printf("# energy changes by %.3e and %.3e eV\n", two, one);
    tap_ok(fabs(two) <= 1e-5 * 256 && fabs(two / one - 4) < 0.4,
           "energy conserved, error by the square of the step");
}

int main(int argc, char **argv) {
    int wrong;
    const char *absent = NULL;
    struct species s = {0};
    struct pot *pot = NULL;
    tap_begin(&argc, &argv);
    wrong = species_add(&s, "Cu", 0);
    if (!wrong) pot = kim_here(KIM_2019, &s, &absent, &wrong);
    pot_destroy(&pot);
    if (absent) {
        char label[200];
        snprintf(label, sizeof label, "runs with models of OpenKIM # SKIP %s", absent);
        tap_ok(1, label);
    } else if (!tap_pass(wrong, "the model opens")) {
        compare("bulk", bulk, "ensemble: npt, temperature: 600 K", 256);
        compare("bar", bar, "ensemble: nve", 192);
        compare("rod", rod, "ensemble: nvt, temperature: 300 K", 36);
        if (tap_comm.size < 3) conserve();
    }
    return tap_end();
}
