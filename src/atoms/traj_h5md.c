/* traj_h5md - writing. Elements of one frame share the step and time datasets of `position` by hard links, as
 * readers expect; edges are [T][3][3], because MDAnalysis takes [T][3] for a box without size; units are
 * variable-length texts, all other texts fixed. Rows are in id order, put so one quantity at a time: no
 * second frame is made. */
#include "atoms/traj_h5md.h"
#include "atoms/traj_sort.h"
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

static void pack_number(const struct frame *frame, int row, const void *user, void *item) {
    (void)user;
    *(int32_t *)item = number_of(&frame->species, frame->type[row]);
}

static void pack_mass(const struct frame *frame, int row, const void *user, void *item) {
    (void)user;
    *(double *)item = frame->species.mass[frame->type[row]];
}

static void pack_group(const struct frame *frame, int row, const void *user, void *item) {
    (void)user;
    *(int32_t *)item = frame->group[row];
}

/* Collective. What builders said of atoms, where they said something. work: 4 bytes a row. */
static int write_groups(struct h5 *h5, const char *base, const struct frame *frame,
                        const struct traj_sort *sort, int deflate, void *work) {
    char path[400];
    int64_t n = frame->n_global;
    if (!frame_grouped(h5_comm(h5), frame)) return ERR_OK;
    snprintf(path, sizeof path, "%s/group", base);
    TRY(traj_sort_apply(sort, frame, sizeof(int32_t), pack_group, NULL, work));
    return h5_write_rows(h5, path, H5_I32, 1, &n, sort->first, sort->n, work, deflate, "",
                         "column k of a nanoglass as k, -k at an interface; 0: none");
}

/* Collective. What does not change: species with their names and masses, ids, masses. work: 8 bytes a row. */
static int write_fixed(struct h5 *h5, const char *base, const struct frame *frame,
                       const struct traj_sort *sort, int deflate, void *work) {
    const struct species *s = &frame->species;
    char path[400];
    const char *names[SPECIES_MAX];
    int32_t numbers[SPECIES_MAX];
    int64_t n = frame->n_global, *id = work;
    for (int k = 0; k < s->n; k++) {
        names[k] = s->name[k];
        numbers[k] = number_of(s, k);
    }
    snprintf(path, sizeof path, "%s/species", base);
    TRY(traj_sort_apply(sort, frame, sizeof(int32_t), pack_number, NULL, work));
    TRY(h5_write_named(h5, path, names, numbers, s->n, n, sort->first, sort->n, work, deflate,
                       "atomic numbers (models: -1, -2, ...)"));
    TRY(h5_attr_texts(h5, path, "names", names, s->n));
    TRY(h5_attr_f64(h5, path, "masses", s->mass, s->n));
    snprintf(path, sizeof path, "%s/id", base);
    for (int k = 0; k < sort->n; k++) id[k] = sort->first + k + 1;
    TRY(h5_write_rows(h5, path, H5_I64, 1, &n, sort->first, sort->n, id, deflate, "", "atom ids"));
    snprintf(path, sizeof path, "%s/mass", base);
    TRY(traj_sort_apply(sort, frame, sizeof(double), pack_mass, NULL, work));
    return h5_write_rows(h5, path, H5_F64, 1, &n, sort->first, sort->n, work, deflate,
                         reduced(s) ? "" : "g/mol", "masses");
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
    const int64_t tensor[2] = {frame->n_global, 6};
    if (fields & TRAJ_STRESS && frame->stress)
        TRY(begin_element(h5, base, "stress", real, 2, tensor, deflate, lj ? "" : "eV",
                          "stress times the atom's volume, positive in tension: xx yy zz xy xz yz"));
    return begin_box(h5, base, frame, length);
}

int traj_h5md_begin(struct h5 *h5, const char *group, const struct frame *frame, int fields, int deflate) {
    const struct comm *comm = h5_comm(h5);
    char base[300];
    int64_t order = 0;
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
    struct traj_sort sort;
    void *work = NULL;
    TRY(traj_sort_create(comm, frame, &sort));
    int e = err_agree(comm, mem_new(&work, (size_t)sort.n, 8, __FILE__, __LINE__));
    if (!e) e = write_h5md_group(h5);
    if (!e) e = h5_group(h5, base);
    if (!e) e = h5_attr_i64(h5, base, "order", &order, -1);
    if (!e) e = begin_series(h5, base, frame, fields, deflate);
    if (!e) e = write_fixed(h5, base, frame, &sort, deflate, work);
    if (!e) e = write_groups(h5, base, frame, &sort, deflate, work);
    mem_free(&work);
    traj_sort_destroy(&sort);
    return e;
}

/* What of an atom is written, and scaled how. */
struct want {
    enum { POSITION, IMAGE, VELOCITY, FORCE, STRESS } what;
    double scale;
};

static void pack_vector(const struct frame *frame, int row, const void *user, void *item) {
    const struct want *want = user;
    if (want->what == STRESS) {
        memcpy(item, frame->stress[row], sizeof frame->stress[row]);
        return;
    }
    if (want->what == VELOCITY || want->what == FORCE) {
        const double *from = want->what == FORCE ? frame->f[row] : frame->v[row];
        for (int a = 0; a < 3; a++) ((double *)item)[a] = from[a] * want->scale;
        return;
    }
    double x[3] = {frame->x[row][0], frame->x[row][1], frame->x[row][2]};
    int image[3] = {frame->image[row][0], frame->image[row][1], frame->image[row][2]};
    box_wrap(&frame->box, x, image);
    for (int a = 0; a < 3; a++) {
        if (want->what == IMAGE) ((int32_t *)item)[a] = image[a];
        else ((double *)item)[a] = x[a] - frame->box.lo[a];
    }
}

static int append_vector(struct h5 *h5, const char *base, const char *name, const struct frame *frame,
                         const struct traj_sort *sort, struct want want, void *work) {
    char path[400];
    enum h5_type type;
    snprintf(path, sizeof path, "%s/%s/value", base, name);
    if (!h5_exists(h5, path)) return ERR_OK;
    TRY(h5_type(h5, path, &type));
    int width = want.what == STRESS ? 6 : 3;
    size_t bytes = (size_t)width * (want.what == IMAGE ? sizeof(int32_t) : sizeof(double));
    TRY(traj_sort_apply(sort, frame, bytes, pack_vector, &want, work));
    if (type == H5_F32) /* in place: it only moves towards the front */
        for (int64_t k = 0; k < (int64_t)sort->n * width; k++) {
            float narrow = (float)((double *)work)[k];
            memcpy((char *)work + k * 4, &narrow, 4);
        }
    return h5_series_append(h5, path, sort->first, sort->n, work);
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
    struct traj_sort sort;
    char base[300], path[400];
    double *work = NULL, force = reduced(&frame->species) ? 1 : KJ_MOL_EV;
    snprintf(base, sizeof base, "/particles/%.200s", group);
    TRY(traj_sort_create(comm, frame, &sort));
    int e = err_agree(comm, MEM_NEW(work, (size_t)sort.n * (frame->stress ? 6 : 3)));
    if (!e) e = append_vector(h5, base, "position", frame, &sort, (struct want){POSITION, 1}, work);
    if (!e) e = append_vector(h5, base, "image", frame, &sort, (struct want){IMAGE, 1}, work);
    if (!e) e = append_vector(h5, base, "velocity", frame, &sort, (struct want){VELOCITY, 1}, work);
    if (!e) e = append_vector(h5, base, "force", frame, &sort, (struct want){FORCE, force}, work);
    snprintf(path, sizeof path, "%s/stress", base);
    if (!e && !frame->stress && h5_exists(h5, path))
        e = err_set(ERR_INPUT, __FILE__, __LINE__, "%s: a frame without stresses after frames with them",
                    h5_path(h5));
    if (!e && frame->stress)
        e = append_vector(h5, base, "stress", frame, &sort, (struct want){STRESS, 1}, work);
    if (!e) e = append_box(h5, base, &frame->box);
    snprintf(path, sizeof path, "%s/position/step", base);
    if (!e) e = h5_series_append(h5, path, 0, 0, &frame->step);
    snprintf(path, sizeof path, "%s/position/time", base);
    if (!e) e = h5_series_append(h5, path, 0, 0, &frame->time);
    mem_free(&work);
    traj_sort_destroy(&sort);
    return e;
}
