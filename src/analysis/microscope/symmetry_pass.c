/* symmetry_pass - patterns are read once, one at a time; ranks take blocks of the scan.
 *
 * Averages are kept per block and added exactly (comm_sum_exact), so that every number is the same on any
 * number of ranks. Two averages of the power are written: the mean over patterns of the power (which a random
 * glass has, too), and the power of the mean pattern (which falls as 1 / number of patterns unless
 * orientations agree). */
#include "analysis/microscope/symmetry_pass.h"
#include "analysis/microscope/pattern.h"

#include "analysis/microscope/shift_test.h"
#include "analysis/microscope/shot_noise.h"
#include "analysis/microscope/symmetry_deck.h"
#include "analysis/microscope/symmetry.h"
#include "base/cite.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/stop.h"

#include <math.h>
#include <string.h>

#define ROUNDING \
    1e-15 /* power that single-precision patterns have without any symmetry: not compared with masks */

enum { ALL, INSIDE, REST, REGIONS };

struct state {
    const struct comm *comm;
    const struct deck *deck;
    char at[64];
    struct results *out;
    struct pattern pattern;
    struct polar *polar;
    struct symmetry *symmetry;
    int n_k, n_phi, n_half, top, first, end, n_maps;
    double k_first, k_step;
    double counts,
        *gain; /* a unit of intensity, 0: not known; shot noise of rings [n_k][top + 1], of their pool */
    enum symmetry_convention convention;
    bool pool, *mask;
    /* of one region: [n_k] patterns, mean; [n_k][n_half] spectrum; [n_k][top + 1] power, re, im; [n_phi] p, 1
     * count */
    int64_t width, at_mean, at_spectrum, at_power, at_wave, at_pearson, at_noise;
    int n_regions;       /* of sums: 1, or inside and outside */
    double *sum;         /* [PATTERN_BLOCKS][n_regions][width]: 0 where others worked */
    double *total;       /* [REGIONS][width] */
    double *map, *huang; /* [n_maps][items], n = 2 .. */
};

/* --- setting up --- */

static int create(const struct pass_setup *setup, void **state) {
    struct state *s = NULL;
    TRY(mem_agree(setup->comm, &s, MEM_NEW(s, 1)));
    *state = s;
    s->comm = setup->comm;
    s->deck = setup->deck;
    s->out = setup->out;
    snprintf(s->at, sizeof s->at, "%s", setup->at);
    s->n_phi = (int)deck_int(s->deck, "%s.angles", s->at);
    s->top = (int)deck_int(s->deck, "%s.harmonics", s->at);
    s->convention = (enum symmetry_convention)deck_choice(s->deck, "%s.convention", s->at);
    s->pool = deck_choice(s->deck, "%s.combine", s->at) == 1;
    s->counts = deck_has(s->deck, "%s.counts", s->at) ? deck_real(s->deck, "%s.counts", s->at) : 0;
    s->n_half = s->n_phi / 2 + 1;
    s->n_maps = s->top - 1;
    return ERR_OK;
}

static int check(const struct comm *comm, struct deck *deck, const char *at) {
    char path[96];
    if (deck_real(deck, "%s.k_max", at) <= deck_real(deck, "%s.k_min", at)) {
        snprintf(path, sizeof path, "%s.k_max", at);
        deck_mistake(deck, path, "k_max must be above k_min");
    }
    if (deck_int(deck, "%s.angles", at) < 2 * deck_int(deck, "%s.harmonics", at) + 2) {
        snprintf(path, sizeof path, "%s.angles", at);
        deck_mistake(deck, path, "%lld angles do not resolve %lld harmonics; at least %lld are needed",
                     (long long)deck_int(deck, "%s.angles", at),
                     (long long)deck_int(deck, "%s.harmonics", at),
                     2 * (long long)deck_int(deck, "%s.harmonics", at) + 2);
    }
    return pattern_check(comm, deck, at, "interface");
}

/* **Local.** Rings one pixel apart, from two pixels to the edge; the range of the maps among them. */
static int set_rings(struct state *s) {
    struct polar_geometry *g = &s->pattern.geometry;
    double reach = polar_reach(g), lo = deck_real(s->deck, "%s.k_min", s->at),
           hi = deck_real(s->deck, "%s.k_max", s->at);
    g->k_step = fmin(fabs(g->pixel[0]), fabs(g->pixel[1]));
    g->k_first = 2 * g->k_step;
    g->n_k = (int)floor((reach - g->k_first) / g->k_step + 1e-9) + 1;
    g->n_phi = s->n_phi;
    if (hi > reach * (1 + 1e-9) || lo < g->k_first)
        FAIL(ERR_INPUT, "%s: whole rings reach from %.4g to %.4g 1/A; k_min and k_max ask for %.4g to %.4g",
             signal_path(s->pattern.signal), g->k_first, reach, lo, hi);
    s->k_first = g->k_first;
    s->k_step = g->k_step;
    s->n_k = g->n_k;
    s->first = (int)ceil((lo - g->k_first) / g->k_step - 1e-6);
    s->end = (int)floor((hi - g->k_first) / g->k_step + 1e-6) + 1;
    if (s->end <= s->first)
        FAIL(ERR_INPUT, "no ring lies between k_min and k_max; rings are %.4g 1/A apart", g->k_step);
    double pixels = lo / g->k_step;
    if (2 * M_PI * pixels < 4 * s->top)
        log_warn("symmetry: the ring at k_min is %.0f pixels long; n = %d needs at least %d",
                 2 * M_PI * pixels, s->top, 4 * s->top);
    return ERR_OK;
}

static int set_sums(struct state *s) {
    s->at_mean = s->n_k;
    s->at_spectrum = s->at_mean + s->n_k;
    s->at_power = s->at_spectrum + (int64_t)s->n_k * s->n_half;
    s->at_wave = s->at_power + (int64_t)s->n_k * (s->top + 1);
    s->at_pearson = s->at_wave + 2 * (int64_t)s->n_k * (s->top + 1);
    s->at_noise = s->at_pearson + s->n_phi + 1;
    s->width = s->at_noise + s->top + 1;
    TRY(MEM_NEW(s->sum, PATTERN_BLOCKS * s->n_regions * s->width));
    TRY(MEM_NEW(s->total, REGIONS * s->width));
    TRY(MEM_NEW(s->map, s->n_maps * s->pattern.items));
    return MEM_NEW(s->huang, s->n_maps * s->pattern.items);
}

static int set_up(struct state *s) {
    TRY(set_rings(s));
    TRY(polar_create(&s->pattern.geometry, &s->polar));
    struct symmetry_setup o = {s->n_k,
                               s->n_phi,
                               polar_valid(s->polar),
                               s->top,
                               s->first,
                               s->end,
                               deck_real(s->deck, "%s.angular_range", s->at),
                               deck_choice(s->deck, "%s.pearson", s->at) == 1};
    TRY(symmetry_create(&o, &s->symmetry));
    if (s->counts > 0) {
        TRY(MEM_NEW(s->gain, (int64_t)(s->n_k + 1) * (s->top + 1)));
        TRY(shot_noise_rings(s->polar, s->symmetry, s->top, s->gain));
        TRY(shot_noise_pool(s->polar, s->symmetry, s->top, s->first, s->end,
                            s->gain + (int64_t)s->n_k * (s->top + 1)));
    }
    return set_sums(s);
}

static int read_mask(struct state *s) {
    float *data = NULL;
    double above = deck_real(s->deck, "%s.interface_above", s->at);
    s->n_regions = 1;
    if (!deck_has(s->deck, "%s.interface", s->at)) return ERR_OK;
    s->n_regions = 2;
    TRY(pattern_map(&s->pattern, s->out, s->deck, s->at, "interface", &data));
    int e = MEM_NEW(s->mask, s->pattern.items);
    for (int64_t i = 0; i < s->pattern.items && !e; i++) s->mask[i] = data[i] > above;
    mem_free(&data);
    return err_agree(s->comm, e);
}

/* --- patterns --- */

/* **Local.** What counting adds to the power of a ring (n_k: of the pool) of that mean intensity. */
static double noise_power(const struct state *s, int ring, int n, double mean) {
    return s->gain ? s->gain[(int64_t)ring * (s->top + 1) + n] / (s->counts * mean) : 0;
}

/* **Local.** Power of n of a ring of the latest pattern, less that of the noise; the noise. */
static double one_power(const struct state *s, int k, int n, double *noise) {
    const double(*h)[2] = symmetry_harmonics(s->symmetry, k);
    *noise = noise_power(s, k, n, h[0][0]);
    return (h[n][0] * h[n][0] + h[n][1] * h[n][1]) / (h[0][0] * h[0][0]) - *noise;
}

/* **Local.** Power of n over the range: mean over rings with a known value, or of the rings' sum. */
static double range_power(const struct state *s, int n, double *noise) {
    double sum = 0, count = 0, re = 0, im = 0, zero = 0, pixels = 0, part;
    *noise = 0;
    for (int k = s->first; k < s->end; k++) {
        const double(*h)[2] = symmetry_harmonics(s->symmetry, k);
        double power = one_power(s, k, n, &part);
        if (!isfinite(power)) continue;
        double weight = s->k_first + k * s->k_step; /* a ring's pixels */
        sum += symmetry_in(s->convention, power);
        count++;
        pixels += weight;
        *noise += part;
        re += weight * h[n][0];
        im += weight * h[n][1];
        zero += weight * h[0][0];
    }
    if (count == 0) return NAN;
    *noise = s->pool ? noise_power(s, s->n_k, n, zero / pixels) : *noise / count;
    return s->pool ? symmetry_in(s->convention, (re * re + im * im) / (zero * zero) - *noise) : sum / count;
}

static void add_pattern(const struct state *s, double *sum) {
    for (int k = 0; k < s->n_k; k++) {
        const double(*h)[2] = symmetry_harmonics(s->symmetry, k),
              *spectrum = symmetry_spectrum(s->symmetry, k);
        double zero = h[0][0];
        if (!(zero > 0) || !isfinite(spectrum[0])) continue;
        sum[k]++;
        sum[s->at_mean + k] += zero;
        for (int m = 0; m < s->n_half; m++) sum[s->at_spectrum + (int64_t)k * s->n_half + m] += spectrum[m];
        for (int n = 0; n <= s->top; n++) {
            int64_t i = (int64_t)k * (s->top + 1) + n;
            double noise;
            sum[s->at_power + i] += symmetry_in(s->convention, one_power(s, k, n, &noise));
            sum[s->at_wave + 2 * i] += h[n][0];
            sum[s->at_wave + 2 * i + 1] += h[n][1];
        }
    }
    const double *p = symmetry_pearson(s->symmetry);
    if (!isfinite(p[0])) return;
    for (int j = 0; j < s->n_phi; j++) sum[s->at_pearson + j] += isnan(p[j]) ? 0 : p[j];
    sum[s->at_pearson + s->n_phi]++;
}

static int one_pattern(struct state *s, int64_t item, float *image, double *rings, double *sum) {
    TRY(signal_read(s->pattern.signal, item, 1, image));
    polar_unwrap(s->polar, image, rings);
    symmetry_analyse(s->symmetry, rings);
    sum += s->mask && !s->mask[item] ? s->width : 0;
    add_pattern(s, sum);
    for (int n = 2; n <= s->top; n++) {
        double noise, power = range_power(s, n, &noise);
        s->map[(n - 2) * s->pattern.items + item] = power;
        sum[s->at_noise + n] += isfinite(noise) ? noise / (double)s->pattern.items : 0;
        s->huang[(n - 2) * s->pattern.items + item] = symmetry_coefficient(s->symmetry, n);
    }
    return ERR_OK;
}

static int my_blocks(struct state *s, float *image, double *rings) {
    int64_t done = 0;
    for (int b = s->comm->rank; b < PATTERN_BLOCKS; b += s->comm->size) {
        int64_t first, end;
        pattern_block(&s->pattern, b, &first, &end);
        for (int64_t i = first; i < end; i++) {
            if (stop_wanted() != STOP_NONE)
                FAIL(ERR_TIME, "symmetry: stopped by %s before all patterns were seen",
                     stop_text(stop_wanted()));
            TRY(one_pattern(s, i, image, rings, s->sum + b * s->n_regions * s->width));
            done++;
            log_progress_at((double)(done * s->comm->size), "pattern %lld", (long long)i);
        }
    }
    return ERR_OK;
}

/* **Collective.** */
static int all_patterns(struct state *s) {
    float *image = NULL;
    double *rings = NULL;
    int e = MEM_NEW(image, s->pattern.size);
    if (!e) e = MEM_NEW(rings, (int64_t)s->n_k * s->n_phi);
    log_progress_begin(s->out->label, (double)s->pattern.items);
    if (!e) e = my_blocks(s, image, rings);
    log_progress_end();
    mem_free(&image);
    mem_free(&rings);
    TRY_ALL(s->comm, e);
    int64_t width = s->n_regions * s->width;
    double *total = s->total + (s->n_regions == 1 ? 0 : INSIDE * s->width);
    pattern_gather(&s->pattern, s->sum, PATTERN_BLOCKS * width);
    for (int b = 0; b < PATTERN_BLOCKS; b++)
        for (int64_t i = 0; i < width; i++) total[i] += s->sum[b * width + i];
    for (int64_t i = 0; i < s->width && s->n_regions == 2; i++)
        s->total[i] = s->total[INSIDE * s->width + i] + s->total[REST * s->width + i];
    pattern_gather(&s->pattern, s->map, s->n_maps * s->pattern.items);
    pattern_gather(&s->pattern, s->huang, s->n_maps * s->pattern.items);
    return ERR_OK;
}

static int read_file(void *state, const char *path) {
    struct state *s = state;
    TRY(pattern_open(s->out, s->deck, s->at, path, &s->pattern));
    TRY(read_mask(s));
    TRY_ALL(s->comm, set_up(s));
    return all_patterns(s);
}

/* --- results --- */

static double ring_power(const struct state *s, int region, int k, int n, bool of_mean) {
    const double *t = s->total + region * s->width;
    int64_t i = (int64_t)k * (s->top + 1) + n;
    if (!(t[k] > 0)) return NAN;
    if (!of_mean) return t[s->at_power + i] / t[k];
    double re = t[s->at_wave + 2 * i], im = t[s->at_wave + 2 * i + 1], zero = t[s->at_mean + k];
    return symmetry_in(s->convention, (re * re + im * im) / (zero * zero));
}

static int power_table(struct state *s, struct tsv **tsv) {
    TRY(tsv_create("k_1_per_A:r n:i mean:r of_mean_pattern:r mean_inside:r mean_outside:r condition:r", tsv));
    for (int k = 0; k < s->n_k; k++)
        for (int n = 1; n <= s->top; n++)
            TRY(tsv_add(*tsv, s->k_first + k * s->k_step, (int64_t)n, ring_power(s, ALL, k, n, false),
                        ring_power(s, ALL, k, n, true), s->mask ? ring_power(s, INSIDE, k, n, false) : NAN,
                        s->mask ? ring_power(s, REST, k, n, false) : NAN,
                        symmetry_condition(s->symmetry, k)));
    return ERR_OK;
}

/* **Local.** C(k, D) of a region, [n_k][n_phi]. */
static int correlation(const struct state *s, int region, double **c) {
    const double *t = s->total + region * s->width;
    double *mean = NULL;
    TRY(MEM_NEW(*c, (int64_t)s->n_k * s->n_phi));
    TRY(MEM_NEW(mean, s->n_half));
    for (int k = 0; k < s->n_k; k++) {
        for (int m = 0; m < s->n_half; m++) mean[m] = t[s->at_spectrum + (int64_t)k * s->n_half + m] / t[k];
        symmetry_correlation(s->symmetry, k, mean, *c + (int64_t)k * s->n_phi);
    }
    mem_free(&mean);
    return ERR_OK;
}

static int correlation_table(struct state *s, double *const c[REGIONS], struct tsv **tsv) {
    TRY(tsv_create(
        "angle_deg:r correlation:r correlation_inside:r correlation_outside:r pearson:r pearson_inside:r "
        "pearson_outside:r",
        tsv));
    for (int j = 0; j <= s->n_phi / 2; j++) {
        double row[7] = {360.0 * j / s->n_phi, NAN, NAN, NAN, NAN, NAN, NAN};
        for (int r = 0; r < (s->mask ? REGIONS : 1); r++) {
            const double *t = s->total + r * s->width;
            double sum = 0, count = 0;
            for (int k = s->first; k < s->end; k++) {
                double v = c[r][(int64_t)k * s->n_phi + j];
                if (isfinite(v)) sum += v, count++;
            }
            row[1 + r] = count > 0 ? sum / count : NAN;
            row[4 + r] = t[s->at_pearson + j] / t[s->at_pearson + s->n_phi];
        }
        TRY(tsv_add_reals(*tsv, row));
    }
    return ERR_OK;
}

static void mean_of(const double *map, int64_t n, double *mean, double *deviation) {
    double sum = 0, square = 0, count = 0;
    for (int64_t i = 0; i < n; i++)
        if (isfinite(map[i])) sum += map[i], count++;
    *mean = sum / count;
    for (int64_t i = 0; i < n; i++)
        if (isfinite(map[i])) square += (map[i] - *mean) * (map[i] - *mean);
    *deviation = sqrt(square / count);
}

static int map_table(struct state *s, struct tsv **tsv) {
    const struct pattern *p = &s->pattern;
    TRY(tsv_create("n:i mean:r deviation:r huang:r inside:r outside:r pearson_r:r p_pearson:r overlap:r "
                   "overlap_by_chance:r p_overlap:r shot_noise:r",
                   tsv));
    for (int n = 2; n <= s->top; n++) {
        const double *map = s->map + (n - 2) * p->items;
        struct shift_test_result t = {NAN, NAN, NAN, NAN, NAN, NAN, NAN, 0};
        double mean, deviation, huang, ignored;
        mean_of(map, p->items, &mean, &deviation);
        mean_of(s->huang + (n - 2) * p->items, p->items, &huang, &ignored);
        if (s->mask && mean > symmetry_in(s->convention, ROUNDING))
            TRY(shift_test_run(map, s->mask, p->ny, p->nx, deck_real(s->deck, "%s.rich", s->at),
                               (int)deck_int(s->deck, "%s.shifts", s->at),
                               (uint64_t)deck_int(s->deck, "seed"), (uint64_t)n, &t));
        TRY(tsv_add(*tsv, (int64_t)n, mean, deviation, huang, t.inside, t.outside, t.r, t.p_r, t.overlap,
                    t.share, t.p_overlap, s->counts > 0 ? s->total[s->at_noise + n] : NAN));
        TRY(results_scalar(s->out, mean, NAN, "", "symmetry_n%d", n));
        if (s->mask) TRY(results_scalar(s->out, t.r, NAN, "", "symmetry_n%d_interface_r", n));
        if (s->mask) TRY(results_scalar(s->out, t.p_r, NAN, "", "symmetry_n%d_interface_p", n));
    }
    return ERR_OK;
}

/* **Collective.** maps/nN or huang/nN. */
static int write_map(struct state *s, const char *group, int n, const double *map, const char *convention) {
    char name[32], what[160];
    char *path = NULL;
    int64_t dims[2] = {s->pattern.ny, s->pattern.nx}, order = n;
    if (!s->out->h5) return ERR_OK;
    snprintf(name, sizeof name, "%s/n%d", group, n);
    snprintf(what, sizeof what, "[y][x] of the scan: %d-fold, %s", n, convention);
    TRY(results_array(s->out, name, H5_F64, 2, dims, map, "", what));
    TRY_ALL(s->comm, results_dataset(s->out, name, &path));
    double range[2] = {s->k_first + s->first * s->k_step, s->k_first + (s->end - 1) * s->k_step};
    int e = h5_attr_text(s->out->h5, path, "convention", convention);
    if (!e) e = h5_attr_i64(s->out->h5, path, "n", &order, -1);
    if (!e) e = h5_attr_f64(s->out->h5, path, "k_range", range, 2);
    if (!e) e = h5_attr_f64(s->out->h5, path, "step_nm", s->pattern.step, 2);
    mem_free(&path);
    return e;
}

static int write_maps(struct state *s) {
    for (int n = 2; n <= s->top; n++) {
        TRY(write_map(s, "maps", n, s->map + (n - 2) * s->pattern.items, symmetry_name(s->convention)));
        TRY(write_map(s, "huang", n, s->huang + (n - 2) * s->pattern.items,
                      "mean Pearson correlation at 2 pi j / n, j coprime to n"));
    }
    if (!s->mask) return ERR_OK;
    uint8_t *mask = NULL;
    int64_t dims[2] = {s->pattern.ny, s->pattern.nx};
    TRY_ALL(s->comm, MEM_NEW(mask, s->pattern.items));
    for (int64_t i = 0; i < s->pattern.items; i++) mask[i] = s->mask[i];
    int e =
        results_array(s->out, "interface", H5_U8, 2, dims, mask, "", "the mask that maps were compared with");
    mem_free(&mask);
    return e;
}

static int write_arrays(struct state *s, const double *c) {
    struct results *out = s->out;
    int64_t n_k = s->n_k, two[2] = {n_k, s->n_phi};
    double *x = NULL;
    TRY_ALL(s->comm, MEM_NEW(x, 3 * n_k));
    for (int k = 0; k < s->n_k; k++) {
        x[k] = s->k_first + k * s->k_step;
        x[n_k + k] = s->total[s->at_mean + k] / s->total[k];
        x[2 * n_k + k] = symmetry_condition(s->symmetry, k);
    }
    int e = results_array(out, "k", H5_F64, 1, &n_k, x, "1/A", "radii of the rings, k = 1/d");
    if (!e) e = results_array(out, "profile", H5_F64, 1, &n_k, x + n_k, "", "mean intensity of the rings");
    if (!e)
        e = results_array(out, "condition", H5_F64, 1, &n_k, x + 2 * n_k, "",
                          "condition number of the fit to the valid angles; above 30: not used");
    if (!e)
        e = results_array(out, "C", H5_F64, 2, two, c, "",
                          "[k][angle]: mean angular correlation, Voigt 2023 Eq. 1; angle 2 pi j / n");
    if (!e) e = results_note_text(out, "convention", symmetry_name(s->convention));
    if (!e) e = results_note_text(out, "combine", s->pool ? "pool" : "mean");
    if (!e) e = results_note_real(out, "centre_x", s->pattern.geometry.centre[0]);
    if (!e) e = results_note_real(out, "centre_y", s->pattern.geometry.centre[1]);
    mem_free(&x);
    return e;
}

static int save_maps(struct state *s) {
    int how = deck_choice(s->deck, "%s.save", s->at);
    int64_t n = s->n_maps * s->pattern.items;
    struct signal_shape shape;
    char *path = NULL;
    float *data = NULL;
    if (how == 0 || !s->out->front) return ERR_OK;
    pattern_shape(&s->pattern, s->n_maps, "symmetry maps", &shape);
    shape.axis[0].offset = 2;
    shape.quantity = symmetry_name(s->convention);
    int e = err_agree(s->comm, MEM_NEW(data, n));
    for (int64_t i = 0; i < n && !e; i++) data[i] = (float)s->map[i];
    for (int k = 0; k < 2 && !e; k++) {
        if (!(how & (1 << k))) continue;
        e = err_agree(s->comm, mem_sprintf(&path, "%s.maps.%s", s->out->front, k ? "emd" : "tif"));
        if (!e)
            e = k ? signal_put_emd(s->comm, path, &shape, data)
                  : signal_put_tiff(s->comm, path, &shape, data);
        mem_free(&path);
    }
    mem_free(&data);
    return e;
}

static int tables(struct state *s, double *const c[REGIONS]) {
    static int (*const make[])(struct state *, struct tsv **) = {map_table, power_table};
    static const char *const names[] = {"symmetry", "angular_power"};
    struct tsv *tsv = NULL;
    int e = ERR_OK;
    for (int k = 0; k < 2 && !e; k++) {
        e = err_agree(s->comm, make[k](s, &tsv));
        if (!e) e = results_table(s->out, names[k], tsv);
        tsv_destroy(&tsv);
    }
    if (!e) e = err_agree(s->comm, correlation_table(s, c, &tsv));
    if (!e) e = results_table(s->out, "angular_correlation", tsv);
    tsv_destroy(&tsv);
    return e;
}

static int finish(void *state) {
    struct state *s = state;
    double *c[REGIONS] = {NULL};
    int lost = 0, e = ERR_OK;
    for (int k = s->first; k < s->end; k++)
        lost += !(symmetry_condition(s->symmetry, k) <= SYMMETRY_CONDITION);
    if (lost)
        log_warn("symmetry: %d of %d rings have too much masked for n up to %d and are left out", lost,
                 s->end - s->first, s->top);
    for (int r = 0; r < (s->mask ? REGIONS : 1) && !e; r++) e = correlation(s, r, &c[r]);
    cite_use("voigt2023");
    cite_use("huang2022");
    cite_use("frigo2005");
    e = err_agree(s->comm, e);
    if (!e) e = tables(s, c);
    if (!e) e = write_maps(s);
    if (!e) e = write_arrays(s, c[ALL]);
    if (!e) e = save_maps(s);
    for (int r = 0; r < REGIONS; r++) mem_free(&c[r]);
    return e;
}

static void destroy(void *state) {
    struct state *s = state;
    if (!s) return;
    pattern_close(&s->pattern);
    polar_destroy(&s->polar);
    symmetry_destroy(&s->symmetry);
    mem_free(&s->mask);
    mem_free(&s->sum);
    mem_free(&s->total);
    mem_free(&s->map);
    mem_free(&s->huang);
    mem_free(&s->gain);
    mem_free(&s);
}

const struct pass_kind symmetry_pass = {.name = "symmetry",
                                        .input = PASS_FILE,
                                        .rows = symmetry_deck_rows,
                                        .check = check,
                                        .create = create,
                                        .file = read_file,
                                        .finish = finish,
                                        .destroy = destroy};
