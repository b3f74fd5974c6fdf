/* movie_deck - from deck units (1/A, A, ps) to those of the room; frames against the schedule. */
#include "kmc/movie_deck.h"

#include <math.h>
#include <string.h>

#define NM 10.0
#define SECOND 1e12

const struct deck_row movie_deck_rows[] = {
    {DECK_MAP, "kmc.microscope",
     .help = "Series as the microscope would film them: the first replica of each row of the table, followed "
             "to the end, as .hspy files with calibrated axes."},
    {DECK_TEXTS, "kmc.microscope.series", .value = "[bright_field, dark_field, diffraction]",
     .choices = "1..",
     .help = "Which: bright_field, dark_field (images), diffraction (patterns of all that is in view)."},
    {DECK_CHOICE, "kmc.microscope.axis", .value = "time", .choices = "time|temperature",
     .help = "What numbers the frames. temperature: the frames must lie in one ramp; the file then says the "
             "temperature of each by itself."},
    {DECK_REAL, "kmc.microscope.begin", .dim = UNIT_TIME, .bounds = "[0 s, 1e12 s]",
     .help = "First frame. Default: the beginning of the experiment; of the longest ramp with axis: "
             "temperature."},
    {DECK_REAL, "kmc.microscope.end", .dim = UNIT_TIME, .bounds = "[0 s, 1e12 s]",
     .help = "Last frame. Default: the end of the schedule; of that ramp."},
    {DECK_REAL, "kmc.microscope.frame", .dim = UNIT_TIME, .bounds = "(0 s, 1e6 s]",
     .help = "Time between frames. Default: kmc.detect.frame."},
    {DECK_REAL, "kmc.microscope.pixel", .dim = UNIT_LENGTH, .bounds = "[0.1 nm, 1000 nm]",
     .help = "Pixel of images. Default: a 64th of the widest diameter, 0.5 nm at least."},
    {DECK_REAL, "kmc.microscope.margin", .dim = UNIT_LENGTH, .value = "5 nm", .bounds = "[0.5 nm, 1e4 nm]",
     .help = "Support beside the specimen on each side: the background region."},
    {DECK_REAL, "kmc.microscope.support", .dim = UNIT_LENGTH, .value = "3 nm", .bounds = "[0 nm, 1000 nm]",
     .help = "The support, as the thickness of glass that would scatter like it."},
    {DECK_REAL, "kmc.microscope.voltage", .dim = UNIT_VOLTAGE, .value = "200 kV",
     .bounds = "[20 kV, 3000 kV]", .help = "Energy of the electrons (Sohn 2015: 200 kV)."},
    {DECK_CHOICE, "kmc.microscope.contrast", .value = "two_beam", .choices = "two_beam|average",
     .help = "two_beam: every grain by its own orientation; average: each crystal as the mean over "
             "orientations, so that contrast grows with the crystalline volume."},
    {DECK_REAL, "kmc.microscope.lattice", .dim = UNIT_LENGTH, .value = "0.39 nm", .bounds = "[0.2 nm, 2 nm]",
     .help = "Edge of the crystal's cubic cell (platinum: 0.392 nm)."},
    {DECK_REAL, "kmc.microscope.extinction", .dim = UNIT_LENGTH, .value = "20 nm",
     .bounds = "[1 nm, 1000 nm]",
     .help = "Extinction distance of {111}; {200} {220} {311} follow in the ratios of platinum."},
    {DECK_REAL, "kmc.microscope.absorption", .dim = UNIT_LENGTH, .value = "50 nm", .bounds = "[1 nm, 1e5 nm]",
     .help = "Mean free path of all other scattering out of the objective aperture, glass or crystal."},
    {DECK_REAL, "kmc.microscope.dark_k", .dim = UNIT_WAVENUMBER, .bounds = "(0 1/A, 5 1/A]",
     .help = "Where the dark-field aperture stands, k = 1/d. Default: at {111}."},
    {DECK_REAL, "kmc.microscope.aperture", .dim = UNIT_WAVENUMBER, .value = "0.05 1/A",
     .bounds = "(0 1/A, 2 1/A]", .help = "Its radius."},
    {DECK_REAL, "kmc.microscope.azimuth", .dim = UNIT_ANGLE, .value = "0 deg",
     .help = "Its direction, from x towards y."},
    {DECK_BOOL, "kmc.microscope.hollow_cone", .value = "false",
     .help = "The dark field takes all directions, not `azimuth` alone."},
    {DECK_REAL, "kmc.microscope.halo", .dim = UNIT_WAVENUMBER, .value = "0.45 1/A",
     .bounds = "(0 1/A, 5 1/A]", .help = "First ring of the glass."},
    {DECK_REAL, "kmc.microscope.halo_width", .dim = UNIT_WAVENUMBER, .value = "0.04 1/A",
     .bounds = "(0 1/A, 1 1/A]", .help = "Its standard deviation."},
    {DECK_REAL, "kmc.microscope.k_max", .dim = UNIT_WAVENUMBER, .value = "1 1/A", .bounds = "(0 1/A, 10 1/A]",
     .help = "Patterns reach from -k_max to k_max."},
    {DECK_INT, "kmc.microscope.pattern", .value = "128", .bounds = "[16, 2048]",
     .help = "Pixels of a pattern's edge."},
    {DECK_REAL, "kmc.microscope.blur", .dim = UNIT_WAVENUMBER, .value = "0.003 1/A",
     .bounds = "[0 1/A, 1 1/A]",
     .help = "Standard deviation of the direct beam. Peaks of grains larger than 5/blur or so no longer grow "
             "as N^2."},
    {DECK_REAL, "kmc.microscope.dose", .value = "0", .bounds = "[0, 1e6]",
     .help = "Counts a pixel of the direct beam in images, Poisson noise. 0: intensities without noise."},
    {DECK_REAL, "kmc.microscope.pattern_dose", .value = "0", .bounds = "[0, 1e10]",
     .help = "Counts of the first pattern. 0: intensities without noise."},
    {DECK_END}};

static double length(const struct deck *deck, const char *key) {
    return deck_real(deck, "kmc.microscope.%s", key) / NM;
}

static double wavenumber(const struct deck *deck, const char *key) {
    return deck_real(deck, "kmc.microscope.%s", key) * NM;
}

static double seconds(const struct deck *deck, const char *key) {
    return deck_has(deck, "kmc.microscope.%s", key) ? deck_real(deck, "kmc.microscope.%s", key) / SECOND
                                                    : NAN;
}

static void read_series(struct deck *deck, struct movie_rules *r) {
    for (int k = 0; k < deck_count(deck, "kmc.microscope.series"); k++) {
        const char *name = deck_text_at(deck, k, "kmc.microscope.series");
        int kind = 0;
        while (kind < MOVIE_KINDS && strcmp(name, movie_kind_names[kind])) kind++;
        if (kind == MOVIE_KINDS)
            deck_mistake(deck, "kmc.microscope.series",
                         "there is no series '%s'; take bright_field, dark_field, diffraction", name);
        else r->wanted[kind] = true;
    }
}

static void read_optics(const struct deck *deck, struct optics_rules *o) {
    *o = (struct optics_rules){.lattice = length(deck, "lattice"),
                               .extinction = length(deck, "extinction"),
                               .absorption = length(deck, "absorption"),
                               .aperture = wavenumber(deck, "aperture"),
                               .halo = wavenumber(deck, "halo"),
                               .halo_width = wavenumber(deck, "halo_width"),
                               .azimuth = deck_real(deck, "kmc.microscope.azimuth")};
    o->dark_k = deck_has(deck, "kmc.microscope.dark_k") ? wavenumber(deck, "dark_k") : sqrt(3) / o->lattice;
    if (deck_bool(deck, "kmc.microscope.hollow_cone")) o->azimuth = NAN;
}

/* The longest stretch in which the temperature rises. */
static const struct schedule_segment *longest_ramp(const struct schedule *s) {
    const struct schedule_segment *best = NULL;
    for (int k = 0; k < s->n; k++) {
        const struct schedule_segment *g = &s->segment[k];
        if (g->mould || g->rate <= 0) continue;
        if (!best || g->t1 - g->t0 > best->t1 - best->t0) best = g;
    }
    return best;
}

const char *movie_deck_frames(const struct movie_rules *r, const struct schedule *s, int64_t *n,
                              double *first) {
    double begin = r->begin, end = r->end;
    const struct schedule_segment *ramp = r->by_temperature ? longest_ramp(s) : NULL;
    if (r->by_temperature && !ramp) return "no ramp upward to take temperatures from; take axis: time";
    if (isnan(begin)) begin = ramp ? ramp->t0 : s->start;
    if (isnan(end)) end = ramp ? ramp->t1 : schedule_end(s);
    if (!isfinite(end)) return "the schedule has no end; give `end`";
    if (!(end > begin)) return "`end` must be after `begin`";
    double slack = 1e-9 * (end - begin);
    if (ramp && (begin < ramp->t0 - slack || end > ramp->t1 + slack))
        return "frames with axis: temperature must lie in the longest ramp; shorten them, or take axis: time";
    if ((end - begin) / r->frame > 1e6) return "more than a million frames; take a longer `frame`";
    *first = begin;
    *n = (int64_t)floor((end - begin + slack) / r->frame) + 1;
    return *n > 1 ? NULL : "one frame only; take a shorter `frame`";
}

bool movie_deck_read(struct deck *deck, int n_schedules, struct schedule *const *schedules,
                     struct movie_rules *r) {
    memset(r, 0, sizeof *r);
    if (!deck_has(deck, "kmc.microscope")) return false;
    read_series(deck, r);
    read_optics(deck, &r->optics);
    r->beam_eV = deck_real(deck, "kmc.microscope.voltage");
    r->optics.wavelength = optics_wavelength(r->beam_eV);
    r->by_temperature = deck_choice(deck, "kmc.microscope.axis") == 1;
    r->two_beam = deck_choice(deck, "kmc.microscope.contrast") == 0;
    r->begin = seconds(deck, "begin");
    r->end = seconds(deck, "end");
    r->frame = deck_has(deck, "kmc.microscope.frame") ? seconds(deck, "frame")
                                                      : deck_real(deck, "kmc.detect.frame") / SECOND;
    r->pixel = deck_has(deck, "kmc.microscope.pixel") ? length(deck, "pixel") : 0;
    r->margin = length(deck, "margin");
    r->support = length(deck, "support");
    r->dose = deck_real(deck, "kmc.microscope.dose");
    r->pattern_dose = deck_real(deck, "kmc.microscope.pattern_dose");
    r->pattern = deck_int(deck, "kmc.microscope.pattern");
    r->k_max = wavenumber(deck, "k_max");
    r->blur = wavenumber(deck, "blur");
    if (r->support <= 0 && r->wanted[MOVIE_DARK])
        deck_mistake(deck, "kmc.microscope.support",
                     "without a support the background of dark_field is zero, and (I_s - I_b)/I_b infinite");
    for (int k = 0; k < n_schedules; k++) {
        int64_t n;
        double first;
        const char *why = schedules[k] ? movie_deck_frames(r, schedules[k], &n, &first) : NULL;
        if (why) deck_mistake(deck, "kmc.microscope", "schedule '%s': %s", schedules[k]->name, why);
    }
    return true;
}
