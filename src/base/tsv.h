/* tsv - result tables: one header line of bare names with a unit suffix, then rows; no comments.
 *
 * Integers without a point, reals as %.12g, missing = nan, text without tabs. Rank 0 collects and writes; the
 * file is complete or absent (written beside, then renamed). The same table goes to /tables/NAME of the HDF5
 * file. */
#ifndef BASE_TSV_H
#define BASE_TSV_H

#include "base/comm.h"

#include <stdint.h>

struct tsv;
struct h5;

/* Local. columns: "step:i temperature_K:r species:t", a space-separated list of NAME:TYPE (i int64, r real, t
 * text). */
int tsv_create(const char *columns, struct tsv **tsv) MUST_CHECK;
void tsv_destroy(struct tsv **tsv);
/* Local. One row; arguments in column order: int64_t, double, const char *. */
int tsv_add(struct tsv *tsv, ...) MUST_CHECK;
/* Local. One row of a table whose columns are all real, however many there are. */
int tsv_add_reals(struct tsv *tsv, const double *row) MUST_CHECK;
int64_t tsv_rows(const struct tsv *tsv);
/* Collective. Rank 0's rows to PATH. ERR_CREATE, ERR_WRITE. */
int tsv_write(const struct comm *comm, const struct tsv *tsv, const char *path) MUST_CHECK;
/* Collective. Rank 0's rows as one dataset per column under GROUP ("/tables/summary"). */
int tsv_write_h5(const struct comm *comm, const struct tsv *tsv, struct h5 *h5, const char *group) MUST_CHECK;
/* Local. The table as aligned text for a terminal (by mem). */
int tsv_show(const struct tsv *tsv, char **text) MUST_CHECK;

#endif
