/* series - blocks of pixels for correlation in time, frames for correlation in space.
 *
 * Kept films are counts of two bytes on the rank whose block it is; a frame then comes together by one
 * exchange. Rejected: the whole film on every rank (half a gigabyte each for 256 x 256 x 4,000). */
#include "analysis/film/series.h"
#include "base/mem.h"

#include <math.h>
#include <string.h>

/* --- an array */

struct array {
    const float *i;
    int64_t n_t, ny, nx, rows; /* rows of a block */
};

static int64_t array_blocks(const void *state) {
    const struct array *a = state;
    return (a->ny + a->rows - 1) / a->rows;
}

static int array_size(const void *state, int64_t b, struct series_block *block) {
    const struct array *a = state;
    block->y0 = b * a->rows;
    block->x0 = 0;
    block->h = (int)(a->ny - block->y0 < a->rows ? a->ny - block->y0 : a->rows);
    block->w = (int)a->nx;
    return ERR_OK;
}

static int array_read(void *state, int64_t b, struct series_block *block) {
    const struct array *a = state;
    TRY(array_size(a, b, block));
    int64_t n = (int64_t)block->h * block->w;
    for (int64_t t = 0; t < a->n_t; t++) {
        const float *from = a->i + t * a->ny * a->nx + block->y0 * a->nx;
        for (int64_t k = 0; k < n; k++) block->i[k * a->n_t + t] = from[k];
    }
    return ERR_OK;
}

static int array_frame(void *state, int64_t t, float *image) {
    const struct array *a = state;
    memcpy(image, a->i + t * a->ny * a->nx, (size_t)(a->ny * a->nx) * sizeof *image);
    return ERR_OK;
}

static void array_destroy(void *state) {
    struct array *a = state;
    mem_free(&a);
}

static const struct series_source array_source = {.blocks = array_blocks,
                                                  .size = array_size,
                                                  .read = array_read,
                                                  .frame = array_frame,
                                                  .destroy = array_destroy};

int series_create_array(struct series *s, const float *i, int64_t n_t, int64_t ny, int64_t nx,
                        double frame_time, double pixel, int64_t memory) {
    struct array *a = NULL;
    TRY(MEM_NEW(a, 1));
    int64_t rows = memory / (n_t * nx * (int64_t)sizeof *i);
    *a = (struct array){i, n_t, ny, nx, rows < 1 ? 1 : rows > ny ? ny : rows};
    *s = (struct series){.n_t = n_t, .ny = ny, .nx = nx, .frame_time = frame_time, .pixel = pixel};
    return series_create(s, &array_source, a);
}

/* --- any backend */

int series_create(struct series *s, const struct series_source *source, void *state) {
    s->source = source;
    s->state = state;
    s->n_blocks = source->blocks(state);
    return ERR_OK;
}

void series_destroy(struct series *s) {
    for (int64_t b = 0; s->kept && b < s->n_blocks; b++) mem_free(&s->kept[b]);
    mem_free(&s->kept);
    if (s->source) s->source->destroy(s->state);
    *s = (struct series){0};
}

int series_keep(struct series *s, double scale) {
    if (s->keep) return ERR_OK;
    s->keep = true;
    s->keep_scale = scale;
    return MEM_NEW(s->kept, s->n_blocks);
}

int64_t series_block_pixels(const struct series *s) {
    int64_t most = 0;
    for (int64_t b = 0; b < s->n_blocks; b++) {
        struct series_block block = {0};
        if (s->source->size(s->state, b, &block) == ERR_OK && (int64_t)block.h * block.w > most)
            most = (int64_t)block.h * block.w;
    }
    return most;
}

int series_read(struct series *s, int64_t b, struct series_block *block) {
    TRY(s->source->size(s->state, b, block));
    int64_t n = (int64_t)block->h * block->w * s->n_t;
    if (s->kept && s->kept[b]) {
        for (int64_t k = 0; k < n; k++) block->i[k] = (float)(s->kept[b][k] * s->keep_scale);
        return ERR_OK;
    }
    TRY(s->source->read(s->state, b, block));
    if (!s->keep) return ERR_OK;
    TRY(MEM_NEW(s->kept[b], n));
    for (int64_t k = 0; k < n; k++) {
        double count = round(block->i[k] / s->keep_scale);
        s->kept[b][k] = (uint16_t)(count < 0 ? 0 : count > 65535 ? 65535 : count);
        block->i[k] = (float)(s->kept[b][k] * s->keep_scale);
    }
    return ERR_OK;
}

static int my_means(const struct comm *comm, struct series *s, double *mean) {
    struct series_block block = {0};
    int e = MEM_NEW(block.i, series_block_pixels(s) * s->n_t);
    for (int64_t b = comm->rank; b < s->n_blocks && !e; b += comm->size) {
        e = series_read(s, b, &block);
        for (int k = 0; k < block.h * block.w && !e; k++) {
            double sum = 0;
            for (int64_t t = 0; t < s->n_t; t++) sum += block.i[k * s->n_t + t];
            mean[(block.y0 + k / block.w) * s->nx + block.x0 + k % block.w] = sum / (double)s->n_t;
        }
    }
    mem_free(&block.i);
    return e;
}

int series_mean(const struct comm *comm, struct series *s, double *mean) {
    memset(mean, 0, (size_t)(s->ny * s->nx) * sizeof *mean);
    TRY_ALL(comm, my_means(comm, s, mean));
    if (comm->size > 1) comm_sum(comm, mean, (int)(s->ny * s->nx)); /* one term each: exact */
    return ERR_OK;
}

/* **Local.** Where rank r's part of a frame goes, block by block. */
static int place(const struct series *s, int r, int size, const float *from, float *image, int64_t *n) {
    *n = 0;
    for (int64_t b = r; b < s->n_blocks; b += size) {
        struct series_block block = {0};
        TRY(s->source->size(s->state, b, &block));
        for (int k = 0; image && k < block.h * block.w; k++)
            image[(block.y0 + k / block.w) * s->nx + block.x0 + k % block.w] = from[*n + k];
        *n += (int64_t)block.h * block.w;
    }
    return ERR_OK;
}

/* **Local.** This rank's pixels of frame t, block by block. */
static int take(const struct series *s, const struct comm *comm, int64_t t, float *out) {
    int64_t n = 0;
    for (int64_t b = comm->rank; b < s->n_blocks; b += comm->size) {
        struct series_block block = {0};
        TRY(s->source->size(s->state, b, &block));
        for (int k = 0; k < block.h * block.w; k++)
            out[n++] = (float)(s->kept[b][k * s->n_t + t] * s->keep_scale);
    }
    return ERR_OK;
}

static int all_kept(const struct series *s, const struct comm *comm) {
    for (int64_t b = comm->rank; b < s->n_blocks; b += comm->size)
        if (!s->kept || !s->kept[b]) FAIL(ERR_INTERNAL, "frames of a film that was not kept");
    return ERR_OK;
}

/* **Collective.** wanted[r][most]: what each rank asks for, -1 where it asks for fewer. */
static int gather_wishes(const struct comm *comm, int n, const int64_t *t, int64_t **wanted, int64_t *most) {
    *most = n;
    comm_max_i64(comm, most, 1);
    TRY(mem_agree(comm, wanted, MEM_NEW(*wanted, comm->size * (*most + 1))));
    for (int64_t k = 0; k < *most; k++) (*wanted)[comm->rank * *most + k] = k < n ? t[k] + 1 : 0;
    comm_sum_i64(comm, *wanted, (int)(comm->size * *most));
    return ERR_OK;
}

/* **Collective.** Each rank sends every other its pixels of the frames that one wants. */
static int from_kept(const struct comm *comm, struct series *s, int n, const int64_t *t, float *image) {
    int64_t *wanted = NULL, *count = NULL, most = 0, mine = 0, n_recv = 0;
    float *send = NULL, *recv = NULL;
    int e = ERR_OK;
    TRY_ALL(comm, all_kept(s, comm));
    TRY_ALL(comm, place(s, comm->rank, comm->size, NULL, NULL, &mine));
    TRY_TO(out, gather_wishes(comm, n, t, &wanted, &most));
    TRY_ALL_TO(comm, out, MEM_NEW(count, comm->size));
    TRY_ALL_TO(comm, out, MEM_NEW(send, mine * most * comm->size));
    int64_t filled = 0;
    for (int64_t k = 0; k < comm->size * most && !e; k++) {
        if (!wanted[k]) continue;
        e = take(s, comm, wanted[k] - 1, send + filled);
        filled += mine;
        count[k / most] += mine;
    }
    TRY_ALL_TO(comm, out, e);
    TRY_TO(out, comm_exchange(comm, send, count, sizeof *send, &recv, &n_recv));
    const float *from = recv;
    for (int r = 0; r < comm->size && !e; r++)
        for (int k = 0; k < n && !e; k++) {
            int64_t theirs;
            e = place(s, r, comm->size, from, image + k * s->ny * s->nx, &theirs);
            from += theirs;
        }
    TRY_ALL_TO(comm, out, e);
out:
    mem_free(&wanted);
    mem_free(&count);
    mem_free(&send);
    mem_free(&recv);
    return e;
}

static int one_by_one(struct series *s, int n, const int64_t *t, float *image) {
    for (int k = 0; k < n; k++) TRY(s->source->frame(s->state, t[k], image + k * s->ny * s->nx));
    return ERR_OK;
}

int series_frames(const struct comm *comm, struct series *s, int n, const int64_t *t, float *image) {
    if (!s->source->frame) return from_kept(comm, s, n, t, image);
    TRY_ALL(comm, one_by_one(s, n, t, image));
    return ERR_OK;
}
