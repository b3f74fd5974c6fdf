/* specimen - the atoms under the beam, whole on every rank, in the frame of the microscope.
 *
 * The beam runs along z of this frame: beam x means (y, z, x) of the file, beam y (z, x, y), beam z (x, y,
 * z). x and y count from the corner of the box, z is the depth below the entrance face. 28 bytes an atom and
 * rank. Lengths in A. */
#ifndef ANALYSIS_MICROSCOPE_SPECIMEN_H
#define ANALYSIS_MICROSCOPE_SPECIMEN_H

#include "analysis/microscope/waves.h"
#include "atoms/frame.h"

struct specimen {
    struct species species;
    int64_t n;
    double (*x)[3];
    int32_t *type; /* atoms are in the order of their ids in the file */
    double edge[2], thickness;
    bool periodic[2];
};

/* Collective. All atoms of the frame, or those of a layer `thickness` deep in its middle (0: all). The frame
 * is spread by ids. ERR_INPUT: no atom is left. */
int specimen_gather(const struct comm *comm, struct frame *frame, int beam, double thickness,
                    struct specimen *specimen) MUST_CHECK;
void specimen_destroy(struct specimen *specimen);
/* Local. Slices of at most `slice` for its thickness; *dz their thickness. */
int specimen_slices(const struct specimen *specimen, double slice, double *dz);

/* A rectangle of it, cut out for an engine. */
struct specimen_cut {
    struct waves_slab slab; /* points into this */
    double (*x)[2];
    int *type;
    int64_t *start, capacity;
    int slices_capacity;
};
struct specimen_request {
    double corner[2], edge[2]; /* A */
    int n_slices;
    double dz;
    double scale[2];            /* lateral strain: places are multiplied by this */
    double shear[2];            /* x += shear * depth (rad) */
    const double *displacement; /* rms along x and along y, by species; NULL: none */
    uint64_t seed, configuration;
};
/* Local. The atoms and periodic images inside the rectangle, by slice, each slice in the order of the atoms.
 */
int specimen_cut(const struct specimen *specimen, const struct specimen_request *request,
                 struct specimen_cut *cut) MUST_CHECK;
void specimen_cut_free(struct specimen_cut *cut);

#endif
