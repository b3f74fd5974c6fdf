/* pot_kim - rows and neighbours in, forces out.
 *
 * The model computes the energy of the local rows, E, and forces -dE/dr on all rows; what falls on ghosts
 * goes back to their owners (halo_reverse). The virial needs nothing from the model: W_ab = sum over rows of
 * r_a F_b before the forces go back, since E depends on nothing else; r from the first row, so that little
 * cancels. Energies of atoms are the model's; its shares of the virial are asked for in frames only, and so
 * are energies in steps that need none. A model sums over its neighbours in the order of rows, which the
 * decomposition decides: the last bits of a force depend on the number of ranks, and rounding the result
 * would only hide that most of the time. Rejected: twice the range of ghosts, all within one range computed
 * as local (no way back, but several times the work on small bricks); the list of the last step kept while it
 * is valid (a copy costs 2 % of the cheapest model). */
#include "md/pot_kim.h"
#include "base/cite.h"
#include "base/mem.h"
#include "md/kim_model.h"
#include "md/list.h"

#include <math.h>
#include <string.h>

const struct deck_row pot_kim_rows[] = {
    {.type = DECK_TEXT,
     .path = "model",
     .value = DECK_REQUIRED,
     .when = "kind=kim",
     .help = "Whole name of an installed model of OpenKIM, as `kim-api-collections-management list` shows it "
             "(portable models; not units: lj)."},
    {.type = DECK_END}};

#ifdef HAVE_KIM

#define BLAMED "potential.model" /* key at which a mistake is shown */

struct kim {
    struct kim_model model;
    struct kim_input input;
    int n_species;
    int *code, *local, *row;
    int64_t *first, capacity_n, capacity_rows, capacity_row;
    double (*x)[3], (*f)[3], *energy, (*virial)[6]; /* of all rows; virial in the model's order, its sign */
    int64_t capacity_virial;
    double all_energy, all_virial[6]; /* for models that insist on them */
    int64_t offset;                   /* column of virial that travels */
    bool lost;                        /* this rank has nothing to give */
};

static void destroy(void *state) {
    struct kim *kim = state;
    if (!kim) return;
    kim_model_close(&kim->model);
    mem_free(&kim->code);
    mem_free(&kim->local);
    mem_free(&kim->row);
    mem_free(&kim->first);
    mem_free(&kim->x);
    mem_free(&kim->f);
    mem_free(&kim->energy);
    mem_free(&kim->virial);
    mem_free(&kim);
}

int pot_kim_init(const char *model, const struct species *species, void **state, char **mistake) {
    struct kim *kim = NULL;
    *state = NULL;
    *mistake = NULL;
    TRY(MEM_NEW(kim, 1));
    kim->n_species = species->n;
    int e = kim_model_open(model, species, &kim->model, mistake);
    if (e || *mistake) destroy(kim);
    else *state = kim;
    return e;
}

/* Local. Papers of the models of metallic glasses. */
static void cite(const char *model) {
    static const char *const known[][2] = {{"MendelevSordeletKramer_2007_CuZr", "mendelev2007"},
                                           {"MendelevKramerOtt_2009_CuZr", "mendelev2009"},
                                           {"MendelevSunZhang_2019_CuZr", "mendelev2019"},
                                           {"EAM_Mendelev_2019_CuZr", "mendelev2019"}};
    for (size_t k = 0; k < sizeof known / sizeof *known; k++)
        if (strstr(model, known[k][0])) cite_use(known[k][1]);
}

static double cutoff(const void *state, int a, int b, double *near) {
    const struct kim *kim = state;
    (void)a, (void)b;
    return *near = kim->model.range;
}

/* Local. Room for the rows of a new list; a no-op while the list stays. */
static int room(struct kim *kim, const struct frame *frame, const struct list *list, bool shares) {
    int64_t rows = (int64_t)frame->n + frame->n_ghost, entries = list->near_zone.used + list->far_zone.used;
    if (frame->n + 1 > kim->capacity_n) {
        int64_t more = frame->n + 1 + frame->n / 16;
        mem_free(&kim->first);
        kim->capacity_n = 0;
        TRY(MEM_NEW(kim->first, more));
        kim->capacity_n = more;
    }
    if (entries + 1 > kim->capacity_row) {
        mem_free(&kim->row);
        kim->capacity_row = 0;
        TRY(MEM_NEW(kim->row, entries + 1 + entries / 32));
        kim->capacity_row = entries + 1 + entries / 32;
    }
    if (rows + 1 > kim->capacity_rows) {
        int64_t more = rows + 1 + rows / 16;
        mem_free(&kim->x);
        mem_free(&kim->f);
        mem_free(&kim->energy);
        mem_free(&kim->code);
        mem_free(&kim->local);
        kim->capacity_rows = 0;
        TRY(MEM_NEW(kim->x, more));
        TRY(MEM_NEW(kim->f, more));
        TRY(MEM_NEW(kim->energy, more));
        TRY(MEM_NEW(kim->code, more));
        TRY(MEM_NEW(kim->local, more));
        kim->capacity_rows = more;
    }
    if (shares && rows + 1 > kim->capacity_virial) {
        mem_free(&kim->virial);
        kim->capacity_virial = 0;
        TRY(MEM_NEW(kim->virial, rows + 1 + rows / 16));
        kim->capacity_virial = rows + 1 + rows / 16;
    }
    return ERR_OK;
}

/* Local. Entries of one zone of atom i that are rows, behind `to`. */
static int *copy_zone(const struct list *list, const struct list_zone *zone, int i, int *to) {
    const uint16_t *blocks = zone->blocks + (int64_t)i * list->n_species;
    int64_t n = 0;
    for (int s = 0; s < list->n_species; s++) n += blocks[s] * LIST_BLOCK;
    const int32_t *j = zone->j + zone->start[i];
    for (int64_t k = 0; k < n; k++) {
        *to = j[k];
        to += j[k] != list->pad;
    }
    return to;
}

/* Local. Rows and lists as the model reads them. */
static void fill(struct kim *kim, const struct frame *frame, const struct list *list) {
    int rows = frame->n + frame->n_ghost, *to = kim->row;
    for (int i = 0; i < rows; i++) {
        for (int a = 0; a < 3; a++) kim->x[i][a] = frame->x[i][a];
        kim->code[i] = kim->model.code[frame->type[i]];
        kim->local[i] = i < frame->n;
    }
    for (int i = 0; i < frame->n; i++) {
        kim->first[i] = to - kim->row;
        to = copy_zone(list, &list->near_zone, i, to);
        to = copy_zone(list, &list->far_zone, i, to);
    }
    kim->first[frame->n] = to - kim->row;
    kim->input = (struct kim_input){rows, frame->n, kim->x[0], kim->code, kim->local, kim->first, kim->row};
}

/* Local. The model's part. */
static int ask(struct kim *kim, const struct frame *frame, const struct list *list, int want, bool shares) {
    struct kim_model *m = &kim->model;
    const char *why;
    TRY(room(kim, frame, list, shares || m->must[KIM_ATOM_VIRIAL]));
    fill(kim, frame, list);
    size_t rows = (size_t)kim->input.rows;
    memset(kim->f, 0, rows * sizeof *kim->f);
    bool energies = want & POT_ENERGY || m->must[KIM_ATOM_ENERGY];
    if (energies) memset(kim->energy, 0, rows * sizeof *kim->energy);
    shares = shares || m->must[KIM_ATOM_VIRIAL];
    if (shares) memset(kim->virial, 0, rows * sizeof *kim->virial);
    if (frame->n == 0) return ERR_OK; /* ghosts alone have no energy */
    kim_model_input(m, &kim->input);
    kim_model_bind(m, KIM_FORCES, kim->f[0]);
    kim_model_bind(m, KIM_ATOM_ENERGY, energies ? kim->energy : NULL);
    kim_model_bind(m, KIM_ATOM_VIRIAL, shares ? kim->virial[0] : NULL);
    kim_model_bind(m, KIM_ENERGY, m->must[KIM_ENERGY] ? &kim->all_energy : NULL);
    kim_model_bind(m, KIM_VIRIAL, m->must[KIM_VIRIAL] ? kim->all_virial : NULL);
    if (!kim_model_compute(m, &why)) FAIL(ERR_PHYSICS, "the model %s stopped: %s", m->name, why);
    return ERR_OK;
}

/* --- back to the owners */

static void pack_force(const struct frame *frame, const void *user, int first, int n, double *out) {
    const struct kim *kim = user;
    (void)frame;
    if (kim->lost) memset(out, 0, 3 * (size_t)n * sizeof *out);
    else memcpy(out, kim->f[first], 3 * (size_t)n * sizeof *out);
}

static void add_force(struct frame *frame, void *user, const int *rows, int n, const double *in) {
    struct kim *kim = user;
    (void)frame;
    for (int k = 0; k < n && !kim->lost; k++)
        for (int a = 0; a < 3; a++) kim->f[rows[k]][a] += in[3 * k + a];
}

static void pack_virial(const struct frame *frame, const void *user, int first, int n, double *out) {
    const struct kim *kim = user;
    (void)frame;
    for (int k = 0; k < n; k++)
        for (int a = 0; a < 3; a++) out[3 * k + a] = kim->lost ? 0 : kim->virial[first + k][kim->offset + a];
}

static void add_virial(struct frame *frame, void *user, const int *rows, int n, const double *in) {
    struct kim *kim = user;
    (void)frame;
    for (int k = 0; k < n && !kim->lost; k++)
        for (int a = 0; a < 3; a++) kim->virial[rows[k]][kim->offset + a] += in[3 * k + a];
}

/* Local. The virial of this rank from all its rows. */
static void sum_virial(const struct kim *kim, double virial[6]) {
    static const int a[6] = {0, 1, 2, 0, 0, 1}, b[6] = {0, 1, 2, 1, 2, 2};
    for (int i = 1; i < kim->input.rows; i++) {
        double r[3];
        for (int c = 0; c < 3; c++) r[c] = kim->x[i][c] - kim->x[0][c];
        for (int c = 0; c < 6; c++) virial[c] += r[a[c]] * kim->f[i][b[c]];
    }
}

/* Local. Forces and energies into the frame; an atom whose force is no number is reported, not passed on. */
static void hand_over(const struct kim *kim, struct frame *frame, int want, struct pot_result *result) {
    for (int i = 0; i < frame->n; i++) {
        bool sound = true;
        for (int a = 0; a < 3; a++) {
            sound &= isfinite(kim->f[i][a]);
            frame->f[i][a] = kim->f[i][a];
        }
        frame->f[i][3] = want & POT_ENERGY ? kim->energy[i] : 0;
        if (sound && isfinite(frame->f[i][3])) continue;
        for (int a = 0; a < 4; a++) frame->f[i][a] = 0;
        result->bad_atom = frame->id[i];
        result->bad_why = "the model gives it no finite force and energy";
    }
}

/* Local. Shares of the virial: KIM's are of dE/dr, in the order xx yy zz yz xz xy. */
static void hand_shares(const struct kim *kim, int n, double (*stress)[6]) {
    static const int at[6] = {0, 1, 2, 5, 4, 3};
    for (int i = 0; i < n; i++)
        for (int c = 0; c < 6; c++) stress[i][c] -= kim->virial[i][at[c]];
}

static int compute(void *state, struct frame *frame, struct halo *halo, struct list *list, int want,
                   struct pot_result *result) {
    struct kim *kim = state;
    struct halo_back force = {3, pack_force, add_force, kim}, share = {3, pack_virial, add_virial, kim};
    if (result->stress && !kim->model.can[KIM_ATOM_VIRIAL])
        FAIL(ERR_INPUT, "the model %s does not share its virial among the atoms", kim->model.name);
    int e = ask(kim, frame, list, want, result->stress != NULL);
    kim->lost = e != ERR_OK; /* the others wait for what this rank sends */
    if (!e && want & POT_VIRIAL) sum_virial(kim, result->virial);
    halo_reverse(halo, frame, &force);
    for (kim->offset = 0; kim->offset < 6 && result->stress; kim->offset += 3)
        halo_reverse(halo, frame, &share);
    if (e) return e;
    hand_over(kim, frame, want, result);
    if (result->stress) hand_shares(kim, frame->n, result->stress);
    return ERR_OK;
}

static int describe(const void *state, char **text) {
    const struct kim_model *m = &((const struct kim *)state)->model;
    return mem_sprintf(text,
                       "potential: OpenKIM model %s%s%s%s%s, range %g A; computed by the model: no vector "
                       "kernels, and the last bits of forces depend on the number of ranks",
                       m->name, m->driver[0] ? ", driver " : "", m->driver, m->doi[0] ? ", doi " : "", m->doi,
                       m->range);
}

static double bytes_per_entry(const void *state) {
    (void)state;
    return sizeof(int);
}

static double bytes_per_row(const void *state) {
    const struct kim *kim = state;
    double shares = kim->model.must[KIM_ATOM_VIRIAL] ? sizeof *kim->virial : 0;
    return (sizeof *kim->x + sizeof *kim->f + sizeof *kim->energy + 2 * sizeof(int) + shares) * 17 / 16;
}

static bool knows_stress(const void *state) {
    const struct kim *kim = state;
    return kim->model.can[KIM_ATOM_VIRIAL];
}

#else

#define BLAMED "potential.kind"

int pot_kim_init(const char *model, const struct species *species, void **state, char **mistake) {
    (void)species;
    *state = NULL;
    return kim_model_missing(model, mistake);
}

#endif

/* Collective. One verdict for all ranks: that of rank 0, or where only others fail, that. */
static int agree(const struct comm *comm, struct deck *deck, const char *key, char **mistake, bool *fine) {
    int64_t bad = *mistake != NULL;
    comm_max_i64(comm, &bad, 1);
    *fine = !bad;
    if (!bad) return ERR_OK;
    int e = ERR_OK;
    if (comm->rank == 0 && !*mistake)
        e = mem_strdup(mistake, "some ranks cannot open the model that rank 0 can; install it on every node");
    else if (comm->rank > 0) mem_free(mistake);
    TRY_ALL(comm, e);
    TRY(comm_bcast_string(comm, mistake));
    deck_mistake(deck, key, "%s", *mistake);
    return ERR_OK;
}

static int create(const struct comm *comm, struct deck *deck, const struct species *species, void **state) {
    char *mistake = NULL;
    bool fine = true;
    if (deck_lj(deck)) {
        deck_mistake(deck, "potential.kind", "models of OpenKIM work in real units; leave `units: lj` out");
        return ERR_OK;
    }
    const char *model = deck_text(deck, "potential.model");
    int e = err_agree(comm, pot_kim_init(model, species, state, &mistake));
    if (!e) e = agree(comm, deck, BLAMED, &mistake, &fine);
    mem_free(&mistake);
#ifdef HAVE_KIM
    if (e || !fine) {
        destroy(*state);
        *state = NULL;
    } else {
        cite_use("tadmor2011");
        cite(model);
    }
#endif
    return e;
}

#ifdef HAVE_KIM
const struct pot_kind pot_kim = {"kim",    pot_kim_rows,    create,        destroy,      cutoff, compute,
                                 describe, bytes_per_entry, bytes_per_row, knows_stress, NULL};
#else
const struct pot_kind pot_kim = {.name = "kim", .rows = pot_kim_rows, .create = create};
#endif
