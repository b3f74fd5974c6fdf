/* ranks: 1 2 3 4
 * HDF5 files: what is written is read back, by as many ranks or by one; complete or absent.
 * With arguments "fill PATH MEGABYTES": writes that much and prints the exit status
 * (tests/script/test_full_disk.sh). */
#include "base/h5.h"
#include "tap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The value of element (row, column) of every array here. */
static double value(int64_t row, int64_t column) {
    return (double)row + 0.25 * (double)column;
}

/* Rank r gets rows in proportion to r: rank 0 none when there are several ranks. */
static void share(const struct comm *comm, int64_t n, int64_t *first, int64_t *count) {
    int64_t total = (int64_t)comm->size * (comm->size - 1) / 2, r = comm->rank;
    if (comm->size == 1) {
        *first = 0;
        *count = n;
        return;
    }
    *first = n * (r * (r - 1) / 2) / total;
    *count = n * (r * (r + 1) / 2) / total - *first;
}

static int write_all(const struct comm *comm, const char *path, int64_t n) {
    struct h5 *h5 = NULL;
    double *x = NULL;
    int64_t first, count, dims[2] = {n, 3}, frames = 3;
    int e = ERR_OK;
    share(comm, n, &first, &count);
    TRY_ALL(comm, MEM_NEW(x, count * 3));
    for (int64_t i = 0; i < count; i++)
        for (int c = 0; c < 3; c++) x[3 * i + c] = value(first + i, c);
    TRY_TO(out, h5_create(comm, path, &h5));
    TRY_TO(out, h5_write_rows(h5, "/a/plain", H5_F64, 2, dims, first, count, x, 0, "A", "rows"));
    TRY_TO(out, h5_write_rows(h5, "/a/packed", H5_F64, 2, dims, first, count, x, 4, "A", "rows, compressed"));
    TRY_TO(out, h5_series_create(h5, "/b/x", H5_F32, 2, dims, 0, "A", "a series"));
    TRY_TO(out, h5_series_create(h5, "/b/packed", H5_F64, 2, dims, 1, "A", "a series, compressed"));
    TRY_TO(out, h5_series_create(h5, "/b/t", H5_F64, 0, NULL, 0, "ps", "time"));
    TRY_TO(out, h5_link(h5, "/b/t", "/c/d/t"));
    float *y = NULL;
    TRY_ALL_TO(comm, out, MEM_NEW(y, count * 3));
    for (int64_t k = 0; k < frames && !e; k++) {
        for (int64_t i = 0; i < 3 * count; i++) {
            x[i] += 1000;
            y[i] = (float)x[i];
        }
        double t = 0.5 * (double)k;
        e = h5_series_append(h5, "/b/x", first, count, y);
        if (!e) e = h5_series_append(h5, "/b/packed", first, count, x);
        if (!e) e = h5_series_append(h5, "/b/t", 0, 0, &t);
    }
    mem_free(&y);
    if (e) goto out;
    const int32_t version[2] = {1, 1};
    const int64_t big = (int64_t)1 << 40;
    const double edge = 0.1;
    const char *const words[] = {"periodic", "none", "periodic"};
    TRY_TO(out, h5_attr_i32(h5, "/a", "version", version, 2));
    TRY_TO(out, h5_attr_i64(h5, "/a", "big", &big, 1));
    TRY_TO(out, h5_attr_f64(h5, "/a", "edge", &edge, 1));
    TRY_TO(out, h5_attr_texts(h5, "/a", "words", words, 3));
    TRY_TO(out, h5_attr_fixed(h5, "/a", "boundary", words, 3));
    TRY_TO(out, h5_attr_text(h5, "/a", "name", "first"));
    TRY_TO(out, h5_attr_text(h5, "/a", "name", "second")); /* replaces */
    TRY_TO(out, h5_write_text(h5, "/vitrine/deck", "seed: 1\n\xc3\x85\n", "the deck"));
    const char *const texts[] = {"Cu", "Zirconium", ""};
    TRY_TO(out, h5_write_texts(h5, "/tables/t/name", texts, 3, "names"));
    const char *const named[] = {"Zr", "Cu"};
    const int32_t number[] = {40, 29};
    int32_t *type = NULL;
    TRY_ALL_TO(comm, out, MEM_NEW(type, count));
    for (int64_t i = 0; i < count; i++) type[i] = number[(first + i) % 2];
    e = h5_write_named(h5, "/a/species", named, number, 2, n, first, count, type, 0, "species");
    mem_free(&type);
    TRY_TO(out, e);
    int64_t two = 2;
    const int64_t counts[2] = {7, -9};
    TRY_TO(out, h5_write(h5, "/a/counts", H5_I64, 1, &two, counts, "", "rank 0's"));
out:
    mem_free(&x);
    int closed = h5_close(&h5, !e);
    return e ? e : closed;
}

static int differs(const double *x, int64_t first, int64_t count, double shift) {
    for (int64_t i = 0; i < count; i++)
        for (int c = 0; c < 3; c++)
            if (x[3 * i + c] != value(first + i, c) + shift) return 1;
    return 0;
}

static int read_all(const struct comm *comm, const char *path, int64_t n, int *right) {
    struct h5 *h5 = NULL;
    double *x = NULL, t[3], edge = 0;
    int64_t first = n * comm->rank / comm->size, count = n * (comm->rank + 1) / comm->size - first;
    int64_t dims[H5_MAX_DIMS], big = 0, counts[2];
    int n_dims, e = ERR_OK;
    *right = 1;
    TRY_ALL(comm, MEM_NEW(x, 3 * count));
    TRY_TO(out, h5_open(comm, path, &h5));
    TRY_TO(out, h5_shape(h5, "/b/packed", &n_dims, dims));
    *right = *right && n_dims == 3 && dims[0] == 3 && dims[1] == n && dims[2] == 3;
    const char *const plain[] = {"/a/plain", "/a/packed"};
    for (int k = 0; k < 2; k++) {
        memset(x, 0, 24 * (size_t)count);
        TRY_TO(out, h5_read_rows(h5, plain[k], H5_F64, first, count, x));
        *right = *right && !differs(x, first, count, 0);
    }
    for (int64_t k = 0; k < 3; k++) {
        TRY_TO(out, h5_read_frame(h5, "/b/packed", H5_F64, k, first, count, x));
        *right = *right && !differs(x, first, count, 1000.0 * (double)(k + 1));
        TRY_TO(out, h5_read_frame(h5, "/b/x", H5_F64, k, first, count, x)); /* exact: quarters below 2^24 */
        *right = *right && !differs(x, first, count, 1000.0 * (double)(k + 1));
    }
    TRY_TO(out, h5_read(h5, "/c/d/t", H5_F64, t));
    *right = *right && t[0] == 0 && t[1] == 0.5 && t[2] == 1;
    TRY_TO(out, h5_read_attr_f64(h5, "/a", "edge", &edge, 1));
    TRY_TO(out, h5_read_attr_i64(h5, "/a", "big", &big, 1));
    *right = *right && edge == 0.1 && big == (int64_t)1 << 40;
    TRY_TO(out, h5_read(h5, "/a/counts", H5_I64, counts));
    *right = *right && counts[0] == 7 && counts[1] == -9;
    char *text = NULL;
    TRY_TO(out, h5_read_attr_text(h5, "/a", "name", &text));
    *right = *right && strcmp(text, "second") == 0;
    mem_free(&text);
    TRY_TO(out, h5_read_attr_text(h5, "/a/plain", "unit", &text));
    *right = *right && strcmp(text, "A") == 0;
    mem_free(&text);
    TRY_TO(out, h5_read_text(h5, "/vitrine/deck", &text));
    *right = *right && strcmp(text, "seed: 1\n\xc3\x85\n") == 0;
    mem_free(&text);
    char **names;
    int64_t *values, *ids = NULL;
    int n_names;
    TRY_TO(out, h5_read_names(h5, "/a/species", &n_names, &names, &values));
    *right = *right && n_names == 2 && !strcmp(names[0], "Zr") && values[0] == 40 && values[1] == 29;
    mem_free(&names);
    mem_free(&values);
    TRY_ALL_TO(comm, out, MEM_NEW(ids, count));
    e = h5_read_rows(h5, "/a/species", H5_I64, first, count, ids); /* 32-bit enumeration to 64 bits */
    for (int64_t i = 0; i < count; i++) *right = *right && ids[i] == ((first + i) % 2 ? 29 : 40);
    mem_free(&ids);
    TRY_TO(out, e);
    TRY_TO(out, h5_members(h5, "/a", &n_names, &names));
    *right = *right && n_names == 4 && !strcmp(names[0], "counts") && !strcmp(names[3], "species");
    mem_free(&names);
    *right = *right && h5_exists(h5, "/b/t") && !h5_exists(h5, "/b/no/such");
out:
    mem_free(&x);
    int closed = h5_close(&h5, false);
    return e ? e : closed;
}

static void test_round_trip(const char *path) {
    int right;
    for (int64_t n = 5; n <= 100000; n *= 20000) { /* fewer rows than some ranks have; several chunks */
        tap_pass(write_all(&tap_comm, path, n), n == 5 ? "writes 5 rows" : "writes 100,000 rows");
        tap_pass(read_all(&tap_comm, path, n, &right), "reads on as many ranks");
        tap_ok(right, "reads what was written");
        struct comm self = comm_self(); /* every rank for itself: a one-rank reader */
        tap_pass(read_all(&self, path, n, &right), "reads on one rank");
        tap_ok(right, "one rank reads what all wrote");
    }
    struct comm self = comm_self();
    tap_pass(tap_comm.rank == 0 ? write_all(&self, path, 1000) : ERR_OK, "writes on one rank");
    tap_pass(read_all(&tap_comm, path, 1000, &right), "reads on all ranks");
    tap_ok(right, "all ranks read what one wrote");
}

static int exists(const char *path) {
    comm_barrier(&tap_comm);
    return access(path, F_OK) == 0;
}

static void test_complete_or_absent(const char *path) {
    char partial[600];
    snprintf(partial, sizeof partial, "%s.partial", path);
    struct h5 *h5 = NULL;
    int64_t three = 3;
    const double v[3] = {1, 2, 3};
    if (tap_comm.rank == 0) unlink(path);
    tap_pass(h5_create(&tap_comm, path, &h5), "creates");
    tap_pass(h5_write(h5, "/v", H5_F64, 1, &three, v, "", "v"), "writes");
    tap_ok(!exists(path) && exists(partial), "nothing under the final name while open");
    tap_pass(h5_close(&h5, false), "drops");
    tap_ok(!exists(path) && !exists(partial), "nothing left of a dropped file");
    tap_pass(h5_create(&tap_comm, path, &h5), "creates again");
    tap_pass(h5_write(h5, "/v", H5_F64, 1, &three, v, "", "v"), "writes again");
    tap_pass(h5_close(&h5, true), "keeps");
    tap_ok(exists(path) && !exists(partial), "a kept file has its final name");
    tap_pass(h5_append(&tap_comm, path, &h5), "opens for adding");
    const double w[3] = {4, 5, 6};
    tap_pass(h5_write(h5, "/w", H5_F64, 1, &three, w, "", "w"), "adds");
    tap_pass(h5_close(&h5, false), "drops the addition");
    tap_pass(h5_open(&tap_comm, path, &h5), "opens the original");
    tap_ok(h5_exists(h5, "/v") && !h5_exists(h5, "/w"), "a dropped addition leaves the original as it was");
    tap_pass(h5_close(&h5, false), "closes");
    tap_pass(h5_append(&tap_comm, path, &h5), "opens for adding again");
    tap_pass(h5_write(h5, "/v", H5_F64, 1, &three, w, "", "w"), "writes over a dataset");
    tap_pass(h5_close(&h5, true), "keeps the addition");
    double got[3] = {0};
    tap_pass(h5_open(&tap_comm, path, &h5), "opens again");
    tap_pass(h5_read(h5, "/v", H5_F64, got), "reads");
    tap_ok(got[0] == 4 && got[2] == 6, "the later value counts");
    tap_pass(h5_close(&h5, false), "closes again");
}

/* A table may have no rows: a dataset of none is there and says so, on any number of ranks. */
static void test_empty(const char *path) {
    const struct comm *comm = &tap_comm;
    struct h5 *h5 = NULL;
    int64_t none[1] = {0}, dims[H5_MAX_DIMS] = {7};
    int n_dims = 0;
    if (tap_pass(h5_create(comm, path, &h5), "a new file")) return;
    tap_pass(h5_write(h5, "/empty/numbers", H5_F64, 1, none, NULL, "A", "no numbers"), "an empty array");
    tap_pass(h5_write_texts(h5, "/empty/words", NULL, 0, "no words"), "an empty list of texts");
    tap_ok(h5_shape(h5, "/empty/numbers", &n_dims, dims) == ERR_OK && n_dims == 1 && dims[0] == 0,
           "an empty array has 0 rows");
    tap_pass(h5_close(&h5, false), "dropped");
}

static void fails(int got, int want, const char *part, const char *what) {
    int right = got == want && strstr(err_message(), part) != NULL;
    if (!right) printf("# got %d '%s', want %d '%s'\n", got, err_message(), want, part);
    tap_ok(right, what);
    err_clear();
}

static void test_errors(const char *folder, const char *path) {
    struct h5 *h5 = NULL;
    char other[600];
    snprintf(other, sizeof other, "%s/no/such/x.h5", folder);
    fails(h5_create(&tap_comm, other, &h5), ERR_CREATE, "make the folder", "a folder that does not exist");
    fails(h5_open(&tap_comm, other, &h5), ERR_INPUT, "cannot read it: No such file",
          "a file that does not exist");
    snprintf(other, sizeof other, "%s/text.h5", folder);
    tap_pass(h5_put_text(&tap_comm, other, "not HDF5\n"), "writes a text");
    fails(h5_open(&tap_comm, other, &h5), ERR_INPUT, "is not an HDF5 file", "a file that is not HDF5");
    if (tap_comm.rank == 0 && truncate(path, 900)) tap_failed++;
    comm_barrier(&tap_comm);
    fails(h5_open(&tap_comm, path, &h5), ERR_INPUT, "truncated", "a truncated file");
    tap_pass(write_all(&tap_comm, path, 10), "writes it again");
    tap_pass(h5_open(&tap_comm, path, &h5), "opens it");
    double x[3];
    fails(h5_read(h5, "/none", H5_F64, x), ERR_INPUT, "has no dataset '/none'", "a missing dataset");
    fails(h5_read_attr_f64(h5, "/a", "none", x, 1), ERR_INPUT, "has no attribute 'none'",
          "a missing attribute");
    fails(h5_read_attr_f64(h5, "/a", "edge", x, 2), ERR_INPUT, "has 1 values, not 2",
          "an attribute of another length");
    int64_t first = tap_comm.rank == 0 ? 9 : 0; /* rank 0 alone asks for too much */
    fails(h5_read_rows(h5, "/a/plain", H5_F64, first, tap_comm.rank == 0 ? 2 : 0, x), ERR_INPUT,
          "no such rows", "one rank's rows outside the dataset");
    fails(h5_group(h5, "/z"), ERR_INTERNAL, "open for reading only",
          "writing into a file opened for reading");
    tap_pass(h5_close(&h5, false), "closes it");
    tap_pass(h5_close(&h5, true), "closing nothing is fine");
}

static int fill(const char *path, double megabytes) {
    struct h5 *h5 = NULL;
    double *x = NULL;
    int64_t dims[1] = {1 << 15}, first, count; /* a quarter of a megabyte a frame */
    share(&tap_comm, dims[0], &first, &count);
    int e = err_agree(&tap_comm, MEM_NEW(x, count));
    if (!e) e = h5_create(&tap_comm, path, &h5);
    if (!e) e = h5_series_create(h5, "/x", H5_F64, 1, dims, 0, "", "x");
    for (int k = 0; k < 4 * megabytes && !e; k++) e = h5_series_append(h5, "/x", first, count, x);
    mem_free(&x);
    int closed = h5_close(&h5, !e);
    if (!e) e = closed;
    if (tap_comm.rank == 0) printf("status %d %s\n", err_status(e), err_message());
    err_clear();
    comm_finalize();
    return 0;
}

int main(int argc, char **argv) {
    tap_begin(&argc, &argv);
    if (argc == 4) return fill(argv[2], strtod(argv[3], NULL));
    char folder[512] = "", path[540];
    if (tap_comm.rank == 0) {
        const char *tmp = getenv("TMPDIR");
        snprintf(folder, sizeof folder, "%s/vitrine-h5-XXXXXX", tmp ? tmp : "/tmp");
        if (!mkdtemp(folder)) return 1;
    }
    comm_bcast(&tap_comm, folder, sizeof folder);
    snprintf(path, sizeof path, "%s/a.h5", folder);
    test_round_trip(path);
    test_empty(path);
    test_complete_or_absent(path);
    test_errors(folder, path);
    if (tap_comm.rank == 0) {
        unlink(path);
        snprintf(path, sizeof path, "%s/text.h5", folder);
        unlink(path);
        if (rmdir(folder)) tap_failed++;
    }
    return tap_end();
}
