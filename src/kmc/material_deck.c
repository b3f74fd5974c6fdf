/* material_deck - the deck section of a material: rows, reading, and what is wrong with it before anything
 * runs.
 *
 * Defaults of the rows are material_default's numbers; a test compares the two. */
#include "base/mem.h"
#include "base/unit.h"
#include "kmc/material.h"
#include "base/table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define GRID 240 /* temperatures at which rates are tried */
#define KINDS "none|arrhenius|theory|table"

#define NUCLEATION(NAME, KIND, WHAT, DIM, PER, RATE, ENERGY, SITE, SITE_DIM, SITE_VALUE, MOBILITY)         \
    {DECK_MAP, NAME, .value = "{}", .help = WHAT},                                                         \
        {DECK_CHOICE, NAME ".kind", .value = KIND, .choices = KINDS,                                       \
         .help =                                                                                           \
             "arrhenius: a given rate; theory: sites x attempts x exp(-potency W*/kT); table: T_C or T_K " \
             "and rate_" PER " from a file."},                                                             \
        {DECK_REAL,                                                                                        \
         NAME ".rate",                                                                                     \
         .dim = DIM,                                                                                       \
         .value = RATE,                                                                                    \
         .bounds = "(0 " PER_UNIT_##DIM ", inf)",                                                          \
         .when = "kind=arrhenius",                                                                         \
         .help = "Nuclei per time at the temperature `at`, in the bulk of an "                             \
                 "unconfined sample."},                                                                    \
        {DECK_REAL,                                                                                        \
         NAME ".at",                                                                                       \
         .dim = UNIT_TEMPERATURE,                                                                          \
         .value = "240 C",                                                                                 \
         .bounds = "(0 K, inf)",                                                                           \
         .when = "kind=arrhenius",                                                                         \
         .help = "Temperature of that rate."},                                                             \
        {DECK_REAL,                                                                                        \
         NAME ".energy",                                                                                   \
         .dim = UNIT_ENERGY,                                                                               \
         .value = ENERGY,                                                                                  \
         .bounds = "[0 eV, 20 eV]",                                                                        \
         .when = "kind=arrhenius",                                                                         \
         .help = "Apparent activation energy of the rate."},                                               \
        {DECK_REAL,                                                                                        \
         NAME "." SITE,                                                                                    \
         .dim = SITE_DIM,                                                                                  \
         .value = SITE_VALUE,                                                                              \
         .bounds = "(0 " SITE_UNIT_##SITE_DIM ", inf)",                                                    \
         .when = "kind=theory",                                                                            \
         .help = "Room of one site where nucleation is attempted."},                                       \
        {DECK_CHOICE,                                                                                      \
         NAME ".mobility",                                                                                 \
         .value = MOBILITY,                                                                                \
         .choices = "bulk|layer",                                                                          \
         .when = "kind=theory",                                                                            \
         .help = "Attempts at the bulk's frequency or at that of the near-surface layer."},                \
        {DECK_REAL,                                                                                        \
         NAME ".potency",                                                                                  \
         .value = "1",                                                                                     \
         .bounds = "[0, 1]",                                                                               \
         .when = "kind!=none",                                                                             \
         .help = "Catalytic factor f of the barrier: 1 is homogeneous."},                                  \
        {DECK_REAL,                                                                                        \
         NAME ".contact_angle",                                                                            \
         .dim = UNIT_ANGLE,                                                                                \
         .bounds = "[0 deg, 180 deg]",                                                                     \
         .when = "kind!=none",                                                                             \
         .help = "In place of potency: f = (2 + cos)(1 - cos)^2 / 4."},                                    \
    {                                                                                                      \
        DECK_FILE, NAME ".file", .when = "kind=table", .help = "TSV file of the table."                    \
    }
#define PER_UNIT_UNIT_SURFACE_RATE "1/nm2/s"
#define PER_UNIT_UNIT_VOLUME_RATE "1/nm3/s"
#define SITE_UNIT_UNIT_AREA "nm2"
#define SITE_UNIT_UNIT_VOLUME "nm3"

#define GROWTH(NAME, WHAT, VELOCITY, AT, ENERGY, THEORY)                                \
    {DECK_MAP, NAME, .value = "{}", .help = WHAT},                                      \
        {DECK_CHOICE, NAME ".kind", .value = "arrhenius", .choices = KINDS,             \
         .help = "arrhenius: a given velocity; theory: " THEORY                         \
                 "; table: T_C or T_K and u_nm_per_s from a file."},                    \
        {DECK_REAL,                                                                     \
         NAME ".velocity",                                                              \
         .dim = UNIT_VELOCITY,                                                          \
         .value = VELOCITY,                                                             \
         .bounds = "(0 nm/s, inf)",                                                     \
         .when = "kind=arrhenius",                                                      \
         .help = "Velocity at the temperature `at`, before the diffusion limit."},      \
        {DECK_REAL,                                                                     \
         NAME ".at",                                                                    \
         .dim = UNIT_TEMPERATURE,                                                       \
         .value = AT,                                                                   \
         .bounds = "(0 K, inf)",                                                        \
         .when = "kind=arrhenius",                                                      \
         .help = "Temperature of that velocity."},                                      \
        {DECK_REAL,                                                                     \
         NAME ".energy",                                                                \
         .dim = UNIT_ENERGY,                                                            \
         .value = ENERGY,                                                               \
         .bounds = "[0 eV, 20 eV]",                                                     \
         .when = "kind=arrhenius",                                                      \
         .help = "Activation energy of the velocity."},                                 \
        {DECK_REAL,                                                                     \
         NAME ".factor",                                                                \
         .value = "1",                                                                  \
         .bounds = "(0, inf)",                                                          \
         .when = "kind=theory",                                                         \
         .help = "Multiplies the theory."},                                             \
    {                                                                                   \
        DECK_FILE, NAME ".file", .when = "kind=table", .help = "TSV file of the table." \
    }

#define LIQUID(NAME, WHAT, KIND, CHOICES, DIM, VALUE, BOUND, COLUMN)                                         \
    {DECK_MAP, NAME, .value = "{}", .help = WHAT},                                                           \
        {DECK_CHOICE, NAME ".kind", .value = KIND, .choices = CHOICES,                                       \
         .help =                                                                                             \
             "vft: value exp[strength zero / (T - zero)]; arrhenius: value at the temperature `at`; table: " \
             "T_C or T_K and " COLUMN " from a file, for instance from molecular dynamics."},                \
        {DECK_REAL,                                                                                          \
         NAME ".value",                                                                                      \
         .dim = DIM,                                                                                         \
         .value = VALUE,                                                                                     \
         .bounds = BOUND,                                                                                    \
         .when = "kind=vft|arrhenius",                                                                       \
         .help = "Prefactor (vft) or value at the temperature `at` (arrhenius)."},                           \
        {DECK_REAL,          NAME ".strength", .value = "16.4", .bounds = "(0, inf)",                        \
         .when = "kind=vft", .help = "D*."},                                                                 \
        {DECK_REAL,                                                                                          \
         NAME ".zero",                                                                                       \
         .dim = UNIT_TEMPERATURE,                                                                            \
         .value = "336 K",                                                                                   \
         .bounds = "[0 K, inf)",                                                                             \
         .when = "kind=vft",                                                                                 \
         .help = "T0, where it diverges."},                                                                  \
        {DECK_REAL,                                                                                          \
         NAME ".at",                                                                                         \
         .dim = UNIT_TEMPERATURE,                                                                            \
         .value = "507 K",                                                                                   \
         .bounds = "(0 K, inf)",                                                                             \
         .when = "kind=arrhenius",                                                                           \
         .help = "Temperature of that value."},                                                              \
        {DECK_REAL,                                                                                          \
         NAME ".energy",                                                                                     \
         .dim = UNIT_ENERGY,                                                                                 \
         .value = "3.7 eV",                                                                                  \
         .bounds = "[0 eV, 20 eV]",                                                                          \
         .when = "kind=arrhenius",                                                                           \
         .help = "Activation energy."},                                                                      \
    {                                                                                                        \
        DECK_FILE, NAME ".file", .when = "kind=table", .help = "TSV file of the table."                      \
    }

const struct deck_row material_rows[] = {
    {DECK_REAL, "melting", .dim = UNIT_TEMPERATURE, .value = "795 K", .bounds = "(0 K, 1e5 K)",
     .help = "Melting point of the bulk: nothing nucleates or grows above it."},
    {DECK_REAL, "fusion_heat", .dim = UNIT_ENERGY, .value = "11.4 kJ/mol", .bounds = "(0 eV, 10 eV)",
     .help = "Heat of fusion per atom (mole of atoms)."},
    {DECK_REAL, "atomic_volume", .dim = UNIT_VOLUME, .value = "14.4 A3", .bounds = "(0 A3, 1000 A3)",
     .help = "Volume per atom."},
    {DECK_REAL, "jump", .dim = UNIT_LENGTH, .value = "2.43 A", .bounds = "(0 A, 100 A)",
     .help = "Jump distance a of nu = kT / (3 pi a^3 eta) and of the theory of growth."},
    {DECK_REAL, "surface_tension", .dim = UNIT_SURFACE_ENERGY, .value = "1 J/m2", .bounds = "(0 J/m2, inf)",
     .help = "Of the liquid: for the time after which a rod balls up, 6 eta R / gamma."},
    {DECK_MAP, "driving_force", .value = "{}", .help = "Free energy gained on crystallising."},
    {DECK_CHOICE, "driving_force.kind", .value = "thompson_spaepen",
     .choices = "turnbull|thompson_spaepen|hoffman|table",
     .help = "turnbull: dh (Tm - T)/Tm; thompson_spaepen: times 2T/(Tm + T); hoffman: times T/Tm; table: T_C "
             "or T_K and dg_kJ_per_mol from a file."},
    {DECK_FILE, "driving_force.file", .when = "kind=table", .help = "TSV file of the table."},
    {DECK_REAL, "interface_energy", .dim = UNIT_SURFACE_ENERGY, .value = "0.08 J/m2",
     .bounds = "(0 J/m2, inf)", .help = "sigma between crystal and glass, of the classical barrier."},
    {DECK_MAP, "barrier", .value = "{}", .help = "Work of a critical nucleus."},
    {DECK_CHOICE, "barrier.kind", .value = "classical", .choices = "classical|diffuse",
     .help = "classical: 16 pi sigma^3 / (3 dg^2); diffuse: the diffuse-interface theory of Granasy."},
    {DECK_REAL, "barrier.width", .dim = UNIT_LENGTH, .value = "0.3 nm", .bounds = "(0 nm, 10 nm)",
     .when = "kind=diffuse", .help = "Width of the interface."},
    LIQUID("viscosity", "Viscosity of the liquid: attempts, and the time after which a rod balls up.", "vft",
           "vft|arrhenius|table", UNIT_VISCOSITY, "4.6e-5 Pa s", "(0 Pa s, inf)", "eta_Pa_s"),
    LIQUID("relaxation", "Relaxation time: when given, attempts follow 1/tau and not the viscosity.", "none",
           "none|vft|arrhenius|table", UNIT_TIME, "1e-13 s", "(0 s, inf)", "tau_s"),
    {DECK_MAP, "layer", .value = "{}",
     .help = "The mobile near-surface layer: nucleation and lateral growth in it."},
    {DECK_REAL, "layer.thickness", .dim = UNIT_LENGTH, .value = "1 nm", .bounds = "[0 nm, 100 nm]",
     .help = "Its thickness; 0: there is none, grains grow inward from the surface at the bulk's mobility."},
    {DECK_REAL, "layer.ratio", .value = "20", .bounds = "(0, inf)",
     .help = "How much faster attempts are there than in the bulk, at the temperature `at`."},
    {DECK_REAL, "layer.at", .dim = UNIT_TEMPERATURE, .value = "507 K", .bounds = "(0 K, inf)",
     .help = "Temperature of that ratio."},
    {DECK_REAL, "layer.energy", .dim = UNIT_ENERGY, .value = "1.7 eV", .bounds = "[0 eV, 20 eV]",
     .help = "Activation energy of its attempts."},
    {DECK_BOOL, "layer.follows_bulk", .value = "false",
     .help = "The ratio is the same at all temperatures; `energy` is then not used."},
    {DECK_BOOL, "layer.nucleates", .value = "true",
     .help = "Nuclei of `bulk` also form inside the layer: theory at its attempts (never slower than the "
             "bulk's), a given law as it is. false: only in the core."},
    NUCLEATION("surface", "arrhenius", "Nucleation on the free surface.", UNIT_SURFACE_RATE, "1_per_nm2_s",
               "1e-4 1/nm2/s", "2.0 eV", "site_area", UNIT_AREA, "5.92 A2", "layer"),
    {DECK_CHOICE, "surface.sites", .value = "continuous", .choices = "continuous|finite",
     .when = "kind!=none",
     .help = "continuous: anywhere, any number of times; finite: on sites that are used up."},
    {DECK_REAL, "surface.area_per_site", .dim = UNIT_AREA, .value = "1000 nm2", .bounds = "(0 nm2, inf)",
     .when = "sites=finite", .help = "Mean area that has one site; the rate is shared by the sites."},
    {DECK_REAL, "surface.spread", .value = "0", .bounds = "[0, 1]", .when = "sites=finite",
     .help = "Standard deviation of the potency over the sites (normal, cut at 0)."},
    NUCLEATION("bulk", "none", "Nucleation in the volume.", UNIT_VOLUME_RATE, "1_per_nm3_s", "1e-10 1/nm3/s",
               "3.7 eV", "site_volume", UNIT_VOLUME, "14.4 A3", "bulk"),
    NUCLEATION("interface", "none", "Nucleation at internal (glass-glass) interfaces.", UNIT_SURFACE_RATE,
               "1_per_nm2_s", "1e-4 1/nm2/s", "2.0 eV", "site_area", UNIT_AREA, "5.92 A2", "bulk"),
    GROWTH("lateral", "Growth along the surface, inside the near-surface layer.", "2 nm/s", "240 C", "1.7 eV",
           "factor a nu_layer [1 - exp(-dmu/kT)]"),
    GROWTH("inward", "Growth at the bulk's mobility: inward from the layer, and in the bulk.", "0.3 nm/s",
           "285 C", "3.7 eV", "factor a nu [1 - exp(-dmu/kT)]"),
    {DECK_MAP, "limit", .value = "{}",
     .help = "Diffusion limit in series with both velocities: 1/u = 1/u_i + 1/u_D."},
    {DECK_CHOICE, "limit.kind", .value = "arrhenius", .choices = "none|arrhenius|table",
     .help = "none: no limit; table: T_C or T_K and u_nm_per_s from a file."},
    {DECK_REAL, "limit.velocity", .dim = UNIT_VELOCITY, .value = "154 nm/s", .bounds = "(0 nm/s, inf)",
     .when = "kind=arrhenius", .help = "u_D at the temperature `at`."},
    {DECK_REAL, "limit.at", .dim = UNIT_TEMPERATURE, .value = "357 C", .bounds = "(0 K, inf)",
     .when = "kind=arrhenius", .help = "Temperature of that velocity."},
    {DECK_REAL, "limit.energy", .dim = UNIT_ENERGY, .value = "0.467 eV", .bounds = "[0 eV, 20 eV]",
     .when = "kind=arrhenius", .help = "Its activation energy."},
    {DECK_FILE, "limit.file", .when = "kind=table", .help = "TSV file of the table."},
    {DECK_MAP, "confinement", .value = "{}", .help = "Factor M(d) of a thin rod on every mobility."},
    {DECK_CHOICE, "confinement.kind", .value = "exponential", .choices = "none|exponential|table",
     .help =
         "exponential: exp[-(length / d)^power]; table: d_nm and M from a file (constant above its last)."},
    {DECK_REAL, "confinement.length", .dim = UNIT_LENGTH, .value = "11.6 nm", .bounds = "[0 nm, inf)",
     .when = "kind=exponential", .help = "d0: thinner rods slow down."},
    {DECK_REAL, "confinement.power", .value = "3", .bounds = "(0, 20]", .when = "kind=exponential",
     .help = "p."},
    {DECK_FILE, "confinement.file", .when = "kind=table", .help = "TSV file of the table."},
    {DECK_MAP, "gibbs_thomson", .value = "{}", .help = "Lower melting point of thin rods."},
    {DECK_CHOICE, "gibbs_thomson.kind", .value = "none", .choices = "none|cylinder",
     .help =
         "cylinder: Tm(d) = Tm [1 - 2 energy Omega / (dh d)]; given rates change by what theory says of the "
         "smaller driving force."},
    {DECK_REAL, "gibbs_thomson.energy", .dim = UNIT_SURFACE_ENERGY, .value = "0.11 J/m2",
     .bounds = "[0 J/m2, inf)", .help = "Interfacial energy between crystal and liquid."},
    {DECK_LIST, "provenance", .help = "Where numbers of this section are from; printed with the results."},
    {DECK_TEXT, "provenance[].key", .value = DECK_REQUIRED, .help = "surface.rate, lateral.energy, ..."},
    {DECK_CHOICE, "provenance[].kind", .value = DECK_REQUIRED,
     .choices = "measured|literature|fitted|estimate|choice",
     .help = "What sort of number it is. What is fitted is never presented as predicted."},
    {DECK_TEXT, "provenance[].from", .value = DECK_REQUIRED,
     .help = "The source, or the points it was fitted to."},
    {DECK_END}};

/* --- reading */
struct reader {
    const struct comm *comm;
    struct deck *deck;
    const char *at;
};

static bool has(const struct reader *r, const char *section, const char *key) {
    return deck_has(r->deck, "%s.%s.%s", r->at, section, key);
}

/* Value divided by what one unit of this room is in the deck's units; `other` when absent. */
static double real(const struct reader *r, const char *section, const char *key, double unit, double other) {
    return has(r, section, key) ? deck_real(r->deck, "%s.%s.%s", r->at, section, key) / unit : other;
}

static int choice(const struct reader *r, const char *section) {
    return deck_choice(r->deck, "%s.%s.kind", r->at, section);
}

static int points_of(const struct table *t, const char *x_name, const char *y_name, double y_unit,
                     bool logarithmic, struct curve *curve) {
    int cx = table_column(t, x_name), cy = table_column(t, y_name), n = t->n_rows, e = ERR_OK;
    double shift = 0, *x = NULL, *y = NULL;
    if (cx < 0 && strcmp(x_name, "T_K") == 0) cx = table_column(t, "T_C"), shift = 273.15;
    if (cx < 0 || cy < 0)
        FAIL(ERR_INPUT, "%s needs the columns %s%s and %s", t->file, x_name, shift ? " (or T_C)" : "",
             y_name);
    TRY_TO(out, MEM_NEW(x, n));
    TRY_TO(out, MEM_NEW(y, n));
    for (int i = 0; i < n; i++) x[i] = table_number(t, i, cx) + shift, y[i] = table_number(t, i, cy) / y_unit;
    e = curve_set_points(curve, n, x, y, logarithmic);
    if (e == ERR_INPUT) err_context(e, "%s", t->file);
out:
    mem_free(&x);
    mem_free(&y);
    return e;
}

static int from_file(const struct reader *r, const char *section, const char *x, const char *y, double y_unit,
                     bool logarithmic, struct curve *curve) {
    char key[200], *path = NULL;
    struct table *t = NULL;
    snprintf(key, sizeof key, "%s.%s.file", r->at, section);
    if (!has(r, section, "file")) {
        deck_mistake(r->deck, key, "kind: table needs a `file`");
        return ERR_OK;
    }
    TRY(deck_file(r->comm, r->deck, key, &path));
    if (!path) return ERR_OK;
    int e = table_read(r->comm, path, &t);
    if (!e) e = err_agree(r->comm, points_of(t, x, y, y_unit, logarithmic, curve));
    if (e == ERR_INPUT) {
        deck_mistake(r->deck, key, "%s", err_message());
        err_clear();
        e = ERR_OK;
    }
    table_destroy(&t);
    mem_free(&path);
    return e;
}

static double potency(const struct reader *r, const char *section) {
    if (has(r, section, "contact_angle")) return material_potency(real(r, section, "contact_angle", 1, 0));
    return real(r, section, "potency", 1, 1);
}

static int read_nucleation(const struct reader *r, const char *section, bool bulk,
                           struct material_nucleation *n) {
    double unit = bulk ? 1e-15 : 1e-14;
    n->kind = (enum material_rate)choice(r, section);
    n->potency = potency(r, section);
    if (n->kind == MATERIAL_GIVEN)
        n->given =
            (struct curve){CURVE_ARRHENIUS, .value = real(r, section, "rate", unit, 0),
                           .at = real(r, section, "at", 1, 0), .energy = real(r, section, "energy", 1, 0)};
    if (n->kind == MATERIAL_THEORY) {
        n->sites =
            bulk ? 1 / real(r, section, "site_volume", 1000, 1) : 1 / real(r, section, "site_area", 100, 1);
        n->in_layer = deck_choice(r->deck, "%s.%s.mobility", r->at, section) == 1;
    }
    if (n->kind == MATERIAL_RATE_TABLE)
        TRY(from_file(r, section, "T_K", bulk ? "rate_1_per_nm3_s" : "rate_1_per_nm2_s", 1, true, &n->given));
    if (has(r, section, "contact_angle") && deck_given(r->deck, "%s.%s.potency", r->at, section)) {
        char key[200];
        snprintf(key, sizeof key, "%s.%s.potency", r->at, section);
        deck_mistake(r->deck, key, "give either potency or contact_angle");
    }
    return ERR_OK;
}

static int read_growth(const struct reader *r, const char *section, struct material_growth *g) {
    g->kind = (enum material_rate)choice(r, section);
    g->factor = real(r, section, "factor", 1, 1);
    if (g->kind == MATERIAL_GIVEN)
        g->given =
            (struct curve){CURVE_ARRHENIUS, .value = real(r, section, "velocity", 1e-11, 0),
                           .at = real(r, section, "at", 1, 0), .energy = real(r, section, "energy", 1, 0)};
    if (g->kind == MATERIAL_RATE_TABLE) TRY(from_file(r, section, "T_K", "u_nm_per_s", 1, true, &g->given));
    return ERR_OK;
}

/* first: 0 when the choices begin with vft, 1 with none. */
static int read_liquid(const struct reader *r, const char *section, int first, double unit,
                       const char *column, struct curve *c) {
    int kind = choice(r, section) - first;
    if (kind < 0) return ERR_OK;
    if (kind == 2) return from_file(r, section, "T_K", column, 1, true, c);
    *c = (struct curve){kind == 0 ? CURVE_VFT : CURVE_ARRHENIUS,
                        .value = real(r, section, "value", unit, 0),
                        .strength = real(r, section, "strength", 1, 0),
                        .zero = real(r, section, "zero", 1, 0),
                        .at = real(r, section, "at", 1, 1),
                        .energy = -real(r, section, "energy", 1, 0)};
    return ERR_OK;
}

static int read_size(const struct reader *r, struct material *m) {
    int limit = choice(r, "limit"), confinement = choice(r, "confinement");
    if (limit == 1)
        m->limit =
            (struct curve){CURVE_ARRHENIUS, .value = real(r, "limit", "velocity", 1e-11, 0),
                           .at = real(r, "limit", "at", 1, 0), .energy = real(r, "limit", "energy", 1, 0)};
    if (limit == 2) TRY(from_file(r, "limit", "T_K", "u_nm_per_s", 1, true, &m->limit));
    m->confined = confinement != 0;
    m->confinement_length = real(r, "confinement", "length", 10, 0);
    m->confinement_power = real(r, "confinement", "power", 1, 1);
    if (confinement == 2) TRY(from_file(r, "confinement", "d_nm", "M", 1, true, &m->confinement_table));
    m->gibbs_thomson = choice(r, "gibbs_thomson") == 1;
    m->gibbs_thomson_energy = real(r, "gibbs_thomson", "energy", 0.01, 0);
    return ERR_OK;
}

static int read_thermodynamics(const struct reader *r, struct material *m) {
    m->melting = deck_real(r->deck, "%s.melting", r->at);
    m->fusion_heat = deck_real(r->deck, "%s.fusion_heat", r->at);
    m->atomic_volume = deck_real(r->deck, "%s.atomic_volume", r->at) / 1000;
    m->jump = deck_real(r->deck, "%s.jump", r->at) / 10;
    m->surface_tension = deck_real(r->deck, "%s.surface_tension", r->at) / 0.01;
    m->interface_energy = deck_real(r->deck, "%s.interface_energy", r->at) / 0.01;
    m->driving = (enum material_driving)choice(r, "driving_force");
    m->diffuse = choice(r, "barrier") == 1;
    m->diffuse_width = real(r, "barrier", "width", 10, 0);
    m->layer = real(r, "layer", "thickness", 10, 0);
    m->layer_ratio = real(r, "layer", "ratio", 1, 1);
    m->layer_at = real(r, "layer", "at", 1, 0);
    m->layer_energy =
        deck_bool(r->deck, "%s.layer.follows_bulk", r->at) ? NAN : real(r, "layer", "energy", 1, 0);
    m->layer_nucleates = deck_bool(r->deck, "%s.layer.nucleates", r->at);
    if (m->driving != MATERIAL_DG_TABLE) return ERR_OK;
    return from_file(r, "driving_force", "T_K", "dg_kJ_per_mol", 96.48533212331001, false, &m->driving_table);
}

int material_read(const struct comm *comm, struct deck *deck, const char *at, struct material *m) {
    struct reader r = {comm, deck, at};
    *m = (struct material){.mobility = 1};
    TRY(read_thermodynamics(&r, m));
    TRY(read_liquid(&r, "viscosity", 0, 1e3 / 160.2176634, "eta_Pa_s", &m->viscosity));
    TRY(read_liquid(&r, "relaxation", 1, 1e12, "tau_s", &m->relaxation));
    TRY(read_nucleation(&r, "surface", false, &m->surface));
    TRY(read_nucleation(&r, "bulk", true, &m->bulk));
    TRY(read_nucleation(&r, "interface", false, &m->interface));
    m->surface.finite = m->surface.kind != MATERIAL_NONE && deck_choice(deck, "%s.surface.sites", at) == 1;
    m->surface.density = 1 / real(&r, "surface", "area_per_site", 100, 1);
    m->surface.spread = real(&r, "surface", "spread", 1, 0);
    TRY(read_growth(&r, "lateral", &m->lateral));
    TRY(read_growth(&r, "inward", &m->inward));
    TRY(read_size(&r, m));
    for (int k = 0; k < deck_count(deck, "%s.provenance", at); k++) {
        char key[200];
        const char *name = deck_text(deck, "%s.provenance[%d].key", at, k);
        snprintf(key, sizeof key, "%s.provenance[%d].key", at, k);
        if (!material_find(name)) deck_mistake(deck, key, "no parameter of a material is called '%s'", name);
    }
    return ERR_OK;
}

/* --- what cannot be computed */
struct check {
    const struct material *m;
    struct deck *deck;
    const char *at;
    double low, high; /* K, below the melting point */
};

static void mistake(const struct check *c, const char *key, const char *text) {
    char path[200];
    snprintf(path, sizeof path, "%s.%s", c->at, key);
    deck_mistake(c->deck, path, "%s", text);
}

/* Whether the curve covers the temperatures. */
static bool check_cover(const struct check *c, const char *key, const struct curve *curve) {
    double low, high;
    char text[300];
    if (curve->kind == CURVE_NONE) return true;
    curve_range(curve, &low, &high);
    bool fits = curve->kind != CURVE_TABLE || (c->low >= low - 1e-9 && c->high <= high + 1e-9);
    if (fits) return true;
    snprintf(
        text, sizeof text,
        "the table covers %.6g to %.6g C, but the schedules need %.6g to %.6g C (up to the melting point); "
        "extend it",
        low - 273.15, high - 273.15, c->low - 273.15, c->high - 273.15);
    mistake(c, key, text);
    return false;
}

typedef double (*rate_of)(const struct material *m, double T, double d);

static void check_rate(const struct check *c, const char *key, rate_of rate, int n, const double *diameters) {
    char text[300];
    for (int k = 0; k < n; k++)
        for (int i = 0; i <= GRID; i++) {
            double T = c->low + (c->high - c->low) * i / GRID, r = rate(c->m, T, diameters[k]);
            if (r >= 0 && isfinite(r)) continue;
            snprintf(text, sizeof text,
                     "the rate of %s is %g at %.6g C for a diameter of %g nm; change what it is made of", key,
                     r, T - 273.15, diameters[k]);
            mistake(c, key, text);
            return;
        }
}

/* Barriers matter where theory or Gibbs-Thomson uses them; tables of the driving force may turn negative
 * below Tm. */
static void check_barrier(const struct check *c, int n, const double *diameters) {
    const struct material *m = c->m;
    bool theory = m->surface.kind == MATERIAL_THEORY || m->bulk.kind == MATERIAL_THEORY ||
                  m->interface.kind == MATERIAL_THEORY;
    char text[300];
    if (!theory && !m->gibbs_thomson && !(m->surface.finite && m->surface.spread > 0)) return;
    for (int k = 0; k < n; k++)
        for (int i = 0; i < GRID; i++) {
            double T = c->low + (c->high - c->low) * i / GRID;
            if (T >= material_melting(m, diameters[k])) break;
            double dmu = material_driving_force(m, T, diameters[k]), W = material_barrier(m, T, diameters[k]);
            if (dmu > 0 && W > 0 && (!m->diffuse || dmu < m->fusion_heat)) continue;
            snprintf(text, sizeof text,
                     "at %.6g C the driving force is %g eV and the barrier %g kT for a diameter of %g nm: it "
                     "must be "
                     "positive%s",
                     T - 273.15, dmu, W, diameters[k],
                     m->diffuse && dmu >= m->fusion_heat ? ", and the driving force below the heat of fusion"
                                                         : "");
            mistake(c, m->diffuse ? "barrier.kind" : "driving_force", text);
            return;
        }
}

void material_check(const struct material *m, struct deck *deck, const char *at, double T_low, double T_high,
                    int n, const double *diameters) {
    struct check c = {m, deck, at, T_low, fmin(T_high, m->melting)};
    for (int k = 0; k < n; k++) {
        char text[200];
        if (material_melting(m, diameters[k]) > 0) continue;
        snprintf(text, sizeof text, "at a diameter of %g nm the melting point is below 0 K; lower `energy`",
                 diameters[k]);
        mistake(&c, "gibbs_thomson", text);
        return;
    }
    if (!(c.high > c.low)) return; /* everything is molten: nothing is computed */
    bool theory = m->surface.kind == MATERIAL_THEORY || m->bulk.kind == MATERIAL_THEORY ||
                  m->interface.kind == MATERIAL_THEORY || m->inward.kind == MATERIAL_THEORY ||
                  m->lateral.kind == MATERIAL_THEORY;
    bool whole = true;
    if (theory && m->relaxation.kind == CURVE_NONE) whole &= check_cover(&c, "viscosity.file", &m->viscosity);
    if (theory) whole &= check_cover(&c, "relaxation.file", &m->relaxation);
    if (m->driving == MATERIAL_DG_TABLE) whole &= check_cover(&c, "driving_force.file", &m->driving_table);
    whole &= check_cover(&c, "surface.file", &m->surface.given);
    whole &= check_cover(&c, "bulk.file", &m->bulk.given);
    whole &= check_cover(&c, "interface.file", &m->interface.given);
    whole &= check_cover(&c, "lateral.file", &m->lateral.given);
    whole &= check_cover(&c, "inward.file", &m->inward.given);
    whole &= check_cover(&c, "limit.file", &m->limit);
    if (!whole) return; /* no rates outside tables */
    check_barrier(&c, n, diameters);
    check_rate(&c, "surface", material_surface_rate, n, diameters);
    check_rate(&c, "bulk", material_bulk_rate, n, diameters);
    check_rate(&c, "layer", material_layer_rate, n, diameters);
    check_rate(&c, "interface", material_interface_rate, n, diameters);
    check_rate(&c, "lateral", material_growth_layer, n, diameters);
    check_rate(&c, "inward", material_growth, n, diameters);
}
