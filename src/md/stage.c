/* stage - a stage ends at `temperature` after `duration`, `steps`, or as long as `rate` needs from where it
 * starts. Targets are a function of the step alone, so that a ramp cut by a restart is the same ramp. */
#include "md/stage.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const struct deck_row stage_rows[] = {
    {DECK_TEXT, "name", .value = DECK_REQUIRED,
     .help = "Name of the stage: results and HDF5 groups carry it."},
    {DECK_CHOICE, "ensemble", .choices = "nve|nvt|npt", .help = "Needed unless the stage only builds."},
    {DECK_REAL, "temperature", .dim = UNIT_TEMPERATURE, .bounds = "[0 K, 1e5 K]",
     .help = "Target at the end of the stage. Not for nve."},
    {DECK_REAL, "temperature_start", .dim = UNIT_TEMPERATURE, .bounds = "[0 K, 1e5 K]",
     .help = "Target at its start. Default: where the stage before ended; with neither rate nor a different "
             "start the "
             "temperature is held."},
    {DECK_REAL, "rate", .dim = UNIT_HEATING_RATE, .bounds = "(0 K/s, inf)",
     .help = "Heating or cooling rate; sets the duration."},
    {DECK_REAL, "duration", .dim = UNIT_TIME, .bounds = "(0 ps, inf)", .help = "Length of the stage."},
    {DECK_INT, "steps", .bounds = "[1, 1e15]", .help = "Length in time steps, instead of a duration."},
    {DECK_CHOICE, "thermostat", .value = "nose_hoover", .choices = "nose_hoover|langevin|bussi",
     .when = "ensemble=nvt|npt",
     .help = "Nose-Hoover chain of three; Langevin (BAOAB); stochastic velocity rescaling of Bussi. The last "
             "two draw numbers "
             "keyed by atom id and step, or step."},
    {DECK_REAL, "thermostat_time", .dim = UNIT_TIME, .value = "0.1 ps; lj 0.5", .bounds = "(0 ps, inf)",
     .when = "ensemble=nvt|npt", .help = "Relaxation time of the thermostat (Langevin: 1 / friction)."},
    {DECK_REAL, "pressure", .dim = UNIT_PRESSURE, .value = "0 GPa", .when = "ensemble=npt",
     .help = "Target pressure."},
    {DECK_CHOICE, "axes", .value = "isotropic", .choices = "isotropic|independent|z", .when = "ensemble=npt",
     .help = "How the box breathes: all edges together, each for itself, or along the rod axis only."},
    {DECK_REAL, "barostat_time", .dim = UNIT_TIME, .value = "1 ps; lj 5", .bounds = "(0 ps, inf)",
     .when = "ensemble=npt", .help = "Relaxation time of the barostat."},
    {DECK_MAP, "wall", .when = "ensemble=*",
     .help =
         "A mold with a pore above the atoms, a piston below them, or both. The box must be open along z."},
    {DECK_MAP, "fixed", .when = "ensemble=*", .help = "Atoms that stay where they are."},
    {DECK_MAP, "build", .help = "Change the atoms at the start of the stage: cut a rod, replicate the box."},
    {DECK_END}};

int stage_count(const struct deck *deck) {
    return deck_count(deck, "md.stages");
}

static double end_of(const struct deck *deck, int k, double before) {
    return deck_has(deck, "md.stages[%d].temperature", k) ? deck_real(deck, "md.stages[%d].temperature", k)
                                                          : before;
}

/* Where the stages before k left the target; NAN when none has one. */
static double target_before(const struct deck *deck, int k) {
    double t = NAN;
    for (int m = 0; m < k; m++) t = end_of(deck, m, t);
    return t;
}

static int64_t steps_of(const struct deck *deck, int k, const struct stage *s) {
    double dt = deck_real(deck, "md.time_step");
    if (deck_has(deck, "md.stages[%d].steps", k)) return deck_int(deck, "md.stages[%d].steps", k);
    if (deck_has(deck, "md.stages[%d].duration", k))
        return (int64_t)fmax(1, nearbyint(deck_real(deck, "md.stages[%d].duration", k) / dt));
    if (deck_has(deck, "md.stages[%d].rate", k) && !isnan(s->t_start))
        return (int64_t)fmax(
            1, nearbyint(fabs(s->t_end - s->t_start) / deck_real(deck, "md.stages[%d].rate", k) / dt));
    return 0;
}

struct stage stage_get(const struct deck *deck, int k) {
    struct stage s = {.name = deck_text(deck, "md.stages[%d].name", k), .index = k};
    s.builds = deck_has(deck, "md.stages[%d].build", k);
    s.runs = deck_has(deck, "md.stages[%d].ensemble", k);
    if (!s.runs) return s;
    s.ensemble = (enum stage_ensemble)deck_choice(deck, "md.stages[%d].ensemble", k);
    double before = target_before(deck, k);
    s.t_end = end_of(deck, k, before);
    bool ramps = deck_has(deck, "md.stages[%d].rate", k);
    s.t_start = deck_has(deck, "md.stages[%d].temperature_start", k)
                    ? deck_real(deck, "md.stages[%d].temperature_start", k)
                : ramps ? before
                        : s.t_end;
    s.n_steps = steps_of(deck, k, &s);
    if (s.ensemble == STAGE_NVE) return s;
    s.thermostat = (enum stage_thermostat)deck_choice(deck, "md.stages[%d].thermostat", k);
    s.thermostat_time = deck_real(deck, "md.stages[%d].thermostat_time", k);
    if (s.ensemble != STAGE_NPT) return s;
    s.axes = (enum stage_axes)deck_choice(deck, "md.stages[%d].axes", k);
    s.pressure = deck_real(deck, "md.stages[%d].pressure", k);
    s.barostat_time = deck_real(deck, "md.stages[%d].barostat_time", k);
    return s;
}

static void mistake_at(struct deck *deck, int k, const char *key, const char *what) {
    char path[128];
    snprintf(path, sizeof path, "md.stages[%d]%s%s", k, *key ? "." : "", key);
    deck_mistake(deck, path, "%s", what);
}

static void check_length(struct deck *deck, int k, const struct stage *s) {
    int given = deck_has(deck, "md.stages[%d].steps", k) + deck_has(deck, "md.stages[%d].duration", k) +
                deck_has(deck, "md.stages[%d].rate", k);
    if (given == 0) mistake_at(deck, k, "", "the stage has no length: give duration, steps or rate");
    if (given > 1) mistake_at(deck, k, "", "give one of duration, steps, rate, not several");
    bool rate = deck_has(deck, "md.stages[%d].rate", k);
    if (rate && isnan(s->t_start) && s->ensemble != STAGE_NVE)
        mistake_at(deck, k, "rate",
                   "a ramp needs a start: hold a temperature in a stage before, or give temperature_start");
    if (rate && s->t_start == s->t_end && s->ensemble != STAGE_NVE)
        mistake_at(deck, k, "rate",
                   "the ramp ends at the temperature where it starts; give duration instead to hold it");
}

static void check_one(struct deck *deck, int k) {
    struct stage s = stage_get(deck, k);
    for (int m = 0; m < k; m++)
        if (strcmp(s.name, deck_text(deck, "md.stages[%d].name", m)) == 0)
            mistake_at(deck, k, "name", "another stage has this name already");
    if (strpbrk(s.name, "/ .[]") || !*s.name)
        mistake_at(deck, k, "name", "a name is one word without / . [ ]");
    if (!s.runs && !s.builds) mistake_at(deck, k, "", "the stage does nothing: give an ensemble or a build");
    if (!s.runs) return;
    bool temperature = deck_has(deck, "md.stages[%d].temperature", k);
    if (s.ensemble == STAGE_NVE && temperature)
        mistake_at(deck, k, "temperature", "nve conserves energy and has no temperature to hold; use nvt");
    if (s.ensemble == STAGE_NVE && deck_has(deck, "md.stages[%d].temperature_start", k))
        mistake_at(deck, k, "temperature_start",
                   "nve starts with the velocities it finds; set md.initial_temperature, or hold a "
                   "temperature before");
    if (s.ensemble == STAGE_NVE && deck_has(deck, "md.stages[%d].rate", k))
        mistake_at(deck, k, "rate", "nve has no temperature to ramp; use nvt");
    if (s.ensemble != STAGE_NVE && isnan(s.t_end)) mistake_at(deck, k, "", "needs a temperature");
    if (s.ensemble != STAGE_NVE && s.t_end == 0 && s.thermostat == STAGE_NOSE_HOOVER)
        mistake_at(deck, k, "temperature", "a Nose-Hoover thermostat cannot hold 0 K; use langevin");
    check_length(deck, k, &s);
}

void stage_check(struct deck *deck) {
    for (int k = 0; k < stage_count(deck); k++) check_one(deck, k);
}

double stage_target(const struct stage *s, int64_t done) {
    return s->t_start + (s->t_end - s->t_start) * (double)done / (double)s->n_steps;
}
