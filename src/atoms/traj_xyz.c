/* traj_xyz - the comment line is a list of key=value with quotes; unknown keys and columns are skipped. */
#include "atoms/traj_xyz.h"
#include "base/mem.h"
#include "base/unit.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static int skip(struct traj *traj, int64_t *n) {
    struct traj_text *t = traj->text;
    char *line, *p;
    TRY(traj_text_line(t, &line));
    while (line && traj_text_done(line))
        TRY(traj_text_line(t, &line)); /* blank lines between or after frames */
    if (!line) return ERR_OK;
    p = line;
    TRY(traj_text_int(t, &p, "number of atoms", n));
    if (!traj_text_done(p)) return traj_text_failed(t, "number of atoms: '%s' follows it", p);
    if (*n < 0) return traj_text_failed(t, "%lld atoms", (long long)*n);
    TRY(traj_text_need(t, "the comment line", &line));
    for (int64_t k = 0; k < *n; k++) TRY(traj_text_need(t, "its last atom", &line));
    return ERR_OK;
}

/* Local. Value of a key in the comment line, by mem; NULL when absent. Keys are compared without case. */
static int value_of(const char *line, const char *key, char **value) {
    size_t n = strlen(key);
    *value = NULL;
    for (const char *p = line; *p;) {
        while (isspace((unsigned char)*p)) p++;
        const char *word = p;
        while (*p && *p != '=' && !isspace((unsigned char)*p)) p++;
        bool match = (size_t)(p - word) == n && strncasecmp(word, key, n) == 0 && *p == '=';
        if (*p != '=') continue;
        p++;
        char end = *p == '"' || *p == '\'' ? *p : *p == '{' ? '}' : *p == '[' ? ']' : 0;
        const char *begin = end ? ++p : p;
        while (*p && (end ? *p != end : !isspace((unsigned char)*p))) p++;
        if (match) return mem_strndup(value, begin, (size_t)(p - begin));
        if (end && *p) p++;
    }
    return ERR_OK;
}

static int read_lattice(struct traj *traj, char *text, struct traj_head *head) {
    double m[9];
    char *p = text;
    for (int k = 0; k < 9; k++) TRY(traj_text_real(traj->text, &p, "Lattice", &m[k]));
    double off = 0;
    for (int k = 0; k < 9; k++)
        if (k % 4) off = fmax(off, fabs(m[k]));
    for (int a = 0; a < 3; a++) {
        head->box.len[a] = m[4 * a];
        if (!(m[4 * a] > 0))
            return traj_text_failed(traj->text, "Lattice: edge %c is %g", "xyz"[a], m[4 * a]);
    }
    if (off > 1e-6 * fmin(m[0], fmin(m[4], m[8])))
        return traj_text_failed(traj->text,
                                "Lattice is not orthogonal; only boxes with edges along x, y, z are read: "
                                "cut an orthogonal cell first");
    head->boxed = true;
    return ERR_OK;
}

static int read_pbc(struct traj *traj, const char *text, struct traj_head *head) {
    int a = 0;
    for (const char *p = text; *p; p++) {
        if (isspace((unsigned char)*p) || *p == ',') continue;
        if (a == 3 || !strchr("TtFf10", *p))
            return traj_text_failed(traj->text, "pbc=\"%s\" is not three of T and F", text);
        head->box.periodic[a++] = strchr("Tt1", *p) != NULL;
        while (islower((unsigned char)p[1])) p++; /* True, False */
    }
    if (a != 3) return traj_text_failed(traj->text, "pbc=\"%s\" is not three of T and F", text);
    return ERR_OK;
}

static const struct {
    const char *name;
    char type; /* 0: any */
    int64_t width;
    int meaning, field;
} known[] = {{"species", 'S', 1, TRAJ_ELEMENT, 0},
             {"element", 'S', 1, TRAJ_ELEMENT, 0},
             {"elements", 'S', 1, TRAJ_ELEMENT, 0},
             {"symbols", 'S', 1, TRAJ_ELEMENT, 0},
             {"Z", 'I', 1, TRAJ_NUMBER, 0},
             {"pos", 'R', 3, TRAJ_X, 0},
             {"positions", 'R', 3, TRAJ_X, 0},
             {"vel", 'R', 3, TRAJ_VEL, TRAJ_V},
             {"velo", 'R', 3, TRAJ_VEL, TRAJ_V},
             {"velocity", 'R', 3, TRAJ_VEL, TRAJ_V},
             {"velocities", 'R', 3, TRAJ_VEL, TRAJ_V},
             {"momenta", 'R', 3, TRAJ_MOMENTUM, TRAJ_V},
             {"force", 'R', 3, TRAJ_FORCE, TRAJ_F},
             {"forces", 'R', 3, TRAJ_FORCE, TRAJ_F},
             {"id", 'I', 1, TRAJ_ID, 0},
             {"image", 'I', 3, TRAJ_IMG, TRAJ_IMAGE},
             {"group", 'I', 1, TRAJ_COLUMN_GROUP, TRAJ_GROUP},
             {"stress", 'R', 6, TRAJ_COLUMN_STRESS, TRAJ_STRESS}};

/* Local. Add the columns of one property. */
static int add_property(struct traj *traj, const char *name, char type, int64_t width,
                        struct traj_head *head) {
    int meaning = TRAJ_SKIP;
    for (size_t k = 0; k < sizeof known / sizeof *known; k++)
        if (strcmp(known[k].name, name) == 0 && known[k].type == type && known[k].width == width) {
            meaning = known[k].meaning;
            head->fields |= known[k].field;
            head->has_id = head->has_id || meaning == TRAJ_ID;
        }
    if (meaning == TRAJ_NUMBER) /* beside a species column it says nothing new */
        for (int c = 0; c < traj->n_columns; c++)
            if (traj->column[c] == TRAJ_ELEMENT) meaning = TRAJ_SKIP;
    if (width < 1 || width > 1000)
        return traj_text_failed(traj->text, "Properties: '%s' has %lld columns", name, (long long)width);
    TRY(MEM_GROW(traj->column, traj->n_columns, traj->n_columns + width));
    for (int a = 0; a < width; a++)
        traj->column[traj->n_columns++] = (uint8_t)(meaning ? meaning + a : TRAJ_SKIP);
    return ERR_OK;
}

static int read_properties(struct traj *traj, char *text, struct traj_head *head) {
    char *p = text;
    while (*p) {
        char *part[3];
        for (int k = 0; k < 3; k++) {
            part[k] = p;
            p += strcspn(p, ":");
            if (!*p && k < 2)
                return traj_text_failed(traj->text,
                                        "Properties is not NAME:TYPE:COLUMNS:NAME:TYPE:COLUMNS...");
            if (*p) *p++ = 0;
        }
        int64_t width;
        TRY(traj_text_int(traj->text, &part[2], "Properties", &width));
        TRY(add_property(traj, part[0], part[1][0], width, head));
    }
    bool element = false, position = false;
    for (int c = 0; c < traj->n_columns; c++) {
        element = element || traj->column[c] == TRAJ_ELEMENT || traj->column[c] == TRAJ_NUMBER;
        position = position || traj->column[c] == TRAJ_X;
    }
    if (!element) return traj_text_failed(traj->text, "Properties has no species:S:1");
    if (!position) return traj_text_failed(traj->text, "Properties has no pos:R:3");
    return ERR_OK;
}

/* Local. One key of the comment line. */
static int use(struct traj *traj, const char *line, const char *key, struct traj_head *head, bool *there) {
    char *value = NULL, *p;
    TRY(value_of(line, key, &value));
    if (there) *there = value != NULL;
    if (!value) return ERR_OK;
    int e = ERR_OK;
    p = value;
    if (strcmp(key, "Lattice") == 0) e = read_lattice(traj, value, head);
    else if (strcmp(key, "pbc") == 0) e = read_pbc(traj, value, head);
    else if (strcmp(key, "Properties") == 0) e = read_properties(traj, value, head);
    else if (strcmp(key, "Origin") == 0) {
        for (int a = 0; a < 3 && !e; a++) e = traj_text_real(traj->text, &p, "Origin", &head->box.lo[a]);
    } else if (strcmp(key, "Time") == 0) {
        e = traj_text_real(traj->text, &p, "Time", &head->time);
        head->fields |= TRAJ_TIME;
    } else if (strcmp(key, "Step") == 0) e = traj_text_int(traj->text, &p, "Step", &head->step);
    mem_free(&value);
    return e;
}

static int read_head(struct traj *traj, struct traj_head *head) {
    char *line, *p;
    bool there;
    do TRY(traj_text_need(traj->text, "a frame", &line));
    while (traj_text_done(line));
    p = line;
    TRY(traj_text_int(traj->text, &p, "number of atoms", &head->n));
    TRY(traj_text_need(traj->text, "the comment line", &line));
    mem_free(&traj->column);
    traj->n_columns = 0;
    TRY(use(traj, line, "Lattice", head, NULL));
    for (int a = 0; a < 3; a++) head->box.periodic[a] = head->boxed;
    if (head->boxed) {
        TRY(use(traj, line, "pbc", head, NULL));
        TRY(use(traj, line, "Origin", head, NULL));
    }
    TRY(use(traj, line, "Time", head, NULL));
    TRY(use(traj, line, "Step", head, NULL));
    TRY(use(traj, line, "Properties", head, &there));
    if (!there) {
        TRY(add_property(traj, "species", 'S', 1, head));
        TRY(add_property(traj, "pos", 'R', 3, head));
    }
    return ERR_OK;
}

static int read_row(struct traj *traj, const struct traj_head *head, char *line, struct traj_row *row) {
    bool momenta = false;
    for (int c = 0; c < traj->n_columns; c++) {
        TRY(traj_text_column(traj, head, traj->column[c], &line, row));
        momenta = momenta || traj->column[c] == TRAJ_MOMENTUM;
    }
    if (momenta) /* ASE: sqrt(eV g/mol); v = p/m in sqrt(eV mol/g) = 98.2 A/ps */
        for (int a = 0; a < 3; a++) row->v[a] /= traj->species.mass[row->type] * sqrt(UNIT_MVV);
    return ERR_OK;
}

const struct traj_format traj_xyz_format = {"extended XYZ", skip, read_head, read_row, NULL};

static int print(const struct frame *frame, int i, int fields, char *out) {
    int n = sprintf(out, "%s %.12g %.12g %.12g %" PRId64, frame->species.name[frame->type[i]], frame->x[i][0],
                    frame->x[i][1], frame->x[i][2], frame->id[i]);
    const int32_t *m = frame->image[i];
    if (fields & TRAJ_V)
        n += sprintf(out + n, " %.12g %.12g %.12g", frame->v[i][0], frame->v[i][1], frame->v[i][2]);
    if (fields & TRAJ_F)
        n += sprintf(out + n, " %.12g %.12g %.12g", frame->f[i][0], frame->f[i][1], frame->f[i][2]);
    if (fields & TRAJ_IMAGE) n += sprintf(out + n, " %d %d %d", m[0], m[1], m[2]);
    if (fields & TRAJ_GROUP) n += sprintf(out + n, " %d", frame->group[i]);
    for (int c = 0; c < 6 && fields & TRAJ_STRESS; c++) n += sprintf(out + n, " %.12g", frame->stress[i][c]);
    return n + sprintf(out + n, "\n");
}

int traj_xyz_write(struct traj_output *output, const struct frame *frame, int fields) {
    const struct box *b = &frame->box;
    char head[1024], origin[120] = "";
    if (b->lo[0] != 0 || b->lo[1] != 0 || b->lo[2] != 0)
        snprintf(origin, sizeof origin, " Origin=\"%.17g %.17g %.17g\"", b->lo[0], b->lo[1], b->lo[2]);
    snprintf(head, sizeof head,
             "%" PRId64
             "\nLattice=\"%.17g 0 0 0 %.17g 0 0 0 %.17g\"%s Properties=species:S:1:pos:R:3:id:I:1%s%s%s%s%s "
             "pbc=\"%c %c %c\" Time=%.12g Step=%" PRId64 "\n",
             frame->n_global, b->len[0], b->len[1], b->len[2], origin, fields & TRAJ_V ? ":vel:R:3" : "",
             fields & TRAJ_F ? ":forces:R:3" : "", fields & TRAJ_IMAGE ? ":image:I:3" : "",
             fields & TRAJ_GROUP ? ":group:I:1" : "", fields & TRAJ_STRESS ? ":stress:R:6" : "",
             b->periodic[0] ? 'T' : 'F', b->periodic[1] ? 'T' : 'F', b->periodic[2] ? 'T' : 'F', frame->time,
             frame->step);
    TRY(traj_text_put(output, head));
    return traj_text_rows(output, frame, fields, print);
}
