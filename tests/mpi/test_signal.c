/* ranks: 1 2 4
 * Signal files: scans, stacks and images are written item by item and read back by any rank.
 * With arguments "write DIR": leaves scan.hspy, cube.emd, stack.tif, map.tif and map.emd there
 * (tests/script/test_signal_files.sh opens them with other programs). "sums FILE": says what is in FILE. */
#include "base/signal.h"
#include "tap.h"

#include <math.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct signal_shape scan = {4,
                                         {{"y", "nm", 3, 0.5, -1, true},
                                          {"x", "nm", 5, 0.25, 2, true},
                                          {"ky", SIGNAL_PER_ANGSTROM, 6, 0.1, -0.3, false},
                                          {"kx", SIGNAL_PER_ANGSTROM, 8, 0.125, -0.5, false}},
                                         "electron_diffraction",
                                         "a scan",
                                         "intensity",
                                         "pass: diffraction",
                                         300,
                                         H5_F32};
static const struct signal_shape stack = {
    3,        {{"t", "s", 4, 2.5, 0, true}, {"y", "nm", 6, 0.2, 0, false}, {"x", "nm", 7, 0.2, 0, false}},
    "",       "a series",
    "counts", NULL,
    0,        H5_I16};

static float value(int64_t item, int64_t pixel) {
    return (float)(1000 * item + pixel);
}

/* Items go round the ranks, from the last to the first. */
static int write_scan(const char *path, const struct signal_shape *shape, bool all) {
    struct signal *s = NULL;
    float *item = NULL;
    int64_t size = signal_item_size(shape), n = signal_items(shape);
    TRY(signal_create(&tap_comm, path, shape, &s));
    int e = MEM_NEW(item, size);
    for (int64_t k = n - 1; k >= (all ? 0 : 1) && !e; k--) {
        if (k % tap_comm.size != tap_comm.rank) continue;
        for (int64_t i = 0; i < size; i++) item[i] = value(k, i);
        e = signal_write(s, k, 1, item);
    }
    mem_free(&item);
    e = err_agree(&tap_comm, e);
    int closed = signal_close(&s, !e);
    return e ? e : closed;
}

/* 0 when items [first, first + n), rows [row, row + n_rows) are what was written. */
static int differs(struct signal *s, int64_t first, int64_t n, int64_t row, int64_t n_rows) {
    const struct signal_shape *p = signal_shape(s);
    int64_t width = p->axis[p->n_dims - 1].size;
    float *x = NULL;
    int bad = MEM_NEW(x, n * n_rows * width + 1) || signal_read_rows(s, first, n, row, n_rows, x);
    for (int64_t k = 0; k < n && !bad; k++)
        for (int64_t i = 0; i < n_rows * width; i++)
            bad |= x[k * n_rows * width + i] != value(first + k, row * width + i);
    mem_free(&x);
    return bad;
}

static int same_axes(const struct signal_shape *a, const struct signal_shape *b) {
    int same = a->n_dims == b->n_dims;
    for (int d = 0; d < a->n_dims && same; d++) {
        const struct signal_axis *p = &a->axis[d], *q = &b->axis[d];
        same = p->size == q->size && fabs(p->scale - q->scale) < 1e-6 && fabs(p->offset - q->offset) < 1e-6 &&
               p->navigate == q->navigate && !strcmp(p->name, q->name) && !strcmp(p->units, q->units);
        if (!same) printf("# axis %d: %s [%s] %g %g\n", d, p->name, p->units, p->scale, p->offset);
    }
    return same;
}

static void test_hspy(const char *dir) {
    char path[512];
    struct signal *s = NULL;
    snprintf(path, sizeof path, "%s/scan.hspy", dir);
    if (tap_pass(write_scan(path, &scan, true), "a scan is written, each rank its patterns")) return;
    if (tap_pass(signal_open(&tap_comm, path, &s), "it opens")) return;
    const struct signal_shape *p = signal_shape(s);
    tap_ok(same_axes(p, &scan), "axes are read as written");
    tap_ok(!strcmp(p->signal_type, "electron_diffraction") && !strcmp(p->title, "a scan") &&
               !strcmp(p->note, "pass: diffraction") && p->beam_keV == 300,
           "texts and beam energy are read as written");
    tap_ok(!differs(s, 0, 15, 0, 6), "all patterns");
    tap_ok(!differs(s, 3 + tap_comm.rank, 7, 0, 6),
           "patterns across lines of the scan, other ones on each rank");
    tap_ok(!differs(s, 4, 3, 2, 3), "some rows of some patterns");
    tap_pass(signal_close(&s, false), "it closes");
    snprintf(path, sizeof path, "%s/scan.hspy::/Experiments/signal/data", dir);
    if (!tap_pass(signal_open(&tap_comm, path, &s), "the dataset named by its path"))
        tap_ok(same_axes(signal_shape(s), &scan), "has the axes beside it");
    int ignored = signal_close(&s, false);
    (void)ignored;
    snprintf(path, sizeof path, "%s/less.hspy", dir);
    tap_ok(write_scan(path, &scan, false) == ERR_INTERNAL && strstr(err_message(), "14 of 15 items"),
           "a scan with a pattern missing is not finished");
    err_clear();
    tap_ok(access(path, F_OK) != 0, "and leaves no file");
}

/* A scan to EMD 1.0 and back, a stack to TIFF, a scan to TIFF (refused). */
static void test_copy(const char *dir) {
    char in[512], out[512];
    int64_t n = 0;
    struct signal *s = NULL;
    snprintf(in, sizeof in, "%s/scan.hspy", dir);
    snprintf(out, sizeof out, "%s/scan.emd", dir);
    tap_pass(signal_copy(&tap_comm, in, out, &n), "a scan is copied to EMD 1.0");
    if (!tap_pass(signal_open(&tap_comm, out, &s), "which opens")) {
        struct signal_shape want = scan;
        want.axis[2].units = want.axis[3].units = "A^-1";
        tap_ok(n == 15 && same_axes(signal_shape(s), &want) && !differs(s, 0, 15, 0, 6),
               "with axes and patterns");
    }
    int ignored = signal_close(&s, false);
    (void)ignored;
    struct signal_shape square = scan; /* what py4DSTEM's DataCube can say */
    square.axis[1].scale = 0.5;
    square.axis[3] = (struct signal_axis){"kx", SIGNAL_PER_ANGSTROM, 8, 0.1, -0.4, false};
    snprintf(out, sizeof out, "%s/cube.emd", dir);
    tap_pass(write_scan(out, &square, true), "a scan with square pixels and steps as EMD 1.0");
    if (!tap_pass(signal_open(&tap_comm, out, &s), "opens")) {
        square.axis[2].units = square.axis[3].units = "A^-1";
        tap_ok(same_axes(signal_shape(s), &square) && !differs(s, 0, 15, 0, 6) &&
                   signal_shape(s)->beam_keV == 300,
               "with axes, patterns and the beam's energy");
    }
    ignored = signal_close(&s, false);
    (void)ignored;
    snprintf(out, sizeof out, "%s/scan.tif", dir);
    tap_ok(signal_copy(&tap_comm, in, out, &n) == ERR_INPUT && strstr(err_message(), "not 4 axes"),
           "a scan is no TIFF");
    err_clear();
}

static void test_stack(const char *dir) {
    char path[512];
    struct signal *s = NULL;
    float x[4 * 42];
    for (int k = 0; k < 4; k++)
        for (int i = 0; i < 42; i++) x[42 * k + i] = value(k, i);
    snprintf(path, sizeof path, "%s/stack.hspy", dir);
    tap_pass(write_scan(path, &stack, true), "a stack in 16-bit numbers");
    if (!tap_pass(signal_open(&tap_comm, path, &s), "opens"))
        tap_ok(same_axes(signal_shape(s), &stack) && !differs(s, 0, 4, 1, 4), "with its axes and rows");
    int ignored = signal_close(&s, false);
    snprintf(path, sizeof path, "%s/stack.tif", dir);
    tap_pass(signal_put_tiff(&tap_comm, path, &stack, x), "the stack as TIFF");
    if (!tap_pass(signal_open(&tap_comm, path, &s), "opens"))
        tap_ok(same_axes(signal_shape(s), &stack) && !differs(s, 1, 3, 0, 6) && !differs(s, 0, 4, 2, 3),
               "with its axes, frames and rows");
    ignored = signal_close(&s, false);
    (void)ignored;
}

static void test_maps(const char *dir) {
    char path[512];
    struct signal *s = NULL;
    struct signal_shape map = {
        2,     {{"y", "nm", 6, 0.5, 0, false}, {"x", "nm", 7, 0.5, 0, false}}, "", "a map", "power", NULL, 0,
        H5_F32};
    float x[42];
    for (int i = 0; i < 42; i++) x[i] = value(0, i);
    snprintf(path, sizeof path, "%s/map.emd", dir);
    tap_pass(signal_put_emd(&tap_comm, path, &map, x), "a map as EMD 1.0");
    if (!tap_pass(signal_open(&tap_comm, path, &s), "opens"))
        tap_ok(same_axes(signal_shape(s), &map) && !differs(s, 0, 1, 0, 6), "with its axes and numbers");
    int ignored = signal_close(&s, false);
    snprintf(path, sizeof path, "%s/map.tif", dir);
    tap_pass(signal_put_tiff(&tap_comm, path, &map, x), "the map as TIFF");
    if (!tap_pass(signal_open(&tap_comm, path, &s), "opens"))
        tap_ok(same_axes(signal_shape(s), &map) && !differs(s, 0, 1, 3, 3), "with its axes and numbers");
    ignored = signal_close(&s, false);
    (void)ignored;
}

static void test_refusals(const char *dir) {
    char path[512];
    struct signal *s = NULL;
    struct h5 *h5 = NULL;
    double x[6] = {0, 1, 2, 3, 4, 5};
    int64_t dims[2] = {2, 3};
    snprintf(path, sizeof path, "%s/two.h5", dir);
    int e = h5_create(&tap_comm, path, &h5);
    if (!e) e = h5_write(h5, "/a/data", H5_F64, 2, dims, x, "", "one");
    if (!e) e = h5_write(h5, "/b/data", H5_F64, 2, dims, x, "", "two");
    if (!e) e = h5_close(&h5, true);
    tap_pass(e, "a file with two arrays");
    tap_ok(signal_open(&tap_comm, path, &s) == ERR_INPUT &&
               strstr(err_message(), "holds 2 signals; name one"),
           "is not read without a name");
    err_clear();
    strcat(path, "::/b/data");
    if (!tap_pass(signal_open(&tap_comm, path, &s), "with a name it is"))
        tap_ok(!strcmp(signal_shape(s)->axis[1].units, "px"), "uncalibrated");
    int ignored = signal_close(&s, false);
    snprintf(path, sizeof path, "%s/none.tif", dir);
    tap_ok(signal_open(&tap_comm, path, &s) == ERR_INPUT, "a missing file is named");
    err_clear();
    struct signal_shape bad = scan;
    bad.axis[1].navigate = false;
    bad.axis[2].navigate = true;
    snprintf(path, sizeof path, "%s/bad.hspy", dir);
    tap_ok(signal_create(&tap_comm, path, &bad, &s) == ERR_INPUT && strstr(err_message(), "transpose"),
           "a navigation axis behind another is refused");
    err_clear();
    bad = scan;
    bad.axis[3].scale = 0;
    tap_ok(signal_create(&tap_comm, path, &bad, &s) == ERR_INPUT && strstr(err_message(), "calibrate"),
           "a scale of zero is refused");
    err_clear();
    (void)ignored;
}

static void test_units(void) {
    /* spellings met in files of HyperSpy, pyxem, py4DSTEM, EMD 0.2; factors by definition */
    const struct {
        const char *text;
        enum signal_unit unit;
        double factor;
    } known[] = {{"nm", SIGNAL_NM, 1},
                 {"\xc3\x85", SIGNAL_NM, 0.1},
                 {"[n_m]", SIGNAL_NM, 1},
                 {"\xc2\xb5m", SIGNAL_NM, 1000},
                 {"$A^{-1}$", SIGNAL_PER_A, 1},
                 {"1/\xc3\x85", SIGNAL_PER_A, 1},
                 {"1 / angstrom", SIGNAL_PER_A, 1},
                 {"A^-1", SIGNAL_PER_A, 1},
                 {"1/nm", SIGNAL_PER_A, 0.1},
                 {"[n_m^-1]", SIGNAL_PER_A, 0.1},
                 {"ms", SIGNAL_S, 1e-3},
                 {"mrad", SIGNAL_MRAD, 1}};
    int good = 1;
    double scale, offset;
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        struct signal_axis a = {"q", known[k].text, 10, 2, -3, false};
        int right = signal_axis_as(&a, known[k].unit, &scale, &offset) &&
                    fabs(scale - 2 * known[k].factor) < 1e-12 && fabs(offset + 3 * known[k].factor) < 1e-12;
        if (!right) printf("# '%s' is not understood\n", known[k].text);
        good &= right;
    }
    struct signal_axis px = {"q", "px", 10, 1, 0, false}, nm = {"q", "nm", 10, 1, 0, false};
    tap_ok(good, "units are understood in the spellings of others");
    tap_ok(!signal_axis_as(&px, SIGNAL_PER_A, &scale, &offset) &&
               !signal_axis_as(&nm, SIGNAL_PER_A, &scale, &offset),
           "pixels and lengths are no wave numbers");
}

static int say_sum(const char *path) {
    struct signal *s = NULL;
    float *x = NULL;
    double sum = 0, scale = 0, offset = 0;
    TRY(signal_open(&tap_comm, path, &s));
    const struct signal_shape *p = signal_shape(s);
    int64_t size = signal_item_size(p), n = signal_items(p);
    int e = MEM_NEW(x, size * n);
    if (!e) e = signal_read(s, 0, n, x);
    for (int64_t i = 0; i < size * n && !e; i++) sum += x[i];
    if (!signal_axis_as(&p->axis[p->n_dims - 1], SIGNAL_PER_A, &scale, &offset)) scale = offset = 0;
    printf("%d axes, %lld items of %lld, %g 1/A, sum %.0f, from %g\n", p->n_dims, (long long)n,
           (long long)size, scale, sum, offset);
    mem_free(&x);
    int closed = signal_close(&s, false);
    return e ? e : closed;
}

int main(int argc, char **argv) {
    tap_begin(&argc, &argv);
    char dir[256] = "/tmp/vitrine_signal_XXXXXX";
    if (argc == 3 && !strcmp(argv[1], "sums")) {
        if (say_sum(argv[2])) printf("# %s\n", err_message());
        comm_finalize();
        return 0;
    }
    if (argc == 3 && !strcmp(argv[1], "write")) snprintf(dir, sizeof dir, "%s", argv[2]);
    else {
        if (tap_comm.rank == 0 && !mkdtemp(dir)) dir[0] = 0;
        comm_bcast(&tap_comm, dir, sizeof dir);
    }
    test_units();
    test_hspy(dir);
    test_copy(dir);
    test_stack(dir);
    test_maps(dir);
    test_refusals(dir);
    comm_barrier(&tap_comm);
    if (argc < 3 && tap_comm.rank == 0) {
        static const char *const names[] = {"scan.hspy", "scan.emd", "stack.hspy", "stack.tif",
                                            "map.emd",   "map.tif",  "two.h5",     "cube.emd"};
        char path[512];
        for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
            snprintf(path, sizeof path, "%s/%s", dir, names[k]);
            unlink(path);
        }
        rmdir(dir);
    }
    return tap_end();
}
