/* order - q_lm of l = 4 and 6 for m >= 0 (the others are their conjugates) go to the ghosts along the halo,
 * then averaged ones; bonds and coherence are products of them.
 *
 * Sums over neighbours run in the order of the cells, the same on any number of ranks. Y_lm from GSL's
 * associated Legendre functions and powers of (x + iy)/r. Rejected: Voronoi-weighted neighbours (nearly every
 * bond of a glass then changes with small faces), nearest 12 (bonds are not mutual). */
#include "analysis/structure/order.h"
#include "analysis/space.h"
#include "analysis/structure/cluster.h"
#include "analysis/structure/order_cna.h"
#include "base/mem.h"

#include <complex.h>
#include <gsl/gsl_sf_coupling.h>
#include <gsl/gsl_sf_legendre.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { M4 = 5, M6 = 7, MODES = M4 + M6 }; /* m = 0 .. l */
#define FACTOR 1.2071067811865475         /* (1 + sqrt 2) / 2 */

typedef double complex modes[MODES];

struct work {
    const struct order_options *options;
    struct space space;
    struct space_near *near;
    int64_t capacity;
    modes *q, *mean; /* [n + n_ghost] */
    uint8_t *crystal;
    double coupling[2][13][13]; /* 3j of l = 4, 6 by m1, m2 */
    struct order_atom *atoms;
    struct cluster_node *node;
    struct cluster_bond *bond;
    int n_nodes;
    int64_t n_bonds, capacity_bonds;
};

const char *order_name(int structure) {
    static const char *const name[ORDER_STRUCTURES] = {"other", "fcc", "hcp", "bcc", "icosahedral"};
    return name[structure];
}

/* --- halo: it carries at most four numbers an atom at a time */

enum { AT_ONCE = 4 };

struct part {
    modes *q;
    int first; /* of the 2 * MODES numbers */
};

static void pack_modes(const struct frame *frame, const void *user, const int *rows, int n,
                       const double shift[3], double *out) {
    const struct part *p = user;
    (void)frame;
    (void)shift;
    for (int k = 0; k < n; k++)
        memcpy(out + AT_ONCE * k, (double *)p->q[rows[k]] + p->first, AT_ONCE * sizeof(double));
}

static void unpack_modes(struct frame *frame, void *user, int first, int n, const double *in) {
    struct part *p = user;
    (void)frame;
    for (int k = 0; k < n; k++)
        memcpy((double *)p->q[first + k] + p->first, in + AT_ONCE * k, AT_ONCE * sizeof(double));
}

static void pack_flags(const struct frame *frame, const void *user, const int *rows, int n,
                       const double shift[3], double *out) {
    const uint8_t *flag = user;
    (void)frame;
    (void)shift;
    for (int k = 0; k < n; k++) out[k] = flag[rows[k]];
}

static void unpack_flags(struct frame *frame, void *user, int first, int n, const double *in) {
    uint8_t *flag = user;
    (void)frame;
    for (int k = 0; k < n; k++) flag[first + k] = (uint8_t)in[k];
}

static void to_ghosts(struct work *w, modes *q) {
    for (int first = 0; first < 2 * MODES; first += AT_ONCE) {
        struct part part = {q, first};
        const struct halo_data data = {AT_ONCE, pack_modes, unpack_modes, &part};
        halo_forward(w->space.halo, w->space.frame, &data);
    }
}

/* --- harmonics */

/* Y_lm of a direction, added. */
static void add_harmonics(const double d[3], double r, modes q) {
    double p4[M4], p6[M6], s = sqrt(d[0] * d[0] + d[1] * d[1]);
    double complex turn = s > 0 ? (d[0] + I * d[1]) / s : 1, power = 1;
    double z = fmax(-1, fmin(1, d[2] / r));
    for (int m = 0; m < M6; m++, power *= turn) {
        if (m < M4) {
            p4[m] = gsl_sf_legendre_sphPlm(4, m, z);
            q[m] += p4[m] * power;
        }
        p6[m] = gsl_sf_legendre_sphPlm(6, m, z);
        q[M4 + m] += p6[m] * power;
    }
}

/* sum over all m of a_m b*_m, real part; l = 6, or 4. */
static double product(const double complex *a, const double complex *b, int n) {
    double sum = creal(a[0] * conj(b[0]));
    for (int m = 1; m < n; m++) sum += 2 * creal(a[m] * conj(b[m]));
    return sum;
}

static double complex mode(const double complex *q, int m) {
    return m >= 0 ? q[m] : (m % 2 ? -1 : 1) * conj(q[-m]);
}

/* q_l and w_l of l = 4 (k = 0), 6 (k = 1). */
static void invariants(const struct work *w, const modes q, double ql[2], double wl[2]) {
    for (int k = 0; k < 2; k++) {
        int l = k ? 6 : 4;
        const double complex *p = q + (k ? M4 : 0);
        double norm = product(p, p, l + 1), sum = 0;
        ql[k] = sqrt(4 * M_PI / (2 * l + 1) * norm);
        for (int a = -l; a <= l; a++)
            for (int b = -l; b <= l; b++)
                if (abs(a + b) <= l)
                    sum += w->coupling[k][a + l][b + l] * creal(mode(p, a) * mode(p, b) * mode(p, -a - b));
        wl[k] = norm > 0 ? sum / (norm * sqrt(norm)) : 0;
    }
}

static void couple(struct work *w) {
    for (int k = 0; k < 2; k++) {
        int l = k ? 6 : 4;
        for (int a = -l; a <= l; a++)
            for (int b = -l; b <= l; b++)
                if (abs(a + b) <= l)
                    w->coupling[k][a + l][b + l] =
                        gsl_sf_coupling_3j(2 * l, 2 * l, 2 * l, 2 * a, 2 * b, -2 * (a + b));
    }
}

/* --- neighbours */

static int by_distance(const void *a, const void *b) {
    const struct space_near *x = a, *y = b;
    if (x->d2 != y->d2) return x->d2 < y->d2 ? -1 : 1;
    return memcmp(x->d, y->d, sizeof x->d);
}

/* **Local.** The nearest atoms of i within `range`, sorted. */
static int nearest(struct work *w, int i, double range, int64_t *n) {
    TRY(space_near(&w->space, i, range, &w->near, &w->capacity, n));
    qsort(w->near, (size_t)*n, sizeof *w->near, by_distance);
    return ERR_OK;
}

static double largest_radius(const struct frame *frame) {
    double r = 0;
    for (int s = 0; s < frame->species.n; s++) r = fmax(r, frame->species.radius[s]);
    return r > 0 ? r : 1.6;
}

int order_cutoff(const struct comm *comm, struct frame *frame, double *cutoff) {
    struct work w = {0};
    double *mean = NULL, sum = 0, range = 3.5 * largest_radius(frame);
    int64_t n = 0, used = 0;
    int e = ERR_OK;
    TRY(space_open(comm, &w.space, frame));
    TRY_TO(out, space_reach(&w.space, comm, range, 3));
    TRY_ALL_TO(comm, out, MEM_NEW(mean, frame->n));
    int local = ERR_OK;
    for (int i = 0; i < frame->n && !local; i++) {
        local = nearest(&w, i, range, &n);
        if (local || n < 12) continue;
        for (int k = 0; k < 12; k++) mean[used] += sqrt(w.near[k].d2) / 12;
        used++;
    }
    TRY_ALL_TO(comm, out, local);
    comm_sum_exact(comm, mean, used, 1, 1, &sum);
    comm_sum_i64(comm, &used, 1);
    if (!used) {
        e = err_set(ERR_INPUT, __FILE__, __LINE__,
                    "no atom has 12 others within %.3g: give the cutoff between first and second neighbours",
                    range);
        goto out;
    }
    *cutoff = FACTOR * sum / (double)used;
out:
    mem_free(&mean);
    mem_free(&w.near);
    space_close(&w.space);
    return e;
}

/* --- the steps */

static int harmonics(struct work *w) {
    double cutoff = w->options->cutoff;
    int64_t n = 0;
    for (int i = 0; i < w->space.frame->n; i++) {
        double d[ORDER_CNA_MOST][3];
        TRY(nearest(w, i, 1.3 * cutoff, &n));
        int m = 0, few = n < ORDER_CNA_MOST ? (int)n : ORDER_CNA_MOST;
        for (; m < n && w->near[m].d2 < cutoff * cutoff; m++)
            add_harmonics(w->near[m].d, sqrt(w->near[m].d2), w->q[i]);
        for (int k = 0; k < MODES && m; k++) w->q[i][k] /= m;
        for (int k = 0; k < few; k++) memcpy(d[k], w->near[k].d, sizeof d[k]);
        struct order_atom *a = &w->atoms[i];
        a->neighbours = (int16_t)m;
        a->structure = (int8_t)order_cna_find(few, d);
        invariants(w, w->q[i], a->q, a->w);
    }
    return ERR_OK;
}

static int bonds(struct work *w) {
    const struct order_options *o = w->options;
    int64_t n = 0;
    for (int i = 0; i < w->space.frame->n; i++) {
        struct order_atom *a = &w->atoms[i];
        const double complex *qi = w->q[i] + M4;
        double norm = product(qi, qi, M6);
        TRY(space_near(&w->space, i, o->cutoff, &w->near, &w->capacity, &n));
        memcpy(w->mean[i], w->q[i], sizeof w->q[i]);
        for (int64_t k = 0; k < n; k++) {
            const double complex *qj = w->q[w->near[k].row];
            for (int m = 0; m < MODES; m++) w->mean[i][m] += qj[m];
            a->bonds += product(qi, qj + M4, M6) > o->bond * sqrt(norm * product(qj + M4, qj + M4, M6));
        }
        for (int m = 0; m < MODES; m++) w->mean[i][m] /= (double)(n + 1);
        invariants(w, w->mean[i], a->averaged, a->w_averaged);
        w->crystal[i] = a->crystal = a->bonds >= o->bonds;
    }
    return ERR_OK;
}

static int link_crystals(struct work *w) {
    const struct frame *frame = w->space.frame;
    int64_t n = 0;
    TRY(MEM_NEW(w->node, frame->n));
    for (int i = 0; i < frame->n; i++) {
        if (!w->crystal[i]) continue;
        const double *x = frame->x[i];
        const double complex *a = w->mean[i] + M4;
        w->node[w->n_nodes++] = (struct cluster_node){frame->id[i], {x[0], x[1], x[2]}, i};
        TRY(space_near(&w->space, i, w->options->cutoff, &w->near, &w->capacity, &n));
        if (w->n_bonds + n > w->capacity_bonds) {
            int64_t more = 2 * (w->n_bonds + n);
            TRY(MEM_GROW(w->bond, w->n_bonds, more));
            w->capacity_bonds = more;
        }
        for (int64_t k = 0; k < n; k++) {
            const struct space_near *j = &w->near[k];
            if (!w->crystal[j->row] || frame->id[j->row] <= frame->id[i]) continue;
            const double complex *b = w->mean[j->row] + M4;
            double c = product(a, b, M6) / sqrt(product(a, a, M6) * product(b, b, M6));
            w->bond[w->n_bonds++] = (struct cluster_bond){frame->id[i],
                                                          frame->id[j->row],
                                                          {(float)j->d[0], (float)j->d[1], (float)j->d[2]},
                                                          1 + (c > w->options->coherence)};
        }
    }
    return ERR_OK;
}

/* **Collective.** Label clusters and grains. */
static int group(const struct comm *comm, struct work *w, struct order_summary *s) {
    const int least[2] = {1, 2};
    const struct frame *frame = w->space.frame;
    int32_t *label[2] = {NULL};
    struct cluster_sizes sizes[2] = {{0}};
    int e = ERR_OK;
    for (int k = 0; k < 2; k++) TRY_ALL_TO(comm, out, MEM_NEW(label[k], frame->n));
    TRY_TO(out,
           cluster_find(comm, &frame->box, w->n_nodes, w->node, w->n_bonds, w->bond, 2, least, label, sizes));
    for (int i = 0; i < frame->n; i++) {
        w->atoms[i].cluster = label[0][i];
        w->atoms[i].grain = label[1][i];
    }
    *s = (struct order_summary){sizes[0].n,       sizes[1].n,       sizes[0].size, sizes[1].size,
                                sizes[0].largest, sizes[1].largest, sizes[0].wraps};
out:
    mem_free(&label[0]);
    mem_free(&label[1]);
    return e;
}

void order_free(struct order_summary *s) {
    mem_free(&s->size);
    mem_free(&s->grain_size);
}

int order_compute(const struct comm *comm, struct frame *frame, const struct order_options *options,
                  struct order_atom **atoms, struct order_summary *summary) {
    struct work *w = NULL;
    int e = ERR_OK;
    *atoms = NULL;
    memset(summary, 0, sizeof *summary);
    TRY(mem_agree(comm, &w, MEM_NEW(w, 1)));
    w->options = options;
    couple(w);
    TRY_TO(out, space_open(comm, &w->space, frame));
    TRY_TO(out, space_reach(&w->space, comm, 1.3 * options->cutoff, 3));
    int rows = frame->n + frame->n_ghost;
    TRY_ALL_TO(comm, out, MEM_NEW(w->atoms, frame->n));
    TRY_ALL_TO(comm, out, MEM_NEW(w->q, rows));
    TRY_ALL_TO(comm, out, MEM_NEW(w->mean, rows));
    TRY_ALL_TO(comm, out, MEM_NEW(w->crystal, rows));
    TRY_ALL_TO(comm, out, harmonics(w));
    to_ghosts(w, w->q);
    TRY_ALL_TO(comm, out, bonds(w));
    to_ghosts(w, w->mean);
    const struct halo_data flags = {1, pack_flags, unpack_flags, w->crystal};
    halo_forward(w->space.halo, frame, &flags);
    TRY_ALL_TO(comm, out, link_crystals(w));
    TRY_TO(out, group(comm, w, summary));
    *atoms = w->atoms;
    w->atoms = NULL;
out:
    space_close(&w->space);
    mem_free(&w->near);
    mem_free(&w->q);
    mem_free(&w->mean);
    mem_free(&w->crystal);
    mem_free(&w->atoms);
    mem_free(&w->node);
    mem_free(&w->bond);
    mem_free(&w);
    return e;
}
