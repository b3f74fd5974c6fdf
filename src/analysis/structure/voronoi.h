/* voronoi - radical or plain Voronoi cells of all atoms: volume, coordination, index <n3,n4,n5,n6>, faces.
 *
 * Plain: a cell is what is nearer to its atom than to any other (Voronoi). Radical (gellatly1982): nearer by
 * the power distance d^2 - R^2, so that faces lie between atoms of unlike size. n_k is the number of faces
 * with k edges. Published shares depend on whether small faces or edges are left out, and programs differ in
 * how: the filter is written into every result; default none. A cell that reaches farther than `surface` from
 * its atom borders on vacuum: it is flagged open and never counted. Results are the same bits on any number
 * of ranks. Lengths in A, volumes in A^3 (or sigma). */
#ifndef ANALYSIS_STRUCTURE_VORONOI_H
#define ANALYSIS_STRUCTURE_VORONOI_H

#include "atoms/frame.h"

/* What is left out; each uses the thresholds of voronoi_options that its line names.
 *               edges that count                   faces that count              coordination
 * NONE          all                                all                           faces
 * AREA_FRACTION all                                >= min_area_fraction of cell  faces that count
 * EDGE          >= min_edge                        with 3 or more of those       faces that count
 * OVITO         >= min_edge                        > min_area, > min_area_frac-  faces that count
 *                                                  tion, 3 or more edges
 * PYSCAL        > min_edge_fraction of the face's  > min_area_fraction           all faces
 *               own perimeter
 * LAMMPS        > min_edge                         in the index: all with 3 or   faces > min_area
 *                                                  more edges */
#define VORONOI_FILTERS "none|area_fraction|edge|ovito|pyscal|lammps"
enum voronoi_filter {
    VORONOI_FILTER_NONE,
    VORONOI_FILTER_AREA_FRACTION,
    VORONOI_FILTER_EDGE,
    VORONOI_FILTER_OVITO,
    VORONOI_FILTER_PYSCAL,
    VORONOI_FILTER_LAMMPS
};
enum voronoi_flag {
    VORONOI_CLOSED,
    VORONOI_OPEN, /* at a free surface: volume NAN, no faces */
    VORONOI_NONE  /* radical: the atom's cell is empty (it lies inside a much larger neighbour): volume 0, no
                     faces */
};

/* Faces of one closed cell, for a visitor. */
struct voronoi_faces {
    int n;
    const int *row;     /* [n] row of the neighbour in the frame, local or ghost */
    const int *order;   /* [n] edges that count; 0: the face is not in the index */
    const double *area; /* [n]; NULL unless options.areas */
};

/* One atom's cell. */
struct voronoi_cell {
    double volume;
    int16_t n[4];         /* faces with 3, 4, 5, 6 counted edges */
    int16_t beyond;       /* faces with more than 6 */
    int16_t coordination; /* see the table above */
    int16_t faces;        /* all faces, before the filter */
    int8_t flag;          /* enum voronoi_flag */
    int8_t self;          /* the cell touches an image of its own atom: the box is small */
};

struct voronoi_options {
    bool radical;
    double radius[SPECIES_MAX]; /* A; radical only */
    double surface;             /* A */
    enum voronoi_filter filter;
    double min_area_fraction, min_edge, min_area, min_edge_fraction; /* -, A, A^2, - */
    /* Called for each closed cell of this rank (in no particular order), or NULL. The rows are good only
     * during the call; vectors are frame->x[row] - frame->x[i]. */
    int (*visit)(void *user, const struct frame *frame, int i, const struct voronoi_cell *cell,
                 const struct voronoi_faces *faces);
    void *user;
    bool areas; /* the visitor wants areas */
};

/* Local. Default distance beyond which a cell is open: 3.5 times the largest radius of the species. */
double voronoi_surface(const struct species *species);
/* Local. Radical cells with the radii of the species. */
void voronoi_radii(const struct species *species, struct voronoi_options *options);
/* Collective. Cells of the frame's atoms. The frame is spread over ranks by place (its rows change); *cells
 * (by mem, the caller frees) has one entry for each of its local rows then. ERR_INPUT: atoms closer than
 * 0.01, NaN, radii unknown. */
int voronoi_compute(const struct comm *comm, struct frame *frame, const struct voronoi_options *options,
                    struct voronoi_cell **cells) MUST_CHECK;

#endif
