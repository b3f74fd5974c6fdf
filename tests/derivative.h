/* derivative - F = -dE/dx and W = -dE/dstrain by central differences with one Richardson step, for tests of
 * potentials. Bound: 1e-7 of the rms force, of the largest virial component. */
#ifndef TESTS_DERIVATIVE_H
#define TESTS_DERIVATIVE_H

#include "md_fixture.h"

/* Whether no pair of the configuration lies within `margin` of its cutoff. */
static inline int clear_of_cutoff(struct fixture *t, struct pot *pot, double margin) {
    fixture_lists(t, pot, 0.3, 0);
    for (int i = 0; i < t->frame.n; i++)
        for (int j = 0; j < t->list.pad; j++) {
            double r2 = 0;
            for (int c = 0; c < 3; c++)
                r2 += (t->frame.x[j][c] - t->frame.x[i][c]) * (t->frame.x[j][c] - t->frame.x[i][c]);
            if (fabs(sqrt(r2) - pot_cutoff(pot, t->frame.type[i], t->frame.type[j])) < margin) return 0;
        }
    return 1;
}

typedef void deform(struct fixture *t, double e, int a, int b);

static inline void move_atom(struct fixture *t, double e, int i, int c) {
    t->frame.x[i][c] += e;
}

/* Along axis a: box and atoms. */
static inline void stretch(struct fixture *t, double e, int a, int b) {
    (void)b;
    t->frame.box.len[a] *= 1 + e;
    for (int i = 0; i < t->frame.n; i++) t->frame.x[i][a] *= 1 + e;
}

static inline void shear(struct fixture *t, double e, int a, int b) {
    for (int i = 0; i < t->frame.n; i++) t->frame.x[i][a] += e * t->frame.x[i][b];
}

static inline double energy_at(struct fixture *t, struct pot *pot, deform *how, double e, int a, int b) {
    struct frame *f = &t->frame;
    double(*x)[4] = NULL, len = f->box.len[a % 3];
    must(MEM_NEW(x, f->n));
    memcpy(x, f->x, sizeof *x * (size_t)f->n);
    how(t, e, a, b);
    double E = fixture_energy(t, pot);
    memcpy(f->x, x, sizeof *x * (size_t)f->n);
    if (how == stretch) f->box.len[a] = len;
    mem_free(&x);
    return E;
}

static inline double slope(struct fixture *t, struct pot *pot, deform *how, double h, int a, int b) {
    double d[2];
    for (int k = 0; k < 2; k++, h /= 2)
        d[k] = (energy_at(t, pot, how, h, a, b) - energy_at(t, pot, how, -h, a, b)) / (2 * h);
    return (4 * d[1] - d[0]) / 3;
}

static inline void check_forces(struct fixture *t, struct pot *pot, double h) {
    fixture_energy(t, pot);
    int n = t->frame.n;
    double(*f)[4] = NULL, sum = 0, worst = 0;
    must(MEM_NEW(f, n));
    memcpy(f, t->frame.f, sizeof *f * (size_t)n);
    for (int i = 0; i < n; i++)
        for (int c = 0; c < 3; c++) sum += f[i][c] * f[i][c] / n;
    for (int k = 0; k < 6; k++) {
        int i = k * (n - 1) / 5;
        for (int c = 0; c < 3; c++) worst = fmax(worst, fabs(slope(t, pot, move_atom, h, i, c) + f[i][c]));
    }
    mem_free(&f);
    if (!(worst < 1e-7 * sqrt(sum))) fail_msg("F off from -dE/dx by %g of the rms force", worst / sqrt(sum));
}

static inline void check_virial(struct fixture *t, struct pot *pot, double h, int periodic) {
    fixture_energy(t, pot);
    double W[6], most = 0;
    memcpy(W, t->result.virial, sizeof W);
    for (int c = 0; c < 6; c++) most = fmax(most, fabs(W[c]));
    for (int c = 0; c < 6; c++) {
        static const int first[6] = {0, 1, 2, 0, 0, 1}, second[6] = {0, 1, 2, 1, 2, 2};
        if (periodic && c > 2) break;
        double d = slope(t, pot, periodic ? stretch : shear, h, first[c], second[c]);
        if (!(fabs(d + W[c]) < 1e-7 * most)) fail_msg("virial %d is %.10g, -dE/dstrain %.10g", c, W[c], -d);
    }
}

#endif
