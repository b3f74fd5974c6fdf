/* The multislice engine against other programs: same cell, probe and slices. Outside the direct disc sum |I -
 * I'| / sum I < 2 %, the disc's total within 1e-3; and in finer steps of k, where what the others do to atoms
 * between pixels still damps the larger angles.
 *     abTEM 1.0.11, Lobato's factors, pixels of 0.0125 A (tests/data/make_abtem.py)
 *     Prismatic of Oct 2021, Kirkland's factors, pixels of 0.02 A (tests/data/make_prismatic.py) */
#include "analysis/microscope/projection.h"
#include "base/mem.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ATOMS 96
#define HALF 19
#define SLICES 5
#define EDGE 12.8
#define PIXELS ((2 * HALF + 1) * (2 * HALF + 1))

static double place[ATOMS][3], sorted[ATOMS][2];
static int type[ATOMS], sorted_type[ATOMS];
static int64_t start[SLICES + 1];

/* Places rounded to multiples of `pixel` (0: as they are), as Prismatic does. */
static void read_cell(double pixel) {
    char line[300], name[8];
    FILE *f = fopen("tests/data/abtem_cell.xyz", "r");
    assert_non_null(f);
    assert_non_null(fgets(line, sizeof line, f));
    assert_non_null(fgets(line, sizeof line, f));
    for (int i = 0; i < ATOMS; i++) {
        assert_int_equal(fscanf(f, "%7s %lf %lf %lf", name, &place[i][0], &place[i][1], &place[i][2]), 4);
        type[i] = strcmp(name, "Zr") == 0;
        for (int a = 0; a < 2 && pixel > 0; a++)
            place[i][a] = fmod(pixel * nearbyint(place[i][a] / pixel), EDGE);
    }
    fclose(f);
    int n = 0;
    for (int s = 0; s < SLICES; s++) {
        start[s] = n;
        for (int i = 0; i < ATOMS; i++) {
            if ((int)(place[i][2] / 1.92) != s) continue;
            memcpy(sorted[n], place[i], sizeof sorted[n]);
            sorted_type[n++] = type[i];
        }
    }
    start[SLICES] = n;
    assert_int_equal(n, ATOMS);
}

static void our_pattern(enum formfactor_table table, double *ours, struct waves_setup *setup) {
    struct species metals = {0};
    struct waves_place at = {0, 0, {6.0, 7.1}};
    struct waves *w = NULL;
    assert_int_equal(species_add(&metals, "Cu", 0), ERR_OK);
    assert_int_equal(species_add(&metals, "Zr", 0), ERR_OK);
    *setup = (struct waves_setup){.engine = WAVES_MULTISLICE,
                                  .window = {640, 640, EDGE / 640, EDGE / 640},
                                  .tile_nx = 640,
                                  .tile_ny = 640,
                                  .probe.electron = formfactor_electron(200e3),
                                  .probe.semi_angle = 10e-3,
                                  .table = table,
                                  .species = &metals,
                                  .half_x = HALF,
                                  .half_y = HALF,
                                  .n_probes = 1,
                                  .max_bytes = 1 << 26};
    struct waves_slab slab = {SLICES, 1.92, start, (const double(*)[2])sorted, sorted_type, 1};
    assert_int_equal(waves_double.create(setup, &w), ERR_OK);
    assert_int_equal(waves_double.add(w, &slab, &at, 1, 1, ours), ERR_OK);
    waves_double.destroy(&w);
}

static void compare(const char *name, const char *path, enum formfactor_table table) {
    static double ours[PIXELS];
    struct waves_setup o;
    char line[100];
    int i, j, n = 0;
    double theirs, disc[2] = {0, 0}, sum[2] = {0, 0}, apart[2] = {0, 0};
    memset(ours, 0, sizeof ours);
    our_pattern(table, ours, &o);
    double edge = o.probe.semi_angle / o.probe.electron.lambda + 1 / EDGE;
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    assert_non_null(fgets(line, sizeof line, f));
    while (fscanf(f, "%d %d %lf", &i, &j, &theirs) == 3) {
        double k = hypot(i, j) / EDGE, mine = ours[(j + HALF) * (2 * HALF + 1) + i + HALF];
        n++;
        if (k < edge) {
            disc[0] += mine;
            disc[1] += theirs;
            continue;
        }
        int far = k > 1;
        sum[far] += theirs;
        apart[far] += fabs(mine - theirs);
    }
    fclose(f);
    print_message("disc %.6f, %s %.6f; outside it, to 1 1/A: %.4f apart, beyond: %.4f\n", disc[0], name,
                  disc[1], apart[0] / sum[0], apart[1] / sum[1]);
    assert_int_equal(n, PIXELS);
    assert_true(fabs(disc[0] - disc[1]) < 1e-3);
    assert_true((apart[0] + apart[1]) / (sum[0] + sum[1]) < 0.02);
    assert_int_equal(mem_blocks(), 0);
}

static void test_abtem(void **state) {
    (void)state;
    read_cell(0);
    compare("abTEM", "tests/data/abtem_pattern.tsv", FORMFACTOR_LOBATO);
}

static void test_prismatic(void **state) {
    (void)state;
    read_cell(0.02);
    compare("Prismatic", "tests/data/prismatic_pattern.tsv", FORMFACTOR_KIRKLAND);
}

/* The HRTEM image of abTEM, every tenth of our pixels: root mean square of the difference, beside the image's
 * own deviation from its mean. abTEM lets the wave run on through the last slice.
 * Phase object: farther off, so the test sees whether slices were used. */
static double image_apart(double slice, double *deviation) {
    struct formfactor_electron el = formfactor_electron(200e3);
    struct projection_lens lens = {.lambda = el.lambda,
                                   .defocus = 400 - 1.92,
                                   .cs = 0.5e7,
                                   .spread = 30,
                                   .angle = 0.3e-3,
                                   .aperture = 20e-3};
    struct specimen sp = {.n = ATOMS, .edge = {EDGE, EDGE}, .thickness = 9.6, .periodic = {true, true}};
    struct projection_grid g = {640, 640, EDGE / 640, EDGE / 640};
    double none[SPECIES_MAX] = {0}, theirs, sum = 0, square = 0, apart = 0, *image = NULL, (*wave)[2] = NULL;
    char line[100];
    int i, j, n = 0;
    int32_t kinds[ATOMS];
    assert_int_equal(species_add(&sp.species, "Cu", 0), ERR_OK);
    assert_int_equal(species_add(&sp.species, "Zr", 0), ERR_OK);
    for (int k = 0; k < ATOMS; k++) kinds[k] = type[k];
    sp.x = place;
    sp.type = kinds;
    assert_int_equal(MEM_NEW(image, 640 * 640), ERR_OK);
    assert_int_equal(projection_exit(&sp, &g, &el, FORMFACTOR_LOBATO, none, NULL, slice, &wave), ERR_OK);
    assert_int_equal(projection_hrtem(&g, &lens, wave, image), ERR_OK);
    FILE *f = fopen("tests/data/abtem_hrtem.tsv", "r");
    assert_non_null(f);
    assert_non_null(fgets(line, sizeof line, f));
    while (fscanf(f, "%d %d %lf", &i, &j, &theirs) == 3) {
        n++;
        sum += theirs;
        square += theirs * theirs;
        apart += pow(theirs - image[10 * j * 640 + 10 * i], 2);
    }
    fclose(f);
    mem_free(&wave);
    mem_free(&image);
    assert_int_equal(n, 64 * 64);
    assert_int_equal(mem_blocks(), 0);
    *deviation = sqrt(square / n - sum / n * (sum / n));
    return sqrt(apart / n);
}

static void test_image(void **state) {
    (void)state;
    double deviation;
    read_cell(0);
    double slices = image_apart(1.92, &deviation), phase = image_apart(0, &deviation);
    print_message("HRTEM: contrast %.4f; %.5f from abTEM, as phase object %.4f\n", deviation, slices, phase);
    assert_true(slices < 0.005 * deviation);
    assert_true(phase > 5 * slices);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_abtem), cmocka_unit_test(test_prismatic),
                                       cmocka_unit_test(test_image)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
