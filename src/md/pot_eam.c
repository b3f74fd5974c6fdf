/* pot_eam - two passes over the lists with an exchange between them:
 *   rho_i and pair forces (kernel eam_density); F(rho_i) and F' here, atom by atom; F' of the ghosts by the
 * halo; forces of the embedding (kernel eam_force), which meet F'_i and F'_j and the density slopes kept from
 * the first pass. F is the file's own spline (or Zhou's formula) also with fast tables: one evaluation per
 * atom is cheap. Slopes are kept in double precision unless the deck says otherwise: single precision halves
 * their memory and their traffic (which shows above 100,000 atoms a rank) and costs eight digits of the
 * embedding force; computing them again costs about as much as the density pass. */
#include "md/pot_eam.h"
#include "base/cite.h"
#include "base/mem.h"
#include "md/kernel_mixed.h"

#include <math.h>
#include <string.h>

struct eam {
    struct eam_model model;
    struct eam_table table;
    struct pot_eam_options options;
    int unlike; /* some densities are not symmetric */
    char *origin;
    double *slope, *slope_other, *work;
    float *single, *single_other;
    int64_t slope_capacity, work_capacity;
    struct kernel_mixed *mixed; /* NULL: double precision */
};

const struct deck_row pot_eam_rows[] = {
    {.type = DECK_FILE,
     .path = "file",
     .value = DECK_REQUIRED,
     .when = "kind=eam",
     .help = "Table of an embedded-atom potential: setfl (eam/alloy), eam/fs or funcfl; the format is "
             "recognised."},
    {.type = DECK_REAL,
     .path = "cutoff",
     .dim = UNIT_LENGTH,
     .value = "9 A",
     .bounds = "[4 A, 15 A]",
     .when = "kind=zhou",
     .help = "Where the built-in functions end. sqrt(5) r_e, used by published tables, lies on a "
             "shell of the crystal; 9 A does not."},
    {.type = DECK_CHOICE,
     .path = "tables",
     .value = "fast",
     .choices = "fast|file",
     .when = "kind=eam|zhou",
     .help = "fast: rows in r^2 for the vector kernels. file: the potential's own splines or formulas, as "
             "LAMMPS reads "
             "them; several times slower."},
    {.type = DECK_INT,
     .path = "table_rows",
     .value = "2000",
     .bounds = "[100, 1e6]",
     .when = "kind=eam|zhou",
     .help = "Rows of the fast tables per pair of species."},
    {.type = DECK_CHOICE,
     .path = "derivatives",
     .value = "keep",
     .choices = "keep|single|recompute",
     .when = "kind=eam|zhou",
     .help = "Density slopes of each pair between the two passes: kept in memory, kept in single "
             "precision, or computed again."},
    {.type = DECK_CHOICE,
     .path = "precision",
     .value = "double",
     .choices = "double|mixed",
     .when = "kind=eam|zhou",
     .help =
         "mixed: pair forces in single, sums, energies and virials in double precision; needs AVX2, and not "
         "for npt."},
    {.type = DECK_END}};

static void destroy(void *state) {
    struct eam *eam = state;
    if (!eam) return;
    eam_model_destroy(&eam->model);
    eam_table_destroy(&eam->table);
    mem_free(&eam->origin);
    mem_free(&eam->slope);
    mem_free(&eam->slope_other);
    mem_free(&eam->single);
    mem_free(&eam->single_other);
    mem_free(&eam->work);
    kernel_mixed_destroy(&eam->mixed);
    mem_free(&eam);
}

int pot_eam_init(struct eam_model *model, struct pot_eam_options options, void **state) {
    struct eam *eam = NULL;
    int e = MEM_NEW(eam, 1);
    if (e) {
        eam_model_destroy(model);
        return e;
    }
    eam->model = *model;
    eam->options = options;
    *model = (struct eam_model){0};
    for (int a = 0; a < eam->model.n; a++)
        for (int b = 0; b < a; b++) eam->unlike |= !eam_model_symmetric(&eam->model, a, b);
    e = eam_table_init(&eam->table, &eam->model, options.table_rows);
    if (!e && options.mixed) e = kernel_mixed_create(&eam->table, &eam->mixed);
    if (e) {
        destroy(eam);
        return e;
    }
    *state = eam;
    return ERR_OK;
}

static struct pot_eam_options options_of(const struct deck *deck) {
    return (struct pot_eam_options){.table_rows = (int)deck_int(deck, "potential.table_rows"),
                                    .exact = deck_choice(deck, "potential.tables") == 1,
                                    .slopes = (enum pot_eam_slopes)deck_choice(deck, "potential.derivatives"),
                                    .mixed = deck_choice(deck, "potential.precision") == 1};
}

/* Local. What does not go with mixed precision. */
static bool mixed_fits(struct deck *deck) {
    if (deck_choice(deck, "potential.precision") == 0) return true;
    if (!kernel_mixed_runs()) deck_mistake(deck, "potential.precision", KERNEL_MIXED_REFUSED);
    else if (deck_choice(deck, "potential.tables") == 1)
        deck_mistake(deck, "potential.precision", "mixed needs tables: fast");
    else if (deck_choice(deck, "potential.derivatives") != 0)
        deck_mistake(deck, "potential.derivatives",
                     "mixed precision keeps them in single precision; leave this out");
    else return true;
    return false;
}

/* Local. The method, and the paper of tables whose names are known. */
static void cite(const char *path, enum eam_format format) {
    static const char *const known[][2] = {{"CuZr_mm.eam.fs", "mendelev2007"}, {"_u3.eam", "foiles1986"}};
    cite_use(format == EAM_FS ? "finnis1984" : "daw1984");
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        size_t n = strlen(path), m = strlen(known[k][0]);
        if (n >= m && !strcmp(path + n - m, known[k][0])) cite_use(known[k][1]);
    }
}

static int create_eam(const struct comm *comm, struct deck *deck, const struct species *species,
                      void **state) {
    char *path = NULL;
    struct eam_file file = {0};
    struct eam_model model = {0};
    int e = ERR_OK;
    TRY(deck_file(comm, deck, "potential.file", &path));
    if (!path) return ERR_OK;
    if (!mixed_fits(deck)) {
        mem_free(&path);
        return ERR_OK;
    }
    TRY_TO(out, eam_file_read(comm, path, &file));
    TRY_ALL_TO(comm, out, eam_model_from_file(&file, path, species, &model));
    TRY_ALL_TO(comm, out, pot_eam_init(&model, options_of(deck), state));
    struct eam *eam = *state;
    cite(path, file.format);
    TRY_ALL_TO(comm, out, mem_sprintf(&eam->origin, "%s (%s)", path, eam_file_format_name(file.format)));
out:
    if (e && *state) {
        destroy(*state);
        *state = NULL;
    }
    eam_file_destroy(&file);
    mem_free(&path);
    return e;
}

static int create_zhou(const struct comm *comm, struct deck *deck, const struct species *species,
                       void **state) {
    struct eam_model model = {0};
    if (!mixed_fits(deck)) return ERR_OK;
    if (eam_model_from_zhou(species, deck_real(deck, "potential.cutoff"), &model)) {
        deck_mistake(deck, "potential.kind", "%s", err_message());
        err_clear();
        return ERR_OK;
    }
    TRY_ALL(comm, pot_eam_init(&model, options_of(deck), state));
    struct eam *eam = *state;
    cite_use("daw1984");
    cite_use("zhou2004");
    int e = err_agree(comm, mem_strdup(&eam->origin, "Zhou, Johnson and Wadley 2004 (built in)"));
    if (!e) return ERR_OK;
    destroy(eam);
    *state = NULL;
    return e;
}

static double cutoff(const void *state, int a, int b, double *near) {
    const struct eam *eam = state;
    const struct eam_pair *p = &eam->table.pair[a * eam->table.n + b];
    *near = p->near_cut;
    return p->cut;
}

/* Local. Room for the slopes of a new list; a no-op while the list stays. */
static int room(struct eam *eam, const struct list *list) {
    int64_t work = kernel_work(list), slopes = list->near_zone.used + LIST_BLOCK;
    if (work > eam->work_capacity) {
        mem_free(&eam->work);
        eam->work_capacity = 0;
        TRY(MEM_NEW(eam->work, 2 * work));
        eam->work_capacity = 2 * work;
    }
    if ((eam->options.slopes == POT_EAM_RECOMPUTE && !eam->mixed) || slopes <= eam->slope_capacity)
        return ERR_OK;
    slopes += slopes / 32;
    mem_free(&eam->slope);
    mem_free(&eam->slope_other);
    mem_free(&eam->single);
    mem_free(&eam->single_other);
    eam->slope_capacity = 0;
    if (eam->options.slopes == POT_EAM_KEEP && !eam->mixed) {
        TRY(MEM_NEW(eam->slope, slopes));
        if (eam->unlike) TRY(MEM_NEW(eam->slope_other, slopes));
    } else {
        TRY(MEM_NEW(eam->single, slopes));
        if (eam->unlike) TRY(MEM_NEW(eam->single_other, slopes));
    }
    eam->slope_capacity = slopes;
    return ERR_OK;
}

/* Local. F' into x.w, F into f.w; a row whose density leaves the table, or -1. */
static int embed(const struct eam *eam, struct frame *frame, int want) {
    int beyond = -1;
    for (int i = 0; i < frame->n; i++) {
        int a = frame->type[i];
        double rho = frame->x[i][3], F;
        if (!(rho <= eam->model.rho_max[a])) beyond = i;
        eam_model_embed(&eam->model, a, rho, &F, &frame->x[i][3]);
        if (want & POT_ENERGY) frame->f[i][3] += F;
    }
    return beyond;
}

/* Local. What the two kernels say of atoms out of range. */
static void report(const struct frame *frame, int close, int beyond, struct pot_result *result) {
    if (close >= 0) {
        result->bad_atom = frame->id[close];
        result->bad_why = "a neighbour is closer than 0.5 A";
    } else if (beyond >= 0) {
        result->bad_atom = frame->id[beyond];
        result->bad_why = "its electron density lies beyond the potential's table";
    }
}

/* Collective. Forces with pairs in single precision; f.w stays. */
static int compute_mixed(struct eam *eam, struct frame *frame, struct halo *halo, struct list *list,
                         struct pot_result *result) {
    int e = room(eam, list), beyond = -1;
    struct kernel_eam k = {.table = &eam->table, .single = eam->single, .single_other = eam->single_other};
    k.work = eam->work;
    k.atoms = (struct kernel_atoms){.n = frame->n, .n_species = eam->model.n, .x = frame->x, .f = frame->f};
    k.atoms.type = frame->type;
    k.atoms.list = list;
    k.atoms.close = -1;
    if (!e) e = kernel_mixed_positions(eam->mixed, &k.atoms);
    if (!e) {
        kernel_mixed_density(eam->mixed, &k);
        beyond = embed(eam, frame, POT_FORCES);
    }
    halo_forward(halo, frame, &halo_scratch);
    if (e) return e;
    kernel_mixed_force(eam->mixed, &k);
    report(frame, k.atoms.close, beyond, result);
    return ERR_OK;
}

/* Collective. Everything in double precision. */
static int compute_double(struct eam *eam, struct frame *frame, struct halo *halo, struct list *list,
                          int want, struct pot_result *result) {
    const struct kernel *kernel = eam->options.exact || result->stress ? &kernel_plain : kernel_now();
    int e = room(eam, list);
    struct kernel_eam k = {.table = &eam->table, .model = eam->options.exact ? &eam->model : NULL};
    k.slope = eam->slope, k.slope_other = eam->slope_other, k.work = eam->work;
    k.single = eam->single, k.single_other = eam->single_other;
    if (eam->mixed) k.single = k.single_other = NULL; /* computed again: rare */
    k.atoms = (struct kernel_atoms){.n = frame->n, .n_species = eam->model.n, .x = frame->x, .f = frame->f};
    k.atoms.type = frame->type;
    k.atoms.list = list;
    k.atoms.want = want;
    k.atoms.quantum = result->quantum;
    k.atoms.stress = result->stress;
    k.atoms.close = -1;
    int beyond = -1;
    if (!e) {
        kernel->eam_density(&k);
        beyond = embed(eam, frame, want);
    }
    halo_forward(halo, frame, &halo_scratch); /* every rank takes part, also one that found no memory */
    if (e) return e;
    kernel->eam_force(&k);
    for (int c = 0; c < 6; c++) result->virial[c] = want & POT_VIRIAL ? k.atoms.virial[c] : 0;
    report(frame, k.atoms.close, beyond, result);
    return ERR_OK;
}

static int compute(void *state, struct frame *frame, struct halo *halo, struct list *list, int want,
                   struct pot_result *result) {
    struct eam *eam = state;
    int e = ERR_OK;
    if (want || !eam->mixed) e = compute_double(eam, frame, halo, list, want, result);
    else
        for (int i = 0; i < frame->n; i++) frame->f[i][3] = 0;
    if (!eam->mixed) return e;
    int after = compute_mixed(eam, frame, halo, list, result);
    return e ? e : after;
}

double pot_eam_table_error(const void *state) {
    const struct eam *eam = state;
    double top = 0, bottom = 0, F, Fa, Fb, v, g[3];
    for (int a = 0; a < eam->model.n; a++)
        for (int b = 0; b < eam->model.n; b++) {
            const struct eam_pair *p = &eam->table.pair[a * eam->model.n + b];
            double rho_a = fmin(eam->model.rho_max[a], 1e300), rho_b = fmin(eam->model.rho_max[b], 1e300);
            rho_a = eam->model.zhou[a] ? eam->model.zhou[a]->rho_e : 0.3 * rho_a;
            rho_b = eam->model.zhou[b] ? eam->model.zhou[b]->rho_e : 0.3 * rho_b;
            eam_model_embed(&eam->model, a, rho_a, &F, &Fa);
            eam_model_embed(&eam->model, b, rho_b, &F, &Fb);
            int n = 1999, from = n;
            while (from > n / 8) {
                eam_model_pair(&eam->model, a, b, p->cut * (from - 1) / n, &v, &g[0]);
                if (v > 1) break;
                from--;
            }
            for (int k = from; k < n; k++) {
                double r = p->cut * k / n, s;
                eam_model_pair(&eam->model, a, b, r, &v, &g[0]);
                eam_model_density(&eam->model, a, b, r, &v, &g[1]);
                eam_model_density(&eam->model, b, a, r, &v, &g[2]);
                int row = eam_table_row(&eam->table.grid, r * r, &s);
                double mine, theirs, pair;
                eam_table_density(p->near[row], s, &mine);
                eam_table_pair(p->near[row] + 4, s, &pair);
                theirs = mine;
                if (p->other) eam_table_density(p->other[row], s, &theirs);
                double exact = g[0] + Fa * g[1] + Fb * g[2];
                double fast = 2 * r * (pair + Fa * mine + Fb * theirs);
                top += r * r * (fast - exact) * (fast - exact);
                bottom += r * r * exact * exact;
            }
        }
    return bottom > 0 ? sqrt(top / bottom) : 0;
}

static int describe(const void *state, char **text) {
    const struct eam *eam = state;
    const char *origin = eam->origin ? eam->origin : "embedded atoms";
    if (eam->options.exact)
        return mem_sprintf(text, "potential: %s, %d species, cutoff %g A, its own functions; kernel plain",
                           origin, eam->model.n, eam->table.cutoff);
    return mem_sprintf(
        text,
        "potential: %s, %d species, cutoff %g A, %d table rows (pair forces within %.1e of the "
        "potential's own); kernel %s%s",
        origin, eam->model.n, eam->table.cutoff, eam->options.table_rows, pot_eam_table_error(eam),
        kernel_now()->name, eam->mixed ? ", pair forces in single precision" : "");
}

static double bytes_per_entry(const void *state) {
    const struct eam *eam = state;
    static const double bytes[] = {8, 4, 0};
    return bytes[eam->mixed ? POT_EAM_SINGLE : eam->options.slopes] * (eam->unlike ? 2 : 1);
}

static bool save_memory(void *state) {
    struct eam *eam = state;
    if (eam->mixed) return false;
    bool kept = eam->options.slopes != POT_EAM_RECOMPUTE;
    eam->options.slopes = POT_EAM_RECOMPUTE;
    return kept;
}

const struct pot_kind pot_eam = {"eam",    pot_eam_rows,    create_eam, destroy, cutoff,     compute,
                                 describe, bytes_per_entry, NULL,       NULL,    save_memory};
const struct pot_kind pot_eam_zhou = {"zhou",   pot_eam_rows,    create_zhou, destroy, cutoff,     compute,
                                      describe, bytes_per_entry, NULL,        NULL,    save_memory};
