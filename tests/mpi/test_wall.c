/* ranks: 1 3
 * Energy with walls: a liquid pressed by a damped piston into a pore with rings conserves the sum of its own
 * energy, the walls', the piston's and what the damping took, to the norm of a periodic box; and the same to
 * the bit on any number of ranks. */
#include "scene.h"
#include "tap.h"

#include <math.h>

/* Lennard-Jones with the ratios of Kob and Andersen; 2048 atoms */
static const char pressed[] =
    "seed: 1\nmaterial: {composition: {Ni: 0.8, P: 0.2}}\n"
    "potential:\n  kind: lj\n  cutoff_sigma: 2.5\n  shift: force\n"
    "  epsilon: {Ni-Ni: 0.1 eV, Ni-P: 0.15 eV, P-P: 0.05 eV}\n"
    "  sigma: {Ni-Ni: 2.3 A, Ni-P: 1.84 A, P-P: 2.024 A}\n"
    "build: {kind: random_alloy, lattice: fcc, density: 8 g/cm3, cells: [8, 8, 8], periodic: xy, vacuum: 2 "
    "A}\n"
    "md:\n  time_step: 1 fs\n  stages:\n"
    "    - {name: melt, ensemble: nvt, temperature: 1200 K, steps: 1500, thermostat: langevin, "
    "thermostat_time: "
    "0.1 ps,\n"
    "       wall: {sigma: 2.3 A, epsilon: 0.1 eV, surface: 32 A, pressure: 4 GPa}}\n"
    "    - {name: press, ensemble: nve, steps: 3000,\n"
    "       wall: {sigma: 2.3 A, epsilon: 0.1 eV, surface: 32 A, pore: 18 A, roughness: 0.7 A, pressure: 4 "
    "GPa, "
    "piston_time: 1 ps}}\n";

static int begin(struct scene *s, int k) {
    integrate_flush(&s->integrate, &s->system);
    s->stage = stage_get(s->deck, k);
    s->system.walled = wall_wanted(s->deck, k);
    TRY(wall_begin(&s->system.wall, &tap_comm, s->deck, k, &s->system.frame, s->system.mvv, false));
    TRY(system_cut(&s->system));
    return integrate_begin(&s->integrate, &s->system, &s->stage, deck_real(s->deck, "md.time_step"));
}

/* Issue of the engine: 0.02 meV/atom in 10 ps of 1 fs for a periodic box; the same here in 3 ps, in which the
 * piston works on the atoms by more than a hundred times that (so that a missing term shows). */
static void conserves(void) {
    struct scene s;
    double first = 0, most = 0, alone = 0, alone_first = 0, n = 1;
    int e = scene_open(&tap_comm, pressed, 2000, &s);
    if (!e) e = begin(&s, 0);
    for (int k = 0; k < 1500 && !e; k++) e = integrate_step(&s.integrate, &s.system, k, false, 0);
    if (!e) e = begin(&s, 1);
    double placed = s.system.wall.place, taken = s.system.wall.taken;
    for (int k = 0; k < 3000 && !e; k++) {
        e = integrate_step(&s.integrate, &s.system, k, k % 25 == 0, 0);
        if (e || k % 25) continue;
        double all = integrate_conserved(&s.integrate, &s.system, NAN);
        if (k == 0) {
            first = all;
            alone_first = scene_energy(&s);
            n = (double)s.system.frame.n_global;
        }
        most = fmax(most, fabs(all - first));
        alone = fmax(alone, fabs(scene_energy(&s) - alone_first));
    }
    tap_pass(e, "a liquid is pressed into a pore in nve");
    if (tap_comm.rank == 0)
        printf("# conserved within %.3g meV/atom, the atoms' energy alone %.3g; piston moved %.3g A, damping "
               "took %.3g "
               "meV/atom\n",
               most / n * 1000, alone / n * 1000, s.system.wall.place - placed,
               (s.system.wall.taken - taken) / n * 1000);
    tap_ok(most / n * 1000 < 0.02, "atoms, walls, piston and damping together: within 0.02 meV/atom");
    tap_ok(alone / n * 1000 > 2, "the piston works on the atoms: more than 2 meV/atom");
    scene_close(&s);
}

int main(int argc, char **argv) {
    tap_begin(&argc, &argv);
    conserves();
    return tap_end();
}
