/* rates - options from the deck, tables to the results; the physics is in meanfield, the tables in rates_*.
 *
 * Every rank computes the same: a table takes seconds, and spreading it would need a gather for each. */
#include "kmc/rates.h"
#include "base/cite.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rundir.h"
#include "kmc/calibrate.h"
#include "kmc/points.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct deck_row section_rows[] = {
    {DECK_MAP, "kmc", .help = "Crystallisation of rods, films and bulk glass from rates."},
    {DECK_MAP, "kmc.material", .value = "{}",
     .help = "The rates. Defaults: the built-in parameter set for "
             "Pt57.5Cu14.7Ni5.3P22.5 of docs/kmc_rates.md."},
    {DECK_LIST, "kmc.schedules", .help = "Temperature histories, by name."},
    {DECK_MAP, "kmc.rates", .help = "Tables by the mean field: a preview in seconds, and diagrams."},
    {DECK_MAP, "kmc.calibrate", .help = "What `vitrine calibrate` fits to which points."},
    {DECK_END}};

static const struct deck_row rates_rows[] = {
    {DECK_TEXTS, "tables", .value = "[tc]", .choices = "1..",
     .help =
         "tc: Tc against diameter; causes: one cause off each; ttt; heating: continuous heating and cooling; "
         "critical: critical heating and cooling rates against diameter; kissinger; avrami; heat_flow; "
         "layer: "
         "fast layer against catalytic surface; compare: beside the points of `data`."},
    {DECK_REALS, "diameters", .dim = UNIT_LENGTH, .bounds = "(0 nm, inf)", .choices = "1..",
     .value = "[4 nm, 5 nm, 6 nm, 7 nm, 8 nm, 10 nm, 13 nm, 17 nm, 20 nm, 25 nm, 30 nm, 38 nm, 50 nm, 80 nm, "
              "150 nm, 330 nm, 1000 nm]",
     .help = "Rods to compute."},
    {DECK_TEXT, "schedule", .help = "Schedule of the tables tc, causes and heat_flow. Default: the first."},
    {DECK_REAL, "field_of_view", .dim = UNIT_LENGTH, .value = "300 nm", .bounds = "(0 nm, inf)",
     .help = "Length of rod that is watched."},
    {DECK_BOOL, "ends", .value = "false",
     .help = "The rod ends where the field of view does; else it goes on, and grains grow in from outside."},
    {DECK_REAL, "threshold", .value = "0.02", .bounds = "(0, 1)",
     .help = "Crystalline volume fraction in the field of view that is seen."},
    {DECK_REAL, "bulk_volume", .dim = UNIT_VOLUME, .value = "1 um3", .bounds = "(0 nm3, inf)",
     .help = "Size of the bulk sample, in tables that have one (bulk nucleation on)."},
    {DECK_REALS, "heating_rates", .dim = UNIT_HEATING_RATE, .bounds = "(0 K/s, inf)", .choices = "1..",
     .value = "[0.01 K/s, 0.1 K/s, 0.333 K/s, 0.67 K/s, 1 K/s, 10 K/s, 100 K/s, 1000 K/s]",
     .help = "Rates of the tables heating and kissinger."},
    {DECK_REAL, "low", .dim = UNIT_TEMPERATURE, .value = "180 C", .bounds = "(0 K, inf)",
     .help = "Lowest temperature of the diagrams; heating begins there."},
    {DECK_REAL, "high", .dim = UNIT_TEMPERATURE, .value = "500 C", .bounds = "(0 K, inf)",
     .help = "Highest temperature of the diagrams (the melting point, if lower)."},
    {DECK_REAL, "step", .dim = UNIT_TEMPERATURE, .value = "20 K", .bounds = "(0 K, inf)",
     .help = "Step of the table ttt."},
    {DECK_FILE, "data", .help = "Measured points for the table compare (columns: docs/kmc_rates.md)."},
    {DECK_END}};

const struct deck_table rates_tables[] = {{"", section_rows, NULL},
                                          {"kmc.material", material_rows, NULL},
                                          {"kmc.schedules[]", schedule_rows, NULL},
                                          {"kmc.rates", rates_rows, NULL},
                                          {"kmc.calibrate", calibrate_rows, NULL},
                                          {NULL, NULL, NULL}};

struct work {
    const struct comm *comm;
    struct deck *deck;
    struct lab lab;
    struct rates_options o;
    struct points points;
};

typedef int (*maker)(const struct lab *lab, const struct rates_options *o, struct tsv **tsv);
static int tc_table(const struct lab *lab, const struct rates_options *o, struct tsv **tsv);
static int layer_table(const struct lab *lab, const struct rates_options *o, struct tsv **tsv) {
    (void)o;
    return rates_cause_layer(lab, tsv);
}

static const struct {
    const char *name;
    maker make;
    bool with_schedule;
} kinds[] = {{"tc", tc_table, true},
             {"causes", rates_cause_table, true},
             {"ttt", rates_diagram_ttt, false},
             {"heating", rates_diagram_heating, false},
             {"critical", rates_diagram_critical, false},
             {"kissinger", rates_trace_kissinger, false},
             {"avrami", rates_trace_avrami, false},
             {"heat_flow", rates_trace_heat_flow, true},
             {"layer", layer_table, false},
             {"compare", NULL, false}};
#define N_KINDS ((int)(sizeof kinds / sizeof *kinds))

static bool wanted(const struct deck *deck, const char *table) {
    for (int k = 0; k < deck_count(deck, "kmc.rates.tables"); k++)
        if (strcmp(deck_text_at(deck, k, "kmc.rates.tables"), table) == 0) return true;
    return false;
}

static void check_tables(struct deck *deck) {
    const char *names[N_KINDS];
    for (int k = 0; k < N_KINDS; k++) names[k] = kinds[k].name;
    for (int k = 0; k < deck_count(deck, "kmc.rates.tables"); k++) {
        const char *word = deck_text_at(deck, k, "kmc.rates.tables");
        bool known = false;
        for (int i = 0; i < N_KINDS; i++) known |= strcmp(word, names[i]) == 0;
        const char *near = known ? NULL : deck_nearest(word, names, N_KINDS);
        if (near)
            deck_mistake(deck, "kmc.rates.tables", "unknown table '%s'; did you mean '%s'?", word, near);
        else if (!known) deck_mistake(deck, "kmc.rates.tables", "unknown table '%s'", word);
    }
    if (wanted(deck, "compare") && !deck_has(deck, "kmc.rates.data"))
        deck_mistake(deck, "kmc.rates.tables", "the table compare needs `data`");
}

static int read_options(struct work *w) {
    const struct deck *deck = w->deck;
    struct rates_options *o = &w->o;
    o->n_diameters = deck_count(deck, "kmc.rates.diameters");
    o->n_heating = deck_count(deck, "kmc.rates.heating_rates");
    TRY(mem_agree(w->comm, &o->diameter, MEM_NEW(o->diameter, o->n_diameters + 1)));
    TRY(mem_agree(w->comm, &o->heating, MEM_NEW(o->heating, o->n_heating)));
    for (int k = 0; k < o->n_diameters; k++)
        o->diameter[k] = deck_real_at(deck, k, "kmc.rates.diameters") / 10;
    for (int k = 0; k < o->n_heating; k++)
        o->heating[k] = deck_real_at(deck, k, "kmc.rates.heating_rates") / 1e-12;
    o->field = deck_real(deck, "kmc.rates.field_of_view") / 10;
    o->ends = deck_bool(deck, "kmc.rates.ends");
    o->threshold = deck_real(deck, "kmc.rates.threshold");
    o->bulk_volume = deck_real(deck, "kmc.rates.bulk_volume") / 1000;
    o->T_low = deck_real(deck, "kmc.rates.low");
    o->T_high = deck_real(deck, "kmc.rates.high");
    o->T_step = deck_real(deck, "kmc.rates.step");
    return ERR_OK;
}

static int read_points(struct work *w) {
    char *path = NULL;
    if (!deck_has(w->deck, "kmc.rates.data")) return ERR_OK;
    TRY(deck_file(w->comm, w->deck, "kmc.rates.data", &path));
    if (!path) return ERR_OK;
    int e = points_read(w->comm, path, w->lab.n_schedules, w->lab.schedule, &w->points);
    if (e == ERR_INPUT) {
        deck_mistake(w->deck, "kmc.rates.data", "%s", err_message());
        err_clear();
        e = ERR_OK;
    }
    mem_free(&path);
    return e;
}

static bool schedules_whole(const struct lab *lab) {
    for (int k = 0; k < lab->n_schedules; k++)
        if (!lab->schedule[k]) return false;
    return true;
}

static int read_all(struct work *w) {
    struct deck *deck = w->deck;
    TRY(read_options(w));
    check_tables(deck);
    TRY(lab_read(w->comm, deck, w->o.n_diameters, w->o.diameter, &w->lab));
    if (deck_has(deck, "kmc.rates.schedule")) {
        const char *name = deck_text(deck, "kmc.rates.schedule");
        w->o.schedule = lab_schedule(&w->lab, name);
        if (w->o.schedule < 0)
            deck_mistake(deck, "kmc.rates.schedule", "no entry of kmc.schedules is called '%s'", name);
    }
    for (int k = 0; k < N_KINDS; k++)
        if (kinds[k].with_schedule && wanted(deck, kinds[k].name) && !w->lab.n_schedules)
            deck_mistake(deck, "kmc.rates.tables", "the table %s needs an entry in kmc.schedules",
                         kinds[k].name);
    if (w->o.T_high <= w->o.T_low) deck_mistake(deck, "kmc.rates.high", "must be above `low`");
    if (schedules_whole(&w->lab)) TRY(read_points(w));
    /* the bulk is a sample of its own where it can crystallise */
    if (w->lab.material.bulk.kind != MATERIAL_NONE) w->o.diameter[w->o.n_diameters++] = INFINITY;
    return ERR_OK;
}

static void drop(struct work *w) {
    points_clear(&w->points);
    lab_clear(&w->lab);
    mem_free(&w->o.diameter);
    mem_free(&w->o.heating);
}

int rates_check(const struct comm *comm, struct deck *deck) {
    struct work w = {.comm = comm, .deck = deck};
    int e = read_all(&w);
    drop(&w);
    return e;
}

struct meanfield_sample rates_sample(const struct rates_options *o, double diameter) {
    return (struct meanfield_sample){.diameter = diameter,
                                     .length = o->field,
                                     .ends = o->ends,
                                     .volume = o->bulk_volume,
                                     .threshold = o->threshold};
}

static int tc_table(const struct lab *lab, const struct rates_options *o, struct tsv **tsv) {
    const struct schedule *s = lab->schedule[o->schedule];
    TRY(tsv_create("diameter_nm:r schedule:t tc_median_C:r tc_mean_C:r tc_sd_K:r tc_16_C:r tc_84_C:r "
                   "censored_fraction:r tc_fraction_C:r first_median_C:r first_sd_K:r gumbel_K:r "
                   "rayleigh_plateau:r balls_up:t",
                   tsv));
    for (int k = 0; k < o->n_diameters; k++) {
        struct meanfield_sample sample = rates_sample(o, o->diameter[k]);
        struct meanfield *mf;
        struct meanfield_result r;
        TRY(meanfield_create(&lab->material, s, &sample, &mf));
        int e = meanfield_summary(mf, &r);
        meanfield_destroy(&mf);
        TRY(e);
        TRY(tsv_add(*tsv, o->diameter[k], s->name, r.tc_median_C, r.tc_mean_C, r.tc_sd_K, r.tc_low_C,
                    r.tc_high_C, r.censored, r.tc_fraction_C, r.first_median_C, r.first_sd_K, r.gumbel_K,
                    r.rayleigh_plateau, r.rayleigh_plateau > 1 ? "yes" : "no"));
    }
    return ERR_OK;
}

static int compare_table(const struct work *w, struct tsv **tsv) {
    struct points_view view = {w->o.field, w->o.threshold};
    TRY(tsv_create(
        "role:t schedule:t quantity:t diameter_nm:r diameter2_nm:r at_C:r relation:t value:r sigma:r "
        "model:r misses_sigma:r holds:t prolonged:t offset_needed_K:r slower_needed:r provenance:t place:t",
        tsv));
    for (int k = 0; k < w->points.n; k++) {
        const struct points_row *r = &w->points.row[k];
        double model, offset, slower;
        bool prolonged;
        const char relation[2] = {r->relation, 0};
        TRY(points_model(r, &w->lab.material, w->lab.schedule, &view, 0, &model, &prolonged));
        TRY(points_reconcile(r, &w->lab.material, w->lab.schedule, &view, &offset, &slower));
        double miss = points_residual(r, model);
        bool holds = r->relation == '=' ? fabs(miss) <= 1 : miss == 0;
        TRY(tsv_add(*tsv, r->role, r->schedule, points_names[r->quantity], r->d, r->d2, r->at - 273.15,
                    relation, r->value, r->sigma, model, miss, holds ? "yes" : "no", prolonged ? "yes" : "no",
                    offset, slower, r->provenance, r->place));
    }
    return ERR_OK;
}

static int one_table(const struct work *w, int kind, struct results *out) {
    struct tsv *tsv = NULL;
    char name[64], *text = NULL;
    int e = kinds[kind].make ? kinds[kind].make(&w->lab, &w->o, &tsv) : compare_table(w, &tsv);
    snprintf(name, sizeof name, "rates_%s", kinds[kind].name);
    e = err_agree(w->comm, e);
    if (!e) e = results_table(out, name, tsv);
    if (!e) e = err_agree(w->comm, tsv_show(tsv, &text));
    if (!e) log_note("%s\n%s", name, text);
    mem_free(&text);
    tsv_destroy(&tsv);
    return e;
}

/* Shares of the rise from 25 to 6 nm, for the summary. */
static int keep_shares(const struct work *w, struct results *out) {
    double confinement, starvation;
    TRY(rates_cause_share(&w->lab, &w->o, 6, 25, &confinement, &starvation));
    TRY(results_scalar(out, confinement, NAN, "%", "share_of_confinement_6_25"));
    return results_scalar(out, starvation, NAN, "%", "share_of_starvation_6_25");
}

static int all_tables(const struct work *w, struct results *out) {
    TRY(lab_provenance(&w->lab, w->deck, out));
    for (int k = 0; k < N_KINDS; k++) {
        if (!wanted(w->deck, kinds[k].name)) continue;
        TRY(one_table(w, k, out));
        if (strcmp(kinds[k].name, "causes") == 0) TRY_ALL(w->comm, keep_shares(w, out));
    }
    return ERR_OK;
}

int rates_run(const struct comm *comm, struct deck *deck, const char *command, bool anew,
              struct results_scalars *scalars) {
    struct work w = {.comm = comm, .deck = deck};
    struct rundir at = {0};
    struct results out = {0};
    struct h5 *h5 = NULL;
    cite_use("sohn2015");
    cite_use("kolmogorov1937");
    int e = read_all(&w);
    if (!e) e = deck_verdict(deck);
    if (!e) e = rundir_open(&at, comm, deck, command);
    if (!e && anew) e = rundir_effective(&at);
    if (!e) e = rundir_h5(&at, anew, &h5);
    if (!e)
        e = err_agree(comm, results_init(&out, comm, h5, "", at.dir, at.stem, "kmc", NULL, false, scalars));
    if (!e) e = all_tables(&w, &out);
    if (h5) {
        int closed = h5_close(&h5, e == ERR_OK);
        if (!e) e = closed;
    }
    results_destroy(&out);
    rundir_close(&at);
    drop(&w);
    return e;
}
