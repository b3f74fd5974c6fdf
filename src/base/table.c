/* table - the file as one string, cut at line ends and tabs; every rank parses the same bytes.
 *
 * Rejected: GSL's histogram and matrix readers, which know neither headers nor text. */
#include "base/table.h"
#include "base/mem.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int slurp(const char *path, char **out) {
    FILE *f = fopen(path, "rb");
    size_t n = 0, room = 4096;
    int e = ERR_OK;
    if (!f) FAIL(ERR_INPUT, "cannot read %s: %s", path, strerror(errno));
    e = MEM_NEW(*out, room);
    while (!e) {
        n += fread(*out + n, 1, room - 1 - n, f);
        if (n < room - 1) break;
        e = MEM_GROW(*out, room, 2 * room);
        room *= 2;
    }
    if (!e && ferror(f)) e = err_set(ERR_INPUT, __FILE__, __LINE__, "cannot read %s", path);
    if (!e) (*out)[n] = '\0';
    else mem_free(out);
    fclose(f);
    return e;
}

static int count_cells(const char *line) {
    int n = 1;
    for (; *line; line++) n += *line == '\t';
    return n;
}

/* Cut the next cell off *rest at a tab. */
static char *next_cell(char **rest) {
    char *cell = *rest, *tab = strchr(cell, '\t');
    if (tab) *tab = '\0';
    *rest = tab ? tab + 1 : cell + strlen(cell);
    return cell;
}

static int add_row(struct table *t, char *line, int number) {
    int nc = t->n_columns, have = count_cells(line);
    if (have != nc)
        FAIL(ERR_INPUT, "%s:%d: %d cells, but the header names %d columns", t->file, number, have, nc);
    TRY(MEM_GROW(t->text, (t->n_rows) * nc, (t->n_rows + 1) * nc));
    TRY(MEM_GROW(t->number, (t->n_rows) * nc, (t->n_rows + 1) * nc));
    t->n_rows++;
    for (int c = 0; c < nc; c++) {
        char *cell = next_cell(&line), *end;
        int k = (t->n_rows - 1) * nc + c;
        TRY(mem_strdup(&t->text[k], cell));
        t->number[k] = strtod(cell, &end);
        if (end == cell || *end) t->number[k] = NAN;
    }
    return ERR_OK;
}

static int parse(struct table *t, char *all) {
    int number = 0;
    for (char *line = all, *next; line && *line; line = next) {
        next = strchr(line, '\n');
        if (next) *next++ = '\0';
        number++;
        size_t n = strlen(line);
        if (n && line[n - 1] == '\r') line[--n] = '\0';
        if (!n) continue;
        if (t->name) {
            TRY(add_row(t, line, number));
            continue;
        }
        t->n_columns = count_cells(line);
        TRY(MEM_NEW(t->name, t->n_columns));
        for (int c = 0; c < t->n_columns; c++) TRY(mem_strdup(&t->name[c], next_cell(&line)));
    }
    if (!t->n_rows) FAIL(ERR_INPUT, "%s: no rows under a header line", t->file);
    return ERR_OK;
}

int table_read(const struct comm *comm, const char *path, struct table **table) {
    char *all = NULL;
    int e = ERR_OK;
    *table = NULL;
    TRY_ALL(comm, comm->rank == 0 ? slurp(path, &all) : ERR_OK);
    e = comm_bcast_string(comm, &all);
    if (!e) e = MEM_NEW(*table, 1);
    if (!e) e = mem_strdup(&(*table)->file, path);
    if (!e) e = parse(*table, all);
    e = err_agree(comm, e);
    mem_free(&all);
    if (e) table_destroy(table);
    return e;
}

void table_destroy(struct table **table) {
    struct table *t = *table;
    if (!t) return;
    for (int c = 0; t->name && c < t->n_columns; c++) mem_free(&t->name[c]);
    for (int k = 0; t->text && k < t->n_rows * t->n_columns; k++) mem_free(&t->text[k]);
    mem_free(&t->name);
    mem_free(&t->text);
    mem_free(&t->number);
    mem_free(&t->file);
    mem_free(table);
}

int table_column(const struct table *table, const char *name) {
    for (int c = 0; c < table->n_columns; c++)
        if (strcmp(table->name[c], name) == 0) return c;
    return -1;
}

double table_number(const struct table *table, int row, int column) {
    return table->number[row * table->n_columns + column];
}

const char *table_text(const struct table *table, int row, int column) {
    return table->text[row * table->n_columns + column];
}
