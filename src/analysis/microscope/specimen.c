/* specimen - gathered once, cut often.
 *
 * A cut looks at every atom: 5 ns each, little beside the waves that pass through the cut. Rejected: a
 * decomposed specimen with halos (probes would have to wait for neighbours; 1e6 atoms are 28 MB). Einstein
 * displacements are keyed by (seed, atom, configuration), so every window sees an atom at the same place. */
#include "analysis/microscope/specimen.h"
#include "base/mem.h"
#include "base/rng.h"

#include <math.h>
#include <string.h>

struct item {
    double x[3];
    int32_t type;
};

static void depth_range(const struct comm *comm, const struct frame *frame, int axis, double range[2]) {
    double lo = INFINITY, hi = INFINITY; /* lowest x and lowest -x */
    for (int i = 0; i < frame->n; i++) {
        lo = fmin(lo, frame->x[i][axis]);
        hi = fmin(hi, -frame->x[i][axis]);
    }
    comm_min(comm, &lo, 1);
    comm_min(comm, &hi, 1);
    range[0] = lo;
    range[1] = -hi;
    if (frame->box.periodic[axis]) {
        range[0] = frame->box.lo[axis];
        range[1] = range[0] + frame->box.len[axis];
    }
}

static int select_atoms(struct frame *frame, const int axis[3], const double range[2], struct item **items,
                        int64_t *n) {
    struct item *out = NULL;
    *n = 0;
    TRY(MEM_NEW(out, frame->n));
    *items = out;
    for (int i = 0; i < frame->n; i++) {
        double x[3] = {frame->x[i][0], frame->x[i][1], frame->x[i][2]};
        int image[3];
        box_wrap(&frame->box, x, image);
        double depth = x[axis[2]] - range[0];
        if (depth < 0 || x[axis[2]] > range[1]) continue;
        struct item *o = out + (*n)++;
        o->x[0] = x[axis[0]] - frame->box.lo[axis[0]];
        o->x[1] = x[axis[1]] - frame->box.lo[axis[1]];
        o->x[2] = depth;
        o->type = frame->type[i];
    }
    return ERR_OK;
}

static int keep_items(struct specimen *s, const struct item *all) {
    TRY(MEM_NEW(s->x, s->n));
    TRY(MEM_NEW(s->type, s->n));
    for (int64_t i = 0; i < s->n; i++) {
        memcpy(s->x[i], all[i].x, sizeof all[i].x);
        s->type[i] = all[i].type;
    }
    return ERR_OK;
}

int specimen_gather(const struct comm *comm, struct frame *frame, int beam, double thickness,
                    struct specimen *s) {
    const int axis[3] = {(beam + 1) % 3, (beam + 2) % 3, beam};
    struct item *mine = NULL, *all = NULL;
    int64_t n, first;
    double range[2];
    int e = ERR_OK;
    memset(s, 0, sizeof *s);
    TRY(frame_by_id(comm, frame, &first));
    depth_range(comm, frame, axis[2], range);
    if (thickness > 0 && thickness < range[1] - range[0]) {
        double middle = (range[0] + range[1]) / 2;
        range[0] = middle - thickness / 2;
        range[1] = middle + thickness / 2;
    }
    s->species = frame->species;
    s->thickness = range[1] - range[0];
    for (int a = 0; a < 2; a++) {
        s->edge[a] = frame->box.len[axis[a]];
        s->periodic[a] = frame->box.periodic[axis[a]];
    }
    TRY_ALL_TO(comm, out, select_atoms(frame, axis, range, &mine, &n));
    TRY_TO(out, comm_gather_items(comm, mine, n, sizeof *mine, &all, &s->n));
    if (s->n == 0) e = err_set(ERR_INPUT, __FILE__, __LINE__, "no atom lies in the layer under the beam");
    if (!e) e = err_agree(comm, keep_items(s, all));
out:
    mem_free(&mine);
    mem_free(&all);
    if (e) specimen_destroy(s);
    return e;
}

void specimen_destroy(struct specimen *s) {
    mem_free(&s->x);
    mem_free(&s->type);
    s->n = 0;
}

int specimen_slices(const struct specimen *s, double slice, double *dz) {
    int n = (int)ceil(s->thickness / slice - 1e-9);
    if (n < 1) n = 1; /* a single layer of atoms */
    *dz = s->thickness > 0 ? s->thickness / n : slice;
    return n;
}

/* --- cuts */

struct found {
    int64_t row;
    int slice;
    double x[2];
};

static int add_images(const struct specimen *s, const struct specimen_request *q, int64_t row,
                      struct found **found, int64_t *n, int64_t *capacity) {
    double at[2], step[2];
    int times[2];
    for (int a = 0; a < 2; a++) {
        at[a] = s->x[row][a] * q->scale[a] + q->shear[a] * s->x[row][2] - q->corner[a];
        step[a] = s->periodic[a] ? s->edge[a] * q->scale[a] : INFINITY;
        if (s->periodic[a]) at[a] -= step[a] * floor(at[a] / step[a]);
        times[a] = at[a] < 0 || at[a] >= q->edge[a] ? 0 : 1;
        if (s->periodic[a]) times[a] = (int)ceil((q->edge[a] - at[a]) / step[a]);
        if (times[a] < 1) return ERR_OK;
    }
    if (*n + (int64_t)times[0] * times[1] > *capacity) {
        int64_t more = 2 * *capacity + (int64_t)times[0] * times[1] + 1024;
        TRY(MEM_GROW(*found, *capacity, more));
        *capacity = more;
    }
    double moved[2] = {0, 0};
    if (q->displacement) {
        rng_normal(q->seed, RNG_PHONON, (uint64_t)row, q->configuration, 2, moved);
        for (int a = 0; a < 2; a++) moved[a] *= q->displacement[s->type[row]];
    }
    int slice = (int)(s->x[row][2] / q->dz);
    if (slice >= q->n_slices) slice = q->n_slices - 1;
    for (int i = 0; i < times[0]; i++)
        for (int j = 0; j < times[1]; j++) {
            struct found *f = *found + (*n)++;
            f->row = row;
            f->slice = slice;
            f->x[0] = at[0] + (i ? i * step[0] : 0) + moved[0];
            f->x[1] = at[1] + (j ? j * step[1] : 0) + moved[1];
        }
    return ERR_OK;
}

static int reserve_cut(struct specimen_cut *cut, int64_t n, int n_slices) {
    if (n > cut->capacity) {
        TRY(MEM_GROW(cut->x, cut->capacity, n));
        TRY(MEM_GROW(cut->type, cut->capacity, n));
        cut->capacity = n;
    }
    if (n_slices + 1 > cut->slices_capacity) {
        TRY(MEM_GROW(cut->start, cut->slices_capacity, n_slices + 1));
        cut->slices_capacity = n_slices + 1;
    }
    return ERR_OK;
}

int specimen_cut(const struct specimen *s, const struct specimen_request *q, struct specimen_cut *cut) {
    struct found *found = NULL;
    int64_t n = 0, capacity = 0;
    int e = ERR_OK;
    for (int64_t row = 0; row < s->n; row++) TRY_TO(out, add_images(s, q, row, &found, &n, &capacity));
    TRY_TO(out, reserve_cut(cut, n, q->n_slices));
    memset(cut->start, 0, (size_t)(q->n_slices + 1) * sizeof *cut->start);
    for (int64_t k = 0; k < n; k++) cut->start[found[k].slice + 1]++;
    for (int k = 0; k < q->n_slices; k++) cut->start[k + 1] += cut->start[k];
    for (int64_t k = 0; k < n; k++) { /* start[s] moves through slice s, ends where s + 1 begins */
        int64_t to = cut->start[found[k].slice]++;
        memcpy(cut->x[to], found[k].x, sizeof found[k].x);
        cut->type[to] = s->type[found[k].row];
    }
    memmove(cut->start + 1, cut->start, (size_t)q->n_slices * sizeof *cut->start);
    cut->start[0] = 0;
    cut->slab.n_slices = q->n_slices;
    cut->slab.dz = q->dz;
    cut->slab.start = cut->start;
    cut->slab.x = (const double(*)[2])cut->x;
    cut->slab.type = cut->type;
    cut->slab.serial++;
out:
    mem_free(&found);
    return e;
}

void specimen_cut_free(struct specimen_cut *cut) {
    mem_free(&cut->x);
    mem_free(&cut->type);
    mem_free(&cut->start);
    *cut = (struct specimen_cut){0};
}
