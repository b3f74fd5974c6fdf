/* h5_read - reading datasets: all of it on every rank, or a block of rows on each. Numbers are converted to
 * the type asked for, so that files of other programs (float positions, 32-bit ids, enumerations) read alike.
 */
#include "base/h5_file.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static int open_set(struct h5 *h5, const char *path, hid_t *set) {
    *set = h5_exists(h5, path) ? H5Dopen2(h5->file, path, H5P_DEFAULT) : -1;
    h5_file_forgive();
    if (*set < 0) FAIL(ERR_INPUT, "%s: has no dataset '%s'", h5->path, path);
    return ERR_OK;
}

int h5_shape(struct h5 *h5, const char *path, int *n_dims, int64_t dims[H5_MAX_DIMS]) {
    hid_t set = -1;
    TRY_ALL(&h5->comm, open_set(h5, path, &set));
    hid_t space = H5Dget_space(set);
    hsize_t size[H5S_MAX_RANK] = {0};
    int e = ERR_OK, n = H5Sget_simple_extent_dims(space, size, NULL);
    if (n < 0 || n > H5_MAX_DIMS)
        e = err_set(ERR_INPUT, __FILE__, __LINE__, "%s: '%s' has %d dimensions; at most %d are read",
                    h5->path, path, n, H5_MAX_DIMS);
    else
        for (int d = 0; d < n; d++) dims[d] = (int64_t)size[d];
    *n_dims = n;
    H5Sclose(space);
    H5Dclose(set);
    return err_agree(&h5->comm, e);
}

bool h5_file_class(hid_t set, enum h5_type *type) {
    hid_t stored = H5Dget_type(set);
    H5T_class_t class = H5Tget_class(stored);
    size_t bytes = H5Tget_size(stored); /* of an enumeration: of its numbers */
    H5Tclose(stored);
    if (class == H5T_FLOAT) *type = bytes == 4 ? H5_F32 : H5_F64;
    else if (class == H5T_INTEGER || class == H5T_ENUM)
        *type = bytes == 8 ? H5_I64 : bytes == 4 ? H5_I32 : bytes == 2 ? H5_I16 : H5_U8;
    else return false;
    return true;
}

int h5_type(struct h5 *h5, const char *path, enum h5_type *type) {
    hid_t set = -1;
    TRY_ALL(&h5->comm, open_set(h5, path, &set));
    bool numbers = h5_file_class(set, type);
    H5Dclose(set);
    if (!numbers) FAIL(ERR_INPUT, "%s: '%s' does not hold numbers", h5->path, path);
    return ERR_OK;
}

bool h5_is_dataset(struct h5 *h5, const char *path) {
    if (!h5_exists(h5, path)) return false;
    hid_t object = H5Oopen(h5->file, path, H5P_DEFAULT);
    bool is = object >= 0 && H5Iget_type(object) == H5I_DATASET;
    if (object >= 0) H5Oclose(object);
    h5_file_forgive();
    return is;
}

/* An enumeration (GROMACS and others name species so) reads as its base integers. */
static hid_t memory_type(hid_t set, enum h5_type type, bool *own) {
    hid_t stored = H5Dget_type(set);
    *own = H5Tget_class(stored) == H5T_ENUM;
    hid_t native = *own ? H5Tget_native_type(stored, H5T_DIR_ASCEND) : h5_file_type_native(type);
    H5Tclose(stored);
    return native;
}

/* Local. Integers of `from` bytes to `type`, in place: from the back when they grow, from the front when they
 * shrink. */
static void convert(void *data, size_t n, enum h5_type type, size_t from) {
    for (size_t k = 0; k < n; k++) {
        size_t i = from < h5_file_type_bytes(type) ? n - 1 - k : k;
        int64_t v = 0;
        if (from == 1) v = ((const int8_t *)data)[i];
        else if (from == 2) v = ((const int16_t *)data)[i];
        else if (from == 4) v = ((const int32_t *)data)[i];
        else v = ((const int64_t *)data)[i];
        if (type == H5_I64) ((int64_t *)data)[i] = v;
        else if (type == H5_I32) ((int32_t *)data)[i] = (int32_t)v;
        else if (type == H5_F64) ((double *)data)[i] = (double)v;
        else if (type == H5_F32) ((float *)data)[i] = (float)v;
        else if (type == H5_I16) ((int16_t *)data)[i] = (int16_t)v;
        else ((uint8_t *)data)[i] = (uint8_t)v;
    }
}

/* Collective. axis < 0: everything; else rows [first, first + n) of `axis`, frame being the index in
 * dimension 0. */
static int read_part(struct h5 *h5, hid_t set, const char *path, enum h5_type type, int axis, int64_t frame,
                     int64_t first, int64_t n, void *data) {
    hsize_t start[H5S_MAX_RANK] = {0}, count[H5S_MAX_RANK], size[H5S_MAX_RANK] = {0};
    hid_t space = H5Dget_space(set);
    int n_dims = H5Sget_simple_extent_dims(space, size, NULL);
    memcpy(count, size, sizeof count);
    int e = ERR_OK;
    if (axis >= 0) {
        if (axis == 1) {
            start[0] = (hsize_t)frame;
            count[0] = 1;
        }
        if (n_dims > axis) {
            start[axis] = (hsize_t)first;
            count[axis] = (hsize_t)n;
        }
        bool outside = n < 0 || first < 0 || (n_dims > axis && (hsize_t)(first + n) > size[axis]) ||
                       (axis == 1 && (frame < 0 || n_dims < 1 || (hsize_t)frame >= size[0]));
        if (outside) e = err_set(ERR_INPUT, __FILE__, __LINE__, "%s: '%s' has no such rows", h5->path, path);
    }
    bool none = e != ERR_OK, own;
    if (none && n_dims > 0) count[0] = 0;
    size_t total = 1;
    for (int d = 0; d < n_dims; d++) total *= (size_t)count[d];
    none = none || total == 0;
    hid_t native = memory_type(set, type, &own);
    hid_t memory = n_dims > 0 ? H5Screate_simple(n_dims, count, NULL) : H5Screate(H5S_SCALAR);
    if (none) {
        H5Sselect_none(space);
        H5Sselect_none(memory);
    } else if (n_dims > 0) {
        H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL);
    }
    char nothing[8], *block = NULL;
    size_t from = H5Tget_size(native), to = h5_file_type_bytes(type);
    if (own && from > to && !none) e = MEM_NEW(block, total * from); /* wider than the caller's array */
    void *into = e || none || !data ? nothing : block ? block : data;
    e = err_agree(&h5->comm, e);
    if (!e && H5Dread(set, native, memory, space, h5->collective, into) < 0)
        e = h5_file_failed(h5, "read dataset", path);
    if (own && !none && !e) convert(into, total, type, from);
    if (block && !e) memcpy(data, block, total * to);
    mem_free(&block);
    if (own) H5Tclose(native);
    H5Sclose(memory);
    H5Sclose(space);
    return e;
}

static int read_any(struct h5 *h5, const char *path, enum h5_type type, int axis, int64_t frame,
                    int64_t first, int64_t n, void *data) {
    hid_t set = -1;
    TRY_ALL(&h5->comm, open_set(h5, path, &set));
    int e = read_part(h5, set, path, type, axis, frame, first, n, data);
    H5Dclose(set);
    return err_agree(&h5->comm, e);
}

int h5_read(struct h5 *h5, const char *path, enum h5_type type, void *data) {
    return read_any(h5, path, type, -1, 0, 0, 0, data);
}

int h5_read_rows(struct h5 *h5, const char *path, enum h5_type type, int64_t first, int64_t n_rows,
                 void *data) {
    return read_any(h5, path, type, 0, 0, first, n_rows, data);
}

int h5_read_frame(struct h5 *h5, const char *path, enum h5_type type, int64_t frame, int64_t first,
                  int64_t n_rows, void *data) {
    return read_any(h5, path, type, 1, frame, first, n_rows, data);
}

static int read_text(struct h5 *h5, hid_t set, const char *path, char **text) {
    hid_t type = H5Dget_type(set), space = H5Dget_space(set);
    int e = ERR_OK;
    size_t n = (size_t)H5Sget_simple_extent_npoints(space);
    if (H5Tget_class(type) != H5T_STRING || n != 1) {
        e = err_set(ERR_INPUT, __FILE__, __LINE__, "%s: '%s' is not a text", h5->path, path);
    } else if (H5Tis_variable_str(type) > 0) {
        char *s = NULL;
        if (H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, &s) < 0)
            e = h5_file_failed(h5, "read text", path);
        else e = mem_strdup(text, s ? s : "");
        free(s);
    } else {
        char *s = NULL;
        size_t size = H5Tget_size(type);
        e = MEM_NEW(s, size + 1);
        if (!e && H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, s) < 0)
            e = h5_file_failed(h5, "read text", path);
        if (!e) e = mem_strdup(text, s);
        mem_free(&s);
    }
    H5Sclose(space);
    H5Tclose(type);
    return e;
}

int h5_read_text(struct h5 *h5, const char *path, char **text) {
    hid_t set = -1;
    *text = NULL;
    TRY_ALL(&h5->comm, open_set(h5, path, &set));
    int e = err_agree(&h5->comm, read_text(h5, set, path, text));
    H5Dclose(set);
    if (e) mem_free(text);
    return e;
}
