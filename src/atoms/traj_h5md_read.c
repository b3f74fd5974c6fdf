/* traj_h5md_read - reading H5MD files, ours and others'. Declared in traj_h5md.h.
 *
 * Others leave out what the standard allows: ids, species, velocities; edges as [3], [T][3], [3][3] or
 * [T][3][3]; step and time as one number (an increment); units of their own. Species: names of the
 * enumeration, else the caller's names in the order of the numbers, else masses, else atomic numbers. Numbers
 * that are 0 or 1, 2, 3 ... without names could be types or hydrogen and helium: they are refused. */
#include "atoms/traj_h5md.h"
#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define KJ_MOL_EV 96.48533212331

struct unit {
    const char *name;
    double factor; /* to A, ps, A/ps, eV/A */
};
static const struct unit lengths[] = {{"Angstrom", 1}, {"angstrom", 1}, {"A", 1},    {"\xc3\x85", 1},
                                      {"nm", 10},      {"pm", 0.01},    {"um", 1e4}, {"m", 1e10},
                                      {"", 1},         {NULL, 0}};
static const struct unit times[] = {{"ps", 1},   {"fs", 1e-3}, {"ns", 1e3}, {"us", 1e6},
                                    {"s", 1e12}, {"", 1},      {NULL, 0}};
static const struct unit speeds[] = {{"Angstrom ps-1", 1},
                                     {"A ps-1", 1},
                                     {"angstrom ps-1", 1},
                                     {"Angstrom/ps", 1},
                                     {"A/ps", 1},
                                     {"nm ps-1", 10},
                                     {"nm/ps", 10},
                                     {"Angstrom fs-1", 1e3},
                                     {"A/fs", 1e3},
                                     {"nm fs-1", 1e4},
                                     {"Angstrom ns-1", 1e-3},
                                     {"m s-1", 0.01},
                                     {"", 1},
                                     {NULL, 0}};
static const struct unit forces[] = {{"eV Angstrom-1", 1},
                                     {"eV/Angstrom", 1},
                                     {"eV/A", 1},
                                     {"eV A-1", 1},
                                     {"kJ mol-1 Angstrom-1", 1 / KJ_MOL_EV},
                                     {"kJ/(mol*Angstrom)", 1 / KJ_MOL_EV},
                                     {"kJ mol-1 nm-1", 0.1 / KJ_MOL_EV},
                                     {"kJ mol-1 A-1", 1 / KJ_MOL_EV},
                                     {"kcal mol-1 Angstrom-1", 4.184 / KJ_MOL_EV},
                                     {"", 1},
                                     {NULL, 0}};

static const struct unit energies[] = {{"eV", 1}, {"", 1}, {NULL, 0}};

/* Collective. Factor of the unit on BASE/NAME(/value); 1 without a unit. */
static int unit_factor(struct h5 *h5, const char *object, const struct unit *units, double *factor) {
    char *text = NULL;
    *factor = 1;
    if (!h5_has_attr(h5, object, "unit")) return ERR_OK;
    TRY(h5_read_attr_text(h5, object, "unit", &text));
    int e = ERR_OK;
    const struct unit *u = units;
    while (u->name && strcmp(u->name, text) != 0) u++;
    if (u->name) *factor = u->factor;
    else
        e = err_set(ERR_INPUT, __FILE__, __LINE__,
                    "%s: '%s' has the unit '%s', which is not known here; convert it first", h5_path(h5),
                    object, text);
    mem_free(&text);
    return e;
}

/* Collective. Path of an element's values and whether it has frames: BASE/NAME/value, or BASE/NAME itself. */
static bool find_element(struct h5 *h5, const char *base, const char *name, char path[400], bool *series) {
    snprintf(path, 400, "%s/%s/value", base, name);
    *series = h5_exists(h5, path);
    if (*series) return true;
    snprintf(path, 400, "%s/%s", base, name);
    return h5_is_dataset(h5, path);
}

/* Collective. The stage to read: the one asked for, else the one with the highest `order`, else the last by
 * name. */
static int choose_group(struct traj *traj, const char *wanted) {
    int n, best = -1;
    char **names;
    int64_t highest = -1, order;
    if (!h5_exists(traj->h5, "/particles"))
        FAIL(ERR_INPUT, "%s: has no group /particles, so it holds no trajectory", traj->path);
    TRY(h5_members(traj->h5, "/particles", &n, &names));
    int e = ERR_OK;
    for (int k = 0; k < n && !e; k++) {
        char base[300];
        snprintf(base, sizeof base, "/particles/%.200s", names[k]);
        order = 0;
        if (h5_has_attr(traj->h5, base, "order")) e = h5_read_attr_i64(traj->h5, base, "order", &order, 1);
        if (wanted ? strcmp(names[k], wanted) == 0 : order >= highest) {
            best = k;
            highest = order;
        }
    }
    if (!e && best < 0) {
        char list[400] = "";
        for (int k = 0; k < n; k++)
            snprintf(list + strlen(list), sizeof list - strlen(list), " %s", names[k]);
        e = err_set(ERR_INPUT, __FILE__, __LINE__, "%s: has no stage '%s'; it has%s", traj->path,
                    wanted ? wanted : "", n ? list : " none");
    }
    if (!e) e = err_agree(&traj->comm, mem_strdup(&traj->group, names[best]));
    mem_free(&names);
    return e;
}

/* Collective. The distinct numbers of the species dataset, by their size; SPECIES_MAX + 1 when there are
 * more. */
static int distinct_species(struct traj *traj, const char *path, bool series, int64_t *found, int *n_found) {
    const struct comm *comm = &traj->comm;
    int64_t first = traj->n_atoms * comm->rank / comm->size,
            n = traj->n_atoms * (comm->rank + 1) / comm->size - first;
    int64_t *value = NULL;
    int e = err_agree(comm, MEM_NEW(value, n));
    if (!e)
        e = series ? h5_read_frame(traj->h5, path, H5_I64, 0, first, n, value)
                   : h5_read_rows(traj->h5, path, H5_I64, first, n, value);
    int64_t above = INT64_MIN;
    for (*n_found = 0; !e && *n_found <= SPECIES_MAX;
         (*n_found)++) {          /* the next larger number, over all ranks */
        int64_t next = INT64_MIN; /* of the negated numbers, so that the maximum is the smallest */
        for (int64_t i = 0; i < n; i++)
            if (value[i] > above && -value[i] > next) next = -value[i];
        comm_max_i64(comm, &next, 1);
        if (next == INT64_MIN) break;
        above = found[*n_found] = -next;
    }
    mem_free(&value);
    return e;
}

/* Collective. Mass of a number, from the `mass` dataset of the file; 0 when there is none. */
static int mass_of_number(struct traj *traj, const char *base, const char *species, bool series,
                          int64_t number, double *mass) {
    const struct comm *comm = &traj->comm;
    char path[400];
    bool mass_series;
    int64_t first = traj->n_atoms * comm->rank / comm->size,
            n = traj->n_atoms * (comm->rank + 1) / comm->size - first;
    int64_t *value = NULL;
    double *m = NULL;
    *mass = 0;
    if (!find_element(traj->h5, base, "mass", path, &mass_series) || mass_series) return ERR_OK;
    int e = MEM_NEW(value, n);
    if (!e) e = MEM_NEW(m, n);
    e = err_agree(comm, e);
    if (!e)
        e = series ? h5_read_frame(traj->h5, species, H5_I64, 0, first, n, value)
                   : h5_read_rows(traj->h5, species, H5_I64, first, n, value);
    if (!e) e = h5_read_rows(traj->h5, path, H5_F64, first, n, m);
    for (int64_t i = 0; i < n && !e; i++)
        if (value[i] == number) *mass = m[i];
    comm_max(comm, mass, 1);
    mem_free(&value);
    mem_free(&m);
    return e;
}

/* Collective. Species from numbers without names. */
static int name_numbers(struct traj *traj, const char *base, const char *path, bool series) {
    int64_t number[SPECIES_MAX + 1];
    int n, s;
    TRY(distinct_species(traj, path, series, number, &n));
    if (n > SPECIES_MAX) FAIL(ERR_INPUT, "%s: '%s' has more than %d species", traj->path, path, SPECIES_MAX);
    bool types = n > 0 && (number[0] == 0 || number[0] == 1);
    for (int k = 0; k < n; k++) types = types && number[k] == number[0] + k;
    if (traj->named && traj->species.n < n)
        FAIL(ERR_INPUT, "%s: has %d species, but %d names were given", traj->path, n, traj->species.n);
    for (int k = 0; k < n; k++) {
        double mass;
        traj->value_of[k] = number[k];
        if (traj->named) continue;
        TRY(mass_of_number(traj, base, path, series, number[k], &mass));
        const char *symbol = types ? species_symbol(species_from_mass(mass)) : species_symbol((int)number[k]);
        if (!symbol[0] || species_find(&traj->species, symbol) >= 0)
            FAIL(ERR_INPUT,
                 "%s: species are numbers (%lld) without names; name them in order: --names \"Cu Zr\"",
                 traj->path, (long long)number[k]);
        TRY(traj_species(traj, symbol, &s));
    }
    return ERR_OK;
}

static int find_species(struct traj *traj, const char *base) {
    char path[400];
    bool series;
    int n = 0, s, e = ERR_OK;
    char **names = NULL;
    int64_t *values = NULL;
    TRY_ALL(&traj->comm, MEM_NEW(traj->value_of, SPECIES_MAX + 1));
    if (!find_element(traj->h5, base, "species", path, &series)) {
        if (!traj->named) TRY(traj_species(traj, "X", &s)); /* one unnamed kind of atom */
        return ERR_OK;
    }
    TRY(h5_read_names(traj->h5, path, &n, &names, &values));
    for (int k = 0; k < n; k++)
        if (values[k] < 0) traj->models = true; /* as we write them: a model named B is not boron */
    if (n == 0 || n > SPECIES_MAX) e = name_numbers(traj, base, path, series);
    for (int k = 0; k < n && n <= SPECIES_MAX && !e; k++) {
        e = traj_species(traj, names[k], &s);
        if (!e) traj->value_of[s] = values[k];
    }
    double masses[SPECIES_MAX];
    if (!e && n > 0 && n == traj->species.n && h5_has_attr(traj->h5, path, "masses")) {
        e = h5_read_attr_f64(traj->h5, path, "masses", masses, n);
        for (int k = 0; k < n && !e; k++)
            traj->species.mass[species_find(&traj->species, names[k])] = masses[k];
    }
    mem_free(&names);
    mem_free(&values);
    return e;
}

int traj_h5md_open(struct traj *traj) {
    char base[300], path[400];
    bool series;
    int n_dims;
    int64_t dims[H5_MAX_DIMS];
    char *wanted = traj->group;
    traj->group = NULL;
    int e = h5_open(&traj->comm, traj->path, &traj->h5);
    if (!e) e = choose_group(traj, wanted);
    mem_free(&wanted);
    TRY(e);
    snprintf(base, sizeof base, "/particles/%.200s", traj->group);
    if (!find_element(traj->h5, base, "position", path, &series))
        FAIL(ERR_INPUT, "%s: '%s' has no positions", traj->path, base);
    TRY(h5_shape(traj->h5, path, &n_dims, dims));
    if (n_dims != 2 + series || dims[n_dims - 1] != 3)
        FAIL(ERR_INPUT, "%s: '%s' is not an array of frames of N x 3 positions", traj->path, path);
    traj->n_frames = series ? dims[0] : 1;
    traj->n_atoms = dims[n_dims - 2];
    if (traj->n_frames == 0) FAIL(ERR_INPUT, "%s: stage '%s' has no frames", traj->path, traj->group);
    if (traj->n_atoms == 0) FAIL(ERR_INPUT, "%s: stage '%s' has no atoms", traj->path, traj->group);
    return find_species(traj, base);
}

/* Collective. One number of a step or time dataset that may be an increment; *there = false when absent. */
static int read_scalar(struct h5 *h5, const char *path, int64_t k, double *value, bool *there) {
    int n_dims;
    int64_t dims[H5_MAX_DIMS];
    double offset = 0;
    *there = h5_exists(h5, path);
    if (!*there) return ERR_OK;
    TRY(h5_shape(h5, path, &n_dims, dims));
    if (n_dims == 1) return h5_read_rows(h5, path, H5_F64, k, 1, value);
    TRY(h5_read(h5, path, H5_F64, value));
    if (h5_has_attr(h5, path, "offset")) TRY(h5_read_attr_f64(h5, path, "offset", &offset, 1));
    *value = offset + *value * (double)k;
    return ERR_OK;
}

static int read_boundary(struct traj *traj, const char *path, struct box *box) {
    for (int a = 0; a < 3; a++) box->periodic[a] = true;
    if (!h5_has_attr(traj->h5, path, "boundary")) return ERR_OK;
    return h5_read_attr_words(traj->h5, path, "boundary", "periodic", box->periodic, 3);
}

static int read_box(struct traj *traj, const char *base, int64_t k, struct box *box, bool *boxed) {
    char path[400];
    bool series;
    int n_dims;
    int64_t dims[H5_MAX_DIMS];
    double e[9] = {0}, factor, m[9] = {0};
    snprintf(path, sizeof path, "%s/box", base);
    *boxed = false;
    if (h5_exists(traj->h5, path)) TRY(read_boundary(traj, path, box));
    if (!find_element(traj->h5, base, "box/edges", path, &series)) return ERR_OK;
    TRY(h5_shape(traj->h5, path, &n_dims, dims));
    int own = n_dims - series;
    if (own < 1 || own > 2 || dims[n_dims - 1] != 3 || dims[n_dims - own] != 3 || (series && k >= dims[0]))
        FAIL(ERR_INPUT, "%s: '%s' is not the edges of a three-dimensional box", traj->path, path);
    TRY(series ? h5_read_frame(traj->h5, path, H5_F64, k, 0, 3, e) : h5_read(traj->h5, path, H5_F64, e));
    TRY(unit_factor(traj->h5, path, lengths, &factor));
    for (int c = 0; c < 9; c++) m[c] = own == 2 ? e[c] : c % 4 == 0 ? e[c / 4] : 0;
    for (int c = 0; c < 9; c++)
        if (c % 4 && fabs(m[c]) > 1e-6 * fabs(m[0]))
            FAIL(ERR_INPUT, "%s: the box is not orthogonal; cut an orthogonal cell first", traj->path);
    for (int a = 0; a < 3; a++) {
        box->lo[a] = 0;
        box->len[a] = m[4 * a] * factor;
        if (!(box->len[a] > 0))
            FAIL(ERR_INPUT, "%s: '%s' is %g along %c", traj->path, path, m[4 * a], "xyz"[a]);
    }
    *boxed = true;
    if (!find_element(traj->h5, base, "box/origin", path, &series) || !series) return ERR_OK;
    TRY(h5_read_frame(traj->h5, path, H5_F64, k, 0, 3, box->lo));
    TRY(unit_factor(traj->h5, path, lengths, &factor));
    for (int a = 0; a < 3; a++) box->lo[a] *= factor;
    return ERR_OK;
}

/* Collective. `width` numbers of each atom into rows `stride` apart; *there = false when the element is
 * absent. */
static int read_rows(struct traj *traj, const char *base, const char *name, const struct unit *units,
                     int64_t k, int64_t first, int n, double *rows, int width, int stride, bool *there) {
    char path[400];
    bool series;
    double *block = NULL, factor;
    *there = find_element(traj->h5, base, name, path, &series);
    if (!*there) return ERR_OK;
    TRY(unit_factor(traj->h5, path, units, &factor));
    TRY(mem_agree(&traj->comm, &block, MEM_NEW(block, (size_t)n * (size_t)width)));
    int e = series ? h5_read_frame(traj->h5, path, H5_F64, k, first, n, block)
                   : h5_read_rows(traj->h5, path, H5_F64, first, n, block);
    int64_t bad = 0;
    for (int i = 0; i < n && !e; i++)
        for (int a = 0; a < width; a++) {
            rows[i * stride + a] = block[width * i + a] * factor;
            if (!isfinite(rows[i * stride + a])) bad = first + i + 1;
        }
    mem_free(&block);
    TRY(e);
    comm_max_i64(&traj->comm, &bad, 1);
    if (bad)
        FAIL(ERR_INPUT, "%s: '%s', frame %lld, atom %lld: is not a number; the run that wrote it blew up",
             traj->path, path, (long long)k, (long long)bad);
    return ERR_OK;
}

/* Stresses as this program writes them; other programs' datasets of that name have other shapes. */
static int read_stress(struct traj *traj, const char *base, int64_t k, int64_t first, int n,
                       struct frame *frame, bool *there) {
    char path[400];
    bool series;
    int n_dims = 0;
    int64_t dims[H5_MAX_DIMS];
    *there = find_element(traj->h5, base, "stress", path, &series) && series;
    if (*there) TRY(h5_shape(traj->h5, path, &n_dims, dims));
    *there = *there && n_dims == 3 && dims[2] == 6;
    TRY_ALL(&traj->comm, frame_stress(frame, *there));
    if (!*there) return ERR_OK;
    return read_rows(traj, base, "stress", energies, k, first, n, frame->stress[0], 6, 6, there);
}

static int read_types(struct traj *traj, const char *base, int64_t k, int64_t first, struct frame *frame) {
    char path[400];
    bool series;
    int64_t *value = NULL, bad = 0;
    if (!find_element(traj->h5, base, "species", path, &series)) {
        memset(frame->type, 0, (size_t)frame->n * sizeof *frame->type);
        return ERR_OK;
    }
    TRY(mem_agree(&traj->comm, &value, MEM_NEW(value, frame->n)));
    int e = series ? h5_read_frame(traj->h5, path, H5_I64, k, first, frame->n, value)
                   : h5_read_rows(traj->h5, path, H5_I64, first, frame->n, value);
    for (int i = 0; i < frame->n && !e; i++) {
        int s = 0;
        while (s < traj->species.n && traj->value_of[s] != value[i]) s++;
        frame->type[i] = s;
        if (s == traj->species.n) bad = 1;
    }
    mem_free(&value);
    TRY(e);
    comm_max_i64(&traj->comm, &bad, 1);
    if (bad)
        FAIL(ERR_INPUT, "%s: '%s', frame %lld: a species that has no name", traj->path, path, (long long)k);
    return ERR_OK;
}

static int read_ids(struct traj *traj, const char *base, int64_t k, int64_t first, struct frame *frame) {
    char path[400];
    bool series, moved;
    int64_t repeated, bad;
    for (int i = 0; i < frame->n; i++) frame->id[i] = first + i + 1;
    if (!find_element(traj->h5, base, "id", path, &series)) return ERR_OK;
    TRY(series ? h5_read_frame(traj->h5, path, H5_I64, k, first, frame->n, frame->id)
               : h5_read_rows(traj->h5, path, H5_I64, first, frame->n, frame->id));
    int e = traj_order(&traj->comm, traj->n_atoms, first, frame->n, frame->id, &moved, &repeated, &bad, NULL);
    if (e == ERR_INPUT)
        FAIL(ERR_INPUT, "%s: '%s', frame %lld: atom id %lld occurs twice", traj->path, path, (long long)k,
             (long long)bad);
    TRY(e);
    return moved ? frame_by_id(&traj->comm, frame, &first) : ERR_OK;
}

static int read_images(struct traj *traj, const char *base, int64_t k, int64_t first, struct frame *frame,
                       bool *there) {
    char path[400];
    bool series;
    *there = find_element(traj->h5, base, "image", path, &series) && series;
    if (!*there) {
        if (frame->n) memset(frame->image, 0, (size_t)frame->n * sizeof *frame->image);
        return ERR_OK;
    }
    return h5_read_frame(traj->h5, path, H5_I32, k, first, frame->n, frame->image);
}

/* Groups are this program's own: the same in all frames. */
static int read_groups(struct traj *traj, const char *base, int64_t first, struct frame *frame, int *fields) {
    char path[400];
    snprintf(path, sizeof path, "%s/group", base);
    if (frame->n) memset(frame->group, 0, (size_t)frame->n * sizeof *frame->group);
    if (!h5_is_dataset(traj->h5, path)) return ERR_OK;
    *fields |= TRAJ_GROUP;
    return h5_read_rows(traj->h5, path, H5_I32, first, frame->n, frame->group);
}

static int read_time(struct traj *traj, const char *base, int64_t k, struct frame *frame, int *fields) {
    char path[400];
    double step = 0, factor;
    bool there;
    snprintf(path, sizeof path, "%s/position/step", base);
    TRY(read_scalar(traj->h5, path, k, &step, &there));
    frame->step = (int64_t)step;
    snprintf(path, sizeof path, "%s/position/time", base);
    frame->time = 0;
    TRY(read_scalar(traj->h5, path, k, &frame->time, &there));
    if (!there) return ERR_OK;
    *fields |= TRAJ_TIME;
    TRY(unit_factor(traj->h5, path, times, &factor));
    frame->time *= factor;
    return ERR_OK;
}

int traj_h5md_read(struct traj *traj, int64_t k, struct frame *frame, int *fields) {
    const struct comm *comm = &traj->comm;
    int64_t first = traj->n_atoms * comm->rank / comm->size,
            n = traj->n_atoms * (comm->rank + 1) / comm->size - first;
    char base[300];
    bool boxed, there;
    *fields = 0;
    snprintf(base, sizeof base, "/particles/%.200s", traj->group);
    frame->n = frame->n_ghost = 0;
    TRY_ALL(comm, frame_reserve(frame, n));
    frame->n = (int)n;
    frame->n_global = traj->n_atoms;
    frame->species = traj->species;
    TRY(read_time(traj, base, k, frame, fields));
    TRY(read_box(traj, base, k, &frame->box, &boxed));
    for (int64_t i = 0; i < n; i++)
        for (int a = 0; a < 4; a++) frame->x[i][a] = frame->v[i][a] = frame->f[i][a] = 0;
    TRY(read_rows(traj, base, "position", lengths, k, first, (int)n, frame->x[0], 3, 4, &there));
    if (!boxed) traj_draw_box(comm, frame);
    else
        for (int64_t i = 0; i < n; i++)
            for (int a = 0; a < 3; a++) frame->x[i][a] += frame->box.lo[a];
    TRY(read_rows(traj, base, "velocity", speeds, k, first, (int)n, frame->v[0], 3, 4, &there));
    if (there) *fields |= TRAJ_V;
    TRY(read_rows(traj, base, "force", forces, k, first, (int)n, frame->f[0], 3, 4, &there));
    if (there) *fields |= TRAJ_F;
    TRY(read_stress(traj, base, k, first, (int)n, frame, &there));
    if (there) *fields |= TRAJ_STRESS;
    TRY(read_images(traj, base, k, first, frame, &there));
    if (there) *fields |= TRAJ_IMAGE;
    TRY(read_types(traj, base, k, first, frame));
    TRY(read_groups(traj, base, first, frame, fields));
    traj_wrap(frame);
    return read_ids(traj, base, k, first, frame);
}
