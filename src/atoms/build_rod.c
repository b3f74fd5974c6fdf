/* build_rod - a rod is a bulk glass of which only the atoms inside r(z) are kept, in a box that is open
 * across the axis.
 *
 * The axis runs through the middle of the box along z. The rod stays periodic along z unless it gets a length
 * or a taper. The share of the box that is matter goes with the frame (frame.filled), because pressure and
 * density of a rod refer to the rod and not to the vacuum. */
#include "atoms/build_rod.h"
#include "base/mem.h"

#include <gsl/gsl_integration.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct deck_row rod_rows[] = {
    {DECK_REAL, "diameter", .dim = UNIT_LENGTH, .value = DECK_REQUIRED, .bounds = "(0 A, inf)",
     .help = "Diameter of the rod (of its lower end)."},
    {DECK_REAL, "end_diameter", .dim = UNIT_LENGTH, .bounds = "(0 A, inf)",
     .help = "Diameter of the upper end: a tapered rod, finite along z."},
    {DECK_REAL, "neck_diameter", .dim = UNIT_LENGTH, .bounds = "(0 A, inf)",
     .help = "Diameter at mid-height of a neck."},
    {DECK_REAL, "neck_length", .dim = UNIT_LENGTH, .bounds = "(0 A, inf)",
     .help = "Length of the neck along z. Default: half of the rod."},
    {DECK_REAL, "length", .dim = UNIT_LENGTH, .bounds = "(0 A, inf)",
     .help = "Length of a finite rod. Default: the box, periodic along z."},
    {DECK_REAL, "vacuum", .dim = UNIT_LENGTH, .value = "20 A; lj 5", .bounds = "[0 A, inf)",
     .help = "Margin of the drawn box around the rod; it costs nothing."},
    {DECK_END}};

static const struct deck_row replicate_rows[] = {
    {DECK_INTS, "times", .value = DECK_REQUIRED, .bounds = "[1, 1000]", .choices = "3",
     .help = "Copies along x, y, z. Velocities are drawn anew at the same temperature."},
    {DECK_END}};

double build_rod_radius(const struct build_rod_shape *s, double z) {
    double t = s->length > 0 ? z / s->length : 0, d = s->diameter + (s->end_diameter - s->diameter) * t;
    double from_middle = fabs(z - s->length / 2);
    if (s->neck_diameter > 0 && from_middle < s->neck_length / 2) {
        double dip = 0.5 * (1 + cos(2 * M_PI * from_middle / s->neck_length));
        d += (s->neck_diameter - d) * dip;
    }
    return d / 2;
}

static double section(double z, void *shape) {
    double r = build_rod_radius(shape, z);
    return M_PI * r * r;
}

double build_rod_volume(const struct build_rod_shape *shape) {
    gsl_integration_cquad_workspace *w = gsl_integration_cquad_workspace_alloc(100);
    gsl_function f = {section, (void *)shape};
    double volume = NAN;
    if (w) gsl_integration_cquad(&f, 0, shape->length, 0, 1e-10, w, &volume, NULL, NULL);
    gsl_integration_cquad_workspace_free(w);
    return volume;
}

static double optional(const struct deck *deck, const char *path, const char *key, double otherwise) {
    return deck_has(deck, "%s.%s", path, key) ? deck_real(deck, "%s.%s", path, key) : otherwise;
}

static struct build_rod_shape shape_of(const struct deck *deck, const char *path, double box_length) {
    struct build_rod_shape s;
    s.diameter = deck_real(deck, "%s.diameter", path);
    s.end_diameter = optional(deck, path, "end_diameter", s.diameter);
    s.length = optional(deck, path, "length", box_length);
    s.neck_diameter = optional(deck, path, "neck_diameter", 0);
    s.neck_length = optional(deck, path, "neck_length", s.length / 2);
    return s;
}

static bool is_finite(const struct deck *deck, const char *path) {
    return deck_has(deck, "%s.length", path) || deck_has(deck, "%s.end_diameter", path);
}

/* The box may shrink or swell before the cut; 10 % is left for it here, and the cut itself checks again. */
static void rod_check(struct deck *deck, const char *path, const struct species *species, double len[3],
                      double *n) {
    (void)species;
    struct build_rod_shape s = shape_of(deck, path, len[2]);
    char key[256];
    double widest = fmax(s.diameter, s.end_diameter);
    snprintf(key, sizeof key, "%s.diameter", path);
    if (widest > 1.1 * fmin(len[0], len[1]))
        deck_mistake(deck, key,
                     "the rod (%.4g nm) is wider than the box it is cut from (about %.4g nm); build more "
                     "atoms or cut a thinner rod",
                     widest / 10, fmin(len[0], len[1]) / 10);
    snprintf(key, sizeof key, "%s.length", path);
    if (s.length > 1.1 * len[2])
        deck_mistake(deck, key, "the rod (%.4g nm) is longer than the box it is cut from (about %.4g nm)",
                     s.length / 10, len[2] / 10);
    snprintf(key, sizeof key, "%s.neck_diameter", path);
    if (s.neck_diameter > s.diameter) deck_mistake(deck, key, "the neck is wider than the rod");
    double vacuum = deck_real(deck, "%s.vacuum", path);
    double before = len[0] * len[1] * len[2];
    if (before > 0) *n *= fmin(1, build_rod_volume(&s) / before);
    len[0] = len[1] = widest + 2 * vacuum;
    if (is_finite(deck, path)) len[2] = s.length + 2 * vacuum;
}

static int check_fit(const struct build_rod_shape *s, const struct box *box) {
    double widest = fmax(s->diameter, s->end_diameter), room = fmin(box->len[0], box->len[1]);
    if (widest > room)
        FAIL(ERR_DECK,
             "a rod of %.4g nm does not fit into the box, which is now %.4g nm wide; build more atoms or cut "
             "a thinner rod",
             widest / 10, room / 10);
    if (s->length > box->len[2] * (1 + 1e-9))
        FAIL(ERR_DECK, "a rod of length %.4g nm does not fit into the box, which is now %.4g nm long",
             s->length / 10, box->len[2] / 10);
    return ERR_OK;
}

static void mark_inside(struct frame *frame, const struct build_rod_shape *s, const double centre[3],
                        uint8_t *keep) {
    for (int i = 0; i < frame->n; i++) {
        double dx = frame->x[i][0] - centre[0], dy = frame->x[i][1] - centre[1];
        double z = frame->x[i][2] - centre[2] + s->length / 2;
        bool along = z >= 0 && z < s->length;
        double r = along ? build_rod_radius(s, z) : 0;
        keep[i] = along && dx * dx + dy * dy < r * r;
    }
}

static int rod_run(const struct comm *comm, struct deck *deck, const char *path, struct frame *frame) {
    struct build_rod_shape s = shape_of(deck, path, frame->box.len[2]);
    struct box *box = &frame->box;
    uint8_t *keep = NULL;
    double centre[3], vacuum = deck_real(deck, "%s.vacuum", path), widest = fmax(s.diameter, s.end_diameter);
    TRY(check_fit(&s, box));
    TRY(mem_agree(comm, &keep, MEM_NEW(keep, frame->n)));
    for (int a = 0; a < 3; a++) centre[a] = box->lo[a] + box->len[a] / 2;
    for (int i = 0; i < frame->n; i++) box_wrap(box, frame->x[i], frame->image[i]);
    mark_inside(frame, &s, centre, keep);
    int e = frame_select(comm, frame, keep);
    mem_free(&keep);
    if (e) return e;
    for (int a = 0; a < (is_finite(deck, path) ? 3 : 2); a++) {
        double size = a < 2 ? widest : s.length;
        box->periodic[a] = false;
        box->lo[a] = centre[a] - size / 2 - vacuum;
        box->len[a] = size + 2 * vacuum;
    }
    for (int i = 0; i < frame->n; i++)
        for (int a = 0; a < 3; a++)
            if (!box->periodic[a]) frame->image[i][a] = 0;
    frame->filled = build_rod_volume(&s) / box_volume(box);
    return ERR_OK;
}

static void replicate_check(struct deck *deck, const char *path, const struct species *species, double len[3],
                            double *n) {
    (void)species;
    for (int a = 0; a < 3; a++) {
        int64_t times = deck_int_at(deck, a, "%s.times", path);
        len[a] *= (double)times;
        *n *= (double)times;
    }
}

static void copy_atom(struct frame *frame, int from, int to, const int64_t copy[3], int64_t id) {
    for (int a = 0; a < 3; a++) frame->x[to][a] = frame->x[from][a] + (double)copy[a] * frame->box.len[a];
    memcpy(frame->v[to], frame->v[from], sizeof frame->v[to]);
    memcpy(frame->f[to], frame->f[from], sizeof frame->f[to]);
    memset(frame->image[to], 0, sizeof frame->image[to]);
    frame->type[to] = frame->type[from];
    frame->group[to] = frame->group[from];
    frame->id[to] = id;
}

static int replicate_run(const struct comm *comm, struct deck *deck, const char *path, struct frame *frame) {
    int64_t times[3], copies = 1;
    for (int a = 0; a < 3; a++) copies *= times[a] = deck_int_at(deck, a, "%s.times", path);
    int n = frame->n, at = n;
    TRY_ALL(comm, frame_reserve(frame, (int64_t)n * copies));
    for (int i = 0; i < n; i++) {
        box_wrap(&frame->box, frame->x[i], frame->image[i]);
        memset(frame->image[i], 0, sizeof frame->image[i]);
    }
    for (int64_t c = 1; c < copies; c++) {
        int64_t copy[3] = {c / times[2] / times[1], c / times[2] % times[1], c % times[2]};
        for (int i = 0; i < n; i++, at++) copy_atom(frame, i, at, copy, frame->id[i] + c * frame->n_global);
    }
    frame->n = at;
    frame->n_global *= copies;
    for (int a = 0; a < 3; a++) frame->box.len[a] *= (double)times[a];
    return ERR_OK;
}

const struct build_kind build_rod_kind = {"rod", false, true, rod_rows, rod_check, rod_run};
const struct build_kind build_rod_replicate = {"replicate",    false,           true,
                                               replicate_rows, replicate_check, replicate_run};
