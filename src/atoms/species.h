/* species - the chemical elements of a run and what is known of an element.
 *
 * A species is an element symbol with a mass, or a model name (A, B) with mass 1 in `units: lj` decks. Types
 * in frames are indices into this list, 0-based; files that count from 1 are converted at their border. */
#ifndef ATOMS_SPECIES_H
#define ATOMS_SPECIES_H

#include "base/err.h"

#define SPECIES_MAX 16
#define SPECIES_NAME 8

struct species {
    int n;
    char name[SPECIES_MAX][SPECIES_NAME];
    double mass[SPECIES_MAX];   /* g/mol (1 for models) */
    double radius[SPECIES_MAX]; /* A: metallic (Goldschmidt) or covalent; for radical Voronoi cells and
                                   overlaps */
    int number[SPECIES_MAX];    /* atomic number, 0 for models */
};

/* Local. Append a species by name; elements get mass, radius and number from the table. With `model` the name
 * is only a name, even if it is that of an element (B of a Kob-Andersen mixture is not boron): mass 1, number
 * 0, radius 0.5. ERR_INPUT: unknown, repeated, too many. */
int species_add(struct species *species, const char *name, int model) MUST_CHECK;
/* Local. Index of a name, -1 when absent. */
int species_find(const struct species *species, const char *name);
/* Local. Element data by symbol or atomic number; 0 when unknown. IUPAC 2021 masses, Goldschmidt radii (CN
 * 12). */
int species_number(const char *symbol);
const char *species_symbol(int number);
double species_mass(int number);
double species_radius(int number);
/* Local. Element whose mass is nearest (LAMMPS data files without names); 0 when none is within 0.5 g/mol. */
int species_from_mass(double mass);

#endif
