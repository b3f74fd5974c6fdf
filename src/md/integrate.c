/* integrate - the loops over atoms are two: kick and drift, and kick with sums. Rows of four doubles are
 * handled as one vector (GCC vector extension, cloned for wider instruction sets; without fused multiply-add,
 * so all clones agree).
 *
 * Every term of a sum is rounded to a common quantum before it is added (comm_round): sums are exact, hence
 * equal on any number of ranks and in any order, and so is a thermostatted trajectory. The quantum is 2^-52
 * of N * 256 eV. A displacement bound for the coming step is reduced with the sums, so that a rebuild is
 * decided before atoms move too far, without a second reduction. */
#include "md/integrate.h"
#include "base/log.h"
#include "base/stop.h"

#include <math.h>
#include <string.h>

typedef double row __attribute__((vector_size(32), may_alias));

#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && defined(__GNUC__) && !defined(__clang__)
#define CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define CLONES
#endif

#define BLOW_UP 2.0 /* A (sigma) an atom may move in one step beyond the skin */

/* v = (v pending) a + f b; x += (x - lo) stretch + v d, per axis; b per species */
struct kick {
    double pending, a[4], stretch[4], d[4];
    double b[SPECIES_MAX][4];
};

CLONES static void kick_drift(struct frame *frame, const struct kick *k) {
    row a, stretch, d, lo = {frame->box.lo[0], frame->box.lo[1], frame->box.lo[2], 0};
    memcpy(&a, k->a, sizeof a);
    memcpy(&stretch, k->stretch, sizeof stretch);
    memcpy(&d, k->d, sizeof d);
    for (int i = 0; i < frame->n; i++) {
        row *x = (row *)frame->x[i], *v = (row *)frame->v[i];
        row b;
        memcpy(&b, k->b[frame->type[i]], sizeof b);
        row next = (*v * k->pending) * a + *(row *)frame->f[i] * b;
        *v = next;
        *x += (*x - lo) * stretch + next * d;
    }
}

struct sums {
    row kin, energy;
    double moved2, moved_pruned2;
};

/* |x + step - x_then scale|^2 */
static inline __attribute__((always_inline)) double gone2(row x, row lo, const double then[3], row scale,
                                                          row step) {
    row x0 = {then[0], then[1], then[2], 0}, gone = x - lo - (x0 - lo) * scale + step;
    return gone[0] * gone[0] + gone[1] * gone[1] + gone[2] * gone[2];
}

/* v = v a + f b, then sums; reach: |x + v dt + f c - x0 scale|^2 bounds the displacement at the next step */
CLONES static void kick_sum(struct system *s, const struct kick *k, const double c[SPECIES_MAX], double dt,
                            struct sums *out) {
    struct frame *frame = &s->frame;
    row a, kin = {0}, energy = {0}, scale = {0}, scale1 = {0},
           lo = {frame->box.lo[0], frame->box.lo[1], frame->box.lo[2], 0};
    memcpy(&a, k->a, sizeof a);
    for (int q = 0; q < 3; q++) {
        scale[q] = frame->box.len[q] / s->len0[q];
        scale1[q] = s->x1 ? frame->box.len[q] / s->len1[q] : 1;
    }
    double shift = s->quantum * 0x1.8p52, moved2 = 0, pruned2 = 0;
    for (int i = 0; i < frame->n; i++) {
        row *v = (row *)frame->v[i], f = *(row *)frame->f[i], b;
        int t = frame->type[i];
        memcpy(&b, k->b[t], sizeof b);
        row next = *v * a + f * b;
        *v = next;
        row term = next * next * system_inertia(s, t);
        kin += (term + shift) - shift;
        energy += (f + shift) - shift;
        row x = *(row *)frame->x[i], step = next * (1.01 * dt) + f * c[t];
        double d2 = gone2(x, lo, s->x0[i], scale, step);
        if (!(d2 <= moved2)) moved2 = d2; /* NaN stays */
        if (moved2 != moved2) break;
        if (!s->x1) continue;
        d2 = gone2(x, lo, s->x1[i], scale1, step);
        if (d2 > pruned2) pruned2 = d2;
    }
    out->kin = kin;
    out->energy = energy;
    out->moved2 = moved2;
    out->moved_pruned2 = pruned2;
}

static void cross_terms(const struct system *s, double sum[3]) {
    const struct frame *f = &s->frame;
    for (int i = 0; i < f->n; i++) {
        double m = system_inertia(s, f->type[i]);
        sum[0] += comm_round(m * f->v[i][0] * f->v[i][1], s->quantum);
        sum[1] += comm_round(m * f->v[i][0] * f->v[i][2], s->quantum);
        sum[2] += comm_round(m * f->v[i][1] * f->v[i][2], s->quantum);
    }
}

/* The fastest atom over all ranks (NaN is fastest), the lowest id among equals: the same on any number of
 * ranks. */
static int64_t worst_atom(const struct system *s, double dt, double *distance) {
    double fastest = -1;
    int64_t id = INT64_MAX;
    for (int i = 0; i < s->frame.n; i++) {
        const double *v = s->frame.v[i];
        double u = sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]) * dt;
        if (isnan(u)) u = INFINITY;
        if (u > fastest || (u == fastest && s->frame.id[i] < id)) {
            fastest = u;
            id = s->frame.id[i];
        }
    }
    *distance = fastest;
    comm_max(&s->comm, distance, 1);
    int64_t first = fastest == *distance ? -id : -INT64_MAX;
    comm_max_i64(&s->comm, &first, 1);
    return -first;
}

/* Collective. What went wrong, in the same words on every rank. */
static int complain(struct integrate *in, struct system *s, int64_t step) {
    double distance;
    TRY_ALL(&s->comm, s->failed);
    int64_t first = s->result.bad_atom ? -s->result.bad_atom : -INT64_MAX, mine = first;
    comm_max_i64(&s->comm, &first, 1);
    if (first > -INT64_MAX) {
        int code = ERR_OK;
        if (mine == first)
            code =
                err_set(ERR_PHYSICS, __FILE__, __LINE__,
                        "step %lld, atom %lld: %s; use a shorter time_step or check the starting structure",
                        (long long)step, (long long)-first, s->result.bad_why);
        return err_agree(&s->comm, code);
    }
    int64_t id = worst_atom(s, in->dt, &distance);
    FAIL(ERR_PHYSICS,
         "step %lld: the run blows up: atom %lld moves %.3g in one step; use a shorter time_step or check "
         "the starting structure",
         (long long)step, (long long)id, distance);
}

static int reduce(struct integrate *in, struct system *s, const struct sums *sums, int64_t step, bool full,
                  int due) {
    struct comm_step r = {{0}, {0}};
    double limit = s->skin + BLOW_UP;
    bool bad = s->failed || s->result.bad_atom != 0 || !(sums->moved2 < limit * limit);
    for (int a = 0; a < 3; a++) r.sum[a] = sums->kin[a];
    if (full) cross_terms(s, r.sum + 3);
    memcpy(r.sum + 6, s->result.virial, sizeof s->result.virial);
    r.sum[12] = sums->energy[3];
    if (s->walled) r.sum[13] = s->wall.local_force;
    r.max[0] = sums->moved2;
    r.max[1] = bad;
    r.max[2] = stop_wanted();
    r.max[3] = due;
    r.max[4] = sums->moved_pruned2;
    comm_reduce_step(&s->comm, &r);
    if (r.max[1] > 0 || r.max[0] != r.max[0]) return complain(in, s, step);
    memcpy(in->sums.kin, r.sum, sizeof in->sums.kin);
    memcpy(in->sums.vir, r.sum + 6, sizeof in->sums.vir);
    s->wall.force = r.sum[13];
    in->sums.potential = full ? r.sum[12] : NAN;
    in->sums.moved = sqrt(r.max[0]);
    in->sums.moved_pruned = sqrt(r.max[4]);
    in->sums.stop = (int)r.max[2];
    in->sums.due = (int)r.max[3];
    return ERR_OK;
}

/* Forces and sums of the state as it is: v kicked by nothing. */
static int measure(struct integrate *in, struct system *s, int64_t step) {
    struct kick none = {.pending = 1, .a = {1, 1, 1, 1}};
    struct sums sums;
    double c[SPECIES_MAX];
    TRY(system_forces(s, POT_ENERGY | POT_VIRIAL));
    for (int t = 0; t < s->frame.species.n; t++) c[t] = 0.5 * in->dt * in->dt / system_inertia(s, t);
    kick_sum(s, &none, c, in->dt, &sums);
    return reduce(in, s, &sums, step, true, 0);
}

double integrate_dof(const struct frame *frame, enum stage_thermostat thermostat, bool stochastic) {
    double dof = 3.0 * (double)frame->n_global;
    if (stochastic && thermostat == STAGE_LANGEVIN) return dof;
    int open = 0;
    for (int a = 0; a < 3; a++) open += !frame->box.periodic[a];
    dof -= 3;
    if (open == 3) dof -= 3;
    else if (open == 2) dof -= 1;
    return fmax(dof, 1);
}

int integrate_begin(struct integrate *in, struct system *s, const struct stage *stage, double dt) {
    memset(in, 0, sizeof *in);
    in->dt = dt;
    in->stage = *stage;
    in->pending = 1;
    in->dof = integrate_dof(&s->frame, stage->thermostat, stage->ensemble != STAGE_NVE);
    if (s->walled)
        in->dof = fmax(1, 3.0 * (double)(s->frame.n_global - s->wall.n_fixed)); /* no momentum is kept */
    in->chain.dof = in->dof;
    in->chain.tau = stage->thermostat_time;
    double hot = fmax(stage->t_start, stage->t_end);
    barostat_init(&in->barostat, stage, in->dof, s->kb * hot);
    return measure(in, s, s->frame.step);
}

int integrate_resume(struct integrate *in, struct system *s) {
    struct pot_result kept = s->result;
    TRY(system_forces(s, POT_FORCES));
    TRY_ALL(&s->comm, s->failed);
    s->result = kept;
    in->sums.stop = in->sums.due = 0;
    return ERR_OK;
}

static double matter(const struct system *s) {
    return box_volume(&s->frame.box) * s->frame.filled;
}

static void scale_kin(struct integrate *in, double factor) {
    for (int a = 0; a < 6; a++) in->sums.kin[a] *= factor * factor;
}

/* Half a step of the deterministic baths; returns the factor for velocities. */
static double bath_half(struct integrate *in, double kt) {
    double h = in->dt / 2, factor = 1;
    if (in->stage.ensemble == STAGE_NVE || in->stage.thermostat != STAGE_NOSE_HOOVER) return 1;
    if (in->barostat.on)
        barostat_scale(&in->barostat,
                       thermostat_chain_half(&in->barostat.chain, barostat_two_k(&in->barostat), kt, h));
    factor = thermostat_chain_half(&in->chain, in->sums.kin[0] + in->sums.kin[1] + in->sums.kin[2], kt, h);
    scale_kin(in, factor);
    return factor;
}

static double sinhc(double x) {
    return fabs(x) < 1e-4 ? 1 + x * x / 6 : sinh(x) / x;
}

static void fill_kick(const struct integrate *in, const struct system *s, struct kick *k) {
    double h = in->dt / 2;
    for (int a = 0; a < 3; a++) {
        double g = in->barostat.on ? barostat_friction(&in->barostat, a, in->dof) * h : 0;
        double damp = exp(-g), half = exp(-g / 2) * sinhc(g / 2);
        k->a[a] = damp;
        for (int t = 0; t < s->frame.species.n; t++) k->b[t][a] = half * h / system_inertia(s, t);
    }
}

static void fill_drift(const struct integrate *in, double time, struct kick *k) {
    for (int a = 0; a < 3; a++) {
        double e = in->barostat.on ? in->barostat.rate[a] * time : 0;
        k->stretch[a] = expm1(e);
        k->d[a] = time * exp(e / 2) * sinhc(e / 2);
    }
}

static void stretch_box(const struct integrate *in, struct system *s, double time) {
    if (!in->barostat.on) return;
    for (int a = 0; a < 3; a++) s->frame.box.len[a] *= exp(in->barostat.rate[a] * time);
}

static void advance(struct integrate *in, struct system *s, double kt) {
    bool langevin = in->stage.ensemble != STAGE_NVE && in->stage.thermostat == STAGE_LANGEVIN;
    double whole = langevin ? in->dt / 2 : in->dt;
    struct kick k = {.pending = in->pending};
    double factor = bath_half(in, kt), vol = matter(s);
    if (in->barostat.on) barostat_kick(&in->barostat, in->sums.kin, in->sums.vir, vol, in->dof, in->dt / 2);
    fill_kick(in, s, &k);
    for (int a = 0; a < 3; a++) k.a[a] *= factor;
    fill_drift(in, whole, &k);
    kick_drift(&s->frame, &k);
    stretch_box(in, s, whole);
    if (s->walled) {
        wall_kick(&s->wall, in->dt / 2, true);
        wall_drift(&s->wall, in->dt);
    }
    if (langevin) {
        struct kick drift = {.pending = 1, .a = {1, 1, 1, 1}};
        thermostat_langevin(&s->frame, s->seed, (uint64_t)s->frame.step, kt, s->mvv, in->dt,
                            in->stage.thermostat_time);
        if (s->walled) wall_hold(&s->wall, &s->frame);
        fill_drift(in, whole, &drift);
        kick_drift(&s->frame, &drift);
        stretch_box(in, s, whole);
    }
    in->pending = 1;
}

static void settle(struct integrate *in, struct system *s, double kt) {
    double two_k = in->sums.kin[0] + in->sums.kin[1] + in->sums.kin[2];
    if (in->barostat.on) {
        barostat_kick(&in->barostat, in->sums.kin, in->sums.vir, matter(s), in->dof, in->dt / 2);
        if (in->stage.thermostat != STAGE_NOSE_HOOVER)
            barostat_langevin(&in->barostat, s->seed, (uint64_t)s->frame.step, kt, in->dt);
    }
    if (in->stage.ensemble == STAGE_NVE) return;
    if (in->stage.thermostat == STAGE_NOSE_HOOVER) in->pending = bath_half(in, kt);
    else if (in->stage.thermostat == STAGE_BUSSI && two_k > 0) {
        in->pending = thermostat_bussi(s->seed, (uint64_t)s->frame.step, two_k / 2, in->dof, kt, in->dt,
                                       in->stage.thermostat_time);
        in->bath += two_k / 2 * (1 - in->pending * in->pending);
        scale_kin(in, in->pending);
    }
}

int integrate_step(struct integrate *in, struct system *s, int64_t done, bool full, int due) {
    struct kick k = {.pending = 1};
    struct sums sums;
    double c[SPECIES_MAX];
    s->frame.step++;
    s->frame.time += in->dt;
    advance(in, s, s->kb * stage_target(&in->stage, done));
    system_age(s, in->sums.moved, in->sums.moved_pruned);
    TRY(system_forces(s, full ? POT_ENERGY | POT_VIRIAL : in->barostat.on ? POT_DIAGONAL : POT_FORCES));
    fill_kick(in, s, &k);
    for (int t = 0; t < s->frame.species.n; t++) c[t] = 0.5 * in->dt * in->dt / system_inertia(s, t);
    kick_sum(s, &k, c, in->dt, &sums);
    TRY(reduce(in, s, &sums, s->frame.step, full, due));
    if (s->walled) wall_kick(&s->wall, in->dt / 2, false);
    settle(in, s, s->kb * stage_target(&in->stage, done + 1));
    return ERR_OK;
}

void integrate_flush(struct integrate *in, struct system *s) {
    if (in->pending == 1) return;
    for (int i = 0; i < s->frame.n; i++)
        for (int a = 0; a < 3; a++) s->frame.v[i][a] *= in->pending;
    in->pending = 1;
}

double integrate_temperature(const struct integrate *in, const struct system *s) {
    return (in->sums.kin[0] + in->sums.kin[1] + in->sums.kin[2]) / (in->dof * s->kb);
}

void integrate_pressure(const struct integrate *in, const struct system *s, double p[6]) {
    for (int a = 0; a < 6; a++) p[a] = (in->sums.kin[a] + in->sums.vir[a]) / matter(s);
}

double integrate_conserved(const struct integrate *in, const struct system *s, double target) {
    double e = in->sums.potential + 0.5 * (in->sums.kin[0] + in->sums.kin[1] + in->sums.kin[2]) + in->bath,
           kt = s->kb * target;
    if (s->walled) e += wall_energy(&s->wall);
    if (in->stage.ensemble == STAGE_NVE) return e;
    if (in->stage.thermostat == STAGE_NOSE_HOOVER) e += thermostat_chain_energy(&in->chain, kt);
    if (in->barostat.on) e += barostat_energy(&in->barostat, matter(s), kt);
    return e;
}
