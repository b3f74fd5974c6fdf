/* h5_write - datasets and growing series.
 *
 * Every transfer is collective; a rank without rows selects nothing. Whole arrays without compression are
 * contiguous; the rest is in chunks of about 1 MiB, whose shape does not depend on the number of ranks.
 * Series hold one frame or a part of one in a chunk, small frames (thermodynamics) many. Fill values are
 * never written: every byte is. Texts are stored with fixed length, because parallel HDF5 cannot write
 * variable-length datasets. */
#include "base/h5_file.h"
#include "base/mem.h"

#include <string.h>

#define CHUNK_BYTES ((int64_t)1 << 20)
#define SMALL_CHUNK_BYTES ((int64_t)16 << 10)

static int64_t row_bytes(enum h5_type type, int n_dims, const hsize_t *dims) {
    int64_t n = (int64_t)h5_file_type_bytes(type);
    for (int d = 1; d < n_dims; d++) n *= (int64_t)dims[d];
    return n;
}

/* Equal chunks of at most CHUNK_BYTES: the last one of a dataset takes as much room as the others. */
static hsize_t rows_in_chunk(int64_t bytes_per_row, hsize_t rows) {
    int64_t n = bytes_per_row > 0 ? CHUNK_BYTES / bytes_per_row : 1;
    if (n < 1) n = 1;
    if (rows == 0) return (hsize_t)n;
    int64_t chunks = ((int64_t)rows + n - 1) / n;
    return (hsize_t)(((int64_t)rows + chunks - 1) / chunks);
}

static hid_t creation_list(int n_dims, const hsize_t *chunk, int deflate) {
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_fill_time(list, H5D_FILL_TIME_NEVER);
    if (chunk) H5Pset_chunk(list, n_dims, chunk);
    if (chunk && deflate > 0) {
        H5Pset_shuffle(list);
        H5Pset_deflate(list, (unsigned)deflate);
    }
    return list;
}

static hid_t create_set(struct h5 *h5, const char *path, hid_t stored, hid_t space, hid_t creation) {
    hid_t links = h5_file_links();
    if (h5_exists(h5, path)) H5Ldelete(h5->file, path, H5P_DEFAULT); /* written again: the new one counts */
    hid_t set = H5Dcreate2(h5->file, path, stored, space, links, creation, H5P_DEFAULT);
    H5Pclose(links);
    return set;
}

/* Collective. Write the rows [first, first + n) of dimension `axis`; frame is the index along dimension 0 if
 * axis = 1. */
static int transfer(struct h5 *h5, hid_t set, hid_t native, int axis, hsize_t frame, int64_t first, int64_t n,
                    const void *data) {
    hsize_t start[H5_MAX_DIMS + 1] = {0}, count[H5_MAX_DIMS + 1];
    char nothing[8] = {0};
    hid_t space = H5Dget_space(set);
    int n_dims = H5Sget_simple_extent_ndims(space);
    H5Sget_simple_extent_dims(space, count, NULL);
    start[0] = axis ? frame : 0;
    if (axis) count[0] = 1;
    if (n_dims > axis) {
        start[axis] = (hsize_t)first;
        count[axis] = (hsize_t)n;
    }
    bool none = n <= 0;
    for (int d = 0; d < n_dims; d++) none = none || count[d] == 0;
    hid_t memory = n_dims > 0 ? H5Screate_simple(n_dims, count, NULL) : H5Screate(H5S_SCALAR);
    if (none) {
        H5Sselect_none(space);
        H5Sselect_none(memory);
    } else if (n_dims > 0) {
        H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL);
    }
    int bad = H5Dwrite(set, native, memory, space, h5->collective, data ? data : nothing) < 0;
    H5Sclose(memory);
    H5Sclose(space);
    return bad;
}

int h5_file_write_rows(struct h5 *h5, const char *path, hid_t stored, hid_t native, int64_t bytes_per_row,
                       int n_dims, const int64_t *dims, int64_t first, int64_t n_rows, const void *data,
                       int deflate, const char *unit, const char *what) {
    hsize_t shape[H5_MAX_DIMS] = {0}, chunk[H5_MAX_DIMS] = {0};
    if (n_dims > H5_MAX_DIMS) FAIL(ERR_INTERNAL, "dataset %s has %d dimensions", path, n_dims);
    bool empty = false;
    for (int d = 0; d < n_dims; d++) {
        chunk[d] = shape[d] = (hsize_t)dims[d];
        empty = empty || dims[d] == 0;
    }
    if (n_dims > 0) chunk[0] = rows_in_chunk(bytes_per_row, shape[0]);
    int64_t total = bytes_per_row * (n_dims > 0 ? dims[0] : 1);
    TRY(h5_file_reserve(h5, total + total / 8));
    hid_t space = n_dims > 0 ? H5Screate_simple(n_dims, shape, NULL) : H5Screate(H5S_SCALAR);
    hid_t list = creation_list(n_dims, deflate > 0 && n_dims > 0 && !empty ? chunk : NULL, deflate);
    hid_t set = create_set(h5, path, stored, space, list);
    int e = set < 0 ? h5_file_failed(h5, "create dataset", path) : ERR_OK;
    e = err_agree(&h5->comm, e);
    if (!e && !empty &&
        transfer(h5, set, native, 0, 0, first, n_rows, data)) /* parallel HDF5 fails on none */
        e = h5_file_failed(h5, "write dataset", path);
    if (!e && h5_file_label(set, unit ? unit : "", what)) e = h5_file_failed(h5, "label dataset", path);
    if (set >= 0) H5Dclose(set);
    H5Pclose(list);
    H5Sclose(space);
    return err_agree(&h5->comm, e);
}

int h5_write_rows(struct h5 *h5, const char *path, enum h5_type type, int n_dims, const int64_t *dims,
                  int64_t first, int64_t n_rows, const void *data, int deflate, const char *unit,
                  const char *what) {
    int64_t bytes = (int64_t)h5_file_type_bytes(type);
    for (int d = 1; d < n_dims; d++) bytes *= dims[d];
    return h5_file_write_rows(h5, path, h5_file_type_stored(type), h5_file_type_native(type), bytes, n_dims,
                              dims, first, n_rows, data, deflate, unit, what);
}

int h5_write(struct h5 *h5, const char *path, enum h5_type type, int n_dims, const int64_t *dims,
             const void *data, const char *unit, const char *what) {
    int64_t rows = h5->comm.rank > 0 ? 0 : n_dims > 0 ? dims[0] : 1;
    return h5_write_rows(h5, path, type, n_dims, dims, 0, rows, data, 0, unit, what);
}

int h5_write_texts(struct h5 *h5, const char *path, const char *const *v, int64_t n, const char *what) {
    int64_t size[2] = {n, 1}; /* rank 0's count and longest text */
    if (h5->comm.rank == 0)
        for (int64_t i = 0; i < (n < 0 ? 1 : n); i++)
            if ((int64_t)strlen(v[i]) + 1 > size[1]) size[1] = (int64_t)strlen(v[i]) + 1;
    comm_bcast(&h5->comm, size, sizeof size);
    int64_t count = size[0] < 0 ? 1 : size[0];
    char *block = NULL;
    int e = h5->comm.rank == 0 ? MEM_NEW(block, count * size[1]) : ERR_OK;
    TRY_ALL(&h5->comm, e);
    if (h5->comm.rank == 0)
        for (int64_t i = 0; i < count; i++) strcpy(block + i * size[1], v[i]);
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, (size_t)size[1]);
    H5Tset_cset(type, H5T_CSET_UTF8);
    e = h5_file_write_rows(h5, path, type, type, size[1], size[0] < 0 ? 0 : 1, size, 0,
                           h5->comm.rank == 0 ? count : 0, block, 0, "", what);
    H5Tclose(type);
    mem_free(&block);
    return e;
}

int h5_write_text(struct h5 *h5, const char *path, const char *text, const char *what) {
    return h5_write_texts(h5, path, &text, -1, what);
}

int h5_series_create(struct h5 *h5, const char *path, enum h5_type type, int n_dims, const int64_t *dims,
                     int deflate, const char *unit, const char *what) {
    if (n_dims >= H5_MAX_DIMS) FAIL(ERR_INTERNAL, "series %s has %d dimensions", path, n_dims + 1);
    hsize_t shape[H5_MAX_DIMS] = {0}, most[H5_MAX_DIMS] = {H5S_UNLIMITED}, chunk[H5_MAX_DIMS] = {1};
    int64_t frame_bytes = (int64_t)h5_file_type_bytes(type);
    for (int d = 0; d < n_dims; d++) {
        shape[d + 1] = most[d + 1] = (hsize_t)dims[d];
        chunk[d + 1] = dims[d] > 0 ? (hsize_t)dims[d] : 1;
        frame_bytes *= (int64_t)chunk[d + 1];
        if (dims[d] == 0) most[d + 1] = 1;
    }
    bool small =
        frame_bytes < SMALL_CHUNK_BYTES; /* many frames in a chunk: appending must not recompress it */
    if (small) chunk[0] = (hsize_t)(SMALL_CHUNK_BYTES / frame_bytes);
    else if (n_dims > 0) chunk[1] = rows_in_chunk(row_bytes(type, n_dims, chunk + 1), chunk[1]);
    TRY(h5_file_reserve(h5, 0));
    hid_t space = H5Screate_simple(n_dims + 1, shape, most);
    hid_t list = creation_list(n_dims + 1, chunk, small ? 0 : deflate);
    hid_t set = create_set(h5, path, h5_file_type_stored(type), space, list);
    int e = set < 0 ? h5_file_failed(h5, "create series", path) : ERR_OK;
    if (!e && h5_file_label(set, unit ? unit : "", what)) e = h5_file_failed(h5, "label series", path);
    if (set >= 0) H5Dclose(set);
    H5Pclose(list);
    H5Sclose(space);
    return err_agree(&h5->comm, e);
}

static int open_series(struct h5 *h5, const char *path, struct h5_file_series **out) {
    for (struct h5_file_series *s = h5->series; s; s = s->next)
        if (strcmp(s->path, path) == 0) {
            *out = s;
            return ERR_OK;
        }
    struct h5_file_series *s = NULL;
    TRY(MEM_NEW(s, 1));
    s->set = H5Dopen2(h5->file, path, H5P_DEFAULT);
    int e = s->set < 0 || !h5_file_class(s->set, &s->type) ? h5_file_failed(h5, "open series", path)
                                                           : mem_strdup(&s->path, path);
    if (e) {
        if (s->set >= 0) H5Dclose(s->set);
        mem_free(&s);
        return e;
    }
    hsize_t dims[H5_MAX_DIMS + 1];
    hid_t space = H5Dget_space(s->set);
    s->n_dims = H5Sget_simple_extent_dims(space, dims, NULL) - 1;
    H5Sclose(space);
    hsize_t chunk[H5_MAX_DIMS + 1];
    hid_t creation = H5Dget_create_plist(s->set);
    H5Pget_chunk(creation, H5_MAX_DIMS, chunk);
    H5Pclose(creation);
    s->frames = dims[0];
    s->frames_in_chunk = chunk[0];
    s->chunk_bytes = (int64_t)(h5_file_type_bytes(s->type) * chunk[0]);
    for (int d = 1; d <= s->n_dims; d++)
        s->chunk_bytes *= (int64_t)((dims[d] + chunk[d] - 1) / chunk[d] * chunk[d]);
    for (int d = 0; d < s->n_dims; d++) s->dims[d] = dims[d + 1];
    s->next = h5->series;
    h5->series = s;
    *out = s;
    return ERR_OK;
}

void h5_file_forget_series(struct h5 *h5) {
    while (h5->series) {
        struct h5_file_series *s = h5->series;
        h5->series = s->next;
        H5Dclose(s->set);
        mem_free(&s->path);
        mem_free(&s);
    }
}

int h5_series_append(struct h5 *h5, const char *path, int64_t first, int64_t n_rows, const void *data) {
    struct h5_file_series *s = NULL;
    TRY_ALL(&h5->comm, open_series(h5, path, &s));
    bool begins = s->frames % s->frames_in_chunk == 0;
    TRY(h5_file_reserve(h5, begins ? s->chunk_bytes + s->chunk_bytes / 8 : 0));
    hsize_t size[H5_MAX_DIMS + 1] = {s->frames + 1};
    for (int d = 0; d < s->n_dims; d++) size[d + 1] = s->dims[d];
    int e = H5Dset_extent(s->set, size) < 0 ? h5_file_failed(h5, "extend series", path) : ERR_OK;
    TRY_ALL(&h5->comm, e);
    hid_t native = h5_file_type_native(s->type);
    int64_t rows = s->n_dims > 0 ? n_rows : h5->comm.rank == 0;
    if (transfer(h5, s->set, native, 1, s->frames, s->n_dims > 0 ? first : 0, rows, data))
        e = h5_file_failed(h5, "append to series", path);
    s->frames++;
    return err_agree(&h5->comm, e);
}
