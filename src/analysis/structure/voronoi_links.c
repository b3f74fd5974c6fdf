/* voronoi_links - polyhedra of one index and their atoms are gathered on rank 0, linked, labelled, and the
 * labels sent back to the centres. */
#include "analysis/structure/voronoi_state.h"
#include "base/log.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define MANY 2e8    /* bytes on one rank that the log tells */
#define BYTES 260.0 /* of each atom of a polyhedron: parts twice, centres, members, and links as in a glass \
                     */

/* A polyhedron's atom on its way to rank 0. */
struct part {
    int64_t centre, atom; /* ids */
    double x[3];          /* of the centre */
    float d[3];
    int32_t rank, row; /* whose centre it is */
};

struct centre {
    int64_t id;
    double x[3];
    int32_t rank, row;
};

struct label {
    int32_t row, cluster;
};

static int by_centre(const void *a, const void *b) {
    const struct part *x = a, *y = b;
    return (x->centre > y->centre) - (x->centre < y->centre);
}

static int by_number(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* **Local, rank 0.** Polyhedra in the order of their ids, their atoms as members. */
static int sort_parts(struct part *part, int64_t n, struct centre **centre, double (**x)[3],
                      struct network_member **member, int64_t *n_centres) {
    qsort(part, (size_t)n, sizeof *part, by_centre);
    TRY(MEM_NEW(*centre, n));
    TRY(MEM_NEW(*x, n));
    TRY(MEM_NEW(*member, n));
    int64_t m = -1;
    for (int64_t k = 0; k < n; k++) {
        if (k == 0 || part[k].centre != part[k - 1].centre) {
            (*centre)[++m] = (struct centre){part[k].centre, {0}, part[k].rank, part[k].row};
            memcpy((*x)[m], part[k].x, sizeof part[k].x);
        }
        (*member)[k] =
            (struct network_member){part[k].atom, (int32_t)m, {part[k].d[0], part[k].d[1], part[k].d[2]}};
    }
    *n_centres = m + 1;
    return ERR_OK;
}

static int64_t count_atoms(const struct network_member *member, int64_t n, int64_t *scratch) {
    int64_t m = 0;
    for (int64_t k = 0; k < n; k++) scratch[k] = member[k].atom;
    qsort(scratch, (size_t)n, sizeof *scratch, by_number);
    for (int64_t k = 0; k < n; k++) m += k == 0 || scratch[k] != scratch[k - 1];
    return m;
}

static int keep_sizes(struct voronoi_state *s, const struct network_clusters *c) {
    if (2 * (s->n_sizes + c->n) > s->capacity_sizes) {
        int64_t more = 4 * (s->n_sizes + c->n);
        TRY(MEM_GROW(s->sizes, 2 * s->n_sizes, more));
        s->capacity_sizes = more;
    }
    for (int64_t k = 0; k < c->n; k++, s->n_sizes++) {
        s->sizes[2 * s->n_sizes] = s->n_frames;
        s->sizes[2 * s->n_sizes + 1] = c->size[k];
    }
    return ERR_OK;
}

/* **Local, rank 0.** Labels in the order of ranks: labels[], count[rank]. */
static int sort_labels(const struct comm *comm, const struct centre *centre, int64_t n, const int32_t *label,
                       struct label *labels, int64_t *count) {
    int64_t *at = NULL;
    TRY(MEM_NEW(at, comm->size + 1));
    for (int64_t k = 0; k < n; k++) count[centre[k].rank]++;
    for (int r = 0; r < comm->size; r++) at[r + 1] = at[r] + count[r];
    for (int64_t k = 0; k < n; k++) labels[at[centre[k].rank]++] = (struct label){centre[k].row, label[k]};
    mem_free(&at);
    return ERR_OK;
}

static int solve(struct voronoi_state *s, const struct comm *comm, const struct frame *frame,
                 struct part *part, int64_t n, struct voronoi_state_frame *f, struct label **labels,
                 int64_t *count) {
    struct network_clusters c = {0};
    struct network_member *member = NULL;
    struct network_link *links = NULL;
    struct centre *centre = NULL;
    double(*x)[3] = NULL;
    int64_t n_links = 0, *scratch = NULL;
    int e = ERR_OK;
    TRY_TO(out, sort_parts(part, n, &centre, &x, &member, &f->centres));
    TRY_TO(out, MEM_NEW(scratch, n));
    f->covered = count_atoms(member, n, scratch);
    TRY_TO(out, network_connect(&frame->box, x, member, n, &links, &n_links));
    for (int64_t k = 0; k < n_links; k++) f->links[links[k].share - 1]++;
    TRY_TO(out, network_find(f->centres, links, n_links, s->network, &c));
    f->clusters = c.n;
    f->largest = c.n ? c.size[0] : 0;
    for (int64_t k = 0; k < c.n; k++) f->wraps |= c.wraps[k];
    TRY_TO(out, keep_sizes(s, &c));
    TRY_TO(out, MEM_NEW(*labels, f->centres));
    TRY_TO(out, sort_labels(comm, centre, f->centres, c.label, *labels, count));
out:
    network_destroy(&c);
    mem_free(&member);
    mem_free(&links);
    mem_free(&centre);
    mem_free(&x);
    mem_free(&scratch);
    return e;
}

int voronoi_links_find(struct voronoi_state *s, const struct frame *frame, int32_t **cluster) {
    const struct comm *comm = s->out->comm;
    const struct voronoi_state_lists *l = &s->lists;
    struct voronoi_state_frame *f = &s->frames[s->n_frames];
    struct part *mine = NULL, *all = NULL;
    struct label *labels = NULL, *back = NULL;
    int64_t *count = NULL, n = 0, n_back = 0;
    int e = ERR_OK;
    TRY_ALL_TO(comm, out, MEM_NEW(*cluster, frame->n));
    TRY_ALL_TO(comm, out, MEM_NEW(mine, l->n_member));
    TRY_ALL_TO(comm, out, MEM_NEW(count, comm->size));
    for (int64_t k = 0; k < l->n_member; k++) {
        const struct network_member *m = &l->member[k];
        const double *x = frame->x[m->centre];
        mine[k] = (struct part){frame->id[m->centre],        m->atom,    {x[0], x[1], x[2]},
                                {m->d[0], m->d[1], m->d[2]}, comm->rank, m->centre};
    }
    count[0] = l->n_member;
    TRY_TO(out, comm_exchange(comm, mine, count, sizeof *mine, &all, &n));
    if ((double)n * BYTES > MANY)
        log_note("the network of polyhedra with %lld atoms is found on one rank, in about %.3g GB of it; "
                 "network: none leaves it out",
                 (long long)n, (double)n * BYTES / 1e9);
    count[0] = 0;
    TRY_ALL_TO(comm, out, comm->rank == 0 ? solve(s, comm, frame, all, n, f, &labels, count) : ERR_OK);
    comm_bcast(comm, f, sizeof *f);
    TRY_TO(out, comm_exchange(comm, labels, count, sizeof *labels, &back, &n_back));
    for (int64_t k = 0; k < n_back; k++) (*cluster)[back[k].row] = back[k].cluster;
out:
    mem_free(&mine);
    mem_free(&all);
    mem_free(&labels);
    mem_free(&back);
    mem_free(&count);
    if (e) mem_free(cluster);
    return e;
}
