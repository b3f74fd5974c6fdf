/* order_pass - per-atom results in id order, fractions against time and against depth, sizes of clusters. */
#include "analysis/structure/order_pass.h"
#include "analysis/structure/depth.h"
#include "analysis/structure/order.h"
#include "base/cite.h"
#include "base/mem.h"
#include "base/text.h"

#include <math.h>
#include <string.h>

const struct deck_row order_pass_rows[] = {
    {.type = DECK_REAL,
     .path = "cutoff",
     .dim = UNIT_LENGTH,
     .bounds = "(0 A, inf)",
     .when = "pass=order",
     .help = "Atoms closer than this are neighbours. Absent: 1.2071 times the mean distance of the 12 "
             "nearest, in the "
             "first frame: between first and second shell of close packing, behind the second of bcc."},
    {.type = DECK_REAL,
     .path = "bond",
     .value = "0.7",
     .bounds = "(0, 1)",
     .when = "pass=order",
     .help = "A bond is crystalline when the q6m of both ends correlate by more than this."},
    {.type = DECK_INT,
     .path = "bonds",
     .value = "7",
     .bounds = "[1, 100]",
     .when = "pass=order",
     .help = "An atom with so many crystalline bonds is crystalline."},
    {.type = DECK_REAL,
     .path = "coherence",
     .value = "0.9",
     .bounds = "(0, 1)",
     .when = "pass=order",
     .help = "Crystalline neighbours whose averaged q6m correlate by more than this belong to one grain. For "
             "fcc the "
             "correlation of two crystals turned by t about a cube axis is (1 + 7 cos 4t) / 8: 0.9 at 7 "
             "degrees."},
    {.type = DECK_REAL,
     .path = "depth_step",
     .dim = UNIT_LENGTH,
     .value = "2 A; lj 0.8",
     .bounds = "(0 A, inf)",
     .when = "pass=order",
     .help = "Width of a bin of the table against depth below free surfaces (written where there are any)."},
    {.type = DECK_BOOL,
     .path = "xyz",
     .value = "true",
     .when = "pass=order",
     .help = "Write NAME.order.xyz with structure, cluster, grain and q6 of every atom."},
    {.type = DECK_END}};

enum { Q4, Q6, W4, W6, A4, A6, NEIGHBOURS, BONDS, STRUCTURE, CRYSTAL, CLUSTER, GRAIN, STEP, TIME, SETS };

struct at_time {
    int64_t step, crystal, structure[ORDER_STRUCTURES], clusters, largest, grains, largest_grain;
    double time;
    uint8_t wraps;
};

struct bin {
    int64_t atoms, crystal, structure[ORDER_STRUCTURES];
};

struct state {
    const struct deck *deck;
    const char *at;
    struct results *out;
    struct order_options options;
    struct species species;
    bool ready, xyz, surface;
    int64_t n_atoms, n_frames;
    double depth_step;
    struct at_time *frames;
    int64_t *sizes, n_sizes; /* rank 0: frame, kind (0 cluster, 1 grain), size */
    struct bin *bins;
    int64_t n_bins;
    double sums[6], sums2[6]; /* q4 q6 w4 w6 averaged q4 q6, over atoms and frames */
    char *path[SETS];
    struct results_text text;
};

struct item {
    double x[3];
    struct order_atom atom;
    int32_t type;
};

static int create(const struct pass_setup *setup, void **state) {
    struct state *s = NULL;
    const struct deck *deck = setup->deck;
    const char *at = setup->at;
    TRY(mem_agree(setup->comm, &s, MEM_NEW(s, 1)));
    *state = s;
    s->deck = deck;
    s->at = at;
    s->out = setup->out;
    s->options = (struct order_options){.bond = deck_real(deck, "%s.bond", at),
                                        .bonds = (int)deck_int(deck, "%s.bonds", at),
                                        .coherence = deck_real(deck, "%s.coherence", at)};
    s->depth_step = deck_real(deck, "%s.depth_step", at);
    s->xyz = deck_bool(deck, "%s.xyz", at) && s->out->front;
    TRY(mem_agree(setup->comm, &s->frames, MEM_NEW(s->frames, setup->n_frames)));
    cite_use("steinhardt1983");
    cite_use("lechner2008");
    cite_use("tenwolde1995");
    cite_use("stukowski2012");
    return ERR_OK;
}

static int make_datasets(struct state *s) {
    static const struct {
        const char *name;
        enum h5_type type;
        const char *what;
    } set[SETS] = {
        {"q4", H5_F32, "q_4 of each atom, by id"},
        {"q6", H5_F32, "q_6"},
        {"w4", H5_F32, "w_4, normalised"},
        {"w6", H5_F32, "w_6, normalised"},
        {"averaged_q4", H5_F32, "q_4 averaged over the atom and its neighbours"},
        {"averaged_q6", H5_F32, "q_6 averaged over the atom and its neighbours"},
        {"neighbours", H5_I16, "neighbours within the cutoff"},
        {"bonds", H5_I16, "crystalline bonds"},
        {"structure", H5_I16, "structure by common neighbours, a number of the attribute structures"},
        {"crystal", H5_I16, "1: crystalline"},
        {"cluster", H5_I32, "crystalline cluster, 1 = the largest; 0: not crystalline"},
        {"grain", H5_I32, "grain of one orientation, 1 = the largest; 0: not crystalline"},
        {"step", H5_I64, "step of each frame"},
        {"time", H5_F64, "time of each frame"}};
    struct results *out = s->out;
    const char *names[ORDER_STRUCTURES];
    for (int k = 0; k < SETS; k++) {
        int64_t dims[] = {s->n_atoms};
        TRY_ALL(out->comm, results_dataset(out, set[k].name, &s->path[k]));
        TRY(h5_series_create(out->h5, s->path[k], set[k].type, k < STEP, dims, 0,
                             k == TIME ? (out->lj ? "tau" : "ps") : "", set[k].what));
    }
    for (int k = 0; k < ORDER_STRUCTURES; k++) names[k] = order_name(k);
    TRY(h5_attr_texts(out->h5, out->group, "structures", names, ORDER_STRUCTURES));
    TRY(results_note_real(out, "cutoff", s->options.cutoff));
    TRY(results_note_real(out, "bond", s->options.bond));
    TRY(results_note_real(out, "bonds", s->options.bonds));
    return results_note_real(out, "coherence", s->options.coherence);
}

static int first_frame(struct state *s, struct frame *frame) {
    s->species = frame->species;
    s->n_atoms = frame->n_global;
    if (deck_has(s->deck, "%s.cutoff", s->at)) s->options.cutoff = deck_real(s->deck, "%s.cutoff", s->at);
    else TRY(order_cutoff(s->out->comm, frame, &s->options.cutoff));
    if (s->out->h5) TRY(make_datasets(s));
    if (s->xyz) TRY(results_text_open(s->out, "order.xyz", &s->text));
    s->ready = true;
    return ERR_OK;
}

/* --- counts */

static void count_frame(struct state *s, const struct frame *frame, const struct order_atom *atoms,
                        const struct order_summary *sum) {
    const struct comm *comm = s->out->comm;
    struct at_time *t = &s->frames[s->n_frames];
    int64_t n[ORDER_STRUCTURES + 1] = {0};
    for (int i = 0; i < frame->n; i++) {
        n[atoms[i].structure]++;
        n[ORDER_STRUCTURES] += atoms[i].crystal;
    }
    comm_sum_i64(comm, n, ORDER_STRUCTURES + 1);
    memcpy(t->structure, n, sizeof t->structure);
    t->crystal = n[ORDER_STRUCTURES];
    t->step = frame->step;
    t->time = frame->time;
    t->clusters = sum->clusters;
    t->largest = sum->largest;
    t->grains = sum->grains;
    t->largest_grain = sum->largest_grain;
    t->wraps = sum->wraps;
}

static int keep_sizes(struct state *s, const struct order_summary *sum) {
    int64_t more = sum->clusters + sum->grains;
    if (s->out->comm->rank > 0) return ERR_OK;
    TRY(MEM_GROW(s->sizes, 3 * s->n_sizes, 3 * (s->n_sizes + more)));
    for (int kind = 0; kind < 2; kind++)
        for (int64_t k = 0; k < (kind ? sum->grains : sum->clusters); k++) {
            int64_t *to = s->sizes + 3 * s->n_sizes++;
            to[0] = s->n_frames;
            to[1] = kind;
            to[2] = kind ? sum->grain_size[k] : sum->size[k];
        }
    return ERR_OK;
}

/* **Collective.** Sums of the six order parameters, exactly. */
static int sum_order(struct state *s, const struct frame *frame, const struct order_atom *atoms) {
    double(*v)[12] = NULL, sum[12];
    TRY(mem_agree(s->out->comm, &v, MEM_NEW(v, frame->n)));
    for (int i = 0; i < frame->n; i++) {
        const struct order_atom *a = &atoms[i];
        double q[6] = {a->q[0], a->q[1], a->w[0], a->w[1], a->averaged[0], a->averaged[1]};
        for (int k = 0; k < 6; k++) {
            v[i][k] = q[k];
            v[i][6 + k] = q[k] * q[k];
        }
    }
    comm_sum_exact(s->out->comm, v[0], frame->n, 12, 12, sum);
    mem_free(&v);
    for (int k = 0; k < 6; k++) {
        s->sums[k] += sum[k];
        s->sums2[k] += sum[6 + k];
    }
    return ERR_OK;
}

/* **Local.** Voronoi cells spread the frame again; the bricks are the same, and so are the rows. */
static int same_rows(const struct frame *frame, int n, const int64_t *id) {
    bool same = n == frame->n;
    for (int i = 0; same && i < n; i++) same = id[i] == frame->id[i];
    if (!same) FAIL(ERR_INTERNAL, "atoms moved between ranks within a frame");
    return ERR_OK;
}

/* **Collective.** Crystallinity against depth where there are free surfaces. cells are spread as atoms are.
 */
static int count_depths(struct state *s, const struct frame *frame, const struct voronoi_cell *cells,
                        const struct order_atom *atoms) {
    const struct comm *comm = s->out->comm;
    double *depth = NULL;
    struct bin *bins = NULL;
    int64_t n_surface = 0, most = 0;
    int e = ERR_OK;
    TRY_TO(out, depth_compute(comm, frame, cells, &depth, &n_surface));
    if (!n_surface) goto out;
    s->surface = true;
    for (int i = 0; i < frame->n; i++)
        most = (int64_t)fmax((double)most, floor(depth[i] / s->depth_step) + 1);
    comm_max_i64(comm, &most, 1);
    if (most > s->n_bins) {
        TRY_ALL_TO(comm, out, MEM_GROW(s->bins, s->n_bins, most));
        s->n_bins = most;
    }
    TRY_ALL_TO(comm, out, MEM_NEW(bins, s->n_bins));
    for (int i = 0; i < frame->n; i++) {
        struct bin *b = &bins[(int64_t)floor(depth[i] / s->depth_step)];
        b->atoms++;
        b->crystal += atoms[i].crystal;
        b->structure[atoms[i].structure]++;
    }
    int words = (int)(sizeof *bins / sizeof(int64_t));
    for (int64_t k = 0; k < s->n_bins; k++) {
        int64_t *to = (int64_t *)&s->bins[k], *from = (int64_t *)&bins[k];
        comm_sum_i64(comm, from, words);
        for (int m = 0; m < words; m++) to[m] += from[m];
    }
out:
    mem_free(&depth);
    mem_free(&bins);
    return e;
}

/* --- files */

static int write_h5(struct state *s, const struct frame *frame, const struct item *item, int64_t first,
                    int64_t n) {
    struct h5 *h5 = s->out->h5;
    const struct comm *comm = s->out->comm;
    float *real = NULL;
    int32_t *whole = NULL;
    int16_t *small = NULL;
    int e = ERR_OK;
    TRY_ALL_TO(comm, out, MEM_NEW(real, n));
    TRY_ALL_TO(comm, out, MEM_NEW(whole, n));
    TRY_ALL_TO(comm, out, MEM_NEW(small, n));
    for (int set = 0; set < STEP; set++) {
        for (int64_t k = 0; k < n; k++) {
            const struct order_atom *a = &item[k].atom;
            const double value[] = {a->q[0], a->q[1], a->w[0], a->w[1], a->averaged[0], a->averaged[1]};
            const int32_t number[] = {a->neighbours, a->bonds,   a->structure,
                                      a->crystal,    a->cluster, a->grain};
            if (set <= A6) real[k] = (float)value[set];
            else if (set < CLUSTER) small[k] = (int16_t)number[set - NEIGHBOURS];
            else whole[k] = number[set - NEIGHBOURS];
        }
        const void *data = set <= A6 ? (void *)real : set < CLUSTER ? (void *)small : (void *)whole;
        TRY_TO(out, h5_series_append(h5, s->path[set], first, n, data));
    }
    TRY_TO(out, h5_series_append(h5, s->path[STEP], 0, 1, &frame->step));
    TRY_TO(out, h5_series_append(h5, s->path[TIME], 0, 1, &frame->time));
out:
    mem_free(&real);
    mem_free(&whole);
    mem_free(&small);
    return e;
}

static int xyz_lines(const struct state *s, const struct frame *frame, const struct item *item, int64_t first,
                     int64_t n, char **out, size_t *bytes) {
    const struct box *b = &frame->box;
    struct text t = {0};
    if (s->out->comm->rank == 0)
        text_add(&t,
                 "%lld\nLattice=\"%.12g 0 0 0 %.12g 0 0 0 %.12g\" Origin=\"%.12g %.12g %.12g\" "
                 "Properties=species:S:1:pos:R:3:id:I:1:structure:S:1:cluster:I:1:grain:I:1:q6:R:1:averaged_"
                 "q6:R:1 "
                 "pbc=\"%c %c %c\" Time=%.12g Step=%lld\n",
                 (long long)frame->n_global, b->len[0], b->len[1], b->len[2], b->lo[0], b->lo[1], b->lo[2],
                 b->periodic[0] ? 'T' : 'F', b->periodic[1] ? 'T' : 'F', b->periodic[2] ? 'T' : 'F',
                 frame->time, (long long)frame->step);
    for (int64_t k = 0; k < n; k++) {
        const struct order_atom *a = &item[k].atom;
        text_add(&t, "%s %.10g %.10g %.10g %lld %s %d %d %.6f %.6f\n", s->species.name[item[k].type],
                 item[k].x[0], item[k].x[1], item[k].x[2], (long long)(first + k + 1),
                 order_name(a->structure), a->cluster, a->grain, a->q[1], a->averaged[1]);
    }
    *bytes = t.n;
    return text_take(&t, out);
}

static int write_atoms(struct state *s, const struct frame *frame, const struct order_atom *atoms) {
    const struct comm *comm = s->out->comm;
    struct item *item = NULL, *mine = NULL;
    char *text = NULL;
    int64_t first, n;
    size_t bytes = 0;
    int e = ERR_OK;
    TRY_ALL_TO(comm, out, MEM_NEW(mine, frame->n));
    for (int i = 0; i < frame->n; i++) {
        memcpy(mine[i].x, frame->x[i], sizeof mine[i].x);
        mine[i].atom = atoms[i];
        mine[i].type = frame->type[i];
    }
    TRY_TO(out,
           results_rows(comm, frame->n_global, frame->n, frame->id, mine, sizeof *mine, &item, &first, &n));
    if (s->out->h5) TRY_TO(out, write_h5(s, frame, item, first, n));
    if (s->xyz) {
        TRY_ALL_TO(comm, out, xyz_lines(s, frame, item, first, n, &text, &bytes));
        TRY_TO(out, results_text_put(&s->text, text, (int64_t)bytes));
    }
out:
    mem_free(&text);
    mem_free(&mine);
    mem_free(&item);
    return e;
}

static int one_frame(void *state, struct frame *frame) {
    struct state *s = state;
    struct order_atom *atoms = NULL;
    struct order_summary sum = {0};
    struct voronoi_cell *cells = NULL;
    int64_t *id = NULL;
    struct voronoi_options plain = {.surface = voronoi_surface(&frame->species)};
    int e = ERR_OK;
    if (!s->ready) TRY(first_frame(s, frame));
    if (frame->n_global != s->n_atoms)
        FAIL(ERR_INPUT, "a frame has other atoms (%lld) than the first (%lld); choose frames of one system",
             (long long)frame->n_global, (long long)s->n_atoms);
    TRY_TO(out, order_compute(s->out->comm, frame, &s->options, &atoms, &sum));
    count_frame(s, frame, atoms, &sum);
    TRY_ALL_TO(s->out->comm, out, keep_sizes(s, &sum));
    TRY_TO(out, sum_order(s, frame, atoms));
    if (s->out->h5 || s->xyz) TRY_TO(out, write_atoms(s, frame, atoms));
    bool open = !frame->box.periodic[0] || !frame->box.periodic[1] || !frame->box.periodic[2];
    if (open && plain.surface > 0) {
        int n = frame->n;
        TRY_ALL_TO(s->out->comm, out, MEM_NEW(id, n));
        memcpy(id, frame->id, sizeof *id * (size_t)n);
        TRY_TO(out, voronoi_compute(s->out->comm, frame, &plain, &cells));
        TRY_ALL_TO(s->out->comm, out, same_rows(frame, n, id));
        TRY_TO(out, count_depths(s, frame, cells, atoms));
    }
    s->n_frames++;
out:
    mem_free(&atoms);
    mem_free(&cells);
    mem_free(&id);
    order_free(&sum);
    return e;
}

/* --- tables */

static int time_table(struct state *s, struct tsv **tsv) {
    TRY(tsv_create(s->out->lj
                       ? "frame:i step:i time:r crystalline:r fcc:r hcp:r bcc:r icosahedral:r clusters:i "
                         "largest:i grains:i largest_grain:i percolates:i"
                       : "frame:i step:i time_ps:r crystalline:r fcc:r hcp:r bcc:r icosahedral:r clusters:i "
                         "largest:i grains:i largest_grain:i percolates:i",
                   tsv));
    for (int64_t k = 0; k < s->n_frames; k++) {
        const struct at_time *t = &s->frames[k];
        double n = (double)s->n_atoms;
        TRY(tsv_add(*tsv, k, t->step, t->time, (double)t->crystal / n, (double)t->structure[ORDER_FCC] / n,
                    (double)t->structure[ORDER_HCP] / n, (double)t->structure[ORDER_BCC] / n,
                    (double)t->structure[ORDER_ICOSAHEDRAL] / n, t->clusters, t->largest, t->grains,
                    t->largest_grain, (int64_t)(t->wraps != 0)));
    }
    return ERR_OK;
}

static int depth_table(struct state *s, struct tsv **tsv) {
    TRY(tsv_create(s->out->lj ? "depth_sigma:r atoms:i crystalline:r fcc:r hcp:r bcc:r icosahedral:r"
                              : "depth_A:r atoms:i crystalline:r fcc:r hcp:r bcc:r icosahedral:r",
                   tsv));
    for (int64_t k = 0; k < s->n_bins; k++) {
        const struct bin *b = &s->bins[k];
        double n = b->atoms ? (double)b->atoms : NAN;
        TRY(tsv_add(*tsv, ((double)k + 0.5) * s->depth_step, b->atoms, (double)b->crystal / n,
                    (double)b->structure[ORDER_FCC] / n, (double)b->structure[ORDER_HCP] / n,
                    (double)b->structure[ORDER_BCC] / n, (double)b->structure[ORDER_ICOSAHEDRAL] / n));
    }
    return ERR_OK;
}

/* How many clusters and grains of each size; rank 0 alone has them. */
static int sizes_table(struct state *s, struct tsv **tsv) {
    TRY(tsv_create("frame:i kind:t size:i count:i", tsv));
    for (int64_t k = 0, end; k < s->n_sizes; k = end) {
        const int64_t *row = s->sizes + 3 * k;
        for (end = k; end < s->n_sizes && !memcmp(row, s->sizes + 3 * end, 3 * sizeof *row);) end++;
        TRY(tsv_add(*tsv, row[0], row[1] ? "grain" : "cluster", row[2], end - k));
    }
    return ERR_OK;
}

/* Mean and spread over atoms and frames. */
static int mean_table(struct state *s, struct tsv **tsv) {
    static const char *const name[6] = {"q4", "q6", "w4", "w6", "averaged_q4", "averaged_q6"};
    double n = (double)(s->n_frames * s->n_atoms);
    TRY(tsv_create("quantity:t mean:r spread:r", tsv));
    for (int k = 0; k < 6; k++) {
        double mean = s->sums[k] / n;
        TRY(tsv_add(*tsv, name[k], mean, sqrt(fmax(0, s->sums2[k] / n - mean * mean))));
    }
    return ERR_OK;
}

static int put_table(struct state *s, const char *name, int (*fill)(struct state *s, struct tsv **tsv)) {
    struct tsv *tsv = NULL;
    int e = err_agree(s->out->comm, fill(s, &tsv));
    if (!e) e = results_table(s->out, name, tsv);
    tsv_destroy(&tsv);
    return e;
}

static int keep_scalars(struct state *s) {
    const struct at_time *t = &s->frames[s->n_frames - 1]; /* the last frame */
    double n = (double)s->n_atoms;
    TRY(results_scalar(s->out, s->options.cutoff, NAN, results_length(s->out), "order_cutoff_%s",
                       results_length(s->out)));
    TRY(results_scalar(s->out, (double)t->crystal / n, NAN, "", "crystalline_fraction"));
    TRY(results_scalar(s->out, (double)t->structure[ORDER_ICOSAHEDRAL] / n, NAN, "",
                       "cna_icosahedral_fraction"));
    return results_scalar(s->out, (double)t->largest, NAN, "", "largest_cluster_atoms");
}

static int finish(void *state) {
    struct state *s = state;
    TRY(put_table(s, "order_time", time_table));
    TRY(put_table(s, "order_mean", mean_table));
    TRY(put_table(s, "order_sizes", sizes_table));
    if (s->surface) TRY(put_table(s, "order_depth", depth_table));
    TRY(results_text_close(&s->text, true));
    TRY_ALL(s->out->comm, keep_scalars(s));
    return ERR_OK;
}

static void destroy(void *state) {
    struct state *s = state;
    if (!s) return;
    results_text_drop(&s->text);
    for (int k = 0; k < SETS; k++) mem_free(&s->path[k]);
    mem_free(&s->frames);
    mem_free(&s->sizes);
    mem_free(&s->bins);
    mem_free(&s);
}

const struct pass_kind order_pass = {.name = "order",
                                     .input = PASS_FRAMES,
                                     .rows = order_pass_rows,
                                     .create = create,
                                     .frame = one_frame,
                                     .finish = finish,
                                     .destroy = destroy};
