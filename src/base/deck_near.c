/* deck_near - the nearest word, by an edit distance in quarters: a swapped pair, a changed case or a '-' for
 * a '_' are smaller slips than a wrong letter. A candidate that begins with the word ("temp", "temperature")
 * counts as near. Cost: length x length per candidate, and only after a mistake. */
#include "base/deck.h"

#include <ctype.h>
#include <string.h>

#define LONGEST 64

enum { SAME = 0, SLIP = 1, SWAP = 3, EDIT = 4 };

static bool is_dash(char c) {
    return c == '-' || c == '_' || c == ' ' || c == '.';
}

static int change(char a, char b) {
    if (a == b) return SAME;
    if (tolower((unsigned char)a) == tolower((unsigned char)b)) return SLIP;
    if (is_dash(a) && is_dash(b)) return SLIP;
    return EDIT;
}

static int least(int a, int b) {
    return a < b ? a : b;
}

static int distance(const char *a, const char *b) {
    int d[3][LONGEST + 1];
    int n = (int)strlen(a), m = (int)strlen(b);
    for (int j = 0; j <= m; j++) d[0][j] = j * EDIT;
    for (int i = 1; i <= n; i++) {
        int *now = d[i % 3], *before = d[(i + 2) % 3], *older = d[(i + 1) % 3];
        now[0] = i * EDIT;
        for (int j = 1; j <= m; j++) {
            int drop = is_dash(a[i - 1]) ? SLIP : EDIT, add = is_dash(b[j - 1]) ? SLIP : EDIT;
            int best = least(before[j] + drop, now[j - 1] + add);
            best = least(best, before[j - 1] + change(a[i - 1], b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                best = least(best, older[j - 2] + SWAP);
            now[j] = best;
        }
    }
    return d[n % 3][m];
}

const char *deck_nearest(const char *word, const char *const *candidates, int n) {
    const char *nearest = NULL;
    size_t len = strlen(word);
    if (len == 0 || len > LONGEST) return NULL;
    int best = EDIT + (int)len * EDIT / 4; /* a slip per four letters and one more */
    if (len <= 2) best = EDIT;             /* units: 'nn' is near 'nm' */
    for (int k = 0; k < n; k++) {
        size_t m = strlen(candidates[k]);
        if (m == 0 || m > LONGEST) continue;
        int d = distance(word, candidates[k]);
        if (len >= 3 && m > len && !strncmp(word, candidates[k], len))
            d = least(d, EDIT + (int)(m - len) / 4);
        if (d >= (int)(len > m ? len : m) * EDIT) continue; /* nothing in common */
        if (d < best || (d == best && !nearest)) {
            best = d;
            nearest = candidates[k];
        }
    }
    return nearest;
}
