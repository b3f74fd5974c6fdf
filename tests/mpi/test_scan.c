/* Scans give the same bits on any number of ranks, and the file holds what one engine computes.
 * ranks: 1 2 3
 *
 * Expected sums come from integers; patterns from the engine itself, called without tiles, ranks or files,
 * and from the same scan on a communicator of one rank. */
#include "analysis/microscope/scan.h"
#include "analysis/microscope/tally.h"
#include "atoms/build_lattice.h"
#include "base/rng.h"
#include "tap.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#define N 7
#define M 5

/* Each term on one rank only; exact whatever the ranks. */
static void test_tally(void) {
    struct tally t = {0};
    double total[300];
    int right = 1;
    if (tap_pass(err_agree(&tap_comm, tally_create(&t, 300)), "tally")) return;
    for (int k = 0; k < 1000; k++)
        if (k % tap_comm.size == tap_comm.rank)
            for (int i = 0; i < 300; i++) tally_add(&t, i, ldexp(1, -60) * (k + 1) + (k == 3) * 1000.5 * i);
    if (tap_pass(tally_total(&tap_comm, &t, total), "total")) return;
    for (int i = 0; i < 300; i++) right &= total[i] == 1000.5 * i + ldexp(500500, -60);
    tap_ok(right, "sums are exact, to 2^-60 beside 3e5");
    tally_destroy(&t);
}

static void test_counter(void) {
    struct comm_counter c;
    int64_t sum = 0, n = 0, all = 0;
    comm_counter_open(&tap_comm, &c);
    for (int64_t k; (k = comm_counter_next(&c)) < 100; n++) sum += k;
    comm_counter_close(&c);
    int64_t both[2] = {sum, n};
    comm_sum_i64(&tap_comm, both, 2);
    all = both[0];
    tap_ok(all == 4950 && both[1] == 100, "a shared counter gives each number once");
}

static void test_gather(void) {
    int64_t mine[2] = {tap_comm.rank, tap_comm.rank}, *got = NULL, n;
    int give = tap_comm.rank % 2 ? 2 : 1, right = 1, at = 0;
    if (tap_pass(comm_gather_items(&tap_comm, mine, give, sizeof *mine, &got, &n), "gather")) return;
    for (int r = 0; r < tap_comm.size; r++)
        for (int k = 0; k < (r % 2 ? 2 : 1); k++) right &= at < n && got[at++] == r;
    tap_ok(right && at == n, "items of every rank in rank order");
    mem_free(&got);
}

/* A B2 crystal shaken by 0.1 A: 18 A wide. */
static int make_frame(struct frame *frame) {
    const int64_t cells[3] = {6, 6, 5};
    const int types[] = {0, 1};
    frame_init(frame);
    TRY(species_add(&frame->species, "Cu", 0));
    TRY(species_add(&frame->species, "Zr", 0));
    TRY(build_lattice_block(&tap_comm, build_lattice_find("b2"), cells, 3.2, 1, types, frame));
    for (int i = 0; i < frame->n; i++) {
        double r[3];
        rng_normal(3, RNG_TEST, (uint64_t)frame->id[i], 0, 3, r);
        for (int a = 0; a < 3; a++) frame->x[i][a] += 0.1 * r[a];
    }
    return ERR_OK;
}

static struct scan scan_of(const struct specimen *sp, enum waves_engine engine, bool whole) {
    struct scan s = {.single = true, .whole = whole, .slice = 2, .seed = 5, .configurations = 1};
    struct waves_setup *o = &s.waves;
    double edge = whole ? sp->edge[0] : 12.8;
    o->engine = engine;
    o->window = (struct waves_grid){64, 64, edge / 64, edge / 64};
    o->probe.electron = formfactor_electron(300e3);
    o->probe.semi_angle = 4e-3;
    o->species = &sp->species;
    o->max_bytes = 1 << 26;
    o->half_x = o->half_y = 18;
    s.from[0] = 2.1;
    s.from[1] = 3.3;
    s.u[0] = 1.7;
    s.v[1] = 2.3;
    s.nu = N;
    s.nv = M;
    scan_plan(&s);
    return s;
}

/* The same numbers one by one, without tiles. */
static int alone(const struct scan *scan, const struct specimen *sp, int i, int j, double *pattern) {
    struct scan one = *scan;
    struct specimen_cut cut = {0};
    struct waves *w = NULL;
    struct specimen_request q = {.corner = {0, 0}, .edge = {sp->edge[0], sp->edge[1]}, .scale = {1, 1}};
    struct waves_place place = {0, 0, {scan->from[0] + i * scan->u[0], scan->from[1] + j * scan->v[1]}};
    one.waves.tile_nx = one.waves.tile_ny = 64;
    q.n_slices = specimen_slices(sp, scan->slice, &q.dz);
    TRY(waves_float.create(&one.waves, &w));
    TRY(specimen_cut(sp, &q, &cut));
    int e = waves_float.add(w, &cut.slab, &place, 1, 1, pattern);
    waves_float.destroy(&w);
    specimen_cut_free(&cut);
    return e;
}

static uint64_t hash(const void *p, size_t n, uint64_t h) {
    for (size_t i = 0; i < n; i++) h = (h ^ ((const unsigned char *)p)[i]) * 1099511628211u;
    return h;
}

/* Runs a scan into a file; everything it gives as one number. */
static uint64_t run(const struct comm *comm, const struct scan *scan, const struct specimen *sp,
                    const char *name, float *items) {
    struct scan_result r;
    struct signal *signal = NULL;
    int w = 2 * scan->waves.half_x + 1;
    uint64_t h = 14695981039346656037u;
    struct signal_shape shape = {.n_dims = 4, .signal_type = "electron_diffraction", .type = H5_F32};
    const char *axes[] = {"y", "x", "ky", "kx"};
    int64_t sizes[] = {scan->nv, scan->nu, w, w};
    for (int a = 0; a < 4; a++) shape.axis[a] = (struct signal_axis){axes[a], "nm", sizes[a], 1, 0, a < 2};
    if (signal_create(comm, name, &shape, &signal)) return 0;
    int e = scan_run(comm, scan, sp, 1, signal, &r);
    if (!e) {
        h = hash(r.intensity, (size_t)r.n_rings * sizeof(double), h);
        h = hash(r.sd, (size_t)r.n_rings * sizeof(double), h);
        h = hash(r.variance, (size_t)r.n_rings * sizeof(double), h);
        h = hash(r.mean, (size_t)(w * w) * sizeof(double), h);
        scan_free(&r);
    }
    if (signal_close(&signal, e == 0) || e) return 0;
    if (signal_open(comm, name, &signal)) return 0;
    e = signal_read(signal, 0, scan->nu * scan->nv, items);
    if (signal_close(&signal, false) || e) return 0;
    return hash(items, (size_t)(scan->nu * scan->nv * w * w) * sizeof *items, h);
}

/* The scan of all ranks against the same scan by this rank alone. */
static void same_alone(const struct scan *s, const struct specimen *sp, const char *name, float *items,
                       const char *what) {
    char own[80];
    struct comm self = comm_self();
    snprintf(own, sizeof own, "%s.%d.hspy", name, tap_comm.rank);
    uint64_t single = run(&self, s, sp, own, items), together = run(&tap_comm, s, sp, name, items);
    unlink(own);
    tap_ok(single && single == together, what);
}

int main(int argc, char **argv) {
    struct frame frame;
    struct specimen sp = {0};
    static float items[N * M * 37 * 37];
    char name[64];
    tap_begin(&argc, &argv);
    test_tally();
    test_counter();
    test_gather();
    int pid = getpid();
    comm_bcast(&tap_comm, &pid, sizeof pid);
    snprintf(name, sizeof name, "/tmp/scan.%d.hspy", pid);
    if (!tap_pass(make_frame(&frame), "frame") &&
        !tap_pass(specimen_gather(&tap_comm, &frame, 2, 0, &sp), "gather")) {
        struct scan s = scan_of(&sp, WAVES_MULTISLICE, false);
        tap_ok(s.tiles_u * s.tiles_v >= 4 && s.waves.n_probes > 1, "several tiles of several probes");
        double before = (double)mem_bytes(), stated = scan_bytes(&s, &sp, 1);
        same_alone(&s, &sp, name, items, "windows: the same bits as on this rank alone");
        double took = (double)mem_peak() - before;
        if (tap_comm.rank == 0) printf("# took %.3g MB, stated at most %.3g MB\n", took / 1e6, stated / 1e6);
        tap_ok(took < stated && took > stated / 4, "a scan takes no more memory than it says, nor much less");

        s = scan_of(&sp, WAVES_KINEMATIC, false);
        s.configurations = 3;
        s.displacement[0] = s.displacement[1] = 0.08;
        same_alone(&s, &sp, name, items, "frozen phonons: the same bits as on this rank alone");
        s = scan_of(&sp, WAVES_PRISM, true);
        same_alone(&s, &sp, name, items, "prism: the same bits as on this rank alone");
        s.waves.interpolation = 2;
        s.waves.half_x = s.waves.half_y = 9;
        same_alone(&s, &sp, name, items, "prism interpolated: the same bits as on this rank alone");
        s = scan_of(&sp, WAVES_MULTISLICE, true);
        same_alone(&s, &sp, name, items, "whole box: the same bits as on this rank alone");
        double worst = 0, pattern[37 * 37], sum = 0;
        for (int i = 0; i < N; i += 3)
            for (int j = 0; j < M; j += 2) {
                memset(pattern, 0, sizeof pattern);
                if (alone(&s, &sp, i, j, pattern)) worst = 1;
                for (int k = 0; k < 37 * 37; k++) {
                    worst = fmax(worst, fabs(pattern[k] - items[(j * N + i) * 37 * 37 + k]));
                    sum += pattern[k];
                }
            }
        tap_ok(worst < 1e-7 && sum > 8, "a scan holds each probe's pattern in its place");
    }
    if (tap_comm.rank == 0) unlink(name);
    specimen_destroy(&sp);
    frame_destroy(&frame);
    return tap_end();
}
