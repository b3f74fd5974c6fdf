/* contrast_pass - one row of numbers a frame; means and errors over frames at the end.
 *
 * Cubes take the cells of the atoms in them, not the atoms: mass over volume of whole cells, free of the
 * noise of atoms that fall just inside or outside. */
#include "analysis/structure/contrast_pass.h"
#include "analysis/structure/profile.h"
#include "analysis/structure/voronoi_state.h"
#include "base/cite.h"
#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MEASURED 9.2 /* %, zhu2017 p. 2 */
#define MEASURED_ERROR 1.5

const struct deck_row contrast_pass_rows[] = {
    {.type = DECK_REAL,
     .path = "domain",
     .dim = UNIT_LENGTH,
     .value = "1 nm; lj 4",
     .bounds = "(0 A, inf)",
     .when = "pass=contrast",
     .help = "Edge of the cubes whose densities are compared (fitted to the box)."},
    {.type = DECK_REAL,
     .path = "probe",
     .dim = UNIT_LENGTH,
     .value = "2 nm; lj 8",
     .bounds = "(0 A, inf)",
     .when = "pass=contrast",
     .help = "Full width at half maximum of the Gaussian probe that looks along z."},
    {.type = DECK_REAL,
     .path = "thickness",
     .dim = UNIT_LENGTH,
     .value = "28 nm; lj 110",
     .bounds = "(0 A, inf)",
     .when = "pass=contrast",
     .help = "Thickness to which the projected fluctuations are scaled."},
    {.type = DECK_END}};

enum {
    DENSITY_ICOSAHEDRAL,
    DENSITY_CRYSTAL,
    LOCAL,
    CUBES,
    PROJECTED_RMS,
    PROJECTED_RMS_THICK,
    PROJECTED,
    PROJECTED_THICK,
    N_VALUES
};

struct state {
    struct results *out;
    struct voronoi_state voronoi; /* for the densities of clusters */
    double domain, probe, thickness;
    int64_t n_frames;
    double (*value)[N_VALUES];
};

struct place { /* a cube or a probe position */
    double mass, volume, icosahedral, crystal;
};

static int create(const struct pass_setup *setup, void **state) {
    struct state *s = NULL;
    const struct deck *deck = setup->deck;
    TRY(mem_agree(setup->comm, &s, MEM_NEW(s, 1)));
    *state = s;
    s->out = s->voronoi.out = setup->out;
    s->domain = deck_real(deck, "%s.domain", setup->at);
    s->probe = deck_real(deck, "%s.probe", setup->at);
    s->thickness = deck_real(deck, "%s.thickness", setup->at);
    cite_use("rycroft2009");
    cite_use("zhu2017");
    return mem_agree(setup->comm, &s->value, MEM_NEW(s->value, setup->n_frames));
}

static void set_options(struct state *s, const struct frame *frame) {
    struct voronoi_options *o = &s->voronoi.options;
    voronoi_radii(&frame->species, o);
    o->surface = voronoi_surface(&frame->species);
    o->visit = voronoi_density_visit;
    o->user = &s->voronoi;
}

/* 1 icosahedral, -1 crystal-like, 0 neither. */
static int kind_of(const struct voronoi_cell *c) {
    if (c->flag != VORONOI_CLOSED) return 0;
    switch (classes_of(c->n, c->beyond)) {
    case CLASSES_ICOSAHEDRON:
    case CLASSES_FRANK_KASPER:
    case CLASSES_ICOSAHEDRON_LIKE:
        return 1;
    case CLASSES_CRYSTAL_LIKE:
        return -1;
    default:
        return 0;
    }
}

/* **Collective.** Mean densities of clusters around both kinds of centres. */
static int local_densities(const struct state *s, const struct frame *frame, const struct voronoi_cell *cells,
                           const double *density, double *value) {
    double(*term)[4] = NULL, sum[4];
    TRY(mem_agree(s->out->comm, &term, MEM_NEW(term, frame->n)));
    for (int i = 0; i < frame->n; i++) {
        int kind = isfinite(density[i]) ? kind_of(&cells[i]) : 0;
        if (kind > 0) term[i][0] = density[i], term[i][1] = 1;
        if (kind < 0) term[i][2] = density[i], term[i][3] = 1;
    }
    comm_sum_exact(s->out->comm, term[0], frame->n, 4, 4, sum);
    mem_free(&term);
    value[DENSITY_ICOSAHEDRAL] = sum[0] / sum[1];
    value[DENSITY_CRYSTAL] = sum[2] / sum[3];
    value[LOCAL] = 100 * (value[DENSITY_ICOSAHEDRAL] / value[DENSITY_CRYSTAL] - 1);
    return ERR_OK;
}

static int by_richness(const void *a, const void *b) {
    const struct place *x = a, *y = b;
    double p = x->icosahedral - x->crystal, q = y->icosahedral - y->crystal;
    if (p != q) return p > q ? -1 : 1;
    return x->mass > y->mass ? -1 : x->mass < y->mass;
}

/* Mass over volume of the tenth of places richest in icosahedral centres beside the other end, in per cent.
 */
static double contrast_of(struct place *place, int64_t n) {
    int64_t tenth = n / 10 > 0 ? n / 10 : 1;
    double rich[2] = {0}, poor[2] = {0};
    if (n < 2) return NAN;
    qsort(place, (size_t)n, sizeof *place, by_richness);
    for (int64_t k = 0; k < tenth; k++) {
        rich[0] += place[k].mass;
        rich[1] += place[k].volume;
        poor[0] += place[n - 1 - k].mass;
        poor[1] += place[n - 1 - k].volume;
    }
    return 100 * (rich[0] / rich[1] / (poor[0] / poor[1]) - 1);
}

/* **Collective.** Cubes fitted to the box, shares of centres by atom. */
static int cube_contrast(const struct state *s, const struct frame *frame, const struct voronoi_cell *cells,
                         double *value) {
    const struct comm *comm = s->out->comm;
    const struct box *box = &frame->box;
    struct profile p = {0};
    struct profile_term *at = NULL;
    struct place *place = NULL;
    double(*term)[5] = NULL;
    int64_t n[3], all = 1, m = 0;
    int e = ERR_OK;
    for (int a = 0; a < 3; a++) all *= n[a] = (int64_t)fmax(1, floor(box->len[a] / s->domain));
    TRY_ALL_TO(comm, out, profile_init(&p, 1, 5));
    TRY_ALL_TO(comm, out, MEM_NEW(at, frame->n));
    TRY_ALL_TO(comm, out, MEM_NEW(term, frame->n));
    for (int i = 0; i < frame->n; i++) {
        int64_t k[3];
        int kind = kind_of(&cells[i]);
        for (int a = 0; a < 3; a++) {
            k[a] = (int64_t)floor((frame->x[i][a] - box->lo[a]) / box->len[a] * (double)n[a]);
            k[a] = k[a] < 0 ? 0 : k[a] >= n[a] ? n[a] - 1 : k[a];
        }
        at[i] = (struct profile_term){(k[0] * n[1] + k[1]) * n[2] + k[2], 0};
        double v[5] = {frame->species.mass[frame->type[i]], cells[i].volume, kind > 0, kind < 0, 1};
        memcpy(term[i], v, sizeof v);
    }
    TRY_TO(out, profile_add(comm, &p, frame->n, at, term[0]));
    TRY_ALL_TO(comm, out, MEM_NEW(place, p.n_bins));
    for (int64_t k = 0; k < p.n_bins; k++) {
        double atoms = profile_sum(&p, k, 4);
        if (atoms > 0)
            place[m++] = (struct place){profile_sum(&p, k, 0), profile_sum(&p, k, 1),
                                        profile_sum(&p, k, 2) / atoms, profile_sum(&p, k, 3) / atoms};
    }
    value[CUBES] = contrast_of(place, m);
out:
    profile_free(&p);
    mem_free(&at);
    mem_free(&term);
    mem_free(&place);
    return e;
}

/* **Local.** What the probe at each grid point sees of this rank's atoms, rounded. sum[4 * point]. */
static void look(const struct state *s, const struct frame *frame, const struct voronoi_cell *cells,
                 const int64_t n[2], double *sum) {
    const struct box *box = &frame->box;
    double sigma = s->probe / (2 * sqrt(2 * log(2))), reach = 4 * sigma, most = 0, quantum;
    for (int t = 0; t < frame->species.n; t++) most = fmax(most, frame->species.mass[t]);
    quantum = comm_quantum(frame->n_global, fmax(most, 1));
    for (int i = 0; i < frame->n; i++) {
        int kind = kind_of(&cells[i]), lo[2], hi[2];
        double x[2];
        for (int a = 0; a < 2; a++) { /* all grid points within reach, each once */
            double step = box->len[a] / (double)n[a];
            x[a] = frame->x[i][a] - box->lo[a];
            lo[a] = (int)ceil((x[a] - fmin(reach, box->len[a] / 2)) / step);
            hi[a] = (int)ceil((x[a] + fmin(reach, box->len[a] / 2)) / step) - 1;
        }
        for (int p = lo[0]; p <= hi[0]; p++)
            for (int q = lo[1]; q <= hi[1]; q++) {
                double dx = x[0] - p * box->len[0] / (double)n[0], dy = x[1] - q * box->len[1] / (double)n[1];
                double w = exp(-(dx * dx + dy * dy) / (2 * sigma * sigma));
                double *to = sum + 4 * (((p % n[0] + n[0]) % n[0]) * n[1] + (q % n[1] + n[1]) % n[1]);
                to[0] += comm_round(w * frame->species.mass[frame->type[i]], quantum);
                to[1] += comm_round(w, quantum);
                to[2] += comm_round(w * (kind > 0), quantum);
                to[3] += comm_round(w * (kind < 0), quantum);
            }
    }
}

/* **Collective.** Along z: fluctuations of what the probe sees, and contrast between its ends. */
static int projected(const struct state *s, const struct frame *frame, const struct voronoi_cell *cells,
                     double *value) {
    const struct comm *comm = s->out->comm;
    const struct box *box = &frame->box;
    int64_t n[2], points;
    double *sum = NULL, mean = 0, square = 0;
    struct place *place = NULL;
    int e = ERR_OK;
    for (int a = 0; a < 2; a++) n[a] = (int64_t)fmax(2, ceil(2 * box->len[a] / s->probe));
    points = n[0] * n[1];
    TRY_ALL_TO(comm, out, MEM_NEW(sum, 4 * points));
    TRY_ALL_TO(comm, out, MEM_NEW(place, points));
    look(s, frame, cells, n, sum);
    for (int64_t k = 0; k < points; k += 10000)
        comm_sum(comm, sum + 4 * k, (int)(4 * (points - k < 10000 ? points - k : 10000)));
    for (int64_t k = 0; k < points; k++) {
        const double *v = sum + 4 * k;
        place[k] = (struct place){v[0], 1, v[2] / v[1], v[3] / v[1]};
        mean += v[0] / (double)points;
    }
    for (int64_t k = 0; k < points; k++)
        square += (place[k].mass - mean) * (place[k].mass - mean) / (double)(points - 1);
    double scale = sqrt(box->len[2] / s->thickness);
    value[PROJECTED_RMS] = 100 * sqrt(square) / mean;
    value[PROJECTED_RMS_THICK] = scale * value[PROJECTED_RMS];
    value[PROJECTED] = contrast_of(place, points);
    value[PROJECTED_THICK] = scale * value[PROJECTED];
out:
    mem_free(&sum);
    mem_free(&place);
    return e;
}

static int one_frame(void *state, struct frame *frame) {
    struct state *s = state;
    const struct comm *comm = s->out->comm;
    struct voronoi_cell *cells = NULL;
    double *density = NULL, *value = s->value[s->n_frames];
    int e = ERR_OK;
    for (int a = 0; a < 3; a++)
        if (!frame->box.periodic[a])
            FAIL(ERR_INPUT, "the contrast of a glass needs a box that is periodic along all axes; %c is open",
                 "xyz"[a]);
    set_options(s, frame);
    TRY_TO(out, voronoi_compute(comm, frame, &s->voronoi.options, &cells));
    TRY_TO(out, voronoi_density_compute(comm, &s->voronoi, frame, cells, &density));
    TRY_TO(out, local_densities(s, frame, cells, density, value));
    TRY_TO(out, cube_contrast(s, frame, cells, value));
    TRY_TO(out, projected(s, frame, cells, value));
    s->n_frames++;
out:
    voronoi_density_forget(&s->voronoi.lists);
    mem_free(&cells);
    mem_free(&density);
    return e;
}

static void mean_of(const struct state *s, int k, double *mean, double *error) {
    double n = (double)s->n_frames, square = 0;
    *mean = 0;
    for (int64_t f = 0; f < s->n_frames; f++) *mean += s->value[f][k] / n;
    for (int64_t f = 0; f < s->n_frames; f++) square += (s->value[f][k] - *mean) * (s->value[f][k] - *mean);
    *error = n > 1 ? sqrt(square / (n - 1) / n) : NAN;
}

static int contrast_table(const struct state *s, struct tsv **tsv) {
    const char *density = s->out->lj ? "1/sigma3" : "g/cm3";
    const struct {
        const char *name, *unit;
    } row[N_VALUES] = {{"density_icosahedral", density}, {"density_crystal_like", density},
                       {"local_contrast", "%"},          {"cube_contrast", "%"},
                       {"projected_rms", "%"},           {"projected_rms_at_thickness", "%"},
                       {"projected_contrast", "%"},      {"projected_contrast_at_thickness", "%"}};
    double null = NAN, error;
    TRY(tsv_create("quantity:t value:r error:r unit:t source:t", tsv));
    for (int k = 0; k < N_VALUES; k++) {
        double mean;
        mean_of(s, k, &mean, &error);
        if (k == PROJECTED_RMS_THICK) null = mean;
        TRY(tsv_add(*tsv, row[k].name, mean, error, row[k].unit, "computed"));
    }
    TRY(tsv_add(*tsv, "measured_contrast", MEASURED, MEASURED_ERROR, "%", "zhu2017"));
    return tsv_add(*tsv, "measured_over_null", MEASURED / null, MEASURED_ERROR / null, "", "computed");
}

static int finish(void *state) {
    struct state *s = state;
    struct tsv *tsv = NULL;
    double mean, error;
    int e = err_agree(s->out->comm, contrast_table(s, &tsv));
    if (!e) e = results_table(s->out, "contrast", tsv);
    mean_of(s, LOCAL, &mean, &error);
    if (!e) e = results_scalar(s->out, mean, error, "%", "local_density_contrast_percent");
    mean_of(s, PROJECTED_RMS_THICK, &mean, &error);
    if (!e) e = results_scalar(s->out, mean, error, "%", "projected_null_rms_percent");
    tsv_destroy(&tsv);
    return err_agree(s->out->comm, e);
}

static void destroy(void *state) {
    struct state *s = state;
    if (!s) return;
    mem_free(&s->value);
    mem_free(&s);
}

const struct pass_kind contrast_pass = {.name = "contrast",
                                        .input = PASS_FRAMES,
                                        .rows = contrast_pass_rows,
                                        .create = create,
                                        .frame = one_frame,
                                        .finish = finish,
                                        .destroy = destroy};
