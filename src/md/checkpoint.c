/* checkpoint - arrays as rows in id order, scalars as two named lists. Not a memory image: every number has a
 * name, and struct layouts may change. */
#include "md/checkpoint.h"
#include "atoms/traj_sort.h"
#include "base/h5.h"
#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define FORMAT 3
enum { N_REALS = 64, N_WHOLES = 16 };

/* The one list of scalars, walked for writing and for reading. */
struct walk {
    double *real;
    int64_t *whole;
    int n_real, n_whole;
    bool reading;
};

static void real(struct walk *w, double *x) {
    if (w->reading) *x = w->real[w->n_real++];
    else w->real[w->n_real++] = *x;
}

static void reals(struct walk *w, double *x, int n) {
    for (int k = 0; k < n; k++) real(w, &x[k]);
}

static void whole(struct walk *w, int64_t *x) {
    if (w->reading) *x = w->whole[w->n_whole++];
    else w->whole[w->n_whole++] = *x;
}

static void walk_chain(struct walk *w, struct thermostat_chain *c) {
    real(w, &c->dof);
    real(w, &c->tau);
    reals(w, c->v, THERMOSTAT_CHAIN);
    reals(w, c->eta, THERMOSTAT_CHAIN);
}

static void walk_state(struct walk *w, struct frame *frame, double len0[3], double len1[3],
                       struct integrate *in, struct wall *piston, struct checkpoint *c) {
    whole(w, &c->stage);
    whole(w, &c->done);
    whole(w, &c->n_parts);
    whole(w, &c->draws);
    whole(w, &frame->n_global);
    whole(w, &frame->step);
    for (int a = 0; a < 3; a++) {
        int64_t p = frame->box.periodic[a];
        whole(w, &p);
        frame->box.periodic[a] = p != 0;
    }
    real(w, &c->wall_s);
    real(w, &frame->time);
    real(w, &frame->filled);
    reals(w, frame->box.lo, 3);
    reals(w, frame->box.len, 3);
    reals(w, len0, 3);
    reals(w, len1, 3);
    real(w, &in->dof);
    real(w, &in->pending);
    real(w, &in->bath);
    reals(w, in->sums.kin, 6);
    reals(w, in->sums.vir, 6);
    real(w, &in->sums.potential);
    real(w, &in->sums.moved);
    real(w, &in->sums.moved_pruned);
    walk_chain(w, &in->chain);
    walk_chain(w, &in->barostat.chain);
    reals(w, in->barostat.rate, 3);
    real(w, &in->barostat.mass);
    real(w, &piston->place);
    real(w, &piston->speed);
    real(w, &piston->force);
    real(w, &piston->taken);
}

/* What a row of each array holds: the place of the last pruning of the lists rides in the fourth columns. */
static const double *pruned_at(const struct system *s, int row) {
    return s->x1 ? s->x1[row] : s->x0[row];
}

static void pack_position(const struct frame *frame, int row, const void *user, void *item) {
    memcpy(item, frame->x[row], 3 * sizeof(double));
    ((double *)item)[3] = pruned_at(user, row)[0];
}

static void pack_velocity(const struct frame *frame, int row, const void *user, void *item) {
    memcpy(item, frame->v[row], 3 * sizeof(double));
    ((double *)item)[3] = pruned_at(user, row)[1];
}

static void pack_built(const struct frame *frame, int row, const void *user, void *item) {
    (void)frame;
    memcpy(item, ((const struct system *)user)->x0[row], 3 * sizeof(double));
    ((double *)item)[3] = pruned_at(user, row)[2];
}

static void pack_image(const struct frame *frame, int row, const void *user, void *item) {
    (void)user;
    memcpy(item, frame->image[row], sizeof frame->image[row]);
}

static void pack_type(const struct frame *frame, int row, const void *user, void *item) {
    (void)user;
    memcpy(item, &frame->type[row], sizeof frame->type[row]);
}

static void pack_group(const struct frame *frame, int row, const void *user, void *item) {
    (void)user;
    memcpy(item, &frame->group[row], sizeof frame->group[row]);
}

/* One array after the other, so that memory holds one of them beside the atoms, not all. */
static int write_arrays(const struct system *s, struct h5 *h5) {
    const char *place = s->lj ? "" : "Angstrom", *speed = s->lj ? "" : "Angstrom/ps";
    const struct {
        const char *name, *unit, *what;
        enum h5_type type;
        int columns;
        void (*pack)(const struct frame *frame, int row, const void *user, void *item);
    } array[] = {
        {"position", place, "x y z, and x of the place that the lists were last pruned for", H5_F64, 4,
         pack_position},
        {"built_at", place, "x y z of the place the lists were built for, and z of that of the pruning",
         H5_F64, 4, pack_built},
        {"velocity", speed, "velocity x y z, and y of the place of the pruning", H5_F64, 4, pack_velocity},
        {"image", "", "box lengths travelled", H5_I32, 3, pack_image},
        {"type", "", "species index", H5_I32, 1, pack_type},
        {"group", "", "group that a builder gave", H5_I32, 1, pack_group},
    };
    struct traj_sort sort;
    double(*rows)[4] = NULL;
    char path[64];
    TRY(traj_sort_create(&s->comm, &s->frame, &sort));
    int e = err_agree(&s->comm, MEM_NEW(rows, sort.n));
    for (size_t k = 0; k < sizeof array / sizeof *array && !e; k++) {
        int64_t dims[2] = {s->frame.n_global, array[k].columns};
        size_t bytes =
            (array[k].type == H5_F64 ? sizeof(double) : sizeof(int32_t)) * (size_t)array[k].columns;
        snprintf(path, sizeof path, "/checkpoint/%s", array[k].name);
        e = traj_sort_apply(&sort, &s->frame, bytes, array[k].pack, s, rows);
        if (!e)
            e = h5_write_rows(h5, path, array[k].type, array[k].columns > 1 ? 2 : 1, dims, sort.first, sort.n,
                              rows, 0, array[k].unit, array[k].what);
    }
    mem_free(&rows);
    traj_sort_destroy(&sort);
    return e;
}

int checkpoint_write(const struct system *s, const struct integrate *in, const struct checkpoint *state,
                     const char *hash, const char *path) {
    double real_list[N_REALS] = {0}, len0[3], len1[3];
    int64_t whole_list[N_WHOLES] = {0}, n_reals = N_REALS, n_wholes = N_WHOLES, format = FORMAT;
    struct walk w = {real_list, whole_list, 0, 0, false};
    struct frame header = s->frame;
    struct integrate in_copy = *in;
    struct checkpoint state_copy = *state;
    struct wall wall_copy = s->wall;
    struct h5 *h5 = NULL;
    int e = ERR_OK;
    memcpy(len0, s->len0, sizeof len0);
    memcpy(len1, s->len1, sizeof len1);
    walk_state(&w, &header, len0, len1, &in_copy, &wall_copy, &state_copy);
    TRY(h5_create(&s->comm, path, &h5));
    TRY_TO(done, h5_group(h5, "/checkpoint"));
    TRY_TO(done, h5_attr_i64(h5, "/checkpoint", "format", &format, 1));
    TRY_TO(done, h5_attr_text(h5, "/checkpoint", "deck_hash", hash));
    TRY_TO(done, h5_write(h5, "/checkpoint/reals", H5_F64, 1, &n_reals, real_list, "",
                          "scalars in the order of walk_state"));
    TRY_TO(done, h5_write(h5, "/checkpoint/wholes", H5_I64, 1, &n_wholes, whole_list, "",
                          "scalars in the order of walk_state"));
    TRY_TO(done, write_arrays(s, h5));
done:;
    int closed = h5_close(&h5, e == ERR_OK);
    return e ? e : closed;
}

static int read_arrays(struct system *s, struct h5 *h5) {
    struct frame *f = &s->frame;
    int64_t first = frame_block(f->n_global, s->comm.size, s->comm.rank);
    int64_t last = frame_block(f->n_global, s->comm.size, s->comm.rank + 1);
    f->n = f->n_ghost = 0;
    TRY_ALL(&s->comm, frame_reserve(f, last - first));
    f->n = (int)(last - first);
    TRY(h5_read_rows(h5, "/checkpoint/position", H5_F64, first, f->n, f->f)); /* see system_restore */
    TRY(h5_read_rows(h5, "/checkpoint/built_at", H5_F64, first, f->n, f->x));
    TRY(h5_read_rows(h5, "/checkpoint/velocity", H5_F64, first, f->n, f->v));
    TRY(h5_read_rows(h5, "/checkpoint/image", H5_I32, first, f->n, f->image));
    TRY(h5_read_rows(h5, "/checkpoint/type", H5_I32, first, f->n, f->type));
    TRY(h5_read_rows(h5, "/checkpoint/group", H5_I32, first, f->n, f->group));
    for (int i = 0; i < f->n; i++) {
        f->id[i] = first + i + 1;
        double pruned_x = f->f[i][3]; /* positions were read into f, those of the build into x */
        f->f[i][3] = f->x[i][3];
        f->x[i][3] = pruned_x;
    }
    return ERR_OK;
}

static int check_file(struct h5 *h5, const char *hash, const char *path) {
    int64_t format = 0;
    char *found = NULL;
    if (!h5_exists(h5, "/checkpoint"))
        FAIL(ERR_INPUT,
             "%s is not a checkpoint; --restart takes the NAME.checkpoint.h5 that a stopped run leaves",
             path);
    TRY(h5_read_attr_i64(h5, "/checkpoint", "format", &format, 1));
    if (format != FORMAT)
        FAIL(ERR_INPUT, "%s has checkpoint format %lld, this program reads %d", path, (long long)format,
             FORMAT);
    TRY(h5_read_attr_text(h5, "/checkpoint", "deck_hash", &found));
    int same = strcmp(found, hash) == 0;
    mem_free(&found);
    if (!same)
        FAIL(ERR_INPUT,
             "%s was made by another deck; restart with the deck and the --set options that made it (its "
             "effective deck lies beside it)",
             path);
    return ERR_OK;
}

/* Every array has the size that the numbers of the file ask for. */
static int check_shapes(struct h5 *h5, int64_t n_atoms, const char *path) {
    const struct {
        const char *name;
        int64_t rows, columns; /* rows -1: as many as there are atoms */
    } sets[] = {{"reals", N_REALS, 0}, {"wholes", N_WHOLES, 0}, {"position", -1, 4}, {"built_at", -1, 4},
                {"velocity", -1, 4},   {"image", -1, 3},        {"type", -1, 0},     {"group", -1, 0}};
    for (size_t k = 0; k < sizeof sets / sizeof *sets; k++) {
        char name[64];
        int64_t dims[H5_MAX_DIMS] = {0};
        int n_dims;
        if (sets[k].rows < 0 && n_atoms < 0) break; /* the scalars come first */
        snprintf(name, sizeof name, "/checkpoint/%s", sets[k].name);
        TRY(h5_shape(h5, name, &n_dims, dims));
        bool right = n_dims == 1 + (sets[k].columns > 0) &&
                     dims[0] == (sets[k].rows < 0 ? n_atoms : sets[k].rows) &&
                     (sets[k].columns == 0 || dims[1] == sets[k].columns);
        if (!right)
            FAIL(ERR_INPUT, "%s is damaged: %s has the wrong size; restart from an earlier checkpoint", path,
                 name);
    }
    return ERR_OK;
}

static int check_scalars(const struct frame *f, const struct checkpoint *c, const char *path) {
    bool right = c->stage >= 0 && c->done > 0 && c->n_parts >= 0 && f->n_global > 0 && f->step >= c->done;
    for (int a = 0; a < 3; a++)
        right = right && f->box.len[a] > 0 && isfinite(f->box.len[a]) && isfinite(f->box.lo[a]);
    if (!right)
        FAIL(ERR_INPUT, "%s is damaged: its numbers make no sense; restart from an earlier checkpoint", path);
    return ERR_OK;
}

int checkpoint_made_by(const struct comm *comm, const char *path, const char *hash, bool *same) {
    struct h5 *h5 = NULL;
    int e = h5_open(comm, path, &h5);
    if (!e) e = check_file(h5, hash, path);
    if (h5_close(&h5, false) || e == ERR_INPUT) err_clear();
    *same = e == ERR_OK;
    return e == ERR_INPUT ? ERR_OK : e;
}

int checkpoint_read(struct system *s, struct integrate *in, struct checkpoint *state, const char *hash,
                    const char *path) {
    double real_list[N_REALS], len0[3], len1[3];
    int64_t whole_list[N_WHOLES];
    struct walk w = {real_list, whole_list, 0, 0, true};
    struct h5 *h5 = NULL;
    int e = ERR_OK;
    TRY(h5_open(&s->comm, path, &h5));
    TRY_TO(done, check_file(h5, hash, path));
    TRY_TO(done, check_shapes(h5, -1, path));
    TRY_TO(done, h5_read(h5, "/checkpoint/reals", H5_F64, real_list));
    TRY_TO(done, h5_read(h5, "/checkpoint/wholes", H5_I64, whole_list));
    walk_state(&w, &s->frame, len0, len1, in, &s->wall, state);
    TRY_TO(done, check_scalars(&s->frame, state, path));
    TRY_TO(done, check_shapes(h5, s->frame.n_global, path));
    TRY_TO(done, read_arrays(s, h5));
done:;
    int closed = h5_close(&h5, false);
    if (e || closed) return e ? e : closed;
    return system_restore(s, len0, len1);
}
