/* h5 - opening, reserving, closing.
 *
 * Driver: MPI-IO with collective metadata on several ranks; plain POSIX (sec2) on one, which is several times
 * faster on small files. Library versions from 1.8 on can open what is written (earliest format).
 *
 * Full disk: parallel HDF5 1.10 that meets ENOSPC inside a collective write crashes or spins at close. So no
 * write may meet it: before each one, rank 0 reserves the bytes up to the end of allocation + the write +
 * half a megabyte for metadata with fallocate, and the verdict is agreed. Between reservations every rank
 * counts alike what its calls can allocate at most; while that fits nobody communicates. What is not used is
 * given back at the end; and what was written before starts its way to the disk then (a hint, nothing waits),
 * so that the sync at the end finds little left. Rejected: checking statvfs (races with other writers, wrong
 * under quotas), writing to memory first (doubles memory). */
#define _GNU_SOURCE
#include "base/h5_file.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define CALL_ROOM ((int64_t)8 << 10)    /* most metadata that one call here makes */
#define SPARE_ROOM ((int64_t)512 << 10) /* so that small writes rarely reserve */

static char complaint[256]; /* what HDF5 said first since it was last asked */

static herr_t note_deepest(unsigned n, const H5E_error2_t *error, void *data) {
    (void)data;
    if (n == 0 && error->desc && !complaint[0]) snprintf(complaint, sizeof complaint, "%s", error->desc);
    return 0;
}

/* HDF5 calls this when a function of its interface fails, before any clean-up call empties its stack. */
static herr_t note(hid_t stack, void *data) {
    return H5Ewalk2(stack, H5E_WALK_UPWARD, note_deepest, data);
}

static void start_library(void) {
    static bool started;
    if (started) return;
    started = true;
    setenv("HDF5_USE_FILE_LOCKING", "FALSE",
           0);                /* parallel file systems without flock; outputs are renamed anyway */
    signal(SIGXFSZ, SIG_IGN); /* a file size limit becomes EFBIG, which we report */
    H5open();
    H5Eset_auto2(H5E_DEFAULT, note, NULL);
}

void h5_file_forgive(void) {
    complaint[0] = 0;
}

hid_t h5_file_type_native(enum h5_type type) {
    const hid_t t[] = {H5T_NATIVE_DOUBLE, H5T_NATIVE_FLOAT, H5T_NATIVE_INT64,
                       H5T_NATIVE_INT32,  H5T_NATIVE_UINT8, H5T_NATIVE_INT16};
    return t[type];
}

hid_t h5_file_type_stored(enum h5_type type) {
    const hid_t t[] = {H5T_IEEE_F64LE, H5T_IEEE_F32LE, H5T_STD_I64LE,
                       H5T_STD_I32LE,  H5T_STD_U8LE,   H5T_STD_I16LE};
    return t[type];
}

size_t h5_file_type_bytes(enum h5_type type) {
    const size_t n[] = {8, 4, 8, 4, 1, 2};
    return n[type];
}

int h5_file_failed(const struct h5 *h5, const char *doing, const char *object) {
    char why[256];
    snprintf(why, sizeof why, "%s", complaint[0] ? complaint : "no reason given");
    h5_file_forgive();
    FAIL(h5->partial ? ERR_WRITE : ERR_INPUT, "%s: cannot %s '%s' (HDF5: %s)", h5->path, doing, object, why);
}

/* Local. Extend the space of the file to `end` bytes. */
static int extend(const char *file, const char *path, int64_t begin, int64_t end) {
    struct rlimit limit;
    int fd = open(file, O_RDWR);
    int status = fd < 0 ? errno : 0;
    if (!getrlimit(RLIMIT_FSIZE, &limit) && limit.rlim_cur != RLIM_INFINITY && (rlim_t)end > limit.rlim_cur)
        status = EFBIG; /* fallocate with KEEP_SIZE does not look */
    if (!status && fallocate(fd, FALLOC_FL_KEEP_SIZE, begin, end - begin) != 0) status = errno;
    if (status == EOPNOTSUPP || status == ENOSYS) status = posix_fallocate(fd, begin, end - begin);
    if (status == EINVAL || status == ENODEV || status == ESPIPE) status = 0; /* nothing to reserve there */
    if (fd >= 0) sync_file_range(fd, 0, begin, SYNC_FILE_RANGE_WRITE); /* a hint: start on what is written */
    if (fd >= 0) close(fd);
    if (status)
        FAIL(ERR_WRITE, "%s: %.3g MB more do not fit: %s; make room or choose another output.dir", path,
             (double)(end - begin) / 1e6, strerror(status));
    return ERR_OK;
}

/* Local, rank 0. Length of the partial file. */
static int64_t length_of(const char *partial) {
    struct stat st;
    return stat(partial, &st) ? -1 : (int64_t)st.st_size;
}

/* Collective. The end of allocation. The MPI-IO driver does not tell it, but a flush makes the file just as
 * long. */
static int find_end(struct h5 *h5) {
    haddr_t end = 0;
    int e = ERR_OK;
    if (h5->comm.size == 1) {
        if (H5Fget_eoa(h5->file, &end) < 0) return h5_file_failed(h5, "ask the size of", "/");
        h5->end = (int64_t)end;
        return ERR_OK;
    }
    if (H5Fflush(h5->file, H5F_SCOPE_GLOBAL) < 0) e = h5_file_failed(h5, "flush", "/");
    TRY_ALL(&h5->comm, e);
    h5->end = h5->comm.rank == 0 ? length_of(h5->partial) : 0;
    comm_bcast(&h5->comm, &h5->end, sizeof h5->end);
    return ERR_OK;
}

int h5_file_reserve(struct h5 *h5, int64_t bytes) {
    if (!h5->partial) FAIL(ERR_INTERNAL, "%s: is open for reading only", h5->path);
    int64_t wanted = bytes + CALL_ROOM;
    if (h5->comm.size == 1) TRY(find_end(h5));
    if (h5->end + wanted > h5->reserved) {
        TRY(find_end(h5));
        int64_t need = h5->end + wanted + SPARE_ROOM;
        int e = h5->comm.rank == 0 ? extend(h5->partial, h5->path, h5->end, need) : ERR_OK;
        TRY_ALL(&h5->comm, e);
        h5->reserved = need;
    }
    h5->end += wanted;
    return ERR_OK;
}

hid_t h5_file_links(void) {
    hid_t links = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(links, 1);
    return links;
}

/* A writer keeps no chunks back: what sits in the chunk cache is not yet in the end of allocation. */
static hid_t access_list(const struct comm *comm, bool writes) {
    hid_t list = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fclose_degree(list, H5F_CLOSE_STRONG);
    H5Pset_libver_bounds(list, H5F_LIBVER_EARLIEST, H5F_LIBVER_LATEST);
    if (writes) H5Pset_cache(list, 0, 0, 0, 0);
    if (comm->size > 1) {
        H5Pset_fapl_mpio(list, comm->mpi, MPI_INFO_NULL);
        H5Pset_all_coll_metadata_ops(list, 1);
        H5Pset_coll_metadata_write(list, 1);
    }
    return list;
}

static void forget(struct h5 **h5) {
    h5_file_forget_series(*h5);
    if ((*h5)->collective >= 0) H5Pclose((*h5)->collective);
    mem_free(&(*h5)->path);
    mem_free(&(*h5)->partial);
    mem_free(h5);
}

static int describe(const struct comm *comm, const char *path, bool writes, struct h5 **h5) {
    start_library();
    TRY(MEM_NEW(*h5, 1));
    (*h5)->comm = *comm;
    (*h5)->file = -1;
    (*h5)->collective = H5Pcreate(H5P_DATASET_XFER);
    if (comm->size > 1) H5Pset_dxpl_mpio((*h5)->collective, H5FD_MPIO_COLLECTIVE);
    TRY(mem_strdup(&(*h5)->path, path));
    return writes ? mem_sprintf(&(*h5)->partial, "%s.partial", path) : ERR_OK;
}

/* Local, rank 0. An empty file to begin with, so that a missing folder is reported in plain words. */
static int touch(const char *partial, const char *path) {
    int fd = open(partial, O_RDWR | O_CREAT | O_TRUNC, 0666);
    if (fd < 0)
        FAIL(ERR_CREATE, "%s: cannot create it: %s; make the folder or choose another output", path,
             strerror(errno));
    close(fd);
    return ERR_OK;
}

int h5_create(const struct comm *comm, const char *path, struct h5 **h5) {
    *h5 = NULL;
    int e = err_agree(comm, describe(comm, path, true, h5));
    if (e) goto out;
    TRY_ALL_TO(comm, out, comm->rank == 0 ? touch((*h5)->partial, path) : ERR_OK);
    /* even closing an empty file that cannot be written hangs HDF5: it is not opened when there is no room */
    e = comm->rank == 0 ? extend((*h5)->partial, path, 0, CALL_ROOM + SPARE_ROOM) : ERR_OK;
    TRY_ALL_TO(comm, out, e);
    hid_t list = access_list(comm, true);
    (*h5)->file = H5Fcreate((*h5)->partial, H5F_ACC_TRUNC, H5P_DEFAULT, list);
    H5Pclose(list);
    TRY_ALL_TO(comm, out, (*h5)->file < 0 ? h5_file_failed(*h5, "create", path) : ERR_OK);
    e = h5_file_reserve(*h5, 0);
out:
    if (e && *h5) {
        int ignored = h5_close(h5, false);
        (void)ignored;
    }
    return e;
}

static int check_readable(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) FAIL(ERR_INPUT, "%s: cannot read it: %s", path, strerror(errno));
    fclose(file);
    if (H5Fis_hdf5(path) <= 0) {
        h5_file_forgive();
        FAIL(ERR_INPUT, "%s: is not an HDF5 file", path);
    }
    return ERR_OK;
}

static int open_file(struct h5 *h5, const char *name, unsigned how) {
    hid_t list = access_list(&h5->comm, how != H5F_ACC_RDONLY);
    h5->file = H5Fopen(name, how, list);
    H5Pclose(list);
    if (h5->file >= 0) return ERR_OK;
    char why[256];
    snprintf(why, sizeof why, "%s", complaint[0] ? complaint : "no reason given");
    h5_file_forgive();
    FAIL(ERR_INPUT, "%s: HDF5 cannot open it (%s); it may be incomplete: write it again", h5->path, why);
}

int h5_open(const struct comm *comm, const char *path, struct h5 **h5) {
    *h5 = NULL;
    int e = err_agree(comm, describe(comm, path, false, h5));
    if (!e) e = err_agree(comm, comm->rank == 0 ? check_readable(path) : ERR_OK);
    if (!e) e = err_agree(comm, open_file(*h5, path, H5F_ACC_RDONLY));
    if (e && *h5) {
        int ignored = h5_close(h5, false);
        (void)ignored;
    }
    return e;
}

static int copy_bytes(FILE *in, FILE *out) {
    static char block[1 << 16];
    size_t n;
    while ((n = fread(block, 1, sizeof block, in)) > 0)
        if (fwrite(block, 1, n, out) != n) return errno ? errno : EIO;
    return ferror(in) ? EIO : fflush(out) ? errno : 0;
}

static int copy_file(const char *path, const char *partial) {
    FILE *in = fopen(path, "rb"), *out = in ? fopen(partial, "wb") : NULL;
    int status = out ? copy_bytes(in, out) : errno;
    if (in) fclose(in);
    if (out && fclose(out) && !status) status = errno;
    if (!status) return ERR_OK;
    unlink(partial);
    FAIL(out ? ERR_WRITE : ERR_CREATE, "%s: cannot copy it before adding to it: %s", path, strerror(status));
}

int h5_append(const struct comm *comm, const char *path, struct h5 **h5) {
    *h5 = NULL;
    int e = err_agree(comm, describe(comm, path, true, h5));
    if (!e) e = err_agree(comm, comm->rank == 0 ? check_readable(path) : ERR_OK);
    if (!e) e = err_agree(comm, comm->rank == 0 ? copy_file(path, (*h5)->partial) : ERR_OK);
    if (!e) e = err_agree(comm, open_file(*h5, (*h5)->partial, H5F_ACC_RDWR));
    if (!e) e = h5_file_reserve(*h5, 0);
    if (e && *h5) {
        int ignored = h5_close(h5, false);
        (void)ignored;
    }
    return e;
}

/* Local, rank 0. Cut the unused reservation off, sync, rename, sync the folder. */
static int settle(const char *partial, const char *path, bool trim) {
    struct stat st;
    int fd = open(partial, O_RDWR);
    int status = fd < 0 || fstat(fd, &st) ? errno : 0;
    if (!status && trim && ftruncate(fd, st.st_size)) status = errno; /* frees blocks beyond the end */
    if (!status && fsync(fd) && errno != EINVAL) status = errno;
    if (fd >= 0 && close(fd) && !status) status = errno;
    if (!status && rename(partial, path)) status = errno;
    if (status) {
        unlink(partial);
        FAIL(ERR_WRITE, "%s: cannot be finished: %s", path, strerror(status));
    }
    char *folder = NULL;
    const char *slash = strrchr(path, '/');
    TRY(slash ? mem_strndup(&folder, path, (size_t)(slash - path) + 1) : mem_strdup(&folder, "."));
    fd = open(folder, O_RDONLY | O_DIRECTORY);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
    mem_free(&folder);
    return ERR_OK;
}

int h5_close(struct h5 **h5, bool keep) {
    if (!*h5) return ERR_OK;
    struct h5 *f = *h5;
    struct comm comm = f->comm;
    int e = ERR_OK;
    h5_file_forget_series(f);
    if (f->file >= 0) {
        if (f->partial && keep && H5Fflush(f->file, H5F_SCOPE_GLOBAL) < 0)
            e = h5_file_failed(f, "flush", "/");
        if (H5Fclose(f->file) < 0 && !e) e = h5_file_failed(f, "close", "/");
    }
    if (f->partial) {
        if (keep) e = err_agree(&comm, e);
        if (comm.rank == 0 && keep && !e) e = settle(f->partial, f->path, true);
        else if (comm.rank == 0) unlink(f->partial);
        e = keep ? err_agree(&comm, e) : ERR_OK;
    }
    forget(h5);
    return e;
}

const char *h5_path(const struct h5 *h5) {
    return h5->path;
}

const struct comm *h5_comm(const struct h5 *h5) {
    return &h5->comm;
}

/* Without memory of its own: it has no way to say that there was none, and ranks must agree. */
bool h5_exists(struct h5 *h5, const char *path) {
    char part[2048];
    bool there = true;
    size_t n = strlen(path);
    if (n >= sizeof part) return false;
    memcpy(part, path, n + 1);
    for (char *p = part + 1; there && *part && *p; p++) {
        if (p[1] != '/' && p[1] != 0) continue;
        char saved = p[1];
        p[1] = 0;
        there = H5Lexists(h5->file, part, H5P_DEFAULT) > 0;
        p[1] = saved;
    }
    h5_file_forgive();
    return there;
}

int h5_group(struct h5 *h5, const char *path) {
    TRY(h5_file_reserve(h5, 0));
    if (strcmp(path, "/") == 0 || h5_exists(h5, path)) return ERR_OK;
    hid_t links = h5_file_links();
    hid_t group = H5Gcreate2(h5->file, path, links, H5P_DEFAULT, H5P_DEFAULT);
    int e = group < 0 ? h5_file_failed(h5, "make group", path) : ERR_OK;
    if (group >= 0) H5Gclose(group);
    H5Pclose(links);
    return err_agree(&h5->comm, e);
}

int h5_link(struct h5 *h5, const char *existing, const char *link) {
    TRY(h5_file_reserve(h5, 0));
    hid_t links = h5_file_links();
    int e = ERR_OK;
    if (H5Lcreate_hard(h5->file, existing, h5->file, link, links, H5P_DEFAULT) < 0)
        e = h5_file_failed(h5, "link", link);
    H5Pclose(links);
    return err_agree(&h5->comm, e);
}

int h5_remove(struct h5 *h5, const char *path) {
    if (!h5_exists(h5, path)) return ERR_OK;
    h5_file_forget_series(h5);
    int e = H5Ldelete(h5->file, path, H5P_DEFAULT) < 0 ? h5_file_failed(h5, "remove", path) : ERR_OK;
    return err_agree(&h5->comm, e);
}

struct member_list {
    int n;
    size_t bytes;
    char **names; /* NULL: count only */
    char *text;
};

static herr_t add_member(hid_t group, const char *name, const H5L_info_t *info, void *data) {
    (void)group;
    (void)info;
    struct member_list *list = data;
    size_t bytes = strlen(name) + 1;
    if (list->names) {
        list->names[list->n] = list->text + list->bytes;
        memcpy(list->names[list->n], name, bytes);
    }
    list->n++;
    list->bytes += bytes;
    return 0;
}

int h5_members(struct h5 *h5, const char *group, int *n, char ***names) {
    struct member_list list = {0};
    *names = NULL;
    *n = 0;
    int e = ERR_OK;
    hid_t g = H5Gopen2(h5->file, group, H5P_DEFAULT);
    hsize_t at = 0;
    if (g < 0 || H5Literate(g, H5_INDEX_NAME, H5_ITER_INC, &at, add_member, &list) < 0)
        e = h5_file_failed(h5, "list group", group);
    char *block = NULL;
    if (!e) e = MEM_NEW(block, (size_t)list.n * sizeof(char *) + list.bytes + 1);
    e = mem_agree(&h5->comm, &block, e); /* before the group is read again, on every rank or on none */
    if (!e) {
        list.names = (char **)(void *)block;
        list.text = block + (size_t)list.n * sizeof(char *);
        list.n = 0;
        list.bytes = at = 0;
        H5Literate(g, H5_INDEX_NAME, H5_ITER_INC, &at, add_member, &list);
        *names = list.names;
        *n = list.n;
    }
    if (g >= 0) H5Gclose(g);
    return e;
}

int h5_partial(const char *path, char **partial) {
    start_library(); /* a file size limit must not kill us here either */
    TRY(mem_sprintf(partial, "%s.partial", path));
    int e = touch(*partial, path);
    if (e) mem_free(partial);
    return e;
}

int h5_settle(const char *partial, const char *path) {
    return settle(partial, path, false);
}

/* Local, rank 0. */
static int put_text(const char *path, const char *text) {
    char *partial = NULL;
    TRY(h5_partial(path, &partial));
    FILE *file = fopen(partial, "wb");
    size_t n = strlen(text);
    int e = ERR_OK, status = !file ? errno : fwrite(text, 1, n, file) != n || fflush(file) ? errno : 0;
    if (file && fclose(file) && !status) status = errno;
    if (status) {
        unlink(partial);
        e = err_set(ERR_WRITE, __FILE__, __LINE__,
                    "%s: cannot write it: %s; make room or choose another output.dir", path,
                    strerror(status));
    } else {
        e = h5_settle(partial, path);
    }
    mem_free(&partial);
    return e;
}

int h5_put_text(const struct comm *comm, const char *path, const char *text) {
    return err_agree(comm, comm->rank == 0 ? put_text(path, text) : ERR_OK);
}
