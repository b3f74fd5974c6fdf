/* lab - reads first, checks afterwards: rates are tried over the temperatures that the schedules reach. */
#include "kmc/lab.h"
#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void unique_names(const struct lab *lab, struct deck *deck) {
    for (int k = 1; k < lab->n_schedules; k++) {
        char key[64];
        snprintf(key, sizeof key, "kmc.schedules[%d].name", k);
        if (lab->schedule[k] && lab_schedule(lab, lab->schedule[k]->name) < k)
            deck_mistake(deck, key, "two schedules are called '%s'", lab->schedule[k]->name);
    }
}

int lab_read(const struct comm *comm, struct deck *deck, int n, const double *diameters, struct lab *lab) {
    double low = INFINITY, high = 0;
    *lab = (struct lab){0};
    lab->n_schedules = deck_count(deck, "kmc.schedules");
    TRY(material_read(comm, deck, "kmc.material", &lab->material));
    TRY(mem_agree(comm, &lab->schedule, MEM_NEW(lab->schedule, lab->n_schedules)));
    for (int k = 0; k < lab->n_schedules; k++) {
        char at[64];
        double a, b;
        snprintf(at, sizeof at, "kmc.schedules[%d]", k);
        TRY(schedule_read(comm, deck, at, &lab->schedule[k]));
        if (!lab->schedule[k]) continue;
        schedule_range(lab->schedule[k], &a, &b);
        low = fmin(low, a), high = fmax(high, b);
    }
    unique_names(lab, deck);
    if (high > 0) material_check(&lab->material, deck, "kmc.material", low, high, n, diameters);
    return ERR_OK;
}

void lab_clear(struct lab *lab) {
    for (int k = 0; lab->schedule && k < lab->n_schedules; k++) schedule_destroy(&lab->schedule[k]);
    mem_free(&lab->schedule);
    material_clear(&lab->material);
    lab->n_schedules = 0;
}

int lab_schedule(const struct lab *lab, const char *name) {
    for (int k = 0; k < lab->n_schedules; k++)
        if (lab->schedule[k] && strcmp(lab->schedule[k]->name, name) == 0) return k;
    return -1;
}

/* Key of the deck that holds a parameter: the same name, but for sites and densities, which decks give as
 * room. */
static const char *key_of(const char *name) {
    static const char *const other[][2] = {{"surface.sites", "surface.site_area"},
                                           {"interface.sites", "interface.site_area"},
                                           {"bulk.sites", "bulk.site_volume"},
                                           {"surface.density", "surface.area_per_site"}};
    for (size_t k = 0; k < sizeof other / sizeof *other; k++)
        if (strcmp(name, other[k][0]) == 0) return other[k][1];
    return name;
}

void lab_origin(const struct deck *deck, const struct material_parameter *p, const char **kind,
                const char **from) {
    for (int k = 0; k < deck_count(deck, "kmc.material.provenance"); k++)
        if (strcmp(deck_text(deck, "kmc.material.provenance[%d].key", k), p->name) == 0) {
            *kind = deck_text(deck, "kmc.material.provenance[%d].kind", k);
            *from = deck_text(deck, "kmc.material.provenance[%d].from", k);
            return;
        }
    bool given = deck_given(deck, "kmc.material.%s", key_of(p->name));
    *kind = given ? "unstated" : p->kind;
    *from = given ? "the deck" : p->from;
}

static int provenance_table(const struct lab *lab, const struct deck *deck, struct tsv **tsv) {
    TRY(tsv_create("parameter:t value:r unit:t kind:t from:t", tsv));
    for (const struct material_parameter *p = material_parameters; p->name; p++) {
        struct material m = lab->material; /* shares tables */
        const char *kind, *from;
        if (!material_acts(&m, p) || isnan(*material_number(&m, p))) continue;
        lab_origin(deck, p, &kind, &from);
        TRY(tsv_add(*tsv, p->name, *material_number(&m, p) * p->to_deck + p->shift, p->unit, kind, from));
    }
    return ERR_OK;
}

int lab_provenance(const struct lab *lab, const struct deck *deck, struct results *out) {
    struct tsv *tsv = NULL;
    int e = err_agree(out->comm, provenance_table(lab, deck, &tsv));
    if (!e) e = results_table(out, "kmc_parameters", tsv);
    tsv_destroy(&tsv);
    return e;
}
