/* mem - one 64-byte header in front of every block holds its size, so that live bytes can be counted and the rows
 * of the force kernels are aligned. Large blocks (>= 4 MiB) ask for huge pages; each such block starts at another
 * page offset, because equal offsets make stores and loads of different arrays alias (4 KiB aliasing). */
#define _GNU_SOURCE
#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HEADER 64
#define HUGE_FROM ((size_t)4 << 20)

struct header {
    void *start; /* what free() wants */
    size_t bytes;
};

static int64_t blocks, bytes_live, bytes_peak, fail_after = -1;

static void *raw(size_t bytes, const char *file, int line) {
    if (fail_after >= 0 && fail_after-- == 0) bytes = SIZE_MAX - 4096;
    size_t skew = bytes >= HUGE_FROM ? (size_t)(blocks % 61) * 64 : 0;
    size_t align = bytes >= HUGE_FROM ? (size_t)2 << 20 : HEADER;
    void *start = NULL;
    if (bytes > SIZE_MAX - 8192 || posix_memalign(&start, align, bytes + HEADER + skew) != 0) {
        err_set(ERR_MEMORY, file, line, "no memory for %.3g MB; use more ranks or fewer atoms", (double)bytes / 1e6);
        return NULL;
    }
    if (align > HEADER) madvise(start, bytes + HEADER + skew, MADV_HUGEPAGE);
    char *p = (char *)start + skew + HEADER;
    struct header *h = (struct header *)(p - HEADER);
    h->start = start;
    h->bytes = bytes;
    blocks++;
    bytes_live += (int64_t)bytes;
    if (bytes_live > bytes_peak) bytes_peak = bytes_live;
    return p;
}

int mem_new(void *pp, size_t count, size_t size, const char *file, int line) {
    void **p = pp;
    if (size && count > SIZE_MAX / size) return err_set(ERR_MEMORY, file, line, "array of %zu x %zu bytes", count, size);
    *p = raw(count * size, file, line);
    if (!*p) return ERR_MEMORY;
    memset(*p, 0, count * size);
    return ERR_OK;
}

int mem_grow(void *pp, size_t n_old, size_t n_new, size_t size, const char *file, int line) {
    void **p = pp, *q = NULL;
    TRY(mem_new(&q, n_new, size, file, line));
    size_t keep = n_old < n_new ? n_old : n_new;
    if (*p && keep) memcpy(q, *p, keep * size);
    mem_release(p);
    *p = q;
    return ERR_OK;
}

void mem_release(void *pp) {
    void **p = pp;
    if (!*p) return;
    struct header *h = (struct header *)((char *)*p - HEADER);
    blocks--;
    bytes_live -= (int64_t)h->bytes;
    free(h->start);
    *p = NULL;
}

int mem_strndup(char **out, const char *s, size_t n) {
    TRY(mem_new(out, n + 1, 1, __FILE__, __LINE__));
    memcpy(*out, s, n);
    return ERR_OK;
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
