/* forecast - where each atom will be, on average, until its lists are made again.
 *
 * A list made for present places serves while no atom has gone half the skin from them. Made for the middle
 * of the way that atoms are going to take, it serves up to twice as long. A forecast only decides how long:
 * lists stay right, because the distance gone is always counted from the place they were made for. */
#ifndef MD_FORECAST_H
#define MD_FORECAST_H

#include "atoms/frame.h"

struct forecast {
    double speed; /* rms of a velocity component of the lightest species, A/ps */
    double rate;  /* Einstein frequency, rms force over rms momentum, 1/ps */
};

/* place = x + drift v + pull f, at most `reach` from x: ps; A; A^2/eV by species. */
struct forecast_step {
    double drift, reach;
    double pull[SPECIES_MAX];
};

/* Collective. From velocities and the last forces; mvv as in struct system. The same bits on any number of
 * ranks; zero for atoms at rest. */
struct forecast forecast_measure(const struct comm *comm, const struct frame *frame, double mvv);
/* Local. The step to the places for lists with this skin, A. */
struct forecast_step forecast_step(const struct forecast *forecast, const struct frame *frame, double mvv,
                                   double skin);
/* Local. Where lists are to be made for local atom i, A; its own place when its motion is not finite. */
static inline void forecast_place(const struct forecast_step *step, const struct frame *frame, int i,
                                  double place[3]) {
    const double *x = frame->x[i], *v = frame->v[i], *f = frame->f[i], pull = step->pull[frame->type[i]];
    double u[3], far2 = 0, part = 1;
    for (int a = 0; a < 3; a++) {
        u[a] = step->drift * v[a] + pull * f[a];
        far2 += u[a] * u[a];
    }
    if (!(far2 <= step->reach * step->reach)) part = isfinite(far2) ? step->reach / sqrt(far2) : 0;
    for (int a = 0; a < 3; a++) place[a] = part > 0 ? x[a] + part * u[a] : x[a];
}

#endif
