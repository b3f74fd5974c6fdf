/* deck_tree - what the files of deck share and nobody else includes: the tree of a deck, the compiled schema,
 * the list of mistakes.
 *
 * A deck becomes a tree of nodes (deck_yaml), --set edits the tree (deck_set), the check walks schema and
 * tree side by side, converts values and adds defaults as nodes of their own (deck_check). After that every
 * key that applies is a node, and the getters, the effective deck and deck_has only look nodes up. */
#ifndef BASE_DECK_TREE_H
#define BASE_DECK_TREE_H

#include "base/deck.h"
#include "base/text.h"

enum deck_kind { DECK_SCALAR, DECK_MAPPING, DECK_SEQUENCE };
enum { DECK_FROM_DECK = -1, DECK_FROM_DEFAULT = -2 }; /* node.from; >= 0 is the number of a --set */

struct deck_node {
    enum deck_kind kind;
    int from;
    int key_line, key_col, line, col; /* 1-based; 0 = none; columns count characters */
    char *key;                        /* in mappings */
    char *text;                       /* of scalars */
    char *found;                      /* files: absolute path when it lay beside the deck */
    char *where;                      /* files: what deck_file found */
    const struct deck_row *row;       /* after the check; NULL for items of lists and tables */
    double real;
    int64_t whole;
    int choice;
    int n; /* children */
    struct deck_node *parent, *first, *last, *next;
    struct deck_node *made; /* all nodes of a deck, for freeing */
};

/* One path of the schema; rows of the same path that differ in `when` are its variants. */
struct deck_spec {
    char *name, *path; /* "rate", "md.stages[].rate" */
    bool list;         /* its children are keys of the items */
    const struct deck_row **rows;
    char **when; /* of each row: the table's and its own condition; NULL = always */
    int n_rows, n_children;
    struct deck_spec *parent, *first, *last, *next, *made;
};

struct deck_mistake {
    const struct deck_node *node; /* NULL: the deck as a whole */
    int from, line, col, number;
    char *text;
};

struct deck {
    char *name, *stem, *source;
    const char **line; /* starts of the source's lines */
    int n_lines;
    char **sets; /* the --set texts */
    int n_sets;
    struct deck_node *root, *nodes;
    struct deck_spec *schema, *specs; /* schema: the root mapping */
    struct deck_mistake *mistakes;
    int n_mistakes;
    bool lj;
    int error; /* memory ran out inside a void function */
};

/* --- deck_tree.c: nodes, mistakes */
/* Local. A node of the deck, not yet in the tree. */
int deck_tree_node(struct deck *deck, enum deck_kind kind, int from, struct deck_node **out) MUST_CHECK;
void deck_tree_add(struct deck_node *parent, struct deck_node *child);
/* Local. Take a child out of its parent. */
void deck_tree_remove(struct deck_node *child);
/* Local. Put `child` in the place of `old` among its parent's children. */
void deck_tree_replace(struct deck_node *old, struct deck_node *child);
struct deck_node *deck_tree_child(const struct deck_node *map, const char *key, size_t len);
struct deck_node *deck_tree_item(const struct deck_node *list, int k);
/* Local. The node of "md.stages[2].rate", NULL when absent; after the check only keys that apply are in the
 * tree. */
struct deck_node *deck_tree_lookup(const struct deck *deck, const char *path);
/* Local. Keep source and cut it into lines. */
int deck_tree_source(struct deck *deck, const char *name, const char *text) MUST_CHECK;
/* Local. Note a mistake at a position, at a node's value, or at its key. */
void deck_tree_mistake_at(struct deck *deck, int from, int line, int col, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
void deck_tree_mistake(struct deck *deck, const struct deck_node *node, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void deck_tree_mistake_key(struct deck *deck, const struct deck_node *node, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void deck_tree_free(struct deck *deck);

/* --- deck_spec.c: schema */
int deck_spec_build(struct deck *deck, const struct deck_table *schema) MUST_CHECK;
void deck_spec_free(struct deck *deck);
struct deck_spec *deck_spec_child(const struct deck_spec *spec, const char *key, size_t len);
/* Local. The spec of a path with or without indices ("md.stages[2].rate"); NULL when the schema lacks it. */
struct deck_spec *deck_spec_find(const struct deck *deck, const char *path);
enum deck_type deck_spec_type(const struct deck_spec *spec);
/* Local. Whether the condition of row k of spec holds in mapping `map`; UNKNOWN when the sibling it names is
 * missing or wrong. */
enum deck_state { DECK_NOT, DECK_UNKNOWN, DECK_HOLDS };
enum deck_state deck_spec_state(const struct deck *deck, const struct deck_spec *spec, int k,
                                const struct deck_node *map);
/* Local. The conditions of row k from the first one on that does not hold; *held = number of those before it.
 */
const char *deck_spec_failing(const struct deck *deck, const struct deck_spec *spec, int k,
                              const struct deck_node *map, int *held);
/* Local. Text of the key beside spec in map, given or default; NULL when there is none. into: 256 characters.
 */
const char *deck_spec_sibling(const struct deck *deck, const struct deck_spec *spec,
                              const struct deck_node *map, const char *key, size_t len, char *into);
/* Local. Index of a word in "a|b|c", -1 when absent; length of the k-th word. */
int deck_spec_choice(const char *choices, const char *word, size_t len);
const char *deck_spec_word(const char *choices, int k, size_t *len);
/* Local. Default as text for this system of units ("2 fs; lj 0.005"); NULL when there is none. into: 256
 * characters. */
const char *deck_spec_default(const struct deck_row *row, bool lj, char *into);

/* --- deck_check.c, deck_value.c, deck_set.c */
/* Local. Walk schema and tree; mistakes are noted, values converted, defaults added. Errors: memory, schema.
 */
int deck_check_all(struct deck *deck) MUST_CHECK;
/* Local. Convert a node by its row; mistakes are noted. */
int deck_value_check(struct deck *deck, const struct deck_spec *spec, const struct deck_row *row,
                     struct deck_node *node) MUST_CHECK;
/* Local. "a length such as '1 nm'", "one of fcc, bcc": what a row wants, for messages. */
void deck_value_wanted(const struct deck_row *row, bool lj, struct text *out);
/* Local. Apply the k-th --set to the tree. */
int deck_set_apply(struct deck *deck, int k) MUST_CHECK;

#endif
