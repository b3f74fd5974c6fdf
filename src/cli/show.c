/* show - rank 0 alone looks, through a communicator of its own, so that one code serves any number of ranks.
 *
 * What a file is comes from its content: HDF5, a trajectory, a table (a header line with tabs), an EAM table;
 * anything else is said to be text or not. At most a screenful: longer lists end with how much was left out.
 */
#include "cli/show.h"
#include "atoms/traj.h"
#include "base/h5.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/args.h"
#include "md/eam_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define USAGE "vitrine show FILE"
#define MOST_LINES 40

/* --- HDF5 --- */

struct tree {
    struct h5 *h5;
    int lines, hidden;
};

/* Local. "[101][50][3] f64" of a dataset. */
static int shape_text(struct h5 *h5, const char *path, char out[200]) {
    static const char *const names[] = {"f64", "f32", "i64", "i32", "u8", "i16"};
    int n_dims, n = 0;
    int64_t dims[H5_MAX_DIMS];
    enum h5_type type;
    TRY(h5_shape(h5, path, &n_dims, dims));
    for (int d = 0; d < n_dims; d++) n += sprintf(out + n, "[%" PRId64 "]", dims[d]);
    if (h5_type(h5, path, &type)) {
        err_clear();
        sprintf(out + n, "%stext", n ? " " : "");
    } else sprintf(out + n, "%s%s", n ? " " : "", names[type]);
    return ERR_OK;
}

/* Local. The text of an attribute, or "" (static buffer of the caller). */
static void attribute(struct h5 *h5, const char *path, const char *name, char out[200]) {
    char *text = NULL;
    out[0] = 0;
    if (!h5_has_attr(h5, path, name)) return;
    if (h5_read_attr_text(h5, path, name, &text)) err_clear();
    else snprintf(out, 200, "%s", text);
    mem_free(&text);
}

static int show_dataset(struct tree *tree, const char *path, const char *shown) {
    char shape[200], unit[200], what[200];
    if (tree->lines >= MOST_LINES) {
        tree->hidden++;
        return ERR_OK;
    }
    TRY(shape_text(tree->h5, path, shape));
    attribute(tree->h5, path, "unit", unit);
    attribute(tree->h5, path, "description", what);
    log_note("  %-44s %s%s%s%s%s", shown, shape, unit[0] ? ", " : "", unit, what[0] ? "  " : "", what);
    tree->lines++;
    return ERR_OK;
}

/* Local. A stage's record or a table: one line with its columns. */
static int show_columns(struct tree *tree, const char *path) {
    int n, n_dims, e;
    char **names, *first = NULL, list[400] = "";
    int64_t dims[H5_MAX_DIMS] = {0};
    TRY(h5_members(tree->h5, path, &n, &names));
    for (int k = 0; k < n; k++) {
        size_t at = strlen(list);
        if (at + strlen(names[k]) + 8 < sizeof list) sprintf(list + at, "%s%s", k ? " " : "", names[k]);
        else if (at < 3 || strcmp(list + at - 3, "...") != 0) sprintf(list + at, " ...");
    }
    e = n ? mem_sprintf(&first, "%s/%s/value", path, names[0]) : ERR_OK;
    if (!e && n && !h5_is_dataset(tree->h5, first)) first[strlen(first) - 6] = 0;
    if (!e && n && h5_is_dataset(tree->h5, first)) e = h5_shape(tree->h5, first, &n_dims, dims);
    if (!e) log_note("  %-32s %lld rows: %s", path, (long long)dims[0], list);
    tree->lines++;
    mem_free(&first);
    mem_free(&names);
    return e;
}

/* Local. All datasets below a group, except those of /particles; an element with /value is one line. */
static int show_group(struct tree *tree, const char *path) {
    int n, e;
    char **names, *below = NULL;
    if (strcmp(path, "/particles") == 0) return ERR_OK;
    TRY(mem_sprintf(&below, "%s/value", path));
    bool element = h5_is_dataset(tree->h5, below);
    e = element ? show_dataset(tree, below, path) : ERR_OK;
    mem_free(&below);
    if (element) return e;
    TRY(h5_members(tree->h5, path, &n, &names));
    for (int k = 0; k < n && !e; k++) {
        TRY_TO(out, mem_sprintf(&below, "%s/%s", strcmp(path, "/") == 0 ? "" : path, names[k]));
        bool bundle = strcmp(path, "/observables") == 0 || strcmp(path, "/tables") == 0;
        if (h5_is_dataset(tree->h5, below)) e = show_dataset(tree, below, below);
        else e = bundle ? show_columns(tree, below) : show_group(tree, below);
        mem_free(&below);
    }
out:
    mem_free(&names);
    return e;
}

static void show_provenance(struct h5 *h5) {
    static const char *const names[] = {"version", "commit", "date", "host", "command"};
    char text[200];
    const char *at = "/vitrine/provenance";
    int64_t ranks;
    if (!h5_exists(h5, at)) return;
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        attribute(h5, at, names[k], text);
        if (text[0]) log_note("  %-8s %s", names[k], text);
    }
    if (h5_has_attr(h5, at, "ranks") && h5_read_attr_i64(h5, at, "ranks", &ranks, 1) == ERR_OK)
        log_note("  %-8s %" PRId64, "ranks", ranks);
    err_clear();
}

/* Local. One line for each stage; a group that is no trajectory is said so. */
static int show_stages(const struct comm *self, const char *path, struct h5 *h5) {
    int n;
    char **names;
    if (!h5_exists(h5, "/particles")) return ERR_OK;
    TRY(h5_members(h5, "/particles", &n, &names));
    int64_t *order = NULL;
    int e = MEM_NEW(order, n);
    for (int k = 0; k < n && !e; k++) {
        char base[600];
        snprintf(base, sizeof base, "/particles/%.500s", names[k]);
        order[k] = k;
        if (h5_has_attr(h5, base, "order")) e = h5_read_attr_i64(h5, base, "order", &order[k], 1);
    }
    for (int64_t next = 0; next <= 1000000 && !e;) { /* by order, then by name */
        int64_t after = INT64_MAX;
        for (int k = 0; k < n && !e; k++) {
            if (order[k] > next && order[k] < after) after = order[k];
            if (order[k] != next) continue;
            struct traj *traj = NULL;
            char *text = NULL;
            int bad = traj_open(self, path, names[k], NULL, &traj);
            if (!bad) bad = traj_describe(traj, &text);
            log_note("  stage %-12s %s", names[k], bad ? err_message() : text);
            err_clear();
            mem_free(&text);
            traj_close(&traj);
        }
        if (after == INT64_MAX) break;
        next = after;
    }
    mem_free(&order);
    mem_free(&names);
    return e;
}

static int show_h5(const struct comm *self, const char *path) {
    struct tree tree = {0};
    TRY(h5_open(self, path, &tree.h5));
    log_note("%s: HDF5", path);
    show_provenance(tree.h5);
    int e = show_stages(self, path, tree.h5);
    if (!e) e = show_group(&tree, "/");
    if (!e && tree.hidden) log_note("  ... and %d datasets more", tree.hidden);
    int closed = h5_close(&tree.h5, false);
    return e ? e : closed;
}

/* --- text --- */

static int show_trajectory(const struct comm *self, const char *path) {
    struct traj *traj = NULL;
    char *text = NULL;
    int e = traj_open(self, path, NULL, NULL, &traj);
    if (!e) e = traj_describe(traj, &text);
    if (!e) log_note("%s: %s", path, text);
    mem_free(&text);
    traj_close(&traj);
    return e;
}

static int count_tabs(const char *line) {
    int n = 0;
    for (; *line; line++) n += *line == '\t';
    return n;
}

/* Local. A table: columns, number of rows, the first rows as they are. */
static int show_table(const char *path, FILE *file, char *line, size_t capacity) {
    long long rows = 0;
    int columns = count_tabs(line) + 1;
    log_note("%s: table of %d columns", path, columns);
    log_note("%s", line);
    while (getline(&line, &capacity, file) > 0) {
        line[strcspn(line, "\r\n")] = 0;
        if (count_tabs(line) + 1 != columns) {
            int e = err_set(ERR_INPUT, __FILE__, __LINE__, "%s:%lld: %d columns where the header has %d",
                            path, rows + 2, count_tabs(line) + 1, columns);
            free(line);
            return e;
        }
        if (rows++ < 10) log_note("%s", line);
    }
    if (rows > 10) log_note("... %lld rows in all", rows);
    free(line);
    return ERR_OK;
}

static int show_potential(const struct comm *self, const char *path, bool *is) {
    struct eam_file file = {0};
    *is = false;
    if (eam_file_read(self, path, &file)) {
        err_clear();
        return ERR_OK;
    }
    *is = true;
    log_note("%s: potential, %s, %d element%s", path, eam_file_format_name(file.format), file.n,
             file.n == 1 ? "" : "s");
    for (int k = 0; k < file.n; k++) log_note("  %-4s %.6g g/mol", file.name[k], file.mass[k]);
    log_note("  cutoff %.6g A; %d values of r, step %.6g A; %d of rho, step %.6g", file.cutoff, file.n_r,
             file.d_r, file.n_rho, file.d_rho);
    eam_file_destroy(&file);
    return ERR_OK;
}

static int show_text(const struct comm *self, const char *path) {
    FILE *file = fopen(path, "rb");
    char *line = NULL;
    size_t capacity = 0;
    if (!file) FAIL(ERR_INPUT, "%s: cannot read it: %s", path, strerror(errno));
    ssize_t n = getline(&line, &capacity, file);
    int e = ERR_OK;
    if (n <= 0 || memchr(line, 0, (size_t)n)) {
        free(line);
        fclose(file);
        FAIL(ERR_INPUT, "%s: %s; HDF5, trajectories, tables and potentials can be shown", path,
             n > 0 ? "is not text" : "is empty, or a folder");
    }
    line[strcspn(line, "\r\n")] = 0;
    size_t m = strlen(path);
    if (strchr(line, '\t') || (m > 4 && strcmp(path + m - 4, ".tsv") == 0))
        e = show_table(path, file, line, capacity);
    else {
        bool is;
        free(line);
        e = show_potential(self, path, &is);
        if (!e && !is)
            e = err_set(ERR_INPUT, __FILE__, __LINE__,
                        "%s: text of an unknown kind; HDF5, trajectories, tables and potentials "
                        "can be shown",
                        path);
    }
    fclose(file);
    return e;
}

static bool is_hdf5(const char *path) {
    static const unsigned char signature[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
    unsigned char begin[8] = {0};
    FILE *file = fopen(path, "rb");
    bool is = file && fread(begin, 1, 8, file) == 8 && memcmp(begin, signature, 8) == 0;
    if (file) fclose(file);
    return is;
}

static int show(const char *path) {
    struct comm self = comm_self();
    if (is_hdf5(path)) return show_h5(&self, path);
    if (traj_recognise(path)) return show_trajectory(&self, path);
    return show_text(&self, path);
}

int show_run(const struct comm *comm, int argc, char **argv) {
    const struct args_option options[] = {{.name = NULL}};
    const char *path;
    int n;
    TRY(args_parse(argc, argv, options, &path, 1, &n, USAGE));
    if (n < 1) FAIL(ERR_USAGE, "a file is needed\nusage: " USAGE);
    return err_agree(comm, comm->rank == 0 ? show(path) : ERR_OK);
}
