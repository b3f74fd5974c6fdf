/* args - the command line of a verb: options with and without values, and what is left over. */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include "base/err.h"

#define ARGS_MAX 64

struct args_option {
    const char *name;   /* "--set" */
    const char **value; /* where its value goes; NULL for a switch */
    int *on;            /* set to 1 by a switch */
    const char **list;  /* repeated option: values collect here ... */
    int *n_list;        /* ... and are counted here (ARGS_MAX at most) */
};

/* Local. argv[0] is the verb. Words that are not options go to words (n_words of them, at most max).
 * ERR_USAGE names the option and what is near. options ends with name == NULL. usage: one line shown with the
 * error. */
int args_parse(int argc, char **argv, const struct args_option *options, const char **words, int max,
               int *n_words, const char *usage) MUST_CHECK;

#endif
