/* build - the table of builders and what they share: species, exact composition, overlap check. */
#include "atoms/build.h"
#include "atoms/build_cluster.h"
#include "atoms/build_file.h"
#include "atoms/build_lattice.h"
#include "atoms/build_nanoglass.h"
#include "atoms/build_rod.h"
#include "atoms/overlap.h"
#include "atoms/traj.h"
#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* clang-format off */
const struct build_kind *const build_kinds[] = {
    &build_lattice_crystal,
    &build_lattice_alloy,
    &build_rod_kind,
    &build_rod_replicate,
    &build_nanoglass_kind,
    &build_file_kind,
    &build_cluster_kind,
    NULL};
/* clang-format on */

const struct deck_row build_material_rows[] = {
    {DECK_MAP, "material", .help = "What the sample is made of. Not needed when `build` reads a file."},
    {DECK_TABLE, "material.composition", .bounds = "(0, 1]",
     .help =
         "Atomic fractions by element, sum 1: {Cu: 0.64, Zr: 0.36}. Counts are exact, by largest remainder."},
    {DECK_TABLE, "material.counts", .bounds = "[0, inf)",
     .help = "Numbers of atoms by element instead of fractions: {Cu: 4424, Zr: 2488}."},
    {DECK_TEXTS, "material.species", .choices = "1..", .help = "Elements alone, for crystals: [Cu, Zr]."},
    {DECK_TABLE, "material.masses", .dim = UNIT_MASS, .bounds = "(0 g/mol, inf)",
     .help = "Masses that replace those of the periodic table (or 1 in `units: lj`)."},
    {DECK_END}};

const struct deck_row build_rows[] = {
    {DECK_CHOICE, "kind", .value = DECK_REQUIRED,
     .choices = "crystal|random_alloy|cluster|rod|replicate|nanoglass|file",
     .help =
         "crystal, random_alloy, cluster and file make atoms; rod, replicate, nanoglass and cluster change "
         "those that are there."},
    {DECK_END}};

static int add_all(struct deck *deck, const char *path, struct species *species) {
    bool list = strcmp(path, "material.species") == 0;
    for (int k = 0; k < deck_count(deck, "%s", path); k++) {
        const char *name = list ? deck_text_at(deck, k, "%s", path) : deck_key_at(deck, k, "%s", path);
        if (species_add(species, name, deck_lj(deck))) {
            deck_mistake(deck, path, "%s", err_message());
            err_clear();
        }
    }
    return ERR_OK;
}

static void check_sum(struct deck *deck) {
    double sum = 0;
    for (int k = 0; k < deck_count(deck, "material.composition"); k++)
        sum += deck_real_at(deck, k, "material.composition");
    if (fabs(sum - 1) > 1e-6)
        deck_mistake(deck, "material.composition", "the fractions add up to %.6g, not 1; correct one of them",
                     sum);
}

static void set_masses(struct deck *deck, struct species *species) {
    if (!deck_has(deck, "material.masses")) return;
    for (int k = 0; k < deck_count(deck, "material.masses"); k++) {
        int s = species_find(species, deck_key_at(deck, k, "material.masses"));
        if (s < 0)
            deck_mistake(deck, "material.masses", "'%s' is not in the material",
                         deck_key_at(deck, k, "material.masses"));
        else species->mass[s] = deck_real_at(deck, k, "material.masses");
    }
}

static int from_file(const struct comm *comm, struct deck *deck, struct species *species) {
    char *found = NULL;
    struct traj *traj = NULL;
    struct frame frame;
    int fields, e = ERR_OK;
    frame_init(&frame);
    TRY(deck_file(comm, deck, "build.file", &found));
    if (!found) return ERR_OK;
    e = traj_open(comm, found, deck_has(deck, "build.group") ? deck_text(deck, "build.group") : NULL,
                  deck_has(deck, "build.names") ? deck_text(deck, "build.names") : NULL, &traj);
    if (!e) e = traj_read(traj, build_file_index(deck, traj_frames(traj)), &frame, &fields);
    if (!e) *species = frame.species;
    else {
        deck_mistake(deck, "build.file", "%s", err_message());
        err_clear();
        e = ERR_OK;
    }
    traj_close(&traj);
    frame_destroy(&frame);
    mem_free(&found);
    return e;
}

int build_species(const struct comm *comm, struct deck *deck, struct species *species) {
    memset(species, 0, sizeof *species);
    bool fractions = deck_has(deck, "material.composition"), counts = deck_has(deck, "material.counts");
    bool names = deck_has(deck, "material.species");
    bool file = deck_has(deck, "build.kind") && strcmp(deck_text(deck, "build.kind"), "file") == 0;
    if (fractions + counts + names > 1)
        deck_mistake(deck, "material", "give one of composition, counts, species, not several");
    else if (fractions) TRY(add_all(deck, "material.composition", species));
    else if (counts) TRY(add_all(deck, "material.counts", species));
    else if (names) TRY(add_all(deck, "material.species", species));
    else if (file) TRY(from_file(comm, deck, species));
    else deck_mistake(deck, "material", "needs a composition, such as composition: {Cu: 0.64, Zr: 0.36}");
    if (fractions) check_sum(deck);
    if (file && (fractions || counts || names)) { /* missing files are found before anything runs */
        char *found = NULL;
        TRY(deck_file(comm, deck, "build.file", &found));
        mem_free(&found);
    }
    set_masses(deck, species);
    return ERR_OK;
}

static const struct build_kind *kind_of(const struct deck *deck, const char *path) {
    const char *name = deck_text(deck, "%s.kind", path);
    for (int k = 0; build_kinds[k]; k++)
        if (strcmp(build_kinds[k]->name, name) == 0) return build_kinds[k];
    return NULL;
}

void build_check(struct deck *deck, const char *path, const struct species *species, double len[3],
                 double *n) {
    const struct build_kind *kind = kind_of(deck, path);
    char key[256];
    snprintf(key, sizeof key, "%s.kind", path);
    bool top = strcmp(path, "build") == 0;
    if (top && !kind->from_nothing)
        deck_mistake(deck, key,
                     "'%s' changes atoms that are there; use it in a stage, after a kind that makes them "
                     "(crystal, random_alloy, file)",
                     kind->name);
    else if (!top && !kind->changes)
        deck_mistake(deck, key, "'%s' makes new atoms; it belongs to the section build:, not to a stage",
                     kind->name);
    else if (kind->check) kind->check(deck, path, species, len, n);
}

int build_run(const struct comm *comm, struct deck *deck, const char *path, const struct species *species,
              struct frame *frame) {
    frame->species = *species;
    TRY(kind_of(deck, path)->run(comm, deck, path, frame));
    return build_overlaps(comm, frame);
}

int build_overlaps(const struct comm *comm, const struct frame *frame) {
    double least = INFINITY;
    struct overlap o;
    for (int s = 0; s < frame->species.n; s++) least = fmin(least, frame->species.radius[s]);
    if (!isfinite(least) || frame->n_global == 0) FAIL(ERR_PHYSICS, "no atoms are left to simulate");
    TRY(overlap_find(comm, frame, least, &o));
    if (o.n_pairs)
        FAIL(ERR_PHYSICS,
             "%lld pair%s of atoms overlap%s: atoms %lld and %lld are %.3g apart, closer than half a bond; "
             "make "
             "the lattice constant or the box larger",
             (long long)o.n_pairs, o.n_pairs == 1 ? "" : "s", o.n_pairs == 1 ? "s" : "", (long long)o.id[0],
             (long long)o.id[1], o.closest);
    return ERR_OK;
}

void build_counts(const struct deck *deck, const struct species *species, int64_t n,
                  int64_t counts[SPECIES_MAX]) {
    bool exact = deck_has(deck, "material.counts");
    const char *path = exact ? "material.counts" : "material.composition";
    double rest[SPECIES_MAX] = {0};
    int64_t given = 0;
    if (!deck_has(deck, "%s", path)) { /* material.species: equal parts */
        for (int s = 0; s < species->n; s++) counts[s] = n / species->n + (s < n % species->n);
        return;
    }
    double total = 0;
    for (int s = 0; s < species->n; s++) total += deck_real_at(deck, s, "%s", path);
    for (int s = 0; s < species->n; s++) {
        double want = deck_real_at(deck, s, "%s", path) / total * (double)n;
        counts[s] = (int64_t)floor(want + 1e-9);
        rest[s] = want - (double)counts[s];
        given += counts[s];
    }
    while (given < n) {
        int best = 0;
        for (int s = 1; s < species->n; s++)
            if (rest[s] > rest[best] + 1e-12) best = s;
        counts[best]++;
        rest[best] -= 1;
        given++;
    }
}
