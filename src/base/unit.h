/* unit - numbers with units at the border; one system inside.
 *
 * Inside: length A, time ps, energy eV, mass g/mol, temperature K, pressure eV/A^3 (1 eV/A^3 = 160.2176634
 * GPa), angle rad, density g/mol/A^3, viscosity eV ps/A^3, surface energy eV/A^2, rates per ps (and A^2,
 * A^3), voltage V, memory bytes, wall clock s. In decks with `units: lj` every quantity is a bare reduced
 * number and nothing is converted, but for angles, memory and wall clock, which keep their units. Constants:
 * CODATA 2018 (tiesinga2021 in docs/references.bib). */
#ifndef BASE_UNIT_H
#define BASE_UNIT_H

#include "base/err.h"

#include <stdbool.h>

/* k_B in eV/K; m v^2 from (g/mol)(A/ps)^2 to eV; eV/A^3 to GPa; g/mol/A^3 to g/cm^3 */
#define UNIT_KB 8.617333262e-5
#define UNIT_MVV 1.0364269656262175e-4
#define UNIT_GPA 160.2176634
#define UNIT_GCM3 1.6605390666

enum unit_dim {
    UNIT_NONE, /* a plain number */
    UNIT_LENGTH,
    UNIT_AREA,
    UNIT_VOLUME,
    UNIT_TIME,
    UNIT_ENERGY,
    UNIT_MASS,
    UNIT_TEMPERATURE, /* K, C */
    UNIT_PRESSURE,
    UNIT_HEATING_RATE, /* K/s, K/min, K/ps */
    UNIT_VELOCITY,
    UNIT_FREQUENCY, /* 1/ps, 1/s, Hz */
    UNIT_STRAIN_RATE,
    UNIT_ANGLE,
    UNIT_DENSITY,        /* g/cm3 */
    UNIT_WAVENUMBER,     /* 1/A, 1/nm */
    UNIT_VOLTAGE,        /* V, kV (electron energy) */
    UNIT_VISCOSITY,      /* Pa s */
    UNIT_SURFACE_ENERGY, /* J/m2, eV/A2 */
    UNIT_SURFACE_RATE,   /* 1/nm2/s */
    UNIT_VOLUME_RATE,    /* 1/nm3/s */
    UNIT_DIFFUSIVITY,    /* A2/ps, nm2/s, m2/s */
    UNIT_BYTES,          /* B, kB, MB, GB, MiB, GiB */
    UNIT_DURATION,       /* wall clock: s, min, h, d; kept in s */
    UNIT_COUNT
};

/* Local. Parse "2.5 nm" or "2.5nm" into internal units; a bare number passes only for UNIT_NONE or lj. On
 * failure returns ERR_DECK and *why is a message such as "needs a unit of length; did you mean '2.5 nm' or
 * '2.5 A'?" in a static buffer. "inf", "nan", trailing garbage and overflow are refused. */
int unit_parse(const char *text, enum unit_dim dim, bool lj, double *value, const char **why) MUST_CHECK;
/* Local. A whole number, also written 1e6; refuses fractions, overflow, garbage. */
int unit_parse_int(const char *text, long long *value, const char **why) MUST_CHECK;
/* Local. Canonical text of an internal value: shortest %.17g that reads back the same, with the canonical
 * unit. */
void unit_format(double value, enum unit_dim dim, bool lj, char out[64]);
/* Local. Name of a dimension ("length"), its canonical unit ("A"), all accepted units ("pm A nm um mm m"). */
const char *unit_name(enum unit_dim dim);
const char *unit_canonical(enum unit_dim dim);
const char *unit_accepted(enum unit_dim dim);

#endif
