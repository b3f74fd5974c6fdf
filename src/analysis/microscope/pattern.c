/* pattern - what stands between a file and rings.
 *
 * The centre is where the axes say k = 0, or what the deck says, or the centre of mass of the direct beam in
 * the mean of some patterns. Rejected: guessing units from numbers. */
#include "analysis/microscope/pattern.h"
#include "analysis/formfactor.h"
#include "base/mem.h"

#include <math.h>
#include <string.h>

#define SAMPLE 64 /* patterns that the beam is sought in */
#define ON "pass=symmetry|spots|image"

const struct deck_row pattern_rows[] = {
    {.type = DECK_REAL,
     .path = "pixel",
     .dim = UNIT_WAVENUMBER,
     .bounds = "(0 1/A, inf)",
     .when = ON,
     .help = "Size of a detector pixel (k = 1/d). Absent: from the file's axes, which must then be in 1/A, "
             "1/nm or "
             "mrad."},
    {.type = DECK_REAL,
     .path = "energy",
     .dim = UNIT_VOLTAGE,
     .bounds = "[1 kV, 10000 kV]",
     .when = ON,
     .help = "Accelerating voltage, for angles. Absent: from the file."},
    {.type = DECK_CHOICE,
     .path = "find_centre",
     .value = "axes",
     .choices = "axes|beam|given",
     .when = ON,
     .help = "Where the direct beam is: where the file's axes are 0, at the centre of mass of the brightest "
             "spot of the "
             "mean pattern, or at `centre`."},
    {.type = DECK_REALS,
     .path = "centre",
     .choices = "2",
     .when = ON ", find_centre=given",
     .value = DECK_REQUIRED,
     .help = "Direct beam: x and y in pixels from the centre of the first one."},
    {.type = DECK_REAL,
     .path = "ellipse",
     .value = "1",
     .bounds = "[0.5, 2]",
     .when = ON,
     .help = "Ratio of the long to the short axis of the rings (pass spots measures it). 1: round."},
    {.type = DECK_REAL,
     .path = "ellipse_angle",
     .dim = UNIT_ANGLE,
     .value = "0 deg",
     .when = ON,
     .help = "Direction of the long axis, from x towards y."},
    {.type = DECK_TEXT,
     .path = "bad",
     .when = ON,
     .help = "File of one pattern's size that is not 0 at bad pixels and behind the beam stop."},
    {.type = DECK_END}};

/* **Local.** Whether `text` is the label of an entry before `at`. */
static bool earlier_label(const struct deck *deck, const char *at, const char *text) {
    int own = 0;
    if (sscanf(at, "analysis[%d]", &own) != 1) return false;
    for (int m = 0; m < own; m++) {
        bool named = deck_has(deck, "analysis[%d].name", m);
        if (!strcmp(deck_text(deck, named ? "analysis[%d].name" : "analysis[%d].pass", m), text)) return true;
    }
    return false;
}

int pattern_check(const struct comm *comm, struct deck *deck, const char *at, const char *other) {
    const char *const keys[] = {"bad", other};
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
        char path[96], *found = NULL;
        snprintf(path, sizeof path, "%s.%s", at, keys[k]);
        if (!deck_has(deck, "%s", path) || earlier_label(deck, at, deck_text(deck, "%s", path))) continue;
        TRY(deck_file(comm, deck, path, &found));
        mem_free(&found);
    }
    return ERR_OK;
}

int pattern_source(const struct results *out, const struct deck *deck, const char *at, const char *key,
                   char **path) {
    const char *found = deck_found(deck, "%s.%s", at, key), *text = deck_text(deck, "%s.%s", at, key);
    if (found) return mem_strdup(path, found);
    size_t n = strlen(out->front) - (out->named ? strlen(out->label) + 1 : 0);
    return mem_sprintf(path, "%.*s.%s.hspy", (int)n, out->front, text);
}

/* --- axes --- */

static int axis_of(const struct pattern *p, const struct deck *deck, const char *at, int c) {
    const struct signal_shape *s = signal_shape(p->signal);
    const struct signal_axis *a = &s->axis[s->n_dims - 1 - c];
    double scale = 0, offset = 0, keV = s->beam_keV;
    double *pixel = (double *)&p->geometry.pixel[c], *centre = (double *)&p->geometry.centre[c];
    if (deck_has(deck, "%s.pixel", at)) {
        *pixel = deck_real(deck, "%s.pixel", at);
        *centre = a->offset != 0 ? -a->offset / a->scale : NAN /* not said */;
        return ERR_OK;
    }
    if (deck_has(deck, "%s.energy", at)) keV = deck_real(deck, "%s.energy", at) / 1000;
    if (signal_axis_as(a, SIGNAL_MRAD, &scale, &offset)) {
        if (keV <= 0)
            FAIL(ERR_INPUT, "%s: axis '%s' is in %s; give energy: to turn angles into wave numbers",
                 signal_path(p->signal), a->name, a->units);
        scale *= 1e-3 / formfactor_electron(keV * 1000).lambda;
        offset *= 1e-3 / formfactor_electron(keV * 1000).lambda;
    } else if (!signal_axis_as(a, SIGNAL_PER_A, &scale, &offset))
        FAIL(ERR_INPUT,
             "%s: axis '%s' is in '%s', which is no wave number; give pixel: (1/A), or name the scan's "
             "dataset",
             signal_path(p->signal), a->name, a->units);
    *pixel = scale;
    *centre = -offset / scale;
    return ERR_OK;
}

static int read_axes(struct pattern *p, const struct deck *deck, const char *at) {
    const struct signal_shape *s = signal_shape(p->signal);
    int n = signal_navigation(s);
    double offset;
    if (s->n_dims - n != 2 || n > 2)
        FAIL(ERR_INPUT,
             "%s: has %d navigation and %d signal axes; a scan of patterns has at most 2 and just 2",
             signal_path(p->signal), n, s->n_dims - n);
    if (s->axis[n].size < 8 || s->axis[n + 1].size < 8 || signal_item_size(s) > INT32_MAX)
        FAIL(ERR_INPUT, "%s: a pattern has %lld x %lld pixels", signal_path(p->signal),
             (long long)s->axis[n + 1].size, (long long)s->axis[n].size);
    p->geometry.ny = (int)s->axis[n].size;
    p->geometry.nx = (int)s->axis[n + 1].size;
    p->items = signal_items(s);
    p->size = signal_item_size(s);
    p->ny = n > 1 ? (int)s->axis[0].size : 1;
    p->nx = n > 0 ? (int)s->axis[n - 1].size : 1;
    p->step[0] = p->step[1] = NAN;
    if (n > 1 && !signal_axis_as(&s->axis[0], SIGNAL_NM, &p->step[0], &offset)) p->step[0] = NAN;
    if (n > 0 && !signal_axis_as(&s->axis[n - 1], SIGNAL_NM, &p->step[1], &offset)) p->step[1] = NAN;
    for (int c = 0; c < 2; c++) TRY(axis_of(p, deck, at, c));
    p->geometry.ratio = deck_real(deck, "%s.ellipse", at);
    p->geometry.angle = deck_real(deck, "%s.ellipse_angle", at);
    return ERR_OK;
}

/* --- centre --- */

/* **Local.** Centre of mass of the pixels above half of the highest of a mean over some patterns. */
static int find_beam(struct pattern *p) {
    float *one = NULL;
    double *mean = NULL, top = -INFINITY, sum[3] = {0};
    int64_t n = p->items < SAMPLE ? p->items : SAMPLE;
    int e = MEM_NEW(one, p->size);
    if (!e) e = MEM_NEW(mean, p->size);
    for (int64_t k = 0; k < n && !e; k++) {
        e = signal_read(p->signal, k * p->items / n, 1, one);
        for (int64_t i = 0; i < p->size && !e; i++) mean[i] += one[i];
    }
    for (int64_t i = 0; i < p->size && !e; i++)
        if (mean[i] > top && !(p->bad && p->bad[i])) top = mean[i];
    for (int64_t i = 0; i < p->size && !e; i++) {
        if (!(mean[i] > top / 2) || (p->bad && p->bad[i])) continue;
        sum[0] += mean[i];
        sum[1] += mean[i] * (double)(i % p->geometry.nx);
        sum[2] += mean[i] * (double)(i / p->geometry.nx);
    }
    mem_free(&one);
    mem_free(&mean);
    TRY(e);
    if (!(sum[0] > 0)) FAIL(ERR_INPUT, "%s: has no bright spot; give the centre", signal_path(p->signal));
    for (int c = 0; c < 2; c++) p->geometry.centre[c] = sum[1 + c] / sum[0];
    return ERR_OK;
}

static int set_centre(struct pattern *p, const struct deck *deck, const char *at) {
    const char *how = deck_text(deck, "%s.find_centre", at);
    if (!strcmp(how, "given"))
        for (int c = 0; c < 2; c++) p->geometry.centre[c] = deck_real_at(deck, c, "%s.centre", at);
    if (!strcmp(how, "beam")) {
        TRY_ALL(p->comm, p->comm->rank == 0 ? find_beam(p) : ERR_OK);
        comm_bcast(p->comm, p->geometry.centre, sizeof p->geometry.centre);
    }
    const struct polar_geometry *g = &p->geometry;
    if (!(g->centre[0] > 0 && g->centre[0] < g->nx - 1 && g->centre[1] > 0 && g->centre[1] < g->ny - 1))
        FAIL(ERR_INPUT,
             "%s: k = 0 (at pixel %.4g, %.4g) is not within the pattern; give find_centre: beam, or given "
             "and centre:",
             signal_path(p->signal), g->centre[0], g->centre[1]);
    return ERR_OK;
}

/* --- other files of the same size --- */

static int read_whole(const char *path, const char *what, int64_t ny, int64_t nx, float **data) {
    struct comm alone = comm_self();
    struct signal *s = NULL;
    TRY(signal_open(&alone, path, &s));
    const struct signal_shape *shape = signal_shape(s);
    int64_t n = signal_items(shape) * signal_item_size(shape);
    int64_t y = shape->n_dims > 1 ? shape->axis[shape->n_dims - 2].size : 1,
            x = shape->axis[shape->n_dims - 1].size;
    int e = n == ny * nx && x == nx && y == ny
                ? MEM_NEW(*data, n)
                : err_set(ERR_INPUT, __FILE__, __LINE__, "%s: is %lld x %lld; %s is %lld x %lld", path,
                          (long long)x, (long long)y, what, (long long)nx, (long long)ny);
    if (!e) e = signal_read(s, 0, 1, *data);
    int closed = signal_close(&s, false);
    return e ? e : closed;
}

static int read_bad(struct pattern *p, const struct results *out, const struct deck *deck, const char *at) {
    float *data = NULL;
    char *path = NULL;
    TRY(pattern_source(out, deck, at, "bad", &path));
    int e = read_whole(path, "a pattern", p->geometry.ny, p->geometry.nx, &data);
    mem_free(&path);
    if (!e) e = MEM_NEW(p->bad, p->size);
    for (int64_t i = 0; i < p->size && !e; i++) p->bad[i] = data[i] != 0;
    mem_free(&data);
    p->geometry.bad = p->bad;
    return e;
}

int pattern_map(const struct pattern *pattern, const struct results *out, const struct deck *deck,
                const char *at, const char *key, float **map) {
    char *path = NULL;
    int e = pattern_source(out, deck, at, key, &path);
    if (!e) e = read_whole(path, "the scan", pattern->ny, pattern->nx, map);
    mem_free(&path);
    return err_agree(pattern->comm, e);
}

/* --- opening --- */

int pattern_open(const struct results *out, const struct deck *deck, const char *at, const char *path,
                 struct pattern *pattern) {
    const struct comm *comm = out->comm;
    *pattern = (struct pattern){.comm = comm};
    int e = signal_open(comm, path, &pattern->signal);
    if (!e) e = err_agree(comm, read_axes(pattern, deck, at));
    if (!e && deck_has(deck, "%s.bad", at)) e = err_agree(comm, read_bad(pattern, out, deck, at));
    if (!e) e = set_centre(pattern, deck, at);
    if (e) pattern_close(pattern);
    return e;
}

void pattern_close(struct pattern *pattern) {
    int ignored = signal_close(&pattern->signal, false);
    (void)ignored;
    mem_free(&pattern->bad);
}

void pattern_block(const struct pattern *pattern, int b, int64_t *first, int64_t *end) {
    *first = b * pattern->items / PATTERN_BLOCKS;
    *end = (b + 1) * pattern->items / PATTERN_BLOCKS;
}

void pattern_gather(const struct pattern *pattern, double *map, int64_t n) {
    for (int64_t i = 0; i < n; i += 1 << 24)
        comm_sum(pattern->comm, map + i, (int)(n - i < 1 << 24 ? n - i : 1 << 24));
}

void pattern_shape(const struct pattern *pattern, int64_t n_first, const char *title,
                   struct signal_shape *shape) {
    const struct signal_shape *s = signal_shape(pattern->signal);
    int n = 0, nav = signal_navigation(s);
    *shape =
        (struct signal_shape){.signal_type = "", .title = title, .quantity = "", .note = "", .type = H5_F32};
    if (n_first > 0) shape->axis[n++] = (struct signal_axis){"n", "", n_first, 1, 0, true};
    for (int c = 0; c < 2; c++) {
        int d = nav - 2 + c;
        if (d >= 0) shape->axis[n] = s->axis[d];
        else shape->axis[n] = (struct signal_axis){c ? "x" : "y", "px", 1, 1, 0, false};
        shape->axis[n++].navigate = false;
    }
    shape->n_dims = n;
}
