/* summary - the glass transition is fitted to volume against temperature of each cooling ramp at constant
 * pressure; the density is the mean over the second half of the last stage at constant pressure and
 * temperature, its error from ten blocks. A hold before a cooling ramp is not the last; nor is what follows a
 * cut that leaves vacuum in the box (copies and columns of a nanoglass do not). References are taken for the
 * material and the protocol that the deck names, never guessed. */
#include "cli/summary.h"
#include "cli/reference.h"
#include "analysis/structure/tgfit.h"
#include "base/h5.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/tsv.h"
#include "base/rundir.h"
#include "md/record.h"
#include "md/stage.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define BLOCKS 10

static bool bulk(const struct deck *deck, int upto) {
    for (int k = 0; k <= upto; k++) {
        if (!deck_has(deck, "md.stages[%d].build", k)) continue;
        const char *kind = deck_text(deck, "md.stages[%d].build.kind", k);
        if (strcmp(kind, "replicate") && strcmp(kind, "nanoglass")) return false;
    }
    return true;
}

static int add_density(const struct record *r, bool lj, struct results_scalars *scalars) {
    double mean[BLOCKS] = {0}, sum = 0, square = 0;
    int64_t first = r->n / 2, each = (r->n - first) / BLOCKS;
    if (each < 1) return ERR_OK;
    for (int b = 0; b < BLOCKS; b++) {
        for (int64_t k = 0; k < each; k++)
            mean[b] += r->row[first + b * each + k].value[RECORD_DENSITY] / (double)each;
        sum += mean[b];
    }
    for (int b = 0; b < BLOCKS; b++) square += pow(mean[b] - sum / BLOCKS, 2);
    return results_scalars_add(scalars, "md", lj ? "number_density" : "density_g_cm3", sum / BLOCKS,
                               sqrt(square / (BLOCKS * (BLOCKS - 1))), lj ? "" : "g/cm3");
}

static int add_tg(const struct deck *deck, const struct record *r, struct results_scalars *scalars) {
    struct tgfit_ranges ranges;
    struct tgfit fit;
    double *t = NULL, *v = NULL;
    int e = ERR_OK;
    tgfit_ranges_read(deck, "summary", &ranges);
    TRY_TO(done, MEM_NEW(t, r->n));
    TRY_TO(done, MEM_NEW(v, r->n));
    for (int64_t k = 0; k < r->n; k++) {
        t[k] = r->row[k].value[RECORD_TEMPERATURE];
        v[k] = r->row[k].value[RECORD_VOLUME];
    }
    if (tgfit_compute(t, v, r->n, &ranges, &fit)) {
        log_note("no glass transition fitted: %s", err_message());
        err_clear();
    } else
        e = results_scalars_add(scalars, "md", deck_lj(deck) ? "Tg" : "Tg_K", fit.tg, fit.error,
                                deck_lj(deck) ? "" : "K");
done:
    mem_free(&t);
    mem_free(&v);
    return e;
}

/* Scalars of the md section from the records of its stages. */
static int add_md(const struct deck *deck, struct h5 *h5, struct results_scalars *scalars) {
    int hold = -1;
    for (int k = 0; k < stage_count(deck) && bulk(deck, k); k++) {
        struct stage s = stage_get(deck, k);
        if (!s.runs || s.ensemble != STAGE_NPT) continue;
        struct record record = {0};
        int e = ERR_OK;
        if (s.t_start == s.t_end) hold = k;
        else if (s.t_start > s.t_end) {
            hold = -1;
            e = record_read(&record, h5, s.name, deck_lj(deck));
            if (!e) e = add_tg(deck, &record, scalars);
        }
        record_destroy(&record);
        TRY(e);
    }
    if (hold < 0) return ERR_OK;
    struct record record = {0};
    int e = record_read(&record, h5, deck_text(deck, "md.stages[%d].name", hold), deck_lj(deck));
    if (!e) e = add_density(&record, deck_lj(deck), scalars);
    record_destroy(&record);
    return e;
}

static double fraction(const struct deck *deck, const char *element) {
    if (!deck_has(deck, "material.composition")) return 0;
    for (int k = 0; k < deck_count(deck, "material.composition"); k++)
        if (strcmp(deck_key_at(deck, k, "material.composition"), element) == 0)
            return deck_real_at(deck, k, "material.composition");
    return 0;
}

static int systems_of(const struct deck *deck, const char *systems[2]) {
    int n = 0;
    if (fabs(fraction(deck, "Cu") - 0.64) > 0.005 || fabs(fraction(deck, "Zr") - 0.36) > 0.005) return 0;
    bool potential = strcmp(deck_text(deck, "potential.kind"), "eam") == 0 &&
                     strstr(deck_text(deck, "potential.file"), "CuZr_mm.eam.fs");
    bool rate = false;
    for (int k = 0; k < stage_count(deck); k++)
        rate |= deck_has(deck, "md.stages[%d].rate", k) &&
                fabs(deck_real(deck, "md.stages[%d].rate", k) - 10) < 1e-9; /* 1e13 K/s */
    if (potential && rate) systems[n++] = REFERENCE_QUICKSTART;
    systems[n++] = REFERENCE_CU64ZR36;
    return n;
}

static int molding_systems(const struct deck *deck, const char *systems[2]) {
    static const struct {
        const char *element[2], *system;
        double fraction[2];
    } known[] = {{{"Ni", "Pd"}, REFERENCE_NI45, {0.45, 0.35}},
                 {{"Zr", "Cu"}, REFERENCE_ZR46, {0.46, 0.46}},
                 {{"Pd", "Cu"}, REFERENCE_PD43, {0.43, 0.27}}};
    int n = 0;
    for (size_t k = 0; k < sizeof known / sizeof *known; k++)
        if (fabs(fraction(deck, known[k].element[0]) - known[k].fraction[0]) < 0.005 &&
            fabs(fraction(deck, known[k].element[1]) - known[k].fraction[1]) < 0.005)
            systems[n++] = known[k].system;
    return n;
}

/* Rods under the schedule that bears the experiment's name, its rate included. */
static int kmc_systems(const struct deck *deck, const char *systems[2]) {
    if (!deck_has(deck, "kmc.shape") || strcmp(deck_text(deck, "kmc.shape.kind"), "rod")) return 0;
    systems[0] = REFERENCE_SOHN;
    return 1;
}

static int write_table(const struct comm *comm, struct deck *deck, const struct rundir *at,
                       const struct results_scalars *scalars) {
    const char *systems[2];
    struct tsv *tsv = NULL;
    char *path = NULL, *text = NULL;
    int e = ERR_OK, n = deck_has(deck, "md")     ? systems_of(deck, systems)
                        : deck_has(deck, "mold") ? molding_systems(deck, systems)
                                                 : kmc_systems(deck, systems);
    TRY_ALL_TO(comm, done, reference_summary(scalars, systems, n, &tsv));
    TRY_ALL_TO(comm, done, rundir_path(at, "summary.tsv", &path));
    TRY_TO(done, tsv_write(comm, tsv, path));
    TRY_ALL_TO(comm, done, tsv_show(tsv, &text));
    log_note("\n%s\nsummary: %s", text, path);
done:
    tsv_destroy(&tsv);
    mem_free(&path);
    mem_free(&text);
    return e;
}

/* Collective. Atoms of a stage; 0 where it wrote none. */
static int count_atoms(struct h5 *h5, const char *stage, int64_t *n) {
    int64_t dims[H5_MAX_DIMS];
    char species[400];
    int n_dims;
    *n = 0;
    snprintf(species, sizeof species, "/particles/%s/species", stage);
    if (!h5_exists(h5, species)) return ERR_OK;
    TRY(h5_shape(h5, species, &n_dims, dims));
    *n = dims[n_dims - 1];
    return ERR_OK;
}

int summary_write(const struct comm *comm, struct deck *deck, const struct results_scalars *found) {
    struct rundir at;
    struct results_scalars all = {0};
    struct h5 *h5 = NULL;
    char *path = NULL;
    int e = rundir_open(&at, comm, deck, "");
    if (!e) e = err_agree(comm, rundir_path(&at, "h5", &path));
    if (!e) e = h5_open(comm, path, &h5);
    const char *first = deck_has(deck, "md") ? deck_text(deck, "md.stages[0].name") : "build";
    int64_t n_first = 0, n_last = 0;
    if (!e) e = count_atoms(h5, first, &n_first);
    if (!e && deck_has(deck, "md"))
        e = count_atoms(h5, deck_text(deck, "md.stages[%d].name", deck_count(deck, "md.stages") - 1),
                        &n_last);
    if (!e && n_first)
        e = err_agree(comm, results_scalars_add(&all, "md", "n_atoms", (double)n_first, 0, ""));
    if (!e && n_last && n_last != n_first) /* stages cut rods and copy boxes */
        e = err_agree(comm, results_scalars_add(&all, "md", "n_atoms_at_end", (double)n_last, 0, ""));
    if (!e && deck_has(deck, "md")) e = err_agree(comm, add_md(deck, h5, &all));
    if (h5) {
        int closed = h5_close(&h5, false);
        if (!e) e = closed;
    }
    for (int k = 0; k < found->n && !e; k++)
        e = err_agree(comm, results_scalars_add(&all, found->s[k].label, found->s[k].name, found->s[k].value,
                                                found->s[k].error, found->s[k].unit));
    if (!e) e = write_table(comm, deck, &at, &all);
    results_scalars_free(&all);
    mem_free(&path);
    rundir_close(&at);
    return e;
}
