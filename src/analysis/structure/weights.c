/* weights - neutron lengths, one an element (sears1992); electron factors are those of formfactor. */
#include "analysis/structure/weights.h"
#include "analysis/formfactor.h"
#include "atoms/species.h"

#include <math.h>
#include <string.h>

static const struct row {
    const char *symbol;
    double length; /* fm */
} rows[] = {
    /* clang-format off */
    {"B", 5.3}, {"C", 6.646}, {"O", 5.803}, {"Mg", 5.375}, {"Al", 3.449}, {"Si", 4.1491},
    {"P", 5.13}, {"Ti", -3.438}, {"V", -0.3824}, {"Cr", 3.635}, {"Mn", -3.73}, {"Fe", 9.45},
    {"Co", 2.49}, {"Ni", 10.3}, {"Cu", 7.718}, {"Zn", 5.68}, {"Y", 7.75}, {"Zr", 7.16},
    {"Nb", 7.054}, {"Mo", 6.715}, {"Pd", 5.91}, {"Ag", 5.922}, {"Sn", 6.225}, {"La", 8.24},
    {"Ce", 4.84}, {"Gd", 6.5}, {"Hf", 7.7}, {"Ta", 6.91}, {"W", 4.86}, {"Pt", 9.6},
    {"Au", 7.63},
    /* clang-format on */
};

double weights_neutron(const char *symbol) {
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
        if (!strcmp(rows[k].symbol, symbol)) return rows[k].length;
    return NAN;
}

double weights_electron(const char *symbol, double q) {
    int number = species_number(symbol);
    return number >= 1 && number <= FORMFACTOR_ELEMENTS
               ? formfactor_at(FORMFACTOR_LOBATO, number, q / (2 * M_PI))
               : NAN;
}
