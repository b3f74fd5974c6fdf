/* deck_file - where an input file is. Rank 0 looks (a thousand ranks asking a file system at once is unkind)
 * and tells the others both what it found and where it looked. */
#define _XOPEN_SOURCE 700
#include "base/deck_tree.h"
#include "base/mem.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DEBIAN "/usr/share/lammps/potentials"

struct search {
    char *name;         /* as written in the deck, without what follows "::" */
    struct text looked; /* "'in', '/usr/share/...'" */
    char *found;
    bool beside;
};

/* Try folder/name; true ends the search. */
static int try_folder(struct search *s, const char *folder, size_t len, bool *done) {
    struct stat st;
    char *path = NULL;
    *done = false;
    TRY(mem_sprintf(&path, "%.*s%s%s", (int)len, folder, len && folder[len - 1] != '/' ? "/" : "", s->name));
    FILE *in = stat(path, &st) == 0 && S_ISREG(st.st_mode) ? fopen(path, "rb") : NULL;
    if (in) {
        fclose(in);
        s->found = path;
        *done = true;
        return ERR_OK;
    }
    text_add(&s->looked, "%s'%s'", s->looked.n ? ", " : "", path);
    mem_free(&path);
    return ERR_OK;
}

static int look(struct search *s, const char *deck) {
    bool done;
    const char *slash = strrchr(deck, '/'), *list = getenv("VITRINE_POTENTIALS");
    if (s->name[0] == '/') return try_folder(s, "", 0, &done);
    TRY(try_folder(s, deck, slash ? (size_t)(slash - deck) + 1 : 0, &done));
    s->beside = done;
    while (!done && list && *list) {
        size_t len = strcspn(list, ":");
        if (len) TRY(try_folder(s, list, len, &done));
        list += len;
        list += *list == ':';
    }
    if (!done) TRY(try_folder(s, DEBIAN, strlen(DEBIAN), &done));
    return ERR_OK;
}

/* Local. Rank 0: what goes to the others; absolute[0] = 0 unless the file lies beside the deck. */
static int look_all(struct search *s, const char *deck, char **looked, char **absolute) {
    TRY(look(s, deck));
    TRY(text_take(&s->looked, looked));
    if (!s->found) TRY(mem_strdup(&s->found, ""));
    char real[PATH_MAX];
    return mem_strdup(absolute, s->beside && realpath(s->found, real) ? real : "");
}

/* Local. Put the dataset's name back behind the file's. */
static int rejoin(char **file, const char *inside) {
    char *joined = NULL;
    if (!inside || !**file) return ERR_OK;
    TRY(mem_sprintf(&joined, "%s%s", *file, inside));
    mem_free(file);
    *file = joined;
    return ERR_OK;
}

int deck_file(const struct comm *comm, struct deck *deck, const char *path, char **found) {
    struct search s = {0};
    const char *text = deck_text(deck, "%s", path), *inside = strstr(text, "::");
    char *looked = NULL, *absolute = NULL;
    *found = NULL;
    int e = mem_strndup(&s.name, text, inside ? (size_t)(inside - text) : strlen(text));
    e = err_agree(comm, e);
    if (!e) e = err_agree(comm, comm->rank == 0 ? look_all(&s, deck->name, &looked, &absolute) : ERR_OK);
    if (!e) e = comm_bcast_string(comm, &s.found);
    if (!e) e = comm_bcast_string(comm, &looked);
    if (!e) e = comm_bcast_string(comm, &absolute);
    if (!e) e = err_agree(comm, rejoin(&s.found, inside));
    if (!e) e = err_agree(comm, rejoin(&absolute, inside));
    if (!e && *s.found) {
        struct deck_node *node = deck_tree_lookup(deck, path);
        mem_free(&node->found);
        mem_free(&node->where);
        e = err_agree(comm, mem_strdup(&node->where, s.found));
        if (*absolute) {
            node->found = absolute;
            absolute = NULL;
        }
        *found = s.found;
        s.found = NULL;
    } else if (!e) {
        deck_mistake(deck, path,
                     "file '%s' was not found; looked for %s (VITRINE_POTENTIALS can name more folders)",
                     s.name, looked);
    }
    text_drop(&s.looked);
    mem_free(&s.name);
    mem_free(&s.found);
    mem_free(&looked);
    mem_free(&absolute);
    return e;
}

const char *deck_found(const struct deck *deck, const char *path, ...) {
    char text[512];
    va_list args;
    va_start(args, path);
    vsnprintf(text, sizeof text, path, args);
    va_end(args);
    const struct deck_node *node = deck_tree_lookup(deck, text);
    return node ? node->where : NULL;
}
