/* cause - variants are rows behind the main ones; errors by bootstrap over replicas, in which a variant of
 * the same shape is resampled together with its main row (same replica, same random numbers). The mean is of
 * the replicas that crystallised, and unknown where fewer than half did, as in table tc's minimum. */
#include "kmc/cause.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rng.h"

#include <math.h>
#include <string.h>

static const char *const names[CAUSE_KINDS] = {"surface", "confinement", "starvation", "gibbs_thomson"};

void cause_read(struct deck *deck, const struct material *material, struct cause_set *set) {
    *set = (struct cause_set){0};
    if (!deck_has(deck, "kmc.causes")) return;
    bool rod = !strcmp(deck_text(deck, "kmc.shape.kind"), "rod");
    if (!rod) deck_mistake(deck, "kmc.causes", "causes are told apart for straight rods (shape kind: rod)");
    for (int k = 0; k < deck_count(deck, "kmc.causes") && rod; k++) {
        const char *name = deck_text_at(deck, k, "kmc.causes");
        int kind = 0;
        while (kind < CAUSE_KINDS && strcmp(name, names[kind])) kind++;
        bool twice = false;
        for (int m = 0; m < set->n; m++) twice |= (int)set->kind[m] == kind;
        if (kind == CAUSE_KINDS || twice) {
            deck_mistake(deck, "kmc.causes",
                         twice
                             ? "'%s' is listed twice"
                             : "there is no cause '%s'; take surface, confinement, starvation, gibbs_thomson",
                         name);
            continue;
        }
        struct material *m = &set->material[set->n];
        *m = *material;
        if (kind == CAUSE_SURFACE) m->surface.kind = MATERIAL_NONE;
        if (kind == CAUSE_CONFINEMENT) m->confined = false;
        if (kind == CAUSE_GIBBS_THOMSON) m->gibbs_thomson = !m->gibbs_thomson;
        set->kind[set->n++] = (enum cause)kind;
    }
    set->endless = deck_real(deck, "kmc.endless");
    for (int k = 0; k < 2; k++) set->between[k] = deck_real_at(deck, k, "kmc.cause_between") / 10;
}

int cause_rows(const struct cause_set *set, struct ensemble *e) {
    static const double zero = 0;
    for (int c = 0; c < set->n; c++)
        for (int k = 0; k < e->n_main; k++) {
            const struct ensemble_row *main = &e->row[k];
            struct ensemble_row *r = &e->row[(1 + c) * e->n_main + k];
            if (main->profile.length <= 0) continue; /* a mistake of the deck */
            *r = *main;
            memset(&r->profile, 0, sizeof r->profile);
            r->material = &set->material[c];
            double length = main->profile.length * (set->kind[c] == CAUSE_STARVATION ? set->endless : 1);
            TRY(profile_rod(&r->profile, length, main->profile.periodic_z, 1, &zero, &main->diameter));
        }
    return ERR_OK;
}

const char *cause_name(const struct cause_set *set, const struct ensemble *e, int row) {
    return row < e->n_main ? "none" : names[set->kind[row / e->n_main - 1]];
}

/* --- statistics */

/* Mean Tc of a row over the replicas picked (NULL: all); nan where fewer than half crystallised. */
static double mean(const struct ensemble *e, int row, const int32_t *pick) {
    double sum = 0;
    int64_t seen = 0, n = e->n_replicas;
    for (int64_t r = 0; r < n; r++) {
        double tc = e->record[row * n + (pick ? pick[r] : r)].tc;
        if (isnan(tc)) continue;
        sum += tc;
        seen++;
    }
    return 2 * seen >= n && seen ? sum / (double)seen : NAN;
}

/* Bootstrap sample b of a row: the same for rows of the same shape. */
static void draw(const struct ensemble *e, int row, int64_t b, int32_t *pick) {
    uint32_t bits[4];
    uint64_t id = profile_hash(&e->row[row].profile) ^ schedule_hash(e->row[row].schedule);
    for (int64_t r = 0; r < e->n_replicas; r++) {
        if (r % 4 == 0) rng_bits(e->seed, RNG_KMC, id, (uint64_t)b << 32 | (uint64_t)r, bits);
        pick[r] = (int32_t)(((uint64_t)bits[r % 4] * (uint64_t)e->n_replicas) >> 32);
    }
}

struct work {
    const struct cause_set *set;
    const struct ensemble *e;
    int64_t n;
    double *sample; /* [rows][n]: mean Tc of bootstrap samples */
};

static int resample(struct work *w) {
    const struct ensemble *e = w->e;
    int32_t *pick = NULL;
    TRY(MEM_NEW(w->sample, e->n_rows * w->n));
    TRY(MEM_NEW(pick, e->n_replicas));
    for (int row = 0; row < e->n_rows; row++)
        for (int64_t b = 0; b < w->n; b++) {
            draw(e, row, b, pick);
            w->sample[row * w->n + b] = mean(e, row, pick);
        }
    mem_free(&pick);
    return ERR_OK;
}

/* Standard deviation of n numbers from their sums; nan when one of them is. */
static double spread(double sum, double square, int64_t n) {
    double m = sum / (double)n;
    if (n < 2 || isnan(square)) return NAN;
    return sqrt(fmax(0, square / (double)n - m * m));
}

/* Standard deviation of combination sum weight[k] sample(row[k]) over the bootstrap. */
static double error_of(const struct work *w, int n, const int *row, const double *weight) {
    double sum = 0, square = 0;
    for (int64_t b = 0; b < w->n; b++) {
        double x = 0;
        for (int k = 0; k < n; k++) x += weight[k] * w->sample[row[k] * w->n + b];
        sum += x;
        square += x * x;
    }
    return spread(sum, square, w->n);
}

static int one_row(const struct work *w, int row, struct tsv *tsv) {
    const struct ensemble *e = w->e;
    const struct ensemble_row *r = &e->row[row];
    int64_t seen = 0, n = e->n_replicas;
    double tc = mean(e, row, NULL), sum = 0, square = 0;
    for (int64_t k = 0; k < n; k++) {
        double x = e->record[row * n + k].tc;
        if (isnan(x)) continue;
        seen++;
        sum += x;
        square += x * x;
    }
    double sd = seen > 1 ? sqrt(fmax(0, (square - sum * sum / (double)seen) / (double)(seen - 1))) : NAN;
    double shift = row < e->n_main ? 0 : tc - mean(e, r->of, NULL);
    return tsv_add(tsv, cause_name(w->set, e, row), r->schedule->name, r->diameter, n, tc,
                   error_of(w, 1, &row, (double[]){1}), sd, 1 - (double)seen / (double)n, shift,
                   row < e->n_main ? 0 : error_of(w, 2, (int[]){row, r->of}, (double[]){1, -1}));
}

/* --- shares */

static int find(const struct ensemble *e, const struct schedule *schedule, double d) {
    for (int k = 0; k < e->n_main; k++)
        if (e->row[k].schedule == schedule && fabs(e->row[k].diameter / d - 1) < 1e-9) return k;
    return -1;
}

/* Share of cause c in Tc(thin) - Tc(thick), percent: what goes away with it. */
static double share(const double all[2], const double off[2]) {
    return 100 * (1 - (off[0] - off[1]) / (all[0] - all[1]));
}

static int one_share(const struct work *w, int c, int thin, int thick, struct results *out) {
    const struct ensemble *e = w->e;
    int off[2] = {(1 + c) * e->n_main + thin, (1 + c) * e->n_main + thick}, on[2] = {thin, thick};
    double all[2], without[2], sum = 0, square = 0;
    for (int k = 0; k < 2; k++) {
        all[k] = mean(e, on[k], NULL);
        without[k] = mean(e, off[k], NULL);
    }
    double value = share(all, without);
    for (int64_t b = 0; b < w->n; b++) {
        for (int k = 0; k < 2; k++) {
            all[k] = w->sample[on[k] * w->n + b];
            without[k] = w->sample[off[k] * w->n + b];
        }
        double x = share(all, without);
        sum += x;
        square += x * x;
    }
    double error = spread(sum, square, w->n);
    const char *name = names[w->set->kind[c]];
    if (isnan(value)) {
        log_note("share of %s: not to be had, too few rods of one of the diameters crystallise", name);
        return ERR_OK;
    }
    log_note("%s: %.4g +- %.2g %% of Tc(%.4g nm) - Tc(%.4g nm) goes away without %s%s",
             e->row[thin].schedule->name, value, error, e->row[thin].diameter, e->row[thick].diameter, name,
             w->set->kind[c] == CAUSE_GIBBS_THOMSON ? " switched" : "");
    return results_scalar(out, value, error, "%", "%s_share_of_%s_%.4g_%.4g", e->row[thin].schedule->name,
                          name, e->row[thin].diameter, e->row[thick].diameter);
}

static int shares(const struct work *w, struct results *out) {
    const struct ensemble *e = w->e;
    for (int k = 0; k < e->n_main; k++) {
        const struct schedule *s = e->row[k].schedule;
        bool first = true;
        for (int m = 0; m < k; m++) first &= e->row[m].schedule != s;
        int thin = find(e, s, w->set->between[0]), thick = find(e, s, w->set->between[1]);
        if (!first || thin < 0 || thick < 0) continue;
        double rise = mean(e, thin, NULL) - mean(e, thick, NULL);
        if (isnan(rise)) {
            log_note("%s: fewer than half of the rods of %.4g or %.4g nm crystallise: no shares", s->name,
                     w->set->between[0], w->set->between[1]);
            continue;
        }
        TRY(results_scalar(out, rise, error_of(w, 2, (int[]){thin, thick}, (double[]){1, -1}), "K",
                           "%s_rise_%.4g_%.4g_K", s->name, w->set->between[0], w->set->between[1]));
        for (int c = 0; c < w->set->n; c++) TRY(one_share(w, c, thin, thick, out));
    }
    return ERR_OK;
}

int cause_write(int64_t n_bootstrap, const struct cause_set *set, const struct ensemble *e,
                struct results *out) {
    struct work w = {set, e, n_bootstrap, NULL};
    struct tsv *tsv = NULL;
    int code = resample(&w);
    if (!code)
        code = tsv_create("off:t schedule:t diameter_nm:r n:i tc_C:r tc_error_K:r tc_sd_K:r "
                          "censored_fraction:r shift_K:r shift_error_K:r",
                          &tsv);
    for (int k = 0; k < e->n_rows && !code; k++) code = one_row(&w, k, tsv);
    if (!code) code = shares(&w, out);
    code = err_agree(out->comm, code);
    if (!code) code = results_table(out, "causes", tsv);
    tsv_destroy(&tsv);
    mem_free(&w.sample);
    return code;
}
