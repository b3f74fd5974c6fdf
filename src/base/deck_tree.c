/* deck_tree - nodes live in one list per deck and are freed together; mistakes are collected and sorted at
 * the end, so that a reader meets them in the order of the file whatever the order of the checks. */
#include "base/deck_tree.h"
#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN 110 /* characters of a source line in a message */

int deck_tree_node(struct deck *deck, enum deck_kind kind, int from, struct deck_node **out) {
    struct deck_node *node = NULL;
    TRY(MEM_NEW(node, 1));
    node->kind = kind;
    node->from = from;
    node->made = deck->nodes;
    deck->nodes = node;
    *out = node;
    return ERR_OK;
}

void deck_tree_add(struct deck_node *parent, struct deck_node *child) {
    child->parent = parent;
    child->next = NULL;
    if (parent->last) parent->last->next = child;
    else parent->first = child;
    parent->last = child;
    parent->n++;
}

void deck_tree_replace(struct deck_node *old, struct deck_node *child) {
    struct deck_node *parent = old->parent, **at = &parent->first;
    while (*at != old) at = &(*at)->next;
    *at = child;
    child->next = old->next;
    child->parent = parent;
    if (parent->last == old) parent->last = child;
    old->next = old->parent = NULL;
}

void deck_tree_remove(struct deck_node *child) {
    struct deck_node *parent = child->parent, *before = NULL;
    for (struct deck_node *c = parent->first; c != child; c = c->next) before = c;
    if (before) before->next = child->next;
    else parent->first = child->next;
    if (parent->last == child) parent->last = before;
    parent->n--;
    child->next = child->parent = NULL;
}

struct deck_node *deck_tree_child(const struct deck_node *map, const char *key, size_t len) {
    if (map->kind != DECK_MAPPING) return NULL;
    for (struct deck_node *c = map->first; c; c = c->next)
        if (strlen(c->key) == len && !memcmp(c->key, key, len)) return c;
    return NULL;
}

struct deck_node *deck_tree_item(const struct deck_node *list, int k) {
    struct deck_node *c = list->first;
    while (c && k-- > 0) c = c->next;
    return c;
}

struct deck_node *deck_tree_lookup(const struct deck *deck, const char *path) {
    struct deck_node *node = deck->root;
    for (const char *p = path; *p && node;) {
        size_t len = strcspn(p, ".[");
        node = len ? deck_tree_child(node, p, len) : node;
        p += len;
        if (*p == '[' && node) {
            node = node->kind == DECK_SEQUENCE ? deck_tree_item(node, (int)strtol(p + 1, NULL, 10)) : NULL;
            p += strcspn(p, "]");
            p += *p == ']';
        }
        if (*p == '.') p++;
    }
    return node;
}

/* "in/rod.yml" -> "rod" */
static int make_stem(const char *name, char **stem) {
    const char *slash = strrchr(name, '/'), *base = slash ? slash + 1 : name, *dot = strrchr(base, '.');
    bool yaml = dot && dot > base && (!strcmp(dot, ".yml") || !strcmp(dot, ".yaml"));
    return mem_strndup(stem, base, yaml ? (size_t)(dot - base) : strlen(base));
}

int deck_tree_source(struct deck *deck, const char *name, const char *text) {
    TRY(mem_strdup(&deck->name, name));
    TRY(mem_strdup(&deck->source, text));
    TRY(make_stem(name, &deck->stem));
    deck->n_lines = 1;
    for (const char *p = deck->source; *p; p++) deck->n_lines += *p == '\n';
    TRY(MEM_NEW(deck->line, deck->n_lines + 1));
    int n = 0;
    deck->line[n++] = deck->source;
    for (const char *p = deck->source; *p; p++)
        if (*p == '\n') deck->line[n++] = p + 1;
    return ERR_OK;
}

static void note(struct deck *deck, const struct deck_node *node, int from, int line, int col,
                 const char *fmt, va_list ap) {
    char *text = NULL;
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    int e = MEM_NEW(text, (size_t)n + 1);
    if (!e) {
        vsnprintf(text, (size_t)n + 1, fmt, ap);
        e = MEM_GROW(deck->mistakes, deck->n_mistakes, deck->n_mistakes + 1);
    }
    if (e) {
        mem_free(&text);
        deck->error = e;
        return;
    }
    deck->mistakes[deck->n_mistakes] = (struct deck_mistake){node, from, line, col, deck->n_mistakes, text};
    deck->n_mistakes++;
}

void deck_tree_mistake_at(struct deck *deck, int from, int line, int col, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    note(deck, NULL, from, line, col, fmt, ap);
    va_end(ap);
}

/* The nearest node that somebody wrote. */
static const struct deck_node *written(const struct deck_node *node) {
    while (node->from == DECK_FROM_DEFAULT && node->parent) node = node->parent;
    return node;
}

void deck_tree_mistake(struct deck *deck, const struct deck_node *node, const char *fmt, ...) {
    va_list ap;
    const struct deck_node *w = written(node);
    bool key = w->key_line && (w != node || !w->line);
    va_start(ap, fmt);
    note(deck, node, w->from, key ? w->key_line : w->line, key ? w->key_col : w->col, fmt, ap);
    va_end(ap);
}

void deck_tree_mistake_key(struct deck *deck, const struct deck_node *node, const char *fmt, ...) {
    va_list ap;
    const struct deck_node *w = written(node);
    bool key = w->key_line > 0;
    va_start(ap, fmt);
    note(deck, node, w->from, key ? w->key_line : w->line, key ? w->key_col : w->col, fmt, ap);
    va_end(ap);
}

void deck_tree_free(struct deck *deck) {
    while (deck->nodes) {
        struct deck_node *node = deck->nodes;
        deck->nodes = node->made;
        mem_free(&node->key);
        mem_free(&node->text);
        mem_free(&node->found);
        mem_free(&node->where);
        mem_free(&node);
    }
    for (int k = 0; k < deck->n_mistakes; k++) mem_free(&deck->mistakes[k].text);
    for (int k = 0; k < deck->n_sets; k++) mem_free(&deck->sets[k]);
    mem_free(&deck->mistakes);
    mem_free(&deck->sets);
    mem_free(&deck->line);
    mem_free(&deck->name);
    mem_free(&deck->stem);
    mem_free(&deck->source);
}

/* Mistakes of the deck first, by place, then those of --set by number. */
static int by_place(const void *a, const void *b) {
    const struct deck_mistake *p = a, *q = b;
    if (p->from != q->from) return p->from < q->from ? -1 : 1;
    if (p->line != q->line) return p->line < q->line ? -1 : 1;
    if (p->col != q->col) return p->col < q->col ? -1 : 1;
    return p->number < q->number ? -1 : 1;
}

/* Bytes of the UTF-8 character at p, 1 for anything broken. */
static int char_bytes(const char *p) {
    unsigned char c = (unsigned char)*p;
    int n = c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    for (int k = 1; k < n; k++)
        if (((unsigned char)p[k] & 0xc0) != 0x80) return 1;
    return n;
}

/* The source line and a caret below column col; long lines are cut on both sides. */
static void show_line(const struct deck *deck, int line, int col, struct text *out) {
    if (line < 1 || line > deck->n_lines) return;
    const char *p = deck->line[line - 1];
    if (!*p || *p == '\n') return;
    int skip = col > SHOWN - 20 ? col - SHOWN / 2 : 0, shown = 0, lead = skip ? 3 : 0;
    for (int k = 0; k < skip && *p && *p != '\n'; k++) p += char_bytes(p);
    text_add(out, "    %s", skip ? "..." : "");
    while (*p && *p != '\n' && shown < SHOWN) {
        int n = char_bytes(p);
        unsigned char c = (unsigned char)*p;
        if (c < 0x20 || c == 0x7f || (n == 1 && c >= 0x80)) text_add(out, "%s", c == '\t' ? " " : "?");
        else text_put(out, p, (size_t)n);
        p += n;
        shown++;
    }
    text_add(out, "%s\n", *p && *p != '\n' ? "..." : "");
    text_add(out, "    %*s^\n", lead + (col > skip ? col - skip : 1) - 1, "");
}

static bool below(const struct deck_node *node, const struct deck_node *top) {
    while (node && node != top) node = node->parent;
    return node != NULL;
}

bool deck_clean(const struct deck *deck, const char *path) {
    char upto[512];
    const struct deck_node *node = NULL;
    snprintf(upto, sizeof upto, "%s", path);
    for (char *end = upto + strlen(upto); !(node = deck_tree_lookup(deck, upto)) && end > upto; *end = 0)
        while (end > upto && *--end != '.' && *end != '[') {}
    if (!node) node = deck->root;
    bool whole = strcmp(upto, path) == 0;
    for (int k = 0; k < deck->n_mistakes; k++) {
        const struct deck_node *m = deck->mistakes[k].node;
        if (!m || below(node, m)) return false;              /* of it all, or of a section around it */
        if (whole && below(m, node)) return false;           /* of it or of what is in it */
        if (!m->row && below(node, m->parent)) return false; /* a misspelt key that may be this one */
    }
    return true;
}

int deck_verdict(struct deck *deck) {
    if (deck->error) return deck->error;
    if (!deck->n_mistakes) return ERR_OK;
    struct text out = {0};
    qsort(deck->mistakes, (size_t)deck->n_mistakes, sizeof *deck->mistakes, by_place);
    for (int k = 0; k < deck->n_mistakes; k++) {
        const struct deck_mistake *m = &deck->mistakes[k];
        if (m->from >= 0) text_add(&out, "--set %s: error: %s\n", deck->sets[m->from], m->text);
        else if (m->line <= 0) text_add(&out, "%s: error: %s\n", deck->name, m->text);
        else {
            text_add(&out, "%s:%d:%d: error: %s\n", deck->name, m->line, m->col, m->text);
            show_line(deck, m->line, m->col, &out);
        }
    }
    text_add(&out, "%d error%s", deck->n_mistakes, deck->n_mistakes == 1 ? "" : "s");
    char *text = NULL;
    TRY(text_take(&out, &text));
    int e = err_set(ERR_DECK, __FILE__, __LINE__, "%s", text);
    mem_free(&text);
    return e;
}
