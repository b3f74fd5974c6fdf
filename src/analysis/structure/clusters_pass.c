/* clusters_pass - matching cells give their neighbours while they are made; all go to rank 0, which keeps a
 * few evenly through the list (frame, id), writes them, and averages. */
#include "analysis/structure/clusters_pass.h"
#include "analysis/space.h"
#include "analysis/structure/align.h"
#include "analysis/structure/classes.h"
#include "analysis/structure/voronoi.h"
#include "base/cite.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ITERATIONS 4 /* of mean and alignment */

const struct deck_row clusters_pass_rows[] = {
    {.type = DECK_TEXT,
     .path = "index",
     .value = "<0,0,12,0>",
     .when = "pass=clusters",
     .help = "Voronoi index <n3,n4,n5,n6> of the centres."},
    {.type = DECK_TEXT,
     .path = "centre",
     .when = "pass=clusters",
     .help = "Species of the centres. Absent: any."},
    {.type = DECK_REAL,
     .path = "radius",
     .dim = UNIT_LENGTH,
     .bounds = "(0 A, inf)",
     .when = "pass=clusters",
     .help = "Write all atoms this close to a centre. Absent: those that share a face with it."},
    {.type = DECK_REAL,
     .path = "min_area_fraction",
     .value = "0",
     .bounds = "[0, 1)",
     .when = "pass=clusters",
     .help = "Faces below this share of their cell's area do not count, as in the pass voronoi."},
    {.type = DECK_INT,
     .path = "most",
     .value = "200",
     .bounds = "[1, 1e6]",
     .when = "pass=clusters",
     .help = "At most so many clusters are written and averaged, evenly through all that were found."},
    {.type = DECK_END}};

struct atom { /* of a cluster, on its way to rank 0 */
    int64_t frame, centre;
    double d[3];
    int32_t type, centre_type;
    int32_t face; /* 0 the centre itself, 1 shares a face, 2 within the radius only */
};

struct state {
    const struct deck *deck;
    const char *at;
    struct results *out;
    struct voronoi_options options;
    int16_t index[4];
    int centre; /* species; -1: any */
    double radius;
    struct species species;
    int64_t n_frames;
    struct atom *mine; /* of the frame at hand */
    int64_t n_mine, capacity;
    struct atom *all; /* rank 0: of all frames */
    int64_t n_all;
    uint8_t *is_centre;
};

static int visit(void *user, const struct frame *frame, int i, const struct voronoi_cell *cell,
                 const struct voronoi_faces *faces) {
    struct state *s = user;
    bool same = cell->beyond == 0 && !memcmp(cell->n, s->index, sizeof s->index);
    if (!same || (s->centre >= 0 && frame->type[i] != s->centre)) return ERR_OK;
    if (s->n_mine + faces->n + 1 > s->capacity) {
        int64_t more = 2 * s->capacity + 64 * (faces->n + 1);
        TRY(MEM_GROW(s->mine, s->n_mine, more));
        s->capacity = more;
    }
    s->is_centre[i] = 1;
    s->mine[s->n_mine++] = (struct atom){s->n_frames, frame->id[i], {0}, frame->type[i], frame->type[i], 0};
    for (int f = 0; f < faces->n; f++) {
        int j = faces->row[f];
        if (!faces->order[f]) continue;
        struct atom a = {s->n_frames, frame->id[i], {0}, frame->type[j], frame->type[i], 1};
        for (int k = 0; k < 3; k++) a.d[k] = frame->x[j][k] - frame->x[i][k];
        s->mine[s->n_mine++] = a;
    }
    return ERR_OK;
}

static int check(const struct comm *comm, struct deck *deck, const char *at) {
    (void)comm;
    classes_check(deck, at, "index");
    return ERR_OK;
}

static int create(const struct pass_setup *setup, void **state) {
    struct state *s = NULL;
    const struct deck *deck = setup->deck;
    const char *at = setup->at;
    TRY(mem_agree(setup->comm, &s, MEM_NEW(s, 1)));
    *state = s;
    s->deck = deck;
    s->at = at;
    s->out = setup->out;
    classes_parse(deck_text(deck, "%s.index", at), s->index);
    if (deck_has(deck, "%s.radius", at)) s->radius = deck_real(deck, "%s.radius", at);
    s->options.min_area_fraction = deck_real(deck, "%s.min_area_fraction", at);
    s->options.filter = s->options.min_area_fraction > 0 ? VORONOI_FILTER_AREA_FRACTION : VORONOI_FILTER_NONE;
    s->options.visit = visit;
    s->options.user = s;
    cite_use("rycroft2009");
    cite_use("kabsch1976");
    return ERR_OK;
}

static int first_frame(struct state *s, const struct frame *frame) {
    s->species = frame->species;
    s->centre = -1;
    if (deck_has(s->deck, "%s.centre", s->at)) {
        const char *name = deck_text(s->deck, "%s.centre", s->at);
        s->centre = species_find(&s->species, name);
        if (s->centre < 0) FAIL(ERR_DECK, "%s.centre: the atoms have no species %s", s->at, name);
    }
    voronoi_radii(&s->species, &s->options);
    s->options.surface = voronoi_surface(&s->species);
    return ERR_OK;
}

/* **Collective.** All atoms within the radius of the centres instead of neighbours. */
static int take_spheres(struct state *s, struct frame *frame) {
    const struct comm *comm = s->out->comm;
    struct space space = {0};
    struct space_near *near = NULL;
    int64_t room = 0, n = 0;
    int e = ERR_OK, local = ERR_OK;
    s->n_mine = 0;
    TRY(space_open(comm, &space, frame)); /* the atoms are spread as voronoi_compute left them */
    TRY_TO(out, space_reach(&space, comm, s->radius, 3));
    for (int i = 0; i < frame->n && !local; i++) {
        if (!s->is_centre[i]) continue;
        local = space_near(&space, i, s->radius, &near, &room, &n);
        if (!local && s->n_mine + n + 1 > s->capacity) {
            int64_t more = 2 * (s->n_mine + n + 1);
            local = MEM_GROW(s->mine, s->n_mine, more);
            if (!local) s->capacity = more;
        }
        if (local) break;
        s->mine[s->n_mine++] =
            (struct atom){s->n_frames, frame->id[i], {0}, frame->type[i], frame->type[i], 0};
        for (int64_t k = 0; k < n; k++)
            s->mine[s->n_mine++] = (struct atom){s->n_frames,
                                                 frame->id[i],
                                                 {near[k].d[0], near[k].d[1], near[k].d[2]},
                                                 frame->type[near[k].row],
                                                 frame->type[i],
                                                 2};
    }
    TRY_ALL_TO(comm, out, local);
out:
    mem_free(&near);
    space_close(&space);
    return e;
}

static int gather(struct state *s) {
    const struct comm *comm = s->out->comm;
    int64_t *count = NULL, n = 0;
    struct atom *got = NULL;
    int e = ERR_OK;
    TRY_ALL_TO(comm, out, MEM_NEW(count, comm->size));
    count[0] = s->n_mine;
    TRY_TO(out, comm_exchange(comm, s->mine, count, sizeof *got, &got, &n));
    TRY_ALL_TO(comm, out, MEM_GROW(s->all, s->n_all, s->n_all + n));
    if (n) memcpy(s->all + s->n_all, got, sizeof *got * (size_t)n);
    s->n_all += n;
    s->n_mine = 0;
out:
    mem_free(&count);
    mem_free(&got);
    return e;
}

static int one_frame(void *state, struct frame *frame) {
    struct state *s = state;
    const struct comm *comm = s->out->comm;
    struct voronoi_cell *cells = NULL;
    int64_t most = frame->n_global; /* rows are known only when the frame is spread */
    int e = ERR_OK;
    if (!s->n_frames) TRY(first_frame(s, frame));
    TRY_ALL_TO(comm, out, MEM_NEW(s->is_centre, most));
    TRY_TO(out, voronoi_compute(comm, frame, &s->options, &cells));
    if (s->radius > 0) TRY_TO(out, take_spheres(s, frame));
    TRY_TO(out, gather(s));
    s->n_frames++;
out:
    mem_free(&cells);
    mem_free(&s->is_centre);
    return e;
}

/* --- the end; rank 0 */

static int by_cluster(const void *a, const void *b) {
    const struct atom *x = a, *y = b;
    if (x->frame != y->frame) return x->frame < y->frame ? -1 : 1;
    if (x->centre != y->centre) return x->centre < y->centre ? -1 : 1;
    if ((x->face == 0) != (y->face == 0)) return x->face == 0 ? -1 : 1;
    return memcmp(x->d, y->d, sizeof x->d);
}

/* Where each cluster begins; start[n] is the end. At most `most`, evenly. */
static int choose(struct state *s, int64_t most, int64_t **start, int64_t **end, int64_t *n, int64_t *found) {
    *n = *found = 0;
    if (s->n_all) qsort(s->all, (size_t)s->n_all, sizeof *s->all, by_cluster);
    TRY(MEM_NEW(*start, s->n_all + 1));
    TRY(MEM_NEW(*end, s->n_all + 1));
    for (int64_t k = 0; k < s->n_all; k++)
        if (s->all[k].face == 0) (*start)[(*found)++] = k;
    for (int64_t k = 0; k < *found; k++) (*end)[k] = k + 1 < *found ? (*start)[k + 1] : s->n_all;
    *n = *found < most ? *found : most;
    for (int64_t k = 0; k < *n; k++) {
        (*end)[k] = (*end)[k * *found / *n];
        (*start)[k] = (*start)[k * *found / *n];
    }
    return ERR_OK;
}

static int write_clusters(struct state *s, const int64_t *start, const int64_t *end, int64_t n) {
    struct results_text file = {0};
    struct text t = {0};
    char *text = NULL;
    if (!s->out->front) return ERR_OK;
    for (int64_t c = 0; c < n; c++) {
        const struct atom *a = s->all + start[c];
        text_add(&t, "%lld\nProperties=species:S:1:pos:R:3 Index=\"%s\" Atom=%lld Frame=%lld\n",
                 (long long)(end[c] - start[c]), deck_text(s->deck, "%s.index", s->at), (long long)a->centre,
                 (long long)a->frame);
        for (int64_t k = start[c]; k < end[c]; k++)
            text_add(&t, "%s %.8g %.8g %.8g\n", s->species.name[s->all[k].type], s->all[k].d[0],
                     s->all[k].d[1], s->all[k].d[2]);
    }
    size_t bytes = t.n;
    TRY_ALL(s->out->comm, text_take(&t, &text));
    int e = results_text_open(s->out, "clusters.xyz", &file);
    if (!e) e = results_text_put(&file, text, (int64_t)bytes);
    int closed = results_text_close(&file, !e);
    mem_free(&text);
    return e ? e : closed;
}

struct mean {
    int m;                             /* sites */
    double (*x)[3], (*spread), *share; /* share[site * species] */
    double rms;
};

/* Clusters of as many neighbours as the first, turned onto their mean, a few times. */
static int average(const struct state *s, const int64_t *start, int64_t n, struct mean *mean) {
    int m = mean->m, ns = s->species.n, e = ERR_OK, *order = NULL;
    double(*x)[3] = NULL, (*moved)[3] = NULL, (*sum)[3] = NULL;
    TRY_TO(out, MEM_NEW(x, m));
    TRY_TO(out, MEM_NEW(moved, m));
    TRY_TO(out, MEM_NEW(sum, m));
    TRY_TO(out, MEM_NEW(order, m));
    for (int k = 0; k < m; k++) memcpy(mean->x[k], s->all[start[0] + 1 + k].d, sizeof mean->x[k]);
    for (int round = 0; round < ITERATIONS; round++) {
        bool last = round == ITERATIONS - 1;
        double squares = 0;
        memset(sum, 0, sizeof *sum * (size_t)m);
        for (int64_t c = 0; c < n; c++) {
            double rms;
            for (int k = 0; k < m; k++) memcpy(x[k], s->all[start[c] + 1 + k].d, sizeof x[k]);
            TRY_TO(out, align_cluster(m, mean->x, x, moved, order, &rms));
            squares += rms * rms / (double)n;
            for (int k = 0; k < m; k++) {
                for (int a = 0; a < 3; a++) {
                    double d = moved[k][a] - mean->x[k][a];
                    sum[k][a] += moved[k][a] / (double)n;
                    if (last) mean->spread[k] += d * d / (double)n;
                }
                if (last) mean->share[k * ns + s->all[start[c] + 1 + order[k]].type] += 1.0 / (double)n;
            }
        }
        if (!last) memcpy(mean->x, sum, sizeof *sum * (size_t)m);
        mean->rms = sqrt(squares);
    }
out:
    mem_free(&x);
    mem_free(&moved);
    mem_free(&sum);
    mem_free(&order);
    return e;
}

static int mean_table(const struct state *s, const struct mean *mean, struct tsv **tsv) {
    struct text t = {0};
    char *columns = NULL;
    const char *u = results_length(s->out);
    double row[6 + SPECIES_MAX];
    text_add(&t, "site:r x_%s:r y_%s:r z_%s:r distance_%s:r spread_%s:r", u, u, u, u, u);
    for (int k = 0; k < s->species.n; k++) text_add(&t, " share_%s:r", s->species.name[k]);
    int e = text_take(&t, &columns);
    if (!e) e = tsv_create(columns, tsv);
    for (int k = 0; k < mean->m && !e; k++) {
        const double *x = mean->x[k];
        double head[6] = {
            k + 1, x[0], x[1], x[2], sqrt(x[0] * x[0] + x[1] * x[1] + x[2] * x[2]), sqrt(mean->spread[k])};
        memcpy(row, head, sizeof head);
        memcpy(row + 6, mean->share + k * s->species.n, sizeof(double) * (size_t)s->species.n);
        e = tsv_add_reals(*tsv, row);
    }
    mem_free(&columns);
    return e;
}

static int mean_xyz(const struct state *s, const struct mean *mean, int centre, char **text) {
    struct text t = {0};
    text_add(&t, "%d\nProperties=species:S:1:pos:R:3 Index=\"%s\" Mean=true\n%s 0 0 0\n", mean->m + 1,
             deck_text(s->deck, "%s.index", s->at), s->species.name[centre]);
    for (int k = 0; k < mean->m; k++) {
        int most = 0;
        for (int i = 1; i < s->species.n; i++)
            if (mean->share[k * s->species.n + i] > mean->share[k * s->species.n + most]) most = i;
        text_add(&t, "%s %.8g %.8g %.8g\n", s->species.name[most], mean->x[k][0], mean->x[k][1],
                 mean->x[k][2]);
    }
    return text_take(&t, text);
}

/* **Collective.** Rank 0 has the clusters; the table and the file are its. */
static int write_mean(struct state *s, const int64_t *start, int64_t n) {
    const struct comm *comm = s->out->comm;
    struct mean mean = {.m = s->index[0] + s->index[1] + s->index[2] + s->index[3]};
    struct tsv *tsv = NULL;
    struct results_text file = {0};
    char *text = NULL;
    int e = ERR_OK, ns = s->species.n;
    TRY_ALL_TO(comm, out, MEM_NEW(mean.x, mean.m));
    TRY_ALL_TO(comm, out, MEM_NEW(mean.spread, mean.m));
    TRY_ALL_TO(comm, out, MEM_NEW(mean.share, mean.m * ns));
    TRY_ALL_TO(comm, out, comm->rank == 0 ? average(s, start, n, &mean) : ERR_OK);
    TRY_ALL_TO(comm, out, mean_table(s, &mean, &tsv));
    TRY_TO(out, results_table(s->out, "cluster_mean", tsv));
    comm_bcast(comm, &mean.rms, sizeof mean.rms);
    TRY_ALL_TO(comm, out,
               results_scalar(s->out, mean.rms, NAN, results_length(s->out), "cluster_rms_%s",
                              results_length(s->out)));
    if (s->out->front) {
        int centre = comm->rank == 0 ? s->all[start[0]].type : 0;
        TRY_ALL_TO(comm, out, mean_xyz(s, &mean, centre, &text));
        TRY_TO(out, results_text_open(s->out, "cluster_mean.xyz", &file));
        e = results_text_put(&file, text, comm->rank == 0 ? (int64_t)strlen(text) : 0);
        int closed = results_text_close(&file, !e);
        if (!e) e = closed;
    }
out:
    mem_free(&mean.x);
    mem_free(&mean.spread);
    mem_free(&mean.share);
    mem_free(&text);
    tsv_destroy(&tsv);
    return e;
}

static int finish(void *state) {
    struct state *s = state;
    const struct comm *comm = s->out->comm;
    int64_t *start = NULL, *end = NULL, n[2] = {0};
    int e = ERR_OK;
    TRY_ALL_TO(comm, out, choose(s, deck_int(s->deck, "%s.most", s->at), &start, &end, &n[0], &n[1]));
    comm_bcast(comm, n, sizeof n); /* rank 0's */
    TRY_ALL_TO(comm, out, results_scalar(s->out, (double)n[1], NAN, "", "clusters_found"));
    if (!n[0]) {
        log_warn("clusters: no atom has the index %s; see the table index of the pass voronoi",
                 deck_text(s->deck, "%s.index", s->at));
        goto out;
    }
    TRY_TO(out, write_clusters(s, start, end, comm->rank == 0 ? n[0] : 0));
    if (s->radius > 0) goto out; /* spheres have any number of atoms */
    TRY_TO(out, write_mean(s, start, n[0]));
out:
    mem_free(&start);
    mem_free(&end);
    return e;
}

static void destroy(void *state) {
    struct state *s = state;
    if (!s) return;
    mem_free(&s->mine);
    mem_free(&s->all);
    mem_free(&s->is_centre);
    mem_free(&s);
}

const struct pass_kind clusters_pass = {.name = "clusters",
                                        .input = PASS_FRAMES,
                                        .rows = clusters_pass_rows,
                                        .check = check,
                                        .create = create,
                                        .frame = one_frame,
                                        .finish = finish,
                                        .destroy = destroy};
