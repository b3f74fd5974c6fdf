/* traj_h5md - writing. Elements of one frame share the step and time datasets of `position` by hard links, as
 * readers expect; edges are [T][3][3], because MDAnalysis takes [T][3] for a box without size; units are
 * variable-length texts, all other texts fixed. Rows are in id order: a copy of the frame is put so. */
#include "atoms/traj_h5md.h"
#include "base/mem.h"
#include "base/prov.h"

#include <stdio.h>
#include <string.h>

#define KJ_MOL_EV 96.48533212331 /* 1 eV per atom in kJ/mol: N_A e / 1000, exact constants of the SI */

static bool reduced(const struct species *s) {
    for (int k = 0; k < s->n; k++)
        if (s->number[k] > 0) return false;
    return true;
}

/* Local. The number that stands for a species: atomic number, or -1, -2, ... for models. */
static int32_t number_of(const struct species *s, int k) {
    return s->number[k] > 0 ? s->number[k] : -1 - k;
}

static int write_h5md_group(struct h5 *h5) {
    if (h5_exists(h5, "/h5md")) return ERR_OK;
    const int32_t version[2] = {1, 1};
    const char *author = "vitrine user", *creator = "vitrine", *number = prov_version();
    TRY(h5_group(h5, "/h5md"));
    TRY(h5_attr_i32(h5, "/h5md", "version", version, 2));
    TRY(h5_group(h5, "/h5md/author"));
    TRY(h5_attr_fixed(h5, "/h5md/author", "name", &author, -1));
    TRY(h5_group(h5, "/h5md/creator"));
    TRY(h5_attr_fixed(h5, "/h5md/creator", "name", &creator, -1));
    return h5_attr_fixed(h5, "/h5md/creator", "version", &number, -1);
}

/* Collective. A growing element NAME/value, with step and time linked to position's. */
static int begin_element(struct h5 *h5, const char *base, const char *name, enum h5_type type, int n_dims,
                         const int64_t *dims, int deflate, const char *unit, const char *what) {
    char path[400], from[400];
    snprintf(path, sizeof path, "%s/%s/value", base, name);
    TRY(h5_series_create(h5, path, type, n_dims, dims, deflate, unit, what));
    if (strcmp(name, "position") == 0) return ERR_OK;
    static const char *const shared[] = {"step", "time"};
    for (int k = 0; k < 2; k++) {
        snprintf(from, sizeof from, "%s/position/%s", base, shared[k]);
        snprintf(path, sizeof path, "%s/%s/%s", base, name, shared[k]);
        TRY(h5_link(h5, from, path));
    }
    return ERR_OK;
}

static int begin_box(struct h5 *h5, const char *base, const struct frame *frame, const char *length) {
    char path[400];
    const int64_t edges[2] = {3, 3};
    const int32_t dimension = 3;
    const char *boundary[3];
    for (int a = 0; a < 3; a++) boundary[a] = frame->box.periodic[a] ? "periodic" : "none";
    snprintf(path, sizeof path, "%s/box", base);
    TRY(h5_group(h5, path));
    TRY(h5_attr_i32(h5, path, "dimension", &dimension, -1));
    TRY(h5_attr_fixed(h5, path, "boundary", boundary, 3));
    TRY(begin_element(h5, base, "box/edges", H5_F64, 2, edges, 0, length,
                      "edge vectors of the box, one a row"));
    return begin_element(
        h5, base, "box/origin", H5_F64, 1, edges, 0, length,
        "lower corner of the box in the run's coordinates; add it to the positions to get them");
}

/* Collective. What does not change: species with their names and masses, ids, masses. */
static int write_fixed(struct h5 *h5, const char *base, const struct frame *sorted, int64_t first,
                       int deflate) {
    const struct species *s = &sorted->species;
    char path[400];
    const char *names[SPECIES_MAX];
    int32_t numbers[SPECIES_MAX], *type = NULL;
    double *mass = NULL;
    int64_t n = sorted->n_global;
    const struct comm *comm = h5_comm(h5);
    for (int k = 0; k < s->n; k++) {
        names[k] = s->name[k];
        numbers[k] = number_of(s, k);
    }
    int e = MEM_NEW(type, sorted->n);
    if (!e) e = MEM_NEW(mass, sorted->n);
    TRY_ALL_TO(comm, out, e);
    for (int i = 0; i < sorted->n; i++) {
        type[i] = numbers[sorted->type[i]];
        mass[i] = s->mass[sorted->type[i]];
    }
    snprintf(path, sizeof path, "%s/species", base);
    TRY_TO(out, h5_write_named(h5, path, names, numbers, s->n, n, first, sorted->n, type, deflate,
                               "atomic numbers (models: -1, -2, ...)"));
    TRY_TO(out, h5_attr_texts(h5, path, "names", names, s->n));
    TRY_TO(out, h5_attr_f64(h5, path, "masses", s->mass, s->n));
    snprintf(path, sizeof path, "%s/id", base);
    TRY_TO(out,
           h5_write_rows(h5, path, H5_I64, 1, &n, first, sorted->n, sorted->id, deflate, "", "atom ids"));
    snprintf(path, sizeof path, "%s/mass", base);
    e = h5_write_rows(h5, path, H5_F64, 1, &n, first, sorted->n, mass, deflate, reduced(s) ? "" : "g/mol",
                      "masses");
out:
    mem_free(&type);
    mem_free(&mass);
    return e;
}

/* Collective. A copy in id order with wrapped positions. */
static int sorted_copy(const struct comm *comm, const struct frame *frame, struct frame *copy,
                       int64_t *first) {
    frame_init(copy);
    int e = err_agree(comm, frame_copy(copy, frame));
    if (!e) e = frame_by_id(comm, copy, first);
    if (!e) traj_wrap(copy);
    if (e) frame_destroy(copy);
    return e;
}

static int begin_series(struct h5 *h5, const char *base, const struct frame *frame, int fields, int deflate) {
    bool lj = reduced(&frame->species);
    const char *length = lj ? "" : "Angstrom";
    enum h5_type real = fields & TRAJ_SINGLE ? H5_F32 : H5_F64;
    const int64_t dims[2] = {frame->n_global, 3};
    char path[400];
    TRY(begin_element(h5, base, "position", real, 2, dims, deflate, length,
                      "positions, wrapped into the box from 0"));
    snprintf(path, sizeof path, "%s/position/step", base);
    TRY(h5_series_create(h5, path, H5_I64, 0, NULL, 0, "", "time step"));
    snprintf(path, sizeof path, "%s/position/time", base);
    TRY(h5_series_create(h5, path, H5_F64, 0, NULL, 0, lj ? "" : "ps", "time"));
    if (fields & TRAJ_IMAGE)
        TRY(begin_element(h5, base, "image", H5_I32, 2, dims, deflate, "",
                          "box lengths travelled: unwrapped = position + image * edge"));
    if (fields & TRAJ_V)
        TRY(begin_element(h5, base, "velocity", real, 2, dims, deflate, lj ? "" : "Angstrom ps-1",
                          "velocities"));
    if (fields & TRAJ_F)
        TRY(begin_element(h5, base, "force", real, 2, dims, deflate, lj ? "" : "kJ mol-1 Angstrom-1",
                          "forces"));
    return begin_box(h5, base, frame, length);
}

int traj_h5md_begin(struct h5 *h5, const char *group, const struct frame *frame, int fields, int deflate) {
    const struct comm *comm = h5_comm(h5);
    char base[300];
    int64_t first, order = 0;
    if (strlen(group) > 200 || strchr(group, '/')) FAIL(ERR_INTERNAL, "stage name '%s'", group);
    snprintf(base, sizeof base, "/particles/%s", group);
    if (h5_exists(h5, base)) FAIL(ERR_INTERNAL, "%s: '%s' is there already", h5_path(h5), base);
    if (h5_exists(h5, "/particles")) {
        int n;
        char **names;
        TRY(h5_members(h5, "/particles", &n, &names));
        order = n;
        mem_free(&names);
    }
    struct frame sorted;
    TRY(sorted_copy(comm, frame, &sorted, &first));
    int e = write_h5md_group(h5);
    if (!e) e = h5_group(h5, base);
    if (!e) e = h5_attr_i64(h5, base, "order", &order, -1);
    if (!e) e = begin_series(h5, base, frame, fields, deflate);
    if (!e) e = write_fixed(h5, base, &sorted, first, deflate);
    frame_destroy(&sorted);
    return e;
}

/* Local. Three columns of rows of four, shifted and scaled, in the type of the dataset. */
static void pack(const struct frame *frame, double (*rows)[4], const double *shift, double scale,
                 enum h5_type type, void *out) {
    for (int i = 0; i < frame->n; i++)
        for (int a = 0; a < 3; a++) {
            double v = (rows[i][a] - (shift ? shift[a] : 0)) * scale;
            if (type == H5_F32) ((float *)out)[3 * i + a] = (float)v;
            else ((double *)out)[3 * i + a] = v;
        }
}

static int append_rows(struct h5 *h5, const char *base, const char *name, const struct frame *frame,
                       int64_t first, double (*rows)[4], const double *shift, double scale, void *block) {
    char path[400];
    enum h5_type type;
    snprintf(path, sizeof path, "%s/%s/value", base, name);
    if (!h5_exists(h5, path)) return ERR_OK;
    TRY(h5_type(h5, path, &type));
    pack(frame, rows, shift, scale, type, block);
    return h5_series_append(h5, path, first, frame->n, block);
}

static int append_box(struct h5 *h5, const char *base, const struct box *box) {
    char path[400];
    double edges[3][3] = {{box->len[0], 0, 0}, {0, box->len[1], 0}, {0, 0, box->len[2]}};
    int64_t rows = h5_comm(h5)->rank == 0 ? 3 : 0;
    snprintf(path, sizeof path, "%s/box/edges/value", base);
    TRY(h5_series_append(h5, path, 0, rows, edges));
    snprintf(path, sizeof path, "%s/box/origin/value", base);
    return h5_series_append(h5, path, 0, rows, box->lo);
}

int traj_h5md_append(struct h5 *h5, const char *group, const struct frame *frame) {
    const struct comm *comm = h5_comm(h5);
    struct frame sorted;
    char base[300], path[400];
    int64_t first;
    double *block = NULL;
    snprintf(base, sizeof base, "/particles/%.200s", group);
    TRY(sorted_copy(comm, frame, &sorted, &first));
    int e = err_agree(comm, MEM_NEW(block, (size_t)sorted.n * 3));
    const double *lo = sorted.box.lo;
    double force = reduced(&sorted.species) ? 1 : KJ_MOL_EV;
    if (!e) e = append_rows(h5, base, "position", &sorted, first, sorted.x, lo, 1, block);
    if (!e) e = append_rows(h5, base, "velocity", &sorted, first, sorted.v, NULL, 1, block);
    if (!e) e = append_rows(h5, base, "force", &sorted, first, sorted.f, NULL, force, block);
    snprintf(path, sizeof path, "%s/image/value", base);
    if (!e && h5_exists(h5, path)) e = h5_series_append(h5, path, first, sorted.n, sorted.image);
    if (!e) e = append_box(h5, base, &sorted.box);
    snprintf(path, sizeof path, "%s/position/step", base);
    if (!e) e = h5_series_append(h5, path, 0, 0, &sorted.step);
    snprintf(path, sizeof path, "%s/position/time", base);
    if (!e) e = h5_series_append(h5, path, 0, 0, &sorted.time);
    mem_free(&block);
    frame_destroy(&sorted);
    return e;
}
