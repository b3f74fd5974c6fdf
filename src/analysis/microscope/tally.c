/* tally - integers add in any order; 128 bits travel as four limbs of 32 with room for carries. */
#include "analysis/microscope/tally.h"
#include "base/mem.h"

#include <math.h>

#define LIMBS 4

int tally_create(struct tally *tally, int64_t n) {
    tally->n = n;
    return MEM_NEW(tally->sum, n);
}

void tally_destroy(struct tally *tally) {
    mem_free(&tally->sum);
}

int tally_total(const struct comm *comm, const struct tally *tally, double *total) {
    int64_t limb[LIMBS * 256];
    for (int64_t from = 0; from < tally->n; from += 256) {
        int n = (int)(tally->n - from < 256 ? tally->n - from : 256);
        for (int i = 0; i < n; i++)
            for (int l = 0; l < LIMBS; l++)
                limb[LIMBS * i + l] = (int64_t)(uint32_t)(tally->sum[from + i] >> (32 * l));
        comm_sum_i64(comm, limb, LIMBS * n);
        for (int i = 0; i < n; i++) {
            unsigned __int128 sum = 0;
            for (int l = 0; l < LIMBS; l++) sum += (unsigned __int128)limb[LIMBS * i + l] << (32 * l);
            total[from + i] = ldexp((double)sum, -80);
        }
    }
    return ERR_OK;
}
