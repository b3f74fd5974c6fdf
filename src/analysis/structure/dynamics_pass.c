/* dynamics_pass - frames into motion, then curves to tables; the keys of groups and lags serve pass g4 too.
 */
#include "analysis/structure/dynamics.h"
#include "analysis/structure/dynamics_pass.h"
#include "base/cite.h"
#include "base/mem.h"

#include <math.h>

#define ME .when = "pass=dynamics"
#define BOTH .when = "pass=dynamics|g4|film_dynamics"

const struct deck_row dynamics_pass_rows[] = {
    {.type = DECK_CHOICE,
     .path = "layer_axis",
     .value = "none",
     .choices = "x|y|z|none",
     BOTH,
     .help = "Axis of a rod whose layers below the surface are averaged over separately."},
    {.type = DECK_REAL,
     .path = "layer_width",
     .dim = UNIT_LENGTH,
     .value = "3 A",
     .bounds = "(0 A, inf)",
     .when = "pass=dynamics|g4|film_dynamics, layer_axis=x|y|z",
     .help = "Thickness of a layer."},
    {.type = DECK_INT,
     .path = "layers",
     .value = "4",
     .bounds = "[1, 1000]",
     .when = "pass=dynamics|g4|film_dynamics, layer_axis=x|y|z",
     .help = "Layers, counted from the surface; the last holds all that is deeper."},
    {.type = DECK_REAL,
     .path = "lag_range",
     .value = "0.5",
     .bounds = "(0, 1]",
     BOTH,
     .help = "Longest time over the length of the trajectory."},
    {.type = DECK_INT,
     .path = "per_decade",
     .value = "12",
     .bounds = "[1, 1000]",
     BOTH,
     .help = "Times in a decade."},
    {.type = DECK_REAL,
     .path = "k",
     .dim = UNIT_WAVENUMBER,
     .value = DECK_REQUIRED,
     .bounds = "(0 1/A, inf)",
     ME,
     .help = "Wave number 2 pi / d of F_s and F; the first peak of S(k) as a rule (7.25 for Kob-Andersen)."},
    {.type = DECK_INT,
     .path = "waves",
     .value = "24",
     .bounds = "[1, 10000]",
     ME,
     .help = "Wave vectors that the coherent F(k,t) is averaged over."},
    {.type = DECK_INT,
     .path = "origins",
     .value = "0",
     .bounds = "[0, inf)",
     .when = "pass=dynamics|g4",
     .help = "Time origins, evenly spread. 0: every frame, if `memory` holds them."},
    {.type = DECK_REAL,
     .path = "memory",
     .dim = UNIT_BYTES,
     .value = "4 GiB",
     .bounds = "[1 MiB, inf)",
     .when = "pass=dynamics|g4",
     .help = "What the positions that are kept may take, all ranks together: 12 bytes an atom and time "
             "origin of the "
             "longest lag. Where it is not enough, time origins are farther apart."},
    {.type = DECK_END}};

struct state {
    struct results *out;
    struct motion *motion;
    struct motion_layers layers;
    struct dynamics_options options;
    struct dynamics y;
};

static int create(const struct pass_setup *setup, void **state) {
    struct state *s = NULL;
    const struct deck *deck = setup->deck;
    const char *at = setup->at;
    TRY(mem_agree(setup->comm, &s, MEM_NEW(s, 1)));
    *state = s;
    s->out = setup->out;
    s->layers = motion_layers_read(deck, at);
    s->options = (struct dynamics_options){.k = deck_real(deck, "%s.k", at),
                                           .per_decade = (int)deck_int(deck, "%s.per_decade", at),
                                           .waves = (int)deck_int(deck, "%s.waves", at)};
    cite_use("hansen2013");
    TRY(motion_create(setup->comm, setup->n_frames, &s->motion));
    struct motion_keep keep = motion_keep_read(deck, at);
    motion_keep(s->motion, &keep);
    return ERR_OK;
}

static int one_frame(void *state, struct frame *frame) {
    struct state *s = state;
    TRY(motion_add(s->motion, frame));
    if (s->motion->n_frames == 1) {
        TRY(motion_group(s->motion, &s->layers));
        TRY(dynamics_begin(s->motion, &s->options, &s->y));
    }
    return dynamics_add(s->motion, &s->y);
}

static int curves(const struct state *s, const struct dynamics *y, struct tsv **tsv) {
    TRY(tsv_create(s->out->lj ? "group:t time:r msd:r alpha2:r F_self:r F_coherent:r"
                              : "group:t time_ps:r msd_A2:r alpha2:r F_self:r F_coherent:r",
                   tsv));
    for (int g = 0; g < y->n_groups; g++)
        for (int l = 0; l < y->n_lags; l++) {
            int k = g * y->n_lags + l;
            TRY(tsv_add(*tsv, s->motion->name[g], y->time[l], y->msd[k], y->alpha2[k], y->self[k],
                        g == 0 ? y->coherent[l] : NAN));
        }
    return ERR_OK;
}

static int add_time(const struct state *s, struct tsv *tsv, const char *group, const char *what, double count,
                    const struct dynamics_relaxation *r) {
    (void)s;
    return tsv_add(tsv, group, what, (int64_t)count, r->at_1_e, r->fit.curve.tau, r->fit.error.tau,
                   r->fit.curve.beta, r->fit.curve.amplitude, kww_status_text(r->fit.status));
}

static int times(const struct state *s, const struct dynamics *y, struct tsv **tsv) {
    TRY(tsv_create(s->out->lj ? "group:t of:t atoms:i tau_1_e:r tau_kww:r tau_kww_error:r beta:r amplitude:r "
                                "fit:t"
                              : "group:t of:t atoms:i tau_1_e_ps:r tau_kww_ps:r tau_kww_error_ps:r beta:r "
                                "amplitude:r fit:t",
                   tsv));
    const struct motion *m = s->motion;
    for (int g = 0; g < y->n_groups; g++)
        TRY(add_time(s, *tsv, m->name[g], "F_self", (double)m->count[g], &y->of_self[g]));
    return add_time(s, *tsv, "all", "F_coherent", (double)m->n_global, &y->of_coherent);
}

static int finish(void *state) {
    struct state *s = state;
    struct dynamics *y = &s->y;
    struct tsv *curve = NULL, *time = NULL;
    const struct comm *comm = s->out->comm;
    const char *unit = s->out->lj ? "" : "ps";
    int e = ERR_OK;
    TRY_TO(out, dynamics_compute(s->motion, y));
    TRY_ALL_TO(comm, out, curves(s, y, &curve));
    TRY_ALL_TO(comm, out, times(s, y, &time));
    TRY_TO(out, results_table(s->out, "dynamics", curve));
    TRY_TO(out, results_table(s->out, "relaxation", time));
    TRY_TO(out, results_note_real(s->out, "k", s->options.k));
    TRY_TO(out, results_note_real(s->out, "origin_stride", (double)s->motion->stride));
    TRY_TO(out, results_note_real(s->out, "structure_factor", y->structure));
    TRY_ALL_TO(comm, out, results_scalar(s->out, y->of_self[0].at_1_e, NAN, unit, "tau_self"));
    TRY_ALL_TO(comm, out, results_scalar(s->out, y->of_coherent.at_1_e, NAN, unit, "tau_coherent"));
out:
    tsv_destroy(&curve);
    tsv_destroy(&time);
    return e;
}

static void destroy(void *state) {
    struct state *s = state;
    if (!s) return;
    dynamics_free(&s->y);
    motion_destroy(&s->motion);
    mem_free(&s);
}

const struct pass_kind dynamics_pass = {.name = "dynamics",
                                        .input = PASS_FRAMES,
                                        .rows = dynamics_pass_rows,
                                        .create = create,
                                        .frame = one_frame,
                                        .finish = finish,
                                        .destroy = destroy};
