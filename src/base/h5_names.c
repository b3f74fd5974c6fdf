/* h5_names - numbers with names: an HDF5 enumeration, which h5py, h5dump and HDFView show by name. */
#include "base/h5_file.h"
#include "base/mem.h"

#include <string.h>

int h5_write_named(struct h5 *h5, const char *path, const char *const *names, const int32_t *values,
                   int n_names, int64_t n_global, int64_t first, int64_t n_rows, const int32_t *data,
                   int deflate, const char *what) {
    hid_t stored = H5Tenum_create(H5T_STD_I32LE), native = H5Tenum_create(H5T_NATIVE_INT32);
    int bad = 0;
    for (int k = 0; k < n_names && !bad; k++)
        bad = H5Tenum_insert(stored, names[k], &values[k]) < 0 ||
              H5Tenum_insert(native, names[k], &values[k]) < 0;
    int e = bad ? h5_file_failed(h5, "name the numbers of", path) : ERR_OK;
    if (!e) /* an enumeration without members cannot be stored */
        e = h5_file_write_rows(h5, path, n_names ? stored : H5T_STD_I32LE,
                               n_names ? native : H5T_NATIVE_INT32, 4, 1, &n_global, first, n_rows, data,
                               deflate, "", what);
    H5Tclose(stored);
    H5Tclose(native);
    return e;
}

/* Local. One block: pointers, then texts. */
static int read_members(hid_t type, int n, char ***names, int64_t **values) {
    size_t bytes = 0;
    for (int k = 0; k < n; k++) {
        char *name = H5Tget_member_name(type, (unsigned)k);
        bytes += name ? strlen(name) + 1 : 1;
        H5free_memory(name);
    }
    char *block = NULL;
    TRY(MEM_NEW(*values, n));
    TRY(MEM_NEW(block, (size_t)n * sizeof(char *) + bytes));
    char **list = (char **)(void *)block, *text = block + (size_t)n * sizeof(char *);
    size_t width = H5Tget_size(type);
    for (int k = 0; k < n; k++) {
        char *name = H5Tget_member_name(type, (unsigned)k);
        list[k] = strcpy(text, name ? name : "");
        text += strlen(text) + 1;
        H5free_memory(name);
        union {
            int8_t i8;
            int16_t i16;
            int32_t i32;
            int64_t i64;
        } v = {0};
        H5Tget_member_value(type, (unsigned)k, &v);
        (*values)[k] = width == 1 ? v.i8 : width == 2 ? v.i16 : width == 4 ? v.i32 : v.i64;
    }
    *names = list;
    return ERR_OK;
}

int h5_read_names(struct h5 *h5, const char *path, int *n, char ***names, int64_t **values) {
    *n = 0;
    *names = NULL;
    *values = NULL;
    hid_t set = h5_exists(h5, path) ? H5Dopen2(h5->file, path, H5P_DEFAULT) : -1;
    int e = set < 0 ? h5_file_failed(h5, "open", path) : ERR_OK;
    if (!e) {
        hid_t type = H5Dget_type(set);
        if (H5Tget_class(type) == H5T_ENUM) {
            hid_t native = H5Tget_native_type(type, H5T_DIR_ASCEND);
            *n = H5Tget_nmembers(native);
            e = read_members(native, *n, names, values);
            H5Tclose(native);
        }
        H5Tclose(type);
        H5Dclose(set);
    }
    e = err_agree(&h5->comm, e);
    if (e) {
        mem_free(names);
        mem_free(values);
        *n = 0;
    }
    return e;
}
