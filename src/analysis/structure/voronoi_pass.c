/* voronoi_pass - deck, frame by frame: cells, densities, network; then what is counted and what is written.
 */
#include "analysis/structure/voronoi_pass.h"
#include "analysis/structure/voronoi_state.h"
#include "base/cite.h"
#include "base/mem.h"

#include <string.h>

const struct deck_row voronoi_pass_rows[] = {
    {.type = DECK_CHOICE,
     .path = "tessellation",
     .value = "radical",
     .choices = "radical|plain",
     .when = "pass=voronoi",
     .help = "radical: faces by the power distance, so that large atoms get large cells; plain: halfway."},
    {.type = DECK_TABLE,
     .path = "radii",
     .dim = UNIT_LENGTH,
     .bounds = "(0 A, inf)",
     .when = "pass=voronoi",
     .help = "Radii of species for the radical cells, {Cu: 1.28 A}; others keep their metallic radius."},
    {.type = DECK_REAL,
     .path = "surface",
     .dim = UNIT_LENGTH,
     .bounds = "(0 A, inf)",
     .when = "pass=voronoi",
     .help = "A cell that reaches farther than this from its atom borders on vacuum: flagged open, not "
             "counted. Absent: "
             "3.5 times the largest radius."},
    {.type = DECK_CHOICE,
     .path = "filter",
     .value = "none",
     .choices = VORONOI_FILTERS,
     .when = "pass=voronoi",
     .help =
         "Small faces left out, which changes the shares at first order. area_fraction: faces below a share "
         "of their cell's area; edge: edges below a length (a face left with fewer than three is dropped); "
         "ovito, pyscal, lammps: by the rules of those programs, for comparing like with like."},
    {.type = DECK_REAL,
     .path = "min_area_fraction",
     .value = "0.01",
     .bounds = "(0, 1)",
     .when = "pass=voronoi,filter=area_fraction|pyscal",
     .help = "Faces below this share of their cell's area do not count."},
    {.type = DECK_REAL,
     .path = "min_area_fraction",
     .value = "0",
     .bounds = "[0, 1)",
     .when = "pass=voronoi,filter=ovito",
     .help = "OVITO's relative_face_threshold: faces below this share of their cell's area do not count."},
    {.type = DECK_REAL,
     .path = "min_edge",
     .dim = UNIT_LENGTH,
     .value = "0.1 A; lj 0.04",
     .bounds = "(0 A, inf)",
     .when = "pass=voronoi,filter=edge",
     .help = "Edges shorter than this do not count."},
    {.type = DECK_REAL,
     .path = "min_edge",
     .dim = UNIT_LENGTH,
     .value = "0 A",
     .bounds = "[0 A, inf)",
     .when = "pass=voronoi,filter=ovito|lammps",
     .help = "The program's edge_threshold: shorter edges do not count."},
    {.type = DECK_REAL,
     .path = "min_area",
     .dim = UNIT_AREA,
     .value = "0 A2",
     .bounds = "[0 A2, inf)",
     .when = "pass=voronoi,filter=ovito|lammps",
     .help = "The program's face_threshold: smaller faces do not count (LAMMPS: not in the coordination)."},
    {.type = DECK_REAL,
     .path = "min_edge_fraction",
     .value = "0.05",
     .bounds = "[0, 1)",
     .when = "pass=voronoi,filter=pyscal",
     .help = "pyscal's edge_cutoff: edges below this share of their face's perimeter do not count."},
    {.type = DECK_CHOICE,
     .path = "network",
     .value = "face",
     .choices = "none|vertex|edge|face|volume",
     .when = "pass=voronoi",
     .help = "Link polyhedra of one index that share at least a vertex (1 atom), an edge (2), a face (3), or "
             "whose "
             "centres are neighbours (volume); clusters, their sizes and whether they percolate. none: not "
             "done."},
    {.type = DECK_TEXT,
     .path = "network_index",
     .value = "<0,0,12,0>",
     .when = "pass=voronoi,network!=none",
     .help = "Index <n3,n4,n5,n6> of the polyhedra that are linked."},
    {.type = DECK_BOOL,
     .path = "xyz",
     .value = "true",
     .when = "pass=voronoi",
     .help = "Write NAME.voronoi.xyz with volume, coordination and index of every atom."},
    {.type = DECK_BOOL,
     .path = "paraview",
     .value = "false",
     .when = "pass=voronoi",
     .help = "Write NAME.voronoi.xdmf, which ParaView opens, and keep positions and species beside the "
             "results in the "
             "HDF5 file."},
    {.type = DECK_END}};

static double threshold(const struct deck *deck, const char *at, const char *key) {
    return deck_has(deck, "%s.%s", at, key) ? deck_real(deck, "%s.%s", at, key) : 0;
}

static int check(const struct comm *comm, struct deck *deck, const char *at) {
    (void)comm;
    if (deck_has(deck, "%s.network_index", at)) classes_check(deck, at, "network_index");
    return ERR_OK;
}

static int create(const struct pass_setup *setup, void **state) {
    struct voronoi_state *s = NULL;
    TRY(mem_agree(setup->comm, &s, MEM_NEW(s, 1)));
    s->setup = *setup;
    s->out = setup->out;
    *state = s;
    const struct deck *deck = setup->deck;
    const char *at = setup->at;
    s->options.radical = deck_choice(deck, "%s.tessellation", at) == 0;
    s->options.filter = (enum voronoi_filter)deck_choice(deck, "%s.filter", at);
    s->options.min_area_fraction = threshold(deck, at, "min_area_fraction");
    s->options.min_edge = threshold(deck, at, "min_edge");
    s->options.min_area = threshold(deck, at, "min_area");
    s->options.min_edge_fraction = threshold(deck, at, "min_edge_fraction");
    s->network = deck_choice(deck, "%s.network", at); /* in the order of enum network_share */
    if (s->network) classes_parse(deck_text(deck, "%s.network_index", at), s->centre);
    s->xyz = deck_bool(deck, "%s.xyz", at) && s->out->front;
    s->paraview = deck_bool(deck, "%s.paraview", at) && s->out->front && s->out->h5;
    TRY(mem_agree(setup->comm, &s->frames, MEM_NEW(s->frames, setup->n_frames)));
    s->options.visit = voronoi_density_visit;
    s->options.user = s;
    cite_use("rycroft2009");
    if (s->options.radical) cite_use("gellatly1982");
    return ERR_OK;
}

static int read_radii(struct voronoi_state *s) {
    const struct deck *deck = s->setup.deck;
    const char *at = s->setup.at;
    memcpy(s->options.radius, s->species.radius, sizeof s->options.radius);
    for (int k = 0; k < deck_count(deck, "%s.radii", at); k++) {
        const char *name = deck_key_at(deck, k, "%s.radii", at);
        int t = species_find(&s->species, name);
        if (t < 0) FAIL(ERR_DECK, "%s.radii names species %s, which the atoms do not have", at, name);
        s->options.radius[t] = s->species.radius[t] = deck_real_at(deck, k, "%s.radii", at);
    }
    s->options.surface =
        deck_has(deck, "%s.surface", at) ? deck_real(deck, "%s.surface", at) : voronoi_surface(&s->species);
    return ERR_OK;
}

static int first_frame(struct voronoi_state *s, const struct frame *frame) {
    const struct comm *comm = s->out->comm;
    s->species = frame->species;
    s->n_atoms = frame->n_global;
    TRY_ALL(comm, read_radii(s));
    if (s->out->h5) TRY(voronoi_files_open(s));
    if (s->xyz) TRY(results_text_open(s->out, "voronoi.xyz", &s->text));
    if (s->paraview) TRY(results_text_open(s->out, "voronoi.xdmf", &s->xdmf));
    s->ready = true;
    return ERR_OK;
}

static int same_system(const struct voronoi_state *s, const struct frame *frame) {
    int e = frame->n_global != s->n_atoms || frame->species.n != s->species.n;
    for (int k = 0; !e && k < s->species.n; k++) e = strcmp(frame->species.name[k], s->species.name[k]) != 0;
    if (e)
        FAIL(ERR_INPUT, "a frame has other atoms (%lld) than the first (%lld); choose frames of one system",
             (long long)frame->n_global, (long long)s->n_atoms);
    return ERR_OK;
}

static int one_frame(void *state, struct frame *frame) {
    struct voronoi_state *s = state;
    struct voronoi_cell *cells = NULL;
    double *density = NULL;
    int32_t *cluster = NULL;
    int e = ERR_OK;
    if (!s->ready) TRY(first_frame(s, frame));
    TRY(same_system(s, frame));
    s->frames[s->n_frames].step = frame->step;
    s->frames[s->n_frames].time = frame->time;
    TRY_TO(out, voronoi_compute(s->out->comm, frame, &s->options, &cells));
    TRY_TO(out, voronoi_density_compute(s->out->comm, s, frame, cells, &density));
    if (s->network) TRY_TO(out, voronoi_links_find(s, frame, &cluster));
    voronoi_density_forget(&s->lists);
    TRY_TO(out, voronoi_shares_count(s, frame, cells, density));
    if (s->out->h5 || s->xyz) TRY_TO(out, voronoi_files_write(s, frame, cells, density, cluster));
    s->n_frames++;
out:
    voronoi_density_forget(&s->lists);
    mem_free(&cells);
    mem_free(&density);
    mem_free(&cluster);
    return e;
}

static int finish(void *state) {
    struct voronoi_state *s = state;
    TRY(voronoi_shares_finish(s));
    TRY(results_text_close(&s->text, true));
    return results_text_close(&s->xdmf, true);
}

static void destroy(void *state) {
    struct voronoi_state *s = state;
    if (!s) return;
    results_text_drop(&s->text);
    results_text_drop(&s->xdmf);
    for (size_t k = 0; k < sizeof s->path / sizeof *s->path; k++) mem_free(&s->path[k]);
    mem_free(&s->share);
    mem_free(&s->frames);
    mem_free(&s->sizes);
    mem_free(&s);
}

const struct pass_kind voronoi_pass = {.name = "voronoi",
                                       .input = PASS_FRAMES,
                                       .rows = voronoi_pass_rows,
                                       .check = check,
                                       .create = create,
                                       .frame = one_frame,
                                       .finish = finish,
                                       .destroy = destroy};
