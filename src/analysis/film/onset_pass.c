/* onset_pass - the criteria of Sohn et al. 2015 (sohn2015) on a stack of frames: (I_s - I_b)/I_b of two
 * regions with Tc at its intercept (base/onset), a part of the full change, the first spot of a diffraction
 * film.
 *
 * A spot: a pixel of the sample's region that is brighter in two frames running than its mean over the quiet
 * frames at the beginning explains, by Poisson's law with the film's own ratio of variance to mean, with one
 * false alarm in so many films (Bonferroni over pixels and frames; the second frame makes it stricter).
 * Rejected: a threshold in counts, which would have to be chosen for each camera. */
#include "analysis/film/onset_pass.h"
#include "base/cite.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/onset.h"
#include "base/signal.h"
#include "base/stop.h"
#include "base/table.h"

#include <gsl/gsl_sf_gamma.h>
#include <math.h>
#include <string.h>

#define ME .when = "pass=onset"
#define KELVIN 273.15

const struct deck_row onset_pass_rows[] = {
    {.type = DECK_CHOICE,
     .path = "film",
     .value = "auto",
     .choices = "auto|images|patterns",
     ME,
     .help = "What the frames are. auto: diffraction patterns where the axes are in 1/A or mrad, images "
             "otherwise (TIFF does not say)."},
    {.type = DECK_INTS,
     .path = "sample",
     .bounds = "[0, 1e9]",
     .choices = "4",
     ME,
     .help =
         "Region of the specimen in pixels: first row, end row, first column, end column (ends are not in "
         "it). Absent: the whole frame, for patterns."},
    {.type = DECK_INTS,
     .path = "background",
     .bounds = "[0, 1e9]",
     .choices = "4",
     ME,
     .help = "Region of the support beside it. Absent, for patterns: the sample's own mean over the quiet "
             "frames."},
    {.type = DECK_REAL,
     .path = "frame_time",
     .dim = UNIT_TIME,
     .bounds = "(0 s, inf)",
     ME,
     .help = "From one frame to the next. Absent: what the file's axis says."},
    {.type = DECK_REAL,
     .path = "start_temperature",
     .dim = UNIT_TEMPERATURE,
     ME,
     .help = "Temperature of the first frame, for a film along a ramp."},
    {.type = DECK_REAL,
     .path = "heating_rate",
     .dim = UNIT_HEATING_RATE,
     ME,
     .help = "Of that ramp; needs start_temperature."},
    {.type = DECK_FILE,
     .path = "temperatures",
     ME,
     .help = "TSV with a column temperature_C and one row a frame. Absent, and no ramp: the file's own axis, "
             "when it is one of temperature."},
    {.type = DECK_REALS,
     .path = "rise",
     .value = "[0.05, 0.3]",
     .bounds = "(0, 1)",
     .choices = "2",
     ME,
     .help = "Parts of the largest change between which the straight line is fitted."},
    {.type = DECK_REAL,
     .path = "fraction",
     .value = "0.02",
     .bounds = "(0, 1)",
     ME,
     .help = "Part of the largest change that is noticed (criterion fraction)."},
    {.type = DECK_REAL,
     .path = "quiet",
     .value = "0.1",
     .bounds = "(0, 1)",
     ME,
     .help = "This part of the frames, from the first on, shows glass: what spots are compared with."},
    {.type = DECK_REAL,
     .path = "false_alarm",
     .value = "0.01",
     .bounds = "(0, 0.5]",
     ME,
     .help = "Probability of a spot in a film that has none."},
    {.type = DECK_END}};

struct state {
    struct results *out;
    const struct deck *deck;
    char at[40];
    struct signal *signal;
    int64_t n, rows, columns, quiet;
    int64_t sample[4], background[4];
    bool beside, pattern; /* a background region was given; frames are diffraction patterns */
    double frame_time;    /* s */
    double *t, *T;        /* [n]: s; C, nan: not known */
    double *I_s, *I_b, *value, *spots;
    double *mean, fano; /* of the quiet frames: [pixels]; variance over mean */
    float *image, *after;
};

/* --- what the deck says */

static int check(const struct comm *comm, struct deck *deck, const char *at) {
    char path[80], *found = NULL;
    snprintf(path, sizeof path, "%s.temperatures", at);
    bool ramp = deck_has(deck, "%s.start_temperature", at), rate = deck_has(deck, "%s.heating_rate", at);
    if (ramp != rate) deck_mistake(deck, at, "start_temperature and heating_rate go together");
    if (deck_has(deck, "%s", path)) {
        if (ramp) deck_mistake(deck, path, "give either temperatures or start_temperature and heating_rate");
        TRY(deck_file(comm, deck, path, &found));
        mem_free(&found);
    }
    double low = deck_real_at(deck, 0, "%s.rise", at), high = deck_real_at(deck, 1, "%s.rise", at);
    snprintf(path, sizeof path, "%s.rise", at);
    if (low >= high) deck_mistake(deck, path, "the first part must be below the second: [%g, %g]", low, high);
    return ERR_OK;
}

static int create(const struct pass_setup *setup, void **state) {
    struct state *s = NULL;
    TRY(mem_agree(setup->comm, &s, MEM_NEW(s, 1)));
    *state = s;
    s->out = setup->out;
    s->deck = setup->deck;
    snprintf(s->at, sizeof s->at, "%s", setup->at);
    return ERR_OK;
}

/* --- the file */

static int region(const struct state *s, const char *name, int64_t r[4]) {
    for (int k = 0; k < 4; k++) r[k] = deck_int_at(s->deck, k, "%s.%s", s->at, name);
    if (r[0] >= r[1] || r[2] >= r[3] || r[1] > s->rows || r[3] > s->columns)
        FAIL(ERR_INPUT, "%s: [%lld, %lld, %lld, %lld] is no region of frames with %lld rows and %lld columns",
             name, (long long)r[0], (long long)r[1], (long long)r[2], (long long)r[3], (long long)s->rows,
             (long long)s->columns);
    return ERR_OK;
}

static int regions(struct state *s) {
    const struct signal_shape *shape = signal_shape(s->signal);
    double scale, offset;
    int film = deck_choice(s->deck, "%s.film", s->at);
    s->pattern = film == 2 || (film == 0 && (signal_axis_as(&shape->axis[2], SIGNAL_PER_A, &scale, &offset) ||
                                             signal_axis_as(&shape->axis[2], SIGNAL_MRAD, &scale, &offset)));
    s->beside = deck_has(s->deck, "%s.background", s->at);
    if (deck_has(s->deck, "%s.sample", s->at)) TRY(region(s, "sample", s->sample));
    else memcpy(s->sample, (int64_t[4]){0, s->rows, 0, s->columns}, sizeof s->sample);
    if (s->beside) return region(s, "background", s->background);
    if (!s->pattern)
        FAIL(ERR_INPUT,
             "%s: images need background: a region beside the specimen (patterns need none: "
             "film: patterns)",
             signal_path(s->signal));
    return ERR_OK;
}

static int from_table(struct state *s, const char *path) {
    struct table *table = NULL;
    int e = ERR_OK;
    TRY(table_read(s->out->comm, path, &table));
    int column = table_column(table, "temperature_C");
    if (column < 0 || table->n_rows != s->n)
        TRY_TO(out, err_set(ERR_INPUT, __FILE__, __LINE__,
                            "%s: needs a column temperature_C and %lld rows, one a frame (it has %d)", path,
                            (long long)s->n, table->n_rows));
    for (int64_t k = 0; k < s->n; k++) {
        s->T[k] = table_number(table, (int)k, column);
        if (!isfinite(s->T[k]))
            TRY_TO(out, err_set(ERR_INPUT, __FILE__, __LINE__, "%s: row %lld has no temperature", path,
                                (long long)k + 1));
    }
out:
    table_destroy(&table);
    return e;
}

/* **Collective.** Time and temperature of each frame. */
static int moments(struct state *s) {
    const struct signal_axis *axis = &signal_shape(s->signal)->axis[0];
    const char *table = deck_found(s->deck, "%s.temperatures", s->at);
    bool ramp = deck_has(s->deck, "%s.start_temperature", s->at);
    double scale, first = 0, step, T0;
    if (deck_has(s->deck, "%s.frame_time", s->at))
        s->frame_time = 1e-12 * deck_real(s->deck, "%s.frame_time", s->at);
    else if (signal_axis_as(axis, SIGNAL_S, &scale, &first)) s->frame_time = scale;
    bool warm = signal_axis_as(axis, SIGNAL_CELSIUS, &step, &T0);
    if (!(s->frame_time > 0) && !(warm && !ramp))
        FAIL(ERR_INPUT,
             "%s: axis %s says neither time nor temperature ('%s'); give frame_time:", signal_path(s->signal),
             axis->name, axis->units);
    for (int64_t k = 0; k < s->n; k++) {
        double rate = ramp ? 1e12 * deck_real(s->deck, "%s.heating_rate", s->at) : 0;
        s->t[k] = s->frame_time > 0 ? first + (double)k * s->frame_time : (double)k;
        s->T[k] = warm ? T0 + (double)k * step : NAN;
        if (ramp)
            s->T[k] =
                deck_real(s->deck, "%s.start_temperature", s->at) - KELVIN + rate * (double)k * s->frame_time;
    }
    if (table) return from_table(s, table);
    if (isnan(s->T[0]))
        log_warn("onset: no temperature of frames is known; give start_temperature: and heating_rate:, or "
                 "temperatures:. Times alone are written");
    return ERR_OK;
}

static int room(struct state *s) {
    double **arrays[] = {&s->t, &s->T, &s->I_s, &s->I_b, &s->value, &s->spots};
    for (size_t k = 0; k < sizeof arrays / sizeof *arrays; k++) TRY(MEM_NEW(*arrays[k], s->n));
    TRY(MEM_NEW(s->mean, s->rows * s->columns));
    TRY(MEM_NEW(s->image, s->rows * s->columns));
    return MEM_NEW(s->after, s->rows * s->columns);
}

static int open_film(struct state *s, const char *path) {
    const struct comm *comm = s->out->comm;
    TRY(signal_open(comm, path, &s->signal));
    const struct signal_shape *shape = signal_shape(s->signal);
    if (shape->n_dims != 3 || signal_navigation(shape) != 1)
        FAIL(ERR_INPUT, "%s: a film has axes (t, y, x), here are %d of which %d number the frames", path,
             shape->n_dims, signal_navigation(shape));
    s->n = shape->axis[0].size;
    s->rows = shape->axis[1].size;
    s->columns = shape->axis[2].size;
    s->quiet = (int64_t)floor(deck_real(s->deck, "%s.quiet", s->at) * (double)s->n);
    if (s->quiet < 2)
        FAIL(ERR_INPUT,
             "%s: %lld frames of which %lld are quiet; two quiet ones at least, raise quiet:", path,
             (long long)s->n, (long long)s->quiet);
    TRY_ALL(comm, room(s));
    TRY_ALL(comm, regions(s));
    return moments(s);
}

/* --- frames */

static double mean_of(const struct state *s, const float *image, const int64_t r[4]) {
    double sum = 0;
    for (int64_t j = r[0]; j < r[1]; j++)
        for (int64_t i = r[2]; i < r[3]; i++) sum += image[j * s->columns + i];
    return sum / (double)((r[1] - r[0]) * (r[3] - r[2]));
}

/* Mean of each pixel over the quiet frames, and variance over mean of them all. Every rank reads them. */
static int look_at_quiet(struct state *s) {
    int64_t pixels = s->rows * s->columns;
    double *square = NULL, variance = 0, sum = 0;
    int e = MEM_NEW(square, pixels);
    for (int64_t k = 0; k < s->quiet && !e; k++) {
        e = signal_read(s->signal, k, 1, s->image);
        for (int64_t p = 0; p < pixels && !e; p++) {
            double d = s->image[p] - s->mean[p];
            s->mean[p] += d / (double)(k + 1);
            square[p] += d * (s->image[p] - s->mean[p]);
        }
    }
    for (int64_t j = s->sample[0]; j < s->sample[1] && !e; j++)
        for (int64_t i = s->sample[2]; i < s->sample[3]; i++) {
            variance += square[j * s->columns + i] / (double)(s->quiet - 1);
            sum += s->mean[j * s->columns + i];
        }
    s->fano = sum > 0 ? variance / sum : 0;
    mem_free(&square);
    return e;
}

/* Is the pixel brighter than the quiet mean explains? A film without noise: brighter by a part in 10^6. */
static bool bright(const struct state *s, const float *image, int64_t p, double alarm) {
    double unit = s->fano * (1 + 1 / (double)s->quiet), mu = s->mean[p], x = image[p];
    if (x <= mu * (1 + 1e-6)) return false;
    if (unit <= 1e-9 * mu) return true;
    if (mu <= 0) mu = 1e-3 * unit; /* never lit so far: one count in a thousand quiet frames */
    if (x - mu < 3 * sqrt(unit * mu)) return false;
    return gsl_sf_gamma_inc_P(x / unit, mu / unit) < alarm;
}

static int count_spots(struct state *s, int64_t k) {
    double alarm = deck_real(s->deck, "%s.false_alarm", s->at) /
                   ((double)((s->sample[1] - s->sample[0]) * (s->sample[3] - s->sample[2])) * (double)s->n);
    if (!s->pattern || k < s->quiet || k + 1 >= s->n) return ERR_OK;
    TRY(signal_read(s->signal, k + 1, 1, s->after));
    for (int64_t j = s->sample[0]; j < s->sample[1]; j++)
        for (int64_t i = s->sample[2]; i < s->sample[3]; i++) {
            int64_t p = j * s->columns + i;
            if (bright(s, s->image, p, alarm) && bright(s, s->after, p, alarm)) s->spots[k]++;
        }
    return ERR_OK;
}

static int my_frames(struct state *s) {
    const struct comm *comm = s->out->comm;
    for (int64_t k = comm->rank; k < s->n; k += comm->size) {
        if (stop_wanted() != STOP_NONE)
            FAIL(ERR_TIME, "stopped by %s before all frames were seen", stop_text(stop_wanted()));
        TRY(signal_read(s->signal, k, 1, s->image));
        s->I_s[k] = mean_of(s, s->image, s->sample);
        s->I_b[k] = s->beside ? mean_of(s, s->image, s->background) : 0;
        if (!isfinite(s->I_s[k]) || !isfinite(s->I_b[k]))
            FAIL(ERR_INPUT, "%s: frame %lld has no intensity in a region (NaN)", signal_path(s->signal),
                 (long long)k);
        TRY(count_spots(s, k));
        log_progress_at((double)k, "frame %lld", (long long)k);
    }
    return ERR_OK;
}

static int relative(struct state *s) {
    double quiet = 0;
    for (int64_t k = 0; k < s->quiet; k++) quiet += s->I_s[k] / (double)s->quiet;
    for (int64_t k = 0; k < s->n; k++) {
        double b = s->beside ? s->I_b[k] : quiet;
        if (!(b > 0))
            FAIL(ERR_INPUT, "%s: the background of frame %lld is %g; it must be positive",
                 signal_path(s->signal), (long long)k, b);
        s->I_b[k] = b;
        s->value[k] = (s->I_s[k] - b) / b;
    }
    return ERR_OK;
}

static int file(void *state, const char *path) {
    struct state *s = state;
    const struct comm *comm = s->out->comm;
    TRY(open_film(s, path));
    TRY_ALL(comm, look_at_quiet(s));
    log_progress_begin("onset", (double)s->n);
    int e = err_agree(comm, my_frames(s));
    log_progress_end();
    TRY(e);
    comm_sum(comm, s->I_s, (int)s->n); /* one term each: exact */
    comm_sum(comm, s->I_b, (int)s->n);
    comm_sum(comm, s->spots, (int)s->n);
    TRY_ALL(comm, relative(s));
    return ERR_OK;
}

/* --- verdicts */

struct verdict {
    const char *name, *rule;
    double t, error; /* s (or frames) */
};

/* Between frames by straight lines; nan before and after. */
static double at_time(const struct state *s, const double *of, double t) {
    double step = s->t[1] - s->t[0], k = (t - s->t[0]) / step;
    if (!(k >= 0 && k <= (double)(s->n - 1))) return NAN;
    int64_t m = k >= (double)(s->n - 1) ? s->n - 2 : (int64_t)k;
    return of[m] + (k - (double)m) * (of[m + 1] - of[m]);
}

/* First frame from the quiet ones on at which the change, averaged over five frames, passes the fraction. */
static double passing(const struct state *s, const struct onset *o, double fraction) {
    double before = 0, sign = o->full < 0 ? -1 : 1;
    for (int64_t k = 2; k + 2 < s->n; k++) {
        double sum = 0;
        for (int64_t m = k - 2; m <= k + 2; m++) sum += s->value[m] / 5;
        double part = sign * (sum - o->background) / fabs(o->full);
        if (k > 2 && part >= fraction && k >= o->first - (o->last - o->first) - 10)
            return s->t[k] - (s->t[1] - s->t[0]) * (part > before ? (part - fraction) / (part - before) : 0);
        before = part;
    }
    return NAN;
}

static void judge(const struct state *s, struct verdict v[3]) {
    struct onset o;
    struct onset_rules rules = {deck_real_at(s->deck, 0, "%s.rise", s->at),
                                deck_real_at(s->deck, 1, "%s.rise", s->at), NAN};
    double fraction = deck_real(s->deck, "%s.fraction", s->at), step = s->t[1] - s->t[0];
    v[0] = (struct verdict){"intercept", "background meets the line through the rise", NAN, NAN};
    v[1] = (struct verdict){"fraction", "part of the largest change", NAN, NAN};
    v[2] = (struct verdict){"first_spot", "brighter than glass in two frames running", NAN, NAN};
    if (onset_find(s->t, s->value, s->n, &rules, &o)) {
        v[0].t = o.t;
        v[0].error = o.error;
        v[1].t = passing(s, &o, fraction);
        v[1].error = hypot(o.noise / sqrt(5) / fabs(o.slope), step / sqrt(12));
    }
    for (int64_t k = 0; k < s->n && isnan(v[2].t); k++)
        if (s->spots[k] > 0) {
            v[2].t = s->t[k];
            v[2].error = step / sqrt(12); /* anywhere between two frames */
        }
}

static int tables(const struct state *s, const struct verdict v[3], struct tsv *criteria, struct tsv *trace) {
    bool timed = s->frame_time > 0;
    double step = s->t[1] - s->t[0];
    for (int k = 0; k < 3; k++) {
        double tc = at_time(s, s->T, v[k].t), frame = (v[k].t - s->t[0]) / step;
        double rate = fabs(at_time(s, s->T, fmin(v[k].t + step / 2, s->t[s->n - 1])) -
                           at_time(s, s->T, fmax(v[k].t - step / 2, s->t[0]))) /
                      step;
        TRY(tsv_add(criteria, v[k].name, tc, v[k].error * rate, timed ? v[k].t : NAN,
                    timed ? v[k].error : NAN, frame, v[k].rule));
    }
    for (int64_t k = 0; k < s->n; k++)
        TRY(tsv_add(trace, k, timed ? s->t[k] : NAN, s->T[k], s->I_s[k], s->I_b[k], s->value[k],
                    s->pattern ? s->spots[k] : NAN));
    return ERR_OK;
}

static int finish(void *state) {
    struct state *s = state;
    const struct comm *comm = s->out->comm;
    struct tsv *criteria = NULL, *trace = NULL;
    struct verdict v[3];
    int e = ERR_OK;
    cite_use("sohn2015");
    judge(s, v);
    TRY_ALL_TO(comm, out,
               tsv_create("criterion:t tc_C:r error_K:r time_s:r error_s:r frame:r rule:t", &criteria));
    TRY_ALL_TO(comm, out,
               tsv_create("frame:i time_s:r temperature_C:r sample:r background:r relative_intensity:r "
                          "spot_pixels:r",
                          &trace));
    TRY_ALL_TO(comm, out, tables(s, v, criteria, trace));
    TRY_TO(out, results_table(s->out, "onset", criteria));
    TRY_TO(out, results_table(s->out, "onset_trace", trace));
    for (int k = 0; k < 3 && !e; k++) {
        double tc = at_time(s, s->T, v[k].t);
        if (isfinite(tc)) e = results_scalar(s->out, tc, NAN, "C", "tc_%s_C", v[k].name);
        else if (isfinite(v[k].t) && s->frame_time > 0)
            e = results_scalar(s->out, v[k].t, v[k].error, "s", "time_%s_s", v[k].name);
    }
    TRY_ALL_TO(comm, out, e);
    if (isnan(v[0].t))
        log_warn("onset: the intensity of %s does not change beyond its noise", signal_path(s->signal));
out:
    tsv_destroy(&criteria);
    tsv_destroy(&trace);
    return e;
}

static void destroy(void *state) {
    struct state *s = state;
    if (!s) return;
    if (signal_close(&s->signal, false)) err_clear(); /* reading: nothing to lose */
    double **arrays[] = {&s->t, &s->T, &s->I_s, &s->I_b, &s->value, &s->spots, &s->mean};
    for (size_t k = 0; k < sizeof arrays / sizeof *arrays; k++) mem_free(arrays[k]);
    mem_free(&s->image);
    mem_free(&s->after);
    mem_free(&s);
}

const struct pass_kind onset_pass = {.name = "onset",
                                     .input = PASS_FILE,
                                     .rows = onset_pass_rows,
                                     .check = check,
                                     .create = create,
                                     .file = file,
                                     .finish = finish,
                                     .destroy = destroy};
