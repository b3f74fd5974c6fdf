/* rdf - pair distribution functions g(r), total and per pair of species, averaged over frames.
 *
 *     g_ab(r) = V n_ab(r) / (4/3 pi (r_out^3 - r_in^3) N_a (N_b - [a = b]))
 *
 * n_ab: ordered pairs (a, b) with a distance in the bin, periodic images among them; an ideal gas has g = 1
 * exactly on average. V is the box along periodic axes and the extent of the atoms along open ones, unless it
 * is given: where atoms do not fill it (rods, clusters) g does not go to 1, and the result says so; for a rod
 * or a sphere V is the body and g is divided by gamma(r) of shape.h. Error: of
 * the mean over blocks of frames (at least 4), else from the number of pairs counted. Lengths in A (or
 * sigma). Counts are integers: the same bits on any number of ranks. */
#ifndef ANALYSIS_STRUCTURE_RDF_H
#define ANALYSIS_STRUCTURE_RDF_H

#include "analysis/structure/shape.h"
#include "atoms/frame.h"

#define RDF_BLOCKS 10

struct rdf_options {
    double r_max; /* A; 0: 7.5 times the largest radius, at most half the shortest periodic edge */
    int n_bins;
    double volume; /* A^3 that the atoms fill; 0: from the box */
    enum shape_kind shape;
    double diameter;  /* A, of the shape; 0: from the atoms */
    int64_t n_frames; /* how many will be added: for the blocks */
};

enum rdf_error { RDF_FROM_COUNTS, RDF_FROM_BLOCKS };

/* First peak of one curve. NAN: there is none. */
struct rdf_peak {
    double r, r_error; /* vertex of a parabola through the top of the peak, A */
    double height, height_error;
    double minimum;      /* first minimum after it, A */
    double coordination; /* mean number of b around a up to there (total: of all around any) */
};

struct rdf; /* opaque */

struct rdf_result {
    int n_bins, n_curves; /* curve 0 is the total; then pairs a <= b in the order of the species */
    int n_species;
    const double *r;       /* [n_bins] middles of the bins */
    const double *g;       /* [n_curves][n_bins] */
    const double *error;   /* [n_curves][n_bins] standard error of g */
    const double *running; /* [n_species^2][n_bins] mean number of b around a within the bin's outer edge */
    const struct rdf_peak *peak; /* [n_curves] */
    enum rdf_error error_from;
    bool filled; /* V is what the atoms fill: all axes periodic, or given */
    double r_max, volume;
    struct shape shape;    /* radius and length: means over frames */
    const int64_t *counts; /* [n_species] atoms of each species, all frames together */
    int64_t n_frames;
};

/* Local. */
int rdf_create(const struct rdf_options *options, struct rdf **rdf) MUST_CHECK;
void rdf_destroy(struct rdf **rdf);
/* Collective. Count one frame's pairs; the frame is spread over ranks by place. ERR_INPUT: r_max beyond the
 * shortest periodic edge (an atom would meet its own image), atoms closer than 0.01, NaN, other species than
 * the first frame's. */
int rdf_add(const struct comm *comm, struct rdf *rdf, struct frame *frame) MUST_CHECK;
/* Local, the same on every rank. Averages, errors, peaks; the arrays live as long as rdf. ERR_INPUT without
 * frames. */
int rdf_finish(struct rdf *rdf, struct rdf_result *result) MUST_CHECK;
/* Local. Curve of species a and b (either order); their names: "total", "CuZr" (name holds 2 * SPECIES_NAME).
 */
int rdf_curve(int n_species, int a, int b);
void rdf_name(const struct species *species, int curve, char name[2 * SPECIES_NAME]);
/* Local. First peak of a curve: the first top (smoothed) that reaches 0.6 of the highest and falls by a tenth
 * behind it. error may be NULL. coordination is not set. */
void rdf_find_peak(int n, const double *r, const double *g, const double *error, struct rdf_peak *peak);

#endif
