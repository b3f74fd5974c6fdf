/* ecm_pass - a film from a file (series_file), drift taken off if asked, then everything of study. */
#include "analysis/film/drift.h"
#include "analysis/film/ecm_pass.h"
#include "analysis/film/series_file.h"
#include "analysis/film/study.h"
#include "base/mem.h"

#include <math.h>
#include <string.h>

const struct deck_row ecm_pass_rows[] = {
    {.type = DECK_REAL,
     .path = "frame_time",
     .dim = UNIT_TIME,
     .bounds = "(0 s, inf)",
     .when = "pass=ecm",
     .help = "From one frame to the next. Absent: what the file's axis says."},
    {.type = DECK_REAL,
     .path = "pixel",
     .dim = UNIT_LENGTH,
     .bounds = "(0 nm, inf)",
     .when = "pass=ecm",
     .help = "Edge of a pixel. Absent: what the file's axes say."},
    {.type = DECK_REAL,
     .path = "temperature",
     .dim = UNIT_TEMPERATURE,
     .when = "pass=ecm",
     .help = "Goes into the table; nothing is computed with it."},
    {.type = DECK_REAL,
     .path = "dose",
     .value = "0",
     .bounds = "[0, inf)",
     .when = "pass=ecm",
     .help =
         "Counts a pixel and frame, for the shot noise of the films that the bias is found with. 0: none."},
    {.type = DECK_CHOICE,
     .path = "drift_correction",
     .value = "none",
     .choices = "none|shift",
     .when = "pass=ecm",
     .help =
         "shift: measure how frames move by cross-correlation, take it off, look at what all frames show. "
         "The film is then in memory."},
    {.type = DECK_INT,
     .path = "drift_every",
     .value = "20",
     .bounds = "[1, 1000000]",
     .when = "pass=ecm, drift_correction=shift",
     .help = "Frames from key to key that are compared; shorter than a tenth of tau."},
    {.type = DECK_END}};

struct state {
    struct results *out;
    struct study *study;
    struct study_options options;
    double frame_time, pixel, temperature;
    int64_t drift_every; /* 0: no correction */
};

static int check(const struct comm *comm, struct deck *deck, const char *at) {
    (void)comm;
    study_check(deck, at);
    return ERR_OK;
}

static int create(const struct pass_setup *setup, void **state) {
    struct state *s = NULL;
    const struct deck *deck = setup->deck;
    const char *at = setup->at;
    TRY(mem_agree(setup->comm, &s, MEM_NEW(s, 1)));
    *state = s;
    s->out = setup->out;
    TRY(study_read(deck, at, &s->options));
    s->options.dose = deck_real(deck, "%s.dose", at);
    s->frame_time = deck_has(deck, "%s.frame_time", at) ? 1e-12 * deck_real(deck, "%s.frame_time", at) : 0;
    s->pixel = deck_has(deck, "%s.pixel", at) ? 0.1 * deck_real(deck, "%s.pixel", at) : 0;
    s->temperature = deck_has(deck, "%s.temperature", at) ? deck_real(deck, "%s.temperature", at) : NAN;
    if (deck_has(deck, "%s.drift_every", at)) s->drift_every = deck_int(deck, "%s.drift_every", at);
    return study_create(s->out, &s->options, &s->study);
}

static int drift_table(struct state *s, const struct series *film, const double (*shift)[2]) {
    struct tsv *tsv = NULL;
    int e = ERR_OK;
    TRY_ALL_TO(s->out->comm, out, tsv_create("time_s:r shift_y_nm:r shift_x_nm:r", &tsv));
    for (int64_t t = 0; t < film->n_t && !e; t++)
        e = tsv_add(tsv, (double)t * film->frame_time, shift[t][0] * film->pixel, shift[t][1] * film->pixel);
    TRY_ALL_TO(s->out->comm, out, e);
    TRY_TO(out, results_table(s->out, "ecm_drift", tsv));
out:
    tsv_destroy(&tsv);
    return e;
}

/* **Collective.** The film without its drift in place of the film. */
static int without_drift(struct state *s, struct series *film, float **image) {
    const struct comm *comm = s->out->comm;
    double(*shift)[2] = NULL;
    int64_t ny, nx;
    struct series still = {0};
    int e = ERR_OK;
    TRY_ALL_TO(comm, out, MEM_NEW(shift, film->n_t));
    TRY_TO(out, drift_measure(comm, film, s->drift_every, shift));
    TRY_TO(out, drift_table(s, film, (const double(*)[2])shift));
    TRY_TO(out, drift_correct(comm, film, (const double(*)[2])shift, s->options.memory, image, &ny, &nx));
    TRY_ALL_TO(comm, out,
               series_create_array(&still, *image, film->n_t, ny, nx, film->frame_time, film->pixel,
                                   s->options.memory / 4));
    series_destroy(film);
    *film = still;
out:
    mem_free(&shift);
    return e;
}

static int file(void *state, const char *path) {
    struct state *s = state;
    struct series series = {0};
    float *image = NULL;
    int e = ERR_OK;
    TRY_TO(out,
           series_file_open(s->out->comm, path, s->frame_time, s->pixel, s->options.memory / 4, &series));
    if (s->drift_every) TRY_TO(out, without_drift(s, &series, &image));
    e = study_film(s->study, &series, "film", s->temperature, NULL);
out:
    series_destroy(&series);
    mem_free(&image);
    return e;
}

static int finish(void *state) {
    struct state *s = state;
    return study_write(s->study);
}

static void destroy(void *state) {
    struct state *s = state;
    if (!s) return;
    study_destroy(&s->study);
    mem_free(&s);
}

const struct pass_kind ecm_pass = {.name = "ecm",
                                   .input = PASS_FILE,
                                   .rows = ecm_pass_rows,
                                   .check = check,
                                   .create = create,
                                   .file = file,
                                   .finish = finish,
                                   .destroy = destroy};
