/* forecast - each atom as a harmonic oscillator of the mean (Einstein) frequency w: its mean place over the
 * time T ahead is x + v (1 - cos wT) / (w^2 T) + a (1 - sin wT / wT) / w^2. For short T that is half the way
 * of free flight, for long T the place about which the atom swings. T is what the fastest atoms need to cross
 * the skin.
 *
 * List builds (and prunings) of the runs of bench/md.py, without and with, at the same skins: Lennard-Jones
 * melt 70 and 39 in 520 steps, Cu crystal at 800 K 33 (58) and 20 (33) in 220, Cu-Zr liquid 12 (22) and 8
 * (11) in 170, Cu-Zr rod at 300 K 7 (13) and 5 (7). CROSSING from 0.2 to 0.3, REACH from 0.35 to 0.49 and w
 * from 0.6 to 1.2 times the mean change these by a tenth at most. */
#include "md/forecast.h"

#include <math.h>

#define CROSSING 0.25 /* the fastest atoms are four times as fast as the rms component */
#define REACH 0.45    /* of the skin: farther ahead the list would soon be bad */
#define BOUND 0x1p20  /* eV, eV/ps^2: what one atom adds to a sum is cut off here */

struct forecast forecast_measure(const struct comm *comm, const struct frame *frame, double mvv) {
    double quantum = comm_quantum(frame->n_global, BOUND), sum[2] = {0, 0}, mass[SPECIES_MAX],
           least = INFINITY;
    for (int s = 0; s < frame->species.n; s++) {
        mass[s] = frame->species.mass[s] * mvv;
        least = fmin(least, mass[s]);
    }
    for (int i = 0; i < frame->n; i++) {
        const double *v = frame->v[i], *f = frame->f[i];
        double m = mass[frame->type[i]], a = (f[0] * f[0] + f[1] * f[1] + f[2] * f[2]) / m;
        double k = m * (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
        sum[0] += comm_round(k < BOUND ? k : BOUND, quantum);
        sum[1] += comm_round(a < BOUND ? a : BOUND, quantum);
    }
    comm_sum(comm, sum, 2); /* exact: all terms are multiples of the quantum */
    struct forecast c = {0, 0};
    if (!(sum[0] > 0)) return c;
    c.speed = sqrt(sum[0] / (3.0 * (double)frame->n_global) / least);
    c.rate = sqrt(sum[1] / sum[0]);
    return c;
}

struct forecast_step forecast_step(const struct forecast *c, const struct frame *frame, double mvv,
                                   double skin) {
    double ahead = c->speed > 0 ? CROSSING * skin / c->speed : 0, angle = c->rate * ahead;
    double drift = ahead / 2, pull = ahead * ahead / 6;
    if (angle > 1e-3) { /* below, its limit */
        drift = (1 - cos(angle)) / (c->rate * angle);
        pull = (1 - sin(angle) / angle) / (c->rate * c->rate);
    }
    struct forecast_step step = {.drift = drift, .reach = REACH * skin};
    for (int s = 0; s < frame->species.n; s++) step.pull[s] = pull / (frame->species.mass[s] * mvv);
    return step;
}
