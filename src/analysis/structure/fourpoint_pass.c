/* fourpoint_pass - frames into motion, then overlap, chi4, S4 and g4 to tables. */
#include "analysis/structure/fourpoint.h"
#include "analysis/structure/fourpoint_pass.h"
#include "base/cite.h"
#include "base/mem.h"

#include <math.h>

#define ME .when = "pass=g4"

const struct deck_row fourpoint_pass_rows[] = {
    {.type = DECK_REAL,
     .path = "a",
     .dim = UNIT_LENGTH,
     .value = DECK_REQUIRED,
     .bounds = "(0 A, inf)",
     ME,
     .help =
         "An atom overlaps with where it was while it is closer than this: 0.3 sigma in model liquids, about "
         "1 A in metals."},
    {.type = DECK_REAL,
     .path = "s4_time",
     .dim = UNIT_TIME,
     .bounds = "(0 ps, inf)",
     ME,
     .help = "Time of S4(q) and g4(r). Absent: where chi4 of all atoms is largest."},
    {.type = DECK_REAL,
     .path = "q_max",
     .dim = UNIT_WAVENUMBER,
     .value = "1 1/A; lj 3",
     .bounds = "(0 1/A, inf)",
     ME,
     .help = "S4 up to here."},
    {.type = DECK_REAL,
     .path = "fit_q",
     .dim = UNIT_WAVENUMBER,
     .bounds = "(0 1/A, inf)",
     ME,
     .help = "Ornstein-Zernike fit of S4 up to here. Absent: its six smallest shells."},
    {.type = DECK_REAL,
     .path = "g4_range",
     .dim = UNIT_LENGTH,
     .value = "15 A; lj 5",
     .bounds = "(0 A, inf)",
     ME,
     .help = "Largest distance of g4(r)."},
    {.type = DECK_INT,
     .path = "g4_bins",
     .value = "150",
     .bounds = "[5, 100000]",
     ME,
     .help = "Bins of g4(r)."},
    {.type = DECK_INT,
     .path = "g4_origins",
     .value = "50",
     .bounds = "[1, 1000000]",
     ME,
     .help = "Time origins of S4 and g4, evenly spread; Q and chi4 take every frame."},
    {.type = DECK_END}};

struct state {
    struct results *out;
    struct motion *motion;
    struct motion_layers layers;
    struct fourpoint_options options;
    struct fourpoint p;
};

static int create(const struct pass_setup *setup, void **state) {
    struct state *s = NULL;
    const struct deck *deck = setup->deck;
    const char *at = setup->at;
    TRY(mem_agree(setup->comm, &s, MEM_NEW(s, 1)));
    *state = s;
    s->out = setup->out;
    s->layers = motion_layers_read(deck, at);
    s->options = (struct fourpoint_options){
        .a = deck_real(deck, "%s.a", at),
        .per_decade = (int)deck_int(deck, "%s.per_decade", at),
        .at = deck_has(deck, "%s.s4_time", at) ? deck_real(deck, "%s.s4_time", at) : 0,
        .q_max = deck_real(deck, "%s.q_max", at),
        .fit_q = deck_has(deck, "%s.fit_q", at) ? deck_real(deck, "%s.fit_q", at) : 0,
        .r_max = deck_real(deck, "%s.g4_range", at),
        .bins = (int)deck_int(deck, "%s.g4_bins", at),
        .origins = (int)deck_int(deck, "%s.g4_origins", at)};
    cite_use("lacevic2003");
    cite_use("berthier2005");
    TRY(motion_create(setup->comm, setup->n_frames, &s->motion));
    struct motion_keep keep = motion_keep_read(deck, at);
    motion_keep(s->motion, &keep);
    return ERR_OK;
}

static int one_frame(void *state, struct frame *frame) {
    struct state *s = state;
    TRY(motion_add(s->motion, frame));
    if (s->motion->n_frames == 1) return motion_group(s->motion, &s->layers);
    if (s->motion->n_frames == 2) TRY(fourpoint_begin(s->motion, &s->options, &s->p));
    fourpoint_add(s->motion, &s->p);
    return ERR_OK;
}

static int chi4_table(const struct state *s, const struct fourpoint *p, struct tsv **tsv) {
    TRY(tsv_create(s->out->lj ? "group:t time:r Q:r chi4:r chi4_error:r"
                              : "group:t time_ps:r Q:r chi4:r chi4_error:r",
                   tsv));
    for (int g = 0; g < p->n_groups; g++)
        for (int l = 0; l < p->n_lags; l++) {
            int k = g * p->n_lags + l;
            TRY(tsv_add(*tsv, s->motion->name[g], p->time[l], p->overlap[k], p->chi4[k], p->chi4_error[k]));
        }
    return ERR_OK;
}

static int peak_table(const struct state *s, const struct fourpoint *p, struct tsv **tsv) {
    TRY(tsv_create(s->out->lj ? "group:t atoms:i chi4_peak:r peak_time:r"
                              : "group:t atoms:i chi4_peak:r peak_time_ps:r",
                   tsv));
    for (int g = 0; g < p->n_groups; g++)
        TRY(tsv_add(*tsv, s->motion->name[g], s->motion->count[g], p->peak[g], p->peak_time[g]));
    return ERR_OK;
}

static int s4_table(const struct state *s, const struct fourpoint *p, struct tsv **tsv) {
    TRY(tsv_create(s->out->lj ? "q:r S4:r S4_error:r fit:r" : "q_1_per_A:r S4:r S4_error:r fit:r", tsv));
    for (int k = 0; k < p->n_q; k++)
        TRY(tsv_add(*tsv, p->q[k], p->s4[k], p->s4_error[k], p->s0 / (1 + pow(p->q[k] * p->xi4, 2))));
    return ERR_OK;
}

static int pairs_table(const struct state *s, const struct fourpoint *p, struct tsv **tsv) {
    TRY(tsv_create(s->out->lj ? "r:r g4:r g:r" : "r_A:r g4:r g:r", tsv));
    for (int b = 0; b < p->n_r; b++) TRY(tsv_add(*tsv, p->r[b], p->g4[b], p->g[b]));
    return ERR_OK;
}

static int scalars(struct state *s, const struct fourpoint *p) {
    bool lj = s->out->lj;
    TRY(results_scalar(s->out, p->peak[0], NAN, "", "chi4_peak"));
    TRY(results_scalar(s->out, p->peak_time[0], NAN, lj ? "" : "ps", "chi4_peak_time"));
    return results_scalar(s->out, p->xi4, p->xi4_error, lj ? "sigma" : "A", "xi4");
}

static int finish(void *state) {
    struct state *s = state;
    struct fourpoint *p = &s->p;
    struct tsv *chi4 = NULL, *peak = NULL, *s4 = NULL, *pairs = NULL;
    const struct comm *comm = s->out->comm;
    int e = ERR_OK;
    TRY_TO(out, fourpoint_compute(s->motion, p));
    TRY_ALL_TO(comm, out, chi4_table(s, p, &chi4));
    TRY_ALL_TO(comm, out, peak_table(s, p, &peak));
    TRY_ALL_TO(comm, out, s4_table(s, p, &s4));
    TRY_ALL_TO(comm, out, pairs_table(s, p, &pairs));
    TRY_TO(out, results_table(s->out, "chi4", chi4));
    TRY_TO(out, results_table(s->out, "chi4_peak", peak));
    if (p->n_q) TRY_TO(out, results_table(s->out, "S4", s4));
    if (p->n_r) TRY_TO(out, results_table(s->out, "g4", pairs));
    TRY_TO(out, results_note_text(s->out, "ensemble",
                                  "fluctuations over time origins of one trajectory, in the ensemble it was "
                                  "made with; NVT and NVE differ by (k T^2 / c_v) (dQ/dT)^2"));
    TRY_TO(out, results_note_real(s->out, "origin_stride", (double)s->motion->stride));
    TRY_TO(out, results_note_real(s->out, "time", p->time[p->at]));
    TRY_ALL_TO(comm, out, scalars(s, p));
out:
    tsv_destroy(&chi4);
    tsv_destroy(&peak);
    tsv_destroy(&s4);
    tsv_destroy(&pairs);
    return e;
}

static void destroy(void *state) {
    struct state *s = state;
    if (!s) return;
    fourpoint_free(&s->p);
    motion_destroy(&s->motion);
    mem_free(&s);
}

const struct pass_kind fourpoint_pass = {.name = "g4",
                                         .input = PASS_FRAMES,
                                         .rows = fourpoint_pass_rows,
                                         .create = create,
                                         .frame = one_frame,
                                         .finish = finish,
                                         .destroy = destroy};
