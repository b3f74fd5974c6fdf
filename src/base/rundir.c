/* rundir - one folder a run; files in it are complete or absent (h5.h, tsv.h see to that). */
#include "base/rundir.h"
#include "base/cite.h"
#include "base/mem.h"
#include "base/prov.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define IDENTITY "/vitrine/provenance"

static int make_dir(const char *dir) {
    char *path = NULL;
    TRY(mem_strdup(&path, dir));
    for (char *p = path + 1;; p++) {
        if (*p && *p != '/') continue;
        char kept = *p;
        *p = 0;
        if (mkdir(path, 0777) && errno != EEXIST) {
            int code =
                err_set(ERR_CREATE, __FILE__, __LINE__,
                        "cannot make the folder %s: %s; set output: {dir: ...} to a place you may write",
                        path, strerror(errno));
            mem_free(&path);
            return code;
        }
        *p = kept;
        if (!kept) break;
    }
    mem_free(&path);
    return ERR_OK;
}

int rundir_open(struct rundir *at, const struct comm *comm, struct deck *deck, const char *command) {
    *at = (struct rundir){comm, deck, command, NULL, NULL};
    int e = mem_strdup(&at->stem, deck_stem(deck));
    if (!e)
        e = deck_has(deck, "output.dir") ? mem_strdup(&at->dir, deck_text(deck, "output.dir"))
                                         : mem_sprintf(&at->dir, "out/%s", at->stem);
    TRY_ALL(comm, e);
    return err_agree(comm, comm->rank == 0 ? make_dir(at->dir) : ERR_OK);
}

void rundir_close(struct rundir *at) {
    mem_free(&at->dir);
    mem_free(&at->stem);
}

int rundir_path(const struct rundir *at, const char *suffix, char **path) {
    return mem_sprintf(path, "%s/%s.%s", at->dir, at->stem, suffix);
}

int rundir_hash(const struct rundir *at, char hash[17]) {
    char *text = NULL;
    TRY(mem_agree(at->comm, &text, deck_identity(at->deck, &text)));
    prov_hash(text, hash);
    mem_free(&text);
    return ERR_OK;
}

int rundir_effective(const struct rundir *at) {
    char *text = NULL, *path = NULL;
    int e = deck_effective(at->deck, &text);
    if (!e) e = rundir_path(at, "effective.yml", &path);
    e = err_agree(at->comm, e);
    if (!e) e = h5_put_text(at->comm, path, text);
    mem_free(&text);
    mem_free(&path);
    return e;
}

int rundir_complete(const struct rundir *at, bool *complete) {
    char *path = NULL, *made = NULL, hash[17];
    struct h5 *h5 = NULL;
    *complete = false;
    TRY(rundir_hash(at, hash));
    TRY(mem_agree(at->comm, &path, rundir_path(at, "h5", &path)));
    int64_t there = at->comm->rank == 0 && access(path, R_OK) == 0;
    comm_max_i64(at->comm, &there, 1);
    int e = there ? h5_open(at->comm, path, &h5) : ERR_OK;
    if (!e && h5 && h5_has_attr(h5, IDENTITY, "run_hash")) {
        e = h5_read_attr_text(h5, IDENTITY, "run_hash", &made);
        if (!e) *complete = strcmp(made, hash) == 0;
    }
    if (h5 && h5_close(&h5, false)) err_clear();
    mem_free(&made);
    mem_free(&path);
    return e;
}

int rundir_identity(const struct rundir *at, struct h5 *h5) {
    char *text = NULL, hash[17];
    TRY(rundir_hash(at, hash));
    TRY(mem_agree(at->comm, &text, deck_effective(at->deck, &text)));
    int e = prov_write(at->comm, h5, at->command, deck_source(at->deck), text);
    mem_free(&text);
    if (!e) e = h5_attr_text(h5, IDENTITY, "run_hash", hash);
    return e ? e : cite_write(at->comm, h5);
}

int rundir_h5(const struct rundir *at, bool anew, struct h5 **h5) {
    char *path = NULL;
    *h5 = NULL;
    TRY(mem_agree(at->comm, &path, rundir_path(at, "h5", &path)));
    int e = anew ? h5_create(at->comm, path, h5) : h5_append(at->comm, path, h5);
    mem_free(&path);
    if (!e && anew) e = rundir_identity(at, *h5);
    if (e && *h5 && h5_close(h5, false)) err_clear();
    return e;
}
