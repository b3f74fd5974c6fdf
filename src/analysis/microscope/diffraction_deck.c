/* diffraction_deck - from keys to a scan.
 *
 * What can be known from the deck alone is refused before anything runs; what needs the box is refused before
 * the first pattern is computed. */
#include "analysis/microscope/diffraction_deck.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define PASS .when = "pass=diffraction"
#define PROBE .when = "pass=diffraction, illumination=probe"
#define SCANS .when = "pass=diffraction, scan=line|grid"

const struct deck_row diffraction_deck_rows[] = {
    {.type = DECK_CHOICE,
     .path = "engine",
     .value = "multislice",
     .choices = "kinematic|multislice|prism",
     PASS,
     .help = "kinematic: single scattering, one transform a pattern. multislice: all orders. prism: the same "
             "numbers as multislice (unless interpolated), faster for many near-parallel probes over one "
             "periodic box."},
    {.type = DECK_CHOICE,
     .path = "precision",
     .value = "single",
     .choices = "single|double",
     PASS,
     .help = "Arithmetic of the waves. Single differs from double by about 1e-5 of a pattern."},
    {.type = DECK_CHOICE,
     .path = "scattering",
     .value = "lobato",
     .choices = "lobato|kirkland",
     PASS,
     .help = "Parametrisation of the scattering factors."},
    {.type = DECK_REAL,
     .path = "energy",
     .dim = UNIT_VOLTAGE,
     .value = "300 kV; lj 300000",
     .bounds = "[10 kV, 3 MV]",
     PASS,
     .help = "Accelerating voltage of the microscope."},
    {.type = DECK_CHOICE,
     .path = "illumination",
     .value = "probe",
     .choices = "probe|plane",
     PASS,
     .help = "probe: a focused or near-parallel beam that is scanned. plane: a plane wave on the whole box."},
    {.type = DECK_REAL,
     .path = "fwhm",
     .dim = UNIT_LENGTH,
     .bounds = "(0 A, inf)",
     PROBE,
     .help = "Diffraction-limited full width of the probe at half maximum; or give semi_angle."},
    {.type = DECK_REAL,
     .path = "semi_angle",
     .dim = UNIT_ANGLE,
     .bounds = "(0 mrad, 200 mrad)",
     PROBE,
     .help = "Convergence semi-angle: the radius of the central disc."},
    {.type = DECK_REAL,
     .path = "defocus",
     .dim = UNIT_LENGTH,
     .value = "0 A",
     PROBE,
     .help = "How far below the entrance face the probe is in focus (underfocus is positive)."},
    {.type = DECK_REAL,
     .path = "cs",
     .dim = UNIT_LENGTH,
     .value = "0 mm",
     PROBE,
     .help = "Spherical aberration of the probe-forming lens."},
    {.type = DECK_REALS,
     .path = "tilt",
     .dim = UNIT_ANGLE,
     .value = "[0 mrad, 0 mrad]",
     .choices = "2",
     .bounds = "[-100 mrad, 100 mrad]",
     PASS,
     .help = "Tilt of the beam against its axis, along x and y."},
    {.type = DECK_CHOICE,
     .path = "beam",
     .value = "z",
     .choices = "x|y|z",
     PASS,
     .help = "Axis of the box along which the beam runs. The pattern's x and y are the next two axes in the "
             "order x, y, z, x, y."},
    {.type = DECK_REAL,
     .path = "thickness",
     .dim = UNIT_LENGTH,
     .bounds = "(0 A, inf)",
     PASS,
     .help = "Look only at a layer of this thickness, from the middle. Absent: everything."},
    {.type = DECK_REAL,
     .path = "slice",
     .dim = UNIT_LENGTH,
     .value = "2 A; lj 2",
     .bounds = "(0 A, 50 A]",
     PASS,
     .help = "Largest thickness of a slice; 1 to 2 A."},
    {.type = DECK_REAL,
     .path = "window",
     .dim = UNIT_LENGTH,
     .bounds = "(0 A, inf)",
     PASS,
     .help = "Edge of the square cut around each probe; its inverse is the pixel of the pattern. Absent: the "
             "whole box, periodic."},
    {.type = DECK_REAL,
     .path = "pixel",
     .dim = UNIT_LENGTH,
     .value = "0.1 A; lj 0.1",
     .bounds = "(0 A, 1 A]",
     PASS,
     .help = "Largest pixel in real space. Patterns reach 1/(3 pixel) in k = 1/d."},
    {.type = DECK_REAL,
     .path = "k_max",
     .dim = UNIT_WAVENUMBER,
     .bounds = "(0 1/A, inf)",
     PASS,
     .help = "Keep the pattern up to this k = 1/d. Absent: all that the pixel allows."},
    {.type = DECK_REAL,
     .path = "max_angle",
     .dim = UNIT_ANGLE,
     .bounds = "(0 mrad, 500 mrad]",
     PASS,
     .help = "The same as an angle."},
    {.type = DECK_CHOICE,
     .path = "scan",
     .value = "single",
     .choices = "single|line|grid",
     PASS,
     .help = "One pattern, a line of them, or a 4D-STEM grid."},
    {.type = DECK_REALS,
     .path = "from",
     .dim = UNIT_LENGTH,
     .choices = "2",
     PASS,
     .help = "First probe position from the corner of the box. Absent: the middle (single), the whole box "
             "(grid)."},
    {.type = DECK_REALS, .path = "to", .dim = UNIT_LENGTH, .choices = "2", SCANS, .help = "Last position."},
    {.type = DECK_REAL,
     .path = "step",
     .dim = UNIT_LENGTH,
     .bounds = "(0 A, inf)",
     SCANS,
     .help = "Distance of neighbouring probes; or give points."},
    {.type = DECK_INTS,
     .path = "points",
     .bounds = "[1, 100000]",
     .choices = "1..2",
     SCANS,
     .help = "Number of probes: [n] along a line, [nx, ny] of a grid."},
    {.type = DECK_INT,
     .path = "interpolation",
     .value = "1",
     .bounds = "[1, 64]",
     .when = "pass=diffraction, engine=prism",
     .help =
         "Use every f-th beam along both axes and cut the probe out of a square 1/f of the box wide, which "
         "must hold it; pixels of the pattern are f times as large. 1: exact."},
    {.type = DECK_BOOL,
     .path = "curvature",
     .value = "false",
     .when = "pass=diffraction, engine=kinematic",
     .help = "Curve the Ewald sphere by the depth of each slice; one transform a slice."},
    {.type = DECK_TABLE,
     .path = "displacement",
     .dim = UNIT_LENGTH,
     .bounds = "[0 A, 1 A]",
     PASS,
     .help = "Frozen phonons: root mean square displacement along each axis by element, {Cu: 0.08 A}."},
    {.type = DECK_INT,
     .path = "configurations",
     .value = "1",
     .bounds = "[1, 10000]",
     PASS,
     .help = "Displacements drawn for each frame; patterns are averages over these and over all frames."},
    {.type = DECK_TABLE,
     .path = "b_factor",
     .dim = UNIT_AREA,
     .bounds = "[0 A2, 20 A2]",
     PASS,
     .help = "Debye-Waller factors B by element: f exp(-B k^2 / 4)."},
    {.type = DECK_REAL,
     .path = "memory",
     .dim = UNIT_BYTES,
     .value = "128 MB",
     .bounds = "[1 MB, inf)",
     PASS,
     .help = "For the slices that a rank holds at once; with less it makes them in portions."},
    {DECK_END}};

/* --- from the deck alone */

static void mistake(struct deck *deck, const char *at, const char *key, const char *text) {
    char path[96];
    snprintf(path, sizeof path, "%s.%s", at, key);
    deck_mistake(deck, path, "%s", text);
}

static void check_elements(struct deck *deck, const char *at, const char *key) {
    char path[96];
    snprintf(path, sizeof path, "%s.%s", at, key);
    for (int k = 0; k < deck_count(deck, "%s", path); k++) {
        const char *name = deck_key_at(deck, k, "%s", path);
        if (!species_number(name))
            deck_mistake(deck, path, "'%s' is not an element; give a chemical symbol such as Cu", name);
    }
}

static struct probe probe_of(const struct deck *deck, const char *at) {
    struct probe p = {.electron = formfactor_electron(deck_real(deck, "%s.energy", at))};
    for (int a = 0; a < 2; a++) p.tilt[a] = deck_real_at(deck, a, "%s.tilt", at);
    if (strcmp(deck_text(deck, "%s.illumination", at), "probe")) return p;
    if (deck_has(deck, "%s.semi_angle", at)) p.semi_angle = deck_real(deck, "%s.semi_angle", at);
    else if (deck_has(deck, "%s.fwhm", at))
        p.semi_angle = probe_angle(&p.electron, deck_real(deck, "%s.fwhm", at));
    p.defocus = deck_real(deck, "%s.defocus", at);
    p.cs = deck_real(deck, "%s.cs", at);
    return p;
}

/* The k asked for, 0: none. */
static double k_asked(const struct deck *deck, const char *at, const struct probe *p) {
    if (deck_has(deck, "%s.k_max", at)) return deck_real(deck, "%s.k_max", at);
    if (deck_has(deck, "%s.max_angle", at)) return deck_real(deck, "%s.max_angle", at) / p->electron.lambda;
    return 0;
}

static void check_reach(struct deck *deck, const char *at, const struct probe *p) {
    double k = k_asked(deck, at, p), pixel = deck_real(deck, "%s.pixel", at), l = p->electron.lambda;
    char path[96];
    const char *key = deck_has(deck, "%s.k_max", at) ? "k_max" : "max_angle";
    if (deck_has(deck, "%s.k_max", at) && deck_has(deck, "%s.max_angle", at))
        mistake(deck, at, "max_angle", "give k_max or max_angle, not both");
    if (k * pixel * 3 > 1 + 1e-9) {
        double finer = floor(1e4 / (3 * k)) / 1e4;
        snprintf(path, sizeof path, "%s.%s", at, key);
        if (deck_has(deck, "%s.window", at)) {
            double window = deck_real(deck, "%s.window", at);
            int n = waves_friendly(window / finer), same = waves_friendly(window / pixel);
            char other[80] = "";
            if (probe_room(p, 0) <= same * finer) /* the probe fits a smaller window too */
                snprintf(other, sizeof other, "; or that with window: %.4g A (%d x %d as now)", same * finer,
                         same, same);
            deck_mistake(
                deck, path,
                "%.4g 1/A (%.4g mrad) is beyond the %.4g 1/A (%.4g mrad) that pixels of %.4g A reach; "
                "pixel: %.4g A would do (%d x %d in the window)%s",
                k, k * l * 1e3, 1 / (3 * pixel), l / (3 * pixel) * 1e3, pixel, finer, n, n, other);
        } else
            deck_mistake(
                deck, path,
                "%.4g 1/A (%.4g mrad) is beyond the %.4g 1/A (%.4g mrad) that pixels of %.4g A reach; "
                "pixel: %.4g A would do",
                k, k * l * 1e3, 1 / (3 * pixel), l / (3 * pixel) * 1e3, pixel, finer);
    }
    double edge = p->semi_angle / l;
    if (edge * pixel * 3 > 1) {
        snprintf(path, sizeof path, "%s.%s", at, deck_has(deck, "%s.fwhm", at) ? "fwhm" : "semi_angle");
        deck_mistake(
            deck, path,
            "the aperture of %.4g mrad is wider than what pixels of %.4g A reach; pixel: %.4g A would do",
            p->semi_angle * 1e3, pixel, floor(1e4 / (4 * edge)) / 1e4);
    }
}

static void check_scan(struct deck *deck, const char *at) {
    const char *scan = deck_text(deck, "%s.scan", at);
    bool points = deck_has(deck, "%s.points", at), step = deck_has(deck, "%s.step", at);
    bool from = deck_has(deck, "%s.from", at), to = deck_has(deck, "%s.to", at);
    if (!strcmp(scan, "single")) return;
    if (points == step)
        mistake(deck, at, points ? "points" : "scan",
                points ? "give step or points, not both" : "needs step or points");
    if (!strcmp(scan, "line") && !(from && to))
        mistake(deck, at, "scan", "a line needs from: [x, y] and to: [x, y]");
    if (!strcmp(scan, "grid") && from != to)
        mistake(deck, at, from ? "from" : "to", "give both from and to, or neither (the whole box)");
    int n = points ? deck_count(deck, "%s.points", at) : 0;
    if (!strcmp(scan, "line") && n == 2) mistake(deck, at, "points", "a line has one number of points: [n]");
    if (!strcmp(scan, "grid") && n == 1)
        mistake(deck, at, "points", "a grid has two numbers of points: [nx, ny]");
}

#define TOO_WIDE \
    "the probe (%.4g A wide at half maximum, %.4g A with its tails%s) does not fit %s of %.4g A; "

int diffraction_deck_check(const struct comm *comm, struct deck *deck, const char *at) {
    (void)comm;
    bool window = deck_has(deck, "%s.window", at),
         focused = !strcmp(deck_text(deck, "%s.illumination", at), "probe");
    const char *engine = deck_text(deck, "%s.engine", at);
    char path[96];
    if (deck_lj(deck))
        mistake(deck, at, "pass", "diffraction needs chemical elements, which `units: lj` does not have");
    check_elements(deck, at, "displacement");
    check_elements(deck, at, "b_factor");
    if (deck_int(deck, "%s.configurations", at) > 1 && !deck_has(deck, "%s.displacement", at))
        mistake(deck, at, "configurations",
                "all configurations are the same without displacement: {Cu: 0.08 A}");
    if (focused && deck_has(deck, "%s.fwhm", at) == deck_has(deck, "%s.semi_angle", at))
        mistake(deck, at, deck_has(deck, "%s.fwhm", at) ? "fwhm" : "illumination",
                deck_has(deck, "%s.fwhm", at) ? "give fwhm or semi_angle, not both"
                                              : "a probe needs fwhm: 1 nm or semi_angle: 1 mrad");
    if (window && !focused)
        mistake(deck, at, "window", "a plane wave falls on the whole box; leave out window, or use a probe");
    if (!focused && strcmp(deck_text(deck, "%s.scan", at), "single"))
        mistake(deck, at, "scan",
                "a plane wave gives the same pattern everywhere; use a probe, or scan: single");
    if (!strcmp(engine, "prism") && (window || !focused))
        mistake(deck, at, "engine",
                window
                    ? "prism would cut the probe out of a periodic box; leave out window, or use multislice"
                    : "prism is for many probes; use multislice for a plane wave");
    check_scan(deck, at);
    struct probe p = probe_of(deck, at);
    check_reach(deck, at, &p);
    if (window && p.semi_angle > 0) {
        double w = deck_real(deck, "%s.window", at), room = probe_room(&p, 0);
        snprintf(path, sizeof path, "%s.window", at);
        if (room > w)
            deck_mistake(deck, path, TOO_WIDE "window: %.4g A would do", probe_fwhm(&p), room, "", "a window",
                         w, ceil(room));
    }
    return ERR_OK;
}

/* --- with the specimen */

int diffraction_deck_beam(const struct deck *deck, const char *at) {
    return deck_choice(deck, "%s.beam", at);
}

double diffraction_deck_thickness(const struct deck *deck, const char *at) {
    return deck_has(deck, "%s.thickness", at) ? deck_real(deck, "%s.thickness", at) : 0;
}

static int set_grid(const struct deck *deck, const char *at, const struct specimen *sp, struct scan *s) {
    struct waves_setup *o = &s->waves;
    double pixel = deck_real(deck, "%s.pixel", at), edge[2] = {sp->edge[0], sp->edge[1]};
    s->whole = !deck_has(deck, "%s.window", at);
    for (int a = 0; a < 2 && !s->whole; a++) edge[a] = deck_real(deck, "%s.window", at);
    if (fmin(edge[0], edge[1]) < 8 * 2 * pixel)
        FAIL(ERR_DECK, "%s: the box is only %.4g A wide across the beam; make it wider", at,
             fmin(edge[0], edge[1]));
    o->window.nx = waves_friendly(edge[0] / pixel);
    o->window.ny = waves_friendly(edge[1] / pixel);
    o->window.dx = edge[0] / o->window.nx;
    o->window.dy = edge[1] / o->window.ny;
    if (o->engine == WAVES_PRISM) o->interpolation = (int)deck_int(deck, "%s.interpolation", at);
    int f = o->interpolation > 1 ? o->interpolation : 1;
    double room = probe_room(&o->probe, sp->thickness), whole = fmin(edge[0], edge[1]), least = whole / f;
    if (room > least) {
        char depth[64];
        if (f > 1 && room <= whole)
            FAIL(ERR_DECK,
                 "%s.interpolation: the probe (%.4g A wide at half maximum, %.4g A with its tails through "
                 "%.4g A) "
                 "would be cut to 1/%d of the box of %.4g A; interpolation: %d is the most",
                 at, probe_fwhm(&o->probe), room, sp->thickness, f, whole, (int)floor(whole / room));
        snprintf(depth, sizeof depth, " through %.4g A", sp->thickness);
        if (s->whole)
            FAIL(ERR_DECK, "%s: " TOO_WIDE "make the box or the probe's angle larger", at,
                 probe_fwhm(&o->probe), room, depth, "the box", least);
        FAIL(ERR_DECK, "%s: " TOO_WIDE "window: %.4g A would do", at, probe_fwhm(&o->probe), room, depth,
             "a window", least, ceil(room));
    }
    double k = k_asked(deck, at, &o->probe);
    o->half_x = waves_half(&o->window, 0) / f;
    o->half_y = waves_half(&o->window, 1) / f;
    if (k > 0) { /* within the band limit: checked with the deck, pixels are only smaller than asked */
        o->half_x = (int)fmin(o->half_x, fmax(1, floor(k * edge[0] / f + 1e-9)));
        o->half_y = (int)fmin(o->half_y, fmax(1, floor(k * edge[1] / f + 1e-9)));
    }
    return ERR_OK;
}

static int inside(const char *at, const char *key, const struct specimen *sp, const double x[2]) {
    for (int a = 0; a < 2; a++)
        if (x[a] < 0 || x[a] > sp->edge[a])
            FAIL(ERR_DECK,
                 "%s.%s: [%.6g A, %.6g A] is outside the specimen, which reaches from 0 to [%.6g A, %.6g A]",
                 at, key, x[0], x[1], sp->edge[0], sp->edge[1]);
    return ERR_OK;
}

static int64_t steps(double length, double step) {
    return 1 + (int64_t)floor(length / step + 1e-9);
}

static int set_line(const struct deck *deck, const char *at, const double to[2], struct scan *s) {
    double length = hypot(to[0] - s->from[0], to[1] - s->from[1]), step;
    bool by_step = deck_has(deck, "%s.step", at);
    if (length <= 0) FAIL(ERR_DECK, "%s.to: the line has no length; give two different ends", at);
    s->nu = by_step ? steps(length, deck_real(deck, "%s.step", at)) : deck_int_at(deck, 0, "%s.points", at);
    step = by_step ? deck_real(deck, "%s.step", at) : s->nu > 1 ? length / (double)(s->nu - 1) : 0;
    for (int a = 0; a < 2; a++) s->u[a] = (to[a] - s->from[a]) / length * step;
    return ERR_OK;
}

static int set_lattice(const struct deck *deck, const char *at, const struct specimen *sp, const double to[2],
                       struct scan *s) {
    bool by_step = deck_has(deck, "%s.step", at), ends = deck_has(deck, "%s.from", at);
    double step[2];
    int64_t n[2];
    for (int a = 0; a < 2; a++) {
        double length = ends ? to[a] - s->from[a] : sp->edge[a];
        if (length < 0)
            FAIL(ERR_DECK, "%s.to: a grid runs from the lower left to the upper right corner", at);
        step[a] = by_step ? deck_real(deck, "%s.step", at) : 0;
        n[a] = by_step ? steps(length, step[a]) : deck_int_at(deck, a, "%s.points", at);
        if (!ends && by_step) { /* the box: centred, not beyond its edges twice */
            n[a] = (int64_t)fmax(1, floor(length / step[a] + 1e-9));
            s->from[a] = (length - (double)(n[a] - 1) * step[a]) / 2;
        } else if (!ends) {
            step[a] = length / (double)n[a];
            s->from[a] = step[a] / 2;
        } else if (!by_step) step[a] = n[a] > 1 ? length / (double)(n[a] - 1) : 0;
    }
    s->nu = n[0];
    s->nv = n[1];
    s->u[0] = step[0];
    s->v[1] = step[1];
    return ERR_OK;
}

static int set_places(const struct deck *deck, const char *at, const struct specimen *sp, struct scan *s) {
    const char *scan = deck_text(deck, "%s.scan", at);
    double to[2] = {0, 0};
    s->nu = s->nv = 1;
    for (int a = 0; a < 2; a++) {
        s->from[a] = deck_has(deck, "%s.from", at) ? deck_real_at(deck, a, "%s.from", at) : sp->edge[a] / 2;
        if (deck_has(deck, "%s.to", at)) to[a] = deck_real_at(deck, a, "%s.to", at);
    }
    TRY(inside(at, "from", sp, s->from));
    TRY(inside(at, "to", sp, to));
    if (!strcmp(scan, "line")) return set_line(deck, at, to, s);
    if (!strcmp(scan, "grid")) return set_lattice(deck, at, sp, to, s);
    return ERR_OK;
}

static void by_element(const struct deck *deck, const char *at, const char *key,
                       const struct species *species, double *out) {
    for (int k = 0; k < deck_count(deck, "%s.%s", at, key); k++) {
        int t = species_find(species, deck_key_at(deck, k, "%s.%s", at, key));
        if (t >= 0) out[t] = deck_real_at(deck, k, "%s.%s", at, key);
    }
}

int diffraction_deck_scan(const struct deck *deck, const char *at, const struct specimen *sp,
                          struct scan *s) {
    struct waves_setup *o = &s->waves;
    memset(s, 0, sizeof *s);
    TRY(formfactor_check(&sp->species));
    o->species = &sp->species;
    o->engine = (enum waves_engine)deck_choice(deck, "%s.engine", at);
    o->table = (enum formfactor_table)deck_choice(deck, "%s.scattering", at);
    o->probe = probe_of(deck, at);
    o->curvature = o->engine == WAVES_KINEMATIC && deck_bool(deck, "%s.curvature", at);
    o->max_bytes = (int64_t)deck_real(deck, "%s.memory", at);
    by_element(deck, at, "b_factor", &sp->species, o->b_factor);
    by_element(deck, at, "displacement", &sp->species, s->displacement);
    s->single = !strcmp(deck_text(deck, "%s.precision", at), "single");
    s->slice = deck_real(deck, "%s.slice", at);
    s->seed = (uint64_t)deck_int(deck, "seed");
    s->configurations = (int)deck_int(deck, "%s.configurations", at);
    TRY(set_grid(deck, at, sp, s));
    TRY(set_places(deck, at, sp, s));
    scan_plan(s);
    return ERR_OK;
}
