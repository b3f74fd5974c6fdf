/* classes - the table is searched from its top: the first row that holds names the cell. Rejected: classes by
 * share of five-edged faces alone (an octahedral cell with many triangles would pass). */
#include "analysis/structure/classes.h"

#include <stdio.h>
#include <string.h>

#define ANY -1

static const struct {
    enum classes_class class;
    int n[4]; /* n3, n4, n5, n6; ANY */
} rows[] = {
    {CLASSES_ICOSAHEDRON, {0, 0, 12, 0}},  /* Z12 */
    {CLASSES_FRANK_KASPER, {0, 0, 12, 2}}, /* Z14 */
    {CLASSES_FRANK_KASPER, {0, 0, 12, 3}}, /* Z15 */
    {CLASSES_FRANK_KASPER, {0, 0, 12, 4}}, /* Z16 */
    {CLASSES_ICOSAHEDRON_LIKE, {0, 0, 12, ANY}}, {CLASSES_ICOSAHEDRON_LIKE, {0, 1, 10, ANY}},
    {CLASSES_ICOSAHEDRON_LIKE, {0, 2, 8, ANY}},  {CLASSES_MIXED, {0, 3, 6, ANY}},
    {CLASSES_CRYSTAL_LIKE, {0, 4, 4, ANY}},      {CLASSES_CRYSTAL_LIKE, {0, 5, 2, ANY}},
    {CLASSES_CRYSTAL_LIKE, {0, 6, 0, ANY}},      {CLASSES_CRYSTAL_LIKE, {0, 12, 0, 0}},
};

const char *classes_name(int k) {
    static const char *const name[CLASSES_COUNT] = {"icosahedron", "frank_kasper", "icosahedron_like",
                                                    "mixed",       "crystal_like", "other"};
    return name[k];
}

enum classes_class classes_of(const int16_t n[4], int beyond) {
    for (size_t r = 0; r < sizeof rows / sizeof *rows && beyond == 0; r++) {
        int same = 1;
        for (int k = 0; k < 4; k++) same = same && (rows[r].n[k] == ANY || rows[r].n[k] == n[k]);
        if (same) return rows[r].class;
    }
    return CLASSES_OTHER;
}

int classes_parse(const char *text, int16_t n[4]) {
    int end = 0, k[4];
    if (sscanf(text, " <%4d ,%4d ,%4d ,%4d > %n", &k[0], &k[1], &k[2], &k[3], &end) != 4 || !end || text[end])
        return 0;
    for (int m = 0; m < 4; m++) {
        if (k[m] < 0) return 0;
        n[m] = (int16_t)k[m];
    }
    return 1;
}

void classes_check(struct deck *deck, const char *at, const char *key) {
    char path[128];
    int16_t n[4];
    snprintf(path, sizeof path, "%s.%s", at, key);
    const char *text = deck_text(deck, "%s", path);
    if (!classes_parse(text, n))
        deck_mistake(deck, path, "'%s' is no Voronoi index; write \"<0,0,12,0>\", with quotes", text);
}
