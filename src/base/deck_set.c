/* deck_set - "--set md.stages[quench].rate=1e12 K/s" as an edit of the tree, before the check sees it.
 *
 * Keys that are absent are created, so that --set can give what the deck leaves to a default; whether the
 * schema knows them is the check's business, which then names this --set as the place. Items of lists must
 * exist: by number from 0 or by their `name:`. */
#include "base/deck_tree.h"
#include "base/deck_yaml.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void no_such_item(struct deck *deck, int k, const struct deck_node *list, const char *word,
                         size_t len) {
    struct text names = {0};
    char *all = NULL;
    int n = 0;
    for (const struct deck_node *item = list->first; item; item = item->next) {
        const struct deck_node *name = deck_tree_child(item, "name", 4);
        if (name && name->kind == DECK_SCALAR) text_add(&names, "%s'%s'", n++ ? ", " : "", name->text);
    }
    int e = text_take(&names, &all);
    if (e) deck->error = e;
    else
        deck_tree_mistake_at(deck, k, 0, 0, "no item '%.*s' in '%s', which has %d item%s%s%s", (int)len, word,
                             list->key, list->n, list->n == 1 ? "" : "s", n ? ": " : "", all);
    mem_free(&all);
}

/* The item that "[2]" or "[quench]" means; NULL after a mistake. */
static struct deck_node *pick_item(struct deck *deck, int k, const struct deck_node *list, const char *word,
                                   size_t len) {
    char *end;
    long index = strtol(word, &end, 10);
    if (len && end == word + len && index >= 0 && index < list->n) return deck_tree_item(list, (int)index);
    for (struct deck_node *item = list->first; item; item = item->next) {
        const struct deck_node *name = deck_tree_child(item, "name", 4);
        if (name && name->kind == DECK_SCALAR && strlen(name->text) == len && !memcmp(name->text, word, len))
            return item;
    }
    no_such_item(deck, k, list, word, len);
    return NULL;
}

/* Child `key` of *at, made when absent: a scalar for the last part of the path, else a mapping. */
static int enter(struct deck *deck, int k, struct deck_node **at, const char *key, size_t len, bool last) {
    if ((*at)->kind != DECK_MAPPING) {
        deck_tree_mistake_at(deck, k, 0, 0, "'%s' is no section, so it has no key '%.*s'%s",
                             (*at)->key ? (*at)->key : "this", (int)len, key,
                             (*at)->kind == DECK_SEQUENCE ? "; name an item, as in 'stages[0].name'" : "");
        *at = NULL;
        return ERR_OK;
    }
    struct deck_node *child = deck_tree_child(*at, key, len);
    if (!child) {
        TRY(deck_tree_node(deck, last ? DECK_SCALAR : DECK_MAPPING, k, &child));
        TRY(mem_strndup(&child->key, key, len));
        if (last) TRY(mem_strdup(&child->text, ""));
        deck_tree_add(*at, child);
    }
    *at = child;
    return ERR_OK;
}

static int walk(struct deck *deck, int k, const char *path, struct deck_node **at) {
    const char *p = path;
    *at = deck->root;
    while (*p && *at) {
        size_t len = strcspn(p, ".[");
        const char *rest = p + len;
        if (!len) {
            deck_tree_mistake_at(deck, k, 0, 0, "'%s' is no key; write --set md.time_step='1 fs'", path);
            *at = NULL;
            return ERR_OK;
        }
        TRY(enter(deck, k, at, p, len, !*rest));
        while (*at && *rest == '[') {
            size_t n = strcspn(rest + 1, "]");
            if (rest[1 + n] != ']' || (*at)->kind != DECK_SEQUENCE) {
                deck_tree_mistake_at(deck, k, 0, 0, rest[1 + n] ? "'%s' is no list" : "'%s[' lacks its ']'",
                                     (*at)->key);
                *at = NULL;
                return ERR_OK;
            }
            *at = pick_item(deck, k, *at, rest + 1, n);
            rest += n + 2;
        }
        if (*rest == '.' && rest[1]) rest++;
        else if (*rest && *at) {
            deck_tree_mistake_at(deck, k, 0, 0, "'%s' is no key; write --set md.time_step='1 fs'", path);
            *at = NULL;
        }
        p = rest;
    }
    return ERR_OK;
}

int deck_set_apply(struct deck *deck, int k) {
    const char *set = deck->sets[k], *equal = strchr(set, '=');
    if (!equal || equal == set) {
        deck_tree_mistake_at(deck, k, 0, 0,
                             "no '='; write --set KEY=VALUE, such as --set md.time_step='1 fs'");
        return deck->error;
    }
    char *path = NULL;
    struct deck_node *at = NULL, *value = NULL;
    TRY(mem_strndup(&path, set, (size_t)(equal - set)));
    int e = walk(deck, k, path, &at);
    mem_free(&path);
    TRY(e);
    if (!at) return deck->error;
    TRY(deck_yaml_value(deck, equal + 1, k, &value));
    if (!value) { /* no YAML: leave nothing behind that would be a second mistake */
        if (at->from == k && at->key) deck_tree_remove(at);
        return deck->error;
    }
    if (at->key) TRY(mem_strdup(&value->key, at->key));
    deck_tree_replace(at, value);
    return deck->error;
}
