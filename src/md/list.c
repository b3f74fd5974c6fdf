/* list - cells to candidates to lists.
 *
 * For each cell with local atoms the 27 cells around it are copied once, sorted by species, as single
 * precision relative to the cell's corner (a global corner: the same on any number of ranks); then every atom
 * of the cell is tested against all of them by kernel->select. Single precision decides only who is listed,
 * with a margin above its rounding; forces see the true positions. Rejected: half lists (reverse
 * communication, sums that depend on the decomposition), scalar tests of cells in place (10 times slower),
 * cluster pairs (5 times the pairs at these cutoffs). Storage grows by what the atoms done so far predict for
 * the rest, so that a list is not copied often nor kept twice its size. */
#include "md/list.h"
#include "base/mem.h"
#include "md/kernel.h"

#include <math.h>

#define SLACK 64          /* kernels store whole vectors behind the end of a list */
#define MARGIN (1 + 2e-5) /* above the rounding of single precision candidates */

void list_init(struct list *list) {
    *list = (struct list){0};
}

static void zone_destroy(struct list_zone *z) {
    mem_free(&z->start);
    mem_free(&z->blocks);
    mem_free(&z->j);
    *z = (struct list_zone){0};
}

void list_destroy(struct list *list) {
    zone_destroy(&list->near_zone);
    zone_destroy(&list->far_zone);
    zone_destroy(&list->outer_zone);
    mem_free(&list->work);
    mem_free(&list->work_row);
    list_init(list);
}

static int zone_begin(struct list_zone *z, const struct list *list) {
    z->used = 0;
    if (z->capacity_atoms >= list->n && z->start) return ERR_OK;
    int64_t atoms = list->n + list->n / 32 + 8;
    mem_free(&z->start);
    mem_free(&z->blocks);
    TRY(MEM_NEW(z->start, atoms));
    TRY(MEM_NEW(z->blocks, atoms * list->n_species));
    z->capacity_atoms = atoms;
    return ERR_OK;
}

/* Local. Room for `extra` more entries, after `done` of the atoms. What the first sixteenth of the atoms needs says what
 * all will; growth moves pages and copies nothing (see mem). */
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

/* Local. Give back what the estimate had too much. */
static int zone_trim(struct list_zone *z) {
    int64_t room = z->used + z->used / 50 + SLACK + 4096;
    if (room + z->used / 20 > z->capacity) return ERR_OK;
    TRY(MEM_GROW(z->j, z->used, room));
    z->capacity = room;
    return ERR_OK;
}

/* Local. Close the segment of `count` entries that was written behind the end: whole blocks. */
static void zone_close(struct list_zone *z, uint16_t *blocks, int count, int pad) {
    int64_t end = z->used + count, full = (count + LIST_BLOCK - 1) / LIST_BLOCK;
    z->used += full * LIST_BLOCK;
    for (int64_t k = end; k < z->used; k++) z->j[k] = pad;
    *blocks = (uint16_t)full;
}

static double square(double x) {
    return x * x;
}

/* --- candidates */

struct nearby {
    int64_t room; /* per species */
    int count[SPECIES_MAX];
};

static float *candidate(const struct list *list, const struct nearby *c, int s, int axis) {
    return list->work + (3 * s + axis) * c->room;
}

/* Local. Rows of cells (cx + dx, cy + dy, cz - 1 .. cz + 1) as a range of cells->row; empty outside the grid.
 */
static void column(const struct cells *cells, const int at[3], int dx, int dy, int64_t *first,
                   int64_t *last) {
    int x = at[0] + dx, y = at[1] + dy;
    *first = *last = 0;
    if (x < 0 || y < 0 || x >= cells->n[0] || y >= cells->n[1]) return;
    int lo = at[2] > 0 ? at[2] - 1 : 0, hi = at[2] + 1 < cells->n[2] ? at[2] + 1 : at[2];
    int64_t base = ((int64_t)x * cells->n[1] + y) * cells->n[2];
    *first = cells->start[base + lo];
    *last = cells->start[base + hi + 1];
}

static int candidates_room(struct list *list, struct nearby *c, int64_t total) {
    c->room = (total + 32) / 16 * 16;
    int64_t need = c->room * list->n_species;
    if (need <= list->work_capacity) return ERR_OK;
    need += need / 2;
    mem_free(&list->work);
    mem_free(&list->work_row);
    list->work_capacity = 0;
    TRY(MEM_NEW(list->work, 3 * need));
    TRY(MEM_NEW(list->work_row, need));
    list->work_capacity = need;
    return ERR_OK;
}

/* Local. Copy the atoms around cell `at`; corner = the reference point of the copies. */
static int gather(struct list *list, const struct frame *frame, const struct cells *cells, const int at[3],
                  double corner[3], struct nearby *c) {
    int64_t total = 0, first, last;
    for (int k = 0; k < 9; k++) {
        column(cells, at, k / 3 - 1, k % 3 - 1, &first, &last);
        total += last - first;
    }
    TRY(candidates_room(list, c, total));
    for (int a = 0; a < 3; a++)
        corner[a] = cells->anchor[a] + (double)(cells->origin[a] + at[a]) * cells->width[a];
    for (int s = 0; s < list->n_species; s++) c->count[s] = 0;
    for (int k = 0; k < 9; k++) {
        column(cells, at, k / 3 - 1, k % 3 - 1, &first, &last);
        for (int64_t m = first; m < last; m++) {
            int row = cells->row[m], s = frame->type[row], at_end = c->count[s]++;
            for (int a = 0; a < 3; a++)
                candidate(list, c, s, a)[at_end] = (float)(frame->x[row][a] - corner[a]);
            list->work_row[s * c->room + at_end] = row;
        }
    }
    return ERR_OK;
}

/* --- building */

struct target {
    struct list_zone *near, *far; /* far NULL: one zone for all */
};

static int list_atom(struct list *list, const struct frame *frame, int i, int done, const struct nearby *c,
                     const double corner[3], struct target to) {
    const struct kernel *kernel = kernel_now();
    struct kernel_select q = {.self = i};
    int64_t room = 0;
    for (int s = 0; s < list->n_species; s++) room += c->count[s] + LIST_BLOCK;
    TRY(zone_room(to.near, list, done, room));
    TRY(zone_room(to.far, list, done, room));
    for (int a = 0; a < 3; a++) q.at[a] = (float)(frame->x[i][a] - corner[a]);
    to.near->start[i] = to.near->used;
    to.far->start[i] = to.far->used;
    double margin = list->skin;
    for (int s = 0; s < list->n_species; s++) {
        int t = frame->type[i], dual = to.near == &list->outer_zone;
        q.n = c->count[s];
        q.x = candidate(list, c, s, 0), q.y = candidate(list, c, s, 1), q.z = candidate(list, c, s, 2);
        q.row = list->work_row + s * c->room;
        q.cut2 = (float)square((list->cut[t][s] + margin) * MARGIN);
        q.near2 = dual ? q.cut2 : (float)square((list->near[t][s] + margin) * MARGIN);
        q.near = to.near->j + to.near->used;
        q.far = to.far->j + to.far->used;
        kernel->select(&q);
        zone_close(to.near, &to.near->blocks[(int64_t)i * list->n_species + s], q.n_near, list->pad);
        zone_close(to.far, &to.far->blocks[(int64_t)i * list->n_species + s], q.n_far, list->pad);
    }
    return ERR_OK;
}

static int has_local(const struct cells *cells, int64_t c, int n) {
    for (int64_t m = cells->start[c]; m < cells->start[c + 1]; m++)
        if (cells->row[m] < n) return 1;
    return 0;
}

static int list_cells(struct list *list, const struct frame *frame, const struct cells *cells,
                      struct target to) {
    int done = 0, at[3];
    for (at[0] = 0; at[0] < cells->n[0]; at[0]++)
        for (at[1] = 0; at[1] < cells->n[1]; at[1]++)
            for (at[2] = 0; at[2] < cells->n[2]; at[2]++) {
                int64_t c = ((int64_t)at[0] * cells->n[1] + at[1]) * cells->n[2] + at[2];
                if (!has_local(cells, c, list->n)) continue;
                struct nearby nearby;
                double corner[3];
                TRY(gather(list, frame, cells, at, corner, &nearby));
                for (int64_t m = cells->start[c]; m < cells->start[c + 1]; m++)
                    if (cells->row[m] < list->n)
                        TRY(list_atom(list, frame, cells->row[m], done++, &nearby, corner, to));
            }
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
        TRY(list_cells(list, frame, cells, (struct target){&list->near_zone, &list->far_zone}));
        find_most(list);
        TRY(zone_trim(&list->near_zone));
        return zone_trim(&list->far_zone);
    }
    TRY(zone_begin(&list->outer_zone, list));
    TRY(list_cells(list, frame, cells, (struct target){&list->outer_zone, &list->far_zone}));
    TRY(zone_trim(&list->outer_zone));
    return list_prune(list, frame);
}

int list_prune(struct list *list, const struct frame *frame) {
    if (!list_dual(list)) return ERR_OK;
    struct list_zone *outer = &list->outer_zone, *near = &list->near_zone, *far = &list->far_zone;
    void (*prune)(struct kernel_prune *) = kernel_now()->prune;
    near->used = far->used = 0;
    for (int i = 0; i < list->n; i++) {
        struct kernel_prune q = {
            .x = (const double(*)[4])frame->x, .self = i, .j = outer->j + outer->start[i]};
        const uint16_t *blocks = outer->blocks + (int64_t)i * list->n_species;
        near->start[i] = near->used;
        far->start[i] = far->used;
        for (int s = 0; s < list->n_species; s++, q.j += LIST_BLOCK * q.blocks) {
            int t = frame->type[i];
            q.blocks = blocks[s];
            TRY(zone_room(near, list, i, LIST_BLOCK * q.blocks));
            TRY(zone_room(far, list, i, LIST_BLOCK * q.blocks));
            q.near2 = square(list->near[t][s] + list->inner);
            q.cut2 = square(list->cut[t][s] + list->inner);
            q.near = near->j + near->used;
            q.far = far->j + far->used;
            prune(&q);
            zone_close(near, &near->blocks[(int64_t)i * list->n_species + s], q.n_near, list->pad);
            zone_close(far, &far->blocks[(int64_t)i * list->n_species + s], q.n_far, list->pad);
        }
    }
    find_most(list);
    return ERR_OK;
}

static int64_t zone_bytes(const struct list *list, const struct list_zone *z) {
    return z->capacity * 4 + z->capacity_atoms * (8 + 2 * (int64_t)list->n_species);
}

int64_t list_bytes(const struct list *list) {
    return zone_bytes(list, &list->near_zone) + zone_bytes(list, &list->far_zone) +
           zone_bytes(list, &list->outer_zone) + 16 * list->work_capacity;
}
