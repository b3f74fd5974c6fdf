/* text - room doubles; rejected: open_memstream, whose memory is not counted. */
#include "base/text.h"
#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int reserve(struct text *text, size_t more) {
    size_t need = text->n + more + 1;
    if (text->error) return text->error;
    if (need <= text->room) return ERR_OK;
    size_t room = text->room ? text->room : 128;
    while (room < need) room *= 2;
    text->error = MEM_GROW(text->s, text->room, room);
    if (!text->error) text->room = room;
    return text->error;
}

void text_put(struct text *text, const char *s, size_t n) {
    if (reserve(text, n)) return;
    memcpy(text->s + text->n, s, n);
    text->n += n;
    text->s[text->n] = 0;
}

void text_add(struct text *text, const char *fmt, ...) {
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n >= 0 && !reserve(text, (size_t)n)) {
        vsnprintf(text->s + text->n, (size_t)n + 1, fmt, again);
        text->n += (size_t)n;
    }
    va_end(again);
}

int text_take(struct text *text, char **out) {
    reserve(text, 0);
    int e = text->error;
    if (e) mem_free(&text->s);
    else *out = text->s;
    *text = (struct text){0};
    return e;
}

void text_drop(struct text *text) {
    mem_free(&text->s);
    *text = (struct text){0};
}
