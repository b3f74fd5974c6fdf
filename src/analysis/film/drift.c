/* drift - keys and frames are shared out over ranks; each comparison is two transforms and one back.
 *
 * Rejected: all frames against the first (after tau nothing of it is left), upsampled transforms (a parabola
 * is within some hundredths of a pixel for speckle of several pixels, well below the camera's). */
#include "analysis/film/drift.h"
#include "base/fft.h"
#include "base/log.h"
#include "base/mem.h"

#include <fftw3.h>
#include <math.h>
#include <string.h>

struct drift_mover {
    int64_t ny, nx;
    fftwf_complex *a, *b;
    float *window;
    struct fft *fft;
};

int drift_mover_create(int64_t ny, int64_t nx, struct drift_mover **mover) {
    struct drift_mover *m = NULL;
    *mover = NULL;
    TRY(MEM_NEW(m, 1));
    m->ny = ny;
    m->nx = nx;
    m->a = fftwf_alloc_complex((size_t)(ny * nx));
    m->b = fftwf_alloc_complex((size_t)(ny * nx));
    int e = m->a && m->b ? MEM_NEW(m->window, ny * nx)
                         : err_set(ERR_MEMORY, __FILE__, __LINE__, "no memory for two images");
    if (!e) e = fft_create(ny, nx, true, &m->fft);
    if (e) {
        drift_mover_destroy(&m);
        return e;
    }
    for (int64_t y = 0; y < ny; y++)
        for (int64_t x = 0; x < nx; x++)
            m->window[y * nx + x] = (float)(pow(sin(M_PI * ((double)y + 0.5) / (double)ny), 2) *
                                            pow(sin(M_PI * ((double)x + 0.5) / (double)nx), 2));
    *mover = m;
    return ERR_OK;
}

void drift_mover_destroy(struct drift_mover **mover) {
    struct drift_mover *m = *mover;
    if (!m) return;
    fft_destroy(&m->fft);
    fftwf_free(m->a);
    fftwf_free(m->b);
    mem_free(&m->window);
    mem_free(mover);
}

void drift_mover_move(struct drift_mover *m, const float *in, double dy, double dx, float *out) {
    int64_t n = m->ny * m->nx;
    for (int64_t p = 0; p < n; p++) m->a[p][0] = in[p], m->a[p][1] = 0;
    fft_forward(m->fft, m->a);
    for (int64_t y = 0; y < m->ny; y++)
        for (int64_t x = 0; x < m->nx; x++) {
            double qy = (double)(y <= m->ny / 2 ? y : y - m->ny) / (double)m->ny;
            double qx = (double)(x <= m->nx / 2 ? x : x - m->nx) / (double)m->nx;
            double phase = -2 * M_PI * (qy * dy + qx * dx), c = cos(phase) / (double)n,
                   s = sin(phase) / (double)n;
            fftwf_complex *v = &m->a[y * m->nx + x];
            double re = (*v)[0] * c - (*v)[1] * s, im = (*v)[0] * s + (*v)[1] * c;
            (*v)[0] = (float)re;
            (*v)[1] = (float)im;
        }
    fft_back(m->fft, m->a);
    for (int64_t p = 0; p < n; p++) out[p] = m->a[p][0];
}

static void prepare(const struct drift_mover *m, const float *in, fftwf_complex *out) {
    double sum = 0, norm = 0;
    for (int64_t p = 0; p < m->ny * m->nx; p++) sum += m->window[p] * in[p], norm += m->window[p];
    for (int64_t p = 0; p < m->ny * m->nx; p++) {
        out[p][0] = m->window[p] * (in[p] - (float)(sum / norm));
        out[p][1] = 0;
    }
}

/* **Local.** Peak of a parabola through three neighbours, within half a pixel. */
static double vertex(double before, double top, double after) {
    double bend = before - 2 * top + after;
    return bend < 0 ? fmax(-0.5, fmin(0.5, 0.5 * (before - after) / bend)) : 0;
}

void drift_mover_compare(struct drift_mover *m, const float *a, const float *b, double shift[2]) {
    int64_t n = m->ny * m->nx, best = 0;
    prepare(m, a, m->a);
    prepare(m, b, m->b);
    fft_forward(m->fft, m->a);
    fft_forward(m->fft, m->b);
    for (int64_t p = 0; p < n; p++) { /* b times conj(a): peaks at the shift of b */
        float re = m->b[p][0] * m->a[p][0] + m->b[p][1] * m->a[p][1];
        float im = m->b[p][1] * m->a[p][0] - m->b[p][0] * m->a[p][1];
        m->a[p][0] = re;
        m->a[p][1] = im;
    }
    fft_back(m->fft, m->a);
    for (int64_t p = 0; p < n; p++)
        if (m->a[p][0] > m->a[best][0]) best = p;
    int64_t y = best / m->nx, x = best % m->nx, up = (y + 1) % m->ny, down = (y + m->ny - 1) % m->ny;
    int64_t right = (x + 1) % m->nx, left = (x + m->nx - 1) % m->nx;
    double top = m->a[best][0];
    shift[0] = (double)(y <= m->ny / 2 ? y : y - m->ny) +
               vertex(m->a[down * m->nx + x][0], top, m->a[up * m->nx + x][0]);
    shift[1] = (double)(x <= m->nx / 2 ? x : x - m->nx) +
               vertex(m->a[y * m->nx + left][0], top, m->a[y * m->nx + right][0]);
}

/* **Collective.** shift[t] becomes that against the frame's key (keys: against the key before). */
static int compare_all(const struct comm *comm, struct series *film, int64_t every, struct drift_mover *m,
                       float *image, double (*shift)[2]) {
    int64_t n = film->ny * film->nx, turns = (film->n_t + comm->size - 1) / comm->size;
    for (int64_t k = 0; k < turns; k++) {
        int64_t t = k * comm->size + comm->rank;
        bool busy = t > 0 && t < film->n_t;
        int64_t pair[2] = {t > 0 ? (t - 1) / every * every : 0, t};
        TRY(series_frames(comm, film, busy ? 2 : 0, pair, image));
        if (busy) drift_mover_compare(m, image, image + n, shift[t]);
        log_progress_at((double)(k + 1), "frame %lld", (long long)t);
    }
    comm_sum(comm, &shift[0][0], (int)(2 * film->n_t)); /* one term each: exact */
    return ERR_OK;
}

int drift_measure(const struct comm *comm, struct series *film, int64_t every, double (*shift)[2]) {
    struct drift_mover *m = NULL;
    float *image = NULL;
    int e = ERR_OK;
    memset(shift, 0, (size_t)film->n_t * sizeof *shift);
    TRY_ALL_TO(comm, out, drift_mover_create(film->ny, film->nx, &m));
    TRY_ALL_TO(comm, out, MEM_NEW(image, 2 * film->ny * film->nx));
    log_progress_begin("drift", (double)(film->n_t / comm->size));
    TRY_TO(out, compare_all(comm, film, every, m, image, shift));
    log_progress_end();
    for (int64_t t = 1; t < film->n_t; t++) /* the key before t is done already */
        for (int a = 0; a < 2; a++) shift[t][a] += shift[(t - 1) / every * every][a];
out:
    drift_mover_destroy(&m);
    mem_free(&image);
    return e;
}

struct crop {
    int64_t y0, x0, ny, nx;
};

static int crop_of(const struct series *film, const double (*shift)[2], int64_t memory, struct crop *c) {
    double low[2] = {0, 0}, high[2] = {0, 0};
    for (int64_t t = 0; t < film->n_t; t++)
        for (int a = 0; a < 2; a++) {
            low[a] = fmin(low[a], shift[t][a]);
            high[a] = fmax(high[a], shift[t][a]);
        }
    /* frame 0's place r is seen in all frames when r + shift is inside; a pixel more for the interpolation */
    c->y0 = (int64_t)ceil(-low[0]) + (low[0] < 0);
    c->x0 = (int64_t)ceil(-low[1]) + (low[1] < 0);
    c->ny = film->ny - c->y0 - (int64_t)ceil(high[0]) - (high[0] > 0);
    c->nx = film->nx - c->x0 - (int64_t)ceil(high[1]) - (high[1] > 0);
    if (c->ny < 8 || c->nx < 8)
        FAIL(ERR_INPUT, "the film drifts by %.1f x %.1f pixels: nothing is seen all the time",
             high[0] - low[0], high[1] - low[1]);
    double bytes = (double)film->n_t * (double)c->ny * (double)c->nx * sizeof(float);
    if (bytes > (double)memory)
        FAIL(ERR_INPUT, "the corrected film takes %.3g GB on each rank; raise memory: or cut the film",
             1e-9 * bytes);
    return ERR_OK;
}

int drift_correct(const struct comm *comm, struct series *film, const double (*shift)[2], int64_t memory,
                  float **image, int64_t *ny, int64_t *nx) {
    struct drift_mover *m = NULL;
    struct crop c;
    float *frame = NULL;
    int e = ERR_OK;
    *image = NULL;
    TRY_ALL_TO(comm, out, crop_of(film, shift, memory, &c));
    *ny = c.ny;
    *nx = c.nx;
    TRY_ALL_TO(comm, out, drift_mover_create(film->ny, film->nx, &m));
    TRY_ALL_TO(comm, out, MEM_NEW(frame, film->ny * film->nx));
    TRY_ALL_TO(comm, out, MEM_NEW(*image, film->n_t * c.ny * c.nx));
    for (int64_t t = 0; t < film->n_t; t++) {
        TRY_TO(out, series_frames(comm, film, 1, &t, frame));
        drift_mover_move(m, frame, -shift[t][0], -shift[t][1], frame);
        for (int64_t y = 0; y < c.ny; y++)
            memcpy(*image + (t * c.ny + y) * c.nx, frame + (c.y0 + y) * film->nx + c.x0,
                   (size_t)c.nx * sizeof *frame);
    }
out:
    if (e) mem_free(image);
    drift_mover_destroy(&m);
    mem_free(&frame);
    return e;
}
