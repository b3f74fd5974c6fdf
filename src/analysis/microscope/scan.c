/* scan - tiles of probes from a shared counter.
 *
 * A tile holds up to 8 x 8 probes, fewer when they lie far apart (the tile would be mostly potential that few
 * probes see) or when there would be too few tiles to share. Making the slices of a tile costs as much as
 * some eight probes, which is why neighbours share them. Rejected: the whole specimen's potential in memory
 * (4 GB for 1e6 atoms), shares of probes fixed beforehand (a rank that gets the vacuum would wait). */
#include "analysis/microscope/scan.h"
#include "base/log.h"
#include "base/mem.h"
#include "analysis/microscope/tally.h"
#include "base/stop.h"

#include <math.h>
#include <string.h>

#define BLOCK 8
#define MARGIN 3.0 /* A around the windows of a tile: potentials of atoms outside reach in */

static double extent(const struct scan *s, int axis) {
    return (s->bu - 1) * fabs(s->u[axis]) + (s->bv - 1) * fabs(s->v[axis]);
}

static int64_t share(int64_t n, int b) {
    return (n + b - 1) / b;
}

void scan_plan(struct scan *s) {
    const struct waves_grid *g = &s->waves.window;
    s->bu = s->nu < BLOCK ? (int)s->nu : s->nv > 1 ? BLOCK : 2 * BLOCK;
    s->bv = s->nv < BLOCK ? (int)s->nv : BLOCK;
    for (;;) {
        bool wide = !s->whole && (extent(s, 0) > 0.75 * g->nx * g->dx || extent(s, 1) > 0.75 * g->ny * g->dy);
        bool few = share(s->nu, s->bu) * share(s->nv, s->bv) < 16;
        int *larger = s->bu >= s->bv ? &s->bu : &s->bv;
        if (*larger == 1 || !(wide || (few && s->bu * s->bv > 4))) break;
        *larger = (*larger + 1) / 2;
    }
    s->tiles_u = share(s->nu, s->bu);
    s->tiles_v = share(s->nv, s->bv);
    s->waves.n_probes = s->bu * s->bv;
    s->waves.tile_nx = g->nx;
    s->waves.tile_ny = g->ny;
    if (s->whole) return;
    s->waves.tile_nx = waves_friendly(g->nx + (extent(s, 0) + 2 * MARGIN) / g->dx + 2);
    s->waves.tile_ny = waves_friendly(g->ny + (extent(s, 1) + 2 * MARGIN) / g->dy + 2);
}

double scan_bytes(const struct scan *s, const struct specimen *specimens, int n) {
    double atoms = 0, dz, states = s->waves.engine == WAVES_PRISM ? n * (double)s->configurations : 1;
    for (int k = 0; k < n; k++) atoms += 28.0 * (double)specimens[k].n;
    int slices = specimen_slices(&specimens[0], s->slice, &dz);
    double share_of_atoms = 60.0 * (double)specimens[0].n; /* a cut, at most all atoms */
    double pattern = (2.0 * s->waves.half_x + 1) * (2.0 * s->waves.half_y + 1);
    double sums = pattern * (28 + 4.0 * s->bu) + 1e5;
    return atoms + share_of_atoms + sums + states * waves_bytes(&s->waves, slices, s->single);
}

/* --- one rank's work */

struct job {
    const struct scan *scan;
    const struct specimen *specimens;
    int n_specimens, n_states; /* prism keeps one state per frame and configuration */
    struct signal *signal;
    const struct waves_kind *kind;
    struct waves **state;
    struct specimen_cut *cut;
    struct waves_place *place;
    double *patterns;
    float *row;
    int64_t size;           /* of a pattern */
    int *ring_of;           /* of each pixel, -1: outside */
    double *first, *second; /* of the rings of one pattern */
    struct scan_result *result;
    struct tally mean, rings; /* rings: sums of m, m^2, variance */
};

static int rings_create(struct job *j) {
    const struct waves_setup *o = &j->scan->waves;
    struct scan_result *r = j->result;
    double lx = 1 / waves_pixel(o, 0), ly = 1 / waves_pixel(o, 1);
    r->ring = 1 / fmin(lx, ly);
    r->n_rings = 1 + (int)floor(fmin(o->half_x / lx, o->half_y / ly) / r->ring + 1e-9);
    TRY(MEM_NEW(r->pixels, r->n_rings));
    TRY(MEM_NEW(r->intensity, r->n_rings));
    TRY(MEM_NEW(r->sd, r->n_rings));
    TRY(MEM_NEW(r->variance, r->n_rings));
    TRY(MEM_NEW(r->mean, j->size));
    TRY(MEM_NEW(j->ring_of, j->size));
    TRY(MEM_NEW(j->first, r->n_rings));
    TRY(MEM_NEW(j->second, r->n_rings));
    for (int y = -o->half_y; y <= o->half_y; y++)
        for (int x = -o->half_x; x <= o->half_x; x++) {
            int ring = (int)floor(hypot(x / lx, y / ly) / r->ring + 0.5);
            if (ring >= r->n_rings) ring = -1;
            else r->pixels[ring]++;
            j->ring_of[(y + o->half_y) * (2 * o->half_x + 1) + x + o->half_x] = ring;
        }
    TRY(tally_create(&j->mean, j->size));
    return tally_create(&j->rings, 3 * (int64_t)r->n_rings);
}

static int job_create(struct job *j) {
    const struct scan *s = j->scan;
    j->kind = s->single ? &waves_float : &waves_double;
    j->size = (int64_t)(2 * s->waves.half_x + 1) * (2 * s->waves.half_y + 1);
    j->n_states = s->waves.engine == WAVES_PRISM ? j->n_specimens * s->configurations : 1;
    TRY(MEM_NEW(j->state, j->n_states));
    TRY(MEM_NEW(j->cut, j->n_states));
    for (int k = 0; k < j->n_states; k++) TRY(j->kind->create(&s->waves, &j->state[k]));
    TRY(MEM_NEW(j->place, s->waves.n_probes));
    TRY(MEM_NEW(j->patterns, s->waves.n_probes * j->size));
    TRY(MEM_NEW(j->row, s->bu * j->size));
    return rings_create(j);
}

static void job_destroy(struct job *j) {
    for (int k = 0; k < j->n_states && j->state; k++) {
        if (j->kind) j->kind->destroy(&j->state[k]);
        if (j->cut) specimen_cut_free(&j->cut[k]);
    }
    mem_free(&j->state);
    mem_free(&j->cut);
    mem_free(&j->place);
    mem_free(&j->patterns);
    mem_free(&j->row);
    mem_free(&j->ring_of);
    mem_free(&j->first);
    mem_free(&j->second);
    tally_destroy(&j->mean);
    tally_destroy(&j->rings);
}

/* The probes (i0 .. i1, j0 .. j1) of a tile: its corner, and where their windows lie in it. */
static int place_probes(struct job *j, const int64_t range[4], double corner[2]) {
    const struct scan *s = j->scan;
    const struct waves_grid *g = &s->waves.window;
    const double window[2] = {g->nx * g->dx, g->ny * g->dy}, pixel[2] = {g->dx, g->dy};
    int n = 0;
    for (int a = 0; a < 2 && !s->whole; a++) {
        double lo = INFINITY;
        for (int64_t v = range[2]; v < range[3]; v++)
            for (int64_t u = range[0]; u < range[1]; u++)
                lo = fmin(lo, s->from[a] + (double)u * s->u[a] + (double)v * s->v[a]);
        corner[a] = floor((lo - window[a] / 2 - MARGIN) / pixel[a]) * pixel[a];
    }
    for (int64_t v = range[2]; v < range[3]; v++)
        for (int64_t u = range[0]; u < range[1]; u++, n++) {
            int at[2] = {0, 0};
            for (int a = 0; a < 2; a++) {
                double x = s->from[a] + (double)u * s->u[a] + (double)v * s->v[a] - corner[a];
                if (!s->whole) at[a] = (int)floor((x - window[a] / 2) / pixel[a] + 0.5);
                j->place[n].at[a] = x - at[a] * pixel[a];
            }
            j->place[n].x = at[0];
            j->place[n].y = at[1];
        }
    return n;
}

static int compute_tile(struct job *j, const double corner[2], int n) {
    const struct scan *s = j->scan;
    const struct waves_setup *o = &s->waves;
    double weight = 1.0 / ((double)j->n_specimens * s->configurations);
    bool moved = false;
    for (int k = 0; k < SPECIES_MAX; k++) moved |= s->displacement[k] > 0;
    memset(j->patterns, 0, (size_t)(n * j->size) * sizeof *j->patterns);
    for (int m = 0; m < j->n_specimens; m++)
        for (int c = 0; c < s->configurations; c++) {
            const struct specimen *sp = &j->specimens[m];
            int k = j->n_states > 1 ? m * s->configurations + c : 0;
            bool known =
                s->whole && j->cut[k].slab.serial && j->n_states == j->n_specimens * s->configurations;
            struct specimen_request q = {.seed = s->seed,
                                         .configuration = (uint64_t)(m * s->configurations + c),
                                         .displacement = moved ? s->displacement : NULL};
            for (int a = 0; a < 2; a++) {
                q.corner[a] = corner[a];
                q.edge[a] = a ? o->tile_ny * o->window.dy : o->tile_nx * o->window.dx;
                q.scale[a] = j->specimens[0].edge[a] / sp->edge[a];
                q.shear[a] = o->engine == WAVES_KINEMATIC ? -o->probe.tilt[a] : 0;
            }
            q.n_slices = specimen_slices(sp, s->slice, &q.dz);
            if (!known) TRY(specimen_cut(sp, &q, &j->cut[k]));
            TRY(j->kind->add(j->state[k], &j->cut[k].slab, j->place, n, weight, j->patterns));
        }
    return ERR_OK;
}

static void count_pattern(struct job *j, const float *p) {
    int n = j->result->n_rings;
    memset(j->first, 0, (size_t)n * sizeof *j->first);
    memset(j->second, 0, (size_t)n * sizeof *j->second);
    for (int64_t i = 0; i < j->size; i++) {
        double x = p[i];
        tally_add(&j->mean, i, x);
        if (j->ring_of[i] < 0) continue;
        j->first[j->ring_of[i]] += x;
        j->second[j->ring_of[i]] += x * x;
    }
    for (int r = 0; r < n; r++) {
        double m = j->first[r] / (double)j->result->pixels[r],
               m2 = j->second[r] / (double)j->result->pixels[r];
        tally_add(&j->rings, 3 * r, m);
        tally_add(&j->rings, 3 * r + 1, m * m);
        tally_add(&j->rings, 3 * r + 2, m > 0 ? fmax(0, m2 / (m * m) - 1) : 0);
    }
}

static int one_tile(struct job *j, int64_t tile) {
    const struct scan *s = j->scan;
    int64_t tu = tile % s->tiles_u, tv = tile / s->tiles_u;
    int64_t range[4] = {tu * s->bu, (tu + 1) * s->bu, tv * s->bv, (tv + 1) * s->bv};
    double corner[2] = {0, 0};
    if (range[1] > s->nu) range[1] = s->nu;
    if (range[3] > s->nv) range[3] = s->nv;
    int n = place_probes(j, range, corner);
    TRY(compute_tile(j, corner, n));
    const double *p = j->patterns;
    for (int64_t v = range[2]; v < range[3]; v++) {
        int64_t m = range[1] - range[0];
        for (int64_t i = 0; i < m * j->size; i++) j->row[i] = (float)*p++;
        for (int64_t k = 0; k < m; k++) count_pattern(j, j->row + k * j->size);
        if (j->signal) TRY(signal_write(j->signal, v * s->nu + range[0], m, j->row));
    }
    return ERR_OK;
}

static int work(struct job *j, struct comm_counter *counter) {
    int64_t total = j->scan->tiles_u * j->scan->tiles_v;
    for (;;) {
        int64_t tile = comm_counter_next(counter);
        enum stop_reason why = stop_wanted();
        if (tile >= total) return ERR_OK;
        if (why)
            FAIL(ERR_TIME, "stopped by %s; %lld of %lld tiles of patterns were done", stop_text(why),
                 (long long)tile, (long long)total);
        TRY(one_tile(j, tile));
        log_progress_at((double)(tile + 1), "tile %lld of %lld", (long long)tile + 1, (long long)total);
    }
}

static int totals(const struct comm *comm, struct job *j) {
    struct scan_result *r = j->result;
    double n = (double)j->scan->nu * (double)j->scan->nv, *sums = NULL;
    TRY(mem_agree(comm, &sums, MEM_NEW(sums, 3 * r->n_rings)));
    int e = tally_total(comm, &j->mean, r->mean);
    if (!e) e = tally_total(comm, &j->rings, sums);
    for (int64_t i = 0; i < j->size && !e; i++) r->mean[i] /= n;
    for (int k = 0; k < r->n_rings && !e; k++) {
        r->intensity[k] = sums[3 * k] / n;
        r->sd[k] = sqrt(fmax(0, sums[3 * k + 1] / n - r->intensity[k] * r->intensity[k]));
        r->variance[k] = sums[3 * k + 2] / n;
    }
    mem_free(&sums);
    return e;
}

int scan_run(const struct comm *comm, const struct scan *scan, const struct specimen *specimens, int n,
             struct signal *signal, struct scan_result *result) {
    struct job j = {
        .scan = scan, .specimens = specimens, .n_specimens = n, .signal = signal, .result = result};
    struct comm_counter counter;
    int e;
    memset(result, 0, sizeof *result);
    TRY_ALL_TO(comm, out, job_create(&j));
    comm_counter_open(comm, &counter);
    log_progress_begin("diffraction", (double)(scan->tiles_u * scan->tiles_v));
    e = work(&j, &counter);
    log_progress_end();
    e = err_agree(comm, e);
    comm_counter_close(&counter);
    if (!e) e = totals(comm, &j);
out:
    job_destroy(&j);
    if (e) scan_free(result);
    return e;
}

void scan_free(struct scan_result *r) {
    mem_free(&r->pixels);
    mem_free(&r->intensity);
    mem_free(&r->sd);
    mem_free(&r->variance);
    mem_free(&r->mean);
}
