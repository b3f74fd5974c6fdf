/* detect - criteria are looked for between steps: fraction and spot by linear interpolation, the intercept on
 * frames (base/onset), as in the experiment. */
#include "kmc/detect.h"
#include "base/mem.h"
#include "base/onset.h"
#include "base/rng.h"

#include <math.h>
#include <string.h>

#define FULL 0.9999 /* crystalline for good */
#define KELVIN 273.15

struct detect {
    struct detect_rules rules;
    const struct schedule *schedule;
    double diameter, total;
    uint64_t seed, key;
    double last_t, last_X, last_I;
    double fraction_t, spot_t;
    double *t, *value;
    int64_t n, room;
    bool risen;
    int error;
};

int detect_create(const struct detect_rules *rules, const struct schedule *schedule, double diameter,
                  double total, struct detect **detect) {
    TRY(MEM_NEW(*detect, 1));
    (*detect)->rules = *rules;
    (*detect)->schedule = schedule;
    (*detect)->diameter = diameter;
    (*detect)->total = total;
    return ERR_OK;
}

void detect_destroy(struct detect **detect) {
    if (!*detect) return;
    mem_free(&(*detect)->t);
    mem_free(&(*detect)->value);
    mem_free(detect);
}

double detect_power(const struct detect_rules *rules) {
    return rules->signal == DETECT_VOLUME ? 1 : rules->signal == DETECT_SPOT ? 4.0 / 3 : 2;
}

void detect_begin(struct detect *d, uint64_t seed, uint64_t key) {
    d->seed = seed;
    d->key = key;
    d->last_t = d->schedule->start;
    d->last_X = d->last_I = 0;
    d->fraction_t = d->spot_t = INFINITY;
    d->n = 0;
    d->risen = false;
    d->error = ERR_OK;
}

bool detect_visible(const struct detect_rules *rules, const float q[4]) {
    static const double normal[7][3] = {{1, 1, 1}, {1, 1, -1}, {1, -1, 1}, {-1, 1, 1},
                                        {1, 0, 0}, {0, 1, 0},  {0, 0, 1}};
    double x = q[0], y = q[1], z = q[2], w = q[3];
    double row[3] = {1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)}; /* first row of R */
    for (int k = 0; k < 7; k++) {
        double along = 0, length = k < 4 ? sqrt(3) : 1;
        for (int a = 0; a < 3; a++) along += row[a] * normal[k][a];
        if (fabs(along) < length * sin(rules->tolerance)) return true;
    }
    return false;
}

static double noise(const struct detect *d, int64_t frame) {
    double z = 0;
    if (d->rules.noise > 0) rng_normal(d->seed, RNG_NOISE, d->key, (uint64_t)frame, 1, &z);
    return d->rules.noise * z;
}

static int add_frame(struct detect *d, double t, double value) {
    if (d->n == d->room) {
        int64_t more = d->room ? 2 * d->room : 1024;
        TRY(MEM_GROW(d->t, d->room, more));
        TRY(MEM_GROW(d->value, d->room, more));
        d->room = more;
    }
    d->t[d->n] = t;
    d->value[d->n] = value + noise(d, d->n);
    d->n++;
    return ERR_OK;
}

bool detect_step(struct detect *d, const struct front *f, double t) {
    const struct detect_rules *r = &d->rules;
    double X = front_volume(f, t) / d->total, I = X;
    if (r->signal != DETECT_VOLUME) I = f->signal / pow(d->total, f->power);
    if (d->error) return true;
    if (t < d->schedule->start) { /* the mould history: what it leaves behind is there from the start */
        d->last_X = X;
        d->last_I = I;
        d->fraction_t = X >= r->fraction ? d->schedule->start : INFINITY;
        d->spot_t = f->largest >= r->spot_volume ? d->schedule->start : INFINITY;
        return false;
    }
    if (isinf(d->fraction_t) && X >= r->fraction)
        d->fraction_t =
            X > d->last_X ? d->last_t + (r->fraction - d->last_X) / (X - d->last_X) * (t - d->last_t) : t;
    if (isinf(d->spot_t) && f->largest >= r->spot_volume) d->spot_t = t;
    for (double at = d->schedule->start + (double)d->n * r->frame; at <= t && !d->error;
         at = d->schedule->start + (double)d->n * r->frame) {
        double part = t > d->last_t ? (at - d->last_t) / (t - d->last_t) : 1;
        d->error = add_frame(d, at, r->contrast * (d->last_I + part * (I - d->last_I)));
    }
    d->last_t = t;
    d->last_X = X;
    d->last_I = I;
    if (r->to_the_end) return false;
    bool rise = r->signal == DETECT_VOLUME ? X > r->high + 0.02 : X > FULL;
    bool frames = d->n && d->value[d->n - 1] > r->contrast * r->high;
    return X > FULL ? frames || r->signal != DETECT_VOLUME
                    : rise && frames && isfinite(d->fraction_t) && isfinite(d->spot_t);
}

static double celsius(const struct detect *d, double t) {
    return isfinite(t) ? schedule_nominal(d->schedule, t) - KELVIN : NAN;
}

int detect_finish(struct detect *d, struct detect_result *result) {
    const struct detect_rules *r = &d->rules;
    TRY(d->error);
    double full = r->contrast;
    if (r->signal != DETECT_VOLUME) {
        full = 0;
        for (int64_t k = 0; k < d->n; k++) full = fmax(full, d->value[k]);
    }
    struct onset bend = {.t = NAN};
    if (full > 0) (void)onset_find(d->t, d->value, d->n, &(struct onset_rules){r->low, r->high, full}, &bend);
    *result = (struct detect_result){.fraction = celsius(d, d->fraction_t),
                                     .intercept = celsius(d, bend.t),
                                     .first_spot = celsius(d, d->spot_t),
                                     .fraction_time = d->fraction_t};
    result->as_published = d->diameter > DETECT_CHANGE ? result->first_spot : result->intercept;
    result->tc = r->criterion == DETECT_FRACTION     ? result->fraction
                 : r->criterion == DETECT_INTERCEPT  ? result->intercept
                 : r->criterion == DETECT_FIRST_SPOT ? result->first_spot
                                                     : result->as_published;
    return ERR_OK;
}

int64_t detect_trace(const struct detect *d, const double **t, const double **value) {
    *t = d->t;
    *value = d->value;
    return d->n;
}
