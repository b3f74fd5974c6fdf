/* network - clusters of linked things in a periodic box: sizes, and whether a cluster goes on for ever.
 *
 * Nodes are numbered 0 .. n-1 (atoms, or polyhedra); a link joins two of them across `shift` box lengths.
 * A cluster percolates along an axis when a walk over its links comes back to the node it started from in
 * another image of the box. Two polyhedra are linked by the atoms that both have: 1 a vertex, 2 an edge, 3 or
 * more a face; volume, when each centre is a neighbour of the other (interpenetrating). */
#ifndef ANALYSIS_STRUCTURE_NETWORK_H
#define ANALYSIS_STRUCTURE_NETWORK_H

#include "atoms/frame.h"

enum network_share { NETWORK_VERTEX = 1, NETWORK_EDGE, NETWORK_FACE, NETWORK_VOLUME };

struct network_link {
    int32_t a, b;
    int8_t shift[3]; /* b's image = b + shift * box lengths */
    int8_t share;    /* enum network_share; 0 where it does not matter */
};

/* One atom of a polyhedron; the centre is an atom of its own polyhedron with d = 0. */
struct network_member {
    int64_t atom;
    int32_t centre;
    float d[3]; /* atom - centre, A */
};

struct network_clusters {
    int64_t n;      /* clusters of one node or more */
    int32_t *label; /* [n_nodes] 1 = the largest, ...; equal sizes by their lowest node */
    int64_t *size;  /* [n] in that order */
    uint8_t *wraps; /* [n] bit a: percolates along axis a */
};

/* Local. Whole box lengths in d - (x_b - x_a): the shift of a link whose vector is d. */
void network_shift(const struct box *box, const double xa[3], const double xb[3], const double d[3],
                   int8_t shift[3]);
/* Local. Links between all polyhedra that share atoms; members are sorted in place; x[centre] its position.
 * *links by mem. */
int network_connect(const struct box *box, double (*x)[3], struct network_member *members, int64_t n,
                    struct network_link **links, int64_t *n_links) MUST_CHECK;
/* Local. Clusters of n_nodes nodes by the links with share >= least. */
int network_find(int64_t n_nodes, const struct network_link *links, int64_t n_links, int least,
                 struct network_clusters *clusters) MUST_CHECK;
void network_destroy(struct network_clusters *clusters);

#endif
