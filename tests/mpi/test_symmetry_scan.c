/* ranks: 1 2 4
 * The passes symmetry, spots and image on a scan of its own making: four-fold patterns inside a mask,
 * two-fold outside; the same tables on any number of ranks; files that do not fit are refused. */
#include "analysis/analysis.h"
#include "base/cite.h"
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
    for (int k = 0; pass_tables[k].rows; k++) schema[k + 1] = pass_tables[k];
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
    /* n = 6 is not there, so what counts: subtracts is all that is left of it: 0.65 / (pixels along the ring
     * of 20) over the counts of a pixel, 0.02 times the ring's mean of 97 (tests/unit/test_symmetry.c) */
    snprintf(entry, sizeof entry,
             "{pass: symmetry, of: '%s/scan.hspy', k_min: 0.38 1/A, k_max: 0.42 1/A, counts: 0.02}", dir);
    tap_pass(run(&tap_comm, dir, "counts", entry, &scalars), "counts given");
    double noise = 0.65 / (2 * M_PI * 20) / (0.02 * 97);
    tap_ok(fabs(scalar(&scalars, "symmetry_n6") / -noise - 1) < 0.1 &&
               fabs(scalar(&scalars, "symmetry_n4") / (0.0037 - noise) - 1) < 0.3,
           "shot noise is subtracted from every n");
    results_scalars_free(&scalars);
}

/* Bright and dark of the same number, their profiles, the same on any number of ranks. */
static void test_spots(const char *dir) {
    char entry[900];
    struct results_scalars scalars = {0}, alone = {0};
    static const char *const names[] = {"a.radial_profile.tsv", "a.radial_peaks.tsv", "a.spots.tsv",
                                        "a.spot_angles.tsv", "a.spot_match.tsv"};
    for (int each = 0; each < 2; each++) {
        snprintf(entry, sizeof entry,
                 "{pass: spots, of: '%s/scan.hspy', k_min: 0.3 1/A, k_max: 0.5 1/A, contrast: "
                 "'%s/mask.h5::/mask', contrast_threshold: 0.5, n_peaks: "
                 "1, fit_range: [0.2 1/A, 0.6 1/A], sharpness: %s, each: %s}",
                 dir, dir, each ? "1" : "6", each ? "true" : "false");
        tap_pass(run(&tap_comm, dir, "all", entry, &scalars),
                 each ? "spots of each pattern" : "the spots pass runs");
        struct comm self = comm_self();
        int e = tap_comm.rank == 0 ? run(&self, dir, "one", entry, &alone) : ERR_OK;
        tap_pass(e, "and on one rank");
        int same = 1;
        for (int k = 0; k < 5 && tap_comm.rank == 0; k++) same &= same_file(dir, "all", "one", names[k]);
        tap_ok(same, "with the same tables to the last digit");
        if (each) break;
        /* the ring is a Gaussian of standard deviation 0.1 about 0.4 1/A: Q = 2.513, FWHM = 2.3548 * 0.1 * 2
         * pi = 1.4796; 37 positions are bright (the mask), so 37 of the 63 others are dark */
        tap_ok(fabs(scalar(&scalars, "Q1_all_1_per_A") - 2.5133) < 5e-3 &&
                   fabs(scalar(&scalars, "Q1_bright_1_per_A") - 2.5133) < 5e-3,
               "the ring is at its Q");
        tap_ok(fabs(scalar(&scalars, "Q1_fwhm_dark_1_per_A") - 1.4796) < 0.02, "its width");
        tap_ok(fabs(scalar(&scalars, "ellipse_ratio") - 1) < 0.02, "it is round");
        struct h5 *h5 = NULL;
        uint8_t member[SIDE * SIDE];
        int64_t count[3] = {0};
        snprintf(entry, sizeof entry, "%s/all/a.h5", dir);
        e = h5_open(&tap_comm, entry, &h5);
        if (!e) e = h5_read(h5, "/analysis/spots/regions", H5_U8, member);
        if (!e) e = h5_close(&h5, false);
        for (int i = 0; i < SIDE * SIDE && !e; i++) count[member[i] % 3]++;
        tap_ok(!e && count[1] == 37 && count[2] == 37, "as many bright as dark patterns");
    }
    results_scalars_free(&scalars);
    results_scalars_free(&alone);
}

/* A detector's map: the same on any number of ranks, and the sum it is defined as. */
static void test_detector(const char *dir) {
    char entry[900], path[300];
    struct results_scalars scalars = {0};
    struct signal *s = NULL;
    static float image[PIXELS * PIXELS], map[SIDE * SIDE];
    double want = 0;
    snprintf(entry, sizeof entry,
             "{pass: image, of: '%s/scan.hspy', image: dark_field, k: 0.4 1/A, radius: 0.05 1/A, azimuth: 30 "
             "deg, save: both}",
             dir);
    tap_pass(run(&tap_comm, dir, "all", entry, &scalars), "a virtual dark field");
    struct comm self = comm_self();
    int e = tap_comm.rank == 0 ? run(&self, dir, "one", entry, NULL) : ERR_OK;
    tap_pass(e, "and on one rank");
    int same = tap_comm.rank > 0 ||
               (same_file(dir, "all", "one", "a.image.tsv") && same_file(dir, "all", "one", "a.image.tif"));
    tap_ok(same, "the same to the last digit");
    snprintf(path, sizeof path, "%s/all/a.image.hspy", dir);
    if (!tap_pass(signal_open(&tap_comm, path, &s), "its image opens")) {
        e = signal_read(s, 0, 1, map);
        pattern(42, image);
        for (int i = 0; i < PIXELS * PIXELS; i++) {
            double x = (i % PIXELS - PIXELS / 2) * PIXEL - 0.4 * cos(M_PI / 6),
                   y = (i / PIXELS - PIXELS / 2) * PIXEL - 0.4 * sin(M_PI / 6);
            if (hypot(x, y) < 0.05) want += image[i];
        }
        tap_ok(!e && fabs(map[42] - want) < 1e-5 * want, "its pixel is the sum over the aperture");
    }
    int ignored = signal_close(&s, false);
    (void)ignored;
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
    test_spots(dir);
    test_detector(dir);
    refuse(dir, "length.hspy", "", "axis 'kx' is in 'nm', which is no wave number",
           "lengths for wave numbers");
    refuse(dir, "angle.hspy", "", "give energy:", "angles without an energy");
    refuse(dir, "mask.h5::/mask", "", "is in 'px', which is no wave number", "a map for a scan");
    refuse(dir, "scan.hspy", ", angles: 20", "20 angles do not resolve 12 harmonics", "too few angles");
    snprintf(more, sizeof more, ", interface: '%s/small.h5::/mask'", dir);
    refuse(dir, "scan.hspy", more, "is 10 x 9; the scan is 10 x 10", "a mask of another size");
    refuse(dir, "scan.hspy", ", find_centre: given, centre: [900, 3]", "is not within the pattern",
           "a centre outside the pattern");
    snprintf(more, sizeof more, "%s/scan.hspy", dir);
    char entry[700];
    snprintf(entry, sizeof entry, "{pass: image, of: '%s', image: hrtem, energy: 300 kV}", more);
    tap_ok(run(&tap_comm, dir, "bad", entry, NULL) == ERR_DECK && strstr(err_message(), "is made from atoms"),
           "no HRTEM from a scan");
    err_clear();
    snprintf(entry, sizeof entry, "{pass: image, of: '%s', image: bf, outer: 5 mrad}", more);
    tap_ok(run(&tap_comm, dir, "bad", entry, NULL) == ERR_INPUT && strstr(err_message(), "give energy:"),
           "no angles without an energy");
    err_clear();
    comm_barrier(&tap_comm);
    if (tap_comm.rank == 0) {
        char command[300];
        snprintf(command, sizeof command, "rm -r %s", dir);
        tap_failed += system(command) != 0;
    }
    cite_clear();
    return tap_end();
}
