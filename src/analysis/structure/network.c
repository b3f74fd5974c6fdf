/* network - union-find that carries the image of each node relative to its root.
 *
 * When a link closes a ring and the images do not add up, the ring wraps around the box along the axes where
 * they differ (newman2000). Links between polyhedra come from sorting (atom, centre) entries: every pair of
 * centres in one atom's group shares that atom; equal pairs (also in image) are counted by sorting again.
 * Runs on one rank on gathered nodes: polyhedra of one kind and their links are few beside the atoms.
 * Rejected: distributed labelling (many rounds of messages for what takes a second). */
#include "analysis/structure/network.h"
#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void network_shift(const struct box *box, const double xa[3], const double xb[3], const double d[3],
                   int8_t shift[3]) {
    for (int a = 0; a < 3; a++)
        shift[a] = box->periodic[a] ? (int8_t)nearbyint((d[a] - (xb[a] - xa[a])) / box->len[a]) : 0;
}

static int by_atom(const void *a, const void *b) {
    const struct network_member *x = a, *y = b;
    if (x->atom != y->atom) return x->atom < y->atom ? -1 : 1;
    if (x->centre != y->centre) return x->centre < y->centre ? -1 : 1;
    return memcmp(x->d, y->d, sizeof x->d);
}

static int by_link(const void *a, const void *b) {
    const struct network_link *x = a, *y = b;
    if (x->a != y->a) return x->a < y->a ? -1 : 1;
    if (x->b != y->b) return x->b < y->b ? -1 : 1;
    return memcmp(x->shift, y->shift, sizeof x->shift);
}

static bool is_centre(const struct network_member *m) {
    return m->d[0] == 0 && m->d[1] == 0 && m->d[2] == 0;
}

/* One shared atom as a link; share: 1, or NETWORK_VOLUME when the atom is the centre of one of them. */
static int add_pair(const struct box *box, double (*x)[3], const struct network_member *p,
                    const struct network_member *q, struct network_link **all, int64_t *n,
                    int64_t *capacity) {
    struct network_link link = {p->centre, q->centre, {0}, NETWORK_VERTEX};
    double d[3];
    for (int a = 0; a < 3; a++) d[a] = (double)p->d[a] - (double)q->d[a];
    network_shift(box, x[p->centre], x[q->centre], d, link.shift);
    if (link.a == link.b && !link.shift[0] && !link.shift[1] && !link.shift[2]) return ERR_OK;
    if (is_centre(p) || is_centre(q)) link.share = NETWORK_VOLUME;
    if (*n == *capacity) {
        int64_t more = *capacity ? 2 * *capacity : 1024;
        TRY(MEM_GROW(*all, *capacity, more));
        *capacity = more;
    }
    (*all)[(*n)++] = link;
    return ERR_OK;
}

int network_connect(const struct box *box, double (*x)[3], struct network_member *members, int64_t n,
                    struct network_link **links, int64_t *n_links) {
    struct network_link *all = NULL;
    int64_t n_all = 0, capacity = 0, m = 0;
    qsort(members, (size_t)n, sizeof *members, by_atom);
    for (int64_t first = 0, end; first < n; first = end) {
        for (end = first + 1; end < n && members[end].atom == members[first].atom;) end++;
        for (int64_t p = first; p < end; p++)
            for (int64_t q = p + 1; q < end; q++) {
                int e = add_pair(box, x, &members[p], &members[q], &all, &n_all, &capacity);
                if (e) {
                    mem_free(&all);
                    return e;
                }
            }
    }
    if (n_all) qsort(all, (size_t)n_all, sizeof *all, by_link);
    for (int64_t first = 0, end; first < n_all; first = end) {
        int share = 0;
        for (end = first; end < n_all && !by_link(&all[first], &all[end]); end++)
            if (all[end].share == NETWORK_VOLUME) share = NETWORK_VOLUME;
        int64_t shared = end - first;
        if (share != NETWORK_VOLUME) share = shared > NETWORK_FACE ? NETWORK_FACE : (int)shared;
        all[m] = all[first];
        all[m++].share = (int8_t)share;
    }
    *links = all;
    *n_links = m;
    return ERR_OK;
}

struct node {
    int32_t up, size;
    int16_t at[3]; /* image relative to `up` */
    uint8_t wraps;
};

/* Root of node k, and k's image relative to it; the way there is shortened. */
static int32_t root_of(struct node *node, int32_t k, int16_t at[3]) {
    int32_t root = k;
    int16_t sum[3] = {0};
    while (node[root].up != root) {
        for (int a = 0; a < 3; a++) sum[a] = (int16_t)(sum[a] + node[root].at[a]);
        root = node[root].up;
    }
    memcpy(at, sum, sizeof sum);
    for (int32_t j = k; node[j].up != root && j != root;) { /* sum: image of j relative to the root */
        int32_t next = node[j].up;
        int16_t step[3];
        memcpy(step, node[j].at, sizeof step);
        memcpy(node[j].at, sum, sizeof sum);
        node[j].up = root;
        for (int a = 0; a < 3; a++) sum[a] = (int16_t)(sum[a] - step[a]);
        j = next;
    }
    return root;
}

static void join(struct node *node, const struct network_link *l) {
    int16_t at[3], bt[3];
    int32_t a = root_of(node, l->a, at), b = root_of(node, l->b, bt);
    if (a == b) {
        for (int k = 0; k < 3; k++)
            if (at[k] + l->shift[k] != bt[k]) node[a].wraps |= (uint8_t)(1 << k);
        return;
    }
    int sign = 1;
    if (node[a].size < node[b].size) { /* b's root stays */
        int32_t t = a;
        a = b;
        b = t;
        sign = -1;
    }
    for (int k = 0; k < 3; k++) node[b].at[k] = (int16_t)(sign * (at[k] + l->shift[k] - bt[k]));
    node[b].up = a;
    node[a].size += node[b].size;
    node[a].wraps |= node[b].wraps;
}

struct rank {
    int64_t size;
    int32_t first, root;
};

static int by_size(const void *a, const void *b) {
    const struct rank *x = a, *y = b;
    if (x->size != y->size) return x->size > y->size ? -1 : 1;
    return (x->first > y->first) - (x->first < y->first);
}

static int label_all(int64_t n, struct node *node, struct network_clusters *c) {
    struct rank *rank = NULL;
    int64_t count = 0;
    TRY(MEM_NEW(rank, n));
    for (int32_t k = 0; k < n; k++) { /* label: first as a number of the cluster in order of appearance */
        int16_t at[3];
        int32_t root = root_of(node, k, at);
        if (!c->label[root]) {
            rank[count] = (struct rank){node[root].size, k, root};
            c->label[root] = (int32_t)++count;
        }
    }
    qsort(rank, (size_t)count, sizeof *rank, by_size);
    for (int64_t r = 0; r < count; r++) {
        c->size[r] = rank[r].size;
        c->wraps[r] = node[rank[r].root].wraps;
        node[rank[r].root].size = (int32_t)(r + 1);
    }
    for (int32_t k = 0; k < n; k++) {
        int16_t at[3];
        c->label[k] = node[root_of(node, k, at)].size;
    }
    c->n = count;
    mem_free(&rank);
    return ERR_OK;
}

int network_find(int64_t n_nodes, const struct network_link *links, int64_t n_links, int least,
                 struct network_clusters *c) {
    struct node *node = NULL;
    int e = ERR_OK;
    memset(c, 0, sizeof *c);
    if (n_nodes > INT32_MAX) FAIL(ERR_INPUT, "more than 2^31 nodes of a network");
    TRY_TO(out, MEM_NEW(node, n_nodes));
    TRY_TO(out, MEM_NEW(c->label, n_nodes));
    TRY_TO(out, MEM_NEW(c->size, n_nodes));
    TRY_TO(out, MEM_NEW(c->wraps, n_nodes));
    for (int32_t k = 0; k < n_nodes; k++) node[k] = (struct node){.up = k, .size = 1};
    for (int64_t k = 0; k < n_links; k++)
        if (links[k].share >= least) join(node, &links[k]);
    TRY_TO(out, label_all(n_nodes, node, c));
out:
    mem_free(&node);
    if (e) network_destroy(c);
    return e;
}

void network_destroy(struct network_clusters *c) {
    mem_free(&c->label);
    mem_free(&c->size);
    mem_free(&c->wraps);
    memset(c, 0, sizeof *c);
}
