/* signal_hdf - the HDF5 faces of a signal: HyperSpy's .hspy, EMD 1.0 and 0.2, and bare datasets.
 *
 * .hspy (file format 3.1, what HyperSpy 1.7 to 2 read): /Experiments/NAME with data, one group axis-N per
 * dimension, metadata, original_metadata. EMD 1.0 (py4DSTEM): /ROOT/NAME with data and dim0..; EMD 0.2:
 * /data/NAME with data and dim1..; texts of variable length in all of them. Where several signals are in a
 * file the user names one: nothing is chosen silently. */
#include "base/mem.h"
#include "base/prov.h"
#include "base/signal_file.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- reading --- */

static int text_at(struct signal *s, const char *object, const char *name, const char *otherwise,
                   const char **kept) {
    char *text = NULL;
    if (!h5_has_attr(s->h5, object, name)) return signal_file_keep(s, otherwise, kept);
    TRY(h5_read_attr_text(s->h5, object, name, &text));
    int e = signal_file_keep(s, text, kept);
    mem_free(&text);
    return e;
}

static int read_hspy_axis(struct signal *s, const char *group, int d) {
    struct signal_axis *a = &s->shape.axis[d];
    if (!h5_has_attr(s->h5, group, "scale") || !h5_has_attr(s->h5, group, "offset"))
        FAIL(ERR_INPUT, "%s: '%s' is not a uniform axis; interpolate the data to one", s->path, group);
    TRY(text_at(s, group, "name", "", &a->name));
    TRY(text_at(s, group, "units", "px", &a->units));
    TRY(h5_read_attr_f64(s->h5, group, "scale", &a->scale, 1));
    TRY(h5_read_attr_f64(s->h5, group, "offset", &a->offset, 1));
    if (h5_has_attr(s->h5, group, "navigate")) TRY(h5_read_attr_bool(s->h5, group, "navigate", &a->navigate));
    return ERR_OK;
}

/* **Local.** dimN of EMD: all coordinates or the first two. */
static int read_emd_axis(struct signal *s, const char *set, int d) {
    struct signal_axis *a = &s->shape.axis[d];
    int n_dims;
    int64_t n[H5_MAX_DIMS] = {0};
    double *v = NULL;
    TRY(text_at(s, set, "name", "", &a->name));
    TRY(text_at(s, set, "units", "px", &a->units));
    TRY(h5_shape(s->h5, set, &n_dims, n));
    if (n_dims != 1 || n[0] < 1 || (n[0] != 2 && n[0] != a->size))
        FAIL(ERR_INPUT, "%s: '%s' does not fit a dimension of %lld", s->path, set, (long long)a->size);
    TRY(MEM_NEW(v, n[0]));
    int e = h5_read(s->h5, set, H5_F64, v);
    if (!e) {
        a->offset = v[0];
        a->scale = n[0] > 1 ? v[1] - v[0] : 1;
        double last = v[0] + (double)(n[0] - 1) * a->scale;
        if (fabs(last - v[n[0] - 1]) > 1e-3 * fabs(a->scale) * (double)n[0])
            e = err_set(ERR_INPUT, __FILE__, __LINE__, "%s: '%s' is not a uniform axis", s->path, set);
    }
    mem_free(&v);
    return e;
}

/* **Local.** The dataset and its axes, which lie beside it in `group` if anywhere. */
static int read_array(struct signal *s, const char *group, const char *set) {
    struct signal_shape *shape = &s->shape;
    int64_t size[H5_MAX_DIMS];
    char *axis = NULL;
    TRY(h5_shape(s->h5, set, &shape->n_dims, size));
    TRY(h5_type(s->h5, set, &shape->type));
    for (int d = 0; d < shape->n_dims; d++)
        shape->axis[d] = (struct signal_axis){"", "px", size[d], 1, 0, d < shape->n_dims - 2};
    TRY(mem_sprintf(&axis, "%s/dim0", group));
    int e = ERR_OK, base = h5_exists(s->h5, axis) ? 0 : 1;
    for (int d = 0; d < shape->n_dims && !e; d++) {
        mem_free(&axis);
        TRY(mem_sprintf(&axis, "%s/axis-%d", group, d));
        if (h5_exists(s->h5, axis)) e = read_hspy_axis(s, axis, d);
        else {
            mem_free(&axis);
            TRY(mem_sprintf(&axis, "%s/dim%d", group, d + base));
            if (h5_exists(s->h5, axis)) e = read_emd_axis(s, axis, d);
        }
    }
    mem_free(&axis);
    return e ? e : h5_items_open(s->h5, set, signal_navigation(shape), &s->items);
}

/* **Local.** GROUP/SUB for attributes that may be absent. */
static int meta_text(struct signal *s, const char *group, const char *sub, const char *name,
                     const char **kept) {
    char *object = NULL;
    TRY(mem_sprintf(&object, "%s/%s", group, sub));
    int e = h5_exists(s->h5, object) ? text_at(s, object, name, "", kept) : signal_file_keep(s, "", kept);
    mem_free(&object);
    return e;
}

/* **Local.** A number of py4DSTEM's calibration beside `group`; value stays when there is none. */
static int calibration_number(struct signal *s, const char *group, const char *name, double *value) {
    const char *slash = strrchr(group, '/');
    char *set = NULL;
    int n_dims;
    int64_t size[H5_MAX_DIMS];
    TRY(mem_sprintf(&set, "%.*s/metadatabundle/calibration/%s", slash ? (int)(slash - group) : 0, group,
                    name));
    int e = ERR_OK;
    if (h5_is_dataset(s->h5, set)) {
        e = h5_shape(s->h5, set, &n_dims, size);
        if (!e && n_dims == 0) e = h5_read(s->h5, set, H5_F64, value);
    }
    mem_free(&set);
    return e;
}

/* **Local.** py4DSTEM keeps the direct beam's place apart: its axes of k start at 0, or at minus that place
 * in pixels. */
static int read_calibration(struct signal *s, const char *group) {
    static const char *const centre[] = {"qx0_mean", "qy0_mean"};
    double volts = 0, at;
    TRY(calibration_number(s, group, "beam_energy", &volts));
    if (volts > 0) s->shape.beam_keV = volts / 1e3;
    for (int c = 0; c < 2 && s->shape.n_dims == 4; c++) {
        struct signal_axis *a = &s->shape.axis[2 + c];
        at = NAN;
        TRY(calibration_number(s, group, centre[c], &at));
        if (!isnan(at)) a->offset = -at * a->scale;
    }
    return ERR_OK;
}

static int read_group(struct signal *s, const char *group) {
    char *set = NULL, *tem = NULL;
    int e = mem_sprintf(&set, "%s/data", group);
    if (!e) e = mem_sprintf(&tem, "%s/metadata/Acquisition_instrument/TEM", group);
    if (!e) e = meta_text(s, group, "metadata/Signal", "signal_type", &s->shape.signal_type);
    if (!e) e = meta_text(s, group, "metadata/Signal", "quantity", &s->shape.quantity);
    if (!e) e = meta_text(s, group, "metadata/General", "title", &s->shape.title);
    if (!e) e = meta_text(s, group, "original_metadata", "note", &s->shape.note);
    if (!e && h5_exists(s->h5, tem) && h5_has_attr(s->h5, tem, "beam_energy"))
        e = h5_read_attr_f64(s->h5, tem, "beam_energy", &s->shape.beam_keV, 1);
    if (!e) e = read_array(s, group, set);
    if (!e) e = read_calibration(s, group);
    mem_free(&set);
    mem_free(&tem);
    return e;
}

/* **Local.** The only one of `parent` and its members that has GROUP/data (by mem); *n of them. */
static int find_data(struct signal *s, const char *parent, char **only, int *n) {
    char **names = NULL, *set = NULL;
    int members, e;
    TRY(mem_sprintf(&set, "%s/data", parent));
    *n = h5_is_dataset(s->h5, set);
    mem_free(&set);
    if (*n) return mem_strdup(only, parent);
    TRY(h5_members(s->h5, parent, &members, &names));
    e = ERR_OK;
    for (int k = 0; k < members && !e; k++) {
        e = mem_sprintf(&set, "%s/%s/data", parent, names[k]);
        if (!e && h5_is_dataset(s->h5, set) && ++*n == 1) e = mem_sprintf(only, "%s/%s", parent, names[k]);
        mem_free(&set);
    }
    mem_free(&names);
    return e;
}

/* **Local.** EMD 1.0 has one root group of any name, older ones /data; HyperSpy /Experiments. */
static int find_signal(struct signal *s, char **group) {
    char **names = NULL, *parent = NULL;
    int members, n = 0, e;
    TRY(h5_members(s->h5, "/", &members, &names));
    e = ERR_OK;
    for (int k = 0; k < members && !e; k++) {
        e = mem_sprintf(&parent, "/%s", names[k]);
        if (!e && !h5_is_dataset(s->h5, parent) && strcmp(names[k], "tables") &&
            strcmp(names[k], "vitrine")) {
            char *one = NULL;
            int found = 0;
            e = find_data(s, parent, &one, &found);
            if (!e && found && !n) {
                *group = one;
                one = NULL;
            }
            n += found;
            mem_free(&one);
        }
        mem_free(&parent);
    }
    mem_free(&names);
    if (!e && n != 1)
        e = err_set(ERR_INPUT, __FILE__, __LINE__,
                    n ? "%s: holds %d signals; name one: FILE::/path/to/dataset (vitrine show lists them)"
                      : "%s: holds no signal that could be recognised (%d found); name a dataset: "
                        "FILE::/path/to/dataset (vitrine show lists them)",
                    s->path, n);
    return e;
}

/* **Local.** The axes of "/a/b" are sought in "/a". */
static int read_named(struct signal *s, const char *inside) {
    char *group = NULL;
    if (!h5_exists(s->h5, inside)) FAIL(ERR_INPUT, "%s: there is nothing called '%s'", s->path, inside);
    if (!h5_is_dataset(s->h5, inside)) return read_group(s, inside);
    const char *slash = strrchr(inside, '/');
    if (slash && slash > inside && !strcmp(slash, "/data")) {
        TRY(mem_strndup(&group, inside, (size_t)(slash - inside)));
        int e = read_group(s, group);
        mem_free(&group);
        return e;
    }
    s->shape.signal_type = s->shape.quantity = s->shape.title = s->shape.note = "";
    TRY(mem_strndup(&group, inside, slash && slash > inside ? (size_t)(slash - inside) : 0));
    int e = read_array(s, group, inside);
    mem_free(&group);
    return e;
}

int signal_hdf_open(struct signal *signal, const char *file, const char *inside) {
    char *group = NULL, *named = NULL;
    TRY(h5_open(&signal->self, file, &signal->h5));
    if (inside) {
        TRY(mem_sprintf(&named, "%s%s", *inside == '/' ? "" : "/", inside));
        int e = read_named(signal, named);
        mem_free(&named);
        return e;
    }
    int e = find_signal(signal, &group);
    if (!e) e = read_group(signal, group);
    mem_free(&group);
    return e;
}

/* --- writing --- */

#define HSPY "/Experiments/signal"
#define EMD_ROOT "/root"
#define EMD_NAME "/array"
#define EMD EMD_ROOT EMD_NAME
#define EMD_BUNDLE EMD_ROOT "/metadatabundle"
#define EMD_CALIBRATION EMD_BUNDLE "/calibration"

static int write_hspy_axis(struct h5 *h5, const struct signal_axis *a, int d) {
    char group[64];
    snprintf(group, sizeof group, HSPY "/axis-%d", d);
    TRY(h5_group(h5, group));
    TRY(h5_attr_text(h5, group, "_type", "UniformDataAxis"));
    TRY(h5_attr_text(h5, group, "name", a->name));
    TRY(h5_attr_text(h5, group, "units", a->units));
    TRY(h5_attr_f64(h5, group, "scale", &a->scale, -1));
    TRY(h5_attr_f64(h5, group, "offset", &a->offset, -1));
    TRY(h5_attr_i64(h5, group, "size", &a->size, -1));
    TRY(h5_attr_bool(h5, group, "is_binned", false));
    return h5_attr_bool(h5, group, "navigate", a->navigate);
}

static int write_metadata(struct h5 *h5, const struct signal_shape *shape) {
    static const char general[] = HSPY "/metadata/General", kind[] = HSPY "/metadata/Signal";
    static const char tem[] = HSPY "/metadata/Acquisition_instrument/TEM",
                      other[] = HSPY "/original_metadata";
    TRY(h5_group(h5, HSPY "/metadata/_HyperSpy"));
    TRY(h5_group(h5, general));
    TRY(h5_attr_text(h5, general, "title", shape->title));
    TRY(h5_group(h5, kind));
    TRY(h5_attr_text(h5, kind, "signal_type", shape->signal_type));
    if (*shape->quantity) TRY(h5_attr_text(h5, kind, "quantity", shape->quantity));
    if (shape->beam_keV > 0) {
        TRY(h5_group(h5, tem));
        TRY(h5_attr_f64(h5, tem, "beam_energy", &shape->beam_keV, -1));
    }
    TRY(h5_group(h5, other));
    TRY(h5_attr_text(h5, other, "written_by", "vitrine"));
    TRY(h5_attr_text(h5, other, "version", prov_version()));
    return *shape->note ? h5_attr_text(h5, other, "note", shape->note) : ERR_OK;
}

int signal_hdf_create(struct signal *signal) {
    const struct signal_shape *shape = &signal->shape;
    struct h5 *h5 = signal->h5;
    int64_t dims[H5_MAX_DIMS];
    for (int d = 0; d < shape->n_dims; d++) dims[d] = shape->axis[d].size;
    TRY(h5_attr_text(h5, "/", "file_format", "HyperSpy"));
    TRY(h5_attr_text(h5, "/", "file_format_version", "3.1"));
    TRY(h5_group(h5, HSPY));
    for (int d = 0; d < shape->n_dims; d++) TRY(write_hspy_axis(h5, &shape->axis[d], d));
    TRY(write_metadata(h5, shape));
    return h5_items_create(h5, HSPY "/data", shape->type, shape->n_dims, dims, signal_navigation(shape),
                           shape->quantity, *shape->title ? shape->title : "signal", &signal->items);
}

/* py4DSTEM knows "A^-1". */
static const char *emd_units(const char *units) {
    return strcmp(units, SIGNAL_PER_ANGSTROM) ? units : "A^-1";
}

static int write_emd_axis(struct h5 *h5, const struct signal_axis *a, int d) {
    char set[64];
    double ends[2] = {a->offset, a->offset + a->scale};
    int64_t two = 2;
    snprintf(set, sizeof set, EMD "/dim%d", d);
    TRY(h5_write(h5, set, H5_F64, 1, &two, ends, emd_units(a->units), "first two coordinates"));
    TRY(h5_attr_text(h5, set, "name", a->name));
    return h5_attr_text(h5, set, "units", emd_units(a->units));
}

static bool alike(double a, double b) {
    return fabs(fabs(a) - fabs(b)) <= 1e-4 * fabs(a);
}

/* **Local.** A scan of patterns that py4DSTEM's DataCube can say: it has one size for pixels and one for
 * steps. */
static bool is_cube(const struct signal_shape *shape) {
    const struct signal_axis *a = shape->axis;
    return shape->n_dims == 4 && signal_navigation(shape) == 2 && alike(a[0].scale, a[1].scale) &&
           alike(a[2].scale, a[3].scale) && !strcmp(a[0].units, a[1].units) &&
           !strcmp(a[2].units, a[3].units);
}

static int write_number(struct h5 *h5, const char *name, double value, const char *unit) {
    char set[96];
    snprintf(set, sizeof set, EMD_CALIBRATION "/%s", name);
    TRY(h5_write(h5, set, H5_F64, 0, NULL, &value, unit, name));
    return h5_attr_text(h5, set, "type", "number");
}

static int write_word(struct h5 *h5, const char *name, const char *text) {
    char set[96];
    snprintf(set, sizeof set, EMD_CALIBRATION "/%s", name);
    TRY(h5_write_text(h5, set, text, name));
    return h5_attr_text(h5, set, "type", "string");
}

/* **Local.** Calibration as py4DSTEM 0.14 reads it; its x is the first of two axes. */
static int write_calibration(struct h5 *h5, const struct signal_shape *shape) {
    static const char paths[] = EMD_CALIBRATION "/_target_paths";
    const struct signal_axis *a = shape->axis;
    const int64_t one = 1;
    TRY(h5_group(h5, EMD_CALIBRATION));
    TRY(h5_attr_text(h5, EMD_BUNDLE, "emd_group_type", "metadatabundle"));
    TRY(h5_attr_text(h5, EMD_CALIBRATION, "emd_group_type", "metadata"));
    TRY(h5_attr_text(h5, EMD_CALIBRATION, "python_class", "Calibration"));
    TRY(write_number(h5, "R_pixel_size", fabs(a[1].scale), a[1].units));
    TRY(write_word(h5, "R_pixel_units", a[1].units));
    TRY(write_number(h5, "Q_pixel_size", fabs(a[3].scale), emd_units(a[3].units)));
    TRY(write_word(h5, "Q_pixel_units", emd_units(a[3].units)));
    static const char *const centre[2][2] = {{"qx0", "qx0_mean"}, {"qy0", "qy0_mean"}};
    for (int c = 0; c < 2; c++)
        for (int k = 0; k < 2; k++)
            TRY(write_number(h5, centre[c][k], -a[2 + c].offset / a[2 + c].scale, "px"));
    if (shape->beam_keV > 0) TRY(write_number(h5, "beam_energy", shape->beam_keV * 1e3, "eV"));
    TRY(write_word(h5, "_root_treepath", ""));
    TRY(h5_group(h5, paths));
    TRY(h5_attr_text(h5, paths, "type", "list_of_strings"));
    TRY(h5_attr_i64(h5, paths, "length", &one, -1));
    return h5_write_text(h5, EMD_CALIBRATION "/_target_paths/0", EMD_NAME, "the data that this belongs to");
}

/* Everything but the data. */
static int write_emd_head(struct h5 *h5, const struct signal_shape *shape) {
    const int64_t one = 1, zero = 0;
    TRY(h5_attr_text(h5, "/", "emd_group_type", "file"));
    TRY(h5_attr_i64(h5, "/", "version_major", &one, -1));
    TRY(h5_attr_i64(h5, "/", "version_minor", &zero, -1));
    TRY(h5_attr_text(h5, "/", "UUID", "00000000-0000-0000-0000-000000000000"));
    TRY(h5_attr_text(h5, "/", "authoring_program", "vitrine"));
    TRY(h5_attr_text(h5, "/", "authoring_user", ""));
    TRY(h5_group(h5, EMD));
    TRY(h5_attr_text(h5, EMD_ROOT, "emd_group_type", "root"));
    TRY(h5_attr_text(h5, EMD_ROOT, "python_class", "Root"));
    TRY(h5_attr_text(h5, EMD, "emd_group_type", "array"));
    TRY(h5_attr_text(h5, EMD, "python_class", is_cube(shape) ? "DataCube" : "Array"));
    if (is_cube(shape)) TRY(write_calibration(h5, shape));
    for (int d = 0; d < shape->n_dims; d++) TRY(write_emd_axis(h5, &shape->axis[d], d));
    return ERR_OK;
}

static int write_emd(struct h5 *h5, const struct signal_shape *shape, const float *data) {
    const char *quantity = shape->quantity ? shape->quantity : "", *title = shape->title ? shape->title : "";
    int64_t dims[H5_MAX_DIMS];
    for (int d = 0; d < shape->n_dims; d++) dims[d] = shape->axis[d].size;
    TRY(write_emd_head(h5, shape));
    TRY(h5_write(h5, EMD "/data", H5_F32, shape->n_dims, dims, data, quantity, title));
    return h5_attr_text(h5, EMD "/data", "units", quantity);
}

int signal_hdf_create_emd(struct signal *signal) {
    const struct signal_shape *shape = &signal->shape;
    int64_t dims[H5_MAX_DIMS];
    for (int d = 0; d < shape->n_dims; d++) dims[d] = shape->axis[d].size;
    TRY(write_emd_head(signal->h5, shape));
    TRY(h5_items_create(signal->h5, EMD "/data", shape->type, shape->n_dims, dims, signal_navigation(shape),
                        shape->quantity, *shape->title ? shape->title : "signal", &signal->items));
    return h5_attr_text(signal->h5, EMD "/data", "units", shape->quantity);
}

int signal_put_emd(const struct comm *comm, const char *path, const struct signal_shape *shape,
                   const float *data) {
    struct h5 *h5 = NULL;
    TRY(h5_create(comm, path, &h5));
    int e = write_emd(h5, shape, data), closed = h5_close(&h5, !e);
    return e ? e : closed;
}
