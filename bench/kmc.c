/* kmc - events per CPU second of the kinetics room: `make bench-kmc` writes bench/out/kmc.tsv.
 *
 *     growth N   a bulk of N voxels crystallises at constant rates, N/5000 grains: all attachments and draws
 *     eden N     attachment on a simple cubic lattice, rate = number of crystalline neighbours: the same
 *                events picked by `select` and by the linear oracle (few events of it: O(N) each)
 *     ising N    flips of spins, the model that SPPARKS also has (bench/kmc_spparks.py runs the pairs)
 *
 * Memory is all of voxels, sources, grains and buckets after the run, per voxel. argv: the largest N of
 * growth (1e8); or `ising M T TIME`, one run on M^3 sites. */
#include "base/mem.h"
#include "base/rng.h"
#include "kmc/crystal.h"
#include "kmc/select.h"
#include "kmc/select_linear.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

static FILE *table;

static double cpu(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void row(const char *what, double n, double events, double seconds, double bytes, double ratio) {
    printf("%-14s %9.3g voxels  %9.4g events  %8.3f s  %8.3f M events/s  %5.1f B/voxel  x %.3g\n", what, n,
           events, seconds, events / seconds / 1e6, bytes, ratio);
    fprintf(table, "%s\t%.6g\t%.6g\t%.4f\t%.6g\t%.4g\t%.4g\tmake bench-kmc\n", what, n, events, seconds,
            events / seconds, bytes, ratio);
    fflush(stdout);
}

static double constant(const void *context, double T) {
    (void)T;
    return *(const double *)context;
}

static int growth(double n_voxels) {
    struct profile profile;
    struct schedule *schedule = NULL;
    struct voxels *voxels = NULL;
    struct skin *skin = NULL;
    struct hazard *speed = NULL, *birth = NULL;
    struct crystal *crystal = NULL;
    struct schedule_piece hold = {NAN, NAN, 1e6, false};
    double edge = round(cbrt(n_voxels)), u = 1;
    double density = 1.0 / 5000, rate = pow(density / 0.8960, 4.0 / 3) * u;
    int e, class = 0;
    bool stopped;
    profile_bulk(&profile, edge, 0);
    TRY_TO(done, schedule_create("hold", 500, 0, 1, &hold, &schedule));
    TRY_TO(done, voxels_create(&profile, 1, 0, &voxels));
    TRY_TO(done, skin_create(voxels, &skin));
    TRY_TO(done, hazard_create(schedule, constant, &u, NULL, 0, &speed));
    TRY_TO(done, hazard_create(schedule, constant, &rate, NULL, 0, &birth));
    struct crystal_channel channel = {FRONT_BULK, birth, 0};
    struct crystal_rates rates = {
        .speeds = {1, &class, &speed, NULL}, .n_channels = 1, .channel = &channel, .end = INFINITY};
    TRY_TO(done, crystal_create(voxels, skin, &rates, &crystal));
    double best = INFINITY, events = 0;
    for (int round = 0; round < (n_voxels < 2e7 ? 3 : 1); round++) {
        TRY_TO(done, crystal_reset(crystal, 1, 1));
        double begin = cpu();
        TRY_TO(done, crystal_run(crystal, INFINITY, NULL, &stopped));
        best = fmin(best, cpu() - begin);
        events = (double)(crystal_front(crystal)->n_events + crystal_draws(crystal));
    }
    row("growth", pow(edge, 3), events, best, front_bytes(crystal_front(crystal)) / pow(edge, 3), NAN);
done:
    crystal_destroy(&crystal);
    hazard_destroy(&speed);
    hazard_destroy(&birth);
    skin_destroy(&skin);
    voxels_destroy(&voxels);
    schedule_destroy(&schedule);
    return e;
}

/* --- Eden growth from a plane of seeds, one per 64 columns, periodic */

struct eden {
    int m;
    int64_t n;
    uint8_t *solid, *like; /* like: neighbours of the same spin */
    double *weight;        /* linear */
    struct select *select; /* NULL: linear */
};

static void neighbours(const struct eden *g, int64_t i, int64_t out[6]) {
    int m = g->m, plane = m * m, rest = (int)i, z = rest / plane, y = (rest - z * plane) / m;
    int x = rest - z * plane - y * m;
    out[0] = i + (x + 1 < m ? 1 : 1 - m);
    out[1] = i + (x > 0 ? -1 : m - 1);
    out[2] = i + (y + 1 < m ? m : m - plane);
    out[3] = i + (y > 0 ? -m : plane - m);
    out[4] = i + (z + 1 < m ? plane : plane - g->n);
    out[5] = i + (z > 0 ? -plane : g->n - plane);
}

static int attach(struct eden *g, int64_t i) {
    int64_t next[6];
    g->solid[i] = 1;
    if (g->select) TRY(select_set(g->select, i, 0));
    else g->weight[i] = 0;
    neighbours(g, i, next);
    for (int k = 0; k < 6; k++) {
        if (g->solid[next[k]]) continue;
        if (g->select) TRY(select_set(g->select, next[k], select_weight(g->select, next[k]) + 1));
        else g->weight[next[k]] += 1;
    }
    return ERR_OK;
}

static int eden(int m, bool linear, int64_t events, double *speed) {
    struct eden g = {.m = m, .n = (int64_t)m * m * m};
    int e;
    TRY_TO(done, MEM_NEW(g.solid, g.n));
    if (linear) TRY_TO(done, MEM_NEW(g.weight, g.n));
    else TRY_TO(done, select_create(g.n, &g.select));
    for (int64_t i = 0; i < (int64_t)m * m; i += 64) TRY_TO(done, attach(&g, i));
    double begin = cpu();
    int64_t done = 0;
    for (uint64_t k = 0; done < events; k++) {
        double u[2];
        rng_uniform(1, RNG_TEST, k, 0, u);
        int64_t i = linear ? select_linear_draw(g.weight, g.n, u[0]) : select_draw(g.select, u[0], u[1]);
        if (i < 0) continue;
        TRY_TO(done, attach(&g, i));
        done++;
    }
    double seconds = cpu() - begin;
    double now = (double)events / seconds;
    row(linear ? "eden linear" : "eden select", (double)g.n, (double)events, seconds, linear ? 9 : 21,
        linear ? *speed / now : NAN);
    *speed = now;
done:
    select_destroy(&g.select);
    mem_free(&g.solid);
    mem_free(&g.weight);
    return e;
}

/* --- Ising spins as SPPARKS `app_style ising` has them: energy = unlike neighbours of a site, rate of a flip
 * min(1, exp(-dE/T)), from random spins */

static uint8_t like(const struct eden *g, int64_t i) {
    int64_t next[6];
    uint8_t n = 0;
    neighbours(g, i, next);
    for (int k = 0; k < 6; k++) n = (uint8_t)(n + (g->solid[next[k]] == g->solid[i]));
    return n;
}

static int ising(int m, double T, double until) {
    struct eden g = {.m = m, .n = (int64_t)m * m * m};
    double rate[7], t = 0, u[4], energy = 0;
    int64_t flips = 0, next[6];
    int e;
    for (int k = 0; k < 7; k++) rate[k] = k <= 3 ? 1 : exp((6 - 2 * k) / T); /* k like neighbours */
    TRY_TO(done, MEM_NEW(g.solid, g.n));
    TRY_TO(done, MEM_NEW(g.like, g.n));
    TRY_TO(done, select_create(g.n, &g.select));
    for (int64_t i = 0; i < g.n; i++) {
        rng_uniform(2, RNG_TEST, (uint64_t)i, 0, u);
        g.solid[i] = u[0] < 0.5;
    }
    for (int64_t i = 0; i < g.n; i++) {
        g.like[i] = like(&g, i);
        TRY_TO(done, select_set(g.select, i, rate[g.like[i]]));
    }
    double begin = cpu();
    for (uint64_t k = 0;; k++) {
        rng_uniform(1, RNG_TEST, k, 0, u);
        rng_uniform(1, RNG_TEST, k, 1, u + 2);
        t -= log(u[2]) / select_bound(g.select);
        if (t > until) break;
        int64_t i = select_draw(g.select, u[0], u[1]);
        if (i < 0) continue;
        g.solid[i] ^= 1;
        g.like[i] = (uint8_t)(6 - g.like[i]);
        TRY_TO(done, select_set(g.select, i, rate[g.like[i]]));
        neighbours(&g, i, next);
        for (int j = 0; j < 6; j++) {
            uint8_t *l = &g.like[next[j]];
            *l = (uint8_t)(g.solid[next[j]] == g.solid[i] ? *l + 1 : *l - 1);
            TRY_TO(done, select_set(g.select, next[j], rate[*l]));
        }
        flips++;
    }
    double seconds = cpu() - begin;
    for (int64_t i = 0; i < g.n; i++) energy += 6 - like(&g, i);
    row("ising select", (double)g.n, (double)flips, seconds, 22, NAN);
    printf("energy per site %.4f\n", energy / (double)g.n);
done:
    select_destroy(&g.select);
    mem_free(&g.solid);
    mem_free(&g.like);
    return e;
}

static int all(double most) {
    int e = ERR_OK;
    for (double n = 1e5; n <= most * 1.001 && !e; n *= 10) e = growth(n);
    for (int m = 32; m <= 215 && !e; m = m == 32 ? 64 : m == 64 ? 128 : m == 128 ? 215 : 1000) {
        double speed = 0;
        e = eden(m, false, (int64_t)m * m * m / 2, &speed);
        if (!e && m <= 128) e = eden(m, true, m == 32 ? 3000 : m == 64 ? 300 : 40, &speed);
    }
    if (!e) e = ising(64, 2, 10);
    return e ? e : ising(128, 2, 2);
}

int main(int argc, char **argv) {
    bool one = argc == 5;
    mkdir("bench/out", 0777);
    table = fopen(one ? "/dev/null" : "bench/out/kmc.tsv", "w");
    if (!table) return 1;
    fprintf(table,
            "case\tvoxels\tevents\tcpu_s\tevents_per_s\tbytes_per_voxel\tspeed_up_over_linear\tcommand\n");
    int e = one ? ising((int)strtol(argv[2], NULL, 10), strtod(argv[3], NULL), strtod(argv[4], NULL))
                : all(argc > 1 ? strtod(argv[1], NULL) : 1e8);
    fclose(table);
    if (e) fprintf(stderr, "%s\n", err_message());
    return e != ERR_OK;
}
