/* voronoi_files - per-atom results in id order: datasets /analysis/LABEL and NAME[.LABEL].voronoi.xyz. */
#include "analysis/structure/voronoi_state.h"
#include "base/mem.h"

#include <math.h>
#include <string.h>

enum {
    D_VOLUME,
    D_COORDINATION,
    D_INDEX,
    D_BEYOND,
    D_FACES,
    D_FLAG,
    D_CLASS,
    D_DENSITY,
    D_NETWORK,
    D_STEP,
    D_TIME,
    D_POSITION, /* these two only for ParaView */
    D_SPECIES,
    D_COUNT
};

int voronoi_files_open(struct voronoi_state *s) {
    static const struct {
        const char *name;
        enum h5_type type;
        int width;
        const char *what;
    } set[D_COUNT] = {
        {"volume", H5_F64, 1, "volume of each atom's Voronoi cell, by id; nan: open"},
        {"coordination", H5_I16, 1, "faces that count after the filter"},
        {"index", H5_I16, 4, "faces with 3, 4, 5, 6 edges that count"},
        {"beyond", H5_I16, 1, "faces with more than 6 edges that count"},
        {"faces", H5_I16, 1, "all faces, before the filter"},
        {"flag", H5_I16, 1, "0: counted; 1: open cell at a free surface; 2: no cell"},
        {"class", H5_I16, 1, "class of the index, a number of the attribute classes"},
        {"density", H5_F64, 1,
         "mass over volume of the atom and the neighbours it shares counted faces with; nan: one is open"},
        {"network", H5_I32, 1,
         "cluster of the network that the atom is a centre of, 1 = the largest; 0: none"},
        {"step", H5_I64, 0, "step of each frame"},
        {"time", H5_F64, 0, "time of each frame"},
        {"position", H5_F64, 3, "positions"},
        {"species", H5_I16, 1, "number of the species, of the attribute species"},
    };
    struct results *out = s->out;
    for (int k = 0; k < (s->paraview ? D_COUNT : D_POSITION); k++) {
        int64_t dims[] = {s->n_atoms, set[k].width};
        const char *unit = k == D_VOLUME     ? (out->lj ? "sigma3" : "A3")
                           : k == D_DENSITY  ? (out->lj ? "1/sigma3" : "g/cm3")
                           : k == D_POSITION ? (out->lj ? "sigma" : "A")
                           : k == D_TIME     ? (out->lj ? "tau" : "ps")
                                             : "";
        TRY_ALL(out->comm, results_dataset(out, set[k].name, &s->path[k]));
        TRY(h5_series_create(out->h5, s->path[k], set[k].type, set[k].width > 1 ? 2 : set[k].width, dims, 0,
                             unit, set[k].what));
    }
    static const char *const filter[] = {"none", "area_fraction", "edge", "ovito", "pyscal", "lammps"};
    TRY(results_note_text(out, "tessellation", s->options.radical ? "radical" : "plain"));
    TRY(results_note_text(out, "filter", filter[s->options.filter]));
    TRY(results_note_real(out, "min_area_fraction", s->options.min_area_fraction));
    TRY(results_note_real(out, "min_edge", s->options.min_edge));
    TRY(results_note_real(out, "min_area", s->options.min_area));
    TRY(results_note_real(out, "min_edge_fraction", s->options.min_edge_fraction));
    TRY(results_note_real(out, "surface", s->options.surface));
    if (s->options.radical) TRY(h5_attr_f64(out->h5, out->group, "radii", s->options.radius, s->species.n));
    const char *names[SPECIES_MAX], *classes[CLASSES_COUNT];
    for (int k = 0; k < CLASSES_COUNT; k++) classes[k] = classes_name(k);
    TRY(h5_attr_texts(out->h5, out->group, "classes", classes, CLASSES_COUNT));
    for (int k = 0; k < s->species.n; k++) names[k] = s->species.name[k];
    return h5_attr_texts(out->h5, out->group, "species", names, s->species.n);
}

static int16_t class_of(const struct voronoi_cell *c) {
    return (int16_t)(c->flag == VORONOI_CLOSED ? classes_of(c->n, c->beyond) : CLASSES_OTHER);
}

static int write_places(struct voronoi_state *s, const struct voronoi_state_item *item, int64_t first,
                        int64_t n) {
    const struct comm *comm = s->out->comm;
    double(*x)[3] = NULL;
    int16_t *type = NULL;
    int e = ERR_OK;
    TRY_ALL_TO(comm, out, MEM_NEW(x, n));
    TRY_ALL_TO(comm, out, MEM_NEW(type, n));
    for (int64_t k = 0; k < n; k++) {
        memcpy(x[k], item[k].x, sizeof x[k]);
        type[k] = (int16_t)item[k].type;
    }
    TRY_TO(out, h5_series_append(s->out->h5, s->path[D_POSITION], first, n, x));
    TRY_TO(out, h5_series_append(s->out->h5, s->path[D_SPECIES], first, n, type));
out:
    mem_free(&x);
    mem_free(&type);
    return e;
}

static int write_h5(struct voronoi_state *s, const struct frame *frame, const struct voronoi_state_item *item,
                    int64_t first, int64_t n) {
    struct h5 *h5 = s->out->h5;
    const struct comm *comm = s->out->comm;
    double *real = NULL;
    int16_t *whole = NULL;
    int32_t *number = NULL;
    int e = ERR_OK;
    TRY_ALL_TO(comm, out, MEM_NEW(real, n));
    TRY_ALL_TO(comm, out, MEM_NEW(whole, 4 * n));
    for (int64_t k = 0; k < n; k++) real[k] = item[k].cell.volume;
    TRY_TO(out, h5_series_append(h5, s->path[D_VOLUME], first, n, real));
    for (int64_t k = 0; k < n; k++) real[k] = item[k].density;
    TRY_TO(out, h5_series_append(h5, s->path[D_DENSITY], first, n, real));
    TRY_ALL_TO(comm, out, MEM_NEW(number, n));
    for (int64_t k = 0; k < n; k++) number[k] = item[k].cluster;
    TRY_TO(out, h5_series_append(h5, s->path[D_NETWORK], first, n, number));
    for (int64_t k = 0; k < n; k++) memcpy(whole + 4 * k, item[k].cell.n, 4 * sizeof *whole);
    TRY_TO(out, h5_series_append(h5, s->path[D_INDEX], first, n, whole));
    for (int d = D_COORDINATION; d <= D_CLASS; d++) {
        if (d == D_INDEX) continue;
        for (int64_t k = 0; k < n; k++) {
            const struct voronoi_cell *c = &item[k].cell;
            whole[k] = d == D_COORDINATION ? c->coordination
                       : d == D_BEYOND     ? c->beyond
                       : d == D_FACES      ? c->faces
                       : d == D_FLAG       ? c->flag
                                           : class_of(c);
        }
        TRY_TO(out, h5_series_append(h5, s->path[d], first, n, whole));
    }
    if (s->paraview) TRY_TO(out, write_places(s, item, first, n));
    TRY_TO(out, h5_series_append(h5, s->path[D_STEP], 0, 1, &frame->step));
    TRY_TO(out, h5_series_append(h5, s->path[D_TIME], 0, 1, &frame->time));
out:
    mem_free(&real);
    mem_free(&whole);
    mem_free(&number);
    return e;
}

#define LINE 256 /* bytes of a line or less: name 7, reals of at most 18 characters */

static int xyz_lines(const struct voronoi_state *s, const struct frame *frame,
                     const struct voronoi_state_item *item, int64_t first, int64_t n, char **text,
                     int64_t *bytes) {
    const struct box *b = &frame->box;
    char filter[128];
    size_t room = (size_t)(n + 4) * LINE, at = 0;
    voronoi_shares_filter(&s->options, filter);
    TRY(mem_new(text, room, 1, __FILE__, __LINE__));
    if (s->out->comm->rank == 0)
        at += (size_t)snprintf(*text, room,
                               "%lld\nLattice=\"%.12g 0 0 0 %.12g 0 0 0 %.12g\" Origin=\"%.12g %.12g %.12g\" "
                               "Properties=species:S:1:pos:R:3:id:I:1:volume:R:1:coordination:I:1:index:I:4 "
                               "pbc=\"%c %c %c\" Time=%.12g Step=%lld Tessellation=%s Filter=\"%s\"\n",
                               (long long)frame->n_global, b->len[0], b->len[1], b->len[2], b->lo[0],
                               b->lo[1], b->lo[2], b->periodic[0] ? 'T' : 'F', b->periodic[1] ? 'T' : 'F',
                               b->periodic[2] ? 'T' : 'F', frame->time, (long long)frame->step,
                               s->options.radical ? "radical" : "plain", filter);
    for (int64_t k = 0; k < n; k++) {
        const struct voronoi_cell *c = &item[k].cell;
        at += (size_t)snprintf(*text + at, room - at, "%s %.10g %.10g %.10g %lld %.10g %d %d %d %d %d\n",
                               s->species.name[item[k].type], item[k].x[0], item[k].x[1], item[k].x[2],
                               (long long)(first + k + 1), c->volume, c->coordination, c->n[0], c->n[1],
                               c->n[2], c->n[3]);
    }
    *bytes = (int64_t)at;
    return ERR_OK;
}

int voronoi_files_write(struct voronoi_state *s, const struct frame *frame, const struct voronoi_cell *cells,
                        const double *density, const int32_t *cluster) {
    const struct comm *comm = s->out->comm;
    struct voronoi_state_item *item = NULL, *mine = NULL;
    char *text = NULL;
    int64_t first, n, bytes = 0;
    int e = ERR_OK;
    TRY_ALL_TO(comm, out, MEM_NEW(mine, frame->n));
    for (int i = 0; i < frame->n; i++) {
        memcpy(mine[i].x, frame->x[i], sizeof mine[i].x);
        mine[i].cell = cells[i];
        mine[i].type = frame->type[i];
        mine[i].density = density[i];
        mine[i].cluster = cluster ? cluster[i] : 0;
    }
    TRY_TO(out,
           results_rows(comm, frame->n_global, frame->n, frame->id, mine, sizeof *mine, &item, &first, &n));
    mem_free(&mine);
    if (s->out->h5) TRY_TO(out, write_h5(s, frame, item, first, n));
    if (s->paraview) TRY_TO(out, voronoi_xdmf_frame(s, frame->time));
    if (s->xyz) {
        TRY_ALL_TO(comm, out, xyz_lines(s, frame, item, first, n, &text, &bytes));
        TRY_TO(out, results_text_put(&s->text, text, bytes));
    }
out:
    mem_free(&text);
    mem_free(&mine);
    mem_free(&item);
    return e;
}
