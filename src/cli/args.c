/* args - options may stand anywhere; "--name value" and "--name=value" are the same; "--" ends options. */
#include "cli/args.h"
#include "base/deck.h"

#include <string.h>

static int unknown(const char *word, const struct args_option *options, const char *usage) {
    const char *names[ARGS_MAX];
    int n = 0;
    for (; options[n].name && n < ARGS_MAX; n++) names[n] = options[n].name;
    const char *near = deck_nearest(word, names, n);
    if (near) FAIL(ERR_USAGE, "unknown option '%s'; did you mean '%s'?\nusage: %s", word, near, usage);
    FAIL(ERR_USAGE, "unknown option '%s'\nusage: %s", word, usage);
}

static int take(const struct args_option *o, const char *value, const char *usage) {
    if (o->on) {
        if (value) FAIL(ERR_USAGE, "%s takes no value\nusage: %s", o->name, usage);
        *o->on = 1;
        return ERR_OK;
    }
    if (!value) FAIL(ERR_USAGE, "%s needs a value\nusage: %s", o->name, usage);
    if (o->list) {
        if (*o->n_list == ARGS_MAX) FAIL(ERR_USAGE, "%s is given more than %d times", o->name, ARGS_MAX);
        o->list[(*o->n_list)++] = value;
    } else *o->value = value;
    return ERR_OK;
}

static const struct args_option *find(const struct args_option *options, const char *word, size_t len) {
    for (; options->name; options++)
        if (strlen(options->name) == len && strncmp(options->name, word, len) == 0) return options;
    return NULL;
}

int args_parse(int argc, char **argv, const struct args_option *options, const char **words, int max,
               int *n_words, const char *usage) {
    bool only_words = false;
    *n_words = 0;
    for (int k = 1; k < argc; k++) {
        const char *word = argv[k], *equals = strchr(word, '=');
        if (!only_words && strcmp(word, "--") == 0) {
            only_words = true;
            continue;
        }
        if (only_words || strncmp(word, "--", 2) != 0) {
            if (*n_words == max) FAIL(ERR_USAGE, "'%s' is one word too many\nusage: %s", word, usage);
            words[(*n_words)++] = word;
            continue;
        }
        const struct args_option *o = find(options, word, equals ? (size_t)(equals - word) : strlen(word));
        if (!o) return unknown(word, options, usage);
        const char *value = equals ? equals + 1 : NULL;
        if (!value && !o->on && k + 1 < argc) value = argv[++k];
        TRY(take(o, value, usage));
    }
    return ERR_OK;
}
