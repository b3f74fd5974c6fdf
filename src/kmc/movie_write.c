/* movie_write - rank 0, which has the crystal, computes and writes frame after frame; the others open and
 * close the files with it. */
#include "kmc/movie_write.h"
#include "base/cite.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/onset.h"
#include "base/signal.h"
#include "base/stop.h"
#include "kmc/movie_deck.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define KELVIN 273.15

struct writer {
    struct results *out;
    const struct movie_rules *rules;
    const struct detect_rules *detect;
    const struct schedule *schedule;
    const struct sample *sample; /* rank 0 */
    const char *label;
    double diameter;
    uint64_t seed;
    struct movie_tables *tables;
    struct movie *movie; /* rank 0 */
    int64_t n, rows, columns;
    double first, edge_y, edge_x;
    struct signal *signal[MOVIE_KINDS];
    double *t, *value[MOVIE_SIGNALS]; /* rank 0: [n] */
    float *item;
};

int movie_write_begin(struct movie_tables *tables) {
    TRY(tsv_create("schedule:t diameter_nm:r frame:i time_s:r temperature_C:r bright_field:r dark_field:r "
                   "peak:r spot:r average:r volume:r",
                   &tables->frames));
    return tsv_create("schedule:t diameter_nm:r signal:t grows_as:t tc_C:r error_K:r change:r",
                      &tables->signals);
}

/* **Local.** Rank 0's part of the beginning. */
static int prepare(struct writer *w) {
    struct grainmap map = {0};
    bool rod = w->sample->profile.kind == PROFILE_ROD;
    double wide = rod ? w->sample->diameter : w->sample->profile.length;
    double edge = w->rules->pixel > 0 ? w->rules->pixel : fmax(0.5, wide / 64);
    TRY(grainmap_init(w->sample, edge, &map));
    int e = movie_create(w->rules, &map, rod, crystal_front(w->sample->crystal), &w->movie);
    grainmap_clear(&map);
    TRY(e);
    w->rows = w->movie->rows;
    w->columns = w->movie->columns;
    w->edge_y = w->movie->edge_y;
    w->edge_x = w->movie->edge_x;
    TRY(MEM_NEW(w->t, w->n));
    for (int k = 0; k < MOVIE_SIGNALS; k++) TRY(MEM_NEW(w->value[k], w->n));
    int64_t most = w->rows * w->columns, pattern = w->rules->pattern * w->rules->pattern;
    return MEM_NEW(w->item, most > pattern ? most : pattern);
}

/* **Local.** The axis of frames: s, or nominal temperature in C. */
static struct signal_axis frames_axis(const struct writer *w) {
    if (!w->rules->by_temperature)
        return (struct signal_axis){"time", "s", w->n, w->rules->frame, w->first, true};
    double T0 = schedule_nominal(w->schedule, w->first),
           last = w->first + (double)(w->n - 1) * w->rules->frame;
    double step = (schedule_nominal(w->schedule, last) - T0) / (double)(w->n - 1);
    return (struct signal_axis){"temperature",
                                "\xc2\xb0"
                                "C",
                                w->n,
                                step,
                                T0 - KELVIN,
                                true};
}

/* **Local.** What the file says in words: where the regions are. */
static void describe(const struct writer *w, enum movie_kind kind, char *text, size_t room) {
    if (kind == MOVIE_DIFFRACTION) {
        snprintf(text, room,
                 "virtual microscope: %s, single scattering; a spot's peak grows as N^2, its sum as "
                 "N^(4/3), the mean over orientations as N",
                 w->label);
        return;
    }
    int64_t s[4] = {0}, b[4] = {0};
    if (w->movie) {
        memcpy(s, w->movie->sample, sizeof s);
        memcpy(b, w->movie->background[0], sizeof b);
    }
    snprintf(text, room,
             "virtual microscope: %s, %s contrast; rows [%lld, %lld) are the specimen, rows [%lld, %lld) the "
             "background",
             w->label, w->rules->two_beam ? "two-beam" : "average", (long long)s[0], (long long)s[1],
             (long long)b[0], (long long)b[1]);
}

static int open_file(struct writer *w, enum movie_kind kind) {
    char note[320], *path = NULL;
    bool flat = kind != MOVIE_DIFFRACTION;
    double pixel = 0.1 * 2 * w->rules->k_max / (double)w->rules->pattern; /* 1/A */
    double begin = -pixel * (double)(w->rules->pattern / 2);
    bool counts = (flat ? w->rules->dose : w->rules->pattern_dose) > 0;
    describe(w, kind, note, sizeof note);
    if (flat) log_note("%s: %s", movie_kind_names[kind], note);
    struct signal_shape shape = {
        .n_dims = 3,
        .axis = {frames_axis(w),
                 flat ? (struct signal_axis){"y", "nm", w->rows, w->edge_y, 0, false}
                      : (struct signal_axis){"ky", SIGNAL_PER_ANGSTROM, w->rules->pattern, pixel, begin,
                                             false},
                 flat ? (struct signal_axis){"x", "nm", w->columns, w->edge_x, 0, false}
                      : (struct signal_axis){"kx", SIGNAL_PER_ANGSTROM, w->rules->pattern, pixel, begin,
                                             false}},
        .signal_type = flat ? "" : "electron_diffraction",
        .title = movie_kind_names[kind],
        .quantity = counts ? "counts" : "intensity",
        .note = note,
        .beam_keV = w->rules->beam_eV / 1000,
        .type = H5_F32};
    TRY_ALL(w->out->comm,
            mem_sprintf(&path, "%s.%s.%s.hspy", w->out->front, w->label, movie_kind_names[kind]));
    int e = signal_create(w->out->comm, path, &shape, &w->signal[kind]);
    mem_free(&path);
    return e;
}

static int one_frame(struct writer *w, int64_t k) {
    double t = w->first + (double)k * w->rules->frame;
    struct movie *m = w->movie;
    if (stop_wanted() != STOP_NONE)
        FAIL(ERR_TIME, "stopped by %s while frames were written", stop_text(stop_wanted()));
    movie_frame(m, t);
    for (int kind = 0; kind < MOVIE_KINDS; kind++) {
        if (!w->signal[kind]) continue;
        movie_expose(m, (enum movie_kind)kind, w->seed, k, w->item);
        TRY(signal_write(w->signal[kind], k, 1, w->item));
    }
    w->t[k] = t;
    for (int s = 0; s < MOVIE_SIGNALS; s++) w->value[s][k] = m->signal[s];
    log_progress_at((double)k, "%s", w->label);
    return tsv_add(w->tables->frames, w->schedule->name, w->diameter, k, t,
                   schedule_nominal(w->schedule, t) - KELVIN, m->signal[0], m->signal[1], m->signal[2],
                   m->signal[3], m->signal[4], m->signal[5]);
}

/* **Local.** Tc by the intercept of each signal. */
static int judge(struct writer *w) {
    static const char *const grows[MOVIE_SIGNALS] = {"images", "images", "N^2", "N^(4/3)", "N", "N"};
    for (int s = 0; s < MOVIE_SIGNALS; s++) {
        struct onset o;
        double tc = NAN, error = NAN;
        if (isnan(w->value[s][0])) continue;
        double full = s == MOVIE_VOLUME ? 1 : NAN;
        if (onset_find(w->t, w->value[s], w->n, &(struct onset_rules){w->detect->low, w->detect->high, full},
                       &o)) {
            double rate = schedule_nominal(w->schedule, o.t + 0.5) - schedule_nominal(w->schedule, o.t - 0.5);
            tc = schedule_nominal(w->schedule, o.t) - KELVIN;
            error = o.error * fabs(rate);
        }
        TRY(tsv_add(w->tables->signals, w->schedule->name, w->diameter, movie_signal_names[s], grows[s], tc,
                    error, o.full));
    }
    return ERR_OK;
}

static int film(struct writer *w) {
    const struct comm *comm = w->out->comm;
    int e = ERR_OK;
    for (int k = 0; k < MOVIE_KINDS; k++)
        if (w->rules->wanted[k]) TRY(open_file(w, (enum movie_kind)k));
    log_progress_begin("microscope", (double)w->n);
    for (int64_t k = 0; comm->rank == 0 && k < w->n && !e; k++) e = one_frame(w, k);
    log_progress_end();
    if (comm->rank == 0 && !e) e = judge(w);
    return err_agree(comm, e);
}

int movie_write_row(struct results *out, const struct movie_rules *rules, const struct detect_rules *detect,
                    const struct schedule *schedule, const struct sample *sample, double diameter,
                    const char *label, uint64_t seed, struct movie_tables *tables) {
    struct writer w = {.out = out,
                       .rules = rules,
                       .detect = detect,
                       .schedule = schedule,
                       .sample = sample,
                       .label = label,
                       .diameter = diameter,
                       .seed = seed,
                       .tables = tables};
    const char *why = movie_deck_frames(rules, schedule, &w.n, &w.first);
    if (why) FAIL(ERR_INTERNAL, "frames that were not checked: %s", why);
    cite_use("hirsch1965");
    cite_use("lobato2014");
    int e = err_agree(out->comm, out->comm->rank == 0 ? prepare(&w) : ERR_OK);
    int64_t size[2] = {w.rows, w.columns};
    double edge[2] = {w.edge_y, w.edge_x};
    comm_bcast(out->comm, size, sizeof size);
    comm_bcast(out->comm, edge, sizeof edge);
    w.rows = size[0], w.columns = size[1];
    w.edge_y = edge[0], w.edge_x = edge[1];
    if (!e) e = film(&w);
    for (int k = 0; k < MOVIE_KINDS; k++) {
        if (!w.signal[k]) continue;
        int closed = signal_close(&w.signal[k], e == ERR_OK);
        if (!e) e = closed;
    }
    movie_destroy(&w.movie);
    mem_free(&w.t);
    for (int k = 0; k < MOVIE_SIGNALS; k++) mem_free(&w.value[k]);
    mem_free(&w.item);
    return e;
}

int movie_write_end(struct results *out, struct movie_tables *tables, bool keep) {
    int e = keep ? results_table(out, "microscope", tables->frames) : ERR_OK;
    if (keep && !e) e = results_table(out, "signals", tables->signals);
    tsv_destroy(&tables->frames);
    tsv_destroy(&tables->signals);
    return e;
}
