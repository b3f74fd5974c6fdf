/* deck_yaml - libfyaml's events, one at a time, into nodes.
 *
 * Events and not its document: the document stops at the first duplicate key, and we want all mistakes at
 * once. Before libfyaml sees a byte the text is searched for what an editor may hide: tabs, control
 * characters, broken UTF-8. */
#include "base/deck_yaml.h"
#include "base/mem.h"

#include <libfyaml.h>
#include <stdio.h>
#include <string.h>

#define DEEPEST 24    /* levels of nesting */
#define MOST_BYTES 20 /* bad bytes reported before giving up */

/* Bytes of a well-formed UTF-8 character at p, 0 otherwise (RFC 3629: no surrogates, no overlong forms). */
static int utf8(const unsigned char *p) {
    if (p[0] < 0x80) return 1;
    if (p[0] < 0xc2 || p[0] > 0xf4) return 0;
    int n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    for (int k = 1; k < n; k++)
        if ((p[k] & 0xc0) != 0x80) return 0;
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f)) return 0;
    if ((p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f)) return 0;
    return n;
}

/* Note at most one bad byte per line. */
static void scan_bytes(struct deck *deck, int from, const char *text) {
    int found = 0;
    int line = 1, col = 1;
    for (const unsigned char *p = (const unsigned char *)text; *p && found < MOST_BYTES;) {
        int n = utf8(p);
        bool bad = true;
        if (*p == '\t') deck_tree_mistake_at(deck, from, line, col, "a tab; indent and separate with spaces");
        else if (n == 0)
            deck_tree_mistake_at(deck, from, line, col, "byte 0x%02x is not UTF-8; save the deck as UTF-8",
                                 *p);
        else if ((*p < 0x20 && *p != '\n') || *p == 0x7f)
            deck_tree_mistake_at(deck, from, line, col, "control character 0x%02x; a deck is plain text", *p);
        else bad = false;
        if (bad) {
            found++;
            while (*p && *p != '\n') p++;
            continue;
        }
        col = *p == '\n' ? 1 : col + 1;
        line += *p == '\n';
        p += n;
    }
    if (found == MOST_BYTES)
        deck_tree_mistake_at(deck, from, line, col, "the rest is not read; is this a deck?");
}

struct reader {
    struct deck *deck;
    int from;
    struct fy_parser *parser;
    struct deck_node *root, *open; /* open: the container being filled */
    char *key;                     /* a key that waits for its value */
    int key_line, key_col;
    int skipping; /* depth below something refused */
    int depth;
    bool refused; /* a mistake after which the rest is not worth reading */
};

static void refuse(struct reader *r, const struct fy_mark *mark, const char *what) {
    int line = mark ? mark->line + 1 : r->key_line, col = mark ? mark->column + 1 : r->key_col;
    deck_tree_mistake_at(r->deck, r->from, line, col, "%s", what);
}

/* Anchors and tags of an event; the value itself is read on. */
static void refuse_extras(struct reader *r, struct fy_event *event) {
    struct fy_token *anchor = fy_event_get_anchor_token(event), *tag = fy_event_get_tag_token(event);
    if (event->type == FYET_ALIAS) return;
    if (anchor)
        refuse(r, fy_token_start_mark(anchor), "an anchor (&); write the value out where it is needed");
    if (tag) refuse(r, fy_token_start_mark(tag), "a tag (!); the kind of a value follows from its key");
}

/* Put a value into the open container, or make it the root. */
static int place(struct reader *r, struct deck_node *node) {
    struct deck_node *open = r->open;
    if (!open) {
        r->root = node;
        return ERR_OK;
    }
    if (open->kind == DECK_MAPPING) {
        node->key = r->key;
        node->key_line = r->key_line;
        node->key_col = r->key_col;
        r->key = NULL;
        const struct deck_node *twin = deck_tree_child(open, node->key, strlen(node->key));
        if (twin) {
            deck_tree_mistake_at(r->deck, r->from, node->key_line, node->key_col,
                                 "key '%s' again; it was given on line %d", node->key, twin->key_line);
            return ERR_OK; /* left out of the tree */
        }
    }
    deck_tree_add(open, node);
    return ERR_OK;
}

static int scalar(struct reader *r, struct fy_event *event) {
    size_t len = 0;
    const struct fy_mark *mark = fy_event_start_mark(event);
    const char *text = fy_token_get_text(event->scalar.value, &len);
    if (!text) {
        text = "";
        len = 0;
    }
    if (memchr(text, 0, len)) {
        refuse(r, mark, "a NUL character; a deck is plain text");
        len = strlen(text);
    }
    if (r->open && r->open->kind == DECK_MAPPING && !r->key) {
        r->key_line = mark ? mark->line + 1 : r->open->line;
        r->key_col = mark ? mark->column + 1 : r->open->col;
        if (!len) refuse(r, mark, "a value without a key");
        return mem_strndup(&r->key, text, len);
    }
    struct deck_node *node = NULL;
    TRY(deck_tree_node(r->deck, DECK_SCALAR, r->from, &node));
    if (mark) {
        node->line = mark->line + 1;
        node->col =
            mark->column + 1 -
            (event->scalar.value && (fy_token_scalar_style(event->scalar.value) == FYSS_SINGLE_QUOTED ||
                                     fy_token_scalar_style(event->scalar.value) == FYSS_DOUBLE_QUOTED));
    }
    TRY(mem_strndup(&node->text, text, len));
    return place(r, node);
}

static int begin(struct reader *r, struct fy_event *event, enum deck_kind kind) {
    const struct fy_mark *mark = fy_event_start_mark(event);
    if (r->open && r->open->kind == DECK_MAPPING && !r->key) {
        refuse(r, mark, "a key must be a word");
        r->refused = true;
        return ERR_OK;
    }
    if (++r->depth > DEEPEST) {
        refuse(r, mark, "nested too deeply");
        r->refused = true;
        return ERR_OK;
    }
    struct deck_node *node = NULL;
    TRY(deck_tree_node(r->deck, kind, r->from, &node));
    if (mark) {
        node->line = mark->line + 1;
        node->col = mark->column + 1;
    }
    TRY(place(r, node));
    if (!node->parent) node->parent = r->open; /* a duplicate: filled, but not in the tree */
    r->open = node;
    return ERR_OK;
}

static int one_event(struct reader *r, struct fy_event *event) {
    const struct fy_mark *mark = fy_event_start_mark(event);
    refuse_extras(r, event);
    switch (event->type) {
    case FYET_DOCUMENT_START:
        if (r->root) {
            struct fy_token *start = event->document_start.document_start;
            refuse(r, start ? fy_token_start_mark(start) : mark,
                   "a second document; one file holds one deck");
            r->refused = true;
        }
        return ERR_OK;
    case FYET_ALIAS:
        deck_tree_mistake_at(r->deck, r->from, mark ? mark->line + 1 : r->key_line,
                             mark ? mark->column : r->key_col,
                             "an alias (*); write the value out"); /* the mark stands behind the sign */
        if (r->open && r->open->kind == DECK_MAPPING) {
            if (!r->key) r->refused = true;
            mem_free(&r->key);
        }
        return ERR_OK;
    case FYET_SCALAR:
        return scalar(r, event);
    case FYET_MAPPING_START:
        return begin(r, event, DECK_MAPPING);
    case FYET_SEQUENCE_START:
        return begin(r, event, DECK_SEQUENCE);
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END:
        r->open = r->open->parent;
        r->depth--;
        return ERR_OK;
    default:
        return ERR_OK;
    }
}

/* What libfyaml says, and what a person most often did. */
static const char *hint(const char *said) {
    static const char *const table[][2] = {
        {"quoted scalar", " (is the closing quote missing?)"},
        {"invalid multiline plain key", " (is a ': ' missing here?)"},
        {"invalid indentation", " (keys of one section begin in the same column)"},
        {"wrongly indented", " (keys of one section begin in the same column)"},
        {"invalid nested block mapping", " (put a value that contains ': ' in quotes)"},
        {"did not find expected", " (keys of one section begin in the same column)"}};
    for (size_t k = 0; k < sizeof table / sizeof *table; k++)
        if (strstr(said, table[k][0])) return table[k][1];
    return "";
}

/* The innermost '{' or '[' that is still open: libfyaml often notices only at the end of the file. */
static const struct deck_node *open_bracket(const struct reader *r) {
    if (r->from != DECK_FROM_DECK) return NULL;
    for (const struct deck_node *node = r->open; node; node = node->parent) {
        if (node->line < 1 || node->line > r->deck->n_lines) continue;
        const char *p = r->deck->line[node->line - 1];
        for (int col = 1; col < node->col && *p && *p != '\n'; col++) p += utf8((const unsigned char *)p);
        if (*p == '{' || *p == '[') return node;
    }
    return NULL;
}

/* libfyaml's own complaint. */
static void complain(struct reader *r, struct fy_diag *diag) {
    void *it = NULL;
    const struct fy_diag_error *error = fy_diag_errors_iterate(diag, &it);
    const struct deck_node *bracket = open_bracket(r);
    if (!error) deck_tree_mistake_at(r->deck, r->from, 1, 1, "not YAML");
    else if (bracket)
        deck_tree_mistake_at(r->deck, r->from, error->line, error->column,
                             "not YAML: %s%s; the '%c' of line %d is still open", error->msg,
                             hint(error->msg), bracket->kind == DECK_MAPPING ? '{' : '[', bracket->line);
    else
        deck_tree_mistake_at(r->deck, r->from, error->line, error->column, "not YAML: %s%s", error->msg,
                             hint(error->msg));
}

static int read_events(struct reader *r, const char *text) {
    int e = ERR_OK;
    struct fy_diag_cfg settings;
    fy_diag_cfg_default(&settings);
    settings.fp = NULL;
    struct fy_diag *diag = fy_diag_create(&settings);
    if (!diag) FAIL(ERR_MEMORY, "no memory to read the deck");
    fy_diag_set_collect_errors(diag, true);
    struct fy_parse_cfg how = {.flags = FYPCF_QUIET | FYPCF_JSON_NONE | FYPCF_COLLECT_DIAG, .diag = diag};
    r->parser = fy_parser_create(&how);
    if (!r->parser || fy_parser_set_string(r->parser, text, strlen(text)))
        e = err_set(ERR_MEMORY, __FILE__, __LINE__, "no memory to read the deck");
    while (!e && !r->refused) {
        struct fy_event *event = fy_parser_parse(r->parser);
        if (!event) break;
        e = one_event(r, event);
        fy_parser_event_free(r->parser, event);
    }
    if (!e && !r->refused && fy_parser_get_stream_error(r->parser)) complain(r, diag);
    if (r->parser) fy_parser_destroy(r->parser);
    fy_diag_destroy(diag);
    mem_free(&r->key);
    return e;
}

int deck_yaml_read(struct deck *deck) {
    struct reader r = {.deck = deck, .from = DECK_FROM_DECK};
    scan_bytes(deck, DECK_FROM_DECK, deck->source);
    if (deck->n_mistakes) return ERR_OK;
    TRY(read_events(&r, deck->source));
    if (deck->n_mistakes) return ERR_OK;
    if (!r.root) {
        deck_tree_mistake_at(deck, DECK_FROM_DECK, 1, 1,
                             "the deck is empty; 'vitrine describe' lists the keys");
        return ERR_OK;
    }
    if (r.root->kind != DECK_MAPPING)
        deck_tree_mistake_at(deck, DECK_FROM_DECK, r.root->line, r.root->col,
                             "a deck consists of lines 'key: value'; 'vitrine describe' lists the keys");
    else {
        deck->root = r.root;
        r.root->line = r.root->col = 0; /* what the whole deck lacks has no place */
    }
    return ERR_OK;
}

int deck_yaml_value(struct deck *deck, const char *text, int from, struct deck_node **out) {
    struct reader r = {.deck = deck, .from = from};
    int before = deck->n_mistakes;
    *out = NULL;
    scan_bytes(deck, from, text);
    if (deck->n_mistakes > before) return ERR_OK;
    TRY(read_events(&r, text));
    if (deck->n_mistakes > before) return ERR_OK;
    if (!r.root) {
        TRY(deck_tree_node(deck, DECK_SCALAR, from, &r.root));
        TRY(mem_strdup(&r.root->text, ""));
    }
    *out = r.root;
    return ERR_OK;
}
