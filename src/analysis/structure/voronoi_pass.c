/* voronoi_pass - cells are counted where they are and written in id order.
 *
 * Shares: every rank keeps sorted (key, count) lists of its own cells, key = species and n3..n6 in one
 * integer, merged frame by frame; rank 0 merges the lists of all ranks at the end. Volumes are summed
 * exactly, so that no printed digit depends on the number of ranks. */
#include "analysis/structure/voronoi_pass.h"
#include "analysis/structure/voronoi.h"
#include "base/cite.h"
#include "base/log.h"
#include "base/mem.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct deck_row voronoi_pass_rows[] = {
    {.type = DECK_CHOICE,
     .path = "tessellation",
     .value = "radical",
     .choices = "radical|plain",
     .when = "pass=voronoi",
     .help = "radical: faces by the power distance, so that large atoms get large cells; plain: halfway."},
    {.type = DECK_TABLE,
     .path = "radii",
     .dim = UNIT_LENGTH,
     .bounds = "(0 A, inf)",
     .when = "pass=voronoi",
     .help = "Radii of species for the radical cells, {Cu: 1.28 A}; others keep their metallic radius."},
    {.type = DECK_REAL,
     .path = "surface",
     .dim = UNIT_LENGTH,
     .bounds = "(0 A, inf)",
     .when = "pass=voronoi",
     .help = "A cell that reaches farther than this from its atom borders on vacuum: flagged open, not "
             "counted. Absent: "
             "3.5 times the largest radius."},
    {.type = DECK_CHOICE,
     .path = "filter",
     .value = "none",
     .choices = "none|area_fraction|edge",
     .when = "pass=voronoi",
     .help =
         "Small faces left out of index and coordination: none; faces below a share of their cell's area; "
         "edges "
         "below a length (a face left with fewer than three is dropped). Changes the shares at first order."},
    {.type = DECK_REAL,
     .path = "min_area_fraction",
     .value = "0.01",
     .bounds = "(0, 1)",
     .when = "pass=voronoi,filter=area_fraction",
     .help = "Faces below this share of their cell's area do not count."},
    {.type = DECK_REAL,
     .path = "min_edge",
     .dim = UNIT_LENGTH,
     .value = "0.1 A; lj 0.04",
     .bounds = "(0 A, inf)",
     .when = "pass=voronoi,filter=edge",
     .help = "Edges shorter than this do not count."},
    {.type = DECK_BOOL,
     .path = "xyz",
     .value = "true",
     .when = "pass=voronoi",
     .help = "Write NAME.voronoi.xyz with volume, coordination and index of every atom."},
    {.type = DECK_END}};

struct share {
    int64_t key, count;
};

struct state {
    struct pass_setup setup;
    struct results *out;
    struct voronoi_options options;
    bool ready, xyz;
    struct species species;
    int64_t n_atoms;
    struct share *share;
    int64_t n_share;
    /* per species over all frames: cells by flag, faces that count, five-edged ones; volumes and their
     * squares */
    int64_t cells[SPECIES_MAX][3], faces[SPECIES_MAX], faces2[SPECIES_MAX], fives[SPECIES_MAX];
    double volume[SPECIES_MAX], volume2[SPECIES_MAX];
    struct results_text text;
    char *path[8];
};

/* one atom on its way to the files */
struct item {
    double x[3];
    struct voronoi_cell cell;
    int32_t type;
};

enum { D_VOLUME, D_COORDINATION, D_INDEX, D_BEYOND, D_FACES, D_FLAG, D_STEP, D_TIME, D_COUNT };

static int create(const struct pass_setup *setup, void **state) {
    struct state *s = NULL;
    TRY(mem_agree(setup->comm, &s, MEM_NEW(s, 1)));
    s->setup = *setup;
    s->out = setup->out;
    *state = s;
    const struct deck *deck = setup->deck;
    const char *at = setup->at;
    s->options.radical = deck_choice(deck, "%s.tessellation", at) == 0;
    s->options.filter = (enum voronoi_filter)deck_choice(deck, "%s.filter", at);
    if (s->options.filter == VORONOI_FILTER_AREA_FRACTION)
        s->options.threshold = deck_real(deck, "%s.min_area_fraction", at);
    if (s->options.filter == VORONOI_FILTER_EDGE) s->options.threshold = deck_real(deck, "%s.min_edge", at);
    s->xyz = deck_bool(deck, "%s.xyz", at) && s->out->front;
    cite_use("rycroft2009");
    if (s->options.radical) cite_use("gellatly1982");
    return ERR_OK;
}

static int read_radii(struct state *s) {
    const struct deck *deck = s->setup.deck;
    const char *at = s->setup.at;
    for (int k = 0; k < s->species.n; k++) s->options.radius[k] = s->species.radius[k];
    for (int k = 0; k < deck_count(deck, "%s.radii", at); k++) {
        const char *name = deck_key_at(deck, k, "%s.radii", at);
        int t = species_find(&s->species, name);
        if (t < 0) FAIL(ERR_DECK, "%s.radii names species %s, which the atoms do not have", at, name);
        s->options.radius[t] = s->species.radius[t] = deck_real_at(deck, k, "%s.radii", at);
    }
    s->options.surface =
        deck_has(deck, "%s.surface", at) ? deck_real(deck, "%s.surface", at) : voronoi_surface(&s->species);
    return ERR_OK;
}

static int make_datasets(struct state *s) {
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
        {"step", H5_I64, 0, "step of each frame"},
        {"time", H5_F64, 0, "time of each frame"},
    };
    struct results *out = s->out;
    for (int k = 0; k < D_COUNT; k++) {
        int64_t dims[] = {s->n_atoms, set[k].width};
        const char *unit = k == D_VOLUME ? (out->lj ? "sigma3" : "A3")
                           : k == D_TIME ? (out->lj ? "tau" : "ps")
                                         : "";
        TRY_ALL(out->comm, results_dataset(out, set[k].name, &s->path[k]));
        TRY(h5_series_create(out->h5, s->path[k], set[k].type, set[k].width > 1 ? 2 : set[k].width, dims, 0,
                             unit, set[k].what));
    }
    static const char *const filter[] = {"none", "area_fraction", "edge"};
    TRY(results_note_text(out, "tessellation", s->options.radical ? "radical" : "plain"));
    TRY(results_note_text(out, "filter", filter[s->options.filter]));
    TRY(results_note_real(out, "threshold", s->options.threshold));
    TRY(results_note_real(out, "surface", s->options.surface));
    if (s->options.radical) TRY(h5_attr_f64(out->h5, out->group, "radii", s->options.radius, s->species.n));
    const char *names[SPECIES_MAX];
    for (int k = 0; k < s->species.n; k++) names[k] = s->species.name[k];
    return h5_attr_texts(out->h5, out->group, "species", names, s->species.n);
}

static int first_frame(struct state *s, const struct frame *frame) {
    const struct comm *comm = s->out->comm;
    s->species = frame->species;
    s->n_atoms = frame->n_global;
    TRY_ALL(comm, read_radii(s));
    if (s->out->h5) TRY(make_datasets(s));
    if (s->xyz) TRY(results_text_open(s->out, "voronoi.xyz", &s->text));
    s->ready = true;
    return ERR_OK;
}

static int same_system(const struct state *s, const struct frame *frame) {
    int e = frame->n_global != s->n_atoms || frame->species.n != s->species.n;
    for (int k = 0; !e && k < s->species.n; k++) e = strcmp(frame->species.name[k], s->species.name[k]) != 0;
    if (e)
        FAIL(ERR_INPUT, "a frame has other atoms (%lld) than the first (%lld); choose frames of one system",
             (long long)frame->n_global, (long long)s->n_atoms);
    return ERR_OK;
}

/* --- shares */

static int64_t key_of(int type, const int16_t n[4]) {
    int64_t key = type;
    for (int k = 0; k < 4; k++) key = key << 12 | (n[k] & 4095);
    return key;
}

static int by_key(const void *a, const void *b) {
    int64_t x = ((const struct share *)a)->key, y = ((const struct share *)b)->key;
    return (x > y) - (x < y);
}

static int by_rank(const void *a, const void *b) { /* species, count downwards, index */
    const struct share *x = a, *y = b;
    int64_t s = (x->key >> 48) - (y->key >> 48);
    if (s) return s < 0 ? -1 : 1;
    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    return by_key(a, b);
}

static int64_t compress(struct share *share, int64_t n) {
    int64_t m = 0;
    qsort(share, (size_t)n, sizeof *share, by_key);
    for (int64_t k = 0; k < n; k++)
        if (m && share[m - 1].key == share[k].key) share[m - 1].count += share[k].count;
        else share[m++] = share[k];
    return m;
}

static int count_shares(struct state *s, const struct frame *frame, const struct voronoi_cell *cells) {
    struct share *all = NULL;
    TRY(MEM_NEW(all, s->n_share + frame->n));
    int64_t n = s->n_share;
    if (n) memcpy(all, s->share, sizeof *all * (size_t)n);
    for (int i = 0; i < frame->n; i++)
        if (cells[i].flag == VORONOI_CLOSED) all[n++] = (struct share){key_of(frame->type[i], cells[i].n), 1};
    mem_free(&s->share);
    s->share = all;
    s->n_share = compress(all, n);
    return ERR_OK;
}

static int count_cells(struct state *s, const struct frame *frame, const struct voronoi_cell *cells) {
    const struct comm *comm = s->out->comm;
    double(*volume)[2] = NULL;
    TRY(mem_agree(comm, &volume, MEM_NEW(volume, frame->n)));
    for (int t = 0; t < s->species.n; t++) {
        int64_t sums[6] = {0};
        for (int i = 0; i < frame->n; i++) {
            const struct voronoi_cell *c = &cells[i];
            bool mine = frame->type[i] == t, closed = mine && c->flag == VORONOI_CLOSED;
            if (mine) sums[c->flag]++;
            volume[i][0] = closed ? c->volume : 0;
            volume[i][1] = closed ? c->volume * c->volume : 0;
            if (!closed) continue;
            sums[3] += c->coordination;
            sums[4] += (int64_t)c->coordination * c->coordination;
            sums[5] += c->n[2];
        }
        double sum[2];
        comm_sum_i64(comm, sums, 6);
        comm_sum_exact(comm, volume[0], frame->n, 2, 2, sum);
        for (int k = 0; k < 3; k++) s->cells[t][k] += sums[k];
        s->faces[t] += sums[3];
        s->faces2[t] += sums[4];
        s->fives[t] += sums[5];
        s->volume[t] += sum[0];
        s->volume2[t] += sum[1];
    }
    mem_free(&volume);
    return ERR_OK;
}

/* --- files */

static int write_h5(struct state *s, const struct frame *frame, const struct item *item, int64_t first,
                    int64_t n) {
    struct h5 *h5 = s->out->h5;
    const struct comm *comm = s->out->comm;
    double *real = NULL;
    int16_t *whole = NULL;
    int e = ERR_OK;
    TRY_ALL_TO(comm, out, MEM_NEW(real, n));
    TRY_ALL_TO(comm, out, MEM_NEW(whole, 4 * n));
    for (int64_t k = 0; k < n; k++) real[k] = item[k].cell.volume;
    TRY_TO(out, h5_series_append(h5, s->path[D_VOLUME], first, n, real));
    for (int64_t k = 0; k < n; k++) memcpy(whole + 4 * k, item[k].cell.n, 4 * sizeof *whole);
    TRY_TO(out, h5_series_append(h5, s->path[D_INDEX], first, n, whole));
    for (int d = D_COORDINATION; d <= D_FLAG; d++) {
        if (d == D_INDEX) continue;
        for (int64_t k = 0; k < n; k++) {
            const struct voronoi_cell *c = &item[k].cell;
            whole[k] = d == D_COORDINATION ? c->coordination
                       : d == D_BEYOND     ? c->beyond
                       : d == D_FACES      ? c->faces
                                           : c->flag;
        }
        TRY_TO(out, h5_series_append(h5, s->path[d], first, n, whole));
    }
    TRY_TO(out, h5_series_append(h5, s->path[D_STEP], 0, 1, &frame->step));
    TRY_TO(out, h5_series_append(h5, s->path[D_TIME], 0, 1, &frame->time));
out:
    mem_free(&real);
    mem_free(&whole);
    return e;
}

#define LINE 256 /* bytes of a line or less: name 7, reals of at most 18 characters */

static int xyz_lines(const struct state *s, const struct frame *frame, const struct item *item, int64_t first,
                     int64_t n, char **text, int64_t *bytes) {
    const struct box *b = &frame->box;
    size_t room = (size_t)(n + 4) * LINE, at = 0;
    TRY(mem_new(text, room, 1, __FILE__, __LINE__));
    if (s->out->comm->rank == 0)
        at += (size_t)snprintf(*text, room,
                               "%lld\nLattice=\"%.12g 0 0 0 %.12g 0 0 0 %.12g\" Origin=\"%.12g %.12g %.12g\" "
                               "Properties=species:S:1:pos:R:3:id:I:1:volume:R:1:coordination:I:1:index:I:4 "
                               "pbc=\"%c %c %c\" Time=%.12g Step=%lld\n",
                               (long long)frame->n_global, b->len[0], b->len[1], b->len[2], b->lo[0],
                               b->lo[1], b->lo[2], b->periodic[0] ? 'T' : 'F', b->periodic[1] ? 'T' : 'F',
                               b->periodic[2] ? 'T' : 'F', frame->time, (long long)frame->step);
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

static int write_atoms(struct state *s, const struct frame *frame, const struct voronoi_cell *cells) {
    const struct comm *comm = s->out->comm;
    struct item *item = NULL, *mine = NULL;
    char *text = NULL;
    int64_t first, n, bytes = 0;
    int e = ERR_OK;
    TRY_ALL_TO(comm, out, MEM_NEW(mine, frame->n));
    for (int i = 0; i < frame->n; i++) {
        memcpy(mine[i].x, frame->x[i], sizeof mine[i].x);
        mine[i].cell = cells[i];
        mine[i].type = frame->type[i];
    }
    TRY_TO(out,
           results_rows(comm, frame->n_global, frame->n, frame->id, mine, sizeof *mine, &item, &first, &n));
    mem_free(&mine);
    if (s->out->h5) TRY_TO(out, write_h5(s, frame, item, first, n));
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

static int one_frame(void *state, struct frame *frame) {
    struct state *s = state;
    struct voronoi_cell *cells = NULL;
    if (!s->ready) TRY(first_frame(s, frame));
    TRY(same_system(s, frame));
    TRY(voronoi_compute(s->out->comm, frame, &s->options, &cells));
    int e = err_agree(s->out->comm, count_shares(s, frame, cells));
    if (!e) e = count_cells(s, frame, cells);
    if (!e && (s->out->h5 || s->xyz)) e = write_atoms(s, frame, cells);
    mem_free(&cells);
    return e;
}

/* --- the end */

/* **Collective.** Shares of all ranks, on every rank, in the order of the table. */
static int gather_shares(struct state *s) {
    const struct comm *comm = s->out->comm;
    struct share *all = NULL;
    int64_t *count_to = NULL, n = 0;
    int e = ERR_OK;
    TRY_ALL_TO(comm, out, MEM_NEW(count_to, comm->size));
    count_to[0] = s->n_share;
    TRY_TO(out, comm_exchange(comm, s->share, count_to, sizeof *all, &all, &n));
    n = compress(all, n);
    comm_bcast(comm, &n, sizeof n);
    mem_free(&s->share);
    TRY_ALL_TO(comm, out, MEM_NEW(s->share, n));
    if (comm->rank == 0) memcpy(s->share, all, sizeof *all * (size_t)n);
    comm_bcast(comm, s->share, sizeof *all * (size_t)n);
    qsort(s->share, (size_t)n, sizeof *all, by_rank);
    s->n_share = n;
out:
    mem_free(&all);
    mem_free(&count_to);
    return e;
}

static int index_table(struct state *s, struct tsv **tsv) {
    TRY(tsv_create("species:t index:t count:i fraction:r", tsv));
    for (int64_t k = 0; k < s->n_share; k++) {
        int64_t key = s->share[k].key, count = s->share[k].count;
        int t = (int)(key >> 48);
        char index[64];
        snprintf(index, sizeof index, "<%d,%d,%d,%d>", (int)(key >> 36 & 4095), (int)(key >> 24 & 4095),
                 (int)(key >> 12 & 4095), (int)(key & 4095));
        TRY(tsv_add(*tsv, s->species.name[t], index, count,
                    (double)count / (double)s->cells[t][VORONOI_CLOSED]));
    }
    return ERR_OK;
}

static void mean_of(double sum, double sum2, int64_t n, double *mean, double *error) {
    *mean = n ? sum / (double)n : NAN;
    double variance = n > 1 ? fmax(0, sum2 / (double)n - *mean * *mean) : NAN;
    *error = sqrt(variance / (double)(n - 1));
}

static int cells_table(struct state *s, struct tsv **tsv) {
    const char *columns =
        s->out->lj ? "species:t counted:i open:i empty:i coordination:r volume_sigma3:r five_fold:r"
                   : "species:t counted:i open:i empty:i coordination:r volume_A3:r five_fold:r";
    TRY(tsv_create(columns, tsv));
    for (int t = 0; t < s->species.n; t++) {
        int64_t n = s->cells[t][VORONOI_CLOSED];
        double inv = n ? 1.0 / (double)n : NAN;
        TRY(tsv_add(*tsv, s->species.name[t], n, s->cells[t][VORONOI_OPEN], s->cells[t][VORONOI_NONE],
                    (double)s->faces[t] * inv, s->volume[t] * inv,
                    (double)s->fives[t] / (double)s->faces[t]));
    }
    return ERR_OK;
}

static int keep_scalars(struct state *s) {
    struct results *out = s->out;
    int64_t open = 0, all = 0;
    for (int t = 0; t < s->species.n; t++) {
        char name[SPECIES_NAME] = "";
        for (int k = 0; k < SPECIES_NAME - 1 && s->species.name[t][k]; k++)
            name[k] = (char)tolower((unsigned char)s->species.name[t][k]);
        int64_t n = s->cells[t][VORONOI_CLOSED];
        int64_t icosahedra = 0, key = key_of(t, (const int16_t[]){0, 0, 12, 0});
        for (int64_t k = 0; k < s->n_share; k++)
            if (s->share[k].key == key) icosahedra = s->share[k].count;
        open += s->cells[t][VORONOI_OPEN];
        all += n + s->cells[t][VORONOI_OPEN] + s->cells[t][VORONOI_NONE];
        if (!n) continue;
        double p = (double)icosahedra / (double)n, mean, error;
        TRY(results_scalar(out, p, sqrt(p * (1 - p) / (double)n), "", "%s_0_0_12_0_fraction", name));
        mean_of((double)s->faces[t], (double)s->faces2[t], n, &mean, &error);
        TRY(results_scalar(out, mean, error, "", "%s_voronoi_coordination", name));
        mean_of(s->volume[t], s->volume2[t], n, &mean, &error);
        TRY(results_scalar(out, mean, error, out->lj ? "sigma^3" : "A^3", "%s_voronoi_volume_%s3", name,
                           results_length(out)));
    }
    if (open)
        log_note("voronoi: %lld of %lld cells reach farther than %.3g from their atom: open, not counted",
                 (long long)open, (long long)all, s->options.surface);
    return ERR_OK;
}

static int finish(void *state) {
    struct state *s = state;
    const struct comm *comm = s->out->comm;
    struct tsv *index = NULL, *cells = NULL;
    int e = ERR_OK;
    TRY(gather_shares(s));
    TRY_ALL_TO(comm, out, index_table(s, &index));
    TRY_TO(out, results_table(s->out, "index", index));
    TRY_ALL_TO(comm, out, cells_table(s, &cells));
    TRY_TO(out, results_table(s->out, "cells", cells));
    TRY_TO(out, results_text_close(&s->text, true));
    TRY_ALL_TO(comm, out, keep_scalars(s));
out:
    tsv_destroy(&index);
    tsv_destroy(&cells);
    return e;
}

static void destroy(void *state) {
    struct state *s = state;
    if (!s) return;
    results_text_drop(&s->text);
    for (int k = 0; k < D_COUNT; k++) mem_free(&s->path[k]);
    mem_free(&s->share);
    mem_free(&s);
}

const struct pass_kind voronoi_pass = {.name = "voronoi",
                                       .input = PASS_FRAMES,
                                       .rows = voronoi_pass_rows,
                                       .create = create,
                                       .frame = one_frame,
                                       .finish = finish,
                                       .destroy = destroy};
