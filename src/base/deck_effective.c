/* deck_effective - the tree in schema order and canonical units.
 *
 * A comment "# default" says that the value equals the default, not that nobody wrote it: so the effective
 * deck of an effective deck is the same text, and two runs can be compared by it. Text is quoted whenever
 * YAML could read it as something else. */
#include "base/deck_tree.h"
#include "base/deck_yaml.h"
#include "base/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Words that need no quotes: they begin with a letter, digit, '_', '.' or '/' and hold no YAML sign. */
static bool is_plain(const char *s) {
    static const char *const odd = "_./+-()";
    if (!*s || *s == '-' || *s == '+' || *s == '(' || *s == ')') return false;
    for (const char *p = s; *p; p++) {
        bool word = (*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
                    strchr(odd, *p);
        bool gap = *p == ' ' && p != s && p[1] && p[1] != ' ';
        if (!word && !gap) return false;
    }
    return strcmp(s, "...") != 0;
}

static void put_text(struct text *out, const char *s) {
    if (is_plain(s)) {
        text_add(out, "%s", s);
        return;
    }
    text_add(out, "\"");
    for (const char *p = s; *p; p++) {
        if (*p == '"' || *p == '\\') text_add(out, "\\%c", *p);
        else if (*p == '\n') text_add(out, "\\n");
        else if ((unsigned char)*p < 0x20) text_add(out, "\\x%02x", (unsigned char)*p);
        else text_put(out, p, 1);
    }
    text_add(out, "\"");
}

static void put_scalar(const struct deck *deck, enum deck_type type, enum unit_dim dim,
                       const struct deck_node *node, struct text *out) {
    char number[64];
    switch (type) {
    case DECK_INT:
        text_add(out, "%" PRId64, node->whole);
        break;
    case DECK_REAL:
        unit_format(node->real, dim, deck->lj, number);
        text_add(out, "%s", number);
        break;
    case DECK_BOOL:
        text_add(out, "%s", node->whole ? "true" : "false");
        break;
    default:
        put_text(out, node->found ? node->found : node->text);
        break;
    }
}

/* The value of a key on one line. */
static void put_value(const struct deck *deck, const struct deck_node *node, struct text *out) {
    const struct deck_row *row = node->row;
    static const enum deck_type element[] = {
        [DECK_INTS] = DECK_INT, [DECK_REALS] = DECK_REAL, [DECK_TEXTS] = DECK_TEXT, [DECK_TABLE] = DECK_REAL};
    if (node->kind == DECK_SCALAR) {
        put_scalar(deck, row->type, row->dim, node, out);
        return;
    }
    bool table = node->kind == DECK_MAPPING;
    text_add(out, "%c", table ? '{' : '[');
    for (const struct deck_node *c = node->first; c; c = c->next) {
        if (c != node->first) text_add(out, ", ");
        if (table) {
            put_text(out, c->key);
            text_add(out, ": ");
        }
        put_scalar(deck, element[row->type], row->dim, c, out);
    }
    text_add(out, "%c", table ? '}' : ']');
}

/* The default of a row written the same way; "" when it has none. Parsed in a deck of its own. */
static int default_text(const struct deck *deck, const struct deck_spec *spec, const struct deck_row *row,
                        char **out) {
    char into[256];
    const char *value = deck_spec_default(row, deck->lj, into);
    struct deck own = {.lj = deck->lj};
    struct deck_node *node = NULL;
    struct text t = {0};
    int e = ERR_OK;
    if (value) {
        if (row->type == DECK_INTS || row->type == DECK_REALS || row->type == DECK_TEXTS ||
            row->type == DECK_TABLE) {
            e = deck_yaml_value(&own, value, DECK_FROM_DEFAULT, &node);
        } else {
            e = deck_tree_node(&own, DECK_SCALAR, DECK_FROM_DEFAULT, &node);
            if (!e) e = mem_strdup(&node->text, value);
        }
        if (!e && node) e = deck_value_check(&own, spec, row, node);
        if (!e && node) put_value(deck, node, &t);
    }
    deck_tree_free(&own);
    if (e) {
        text_drop(&t);
        return e;
    }
    return text_take(&t, out);
}

/* The value after its key, with the remark when the value is what the default would give. */
static int put_pair(const struct deck *deck, const struct deck_spec *spec, const struct deck_node *node,
                    struct text *out) {
    struct text t = {0};
    char *value = NULL, *usual = NULL;
    put_value(deck, node, &t);
    TRY(text_take(&t, &value));
    int e = default_text(deck, spec, node->row, &usual);
    if (!e) text_add(out, " %s%s\n", value, strcmp(value, usual) ? "" : "  # default");
    mem_free(&value);
    mem_free(&usual);
    return e;
}

static void put_map(const struct deck *deck, const struct deck_spec *spec, const struct deck_node *map,
                    int indent, bool item, bool all, struct text *out);

static void put_key(const struct deck *deck, const struct deck_spec *spec, const struct deck_node *node,
                    int indent, bool all, struct text *out) {
    enum deck_type type = deck_spec_type(spec);
    text_add(out, "%s:", spec->name);
    if (type == DECK_MAP && node->n) {
        text_add(out, "\n");
        put_map(deck, spec, node, indent + 2, false, all, out);
    } else if (type == DECK_LIST && node->n) {
        text_add(out, "\n");
        for (const struct deck_node *c = node->first; c; c = c->next) {
            text_add(out, "%*s- ", indent + 2, "");
            if (c->n) put_map(deck, spec, c, indent + 4, true, all, out);
            else text_add(out, "{}\n");
        }
    } else if (type == DECK_MAP || type == DECK_LIST) {
        text_add(out, " %s\n", type == DECK_MAP ? "{}" : "[]");
    } else {
        int e = put_pair(deck, spec, node, out);
        if (e) out->error = e;
    }
}

/* The keys of a mapping, one per line; the first key of a list's item follows its '- '. */
static void put_map(const struct deck *deck, const struct deck_spec *spec, const struct deck_node *map,
                    int indent, bool item, bool all, struct text *out) {
    for (const struct deck_spec *c = spec->first; c; c = c->next) {
        const struct deck_node *node = deck_tree_child(map, c->name, strlen(c->name));
        if (!node || (!all && node->row && node->row->inert)) continue;
        if (!item) text_add(out, "%*s", indent, "");
        item = false;
        put_key(deck, c, node, indent, all, out);
    }
}

int deck_effective(const struct deck *deck, char **text) {
    struct text out = {0};
    text_add(&out, "# every key that applies; \"# default\" marks values equal to the default\n");
    put_map(deck, deck->schema, deck->root, 0, false, true, &out);
    return text_take(&out, text);
}

int deck_identity(const struct deck *deck, char **text) {
    struct text out = {0};
    put_map(deck, deck->schema, deck->root, 0, false, false, &out);
    return text_take(&out, text);
}
