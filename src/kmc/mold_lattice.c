/* mold_lattice - classes of events (hops into vacancies, exits over root and tip, exchange), each with one
 * bound for all its members: a class by its total, a member uniformly, accepted with its rate over the bound.
 *
 * Exact, O(1) an event whatever the length; with rates of elements within a factor of a few most trials
 * succeed. Rejected: a tree of all rates (every hop would change a dozen leaves), time steps (correlations of
 * the vacancy's next hop are the very thing that makes tracers slower). Rejected trials are events of their
 * own with the bound's waiting time, so no clock has to be mended. Neighbours on the triangular lattice in
 * sheared coordinates. */
#include "kmc/mold_lattice.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/stop.h"

#include <math.h>
#include <string.h>

#define STOP_EVERY 0xfffff /* events between looks at the clock */

static const struct lattice {
    int n, bonds; /* neighbours; bonds of a site to the next column */
    signed char dx[6], dz[6];
} lattices[] = {{4, 1, {1, -1, 0, 0}, {0, 0, 1, -1}}, {6, 2, {1, -1, 0, 0, -1, 1}, {0, 0, 1, -1, 1, -1}}};

struct state {
    const struct mold_lattice_options *o;
    const struct lattice *g;
    struct mold_lattice *out;
    int nz, room;                           /* columns; room for as many */
    uint8_t *site;                          /* element + 1, 0 vacant; [room * around] */
    int64_t (*core)[MOLD_LATTICE_ELEMENTS]; /* [room] */
    int64_t pile[MOLD_LATTICE_ELEMENTS], n_pile;
    int *vacancy, n_vacancies, vacancy_room;
    double top;          /* largest rate */
    double e, up, down;  /* e; exp(+-e / 2) */
    double length, flow; /* L; atoms of viscous flow not yet moved */
    uint64_t event;
    uint32_t bits[4];
};

double mold_lattice_diffusivity(const struct mold_lattice_options *o) {
    return lattices[o->kind].bonds * o->vacancies * (1 - o->vacancies);
}

double mold_lattice_length(const struct mold_lattice_options *o, double time) {
    double l0 = o->columns + 1,
           gain = 2.0 * o->around / o->per_column * o->drive * mold_lattice_diffusivity(o);
    return sqrt(l0 * l0 + (gain + 2 * o->advection) * time);
}

static double uniform(uint32_t bits) {
    return (bits + 0.5) * 0x1p-32;
}

static void draw(struct state *s) {
    rng_bits(s->o->seed, RNG_KMC, s->o->id, s->event++, s->bits);
}

/* **Local.** An element with probability n[i] / total. */
static int pick(const int64_t *n, int64_t total, double u) {
    int64_t k = (int64_t)(u * (double)total);
    int i = 0;
    while (k >= n[i]) k -= n[i++];
    return i;
}

static int pick_glass(const struct state *s, double u) {
    int i = 0;
    for (; i < s->o->n_elements - 1 && u >= s->o->fraction[i]; i++) u -= s->o->fraction[i];
    return i;
}

static void set_bias(struct state *s) {
    s->length = s->nz + (double)s->n_pile / s->o->per_column;
    s->e = s->o->drive / s->length;
    s->up = exp(s->e / 2);
    s->down = 1 / s->up;
    s->out->steepest = fmax(s->out->steepest, s->e);
}

static int make_room(struct state *s) {
    if (s->nz < s->room) return ERR_OK;
    int more = s->room + s->room / 2 + 64;
    TRY(MEM_GROW(s->site, (size_t)s->room * s->o->around, (size_t)more * s->o->around));
    TRY(MEM_GROW(s->core, s->room, more));
    s->room = more;
    return ERR_OK;
}

static int add_vacancy(struct state *s, int site) {
    if (s->n_vacancies == s->vacancy_room) {
        int more = 2 * s->vacancy_room + 64;
        TRY(MEM_GROW(s->vacancy, s->vacancy_room, more));
        s->vacancy_room = more;
    }
    s->site[site] = 0;
    s->vacancy[s->n_vacancies++] = site;
    return ERR_OK;
}

/* **Local.** A new last column of per_column atoms, drawn from the pile, or (glass) from the glass. */
static int add_column(struct state *s, bool from_glass) {
    const struct mold_lattice_options *o = s->o;
    TRY(make_room(s));
    int first = s->nz * o->around, left = o->per_column;
    memset(s->core[s->nz], 0, sizeof *s->core);
    for (int x = 0; x < o->around; x++) {
        draw(s);
        if (uniform(s->bits[0]) < o->vacancies) {
            TRY(add_vacancy(s, first + x));
            continue;
        }
        int i =
            from_glass ? pick_glass(s, uniform(s->bits[1])) : pick(s->pile, s->n_pile, uniform(s->bits[1]));
        if (!from_glass) {
            s->pile[i]--;
            s->n_pile--;
        }
        s->site[first + x] = (uint8_t)(i + 1);
        left--;
    }
    for (; left > 0; left--) {
        draw(s);
        int i =
            from_glass ? pick_glass(s, uniform(s->bits[1])) : pick(s->pile, s->n_pile, uniform(s->bits[1]));
        if (!from_glass) {
            s->pile[i]--;
            s->n_pile--;
        }
        s->core[s->nz][i]++;
    }
    s->nz++;
    return ERR_OK;
}

/* **Local.** The pile ran low (atoms went back): the last column becomes part of it. */
static int drop_column(struct state *s) {
    const struct mold_lattice_options *o = s->o;
    if (s->nz == 2) FAIL(ERR_INPUT, "lattice: the wire shrank to nothing; start longer, or press more");
    int first = --s->nz * o->around;
    for (int x = 0; x < o->around; x++)
        if (s->site[first + x]) {
            s->pile[s->site[first + x] - 1]++;
            s->n_pile++;
        }
    for (int i = 0; i < o->n_elements; i++) {
        s->pile[i] += s->core[s->nz][i];
        s->n_pile += s->core[s->nz][i];
    }
    for (int v = s->n_vacancies - 1; v >= 0; v--)
        if (s->vacancy[v] >= first) s->vacancy[v] = s->vacancy[--s->n_vacancies];
    return ERR_OK;
}

/* **Local.** An atom arrives at the tip. */
static int deposit(struct state *s, int i) {
    s->pile[i]++;
    s->n_pile++;
    if (s->n_pile >= 2 * s->o->per_column) TRY(add_column(s, false));
    set_bias(s);
    return ERR_OK;
}

/* **Local.** When flow is due, the core moves on by one column: the glass enters at the root, the last core
 * joins the pile. */
static int advect(struct state *s) {
    int64_t last[MOLD_LATTICE_ELEMENTS], n = 0;
    memcpy(last, s->core[s->nz - 1], sizeof last);
    for (int i = 0; i < s->o->n_elements; i++) n += last[i];
    if (s->flow < (double)n || n == 0) return ERR_OK;
    s->flow -= (double)n;
    memmove(s->core[1], s->core[0], (size_t)(s->nz - 1) * sizeof *s->core);
    memset(s->core[0], 0, sizeof *s->core);
    for (int64_t k = 0; k < n; k++) {
        draw(s);
        int i = pick_glass(s, uniform(s->bits[0]));
        s->core[0][i]++;
        s->out->in[i]++;
    }
    for (int i = 0; i < s->o->n_elements; i++)
        for (int64_t k = 0; k < last[i]; k++) TRY(deposit(s, i));
    return ERR_OK;
}

static void fill_vacancy(struct state *s, int v, int i) {
    s->site[s->vacancy[v]] = (uint8_t)(i + 1);
    s->vacancy[v] = s->vacancy[--s->n_vacancies];
}

/* **Local.** Trial of class "hop into a vacancy"; u in [0, 1) chooses vacancy and direction. */
static int hop(struct state *s, double u) {
    const struct mold_lattice_options *o = s->o;
    int most = s->n_vacancies * s->g->n, m = (int)(u * most);
    m = m < most ? m : most - 1; /* u may round to 1 */
    int v = m / s->g->n, k = m % s->g->n, here = s->vacancy[v];
    int x = here % o->around + s->g->dx[k], z = here / o->around + s->g->dz[k];
    double bound = s->top * s->up, bias = s->g->dz[k] == 0 ? 1 : s->g->dz[k] < 0 ? s->up : s->down;
    double u2 = uniform(s->bits[2]) * bound;
    x = x < 0 ? x + o->around : x >= o->around ? x - o->around : x;
    if (z >= 0 && z < s->nz) {
        int there = z * o->around + x, i = s->site[there];
        if (i == 0 || u2 >= o->rate[i - 1] * bias) return ERR_OK;
        s->site[here] = (uint8_t)i;
        s->site[there] = 0;
        s->vacancy[v] = there;
    } else if (z < 0) { /* from the reservoir */
        draw(s);
        int i = pick_glass(s, uniform(s->bits[0]));
        if (u2 >= o->rate[i] * bias * (1 - o->vacancies)) return ERR_OK;
        fill_vacancy(s, v, i);
        s->out->in[i]++;
    } else { /* back from the pile */
        draw(s);
        int i = pick(s->pile, s->n_pile, uniform(s->bits[0]));
        if (u2 >= o->rate[i] * bias * (1 - o->vacancies)) return ERR_OK;
        fill_vacancy(s, v, i);
        s->pile[i]--;
        s->n_pile--;
        s->out->crossed[i]--;
        if (2 * s->n_pile < o->per_column) TRY(drop_column(s));
        set_bias(s);
    }
    s->out->hops++;
    return ERR_OK;
}

/* **Local.** Trial of an exit into a vacancy of the reservoir (z = 0) or of the pile (the last column). */
static int leave(struct state *s, double u, bool tip) {
    const struct mold_lattice_options *o = s->o;
    int there = (tip ? s->nz - 1 : 0) * o->around + (int)(u * o->around), i = s->site[there];
    if (i == 0 || uniform(s->bits[2]) * s->top * s->up >= o->rate[i - 1] * (tip ? s->up : s->down))
        return ERR_OK;
    TRY(add_vacancy(s, there));
    s->out->hops++;
    if (!tip) {
        s->out->out[i - 1]++;
        return ERR_OK;
    }
    s->out->crossed[i - 1]++;
    return deposit(s, i - 1);
}

static void exchange(struct state *s, double u) {
    int there = (int)(u * s->nz * s->o->around), i = s->site[there];
    int64_t *core = s->core[there / s->o->around], n = 0;
    for (int k = 0; k < s->o->n_elements; k++) n += core[k];
    if (i == 0 || n == 0) return;
    int j = pick(core, n, uniform(s->bits[2]));
    core[j]--;
    core[i - 1]++;
    s->site[there] = (uint8_t)(j + 1);
}

/* **Local.** One trial; the time it took. */
static int trial(struct state *s, double *dt) {
    const struct mold_lattice_options *o = s->o;
    draw(s);
    double bound = s->top * s->up,
           part[4] = {s->n_vacancies * s->g->n * bound, o->around * s->g->bonds * o->vacancies * bound, 0,
                      o->exchange * s->nz * o->around};
    part[2] = part[1];
    double total = part[0] + part[1] + part[2] + part[3];
    /* 52 bits: 32 would not reach every vacancy evenly */
    double u = ((double)(((uint64_t)s->bits[0] << 20) | (s->bits[1] >> 12)) + 0.5) * 0x1p-52 * total;
    *dt = -log(uniform(s->bits[3])) / total;
    if (u < part[0]) return hop(s, u / part[0]);
    u -= part[0];
    if (u < part[1]) return leave(s, u / part[1], false);
    u -= part[1];
    if (u < part[2]) return leave(s, u / part[2], true);
    exchange(s, fmin((u - part[2]) / part[3], 1 - 0x1p-53));
    return ERR_OK;
}

static void count(const struct state *s, int64_t total[MOLD_LATTICE_ELEMENTS]) {
    memcpy(total, s->pile, sizeof s->pile);
    for (int k = 0; k < s->nz * s->o->around; k++)
        if (s->site[k]) total[s->site[k] - 1]++;
    for (int z = 0; z < s->nz; z++)
        for (int i = 0; i < s->o->n_elements; i++) total[i] += s->core[z][i];
}

static int begin(struct state *s) {
    const struct mold_lattice_options *o = s->o;
    for (int i = 0; i < o->n_elements; i++) s->top = fmax(s->top, o->rate[i]);
    for (int z = 0; z < o->columns; z++) TRY(add_column(s, true));
    for (int k = 0; k < o->per_column; k++) { /* the pile is never empty */
        draw(s);
        s->pile[pick_glass(s, uniform(s->bits[0]))]++;
    }
    s->n_pile = o->per_column;
    set_bias(s);
    count(s, s->out->start);
    return ERR_OK;
}

static int go(struct state *s) {
    const struct mold_lattice_options *o = s->o;
    double t = 0, step = o->time / o->samples;
    int sample = 0;
    while (sample < o->samples) {
        double dt;
        if ((s->event & STOP_EVERY) == 0 && stop_wanted() != STOP_NONE)
            FAIL(ERR_TIME, "the lattice was stopped (%s)", stop_text(stop_wanted()));
        TRY(trial(s, &dt));
        t += dt;
        while (sample < o->samples && t >= (sample + 1) * step) s->out->length[sample++] = s->length;
        s->flow += o->advection / s->length * dt * o->per_column;
        if (o->advection > 0) TRY(advect(s));
        s->out->events++;
    }
    return ERR_OK;
}

static int finish(struct state *s) {
    const struct mold_lattice_options *o = s->o;
    int n = o->n_elements;
    s->out->columns = s->nz;
    s->out->n_elements = n;
    count(s, s->out->end);
    TRY(MEM_NEW(s->out->content, (size_t)s->nz * n));
    for (int z = 0; z < s->nz; z++) {
        int64_t *c = s->out->content + (size_t)z * n;
        for (int i = 0; i < n; i++) c[i] = s->core[z][i];
        for (int x = 0; x < o->around; x++) {
            int i = s->site[z * o->around + x];
            if (i) c[i - 1]++;
        }
    }
    return ERR_OK;
}

int mold_lattice_run(const struct mold_lattice_options *o, struct mold_lattice *out) {
    struct state s = {.o = o, .g = &lattices[o->kind], .out = out};
    memset(out, 0, sizeof *out);
    if (o->around < 3 || o->columns < 2 || o->per_column < o->around || o->samples < 1 || !(o->time > 0))
        FAIL(ERR_INPUT, "lattice: %d sites around, %d atoms a column, %d columns: too few", o->around,
             o->per_column, o->columns);
    int e = MEM_NEW(out->length, o->samples);
    if (!e) e = begin(&s);
    if (!e) e = go(&s);
    if (!e) e = finish(&s);
    mem_free(&s.site);
    mem_free(&s.core);
    mem_free(&s.vacancy);
    if (e) mold_lattice_destroy(out);
    return e;
}

void mold_lattice_destroy(struct mold_lattice *l) {
    mem_free(&l->length);
    mem_free(&l->content);
}

int mold_lattice_correlation(enum mold_lattice_kind kind, int n, int64_t hops, uint64_t seed, uint64_t id,
                             double *factor) {
    const struct lattice *g = &lattices[kind];
    int *at = NULL, (*moved)[2] = NULL, here = 0, e = ERR_OK; /* atom at a site; its displacement */
    double sum = 0;
    uint32_t bits[4];
    TRY_TO(done, MEM_NEW(at, n * n));
    TRY_TO(done, MEM_NEW(moved, n * n));
    for (int k = 0; k < n * n; k++) at[k] = k;
    for (int64_t h = 0; h < hops; h++) {
        if ((h & 3) == 0) rng_bits(seed, RNG_KMC, id, (uint64_t)(h >> 2), bits);
        int k = (int)(((uint64_t)bits[h & 3] * (uint64_t)g->n) >> 32);
        int x = (here % n + g->dx[k] + n) % n, z = (here / n + g->dz[k] + n) % n, there = z * n + x;
        at[here] = at[there];
        moved[at[here]][0] -= g->dx[k];
        moved[at[here]][1] -= g->dz[k];
        here = there;
    }
    for (int k = 0; k < n * n; k++) {
        double x = moved[k][0], z = moved[k][1];
        sum += x * x + z * z +
               (kind == MOLD_LATTICE_TRIANGULAR ? x * z : 0); /* sheared: the axes are at 60 degrees */
    }
    *factor = sum / (double)hops;
done:
    mem_free(&at);
    mem_free(&moved);
    return e;
}
