/* movie - columns along the beam hold (grain, time) sorted, so that a pixel is computed again only when the
 * next of its samples turns crystalline; volumes of grains follow from one sweep over all samples by time. */
#include "kmc/movie.h"
#include "base/mem.h"
#include "base/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define APERTURE 3 /* half-width in pixels of the aperture around the brightest spot */

const char *const movie_signal_names[MOVIE_SIGNALS] = {"bright_field", "dark_field", "peak",
                                                       "spot",         "average",    "volume"};
const char *const movie_kind_names[MOVIE_KINDS] = {"bright_field", "dark_field", "diffraction"};

struct piece { /* one sample of the grain map */
    float time;
    int32_t grain;
};

struct movie_columns {
    int64_t *first;      /* [rows * columns + 1] into piece; margins have none */
    struct piece *piece; /* of each column by grain, then time */
    float *next;         /* [rows * columns]: when the column changes next */
    struct piece *by_time;
    int64_t n_pieces, n_crystal, at; /* at: how many of by_time have happened */
    double edge;                     /* along the beam, nm */
    double cell;                     /* volume of a sample, nm^3 */
    int64_t n_grains;
    double *volume;                   /* [n_grains] */
    struct optics_beam *beam;         /* [n_grains * OPTICS_BEAMS] */
    double average, dark, glass_dark; /* per nm */
};

static int by_grain(const void *a, const void *b) {
    const struct piece *x = a, *y = b;
    if (x->grain != y->grain) return x->grain < y->grain ? -1 : 1;
    return (x->time > y->time) - (x->time < y->time);
}

static int by_time(const void *a, const void *b) {
    const struct piece *x = a, *y = b;
    if (x->time != y->time) return x->time < y->time ? -1 : 1;
    return (x->grain > y->grain) - (x->grain < y->grain);
}

/* --- making */

/* The map's axes as (beam, rows, columns). */
static void axes(bool rod, int axis[3]) {
    axis[0] = rod ? 0 : 2;
    axis[1] = 1;
    axis[2] = rod ? 2 : 0;
}

static int fill(struct movie *m, const struct grainmap *map, const int axis[3]) {
    struct movie_columns *h = m->hidden;
    const int64_t step[3] = {1, map->n[0], map->n[0] * map->n[1]};
    int64_t n = 0, all = map->n[0] * map->n[1] * map->n[2];
    TRY(MEM_NEW(h->first, m->rows * m->columns + 1));
    TRY(MEM_NEW(h->next, m->rows * m->columns));
    TRY(MEM_NEW(h->piece, all));
    for (int64_t r = 0; r < m->rows; r++)
        for (int64_t c = 0; c < m->columns; c++) {
            int64_t row = r - m->margin, pixel = r * m->columns + c;
            h->first[pixel] = n;
            h->next[pixel] = -INFINITY;
            if (row < 0 || row >= map->n[axis[1]]) continue;
            for (int64_t d = 0; d < map->n[axis[0]]; d++) {
                int64_t at = d * step[axis[0]] + row * step[axis[1]] + c * step[axis[2]];
                if (map->grain[at] != -2) h->piece[n++] = (struct piece){map->time[at], map->grain[at]};
            }
            qsort(h->piece + h->first[pixel], (size_t)(n - h->first[pixel]), sizeof *h->piece, by_grain);
        }
    h->first[m->rows * m->columns] = n;
    h->n_pieces = n;
    TRY(MEM_NEW(h->by_time, n));
    for (int64_t k = 0; k < n; k++)
        if (isfinite(h->piece[k].time)) h->by_time[h->n_crystal++] = h->piece[k];
    qsort(h->by_time, (size_t)h->n_crystal, sizeof *h->by_time, by_time);
    return ERR_OK;
}

/* The specimen's region: its projection, rim included (its skin goes first); two strips of margin beside it.
 */
static void regions(struct movie *m) {
    int64_t strip = m->margin > 2 ? m->margin - 1 : m->margin;
    int64_t sample[4] = {m->margin, m->rows - m->margin, 0, m->columns};
    int64_t above[4] = {0, strip, 0, m->columns}, below[4] = {m->rows - strip, m->rows, 0, m->columns};
    memcpy(m->sample, sample, sizeof sample);
    memcpy(m->background[0], above, sizeof above);
    memcpy(m->background[1], below, sizeof below);
}

static int grains(struct movie *m, const struct front *front) {
    struct movie_columns *h = m->hidden;
    h->n_grains = front->n_grains;
    TRY(MEM_NEW(h->volume, h->n_grains));
    TRY(MEM_NEW(h->beam, h->n_grains * OPTICS_BEAMS));
    for (int64_t g = 0; g < h->n_grains; g++)
        optics_beams(&m->rules->optics, front->grain[g].turn, h->beam + g * OPTICS_BEAMS);
    h->average = optics_mean_loss(&m->rules->optics);
    h->dark = optics_mean_dark(&m->rules->optics);
    h->glass_dark = optics_glass_dark(&m->rules->optics);
    return ERR_OK;
}

static int pattern(struct movie *m, struct optics_pattern *p) {
    *p = (struct optics_pattern){m->rules->pattern, 2 * m->rules->k_max / (double)m->rules->pattern,
                                 m->rules->blur, NULL};
    return MEM_NEW(p->intensity, p->n * p->n);
}

int movie_create(const struct movie_rules *rules, struct grainmap *map, bool rod, const struct front *front,
                 struct movie **out) {
    struct movie *m = NULL;
    int axis[3], e = ERR_OK;
    axes(rod, axis);
    TRY(MEM_NEW(m, 1));
    *out = m;
    TRY_TO(fail, MEM_NEW(m->hidden, 1));
    m->rules = rules;
    m->edge_y = map->edge[axis[1]];
    m->edge_x = map->edge[axis[2]];
    m->margin = (int64_t)fmax(1, ceil(rules->margin / m->edge_y));
    m->rows = map->n[axis[1]] + 2 * m->margin;
    m->columns = map->n[axis[2]];
    m->hidden->edge = map->edge[axis[0]];
    m->hidden->cell = map->edge[0] * map->edge[1] * map->edge[2];
    TRY_TO(fail, fill(m, map, axis));
    TRY_TO(fail, grains(m, front));
    regions(m);
    for (int k = 0; k < 2; k++) TRY_TO(fail, MEM_NEW(m->image[k], m->rows * m->columns));
    TRY_TO(fail, pattern(m, &m->spots));
    TRY_TO(fail, pattern(m, &m->pattern));
    return ERR_OK;
fail:
    movie_destroy(out);
    return e;
}

void movie_destroy(struct movie **movie) {
    struct movie *m = *movie;
    if (!m) return;
    struct movie_columns *h = m->hidden;
    if (h) {
        mem_free(&h->first);
        mem_free(&h->piece);
        mem_free(&h->next);
        mem_free(&h->by_time);
        mem_free(&h->volume);
        mem_free(&h->beam);
    }
    mem_free(&m->hidden);
    for (int k = 0; k < 2; k++) mem_free(&m->image[k]);
    mem_free(&m->spots.intensity);
    mem_free(&m->pattern.intensity);
    mem_free(movie);
}

/* --- images */

struct pixel {
    double crystal, glass, direct, dark;
};

/* Crystals of one grain in a column, in a piece as thick as they are together. */
static void add_crystal(const struct movie *m, int32_t grain, double t, struct pixel *p) {
    const struct movie_columns *h = m->hidden;
    p->crystal += t;
    if (!m->rules->two_beam) {
        p->direct *= exp(-h->average * t);
        p->dark += h->dark * t;
        return;
    }
    const struct optics_beam *beam = h->beam + (int64_t)grain * OPTICS_BEAMS;
    p->direct *= optics_direct(beam, OPTICS_BEAMS, t);
    p->dark += optics_dark(&m->rules->optics, beam, OPTICS_BEAMS, t);
}

static void look(struct movie *m, int64_t pixel, double t) {
    struct movie_columns *h = m->hidden;
    struct pixel p = {0, 0, 1, 0};
    float next = INFINITY;
    int64_t end = h->first[pixel + 1];
    for (int64_t k = h->first[pixel]; k < end;) {
        int32_t grain = h->piece[k].grain;
        int64_t crystal = 0, n = 0;
        for (; k < end && h->piece[k].grain == grain; k++, n++) {
            if (h->piece[k].time <= t) crystal++;
            else if (h->piece[k].time < next) next = h->piece[k].time;
        }
        p.glass += (double)(n - crystal) * h->edge;
        if (crystal) add_crystal(m, grain, (double)crystal * h->edge, &p);
    }
    p.glass += m->rules->support;
    double through = exp(-(p.glass + p.crystal) / m->rules->optics.absorption);
    m->image[MOVIE_BRIGHT][pixel] = (float)(through * p.direct);
    m->image[MOVIE_DARK][pixel] = (float)(through * (p.dark + h->glass_dark * p.glass));
    h->next[pixel] = next;
}

static double mean(const struct movie *m, enum movie_kind kind, const int64_t region[4]) {
    double sum = 0;
    for (int64_t r = region[0]; r < region[1]; r++)
        for (int64_t c = region[2]; c < region[3]; c++) sum += m->image[kind][r * m->columns + c];
    return sum / (double)((region[1] - region[0]) * (region[3] - region[2]));
}

/* (I_s - I_b)/I_b of one image. */
static double relative(const struct movie *m, enum movie_kind kind) {
    double background = (mean(m, kind, m->background[0]) + mean(m, kind, m->background[1])) / 2;
    return mean(m, kind, m->sample) / background - 1;
}

/* --- patterns */

static void grow(struct movie_columns *h, double t) {
    for (; h->at < h->n_crystal && h->by_time[h->at].time <= t; h->at++)
        h->volume[h->by_time[h->at].grain] += h->cell;
}

static void coherent(struct movie *m) {
    const struct optics_pattern *p = &m->spots;
    const struct movie_columns *h = m->hidden;
    int64_t n = p->n, best = 0;
    double all = 0, spot = 0;
    double sum = h->average * (double)h->n_pieces * h->cell; /* of all of it as glass */
    for (int64_t k = 0; k < n * n; k++) {
        all += p->intensity[k];
        if (p->intensity[k] > p->intensity[best]) best = k;
    }
    for (int64_t j = best / n - APERTURE; j <= best / n + APERTURE; j++)
        for (int64_t i = best % n - APERTURE; i <= best % n + APERTURE; i++)
            if (j >= 0 && j < n && i >= 0 && i < n) spot += p->intensity[j * n + i];
    m->signal[MOVIE_PEAK] = p->intensity[best] / sum;
    m->signal[MOVIE_SPOT] = spot / sum;
    m->signal[MOVIE_AVERAGE] = all / sum;
}

static void diffract(struct movie *m) {
    const struct movie_columns *h = m->hidden;
    double support = m->rules->support * (double)(m->rows * m->columns) * m->edge_y * m->edge_x;
    int64_t n = m->spots.n * m->spots.n;
    memset(m->spots.intensity, 0, (size_t)n * sizeof *m->spots.intensity);
    for (int64_t g = 0; g < h->n_grains; g++)
        if (h->volume[g] > 0)
            optics_add_grain(&m->rules->optics, h->beam + g * OPTICS_BEAMS, OPTICS_BEAMS, h->volume[g],
                             &m->spots);
    memcpy(m->pattern.intensity, m->spots.intensity, (size_t)n * sizeof *m->spots.intensity);
    optics_add_halo(&m->rules->optics, (double)(h->n_pieces - h->at) * h->cell + support, &m->pattern);
    coherent(m);
    if (m->first_sum > 0) return;
    for (int64_t k = 0; k < n; k++) m->first_sum += m->pattern.intensity[k];
}

void movie_frame(struct movie *m, double t) {
    struct movie_columns *h = m->hidden;
    grow(h, t);
    if (m->rules->wanted[MOVIE_BRIGHT] || m->rules->wanted[MOVIE_DARK])
        for (int64_t k = 0; k < m->rows * m->columns; k++)
            if (h->next[k] <= t) look(m, k, t);
    m->signal[MOVIE_BRIGHT_FIELD] = m->rules->wanted[MOVIE_BRIGHT] ? relative(m, MOVIE_BRIGHT) : NAN;
    m->signal[MOVIE_DARK_FIELD] = m->rules->wanted[MOVIE_DARK] ? relative(m, MOVIE_DARK) : NAN;
    m->signal[MOVIE_PEAK] = m->signal[MOVIE_SPOT] = m->signal[MOVIE_AVERAGE] = NAN;
    if (m->rules->wanted[MOVIE_DIFFRACTION]) diffract(m);
    m->signal[MOVIE_VOLUME] = h->n_pieces ? (double)h->at / (double)h->n_pieces : 0;
}

void movie_expose(const struct movie *m, enum movie_kind kind, uint64_t seed, int64_t frame, float *out) {
    bool flat = kind != MOVIE_DIFFRACTION;
    int64_t n = flat ? m->rows * m->columns : m->pattern.n * m->pattern.n;
    double dose = flat ? m->rules->dose : m->rules->pattern_dose, scale = flat ? dose : dose / m->first_sum;
    for (int64_t k = 0; k < n; k++) {
        double mu = flat ? m->image[kind][k] : m->pattern.intensity[k];
        out[k] = (float)(dose > 0 ? rng_poisson(seed, RNG_NOISE, (uint64_t)k,
                                                (uint64_t)(frame * MOVIE_KINDS + kind), scale * mu)
                                  : mu);
    }
}
