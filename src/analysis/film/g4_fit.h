/* g4_fit - one length through one or more curves c_k + a_k exp(-r / xi), with a bootstrap over tiles.
 *
 * For a given xi the c_k and a_k follow by linear least squares, so only xi is searched (GSL's Brent). */
#ifndef FILM_G4_FIT_H
#define FILM_G4_FIT_H

#include "analysis/film/g4.h"

struct g4_fit_bootstrap {
    int n_tiles, n_r, n_curves;
    const double *r;
    double from; /* fit from here */
    int resamples;
    uint64_t seed;
    /* the curves [n_curves][n_r] when tile t counts weight[t] times */
    void (*curves)(void *state, const double *weight, double *curve);
    void *state;
};

/* Local. The curves with each tile once, their errors, the fit of the first curve alone and of all. */
int g4_fit_run(const struct g4_fit_bootstrap *b, double *curve, double *error, struct g4_length *one,
               struct g4_length *all) MUST_CHECK;
/* Local. xi of curves [n_curves][n_r]; NAN when they do not decay within the range. */
struct g4_length g4_fit_exponential(int n_curves, int n_r, const double *r, const double *curve, double from);

#endif
