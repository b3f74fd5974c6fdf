/* weights - how strongly an element scatters neutrons and electrons: weights of partial structure factors.
 *
 * Neutrons: bound coherent scattering lengths of the natural mix of isotopes (sears1992), fm. Electrons:
 * f_e = sum a_i (2 + b_i k^2) / (1 + b_i k^2)^2, k = Q / 2 pi in 1/A (lobato2014), A. Elements of metallic
 * glasses only. */
#ifndef ANALYSIS_STRUCTURE_WEIGHTS_H
#define ANALYSIS_STRUCTURE_WEIGHTS_H

/* Local. NAN: not in the table. q in 1/A. */
double weights_neutron(const char *symbol);
double weights_electron(const char *symbol, double q);

#endif
