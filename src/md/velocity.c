/* velocity - sums go through comm_sum_exact, so that ranks cannot change them. Rotation: omega = I^-1 L about
 * the centre of mass; for a rod periodic along one axis only that component is free (I_zz alone). */
#include "md/velocity.h"
#include "base/mem.h"
#include "base/rng.h"

#include <math.h>
#include <string.h>

/* Sums of `width` numbers per atom from term(). */
typedef void term_fn(const struct system *s, int i, const double *about, double *out);

static int exact(const struct system *s, term_fn *term, const double *about, int width, double *sum) {
    double *t = NULL;
    TRY(mem_agree(&s->comm, &t, MEM_NEW(t, (size_t)s->frame.n * (size_t)width)));
    for (int i = 0; i < s->frame.n; i++) term(s, i, about, t + (size_t)i * (size_t)width);
    comm_sum_exact(&s->comm, t, s->frame.n, width, width, sum);
    mem_free(&t);
    return ERR_OK;
}

static void momentum(const struct system *s, int i, const double *about, double *out) {
    (void)about;
    double m = s->frame.species.mass[s->frame.type[i]];
    for (int a = 0; a < 3; a++) {
        out[a] = m * s->frame.v[i][a];
        out[4 + a] = m * s->frame.x[i][a];
    }
    out[3] = m;
}

static void kinetic(const struct system *s, int i, const double *about, double *out) {
    (void)about;
    const double *v = s->frame.v[i];
    out[0] = system_inertia(s, s->frame.type[i]) * (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
}

static void rotation_terms(const struct system *s, int i, const double *about, double *out) {
    double m = s->frame.species.mass[s->frame.type[i]], r[3];
    const double *v = s->frame.v[i];
    for (int a = 0; a < 3; a++) r[a] = s->frame.x[i][a] - about[a];
    for (int a = 0; a < 3; a++) {
        int b = (a + 1) % 3, c = (a + 2) % 3;
        out[a] = m * (r[b] * v[c] - r[c] * v[b]);
        out[3 + a] = m * (r[b] * r[b] + r[c] * r[c]);
        out[6 + a] = -m * r[b] * r[c]; /* I_yz, I_zx, I_xy */
    }
}

/* omega = I^-1 L for symmetric I by Cramer's rule; a straight line of atoms has none. */
static void angular_velocity(const double t[9], double omega[3]) {
    double i[3][3] = {{t[3], t[8], t[7]}, {t[8], t[4], t[6]}, {t[7], t[6], t[5]}}, inverse[3][3];
    double det = 0;
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++) {
            int a1 = (a + 1) % 3, a2 = (a + 2) % 3, b1 = (b + 1) % 3, b2 = (b + 2) % 3;
            inverse[b][a] = i[a1][b1] * i[a2][b2] - i[a1][b2] * i[a2][b1];
        }
    for (int a = 0; a < 3; a++) det += i[0][a] * inverse[a][0];
    double size = t[3] + t[4] + t[5];
    for (int a = 0; a < 3; a++) {
        omega[a] = 0;
        if (det > 1e-12 * size * size * size)
            for (int b = 0; b < 3; b++) omega[a] += inverse[a][b] * t[b] / det;
    }
}

static int stop_rotation(struct system *s, const double centre[3]) {
    struct frame *f = &s->frame;
    double t[9], omega[3] = {0};
    int open = 0, axis = -1;
    for (int a = 0; a < 3; a++) {
        open += !f->box.periodic[a];
        if (f->box.periodic[a]) axis = a;
    }
    if (open < 2 || f->n_global < 2) return ERR_OK;
    TRY(exact(s, rotation_terms, centre, 9, t));
    if (open == 3) angular_velocity(t, omega);
    else if (t[3 + axis] > 0) omega[axis] = t[axis] / t[3 + axis];
    for (int i = 0; i < f->n; i++) {
        double r[3];
        for (int a = 0; a < 3; a++) r[a] = f->x[i][a] - centre[a];
        for (int a = 0; a < 3; a++) {
            int b = (a + 1) % 3, c = (a + 2) % 3;
            f->v[i][a] -= omega[b] * r[c] - omega[c] * r[b];
        }
    }
    return ERR_OK;
}

int velocity_still(struct system *s, bool rotation) {
    double p[7], centre[3], drift[3];
    if (s->frame.n_global < 1) return ERR_OK;
    TRY(exact(s, momentum, NULL, 7, p));
    for (int a = 0; a < 3; a++) {
        drift[a] = p[a] / p[3];
        centre[a] = p[4 + a] / p[3];
    }
    for (int i = 0; i < s->frame.n; i++)
        for (int a = 0; a < 3; a++) s->frame.v[i][a] -= drift[a];
    return rotation ? stop_rotation(s, centre) : ERR_OK;
}

int velocity_draw(struct system *s, double temperature, double dof, uint64_t draw) {
    struct frame *f = &s->frame;
    double two_k;
    for (int i = 0; i < f->n; i++) {
        double r[3], width = sqrt(s->kb * temperature / system_inertia(s, f->type[i]));
        rng_normal(s->seed, RNG_VELOCITY, (uint64_t)f->id[i], draw, 3, r);
        for (int a = 0; a < 3; a++) f->v[i][a] = width * r[a];
        f->v[i][3] = 0;
    }
    if (temperature <= 0) return ERR_OK;
    TRY(velocity_still(s, true));
    TRY(exact(s, kinetic, NULL, 1, &two_k));
    double factor = two_k > 0 ? sqrt(dof * s->kb * temperature / two_k) : 1;
    for (int i = 0; i < f->n; i++)
        for (int a = 0; a < 3; a++) f->v[i][a] *= factor;
    return ERR_OK;
}
