/* rundir - one folder a run; files in it are complete or absent (h5.h, tsv.h see to that).
 *
 * Two programs that make the same results would take each other's unfinished files away. Rank 0 therefore
 * locks DIR/.NAME.lock (flock: the system forgets it with the process, however that ends) and a second
 * program is refused. Where a file system has no locks the run goes on without. */
#include "base/rundir.h"
#include "base/cite.h"
#include "base/mem.h"
#include "base/prov.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define IDENTITY "/vitrine/provenance"
#define LOCK_TRIES 30 /* of 0.1 s: ranks of a run that was just killed may live that long */

static int lock = -1, n_open; /* of this process, rank 0 */

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

/* Local, rank 0. Lock the results of this name. */
static int claim(const struct rundir *at) {
    char *path = NULL;
    if (n_open++) return ERR_OK;
    TRY(mem_sprintf(&path, "%s/.%s.lock", at->dir, at->stem));
    struct stat file, name;
    int e = ERR_OK;
    for (int k = 0; k <= LOCK_TRIES && lock < 0 && !e; k++) {
        int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (fd < 0)
            break; /* a folder of a finished run may be read only: what is written there will say so */
        if (!flock(fd, LOCK_EX | LOCK_NB)) {
            if (!fstat(fd, &file) && !stat(path, &name) && file.st_ino == name.st_ino) lock = fd;
            else close(fd); /* the one before us has just taken it away */
            continue;
        }
        bool other = errno == EWOULDBLOCK;
        close(fd);
        if (!other) break;
        if (k == LOCK_TRIES)
            e = err_set(ERR_CREATE, __FILE__, __LINE__,
                        "another run writes %s/%s.* now; wait until it has ended, or set output: {dir: ...}",
                        at->dir, at->stem);
        else nanosleep(&(struct timespec){0, 100000000}, NULL);
    }
    mem_free(&path);
    return e;
}

/* Local. The end of claim. */
static void release(const struct rundir *at) {
    char *path = NULL;
    if (!at->claimed || --n_open || lock < 0) return;
    if (!mem_sprintf(&path, "%s/.%s.lock", at->dir, at->stem)) unlink(path);
    else err_clear();
    mem_free(&path);
    close(lock);
    lock = -1;
}

int rundir_open(struct rundir *at, const struct comm *comm, struct deck *deck, const char *command) {
    *at = (struct rundir){.comm = comm, .deck = deck, .command = command};
    int e = mem_strdup(&at->stem, deck_stem(deck));
    if (!e)
        e = deck_has(deck, "output.dir") ? mem_strdup(&at->dir, deck_text(deck, "output.dir"))
                                         : mem_sprintf(&at->dir, "out/%s", at->stem);
    TRY_ALL(comm, e);
    if (comm->rank == 0) {
        e = make_dir(at->dir);
        at->claimed = !e;
        if (!e) e = claim(at);
    }
    return err_agree(comm, e);
}

void rundir_close(struct rundir *at) {
    release(at);
    at->claimed = false;
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
