/* deck_yaml - restricted YAML text to a tree of deck nodes; the only file that knows libfyaml.
 *
 * Accepted: mappings, lists, scalars, comments. Refused, each with line and column: anchors, aliases, tags,
 * second documents, duplicate keys, keys that are no words, tabs, control characters, text that is not UTF-8.
 */
#ifndef BASE_DECK_YAML_H
#define BASE_DECK_YAML_H

#include "base/deck_tree.h"

/* Local. The deck's source into deck->root (a mapping, possibly empty). Mistakes are noted. */
int deck_yaml_read(struct deck *deck) MUST_CHECK;
/* Local. A value ("2 fs", "{a: 1}", "[1, 2]") given by a default or a --set; *out NULL after a mistake. */
int deck_yaml_value(struct deck *deck, const char *text, int from, struct deck_node **out) MUST_CHECK;

#endif
