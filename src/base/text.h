/* text - a string that grows: adding cannot fail at the call, the first failure is kept and reported by take.
 *
 *     struct text t = {0};
 *     text_add(&t, "%d errors\n", n);
 *     return text_take(&t, out);      // out by mem, or ERR_MEMORY and nothing left behind */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/err.h"

#include <stddef.h>

struct text {
    char *s; /* NUL-terminated, NULL while empty */
    size_t n, room;
    int error;
};

/* Local. Append, printf-like; or n bytes as they are. */
void text_add(struct text *text, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void text_put(struct text *text, const char *s, size_t n);
/* Local. Hand the string over (an empty one is ""); the struct is empty afterwards, also on failure. */
int text_take(struct text *text, char **out) MUST_CHECK;
void text_drop(struct text *text);

#endif
