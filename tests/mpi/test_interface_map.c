/* ranks: 1 2 4
 * The map of a nanoglass' interfaces: atoms on a grid, dealt to ranks; those in a band are marked. */
#include "analysis/microscope/interface_map.h"
#include "tap.h"

#include <math.h>
#include <string.h>

#define SIDE 20 /* atoms along x and y, 1 A apart */

/* Atoms at (i + 1/2, j + 1/2, 1/2); marked where x < 5 (group -1), else group 1; every size-th atom is this
 * rank's. */
static int make(struct frame *f, bool grouped) {
    frame_init(f);
    for (int a = 0; a < 3; a++) {
        f->box.len[a] = a == 2 ? 1 : SIDE;
        f->box.periodic[a] = true;
    }
    TRY(species_add(&f->species, "Cu", 0));
    int n = 0, mine = (SIDE * SIDE + tap_comm.size - 1 - tap_comm.rank) / tap_comm.size;
    TRY(frame_reserve(f, mine));
    for (int k = tap_comm.rank; k < SIDE * SIDE; k += tap_comm.size, n++) {
        f->x[n][0] = k % SIDE + 0.5;
        f->x[n][1] = k / SIDE + 0.5;
        f->x[n][2] = 0.5;
        f->id[n] = k + 1;
        f->type[n] = 0;
        f->group[n] = !grouped ? 0 : k % SIDE < 5 ? -1 : 1;
    }
    f->n = n;
    f->n_global = SIDE * SIDE;
    return ERR_OK;
}

/* By hand: the same disc over every atom and its periodic images. */
static double want(double x, double y, double radius) {
    int all = 0, marked = 0;
    for (int i = -SIDE; i < 2 * SIDE; i++)
        for (int j = -SIDE; j < 2 * SIDE; j++) {
            double dx = i + 0.5 - x, dy = j + 0.5 - y;
            if (dx * dx + dy * dy > radius * radius) continue;
            all++;
            marked += (i + SIDE) % SIDE < 5;
        }
    return (double)marked / all;
}

int main(int argc, char **argv) {
    struct frame f;
    struct interface_map_grid g = {8, 6, {0.3, 1.1}, {2.5, 3.1}};
    double map[48];
    int good = 1;
    tap_begin(&argc, &argv);
    if (!tap_pass(err_agree(&tap_comm, make(&f, true)), "a frame with a marked band")) {
        tap_pass(interface_map_make(&tap_comm, &f, 2, &g, 3.2, map), "its map");
        for (int j = 0; j < 6; j++)
            for (int i = 0; i < 8; i++)
                good &= fabs(map[j * 8 + i] - want(0.3 + 2.5 * i, 1.1 + 3.1 * j, 3.2)) < 1e-12;
        tap_ok(good, "every position has the share of marked atoms under its disc, across the period");
    }
    frame_destroy(&f);
    if (!tap_pass(err_agree(&tap_comm, make(&f, false)), "a frame without groups"))
        tap_ok(interface_map_make(&tap_comm, &f, 2, &g, 3.2, map) == ERR_INPUT &&
                   strstr(err_message(), "nanoglass"),
               "has no interfaces");
    err_clear();
    frame_destroy(&f);
    return tap_end();
}
