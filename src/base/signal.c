/* signal - shapes, units, opening and closing; the formats are in signal_hdf.c and signal_tiff.c.
 *
 * Readers open a file on each rank alone: reads are then independent and need no MPI-IO. Rejected: one reader
 * that sends patterns on (a bottleneck), keeping data as double (patterns are counts or floats). */
#include "base/signal.h"
#include "base/mem.h"
#include "base/signal_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int signal_navigation(const struct signal_shape *shape) {
    int n = 0;
    while (n < shape->n_dims && shape->axis[n].navigate) n++;
    return n;
}

int64_t signal_items(const struct signal_shape *shape) {
    int64_t n = 1;
    for (int d = 0; d < signal_navigation(shape); d++) n *= shape->axis[d].size;
    return n;
}

int64_t signal_item_size(const struct signal_shape *shape) {
    int64_t n = 1;
    for (int d = signal_navigation(shape); d < shape->n_dims; d++) n *= shape->axis[d].size;
    return n;
}

/* --- units --- */

/* **Local.** "$A^{-1}$", "[n_m]", "1 / Å" -> "A^-1", "nm", "1/A". */
static void plain(const char *units, char out[32]) {
    size_t n = 0;
    for (const char *p = units; *p && n < 30; p++) {
        if (strchr(" ${}[]_\\", *p)) continue;
        if (!strncmp(p, "\xc3\x85", 2) || !strncmp(p, "\xc2\xb5", 2) || !strncmp(p, "\xce\xbc", 2)) {
            out[n++] = *p == '\xc3' ? 'A' : 'u';
            p++;
        } else if (!strncmp(p, "\xe2\x84\xab", 3)) {
            out[n++] = 'A';
            p += 2;
        } else if (!strncasecmp(p, "angstrom", 8)) {
            out[n++] = 'A';
            p += p[8] == 's' ? 8 : 7;
        } else out[n++] = *p;
    }
    out[n] = 0;
}

bool signal_axis_as(const struct signal_axis *axis, enum signal_unit unit, double *scale, double *offset) {
    static const struct {
        const char *text;
        enum signal_unit unit;
        double factor;
    } known[] = {{"A", SIGNAL_NM, 0.1},
                 {"nm", SIGNAL_NM, 1},
                 {"pm", SIGNAL_NM, 1e-3},
                 {"um", SIGNAL_NM, 1e3},
                 {"m", SIGNAL_NM, 1e9},
                 {"1/A", SIGNAL_PER_A, 1},
                 {"A^-1", SIGNAL_PER_A, 1},
                 {"A-1", SIGNAL_PER_A, 1},
                 {"kA^-1", SIGNAL_PER_A, 1},
                 {"1/nm", SIGNAL_PER_A, 0.1},
                 {"nm^-1", SIGNAL_PER_A, 0.1},
                 {"nm-1", SIGNAL_PER_A, 0.1},
                 {"1/m", SIGNAL_PER_A, 1e-10},
                 {"m^-1", SIGNAL_PER_A, 1e-10},
                 {"s", SIGNAL_S, 1},
                 {"sec", SIGNAL_S, 1},
                 {"ms", SIGNAL_S, 1e-3},
                 {"min", SIGNAL_S, 60},
                 {"mrad", SIGNAL_MRAD, 1},
                 {"rad", SIGNAL_MRAD, 1e3},
                 {"C", SIGNAL_CELSIUS, 1},
                 {"\xc2\xb0"
                  "C",
                  SIGNAL_CELSIUS, 1},
                 {"degC", SIGNAL_CELSIUS, 1},
                 {"K", SIGNAL_CELSIUS, 1}};
    char text[32];
    plain(axis->units ? axis->units : "", text);
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        if (known[k].unit != unit || strcmp(known[k].text, text)) continue;
        *scale = axis->scale * known[k].factor;
        *offset = axis->offset * known[k].factor - (strcmp(text, "K") ? 0 : 273.15);
        return true;
    }
    return false;
}

/* --- opening and closing --- */

int signal_file_keep(struct signal *signal, const char *text, const char **kept) {
    if (signal->n_texts >= SIGNAL_TEXTS) FAIL(ERR_INTERNAL, "too many texts in %s", signal->path);
    TRY(mem_strdup(&signal->text[signal->n_texts], text ? text : ""));
    *kept = signal->text[signal->n_texts++];
    return ERR_OK;
}

static int describe(const struct comm *comm, const char *path, struct signal **signal) {
    TRY(MEM_NEW(*signal, 1));
    (*signal)->comm = *comm;
    (*signal)->self = comm_self();
    return mem_strdup(&(*signal)->path, path);
}

/* **Local.** What callers may get wrong. */
static int check_shape(const char *path, const struct signal_shape *shape) {
    int n = signal_navigation(shape);
    if (shape->n_dims < 1 || shape->n_dims > H5_MAX_DIMS || n == shape->n_dims)
        FAIL(ERR_INPUT, "%s: has %d axes, of which %d navigate; there must be one to %d, and one of an item",
             path, shape->n_dims, n, H5_MAX_DIMS);
    for (int d = 0; d < shape->n_dims; d++) {
        const struct signal_axis *a = &shape->axis[d];
        if (a->size < 1) FAIL(ERR_INPUT, "%s: axis %d (%s) is empty", path, d, a->name);
        if (!isfinite(a->scale) || a->scale == 0 || !isfinite(a->offset))
            FAIL(ERR_INPUT, "%s: axis %d (%s) has the scale %g and offset %g; calibrate it again", path, d,
                 a->name, a->scale, a->offset);
        if (d > n && a->navigate)
            FAIL(ERR_INPUT,
                 "%s: axis %d (%s) navigates but comes after one that does not; transpose the data", path, d,
                 a->name);
    }
    return ERR_OK;
}

static int copy_shape(struct signal *s, const struct signal_shape *shape) {
    s->shape = *shape;
    for (int d = 0; d < shape->n_dims; d++) {
        TRY(signal_file_keep(s, shape->axis[d].name, &s->shape.axis[d].name));
        TRY(signal_file_keep(s, shape->axis[d].units, &s->shape.axis[d].units));
    }
    TRY(signal_file_keep(s, shape->signal_type, &s->shape.signal_type));
    TRY(signal_file_keep(s, shape->title, &s->shape.title));
    TRY(signal_file_keep(s, shape->quantity, &s->shape.quantity));
    return signal_file_keep(s, shape->note, &s->shape.note);
}

int signal_create(const struct comm *comm, const char *path, const struct signal_shape *shape,
                  struct signal **signal) {
    *signal = NULL;
    int e = describe(comm, path, signal);
    if (!e) e = check_shape(path, shape);
    if (!e) e = copy_shape(*signal, shape);
    e = err_agree(comm, e);
    if (!e) (*signal)->writing = true;
    if (!e) e = h5_create(comm, path, &(*signal)->h5);
    const char *dot = strrchr(path, '.');
    if (!e) e = dot && !strcasecmp(dot, ".emd") ? signal_hdf_create_emd(*signal) : signal_hdf_create(*signal);
    if (e) {
        int ignored = signal_close(signal, false);
        (void)ignored;
    }
    return e;
}

int signal_write(struct signal *signal, int64_t first, int64_t n, const float *data) {
    TRY(h5_items_write(signal->items, first, n, data));
    signal->written += n;
    return ERR_OK;
}

static void forget(struct signal **signal) {
    for (int k = 0; k < (*signal)->n_texts; k++) mem_free(&(*signal)->text[k]);
    mem_free(&(*signal)->path);
    mem_free(signal);
}

int signal_close(struct signal **signal, bool keep) {
    if (!*signal) return ERR_OK;
    struct signal *s = *signal;
    int e = ERR_OK;
    h5_items_close(&s->items);
    signal_tiff_close(&s->tiff);
    if (s->writing) {
        int64_t n = s->written;
        comm_sum_i64(&s->comm, &n, 1);
        if (keep && n != signal_items(&s->shape))
            e = err_set(ERR_INTERNAL, __FILE__, __LINE__, "%s: %lld of %lld items were written", s->path,
                        (long long)n, (long long)signal_items(&s->shape));
    }
    int closed = h5_close(&s->h5, s->writing && keep && !e);
    forget(signal);
    return e ? e : closed;
}

bool signal_is_file(const char *path) {
    static const char *const endings[] = {".hspy", ".emd", ".tif", ".tiff"};
    const char *dot = strrchr(path, '.');
    if (strstr(path, "::")) return true;
    for (size_t k = 0; k < sizeof endings / sizeof *endings; k++)
        if (dot && !strcasecmp(dot, endings[k])) return true;
    return false;
}

static int open_alone(struct signal *s) {
    char *file = NULL;
    const char *mark = strstr(s->path, "::");
    TRY(mem_strndup(&file, s->path, mark ? (size_t)(mark - s->path) : strlen(s->path)));
    int e = !mark && signal_tiff_is(file) ? signal_tiff_open(s)
                                          : signal_hdf_open(s, file, mark ? mark + 2 : NULL);
    mem_free(&file);
    return e ? e : check_shape(s->path, &s->shape);
}

int signal_open(const struct comm *comm, const char *path, struct signal **signal) {
    *signal = NULL;
    int e = describe(comm, path, signal);
    if (!e) e = open_alone(*signal);
    e = err_agree(comm, e);
    if (e) {
        int ignored = signal_close(signal, false);
        (void)ignored;
    }
    return e;
}

const struct signal_shape *signal_shape(const struct signal *signal) {
    return &signal->shape;
}

const char *signal_path(const struct signal *signal) {
    return signal->path;
}

int signal_read_rows(struct signal *signal, int64_t first, int64_t n, int64_t row, int64_t n_rows,
                     float *data) {
    if (signal->items) return h5_items_read(signal->items, first, n, row, n_rows, data);
    int64_t size = signal_item_size(&signal->shape), rows = signal->shape.axis[signal->shape.n_dims - 2].size;
    for (int64_t k = 0; k < n; k++)
        TRY(signal_tiff_read(signal->tiff, first + k, row, n_rows, data + k * (size / rows * n_rows)));
    return ERR_OK;
}

int signal_read(struct signal *signal, int64_t first, int64_t n, float *data) {
    const struct signal_shape *shape = &signal->shape;
    return signal_read_rows(signal, first, n, 0, shape->axis[signal_navigation(shape)].size, data);
}

/* --- from file to file --- */

static int copy_items(struct signal *in, struct signal *out) {
    float *item = NULL;
    int64_t n = signal_items(&in->shape);
    int e = MEM_NEW(item, signal_item_size(&in->shape));
    for (int64_t k = out->comm.rank; k < n && !e; k += out->comm.size) {
        e = signal_read(in, k, 1, item);
        if (!e) e = signal_write(out, k, 1, item);
    }
    mem_free(&item);
    return e;
}

static int copy_to_tiff(const struct comm *comm, struct signal *in, const char *path) {
    const struct signal_shape *shape = &in->shape;
    int64_t n = signal_items(shape);
    float *data = NULL;
    if (shape->n_dims < 2 || shape->n_dims > 3 || shape->n_dims - signal_navigation(shape) != 2)
        FAIL(ERR_INPUT, "%s: a TIFF holds an image or a stack of images, not %d axes", in->path,
             shape->n_dims);
    int e = comm->rank == 0 ? MEM_NEW(data, n * signal_item_size(shape)) : ERR_OK;
    if (!e && comm->rank == 0) e = signal_read(in, 0, n, data);
    e = err_agree(comm, e);
    if (!e) e = signal_put_tiff(comm, path, shape, data);
    mem_free(&data);
    return e;
}

int signal_copy(const struct comm *comm, const char *in, const char *out, int64_t *n) {
    struct signal *from = NULL, *to = NULL;
    TRY(signal_open(comm, in, &from));
    int e = ERR_OK, closed;
    *n = signal_items(&from->shape);
    if (signal_tiff_is(out)) e = copy_to_tiff(comm, from, out);
    else {
        e = signal_create(comm, out, &from->shape, &to);
        if (!e) e = err_agree(comm, copy_items(from, to));
        closed = signal_close(&to, !e);
        if (!e) e = closed;
    }
    closed = signal_close(&from, false);
    return e ? e : closed;
}
