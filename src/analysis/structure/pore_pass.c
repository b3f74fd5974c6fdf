/* pore_pass - length, composition along the wire, and mobility at the wall and in the core, by element.
 *
 * Length: twice the mean height of the atoms above the mold's face, exact for a wire of even filling and
 * without the noise of a front made of a few atoms. Mobility: mean square of the steps between frames around
 * the pore (across axis and radius: neither the flow nor the wall is in them) about their mean (the wire
 * turns as a whole), over twice the time; its error from the scatter over times. Rejected: the highest atom
 * (one atom decides), axial steps about their mean (atoms of one region flow at different speeds: that spread
 * grows with the time between frames and soon exceeds diffusion). Frames are put in id order, so steps need
 * no search; sums are exact, hence equal on any number of ranks. */
#include "analysis/structure/pore_pass.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/unit.h"

#include <math.h>
#include <string.h>

#define PARTS 4 /* of the sums of steps */
#define FEW 10  /* atoms: a region of fewer has no mobility */

const struct deck_row pore_pass_rows[] = {
    {.type = DECK_REAL,
     .path = "surface",
     .dim = UNIT_LENGTH,
     .value = DECK_REQUIRED,
     .when = "pass=pore",
     .help = "z of the mold's face: md.stages[].wall.surface."},
    {.type = DECK_REAL,
     .path = "pore",
     .dim = UNIT_LENGTH,
     .value = DECK_REQUIRED,
     .bounds = "(0 A, inf)",
     .when = "pass=pore",
     .help = "Diameter of the pore: md.stages[].wall.pore."},
    {.type = DECK_REAL,
     .path = "layer",
     .dim = UNIT_LENGTH,
     .value = "4 A; lj 1.5",
     .bounds = "(0 A, inf)",
     .when = "pass=pore",
     .help = "Thickness of the interface, from the wall."},
    {.type = DECK_INT,
     .path = "lag",
     .value = "1",
     .bounds = "[1, 1000000]",
     .when = "pass=pore",
     .help = "Frames over which steps are taken: long enough that atoms have left their cages."},
    {.type = DECK_INT,
     .path = "slices",
     .value = "10",
     .bounds = "[1, 1000]",
     .when = "pass=pore",
     .help = "Of the wire along z, for its composition (last frame)."},
    {.type = DECK_REAL,
     .path = "temperature",
     .dim = UNIT_TEMPERATURE,
     .bounds = "[0 K, inf)",
     .when = "pass=pore",
     .help = "Of the molding; with pressure, table molded has the row that mold.table reads."},
    {.type = DECK_REAL,
     .path = "pressure",
     .dim = UNIT_PRESSURE,
     .bounds = "[0 GPa, inf)",
     .when = "pass=pore",
     .help = "Of the molding."},
    {.type = DECK_REAL,
     .path = "radius",
     .dim = UNIT_LENGTH,
     .value = "1.3 A; lj 0.5",
     .bounds = "(0 A, inf)",
     .when = "pass=pore",
     .help = "Of an atom, for Stokes-Einstein in table pore_continuum."},
    {.type = DECK_END}};

enum region { CORE, AT_WALL };

/* Of an element in a region, over all times: steps along the pore, squares of those around it, atoms, atoms x
 * time; weights squared with the mobility of each time to the powers 0, 1, 2. */
struct moves {
    double step, square, atoms, time, w0, w1, w2;
};

struct state {
    struct results *out;
    struct species species;
    double surface, radius, layer, temperature, pressure, atom;
    int slices;
    int64_t lag, n_frames;
    struct tsv *growth;
    double (*before)[3]; /* unwrapped, in id order */
    int n_before;
    double time_before, began, time, length, length_first, atoms; /* in the pore, at the last frame */
    struct moves *moves;                                          /* [2 regions * species] */
    int64_t *slice;                                               /* [slices * species] of the last frame */
};

static int create(const struct pass_setup *setup, void **state) {
    struct state *s = NULL;
    const struct deck *deck = setup->deck;
    const char *at = setup->at;
    TRY(mem_agree(setup->comm, &s, MEM_NEW(s, 1)));
    *state = s;
    s->out = setup->out;
    s->surface = deck_real(deck, "%s.surface", at);
    s->radius = deck_real(deck, "%s.pore", at) / 2;
    s->layer = deck_real(deck, "%s.layer", at);
    s->atom = deck_real(deck, "%s.radius", at);
    s->slices = (int)deck_int(deck, "%s.slices", at);
    s->lag = deck_int(deck, "%s.lag", at);
    s->temperature = deck_has(deck, "%s.temperature", at) ? deck_real(deck, "%s.temperature", at) : NAN;
    s->pressure = deck_has(deck, "%s.pressure", at) ? deck_real(deck, "%s.pressure", at) : NAN;
    s->began = s->time_before = NAN;
    return ERR_OK;
}

static int begin(struct state *s, const struct frame *f) {
    struct text text = {0};
    char *columns = NULL;
    s->species = f->species;
    text_add(&text, s->out->lj ? "time:r length:r atoms:r" : "time_ps:r length_A:r atoms:r");
    for (int t = 0; t < f->species.n; t++) text_add(&text, " %s:r", f->species.name[t]);
    int e = text_take(&text, &columns);
    if (!e) e = tsv_create(columns, &s->growth);
    if (!e) e = MEM_NEW(s->moves, 2 * f->species.n);
    if (!e) e = MEM_NEW(s->slice, s->slices * f->species.n);
    mem_free(&columns);
    return err_agree(s->out->comm, e);
}

/* **Local.** CORE, AT_WALL, or -1 outside the pore. */
static int region_of(const struct state *s, const struct frame *f, int i) {
    if (f->x[i][2] < s->surface) return -1;
    double x = f->x[i][0] - f->box.lo[0] - f->box.len[0] / 2,
           y = f->x[i][1] - f->box.lo[1] - f->box.len[1] / 2;
    double r = sqrt(x * x + y * y);
    return r > s->radius ? -1 : r > s->radius - s->layer ? AT_WALL : CORE;
}

/* **Collective.** Length and composition of this frame; slices of it. */
static int measure(struct state *s, const struct frame *f) {
    const struct comm *comm = s->out->comm;
    int n = f->species.n, slices = s->slices;
    int64_t counts[SPECIES_MAX] = {0}, all = 0;
    double *height = NULL, sum, row[SPECIES_MAX + 3];
    TRY(mem_agree(comm, &height, MEM_NEW(height, f->n)));
    for (int i = 0; i < f->n; i++) {
        if (region_of(s, f, i) < 0) continue;
        height[i] = f->x[i][2] - s->surface;
        counts[f->type[i]]++;
    }
    comm_sum_exact(comm, height, f->n, 1, 1, &sum);
    comm_sum_i64(comm, counts, n);
    for (int t = 0; t < n; t++) all += counts[t];
    s->length = all > 0 ? 2 * sum / (double)all : 0;
    s->atoms = (double)all;
    memset(s->slice, 0, (size_t)(slices * n) * sizeof *s->slice);
    for (int i = 0; i < f->n; i++) {
        if (region_of(s, f, i) < 0 || s->length == 0) continue;
        int k = (int)(height[i] / s->length * slices);
        s->slice[(k < slices ? k : slices - 1) * n + f->type[i]]++;
    }
    comm_sum_i64(comm, s->slice, slices * n);
    mem_free(&height);
    row[0] = f->time - s->began;
    row[1] = s->length;
    row[2] = (double)all;
    for (int t = 0; t < n; t++) row[3 + t] = all > 0 ? (double)counts[t] / (double)all : NAN;
    return err_agree(comm, tsv_add_reals(s->growth, row));
}

/* **Local.** Sums of a region's elements (steps along the pore, around it, squares, atoms) to their moves.
 * The region turns as a whole, the more so the fewer its atoms: that is taken off, N / (N - 1) mends the
 * rest. */
static void add_steps(struct state *s, const double *sums, int first, int n, double dt) {
    double turn = 0, all = 0;
    for (int t = 0; t < n; t++) {
        turn += sums[t * PARTS + 1];
        all += sums[t * PARTS + 3];
    }
    if (all < 2) return;
    turn /= all;
    for (int t = 0; t < n; t++) {
        const double *p = sums + t * PARTS;
        struct moves *to = s->moves + first + t;
        double square = (p[2] - 2 * turn * p[1] + turn * turn * p[3]) * all / (all - 1),
               d = p[3] > 0 ? square / (2 * dt * p[3]) : 0;
        to->step += p[0];
        to->square += square;
        to->atoms += p[3];
        to->time += p[3] * dt;
        to->w0 += p[3] * p[3];
        to->w1 += p[3] * p[3] * d;
        to->w2 += p[3] * p[3] * d * d;
    }
}

/* **Collective.** Steps since the frame before, by region (of the frame before's end) and element. */
static int steps(struct state *s, const struct frame *f) {
    const struct comm *comm = s->out->comm;
    int n = f->species.n, width = 2 * n * PARTS;
    double *x = NULL, sums[2 * SPECIES_MAX * PARTS], dt = f->time - s->time_before;
    TRY(mem_agree(comm, &x, MEM_NEW(x, (size_t)f->n * (size_t)width)));
    for (int i = 0; i < f->n; i++) {
        int region = region_of(s, f, i);
        if (region < 0 || s->before[i][2] < s->surface) continue;
        double *p = x + (size_t)i * (size_t)width + (size_t)(region * n + f->type[i]) * PARTS, step[3], at[2];
        for (int a = 0; a < 3; a++) step[a] = f->x[i][a] + f->image[i][a] * f->box.len[a] - s->before[i][a];
        for (int a = 0; a < 2; a++) /* half way */
            at[a] = f->x[i][a] - f->box.lo[a] - f->box.len[a] / 2 - step[a] / 2;
        double r = sqrt(at[0] * at[0] + at[1] * at[1]),
               around = r > 0 ? (at[0] * step[1] - at[1] * step[0]) / r : 0;
        p[0] = step[2];
        p[1] = around;
        p[2] = around * around;
        p[3] = 1;
    }
    comm_sum_exact(comm, x, f->n, width, width, sums);
    mem_free(&x);
    for (int region = 0; region < 2; region++) add_steps(s, sums + region * n * PARTS, region * n, n, dt);
    return ERR_OK;
}

static int remember(struct state *s, const struct frame *f) {
    if (f->n > s->n_before || !s->before) {
        mem_free(&s->before);
        TRY(MEM_NEW(s->before, f->n + 1));
    }
    s->n_before = f->n;
    for (int i = 0; i < f->n; i++)
        for (int a = 0; a < 3; a++) s->before[i][a] = f->x[i][a] + f->image[i][a] * f->box.len[a];
    return ERR_OK;
}

static int one_frame(void *state, struct frame *f) {
    struct state *s = state;
    int64_t first;
    if (!s->growth) {
        s->began = f->time;
        TRY(begin(s, f));
    }
    TRY(frame_by_id(s->out->comm, f, &first));
    TRY(measure(s, f));
    if (s->n_frames == 0) s->length_first = s->length;
    s->time = f->time;
    if (s->n_frames++ % s->lag) return ERR_OK;
    if (!isnan(s->time_before) && f->time > s->time_before) TRY(steps(s, f));
    TRY_ALL(s->out->comm, remember(s, f));
    s->time_before = f->time;
    return ERR_OK;
}

static int profile(const struct state *s, struct tsv **tsv) {
    struct text text = {0};
    char *columns = NULL;
    int n = s->species.n, e;
    double row[SPECIES_MAX + 2];
    text_add(&text, s->out->lj ? "z:r" : "z_A:r");
    for (int t = 0; t < n; t++) text_add(&text, " %s:r", s->species.name[t]);
    text_add(&text, " atoms:r");
    TRY_TO(done, text_take(&text, &columns));
    TRY_TO(done, tsv_create(columns, tsv));
    for (int k = 0; k < s->slices; k++) {
        double all = 0;
        for (int t = 0; t < n; t++) all += (double)s->slice[k * n + t];
        row[0] = (k + 0.5) / s->slices * s->length;
        for (int t = 0; t < n; t++) row[1 + t] = all > 0 ? (double)s->slice[k * n + t] / all : NAN;
        row[1 + n] = all;
        TRY_TO(done, tsv_add_reals(*tsv, row));
    }
done:
    mem_free(&columns);
    return e;
}

/* **Local.** Mean over times, weighted with the atoms, and its error from their scatter. */
static double mobility_of(const struct moves *m, double *error) {
    double d = m->square / (2 * m->time), scatter = m->w2 - 2 * d * m->w1 + d * d * m->w0;
    *error = scatter > 0 ? sqrt(scatter) / m->atoms : NAN;
    return d;
}

static int mobility(struct state *s, struct tsv **tsv) {
    static const char *const names[] = {"core", "interface"};
    TRY(tsv_create(s->out->lj ? "region:t species:t diffusivity:r error:r drift:r share:r steps:r"
                              : "region:t species:t diffusivity_A2_per_ps:r error_A2_per_ps:r "
                                "drift_A_per_ps:r share:r steps:r",
                   tsv));
    for (int region = 1; region >= 0; region--) {
        const struct moves *m = s->moves + region * s->species.n;
        double all = 0;
        for (int t = 0; t < s->species.n; t++) all += m[t].atoms;
        for (int t = 0; t < s->species.n; t++) {
            double d = NAN, error = NAN;
            if (m[t].atoms >= FEW) d = mobility_of(&m[t], &error);
            TRY(tsv_add(*tsv, names[region], s->species.name[t], d, error,
                        m[t].atoms >= FEW ? m[t].step / m[t].time : NAN, m[t].atoms / all, m[t].atoms));
            TRY(results_scalar(s->out, d, error, s->out->lj ? "" : "A2/ps", "mobility_%s_%s", names[region],
                               s->species.name[t]));
        }
    }
    return ERR_OK;
}

/* The row of a table of lengths: the gain since the first frame, whose depth is the print. */
static int molded(const struct state *s, struct tsv **tsv) {
    bool lj = s->out->lj;
    TRY(tsv_create(lj ? "diameter:r temperature:r pressure:r time:r length:r start:r"
                      : "diameter_nm:r temperature_K:r pressure_GPa:r time_ps:r length_nm:r start_nm:r",
                   tsv));
    double nm = lj ? 1 : 0.1;
    return tsv_add(*tsv, 2 * s->radius * nm, s->temperature, s->pressure * (lj ? 1 : UNIT_GPA),
                   s->time - s->began, s->length * nm, fmin(s->length_first, s->length * (1 - 1e-9)) * nm);
}

/* **Local.** Mobility of all elements of a region. */
static double mean_mobility(const struct state *s, enum region region) {
    double square = 0, time = 0;
    for (int t = 0; t < s->species.n; t++) {
        square += s->moves[region * s->species.n + t].square;
        time += s->moves[region * s->species.n + t].time;
    }
    return time > 0 ? square / (2 * time) : NAN;
}

/* The wire beside what the continuum makes of the mobilities measured in it: flow with the viscosity of
 * Stokes-Einstein, kT / (6 pi R D), along the wire and through its entry (16 (L / d)^2 + 6 pi L / d = p t /
 * eta, Hagen-Poiseuille and Sampson); creep by Eq. 2 of liu2023 with the wall's mobility in a layer one atom
 * thick; d_c of the two. */
static int continuum(const struct state *s, struct tsv **tsv) {
    bool lj = s->out->lj;
    double kt = (lj ? 1 : UNIT_KB) * s->temperature, d = 2 * s->radius, l = s->length, nm = lj ? 1 : 0.1,
           t = s->time - s->began, omega = M_PI / 4 * d * d * l / s->atoms, delta = cbrt(omega),
           core = mean_mobility(s, CORE), wall = mean_mobility(s, AT_WALL),
           eta = kt / (6 * M_PI * s->atom * core), flow = s->pressure * t / eta,
           pa_s = lj ? 1 : UNIT_GPA * 1e-3;
    double measured = s->pressure * t / (16 * l * l / d / d + 6 * M_PI * l / d),
           flown = d * (-6 * M_PI + sqrt(36 * M_PI * M_PI + 64 * flow)) / 32,
           crept = sqrt(8 * delta * omega * wall * s->pressure * t / (d * kt)),
           dc = cbrt(256 * delta * omega * wall * eta / kt);
    TRY(tsv_create("quantity:t md:r continuum:r ratio:r", tsv));
    TRY(tsv_add(*tsv, lj ? "viscosity" : "viscosity_Pa_s", measured * pa_s, eta * pa_s, measured / eta));
    TRY(tsv_add(*tsv, lj ? "length_by_flow" : "length_by_flow_nm", l * nm, flown * nm, l / flown));
    TRY(tsv_add(*tsv, lj ? "length_by_creep" : "length_by_creep_nm", l * nm, crept * nm, l / crept));
    return tsv_add(*tsv, lj ? "diameter_and_dc" : "diameter_and_dc_nm", d * nm, dc * nm, d / dc);
}

static int put(struct state *s, const char *name, struct tsv **tsv, int e) {
    e = err_agree(s->out->comm, e);
    if (!e) e = results_table(s->out, name, *tsv);
    tsv_destroy(tsv);
    return e;
}

static int finish(void *state) {
    struct state *s = state;
    struct tsv *tsv = NULL;
    if (!s->growth) FAIL(ERR_INPUT, "pore: no frames");
    if (s->length == 0) log_warn("pore: no atom is in the pore; press longer, harder or hotter");
    TRY(results_table(s->out, "pore_growth", s->growth));
    TRY(put(s, "pore_profile", &tsv, profile(s, &tsv)));
    TRY(put(s, "pore_mobility", &tsv, mobility(s, &tsv)));
    if (!isnan(s->temperature) && !isnan(s->pressure) && s->length > 0) {
        TRY(put(s, "molded", &tsv, molded(s, &tsv)));
        TRY(put(s, "pore_continuum", &tsv, continuum(s, &tsv)));
    }
    return err_agree(s->out->comm, results_scalar(s->out, s->length, NAN, results_length(s->out),
                                                  "pore_length_%s", results_length(s->out)));
}

static void destroy(void *state) {
    struct state *s = state;
    if (!s) return;
    tsv_destroy(&s->growth);
    mem_free(&s->before);
    mem_free(&s->moves);
    mem_free(&s->slice);
    mem_free(&s);
}

const struct pass_kind pore_pass = {.name = "pore",
                                    .input = PASS_FRAMES,
                                    .rows = pore_pass_rows,
                                    .create = create,
                                    .frame = one_frame,
                                    .finish = finish,
                                    .destroy = destroy};
