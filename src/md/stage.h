/* stage - the protocol of a run: a list of holds, ramps and changes of the atoms, read from the deck. */
#ifndef MD_STAGE_H
#define MD_STAGE_H

#include "base/deck.h"

#include <stdint.h>

enum stage_ensemble { STAGE_NVE, STAGE_NVT, STAGE_NPT };
enum stage_thermostat { STAGE_NOSE_HOOVER, STAGE_LANGEVIN, STAGE_BUSSI };
enum stage_axes { STAGE_ISOTROPIC, STAGE_INDEPENDENT, STAGE_Z };

struct stage {
    const char *name; /* owned by the deck */
    int index;
    bool builds; /* changes the atoms at its start (key build) */
    bool runs;   /* has an ensemble */
    enum stage_ensemble ensemble;
    enum stage_thermostat thermostat;
    enum stage_axes axes;
    double t_start, t_end;                 /* K; t_start NAN: the temperature the atoms have */
    double pressure;                       /* eV/A^3 */
    double thermostat_time, barostat_time; /* ps */
    int64_t n_steps;
};

extern const struct deck_row stage_rows[]; /* prefix "md.stages[]" */

/* Local. Number of stages; stage k of a checked deck (targets chain: a ramp starts where the stage before
 * ended). */
int stage_count(const struct deck *deck);
struct stage stage_get(const struct deck *deck, int k);
/* Local. Checks that rows cannot express (rate or duration, unique names, npt in open boxes); mistakes to the
 * deck. */
void stage_check(struct deck *deck);
/* Local. Target temperature after `done` steps of the stage. */
double stage_target(const struct stage *stage, int64_t done);

#endif
