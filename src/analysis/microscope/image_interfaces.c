/* image_interfaces - every rank compares the same images; only the mask is counted together.
 *
 * Each of 999 shifts costs a look at every pixel: images are compared on every second, third ... pixel, as
 * long as four of them lie in `width`, to which both maps are blurred anyway. */
#include "analysis/microscope/image_interfaces.h"
#include "analysis/microscope/image_fringes.h"
#include "analysis/microscope/interface_map.h"
#include "base/mem.h"

#include <math.h>
#include <string.h>

struct coarse {
    int every[2], ny, nx;
    bool *mask;
    double *map;
};

/* **Local.** One value of so many pixels; the last ones of a row may stand for fewer. */
static void thin(const struct image_interfaces *h, const double *fine, struct coarse *c) {
    for (int j = 0; j < c->ny; j++)
        for (int i = 0; i < c->nx; i++)
            c->map[(int64_t)j * c->nx + i] = fine[(int64_t)j * c->every[0] * h->nx + i * c->every[1]];
}

static int compare(const struct image_interfaces *h, const double *fine, int which, struct coarse *c,
                   struct shift_test_result *r) {
    thin(h, fine, c);
    return shift_test_run(c->map, c->mask, c->ny, c->nx, 0.2, 999, h->seed, 2 * h->stream + (uint64_t)which,
                          r);
}

/* **Collective.** Share of interface atoms under discs around the thinned pixels. */
static int mask_of(const struct comm *comm, const struct frame *frame, const struct image_interfaces *h,
                   struct coarse *c) {
    struct interface_map_grid g = {
        c->nx, c->ny, {0, 0}, {h->step[1] * c->every[1], h->step[0] * c->every[0]}};
    TRY(interface_map_make(comm, frame, h->beam, &g, h->width / 2, c->map));
    for (int64_t i = 0; i < (int64_t)c->ny * c->nx; i++) c->mask[i] = c->map[i] > 0.5;
    return ERR_OK;
}

static int compare_all(const double *image, const struct image_interfaces *h, double *fringed,
                       struct coarse *c, struct image_interfaces_result *result) {
    int64_t n = (int64_t)h->ny * h->nx, found = 0;
    double chance = 0;
    memcpy(fringed, image, (size_t)n * sizeof *fringed);
    TRY(image_fringes_blur(fringed, h->ny, h->nx, h->step, h->width));
    TRY(compare(h, fringed, 0, c, &result->image));
    TRY(image_fringes_make(image, h->ny, h->nx, h->step, h->range, h->width, fringed, &chance));
    for (int64_t i = 0; i < n; i++) {
        fringed[i] = fringed[i] > chance;
        found += fringed[i] > 0;
    }
    result->fringed = (double)found / (double)n;
    return compare(h, fringed, 1, c, &result->fringes);
}

int image_interfaces_make(const struct comm *comm, const struct frame *frame, const double *image,
                          const struct image_interfaces *how, double *fringed, double *mask,
                          struct image_interfaces_result *result) {
    struct coarse c = {.every = {1, 1}};
    int size[2] = {how->ny, how->nx};
    memset(result, 0, sizeof *result);
    for (int a = 0; a < 2; a++) {
        c.every[a] = (int)fmax(1, floor(how->width / 4 / how->step[a]));
        while (size[a] % c.every[a]) c.every[a]--; /* the thinned image is periodic too */
    }
    c.ny = how->ny / c.every[0];
    c.nx = how->nx / c.every[1];
    int e = MEM_NEW(c.mask, (int64_t)c.ny * c.nx);
    if (!e) e = MEM_NEW(c.map, (int64_t)c.ny * c.nx);
    e = err_agree(comm, e);
    if (!e) e = mask_of(comm, frame, how, &c);
    for (int j = 0; j < how->ny && !e; j++)
        for (int i = 0; i < how->nx; i++)
            mask[(int64_t)j * how->nx + i] = c.mask[(int64_t)(j / c.every[0]) * c.nx + i / c.every[1]];
    if (!e) e = err_agree(comm, compare_all(image, how, fringed, &c, result));
    mem_free(&c.mask);
    mem_free(&c.map);
    return e;
}
