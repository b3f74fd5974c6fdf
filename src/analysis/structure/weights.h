/* weights - how strongly an element scatters neutrons and electrons: weights of partial structure factors.
 *
 * Neutrons: bound coherent scattering lengths of the natural mix of isotopes (sears1992), fm, for
 * elements of metallic glasses. Electrons: f_e at k = Q / 2 pi (lobato2014, formfactor.h), A. */
#ifndef ANALYSIS_STRUCTURE_WEIGHTS_H
#define ANALYSIS_STRUCTURE_WEIGHTS_H

/* Local. NAN: not in the table. q in 1/A. */
double weights_neutron(const char *symbol);
double weights_electron(const char *symbol, double q);

#endif
