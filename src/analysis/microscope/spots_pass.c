/* spots_pass - one table per question: what does a ring look like, where are spots, which angles, which axis.
 *
 * Spots are sought in the integrated patterns, or, with `each`, in every pattern. Profiles may be divided by
 * the mean square scattering factor of a composition: the raw ring of a glass lies lower than that of S(Q),
 * because f^2 falls. */
#include "analysis/microscope/spots_pass.h"
#include "analysis/formfactor.h"
#include "analysis/microscope/radial.h"
#include "analysis/microscope/regions.h"
#include "analysis/microscope/spots.h"
#include "base/cite.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/stop.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ON "pass=spots"
#define PEAKS 12

const struct deck_row spots_pass_rows[] = {
    {.type = DECK_REAL,
     .path = "k_min",
     .dim = UNIT_WAVENUMBER,
     .bounds = "(0 1/A, inf)",
     .value = DECK_REQUIRED,
     .when = ON,
     .help = "Spots, the ring's ellipse and angles between spots are of k = 1/d from here ..."},
    {.type = DECK_REAL,
     .path = "k_max",
     .dim = UNIT_WAVENUMBER,
     .bounds = "(0 1/A, inf)",
     .value = DECK_REQUIRED,
     .when = ON,
     .help = "... to here."},
    {.type = DECK_REAL,
     .path = "blur",
     .value = "1",
     .bounds = "[0, 50]",
     .when = ON,
     .help = "Standard deviation, in pixels, of the smoothing before spots are sought."},
    {.type = DECK_REAL,
     .path = "sharpness",
     .value = "6",
     .bounds = "(0, inf)",
     .when = ON,
     .help = "How far a spot must stand above the median of its ring, in units of the ring's scatter."},
    {.type = DECK_REAL,
     .path = "apart",
     .value = "4",
     .bounds = "[0, inf)",
     .when = ON,
     .help = "Of spots nearer to each other than this (pixels) the highest counts."},
    {.type = DECK_BOOL,
     .path = "each",
     .value = "false",
     .when = ON,
     .help = "Look for spots in every pattern instead of the integrated ones."},
    {.type = DECK_REAL,
     .path = "tolerance",
     .value = "0.05",
     .bounds = "(0, 0.5)",
     .when = ON,
     .help = "Comparison with zone axes: how far a spot may lie from its place, relative to its length."},
    {.type = DECK_TEXT,
     .path = "contrast",
     .when = ON,
     .help = "Map of the scan's size (HAADF; a file, or an earlier image by its name) that divides it into "
             "bright and dark regions."},
    {.type = DECK_REALS,
     .path = "contrast_annulus",
     .dim = UNIT_WAVENUMBER,
     .choices = "2",
     .when = ON,
     .help = "Without a map: divide by the intensity between these k."},
    {.type = DECK_REAL,
     .path = "contrast_threshold",
     .value = "1",
     .bounds = "[0, 10]",
     .when = ON,
     .help =
         "Bright and dark lie this many standard deviations from the mean; both get equally many patterns."},
    {.type = DECK_REALS,
     .path = "background",
     .dim = UNIT_WAVENUMBER,
     .choices = "2..",
     .when = ON,
     .help =
         "k at which the profile is background; power laws between them are subtracted. Absent: nothing is."},
    {.type = DECK_REALS,
     .path = "peaks_q",
     .dim = UNIT_WAVENUMBER,
     .choices = "1..",
     .when = ON,
     .help =
         "Q = 2 pi k near which the profile peaks (also shoulders), for the fit. Absent: maxima are sought."},
    {.type = DECK_INT,
     .path = "n_peaks",
     .value = "3",
     .bounds = "[0, 12]",
     .when = ON,
     .help = "Without peaks_q: how many maxima at most; 0: no fit."},
    {.type = DECK_REALS,
     .path = "fit_range",
     .dim = UNIT_WAVENUMBER,
     .choices = "2",
     .when = ON,
     .help = "k range of the fit of peaks. Absent: from half of k_min to the edge, or between the outer "
             "background "
             "anchors."},
    {.type = DECK_TABLE,
     .path = "composition",
     .when = ON,
     .help = "Atomic fractions: profiles are divided by the mean of f^2 (Lobato), so that peaks are those of "
             "S(Q)."},
    {.type = DECK_END}};

struct found { /* a spot of a pattern of the scan */
    int64_t item;
    struct spot spot;
};

struct state {
    const struct comm *comm;
    const struct deck *deck;
    char at[64];
    struct results *out;
    struct pattern pattern;
    struct regions regions;
    struct polar_geometry rings;
    struct spots_options options;
    struct found *found; /* rank 0, or every rank where all hold them */
    int64_t n_found;
    double *k, *profile[REGIONS_MOST], *background[REGIONS_MOST];
};

static int create(const struct pass_setup *setup, void **state) {
    struct state *s = NULL;
    TRY(mem_agree(setup->comm, &s, MEM_NEW(s, 1)));
    *state = s;
    s->comm = setup->comm;
    s->deck = setup->deck;
    s->out = setup->out;
    snprintf(s->at, sizeof s->at, "%s", setup->at);
    s->options = (struct spots_options){
        deck_real(s->deck, "%s.k_min", s->at), deck_real(s->deck, "%s.k_max", s->at),
        deck_real(s->deck, "%s.blur", s->at), deck_real(s->deck, "%s.sharpness", s->at),
        deck_real(s->deck, "%s.apart", s->at)};
    return ERR_OK;
}

static void check_pairs(struct deck *deck, const char *at) {
    static const char *const keys[] = {"contrast_annulus", "fit_range"};
    char path[96];
    for (size_t k = 0; k < 2; k++) {
        snprintf(path, sizeof path, "%s.%s", at, keys[k]);
        if (deck_has(deck, "%s", path) &&
            !(deck_real_at(deck, 0, "%s", path) < deck_real_at(deck, 1, "%s", path)))
            deck_mistake(deck, path, "the second wave number must be the larger");
    }
    snprintf(path, sizeof path, "%s.background", at);
    for (int i = 1; i < deck_count(deck, "%s", path); i++)
        if (!(deck_real_at(deck, i, "%s", path) > deck_real_at(deck, i - 1, "%s", path))) {
            deck_mistake(deck, path, "the anchors must increase");
            break;
        }
}

static int check(const struct comm *comm, struct deck *deck, const char *at) {
    char path[96];
    snprintf(path, sizeof path, "%s.k_max", at);
    if (deck_real(deck, "%s", path) <= deck_real(deck, "%s.k_min", at))
        deck_mistake(deck, path, "k_max must be above k_min");
    snprintf(path, sizeof path, "%s.contrast_annulus", at);
    if (deck_has(deck, "%s", path) && deck_has(deck, "%s.contrast", at))
        deck_mistake(deck, path, "give contrast or contrast_annulus, not both");
    check_pairs(deck, at);
    snprintf(path, sizeof path, "%s.peaks_q", at);
    if (deck_count(deck, "%s", path) > PEAKS)
        deck_mistake(deck, path, "at most %d peaks are fitted at once; narrow fit_range", PEAKS);
    snprintf(path, sizeof path, "%s.composition", at);
    for (int i = 0; i < deck_count(deck, "%s", path); i++) {
        const char *element = deck_key_at(deck, i, "%s", path);
        if (!species_number(element) || species_number(element) > FORMFACTOR_ELEMENTS)
            deck_mistake(deck, path, "'%s' is no element with a scattering factor", element);
        else if (!(deck_real_at(deck, i, "%s", path) > 0))
            deck_mistake(deck, path, "the fraction of %s must be above 0", element);
    }
    return pattern_check(comm, deck, at, "contrast");
}

/* --- reading --- */

static int integrate(struct state *s) {
    float *map = NULL;
    double annulus[2];
    bool ring = deck_has(s->deck, "%s.contrast_annulus", s->at);
    for (int c = 0; c < 2 && ring; c++) annulus[c] = deck_real_at(s->deck, c, "%s.contrast_annulus", s->at);
    if (deck_has(s->deck, "%s.contrast", s->at))
        TRY(pattern_map(&s->pattern, s->out, s->deck, s->at, "contrast", &map));
    int e = regions_integrate(&s->pattern, map, ring ? annulus : NULL,
                              deck_real(s->deck, "%s.contrast_threshold", s->at), &s->regions);
    mem_free(&map);
    return e;
}

static double mean_f2(const struct state *s, double k) {
    double sum = 0, weight = 0;
    for (int i = 0; i < deck_count(s->deck, "%s.composition", s->at); i++) {
        double c = deck_real_at(s->deck, i, "%s.composition", s->at);
        double f = formfactor_at(FORMFACTOR_LOBATO,
                                 species_number(deck_key_at(s->deck, i, "%s.composition", s->at)), k);
        sum += c * f * f;
        weight += c;
    }
    return weight > 0 ? sum / weight : 1;
}

static int make_profiles(struct state *s) {
    struct polar_geometry *g = &s->rings;
    double *weight = NULL;
    int n_anchors = deck_count(s->deck, "%s.background", s->at);
    *g = s->pattern.geometry;
    g->k_step = fmin(fabs(g->pixel[0]), fabs(g->pixel[1]));
    g->k_first = g->k_step;
    g->n_k = (int)(polar_reach(g) / g->k_step);
    int e = MEM_NEW(s->k, g->n_k);
    for (int i = 0; i < g->n_k && !e; i++) s->k[i] = g->k_first + i * g->k_step;
    double *anchor = NULL;
    if (!e) e = MEM_NEW(anchor, n_anchors);
    for (int i = 0; i < n_anchors && !e; i++) anchor[i] = deck_real_at(s->deck, i, "%s.background", s->at);
    for (int r = 0; r < s->regions.n && !e; r++) {
        TRY_TO(out, MEM_NEW(weight, g->n_k));
        TRY_TO(out, MEM_NEW(s->profile[r], g->n_k));
        TRY_TO(out, MEM_NEW(s->background[r], g->n_k));
        radial_add(g, s->regions.image[r], s->profile[r], weight);
        for (int i = 0; i < g->n_k; i++)
            s->profile[r][i] = weight[i] > 0 ? s->profile[r][i] / weight[i] : NAN;
        mem_free(&weight);
        if (n_anchors)
            TRY_TO(out, radial_background(s->k, s->profile[r], g->n_k, anchor, n_anchors, s->background[r]));
        for (int i = 0; i < g->n_k; i++) s->profile[r][i] /= mean_f2(s, s->k[i]);
    }
out:
    mem_free(&weight);
    mem_free(&anchor);
    return e;
}

/* --- spots --- */

static int keep(struct state *s, int64_t item, const struct spot *spots, int n) {
    TRY(MEM_GROW(s->found, s->n_found, s->n_found + n));
    for (int i = 0; i < n; i++) s->found[s->n_found++] = (struct found){item, spots[i]};
    return ERR_OK;
}

/* **Local.** Regions: item -1 - region. */
static int spots_of_regions(struct state *s) {
    for (int r = 0; r < s->regions.n; r++) {
        struct spot *spots = NULL;
        int n;
        TRY(spots_find(&s->pattern.geometry, s->regions.image[r], &s->options, &spots, &n));
        int e = keep(s, -1 - r, spots, n);
        mem_free(&spots);
        TRY(e);
    }
    return ERR_OK;
}

static int my_spots(struct state *s) {
    float *image = NULL;
    int e = MEM_NEW(image, s->pattern.size);
    for (int64_t i = s->comm->rank; i < s->pattern.items && !e; i += s->comm->size) {
        struct spot *spots = NULL;
        int n = 0;
        if (stop_wanted() != STOP_NONE)
            e = err_set(ERR_TIME, __FILE__, __LINE__, "spots: stopped by %s before all patterns were seen",
                        stop_text(stop_wanted()));
        if (!e) e = signal_read(s->pattern.signal, i, 1, image);
        if (!e) e = spots_find(&s->pattern.geometry, image, &s->options, &spots, &n);
        if (!e) e = keep(s, i, spots, n);
        mem_free(&spots);
        log_progress_at((double)i, "pattern %lld", (long long)i);
    }
    mem_free(&image);
    return e;
}

static int by_item(const void *a, const void *b) {
    const struct found *p = a, *q = b;
    if (p->item != q->item) return p->item < q->item ? -1 : 1;
    if (p->spot.height != q->spot.height) return p->spot.height < q->spot.height ? 1 : -1;
    return (p->spot.phi > q->spot.phi) - (p->spot.phi < q->spot.phi);
}

/* **Collective.** Spots of every pattern, to rank 0. */
static int spots_of_each(struct state *s) {
    int64_t *to = NULL, n = 0;
    struct found *all = NULL;
    log_progress_begin("spots", (double)s->pattern.items);
    int e = err_agree(s->comm, my_spots(s));
    log_progress_end();
    if (!e) e = err_agree(s->comm, MEM_NEW(to, s->comm->size));
    if (!e) {
        to[0] = s->n_found;
        e = comm_exchange(s->comm, s->found, to, sizeof *s->found, &all, &n);
    }
    mem_free(&to);
    TRY(e);
    mem_free(&s->found);
    s->found = all;
    s->n_found = n;
    if (n) qsort(all, (size_t)n, sizeof *all, by_item);
    return ERR_OK;
}

static int read_file(void *state, const char *path) {
    struct state *s = state;
    TRY(pattern_open(s->out, s->deck, s->at, path, &s->pattern));
    double reach = polar_reach(&s->pattern.geometry);
    if (s->options.k_max > reach)
        FAIL(ERR_INPUT, "%s: whole rings reach to %.4g 1/A; k_max asks for %.4g", path, reach,
             s->options.k_max);
    TRY(integrate(s));
    TRY_ALL(s->comm, make_profiles(s));
    if (deck_bool(s->deck, "%s.each", s->at)) return spots_of_each(s);
    return err_agree(s->comm, spots_of_regions(s));
}

/* --- results --- */

static int profile_table(struct state *s, struct tsv **tsv) {
    bool parts = s->regions.n > 1;
    TRY(tsv_create(parts ? "k_1_per_A:r Q_1_per_A:r intensity:r background:r bright:r dark:r"
                         : "k_1_per_A:r Q_1_per_A:r intensity:r background:r",
                   tsv));
    for (int i = 0; i < s->rings.n_k; i++) {
        double row[6] = {s->k[i], 2 * M_PI * s->k[i], s->profile[0][i], s->background[0][i]};
        for (int r = 1; r < s->regions.n; r++) row[3 + r] = s->profile[r][i];
        TRY(tsv_add_reals(*tsv, row));
    }
    return ERR_OK;
}

static void fit_range(const struct state *s, int *first, int *end) {
    int n = deck_count(s->deck, "%s.background", s->at);
    double lo = s->options.k_min / 2, hi = s->k[s->rings.n_k - 1];
    if (n) {
        lo = deck_real_at(s->deck, 0, "%s.background", s->at);
        hi = deck_real_at(s->deck, n - 1, "%s.background", s->at);
    }
    if (deck_has(s->deck, "%s.fit_range", s->at)) {
        lo = deck_real_at(s->deck, 0, "%s.fit_range", s->at);
        hi = deck_real_at(s->deck, 1, "%s.fit_range", s->at);
    }
    for (*first = 0; *first < s->rings.n_k && s->k[*first] < lo; ++*first) {}
    for (*end = *first; *end < s->rings.n_k && s->k[*end] <= hi && isfinite(s->profile[0][*end]); ++*end) {}
}

/* **Local.** Peaks of one region; *n 0 where none is asked for. */
static int fit_region(struct state *s, int r, struct radial_peak peak[PEAKS], int *n) {
    int first, end, given = deck_count(s->deck, "%s.peaks_q", s->at);
    double *q = NULL;
    *n = 0;
    fit_range(s, &first, &end);
    if (end - first < 4) FAIL(ERR_INPUT, "the fit's range holds %d points of the profile", end - first);
    TRY(MEM_NEW(q, s->rings.n_k));
    for (int i = 0; i < s->rings.n_k; i++) q[i] = 2 * M_PI * s->k[i];
    for (int i = 0; i < given; i++)
        peak[(*n)++] = (struct radial_peak){.q = deck_real_at(s->deck, i, "%s.peaks_q", s->at)};
    if (!given)
        *n = radial_maxima(q + first, s->profile[r] + first, end - first, 0.4, 0.05, peak,
                           (int)deck_int(s->deck, "%s.n_peaks", s->at));
    int e = radial_fit(q + first, s->profile[r] + first, end - first, peak, *n);
    mem_free(&q);
    return e;
}

static int keep_peaks(struct state *s, int r, const struct radial_peak *peak, int n) {
    const char *region = regions_names[r];
    if (n > 0) TRY(results_scalar(s->out, peak[0].q, peak[0].q_error, "1/A", "Q1_%s_1_per_A", region));
    if (n > 0)
        TRY(results_scalar(s->out, peak[0].fwhm, peak[0].fwhm_error, "1/A", "Q1_fwhm_%s_1_per_A", region));
    for (int i = 1; i < n; i++)
        TRY(results_scalar(s->out, peak[i].q / peak[0].q, NAN, "", "Q%d_over_Q1_%s", i + 1, region));
    return ERR_OK;
}

static int peak_table(struct state *s, struct tsv **tsv) {
    struct radial_peak peak[PEAKS];
    int n;
    TRY(tsv_create(
        "pattern:t peak:i Q_1_per_A:r Q_error_1_per_A:r fwhm_1_per_A:r fwhm_error_1_per_A:r height:r "
        "height_error:r Q_over_first:r",
        tsv));
    for (int r = 0; r < s->regions.n; r++) {
        int e = fit_region(s, r, peak, &n);
        if (e == ERR_PHYSICS) { /* no peaks: said, and the table stays without them */
            log_warn("spots: pattern '%s': %s", regions_names[r], err_message());
            err_clear();
            continue;
        }
        TRY(e);
        for (int i = 0; i < n; i++)
            TRY(tsv_add(*tsv, regions_names[r], (int64_t)i + 1, peak[i].q, peak[i].q_error, peak[i].fwhm,
                        peak[i].fwhm_error, peak[i].height, peak[i].height_error, peak[i].q / peak[0].q));
        TRY(keep_peaks(s, r, peak, n));
    }
    return ERR_OK;
}

static const char *pattern_of(const struct found *f) {
    return f->item < 0 ? regions_names[-1 - f->item] : "each";
}

static int64_t place(const struct state *s, const struct found *f, int c) {
    if (f->item < 0) return -1;
    return c ? f->item % s->pattern.nx : f->item / s->pattern.nx;
}

static int spot_table(struct state *s, struct tsv **tsv) {
    TRY(tsv_create(
        "pattern:t scan_y:i scan_x:i kx_1_per_A:r ky_1_per_A:r k_1_per_A:r Q_1_per_A:r angle_deg:r "
        "height:r sharpness:r",
        tsv));
    for (int64_t i = 0; i < s->n_found; i++) {
        const struct found *f = &s->found[i];
        TRY(tsv_add(*tsv, pattern_of(f), place(s, f, 0), place(s, f, 1), f->spot.k * cos(f->spot.phi),
                    f->spot.k * sin(f->spot.phi), f->spot.k, 2 * M_PI * f->spot.k, f->spot.phi * 180 / M_PI,
                    f->spot.height, f->spot.sharp));
    }
    return ERR_OK;
}

static int by_angle(const void *a, const void *b) {
    const struct spot *p = a, *q = b;
    return (p->phi > q->phi) - (p->phi < q->phi);
}

/* **Local.** Spots of one pattern, [first, end) of found. */
static int copy_spots(const struct state *s, int64_t first, int64_t end, struct spot **spots) {
    TRY(MEM_NEW(*spots, end - first));
    for (int64_t i = first; i < end; i++) (*spots)[i - first] = s->found[i].spot;
    return ERR_OK;
}

static int add_angles(struct state *s, int64_t first, int64_t end, struct tsv *tsv) {
    struct spot *spots = NULL;
    int n = (int)(end - first), e = ERR_OK;
    if (n < 2) return ERR_OK;
    TRY(copy_spots(s, first, end, &spots));
    qsort(spots, (size_t)n, sizeof *spots, by_angle);
    for (int i = 0; i < n && !e; i++) {
        double next[2];
        for (int c = 0; c < 2; c++) {
            next[c] = spots[(i + c + 1) % n].phi - spots[(i + c) % n].phi;
            if (next[c] <= 0) next[c] += 2 * M_PI;
        }
        e = tsv_add(tsv, pattern_of(&s->found[first]), place(s, &s->found[first], 0),
                    place(s, &s->found[first], 1), spots[i].phi * 180 / M_PI, spots[i].k,
                    spots[(i + 1) % n].k, next[0] * 180 / M_PI, (next[0] + next[1]) * 180 / M_PI);
    }
    mem_free(&spots);
    return e;
}

static int add_match(struct state *s, int64_t first, int64_t end, struct tsv *tsv) {
    struct spot *spots = NULL;
    struct spots_motif motif;
    int n = (int)(end - first), e = ERR_OK;
    if (n < 2) return ERR_OK;
    TRY(copy_spots(s, first, end, &spots));
    for (int i = 0; spots_motif_get(i, &motif) && !e; i++) {
        struct spots_match m = spots_compare(&motif, spots, n, deck_real(s->deck, "%s.tolerance", s->at));
        e = tsv_add(tsv, pattern_of(&s->found[first]), place(s, &s->found[first], 0),
                    place(s, &s->found[first], 1), motif.name, m.score, (int64_t)m.explained, (int64_t)n,
                    (int64_t)m.expected, m.scale, m.rotation * 180 / M_PI, m.rms);
    }
    mem_free(&spots);
    return e;
}

static int over_patterns(struct state *s, struct tsv *tsv,
                         int (*add)(struct state *, int64_t, int64_t, struct tsv *)) {
    for (int64_t first = 0, end; first < s->n_found; first = end) {
        for (end = first; end < s->n_found && s->found[end].item == s->found[first].item; end++) {}
        TRY(add(s, first, end, tsv));
    }
    return ERR_OK;
}

static int angle_table(struct state *s, struct tsv **tsv) {
    TRY(tsv_create("pattern:t scan_y:i scan_x:i angle_deg:r k_1_per_A:r k_next_1_per_A:r to_next_deg:r "
                   "to_second_deg:r",
                   tsv));
    return over_patterns(s, *tsv, add_angles);
}

static int match_table(struct state *s, struct tsv **tsv) {
    TRY(tsv_create(
        "pattern:t scan_y:i scan_x:i motif:t score:r explained:i spots:i expected:i scale_1_per_A:r "
        "rotation_deg:r rms:r",
        tsv));
    return over_patterns(s, *tsv, add_match);
}

static int keep_ellipse(struct state *s) {
    double ratio, angle, radius;
    int e = spots_ellipse(&s->pattern.geometry, s->regions.image[0], s->options.k_min, s->options.k_max,
                          &ratio, &angle, &radius);
    if (e == ERR_PHYSICS || e == ERR_INPUT) {
        log_note("spots: no ellipse measured: %s", err_message());
        err_clear();
        return ERR_OK;
    }
    TRY(e);
    TRY(results_scalar(s->out, ratio, NAN, "", "ellipse_ratio"));
    TRY(results_scalar(s->out, angle * 180 / M_PI, NAN, "deg", "ellipse_angle_deg"));
    return results_scalar(s->out, 2 * M_PI * radius, NAN, "1/A", "ring_Q_1_per_A");
}

static int write_arrays(struct state *s) {
    struct results *out = s->out;
    int64_t dims[2] = {s->pattern.geometry.ny, s->pattern.geometry.nx},
            scan[2] = {s->pattern.ny, s->pattern.nx};
    for (int r = 0; r < s->regions.n; r++) {
        char name[32], what[80];
        snprintf(name, sizeof name, "pattern_%s", regions_names[r]);
        snprintf(what, sizeof what, "[ky][kx]: mean of %lld patterns", (long long)s->regions.count[r]);
        TRY(results_array(out, name, H5_F32, 2, dims, s->regions.image[r], "", what));
    }
    if (s->regions.n > 1) {
        TRY(results_array(out, "contrast", H5_F64, 2, scan, s->regions.contrast, "",
                          "what divided bright from dark"));
        TRY(results_array(out, "regions", H5_U8, 2, scan, s->regions.member, "",
                          "1 bright, 2 dark, 0 neither"));
    }
    TRY(results_note_real(out, "centre_x", s->pattern.geometry.centre[0]));
    TRY(results_note_real(out, "centre_y", s->pattern.geometry.centre[1]));
    return results_note_real(out, "pixel", s->pattern.geometry.pixel[0]);
}

static int finish(void *state) {
    struct state *s = state;
    static int (*const make[])(struct state *, struct tsv **) = {profile_table, peak_table, spot_table,
                                                                 angle_table, match_table};
    static const char *const names[] = {"radial_profile", "radial_peaks", "spots", "spot_angles",
                                        "spot_match"};
    cite_use("zhu2017");
    if (deck_has(s->deck, "%s.composition", s->at)) cite_use("lobato2014");
    for (int k = 0; k < 5; k++) {
        struct tsv *tsv = NULL;
        int e = err_agree(s->comm, make[k](s, &tsv));
        if (!e) e = results_table(s->out, names[k], tsv);
        tsv_destroy(&tsv);
        TRY(e);
    }
    TRY_ALL(s->comm, keep_ellipse(s));
    return write_arrays(s);
}

static void destroy(void *state) {
    struct state *s = state;
    if (!s) return;
    pattern_close(&s->pattern);
    regions_destroy(&s->regions);
    mem_free(&s->found);
    mem_free(&s->k);
    for (int r = 0; r < REGIONS_MOST; r++) {
        mem_free(&s->profile[r]);
        mem_free(&s->background[r]);
    }
    mem_free(&s);
}

const struct pass_kind spots_pass = {.name = "spots",
                                     .input = PASS_FILE,
                                     .rows = spots_pass_rows,
                                     .check = check,
                                     .create = create,
                                     .file = read_file,
                                     .finish = finish,
                                     .destroy = destroy};
