/* cite - a list that grows; keys are literals of the modules and are not copied. */
#include "base/cite.h"
#include "base/h5.h"
#include "base/mem.h"

#include <string.h>

static const char **keys;
static int n_keys, capacity;

void cite_use(const char *key) {
    for (int k = 0; k < n_keys; k++)
        if (strcmp(keys[k], key) == 0) return;
    if (n_keys == capacity) {
        if (MEM_GROW(keys, capacity, capacity + 16)) { /* a reference less is no reason to stop a run */
            err_clear();
            return;
        }
        capacity += 16;
    }
    keys[n_keys++] = key;
}

int cite_count(void) {
    return n_keys;
}

const char *cite_key(int k) {
    return k >= 0 && k < n_keys ? keys[k] : NULL;
}

void cite_clear(void) {
    mem_free(&keys);
    n_keys = capacity = 0;
}

static int join(char **text) {
    size_t n = 1;
    for (int k = 0; k < n_keys; k++) n += strlen(keys[k]) + 1;
    TRY(MEM_NEW(*text, n));
    for (int k = 0; k < n_keys; k++) {
        strcat(*text, keys[k]);
        strcat(*text, "\n");
    }
    return ERR_OK;
}

int cite_write(const struct comm *comm, struct h5 *h5) {
    char *text = NULL;
    TRY_ALL(comm, join(&text));
    int e = h5_write_text(h5, "/vitrine/citations", text, "references used, keys of docs/references.bib");
    mem_free(&text);
    return e;
}
