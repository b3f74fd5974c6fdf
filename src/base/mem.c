/* mem - one 64-byte header in front of every block holds its size, so that live bytes can be counted and the
 * rows of the force kernels are aligned. Large blocks (>= 4 MiB) are mapped on their own at 2 MiB boundaries
 * with huge pages: the system gives zeroed pages when they are first touched, so room that is never used
 * costs nothing, and a block grows by moving its pages, without a copy and without ever being there twice.
 * Each such block starts at another page offset, because equal offsets make stores and loads of different
 * arrays alias (4 KiB aliasing). */
#define _GNU_SOURCE
#include "base/mem.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HEADER 64
#define HUGE_FROM ((size_t)4 << 20)
#define HUGE_PAGE ((size_t)2 << 20)
#define PAGE ((size_t)4096)

struct header {
    char *start;   /* of the allocation */
    size_t bytes;  /* asked for */
    size_t mapped; /* bytes of an own mapping, 0: from malloc */
};

static int64_t blocks, bytes_live, bytes_peak, fail_after = -1;

static struct header *header_of(void *p) {
    return (struct header *)((char *)p - HEADER);
}

static void count(int64_t more) {
    bytes_live += more;
    if (bytes_live > bytes_peak) bytes_peak = bytes_live;
}

static size_t whole_pages(size_t bytes) {
    return (bytes + PAGE - 1) / PAGE * PAGE;
}

/* A mapping of len bytes (whole pages) at a huge-page boundary, or NULL. */
static char *map(size_t len) {
    char *wide = mmap(NULL, len + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (wide == MAP_FAILED) return NULL;
    size_t head = (HUGE_PAGE - (uintptr_t)wide % HUGE_PAGE) % HUGE_PAGE;
    if (head) munmap(wide, head);
    munmap(wide + head + len, HUGE_PAGE - head);
    madvise(wide + head, len, MADV_HUGEPAGE);
    return wide + head;
}

static int refuse(size_t bytes, const char *file, int line) {
    return err_set(ERR_MEMORY, file, line, "no memory for %.3g MB; use more ranks or fewer atoms",
                   (double)bytes / 1e6);
}

/* Zeroed memory, or NULL. */
static void *raw(size_t bytes, const char *file, int line) {
    if (fail_after >= 0 && fail_after-- == 0) bytes = SIZE_MAX - 4096;
    bool large = bytes >= HUGE_FROM;
    size_t skew = large ? (size_t)(blocks % 61) * 64 : 0,
           mapped = large ? whole_pages(bytes + HEADER + skew) : 0;
    void *start = NULL;
    if (bytes < SIZE_MAX / 2) {
        if (large) start = map(mapped);
        else if (posix_memalign(&start, HEADER, bytes + HEADER)) start = NULL;
    }
    if (!start) {
        refuse(bytes, file, line);
        return NULL;
    }
    char *p = (char *)start + skew + HEADER;
    *header_of(p) = (struct header){start, bytes, mapped};
    if (!large) memset(p, 0, bytes);
    blocks++;
    count((int64_t)bytes);
    return p;
}

/* Another size for a block with its own mapping: the pages move, or the last are given back. */
static int remap(void **p, size_t keep, size_t bytes, const char *file, int line) {
    struct header h = *header_of(*p);
    size_t offset = (size_t)((char *)*p - h.start), mapped = whole_pages(offset + bytes);
    size_t dirty = h.mapped - offset < bytes ? h.mapped - offset : bytes;
    if (fail_after >= 0 && fail_after-- == 0) return refuse(bytes, file, line);
    if (mapped > h.mapped) {
        /* no MREMAP_FIXED: the memory hooks of UCX (MPICH) lose the fifth argument */
        char *to = mremap(h.start, h.mapped, mapped, MREMAP_MAYMOVE);
        if (to == MAP_FAILED) return refuse(bytes, file, line);
        madvise(to, mapped, MADV_HUGEPAGE);
        h.start = to; /* one mapping still: it can grow again */
    } else if (mapped < h.mapped) munmap(h.start + mapped, h.mapped - mapped);
    *p = h.start + offset;
    *header_of(*p) = (struct header){h.start, bytes, mapped};
    if (keep < dirty) memset((char *)*p + keep, 0, dirty - keep);
    count((int64_t)bytes - (int64_t)h.bytes);
    return ERR_OK;
}

int mem_new(void *pp, size_t n, size_t size, const char *file, int line) {
    void **p = pp;
    if (size && n > SIZE_MAX / size)
        return err_set(ERR_MEMORY, file, line, "array of %zu x %zu bytes", n, size);
    *p = raw(n * size, file, line);
    return *p ? ERR_OK : ERR_MEMORY;
}

int mem_grow(void *pp, size_t n_old, size_t n_new, size_t size, const char *file, int line) {
    void **p = pp, *q = NULL;
    size_t keep = n_old < n_new ? n_old : n_new;
    if (*p && header_of(*p)->mapped && n_new < SIZE_MAX / size / 2 && n_new * size >= HUGE_FROM)
        return remap(p, keep * size, n_new * size, file, line);
    TRY(mem_new(&q, n_new, size, file, line));
    if (*p && keep) memcpy(q, *p, keep * size);
    mem_release(p);
    *p = q;
    return ERR_OK;
}

void mem_release(void *pp) {
    void **p = pp;
    if (!*p) return;
    struct header h = *header_of(*p);
    blocks--;
    count(-(int64_t)h.bytes);
    if (h.mapped) munmap(h.start, h.mapped);
    else free(h.start);
    *p = NULL;
}

int mem_strndup(char **out, const char *s, size_t n) {
    TRY(mem_new(out, n + 1, 1, __FILE__, __LINE__));
    memcpy(*out, s, n);
    return ERR_OK;
}

int mem_agree(const struct comm *comm, void *pp, int code) {
    code = err_agree(comm, code);
    if (code) mem_release(pp);
    return code;
}

int mem_strdup(char **out, const char *s) {
    return mem_strndup(out, s, strlen(s));
}

int mem_sprintf(char **out, const char *fmt, ...) {
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    int e = mem_new(out, (size_t)n + 1, 1, __FILE__, __LINE__);
    if (!e) vsnprintf(*out, (size_t)n + 1, fmt, again);
    va_end(again);
    return e;
}

int64_t mem_blocks(void) {
    return blocks;
}

int64_t mem_bytes(void) {
    return bytes_live;
}

int64_t mem_peak(void) {
    return bytes_peak;
}

void mem_fail_after(int64_t n) {
    fail_after = n;
}
