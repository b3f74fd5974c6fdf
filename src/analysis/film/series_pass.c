/* series_pass - one image a frame, counts by a dose, written as they come to NAME.LABEL.hspy for pass ecm. */
#include "analysis/film/darkfield_deck.h"
#include "analysis/film/series_pass.h"
#include "analysis/filmstrip.h"
#include "base/cite.h"
#include "base/mem.h"

#include <math.h>

#define ME .when = "pass=darkfield"

const struct deck_row series_pass_rows[] = {
    {.type = DECK_REAL,
     .path = "thickness",
     .dim = UNIT_LENGTH,
     .bounds = "(0 nm, inf)",
     ME,
     .help = "Look only at a layer of this thickness, in the middle. Absent: the whole column."},
    {.type = DECK_REAL,
     .path = "dose",
     .value = "100",
     .bounds = "[0, 100000]",
     ME,
     .help = "Mean counts a pixel of the first frame; counts are drawn from Poisson's distribution. 0: no "
             "noise, intensities over the mean of the first frame."},
    {.type = DECK_REALS,
     .path = "drift",
     .dim = UNIT_VELOCITY,
     .choices = "2",
     .when = "pass=darkfield|synthetic",
     .help = "Velocity [y, x] with which the specimen drifts."},
    {.type = DECK_END}};

struct state {
    struct results *out;
    struct darkfield_options options;
    const struct deck *deck;
    char at[40];
    struct darkfield *optics;
    struct filmstrip *film;
    int64_t n_frames;
    double time0, drift[2];
    float *image;
};

static int create(const struct pass_setup *setup, void **state) {
    struct state *s = NULL;
    const struct deck *deck = setup->deck;
    const char *at = setup->at;
    TRY(mem_agree(setup->comm, &s, MEM_NEW(s, 1)));
    *state = s;
    s->out = setup->out;
    s->deck = deck;
    snprintf(s->at, sizeof s->at, "%s", at);
    s->n_frames = setup->n_frames;
    s->options = darkfield_deck_read(deck, at);
    if (deck_has(deck, "%s.thickness", at)) s->options.thickness = deck_real(deck, "%s.thickness", at);
    for (int a = 0; a < 2 && deck_has(deck, "%s.drift", at); a++)
        s->drift[a] = deck_real_at(deck, a, "%s.drift", at);
    return ERR_OK;
}

static int begin(struct state *s, const struct frame *frame) {
    const struct comm *comm = s->out->comm;
    struct filmstrip_options o = {.suffix = "darkfield",
                                  .title = "tilted dark field",
                                  .n_frames = s->n_frames,
                                  .dose = deck_real(s->deck, "%s.dose", s->at),
                                  .seed = (uint64_t)deck_int(s->deck, "seed")};
    TRY_ALL(comm, darkfield_deck_amplitudes(s->deck, s->at, &frame->species, &s->options));
    TRY_ALL(comm, darkfield_create(&s->options, &frame->box, &s->optics));
    darkfield_size(s->optics, &o.ny, &o.nx, &o.dy, &o.dx);
    TRY(filmstrip_create(s->out, &o, &s->film));
    s->time0 = frame->time;
    return err_agree(comm, MEM_NEW(s->image, o.ny * o.nx));
}

static int one_frame(void *state, struct frame *frame) {
    struct state *s = state;
    if (!s->film) TRY(begin(s, frame));
    double time = frame->time - s->time0, shift[2] = {s->drift[0] * time, s->drift[1] * time};
    TRY(darkfield_compute(s->out->comm, s->optics, frame, shift, s->image));
    return filmstrip_add(s->film, frame->time, s->image);
}

static int finish(void *state) {
    struct state *s = state;
    TRY(filmstrip_close(s->film));
    cite_use("zhang2018");
    TRY(results_note_real(s->out, "k", s->options.k));
    TRY(results_note_real(s->out, "aperture", s->options.aperture));
    TRY(results_note_real(s->out, "resolution", 0.61 * s->options.wavelength / s->options.aperture));
    TRY_ALL(s->out->comm, results_scalar(s->out, 0.061 * s->options.wavelength / s->options.aperture, NAN,
                                         "nm", "resolution_nm"));
    return ERR_OK;
}

static void destroy(void *state) {
    struct state *s = state;
    if (!s) return;
    darkfield_destroy(&s->optics);
    filmstrip_destroy(&s->film);
    mem_free(&s->image);
    mem_free(&s);
}

const struct pass_kind series_pass = {.name = "darkfield",
                                      .input = PASS_FRAMES,
                                      .rows = series_pass_rows,
                                      .create = create,
                                      .frame = one_frame,
                                      .finish = finish,
                                      .destroy = destroy};
