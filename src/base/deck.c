/* deck - reading and looking up. Rank 0 reads the bytes, every rank parses and checks the same text: the
 * verdict is the same without any further message, and no tree has to travel. */
#define _POSIX_C_SOURCE 200809L
#include "base/deck.h"
#include "base/deck_tree.h"
#include "base/deck_yaml.h"
#include "base/mem.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define LARGEST (8 << 20) /* bytes; a deck is written by hand or by a sweep */

static int read_stream(const char *path, FILE *in, char **text) {
    size_t n = 0, got, out = 0;
    char buffer[8192];
    struct text t = {0};
    while ((got = fread(buffer, 1, sizeof buffer, in)) > 0 && n <= LARGEST) {
        text_put(&t, buffer, got);
        n += got;
    }
    int failed = ferror(in);
    TRY(text_take(&t, text));
    char *s = *text;
    if (failed || n > LARGEST || memchr(s, 0, n)) {
        mem_free(text);
        if (failed) FAIL(ERR_INPUT, "cannot read deck '%s': %s", path, strerror(errno));
        if (n > LARGEST) FAIL(ERR_DECK, "%s: error: larger than 8 MB; this is not a deck", path);
        FAIL(ERR_DECK, "%s: error: it holds NUL bytes; this is not a deck (a deck is plain text)", path);
    }
    for (size_t i = n >= 3 && !memcmp(s, "\xef\xbb\xbf", 3) ? 3 : 0; i < n; i++) /* byte order mark, CR LF */
        if (!(s[i] == '\r' && s[i + 1] == '\n')) s[out++] = s[i];
    s[out] = 0;
    return ERR_OK;
}

static int read_file(const char *path, char **text) {
    struct stat st;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        FAIL(ERR_INPUT, "cannot read deck '%s': it is a folder", path);
    FILE *in = fopen(path, "rb");
    if (!in) FAIL(ERR_INPUT, "cannot read deck '%s': %s", path, strerror(errno));
    int e = read_stream(path, in, text);
    fclose(in);
    return e;
}

/* Local. All but the reading; *out on failure is closed by the caller. */
static int build(struct deck *deck, const char *name, const char *text, const struct deck_table *schema,
                 const char *const *sets, int n_sets) {
    TRY(deck_tree_source(deck, name, text));
    TRY(MEM_NEW(deck->sets, n_sets));
    for (; deck->n_sets < n_sets; deck->n_sets++)
        TRY(mem_strdup(&deck->sets[deck->n_sets], sets[deck->n_sets]));
    TRY(deck_spec_build(deck, schema));
    TRY(deck_yaml_read(deck));
    if (!deck->root) return deck_verdict(deck); /* what cannot be read cannot be checked */
    for (int k = 0; k < n_sets; k++) TRY(deck_set_apply(deck, k));
    TRY(deck_check_all(deck));
    return deck->error;
}

static int open_text(const struct comm *comm, const char *name, const char *text,
                     const struct deck_table *schema, const char *const *sets, int n_sets, bool verdict,
                     struct deck **out) {
    struct deck *deck = NULL;
    *out = NULL;
    int e = MEM_NEW(deck, 1);
    if (!e) e = build(deck, name, text, schema, sets, n_sets);
    if (!e && verdict) e = deck_verdict(deck);
    e = err_agree(comm, e);
    if (e) deck_close(&deck);
    else *out = deck;
    return e;
}

int deck_open_text(const struct comm *comm, const char *name, const char *text,
                   const struct deck_table *schema, const char *const *sets, int n_sets, struct deck **out) {
    return open_text(comm, name, text, schema, sets, n_sets, true, out);
}

static int open_file(const struct comm *comm, const char *path, const struct deck_table *schema,
                     const char *const *sets, int n_sets, bool verdict, struct deck **deck) {
    char *text = NULL;
    *deck = NULL;
    TRY_ALL(comm, comm->rank == 0 ? read_file(path, &text) : ERR_OK);
    int e = comm_bcast_string(comm, &text);
    if (!e) e = open_text(comm, path, text, schema, sets, n_sets, verdict, deck);
    mem_free(&text);
    return e;
}

int deck_open(const struct comm *comm, const char *path, const struct deck_table *schema,
              const char *const *sets, int n_sets, struct deck **deck) {
    return open_file(comm, path, schema, sets, n_sets, true, deck);
}

int deck_read(const struct comm *comm, const char *path, const struct deck_table *schema,
              const char *const *sets, int n_sets, struct deck **deck) {
    return open_file(comm, path, schema, sets, n_sets, false, deck);
}

void deck_close(struct deck **deck) {
    if (!*deck) return;
    deck_tree_free(*deck);
    deck_spec_free(*deck);
    mem_free(deck);
}

bool deck_lj(const struct deck *deck) {
    return deck->lj;
}

const char *deck_name(const struct deck *deck) {
    return deck->name;
}

const char *deck_source(const struct deck *deck) {
    return deck->source;
}

const char *deck_stem(const struct deck *deck) {
    return deck->stem;
}

/* --- getters */

static void __attribute__((noreturn)) misuse(const char *path, const char *what) {
    fprintf(stderr, "vitrine: bug: deck key '%s' %s; please report this\n", path, what);
    abort();
}

static struct deck_node *find(const struct deck *deck, const char *fmt, va_list ap, char path[512]) {
    vsnprintf(path, 512, fmt, ap);
    if (!deck_spec_find(deck, path)) misuse(path, "is not in the schema");
    return deck_tree_lookup(deck, path);
}

#define FIND(node)                                       \
    char full[512];                                      \
    va_list ap;                                          \
    va_start(ap, path);                                  \
    struct deck_node *node = find(deck, path, ap, full); \
    va_end(ap)

/* The node must be there and be of one of these types. */
static const struct deck_node *need(const struct deck_node *node, const char *path, enum deck_type a,
                                    enum deck_type b, enum deck_type c) {
    if (!node) misuse(path, "is absent here and was asked for");
    if (!node->row || (node->row->type != a && node->row->type != b && node->row->type != c))
        misuse(path, "was asked for as another type");
    return node;
}

bool deck_has(const struct deck *deck, const char *path, ...) {
    FIND(node);
    return node != NULL;
}

bool deck_given(const struct deck *deck, const char *path, ...) {
    FIND(node);
    return node && node->from != DECK_FROM_DEFAULT;
}

int64_t deck_int(const struct deck *deck, const char *path, ...) {
    FIND(node);
    return need(node, full, DECK_INT, DECK_INT, DECK_INT)->whole;
}

double deck_real(const struct deck *deck, const char *path, ...) {
    FIND(node);
    return need(node, full, DECK_REAL, DECK_REAL, DECK_INT)->real;
}

bool deck_bool(const struct deck *deck, const char *path, ...) {
    FIND(node);
    return need(node, full, DECK_BOOL, DECK_BOOL, DECK_BOOL)->whole != 0;
}

const char *deck_text(const struct deck *deck, const char *path, ...) {
    FIND(node);
    return need(node, full, DECK_TEXT, DECK_FILE, DECK_CHOICE)->text;
}

int deck_choice(const struct deck *deck, const char *path, ...) {
    FIND(node);
    return need(node, full, DECK_CHOICE, DECK_CHOICE, DECK_CHOICE)->choice;
}

int deck_count(const struct deck *deck, const char *path, ...) {
    FIND(node);
    return node ? node->n : 0;
}

static const struct deck_node *element(const struct deck_node *node, int k, const char *path) {
    if (!node || k < 0 || k >= node->n) misuse(path, "lacks the element asked for");
    return deck_tree_item(node, k);
}

double deck_real_at(const struct deck *deck, int k, const char *path, ...) {
    FIND(node);
    return element(need(node, full, DECK_REALS, DECK_TABLE, DECK_INTS), k, full)->real;
}

int64_t deck_int_at(const struct deck *deck, int k, const char *path, ...) {
    FIND(node);
    return element(need(node, full, DECK_INTS, DECK_INTS, DECK_INTS), k, full)->whole;
}

const char *deck_text_at(const struct deck *deck, int k, const char *path, ...) {
    FIND(node);
    return element(need(node, full, DECK_TEXTS, DECK_TEXTS, DECK_TEXTS), k, full)->text;
}

const char *deck_key_at(const struct deck *deck, int k, const char *path, ...) {
    FIND(node);
    return element(need(node, full, DECK_TABLE, DECK_TABLE, DECK_TABLE), k, full)->key;
}

void deck_mistake(struct deck *deck, const char *path, const char *fmt, ...) {
    char upto[512];
    va_list ap;
    va_start(ap, fmt);
    char *text = NULL;
    struct deck_node *node = NULL;
    snprintf(upto, sizeof upto, "%s", path);
    for (char *end = upto + strlen(upto);; *end = 0) { /* the nearest parent present */
        node = deck_tree_lookup(deck, upto);
        if (node || end == upto) break;
        while (end > upto && *--end != '.' && *end != '[') {}
    }
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    deck->error = deck->error ? deck->error : MEM_NEW(text, (size_t)n + 1);
    if (!deck->error) {
        vsnprintf(text, (size_t)n + 1, fmt, ap);
        if (!node) node = deck->root;
        if (node == deck->root) deck_tree_mistake_at(deck, DECK_FROM_DECK, 0, 0, "%s", text);
        else if (node->kind == DECK_SCALAR) deck_tree_mistake(deck, node, "%s", text);
        else deck_tree_mistake_key(deck, node, "%s", text);
    }
    mem_free(&text);
    va_end(ap);
}
