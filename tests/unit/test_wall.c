/* Walls: forces are minus the slope of the energy everywhere around a pore and its rim, the piston feels what
 * the atoms feel, fixed atoms keep still, a piston on one spring comes to rest where the force is the
 * pressure's. */
#include "cli/schema.h"
#include "md/wall.h"
#include "md_fixture.h"

static const char deck_text_of_wall[] =
    "seed: 1\n"
    "material: {species: [Cu]}\n"
    "potential: {kind: lj, epsilon: {Cu-Cu: 0.1 eV}, sigma: {Cu-Cu: 2.3 A}}\n"
    "build: {kind: crystal, lattice: fcc, lattice_constant: 3.6 A, cells: [4, 4, 4], periodic: xy}\n"
    "md:\n  time_step: 1 fs\n"
    "  stages:\n"
    "    - {name: a, ensemble: nve, steps: 1, wall: {sigma: 2 A, epsilon: 0.1 eV, cutoff_sigma: 2.5, "
    "surface: 20 A,\n"
    "       pore: 16 A, depth: 12 A, pressure: 1 GPa, piston: 0 A, piston_mass: 1000 g/mol}}\n"
    "    - {name: b, ensemble: nve, steps: 1, fixed: {below: 5 A}}\n"
    "    - {name: c, ensemble: nve, steps: 1, wall: {sigma: 2 A, epsilon: 0.1 eV, cutoff_sigma: 2.5, "
    "surface: 20 A,\n"
    "       pore: 16 A, depth: 12 A, roughness: 0.6 A, roughness_period: 2.5 A}}\n";

static struct comm self;
static struct deck *deck;

static void open_deck(void) {
    self = comm_self();
    must(deck_open_text(&self, "wall.yml", deck_text_of_wall, schema_tables(), NULL, 0, &deck));
}

static void one_atom(struct frame *f, double x, double y, double z) {
    f->x[0][0] = x;
    f->x[0][1] = y;
    f->x[0][2] = z;
    f->f[0][0] = f->f[0][1] = f->f[0][2] = f->f[0][3] = 0;
}

static void frame_of(struct frame *f, int n) {
    frame_init(f);
    must(frame_reserve(f, n));
    must(species_add(&f->species, "Cu", 0));
    f->n = n;
    f->n_global = n;
    for (int a = 0; a < 3; a++) f->box.len[a] = 40;
    f->box.periodic[0] = f->box.periodic[1] = true;
    for (int i = 0; i < n; i++) f->id[i] = i + 1;
}

static double energy_at(struct wall *w, struct frame *f, const double *x) {
    one_atom(f, x[0], x[1], x[2]);
    must(wall_forces(w, f, 0, 0x1p-40));
    return f->f[0][3];
}

/* Centre of the box is (20, 20): under the plate, in the pore, at both rims, above the mold, near the piston.
 * Central differences of 1e-5 A: truncation 1e-8, rounding 1e-11 eV/A for each eV of the energy. */
static void check_slopes(int stage) {
    const double places[][3] = {{2, 3, 18.2},       {20, 26.5, 25},      {14, 20, 29},     {20, 27, 19},
                                {25.2, 25.2, 18.9}, {20, 27, 33},        {2, 2, 34},       {20.1, 20, 30},
                                {10, 10, 2.1},      {26.9, 20, 20.0001}, {20, 26.2, 26.1}, {14, 21, 22}};
    struct wall w = {0};
    struct frame f;
    frame_of(&f, 1);
    must(wall_begin(&w, &self, deck, stage, &f, UNIT_MVV, false));
    int pushed = 0;
    for (size_t k = 0; k < sizeof places / sizeof *places; k++) {
        double x[3], force[3];
        memcpy(x, places[k], sizeof x);
        energy_at(&w, &f, x);
        assert_true(w.bad_atom == 0);
        memcpy(force, f.f[0], sizeof force);
        pushed += force[0] != 0 || force[1] != 0 || force[2] != 0;
        for (int a = 0; a < 3; a++) {
            double h = 1e-5, up[3], down[3];
            memcpy(up, x, sizeof x);
            memcpy(down, x, sizeof x);
            up[a] += h;
            down[a] -= h;
            double above = energy_at(&w, &f, up), slope = (above - energy_at(&w, &f, down)) / (2 * h);
            assert_double_equal(force[a], -slope, 1e-6 * (1 + fabs(slope)) + 3e-11 * fabs(above));
        }
    }
    assert_true(pushed >= 8);
    wall_end(&w);
    frame_destroy(&f);
}

/* Where the walls end, and how strong they are. */
static void test_forces(void **state) {
    (void)state;
    check_slopes(0);
    check_slopes(2);
    struct wall w = {0};
    struct frame f;
    frame_of(&f, 1);
    must(wall_begin(&w, &self, deck, 0, &f, UNIT_MVV, false));
    /* the walls end at 2.5 sigma = 5 A, where their energy is zero */
    const double far[] = {20, 20, 26}, inside[] = {35, 20, 25};
    assert_true(energy_at(&w, &f, far) == 0 && f.f[0][0] == 0);
    energy_at(&w, &f, inside);
    assert_int_equal(w.bad_atom, 1);
    /* 4 epsilon (1 - 1) + shift at sigma from the piston: the shift of 2.5 sigma */
    const double low[] = {10, 10, 2};
    assert_double_equal(energy_at(&w, &f, low), -0.4 * (pow(2.5, -12) - pow(2.5, -6)), 1e-12);
    assert_double_equal(w.local_force, f.f[0][2], 1e-10);
    wall_end(&w);
    frame_destroy(&f);
}

/* One atom held at z = 4 A: the damped piston comes to rest where the atom pushes with pressure times section
 * (1 GPa on 40 x 40 A: 9.986 eV / A). */
static void test_piston(void **state) {
    (void)state;
    struct wall w = {0};
    struct frame f;
    frame_of(&f, 1);
    one_atom(&f, 10, 10, 4);
    must(wall_begin(&w, &self, deck, 0, &f, UNIT_MVV, false));
    assert_double_equal(w.push, 1600 / 160.2176634, 1e-9);
    assert_double_equal(w.mass, 1000 * UNIT_MVV, 1e-12);
    for (int step = 0; step < 60000; step++) {
        wall_kick(&w, 5e-4, true);
        wall_drift(&w, 1e-3);
        one_atom(&f, 10, 10, 4);
        must(wall_forces(&w, &f, 0, 0x1p-40));
        w.force = w.local_force;
        wall_kick(&w, 5e-4, false);
    }
    assert_true(fabs(w.speed) < 1e-4);
    assert_double_equal(w.force, w.push, 1e-3);
    wall_end(&w);
    frame_destroy(&f);
}

/* Atoms below 5 A are fixed: no velocity, no force, also after the rows were rearranged; others keep theirs.
 */
static void test_fixed(void **state) {
    (void)state;
    struct wall w = {0};
    struct frame f;
    frame_of(&f, 8);
    for (int i = 0; i < 8; i++) {
        f.x[i][2] = 2 + i;
        f.v[i][0] = f.f[i][1] = 1;
    }
    must(wall_begin(&w, &self, deck, 1, &f, UNIT_MVV, false));
    assert_int_equal(w.n_fixed, 3); /* z = 2, 3, 4 */
    int order[8] = {7, 2, 1, 4, 3, 0, 5, 6};
    must(frame_permute(&f, order, 8));
    for (int i = 0; i < 8; i++) f.f[i][1] = 1;
    must(wall_forces(&w, &f, 7, 0x1p-40));
    for (int i = 0; i < 8; i++) {
        bool still = f.x[i][2] < 5;
        assert_true(f.v[i][0] == (still ? 0 : 1) && f.f[i][1] == (still ? 0 : 1));
        f.v[i][2] = 3;
    }
    wall_hold(&w, &f);
    for (int i = 0; i < 8; i++) assert_true(f.v[i][2] == (f.x[i][2] < 5 ? 0 : 3));
    /* after a restart only what rests is fixed: an atom that wandered in is not */
    f.x[0][2] = 1;
    must(wall_begin(&w, &self, deck, 1, &f, UNIT_MVV, true));
    assert_int_equal(w.n_fixed, 3);
    wall_end(&w);
    frame_destroy(&f);
}

int main(int argc, char **argv) {
    struct comm all;
    if (comm_init(&argc, &argv, &all)) return 1;
    open_deck();
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_forces), cmocka_unit_test(test_piston),
                                       cmocka_unit_test(test_fixed)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    deck_close(&deck);
    if (mem_blocks() != 0) failed++;
    comm_finalize();
    return failed;
}
