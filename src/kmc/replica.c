/* replica - ends when all criteria are met, when the history ends, or when nothing can happen any more. */
#include "kmc/replica.h"

#include <math.h>

#define KELVIN 273.15

struct watching {
    const struct detect_rules *rules;
    struct detect *detect;
};

static bool visible(void *context, const float turn[4]) {
    return detect_visible(((struct watching *)context)->rules, turn);
}

static bool step(void *context, const struct front *front, double t) {
    return detect_step(((struct watching *)context)->detect, front, t);
}

int replica_run(struct sample *sample, struct detect *detect, const struct detect_rules *rules, uint64_t seed,
                int64_t index, int pieces, struct replica *out) {
    struct watching w = {rules, detect};
    struct crystal_watch watch = {&w, visible, step, detect_power(rules)};
    const struct front *f = crystal_front(sample->crystal);
    uint64_t key = sample_key(sample, index);
    double begin = sample->rates.begin, end = sample->rates.end;
    bool stopped = false;
    detect_begin(detect, seed, key);
    TRY(crystal_reset(sample->crystal, seed, key));
    for (int k = 1; k <= pieces && !stopped; k++) {
        double until = k < pieces && isfinite(end) ? begin + (end - begin) * k / pieces : end;
        TRY(crystal_run(sample->crystal, until, &watch, &stopped));
    }
    if (!stopped) (void)detect_step(detect, f, isfinite(end) ? end : f->time + 4 * rules->frame);
    struct detect_result found;
    TRY(detect_finish(detect, &found));
    *out = (struct replica){.tc = found.tc,
                            .tc_intercept = found.intercept,
                            .tc_first_spot = found.first_spot,
                            .tc_fraction = found.fraction,
                            .tc_as_published = found.as_published,
                            .tc_time = isfinite(found.fraction_time) ? found.fraction_time : NAN,
                            .first_time = NAN,
                            .first_C = NAN,
                            .first_x = NAN,
                            .first_y = NAN,
                            .first_z = NAN,
                            .n_grains = (double)f->n_grains,
                            .fraction = front_volume(f, f->time) / f->total,
                            .end_time = stopped || !isfinite(end) ? f->time : end,
                            .n_events = (double)(f->n_events + crystal_draws(sample->crystal)),
                            .finished = 1};
    if (f->n_grains) {
        const struct front_grain *g = &f->grain[0];
        out->first_time = g->time;
        out->first_C = schedule_nominal(sample->schedule, g->time) - KELVIN;
        out->first_x = g->x[0];
        out->first_y = g->x[1];
        out->first_z = g->x[2];
    }
    return ERR_OK;
}
