/* dynamics - sums per atom over time origins as frames come, then exactly over atoms: the same on any number
 * of ranks. */
#include "analysis/structure/dynamics.h"
#include "base/mem.h"

#include <math.h>
#include <string.h>

#define WIDTH 3 /* r^2, r^4, sin(kr)/(kr) */

/* **Local.** Adds the pairs of frames that end with the newest to terms[i][lag][WIDTH]. */
static void over_atoms(const struct motion *m, struct dynamics *y) {
    int64_t t = m->n_frames - 1;
    const float(*to)[3] = motion_frame(m, t);
    for (int l = 0; l < y->n_lags; l++) {
        int64_t t0 = t - y->lag[l];
        if (t0 < 0 || t0 % m->stride) continue;
        const float(*from)[3] = motion_frame(m, t0);
        for (int i = 0; i < m->n; i++) {
            double *s = y->terms + ((int64_t)i * y->n_lags + l) * WIDTH;
            double r2 = motion_moved(from, to, i), x = y->o.k * sqrt(r2);
            s[0] += r2;
            s[1] += r2 * r2;
            s[2] += x > 1e-4 ? sin(x) / x : 1 - x * x / 6;
        }
    }
}

/* **Collective.** Means over the atoms of a group. */
static int of_group(const struct motion *m, struct dynamics *y, int g, double *part, double *sum) {
    int width = y->n_lags * WIDTH;
    int64_t n = 0;
    for (int i = 0; i < m->n; i++)
        if (m->member[g * m->n + i])
            memcpy(part + n++ * width, y->terms + (int64_t)i * width, (size_t)width * sizeof *part);
    comm_sum_exact(m->comm, part, n, width, width, sum);
    for (int l = 0; l < y->n_lags; l++) {
        double count = (double)m->count[g] * (double)motion_origins(m, y->lag[l]);
        double r2 = sum[l * WIDTH] / count, r4 = sum[l * WIDTH + 1] / count;
        y->msd[g * y->n_lags + l] = r2;
        y->alpha2[g * y->n_lags + l] = 3 * r4 / (5 * r2 * r2) - 1;
        y->self[g * y->n_lags + l] = sum[l * WIDTH + 2] / count;
    }
    return ERR_OK;
}

static void coherent_part(const struct motion *m, struct dynamics *y) {
    int width = 2 * y->n_waves;
    double zero = 0;
    for (int64_t t = 0; t < m->n_frames; t++)
        for (int j = 0; j < width; j++) zero += pow(y->rho[t * width + j], 2);
    zero /= (double)m->n_frames;
    y->structure = zero / ((double)y->n_waves * (double)m->n_global);
    for (int l = 0; l < y->n_lags; l++) {
        double sum = 0, n = 0;
        for (int64_t t = 0; t + y->lag[l] < m->n_frames; t += m->stride, n++)
            for (int j = 0; j < width; j++)
                sum += y->rho[t * width + j] * y->rho[(t + y->lag[l]) * width + j];
        y->coherent[l] = sum / n / zero;
    }
}

/* **Local.** The 1/e time between lags, by a line in ln t; the fit of what comes after the first lag. */
static int relaxation(const struct dynamics *y, const double *f, double longest,
                      struct dynamics_relaxation *r) {
    struct kww *kww = NULL;
    double level = exp(-1);
    r->at_1_e = NAN;
    for (int l = 0; l < y->n_lags; l++) {
        if (f[l] >= level) continue;
        double before = l ? f[l - 1] : 1, t0 = l ? y->time[l - 1] : 0.5 * y->time[0];
        r->at_1_e = t0 * pow(y->time[l] / t0, (before - level) / (before - f[l]));
        break;
    }
    if (y->n_lags < 4) {
        r->fit = (struct kww_fit){.curve = {NAN, NAN, NAN}, .error = {NAN, NAN, NAN}, .status = KWW_DIVERGED};
        return ERR_OK;
    }
    TRY(kww_create(y->n_lags, y->time, KWW_PLAIN, 100 * longest, &kww));
    int e = kww_compute(kww, f, &r->fit);
    kww_destroy(&kww);
    return e;
}

static int allocate(const struct motion *m, struct dynamics *y) {
    TRY(motion_lags(m, m->keep.share, y->o.per_decade, &y->lag, &y->n_lags));
    TRY(MEM_NEW(y->time, y->n_lags));
    TRY(MEM_NEW(y->msd, y->n_groups * y->n_lags));
    TRY(MEM_NEW(y->alpha2, y->n_groups * y->n_lags));
    TRY(MEM_NEW(y->self, y->n_groups * y->n_lags));
    TRY(MEM_NEW(y->coherent, y->n_lags));
    TRY(MEM_NEW(y->terms, (int64_t)m->n * y->n_lags * WIDTH));
    TRY(motion_waves(m, y->o.k, y->o.waves, &y->q, &y->n_waves));
    TRY(MEM_NEW(y->rho, m->room * 2 * y->n_waves));
    return MEM_NEW(y->of_self, y->n_groups);
}

int dynamics_begin(const struct motion *m, const struct dynamics_options *o, struct dynamics *y) {
    *y = (struct dynamics){.n_groups = m->n_groups, .o = *o};
    return err_agree(m->comm, allocate(m, y));
}

int dynamics_add(const struct motion *m, struct dynamics *y) {
    int64_t t = m->n_frames - 1;
    over_atoms(m, y);
    return motion_density(m, motion_frame(m, t), NULL, y->n_waves, (const double(*)[3])y->q,
                          y->rho + t * 2 * y->n_waves);
}

static int all_relaxations(const struct motion *m, struct dynamics *y) {
    double longest = (double)m->n_frames * m->dt;
    for (int g = 0; g < y->n_groups; g++)
        TRY(relaxation(y, y->self + g * y->n_lags, longest, &y->of_self[g]));
    return relaxation(y, y->coherent, longest, &y->of_coherent);
}

int dynamics_compute(const struct motion *m, struct dynamics *y) {
    double *part = NULL, *sum = NULL;
    int e = ERR_OK;
    int64_t width = (int64_t)y->n_lags * WIDTH;
    TRY(motion_complete(m));
    TRY_ALL_TO(m->comm, out, MEM_NEW(part, m->n * width));
    TRY_ALL_TO(m->comm, out, MEM_NEW(sum, width));
    for (int l = 0; l < y->n_lags; l++) y->time[l] = (double)y->lag[l] * m->dt;
    for (int g = 0; g < y->n_groups; g++) TRY_TO(out, of_group(m, y, g, part, sum));
    coherent_part(m, y);
    TRY_ALL_TO(m->comm, out, all_relaxations(m, y));
out:
    mem_free(&part);
    mem_free(&sum);
    return e;
}

void dynamics_free(struct dynamics *y) {
    mem_free(&y->lag);
    mem_free(&y->time);
    mem_free(&y->msd);
    mem_free(&y->alpha2);
    mem_free(&y->self);
    mem_free(&y->coherent);
    mem_free(&y->of_self);
    mem_free(&y->terms);
    mem_free(&y->rho);
    mem_free(&y->q);
}
