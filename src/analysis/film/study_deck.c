/* study_deck - keys of the passes ecm and synthetic that say how a film is measured. */
#include "analysis/film/study.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define BOTH "pass=ecm|synthetic"

const struct deck_row study_rows[] = {
    {.type = DECK_CHOICE,
     .path = "convention",
     .value = "field",
     .choices = KWW_CHOICES,
     .when = BOTH,
     .help = "g2 - 1 = A exp[-c (t/tau)^beta] with c = 2 (field: Zhang 2018; tau is that of the scattered "
             "field) or c = 1 (plain: Voigt 2023). tau(plain) = 2^(-1/beta) tau(field)."},
    {.type = DECK_REAL,
     .path = "lag_share",
     .value = "0.5",
     .bounds = "[0.02, 1]",
     .when = BOTH,
     .help = "Longest lag of g2 over the length of the film."},
    {.type = DECK_INT,
     .path = "lags",
     .value = "50",
     .bounds = "[8, 1000]",
     .when = BOTH,
     .help = "Logarithmic bins of lags that g2 is averaged over before the fit."},
    {.type = DECK_CHOICE,
     .path = "edge",
     .value = "none",
     .choices = "none|wire",
     .when = BOTH,
     .help = "wire: find both edges of a straight wire in the mean image, leave out what lies outside, and "
             "measure tau against depth below the edge."},
    {.type = DECK_REAL,
     .path = "wire_angle",
     .dim = UNIT_ANGLE,
     .bounds = "[-1.5707963267948966 rad, 1.5707963267948966 rad]",
     .when = "pass=ecm|synthetic, edge=wire",
     .help = "Direction of the wire, from the image's y axis towards x. Absent: the one along which the mean "
             "image "
             "varies least."},
    {.type = DECK_REAL,
     .path = "core",
     .dim = UNIT_LENGTH,
     .value = "2 nm",
     .bounds = "[0 nm, inf)",
     .when = BOTH,
     .help = "Medians, width and beta are of pixels deeper than this below an edge."},
    {.type = DECK_INTS,
     .path = "fiducial",
     .bounds = "[0, inf)",
     .choices = "4",
     .when = BOTH,
     .help = "Pixels left out, as [y0, y1, x0, x1] with ends excluded: a crystal, a marker."},
    {.type = DECK_BOOL,
     .path = "halves",
     .value = "true",
     .when = BOTH,
     .help = "Measure both halves of the film too: stationarity, and the correlation length of tau."},
    {.type = DECK_INT,
     .path = "windows",
     .value = "0",
     .bounds = "[0, 100]",
     .when = BOTH,
     .help = "Maps of so many windows that slide over the film."},
    {.type = DECK_REAL,
     .path = "window_share",
     .value = "0.25",
     .bounds = "(0, 1]",
     .when = BOTH,
     .help = "Length of a window over that of the film."},
    {.type = DECK_BOOL,
     .path = "correct",
     .value = "true",
     .when = BOTH,
     .help = "Take the bias of a short film away with synthetic films of the same length. false: corrected "
             "columns are nan."},
    {.type = DECK_INT,
     .path = "correct_pixels",
     .value = "4096",
     .bounds = "[256, 1000000]",
     .when = BOTH,
     .help = "Independent pixels of each of those films."},
    {.type = DECK_INT,
     .path = "correct_steps",
     .value = "6",
     .bounds = "[1, 50]",
     .when = BOTH,
     .help = "At most so many steps towards the film's numbers."},
    {.type = DECK_INT,
     .path = "correct_films",
     .value = "4",
     .bounds = "[0, 1000]",
     .when = BOTH,
     .help = "Then so many films with other random numbers, whose mean bias is the one taken away."},
    {.type = DECK_BOOL,
     .path = "g4",
     .value = "true",
     .when = BOTH,
     .help =
         "Correlate in space as well. A synthetic film is then kept in memory, 2 bytes a pixel and frame."},
    {.type = DECK_REAL,
     .path = "g4_range",
     .dim = UNIT_LENGTH,
     .value = "5 nm",
     .bounds = "(0 nm, inf)",
     .when = BOTH,
     .help = "Largest distance of g4."},
    {.type = DECK_INT,
     .path = "g4_origins",
     .value = "200",
     .bounds = "[1, 1000000]",
     .when = BOTH,
     .help = "Times t averaged over in g4, evenly spread; neighbouring frames say the same twice."},
    {.type = DECK_REAL,
     .path = "memory",
     .dim = UNIT_BYTES,
     .value = "1 GiB",
     .bounds = "[1 MiB, inf)",
     .when = BOTH,
     .help = "What the blocks of a film may take on each rank (a film that is kept comes on top)."},
    {.type = DECK_END}};

int study_read(const struct deck *deck, const char *at, struct study_options *o) {
    *o = (struct study_options){
        .convention = (enum kww_convention)deck_choice(deck, "%s.convention", at),
        .lag_share = deck_real(deck, "%s.lag_share", at),
        .n_lags = (int)deck_int(deck, "%s.lags", at),
        .wire = deck_choice(deck, "%s.edge", at) == 1,
        .wire_angle = deck_has(deck, "%s.wire_angle", at) ? deck_real(deck, "%s.wire_angle", at) : NAN,
        .core = 0.1 * deck_real(deck, "%s.core", at),
        .halves = deck_bool(deck, "%s.halves", at),
        .windows = (int)deck_int(deck, "%s.windows", at),
        .window_share = deck_real(deck, "%s.window_share", at),
        .correct = deck_bool(deck, "%s.correct", at),
        .correct_pixels = deck_int(deck, "%s.correct_pixels", at),
        .correct_steps = (int)deck_int(deck, "%s.correct_steps", at),
        .g4 = deck_bool(deck, "%s.g4", at),
        .g4_range = 0.1 * deck_real(deck, "%s.g4_range", at),
        .correct_films = (int)deck_int(deck, "%s.correct_films", at),
        .origins = (int)deck_int(deck, "%s.g4_origins", at),
        .memory = (int64_t)deck_real(deck, "%s.memory", at),
        .seed = (uint64_t)deck_int(deck, "seed"),
    };
    for (int k = 0; k < 4 && deck_has(deck, "%s.fiducial", at); k++)
        o->fiducial[k] = deck_int_at(deck, k, "%s.fiducial", at);
    return ERR_OK;
}

void study_check(struct deck *deck, const char *at) {
    char path[80];
    snprintf(path, sizeof path, "%s.fiducial", at);
    if (!deck_clean(deck, path) || !deck_has(deck, "%s", path)) return;
    int64_t f[4];
    for (int k = 0; k < 4; k++) f[k] = deck_int_at(deck, k, "%s", path);
    if (f[0] >= f[1] || f[2] >= f[3]) deck_mistake(deck, path, "[y0, y1, x0, x1] needs y0 < y1 and x0 < x1");
}
