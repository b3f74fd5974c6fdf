/* tgfit - least squares through block means; gsl_fit_linear gives line and covariance from the scatter of the
 * blocks.
 *
 * Rejected: fitting all records with independent errors (the error of Tg comes out several times too small),
 * the intersection in energy (the supercooled liquid is curved there), hyperbolas (more parameters than the
 * data bear). */
#include "analysis/structure/tgfit.h"
#include "base/mem.h"

#include <gsl/gsl_fit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

const struct deck_row tgfit_rows[] = {
    {.type = DECK_REAL,
     .path = "glass_max",
     .dim = UNIT_TEMPERATURE,
     .value = "600 K; lj 0.3",
     .bounds = "(0 K, inf)",
     .help = "Glass transition: the glass's line is fitted to all records at or below this temperature."},
    {.type = DECK_REAL,
     .path = "liquid_min",
     .dim = UNIT_TEMPERATURE,
     .value = "1100 K; lj 0.6",
     .bounds = "(0 K, inf)",
     .help = "The liquid's line is fitted from this temperature on."},
    {.type = DECK_REAL,
     .path = "liquid_max",
     .dim = UNIT_TEMPERATURE,
     .value = "1700 K; lj 1.2",
     .bounds = "(0 K, inf)",
     .help = "The liquid's line is fitted up to this temperature."},
    {.type = DECK_END}};

void tgfit_ranges_read(const struct deck *deck, const char *section, struct tgfit_ranges *ranges) {
    const char *dot = *section ? "." : "";
    ranges->glass_max = deck_real(deck, "%s%sglass_max", section, dot);
    ranges->liquid_min = deck_real(deck, "%s%sliquid_min", section, dot);
    ranges->liquid_max = deck_real(deck, "%s%sliquid_max", section, dot);
}

struct record {
    double t, v;
};

static int by_temperature(const void *a, const void *b) {
    const struct record *x = a, *y = b;
    if (x->t != y->t) return x->t < y->t ? -1 : 1;
    return (x->v > y->v) - (x->v < y->v);
}

/* **Local.** The line through block means of the records with lo <= T <= hi (records sorted by T). */
static int fit_line(const struct record *r, int64_t n, double lo, double hi, const char *what,
                    struct tgfit_line *line) {
    int64_t first = 0, end = n;
    while (first < n && r[first].t < lo) first++;
    while (end > first && r[end - 1].t > hi) end--;
    int64_t m = end - first;
    int blocks = m < TGFIT_BLOCKS ? (int)m : TGFIT_BLOCKS;
    if (blocks < 3)
        FAIL(ERR_INPUT,
             "Tg: %lld record%s between %.6g and %.6g for the %s's line; record more often, or widen the "
             "range",
             (long long)m, m == 1 ? "" : "s", lo, hi, what);
    double t[TGFIT_BLOCKS] = {0}, v[TGFIT_BLOCKS] = {0}, rest;
    for (int k = 0; k < blocks; k++) {
        int64_t from = first + m * k / blocks, to = first + m * (k + 1) / blocks;
        for (int64_t i = from; i < to; i++) {
            t[k] += r[i].t / (double)(to - from);
            v[k] += r[i].v / (double)(to - from);
        }
        line->t_mean += t[k] / blocks;
    }
    gsl_fit_linear(t, 1, v, 1, (size_t)blocks, &line->a, &line->b, &line->cov[0], &line->cov[1],
                   &line->cov[2], &rest);
    line->n_records = m;
    line->n_blocks = blocks;
    return ERR_OK;
}

/* **Local.** Tg and its error; x = a_l - a_g, y = b_g - b_l, Tg = x / y. */
static int cross(struct tgfit *fit, const struct tgfit_ranges *ranges) {
    const struct tgfit_line *g = &fit->glass, *l = &fit->liquid;
    double y = g->b - l->b;
    fit->tg = (l->a - g->a) / y;
    if (!(y < 0) || !(fit->tg > 0 && fit->tg < ranges->liquid_max))
        FAIL(ERR_INPUT,
             "Tg: the lines of glass (slope %.4g) and liquid (slope %.4g) do not cross below %.6g; choose "
             "other "
             "ranges, or cool from a liquid to a glass",
             g->b, l->b, ranges->liquid_max);
    double variance = 0;
    const struct tgfit_line *both[] = {g, l};
    for (int k = 0; k < 2; k++) /* d Tg / d a = -+1 / y, d Tg / d b = -+Tg / y */
        variance += both[k]->cov[0] + 2 * fit->tg * both[k]->cov[1] + fit->tg * fit->tg * both[k]->cov[2];
    fit->error = sqrt(fmax(0, variance)) / fabs(y);
    fit->expansion_glass = g->b / (3 * (g->a + g->b * g->t_mean));
    fit->expansion_liquid = l->b / (3 * (l->a + l->b * l->t_mean));
    return ERR_OK;
}

int tgfit_compute(const double *t, const double *v, int64_t n, const struct tgfit_ranges *ranges,
                  struct tgfit *fit) {
    struct record *r = NULL;
    int64_t m = 0;
    *fit = (struct tgfit){.tg = NAN, .error = NAN};
    TRY(MEM_NEW(r, n));
    for (int64_t i = 0; i < n; i++)
        if (isfinite(t[i]) && isfinite(v[i])) r[m++] = (struct record){t[i], v[i]};
    qsort(r, (size_t)m, sizeof *r, by_temperature);
    int e = fit_line(r, m, 0, ranges->glass_max, "glass", &fit->glass);
    if (!e) e = fit_line(r, m, ranges->liquid_min, ranges->liquid_max, "liquid", &fit->liquid);
    if (!e) e = cross(fit, ranges);
    mem_free(&r);
    return e;
}
