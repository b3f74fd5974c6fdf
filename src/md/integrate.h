/* integrate - velocity Verlet with a thermostat and a barostat around it, one reduction a step.
 *
 * tuckerman2006 in docs/references.bib. Order of a step: chain half, strain-rate half kick, kick, drift
 * (Langevin in its middle), forces, kick, reduction, strain-rate half kick, chain half. The factor of the
 * last chain half is kept
 * (`pending`) and applied with the next kick, so that the velocities need no pass of their own. */
#ifndef MD_INTEGRATE_H
#define MD_INTEGRATE_H

#include "md/barostat.h"
#include "md/stage.h"
#include "md/system.h"
#include "md/thermostat.h"

/* Sums over all atoms, the same on every rank. */
struct integrate_sums {
    double kin[6];       /* sum m v_a v_b: xx yy zz (xy xz yz only after a full step), eV */
    double vir[6];       /* virial, eV */
    double potential;    /* eV; NAN when the step did not ask for it */
    double moved;        /* bound of the largest displacement since the list build, at the next step, A */
    double moved_pruned; /* the same since the last pruning */
    int stop;            /* stop_reason, the largest over ranks */
    int due;             /* the largest `due` that a rank passed in (checkpoint wanted) */
};

struct integrate {
    double dt, dof;
    struct stage stage;
    struct thermostat_chain chain;
    struct barostat barostat;
    double pending; /* factor that velocities still lack */
    double bath;    /* energy that stochastic thermostats took out, eV */
    struct integrate_sums sums;
};

/* Collective. Start a stage: degrees of freedom, bath masses, forces and sums of the present state. */
int integrate_begin(struct integrate *in, struct system *system, const struct stage *stage,
                    double dt) MUST_CHECK;
/* Collective. After a restart: forces again; sums and baths are as they were saved. */
int integrate_resume(struct integrate *in, struct system *system) MUST_CHECK;
/* Collective. One step; `done` steps of the stage are behind. full: potential energy and all six components
 * of kin and vir. due: see integrate_sums. ERR_PHYSICS names the step and the atom. */
int integrate_step(struct integrate *in, struct system *system, int64_t done, bool full, int due) MUST_CHECK;
/* Local. Apply the pending factor to the velocities (before they are written); changes no later bit. */
void integrate_flush(struct integrate *in, struct system *system);
/* Local. Degrees of freedom of a system: 3N less conserved momenta. */
double integrate_dof(const struct frame *frame, enum stage_thermostat thermostat, bool stochastic);
/* Local. Temperature, pressure tensor (xx yy zz xy xz yz, eV/A^3, of the matter), conserved quantity (eV). */
double integrate_temperature(const struct integrate *in, const struct system *system);
void integrate_pressure(const struct integrate *in, const struct system *system, double p[6]);
double integrate_conserved(const struct integrate *in, const struct system *system, double target);

#endif
