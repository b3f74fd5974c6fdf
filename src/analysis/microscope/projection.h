/* projection - pictures that need no scan: projected phase, HRTEM, incoherent HAADF, thickness and
 * composition.
 *
 *     phase(r)   sigma v(r), the specimen's potential projected along the beam (slices.h)
 *     exit wave  exp(i phase), or what multislice makes of a plane wave, slices below `slice`
 *     HRTEM      psi(k) = FT[exit wave] exp(-i chi(k)) E(k) A(k), I = |psi(r)|^2;
 *                chi = pi lambda k^2 (Cs lambda^2 k^2 / 2 - defocus),
 *                E = exp(-(pi lambda spread k^2)^2 / 2) exp(-(pi angle)^2 (Cs lambda^2 k^3 - defocus k)^2)
 *     dark field psi(k) of the modes |k - K| < alpha / lambda alone, carried back to |psi(r)|^2; the beam was
 *                tilted by -K lambda, so that K leaves along the axis
 *     HAADF      I(r) = sum over atoms of sigma_el * G(r - r_atom): incoherent; sigma_el = lambda^2 gamma^2
 * times the integral of f_e^2 2 pi k dk between the detector's angles, G a Gaussian of unit sum; I is the
 * fraction of the beam per A^2 of cross-section times atoms per A^2: dimensionless columns    of square
 * cells: depth filled with atoms, atoms and mass per volume, atomic fractions
 *
 * (kirkland2010 in docs/references.bib.) Lengths in A; arrays [ny][nx], x along the specimen's first axis. */
#ifndef ANALYSIS_MICROSCOPE_PROJECTION_H
#define ANALYSIS_MICROSCOPE_PROJECTION_H

#include "analysis/microscope/specimen.h"

struct projection_grid {
    int nx, ny;
    double dx, dy;
};

/* Local. A grid over the specimen's box with pixels of at most `pixel`, sizes good for transforms. */
struct projection_grid projection_plan(const struct specimen *specimen, double pixel);
/* Local. phase[ny][nx] by mem. b_factor by species, A^2. */
int projection_phase(const struct specimen *specimen, const struct projection_grid *grid,
                     const struct formfactor_electron *electron, enum formfactor_table table,
                     const double b_factor[SPECIES_MAX], double **phase) MUST_CHECK;

/* Local. The wave that leaves the specimen, wave[ny][nx] by mem, for a plane wave of 1. slice > 0: by
 * multislice in slices of at most `slice`, limited to two thirds of the grid's frequencies, the beam tilted
 * against z (rad, small; NULL: along z; the wave is relative to the tilted one); 0: exp(i phase), which knows
 * no tilt.
 */
int projection_exit(const struct specimen *specimen, const struct projection_grid *grid,
                    const struct formfactor_electron *electron, enum formfactor_table table,
                    const double b_factor[SPECIES_MAX], const double tilt[2], double slice,
                    double (**wave)[2]) MUST_CHECK;

struct projection_lens {
    double lambda, defocus, cs; /* A; defocus from the last slice, underfocus positive */
    double spread;              /* of the focus, standard deviation, A */
    double angle;               /* of illumination, 1/e, rad */
    double aperture;            /* semi-angle, rad; 0: none */
};
/* Local. The image of an exit wave, which is lost. */
int projection_hrtem(const struct projection_grid *grid, const struct projection_lens *lens,
                     double (*wave)[2], double *image) MUST_CHECK;

/* An objective aperture around a beam of the pattern, in its own image: what is within `radius` of k, |psi|^2
 * on pixels no coarser than the aperture resolves. */
struct projection_aperture {
    double k[2], radius; /* 1/A; radius = semi-angle / lambda */
    double shift[2];     /* of the image, y and x, A */
    int ny, nx;          /* pixels of the image */
};
/* Local. Edges that make pixels of about `pixel`. ERR_INPUT: coarser than the aperture resolves, or modes
 * beyond those of the grid. */
int projection_aperture_plan(const struct projection_grid *grid, double pixel,
                             struct projection_aperture *aperture) MUST_CHECK;
/* Local. image[ny][nx], fractions of the incident beam, of an exit wave, which is lost; focused by `lens`
 * (its aperture unused). */
int projection_darkfield(const struct projection_grid *grid, const struct projection_lens *lens,
                         const struct projection_aperture *aperture, double (*wave)[2],
                         double *image) MUST_CHECK;

/* Local. Elastic cross-section (A^2) of an atom between two angles (rad). */
double projection_cross_section(const struct formfactor_electron *electron, enum formfactor_table table,
                                int number, double inner, double outer);
/* Local. out[ny][nx] += weight[type] G(r - r_atom) with a full width at half maximum of fwhm. */
int projection_incoherent(const struct specimen *specimen, const struct projection_grid *grid,
                          const double *weight, double fwhm, double *out) MUST_CHECK;

struct projection_columns {
    int nx, ny;
    double dx, dy;
    double *thickness;             /* A */
    double *number_density;        /* 1/A^3; NAN where there are no atoms */
    double *density;               /* g/cm3 */
    double *fraction[SPECIES_MAX]; /* atomic fractions */
};
/* Local. Depth: gaps between neighbours in depth count where they are below `gap`. */
int projection_columns_make(const struct specimen *specimen, double cell, double gap,
                            struct projection_columns *columns) MUST_CHECK;
void projection_columns_free(struct projection_columns *columns);

#endif
