/* system - the order of a rebuild: places ahead, wrap and migrate, sort along cells, choose ghosts, bin,
 * list, prune, positions back.
 *
 * Cells are half as wide as the longest interaction plus the skin; the sort goes along them, so that atoms
 * near in space are near in memory. All of it is deterministic and independent of the decomposition (see
 * cells, list). */
#include "md/system.h"
#include "base/log.h"
#include "base/mem.h"
#include "md/forecast.h"

#include <math.h>
#include <string.h>

#define SKIN 1.0     /* A */
#define INNER 0.3    /* A */
#define SKIN_LJ 0.3  /* sigma */
#define IMBALANCE 1.05
#define CUT_EVERY 20        /* rebuilds */
#define COST_PER_ATOM 24    /* list entries: integration, sorting, embedding */
#define QUANTUM_BOUND 256.0 /* eV an atom's share of energy or virial stays below in exact sums */

int system_create(const struct comm *comm, struct deck *deck, const struct species *species,
                  struct system *s) {
    memset(s, 0, sizeof *s);
    s->comm = *comm;
    frame_init(&s->frame);
    domain_init(&s->domain);
    cells_init(&s->cells);
    list_init(&s->list);
    s->lj = deck_lj(deck);
    s->kb = s->lj ? 1 : UNIT_KB;
    s->mvv = s->lj ? 1 : UNIT_MVV;
    s->skin = deck_has(deck, "md.skin") ? deck_real(deck, "md.skin") : s->lj ? SKIN_LJ : SKIN;
    s->inner = deck_has(deck, "md.inner_skin") ? deck_real(deck, "md.inner_skin") : s->lj ? 0 : INNER;
    if (s->inner >= s->skin) s->inner = 0;
    s->seed = (uint64_t)deck_int(deck, "seed");
    s->stale = true;
    TRY(pot_create(comm, deck, species, &s->pot));
    if (!s->pot) return ERR_OK;
    pot_set_list(s->pot, &s->list, s->skin, s->inner);
    return halo_create(comm, &s->halo);
}

void system_destroy(struct system *s) {
    wall_end(&s->wall);
    pot_destroy(&s->pot);
    halo_destroy(&s->halo);
    list_destroy(&s->list);
    cells_destroy(&s->cells);
    domain_destroy(&s->domain);
    frame_destroy(&s->frame);
    mem_free(&s->x0);
    mem_free(&s->x1);
    s->capacity_x0 = 0;
}

/* Room for places, also on a rank without atoms: whether there is x1 says what all ranks do. */
static int remember_room(struct system *s) {
    int n = s->frame.n;
    if (n <= s->capacity_x0 && s->x0) return ERR_OK;
    mem_free(&s->x0);
    mem_free(&s->x1);
    s->capacity_x0 = 0;
    TRY(MEM_NEW(s->x0, n + n / 16));
    if (list_dual(&s->list)) TRY(MEM_NEW(s->x1, n + n / 16));
    s->capacity_x0 = n + n / 16;
    return ERR_OK;
}

/* Ghosts and lists for the places in frame.x. */
static int ghosts_and_lists(struct system *s) {
    struct frame *f = &s->frame;
    double range = pot_cutoff_max(s->pot) + s->skin;
    TRY_ALL(&s->comm, cells_sort(&s->cells, f, LIST_CELLS * range));
    TRY(halo_build(s->halo, &s->domain, f, range));
    int e = cells_build(&s->cells, f, LIST_CELLS * range);
    if (!e) e = list_build(&s->list, f, &s->cells);
    if (!e) e = remember_room(s);
    if (f->n > FRAME_LARGE) cells_destroy(&s->cells); /* not needed until the next build */
    TRY_ALL(&s->comm, e);
    for (int i = 0; i < f->n; i++) memcpy(s->x0[i], f->x[i], sizeof s->x0[i]);
    memcpy(s->len0, f->box.len, sizeof s->len0);
    s->stale = false;
    s->n_builds++;
    return ERR_OK;
}

/* Zones for the places in frame.x. */
static int prune(struct system *s) {
    struct frame *f = &s->frame;
    s->stale_prune = false;
    if (!s->x1) return ERR_OK;
    TRY_ALL(&s->comm, list_prune(&s->list, f));
    for (int i = 0; i < f->n; i++) memcpy(s->x1[i], f->x[i], sizeof s->x1[i]);
    memcpy(s->len1, f->box.len, sizeof s->len1);
    return ERR_OK;
}

/* Work of one atom in units of list entries: its entries and a constant for what is done once. */
static int32_t cost_of(const struct list *list, int i) {
    int32_t blocks = 0;
    for (int s = 0; s < list->n_species; s++) {
        int64_t k = (int64_t)i * list->n_species + s;
        blocks += list->near_zone.blocks[k] + list->far_zone.blocks[k];
    }
    return LIST_BLOCK * blocks + COST_PER_ATOM;
}

/* Cut by cost; the lists must be those of the present rows. */
static int cut_by_cost(struct system *s) {
    int32_t *weight = NULL;
    TRY(mem_agree(&s->comm, &weight, MEM_NEW(weight, s->frame.n)));
    for (int i = 0; i < s->frame.n; i++) weight[i] = cost_of(&s->list, i);
    int e = domain_cut(&s->comm, &s->domain, &s->frame, weight);
    mem_free(&weight);
    s->n_cuts++;
    s->last_cut = s->n_builds;
    return e;
}

double system_imbalance(const struct system *s) {
    double mine = 0, most;
    for (int i = 0; i < s->frame.n; i++) mine += cost_of(&s->list, i);
    most = mine;
    comm_max(&s->comm, &most, 1);
    comm_sum(&s->comm, &mine, 1);
    return mine > 0 ? most * s->comm.size / mine : 1;
}

int system_cut(struct system *s) {
    s->moving = false;
    s->quantum = comm_quantum(s->frame.n_global, QUANTUM_BOUND);
    pot_set_quantum(s->pot, s->quantum);
    TRY(domain_cut(&s->comm, &s->domain, &s->frame, NULL));
    TRY(domain_migrate(&s->comm, &s->domain, &s->frame));
    TRY(ghosts_and_lists(s));
    TRY(prune(s));
    if (s->comm.size == 1) return ERR_OK;
    TRY(cut_by_cost(s)); /* costs are known only now */
    TRY(domain_migrate(&s->comm, &s->domain, &s->frame));
    TRY(ghosts_and_lists(s));
    return prune(s);
}

/* frame.x from fourth lanes, or from f. */
static void put_places(struct system *s, bool lanes) {
    struct frame *f = &s->frame;
    for (int i = 0; i < f->n; i++) {
        double at[3] = {f->x[i][3], f->v[i][3], f->f[i][3]};
        memcpy(f->x[i], lanes ? at : f->f[i], sizeof at);
    }
    halo_forward(s->halo, f, &halo_positions);
}

/* After ghosts_and_lists: zones for the places in the fourth lanes of x, v and f (box len1), then the
 * positions in f (box len). */
static int zones_and_positions(struct system *s, const double len[3], const double len1[3]) {
    struct frame *f = &s->frame;
    if (s->x1) {
        memcpy(f->box.len, len1, sizeof f->box.len);
        put_places(s, true);
        TRY(prune(s));
    }
    memcpy(f->box.len, len, sizeof f->box.len);
    put_places(s, false);
    for (int i = 0; i < f->n; i++) f->x[i][3] = f->v[i][3] = 0;
    return ERR_OK;
}

/* Places lists are to be made for into x, those for the zones into fourth lanes, positions into f. Places in
 * the box, positions go along. */
static void take_places(struct system *s) {
    struct frame *f = &s->frame;
    const struct forecast c = forecast_measure(&s->comm, f, s->mvv);
    const struct forecast_step far = forecast_step(&c, f, s->mvv, s->skin),
                               near = forecast_step(&c, f, s->mvv, s->inner);
    for (int i = 0; i < f->n; i++) {
        double at[3], place[3], zone[3];
        int before[3];
        memcpy(at, f->x[i], sizeof at);
        memcpy(before, f->image[i], sizeof before);
        forecast_place(&far, f, i, place);
        forecast_place(&near, f, i, zone);
        box_wrap(&f->box, place, f->image[i]);
        for (int a = 0; a < 3; a++) {
            double off = (double)(f->image[i][a] - before[a]) * f->box.len[a];
            f->x[i][a] = place[a];
            f->f[i][a] = at[a] - off;
            zone[a] -= off;
        }
        f->x[i][3] = zone[0], f->v[i][3] = zone[1], f->f[i][3] = zone[2];
    }
}

int system_rebuild(struct system *s) {
    bool due = s->comm.size > 1 && s->n_builds - s->last_cut >= CUT_EVERY;
    if (due && system_imbalance(s) > IMBALANCE) TRY(cut_by_cost(s));
    if (!s->moving) {
        TRY(domain_migrate(&s->comm, &s->domain, &s->frame));
        TRY(ghosts_and_lists(s));
        return prune(s);
    }
    take_places(s);
    TRY(domain_migrate(&s->comm, &s->domain, &s->frame));
    TRY(ghosts_and_lists(s));
    double len[3];
    memcpy(len, s->frame.box.len, sizeof len);
    return zones_and_positions(s, len, len);
}

/* Zones for places ahead. */
static int prune_ahead(struct system *s) {
    struct frame *f = &s->frame;
    const struct forecast c = forecast_measure(&s->comm, f, s->mvv);
    const struct forecast_step near = forecast_step(&c, f, s->mvv, s->inner);
    for (int i = 0; i < f->n; i++) {
        double place[3];
        forecast_place(&near, f, i, place);
        memcpy(f->f[i], f->x[i], sizeof place);
        memcpy(f->x[i], place, sizeof place);
    }
    halo_forward(s->halo, f, &halo_positions);
    TRY(prune(s));
    s->n_prunes++;
    put_places(s, false);
    return ERR_OK;
}

void system_release(struct system *s) {
    list_destroy(&s->list);
    pot_set_list(s->pot, &s->list, s->skin, s->inner);
    s->stale = true;
    s->moving = false;
}

int system_restore(struct system *s, const double len0[3], const double len1[3]) {
    double len[3];
    memcpy(len, s->frame.box.len, sizeof len);
    memcpy(s->frame.box.len, len0, sizeof len);
    TRY(system_cut(s));
    return zones_and_positions(s, len, len1);
}

int system_forces(struct system *s, int want) {
    if (s->stale) TRY(system_rebuild(s));
    else if (s->stale_prune) TRY(prune_ahead(s));
    else halo_forward(s->halo, &s->frame, &halo_positions);
    s->failed = pot_compute(s->pot, &s->frame, s->halo, &s->list, want, &s->result);
    s->moving = !s->failed;
    if (s->walled && !s->failed) s->failed = wall_forces(&s->wall, &s->frame, s->n_builds, s->quantum);
    if (s->walled && s->wall.bad_atom && !s->result.bad_atom) {
        s->result.bad_atom = s->wall.bad_atom;
        s->result.bad_why = "it went through a wall";
    }
    return ERR_OK;
}

int system_stress(struct system *s) {
    static const int a[6] = {0, 1, 2, 0, 0, 1}, b[6] = {0, 1, 2, 1, 2, 2};
    struct frame *f = &s->frame;
    struct pot_result unused;
    double(*keep)[4] = NULL;
    int e = frame_stress(f, true);
    if (!e) e = MEM_NEW(keep, f->n);
    TRY_ALL_TO(&s->comm, out, e);
    if (f->n) memcpy(keep, f->f, (size_t)f->n * sizeof *keep);
    e = err_agree(&s->comm, pot_compute_stress(s->pot, f, s->halo, &s->list, f->stress, &unused));
    if (f->n) memcpy(f->f, keep, (size_t)f->n * sizeof *keep);
    for (int i = 0; i < f->n; i++)
        for (int c = 0; c < 6; c++)
            f->stress[i][c] =
                -(f->stress[i][c] + system_inertia(s, f->type[i]) * f->v[i][a[c]] * f->v[i][b[c]]);
out:
    mem_free(&keep);
    return e;
}

static bool good(const struct system *s, double skin, const double then[3], double moved) {
    double cutoff = pot_cutoff_max(s->pot), shrink = 1;
    for (int a = 0; a < 3; a++) shrink = fmin(shrink, s->frame.box.len[a] / then[a]);
    return (cutoff + skin) * shrink - 2 * moved >= cutoff;
}

void system_age(struct system *s, double moved, double moved_pruned) {
    if (!good(s, s->skin, s->len0, moved)) s->stale = true;
    else if (s->x1 && !good(s, s->inner, s->len1, moved_pruned)) s->stale_prune = true;
}
