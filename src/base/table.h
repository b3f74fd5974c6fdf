/* table - columns of numbers read from a TSV file: measured points, profiles, curves, temperatures of frames.
 *
 * The first line holds names with a unit suffix (diameter_nm, T_C); cells that are not numbers read as nan,
 * and their text is kept. What the program itself writes reads back. */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include "base/comm.h"

struct table {
    int n_columns, n_rows;
    char **name;    /* [n_columns] */
    char **text;    /* [n_rows * n_columns] */
    double *number; /* [n_rows * n_columns]; nan where the cell is no number */
    char *file;
};

/* Collective. Rank 0 reads, every rank holds the table. ERR_INPUT: missing, ragged, or without rows; the
 * message names file and line. */
int table_read(const struct comm *comm, const char *path, struct table **table) MUST_CHECK;
void table_destroy(struct table **table);
/* Local. Column of that name, or -1. */
int table_column(const struct table *table, const char *name);
/* Local. The cell as a number (nan when it is none) and as text. */
double table_number(const struct table *table, int row, int column);
const char *table_text(const struct table *table, int row, int column);

#endif
