/* traj_lammps - data files are read section by section; the scan at opening goes through the whole file, so
 * that a truncated one is refused before anything is computed. */
#include "atoms/traj_lammps.h"
#include "base/mem.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- data files: header and sections --- */

enum section { NO_SECTION, MASSES, ATOMS, VELOCITIES, OTHER };

static enum section section_of(const char *line) {
    static const char *const other[] = {"Bonds",       "Angles",        "Dihedrals",       "Impropers",
                                        "Pair Coeffs", "PairIJ Coeffs", "Bond Coeffs",     "Angle Coeffs",
                                        "Ellipsoids",  "Lines",         "Atom Type Labels"};
    if (strncmp(line, "Masses", 6) == 0) return MASSES;
    if (strncmp(line, "Atoms", 5) == 0) return ATOMS;
    if (strncmp(line, "Velocities", 10) == 0) return VELOCITIES;
    for (size_t k = 0; k < sizeof other / sizeof *other; k++)
        if (strncmp(line, other[k], strlen(other[k])) == 0) return OTHER;
    return NO_SECTION;
}

struct data {
    struct traj_head head;
    int64_t types;
    bool bounds[3];
    double mass[SPECIES_MAX];
    char name[SPECIES_MAX][SPECIES_NAME];
};

/* Local. One line of the header: "8 atoms", "0 3.6 xlo xhi". */
static int header_line(struct traj_text *t, char *line, struct data *d) {
    static const char *const bound[3] = {"xlo xhi", "ylo yhi", "zlo zhi"};
    char *p = line;
    for (int a = 0; a < 3; a++)
        if (strstr(line, bound[a])) {
            double hi;
            TRY(traj_text_real(t, &p, bound[a], &d->head.box.lo[a]));
            TRY(traj_text_real(t, &p, bound[a], &hi));
            d->head.box.len[a] = hi - d->head.box.lo[a];
            if (!(d->head.box.len[a] > 0))
                return traj_text_failed(t, "the box has no extent along %c", "xyz"[a]);
            d->bounds[a] = true;
            return ERR_OK;
        }
    if (strstr(line, "xy xz yz")) {
        double tilt[3];
        for (int k = 0; k < 3; k++) TRY(traj_text_real(t, &p, "xy xz yz", &tilt[k]));
        if (tilt[0] != 0 || tilt[1] != 0 || tilt[2] != 0)
            return traj_text_failed(
                t, "the box is triclinic; only orthogonal boxes are read: in LAMMPS, use change_box all "
                   "ortho and write the file again");
        return ERR_OK;
    }
    if (strstr(line, "avec") || strstr(line, "bvec") || strstr(line, "cvec"))
        return traj_text_failed(t, "the box is general triclinic; only orthogonal boxes are read");
    int64_t n = 0;
    if (strstr(line, "atom types")) {
        TRY(traj_text_int(t, &p, "atom types", &d->types));
        if (d->types < 1 || d->types > SPECIES_MAX)
            return traj_text_failed(t, "%lld atom types; between 1 and %d are possible", (long long)d->types,
                                    SPECIES_MAX);
    } else if (strstr(line, "atoms")) {
        TRY(traj_text_int(t, &p, "atoms", &d->head.n));
        if (d->head.n < 1) return traj_text_failed(t, "%lld atoms", (long long)d->head.n);
    } else if (strstr(line, "bonds") || strstr(line, "angles")) {
        TRY(traj_text_int(t, &p, "bonds", &n));
        if (n > 0)
            return traj_text_failed(t,
                                    "bonds and angles are not read; write the file with atom_style atomic");
    }
    return ERR_OK;
}

/* Local. Lines up to the next section; cuts comments. NO_SECTION at the end of the file. style: what follows
 * '#'. d: where the header's lines go; NULL after the atoms, where there may be none. */
static int next_section(struct traj_text *t, struct data *d, enum section *section, char style[16]) {
    char *line;
    *section = NO_SECTION;
    for (;;) {
        TRY(traj_text_line(t, &line));
        if (!line) return ERR_OK;
        char *comment = strchr(line, '#');
        if (comment) *comment++ = 0;
        if (traj_text_done(line)) continue;
        line += strspn(line, " \t");
        *section = section_of(line);
        if (*section != NO_SECTION) {
            snprintf(style, 16, "%s", comment ? comment + strspn(comment, " \t") : "");
            style[strcspn(style, " \t")] = 0;
            TRY(traj_text_need(t, "the lines of a section", &line));
            if (!traj_text_done(line))
                return traj_text_failed(t, "a blank line is missing after the section's name");
            return ERR_OK;
        }
        if (!d)
            return traj_text_failed(t, "'%.40s' after as many lines as the header says; is its number wrong?",
                                    line);
        if (!strpbrk(line, "0123456789"))
            return traj_text_failed(t, "'%.40s' is not known in a LAMMPS data file", line);
        TRY(header_line(t, line, d));
    }
}

static int read_masses(struct traj_text *t, struct data *d) {
    for (int64_t k = 0; k < d->types; k++) {
        char *line, *comment, *p;
        int64_t type;
        double mass;
        TRY(traj_text_need(t, "its last mass", &line));
        comment = strchr(line, '#');
        if (comment) *comment++ = 0;
        p = line;
        TRY(traj_text_int(t, &p, "type", &type));
        if (type < 1 || type > d->types)
            return traj_text_failed(t, "type %lld of %lld", (long long)type, (long long)d->types);
        TRY(traj_text_real(t, &p, "mass", &mass));
        if (!(mass > 0)) return traj_text_failed(t, "mass %g", mass);
        d->mass[type - 1] = mass;
        if (comment && !traj_text_done(comment)) {
            char *word;
            TRY(traj_text_word(t, &comment, "the element", &word));
            if (strlen(word) < SPECIES_NAME) strcpy(d->name[type - 1], word);
        }
    }
    return ERR_OK;
}

/* Local. Which columns the Atoms section has. */
static int atom_columns(struct traj *traj, const char *style) {
    static const uint8_t atomic[] = {TRAJ_ID, TRAJ_TYPE, TRAJ_X, TRAJ_X + 1, TRAJ_X + 2};
    static const uint8_t charge[] = {TRAJ_ID, TRAJ_TYPE, TRAJ_SKIP, TRAJ_X, TRAJ_X + 1, TRAJ_X + 2};
    bool charged = strcmp(style, "charge") == 0;
    if (style[0] && !charged && strcmp(style, "atomic") != 0)
        return traj_text_failed(traj->text,
                                "atom style '%s' is not read; write the file with atom_style atomic", style);
    mem_free(&traj->column);
    traj->n_columns = charged ? 6 : 5;
    TRY(MEM_NEW(traj->column, traj->n_columns));
    memcpy(traj->column, charged ? charge : atomic, (size_t)traj->n_columns);
    return ERR_OK;
}

/* Local. Species of the types: as the caller said, else by comments, else by masses; all masses 1: models A,
 * B, ... */
static int name_types(struct traj *traj, struct data *d) {
    struct traj_text *t = traj->text;
    bool models = !traj->named, named = !traj->named;
    for (int k = 0; k < d->types; k++) {
        models = models && !d->name[k][0] && d->mass[k] == 1;
        named = named && d->name[k][0];
    }
    if (traj->named && traj->species.n < d->types)
        return traj_text_failed(t, "%lld atom types, but %d names were given", (long long)d->types,
                                traj->species.n);
    for (int k = 0; k < d->types; k++) {
        char name[SPECIES_NAME] = "";
        if (traj->named) strcpy(name, traj->species.name[k]);
        else if (named) strcpy(name, d->name[k]);
        else if (models) snprintf(name, sizeof name, "%c", 'A' + k);
        else strcpy(name, species_symbol(species_from_mass(d->mass[k])));
        int s;
        if (!name[0] || (!traj->named && species_find(&traj->species, name) >= 0))
            return traj_text_failed(
                t,
                "type %d of mass %g is no element of its own; name the types in order: --names "
                "\"Cu Zr\"",
                k + 1, d->mass[k]);
        TRY(traj_species(traj, name, &s));
        traj->type_of[s] = k + 1;
        double known = species_mass(traj->species.number[s]);
        if (known > 0 && d->mass[k] > 0 && fabs(known - d->mass[k]) > 0.5)
            return traj_text_failed(
                t, "type %d is called %s but has mass %g (%s: %g); are the names in the right order?", k + 1,
                name, d->mass[k], name, known);
        if (d->mass[k] > 0) traj->species.mass[s] = d->mass[k];
    }
    return ERR_OK;
}

/* Local. Everything before the first atom; the next line read is an atom. */
static int data_head(struct traj *traj, struct data *d) {
    struct traj_text *t = traj->text;
    enum section section;
    char style[16], *line;
    memset(d, 0, sizeof *d);
    TRY(traj_text_line(t, &line)); /* the title */
    do {
        TRY(next_section(t, d, &section, style));
        if (section == MASSES) TRY(read_masses(t, d));
        if (section == VELOCITIES) return traj_text_failed(t, "Velocities before Atoms");
        while (section == OTHER) { /* to its blank line */
            TRY(traj_text_line(t, &line));
            if (!line || traj_text_done(line)) break;
        }
    } while (section != ATOMS && section != NO_SECTION);
    if (section == NO_SECTION)
        return traj_text_failed(t, "the file ends without an Atoms section; is it a LAMMPS data file?");
    if (d->head.n == 0) return traj_text_failed(t, "no line 'N atoms' before the atoms");
    if (d->types == 0) return traj_text_failed(t, "no line 'N atom types' before the atoms");
    for (int a = 0; a < 3; a++)
        if (!d->bounds[a])
            return traj_text_failed(t, "no line '%clo %chi' before the atoms", "xyz"[a], "xyz"[a]);
    d->head.boxed = true;
    d->head.has_id = true;
    for (int a = 0; a < 3; a++) d->head.box.periodic[a] = true;
    return atom_columns(traj, style);
}

/* Local. Velocities, if they follow; the next line read is the first of them. */
static int find_velocities(struct traj_text *t, bool *there) {
    enum section section;
    char style[16], *line;
    *there = false;
    for (;;) {
        TRY(next_section(t, NULL, &section, style));
        if (section == NO_SECTION) return ERR_OK;
        if (section == VELOCITIES) {
            *there = true;
            return ERR_OK;
        }
        do TRY(traj_text_line(t, &line));
        while (line && !traj_text_done(line));
    }
}

static int skip_data(struct traj *traj, int64_t *n) {
    struct traj_text *t = traj->text;
    struct data d;
    char *line;
    bool there;
    if (traj->n_frames > 0) return ERR_OK; /* a data file holds one frame */
    TRY(data_head(traj, &d));
    for (int64_t k = 0; k < d.head.n; k++) {
        TRY(traj_text_need(t, "its last atom", &line));
        if (traj_text_done(line))
            return traj_text_failed(t, "the section has %lld atoms, the header says %lld", (long long)k,
                                    (long long)d.head.n);
    }
    TRY(find_velocities(t, &there));
    for (int64_t k = 0; there && k < d.head.n; k++) TRY(traj_text_need(t, "its last velocity", &line));
    *n = d.head.n;
    return ERR_OK;
}

static int head_of_data(struct traj *traj, struct traj_head *head) {
    struct data d;
    TRY(data_head(traj, &d));
    *head = d.head;
    if (!traj->typed) TRY(name_types(traj, &d));
    traj->typed = true;
    return ERR_OK;
}

static int row_of_data(struct traj *traj, const struct traj_head *head, char *line, struct traj_row *row) {
    char *comment = strchr(line, '#');
    if (comment) *comment = 0;
    for (int c = 0; c < traj->n_columns; c++) TRY(traj_text_column(traj, head, traj->column[c], &line, row));
    for (int a = 0; a < 3 && !traj_text_done(line); a++)
        TRY(traj_text_column(traj, head, TRAJ_IMG + a, &line, row));
    if (!traj_text_done(line))
        return traj_text_failed(
            traj->text, "'%.20s' is too much on the line of an atom; is the atom style atomic?", line);
    return ERR_OK;
}

/* --- velocities of data files --- */

struct velocity {
    int64_t id; /* 1 .. n */
    double v[3];
};

static int compare_id(const void *a, const void *b) {
    const int64_t *p = a, *q = b;
    return *p < *q ? -1 : *p > *q;
}

/* Local, rank 0. m lines; ids: the original ids in order; seen[k]: id k has its velocity. */
static int parse_velocities(struct traj *traj, int64_t n, const int64_t *ids, uint8_t *seen, int64_t m,
                            struct velocity *out) {
    struct traj_text *t = traj->text;
    for (int64_t k = 0; k < m; k++) {
        char *line;
        int64_t id;
        TRY(traj_text_need(t, "its last velocity", &line));
        TRY(traj_text_int(t, &line, "id", &id));
        for (int a = 0; a < 3; a++) TRY(traj_text_real(t, &line, "velocity", &out[k].v[a]));
        const int64_t *found = bsearch(&id, ids, (size_t)n, sizeof *ids, compare_id);
        if (!found) return traj_text_failed(t, "atom %lld has a velocity but no position", (long long)id);
        int64_t at = found - ids;
        if (seen[at]++) return traj_text_failed(t, "atom %lld has two velocities", (long long)id);
        out[k].id = at + 1;
    }
    return ERR_OK;
}

static int by_velocity_id(const void *a, const void *b) {
    return compare_id(&((const struct velocity *)a)->id, &((const struct velocity *)b)->id);
}

static int tail_of_data(struct traj *traj, struct traj_head *head, const int64_t *ids, struct frame *frame) {
    const struct comm *comm = &traj->comm;
    enum { BLOCK = 16384 };
    struct velocity *send = NULL, *got = NULL;
    uint8_t *seen = NULL;
    int64_t *count = NULL, n_got, first = head->n * comm->rank / comm->size, there = 0;
    bool found = false, root = comm->rank == 0;
    int e = root ? find_velocities(traj->text, &found) : ERR_OK;
    TRY_ALL(comm, e);
    there = found;
    comm_bcast(comm, &there, sizeof there);
    head->fields |= TRAJ_IMAGE | (there ? TRAJ_V : 0);
    if (!there) return ERR_OK;
    e = MEM_NEW(count, comm->size);
    if (!e && root) e = MEM_NEW(send, BLOCK);
    if (!e && root) e = MEM_NEW(seen, head->n);
    e = err_agree(comm, e);
    for (int64_t done = 0; done < head->n && !e; done += BLOCK) {
        int64_t m = head->n - done < BLOCK ? head->n - done : BLOCK;
        e = err_agree(comm, root ? parse_velocities(traj, head->n, ids, seen, m, send) : ERR_OK);
        if (e) break;
        memset(count, 0, (size_t)comm->size * sizeof *count);
        if (root) qsort(send, (size_t)m, sizeof *send, by_velocity_id);
        for (int64_t k = 0; root && k < m; k++) count[traj_text_owner(send[k].id - 1, head->n, comm->size)]++;
        e = comm_exchange(comm, send, count, sizeof *send, &got, &n_got);
        for (int64_t k = 0; k < n_got && !e; k++)
            memcpy(frame->v[got[k].id - 1 - first], got[k].v, sizeof got[k].v);
        mem_free(&got);
    }
    mem_free(&count);
    mem_free(&send);
    mem_free(&seen);
    return e;
}

const struct traj_format traj_lammps_data_format = {"LAMMPS data", skip_data, head_of_data, row_of_data,
                                                    tail_of_data};

/* --- writing data files --- */

static int print_atom(const struct frame *frame, int i, int fields, char *out) {
    (void)fields;
    const double *x = frame->x[i];
    const int32_t *m = frame->image[i];
    return sprintf(out, "%" PRId64 " %d %.17g %.17g %.17g %d %d %d\n", frame->id[i], frame->type[i] + 1, x[0],
                   x[1], x[2], m[0], m[1], m[2]);
}

static int print_velocity(const struct frame *frame, int i, int fields, char *out) {
    (void)fields;
    const double *v = frame->v[i];
    return sprintf(out, "%" PRId64 " %.17g %.17g %.17g\n", frame->id[i], v[0], v[1], v[2]);
}

int traj_lammps_write_data(struct traj_output *output, const struct frame *frame, int fields) {
    char head[1024 + SPECIES_MAX * 64];
    const struct box *b = &frame->box;
    int n = snprintf(head, sizeof head,
                     "LAMMPS data file of vitrine, units metal, time %.12g ps, step %" PRId64 "\n\n%" PRId64
                     " atoms\n%d atom types\n\n",
                     frame->time, frame->step, frame->n_global, frame->species.n);
    for (int a = 0; a < 3; a++)
        n += sprintf(head + n, "%.17g %.17g %clo %chi\n", b->lo[a], b->lo[a] + b->len[a], "xyz"[a], "xyz"[a]);
    n += sprintf(head + n, "\nMasses\n\n");
    for (int s = 0; s < frame->species.n; s++)
        n += sprintf(head + n, "%d %.12g # %s\n", s + 1, frame->species.mass[s], frame->species.name[s]);
    sprintf(head + n, "\nAtoms # atomic\n\n");
    TRY(traj_text_put(output, head));
    TRY(traj_text_rows(output, frame, fields, print_atom));
    if (!(fields & TRAJ_V)) return ERR_OK;
    TRY(traj_text_put(output, "\nVelocities\n\n"));
    return traj_text_rows(output, frame, fields, print_velocity);
}
