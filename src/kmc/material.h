/* material - the rates of a glass that crystallises, against temperature T and diameter d.
 *
 *     I_v, I_s, I_i  nucleation per volume, free surface, internal interface: given (Arrhenius), a table, or
 *                    classical nucleation theory N nu(T) exp[-f W*(T, d)/kT]
 *     u              growth inward at the bulk mobility; u_layer: lateral growth inside the near-surface
 * layer; each in series with a diffusion limit, 1/u = 1/u_i + 1/u_D W*             classical 16 pi sigma^3 /
 * (3 dg^2), or the diffuse-interface barrier (granasy1993) dg             Turnbull, Thompson-Spaepen,
 * Hoffman, or a table M(d)           confinement factor on every mobility, exp[-(d0/d)^p] or a table T_m(d)
 * T_m (1 - 2 sigma Omega / (dh d)): Gibbs-Thomson of a cylinder; no rate above it. Given rates are those of
 * the bulk melting point; under Gibbs-Thomson they are multiplied by what classical theory says of the
 * changed driving force.
 *
 * Every term has its own switch. Units in this room: nm, s, K, eV; sigma eV/nm^2. All functions after
 * material_read are Local and pure; d = INFINITY is the bulk. Numbers and their provenance:
 * docs/kmc_rates.md. */
#ifndef KMC_MATERIAL_H
#define KMC_MATERIAL_H

#include "base/deck.h"
#include "kmc/curve.h"

enum material_driving { MATERIAL_TURNBULL, MATERIAL_THOMPSON_SPAEPEN, MATERIAL_HOFFMAN, MATERIAL_DG_TABLE };
enum material_rate { MATERIAL_NONE, MATERIAL_GIVEN, MATERIAL_THEORY, MATERIAL_RATE_TABLE };

/* Where crystals begin: the bulk (per nm^3), the free surface or an internal interface (per nm^2). */
struct material_nucleation {
    enum material_rate kind;
    struct curve given; /* MATERIAL_GIVEN, MATERIAL_RATE_TABLE: 1/(nm^2 s) or 1/(nm^3 s) */
    double sites;       /* theory: attempts happen on so many sites per nm^2 or nm^3 */
    double potency;     /* f in exp(-f W* / kT); 1: homogeneous */
    bool in_layer;      /* theory: at the mobility of the near-surface layer */
    bool finite;        /* surface: a finite density of sites, each used once ... */
    double density;     /* ... per nm^2 */
    double spread;      /* standard deviation of f over those sites */
};

struct material_growth {
    enum material_rate kind;
    struct curve given; /* nm/s */
    double factor;      /* theory: u = factor * a * nu * [1 - exp(-dmu/kT)] */
};

struct material {
    double melting;       /* T_m of the bulk, K */
    double fusion_heat;   /* dh, eV per atom */
    double atomic_volume; /* Omega, nm^3 */
    enum material_driving driving;
    struct curve driving_table; /* dmu(T), eV per atom */
    double interface_energy;    /* sigma, eV/nm^2 */
    bool diffuse;               /* diffuse-interface barrier ... */
    double diffuse_width;       /* ... of this width, nm */
    struct curve viscosity;     /* Pa s */
    struct curve relaxation;    /* s; CURVE_NONE: attempts follow the viscosity */
    double jump;                /* a, nm */
    double layer;               /* thickness of the near-surface layer, nm; 0: none */
    double layer_ratio;         /* nu_layer / nu at layer_at */
    double layer_at;            /* K */
    double layer_energy;        /* eV; nan: the ratio is the same at all T */
    bool layer_nucleates;       /* nuclei of the bulk also form inside the layer */
    struct material_nucleation bulk, surface, interface;
    struct material_growth inward, lateral;
    struct curve limit; /* diffusion-limited velocity, nm/s; CURVE_NONE: no limit */
    bool confined;
    double confinement_length, confinement_power; /* d0 (nm), p */
    struct curve confinement_table;               /* M against d (nm) in place of T */
    bool gibbs_thomson;
    double gibbs_thomson_energy; /* eV/nm^2 */
    double mobility;             /* factor on M(d), 1: to ask how much slower would do */
    double surface_tension;      /* gamma of the liquid, eV/nm^2: Rayleigh-Plateau */
};

extern const struct deck_row material_rows[]; /* prefix "kmc.material" */

/* Collective. From section `at` ("kmc.material") of a checked deck, tables from their files. Faults become
 * deck mistakes: ask deck_verdict. The caller clears. */
int material_read(const struct comm *comm, struct deck *deck, const char *at, struct material *m) MUST_CHECK;
/* Local. The built-in (second) parameter set (docs/kmc_rates.md), nothing read. */
void material_default(struct material *m);
void material_clear(struct material *m);
/* Local. Names what cannot be computed at temperatures [T_low, T_high] K and the n diameters (nm): negative
 * barrier, a rate that overflows, a table that does not cover the temperatures. Mistakes go to the deck, at
 * keys below `at`. */
void material_check(const struct material *m, struct deck *deck, const char *at, double T_low, double T_high,
                    int n, const double *diameters);

/* Local. Rates: nucleation in 1/(nm^3 s), 1/(nm^2 s), 1/(nm^2 s); growth in nm/s. 0 at and above T_m(d). */
double material_bulk_rate(const struct material *m, double T, double d);
double material_surface_rate(const struct material *m, double T, double d);
double material_interface_rate(const struct material *m, double T, double d);
/* Local. Nuclei per nm^3 and s inside the near-surface layer: theory at its attempts (never slower than the
 * bulk), given laws as in the bulk; 0 when the layer does not nucleate. */
double material_layer_rate(const struct material *m, double T, double d);
double material_growth(const struct material *m, double T, double d);
double material_growth_layer(const struct material *m, double T, double d);
/* Local. With a finite density of sites: 1/s of one unused site of potency f (surface_rate / density at f =
 * mean potency). */
double material_site_rate(const struct material *m, double T, double d, double f);

/* Local. W*(T, d)/kT of homogeneous nucleation (inf without driving force); dmu(T, d) in eV per atom; T_m(d)
 * in K; M(d); attempt frequency of the bulk and of the layer, 1/s, without M; contact angle (rad) to potency.
 */
double material_barrier(const struct material *m, double T, double d);
double material_driving_force(const struct material *m, double T, double d);
double material_melting(const struct material *m, double d);
double material_confinement(const struct material *m, double d);
double material_attempts(const struct material *m, double T);
double material_attempts_layer(const struct material *m, double T);
double material_potency(double contact_angle);
/* Local. Viscous time of a liquid cylinder to ball up, 6 eta(T) R / gamma, s; eta divided by M(d). */
double material_rayleigh_plateau(const struct material *m, double T, double d);

/* Parameters by name ("surface.energy"), for fits and provenance: where the number lies, how far it may go.
 */
struct material_parameter {
    const char *name;
    size_t offset;  /* of a double in struct material */
    double to_deck; /* number in the deck's unit = number * to_deck + shift */
    double shift;
    const char *unit; /* as printed */
    bool logarithmic; /* vary its logarithm */
    const char
        *kind; /* provenance of the built-in value: measured | literature | fitted | estimate | choice */
    const char *from; /* ... and from what */
};
extern const struct material_parameter material_parameters[]; /* ends with name NULL */
/* Local. Entry of that name or NULL; the number itself; whether the switches of m let it act. */
const struct material_parameter *material_find(const char *name);
double *material_number(struct material *m, const struct material_parameter *p);
bool material_acts(const struct material *m, const struct material_parameter *p);

#endif
