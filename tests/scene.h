/* scene - a small MD run from a deck text, without files: for tests of the engine. */
#ifndef TESTS_SCENE_H
#define TESTS_SCENE_H

#include "atoms/build.h"
#include "base/cite.h"
#include "base/mem.h"
#include "cli/schema.h"
#include "md/integrate.h"
#include "md/velocity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct scene {
    struct deck *deck;
    struct system system;
    struct integrate integrate;
    struct stage stage;
};

static const char *const scene_folder = "/usr/share/lammps/potentials/";

static inline int scene_has_potential(const char *file) {
    char path[200];
    snprintf(path, sizeof path, "%s%s", scene_folder, file);
    return access(path, R_OK) == 0;
}

static inline void scene_close(struct scene *s) {
    system_destroy(&s->system);
    deck_close(&s->deck);
    cite_clear();
}

/* Build the atoms of the deck with velocities at `temperature` and start its stage 0. */
static inline int scene_open(const struct comm *comm, const char *text, double temperature, struct scene *s) {
    struct species species;
    memset(s, 0, sizeof *s);
    TRY(deck_open_text(comm, "scene.yml", text, schema_tables(), NULL, 0, &s->deck));
    TRY(build_species(comm, s->deck, &species));
    TRY(system_create(comm, s->deck, &species, &s->system));
    TRY(deck_verdict(s->deck));
    TRY(build_run(comm, s->deck, "build", &species, &s->system.frame));
    s->stage = stage_get(s->deck, 0);
    double dof = integrate_dof(&s->system.frame, STAGE_NOSE_HOOVER, true);
    TRY(velocity_draw(&s->system, temperature, dof, 0));
    TRY(system_cut(&s->system));
    return integrate_begin(&s->integrate, &s->system, &s->stage, deck_real(s->deck, "md.time_step"));
}

/* Start stage k of the deck on the atoms as they are. */
static inline int scene_stage(struct scene *s, int k) {
    integrate_flush(&s->integrate, &s->system);
    s->stage = stage_get(s->deck, k);
    TRY(velocity_still(&s->system, true));
    TRY(system_cut(&s->system));
    return integrate_begin(&s->integrate, &s->system, &s->stage, deck_real(s->deck, "md.time_step"));
}

static inline double scene_energy(const struct scene *s) {
    const struct integrate_sums *sums = &s->integrate.sums;
    return sums->potential + 0.5 * (sums->kin[0] + sums->kin[1] + sums->kin[2]);
}

#endif
