/* setup - from deck units (A, ps) to those of the room (nm, s). Shapes are tried out while checking, so that
 * a profile thinner than its voxels is named before anything runs. */
#include "kmc/setup.h"
#include "base/mem.h"
#include "kmc/movie_deck.h"
#include "base/table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define NM 10.0     /* A */
#define SECOND 1e12 /* ps */

const struct deck_row setup_rows[] = {
    {DECK_MAP, "kmc.shape", .help = "What crystallises, by kinetic Monte Carlo."},
    {DECK_CHOICE, "kmc.shape.kind", .value = "rod", .choices = "rod|taper|neck|traced|film|bulk",
     .help =
         "rod: straight; taper: from diameter to end_diameter; neck: thick ends and a thin middle; traced: "
         "diameter along the axis from a file; film: two free surfaces; bulk: a periodic cube."},
    {DECK_REALS, "kmc.shape.diameters", .dim = UNIT_LENGTH, .value = DECK_REQUIRED,
     .bounds = "[1 nm, 1e5 nm]", .choices = "1..", .when = "kind=rod", .help = "Each is a row of the table."},
    {DECK_REAL, "kmc.shape.length", .dim = UNIT_LENGTH, .value = "300 nm", .bounds = "[2 nm, 1e6 nm]",
     .when = "kind=rod|taper|neck", .help = "Length: of a straight rod, the field of view."},
    {DECK_CHOICE, "kmc.shape.ends", .value = "periodic", .choices = "periodic|free", .when = "kind=rod",
     .help = "periodic: the field of view lies on a longer rod; free: it ends there."},
    {DECK_REAL, "kmc.shape.diameter", .dim = UNIT_LENGTH, .value = DECK_REQUIRED, .bounds = "[1 nm, 1e5 nm]",
     .when = "kind=taper|neck", .help = "Taper: at z = 0. Neck: of the thick ends."},
    {DECK_REAL, "kmc.shape.end_diameter", .dim = UNIT_LENGTH, .value = DECK_REQUIRED,
     .bounds = "[1 nm, 1e5 nm]", .when = "kind=taper", .help = "At the other end."},
    {DECK_REAL, "kmc.shape.neck_diameter", .dim = UNIT_LENGTH, .value = DECK_REQUIRED,
     .bounds = "[1 nm, 1e5 nm]", .when = "kind=neck", .help = "Of the thin middle."},
    {DECK_REAL, "kmc.shape.neck_length", .dim = UNIT_LENGTH, .value = "40 nm", .bounds = "(0 nm, 1e5 nm]",
     .when = "kind=neck", .help = "Length of the thin middle."},
    {DECK_REAL, "kmc.shape.flank", .dim = UNIT_LENGTH, .value = "20 nm", .bounds = "(0 nm, 1e5 nm]",
     .when = "kind=neck", .help = "Length of the cone on each side of it."},
    {DECK_FILE, "kmc.shape.file", .value = DECK_REQUIRED, .when = "kind=traced",
     .help = "TSV with columns z_nm and diameter_nm, z rising from 0."},
    {DECK_REAL, "kmc.shape.thickness", .dim = UNIT_LENGTH, .value = DECK_REQUIRED, .bounds = "[1 nm, 1e5 nm]",
     .when = "kind=film", .help = "Of the film."},
    {DECK_REAL, "kmc.shape.lateral", .dim = UNIT_LENGTH, .value = "200 nm", .bounds = "[5 nm, 1e5 nm]",
     .when = "kind=film|bulk", .help = "Edge of the (periodic) piece."},
    {DECK_REAL, "kmc.shape.columns", .dim = UNIT_LENGTH, .bounds = "[1 nm, 1e5 nm]", .when = "kind=film|bulk",
     .help = "Mean diameter of columns along the normal; between them are glass-glass interfaces."},
    {DECK_REAL, "kmc.voxel", .dim = UNIT_LENGTH, .bounds = "[0.1 nm, 100 nm]",
     .help =
         "Edge of a voxel. Default: a sixteenth of the thinnest part, between 0.5 and 4 nm (or 1/150 of the "
         "widest, where that is more); results move by less than a kelvin with it."},
    {DECK_INT, "kmc.replicas", .value = "1", .bounds = "[1, 1e7]", .help = "Independent runs of each row."},
    {DECK_MAP, "kmc.detect", .value = "{}", .help = "When a rod counts as crystalline."},
    {DECK_CHOICE, "kmc.detect.criterion", .value = "fraction",
     .choices = "fraction|intercept|first_spot|as_published",
     .help = "Which of the criteria gives tc_C; all are in the table. as_published: first spot above 35 nm, "
             "intercept below."},
    {DECK_REAL, "kmc.detect.fraction", .value = "0.02", .bounds = "(0, 1)",
     .help = "Crystalline volume fraction of the field of view that is noticed."},
    {DECK_CHOICE, "kmc.detect.signal", .value = "volume", .choices = "volume|spot|peak",
     .help =
         "How the intensity grows with the N atoms of a grain: volume N (average over orientations), spot "
         "N^(4/3) (sum over the spot of a compact grain), peak N^2 (its peak)."},
    {DECK_REAL, "kmc.detect.contrast", .value = "1", .bounds = "(0, 1000]",
     .help = "Relative intensity (I_s - I_b)/I_b of the fully crystalline rod."},
    {DECK_REAL, "kmc.detect.noise", .value = "0", .bounds = "[0, 1]",
     .help = "Standard deviation of the relative intensity of one frame."},
    {DECK_REALS, "kmc.detect.rise", .value = "[0.05, 0.3]", .bounds = "(0, 1)", .choices = "2",
     .help = "Parts of the full rise between which the straight line is fitted."},
    {DECK_REAL, "kmc.detect.frame", .dim = UNIT_TIME, .value = "0.5 s", .bounds = "(0 s, 1e6 s]",
     .help = "Time between two frames of the film."},
    {DECK_REAL, "kmc.detect.spot_volume", .dim = UNIT_VOLUME, .value = "30 nm3", .bounds = "(0 nm3, 1e9 nm3]",
     .help = "A grain in Bragg position of this volume shows a spot."},
    {DECK_REAL, "kmc.detect.bragg_tolerance", .dim = UNIT_ANGLE, .value = "1 deg",
     .bounds = "(0 deg, 90 deg]",
     .help = "How far {111} or {200} planes may be tilted off the beam and still show a spot."},
    {DECK_CHOICE, "kmc.stop", .value = "detected", .choices = "detected|end",
     .help = "detected: a replica ends when all criteria are met; end: it runs to the end of its schedule."},
    {DECK_INT, "kmc.grains", .value = "200", .bounds = "[0, 1e8]",
     .help = "Grains of each replica that are kept in HDF5 (time, place, channel, orientation, volume): the "
             "earliest so "
             "many; 64 bytes each on rank 0."},
    {DECK_MAP, "kmc.details", .value = "{}",
     .help = "Replicas that are followed to the end and written in full."},
    {DECK_INT, "kmc.details.replicas", .value = "1", .bounds = "[0, 10000]",
     .help = "The first so many of each row: grains, intensity trace, crystallisation along the axis."},
    {DECK_BOOL, "kmc.details.maps", .value = "false",
     .help = "Grain map of the first of each row: HDF5, and VTK ImageData for ParaView."},
    {DECK_REAL, "kmc.details.map_edge", .dim = UNIT_LENGTH, .bounds = "[0.1 nm, 1000 nm]",
     .help = "Pixel of the grain map. Default: the voxel edge."},
    {DECK_TEXTS, "kmc.causes", .choices = "1..",
     .help =
         "Table causes: every row again with one cause changed. surface: no nucleation there; confinement: "
         "M(d) = 1; starvation: an endless rod in its place, so that no rod lacks nuclei; gibbs_thomson: "
         "T_m(d) on where it is off, off where it is on."},
    {DECK_REALS, "kmc.cause_between", .dim = UNIT_LENGTH, .value = "[6 nm, 25 nm]",
     .bounds = "[1 nm, 1e5 nm]", .choices = "2",
     .help = "Diameters between which the shares of the causes are worked out; both must be in "
             "the table."},
    {DECK_REAL, "kmc.endless", .value = "10", .bounds = "[2, 1e4]",
     .help = "An endless rod is so many times as long as the field of view."},
    {DECK_INT, "kmc.bootstrap", .value = "2000", .bounds = "[0, 1e6]",
     .help = "Bootstrap samples for the diameter of the minimum."},
    {DECK_REAL, "kmc.checkpoint", .dim = UNIT_DURATION, .value = "30 s", .bounds = "[0.1 s, 1 d]",
     .help = "Wall time between checkpoints of a long ensemble."},
    {DECK_END}};

/* --- shapes */

static double nm(const struct deck *deck, const char *path) {
    return deck_real(deck, "%s", path) / NM;
}

static int traced(const struct comm *comm, struct deck *deck, struct profile *p) {
    struct table *table = NULL;
    char *path = NULL;
    double *z = NULL, *d = NULL;
    int e = deck_file(comm, deck, "kmc.shape.file", &path), cz, cd;
    if (e || !path) return e;
    if (table_read(comm, path, &table)) {
        deck_mistake(deck, "kmc.shape.file", "%s", err_message());
        err_clear();
        goto done;
    }
    cz = table_column(table, "z_nm");
    cd = table_column(table, "diameter_nm");
    if (cz < 0 || cd < 0) {
        deck_mistake(deck, "kmc.shape.file", "%s needs the columns z_nm and diameter_nm", path);
        goto done;
    }
    TRY_ALL_TO(comm, done, MEM_NEW(z, table->n_rows));
    TRY_ALL_TO(comm, done, MEM_NEW(d, table->n_rows));
    for (int k = 0; k < table->n_rows; k++) {
        z[k] = table_number(table, k, cz);
        d[k] = table_number(table, k, cd);
    }
    if (table->n_rows < 2 || z[0] != 0)
        deck_mistake(deck, "kmc.shape.file", "%s needs two points at least, the first at z_nm = 0", path);
    else if (profile_rod(p, z[table->n_rows - 1], false, table->n_rows, z, d)) {
        deck_mistake(deck, "kmc.shape.file", "%s: %s", path, err_message());
        err_clear();
    }
done:
    mem_free(&path);
    mem_free(&z);
    mem_free(&d);
    table_destroy(&table);
    return e;
}

/* Shape number k of the deck; stays empty (length 0) after a mistake. */
static int shape(const struct comm *comm, struct deck *deck, int k, struct profile *p) {
    static const double zero = 0;
    const char *kind = deck_text(deck, "kmc.shape.kind");
    memset(p, 0, sizeof *p);
    if (!strcmp(kind, "rod")) {
        double d = deck_real_at(deck, k, "kmc.shape.diameters") / NM;
        bool free_ends = !strcmp(deck_text(deck, "kmc.shape.ends"), "free");
        return err_agree(comm, profile_rod(p, nm(deck, "kmc.shape.length"), !free_ends, 1, &zero, &d));
    }
    if (!strcmp(kind, "taper")) {
        double length = nm(deck, "kmc.shape.length"), z[2] = {0, length};
        double d[2] = {nm(deck, "kmc.shape.diameter"), nm(deck, "kmc.shape.end_diameter")};
        return err_agree(comm, profile_rod(p, length, false, 2, z, d));
    }
    if (!strcmp(kind, "neck")) {
        double length = nm(deck, "kmc.shape.length"), neck = nm(deck, "kmc.shape.neck_length"),
               flank = nm(deck, "kmc.shape.flank");
        if (neck + 2 * flank >= length) {
            deck_mistake(deck, "kmc.shape.neck_length",
                         "neck and flanks (%g nm) do not fit into the length of %g nm", neck + 2 * flank,
                         length);
            return ERR_OK;
        }
        return err_agree(comm, profile_neck(p, length, nm(deck, "kmc.shape.diameter"),
                                            nm(deck, "kmc.shape.neck_diameter"), neck, flank));
    }
    if (!strcmp(kind, "traced")) return traced(comm, deck, p);
    double column = deck_has(deck, "kmc.shape.columns") ? nm(deck, "kmc.shape.columns") : 0;
    if (!strcmp(kind, "film"))
        profile_film(p, nm(deck, "kmc.shape.lateral"), nm(deck, "kmc.shape.thickness"), column);
    else profile_bulk(p, nm(deck, "kmc.shape.lateral"), column);
    return ERR_OK;
}

static int n_shapes(const struct deck *deck) {
    return !strcmp(deck_text(deck, "kmc.shape.kind"), "rod") ? deck_count(deck, "kmc.shape.diameters") : 1;
}

static const char *shape_key(const struct deck *deck, char text[64], int k) {
    if (strcmp(deck_text(deck, "kmc.shape.kind"), "rod")) return "kmc.shape";
    snprintf(text, 64, "kmc.shape.diameters[%d]", k);
    return text;
}

/* The edge against the shape that allows least. */
static void check_edge(struct deck *deck, const struct ensemble *e, int shapes, double layer, double edge) {
    double least = INFINITY;
    int worst = -1;
    char key[64];
    for (int k = 0; k < shapes; k++) {
        const struct profile *p = &e->row[k].profile;
        double coarsest = p->length > 0 ? voxels_coarsest(p, p->kind == PROFILE_BULK ? 0 : layer) : INFINITY;
        if (!(coarsest < least)) continue;
        least = coarsest;
        worst = k;
    }
    if (worst < 0) return;
    double thin = profile_thinnest(&e->row[worst].profile);
    if (edge > least * (1 + 1e-9))
        deck_mistake(deck, "kmc.voxel",
                     "voxels of %g nm are too coarse for a part %g nm thick; an edge of %.3g nm would do",
                     edge, thin, floor(least * 1000) / 1000);
    else if (least < 0.05)
        deck_mistake(deck, shape_key(deck, key, worst),
                     "%g nm with a layer of %g nm leaves a core too thin for voxels", thin, layer);
}

static int read_rows(const struct comm *comm, struct deck *deck, struct setup *s) {
    struct ensemble *e = &s->ensemble;
    int shapes = n_shapes(deck), n = 0;
    double edge = deck_has(deck, "kmc.voxel") ? nm(deck, "kmc.voxel") : 0;
    e->n_main = shapes * s->n_schedules;
    e->n_rows = e->n_main * (1 + s->causes.n);
    TRY_ALL(comm, MEM_NEW(e->row, e->n_rows));
    for (int m = 0; m < s->n_schedules; m++)
        for (int k = 0; k < shapes; k++, n++) {
            struct ensemble_row *r = &e->row[n];
            TRY(shape(comm, deck, k, &r->profile));
            if (r->profile.length <= 0) continue; /* a mistake, noted */
            r->schedule = s->schedule[m];
            r->material = &s->material;
            r->of = n;
            r->edge = edge;
            r->diameter = profile_widest(&r->profile);
        }
    TRY_ALL(comm, cause_rows(&s->causes, e));
    if (n) check_edge(deck, e, shapes, s->material.layer, edge);
    for (int a = 0; a < shapes; a++)
        for (int b = 0; b < a; b++)
            if (e->row[a].profile.length > 0 &&
                profile_hash(&e->row[a].profile) == profile_hash(&e->row[b].profile))
                deck_mistake(deck, "kmc.shape.diameters", "%g nm is listed twice", e->row[a].diameter);
    return ERR_OK;
}

/* --- rates */

static int check_rates(struct deck *deck, const struct setup *s) {
    double *d = NULL;
    int n = 0;
    TRY(MEM_NEW(d, 2 * s->ensemble.n_main));
    for (int k = 0; k < s->ensemble.n_main; k++) {
        if (s->ensemble.row[k].profile.length <= 0) continue;
        d[n++] = profile_thinnest(&s->ensemble.row[k].profile);
        d[n++] = s->ensemble.row[k].diameter;
    }
    for (int m = 0; m < s->n_schedules && n; m++) {
        double low, high;
        if (!s->schedule[m]) continue;
        schedule_range(s->schedule[m], &low, &high);
        material_check(&s->material, deck, "kmc.material", low, high, n, d);
        for (int c = 0; c < s->causes.n && deck_clean(deck, "kmc.material"); c++)
            material_check(&s->causes.material[c], deck, "kmc.material", low, high, n, d);
    }
    mem_free(&d);
    return ERR_OK;
}

static void read_rules(struct deck *deck, struct detect_rules *r) {
    r->criterion = (enum detect_criterion)deck_choice(deck, "kmc.detect.criterion");
    r->signal = (enum detect_signal)deck_choice(deck, "kmc.detect.signal");
    r->fraction = deck_real(deck, "kmc.detect.fraction");
    r->contrast = deck_real(deck, "kmc.detect.contrast");
    r->noise = deck_real(deck, "kmc.detect.noise");
    r->low = deck_real_at(deck, 0, "kmc.detect.rise");
    r->high = deck_real_at(deck, 1, "kmc.detect.rise");
    r->frame = deck_real(deck, "kmc.detect.frame") / SECOND;
    r->spot_volume = deck_real(deck, "kmc.detect.spot_volume") / (NM * NM * NM);
    r->tolerance = deck_real(deck, "kmc.detect.bragg_tolerance");
    r->to_the_end = deck_choice(deck, "kmc.stop") == 1;
    if (!(r->low < r->high)) deck_mistake(deck, "kmc.detect.rise", "must rise: [%g, %g]", r->low, r->high);
    if (r->noise > 0 && r->noise * 3 > r->low * r->contrast)
        deck_mistake(deck, "kmc.detect.noise",
                     "three standard deviations (%g) reach the begin of the rise (%g); raise kmc.detect.rise",
                     3 * r->noise, r->low * r->contrast);
}

int setup_read(const struct comm *comm, struct deck *deck, struct setup *s) {
    memset(s, 0, sizeof *s);
    struct ensemble *e = &s->ensemble;
    char at[64];
    TRY(material_read(comm, deck, "kmc.material", &s->material));
    s->n_schedules = deck_count(deck, "kmc.schedules");
    TRY_ALL(comm, MEM_NEW(s->schedule, s->n_schedules));
    if (s->n_schedules == 0) deck_mistake(deck, "kmc.schedules", "give one schedule at least");
    for (int m = 0; m < s->n_schedules; m++) {
        snprintf(at, sizeof at, "kmc.schedules[%d]", m);
        TRY(schedule_read(comm, deck, at, &s->schedule[m]));
        for (int k = 0; k < m; k++)
            if (s->schedule[m] && s->schedule[k] && !strcmp(s->schedule[m]->name, s->schedule[k]->name))
                deck_mistake(deck, at, "the name '%s' occurs twice", s->schedule[m]->name);
    }
    e->comm = comm;
    e->seed = (uint64_t)deck_int(deck, "seed");
    e->n_replicas = deck_int(deck, "kmc.replicas");
    e->round = deck_real(deck, "kmc.checkpoint");
    e->n_kept = deck_int(deck, "kmc.grains");
    s->n_details = deck_int(deck, "kmc.details.replicas");
    if (s->n_details > e->n_replicas) s->n_details = e->n_replicas;
    s->map_edge = !deck_bool(deck, "kmc.details.maps")     ? -1
                  : deck_has(deck, "kmc.details.map_edge") ? nm(deck, "kmc.details.map_edge")
                                                           : 0;
    s->n_bootstrap = deck_int(deck, "kmc.bootstrap");
    s->filmed = movie_deck_read(deck, s->n_schedules, s->schedule, &s->movie);
    if (s->filmed && s->n_details < 1)
        deck_mistake(deck, "kmc.details.replicas",
                     "kmc.microscope films the first of these; give 1 at least");
    read_rules(deck, &e->rules);
    cause_read(deck, &s->material, &s->causes);
    TRY(read_rows(comm, deck, s));
    TRY_ALL(comm, check_rates(deck, s));
    if (s->material.interface.kind != MATERIAL_NONE && !deck_has(deck, "kmc.shape.columns"))
        deck_mistake(deck, "kmc.material", "nucleation at interfaces needs kmc.shape.columns");
    return ERR_OK;
}

void setup_clear(struct setup *s) {
    ensemble_clear(&s->ensemble);
    for (int m = 0; s->schedule && m < s->n_schedules; m++) schedule_destroy(&s->schedule[m]);
    mem_free(&s->schedule);
    material_clear(&s->material);
}
