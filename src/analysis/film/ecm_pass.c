/* ecm_pass - a film from a file (series_file), drift taken off if asked, then everything of study. */
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
    {.type = DECK_END}};

struct state {
    struct results *out;
    struct study *study;
    struct study_options options;
    double frame_time, pixel, temperature;
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
    return study_create(s->out, &s->options, &s->study);
}

static int file(void *state, const char *path) {
    struct state *s = state;
    struct series series = {0};
    int e = ERR_OK;
    TRY_TO(out,
           series_file_open(s->out->comm, path, s->frame_time, s->pixel, s->options.memory / 4, &series));
    e = study_film(s->study, &series, "film", s->temperature, NULL);
out:
    series_destroy(&series);
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
