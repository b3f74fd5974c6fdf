/* schedule - pieces are joined first, rounded to 12 decimal digits second, and only then laid along the time
 * axis.
 *
 * A ramp given by its rate keeps that rate; one given by a duration gets the rate of the whole joined ramp.
 * Rounding joined numbers, and not those of the pieces, is what makes 1 and 100 pieces equal: sums of pieces
 * differ in the 15th digit only. Rejected: integrating piece by piece with partial sums, which differ in
 * their last bits. */
#include "kmc/schedule.h"
#include "base/mem.h"
#include "base/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAME 1e-9 /* relative: pieces of equal rate continue one another */

const struct deck_row schedule_rows[] = {
    {DECK_TEXT, "name", .value = DECK_REQUIRED, .help = "Name of the schedule: results carry it."},
    {DECK_REAL, "start", .dim = UNIT_TEMPERATURE, .value = "25 C", .bounds = "(0 K, 1e5 K)",
     .help = "Temperature at the beginning, as the experiment reports it."},
    {DECK_REAL, "offset", .dim = UNIT_TEMPERATURE, .value = "0 K", .bounds = "[-200 K, 200 K]",
     .help =
         "True minus reported temperature of this experiment. Holders differ by percent; the mould history "
         "is not shifted."},
    {DECK_LIST, "segments", .value = DECK_REQUIRED, .help = "The history, in its order."},
    {DECK_CHOICE, "segments[].kind", .value = "ramp", .choices = "ramp|hold|quench|cycle|mould|table",
     .help = "ramp or quench: go to a temperature; hold; cycle: heat (above the melting point clears all "
             "grains), hold, quench, `count` times; mould: the same once, in the mould, first of all and "
             "without the offset; table: time_s and T_C (or T_K) from a file."},
    {DECK_REAL, "segments[].to", .dim = UNIT_TEMPERATURE, .bounds = "(0 K, 1e5 K)",
     .when = "kind=ramp|quench|cycle|mould", .help = "Temperature to reach."},
    {DECK_REAL, "segments[].rate", .dim = UNIT_HEATING_RATE, .bounds = "(0 K/s, inf)",
     .when = "kind=ramp|quench|cycle|mould", .help = "How fast, heating or cooling; or give a duration."},
    {DECK_REAL, "segments[].duration", .dim = UNIT_TIME, .bounds = "(0 s, 1e9 s)",
     .when = "kind=ramp|quench|hold", .help = "Length of a hold; of a ramp, in place of its rate."},
    {DECK_REAL, "segments[].hold", .dim = UNIT_TIME, .value = "0 s", .bounds = "[0 s, 1e9 s)",
     .when = "kind=cycle|mould", .help = "Time at `to`."},
    {DECK_REAL, "segments[].back", .dim = UNIT_TEMPERATURE, .value = "25 C", .bounds = "(0 K, 1e5 K)",
     .when = "kind=cycle|mould", .help = "Temperature to return to."},
    {DECK_REAL, "segments[].back_rate", .dim = UNIT_HEATING_RATE, .bounds = "(0 K/s, inf)",
     .when = "kind=cycle|mould", .help = "How fast it returns. Default: like `rate`."},
    {DECK_INT, "segments[].count", .value = "1", .bounds = "[1, 1000000]", .when = "kind=cycle",
     .help = "How often the cycle runs."},
    {DECK_FILE, "segments[].file", .when = "kind=table",
     .help = "TSV file with columns time_s and T_C or T_K."},
    {DECK_END}};

static double decimal12(double x) {
    char text[40];
    snprintf(text, sizeof text, "%.12g", x);
    return strtod(text, NULL);
}

static bool alike(double a, double b) {
    return fabs(a - b) <= SAME * fmax(fabs(a), fabs(b));
}

/* A stretch of constant rate while pieces are joined. */
struct stretch {
    double T0, T1, duration, rate; /* rate signed; nan: from the duration */
    bool mould;
};

static double slope(const struct stretch *s) {
    return isnan(s->rate) ? (s->T1 - s->T0) / s->duration : s->rate;
}

static int stretch_of(const char *name, int k, double T, const struct schedule_piece *p, struct stretch *s) {
    *s = (struct stretch){.T0 = T, .T1 = p->T, .rate = NAN, .duration = p->duration, .mould = p->mould};
    if (isnan(p->T)) {
        s->T1 = T, s->rate = 0;
        if (!(p->duration >= 0) || isinf(p->duration))
            FAIL(ERR_INPUT, "schedule %s, piece %d: a hold needs a duration of 0 s or more", name, k + 1);
        return ERR_OK;
    }
    if (!(p->T > 0)) FAIL(ERR_INPUT, "schedule %s, piece %d: its temperature is not above 0 K", name, k + 1);
    if (isnan(p->duration) == isnan(p->rate))
        FAIL(ERR_INPUT, "schedule %s, piece %d: give a rate or a duration", name, k + 1);
    if (!isnan(p->duration)) {
        if (!(p->duration > 0)) FAIL(ERR_INPUT, "schedule %s, piece %d: time goes backwards", name, k + 1);
        return ERR_OK;
    }
    if (!(p->rate > 0)) FAIL(ERR_INPUT, "schedule %s, piece %d: its rate is not positive", name, k + 1);
    s->rate = p->T > T ? p->rate : -p->rate;
    s->duration = fabs(p->T - T) / p->rate;
    return ERR_OK;
}

/* Whether b only continues a; then a is made longer. */
static bool joined(struct stretch *a, const struct stretch *b) {
    if (a->mould != b->mould) return false;
    bool hold_a = a->T0 == a->T1, hold_b = b->T0 == b->T1;
    if (hold_a != hold_b) return false;
    if (!hold_a && !alike(slope(a), slope(b))) return false;
    if (isnan(a->rate) || isnan(b->rate)) a->rate = NAN;
    if (hold_a) a->rate = 0;
    a->T1 = b->T1;
    a->duration += b->duration;
    return true;
}

static void lay_out(struct schedule *s, const struct stretch *all, int n) {
    double t = 0;
    s->n = n;
    for (int k = 0; k < n; k++) {
        struct schedule_segment *g = &s->segment[k];
        double offset = all[k].mould ? 0 : s->offset;
        g->mould = all[k].mould;
        g->T0 = decimal12(all[k].T0 + offset);
        g->T1 = decimal12(all[k].T1 + offset);
        g->t0 = t;
        if (all[k].T0 == all[k].T1) t = decimal12(t + decimal12(all[k].duration));
        else {
            g->rate = decimal12(slope(&all[k]));
            t = decimal12(t + decimal12((all[k].T1 - all[k].T0) / g->rate));
        }
        g->t1 = t;
        if (g->mould) s->start = t;
    }
}

int schedule_create(const char *name, double T0, double offset, int n, const struct schedule_piece *piece,
                    struct schedule **schedule) {
    struct stretch *all = NULL;
    int m = 0, e = ERR_OK;
    *schedule = NULL;
    TRY(MEM_NEW(all, n + 1));
    for (int k = 0; k < n && !e; k++) {
        struct stretch next;
        e = stretch_of(name, k, T0, &piece[k], &next);
        if (!e && piece[k].mould && k && !piece[k - 1].mould)
            e = err_set(ERR_INPUT, __FILE__, __LINE__, "schedule %s, piece %d: the mould comes first", name,
                        k + 1);
        T0 = next.T1;
        if (next.duration == 0 || (m && joined(&all[m - 1], &next))) continue;
        all[m++] = next;
    }
    if (!e && !m) e = err_set(ERR_INPUT, __FILE__, __LINE__, "schedule %s: nothing happens in it", name);
    if (!e) e = MEM_NEW(*schedule, 1);
    if (!e) e = mem_strdup(&(*schedule)->name, name);
    if (!e) e = MEM_NEW((*schedule)->segment, m);
    if (!e) {
        (*schedule)->offset = offset;
        lay_out(*schedule, all, m);
    } else schedule_destroy(schedule);
    mem_free(&all);
    return e;
}

void schedule_destroy(struct schedule **schedule) {
    if (!*schedule) return;
    mem_free(&(*schedule)->name);
    mem_free(&(*schedule)->segment);
    mem_free(schedule);
}

double schedule_end(const struct schedule *s) {
    return s->segment[s->n - 1].t1;
}

static const struct schedule_segment *segment_at(const struct schedule *s, double t) {
    int low = 0, high = s->n - 1;
    while (low < high) {
        int mid = (low + high) / 2;
        if (t < s->segment[mid].t1) high = mid;
        else low = mid + 1;
    }
    return &s->segment[low];
}

double schedule_temperature(const struct schedule *s, double t) {
    const struct schedule_segment *g = segment_at(s, t);
    if (t <= g->t0) return g->T0;
    if (t >= g->t1 || g->rate == 0) return g->T1;
    double T = g->T0 + g->rate * (t - g->t0);
    return g->rate > 0 ? fmin(T, g->T1) : fmax(T, g->T1);
}

double schedule_nominal(const struct schedule *s, double t) {
    return schedule_temperature(s, t) - (segment_at(s, t)->mould ? 0 : s->offset);
}

void schedule_range(const struct schedule *s, double *low, double *high) {
    *low = INFINITY, *high = 0;
    for (int k = 0; k < s->n; k++) {
        *low = fmin(*low, fmin(s->segment[k].T0, s->segment[k].T1));
        *high = fmax(*high, fmax(s->segment[k].T0, s->segment[k].T1));
    }
}

double schedule_crossing(const struct schedule *s, double level, double after, bool up) {
    double before = up ? -INFINITY : INFINITY; /* temperature just before the segment */
    for (int k = 0; k < s->n; k++) {
        const struct schedule_segment *g = &s->segment[k];
        bool jump = up ? before < level && g->T0 >= level : before >= level && g->T0 < level;
        double t = k || !jump ? g->t0 : -1;
        if (jump && (k || up) && t > after) return t;
        bool passes = up ? g->T0 < level && g->T1 >= level : g->T0 >= level && g->T1 < level;
        if (passes) t = fmin(g->t1, g->t0 + (level - g->T0) / g->rate);
        if (passes && t > after) return t;
        before = g->T1;
    }
    return INFINITY;
}

int schedule_changed(const struct schedule *s, double shift, double T, struct schedule **out) {
    struct schedule_piece *p = NULL;
    TRY(MEM_NEW(p, s->n));
    double T0 = s->segment[0].T0 - (s->segment[0].mould ? 0 : s->offset);
    for (int k = 0; k < s->n; k++) {
        const struct schedule_segment *g = &s->segment[k];
        double nominal = g->T1 - (g->mould ? 0 : s->offset);
        p[k] = (struct schedule_piece){.T = g->rate == 0 ? NAN : nominal,
                                       .rate = g->rate == 0 ? NAN : fabs(g->rate),
                                       .duration = g->rate == 0 ? g->t1 - g->t0 : NAN,
                                       .mould = g->mould};
    }
    const struct schedule_segment *last = &s->segment[s->n - 1];
    if (last->rate > 0) p[s->n - 1].T = fmax(p[s->n - 1].T, T - s->offset - shift); /* fmax ignores nan */
    int e = schedule_create(s->name, T0, s->offset + shift, s->n, p, out);
    mem_free(&p);
    return e;
}

static uint64_t mix(uint64_t h, double x) {
    unsigned char b[sizeof x];
    memcpy(b, &x, sizeof x);
    for (size_t i = 0; i < sizeof x; i++) h = (h ^ b[i]) * 0x100000001b3u;
    return h;
}

uint64_t schedule_hash(const struct schedule *s) {
    uint64_t h = 0xcbf29ce484222325u;
    for (int k = 0; k < s->n; k++) {
        const struct schedule_segment *g = &s->segment[k];
        h = mix(mix(mix(mix(h, g->t0), g->t1), g->T0), g->T1);
        h = mix(h, g->mould);
    }
    return h;
}

/* --- from the deck */
struct pieces {
    struct schedule_piece *p;
    int n, room;
    double T; /* nominal temperature reached */
};

static int add_piece(struct pieces *list, double T, double rate, double duration, bool mould) {
    if (list->n == list->room) {
        int more = list->room ? 2 * list->room : 8;
        TRY(MEM_GROW(list->p, list->room, more));
        list->room = more;
    }
    list->p[list->n++] = (struct schedule_piece){.T = T, .rate = rate, .duration = duration, .mould = mould};
    if (!isnan(T)) list->T = T;
    return ERR_OK;
}

/* K/ps and ps of the deck to K/s and s; nan when absent. */
static double optional(const struct deck *deck, const char *at, const char *key, double factor) {
    return deck_has(deck, "%s.%s", at, key) ? deck_real(deck, "%s.%s", at, key) * factor : NAN;
}

static int add_cycle(struct deck *deck, const char *seg, bool mould, struct pieces *list) {
    double to = optional(deck, seg, "to", 1), rate = optional(deck, seg, "rate", 1e12);
    double back = optional(deck, seg, "back", 1), hold = optional(deck, seg, "hold", 1e-12);
    double back_rate = optional(deck, seg, "back_rate", 1e12);
    int64_t count = mould ? 1 : deck_int(deck, "%s.count", seg);
    if (isnan(to)) deck_mistake(deck, seg, "this needs `to`, the temperature to reach");
    if (isnan(rate)) deck_mistake(deck, seg, "this needs a `rate`");
    if (isnan(to) || isnan(rate)) return ERR_OK;
    for (int64_t c = 0; c < count; c++) {
        TRY(add_piece(list, to, rate, NAN, mould));
        if (hold > 0) TRY(add_piece(list, NAN, NAN, hold, mould));
        TRY(add_piece(list, back, isnan(back_rate) ? rate : back_rate, NAN, mould));
    }
    return ERR_OK;
}

static int add_ramp(struct deck *deck, const char *seg, struct pieces *list) {
    double to = optional(deck, seg, "to", 1), rate = optional(deck, seg, "rate", 1e12);
    double duration = optional(deck, seg, "duration", 1e-12);
    if (isnan(to)) deck_mistake(deck, seg, "a ramp needs `to`, the temperature to reach");
    else if (isnan(rate) == isnan(duration))
        deck_mistake(deck, seg, "a ramp needs either a `rate` or a `duration`");
    else return add_piece(list, to, rate, duration, false);
    return ERR_OK;
}

static int add_table(const struct table *t, struct deck *deck, const char *seg, struct pieces *list) {
    int ct = table_column(t, "time_s"), cc = table_column(t, "T_C"), ck = table_column(t, "T_K");
    if (ct < 0 || (cc < 0 && ck < 0)) {
        deck_mistake(deck, seg, "%s needs the columns time_s and T_C (or T_K)", t->file);
        return ERR_OK;
    }
    for (int k = 0; k < t->n_rows; k++) {
        double time = table_number(t, k, ct),
               T = ck >= 0 ? table_number(t, k, ck) : table_number(t, k, cc) + 273.15;
        double past = k ? table_number(t, k - 1, ct) : time;
        if (!(T > 0) || !isfinite(T) || !isfinite(time)) {
            deck_mistake(deck, seg, "%s, row %d: time or temperature is no usable number", t->file, k + 1);
            return ERR_OK;
        }
        if (k && !(time > past)) {
            deck_mistake(deck, seg, "%s, row %d: time goes backwards (%g s after %g s)", t->file, k + 1, time,
                         past);
            return ERR_OK;
        }
        if (!k && fabs(T - list->T) > 1e-9) {
            deck_mistake(deck, seg,
                         "%s begins at %.6g C, but the history is at %.6g C there; set `start` or ramp to it",
                         t->file, T - 273.15, list->T - 273.15);
            return ERR_OK;
        }
        if (k && T == list->T) TRY(add_piece(list, NAN, NAN, time - past, false));
        else if (k) TRY(add_piece(list, T, NAN, time - past, false));
    }
    return ERR_OK;
}

static int add_file(const struct comm *comm, struct deck *deck, const char *seg, struct pieces *list) {
    char key[200], *path = NULL;
    struct table *t = NULL;
    int e = ERR_OK;
    snprintf(key, sizeof key, "%s.file", seg);
    if (!deck_has(deck, "%s", key)) {
        deck_mistake(deck, seg, "kind: table needs a `file`");
        return ERR_OK;
    }
    TRY(deck_file(comm, deck, key, &path));
    if (!path) return ERR_OK;
    e = table_read(comm, path, &t);
    if (e == ERR_INPUT) {
        deck_mistake(deck, key, "%s", err_message());
        err_clear();
        e = ERR_OK;
    }
    if (!e && t) e = add_table(t, deck, seg, list);
    table_destroy(&t);
    mem_free(&path);
    return e;
}

enum { KIND_RAMP, KIND_HOLD, KIND_QUENCH, KIND_CYCLE, KIND_MOULD, KIND_TABLE }; /* order of the choices */

static int add_segment(const struct comm *comm, struct deck *deck, const char *seg, struct pieces *list) {
    switch (deck_choice(deck, "%s.kind", seg)) {
    case KIND_HOLD: {
        double duration = optional(deck, seg, "duration", 1e-12);
        if (isnan(duration)) deck_mistake(deck, seg, "a hold needs a `duration`");
        else return add_piece(list, NAN, NAN, duration, false);
        return ERR_OK;
    }
    case KIND_CYCLE:
        return add_cycle(deck, seg, false, list);
    case KIND_MOULD:
        return add_cycle(deck, seg, true, list);
    case KIND_TABLE:
        return add_file(comm, deck, seg, list);
    default:
        return add_ramp(deck, seg, list);
    }
}

int schedule_read(const struct comm *comm, struct deck *deck, const char *at, struct schedule **schedule) {
    struct pieces list = {.T = deck_real(deck, "%s.start", at)};
    double T0 = list.T;
    int e = ERR_OK, n = deck_count(deck, "%s.segments", at);
    *schedule = NULL;
    for (int k = 0; k < n && !e; k++) {
        char seg[160];
        snprintf(seg, sizeof seg, "%s.segments[%d]", at, k);
        e = err_agree(comm, add_segment(comm, deck, seg, &list));
    }
    if (!e)
        e = schedule_create(deck_text(deck, "%s.name", at), T0, deck_real(deck, "%s.offset", at), list.n,
                            list.p, schedule);
    if (e == ERR_INPUT) {
        deck_mistake(deck, at, "%s", err_message());
        err_clear();
        e = ERR_OK;
    }
    mem_free(&list.p);
    return err_agree(comm, e);
}
