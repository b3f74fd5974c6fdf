/* series_file - bands of rows read through base/signal some frames at a time and turned into (pixel, t). */
#include "analysis/film/series_file.h"
#include "base/mem.h"
#include "base/signal.h"

#include <math.h>
#include <string.h>

#define BATCH 64 /* frames read at a time */

struct file {
    struct comm comm;
    struct signal *signal;
    int64_t n_t, ny, nx, rows;
    float *batch; /* [BATCH][rows][nx] */
};

static int64_t file_blocks(const void *state) {
    const struct file *f = state;
    return (f->ny + f->rows - 1) / f->rows;
}

static int file_size(const void *state, int64_t b, struct series_block *block) {
    const struct file *f = state;
    block->y0 = b * f->rows;
    block->x0 = 0;
    block->h = (int)(f->ny - block->y0 < f->rows ? f->ny - block->y0 : f->rows);
    block->w = (int)f->nx;
    return ERR_OK;
}

static bool all_missing(const float *x, int64_t n) {
    for (int64_t k = 0; k < n; k++)
        if (!isnan(x[k])) return false;
    return true;
}

static int file_read(void *state, int64_t b, struct series_block *block) {
    struct file *f = state;
    TRY(file_size(f, b, block));
    int64_t n = (int64_t)block->h * f->nx;
    for (int64_t t0 = 0; t0 < f->n_t; t0 += BATCH) {
        int64_t n_t = f->n_t - t0 < BATCH ? f->n_t - t0 : BATCH;
        TRY(signal_read_rows(f->signal, t0, n_t, block->y0, block->h, f->batch));
        for (int64_t t = 0; t < n_t; t++) {
            const float *frame = f->batch + t * n;
            if (all_missing(frame, n))
                FAIL(ERR_INPUT,
                     "%s: frame %lld is missing (all NaN); correlate the film before and after it "
                     "apart",
                     signal_path(f->signal), (long long)(t0 + t));
            for (int64_t k = 0; k < n; k++) block->i[k * f->n_t + t0 + t] = frame[k];
        }
    }
    return ERR_OK;
}

static int file_frame(void *state, int64_t t, float *image) {
    struct file *f = state;
    return signal_read(f->signal, t, 1, image);
}

static void file_destroy(void *state) {
    struct file *f = state;
    if (signal_close(&f->signal, false)) err_clear(); /* reading: nothing to lose */
    mem_free(&f->batch);
    mem_free(&f);
}

static const struct series_source source = {.blocks = file_blocks,
                                            .size = file_size,
                                            .read = file_read,
                                            .frame = file_frame,
                                            .destroy = file_destroy};

/* **Local.** Sizes and calibration. */
static int read_axes(const struct signal_shape *shape, const char *path, double frame_time, double pixel,
                     struct series *s) {
    double t = frame_time, y = pixel, x = pixel, offset;
    if (shape->n_dims != 3 || signal_navigation(shape) != 1)
        FAIL(ERR_INPUT,
             "%s: a film has axes (t, y, x), here are %d of which %d number the frames; name another dataset",
             path, shape->n_dims, signal_navigation(shape));
    if (t <= 0 && !signal_axis_as(&shape->axis[0], SIGNAL_S, &t, &offset))
        FAIL(ERR_INPUT, "%s: axis %s has no time unit ('%s'); give frame_time:", path, shape->axis[0].name,
             shape->axis[0].units);
    if (pixel <= 0 && !(signal_axis_as(&shape->axis[1], SIGNAL_NM, &y, &offset) &&
                        signal_axis_as(&shape->axis[2], SIGNAL_NM, &x, &offset)))
        FAIL(ERR_INPUT, "%s: the image axes have no length ('%s'); give pixel:", path, shape->axis[2].units);
    if (!(t > 0 && x > 0) || fabs(x - y) > 0.03 * x)
        FAIL(ERR_INPUT,
             "%s: frame time %g s, pixels %g x %g nm: these must be positive, pixels square to 3 %%", path, t,
             y, x);
    *s = (struct series){.n_t = shape->axis[0].size,
                         .ny = shape->axis[1].size,
                         .nx = shape->axis[2].size,
                         .frame_time = t,
                         .pixel = sqrt(x * y)};
    return ERR_OK;
}

int series_file_open(const struct comm *comm, const char *path, double frame_time, double pixel,
                     int64_t memory, struct series *series) {
    struct file *f = NULL;
    TRY(mem_agree(comm, &f, MEM_NEW(f, 1)));
    int e = ERR_OK;
    *series = (struct series){0};
    TRY_TO(out, signal_open(comm, path, &f->signal));
    TRY_ALL_TO(comm, out, read_axes(signal_shape(f->signal), path, frame_time, pixel, series));
    f->n_t = series->n_t;
    f->ny = series->ny;
    f->nx = series->nx;
    f->rows = memory / ((f->n_t + BATCH) * f->nx * (int64_t)sizeof(float));
    f->rows = f->rows < 1 ? 1 : f->rows > f->ny ? f->ny : f->rows;
    TRY_ALL_TO(comm, out, MEM_NEW(f->batch, BATCH * f->rows * f->nx));
    return series_create(series, &source, f);
out:
    file_destroy(f);
    return e;
}

/* **Local.** This rank's run of frames. */
static int64_t first_of(int64_t n, int rank, int size) {
    return n * rank / size;
}

int series_file_write(const struct comm *comm, struct series *s, const char *path, const char *what) {
    struct signal_shape shape = {
        .n_dims = 3,
        .axis = {{"time", "s", s->n_t, s->frame_time, 0, true},
                 {"y", "nm", s->ny, s->pixel, 0, false},
                 {"x", "nm", s->nx, s->pixel, 0, false}},
        .signal_type = "",
        .title = what,
        .quantity = "intensity",
        .type = H5_F32,
    };
    struct signal *signal = NULL;
    float *image = NULL;
    int e = ERR_OK;
    int64_t t = first_of(s->n_t, comm->rank, comm->size), end = first_of(s->n_t, comm->rank + 1, comm->size);
    int64_t turns = end - t;
    comm_max_i64(comm, &turns, 1);
    TRY_TO(out, signal_create(comm, path, &shape, &signal));
    TRY_ALL_TO(comm, out, MEM_NEW(image, s->ny * s->nx));
    for (int64_t k = 0; k < turns; k++, t++) {
        TRY_TO(out, series_frames(comm, s, t < end, &t, image));
        TRY_ALL_TO(comm, out, t < end ? signal_write(signal, t, 1, image) : ERR_OK);
    }
out:
    mem_free(&image);
    int closed = signal_close(&signal, !e);
    return e ? e : closed;
}
