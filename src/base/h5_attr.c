/* h5_attr - attributes. They are metadata: every rank makes the same call with the same values, HDF5 writes
 * one copy.
 *
 * Texts are variable-length UTF-8 unless asked otherwise: MDAnalysis takes a `unit` of fixed length for an
 * unknown unit, HyperSpy does not recognise fixed-length file marks. H5MD wants its own strings fixed:
 * h5_attr_fixed. */
#include "base/h5_file.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Collective. (Re)place an attribute; n < 0 makes a scalar. */
static int put(hid_t object, const char *name, hid_t stored, hid_t native, int n, const void *values) {
    hsize_t dim = n < 0 ? 1 : (hsize_t)n;
    hid_t space = n < 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &dim, NULL);
    if (H5Aexists(object, name) > 0) H5Adelete(object, name);
    hid_t attr = H5Acreate2(object, name, stored, space, H5P_DEFAULT, H5P_DEFAULT);
    int bad = attr < 0 || H5Awrite(attr, native, values) < 0;
    if (attr >= 0) H5Aclose(attr);
    H5Sclose(space);
    return bad;
}

static int put_at(struct h5 *h5, const char *object, const char *name, hid_t stored, hid_t native, int n,
                  const void *values) {
    TRY(h5_file_reserve(h5, 0));
    hid_t at = H5Oopen(h5->file, object, H5P_DEFAULT);
    int e = at < 0 || put(at, name, stored, native, n, values) ? h5_file_failed(h5, "write attribute", name)
                                                               : ERR_OK;
    if (at >= 0) H5Oclose(at);
    if (e) err_context(e, "%s", object);
    return err_agree(&h5->comm, e);
}

static hid_t text_type(size_t length) {
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, length ? length : H5T_VARIABLE);
    H5Tset_cset(type, H5T_CSET_UTF8);
    return type;
}

int h5_attr_text(struct h5 *h5, const char *object, const char *name, const char *text) {
    hid_t type = text_type(0);
    int e = put_at(h5, object, name, type, type, -1, &text);
    H5Tclose(type);
    return e;
}

int h5_attr_texts(struct h5 *h5, const char *object, const char *name, const char *const *v, int n) {
    hid_t type = text_type(0);
    int e = put_at(h5, object, name, type, type, n, v);
    H5Tclose(type);
    return e;
}

int h5_attr_fixed(struct h5 *h5, const char *object, const char *name, const char *const *v, int n) {
    size_t longest = 1;
    int count = n < 0 ? 1 : n;
    for (int i = 0; i < count; i++)
        if (strlen(v[i]) + 1 > longest) longest = strlen(v[i]) + 1;
    char *block = NULL;
    TRY(mem_agree(&h5->comm, &block, MEM_NEW(block, (size_t)count * longest)));
    for (int i = 0; i < count; i++) strcpy(block + (size_t)i * longest, v[i]);
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, longest);
    int e = put_at(h5, object, name, type, type, n, block);
    H5Tclose(type);
    mem_free(&block);
    return e;
}

int h5_attr_i64(struct h5 *h5, const char *object, const char *name, const int64_t *v, int n) {
    return put_at(h5, object, name, H5T_STD_I64LE, H5T_NATIVE_INT64, n, v);
}

int h5_attr_i32(struct h5 *h5, const char *object, const char *name, const int32_t *v, int n) {
    return put_at(h5, object, name, H5T_STD_I32LE, H5T_NATIVE_INT32, n, v);
}

int h5_attr_f64(struct h5 *h5, const char *object, const char *name, const double *v, int n) {
    return put_at(h5, object, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, n, v);
}

int h5_attr_bool(struct h5 *h5, const char *object, const char *name, bool value) {
    hid_t type = H5Tenum_create(H5T_NATIVE_INT8);
    int8_t no = 0, yes = 1, v = value;
    H5Tenum_insert(type, "FALSE", &no);
    H5Tenum_insert(type, "TRUE", &yes);
    int e = put_at(h5, object, name, type, type, -1, &v);
    H5Tclose(type);
    return e;
}

int h5_file_label(hid_t object, const char *unit, const char *what) {
    hid_t type = text_type(0);
    int bad = put(object, "unit", type, type, -1, &unit) ||
              (what && put(object, "description", type, type, -1, &what));
    H5Tclose(type);
    return bad;
}

bool h5_has_attr(struct h5 *h5, const char *object, const char *name) {
    bool there = H5Aexists_by_name(h5->file, object, name, H5P_DEFAULT) > 0;
    h5_file_forgive();
    return there;
}

static hid_t open_attr(struct h5 *h5, const char *object, const char *name) {
    hid_t attr = H5Aopen_by_name(h5->file, object, name, H5P_DEFAULT, H5P_DEFAULT);
    h5_file_forgive();
    return attr;
}

static int read_numbers(struct h5 *h5, const char *object, const char *name, hid_t native, void *v, int n) {
    hid_t attr = open_attr(h5, object, name);
    if (attr < 0) FAIL(ERR_INPUT, "%s: '%s' has no attribute '%s'", h5->path, object, name);
    hid_t space = H5Aget_space(attr);
    hssize_t there = H5Sget_simple_extent_npoints(space);
    int e = ERR_OK;
    if (there != (hssize_t)n)
        e = err_set(ERR_INPUT, __FILE__, __LINE__, "%s: attribute '%s' of '%s' has %lld values, not %d",
                    h5->path, name, object, (long long)there, n);
    else if (H5Aread(attr, native, v) < 0) e = h5_file_failed(h5, "read attribute", name);
    H5Sclose(space);
    H5Aclose(attr);
    return e;
}

int h5_read_attr_f64(struct h5 *h5, const char *object, const char *name, double *v, int n) {
    return err_agree(&h5->comm, read_numbers(h5, object, name, H5T_NATIVE_DOUBLE, v, n));
}

int h5_read_attr_i64(struct h5 *h5, const char *object, const char *name, int64_t *v, int n) {
    return err_agree(&h5->comm, read_numbers(h5, object, name, H5T_NATIVE_INT64, v, n));
}

/* Local. */
static int read_truth(struct h5 *h5, const char *object, const char *name, bool *value) {
    hid_t attr = open_attr(h5, object, name);
    if (attr < 0) FAIL(ERR_INPUT, "%s: '%s' has no attribute '%s'", h5->path, object, name);
    hid_t stored = H5Aget_type(attr), native = H5Tget_native_type(stored, H5T_DIR_ASCEND);
    H5T_class_t class = H5Tget_class(stored);
    char bytes[16] = {0}, zero[16] = {0};
    int bad = (class != H5T_ENUM && class != H5T_INTEGER) || H5Tget_size(native) > sizeof bytes ||
              H5Aread(attr, native, bytes) < 0;
    *value = memcmp(bytes, zero, sizeof bytes) != 0;
    H5Tclose(native);
    H5Tclose(stored);
    H5Aclose(attr);
    if (bad) FAIL(ERR_INPUT, "%s: attribute '%s' of '%s' is not a truth value", h5->path, name, object);
    return ERR_OK;
}

int h5_read_attr_bool(struct h5 *h5, const char *object, const char *name, bool *value) {
    return err_agree(&h5->comm, read_truth(h5, object, name, value));
}

/* Collective. All texts of an attribute as a list in one block; the code is this rank's. */
static int read_texts(struct h5 *h5, hid_t attr, const char *name, size_t *n, char ***texts) {
    hid_t type = H5Aget_type(attr), space = H5Aget_space(attr);
    bool variable = H5Tis_variable_str(type) > 0;
    size_t size = H5Tget_size(type), bytes = 0;
    char **many = NULL, *fixed = NULL, *block = NULL;
    int e = ERR_OK;
    *n = (size_t)H5Sget_simple_extent_npoints(space);
    if (H5Tget_class(type) != H5T_STRING || *n == 0) {
        e = err_set(ERR_INPUT, __FILE__, __LINE__, "%s: attribute '%s' is not a text", h5->path, name);
        goto out;
    }
    e = MEM_NEW(many, *n);
    if (!e && !variable) e = MEM_NEW(fixed, *n * (size + 1));
    TRY_ALL_TO(&h5->comm, out, e); /* reading takes part on every rank */
    if (H5Aread(attr, type, variable ? (void *)many : (void *)fixed) < 0) {
        e = h5_file_failed(h5, "read attribute", name);
        variable = false; /* nothing to free */
        goto out;
    }
    for (size_t i = 0; i < *n; i++) bytes += 1 + (variable ? many[i] ? strlen(many[i]) : 0 : size);
    TRY_TO(out, MEM_NEW(block, *n * sizeof(char *) + bytes));
    *texts = (char **)(void *)block;
    char *to = block + *n * sizeof(char *);
    for (size_t i = 0; i < *n; i++) {
        const char *from = variable ? many[i] ? many[i] : "" : fixed + i * size;
        size_t length = variable ? strlen(from) : strnlen(from, size);
        (*texts)[i] = memcpy(to, from, length);
        to += length + 1;
    }
out:
    for (size_t i = 0; variable && many && i < *n; i++) free(many[i]);
    mem_free(&many);
    mem_free(&fixed);
    H5Sclose(space);
    H5Tclose(type);
    return e;
}

static int read_list(struct h5 *h5, const char *object, const char *name, size_t *n, char ***texts) {
    *texts = NULL;
    hid_t attr = open_attr(h5, object, name);
    int e = ERR_OK;
    if (attr < 0)
        e = err_set(ERR_INPUT, __FILE__, __LINE__, "%s: '%s' has no attribute '%s'", h5->path, object, name);
    else e = read_texts(h5, attr, name, n, texts);
    if (attr >= 0) H5Aclose(attr);
    return e;
}

int h5_read_attr_text(struct h5 *h5, const char *object, const char *name, char **text) {
    char **list = NULL;
    size_t n;
    *text = NULL;
    int e = read_list(h5, object, name, &n, &list);
    if (!e) e = mem_strdup(text, list[0]);
    mem_free(&list);
    e = err_agree(&h5->comm, e);
    if (e) mem_free(text);
    return e;
}

int h5_read_attr_words(struct h5 *h5, const char *object, const char *name, const char *word, bool *same,
                       int n) {
    char **list = NULL;
    size_t there;
    int e = read_list(h5, object, name, &there, &list);
    if (!e && there != 1 && there != (size_t)n)
        e = err_set(ERR_INPUT, __FILE__, __LINE__, "%s: attribute '%s' of '%s' has %zu texts, not %d",
                    h5->path, name, object, there, n);
    for (int k = 0; k < n && !e; k++) same[k] = strcmp(list[there == 1 ? 0 : k], word) == 0;
    mem_free(&list);
    return err_agree(&h5->comm, e);
}
