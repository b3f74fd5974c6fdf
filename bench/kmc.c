/* kmc - events per CPU second of the kinetics room: `make bench-kmc` writes bench/out/kmc.tsv.
 *
 *     growth N       a bulk of N voxels crystallises at constant rates, N/5000 grains: all attachments and
 * draws eden N         attachment on a simple cubic lattice, rate = number of crystalline neighbours: the
 * same events picked by `select` and by the linear oracle (few events of it: O(N) each) Memory is all of
 * voxels, sources, grains and buckets after the run, per voxel. argv[1]: largest N (1e8). */
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
    uint8_t *solid;
    double *weight;
    struct select *select; /* NULL: linear */
};

static void neighbours(const struct eden *g, int64_t i, int64_t out[6]) {
    int64_t m = g->m, x = i % m, y = i / m % m, z = i / m / m;
    out[0] = i - x + (x + 1) % m;
    out[1] = i - x + (x + m - 1) % m;
    out[2] = i + ((y + 1) % m - y) * m;
    out[3] = i + ((y + m - 1) % m - y) * m;
    out[4] = i + ((z + 1) % m - z) * m * m;
    out[5] = i + ((z + m - 1) % m - z) * m * m;
}

static int attach(struct eden *g, int64_t i) {
    int64_t next[6];
    g->solid[i] = 1;
    g->weight[i] = 0;
    if (g->select) TRY(select_set(g->select, i, 0));
    neighbours(g, i, next);
    for (int k = 0; k < 6; k++)
        if (!g->solid[next[k]]) {
            g->weight[next[k]] += 1;
            if (g->select) TRY(select_set(g->select, next[k], g->weight[next[k]]));
        }
    return ERR_OK;
}

static int eden(int m, bool linear, int64_t events, double *speed) {
    struct eden g = {.m = m, .n = (int64_t)m * m * m};
    int e;
    TRY_TO(done, MEM_NEW(g.solid, g.n));
    TRY_TO(done, MEM_NEW(g.weight, g.n));
    if (!linear) TRY_TO(done, select_create(g.n, &g.select));
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
    row(linear ? "eden linear" : "eden select", (double)g.n, (double)events, seconds, linear ? 9 : 22,
        linear ? *speed / now : NAN);
    *speed = now;
done:
    select_destroy(&g.select);
    mem_free(&g.solid);
    mem_free(&g.weight);
    return e;
}

int main(int argc, char **argv) {
    double most = argc > 1 ? strtod(argv[1], NULL) : 1e8;
    int e = ERR_OK;
    mkdir("bench/out", 0777);
    table = fopen("bench/out/kmc.tsv", "w");
    if (!table) return 1;
    fprintf(table,
            "case\tvoxels\tevents\tcpu_s\tevents_per_s\tbytes_per_voxel\tspeed_up_over_linear\tcommand\n");
    for (double n = 1e5; n <= most * 1.001 && !e; n *= 10) e = growth(n);
    for (int m = 32; m <= 215 && !e; m = m == 32 ? 64 : m == 64 ? 128 : m == 128 ? 215 : 1000) {
        double speed = 0;
        e = eden(m, false, (int64_t)m * m * m / 2, &speed);
        if (!e && m <= 128) e = eden(m, true, m == 32 ? 3000 : m == 64 ? 300 : 40, &speed);
    }
    fclose(table);
    if (e) fprintf(stderr, "%s\n", err_message());
    return e != ERR_OK;
}
