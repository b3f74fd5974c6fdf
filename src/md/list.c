/* list - cells to candidates to lists.
 *
 * All rows are copied once in the order species, cell, as single precision from the corner of the box (a
 * global corner: the same on any number of ranks). The cells around an atom are then a few runs of
 * consecutive candidates of each species (cells along the third axis follow each other), which kernel->select
 * tests. Those that may be neighbours of some atom in one cell are first put side by side (kernel->sift):
 * the atoms of the cell are then tested against whole vectors in L1. Single precision decides only who is
 * listed, with a margin above its rounding; forces see the true positions. Storage grows by what the atoms
 * done so far predict for the rest, so that a list is not copied often nor kept twice its size. Rejected:
 * half lists (reverse communication, sums that depend on the decomposition), copies of the 27 cells around
 * each cell (the copying costs more than the tests), scalar tests of cells in place (10 times slower),
 * cluster pairs (5 times the pairs at these cutoffs). */
#include "md/list.h"
#include "base/mem.h"
#include "md/kernel.h"

#include <math.h>

#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && defined(__GNUC__) && !defined(__clang__)
#define CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define CLONES
#endif

#define CHUNK 64                /* atoms pruned at a time */
#define SLACK (LIST_AHEAD + 64) /* kernels load and store whole vectors behind the end of a list */
#define REACH 3                 /* most columns of cells to each side of an atom's */
#define ROUNDING 0x1p-21 /* above what single precision loses in a difference, for coordinates up to 1 */

void list_init(struct list *list) {
    *list = (struct list){0};
}

static void zone_destroy(struct list_zone *z) {
    mem_free(&z->start);
    mem_free(&z->blocks);
    mem_free(&z->j);
    *z = (struct list_zone){0};
}

/* Local. Candidates are needed while a list is built: large ones are given back, they cost less to get than
 * they hold. */
static void candidates_release(struct list *list) {
    for (int a = 0; a < 3; a++) mem_free(&list->candidate[a]);
    mem_free(&list->row);
    list->capacity_rows = 0;
}

void list_destroy(struct list *list) {
    zone_destroy(&list->near_zone);
    zone_destroy(&list->far_zone);
    zone_destroy(&list->outer_zone);
    candidates_release(list);
    mem_free(&list->first);
    mem_free(&list->chunk);
    for (int a = 0; a < 3; a++) mem_free(&list->around[a]);
    mem_free(&list->around_row);
    mem_free(&list->rounded);
    list_init(list);
}

static int zone_begin(struct list_zone *z, const struct list *list) {
    z->used = 0;
    if (z->capacity_atoms >= list->n && z->start) return ERR_OK;
    int64_t atoms = list->n + list->n / 32 + 8;
    mem_free(&z->start);
    mem_free(&z->blocks);
    z->capacity_atoms = 0;
    TRY(MEM_NEW(z->start, atoms));
    TRY(MEM_NEW(z->blocks, atoms * list->n_species));
    z->capacity_atoms = atoms;
    return ERR_OK;
}

/* Local. Room for `extra` more entries, after `done` of the atoms. What the first sixteenth of the atoms
 * needs says what all will; growth moves pages and copies nothing (see mem). */
static int zone_room(struct list_zone *z, const struct list *list, int done, int64_t extra) {
    int64_t need = z->used + extra + SLACK;
    if (need <= z->capacity) return ERR_OK;
    double rest = done >= list->n / 16 && done > 0 ? 1.01 * (double)z->used * list->n / done : 0;
    int64_t room = need + (rest > 0 ? need / 64 : need / 4) + 4096;
    if (rest > (double)room) room = (int64_t)rest + extra + SLACK;
    TRY(MEM_GROW(z->j, z->used, room));
    z->capacity = room;
    return ERR_OK;
}

/* Local. Close the zone and give back what the estimate had too much. */
static int zone_trim(struct list_zone *z, int pad) {
    if (!z->j) {
        TRY(MEM_NEW(z->j, SLACK));
        z->capacity = SLACK;
    }
    list_zone_end(z, pad);
    int64_t room = z->used + z->used / 50 + SLACK + 4096;
    if (room + z->used / 20 > z->capacity) return ERR_OK;
    TRY(MEM_GROW(z->j, z->used, room));
    z->capacity = room;
    return ERR_OK;
}

static double square(double x) {
    return x * x;
}

/* --- candidates */

static int candidates_room(struct list *list, int64_t rows, int64_t first) {
    if (rows > list->capacity_rows) {
        int64_t room = rows + rows / 16 + 64;
        candidates_release(list);
        for (int a = 0; a < 3; a++) TRY(MEM_NEW(list->candidate[a], room));
        TRY(MEM_NEW(list->row, room));
        list->capacity_rows = room;
    }
    if (first > list->capacity_first) {
        list->capacity_first = 0;
        mem_free(&list->first);
        TRY(MEM_NEW(list->first, first + first / 4));
        list->capacity_first = first + first / 4;
    }
    return ERR_OK;
}

/* Local. Copy all rows sorted by species, then cell; *extent = the largest coordinate. */
static int gather(struct list *list, const struct frame *frame, const struct cells *cells, double *extent) {
    int ns = list->n_species, rows = frame->n + frame->n_ghost;
    int64_t nc = cells->n_cells, at[SPECIES_MAX] = {0}, end = rows;
    TRY(candidates_room(list, rows + 32, ns * (nc + 1)));
    for (int i = 0; i < rows; i++) at[frame->type[i]]++;
    for (int s = ns - 1; s >= 0; s--) at[s] = end -= at[s];
    *extent = 0;
    for (int64_t c = 0; c < nc; c++) {
        for (int s = 0; s < ns; s++) list->first[s * (nc + 1) + c] = (int32_t)at[s];
        for (int64_t m = cells->start[c]; m < cells->start[c + 1]; m++) {
            int row = cells->row[m];
            int64_t k = at[frame->type[row]]++;
            for (int a = 0; a < 3; a++) {
                double x = frame->x[row][a] - cells->anchor[a];
                if (fabs(x) > *extent) *extent = fabs(x);
                list->candidate[a][k] = (float)x;
            }
            list->row[k] = row;
        }
    }
    for (int s = 0; s < ns; s++) list->first[s * (nc + 1) + nc] = (int32_t)at[s];
    return ERR_OK;
}

/* --- building */

struct target {
    struct list_zone *near, *far;
    float near2[SPECIES_MAX][SPECIES_MAX], cut2[SPECIES_MAX][SPECIES_MAX], margin;
    float range2[SPECIES_MAX];                           /* largest cut2 with neighbours of a species */
    int rise[SPECIES_MAX][2 * REACH + 1][2 * REACH + 1]; /* see find_rise */
};

/* Local. Distance between two cells d apart along an axis, A. */
static double apart(const struct cells *cells, int axis, int d) {
    return d > 0 ? (d - 1) * cells->width[axis] : d < 0 ? (-d - 1) * cells->width[axis] : 0;
}

/* Local. For each column of cells near that of an atom: cells up and down that may have a point within
 * `range` of it; -1 when none has. */
static int find_rise(const struct cells *cells, double range, int rise[2 * REACH + 1][2 * REACH + 1]) {
    for (int a = 0; a < 2; a++)
        if (range > REACH * cells->width[a])
            FAIL(ERR_INTERNAL, "cells of %g A are too small for lists of %g A", cells->width[a], range);
    for (int dx = -REACH; dx <= REACH; dx++)
        for (int dy = -REACH; dy <= REACH; dy++) {
            double left = square(range) - square(apart(cells, 0, dx)) - square(apart(cells, 1, dy));
            rise[dx + REACH][dy + REACH] = left < 0 ? -1 : (int)ceil(sqrt(left) / cells->width[2]);
        }
    return ERR_OK;
}

/* Local. Chunks of the candidates of one species (those of its cells begin at first[cell]) in the cells that
 * may have some within reach of cell `at`. */
static int find_chunks(struct list *list, const struct cells *cells, const int at[3], const int32_t *first,
                       int rise[2 * REACH + 1][2 * REACH + 1], int *n_chunks) {
    int n = 0;
    for (int dx = -REACH; dx <= REACH; dx++)
        for (int dy = -REACH; dy <= REACH; dy++) {
            int x = at[0] + dx, y = at[1] + dy, r = rise[dx + REACH][dy + REACH];
            if (r < 0 || x < 0 || y < 0 || x >= cells->n[0] || y >= cells->n[1]) continue;
            int lo = at[2] > r ? at[2] - r : 0, hi = at[2] + r < cells->n[2] ? at[2] + r : cells->n[2] - 1;
            const int32_t *column = first + ((int64_t)x * cells->n[1] + y) * cells->n[2];
            int32_t k = column[lo], end = column[hi + 1];
            if (n + (end - k) / 16 + 1 > list->capacity_chunk) {
                int64_t room = 2 * list->capacity_chunk + (end - k) / 16 + 256;
                TRY(MEM_GROW(list->chunk, n, room));
                list->capacity_chunk = room;
            }
            for (; k < end; k += 16)
                list->chunk[n++] = (struct kernel_chunk){k, end - k < 16 ? (1u << (end - k)) - 1 : 0xffffu};
        }
    *n_chunks = n;
    return ERR_OK;
}

/* Local. What lies around one cell: candidates of each species that may be neighbours of an atom in it, side
 * by side in memory. */
static int find_around(struct list *list, const struct cells *cells, const int at[3], struct target *to) {
    struct kernel_sift q = {.row = list->row};
    int used = 0;
    q.x = list->candidate[0], q.y = list->candidate[1], q.z = list->candidate[2];
    for (int a = 0; a < 3; a++) {
        double lo = (double)(cells->origin[a] + at[a]) * cells->width[a];
        q.middle[a] = (float)(lo + cells->width[a] / 2);
        q.half[a] = (float)(cells->width[a] / 2) + to->margin;
    }
    for (int s = 0; s < list->n_species; s++) {
        q.cut2 = to->range2[s];
        TRY(find_chunks(list, cells, at, list->first + s * (cells->n_cells + 1), to->rise[s], &q.n_chunks));
        int64_t room = used + 16 * (int64_t)q.n_chunks + 32;
        if (room > list->capacity_around) {
            for (int a = 0; a < 3; a++) TRY(MEM_GROW(list->around[a], used, 2 * room));
            TRY(MEM_GROW(list->around_row, used, 2 * room));
            list->capacity_around = 2 * room;
        }
        q.chunk = list->chunk;
        for (int a = 0; a < 3; a++) q.to[a] = list->around[a] + used;
        q.to_row = list->around_row + used;
        kernel_now()->sift(&q);
        for (int k = 0; k < 16; k++) q.to[0][q.n + k] = (float)LIST_FAR; /* whole vectors */
        list->around_first[s] = used;
        list->around_count[s] = (q.n + 15) / 16 * 16;
        used += list->around_count[s];
    }
    return ERR_OK;
}

static int list_atom(struct list *list, const struct frame *frame, const struct cells *cells, int i,
                     const struct target *to) {
    struct kernel_select q = {.self = i};
    int t = frame->type[i];
    for (int a = 0; a < 3; a++) q.at[a] = (float)(frame->x[i][a] - cells->anchor[a]);
    to->near->start[i] = to->near->used;
    to->far->start[i] = to->far->used;
    for (int s = 0; s < list->n_species; s++) {
        int64_t segment = (int64_t)i * list->n_species + s, from = list->around_first[s];
        q.n = list->around_count[s];
        TRY(zone_room(to->near, list, i, q.n + LIST_BLOCK + 16));
        TRY(zone_room(to->far, list, i, q.n + LIST_BLOCK + 16));
        q.x = list->around[0] + from, q.y = list->around[1] + from, q.z = list->around[2] + from;
        q.row = list->around_row + from;
        q.cut2 = to->cut2[t][s];
        q.near2 = to->near2[t][s];
        q.near = to->near->j + to->near->used;
        q.far = to->far->j + to->far->used;
        kernel_now()->select(&q);
        list_zone_close(to->near, &to->near->blocks[segment], q.n_near, list->pad);
        list_zone_close(to->far, &to->far->blocks[segment], q.n_far, list->pad);
    }
    return ERR_OK;
}

static int has_local(const struct cells *cells, int64_t c, int n) {
    for (int64_t m = cells->start[c]; m < cells->start[c + 1]; m++)
        if (cells->row[m] < n) return 1;
    return 0;
}

static int list_cells(struct list *list, const struct frame *frame, const struct cells *cells,
                      struct target *to) {
    int at[3];
    for (at[0] = 0; at[0] < cells->n[0]; at[0]++)
        for (at[1] = 0; at[1] < cells->n[1]; at[1]++)
            for (at[2] = 0; at[2] < cells->n[2]; at[2]++) {
                int64_t c = ((int64_t)at[0] * cells->n[1] + at[1]) * cells->n[2] + at[2];
                if (!has_local(cells, c, list->n)) continue;
                TRY(find_around(list, cells, at, to));
                for (int64_t m = cells->start[c]; m < cells->start[c + 1]; m++)
                    if (cells->row[m] < list->n) TRY(list_atom(list, frame, cells, cells->row[m], to));
            }
    return ERR_OK;
}

/* Local. Fill the zones `near` and far from cells; the outer zone gets everything. */
static int fill(struct list *list, const struct frame *frame, const struct cells *cells,
                struct list_zone *near) {
    struct target to = {.near = near, .far = &list->far_zone};
    double extent, range = 0, box = 0;
    for (int a = 0; a < 3; a++) box = fmax(box, frame->box.len[a]);
    for (int a = 0; a < list->n_species; a++)
        for (int b = 0; b < list->n_species; b++) range = fmax(range, list->cut[a][b] + list->skin);
    TRY(gather(list, frame, cells, &extent));
    /* the margin comes from the box, which all ranks share, unless atoms have left it */
    double margin = ROUNDING * fmax(extent, box + 2 * range);
    list->margin = margin;
    to.margin = (float)margin;
    for (int a = 0; a < list->n_species; a++)
        for (int b = 0; b < list->n_species; b++) {
            to.cut2[a][b] = (float)square(list->cut[a][b] + list->skin + margin);
            to.near2[a][b] = (float)square(list->near[a][b] + list->skin + margin);
            if (near == &list->outer_zone) to.near2[a][b] = to.cut2[a][b];
            to.range2[b] = fmaxf(to.range2[b], to.cut2[a][b]);
        }
    for (int s = 0; s < list->n_species; s++) TRY(find_rise(cells, sqrt(to.range2[s]), to.rise[s]));
    TRY(list_cells(list, frame, cells, &to));
    if (list->capacity_rows > FRAME_LARGE) candidates_release(list);
    return ERR_OK;
}

static void find_most(struct list *list) {
    list->most = 0;
    for (int64_t i = 0; i < list->n; i++) {
        int sum = 0;
        for (int s = 0; s < list->n_species; s++)
            sum += list->near_zone.blocks[i * list->n_species + s] +
                   list->far_zone.blocks[i * list->n_species + s];
        if (sum * LIST_BLOCK > list->most) list->most = sum * LIST_BLOCK;
    }
}

int list_build(struct list *list, struct frame *frame, const struct cells *cells) {
    if (list->n_species != frame->species.n && list->near_zone.start) {
        zone_destroy(&list->near_zone);
        zone_destroy(&list->far_zone);
        zone_destroy(&list->outer_zone);
    }
    list->n = frame->n;
    list->n_species = frame->species.n;
    list->pad = frame->n + frame->n_ghost;
    TRY(frame_reserve_ghosts(frame, (int64_t)list->pad + 1));
    for (int a = 0; a < 3; a++) frame->x[list->pad][a] = LIST_FAR;
    TRY(zone_begin(&list->near_zone, list));
    TRY(zone_begin(&list->far_zone, list));
    if (!list_dual(list)) {
        TRY(fill(list, frame, cells, &list->near_zone));
        find_most(list);
        TRY(zone_trim(&list->near_zone, list->pad));
        return zone_trim(&list->far_zone, list->pad);
    }
    TRY(zone_begin(&list->outer_zone, list));
    TRY(fill(list, frame, cells, &list->outer_zone));
    return zone_trim(&list->outer_zone, list->pad);
}

/* Local. All rows in single precision from the corner of the box. */
CLONES static void round_rows(const struct frame *frame, int rows, float (*out)[4]) {
    const double lo[4] = {frame->box.lo[0], frame->box.lo[1], frame->box.lo[2], 0};
    for (int i = 0; i < rows; i++)
        for (int c = 0; c < 4; c++) out[i][c] = (float)(frame->x[i][c] - lo[c]);
}

int list_prune(struct list *list, const struct frame *frame) {
    if (!list_dual(list)) return ERR_OK;
    struct list_zone *outer = &list->outer_zone, *near = &list->near_zone, *far = &list->far_zone;
    int ns = list->n_species;
    float near2[SPECIES_MAX * SPECIES_MAX], cut2[SPECIES_MAX * SPECIES_MAX];
    for (int a = 0; a < ns; a++)
        for (int b = 0; b < ns; b++) {
            near2[a * ns + b] = (float)square(list->near[a][b] + list->inner + list->margin);
            cut2[a * ns + b] = (float)square(list->cut[a][b] + list->inner + list->margin);
        }
    if (list->pad + 1 > list->capacity_rounded) {
        int64_t room = list->pad + list->pad / 16 + 64;
        mem_free(&list->rounded);
        list->capacity_rounded = 0;
        TRY(MEM_NEW(list->rounded, room));
        list->capacity_rounded = room;
    }
    round_rows(frame, list->pad + 1, list->rounded);
    struct kernel_prune q = {.x = (const float(*)[4])list->rounded, .type = frame->type, .n_species = ns};
    q.pad = list->pad;
    q.outer = outer, q.near = near, q.far = far;
    q.near2 = near2, q.cut2 = cut2;
    near->used = far->used = 0;
    for (q.from = 0; q.from < list->n; q.from = q.to) {
        int64_t entries = 0;
        for (q.to = q.from; q.to < list->n && q.to < q.from + CHUNK; q.to++)
            for (int s = 0; s < ns; s++) entries += LIST_BLOCK * (outer->blocks[(int64_t)q.to * ns + s] + 1);
        TRY(zone_room(near, list, q.from, entries));
        TRY(zone_room(far, list, q.from, entries));
        kernel_now()->prune(&q);
    }
    TRY(zone_room(near, list, list->n, 0));
    TRY(zone_room(far, list, list->n, 0));
    list_zone_end(near, list->pad);
    list_zone_end(far, list->pad);
    find_most(list);
    return ERR_OK;
}

static int64_t zone_bytes(const struct list *list, const struct list_zone *z) {
    return z->capacity * 4 + z->capacity_atoms * (8 + 2 * (int64_t)list->n_species);
}

int64_t list_bytes(const struct list *list) {
    return zone_bytes(list, &list->near_zone) + zone_bytes(list, &list->far_zone) +
           zone_bytes(list, &list->outer_zone) + 16 * list->capacity_rows + 4 * list->capacity_first +
           16 * list->capacity_rounded;
}
