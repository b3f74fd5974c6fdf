/* spots - Bragg-like spots of one pattern: places to a fraction of a pixel, angles, comparison with zone
 * axes.
 *
 * A spot is a maximum of the smoothed pattern that stands out of its ring: its height above the ring's median
 * is at least `sharpness` times the ring's scatter (1.4826 times the median absolute deviation: a few spots
 * do not hide themselves). Its place is the top of the parabola through log I in the 3 x 3 pixels around it,
 * exact for Gaussian spots. k = 1/d in 1/A, angles in rad. */
#ifndef ANALYSIS_MICROSCOPE_SPOTS_H
#define ANALYSIS_MICROSCOPE_SPOTS_H

#include "analysis/microscope/polar.h"

struct spots_options {
    double k_min, k_max; /* where spots are sought */
    double blur;         /* standard deviation of the smoothing, pixels; 0: none */
    double sharpness;    /* how far above the scatter */
    double apart;        /* of two spots, pixels: the higher one counts */
};

struct spot {
    double x, y;          /* pixels */
    double k, phi;        /* after correction of the ellipse */
    double height, sharp; /* above the ring's median; in units of its scatter */
};

/* Local. Spots, highest first; *spots by mem. */
int spots_find(const struct polar_geometry *geometry, const float *image, const struct spots_options *options,
               struct spot **spots, int *n) MUST_CHECK;

/* Local. The ellipse of a ring between k_lo and k_hi: in sectors of angle the top of a parabola through the
 * ring's maximum; then k(phi) = r (1 + e cos 2(phi - angle)), ratio = (1 + e) / (1 - e). The geometry's own
 * ellipse is not used. ERR_PHYSICS: no ring. */
int spots_ellipse(const struct polar_geometry *geometry, const float *image, double k_lo, double k_hi,
                  double *ratio, double *angle, double *radius) MUST_CHECK;

/* A zone axis, or an axis of an icosahedron: where spots may be, lengths in units of the shortest. */
#define SPOTS_MOTIF_MOST 96
struct spots_motif {
    char name[24];
    int n;
    double g[SPOTS_MOTIF_MOST][2];
};
/* Local. Motif number i (0, 1, ...); false: there is no such. fcc and bcc (allowed reflections) along <001>,
 * <011>, <111>, <112>, <013>; "ico 5", "ico 3", "ico 2": the vectors along two-, three- and five-fold axes of
 * an icosahedron perpendicular to that axis. */
bool spots_motif_get(int i, struct spots_motif *motif);

struct spots_match {
    double score;    /* (share of the spots explained) (share of the motif's spots seen): 1 is perfect */
    double scale;    /* length of the motif's shortest vector, 1/A */
    double rotation; /* of the motif, rad */
    double rms;      /* distance of explained spots from their places, relative to their length */
    int explained, expected;
};
/* Local. Best fit of a motif to spots over rotation and scale; a spot within `tolerance` (relative to its
 * length) of a place is explained. */
struct spots_match spots_compare(const struct spots_motif *motif, const struct spot *spots, int n,
                                 double tolerance);

#endif
