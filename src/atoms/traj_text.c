/* traj_text - a block buffer over zlib's gzFile, which reads plain files as they are.
 *
 * Frames are found once by skipping lines; going to a frame is a seek to its mark (cheap in plain files and
 * forwards in .gz; zlib must start anew to go back in a .gz). */
#include "atoms/traj_text.h"
#include "base/mem.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define BUFFER ((size_t)1 << 18)
#define BLOCK 16384 /* atoms on their way at once */

struct traj_text {
    gzFile gz;
    char *path, *buffer;
    size_t capacity, begin, end;
    int64_t offset; /* in the file, of buffer[begin] */
    int64_t line;   /* number of the line last given */
    bool finished;
};

int traj_text_open(const char *path, struct traj_text **text) {
    FILE *probe = fopen(path, "rb"); /* gzopen does not say why it fails */
    if (!probe) FAIL(ERR_INPUT, "%s: cannot read it: %s", path, strerror(errno));
    fclose(probe);
    TRY(MEM_NEW(*text, 1));
    struct traj_text *t = *text;
    int e = mem_strdup(&t->path, path);
    if (!e) e = MEM_NEW(t->buffer, BUFFER + 1);
    t->capacity = BUFFER;
    if (!e && !(t->gz = gzopen(path, "rb")))
        e = err_set(ERR_INPUT, __FILE__, __LINE__, "%s: cannot read it", path);
    if (e) traj_text_close(text);
    else gzbuffer(t->gz, 1 << 17);
    return e;
}

void traj_text_close(struct traj_text **text) {
    struct traj_text *t = *text;
    if (!t) return;
    if (t->gz) gzclose(t->gz);
    mem_free(&t->buffer);
    mem_free(&t->path);
    mem_free(text);
}

int traj_text_failed(const struct traj_text *t, const char *fmt, ...) {
    char what[700];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    FAIL(ERR_INPUT, "%s:%lld: %s", t->path, (long long)t->line, what);
}

/* Local. More bytes into the buffer. */
static int more(struct traj_text *t) {
    memmove(t->buffer, t->buffer + t->begin, t->end - t->begin);
    t->end -= t->begin;
    t->begin = 0;
    if (t->end == t->capacity) {
        TRY(MEM_GROW(t->buffer, t->capacity + 1, 2 * t->capacity + 1));
        t->capacity *= 2;
    }
    int n = gzread(t->gz, t->buffer + t->end, (unsigned)(t->capacity - t->end));
    int status = Z_OK;
    const char *why = gzerror(t->gz, &status);
    if (n < 0 || (n == 0 && status != Z_OK && status != Z_STREAM_END)) {
        size_t prefix = strlen(t->path); /* zlib begins its words with the name */
        if (strncmp(why, t->path, prefix) == 0 && strncmp(why + prefix, ": ", 2) == 0) why += prefix + 2;
        t->line++;
        return traj_text_failed(t,
                                "cannot be unpacked (%s); the file is damaged or incomplete: copy it again",
                                status == Z_BUF_ERROR ? "unexpected end of file" : why);
    }
    t->end += (size_t)n;
    t->finished = n == 0;
    return ERR_OK;
}

int traj_text_line(struct traj_text *t, char **line) {
    *line = NULL;
    size_t seen = 0;
    char *stop = NULL;
    while (!stop && !t->finished) {
        stop = memchr(t->buffer + t->begin + seen, '\n', t->end - t->begin - seen);
        if (stop) break;
        seen = t->end - t->begin;
        TRY(more(t));
    }
    if (!stop) {
        if (t->begin == t->end) return ERR_OK;
        stop = t->buffer + t->end; /* a last line without its end */
    }
    char *start = t->buffer + t->begin;
    size_t length = (size_t)(stop - start), taken = length + (stop < t->buffer + t->end);
    t->line++;
    t->begin += taken;
    t->offset += (int64_t)taken;
    *stop = 0;
    if (length > 0 && stop[-1] == '\r') stop[-1] = 0;
    if (memchr(start, 0, length > 0 ? length - 1 : 0)) return traj_text_failed(t, "is not text");
    *line = start;
    return ERR_OK;
}

int traj_text_need(struct traj_text *t, const char *what, char **line) {
    TRY(traj_text_line(t, line));
    if (*line) return ERR_OK;
    t->line++;
    return traj_text_failed(t, "the file ends before %s; it is incomplete", what);
}

struct traj_mark traj_text_tell(const struct traj_text *t) {
    return (struct traj_mark){t->offset, t->line};
}

int traj_text_seek(struct traj_text *t, struct traj_mark mark) {
    if (gzseek(t->gz, mark.offset, SEEK_SET) < 0)
        FAIL(ERR_INPUT, "%s: cannot go back to line %lld", t->path, (long long)mark.line);
    t->begin = t->end = 0;
    t->offset = mark.offset;
    t->line = mark.line;
    t->finished = false;
    return ERR_OK;
}

bool traj_text_done(const char *p) {
    return p[strspn(p, " \t")] == 0;
}

int traj_text_word(struct traj_text *t, char **p, const char *what, char **word) {
    *p += strspn(*p, " \t");
    if (!**p) return traj_text_failed(t, "the line ends before %s", what);
    *word = *p;
    *p += strcspn(*p, " \t");
    if (**p) *(*p)++ = 0;
    return ERR_OK;
}

int traj_text_real(struct traj_text *t, char **p, const char *what, double *value) {
    char *end;
    *p += strspn(*p, " \t");
    if (!**p) return traj_text_failed(t, "the line ends before %s", what);
    *value = strtod(*p, &end);
    if (end == *p || (*end && *end != ' ' && *end != '\t'))
        return traj_text_failed(t, "%s: '%.*s' is not a number", what, (int)strcspn(*p, " \t"), *p);
    if (!isfinite(*value))
        return traj_text_failed(t, "%s is %.*s; the run that wrote it blew up, or the file is damaged", what,
                                (int)strcspn(*p, " \t"), *p);
    *p = end;
    return ERR_OK;
}

int traj_text_int(struct traj_text *t, char **p, const char *what, int64_t *value) {
    char *end;
    *p += strspn(*p, " \t");
    if (!**p) return traj_text_failed(t, "the line ends before %s", what);
    errno = 0;
    *value = strtoll(*p, &end, 10);
    if (end == *p || (*end && *end != ' ' && *end != '\t') || errno)
        return traj_text_failed(t, "%s: '%.*s' is not a whole number", what, (int)strcspn(*p, " \t"), *p);
    *p = end;
    return ERR_OK;
}

/* Local. The species of a LAMMPS type, which must have been named. */
static int type_index(struct traj *traj, int64_t type, struct traj_row *row) {
    for (int s = 0; s < traj->species.n; s++)
        if (traj->type_of[s] == type) {
            row->type = s;
            return ERR_OK;
        }
    return traj_text_failed(traj->text,
                            "atom type %lld has no element; name the types in order: --names \"Cu Zr\"",
                            (long long)type);
}

int traj_text_column(struct traj *traj, const struct traj_head *head, int meaning, char **p,
                     struct traj_row *row) {
    static const char *const axis[3][3] = {{"x", "y", "z"}, {"vx", "vy", "vz"}, {"fx", "fy", "fz"}};
    struct traj_text *t = traj->text;
    int kind = meaning < TRAJ_X ? meaning : meaning & ~3, a = meaning & 3;
    int64_t whole;
    char *word;
    switch (kind) {
    case TRAJ_SKIP:
        return traj_text_word(t, p, "a column", &word);
    case TRAJ_ID:
        return traj_text_int(t, p, "id", &row->id);
    case TRAJ_TYPE:
        TRY(traj_text_int(t, p, "type", &whole));
        return type_index(traj, whole, row);
    case TRAJ_NUMBER:
        TRY(traj_text_int(t, p, "atomic number", &whole));
        if (!species_symbol((int)whole)[0])
            return traj_text_failed(t, "%lld is no atomic number", (long long)whole);
        TRY(traj_species(traj, species_symbol((int)whole), &row->type));
        return ERR_OK;
    case TRAJ_ELEMENT:
        TRY(traj_text_word(t, p, "the element", &word));
        if (traj_species(traj, word, &row->type)) {
            char why[400];
            snprintf(why, sizeof why, "%s", err_message());
            err_clear();
            return traj_text_failed(t, "%s", why);
        }
        return ERR_OK;
    case TRAJ_IMG:
        TRY(traj_text_int(t, p, "image", &whole));
        if (whole < -1000000000 || whole > 1000000000)
            return traj_text_failed(t, "image %lld", (long long)whole);
        row->image[a] = (int)whole;
        return ERR_OK;
    case TRAJ_COLUMN_GROUP:
        TRY(traj_text_int(t, p, "group", &whole));
        if (whole < -1000000000 || whole > 1000000000)
            return traj_text_failed(t, "group %lld", (long long)whole);
        row->group = (int)whole;
        return ERR_OK;
    case TRAJ_X:
    case TRAJ_XU:
        return traj_text_real(t, p, axis[0][a], &row->x[a]);
    case TRAJ_XS:
    case TRAJ_XSU:
        TRY(traj_text_real(t, p, axis[0][a], &row->x[a]));
        row->x[a] = head->box.lo[a] + row->x[a] * head->box.len[a];
        return ERR_OK;
    case TRAJ_VEL:
    case TRAJ_MOMENTUM:
        return traj_text_real(t, p, axis[1][a], &row->v[a]);
    case TRAJ_FORCE:
        return traj_text_real(t, p, axis[2][a], &row->f[a]);
    case TRAJ_COLUMN_STRESS:
    case TRAJ_COLUMN_STRESS + 4:
        return traj_text_real(t, p, "stress", &row->stress[meaning - TRAJ_COLUMN_STRESS]);
    default:
        return ERR_INTERNAL;
    }
}

static int scan(struct traj *traj) {
    struct traj_text *t = traj->text;
    int64_t capacity = 0;
    for (;;) {
        struct traj_mark mark = traj_text_tell(t);
        int64_t n = -1;
        TRY(traj->format->skip(traj, &n));
        if (n < 0) break;
        if (traj->n_frames == 0) traj->n_atoms = n;
        if (n != traj->n_atoms)
            return traj_text_failed(
                t, "frame %lld ends here with %lld atoms, the first has %lld; split the file",
                (long long)traj->n_frames, (long long)n, (long long)traj->n_atoms);
        if (traj->n_frames == capacity) {
            TRY(MEM_GROW(traj->mark, capacity, 2 * capacity + 16));
            capacity = 2 * capacity + 16;
        }
        traj->mark[traj->n_frames++] = mark;
    }
    if (traj->n_frames == 0) FAIL(ERR_INPUT, "%s: holds no frames", traj->path);
    if (traj->n_atoms == 0) FAIL(ERR_INPUT, "%s: holds no atoms", traj->path);
    return ERR_OK;
}

int traj_text_scan(struct traj *traj) {
    int64_t counts[2];
    TRY_ALL(&traj->comm, traj->comm.rank == 0 ? scan(traj) : ERR_OK);
    counts[0] = traj->n_frames;
    counts[1] = traj->n_atoms;
    comm_bcast(&traj->comm, counts, sizeof counts);
    traj->n_frames = counts[0];
    traj->n_atoms = counts[1];
    return ERR_OK;
}

int traj_text_owner(int64_t i, int64_t n, int size) {
    int r = (int)((double)i / (double)n * size);
    while (r > 0 && i < n * r / size) r--;
    while (r + 1 < size && i >= n * (r + 1) / size) r++;
    return r;
}

/* Local. Rows that arrived go behind the frame's atoms. */
static int take(struct frame *frame, const struct traj_row *row, int64_t n) {
    TRY(frame_reserve(frame, frame->n + n));
    for (int64_t k = 0; k < n; k++, row++) {
        int i = frame->n++;
        for (int a = 0; a < 3; a++) {
            frame->x[i][a] = row->x[a];
            frame->v[i][a] = row->v[a];
            frame->f[i][a] = row->f[a];
            frame->image[i][a] = row->image[a];
        }
        frame->x[i][3] = frame->v[i][3] = frame->f[i][3] = 0;
        frame->id[i] = row->id;
        frame->type[i] = row->type;
        frame->group[i] = row->group;
        if (frame->stress) memcpy(frame->stress[i], row->stress, sizeof row->stress);
    }
    return ERR_OK;
}

/* Local, rank 0. Parse m atoms. */
static int parse_rows(struct traj *traj, const struct traj_head *head, int64_t m, struct traj_row *rows) {
    memset(rows, 0, (size_t)m * sizeof *rows);
    for (int64_t k = 0; k < m; k++) {
        char *line;
        TRY(traj_text_need(traj->text, "its last atom", &line));
        TRY(traj->format->row(traj, head, line, &rows[k]));
    }
    return ERR_OK;
}

static int read_blocks(struct traj *traj, const struct traj_head *head, struct frame *frame) {
    const struct comm *comm = &traj->comm;
    struct traj_row *rows = NULL, *got = NULL;
    int64_t *count = NULL, n_got;
    int e = MEM_NEW(count, comm->size);
    if (!e && comm->rank == 0) e = MEM_NEW(rows, BLOCK);
    e = err_agree(comm, e);
    for (int64_t first = 0; first < head->n && !e; first += BLOCK) {
        int64_t m = head->n - first < BLOCK ? head->n - first : BLOCK;
        e = err_agree(comm, comm->rank == 0 ? parse_rows(traj, head, m, rows) : ERR_OK);
        if (e) break;
        memset(count, 0, (size_t)comm->size * sizeof *count);
        if (comm->rank == 0)
            for (int64_t k = 0; k < m; k++) count[traj_text_owner(first + k, head->n, comm->size)]++;
        e = comm_exchange(comm, rows, count, sizeof *rows, &got, &n_got);
        if (!e) e = err_agree(comm, take(frame, got, n_got));
        mem_free(&got);
    }
    mem_free(&rows);
    mem_free(&count);
    return e;
}

static int order(struct traj *traj, const struct traj_head *head, struct frame *frame, int64_t **sorted) {
    const struct comm *comm = &traj->comm;
    int64_t first = head->n * comm->rank / comm->size, repeated, bad;
    bool moved = false;
    if (!head->has_id) {
        for (int i = 0; i < frame->n; i++) frame->id[i] = first + i + 1;
        return ERR_OK;
    }
    int e = traj_order(comm, head->n, first, frame->n, frame->id, &moved, &repeated, &bad, sorted);
    if (e == ERR_INPUT)
        FAIL(ERR_INPUT, "%s: atom id %lld occurs twice in a frame", traj->path, (long long)bad);
    TRY(e);
    return moved ? frame_by_id(comm, frame, &first) : ERR_OK;
}

int traj_text_read(struct traj *traj, int64_t k, struct frame *frame, int *fields) {
    const struct comm *comm = &traj->comm;
    struct traj_head head = {0};
    int64_t *sorted = NULL;
    int e = comm->rank == 0 ? traj_text_seek(traj->text, traj->mark[k]) : ERR_OK;
    if (!e && comm->rank == 0) e = traj->format->head(traj, &head);
    TRY_ALL(comm, e);
    comm_bcast(comm, &head, sizeof head);
    frame->n = frame->n_ghost = 0;
    frame->n_global = head.n;
    frame->box = head.box;
    frame->step = head.step;
    frame->time = head.time;
    TRY_ALL(comm, frame_stress(frame, head.fields & TRAJ_STRESS));
    TRY(read_blocks(traj, &head, frame));
    comm_bcast(comm, &traj->species, sizeof traj->species);
    frame->species = traj->species;
    if (!head.boxed) traj_draw_box(comm, frame);
    traj_wrap(frame);
    e = order(traj, &head, frame, traj->format->tail ? &sorted : NULL);
    if (!e && traj->format->tail) e = traj->format->tail(traj, &head, sorted, frame);
    mem_free(&sorted);
    *fields = head.fields;
    return e;
}
