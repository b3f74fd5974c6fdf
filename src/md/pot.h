/* pot - what the engine knows of a potential: one descriptor and one state per kind.
 *
 * Units: eV, A (or reduced LJ). Energies are sums over atoms of f[i].w; the virial is W_ab = sum over pairs
 * of r_a F_b (positive for repulsion), so that P = (2 E_kin + tr W) / (3 V). A new potential is one file pair
 * and one line in pot_kinds (pot.c). */
#ifndef MD_POT_H
#define MD_POT_H

#include "atoms/frame.h"
#include "atoms/halo.h"
#include "base/deck.h"

struct list;

struct pot_result {
    double quantum; /* what pot_set_quantum set: for compute */
    double (
        *stress)[6];  /* for compute: each atom's share of the virial is added here, eV; NULL: nobody asks */
    double energy;    /* eV, this rank's atoms */
    double virial[6]; /* xx yy zz xy xz yz, eV, this rank's share */
    int64_t bad_atom; /* id of an atom outside the potential's range (too close, density beyond the table),
                         else 0 */
    const char *bad_why;
};

/* Forces always; flags add to them. POT_DIAGONAL: at least xx, yy and zz of the virial. */
enum pot_want { POT_FORCES = 0, POT_ENERGY = 1, POT_DIAGONAL = 2, POT_VIRIAL = 6 };

struct pot; /* state */

struct pot_kind {
    const char *name;            /* of deck key potential.kind */
    const struct deck_row *rows; /* keys below `potential`, each with .when = "kind=NAME" */
    /* Collective. Read parameters and files for these species; mistakes go to deck_mistake (then *state stays
     * NULL). */
    int (*create)(const struct comm *comm, struct deck *deck, const struct species *species, void **state);
    void (*destroy)(void *state);
    /* Local. Largest interaction range between species a and b, A; *near: the part of it where all functions
     * of the potential act (for embedded atoms the reach of the densities), for list.h. */
    double (*cutoff)(const void *state, int a, int b, double *near);
    /* Collective (halo). Forces into frame->f[0..n), energy of each atom into f[i][3] when asked. Overwrites
     * f. */
    int (*compute)(void *state, struct frame *frame, struct halo *halo, struct list *list, int want,
                   struct pot_result *result);
    /* Local. What to print at start-up: one or more lines (by mem). */
    int (*describe)(const void *state, char **text);
    /* Local. Bytes that compute keeps for each entry of the near zone of a list. */
    double (*bytes_per_entry)(const void *state);
    /* Local. Bytes that compute keeps for each row of the frame, ghosts too. NULL: none. */
    double (*bytes_per_row)(const void *state);
    /* Local. Whether each atom's share of the virial can be had. NULL: yes. */
    bool (*knows_stress)(const void *state);
    /* Local. Keep less between passes at the cost of time, with the same results. False: nothing to save.
     * NULL: the same. */
    bool (*save_memory)(void *state);
};

extern const struct pot_kind *const pot_kinds[]; /* ends with NULL */

/* Collective. The potential of the deck's `potential` section. NULL in *pot after a deck_mistake. */
int pot_create(const struct comm *comm, struct deck *deck, const struct species *species,
               struct pot **pot) MUST_CHECK;
void pot_destroy(struct pot **pot);
const char *pot_name(const struct pot *pot);
double pot_cutoff(const struct pot *pot, int a, int b);
double pot_cutoff_max(const struct pot *pot);
/* Local. Reaches and skins (A) into a list, before list_build. inner = 0: single lists. */
void pot_set_list(const struct pot *pot, struct list *list, double skin, double inner);
/* Local. Quantum (comm_quantum, eV) to which the virial of each atom is rounded, so that sums over ranks are
 * exact; 0 (default): plain sums. */
void pot_set_quantum(struct pot *pot, double quantum);
/* Collective. Forces, energies and virial, and the virial of each local atom into stress[frame->n] (by the
 * plain loops: for frames that are written, not for steps). */
int pot_compute_stress(struct pot *pot, struct frame *frame, struct halo *halo, struct list *list,
                       double (*stress)[6], struct pot_result *result) MUST_CHECK;
/* Collective. Forces, and what `want` asks for. With bad_atom set the forces are finite but not to be
 * trusted. */
int pot_compute(struct pot *pot, struct frame *frame, struct halo *halo, struct list *list, int want,
                struct pot_result *result) MUST_CHECK;
int pot_describe(const struct pot *pot, char **text) MUST_CHECK;
/* Local. Bytes per local atom of list and potential together at a number density (1/A^3) and fractions of
 * species. */
double pot_bytes_per_atom(const struct pot *pot, const double fraction[SPECIES_MAX], double density,
                          double skin, double inner);
/* Local. Bytes per row of the frame, local or ghost. */
double pot_bytes_per_row(const struct pot *pot);
/* Local. Whether pot_compute_stress works with this potential. */
bool pot_knows_stress(const struct pot *pot);
/* Local. Keep less between passes, see pot_kind; whether that changed anything. */
bool pot_save_memory(struct pot *pot);
/* Local. A potential made by hand (tests, benchmarks); takes the state over. */
int pot_adopt(const struct pot_kind *kind, void *state, const struct species *species,
              struct pot **pot) MUST_CHECK;

#endif
