/* eam_table - equal steps in r^2: one multiplication finds the row, and rows crowd where distances are large,
 * which is where the cutoff is. Rejected after trials (costs and errors in docs/performance.md): quintic rows
 * held in registers (error 1e-3), float-bit logarithmic rows (poor at the cutoff), linear force rows (no
 * energy), cubic in r (a square root for each pair). The last knot is sampled just below the cutoff: a
 * function that jumps there keeps its slope. */
#include "md/eam_table.h"
#include "base/mem.h"

#include <math.h>

#define SCAN 20000

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
    double r = sqrt(r2), v, s, below = 0;
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

/* Local. Rows of one function into c[0], c[stride], ... */
static void tabulate(const struct eam_model *m, int what, int a, int b, const struct eam_pair *p, double *c,
                     int stride) {
    double h = p->step;
    int n = (int)p->rows;
    struct knot left = sample(m, what, a, b, 0, p->cut);
    for (int k = 0; k < n; k++) {
        struct knot right = sample(m, what, a, b, (k + 1) * h, p->cut);
        double *row = c + (int64_t)k * stride, rise = (right.value - left.value) / h;
        row[0] = left.value;
        row[1] = left.slope;
        row[2] = (3 * rise - 2 * left.slope - right.slope) / h;
        row[3] = (left.slope + right.slope - 2 * rise) / (h * h);
        left = right;
    }
}

static int init_pair(struct eam_pair *p, const struct eam_model *m, int a, int b, int n_rows) {
    eam_table_reach(m, a, b, &p->near_cut, &p->cut);
    p->rows = n_rows;
    p->step = p->cut * p->cut / n_rows;
    p->inv = n_rows / (p->cut * p->cut);
    TRY(MEM_NEW(p->near, n_rows + 1));
    tabulate(m, 1, a, b, p, &p->near[0][0], 8);
    tabulate(m, 0, a, b, p, &p->near[0][4], 8);
    if (p->near_cut < p->cut) {
        TRY(MEM_NEW(p->far, n_rows + 1));
        tabulate(m, 0, a, b, p, &p->far[0][0], 4);
    }
    if (!eam_model_symmetric(m, a, b)) {
        TRY(MEM_NEW(p->other, n_rows + 1));
        tabulate(m, 2, a, b, p, &p->other[0][0], 4);
    }
    return ERR_OK;
}

int eam_table_init(struct eam_table *table, const struct eam_model *model, int n_rows) {
    int n = model->n, e = ERR_OK;
    *table = (struct eam_table){.n = n, .n_rows = n_rows};
    TRY(MEM_NEW(table->pair, n * n));
    for (int a = 0; a < n; a++)
        for (int b = 0; b < n; b++) {
            struct eam_pair *p = &table->pair[a * n + b];
            TRY_TO(out, init_pair(p, model, a, b, n_rows));
            if (p->cut > table->cutoff) table->cutoff = p->cut;
        }
out:
    if (e) eam_table_destroy(table);
    return e;
}

void eam_table_destroy(struct eam_table *table) {
    for (int k = 0; table->pair && k < table->n * table->n; k++) {
        mem_free(&table->pair[k].near);
        mem_free(&table->pair[k].far);
        mem_free(&table->pair[k].other);
    }
    mem_free(&table->pair);
}

int64_t eam_table_bytes(const struct eam_table *table) {
    int64_t sum = 0;
    for (int k = 0; k < table->n * table->n; k++)
        sum += (table->n_rows + 1) * (64 + (table->pair[k].far ? 32 : 0) + (table->pair[k].other ? 32 : 0));
    return sum;
}
