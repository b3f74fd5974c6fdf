/* regions - two readings of the scan: the first finds the largest intensity and the annulus' sums, the second
 * adds.
 *
 * With the largest intensity known every number is rounded to a common quantum (2^-52 of the largest possible
 * sum), so that additions are exact in any order. Rejected: keeping sums of blocks in memory (hundreds of MB
 * at 1024^2). */
#include "analysis/microscope/regions.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/stop.h"

#include <gsl/gsl_sort.h>
#include <math.h>

const char *const regions_names[REGIONS_MOST] = {"all", "bright", "dark"};

typedef void (*visit)(void *data, int64_t item, const float *image);

/* **Collective.** Each pattern once, on one rank. */
static int read_all(const struct pattern *p, const char *what, visit each, void *data) {
    float *image = NULL;
    int e = MEM_NEW(image, p->size);
    log_progress_begin(what, (double)p->items);
    for (int64_t i = p->comm->rank; i < p->items && !e; i += p->comm->size) {
        if (stop_wanted() != STOP_NONE)
            e = err_set(ERR_TIME, __FILE__, __LINE__, "stopped by %s before all patterns were seen",
                        stop_text(stop_wanted()));
        if (!e) e = signal_read(p->signal, i, 1, image);
        if (!e) each(data, i, image);
        log_progress_at((double)i, "pattern %lld", (long long)i);
    }
    log_progress_end();
    mem_free(&image);
    return err_agree(p->comm, e);
}

struct first {
    const struct pattern *p;
    int64_t *inside; /* pixels of the annulus */
    int64_t n_inside;
    double largest, *contrast;
};

static void look(void *data, int64_t item, const float *image) {
    struct first *f = data;
    double sum = 0;
    for (int64_t i = 0; i < f->p->size; i++) f->largest = fmax(f->largest, fabs((double)image[i]));
    for (int64_t i = 0; i < f->n_inside; i++) sum += image[f->inside[i]];
    if (f->contrast) f->contrast[item] = sum;
}

static int find_annulus(struct first *f, const double annulus[2]) {
    const struct polar_geometry *g = &f->p->geometry;
    TRY(MEM_NEW(f->inside, f->p->size));
    for (int64_t i = 0; i < f->p->size; i++) {
        double k, phi;
        polar_where(g, (double)(i % g->nx), (double)(i / g->nx), &k, &phi);
        if (k >= annulus[0] && k < annulus[1] && !(g->bad && g->bad[i])) f->inside[f->n_inside++] = i;
    }
    if (!f->n_inside)
        FAIL(ERR_INPUT, "the annulus %.4g to %.4g 1/A holds no pixel of the pattern", annulus[0], annulus[1]);
    return ERR_OK;
}

/* **Local.** Classes of equal size from the map. */
static int classify(struct regions *r, int64_t n, double threshold) {
    double sum = 0, square = 0;
    for (int64_t i = 0; i < n; i++) sum += r->contrast[i];
    for (int64_t i = 0; i < n; i++)
        square += (r->contrast[i] - sum / (double)n) * (r->contrast[i] - sum / (double)n);
    double mean = sum / (double)n, deviation = sqrt(square / (double)n);
    int64_t count[2] = {0}, most;
    for (int64_t i = 0; i < n; i++) {
        count[0] += r->contrast[i] > mean + threshold * deviation;
        count[1] += r->contrast[i] < mean - threshold * deviation;
    }
    most = count[0] < count[1] ? count[0] : count[1];
    if (most < 1)
        FAIL(ERR_INPUT,
             "%lld positions are bright and %lld dark at %.3g standard deviations; lower contrast_threshold",
             (long long)count[0], (long long)count[1], threshold);
    size_t *order = NULL;
    int e = MEM_NEW(order, n);
    if (!e) gsl_sort_index(order, r->contrast, 1, (size_t)n);
    for (int64_t k = 0; k < most && !e; k++) {
        r->member[order[k]] = REGIONS_DARK;
        r->member[order[n - 1 - k]] = REGIONS_BRIGHT;
    }
    r->count[REGIONS_BRIGHT] = r->count[REGIONS_DARK] = most;
    mem_free(&order);
    return e;
}

struct second {
    const struct pattern *p;
    const struct regions *r;
    double quantum, *sum[REGIONS_MOST];
};

static void accumulate(void *data, int64_t item, const float *image) {
    struct second *s = data;
    double *own = s->r->n > 1 && s->r->member[item] ? s->sum[s->r->member[item]] : NULL;
    for (int64_t i = 0; i < s->p->size; i++) {
        double v = s->quantum > 0 ? comm_round(image[i], s->quantum) : 0;
        s->sum[REGIONS_ALL][i] += v;
        if (own) own[i] += v;
    }
}

/* **Collective.** */
static int integrate(const struct pattern *p, struct regions *r, double largest) {
    struct second s = {.p = p, .r = r, .quantum = largest > 0 ? comm_quantum(p->items, largest) : 0};
    int e = ERR_OK;
    for (int k = 0; k < r->n && !e; k++) e = MEM_NEW(s.sum[k], p->size);
    for (int k = 0; k < r->n && !e; k++) e = MEM_NEW(r->image[k], p->size);
    e = err_agree(p->comm, e);
    if (!e) e = read_all(p, "patterns", accumulate, &s);
    for (int k = 0; k < r->n && !e; k++) {
        pattern_gather(p, s.sum[k], p->size);
        for (int64_t i = 0; i < p->size; i++) r->image[k][i] = (float)(s.sum[k][i] / (double)r->count[k]);
    }
    for (int k = 0; k < r->n; k++) mem_free(&s.sum[k]);
    return e;
}

int regions_integrate(const struct pattern *pattern, const float *map, const double annulus[2],
                      double threshold, struct regions *regions) {
    struct first f = {.p = pattern};
    *regions = (struct regions){.n = map || annulus ? REGIONS_MOST : 1};
    regions->count[REGIONS_ALL] = pattern->items;
    int e = ERR_OK;
    if (regions->n > 1) e = MEM_NEW(regions->contrast, pattern->items);
    if (!e && regions->n > 1) e = MEM_NEW(regions->member, pattern->items);
    if (!e && annulus && !map) e = find_annulus(&f, annulus);
    e = err_agree(pattern->comm, e);
    if (!map) f.contrast = regions->contrast;
    if (!e) e = read_all(pattern, "contrast", look, &f);
    if (!e) comm_max(pattern->comm, &f.largest, 1);
    if (!e && f.contrast) pattern_gather(pattern, f.contrast, pattern->items);
    for (int64_t i = 0; i < pattern->items && map && !e; i++) regions->contrast[i] = map[i];
    if (!e && regions->n > 1) e = err_agree(pattern->comm, classify(regions, pattern->items, threshold));
    if (!e) e = integrate(pattern, regions, f.largest);
    mem_free(&f.inside);
    if (e) regions_destroy(regions);
    return e;
}

void regions_destroy(struct regions *regions) {
    mem_free(&regions->contrast);
    mem_free(&regions->member);
    for (int k = 0; k < REGIONS_MOST; k++) mem_free(&regions->image[k]);
}
