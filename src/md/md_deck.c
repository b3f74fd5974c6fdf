/* md_deck - the rows of `md:` and the checks that need several of them at once; what a run will cost. */
#include "md/md.h"
#include "md/plan.h"
#include "md/stage.h"
#include "md/system.h"
#include "atoms/build.h"
#include "atoms/traj.h"
#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const struct deck_row md_rows[] = {
    {DECK_MAP, "md",
     .help = "Molecular dynamics: time step, output, and the list of stages that run in order."},
    {DECK_REAL, "md.time_step", .dim = UNIT_TIME, .value = DECK_REQUIRED, .bounds = "(0 fs, 20 fs]",
     .help = "Time step of velocity Verlet. 1-2 fs for metals at 2000 K, up to 5 fs at low temperature; "
             "0.004-0.005 in lj."},
    {DECK_REAL, "md.initial_temperature", .dim = UNIT_TEMPERATURE, .bounds = "[0 K, 1e5 K]",
     .help = "Temperature of the first velocities. Default: start of the first stage (atoms from a file keep "
             "theirs). On a "
             "perfect lattice half of it goes into potential energy."},
    {DECK_REAL, "md.skin", .dim = UNIT_LENGTH, .bounds = "(0 A, 10 A]",
     .help = "Margin of the neighbour lists. Default 1 A (0.3 in lj). Changes speed, not results."},
    {DECK_REAL, "md.inner_skin", .dim = UNIT_LENGTH, .bounds = "[0 A, 10 A]",
     .help = "Margin of the pruned inner lists; 0 switches them off. Default 0.3 A (0 in lj)."},
    {DECK_BOOL, "md.rotation", .value = "false",
     .help = "Let a free rod or cluster rotate. By default rotation about its free axes is taken out with "
             "the drift, at the "
             "start of each stage and every 1000 steps."},
    {DECK_INT, "md.thermo_every", .value = "100", .bounds = "[1, 1e9]",
     .help = "Steps between rows of the thermodynamic record."},
    {DECK_MAP, "md.trajectory", .value = "{}", .help = "Frames to keep."},
    {DECK_INT, "md.trajectory.every", .value = "5000", .bounds = "[1, 1e12]",
     .help = "Steps between frames; the first and last of each stage are always kept."},
    {DECK_BOOL, "md.trajectory.velocity", .value = "false", .help = "Write velocities."},
    {DECK_BOOL, "md.trajectory.force", .value = "false", .help = "Write forces."},
    {DECK_BOOL, "md.trajectory.stress", .value = "false",
     .help = "Write the stress of each atom times its volume (virial and kinetic part; see pass profile). "
             "Costs a slow "
             "force pass for each frame, nothing else."},
    {DECK_CHOICE, "md.trajectory.precision", .value = "double", .choices = "double|single",
     .help = "Bits of positions, velocities and forces in the frames: 64 or 32."},
    {DECK_INT, "md.trajectory.deflate", .value = "0", .bounds = "[0, 9]",
     .help = "Compression of the frames, 0 = none."},
    {DECK_REAL, "md.checkpoint_every", .dim = UNIT_DURATION, .value = "10 min", .bounds = "[0 s, inf)",
     .help = "Wall time between checkpoints. Writing one changes no bit of the run.", .inert = true},
    {DECK_REAL, "md.memory", .dim = UNIT_BYTES, .bounds = "(0 B, inf)",
     .help = "Memory that a rank may use, such as 4 GB. If keeping the pair derivatives of embedded atoms "
             "takes more, they "
             "are computed twice; if that is not enough, the deck is refused with the number of ranks that "
             "would do. "
             "Default: no limit.",
     .inert = true},
    {DECK_CHOICE, "md.simd", .value = "auto", .choices = "auto|avx512|avx2|plain",
     .help = "Instruction set of the force kernels; auto takes the widest the machine has.", .inert = true},
    {DECK_LIST, "md.stages", .value = DECK_REQUIRED, .help = "What happens, in order: holds, ramps, cuts."},
    {DECK_END}};

const struct deck_row md_potential_rows[] = {
    {DECK_CHOICE, "kind", .value = DECK_REQUIRED, .choices = "lj|eam|zhou|kim",
     .help = "lj: Lennard-Jones, any number of species. eam: embedded atoms from a file (setfl, fs, funcfl). "
             "zhou: the "
             "built-in elements of Zhou, Johnson and Wadley 2004. kim: a model of OpenKIM that is installed here."},
    {DECK_END}};

static void check_npt(struct deck *deck, int k, const struct stage *s, const bool periodic[3]) {
    char path[128];
    if (!s->runs || s->ensemble != STAGE_NPT) return;
    snprintf(path, sizeof path, "md.stages[%d].ensemble", k);
    if (deck_has(deck, "potential.precision") && deck_choice(deck, "potential.precision") == 1)
        deck_mistake(
            deck, path,
            "npt needs the virial at each step, which is summed in double precision: `precision: mixed` "
            "would cost more than double; leave it out");
    snprintf(path, sizeof path, "md.stages[%d].axes", k);
    if (s->axes == STAGE_Z ? !periodic[2] : !(periodic[0] && periodic[1] && periodic[2]))
        deck_mistake(deck, path,
                     s->axes == STAGE_Z
                         ? "the box is open along z: nothing can hold a pressure there; use nvt"
                         : "the box is open across a rod: use axes: z, or nvt");
}

/* Collective. How many atoms the file of `build` holds; 0 where there is no file. ERR_INPUT: it cannot be
 * read. */
static int count_in_file(const struct comm *comm, struct deck *deck, double *n) {
    char *found = NULL;
    struct traj *traj = NULL;
    *n = 0;
    if (strcmp(deck_text(deck, "build.kind"), "file")) return ERR_OK;
    TRY(deck_file(comm, deck, "build.file", &found));
    if (!found) return ERR_OK;
    int e = traj_open(comm, found, deck_has(deck, "build.group") ? deck_text(deck, "build.group") : NULL,
                      deck_has(deck, "build.names") ? deck_text(deck, "build.names") : NULL, &traj);
    if (!e) *n = (double)traj_atoms(traj);
    traj_close(&traj);
    mem_free(&found);
    return e;
}

/* Follow box, atoms and open sides through the stages. */
static void walk_stages(struct deck *deck, const struct species *species, double in_file,
                        struct md_plan *plan) {
    double len[3] = {0}, n = 0;
    bool periodic[3] = {true, true, true};
    build_check(deck, "build", species, len, &n);
    if (in_file > 0) n = in_file;
    if (deck_has(deck, "build.periodic"))
        for (int a = 0; a < 3; a++)
            periodic[a] = strchr(deck_text(deck, "build.periodic"), "xyz"[a]) &&
                          strcmp(deck_text(deck, "build.periodic"), "none");
    plan->n_atoms = plan->n_most = n;
    memcpy(plan->box, len, sizeof len);
    for (int k = 0; k < stage_count(deck); k++) {
        char path[128];
        struct stage s = stage_get(deck, k);
        snprintf(path, sizeof path, "md.stages[%d].build", k);
        if (s.builds) {
            build_check(deck, path, species, len, &n);
            if (strcmp(deck_text(deck, "%s.kind", path), "rod") == 0) {
                periodic[0] = periodic[1] = false;
                if (deck_has(deck, "%s.length", path) || deck_has(deck, "%s.end_diameter", path))
                    periodic[2] = false;
            }
        }
        check_npt(deck, k, &s, periodic);
        wall_check(deck, k, species);
        snprintf(path, sizeof path, "md.stages[%d].wall", k);
        if (deck_has(deck, "%s", path) && periodic[2])
            deck_mistake(
                deck, path,
                "the box is periodic along z: the atoms would leave at one end and return at the other; "
                "build with periodic: xy");
        plan->n_most = fmax(plan->n_most, n);
        plan->n_steps += s.n_steps;
        plan->atom_steps += (double)s.n_steps * n;
        if (deck_clean(deck, "md.trajectory") && deck_clean(deck, "md.thermo_every"))
            plan->disk += plan_disk(deck, &s, n);
    }
}

/* What stage_check and walk_stages read. */
static bool stages_clean(const struct deck *deck) {
    return deck_clean(deck, "md.stages") && deck_clean(deck, "md.time_step") &&
           deck_clean(deck, "md.initial_temperature");
}

/* What system_create and plan_fit read besides. */
static bool system_clean(const struct deck *deck) {
    return deck_clean(deck, "md.skin") && deck_clean(deck, "md.inner_skin") && deck_clean(deck, "md.simd") &&
           deck_clean(deck, "md.memory");
}

int md_check(const struct comm *comm, struct deck *deck, struct md_plan *plan) {
    struct species species;
    struct system system;
    struct md_plan own = {0};
    memset(&system, 0, sizeof system);
    if (!plan) plan = &own;
    memset(plan, 0, sizeof *plan);
    if (!deck_has(deck, "build") && deck_clean(deck, "build"))
        deck_mistake(deck, "md", "needs a section build: that makes the atoms");
    if (!deck_has(deck, "potential") && deck_clean(deck, "potential"))
        deck_mistake(deck, "md", "needs a section potential:");
    if (!deck_has(deck, "build") || !deck_has(deck, "potential")) return deck_verdict(deck);
    /* each check on what is clean, so that one run shows the mistakes of all */
    bool atoms = deck_clean(deck, "material") && deck_clean(deck, "build"), staged = stages_clean(deck);
    double in_file = 0, len[3] = {0}, n;
    species.n = 0;
    if (atoms) TRY(build_species(comm, deck, &species));
    if (staged) stage_check(deck);
    if (atoms && staged && !deck_verdict(deck)) TRY(count_in_file(comm, deck, &in_file));
    err_clear(); /* said once, below */
    if (atoms && staged) walk_stages(deck, &species, in_file, plan);
    else if (atoms) build_check(deck, "build", &species, len, &n);
    if (species.n == 0 || !deck_clean(deck, "potential") || !system_clean(deck)) return deck_verdict(deck);
    int e = system_create(comm, deck, &species, &system);
    if (!e && system.pot && deck_clean(deck, "md.trajectory") && deck_bool(deck, "md.trajectory.stress") &&
        !pot_knows_stress(system.pot))
        deck_mistake(deck, "md.trajectory.stress",
                     "this potential does not share its virial among the atoms; leave stress: out");
    if (!e && system.pot && atoms && staged) plan_fit(deck, &system, &species, plan, comm->size);
    if (!e || e == ERR_INPUT) { /* a broken file waits until the deck is right */
        int verdict = deck_verdict(deck);
        if (verdict) e = verdict;
    }
    system_destroy(&system);
    return e;
}
