/* glass - a dense random packing of two sizes of atoms without running MD: random points that push each other
 * apart until hardly any overlap, and copies of that with a little noise where many atoms are wanted. */
#ifndef TESTS_GLASS_H
#define TESTS_GLASS_H

#include "analysis/space.h"
#include "base/mem.h"
#include "base/rng.h"

#include <math.h>
#include <string.h>

#define GLASS_VOLUME 15.9 /* A^3 per atom: Cu64Zr36 by the Mendelev 2009 potential */

static inline void glass_species(struct frame *f) {
    f->species.n = 2;
    strcpy(f->species.name[0], "Cu");
    strcpy(f->species.name[1], "Zr");
    f->species.radius[0] = 1.28; /* Goldschmidt, A */
    f->species.radius[1] = 1.60;
    f->species.mass[0] = 63.546;
    f->species.mass[1] = 91.224;
    f->species.number[0] = 29;
    f->species.number[1] = 40;
}

/* One sweep: each atom moves by a share of its overlaps with neighbours (sum of radii). */
static inline int glass_push(const struct comm *comm, struct frame *f) {
    struct space space = {0};
    struct space_near *near = NULL;
    double(*move)[3] = NULL;
    int64_t capacity = 0, n = 0;
    int e = space_open(comm, &space, f);
    if (!e) e = space_reach(&space, comm, 3.2, 1);
    if (!e) e = MEM_NEW(move, f->n);
    for (int i = 0; i < f->n && !e; i++) {
        e = space_near(&space, i, 3.2, &near, &capacity, &n);
        for (int64_t k = 0; k < n; k++) {
            double d = sqrt(near[k].d2),
                   touch = f->species.radius[f->type[i]] + f->species.radius[f->type[near[k].row]];
            for (int a = 0; a < 3 && d < touch; a++) move[i][a] -= 0.3 * (touch - d) * near[k].d[a] / d;
        }
    }
    space_close(&space);
    for (int i = 0; i < f->n && !e; i++)
        for (int a = 0; a < 3; a++) f->x[i][a] += fmax(-0.3, fmin(0.3, move[i][a]));
    mem_free(&move);
    mem_free(&near);
    return e;
}

/* **Local.** n atoms (36 % Zr) in a periodic cube, pushed `sweeps` times; copied `times` along each axis with
 * noise. */
static inline int glass_make(int n, int sweeps, int times, uint64_t seed, struct frame *f) {
    struct comm self = comm_self();
    int64_t first;
    frame_init(f);
    glass_species(f);
    double edge = cbrt(n * GLASS_VOLUME), u[4];
    f->box = (struct box){{0, 0, 0}, {edge, edge, edge}, {true, true, true}};
    TRY(frame_reserve(f, (int64_t)n * times * times * times));
    for (int i = 0; i < n; i++) {
        rng_uniform(seed, RNG_TEST, (uint64_t)i, 0, u);
        rng_uniform(seed, RNG_TEST, (uint64_t)i, 1, u + 2);
        for (int a = 0; a < 3; a++) f->x[i][a] = edge * u[a];
        f->type[i] = u[3] < 0.36;
        f->id[i] = i + 1;
    }
    f->n = n;
    f->n_global = n;
    for (int k = 0; k < sweeps; k++) TRY(glass_push(&self, f));
    for (int i = 0; i < n; i++) box_wrap(&f->box, f->x[i], f->image[i]);
    TRY(frame_by_id(&self, f, &first));
    for (int c = 1; c < times * times * times; c++)
        for (int i = 0; i < n; i++) {
            int to = c * n + i, cell[3] = {c / times / times, c / times % times, c % times};
            rng_uniform(seed, RNG_TEST, (uint64_t)to, 2, u);
            rng_uniform(seed, RNG_TEST, (uint64_t)to, 3, u + 2);
            for (int a = 0; a < 3; a++) f->x[to][a] = f->x[i][a] + cell[a] * edge + 2e-3 * (u[a] - 0.5);
            f->type[to] = f->type[i];
            f->id[to] = to + 1;
        }
    f->n = n * times * times * times;
    f->n_global = f->n;
    for (int a = 0; a < 3; a++) f->box.len[a] *= times;
    for (int i = 0; i < f->n; i++) box_wrap(&f->box, f->x[i], f->image[i]);
    return ERR_OK;
}

#endif
