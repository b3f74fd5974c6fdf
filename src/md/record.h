/* record - the thermodynamic record: one row every `md.thermo_every` steps, kept per stage. */
#ifndef MD_RECORD_H
#define MD_RECORD_H

#include "md/integrate.h"

enum record_column {
    RECORD_TEMPERATURE,
    RECORD_TARGET,
    RECORD_POTENTIAL, /* per atom, as all energies */
    RECORD_KINETIC,
    RECORD_TOTAL,
    RECORD_CONSERVED,
    RECORD_PRESSURE, /* GPa */
    RECORD_PXX,
    RECORD_PYY,
    RECORD_PZZ,
    RECORD_PXY,
    RECORD_PXZ,
    RECORD_PYZ,
    RECORD_VOLUME,  /* per atom, of the matter */
    RECORD_DENSITY, /* g/cm3; number density in lj */
    RECORD_LX,
    RECORD_LY,
    RECORD_LZ,
    RECORD_PISTON, /* z of the piston and the atoms' pressure on it; nan without one */
    RECORD_PISTON_PRESSURE,
    RECORD_COLUMNS
};

struct record_row {
    int64_t step;
    double time, value[RECORD_COLUMNS];
};

struct record {
    struct record_row *row;
    int64_t n, capacity;
};

struct tsv;
struct h5;

void record_destroy(struct record *record);
/* Local. Append the state after a full step. mass: of all atoms, g/mol. */
int record_add(struct record *record, const struct integrate *in, const struct system *system, double target,
               double mass) MUST_CHECK;
int record_append(struct record *record, const struct record_row *row) MUST_CHECK;
/* Local. Name of a column in tables ("temperature_K"; "temperature" in lj), its unit and what it is. */
const char *record_name(enum record_column column, bool lj);
const char *record_unit(enum record_column column, bool lj);
/* Collective. Write all rows as /observables/STAGE/COLUMN/{step,time,value}; read them back (appended).
 * The piston's columns only where there is one. */
int record_write(const struct record *record, struct h5 *h5, const char *stage, bool lj) MUST_CHECK;
int record_read(struct record *record, struct h5 *h5, const char *stage, bool lj) MUST_CHECK;
/* Local. Column string of the thermo table for tsv_create (by mem), with the piston's columns or without; add
 * all rows of a stage to it. */
int record_tsv_columns(bool lj, bool piston, char **columns) MUST_CHECK;
int record_tsv_add(const struct record *record, const char *stage, struct tsv *tsv) MUST_CHECK;
/* Local. Header and one row for the terminal. */
void record_print_header(bool lj);
void record_print(const struct record_row *row);

#endif
