/* rdf - ordered pairs counted through cells a third of r_max wide, by the rank that owns the first atom.
 *
 * Counts of a frame are summed over ranks as integers; everything after is the same arithmetic on every rank.
 * Up to the shortest periodic edge L each pair of atoms is met once per image; beyond, an atom meets itself,
 * so larger r_max is refused. Rejected: half lists (ghost partners need a rule to count once; the saving is a
 * factor 2 of a short pass), FFT of the density (for r_max near the box size only). */
#include "analysis/structure/rdf.h"
#include "analysis/space.h"
#include "base/mem.h"

#include <math.h>
#include <string.h>

#define TOO_CLOSE 0.01 /* A: the same atom twice */
#define UNFILLED                                                                               \
    1.2 /* mean of g far out: more than the few per cent that crystals and small boxes are off \
         */

struct rdf {
    struct rdf_options options;
    struct species species;
    int n_species, n_curves;
    bool ready, filled;
    double r_max, volume;      /* volume: mean over frames */
    int64_t n_frames, n_atoms; /* summed over frames */
    int64_t n_of[SPECIES_MAX]; /* likewise */
    struct shape shape;        /* radius and length summed */
    int64_t frames_of[RDF_BLOCKS];
    double *sum;    /* [RDF_BLOCKS][n_curves][n_bins] sums over frames of g */
    int64_t *pairs; /* [n_curves][n_bins] pairs counted, each once */
    double *around; /* [n_species^2][n_bins] sums over frames of b in the bin around an a */
    double *r, *g, *error, *running;
    struct rdf_peak *peak;
};

int rdf_curve(int n_species, int a, int b) {
    int lo = a < b ? a : b, hi = a < b ? b : a;
    return 1 + lo * n_species - lo * (lo - 1) / 2 + hi - lo;
}

void rdf_name(const struct species *species, int curve, char name[2 * SPECIES_NAME]) {
    strcpy(name, "total");
    for (int a = 0; a < species->n; a++)
        for (int b = a; b < species->n; b++)
            if (rdf_curve(species->n, a, b) == curve) {
                strcpy(name, species->name[a]);
                strcat(name, species->name[b]);
            }
}

int rdf_create(const struct rdf_options *options, struct rdf **rdf) {
    TRY(MEM_NEW(*rdf, 1));
    (*rdf)->options = *options;
    return ERR_OK;
}

void rdf_destroy(struct rdf **rdf) {
    struct rdf *p = *rdf;
    if (!p) return;
    mem_free(&p->sum);
    mem_free(&p->pairs);
    mem_free(&p->around);
    mem_free(&p->r);
    mem_free(&p->g);
    mem_free(&p->error);
    mem_free(&p->running);
    mem_free(&p->peak);
    mem_free(rdf);
}

static double shortest_edge(const struct box *box) {
    double edge = INFINITY;
    for (int a = 0; a < 3; a++)
        if (box->periodic[a]) edge = fmin(edge, box->len[a]);
    return edge;
}

static int prepare(struct rdf *rdf, const struct frame *frame) {
    int ns = frame->species.n, nb = rdf->options.n_bins;
    double edge = shortest_edge(&frame->box), largest = 0;
    for (int s = 0; s < ns; s++) largest = fmax(largest, frame->species.radius[s]);
    if (largest == 0) largest = 1.6; /* no radius known: 12 A */
    rdf->species = frame->species;
    rdf->n_species = ns;
    rdf->n_curves = 1 + ns * (ns + 1) / 2;
    rdf->r_max = rdf->options.r_max > 0 ? rdf->options.r_max : fmin(7.5 * largest, edge / 2);
    rdf->filled = true;
    TRY(MEM_NEW(rdf->sum, RDF_BLOCKS * rdf->n_curves * nb));
    TRY(MEM_NEW(rdf->pairs, rdf->n_curves * nb));
    TRY(MEM_NEW(rdf->around, ns * ns * nb));
    rdf->ready = true;
    return ERR_OK;
}

static int check_frame(const struct rdf *rdf, const struct frame *frame) {
    double edge = shortest_edge(&frame->box);
    if (rdf->r_max > edge)
        FAIL(ERR_DECK,
             "r_max %.6g is beyond the shortest periodic edge %.6g, where an atom meets its own image; "
             "give r_max: %.3g or less",
             rdf->r_max, edge, edge / 2);
    bool same = frame->species.n == rdf->n_species;
    for (int s = 0; same && s < rdf->n_species; s++)
        same = !strcmp(frame->species.name[s], rdf->species.name[s]);
    if (!same) FAIL(ERR_INPUT, "a frame has other species than the first; choose frames of one system");
    for (int i = 0; i < frame->n; i++)
        for (int a = 0; a < 3; a++)
            if (!isfinite(frame->x[i][a]))
                FAIL(ERR_INPUT, "atom %lld has a position that is not a number", (long long)frame->id[i]);
    return ERR_OK;
}

/* **Collective.** Box along periodic axes, extent of the atoms along open ones. */
static double volume_of(const struct comm *comm, const struct frame *frame, bool *filled) {
    double volume = 1;
    for (int a = 0; a < 3; a++) {
        if (frame->box.periodic[a]) {
            volume *= frame->box.len[a];
            continue;
        }
        double ends[2] = {-INFINITY, -INFINITY}; /* -lowest, highest */
        for (int i = 0; i < frame->n; i++) {
            ends[0] = fmax(ends[0], -frame->x[i][a]);
            ends[1] = fmax(ends[1], frame->x[i][a]);
        }
        comm_max(comm, ends, 2);
        *filled = false;
        volume *= ends[0] + ends[1];
    }
    return volume;
}

/* **Local.** Ordered pairs of this rank's atoms: hist[a][b][bin]. */
static int count_pairs(const struct rdf *rdf, const struct space *space, int64_t *hist) {
    const struct frame *frame = space->frame;
    int ns = rdf->n_species, nb = rdf->options.n_bins;
    double per_r = nb / rdf->r_max;
    struct space_near *near = NULL;
    int64_t capacity = 0, n = 0;
    int e = ERR_OK;
    for (int i = 0; i < frame->n && !e; i++) {
        e = space_near(space, i, rdf->r_max, &near, &capacity, &n);
        int64_t *mine = hist + (int64_t)frame->type[i] * ns * nb;
        for (int64_t k = 0; k < n && !e; k++) {
            int j = near[k].row;
            double r = sqrt(near[k].d2);
            int bin = (int)(r * per_r);
            if (bin < nb) mine[frame->type[j] * nb + bin]++;
            if (r < TOO_CLOSE)
                e = err_set(ERR_INPUT, __FILE__, __LINE__,
                            "atoms %lld and %lld are %.3g apart, closer than 0.01; remove one of them",
                            (long long)frame->id[i], (long long)frame->id[j], r);
        }
    }
    mem_free(&near);
    return e;
}

static double shell_volume(const struct rdf *rdf, int bin) {
    double w = rdf->r_max / rdf->options.n_bins;
    return 4 * M_PI / 3 * w * w * w * (3.0 * bin * bin + 3.0 * bin + 1);
}

static void add_curve(struct rdf *rdf, int curve, int block, const int64_t *n, double per_pair) {
    int nb = rdf->options.n_bins;
    double *sum = rdf->sum + ((int64_t)block * rdf->n_curves + curve) * nb;
    for (int b = 0; b < nb; b++) {
        sum[b] += (double)n[b] * per_pair / shell_volume(rdf, b);
        rdf->pairs[curve * nb + b] += n[b] / 2;
    }
}

/* **Local.** Turn a frame's counts into g and add them. scratch: n_bins integers. */
static void add_counts(struct rdf *rdf, const int64_t *hist, const int64_t *n_of, double volume,
                       int64_t *scratch) {
    int ns = rdf->n_species, nb = rdf->options.n_bins;
    int64_t expected = rdf->options.n_frames > 0 ? rdf->options.n_frames : 1, n_all = 0;
    int n_blocks = (int)(expected < RDF_BLOCKS ? expected : RDF_BLOCKS);
    int block = (int)(rdf->n_frames * n_blocks / expected);
    if (block >= n_blocks) block = n_blocks - 1;
    for (int s = 0; s < ns; s++) {
        n_all += n_of[s];
        rdf->n_of[s] += n_of[s];
    }
    memset(scratch, 0, sizeof *scratch * (size_t)nb);
    for (int ab = 0; ab < ns * ns; ab++)
        for (int b = 0; b < nb; b++) {
            scratch[b] += hist[ab * nb + b];
            if (n_of[ab / ns]) rdf->around[ab * nb + b] += (double)hist[ab * nb + b] / (double)n_of[ab / ns];
        }
    if (n_all > 1) add_curve(rdf, 0, block, scratch, volume / ((double)n_all * (double)(n_all - 1)));
    for (int s = 0; s < ns; s++)
        for (int t = s; t < ns; t++) {
            const int64_t *st = hist + (s * ns + t) * nb, *ts = hist + (t * ns + s) * nb;
            for (int b = 0; b < nb; b++) scratch[b] = s == t ? st[b] : st[b] + ts[b];
            double pairs =
                s == t ? (double)n_of[s] * (double)(n_of[s] - 1) : 2.0 * (double)n_of[s] * (double)n_of[t];
            if (pairs > 0) add_curve(rdf, rdf_curve(ns, s, t), block, scratch, volume / pairs);
        }
    rdf->frames_of[block]++;
    rdf->n_frames++;
    rdf->n_atoms += n_all;
    rdf->volume += volume;
}

int rdf_add(const struct comm *comm, struct rdf *rdf, struct frame *frame) {
    struct space space = {0};
    int64_t *hist = NULL, n_of[SPECIES_MAX];
    int ns = frame->species.n, nb = rdf->options.n_bins, e = ERR_OK;
    if (!rdf->ready) TRY_ALL(comm, prepare(rdf, frame));
    TRY_ALL(comm, check_frame(rdf, frame));
    double volume = rdf->options.volume;
    if (rdf->options.shape != SHAPE_BOX) {
        struct shape one;
        TRY(shape_find(comm, frame, rdf->options.shape, rdf->options.diameter, &one));
        if (!(volume > 0)) volume = shape_volume(&one);
        one.radius += rdf->shape.radius;
        one.length += rdf->shape.length;
        rdf->shape = one;
    }
    if (!(volume > 0)) volume = volume_of(comm, frame, &rdf->filled);
    frame_count(comm, frame, n_of);
    TRY(space_open(comm, &space, frame));
    TRY_ALL_TO(comm, out, MEM_NEW(hist, (ns * ns + 1) * nb));
    TRY_TO(out, space_reach(&space, comm, rdf->r_max, 3));
    TRY_ALL_TO(comm, out, count_pairs(rdf, &space, hist));
    comm_sum_i64(comm, hist, ns * ns * nb);
    add_counts(rdf, hist, n_of, volume, hist + ns * ns * nb);
out:
    mem_free(&hist);
    space_close(&space);
    return e;
}

/* --- averages */

static int blocks_used(const struct rdf *rdf) {
    int n = 0;
    for (int k = 0; k < RDF_BLOCKS; k++) n += rdf->frames_of[k] > 0;
    return n;
}

/* Mean of frames, and the error of that mean from blocks (spread of block means) or counts (1/sqrt of pairs).
 */
static void average(struct rdf *rdf) {
    int n = rdf->n_curves * rdf->options.n_bins, blocks = blocks_used(rdf);
    for (int c = 0; c < n; c++) {
        double mean = 0, spread = 0;
        for (int k = 0; k < RDF_BLOCKS; k++) mean += rdf->sum[(int64_t)k * n + c];
        mean /= (double)rdf->n_frames;
        for (int k = 0; k < RDF_BLOCKS; k++)
            if (rdf->frames_of[k]) {
                double d = rdf->sum[(int64_t)k * n + c] / (double)rdf->frames_of[k] - mean;
                spread += d * d;
            }
        rdf->g[c] = mean;
        rdf->error[c] = rdf->pairs[c] ? mean / sqrt((double)rdf->pairs[c]) : 0;
        if (blocks >= 4) rdf->error[c] = sqrt(spread / (blocks - 1) / blocks);
    }
}

/* A finite body lacks pairs: divide all sums by what a uniform one has. */
static void fill_shape(struct rdf *rdf) {
    int nb = rdf->options.n_bins;
    if (rdf->options.shape == SHAPE_BOX) return;
    rdf->shape.radius /= (double)rdf->n_frames;
    rdf->shape.length /= (double)rdf->n_frames;
    for (int b = 0; b < nb; b++) {
        double gamma = shape_gamma(&rdf->shape, rdf->r[b]);
        for (int k = 0; k < RDF_BLOCKS * rdf->n_curves; k++) rdf->sum[(int64_t)k * nb + b] /= gamma;
    }
}

static void run_up(struct rdf *rdf) {
    int nb = rdf->options.n_bins;
    for (int ab = 0; ab < rdf->n_species * rdf->n_species; ab++) {
        double sum = 0;
        for (int b = 0; b < nb; b++) {
            sum += rdf->around[ab * nb + b] / (double)rdf->n_frames;
            rdf->running[ab * nb + b] = sum;
        }
    }
}

/* **Local.** Coordination of a curve up to its minimum's bin: b around a (a <= b); total: everything around
 * anything. */
static double coordination(const struct rdf *rdf, int curve, double minimum) {
    int ns = rdf->n_species, nb = rdf->options.n_bins;
    if (!(minimum > 0)) return NAN;
    int last = (int)(minimum * nb / rdf->r_max);
    if (last > nb - 1) last = nb - 1;
    double sum = 0;
    for (int b = 0; b <= last; b++) sum += 2 * (double)rdf->pairs[b] / (double)rdf->n_atoms;
    if (curve == 0) return sum;
    for (int a = 0; a < ns; a++)
        for (int b = a; b < ns; b++)
            if (rdf_curve(ns, a, b) == curve) return rdf->running[(a * ns + b) * nb + last];
    return NAN;
}

/* **Local.** Errors of position and height from the blocks' own peaks. */
static void peak_errors(struct rdf *rdf, int curve, double *scratch) {
    int nb = rdf->options.n_bins, n = rdf->n_curves * nb, blocks = 0;
    double s1[2] = {0}, s2[2] = {0};
    for (int k = 0; k < RDF_BLOCKS; k++) {
        if (!rdf->frames_of[k]) continue;
        struct rdf_peak one;
        for (int b = 0; b < nb; b++)
            scratch[b] = rdf->sum[(int64_t)k * n + curve * nb + b] / (double)rdf->frames_of[k];
        rdf_find_peak(nb, rdf->r, scratch, NULL, &one);
        if (isnan(one.r)) return;
        double d[2] = {one.r - rdf->peak[curve].r, one.height - rdf->peak[curve].height};
        for (int c = 0; c < 2; c++) {
            s1[c] += d[c];
            s2[c] += d[c] * d[c];
        }
        blocks++;
    }
    rdf->peak[curve].r_error = sqrt(fmax(0, s2[0] - s1[0] * s1[0] / blocks) / (blocks - 1) / blocks);
    rdf->peak[curve].height_error = sqrt(fmax(0, s2[1] - s1[1] * s1[1] / blocks) / (blocks - 1) / blocks);
}

/* **Local.** Mean of the total g over the outer half of the range, by volume: 1 where atoms fill V. */
static double tail(const struct rdf *rdf) {
    int nb = rdf->options.n_bins;
    double sum = 0, volume = 0;
    for (int b = nb / 2; b < nb; b++) {
        sum += rdf->g[b] * shell_volume(rdf, b);
        volume += shell_volume(rdf, b);
    }
    return sum / volume;
}

int rdf_finish(struct rdf *rdf, struct rdf_result *result) {
    if (!rdf->n_frames) FAIL(ERR_INPUT, "no frame was chosen for g(r)");
    int ns = rdf->n_species, nb = rdf->options.n_bins;
    double *scratch = NULL;
    TRY(MEM_NEW(rdf->r, nb));
    TRY(MEM_NEW(rdf->g, rdf->n_curves * nb));
    TRY(MEM_NEW(rdf->error, rdf->n_curves * nb));
    TRY(MEM_NEW(rdf->running, ns * ns * nb));
    TRY(MEM_NEW(rdf->peak, rdf->n_curves));
    TRY(MEM_NEW(scratch, nb));
    for (int b = 0; b < nb; b++) rdf->r[b] = (b + 0.5) * rdf->r_max / nb;
    fill_shape(rdf);
    average(rdf);
    run_up(rdf);
    bool blocks = blocks_used(rdf) >= 4;
    for (int c = 0; c < rdf->n_curves; c++) {
        rdf_find_peak(nb, rdf->r, rdf->g + c * nb, rdf->error + c * nb, &rdf->peak[c]);
        rdf->peak[c].coordination = coordination(rdf, c, rdf->peak[c].minimum);
        if (blocks && !isnan(rdf->peak[c].r)) peak_errors(rdf, c, scratch);
    }
    mem_free(&scratch);
    *result = (struct rdf_result){.n_bins = nb,
                                  .n_curves = rdf->n_curves,
                                  .n_species = ns,
                                  .r = rdf->r,
                                  .g = rdf->g,
                                  .error = rdf->error,
                                  .running = rdf->running,
                                  .peak = rdf->peak,
                                  .error_from = blocks ? RDF_FROM_BLOCKS : RDF_FROM_COUNTS,
                                  .filled = rdf->filled && tail(rdf) < UNFILLED,
                                  .r_max = rdf->r_max,
                                  .volume = rdf->volume / (double)rdf->n_frames,
                                  .shape = rdf->shape,
                                  .counts = rdf->n_of,
                                  .n_frames = rdf->n_frames};
    return ERR_OK;
}
