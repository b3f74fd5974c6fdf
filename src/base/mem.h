/* mem - counted memory: 64-byte aligned, zeroed, and balanced at the end of every run and test.
 *
 *     double *x = NULL;
 *     TRY(MEM_NEW(x, n));          // n elements of *x, zeroed
 *     TRY(MEM_GROW(x, old, new));  // keeps old elements, zeroes the rest
 *     mem_free(&x);                // accepts NULL, sets x to NULL
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#define MEM_NEW(p, n) mem_new((void *)&(p), (size_t)(n), sizeof *(p), __FILE__, __LINE__)
#define MEM_GROW(p, n_old, n_new) \
    mem_grow((void *)&(p), (size_t)(n_old), (size_t)(n_new), sizeof *(p), __FILE__, __LINE__)
#define mem_free(pp) mem_release((void *)(pp))

/* Local. *pp = count zeroed elements (count 0 gives a valid pointer). ERR_MEMORY names the size asked for. */
int mem_new(void *pp, size_t count, size_t size, const char *file, int line) MUST_CHECK;
int mem_grow(void *pp, size_t n_old, size_t n_new, size_t size, const char *file, int line) MUST_CHECK;
void mem_release(void *pp);
/* Local. A copy of a string, or of its first n characters. */
int mem_strdup(char **out, const char *s) MUST_CHECK;
int mem_strndup(char **out, const char *s, size_t n) MUST_CHECK;
/* Collective. Passes on the code of a Local allocation into *pp, TRY_ALL for what nobody else frees: when it
 * failed on any rank, *pp is released on the others. TRY(mem_agree(comm, &x, MEM_NEW(x, n))); */
int mem_agree(const struct comm *comm, void *pp, int code) MUST_CHECK;
/* Local. sprintf into new memory. */
int mem_sprintf(char **out, const char *fmt, ...) __attribute__((format(printf, 2, 3))) MUST_CHECK;
/* Local. Live blocks; live bytes; the most bytes ever live. */
int64_t mem_blocks(void);
int64_t mem_bytes(void);
int64_t mem_peak(void);
/* Local. Tests: the n-th allocation from now fails (0 = the next); negative switches it off. */
void mem_fail_after(int64_t n);

#endif
