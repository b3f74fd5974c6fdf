/* profile_pass - each atom's place gives a bin, its cell and displacement give numbers; tables of ratios.
 *
 * Displacements are taken while atoms are in blocks of ids, as they come from the file, and ride in the
 * unused fourth number of the velocities when atoms are spread. */
#include "analysis/structure/profile_pass.h"
#include "analysis/structure/classes.h"
#include "analysis/structure/depth.h"
#include "analysis/structure/profile.h"
#include "analysis/structure/shape.h"
#include "base/cite.h"
#include "base/mem.h"
#include "base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ALONG "radius|depth|interface|x|y|z"
enum along { ALONG_RADIUS, ALONG_DEPTH, ALONG_INTERFACE, ALONG_X };

const struct deck_row profile_pass_rows[] = {
    {.type = DECK_CHOICE,
     .path = "along",
     .value = DECK_REQUIRED,
     .choices = ALONG,
     .when = "pass=profile",
     .help = "radius: from the axis of a rod; depth: below free surfaces; interface: from the nearest atom "
             "of another "
             "group (column of a nanoglass), halved; x, y, z: along the box."},
    {.type = DECK_REAL,
     .path = "step",
     .dim = UNIT_LENGTH,
     .value = "2 A; lj 0.8",
     .bounds = "(0 A, inf)",
     .when = "pass=profile",
     .help = "Width of a bin."},
    {.type = DECK_REAL,
     .path = "surface",
     .dim = UNIT_LENGTH,
     .bounds = "(0 A, inf)",
     .when = "pass=profile",
     .help = "An atom whose Voronoi cell reaches farther than this lies at a surface. Absent: 3.5 times the "
             "largest "
             "radius."},
    {.type = DECK_END}};

/* columns of numbers; species follow: atoms, closed cells, volume of each; then, where frames hold stresses,
 * those of closed cells times their volumes, and minus a third of the trace */
enum {
    ATOMS,
    MASS,
    CLOSED,
    CLOSED_MASS,
    VOLUME,
    FACES,
    FIVES,
    COUNTED,
    MOVED,
    MOVES,
    CLASS,
    FIXED = CLASS + CLASSES_COUNT
};
enum { STRESSES = 7 }; /* six components and the pressure */

struct state {
    const struct deck *deck;
    const char *at;
    struct results *out;
    enum along along;
    double step;
    struct species species;
    bool ready;
    struct voronoi_options options;
    struct profile profile;
    int64_t n_atoms, n_frames, expected;
    double (*before)[3]; /* positions in the frame before, by id */
    int64_t n_before;
    bool stressed;
    struct shape rod; /* along radius: of this frame */
    double room;      /* length of the rod, summed over frames */
    double edges[3];  /* of the box, summed over frames */
};

static int create(const struct pass_setup *setup, void **state) {
    struct state *s = NULL;
    TRY(mem_agree(setup->comm, &s, MEM_NEW(s, 1)));
    *state = s;
    s->deck = setup->deck;
    s->at = setup->at;
    s->out = setup->out;
    s->expected = setup->n_frames;
    s->along = (enum along)deck_choice(setup->deck, "%s.along", setup->at);
    s->step = deck_real(setup->deck, "%s.step", setup->at);
    cite_use("rycroft2009");
    return ERR_OK;
}

/* Where the columns of stress begin. */
static int stress_at(const struct state *s) {
    return FIXED + 3 * s->species.n;
}

static int first_frame(struct state *s, const struct frame *frame) {
    s->species = frame->species;
    s->n_atoms = frame->n_global;
    voronoi_radii(&s->species, &s->options);
    s->options.surface = deck_has(s->deck, "%s.surface", s->at) ? deck_real(s->deck, "%s.surface", s->at)
                                                                : voronoi_surface(&s->species);
    if (!(s->options.surface > 0))
        FAIL(ERR_INPUT, "no radius is known for species %s; give surface:", s->species.name[0]);
    s->ready = true;
    s->stressed = frame->stress != NULL;
    return profile_init(&s->profile, s->expected >= 4 ? 10 : 8, stress_at(s) + (s->stressed ? STRESSES : 0));
}

/* **Local.** Squares of displacements since the frame before into v's fourth number; -1: there is none. */
static int note_moves(struct state *s, struct frame *frame) {
    bool known = s->n_before == frame->n && s->n_frames > 0;
    if (!s->before) TRY(MEM_NEW(s->before, frame->n));
    for (int i = 0; i < frame->n; i++) {
        double d[3];
        for (int a = 0; a < 3; a++) d[a] = frame->x[i][a] - s->before[i][a];
        box_nearest(&frame->box, d);
        frame->v[i][3] = known ? d[0] * d[0] + d[1] * d[1] + d[2] * d[2] : -1;
        memcpy(s->before[i], frame->x[i], sizeof s->before[i]);
    }
    s->n_before = frame->n;
    return ERR_OK;
}

/* --- places */

static int along_radius(struct state *s, const struct frame *frame, double *place) {
    struct shape *rod = &s->rod;
    TRY(shape_find(s->out->comm, frame, SHAPE_ROD, 0, rod));
    int x = (rod->axis + 1) % 3, y = (rod->axis + 2) % 3;
    for (int i = 0; i < frame->n; i++)
        place[i] = hypot(frame->x[i][x] - rod->centre[x], frame->x[i][y] - rod->centre[y]);
    s->room += rod->length;
    return ERR_OK;
}

static int along_depth(struct state *s, const struct frame *frame, const struct voronoi_cell *cells,
                       double *place) {
    double *depth = NULL;
    int64_t n_surface = 0;
    TRY(depth_compute(s->out->comm, frame, cells, &depth, &n_surface));
    for (int i = 0; i < frame->n; i++) place[i] = depth[i];
    mem_free(&depth);
    if (!n_surface) FAIL(ERR_INPUT, "there is no free surface below which depth could be counted");
    return ERR_OK;
}

static int along_interface(struct state *s, const struct frame *frame, double *place) {
    const struct comm *comm = s->out->comm;
    struct depth_mark *mark = NULL, *point = NULL;
    int64_t m = 0, named = 0;
    int e = ERR_OK;
    TRY_ALL_TO(comm, out, MEM_NEW(mark, frame->n));
    TRY_ALL_TO(comm, out, MEM_NEW(point, frame->n));
    for (int i = 0; i < frame->n; i++) {
        int32_t group = frame->group[i];
        point[i] = (struct depth_mark){{frame->x[i][0], frame->x[i][1], frame->x[i][2]}, abs(group)};
        named += group != 0;
        if (group < 0) mark[m++] = point[i];
    }
    comm_sum_i64(comm, &named, 1);
    if (!named) {
        e = err_set(ERR_INPUT, __FILE__, __LINE__,
                    "the atoms have no groups between which interfaces could lie; build: {kind: nanoglass} "
                    "makes them");
        goto out;
    }
    TRY_TO(out, depth_nearest(comm, &frame->box, m, mark, frame->n, point, place));
    for (int i = 0; i < frame->n; i++) place[i] /= 2;
out:
    mem_free(&mark);
    mem_free(&point);
    return e;
}

static int places(struct state *s, const struct frame *frame, const struct voronoi_cell *cells,
                  double *place) {
    int a = (int)s->along - ALONG_X;
    switch (s->along) {
    case ALONG_RADIUS:
        return along_radius(s, frame, place);
    case ALONG_DEPTH:
        return along_depth(s, frame, cells, place);
    case ALONG_INTERFACE:
        return along_interface(s, frame, place);
    default:
        break;
    }
    for (int i = 0; i < frame->n; i++) {
        place[i] = frame->x[i][a] - frame->box.lo[a];
        if (!frame->box.periodic[a]) place[i] = fmax(0, place[i]);
    }
    return ERR_OK;
}

/* Block of an atom: by frame, or by slice of the box across the profile. */
static int block_of(const struct state *s, const struct frame *frame, int i) {
    const struct box *b = &frame->box;
    if (s->expected >= 4) return (int)(s->n_frames * 10 / s->expected);
    int a = s->along == ALONG_RADIUS ? shape_axis(b)
            : s->along >= ALONG_X    ? ((int)s->along - ALONG_X + 1) % 3
                                     : 2;
    int k = (int)floor(8 * (frame->x[i][a] - b->lo[a]) / b->len[a]);
    return k < 0 ? 0 : k > 7 ? 7 : k;
}

/* Stress of atom i times its volume: xx yy zz xy xz yz, along the radius of a rod rr tt zz rt rz tz; then the
 * pressure. */
static void stress_of(const struct state *s, const struct frame *frame, int i, double to[STRESSES]) {
    static const int a[6] = {0, 1, 2, 0, 0, 1}, b[6] = {0, 1, 2, 1, 2, 2};
    const double *from = frame->stress[i];
    double e[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    double full[3][3] = {
        {from[0], from[3], from[4]}, {from[3], from[1], from[5]}, {from[4], from[5], from[2]}};
    if (s->along == ALONG_RADIUS) {
        int z = s->rod.axis, x = (z + 1) % 3, y = (z + 2) % 3;
        double dx = frame->x[i][x] - s->rod.centre[x], dy = frame->x[i][y] - s->rod.centre[y],
               r = hypot(dx, dy), c = r > 0 ? dx / r : 1, w = r > 0 ? dy / r : 0;
        memset(e, 0, sizeof e);
        e[0][x] = e[1][y] = c;
        e[0][y] = w;
        e[1][x] = -w;
        e[2][z] = 1;
    }
    for (int k = 0; k < 6; k++) {
        to[k] = 0;
        for (int p = 0; p < 3; p++)
            for (int q = 0; q < 3; q++) to[k] += e[a[k]][p] * full[p][q] * e[b[k]][q];
    }
    to[6] = -(from[0] + from[1] + from[2]) / 3;
}

static void numbers_of(const struct state *s, const struct frame *frame, const struct voronoi_cell *c, int i,
                       double *v) {
    int t = frame->type[i], closed = c->flag == VORONOI_CLOSED;
    double moved = frame->v[i][3], *of = v + FIXED + 3 * t;
    memset(v, 0, sizeof *v * (size_t)s->profile.width);
    v[ATOMS] = of[0] = 1;
    v[MASS] = s->species.mass[t];
    v[MOVES] = moved >= 0;
    v[MOVED] = moved >= 0 ? moved : 0;
    if (!closed) return;
    v[CLOSED] = of[1] = 1;
    v[CLOSED_MASS] = s->species.mass[t];
    v[VOLUME] = of[2] = c->volume;
    v[FACES] = c->coordination;
    v[FIVES] = c->n[2];
    v[COUNTED] = c->n[0] + c->n[1] + c->n[2] + c->n[3] + c->beyond;
    v[CLASS + (int)classes_of(c->n, c->beyond)] = 1;
    if (s->stressed) stress_of(s, frame, i, v + stress_at(s));
}

static int add_frame(struct state *s, const struct frame *frame, const struct voronoi_cell *cells) {
    const struct comm *comm = s->out->comm;
    struct profile_term *at = NULL;
    double *place = NULL, *value = NULL;
    int64_t n = 0;
    int e = ERR_OK;
    TRY_ALL_TO(comm, out, MEM_NEW(place, frame->n));
    TRY_ALL_TO(comm, out, MEM_NEW(at, frame->n));
    TRY_ALL_TO(comm, out, MEM_NEW(value, (int64_t)frame->n * s->profile.width));
    TRY_TO(out, places(s, frame, cells, place));
    for (int i = 0; i < frame->n; i++) {
        if (!isfinite(place[i])) continue;
        at[n] = (struct profile_term){(int64_t)floor(place[i] / s->step), block_of(s, frame, i)};
        numbers_of(s, frame, &cells[i], i, value + n++ * s->profile.width);
    }
    TRY_TO(out, profile_add(comm, &s->profile, n, at, value));
    for (int a = 0; a < 3; a++) s->edges[a] += frame->box.len[a];
out:
    mem_free(&place);
    mem_free(&at);
    mem_free(&value);
    return e;
}

static int one_frame(void *state, struct frame *frame) {
    struct state *s = state;
    struct voronoi_cell *cells = NULL;
    if (!s->ready) TRY_ALL(s->out->comm, first_frame(s, frame));
    if (frame->n_global != s->n_atoms)
        FAIL(ERR_INPUT, "a frame has other atoms (%lld) than the first (%lld); choose frames of one system",
             (long long)frame->n_global, (long long)s->n_atoms);
    if (s->stressed && !frame->stress)
        FAIL(ERR_INPUT, "frame %lld holds no stresses, frames before it do", (long long)s->n_frames);
    TRY_ALL(s->out->comm, note_moves(s, frame));
    TRY(voronoi_compute(s->out->comm, frame, &s->options, &cells));
    int e = add_frame(s, frame, cells);
    mem_free(&cells);
    if (!e) s->n_frames++;
    return e;
}

/* --- tables */

/* Volume of a bin in all frames, A^3; NAN where it is not known. */
static double room_of(const struct state *s, int64_t bin) {
    double from = (double)bin * s->step, to = from + s->step;
    if (s->along == ALONG_RADIUS) return M_PI * (to * to - from * from) * s->room;
    if (s->along < ALONG_X) return NAN;
    int a = (int)s->along - ALONG_X;
    double n = (double)s->n_frames, len = s->edges[a] / n;
    return (fmin(to, len) - from) * s->edges[(a + 1) % 3] / n * s->edges[(a + 2) % 3];
}

static int columns_of(const struct state *s, char **text) {
    static const char *const along[] = {"radius", "depth", "distance", "x", "y", "z"};
    struct text t = {0};
    static const char *const stress_names[2][STRESSES] = {
        {"stress_xx", "stress_yy", "stress_zz", "stress_xy", "stress_xz", "stress_yz", "pressure"},
        {"stress_rr", "stress_tt", "stress_zz", "stress_rt", "stress_rz", "stress_tz", "pressure"}};
    const char *stress = s->out->lj ? "eps_per_sigma3" : "GPa";
    const char *u = results_length(s->out), *density = s->out->lj ? "per_sigma3" : "g_per_cm3";
    text_add(&t, "%s_%s:r atoms:r number_density_1_per_%s3:r density_%s:r density_error_%s:r",
             along[s->along], u, u, density, density);
    text_add(
        &t,
        " volume_%s3:r volume_error_%s3:r coordination:r coordination_error:r five_fold:r five_fold_error:r "
        "open:r msd_%s2:r msd_error_%s2:r",
        u, u, u, u);
    for (int k = 0; k < CLASSES_COUNT; k++)
        text_add(&t, " %s:r %s_error:r", classes_name(k), classes_name(k));
    for (int k = 0; k < s->species.n; k++)
        text_add(&t, " c_%s:r c_%s_error:r volume_%s_%s3:r volume_%s_error_%s3:r", s->species.name[k],
                 s->species.name[k], s->species.name[k], u, s->species.name[k], u);
    for (int k = 0; k < STRESSES && s->stressed; k++)
        text_add(&t, " %s_%s:r %s_error_%s:r", stress_names[s->along == ALONG_RADIUS][k], stress,
                 stress_names[s->along == ALONG_RADIUS][k], stress);
    return text_take(&t, text);
}

static int profile_table(const struct state *s, struct tsv **tsv) {
    const struct profile *p = &s->profile;
    char *columns = NULL;
    double *row = NULL, unit = s->out->lj ? 1 : UNIT_GCM3, gpa = s->out->lj ? 1 : UNIT_GPA;
    int e = ERR_OK;
    TRY_TO(out, columns_of(s, &columns));
    TRY_TO(out, tsv_create(columns, tsv));
    TRY_TO(out, MEM_NEW(row, 14 + 2 * CLASSES_COUNT + 4 * s->species.n + 2 * STRESSES));
    for (int64_t b = 0; b < p->n_bins; b++) {
        double *to = row, atoms = profile_sum(p, b, ATOMS), error;
        *to++ = ((double)b + 0.5) * s->step;
        *to++ = atoms;
        *to++ = atoms / room_of(s, b);
        *to++ = unit * profile_ratio(p, b, CLOSED_MASS, VOLUME, &error);
        *to++ = unit * error;
        *to = profile_ratio(p, b, VOLUME, CLOSED, to + 1);
        to += 2;
        *to = profile_ratio(p, b, FACES, CLOSED, to + 1);
        to += 2;
        *to = profile_ratio(p, b, FIVES, COUNTED, to + 1);
        to += 2;
        *to++ = 1 - profile_ratio(p, b, CLOSED, ATOMS, &error);
        *to = profile_ratio(p, b, MOVED, MOVES, to + 1);
        to += 2;
        for (int k = 0; k < CLASSES_COUNT; k++, to += 2) *to = profile_ratio(p, b, CLASS + k, CLOSED, to + 1);
        for (int k = 0; k < s->species.n; k++, to += 4) {
            *to = profile_ratio(p, b, FIXED + 3 * k, ATOMS, to + 1);
            to[2] = profile_ratio(p, b, FIXED + 3 * k + 2, FIXED + 3 * k + 1, to + 3);
        }
        for (int k = 0; k < STRESSES && s->stressed; k++, to += 2) {
            to[0] = gpa * profile_ratio(p, b, stress_at(s) + k, VOLUME, &error);
            to[1] = gpa * error;
        }
        TRY_TO(out, tsv_add_reals(*tsv, row));
    }
out:
    mem_free(&columns);
    mem_free(&row);
    return e;
}

/* Mean volume of species k over bins whose middle lies within [from, to). */
static double volume_between(const struct state *s, int k, double from, double to) {
    double v = 0, n = 0;
    for (int64_t b = 0; b < s->profile.n_bins; b++) {
        double middle = ((double)b + 0.5) * s->step;
        if (middle < from || middle >= to) continue;
        v += profile_sum(&s->profile, b, FIXED + 3 * k + 2);
        n += profile_sum(&s->profile, b, FIXED + 3 * k + 1);
    }
    return v / n;
}

/* Excess volume at interfaces: cells within 5 A beside those farther than 8 A, species by species in the
 * sample's composition, in per cent. */
static int excess(const struct state *s) {
    double all = 0, near = 0, far = 0, scale = s->out->lj ? 0.4 : 1;
    for (int k = 0; k < s->species.n; k++)
        for (int64_t b = 0; b < s->profile.n_bins; b++) all += profile_sum(&s->profile, b, FIXED + 3 * k);
    for (int k = 0; k < s->species.n; k++) {
        double c = 0;
        for (int64_t b = 0; b < s->profile.n_bins; b++) c += profile_sum(&s->profile, b, FIXED + 3 * k) / all;
        near += c * volume_between(s, k, 0, 5 * scale);
        far += c * volume_between(s, k, 8 * scale, INFINITY);
    }
    return results_scalar(s->out, 100 * (near / far - 1), NAN, "%", "interface_excess_volume_percent");
}

static int finish(void *state) {
    struct state *s = state;
    struct tsv *tsv = NULL;
    int e = err_agree(s->out->comm, profile_table(s, &tsv));
    if (!e) e = results_table(s->out, "places", tsv);
    if (!e)
        e = results_note_text(s->out, "blocks",
                              s->expected >= 4 ? "10 runs of frames" : "8 slices of the sample");
    if (!e && s->along == ALONG_INTERFACE) e = err_agree(s->out->comm, excess(s));
    tsv_destroy(&tsv);
    return e;
}

static void destroy(void *state) {
    struct state *s = state;
    if (!s) return;
    profile_free(&s->profile);
    mem_free(&s->before);
    mem_free(&s);
}

const struct pass_kind profile_pass = {.name = "profile",
                                       .input = PASS_FRAMES,
                                       .rows = profile_pass_rows,
                                       .create = create,
                                       .frame = one_frame,
                                       .finish = finish,
                                       .destroy = destroy};
