/* deck_spec - the tables of rows, compiled into one tree of keys.
 *
 * Several modules may add rows below one prefix (each kind of potential brings its own), the same rows may
 * serve two prefixes, and rows of one path may differ in `when`: so a spec holds all rows of its path, and
 * the check picks the one whose `when` holds. Rejected: searching the flat tables for each key (quadratic,
 * and "md.stages[].build" would have to be spelt in three ways). */
#include "base/deck_tree.h"
#include "base/mem.h"

#include <stdio.h>
#include <string.h>

static int new_spec(struct deck *deck, struct deck_spec *parent, const char *name, size_t len,
                    struct deck_spec **out) {
    struct deck_spec *spec = NULL;
    TRY(MEM_NEW(spec, 1));
    spec->made = deck->specs;
    deck->specs = spec;
    TRY(mem_strndup(&spec->name, name, len));
    if (!parent) {
        TRY(mem_strdup(&spec->path, ""));
    } else {
        TRY(mem_sprintf(&spec->path, "%s%s%s%s", parent->path, parent->list ? "[]" : "",
                        parent->parent ? "." : "", spec->name));
        spec->parent = parent;
        if (parent->last) parent->last->next = spec;
        else parent->first = spec;
        parent->last = spec;
        parent->n_children++;
    }
    *out = spec;
    return ERR_OK;
}

struct deck_spec *deck_spec_child(const struct deck_spec *spec, const char *key, size_t len) {
    for (struct deck_spec *c = spec->first; c; c = c->next)
        if (strlen(c->name) == len && !memcmp(c->name, key, len)) return c;
    return NULL;
}

/* Go down `path` from *at, making what is missing. */
static int descend(struct deck *deck, struct deck_spec **at, const char *path) {
    while (*path) {
        size_t len = strcspn(path, ".[");
        struct deck_spec *child = deck_spec_child(*at, path, len);
        if (!child) TRY(new_spec(deck, *at, path, len, &child));
        path += len;
        if (*path == '[') {
            child->list = true;
            path += 2;
        }
        if (*path == '.') path++;
        *at = child;
    }
    return ERR_OK;
}

/* Keys stand in the order of their rows, also those that a deeper prefix mentioned first. */
static void move_last(struct deck_spec *spec) {
    struct deck_spec *parent = spec->parent, **at = &parent->first;
    if (parent->last == spec) return;
    while (*at != spec) at = &(*at)->next;
    *at = spec->next;
    parent->last->next = spec;
    parent->last = spec;
    spec->next = NULL;
}

static int add_row(struct deck_spec *spec, const struct deck_row *row, const char *when) {
    char *both = NULL;
    if (when && row->when && !strcmp(when, row->when)) when = NULL;
    if (when || row->when)
        TRY(mem_sprintf(&both, "%s%s%s", when ? when : "", when && row->when ? ", " : "",
                        row->when ? row->when : ""));
    for (int k = 0; k < spec->n_rows; k++) { /* two kinds may bring the same rows */
        bool same = both ? spec->when[k] && !strcmp(both, spec->when[k]) : !spec->when[k];
        if (spec->rows[k] != row || !same) continue;
        mem_free(&both);
        return ERR_OK;
    }
    if (!spec->n_rows && spec->parent) move_last(spec);
    int e = MEM_GROW(spec->rows, spec->n_rows, spec->n_rows + 1);
    if (!e) e = MEM_GROW(spec->when, spec->n_rows, spec->n_rows + 1);
    if (e) {
        mem_free(&both);
        return e;
    }
    spec->rows[spec->n_rows] = row;
    spec->when[spec->n_rows++] = both;
    return ERR_OK;
}

int deck_spec_build(struct deck *deck, const struct deck_table *schema) {
    TRY(new_spec(deck, NULL, "", 0, &deck->schema));
    for (const struct deck_table *t = schema; t->rows; t++) {
        for (const struct deck_row *row = t->rows; row->type != DECK_END; row++) {
            struct deck_spec *spec = deck->schema;
            TRY(descend(deck, &spec, t->prefix));
            TRY(descend(deck, &spec, row->path));
            if (row->type == DECK_LIST) spec->list = true;
            TRY(add_row(spec, row, t->when));
        }
    }
    return ERR_OK;
}

void deck_spec_free(struct deck *deck) {
    while (deck->specs) {
        struct deck_spec *spec = deck->specs;
        deck->specs = spec->made;
        mem_free(&spec->name);
        mem_free(&spec->path);
        for (int k = 0; k < spec->n_rows; k++) mem_free(&spec->when[k]);
        mem_free(&spec->when);
        mem_free(&spec->rows);
        mem_free(&spec);
    }
    deck->schema = NULL;
}

struct deck_spec *deck_spec_find(const struct deck *deck, const char *path) {
    struct deck_spec *spec = deck->schema;
    while (*path && spec) {
        size_t len = strcspn(path, ".[");
        spec = deck_spec_child(spec, path, len);
        path += len;
        if (*path == '[') path += strcspn(path, "]") + (strchr(path, ']') != NULL);
        if (*path == '.') path++;
    }
    return spec;
}

enum deck_type deck_spec_type(const struct deck_spec *spec) {
    if (spec->n_rows) return spec->rows[0]->type;
    return spec->list ? DECK_LIST : DECK_MAP;
}

const char *deck_spec_word(const char *choices, int k, size_t *len) {
    const char *p = choices;
    for (;;) {
        *len = strcspn(p, "|");
        if (k-- == 0) return p;
        p += *len;
        if (!*p) return NULL;
        p++;
    }
}

int deck_spec_choice(const char *choices, const char *word, size_t len) {
    size_t m;
    const char *p;
    for (int k = 0; (p = deck_spec_word(choices, k, &m)); k++)
        if (m == len && !memcmp(p, word, len)) return k;
    return -1;
}

const char *deck_spec_default(const struct deck_row *row, bool lj, char *into) {
    if (row->value == DECK_REQUIRED || !row->value) return NULL;
    const char *reduced = strstr(row->value, "; lj ");
    if (reduced && lj) return reduced + 5;
    if (reduced) {
        snprintf(into, 256, "%.*s", (int)(reduced - row->value), row->value);
        return into;
    }
    bool dimensional = row->dim != UNIT_NONE &&
                       (row->type == DECK_REAL || row->type == DECK_REALS || row->type == DECK_TABLE);
    bool keeps = row->dim == UNIT_ANGLE || row->dim == UNIT_BYTES || row->dim == UNIT_DURATION;
    if (!lj || !dimensional || keeps) return row->value;
    double x;
    const char *why;
    if (row->type == DECK_REAL && unit_parse(row->value, row->dim, false, &x, &why) == ERR_OK && x == 0)
        return "0";
    return row->type == DECK_REAL ? NULL : row->value;
}

/* The text a sibling has or would have by default; *state DECK_UNKNOWN when it is missing or not one of its
 * choices. */
static const char *sibling(const struct deck *deck, const struct deck_spec *parent,
                           const struct deck_node *map, const char *key, size_t len, int depth, char *into,
                           enum deck_state *state);

/* One condition "key=a|b", "key!=a" or "key=*" of length n. */
static enum deck_state condition(const struct deck *deck, const struct deck_spec *parent,
                                 const struct deck_node *map, const char *when, size_t n, int depth) {
    const char *equal = memchr(when, '=', n);
    size_t key = equal ? (size_t)(equal - when) : n;
    bool negated = key && when[key - 1] == '!';
    char into[256], wanted[256];
    enum deck_state known = DECK_HOLDS;
    const char *text = sibling(deck, parent, map, when, key - negated, depth, into, &known);
    if (known == DECK_UNKNOWN) return DECK_UNKNOWN;
    snprintf(wanted, sizeof wanted, "%.*s", equal ? (int)(n - key - 1) : 1, equal ? equal + 1 : "*");
    bool holds = text && (!strcmp(wanted, "*") || deck_spec_choice(wanted, text, strlen(text)) >= 0);
    return holds != negated ? DECK_HOLDS : DECK_NOT;
}

static enum deck_state row_state(const struct deck *deck, const struct deck_spec *spec, int k,
                                 const struct deck_node *map, int depth) {
    if (!spec->when[k] || depth > 8) return DECK_HOLDS;
    enum deck_state all = DECK_HOLDS;
    for (const char *p = spec->when[k]; *p;) {
        size_t n = strcspn(p, ",");
        enum deck_state one = condition(deck, spec->parent, map, p, n, depth);
        if (one < all) all = one;
        p += n;
        p += strspn(p, ", ");
    }
    return all;
}

static const char *sibling(const struct deck *deck, const struct deck_spec *parent,
                           const struct deck_node *map, const char *key, size_t len, int depth, char *into,
                           enum deck_state *state) {
    const struct deck_spec *spec = deck_spec_child(parent, key, len);
    const struct deck_node *node = deck_tree_child(map, key, len);
    if (!spec) return NULL;
    for (int k = 0; k < spec->n_rows; k++) {
        const struct deck_row *row = spec->rows[k];
        enum deck_state s = row_state(deck, spec, k, map, depth + 1);
        if (s == DECK_NOT) continue;
        if (s == DECK_UNKNOWN) {
            *state = DECK_UNKNOWN;
            return NULL;
        }
        if (!node) {
            if (row->value == DECK_REQUIRED) *state = DECK_UNKNOWN;
            return deck_spec_default(row, deck->lj, into);
        }
        if (node->kind != DECK_SCALAR) return "";
        if (row->type == DECK_CHOICE && deck_spec_choice(row->choices, node->text, strlen(node->text)) < 0)
            *state = DECK_UNKNOWN;
        return node->text;
    }
    return NULL;
}

enum deck_state deck_spec_state(const struct deck *deck, const struct deck_spec *spec, int k,
                                const struct deck_node *map) {
    return row_state(deck, spec, k, map, 0);
}

const char *deck_spec_failing(const struct deck *deck, const struct deck_spec *spec, int k,
                              const struct deck_node *map, int *held) {
    const char *p = spec->when[k];
    *held = 0;
    while (*p) {
        size_t n = strcspn(p, ",");
        if (condition(deck, spec->parent, map, p, n, 0) != DECK_HOLDS) return p;
        ++*held;
        p += n;
        p += strspn(p, ", ");
    }
    return spec->when[k];
}

const char *deck_spec_sibling(const struct deck *deck, const struct deck_spec *spec,
                              const struct deck_node *map, const char *key, size_t len, char *into) {
    enum deck_state known = DECK_HOLDS;
    return sibling(deck, spec->parent, map, key, len, 0, into, &known);
}
