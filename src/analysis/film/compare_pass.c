/* compare_pass - frames into compare, then two tables:
 *   film_dynamics          a row for each group of columns and each way to look: relaxation times
 *   film_dynamics_curves   the curves themselves */
#include "analysis/film/compare.h"
#include "analysis/film/compare_pass.h"
#include "analysis/film/darkfield_deck.h"
#include "base/cite.h"
#include "base/mem.h"

#include <math.h>
#include <stdio.h>

const struct deck_row compare_pass_rows[] = {
    {.type = DECK_INT,
     .path = "directions",
     .value = "8",
     .bounds = "[1, 1000]",
     .when = "pass=film_dynamics",
     .help =
         "Directions of k, evenly over half a circle from azimuth on; errors are from their scatter. Each "
         "keeps 12 bytes a pixel and frame in memory."},
    {.type = DECK_END}};

struct state {
    struct results *out;
    const struct deck *deck;
    char at[40];
    struct compare_options options;
    struct compare *compare;
    int64_t n_frames;
};

static int check(const struct comm *comm, struct deck *deck, const char *at) {
    char path[80];
    (void)comm;
    snprintf(path, sizeof path, "%s.layer_axis", at);
    if (deck_clean(deck, path) && deck_choice(deck, "%s", path) == deck_choice(deck, "%s.beam", at))
        deck_mistake(deck, path,
                     "the wire stands along the beam and has no edge in the image; turn beam: or say none");
    return ERR_OK;
}

static int create(const struct pass_setup *setup, void **state) {
    struct state *s = NULL;
    const struct deck *deck = setup->deck;
    const char *at = setup->at;
    TRY(mem_agree(setup->comm, &s, MEM_NEW(s, 1)));
    *state = s;
    s->out = setup->out;
    s->deck = deck;
    s->n_frames = setup->n_frames;
    snprintf(s->at, sizeof s->at, "%s", at);
    s->options = (struct compare_options){.optics = darkfield_deck_read(deck, at),
                                          .directions = (int)deck_int(deck, "%s.directions", at),
                                          .layers = motion_layers_read(deck, at),
                                          .share = deck_real(deck, "%s.lag_range", at),
                                          .per_decade = (int)deck_int(deck, "%s.per_decade", at)};
    cite_use("zhang2018");
    cite_use("hansen2013");
    return ERR_OK;
}

static int one_frame(void *state, struct frame *frame) {
    struct state *s = state;
    if (!s->compare) {
        TRY_ALL(s->out->comm, darkfield_deck_amplitudes(s->deck, s->at, &frame->species, &s->options.optics));
        TRY(compare_create(s->out->comm, &s->options, s->n_frames, &s->compare));
    }
    return compare_add(s->compare, frame);
}

static const char *const names[COMPARE_COUNT] = {"images", "images_pooled", "wave_of_images", "F_coherent",
                                                 "F_self"};

static const struct compare_curve *curve_of(const struct compare *c, int what, int g) {
    return &c->curve[what * c->n_groups + g];
}

static void group_name(int g, char name[24]) {
    snprintf(name, 24, g ? "layer%d" : "all", g);
}

static int times(const struct state *s, struct tsv **tsv) {
    const struct compare *c = s->compare;
    char name[24];
    TRY(tsv_create(
        s->out->lj ? "group:t of:t tau_1_e:r tau_field:r tau_field_error:r beta:r amplitude:r tau_plain:r "
                     "core_over_layer:r contrast:r fit:t"
                   : "group:t of:t tau_1_e_ps:r tau_field_ps:r tau_field_error_ps:r beta:r amplitude:r "
                     "tau_plain_ps:r core_over_layer:r contrast:r fit:t",
        tsv));
    for (int g = 0; g < c->n_groups; g++)
        for (int what = 0; what < COMPARE_COUNT; what++) {
            const struct compare_curve *y = curve_of(c, what, g);
            if (!y->f) continue;
            struct kww_curve plain = y->fit.curve;
            double core =
                curve_of(c, what, c->n_groups - 1)->f ? curve_of(c, what, c->n_groups - 1)->at_1_e : NAN;
            double fits = y->fit.status == KWW_OK ? 1 : NAN;
            kww_convert(&plain, NULL, KWW_FIELD, KWW_PLAIN);
            group_name(g, name);
            TRY(tsv_add(*tsv, name, names[what], y->at_1_e, fits * y->fit.curve.tau, y->tau_error,
                        fits * y->fit.curve.beta, fits * y->fit.curve.amplitude, fits * plain.tau,
                        g ? core / y->at_1_e : NAN, what <= COMPARE_POOLED ? y->contrast : NAN,
                        kww_status_text(y->fit.status)));
        }
    return ERR_OK;
}

static int curves(const struct state *s, struct tsv **tsv) {
    const struct compare *c = s->compare;
    char name[24];
    TRY(tsv_create(
        s->out->lj ? "group:t time:r g2_minus_1:r f_images:r f_pooled:r f_wave:r F_coherent:r F_self:r"
                   : "group:t time_ps:r g2_minus_1:r f_images:r f_pooled:r f_wave:r F_coherent:r F_self:r",
        tsv));
    for (int g = 0; g < c->n_groups; g++)
        for (int l = 0; l < c->n_lags; l++) {
            const struct compare_curve *images = curve_of(c, COMPARE_IMAGES, g);
            const struct compare_curve *pooled = curve_of(c, COMPARE_POOLED, g);
            double g2 = images->f[l], g2_pooled = pooled->f[l];
            group_name(g, name);
            TRY(tsv_add(*tsv, name, c->time[l], g2, g2 > 0 ? sqrt(g2 / images->contrast) : NAN,
                        g2_pooled > 0 ? sqrt(g2_pooled / pooled->contrast) : NAN,
                        curve_of(c, COMPARE_WAVE, g)->f[l], g ? NAN : curve_of(c, COMPARE_COHERENT, 0)->f[l],
                        curve_of(c, COMPARE_SELF, g)->f[l]));
        }
    return ERR_OK;
}

static int finish(void *state) {
    struct state *s = state;
    const struct comm *comm = s->out->comm;
    const char *unit = s->out->lj ? "" : "ps";
    struct tsv *time = NULL, *curve = NULL;
    int e = ERR_OK;
    if (!s->compare) FAIL(ERR_INPUT, "there are no frames; say frames: all");
    TRY(compare_compute(s->compare));
    TRY_ALL_TO(comm, out, times(s, &time));
    TRY_ALL_TO(comm, out, curves(s, &curve));
    TRY_TO(out, results_table(s->out, "film_dynamics", time));
    TRY_TO(out, results_table(s->out, "film_dynamics_curves", curve));
    TRY_TO(out, results_note_real(s->out, "k", s->options.optics.k));
    for (int what = 0; what < COMPARE_COUNT; what++) {
        const struct compare_curve *y = curve_of(s->compare, what, 0);
        TRY_ALL_TO(comm, out, results_scalar(s->out, y->at_1_e, NAN, unit, "tau_1_e_%s", names[what]));
    }
out:
    tsv_destroy(&time);
    tsv_destroy(&curve);
    return e;
}

static void destroy(void *state) {
    struct state *s = state;
    if (!s) return;
    compare_destroy(&s->compare);
    mem_free(&s);
}

const struct pass_kind compare_pass = {.name = "film_dynamics",
                                       .input = PASS_FRAMES,
                                       .rows = compare_pass_rows,
                                       .check = check,
                                       .create = create,
                                       .frame = one_frame,
                                       .finish = finish,
                                       .destroy = destroy};
