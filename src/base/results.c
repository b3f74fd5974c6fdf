/* results - tables, arrays, scalars and text files of a run.
 *
 * Per-atom results are computed where the atoms are and written in id order: one all-to-all exchange of (id,
 * item) brings them into blocks of ids. Text files are written by rank 0, which receives one rank's bytes at
 * a time, so that its memory never holds the whole text. Rejected: gathering everything on rank 0. */
#include "base/results.h"
#include "base/mem.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

int results_init(struct results *out, const struct comm *comm, struct h5 *h5, const char *root,
                 const char *dir, const char *stem, const char *name, const char *label, bool lj,
                 struct results_scalars *scalars) {
    memset(out, 0, sizeof *out);
    out->comm = comm;
    out->h5 = h5;
    out->lj = lj;
    out->named = label != NULL;
    out->scalars = scalars;
    int e = mem_strdup(&out->label, label ? label : name);
    if (!e) e = mem_sprintf(&out->group, "%s/%s", root, out->label);
    if (!e && dir) e = mem_sprintf(&out->front, "%s/%s%s%s", dir, stem, label ? "." : "", label ? label : "");
    if (e) results_destroy(out);
    return e;
}

void results_destroy(struct results *out) {
    mem_free(&out->label);
    mem_free(&out->group);
    mem_free(&out->front);
    memset(out, 0, sizeof *out);
}

const char *results_length(const struct results *out) {
    return out->lj ? "sigma" : "A";
}

int results_scalars_add(struct results_scalars *list, const char *label, const char *name, double value,
                        double error, const char *unit) {
    if (list->n == list->capacity) {
        int more = list->capacity ? 2 * list->capacity : 32;
        TRY(MEM_GROW(list->s, list->capacity, more));
        list->capacity = more;
    }
    struct results_scalar *s = &list->s[list->n];
    *s = (struct results_scalar){NULL, NULL, value, error, unit};
    TRY(mem_strdup(&s->label, label));
    int e = mem_strdup(&s->name, name);
    if (e) mem_free(&s->label);
    else list->n++;
    return e;
}

int results_scalar(struct results *out, double value, double error, const char *unit, const char *name, ...) {
    if (!out->scalars) return ERR_OK;
    char text[256];
    va_list ap;
    va_start(ap, name);
    vsnprintf(text, sizeof text, name, ap);
    va_end(ap);
    return results_scalars_add(out->scalars, out->label, text, value, error, unit);
}

const struct results_scalar *results_scalars_find(const struct results_scalars *scalars, const char *label,
                                                  const char *name) {
    for (int k = 0; k < scalars->n; k++)
        if ((!label || strcmp(scalars->s[k].label, label) == 0) && strcmp(scalars->s[k].name, name) == 0)
            return &scalars->s[k];
    return NULL;
}

void results_scalars_free(struct results_scalars *scalars) {
    for (int k = 0; k < scalars->n; k++) {
        mem_free(&scalars->s[k].label);
        mem_free(&scalars->s[k].name);
    }
    mem_free(&scalars->s);
    scalars->n = scalars->capacity = 0;
}

int results_table(struct results *out, const char *table, const struct tsv *tsv) {
    char *path = NULL;
    int e = ERR_OK;
    if (out->front) {
        TRY_ALL_TO(out->comm, done, mem_sprintf(&path, "%s.%s.tsv", out->front, table));
        TRY_TO(done, tsv_write(out->comm, tsv, path));
        mem_free(&path);
    }
    if (out->h5) {
        TRY_ALL_TO(
            out->comm, done,
            mem_sprintf(&path, "/tables/%s%s%s", out->named ? out->label : "", out->named ? "." : "", table));
        TRY_TO(done, tsv_write_h5(out->comm, tsv, out->h5, path));
    }
done:
    mem_free(&path);
    return e;
}

int results_dataset(const struct results *out, const char *name, char **path) {
    return mem_sprintf(path, "%s/%s", out->group, name);
}

int results_array(struct results *out, const char *name, enum h5_type type, int n_dims, const int64_t *dims,
                  const void *data, const char *unit, const char *what) {
    if (!out->h5) return ERR_OK;
    char *path = NULL;
    TRY_ALL(out->comm, results_dataset(out, name, &path));
    int e = h5_write(out->h5, path, type, n_dims, dims, data, unit, what);
    mem_free(&path);
    return e;
}

int results_note_text(struct results *out, const char *name, const char *text) {
    return out->h5 ? h5_attr_text(out->h5, out->group, name, text) : ERR_OK;
}

int results_note_real(struct results *out, const char *name, double value) {
    return out->h5 ? h5_attr_f64(out->h5, out->group, name, &value, 1) : ERR_OK;
}

/* --- per-atom results in id order */

static int64_t row_begin(int64_t n_global, int rank, int size) {
    return (int64_t)((__int128)n_global * rank / size);
}

static int owner_of(int64_t row, int64_t n_global, int size) {
    int r = n_global ? (int)((__int128)row * size / n_global) : 0;
    while (r > 0 && row < row_begin(n_global, r, size)) r--;
    while (r < size - 1 && row >= row_begin(n_global, r + 1, size)) r++;
    return r;
}

static int pack_rows(const struct comm *comm, int64_t n_global, int n, const int64_t *id, const void *items,
                     size_t bytes, char **packed, int64_t *count_to) {
    size_t width = sizeof(int64_t) + bytes;
    int64_t *at = NULL;
    TRY(MEM_NEW(at, comm->size + 1));
    for (int i = 0; i < n; i++) {
        if (id[i] < 1 || id[i] > n_global) {
            mem_free(&at);
            FAIL(ERR_INTERNAL, "atom id %lld is not in 1 .. %lld", (long long)id[i], (long long)n_global);
        }
        int r = owner_of(id[i] - 1, n_global, comm->size);
        count_to[r]++;
        at[r + 1]++;
    }
    for (int r = 0; r < comm->size; r++) at[r + 1] += at[r];
    int e = mem_new(packed, (size_t)n, width, __FILE__, __LINE__);
    for (int i = 0; i < n && !e; i++) {
        int64_t row = id[i] - 1;
        char *p = *packed + (size_t)at[owner_of(row, n_global, comm->size)]++ * width;
        memcpy(p, &row, sizeof row);
        memcpy(p + sizeof row, (const char *)items + (size_t)i * bytes, bytes);
    }
    mem_free(&at);
    return e;
}

int results_rows(const struct comm *comm, int64_t n_global, int n, const int64_t *id, const void *items,
                 size_t bytes, void *rows, int64_t *first, int64_t *n_rows) {
    size_t width = sizeof(int64_t) + bytes;
    char *packed = NULL, *came = NULL, **out = rows;
    int64_t *count_to = NULL, n_came = 0;
    int e = ERR_OK;
    *out = NULL;
    *first = row_begin(n_global, comm->rank, comm->size);
    *n_rows = row_begin(n_global, comm->rank + 1, comm->size) - *first;
    TRY_ALL_TO(comm, done, MEM_NEW(count_to, comm->size));
    TRY_ALL_TO(comm, done, pack_rows(comm, n_global, n, id, items, bytes, &packed, count_to));
    TRY_TO(done, comm_exchange(comm, packed, count_to, width, &came, &n_came));
    e = mem_new(out, (size_t)*n_rows, bytes, __FILE__, __LINE__);
    if (!e && n_came != *n_rows)
        e = err_set(ERR_INTERNAL, __FILE__, __LINE__, "%lld results for %lld atoms", (long long)n_came,
                    (long long)*n_rows);
    for (int64_t k = 0; k < n_came && !e; k++) {
        int64_t row;
        memcpy(&row, came + (size_t)k * width, sizeof row);
        memcpy(*out + (size_t)(row - *first) * bytes, came + (size_t)k * width + sizeof row, bytes);
    }
    e = err_agree(comm, e);
    if (e) mem_free(out);
done:
    mem_free(&packed);
    mem_free(&came);
    mem_free(&count_to);
    return e;
}

/* --- text files */

int results_text_open(struct results *out, const char *suffix, struct results_text *text) {
    memset(text, 0, sizeof *text);
    text->comm = out->comm;
    int e = mem_sprintf(&text->path, "%s.%s", out->front, suffix);
    if (!e) e = mem_sprintf(&text->partial, "%s.partial", text->path);
    if (!e && out->comm->rank == 0) {
        text->file = fopen(text->partial, "w");
        if (!text->file)
            e = err_set(ERR_CREATE, __FILE__, __LINE__, "cannot create %s: %s", text->partial,
                        strerror(errno));
    }
    e = err_agree(out->comm, e);
    if (e) results_text_drop(text);
    return e;
}

static int write_bytes(struct results_text *text, const char *bytes, int64_t n) {
    if (n > 0 && fwrite(bytes, 1, (size_t)n, text->file) != (size_t)n)
        FAIL(ERR_WRITE, "cannot write %s: %s", text->path, strerror(errno));
    return ERR_OK;
}

#define PUT_BYTES ((int64_t)64 << 20)

int results_text_put(struct results_text *text, const char *bytes, int64_t n) {
    const struct comm *comm = text->comm;
    int64_t *count_to = NULL, *n_of = NULL;
    int e = ERR_OK;
    TRY_ALL_TO(comm, done, MEM_NEW(count_to, comm->size));
    TRY_ALL_TO(comm, done, MEM_NEW(n_of, comm->size));
    comm_gather_i64(comm, n, n_of);
    TRY_ALL_TO(comm, done, comm->rank == 0 ? write_bytes(text, bytes, n) : ERR_OK);
    for (int r = 1; r < comm->size; r++)
        for (int64_t at = 0; at < n_of[r]; at += PUT_BYTES) {
            char *came = NULL;
            int64_t n_came, part = n_of[r] - at < PUT_BYTES ? n_of[r] - at : PUT_BYTES;
            count_to[0] = comm->rank == r ? part : 0;
            e = comm_exchange(comm, bytes + (comm->rank == r ? at : 0), count_to, 1, &came, &n_came);
            if (!e) e = err_agree(comm, comm->rank == 0 ? write_bytes(text, came, n_came) : ERR_OK);
            mem_free(&came);
            if (e) goto done;
        }
done:
    mem_free(&count_to);
    mem_free(&n_of);
    return e;
}

int results_text_close(struct results_text *text, bool keep) {
    if (!text->comm) return ERR_OK;
    const struct comm *comm = text->comm;
    int e = ERR_OK;
    if (comm->rank == 0 && text->file && keep) {
        int bad = fflush(text->file) != 0 || fsync(fileno(text->file)) != 0;
        bad |= fclose(text->file) != 0;
        text->file = NULL;
        if (bad || rename(text->partial, text->path) != 0)
            e = err_set(ERR_WRITE, __FILE__, __LINE__, "cannot write %s: %s", text->path, strerror(errno));
        else mem_free(&text->partial);
    }
    e = err_agree(comm, e);
    results_text_drop(text);
    return e;
}

void results_text_drop(struct results_text *text) {
    if (text->file) fclose(text->file);
    if (text->comm && text->comm->rank == 0 && text->partial) remove(text->partial);
    mem_free(&text->path);
    mem_free(&text->partial);
    memset(text, 0, sizeof *text);
}
