/* ranks: 1 3
 * A list of passes over a trajectory: files, tables and scalars; the same bytes as on one rank; run again;
 * what fails names the frame and leaves earlier results. */
#include "tap.h"

#include "analysis/analysis.h"
#include "base/cite.h"
#include "base/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FRAMES 5
static char dir[] = "/tmp/vitrine-analysis-XXXXXX";

/* fcc Cu-Zr, a = 3.7 + 0.01 frame, atoms off their places by up to 0.05 A; frame `twice` has atom 3 on
 * atom 1. */
static void write_xyz(const char *name, int twice) {
    static const double basis[4][3] = {{0, 0, 0}, {0, .5, .5}, {.5, 0, .5}, {.5, .5, 0}};
    char path[128];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "w");
    for (int k = 0; k < FRAMES; k++) {
        double a = 3.7 + 0.01 * k;
        fprintf(
            f,
            "256\nLattice=\"%.12g 0 0 0 %.12g 0 0 0 %.12g\" Properties=species:S:1:pos:R:3 pbc=\"T T T\"\n",
            4 * a, 4 * a, 4 * a);
        for (int i = 0; i < 256; i++) {
            double u[4];
            int cell = i / 4, b = i % 4, who = k == twice && i == 2 ? 0 : i;
            if (who != i) cell = 0, b = 0;
            rng_uniform(4, RNG_TEST, (uint64_t)(256 * k + who), 0, u);
            rng_uniform(4, RNG_TEST, (uint64_t)(256 * k + who), 1, u + 2);
            fprintf(f, "%s %.12g %.12g %.12g\n", i % 3 ? "Cu" : "Zr",
                    a * (cell / 16 + basis[b][0] + 0.1) + 0.1 * u[0],
                    a * (cell / 4 % 4 + basis[b][1] + 0.1) + 0.1 * u[1],
                    a * (cell % 4 + basis[b][2] + 0.1) + 0.1 * u[2]);
        }
    }
    fclose(f);
}

static int run(const struct comm *comm, const char *text, const char *source, const char *stem,
               struct results_scalars *scalars) {
    struct deck *deck = NULL;
    char path[128], target[128];
    snprintf(path, sizeof path, "%s/%s", dir, source);
    snprintf(target, sizeof target, "%s/%s.h5", dir, stem);
    struct analysis_place place = {
        .source = path, .target = target, .dir = dir, .stem = stem, .command = "test"};
    int e = deck_open_text(comm, "test", text, pass_tables, NULL, 0, &deck);
    if (!e) e = analysis_run(comm, deck, &place, scalars);
    deck_close(&deck);
    return e;
}

static int same_bytes(const char *a, const char *b, const char *ending) {
    char path[2][160];
    snprintf(path[0], sizeof path[0], "%s/%s%s", dir, a, ending);
    snprintf(path[1], sizeof path[1], "%s/%s%s", dir, b, ending);
    FILE *f = fopen(path[0], "r"), *g = fopen(path[1], "r");
    int same = f && g, c = 0, n = 0;
    while (same && c != EOF) {
        c = fgetc(f);
        same = c == fgetc(g);
        n++;
    }
    if (f) fclose(f);
    if (g) fclose(g);
    return same && n > 50;
}

static const char list[] = "analysis:\n"
                           "  - {pass: voronoi, frames: '1:', min_edge: 0.2 A, filter: edge}\n"
                           "  - {pass: rdf, frames: all, r_max: 6 A, bins: 120}\n"
                           "  - {pass: rdf, name: late, frames: last, bins: 50}\n";

static void results(void) {
    struct results_scalars scalars = {0};
    struct comm self = comm_self();
    tap_pass(run(&tap_comm, list, "good.xyz", "all", &scalars), "three passes over five frames");
    const struct results_scalar *s = results_scalars_find(&scalars, "rdf", "g_CuCu_peak_A");
    /* mean of a / sqrt 2 over the frames = 3.72 / sqrt 2 = 2.630; noise moves the peak by less than a bin */
    tap_ok(s && fabs(s->value - 2.630) < 0.05 && s->error > 0 && s->error < 0.05 && !strcmp(s->unit, "A"),
           "scalar g_CuCu_peak_A");
    s = results_scalars_find(&scalars, "voronoi", "cu_voronoi_volume_A3");
    const struct results_scalar *z = results_scalars_find(&scalars, "voronoi", "zr_voronoi_volume_A3");
    double sum = 0; /* 170 Cu and 86 Zr fill the boxes of frames 1 to 4 */
    for (int k = 1; k < FRAMES; k++) sum += pow(4 * (3.7 + 0.01 * k), 3) / 4;
    tap_ok(s && z && fabs((170 * s->value + 86 * z->value) / sum - 1) < 1e-10, "mean volumes fill the box");
    results_scalars_free(&scalars);
    if (tap_comm.rank == 0 && run(&self, list, "good.xyz", "one", NULL)) printf("# %s\n", err_message());
    err_clear();
    static const char *const endings[] = {".index.tsv",     ".cells.tsv",    ".rdf.tsv",
                                          ".rdf_peaks.tsv", ".late.rdf.tsv", ".late.rdf_peaks.tsv",
                                          ".voronoi.xyz"};
    int same = 1;
    for (size_t k = 0; k < sizeof endings / sizeof *endings && tap_comm.rank == 0; k++)
        if (!same_bytes("all", "one", endings[k])) {
            printf("# %s differs\n", endings[k]);
            same = 0;
        }
    tap_ok(same, "tables and voronoi.xyz have the same bytes as on one rank");
}

static void arrays(void) {
    struct h5 *h5 = NULL;
    char path[128];
    int64_t dims[H5_MAX_DIMS] = {0};
    int n = 0, right;
    double r[120];
    snprintf(path, sizeof path, "%s/all.h5", dir);
    if (tap_pass(h5_open(&tap_comm, path, &h5), "results open")) return;
    right = !h5_shape(h5, "/analysis/voronoi/index", &n, dims) && n == 3 && dims[0] == 4 && dims[1] == 256 &&
            dims[2] == 4;
    tap_ok(right, "an index of four numbers per atom and frame");
    right = !h5_read(h5, "/analysis/rdf/r", H5_F64, r) && fabs(r[0] - 0.025) < 1e-12 &&
            fabs(r[119] - 5.975) < 1e-12;
    tap_ok(right && h5_exists(h5, "/analysis/late/g") && h5_exists(h5, "/tables/late.rdf/r_A"),
           "g(r) under its label");
    tap_ok(h5_exists(h5, "/vitrine/citations") && h5_exists(h5, "/vitrine/provenance"),
           "citations and provenance");
    tap_pass(h5_close(&h5, false), "closed");
}

static void again(void) {
    struct h5 *h5 = NULL;
    char path[128];
    int64_t dims[H5_MAX_DIMS] = {0};
    int n = 0;
    tap_pass(run(&tap_comm, "analysis: [{pass: rdf, r_max: 5 A, bins: 40}]\n", "good.xyz", "all", NULL),
             "one of the passes again, with other keys");
    snprintf(path, sizeof path, "%s/all.h5", dir);
    if (tap_pass(h5_open(&tap_comm, path, &h5), "results open")) return;
    tap_ok(!h5_shape(h5, "/analysis/rdf/r", &n, dims) && dims[0] == 40 &&
               h5_exists(h5, "/analysis/voronoi/index"),
           "its results are replaced, the others kept");
    tap_pass(h5_close(&h5, false), "closed");
}

static void failures(void) {
    struct h5 *h5 = NULL;
    char path[128];
    int e = run(&tap_comm, "analysis: [{pass: rdf, frames: all}]\n", "twice.xyz", "twice", NULL);
    const char *m = err_message();
    tap_ok(e == ERR_INPUT && strstr(m, "twice.xyz, frame 3: atoms 1 and 3 are 0 apart, closer than 0.01"),
           "an atom twice is named with its frame");
    err_clear();
    snprintf(path, sizeof path, "%s/twice.h5", dir);
    tap_ok(access(path, F_OK) != 0, "no half results");
    e = run(&tap_comm, "analysis: [{pass: voronoi}, {pass: rdf, r_max: 40 A}]\n", "good.xyz", "half", NULL);
    tap_ok(e == ERR_DECK && strstr(err_message(), "r_max 40 is beyond the shortest periodic edge 14.96"),
           "r_max beyond the box is refused");
    err_clear();
    snprintf(path, sizeof path, "%s/half.h5", dir);
    if (tap_pass(h5_open(&tap_comm, path, &h5), "what came before is kept")) return;
    tap_ok(h5_exists(h5, "/analysis/voronoi/volume") && !h5_exists(h5, "/analysis/rdf"),
           "and nothing of the failed pass");
    tap_pass(h5_close(&h5, false), "closed");
    e = run(&tap_comm, "analysis: [{pass: voronoi, radii: {Al: 1.4 A}}]\n", "good.xyz", "none", NULL);
    tap_ok(e == ERR_DECK && strstr(err_message(), "names species Al, which the atoms do not have"),
           "radii of species that are not there are refused");
    err_clear();
}

int main(int argc, char **argv) {
    tap_begin(&argc, &argv);
    if (tap_comm.rank == 0 && mkdtemp(dir)) {
        write_xyz("good.xyz", -1);
        write_xyz("twice.xyz", 3);
    }
    comm_bcast(&tap_comm, dir, sizeof dir);
    results();
    arrays();
    again();
    failures();
    char command[160];
    snprintf(command, sizeof command, "rm -r %s", dir);
    tap_ok(tap_comm.rank || system(command) == 0, "tidied up");
    cite_clear();
    return tap_end();
}
