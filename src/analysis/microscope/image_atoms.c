/* image_atoms - an incoherent HAADF image or an HRTEM image of a specimen, by the keys of a deck. */
#include "analysis/microscope/image_atoms.h"
#include "base/mem.h"

#include <string.h>

static int incoherent(const struct deck *deck, const char *at, const struct specimen *sp,
                      const struct projection_grid *g, double *image) {
    struct formfactor_electron el = formfactor_electron(deck_real(deck, "%s.energy", at));
    enum formfactor_table table = (enum formfactor_table)deck_choice(deck, "%s.scattering", at);
    double weight[SPECIES_MAX];
    for (int t = 0; t < sp->species.n; t++)
        weight[t] =
            projection_cross_section(&el, table, sp->species.number[t], deck_real(deck, "%s.inner", at),
                                     deck_real(deck, "%s.outer", at));
    return projection_incoherent(sp, g, weight, deck_real(deck, "%s.fwhm", at), image);
}

static int coherent(const struct deck *deck, const char *at, const struct specimen *sp,
                    const struct projection_grid *g, double *image) {
    struct formfactor_electron el = formfactor_electron(deck_real(deck, "%s.energy", at));
    enum formfactor_table table = (enum formfactor_table)deck_choice(deck, "%s.scattering", at);
    struct projection_lens lens = {.lambda = el.lambda,
                                   .defocus = deck_real(deck, "%s.defocus", at),
                                   .cs = deck_real(deck, "%s.cs", at),
                                   .spread = deck_real(deck, "%s.focal_spread", at),
                                   .angle = deck_real(deck, "%s.illumination_angle", at)};
    double b[SPECIES_MAX] = {0}, (*wave)[2] = NULL, slice = 0;
    if (deck_choice(deck, "%s.exit_wave", at) == 0) slice = deck_real(deck, "%s.slice", at);
    if (deck_has(deck, "%s.aperture", at)) lens.aperture = deck_real(deck, "%s.aperture", at);
    for (int k = 0; k < deck_count(deck, "%s.b_factor", at); k++) {
        int t = species_find(&sp->species, deck_key_at(deck, k, "%s.b_factor", at));
        if (t >= 0) b[t] = deck_real_at(deck, k, "%s.b_factor", at);
    }
    TRY(projection_exit(sp, g, &el, table, b, NULL, slice, &wave));
    int e = projection_hrtem(g, &lens, wave, image);
    mem_free(&wave);
    return e;
}

int image_atoms_make(const struct deck *deck, const char *at, const struct specimen *sp,
                     const struct projection_grid *g, double *image) {
    TRY(formfactor_check(&sp->species));
    return !strcmp(deck_text(deck, "%s.image", at), "haadf") ? incoherent(deck, at, sp, g, image)
                                                             : coherent(deck, at, sp, g, image);
}
