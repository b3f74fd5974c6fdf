/* domain - recursive bisection by counts (Berger and Bokhari 1987; berger1987 in docs/references.bib).
 *
 * Level by level: every rank holds the same list of nodes (a group of ranks and a brick); one reduction finds
 * the bounding box of the atoms of each node, one sums its histogram along its longest edge, and the cut goes
 * to the bin edge whose left count is nearest to the left group's share. All decisions come from reduced
 * integers and exact minima, so ranks cannot disagree. Cost: 2 log2(P) reductions, at every re-cut (not at
 * every rebuild). Rejected: a Cartesian grid of ranks (a rod off axis, bent or necked loads it 2:1), cuts by
 * volume. */
#include "atoms/domain.h"
#include "base/mem.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define BINS_TOTAL (1 << 20) /* histogram numbers reduced at once */
#define BINS_MAX 4096
#define BINS_MIN 64

struct node {
    int rank, n_ranks, axis;
    double lo[3], hi[3];           /* brick, fractions; +-infinity at open edges */
    double span_lo[3], span_hi[3]; /* bounding box of its atoms */
    double cut;
};

void domain_init(struct domain *domain) {
    memset(domain, 0, sizeof *domain);
}

void domain_destroy(struct domain *domain) {
    mem_free(&domain->lo);
    mem_free(&domain->hi);
    domain->size = 0;
}

static void fraction(const struct box *box, const double x[4], double s[3]) {
    for (int a = 0; a < 3; a++) {
        s[a] = (x[a] - box->lo[a]) / box->len[a];
        if (box->periodic[a] && !(s[a] >= 0 && s[a] < 1)) {
            s[a] -= floor(s[a]);
            if (s[a] >= 1) s[a] = 0x1.fffffffffffffp-1; /* -1e-17 wraps to 1 */
        }
    }
}

static void find_spans(const struct comm *comm, const struct frame *frame, const int *node_of,
                       struct node *node, int n, double *work) {
    for (int k = 0; k < 6 * n; k++) work[k] = DBL_MAX;
    for (int i = 0; i < frame->n; i++) {
        double s[3], *w = work + 6 * (size_t)node_of[i];
        fraction(&frame->box, frame->x[i], s);
        for (int a = 0; a < 3; a++) {
            w[a] = fmin(w[a], s[a]);
            w[3 + a] = fmin(w[3 + a], -s[a]);
        }
    }
    comm_min(comm, work, 6 * n);
    for (int k = 0; k < n; k++)
        for (int a = 0; a < 3; a++) {
            bool empty = work[6 * k + a] == DBL_MAX;
            node[k].span_lo[a] = empty ? 0 : work[6 * k + a];
            node[k].span_hi[a] = empty ? 0 : -work[6 * k + 3 + a];
        }
}

/* The longest edge of the atoms' bounding box; z wins near-ties, so that a stubby rod is still cut across its
 * axis. */
static int longest(const struct frame *frame, const struct node *node) {
    int best = 0;
    double most = -1;
    for (int a = 2; a >= 0; a--) {
        double edge = (node->span_hi[a] - node->span_lo[a]) * frame->box.len[a];
        if (edge > most * 1.1) {
            most = edge;
            best = a;
        }
    }
    return best;
}

static void choose_cut(struct node *node, const int64_t *bins, int n_bins) {
    int64_t total = 0, left = 0;
    for (int b = 0; b < n_bins; b++) total += bins[b];
    double share = (double)total * (node->n_ranks / 2) / node->n_ranks, best = DBL_MAX;
    double lo = node->span_lo[node->axis], hi = node->span_hi[node->axis];
    node->cut = lo + (hi - lo) * (node->n_ranks / 2) / node->n_ranks;
    if (total == 0) return;
    for (int b = 0; b <= n_bins; b++) {
        double miss = fabs((double)left - share);
        if (miss < best) {
            best = miss;
            node->cut = lo + (hi - lo) * b / n_bins;
        }
        if (b < n_bins) left += bins[b];
    }
}

static void histogram(const struct comm *comm, const struct frame *frame, const int32_t *weight,
                      const int *node_of, struct node *node, int n, int n_bins, int64_t *bins) {
    memset(bins, 0, (size_t)n * (size_t)n_bins * sizeof *bins);
    for (int i = 0; i < frame->n; i++) {
        const struct node *w = &node[node_of[i]];
        if (w->n_ranks < 2) continue;
        double s[3], lo = w->span_lo[w->axis], hi = w->span_hi[w->axis];
        fraction(&frame->box, frame->x[i], s);
        double t = hi > lo ? (s[w->axis] - lo) / (hi - lo) * n_bins : 0;
        int b = t <= 0 ? 0 : t >= n_bins ? n_bins - 1 : (int)t;
        bins[(size_t)node_of[i] * (size_t)n_bins + (size_t)b] += weight ? weight[i] : 1;
    }
    comm_sum_i64(comm, bins, n * n_bins);
    for (int k = 0; k < n; k++)
        if (node[k].n_ranks > 1) choose_cut(&node[k], bins + (size_t)k * (size_t)n_bins, n_bins);
}

/* Replace each node that has several ranks by its halves; first[k] = index of the left half of old node k. */
static int halve(struct node *node, int n, struct node *next, int *first) {
    int m = 0;
    for (int k = 0; k < n; k++) {
        first[k] = m;
        next[m++] = node[k];
        if (node[k].n_ranks < 2) continue;
        int left = node[k].n_ranks / 2;
        next[m] = node[k];
        next[m - 1].n_ranks = left;
        next[m - 1].hi[node[k].axis] = node[k].cut;
        next[m].rank = node[k].rank + left;
        next[m].n_ranks = node[k].n_ranks - left;
        next[m].lo[node[k].axis] = node[k].cut;
        m++;
    }
    return m;
}

struct work {
    struct node *node, *next;
    int *node_of, *first;
    double *span;
    int64_t *bins;
};

static int cut_levels(const struct comm *comm, const struct frame *frame, const int32_t *weight,
                      struct work *w, int *n_out) {
    int n = 1;
    while (n < comm->size) {
        int n_bins = BINS_TOTAL / n;
        n_bins = n_bins > BINS_MAX ? BINS_MAX : n_bins < BINS_MIN ? BINS_MIN : n_bins;
        mem_free(&w->bins);
        TRY_ALL(comm, MEM_NEW(w->bins, (size_t)n * (size_t)n_bins));
        find_spans(comm, frame, w->node_of, w->node, n, w->span);
        for (int k = 0; k < n; k++) w->node[k].axis = longest(frame, &w->node[k]);
        histogram(comm, frame, weight, w->node_of, w->node, n, n_bins, w->bins);
        int m = halve(w->node, n, w->next, w->first);
        for (int i = 0; i < frame->n; i++) {
            const struct node *old = &w->node[w->node_of[i]];
            double s[3];
            fraction(&frame->box, frame->x[i], s);
            w->node_of[i] = w->first[w->node_of[i]] + (old->n_ranks > 1 && s[old->axis] >= old->cut);
        }
        struct node *swap = w->node;
        w->node = w->next;
        w->next = swap;
        n = m;
    }
    *n_out = n;
    return ERR_OK;
}

int domain_cut(const struct comm *comm, struct domain *domain, const struct frame *frame,
               const int32_t *weight) {
    struct work w = {0};
    int e = ERR_OK, n = 1;
    size_t p = (size_t)comm->size;
    TRY_ALL_TO(comm, done, MEM_NEW(w.node, p));
    TRY_ALL_TO(comm, done, MEM_NEW(w.next, p));
    TRY_ALL_TO(comm, done, MEM_NEW(w.first, p));
    TRY_ALL_TO(comm, done, MEM_NEW(w.span, 6 * p));
    TRY_ALL_TO(comm, done, MEM_NEW(w.node_of, frame->n));
    w.node[0] = (struct node){.rank = 0, .n_ranks = comm->size};
    for (int a = 0; a < 3; a++) {
        w.node[0].lo[a] = frame->box.periodic[a] ? 0 : -INFINITY;
        w.node[0].hi[a] = frame->box.periodic[a] ? 1 : INFINITY;
    }
    TRY_TO(done, cut_levels(comm, frame, weight, &w, &n));
    if (domain->size != comm->size) {
        domain_destroy(domain);
        TRY_ALL_TO(comm, done, MEM_NEW(domain->lo, p));
        TRY_ALL_TO(comm, done, MEM_NEW(domain->hi, p));
        domain->size = comm->size;
    }
    for (int k = 0; k < n; k++) {
        memcpy(domain->lo[w.node[k].rank], w.node[k].lo, sizeof w.node[k].lo);
        memcpy(domain->hi[w.node[k].rank], w.node[k].hi, sizeof w.node[k].hi);
    }
done:
    mem_free(&w.node);
    mem_free(&w.next);
    mem_free(&w.first);
    mem_free(&w.span);
    mem_free(&w.node_of);
    mem_free(&w.bins);
    return e;
}

static bool inside(const struct domain *domain, int rank, const double s[3]) {
    for (int a = 0; a < 3; a++)
        if (s[a] < domain->lo[rank][a] || s[a] >= domain->hi[rank][a]) return false;
    return true;
}

int domain_migrate(const struct comm *comm, const struct domain *domain, struct frame *frame) {
    int *target = NULL;
    int e = ERR_OK, bad = ERR_OK;
    frame->n_ghost = 0;
    TRY_ALL_TO(comm, done, MEM_NEW(target, frame->n));
    for (int i = 0; i < frame->n; i++) {
        double s[3];
        box_wrap(&frame->box, frame->x[i], frame->image[i]);
        target[i] = comm->rank;
        if (domain->size == 1) continue;
        fraction(&frame->box, frame->x[i], s);
        if (inside(domain, comm->rank, s)) continue;
        int r = 0;
        while (r < domain->size && !inside(domain, r, s)) r++;
        if (r == domain->size && !bad)
            bad =
                err_set(ERR_PHYSICS, __FILE__, __LINE__,
                        "atom %lld has no finite position; use a shorter time step", (long long)frame->id[i]);
        target[i] = r < domain->size ? r : comm->rank;
    }
    TRY_ALL_TO(comm, done, bad);
    TRY_TO(done, frame_migrate(comm, frame, target));
done:
    mem_free(&target);
    return e;
}
