/* dynamics - sums per atom over all origins, then exactly over atoms: the same on any number of ranks. */
#include "analysis/structure/dynamics.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/stop.h"

#include <math.h>
#include <string.h>

#define WIDTH 3 /* r^2, r^4, sin(kr)/(kr) */

static int64_t stride_of(const struct motion *m, int64_t origins) {
    int64_t stride = origins > 0 ? m->n_frames / origins : 1;
    return stride < 1 ? 1 : stride;
}

/* **Local.** terms[i][lag][WIDTH] averaged over origins. */
static void over_origins(const struct motion *m, const struct dynamics *y, double k, int64_t stride,
                         double *terms) {
    for (int i = 0; i < m->n; i++)
        for (int l = 0; l < y->n_lags; l++) {
            double *s = terms + ((int64_t)i * y->n_lags + l) * WIDTH, n = 0;
            for (int64_t t = 0; t + y->lag[l] < m->n_frames; t += stride) {
                double r2 = motion_moved(m, t, t + y->lag[l], i), x = k * sqrt(r2);
                s[0] += r2;
                s[1] += r2 * r2;
                s[2] += x > 1e-4 ? sin(x) / x : 1 - x * x / 6;
                n++;
            }
            for (int c = 0; c < WIDTH; c++) s[c] /= n;
        }
}

/* **Collective.** Means over the atoms of a group. */
static int of_group(const struct motion *m, struct dynamics *y, int g, const double *terms, double *part,
                    double *sum) {
    int width = y->n_lags * WIDTH;
    int64_t n = 0;
    for (int i = 0; i < m->n; i++)
        if (m->member[g * m->n + i])
            memcpy(part + n++ * width, terms + (int64_t)i * width, (size_t)width * sizeof *part);
    comm_sum_exact(m->comm, part, n, width, width, sum);
    double count = (double)m->count[g];
    for (int l = 0; l < y->n_lags; l++) {
        double r2 = sum[l * WIDTH] / count, r4 = sum[l * WIDTH + 1] / count;
        y->msd[g * y->n_lags + l] = r2;
        y->alpha2[g * y->n_lags + l] = 3 * r4 / (5 * r2 * r2) - 1;
        y->self[g * y->n_lags + l] = sum[l * WIDTH + 2] / count;
    }
    return ERR_OK;
}

static int coherent_part(const struct motion *m, struct dynamics *y, const struct dynamics_options *o) {
    double(*q)[3] = NULL, *rho = NULL, zero = 0;
    int e = ERR_OK;
    int64_t stride = stride_of(m, o->origins);
    TRY_ALL_TO(m->comm, out, motion_waves(m, o->k, o->waves, &q, &y->n_waves));
    TRY_ALL_TO(m->comm, out, MEM_NEW(rho, m->n_frames * 2 * y->n_waves));
    log_progress_begin("density", (double)m->n_frames);
    for (int64_t t = 0; t < m->n_frames; t++) {
        TRY_TO(out, motion_density(m, t, NULL, y->n_waves, (const double(*)[3])q, rho + t * 2 * y->n_waves));
        log_progress_at((double)(t + 1), "frame %lld", (long long)t);
    }
    log_progress_end();
    for (int64_t t = 0; t < m->n_frames; t++)
        for (int j = 0; j < 2 * y->n_waves; j++) zero += pow(rho[t * 2 * y->n_waves + j], 2);
    zero /= (double)m->n_frames;
    y->structure = zero / ((double)y->n_waves * (double)m->n_global);
    for (int l = 0; l < y->n_lags; l++) {
        double sum = 0, n = 0;
        for (int64_t t = 0; t + y->lag[l] < m->n_frames; t += stride, n++)
            for (int j = 0; j < 2 * y->n_waves; j++)
                sum += rho[t * 2 * y->n_waves + j] * rho[(t + y->lag[l]) * 2 * y->n_waves + j];
        y->coherent[l] = sum / n / zero;
    }
out:
    mem_free(&q);
    mem_free(&rho);
    return e;
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

static int allocate(const struct motion *m, struct dynamics *y, const struct dynamics_options *o) {
    *y = (struct dynamics){.n_groups = m->n_groups};
    TRY(motion_lags(m, o->share, o->per_decade, &y->lag, &y->n_lags));
    TRY(MEM_NEW(y->time, y->n_lags));
    for (int l = 0; l < y->n_lags; l++) y->time[l] = (double)y->lag[l] * m->dt;
    TRY(MEM_NEW(y->msd, y->n_groups * y->n_lags));
    TRY(MEM_NEW(y->alpha2, y->n_groups * y->n_lags));
    TRY(MEM_NEW(y->self, y->n_groups * y->n_lags));
    TRY(MEM_NEW(y->coherent, y->n_lags));
    return MEM_NEW(y->of_self, y->n_groups);
}

static int all_relaxations(const struct motion *m, struct dynamics *y) {
    double longest = (double)m->n_frames * m->dt;
    for (int g = 0; g < y->n_groups; g++)
        TRY(relaxation(y, y->self + g * y->n_lags, longest, &y->of_self[g]));
    return relaxation(y, y->coherent, longest, &y->of_coherent);
}

int dynamics_compute(const struct motion *m, const struct dynamics_options *o, struct dynamics *y) {
    double *terms = NULL, *part = NULL, *sum = NULL;
    int e = ERR_OK;
    TRY_ALL_TO(m->comm, out, allocate(m, y, o));
    int64_t width = (int64_t)y->n_lags * WIDTH;
    TRY_ALL_TO(m->comm, out, MEM_NEW(terms, m->n * width));
    TRY_ALL_TO(m->comm, out, MEM_NEW(part, m->n * width));
    TRY_ALL_TO(m->comm, out, MEM_NEW(sum, width));
    over_origins(m, y, o->k, stride_of(m, o->origins), terms);
    for (int g = 0; g < y->n_groups; g++) TRY_TO(out, of_group(m, y, g, terms, part, sum));
    TRY_TO(out, coherent_part(m, y, o));
    TRY_ALL_TO(m->comm, out, all_relaxations(m, y));
out:
    mem_free(&terms);
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
}
