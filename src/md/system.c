/* system - the order of a rebuild: wrap and migrate, sort along cells, choose ghosts, bin, list.
 *
 * Cells are as wide as the longest interaction plus the skin; the sort uses half of that, so that atoms near in space are
 * near in memory. All of it is deterministic and independent of the decomposition (see cells, list). */
#include "md/system.h"
#include "base/log.h"
#include "base/mem.h"

#include <math.h>
#include <string.h>

#define IMBALANCE 1.05
#define QUANTUM_BOUND 256.0 /* eV an atom's share of energy or virial stays below in exact sums */

int system_create(const struct comm *comm, struct deck *deck, const struct species *species, struct system *s) {
    memset(s, 0, sizeof *s);
    s->comm = *comm;
    frame_init(&s->frame);
    domain_init(&s->domain);
    cells_init(&s->cells);
    list_init(&s->list);
    s->lj = deck_lj(deck);
    s->kb = s->lj ? 1 : UNIT_KB;
    s->mvv = s->lj ? 1 : UNIT_MVV;
    s->skin = deck_real(deck, "md.skin");
    s->seed = (uint64_t)deck_int(deck, "seed");
    s->stale = true;
    TRY(pot_create(comm, deck, species, &s->pot));
    if (!s->pot) return ERR_OK;
    pot_set_list(s->pot, &s->list, s->skin, 0);
    return halo_create(comm, &s->halo);
}

void system_destroy(struct system *s) {
    pot_destroy(&s->pot);
    halo_destroy(&s->halo);
    list_destroy(&s->list);
    cells_destroy(&s->cells);
    domain_destroy(&s->domain);
    frame_destroy(&s->frame);
    mem_free(&s->x0);
    s->capacity_x0 = 0;
}

static int remember(struct system *s) {
    struct frame *f = &s->frame;
    if (f->n > s->capacity_x0) {
        mem_free(&s->x0);
        s->capacity_x0 = 0;
        TRY(MEM_NEW(s->x0, f->n + f->n / 16));
        s->capacity_x0 = f->n + f->n / 16;
    }
    for (int i = 0; i < f->n; i++) memcpy(s->x0[i], f->x[i], sizeof s->x0[i]);
    memcpy(s->len0, f->box.len, sizeof s->len0);
    return ERR_OK;
}

static int ghosts_and_lists(struct system *s) {
    double range = pot_cutoff_max(s->pot) + s->skin;
    TRY_ALL(&s->comm, cells_sort(&s->cells, &s->frame, range / 2));
    TRY(halo_build(s->halo, &s->domain, &s->frame, range));
    int e = cells_build(&s->cells, &s->frame, range);
    if (!e) e = list_build(&s->list, &s->frame, &s->cells);
    if (!e) e = remember(s);
    TRY_ALL(&s->comm, e);
    s->stale = false;
    s->n_builds++;
    return ERR_OK;
}

int system_cut(struct system *s) {
    s->quantum = comm_quantum(s->frame.n_global, QUANTUM_BOUND);
    TRY(domain_cut(&s->comm, &s->domain, &s->frame));
    s->n_cuts++;
    TRY(domain_migrate(&s->comm, &s->domain, &s->frame));
    return ghosts_and_lists(s);
}

int system_rebuild(struct system *s) {
    TRY(domain_migrate(&s->comm, &s->domain, &s->frame));
    if (s->comm.size > 1 && domain_imbalance(&s->comm, &s->frame) > IMBALANCE) return system_cut(s);
    return ghosts_and_lists(s);
}

/* The saved positions ride in f through migration and sort; then the box and the atoms go where they were. */
int system_restore(struct system *s, const double len0[3]) {
    struct frame *f = &s->frame;
    double len[3];
    memcpy(len, f->box.len, sizeof len);
    memcpy(f->box.len, len0, sizeof len);
    TRY(system_cut(s));
    memcpy(f->box.len, len, sizeof len);
    for (int i = 0; i < f->n; i++) memcpy(f->x[i], f->f[i], 3 * sizeof(double));
    halo_forward(s->halo, f, &halo_positions);
    return ERR_OK;
}

int system_forces(struct system *s, int want) {
    if (s->stale) TRY(system_rebuild(s));
    else halo_forward(s->halo, &s->frame, &halo_positions);
    return pot_compute(s->pot, &s->frame, s->halo, &s->list, want, &s->result);
}

bool system_list_good(const struct system *s, double moved) {
    double cutoff = pot_cutoff_max(s->pot), shrink = 1;
    for (int a = 0; a < 3; a++) shrink = fmin(shrink, s->frame.box.len[a] / s->len0[a]);
    return (cutoff + s->skin) * shrink - 2 * moved >= cutoff;
}
