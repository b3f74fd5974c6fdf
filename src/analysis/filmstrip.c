/* filmstrip - frames go to the file one by one; nothing but the first image is kept. */
#include "analysis/filmstrip.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/signal.h"

#include <math.h>
#include <string.h>

struct filmstrip {
    struct results *out;
    struct filmstrip_options o;
    struct signal *signal;
    int64_t n, seen, done;
    double time0, dt, mean;
    float *first;
};

int filmstrip_create(struct results *out, const struct filmstrip_options *o, struct filmstrip **film) {
    struct filmstrip *f = NULL;
    *film = NULL;
    if (o->n_frames < 2) FAIL(ERR_INPUT, "a film has more than one frame; say frames: all");
    if (!out->front) FAIL(ERR_INPUT, "a film needs a folder to go to");
    if (fabs(o->dx / o->dy - 1) > 0.03)
        log_note("%s: pixels of %.4g x %.4g A; ecm takes square ones: give it pixel:", o->suffix, o->dy,
                 o->dx);
    TRY(mem_agree(out->comm, &f, MEM_NEW(f, 1)));
    *film = f;
    f->out = out;
    f->o = *o;
    f->n = o->ny * o->nx;
    return err_agree(out->comm, MEM_NEW(f->first, f->n));
}

void filmstrip_destroy(struct filmstrip **film) {
    struct filmstrip *f = *film;
    if (!f) return;
    if (f->signal && signal_close(&f->signal, false)) err_clear();
    mem_free(&f->first);
    mem_free(film);
}

/* **Collective.** The file, once the time between frames is known. */
static int open_file(struct filmstrip *f) {
    char *path = NULL;
    struct signal_shape shape = {.n_dims = 3,
                                 .axis = {{"time", "s", f->o.n_frames, 1e-12 * f->dt, 0, true},
                                          {"y", "nm", f->o.ny, 0.1 * f->o.dy, 0, false},
                                          {"x", "nm", f->o.nx, 0.1 * f->o.dx, 0, false}},
                                 .signal_type = "",
                                 .title = f->o.title,
                                 .quantity = f->o.dose > 0 ? "counts" : "intensity",
                                 .type = H5_F32};
    TRY_ALL(f->out->comm, mem_sprintf(&path, "%s%s%s.hspy", f->out->front, f->out->named ? "" : ".",
                                      f->out->named ? "" : f->o.suffix));
    int e = signal_create(f->out->comm, path, &shape, &f->signal);
    mem_free(&path);
    return e;
}

/* **Collective.** Counts of a dose, then the file. */
static int write_image(struct filmstrip *f, float *image) {
    double scale = (f->o.dose > 0 ? f->o.dose : 1) / f->mean;
    for (int64_t p = 0; p < f->n; p++) {
        double mu = scale * image[p];
        image[p] =
            (float)(f->o.dose > 0 ? rng_poisson(f->o.seed, RNG_NOISE, (uint64_t)p, (uint64_t)f->done, mu)
                                  : mu);
    }
    int e = f->out->comm->rank == 0 ? signal_write(f->signal, f->done, 1, image) : ERR_OK;
    f->done++;
    return err_agree(f->out->comm, e);
}

int filmstrip_add(struct filmstrip *f, double time, float *image) {
    if (f->seen++ == 0) {
        f->time0 = time;
        for (int64_t p = 0; p < f->n; p++) f->mean += image[p] / (double)f->n;
        if (!(f->mean > 0)) FAIL(ERR_INPUT, "the first image is dark: no atoms in the layer?");
        memcpy(f->first, image, (size_t)f->n * sizeof *image);
        return ERR_OK;
    }
    if (f->seen == 2) {
        f->dt = time - f->time0;
        if (!(f->dt > 0)) FAIL(ERR_INPUT, "the frames' times do not grow: does the trajectory say them?");
        TRY(open_file(f));
        TRY(write_image(f, f->first));
    }
    if (fabs(time - f->time0 - (double)f->done * f->dt) > 1e-3 * f->dt)
        FAIL(ERR_INPUT, "frames are not evenly spaced in time; choose a stage, or first:end:step");
    return write_image(f, image);
}

int filmstrip_close(struct filmstrip *f) {
    if (!f || !f->signal) FAIL(ERR_INPUT, "a film has more than one frame; say frames: all");
    return signal_close(&f->signal, true);
}
