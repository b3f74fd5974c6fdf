/* voronoi - radical or plain Voronoi cells of all atoms: volume, coordination, index <n3,n4,n5,n6>.
 *
 * Plain: a cell is what is nearer to its atom than to any other (Voronoi). Radical (gellatly1982): nearer by
 * the power distance d^2 - R^2, so that faces lie between atoms of unlike size. n_k is the number of faces
 * with k edges. Published shares depend on whether small faces or edges are left out, so the filter is
 * written into every result; default none. A cell that reaches farther than `surface` from its atom borders
 * on vacuum: it is flagged open and never counted. Results are the same bits on any number of ranks. Lengths
 * in A, volumes in A^3 (or sigma). */
#ifndef ANALYSIS_STRUCTURE_VORONOI_H
#define ANALYSIS_STRUCTURE_VORONOI_H

#include "atoms/frame.h"

enum voronoi_filter { VORONOI_FILTER_NONE, VORONOI_FILTER_AREA_FRACTION, VORONOI_FILTER_EDGE };
enum voronoi_flag {
    VORONOI_CLOSED,
    VORONOI_OPEN, /* at a free surface: volume NAN, no faces */
    VORONOI_NONE  /* radical: the atom's cell is empty (it lies inside a much larger neighbour): volume 0, no
                     faces */
};

struct voronoi_options {
    bool radical;
    double radius[SPECIES_MAX]; /* A; radical only */
    double surface;             /* A */
    enum voronoi_filter filter;
    double threshold; /* faces below this share of the cell's area, or edges below this length (A), do not
                         count */
};

/* One atom's cell. */
struct voronoi_cell {
    double volume;
    int16_t n[4];         /* faces with 3, 4, 5, 6 counted edges */
    int16_t beyond;       /* faces with more than 6 */
    int16_t coordination; /* faces that count */
    int16_t faces;        /* all faces, before the filter */
    int16_t flag;         /* enum voronoi_flag */
};

/* Local. Default distance beyond which a cell is open: 3.5 times the largest radius of the species. */
double voronoi_surface(const struct species *species);
/* Collective. Cells of the frame's atoms. The frame is spread over ranks by place (its rows change); *cells
 * (by mem, the caller frees) has one entry for each of its local rows then. ERR_INPUT: atoms closer than
 * 0.01, NaN, radii unknown. */
int voronoi_compute(const struct comm *comm, struct frame *frame, const struct voronoi_options *options,
                    struct voronoi_cell **cells) MUST_CHECK;

#endif
