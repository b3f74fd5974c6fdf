/* schedule - the temperature history of an experiment, exact, and the integrals of rates along it.
 *
 * A schedule is a list of segments in which T is constant or linear in t. Pieces that continue one another
 * are joined and durations and rates are kept to 12 decimal digits, so that a schedule written in 1 or in 100
 * pieces is the same schedule, bit for bit, and gives the same events.
 *
 * `T` is the temperature of the sample, `nominal` what the experiment reports: T = nominal + offset, where
 * the offset (a heating holder that reads wrong) holds after the mould history. Units: s, K, K/s. */
#ifndef KMC_SCHEDULE_H
#define KMC_SCHEDULE_H

#include "base/deck.h"

#include <stdbool.h>

struct schedule_segment {
    double t0, t1; /* begin and end, s; end of the last hold may be INFINITY */
    double T0, T1; /* true temperature at both, K */
    double rate;   /* K/s, signed; 0: hold */
    bool mould;    /* made in the mould, before the experiment */
};
struct schedule {
    char *name;
    int n;
    struct schedule_segment *segment;
    double offset; /* true minus nominal, K, of segments that are not of the mould */
    double start;  /* when the experiment (after the mould) begins, s */
};

/* One stretch as the user writes it: to `T` at `rate` or in `duration`, or a hold (T nan). */
struct schedule_piece {
    double T;        /* nominal temperature at its end, K; nan: hold */
    double rate;     /* K/s > 0, or nan */
    double duration; /* s, or nan */
    bool mould;
};

extern const struct deck_row schedule_rows[]; /* of one entry: prefix "kmc.schedules[]" */

/* Local. From pieces beginning at nominal temperature T0 (K). ERR_INPUT names what goes backwards. */
int schedule_create(const char *name, double T0, double offset, int n, const struct schedule_piece *piece,
                    struct schedule **schedule) MUST_CHECK;
/* Collective. Entry `at` ("kmc.schedules[2]") of a checked deck; a table of (t, T) is read from its file.
 * Faults become deck mistakes and *schedule = NULL: ask deck_verdict. */
int schedule_read(const struct comm *comm, struct deck *deck, const char *at,
                  struct schedule **schedule) MUST_CHECK;
void schedule_destroy(struct schedule **schedule);

/* Local. End of the schedule (s, INFINITY possible); true and nominal temperature at t (K; ends are held). */
double schedule_end(const struct schedule *s);
double schedule_temperature(const struct schedule *s, double t);
double schedule_nominal(const struct schedule *s, double t);
/* Local. Lowest and highest true temperature, K. */
void schedule_range(const struct schedule *s, double *low, double *high);
/* Local. First t > after at which T passes `level` upward (up) or downward; INFINITY when never. A schedule
 * that starts above counts as passing at -1. */
double schedule_crossing(const struct schedule *s, double level, double after, bool up);
/* Local. The schedule with `shift` (K) more offset; when its last segment is a ramp upward that ends below T
 * (true, K), carried on to T (nan: as it is). The caller owns. */
int schedule_changed(const struct schedule *s, double shift, double T, struct schedule **out) MUST_CHECK;
/* Local. FNV-1a hash of the canonical segments: the same for the same history however it was cut. */
uint64_t schedule_hash(const struct schedule *s);

#endif
