/* points - a file of points for bench/voronoi.py: a dense random packing (glass.h), as `id x y z radius` for
 * voro++ and as extended XYZ for ours.
 *
 *     build/bench/points ATOMS TIMES NAME     writes NAME.xyz, NAME.txt; ATOMS * TIMES^3 points; prints the
 * box edge */
#include "glass.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
    struct comm comm;
    struct frame f;
    char path[4096];
    if (comm_init(&argc, &argv, &comm) || argc != 4) return 64;
    if (glass_make((int)strtol(argv[1], NULL, 10), 60, (int)strtol(argv[2], NULL, 10), 1, &f)) return 70;
    snprintf(path, sizeof path, "%s.xyz", argv[3]);
    FILE *xyz = fopen(path, "w");
    snprintf(path, sizeof path, "%s.txt", argv[3]);
    FILE *txt = fopen(path, "w");
    if (!xyz || !txt) return 73;
    double edge = f.box.len[0];
    fprintf(xyz,
            "%d\nLattice=\"%.17g 0 0 0 %.17g 0 0 0 %.17g\" Properties=species:S:1:pos:R:3 pbc=\"T T T\"\n",
            f.n, edge, edge, edge);
    for (int i = 0; i < f.n; i++) {
        const double *x = f.x[i];
        fprintf(xyz, "%s %.12f %.12f %.12f\n", f.species.name[f.type[i]], x[0], x[1], x[2]);
        fprintf(txt, "%d %.12f %.12f %.12f %.2f\n", i + 1, x[0], x[1], x[2], f.species.radius[f.type[i]]);
    }
    fclose(xyz);
    fclose(txt);
    printf("%.17g\n", edge);
    frame_destroy(&f);
    comm_finalize();
    return 0;
}
