/* order_cna - bonds among the nearest neighbours as bits of words; a pair is named by the common neighbours,
 * the bonds among those, and the longest chain of those bonds. */
#include "analysis/structure/order_cna.h"

#include <math.h>
#include <stdint.h>

static double length(const double d[3]) {
    return sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
}

/* Bonds between neighbours closer than the cutoff. */
static void bonds_of(int n, double (*d)[3], double cutoff, uint32_t bond[]) {
    for (int i = 0; i < n; i++) bond[i] = 0;
    for (int i = 0; i < n; i++)
        for (int j = i + 1; j < n; j++) {
            double r[3] = {d[i][0] - d[j][0], d[i][1] - d[j][1], d[i][2] - d[j][2]};
            if (length(r) > cutoff) continue;
            bond[i] |= UINT32_C(1) << j;
            bond[j] |= UINT32_C(1) << i;
        }
}

/* Longest connected set of bonds among the common neighbours, in bonds. */
static int chain(const uint32_t bond[], uint32_t common) {
    int longest = 0;
    while (common) {
        uint32_t all = common & -common, grown = 0;
        int twice = 0;
        while (grown != all) {
            grown = all;
            for (int k = 0; k < ORDER_CNA_MOST; k++)
                if (all >> k & 1) all |= bond[k] & common;
        }
        for (int k = 0; k < ORDER_CNA_MOST; k++)
            if (all >> k & 1) twice += __builtin_popcount(bond[k] & all);
        if (twice / 2 > longest) longest = twice / 2;
        common &= ~all;
    }
    return longest;
}

/* "421" and so on of neighbour k. */
static int signature(int n, const uint32_t bond[], int k) {
    uint32_t common = bond[k];
    int twice = 0;
    for (int m = 0; m < n; m++)
        if (common >> m & 1) twice += __builtin_popcount(bond[m] & common);
    return 100 * __builtin_popcount(common) + 10 * (twice / 2) + chain(bond, common);
}

enum order_structure order_cna_find(int n, double (*d)[3]) {
    const double factor = (1 + M_SQRT2) / 2;
    uint32_t bond[ORDER_CNA_MOST];
    if (n < 12) return ORDER_OTHER;
    double mean = 0;
    for (int k = 0; k < 12; k++) mean += length(d[k]) / 12;
    bonds_of(12, d, factor * mean, bond);
    int n421 = 0, n422 = 0, n555 = 0, n444 = 0, n666 = 0;
    for (int k = 0; k < 12; k++) {
        int s = signature(12, bond, k);
        n421 += s == 421;
        n422 += s == 422;
        n555 += s == 555;
    }
    if (n421 == 12) return ORDER_FCC;
    if (n421 == 6 && n422 == 6) return ORDER_HCP;
    if (n555 == 12) return ORDER_ICOSAHEDRAL;
    if (n < 14) return ORDER_OTHER;
    double near = 0, far = 0; /* 8 at sqrt(3)/2 a, 6 at a */
    for (int k = 0; k < 8; k++) near += length(d[k]) / 8;
    for (int k = 8; k < 14; k++) far += length(d[k]) / 6;
    bonds_of(14, d, factor * 0.5 * (2 / sqrt(3) * near + far), bond);
    for (int k = 0; k < 14; k++) {
        int s = signature(14, bond, k);
        n444 += s == 444;
        n666 += s == 666;
    }
    return n666 == 8 && n444 == 6 ? ORDER_BCC : ORDER_OTHER;
}
