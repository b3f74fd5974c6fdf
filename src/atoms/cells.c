/* cells - counting sort into cells, then insertion sort by id inside each (a cell holds few atoms).
 *
 * Cost: two passes over the rows and one over the cells. Rejected: cells fitted to the box (wider cells, up
 * to 1.4 times the candidate pairs), hash tables of cells (slower to walk), chained lists (no locality).
 * Stray atoms far away would ask for many empty cells: the width is then doubled until there are at most
 * CELLS_PER_ROW cells a row. */
#include "atoms/cells.h"
#include "base/mem.h"

#include <math.h>
#include <string.h>

#define CELLS_PER_ROW 64

void cells_init(struct cells *cells) {
    memset(cells, 0, sizeof *cells);
}

void cells_destroy(struct cells *cells) {
    mem_free(&cells->start);
    mem_free(&cells->row);
    mem_free(&cells->cell);
    cells_init(cells);
}

static void span(const struct frame *frame, int rows, double lo[3], double hi[3]) {
    for (int a = 0; a < 3; a++) {
        lo[a] = rows ? frame->x[0][a] : frame->box.lo[a];
        hi[a] = lo[a];
    }
    for (int i = 0; i < rows; i++)
        for (int a = 0; a < 3; a++) {
            if (!(frame->x[i][a] >= lo[a])) lo[a] = frame->x[i][a]; /* NaN is kept */
            if (!(frame->x[i][a] <= hi[a])) hi[a] = frame->x[i][a];
        }
}

static int lay_grid(struct cells *cells, const struct frame *frame, int rows, double width) {
    double lo[3], hi[3], total;
    span(frame, rows, lo, hi);
    for (int a = 0; a < 3; a++)
        if (!isfinite(lo[a]) || !isfinite(hi[a]))
            FAIL(ERR_PHYSICS, "an atom has no finite position; use a shorter time step");
    for (;; width *= 2) {
        total = 1;
        for (int a = 0; a < 3; a++) {
            double inv = 1 / width;
            double first = floor((lo[a] - frame->box.lo[a]) * inv),
                   last = floor((hi[a] - frame->box.lo[a]) * inv);
            cells->anchor[a] = frame->box.lo[a];
            cells->origin[a] = (int64_t)fmax(fmin(first, 1e15), -1e15);
            cells->lo[a] = frame->box.lo[a] + first * width;
            cells->width[a] = width;
            cells->inv[a] = inv;
            total *= last - first + 1;
            cells->n[a] = (int)fmin(last - first + 1, 1e9);
        }
        if (total <= 4096 + (double)CELLS_PER_ROW * rows) break;
    }
    cells->n_cells = (int64_t)total;
    if (cells->n_cells + 1 > cells->capacity_cells) {
        int64_t c = cells->n_cells + cells->n_cells / 4 + 1;
        mem_free(&cells->start);
        cells->capacity_cells = 0;
        TRY(MEM_NEW(cells->start, c));
        cells->capacity_cells = c;
    }
    if (rows > cells->capacity_rows) {
        int64_t c = rows + rows / 8;
        mem_free(&cells->row);
        mem_free(&cells->cell);
        cells->capacity_rows = 0;
        TRY(MEM_NEW(cells->row, c));
        TRY(MEM_NEW(cells->cell, c));
        cells->capacity_rows = c;
    }
    return ERR_OK;
}

/* order inside a cell: id, then position (images of one atom share an id) */
static int before(const struct frame *frame, int i, int j) {
    if (frame->id[i] != frame->id[j]) return frame->id[i] < frame->id[j];
    for (int a = 0; a < 3; a++)
        if (frame->x[i][a] != frame->x[j][a]) return frame->x[i][a] < frame->x[j][a];
    return 0;
}

static void sort_cell(const struct frame *frame, int *row, int64_t n) {
    for (int64_t k = 1; k < n; k++) {
        int r = row[k];
        int64_t m = k;
        for (; m > 0 && before(frame, r, row[m - 1]); m--) row[m] = row[m - 1];
        row[m] = r;
    }
}

static int bin(struct cells *cells, const struct frame *frame, int rows, double width) {
    TRY(lay_grid(cells, frame, rows, width));
    int64_t *start = cells->start;
    memset(start, 0, (size_t)(cells->n_cells + 1) * sizeof *start);
    for (int i = 0; i < rows; i++) {
        cells->cell[i] = (int)cells_of(cells, frame->x[i]);
        start[cells->cell[i] + 1]++;
    }
    for (int64_t c = 0; c < cells->n_cells; c++) start[c + 1] += start[c];
    for (int i = 0; i < rows; i++) cells->row[start[cells->cell[i]]++] = i;
    for (int64_t c = cells->n_cells; c > 0; c--) start[c] = start[c - 1];
    start[0] = 0;
    for (int64_t c = 0; c < cells->n_cells; c++)
        sort_cell(frame, cells->row + start[c], start[c + 1] - start[c]);
    return ERR_OK;
}

int cells_build(struct cells *cells, const struct frame *frame, double min_width) {
    return bin(cells, frame, frame->n + frame->n_ghost, min_width);
}

int cells_sort(struct cells *cells, struct frame *frame, double min_width) {
    frame->n_ghost = 0;
    TRY(bin(cells, frame, frame->n, min_width));
    return frame_permute(frame, cells->row, frame->n);
}
