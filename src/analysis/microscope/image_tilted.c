/* image_tilted - as many frames as ranks are kept, then each rank images one; rejected: slices of one frame
 * shared out (a transform of the whole plane between each two). */
#include "analysis/microscope/image_tilted.h"
#include "analysis/filmstrip.h"
#include "base/mem.h"

#include <math.h>
#include <string.h>

struct image_tilted {
    const struct comm *comm;
    const struct deck *deck;
    char at[64];
    struct results *out;
    struct formfactor_electron electron;
    enum formfactor_table table;
    struct projection_lens lens;
    struct projection_aperture aperture;
    struct projection_grid grid;
    double slice, pixel, max_grid, drift[2], time0;
    int64_t n_frames, seen;
    struct filmstrip *film;
    struct specimen mine; /* of the batch */
    int n;                /* frames in the batch */
    double *time, *image; /* [ranks], [ranks][ny][nx] */
};

static double real(const struct deck *deck, const char *at, const char *key) {
    return deck_real(deck, "%s.%s", at, key);
}

void image_tilted_check(struct deck *deck, const char *at) {
    char path[96];
    if (!deck_has(deck, "%s.energy", at)) return;
    double lambda = formfactor_electron(real(deck, at, "energy")).lambda;
    double radius = real(deck, at, "aperture") / lambda, reach = real(deck, at, "k") + radius;
    snprintf(path, sizeof path, "%s.film_pixel", at);
    if (deck_real(deck, "%s", path) > 0.5 / radius)
        deck_mistake(deck, path, "too large for the aperture, which resolves %.3g A; take half of that",
                     1 / radius);
    snprintf(path, sizeof path, "%s.grid", at);
    if (deck_real(deck, "%s", path) > 1 / (3 * reach))
        deck_mistake(deck, path, "too coarse for waves up to k + aperture; take %.3g A", 1 / (3 * reach));
}

int image_tilted_create(const struct pass_setup *setup, struct image_tilted **film) {
    const struct deck *deck = setup->deck;
    const char *at = setup->at;
    struct image_tilted *f = NULL;
    TRY(mem_agree(setup->comm, &f, MEM_NEW(f, 1)));
    *film = f;
    snprintf(f->at, sizeof f->at, "%s", at);
    f->comm = setup->comm;
    f->deck = deck;
    f->out = setup->out;
    f->n_frames = setup->n_frames;
    f->electron = formfactor_electron(real(deck, at, "energy"));
    f->table = (enum formfactor_table)deck_choice(deck, "%s.scattering", at);
    f->lens = (struct projection_lens){.lambda = f->electron.lambda,
                                       .defocus = real(deck, at, "defocus"),
                                       .cs = real(deck, at, "cs"),
                                       .spread = real(deck, at, "focal_spread")};
    f->aperture.radius = real(deck, at, "aperture") / f->electron.lambda;
    f->aperture.k[0] = real(deck, at, "k") * cos(real(deck, at, "azimuth"));
    f->aperture.k[1] = real(deck, at, "k") * sin(real(deck, at, "azimuth"));
    f->pixel = real(deck, at, "film_pixel");
    f->max_grid = real(deck, at, "grid");
    if (deck_choice(deck, "%s.exit_wave", at) == 0) f->slice = real(deck, at, "slice");
    for (int c = 0; c < 2 && deck_has(deck, "%s.drift", at); c++)
        f->drift[c] = deck_real_at(deck, c, "%s.drift", at);
    return err_agree(f->comm, MEM_NEW(f->time, f->comm->size));
}

void image_tilted_destroy(struct image_tilted **film) {
    struct image_tilted *f = *film;
    if (!f) return;
    filmstrip_destroy(&f->film);
    specimen_destroy(&f->mine);
    mem_free(&f->time);
    mem_free(&f->image);
    mem_free(film);
}

void image_tilted_size(const struct image_tilted *f, int size[2], double step[2]) {
    size[0] = f->aperture.ny;
    size[1] = f->aperture.nx;
    step[0] = f->grid.ny * f->grid.dy / f->aperture.ny / 10;
    step[1] = f->grid.nx * f->grid.dx / f->aperture.nx / 10;
}

/* **Collective.** Grid, pixels and file, by the first frame. */
static int begin(struct image_tilted *f, const struct specimen *specimen) {
    int size[2];
    double step[2];
    f->grid = projection_plan(specimen, f->max_grid);
    TRY(projection_aperture_plan(&f->grid, f->pixel, &f->aperture));
    image_tilted_size(f, size, step);
    struct filmstrip_options o = {.suffix = "image",
                                  .title = "tilted dark field",
                                  .n_frames = f->n_frames,
                                  .ny = size[0],
                                  .nx = size[1],
                                  .dy = 10 * step[0],
                                  .dx = 10 * step[1],
                                  .dose = real(f->deck, f->at, "dose"),
                                  .seed = (uint64_t)deck_int(f->deck, "seed")};
    TRY_ALL(f->comm, MEM_NEW(f->image, (int64_t)f->comm->size * size[0] * size[1]));
    return filmstrip_create(f->out, &o, &f->film);
}

static int same_box(const struct image_tilted *f, const struct specimen *s) {
    double edge[2] = {f->grid.nx * f->grid.dx, f->grid.ny * f->grid.dy};
    for (int a = 0; a < 2; a++)
        if (fabs(s->edge[a] / edge[a] - 1) > 1e-6)
            FAIL(ERR_INPUT, "the box changes along the film; hold the volume (nvt) while it is taken");
    return ERR_OK;
}

/* **Local.** This rank's frame of the batch. */
static int make_image(struct image_tilted *f, double *image) {
    struct projection_aperture a = f->aperture;
    double b[SPECIES_MAX] = {0}, (*wave)[2] = NULL, tilt[2];
    for (int c = 0; c < 2; c++) {
        tilt[c] = -f->electron.lambda * a.k[c];
        a.shift[c] = f->drift[c] * (f->time[f->comm->rank] - f->time0);
    }
    for (int k = 0; k < deck_count(f->deck, "%s.b_factor", f->at); k++) {
        int t = species_find(&f->mine.species, deck_key_at(f->deck, k, "%s.b_factor", f->at));
        if (t >= 0) b[t] = deck_real_at(f->deck, k, "%s.b_factor", f->at);
    }
    TRY(formfactor_check(&f->mine.species));
    TRY(projection_exit(&f->mine, &f->grid, &f->electron, f->table, b, tilt, f->slice, &wave));
    int e = projection_darkfield(&f->grid, &f->lens, &a, wave, image);
    mem_free(&wave);
    return e;
}

/* **Collective.** Images of the batch, on every rank; onto the film. */
static int flush(struct image_tilted *f) {
    int64_t size = (int64_t)f->aperture.ny * f->aperture.nx;
    float *counts = NULL;
    memset(f->image, 0, (size_t)(f->n * size) * sizeof *f->image);
    TRY_ALL(f->comm, f->comm->rank < f->n ? make_image(f, f->image + f->comm->rank * size) : ERR_OK);
    specimen_destroy(&f->mine);
    comm_sum(f->comm, f->image, (int)(f->n * size)); /* one term each: exact */
    TRY(mem_agree(f->comm, &counts, MEM_NEW(counts, size)));
    int e = ERR_OK;
    for (int k = 0; k < f->n && !e; k++) {
        for (int64_t p = 0; p < size; p++) counts[p] = (float)f->image[k * size + p];
        e = filmstrip_add(f->film, f->time[k], counts);
    }
    mem_free(&counts);
    return e;
}

int image_tilted_add(struct image_tilted *f, double time, struct specimen *specimen, int *n,
                     const double **images) {
    *n = 0;
    *images = f->image;
    if (f->seen == 0) f->time0 = time;
    int e = f->film ? err_agree(f->comm, same_box(f, specimen)) : begin(f, specimen);
    if (!e && f->n == f->comm->rank) f->mine = *specimen;
    else specimen_destroy(specimen);
    TRY(e);
    f->time[f->n++] = time;
    f->seen++;
    if (f->n < f->comm->size && f->seen < f->n_frames) return ERR_OK;
    TRY(flush(f));
    *images = f->image;
    *n = f->n;
    f->n = 0;
    return ERR_OK;
}

int image_tilted_close(struct image_tilted *f) {
    return filmstrip_close(f->film);
}
