/* rdf_pass - options from the deck, results to tables; the physics is in rdf.c. */
#include "analysis/structure/rdf_pass.h"
#include "analysis/structure/rdf.h"
#include "analysis/structure/sq.h"
#include "base/cite.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"

#include <math.h>
#include <string.h>

const struct deck_row rdf_pass_rows[] = {
    {.type = DECK_REAL,
     .path = "r_max",
     .dim = UNIT_LENGTH,
     .bounds = "(0 A, inf)",
     .when = "pass=rdf",
     .help = "g(r) up to here, at most the shortest periodic edge. "
             "Absent: 7.5 times the largest radius, at most half "
             "the shortest periodic edge."},
    {.type = DECK_INT,
     .path = "bins",
     .value = "200",
     .bounds = "[10, 100000]",
     .when = "pass=rdf",
     .help = "Bins between 0 and r_max."},
    {.type = DECK_REAL,
     .path = "volume",
     .dim = UNIT_VOLUME,
     .bounds = "(0 A3, inf)",
     .when = "pass=rdf",
     .help = "The volume that the atoms fill, for rods and clusters. "
             "Absent: the box, and the extent of the atoms along "
             "axes that are not periodic (flagged: g does not go to 1)."},
    {.type = DECK_CHOICE,
     .path = "shape",
     .value = "box",
     .choices = SHAPE_CHOICES,
     .when = "pass=rdf",
     .help = "What the atoms fill: the box; a rod along its periodic (or longest) axis or a sphere in "
             "vacuum, whose "
             "missing pairs are corrected, so that g goes to 1."},
    {.type = DECK_REAL,
     .path = "diameter",
     .dim = UNIT_LENGTH,
     .bounds = "(0 A, inf)",
     .when = "pass=rdf,shape=rod|sphere",
     .help = "Of the rod or sphere. Absent: from the second moments of the atoms."},
    {.type = DECK_CHOICE,
     .path = "structure_factor",
     .value = "from_g",
     .choices = "none|from_g|direct|both",
     .when = "pass=rdf",
     .help = "from_g: Fourier transform of g(r), table sq; direct: from the atoms, by vectors that fit the "
             "box, table "
             "sq_direct. Partial (Ashcroft-Langreth), and totals by number, for neutrons and for electrons."},
    {.type = DECK_REAL,
     .path = "q_max",
     .dim = UNIT_WAVENUMBER,
     .value = "12 1/A; lj 30",
     .bounds = "(0 1/A, inf)",
     .when = "pass=rdf,structure_factor!=none",
     .help = "S(Q) up to here, Q = 2 pi / d."},
    {.type = DECK_REAL,
     .path = "q_step",
     .dim = UNIT_WAVENUMBER,
     .value = "0.05 1/A; lj 0.1",
     .bounds = "(0 1/A, inf)",
     .when = "pass=rdf,structure_factor!=none",
     .help = "Width of a bin of Q."},
    {.type = DECK_INT,
     .path = "q_vectors",
     .value = "100",
     .bounds = "[1, 1e6]",
     .when = "pass=rdf,structure_factor=direct|both",
     .help = "At most so many vectors in a bin of a frame."},
    {.type = DECK_BOOL,
     .path = "window",
     .value = "true",
     .when = "pass=rdf,structure_factor=from_g|both",
     .help = "Lorch's window, which tames the end of g(r) at r_max and widens peaks by about 5.4 / r_max."},
    {.type = DECK_END}};

struct state {
    struct results *out;
    struct rdf *rdf;
    struct species species;
    int wants; /* 0 none, 1 from g, 2 direct, 3 both */
    bool window;
    struct sq_options sq_options;
    struct sq *sq;
};

static int create(const struct pass_setup *setup, void **state) {
    struct state *s = NULL;
    TRY(mem_agree(setup->comm, &s, MEM_NEW(s, 1)));
    *state = s;
    s->out = setup->out;
    const struct deck *deck = setup->deck;
    const char *at = setup->at;
    struct rdf_options o = {.n_bins = (int)deck_int(deck, "%s.bins", at), .n_frames = setup->n_frames};
    if (deck_has(deck, "%s.r_max", at)) o.r_max = deck_real(deck, "%s.r_max", at);
    if (deck_has(deck, "%s.volume", at)) o.volume = deck_real(deck, "%s.volume", at);
    o.shape = (enum shape_kind)deck_choice(deck, "%s.shape", at);
    if (deck_has(deck, "%s.diameter", at)) o.diameter = deck_real(deck, "%s.diameter", at);
    TRY_ALL(setup->comm, rdf_create(&o, &s->rdf));
    s->wants = deck_choice(deck, "%s.structure_factor", at);
    if (!s->wants) return ERR_OK;
    s->sq_options.q_max = deck_real(deck, "%s.q_max", at);
    s->sq_options.q_step = deck_real(deck, "%s.q_step", at);
    if (s->wants & 1) s->window = deck_bool(deck, "%s.window", at);
    if (s->wants & 2) s->sq_options.n_vectors = (int)deck_int(deck, "%s.q_vectors", at);
    if (s->wants & 2) TRY_ALL(setup->comm, sq_create(&s->sq_options, &s->sq));
    cite_use("faber1965");
    cite_use("sears1992");
    cite_use("lobato2014");
    if (s->window) cite_use("lorch1969");
    return ERR_OK;
}

static int one_frame(void *state, struct frame *frame) {
    struct state *s = state;
    s->species = frame->species;
    if (s->sq) TRY(sq_add(s->out->comm, s->sq, frame));
    return rdf_add(s->out->comm, s->rdf, frame);
}

/* **Local.** "r_A:r g_total:r ... g_total_error:r ... n_CuCu:r n_CuZr:r ..." by mem. */
static int columns_of(const struct state *s, const struct rdf_result *res, char **text) {
    char name[2 * SPECIES_NAME];
    TRY(mem_sprintf(text, "r_%s:r", results_length(s->out)));
    for (int part = 0; part < 3; part++) {
        int n = part < 2 ? res->n_curves : res->n_species * res->n_species;
        for (int c = 0; c < n; c++) {
            char *longer = NULL;
            if (part < 2) rdf_name(&s->species, c, name);
            int e = part < 2 ? mem_sprintf(&longer, "%s g_%s%s:r", *text, name, part ? "_error" : "")
                             : mem_sprintf(&longer, "%s n_%s%s:r", *text, s->species.name[c / res->n_species],
                                           s->species.name[c % res->n_species]);
            mem_free(text);
            *text = longer;
            TRY(e);
        }
    }
    return ERR_OK;
}

static int curve_table(const struct state *s, const struct rdf_result *res, struct tsv **tsv) {
    char *columns = NULL;
    double *row = NULL;
    int nb = res->n_bins, nc = res->n_curves, nr = res->n_species * res->n_species, e = ERR_OK;
    TRY_TO(out, columns_of(s, res, &columns));
    TRY_TO(out, tsv_create(columns, tsv));
    TRY_TO(out, MEM_NEW(row, 1 + 2 * nc + nr));
    for (int b = 0; b < nb; b++) {
        double *p = row;
        *p++ = res->r[b];
        for (int c = 0; c < nc; c++) *p++ = res->g[c * nb + b];
        for (int c = 0; c < nc; c++) *p++ = res->error[c * nb + b];
        for (int c = 0; c < nr; c++) *p++ = res->running[c * nb + b];
        TRY_TO(out, tsv_add_reals(*tsv, row));
    }
out:
    mem_free(&columns);
    mem_free(&row);
    return e;
}

static int peak_table(const struct state *s, const struct rdf_result *res, struct tsv **tsv) {
    TRY(tsv_create(s->out->lj
                       ? "curve:t peak_sigma:r peak_error_sigma:r height:r height_error:r minimum_sigma:r "
                         "coordination:r"
                       : "curve:t peak_A:r peak_error_A:r height:r height_error:r minimum_A:r coordination:r",
                   tsv));
    for (int c = 0; c < res->n_curves; c++) {
        const struct rdf_peak *p = &res->peak[c];
        char name[2 * SPECIES_NAME];
        rdf_name(&s->species, c, name);
        TRY(tsv_add(*tsv, name, p->r, p->r_error, p->height, p->height_error, p->minimum, p->coordination));
    }
    return ERR_OK;
}

static int keep_scalars(const struct state *s, const struct rdf_result *res) {
    for (int c = 0; c < res->n_curves; c++) {
        const struct rdf_peak *p = &res->peak[c];
        char name[2 * SPECIES_NAME];
        rdf_name(&s->species, c, name);
        const char *length = results_length(s->out);
        TRY(results_scalar(s->out, p->r, p->r_error, length, "g_%s_peak_%s", name, length));
    }
    return ERR_OK;
}

static int write_arrays(const struct state *s, const struct rdf_result *res) {
    struct results *out = s->out;
    const char *length = results_length(out);
    int64_t r[] = {res->n_bins}, g[] = {res->n_curves, res->n_bins};
    int64_t n[] = {res->n_species, res->n_species, res->n_bins};
    if (!out->h5) return ERR_OK;
    TRY(results_array(out, "r", H5_F64, 1, r, res->r, length, "middles of the bins"));
    TRY(results_array(out, "g", H5_F64, 2, g, res->g, "",
                      "pair distribution functions, one row per curve (attribute curves)"));
    TRY(results_array(out, "g_error", H5_F64, 2, g, res->error, "", "standard errors of g"));
    TRY(results_array(out, "running", H5_F64, 3, n, res->running, "",
                      "[a][b][bin]: mean number of b around a within the bin's outer edge"));
    TRY(results_note_text(out, "error_from",
                          res->error_from == RDF_FROM_BLOCKS ? "blocks of frames" : "pairs counted"));
    TRY(results_note_text(out, "normalisation",
                          res->filled ? "volume filled by the atoms"
                                      : "box or extent, which the atoms do not fill: g does not go to 1"));
    TRY(results_note_real(out, "volume", res->volume));
    if (res->shape.kind != SHAPE_BOX) TRY(results_note_real(out, "diameter", 2 * res->shape.radius));
    char names[SPECIES_MAX * SPECIES_MAX][2 * SPECIES_NAME];
    const char *curves[SPECIES_MAX * SPECIES_MAX];
    for (int c = 0; c < res->n_curves; c++) {
        rdf_name(&s->species, c, names[c]);
        curves[c] = names[c];
    }
    return h5_attr_texts(out->h5, out->group, "curves", curves, res->n_curves);
}

/* **Local.** "Q_1_per_A:r S_number:r S_neutron:r S_electron:r S_CuCu:r ...", direct: "... S_number_error:r
 * n_vectors:i" first. */
static int sq_table(const struct state *s, const struct sq_result *res, struct tsv **tsv) {
    struct text columns = {0};
    char *text = NULL;
    double *row = NULL;
    int nc = res->n_curves, nb = res->n_bins, e = ERR_OK;
    text_add(&columns, "Q_1_per_%s:r S_number:r S_neutron:r S_electron:r", results_length(s->out));
    for (int c = 1; c < nc; c++) {
        char name[2 * SPECIES_NAME];
        rdf_name(&s->species, c, name);
        text_add(&columns, " S_%s:r", name);
    }
    if (res->error) text_add(&columns, " S_number_error:r vectors:r");
    TRY_TO(out, text_take(&columns, &text));
    TRY_TO(out, tsv_create(text, tsv));
    TRY_TO(out, MEM_NEW(row, nc + 5));
    for (int b = 0; b < nb; b++) {
        double *p = row;
        if (res->n && !res->n[b]) continue;
        *p++ = res->q[b];
        *p++ = res->s[b];
        *p++ = res->neutron[b];
        *p++ = res->electron[b];
        for (int c = 1; c < nc; c++) *p++ = res->s[c * nb + b];
        if (res->error) {
            *p++ = res->error[b];
            *p++ = (double)res->n[b];
        }
        TRY_TO(out, tsv_add_reals(*tsv, row));
    }
out:
    mem_free(&text);
    mem_free(&row);
    return e;
}

/* **Collective.** Table and first peak of one way to S(Q). */
static int keep_sq(const struct state *s, struct sq_result *res, const char *name) {
    const struct comm *comm = s->out->comm;
    struct tsv *tsv = NULL;
    struct rdf_peak peak;
    int e = err_agree(comm, sq_table(s, res, &tsv));
    if (!e) e = results_table(s->out, name, tsv);
    for (int b = 0; b < res->n_bins; b++)
        if (!isfinite(res->s[b])) res->s[b] = 0; /* no vector: no peak there */
    rdf_find_peak(res->n_bins, res->q, res->s, NULL, &peak);
    if (!e && isfinite(peak.r))
        e = err_agree(comm, results_scalar(s->out, peak.r, NAN, s->out->lj ? "1/sigma" : "1/A",
                                           "%s_peak_1_per_%s", name, results_length(s->out)));
    tsv_destroy(&tsv);
    return e;
}

static int structure_factors(const struct state *s, const struct rdf_result *res) {
    const struct comm *comm = s->out->comm;
    struct sq_result sq = {0};
    int64_t n = 0;
    int e = ERR_OK;
    for (int t = 0; t < s->species.n; t++) n += res->counts[t];
    double rho = (double)n / (double)res->n_frames / res->volume;
    if (s->wants & 1 && !res->filled)
        log_warn("rdf: no structure factor from a g(r) that does not go to 1; give shape: or volume:");
    else if (s->wants & 1) {
        e = err_agree(comm, sq_from_g(&s->sq_options, &s->species, res->counts, rho, res->n_bins, res->r,
                                      res->g, s->window, &sq));
        if (!e) e = keep_sq(s, &sq, "sq");
        sq_free(&sq);
    }
    if (!e && s->sq) {
        e = err_agree(comm, sq_finish(s->sq, &s->species, res->counts, &sq));
        if (!e) e = keep_sq(s, &sq, "sq_direct");
        sq_free(&sq);
    }
    return e;
}

static int finish(void *state) {
    struct state *s = state;
    const struct comm *comm = s->out->comm;
    struct tsv *curves = NULL, *peaks = NULL;
    struct rdf_result res;
    int e = ERR_OK;
    TRY_ALL(comm, rdf_finish(s->rdf, &res));
    if (!res.filled)
        log_warn("rdf: the atoms do not fill the box: g(r) does not go to 1; give volume: what they fill");
    TRY_ALL_TO(comm, out, curve_table(s, &res, &curves));
    TRY_TO(out, results_table(s->out, "rdf", curves));
    TRY_ALL_TO(comm, out, peak_table(s, &res, &peaks));
    TRY_TO(out, results_table(s->out, "rdf_peaks", peaks));
    TRY_TO(out, write_arrays(s, &res));
    TRY_ALL_TO(comm, out, keep_scalars(s, &res));
    if (s->wants) TRY_TO(out, structure_factors(s, &res));
out:
    tsv_destroy(&curves);
    tsv_destroy(&peaks);
    return e;
}

static void destroy(void *state) {
    struct state *s = state;
    if (!s) return;
    rdf_destroy(&s->rdf);
    sq_destroy(&s->sq);
    mem_free(&s);
}

const struct pass_kind rdf_pass = {.name = "rdf",
                                   .input = PASS_FRAMES,
                                   .rows = rdf_pass_rows,
                                   .create = create,
                                   .frame = one_frame,
                                   .finish = finish,
                                   .destroy = destroy};
