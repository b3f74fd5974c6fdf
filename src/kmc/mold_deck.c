/* mold_deck - the section in the deck's order; every number that a glass needs is a key, none is built in. */
#include "kmc/mold_deck.h"
#include "kmc/mold_table.h"
#include "atoms/build.h"
#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define PARAMETERS "eta0|fragility|T0|E_glass|tau_over_eta|delta_Omega|D_I0|Q_I|Q_B"

const struct deck_row mold_deck_rows[] = {
    {DECK_MAP, "mold",
     .help = "Nanomolding: a glass pressed into pores, by collective flow and atom by atom."},
    {DECK_CHOICE, "mold.law", .value = "fastest", .choices = "fastest|both",
     .help =
         "fastest: the mechanism with the longer way wins, as in the paper. both: the two flows add, L^2 = "
         "L_col^2 + L_ind^2."},
    {DECK_REAL, "mold.time", .dim = UNIT_TIME, .value = "36000 s", .bounds = "(0 s, inf)",
     .help = "Reference molding time: glass transitions and d_c that are not of a condition."},
    {DECK_REAL, "mold.atomic_volume", .dim = UNIT_VOLUME, .value = "12.6 A3", .bounds = "(0 A3, 1000 A3)",
     .help = "Omega, volume of an atom."},
    {DECK_REAL, "mold.print_aspect", .value = "0", .bounds = "[0, 100]",
     .help = "Depth over diameter of the print made before pressing: L0 = print_aspect * d; below 0.5 in the "
             "paper."},
    {DECK_REAL, "mold.shear_diameter", .dim = UNIT_LENGTH, .bounds = "(0 nm, inf)",
     .help = "Wider pores whose glass cannot relax within the molding time are marked as shear localisation. "
             "Absent: no such field."},
    {DECK_REALS, "mold.range", .dim = UNIT_TEMPERATURE, .bounds = "(0 K, 1e4 K)", .choices = "2",
     .help = "Temperatures the parameters were fitted to; others bring a warning. Default: those of the "
             "observations."},
    {DECK_REALS, "mold.diameters", .dim = UNIT_LENGTH, .bounds = "(0 nm, 1 mm)", .choices = "1..",
     .help = "Pores for table length. Default: 24 from 10 to 250 nm."},
    {DECK_REALS, "mold.times", .dim = UNIT_TIME, .bounds = "(0 s, inf)", .choices = "1..",
     .value = "[1 s, 10 s, 100 s, 1000 s, 10000 s, 36000 s, 100000 s, 1000000 s]; lj [1]",
     .help = "Molding times for table transitions."},

    {DECK_MAP, "mold.viscosity",
     .help = "eta0 exp[D* T0 / (T - T0)], Arrhenius below the kinetic glass transition. Not needed by "
             "lattice alone."},
    {DECK_REAL, "mold.viscosity.prefactor", .dim = UNIT_VISCOSITY, .value = DECK_REQUIRED,
     .bounds = "(0 Pa s, inf)", .help = "eta0."},
    {DECK_REAL, "mold.viscosity.fragility", .value = DECK_REQUIRED, .bounds = "(0, 1000]", .help = "D*."},
    {DECK_REAL, "mold.viscosity.T0", .dim = UNIT_TEMPERATURE, .value = DECK_REQUIRED,
     .bounds = "(0 K, 5000 K)", .help = "Where the liquid's viscosity would diverge."},
    {DECK_REAL, "mold.viscosity.glass_activation", .dim = UNIT_ENERGY, .value = DECK_REQUIRED,
     .bounds = "[0 eV, 100 eV]", .help = "E_g, of the glass's viscosity."},
    {DECK_MAP, "mold.relaxation",
     .help = "One relaxation time of the bulk; it follows the viscosity. Sets the kinetic glass transition "
             "of any molding time."},
    {DECK_REAL, "mold.relaxation.time", .dim = UNIT_TIME, .value = DECK_REQUIRED, .bounds = "(0 s, inf)",
     .help = "Relaxation time of the liquid ..."},
    {DECK_REAL, "mold.relaxation.temperature", .dim = UNIT_TEMPERATURE, .value = DECK_REQUIRED,
     .bounds = "(0 K, 5000 K)", .help = "... at this temperature."},
    {DECK_MAP, "mold.interface",
     .help = "Diffusion along the wall: a prefactor, or one measured d_c, which fixes the product delta "
             "Omega D_I eta alone."},
    {DECK_REAL, "mold.interface.activation", .dim = UNIT_ENERGY, .value = DECK_REQUIRED,
     .bounds = "(0 eV, 100 eV)", .help = "Q_I."},
    {DECK_REAL, "mold.interface.thickness", .dim = UNIT_LENGTH, .value = "0.25 nm",
     .bounds = "(0 nm, 100 nm)", .help = "delta."},
    {DECK_REAL, "mold.interface.prefactor", .dim = UNIT_DIFFUSIVITY, .bounds = "(0 m2/s, inf)",
     .help = "D_I0 of the collective diffusivity."},
    {DECK_REAL, "mold.interface.dc", .dim = UNIT_LENGTH, .bounds = "(0 nm, 1 mm)",
     .help = "Measured d_c, instead of the prefactor ..."},
    {DECK_REAL, "mold.interface.dc_temperature", .dim = UNIT_TEMPERATURE, .bounds = "(0 K, 5000 K)",
     .help = "... at this temperature ..."},
    {DECK_REAL, "mold.interface.dc_time", .dim = UNIT_TIME, .bounds = "(0 s, inf)",
     .help = "... for this molding time."},
    {DECK_MAP, "mold.bulk",
     .help = "Diffusion in the bulk: Stokes-Einstein above its breakdown, Arrhenius below."},
    {DECK_REAL, "mold.bulk.activation", .dim = UNIT_ENERGY, .value = DECK_REQUIRED,
     .bounds = "(0 eV, 100 eV)",
     .help = "Q_B; it fixes the breakdown, where Stokes-Einstein has this slope."},
    {DECK_REAL, "mold.bulk.radius", .dim = UNIT_LENGTH, .value = "0.13 nm", .bounds = "(0 nm, 10 nm)",
     .help = "R of kT / (c pi R eta)."},
    {DECK_REAL, "mold.bulk.stokes", .value = "6", .bounds = "[1, 10]", .help = "c: 6 stick, 4 slip."},
    {DECK_MAP, "mold.capillary",
     .help = "Adds 4 gamma cos(theta) / d to the pressure. Absent: pressure alone."},
    {DECK_REAL, "mold.capillary.tension", .dim = UNIT_SURFACE_ENERGY, .value = DECK_REQUIRED,
     .bounds = "[0 J/m2, 100 J/m2]", .help = "gamma."},
    {DECK_REAL, "mold.capillary.contact_angle", .dim = UNIT_ANGLE, .value = DECK_REQUIRED,
     .bounds = "[0 deg, 180 deg]", .help = "theta; above 90 deg the mold pushes the glass out."},

    {DECK_MAP, "mold.fit",
     .help = "Fit the glass to observations; the numbers given above are the start, or are held."},
    {DECK_TEXTS, "mold.fit.vary", .choices = "1..", .value = DECK_REQUIRED,
     .help = "Parameters to fit, of " PARAMETERS "."},
    {DECK_LIST, "mold.fit.observations", .value = DECK_REQUIRED,
     .help = "What was measured, each with its error."},
    {DECK_CHOICE, "mold.fit.observations[].kind", .value = DECK_REQUIRED, .choices = MOLD_FIT_KIND_NAMES,
     .help = "bulk_transition, interface_transition: the temperature where the relaxation time is `time`. "
             "breakdown: of Stokes-Einstein. prefactor: eta0."},
    {DECK_REAL, "mold.fit.observations[].diameter", .dim = UNIT_LENGTH, .value = DECK_REQUIRED,
     .bounds = "(0 nm, 1 mm)", .when = "kind=dc", .help = "Measured d_c."},
    {DECK_REAL, "mold.fit.observations[].viscosity", .dim = UNIT_VISCOSITY, .value = DECK_REQUIRED,
     .bounds = "(0 Pa s, inf)", .when = "kind=viscosity|prefactor", .help = "Measured viscosity, or eta0."},
    {DECK_REAL, "mold.fit.observations[].temperature", .dim = UNIT_TEMPERATURE, .value = DECK_REQUIRED,
     .bounds = "(0 K, 5000 K)",
     .when = "kind=dc|viscosity|relaxation_time|bulk_transition|interface_transition|breakdown",
     .help = "Where, or what was measured."},
    {DECK_REAL, "mold.fit.observations[].time", .dim = UNIT_TIME, .value = DECK_REQUIRED,
     .bounds = "(0 s, inf)", .when = "kind=dc|viscosity|relaxation_time|bulk_transition|interface_transition",
     .help = "Molding time; relaxation_time: the measured value."},
    {DECK_REAL, "mold.fit.observations[].energy", .dim = UNIT_ENERGY, .value = DECK_REQUIRED,
     .bounds = "(0 eV, 100 eV)", .when = "kind=interface_activation|bulk_activation|glass_activation",
     .help = "Measured activation energy."},
    {DECK_REAL, "mold.fit.observations[].relative_error", .value = DECK_REQUIRED, .bounds = "(0, 10]",
     .when = "kind=dc|viscosity|relaxation_time|prefactor", .help = "Standard deviation of the logarithm."},
    {DECK_REAL, "mold.fit.observations[].temperature_error", .dim = UNIT_TEMPERATURE, .value = DECK_REQUIRED,
     .bounds = "(0 K, 1000 K)", .when = "kind=bulk_transition|interface_transition|breakdown",
     .help = "Standard deviation, in K."},
    {DECK_REAL, "mold.fit.observations[].energy_error", .dim = UNIT_ENERGY, .value = DECK_REQUIRED,
     .bounds = "(0 eV, 10 eV)", .when = "kind=interface_activation|bulk_activation|glass_activation",
     .help = "Standard deviation."},

    {DECK_LIST, "mold.conditions", .help = "Moldings for tables dc and length."},
    {DECK_REAL, "mold.conditions[].temperature", .dim = UNIT_TEMPERATURE, .value = DECK_REQUIRED,
     .bounds = "(0 K, 5000 K)", .help = "Temperature."},
    {DECK_REAL, "mold.conditions[].pressure", .dim = UNIT_PRESSURE, .value = DECK_REQUIRED,
     .bounds = "(0 GPa, 1000 GPa)", .help = "Pressure."},
    {DECK_REAL, "mold.conditions[].time", .dim = UNIT_TIME, .value = DECK_REQUIRED, .bounds = "(0 s, inf)",
     .help = "Molding time."},

    {DECK_MAP, "mold.map",
     .help = "Deformation-mechanism map (d, T), table map; for one pressure and the reference time."},
    {DECK_REALS, "mold.map.temperatures", .dim = UNIT_TEMPERATURE, .value = DECK_REQUIRED,
     .bounds = "(0 K, 5000 K)", .choices = "2", .help = "From, to."},
    {DECK_REALS, "mold.map.diameters", .dim = UNIT_LENGTH, .value = DECK_REQUIRED, .bounds = "(0 nm, 1 mm)",
     .choices = "2", .help = "From, to; equal ratios."},
    {DECK_REAL, "mold.map.pressure", .dim = UNIT_PRESSURE, .value = DECK_REQUIRED,
     .bounds = "(0 GPa, 1000 GPa)", .help = "Pressure."},
    {DECK_INT, "mold.map.points", .value = "60", .bounds = "[2, 2000]", .help = "Along each axis."},

    {DECK_LIST, "mold.composition",
     .help = "Wires whose composition and crystallisation are followed along their length."},
    {DECK_REAL, "mold.composition[].diameter", .dim = UNIT_LENGTH, .value = DECK_REQUIRED,
     .bounds = "(0 nm, 1 mm)", .help = "Pore."},
    {DECK_REAL, "mold.composition[].temperature", .dim = UNIT_TEMPERATURE, .value = DECK_REQUIRED,
     .bounds = "(0 K, 5000 K)", .help = "Temperature."},
    {DECK_REAL, "mold.composition[].pressure", .dim = UNIT_PRESSURE, .value = DECK_REQUIRED,
     .bounds = "(0 GPa, 1000 GPa)", .help = "Pressure."},
    {DECK_REAL, "mold.composition[].time", .dim = UNIT_TIME, .value = DECK_REQUIRED, .bounds = "(0 s, inf)",
     .help = "Molding time."},
    {DECK_TEXT, "mold.composition[].fast", .value = DECK_REQUIRED,
     .help = "The metal that gathers at the tip; compositions are fast / (fast + slow)."},
    {DECK_TEXT, "mold.composition[].slow", .value = DECK_REQUIRED, .help = "The metal that stays behind."},
    {DECK_REAL, "mold.composition[].tip", .bounds = "(0, 1)",
     .help = "Measured fast / (fast + slow) at the tip: the ratio of mobilities is found that gives it. All "
             "other elements move with the mean of the two."},
    {DECK_TABLE, "mold.composition[].mobility", .bounds = "(0, inf)",
     .help = "Relative mobilities, instead of tip: {Ni: 2, Pd: 1}; elements not named move with the mean of "
             "fast and slow."},
    {DECK_BOOL, "mold.composition[].exchange", .value = "true",
     .help = "Exchange between interface and core along the wire, by bulk diffusion."},
    {DECK_MAP, "mold.crystallisation",
     .help =
         "tau_cry(c, T) = time exp[-(c - fraction) / width] D_B(temperature) / D_B(T), c as in composition."},
    {DECK_REAL, "mold.crystallisation.time", .dim = UNIT_TIME, .value = DECK_REQUIRED, .bounds = "(0 s, inf)",
     .help = "Crystallisation time ..."},
    {DECK_REAL, "mold.crystallisation.temperature", .dim = UNIT_TEMPERATURE, .value = DECK_REQUIRED,
     .bounds = "(0 K, 5000 K)", .help = "... at this temperature ..."},
    {DECK_REAL, "mold.crystallisation.fraction", .value = DECK_REQUIRED, .bounds = "[0, 1]",
     .help = "... and this fast / (fast + slow)."},
    {DECK_REAL, "mold.crystallisation.width", .value = DECK_REQUIRED, .bounds = "(0, 10]",
     .help = "Change of composition that makes it e times faster."},

    {DECK_MAP, "mold.window",
     .help = "Processing window: which (T, p, t) give an amorphous wire of this length. Uses the first wire "
             "of composition."},
    {DECK_REAL, "mold.window.diameter", .dim = UNIT_LENGTH, .value = DECK_REQUIRED, .bounds = "(0 nm, 1 mm)",
     .help = "Pore."},
    {DECK_REAL, "mold.window.length", .dim = UNIT_LENGTH, .value = DECK_REQUIRED, .bounds = "(0 nm, 1 mm)",
     .help = "Wire."},
    {DECK_REALS, "mold.window.temperatures", .dim = UNIT_TEMPERATURE, .value = DECK_REQUIRED,
     .bounds = "(0 K, 5000 K)", .choices = "2", .help = "From, to."},
    {DECK_INT, "mold.window.points", .value = "25", .bounds = "[2, 1000]", .help = "Temperatures."},
    {DECK_REALS, "mold.window.pressures", .dim = UNIT_PRESSURE, .value = DECK_REQUIRED,
     .bounds = "(0 GPa, 1000 GPa)", .choices = "1..", .help = "Pressures."},

    {DECK_MAP, "mold.table",
     .help = "The paper's analysis on a table of lengths: viscosity, interface mobility, d_c, exponents, "
             "master plot; then a fit over temperatures."},
    {DECK_FILE, "mold.table.file", .value = DECK_REQUIRED,
     .help = "TSV with columns diameter, temperature, pressure, time, length, and if known length_error and "
             "start, each with its unit: length_nm."},
    {DECK_REAL, "mold.table.error", .value = "0.1", .bounds = "(0, 10]",
     .help = "Relative error of lengths where the file gives none."},
    {DECK_TEXTS, "mold.table.vary", .choices = "1..",
     .help = "Parameters to fit to the viscosities and mobilities of all conditions. Absent: per condition "
             "only."},

    {DECK_MAP, "mold.lattice", .help = "Kinetic Monte Carlo of atoms in the interface annulus of a pore."},
    {DECK_END}};

static void mistake(struct deck *deck, const char *where, const char *what) {
    deck_mistake(deck, where, "%s", what);
}

/* **Local.** A diameter that no atom passes. */
static void check_pore(struct deck *deck, const char *path, double d, double omega) {
    double atom = cbrt(6 * omega / M_PI);
    if (d < atom)
        deck_mistake(deck, path, "a pore of %.3g nm is narrower than an atom (%.3g nm); give a wider one",
                     d / 10, atom / 10);
}

static int parameter_of(const char *name) {
    for (int p = 0; p < MOLD_FIT_PARAMETERS; p++)
        if (strcmp(name, mold_fit_parameter_name((enum mold_fit_parameter)p)) == 0) return p;
    return -1;
}

static void check_vary(struct deck *deck, const char *path) {
    if (!deck_has(deck, "%s", path)) return;
    for (int k = 0; k < deck_count(deck, "%s", path); k++)
        if (parameter_of(deck_text_at(deck, k, "%s", path)) < 0)
            deck_mistake(deck, path, "'%s' is not a parameter; one of " PARAMETERS,
                         deck_text_at(deck, k, "%s", path));
}

static void check_interface(struct deck *deck) {
    bool dc = deck_has(deck, "mold.interface.dc"), prefactor = deck_has(deck, "mold.interface.prefactor");
    if (dc == prefactor)
        mistake(deck, "mold.interface",
                "give prefactor, or dc with dc_temperature and dc_time: one of the two");
    if (dc && (!deck_has(deck, "mold.interface.dc_temperature") || !deck_has(deck, "mold.interface.dc_time")))
        mistake(deck, "mold.interface.dc", "needs dc_temperature and dc_time");
    if (deck_real(deck, "mold.relaxation.temperature") <= deck_real(deck, "mold.viscosity.T0"))
        mistake(deck, "mold.relaxation.temperature", "must be above viscosity.T0");
}

static void check_wire(struct deck *deck, int k, const struct species *species, double omega) {
    char path[64];
    snprintf(path, sizeof path, "mold.composition[%d].diameter", k);
    check_pore(deck, path, deck_real(deck, "%s", path), omega);
    const char *keys[] = {"fast", "slow"};
    for (int m = 0; m < 2; m++) {
        snprintf(path, sizeof path, "mold.composition[%d].%s", k, keys[m]);
        if (species_find(species, deck_text(deck, "%s", path)) < 0)
            deck_mistake(deck, path, "'%s' is not in the material", deck_text(deck, "%s", path));
    }
    if (strcmp(deck_text(deck, "mold.composition[%d].fast", k),
               deck_text(deck, "mold.composition[%d].slow", k)) == 0)
        mistake(deck, path, "fast and slow are the same element");
    snprintf(path, sizeof path, "mold.composition[%d]", k);
    bool tip = deck_has(deck, "%s.tip", path), mobility = deck_has(deck, "%s.mobility", path);
    if (tip == mobility) mistake(deck, path, "give tip or mobility, one of the two");
    for (int m = 0; mobility && m < deck_count(deck, "%s.mobility", path); m++)
        if (species_find(species, deck_key_at(deck, m, "%s.mobility", path)) < 0)
            deck_mistake(deck, path, "mobility: '%s' is not in the material",
                         deck_key_at(deck, m, "%s.mobility", path));
}

/* **Collective.** A table that cannot be read is a mistake of the deck that names it. */
static void check_table(const struct comm *comm, struct deck *deck, const char *path) {
    struct mold_table table;
    if (mold_table_read(comm, path, false, deck_real(deck, "mold.table.error"), &table)) {
        deck_mistake(deck, "mold.table.file", "%s", err_message());
        err_clear();
    } else mold_table_destroy(&table);
}

int mold_deck_check(const struct comm *comm, struct deck *deck) {
    struct species species = {0};
    bool continuum = deck_has(deck, "mold.viscosity");
    const char *needs[] = {"fit", "conditions", "map", "composition", "window", "table"};
    if (deck_lj(deck))
        mistake(deck, "mold",
                "works in real units: write the Lennard-Jones glass with epsilon in eV and sigma in A, as "
                "inputs/md_mold.yml does, and remove 'units: lj'");
    if (!continuum && !deck_has(deck, "mold.lattice"))
        mistake(deck, "mold",
                "does nothing: give viscosity, relaxation, interface and bulk of the glass, or lattice");
    for (int k = 0; k < 6 && !continuum; k++)
        if (deck_has(deck, "mold.%s", needs[k]))
            deck_mistake(deck, "mold", "%s needs the glass: give viscosity, relaxation, interface and bulk",
                         needs[k]);
    const char *parts[] = {"relaxation", "interface", "bulk"};
    bool whole = continuum;
    for (int k = 0; k < 3 && continuum; k++)
        if (!deck_has(deck, "mold.%s", parts[k])) {
            deck_mistake(deck, "mold", "needs %s beside viscosity", parts[k]);
            whole = false;
        }
    if (!whole) return ERR_OK;
    double omega = deck_real(deck, "mold.atomic_volume");
    check_interface(deck);
    check_vary(deck, "mold.fit.vary");
    check_vary(deck, "mold.table.vary");
    if (deck_has(deck, "mold.diameters"))
        for (int k = 0; k < deck_count(deck, "mold.diameters"); k++)
            check_pore(deck, "mold.diameters", deck_real_at(deck, k, "mold.diameters"), omega);
    if (deck_has(deck, "mold.map"))
        for (int k = 0; k < 2; k++)
            check_pore(deck, "mold.map.diameters", deck_real_at(deck, k, "mold.map.diameters"), omega);
    if (deck_has(deck, "mold.window")) {
        check_pore(deck, "mold.window.diameter", deck_real(deck, "mold.window.diameter"), omega);
        if (deck_count(deck, "mold.composition") == 0 || !deck_has(deck, "mold.crystallisation"))
            mistake(deck, "mold.window",
                    "needs crystallisation, and a wire in composition for the mobilities");
    }
    if (deck_has(deck, "mold.table")) {
        char *found = NULL;
        TRY(deck_file(comm, deck, "mold.table.file", &found));
        if (found) check_table(comm, deck, found);
        mem_free(&found);
    }
    if (deck_count(deck, "mold.composition") == 0) return ERR_OK;
    if (!deck_has(deck, "material.composition")) {
        mistake(deck, "mold.composition",
                "needs the glass's composition: material: {composition: {Ni: 0.45, ...}}");
        return ERR_OK;
    }
    TRY(build_species(comm, deck, &species));
    for (int k = 0; k < deck_count(deck, "mold.composition"); k++) check_wire(deck, k, &species, omega);
    return ERR_OK;
}

static double optional(const struct deck *deck, const char *path, int k, const char *key) {
    return deck_has(deck, "%s[%d].%s", path, k, key) ? deck_real(deck, "%s[%d].%s", path, k, key) : 0;
}

static void read_point(const struct deck *deck, int k, struct mold_fit_point *p) {
    const char *at = "mold.fit.observations";
    p->kind = (enum mold_fit_kind)deck_choice(deck, "%s[%d].kind", at, k);
    p->temperature = optional(deck, at, k, "temperature");
    p->time = optional(deck, at, k, "time");
    const char *value = "temperature", *error = "temperature_error";
    if (p->kind == MOLD_FIT_DC) value = "diameter";
    if (p->kind == MOLD_FIT_VISCOSITY || p->kind == MOLD_FIT_PREFACTOR) value = "viscosity";
    if (p->kind == MOLD_FIT_RELAXATION_TIME) value = "time";
    if (p->kind == MOLD_FIT_INTERFACE_ACTIVATION || p->kind == MOLD_FIT_BULK_ACTIVATION ||
        p->kind == MOLD_FIT_GLASS_ACTIVATION) {
        value = "energy";
        error = "energy_error";
    }
    if (mold_fit_relative(p->kind)) error = "relative_error";
    p->value = optional(deck, at, k, value);
    p->error = optional(deck, at, k, error);
}

static void read_material(const struct deck *deck, struct mold_deck *s) {
    struct mold_material *m = &s->material;
    m->eta0 = deck_real(deck, "mold.viscosity.prefactor");
    m->fragility = deck_real(deck, "mold.viscosity.fragility");
    m->t0 = deck_real(deck, "mold.viscosity.T0");
    m->e_glass = deck_real(deck, "mold.viscosity.glass_activation");
    m->kappa = deck_real(deck, "mold.relaxation.time") /
               mold_material_liquid(m, deck_real(deck, "mold.relaxation.temperature"));
    m->q_interface = deck_real(deck, "mold.interface.activation");
    m->omega = deck_real(deck, "mold.atomic_volume");
    m->delta_omega = deck_real(deck, "mold.interface.thickness") * m->omega;
    m->q_bulk = deck_real(deck, "mold.bulk.activation");
    m->radius = deck_real(deck, "mold.bulk.radius");
    m->stokes = deck_real(deck, "mold.bulk.stokes");
    s->capillary = deck_has(deck, "mold.capillary");
    if (s->capillary) {
        m->tension = deck_real(deck, "mold.capillary.tension");
        m->wetting = cos(deck_real(deck, "mold.capillary.contact_angle"));
    }
    s->anchored = deck_has(deck, "mold.interface.dc");
    if (s->anchored) {
        s->anchor = (struct mold_fit_point){MOLD_FIT_DC, deck_real(deck, "mold.interface.dc_temperature"),
                                            deck_real(deck, "mold.interface.dc_time"),
                                            .value = deck_real(deck, "mold.interface.dc")};
        mold_deck_anchor(s);
    } else m->d_interface0 = deck_real(deck, "mold.interface.prefactor");
}

void mold_deck_anchor(struct mold_deck *s) {
    if (!s->anchored) return;
    s->material.d_interface0 = 1;
    double dc = mold_length_crossover(&s->material, s->anchor.temperature, s->anchor.time);
    s->material.d_interface0 = pow(s->anchor.value / dc, 3);
}

static struct mold_length_press press_at(const struct deck *deck, const char *list, int k) {
    return (struct mold_length_press){.temperature = deck_real(deck, "%s[%d].temperature", list, k),
                                      .pressure = deck_real(deck, "%s[%d].pressure", list, k),
                                      .time = deck_real(deck, "%s[%d].time", list, k),
                                      .capillary = deck_has(deck, "mold.capillary")};
}

static void read_wire(const struct deck *deck, int k, struct mold_deck *s) {
    struct mold_deck_wire *w = &s->wire[k];
    const char *at = "mold.composition";
    w->diameter = deck_real(deck, "%s[%d].diameter", at, k);
    w->press = press_at(deck, at, k);
    w->press.start = s->aspect * w->diameter;
    w->fast = species_find(&s->species, deck_text(deck, "%s[%d].fast", at, k));
    w->slow = species_find(&s->species, deck_text(deck, "%s[%d].slow", at, k));
    w->exchanges = deck_bool(deck, "%s[%d].exchange", at, k);
    w->tip = deck_has(deck, "%s[%d].tip", at, k) ? deck_real(deck, "%s[%d].tip", at, k) : NAN;
    if (!isnan(w->tip)) return;
    for (int m = 0; m < deck_count(deck, "%s[%d].mobility", at, k); m++)
        w->mobility[species_find(&s->species, deck_key_at(deck, m, "%s[%d].mobility", at, k))] =
            deck_real_at(deck, m, "%s[%d].mobility", at, k);
    struct mold_composition_options o = {
        .n_elements = s->species.n, .fraction = s->fraction, .fast = w->fast, .slow = w->slow};
    double rest[SPECIES_MAX];
    for (int m = 0; m < 2; m++) {
        int i = m ? w->slow : w->fast;
        if (w->mobility[i] == 0) w->mobility[i] = 1;
    }
    mold_composition_mobility(&o, w->mobility[w->fast] / w->mobility[w->slow], rest);
    for (int i = 0; i < s->species.n; i++)
        if (w->mobility[i] == 0) w->mobility[i] = rest[i] * w->mobility[w->slow];
}

static int read_lists(const struct deck *deck, struct mold_deck *s) {
    s->fits = deck_has(deck, "mold.fit");
    s->n_points = s->fits ? deck_count(deck, "mold.fit.observations") : 0;
    TRY(MEM_NEW(s->point, s->n_points));
    for (int k = 0; k < s->n_points; k++) {
        read_point(deck, k, &s->point[k]);
        if (s->point[k].kind != MOLD_FIT_DC) continue;
        s->range[0] = fmin(s->range[0], s->point[k].temperature);
        s->range[1] = fmax(s->range[1], s->point[k].temperature);
    }
    for (int k = 0; s->fits && k < deck_count(deck, "mold.fit.vary"); k++)
        s->vary[parameter_of(deck_text_at(deck, k, "mold.fit.vary"))] = true;
    s->n_presses = deck_count(deck, "mold.conditions");
    TRY(MEM_NEW(s->press, s->n_presses));
    for (int k = 0; k < s->n_presses; k++) s->press[k] = press_at(deck, "mold.conditions", k);
    s->n_times = deck_count(deck, "mold.times");
    TRY(MEM_NEW(s->times, s->n_times));
    for (int k = 0; k < s->n_times; k++) s->times[k] = deck_real_at(deck, k, "mold.times");
    bool given = deck_has(deck, "mold.diameters");
    s->n_diameters = given ? deck_count(deck, "mold.diameters") : 24;
    TRY(MEM_NEW(s->diameter, s->n_diameters));
    for (int k = 0; k < s->n_diameters; k++)
        s->diameter[k] = given ? deck_real_at(deck, k, "mold.diameters") : 100 * pow(25, k / 23.0);
    s->n_wires = deck_count(deck, "mold.composition");
    TRY(MEM_NEW(s->wire, s->n_wires));
    for (int k = 0; k < s->n_wires; k++) read_wire(deck, k, s);
    return ERR_OK;
}

static int read_all(const struct deck *deck, struct mold_deck *s) {
    s->law = (enum mold_length_law)deck_choice(deck, "mold.law");
    s->time = deck_real(deck, "mold.time");
    s->aspect = deck_real(deck, "mold.print_aspect");
    s->shear = deck_has(deck, "mold.shear_diameter") ? deck_real(deck, "mold.shear_diameter") : INFINITY;
    for (int k = 0; k < s->species.n; k++) s->fraction[k] = deck_real_at(deck, k, "material.composition");
    read_material(deck, s);
    TRY(read_lists(deck, s));
    if (deck_has(deck, "mold.range"))
        for (int k = 0; k < 2; k++) s->range[k] = deck_real_at(deck, k, "mold.range");
    s->tau0 = INFINITY;
    if (deck_has(deck, "mold.crystallisation")) {
        s->tau0 = deck_real(deck, "mold.crystallisation.time");
        s->tau_temperature = deck_real(deck, "mold.crystallisation.temperature");
        s->c0 = deck_real(deck, "mold.crystallisation.fraction");
        s->width = deck_real(deck, "mold.crystallisation.width");
    }
    return ERR_OK;
}

int mold_deck_read(const struct comm *comm, struct deck *deck, struct mold_deck *s) {
    memset(s, 0, sizeof *s);
    s->range[0] = INFINITY;
    s->range[1] = -INFINITY;
    if (deck_has(deck, "material.composition")) TRY(build_species(comm, deck, &s->species));
    int e = err_agree(comm, read_all(deck, s));
    if (e) mold_deck_destroy(s);
    return e;
}

void mold_deck_destroy(struct mold_deck *s) {
    mem_free(&s->point);
    mem_free(&s->press);
    mem_free(&s->diameter);
    mem_free(&s->times);
    mem_free(&s->wire);
    memset(s, 0, sizeof *s);
}
