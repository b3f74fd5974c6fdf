/* material_names - every number of struct material by name, with its unit, and where the built-in value is
 * from.
 *
 * Fits, provenance tables and sensitivity analysis go through this list, so that a new parameter is one line.
 * The list is in the order in which tables print it. */
#include "base/unit.h"
#include "kmc/material.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#define AT(field) offsetof(struct material, field)
#define J_M2 0.1602176634        /* eV/nm^2 to J/m^2 */
#define KJ_MOL 96.48533212331001 /* eV to kJ/mol */
#define CELSIUS (-273.15)

static const char trial[] =
    "first parameter set: chosen with a mean-field model to meet Sohn 2015 Fig. 2, 3 (minimum at "
    "25 nm, 150 nm at 240 C, 6 nm at 340 C, 5 nm none, bulk below 290 C)";
static const char joint[] =
    "second parameter set: vitrine calibrate, with limit.velocity, limit.energy and confinement.length free, "
    "to "
    "6 nm at 340 C and 65, 180 nm/s at 330, 394 C (Sohn 2015 Fig. 2e, 4), the rest of the first set held";
static const char layer[] = "Zhang 2018 Fig. 2f: 1.7 +- 0.3 eV (layer), 3.7 +- 0.3 eV (bulk)";

const struct material_parameter material_parameters[] = {
    {"surface.rate", AT(surface.given.value), 1, 0, "1/nm2/s", true, "fitted", trial},
    {"surface.energy", AT(surface.given.energy), 1, 0, "eV", false, "fitted", trial},
    {"surface.at", AT(surface.given.at), 1, CELSIUS, "C", false, "choice", "where surface.rate holds"},
    {"surface.sites", AT(surface.sites), 1, 0, "1/nm2", true, "estimate",
     "one per atom of the outermost layer"},
    {"surface.potency", AT(surface.potency), 1, 0, "", false, "choice", "no catalysis"},
    {"surface.density", AT(surface.density), 1, 0, "1/nm2", true, "choice", "continuous nucleation"},
    {"surface.spread", AT(surface.spread), 1, 0, "", false, "choice", "all sites alike"},
    {"bulk.rate", AT(bulk.given.value), 1, 0, "1/nm3/s", true, "choice",
     "no bulk nucleation in the built-in parameter set"},
    {"bulk.energy", AT(bulk.given.energy), 1, 0, "eV", false, "choice",
     "no bulk nucleation in the built-in parameter set"},
    {"bulk.at", AT(bulk.given.at), 1, CELSIUS, "C", false, "choice", "where bulk.rate holds"},
    {"bulk.sites", AT(bulk.sites), 1, 0, "1/nm3", true, "estimate", "one per atom"},
    {"bulk.potency", AT(bulk.potency), 1, 0, "", false, "choice", "homogeneous"},
    {"interface.rate", AT(interface.given.value), 1, 0, "1/nm2/s", true, "choice", "no internal interfaces"},
    {"interface.energy", AT(interface.given.energy), 1, 0, "eV", false, "choice", "no internal interfaces"},
    {"interface.at", AT(interface.given.at), 1, CELSIUS, "C", false, "choice", "where interface.rate holds"},
    {"interface.sites", AT(interface.sites), 1, 0, "1/nm2", true, "estimate", "one per atom of a layer"},
    {"interface.potency", AT(interface.potency), 1, 0, "", false, "choice", "no catalysis"},
    {"lateral.velocity", AT(lateral.given.value), 1, 0, "nm/s", true, "fitted", trial},
    {"lateral.energy", AT(lateral.given.energy), 1, 0, "eV", false, "measured", layer},
    {"lateral.at", AT(lateral.given.at), 1, CELSIUS, "C", false, "choice", "where lateral.velocity holds"},
    {"lateral.factor", AT(lateral.factor), 1, 0, "", true, "choice", "one jump, one layer"},
    {"inward.velocity", AT(inward.given.value), 1, 0, "nm/s", true, "fitted", trial},
    {"inward.energy", AT(inward.given.energy), 1, 0, "eV", false, "measured", layer},
    {"inward.at", AT(inward.given.at), 1, CELSIUS, "C", false, "choice", "where inward.velocity holds"},
    {"inward.factor", AT(inward.factor), 1, 0, "", true, "choice", "one jump, one layer"},
    {"limit.velocity", AT(limit.value), 1, 0, "nm/s", true, "fitted", joint},
    {"limit.energy", AT(limit.energy), 1, 0, "eV", false, "fitted", joint},
    {"limit.at", AT(limit.at), 1, CELSIUS, "C", false, "choice", "where limit.velocity holds"},
    {"confinement.length", AT(confinement_length), 1, 0, "nm", true, "fitted", joint},
    {"confinement.power", AT(confinement_power), 1, 0, "", false, "fitted", trial},
    {"layer.thickness", AT(layer), 1, 0, "nm", true, "measured",
     "Zhang 2018: a near-surface layer of about 1 nm"},
    {"layer.ratio", AT(layer_ratio), 1, 0, "", true, "measured",
     "Zhang 2018 Fig. 2: about 20 times faster near Tg"},
    {"layer.at", AT(layer_at), 1, CELSIUS, "C", false, "measured", "Zhang 2018: Tg = 507 K"},
    {"layer.energy", AT(layer_energy), 1, 0, "eV", false, "measured", layer},
    {"melting", AT(melting), 1, CELSIUS, "C", false, "literature",
     "795 K, Schroers and Johnson 2004, recalled; Sohn 2015 implies 1023 K in one place, below 973 K in "
     "another"},
    {"fusion_heat", AT(fusion_heat), KJ_MOL, 0, "kJ/mol", true, "literature",
     "about 11.4 kJ/mol, recalled, unverified"},
    {"atomic_volume", AT(atomic_volume), 1e3, 0, "A3", true, "estimate",
     "15.2 g/cm3 (recalled), 131.594 g/mol"},
    {"interface_energy", AT(interface_energy), J_M2, 0, "J/m2", true, "estimate",
     "implied by f = 0.5 of Zhang 2018 at 515 K; 0.11 J/m2 for Pt42.5Cu27Ni9.5P21 (Gross 2017)"},
    {"barrier.width", AT(diffuse_width), 1, 0, "nm", true, "choice", "used by barrier: diffuse only"},
    {"viscosity.value", AT(viscosity.value), 1, 0, "Pa s", true, "estimate", "h / atomic volume"},
    {"viscosity.strength", AT(viscosity.strength), 1, 0, "", false, "literature", "Legg 2007, recalled"},
    {"viscosity.zero", AT(viscosity.zero), 1, 0, "K", false, "literature", "Legg 2007, recalled"},
    {"viscosity.energy", AT(viscosity.energy), 1, 0, "eV", false, "choice", "used by kind: arrhenius only"},
    {"relaxation.value", AT(relaxation.value), 1, 0, "s", true, "choice", "attempts follow the viscosity"},
    {"relaxation.strength", AT(relaxation.strength), 1, 0, "", false, "choice",
     "attempts follow the viscosity"},
    {"relaxation.zero", AT(relaxation.zero), 1, 0, "K", false, "choice", "attempts follow the viscosity"},
    {"relaxation.energy", AT(relaxation.energy), 1, 0, "eV", false, "choice",
     "attempts follow the viscosity"},
    {"jump", AT(jump), 1, 0, "nm", true, "estimate", "cube root of the atomic volume"},
    {"gibbs_thomson.energy", AT(gibbs_thomson_energy), J_M2, 0, "J/m2", true, "estimate",
     "0.11 J/m2 for Pt42.5Cu27Ni9.5P21 (Gross 2017)"},
    {"surface_tension", AT(surface_tension), J_M2, 0, "J/m2", true, "estimate",
     "1 J/m2, usual for liquid metals"},
    {NULL, 0, 0, 0, NULL, false, NULL, NULL}};

void material_default(struct material *m) {
    const double C = 273.15;
    *m = (struct material){.melting = 795,
                           .fusion_heat = 11.4 / KJ_MOL,
                           .atomic_volume = 0.0144,
                           .driving = MATERIAL_THOMPSON_SPAEPEN,
                           .interface_energy = 0.080 / J_M2,
                           .diffuse_width = 0.3,
                           .viscosity = {CURVE_VFT, .value = 4.6e-5, .strength = 16.4, .zero = 336},
                           .jump = 0.243,
                           .layer = 1,
                           .layer_ratio = 20,
                           .layer_at = 507,
                           .layer_energy = 1.7,
                           .layer_nucleates = true,
                           .confined = true,
                           .confinement_length = 11.6,
                           .confinement_power = 3,
                           .gibbs_thomson_energy = 0.11 / J_M2,
                           .mobility = 1,
                           .surface_tension = 1 / J_M2};
    m->surface = (struct material_nucleation){.kind = MATERIAL_GIVEN,
                                              .given = {CURVE_ARRHENIUS, 1e-4, 240 + C, 2.0, 0, 0, NULL},
                                              .sites = 1 / 0.0592,
                                              .potency = 1,
                                              .in_layer = true};
    m->bulk = (struct material_nucleation){.sites = 1 / 0.0144, .potency = 1};
    m->interface = (struct material_nucleation){.sites = 1 / 0.0592, .potency = 1};
    m->lateral = (struct material_growth){MATERIAL_GIVEN, {CURVE_ARRHENIUS, 2, 240 + C, 1.7, 0, 0, NULL}, 1};
    m->inward = (struct material_growth){MATERIAL_GIVEN, {CURVE_ARRHENIUS, 0.3, 285 + C, 3.7, 0, 0, NULL}, 1};
    m->limit = (struct curve){CURVE_ARRHENIUS, 154, 357 + C, 0.467, 0, 0, NULL};
}

const struct material_parameter *material_find(const char *name) {
    for (const struct material_parameter *p = material_parameters; p->name; p++)
        if (strcmp(p->name, name) == 0) return p;
    return NULL;
}

double *material_number(struct material *m, const struct material_parameter *p) {
    return (double *)((char *)m + p->offset);
}

static bool nucleation_acts(const struct material_nucleation *n, const char *key) {
    if (n->kind == MATERIAL_NONE) return false;
    if (strcmp(key, "rate") == 0 || strcmp(key, "energy") == 0 || strcmp(key, "at") == 0)
        return n->kind == MATERIAL_GIVEN;
    if (strcmp(key, "sites") == 0 || strcmp(key, "potency") == 0)
        return n->kind == MATERIAL_THEORY || n->finite;
    return n->finite; /* density, spread */
}

static bool growth_acts(const struct material_growth *g, const char *key) {
    return g->kind == (strcmp(key, "factor") == 0 ? MATERIAL_THEORY : MATERIAL_GIVEN);
}

static bool curve_acts(const struct curve *c, const char *key) {
    bool vft = strcmp(key, "strength") == 0 || strcmp(key, "zero") == 0;
    if (strcmp(key, "value") == 0) return c->kind == CURVE_VFT || c->kind == CURVE_ARRHENIUS;
    return c->kind == (vft ? CURVE_VFT : CURVE_ARRHENIUS);
}

static bool in_theory(const struct material *m) {
    return m->surface.kind == MATERIAL_THEORY || m->bulk.kind == MATERIAL_THEORY ||
           m->interface.kind == MATERIAL_THEORY;
}

bool material_acts(const struct material *m, const struct material_parameter *p) {
    const char *dot = strchr(p->name, '.'), *key = dot ? dot + 1 : "";
    size_t n = dot ? (size_t)(dot - p->name) : strlen(p->name);
#define IS(word) (n == sizeof word - 1 && strncmp(p->name, word, n) == 0)
    bool theory = in_theory(m),
         grows = m->inward.kind == MATERIAL_THEORY || m->lateral.kind == MATERIAL_THEORY;
    bool barriers = theory || m->gibbs_thomson || (m->surface.finite && m->surface.spread > 0);
    if (IS("surface")) return nucleation_acts(&m->surface, key);
    if (IS("bulk")) return nucleation_acts(&m->bulk, key);
    if (IS("interface")) return nucleation_acts(&m->interface, key);
    if (IS("lateral")) return growth_acts(&m->lateral, key);
    if (IS("inward")) return growth_acts(&m->inward, key);
    if (IS("limit")) return m->limit.kind == CURVE_ARRHENIUS;
    if (IS("confinement")) return m->confined && m->confinement_table.kind == CURVE_NONE;
    if (IS("layer") && strcmp(key, "thickness") == 0) return m->layer > 0;
    if (IS("layer"))
        return (m->surface.kind == MATERIAL_THEORY && m->surface.in_layer) ||
               (m->bulk.kind == MATERIAL_THEORY && m->layer_nucleates) || m->lateral.kind == MATERIAL_THEORY;
    if (IS("viscosity")) return curve_acts(&m->viscosity, key);
    if (IS("relaxation")) return curve_acts(&m->relaxation, key) && m->relaxation.kind != CURVE_NONE;
    if (IS("jump")) return theory || grows;
    if (IS("gibbs_thomson")) return m->gibbs_thomson;
    if (IS("barrier")) return m->diffuse && barriers;
    if (IS("interface_energy")) return !m->diffuse && barriers;
    if (IS("fusion_heat") || IS("atomic_volume")) return barriers || grows;
    return true; /* melting, surface_tension */
#undef IS
}
