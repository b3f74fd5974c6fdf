/* tsv - rows are kept as tagged values in one growing array; text is copied. */
#include "base/tsv.h"
#include "base/h5.h"
#include "base/mem.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

union value {
    int64_t i;
    double r;
    char *t;
};

struct tsv {
    int n_columns;
    char **name;
    char *type; /* 'i', 'r', 't' */
    union value *value;
    int64_t rows, capacity;
};

struct text {
    char *s;
    size_t n, capacity;
};

static int text_add(struct text *text, const char *s, size_t n) {
    if (text->n + n + 1 > text->capacity) {
        size_t more = 2 * (text->n + n + 1) + 256;
        TRY(MEM_GROW(text->s, text->capacity, more));
        text->capacity = more;
    }
    memcpy(text->s + text->n, s, n);
    text->n += n;
    text->s[text->n] = 0;
    return ERR_OK;
}

static int parse_columns(struct tsv *tsv, const char *columns) {
    for (const char *p = columns; *p;) {
        size_t n = strcspn(p, " "), name = strcspn(p, ": ");
        if (n > 0) {
            int k = tsv->n_columns;
            if (name == 0 || name + 2 != n || !strchr("irt", p[n - 1]))
                FAIL(ERR_INTERNAL, "table columns '%s': '%.*s' is not NAME:i, NAME:r or NAME:t", columns,
                     (int)n, p);
            TRY(MEM_GROW(tsv->name, k, k + 1));
            TRY(MEM_GROW(tsv->type, k, k + 1));
            TRY(mem_strndup(&tsv->name[k], p, name));
            tsv->type[k] = p[n - 1];
            tsv->n_columns++;
        }
        p += n;
        while (*p == ' ') p++;
    }
    if (tsv->n_columns == 0) FAIL(ERR_INTERNAL, "a table without columns");
    return ERR_OK;
}

int tsv_create(const char *columns, struct tsv **tsv) {
    TRY(MEM_NEW(*tsv, 1));
    int e = parse_columns(*tsv, columns);
    if (e) tsv_destroy(tsv);
    return e;
}

void tsv_destroy(struct tsv **tsv) {
    struct tsv *t = *tsv;
    if (!t) return;
    for (int c = 0; c < t->n_columns; c++) {
        if (t->type[c] == 't')
            for (int64_t r = 0; r < t->rows; r++) mem_free(&t->value[r * t->n_columns + c].t);
        mem_free(&t->name[c]);
    }
    mem_free(&t->name);
    mem_free(&t->type);
    mem_free(&t->value);
    mem_free(tsv);
}

static int make_room(struct tsv *tsv) {
    if (tsv->rows < tsv->capacity) return ERR_OK;
    int64_t more = tsv->capacity + tsv->capacity / 2 + 16;
    TRY(MEM_GROW(tsv->value, tsv->capacity * tsv->n_columns, more * tsv->n_columns));
    tsv->capacity = more;
    return ERR_OK;
}

int tsv_add_reals(struct tsv *tsv, const double *row) {
    for (int c = 0; c < tsv->n_columns; c++)
        if (tsv->type[c] != 'r') FAIL(ERR_INTERNAL, "column %s is not real", tsv->name[c]);
    TRY(make_room(tsv));
    for (int c = 0; c < tsv->n_columns; c++) tsv->value[tsv->rows * tsv->n_columns + c].r = row[c];
    tsv->rows++;
    return ERR_OK;
}

int tsv_add(struct tsv *tsv, ...) {
    TRY(make_room(tsv));
    union value *row = tsv->value + tsv->rows * tsv->n_columns;
    int e = ERR_OK;
    va_list ap;
    va_start(ap, tsv);
    for (int c = 0; c < tsv->n_columns; c++) {
        if (tsv->type[c] == 'i') row[c].i = va_arg(ap, int64_t);
        else if (tsv->type[c] == 'r') row[c].r = va_arg(ap, double);
        else {
            const char *s = va_arg(ap, const char *);
            row[c].t = NULL;
            if (e) continue;
            if (strpbrk(s, "\t\n\r"))
                e = err_set(ERR_INTERNAL, __FILE__, __LINE__, "column %s: a text with a tab or line end",
                            tsv->name[c]);
            else e = mem_strdup(&row[c].t, s);
        }
    }
    va_end(ap);
    if (e)
        for (int c = 0; c < tsv->n_columns; c++)
            if (tsv->type[c] == 't') mem_free(&row[c].t);
    if (!e) tsv->rows++;
    return e;
}

int64_t tsv_rows(const struct tsv *tsv) {
    return tsv->rows;
}

/* Local. One value as text; out is for numbers. */
static const char *format(const struct tsv *tsv, int64_t row, int c, char out[40]) {
    union value v = tsv->value[row * tsv->n_columns + c];
    if (tsv->type[c] == 't') return v.t;
    if (tsv->type[c] == 'i') snprintf(out, 40, "%" PRId64, v.i);
    else if (isnan(v.r)) snprintf(out, 40, "nan"); /* glibc may print -nan */
    else snprintf(out, 40, "%.12g", v.r);
    return out;
}

static int to_text(const struct tsv *tsv, struct text *text) {
    char number[40];
    for (int c = 0; c < tsv->n_columns; c++) {
        TRY(text_add(text, tsv->name[c], strlen(tsv->name[c])));
        TRY(text_add(text, c + 1 < tsv->n_columns ? "\t" : "\n", 1));
    }
    for (int64_t r = 0; r < tsv->rows; r++)
        for (int c = 0; c < tsv->n_columns; c++) {
            const char *s = format(tsv, r, c, number);
            TRY(text_add(text, s, strlen(s)));
            TRY(text_add(text, c + 1 < tsv->n_columns ? "\t" : "\n", 1));
        }
    return ERR_OK;
}

int tsv_write(const struct comm *comm, const struct tsv *tsv, const char *path) {
    struct text text = {0};
    int e = err_agree(comm, comm->rank == 0 ? to_text(tsv, &text) : ERR_OK);
    if (!e) e = h5_put_text(comm, path, comm->rank == 0 ? text.s : "");
    mem_free(&text.s);
    return e;
}

/* The unit that ends a column's name, as it is written in attributes. */
static const char *unit_of(const char *name) {
    static const char *const known[][2] = {{"_g_cm3", "g/cm3"},
                                           {"_1_per_A", "1/A"},
                                           {"_K_per_s", "K/s"},
                                           {"_A2_per_ps", "A2/ps"},
                                           {"_A_per_ps", "A/ps"},
                                           {"_eV_per_A", "eV/A"},
                                           {"_eV_per_atom", "eV"},
                                           {"_eV_atom", "eV"},
                                           {"_A3_atom", "A3"},
                                           {"_1_per_nm", "1/nm"},
                                           {"_J_m2", "J/m2"},
                                           {"_Pa_s", "Pa s"},
                                           {"_nm_per_s", "nm/s"},
                                           {"_mrad", "mrad"},
                                           {"_GPa", "GPa"},
                                           {"_MPa", "MPa"},
                                           {"_Pa", "Pa"},
                                           {"_meV", "meV"},
                                           {"_eV", "eV"},
                                           {"_A3", "A3"},
                                           {"_A2", "A2"},
                                           {"_nm3", "nm3"},
                                           {"_nm2", "nm2"},
                                           {"_nm", "nm"},
                                           {"_ps", "ps"},
                                           {"_fs", "fs"},
                                           {"_ns", "ns"},
                                           {"_deg", "deg"},
                                           {"_rad", "rad"},
                                           {"_A", "A"},
                                           {"_K", "K"},
                                           {"_C", "C"},
                                           {"_s", "s"}};
    size_t n = strlen(name);
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        size_t m = strlen(known[k][0]);
        if (n > m && strcmp(name + n - m, known[k][0]) == 0) return known[k][1];
    }
    return "";
}

/* Collective. Column c of rank 0's rows into `path`. */
static int write_column(const struct comm *comm, const struct tsv *tsv, int c, int64_t rows, struct h5 *h5,
                        const char *path) {
    int64_t *whole = NULL;
    double *real = NULL;
    char **text = NULL;
    char type = tsv->type[c];
    int64_t mine = comm->rank == 0 ? rows : 0;
    int e = type == 'i' ? MEM_NEW(whole, mine) : type == 'r' ? MEM_NEW(real, mine) : MEM_NEW(text, mine);
    e = err_agree(comm, e);
    for (int64_t r = 0; r < mine && !e; r++) {
        union value v = tsv->value[r * tsv->n_columns + c];
        if (type == 'i') whole[r] = v.i;
        else if (type == 'r') real[r] = v.r;
        else text[r] = v.t;
    }
    const char *unit = unit_of(tsv->name[c]), *what = tsv->name[c];
    if (!e && type == 'i') e = h5_write(h5, path, H5_I64, 1, &rows, whole, unit, what);
    else if (!e && type == 'r') e = h5_write(h5, path, H5_F64, 1, &rows, real, unit, what);
    else if (!e) e = h5_write_texts(h5, path, (const char *const *)text, rows, what);
    mem_free(&whole);
    mem_free(&real);
    mem_free(&text);
    return e;
}

int tsv_write_h5(const struct comm *comm, const struct tsv *tsv, struct h5 *h5, const char *group) {
    int64_t rows = tsv->rows;
    comm_bcast(comm, &rows, sizeof rows);
    TRY(h5_group(h5, group));
    for (int c = 0; c < tsv->n_columns; c++) {
        char *path = NULL;
        int e = err_agree(comm, mem_sprintf(&path, "%s/%s", group, tsv->name[c]));
        if (!e) e = write_column(comm, tsv, c, rows, h5, path);
        mem_free(&path);
        TRY(e);
    }
    return ERR_OK;
}

int tsv_show(const struct tsv *tsv, char **text) {
    struct text out = {0};
    char number[40];
    size_t *width = NULL;
    int e = MEM_NEW(width, tsv->n_columns);
    for (int c = 0; c < tsv->n_columns && !e; c++) {
        width[c] = strlen(tsv->name[c]);
        for (int64_t r = 0; r < tsv->rows; r++) {
            size_t n = strlen(format(tsv, r, c, number));
            if (n > width[c]) width[c] = n;
        }
    }
    for (int64_t r = -1; r < tsv->rows && !e; r++)
        for (int c = 0; c < tsv->n_columns && !e; c++) {
            const char *s = r < 0 ? tsv->name[c] : format(tsv, r, c, number);
            size_t pad = width[c] - strlen(s);
            bool last = c + 1 == tsv->n_columns, right = tsv->type[c] != 't';
            for (size_t k = 0; k < pad && right && !e; k++) e = text_add(&out, " ", 1);
            if (!e) e = text_add(&out, s, strlen(s));
            for (size_t k = 0; k < pad && !right && !last && !e; k++) e = text_add(&out, " ", 1);
            if (!e) e = text_add(&out, last ? "\n" : "  ", last ? 1 : 2);
        }
    mem_free(&width);
    if (e) mem_free(&out.s);
    *text = out.s;
    return e;
}
