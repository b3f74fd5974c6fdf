/* traj_output - the writing half of traj_text: every rank prints its atoms, rank 0 writes them in rank order.
 *
 * Through gzFile in both cases: transparent mode ("T") writes plain text. */
#include "atoms/traj_text.h"
#include "base/h5.h"
#include "base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define LINE 512
#define BLOCK 8192 /* atoms printed at once */

struct traj_output {
    struct comm comm;
    char *path, *partial;
    gzFile gz;
};

static int failed(const struct traj_output *o) {
    FAIL(ERR_WRITE, "%s: cannot write it: %s; make room or choose another output", o->path,
         strerror(errno ? errno : EIO));
}

static int begin(struct traj_output *o) {
    size_t n = strlen(o->path);
    TRY(h5_partial(o->path, &o->partial));
    o->gz = gzopen(o->partial, n > 3 && strcmp(o->path + n - 3, ".gz") == 0 ? "wb6" : "wbT");
    return o->gz ? ERR_OK : failed(o);
}

int traj_text_create(const struct comm *comm, const char *path, struct traj_output **output) {
    *output = NULL;
    int e = MEM_NEW(*output, 1);
    if (!e) {
        (*output)->comm = *comm;
        e = mem_strdup(&(*output)->path, path);
    }
    if (!e && comm->rank == 0) e = begin(*output);
    e = err_agree(comm, e);
    if (e && *output) {
        int ignored = traj_text_finish(output, false);
        (void)ignored;
    }
    return e;
}

/* Local, rank 0. */
static int put(struct traj_output *o, const char *text, size_t n) {
    while (n > 0) {
        unsigned part = n > 1u << 30 ? 1u << 30 : (unsigned)n;
        errno = 0;
        if (gzwrite(o->gz, text, part) != (int)part) return failed(o);
        text += part;
        n -= part;
    }
    return ERR_OK;
}

int traj_text_put(struct traj_output *o, const char *text) {
    return err_agree(&o->comm, o->comm.rank == 0 ? put(o, text, strlen(text)) : ERR_OK);
}

/* Collective. Rank `from` prints its rows [first, first + m), rank 0 writes them. */
static int pass_block(struct traj_output *o, const struct frame *frame, int fields, traj_text_print print,
                      int from, int first, int m, char *block, int64_t *count) {
    size_t n = 0;
    char *got = NULL;
    int64_t n_got = 0;
    if (o->comm.rank == from)
        for (int i = first; i < first + m; i++) n += (size_t)print(frame, i, fields, block + n);
    if (from == 0) return err_agree(&o->comm, o->comm.rank == 0 ? put(o, block, n) : ERR_OK);
    count[0] = (int64_t)n;
    int e = comm_exchange(&o->comm, block, count, 1, &got, &n_got);
    if (!e) e = err_agree(&o->comm, o->comm.rank == 0 ? put(o, got, (size_t)n_got) : ERR_OK);
    mem_free(&got);
    return e;
}

int traj_text_rows(struct traj_output *o, const struct frame *frame, int fields, traj_text_print print) {
    char *block = NULL;
    int64_t *count = NULL, *n_of = NULL;
    int e = MEM_NEW(block, (size_t)BLOCK * LINE);
    if (!e) e = MEM_NEW(count, o->comm.size);
    if (!e) e = MEM_NEW(n_of, o->comm.size);
    e = err_agree(&o->comm, e);
    if (!e) comm_gather_i64(&o->comm, frame->n, n_of);
    for (int from = 0; from < o->comm.size && !e; from++)
        for (int64_t first = 0; first < n_of[from] && !e; first += BLOCK) {
            int64_t m = n_of[from] - first < BLOCK ? n_of[from] - first : BLOCK;
            e = pass_block(o, frame, fields, print, from, (int)first, (int)m, block, count);
        }
    mem_free(&block);
    mem_free(&count);
    mem_free(&n_of);
    return e;
}

int traj_text_finish(struct traj_output **output, bool keep) {
    struct traj_output *o = *output;
    if (!o) return ERR_OK;
    struct comm comm = o->comm;
    int e = ERR_OK;
    if (comm.rank == 0) {
        errno = 0;
        if (o->gz && gzclose(o->gz) != Z_OK && keep) e = failed(o);
        if (o->partial && keep && !e) e = h5_settle(o->partial, o->path);
        else if (o->partial) unlink(o->partial);
    }
    e = keep ? err_agree(&comm, e) : ERR_OK;
    mem_free(&o->path);
    mem_free(&o->partial);
    mem_free(output);
    return e;
}
