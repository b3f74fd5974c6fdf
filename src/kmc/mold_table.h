/* mold_table - the paper's analysis of measured lengths L(d, T, p, t): viscosity and interface mobility of
 * each condition, where they cross, the exponents on both sides, and the master plot (liu2023, figs. 5 and
 * 6).
 *
 * A table has columns NAME_UNIT: diameter, temperature, pressure, time, length; length_error and start (L0,
 * the print before pressing) if known; bare names in reduced units (then k_B = 1). */
#ifndef KMC_MOLD_TABLE_H
#define KMC_MOLD_TABLE_H

#include "base/comm.h"
#include "kmc/mold_length.h"

struct mold_table_row {
    double diameter, temperature, pressure, time, length, error, start; /* error: standard deviation of L */
    int group;
    double fitted;
};

/* Rows of one temperature, pressure and time. */
struct mold_table_group {
    double temperature, pressure, time;
    int n, n_collective, n_individual; /* rows by the mechanism that the fit gives them */
    double eta, eta_error; /* error: relative; NAN: no row on that side, eta is then a lower bound */
    double mobility, mobility_error; /* delta Omega D_I; relative; NAN: an upper bound */
    double correlation;              /* of the logarithms */
    double dc, dc_error;             /* relative error; dc NAN when one side is empty */
    double chi2;
    double slope_wide, slope_wide_error, slope_narrow,
        slope_narrow_error; /* d ln L / d ln d; NAN: fewer than 2 */
};

struct mold_table {
    struct mold_table_row *row;
    int n;
    struct mold_table_group *group;
    int n_groups;
};

/* Collective. Read a TSV. ERR_INPUT names the line and what is wrong. */
int mold_table_read(const struct comm *comm, const char *path, bool lj, double error,
                    struct mold_table *table) MUST_CHECK;
void mold_table_destroy(struct mold_table *table);
/* Local. Group the rows and fit each group. kb: k_B (1 in reduced units). The capillary term is of `m` when
 * `capillary`. ERR_INPUT: no convergence. */
int mold_table_compute(struct mold_table *table, const struct mold_material *m, bool capillary,
                       enum mold_length_law law, double kb) MUST_CHECK;

#endif
