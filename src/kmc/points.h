/* points - measured points that a material is compared with, or fitted to: one row of a TSV file each.
 *
 * Columns: schedule quantity diameter_nm diameter2_nm at_C relation value sigma role provenance place
 *     quantity    tc_C               median temperature of detection along the schedule
 *                 tc_low_C           the 5 % quantile of it (relation >: not crystallised by then in 95 %)
 *                 tc_difference_K    tc(diameter) - tc(diameter2)
 *                 d_minimum_nm       diameter at which tc is lowest
 *                 detected           probability that crystals are seen by the end of the schedule
 *                 growth_nm_per_s    velocity of the front at at_C (no schedule)
 *                 growth_ratio       velocity at diameter over that at diameter2, at at_C
 *     relation    = with sigma; < or >: a bound, missed by so many sigma
 *     role        fit | held_out | implied (says the same as fitted rows: neither fitted nor held out)
 *     provenance  measured | derived | reading ...; place: figure or section of the paper
 * Along a ramp that ends too early tc is found on the same ramp prolonged to the melting point, and flagged.
 */
#ifndef KMC_POINTS_H
#define KMC_POINTS_H

#include "kmc/meanfield.h"
#include "base/table.h"

enum points_quantity {
    POINTS_TC,
    POINTS_TC_LOW,
    POINTS_TC_DIFFERENCE,
    POINTS_D_MINIMUM,
    POINTS_DETECTED,
    POINTS_GROWTH,
    POINTS_GROWTH_RATIO,
    POINTS_QUANTITIES
};

struct points_row {
    const char *schedule; /* "" for growth; texts belong to the table */
    int experiment;       /* index of that schedule, -1 */
    enum points_quantity quantity;
    double d, d2, at, value, sigma; /* nm, nm, K, as written, as written */
    char relation;                  /* = < > */
    bool fitted;
    const char *role;
    const char *provenance, *place;
};
struct points {
    int n;
    struct points_row *row;
    struct table *table;
};

/* How the experiments are seen; the same for all rows. */
struct points_view {
    double field, threshold; /* nm, fraction */
};

extern const char *const points_names[POINTS_QUANTITIES];

/* Collective. Rows of a file; schedules by name. ERR_INPUT names file, row and column. */
int points_read(const struct comm *comm, const char *path, int n_schedules, struct schedule *const *schedules,
                struct points *points) MUST_CHECK;
void points_clear(struct points *points);

/* Local. What the model says of row k, with `shift` (K) added to the offset of its schedule. *value is nan
 * when nothing crystallises even below the melting point; *prolonged (may be NULL): the schedule had to be
 * prolonged. */
int points_model(const struct points_row *row, const struct material *m, struct schedule *const *schedules,
                 const struct points_view *view, double shift, double *value, bool *prolonged) MUST_CHECK;
/* Local. How far off, in sigma: (model - value)/sigma; for a bound 0 where it holds. */
double points_residual(const struct points_row *row, double model);
/* Local. The offset (K, within +-120) that would reconcile row with the model, and the factor by which all
 * rates would have to be divided; nan when none does, 0 and 1 when it agrees (= within sigma). */
int points_reconcile(const struct points_row *row, const struct material *m,
                     struct schedule *const *schedules, const struct points_view *view, double *offset,
                     double *slower) MUST_CHECK;

#endif
