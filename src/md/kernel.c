/* kernel - the choice is made once per process; every rank of a run on equal machines makes the same. */
#include "md/kernel.h"

#include <string.h>

static const struct kernel *chosen;

static int runs(const struct kernel *k) {
#if defined(__x86_64__)
    if (k == &kernel_avx512)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("fma");
    if (k == &kernel_avx2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    return k == &kernel_plain;
}

static const struct kernel *const all[] = {
#if defined(__x86_64__)
    &kernel_avx512, &kernel_avx2,
#endif
    &kernel_plain, NULL};

int kernel_choose(const char *name) {
    int is_auto = !strcmp(name, "auto");
    for (int k = 0; all[k]; k++) {
        if (!is_auto && strcmp(name, all[k]->name)) continue;
        if (runs(all[k])) {
            chosen = all[k];
            return ERR_OK;
        }
        if (!is_auto)
            FAIL(ERR_USAGE, "--simd %s: this processor has no such instructions; use --simd auto", name);
    }
    if (!strcmp(name, "avx2") || !strcmp(name, "avx512"))
        FAIL(ERR_USAGE, "--simd %s: this program was built for another kind of processor; use --simd auto",
             name);
    FAIL(ERR_USAGE, "--simd %s: choose auto, avx512, avx2 or plain", name);
}

const struct kernel *kernel_now(void) {
    if (!chosen)
        for (int k = 0; !chosen; k++)
            if (runs(all[k])) chosen = all[k];
    return chosen;
}
