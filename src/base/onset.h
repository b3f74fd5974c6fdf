/* onset - when a trace begins to rise (or fall): the constant background meets the straight line through the
 * rise.
 *
 * The criterion of Sohn et al. 2015 (sohn2015, Methods, Eq. 1) for (I_sample - I_background)/I_background;
 * for simulated and measured films alike. Units: those of t and value. */
#ifndef BASE_ONSET_H
#define BASE_ONSET_H

#include <stdbool.h>
#include <stdint.h>

struct onset_rules {
    double low, high; /* parts of the full change between which the line is fitted */
    double full;      /* the full change from 0; NAN: found, with the level from which it starts, in noise */
};

struct onset {
    double t, error;     /* where the lines meet; standard error of it */
    double background;   /* the constant */
    double noise;        /* standard deviation of one value about it */
    double full;         /* change at its largest, signed */
    double slope;        /* of the line */
    int64_t first, last; /* values of the line */
};

/* Local. Of n values at rising t; false: nothing changes (t is then NAN). */
bool onset_find(const double *t, const double *value, int64_t n, const struct onset_rules *rules,
                struct onset *onset);

#endif
