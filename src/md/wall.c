/* wall - one function gives distance and direction to the mold, another the force at that distance.
 *
 * Rejected: walls of atoms as the only choice (a smooth wall needs no lists and has an exact diameter; a
 * rigid one of atoms is `fixed`), a piston of fixed speed (its pressure would be a result), the integrated
 * 9-3 potential (its planes do not hold at a rim). Which rows are fixed is looked up by id after each list
 * build. */
#include "md/wall.h"
#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PISTON_MASS 0.2 /* of the atoms' mass, when the deck is silent */

const struct deck_row wall_rows[] = {
    {DECK_REAL, "sigma", .dim = UNIT_LENGTH, .value = DECK_REQUIRED, .bounds = "(0 A, inf)",
     .help = "Range of the walls: E = 4 epsilon [(sigma / h)^12 - (sigma / h)^6] at the distance h."},
    {DECK_REAL, "epsilon", .dim = UNIT_ENERGY, .value = DECK_REQUIRED, .bounds = "(0 eV, inf)",
     .help = "Strength of the walls."},
    {DECK_REAL, "cutoff_sigma", .value = "1.122462048309373", .bounds = "[1, 10]",
     .help = "Cutoff over sigma; the default 2^(1/6) leaves a wall that only repels, 2.5 one that attracts."},
    {DECK_REAL, "surface", .dim = UNIT_LENGTH,
     .help = "z of the mold's lower face, above the atoms. Absent: no mold."},
    {DECK_REAL, "pore", .dim = UNIT_LENGTH, .bounds = "(0 A, inf)",
     .help = "Diameter of the pore in the middle of the mold. Absent: a plate."},
    {DECK_REAL, "roughness", .dim = UNIT_LENGTH, .value = "0 A; lj 0", .bounds = "[0 A, inf)",
     .help = "Height of rings around the pore that hold the liquid; 0: smooth, the liquid slips."},
    {DECK_REAL, "roughness_period", .dim = UNIT_LENGTH, .bounds = "(0 A, inf)",
     .help = "Distance of the rings along the pore. Default: sigma."},
    {DECK_REAL, "depth", .dim = UNIT_LENGTH, .value = "1000 A; lj 400", .bounds = "(0 A, inf)",
     .help = "Thickness of the mold; beyond it the pore opens."},
    {DECK_REAL, "pressure", .dim = UNIT_PRESSURE, .bounds = "[0 GPa, inf)",
     .help = "Pressure of a piston below the atoms on the box's section. Absent: no piston."},
    {DECK_REAL, "piston", .dim = UNIT_LENGTH,
     .help = "z of the piston at the start. Default: where the stage before left it, else sigma below the "
             "lowest atom."},
    {DECK_REAL, "piston_mass", .dim = UNIT_MASS, .bounds = "(0 g/mol, inf)",
     .help = "Default: a fifth of the mass of the atoms."},
    {DECK_REAL, "piston_time", .dim = UNIT_TIME, .value = "1 ps; lj 5", .bounds = "(0 ps, inf)",
     .help =
         "In which its speed is damped. A piston that follows a flow loses pressure to it, mass x speed / "
         "piston_time: give a long one then. The records show piston_pressure."},
    {DECK_END}};

const struct deck_row wall_fixed_rows[] = {
    {DECK_REAL, "below", .dim = UNIT_LENGTH,
     .help = "Atoms with z below this at the start of the stage are fixed."},
    {DECK_REAL, "above", .dim = UNIT_LENGTH, .help = "Atoms with z above this."},
    {DECK_TEXTS, "species", .choices = "1..", .help = "Atoms of these elements: a mold of atoms."},
    {DECK_END}};

bool wall_wanted(const struct deck *deck, int k) {
    return deck_has(deck, "md.stages[%d].wall", k) || deck_has(deck, "md.stages[%d].fixed", k);
}

void wall_check(struct deck *deck, int k, const struct species *species) {
    char path[96];
    snprintf(path, sizeof path, "md.stages[%d].wall", k);
    if (deck_has(deck, "%s", path)) {
        bool surface = deck_has(deck, "%s.surface", path), piston = deck_has(deck, "%s.pressure", path);
        if (!surface && !piston)
            deck_mistake(deck, path, "does nothing: give surface (a mold), pressure (a piston), or both");
        if (!surface && deck_has(deck, "%s.pore", path))
            deck_mistake(deck, path, "a pore needs surface, the mold's lower face");
        if (!piston && deck_has(deck, "%s.piston", path)) deck_mistake(deck, path, "a piston needs pressure");
        double atom = 2 * (deck_real(deck, "%s.sigma", path) + deck_real(deck, "%s.roughness", path));
        if (surface && deck_has(deck, "%s.pore", path) && deck_real(deck, "%s.pore", path) <= atom)
            deck_mistake(deck, path,
                         "the pore (%.4g) is narrower than an atom between its walls (2 (sigma + roughness) "
                         "= %.4g)",
                         deck_real(deck, "%s.pore", path), atom);
        if (deck_real(deck, "%s.roughness", path) > 0 && !deck_has(deck, "%s.pore", path))
            deck_mistake(deck, path, "roughness is that of a pore: give pore");
        if (deck_has(deck, "md.stages[%d].ensemble", k) &&
            deck_choice(deck, "md.stages[%d].ensemble", k) == 2)
            deck_mistake(
                deck, path,
                "walls do not move with a box that breathes: use nvt or nve; the piston holds the pressure");
    }
    snprintf(path, sizeof path, "md.stages[%d].fixed", k);
    if (!deck_has(deck, "%s", path)) return;
    bool named = deck_has(deck, "%s.species", path);
    if (!named && !deck_has(deck, "%s.below", path) && !deck_has(deck, "%s.above", path))
        deck_mistake(deck, path, "fixes nothing: give below, above or species");
    for (int m = 0; named && m < deck_count(deck, "%s.species", path); m++)
        if (species_find(species, deck_text_at(deck, m, "%s.species", path)) < 0)
            deck_mistake(deck, path, "'%s' is not in the material",
                         deck_text_at(deck, m, "%s.species", path));
}

/* **Local.** Bytes of fixed[t]: species t is fixed. */
static void fixed_species(const struct deck *deck, int k, const struct species *species, uint8_t *fixed) {
    memset(fixed, 0, SPECIES_MAX);
    if (!deck_has(deck, "md.stages[%d].fixed.species", k)) return;
    for (int m = 0; m < deck_count(deck, "md.stages[%d].fixed.species", k); m++)
        fixed[species_find(species, deck_text_at(deck, m, "md.stages[%d].fixed.species", k))] = 1;
}

static int by_id(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* **Collective.** The ids of all fixed atoms to every rank. */
static int choose_fixed(struct wall *w, const struct comm *comm, const struct deck *deck, int k,
                        struct frame *f, bool resting) {
    uint8_t species[SPECIES_MAX];
    double below = -INFINITY, above = INFINITY;
    int64_t *mine = NULL, *send = NULL, *to = NULL, n = 0;
    mem_free(&w->fixed);
    w->n_fixed = 0;
    w->masked_at = -1;
    if (!deck_has(deck, "md.stages[%d].fixed", k)) return ERR_OK;
    if (deck_has(deck, "md.stages[%d].fixed.below", k))
        below = deck_real(deck, "md.stages[%d].fixed.below", k);
    if (deck_has(deck, "md.stages[%d].fixed.above", k))
        above = deck_real(deck, "md.stages[%d].fixed.above", k);
    fixed_species(deck, k, &f->species, species);
    int e = MEM_NEW(mine, f->n);
    for (int i = 0; i < f->n && !e; i++) {
        double *v = f->v[i];
        bool rests = v[0] == 0 && v[1] == 0 && v[2] == 0;
        if (!(species[f->type[i]] || f->x[i][2] < below || f->x[i][2] > above) || (resting && !rests))
            continue;
        mine[n++] = f->id[i];
        v[0] = v[1] = v[2] = 0;
    }
    if (!e) e = MEM_NEW(send, n * comm->size);
    if (!e) e = MEM_NEW(to, comm->size);
    e = err_agree(comm, e);
    if (!e) {
        for (int r = 0; r < comm->size; r++) {
            memcpy(send + (size_t)r * n, mine, (size_t)n * sizeof *mine);
            to[r] = n;
        }
        e = comm_exchange(comm, send, to, sizeof *send, &w->fixed, &w->n_fixed);
    }
    if (!e && w->n_fixed > 0) qsort(w->fixed, (size_t)w->n_fixed, sizeof *w->fixed, by_id);
    mem_free(&mine);
    mem_free(&send);
    mem_free(&to);
    return e;
}

static void place_piston(struct wall *w, const struct comm *comm, const struct deck *deck, int k,
                         const struct frame *f, double mvv, bool had) {
    double lowest = INFINITY, mass = 0;
    int64_t counts[SPECIES_MAX];
    w->push = deck_real(deck, "md.stages[%d].wall.pressure", k) * f->box.len[0] * f->box.len[1];
    w->taken = had ? w->taken : 0;
    w->damping = 1 / deck_real(deck, "md.stages[%d].wall.piston_time", k);
    frame_count(comm, f, counts);
    for (int t = 0; t < f->species.n; t++) mass += (double)counts[t] * f->species.mass[t];
    if (deck_has(deck, "md.stages[%d].wall.piston_mass", k))
        mass = deck_real(deck, "md.stages[%d].wall.piston_mass", k) / PISTON_MASS;
    w->mass = PISTON_MASS * mass * mvv;
    if (had && !deck_has(deck, "md.stages[%d].wall.piston", k)) return;
    for (int i = 0; i < f->n; i++) lowest = fmin(lowest, f->x[i][2]);
    comm_min(comm, &lowest, 1);
    w->speed = 0;
    w->place = deck_has(deck, "md.stages[%d].wall.piston", k)
                   ? deck_real(deck, "md.stages[%d].wall.piston", k)
                   : lowest - w->sigma;
}

int wall_begin(struct wall *w, const struct comm *comm, struct deck *deck, int k, struct frame *f, double mvv,
               bool resting) {
    bool had = w->piston;
    w->mold = w->pore = w->piston = false;
    w->bad_atom = 0;
    if (deck_has(deck, "md.stages[%d].wall", k)) {
        w->sigma = deck_real(deck, "md.stages[%d].wall.sigma", k);
        w->epsilon = deck_real(deck, "md.stages[%d].wall.epsilon", k);
        double c = deck_real(deck, "md.stages[%d].wall.cutoff_sigma", k);
        w->cutoff = c * w->sigma;
        w->shift = -4 * w->epsilon * (pow(c, -12) - pow(c, -6));
        w->mold = deck_has(deck, "md.stages[%d].wall.surface", k);
        w->pore = w->mold && deck_has(deck, "md.stages[%d].wall.pore", k);
        if (w->mold) w->surface = deck_real(deck, "md.stages[%d].wall.surface", k);
        if (w->pore) w->radius = deck_real(deck, "md.stages[%d].wall.pore", k) / 2;
        w->depth = deck_real(deck, "md.stages[%d].wall.depth", k);
        w->rough = deck_real(deck, "md.stages[%d].wall.roughness", k);
        w->period = deck_has(deck, "md.stages[%d].wall.roughness_period", k)
                        ? deck_real(deck, "md.stages[%d].wall.roughness_period", k)
                        : w->sigma;
        for (int a = 0; a < 2; a++) w->centre[a] = f->box.lo[a] + f->box.len[a] / 2;
        w->piston = deck_has(deck, "md.stages[%d].wall.pressure", k);
        if (w->piston) place_piston(w, comm, deck, k, f, mvv, had || resting);
    }
    return choose_fixed(w, comm, deck, k, f, resting);
}

void wall_end(struct wall *w) {
    mem_free(&w->fixed);
    mem_free(&w->mask);
    memset(w, 0, sizeof *w);
}

/* **Local.** dE/dh of the wall at distance h, with the energy. */
static double slope(const struct wall *w, double h, double *energy) {
    double s = w->sigma / h, s6 = s * s * s * s * s * s;
    *energy = 4 * w->epsilon * (s6 * s6 - s6) + w->shift;
    return 4 * w->epsilon * (-12 * s6 * s6 + 6 * s6) / h;
}

/* **Local.** Distance to the mold, less the rings', and its gradient; negative inside. */
static double distance(const struct wall *w, const double *at, double out[3]) {
    double dz = at[2] - w->surface, x = at[0] - w->centre[0], y = at[1] - w->centre[1],
           r = sqrt(x * x + y * y);
    double gap = w->pore ? w->radius - r : -1, above = dz - w->depth;
    out[0] = out[1] = 0;
    if (gap <= 0) { /* under or above the body */
        out[2] = dz < w->depth / 2 ? -1 : 1;
        return dz < w->depth / 2 ? -dz : above;
    }
    double z = dz < 0      ? dz
               : above > 0 ? above
                           : 0,
           h = sqrt(gap * gap + z * z); /* to the wall, or to a rim */
    double inward = r > 0 ? gap / h / r : 0;
    out[0] = -x * inward;
    out[1] = -y * inward;
    out[2] = z / h;
    if (w->rough == 0 || dz <= 0 || dz >= floor(w->depth / w->period) * w->period) return h;
    double s = sin(M_PI * dz / w->period);
    out[2] -= w->rough * M_PI / w->period * sin(2 * M_PI * dz / w->period);
    return h - w->rough * s * s;
}

static void push(struct wall *w, struct frame *f, int i, double h, const double out[3], double quantum,
                 bool piston) {
    double energy;
    if (h >= w->cutoff) return;
    if (!(h > 0)) {
        if (w->bad_atom == 0 || f->id[i] < w->bad_atom) w->bad_atom = f->id[i];
        return;
    }
    double force = -slope(w, h, &energy);
    for (int a = 0; a < 3; a++) f->f[i][a] += force * out[a];
    f->f[i][3] += energy;
    w->energy += comm_round(energy, quantum);
    if (piston) w->local_force += comm_round(force, quantum);
}

static int find_fixed(struct wall *w, const struct frame *f) {
    if (f->n > w->capacity) {
        mem_free(&w->mask);
        w->capacity = 0;
        TRY(MEM_NEW(w->mask, f->n + f->n / 16 + 1));
        w->capacity = f->n + f->n / 16 + 1;
    }
    for (int i = 0; i < f->n; i++)
        w->mask[i] = bsearch(&f->id[i], w->fixed, (size_t)w->n_fixed, sizeof *w->fixed, by_id) != NULL;
    return ERR_OK;
}

int wall_forces(struct wall *w, struct frame *f, int64_t build, double quantum) {
    const double up[3] = {0, 0, 1};
    double out[3];
    w->local_force = w->energy = 0;
    w->bad_atom = 0;
    if (w->n_fixed > 0 && w->masked_at != build) {
        TRY(find_fixed(w, f));
        w->masked_at = build;
    }
    for (int i = 0; i < f->n && (w->mold || w->piston); i++) {
        if (w->n_fixed > 0 && w->mask[i]) continue;
        if (w->mold) {
            double h = distance(w, f->x[i], out);
            push(w, f, i, h, out, quantum, false);
        }
        if (w->piston) push(w, f, i, f->x[i][2] - w->place, up, quantum, true);
    }
    for (int i = 0; i < f->n && w->n_fixed > 0; i++)
        if (w->mask[i]) f->f[i][0] = f->f[i][1] = f->f[i][2] = 0;
    return ERR_OK;
}

void wall_hold(const struct wall *w, struct frame *f) {
    for (int i = 0; i < f->n && w->n_fixed > 0; i++)
        if (bsearch(&f->id[i], w->fixed, (size_t)w->n_fixed, sizeof *w->fixed, by_id))
            f->v[i][0] = f->v[i][1] = f->v[i][2] = 0;
}

static void damp(struct wall *w, double half) {
    double before = w->speed;
    w->speed *= exp(-w->damping * half);
    w->taken += 0.5 * w->mass * (before * before - w->speed * w->speed);
}

void wall_kick(struct wall *w, double half, bool first) {
    if (!w->piston) return;
    if (first) damp(w, half);
    w->speed += half * (w->push - w->force) / w->mass;
    if (!first) damp(w, half);
}

void wall_drift(struct wall *w, double dt) {
    if (w->piston) w->place += w->speed * dt;
}

double wall_energy(const struct wall *w) {
    return w->piston ? 0.5 * w->mass * w->speed * w->speed - w->push * w->place + w->taken : 0;
}
