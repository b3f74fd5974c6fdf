/* h5_items - arrays of items: the leading dimensions number patterns or frames, the others are one pattern.
 *
 * One item is one chunk (larger than 64 MiB: several), so that readers load lazily. Chunks are allocated and
 * reserved when the array is made; afterwards a rank writes its items without the others (independent
 * MPI-IO), because ranks share probes dynamically. Rejected: compression (parallel HDF5 then needs collective
 * writes), collective rounds (ranks that are done would wait). Reading takes whatever layout and number type
 * there is; enumerations of one byte (truth values of h5py) read as numbers. */
#include "base/h5_file.h"
#include "base/mem.h"

#define MOST_CHUNK ((int64_t)64 << 20)
#define READ_CACHE ((size_t)64 << 20)

struct h5_items {
    struct h5 *h5;
    char *path;
    hid_t set;
    int n_dims, n_leading;
    hsize_t dims[H5_MAX_DIMS];
    bool truth; /* enumeration */
};

static int open_handle(struct h5 *h5, const char *path, int n_leading, struct h5_items **items) {
    struct h5_items *s = NULL;
    enum h5_type type;
    TRY(MEM_NEW(s, 1));
    *items = s;
    s->set = -1;
    s->h5 = h5;
    s->n_leading = n_leading;
    TRY(mem_strdup(&s->path, path));
    hid_t access = H5Pcreate(H5P_DATASET_ACCESS);
    if (!h5->partial) H5Pset_chunk_cache(access, 12421, READ_CACHE, 1.0);
    s->set = H5Dopen2(h5->file, path, access);
    H5Pclose(access);
    if (s->set < 0) return h5_file_failed(h5, "open dataset", path);
    if (!h5_file_class(s->set, &type)) FAIL(ERR_INPUT, "%s: '%s' does not hold numbers", h5->path, path);
    hid_t space = H5Dget_space(s->set), stored = H5Dget_type(s->set);
    s->n_dims = H5Sget_simple_extent_ndims(space);
    bool fits = s->n_dims <= H5_MAX_DIMS && s->n_dims > n_leading;
    if (fits) H5Sget_simple_extent_dims(space, s->dims, NULL);
    s->truth = H5Tget_class(stored) == H5T_ENUM;
    size_t bytes = H5Tget_size(stored);
    H5Sclose(space);
    H5Tclose(stored);
    if (!fits) FAIL(ERR_INPUT, "%s: '%s' has %d dimensions", h5->path, path, s->n_dims);
    if (s->truth && bytes != 1) FAIL(ERR_INPUT, "%s: '%s' holds names, not numbers", h5->path, path);
    return ERR_OK;
}

int h5_items_open(struct h5 *h5, const char *path, int n_leading, struct h5_items **items) {
    *items = NULL;
    int e = err_agree(&h5->comm, open_handle(h5, path, n_leading, items));
    if (e) h5_items_close(items);
    return e;
}

void h5_items_close(struct h5_items **items) {
    if (!*items) return;
    if ((*items)->set >= 0) H5Dclose((*items)->set);
    mem_free(&(*items)->path);
    mem_free(items);
}

static int make(struct h5 *h5, const char *path, enum h5_type type, int n_dims, const int64_t *dims,
                int n_leading, const char *unit, const char *what) {
    hsize_t shape[H5_MAX_DIMS], chunk[H5_MAX_DIMS];
    int64_t bytes = (int64_t)h5_file_type_bytes(type);
    for (int d = n_dims - 1; d >= 0; d--) {
        shape[d] = (hsize_t)dims[d];
        chunk[d] = d < n_leading ? 1 : (hsize_t)dims[d];
        if (d >= n_leading && bytes * dims[d] > MOST_CHUNK) chunk[d] = (hsize_t)(MOST_CHUNK / bytes);
        if (chunk[d] < 1) chunk[d] = 1;
        bytes *= (int64_t)chunk[d];
    }
    hid_t list = H5Pcreate(H5P_DATASET_CREATE), space = H5Screate_simple(n_dims, shape, NULL);
    hid_t links = h5_file_links();
    H5Pset_fill_time(list, H5D_FILL_TIME_NEVER);
    H5Pset_alloc_time(list, H5D_ALLOC_TIME_EARLY);
    H5Pset_chunk(list, n_dims, chunk);
    hid_t set = H5Dcreate2(h5->file, path, h5_file_type_stored(type), space, links, list, H5P_DEFAULT);
    int e = set < 0 ? h5_file_failed(h5, "create dataset", path) : ERR_OK;
    if (!e && h5_file_label(set, unit, what)) e = h5_file_failed(h5, "label dataset", path);
    if (set >= 0) H5Dclose(set);
    H5Pclose(links);
    H5Pclose(list);
    H5Sclose(space);
    return e;
}

int h5_items_create(struct h5 *h5, const char *path, enum h5_type type, int n_dims, const int64_t *dims,
                    int n_leading, const char *unit, const char *what, struct h5_items **items) {
    int64_t n = 1, chunks = 1;
    *items = NULL;
    for (int d = 0; d < n_dims; d++) {
        n *= dims[d];
        if (d < n_leading) chunks *= dims[d];
    }
    /* the index of chunks takes up to ~100 bytes each beside the data */
    TRY(h5_file_reserve(h5,
                        n * (int64_t)h5_file_type_bytes(type) * 33 / 32 + 256 * chunks + MOST_CHUNK / 16));
    TRY_ALL(&h5->comm, make(h5, path, type, n_dims, dims, n_leading, unit, what));
    return h5_items_open(h5, path, n_leading, items);
}

/* **Local.** One block: run items along the last leading dimension from flat index `item`, rows of the first
 * other one. */
static int block(struct h5_items *s, bool write, int64_t item, int64_t run, int64_t row, int64_t n_rows,
                 hid_t native, void *data) {
    hsize_t start[H5_MAX_DIMS] = {0}, count[H5_MAX_DIMS];
    int64_t rest = item;
    for (int d = s->n_leading - 1; d >= 0; d--) {
        start[d] = (hsize_t)(rest % (int64_t)s->dims[d]);
        rest /= (int64_t)s->dims[d];
        count[d] = d == s->n_leading - 1 ? (hsize_t)run : 1;
    }
    for (int d = s->n_leading; d < s->n_dims; d++) count[d] = s->dims[d];
    start[s->n_leading] = (hsize_t)row;
    count[s->n_leading] = (hsize_t)n_rows;
    hid_t space = H5Dget_space(s->set), memory = H5Screate_simple(s->n_dims, count, NULL);
    H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL);
    int bad = write ? H5Dwrite(s->set, native, memory, space, H5P_DEFAULT, data) < 0
                    : H5Dread(s->set, native, memory, space, H5P_DEFAULT, data) < 0;
    H5Sclose(memory);
    H5Sclose(space);
    return bad ? h5_file_failed(s->h5, write ? "write dataset" : "read dataset", s->path) : ERR_OK;
}

static int move(struct h5_items *s, bool write, int64_t first, int64_t n, int64_t row, int64_t n_rows,
                hid_t native, size_t bytes, void *data) {
    int64_t items = 1, along = s->n_leading > 0 ? (int64_t)s->dims[s->n_leading - 1] : 1;
    int64_t size = n_rows * (int64_t)bytes;
    for (int d = 0; d < s->n_leading; d++) items *= (int64_t)s->dims[d];
    for (int d = s->n_leading + 1; d < s->n_dims; d++) size *= (int64_t)s->dims[d];
    if (first < 0 || n < 0 || first + n > items || row < 0 || n_rows < 0 ||
        row + n_rows > (int64_t)s->dims[s->n_leading])
        FAIL(ERR_INTERNAL, "%s: '%s' has no items %lld to %lld, rows %lld to %lld", s->h5->path, s->path,
             (long long)first, (long long)(first + n), (long long)row, (long long)(row + n_rows));
    for (int64_t run; n > 0 && size > 0; n -= run, first += run) {
        run = along - first % along < n ? along - first % along : n;
        TRY(block(s, write, first, run, row, n_rows, native, data));
        data = (char *)data + run * size;
    }
    return ERR_OK;
}

int h5_items_write(struct h5_items *items, int64_t first, int64_t n, const float *data) {
    return move(items, true, first, n, 0, (int64_t)items->dims[items->n_leading], H5T_NATIVE_FLOAT,
                sizeof *data, (void *)data);
}

/* **Local.** Bytes of truth values to numbers, in place from the back. */
static int read_truth(struct h5_items *s, int64_t first, int64_t n, int64_t row, int64_t n_rows,
                      float *data) {
    int64_t total = n * n_rows;
    for (int d = s->n_leading + 1; d < s->n_dims; d++) total *= (int64_t)s->dims[d];
    hid_t stored = H5Dget_type(s->set), native = H5Tget_native_type(stored, H5T_DIR_ASCEND);
    int8_t *byte = (int8_t *)data;
    int e = move(s, false, first, n, row, n_rows, native, 1, byte);
    for (int64_t i = total - 1; i >= 0 && !e; i--) data[i] = byte[i];
    H5Tclose(native);
    H5Tclose(stored);
    return e;
}

int h5_items_read(struct h5_items *items, int64_t first, int64_t n, int64_t row, int64_t n_rows,
                  float *data) {
    if (items->truth) return read_truth(items, first, n, row, n_rows, data);
    return move(items, false, first, n, row, n_rows, H5T_NATIVE_FLOAT, sizeof *data, data);
}
