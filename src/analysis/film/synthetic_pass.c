/* synthetic_pass - lists in the deck become films, one after the other, each measured by study. */
#include "analysis/film/synthetic_pass.h"
#include "analysis/film/series_file.h"
#include "analysis/film/study.h"
#include "analysis/film/synthetic.h"
#include "base/h5.h"
#include "base/log.h"
#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define ME .when = "pass=synthetic"

const struct deck_row synthetic_pass_rows[] = {
    {.type = DECK_TEXTS,
     .path = "films",
     .choices = "1..",
     ME,
     .help = "Names of the films, letters, digits, - and _. Absent: film1, film2, ... Lists below have one "
             "value for all films or one for each."},
    {.type = DECK_REALS,
     .path = "temperatures",
     .dim = UNIT_TEMPERATURE,
     .choices = "1..",
     ME,
     .help = "Go into the table; nothing is computed with them."},
    {.type = DECK_INT,
     .path = "n_frames",
     .value = "4000",
     .bounds = "[32, 10000000]",
     ME,
     .help = "Frames of a film."},
    {.type = DECK_INTS,
     .path = "size",
     .value = "[256, 256]",
     .choices = "2",
     .bounds = "[8, 65536]",
     ME,
     .help = "Pixels along y and x."},
    {.type = DECK_REAL,
     .path = "pixel_size",
     .dim = UNIT_LENGTH,
     .value = "0.25 nm",
     .bounds = "(0 nm, inf)",
     ME,
     .help = "Edge of a pixel."},
    {.type = DECK_REALS,
     .path = "frame_times",
     .dim = UNIT_TIME,
     .value = DECK_REQUIRED,
     .choices = "1..",
     .bounds = "(0 s, inf)",
     ME,
     .help = "From one frame to the next; about tau / 200 (Zhang 2018)."},
    {.type = DECK_REALS,
     .path = "tau",
     .dim = UNIT_TIME,
     .value = DECK_REQUIRED,
     .choices = "1..",
     .bounds = "(0 s, inf)",
     ME,
     .help = "Median relaxation time of the field, f(t) = exp[-(t/tau)^beta]."},
    {.type = DECK_REALS,
     .path = "tau_sigma",
     .value = "[0.6]",
     .choices = "1..",
     .bounds = "[0, 5]",
     ME,
     .help = "Width of the log-normal: standard deviation of ln tau over pixels. 0: one tau everywhere."},
    {.type = DECK_REALS,
     .path = "beta",
     .value = "[0.6]",
     .choices = "1..",
     .bounds = "[0.1, 1]",
     ME,
     .help = "Stretching exponent."},
    {.type = DECK_REALS,
     .path = "xi",
     .dim = UNIT_LENGTH,
     .value = "[1 nm]",
     .choices = "1..",
     .bounds = "[0 nm, inf)",
     ME,
     .help = "ln tau is correlated in space as exp(-r / xi). 0: not at all (the null film)."},
    {.type = DECK_FILE,
     .path = "mobility",
     ME,
     .help =
         "An HDF5 file with a field of mobility, [y, x] as `size`: tau of a pixel is divided by it, nan is "
         "beside the specimen. From kmc.rates (table mobility), a model of layers, a measurement."},
    {.type = DECK_TEXT,
     .path = "mobility_dataset",
     .value = "/mobility",
     ME,
     .help = "The dataset in that file."},
    {.type = DECK_CHOICE,
     .path = "section",
     .value = "film",
     .choices = SYNTHETIC_SECTIONS,
     ME,
     .help =
         "film: no edge. The others are wires along y with a fast layer: slab, on the sides only, so that "
         "every column has one tau; rectangle and round, whose columns also cross the layer at top and "
         "bottom and decay by two times."},
    {.type = DECK_REAL,
     .path = "width",
     .dim = UNIT_LENGTH,
     .value = "42 nm",
     .bounds = "(0 nm, inf)",
     .when = "pass=synthetic, section=slab|rectangle|round",
     .help = "Of the wire."},
    {.type = DECK_REAL,
     .path = "layer",
     .dim = UNIT_LENGTH,
     .value = "1 nm",
     .bounds = "[0 nm, inf)",
     .when = "pass=synthetic, section=slab|rectangle|round",
     .help = "Thickness of the fast layer at the surface."},
    {.type = DECK_REALS,
     .path = "surface_ratio",
     .value = "[1]",
     .choices = "1..",
     .bounds = "(0, inf)",
     .when = "pass=synthetic, section=slab|rectangle|round",
     .help = "tau in the bulk over tau in the layer."},
    {.type = DECK_REAL,
     .path = "outside",
     .value = "0.1",
     .bounds = "[0, 0.7]",
     .when = "pass=synthetic, section=slab|rectangle|round",
     .help = "Intensity beside the wire over that of the wire."},
    {.type = DECK_REAL,
     .path = "speckle",
     .dim = UNIT_LENGTH,
     .value = "0.7 nm",
     .bounds = "[0 nm, inf)",
     ME,
     .help = "Size of a speckle: full width at half height of the autocorrelation of an image. 0.61 "
             "wavelength / aperture gives 0.54 nm for Zhang's 200 kV and 2.83 mrad; the paper says 0.7."},
    {.type = DECK_REAL,
     .path = "background",
     .value = "0",
     .bounds = "[0, 100]",
     ME,
     .help = "Incoherent over coherent intensity: A = 1 / (1 + background)^2."},
    {.type = DECK_REAL,
     .path = "dose",
     .value = "100",
     .bounds = "[0, 4000]",
     ME,
     .help = "Counts a pixel and frame, drawn from Poisson's distribution. 0: no noise."},
    {.type = DECK_REAL,
     .path = "ageing",
     .value = "0",
     .bounds = "[0, 100]",
     ME,
     .help = "tau grows by this share of itself over the film; 0: stationary."},
    {.type = DECK_BOOL,
     .path = "write",
     .value = "false",
     ME,
     .help = "Write the films too, as NAME.LABEL.hspy (several: NAME.LABEL-FILM.hspy)."},
    {.type = DECK_BOOL,
     .path = "measure",
     .value = "true",
     ME,
     .help = "Measure the films as pass ecm does."},
    {.type = DECK_END}};

struct state {
    struct results *out;
    struct study *study;
    struct study_options options;
    const struct deck *deck;
    char at[40];
    int n_films;
    bool write, measure;
    double *mobility; /* [ny * nx]; NULL: none */
};

static const char *const lists[] = {"temperatures", "frame_times", "tau",          "tau_sigma",
                                    "beta",         "xi",          "surface_ratio"};
#define N_LISTS (int)(sizeof lists / sizeof *lists)

static int films_of(const struct deck *deck, const char *at) {
    int most = deck_has(deck, "%s.films", at) ? deck_count(deck, "%s.films", at) : 1;
    for (int k = 0; k < N_LISTS; k++) {
        if (!deck_has(deck, "%s.%s", at, lists[k])) continue;
        int n = deck_count(deck, "%s.%s", at, lists[k]);
        if (n > most) most = n;
    }
    return most;
}

static void check_name(struct deck *deck, const char *path, int k) {
    const char *name = deck_text_at(deck, k, "%s", path);
    if (!*name || name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")])
        deck_mistake(deck, path, "'%s' becomes part of names; use letters, digits, - and _", name);
    for (int m = 0; m < k; m++)
        if (!strcmp(deck_text_at(deck, m, "%s", path), name))
            deck_mistake(deck, path, "two films are called '%s'", name);
}

static int check(const struct comm *comm, struct deck *deck, const char *at) {
    char path[80], *found = NULL;
    study_check(deck, at);
    snprintf(path, sizeof path, "%s.drift", at);
    if (deck_clean(deck, path) && deck_has(deck, "%s", path) && deck_choice(deck, "%s.section", at))
        deck_mistake(deck, path, "only films without edge drift; say section: film");
    snprintf(path, sizeof path, "%s.mobility", at);
    if (deck_has(deck, "%s", path)) TRY(deck_file(comm, deck, path, &found));
    mem_free(&found);
    int n = films_of(deck, at);
    for (int k = 0; k < N_LISTS; k++) {
        snprintf(path, sizeof path, "%s.%s", at, lists[k]);
        if (!deck_has(deck, "%s", path)) continue;
        int m = deck_count(deck, "%s", path);
        if (m != 1 && m != n)
            deck_mistake(deck, path, "%d values for %d films; give one, or one for each film", m, n);
    }
    snprintf(path, sizeof path, "%s.films", at);
    if (!deck_has(deck, "%s", path)) return ERR_OK;
    if (deck_count(deck, "%s", path) != n)
        deck_mistake(deck, path, "%d names for %d films", deck_count(deck, "%s", path), n);
    for (int k = 0; k < deck_count(deck, "%s", path); k++) check_name(deck, path, k);
    return ERR_OK;
}

/* **Local.** Value of film k; `none` where the list is absent. */
static double of_list(const struct state *s, const char *list, int k, double none) {
    if (!deck_has(s->deck, "%s.%s", s->at, list)) return none;
    return deck_real_at(s->deck, deck_count(s->deck, "%s.%s", s->at, list) > 1 ? k : 0, "%s.%s", s->at, list);
}

static double real(const struct state *s, const char *key, double none) {
    return deck_has(s->deck, "%s.%s", s->at, key) ? deck_real(s->deck, "%s.%s", s->at, key) : none;
}

static struct synthetic_spec spec_of(const struct state *s, int k) {
    double drift[2] = {0};
    for (int a = 0; a < 2 && deck_has(s->deck, "%s.drift", s->at); a++) /* A/ps to nm/s */
        drift[a] = 1e11 * deck_real_at(s->deck, a, "%s.drift", s->at);
    return (struct synthetic_spec){
        .drift = {drift[0], drift[1]},
        .n_t = deck_int(s->deck, "%s.n_frames", s->at),
        .ny = deck_int_at(s->deck, 0, "%s.size", s->at),
        .nx = deck_int_at(s->deck, 1, "%s.size", s->at),
        .frame_time = 1e-12 * of_list(s, "frame_times", k, NAN),
        .pixel = 0.1 * real(s, "pixel_size", NAN),
        .tau = 1e-12 * of_list(s, "tau", k, NAN),
        .sigma = of_list(s, "tau_sigma", k, NAN),
        .beta = of_list(s, "beta", k, NAN),
        .xi = 0.1 * of_list(s, "xi", k, NAN),
        .mobility = s->mobility,
        .section = deck_choice(s->deck, "%s.section", s->at),
        .width = 0.1 * real(s, "width", 0),
        .layer = 0.1 * real(s, "layer", 0),
        .ratio = of_list(s, "surface_ratio", k, 1),
        .dark = real(s, "outside", 0),
        .speckle = 0.1 * real(s, "speckle", NAN),
        .background = real(s, "background", 0),
        .dose = real(s, "dose", 0),
        .ageing = real(s, "ageing", 0),
        .seed = s->options.seed + 7919 * (uint64_t)k,
    };
}

/* **Collective.** The field of mobility, of the films' size. */
static int read_mobility(struct state *s) {
    const char *path = deck_found(s->deck, "%s.mobility", s->at);
    const char *name = deck_text(s->deck, "%s.mobility_dataset", s->at);
    int64_t want[2], dims[H5_MAX_DIMS];
    int n = 0, e = ERR_OK;
    struct h5 *h5 = NULL;
    if (!path) return ERR_OK;
    for (int a = 0; a < 2; a++) want[a] = deck_int_at(s->deck, a, "%s.size", s->at);
    TRY_TO(out, h5_open(s->out->comm, path, &h5));
    if (!h5_is_dataset(h5, name))
        TRY_TO(out, err_set(ERR_INPUT, __FILE__, __LINE__, "%s has no dataset %s; give mobility_dataset",
                            path, name));
    TRY_TO(out, h5_shape(h5, name, &n, dims));
    if (n != 2 || dims[0] != want[0] || dims[1] != want[1])
        TRY_TO(out, err_set(ERR_INPUT, __FILE__, __LINE__, "%s of %s is not [y, x] of %lld x %lld pixels",
                            name, path, (long long)want[0], (long long)want[1]));
    TRY_ALL_TO(s->out->comm, out, MEM_NEW(s->mobility, want[0] * want[1]));
    TRY_TO(out, h5_read(h5, name, H5_F64, s->mobility));
out:
    if (h5 && h5_close(&h5, true) && !e) e = ERR_INPUT;
    return e;
}

static int create(const struct pass_setup *setup, void **state) {
    struct state *s = NULL;
    TRY(mem_agree(setup->comm, &s, MEM_NEW(s, 1)));
    *state = s;
    s->out = setup->out;
    s->deck = setup->deck;
    snprintf(s->at, sizeof s->at, "%s", setup->at);
    TRY(study_read(s->deck, s->at, &s->options));
    s->options.dose = real(s, "dose", 0);
    s->n_films = films_of(s->deck, s->at);
    s->write = deck_bool(s->deck, "%s.write", s->at);
    s->measure = deck_bool(s->deck, "%s.measure", s->at);
    TRY(read_mobility(s));
    return study_create(s->out, &s->options, &s->study);
}

/* **Collective.** NAME.LABEL.hspy, which later passes find by `of: LABEL`. */
static int write_film(struct state *s, struct series *series, const char *name) {
    struct results *out = s->out;
    char *path = NULL, *stem = NULL;
    struct series_block block = {0};
    int e = ERR_OK;
    if (!out->front) return ERR_OK;
    TRY_ALL_TO(out->comm, out,
               mem_sprintf(&stem, "%s%s%s", out->front, out->named ? "" : ".", out->named ? "" : out->label));
    TRY_ALL_TO(out->comm, out,
               s->n_films > 1 ? mem_sprintf(&path, "%s-%s.hspy", stem, name)
                              : mem_sprintf(&path, "%s.hspy", stem));
    TRY_ALL_TO(out->comm, out, MEM_NEW(block.i, series_block_pixels(series) * series->n_t));
    for (int64_t b = out->comm->rank; b < series->n_blocks && !e; b += out->comm->size)
        e = series_read(series, b, &block);
    TRY_ALL_TO(out->comm, out, e);
    TRY_TO(out, series_file_write(out->comm, series, path, name));
    log_note("written: %s", path);
out:
    mem_free(&block.i);
    mem_free(&path);
    mem_free(&stem);
    return e;
}

static int one_film(struct state *s, int k) {
    struct synthetic_spec spec = spec_of(s, k);
    struct synthetic *film = NULL;
    struct series series = {0};
    struct study_truth truth = {.beta = spec.beta};
    char number[24];
    int e = ERR_OK;
    snprintf(number, sizeof number, "film%d", k + 1);
    const char *name =
        deck_has(s->deck, "%s.films", s->at) ? deck_text_at(s->deck, k, "%s.films", s->at) : number;
    TRY_ALL_TO(s->out->comm, out, synthetic_create(&spec, s->options.memory / 4, &film));
    truth.log_tau = synthetic_log_tau(film);
    TRY_ALL_TO(s->out->comm, out, synthetic_series(&film, &series));
    if (s->write) {
        TRY_ALL_TO(s->out->comm, out, series_keep(&series, spec.dose > 0 ? 1 : 1e-3));
        TRY_TO(out, write_film(s, &series, name));
    }
    if (s->measure)
        TRY_TO(out, study_film(s->study, &series, name, of_list(s, "temperatures", k, NAN), &truth));
out:
    series_destroy(&series);
    synthetic_destroy(&film);
    return e;
}

static int finish(void *state) {
    struct state *s = state;
    for (int k = 0; k < s->n_films; k++) TRY(one_film(s, k));
    return study_write(s->study);
}

static void destroy(void *state) {
    struct state *s = state;
    if (!s) return;
    study_destroy(&s->study);
    mem_free(&s->mobility);
    mem_free(&s);
}

const struct pass_kind synthetic_pass = {.name = "synthetic",
                                         .input = PASS_NOTHING,
                                         .rows = synthetic_pass_rows,
                                         .check = check,
                                         .create = create,
                                         .finish = finish,
                                         .destroy = destroy};
