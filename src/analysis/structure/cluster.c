/* cluster - nodes and bonds go to rank 0, which sorts nodes by id, solves (network.h) and sends labels back.
 */
#include "analysis/structure/cluster.h"
#include "base/log.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define MANY 2e8 /* bytes on one rank that the log tells */

struct node {
    struct cluster_node node;
    int32_t rank;
};

struct label {
    int32_t row, cluster;
};

static int by_id(const void *a, const void *b) {
    const struct node *x = a, *y = b;
    return (x->node.id > y->node.id) - (x->node.id < y->node.id);
}

static int32_t index_of(const struct node *node, int64_t n, int64_t id) {
    int64_t lo = 0, hi = n;
    while (lo < hi) {
        int64_t mid = (lo + hi) / 2;
        if (node[mid].node.id < id) lo = mid + 1;
        else hi = mid;
    }
    return lo < n && node[lo].node.id == id ? (int32_t)lo : -1;
}

static int make_links(const struct box *box, const struct node *node, int64_t n,
                      const struct cluster_bond *bond, int64_t n_bonds, struct network_link **links) {
    TRY(MEM_NEW(*links, n_bonds));
    for (int64_t k = 0; k < n_bonds; k++) {
        struct network_link *l = &(*links)[k];
        double d[3] = {bond[k].d[0], bond[k].d[1], bond[k].d[2]};
        l->a = index_of(node, n, bond[k].a);
        l->b = index_of(node, n, bond[k].b);
        if (l->a < 0 || l->b < 0)
            FAIL(ERR_INTERNAL, "a bond to atom %lld, which is no node", (long long)bond[k].b);
        l->share = (int8_t)bond[k].share;
        network_shift(box, node[l->a].node.x, node[l->b].node.x, d, l->shift);
    }
    return ERR_OK;
}

/* **Collective.** Labels of one level back to the ranks that hold the rows. */
static int give_back(const struct comm *comm, const struct node *node, int64_t n, const int32_t *found,
                     int32_t *label) {
    struct label *send = NULL, *back = NULL;
    int64_t *count = NULL, *at = NULL, n_back = 0;
    int e = ERR_OK;
    TRY_ALL_TO(comm, out, MEM_NEW(send, n));
    TRY_ALL_TO(comm, out, MEM_NEW(count, comm->size));
    TRY_ALL_TO(comm, out, MEM_NEW(at, comm->size + 1));
    for (int64_t k = 0; k < n; k++) count[node[k].rank]++;
    for (int r = 0; r < comm->size; r++) at[r + 1] = at[r] + count[r];
    for (int64_t k = 0; k < n; k++) send[at[node[k].rank]++] = (struct label){node[k].node.row, found[k]};
    TRY_TO(out, comm_exchange(comm, send, count, sizeof *send, &back, &n_back));
    for (int64_t k = 0; k < n_back; k++) label[back[k].row] = back[k].cluster;
out:
    mem_free(&send);
    mem_free(&back);
    mem_free(&count);
    mem_free(&at);
    return e;
}

/* **Collective.** Everything to rank 0. */
static int gather(const struct comm *comm, int n_nodes, const struct cluster_node *nodes, int64_t n_bonds,
                  const struct cluster_bond *bonds, struct node **all, int64_t *n_all,
                  struct cluster_bond **all_bonds, int64_t *n_all_bonds) {
    struct node *mine = NULL;
    int64_t *count = NULL;
    int e = ERR_OK;
    TRY_ALL_TO(comm, out, MEM_NEW(mine, n_nodes));
    TRY_ALL_TO(comm, out, MEM_NEW(count, comm->size));
    for (int k = 0; k < n_nodes; k++) mine[k] = (struct node){nodes[k], comm->rank};
    count[0] = n_nodes;
    TRY_TO(out, comm_exchange(comm, mine, count, sizeof *mine, all, n_all));
    count[0] = n_bonds;
    TRY_TO(out, comm_exchange(comm, bonds, count, sizeof *bonds, all_bonds, n_all_bonds));
out:
    mem_free(&mine);
    mem_free(&count);
    return e;
}

int cluster_find(const struct comm *comm, const struct box *box, int n_nodes,
                 const struct cluster_node *nodes, int64_t n_bonds, const struct cluster_bond *bonds,
                 int n_levels, const int *least, int32_t *const *label, struct cluster_sizes *sizes) {
    struct node *all = NULL;
    struct cluster_bond *all_bonds = NULL;
    struct network_link *links = NULL;
    int64_t n_all = 0, n_all_bonds = 0;
    int e = ERR_OK;
    TRY_TO(out, gather(comm, n_nodes, nodes, n_bonds, bonds, &all, &n_all, &all_bonds, &n_all_bonds));
    double bytes = (double)n_all * (sizeof *all + 40) +
                   (double)n_all_bonds * (sizeof *all_bonds + sizeof *links); /* 40: of network_find */
    if (bytes > MANY)
        log_note("clusters of %lld crystalline atoms with %lld bonds are found on one rank, in %.3g GB of it",
                 (long long)n_all, (long long)n_all_bonds, bytes / 1e9);
    qsort(all, (size_t)n_all, sizeof *all, by_id);
    TRY_ALL_TO(comm, out, make_links(box, all, n_all, all_bonds, n_all_bonds, &links));
    for (int level = 0; level < n_levels && !e; level++) {
        struct network_clusters c = {0};
        struct cluster_sizes *s = &sizes[level];
        e = err_agree(comm, network_find(n_all, links, n_all_bonds, least[level], &c));
        if (!e) e = give_back(comm, all, n_all, c.label, label[level]);
        *s = (struct cluster_sizes){.n = c.n, .largest = c.n ? c.size[0] : 0};
        for (int64_t k = 0; k < c.n; k++) s->wraps |= c.wraps[k];
        comm_bcast(comm, s, sizeof *s); /* rank 0 had all of them */
        if (comm->rank == 0) {
            s->size = c.size;
            c.size = NULL;
        }
        network_destroy(&c);
    }
out:
    mem_free(&all);
    mem_free(&all_bonds);
    mem_free(&links);
    return e;
}
