/* meanfield - what a rod does on average: survival integral, Kolmogorov-Johnson-Mehl-Avrami, and the time at
 * which a field of view shows a given crystalline fraction, with its spread.
 *
 *     P(no nucleus by t) = exp[-A N_s(t) - V N_v(t)],        N = int I dt (sites used once: n (1 -
 * <exp(-H_f)>)) X(t) = sum_k w_k {1 - exp[-int I(t') K_k(s(t) - s(t')) dt']},     s(t) = int u dt, K_k: what
 * reaches point k
 *
 * Near-surface layer (thickness h > 0): surface nuclei spread along the cylinder at u_layer, and the front
 * goes inward at u from where the layer is covered. Without a layer: spheres about points of the surface, cut
 * by the rod. Bulk nuclei: spheres cut by the rod. Exact for these rules with many nuclei. With few, the
 * volume that is crystalline before grains meet is a compound Poisson sum (Panjer recursion); its scatter
 * stands for that of the whole: `detected`. What the layer nucleates faster than the bulk counts as surface
 * nuclei. Neglected: other bulk nuclei that spread along the layer; the extra lateral growth below the layer.
 *
 * References: kolmogorov1937, panjer1981. Units: nm, s, K. Everything is Local. */
#ifndef KMC_MEANFIELD_H
#define KMC_MEANFIELD_H

#include "kmc/material.h"
#include "kmc/schedule.h"

struct meanfield_sample {
    double diameter;  /* nm; INFINITY: bulk, of `volume` */
    double length;    /* field of view along the rod, nm */
    bool ends;        /* the rod ends there (Lambda is its mean over the length); else it goes on both ways */
    double volume;    /* of a bulk sample, nm^3 */
    double threshold; /* crystalline fraction that is seen */
};

struct meanfield;

/* Local. material and schedule must outlive *mf. When the schedule melts the sample (T above T_m(d)), what
 * counts is what happens after the last time. ERR_PHYSICS: a rate is not finite. The caller owns. */
int meanfield_create(const struct material *material, const struct schedule *schedule,
                     const struct meanfield_sample *sample, struct meanfield **mf) MUST_CHECK;
void meanfield_destroy(struct meanfield **mf);

/* Local. Window that counts, s. */
double meanfield_begin(const struct meanfield *mf);
double meanfield_end(const struct meanfield *mf);
/* Local. Expected number of nuclei in the sample by t, were it not filled; P(no nucleus) = exp(-that). */
double meanfield_nuclei(const struct meanfield *mf, double t);
/* Local. Expected crystalline fraction, and its rate 1/s. */
double meanfield_fraction(const struct meanfield *mf, double t);
double meanfield_fraction_rate(const struct meanfield *mf, double t);
/* Local. Probability that the field of view holds at least the threshold fraction at t. */
double meanfield_detected(const struct meanfield *mf, double t);

/* Local. First t at which: the probability of a nucleus is p; the expected fraction is x; the probability of
 * detection is p. INFINITY: not within the window. */
double meanfield_first_time(const struct meanfield *mf, double p);
double meanfield_fraction_time(const struct meanfield *mf, double x);
double meanfield_detection_time(const struct meanfield *mf, double p);

struct meanfield_result {
    double first_median_C, first_sd_K;      /* first nucleus; nan when fewer than half have one */
    double tc_median_C, tc_mean_C, tc_sd_K; /* detection; mean and sd of those that are detected */
    double tc_low_C, tc_high_C;             /* 16 and 84 % */
    double censored;                        /* fraction never detected */
    double tc_fraction_C;                   /* expected fraction reaches the threshold */
    double gumbel_K;                        /* (pi/sqrt 6) kT^2/E at tc_median: sd of the first nucleus */
    double rayleigh_plateau;                /* int dt/tau_RP up to tc_median; above 1 the rod balls up */
};
/* Local. All of it, temperatures as the experiment reports them; nan where there is none. */
int meanfield_summary(const struct meanfield *mf, struct meanfield_result *result) MUST_CHECK;

/* Local. Geometry, for tests: area of a cylinder of circumference c within a path s on its surface; area of
 * the cylinder (radius R) within s of an inner point at radius r; volume of the cylinder within s of it. z:
 * distances to both ends (INFINITY). */
double meanfield_spread_area(double c, double s, const double z[2]);
double meanfield_reach_area(double R, double r, double s, const double z[2]);
double meanfield_reach_volume(double R, double r, double s, const double z[2]);
/* Local. Rings across a rod: radius (in units of R) and share of the volume (weight may be NULL); the volume
 * of an endless rod within s of a point of ring k, from a table good to 1e-4. */
#define MEANFIELD_RINGS 8
double meanfield_ring(int ring, double *weight);
double meanfield_ring_volume(double R, int ring, double s);
/* Local. P(sum of marks < 1) of a compound Poisson process: n sorts of expected number and mark (fraction of
 * 1). */
double meanfield_compound(int n, const double *number, const double *mark);

#endif
