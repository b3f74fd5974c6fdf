/* species - the table of elements.
 *
 * Masses: standard atomic weights 2021, abridged values (prohaska2022 in docs/references.bib); for elements
 * without one the mass number of a long-lived isotope. Radii: metals, Goldschmidt's metallic radii reduced to
 * 12 neighbours, as handbooks give them; B, C, Si, P, Ge, As in metals by Senkov and Miracle (senkov2001 in
 * docs/references.bib); the rest, covalent radii (cordero2008 in docs/references.bib). Radii weigh Voronoi
 * cells and bound overlaps, so 5 % of a difference between tables is harmless; a deck may give its own. */
#include "atoms/species.h"

#include <math.h>
#include <string.h>
#include <strings.h>

struct element {
    char symbol[4];
    double mass, radius; /* g/mol, A */
};

static const struct element table[] = {
    {"", 0, 0},
    /* clang-format off */
    {"H", 1.008, 0.31}, {"He", 4.0026, 0.28}, {"Li", 6.94, 1.57}, {"Be", 9.0122, 1.12}, {"B", 10.81, 0.82},
    {"C", 12.011, 0.77}, {"N", 14.007, 0.71}, {"O", 15.999, 0.66}, {"F", 18.998, 0.57}, {"Ne", 20.180, 0.58},
    {"Na", 22.990, 1.91}, {"Mg", 24.305, 1.60}, {"Al", 26.982, 1.43}, {"Si", 28.085, 1.10}, {"P", 30.974, 1.02},
    {"S", 32.06, 1.05}, {"Cl", 35.45, 1.02}, {"Ar", 39.95, 1.06}, {"K", 39.098, 2.35}, {"Ca", 40.078, 1.97},
    {"Sc", 44.956, 1.64}, {"Ti", 47.867, 1.47}, {"V", 50.942, 1.35}, {"Cr", 51.996, 1.29}, {"Mn", 54.938, 1.37},
    {"Fe", 55.845, 1.27}, {"Co", 58.933, 1.25}, {"Ni", 58.693, 1.25}, {"Cu", 63.546, 1.28}, {"Zn", 65.38, 1.37},
    {"Ga", 69.723, 1.53}, {"Ge", 72.630, 1.14}, {"As", 74.922, 1.15}, {"Se", 78.971, 1.20}, {"Br", 79.904, 1.20},
    {"Kr", 83.798, 1.16}, {"Rb", 85.468, 2.50}, {"Sr", 87.62, 2.15}, {"Y", 88.906, 1.82}, {"Zr", 91.224, 1.60},
    {"Nb", 92.906, 1.47}, {"Mo", 95.95, 1.40}, {"Tc", 97, 1.35}, {"Ru", 101.07, 1.34}, {"Rh", 102.91, 1.34},
    {"Pd", 106.42, 1.37}, {"Ag", 107.87, 1.44}, {"Cd", 112.41, 1.52}, {"In", 114.82, 1.67}, {"Sn", 118.71, 1.58},
    {"Sb", 121.76, 1.61}, {"Te", 127.60, 1.38}, {"I", 126.90, 1.39}, {"Xe", 131.29, 1.40}, {"Cs", 132.91, 2.72},
    {"Ba", 137.33, 2.24}, {"La", 138.91, 1.88}, {"Ce", 140.12, 1.82}, {"Pr", 140.91, 1.83}, {"Nd", 144.24, 1.82},
    {"Pm", 145, 1.81}, {"Sm", 150.36, 1.80}, {"Eu", 151.96, 2.04}, {"Gd", 157.25, 1.80}, {"Tb", 158.93, 1.78},
    {"Dy", 162.50, 1.77}, {"Ho", 164.93, 1.77}, {"Er", 167.26, 1.76}, {"Tm", 168.93, 1.75}, {"Yb", 173.05, 1.94},
    {"Lu", 174.97, 1.73}, {"Hf", 178.49, 1.59}, {"Ta", 180.95, 1.47}, {"W", 183.84, 1.41}, {"Re", 186.21, 1.37},
    {"Os", 190.23, 1.35}, {"Ir", 192.22, 1.36}, {"Pt", 195.08, 1.39}, {"Au", 196.97, 1.44}, {"Hg", 200.59, 1.55},
    {"Tl", 204.38, 1.71}, {"Pb", 207.2, 1.75}, {"Bi", 208.98, 1.82}, {"Po", 209, 1.67}, {"At", 210, 1.50},
    {"Rn", 222, 1.50}, {"Fr", 223, 2.60}, {"Ra", 226, 2.35}, {"Ac", 227, 1.88}, {"Th", 232.04, 1.80},
    {"Pa", 231.04, 1.63}, {"U", 238.03, 1.56}, {"Np", 237, 1.56}, {"Pu", 244, 1.64}, {"Am", 243, 1.73},
    {"Cm", 247, 1.74}, {"Bk", 247, 1.70}, {"Cf", 251, 1.69}, {"Es", 252, 1.65}, {"Fm", 257, 1.67},
    {"Md", 258, 1.73}, {"No", 259, 1.76}, {"Lr", 262, 1.61},
    /* clang-format on */
};
#define N_ELEMENTS ((int)(sizeof table / sizeof *table))

int species_number(const char *symbol) {
    for (int z = 1; z < N_ELEMENTS; z++)
        if (strcmp(table[z].symbol, symbol) == 0) return z;
    return 0;
}

const char *species_symbol(int number) {
    return number > 0 && number < N_ELEMENTS ? table[number].symbol : "";
}

double species_mass(int number) {
    return number > 0 && number < N_ELEMENTS ? table[number].mass : 0;
}

double species_radius(int number) {
    return number > 0 && number < N_ELEMENTS ? table[number].radius : 0;
}

int species_from_mass(double mass) {
    int best = 0;
    for (int z = 1; z < N_ELEMENTS; z++)
        if (best == 0 || fabs(table[z].mass - mass) < fabs(table[best].mass - mass)) best = z;
    return fabs(table[best].mass - mass) <= 0.5 ? best : 0;
}

int species_find(const struct species *species, const char *name) {
    for (int s = 0; s < species->n; s++)
        if (strcmp(species->name[s], name) == 0) return s;
    return -1;
}

/* Local. The element that differs from the name in its letters' case only; NULL when none. */
static const char *other_case(const char *name) {
    for (int z = 1; z < N_ELEMENTS; z++)
        if (strcasecmp(table[z].symbol, name) == 0) return table[z].symbol;
    return NULL;
}

int species_add(struct species *species, const char *name, int model) {
    int z = model ? 0 : species_number(name);
    if (!name[0]) FAIL(ERR_INPUT, "a species without a name");
    if (species_find(species, name) >= 0) FAIL(ERR_INPUT, "species '%s' occurs twice", name);
    if (species->n == SPECIES_MAX)
        FAIL(ERR_INPUT, "species '%s': at most %d species are possible", name, SPECIES_MAX);
    if (strlen(name) >= SPECIES_NAME)
        FAIL(ERR_INPUT, "species '%s': a name has at most %d characters", name, SPECIES_NAME - 1);
    if (!model && z == 0) {
        const char *meant = other_case(name);
        if (meant) FAIL(ERR_INPUT, "species '%s' is not an element; did you mean '%s'?", name, meant);
        FAIL(ERR_INPUT, "species '%s' is not an element; give a chemical symbol such as Cu", name);
    }
    int s = species->n++;
    strcpy(species->name[s], name);
    species->number[s] = z;
    species->mass[s] = z ? table[z].mass : 1;
    species->radius[s] = z ? table[z].radius : 0.5;
    return ERR_OK;
}
