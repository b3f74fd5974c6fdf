/* halo - ghost copies of other ranks' atoms and of periodic images, kept up to date by one exchange pattern.
 *
 * halo_build decides once, at a rebuild, which rows go to which rank with which periodic shift (a rank may be
 * its own partner, and a halo wider than a brick reaches as many bricks as it needs). Afterwards halo_forward
 * sends any per-atom data along the same pattern through pack / unpack callbacks: positions, embedding
 * derivatives, types. halo_reverse goes the other way and adds: what a potential put on ghosts, back to their
 * owners. */
#ifndef ATOMS_HALO_H
#define ATOMS_HALO_H

#include "atoms/domain.h"

struct halo;

int halo_create(const struct comm *comm, struct halo **halo) MUST_CHECK;
void halo_destroy(struct halo **halo);
/* Collective. Choose ghosts for all atoms within `range` of each brick and append them to the frame: rows
 * [n, n + n_ghost) get x, type, id. Earlier ghosts are dropped. */
int halo_build(struct halo *halo, const struct domain *domain, struct frame *frame, double range) MUST_CHECK;

/* width doubles per atom, at most 4. pack: out[k*width..] from row rows[k], with shift (A) of that message;
 * unpack: rows [first, first + n) from in. */
struct halo_data {
    int width;
    void (*pack)(const struct frame *frame, const void *user, const int *rows, int n, const double shift[3],
                 double *out);
    void (*unpack)(struct frame *frame, void *user, int first, int n, const double *in);
    void *user;
};
/* Collective. Send and receive. No allocation. */
void halo_forward(struct halo *halo, struct frame *frame, const struct halo_data *data);
/* The two that every step needs: x, y, z of the ghosts; w of the ghosts. */
extern const struct halo_data halo_positions;
extern const struct halo_data halo_scratch;
/* width doubles per ghost, at most 4. pack: out[k*width..] from row first + k; add: in[k*width..] to the
 * local row rows[k]. */
struct halo_back {
    int width;
    void (*pack)(const struct frame *frame, const void *user, int first, int n, double *out);
    void (*add)(struct frame *frame, void *user, const int *rows, int n, const double *in);
    void *user;
};
/* Collective. What was gathered on ghosts, added to their owners in the order of ranks, then of rows there:
 * the same bits each time, but not on another number of ranks. No allocation. */
void halo_reverse(struct halo *halo, struct frame *frame, const struct halo_back *data);
/* Local. Bytes sent to other ranks by one halo_positions, and number of partner ranks (self not counted). */
int64_t halo_bytes(const struct halo *halo);
int halo_partners(const struct halo *halo);

#endif
