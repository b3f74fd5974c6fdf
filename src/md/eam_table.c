/* eam_table - equal steps in r^2: a multiplication finds the row. Two widths: a quarter of cut^2 / table_rows
 * below 2.6 A, sixteen times that beyond. It costs five operations for eight pairs, and brings the force
 * error of hot Cu-Zr liquids, where a few close pairs dominate, from 2e-4 to 3e-5 (1e-5 at 1000 K; Cu_u3
 * 2e-6) while a run touches half as many rows: they are what does not fit the first cache (Cu-Zr: a sixth of
 * the density pass). Rejected after trials: one width (above), quintic rows held in registers (error 1e-3),
 * float-bit logarithmic rows (poor at the cutoff), linear force rows (no energy), cubic in r (a square root
 * for each pair). The last knot is sampled just below the cutoff: a function that jumps there keeps its
 * slope.
 *
 * Two coefficients in one double (brief rows): 21 bits of mantissa each, as their nearest values, an error of
 * 5e-7 of a slope. Values c0 keep all bits and are laid from the cutoff inwards, each interval on the next,
 * so that energies are the integrals of the forces across intervals, too (steps of 1e-8 eV there failed
 * tests/unit/test_pot_derivative.c). It saves the density pass one transpose in three and half of its cache.
 */
#include "md/eam_table.h"
#include "base/mem.h"

#include <math.h>
#include <string.h>

#define SCAN 20000
#define FINE 2.6 /* A */
#define FINER 4
#define COARSE 16 /* fine intervals in a coarse one */

static int beyond(const struct eam_model *m, int what, int a, int b, double r) {
    double v, s;
    if (what == 0) eam_model_pair(m, a, b, r, &v, &s);
    else if (what == 1) eam_model_density(m, a, b, r, &v, &s);
    else eam_model_density(m, b, a, r, &v, &s);
    return fabs(v) < 1e-13 && fabs(s) < 1e-11;
}

/* Local. Smallest r from which on a function vanishes; the cutoff when it never does. */
static double reach(const struct eam_model *m, int what, int a, int b) {
    double h = m->cutoff / SCAN;
    int k = SCAN;
    while (k > 1 && beyond(m, what, a, b, (k - 1) * h + 0.5 * h) && beyond(m, what, a, b, (k - 1) * h)) k--;
    return k * h;
}

void eam_table_reach(const struct eam_model *model, int a, int b, double *near_cut, double *cut) {
    *near_cut = fmax(reach(model, 1, a, b), reach(model, 2, a, b));
    *cut = fmax(*near_cut, reach(model, 0, a, b));
    if (*cut - *near_cut < 0.05) *near_cut = *cut;
}

struct knot {
    double value, slope;
};

/* Local. Function `what` at squared distance r2, slope with respect to r2. */
static struct knot sample(const struct eam_model *m, int what, int a, int b, double r2, double cut) {
    double r = sqrt(fmax(r2, 0)), v, s, below = 0;
    if (r > cut * (1 - 1e-12)) r = cut * (1 - 1e-12);
    if (r < EAM_TABLE_R_MIN) {
        below = r2 - EAM_TABLE_R_MIN * EAM_TABLE_R_MIN;
        r = EAM_TABLE_R_MIN;
    }
    if (what == 0) eam_model_pair(m, a, b, r, &v, &s);
    else if (what == 1) eam_model_density(m, a, b, r, &v, &s);
    else eam_model_density(m, b, a, r, &v, &s);
    s /= 2 * r;
    return (struct knot){v + below * s, s};
}

static double knot_at(const struct eam_grid *g, int k) {
    double m = k - g->base;
    return g->origin + m * g->step + fmin(m, 0) * g->step_extra;
}

/* Local. Rows of one function into c[0], c[stride], ... */
static void tabulate(const struct eam_model *m, int what, int a, int b, const struct eam_grid *g, double cut,
                     int is_pair, double *c, int stride) {
    int n = (int)g->rows;
    struct knot left = sample(m, what, a, b, knot_at(g, 0), cut);
    for (int k = 0; k < n; k++) {
        struct knot right = sample(m, what, a, b, knot_at(g, k + 1), cut);
        double h = knot_at(g, k + 1) - knot_at(g, k);
        double *row = c + (int64_t)k * stride, rise = (right.value - left.value) / h;
        row[0] = left.value;
        row[1] = left.slope;
        row[2] = (3 * rise - 2 * left.slope - right.slope) / h;
        row[3] = (left.slope + right.slope - 2 * rise) / (h * h);
        if (is_pair) row[2] *= 2, row[3] *= 3;
        left = right;
    }
}

/* Local. Two numbers in one double, which is the first of them; both become what can be read back. */
static double join(double *upper, double *lower) {
    uint64_t u, l;
    memcpy(&u, upper, sizeof u);
    memcpy(&l, lower, sizeof l);
    l = (l + (1ull << 31)) >> 32;
    uint64_t least =
        l ? (1023ull - 400) << 52 : 0; /* beside a lower number zero becomes 2^-400: a normal number to all */
    u = (u & ~(1ull << 63)) < least ? (least | l) : ((u - l + (1ull << 31)) >> 32 << 32 | l);
    l <<= 32;
    memcpy(upper, &u, sizeof u);
    memcpy(lower, &l, sizeof l);
    return *upper;
}

/* Local. Brief rows, and in near what they hold: slopes of fewer bits, and values that join one interval to
 * the next. */
static void shorten(const struct eam_grid *g, double (*near)[8], double (*brief)[4], const double end[2]) {
    double density = end[0], pair = end[1];
    for (int k = (int)g->rows - 1; k >= 0; k--) {
        double *c = near[k], h = knot_at(g, k + 1) - knot_at(g, k), unused;
        brief[k][1] = join(&c[1], &c[2]);
        brief[k][2] = join(&c[3], &c[7]);
        brief[k][3] = join(&c[5], &c[6]);
        c[0] = c[4] = 0;
        brief[k][0] = c[0] = density -= eam_table_density(c, h, &unused);
        c[4] = pair -= eam_table_pair(c + 4, h, &unused);
    }
}

/* Local. Row 0 lies below r = 0: rounding may end there. */
static void lay_grid(struct eam_grid *g, double cut, int n_rows) {
    double cut2 = cut * cut, fine = cut2 / n_rows / FINER;
    double n_fine = ceil(fmin(FINE * FINE, cut2 / 2) / fine), rest = cut2 - n_fine * fine;
    double n_coarse = ceil(rest / fine / COARSE);
    *g = (struct eam_grid){.origin = n_fine * fine, .base = n_fine + 1, .rows = n_fine + n_coarse + 1};
    g->step = rest / n_coarse;
    g->inv = n_coarse / rest * (1 + EAM_TABLE_INSIDE);
    g->step_extra = fine - g->step;
    g->inv_extra = 1 / fine - g->inv;
}

static int init_pair(struct eam_table *table, const struct eam_model *m, int a, int b) {
    struct eam_pair *p = &table->pair[a * m->n + b], *mirror = &table->pair[b * m->n + a];
    if (mirror->near && eam_model_symmetric(m, a, b)) {
        *p = *mirror;
        p->owner = 0;
        return ERR_OK;
    }
    eam_table_reach(m, a, b, &p->near_cut, &p->cut);
    const struct eam_grid *g = &table->grid;
    p->owner = 1;
    int64_t rows = (int64_t)g->rows;
    TRY(MEM_NEW(p->near, rows + 1));
    tabulate(m, 1, a, b, g, table->cutoff, 0, &p->near[0][0], 8);
    tabulate(m, 0, a, b, g, table->cutoff, 1, &p->near[0][4], 8);
    TRY(MEM_NEW(p->brief, rows + 1));
    double end2 = knot_at(g, (int)rows);
    shorten(g, p->near, p->brief,
            (double[2]){sample(m, 1, a, b, end2, table->cutoff).value,
                        sample(m, 0, a, b, end2, table->cutoff).value});
    if (p->near_cut < p->cut) {
        TRY(MEM_NEW(p->far, rows + 1));
        for (int64_t k = 0; k < rows; k++) memcpy(p->far[k], p->near[k] + 4, sizeof p->far[k]);
    }
    if (mirror->near && mirror != p) {
        p->other = (const double(*)[8])mirror->near, p->other_brief = (const double(*)[4])mirror->brief;
        mirror->other = (const double(*)[8])p->near, mirror->other_brief = (const double(*)[4])p->brief;
    }
    return ERR_OK;
}

int eam_table_init(struct eam_table *table, const struct eam_model *model, int n_rows) {
    int n = model->n, e = ERR_OK;
    *table = (struct eam_table){.n = n, .n_rows = n_rows};
    TRY(MEM_NEW(table->pair, n * n));
    for (int a = 0; a < n; a++)
        for (int b = 0; b < n; b++) {
            double near_cut, cut;
            eam_table_reach(model, a, b, &near_cut, &cut);
            if (cut > table->cutoff) table->cutoff = cut;
        }
    lay_grid(&table->grid, table->cutoff, n_rows);
    for (int a = 0; a < n; a++)
        for (int b = 0; b < n; b++) TRY_TO(out, init_pair(table, model, a, b));
out:
    if (e) eam_table_destroy(table);
    return e;
}

void eam_table_destroy(struct eam_table *table) {
    for (int k = 0; table->pair && k < table->n * table->n; k++) {
        if (!table->pair[k].owner) continue;
        mem_free(&table->pair[k].near);
        mem_free(&table->pair[k].brief);
        mem_free(&table->pair[k].far);
    }
    mem_free(&table->pair);
}

int64_t eam_table_bytes(const struct eam_table *table) {
    int64_t sum = 0;
    for (int k = 0; k < table->n * table->n; k++) {
        const struct eam_pair *p = &table->pair[k];
        if (p->owner) sum += (int64_t)(table->grid.rows + 1) * (p->far ? 128 : 96);
    }
    return sum;
}
