/* ranks: 1 2 3 4 8
 * The same run on all ranks and on one: every rank also runs the whole system alone and compares. Positions,
 * velocities and forces must be equal bit for bit, in every ensemble, for a bulk alloy and for a rod with
 * empty ranks. */
#include "md/kernel.h"
#include "scene.h"
#include "tap.h"

#include <math.h>

static const char lj[] =
    "units: lj\nmaterial: {composition: {A: 0.8, B: 0.2}}\n"
    "potential: {kind: lj, epsilon: {A-A: 1, A-B: 1.5, B-B: 0.5}, sigma: {A-A: 1, A-B: 0.8, B-B: 0.88}}\n"
    "build: {kind: random_alloy, lattice: fcc, density: 1.2, n_atoms: 500}\n"
    "md:\n  time_step: 0.002\n  stages:\n    - {name: s, %s, steps: 100}\n";
static const char eam[] =
    "material: {composition: {Cu: 0.64, Zr: 0.36}}\npotential: {kind: zhou, cutoff: 7 A}\n"
    "build: {kind: random_alloy, lattice: fcc, lattice_constant: 4.05 A, n_atoms: 500}\n"
    "md:\n  time_step: 2 fs\n  stages:\n    - {name: s, %s, steps: 100}\n";
static const char mixed[] =
    "material: {composition: {Cu: 0.64, Zr: 0.36}}\n"
    "potential: {kind: zhou, cutoff: 7 A, precision: mixed}\n"
    "build: {kind: random_alloy, lattice: fcc, lattice_constant: 4.05 A, n_atoms: 500}\n"
    "md:\n  time_step: 2 fs\n  stages:\n    - {name: s, %s, steps: 100}\n";
static const char rod[] =
    "material: {composition: {Cu: 0.64, Zr: 0.36}}\npotential: {kind: zhou, cutoff: 7 A}\n"
    "build: {kind: random_alloy, lattice: fcc, lattice_constant: 4.05 A, cells: [1, 1, 9], periodic: z, "
    "vacuum: 40 A}\n"
    "md:\n  time_step: 2 fs\n  stages:\n    - {name: s, %s, steps: 100}\n";
/* long enough for rows far from other ranks on up to 4 of them */
static const char bar[] =
    "material: {composition: {Cu: 0.64, Zr: 0.36}}\npotential: {kind: zhou, cutoff: 6 A%s}\n"
    "build: {kind: random_alloy, lattice: fcc, lattice_constant: 4.05 A, cells: [2, 2, 20]}\n"
    "md:\n  time_step: 2 fs\n  stages:\n    - {name: s, ensemble: nve, steps: 100}\n";
static const char two_atoms[] =
    "units: lj\nmaterial: {species: [A]}\npotential: {kind: lj, epsilon: {A-A: 1}, sigma: {A-A: 1}}\n"
    "build: {kind: crystal, lattice: bcc, lattice_constant: 1.3, cells: [1, 1, 1], periodic: none, "
    "vacuum: 5}\nmd:\n  time_step: 0.002\n  stages:\n    - {name: s, %s, steps: 100}\n";

static const char dimer[] =
    "material: {species: [Cu]}\npotential: {kind: zhou, cutoff: 7 A}\n"
    "build: {kind: crystal, lattice: bcc, lattice_constant: 3.2 A, cells: [1, 1, 1], periodic: none, "
    "vacuum: 20 A}\nmd:\n  time_step: 2 fs\n  stages:\n    - {name: s, %s, steps: 100}\n";

struct bits {
    double x[3], v[3], f[3];
};

/* All atoms by id on every rank. */
static int collect(struct scene *s, struct bits *all) {
    struct frame *f = &s->system.frame;
    memset(all, 0, (size_t)f->n_global * sizeof *all);
    for (int i = 0; i < f->n; i++) {
        struct bits *b = &all[f->id[i] - 1];
        for (int a = 0; a < 3; a++) {
            b->x[a] = f->x[i][a] + f->image[i][a] * f->box.len[a];
            b->v[a] = f->v[i][a];
            b->f[a] = f->f[i][a];
        }
    }
    comm_sum(&s->system.comm, (double *)all, (int)(f->n_global * 9)); /* one rank has it, the others add 0 */
    return ERR_OK;
}

static int run(const struct comm *comm, const char *text, double temperature, struct bits *all,
               double *energy) {
    struct scene s;
    int e = scene_open(comm, text, temperature, &s);
    for (int k = 0; k < 100 && !e; k++) e = integrate_step(&s.integrate, &s.system, k, k == 99, 0);
    if (!e) {
        integrate_flush(&s.integrate, &s.system);
        e = collect(&s, all);
        *energy = scene_energy(&s);
    }
    scene_close(&s);
    return e;
}

static void compare(const char *what, const char *pattern, const char *ensemble, double temperature,
                    int64_t n) {
    char text[1200], label[160];
    struct bits *together = NULL, *alone = NULL;
    double e1 = 0, e2 = 0, off = 0, rms = 0;
    struct comm self = comm_self();
    snprintf(text, sizeof text, pattern, ensemble);
    snprintf(label, sizeof label, "%s, %s", what, ensemble);
    int e = MEM_NEW(together, n);
    if (!e) e = MEM_NEW(alone, n);
    if (!e) e = run(&tap_comm, text, temperature, together, &e1);
    if (!e) e = run(&self, text, temperature, alone, &e2);
    tap_pass(e, label);
    int same = !e && memcmp(together, alone, (size_t)n * sizeof *alone) == 0;
    for (int64_t k = 0; k < n && !e; k++)
        for (int a = 0; a < 3; a++) {
            off = fmax(off, fabs(together[k].f[a] - alone[k].f[a]));
            rms += alone[k].f[a] * alone[k].f[a] / (3 * (double)n);
        }
    if (!same) printf("# rank %d: largest force difference %g of rms %g\n", tap_comm.rank, off, sqrt(rms));
    snprintf(label, sizeof label, "%s, %s: all bits equal after 100 steps", what, ensemble);
    tap_ok(same, label);
    snprintf(label, sizeof label, "%s, %s: energy to 1e-10", what, ensemble);
    tap_ok(fabs(e1 - e2) <= 1e-10 * fabs(e2), label);
    mem_free(&together);
    mem_free(&alone);
}

int main(int argc, char **argv) {
    tap_begin(&argc, &argv);
    compare("Kob-Andersen", lj, "ensemble: nve", 2, 500);
    compare("Kob-Andersen", lj, "ensemble: nvt, temperature: 2", 2, 500);
    compare("Kob-Andersen", lj, "ensemble: nvt, thermostat: langevin, temperature: 2", 2, 500);
    compare("Kob-Andersen", lj, "ensemble: nvt, thermostat: bussi, temperature: 2", 2, 500);
    compare("Kob-Andersen", lj, "ensemble: npt, pressure: 19, temperature: 2", 2, 500);
    compare("Cu-Zr", eam, "ensemble: nve", 1000, 500);
    compare("Cu-Zr", eam, "ensemble: npt, temperature: 1000 K, axes: independent", 1000, 500);
    if (kernel_now() != &kernel_plain)
        compare("Cu-Zr, mixed precision", mixed, "ensemble: nvt, temperature: 1000 K", 1000, 500);
    compare("rod with empty ranks", rod, "ensemble: nvt, temperature: 300 K", 300, 36);
    compare("rod with empty ranks", rod, "ensemble: npt, axes: z, temperature: 300 K", 300, 36);
    compare("bar", bar, "", 600, 320);
    if (kernel_now() != &kernel_plain) compare("bar, mixed", bar, ", precision: mixed", 600, 320);
    compare("two atoms", two_atoms, "ensemble: nve", 0.1, 2);
    compare("two atoms, pruned lists", dimer, "ensemble: nve", 2000, 2);
    return tap_end();
}
