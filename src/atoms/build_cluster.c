/* build_cluster - sites from closed forms or short tables, turned, scaled, put into a frame.
 *
 * Mackay icosahedra: shell m has points on the 20 faces at (i a + j b + k c), i + j + k = m, a, b, c the
 * vertices of a face. Frank-Kasper shells are the minima of the repulsion of N points on a sphere (Thomson's
 * problem), which for N = 14, 15, 16 have the Voronoi indices <0,0,12,N-12>. <0,4,4,5>: bcc with one of the
 * six second neighbours taken away, relaxed by random steps towards the least displacement at which the index
 * is <0,4,4,5> and stays so when every site moves by 0.03 of the lattice constant; its first eight sites are
 * those of the cube. */
#include "atoms/build_cluster.h"
#include "atoms/build_file.h"
#include "atoms/traj.h"
#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct deck_row cluster_rows[] = {
    {DECK_CHOICE, "motif", .value = DECK_REQUIRED,
     .choices = "icosahedron|0445|bcc|fcc|frank_kasper_14|frank_kasper_15|frank_kasper_16|extract",
     .help = "0445: stretched bcc, Voronoi index <0,4,4,5>. extract: cut out of the file `from`."},
    {DECK_TEXT, "centre", .help = "Element in the centre. Default: the first of the material.",
     .when = "motif!=extract"},
    {DECK_TEXT, "shell", .help = "Element around it. Default: the last of the material.",
     .when = "motif!=extract"},
    {DECK_REAL, "bond", .dim = UNIT_LENGTH, .bounds = "(0 A, 20 A]", .when = "motif!=extract",
     .help = "Distance from the centre to its nearest neighbours (0445: mean of eight). Default: the sum of "
             "the metallic radii."},
    {DECK_INT, "shells", .value = "1", .bounds = "[1, 12]", .when = "motif=icosahedron|bcc|fcc",
     .help = "Size: Mackay shells (12, 42, 92, ... atoms) of the icosahedron; bcc and fcc out to this many "
             "times the "
             "second (bcc) or first (fcc) neighbours."},
    {DECK_FILE, "from", .when = "motif=extract", .value = DECK_REQUIRED,
     .help = "Trajectory whose last frame holds the cluster."},
    {DECK_INT, "atom", .when = "motif=extract", .value = DECK_REQUIRED, .bounds = "[1, inf)",
     .help = "Id of its central atom, as in NAME.voronoi.xyz."},
    {DECK_REAL, "radius", .dim = UNIT_LENGTH, .value = "4 A; lj 1.4", .bounds = "(0 A, inf)",
     .when = "motif=extract", .help = "Atoms nearer to the centre than this belong to it."},
    {DECK_REALS, "axis", .value = "[0, 0, 1]", .choices = "3",
     .help = "Direction of the cluster's own frame that shall point along z. Icosahedron: five-fold [0, 1, "
             "1.618034], "
             "three-fold [1, 1, 1], two-fold [0, 0, 1]."},
    {DECK_REAL, "spin", .dim = UNIT_ANGLE, .value = "0 deg", .help = "Turn about z after that."},
    {DECK_REAL, "vacuum", .dim = UNIT_LENGTH, .value = "10 A; lj 5", .bounds = "[0 A, inf)",
     .help = "Empty margin around a cluster that stands alone."},
    {DECK_FILE, "host",
     .help = "Trajectory whose last frame the cluster is put into (in a stage: the atoms that are there)."},
    {DECK_REALS, "at", .dim = UNIT_LENGTH, .choices = "3",
     .help = "Where in the host its centre goes. Default: the middle of the box."},
    {DECK_REAL, "gap", .value = "0.75", .bounds = "[0.5, 2]",
     .help = "Atoms of the host nearer to one of the cluster than this share of the sum of their radii go."},
    {DECK_END}};

/* --- motifs */

#define GOLD 1.6180339887498949

/* unit vectors */
static const double fk14[14][3] = {
    {0.890303, 0.000000, -0.455368}, {0.000000, -0.890303, 0.455368},   {-0.445152, 0.771025, -0.455368},
    {0.000000, 0.000000, 1.000000},  {-0.771025, 0.445151, 0.455368},   {-0.771025, -0.445152, 0.455368},
    {0.445152, 0.771025, -0.455368}, {-0.445152, -0.771025, -0.455368}, {-0.890303, 0.000000, -0.455368},
    {0.771025, -0.445151, 0.455368}, {0.000000, 0.890303, 0.455368},    {0.000000, 0.000000, -1.000000},
    {0.771025, 0.445152, 0.455367},  {0.445152, -0.771025, -0.455367}};
static const double fk15[15][3] = {
    {-0.909146, 0.089497, 0.406749},   {0.557732, 0.068121, -0.827221},   {0.377066, -0.832092, 0.406748},
    {-0.337860, -0.448950, 0.827221},  {0.557732, -0.068121, 0.827221},   {1.000000, 0.000000, 0.000000},
    {-0.219872, 0.517070, 0.827221},   {-0.909146, -0.089497, -0.406748}, {0.532080, -0.742595, -0.406749},
    {0.532080, 0.742595, 0.406748},    {0.377066, 0.832092, -0.406749},   {-0.500000, 0.866025, 0.000000},
    {-0.219872, -0.517070, -0.827221}, {-0.337860, 0.448950, -0.827221},  {-0.500000, -0.866026, 0.000000}};
static const double fk16[16][3] = {
    {0.335122, -0.243400, 0.910192},   {0.335122, 0.243401, -0.910192},   {0.577350, 0.577350, 0.577350},
    {-0.243400, -0.910192, -0.335122}, {0.910192, 0.335122, -0.243400},   {-0.243400, 0.910192, 0.335122},
    {0.577350, -0.577350, -0.577350},  {-0.335122, -0.243400, -0.910192}, {0.910192, -0.335122, 0.243400},
    {-0.910192, 0.335122, 0.243400},   {-0.577350, -0.577350, 0.577350},  {-0.577350, 0.577350, -0.577350},
    {-0.335122, 0.243400, 0.910192},   {-0.910192, -0.335122, -0.243401}, {0.243400, -0.910192, 0.335122},
    {0.243400, 0.910192, -0.335122}};
/* in lattice constants of bcc */
static const double s0445[13][3] = {
    {-0.5223, -0.4606, -0.5931}, {-0.5759, -0.5504, 0.5958}, {-0.5025, 0.4792, -0.4476},
    {-0.4894, 0.5109, 0.4880},   {0.5109, -0.5115, -0.5278}, {0.4418, -0.5014, 0.5574},
    {0.5434, 0.4858, -0.4934},   {0.5169, 0.5233, 0.5073},   {1.0474, 0.0131, -0.0550},
    {-0.8412, -0.0983, 0.0192},  {-0.0804, 1.0314, -0.0282}, {-0.0482, -0.9362, 0.0337},
    {0.0315, -0.0601, -1.0057}};

struct list {
    double (*x)[3];
    int n;
    int64_t capacity;
};

static int add(struct list *l, const double x[3]) {
    for (int k = 0; k < l->n; k++)
        if (fabs(l->x[k][0] - x[0]) + fabs(l->x[k][1] - x[1]) + fabs(l->x[k][2] - x[2]) < 1e-6) return ERR_OK;
    if (l->n == l->capacity) {
        TRY(MEM_GROW(l->x, l->capacity, 2 * l->capacity + 64));
        l->capacity = 2 * l->capacity + 64;
    }
    memcpy(l->x[l->n++], x, 3 * sizeof *x);
    return ERR_OK;
}

static int mackay(int shells, struct list *l) {
    double v[12][3], edge = 2, norm = sqrt(1 + GOLD * GOLD);
    int n = 0;
    for (int a = 0; a < 3; a++)
        for (int s = 0; s < 4; s++, n++) {
            v[n][a] = 0;
            v[n][(a + 1) % 3] = s & 1 ? 1 : -1;
            v[n][(a + 2) % 3] = s & 2 ? GOLD : -GOLD;
        }
    for (int m = 1; m <= shells; m++)
        for (int a = 0; a < 12; a++)
            for (int b = a + 1; b < 12; b++)
                for (int c = b + 1; c < 12; c++) {
                    double ab = hypot(hypot(v[a][0] - v[b][0], v[a][1] - v[b][1]), v[a][2] - v[b][2]);
                    double bc = hypot(hypot(v[c][0] - v[b][0], v[c][1] - v[b][1]), v[c][2] - v[b][2]);
                    double ca = hypot(hypot(v[a][0] - v[c][0], v[a][1] - v[c][1]), v[a][2] - v[c][2]);
                    if (fmax(ab, fmax(bc, ca)) > edge + 0.01) continue;
                    for (int i = 0; i <= m; i++)
                        for (int j = 0; j <= m - i; j++) {
                            double x[3];
                            for (int d = 0; d < 3; d++)
                                x[d] = (i * v[a][d] + j * v[b][d] + (m - i - j) * v[c][d]) / norm;
                            TRY(add(l, x));
                        }
                }
    return ERR_OK;
}

/* Sites of a cubic lattice within `reach` of the origin; lengths in units of the nearest distance. */
static int cubic(const double (*basis)[3], int n, double a, double reach, struct list *l) {
    int most = (int)ceil(reach / a) + 1;
    for (int x = -most; x <= most; x++)
        for (int y = -most; y <= most; y++)
            for (int z = -most; z <= most; z++)
                for (int b = 0; b < n; b++) {
                    double at[3] = {(x + basis[b][0]) * a, (y + basis[b][1]) * a, (z + basis[b][2]) * a};
                    if (at[0] * at[0] + at[1] * at[1] + at[2] * at[2] < reach * reach * (1 + 1e-9))
                        TRY(add(l, at));
                }
    return ERR_OK;
}

static int table(const double (*sites)[3], int n, double scale, struct list *l) {
    for (int k = 0; k < n; k++) {
        double x[3] = {sites[k][0] * scale, sites[k][1] * scale, sites[k][2] * scale};
        TRY(add(l, x));
    }
    return ERR_OK;
}

int build_cluster_sites(const char *motif, int shells, double (**sites)[3], int *n) {
    static const double bcc[][3] = {{0, 0, 0}, {.5, .5, .5}};
    static const double fcc[][3] = {{0, 0, 0}, {0, .5, .5}, {.5, 0, .5}, {.5, .5, 0}};
    static const double centre[3] = {0, 0, 0};
    struct list l = {0};
    int e = add(&l, centre);
    if (!e && !strcmp(motif, "icosahedron")) e = mackay(shells, &l);
    else if (!e && !strcmp(motif, "bcc")) e = cubic(bcc, 2, 2 / sqrt(3), shells * 2 / sqrt(3), &l);
    else if (!e && !strcmp(motif, "fcc")) e = cubic(fcc, 4, sqrt(2), shells, &l);
    else if (!e && shells > 1) e = err_set(ERR_DECK, __FILE__, __LINE__, "%s has one shell", motif);
    else if (!e && !strcmp(motif, "frank_kasper_14")) e = table(fk14, 14, 1, &l);
    else if (!e && !strcmp(motif, "frank_kasper_15")) e = table(fk15, 15, 1, &l);
    else if (!e && !strcmp(motif, "frank_kasper_16")) e = table(fk16, 16, 1, &l);
    else if (!e && !strcmp(motif, "0445")) {
        double mean = 0;
        for (int k = 0; k < 8; k++) mean += hypot(hypot(s0445[k][0], s0445[k][1]), s0445[k][2]) / 8;
        e = table(s0445, 13, 1 / mean, &l);
    } else if (!e) e = err_set(ERR_DECK, __FILE__, __LINE__, "no motif is called '%s'", motif);
    if (e) mem_free(&l.x);
    *sites = l.x;
    *n = l.n;
    return e;
}

void build_cluster_turn(double (*sites)[3], int n, const double axis[3], double spin) {
    double w[3], u[3], v[3], norm = hypot(hypot(axis[0], axis[1]), axis[2]), c = cos(spin), s = sin(spin);
    int least = 0;
    for (int a = 0; a < 3; a++) w[a] = axis[a] / norm;
    for (int a = 1; a < 3; a++)
        if (fabs(w[a]) < fabs(w[least]) - 1e-12) least = a;
    /* u: the unit vector of the axis farthest from w, less its part along w; so [0, 0, 1] turns nothing */
    for (int a = 0; a < 3; a++) u[a] = (a == least) - w[least] * w[a];
    norm = hypot(hypot(u[0], u[1]), u[2]);
    for (int a = 0; a < 3; a++) u[a] /= norm;
    for (int a = 0; a < 3; a++) v[a] = w[(a + 1) % 3] * u[(a + 2) % 3] - w[(a + 2) % 3] * u[(a + 1) % 3];
    for (int k = 0; k < n; k++) {
        double x = 0, y = 0, z = 0;
        for (int a = 0; a < 3; a++) {
            x += u[a] * sites[k][a];
            y += v[a] * sites[k][a];
            z += w[a] * sites[k][a];
        }
        sites[k][0] = c * x - s * y;
        sites[k][1] = s * x + c * y;
        sites[k][2] = z;
    }
}

/* --- from a deck */

static int species_of(const struct deck *deck, const char *path, const char *key,
                      const struct species *species, int otherwise) {
    return deck_has(deck, "%s.%s", path, key) ? species_find(species, deck_text(deck, "%s.%s", path, key))
                                              : otherwise;
}

static void cluster_check(struct deck *deck, const char *path, const struct species *species, double len[3],
                          double *n) {
    char key[256];
    bool cut = !strcmp(deck_text(deck, "%s.motif", path), "extract");
    double axis = 0;
    for (int a = 0; a < 3; a++) axis += fabs(deck_real_at(deck, a, "%s.axis", path));
    snprintf(key, sizeof key, "%s.axis", path);
    if (axis == 0) deck_mistake(deck, key, "[0, 0, 0] is no direction; write for instance [0, 0, 1]");
    const char *const keys[] = {"centre", "shell"};
    for (int k = 0; k < 2 && !cut && species->n; k++) {
        snprintf(key, sizeof key, "%s.%s", path, keys[k]);
        if (species_of(deck, path, keys[k], species, 0) < 0)
            deck_mistake(deck, key, "'%s' is not in the material; add it there", deck_text(deck, "%s", key));
    }
    if (strcmp(path, "build")) {
        snprintf(key, sizeof key, "%s.host", path);
        if (deck_has(deck, "%s", key))
            deck_mistake(deck, key,
                         "in a stage the cluster goes into the atoms that are there; leave out host");
    } else {
        for (int a = 0; a < 3; a++) len[a] = 1e30; /* not known before it is made */
        *n = 0;
    }
}

struct atom {
    double x[3];
    int32_t type;
    int64_t id;
};
struct cluster {
    struct atom *atom;
    int64_t n;
};

/* Collective. The last frame of a file, its types numbered as in `wanted`. */
static int read_last(const struct comm *comm, struct deck *deck, const char *path, const char *key,
                     const struct species *wanted, struct frame *frame) {
    char *found = NULL, at[256];
    struct traj *traj = NULL;
    int fields, e = ERR_OK;
    snprintf(at, sizeof at, "%s.%s", path, key);
    TRY(deck_file(comm, deck, at, &found));
    if (!found) return deck_verdict(deck);
    TRY_TO(out, traj_open(comm, found, NULL, NULL, &traj));
    TRY_TO(out, traj_read(traj, traj_frames(traj) - 1, frame, &fields));
    TRY_ALL_TO(comm, out, build_file_match(frame, wanted));
    frame->step = 0;
    frame->time = 0;
out:
    traj_close(&traj);
    mem_free(&found);
    return e;
}

static int around(const struct frame *frame, const double centre[3], int64_t id, double radius,
                  struct atom **near, int64_t *n) {
    *n = 0;
    TRY(MEM_NEW(*near, frame->n));
    for (int i = 0; i < frame->n; i++) {
        double d[3];
        for (int a = 0; a < 3; a++) d[a] = frame->x[i][a] - centre[a];
        box_nearest(&frame->box, d);
        if (d[0] * d[0] + d[1] * d[1] + d[2] * d[2] >= radius * radius) continue;
        struct atom *o = *near + (*n)++;
        memcpy(o->x, d, sizeof d);
        o->type = frame->type[i];
        o->id = frame->id[i] == id ? 0 : frame->id[i];
    }
    return ERR_OK;
}

/* Collective. The atoms around one atom of a file; the centre need not come first. */
static int extract(const struct comm *comm, struct deck *deck, const char *path,
                   const struct species *species, struct cluster *c) {
    struct frame source;
    struct atom *mine = NULL;
    int64_t id = deck_int(deck, "%s.atom", path), n = 0;
    double centre[3] = {-INFINITY, -INFINITY, -INFINITY};
    int e;
    frame_init(&source);
    TRY_TO(out, read_last(comm, deck, path, "from", species, &source));
    for (int i = 0; i < source.n; i++)
        if (source.id[i] == id) memcpy(centre, source.x[i], sizeof centre);
    comm_max(comm, centre, 3);
    if (!isfinite(centre[0])) {
        e = err_set(ERR_DECK, __FILE__, __LINE__, "%s.atom: the file has atoms 1 to %lld, none of id %lld",
                    path, (long long)source.n_global, (long long)id);
        goto out;
    }
    TRY_ALL_TO(comm, out, around(&source, centre, id, deck_real(deck, "%s.radius", path), &mine, &n));
    e = comm_gather_items(comm, mine, n, sizeof *mine, &c->atom, &c->n);
out:
    mem_free(&mine);
    frame_destroy(&source);
    return e;
}

static int ideal(const struct deck *deck, const char *path, const struct species *species,
                 struct cluster *c) {
    double(*sites)[3] = NULL;
    int n, centre = species_of(deck, path, "centre", species, 0);
    int shell = species_of(deck, path, "shell", species, species->n - 1);
    int shells = deck_has(deck, "%s.shells", path) ? (int)deck_int(deck, "%s.shells", path) : 1;
    double bond = deck_has(deck, "%s.bond", path) ? deck_real(deck, "%s.bond", path)
                                                  : species->radius[centre] + species->radius[shell];
    TRY(build_cluster_sites(deck_text(deck, "%s.motif", path), shells, &sites, &n));
    int e = MEM_NEW(c->atom, n);
    for (int k = 0; k < n && !e; k++) {
        for (int a = 0; a < 3; a++) c->atom[k].x[a] = sites[k][a] * bond;
        c->atom[k].type = k ? shell : centre;
    }
    c->n = n;
    mem_free(&sites);
    return e;
}

static int turn(const struct deck *deck, const char *path, struct cluster *c) {
    double axis[3], (*x)[3] = NULL;
    for (int a = 0; a < 3; a++) axis[a] = deck_real_at(deck, a, "%s.axis", path);
    TRY(MEM_NEW(x, c->n));
    for (int64_t k = 0; k < c->n; k++) memcpy(x[k], c->atom[k].x, sizeof x[k]);
    build_cluster_turn(x, (int)c->n, axis, deck_real(deck, "%s.spin", path));
    for (int64_t k = 0; k < c->n; k++) memcpy(c->atom[k].x, x[k], sizeof x[k]);
    mem_free(&x);
    return ERR_OK;
}

/* This rank's share of the cluster, around `at`; ids follow those of the frame. */
static int append(const struct comm *comm, const struct cluster *c, const double at[3], struct frame *frame) {
    int64_t from = frame_block(c->n, comm->size, comm->rank),
            to = frame_block(c->n, comm->size, comm->rank + 1);
    TRY(frame_reserve(frame, frame->n + to - from));
    for (int64_t k = from; k < to; k++) {
        int i = frame->n++;
        for (int a = 0; a < 3; a++) frame->x[i][a] = at[a] + c->atom[k].x[a];
        frame->x[i][3] = 0;
        memset(frame->v[i], 0, sizeof frame->v[i]);
        memset(frame->f[i], 0, sizeof frame->f[i]);
        memset(frame->image[i], 0, sizeof frame->image[i]);
        box_wrap(&frame->box, frame->x[i], frame->image[i]);
        frame->id[i] = frame->n_global + k + 1;
        frame->type[i] = c->atom[k].type;
    }
    return ERR_OK;
}

static int alone(const struct comm *comm, const struct deck *deck, const char *path, const struct cluster *c,
                 struct frame *frame) {
    double reach = 0, at[3];
    for (int64_t k = 0; k < c->n; k++)
        for (int a = 0; a < 3; a++) reach = fmax(reach, fabs(c->atom[k].x[a]));
    double edge = 2 * (reach + deck_real(deck, "%s.vacuum", path)), matter = 0;
    for (int64_t k = 0; k < c->n; k++)
        matter += 4. / 3 * M_PI * pow(frame->species.radius[c->atom[k].type], 3) / 0.74;
    for (int a = 0; a < 3; a++) {
        frame->box.lo[a] = 0;
        frame->box.len[a] = edge;
        frame->box.periodic[a] = false;
        at[a] = edge / 2;
    }
    frame->filled = fmin(1, matter / (edge * edge * edge));
    frame->n_global = 0;
    TRY_ALL(comm, append(comm, c, at, frame));
    frame->n_global = c->n;
    return ERR_OK;
}

static void mark_kept(const struct frame *frame, const struct cluster *c, const double at[3], double gap,
                      uint8_t *keep) {
    for (int i = 0; i < frame->n; i++) {
        keep[i] = 1;
        for (int64_t k = 0; k < c->n && keep[i]; k++) {
            double d[3], reach = gap * (frame->species.radius[frame->type[i]] +
                                        frame->species.radius[c->atom[k].type]);
            for (int a = 0; a < 3; a++) d[a] = frame->x[i][a] - at[a] - c->atom[k].x[a];
            box_nearest(&frame->box, d);
            keep[i] = d[0] * d[0] + d[1] * d[1] + d[2] * d[2] >= reach * reach;
        }
    }
}

static int embed(const struct comm *comm, const struct deck *deck, const char *path, const struct cluster *c,
                 struct frame *frame) {
    uint8_t *keep = NULL;
    double at[3];
    for (int a = 0; a < 3; a++)
        at[a] = deck_has(deck, "%s.at", path) ? deck_real_at(deck, a, "%s.at", path)
                                              : frame->box.lo[a] + frame->box.len[a] / 2;
    TRY(mem_agree(comm, &keep, MEM_NEW(keep, frame->n)));
    mark_kept(frame, c, at, deck_real(deck, "%s.gap", path), keep);
    int e = frame_select(comm, frame, keep);
    mem_free(&keep);
    if (!e) e = err_agree(comm, append(comm, c, at, frame));
    if (!e) frame->n_global += c->n;
    return e;
}

static int cluster_run(const struct comm *comm, struct deck *deck, const char *path, struct frame *frame) {
    struct cluster c = {0};
    bool host = deck_has(deck, "%s.host", path), stage = strcmp(path, "build") != 0;
    struct species species = frame->species;
    int e;
    if (!strcmp(deck_text(deck, "%s.motif", path), "extract")) e = extract(comm, deck, path, &species, &c);
    else e = err_agree(comm, ideal(deck, path, &species, &c));
    if (!e) e = err_agree(comm, turn(deck, path, &c));
    if (!e && host) e = read_last(comm, deck, path, "host", &species, frame);
    if (!e) e = host || stage ? embed(comm, deck, path, &c, frame) : alone(comm, deck, path, &c, frame);
    mem_free(&c.atom);
    return e;
}

const struct build_kind build_cluster_kind = {"cluster",    true,          true,
                                              cluster_rows, cluster_check, cluster_run};
