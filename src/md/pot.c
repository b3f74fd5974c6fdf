/* pot - dispatch to the kinds, and what they share. */
#include "md/pot.h"
#include "base/mem.h"
#include "md/kernel.h"
#include "md/pot_eam.h"
#include "md/pot_kim.h"
#include "md/pot_lj.h"

#include <math.h>
#include <string.h>

const struct pot_kind *const pot_kinds[] = {&pot_lj, &pot_eam, &pot_eam_zhou, &pot_kim, NULL};

struct pot {
    const struct pot_kind *kind;
    void *state;
    int n; /* species */
    double quantum;
};

int pot_adopt(const struct pot_kind *kind, void *state, const struct species *species, struct pot **pot) {
    int e = MEM_NEW(*pot, 1);
    if (e) {
        kind->destroy(state);
        return e;
    }
    **pot = (struct pot){.kind = kind, .state = state, .n = species->n};
    return ERR_OK;
}

int pot_create(const struct comm *comm, struct deck *deck, const struct species *species, struct pot **pot) {
    const char *name = deck_text(deck, "potential.kind");
    *pot = NULL;
    for (int k = 0; pot_kinds[k]; k++) {
        if (strcmp(pot_kinds[k]->name, name)) continue;
        void *state = NULL;
        int e = pot_kinds[k]->create(comm, deck, species, &state);
        if (e && state) pot_kinds[k]->destroy(state); /* another rank failed */
        TRY(e);
        if (!state) return ERR_OK;
        return err_agree(comm, pot_adopt(pot_kinds[k], state, species, pot));
    }
    FAIL(ERR_INTERNAL, "potential.kind '%s' is in the schema but not in pot_kinds", name);
}

void pot_destroy(struct pot **pot) {
    if (!*pot) return;
    (*pot)->kind->destroy((*pot)->state);
    mem_free(pot);
}

const char *pot_name(const struct pot *pot) {
    return pot->kind->name;
}

double pot_cutoff(const struct pot *pot, int a, int b) {
    double near;
    return pot->kind->cutoff(pot->state, a, b, &near);
}

double pot_cutoff_max(const struct pot *pot) {
    double most = 0;
    for (int a = 0; a < pot->n; a++)
        for (int b = 0; b < pot->n; b++) most = fmax(most, pot_cutoff(pot, a, b));
    return most;
}

void pot_set_list(const struct pot *pot, struct list *list, double skin, double inner) {
    list->skin = skin;
    list->inner = inner;
    for (int a = 0; a < pot->n; a++)
        for (int b = 0; b < pot->n; b++) {
            list->cut[a][b] = pot->kind->cutoff(pot->state, a, b, &list->near[a][b]);
            if (list->near[a][b] > list->cut[a][b]) list->near[a][b] = list->cut[a][b];
        }
}

void pot_set_quantum(struct pot *pot, double quantum) {
    pot->quantum = quantum;
}

static int compute(struct pot *pot, struct frame *frame, struct halo *halo, struct list *list, int want,
                   struct pot_result *result) {
    for (int c = 0; c < 3; c++) frame->x[list->pad][c] = LIST_FAR;
    frame->x[list->pad][3] = 0;
    TRY(pot->kind->compute(pot->state, frame, halo, list, want, result));
    if (want & POT_ENERGY)
        for (int i = 0; i < frame->n; i++) result->energy += frame->f[i][3];
    return ERR_OK;
}

int pot_compute(struct pot *pot, struct frame *frame, struct halo *halo, struct list *list, int want,
                struct pot_result *result) {
    *result = (struct pot_result){.quantum = pot->quantum};
    return compute(pot, frame, halo, list, want, result);
}

int pot_compute_stress(struct pot *pot, struct frame *frame, struct halo *halo, struct list *list,
                       double (*stress)[6], struct pot_result *result) {
    *result = (struct pot_result){.quantum = pot->quantum, .stress = stress};
    memset(stress, 0, (size_t)frame->n * sizeof *stress);
    return compute(pot, frame, halo, list, POT_ENERGY | POT_VIRIAL, result);
}

int pot_describe(const struct pot *pot, char **text) {
    return pot->kind->describe(pot->state, text);
}

/* Entries of one segment with `mean` neighbours, filled up to whole blocks. */
static double padded(double mean) {
    return mean > 0 ? mean + (LIST_BLOCK - 1) / 2.0 * (1 - exp(-mean)) : 0;
}

static double sphere(double r) {
    return 4.0 / 3 * M_PI * r * r * r;
}

double pot_bytes_per_atom(const struct pot *pot, const double fraction[SPECIES_MAX], double density,
                          double skin, double inner) {
    bool dual = inner > 0 && inner < skin;
    double near_entries = 0, far_entries = 0, outer_entries = 0, margin = dual ? inner : skin;
    for (int a = 0; a < pot->n; a++)
        for (int b = 0; b < pot->n; b++) {
            double near, cut = pot->kind->cutoff(pot->state, a, b, &near), rho = density * fraction[b];
            if (near > cut) near = cut;
            double inside = sphere(near + margin), all = sphere(cut + margin);
            near_entries +=
                fraction[a] * padded(rho * inside - fraction[b]); /* an atom is not its own neighbour */
            far_entries += fraction[a] * padded(rho * (all - inside));
            outer_entries += fraction[a] * padded(rho * sphere(cut + skin) - fraction[b]);
        }
    double per_zone = 33.0 / 32 * (8 + 2 * pot->n);
    double entries = near_entries + far_entries + (dual ? outer_entries : 0);
    return (dual ? 3 : 2) * per_zone + 4 * 1.02 * entries +
           1.03 * pot->kind->bytes_per_entry(pot->state) * near_entries;
}

double pot_bytes_per_row(const struct pot *pot) {
    return pot->kind->bytes_per_row ? pot->kind->bytes_per_row(pot->state) : 0;
}

bool pot_knows_stress(const struct pot *pot) {
    return !pot->kind->knows_stress || pot->kind->knows_stress(pot->state);
}

bool pot_save_memory(struct pot *pot) {
    return pot->kind->save_memory && pot->kind->save_memory(pot->state);
}
