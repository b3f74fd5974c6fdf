/* deck_value - one value against one row: type, unit, bounds, choices, number of elements.
 *
 * Messages of unit_parse begin with what is wrong and go on with "needs ..."; the name of the key is put in
 * front of "needs", which makes a sentence: "'2 K' is a temperature; 'time_step' needs a time such as '2
 * fs'". */
#include "base/deck_tree.h"
#include "base/deck_yaml.h"
#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "a, b or c" from "a|b|c" */
static void list_words(const char *choices, const char *last, struct text *out) {
    size_t len, next;
    const char *p;
    for (int k = 0; (p = deck_spec_word(choices, k, &len)); k++) {
        bool end = !deck_spec_word(choices, k + 1, &next);
        text_add(out, "%s%.*s", k == 0 ? "" : end ? last : ", ", (int)len, p);
    }
}

static const char *article(const char *name) {
    return strchr("aeiou", name[0]) ? "an" : "a";
}

/* Example of a number with unit: the canonical one. */
static void example(const struct deck_row *row, bool lj, const char *number, struct text *out) {
    char canonical[64];
    double x;
    const char *why;
    if (row->dim != UNIT_NONE && unit_parse(number, row->dim, lj, &x, &why) != ERR_OK)
        snprintf(canonical, sizeof canonical, "%s %s", number, unit_canonical(row->dim));
    else snprintf(canonical, sizeof canonical, "%s", number);
    text_add(out, "%s", canonical);
}

void deck_value_wanted(const struct deck_row *row, bool lj, struct text *out) {
    const char *dim = row->dim == UNIT_NONE ? "number" : unit_name(row->dim);
    switch (row->type) {
    case DECK_MAP:
        text_add(out, "a section of keys");
        break;
    case DECK_LIST:
        text_add(out, "a list of items, each beginning with '- '");
        break;
    case DECK_INT:
        text_add(out, "a whole number");
        break;
    case DECK_REAL:
        text_add(out, "%s %s", article(dim), dim);
        if (row->dim != UNIT_NONE) {
            text_add(out, " such as '");
            example(row, lj, "1", out);
            text_add(out, "'");
        }
        break;
    case DECK_BOOL:
        text_add(out, "true or false");
        break;
    case DECK_TEXT:
        text_add(out, "a word or text");
        break;
    case DECK_FILE:
        text_add(out, "the name of a file");
        break;
    case DECK_CHOICE:
        text_add(out, "one of ");
        list_words(row->choices, ", ", out);
        break;
    case DECK_INTS:
        text_add(out, "a list of whole numbers such as '[1, 2, 3]'");
        break;
    case DECK_REALS:
        text_add(out, "a list such as '[");
        example(row, lj, "1", out);
        text_add(out, ", ");
        example(row, lj, "2", out);
        text_add(out, "]'");
        break;
    case DECK_TEXTS:
        text_add(out, "a list of words such as '[a, b]'");
        break;
    case DECK_TABLE:
        text_add(out, "a table such as '{name: ");
        example(row, lj, "1", out);
        text_add(out, "}'");
        break;
    default:
        break;
    }
}

/* What a value is, for "is a list, but ...". */
static const char *kind_text(const struct deck_node *node) {
    return node->kind == DECK_MAPPING    ? "is a section of keys"
           : node->kind == DECK_SEQUENCE ? "is a list"
                                         : "is one value";
}

static void wrong_kind(struct deck *deck, const struct deck_row *row, const struct deck_node *node,
                       const char *name) {
    struct text want = {0};
    char *text = NULL;
    deck_value_wanted(row, deck->lj, &want);
    deck->error = text_take(&want, &text);
    if (deck->error) return;
    if (node->kind == DECK_SCALAR && !*node->text)
        deck_tree_mistake(deck, node, "'%s' has no value; it needs %s", name, text);
    else deck_tree_mistake(deck, node, "this %s; '%s' needs %s", kind_text(node), name, text);
    mem_free(&text);
}

/* Splice the key into a message of unit_parse. */
static void bad_number(struct deck *deck, const struct deck_node *node, const char *name, const char *why) {
    const char *needs = strstr(why, "needs ");
    if (!needs) deck_tree_mistake(deck, node, "'%s': %s", name, why);
    else if (needs - why >= 3 && !strncmp(needs - 3, "It ", 3))
        deck_tree_mistake(deck, node, "%.*s'%s' %s", (int)(needs - why) - 3, why, name, needs);
    else deck_tree_mistake(deck, node, "%.*s'%s' %s", (int)(needs - why), why, name, needs);
}

/* One end of "(0 fs, 20 fs]": true when x is on the right side. sign: -1 lower, +1 upper end. */
static bool inside_end(const struct deck_row *row, bool lj, const char *text, double x, bool closed,
                       int sign) {
    double end;
    const char *why;
    if (!strcmp(text, "inf") || !strcmp(text, "-inf")) return true;
    if (unit_parse(text, row->dim, false, &end, &why) != ERR_OK &&
        unit_parse(text, row->dim, true, &end, &why) != ERR_OK)
        return false;
    bool keeps = row->dim == UNIT_NONE || row->dim == UNIT_ANGLE || row->dim == UNIT_BYTES ||
                 row->dim == UNIT_DURATION;
    if (lj && !keeps && end != 0) return true; /* only the sign of a reduced number is known */
    return (sign * x < sign * end) || (closed && x == end);
}

static bool inside(const struct deck_row *row, bool lj, double x) {
    char text[128];
    if (!row->bounds) return true;
    snprintf(text, sizeof text, "%s", row->bounds);
    char *comma = strchr(text, ','), *end = text + strlen(text) - 1;
    if (!comma) return false;
    bool closed_low = text[0] == '[', closed_high = *end == ']';
    *comma = *end = 0;
    const char *high = comma + 1 + strspn(comma + 1, " ");
    return inside_end(row, lj, text + 1, x, closed_low, -1) && inside_end(row, lj, high, x, closed_high, +1);
}

static void check_bounds(struct deck *deck, const struct deck_row *row, const struct deck_node *node,
                         double x, const char *name) {
    if (node->from != DECK_FROM_DEFAULT && !inside(row, deck->lj, x))
        deck_tree_mistake(deck, node, "'%s' is out of bounds; '%s' must lie in %s", node->text, name,
                          row->bounds);
}

static void real_value(struct deck *deck, const struct deck_row *row, struct deck_node *node,
                       const char *name) {
    const char *why;
    if (unit_parse(node->text, row->dim, deck->lj, &node->real, &why) != ERR_OK)
        bad_number(deck, node, name, why);
    else check_bounds(deck, row, node, node->real, name);
}

static void int_value(struct deck *deck, const struct deck_row *row, struct deck_node *node,
                      const char *name) {
    const char *why;
    long long x = 0;
    if (unit_parse_int(node->text, &x, &why) != ERR_OK) {
        bad_number(deck, node, name, why);
        return;
    }
    node->whole = x;
    node->real = (double)x;
    check_bounds(deck, row, node, node->real, name);
}

static void bool_value(struct deck *deck, struct deck_node *node, const char *name) {
    static const char *const yes[] = {"yes", "on", "True", "TRUE", "Yes", "1", "y", "On"};
    static const char *const no[] = {"no", "off", "False", "FALSE", "No", "0", "n", "Off"};
    node->whole = !strcmp(node->text, "true");
    if (node->whole || !strcmp(node->text, "false")) return;
    for (int k = 0; k < 8; k++) {
        if (!strcmp(node->text, yes[k]) || !strcmp(node->text, no[k])) {
            deck_tree_mistake(deck, node, "'%s' needs true or false; did you mean '%s'?", name,
                              strcmp(node->text, yes[k]) ? "false" : "true");
            return;
        }
    }
    deck_tree_mistake(deck, node, "'%s' is neither true nor false; '%s' needs one of them", node->text, name);
}

static int choice_value(struct deck *deck, const struct deck_row *row, struct deck_node *node,
                        const char *name) {
    node->choice = deck_spec_choice(row->choices, node->text, strlen(node->text));
    if (node->choice >= 0) return ERR_OK;
    struct text words = {0};
    char *all = NULL, *copy = NULL;
    const char *nearest = NULL, *list[64];
    int n = 0;
    list_words(row->choices, " or ", &words);
    TRY(text_take(&words, &all));
    int e = mem_strdup(&copy, row->choices);
    if (!e) {
        for (char *p = copy; p && n < 64; n++) {
            list[n] = p;
            p = strchr(p, '|');
            if (p) *p++ = 0;
        }
        nearest = deck_nearest(node->text, list, n);
        if (nearest && n > 2)
            deck_tree_mistake(deck, node, "'%s' is no '%s'; did you mean '%s'? It can be %s", node->text,
                              name, nearest, all);
        else deck_tree_mistake(deck, node, "'%s' is no '%s'; it can be %s", node->text, name, all);
    }
    mem_free(&copy);
    mem_free(&all);
    return e;
}

static int scalar_value(struct deck *deck, const struct deck_row *row, enum deck_type type,
                        struct deck_node *node, const char *name) {
    if (node->kind != DECK_SCALAR || (!*node->text && type != DECK_TEXT)) {
        wrong_kind(deck, row, node, name);
        return ERR_OK;
    }
    switch (type) {
    case DECK_INT:
        int_value(deck, row, node, name);
        break;
    case DECK_REAL:
        real_value(deck, row, node, name);
        break;
    case DECK_BOOL:
        bool_value(deck, node, name);
        break;
    case DECK_CHOICE:
        return choice_value(deck, row, node, name);
    default:
        break;
    }
    return ERR_OK;
}

/* Number of elements against "3" or "1..4" or "1..". */
static void check_count(struct deck *deck, const struct deck_row *row, const struct deck_node *node,
                        const char *name) {
    if (!row->choices) return;
    const char *dots = strstr(row->choices, "..");
    long least = strtol(row->choices, NULL, 10), most = dots && dots[2] ? strtol(dots + 2, NULL, 10)
                                                        : dots          ? -1
                                                                        : least;
    if (node->n >= least && (most < 0 || node->n <= most)) return;
    const char *what = node->n == 1 ? "element" : "elements";
    if (least == most)
        deck_tree_mistake(deck, node, "%d %s; '%s' needs exactly %ld", node->n, what, name, least);
    else if (most < 0)
        deck_tree_mistake(deck, node, "%d %s; '%s' needs at least %ld", node->n, what, name, least);
    else deck_tree_mistake(deck, node, "%d %s; '%s' needs %ld to %ld", node->n, what, name, least, most);
}

static int elements(struct deck *deck, const struct deck_row *row, enum deck_type each,
                    struct deck_node *node, const char *name) {
    struct deck_row one = *row; /* what each element wants */
    one.type = each;
    for (struct deck_node *c = node->first; c; c = c->next)
        TRY(scalar_value(deck, &one, each, c, each == DECK_REAL && c->key ? c->key : name));
    check_count(deck, row, node, name);
    return deck->error;
}

int deck_value_check(struct deck *deck, const struct deck_spec *spec, const struct deck_row *row,
                     struct deck_node *node) {
    static const enum deck_type element[] = {
        [DECK_INTS] = DECK_INT, [DECK_REALS] = DECK_REAL, [DECK_TEXTS] = DECK_TEXT, [DECK_TABLE] = DECK_REAL};
    enum deck_kind kind = DECK_SCALAR;
    if (row->type == DECK_INTS || row->type == DECK_REALS || row->type == DECK_TEXTS ||
        row->type == DECK_LIST)
        kind = DECK_SEQUENCE;
    if (row->type == DECK_TABLE || row->type == DECK_MAP) kind = DECK_MAPPING;
    node->row = row;
    if (node->kind != kind || (kind == DECK_SCALAR && !*node->text && row->type != DECK_TEXT)) {
        wrong_kind(deck, row, node, spec->name);
        return deck->error;
    }
    if (row->type == DECK_MAP) return ERR_OK;
    if (row->type == DECK_LIST) {
        check_count(deck, row, node, spec->name);
        return deck->error;
    }
    if (kind != DECK_SCALAR) return elements(deck, row, element[row->type], node, spec->name);
    TRY(scalar_value(deck, row, row->type, node, spec->name));
    return deck->error;
}
