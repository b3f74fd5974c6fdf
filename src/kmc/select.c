/* select - composition-rejection with 128 classes (weights from 2^-64 to 2^63); every class keeps a dense
 * list of its items, every item its place there, so that giving and taking away cost O(1).
 *
 * Rejected: a sum tree (O(log N), every update touches ~25 cache lines at 1e8 items); choosing the class
 * again after a rejection, which favours full classes (SPPARKS' `group` does, and its dynamics depends on the
 * number of groups). A rejected draw here is a null event with its own waiting time, which is exact for rates
 * that depend on time too. */
#include "kmc/select.h"
#include "base/mem.h"

#include <math.h>

#define CLASSES 128
#define LOWEST (-64)
#define NONE 255

struct list {
    uint32_t *item;
    int64_t n, room;
};

struct item { /* together: an item is one cache miss */
    double weight;
    uint32_t place, class;
};

struct select {
    int64_t n;
    struct list list[CLASSES];
    struct item *item;
    int low, high; /* classes that have ever held an item */
};

int select_create(int64_t n, struct select **select) {
    struct select *s = NULL;
    int e;
    TRY(MEM_NEW(s, 1));
    s->n = n;
    TRY_TO(fail, MEM_NEW(s->item, n));
    for (int64_t k = 0; k < n; k++) s->item[k].class = NONE;
    s->low = CLASSES;
    s->high = -1;
    *select = s;
    return ERR_OK;
fail:
    select_destroy(&s);
    return e;
}

void select_destroy(struct select **select) {
    struct select *s = *select;
    if (!s) return;
    for (int c = 0; c < CLASSES; c++) mem_free(&s->list[c].item);
    mem_free(&s->item);
    mem_free(select);
}

void select_clear(struct select *s) {
    for (int c = s->low; c <= s->high; c++) {
        for (int64_t k = 0; k < s->list[c].n; k++) {
            s->item[s->list[c].item[k]] = (struct item){.class = NONE};
        }
        s->list[c].n = 0;
    }
    s->low = CLASSES;
    s->high = -1;
}

static void take_out(struct select *s, int64_t item) {
    struct item *i = &s->item[item];
    struct list *list = &s->list[i->class];
    uint32_t last = list->item[--list->n];
    list->item[i->place] = last;
    s->item[last].place = i->place;
    i->class = NONE;
}

/* Class whose bound 2^k is the smallest power of two >= weight. */
static int class_of(double weight) {
    int exponent;
    if (frexp(weight, &exponent) == 0.5) exponent--;
    int c = exponent - LOWEST;
    return c < 0 ? 0 : c >= CLASSES ? CLASSES - 1 : c;
}

int select_set(struct select *s, int64_t item, double weight) {
    int to = weight > 0 ? class_of(weight) : NONE;
    s->item[item].weight = weight;
    if (to == (int)s->item[item].class) return ERR_OK;
    if (s->item[item].class != NONE) take_out(s, item);
    if (to == NONE) return ERR_OK;
    struct list *list = &s->list[to];
    if (list->n == list->room) {
        int64_t more = list->room ? 2 * list->room : 64;
        if (more > s->n && s->n >= 64) more = s->n;
        TRY(MEM_GROW(list->item, list->room, more));
        list->room = more;
    }
    s->item[item].place = (uint32_t)list->n;
    s->item[item].class = (uint32_t)to;
    list->item[list->n++] = (uint32_t)item;
    if (to < s->low) s->low = to;
    if (to > s->high) s->high = to;
    return ERR_OK;
}

double select_weight(const struct select *s, int64_t item) {
    return s->item[item].weight;
}

double select_bound(const struct select *s) {
    double sum = 0;
    for (int c = s->low; c <= s->high; c++) sum += ldexp((double)s->list[c].n, c + LOWEST);
    return sum;
}

int64_t select_draw(const struct select *s, double u, double v) {
    double at = u * select_bound(s);
    for (int c = s->high; c >= s->low; c--) {
        const struct list *list = &s->list[c];
        double bound = ldexp(1, c + LOWEST), part = bound * (double)list->n;
        if (at < part || (c == s->low && list->n)) {
            int64_t k = (int64_t)(at / bound);
            if (k >= list->n) k = list->n - 1;
            int64_t item = list->item[k];
            return v * bound < s->item[item].weight ? item : -1;
        }
        at -= part;
    }
    return -1;
}
