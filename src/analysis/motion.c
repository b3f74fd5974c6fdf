/* motion - atoms stay with their rank by id; displacements in single precision against the first frame; a
 * ring of time origins where not all frames are kept.
 *
 * Rejected: ranks that share out time origins (each would need whole frames, from a trajectory that may not
 * fit into its memory), image flags of files (not all have them). */
#include "analysis/motion.h"
#include "base/log.h"
#include "base/mem.h"

#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

int motion_create(const struct comm *comm, int64_t n_frames, struct motion **motion) {
    struct motion *m = NULL;
    TRY(mem_agree(comm, &m, MEM_NEW(m, 1)));
    m->comm = comm;
    m->room = n_frames;
    m->stride = 1;
    *motion = m;
    return ERR_OK;
}

void motion_destroy(struct motion **motion) {
    struct motion *m = *motion;
    if (!m) return;
    mem_free(&m->type);
    mem_free(&m->x0);
    mem_free(&m->d);
    mem_free(&m->newest);
    mem_free(&m->last);
    mem_free(&m->name);
    mem_free(&m->member);
    mem_free(&m->count);
    mem_free(motion);
}

void motion_keep(struct motion *m, const struct motion_keep *keep) {
    m->keep = *keep;
}

/* **Local.** Slots for the time origins of the longest lag. */
static int make_slots(struct motion *m) {
    double frame = (double)sizeof *m->d * (double)m->n_global;
    m->longest = (int64_t)(m->keep.share * (double)(m->room - 1));
    if (m->longest < 1) m->longest = 1;
    if (m->keep.origins > 0 && m->room / m->keep.origins > 1) m->stride = m->room / m->keep.origins;
    int64_t fit = (int64_t)fmax(1, m->keep.memory / frame - 1); /* beside the newest */
    if (m->longest / m->stride + 1 > fit) {
        m->stride = m->longest / fit + 1;
        log_note("memory holds %lld frames of %lld atoms: every %lldth frame is a time origin",
                 (long long)fit, (long long)m->n_global, (long long)m->stride);
    }
    m->slots = m->longest / m->stride + 1;
    TRY(MEM_NEW(m->newest, m->n));
    return MEM_NEW(m->d, m->slots * m->n);
}

static int first_frame(struct motion *m, const struct frame *f) {
    if (f->n_global < 1) FAIL(ERR_INPUT, "the trajectory has no atoms");
    m->n = f->n;
    m->n_global = f->n_global;
    m->box = f->box;
    m->species = f->species;
    m->time0 = f->time;
    TRY(MEM_NEW(m->type, f->n));
    TRY(MEM_NEW(m->x0, f->n));
    TRY(MEM_NEW(m->last, f->n));
    TRY(m->keep.share > 0 ? make_slots(m) : MEM_NEW(m->d, m->room * f->n));
    memcpy(m->type, f->type, (size_t)f->n * sizeof *m->type);
    for (int i = 0; i < f->n; i++)
        for (int a = 0; a < 3; a++) m->x0[i][a] = m->last[i][a] = f->x[i][a];
    return ERR_OK;
}

static int same_atoms(const struct motion *m, const struct frame *f) {
    if (f->n_global != m->n_global || f->n != m->n)
        FAIL(ERR_INPUT, "a frame has %lld atoms, the first had %lld; choose frames of one stage",
             (long long)f->n_global, (long long)m->n_global);
    for (int i = 0; i < f->n; i++)
        if (f->type[i] != m->type[i])
            FAIL(ERR_INPUT, "atom %lld changes its species; swaps have no displacement", (long long)f->id[i]);
    double dt = f->time - (m->time0 + (double)(m->n_frames - 1) * m->dt);
    if (m->n_frames > 1 && fabs(dt - m->dt) > 1e-3 * m->dt)
        FAIL(ERR_INPUT,
             "frames are not evenly spaced in time (%g after %g); choose a stage, or first:end:step", dt,
             m->dt);
    if (m->n_frames == 1 && !(dt > 0))
        FAIL(ERR_INPUT, "the frames' times do not grow: does the file say them?");
    return ERR_OK;
}

int motion_add(struct motion *m, struct frame *f) {
    int64_t first;
    double(*moved)[3] = NULL, mean[3] = {0};
    int e = ERR_OK;
    TRY(frame_by_id(m->comm, f, &first));
    TRY_ALL(m->comm, m->n_frames == 0 ? first_frame(m, f) : same_atoms(m, f));
    if (m->n_frames == 1) m->dt = f->time - m->time0;
    TRY_ALL_TO(m->comm, out,
               m->n_frames < m->room ? MEM_NEW(moved, m->n)
                                     : err_set(ERR_INTERNAL, __FILE__, __LINE__, "too many frames"));
    for (int i = 0; i < m->n; i++) {
        double step[3];
        for (int a = 0; a < 3; a++) step[a] = f->x[i][a] - m->last[i][a];
        box_nearest(&f->box, step);
        for (int a = 0; a < 3; a++) {
            m->last[i][a] += step[a];
            moved[i][a] = m->last[i][a] - m->x0[i][a];
        }
    }
    comm_sum_exact(m->comm, &moved[0][0], m->n, 3, 3, mean);
    float(*to)[3] = m->slots ? m->newest : m->d + m->n_frames * m->n;
    for (int i = 0; i < m->n; i++)
        for (int a = 0; a < 3; a++) to[i][a] = (float)(moved[i][a] - mean[a] / (double)m->n_global);
    if (m->slots && m->n_frames % m->stride == 0)
        memcpy(m->d + m->n_frames / m->stride % m->slots * m->n, to, (size_t)m->n * sizeof *to);
    m->n_frames++;
out:
    mem_free(&moved);
    return e;
}

/* --- groups */

/* **Collective.** Depth of each atom below the surface of a rod: largest radius less its own, the largest
 * being that below which 99 % of the atoms lie. */
static int depths(const struct motion *m, int axis, double *depth) {
    double centre[3] = {0}, *r = NULL;
    comm_sum_exact(m->comm, &m->x0[0][0], m->n, 3, 3, centre);
    int64_t first = frame_block(m->n_global, m->comm->size, m->comm->rank);
    TRY_ALL(m->comm, MEM_NEW(r, m->n_global));
    for (int i = 0; i < m->n; i++) {
        double u = m->x0[i][(axis + 1) % 3] - centre[(axis + 1) % 3] / (double)m->n_global;
        double v = m->x0[i][(axis + 2) % 3] - centre[(axis + 2) % 3] / (double)m->n_global;
        r[first + i] = depth[i] = hypot(u, v);
    }
    comm_sum(m->comm, r, (int)m->n_global); /* one term each: exact */
    gsl_sort(r, 1, (size_t)m->n_global);
    double surface = r[(int64_t)(0.99 * (double)(m->n_global - 1))];
    for (int i = 0; i < m->n; i++) depth[i] = fmax(0, surface - depth[i]);
    mem_free(&r);
    return ERR_OK;
}

static int make_groups(struct motion *m, const struct motion_layers *l, const double *depth) {
    int n_species = m->species.n > 1 ? m->species.n : 0, n_layers = l->axis >= 0 ? l->n : 0;
    m->n_groups = 1 + n_species + n_layers;
    TRY(MEM_NEW(m->name, m->n_groups));
    TRY(MEM_NEW(m->member, m->n_groups * m->n));
    TRY(MEM_NEW(m->count, m->n_groups));
    snprintf(m->name[0], MOTION_NAME, "all");
    for (int s = 0; s < n_species; s++) snprintf(m->name[1 + s], MOTION_NAME, "%s", m->species.name[s]);
    for (int k = 0; k < n_layers; k++) snprintf(m->name[1 + n_species + k], MOTION_NAME, "layer%d", k + 1);
    for (int i = 0; i < m->n; i++) {
        m->member[i] = 1;
        if (n_species) m->member[(1 + m->type[i]) * m->n + i] = 1;
        if (!n_layers) continue;
        int layer = (int)fmin(n_layers - 1, depth[i] / l->width);
        m->member[(1 + n_species + layer) * m->n + i] = 1;
    }
    for (int g = 0; g < m->n_groups; g++)
        for (int i = 0; i < m->n; i++) m->count[g] += m->member[g * m->n + i];
    return ERR_OK;
}

int motion_group(struct motion *m, const struct motion_layers *l) {
    double *depth = NULL;
    int e = ERR_OK;
    if (m->room < 4)
        FAIL(ERR_INPUT, "%lld frames are too few for dynamics; say frames: all", (long long)m->room);
    TRY_ALL_TO(m->comm, out, MEM_NEW(depth, m->n));
    if (l->axis >= 0) TRY_TO(out, depths(m, l->axis, depth));
    TRY_ALL_TO(m->comm, out, make_groups(m, l, depth));
    comm_sum_i64(m->comm, m->count, m->n_groups);
out:
    mem_free(&depth);
    return e;
}

int motion_complete(const struct motion *m) {
    if (m->n_frames == m->room) return ERR_OK;
    FAIL(ERR_INPUT, "the trajectory ends after %lld of %lld frames", (long long)m->n_frames,
         (long long)m->room);
}

int motion_lags(const struct motion *m, double share, int per_decade, int64_t **lag, int *n) {
    int64_t longest = (int64_t)(share * (double)(m->room - 1)), last = 0;
    int most = (int)(per_decade * (log10((double)m->room) + 1)) + 2;
    *n = 0;
    if (longest < 1) longest = 1;
    TRY(MEM_NEW(*lag, most));
    for (int k = 0; k < most; k++) {
        int64_t p = (int64_t)llround(pow(10, (double)k / per_decade));
        if (p > longest) break;
        if (p > last) (*lag)[(*n)++] = last = p;
    }
    return ERR_OK;
}

/* --- waves */

struct wave {
    double q[3], off;
};

/* **Local.** Vectors of a periodic box in the half space, by how far their length is from k. */
static int box_waves(const struct motion *m, double k, int most, struct wave *w, int *n) {
    int reach[3];
    for (int a = 0; a < 3; a++) reach[a] = (int)ceil(1.05 * k * m->box.len[a] / (2 * M_PI));
    *n = 0;
    for (int x = 0; x <= reach[0]; x++)
        for (int y = x ? -reach[1] : 0; y <= reach[1]; y++)
            for (int z = x || y ? -reach[2] : 1; z <= reach[2]; z++) {
                struct wave v = {{2 * M_PI * x / m->box.len[0], 2 * M_PI * y / m->box.len[1],
                                  2 * M_PI * z / m->box.len[2]},
                                 0};
                v.off = fabs(sqrt(v.q[0] * v.q[0] + v.q[1] * v.q[1] + v.q[2] * v.q[2]) - k);
                int at = *n < most ? (*n)++ : most;
                while (at > 0 && w[at - 1].off > v.off + 1e-12 * k) { /* stable: insertion by distance */
                    if (at < most) w[at] = w[at - 1];
                    at--;
                }
                if (at < most) w[at] = v;
            }
    while (*n > 1 && w[*n - 1].off > 0.05 * k && w[*n - 1].off > w[0].off * 1.5) (*n)--;
    return ERR_OK;
}

int motion_waves(const struct motion *m, double k, int most, double (**q)[3], int *n) {
    struct wave *w = NULL;
    bool periodic = m->box.periodic[0] && m->box.periodic[1] && m->box.periodic[2];
    int e = ERR_OK;
    *q = NULL;
    *n = most;
    TRY_TO(out, MEM_NEW(w, most));
    if (periodic) TRY_TO(out, box_waves(m, k, most, w, n));
    for (int j = 0; j < most && !periodic; j++) { /* spiral over the half sphere */
        double z = (j + 0.5) / most, s = sqrt(1 - z * z), phi = M_PI * (3 - sqrt(5)) * j;
        w[j] = (struct wave){{k * s * cos(phi), k * s * sin(phi), k * z}, 0};
    }
    TRY_TO(out, MEM_NEW(*q, *n));
    for (int j = 0; j < *n; j++) memcpy((*q)[j], w[j].q, sizeof w[j].q);
out:
    mem_free(&w);
    return e;
}

#define WAVES 32 /* at a time: what comm_sum_exact is given stays small */

int motion_density(const struct motion *m, const float (*d)[3], const uint8_t *weight, int n_q,
                   const double (*q)[3], double *out) {
    double *terms = NULL;
    TRY_ALL(m->comm, MEM_NEW(terms, (int64_t)m->n * 2 * (n_q < WAVES ? n_q : WAVES)));
    for (int from = 0; from < n_q; from += WAVES) {
        int n = n_q - from < WAVES ? n_q - from : WAVES;
        for (int i = 0; i < m->n; i++) {
            double x[3], *to = terms + (int64_t)i * 2 * n;
            memset(to, 0, (size_t)(2 * n) * sizeof *to);
            if (weight && !weight[i]) continue;
            motion_at(m, d, i, x);
            for (int j = 0; j < n; j++) {
                const double *k = q[from + j];
                double phase = k[0] * x[0] + k[1] * x[1] + k[2] * x[2];
                to[2 * j] = cos(phase);
                to[2 * j + 1] = sin(phase);
            }
        }
        comm_sum_exact(m->comm, terms, m->n, 2 * n, 2 * n, out + 2 * from);
    }
    mem_free(&terms);
    return ERR_OK;
}

struct motion_keep motion_keep_read(const struct deck *deck, const char *at) {
    return (struct motion_keep){.share = deck_real(deck, "%s.lag_range", at),
                                .origins = deck_int(deck, "%s.origins", at),
                                .memory = deck_real(deck, "%s.memory", at)};
}

struct motion_layers motion_layers_read(const struct deck *deck, const char *at) {
    int axis = deck_choice(deck, "%s.layer_axis", at);
    if (axis >= 3) return (struct motion_layers){.axis = -1};
    return (struct motion_layers){axis, deck_real(deck, "%s.layer_width", at),
                                  (int)deck_int(deck, "%s.layers", at)};
}
