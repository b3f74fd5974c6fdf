/* deck_check - schema and tree side by side, one mapping after the other.
 *
 * A slip should cost one message: a key that looks like a misspelt required key is not also reported as
 * missing, and where `kind` itself is wrong its dependent keys are left alone. Defaults become nodes, so that
 * afterwards nothing has to know where a value came from. */
#include "base/deck_tree.h"
#include "base/deck_yaml.h"
#include "base/mem.h"

#include <stdio.h>
#include <string.h>

static int check_map(struct deck *deck, const struct deck_spec *spec, struct deck_node *map);

/* "'build'", "this item of 'stages'", "the deck" */
static void map_name(const struct deck_node *map, char *out, size_t size) {
    if (map->key) snprintf(out, size, "'%.80s'", map->key);
    else if (map->parent && map->parent->key) snprintf(out, size, "this item of '%.80s'", map->parent->key);
    else snprintf(out, size, "the deck");
}

/* A spec anywhere with this name, for a key written in the wrong section. */
static const struct deck_spec *elsewhere(const struct deck_spec *at, const char *key) {
    for (const struct deck_spec *c = at->first; c; c = c->next) {
        if (!strcmp(c->name, key)) return c;
        const struct deck_spec *below = elsewhere(c, key);
        if (below) return below;
    }
    return NULL;
}

/* The key of spec that is nearest to `key`. */
static int nearest_key(const struct deck_spec *spec, const char *key, const struct deck_spec **out) {
    const char **names = NULL;
    int n = 0;
    *out = NULL;
    TRY(MEM_NEW(names, spec->n_children));
    for (const struct deck_spec *c = spec->first; c; c = c->next) names[n++] = c->name;
    const char *near = deck_nearest(key, names, n);
    if (near) *out = deck_spec_child(spec, near, strlen(near));
    mem_free(&names);
    return ERR_OK;
}

static int unknown_key(struct deck *deck, const struct deck_spec *spec, const struct deck_node *map,
                       const struct deck_node *node, const struct deck_spec **meant) {
    char where[128];
    const struct deck_spec *other = elsewhere(deck->schema, node->key);
    if (!other) TRY(nearest_key(spec, node->key, meant));
    snprintf(where, sizeof where, "'%.100s%s'", spec->path, spec->list ? "[]" : "");
    if (*meant)
        deck_tree_mistake_key(deck, node, "unknown key '%s'; did you mean '%s'?", node->key, (*meant)->name);
    else if (other && map->parent && !other->parent->parent)
        deck_tree_mistake_key(deck, node, "unknown key '%s' in %s; it belongs to the top level of the deck",
                              node->key, where);
    else if (other)
        deck_tree_mistake_key(deck, node, "unknown key '%s' in %s; did you mean '%s'?", node->key, where,
                              other->path);
    else if (spec->path[0])
        deck_tree_mistake_key(deck, node, "unknown key '%s' in %s; 'vitrine describe %s' lists the keys",
                              node->key, where, spec->path);
    else deck_tree_mistake_key(deck, node, "unknown key '%s'; 'vitrine describe' lists the keys", node->key);
    return deck->error;
}

/* "kind=rod|taper" as "kind: rod or taper" */
static void when_text(const char *when, struct text *out) {
    for (const char *p = when; *p;) {
        size_t n = strcspn(p, ","), len;
        const char *equal = memchr(p, '=', n);
        size_t key = equal ? (size_t)(equal - p) : n;
        bool negated = key && p[key - 1] == '!';
        text_add(out, "%s%.*s", p == when ? "" : " and ", (int)(key - negated), p);
        if (equal && strncmp(equal, "=*", 2)) {
            char values[256];
            snprintf(values, sizeof values, "%.*s", (int)(n - key - 1), equal + 1);
            const char *word;
            for (int k = 0; (word = deck_spec_word(values, k, &len)); k++)
                text_add(out, "%s%.*s", k ? " or " : negated ? " other than " : ": ", (int)len, word);
        }
        p += n;
        p += strspn(p, ", ");
    }
}

static int misplaced(struct deck *deck, const struct deck_spec *spec, const struct deck_node *map,
                     const struct deck_node *node) {
    struct text t = {0};
    char *text = NULL;
    int most = -1, held, n = 0;
    const char *when = NULL; /* of the rows that come nearest */
    for (int k = 0; k < spec->n_rows; k++) {
        const char *rest = deck_spec_failing(deck, spec, k, map, &held);
        if (held > most) when = rest;
        if (held > most) most = held;
    }
    for (int k = 0; k < spec->n_rows; k++) {
        const char *rest = deck_spec_failing(deck, spec, k, map, &held);
        if (held < most) continue;
        if (n++) text_add(&t, " or ");
        when_text(rest, &t);
    }
    size_t len = strcspn(when, "!=,");
    char into[256];
    const char *other = deck_spec_sibling(deck, spec, map, when, len, into);
    text_add(&t, "; here %.*s is %s", (int)len, when, other ? other : "not given");
    TRY(text_take(&t, &text));
    deck_tree_mistake_key(deck, node, "'%s' belongs to %s", spec->name, text);
    mem_free(&text);
    return deck->error;
}

/* What lies below a section or list. */
static int check_below(struct deck *deck, const struct deck_spec *spec, struct deck_node *node) {
    enum deck_type type = deck_spec_type(spec);
    if (type == DECK_MAP && node->kind == DECK_MAPPING) return check_map(deck, spec, node);
    if (type != DECK_LIST || node->kind != DECK_SEQUENCE) return ERR_OK;
    for (struct deck_node *item = node->first; item; item = item->next) {
        if (item->kind == DECK_MAPPING) TRY(check_map(deck, spec, item));
        else
            deck_tree_mistake(deck, item, "each item of '%s' needs keys, such as '- {%s: ...}'", spec->name,
                              spec->first ? spec->first->name : "name");
    }
    return deck->error;
}

/* A key that was written: choose its row, check it and what lies below. */
static int check_given(struct deck *deck, const struct deck_spec *spec, const struct deck_node *map,
                       struct deck_node *node) {
    static const struct deck_row section = {.type = DECK_MAP}, list = {.type = DECK_LIST};
    const struct deck_row *row = NULL;
    int unknown = 0;
    if (!spec->n_rows) row = spec->list ? &list : &section;
    for (int k = 0; k < spec->n_rows && !row; k++) {
        enum deck_state s = deck_spec_state(deck, spec, k, map);
        if (s == DECK_HOLDS) row = spec->rows[k];
        unknown += s == DECK_UNKNOWN;
    }
    if (!row && unknown == 1 && spec->n_rows == 1) row = spec->rows[0];
    if (!row && unknown) return ERR_OK;
    if (!row) return misplaced(deck, spec, map, node);
    TRY(deck_value_check(deck, spec, row, node));
    return check_below(deck, spec, node);
}

static int missing(struct deck *deck, const struct deck_spec *spec, const struct deck_row *row,
                   const struct deck_node *map, const char *why) {
    struct text t = {0};
    char *text = NULL, where[128];
    deck_value_wanted(row, deck->lj, &t);
    TRY(text_take(&t, &text));
    map_name(map, where, sizeof where);
    deck_tree_mistake_key(deck, map, "missing key '%s' in %s%s; it needs %s", spec->name, where, why, text);
    mem_free(&text);
    return deck->error;
}

/* A key that was not written: missing, optional, or a default that becomes a node. */
static int check_absent(struct deck *deck, const struct deck_spec *spec, struct deck_node *map) {
    for (int k = 0; k < spec->n_rows; k++) {
        const struct deck_row *row = spec->rows[k];
        if (deck_spec_state(deck, spec, k, map) != DECK_HOLDS) continue;
        if (row->value == DECK_REQUIRED) return missing(deck, spec, row, map, "");
        if (!row->value) return ERR_OK;
        char into[256];
        const char *text = deck_spec_default(row, deck->lj, into);
        if (!text) return missing(deck, spec, row, map, " with 'units: lj'");
        struct deck_node *node = NULL;
        int before = deck->n_mistakes;
        bool composite = row->type == DECK_MAP || row->type == DECK_LIST || row->type == DECK_INTS ||
                         row->type == DECK_REALS || row->type == DECK_TEXTS || row->type == DECK_TABLE;
        if (composite) {
            TRY(deck_yaml_value(deck, text, DECK_FROM_DEFAULT, &node));
        } else {
            TRY(deck_tree_node(deck, DECK_SCALAR, DECK_FROM_DEFAULT, &node));
            TRY(mem_strdup(&node->text, text));
        }
        if (node) {
            TRY(mem_strdup(&node->key, spec->name));
            deck_tree_add(map, node);
            TRY(deck_value_check(deck, spec, row, node));
        }
        if (deck->n_mistakes > before)
            FAIL(ERR_INTERNAL, "the default '%s' of '%s' does not fit its own row; please report this", text,
                 spec->path);
        return check_below(deck, spec, node);
    }
    return ERR_OK;
}

static int check_map(struct deck *deck, const struct deck_spec *spec, struct deck_node *map) {
    const struct deck_spec **meant = NULL;
    int n_meant = 0, e = ERR_OK;
    TRY(MEM_NEW(meant, map->n));
    for (struct deck_node *node = map->first; node && !e; node = node->next) {
        const struct deck_spec *child = deck_spec_child(spec, node->key, strlen(node->key)), *guess = NULL;
        e = child ? check_given(deck, child, map, node) : unknown_key(deck, spec, map, node, &guess);
        if (guess) meant[n_meant++] = guess;
    }
    for (const struct deck_spec *child = spec->first; child && !e; child = child->next) {
        bool covered = deck_tree_child(map, child->name, strlen(child->name)) != NULL;
        for (int k = 0; k < n_meant; k++) covered |= meant[k] == child;
        if (!covered) e = check_absent(deck, child, map);
    }
    mem_free(&meant);
    return e ? e : deck->error;
}

int deck_check_all(struct deck *deck) {
    const struct deck_node *units = deck_tree_child(deck->root, "units", 5);
    deck->lj = units && units->kind == DECK_SCALAR && !strcmp(units->text, "lj");
    return check_map(deck, deck->schema, deck->root);
}
