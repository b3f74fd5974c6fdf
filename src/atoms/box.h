/* box - the orthogonal simulation cell; lengths in A (or sigma).
 *
 * The box reaches from lo to lo + len along each axis; along an axis that is not periodic it is only a frame:
 * atoms may leave it, nothing is wrapped. */
#ifndef ATOMS_BOX_H
#define ATOMS_BOX_H

#include <math.h>
#include <stdbool.h>

struct box {
    double lo[3], len[3];
    bool periodic[3];
};

static inline double box_volume(const struct box *box) {
    return box->len[0] * box->len[1] * box->len[2];
}

/* Local. Shortest periodic image of the difference d, in place. */
static inline void box_nearest(const struct box *box, double d[3]) {
    for (int a = 0; a < 3; a++)
        if (box->periodic[a]) d[a] -= box->len[a] * nearbyint(d[a] / box->len[a]);
}

/* Local. Wrap x into [lo, lo + len) along periodic axes; adds the number of box lengths taken off to image.
 */
static inline void box_wrap(const struct box *box, double x[3], int image[3]) {
    for (int a = 0; a < 3; a++) {
        if (!box->periodic[a] || (x[a] >= box->lo[a] && x[a] < box->lo[a] + box->len[a])) continue;
        double n = floor((x[a] - box->lo[a]) / box->len[a]);
        if (n == 0) continue;
        x[a] -= n * box->len[a];
        image[a] += (int)n;
        if (x[a] >= box->lo[a] + box->len[a]) { /* rounding: -1e-17 wraps to the upper edge itself */
            x[a] -= box->len[a];
            image[a] += 1;
        }
        if (x[a] < box->lo[a]) x[a] = box->lo[a];
    }
}

#endif
