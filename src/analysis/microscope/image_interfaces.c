/* image_interfaces - the mask is counted by all ranks together, an image compared with it by one.
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

/* **Local.** How far apart the pixels that are compared lie. */
static struct coarse thinned(const struct image_interfaces *h) {
    struct coarse c = {.every = {1, 1}};
    int size[2] = {h->ny, h->nx};
    for (int a = 0; a < 2; a++) {
        c.every[a] = (int)fmax(1, floor(h->width / 4 / h->step[a]));
        while (size[a] % c.every[a]) c.every[a]--; /* the thinned image is periodic too */
    }
    c.ny = h->ny / c.every[0];
    c.nx = h->nx / c.every[1];
    return c;
}

static double at(const struct image_interfaces *h, const struct coarse *c, const double *fine, int64_t i) {
    return fine[i / c->nx * c->every[0] * h->nx + i % c->nx * c->every[1]];
}

static int compare(const struct image_interfaces *h, const double *fine, int which, struct coarse *c,
                   struct shift_test_result *r) {
    for (int64_t i = 0; i < (int64_t)c->ny * c->nx; i++) c->map[i] = at(h, c, fine, i);
    return shift_test_run(c->map, c->mask, c->ny, c->nx, 0.2, 999, h->seed, 2 * h->stream + (uint64_t)which,
                          r);
}

int image_interfaces_mask(const struct comm *comm, const struct frame *frame,
                          const struct image_interfaces *h, double *mask) {
    struct coarse c = thinned(h);
    struct interface_map_grid g = {c.nx, c.ny, {0, 0}, {h->step[1] * c.every[1], h->step[0] * c.every[0]}};
    TRY(mem_agree(comm, &c.map, MEM_NEW(c.map, (int64_t)c.ny * c.nx)));
    int e = interface_map_make(comm, frame, h->beam, &g, h->width / 2, c.map);
    for (int j = 0; j < h->ny && !e; j++)
        for (int i = 0; i < h->nx; i++)
            mask[(int64_t)j * h->nx + i] = c.map[(int64_t)(j / c.every[0]) * c.nx + i / c.every[1]] > 0.5;
    mem_free(&c.map);
    return e;
}

static int compare_all(const double *image, const struct image_interfaces *h, struct coarse *c,
                       double *fringed, struct image_interfaces_result *result) {
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

int image_interfaces_compare(const double *image, const struct image_interfaces *h, const double *mask,
                             double *fringed, struct image_interfaces_result *result) {
    struct coarse c = thinned(h);
    memset(result, 0, sizeof *result);
    int e = MEM_NEW(c.mask, (int64_t)c.ny * c.nx);
    if (!e) e = MEM_NEW(c.map, (int64_t)c.ny * c.nx);
    for (int64_t i = 0; i < (int64_t)c.ny * c.nx && !e; i++) c.mask[i] = at(h, &c, mask, i) > 0;
    if (!e) e = compare_all(image, h, &c, fringed, result);
    mem_free(&c.mask);
    mem_free(&c.map);
    return e;
}
