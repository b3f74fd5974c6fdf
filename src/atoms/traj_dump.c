/* traj_dump - LAMMPS text dumps; declared in traj_lammps.h beside the data files. */
#include "atoms/traj_lammps.h"
#include "base/mem.h"
#include "base/unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BAR_A3 (1e-4 / UNIT_GPA) /* bar A^3, LAMMPS' unit of stress/atom with units metal, in eV */

/* Local. The next line must be an item of this name; *rest: what follows it. */
static int item(struct traj_text *t, const char *name, char **rest) {
    char *line;
    TRY(traj_text_need(t, name, &line));
    size_t n = strlen(name);
    if (strncmp(line, "ITEM: ", 6) != 0 || strncmp(line + 6, name, n) != 0)
        return traj_text_failed(t, "'%.40s' where 'ITEM: %s' belongs", line, name);
    *rest = line + 6 + n;
    return ERR_OK;
}

/* Local. Up to and with the number of atoms; false at the end of the file. */
static int begin_frame(struct traj *traj, struct traj_head *head, bool *there) {
    struct traj_text *t = traj->text;
    char *line, *p;
    *there = false;
    for (;;) {
        TRY(traj_text_line(t, &line));
        if (!line) return ERR_OK;
        if (!*there && traj_text_done(line)) continue;
        *there = true;
        if (strncmp(line, "ITEM: TIMESTEP", 14) == 0) break;
        if (strncmp(line, "ITEM: UNITS", 11) == 0) TRY(traj_text_need(t, "the units", &line));
        else if (strncmp(line, "ITEM: TIME", 10) == 0) {
            TRY(traj_text_need(t, "the time", &line));
            TRY(traj_text_real(t, &line, "time", &head->time));
            head->fields |= TRAJ_TIME;
        } else return traj_text_failed(t, "'%.40s' where 'ITEM: TIMESTEP' belongs", line);
    }
    TRY(traj_text_need(t, "the time step", &line));
    TRY(traj_text_int(t, &line, "time step", &head->step));
    TRY(item(t, "NUMBER OF ATOMS", &p));
    TRY(traj_text_need(t, "the number of atoms", &line));
    TRY(traj_text_int(t, &line, "number of atoms", &head->n));
    if (head->n < 0) return traj_text_failed(t, "%lld atoms", (long long)head->n);
    return ERR_OK;
}

static int skip(struct traj *traj, int64_t *n) {
    struct traj_head head = {0};
    bool there;
    char *line;
    TRY(begin_frame(traj, &head, &there));
    if (!there) return ERR_OK;
    TRY(item(traj->text, "BOX BOUNDS", &line));
    for (int a = 0; a < 3; a++) TRY(traj_text_need(traj->text, "the box", &line));
    TRY(item(traj->text, "ATOMS", &line));
    for (int64_t k = 0; k < head.n; k++) {
        TRY(traj_text_need(traj->text, "its last atom", &line));
        if (strncmp(line, "ITEM:", 5) == 0)
            return traj_text_failed(traj->text, "the frame has %lld atoms, its header says %lld",
                                    (long long)k, (long long)head.n);
    }
    *n = head.n;
    return ERR_OK;
}

static int read_box(struct traj_text *t, struct traj_head *head) {
    char *line, *word;
    TRY(item(t, "BOX BOUNDS", &line));
    if (strstr(line, "xy xz yz") || strstr(line, "abc origin"))
        return traj_text_failed(
            t, "the box is triclinic; only orthogonal boxes are read: in LAMMPS, use change_box all ortho "
               "and write the dump again");
    for (int a = 0; a < 3; a++) {
        head->box.periodic[a] = true;
        if (!traj_text_done(line)) {
            TRY(traj_text_word(t, &line, "the boundary", &word));
            head->box.periodic[a] = word[0] == 'p';
        }
    }
    for (int a = 0; a < 3; a++) {
        double hi;
        TRY(traj_text_need(t, "the box", &line));
        TRY(traj_text_real(t, &line, "lower bound", &head->box.lo[a]));
        TRY(traj_text_real(t, &line, "upper bound", &hi));
        head->box.len[a] = hi - head->box.lo[a];
        if (!(head->box.len[a] > 0)) return traj_text_failed(t, "the box has no extent along %c", "xyz"[a]);
    }
    head->boxed = true;
    return ERR_OK;
}

static int meaning_of(const char *word) {
    static const struct {
        const char *name;
        int meaning;
    } known[] = {
        {"id", TRAJ_ID},        {"type", TRAJ_TYPE},   {"element", TRAJ_ELEMENT}, {"x", TRAJ_X},
        {"y", TRAJ_X + 1},      {"z", TRAJ_X + 2},     {"xs", TRAJ_XS},           {"ys", TRAJ_XS + 1},
        {"zs", TRAJ_XS + 2},    {"xu", TRAJ_XU},       {"yu", TRAJ_XU + 1},       {"zu", TRAJ_XU + 2},
        {"xsu", TRAJ_XSU},      {"ysu", TRAJ_XSU + 1}, {"zsu", TRAJ_XSU + 2},     {"vx", TRAJ_VEL},
        {"vy", TRAJ_VEL + 1},   {"vz", TRAJ_VEL + 2},  {"fx", TRAJ_FORCE},        {"fy", TRAJ_FORCE + 1},
        {"fz", TRAJ_FORCE + 2}, {"ix", TRAJ_IMG},      {"iy", TRAJ_IMG + 1},      {"iz", TRAJ_IMG + 2}};
    for (size_t k = 0; k < sizeof known / sizeof *known; k++)
        if (strcmp(known[k].name, word) == 0) return known[k].meaning;
    int component, end = 0; /* of compute NAME all stress/atom NULL */
    if (sscanf(word, "c_stress[%1d]%n", &component, &end) == 1 && end && !word[end] && component >= 1 &&
        component <= 6)
        return TRAJ_COLUMN_STRESS + component - 1;
    return TRAJ_SKIP;
}

/* Local. How many of the three columns kind, kind + 1, kind + 2 there are. */
static int have(const struct traj *traj, int kind) {
    int n = 0;
    for (int c = 0; c < traj->n_columns; c++) n += traj->column[c] >= kind && traj->column[c] < kind + 3;
    return n;
}

static bool has(const struct traj *traj, int meaning) {
    for (int c = 0; c < traj->n_columns; c++)
        if (traj->column[c] == meaning) return true;
    return false;
}

static int read_columns(struct traj *traj, struct traj_head *head) {
    struct traj_text *t = traj->text;
    char *line, *word;
    TRY(item(t, "ATOMS", &line));
    mem_free(&traj->column);
    traj->n_columns = 0;
    while (!traj_text_done(line)) {
        TRY(traj_text_word(t, &line, "a column", &word));
        TRY(MEM_GROW(traj->column, traj->n_columns, traj->n_columns + 1));
        traj->column[traj->n_columns++] = (uint8_t)meaning_of(word);
    }
    /* one set of positions is enough; the first complete one in this order counts, the others are skipped */
    static const int positions[] = {TRAJ_XU, TRAJ_XSU, TRAJ_X, TRAJ_XS};
    int use = -1;
    for (int k = 0; k < 4; k++)
        if (use < 0 && have(traj, positions[k]) == 3) use = positions[k];
    if (use < 0)
        return traj_text_failed(t, "no x y z (or xs ys zs, xu yu zu, xsu ysu zsu) among the columns");
    bool unwrapped = use == TRAJ_XU || use == TRAJ_XSU;
    for (int c = 0; c < traj->n_columns; c++) {
        int kind = traj->column[c] & ~3;
        bool position = traj->column[c] >= TRAJ_X && kind <= TRAJ_XSU;
        if ((position && kind != use) || (unwrapped && kind == TRAJ_IMG)) traj->column[c] = TRAJ_SKIP;
    }
    if (has(traj, TRAJ_ELEMENT) && !(traj->named && has(traj, TRAJ_TYPE))) {
        for (int c = 0; c < traj->n_columns; c++)
            if (traj->column[c] == TRAJ_TYPE) traj->column[c] = TRAJ_SKIP;
    } else if (has(traj, TRAJ_TYPE)) {
        for (int c = 0; c < traj->n_columns; c++)
            if (traj->column[c] == TRAJ_ELEMENT) traj->column[c] = TRAJ_SKIP;
    } else return traj_text_failed(t, "neither 'element' nor 'type' among the columns");
    head->has_id = has(traj, TRAJ_ID);
    if (have(traj, TRAJ_VEL) == 3) head->fields |= TRAJ_V;
    if (have(traj, TRAJ_FORCE) == 3) head->fields |= TRAJ_F;
    if (have(traj, TRAJ_COLUMN_STRESS) == 3 && have(traj, TRAJ_COLUMN_STRESS + 3) == 3)
        head->fields |= TRAJ_STRESS;
    if (unwrapped || have(traj, TRAJ_IMG) == 3) head->fields |= TRAJ_IMAGE;
    return ERR_OK;
}

static int read_head(struct traj *traj, struct traj_head *head) {
    bool there;
    TRY(begin_frame(traj, head, &there));
    TRY(read_box(traj->text, head));
    return read_columns(traj, head);
}

static int read_row(struct traj *traj, const struct traj_head *head, char *line, struct traj_row *row) {
    for (int c = 0; c < traj->n_columns; c++) TRY(traj_text_column(traj, head, traj->column[c], &line, row));
    for (int c = 0; c < 6 && !traj->models; c++) row->stress[c] *= BAR_A3;
    return ERR_OK;
}

const struct traj_format traj_lammps_dump_format = {"LAMMPS dump", skip, read_head, read_row, NULL};

/* Local. type and element of each atom of the first frame; *n pairs, in the order of types. */
static int collect(struct traj *traj, int type_column, int element_column, int64_t n_atoms, int n_columns,
                   char name[SPECIES_MAX][SPECIES_NAME]) {
    struct traj_text *t = traj->text;
    for (int64_t k = 0; k < n_atoms; k++) {
        char *line, *word, *element = NULL;
        int64_t type = 0;
        TRY(traj_text_need(t, "its last atom", &line));
        for (int c = 0; c < n_columns; c++) {
            if (c == type_column) TRY(traj_text_int(t, &line, "type", &type));
            else TRY(traj_text_word(t, &line, "a column", &word));
            if (c == element_column) element = word;
        }
        if (type >= 1 && type <= SPECIES_MAX && element && strlen(element) < SPECIES_NAME)
            strcpy(name[type - 1], element);
    }
    return ERR_OK;
}

int traj_lammps_dump_species(struct traj *traj) {
    struct traj_head head = {0};
    char *line, *word, name[SPECIES_MAX][SPECIES_NAME] = {0};
    int type = -1, element = -1, n = 0, s;
    bool there;
    TRY(traj_text_seek(traj->text, traj->mark[0]));
    TRY(begin_frame(traj, &head, &there));
    TRY(read_box(traj->text, &head));
    TRY(item(traj->text, "ATOMS", &line));
    for (; !traj_text_done(line); n++) {
        TRY(traj_text_word(traj->text, &line, "a column", &word));
        if (strcmp(word, "type") == 0) type = n;
        if (strcmp(word, "element") == 0) element = n;
    }
    if (type < 0 || element < 0) return ERR_OK;
    TRY(collect(traj, type, element, head.n, n, name));
    for (int k = 0; k < SPECIES_MAX; k++)
        if (name[k][0]) TRY(traj_species(traj, name[k], &s));
    return ERR_OK;
}

static int print(const struct frame *frame, int i, int fields, char *out) {
    const double *x = frame->x[i], *v = frame->v[i], *f = frame->f[i];
    const int32_t *m = frame->image[i];
    int n = sprintf(out, "%" PRId64 " %d %s %.12g %.12g %.12g", frame->id[i], frame->type[i] + 1,
                    frame->species.name[frame->type[i]], x[0], x[1], x[2]);
    if (fields & TRAJ_IMAGE) n += sprintf(out + n, " %d %d %d", m[0], m[1], m[2]);
    if (fields & TRAJ_V) n += sprintf(out + n, " %.12g %.12g %.12g", v[0], v[1], v[2]);
    if (fields & TRAJ_F) n += sprintf(out + n, " %.12g %.12g %.12g", f[0], f[1], f[2]);
    double unit = frame->species.number[frame->type[i]] > 0 ? BAR_A3 : 1;
    for (int c = 0; c < 6 && fields & TRAJ_STRESS; c++)
        n += sprintf(out + n, " %.12g", frame->stress[i][c] / unit);
    return n + sprintf(out + n, "\n");
}

int traj_lammps_write_dump(struct traj_output *output, const struct frame *frame, int fields) {
    const struct box *b = &frame->box;
    char head[1024];
    int n = sprintf(
        head, "ITEM: TIMESTEP\n%" PRId64 "\nITEM: NUMBER OF ATOMS\n%" PRId64 "\nITEM: BOX BOUNDS %s %s %s\n",
        frame->step, frame->n_global, b->periodic[0] ? "pp" : "ff", b->periodic[1] ? "pp" : "ff",
        b->periodic[2] ? "pp" : "ff");
    for (int a = 0; a < 3; a++) n += sprintf(head + n, "%.17g %.17g\n", b->lo[a], b->lo[a] + b->len[a]);
    sprintf(head + n, "ITEM: ATOMS id type element x y z%s%s%s%s\n", fields & TRAJ_IMAGE ? " ix iy iz" : "",
            fields & TRAJ_V ? " vx vy vz" : "", fields & TRAJ_F ? " fx fy fz" : "",
            fields & TRAJ_STRESS ? " c_stress[1] c_stress[2] c_stress[3] c_stress[4] c_stress[5] c_stress[6]"
                                 : "");
    TRY(traj_text_put(output, head));
    return traj_text_rows(output, frame, fields, print);
}
