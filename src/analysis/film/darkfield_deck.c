/* darkfield_deck - what a microscope in tilted dark field is set to. */
#include "analysis/film/darkfield_deck.h"

#define BOTH .when = "pass=darkfield|film_dynamics"

const struct deck_row darkfield_deck_rows[] = {
    {.type = DECK_CHOICE,
     .path = "beam",
     .value = "z",
     .choices = "x|y|z",
     BOTH,
     .help = "Axis of the box along which the beam runs. The image's x and y are the next two axes."},
    {.type = DECK_REAL,
     .path = "k",
     .dim = UNIT_WAVENUMBER,
     .value = DECK_REQUIRED,
     .bounds = "(0 1/A, 10 1/A)",
     BOTH,
     .help = "Scattering vector k = 1/d of the tilted beam (pass dynamics takes 2 pi / d)."},
    {.type = DECK_REAL,
     .path = "azimuth",
     .dim = UNIT_ANGLE,
     .value = "0 rad",
     BOTH,
     .help = "Direction of k in the image, from x towards y."},
    {.type = DECK_REAL,
     .path = "aperture",
     .dim = UNIT_ANGLE,
     .value = "2.83 mrad",
     .bounds = "(0 mrad, 100 mrad]",
     BOTH,
     .help = "Half-angle of the objective aperture (Zhang 2018: 2.83 mrad)."},
    {.type = DECK_REAL,
     .path = "voltage",
     .dim = UNIT_VOLTAGE,
     .value = "200 kV",
     .bounds = "[1 kV, 3000 kV]",
     BOTH,
     .help = "Energy of the electrons."},
    {.type = DECK_REAL,
     .path = "pixel",
     .dim = UNIT_LENGTH,
     .value = "0.25 nm",
     .bounds = "(0 nm, inf)",
     BOTH,
     .help = "Pixel, about: the box is divided evenly."},
    {.type = DECK_TABLE,
     .path = "amplitudes",
     .bounds = "[0, inf)",
     BOTH,
     .help = "Scattering amplitudes of the species, relative to each other. Absent: the atomic number, 1 for "
             "models."},
    {.type = DECK_END}};

struct darkfield_options darkfield_deck_read(const struct deck *deck, const char *at) {
    return (struct darkfield_options){.beam = deck_choice(deck, "%s.beam", at),
                                      .k = deck_real(deck, "%s.k", at),
                                      .azimuth = deck_real(deck, "%s.azimuth", at),
                                      .aperture = deck_real(deck, "%s.aperture", at),
                                      .wavelength = darkfield_wavelength(deck_real(deck, "%s.voltage", at)),
                                      .pixel = deck_real(deck, "%s.pixel", at)};
}

int darkfield_deck_amplitudes(const struct deck *deck, const char *at, const struct species *species,
                              struct darkfield_options *o) {
    for (int k = 0; k < species->n; k++) o->amplitude[k] = species->number[k] > 0 ? species->number[k] : 1;
    for (int m = 0; m < deck_count(deck, "%s.amplitudes", at); m++) {
        int k = species_find(species, deck_key_at(deck, m, "%s.amplitudes", at));
        if (k < 0)
            FAIL(ERR_INPUT, "amplitudes: the trajectory has no species '%s'",
                 deck_key_at(deck, m, "%s.amplitudes", at));
        o->amplitude[k] = deck_real_at(deck, m, "%s.amplitudes", at);
    }
    return ERR_OK;
}
