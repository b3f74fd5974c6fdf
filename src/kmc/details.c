/* details - rank 0 works alone here, the others wait for its arrays: a few replicas of thousands. */
#include "kmc/details.h"
#include "base/log.h"
#include "base/mem.h"
#include "kmc/grainmap.h"
#include "kmc/movie_write.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KELVIN 273.15

struct detail {
    const struct setup *setup;
    struct results *out;
    struct tsv *intensity, *axis, *neck; /* rank 0 */
    struct sample *sample;               /* rank 0 */
    struct detect *detect;               /* rank 0 */
    struct movie_tables movie;           /* rank 0 */
    char group[200], label[128];
};

static void name_it(struct detail *d, int row) {
    const struct ensemble_row *r = &d->setup->ensemble.row[row];
    double size = isfinite(r->diameter) ? r->diameter : r->profile.length;
    snprintf(d->label, sizeof d->label, "%.80s_%.6gnm", r->schedule->name, size);
}

static double nominal(const struct sample *s, double t) {
    return isfinite(t) ? schedule_nominal(s->schedule, t) - KELVIN : NAN;
}

/* --- tables, filled on rank 0 */

static int add_intensity(struct detail *d, int64_t replica) {
    const double *t, *value;
    int64_t n = detect_trace(d->detect, &t, &value);
    for (int64_t k = 0; k < n; k++)
        TRY(tsv_add(d->intensity, d->sample->schedule->name,
                    isfinite(d->sample->diameter) ? d->sample->diameter : NAN, replica, t[k],
                    nominal(d->sample, t[k]), value[k]));
    return ERR_OK;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* When the first and when half of a slice became crystalline, by the voxels (and patches) of the slice. */
static int add_slice(struct detail *d, int64_t replica, int k, double *times) {
    const struct voxels *v = d->sample->voxels;
    const struct front *f = crystal_front(d->sample->crystal);
    int64_t n = 0;
    for (int j = 0; j < v->n[1]; j++)
        for (int i = 0; i < v->n[0]; i++) {
            if (!voxels_kind(v, i, j, k)) continue;
            uint32_t handle = voxels_find(v, i, j, k);
            times[n++] = handle == UINT32_MAX ? INFINITY : front_time_core(f, handle);
        }
    for (int m = 0; d->sample->profile.kind == PROFILE_ROD && m < d->sample->skin->around[k]; m++)
        times[n++] = front_time_skin(f, d->sample->skin->first[k] + m);
    if (n == 0) return ERR_OK;
    qsort(times, (size_t)n, sizeof *times, ascending);
    double z = v->origin[2] + (k + 0.5) * v->h[2], half = times[(n - 1) / 2], all = times[n - 1];
    return tsv_add(d->axis, d->sample->schedule->name,
                   isfinite(d->sample->diameter) ? d->sample->diameter : NAN, replica, z, 2 * v->radius[k],
                   isfinite(times[0]) ? times[0] : NAN, nominal(d->sample, times[0]),
                   isfinite(half) ? half : NAN, nominal(d->sample, half), isfinite(all) ? all : NAN);
}

static int add_axis(struct detail *d, int64_t replica) {
    const struct voxels *v = d->sample->voxels;
    double *times = NULL;
    if (d->sample->profile.kind != PROFILE_ROD) return ERR_OK;
    TRY(MEM_NEW(times, (int64_t)v->n[0] * v->n[1] + d->sample->skin->n));
    int e = ERR_OK;
    for (int k = 0; k < v->n[2] && !e; k++) e = add_slice(d, replica, k, times);
    mem_free(&times);
    return e;
}

/* --- a front through the thinnest part: its velocity there, beside that of the thickest part at the same
 * temperature */

struct passage {
    double path, time, when; /* nm, s; mean time at which it passed */
    int n;
};

static double slice_time(const struct sample *s, int k) {
    const struct voxels *v = s->voxels;
    uint32_t handle = voxels_find(v, v->n[0] / 2, v->n[1] / 2, k);
    return handle == UINT32_MAX ? INFINITY : front_time_core(crystal_front(s->crystal), handle);
}

/* Slices of the thinnest part that a front crossed in one sense, the longest such stretch. */
static void cross(const struct sample *s, struct passage *p) {
    const struct voxels *v = s->voxels;
    double thin = profile_thinnest(&s->profile);
    struct passage now = {0};
    *p = now;
    int sense = 0;
    for (int k = 1; k < v->n[2]; k++) {
        double a = slice_time(s, k - 1), b = slice_time(s, k);
        bool in = fmax(v->radius[k], v->radius[k - 1]) * 2 < 1.01 * thin && isfinite(a) && isfinite(b);
        int going = b > a ? 1 : -1;
        if (!in || going != sense) now = (struct passage){0};
        sense = going;
        if (!in) continue;
        now.path += v->h[2];
        now.time += fabs(b - a);
        now.when += (a + b) / 2;
        now.n++;
        if (now.n > p->n) *p = now;
    }
}

static int add_neck(struct detail *d, int64_t replica) {
    const struct sample *s = d->sample;
    struct passage p;
    double thin = profile_thinnest(&s->profile), thick = profile_widest(&s->profile);
    if (s->profile.kind != PROFILE_ROD || thick < 1.05 * thin || s->voxels->n_voxels == 0) return ERR_OK;
    cross(s, &p);
    if (p.n < 5 || !(p.time > 0)) return ERR_OK;
    double t = p.when / p.n, T = schedule_temperature(s->schedule, t), u = p.path / p.time;
    double layer = s->voxels->layer > 0 ? material_growth_layer(s->material, T, thick)
                                        : material_growth(s->material, T, thick);
    return tsv_add(d->neck, s->schedule->name, thick, thin, replica, nominal(s, t), u, layer, layer / u);
}

/* --- grains */

enum { TIME, X, Y, Z, VOLUME, N_REAL };
static const char *const real_name[N_REAL] = {"time", "x", "y", "z", "volume"};
static const char *const real_unit[N_REAL] = {"s", "nm", "nm", "nm", "nm3"};
static const char *const real_what[N_REAL] = {"time of the nucleus", "place of the nucleus",
                                              "place of the nucleus", "place of the nucleus",
                                              "volume at the end, whole voxels"};

static double grain_real(const struct front_grain *g, int what) {
    return what == TIME ? g->time : what == VOLUME ? g->volume : g->x[what - X];
}

static int write_grains(struct detail *d) {
    const struct comm *comm = d->out->comm;
    const struct front *f = comm->rank == 0 ? crystal_front(d->sample->crystal) : NULL;
    int64_t n = f ? f->n_grains : 0, dims[2];
    comm_bcast(comm, &n, sizeof n);
    double *x = NULL;
    float *turn = NULL;
    uint8_t *birth = NULL;
    char path[256];
    int e = MEM_NEW(x, n);
    if (!e) e = MEM_NEW(turn, 4 * n);
    if (!e) e = MEM_NEW(birth, n);
    e = err_agree(comm, e);
    dims[0] = n;
    dims[1] = 4;
    for (int w = 0; w < N_REAL && !e; w++) {
        for (int64_t g = 0; f && g < n; g++) x[g] = grain_real(&f->grain[g], w);
        snprintf(path, sizeof path, "%s/grains/%s", d->group, real_name[w]);
        e = h5_write(d->out->h5, path, H5_F64, 1, dims, x, real_unit[w], real_what[w]);
    }
    for (int64_t g = 0; f && g < n && !e; g++) {
        memcpy(turn + 4 * g, f->grain[g].turn, sizeof f->grain[g].turn);
        birth[g] = f->grain[g].birth;
    }
    snprintf(path, sizeof path, "%s/grains/orientation", d->group);
    if (!e) e = h5_write(d->out->h5, path, H5_F32, 2, dims, turn, "", "unit quaternion (x, y, z, w)");
    snprintf(path, sizeof path, "%s/grains/birth", d->group);
    if (!e)
        e = h5_write(d->out->h5, path, H5_U8, 1, dims, birth, "",
                     "0 surface, 1 bulk, 2 interface, 3 surface site, 4 bulk inside the near-surface layer");
    mem_free(&x);
    mem_free(&turn);
    mem_free(&birth);
    return e;
}

/* --- one replica */

static int run_root(struct detail *d, int row, int64_t replica) {
    const struct ensemble *e = &d->setup->ensemble;
    struct detect_rules rules = e->rules;
    struct replica record;
    rules.to_the_end = true;
    if (!d->sample) {
        TRY(ensemble_sample(e, row, &d->sample));
        TRY(detect_create(&rules, d->sample->schedule, d->sample->diameter,
                          crystal_front(d->sample->crystal)->total, &d->detect));
    }
    TRY(replica_run(d->sample, d->detect, &rules, e->seed, replica, 1, &record));
    TRY(add_intensity(d, replica));
    TRY(add_neck(d, replica));
    return add_axis(d, replica);
}

static int write_map(struct detail *d) {
    const struct comm *comm = d->out->comm;
    struct grainmap map = {0};
    int e = comm->rank == 0 ? grainmap_init(d->sample, d->setup->map_edge, &map) : ERR_OK;
    e = err_agree(comm, e);
    if (!e) e = grainmap_write(d->out, d->group, d->label, &map);
    grainmap_clear(&map);
    return e;
}

/* Series of the replica that has just been run. */
static int write_movie(struct detail *d, int row) {
    const struct setup *s = d->setup;
    const struct ensemble_row *r = &s->ensemble.row[row];
    uint64_t seed = d->sample ? s->ensemble.seed ^ sample_key(d->sample, 0) : 0;
    return movie_write_row(d->out, &s->movie, &s->ensemble.rules, r->schedule, d->sample,
                           isfinite(r->diameter) ? r->diameter : NAN, d->label, seed, &d->movie);
}

static int write_row(struct detail *d, int row) {
    const struct comm *comm = d->out->comm;
    int e = ERR_OK;
    name_it(d, row);
    for (int64_t r = 0; r < d->setup->n_details && !e; r++) {
        snprintf(d->group, sizeof d->group, "/kmc/%.127s/replica_%lld", d->label, (long long)r);
        e = err_agree(comm, comm->rank == 0 ? run_root(d, row, r) : ERR_OK);
        if (!e) e = write_grains(d);
        if (!e && r == 0 && d->setup->map_edge >= 0) e = write_map(d);
        if (!e && r == 0 && d->setup->filmed) e = write_movie(d, row);
    }
    sample_destroy(&d->sample);
    detect_destroy(&d->detect);
    return e;
}

int details_write(const struct setup *setup, struct results *out) {
    struct detail d = {.setup = setup, .out = out};
    if (setup->n_details == 0) return ERR_OK;
    int e = tsv_create("schedule:t diameter_nm:r replica:i time_s:r temperature_C:r relative_intensity:r",
                       &d.intensity);
    if (!e)
        e = tsv_create(
            "schedule:t diameter_nm:r replica:i z_nm:r local_diameter_nm:r first_s:r first_C:r half_s:r "
            "half_C:r all_s:r",
            &d.axis);
    if (!e)
        e = tsv_create("schedule:t diameter_nm:r neck_nm:r replica:i temperature_C:r neck_nm_per_s:r "
                       "thick_nm_per_s:r slow_down:r",
                       &d.neck);
    if (!e) e = movie_write_begin(&d.movie);
    e = err_agree(out->comm, e);
    for (int k = 0; k < setup->ensemble.n_main && !e; k++) e = write_row(&d, k);
    int filmed = movie_write_end(out, &d.movie, !e && setup->filmed);
    if (!e) e = filmed;
    if (!e) e = results_table(out, "intensity", d.intensity);
    if (!e) e = results_table(out, "axis", d.axis);
    int64_t passed = d.neck ? tsv_rows(d.neck) : 0;
    comm_bcast(out->comm, &passed, sizeof passed);
    if (!e && passed) e = results_table(out, "neck", d.neck);
    tsv_destroy(&d.intensity);
    tsv_destroy(&d.axis);
    tsv_destroy(&d.neck);
    return e;
}
