/* plan - memory is the sum of what lives at the largest moment of a run: either while lists are built
 * (candidates, cells) or while a frame is written (one array in id order). Counts of neighbours are those of
 * a uniform density; list segments are whole blocks. The largest brick is that of recursive bisection along
 * the longest edge. Rejected: measuring a small system and scaling (ghosts do not scale, and building costs
 * time). */
#include "md/plan.h"
#include "atoms/build.h"
#include "base/mem.h"

#include <math.h>

#define RANKS_MAX 10000000

struct share {                    /* of one rank */
    double atoms, ghosts, volume; /* volume: with ghosts, A^3 */
};

/* Atoms per A^3: of the box, or where that is in a file, of spheres of metallic radius packed as in fcc. */
static double density_of(const struct system *s, const struct md_plan *plan, const struct species *species,
                         const double fraction[SPECIES_MAX]) {
    double volume = plan->box[0] * plan->box[1] * plan->box[2], radius = 0;
    if (volume > 0 && volume < 1e80 && plan->n_atoms > 0) return plan->n_atoms / volume;
    for (int t = 0; t < species->n; t++) radius += fraction[t] * species->radius[t];
    return s->lj || !(radius > 0) ? 1 : 1 / (4 * M_SQRT2 * radius * radius * radius);
}

/* Atoms of the largest brick, and those within `range` of it: faces, edges and corners of a rounded box. */
static struct share share_of(const struct md_plan *plan, double density, double range, int ranks) {
    double edge[3], volume = plan->n_most / density, box = plan->box[0] * plan->box[1] * plan->box[2];
    bool known = box > 0 && box < 1e80;
    for (int a = 0; a < 3; a++) edge[a] = known ? plan->box[a] * cbrt(volume / box) : cbrt(volume);
    for (int left = ranks; left > 1; left = (left + 1) / 2) {
        int longest = edge[1] > edge[0] ? 1 : 0;
        if (edge[2] > edge[longest]) longest = 2;
        edge[longest] *= (double)((left + 1) / 2) / left;
    }
    double x = edge[0], y = edge[1], z = edge[2], own = x * y * z;
    double around = own + 2 * range * (x * y + y * z + z * x) + M_PI * range * range * (x + y + z) +
                    4.0 / 3 * M_PI * range * range * range;
    return (struct share){own * density, (around - own) * density, around};
}

double plan_bytes(const struct system *s, const struct species *species, const struct md_plan *plan,
                  const double fraction[SPECIES_MAX], int ranks) {
    double density = density_of(s, plan, species, fraction), range = pot_cutoff_max(s->pot) + s->skin;
    struct share p = share_of(plan, density, range, ranks);
    bool dual = s->inner > 0 && s->inner < s->skin, alone = ranks == 1;
    double n = p.atoms, rows = n + p.ghosts, width = range / 2;
    double frame = n * (32 + 32 + 12 + 4) + rows * (32 + 4 + 8);
    double then = n * 24 * 17 / 16 * (dual ? 2 : 1);
    double halo = p.ghosts * (36 + 5 + (alone ? 0 : 36));
    double lists = n * pot_bytes_per_atom(s->pot, fraction, density, s->skin, s->inner) +
                   rows * pot_bytes_per_row(s->pot);
    double cells = p.volume / (width * width * width) * 10 + rows * 9;
    double candidates = rows * 17 + p.volume / (width * width * width) * 5 * species->n;
    double choosing = n * 17;                   /* who is a ghost */
    double writing = n * (alone ? 33 : 8 + 96); /* an array in order, on several ranks also on its way */
    double building = cells + candidates, moment = fmax(building, writing);
    if (n <= FRAME_LARGE) moment = building + choosing + writing;
    return frame + then + halo + lists + moment + plan->fixed;
}

/* Once a stage: species, id and mass of each atom. Each frame: positions, images, what else is asked for.
 * Each row of the record: 20 numbers, step and time, in the file and as text. Compression takes images almost
 * away, real numbers hardly. */
double plan_disk(const struct deck *deck, const struct stage *s, double n) {
    enum { ONCE = 4 + 8 + 8, RECORD_ROW = 22 * 8 + 270, STAGE = 60000 };
    int64_t every = deck_int(deck, "md.trajectory.every"), thermo = deck_int(deck, "md.thermo_every");
    int deflate = deck_int(deck, "md.trajectory.deflate") > 0,
        real = deck_choice(deck, "md.trajectory.precision") ? 4 : 8;
    int vectors = 1 + deck_bool(deck, "md.trajectory.velocity") + deck_bool(deck, "md.trajectory.force") +
                  2 * deck_bool(deck, "md.trajectory.stress");
    double frame = 3 * real * vectors * (deflate ? 0.95 : 1) + 12 * (deflate ? 0.05 : 1);
    if (!s->runs) return STAGE + n * (ONCE + frame);
    double frames = 1 + (double)(s->n_steps / every) + (s->n_steps % every != 0);
    double rows = 1 + (double)(s->n_steps / thermo) + (s->n_steps % thermo != 0);
    return STAGE + n * (ONCE * (deflate ? 0.3 : 1) + frames * frame) + rows * RECORD_ROW;
}

int plan_ranks(const struct system *s, const struct species *species, const struct md_plan *plan,
               const double fraction[SPECIES_MAX], int ranks, double limit) {
    int enough = ranks, few = ranks;
    while (plan_bytes(s, species, plan, fraction, enough) > limit && enough < RANKS_MAX) {
        few = enough;
        enough *= 2;
    }
    while (enough - few > 1) {
        int middle = few + (enough - few) / 2;
        if (plan_bytes(s, species, plan, fraction, middle) > limit) few = middle;
        else enough = middle;
    }
    return enough;
}

void plan_fit(struct deck *deck, struct system *s, const struct species *species, struct md_plan *plan,
              int ranks) {
    int64_t counts[SPECIES_MAX], all = 1000000;
    double fraction[SPECIES_MAX],
        limit = deck_has(deck, "md.memory") ? deck_real(deck, "md.memory") : INFINITY;
    if (plan->n_most <= 0) return; /* atoms come from a file: not known before it is read */
    build_counts(deck, species, all, counts);
    double total = 0;
    for (int t = 0; t < species->n; t++) total += (double)counts[t];
    for (int t = 0; t < species->n; t++) fraction[t] = (double)counts[t] / total;
    plan->fixed = (double)mem_bytes();
    plan->bytes = plan_bytes(s, species, plan, fraction, ranks);
    if (plan->bytes <= limit) return;
    plan->recompute = pot_save_memory(s->pot);
    plan->bytes = plan_bytes(s, species, plan, fraction, ranks);
    if (plan->bytes <= limit) return;
    double tables = plan->fixed * 1.05;
    if (limit < tables)
        deck_mistake(deck, "md.memory", "the potential's tables alone take %.3g MB on each rank; allow more",
                     tables / 1e6);
    else
        deck_mistake(deck, "md.memory",
                     "the run needs %.3g GB on each of %d rank%s%s, more than the %.3g GB allowed; use %d "
                     "ranks or allow more",
                     plan->bytes / 1e9, ranks, ranks > 1 ? "s" : "",
                     plan->recompute ? " even with `derivatives: recompute`" : "", limit / 1e9,
                     plan_ranks(s, species, plan, fraction, ranks, limit));
}
