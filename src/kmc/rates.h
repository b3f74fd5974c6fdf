/* rates - what follows from the rates alone, by the mean field: tables in seconds, before or beside a Monte
 * Carlo.
 *
 * Section kmc.rates of a deck. Tables: tc (Tc against diameter with scatter and ceiling), causes (one cause
 * off each), ttt, heating (continuous heating and cooling), critical (critical rates against diameter),
 * kissinger, avrami, heat_flow, layer (fast layer against catalytic surface), compare (beside measured
 * points), mobility (relaxation times of the columns of a rod, for films). */
#ifndef KMC_RATES_H
#define KMC_RATES_H

#include "kmc/lab.h"
#include "kmc/meanfield.h"

/* All rows of kmc.material, kmc.schedules, kmc.rates and kmc.calibrate; ends with rows NULL. */
extern const struct deck_table rates_tables[];

/* The field of mobility that a film shows of a rod along y. */
struct rates_mobility {
    double temperature, pixel; /* K, nm */
    int64_t size[2];           /* pixels, y and x */
};

/* Settings of kmc.rates, in nm and s. */
struct rates_options {
    int n_diameters;
    double *diameter;
    double field, threshold, bulk_volume;
    bool ends;    /* the rod ends with the field of view */
    int schedule; /* index */
    int n_heating;
    double *heating;              /* K/s */
    double T_low, T_high, T_step; /* of the diagrams, K */
    struct rates_mobility mobility;
};

/* Collective. Mistakes to the deck. */
int rates_check(const struct comm *comm, struct deck *deck) MUST_CHECK;
/* Collective. Reads, computes and writes the tables asked for; anew: NAME.h5 does not exist yet. */
int rates_run(const struct comm *comm, struct deck *deck, const char *command, bool anew,
              struct results_scalars *scalars) MUST_CHECK;

/* Local on every rank alike; tables for rates_run. Rods of diameter[], INFINITY standing for the bulk. */
int rates_diagram_ttt(const struct lab *lab, const struct rates_options *o, struct tsv **tsv) MUST_CHECK;
int rates_diagram_heating(const struct lab *lab, const struct rates_options *o, struct tsv **tsv) MUST_CHECK;
int rates_diagram_critical(const struct lab *lab, const struct rates_options *o, struct tsv **tsv) MUST_CHECK;
int rates_trace_kissinger(const struct lab *lab, const struct rates_options *o, struct tsv **tsv) MUST_CHECK;
int rates_trace_avrami(const struct lab *lab, const struct rates_options *o, struct tsv **tsv) MUST_CHECK;
int rates_trace_heat_flow(const struct lab *lab, const struct rates_options *o, struct tsv **tsv) MUST_CHECK;
int rates_cause_table(const struct lab *lab, const struct rates_options *o, struct tsv **tsv) MUST_CHECK;
/* Local. Share (percent) of Tc(thin) - Tc(thick) that goes away with confinement off, with starvation off;
 * nan when one of the four is not detected. */
int rates_cause_share(const struct lab *lab, const struct rates_options *o, double thin, double thick,
                      double *confinement, double *starvation) MUST_CHECK;
int rates_cause_layer(const struct lab *lab, struct tsv **tsv) MUST_CHECK;

/* Collective. Table rates_mobility and a map of each finite diameter, /kmc/mobility_Dnm. */
int rates_mobility_write(const struct lab *lab, const struct rates_options *o,
                         struct results *out) MUST_CHECK;

/* Local. The sample of one diameter as the options see it. */
struct meanfield_sample rates_sample(const struct rates_options *o, double diameter);

#endif
