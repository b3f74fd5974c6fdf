/* eam_file - one pass over the text with a line counter; every number is checked for being one.
 *
 * alloy or fs: they differ only in how many densities an element has, so the words after the header are
 * counted and compared with both (a file of one element is the same in both). A count that fits neither is
 * refused: such a file is truncated or its header is wrong, and reading on would put pair functions where
 * densities belong. funcfl gives a charge Z(r); r phi = 27.2 * 0.529 Z(r)^2 with these rounded constants, and
 * one point less than the file holds in r and rho, as LAMMPS does (its grid is (n - 1) d / d points long). */
#include "md/eam_file.h"
#include "atoms/species.h"
#include "base/mem.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAX_POINTS 10000000.0
#define HARTREE_BOHR (27.2 * 0.529)

struct scan {
    const char *p, *name;
    int line;
};

/* Blanks, and what stands behind a # (as LAMMPS reads these files). */
static void skip_space(struct scan *s) {
    for (; *s->p && (isspace((unsigned char)*s->p) || *s->p == '#'); s->p++) {
        if (*s->p == '#') s->p += strcspn(s->p, "\n");
        if (!*s->p) return;
        if (*s->p == '\n') s->line++;
    }
}

static void next_line(struct scan *s) {
    while (*s->p && *s->p != '\n') s->p++;
    if (*s->p) s->p++, s->line++;
}

static size_t word_length(const char *p) {
    size_t n = 0;
    while (p[n] && !isspace((unsigned char)p[n])) n++;
    return n;
}

static int64_t words_left(struct scan s) {
    int64_t n = 0;
    for (skip_space(&s); *s.p; skip_space(&s), n++) s.p += word_length(s.p);
    return n;
}

/* Words on the line that starts at p. */
static int words_on_line(const char *p) {
    int n = 0;
    for (;; n++) {
        while (*p == ' ' || *p == '\t' || *p == '\r') p++;
        if (!*p || *p == '\n') return n;
        p += word_length(p);
    }
}

/* Local. Next number; `what` names it in the message. */
static int next_number(struct scan *s, const char *what, double *value) {
    skip_space(s);
    size_t n = word_length(s->p);
    if (n == 0)
        FAIL(ERR_INPUT, "%s:%d: the file ends where %s should stand; it is truncated: fetch it again",
             s->name, s->line, what);
    char *end;
    *value = strtod(s->p, &end);
    if (end != s->p + n || !isfinite(*value))
        FAIL(ERR_INPUT, "%s:%d: '%.*s' is not a number (reading %s); correct the file or fetch it again",
             s->name, s->line, (int)(n < 40 ? n : 40), s->p, what);
    s->p = end;
    return ERR_OK;
}

static int next_count(struct scan *s, const char *what, int *value) {
    double x;
    TRY(next_number(s, what, &x));
    if (x != floor(x) || x < 5 || x > MAX_POINTS)
        FAIL(ERR_INPUT, "%s:%d: %s is %g, it should be a whole number of points from 5 to %g", s->name,
             s->line, what, x, MAX_POINTS);
    *value = (int)x;
    return ERR_OK;
}

static int next_positive(struct scan *s, const char *what, double *value) {
    TRY(next_number(s, what, value));
    if (*value <= 0)
        FAIL(ERR_INPUT, "%s:%d: %s is %g, it should be positive", s->name, s->line, what, *value);
    return ERR_OK;
}

static int next_numbers(struct scan *s, const char *what, double *values, int64_t n) {
    for (int64_t k = 0; k < n; k++) TRY(next_number(s, what, &values[k]));
    return ERR_OK;
}

/* Local. n_rho d_rho n_r d_r cutoff */
static int parse_grid(struct scan *s, struct eam_file *f) {
    TRY(next_count(s, "n_rho", &f->n_rho));
    TRY(next_positive(s, "d_rho", &f->d_rho));
    TRY(next_count(s, "n_r", &f->n_r));
    TRY(next_positive(s, "d_r", &f->d_r));
    TRY(next_positive(s, "the cutoff", &f->cutoff));
    f->rho_max = (f->n_rho - 1) * f->d_rho;
    if (f->cutoff > f->n_r * f->d_r * 1.0001)
        FAIL(ERR_INPUT,
             "%s:%d: the cutoff %g A lies beyond the table of r, which ends at %g A; the header is wrong",
             s->name, s->line, f->cutoff, f->n_r * f->d_r);
    next_line(s);
    return ERR_OK;
}

int eam_file_allocate(struct eam_file *f) {
    int64_t blocks = f->format == EAM_FS ? (int64_t)f->n * f->n : f->n;
    TRY(MEM_NEW(f->mass, f->n));
    TRY(MEM_NEW(f->line, f->n));
    TRY(MEM_NEW(f->number, f->n));
    TRY(MEM_NEW(f->a, f->n));
    TRY(MEM_NEW(f->lattice, f->n));
    TRY(MEM_NEW(f->embed, (int64_t)f->n * f->n_rho));
    TRY(MEM_NEW(f->density, blocks * f->n_r));
    return mem_new(&f->rphi, (size_t)f->n * (size_t)(f->n + 1) / 2 * (size_t)f->n_r, sizeof *f->rphi,
                   __FILE__, __LINE__);
}

/* Local. "Z mass a lattice" of element a; *number = Z. */
static int parse_element(struct scan *s, struct eam_file *f, int a, double *number) {
    skip_space(s);
    f->line[a] = s->line;
    TRY(next_number(s, "an atomic number", number));
    TRY(next_positive(s, "a mass", &f->mass[a]));
    TRY(next_number(s, "a lattice constant", &f->a[a]));
    f->number[a] = (int)*number;
    while (*s->p == ' ' || *s->p == '\t') s->p++;
    TRY(mem_strndup(&f->lattice[a], s->p, *s->p == '#' ? 0 : word_length(s->p)));
    next_line(s);
    return ERR_OK;
}

/* Local. Decide between alloy and fs by the number of words behind the header. */
static int recognise(const struct scan *s, struct eam_file *f) {
    int64_t n = f->n, pairs = n * (n + 1) / 2 * f->n_r, words = words_left(*s);
    int64_t alloy = n * (4 + f->n_rho + f->n_r) + pairs, fs = n * (4 + f->n_rho + n * f->n_r) + pairs;
    f->format = words == fs && n > 1 ? EAM_FS : EAM_ALLOY;
    if (words == alloy || words == fs) return ERR_OK;
    size_t l = strlen(s->name);
    int named_fs = l > 3 && !strcmp(s->name + l - 3, ".fs");
    FAIL(ERR_INPUT,
         "%s:%d: after this header an eam/alloy file has %lld words and an eam/fs file %lld, but this one "
         "has %lld: it "
         "is %s; fetch it again",
         s->name, s->line - 1, (long long)alloy, (long long)fs, (long long)words,
         words < (named_fs ? fs : alloy) ? "truncated" : "not what its header says");
}

static int parse_setfl(struct scan *s, struct eam_file *f) {
    double number;
    int n = words_on_line(s->p) - 1;
    f->n = n;
    TRY(next_number(s, "the number of elements", &number));
    TRY(MEM_NEW(f->name, n));
    for (int a = 0; a < n; a++) {
        skip_space(s);
        size_t l = word_length(s->p);
        TRY(mem_strndup(&f->name[a], s->p, l));
        s->p += l;
    }
    next_line(s);
    TRY(parse_grid(s, f));
    TRY(recognise(s, f));
    TRY(eam_file_allocate(f));
    int64_t nr = f->n_r, blocks = f->format == EAM_FS ? n : 1;
    for (int a = 0; a < n; a++) {
        TRY(parse_element(s, f, a, &number));
        TRY(next_numbers(s, "the embedding function", f->embed + (int64_t)a * f->n_rho, f->n_rho));
        TRY(next_numbers(s, "the density", f->density + a * blocks * nr, blocks * nr));
    }
    return next_numbers(s, "a pair function", f->rphi, (int64_t)n * (n + 1) / 2 * nr);
}

static int parse_funcfl(struct scan *s, struct eam_file *f) {
    double number;
    f->n = 1;
    f->format = EAM_FUNCFL;
    TRY(MEM_NEW(f->name, 1));
    struct scan header = *s;
    next_line(s);
    TRY(parse_grid(s, f));
    TRY(eam_file_allocate(f));
    TRY(parse_element(&header, f, 0, &number));
    const char *symbol =
        number == floor(number) && number > 0 && number < 200 ? species_symbol((int)number) : NULL;
    if (!symbol) FAIL(ERR_INPUT, "%s:%d: %g is not an atomic number", s->name, f->line[0], number);
    TRY(mem_strdup(&f->name[0], symbol));
    TRY(next_numbers(s, "the embedding function", f->embed, f->n_rho));
    TRY(next_numbers(s, "the charge function", f->rphi, f->n_r));
    TRY(next_numbers(s, "the density", f->density, f->n_r));
    for (int k = 0; k < f->n_r; k++) f->rphi[k] = HARTREE_BOHR * f->rphi[k] * f->rphi[k];
    if (words_left(*s))
        FAIL(ERR_INPUT, "%s:%d: words behind the end of a funcfl table; its header is wrong: fetch it again",
             s->name, s->line);
    f->n_rho--, f->n_r--;
    return ERR_OK;
}

/* Local. Line 4 is "N name1 .. nameN". */
static int is_setfl(struct scan s, int *elements) {
    for (int k = 0; k < 3; k++) next_line(&s);
    int n = words_on_line(s.p) - 1;
    char *end;
    long said = strtol(s.p, &end, 10);
    *elements = n;
    if (n < 1 || said != n || !isspace((unsigned char)*end)) return 0;
    while (isspace((unsigned char)*end)) end++;
    return isalpha((unsigned char)*end);
}

static int is_funcfl(struct scan s) {
    next_line(&s);
    if (words_on_line(s.p) < 3) return 0;
    next_line(&s);
    return words_on_line(s.p) == 5;
}

int eam_file_parse(const char *text, const char *name, struct eam_file *file) {
    *file = (struct eam_file){0};
    struct scan s = {.p = text, .name = name, .line = 1};
    int elements, e;
    if (is_setfl(s, &elements)) {
        for (int k = 0; k < 3; k++) next_line(&s);
        e = parse_setfl(&s, file);
    } else if (is_funcfl(s)) {
        next_line(&s);
        e = parse_funcfl(&s, file);
    } else {
        e = err_set(
            ERR_INPUT, __FILE__, __LINE__,
            "%s:4: this is no EAM table: neither setfl (line 4: the number of elements and their names) nor "
            "funcfl (line 3: n_rho d_rho n_r d_r cutoff)",
            name);
    }
    if (e) eam_file_destroy(file);
    return e;
}

/* Local. The whole file as a string. */
static int slurp(const char *path, char **text) {
    FILE *f = fopen(path, "rb");
    if (!f) FAIL(ERR_INPUT, "%s: cannot open: %s", path, strerror(errno));
    size_t room = 1 << 16, n = 0;
    int e = MEM_NEW(*text, room);
    while (!e) {
        n += fread(*text + n, 1, room - 1 - n, f);
        if (n < room - 1) break;
        e = MEM_GROW(*text, room, 2 * room);
        room *= 2;
    }
    if (!e && ferror(f))
        e = err_set(ERR_INPUT, __FILE__, __LINE__, "%s: cannot read: %s", path, strerror(errno));
    if (!e && memchr(*text, 0, n))
        e = err_set(ERR_INPUT, __FILE__, __LINE__, "%s: not a text file; an EAM table is text (unpack it?)",
                    path);
    fclose(f);
    if (e) mem_free(text);
    return e;
}

int eam_file_read(const struct comm *comm, const char *path, struct eam_file *file) {
    char *text = NULL;
    *file = (struct eam_file){0};
    TRY_ALL(comm, comm->rank == 0 ? slurp(path, &text) : ERR_OK);
    int e = comm_bcast_string(comm, &text);
    if (!e) e = err_agree(comm, eam_file_parse(text, path, file));
    if (e) eam_file_destroy(file);
    mem_free(&text);
    return e;
}

void eam_file_destroy(struct eam_file *file) {
    for (int a = 0; file->name && a < file->n; a++) mem_free(&file->name[a]);
    for (int a = 0; file->lattice && a < file->n; a++) mem_free(&file->lattice[a]);
    mem_free(&file->name);
    mem_free(&file->lattice);
    mem_free(&file->number);
    mem_free(&file->a);
    mem_free(&file->mass);
    mem_free(&file->line);
    mem_free(&file->embed);
    mem_free(&file->density);
    mem_free(&file->rphi);
    file->n = 0;
}

int eam_file_find(const struct eam_file *file, const char *symbol) {
    for (int a = 0; a < file->n; a++)
        if (!strcmp(file->name[a], symbol)) return a;
    return -1;
}

const char *eam_file_format_name(enum eam_format format) {
    static const char *const names[] = {"funcfl", "eam/alloy", "eam/fs"};
    return names[format];
}
