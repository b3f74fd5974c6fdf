/* series_pass - one image a frame, counts by a dose, written as they come to NAME.LABEL.hspy for pass ecm. */
#include "analysis/film/darkfield_deck.h"
#include "analysis/film/series_pass.h"
#include "base/cite.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/signal.h"

#include <math.h>
#include <string.h>

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
    struct signal *signal;
    int64_t n_frames, done, ny, nx;
    double time0, last, dt, dose, unit, drift[2], mean;
    uint64_t seed;
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
    s->dose = deck_real(deck, "%s.dose", at);
    s->seed = (uint64_t)deck_int(deck, "seed");
    s->options = darkfield_deck_read(deck, at);
    if (deck_has(deck, "%s.thickness", at)) s->options.thickness = deck_real(deck, "%s.thickness", at);
    for (int a = 0; a < 2 && deck_has(deck, "%s.drift", at); a++)
        s->drift[a] = deck_real_at(deck, a, "%s.drift", at);
    if (s->n_frames < 2) FAIL(ERR_INPUT, "a film has more than one frame; say frames: all");
    if (!s->out->front) FAIL(ERR_INPUT, "a film needs a folder to go to");
    return ERR_OK;
}

static int begin(struct state *s, const struct frame *frame) {
    double dy, dx;
    const struct comm *comm = s->out->comm;
    TRY_ALL(comm, darkfield_deck_amplitudes(s->deck, s->at, &frame->species, &s->options));
    TRY_ALL(comm, darkfield_create(&s->options, &frame->box, &s->optics));
    darkfield_size(s->optics, &s->ny, &s->nx, &dy, &dx);
    if (fabs(dx / dy - 1) > 0.03)
        log_note("darkfield: pixels of %.4g x %.4g A; ecm takes square ones: give it pixel:", dy, dx);
    s->time0 = frame->time;
    return err_agree(comm, MEM_NEW(s->image, s->ny * s->nx));
}

/* **Collective.** The file, once the time between frames is known. */
static int open_film(struct state *s) {
    double dy, dx;
    char *path = NULL;
    darkfield_size(s->optics, &s->ny, &s->nx, &dy, &dx);
    struct signal_shape shape = {.n_dims = 3,
                                 .axis = {{"time", "s", s->n_frames, 1e-12 * s->dt, 0, true},
                                          {"y", "nm", s->ny, 0.1 * dy, 0, false},
                                          {"x", "nm", s->nx, 0.1 * dx, 0, false}},
                                 .signal_type = "",
                                 .title = "tilted dark field",
                                 .quantity = s->dose > 0 ? "counts" : "intensity",
                                 .type = H5_F32};
    TRY_ALL(s->out->comm, mem_sprintf(&path, "%s%s.hspy", s->out->front, s->out->named ? "" : ".darkfield"));
    int e = signal_create(s->out->comm, path, &shape, &s->signal);
    mem_free(&path);
    return e;
}

/* **Local.** Counts of a dose, keyed by (frame, pixel). */
static void expose(struct state *s) {
    double scale = (s->dose > 0 ? s->dose : 1) / s->mean;
    for (int64_t p = 0; p < s->ny * s->nx; p++) {
        double mu = scale * s->image[p];
        s->image[p] =
            (float)(s->dose > 0 ? rng_poisson(s->seed, RNG_NOISE, (uint64_t)p, (uint64_t)s->done, mu) : mu);
    }
}

static int write_frame(struct state *s) {
    expose(s);
    return s->out->comm->rank == 0 ? signal_write(s->signal, s->done, 1, s->image) : ERR_OK;
}

/* The first image waits in memory until the second frame tells the time between them. */
static int one_frame(void *state, struct frame *frame) {
    struct state *s = state;
    const struct comm *comm = s->out->comm;
    if (s->done == 0 && !s->optics) TRY(begin(s, frame));
    double time = frame->time - s->time0;
    if (s->done == 0 && time > 0) {
        s->dt = time;
        TRY(open_film(s));
        TRY_ALL(comm, write_frame(s));
        s->done = 1;
    }
    if (s->dt > 0 && fabs(time - (double)s->done * s->dt) > 1e-3 * s->dt)
        FAIL(ERR_INPUT, "frames are not evenly spaced in time; choose a stage, or first:end:step");
    double shift[2] = {s->drift[0] * time, s->drift[1] * time};
    TRY(darkfield_compute(comm, s->optics, frame, shift, s->image));
    if (s->dt == 0) {
        for (int64_t p = 0; p < s->ny * s->nx; p++) s->mean += s->image[p] / (double)(s->ny * s->nx);
        if (!(s->mean > 0)) FAIL(ERR_INPUT, "the first image is dark: no atoms in the layer?");
        return ERR_OK;
    }
    TRY_ALL(comm, write_frame(s));
    s->done++;
    return ERR_OK;
}

static int finish(void *state) {
    struct state *s = state;
    if (!s->signal) FAIL(ERR_INPUT, "the frames' times do not grow: does the trajectory say them?");
    cite_use("zhang2018");
    TRY(results_note_real(s->out, "k", s->options.k));
    TRY(results_note_real(s->out, "aperture", s->options.aperture));
    TRY(results_note_real(s->out, "resolution", 0.61 * s->options.wavelength / s->options.aperture));
    TRY_ALL(s->out->comm, results_scalar(s->out, 0.061 * s->options.wavelength / s->options.aperture, NAN,
                                         "nm", "resolution_nm"));
    return signal_close(&s->signal, true);
}

static void destroy(void *state) {
    struct state *s = state;
    if (!s) return;
    darkfield_destroy(&s->optics);
    if (s->signal && signal_close(&s->signal, false)) err_clear();
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
