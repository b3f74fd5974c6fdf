/* image_pass - what a detector sees of each pattern, or what projection.h makes of each frame.
 *
 * HAADF and HRTEM of a series are made by the ranks in turns (image_turns.h); thickness maps, which take no
 * time, by every rank alike. */
#include "analysis/microscope/image_pass.h"
#include "analysis/microscope/eds_map.h"
#include "analysis/microscope/image_deck.h"
#include "analysis/microscope/image_fringes.h"
#include "analysis/microscope/image_texture.h"
#include "analysis/microscope/image_tilted.h"
#include "analysis/microscope/image_turns.h"
#include "analysis/microscope/interface_map.h"
#include "analysis/microscope/pattern.h"
#include "analysis/microscope/projection.h"
#include "base/cite.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/stop.h"

#include <math.h>
#include <string.h>

enum kind { ADF, BF, DARK_FIELD, HAADF, COLUMNS, HRTEM, INTERFACE, TILTED };

struct state {
    const struct comm *comm;
    const struct deck *deck;
    char at[64];
    struct results *out;
    enum kind kind;
    int64_t n_frames, done;
    int nx, ny;
    double step[2]; /* nm, y and x */
    double *mean;   /* [ny][nx] */
    struct signal *series;
    struct image_tilted *tilted;
    struct tsv *table, *interfaces; /* interfaces: NULL unless compared with them */
    double *fringed, *walls; /* [ny][nx] share of the frames with fringes; 1 at interfaces, last frame */
    struct image_turns turns;
    struct projection_columns columns;
    struct species species;
};

static int take_made(void *state, const struct image_turns_made *made);

static int create(const struct pass_setup *setup, void **state) {
    struct state *s = NULL;
    TRY(mem_agree(setup->comm, &s, MEM_NEW(s, 1)));
    *state = s;
    s->comm = setup->comm;
    s->deck = setup->deck;
    s->out = setup->out;
    s->n_frames = setup->n_frames;
    snprintf(s->at, sizeof s->at, "%s", setup->at);
    s->kind = (enum kind)deck_choice(s->deck, "%s.image", s->at);
    if (s->kind == TILTED) TRY(image_tilted_create(setup, &s->tilted));
    s->turns =
        (struct image_turns){.comm = s->comm, .deck = s->deck, .at = s->at, .state = s, .take = take_made};
    if (deck_has(s->deck, "%s.interface_width", s->at))
        TRY_ALL(s->comm,
                tsv_create("frame:i walls:r image_inside:r image_outside:r image_r:r p_image:r fringed:r "
                           "fringed_inside:r fringed_outside:r fringed_r:r p_fringed:r",
                           &s->interfaces));
    return err_agree(
        s->comm, tsv_create("frame:i mean:r deviation:r contrast:r lowest:r highest:r domains:r fringes:r "
                            "fringes_by_chance:r fringe_k_1_per_A:r",
                            &s->table));
}

/* Windows and pixels that show the fringes asked for. */
static void check_fringes(struct deck *deck, const char *at) {
    char path[96];
    double range[2];
    if (!deck_has(deck, "%s.interface_width", at)) return;
    for (int c = 0; c < 2; c++) range[c] = deck_real_at(deck, c, "%s.fringe_range", at);
    double least = image_fringes_narrowest(range);
    snprintf(path, sizeof path, "%s.interface_width", at);
    if (range[1] > range[0] && deck_real(deck, "%s", path) < least)
        deck_mistake(deck, path, "fringes of k = %.3g to %.3g 1/A need a window of at least %.3g A", range[0],
                     range[1], least);
    snprintf(path, sizeof path, "%s.grid", at);
    if (deck_real(deck, "%s", path) > 0.5 / range[1])
        deck_mistake(deck, path,
                     "pixels of %.3g A do not show fringes of k = %.3g 1/A; grid: %.3g A would do",
                     deck_real(deck, "%s", path), range[1], 0.5 / range[1]);
}

static int check(const struct comm *comm, struct deck *deck, const char *at) {
    char path[96];
    int kind = deck_choice(deck, "%s.image", at);
    if (kind == ADF || kind == HAADF) {
        snprintf(path, sizeof path, "%s.outer", at);
        if (deck_real(deck, "%s", path) <= deck_real(deck, "%s.inner", at))
            deck_mistake(deck, path, "the outer angle must be above the inner one");
    }
    if (kind == TILTED) image_tilted_check(deck, at);
    if ((kind == HAADF || kind == HRTEM || kind == TILTED) && !deck_has(deck, "%s.energy", at)) {
        snprintf(path, sizeof path, "%s.image", at);
        deck_mistake(deck, path, "images from atoms need energy: (300 kV)");
    }
    snprintf(path, sizeof path, "%s.fringe_range", at);
    if (deck_real_at(deck, 1, "%s", path) <= deck_real_at(deck, 0, "%s", path))
        deck_mistake(deck, path, "the second k must be above the first");
    check_fringes(deck, at);
    snprintf(path, sizeof path, "%s.b_factor", at);
    for (int k = 0; k < deck_count(deck, "%s", path); k++)
        if (!species_number(deck_key_at(deck, k, "%s", path)))
            deck_mistake(deck, path, "'%s' is not an element", deck_key_at(deck, k, "%s", path));
    return pattern_check(comm, deck, at, "like");
}

/* --- one image --- */

static void shape_of(const struct state *s, struct signal_shape *shape, bool stack) {
    static const char *const titles[] = {"annular dark field",       "bright field",     "virtual dark field",
                                         "incoherent HAADF",         "thickness",        "HRTEM",
                                         "share of interface atoms", "tilted dark field"};
    const char *units[2];
    int n = 0;
    *shape = (struct signal_shape){
        .signal_type = "", .title = titles[s->kind], .quantity = "", .note = "", .type = H5_F32};
    if (stack) shape->axis[n++] = (struct signal_axis){"t", "frame", s->n_frames, 1, 0, true};
    for (int c = 0; c < 2; c++) units[c] = isnan(s->step[c]) ? "px" : "nm";
    shape->axis[n++] =
        (struct signal_axis){"y", units[0], s->ny, isnan(s->step[0]) ? 1 : s->step[0], 0, false};
    shape->axis[n++] =
        (struct signal_axis){"x", units[1], s->nx, isnan(s->step[1]) ? 1 : s->step[1], 0, false};
    shape->n_dims = n;
}

static int add_row(struct state *s, const double *image) {
    int64_t n = (int64_t)s->nx * s->ny;
    double sum = 0, square = 0, lowest = INFINITY, highest = -INFINITY;
    for (int64_t i = 0; i < n; i++) {
        sum += image[i];
        lowest = fmin(lowest, image[i]);
        highest = fmax(highest, image[i]);
    }
    for (int64_t i = 0; i < n; i++) square += (image[i] - sum / (double)n) * (image[i] - sum / (double)n);
    double mean = sum / (double)n, deviation = sqrt(square / (double)n), range[2];
    struct image_texture t = {NAN, NAN, NAN, {NAN, NAN}};
    for (int c = 0; c < 2; c++) range[c] = 10 * deck_real_at(s->deck, c, "%s.fringe_range", s->at);
    if (isfinite(s->step[0]) && isfinite(s->step[1]) && square > 0)
        TRY(image_texture_make(image, s->ny, s->nx, s->step,
                               deck_real(s->deck, "%s.domain_length", s->at) / 10, range, &t));
    return tsv_add(s->table, s->done, mean, deviation, deviation / mean, lowest, highest, t.domains,
                   t.fringes, t.by_chance, hypot(t.k[0], t.k[1]) / 10);
}

/* **Collective.** An image that every rank holds alike: statistics, series, mean. */
static int take(struct state *s, const double *image) {
    int64_t n = (int64_t)s->nx * s->ny;
    float *copy = NULL;
    char *path = NULL;
    int e = s->mean ? ERR_OK : MEM_NEW(s->mean, n);
    if (!e) e = add_row(s, image);
    if (!e) e = MEM_NEW(copy, n);
    if (!e && s->out->front && s->kind != TILTED)
        e = mem_sprintf(&path, s->out->named ? "%s.hspy" : "%s.image.hspy", s->out->front);
    e = err_agree(s->comm, e);
    if (!e && path && !s->series) {
        struct signal_shape shape;
        shape_of(s, &shape, s->n_frames > 1);
        e = signal_create(s->comm, path, &shape, &s->series);
    }
    for (int64_t i = 0; i < n && !e; i++) {
        copy[i] = (float)image[i];
        s->mean[i] += image[i] / (double)(s->n_frames > 1 ? s->n_frames : 1);
    }
    if (!e && s->series)
        e = err_agree(s->comm, s->comm->rank == 0 ? signal_write(s->series, s->done, 1, copy) : ERR_OK);
    s->done++;
    mem_free(&copy);
    mem_free(&path);
    return e;
}

/* --- detectors on a scan --- */

struct detector {
    int64_t *pixel, n;
};

/* **Local.** Pixels whose centres lie in the detector. */
static int find_pixels(const struct state *s, const struct pattern *p, double lambda, struct detector *d) {
    const struct polar_geometry *g = &p->geometry;
    double lo = 0, hi = 0, k0 = 0, radius = 0, azimuth = NAN;
    if (s->kind == DARK_FIELD) {
        k0 = deck_real(s->deck, "%s.k", s->at);
        radius = deck_real(s->deck, "%s.radius", s->at);
        if (deck_has(s->deck, "%s.azimuth", s->at)) azimuth = deck_real(s->deck, "%s.azimuth", s->at);
        lo = k0 - radius;
        hi = k0 + radius;
    } else {
        lo = s->kind == ADF ? deck_real(s->deck, "%s.inner", s->at) / lambda : 0;
        hi = deck_real(s->deck, "%s.outer", s->at) / lambda;
    }
    if (hi > polar_reach(g) * (1 + 1e-9))
        FAIL(ERR_INPUT, "%s: whole rings reach to %.4g 1/A; the detector ends at %.4g",
             signal_path(p->signal), polar_reach(g), hi);
    TRY(MEM_NEW(d->pixel, p->size));
    for (int64_t i = 0; i < p->size; i++) {
        double k, phi;
        polar_where(g, (double)(i % g->nx), (double)(i / g->nx), &k, &phi);
        bool in = k >= lo && k < hi;
        if (!isnan(azimuth))
            in = hypot(k * cos(phi) - k0 * cos(azimuth), k * sin(phi) - k0 * sin(azimuth)) < radius;
        if (in && !(g->bad && g->bad[i])) d->pixel[d->n++] = i;
    }
    if (!d->n) FAIL(ERR_INPUT, "%s: no pixel lies in the detector", signal_path(p->signal));
    return ERR_OK;
}

static int read_patterns(struct pattern *p, const struct detector *d, double *map) {
    float *image = NULL;
    int e = MEM_NEW(image, p->size);
    for (int64_t i = p->comm->rank; i < p->items && !e; i += p->comm->size) {
        if (stop_wanted() != STOP_NONE)
            e = err_set(ERR_TIME, __FILE__, __LINE__, "image: stopped by %s", stop_text(stop_wanted()));
        if (!e) e = signal_read(p->signal, i, 1, image);
        for (int64_t m = 0; m < d->n && !e; m++) map[i] += image[d->pixel[m]];
        log_progress_at((double)i, "pattern %lld", (long long)i);
    }
    mem_free(&image);
    return e;
}

/* **Local.** The wavelength where angles are asked for; NAN for apertures at k. */
static int wavelength(const struct state *s, const struct pattern *p, double *lambda) {
    double keV = signal_shape(p->signal)->beam_keV;
    *lambda = NAN;
    if (s->kind == DARK_FIELD) return ERR_OK;
    if (deck_has(s->deck, "%s.energy", s->at)) keV = deck_real(s->deck, "%s.energy", s->at) / 1000;
    if (keV <= 0) FAIL(ERR_INPUT, "%s: does not say the beam's energy; give energy:", signal_path(p->signal));
    *lambda = formfactor_electron(keV * 1000).lambda;
    return ERR_OK;
}

static int from_scan(struct state *s, struct pattern *p) {
    struct detector d = {0};
    double *map = NULL, lambda;
    int e = wavelength(s, p, &lambda);
    if (!e) e = find_pixels(s, p, lambda, &d);
    if (!e) e = MEM_NEW(map, p->items);
    log_progress_begin(s->out->label, (double)p->items);
    if (!e) e = read_patterns(p, &d, map);
    log_progress_end();
    e = err_agree(s->comm, e);
    if (!e) {
        pattern_gather(p, map, p->items);
        s->nx = p->nx;
        s->ny = p->ny;
        memcpy(s->step, p->step, sizeof s->step);
        e = take(s, map);
    }
    mem_free(&d.pixel);
    mem_free(&map);
    return e;
}

static int read_file(void *state, const char *path) {
    struct state *s = state;
    struct pattern p;
    if (s->kind > DARK_FIELD)
        FAIL(ERR_DECK, "image %s is made from atoms, and %s is a scan; name a stage or a trajectory",
             deck_text(s->deck, "%s.image", s->at), path);
    TRY(pattern_open(s->out, s->deck, s->at, path, &p));
    int e = from_scan(s, &p);
    pattern_close(&p);
    return e;
}

/* --- from atoms --- */

/* **Collective.** Thickness, density and composition: every rank alike, they take no time. */
static int columns(struct state *s, struct frame *frame, double thickness) {
    struct specimen sp;
    TRY(specimen_gather(s->comm, frame, deck_choice(s->deck, "%s.beam", s->at), thickness, &sp));
    projection_columns_free(&s->columns);
    int e = err_agree(s->comm, projection_columns_make(&sp, deck_real(s->deck, "%s.cell", s->at),
                                                       deck_real(s->deck, "%s.gap", s->at), &s->columns));
    specimen_destroy(&sp);
    if (e) return e;
    s->nx = s->columns.nx;
    s->ny = s->columns.ny;
    s->step[0] = s->columns.dy / 10;
    s->step[1] = s->columns.dx / 10;
    return take(s, s->columns.thickness);
}

/* **Collective.** An image of atoms, and what it has to do with the interfaces. */
static int take_made(void *state, const struct image_turns_made *m) {
    struct state *s = state;
    const struct projection_grid *g = &s->turns.first;
    const struct image_interfaces_result *r = &m->found;
    int64_t n = (int64_t)g->nx * g->ny;
    s->nx = g->nx;
    s->ny = g->ny;
    s->step[0] = g->dy / 10;
    s->step[1] = g->dx / 10;
    if (m->fringed) {
        TRY(mem_agree(s->comm, &s->fringed, s->fringed ? ERR_OK : MEM_NEW(s->fringed, n)));
        TRY(mem_agree(s->comm, &s->walls, s->walls ? ERR_OK : MEM_NEW(s->walls, n)));
        for (int64_t i = 0; i < n; i++)
            s->fringed[i] += m->fringed[i] / (double)(s->n_frames > 1 ? s->n_frames : 1);
        memcpy(s->walls, m->walls, (size_t)n * sizeof *s->walls);
        TRY_ALL(s->comm, tsv_add(s->interfaces, s->done, r->image.share, r->image.inside, r->image.outside,
                                 r->image.r, r->image.p_r, r->fringed, r->fringes.inside, r->fringes.outside,
                                 r->fringes.r, r->fringes.p_r));
    }
    return take(s, m->image);
}

/* **Local.** Positions of the scan that `like` names. */
static int positions(struct state *s, struct interface_map_grid *g) {
    struct comm alone = comm_self();
    struct signal *scan = NULL;
    char *path = NULL;
    TRY(pattern_source(s->out, s->deck, s->at, "like", &path));
    int e = signal_open(&alone, path, &scan);
    const struct signal_shape *shape = e ? NULL : signal_shape(scan);
    if (!e && signal_navigation(shape) != 2)
        e = err_set(ERR_INPUT, __FILE__, __LINE__, "%s: is no scan over two axes", path);
    for (int a = 0; a < 2 && !e; a++)
        if (!signal_axis_as(&shape->axis[1 - a], SIGNAL_NM, &g->step[a], &g->from[a]))
            e = err_set(ERR_INPUT, __FILE__, __LINE__, "%s: axis '%s' is in '%s', which is no length", path,
                        shape->axis[1 - a].name, shape->axis[1 - a].units);
    if (!e) {
        s->nx = g->nx = (int)shape->axis[1].size;
        s->ny = g->ny = (int)shape->axis[0].size;
        for (int a = 0; a < 2; a++) {
            s->step[1 - a] = g->step[a];
            g->step[a] *= 10;
            g->from[a] *= 10;
        }
    }
    int closed = signal_close(&scan, false);
    mem_free(&path);
    return e ? e : closed;
}

/* **Collective.** */
static int interfaces(struct state *s, const struct frame *frame) {
    struct interface_map_grid g;
    double *map = NULL;
    TRY_ALL(s->comm, positions(s, &g));
    TRY(mem_agree(s->comm, &map, MEM_NEW(map, (int64_t)g.nx * g.ny)));
    int e = interface_map_make(s->comm, frame, deck_choice(s->deck, "%s.beam", s->at), &g,
                               deck_real(s->deck, "%s.fwhm", s->at) / 2, map);
    if (!e) e = take(s, map);
    mem_free(&map);
    return e;
}

/* **Collective.** Into the film. */
static int onto_film(struct state *s, struct frame *frame, double thickness) {
    const double *images;
    struct specimen sp;
    int n, size[2];
    TRY(specimen_gather(s->comm, frame, deck_choice(s->deck, "%s.beam", s->at), thickness, &sp));
    TRY(image_tilted_add(s->tilted, frame->time, &sp, &n, &images));
    image_tilted_size(s->tilted, size, s->step);
    s->ny = size[0];
    s->nx = size[1];
    for (int k = 0; k < n; k++) TRY(take(s, images + (int64_t)k * s->nx * s->ny));
    return ERR_OK;
}

static int one_frame(void *state, struct frame *frame) {
    struct state *s = state;
    double thickness = 0;
    if (s->kind <= DARK_FIELD)
        FAIL(ERR_DECK, "image %s is made from a scan of patterns: of: names a .hspy, .emd or FILE::/dataset",
             deck_text(s->deck, "%s.image", s->at));
    if (deck_has(s->deck, "%s.thickness", s->at)) thickness = deck_real(s->deck, "%s.thickness", s->at);
    s->species = frame->species;
    if (s->kind == INTERFACE) return interfaces(s, frame);
    if (s->kind == TILTED) return onto_film(s, frame, thickness);
    return s->kind == COLUMNS ? columns(s, frame, thickness) : image_turns_add(&s->turns, frame);
}

/* --- results --- */

static int put(struct state *s, const char *name, const double *data, const char *unit, const char *what) {
    int64_t dims[2] = {s->ny, s->nx};
    char *path = NULL;
    if (!s->out->h5) return ERR_OK;
    TRY(results_array(s->out, name, H5_F64, 2, dims, data, unit, what));
    TRY_ALL(s->comm, results_dataset(s->out, name, &path));
    int e = h5_attr_f64(s->out->h5, path, "step_nm", s->step, 2);
    mem_free(&path);
    return e;
}

/* **Collective.** Maps of X-ray counts, and how far from flat they are. */
static int put_counts(struct state *s) {
    double *share = NULL, chi2, counts = deck_real(s->deck, "%s.counts", s->at);
    TRY_ALL(s->comm, MEM_NEW(share, (int64_t)s->columns.nx * s->columns.ny));
    int e = ERR_OK;
    for (int t = 0; t < s->species.n && !e; t++) {
        char name[32];
        snprintf(name, sizeof name, "eds_%s", s->species.name[t]);
        e = err_agree(s->comm, eds_map_make(&s->columns, s->species.n, t, counts,
                                            (uint64_t)deck_int(s->deck, "seed"), share, &chi2));
        if (!e)
            e = put(s, name, share, "", "[y][x]: share of the column's X-ray counts, with counting noise");
        if (!e)
            e = err_agree(s->comm, results_scalar(s->out, chi2, NAN, "", "eds_%s_chi2", s->species.name[t]));
    }
    mem_free(&share);
    return e;
}

static int put_columns(struct state *s) {
    const struct projection_columns *c = &s->columns;
    int64_t n = (int64_t)c->nx * c->ny;
    TRY(put(s, "thickness", c->thickness, "A", "[y][x]: depth filled with atoms, last frame"));
    TRY(put(s, "number_density", c->number_density, "1/A^3", "[y][x]: atoms per volume"));
    TRY(put(s, "density", c->density, "g/cm3", "[y][x]: mass per volume"));
    for (int t = 0; t < s->species.n; t++) {
        char name[32];
        snprintf(name, sizeof name, "fraction_%s", s->species.name[t]);
        TRY(put(s, name, c->fraction[t], "", "[y][x]: atomic fraction, what an ideal EDS map shows"));
    }
    if (deck_has(s->deck, "%s.counts", s->at)) TRY(put_counts(s));
    if (!deck_has(s->deck, "%s.mean_free_path", s->at)) return ERR_OK;
    double *ratio = NULL, path = deck_real(s->deck, "%s.mean_free_path", s->at);
    TRY_ALL(s->comm, MEM_NEW(ratio, n));
    for (int64_t i = 0; i < n; i++) ratio[i] = c->thickness[i] / path;
    int e = put(s, "t_over_lambda", ratio, "", "[y][x]: log-ratio thickness map");
    mem_free(&ratio);
    return e;
}

static int put_image(struct state *s) {
    int64_t n = (int64_t)s->nx * s->ny;
    double *inverse = NULL, lowest = INFINITY, highest = -INFINITY;
    TRY(put(s, "image", s->mean, "", "[y][x]: mean over frames"));
    if (s->kind != HAADF && s->kind != ADF) return ERR_OK;
    for (int64_t i = 0; i < n; i++) {
        lowest = fmin(lowest, s->mean[i]);
        highest = fmax(highest, s->mean[i]);
    }
    TRY_ALL(s->comm, MEM_NEW(inverse, n));
    for (int64_t i = 0; i < n; i++)
        inverse[i] = highest > lowest ? (highest - s->mean[i]) / (highest - lowest) : 0;
    int e =
        put(s, "inverse", inverse, "", "[y][x]: (highest - image) / (highest - lowest): interfaces bright");
    mem_free(&inverse);
    return e;
}

static int save(struct state *s) {
    int how = deck_choice(s->deck, "%s.save", s->at), e = ERR_OK;
    int64_t n = (int64_t)s->nx * s->ny;
    struct signal_shape shape;
    char *path = NULL;
    float *copy = NULL;
    if (how == 0 || !s->out->front) return ERR_OK;
    shape_of(s, &shape, false);
    TRY_ALL(s->comm, MEM_NEW(copy, n));
    for (int64_t i = 0; i < n; i++) copy[i] = (float)s->mean[i];
    for (int k = 0; k < 2 && !e; k++) {
        if (!(how & (1 << k))) continue;
        e = err_agree(s->comm, mem_sprintf(&path, "%s.image.%s", s->out->front, k ? "emd" : "tif"));
        if (!e)
            e = k ? signal_put_emd(s->comm, path, &shape, copy)
                  : signal_put_tiff(s->comm, path, &shape, copy);
        mem_free(&path);
    }
    mem_free(&copy);
    return e;
}

static int keep_scalars(struct state *s) {
    int64_t n = (int64_t)s->nx * s->ny;
    double sum = 0, square = 0;
    for (int64_t i = 0; i < n; i++) sum += s->mean[i];
    for (int64_t i = 0; i < n; i++) square += (s->mean[i] - sum / (double)n) * (s->mean[i] - sum / (double)n);
    const char *name = deck_text(s->deck, "%s.image", s->at), *unit = s->kind == COLUMNS ? "A" : "";
    TRY(results_scalar(s->out, sum / (double)n, NAN, unit, "%s_mean", name));
    return results_scalar(s->out, sqrt(square / (double)n) / (sum / (double)n), NAN, "", "%s_contrast", name);
}

static int finish(void *state) {
    struct state *s = state;
    bool waves = s->kind == HRTEM || s->kind == TILTED;
    if (s->kind == HAADF || waves) {
        cite_use(deck_choice(s->deck, "%s.scattering", s->at) ? "kirkland2010" : "lobato2014");
        cite_use("frigo2005");
    }
    if (waves) cite_use("barnett2019");
    if (s->kind == TILTED) cite_use("zhang2018");
    if (waves && deck_choice(s->deck, "%s.exit_wave", s->at) == 0) cite_use("cowley1957");
    TRY(image_turns_finish(&s->turns));
    TRY(s->kind == TILTED ? image_tilted_close(s->tilted) : signal_close(&s->series, true));
    TRY(results_table(s->out, "image", s->table));
    if (s->interfaces) TRY(results_table(s->out, "interfaces", s->interfaces));
    if (s->fringed)
        TRY(put(s, "fringed", s->fringed, "", "[y][x]: share of the frames with lattice fringes"));
    if (s->walls) TRY(put(s, "interface", s->walls, "", "[y][x]: 1 at interfaces, last frame"));
    TRY(s->kind == COLUMNS ? put_columns(s) : put_image(s));
    TRY_ALL(s->comm, keep_scalars(s));
    return save(s);
}

static void destroy(void *state) {
    struct state *s = state;
    if (!s) return;
    int ignored = signal_close(&s->series, false);
    (void)ignored;
    image_tilted_destroy(&s->tilted);
    projection_columns_free(&s->columns);
    image_turns_free(&s->turns);
    tsv_destroy(&s->table);
    tsv_destroy(&s->interfaces);
    mem_free(&s->fringed);
    mem_free(&s->walls);
    mem_free(&s->mean);
    mem_free(&s);
}

const struct pass_kind image_pass = {.name = "image",
                                     .input = PASS_EITHER,
                                     .rows = image_deck_rows,
                                     .check = check,
                                     .create = create,
                                     .frame = one_frame,
                                     .file = read_file,
                                     .finish = finish,
                                     .destroy = destroy};
