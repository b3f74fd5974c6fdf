/* ranks: 1 2 4
 * The symmetry pass on a scan of its own making: four-fold patterns inside a mask, two-fold outside; the same
 * tables on any number of ranks; files that do not fit are refused. */
#include "analysis/analysis.h"
#include "base/signal.h"
#include "tap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIDE 10
#define PIXELS 96
#define PIXEL 0.02 /* 1/A */

static bool inside(int64_t item) {
    return item / SIDE < 3 || item % SIDE == 7;
}

/* A ring at 0.4 1/A = 20 px with 1 + 0.2 cos(n phi + d), n = 4 inside the mask, n = 2 outside, turned from
 * item to item. */
static void pattern(int64_t item, float *image) {
    for (int i = 0; i < PIXELS * PIXELS; i++) {
        double x = i % PIXELS - PIXELS / 2, y = i / PIXELS - PIXELS / 2;
        double k = hypot(x, y) * PIXEL, phi = atan2(y, x) - 0.37 * (double)item;
        image[i] =
            (float)(100 * exp(-pow((k - 0.4) / 0.1, 2) / 2) * (1 + 0.2 * cos((inside(item) ? 4 : 2) * phi)));
    }
}

static int write_scan(const char *path, const char *units) {
    struct signal_shape shape = {4,
                                 {{"y", "nm", SIDE, 1, 0, true},
                                  {"x", "nm", SIDE, 1, 0, true},
                                  {"ky", units, PIXELS, PIXEL, -PIXEL * PIXELS / 2, false},
                                  {"kx", units, PIXELS, PIXEL, -PIXEL * PIXELS / 2, false}},
                                 "electron_diffraction",
                                 "scan",
                                 "",
                                 "",
                                 0,
                                 H5_F32};
    struct signal *s = NULL;
    float *image = NULL;
    TRY(signal_create(&tap_comm, path, &shape, &s));
    int e = MEM_NEW(image, PIXELS * PIXELS);
    for (int64_t k = tap_comm.rank; k < SIDE * SIDE && !e; k += tap_comm.size) {
        pattern(k, image);
        e = signal_write(s, k, 1, image);
    }
    mem_free(&image);
    e = err_agree(&tap_comm, e);
    int closed = signal_close(&s, !e);
    return e ? e : closed;
}

static int write_mask(const char *path, int64_t ny) {
    uint8_t mask[SIDE * SIDE];
    int64_t dims[2] = {ny, SIDE};
    struct h5 *h5 = NULL;
    for (int i = 0; i < SIDE * SIDE; i++) mask[i] = inside(i);
    TRY(h5_create(&tap_comm, path, &h5));
    int e = h5_write(h5, "/mask", H5_U8, 2, dims, mask, "", "interfaces"), closed = h5_close(&h5, !e);
    return e ? e : closed;
}

/* Run a list of passes in a deck of its own; results in DIR/LABEL. */
static int run(const struct comm *comm, const char *dir, const char *label, const char *entry,
               struct results_scalars *scalars) {
    char text[1024], out[300], target[400];
    struct deck *deck = NULL;
    static const struct deck_row seed[] = {{.type = DECK_INT, .path = "seed", .value = "1", .help = "Seed."},
                                           {.type = DECK_END}};
    struct deck_table schema[64] = {{"", seed, NULL}};
    for (int k = 0; analysis_tables[k].rows; k++) schema[k + 1] = analysis_tables[k];
    snprintf(out, sizeof out, "%s/%s", dir, label);
    snprintf(target, sizeof target, "%s/a.h5", out);
    if (comm->rank == 0) mkdir(out, 0777);
    comm_barrier(comm);
    snprintf(text, sizeof text, "analysis: [%s]\n", entry);
    TRY(deck_open_text(comm, "a.yml", text, schema, NULL, 0, &deck));
    int e = analysis_check(comm, deck, (const char *const[]){NULL}, 0);
    if (!e) e = deck_verdict(deck);
    struct analysis_place place = {NULL, target, out, "a", true, "test"};
    if (!e) e = analysis_run(comm, deck, &place, scalars);
    deck_close(&deck);
    return e;
}

static int same_file(const char *dir, const char *a, const char *b, const char *name) {
    char command[800];
    snprintf(command, sizeof command, "cmp -s %s/%s/%s %s/%s/%s", dir, a, name, dir, b, name);
    return system(command) == 0;
}

static double scalar(const struct results_scalars *s, const char *name) {
    const struct results_scalar *found = results_scalars_find(s, NULL, name);
    return found ? found->value : NAN;
}

static void test_pass(const char *dir) {
    char entry[800];
    struct results_scalars scalars = {0}, alone = {0};
    snprintf(entry, sizeof entry,
             "{pass: symmetry, of: '%s/scan.hspy', k_min: 0.38 1/A, k_max: 0.42 1/A, interface: "
             "'%s/mask.h5::/mask', "
             "shifts: 199}",
             dir, dir);
    tap_pass(run(&tap_comm, dir, "all", entry, &scalars), "the pass runs");
    struct comm self = comm_self();
    int e = tap_comm.rank == 0 ? run(&self, dir, "one", entry, &alone) : ERR_OK;
    tap_pass(e, "and on one rank");
    int same = 1;
    static const char *const names[] = {"a.symmetry.tsv", "a.angular_power.tsv", "a.angular_correlation.tsv"};
    for (int k = 0; k < 3 && tap_comm.rank == 0; k++) same &= same_file(dir, "all", "one", names[k]);
    tap_ok(same, "with the same tables to the last digit");
    /* power a^2 / 4 = 0.01 in 37 of 100 patterns; bilinear reads at r = 20 px take n^2 / (6 r^2) = 0.7 % of
     * the amplitude at n = 4 */
    double n4 = scalar(&scalars, "symmetry_n4"), n2 = scalar(&scalars, "symmetry_n2");
    tap_ok(fabs(n4 - 0.01 * 0.37) < 0.03 * 0.0037, "n = 4: a^2/4 in the patterns inside the mask");
    tap_ok(fabs(n2 - 0.01 * 0.63) < 0.03 * 0.0063, "n = 2: a^2/4 in the others");
    tap_ok(scalar(&scalars, "symmetry_n4_interface_r") > 0.99 &&
               scalar(&scalars, "symmetry_n4_interface_p") <= 1.0 / 200 + 1e-9,
           "the map of n = 4 follows the mask: r = 1, p = 1/200");
    tap_ok(scalar(&scalars, "symmetry_n2_interface_r") < -0.99 &&
               scalar(&scalars, "symmetry_n2_interface_p") == 1,
           "the map of n = 2 is its opposite");
    results_scalars_free(&scalars);
    results_scalars_free(&alone);
    snprintf(entry, sizeof entry,
             "{pass: symmetry, of: '%s/scan.hspy', k_min: 0.38 1/A, k_max: 0.42 1/A, convention: squared, "
             "combine: "
             "pool, find_centre: given, centre: [48, 48], pixel: 0.02 1/A, save: both}",
             dir);
    tap_pass(run(&tap_comm, dir, "pool", entry, &scalars), "another convention, centre and pixel given");
    tap_ok(fabs(scalar(&scalars, "symmetry_n4") - 1e-4 * 0.37) < 0.06 * 0.37e-4, "squared: a^4/16");
    results_scalars_free(&scalars);
}

static void refuse(const char *dir, const char *file, const char *more, const char *text, const char *what) {
    char entry[800];
    snprintf(entry, sizeof entry, "{pass: symmetry, of: '%s/%s', k_min: 0.38 1/A, k_max: 0.42 1/A%s}", dir,
             file, more);
    int e = run(&tap_comm, dir, "bad", entry, NULL);
    int right = e != ERR_OK && strstr(err_message(), text) != NULL;
    if (!right) printf("# %s\n", err_message());
    tap_ok(right, what);
    err_clear();
}

int main(int argc, char **argv) {
    char dir[256] = "/tmp/vitrine_symmetry_XXXXXX", path[300], more[400];
    tap_begin(&argc, &argv);
    if (tap_comm.rank == 0 && !mkdtemp(dir)) dir[0] = 0;
    comm_bcast(&tap_comm, dir, sizeof dir);
    snprintf(path, sizeof path, "%s/scan.hspy", dir);
    tap_pass(write_scan(path, SIGNAL_PER_ANGSTROM), "a scan");
    snprintf(path, sizeof path, "%s/length.hspy", dir);
    tap_pass(write_scan(path, "nm"), "a scan with wrong axes");
    snprintf(path, sizeof path, "%s/angle.hspy", dir);
    tap_pass(write_scan(path, "mrad"), "a scan in mrad");
    snprintf(path, sizeof path, "%s/mask.h5", dir);
    tap_pass(write_mask(path, SIDE), "a mask");
    snprintf(path, sizeof path, "%s/small.h5", dir);
    tap_pass(write_mask(path, SIDE - 1), "a mask of another size");
    test_pass(dir);
    refuse(dir, "length.hspy", "", "axis 'kx' is in 'nm', which is no wave number",
           "lengths for wave numbers");
    refuse(dir, "angle.hspy", "", "give energy:", "angles without an energy");
    refuse(dir, "mask.h5::/mask", "", "is in 'px', which is no wave number", "a map for a scan");
    refuse(dir, "scan.hspy", ", angles: 20", "20 angles do not resolve 12 harmonics", "too few angles");
    snprintf(more, sizeof more, ", interface: '%s/small.h5::/mask'", dir);
    refuse(dir, "scan.hspy", more, "is 10 x 9; the scan is 10 x 10", "a mask of another size");
    refuse(dir, "scan.hspy", ", find_centre: given, centre: [900, 3]", "is not within the pattern",
           "a centre outside the pattern");
    comm_barrier(&tap_comm);
    if (tap_comm.rank == 0) {
        char command[300];
        snprintf(command, sizeof command, "rm -r %s", dir);
        tap_failed += system(command) != 0;
    }
    return tap_end();
}
