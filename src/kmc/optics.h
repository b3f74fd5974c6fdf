/* optics - what a grain of a face-centred cubic crystal does to an electron beam: how it darkens an image and
 * which spots it gives.
 *
 * Images, two beams for each reflection g with deviation s and extinction distance xi, for a thickness t:
 *     I_g = sin^2(pi t s_e) / (xi s_e)^2,  s_e^2 = s^2 + 1/xi^2     (hirsch1965)
 * Diffraction, a compact grain of N atoms (diameter D): a peak of height ~ N^2 whose width is 0.49/D. What is
 * measured depends on what is summed, and all three are in one pattern:
 *     peak     the brightest point of a spot           N^2
 *     spot     the sum over a spot, crystal on Bragg   N^(4/3)
 *     average  the mean over orientations (a ring)     N
 * Glass scatters as much as crystal does in the mean: {111} and {200} in its first ring, {220} and {311} in
 * the second. Units: nm, 1/nm (k = 1/d, not 2 pi/d), rad. Axes of a grain's turn: beam, rows and columns of
 * the image. */
#ifndef KMC_OPTICS_H
#define KMC_OPTICS_H

#include <stdint.h>

#define OPTICS_BEAMS 50 /* {111} {200} {220} {311} */

struct optics_rules {
    double wavelength;       /* nm */
    double lattice;          /* edge of the cubic cell, nm */
    double extinction;       /* of {111}, nm; the others are in the ratios of platinum */
    double absorption;       /* mean free path of everything else that leaves the aperture, nm */
    double dark_k;           /* where the dark-field aperture stands, 1/nm */
    double aperture;         /* its radius, 1/nm */
    double azimuth;          /* rad from columns towards rows; NAN: all azimuths, a hollow cone */
    double halo, halo_width; /* first ring of the glass: its k and standard deviation, 1/nm */
};

struct optics_beam {
    float across, along; /* 1/nm: in the pattern, towards rows and columns */
    float deviation;     /* s, 1/nm */
    float inverse;       /* 1/xi, 1/nm */
};

/* Local. Wavelength in nm of electrons of so many eV. */
double optics_wavelength(double eV);
/* Local. All reflections of a grain with that orientation (unit quaternion). */
void optics_beams(const struct optics_rules *rules, const float turn[4],
                  struct optics_beam beam[OPTICS_BEAMS]);
/* Local. Part of the beam that a thickness t leaves in the direct beam, and sends into the dark-field
 * aperture. */
double optics_direct(const struct optics_beam *beam, int n, double t);
double optics_dark(const struct optics_rules *rules, const struct optics_beam *beam, int n, double t);
/* Local. Mean over orientations of what thin crystal scatters per nm: out of the direct beam, and into the
 * aperture; and what glass sends into the aperture, with the same total. */
double optics_mean_loss(const struct optics_rules *rules);
double optics_mean_dark(const struct optics_rules *rules);
double optics_glass_dark(const struct optics_rules *rules);

/* A pattern: n x n pixels of edge `pixel` (1/nm), the direct beam in the middle of pixel (n/2, n/2). */
struct optics_pattern {
    int64_t n;
    double pixel, blur; /* blur: standard deviation of the beam's own width, 1/nm */
    double *intensity;  /* [n * n] */
};
/* Local. Add the spots of a grain of that volume (nm^3). The sum over a spot on Bragg is its volume^(4/3)
 * times a constant; the mean over orientations of all spots is optics_mean_loss * volume. */
void optics_add_grain(const struct optics_rules *rules, const struct optics_beam *beam, int n, double volume,
                      struct optics_pattern *pattern);
/* Local. Add the two rings of that volume of glass: the same total. */
void optics_add_halo(const struct optics_rules *rules, double volume, struct optics_pattern *pattern);

#endif
