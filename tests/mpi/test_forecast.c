/* ranks: 1 3
 * Lists for places ahead: the formula against the integral it stands for; no pair inside the cutoff is ever
 * missing (energies of every step against all pairs); and they serve longer than lists for present places. */
#include "md/forecast.h"
#include "scene.h"
#include "tap.h"

#include <math.h>

static const double skin = 0.3;

static void oscillator(double rate, const char *what) {
    double x[1][4] = {{3, 4, 5, 0}}, v[1][4] = {{0.7, -0.2, 0.4, 0}}, f[1][4] = {{0}};
    int32_t type[1] = {0};
    struct frame frame = {.n = 1, .n_global = 1, .x = x, .v = v, .f = f, .type = type};
    const double mass = 2, off[3] = {0.02, 0.01, -0.03}, speed = 1.5;
    const double ahead = 0.25 * skin / speed; /* the time that forecast.c aims at (CROSSING) */
    frame.species.n = 1;
    frame.species.mass[0] = mass;
    for (int a = 0; a < 3; a++) f[0][a] = -mass * rate * rate * off[a];
    struct forecast c = {speed, rate};
    struct forecast_step step = forecast_step(&c, &frame, 1, skin);
    double place[3], worst = 0;
    forecast_place(&step, &frame, 0, place);
    for (int a = 0; a < 3; a++) { /* the mean place by the midpoint rule */
        double sum = 0;
        const int n = 20000;
        for (int k = 0; k < n; k++) {
            double t = (k + 0.5) * ahead / n, s = rate > 0 ? sin(rate * t) / rate : t;
            sum += off[a] * cos(rate * t) + v[0][a] * s;
        }
        worst = fmax(worst, fabs(place[a] - (x[0][a] - off[a]) - sum / n));
    }
    tap_ok(worst < 1e-10, what);
    for (int a = 0; a < 3; a++) v[0][a] *= 1e6;
    forecast_place(&step, &frame, 0, place);
    double far = 0;
    for (int a = 0; a < 3; a++) far += (place[a] - x[0][a]) * (place[a] - x[0][a]);
    tap_ok(sqrt(far) < skin / 2, "a place is within half the skin, however fast the atom");
    v[0][1] = NAN;
    forecast_place(&step, &frame, 0, place);
    tap_ok(place[0] == x[0][0] && place[1] == x[0][1], "no forecast for an atom without finite speed");
}

static void measured(void) {
    double v[2][4] = {{3, 0, 0, 0}, {0, 4, 0, 0}}, f[2][4] = {{6, 0, 0, 0}, {0, 0, 48, 0}};
    int32_t type[2] = {0, 1};
    struct frame frame = {.n = tap_comm.rank ? 0 : 2, .n_global = 2, .v = v, .f = f, .type = type};
    frame.species.n = 2;
    frame.species.mass[0] = 2;
    frame.species.mass[1] = 3;
    struct forecast c = forecast_measure(&tap_comm, &frame, 1);
    /* sums of m v^2: 18 + 48; of f^2 / m: 18 + 768; per component 66 / 6, lightest mass 2 */
    tap_ok(fabs(c.speed - sqrt(66.0 / 6 / 2)) < 1e-9 && fabs(c.rate - sqrt(786.0 / 66)) < 1e-9,
           "speed and rate of two atoms");
}

/* Energy of all pairs, by the formula, at the nearest images. */
static double all_pairs(const struct frame *f, const double (*x)[3], const int *type) {
    const double eps[2][2] = {{1, 1.5}, {1.5, 0.5}}, sigma[2][2] = {{1, 0.8}, {0.8, 0.88}};
    double sum = 0;
    for (int64_t i = 0; i < f->n_global; i++)
        for (int64_t j = 0; j < i; j++) {
            double d[3], s = sigma[type[i]][type[j]], rc = 2.5 * s;
            for (int a = 0; a < 3; a++) d[a] = x[i][a] - x[j][a];
            box_nearest(&f->box, d);
            double r2 = d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
            if (r2 >= rc * rc) continue;
            double q = pow(s * s / r2, 3), qc = pow(2.5, -6);
            sum += 4 * eps[type[i]][type[j]] * (q * q - q - (qc * qc - qc));
        }
    return sum;
}

struct whole {
    double (*x)[3], (*then)[3];
    int *type;
};

static void gather(struct scene *s, struct whole *w) {
    struct frame *f = &s->system.frame;
    double *lane = w->x[f->n_global];
    memset(w->x, 0, (size_t)(2 * f->n_global) * sizeof *w->x);
    for (int i = 0; i < f->n; i++) {
        double *to = w->x[f->id[i] - 1];
        for (int a = 0; a < 3; a++) to[a] = f->x[i][a] + f->image[i][a] * f->box.len[a];
        lane[f->id[i] - 1] = f->type[i];
    }
    comm_sum(&s->system.comm, w->x[0], (int)(6 * f->n_global));
    for (int64_t k = 0; k < f->n_global; k++) w->type[k] = (int)lane[k];
}

/* Whether lists for present places would have to be made anew now. */
static int outworn(const struct frame *f, const struct whole *w, double reach) {
    double most = 0;
    for (int64_t k = 0; k < f->n_global; k++) {
        double far = 0;
        for (int a = 0; a < 3; a++) far += (w->x[k][a] - w->then[k][a]) * (w->x[k][a] - w->then[k][a]);
        most = fmax(most, far);
    }
    return sqrt(most) > reach;
}

static void follow(const char *what, const char *skins, const char *ensemble, double temperature,
                   double density, int count) {
    enum { N = 500, STEPS = 300 };
    char text[1000], label[200];
    struct scene s;
    struct whole w = {0};
    snprintf(text, sizeof text,
             "units: lj\nmaterial: {composition: {A: 0.8, B: 0.2}}\n"
             "potential: {kind: lj, epsilon: {A-A: 1, A-B: 1.5, B-B: 0.5}, sigma: {A-A: 1, A-B: 0.8, B-B: "
             "0.88}}\nbuild: {kind: random_alloy, lattice: fcc, density: %g, n_atoms: %d}\n"
             "md:\n  time_step: 0.003\n%s  stages:\n    - {name: s, %s, steps: %d}\n",
             density, N, skins, ensemble, STEPS);
    int e = MEM_NEW(w.x, 2 * N), plain = 0;
    if (!e) e = MEM_NEW(w.then, N);
    if (!e) e = MEM_NEW(w.type, N);
    if (!e) e = scene_open(&tap_comm, text, temperature, &s);
    if (tap_pass(e, what)) return;
    double worst = 0;
    const double reach = s.system.skin / 2;
    int64_t before = s.system.n_builds;
    gather(&s, &w);
    memcpy(w.then, w.x, N * sizeof *w.then);
    for (int k = 0; k < STEPS && !e; k++) {
        e = integrate_step(&s.integrate, &s.system, k, true, 0);
        if (e) break;
        gather(&s, &w);
        double pairs = all_pairs(&s.system.frame, (const double(*)[3])w.x, w.type);
        worst = fmax(worst, fabs(pairs - s.integrate.sums.potential) / fabs(pairs));
        if (outworn(&s.system.frame, &w, reach)) {
            plain++;
            memcpy(w.then, w.x, N * sizeof *w.then);
        }
    }
    tap_pass(e, "runs");
    int64_t builds = s.system.n_builds - before;
    if (tap_comm.rank == 0)
        printf("# %s: %lld builds, %lld prunings; %d builds for present places; energies within %.1e\n", what,
               (long long)builds, (long long)s.system.n_prunes, plain, worst);
    snprintf(label, sizeof label, "%s: every pair is in the lists at every step", what);
    tap_ok(worst < 1e-11, label);
    if (count) {
        snprintf(label, sizeof label, "%s: at least a quarter longer between builds", what);
        tap_ok(builds > 0 && 5 * builds <= 4 * plain, label);
    }
    scene_close(&s);
    mem_free(&w.x);
    mem_free(&w.then);
    mem_free(&w.type);
}

int main(int argc, char **argv) {
    tap_begin(&argc, &argv);
    oscillator(0, "free flight: half the way");
    oscillator(40, "oscillator: the mean place");
    oscillator(400, "oscillator, many periods: the mean place");
    measured();
    follow("liquid", "", "ensemble: nve", 3, 1.2, 1);
    follow("liquid, pruned lists", "  skin: 0.5\n  inner_skin: 0.2\n", "ensemble: nve", 3, 1.2, 1);
    follow("glass, pruned lists", "  skin: 0.3\n  inner_skin: 0.15\n", "ensemble: nve", 0.8, 1.2, 1);
    follow("friction", "", "ensemble: nvt, thermostat: langevin, thermostat_time: 0.05, temperature: 2", 2,
           1.2, 0);
    follow("breathing box", "  skin: 0.4\n  inner_skin: 0.2\n",
           "ensemble: npt, pressure: 19, barostat_time: 0.5, temperature: 2", 2, 1.2, 0);
    follow("gas", "", "ensemble: nve", 3, 0.3, 0);
    return tap_end();
}
